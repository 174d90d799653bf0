"""The feedback page: what a student reads of their work, on one page that needs no network."""
