"""Run a submission in the worker process: which cells, in which order, under which limits."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from typing import Any

from autograder.errors import CourseError
from autograder.lessons import ROOT, Lesson
from autograder.release import SKIP_TAG, release_cells
from autograder.salvage import PUT_BACK_TAG, Submission
from autograder.supervise import Limits


class Worker:
    """A warm worker process; a context manager that grades one submission after another.

    Args:
        limits: What each exercise may use.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.process: subprocess.Popen | None = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait(timeout=30)
            self.process.stdout.close()
            self.process = None

    def run(self, submission: Submission) -> dict[str, Any]:
        """Execute the learner's cells and probe every exercise.

        Returns:
            The worker's answer, see `autograder.worker.grade`.

        Raises:
            CourseError: If the worker itself fails; never because of what a learner wrote.
        """
        request = {
            "lesson": submission.lesson.name,
            "cells": cells_to_run(submission),
            "exercises": [n for n in submission.lesson.exercises if n not in submission.untouched],
            "seed": submission_seed(submission),
            "limits": dataclasses.asdict(self.limits),
        }
        process = self._start()
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            self.process = None
            raise CourseError(
                "The grading worker stopped, which is no learner's fault. See why with: "
                "python -m autograder.worker < /dev/null"
            )
        result = json.loads(answer)
        if result["broken"]:
            raise CourseError(f"The grader itself failed, no learner did: {result['broken']}")
        return result

    def _start(self) -> subprocess.Popen:
        if self.process is None or self.process.poll() is not None:
            paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
            environment = {
                **os.environ,
                "OMP_NUM_THREADS": "1",
                "PYTHONHASHSEED": "0",
                "PYTHONPATH": os.pathsep.join(p for p in paths if p),
            }
            self.process = subprocess.Popen(
                [sys.executable, "-m", "autograder.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
                text=True,
                encoding="utf-8",
            )
        return self.process


def cells_to_run(submission: Submission) -> list[dict[str, Any]]:
    """The lesson's setup cells, then the learner's code cells in order.

    Copies of released stubs are left out. Of demonstration cells (long training, figures) only the imports,
    functions and classes are executed. A check cell is not executed: it marks where the learner's object
    is looked at, so that a later cell may reuse its name.
    """
    lesson = submission.lesson
    setup = [c.source for c in lesson.cells if c.role == "setup"]
    cells = [_step(-1 - i, source=source) for i, source in enumerate(setup)]
    given = _given_texts(lesson)
    for number, cell in enumerate(submission.notebook.cells):
        tags = cell.metadata.get("tags", [])
        if cell.cell_type != "code" or PUT_BACK_TAG in tags:
            continue
        nbgrader = cell.metadata.get("nbgrader", {})
        if nbgrader.get("grade"):
            cells.append(_step(number, look_at=nbgrader["grade_id"].removeprefix("test_")))
            continue
        kind = None if nbgrader else given.get(cell.source.strip())
        if kind != "leave out":
            definitions_only = SKIP_TAG in tags or kind == SKIP_TAG
            cells.append(_step(number, source=cell.source, definitions_only=definitions_only))
    return cells


def _step(
    number: int, source: str = "", definitions_only: bool = False, look_at: str = ""
) -> dict[str, Any]:
    return {
        "number": number,
        "source": source,
        "definitions_only": definitions_only,
        "look_at": look_at,
    }


def submission_seed(submission: Submission) -> str:
    """Decides all random inputs: the same file is graded the same way, another file on other inputs."""
    text = "\0".join(c.source for c in submission.notebook.cells if c.cell_type == "code")
    return hashlib.sha256(f"{submission.lesson.name}\0{text}".encode()).hexdigest()


def _given_texts(lesson: Lesson) -> dict[str, str]:
    """What to do with unmarked cells whose text is one of the released cells'."""
    texts = {}
    for cell in release_cells(lesson):
        if cell.cell_type != "code":
            continue
        if "nbgrader" in cell.metadata:
            texts[cell.source.strip()] = "leave out"
        elif SKIP_TAG in cell.metadata.get("tags", []):
            texts[cell.source.strip()] = SKIP_TAG
    return texts
