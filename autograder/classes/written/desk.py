"""What the marking page knows and does, apart from HTTP: questions, answers, marks, undo."""

from __future__ import annotations

import html
import math
from pathlib import Path
from typing import Any

from autograder.classes.feedback.safe import with_formulas
from autograder.classes.report.results import pseudonyms
from autograder.classes.written.answers import Group, Question, read_questions
from autograder.classes.written.marks import Mark, Marks
from autograder.errors import CourseError
from autograder.grading.seeds import course_key
from autograder.source.lesson import Lesson
from autograder.wire.explain import printable

HALVES = 4.0  # points up to which there are buttons for halves
BUTTONS = 10  # for points that are less than all
LONGEST = 10_000  # characters of a comment
REUSED = 9  # comments that are offered again


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
        questions, self.unread = read_questions(lesson, course)
        self.title = lesson.title
        self._questions = {q.id: q for q in questions}
        self._marks = Marks(db, lesson.name)
        self._known = self._marks.read()
        everybody = {a.student for q in questions for g in q.groups for a in g.answers}
        self._shown = (
            {s: s for s in everybody} if names else pseudonyms(everybody, course_key(course))
        )

    @property
    def waiting(self) -> int:
        """How many answers wait for points."""
        return sum(mark.waits for q in self._questions for mark in self._known.get(q, {}).values())

    def state(self) -> dict[str, Any]:
        """Return all that the page shows except texts of answers, as plain values."""
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
            "text": with_formulas(question.text, {}),
            "model": with_formulas(question.model, {}),
            "rubric": with_formulas(question.rubric, {}),
            **self._marked(id),
        }

    def _marked(self, id: str) -> dict[str, Any]:
        """Return what marks change of a question."""
        return {
            "id": id,
            "groups": [self._group(id, group) for group in self._questions[id].groups],
            "comments": self._comments(id),
            "undo": self._marks.steps,
        }

    def answer(self, id: str, number: int) -> str:
        """Return the text of a group's answer as HTML that is safe to show."""
        answer = self._members(id, number).answers[0]
        try:
            return with_formulas(answer.text, answer.attachments)
        except Exception:  # of odd texts the libraries raise many kinds of errors
            return f"<pre>{html.escape(answer.text)}</pre>"

    def folder(self, id: str, number: int) -> Path:
        """Return the folder with the pictures that a group's answer may show."""
        return self._members(id, number).answers[0].path.parent

    def give(self, id: str, number: int, points: float | None, comment: str) -> dict[str, Any]:
        """Give points and a comment to all students of a group; return what changed.

        Raises:
            CourseError: If the points are out of range, an answer is another one since it was read, or the
                gradebook cannot be written.
        """
        most = self._found(id).points
        if points is not None and not 0 <= points <= most:
            raise CourseError(f"Points should be from 0 to {most:g}, seen: {str(points)[:20]}.")
        if len(comment) > LONGEST:
            raise CourseError(f"A comment may have {LONGEST:,} characters.")
        answers = self._members(id, number).answers
        if not all(a.is_current for a in answers):
            raise CourseError(
                "Nothing was saved: another text was handed in and graded since. Start `vae-course mark` again."
            )
        given = self._marks.give(
            id, [a.student for a in answers], points, printable(comment).strip()
        )
        self._known.setdefault(id, {}).update(given)
        return self._marked(id)

    def undo(self) -> dict[str, Any]:
        """Take back the last mark; return what changed and the group, or nothing if there is none."""
        id, marks = self._marks.undo()
        if not id:
            return {}
        self._known[id].update(marks)
        (number,) = [
            n for n, group in enumerate(self._found(id).groups) if group.answers[0].student in marks
        ]
        return {**self._marked(id), "group": number}

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
        unknown = Mark(None, True, "")
        marks = [self._known.get(id, {}).get(a.student, unknown) for a in group.answers]
        return {
            "students": [self._shown[a.student] for a in group.answers],
            "blank": group.is_blank,
            "alike": round(group.alike, 2),
            "points": sorted({m.counts for m in marks if m.counts is not None}),
            "comments": sorted({m.comment for m in marks}),
            "waiting": sum(m.waits for m in marks),
        }

    def _comments(self, id: str) -> list[str]:
        """Return comments of other answers to offer again, the most frequent first."""
        counts: dict[str, int] = {}
        for mark in self._known.get(id, {}).values():
            if mark.comment:
                counts[mark.comment] = counts.get(mark.comment, 0) + 1
        return sorted(counts, key=lambda comment: (-counts[comment], comment))[:REUSED]


def _steps(most: float) -> list[float]:
    """Return the points that have a button: halves where they are few, else whole ones; and the most."""
    step = 0.5 if most <= HALVES else 1.0
    return [*(n * step for n in range(min(BUTTONS, math.ceil(most / step)))), most]
