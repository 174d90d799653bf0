"""nbgrader's settings: `nbgrader autograde`, formgrader and the rest work from this folder."""

from autograder.classes.nbgrader_plugin import configure

configure(get_config())  # noqa: F821 - nbgrader defines get_config
