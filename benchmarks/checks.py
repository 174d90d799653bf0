"""How long a visible check takes: the learner waits for it, so the promise is under 0.3 s.

Run: python benchmarks/checks.py [--json]
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

PROMISE = 0.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="last line: JSON with the ratio")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    worst = 0.0
    for lesson in lesson_names():
        namespace = reference_namespace(lesson)
        for name in Lesson.load(lesson).exercises:
            seconds = statistics.median(
                once(lesson, name, namespace) for _ in range(arguments.runs)
            )
            worst = max(worst, seconds)
            print(f"{lesson} {name:26s} {1000 * seconds:6.1f} ms")
    print(f"slowest: {1000 * worst:.1f} ms, {worst / PROMISE:.2f} of the promised {PROMISE} s")
    if arguments.json:
        print(json.dumps({"ratio": worst / PROMISE, "slowest_seconds": worst}))


def once(lesson: str, name: str, namespace: dict) -> float:
    check = visible_check(lesson, name)
    started = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        check(namespace[name])
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
