"""Known wrong solutions, one module per lesson, each with the sentence a learner reads."""
