"""Which cells of a submission run, in which order."""

from __future__ import annotations

import itertools
from typing import Any

from autograder.grading.reading import PUT_BACK_TAG
from autograder.grading.salvage import Submission
from autograder.source.lesson import Lesson
from autograder.source.release import SKIP_TAG, release_cells


def cells_to_run(submission: Submission) -> list[dict[str, Any]]:
    """Return the lesson's setup cells, then the learner's code cells in order.

    Copies of released stubs are left out. Of demonstration cells (long training, figures) only the imports,
    functions and classes are executed. A check cell is not executed: it marks where the learner's object
    is looked at, so that a later cell may reuse its name.

    Returns:
        One dict per cell, as `_step` makes it. Setup cells are numbered -1, -2, ...;
        the learner's cells 0, 1, ...
        This is all that the learner's code can see of the file.
    """
    lesson = submission.lesson
    setup = [c.source for c in lesson.cells if c.role == "setup"]
    cells = [_step(-1 - i, source=source) for i, source in enumerate(setup)]
    given = _given_texts(lesson)
    numbers = itertools.count()
    for cell in submission.notebook.cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type != "code" or PUT_BACK_TAG in tags:
            continue
        nbgrader = cell.metadata.get("nbgrader", {})
        if nbgrader.get("grade"):
            look_at = lesson.called(nbgrader["grade_id"].removeprefix("test_"))
            cells.append(_step(next(numbers), look_at=look_at))
            continue
        kind = None if nbgrader else given.get(cell.source.strip())
        if kind != "leave out":
            definitions_only = SKIP_TAG in tags or kind == SKIP_TAG
            exercise = lesson.called(nbgrader.get("grade_id", ""))
            cells.append(_step(next(numbers), cell.source, definitions_only, exercise=exercise))
    return cells


def _step(
    number: int,
    source: str = "",
    definitions_only: bool = False,
    look_at: str = "",
    exercise: str = "",
) -> dict[str, Any]:
    """Return a cell in the form in which a session receives it.

    Args:
        number: By which errors of the cell are reported.
        source: Its code, empty where an object is only looked at.
        definitions_only: Execute only imports, functions and classes.
        look_at: Name of the object to look at here, "" for none.
        exercise: Exercise that the cell belongs to, as the class calls it, "" for none.
    """
    return {
        "number": number,
        "source": source,
        "definitions_only": definitions_only,
        "look_at": look_at,
        "exercise": exercise,
    }


def _given_texts(lesson: Lesson) -> dict[str, str]:
    """Map the text of a released cell to what is done with an unmarked cell of the same text.

    Returns:
        "leave out" for the text of a graded cell, `SKIP_TAG` for that of a demonstration cell.
    """
    texts = {}
    for cell in release_cells(lesson):
        if cell.cell_type != "code":
            continue
        if "nbgrader" in cell.metadata:
            texts[cell.source.strip()] = "leave out"
        elif SKIP_TAG in cell.metadata.get("tags", []):
            texts[cell.source.strip()] = SKIP_TAG
    return texts
