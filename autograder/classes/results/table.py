"""The table of a class: points per exercise, what went wrong in few words, whose answers wait for a person."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape

from autograder.grading.judge import ExerciseVerdict
from autograder.source.lesson import Lesson

if TYPE_CHECKING:
    from autograder.classes.grade_class import Grade

WIDTH = 100
SCORE, CELL = 11, 5  # columns of the score, and of the points of an exercise
NOTES = 3  # of the grader that are shown for a student
COLOURS = {"correct": "green", "partial": "yellow", "not attempted": "dim", "missing": "dim"}


def print_grades(lesson: Lesson, grades: Sequence[Grade]) -> None:
    """Print the table, what its columns mean, and whose answers wait."""
    console = Console(emoji=False)  # a note may hold learners' text
    for line in (*grade_lines(lesson, grades), "", *map(escape, column_lines(lesson))):
        console.print(line, highlight=False, soft_wrap=True)
    for line in waiting_lines(lesson, grades):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def grade_lines(lesson: Lesson, grades: Sequence[Grade]) -> Iterator[str]:
    """Yield the lines of a table, with rich's markup: points of each student, below them what went wrong.

    Columns are numbered as `column_lines` says.
    """
    columns = len(lesson.exercises) + len(lesson.written)
    room = WIDTH - SCORE - columns * CELL
    width = min(room, max((cell_len(g.student) for g in grades), default=0))
    names = [*range(1, len(lesson.exercises) + 1), *written_letters(lesson).values()]
    yield f"{lesson.name}: {len(grades)} submissions"
    yield f"{'student':{width}}{'score':>{SCORE}}" + "".join(f"{n:>{CELL}}" for n in names)
    for grade in grades:
        name = grade.student
        if cell_len(name) > width:  # in full, on a line of its own
            yield escape(name)
            name = ""
        yield escape(name) + " " * (width - cell_len(name)) + _points(lesson, grade)
        yield from _remarks(grade)


def column_lines(lesson: Lesson) -> list[str]:
    """Return what the numbers and letters above the columns mean, with the points of each."""
    points = lesson.exercises.items()
    names = [f"{n} {lesson.called(e)} ({p:g})" for n, (e, p) in enumerate(points, 1)]
    letters = written_letters(lesson)
    titles = lesson.question_titles
    names += [f"{letters[t]} “{titles[t]}” ({p:g})" for t, p in lesson.written.items()]
    return _wrapped(names)


def waiting_lines(lesson: Lesson, grades: Sequence[Grade]) -> list[str]:
    """Return how many answers wait for a person, whose, and what to do."""
    waiting = {g.student: len(g.standing.waiting) for g in grades if g.standing}
    names = [f"{s} ({n})" if n > 1 else s for s, n in waiting.items() if n]
    if not names:
        return ["No answer waits for you."]
    between = "; " if any("," in name for name in names) else ", "
    text = f"{how_many_wait(sum(waiting.values()))} for you: {between.join(names)}"
    lines = textwrap.wrap(text, WIDTH, subsequent_indent="  ", break_on_hyphens=False)
    return [*lines, f"To mark them: vae-course mark {lesson.name}"]


def how_many_wait(count: int) -> str:
    """Return in words how many answers wait."""
    return "1 answer waits" if count == 1 else f"{count} answers wait"


def _wrapped(parts: list[str], width: int = WIDTH) -> list[str]:
    """Return parts in lines that break between two parts only."""
    text = ", ".join(part.replace(" ", "\xa0") for part in parts)
    lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    return [line.replace("\xa0", " ") for line in lines]


def written_letters(lesson: Lesson) -> dict[str, str]:
    """Return a letter for each written answer."""
    return {topic: chr(ord("a") + n) for n, topic in enumerate(lesson.written)}


def full_points(lesson: Lesson) -> float:
    """Return the points of a lesson, written answers included."""
    return sum(lesson.exercises.values()) + sum(lesson.written.values())


def _points(lesson: Lesson, grade: Grade) -> str:
    """Return the score and the points of each exercise and written answer."""
    if grade.verdict is None or grade.standing is None:
        return f"{'-':>{SCORE}}"
    standing = grade.standing
    text = f"{f'{standing.score:g}/{full_points(lesson):g}':>{SCORE}}"
    for exercise in grade.verdict.exercises:
        points = standing.points[f"test_{exercise.name}"]
        by_hand = "*" if points != exercise.score else ""
        cell = f"{f'{points:g}{by_hand}':>{CELL}}"
        text += f"[{COLOURS.get(exercise.status, 'red')}]{cell}[/]"
    for topic in lesson.written:
        id = f"written_{topic}"
        text += f"{'?' if id in standing.waiting else f'{standing.points[id]:g}':>{CELL}}"
    return text


def _remarks(grade: Grade) -> Iterator[str]:
    """Yield lines on what went wrong, by the numbers of the exercises, and what was repaired."""
    for text, style in _sentences(grade):
        for line in textwrap.wrap(text, WIDTH - 4, break_on_hyphens=False):
            yield f"    [{style}]{escape(line)}[/]"


def _sentences(grade: Grade) -> Iterator[tuple[str, str]]:
    verdict = grade.verdict
    if verdict is None:
        yield grade.problem, "red"
        return
    if grade.standing and grade.standing.penalty:
        yield f"late: {-grade.standing.penalty:g} points", "yellow"
    # Of a file that could not be read, the note on it says all.
    unread = all(e.status == "missing" and not e.diagnosis for e in verdict.exercises)
    wrong = [] if unread else [_told(n, e) for n, e in enumerate(verdict.exercises, 1)]
    if any(wrong):
        yield from ((line, "red") for line in _wrapped([w for w in wrong if w], WIDTH - 4))
    if all(e.status == "not attempted" for e in verdict.exercises):
        yield "nothing attempted", "dim"
    for repair in verdict.repairs[:NOTES]:
        yield repair, "dim"
    if more := verdict.repairs[NOTES:]:
        yield f"and {len(more)} more notes, in the autograded notebook", "dim"


def _told(number: int, exercise: ExerciseVerdict) -> str:
    """Return the number of an exercise and what went wrong, "" if nothing did."""
    if exercise.status in ("correct", "not attempted"):
        return ""
    return f"{number} {exercise.diagnosis['id'] if exercise.diagnosis else exercise.status}"
