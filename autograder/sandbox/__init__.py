"""Where learners' code runs: a worker in isolation, and the grader's end of the line to it."""
