"""Visible checks, one module per lesson: they tell a learner at once whether an exercise is right.

A check compares what the learner's function does on fixed inputs with stored numbers: those of the
reference, and those of every known mistake. Neither solutions nor wrong solutions are stored here.
"""
