"""Write a short oral check: three of a student's own cells, and questions from known mistakes in them."""

from __future__ import annotations

import hashlib
import hmac
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.classes.course_folder.settings import lesson_of
from autograder.classes.page_policy import own_page
from autograder.classes.report.anonymous import anonymous
from autograder.classes.report.results import UNTOUCHED, Result, read_results
from autograder.errors import CourseError
from autograder.exercises.known_answers import Variant
from autograder.exercises.lookup import wrong_solutions
from autograder.files import write_atomically
from autograder.grading.judge import ExerciseVerdict
from autograder.grading.seeds import course_key
from autograder.source.lesson import Lesson
from autograder.source.names import in_code
from autograder.wire.explain import printable
from course_utils.names import in_text

HERE = Path(__file__).parent
CELLS = 3
MAX_LINES = 120  # of a cell that are shown
SHORT = 25  # lines of a mistake that somebody can read in a talk


@dataclass(frozen=True)
class Talk:
    """What is asked about one cell.

    Attributes:
        title: Heading of the exercise.
        code: The lines of the student's cell.
        line: Number of a line to explain, from 1.
        other: Somebody's wrong answer to the same exercise.
        answer: What is wrong with it.
        found: What the tests found in the student's own answer, "" if it is right.
    """

    title: str
    code: list[str]
    line: int
    other: str
    answer: str
    found: str


def write_interview(student: str, name: str, course: Path, output: Path | None) -> Path:
    """Write the sheet of a student, the same one each time; return its file.

    Args:
        student: Their id in the course.
        name: Name of the lesson.
        course: Folder of the class, in which it was graded.
        output: The file; default: interviews/STUDENT/LESSON.html in the course.

    Raises:
        CourseError: If there is no such student, or nothing of theirs to ask about.
    """
    lesson = lesson_of(name, course)
    results = {r.student: r for r in read_results(lesson, course)[0]}
    if student not in results:
        known = ", ".join(sorted(results)[:5])
        raise CourseError(
            f"{printable(student)!r} has no graded {name}. Name a folder of {course / 'autograded'}, "
            f"such as {known}."
        )
    key = hmac.new(course_key(course), f"interview\0{name}\0{student}".encode(), hashlib.sha256)
    talks = list(_talks(lesson, results[student], random.Random(key.digest())))
    if not talks:
        raise CourseError(
            f"{student} worked on no exercise of {name}: there is nothing to ask about."
        )
    path = output or course / "interviews" / student / f"{name}.html"
    if path.is_dir():
        raise CourseError(f"{path}: a folder. Name a file with --output, as in talk.html.")
    page = own_page(HERE, "interview", lesson=lesson, student=student, talks=talks)
    write_atomically(path, page.encode("utf-8", "replace"))
    return path


def _talks(lesson: Lesson, result: Result, chance: random.Random) -> Iterator[Talk]:
    """Yield what to ask about up to three of the student's cells, in the order of the lesson."""
    bank, names = wrong_solutions(lesson.name), dict(lesson.names)
    own = [v for v in result.exercises if v.status not in UNTOUCHED and result.answers.get(v.name)]
    chosen = chance.sample(own, min(CELLS, len(own)))
    for verdict in sorted(chosen, key=result.exercises.index):
        mistake = _mistake(bank.of(verdict.name), verdict, chance)
        code = result.answers[verdict.name].rstrip().split("\n")[:MAX_LINES]
        yield Talk(
            lesson.titles[verdict.name].replace("`", ""),
            code,
            chance.choice(_lines_to_explain(code)),
            anonymous(in_code(mistake.source, names)),
            in_text(mistake.message, names),
            verdict.diagnosis["message"] if verdict.diagnosis else "",
        )


def _mistake(known: list[Variant], verdict: ExerciseVerdict, chance: random.Random) -> Variant:
    """Choose a known mistake that the student did not make, a short one if there is one."""
    made = (verdict.diagnosis or {}).get("id")
    others = [v for v in known if v.id != made] or known
    short = [v for v in others if anonymous(v.source).count("\n") < SHORT]
    return chance.choice(short or others)


def _lines_to_explain(code: list[str]) -> list[int]:
    """Return the numbers of the lines that say something: they stand in a body and hold a name or a call."""
    text = "\n".join(code)
    kept = set(anonymous(text).split("\n"))  # without comments and docstrings
    found = [
        number
        for number, line in enumerate(code, 1)
        if line.rstrip() in kept and line.startswith((" ", "\t")) and len(line.strip()) > 8
    ]
    return found or [1]
