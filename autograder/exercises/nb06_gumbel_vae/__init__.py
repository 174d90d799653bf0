"""Lesson 06_gumbel_vae: hidden tests, known wrong and known right answers."""
