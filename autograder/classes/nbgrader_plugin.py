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
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter, HTMLExporter, NotebookExporter
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters.autograde import Autograde
from nbgrader.preprocessors import (
    AssignLatePenalties,
    ClearHiddenTests,
    Execute,
    NbGraderPreprocessor,
    SaveAutoGrades,
)
from sqlalchemy.exc import SAWarning
from traitlets import Bool, Unicode
from traitlets.config import Config

from autograder.classes import page_policy
from autograder.classes.course_folder.late_policy import LatePolicy
from autograder.classes.course_folder.settings import Settings, lesson_of, read_settings
from autograder.classes.feedback.page import feedback_page
from autograder.classes.feedback.safe import Comment, markdown_made_safe
from autograder.classes.results.nbgrader_steps import KeepAttempt, KeepDeadline, SaveGrades
from autograder.errors import CourseError
from autograder.files import ROOT
from autograder.grading.judge import judge
from autograder.grading.marking import diagnoses, show_outcomes, show_repairs
from autograder.grading.reading import normalise_cells
from autograder.grading.salvage import Submission, fit_to_lesson, salvage_or_blank
from autograder.grading.seeds import course_key, submission_seed
from autograder.sandbox.worker import LocalWorker, Worker, open_worker
from autograder.source.lesson import lesson_names

# By (lesson, student), as nbgrader's first pass read it.
_FIRST_PASS: dict[tuple[str, str], Submission] = {}


def configure(config: Config, course: Path = ROOT) -> None:
    """Set everything that nbgrader needs to know about a course.

    Args:
        config: Where it is set.
        course: Folder of the class, or of the project, whose authors work in solutions/ and notebooks/.
    """
    try:
        settings = read_settings(course)
    except CourseError as error:  # JupyterLab goes on, but formgrader grades nothing
        settings = Settings()
        config.SalvagingExporter.problem = str(error)
    config.CourseDirectory.course_id = settings.name
    if (course / "solutions").is_dir():
        config.CourseDirectory.source_directory = "solutions"
        config.CourseDirectory.release_directory = "notebooks"
    if settings.timezone:
        config.NbGraderAPI.timezone = config.Exchange.timezone = settings.timezone
    if settings.late:
        config.AssignLatePenalties.plugin_class = LatePolicy
        config.LatePolicy.update(asdict(settings.late))
    config.Autograde.exporter_class = SalvagingExporter
    config.GenerateFeedback.exporter_class = FeedbackExporter
    # Formgrader shows learners' work with the same exporter, so all of this holds for its pages, too.
    config.HTMLExporter.filters = {
        "markdown2html": f"{markdown_made_safe.__module__}.{markdown_made_safe.__name__}",
        "with_policy": f"{page_policy.__name__}.with_policy",
    }
    config.HTMLExporter.sanitize_html = True  # the outputs, where an assignment is not ours
    config.HTMLExporter.template_file = str(page_policy.TEMPLATE)
    config.Autograde.autograde_preprocessors = [
        replacement
        for step in Autograde.class_traits()["autograde_preprocessors"].default()
        for replacement in _replace(step)
    ]


def _replace(step: type) -> list[type]:
    if step is Execute:
        return [Judge, ClearHiddenTests]
    if step is SaveAutoGrades:
        return [SaveGrades, SaveDiagnoses, KeepDeadline]
    return [step, KeepAttempt] if step is AssignLatePenalties else [step]


class SalvagingExporter(NotebookExporter):
    """Read a submission of any shape as the lesson's notebook; never fail because of its content."""

    problem = Unicode("", help="Why nothing may be graded: the settings are wrong.").tag(
        config=True
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if self.problem:  # before nbgrader touches a file
            raise SystemExit(self.problem)

    def from_filename(self, filename: str, resources: dict | None = None, **kwargs: Any) -> tuple:
        """Read, salvage and convert one file; other assignments than ours are read as usual."""
        info = (resources or {}).get("nbgrader", {})
        name = info.get("assignment")
        if name not in lesson_names() or not getattr(self.parent, "_sanitizing", False):
            return super().from_filename(filename, resources=resources, **kwargs)
        lesson = lesson_of(name, _course(self))
        submission = salvage_or_blank(Path(filename), lesson)
        _FIRST_PASS[info["assignment"], info["student"]] = submission
        for repair in submission.repairs:
            self.log.warning("%s: %s", filename, repair)
        show_repairs(submission.notebook, submission.repairs)
        return self.from_notebook_node(submission.notebook, resources=resources, **kwargs)


class FeedbackExporter(HTMLExporter):
    """Write our own feedback page for a lesson; that of another assignment in nbgrader's way."""

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict | None = None, **kwargs: Any
    ) -> tuple:
        """Convert one notebook."""
        info = (resources or {}).get("nbgrader", {})
        if info.get("assignment") not in lesson_names():
            return super().from_notebook_node(nb, resources=resources, **kwargs)
        nb, given = Exporter.from_notebook_node(self, nb, resources=resources, **kwargs)
        lesson = lesson_of(info["assignment"], _course(self))
        return feedback_page(nb, given["nbgrader"], lesson), given

    def _preprocess(self, nb: NotebookNode, resources: dict) -> tuple:
        nb, resources = super()._preprocess(nb, resources)
        for cell in nb.cells:  # nbgrader has put its comments there
            metadata = cell.metadata.get("nbgrader", {})
            if metadata.get("comment"):
                metadata.comment = Comment(metadata.comment)
        return nb, resources


def _course(exporter: Any) -> Path:
    """Return the course's folder: that of the converter which uses an exporter."""
    return Path(exporter.parent.coursedir.root)


class Judge(NbGraderPreprocessor):
    """Grade the notebook instead of executing it here; write the outcomes below the check cells."""

    sandbox = Bool(True, help="Whether learners' code must be isolated.").tag(config=True)
    execute_others = Bool(
        False,
        help="Whether assignments that are no lesson of the course are executed, without a sandbox.",
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Grade one notebook."""
        info = resources["nbgrader"]
        if info["assignment"] not in lesson_names():
            if not self.execute_others:
                raise CourseError(
                    f"{info['assignment']} is no lesson of this course, so its cells would run without a "
                    "sandbox. If you trust all of its submissions, write c = get_config() and "
                    "c.Judge.execute_others = True at the end of nbgrader_config.py."
                )
            return Execute(parent=self.parent).preprocess(nb, resources)
        # nbgrader has written the hidden tests into the check cells by now.
        locked = {c.id for c in nb.cells if c.metadata.get("nbgrader", {}).get("locked")}
        cells = [{**c, "source": "" if c.id in locked else c.source} for c in nb.cells]
        course = _course(self.parent)
        lesson = lesson_of(info["assignment"], course)
        submission = fit_to_lesson(normalise_cells(cells), lesson)
        first = _FIRST_PASS.get((info["assignment"], info["student"]))
        if first:
            submission.repairs, submission.unread = list(first.repairs), first.unread
            submission.behind_the_end = first.behind_the_end
        else:
            submission.repairs = []
        seed = submission_seed(submission, course_key(course), info["student"])
        verdict = judge(submission, _worker(self.sandbox), seed)
        resources["vae_course_verdict"] = verdict
        show_repairs(nb, verdict.repairs)
        show_outcomes(nb, verdict, lesson)
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
            for name, message in diagnoses(verdict).items():
                comment = gradebook.find_comment(
                    name, info["notebook"], info["assignment"], info["student"]
                )
                comment.auto_comment = message
            gradebook.db.commit()
        return nb, resources


@functools.cache
def _worker(sandbox: bool) -> Worker | LocalWorker:
    worker = open_worker(sandbox=sandbox)
    atexit.register(worker.__exit__)
    return worker


class _Collector(logging.Handler):
    """A handler that keeps the text of every error in a list."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one error."""
        self.errors.append(record.getMessage())


@contextlib.contextmanager
def collected_errors(logger: logging.Logger) -> Iterator[list[str]]:
    """Keep nbgrader's log out of our own output, and collect its error lines."""
    handler = _Collector()
    before = logger.handlers[:], logger.level, logger.propagate
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.ERROR)
    try:
        yield handler.errors
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
    """Ignore SQLAlchemy's warnings about how nbgrader uses its sessions; they are nbgrader's to mend."""
    warnings.filterwarnings("ignore", category=SAWarning)


ignore_autoflush_warnings()
