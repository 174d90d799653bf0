"""The history of attempts: a line for each grading of a student's file that changed something.

It says what was graded and when. A written answer that a person marked waits again only if its text differs
from that of the last line. A line is written after the gradebook. If a kill comes between the two, the next run
takes the answers for changed, and a person looks at them once more; nothing is lost.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

from rich import box
from rich.markup import escape
from rich.table import Table

from autograder.classes.journal import Lines, lesson_version
from autograder.classes.results.changes import Standing
from autograder.errors import CourseError
from autograder.grading.seeds import FOLDER
from autograder.source.lesson import Lesson
from autograder.wire.explain import printable


@dataclass(frozen=True)
class Attempt:
    """One grading of one student's file.

    Attributes:
        student: Whose.
        file: Name of the file, "" if there was none.
        sha256: Digest of its bytes.
        grader: Digest of the code and the lesson that decided, and of the class's names in it.
        key: Digest of the course's secret key.
        scores: Points by tests, by grade_id; None where a person must grade.
        answers: Digest of each graded answer's text, by grade_id.
        score: Points that counted, with those by hand and less the penalty.
        penalty: Points taken off because it came late.
        reason: Why it was graded, "" for the first time.
        graded: When, in UTC.
    """

    student: str
    file: str
    sha256: str
    grader: str
    key: str
    scores: dict[str, float | None]
    answers: dict[str, str]
    score: float = 0.0
    penalty: float = 0.0
    reason: str = ""
    graded: str = ""

    def is_like(self, other: Attempt | None) -> bool:
        """Return whether two attempts differ in nothing but why and when they were graded."""
        return other is not None and _content(self) == _content(other)

    def reason_after(self, before: Attempt | None) -> str:
        """Return why this attempt may have other points than the one before."""
        if before is None:
            return "graded before without a history"
        if self.sha256 != before.sha256:
            return "another file was handed in"
        if self.key != before.key:
            return "the course has another key"
        if self.grader != before.grader:
            same_code = self.grader.split("-")[0] == before.grader.split("-")[0]
            return "[names] of settings.toml changed" if same_code else "the course was updated"
        return "graded anew" if self.scores != before.scores else "points by hand or lateness"


def attempt(
    student: str,
    lesson: Lesson,
    file: Path | None,
    secret: bytes,
    scores: dict[str, float | None],
    answers: dict[str, str],
) -> Attempt:
    """Return what is kept of a grading that has just been done."""
    name, sha256 = "", ""
    if file is not None and file.is_file() and not file.is_symlink():
        with file.open("rb") as stream:
            name, sha256 = file.name, hashlib.file_digest(stream, "sha256").hexdigest()
    key = hashlib.sha256(secret).hexdigest()[:8]
    points = {id: None if score is None else float(score) for id, score in scores.items()}
    return Attempt(student, printable(name), sha256, lesson_version(lesson), key, points, answers)


class History:
    """The attempts of a lesson.

    Args:
        course: Folder of the class.
        lesson: Name of the lesson.
    """

    def __init__(self, course: Path, lesson: str) -> None:
        self._lines = Lines(course / FOLDER / "history" / f"{lesson}.jsonl")
        self.attempts: list[Attempt] = []
        for data in self._lines.read():
            try:
                self.attempts.append(Attempt(**data))
            except TypeError:  # of another version of the course
                continue
        self._last = {a.student: a for a in self.attempts}

    def last(self, student: str) -> Attempt | None:
        """Return the last attempt of a student, None before the first."""
        return self._last.get(student)

    def changed(self, student: str, answers: dict[str, str]) -> set[str]:
        """Return the grade_ids of answers whose text differs from the last attempt; all before the first."""
        last = self.last(student)
        return {id for id, text in answers.items() if not last or last.answers.get(id) != text}

    def keep(self, new: Attempt, standing: Standing) -> None:
        """Add an attempt with where the student stands after it, unless nothing differs from the last one."""
        before = self.last(new.student)
        new = replace(new, score=standing.score, penalty=standing.penalty)
        if new.is_like(before):
            return
        reason = new.reason_after(before) if before else ""
        when = datetime.now(UTC).isoformat(timespec="seconds")
        self._last[new.student] = replace(new, reason=reason, graded=when)
        self._lines.append(asdict(self._last[new.student]))


def _content(attempt: Attempt) -> str:
    data = {k: v for k, v in asdict(attempt).items() if k not in ("reason", "graded")}
    return json.dumps(data, sort_keys=True)


def history_table(lesson: str, course: Path, students: list[str]) -> Table:
    """Return a table of attempts, those of one student together.

    Args:
        lesson: Name of the lesson.
        course: Folder of the class.
        students: Whose; empty for everybody's.

    Raises:
        CourseError: If nothing was graded, or nothing of one of the students.
    """
    attempts = History(course, lesson).attempts
    known = {a.student for a in attempts}
    if not known:
        raise CourseError(
            f"{course}: nothing of {lesson} was graded. Run: vae-course grade {lesson}"
        )
    for student in students:
        if student not in known:
            near = ", ".join(get_close_matches(student, known)) or ", ".join(sorted(known)[:5])
            raise CourseError(f"Nothing of {student} was graded in {lesson}. Graded are: {near}.")
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in ("student", "graded (UTC)", "file", "score", "late", "why again"):
        table.add_column(column, overflow="fold")
    for a in sorted(attempts, key=lambda a: a.student):
        if not students or a.student in students:
            late = f"{-a.penalty:g}" if a.penalty else ""
            file = f"{a.file} {a.sha256[:8]}".strip()
            row = (a.student, a.graded[:16].replace("T", " "), file, f"{a.score:g}", late, a.reason)
            table.add_row(*map(escape, row))
    return table
