"""Seeds: what decides the random inputs of a grading, different for every student.

The inputs follow from the secret key of the course, the student and all that the learner's code can see of the
file. So nobody can know the inputs of the next file, even with the grader's code and the numbers of an earlier
feedback page.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
import tempfile
from pathlib import Path

from autograder.errors import CourseError
from autograder.grading.cells import cells_to_run
from autograder.grading.salvage import Submission

KEY_BYTES = 32
FOLDER = ".vae-course"  # beside submitted/: the key, the journal and the lock of a course


def submission_seed(submission: Submission, key: bytes = b"", student: str = "") -> str:
    """Return the seed of a submission: the same code of the same student gets the same inputs.

    Args:
        submission: A salvaged notebook.
        key: Secret key of the course; empty where learners check their own work.
        student: The student's name in the course.

    Returns:
        A hexadecimal text.
    """
    text = json.dumps([submission.lesson.name, student, cells_to_run(submission)])
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def course_key(course: Path) -> bytes:
    """Return the secret key of a course, made at its first use and readable only by its owner."""
    path = course / FOLDER / "key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, fresh = tempfile.mkstemp(dir=path.parent)  # readable by its owner only
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(KEY_BYTES))
            with contextlib.suppress(FileExistsError):  # another process was first: its key counts
                os.link(fresh, path)
        finally:
            os.unlink(fresh)
    try:
        text, rights = path.read_bytes(), path.stat().st_mode
    except OSError as error:
        raise CourseError(f"{path}: the course's key cannot be read ({error.strerror}).") from None
    if not re.fullmatch(rb"[0-9a-f]{%d}" % (2 * KEY_BYTES), text.strip()):
        raise CourseError(
            f"{path}: not the key of a course. Restore it from a backup, or delete it: then a new one is made, "
            "and everything that is graded again gets other inputs."
        )
    if os.name == "posix" and rights & 0o077:
        raise CourseError(
            f"{path}: others can read the course's key, and with it foresee the inputs of tests. "
            f"Make it private: chmod 600 {path}. If somebody may have read it, delete it instead."
        )
    return text
