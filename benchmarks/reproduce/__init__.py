"""Published results, repeated seed by seed."""
