"""Known wrong and known right solutions, kept as text that can be pasted into a notebook or executed.

A variant is written either as an ordinary function or class under `Bank.add`, or as a list of edits of
the reference solution under `Bank.edit`. The text is the single form: it becomes a cell of a
submission, and executed in the lesson's namespace it becomes an object.
"""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.source.lesson import Lesson, reference_namespace


@dataclass(frozen=True)
class Variant:
    """One solution of one exercise: its text, and what a learner reads when it is a mistake."""

    lesson: str
    exercise: str
    id: str
    message: str
    source: str

    def load(self) -> Any:
        """The function or class that the text defines, in a fresh namespace of the lesson."""
        namespace = reference_namespace(self.lesson)
        exec(compile(self.source, f"<{self.lesson} {self.exercise} {self.id}>", "exec"), namespace)
        return namespace[self.exercise]


class Bank:
    """The variants of one lesson, in the order written.

    Args:
        lesson: Name of the lesson, "01_elbo".
    """

    def __init__(self, lesson: str) -> None:
        self.lesson = lesson
        self.variants: list[Variant] = []

    def add(self, exercise: str, id: str, message: str = "") -> Callable:
        """Decorator: keep the text of the function or class below it as a variant."""

        def keep(thing: Any) -> Any:
            path = sys.modules[thing.__module__].__file__
            self._append(exercise, id, message, _definitions(path)[exercise, id])
            return thing

        return keep

    def edit(
        self, exercise: str, id: str, message: str = "", edits: dict[str, str] | None = None
    ) -> None:
        """Keep the reference solution with some texts replaced; each old text must occur in it."""
        source = Lesson.load(self.lesson).exercise_cell(exercise).solution
        for old, new in (edits or {}).items():
            if old not in source:
                raise ValueError(f"{self.lesson} {exercise} {id}: the reference has no {old!r}")
            source = source.replace(old, new)
        self._append(exercise, id, message, source)

    def of(self, exercise: str) -> list[Variant]:
        """The variants of one exercise."""
        return [v for v in self.variants if v.exercise == exercise]

    def _append(self, exercise: str, id: str, message: str, source: str) -> None:
        if any(v.id == id for v in self.of(exercise)):
            raise ValueError(f"{self.lesson} {exercise}: two variants with the id {id!r}")
        self.variants.append(Variant(self.lesson, exercise, id, message, source))


@functools.cache
def _definitions(path: str) -> dict[tuple[str, str], str]:
    """Texts of the decorated definitions of a file, by the (exercise, id) of their decorator."""
    text = Path(path).read_text(encoding="utf-8")
    lines, found = text.splitlines(), {}
    for node in ast.parse(text).body:
        for decorator in getattr(node, "decorator_list", []):
            key = tuple(ast.literal_eval(a) for a in decorator.args[:2])
            found[key] = "\n".join(lines[node.lineno - 1 : node.end_lineno])
    return found
