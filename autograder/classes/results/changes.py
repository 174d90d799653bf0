"""Compare what the gradebook holds of a student with what a new grading would write, before it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from nbgrader.api import Grade, SubmittedAssignment

from autograder.source.lesson import Lesson

Penalty = Callable[
    [str, float, float], float
]  # of a student, their points and the seconds that they are late


@dataclass(frozen=True)
class Standing:
    """Where a student stands in a lesson.

    Attributes:
        points: Points that count, by grade_id: those by hand, else those by tests.
        waiting: grade_ids of answers that wait for a person.
        penalty: Points taken off because it came late.
    """

    points: dict[str, float]
    waiting: frozenset[str]
    penalty: float = 0.0

    @property
    def score(self) -> float:
        """Return all points less the penalty."""
        return max(0.0, sum(self.points.values()) - self.penalty)

    @classmethod
    def of(cls, submission: SubmittedAssignment) -> Standing:
        """Return where a student stands by the gradebook."""
        grades = [g for n in submission.notebooks for g in n.grades]
        return cls(
            {g.name: _counted(g, g.auto_score) for g in grades},
            frozenset(g.name for g in grades if g.needs_manual_grade),
            sum(float(n.late_submission_penalty or 0) for n in submission.notebooks),
        )

    @classmethod
    def new(cls, scores: dict[str, float | None], penalty: float = 0.0) -> Standing:
        """Return where a student stands of whom the gradebook holds nothing."""
        waiting = frozenset(name for name, score in scores.items() if score is None)
        return cls({name: float(score or 0) for name, score in scores.items()}, waiting, penalty)


@dataclass(frozen=True)
class Change:
    """What a grading would change in the gradebook.

    Attributes:
        student: Whose.
        before: Where the student stands; None for the first grading.
        after: Where the student would stand.
        reason: Why.
        again: grade_ids of answers that were marked by hand and wait again.
    """

    student: str
    before: Standing | None
    after: Standing
    reason: str
    again: frozenset[str] = frozenset()

    @property
    def matters(self) -> bool:
        """Return whether a person should see it: an earlier grading would come out otherwise."""
        return self.before is not None and self.before != self.after

    def line(self, full: float, lesson: Lesson) -> str:
        """Return old -> new in one line, with the reason.

        Args:
            full: Points of the lesson.
            lesson: The lesson, with the names of the class.
        """

        def called(id: str) -> str:
            name = id.removeprefix("test_")
            title = lesson.question_titles.get(name.removeprefix("written_"))
            return f"“{title}”" if title else lesson.called(name)

        before = self.before or Standing({}, frozenset())
        parts = [
            f"{called(id)} {before.points.get(id, 0.0):g} -> {points:g}"
            for id, points in self.after.points.items()
            if before.points.get(id, 0.0) != points
        ]
        if before.penalty != self.after.penalty:
            parts.append(f"late penalty {before.penalty:g} -> {self.after.penalty:g}")
        parts += [f"{called(id)} waits again, the points by hand stay" for id in sorted(self.again)]
        new = self.after.waiting - before.waiting - self.again
        parts += [f"{called(id)} waits for you" for id in sorted(new)]
        score = f"{before.score:g} -> {self.after.score:g} of {full:g}"
        return f"{self.student}: {score}: {', '.join(parts)} ({self.reason})"


def planned(
    submission: SubmittedAssignment, scores: dict[str, float | None], changed: Iterable[str]
) -> Standing:
    """Return where a student would stand with these points by tests, without a penalty.

    Args:
        submission: The student's submission in the gradebook, which stays as it is.
        scores: Points by tests by grade_id, None where a person must grade.
        changed: grade_ids of answers whose text is not the one that was graded before.
    """
    points, waiting = {}, set()
    for grade in (g for n in submission.notebooks for g in n.grades):
        auto = scores[grade.name]
        points[grade.name] = _counted(grade, auto)
        if waits_for_person(grade, auto, grade.name in changed):
            waiting.add(grade.name)
    return Standing(points, frozenset(waiting))


def waits_for_person(grade: Grade, auto: float | None, changed: bool) -> bool:
    """Return whether a person must look: there are no points yet, or those by hand are for another text."""
    if grade.manual_score is None:
        return auto is None
    return changed or bool(grade.needs_manual_grade)


def seconds_late(timestamp: datetime | None, due: datetime | None) -> float:
    """Return how late a file is, 0 if it is in time or one of the times is unknown."""
    return max(0.0, (timestamp - due).total_seconds()) if timestamp and due else 0.0


def _counted(grade: Grade, auto: float | None) -> float:
    """Return the points of a cell as nbgrader counts them."""
    score = grade.manual_score if grade.manual_score is not None else auto
    return float(score or 0) + float(grade.extra_credit or 0)
