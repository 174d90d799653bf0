"""nbgrader's settings of this folder; deadlines, late policy and the like of a class stand in settings.toml."""

try:
    from pathlib import Path

    from autograder.classes.nbgrader_plugin import configure

    configure(get_config(), Path(__file__).parent)  # noqa: F821 - nbgrader defines get_config
except Exception as error:  # nbgrader would go on without, and run learners' cells unprotected
    raise SystemExit(
        f"{__file__}: {type(error).__name__}: {error}. Start nbgrader or jupyter from the Python "
        "environment in which the course is installed."
    ) from None

# What you write below counts more than the settings above.
