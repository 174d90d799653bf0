"""What authors of lessons use: build, execute, audit and demonstrate them."""
