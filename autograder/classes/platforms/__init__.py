"""Takes in downloads of Canvas, Moodle and Gradescope, and fills in the grade files that they take back."""
