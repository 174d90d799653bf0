"""What people and programs read: the JSON line of `check`, tables for terminals, text for notebooks."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from typing import Any

from autograder.grading.judge import ExerciseVerdict, Verdict

MARKS = {"correct": "green", "partial": "yellow", "not attempted": "dim"}
UNTRIED = ("not attempted", "missing")  # nothing was run, so no criterion is worth a line


def as_json(file: str, verdict: Verdict) -> str:
    """One line of JSON, the contract of `vae-course check --json`."""
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


def table(file: str, verdict: Verdict) -> Any:
    """A rich table: exercise, status, points, what went wrong."""
    from rich.markup import escape
    from rich.table import Table

    title = f"{escape(file)}: {verdict.score:g} of {verdict.max_score:g} points"
    rows = Table(title=title, title_justify="left", show_lines=False)
    rows.add_column("exercise", no_wrap=True)
    rows.add_column("status", no_wrap=True)
    rows.add_column("points", justify="right", no_wrap=True)
    rows.add_column("what to look at", overflow="fold")
    for e in verdict.exercises:
        colour = MARKS.get(e.status, "red")
        points = f"{e.score:g}/{e.max_score:g}"
        rows.add_row(escape(e.name), f"[{colour}]{e.status}[/]", points, escape(summary(e)))
    if verdict.repairs:
        rows.caption = escape("Repaired: " + " ".join(verdict.repairs))
        rows.caption_justify = "left"
    return rows


def summary(exercise: ExerciseVerdict) -> str:
    """One sentence: the diagnosis, else nothing."""
    return exercise.diagnosis["message"] if exercise.diagnosis else ""


def explanation(exercise: ExerciseVerdict) -> str:
    """The lines below a test cell in the autograded notebook: outcomes only, never a test's source."""
    lines = [
        f"{exercise.name}: {exercise.status}, {exercise.score:g} of {exercise.max_score:g} points"
    ]
    if exercise.diagnosis:
        lines.append(f"  {exercise.diagnosis['message']}")
    for criterion in exercise.criteria if exercise.status not in UNTRIED else []:
        mark = "passed" if criterion["passed"] else "failed"
        detail = exercise.details.get(criterion["name"], "")
        lines.append(f"  {mark}: {criterion['name']}" + (f" ({detail})" if detail else ""))
    return "\n".join(textwrap.fill(line, 96, subsequent_indent="    ") for line in lines)
