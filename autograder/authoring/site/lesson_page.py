"""The page of a lesson, in Markdown, from the notebook that learners get and the solutions in its source.

The notebook holds no solution. So a page without solutions is made of nothing that could hold one. No cell is
executed: the stored figure of a cell stands below it, where the lesson says "What you should see". Cells that
show a reader nothing are folded: what sets the notebook up, and sliders.
"""

from __future__ import annotations

import html
import itertools
import json
import re
from collections.abc import Iterator

from autograder.errors import CourseError
from autograder.source.lesson import RELEASE, Cell, Lesson

FOLD = re.compile(r"<details><summary>(.*?)</summary>\n?(.*?)</details>", re.S)
TO_READ = (
    "*This page is to read. To write the answers and have them checked, "
    "[install the course](../../docs/student.md) and open the notebook* `{0}/{0}.ipynb`. "
    "*Printed results are not on this page: run the notebook to see them.*"
)
TO_TRY = "*Nothing to install: [try a model in this page](#try-it-here).*"
SET_UP = ("first", "setup")
SLIDER = "widgets.slider("
GUESS = "*Write it down, then read on.*"
ANSWERED = re.compile(rf"({re.escape(GUESS)}.*?:collapsible: )open", re.S)  # by the next output
SUMMARY = "## Summary"
SEEN = "What you should see"  # a fold of the notebook that shows the output of the cell above it


def lesson_page(lesson: Lesson, solutions: bool, playground: str = "") -> str:
    """Return the page of a lesson.

    Args:
        lesson: The lesson.
        solutions: Whether reference and model answers stand in folds.
        playground: HTML of something to try, which gets a section of its own before the summary.

    Raises:
        CourseError: If the notebook was not built from this source.
    """
    released = _released(lesson)
    blocks = []
    for in_setup, group in itertools.groupby(lesson.cells, lambda cell: cell.role in SET_UP):
        if in_setup:
            code = "\n\n".join(_code(cell, released) for cell in group)
            blocks.append(fold("Set-up", code, "code"))
            continue
        for cell in group:
            if playground and cell.source.startswith(SUMMARY):
                blocks.append(f"## Try it here\n\n```{{raw}} html\n{playground}\n```")
            blocks += _blocks(lesson, cell, released, solutions)
    blocks.insert(1, TO_READ.format(lesson.name) + (f"\n\n{TO_TRY}" if playground else ""))
    return ANSWERED.sub(r"\1closed", "\n\n".join(blocks)) + "\n"


def _blocks(lesson: Lesson, cell: Cell, released: dict[str, str], solutions: bool) -> Iterator[str]:
    """Yield what the page shows of a cell, after the solution that its check belongs to."""
    if solutions and cell.role == "check":
        yield _solution(lesson.exercise_cell(cell.name))
    if solutions and cell.role == "written":
        yield fold("A model answer", cell.source, "solution")
    if cell.role == "prose":
        yield markdown(released[cell.id])
    elif cell.is_code:
        yield _code(cell, released)


def markdown(text: str) -> str:
    """Return prose of a notebook with its folds and its pieces of HTML as Markdown."""
    return FOLD.sub(lambda m: fold(m[1], _without_html(m[2]), _kind(m[1])), text)


def fold(title: str, body: str, kind: str) -> str:
    """Return a fold, closed unless it shows an output."""
    state = "open" if kind == "seen" else "closed"
    head = f":::{{admonition}} {title}\n:collapsible: {state}\n:class: {kind}"
    return f"{head}\n\n{body.strip()}\n:::\n"


def _kind(title: str) -> str:
    if title == SEEN:
        return "seen"
    if title.startswith("Hint"):
        return "hint"
    return "choice" if re.match(r"[A-E]\. ", title) else "answer"


def _without_html(text: str) -> str:
    """Return the inside of a fold as Markdown: Jupyter reads it as HTML if no empty line comes first."""
    text = re.sub(
        r"<pre>\n?(.*?)\n?</pre>\s*", lambda m: _fence(html.unescape(m[1])), text, flags=re.S
    )
    text = re.sub(r"<code>(.*?)</code>", lambda m: f"`{html.unescape(m[1])}`", text, flags=re.S)
    return re.sub(r"</?(?:i|em)>", "*", text)


def _fence(text: str, language: str = "text", kind: str = "") -> str:
    """Return a block of code."""
    if not kind:
        return f"\n```{language}\n{text}\n```\n\n"
    return f"```{{code-block}} {language}\n:class: {kind}\n\n{text}\n```"


def _code(cell: Cell, released: dict[str, str]) -> str:
    """Return a code cell: as it is, in a fold where it makes a slider, or the question of a guess."""
    if cell.source.startswith("guess = "):
        return GUESS
    code = _fence(released[cell.id], "python", cell.role)
    if SLIDER in cell.source and cell.role == "demonstration":
        return fold("In a live notebook: a slider", code, "code")
    return code


def _solution(cell: Cell) -> str:
    return fold("Solution", _fence(cell.solution, "python"), "solution")


def _released(lesson: Lesson) -> dict[str, str]:
    """Return the texts of the learner's notebook by cell id.

    Raises:
        CourseError: If the notebook is missing or has other cells than the source.
    """
    path = RELEASE / lesson.name / f"{lesson.name}.ipynb"
    cells = json.loads(path.read_bytes())["cells"] if path.exists() else []
    released = {cell["id"]: "".join(cell["source"]) for cell in cells}
    if list(released) != [cell.id for cell in lesson.cells]:
        raise CourseError(
            f"notebooks/{lesson.name}/{path.name} does not belong to solutions/{lesson.name}.py. "
            f"Run: vae-course build {lesson.name}"
        )
    return released
