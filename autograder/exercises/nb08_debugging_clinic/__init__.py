"""Lesson 08_debugging_clinic: hidden tests, known wrong and known right answers."""
