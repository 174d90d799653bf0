"""Refuse extensions for somebody who is not in the class: the id may be misspelt."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from autograder.classes.course_folder.configuration import gradebook_exists
from autograder.classes.course_folder.settings import FILE, read_settings
from autograder.classes.inbox import folders_of_students
from autograder.classes.platforms.roster import FILE as ROSTER
from autograder.classes.platforms.roster import Roster
from autograder.classes.platforms.scores import known_students
from autograder.errors import CourseError
from autograder.wire.explain import printable


def refuse_strangers(course: Path, db: str) -> None:
    """Refuse extensions of settings.toml for ids that neither the list of the class nor a folder has.

    Without a list the gradebook is the list. Before the first grading there is none, and nothing is refused.

    Raises:
        CourseError: With a line for each such id; or if settings, list or gradebook are wrong.
    """
    extensions = read_settings(course).extensions
    roster = Roster.of(course)
    if roster:
        listed, where = set(roster.students), ROSTER
    elif extensions and gradebook_exists(db):
        listed, where = known_students(db), "the gradebook"
    else:
        return
    known = listed | set(folders_of_students(course))
    faults = [
        f"{course / FILE}: [extensions] {printable(student)}: nobody in {where} has this id. "
        + _remedy(student, known, bool(roster))
        for student in extensions
        if student not in known
    ]
    if listed and faults:
        raise CourseError("\n".join(faults))


def _remedy(student: str, known: set[str], has_roster: bool) -> str:
    near = get_close_matches(student, sorted(known), 1)
    meant = f"Did you mean {printable(near[0])}? " if near else ""
    add = f"add the row to {ROSTER}" if has_roster else f"nbgrader db student add {student!r}"
    return f"{meant}If the id is right: {printable(add)}."
