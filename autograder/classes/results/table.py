"""The table of a class: points per exercise, what went wrong in few words, whose answers wait for a person."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.grading.judge import ExerciseVerdict
from autograder.grading.report import diagnosis_message
from autograder.source.lesson import Lesson

if TYPE_CHECKING:
    from autograder.classes.grade_class import Grade

WIDTH = 100
COLOURS = {"correct": "green", "partial": "yellow", "not attempted": "dim", "missing": "dim"}


def print_grades(lesson: Lesson, grades: Sequence[Grade]) -> None:
    """Print the table, the names of its columns, and whose answers wait."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    console.print(grade_table(lesson, grades))
    for line in (*column_lines(lesson), *waiting_lines(lesson, grades)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def grade_table(lesson: Lesson, grades: Sequence[Grade]) -> Table:
    """Return a table with a row for each student; columns are numbered as `column_lines` says."""
    title = f"{lesson.name}: {len(grades)} submissions"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("student", overflow="fold", max_width=24)
    table.add_column("score", justify="right", no_wrap=True)
    for number in range(1, len(lesson.exercises) + 1):
        table.add_column(str(number), justify="right", no_wrap=True)
    for letter in written_letters(lesson).values():
        table.add_column(letter, justify="right", no_wrap=True)
    table.add_column("to look at", overflow="fold")
    for grade in grades:
        table.add_row(*_row(lesson, grade))
    return table


def column_lines(lesson: Lesson) -> list[str]:
    """Return what the numbers and letters above the columns mean, with the points of each."""
    names = [f"{n} {e} ({p:g})" for n, (e, p) in enumerate(lesson.exercises.items(), 1)]
    letters = written_letters(lesson)
    names += [f"{letters[t]} {t}, written ({p:g})" for t, p in lesson.written.items()]
    return textwrap.wrap(", ".join(names), WIDTH, break_long_words=False)


def waiting_lines(lesson: Lesson, grades: Sequence[Grade]) -> list[str]:
    """Return how many answers wait for a person, and whose."""
    waiting = {g.student: len(g.standing.waiting) for g in grades if g.standing}
    names = [f"{s} ({n})" if n > 1 else s for s, n in waiting.items() if n]
    if not names:
        return ["No answer waits for you."]
    between = "; " if any("," in name for name in names) else ", "
    text = f"{sum(waiting.values())} answers wait for you: {between.join(names)}"
    return textwrap.wrap(text, WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def written_letters(lesson: Lesson) -> dict[str, str]:
    """Return a letter for each written answer."""
    return {topic: chr(ord("a") + n) for n, topic in enumerate(lesson.written)}


def full_points(lesson: Lesson) -> float:
    """Return the points of a lesson, written answers included."""
    return sum(lesson.exercises.values()) + sum(lesson.written.values())


def _row(lesson: Lesson, grade: Grade) -> Iterator[str]:
    columns = len(lesson.exercises) + len(lesson.written)
    yield escape(grade.student)
    if grade.verdict is None or grade.standing is None:
        yield "-"
        yield from [""] * columns
        yield f"[red]{escape(grade.problem)}[/]"
        return
    standing = grade.standing
    yield f"{standing.score:g}/{full_points(lesson):g}"
    for exercise in grade.verdict.exercises:
        points = standing.points[f"test_{exercise.name}"]
        by_hand = "*" if points != exercise.score else ""
        yield f"[{COLOURS.get(exercise.status, 'red')}]{points:g}{by_hand}[/]"
    for topic in lesson.written:
        id = f"written_{topic}"
        yield "?" if id in standing.waiting else f"{standing.points[id]:g}"
    yield "\n".join(_remarks(grade.verdict, standing.penalty))


def _remarks(verdict: Any, penalty: float) -> Iterator[str]:
    if penalty:
        yield f"[yellow]late: {-penalty:g}[/]"
    # Of a file that could not be read, the note on it says all.
    unread = all(e.status == "missing" and not e.diagnosis for e in verdict.exercises)
    wrong = [] if unread else [_told(n, e) for n, e in enumerate(verdict.exercises, 1)]
    if told := ", ".join(w for w in wrong if w):
        yield escape(told)
    if all(e.status == "not attempted" for e in verdict.exercises):
        yield "[dim]nothing attempted[/]"
    for repair in verdict.repairs:
        yield f"[dim]{escape(repair)}[/]"


def _told(number: int, exercise: ExerciseVerdict) -> str:
    """Return the number of an exercise and what went wrong, "" if nothing did."""
    if exercise.status in ("correct", "not attempted"):
        return ""
    known = exercise.diagnosis["id"] if exercise.diagnosis else exercise.status
    return f"{number} {known}" if diagnosis_message(exercise) or known else str(number)
