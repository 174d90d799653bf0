"""Find what grades an exercise: its hidden test, its visible check and the known answers of its lesson."""

from __future__ import annotations

import importlib
from types import ModuleType

from autograder.errors import CourseError
from autograder.exercises.criteria import HiddenTest
from autograder.exercises.known_answers import Bank
from course_utils.checks.core import Check, find_check


def hidden_test(lesson: str, exercise: str) -> HiddenTest:
    """Return the hidden test of an exercise."""
    return getattr(_module(lesson, "hidden"), f"grade_{exercise}")


def visible_check(lesson: str, exercise: str) -> Check:
    """Return the visible check of an exercise."""
    return find_check(lesson, exercise)


def wrong_solutions(lesson: str) -> Bank:
    """Return the known wrong solutions of a lesson."""
    return _module(lesson, "wrong").WRONG


def right_solutions(lesson: str) -> Bank:
    """Return the known right solutions of a lesson, beyond the reference."""
    return _module(lesson, "right").RIGHT


def _module(lesson: str, name: str) -> ModuleType:
    """Import a module of the lesson's folder.

    Raises:
        CourseError: If the file is not there.
    """
    full_name = f"autograder.exercises.nb{lesson}.{name}"
    try:
        return importlib.import_module(full_name)
    except ModuleNotFoundError as error:
        if error.name is None or not full_name.startswith(error.name):
            raise
        path = f"{full_name.replace('.', '/')}.py"
        raise CourseError(f"{path} is missing: write it first.") from None
