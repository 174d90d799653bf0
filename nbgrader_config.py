"""nbgrader's settings: `nbgrader autograde`, formgrader and the rest work from this folder."""

try:
    from autograder.classes.nbgrader_plugin import configure

    configure(get_config())  # noqa: F821 - nbgrader defines get_config
except Exception as error:  # nbgrader would go on without, and run learners' cells unprotected
    raise SystemExit(
        f"{__file__}: {type(error).__name__}: {error}. Start nbgrader or jupyter from the Python "
        "environment in which the course is installed."
    ) from None
