"""Marking: a verdict written into the notebook that it is about, as nbgrader's preprocessors would."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from nbformat import NotebookNode, v4
from nbgrader import utils

from autograder.grading.judge import Verdict
from autograder.grading.report import explanation
from autograder.grading.salvage import Submission
from autograder.source.lesson import Lesson
from autograder.source.release import reference_notebook, write_text


@dataclass(frozen=True)
class Marked:
    """A graded notebook: what the gradebook and the autograded file will hold.

    Attributes:
        verdict: The verdict that it shows.
        text: The autograded notebook.
        scores: Points of each grade cell by its grade_id; None waits for a person.
        comments: Comment of the grader on each solution cell by its grade_id, or None.
    """

    verdict: Verdict
    text: str
    scores: dict[str, float | None]
    comments: dict[str, str | None]


def mark(submission: Submission, verdict: Verdict) -> Marked:
    """Write a verdict into a submission's notebook."""
    notebook = submission.notebook
    show_repairs(notebook, submission.repairs)
    show_outcomes(notebook, verdict)
    scores, comments = {}, {}
    for cell in _graded(notebook):
        if (
            cell.metadata.nbgrader.locked
        ):  # nbgrader notes the sum of its source, hidden tests included
            sums = _sums_of_source(submission.lesson.name)
            cell.metadata.nbgrader.checksum = sums[cell.metadata.nbgrader.grade_id]
        if utils.is_grade(cell):
            scores[cell.metadata.nbgrader.grade_id] = utils.determine_grade(cell)[0]
        if utils.is_solution(cell):
            untouched = cell.metadata.nbgrader.checksum == utils.compute_checksum(cell)
            comments[cell.metadata.nbgrader.grade_id] = "No response." if untouched else None
    comments.update(diagnoses(verdict))
    return Marked(verdict, write_text(notebook), scores, comments)


@functools.cache
def _sums_of_source(lesson: str) -> dict[str, str]:
    """Checksum of each graded cell of the reference notebook."""
    cells = _graded(reference_notebook(Lesson.load(lesson)))
    return {c.metadata.nbgrader.grade_id: utils.compute_checksum(c) for c in cells}


def _graded(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if "nbgrader" in cell.metadata]


def show_repairs(notebook: NotebookNode, repairs: list[str]) -> None:
    """Say at the top what had to be repaired."""
    if repairs:
        notes = "\n".join(f"- {repair}" for repair in repairs)
        text = f"**Notes of the grader**\n\n{notes}"
        notebook.cells.insert(0, v4.new_markdown_cell(text, id="grader-notes"))


def show_outcomes(notebook: NotebookNode, verdict: Verdict) -> None:
    """Write the outcome of each exercise below its check cell, and its points where nbgrader reads them."""
    exercises = {f"test_{e.name}": e for e in verdict.exercises}
    for cell in notebook.cells:
        exercise = exercises.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if exercise is not None and cell.cell_type == "code":
            cell.outputs = [
                v4.new_output("stream", name="stdout", text=explanation(exercise) + "\n"),
                v4.new_output("execute_result", data={"text/plain": repr(exercise.score)}),
            ]


def diagnoses(verdict: Verdict) -> dict[str, str]:
    """The diagnosis of each exercise that has one: nbgrader's comment on its cell."""
    return {e.name: e.diagnosis["message"] for e in verdict.exercises if e.diagnosis is not None}
