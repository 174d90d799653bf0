"""Run every hidden test many times on right answers: chance must never take a point.

    python -m benchmarks.luck [LESSON ...] [--runs 1000] [--each] [--seed 1] [--jobs 2]

The runs of an exercise are shared evenly by its reference and its known right answers; with --each, every
answer gets as many. Each run has inputs of its own. Prints every run that lost a point with its seed (`--seed
N --runs 1 --each` repeats it), and for each lesson an upper bound of the rate at which a right answer loses a
point (one-sided, 95 %, Clopper and Pearson).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context

import torch
from rich.progress import track
from scipy.stats import beta

from autograder.authoring.audit import lost_criteria
from autograder.exercises.known_answers import Variant
from autograder.exercises.lookup import right_solutions
from autograder.source.lesson import Lesson, lesson_names

PIECE = 50  # runs that one task of the pool does: small enough for the progress bar to move


@dataclass(frozen=True)
class Piece:
    """Runs of one right answer, the first and the last seed (not included)."""

    variant: Variant
    first: int
    last: int


def answers_of(lesson: str, exercise: str) -> list[Variant]:
    """Return the reference and the known right answers of an exercise."""
    solution = Lesson.load(lesson).exercise_cell(exercise).solution
    reference = Variant(lesson, exercise, "reference", "", solution)
    return [reference, *right_solutions(lesson).of(exercise)]


def pieces(lesson: str, runs: int, seed: int, each: bool) -> Iterator[Piece]:
    """Yield the runs of all exercises of a lesson in pieces."""
    for exercise in Lesson.load(lesson).exercises:
        answers = answers_of(lesson, exercise)
        share = runs if each else -(-runs // len(answers))
        for variant in answers:
            for first in range(seed, seed + share, PIECE):
                yield Piece(variant, first, min(first + PIECE, seed + share))


def unlucky(piece: Piece) -> list[str]:
    """Return a line for each run of a piece that lost a point."""
    lines = []
    for seed in range(piece.first, piece.last):
        v = piece.variant
        for o in lost_criteria(v, seed):
            lines.append(f"{v.lesson} {v.exercise} {v.id}, seed {seed}: {o.name}: {o.message}")
    return lines


def upper_bound(errors: int, runs: int) -> float:
    """Return the one-sided 95 % upper bound of an error rate."""
    return 1.0 if errors == runs else float(beta.ppf(0.95, errors + 1, runs - errors))


def main() -> None:
    """Print the runs that lost a point, then a line for each lesson."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lessons", nargs="*", help="lessons, as in 02_vae; every lesson without")
    parser.add_argument("--runs", type=int, default=1000, help="runs of an exercise")
    parser.add_argument("--each", action="store_true", help="as many runs of each right answer")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    options = parser.parse_args()
    if strange := set(options.lessons) - set(lesson_names()):
        parser.error(f"no such lesson: {', '.join(sorted(strange))}")
    failed = 0
    context = get_context("spawn")  # torch has threads by now
    with ProcessPoolExecutor(options.jobs, context, torch.set_num_threads, (1,)) as pool:
        for lesson in options.lessons or lesson_names():
            waiting = {
                pool.submit(unlucky, piece): piece
                for piece in pieces(lesson, options.runs, options.seed, options.each)
            }
            erred = 0
            for done in track(as_completed(waiting), lesson, total=len(waiting), transient=True):
                lines = done.result()
                erred += len({line.split(": ")[0] for line in lines})
                print(*lines, sep="\n", end="\n" * bool(lines), flush=True)
            runs = sum(piece.last - piece.first for piece in waiting.values())
            bound = f"at most {upper_bound(erred, runs):.2g}"
            print(f"{lesson}: {erred} of {runs:,} runs lost a point (rate {bound})", flush=True)
            failed += erred
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
