"""A lesson as its author wrote it, and the two notebooks made from it."""
