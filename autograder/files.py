"""Where the project lies on disk, and how its files are written."""

from pathlib import Path

from autograder.errors import CourseError
from course_utils import files

ROOT = Path(__file__).resolve().parent.parent


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file in one step: readers see the old content or the new, never half of it.

    Raises:
        CourseError: If the folder cannot be written.
    """
    try:
        files.write_atomically(path, content)
    except OSError as error:
        raise CourseError(
            f"{path}: cannot be written ({error.strerror}). Check the folder's rights and free space."
        ) from None
