"""Lesson 07_iwae: hidden tests, known wrong and known right answers."""
