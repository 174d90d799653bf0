"""Read what nbgrader would read for a course, so that `vae-course` goes by the same settings."""

from __future__ import annotations

import logging
from pathlib import Path

from nbgrader.apps.baseapp import NbGrader
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Application, Config
from traitlets.config.loader import ConfigFileNotFound

from autograder.classes.course_folder.settings import read_settings
from autograder.classes.nbgrader_plugin import configure
from autograder.errors import CourseError
from autograder.wire.explain import printable

FILE = "nbgrader_config.py"
# Where graders and teachers look for files; other commands of ours expect these names.
FIXED = ("submitted_directory", "autograded_directory", "feedback_directory", "directory_structure")


def read_configuration(course: Path) -> Config:
    """Return nbgrader's configuration of a course: ours, then the user's files, then the course's.

    Raises:
        CourseError: If settings are wrong, or a file cannot be loaded or names other folders than nbgrader's.
    """
    read_settings(course)  # here, faults of the settings end the command
    config = Config()
    configure(config, course)
    app = NbGrader(raise_config_file_errors=True)
    app.load_cwd_config = False  # the course is not where we are
    app.log = quiet()
    try:
        app.load_config_file()
        Application.load_config_file(app, FILE, path=str(course))
    except ConfigFileNotFound:
        pass  # a folder with submissions is enough
    except SystemExit as error:  # how our own file says what is wrong
        raise CourseError(str(error)) from None
    except Exception as error:
        reason = printable(f"{type(error).__name__}: {error}".split("\n")[0])
        raise CourseError(f"{course / FILE}: {reason}. Correct the file.") from None
    config.merge(app.config)
    _refuse_other_folders(config, course)
    return config


def address(course: Path, db: str | None = None) -> str:
    """Return the address of a gradebook: the given one, that of nbgrader_config.py, or the usual one."""
    if db:
        return db
    configured = read_configuration(course).CourseDirectory.get("db_url", "")
    return configured or f"sqlite:///{course / 'gradebook.db'}"


def gradebook_exists(db: str) -> bool:
    """Return whether there is a gradebook at this address; that of a server is taken for one.

    Raises:
        CourseError: If it is no address.
    """
    try:
        url = make_url(db)
    except SQLAlchemyError:
        raise CourseError(
            f"{printable(db)}: not the address of a gradebook. It should be like sqlite:////folder/gradebook.db."
        ) from None
    return url.get_backend_name() != "sqlite" or Path(url.database or "").is_file()


def say_errors_once() -> None:
    """Let nbgrader not log, with its trace, a database error that it raises as well."""
    logging.getLogger("tornado.application").addFilter(_is_news)  # the same filter twice is one


def _is_news(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("Rolling back session due to database error")


def quiet() -> logging.Logger:
    """Return a logger for nbgrader's remarks that people need not read."""
    logger = logging.getLogger("vae-course.configuration")
    logger.setLevel(logging.CRITICAL)
    return logger


def _refuse_other_folders(config: Config, course: Path) -> None:
    for name in FIXED:
        usual = CourseDirectory.class_traits()[name].default_value
        seen = config.CourseDirectory.get(name, usual)
        if seen != usual:
            raise CourseError(
                f"{course / FILE}: CourseDirectory.{name} should be {usual!r}, as nbgrader has it, "
                f"seen: {seen!r}. Take the line out."
            )
