"""Write verdicts into nbgrader's gradebook, autograded notebooks and feedback pages, from one process.

It leaves what `nbgrader autograde` would leave (the tests compare bytes and scores), but opens the gradebook
once for a class instead of two dozen times for each submission.
"""

from __future__ import annotations

import itertools
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbgrader
from alembic.script import ScriptDirectory
from nbformat import v4
from nbgrader.api import Gradebook, Student
from nbgrader.converters import GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import create_engine, inspect, text
from traitlets.config import Config

from autograder.classes import nbgrader_plugin
from autograder.errors import CourseError
from autograder.files import write_atomically
from autograder.grading.marking import Marked
from autograder.source.lesson import SOURCES, Lesson
from autograder.source.release import notebook_text, reference_notebook

MAX_TIMESTAMP = 1000  # bytes
# Of the files beside a submission's notebook; what is beyond is not copied.
MAX_EXTRA = 20 * 2**20  # bytes of one file
MAX_EXTRAS = 50 * 2**20  # bytes of all that are copied
MAX_FILES = 1000  # files that are looked at, and folders
MAX_DEPTH = 20  # folders in folders
# The kinds of files that are copied from a submission: figures, data and text, of which a browser runs nothing.
COPIED = (
    *(".png", ".jpg", ".jpeg", ".gif", ".webp"),
    *(".csv", ".tsv", ".json", ".npy", ".npz", ".pt", ".pth", ".pkl", ".gz"),
    *(".txt", ".md", ".py"),
)
READ_ONLY = 0o444  # as nbgrader leaves autograded files


class Recorder:
    """The one writer of a course's gradebook; a context manager.

    Args:
        lesson: The lesson; made known to the gradebook on entering.
        course: Folder with submitted/, where autograded/ and feedback/ are written.
        db: Address of the gradebook, as SQLAlchemy understands it.
    """

    def __init__(self, lesson: Lesson, course: Path, db: str) -> None:
        self.lesson, self.course, self.db = lesson, course, db

    def __enter__(self) -> Recorder:
        logging.getLogger("alembic").setLevel(logging.ERROR)
        register(self.lesson, self.course, self.db)
        self._config = _config(self.course, self.lesson.name, self.db)
        self._directory = CourseDirectory(config=self._config)
        self._gradebook = Gradebook(self._directory.db_url, self._directory.course_id)
        notebook = self._gradebook.find_notebook(self.lesson.name, self.lesson.name)
        cells = (*notebook.grade_cells, *notebook.solution_cells)
        self._names = {cell.id: cell.name for cell in cells}
        self._supplied = self._files_of_lesson()
        return self

    def __exit__(self, *_: object) -> None:
        self._gradebook.close()

    def enrol(self, students: Iterable[str]) -> None:
        """Add students that are new, in this order, which is the order of nbgrader's exports."""
        known = {student.id for student in self._gradebook.students}
        self._gradebook.db.add_all([Student(id=s) for s in students if s not in known])
        self._gradebook.db.commit()

    def record(self, student: str, marked: Marked) -> None:
        """Write one student's scores, comments and autograded notebook, all or nothing of the scores."""
        try:
            self._record(student, marked)
        except Exception:
            self._gradebook.db.rollback()
            raise

    def _record(self, student: str, marked: Marked) -> None:
        self._write_files(student, marked)
        with warnings.catch_warnings():
            nbgrader_plugin.ignore_autoflush_warnings()
            timestamp = self._timestamp(student)
            when = {"timestamp": timestamp} if timestamp else {}
            submission = self._gradebook.update_or_create_submission(
                self.lesson.name, student, **when
            )
            (notebook,) = submission.notebooks
            for grade in notebook.grades:
                grade.auto_score = marked.scores[self._names[grade.cell_id]]
                touched = grade.manual_score is not None or grade.auto_score is None
                grade.needs_manual_grade = touched
            for comment in notebook.comments:
                comment.auto_comment = marked.comments[self._names[comment.cell_id]]
            notebook.late_submission_penalty = None
            self._gradebook.db.commit()
            if submission.total_seconds_late > 0:
                self._apply_late_penalty(student)

    def _files_of_lesson(self) -> dict[str, Path]:
        """Return the files beside the lesson's notebook, such as figures; by default the project's own."""
        own = self.course / "solutions" / self.lesson.name
        files = _files(own if own.is_dir() else SOURCES / self.lesson.name)
        return {n: p for n, p in files if not n.endswith(".pyc") and p.stat().st_size <= MAX_EXTRA}

    def _write_files(self, student: str, marked: Marked) -> None:
        """Write the autograded folder: the notebook, what else was handed in, and what the lesson supplies."""
        handed_in = self.course / "submitted" / student / self.lesson.name
        folder = self.course / "autograded" / student / self.lesson.name
        shutil.rmtree(folder, ignore_errors=True)
        ours = {Path(name).parts[0] for name in self._supplied}
        theirs = {n: p for n, p in _handed_in(handed_in).items() if Path(n).parts[0] not in ours}
        files = theirs | self._supplied
        for name, path in files.items():
            copy = folder / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            copy.chmod(READ_ONLY)
        notebook = folder / f"{self.lesson.name}.ipynb"
        write_atomically(notebook, marked.text.encode("utf-8", "surrogatepass"))
        notebook.chmod(READ_ONLY)

    def _timestamp(self, student: str) -> object | None:
        folder = self.course / "submitted" / student / self.lesson.name
        file = folder / "timestamp.txt"
        if file.is_symlink() or not file.is_file() or file.stat().st_size > MAX_TIMESTAMP:
            return None
        try:
            return self._directory.get_existing_timestamp(str(folder))
        except (Exception, SystemExit):  # nbgrader exits on a time that it cannot read
            return None

    def _apply_late_penalty(self, student: str) -> None:
        info = {"student": student, "assignment": self.lesson.name, "notebook": self.lesson.name}
        resources = {"nbgrader": info | {"db_url": self._directory.db_url}}
        AssignLatePenalties(config=self._config).preprocess(v4.new_notebook(), resources)


def _handed_in(folder: Path) -> dict[str, Path]:
    """Return the files of a submission that are copied, by relative name: the first that fit in the caps."""
    found, left = {}, MAX_EXTRAS
    for name, path in itertools.islice(_files(folder, MAX_FILES), MAX_FILES):
        size = path.stat().st_size
        if name.lower().endswith(COPIED) and size <= min(MAX_EXTRA, left):
            found[name] = path
            left -= size
    return found


def _files(folder: Path, most: int | None = None) -> Iterator[tuple[str, Path]]:
    """Yield the ordinary files of a folder except notebooks, with relative names; links are not followed.

    Args:
        folder: The folder.
        most: How many folders are looked into; default: all.
    """
    for place, folders, names in itertools.islice(os.walk(folder), most):
        if len(Path(place).relative_to(folder).parts) >= MAX_DEPTH:
            folders[:] = []
        folders[:] = sorted(
            f for f in folders if not f.startswith((".", "__")) and not f.endswith(".ipynb")
        )
        for name in sorted(names):
            path = Path(place, name)
            ignored = name.lower().endswith(".ipynb") or name.startswith(".")
            if not ignored and path.is_file() and not path.is_symlink():
                yield str(path.relative_to(folder)), path


def register(lesson: Lesson, course: Path, db: str) -> None:
    """Make the lesson known to the gradebook, as `nbgrader generate_assignment` does; writes nothing else."""
    _stamp(db)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "solutions", lesson.name, f"{lesson.name}.ipynb")
        write_atomically(source, notebook_text(reference_notebook(lesson)).encode())
        config = _config(course, lesson.name, db)
        config.CourseDirectory.root = folder
        _start(GenerateAssignment, config)


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
    config = Config()
    nbgrader_plugin.configure(config)
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
