"""Pack feedback pages for upload: a zip file whose names tell Canvas or Moodle whose page each is."""

from __future__ import annotations

import base64
import io
import mimetypes
import re
import zipfile
from collections import defaultdict
from pathlib import Path, PurePosixPath

from autograder.classes.platforms.record import Collected, read_record
from autograder.errors import CourseError
from autograder.files import write_atomically
from autograder.source.lesson import Lesson

NAMED = ("canvas", "moodle")  # platforms that take pages back by their names
PICTURE = re.compile(r'(<img\b[^>]*?\bsrc=")([^":]+)(")')
MOODLE_FOLDER = re.compile(r"[^/]*_\d+_assignsubmission_file_?")
MAX_PICTURE = 5 * 2**20  # bytes; a larger one stays out of the page


def pack_feedback(name: str, course: Path) -> tuple[list[Path], list[str]]:
    """Write `feedback_LESSON_PLATFORM.zip` into the course's folder, one for each platform.

    Args:
        name: Name of the lesson.
        course: Folder of the class, in which the lesson was collected and graded.

    Returns:
        The files, and the students without a feedback page.

    Raises:
        CourseError: If nothing was collected from such a platform, or nobody has a page.
    """
    lesson = Lesson.load(name)
    record = {s: c for s, c in read_record(course, lesson.name).items() if c.platform in NAMED}
    if not record:
        raise CourseError(
            f"{course}: nothing of {lesson.name} was collected from Canvas or Moodle. "
            f"Collect it first: vae-course collect {lesson.name} DOWNLOAD"
        )
    pages: dict[str, dict[str, bytes]] = defaultdict(dict)
    without = []
    for student, collected in sorted(record.items()):
        page = course / "feedback" / student / lesson.name / f"{lesson.name}.html"
        if page.is_file() and not page.is_symlink():
            pages[collected.platform][_name_for(collected, lesson)] = _alone(page)
        else:
            without.append(student)
    if not pages:
        raise CourseError(
            f"{course}: no feedback pages of {lesson.name}. Grade it first: vae-course grade {lesson.name}"
        )
    written = []
    for platform, named in sorted(pages.items()):
        path = course / f"feedback_{lesson.name}_{platform}.zip"
        write_atomically(path, _zipped(named))
        written.append(path)
    return written, without


def _name_for(collected: Collected, lesson: Lesson) -> str:
    """Return the name under which the platform knows whose page it is."""
    source = PurePosixPath(collected.source)
    if collected.platform == "canvas":  # ..._{user id}_{attachment id}_...
        return f"{source.stem}.html"
    folders = [part for part in source.parts[:-1] if MOODLE_FOLDER.fullmatch(part)]
    if folders:
        return f"{folders[-1]}/{lesson.name}.html"
    match = MOODLE_FOLDER.match(source.name)  # Moodle was asked for no folders
    return f"{match[0] if match else source.stem}_{lesson.name}.html".replace("__", "_")


def _alone(page: Path) -> bytes:
    """Return a page with the pictures in it that lie beside it, so that it can be opened alone."""

    def with_picture(match: re.Match) -> str:
        picture = page.parent / match[2]
        kind = mimetypes.guess_type(picture.name)[0] or ""
        inside = picture.resolve().is_relative_to(page.parent.resolve())
        if not (inside and kind.startswith("image/") and picture.is_file()):
            return match[0]
        if picture.stat().st_size > MAX_PICTURE:
            return match[0]
        data = base64.b64encode(picture.read_bytes()).decode()
        return f"{match[1]}data:{kind};base64,{data}{match[3]}"

    return PICTURE.sub(with_picture, page.read_text(encoding="utf-8")).encode()


def _zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()
