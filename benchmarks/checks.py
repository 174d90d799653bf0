"""Measure how long each visible check takes. Learners wait for it, so less than 0.3 s is promised.

Run: python -m benchmarks.checks [--json]
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import statistics
import time

from autograder.exercises.lookup import visible_check
from autograder.source.lesson import Lesson, lesson_names, reference_namespace

PROMISED_SECONDS = 0.3


def main() -> None:
    """Print a line per check, the slowest, and with --json as the last line JSON with "ratio"."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="last line: JSON with the ratio")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    worst = 0.0
    for lesson in lesson_names():
        namespace = reference_namespace(lesson)
        for name in Lesson.load(lesson).exercises:
            seconds = statistics.median(
                time_check(lesson, name, namespace) for _ in range(arguments.runs)
            )
            worst = max(worst, seconds)
            print(f"{lesson} {name:26s} {1000 * seconds:6.1f} ms")
    ratio = worst / PROMISED_SECONDS
    print(f"slowest: {1000 * worst:.1f} ms, {ratio:.2f} of the promised {PROMISED_SECONDS} s")
    if arguments.json:
        print(json.dumps({"ratio": ratio, "slowest_seconds": worst}))


def time_check(lesson: str, name: str, namespace: dict) -> float:
    """Return the seconds that the visible check of an exercise takes on the reference solution."""
    check = visible_check(lesson, name)
    started = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        check(namespace[name])
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
