"""Measure how often grading errs on answers whose authors saw neither tests nor known answers."""
