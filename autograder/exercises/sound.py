"""Refuse to build or grade a lesson whose points do not add up, or whose student notebook tells the answers."""

from __future__ import annotations

from autograder.errors import CourseError
from autograder.exercises.lookup import hidden_test, visible_check
from autograder.source.lesson import Lesson
from autograder.source.release import refuse_leaks, release_text


def refuse_unsound(lesson: Lesson) -> None:
    """Refuse a lesson that breaks a rule which its source alone does not show.

    Raises:
        CourseError: If a check has no hidden test, or other points; or if the student notebook holds an answer.
    """
    _check_points(lesson)
    refuse_leaks(lesson, release_text(lesson))


def _check_points(lesson: Lesson) -> None:
    """Refuse a check cell whose points are not the sum of its hidden criteria."""
    for cell in lesson.cells:
        if cell.role != "check":
            continue
        where = f"{lesson.path}:{cell.line}"
        try:
            test = hidden_test(lesson.name, cell.name)
            visible_check(lesson.name, cell.name)
        except (ImportError, AttributeError) as error:
            raise CourseError(f"{where}: {cell.name!r} has no test or check: {error}.") from None
        if test.points != cell.points:
            raise CourseError(
                f"{where}: worth {cell.points:g}, but its hidden criteria add up to {test.points:g}."
            )
