"""Make the feedback page: the result on one screen, then what the student wrote and what was found in it."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from autograder.classes.feedback.safe import all_with_formulas
from autograder.classes.page_policy import own_page
from autograder.grading.judge import ExerciseVerdict
from autograder.grading.marking import outcomes_in
from autograder.grading.salvage import NOTES_ID
from autograder.source.lesson import Lesson
from autograder.source.release import release_cells

HERE = Path(__file__).parent
MAX_CODE = 40_000  # characters of a cell that are shown
UNTOUCHED = ("not attempted", "missing")
MIN_FOLDED = 3  # lines of a description that is folded
NO_ANSWER = "No response."  # nbgrader's comment on a cell that was left as it is


@dataclass
class Piece:
    """A part of the page: an exercise, a written answer, or a cell of the student's own.

    Attributes:
        id: nbgrader's name of it, "" for a cell of the student's own.
        title: Its heading.
        code: The lines of its code.
        given: Which lines of the code are descriptions as they were handed out.
        text: Its text as HTML.
        score: Points, with changes by hand; None where none are given.
        points: Points of a right answer.
        waits: Whether a person still has to give points.
        verdict: What the tests found.
        teacher: What a teacher wrote.
        again: Heading of the section to read again.
    """

    id: str = ""
    title: str = ""
    code: list[str] = field(default_factory=list)
    given: list[range] = field(default_factory=list)
    text: Markup = field(default_factory=Markup)
    score: float | None = None
    points: float = 0.0
    waits: bool = False
    verdict: ExerciseVerdict | None = None
    teacher: str = ""
    again: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it was not worked on."""
        if self.verdict is None:
            return self.teacher == NO_ANSWER
        return self.verdict.status in UNTOUCHED

    @property
    def is_right(self) -> bool:
        """Whether it has all its points."""
        return self.score is not None and self.score >= self.points and not self.waits

    @property
    def mark(self) -> str:
        """The state in one word, which also is its class in the style."""
        if self.waits:
            return "waits"
        if self.is_right:
            return "right"
        return "open" if self.is_open else "part" if self.score else "wrong"

    @property
    def found(self) -> str:
        """What the tests say is wrong, "" for nothing."""
        diagnosis = self.verdict.diagnosis if self.verdict else None
        return diagnosis["message"] if diagnosis else ""

    @property
    def said(self) -> str:
        """What a teacher wrote."""
        return "" if self.teacher == NO_ANSWER else self.teacher

    @property
    def changed_by_hand(self) -> bool:
        """Whether a person gave other points than the tests."""
        return self.verdict is not None and self.score != self.verdict.score

    @property
    def parts(self) -> Iterator[tuple[bool, int, list[str]]]:
        """Yield the code in parts: whether it is a description as handed out, its first number, its lines."""
        place = 0
        for lines in self.given:
            yield False, place + 1, self.code[place : lines.start]
            yield True, lines.start + 1, self.code[lines.start : lines.stop]
            place = lines.stop
        yield False, place + 1, self.code[place:]

    @property
    def criteria(self) -> list[tuple[str, str, str]]:
        """Criteria of the test: "met", "missed" or "not tried", their names, and why not.

        Those that say the same are said together; what is said above, not again.
        """
        told: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for criterion in self.verdict.criteria if self.verdict and not self.is_open else ():
            name = criterion["name"]
            detail = self.verdict.details.get(name, "") if self.verdict else ""
            detail = "" if self.found.rstrip(".") == detail.rstrip(".") else detail
            tried = self.verdict is not None and self.verdict.was_tried
            state = "met" if criterion["passed"] else "missed" if tried else "not tried"
            told[state, detail, name if state == "met" else ""].append(name)
        return [(state, ", ".join(names), detail) for (state, detail, _), names in told.items()]


def feedback_page(notebook: NotebookNode, info: dict[str, Any], lesson: Lesson) -> str:
    """Return the page.

    Args:
        notebook: The autograded notebook, into which nbgrader has put scores and comments.
        info: What nbgrader knows: assignment, student, score, max_score, late_penalty, db_url.
        lesson: The lesson, with the names of the class.
    """
    who, waiting = _known(info)
    released = release_cells(lesson)
    own = _own_cells(notebook, {c.source.strip() for c in released})
    texts = _texts(notebook, own)
    stubs = {_grade_id(c): c.source for c in released}
    pieces = list(_pieces(notebook, lesson, waiting, texts, own, stubs))
    notes = [texts[n] for n, c in enumerate(notebook.cells) if c.get("id") == NOTES_ID]
    return own_page(
        HERE,
        "feedback",
        lesson=lesson,
        info=info,
        who=who,
        graded=[p for p in pieces if p.id],
        shown=[p for p in pieces if not p.id or not p.is_open],
        notes=notes,
    )


def _known(info: dict[str, Any]) -> tuple[str, set[str]]:
    """Return the student's name, or id, and the cells whose points a person still has to give."""
    with Gradebook(info["db_url"]) as gradebook:
        student = gradebook.find_student(info["student"])
        name = f"{student.first_name or ''} {student.last_name or ''}".strip()
        notebook = gradebook.find_submission_notebook(
            info["notebook"], info["assignment"], info["student"]
        )
        waiting = {
            g.name
            for g in notebook.grades
            if g.needs_manual_grade or (g.manual_score is None and g.auto_score is None)
        }
        return name or info["student"], waiting


def _own_cells(notebook: NotebookNode, released: set[str]) -> set[int]:
    """Return the numbers of the cells that the student added or changed, apart from graded ones."""
    return {
        number
        for number, cell in enumerate(notebook.cells)
        if not _grade_id(cell)
        and cell.get("id") != NOTES_ID
        and cell.source.strip() not in released
    }


def _texts(notebook: NotebookNode, own: set[int]) -> dict[int, Markup]:
    """Return as HTML by number of the cell what the page shows of texts: answers, own cells, notes."""
    shown = {
        number: (cell.source, cell.get("attachments", {}))
        for number, cell in enumerate(notebook.cells)
        if _grade_id(cell).startswith("written_")
        or (cell.cell_type == "markdown" and number in own)
        or cell.get("id") == NOTES_ID
    }
    return dict(zip(shown, map(Markup, all_with_formulas([*shown.values()])), strict=True))


def _pieces(
    notebook: NotebookNode,
    lesson: Lesson,
    waiting: set[str],
    texts: dict[int, Markup],
    own: set[int],
    stubs: dict[str, str],
) -> Iterator[Piece]:
    """Yield what the student wrote or should have written, in the order of the notebook."""
    verdicts = {v.name: v for v in outcomes_in(notebook)}
    graded = {_grade_id(c): c.metadata.nbgrader for c in notebook.cells if _grade_id(c)}
    for number, cell in enumerate(notebook.cells):
        id = _grade_id(cell)
        info = graded.get(id, {})
        if id in lesson.exercises:
            piece = _exercise(cell, id, graded.get(f"test_{id}", {}), verdicts.get(id), lesson)
            piece.given = _descriptions(piece.code, stubs[id])
            yield piece
        elif id and info.get("grade") and info.get("solution"):
            score = None if id in waiting else info.get("score")
            title = f"Question: {lesson.question_titles[id.removeprefix('written_')]}"
            points, said = info.get("points", 0.0), info.get("comment") or ""
            waits = id in waiting and said != NO_ANSWER
            yield Piece(
                id,
                title,
                text=texts[number],
                score=score,
                points=points,
                waits=waits,
                teacher=said,
            )
        elif number in own:
            is_code = cell.cell_type != "markdown"
            text = Markup() if is_code else texts[number]
            yield Piece(code=_lines(cell.source) if is_code else [], text=text)


def _exercise(
    cell: NotebookNode, name: str, grade: dict, verdict: ExerciseVerdict | None, lesson: Lesson
) -> Piece:
    said = cell.metadata.nbgrader.get("comment") or ""
    found = (verdict.diagnosis or {}).get("message") if verdict else None
    return Piece(
        name,
        lesson.titles[name].replace("`", ""),
        _lines(cell.source),
        score=grade.get("score"),
        points=grade.get("points", 0.0),
        verdict=verdict,
        teacher="" if said in (found, NO_ANSWER) else said,
        again=_section(lesson, name),
    )


def _grade_id(cell: NotebookNode) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def _lines(code: str) -> list[str]:
    cut = [f"… and {len(code) - MAX_CODE:,} more characters"] if len(code) > MAX_CODE else []
    return [*code[:MAX_CODE].rstrip().split("\n"), *cut]


def _descriptions(code: list[str], stub: str) -> list[range]:
    """Return which lines of some code are docstrings of the released cell, as they are there."""
    lines = [line.rstrip() for line in code]
    found = []
    for node in ast.walk(ast.parse(stub)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            where = node.body[0]
            text = stub.split("\n")[where.lineno - 1 : where.end_lineno]
            places = [i for i in range(len(lines)) if lines[i : i + len(text)] == text]
            found += [range(i, i + len(text)) for i in places[:1] if len(text) >= MIN_FOLDED]
    return sorted(found, key=lambda r: r.start)


def _section(lesson: Lesson, exercise: str) -> str:
    """Return the heading of the last section before an exercise that is no exercise."""
    heading = ""
    for cell in lesson.cells:
        if cell.role == "check" and cell.name == exercise:
            break
        if cell.role == "prose":
            found = re.findall(r"^## +(?!Exercise )(.*)", cell.source, flags=re.MULTILINE)
            heading = found[-1] if found else heading
    return heading
