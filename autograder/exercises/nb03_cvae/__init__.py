"""Lesson 03_cvae: hidden tests, known wrong and known right answers."""
