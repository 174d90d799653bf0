"""Visible checks, one module per lesson: instant answers for the learner, without the answers.

A check compares what the learner's function does on fixed inputs with stored numbers: those of the
reference, and those of every mistake we know. Neither solutions nor wrong solutions are stored here.
"""
