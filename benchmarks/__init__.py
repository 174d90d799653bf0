"""Measurements: speed of grading and of training, attacks on the grader, published results."""
