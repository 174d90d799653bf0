"""Say whose points were changed by hand after the last grading, before anything is given back."""

from __future__ import annotations

from pathlib import Path

from autograder.classes.platforms.roster import in_lines
from autograder.classes.platforms.scores import Score
from autograder.classes.results.history import History

TINY = 1e-6  # points, by which sums may differ


def behind_lines(scores: list[Score], course: Path) -> list[str]:
    """Return who got points by hand after the last grading, for people: pages and late penalties lack them."""
    lines = []
    for lesson in dict.fromkeys(s.lesson for s in scores):
        history = History(course, lesson)
        names = []
        for score in (s for s in scores if s.lesson == lesson and s.score is not None):
            last = history.last(score.student.id)
            if last and score.score is not None and abs(last.score - score.score) > TINY:
                names.append(score.student.id)
        what = f"{lesson}: points by hand came after the last grading, run `vae-course grade {lesson}` again"
        lines += in_lines(what, names)
    return lines
