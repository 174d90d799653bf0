"""List the files of a download, a folder or a zip file, without unpacking anything.

A download is not trusted: links are not followed, names may not lead out of it, and there are limits on the
number and the size of its files.
"""

from __future__ import annotations

import lzma
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from autograder.classes.inbox import HIDDEN
from autograder.errors import CourseError
from autograder.grading.reading import MAX_BYTES
from autograder.wire.explain import one_line

MAX_FILES = 20_000  # of a download
MAX_TOTAL = 20 * 2**30  # bytes of all files of a zip file
# A zip file that grows more than this is a bomb; notebooks shrink to a tenth. Small ones may grow as they like.
MAX_GROWTH, MAY_GROW = 100, 200 * 2**20
UNIX_TIME = 0x5455  # the part of a zip entry that holds its time in UTC
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,  # a password, or a compression that Python does not know
    ValueError,
    struct.error,
)
Problem = tuple[str, str]  # the name of a file, and why it was not taken


@dataclass(frozen=True)
class Entry:
    """A file of a download.

    Attributes:
        name: Its path in the download, with "/" between folders.
        size: Bytes, as the download says.
        when: When it was last changed, in UTC; None if the download does not say.
        read: Returns its bytes; raises `CourseError` with the reason if it cannot.
    """

    name: str
    size: int
    when: datetime | None
    read: Callable[[], bytes]


def entries(path: Path, stack: ExitStack) -> tuple[list[Entry], list[Problem]]:
    """List the files of a folder or a zip file, sorted by name, without hidden ones; or one file alone.

    Args:
        path: The folder or file.
        stack: Keeps a zip file open; files can be read as long as it is.

    Raises:
        CourseError: If there is no such download, it cannot be read, or it is too large to be one.
    """
    if path.is_dir():
        return _of_folder(path)
    if not path.is_file():
        raise CourseError(
            f"{path}: no such file or folder. Name a downloaded zip file, or a folder with submissions."
        )
    if zipfile.is_zipfile(path):
        return _of_zip(path, stack)
    if path.suffix.lower() == ".zip":
        raise CourseError(f"{path}: damaged, or no zip file at all. Download it again.")
    return [_file(path, path.name)], []


def alone(path: Path) -> Entry:
    """Return a file as it is, a zip file too."""
    return _file(path, path.name)


def _file(path: Path, name: str) -> Entry:
    about = path.stat()
    when = datetime.fromtimestamp(about.st_mtime, UTC)
    return Entry(name, about.st_size, when, partial(_read_file, path))


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return _within_limit(stream.read(MAX_BYTES + 1))
    except OSError as error:
        raise CourseError(f"cannot be read ({error.strerror})") from None


def _of_folder(folder: Path) -> tuple[list[Entry], list[Problem]]:
    found: list[Entry] = []
    problems: list[Problem] = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith(HIDDEN))
        links = [f for f in folders if Path(place, f).is_symlink()]
        for name in sorted([*names, *links]):
            path = Path(place, name)
            if name.startswith(HIDDEN):
                continue
            relative = path.relative_to(folder).as_posix()
            if path.is_symlink():
                problems.append((relative, "a link: links are not followed"))
            elif not path.is_file():
                problems.append((relative, "not an ordinary file"))
            else:
                _add(found, _file(path, relative), problems)
        if len(found) > MAX_FILES:
            raise CourseError(
                f"{folder}: more than {MAX_FILES} files. Name the folder that holds the submissions alone."
            )
    return found, problems


def _of_zip(path: Path, stack: ExitStack) -> tuple[list[Entry], list[Problem]]:
    try:
        archive = stack.enter_context(zipfile.ZipFile(path))
    except UNREADABLE as error:
        raise CourseError(
            f"{path}: a damaged zip file ({_reason(error)}). Download it again."
        ) from None
    files = [i for i in archive.infolist() if not i.is_dir()]
    total = sum(i.file_size for i in files)
    grows = total > MAY_GROW and total > MAX_GROWTH * path.stat().st_size
    if len(files) > MAX_FILES or total > MAX_TOTAL or grows:
        raise CourseError(
            f"{path}: would unpack to {len(files)} files and {_megabytes(total)}; a download has at most "
            f"{MAX_FILES} files, {_megabytes(MAX_TOTAL)} and {MAX_GROWTH} times its own size. "
            "It may be a zip bomb: look at it, and unpack what you trust into a folder."
        )
    found: list[Entry] = []
    problems: list[Problem] = []
    for info in files:
        name = _name_of(info)
        parts = name.split("/")
        if any(part.startswith(HIDDEN) and part != ".." for part in parts):
            continue
        if ".." in parts or "" in parts or re.match(r"[A-Za-z]:", name):
            problems.append((name, "its path leads out of the download"))
        elif (info.external_attr >> 28) == 0xA:
            problems.append((name, "a link: links are not followed"))
        else:
            read = partial(_read_entry, archive, info)
            _add(found, Entry(name, info.file_size, _time_of(info), read), problems)
    return sorted(found, key=lambda e: e.name), problems


def _add(found: list[Entry], entry: Entry, problems: list[Problem]) -> None:
    if entry.size > MAX_BYTES:
        problems.append(
            (entry.name, f"{_megabytes(entry.size)}, more than {_megabytes(MAX_BYTES)}")
        )
    else:
        found.append(entry)


def _name_of(info: zipfile.ZipInfo) -> str:
    """Return an entry's name; some programs write UTF-8 without saying so, or the folders of Windows."""
    name = info.filename
    if not info.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.filename
    return name.replace("\\", "/")


def _read_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(info) as stream:
            return _within_limit(stream.read(MAX_BYTES + 1))
    except UNREADABLE as error:
        raise CourseError(f"cannot be read from the zip file ({_reason(error)})") from None


def _within_limit(content: bytes) -> bytes:
    if len(content) > MAX_BYTES:
        raise CourseError(f"more than {_megabytes(MAX_BYTES)}")
    return content


def _time_of(info: zipfile.ZipInfo) -> datetime | None:
    """Return an entry's time: in UTC where the entry says so, else it is taken for this computer's time."""
    try:
        extra = info.extra
        while len(extra) >= 4:
            kind, size = struct.unpack("<HH", extra[:4])
            if kind == UNIX_TIME and size >= 5 and len(extra) >= 9 and extra[4] & 1:
                return datetime.fromtimestamp(struct.unpack("<i", extra[5:9])[0], UTC)
            extra = extra[4 + size :]
        if info.date_time <= (1980, 1, 1, 0, 0, 0):  # what programs write that know no time
            return None
        return datetime(*info.date_time).astimezone(UTC)
    except (ValueError, OverflowError, OSError, struct.error):
        return None


def _megabytes(size: int) -> str:
    return f"{size / 2**20:,.0f} MB"


def _reason(error: BaseException) -> str:
    return one_line(str(error))[:150] or type(error).__name__
