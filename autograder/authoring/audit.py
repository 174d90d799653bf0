"""Count how often the hidden tests err on answers whose worth is known.

A false pass is a known wrong answer with full marks, a false fail a known right one without. The intervals
are exact (Clopper and Pearson): with no error in n answers, the 95 % interval still reaches about 3 / n.
An answer counts as passed or failed by mistake if that happened with any seed; runs count every seed, and say
how often chance alone decides.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
import torch
from scipy.stats import binomtest

from autograder.exercises.criteria import Outcome, derive_seed
from autograder.exercises.known_answers import Variant
from autograder.exercises.lookup import hidden_test, right_solutions, wrong_solutions
from autograder.source.lesson import Lesson, reference_namespace


@dataclass(frozen=True)
class Row:
    """Errors of one exercise's hidden test; `seeds` says how often each answer was tried.

    Attributes:
        false_passes: Wrong answers that passed with some seed.
        lucky: Runs of wrong answers that passed.
        false_fails: Right answers that lost a point with some seed.
        unlucky: Runs of right answers that lost a point.
        varying: Wrong answers whose score depends on the seed.
        criteria: How many criteria the hidden test has.
        rank: Rank of the table of wrong answers and criteria, with a 1 where the answer loses the criterion. It
            says how many independent ways of being wrong the criteria tell apart.
        errors: A line for each run that erred.
    """

    lesson: str
    exercise: str
    wrong: int
    false_passes: int
    right: int
    false_fails: int
    seeds: int = 1
    lucky: int = 0
    unlucky: int = 0
    varying: int = 0
    criteria: int = 0
    rank: int = 0
    errors: tuple[str, ...] = ()


def audit(lessons: list[str], seed: int = 0, seeds: int = 1, jobs: int = 1) -> Iterator[Row]:
    """Run the hidden tests of lessons on every known answer; one row per exercise, in order.

    Args:
        lessons: Names of the lessons.
        seed: Decides the random inputs.
        seeds: How many seeds, beginning with that one.
        jobs: Number of processes.
    """
    exercises = [(name, e) for name in lessons for e in Lesson.load(name).exercises]
    numbers = range(seed, seed + seeds)
    context = get_context("spawn")  # torch has threads by now
    with ProcessPoolExecutor(jobs, context, torch.set_num_threads, (1,)) as pool:
        waiting = [pool.submit(_audit, *exercise, numbers) for exercise in exercises]
        try:
            yield from (row.result() for row in waiting)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _audit(lesson: str, exercise: str, seeds: range) -> Row:
    wrong, right = wrong_solutions(lesson).of(exercise), right_solutions(lesson).of(exercise)
    false_passes, lucky, false_fails, unlucky, varying = 0, 0, 0, 0, 0
    errors = []
    criteria = [c.name for c in hidden_test(lesson, exercise).criteria]
    uncaught, ways = set(criteria), []
    for variant in wrong:
        lost = {seed: lost_criteria(variant, seed) for seed in seeds}
        passed = [seed for seed in seeds if not lost[seed]]
        uncaught -= {o.name for outcomes in lost.values() for o in outcomes}
        errors += [f"{lesson} {exercise} {variant.id}, seed {seed}: passed" for seed in passed]
        false_passes += bool(passed)
        lucky += len(passed)
        names: list[set[str]] = [{o.name for o in outcomes} for outcomes in lost.values()]
        ways.append([name in names[0] for name in criteria])
        if len({sum(o.points for o in outcomes) for outcomes in lost.values()}) > 1:
            varying += 1
            sometimes = ", ".join(sorted(names[0].union(*names) - names[0].intersection(*names)))
            errors.append(f"{lesson} {exercise} {variant.id}: the seed decides about {sometimes}")
    errors += [f"{lesson} {exercise}: {c} catches no known wrong answer" for c in sorted(uncaught)]
    for variant in right:
        lost = {seed: outcomes for seed in seeds if (outcomes := lost_criteria(variant, seed))}
        for seed, outcomes in lost.items():
            what = f"{lesson} {exercise} {variant.id}, seed {seed}"
            errors += [f"{what}: {o.name}: {o.message}" for o in outcomes]
        false_fails += bool(lost)
        unlucky += len(lost)
    return Row(
        lesson,
        exercise,
        wrong=len(wrong),
        false_passes=false_passes,
        right=len(right),
        false_fails=false_fails,
        seeds=len(seeds),
        lucky=lucky,
        unlucky=unlucky,
        varying=varying,
        criteria=len(criteria),
        rank=int(np.linalg.matrix_rank(np.array(ways, dtype=float))) if ways else 0,
        errors=tuple(errors),
    )


def table(rows: list[Row]) -> str:
    """Return the rows as a Markdown table, with 95 % intervals and a total."""
    names = ["lesson", "exercise", "known wrong", "false passes", "known right", "false fails"]
    names += ["runs of wrong answers", "passed", "runs of right answers", "lost a point"]
    names += ["wrong answers whose score varies", "criteria", "rank"]
    head = f"| {' | '.join(names)} |\n{'|---' * len(names)}|"
    fields = ("wrong", "false_passes", "right", "false_fails", "lucky", "unlucky", "varying")
    sums = {f: sum(getattr(r, f) for r in rows) for f in (*fields, "criteria", "rank")}
    total = Row("all", f"{len(rows)} exercises", seeds=rows[0].seeds, **sums)
    return "\n".join([head, *map(_line, [*rows, total])])


def interval(errors: int, n: int) -> tuple[float, float]:
    """Return Clopper and Pearson's 95 % interval of a rate; (0, 1) where nothing was tried."""
    if n == 0:
        return 0.0, 1.0
    found = binomtest(errors, n).proportion_ci(0.95, method="exact")
    return float(found.low), float(found.high)


def lost_criteria(variant: Variant, seed: int) -> list[Outcome]:
    """Return the criteria that an answer does not meet on inputs that `seed` draws."""
    reference = reference_namespace(variant.lesson)[variant.exercise]
    test = hidden_test(variant.lesson, variant.exercise)
    seed = derive_seed(seed, variant.lesson, variant.exercise, variant.id)
    silence = io.StringIO()  # some answers print, as learners' answers do
    with contextlib.redirect_stdout(silence), contextlib.redirect_stderr(silence):
        outcomes = test.run(variant.load(), reference, seed)
    if all(
        o.passed for o in outcomes
    ):  # as the judge, which asks for a name only where points are lost
        return []
    return [o for o in test.settled(outcomes, variant.loses) if not o.passed]


def _line(row: Row) -> str:
    wrong, right = row.wrong * row.seeds, row.right * row.seeds
    return (
        f"| {row.lesson} | {row.exercise} | {row.wrong} | {_rate(row.false_passes, row.wrong)} "
        f"| {row.right} | {_rate(row.false_fails, row.right)} "
        f"| {wrong} | {_rate(row.lucky, wrong)} | {right} | {_rate(row.unlucky, right)} | {row.varying} "
        f"| {row.criteria} | {row.rank} |"
    )


def _rate(errors: int, n: int) -> str:
    low, high = (f"{100 * bound:.2g}" for bound in interval(errors, n))
    return f"{errors} ({low} to {high} %)"
