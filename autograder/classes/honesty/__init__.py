"""Whose work it is, asked without suspicion: pairs that look alike, and questions about one's own code."""
