"""Show a piece of a learner's code without telling whose it is."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Iterator

from autograder.sandbox.inside.names import parsed

MAX_LINES, MAX_COLUMNS = 40, 100
SHORTEST_NAME = 3  # letters of a part of a name that is taken out


def anonymous(code: str, *names: str) -> str:
    """Return code without comments, docstrings and parts of these names, cut to a size that a page can hold.

    Args:
        code: The text of a cell; it need not be Python.
        names: The student's id and names; each part of letters or digits counts.
    """
    code = code.replace("\r\n", "\n").replace("\r", "\n")  # as Python counts lines
    text = _without_comments(_without_docstrings(code))
    parts = {p for name in names for p in re.findall(r"[^\W_]+", name) if len(p) >= SHORTEST_NAME}
    for part in sorted(parts, key=len, reverse=True):
        text = re.sub(rf"(?<![^\W_]){re.escape(part)}(?![^\W_])", "…", text, flags=re.IGNORECASE)
    lines = [line.rstrip() for line in text.split("\n") if line.strip()]
    more = [f"… and {len(lines) - MAX_LINES} more lines"] if len(lines) > MAX_LINES else []
    return "\n".join([*map(_cut, lines[:MAX_LINES]), *more])


def _cut(line: str) -> str:
    return line if len(line) <= MAX_COLUMNS else f"{line[:MAX_COLUMNS]}…"


def _without_docstrings(code: str) -> str:
    lines = code.split("\n")
    for text in _docstrings(code):
        first, last = text.lineno - 1, (text.end_lineno or text.lineno) - 1
        alone = not (
            lines[first][: text.col_offset].strip() or lines[last][text.end_col_offset :].strip()
        )
        if alone:
            lines[first : last + 1] = [""] * (last + 1 - first)
    return "\n".join(lines)


def _docstrings(code: str) -> Iterator[ast.Constant]:
    """Yield the texts that stand first in a function or class that holds more than this."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes in a learner's texts
            tree = parsed(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = node.body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and len(node.body) > 1
            ):
                yield first.value


def _without_comments(code: str) -> str:
    lines = code.split("\n")
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    except (tokenize.TokenError, SyntaxError, ValueError):
        return "\n".join(line.split("#")[0] for line in lines)
    for token in tokens:
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    return "\n".join(lines)
