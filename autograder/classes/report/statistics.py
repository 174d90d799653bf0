"""What a class's results say of a test: how hard each criterion is, and whether it tells strong from weak.

All of these are the textbook's. Points are the tests' own, a criterion is one item with its points.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.classes.report.results import Result

SMALL = 10  # students; of fewer, discrimination and correlation say nothing
TAIL = 0.27  # part of the class at either end that discrimination compares
ENOUGH = 30  # students; of fewer, a low discrimination is no reason to doubt a criterion
HARD, WEAK = 0.3, 0.1
CHANCE = 2.0  # standard errors, 1 / sqrt(students) each: a correlation nearer to 0 can be chance


@dataclass(frozen=True)
class Item:
    """One criterion in a class.

    Attributes:
        exercise: Name of the exercise.
        criterion: Name of the criterion.
        met: How many met it.
        of: How many worked on the lesson.
        discrimination: Part of the best 27 % who met it less that of the weakest 27 %; None where the class
            is small or everybody has equal points.
        correlation: Of meeting it with the points of all other criteria; None where one of both is constant.
    """

    exercise: str
    criterion: str
    met: int
    of: int
    discrimination: float | None
    correlation: float | None

    @property
    def difficulty(self) -> float:
        """The textbook's p: the part of the class that met it."""
        return self.met / self.of

    @property
    def remark(self) -> str:
        """What a teacher should look at, "" for nothing."""
        if self.met == 0:
            return "nobody met it"
        if self.is_doubtful:
            return "those with more points fail it more often: read the text and the test again"
        if self.of >= ENOUGH and self.met < self.of and (self.discrimination or 0.0) < WEAK:
            return "hardly tells strong from weak"
        return "hard" if self.difficulty < HARD else ""

    @property
    def is_doubtful(self) -> bool:
        """Whether those with more points fail it more often, by more than chance explains."""
        return self.correlation is not None and self.correlation < -CHANCE / math.sqrt(self.of)


def items(results: Sequence[Result], points: dict[tuple[str, str], float]) -> list[Item]:
    """Return each criterion of a lesson, in its order.

    Args:
        results: Of those who worked on the lesson.
        points: What each criterion is worth, by exercise and criterion.
    """
    totals = [r.score for r in results]
    met: dict[tuple[str, str], list[bool]] = {}
    for number, result in enumerate(results):
        for exercise in result.exercises:
            for criterion in exercise.criteria:
                who = met.setdefault((exercise.name, criterion["name"]), [False] * len(results))
                who[number] = criterion["passed"]
    return [_item(key, who, totals, points.get(key, 0.0)) for key, who in met.items()]


def _item(key: tuple[str, str], met: list[bool], totals: list[float], points: float) -> Item:
    enough = len(met) >= SMALL
    rest = [total - points * passed for total, passed in zip(totals, met, strict=True)]
    return Item(
        *key,
        met=sum(met),
        of=len(met),
        discrimination=discrimination(met, totals) if enough else None,
        correlation=correlation(met, rest) if enough else None,
    )


def discrimination(met: Sequence[bool], totals: Sequence[float]) -> float | None:
    """Return the part of the best 27 % who met a criterion less that of the weakest; None if all are equal.

    Students with equal points at the border of a group share its last places, so no order among them counts.
    """
    if len(set(totals)) < 2:
        return None
    size = max(1, round(TAIL * len(totals)))
    return _of_highest(met, totals, size) - _of_highest(met, [-t for t in totals], size)


def _of_highest(met: Sequence[bool], totals: Sequence[float], size: int) -> float:
    border = sorted(totals, reverse=True)[size - 1]
    above = [m for m, t in zip(met, totals, strict=True) if t > border]
    at = [m for m, t in zip(met, totals, strict=True) if t == border]
    return (sum(above) + (size - len(above)) * statistics.fmean(at)) / size


def correlation(met: Sequence[bool], rest: Sequence[float]) -> float | None:
    """Return the correlation of meeting a criterion with the points of the others; None if one is constant."""
    if len(set(met)) < 2 or len(set(rest)) < 2:
        return None
    return statistics.correlation([float(m) for m in met], rest)


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the first quartile, the median and the third quartile of at least one value."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    first, median, third = statistics.quantiles(values, n=4, method="inclusive")
    return first, median, third
