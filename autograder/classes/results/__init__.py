"""What is kept of each grading and shown of it: changes, the history of attempts, the table, stale pages."""
