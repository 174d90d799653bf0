"""What the marking page knows and does, apart from HTTP: questions, answers, marks, undo."""

from __future__ import annotations

import functools
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from autograder.classes.feedback.safe import with_formulas
from autograder.classes.report.results import pseudonyms
from autograder.classes.written.answers import Group, Question, read_questions
from autograder.classes.written.marks import Changed, Mark, Marks, digest
from autograder.errors import CourseError
from autograder.grading.seeds import course_key
from autograder.source.lesson import Lesson
from autograder.wire.explain import printable

HALVES = 4.0  # points up to which there are buttons for halves
BUTTONS = 10  # for points that are less than all
LONGEST = 10_000  # characters of a comment
KEPT = 64  # texts of answers that are kept as HTML
REUSED = 9  # comments that are offered again

CONFLICT = (
    "Nothing was written: this answer was marked elsewhere, or graded again, since you saw it."
)


class Desk:
    """A lesson's written answers with their marks.

    Args:
        lesson: The lesson.
        course: Folder of the class, in which it was graded.
        db: Address of the gradebook.
        names: Whether students are named; without, they have pseudonyms.

    Attributes:
        unread: Students whose notebook cannot be read.

    Raises:
        CourseError: If the lesson was not graded, has no question, or the gradebook cannot be read.
    """

    def __init__(self, lesson: Lesson, course: Path, db: str, names: bool = False) -> None:
        self._lesson, self._course, self._names = lesson, course, names
        self.title = lesson.title
        self._painter = ThreadPoolExecutor(1)  # one text at a time is turned into HTML
        self._html = functools.lru_cache(KEPT)(self._html_of)
        self._marks = Marks(db, lesson.name)
        self._read()
        questions = self._questions.values()
        self._texts = {q.id: self._painter.submit(_course_texts, q).result() for q in questions}

    def _read(self) -> None:
        """Read answers and marks as they are now."""
        questions, self.unread = read_questions(self._lesson, self._course)
        self._questions = {q.id: q for q in questions}
        self._known = self._marks.read()
        everybody = {a.student for q in questions for g in q.groups for a in g.answers}
        key = course_key(self._course)
        self._shown = {s: s for s in everybody} if self._names else pseudonyms(everybody, key)
        self._html.cache_clear()

    def close(self) -> None:
        """Let nobody wait for texts that are not shown any more."""
        self._painter.shutdown(cancel_futures=True)

    @property
    def waiting(self) -> int:
        """How many answers wait for points."""
        return sum(mark.waits for q in self._questions for mark in self._known.get(q, {}).values())

    def state(self) -> dict[str, Any]:
        """Return all that the page shows except texts of answers, as plain values, read anew.

        A page that is open elsewhere names groups by the numbers of before. What it saw of their marks does not
        fit other students, so nothing is written for them.
        """
        self._read()
        return {
            "title": self.title,
            "questions": [self._shown_question(q) for q in self._questions],
        }

    def _shown_question(self, id: str) -> dict[str, Any]:
        question = self._questions[id]
        return {
            "title": question.title,
            "points": question.points,
            "steps": _steps(question.points),
            **self._texts[id],
            **self._marked(id),
        }

    def _marked(self, id: str) -> dict[str, Any]:
        """Return what marks change of a question."""
        return {
            "id": id,
            "groups": [self._group(id, group) for group in self._questions[id].groups],
            "comments": self._comments(id),
            "undo": self._marks.last,
        }

    def answer(self, id: str, number: int) -> str:
        """Return the text of a group's answer as HTML that is safe to show."""
        self._members(id, number)
        return self._painter.submit(self._html, id, number).result()

    def _html_of(self, id: str, number: int) -> str:
        answer = self._members(id, number).answers[0]
        return with_formulas(answer.text, answer.attachments)

    def folder(self, id: str, number: int) -> Path:
        """Return the folder with the pictures that a group's answer may show."""
        return self._members(id, number).answers[0].path.parent

    def give(
        self, id: str, number: int, points: float | None, comment: str, seen: str = ""
    ) -> dict[str, Any]:
        """Give points and a comment to all students of a group; return what changed.

        Args:
            id: grade_id of the answer.
            number: Number of the group.
            points: Points, None to leave them as they are.
            comment: A comment in the place of the one that is there.
            seen: What the page saw of the group's marks, default: what this desk knows. If the gradebook holds
                others, nothing is written, and "conflict" says so in what is returned.

        Raises:
            CourseError: If the points are out of range, an answer is another one since it was read, or the
                gradebook cannot be written.
        """
        most = self._found(id).points
        if points is not None and not 0 <= points <= most:
            raise CourseError(f"Points should be from 0 to {most:g}, seen: {str(points)[:20]}.")
        if len(comment) > LONGEST:
            raise CourseError(f"A comment may have {LONGEST:,} characters.")
        group = self._members(id, number)
        answers = group.answers
        if not all(a.is_current for a in answers):
            raise CourseError(
                "Nothing was saved: another text was handed in and graded since. Start `vae-course mark` again."
            )
        students = [a.student for a in answers]
        if points is not None:
            points = float(points)
        seen = seen or digest(self._marks_of(id, group))
        try:
            given = self._marks.give(id, students, points, printable(comment).strip(), seen)
        except Changed as changed:
            return self._conflict(changed)
        self._known.setdefault(id, {}).update(given)
        return self._marked(id)

    def undo(self, seen: int | None = None) -> dict[str, Any]:
        """Take back the last mark; return what changed and the group, or nothing if there is none.

        Args:
            seen: Number of the last mark that the page saw. If there is a newer one, or somebody else has
                marked the same answer since, "conflict" says so in what is returned, as by `give`.
        """
        try:
            id, marks = self._marks.undo(seen)
        except Changed as changed:
            return self._conflict(changed)
        return self._after(id, marks) if id else {}

    def _after(self, id: str, marks: dict[str, Mark]) -> dict[str, Any]:
        """Return what changed when a group has these marks, and its number."""
        self._known.setdefault(id, {}).update(marks)
        groups = self._found(id).groups
        (number,) = [n for n, group in enumerate(groups) if group.answers[0].student in marks]
        return {**self._marked(id), "group": number}

    def _conflict(self, changed: Changed) -> dict[str, Any]:
        return {**self._after(changed.id, changed.marks), "conflict": CONFLICT}

    def _found(self, id: str) -> Question:
        if id not in self._questions:
            raise CourseError("There is no such question.")
        return self._questions[id]

    def _members(self, id: str, number: int) -> Group:
        groups = self._found(id).groups
        if not 0 <= number < len(groups):
            raise CourseError("There is no such answer.")
        return groups[number]

    def _group(self, id: str, group: Group) -> dict[str, Any]:
        known = self._marks_of(id, group)
        marks = known.values()
        return {
            "students": [self._shown[a.student] for a in group.answers],
            "blank": group.is_blank,
            "alike": round(group.alike, 2),
            "points": sorted({m.counts for m in marks if m.counts is not None}),
            "comments": sorted({m.comment for m in marks}),
            "waiting": sum(m.waits for m in marks),
            "seen": digest(known),
        }

    def _marks_of(self, id: str, group: Group) -> dict[str, Mark]:
        unknown = Mark(None, True, "")
        return {a.student: self._known.get(id, {}).get(a.student, unknown) for a in group.answers}

    def _comments(self, id: str) -> list[str]:
        """Return comments of other answers to offer again, the most frequent first."""
        counts: dict[str, int] = {}
        for mark in self._known.get(id, {}).values():
            if mark.comment:
                counts[mark.comment] = counts.get(mark.comment, 0) + 1
        return sorted(counts, key=lambda comment: (-counts[comment], comment))[:REUSED]


def _course_texts(question: Question) -> dict[str, str]:
    """Return as HTML what the lesson says to a question."""
    names = "text", "model", "rubric"
    return {name: with_formulas(getattr(question, name), {}) for name in names}


def _steps(most: float) -> list[float]:
    """Return the points that have a button: halves where they are few, else whole ones; and the most."""
    step = 0.5 if most <= HALVES else 1.0
    return [*(n * step for n in range(min(BUTTONS, math.ceil(most / step)))), most]
