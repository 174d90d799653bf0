"""Which names a cell's statements bind, and which ones answers need from cells that are not executed whole."""

from __future__ import annotations

import ast
import re
import symtable
import traceback
from collections.abc import Iterator
from typing import Any

IMPORTS = ast.Import | ast.ImportFrom
NAMED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
TARGETS = ast.Tuple | ast.List | ast.Starred  # expressions in which names to be bound may stand
WALRUS = ":="


def parsed(source: str, name: str = "<unknown>") -> ast.Module:
    """Parse Python as `ast.parse` does.

    CPython 3.11 sometimes miscounts its own recursion and raises SystemError for source that is fine
    (https://github.com/python/cpython/issues/106905); the second time it does not.
    """
    try:
        return ast.parse(source, name)
    except SystemError:
        return ast.parse(source, name)


def without_magics(source: str) -> str:
    """Return a cell's source with `pass` in the place of each line of IPython (`%...`, `!...`)."""
    return re.sub(r"^[ \t]*[%!].*$", "pass", source, flags=re.M)


def is_definition(node: ast.stmt) -> bool:
    """Return whether a statement is an import, a function or a class, or imports that may fail."""
    if isinstance(node, ast.Try | ast.If):
        parts = [
            *node.body,
            *node.orelse,
            *(n for h in getattr(node, "handlers", ()) for n in h.body),
        ]
        quiet = IMPORTS | ast.Pass
        return any(isinstance(n, IMPORTS) for n in parts) and all(
            isinstance(n, quiet) or _is_plain(n) for n in parts
        )
    return isinstance(node, IMPORTS | NAMED)


def _is_plain(node: ast.stmt) -> bool:
    """Return whether a statement only gives names to constants."""
    return isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)


def bound_names(node: ast.stmt, in_expressions: bool = True) -> set[str]:
    """Return the names that a statement binds where it stands, not those inside of functions and classes.

    Args:
        node: The statement.
        in_expressions: Whether to look for `name := value`, too, which takes most of the time.
    """
    if isinstance(node, IMPORTS):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    if isinstance(node, NAMED):
        return {node.name}
    found: set[str] = set()
    waiting: list[ast.AST] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.Name):
            if isinstance(part.ctx, ast.Store):
                found.add(part.id)
        elif isinstance(part, IMPORTS | NAMED):
            found |= bound_names(part)
        elif isinstance(part, ast.Lambda):
            continue
        elif in_expressions or not isinstance(part, ast.expr) or isinstance(part, TARGETS):
            waiting += ast.iter_child_nodes(part)
    return found


def global_names(source: str) -> set[str]:
    """Return the names that code looks up in the notebook, also inside of its functions and classes."""
    found: set[str] = set()
    waiting = [symtable.symtable(source, "<cell>", "exec")]
    while waiting:
        table = waiting.pop()
        top = table.get_type() == "module"
        found |= {
            s.get_name()
            for s in table.get_symbols()
            if s.is_referenced() and (top or s.is_global())
        }
        waiting += table.get_children()
    return found


def needed_names(cells: list[dict[str, Any]]) -> set[str]:
    """Return the names that the exercises' cells need from other cells, directly or through those.

    Args:
        cells: As `Session.execute` takes them.
    """
    needed: set[str] = set()
    waiting: list[tuple[ast.stmt, set[str]]] = []
    for cell in cells:
        try:
            source = without_magics(cell["source"])
            if cell["exercise"]:
                needed |= global_names(source)
            else:
                waiting += [(n, bound_names(n, WALRUS in source)) for n in parsed(source).body]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    while found := [node for node, names in waiting if names & needed]:
        waiting = [(node, names) for node, names in waiting if not names & needed]
        for node in found:
            needed |= global_names(ast.unparse(node))
    return needed


def definitions_after(body: list[ast.stmt], error: BaseException, name: str) -> Iterator[ast.stmt]:
    """Yield the definitions that stand after the statement of a cell that failed.

    Args:
        body: The cell's statements.
        error: What the failing one raised.
        name: The file name under which the cell was compiled.
    """
    lines = [e.lineno for e in traceback.extract_tb(error.__traceback__) if e.filename == name]
    if lines and lines[0] is not None:
        yield from (n for n in body if n.lineno > lines[0] and is_definition(n))
