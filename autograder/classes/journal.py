"""Keep verdicts in a journal, so that an interrupted run goes on where it stopped.

One JSON line per verdict, keyed by everything that a verdict depends on: the submitted file, the student, the
course's key, the lesson, and the code of the grader. A line cut short by a crash is ignored.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from pathlib import Path

from autograder.files import ROOT
from autograder.grading.judge import ExerciseVerdict, Verdict


class Journal:
    """Verdicts kept in a file.

    Args:
        path: The file; made when the first verdict is kept.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._verdicts: dict[str, Verdict] = {}
        self._whole = True  # whether the file ends with a whole line
        if path.exists():
            text = path.read_text(encoding="utf-8", errors="replace")
            self._whole = not text or text.endswith("\n")
            for line in text.splitlines():
                self._recall(line)

    def find(self, key: str) -> Verdict | None:
        """Return the verdict kept under this key, or None."""
        return self._verdicts.get(key)

    def keep(self, key: str, verdict: Verdict) -> None:
        """Keep a verdict; it survives a crash of this process."""
        self._verdicts[key] = verdict
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"key": key, "verdict": dataclasses.asdict(verdict)})
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n" if self._whole else f"\n{line}\n")
        self._whole = True

    def _recall(self, line: str) -> None:
        try:
            data = json.loads(line)
            verdict = data["verdict"]
            exercises = [ExerciseVerdict(**e) for e in verdict["exercises"]]
            self._verdicts[data["key"]] = Verdict(verdict["lesson"], exercises, verdict["repairs"])
        except (ValueError, KeyError, TypeError):
            return


def journal_key(file: Path, lesson: str, student: str, secret: bytes) -> str:
    """Return the key under which a verdict on a student's file is kept."""
    digest = hashlib.sha256(secret)
    for part in (lesson, student, grader_version(lesson)):
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    digest.update(file.read_bytes() if file.is_file() and not file.is_symlink() else b"")
    return digest.hexdigest()


@functools.cache
def grader_version(lesson: str) -> str:
    """A digest of the lesson's source and of all code that decides a verdict."""
    digest = hashlib.sha256()
    files = [*(ROOT / "autograder").rglob("*.py"), *(ROOT / "course_utils").rglob("*.py")]
    for path in [ROOT / "solutions" / f"{lesson}.py", *sorted(files)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
