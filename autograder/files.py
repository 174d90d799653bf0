"""Where the project lies on disk, and how its files are written."""

import os
import tempfile
from pathlib import Path

from autograder.errors import CourseError

ROOT = Path(__file__).resolve().parent.parent


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
