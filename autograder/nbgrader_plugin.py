"""What nbgrader loads: an exporter that salvages, and preprocessors that judge instead of executing.

`nbgrader autograde`, formgrader's Autograde button and `vae-course grade` all come through here, so all
give the same verdict.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode, v4
from nbgrader.api import Gradebook
from nbgrader.converters.autograde import Autograde
from nbgrader.preprocessors import ClearHiddenTests, Execute, NbGraderPreprocessor, SaveAutoGrades
from sqlalchemy.exc import SAWarning
from traitlets import Bool
from traitlets.config import Config

from autograder.errors import CourseError
from autograder.journal import Journal
from autograder.judge import Verdict, judge
from autograder.lessons import Lesson, lesson_names
from autograder.report import explanation
from autograder.run import PlainWorker, Worker, open_worker
from autograder.salvage import Submission, blank, fit, normalise_cells, salvage

# By (lesson, student): the verdict, for the caller's table; what nbgrader's first pass repaired.
VERDICTS: dict[tuple[str, str], Verdict] = {}
_REPAIRS: dict[tuple[str, str], list[str]] = {}


def configure(config: Config) -> None:
    """Set everything that nbgrader needs to know about this course."""
    config.CourseDirectory.course_id = "vae-course"
    config.CourseDirectory.source_directory = "solutions"
    config.CourseDirectory.release_directory = "notebooks"
    config.Autograde.exporter_class = SalvagingExporter
    config.Autograde.autograde_preprocessors = [
        replacement
        for step in Autograde.class_traits()["autograde_preprocessors"].default()
        for replacement in _replace(step)
    ]


def _replace(step: type) -> list[type]:
    if step is Execute:
        return [Judge, ClearHiddenTests]
    return [step, SaveDiagnoses] if step is SaveAutoGrades else [step]


class SalvagingExporter(NotebookExporter):
    """Reads a submission of any shape as the lesson's notebook; never fails because of its content."""

    def from_filename(self, filename: str, resources: dict | None = None, **kwargs: Any) -> tuple:
        """Read, salvage and convert one file; other assignments than ours are read as usual."""
        name = (resources or {}).get("nbgrader", {}).get("assignment")
        if name not in lesson_names() or not getattr(self.parent, "_sanitizing", False):
            return super().from_filename(filename, resources=resources, **kwargs)
        submission = _salvage(Path(filename), Lesson.load(name))
        info = resources["nbgrader"]
        _REPAIRS[info["assignment"], info["student"]] = submission.repairs
        for repair in submission.repairs:
            self.log.warning("%s: %s", filename, repair)
        if submission.repairs:
            notes = "\n".join(f"- {repair}" for repair in submission.repairs)
            note = v4.new_markdown_cell(f"**Notes of the grader**\n\n{notes}", id="grader-notes")
            submission.notebook.cells.insert(0, note)
        return self.from_notebook_node(submission.notebook, resources=resources, **kwargs)


def _salvage(path: Path, lesson: Lesson) -> Submission:
    try:
        if path.is_symlink():
            raise CourseError("The file was a link to another file; links are not read.")
        return salvage(path, lesson)
    except CourseError as error:
        return blank(lesson, str(error).replace(str(path), path.name))


class Judge(NbGraderPreprocessor):
    """In the place of nbgrader's Execute: grades the notebook and writes outcomes below the check cells."""

    sandbox = Bool(True, help="Whether learners' code must be isolated.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Grade one notebook."""
        info = resources["nbgrader"]
        if info["assignment"] not in lesson_names():
            return Execute(parent=self.parent).preprocess(nb, resources)
        submission = fit(normalise_cells(nb.cells), Lesson.load(info["assignment"]))
        key = info["assignment"], info["student"]
        submission.repairs = _REPAIRS.get(key, [])
        verdict = _journal().verdict(submission, lambda: judge(submission, _worker(self.sandbox)))
        VERDICTS[key] = verdict
        resources["vae_course_verdict"] = verdict
        exercises = {f"test_{e.name}": e for e in verdict.exercises}
        for cell in nb.cells:
            exercise = exercises.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
            if exercise is not None and cell.cell_type == "code":
                cell.outputs = [
                    v4.new_output("stream", name="stdout", text=explanation(exercise) + "\n"),
                    v4.new_output("execute_result", data={"text/plain": repr(exercise.score)}),
                ]
        return nb, resources


class SaveDiagnoses(NbGraderPreprocessor):
    """Put the diagnosis of an exercise into nbgrader's comment on its cell, where people look for it."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Write the comments of one submission."""
        verdict = resources.get("vae_course_verdict")
        if verdict is None:
            return nb, resources
        info = resources["nbgrader"]
        with Gradebook(info["db_url"]) as gradebook:
            for exercise in verdict.exercises:
                if exercise.diagnosis is None:
                    continue
                comment = gradebook.find_comment(
                    exercise.name, info["notebook"], info["assignment"], info["student"]
                )
                comment.auto_comment = exercise.diagnosis["message"]
            gradebook.db.commit()
        return nb, resources


@functools.cache
def _worker(sandbox: bool) -> Worker | PlainWorker:
    worker = open_worker(sandbox=sandbox)
    atexit.register(worker.__exit__)
    return worker


_JOURNALS: list[Journal] = []


def use_journal(journal: Journal | None) -> None:
    """Look verdicts up in this journal first, and keep new ones there; None forgets it."""
    _JOURNALS[:] = [journal] if journal else []


def _journal() -> Journal:
    return _JOURNALS[0] if _JOURNALS else Journal(None)


@contextlib.contextmanager
def collected_errors(logger: logging.Logger) -> Iterator[list[str]]:
    """Keep nbgrader's log out of our own output, and collect its error lines."""
    errors: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: errors.append(record.getMessage())
    before = logger.handlers[:], logger.level, logger.propagate
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.ERROR)
    try:
        yield errors
    finally:
        logger.handlers, logger.propagate = before[0], before[2]
        logger.setLevel(before[1])


def _find_own_programs() -> None:
    """Put this environment's programs on the PATH: nbgrader calls `alembic` by name."""
    here = str(Path(sys.executable).parent)
    if here not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = here + os.pathsep + os.environ.get("PATH", "")


_find_own_programs()


def ignore_autoflush_warnings() -> None:
    """SQLAlchemy 2 warns about how nbgrader uses its sessions; nobody here can act on it."""
    warnings.filterwarnings("ignore", category=SAWarning)


ignore_autoflush_warnings()
