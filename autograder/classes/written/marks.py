"""Points and comments by hand, in nbgrader's gradebook: each is written at once and can be undone."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nbgrader.api import Grade, Gradebook, MissingEntry
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from autograder.errors import CourseError
from autograder.wire.explain import printable


@dataclass(frozen=True)
class Mark:
    """What the gradebook holds of one answer.

    Attributes:
        points: Points by hand, None if there are none.
        waits: Whether a person still has to look.
        comment: A teacher's words, "" for none.
        tested: Points by tests; nbgrader gives 0 for an answer that was left as it is.
    """

    points: float | None
    waits: bool
    comment: str
    tested: float | None = None

    @property
    def counts(self) -> float | None:
        """The points that count, None if there are none yet."""
        return self.tested if self.points is None else self.points


class Changed(Exception):
    """The gradebook holds other marks than were seen; nothing was written.

    Attributes:
        id: grade_id of the answer.
        marks: What it holds, by student.
    """

    def __init__(self, id: str, marks: dict[str, Mark]) -> None:
        super().__init__(id)
        self.id, self.marks = id, marks


@dataclass
class _Step:
    """Marks that were given at once.

    Attributes:
        number: Its number, from 1.
        id: grade_id of the answer.
        before: The marks that were there, by student.
        after: Those that were given.
    """

    number: int
    id: str
    before: dict[str, Mark]
    after: dict[str, Mark]


def digest(marks: dict[str, Mark]) -> str:
    """Return by what a page says which marks it saw."""
    return hashlib.sha256(repr(sorted(marks.items(), key=lambda m: m[0])).encode()).hexdigest()[:16]


def _mark(grade: Grade, comment: str | None) -> Mark:
    """Return what a row of the gradebook and a comment of a person say."""
    waits = bool(grade.needs_manual_grade)
    return Mark(grade.manual_score, waits, comment or "", grade.auto_score)


class Marks:
    """The marks of a lesson's written answers.

    Args:
        db: Address of the gradebook.
        lesson: Name of the lesson.
    """

    def __init__(self, db: str, lesson: str) -> None:
        self._db, self._lesson = db, lesson
        self._lock = threading.Lock()
        self._undo: list[_Step] = []
        self._steps = 0  # that there ever were
        self._only_comment = False  # whether the last one gave no points

    @property
    def last(self) -> int:
        """The number of the step that `undo` takes back, 0 if there is none."""
        return self._undo[-1].number if self._undo else 0

    def read(self) -> dict[str, dict[str, Mark]]:
        """Return the marks by grade_id and student.

        Raises:
            CourseError: If the gradebook cannot be read.
        """
        found: dict[str, dict[str, Mark]] = {}
        with self._opened() as book:
            for submission in book.assignment_submissions(self._lesson):
                for notebook in submission.notebooks:
                    comments = {c.name: c.manual_comment for c in notebook.comments}
                    for g in notebook.grades:
                        mark = _mark(g, comments.get(g.name))
                        found.setdefault(g.name, {})[submission.student.id] = mark
        return found

    def give(
        self, id: str, students: Iterable[str], points: float | None, comment: str, seen: str
    ) -> dict[str, Mark]:
        """Give the same points and comment to answers of some students, all or none.

        Args:
            id: grade_id of the answer.
            students: Whose.
            points: Points, None to leave them as they are.
            comment: A comment in the place of the one that is there.
            seen: Digest of the marks that they had when the teacher looked.

        Returns:
            The new marks by student.

        Raises:
            Changed: If they have others now.
            CourseError: If the gradebook cannot be written or does not know one of the answers.
        """
        with self._lock, self._opened() as book:
            before = self._held(book, id, students)
            if digest(before) != seen:
                raise Changed(id, before)
            after = {
                student: Mark(mark.points, mark.waits, comment, mark.tested)
                if points is None
                else Mark(points, False, comment, mark.tested)
                for student, mark in before.items()
            }
            self._write(book, id, after)
            last = self._undo[-1] if self._undo else None
            if last and self._only_comment and (last.id, last.after) == (id, before):
                last.after = after  # a comment and its points are one step
            elif after != before:
                self._steps += 1
                self._undo.append(_Step(self._steps, id, before, after))
            self._only_comment = points is None
        return after

    def undo(self, seen: int | None = None) -> tuple[str, dict[str, Mark]]:
        """Take back the last marks that were given.

        Args:
            seen: Number of the step that the teacher means, None for the last one.

        Returns:
            The grade_id, and the marks that hold again, by student; "" and none if there is nothing to undo.

        Raises:
            Changed: If another step is the last one, or the answers were marked elsewhere since.
            CourseError: If the gradebook cannot be written.
        """
        with self._lock:
            if not self._undo:
                return "", {}
            step = self._undo[-1]
            with self._opened() as book:
                now = self._held(book, step.id, step.after)
                if seen not in (None, step.number):
                    raise Changed(step.id, now)
                if now != step.after:
                    self._undo.pop()  # it can never be taken back
                    raise Changed(step.id, now)
                self._write(book, step.id, step.before)
            self._undo.pop()
        return step.id, step.before

    def _held(self, book: Gradebook, id: str, students: Iterable[str]) -> dict[str, Mark]:
        """Return the marks of some students, which nobody else can change before this transaction ends."""
        rows = {student: self._rows(book, id, student) for student in students}
        grades = [grade.id for grade, _ in rows.values()]
        # Only who writes has a lock: SQLite's of the whole file, PostgreSQL's of these rows.
        lock = update(Grade).where(Grade.id.in_(grades)).values(manual_score=Grade.manual_score)
        book.db.execute(lock.execution_options(synchronize_session=False))
        book.db.expire_all()
        return {s: _mark(grade, c.manual_comment) for s, (grade, c) in rows.items()}

    def _write(self, book: Gradebook, id: str, marks: dict[str, Mark]) -> None:
        for student, mark in marks.items():
            grade, comment = self._rows(book, id, student)
            grade.manual_score = mark.points
            grade.needs_manual_grade = mark.waits
            comment.manual_comment = mark.comment or None
        book.db.commit()

    def _rows(self, book: Gradebook, id: str, student: str) -> tuple:
        where = id, self._lesson, self._lesson, student
        return book.find_grade(*where), book.find_comment(*where)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[Gradebook]:
        """Open the gradebook; what was not committed is forgotten.

        Raises:
            CourseError: If it cannot be used, or does not know an answer.
        """
        try:
            with Gradebook(self._db, course_id="") as book:
                yield book
        except MissingEntry:
            raise CourseError(
                "The gradebook does not know this answer. Run `vae-course grade` again."
            ) from None
        except (SQLAlchemyError, ImportError, ValueError) as error:
            reason = printable(str(error).split("\n")[0])
            raise CourseError(
                f"The gradebook cannot be used: {reason} Close other programs that use it and try again."
            ) from None
