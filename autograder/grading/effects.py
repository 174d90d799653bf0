"""Effects: whether executing a cell can do more than define its own exercise.

Most cells only import and define. They cannot be why another exercise fails, so trying that exercise again in a
session without them would change nothing. This code is trusted: it parses the text of cells and never runs it.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

from autograder.sandbox.inside.names import parsed, without_magics

GRAD_MODES = {"no_grad", "inference_mode", "enable_grad"}
COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def changeable(cells: list[dict[str, Any]]) -> set[str]:
    """Return the exercises whose behaviour a cell of another exercise can have changed.

    Args:
        cells: The cells that were executed, each with "exercise" and "source".

    Raises:
        RecursionError: If a cell of no exercise is too deep to say, such as a sum of 500 terms.
    """
    given = bound_names(c["source"] for c in cells if not c["exercise"])
    sources: dict[str, list[str]] = {}
    for cell in cells:
        if cell["exercise"]:
            sources.setdefault(cell["exercise"], []).append(cell["source"])
    return {
        name
        for name, own in sources.items()
        if any(
            may_change(source, own, given)
            for other, others in sources.items()
            if other != name
            for source in others
        )
    }


def bound_names(sources: Iterable[str]) -> dict[str, set[str]]:
    """Return the names that some cells bind, each with what they import, or "" for a definition."""
    bound: dict[str, set[str]] = {}
    for source in sources:
        for name, imported in (bindings(source) or {}).items():
            bound.setdefault(name, set()).add(imported)
    return bound


def may_change(other: str, own: list[str], given: Mapping[str, set[str]]) -> bool:
    """Return whether executing one cell can change how the cells of an exercise behave.

    Args:
        other: Source of the cell that may change something.
        own: Sources of the exercise's cells.
        given: What the cells that belong to no exercise bind, from `bound_names`.
    """
    try:
        return _may_change(other, own, given)
    except RecursionError:  # a sum of 500 terms, say
        return True


def _may_change(other: str, own: list[str], given: Mapping[str, set[str]]) -> bool:
    bound = bindings(other)
    if bound is None:
        return True
    used = frozenset().union(*map(mentioned_names, own))
    ours = bound_names(own)
    elsewhere = {name: ours.get(name, set()) | given.get(name, set()) for name in bound}
    # Importing the same thing twice changes nothing; a second definition of a name, or another import, does.
    return any(
        name in used and elsewhere[name] and (not imported or elsewhere[name] != {imported})
        for name, imported in bound.items()
    )


@functools.lru_cache(maxsize=64)
def bindings(source: str) -> dict[str, str] | None:
    """Return the names that a cell binds, each with what it imports, or "" for a definition.

    None if the cell may do more than bind names: call, delete, assign to attributes, ...
    """
    tree = _parse(source)
    if tree is None:  # code that cannot be parsed is never executed
        return {}
    bound: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.split(".")[0]
                bound[name] = alias.name if alias.asname else name
        elif isinstance(node, ast.ImportFrom):
            bound.update({a.asname or a.name: f"{node.module}.{a.name}" for a in node.names})
        elif _is_definition(node):
            if isinstance(node, ast.Assign):
                bound.update({t.id: "" for t in node.targets if isinstance(t, ast.Name)})
            else:
                bound[node.name] = ""
        elif not (
            isinstance(node, ast.Pass)
            or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        ):
            return None
    return None if "*" in bound else bound


@functools.lru_cache(maxsize=64)
def mentioned_names(source: str) -> frozenset[str]:
    """Return every name that a cell mentions."""
    tree = _parse(source)
    found = ast.walk(tree) if tree is not None else ()
    return frozenset(node.id for node in found if isinstance(node, ast.Name))


def _parse(source: str) -> ast.Module | None:
    """Parse the Python of a cell; None if that fails."""
    try:
        return parsed(without_magics(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_definition(node: ast.stmt) -> TypeGuard[ast.Assign | ast.FunctionDef | ast.ClassDef]:
    """Return whether this defines a function, class or constant without calling anything."""
    if isinstance(node, ast.Assign):
        return all(isinstance(t, ast.Name) for t in node.targets) and _calls_nothing(node.value)
    if isinstance(node, ast.FunctionDef):
        defaults = [d for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None]
        return all(map(_calls_nothing, defaults)) and all(
            map(_is_harmless_decorator, node.decorator_list)
        )
    if isinstance(node, ast.ClassDef):
        if node.keywords or node.decorator_list or not all(map(_calls_nothing, node.bases)):
            return False
        return all(
            _is_definition(part)
            or isinstance(part, ast.Pass)
            or (isinstance(part, ast.AnnAssign) and part.value is None)
            or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
            for part in node.body
        )
    return False


def _calls_nothing(expression: ast.expr) -> bool:
    """Return whether an expression holds only names, constants and operators.

    A lambda counts as a constant: its body runs only when somebody calls it.
    """
    if isinstance(expression, FUNCTIONS):
        return True
    active = ast.Call | ast.Await | ast.NamedExpr | ast.Yield | ast.YieldFrom | COMPREHENSIONS
    if isinstance(expression, active):
        return False
    parts = [part for part in ast.iter_child_nodes(expression) if isinstance(part, ast.expr)]
    return all(map(_calls_nothing, parts))


def _is_harmless_decorator(decorator: ast.expr) -> bool:
    """Return whether a decorator is harmless: a plain name, as `@staticmethod`, or `@torch.no_grad()`."""
    if isinstance(decorator, ast.Call):
        has_arguments = decorator.args or decorator.keywords
        name = getattr(decorator.func, "attr", getattr(decorator.func, "id", ""))
        return not has_arguments and name in GRAD_MODES
    return isinstance(decorator, ast.Name | ast.Attribute)
