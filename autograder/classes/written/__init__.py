"""Written answers: a page on this machine in which a teacher marks them by keyboard, alike ones together."""
