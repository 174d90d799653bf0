"""Seeds: what decides the random inputs of a grading. No two students meet the same ones.

A course has a secret key. Whoever knows the grader's code, and even the numbers of an earlier feedback page,
cannot say which inputs the next file will meet: they follow from the key, the student and the text handed in.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path

from autograder.grading.salvage import Submission

KEY_BYTES = 32
FOLDER = ".vae-course"  # beside submitted/: the key, the journal and the lock of a course


def submission_seed(submission: Submission, key: bytes = b"", student: str = "") -> str:
    """The seed of a submission: the same file of the same student is graded the same way.

    Args:
        submission: A salvaged notebook.
        key: Secret of the course; empty where people check their own work.
        student: Their name in the course.
    """
    cells = [c.source for c in submission.notebook.cells if c.cell_type == "code"]
    text = "\0".join((submission.lesson.name, student, *cells))
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def course_key(course: Path) -> bytes:
    """The secret key of a course; made at its first use, readable by its owner only."""
    path = course / FOLDER / "key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, fresh = tempfile.mkstemp(dir=path.parent)  # of mode 600
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(KEY_BYTES))
            with contextlib.suppress(FileExistsError):  # somebody else was first
                os.link(fresh, path)
        finally:
            os.unlink(fresh)
    return path.read_bytes()
