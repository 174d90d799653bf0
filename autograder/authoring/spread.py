"""Spread: measure how far the numbers of fingerprints differ between processors and versions.

One row per cell, that is per environment, instruction set and number of threads, with the largest difference
of each lesson. Run `vae-course spread` in every environment at hand: each replaces its own rows.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import torch

from autograder.authoring import build
from autograder.errors import CourseError
from autograder.source.lesson import Lesson

SETTINGS = [  # of PyTorch, of Intel's library for matrices, and the number of threads
    {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE"},  # as on another maker's processor
    {"ATEN_CPU_CAPABILITY": "avx2"},
    {},
    {"OMP_NUM_THREADS": "2"},
]
LIMIT = 0.01  # of a check's tolerance; more is no rounding


def measure(lessons: list[str]) -> Iterator[tuple[str, dict[str, float]]]:
    """Compare fresh observations with the stored ones in the cells of this environment, and store the spread.

    Yields:
        Each cell with the largest difference by lesson, in the unit of `build.apart`, once it is stored.

    Raises:
        CourseError: If an exercise differs by more than rounding.
    """
    for setting in SETTINGS:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", **setting}
        command = [sys.executable, "-m", __name__, *lessons]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
        where, found = json.loads(done.stdout.splitlines()[-1])  # known mistakes may print
        for lesson, exercises in found.items():
            worst = max(exercises, key=exercises.get)
            if exercises[worst] > LIMIT:
                raise CourseError(
                    f"{lesson}: {worst!r} differs by {exercises[worst]:.2g} tolerances from its fingerprint "
                    f"with {where}. Run `vae-course build` if its code changed; otherwise its check looks at "
                    "something that rounding decides."
                )
        row = {lesson: float(f"{max(e.values()):.1e}") for lesson, e in found.items()}
        rows = build.spread()
        rows[where] = dict(sorted({**rows.get(where, {}), **row}.items()))
        text = json.dumps(dict(sorted(rows.items())), indent=1) + "\n"
        build.write_atomically(build.SPREAD, text.encode())
        yield where, row


def cell() -> str:
    """Say which versions, instruction set and number of threads this process runs with."""
    return ", ".join(
        [
            f"Python {platform.python_version()}",
            f"PyTorch {torch.__version__.split('+')[0]}",
            f"NumPy {np.__version__}",
            f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}",
            f"threads: {torch.get_num_threads()}",
        ]
    )


def _differences(lesson: str) -> dict[str, float]:
    """Return the largest difference of each exercise from its stored fingerprint."""
    fresh, old = build.observed(Lesson.load(lesson)), build.stored(lesson)
    return {name: max(_apart(entry, old.get(name))) for name, entry in fresh.items()}


def _apart(entry: dict, old: dict | None) -> list[float]:
    """Return how far each run of an exercise is from the stored one."""
    before = build.runs(old) if old else {}
    return [build.apart(seen, before.get(id, [])) for id, seen in build.runs(entry).items()]


if __name__ == "__main__":
    print(json.dumps([cell(), {name: _differences(name) for name in sys.argv[1:]}]))
