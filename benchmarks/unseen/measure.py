"""Grade the answers of a round, and count the errors."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import nbformat
import torch

from autograder.authoring.audit import interval
from autograder.authoring.submissions import make_submission, reference_answers
from autograder.grading.examine import prepare
from autograder.grading.judge import judge
from autograder.grading.salvage import salvage
from autograder.sandbox.isolation import isolation
from autograder.sandbox.worker import open_worker
from autograder.source.lesson import Lesson

HERE = Path(__file__).parent
HEAD = re.compile(r"^# %% (wrong|right) \| (\w+) \| ([\w-]+) \| (.+)$", flags=re.M)


@dataclass(frozen=True)
class Answer:
    """One answer: its lesson and exercise, whether it is right, and what its author says of it."""

    lesson: str
    exercise: str
    id: str
    right: bool
    about: str
    source: str


@dataclass(frozen=True)
class Graded:
    """What grading said of an answer; `named` is the id of a known mistake, "" if none was recognised."""

    lesson: str
    exercise: str
    id: str
    right: bool
    about: str
    score: float
    max_score: float
    named: str
    message: str


def answers_of(round_number: int, lesson: str) -> list[Answer]:
    """Return the answers of a round to the exercises of a lesson.

    Raises:
        ValueError: If two answers to one exercise have one id, or an exercise is none of the lesson.
    """
    path = HERE / f"round_{round_number}" / f"{lesson}.py"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    heads = list(HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    found = [
        Answer(lesson, h[2], h[3], h[1] == "right", h[4], text[h.end() : end].strip("\n"))
        for h, end in zip(heads, ends, strict=True)
    ]
    twice = [key for key, n in Counter((a.exercise, a.id) for a in found).items() if n > 1]
    strange = {a.exercise for a in found} - set(Lesson.load(lesson).exercises)
    if twice or strange:
        raise ValueError(f"{path}: {twice or strange}")
    return found


def grade(answers: list[Answer]) -> list[Graded]:
    """Grade answers to one lesson, each in a notebook in which the others are right."""
    torch.set_num_threads(1)
    lesson = Lesson.load(answers[0].lesson)
    prepare(lesson.name)
    results = []
    with open_worker(sandbox=isolation().enough) as worker, tempfile.TemporaryDirectory() as place:
        for answer in answers:
            path = Path(place, f"{lesson.name}.ipynb")
            texts = reference_answers(lesson) | {answer.exercise: answer.source}
            nbformat.write(make_submission(lesson, texts), path)
            verdict = judge(salvage(path, lesson), worker).of(answer.exercise)
            diagnosis = verdict.diagnosis or {"id": "", "message": ""}
            named = diagnosis["id"]
            if named.startswith("failed-") or named in ("cell-error", "raise-left", verdict.status):
                named = ""
            results.append(
                Graded(
                    answer.lesson,
                    answer.exercise,
                    answer.id,
                    answer.right,
                    answer.about,
                    verdict.score,
                    verdict.max_score,
                    named,
                    diagnosis["message"],
                )
            )
    return results


def graded(answers: list[Answer], jobs: int) -> Iterator[Graded]:
    """Grade answers of any lessons; results come in pieces, lesson by lesson."""
    pieces = [
        [a for a in answers if a.lesson == name][i : i + 40]
        for name in dict.fromkeys(a.lesson for a in answers)
        for i in range(0, sum(a.lesson == name for a in answers), 40)
    ]
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        for done in pool.map(grade, pieces):
            yield from done


def table(results: list[Graded], names: dict[str, bool]) -> str:
    """Return counts with 95 % intervals (Clopper and Pearson) as a Markdown table.

    Args:
        results: Graded answers.
        names: By "lesson exercise id", whether the name given to a wrong answer is true of it.
    """
    wrong = [r for r in results if not r.right]
    right = [r for r in results if r.right]
    named = [r for r in wrong if r.named]
    judged = [r for r in named if f"{r.lesson} {r.exercise} {r.id}" in names]
    true = [r for r in judged if names[f"{r.lesson} {r.exercise} {r.id}"]]
    rows = [
        ("wrong answers with full marks", sum(r.score == r.max_score for r in wrong), len(wrong)),
        ("right answers that lost a point", sum(r.score < r.max_score for r in right), len(right)),
        ("wrong answers with a name", len(named), len(wrong)),
        ("names that are true", len(true), len(judged)),
        ("wrong answers named rightly", len(true), len(wrong)),
    ]
    lines = ["| | number | of | 95 % interval |", "|---|---|---|---|"]
    for what, number, of in rows:
        low, high = (
            f"{100 * bound:.{2 if bound < 0.995 else 3}g}" for bound in interval(number, of)
        )
        lines.append(f"| {what} | {number} | {of} | {low} to {high} % |")
    return "\n".join(lines)
