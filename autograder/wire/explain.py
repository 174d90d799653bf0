"""Describe an error in a learner's cell: its type, its message and the line of the cell."""

from __future__ import annotations

import linecache
import traceback


def cell_file(number: int) -> str:
    """Return the file name under which a cell is compiled, so that tracebacks show the cell."""
    return f"<cell {number}>"


def explain_error(error: BaseException) -> str:
    """Return type and message of an error, and the innermost line in one of the learner's cells."""
    what = f"{type(error).__name__}: {error}".split("\n")[0][:300]
    if isinstance(error, SyntaxError) and error.lineno:
        return f"{what.split(' (<cell')[0]} (line {error.lineno} of the cell)"
    stack = traceback.extract_tb(error.__traceback__)
    in_cells = [entry for entry in stack if entry.filename.startswith("<cell ")]
    if not in_cells:
        return what
    deepest = in_cells[-1]
    line = linecache.getline(deepest.filename, deepest.lineno or 0).strip()
    return f"{what} (line {deepest.lineno} of the cell: `{line}`)"
