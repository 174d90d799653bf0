"""Lesson 01_elbo: hidden tests, known wrong and known right answers."""
