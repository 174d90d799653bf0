"""Read from nbgrader's gradebook what is given back: scores with late penalties and points that people gave."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from nbgrader.api import Gradebook, SubmittedAssignment
from nbgrader.api import Student as KnownStudent
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from autograder.classes.course_folder.configuration import address as address
from autograder.classes.course_folder.configuration import gradebook_exists
from autograder.classes.platforms.roster import Student
from autograder.errors import CourseError
from autograder.wire.explain import printable


@dataclass(frozen=True)
class Score:
    """A student's score in a lesson.

    Attributes:
        student: Who, as the gradebook knows them.
        lesson: Name of the lesson.
        max_score: Points of the lesson, written questions included.
        score: Points with those given by hand and less the penalty, as `nbgrader export` gives them; None if
            nothing was recorded.
        penalty: Points taken off because it came late.
        waiting: Answers that wait for a person.
        timestamp: When it was handed in, in UTC, if that is known.
    """

    student: Student
    lesson: str
    max_score: float
    score: float | None = None
    penalty: float = 0
    waiting: int = 0
    timestamp: datetime | None = None


def graded_students(lesson: str, db: str) -> set[str]:
    """Return who has a result in this lesson; nobody if there is no gradebook yet.

    Raises:
        CourseError: If the gradebook cannot be read.
    """
    if not gradebook_exists(db):
        return set()
    with _opened(db) as gradebook:
        return {s.student.id for s in gradebook.assignment_submissions(lesson)}


def known_students(db: str) -> set[str]:
    """Return the ids of all students in a gradebook that is there.

    Raises:
        CourseError: If it cannot be read.
    """
    with _opened(db) as gradebook:
        return {student.id for student in gradebook.students}


def read_scores(lessons: list[str], db: str) -> list[Score]:
    """Return the scores of all students in these lessons, in the order of lessons.

    A lesson that the gradebook does not know has none.

    Raises:
        CourseError: If there is no gradebook, or it cannot be read.
    """
    if not gradebook_exists(db):
        raise CourseError(
            f"{make_url(db).database}: there is no gradebook, so there are no grades yet. Run `vae-course "
            "grade` first, or name another folder with --course."
        )
    with _opened(db) as gradebook:
        known = {a.name: float(a.max_score or 0) for a in gradebook.assignments}
        recorded = {
            n: {s.student.id: s for s in gradebook.assignment_submissions(n)} for n in lessons
        }
        return [
            _score(student, name, known[name], recorded[name].get(student.id))
            for name in lessons
            if name in known
            for student in gradebook.students
        ]


@contextlib.contextmanager
def _opened(db: str) -> Iterator[Gradebook]:
    """Open a gradebook.

    Raises:
        CourseError: If it cannot be read.
    """
    try:
        with Gradebook(db, course_id="") as gradebook:
            yield gradebook
    except (SQLAlchemyError, ImportError, ValueError) as error:
        reason = printable(str(error).split("\n")[0])
        raise CourseError(
            f"The gradebook cannot be read: {reason} Close other programs that use it, restore it from a "
            "backup if it is damaged, or check --db."
        ) from None


def _score(
    known: KnownStudent, lesson: str, most: float, submission: SubmittedAssignment | None
) -> Score:
    texts = (known.first_name, known.last_name, known.email, known.lms_user_id)
    student = Student(known.id, *(text or "" for text in texts))
    if submission is None:
        return Score(student, lesson, most)
    penalty = float(submission.late_submission_penalty or 0)
    waiting = sum(bool(g.needs_manual_grade) for n in submission.notebooks for g in n.grades)
    score = max(0.0, float(submission.score or 0) - penalty)
    return Score(student, lesson, most, score, penalty, waiting, submission.timestamp)
