"""The one exception that means "the user can fix this": the command line prints it as one line, status 2."""


class CourseError(Exception):
    """Bad input; the message says what was expected, what was seen and what to do."""
