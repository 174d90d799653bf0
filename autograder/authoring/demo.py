"""The demo: a class of known right, wrong, half-finished and untouched answers, graded before your eyes."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from autograder.authoring.build import build
from autograder.authoring.submissions import (
    hand_in,
    make_submission,
    reference_answers,
    strip_metadata,
)
from autograder.classes.grade_class import grade_class
from autograder.errors import CourseError
from autograder.exercises.known_answers import Variant
from autograder.exercises.lookup import right_solutions, wrong_solutions
from autograder.sandbox.isolation import isolation
from autograder.source.lesson import Lesson, lesson_names

MARK = ".made-by-vae-course-demo"


def run_demo(folder: Path, jobs: int = 1) -> None:
    """Build the lessons, make a class, grade it and write feedback pages.

    Args:
        folder: Where the class is made; an earlier demo there is replaced.
        jobs: Number of judge processes.

    Raises:
        CourseError: If the folder holds anything else than an earlier demo.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise CourseError(
            f"{folder}: not empty and not an earlier demo. Name another one with --folder."
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARK).touch()
    build(lesson_names())
    for name in lesson_names():
        lesson = Lesson.load(name)
        for student, notebook in _classroom(lesson):
            hand_in(notebook, folder, student, lesson)
        isolated = isolation().enough  # its submissions are our own
        grade_class(name, folder, sandbox=isolated, jobs=jobs)
    page = folder / "feedback" / "03-mistakes-a" / lesson_names()[0] / f"{lesson_names()[0]}.html"
    print(f"open a feedback page in your browser: {page}")


def _classroom(lesson: Lesson) -> Iterator[tuple[str, NotebookNode]]:
    """(student, notebook) for at least twelve students; the name says what was handed in."""
    reference = reference_answers(lesson)
    yield "01-reference", make_submission(lesson, reference)
    yield (
        "02-other-right",
        make_submission(lesson, reference | _pick(right_solutions(lesson.name).variants, 0)),
    )
    wrong = wrong_solutions(lesson.name).variants
    for number, letter in enumerate(("a", "b", "c", "d"), start=3):
        mistakes = _pick(wrong, number - 3)
        some = dict(list(mistakes.items())[number % 2 :: 2])
        yield f"{number:02d}-mistakes-{letter}", make_submission(lesson, reference | some)
    yield "07-all-wrong", make_submission(lesson, reference | _pick(wrong, 5))
    half = list(reference)[: len(reference) // 2]
    yield "08-half-finished", make_submission(lesson, {name: reference[name] for name in half})
    yield "09-untouched", make_submission(lesson, {})
    yield (
        "10-colab",
        strip_metadata(
            make_submission(lesson, reference | _pick(right_solutions(lesson.name).variants, 1))
        ),
    )
    deleted = make_submission(lesson, reference)
    deleted.cells = [c for c in deleted.cells if half[0] not in _grade_id(c)]
    yield "11-deleted-a-cell", deleted
    broken = {half[-1]: f"{reference[half[-1]]}\n)"}
    yield "12-syntax-error", make_submission(lesson, reference | broken)
    if sys.platform != "linux":  # nothing there to survive it
        return
    leaves = {half[-1]: f"import os\nos._exit(0)\n{reference[half[-1]]}"}
    yield "13-kills-python", make_submission(lesson, reference | leaves)


def _pick(variants: list[Variant], number: int) -> dict[str, str]:
    """The text of the variant with this number, per exercise; counts round."""
    by_exercise: dict[str, list[Variant]] = {}
    for variant in variants:
        by_exercise.setdefault(variant.exercise, []).append(variant)
    return {name: vs[number % len(vs)].source for name, vs in by_exercise.items()}


def _grade_id(cell: NotebookNode) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")
