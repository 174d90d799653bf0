"""A class: its submissions are handed to a pool of judges, and one process records what comes back."""
