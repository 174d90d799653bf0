"""What was collected for a lesson: who on the platform handed it in, and earlier attempts."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from autograder.classes.course_folder.late_policy import own_deadline
from autograder.classes.course_folder.settings import Settings
from autograder.classes.platforms.downloads import HandedIn, ending
from autograder.classes.platforms.roster import Student
from autograder.errors import CourseError
from autograder.files import write_atomically
from autograder.grading.seeds import FOLDER
from autograder.wire.explain import printable

MAX_NAME = 100  # characters of a file's name that are kept


@dataclass(frozen=True)
class Collected:
    """A student's file as it was collected.

    Attributes:
        platform: "canvas", "moodle", "gradescope" or "plain".
        platform_id: The platform's number of the student, "" for plain files.
        person: The name that the platform wrote, "" if it named nobody.
        source: The file's path in the download: the folder and the name that the platform gave it.
        late: Whether the platform marks it as late.
        when: Its time in UTC, ISO 8601, "" if unknown.
        attempt: Number of the attempt, 1 for the first.
        number: Canvas's number of the attachment, else 0.
        sha256: Digest of the file's bytes.
        saved: Its name in submitted/STUDENT/LESSON.
        beside: Names of the files beside it.
        email: The student's email, as the roster or the platform gives it, or "".
        lms_user_id: The student's number of the roster, or "".
    """

    platform: str
    platform_id: str
    person: str
    source: str
    late: bool
    when: str
    attempt: int
    number: int
    sha256: str
    saved: str
    beside: list[str] = field(default_factory=list)
    email: str = ""
    lms_user_id: str = ""

    def is_newer_than(self, file: HandedIn) -> bool:
        """Return whether a file of the same platform came before this one, as far as that is known."""
        if file.platform != self.platform:
            return False
        if self.number and file.number:
            return file.number < self.number
        when = datetime.fromisoformat(self.when) if self.when else None
        if file.attempt != self.attempt or not when or not file.when:
            return file.attempt < self.attempt
        return file.when < when


def collected_as(
    file: HandedIn, content: bytes, saved: str, beside: list[str], student: Student | None
) -> Collected:
    """Return what is kept of a file."""
    return Collected(
        file.platform,
        file.platform_id,
        file.person,
        file.source,
        file.late,
        file.when.isoformat() if file.when else "",
        file.attempt,
        file.number,
        digest(content),
        saved,
        beside,
        student.email if student and student.email else file.email,
        student.lms_user_id if student else "",
    )


def time_handed_in(
    file: HandedIn, settings: Settings, lesson: str, student: str
) -> datetime | None:
    """Return when a file was handed in, in UTC, if that is known.

    Canvas's downloads hold the time of the download. All that they tell is the mark LATE: it counts as the
    first day after the deadline, unless the settings give the student a later one.
    """
    if file.platform != "canvas":
        return file.when
    due = settings.deadlines.get(lesson)
    if not file.late or not due or own_deadline(settings, lesson, student):
        return None
    grace = settings.late.grace_minutes if settings.late else 0
    return due + timedelta(minutes=grace + 1)


def digest(content: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def read_record(course: Path, lesson: str) -> dict[str, Collected]:
    """Return what was collected for a lesson, by student; nothing if nothing was.

    Raises:
        CourseError: If the record is damaged.
    """
    path = _path(course, lesson)
    if not path.exists():
        return {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {student: Collected(**kept) for student, kept in data.items()}
    except (ValueError, TypeError, AttributeError):
        raise CourseError(
            f"{path}: damaged. Restore it from a backup, or move it away and collect the same downloads again."
        ) from None


def write_record(course: Path, lesson: str, record: dict[str, Collected]) -> None:
    """Write what was collected for a lesson.

    Raises:
        CourseError: If it cannot be written.
    """
    data = {student: dataclasses.asdict(record[student]) for student in sorted(record)}
    text = json.dumps(data, indent=1, ensure_ascii=True)
    write_atomically(_path(course, lesson), f"{text}\n".encode())


def keep_attempt(course: Path, lesson: str, student: str, name: str, content: bytes) -> Path:
    """Keep an earlier attempt under the next number, unless the same bytes are kept already; return its path.

    Raises:
        CourseError: If it cannot be written.
    """
    folder = course / FOLDER / "attempts" / lesson / student
    kept = {p: re.match(r"(\d+)_", p.name) for p in (folder.iterdir() if folder.is_dir() else ())}
    for path in sorted(kept):
        if path.stat().st_size == len(content) and path.read_bytes() == content:
            return path
    number = max((int(m[1]) for m in kept.values() if m), default=0) + 1
    path = folder / f"{number}_{_plain_name(name)}"
    write_atomically(path, content)
    return path


def _plain_name(name: str) -> str:
    """Return the last part of a file's name as every disk takes it, with its ending."""
    last = re.sub(r'[\\/:*?"<>|\s]+', " ", printable(PurePosixPath(name).name)).strip()
    end = ending(last) or PurePosixPath(last).suffix[:20]
    stem = last[: len(last) - len(end)]
    while len((stem + end).encode()) > MAX_NAME:
        stem = stem[:-1]
    return stem + end


def _path(course: Path, lesson: str) -> Path:
    return course / FOLDER / "collected" / f"{lesson}.json"
