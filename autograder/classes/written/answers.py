"""Read a class's written answers, and what a teacher needs beside them: question, model answer, rubric."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode, v4

from autograder.classes.written.likeness import order_by_likeness
from autograder.errors import CourseError
from autograder.files import read_regular
from autograder.source.lesson import Lesson
from autograder.source.release import reference_notebook, release_cells

RUBRIC = re.compile(r"^(\*\*)?(Points|Rubric)\b[.:]?(\*\*)?", re.MULTILINE)  # ends a model answer
# Pictures beside a notebook that are shown. No SVG: a file of it is a page that could hold a script.
PICTURES = {
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}
MAX_PICTURE = 50_000_000  # bytes


@dataclass(frozen=True)
class Answer:
    """What one student wrote to one question.

    Attributes:
        id: nbgrader's grade_id of it.
        student: Their id in the course.
        text: Markdown.
        attachments: Pictures that were pasted into it, by name and kind.
        path: The autograded notebook in which it stands.
        version: When that file was written, in nanoseconds.
        shows: A digest of all that is shown of it. Two answers are the same if theirs are.
    """

    id: str
    student: str
    text: str
    attachments: dict[str, dict[str, str]]
    path: Path
    version: int
    shows: str

    @property
    def is_current(self) -> bool:
        """Whether the notebook still holds this answer, and its pictures are what they were."""
        if _version(self.path) == self.version:
            return _shows(self.text, self.attachments, self.path.parent) == self.shows
        now = (_answers_in(self.path) or {}).get(self.id)
        return now is not None and now.shows == self.shows


@dataclass(frozen=True)
class Group:
    """The same answer of one or more students, or all that are blank.

    Attributes:
        answers: The answers.
        is_blank: Whether nothing was written.
        alike: How like it is to the group before it, from 0 to 1.
    """

    answers: tuple[Answer, ...]
    is_blank: bool
    alike: float


@dataclass(frozen=True)
class Question:
    """A question with all its answers; texts are Markdown.

    Attributes:
        id: nbgrader's grade_id of the answer.
        title: Its heading.
        points: Points of a right answer.
        text: The question.
        model: The model answer.
        rubric: What gives points; "" if the lesson does not say.
        groups: The answers, alike ones beside each other; blank ones last.
    """

    id: str
    title: str
    points: float
    text: str
    model: str
    rubric: str
    groups: list[Group]


def read_questions(lesson: Lesson, course: Path) -> tuple[list[Question], list[str]]:
    """Return a lesson's questions with the answers, and the students whose notebook cannot be read.

    Raises:
        CourseError: If the lesson has no question, or was not graded in this folder.
    """
    if not lesson.written:
        raise CourseError(f"{lesson.name} has no written answers: there is nothing to mark.")
    answers: dict[str, list[Answer]] = {f"written_{name}": [] for name in lesson.written}
    unread = []
    paths = sorted(course.glob(f"autograded/*/{lesson.name}/{lesson.name}.ipynb"))
    for path in paths:
        found = _answers_in(path)
        if found is None:
            unread.append(path.parent.parent.name)
        for id, answer in (found or {}).items():
            if id in answers:
                answers[id].append(answer)
    if len(unread) == len(paths):
        raise CourseError(
            f"{course}: {lesson.name} was not graded here. Run `vae-course grade {lesson.name}` first, or "
            "name another folder with --course."
        )
    blanks = {_grade_id(c): c.source for c in release_cells(lesson) if _grade_id(c)}
    return [
        _question(lesson, cell, before, _groups(answers[_grade_id(cell)], blanks[_grade_id(cell)]))
        for before, cell in _written_cells(lesson)
    ], unread


def _written_cells(lesson: Lesson) -> Iterator[tuple[NotebookNode, NotebookNode]]:
    """Yield the cell of each model answer behind the one before it, which asks the question."""
    cells = reference_notebook(lesson).cells
    for before, cell in itertools.pairwise(cells):
        if _grade_id(cell).startswith("written_"):
            yield before, cell


def _question(
    lesson: Lesson, cell: NotebookNode, before: NotebookNode, groups: list[Group]
) -> Question:
    """Return a question from the cells of its model answer and of its text."""
    id = _grade_id(cell)
    *_, text = re.split(r"^(?=#+ )", before.source, flags=re.MULTILINE)  # from its last heading on
    rest = text.partition("\n")[2] if text.startswith("#") else text
    title = lesson.question_titles[id.removeprefix("written_")]
    found = RUBRIC.search(cell.source)
    model = cell.source[: found.start()] if found else cell.source
    rubric = cell.source[found.end() :] if found else ""
    points = float(cell.metadata.nbgrader.points)
    return Question(id, title, points, rest.strip(), model.strip(), rubric.strip(), groups)


def _groups(answers: list[Answer], untouched: str) -> list[Group]:
    """Put the same answers together and alike ones beside each other; blank ones are the last group."""
    same: dict[str, list[Answer]] = {}
    blank: list[Answer] = []
    for answer in answers:
        words = " ".join(answer.text.split())
        if not answer.attachments and words in ("", " ".join(untouched.split())):
            blank.append(answer)
        else:
            same.setdefault(answer.shows, []).append(answer)
    kinds = list(same.values())
    order, alike = order_by_likeness([members[0].text for members in kinds])
    groups = [Group(tuple(kinds[n]), False, a) for n, a in zip(order, alike, strict=True)]
    return groups + ([Group(tuple(blank), True, 0.0)] if blank else [])


def _answers_in(path: Path) -> dict[str, Answer] | None:
    """Return the answers in an autograded notebook by grade_id; None if it cannot be read."""
    try:
        version = _version(path)
        notebook = v4.reads(path.read_text(encoding="utf-8"))
        student = path.parent.parent.name
        found = {}
        for cell in notebook.cells:
            if (id := _grade_id(cell)).startswith("written_"):
                attachments = cell.get("attachments", {})
                shows = _shows(cell.source, attachments, path.parent)
                found[id] = Answer(id, student, cell.source, attachments, path, version, shows)
        return found
    except (OSError, ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return None


def _shows(text: str, attachments: dict[str, dict[str, str]], folder: Path) -> str:
    """Return a digest of all that is shown of an answer: its text, line for line, and pictures.

    Markdown names a file in many ways, so all pictures beside the answer count if its text holds any picture.
    """
    shown: list[object] = [text.strip("\n").rstrip(), sorted(attachments.items())]
    if re.search(r"!\[|<im(?:g|age)", text, re.IGNORECASE):
        for file in sorted(p for p in folder.rglob("*") if p.suffix.lower() in PICTURES):
            try:
                content = hashlib.sha256(read_regular(file, MAX_PICTURE)).hexdigest()
            except OSError:  # a link or a folder: it is not shown
                continue
            shown.append((file.relative_to(folder).as_posix(), content))
    return hashlib.sha256(repr(shown).encode("utf-8", "surrogatepass")).hexdigest()


def _version(path: Path) -> int:
    """Return when a file was written, in nanoseconds; 0 if it is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
