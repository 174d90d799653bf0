"""Where the project lies on disk, and how its files are written."""

import os
import stat
import tempfile
from pathlib import Path

from autograder.errors import CourseError

ROOT = Path(__file__).resolve().parent.parent


def read_regular(path: Path, most: int) -> bytes:
    """Read a file that a learner may have put there: no link is followed, and no pipe is waited for.

    Args:
        path: The file.
        most: Bytes that it may have.

    Raises:
        OSError: If it is no regular file, is larger, or cannot be read.
    """
    with open(path, "rb", opener=_without_links) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            raise OSError(f"{path}: no regular file of at most {most} bytes")
        return file.read(most)


def _without_links(path: str, flags: int) -> int:
    return without_waiting(path, flags | getattr(os, "O_NOFOLLOW", 0))


def without_waiting(path: str, flags: int) -> int:
    """Open a file; opening a pipe would wait for somebody to write into it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file in one step: readers see the old content or the new, never half of it.

    Raises:
        CourseError: If the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as new:
            new.write(content)
        os.chmod(new.name, 0o644)
        os.replace(new.name, path)
    except OSError as error:
        raise CourseError(
            f"{path}: cannot be written ({error.strerror}). Check the folder's rights and free space."
        ) from None
