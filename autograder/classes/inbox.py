"""Find what was handed in: submitted/STUDENT/LESSON/*.ipynb of a course's folder."""

from __future__ import annotations

from pathlib import Path

from autograder.errors import CourseError
from autograder.source.lesson import Lesson
from autograder.wire.explain import printable

MAX_NAME = 100  # characters of a student's name
PATTERN = "*?[]\\"  # nbgrader reads a student's name as a pattern of files
MARKUP = '<>&"`'  # formgrader writes names into its pages as they are
FORMULA = "=+-@"  # a spreadsheet takes a cell that begins so for a formula


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


def problem_with_name(student: str) -> str:
    """Return why nothing can be recorded for a student whose folder has this name, "" if nothing is wrong.

    nbgrader reads a student's name as a pattern of files, takes it from paths again, and writes it as it is
    into its pages and tables.
    """
    if printable(student) != student or "\n" in student or "\t" in student:
        return "the folder's name holds characters that cannot be shown: rename the folder"
    if len(student) > MAX_NAME or student != student.strip():
        return f"the folder's name has a blank at an end or over {MAX_NAME} characters: rename the folder"
    if found := sorted(set(student) & set(PATTERN + MARKUP)):
        return f"the folder's name holds {' and '.join(found)}: rename the folder"
    if student.startswith(tuple(FORMULA)):
        return f"the folder's name begins with {student[0]}: rename the folder"
    return ""


def is_linked(lesson: Lesson, course: Path, student: str) -> bool:
    """Return whether a student's folder is a link, which could show another student's work."""
    folder = course / "submitted" / student
    return folder.is_symlink() or (folder / lesson.name).is_symlink()


def file_of(lesson: Lesson, course: Path, student: str) -> Path | None:
    """Return the notebook of the lesson's name, else the only one, else None."""
    folder = course / "submitted" / student / lesson.name
    named = folder / f"{lesson.name}.ipynb"
    if named.exists() or named.is_symlink():
        return named
    found = list(folder.glob("*.ipynb"))
    return found[0] if len(found) == 1 else None
