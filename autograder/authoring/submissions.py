"""Make submissions: a released notebook with answers filled in. For the demo, the tests and the audit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.files import write_atomically
from autograder.source.lesson import Lesson
from autograder.source.release import notebook_text, release_text


def make_submission(lesson: Lesson, answers: Mapping[str, str]) -> NotebookNode:
    """Return the student notebook with the text of some exercise cells replaced.

    Args:
        lesson: The lesson.
        answers: Text by exercise; the others stay untouched.
    """
    notebook = nbformat.reads(release_text(lesson), as_version=4)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in answers:
            cell.source = answers[grade_id]
    return notebook


def reference_answers(lesson: Lesson) -> dict[str, str]:
    """Return the reference solution of every exercise, as learners would have written it."""
    return {name: lesson.exercise_cell(name).solution for name in lesson.exercises}


def strip_metadata(notebook: NotebookNode) -> NotebookNode:
    """Return what some editors leave of a notebook: no nbgrader metadata, no tags, no cell ids."""
    data = json.loads(nbformat.writes(notebook))
    for cell in data["cells"]:
        cell["metadata"] = {}
        cell.pop("id", None)
    data["nbformat_minor"] = 0
    return nbformat.reads(json.dumps(data), as_version=4)


def hand_in(notebook: NotebookNode, course: Path, student: str, lesson: Lesson) -> Path:
    """Write a notebook where nbgrader looks for a student's submission; return the file."""
    path = course / "submitted" / student / lesson.name / f"{lesson.name}.ipynb"
    write_atomically(path, notebook_text(notebook).encode())
    return path
