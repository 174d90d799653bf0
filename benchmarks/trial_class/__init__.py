"""A trial class: the week of grading in five commands, with students whose work is of known worth."""
