"""One number for each student: the mean over lessons, by the weights of settings.toml."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from autograder.classes.course_folder.settings import Settings
from autograder.classes.platforms.export import harmless, write_own_table
from autograder.classes.platforms.scores import Score
from autograder.errors import CourseError


def write_total(scores: list[Score], settings: Settings, path: Path) -> None:
    """Write a table with a line for each student: percent in each lesson, and their weighted mean.

    The cell of a lesson is empty where nothing was handed in; in the mean it counts as 0.

    Raises:
        CourseError: If the weights add up to 0, or the file holds something else or cannot be written.
    """
    lessons = list(dict.fromkeys(s.lesson for s in scores))
    weights = {lesson: settings.weights.get(lesson, 1.0) for lesson in lessons}
    if not sum(weights.values()):
        raise CourseError(
            f"settings.toml: the weights of {', '.join(lessons)} add up to 0. Give one of them a weight."
        )
    by_student: dict[str, dict[str, Score]] = {}
    for score in scores:
        by_student.setdefault(score.student.id, {})[score.lesson] = score
    table = io.StringIO()
    writer = csv.writer(table, quoting=csv.QUOTE_ALL, lineterminator="\n")
    columns = [f"{lesson} percent (weight {weights[lesson]:g})" for lesson in lessons]
    writer.writerow(["id", "name", *columns, "total percent"])
    for id, own in sorted(by_student.items()):
        percents = [_percent(own.get(lesson)) for lesson in lessons]
        sums = sum(weights[n] * (p or 0) for n, p in zip(lessons, percents, strict=True))
        person = next(iter(own.values())).student
        name = f"{person.first_name} {person.last_name}".strip()
        cells = ["" if p is None else f"{p:.2f}" for p in percents]
        writer.writerow(map(harmless, (id, name, *cells, f"{sums / sum(weights.values()):.2f}")))
    write_own_table(table.getvalue(), path)


def _percent(score: Score | None) -> float | None:
    """Return the percent of a lesson's points, None where nothing was handed in."""
    if score is None or score.score is None or not score.max_score:
        return None
    return 100 * score.score / score.max_score
