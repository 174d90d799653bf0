"""What a teacher downloads from Canvas: a zip file of submissions for each lesson, and the gradebook."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import datetime
from pathlib import Path

from autograder.source.lesson import Lesson
from benchmarks.trial_class.students import Student, Submission

DOWNLOADED = datetime(2026, 11, 20, 12, 30, 8)  # the time that Canvas gives every file
STRANGER = "someoneelse_99999_88888_{lesson}.ipynb"  # left the course: on no list
FIXED = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")


def write_download(folder: Path, lesson: Lesson, submissions: list[Submission]) -> Path:
    """Write the zip file of a lesson's submissions and return its path."""
    path = folder / f"{lesson.name} submissions.zip"
    when = DOWNLOADED.timetuple()[:6]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, one in enumerate(submissions):
            if one.earlier is not None:
                name = file_name(lesson, one, 20_000 + place, first=True)
                archive.writestr(zipfile.ZipInfo(name, when), one.earlier)
            name = file_name(lesson, one, 50_000 + place)
            archive.writestr(zipfile.ZipInfo(name, when), one.content)
        archive.writestr(zipfile.ZipInfo(STRANGER.format(lesson=lesson.name), when), b"{}")
    return path


def file_name(lesson: Lesson, one: Submission, attachment: int, first: bool = False) -> str:
    """Return {sortable name}[_LATE]_{user id}_{attachment id}_{file name}, as Canvas writes it."""
    who = re.sub(r"\W", "", f"{one.student.last}{one.student.first}".lower()).replace("_", "")
    late = "_LATE" if one.late and not first else ""
    again = "-1" if one.again and not first else ""
    return f"{who}{late}_{one.student.number}_{attachment}_{lesson.name}{again}.ipynb"


def write_gradebook(path: Path, lessons: list[Lesson], students: list[Student]) -> None:
    """Write Canvas's gradebook, with a column for each lesson, no grade in it, and a test student."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*FIXED, *(f"{x.name} ({70 + i})" for i, x in enumerate(lessons)), "Final"])
    points = [f"{sum(c.points for c in x.cells):.2f}" for x in lessons]
    writer.writerow(["    Points Possible", "", "", "", "", *points, "(read only)"])
    nothing = [""] * (len(lessons) + 1)
    for one in students:
        name = f"{one.last}, {one.first}"
        writer.writerow([name, one.number, f"sis{one.number}", one.id, "VAE, autumn", *nothing])
    writer.writerow(["Student, Test", 1, "", "", "VAE, autumn", *nothing])
    path.write_bytes(("\ufeff" + text.getvalue()).encode())


def write_roster(path: Path, students: list[Student]) -> None:
    """Write the list of the class as `vae-course` reads it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "first_name", "last_name", "email", "lms_user_id"])
        for one in students:
            writer.writerow([one.id, one.first, one.last, f"{one.id}@uni.example", one.number])
