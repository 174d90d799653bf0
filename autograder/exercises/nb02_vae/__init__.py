"""Lesson 02_vae: hidden tests, known wrong and known right answers."""
