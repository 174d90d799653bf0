"""The table of a class: 100 columns, points of each exercise, whose answers wait."""

import pytest
from rich.text import Text

from autograder.classes.grade_class import Grade
from autograder.classes.results.changes import Standing
from autograder.classes.results.table import (
    WIDTH,
    column_lines,
    full_points,
    grade_lines,
    waiting_lines,
)
from autograder.grading.judge import ExerciseVerdict, Verdict
from autograder.source.lesson import Lesson, lesson_names


def grade_of(lesson, student, waiting=(), penalty=0.0):
    """Everything wrong, with points that need much room."""
    exercises = [
        ExerciseVerdict(
            n, "partial", 0.75, p, {"id": "variance-for-log-variance", "message": "So."}
        )
        for n, p in lesson.exercises.items()
    ]
    points = {f"test_{n}": 0.75 for n in lesson.exercises} | {
        f"written_{t}": 1.25 for t in lesson.written
    }
    standing = Standing(points, frozenset(waiting), penalty)
    return Grade(student, Verdict(lesson.name, exercises, []), standing=standing)


def text_of(lines):
    return "\n".join(Text.from_markup(line).plain for line in lines)


@pytest.mark.parametrize("name", lesson_names())
def test_every_lesson_fits_and_says_what_each_column_means(name):
    lesson = Lesson.load(name)
    topic = next(iter(lesson.written))
    grade = grade_of(lesson, "a very long name, 太郎", {f"written_{topic}"}, 1.5)
    text = text_of(grade_lines(lesson, [grade]))
    lines = text.splitlines()
    assert max(map(len, lines)) <= WIDTH
    row = next(line for line in lines if "0.75" in line)
    assert row.count("0.75") == len(lesson.exercises)
    assert "?" in row.split()
    score = 0.75 * len(lesson.exercises) + 1.25 * len(lesson.written) - 1.5
    assert f"{score:g}/{full_points(lesson):g}" in row
    assert "late: -1.5" in text
    assert text.count("variance-for-log-variance") == len(lesson.exercises)
    meaning = " ".join(column_lines(lesson))
    for number, (exercise, points) in enumerate(lesson.exercises.items(), 1):
        assert f"{number} {exercise} ({points:g})" in meaning
    assert f"a “{lesson.question_titles[topic]}”" in meaning


def test_it_says_whose_answers_wait_and_why_somebody_has_no_points():
    lesson = Lesson.load(lesson_names()[0])
    topics = [f"written_{t}" for t in lesson.written]
    grades = [
        grade_of(lesson, "ada", topics),
        grade_of(lesson, "bob", topics[:1]),
        grade_of(lesson, "cy" * 40),
        Grade("dora", None, "the folder is a link"),
    ]
    assert waiting_lines(lesson, grades) == [
        "3 answers wait for you: ada (2), bob",
        f"To mark them: vae-course mark {lesson.name}",
    ]
    assert waiting_lines(lesson, grades[2:]) == ["No answer waits for you."]
    text = text_of(grade_lines(lesson, grades))
    assert "the folder is a link" in text
    assert "\n" + "cy" * 40 + "\n" in text
    assert max(map(len, text.splitlines())) <= WIDTH
