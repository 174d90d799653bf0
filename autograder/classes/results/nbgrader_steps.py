"""Steps of `nbgrader autograde` that keep what `vae-course grade` keeps: deadlines, marks, the history."""

from __future__ import annotations

from pathlib import Path

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades

from autograder.classes.course_folder.late_policy import keep_deadline, keep_extension
from autograder.classes.course_folder.settings import lesson_of, read_settings
from autograder.classes.inbox import file_of
from autograder.classes.results.changes import Standing, waits_for_person
from autograder.classes.results.history import History, attempt
from autograder.grading.marking import answer_digests
from autograder.grading.seeds import course_key
from autograder.source.lesson import lesson_names


class SaveGrades(SaveAutoGrades):
    """Save scores as nbgrader does, but ask for points by hand again only where the answer changed."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Save the scores of one submission."""
        info = resources["nbgrader"]
        self._changed: set[str] | None = None
        if info["assignment"] in lesson_names():
            history = History(_course(self), info["assignment"])
            self._changed = history.changed(info["student"], answer_digests(nb))
        return super().preprocess(nb, resources)

    def _add_score(self, cell: NotebookNode, resources: dict) -> None:
        if self._changed is None:  # an assignment of others
            return super()._add_score(cell, resources)
        name = cell.metadata["nbgrader"]["grade_id"]
        grade = self.gradebook.find_grade(
            name, self.notebook_id, self.assignment_id, self.student_id
        )
        auto, _ = utils.determine_grade(cell, self.log)
        grade.needs_manual_grade = waits_for_person(grade, auto, name in self._changed)
        grade.auto_score = auto
        self.gradebook.db.commit()


class KeepDeadline(NbGraderPreprocessor):
    """Write deadline and extension of settings.toml into the gradebook, before lateness is looked at."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Write those of one submission."""
        info, settings = resources["nbgrader"], read_settings(_course(self))
        with Gradebook(info["db_url"]) as gradebook:
            keep_deadline(gradebook, settings, info["assignment"])
            keep_extension(gradebook.find_submission(info["assignment"], info["student"]), settings)
            gradebook.db.commit()
        return nb, resources


class KeepAttempt(NbGraderPreprocessor):
    """Add this grading to the history of attempts, after all is in the gradebook."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Add one submission."""
        info, course = resources["nbgrader"], _course(self)
        lesson, student = info["assignment"], info["student"]
        if lesson not in lesson_names():
            return nb, resources
        found = lesson_of(lesson, course)
        file, _ = file_of(found, course, student)
        with Gradebook(info["db_url"]) as gradebook:
            submission = gradebook.find_submission(lesson, student)
            scores = {g.name: g.auto_score for n in submission.notebooks for g in n.grades}
            standing = Standing.of(submission)
        History(course, lesson).keep(
            attempt(student, found, file, course_key(course), scores, answer_digests(nb)), standing
        )
        return nb, resources


def _course(step: NbGraderPreprocessor) -> Path:
    """Return the course's folder: that of the converter above the exporter."""
    return Path(step.parent.parent.coursedir.root)
