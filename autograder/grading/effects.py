"""Effects: whether the text of a cell can do more than define its own exercise.

Most answers only import and define. An exercise that fails beside such cells fails by itself: a session without
them would show nothing new. Trusted code: it parses text and never runs any of it.
"""

from __future__ import annotations

import ast
import functools

from autograder.grading.salvage import without_magics

GRAD_MODES = {"no_grad", "inference_mode", "enable_grad"}
COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def may_change(other: str, own: list[str], given: list[str]) -> bool:
    """Whether executing one cell can change what another meets.

    Args:
        other: The cell that may do harm.
        own: The cells of the exercise that may suffer.
        given: Cells outside of exercises.
    """
    bound = bindings(other)
    if bound is None:
        return True
    used = frozenset().union(*map(names, own))
    elsewhere: dict[str, set[str]] = {}
    for cell in (*own, *given):
        for name, what in (bindings(cell) or {}).items():
            elsewhere.setdefault(name, set()).add(what)
    return any(  # the same import twice is no conflict, two definitions of one name are
        name in used and name in elsewhere and (not what or elsewhere[name] != {what})
        for name, what in bound.items()
    )


@functools.lru_cache(maxsize=512)
def bindings(source: str) -> dict[str, str] | None:
    """The names that a cell binds, each with what it imports or "" for a definition.

    None if it may do more than bind names: call, delete, assign to attributes, ...
    """
    tree = _parse(source)
    if tree is None:  # it does not run
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
            targets = node.targets if isinstance(node, ast.Assign) else [node]
            bound.update({t.id if isinstance(t, ast.Name) else t.name: "" for t in targets})
        elif not (
            isinstance(node, ast.Pass)
            or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        ):
            return None
    return None if "*" in bound else bound


@functools.lru_cache(maxsize=512)
def names(source: str) -> frozenset[str]:
    """Every name that a cell mentions."""
    tree = _parse(source)
    found = ast.walk(tree) if tree is not None else ()
    return frozenset(node.id for node in found if isinstance(node, ast.Name))


def _parse(source: str) -> ast.Module | None:
    try:
        return ast.parse(without_magics(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_definition(node: ast.stmt) -> bool:
    """A function, class or constant whose definition calls nothing."""
    if isinstance(node, ast.Assign):
        return all(isinstance(t, ast.Name) for t in node.targets) and _is_calm(node.value)
    if isinstance(node, ast.FunctionDef):
        defaults = [d for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None]
        return all(map(_is_calm, defaults)) and all(map(_is_grad_mode, node.decorator_list))
    if isinstance(node, ast.ClassDef):
        calm = all(map(_is_calm, node.bases)) and not node.keywords and not node.decorator_list
        return calm and all(
            _is_definition(part)
            or isinstance(part, ast.Pass)
            or (isinstance(part, ast.AnnAssign) and part.value is None)
            or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
            for part in node.body
        )
    return False


def _is_calm(expression: ast.expr) -> bool:
    """Made of names, constants and operators; what a lambda does, it does later."""
    if isinstance(expression, FUNCTIONS):
        return True
    busy = ast.Call | ast.Await | ast.NamedExpr | ast.Yield | ast.YieldFrom | COMPREHENSIONS
    return not isinstance(expression, busy) and all(
        _is_calm(child) for child in ast.iter_child_nodes(expression) if isinstance(child, ast.expr)
    )


def _is_grad_mode(decorator: ast.expr) -> bool:
    """A name, as in `@staticmethod`, or `@torch.no_grad()` and its like."""
    if isinstance(decorator, ast.Call):
        plain = not decorator.args and not decorator.keywords
        name = getattr(decorator.func, "attr", getattr(decorator.func, "id", ""))
        return plain and name in GRAD_MODES
    return isinstance(decorator, ast.Name | ast.Attribute)
