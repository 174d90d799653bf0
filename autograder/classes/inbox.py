"""Find what was handed in: one file in submitted/STUDENT/LESSON of a course's folder."""

from __future__ import annotations

from pathlib import Path

from autograder.errors import CourseError
from autograder.source.lesson import Lesson
from autograder.wire.explain import printable

MAX_NAME = 100  # characters of a student's name
PATTERN = "*?[]\\"  # nbgrader reads a student's name as a pattern of files
MARKUP = '<>&"`'  # formgrader writes names into its pages as they are
MAX_FILES, MAX_DEPTH = 1000, 4  # that are looked at in a student's folder
HIDDEN = ".", "__MACOSX"  # what computers leave beside files
NO_STUDENTS = ".ipynb_checkpoints", "__MACOSX"
READABLE = ".ipynb.txt", ".ipynb.json", ".json", ".txt", ".zip", ".py", ".html", ".htm", ".ipynb_"
FORMULA = "=+-@"  # a spreadsheet takes a cell that begins so for a formula


def students_of(lesson: Lesson, course: Path) -> list[str]:
    """Return whose folders lie in submitted/, sorted by name, also of those who handed in nothing.

    Raises:
        CourseError: If nobody handed in this lesson.
    """
    submitted = course / "submitted"
    folders = [p for p in _entries(submitted) if p.name not in NO_STUDENTS and p.is_dir()]
    if not any(handed_in(lesson, course, p.name) for p in folders):
        raise CourseError(
            f"Nothing was submitted: no file {submitted}/STUDENT/{lesson.name}/{lesson.name}.ipynb. "
            "Collect submissions first, or name another folder with --course."
        )
    return sorted(p.name for p in folders)


def handed_in(lesson: Lesson, course: Path, student: str) -> bool:
    """Return whether a student has a folder of this lesson, or a file of its name."""
    folder = course / "submitted" / student
    return any(p.name.lower().startswith(lesson.name) for p in _entries(folder))


def loose_files(course: Path) -> list[str]:
    """Return the names of what lies in submitted/ beside the students' folders, without hidden files."""
    found = _entries(course / "submitted")
    return [p.name for p in found if not p.name.startswith(".") and not p.is_dir()]


def problem_with_name(student: str) -> str:
    """Return why nothing can be recorded for a student whose folder has this name, "" if nothing is wrong.

    nbgrader reads a student's name as a pattern of files, takes it from paths again, and writes it as it is
    into its pages and tables.
    """
    if printable(student) != student or "\n" in student or "\t" in student:
        return "the folder's name holds characters that cannot be shown: rename the folder"
    if len(student) > MAX_NAME or student != student.strip():
        return f"the folder's name has a blank at an end or over {MAX_NAME} characters: rename the folder"
    if found := sorted(set(student) & set(PATTERN + MARKUP)):
        return f"the folder's name holds {' and '.join(found)}: rename the folder"
    if student.startswith(tuple(FORMULA)):
        return f"the folder's name begins with {student[0]}: rename the folder"
    return ""


def is_linked(lesson: Lesson, course: Path, student: str) -> bool:
    """Return whether a student's folder is a link, which could show another student's work."""
    folder = course / "submitted" / student
    try:
        return folder.is_symlink() or (folder / lesson.name).is_symlink()
    except OSError:  # rights that were taken away: reading it says so
        return False


def file_of(lesson: Lesson, course: Path, student: str) -> tuple[Path | None, str]:
    """Find a student's file.

    The notebook with the lesson's name counts, else the only notebook, else the only file that can hold one (an
    archive, a script, a notebook under another ending), also in a folder inside. The first step that finds one
    decides.

    Returns:
        The file, or None and the reason why there is none.
    """
    place = course / "submitted" / student
    folder = place / lesson.name
    named = folder / f"{lesson.name}.ipynb"
    if named.is_symlink() or (named.exists() and not named.is_dir()):
        return named, ""
    found = _files(folder) if folder.is_dir() else []
    found += [
        p for p in _entries(place) if p.name.lower().startswith(lesson.name) and not p.is_dir()
    ]
    notebooks = [p for p in found if p.suffix.lower() == ".ipynb"]
    others = [p for p in found if p.name.lower().endswith(READABLE) and p not in notebooks]
    for kind in (notebooks, others):
        of_this = [p for p in kind if p.name.lower().startswith(lesson.name)]
        for choice in (of_this, kind):
            if len(choice) == 1:
                return choice[0], ""
        if kind:
            return None, f"several files and none named {lesson.name}.ipynb: {_names(kind)}"
    if found:
        return None, f"no notebook in the folder, only {_names(found)}"
    return (
        None,
        "the folder is empty" if folder.is_dir() else "nothing was handed in for this lesson",
    )


def _files(folder: Path) -> list[Path]:
    """Return the files in a folder and in those inside, without hidden ones and nbgrader's own."""
    found: list[Path] = []
    waiting, depth = [folder], 0
    while waiting and depth < MAX_DEPTH and len(found) < MAX_FILES:
        inside = [p for f in waiting for p in _entries(f) if not p.name.startswith(HIDDEN)]
        found += [p for p in inside if p.is_symlink() or not p.is_dir()]
        waiting = [p for p in inside if p.is_dir() and not p.is_symlink()]
        depth += 1
    return [p for p in found[:MAX_FILES] if p.name != "timestamp.txt"]


def _entries(folder: Path) -> list[Path]:
    """Return what lies in a folder, sorted by name; nothing if it cannot be listed."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _names(files: list[Path]) -> str:
    """Return the names of some files in one line."""
    names = ", ".join(" ".join(printable(p.name).split())[:60] for p in files[:3])
    return names if len(files) <= 3 else f"{names} and {len(files) - 3} more"
