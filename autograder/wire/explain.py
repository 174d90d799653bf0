"""Text from a learner's code: an error in one line, and any text made safe to show and to store."""

from __future__ import annotations

import linecache
import re
import sys
import traceback

# Lone surrogates cannot be encoded. Control characters, and those that turn the direction of writing, change
# what a terminal shows. U+0085, U+2028 and U+2029 break a line where a line break is not expected.
UNPRINTABLE = re.compile(
    "[\ud800-\udfff\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)


def encodable(text: str) -> str:
    """Return a text in which pairs of surrogates are one character, and lone ones are replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def printable(text: str) -> str:
    """Return a text that every file, database and terminal takes as it is; line breaks and tabs stay."""
    return UNPRINTABLE.sub("\ufffd", encodable(text))


def one_line(text: str) -> str:
    """Return a printable text in one line: a learner's line break would begin a line of the grader's own."""
    return " ".join(printable(text).split())


def cell_file(number: int) -> str:
    """Return the file name under which a cell is compiled, so that tracebacks show the cell."""
    return f"<cell {number}>"


def explain_error(error: BaseException) -> str:
    """Return type and message of an error and the innermost line in the learner's cells, in one line."""
    return one_line(_explained(error))


def _explained(error: BaseException) -> str:
    what = f"{type(error).__name__}: {error}".split("\n")[0][:300]
    if isinstance(error, SyntaxError) and error.lineno:
        version = ".".join(map(str, sys.version_info[:2]))
        return f"{what.split(' (<cell')[0]} (line {error.lineno} of the cell; grading uses Python {version})"
    stack = traceback.extract_tb(error.__traceback__)
    in_cells = [entry for entry in stack if entry.filename.startswith("<cell ")]
    if not in_cells:
        return what
    deepest = in_cells[-1]
    line = linecache.getline(deepest.filename, deepest.lineno or 0).strip()
    return f"{what} (line {deepest.lineno} of the cell: `{line}`)"
