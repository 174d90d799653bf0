"""All that grades the exercises: hidden tests, known wrong and right answers, and what they share."""
