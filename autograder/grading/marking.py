"""Marking: write a verdict into the submission's notebook, in the way of nbgrader's preprocessors."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import html
import re
from dataclasses import dataclass

from nbformat import NotebookNode, v4
from nbgrader import utils

from autograder.grading.judge import ExerciseVerdict, Verdict
from autograder.grading.report import explanation
from autograder.grading.salvage import NOTES_ID, Submission
from autograder.source.lesson import Lesson
from autograder.source.names import Names
from autograder.source.release import notebook_text, reference_notebook

RECORD = "vae_course"  # in the metadata of an output below a check: the verdict as data


@dataclass(frozen=True)
class Marked:
    """A graded notebook, as the gradebook and the autograded file will hold it.

    Attributes:
        verdict: The verdict that it shows.
        text: Text of the autograded notebook's file.
        scores: Points of each grade cell by its grade_id; None where a person must grade.
        comments: The grader's comment on each solution cell by its grade_id, None for no comment.
        answers: A digest of the text that each grade cell's points are for, by its grade_id.
    """

    verdict: Verdict
    text: str
    scores: dict[str, float | None]
    comments: dict[str, str | None]
    answers: dict[str, str]


def mark(submission: Submission, verdict: Verdict) -> Marked:
    """Write a verdict into a submission's notebook, which is changed in place."""
    notebook = submission.notebook
    show_repairs(notebook, verdict.repairs)
    show_outcomes(notebook, verdict, submission.lesson)
    scores, comments = {}, {}
    for cell in _graded(notebook):
        metadata = cell.metadata.nbgrader
        if metadata.locked:
            # nbgrader stores the checksum of the cell in the source notebook, with its hidden tests.
            lesson = submission.lesson
            metadata.checksum = _source_checksums(lesson.name, lesson.names)[metadata.grade_id]
        if utils.is_grade(cell):
            scores[metadata.grade_id] = utils.determine_grade(cell)[0]
        if utils.is_solution(cell):
            untouched = metadata.checksum == utils.compute_checksum(cell)
            comments[metadata.grade_id] = "No response." if untouched else None
    comments.update(diagnoses(verdict))
    return Marked(verdict, notebook_text(notebook), scores, comments, answer_digests(notebook))


def answer_digests(notebook: NotebookNode) -> dict[str, str]:
    """Return a digest of the text that each grade cell's points are for: its own, or that of its exercise."""
    texts = {c.metadata.nbgrader.grade_id: _text_and_pictures(c) for c in _graded(notebook)}
    grades = [c.metadata.nbgrader.grade_id for c in _graded(notebook) if utils.is_grade(c)]
    answers = {id: texts.get(id.removeprefix("test_"), texts[id]) for id in grades}
    return {
        id: hashlib.sha256(text.strip().encode("utf-8", "surrogatepass")).hexdigest()[:16]
        for id, text in answers.items()
    }


def _text_and_pictures(cell: NotebookNode) -> str:
    pasted = cell.get("attachments") or {}
    return f"{cell.source}\n{sorted(pasted.items())}" if pasted else str(cell.source)


@functools.cache
def _source_checksums(lesson: str, names: Names) -> dict[str, str]:
    """Return the checksum of each graded cell of the reference notebook by its grade_id."""
    cells = _graded(reference_notebook(Lesson.load(lesson, names)))
    return {c.metadata.nbgrader.grade_id: utils.compute_checksum(c) for c in cells}


def _graded(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the cells that nbgrader knows: exercises, checks and written answers."""
    return [cell for cell in notebook.cells if "nbgrader" in cell.metadata]


def show_repairs(notebook: NotebookNode, repairs: list[str]) -> None:
    """Add a cell at the top that says what had to be repaired, in the place of an earlier one."""
    if notebook.cells and notebook.cells[0].id == NOTES_ID:
        del notebook.cells[0]
    if repairs:
        notes = "\n".join(f"<li>{as_html(repair)}</li>" for repair in repairs)
        text = f"**Notes of the grader**\n\n<ul>\n{notes}\n</ul>"
        notebook.cells.insert(0, v4.new_markdown_cell(text, id=NOTES_ID))


def as_html(text: str) -> str:
    """Return text as HTML that shows it as it is; `code` stands out.

    Neither Markdown nor a formula begins in it: each `$` and each backslash stands in an element of its own.
    """
    safe = re.sub(r"([$\\])", r"<span>\1</span>", html.escape(text))
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", safe).replace("\n", "<br>")


def show_outcomes(notebook: NotebookNode, verdict: Verdict, lesson: Lesson) -> None:
    """Write each exercise's verdict and points into its check cell's outputs, where nbgrader reads them."""
    exercises = {f"test_{e.name}": e for e in verdict.exercises}
    for cell in notebook.cells:
        exercise = exercises.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if exercise is not None and cell.cell_type == "code":
            points = v4.new_output("execute_result", data={"text/plain": repr(exercise.score)})
            points.metadata[RECORD] = dataclasses.asdict(exercise)
            said = explanation(exercise, lesson.called(exercise.name))
            text = v4.new_output("stream", name="stdout", text=f"{said}\n")
            cell.outputs = [text, points]


def outcomes_in(notebook: NotebookNode) -> list[ExerciseVerdict]:
    """Return the verdicts that `show_outcomes` has written into an autograded notebook, in its order.

    One of another version of the course, which recorded other things, is left out.
    """
    fields = {f.name for f in dataclasses.fields(ExerciseVerdict)}
    return [
        ExerciseVerdict(**output.metadata[RECORD])
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("locked")
        for output in cell.get("outputs", [])
        if set(output.get("metadata", {}).get(RECORD, {})) == fields
    ]


def diagnoses(verdict: Verdict) -> dict[str, str]:
    """Return the message of each diagnosis by its exercise: nbgrader's comment on the exercise's cell."""
    return {e.name: e.diagnosis["message"] for e in verdict.exercises if e.diagnosis is not None}
