"""Which feedback pages are as the gradebook says: only the others are written."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from nbgrader.api import SubmittedAssignment

from autograder.classes.journal import Lines, pages_version
from autograder.grading.seeds import FOLDER


class WrittenPages:
    """The pages of a lesson that have been written, and what was in them.

    Args:
        course: Folder of the class.
        lesson: Name of the lesson.
        contents: By student, a digest of all that the page shows now.
    """

    def __init__(self, course: Path, lesson: str, contents: dict[str, str]) -> None:
        self._feedback, self._lesson, self._contents = course / "feedback", lesson, contents
        self._lines = Lines(course / FOLDER / "pages" / f"{lesson}.jsonl")
        self._written = {d.get("student"): d.get("content") for d in self._lines.read()}

    def is_current(self, student: str) -> bool:
        """Return whether a student's page is there and shows what it should."""
        page = self._feedback / student / self._lesson / f"{self._lesson}.html"
        content = self._contents.get(student)
        return page.is_file() and content is not None and self._written.get(student) == content

    def keep(self, student: str) -> None:
        """Remember that a page has been written; a kill before that only has it written once more."""
        self._lines.append({"student": student, "content": self._contents.get(student)})


def content_of(submission: SubmittedAssignment | None, autograded: Path) -> str:
    """Return a digest of all that a feedback page shows.

    Args:
        submission: The student's submission in the gradebook.
        autograded: The student's autograded folder of the lesson.
    """
    notebooks = submission.notebooks if submission else []
    shown: list[object] = [pages_version()]
    if submission:
        shown.append([submission.student.first_name, submission.student.last_name])
    for notebook in notebooks:
        shown.append(notebook.late_submission_penalty)
        shown += [
            [g.name, g.auto_score, g.manual_score, g.extra_credit, bool(g.needs_manual_grade)]
            for g in notebook.grades
        ]
        shown += [[c.name, c.auto_comment, c.manual_comment] for c in notebook.comments]
    for path in sorted(p for p in autograded.rglob("*") if p.is_file()):
        is_page = path.suffix == ".ipynb"
        what = hashlib.sha256(path.read_bytes()).hexdigest() if is_page else path.stat().st_size
        shown.append([path.relative_to(autograded).as_posix(), what])
    text = json.dumps(shown, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
