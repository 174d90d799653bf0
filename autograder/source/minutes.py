"""How long an exercise, a lesson and the course take: the one formula behind README, notebooks and documents.

Nobody timed learners yet. So this is an estimate, from what can be counted: words to read, lines of code to
read and to write, the stated difficulty, and the measured time that the computer needs on MNIST.
"""

from __future__ import annotations

import re

from autograder.errors import CourseError
from autograder.source.lesson import Cell, Lesson
from autograder.source.stored import Runs

WORDS = 130  # read in a minute, folds and hints included: prose with formulas
LINES = 20  # lines of given code read in a minute
START = 2.0  # minutes for each degree of difficulty: to think, to try, to read what the check says
LINE = 0.5  # minutes for each degree of difficulty and each line that is written
NO_WORDS = r"<[^>]+>|\]\([^)]*\)|https?://\S+"
FIELD = r"\{\{.*?\}\}"  # a number that the build fills in
DIFFICULTY = re.compile(r"difficulty ([1-5])/5")


def exercise_minutes(lesson: Lesson, name: str) -> int:
    """Return the minutes of one exercise: to read its text and hints, and to write it.

    Raises:
        CourseError: If no heading before the exercise states its difficulty.
    """
    return round(_reading(_cells_of(lesson, name)) + _writing(lesson, name))


def lesson_minutes(lesson: Lesson) -> int:
    """Return the minutes of a whole lesson with the computer's time on MNIST, rounded to tens."""
    writing = sum(_writing(lesson, name) for name in lesson.exercises)
    return 10 * round((_reading(lesson.cells) + writing + computer_minutes(lesson.name)) / 10)


def computer_minutes(name: str, data: str = "mnist") -> float:
    """Return the measured minutes that the computer needs for a lesson from top to bottom."""
    return Runs.load(name).of(data)["seconds"] / 60


def hours(minutes: float) -> str:
    """Return minutes as hours, rounded to halves, as in "2" or "2.5"."""
    return f"{round(minutes / 30) / 2:g}"


def in_words(minutes: float) -> str:
    """Return a length of time: seconds in tens below 90 seconds, else whole minutes."""
    if minutes < 1.5:
        return f"{max(10, 10 * round(6 * minutes))} seconds"
    return f"{minutes:.0f} minutes"


def _cells_of(lesson: Lesson, name: str) -> tuple[Cell, ...]:
    """Return the cells of an exercise: from the heading that states its difficulty to its check."""
    end = next(i for i, c in enumerate(lesson.cells) if c.role == "check" and c.name == name)
    starts = [i for i in range(end) if DIFFICULTY.search(lesson.cells[i].source)]
    if not starts:
        raise CourseError(
            f"{lesson.path}: no heading states the difficulty of {name!r}, as in 2/5."
        )
    return lesson.cells[starts[-1] : end]


def _reading(cells: tuple[Cell, ...]) -> float:
    """Return the minutes to read prose and given code; solutions and model answers are not given."""
    prose = " ".join(c.source for c in cells if c.role == "prose")
    words = len(re.sub(NO_WORDS, " ", re.sub(FIELD, "number", prose)).split())
    given = [c.source for c in cells if c.role in ("setup", "demonstration")]
    return words / WORDS + len(_lines(given)) / LINES


def _writing(lesson: Lesson, name: str) -> float:
    """Return the minutes to write an exercise; lines that stand in given code are copied, and do not count."""
    difficulty = DIFFICULTY.findall(" ".join(c.source for c in _cells_of(lesson, name)))[0]
    given = set(_lines([c.source for c in lesson.cells if c.role == "demonstration"]))
    own = [x for x in _lines(lesson.exercise_cell(name).solution_regions) if x not in given]
    return int(difficulty) * (START + LINE * len(own))


def _lines(sources: list[str]) -> list[str]:
    """Return the lines that are not empty and no comment, without their indentation."""
    lines = (line.strip() for source in sources for line in source.splitlines())
    return [line for line in lines if line and not line.startswith("#")]
