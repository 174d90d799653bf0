"""Make the folder of a class: what nbgrader, formgrader and our commands need, wherever it lies."""

from __future__ import annotations

from pathlib import Path

from autograder.classes.course_folder import configuration, settings
from autograder.classes.course_folder.settings import lesson_of
from autograder.classes.gradebook import register
from autograder.classes.inbox import PATTERN
from autograder.classes.platforms import roster
from autograder.errors import CourseError
from autograder.files import ROOT, write_atomically
from autograder.source.lesson import Lesson
from autograder.source.release import notebook_text, reference_notebook, release_files

PRIVATE = 0o700  # of the folder: it holds what students wrote and their grades
LESSON_LINES = """
[lessons.{name}]        # {title}: {points:g} points
# deadline = 2026-11-06 23:59:00
# weight = 1
"""
SETTINGS = """\
# Settings of this class. `vae-course grade`, `nbgrader autograde` and formgrader all go by this file.
# A line that begins with # does nothing: take the # away to use it.
#
# The list of the class is students.csv beside this file, with a line for each student below its header:
#   ada,Ada,Lovelace,ada@example.org,10815
# Only `id` is needed; `lms_user_id` is Canvas's number of a student, or Moodle's "Participant 657737".

[course]
name = "vae-course"             # nbgrader's course_id
# timezone = "Europe/Berlin"    # in which the times below are meant; without this line: this computer's

# What late work costs, in percent of the points reached, for each day that has begun.
# Without these lines it costs nothing.
# [late]
# percent_per_day = 10
# at_most_percent = 50
# grace_minutes = 15
{lessons}
# Later deadlines of single students, by the id of students.csv (the name of their folder in submitted/).
[extensions]
# "ada" = {{ {first} = 2026-11-09 23:59:00 }}

# Other names of exercises in this class: an answer copied from the public repository is then not found.
# After a change: vae-course handout --course FOLDER
[names]
# kl_divergence = "gaussian_kl"
"""


def new_course(folder: Path, lessons: list[Lesson]) -> None:
    """Make a class's folder.

    Args:
        folder: Where; made if it is not there.
        lessons: The lessons of the class.

    Raises:
        CourseError: If the folder holds something, or nbgrader could not work in it.
    """
    _refuse_name(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CourseError(
            f"{folder}: is there already and not empty. Name a new folder, or an empty one."
        )
    try:
        folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        folder.chmod(PRIVATE)
    except OSError as error:
        raise CourseError(
            f"{folder}: cannot be made private ({error.strerror}). Name a folder that is yours."
        ) from None
    write_course(folder, lessons)


def write_course(folder: Path, lessons: list[Lesson]) -> None:
    """Write all files of a class's folder; the demo writes them, too."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [lesson.name for lesson in lessons]
    lines = "".join(
        LESSON_LINES.format(name=x.name, title=x.title, points=sum(c.points for c in x.cells))
        for x in lessons
    )
    texts = {
        settings.FILE: SETTINGS.format(lessons=lines, first=names[0]),
        roster.FILE: ",".join(roster.COLUMNS) + "\n",
        configuration.FILE: (ROOT / configuration.FILE).read_text(encoding="utf-8"),
    }
    for name, text in texts.items():
        write_atomically(folder / name, text.encode())
    for lesson in lessons:
        supply(lesson, folder)
        register(lesson, folder, configuration.address(folder))


def renew(names: list[str], folder: Path) -> list[str]:
    """Write the lessons of a class's folder again where they differ, as after a change of `[names]`.

    Args:
        names: Names of lessons; those that are not in the folder are passed over.
        folder: The class's.

    Returns:
        The lessons that were written.
    """
    lessons = [lesson_of(name, folder) for name in names if (folder / "release" / name).is_dir()]
    changed = [lesson for lesson in lessons if supply(lesson, folder)]
    for lesson in changed:
        register(lesson, folder, configuration.address(folder))
    return [lesson.name for lesson in changed]


def supply(lesson: Lesson, folder: Path) -> bool:
    """Write a lesson where nbgrader looks for it: source and student notebook, figures, glossary.

    Returns:
        Whether a file was missing or another one.
    """
    release = release_files(lesson)
    source = {**release, f"{lesson.name}.ipynb": notebook_text(reference_notebook(lesson)).encode()}
    wanted = {
        folder / place / lesson.name / name: content
        for place, files in (("source", source), ("release", release))
        for name, content in files.items()
    }
    changed = [p for p, c in wanted.items() if not p.is_file() or p.read_bytes() != c]
    for path in changed:
        write_atomically(path, wanted[path])
    return bool(changed)


def _refuse_name(folder: Path) -> None:
    """Refuse a path that nbgrader would read as a pattern, or a database as an address."""
    if found := sorted(set(str(folder)) & {*PATTERN, "{", "}", "%", "#"}):
        raise CourseError(
            f"{folder}: nbgrader cannot work in a folder whose path holds {' '.join(found)}. Name another one."
        )
