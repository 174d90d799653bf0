"""Find what was handed in: one file in submitted/STUDENT/LESSON of a course's folder."""

from __future__ import annotations

import hashlib
import re
import time
import unicodedata
from datetime import datetime
from pathlib import Path

from autograder.errors import CourseError
from autograder.files import read_regular
from autograder.source.lesson import Lesson, lesson_names
from autograder.wire.explain import one_line, printable

TIMESTAMP = "timestamp.txt"  # nbgrader's: when a file was handed in; a learner's own is left out
MAX_TIMESTAMP = 1000  # bytes
MAX_NAME = 100  # characters of a student's name
PATTERN = "*?[]\\"  # nbgrader reads a student's name as a pattern of files
MARKUP = '<>&"`'  # formgrader writes names into its pages as they are
MAX_FILES, MAX_DEPTH = 1000, 8  # that are looked at in a student's folder
HIDDEN = ".", "__MACOSX"  # what computers leave beside files
NO_STUDENTS = ".ipynb_checkpoints", "__MACOSX"
READ_FILES, READ_SECONDS = 10, 60  # files of a student that are read to find the one that is meant
# With these two names can look alike: characters of these categories, and others that show nothing.
INVISIBLE = "Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"
BLANKS = " \u3000"  # that stand in names; the wide one in Chinese and Japanese ones
SHOW_NOTHING = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
NON_JOINER, JOINER = "\u200c", "\u200d"
VIRAMA = 9  # the combining class of the sign behind which both change a letter of Indic scripts
FORMULA = "=+-@"  # a spreadsheet takes a cell that begins so for a formula


def students_of(lesson: Lesson, course: Path) -> list[str]:
    """Return whose folders lie in submitted/, sorted by name, also of those who handed in nothing.

    Raises:
        CourseError: If nobody handed in this lesson.
    """
    students = folders_of_students(course)
    if not any(handed_in(lesson, course, student) for student in students):
        raise CourseError(
            f"Nothing was submitted: no file {course}/submitted/STUDENT/{lesson.name}/{lesson.name}.ipynb. "
            "Collect submissions first, or name another folder with --course."
        )
    return students


def folders_of_students(course: Path) -> list[str]:
    """Return the names of the students' folders in submitted/, sorted."""
    found = _entries(course / "submitted")
    return sorted(p.name for p in found if p.name not in NO_STUDENTS and p.is_dir())


def handed_in(lesson: Lesson, course: Path, student: str) -> bool:
    """Return whether a student has a folder of this lesson, or a file of its name."""
    folder = course / "submitted" / student
    return any(_is_named_after(lesson, p) for p in _entries(folder))


def loose_files(course: Path) -> list[str]:
    """Return the names of what lies in submitted/ beside the students' folders, without hidden files."""
    found = _entries(course / "submitted")
    return [p.name for p in found if not p.name.startswith(".") and not p.is_dir()]


def problem_with_name(student: str) -> str:
    """Return why nothing can be recorded for a student whose folder has this name, "" if nothing is wrong.

    nbgrader reads a student's name as a pattern of files, takes it from paths again, and writes it as it is
    into its pages and tables.
    """
    if printable(student) != student or _hides_something(student):
        return "the folder's name holds characters that cannot be shown: rename the folder"
    if len(student) > MAX_NAME or student != student.strip():
        return f"the folder's name has a blank at an end or over {MAX_NAME} characters: rename the folder"
    if found := sorted(set(student) & set(PATTERN + MARKUP)):
        return f"the folder's name holds {' and '.join(found)}: rename the folder"
    if sign := formula_in(student):
        return f"the folder's name begins with {sign}, or does behind a comma: rename the folder"
    return ""


def formula_in(text: str) -> str:
    """Return the sign with which a spreadsheet would take a text, or a part of it, for a formula, "" for none.

    Parts are what a spreadsheet may take for columns. It may also take a wide sign for the ordinary one.
    """
    plain = unicodedata.normalize("NFKC", text)
    found = re.search(rf"(?:^|[,;|\t])\s*([{re.escape(FORMULA)}])", plain)
    return found[1] if found else ""


def _hides_something(name: str) -> bool:
    """Return whether a name holds a character that shows nothing, so that it may look like another name."""
    for place, character in enumerate(name):
        before, after = name[place - 1 : place], name[place + 1 : place + 2]
        if character in (NON_JOINER, JOINER) and before and after:
            if unicodedata.combining(before) == VIRAMA:
                continue
            if (
                character == NON_JOINER
                and _joins(before)
                and unicodedata.bidirectional(after) == "AL"
            ):
                continue
        if character not in BLANKS and unicodedata.category(character) in INVISIBLE:
            return True
    return bool(SHOW_NOTHING.search(name))


def _joins(letter: str) -> bool:
    """Return whether a letter of the Arabic script joins the next one: then it has an initial form."""
    try:
        unicodedata.lookup(f"{unicodedata.name(letter, '')} INITIAL FORM")
    except KeyError:
        return False
    return True


def time_of(lesson: str, course: Path, student: str) -> datetime | None:
    """Return when a student's file was handed in, in UTC; None where no time stands beside it."""
    from nbgrader.utils import parse_utc

    file = course / "submitted" / student / lesson / TIMESTAMP
    try:
        return parse_utc(read_regular(file, MAX_TIMESTAMP).decode().strip())
    except Exception:  # of odd times the parser raises many kinds of errors
        return None


def is_linked(lesson: Lesson, course: Path, student: str) -> bool:
    """Return whether a student's folder is a link, which could show another student's work."""
    folder = course / "submitted" / student
    try:
        return folder.is_symlink() or (folder / lesson.name).is_symlink()
    except OSError:  # rights that were taken away: reading it says so
        return False


def file_of(lesson: Lesson, course: Path, student: str) -> tuple[Path | None, str]:
    """Find the file that a student handed in, by its name, and where that does not tell, by what is in it.

    Returns:
        The file, and a sentence about others that look like it, "" without those; or None and the reason why
        there is no file.
    """
    place = course / "submitted" / student
    named = place / lesson.name / f"{lesson.name}.ipynb"
    found = _of_lesson(lesson, place)
    rivals = [p for p in found if p != named and _looks_meant(lesson, p)]
    if named.is_symlink() or (named in found and not rivals):
        return named, ""
    if not found:
        strange = [
            p for p in _files(place) if p.suffix.lower() == ".ipynb" and not _of_other(p, place)
        ]
        of_this = [p for p in strange[:READ_FILES] if _work_in(p, None) == (lesson.name, True)]
        if len(of_this) == 1:
            return of_this[0], ""
        if handed_in(lesson, course, student):
            return None, "the folder is empty"
        others = f"; there is {_names(strange)}" if strange else ""
        return None, f"nothing was handed in for this lesson{others}"
    return _most_likely(lesson, named, found)


def _most_likely(lesson: Lesson, named: Path, found: list[Path]) -> tuple[Path | None, str]:
    """Choose one of several files, as `file_of` returns it; that of the lesson's name if it holds work."""
    if named in found and _work_in(named, lesson)[1]:
        others = [p for p in found if p != named and _is_named_after(lesson, p)]
        return (
            named,
            f"Not graded, because {named.name} is there: {_names(others)}." if others else "",
        )
    read = [(p, *_work_in(p, lesson)) for p in found[:READ_FILES]]
    worked_on = [p for p, _, work in read if work]
    after_lesson = [p for p in worked_on if _is_named_after(lesson, p)]
    for choice in (after_lesson, worked_on):
        different = list({_digest(p): p for p in reversed(choice)}.values())
        if len(different) == 1:
            note = (
                f"{named.name} holds no work: {different[0].name} was graded."
                if named in found
                else ""
            )
            return different[0], note
        if different:
            files = _names(sorted(different))
            return None, f"several files with work and none named {lesson.name}.ipynb: {files}"
    readable = [p for p, name, _ in read if name]
    meant = [p for p in found if _looks_meant(lesson, p)]
    if first := [*(p for p in (named,) if p in found), *readable, *meant]:
        return first[0], ""
    return None, f"no notebook in the folder, only {_names(found)}"


def _work_in(path: Path, lesson: Lesson | None) -> tuple[str, bool]:
    """Return to which lesson a file belongs, "" if it cannot be read, and whether there is work in it."""
    from autograder.grading.salvage import salvage

    if path.is_symlink():
        return "", False
    try:
        read = salvage(path, lesson, time.monotonic() + READ_SECONDS / READ_FILES)
    except CourseError:
        return "", False
    work = set(read.lesson.exercises) - read.missing - read.untouched
    return ("" if read.missing >= set(read.lesson.exercises) else read.lesson.name), bool(work)


def _looks_meant(lesson: Lesson, path: Path) -> bool:
    """Return whether a file is a notebook by its ending, or named after the lesson."""
    return path.suffix.lower() == ".ipynb" or _is_named_after(lesson, path)


def _is_named_after(lesson: Lesson, path: Path) -> bool:
    """Return whether the name of a file or folder begins with that of the lesson."""
    return path.name.lower().startswith(lesson.name)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _of_lesson(lesson: Lesson, place: Path) -> list[Path]:
    """Return the files that are named after a lesson, or lie in a folder that is; the likeliest first."""

    def is_of_lesson(path: Path) -> bool:
        parts = path.relative_to(place).parts
        return any(part.lower().lstrip(".").startswith(lesson.name) for part in parts)

    def unlikely(path: Path) -> tuple:
        name = path.name.lower()
        return not name.startswith(lesson.name), not name.endswith(".ipynb"), str(path)

    named = place / lesson.name / f"{lesson.name}.ipynb"
    for hidden in (False, True):  # hidden files only where there are no others
        found = sorted(filter(is_of_lesson, _files(place, hidden)), key=unlikely)
        if found:
            return [*(p for p in (named,) if p in found), *(p for p in found if p != named)]
    return []


def _of_other(path: Path, place: Path) -> bool:
    """Return whether a file is named after some lesson, or lies in a folder that is."""
    parts = path.relative_to(place).parts
    return any(part.lower().startswith(name) for part in parts for name in lesson_names())


def _files(folder: Path, hidden: bool = False) -> list[Path]:
    """Return the files in a folder and in those inside, without nbgrader's own; hidden ones if wanted."""
    found: list[Path] = []
    waiting, depth = [folder], 0
    while waiting and depth < MAX_DEPTH and len(found) < MAX_FILES:
        inside = [
            p for f in waiting for p in _entries(f) if hidden or not p.name.startswith(HIDDEN)
        ]
        found += [p for p in inside if p.is_symlink() or not p.is_dir()]
        waiting = [p for p in inside if p.is_dir() and not p.is_symlink()]
        depth += 1
    return [p for p in found[:MAX_FILES] if p.name != TIMESTAMP]


def _entries(folder: Path) -> list[Path]:
    """Return what lies in a folder, sorted by name; nothing if it cannot be listed."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _names(files: list[Path]) -> str:
    """Return the names of some files in one line."""
    names = ", ".join(one_line(p.name)[:60] for p in files[:3])
    return names if len(files) <= 3 else f"{names} and {len(files) - 3} more"
