"""Write verdicts into nbgrader's gradebook, autograded notebooks and feedback pages, from one process.

It leaves what `nbgrader autograde` would leave (the tests compare bytes and scores), but opens the gradebook
once for a class instead of two dozen times for each submission.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import nbgrader
from alembic.script import ScriptDirectory
from nbgrader.api import BaseCell, Grade, Gradebook, MissingEntry, Student, SubmittedAssignment
from nbgrader.converters import GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.orm import Session
from traitlets.config import Config

from autograder.classes import nbgrader_plugin
from autograder.classes.course_folder.configuration import (
    gradebook_exists,
    quiet,
    read_configuration,
    say_errors_once,
)
from autograder.classes.course_folder.late_policy import (
    keep_deadline,
    keep_extension,
    own_deadline,
)
from autograder.classes.course_folder.settings import read_settings
from autograder.classes.inbox import time_of
from autograder.classes.platforms.roster import Roster
from autograder.classes.results.changes import Change, Standing, planned, seconds_late
from autograder.classes.results.copied_files import supplied_files, write_autograded
from autograder.classes.results.history import Attempt, History, attempt
from autograder.classes.results.pages import content_of
from autograder.errors import CourseError
from autograder.files import write_atomically
from autograder.grading.marking import Marked
from autograder.grading.seeds import course_key
from autograder.source.lesson import SOURCES, Lesson
from autograder.source.release import notebook_text, reference_notebook


class Recorder:
    """The one writer of a course's gradebook; a context manager.

    Args:
        lesson: The lesson; made known to the gradebook on entering.
        course: Folder with submitted/, where autograded/ and feedback/ are written.
        db: Address of the gradebook, as SQLAlchemy understands it.
        dry: Whether the gradebook is only read; then `record` must not be called.
    """

    def __init__(self, lesson: Lesson, course: Path, db: str, dry: bool = False) -> None:
        self.lesson, self.course, self.db, self.dry = lesson, course, db, dry

    def __enter__(self) -> Recorder:
        logging.getLogger("alembic").setLevel(logging.ERROR)
        say_errors_once()
        self._config = _config(self.course, self.lesson.name, self.db)
        self._settings = read_settings(self.course)
        self._directory = CourseDirectory(config=self._config)
        self._history = History(self.course, self.lesson.name)
        self._secret = course_key(self.course)
        self._gradebook: Gradebook | None = None
        if not self.dry:
            register(self.lesson, self.course, self.db)
            self._supplied = supplied_files(_source_folder(self.lesson, self.course))
        if not self.dry or gradebook_exists(self.db):
            self._gradebook = Gradebook(self.db, self._directory.course_id)
            self._cells = _keep_cells_loaded(self._gradebook, self.lesson.name)
        return self

    def __exit__(self, *_: object) -> None:
        if self._gradebook is not None:
            self._gradebook.close()

    def enrol(self, students: Iterable[str], roster: Roster | None = None) -> None:
        """Add students that are new, in this order, which is the order of nbgrader's exports.

        Args:
            students: Who handed in.
            roster: Those of the class, who are added, too, with their names.
        """
        book = self._book
        known = {student.id: student for student in book.students}
        people = roster.students if roster else {}
        for id in (*students, *people):
            if id not in known:
                known[id] = Student(id=id)
                book.db.add(known[id])
        for id, person in people.items():
            for column in ("first_name", "last_name", "email", "lms_user_id"):
                if value := getattr(person, column):
                    setattr(known[id], column, value)
        book.db.commit()

    def plan(self, student: str, marked: Marked) -> Change:
        """Return what recording this would change; writes nothing."""
        changed = self._history.changed(student, marked.answers)
        submission = self._submission(student)
        if submission is None:
            before, after = None, Standing.new(marked.scores)
        else:
            before, after = Standing.of(submission), planned(submission, marked.scores, changed)
        after = replace(after, penalty=self._penalty(student, after.score, submission))
        again = {g.name for g in _marked_by_hand(submission)} & changed & after.waiting
        return Change(student, before, after, "", frozenset(again - (before or after).waiting))

    def record(self, student: str, marked: Marked, file: Path | None = None) -> Change:
        """Write one student's scores, comments and autograded notebook, all or nothing of the scores.

        Args:
            student: Whose.
            marked: The marked notebook.
            file: What was graded, for the history.

        Returns:
            What was changed.
        """
        try:
            change = self.plan(student, marked)
            write_autograded(self.course, self.lesson.name, student, marked.text, self._supplied)
            self._write(student, marked, change.after)
        except Exception:
            self._book.db.rollback()
            raise
        self._history.keep(self.attempt(student, marked, file), change.after)
        return change

    def attempt(self, student: str, marked: Marked, file: Path | None) -> Attempt:
        """Return what the history would say of this grading."""
        scores, answers = marked.scores, marked.answers
        return attempt(student, self.lesson, file, self._secret, scores, answers)

    def reason(self, student: str, marked: Marked, file: Path | None) -> str:
        """Return why a grading may come out otherwise than the last one."""
        return self.attempt(student, marked, file).reason_after(self._history.last(student))

    def content(self, student: str) -> str:
        """Return a digest of all that a student's feedback page shows."""
        folder = self.course / "autograded" / student / self.lesson.name
        return content_of(self._submission(student), folder)

    def _write(self, student: str, marked: Marked, standing: Standing) -> None:
        """Write scores and comments."""
        with warnings.catch_warnings():
            nbgrader_plugin.ignore_autoflush_warnings()
            timestamp = time_of(self.lesson.name, self.course, student)
            when = {"timestamp": timestamp} if timestamp else {}
            submission = self._book.update_or_create_submission(self.lesson.name, student, **when)
            keep_extension(submission, self._settings)
            (notebook,) = submission.notebooks
            for grade in notebook.grades:
                grade.auto_score = marked.scores[grade.name]
                grade.needs_manual_grade = grade.name in standing.waiting
            for comment in notebook.comments:
                comment.auto_comment = marked.comments[comment.name]
            notebook.late_submission_penalty = standing.penalty or None
            self._book.db.commit()

    @property
    def _book(self) -> Gradebook:
        assert self._gradebook is not None
        return self._gradebook

    def _submission(self, student: str) -> SubmittedAssignment | None:
        """Return a student's submission in the gradebook, if there is one."""
        if self._gradebook is None:
            return None
        try:
            return self._gradebook.find_submission(self.lesson.name, student)
        except MissingEntry:
            return None

    def _penalty(self, student: str, score: float, before: SubmittedAssignment | None) -> float:
        """Return the points that nbgrader's plugin takes off, within the limits that nbgrader sets."""
        timestamp = time_of(self.lesson.name, self.course, student) or (before and before.timestamp)
        late = seconds_late(timestamp, self._due(student, before))
        if late <= 0:
            return 0.0
        step = AssignLatePenalties(config=self._config)
        step.log = quiet()
        step.init_plugin()
        step.plugin_inst.log = quiet()
        penalty = step.plugin_inst.late_submission_penalty(student, score, late)
        return step._check_late_penalty(SimpleNamespace(score=score), penalty or 0.0)

    def _due(self, student: str, before: SubmittedAssignment | None) -> datetime | None:
        """Return a student's deadline: that of the settings, else that of the gradebook."""
        if due := self._settings.deadlines.get(self.lesson.name):
            return own_deadline(self._settings, self.lesson.name, student) or due
        if before is not None:
            return before.duedate
        try:
            return self._gradebook and self._gradebook.find_assignment(self.lesson.name).duedate
        except MissingEntry:
            return None


def _keep_cells_loaded(book: Gradebook, lesson: str) -> list:
    """Let a session forget no cells when it commits; return the lesson's cells, which somebody must hold.

    SQLAlchemy forgets everything at each commit, and would read the cells again for each submission. All else
    is still forgotten, because another program may change it meanwhile.
    """

    def forget(session: Session) -> None:
        for thing in list(session):
            if not isinstance(thing, BaseCell):
                session.expire(thing)

    session = book.db()
    session.expire_on_commit = False
    event.listen(session, "after_commit", forget)
    try:
        notebooks = book.find_assignment(lesson).notebooks
    except MissingEntry:
        return []
    return [c for n in notebooks for c in (*n.grade_cells, *n.solution_cells, *n.task_cells)]


def _marked_by_hand(submission: SubmittedAssignment | None) -> list[Grade]:
    """Return the grades that hold points of a person."""
    grades = [g for n in submission.notebooks for g in n.grades] if submission else []
    return [g for g in grades if g.manual_score is not None]


def _source_folder(lesson: Lesson, course: Path) -> Path:
    """Return the folder with the lesson's figures: the course's own, else the project's."""
    name = "solutions" if (course / "solutions").is_dir() else "source"
    own = course / name / lesson.name
    return own if own.is_dir() else SOURCES / lesson.name


def register(lesson: Lesson, course: Path, db: str) -> None:
    """Make the lesson and its deadline known to the gradebook, as `nbgrader generate_assignment` does."""
    _stamp(db)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source", lesson.name, f"{lesson.name}.ipynb")
        write_atomically(source, notebook_text(reference_notebook(lesson)).encode())
        config = _config(course, lesson.name, db)
        config.CourseDirectory.root = folder
        config.CourseDirectory.source_directory = "source"
        _start(GenerateAssignment, config)
    with Gradebook(db, config.CourseDirectory.course_id) as gradebook:
        keep_deadline(gradebook, read_settings(course), lesson.name)
        gradebook.db.commit()


def _stamp(db: str) -> None:
    """Write nbgrader's version into a new gradebook, for which it would start a program of seconds."""
    engine = create_engine(db)
    with engine.begin() as connection:
        if not {*inspect(connection).get_table_names()} - {"alembic_version"}:
            head = ScriptDirectory(Path(nbgrader.__file__).parent / "alembic").get_current_head()
            for line in (
                "CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)",
                "DELETE FROM alembic_version",
                "INSERT INTO alembic_version VALUES (:head)",
            ):
                connection.execute(text(line), {"head": head} if ":head" in line else {})
    engine.dispose()


def write_feedback(lesson: str, course: Path, db: str, student: str) -> None:
    """Write the feedback page of one student, with nbgrader's own generator.

    Raises:
        CourseError: If it cannot.
    """
    _start(GenerateFeedback, _config(course, lesson, db, student))


def _config(course: Path, lesson: str, db: str, student: str = "*") -> Config:
    config = read_configuration(course)
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.db_url = db
    config.CourseDirectory.assignment_id = lesson
    config.CourseDirectory.student_id = student
    return config


def _start(converter: type, config: Config) -> None:
    config[converter.__name__].force = True
    instance = converter(coursedir=CourseDirectory(config=config), config=config)
    with nbgrader_plugin.collected_errors(instance.log) as errors, warnings.catch_warnings():
        nbgrader_plugin.ignore_autoflush_warnings()
        try:
            instance.start()
        except NbGraderException as error:
            raise CourseError(_reason(errors) or str(error)) from None


def _reason(errors: list[str]) -> str:
    """Return the last line of the first traceback that nbgrader logged: it says what happened."""
    tracebacks = [e for e in errors if e.startswith("Traceback")]
    return tracebacks[0].strip().splitlines()[-1] if tracebacks else " ".join(errors[:1])
