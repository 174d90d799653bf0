"""One submission: read it, run its cells, examine its exercises and write the verdict into it."""
