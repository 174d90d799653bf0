"""Lesson 05_latent_space: hidden tests, known wrong and known right answers."""
