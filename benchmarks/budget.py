"""Measure how much longer than its budget a submission can hold a judge.

    python -m benchmarks.budget [--seconds 20] [--json]

Hands in the slow submissions of `tests/sandbox/slow.py` with a budget much smaller than the usual five minutes.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from autograder.grading.examine import prepare
from autograder.sandbox.worker import Worker
from tests.sandbox.slow import LESSON, SLOW, limits, seconds_for


def main() -> None:
    """Print a line per slow submission, the worst, and with --json as the last line JSON with "ratio"."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0, help="the budget")
    parser.add_argument("--json", action="store_true", help="last line: JSON with the ratio")
    options = parser.parse_args()
    worst = 0.0
    with Worker(limits(options.seconds)) as worker, tempfile.TemporaryDirectory() as folder:
        prepare(LESSON.name)
        for name, make in SLOW.items():
            place = Path(folder, name.replace(" ", "-"))
            place.mkdir()
            seconds, _ = seconds_for(make(), worker, place)
            worst = max(worst, seconds)
            print(f"{seconds:6.1f} s  {name}", flush=True)
    ratio = worst / options.seconds
    print(f"slowest: {worst:.1f} s, {ratio:.2f} of the budget of {options.seconds:g} s")
    if options.json:
        print(json.dumps({"ratio": ratio, "slowest_seconds": worst}))


if __name__ == "__main__":
    main()
