"""What late work costs: nbgrader's `AssignLatePenalties.plugin_class`, and deadlines from the settings."""

from __future__ import annotations

import math
from datetime import datetime

from nbgrader.api import Gradebook, SubmittedAssignment
from nbgrader.plugins import BasePlugin
from traitlets import Float

from autograder.classes.course_folder.settings import Settings

DAY = 24 * 60 * 60  # seconds


class LatePolicy(BasePlugin):
    """Takes percents of the points reached for each day that has begun, up to a limit."""

    percent_per_day = Float(0.0, help="Percent that each begun day costs.").tag(config=True)
    at_most_percent = Float(100.0, help="The most that it costs.").tag(config=True)
    grace_minutes = Float(0.0, help="Minutes that cost nothing.").tag(config=True)

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """Return the points that are taken off, None for none; days count from the deadline."""
        if total_seconds_late <= 60 * self.grace_minutes:
            return None
        percent = self.percent_per_day * math.ceil(total_seconds_late / DAY)
        return round(score * min(percent, self.at_most_percent) / 100, 2)


def keep_deadline(gradebook: Gradebook, settings: Settings, lesson: str) -> None:
    """Write a lesson's deadline into the gradebook; without one in the settings, the gradebook's stays."""
    if lesson in settings.deadlines:
        gradebook.find_assignment(lesson).duedate = settings.deadlines[lesson]


def keep_extension(submission: SubmittedAssignment, settings: Settings) -> None:
    """Write a student's extension into the gradebook, or take it away, if the settings have the deadline."""
    lesson = submission.assignment.name
    if lesson in settings.deadlines:
        own = own_deadline(settings, lesson, submission.student.id)
        submission.extension = own - settings.deadlines[lesson] if own else None


def own_deadline(settings: Settings, lesson: str, student: str) -> datetime | None:
    """Return the deadline that the settings give this student alone."""
    return settings.extensions.get(student, {}).get(lesson)
