"""Results that runs of a lesson left behind: bands over several seeds, and single runs.

`course_utils/bands/<lesson>.json` holds mean and spread over seeds, written by `vae-course bands`.
`solutions/<lesson>_runs.json` holds one run for each data set, written by `vae-course figures`: what it
reached and how long it took. The run under "mnist" drew the figures.
"""

from __future__ import annotations

import functools
import json
import math
import statistics
from pathlib import Path
from typing import Any, NamedTuple

from autograder.errors import CourseError
from autograder.files import ROOT
from autograder.source.lesson import SOURCES

BANDS = ROOT / "course_utils" / "bands"
REPRODUCED = ROOT / "course_utils" / "reproduced"
RUNS = "_runs.json"  # beside the lesson's folder: nbgrader hands out every file inside it


class Spread(NamedTuple):
    """Mean and standard deviation of a result over `n` seeds.

    As text it is "97.1 ± 0.3", with the format of a number: f"{spread:.1f}". In per cent: f"{spread:.1%}".
    """

    mean: float
    sd: float
    n: int
    least: float = math.nan
    most: float = math.nan

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        """Return the spread of the values of at least two seeds."""
        mean, sd = statistics.mean(values), statistics.stdev(values)
        return cls(mean, sd, len(values), min(values), max(values))

    def __format__(self, spec: str) -> str:
        if spec.endswith("%"):
            return f"{100 * self.mean:{spec[:-1]}f} ± {100 * self.sd:{spec[:-1]}f} %"
        return f"{self.mean:{spec}} ± {self.sd:{spec}}"


class Runs(NamedTuple):
    """The single runs of a lesson: {data set: {"seconds", "machine", "results": {row: {metric: number}}}}."""

    lesson: str
    by_data: dict[str, dict[str, Any]]

    @classmethod
    def load(cls, lesson: str) -> Runs:
        """Return the runs of a lesson, none where none was stored."""
        return cls(lesson, _json(runs_file(lesson)))

    def of(self, data: str) -> dict[str, Any]:
        """Return the run on a data set.

        Raises:
            CourseError: If there is none.
        """
        if data not in self.by_data:
            raise CourseError(
                f"No run of {self.lesson} on {data} is stored. "
                f"Run: vae-course figures {self.lesson} --data {data}"
            )
        return self.by_data[data]

    def result(self, data: str, row: str, metric: str) -> float:
        """Return a number that the run on a data set reached."""
        where = f"the run of {self.lesson} on {data}"
        return _find(self.of(data)["results"], row, metric, where)


def runs_file(lesson: str) -> Path:
    """Return the file of a lesson's single runs."""
    return SOURCES / f"{lesson}{RUNS}"


def band(lesson: str, data: str, row: str, metric: str) -> Spread:
    """Return mean and spread of a result over several seeds.

    Args:
        lesson: Name of the lesson.
        data: "digits" or "mnist".
        row: Name of the row in the result card, or a part of it that fits no other row.
        metric: Name of the metric.

    Raises:
        CourseError: If nothing is stored under these names.
    """
    rows = _json(BANDS / f"{lesson}.json").get(data, {})
    found = _find(rows, row, metric, f"the bands of {lesson} on {data}")
    return Spread(found["mean"], found["sd"], found["n"])


def reproduced(row: str, metric: str) -> list[float]:
    """Return the values of a repeated published result, one for each seed of `vae-course reproduce`.

    Raises:
        CourseError: If nothing is stored under these names.
    """
    path = REPRODUCED / f"{row}.json"
    runs = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    values = [r["values"][metric] for r in runs if metric in r["values"]]
    if not values:
        raise CourseError(
            f"No {metric!r} of {row!r} is in {REPRODUCED}. Run: vae-course reproduce {row}"
        )
    return values


def stamp() -> int:
    """Return a number that changes when any stored result does; what was filled in before is stale then."""
    files = [*BANDS.glob("*.json"), *REPRODUCED.glob("*.json"), *SOURCES.glob(f"*{RUNS}")]
    return hash(tuple((f.name, f.parent.name, f.stat().st_mtime_ns) for f in sorted(files)))


def _find(rows: dict[str, dict[str, Any]], row: str, metric: str, where: str) -> Any:
    """Return rows[row][metric]; a part of the row's name is enough if it fits one row with that metric."""
    fits = [r for r in rows if r == row] or [r for r in rows if row in r and metric in rows[r]]
    if len(fits) != 1 or metric not in rows[fits[0]]:
        known = "; ".join(f"{r}: {', '.join(metrics)}" for r, metrics in rows.items()) or "nothing"
        said = "No" if not fits or len(fits) == 1 else f"{len(fits)} rows fit:"
        raise CourseError(f"{said} {row!r}, {metric!r} in {where}. Stored are: {known}.")
    return rows[fits[0]][metric]


def _json(path: Path) -> dict[str, Any]:
    """Return the content of a JSON file, {} where there is none."""
    return _read(path, path.stat().st_mtime_ns) if path.exists() else {}


@functools.lru_cache(maxsize=32)
def _read(path: Path, mtime: int) -> dict[str, Any]:
    """Read a JSON file once for each state of it."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise CourseError(
            f"{path}: is no JSON ({error}). Restore it from git, or measure again."
        ) from None
