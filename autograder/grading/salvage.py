"""Salvage: turn any file that was handed in into the lesson's notebook with the learner's work in it.

Editors strip metadata; learners duplicate, delete, split, merge and retype cells. Cells are matched to
the lesson by `grade_id`, then by cell id, then by the name that they define. Every repair is reported.
This code is trusted: it parses text and never runs it.
"""

from __future__ import annotations

import ast
import itertools
import json
import math
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode, v4

from autograder.errors import CourseError
from autograder.grading.reading import PUT_BACK_TAG, cells_in, read_cells
from autograder.sandbox.inside.names import WALRUS, bound_names, parsed, without_magics
from autograder.sandbox.limited import Ended, limited
from autograder.source.lesson import Lesson, lesson_names
from autograder.source.names import Names
from autograder.source.release import release_cells, release_notebook
from autograder.wire.explain import one_line

READ_SECONDS = 30  # of CPU time for reading a file

NOTES_ID = "grader-notes"  # of the cell that says what had to be repaired


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
        left_raises: By exercise, the line of a `raise NotImplementedError` in a cell that holds other code.
        unread: Why nothing could be read, "" if something was.
        behind_the_end: Exercises for which no cell was found because the file ends before them.
    """

    lesson: Lesson
    notebook: NotebookNode
    repairs: list[str] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)
    untouched: set[str] = field(default_factory=set)
    left_raises: dict[str, int] = field(default_factory=dict)
    unread: str = ""
    behind_the_end: set[str] = field(default_factory=set)


def salvage(
    path: Path, lesson: Lesson | None = None, deadline: float = math.inf, names: Names = ()
) -> Submission:
    """Read a submitted file and fit its cells to the lesson.

    Args:
        path: The file.
        lesson: The lesson it was handed in for; found from the cells when None.
        deadline: When the submission's time is up, by `time.monotonic`.
        names: Where the lesson is to be found: what the class calls exercises.

    Raises:
        CourseError: If the file cannot be read, or belongs to no lesson.
    """
    seconds = min(4.0 * READ_SECONDS, deadline - time.monotonic())
    if lesson is not None:
        release_cells(lesson)  # made once here, not in each helper
    try:
        return limited(
            _salvage, path, lesson, names, cpu_seconds=READ_SECONDS, wall_seconds=seconds
        )
    except CourseError:
        raise
    except Ended as end:
        reason = {"timeout": "it takes too long", "memory": "it takes too much memory"}
        raise CourseError(
            f"{path}: cannot be read: {reason.get(end.status, 'reading it failed')}. "
            "Clear all outputs and save it again, or ask for a fresh copy."
        ) from None
    except Exception as error:  # whatever a file holds, it concerns this file alone
        raise CourseError(
            f"{path}: cannot be read: {type(error).__name__}. Save it again in JupyterLab."
        ) from None


def _salvage(path: Path, lesson: Lesson | None, names: Names) -> Submission:
    read = read_cells(path)
    if lesson and (other := _other_lesson(read.cells, lesson)):
        raise CourseError(
            f"{path}: this is the notebook of {other}. Hand in the one of {lesson.name}."
        )
    submission = fit_to_lesson(read.cells, lesson or recognise_lesson(read.cells, path, names))
    if read.cut_off:
        last_first = reversed(submission.lesson.exercises)
        lost = set(itertools.takewhile(submission.missing.__contains__, last_first))
        called = submission.lesson.called
        said = {_put_back_note(id) for g in lost for id in (called(g), f"test_{g}")}
        said |= {_put_back_note(f"written_{topic}") for topic in submission.lesson.written}
        submission.behind_the_end = lost
        submission.repairs = [r for r in submission.repairs if r not in said]
    submission.repairs[:0] = read.notes
    return submission


def _put_back_note(called: str) -> str:
    return f"The cell `{called}` was missing; the released one was put back."


def other_lesson(content: bytes, lesson: Lesson) -> str:
    """Return the name of another lesson if a file clearly is a notebook of that one, else "".

    Args:
        content: The file's bytes; where nothing can be read in them, it is of no other lesson.
        lesson: The lesson it was handed in for.
    """
    limits = {"cpu_seconds": READ_SECONDS, "wall_seconds": 4.0 * READ_SECONDS}
    try:
        return _other_lesson(limited(cells_in, content, **limits), lesson)
    except Exception:  # grading says what is wrong with it
        return ""


def _other_lesson(cells: list[dict[str, Any]], lesson: Lesson) -> str:
    """Return another lesson of which half the exercises or more are in these cells, and none of this one."""
    found = _keys_in(cells)
    if found & {*lesson.exercises, *map(lesson.called, lesson.exercises)}:
        return ""
    others = [Lesson.load(name).exercises for name in lesson_names()]
    shares = [len(found & set(e)) / len(e) for e in others]
    best = max(range(len(shares)), key=shares.__getitem__)
    return lesson_names()[best] if shares[best] >= 0.5 else ""


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
        return blank(lesson, one_line(str(error).replace(str(path), path.name)))
    if path.stem != lesson.name:
        submission.repairs.insert(0, f"The file was named {one_line(path.name)}.")
    return submission


def blank(lesson: Lesson, reason: str) -> Submission:
    """Return a submission without any work, for a file that cannot be read, with the reason in it."""
    submission = fit_to_lesson([], lesson)
    submission.repairs, submission.unread = [reason], reason
    submission.notebook.cells.insert(0, v4.new_markdown_cell(f"**{reason}**", id="unreadable"))
    return submission


def recognise_lesson(cells: list[dict[str, Any]], path: Path, names: Names = ()) -> Lesson:
    """Return the lesson with most of its exercises in these cells; the file's name decides a tie.

    Args:
        cells: As `read_cells` finds them.
        path: The file.
        names: What the class calls exercises.

    Raises:
        CourseError: If the cells hold no exercise of any lesson.
    """
    found = _keys_in(cells)

    def score(name: str) -> tuple[int, bool]:
        """Return how many exercises were found, and whether the file is named after the lesson."""
        lesson = Lesson.load(name, names)
        there = [e for e in lesson.exercises if found & {e, lesson.called(e)}]
        return len(there), name in path.stem

    best = max(lesson_names(), key=score)
    if score(best)[0] == 0:
        raise CourseError(f"{path}: holds no exercise of any lesson ({', '.join(lesson_names())}).")
    return Lesson.load(best, names)


def _keys_in(cells: list[dict[str, Any]]) -> set[str]:
    """Return the grade_ids of cells and the names that they define: they tell the lesson."""
    return {
        key for cell in cells for key in (cell["grade_id"], *defined_names(cell["source"])) if key
    }


def fit_to_lesson(cells: list[dict[str, Any]], lesson: Lesson) -> Submission:
    """Match cells to the lesson, restore its metadata and its locked cells, and add what is missing.

    Args:
        cells: As `read_cells` finds them.
        lesson: The lesson.
    """
    released = {c.metadata.nbgrader.grade_id: c for c in release_cells(lesson) if _is_graded(c)}
    cells = [cell for cell in cells if PUT_BACK_TAG not in cell["tags"]]
    cells = _apart_from_checks(cells, released)
    owner, repairs = _match(cells, lesson, released)
    notebook = v4.new_notebook(metadata=release_notebook(lesson).metadata)
    position: dict[str, int] = {}
    ids = Counter([NOTES_ID, *(c.id for c in released.values())])
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
    repairs += [_put_back_note(lesson.called(g)) for g in missing]
    untouched = {
        g
        for g in exercises & set(position)
        if _same_text(cells[_index(owner, g)]["source"], released[g].source)
    }
    left = {
        g: line
        for g in exercises & set(position) - untouched
        if (line := _left_raise(cells[_index(owner, g)]["source"], released[g].source))
    }
    notebook.nbformat_minor = 5
    return Submission(lesson, notebook, repairs, exercises & set(missing), untouched, left)


def defined_names(source: str) -> frozenset[str]:
    """Return the names of the functions, classes and variables that a cell defines at its top level."""
    try:
        body = parsed(without_magics(source)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset(re.findall(r"^(?:def|class)[ \t]+(\w+)", source, flags=re.M))
    bound = (
        bound_names(node, WALRUS in source)
        for node in body
        if not isinstance(node, ast.Import | ast.ImportFrom)
    )
    return frozenset().union(*bound)


def _left_raise(source: str, stub: str) -> int:
    """Return the line of a `raise NotImplementedError` in a cell that is no longer the stub, else 0."""
    if "NotImplementedError" not in source:
        return 0
    try:
        tree = parsed(without_magics(source))
        if ast.dump(tree) == ast.dump(parsed(stub)):
            return 0
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 0
    raised = [node for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    names = [getattr(r.exc, "func", r.exc) for r in raised]  # with and without brackets
    return min(
        (
            r.lineno
            for r, name in zip(raised, names, strict=True)
            if isinstance(name, ast.Name) and name.id == "NotImplementedError"
        ),
        default=0,
    )


def _apart_from_checks(
    cells: list[dict[str, Any]], released: dict[str, NotebookNode]
) -> list[dict[str, Any]]:
    """Take what a learner wrote into a check cell, or merged with one, into a cell of its own before it.

    Args:
        cells: The submitted cells.
        released: The lesson's graded cells by grade_id.
    """
    checks = {g: _lines(c.source) for g, c in released.items() if c.metadata.nbgrader.locked}
    by_id = {released[g].id: g for g in checks}
    apart: list[dict[str, Any]] = []
    for cell in cells:
        lines, found = _lines(cell["source"]), []
        marked = cell["grade_id"] if cell["grade_id"] in checks else by_id.get(cell["id"])
        for grade_id, text in checks.items() if cell["type"] == "code" else ():
            place = _place_of(text, lines)
            if place is not None:
                lines[place : place + len(text)] = []
            elif grade_id == marked or text[0] in lines:  # the learner has changed the check itself
                lines = _without_statements(lines, "\n".join(text))
            else:
                continue
            found.append(grade_id)
        rest = "\n".join(lines).strip("\n")
        if rest.strip() or not found:
            own = {"id": None, "grade_id": None} if marked else {}
            apart.append({**cell, **own, "source": rest} if found else cell)
        apart += [{**cell, "id": None, "grade_id": g, "source": released[g].source} for g in found]
    return apart


def _without_statements(lines: list[str], check: str) -> list[str]:
    """Return the lines of a cell without a check's statements, or without its first line if it is no Python."""
    try:
        body = parsed(without_magics("\n".join(lines))).body
        ours = {ast.dump(node) for node in parsed(check).body}
        theirs = [node for node in body if ast.dump(node) in ours]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [line for line in lines if line != check.split("\n")[0]]
    dropped = {n for node in theirs for n in range(node.lineno, (node.end_lineno or 0) + 1)}
    return [line for n, line in enumerate(lines, 1) if n not in dropped]


def _lines(source: str) -> list[str]:
    """Return the lines of a text without blanks at their ends, and without blank lines around it."""
    return [line.rstrip() for line in source.strip("\n").splitlines()]


def _place_of(part: list[str], whole: list[str]) -> int | None:
    """Return where some lines stand together among others, None if they do not."""
    size = len(part)
    starts = [i for i, line in enumerate(whole) if line == part[0]]
    return next((i for i in starts if whole[i : i + size] == part), None)


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
    defined = [defined_names(cell["source"]) for cell in cells]
    for name in lesson.exercises:
        checks = set(candidates[f"test_{name}"])
        called = lesson.called(name)
        found = [i for i, names in enumerate(defined) if called in names and i not in checks]
        # Text cells count only where no code cell defines the name.
        defining = [i for i in found if cells[i]["type"] == "code"] or found
        worked_on = [i for i in marked[name] if _worked_on(cells[i], released[name].source)]
        if not worked_on and (found := [i for i in defining if i not in marked[name]]):
            candidates[name] = found
            lost.append(f"`{called}`")
    repairs = (
        [f"Cells that had lost their mark were found by name: {', '.join(lost)}."] if lost else []
    )
    for name in lesson.exercises:
        if not candidates[f"test_{name}"]:
            called = lesson.called(name)
            call = f"checks.{called}({called})"
            candidates[f"test_{name}"] = [
                i for i, c in enumerate(cells) if call in c["source"] and called not in defined[i]
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
            called = lesson.called(grade_id)
            repairs.append(f"The cell `{called}` was there {len(free)} times; one counts.")
    return owner, repairs


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
    return _lines(a.strip()) == _lines(b.strip())


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
        if cell["attachments"] and fresh.cell_type == "markdown":
            fresh.attachments = cell["attachments"]
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
    if cell["attachments"] and cell["type"] == "markdown":
        fresh.attachments = cell["attachments"]
    return fresh


def _put_back(notebook: NotebookNode, lesson: Lesson, missing: NotebookNode) -> None:
    """Insert a missing cell after the nearest cell that precedes it in the lesson."""
    release = release_cells(lesson)
    before = list(itertools.takewhile(lambda cell: cell.id != missing.id, release))
    ids = {c.id for c in before}
    # A text that comes again later tells no place.
    texts = {c.source.strip() for c in before} - {c.source.strip() for c in release[len(before) :]}
    present = [i for i, c in enumerate(notebook.cells) if c.id in ids or c.source.strip() in texts]
    cell = nbformat.from_dict(json.loads(json.dumps(missing)))
    cell.metadata["tags"] = [PUT_BACK_TAG]
    notebook.cells.insert(present[-1] + 1 if present else 0, cell)
