"""Known wrong and known right solutions, kept as text that can be pasted into a notebook or executed.

A variant is written either as an ordinary function or class under `Bank.add`, or as a list of edits of
the reference solution under `Bank.edit`. Both are kept as text, which serves two purposes: it is pasted
into a cell of a submission, or executed in the lesson's namespace to get the object.
"""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autograder.source.lesson import Lesson, reference_namespace


@dataclass(frozen=True)
class Variant:
    """One solution of one exercise.

    Attributes:
        lesson: Name of the lesson, "01_elbo".
        exercise: Name of the exercise, "kl_divergence".
        id: Name of the variant, unique within the exercise.
        message: What a learner reads who makes this mistake; "" for a right solution.
        source: Text of the definition.
        loses: Criteria that this mistake loses wherever it is recognised: those about which the random inputs
            would decide otherwise, so that two students with the same code would get different points.
    """

    lesson: str
    exercise: str
    id: str
    message: str
    source: str
    loses: tuple[str, ...] = ()

    def load(self) -> Any:
        """Return the function or class that the text defines, in a fresh namespace of the lesson."""
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
        """Return a decorator that keeps the text of a function or class as a variant."""

        def keep(thing: Any) -> Any:
            path = sys.modules[thing.__module__].__file__
            self._append(exercise, id, message, _definitions(path)[exercise, id])
            return thing

        return keep

    def edit(
        self, exercise: str, id: str, message: str = "", edits: dict[str, str] | None = None
    ) -> None:
        """Keep the reference solution with some texts replaced as a variant.

        Args:
            exercise: Name of the exercise.
            id: Name of the variant, unique within the exercise.
            message: What a learner reads who makes this mistake.
            edits: New texts by old texts, replaced in this order.

        Raises:
            ValueError: If an old text does not occur in the solution.
        """
        source = Lesson.load(self.lesson).exercise_cell(exercise).solution
        for old, new in (edits or {}).items():
            if old not in source:
                raise ValueError(f"{self.lesson} {exercise} {id}: the reference has no {old!r}")
            source = source.replace(old, new)
        self._append(exercise, id, message, source)

    def of(self, exercise: str) -> list[Variant]:
        """Return the variants of one exercise."""
        return [v for v in self.variants if v.exercise == exercise]

    def get(self, exercise: str, id: str) -> Variant:
        """Return one variant of an exercise; a KeyError says that there is none."""
        for variant in self.of(exercise):
            if variant.id == id:
                return variant
        raise KeyError(f"{self.lesson} {exercise}: no variant with the id {id!r}")

    def settle(self, exercise: str, id: str, *loses: str) -> None:
        """Add to the criteria that a known mistake loses wherever it is recognised, see `Variant.loses`."""
        variant = self.get(exercise, id)
        self.variants[self.variants.index(variant)] = replace(
            variant, loses=(*variant.loses, *loses)
        )

    def _append(self, exercise: str, id: str, message: str, source: str) -> None:
        if any(v.id == id for v in self.of(exercise)):
            raise ValueError(f"{self.lesson} {exercise}: two variants with the id {id!r}")
        self.variants.append(Variant(self.lesson, exercise, id, message, source))


@functools.cache
def _definitions(path: str) -> dict[tuple[str, str], str]:
    """Return the texts of a file's decorated definitions by (exercise, id) of their decorator."""
    text = Path(path).read_text(encoding="utf-8")
    lines, found = text.splitlines(), {}
    for node in ast.parse(text).body:
        for decorator in getattr(node, "decorator_list", []):
            key = tuple(ast.literal_eval(a) for a in decorator.args[:2])
            found[key] = "\n".join(lines[node.lineno - 1 : node.end_lineno])
    return found
