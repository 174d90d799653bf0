"""How an error in a learner's cell is told: type, message and the line of the cell."""

from __future__ import annotations

import linecache
import traceback


def cell_file(number: int) -> str:
    """The file name under which a cell is compiled, to find it again in tracebacks."""
    return f"<cell {number}>"


def explain_error(error: BaseException) -> str:
    """Type, message and the deepest line that is in one of the learner's cells."""
    what = f"{type(error).__name__}: {error}".split("\n")[0][:300]
    if isinstance(error, SyntaxError) and error.lineno:
        return f"{what.split(' (<cell')[0]} (line {error.lineno} of the cell)"
    frames = [
        f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith("<cell ")
    ]
    if not frames:
        return what
    line = linecache.getline(frames[-1].filename, frames[-1].lineno).strip()
    return f"{what} (line {frames[-1].lineno} of the cell: `{line}`)"
