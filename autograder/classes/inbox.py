"""Find what was handed in: submitted/STUDENT/LESSON/*.ipynb of a course's folder."""

from __future__ import annotations

from pathlib import Path

from autograder.errors import CourseError
from autograder.source.lesson import Lesson


def students_of(lesson: Lesson, course: Path) -> list[str]:
    """Return who handed in a lesson, sorted by name.

    Raises:
        CourseError: If nobody did.
    """
    submitted = course / "submitted"
    students = sorted({p.parent.parent.name for p in submitted.glob(f"*/{lesson.name}/*.ipynb")})
    if not students:
        raise CourseError(
            f"Nothing was submitted: no file {submitted}/STUDENT/{lesson.name}/{lesson.name}.ipynb. "
            "Collect submissions first, or name another folder with --course."
        )
    return students


def file_of(lesson: Lesson, course: Path, student: str) -> Path | None:
    """Return the notebook of the lesson's name, else the only one, else None."""
    folder = course / "submitted" / student / lesson.name
    named = folder / f"{lesson.name}.ipynb"
    if named.exists() or named.is_symlink():
        return named
    found = list(folder.glob("*.ipynb"))
    return found[0] if len(found) == 1 else None
