"""Grade each known right answer beside a wrong answer to each exercise before it.

    python -m benchmarks.pairs [--lesson 01_elbo] [--jobs 2]

One mistake should cost one exercise. Of each earlier exercise the first known wrong answer is taken. Prints the
right answers that lost a point, and the number of pairs.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import nbformat
import torch

from autograder.authoring.submissions import make_submission, reference_answers
from autograder.exercises.lookup import right_solutions, wrong_solutions
from autograder.grading.examine import prepare
from autograder.grading.judge import judge
from autograder.grading.salvage import salvage
from autograder.sandbox.isolation import isolation
from autograder.sandbox.worker import open_worker
from autograder.source.lesson import Lesson, lesson_names

Pair = tuple[str, str, str, str]  # lesson, exercise, id of its right answer, the earlier exercise


def pairs_of(lesson: str) -> Iterator[Pair]:
    """Yield each known right answer of a lesson with each exercise before it that has a known wrong answer."""
    names = list(Lesson.load(lesson).exercises)
    for variant in right_solutions(lesson).variants:
        for earlier in names[: names.index(variant.exercise)]:
            if wrong_solutions(lesson).of(earlier):
                yield lesson, variant.exercise, variant.id, earlier


def lost(pairs: list[Pair]) -> list[tuple[Pair, str]]:
    """Grade pairs of one lesson; return those whose right answer lost a point, and what was said of it."""
    torch.set_num_threads(1)
    lesson = Lesson.load(pairs[0][0])
    prepare(lesson.name)
    found = []
    with open_worker(sandbox=isolation().enough) as worker, tempfile.TemporaryDirectory() as place:
        for pair in pairs:
            _, exercise, variant, earlier = pair
            right = next(v for v in right_solutions(lesson.name).of(exercise) if v.id == variant)
            wrong = wrong_solutions(lesson.name).of(earlier)[0]
            answers = reference_answers(lesson)
            answers |= {exercise: right.source, earlier: wrong.source}
            path = Path(place, f"{lesson.name}.ipynb")
            nbformat.write(make_submission(lesson, answers), path)
            verdict = judge(salvage(path, lesson), worker).of(exercise)
            if verdict.score < verdict.max_score:
                message = (verdict.diagnosis or {"message": ""})["message"]
                found.append((pair, f"{verdict.score:g} of {verdict.max_score:g}: {message}"))
    return found


def main() -> None:
    """Print each pair that lost a point, and the number of all."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--lesson", help="one lesson only, as in 02_vae")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    options = parser.parse_args()
    lessons = [options.lesson] if options.lesson else lesson_names()
    everything = [list(pairs_of(name)) for name in lessons]
    pieces = [pairs[i : i + 20] for pairs in everything for i in range(0, len(pairs), 20)]
    number = 0
    with ProcessPoolExecutor(options.jobs, get_context("spawn")) as pool:
        for found in pool.map(lost, pieces):
            for pair, message in found:
                print(*pair, message, flush=True)
            number += len(found)
    print(f"{number} of {sum(map(len, pieces))} pairs lost a point")


if __name__ == "__main__":
    main()
