"""Hostile input for the functions of the grader that read what a learner controls."""
