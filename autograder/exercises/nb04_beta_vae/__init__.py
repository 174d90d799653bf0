"""Lesson 04_beta_vae: hidden tests, known wrong and known right answers."""
