"""Grade every known answer in each cell of this environment, to see that no verdict depends on the machine.

A cell is an instruction set and a number of threads, as in `vae-course spread`. For each answer the criteria
that it does not meet and the mistake that is named are noted. Run it in every environment with the same file:
the first cell of the first run writes the notes, all others are compared with them.

Run: python -m benchmarks.cells FILE [--lesson LESSON ...] [--jobs N]
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from autograder.authoring.spread import SETTINGS, cell
from autograder.exercises.criteria import derive_seed
from autograder.exercises.lookup import hidden_test, right_solutions, wrong_solutions
from autograder.files import write_atomically
from autograder.grading.examine import diagnose
from autograder.source.lesson import Lesson, lesson_names, reference_namespace


def main() -> None:
    """Print a line per cell and one for each verdict that differs; exit with status 1 if one does."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path, help="the notes: written if missing, else compared with")
    parser.add_argument("--lesson", action="append", help="only this lesson; may be repeated")
    parser.add_argument("--jobs", type=int, default=2, help="number of processes")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    lessons = arguments.lesson or lesson_names()
    if arguments.here:
        print(json.dumps([cell(), dict(verdicts(lessons, arguments.jobs))]))
        return
    differing = 0
    print("| cell | wrong | passed | right | lost a point | verdicts that differ |")
    print("|---|---|---|---|---|---|", flush=True)
    for setting in SETTINGS:
        found = subprocess.run(
            [sys.executable, "-m", "benchmarks.cells", *sys.argv[1:], "--here"],
            env={**os.environ, "OMP_NUM_THREADS": "1", **setting},
            stdout=subprocess.PIPE,
            check=True,
        )
        where, notes = json.loads(found.stdout)
        if not arguments.file.exists():
            write_atomically(arguments.file, json.dumps(notes, indent=1).encode())
        before = json.loads(arguments.file.read_text())
        other = [answer for answer, verdict in notes.items() if before.get(answer) != verdict]
        wrong = [verdict for answer, verdict in notes.items() if "/wrong/" in answer]
        right = [verdict for answer, verdict in notes.items() if "/right/" in answer]
        passed, lost = sum(not v["lost"] for v in wrong), sum(bool(v["lost"]) for v in right)
        print(
            f"| {where} | {len(wrong)} | {passed} | {len(right)} | {lost} | {len(other)} |",
            flush=True,
        )
        for answer in other:
            print(f"{answer}: {before.get(answer)} before, {notes[answer]} here", file=sys.stderr)
        differing += len(other)
    sys.exit(bool(differing))


def verdicts(lessons: list[str], jobs: int) -> Iterator[tuple[str, dict]]:
    """Yield every known answer of lessons with its verdict: the criteria not met and the mistake named."""
    exercises = [(lesson, name) for lesson in lessons for name in Lesson.load(lesson).exercises]
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        for found in pool.map(_verdicts, *zip(*exercises, strict=True)):
            yield from found.items()


def _verdicts(lesson: str, exercise: str) -> dict[str, dict]:
    found = {}
    reference = reference_namespace(lesson)[exercise]
    test = hidden_test(lesson, exercise)
    for bank, known in (("wrong", wrong_solutions(lesson)), ("right", right_solutions(lesson))):
        for variant in known.of(exercise):
            seed = derive_seed(0, lesson, exercise, variant.id)
            with contextlib.redirect_stdout(io.StringIO()):
                outcomes = test.run(variant.load(), reference, seed)
                named = diagnose(lesson, exercise, variant.load(), seed)
            lost = [o.name for o in outcomes if not o.passed]
            found[f"{lesson}/{exercise}/{bank}/{variant.id}"] = {
                "lost": lost,
                "named": named and named["id"],
            }
    return found


if __name__ == "__main__":
    main()
