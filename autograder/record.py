"""Record a class in nbgrader's gradebook: the standard folders, the standard database, one writer."""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table
from traitlets.config import Config

from autograder import nbgrader_plugin
from autograder.build import write_atomically
from autograder.errors import CourseError
from autograder.journal import Journal
from autograder.judge import Verdict
from autograder.lessons import Lesson
from autograder.release import reference_notebook, write_text
from autograder.report import summary
from autograder.sandbox import isolation, refusal


@dataclass(frozen=True)
class Grade:
    """One student's result: a verdict, or the reason why there is none."""

    student: str
    verdict: Verdict | None
    problem: str = ""


def grade_class(
    name: str, course: Path, feedback: bool = True, sandbox: bool = True
) -> list[Grade]:
    """Grade every submission of a lesson and print a table.

    Args:
        name: Name of the lesson.
        course: Folder with submitted/STUDENT/LESSON/LESSON.ipynb; gradebook.db, autograded/ and feedback/ are
            written beside it.
        feedback: Whether to write feedback pages.
        sandbox: Whether learners' code must be isolated.

    Returns:
        One grade per student, sorted by name.

    Raises:
        CourseError: If the lesson is unknown or nothing was submitted.
    """
    lesson = Lesson.load(name)
    students = _students(lesson, course)
    if sandbox and not isolation().enough:
        raise CourseError(refusal())
    if not os.access(course, os.W_OK):
        raise CourseError(f"{course}: cannot be written. Check the folder's rights.")
    logging.getLogger("alembic").setLevel(logging.ERROR)
    register(lesson, course)
    nbgrader_plugin.use_journal(Journal(course / ".vae-course" / f"{name}.jsonl"))
    grades = [
        _grade_student(lesson, course, student, feedback, sandbox)
        for student in track(students, f"grading {name}", console=Console(stderr=True))
    ]
    nbgrader_plugin.use_journal(None)
    _print(lesson, grades)
    print(f"gradebook: {course / 'gradebook.db'}")
    if feedback:
        print(f"feedback pages: {course / 'feedback'}")
    return grades


def register(lesson: Lesson, course: Path) -> None:
    """Make the lesson known to the gradebook, as `nbgrader generate_assignment` does; writes nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "solutions", lesson.name, f"{lesson.name}.ipynb")
        write_atomically(source, write_text(reference_notebook(lesson)).encode())
        config = _config(course, lesson.name, "*")
        config.CourseDirectory.root = folder
        _start(GenerateAssignment, config, force=True)


def _students(lesson: Lesson, course: Path) -> list[str]:
    submitted = course / "submitted"
    students = sorted(p.parent.parent.name for p in submitted.glob(f"*/{lesson.name}/*.ipynb"))
    if not students:
        raise CourseError(
            f"Nothing was submitted: no file {submitted}/STUDENT/{lesson.name}/{lesson.name}.ipynb. "
            "Collect submissions first, or name another folder with --course."
        )
    return list(dict.fromkeys(students))


def _grade_student(
    lesson: Lesson, course: Path, student: str, feedback: bool, sandbox: bool
) -> Grade:
    config = _config(course, lesson.name, student)
    config.Judge.sandbox = sandbox
    try:
        _start(Autograde, config, force=True)
        if feedback:
            _start(GenerateFeedback, config, force=True)
    except CourseError as error:
        return Grade(student, None, str(error))
    verdict = nbgrader_plugin.VERDICTS.get((lesson.name, student))
    return Grade(student, verdict, "" if verdict else f"no notebook named {lesson.name}.ipynb")


def _config(course: Path, lesson: str, student: str) -> Config:
    config = Config()
    nbgrader_plugin.configure(config)
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.db_url = f"sqlite:///{course / 'gradebook.db'}"
    config.CourseDirectory.assignment_id = lesson
    config.CourseDirectory.student_id = student
    return config


def _start(converter: type, config: Config, force: bool) -> None:
    config[converter.__name__].force = force
    instance = converter(coursedir=CourseDirectory(config=config), config=config)
    with nbgrader_plugin.collected_errors(instance.log) as errors, warnings.catch_warnings():
        nbgrader_plugin.ignore_autoflush_warnings()
        try:
            instance.start()
        except NbGraderException as error:
            raise CourseError(_reason(errors) or str(error)) from None


def _reason(errors: list[str]) -> str:
    """The last line of the first traceback that nbgrader logged, which says what happened."""
    tracebacks = [e for e in errors if e.startswith("Traceback")]
    return tracebacks[0].strip().splitlines()[-1] if tracebacks else " ".join(errors[:1])


def _print(lesson: Lesson, grades: list[Grade]) -> None:
    table = Table(title=f"{lesson.name}: {len(grades)} submissions", title_justify="left")
    table.add_column("student", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("what went wrong", overflow="fold")
    for grade in grades:
        if grade.verdict is None:
            table.add_row(escape(grade.student), "-", f"[red]{escape(grade.problem)}[/]")
            continue
        v = grade.verdict
        wrong = [e for e in v.exercises if e.status not in ("correct", "not attempted")]
        idle = [e.name for e in v.exercises if e.status == "not attempted"]
        lines = [f"[bold]{escape(e.name)}[/] {e.status}: {escape(summary(e))}" for e in wrong]
        if idle:
            everything = len(idle) == len(v.exercises)
            lines.append(
                f"[dim]not attempted: {'everything' if everything else ', '.join(idle)}[/]"
            )
        lines += [f"[dim]{escape(r)}[/]" for r in v.repairs]
        table.add_row(escape(grade.student), f"{v.score:g}/{v.max_score:g}", "\n".join(lines))
    Console().print(table)
