"""Read what grading recorded of a lesson: the verdicts and answers in the autograded notebooks."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode, v4

from autograder.errors import CourseError
from autograder.grading.judge import ExerciseVerdict
from autograder.grading.marking import outcomes_in
from autograder.source.lesson import Lesson

UNTOUCHED = ("not attempted", "missing")
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without those that look alike
LENGTH = 6  # of a pseudonym: among 1,000 students two are alike once in 1,800 classes


@dataclass(frozen=True)
class Result:
    """What one student got in one lesson.

    Attributes:
        student: Their id in the course.
        exercises: A verdict per exercise, in the order of the lesson.
        answers: The text of each exercise's cell by its name.
    """

    student: str
    exercises: list[ExerciseVerdict]
    answers: dict[str, str]

    @property
    def share(self) -> float:
        """The part of the points that the tests gave, from 0 to 1."""
        return self.score / (sum(e.max_score for e in self.exercises) or 1)

    @property
    def score(self) -> float:
        """Points that the tests gave: without written answers, late penalties and changes by hand."""
        return sum(e.score for e in self.exercises)

    @property
    def attempted(self) -> bool:
        """Whether anything was worked on."""
        return any(e.status not in UNTOUCHED for e in self.exercises)


def read_results(lesson: Lesson, course: Path) -> tuple[list[Result], list[str]]:
    """Return the results of a lesson by student, and the students whose notebook tells none.

    Raises:
        CourseError: If the lesson was not graded in this folder.
    """
    results, unread = [], []
    for path in sorted(course.glob(f"autograded/*/{lesson.name}/{lesson.name}.ipynb")):
        student = path.parent.parent.name
        result = _read(path, student)
        if result is None:
            unread.append(student)
        else:
            results.append(result)
    if not results:
        seen = f"{len(unread)} notebooks that tell no verdict" if unread else "no notebook"
        raise CourseError(
            f"{course}: {lesson.name} was not graded here; in autograded/*/{lesson.name} is {seen}. "
            f"Run `vae-course grade {lesson.name}` first, or name another folder with --course."
        )
    return results, unread


def _read(path: Path, student: str) -> Result | None:
    """Return the result in an autograded notebook; None if it is damaged or of an earlier version."""
    try:
        notebook = v4.reads(path.read_text(encoding="utf-8"))
        exercises = outcomes_in(notebook)
        answers = {c.metadata.nbgrader.grade_id: c.source for c in notebook.cells if _is_answer(c)}
    except (OSError, ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return None
    return Result(student, exercises, answers) if exercises else None


def _is_answer(cell: NotebookNode) -> bool:
    info = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and bool(info.get("solution"))


def pseudonyms(students: Iterable[str], key: bytes) -> dict[str, str]:
    """Return a name for each student that only the course's key can trace back, the same in each report."""

    def of(student: str) -> str:
        digest = hmac.new(key, f"pseudonym\0{student}".encode(), hashlib.sha256).digest()
        return "".join(LETTERS[byte % len(LETTERS)] for byte in digest[:LENGTH])

    return {student: of(student) for student in students}
