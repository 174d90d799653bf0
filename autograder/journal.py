"""A journal of verdicts, so that an interrupted run goes on where it was.

One JSON line per verdict, keyed by everything that a verdict depends on: the submitted cells, the
lesson, and the code of the grader. A line cut short by a crash is ignored.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from autograder.judge import ExerciseVerdict, Verdict
from autograder.lessons import ROOT
from autograder.run import submission_seed
from autograder.salvage import Submission


class Journal:
    """Verdicts kept in a file.

    Args:
        path: The file; None keeps nothing.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.verdicts: dict[str, Verdict] = {}
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                self._recall(line)

    def verdict(self, submission: Submission, make: Callable[[], Verdict]) -> Verdict:
        """The verdict on a submission: from the journal, else made now and kept."""
        key = f"{submission_seed(submission)}-{grader_version(submission.lesson.name)}"
        if key in self.verdicts:
            return dataclasses.replace(self.verdicts[key], repairs=submission.repairs)
        verdict = make()
        self.verdicts[key] = verdict
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            line = json.dumps({"key": key, "verdict": dataclasses.asdict(verdict)})
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        return verdict

    def _recall(self, line: str) -> None:
        try:
            data = json.loads(line)
            verdict = data["verdict"]
            exercises = [ExerciseVerdict(**e) for e in verdict["exercises"]]
            self.verdicts[data["key"]] = Verdict(verdict["lesson"], exercises, verdict["repairs"])
        except (ValueError, KeyError, TypeError):
            return


@functools.cache
def grader_version(lesson: str) -> str:
    """A digest of the lesson's source and of all code that decides a verdict."""
    digest = hashlib.sha256()
    files = [*(ROOT / "autograder").rglob("*.py"), *(ROOT / "course_utils").rglob("*.py")]
    for path in [ROOT / "solutions" / f"{lesson}.py", *sorted(files)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
