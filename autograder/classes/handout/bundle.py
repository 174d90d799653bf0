"""A zip file for learners: lessons, the wheel that they import, and how to start; no solution and no test."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from string import Template

from autograder.classes.handout.wheel import LICENSES, Wheel, learner_wheel
from autograder.files import ROOT, write_atomically
from autograder.source.lesson import Lesson, lesson_names
from autograder.source.names import Names
from autograder.source.release import release_files

COURSE = "vae-course"
TEXTS = ("README.txt", "requirements.txt")  # beside this file, with $names to fill in
GUIDE = ROOT / "docs" / "student.md"
PICTURE = ROOT / "docs" / "images" / "check.png"
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the oldest time that a zip file can hold


def write_handouts(names: list[str], folder: Path, own: Names = ()) -> list[Path]:
    """Write a zip file for each lesson, or one for the whole course.

    Args:
        names: Names of lessons; empty for the whole course.
        folder: Where to write; made if it is missing.
        own: What a class calls exercises.

    Returns:
        The files written. The same sources give the same bytes.

    Raises:
        CourseError: If there is no such lesson, a solution is left in one, or the folder cannot be written.
    """
    lessons = {name: [Lesson.load(name, own)] for name in names}
    if not lessons:
        lessons = {COURSE: [Lesson.load(name, own) for name in lesson_names()]}
    wheel = learner_wheel()
    contents = {folder / f"{name}.zip": handout(each, wheel) for name, each in lessons.items()}
    for path, content in contents.items():
        write_atomically(path, content)
    return list(contents)


def handout(lessons: list[Lesson], wheel: Wheel) -> bytes:
    """Return the bytes of a zip file with these lessons.

    Every file lies in one folder of the same name, so that lessons handed out one by one lie beside each other.
    """
    files = {wheel.name: wheel.content, **_texts(lessons, wheel)}
    files |= {name: (ROOT / name).read_bytes() for name in LICENSES}
    files |= {GUIDE.name: _guide(), f"images/{PICTURE.name}": PICTURE.read_bytes()}
    for lesson in lessons:
        for path, content in release_files(lesson).items():
            files[f"{lesson.name}/{path}"] = content
    return _zip({f"{COURSE}/{path}": content for path, content in files.items()})


def _guide() -> bytes:
    """Return the page for learners without the comments that say where its numbers come from."""
    return re.sub(r"<!--.*?-->", "", GUIDE.read_text(encoding="utf-8")).encode()


def _texts(lessons: list[Lesson], wheel: Wheel) -> dict[str, bytes]:
    """Return the files that say how to install and start, filled in for these lessons."""
    whole = len(lessons) == len(lesson_names())
    values = {
        "title": "Variational autoencoders, a course" if whole else lessons[0].title,
        "lesson": lessons[0].name,
        "wheel": wheel.name,
    }
    found = {name: Path(__file__).with_name(name).read_text(encoding="utf-8") for name in TEXTS}
    return {name: Template(text).substitute(values).encode() for name, text in found.items()}


def _zip(files: dict[str, bytes]) -> bytes:
    """Return a zip file whose bytes depend on nothing but the files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files.items()):
            entry = zipfile.ZipInfo(path, FIRST_DAY)
            entry.create_system = (
                3  # Unix, also where this runs on Windows: rights are written as there
            )
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()
