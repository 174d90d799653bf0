"""Salvage: turn any file that was handed in into the lesson's notebook with the learner's work in it.

Editors strip metadata; learners duplicate, delete, split, merge and retype cells. Cells are matched to
the lesson by `grade_id`, then by cell id, then by the name that they define. Every repair is reported.
This code is trusted: it parses text and never runs it.
"""

from __future__ import annotations

import ast
import functools
import itertools
import json
import math
import os
import re
import stat
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode, v4

from autograder.errors import CourseError
from autograder.sandbox.inside.session import parsed
from autograder.sandbox.limited import Ended, limited
from autograder.source.lesson import Lesson, lesson_names
from autograder.source.release import SKIP_TAG, release_cells, release_notebook
from autograder.wire.explain import encodable, printable

MAX_BYTES = 200 * 2**20  # of a file, most of which are pictures in outputs
MAX_CELLS = 5_000
MAX_SOURCE = 200_000  # characters of a cell; a longer one counts as empty
READ_SECONDS = 30  # of CPU time for reading a file
PUT_BACK_TAG = "put-back"  # a released cell that stands for a missing one
OUR_TAGS = (SKIP_TAG, PUT_BACK_TAG)


@dataclass
class Submission:
    """A submitted notebook in the lesson's shape.

    Attributes:
        lesson: The lesson it belongs to.
        notebook: The learner's cells in the learner's order, with the lesson's metadata and missing cells
            put back; outputs are dropped.
        repairs: One sentence for each thing that had to be repaired.
        missing: Exercises for which no cell was found.
        untouched: Exercises whose cell is still the released stub.
    """

    lesson: Lesson
    notebook: NotebookNode
    repairs: list[str] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)
    untouched: set[str] = field(default_factory=set)


def read_cells(path: Path) -> list[dict[str, Any]]:
    """Read the cells of a notebook file of any format version.

    Returns:
        One dict per cell with "type" ("code", "markdown" or "raw"), "source", "id", "grade_id" and "tags".

    Raises:
        CourseError: If the file is not a readable notebook, in one line that says what to do.
    """
    raw = _read_bytes(path)
    try:
        data = json.loads(_decode(raw))
    except (ValueError, RecursionError) as error:
        raise CourseError(
            f"{path}: not a notebook, its JSON is broken ({_short(error)}). "
            "Open it in JupyterLab and save it again, or ask for a fresh copy."
        ) from None
    cells = _raw_cells(data)
    if cells is None:
        raise CourseError(f"{path}: valid JSON but not a notebook: it has no list of cells.")
    if len(cells) > MAX_CELLS:
        raise CourseError(
            f"{path}: {len(cells):,} cells, at most {MAX_CELLS:,} are read. Delete what is not needed."
        )
    return normalise_cells(cells)


def normalise_cells(cells: list[Any]) -> list[dict[str, Any]]:
    """Return the cells of any notebook in the form of `read_cells`, without things that are no cells."""
    return [_normalise(cell) for cell in cells if isinstance(cell, dict)]


def salvage(path: Path, lesson: Lesson | None = None, deadline: float = math.inf) -> Submission:
    """Read a submitted file and fit its cells to the lesson.

    Args:
        path: The file.
        lesson: The lesson it was handed in for; found from the cells when None.
        deadline: When the submission's time is up, by `time.monotonic`.

    Raises:
        CourseError: If the file cannot be read, or belongs to no lesson.
    """
    seconds = min(4.0 * READ_SECONDS, deadline - time.monotonic())
    try:
        return limited(_salvage, path, lesson, cpu_seconds=READ_SECONDS, wall_seconds=seconds)
    except Ended as end:
        reason = {"timeout": "it takes too long", "memory": "it takes too much memory"}
        raise CourseError(
            f"{path}: cannot be read: {reason.get(end.status, 'reading it failed')}. "
            "Clear all outputs and save it again, or ask for a fresh copy."
        ) from None


def _salvage(path: Path, lesson: Lesson | None) -> Submission:
    cells = read_cells(path)
    submission = fit_to_lesson(cells, lesson or recognise_lesson(cells, path))
    if too_long := sum(cell["too_long"] for cell in cells):
        submission.repairs.append(
            f"Cells with more than {MAX_SOURCE:,} characters were left out: {too_long}."
        )
    return submission


def salvage_or_blank(path: Path, lesson: Lesson, deadline: float = math.inf) -> Submission:
    """Salvage a file of a class; one that cannot be read becomes a blank submission that says why.

    Args:
        path: The file; a symbolic link is not followed.
        lesson: The lesson it was handed in for.
        deadline: When the submission's time is up, by `time.monotonic`.
    """
    try:
        if path.is_symlink():
            raise CourseError("The file was a link to another file; links are not read.")
        submission = salvage(path, lesson, deadline)
    except CourseError as error:
        return blank(lesson, _one_line(str(error).replace(str(path), path.name)))
    if path.stem != lesson.name:
        submission.repairs.insert(0, f"The file was named {_one_line(path.name)}.")
    return submission


def _one_line(text: str) -> str:
    """Return a text that may hold a file's name, safe to show."""
    return " ".join(printable(text).split())


def blank(lesson: Lesson, reason: str) -> Submission:
    """Return a submission without any work, for a file that cannot be read, with the reason in it."""
    submission = fit_to_lesson([], lesson)
    submission.repairs = [reason]
    submission.notebook.cells.insert(0, v4.new_markdown_cell(f"**{reason}**", id="unreadable"))
    return submission


def recognise_lesson(cells: list[dict[str, Any]], path: Path) -> Lesson:
    """Return the lesson with most of its exercises in these cells; the file's name decides a tie.

    Raises:
        CourseError: If the cells hold no exercise of any lesson.
    """
    found = {
        key for cell in cells for key in (cell["grade_id"], *defined_names(cell["source"])) if key
    }

    def score(name: str) -> tuple[int, bool]:
        """Return how many exercises were found, and whether the file is named after the lesson."""
        return len(found & set(Lesson.load(name).exercises)), name in path.stem

    best = max(lesson_names(), key=score)
    if score(best)[0] == 0:
        raise CourseError(f"{path}: holds no exercise of any lesson ({', '.join(lesson_names())}).")
    return Lesson.load(best)


def fit_to_lesson(cells: list[dict[str, Any]], lesson: Lesson) -> Submission:
    """Match cells to the lesson, restore its metadata and its locked cells, and add what is missing.

    Args:
        cells: As `read_cells` returns them.
        lesson: The lesson.
    """
    released = {c.metadata.nbgrader.grade_id: c for c in release_cells(lesson) if _is_graded(c)}
    cells = [cell for cell in cells if PUT_BACK_TAG not in cell["tags"]]
    owner, repairs = _match(cells, lesson, released)
    notebook = v4.new_notebook(metadata=release_notebook(lesson).metadata)
    position: dict[str, int] = {}
    ids = Counter(c.id for c in released.values())
    for index, cell in enumerate(cells):
        grade_id = owner.get(index)
        if grade_id is None:
            notebook.cells.append(_plain_cell(cell, ids))
            continue
        position[grade_id] = len(notebook.cells)
        notebook.cells.append(_graded_cell(cell, released[grade_id]))
    missing = [g for g in released if g not in position]
    for grade_id in missing:
        _put_back(notebook, lesson, released[grade_id])
    exercises = set(lesson.exercises)
    repairs += [f"The cell `{g}` was missing; the released one was put back." for g in missing]
    untouched = {
        g
        for g in exercises & set(position)
        if _same_text(cells[_index(owner, g)]["source"], released[g].source)
    }
    notebook.nbformat_minor = 5
    return Submission(lesson, notebook, repairs, exercises & set(missing), untouched)


@functools.lru_cache(maxsize=2048)
def defined_names(source: str) -> frozenset[str]:
    """Return the names of the functions, classes and variables that a cell defines at its top level."""
    try:
        body = parsed(without_magics(source)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset(re.findall(r"^(?:def|class)[ \t]+(\w+)", source, flags=re.M))
    names = {n.name for n in body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    targets = [t for n in body if isinstance(n, ast.Assign) for t in n.targets]
    return frozenset(names | {t.id for t in targets if isinstance(t, ast.Name)})


def without_magics(source: str) -> str:
    """Return a cell's source with `pass` in the place of each line of IPython (`%...`, `!...`)."""
    return re.sub(r"^[ \t]*[%!].*$", "pass", source, flags=re.M)


def _read_bytes(path: Path) -> bytes:
    """Read a file of at most `MAX_BYTES`.

    Raises:
        CourseError: If it is a folder, too large, empty or cannot be read.
    """
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise CourseError(
                    f"{path}: not a file with a notebook in it, but a device or a pipe."
                )
            if status.st_size > MAX_BYTES:
                raise CourseError(
                    f"{path}: {status.st_size / 2**20:.0f} MB, at most {MAX_BYTES / 2**20:.0f} MB are read. "
                    "Clear all outputs and save it again."
                )
            raw = file.read(MAX_BYTES + 1)
    except IsADirectoryError:
        raise CourseError(f"{path}: a folder; give the notebook file inside it.") from None
    except OSError as error:
        raise CourseError(
            f"{path}: cannot be read ({error.strerror}). Check the name and rights."
        ) from None
    if not raw.strip():
        raise CourseError(f"{path}: the file is empty. Ask for a fresh copy.")
    return raw


def _without_waiting(path: str, flags: int) -> int:
    """Open a file; opening a pipe would wait for somebody to write into it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _decode(raw: bytes) -> str:
    """Decode UTF-16 with its byte-order mark, else UTF-8, else Latin-1, in which every byte has a meaning."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _raw_cells(data: Any) -> list | None:
    """Return the list of cells of nbformat 4, or of the worksheets of nbformat 3; None without one."""
    if not isinstance(data, dict):
        return None
    if isinstance(data.get("cells"), list):
        return data["cells"]
    sheets = data.get("worksheets")
    if not isinstance(sheets, list):
        return None
    lists = [s.get("cells") for s in sheets if isinstance(s, dict)]
    return [cell for cells in lists if isinstance(cells, list) for cell in cells]


def _normalise(cell: dict[str, Any]) -> dict[str, Any]:
    """Return one cell in the form of `read_cells`; parts of a wrong type count as absent."""
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(map(str, source))
    kind = cell.get("cell_type")
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    if not isinstance(source, str):
        source = ""
    too_long = len(source) > MAX_SOURCE
    return {
        "type": kind if kind in ("code", "raw") else "markdown",
        "source": "" if too_long else _readable(source),
        "too_long": too_long,
        "id": cell.get("id") if isinstance(cell.get("id"), str) else None,
        "grade_id": grade_id if isinstance(grade_id, str) else None,
        "tags": [t for t in OUR_TAGS if t in tags] if isinstance(tags, list) else [],
    }


def _readable(source: str) -> str:
    """Return a cell's text with plain line breaks, and without what no file and no Python can hold."""
    return encodable(source).replace("\r\n", "\n").replace("\0", "\ufffd")


def _match(
    cells: list[dict[str, Any]], lesson: Lesson, released: dict[str, NotebookNode]
) -> tuple[dict[int, str], list[str]]:
    """Assign at most one cell to each graded cell of the lesson.

    Args:
        cells: The submitted cells.
        lesson: The lesson.
        released: The lesson's graded cells by grade_id.

    Returns:
        The grade_id of each assigned cell by the cell's index, and a sentence for each repair.
    """
    by_id = {c.id: g for g, c in released.items()}
    candidates: dict[str, list[int]] = {g: [] for g in released}
    for index, cell in enumerate(cells):
        claims = {cell["grade_id"], by_id.get(cell["id"])} & set(released)
        for grade_id in claims:
            candidates[grade_id].append(index)
    marked = {g: list(indices) for g, indices in candidates.items()}
    lost: list[str] = []
    for name in lesson.exercises:
        defining = _defining(cells, name, set(candidates[f"test_{name}"]))
        worked_on = [i for i in marked[name] if _worked_on(cells[i], released[name].source)]
        if not worked_on and (found := [i for i in defining if i not in marked[name]]):
            candidates[name] = found
            lost.append(f"`{name}`")
    repairs = (
        [f"Cells that had lost their mark were found by name: {', '.join(lost)}."] if lost else []
    )
    for name in lesson.exercises:
        if not candidates[f"test_{name}"]:
            call = f"checks.{name}({name})"
            candidates[f"test_{name}"] = [
                i
                for i, c in enumerate(cells)
                if call in c["source"] and name not in defined_names(c["source"])
            ]
    for topic in lesson.written:
        if not candidates[f"written_{topic}"]:
            candidates[f"written_{topic}"] = _after_its_question(cells, lesson, f"written_{topic}")
    owner: dict[int, str] = {}
    for grade_id, indices in candidates.items():
        free = [i for i in indices if i not in owner]
        if not free:
            continue
        owner[_best(cells, free, released[grade_id].source)] = grade_id
        if len(free) > 1:
            repairs.append(f"The cell `{grade_id}` was there {len(free)} times; one counts.")
    return owner, repairs


def _defining(cells: list[dict[str, Any]], name: str, checks: set[int]) -> list[int]:
    """Return the indices of the cells that define a name; text cells only where no code cell does.

    Args:
        cells: The submitted cells.
        name: The name.
        checks: Indices of check cells, which are left out.
    """
    found = [
        i for i, c in enumerate(cells) if i not in checks and name in defined_names(c["source"])
    ]
    return [i for i in found if cells[i]["type"] == "code"] or found


def _after_its_question(cells: list[dict[str, Any]], lesson: Lesson, grade_id: str) -> list[int]:
    """Return the index of the text cell below a written question, unless it is another cell of the lesson.

    Returns:
        A list, empty where there is no such cell, and longer where the question was duplicated.
    """
    release = release_cells(lesson)
    place = next(
        i
        for i, c in enumerate(release)
        if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )
    others = {c.source.strip() for c in release} - {release[place].source.strip()}
    question = release[place - 1].source
    return [
        i + 1
        for i, cell in enumerate(cells[:-1])
        if _same_text(cell["source"], question)
        and cells[i + 1]["type"] != "code"
        and cells[i + 1]["source"].strip() not in others
    ]


def _worked_on(cell: dict[str, Any], stub: str) -> bool:
    """Return whether a cell holds something other than the released stub."""
    return bool(cell["source"].strip()) and not _same_text(cell["source"], stub)


def _best(cells: list[dict[str, Any]], indices: list[int], stub: str) -> int:
    """Return the last of the cells that were worked on, else the last cell.

    Running the notebook from top to bottom leaves the definition of that cell.
    """
    worked_on = [i for i in indices if _worked_on(cells[i], stub)]
    return worked_on[-1] if worked_on else indices[-1]


def _same_text(a: str, b: str) -> bool:
    """Return whether two texts are equal but for blanks at the ends of lines and blank lines around."""
    lines_a = [line.rstrip() for line in a.strip().splitlines()]
    lines_b = [line.rstrip() for line in b.strip().splitlines()]
    return lines_a == lines_b


def _is_graded(cell: NotebookNode) -> bool:
    """Return whether nbgrader knows the cell: an exercise, a check or a written answer."""
    return "nbgrader" in cell.metadata


def _index(owner: dict[int, str], grade_id: str) -> int:
    """Return the index of the cell assigned to a grade_id."""
    return next(i for i, g in owner.items() if g == grade_id)


def _graded_cell(cell: dict[str, Any], released: NotebookNode) -> NotebookNode:
    """Return the lesson's cell with the learner's text; a locked cell keeps the lesson's text."""
    fresh = nbformat.from_dict(json.loads(json.dumps(released)))
    if not released.metadata.nbgrader.locked:
        fresh.source = cell["source"]
    return fresh


def _plain_cell(cell: dict[str, Any], ids: Counter[str]) -> NotebookNode:
    """Return an ungraded cell of the learner with a valid id, which is counted in the `ids` in use."""
    code: dict[str, Any] = (
        {"execution_count": None, "outputs": []} if cell["type"] == "code" else {}
    )
    parts = {"cell_type": cell["type"], "metadata": {}, "source": cell["source"], **code}
    fresh = nbformat.from_dict({"id": "", **parts})
    wanted = re.sub(r"[^A-Za-z0-9_-]", "", cell["id"] or "")[:48] or "cell"
    fresh.id = wanted
    while fresh.id in ids:
        fresh.id = f"{wanted}-{ids[wanted]}"
        ids[wanted] += 1
    ids[fresh.id] += 1
    if cell["tags"]:
        fresh.metadata["tags"] = cell["tags"]
    return fresh


def _put_back(notebook: NotebookNode, lesson: Lesson, missing: NotebookNode) -> None:
    """Insert a missing cell after the nearest cell that precedes it in the lesson."""
    before = list(itertools.takewhile(lambda cell: cell.id != missing.id, release_cells(lesson)))
    ids = {c.id for c in before}
    texts = {c.source.strip() for c in before}
    present = [i for i, c in enumerate(notebook.cells) if c.id in ids or c.source.strip() in texts]
    cell = nbformat.from_dict(json.loads(json.dumps(missing)))
    cell.metadata["tags"] = [PUT_BACK_TAG]
    notebook.cells.insert(present[-1] + 1 if present else 0, cell)


def _short(error: Exception) -> str:
    """Return the first line of an error's message, of at most 120 characters, else the error's type."""
    return str(error).split("\n")[0][:120] or type(error).__name__
