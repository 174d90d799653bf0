"""What people and programs read: the JSON line of `check`, tables for terminals, text for notebooks."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from typing import Any

from autograder.grading.judge import ExerciseVerdict, Verdict
from autograder.source.lesson import Lesson

MARKS = {"correct": "green", "partial": "yellow", "not attempted": "dim"}
UNTRIED = ("not attempted", "missing")  # nothing was executed, so lines on criteria say nothing


def as_json(file: str, verdict: Verdict) -> str:
    """Return one line of JSON, the contract of `vae-course check --json`."""
    keys = ("name", "status", "score", "max_score", "diagnosis", "criteria")
    exercises = [{k: dataclasses.asdict(e)[k] for k in keys} for e in verdict.exercises]
    return json.dumps(
        {
            "file": file,
            "lesson": verdict.lesson,
            "score": verdict.score,
            "max_score": verdict.max_score,
            "exercises": exercises,
        },
        ensure_ascii=False,
    )


def points_table(file: str, verdict: Verdict, lesson: Lesson) -> Any:
    """Return a rich table with a row per exercise: its status, points and diagnosis.

    What can hold a learner's text is shown without rich's markup and emoji codes.
    """
    from rich.table import Table
    from rich.text import Text

    title = f"{file}: {verdict.score:g} of {verdict.max_score:g} points"
    table = Table(title=Text(title, "table.title"), title_justify="left", show_lines=False)
    table.add_column("exercise", no_wrap=True)
    table.add_column("status", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("what to look at", overflow="fold")
    for e in verdict.exercises:
        colour = MARKS.get(e.status, "red")
        points = f"{e.score:g}/{e.max_score:g}"
        name = lesson.called(e.name)
        table.add_row(name, Text(e.status, colour), points, Text(diagnosis_message(e)))
    if verdict.repairs:
        table.caption = Text("Repaired: " + " ".join(verdict.repairs), "table.caption")
        table.caption_justify = "left"
    return table


def diagnosis_message(exercise: ExerciseVerdict) -> str:
    """Return the sentence of the diagnosis, "" without one."""
    return exercise.diagnosis["message"] if exercise.diagnosis else ""


def explanation(exercise: ExerciseVerdict, name: str) -> str:
    """Return the lines below a check cell in the autograded notebook: outcomes, never a test's source.

    Args:
        exercise: The verdict.
        name: What the class calls the exercise.
    """
    lines = [f"{name}: {exercise.status}, {exercise.score:g} of {exercise.max_score:g} points"]
    if exercise.diagnosis:
        lines.append(f"  {exercise.diagnosis['message']}")
    criteria = [] if exercise.status in UNTRIED else exercise.criteria
    for criterion in criteria:
        failed = "failed" if exercise.was_tried else "not tried"
        mark = "passed" if criterion["passed"] else failed
        line = f"  {mark}: {criterion['name']}"
        if detail := exercise.details.get(criterion["name"]):
            line += f" ({detail})"
        lines.append(line)
    return "\n".join(textwrap.fill(line, 96, subsequent_indent="    ") for line in lines)
