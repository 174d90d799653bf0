"""What crosses between the grader and learners' code; both sides use it, and it trusts neither."""
