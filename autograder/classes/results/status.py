"""Where a class stands, from what lies in its folder: who handed in, who was graded, whose answers wait."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from autograder.classes.course_folder.configuration import address, gradebook_exists
from autograder.classes.course_folder.late_policy import own_deadline
from autograder.classes.course_folder.settings import FILE, Settings, lesson_of, read_settings
from autograder.classes.course_folder.strangers import refuse_strangers
from autograder.classes.gradebook import Recorder
from autograder.classes.inbox import file_of, folders_of_students, handed_in, time_of
from autograder.classes.platforms.roster import FILE as ROSTER
from autograder.classes.platforms.roster import Roster, in_lines
from autograder.classes.platforms.scores import Score, read_scores
from autograder.classes.results.changes import seconds_late
from autograder.classes.results.history import History
from autograder.classes.results.pages import WrittenPages
from autograder.errors import CourseError
from autograder.source.lesson import Lesson, lesson_names


def status_lines(names: list[str], course: Path, db: str | None = None) -> Iterator[str]:
    """Yield where a class stands, for people; nothing is written.

    Args:
        names: Names of lessons; without, those of which something was handed in or graded.
        course: Folder of the class.
        db: Address of the gradebook; default: gradebook.db in the course.

    Raises:
        CourseError: If this is no class, or settings, list or gradebook are wrong.
    """
    if not any((course / name).exists() for name in (FILE, ROSTER, "submitted", "gradebook.db")):
        raise CourseError(
            f"{course}: no class is here. Name its folder with --course, or make one: vae-course new FOLDER"
        )
    db = address(course, db)
    refuse_strangers(course, db)
    yield f"{FILE}: {'valid' if (course / FILE).exists() else 'none, so no deadlines'}"
    roster = Roster.of(course)
    yield f"{ROSTER}: {len(roster.students)} students" if roster else f"{ROSTER}: nobody yet"
    lessons = [lesson_of(name, course) for name in names or lesson_names()]
    scores = read_scores([n.name for n in lessons], db) if gradebook_exists(db) else []
    students = folders_of_students(course)
    for lesson in lessons:
        graded = {
            s.student.id: s for s in scores if s.lesson == lesson.name and s.score is not None
        }
        came = [s for s in students if handed_in(lesson, course, s)]
        if names or came or graded:
            yield from _of_lesson(lesson, course, db, came, graded, roster)


def _of_lesson(
    lesson: Lesson,
    course: Path,
    db: str,
    came: list[str],
    graded: dict[str, Score],
    roster: Roster | None,
) -> Iterator[str]:
    """Yield the lines on one lesson: what is as it should be in one, what is left to do by name."""
    settings = read_settings(course)
    due = settings.deadlines.get(lesson.name)
    when = f", due {due:%Y-%m-%d %H:%M} UTC" if due else ""
    yield f"{lesson.name}: {len(came)} handed in, {len(graded)} graded{when}"
    missing = [s for s in (roster.students if roster else ()) if s not in came]
    history = History(course, lesson.name)
    changed = [s for s in came if s in graded and _has_another_file(lesson, course, s, history)]
    late = [s for s in came if _is_late(lesson, course, s, settings, graded.get(s))]
    for what, names in (
        ("without a file", missing),
        ("late", late),
        (f"not graded (vae-course grade {lesson.name})", [s for s in came if s not in graded]),
        (f"another file since the grade (vae-course grade {lesson.name})", changed),
        (
            f"written answers wait (vae-course mark {lesson.name})",
            [s for s, score in graded.items() if score.waiting],
        ),
        (
            f"feedback pages older than the marks (vae-course grade {lesson.name})",
            _outdated_pages(lesson, course, db, [*graded]),
        ),
    ):
        yield from (f"  {line}" for line in in_lines(what, names))


def _has_another_file(lesson: Lesson, course: Path, student: str, history: History) -> bool:
    """Return whether `grade` would take another file than the one that was graded, or one with other bytes."""
    last = history.last(student)
    if last is None:
        return False
    try:
        path, _ = file_of(lesson, course, student)
        if path is None or path.is_symlink() or not path.is_file():
            return bool(last.file)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() != last.sha256
    except OSError:  # nobody may read it
        return True


def _is_late(
    lesson: Lesson, course: Path, student: str, settings: Settings, score: Score | None
) -> bool:
    """Return whether a file came after the student's deadline and the grace, or has a late penalty."""
    due = own_deadline(settings, lesson.name, student) or settings.deadlines.get(lesson.name)
    grace = settings.late.grace_minutes if settings.late else 0
    late = seconds_late(time_of(lesson.name, course, student), due) > 60 * grace
    return late or bool(score and score.penalty)


def _outdated_pages(lesson: Lesson, course: Path, db: str, students: list[str]) -> list[str]:
    """Return whose feedback page is missing or does not show what the gradebook holds."""
    with Recorder(lesson, course, db, dry=True) as recorder:
        contents = {s: recorder.content(s) for s in students}
    pages = WrittenPages(course, lesson.name, contents)
    return [s for s in students if not pages.is_current(s)]
