"""Audit: how often do the hidden tests err on answers whose worth we know?

A false pass is a known wrong answer with full marks, a false fail a known right one without. The intervals
are exact (Clopper and Pearson): with no error in n answers, the 95 % interval still reaches about 3 / n.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scipy.stats import beta  # comes with scikit-learn

from autograder.hidden.core import derive_seed
from autograder.lessons import Lesson, reference_namespace
from autograder.probe import hidden_test
from autograder.variants import Variant, right_solutions, wrong_solutions


@dataclass(frozen=True)
class Row:
    """Errors of one exercise's hidden test."""

    lesson: str
    exercise: str
    wrong: int
    false_passes: int
    right: int
    false_fails: int


def audit(lesson: str, seed: int = 0) -> Iterator[Row]:
    """Run the hidden tests of a lesson on every known answer; one row per exercise.

    Args:
        lesson: Name of the lesson.
        seed: Decides the random inputs.
    """
    for exercise in Lesson.load(lesson).exercises:
        wrong = [_passes(v, seed) for v in wrong_solutions(lesson).of(exercise)]
        right = [_passes(v, seed) for v in right_solutions(lesson).of(exercise)]
        yield Row(lesson, exercise, len(wrong), sum(wrong), len(right), right.count(False))


def table(rows: list[Row]) -> str:
    """The rows as a Markdown table, with 95 % intervals and a total."""
    names = ("lesson", "exercise", "known wrong", "false passes", "known right", "false fails")
    head = f"| {' | '.join(names)} |\n{'|---' * len(names)}|"
    total = Row(
        "all",
        f"{len(rows)} exercises",
        *(
            sum(getattr(r, f) for r in rows)
            for f in ("wrong", "false_passes", "right", "false_fails")
        ),
    )
    return "\n".join([head, *map(_line, [*rows, total])])


def interval(errors: int, n: int) -> tuple[float, float]:
    """Clopper and Pearson's 95 % interval of a rate."""
    low = beta.ppf(0.025, errors, n - errors + 1) if errors else 0.0
    high = beta.ppf(0.975, errors + 1, n - errors) if errors < n else 1.0
    return float(low), float(high)


def _passes(variant: Variant, seed: int) -> bool:
    reference = reference_namespace(variant.lesson)[variant.exercise]
    test = hidden_test(variant.lesson, variant.exercise)
    seed = derive_seed(seed, variant.lesson, variant.exercise, variant.id)
    return all(outcome.passed for outcome in test.run(variant.load(), reference, seed))


def _line(row: Row) -> str:
    return (
        f"| {row.lesson} | {row.exercise} | {row.wrong} | {_rate(row.false_passes, row.wrong)} "
        f"| {row.right} | {_rate(row.false_fails, row.right)} |"
    )


def _rate(errors: int, n: int) -> str:
    low, high = interval(errors, n)
    return f"{errors} ({100 * low:.0f} to {100 * high:.1f} %)"
