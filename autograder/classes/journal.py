"""Keep verdicts in a journal, so that an interrupted run goes on where it stopped.

One JSON line per verdict, keyed by everything that a verdict depends on: the submitted file, the student, the
course's key, the lesson, the class's names in it, and what decides a verdict (`DECIDES`). A line that is not as
it was written is ignored, such as one cut short by a crash: its digest does not fit.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from autograder.files import ROOT
from autograder.grading.judge import ExerciseVerdict, Verdict
from autograder.grading.reading import MAX_BYTES
from autograder.source.lesson import Lesson, lesson_names

# The files that decide a verdict. A change of one of them makes kept verdicts stale; a change of the command
# line, the demo, the gradebook or the docs does not. A file that is named after another lesson is left out.
DECIDES = (
    "autograder/errors.py",
    "autograder/exercises/**/*.py",
    "autograder/files.py",
    "autograder/grading/*.py",
    "autograder/sandbox/**/*.py",
    "autograder/source/*.py",
    "autograder/wire/*.py",
    "course_utils/**/*.py",
    "course_utils/checks/fingerprints/*.json",
    "solutions/*.py",
)


class Lines:
    """JSON lines in a file that is only added to; a line that is not as it was written is ignored.

    Args:
        path: The file; made with the first line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield what each whole line holds, without its digest."""
        if not self.path.exists():
            return
        for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                data = json.loads(line)
                is_whole = data.pop("digest") == _digest(data)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                continue
            if is_whole:
                yield data

    def append(self, data: dict[str, Any]) -> None:
        """Add a line; it survives a crash of this process."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({**data, "digest": _digest(data)})
        with self.path.open("ab+") as file:
            if file.tell() and not _ends_line(file):
                line = f"\n{line}"
            file.write(f"{line}\n".encode())


def _ends_line(file: BinaryIO) -> bool:
    """Return whether a file ends with a whole line; a crash may have cut the last one."""
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def _digest(data: dict[str, Any]) -> str:
    """Return a digest of what a line holds."""
    return hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16]


class Journal:
    """Verdicts kept in a file.

    Args:
        path: The file; made when the first verdict is kept.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines = Lines(path)
        self._verdicts: dict[str, Verdict] = {}
        for data in self._lines.read():
            with contextlib.suppress(KeyError, TypeError):
                verdict = data["verdict"]
                exercises = [ExerciseVerdict(**e) for e in verdict["exercises"]]
                self._verdicts[data["key"]] = Verdict(
                    verdict["lesson"], exercises, verdict["repairs"]
                )

    def find(self, key: str) -> Verdict | None:
        """Return the verdict kept under this key, or None."""
        return self._verdicts.get(key)

    def keep(self, key: str, verdict: Verdict) -> None:
        """Keep a verdict; it survives a crash of this process."""
        self._verdicts[key] = verdict
        self._lines.append({"key": key, "verdict": dataclasses.asdict(verdict)})


def journal_key(file: Path, lesson: Lesson, student: str, secret: bytes, note: str = "") -> str:
    """Return the key under which a verdict on a student's file, with a note on other files, is kept.

    Of a file that is too large to be read, it depends on the size only, which is all that the verdict tells.
    """
    digest = hashlib.sha256(secret)
    for part in (lesson.name, student, file.name, note, lesson_version(lesson)):
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    if file.is_file() and not file.is_symlink():
        with contextlib.suppress(OSError), file.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > MAX_BYTES:
                digest.update(f"{size} bytes".encode())
                return digest.hexdigest()
            while chunk := stream.read(2**20):
                digest.update(chunk)
    return digest.hexdigest()


def page_key(key: str) -> str:
    """Return the key of a feedback page: that of its verdict, and the code that writes pages."""
    return hashlib.sha256(f"{key} {pages_version()}".encode()).hexdigest()[:32]


@functools.cache
def pages_version() -> str:
    """Return a digest of the code that writes pages."""
    digest = hashlib.sha256()
    code = (ROOT / "autograder/classes").rglob("*")
    for path in sorted(p for p in code if p.is_file() and p.suffix != ".pyc"):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def lesson_version(lesson: Lesson) -> str:
    """Return a digest of all files that decide a verdict on this lesson, and of the class's names in it."""
    version = grader_version(lesson.name)
    names = hashlib.sha256(json.dumps(lesson.names).encode()).hexdigest()[:8]
    return f"{version}-{names}" if lesson.names else version


@functools.cache
def grader_version(lesson: str) -> str:
    """Return a digest of all files that decide a verdict on this lesson."""
    digest = hashlib.sha256()
    for name in deciding_files(lesson):
        content = hashlib.sha256((ROOT / name).read_bytes()).hexdigest()
        digest.update(f"{name}\0{content}\n".encode())
    return digest.hexdigest()[:16]


def deciding_files(lesson: str) -> list[str]:
    """Return the files that decide a verdict on this lesson, as sorted paths below `ROOT`."""
    others = [name for name in lesson_names() if name != lesson]
    found = {p.relative_to(ROOT).as_posix() for pattern in DECIDES for p in ROOT.glob(pattern)}
    return sorted(name for name in found if not any(other in name for other in others))
