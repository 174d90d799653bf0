"""Judge: from what the worker saw to a verdict per exercise, with scores as plain floats."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from autograder.probe import hidden_test
from autograder.run import Worker
from autograder.salvage import Submission

KILLED = {
    "timeout": "Your code did not finish in the time allowed. Is there a loop that never ends?",
    "memory": "Your code used more memory than allowed. How large are the tensors it makes?",
    "crashed": "Your code ended the Python process itself.",
}


@dataclass
class ExerciseVerdict:
    """The verdict on one exercise.

    Attributes:
        name: Name of the exercise.
        status: "correct", "partial", "incorrect", "not attempted", "error", "timeout", "memory", "crashed"
            or "missing".
        score: Points earned.
        max_score: Points to be had.
        diagnosis: {"id", "message"} that says what is wrong, None when nothing is.
        criteria: One {"name", "passed"} per criterion, in the order of the hidden test.
        details: A sentence per criterion that failed, for reports.
    """

    name: str
    status: str
    score: float
    max_score: float
    diagnosis: dict[str, str] | None = None
    criteria: list[dict[str, Any]] = field(default_factory=list)
    details: dict[str, str] = field(default_factory=dict)


@dataclass
class Verdict:
    """The verdict on one submission."""

    lesson: str
    exercises: list[ExerciseVerdict]
    repairs: list[str] = field(default_factory=list)

    @property
    def score(self) -> float:
        """Points earned."""
        return float(sum(e.score for e in self.exercises))

    @property
    def max_score(self) -> float:
        """Points to be had in the exercises; written answers are graded by people."""
        return float(sum(e.max_score for e in self.exercises))

    def of(self, name: str) -> ExerciseVerdict:
        """The verdict on one exercise."""
        return next(e for e in self.exercises if e.name == name)


def judge(submission: Submission, worker: Worker) -> Verdict:
    """Grade a submission.

    Args:
        submission: A salvaged notebook.
        worker: Where its code runs.
    """
    answer = worker.run(submission)
    exercises = [_judge_exercise(name, submission, answer) for name in submission.lesson.exercises]
    return Verdict(submission.lesson.name, exercises, submission.repairs)


def _judge_exercise(name: str, submission: Submission, answer: dict[str, Any]) -> ExerciseVerdict:
    test = hidden_test(submission.lesson.name, name)
    points = float(test.points)
    none_passed = [{"name": c.name, "passed": False} for c in test.criteria]

    def nothing(status: str, id: str = "", message: str = "") -> ExerciseVerdict:
        diagnosis = {"id": id or status, "message": message} if message else None
        return ExerciseVerdict(name, status, 0.0, points, diagnosis, none_passed)

    if name in submission.untouched:
        return nothing("not attempted")
    problem = _cell_problem(name, submission, answer)
    seen = answer["exercises"].get(name)
    attempts = [e["criteria"] for e in seen["events"] if "criteria" in e] if seen else []
    if not attempts:
        if problem is not None:
            return nothing(*problem)
        if seen is not None and seen["status"] != "done":
            return nothing(seen["status"], message=KILLED[seen["status"]])
        if seen is None and answer["session"] != "done":
            return nothing(answer["session"], message=KILLED[answer["session"]])
        return nothing("missing", message=f"No cell defines `{name}`.")
    best = max(attempts, key=lambda outcomes: sum(o["points"] for o in outcomes if o["passed"]))
    diagnosis = next((e["diagnosis"] for e in seen["events"] if e.get("diagnosis")), None)
    return _verdict(name, points, best, diagnosis, seen["status"])


def _verdict(
    name: str, points: float, outcomes: list[dict], diagnosis: dict[str, str] | None, ending: str
) -> ExerciseVerdict:
    score = float(sum(o["points"] for o in outcomes if o["passed"]))
    failed = [o for o in outcomes if not o["passed"]]
    criteria = [{"name": o["name"], "passed": o["passed"]} for o in outcomes]
    details = {o["name"]: o["message"] for o in failed}
    if not failed:
        return ExerciseVerdict(name, "correct", score, points, None, criteria)
    kinds = {o["error"] for o in failed}
    if score == 0 and kinds == {"NotImplementedError"}:
        return ExerciseVerdict(name, "not attempted", 0.0, points, None, criteria)
    if score > 0:
        status = "partial"
    elif ending != "done":
        status = ending
    else:
        status = "incorrect" if None in kinds else "error"
    if diagnosis is None:
        first = next((o for o in failed if o["error"] is None), failed[0])
        diagnosis = {"id": f"failed-{_slug(first['name'])}", "message": f"{first['message']}."}
        if diagnosis["message"].endswith(("..", "?.", "!.", ":.")):
            diagnosis["message"] = diagnosis["message"][:-1]
    return ExerciseVerdict(name, status, score, points, diagnosis, criteria, details)


def _cell_problem(
    name: str, submission: Submission, answer: dict[str, Any]
) -> tuple[str, str, str] | None:
    """Why the cell of an exercise did not run: (status, id, message), or None."""
    for number, cell in enumerate(submission.notebook.cells):
        if cell.metadata.get("nbgrader", {}).get("grade_id") != name:
            continue
        status = answer["killed"].get(str(number))
        if status is not None:
            return status, status, KILLED[status]
        message = answer["errors"].get(str(number))
        if message is not None:
            return "error", "cell-error", f"The cell does not run: {message}."
    if name in submission.missing:
        return (
            "missing",
            "missing",
            f"The cell of `{name}` was deleted, and no other cell defines it.",
        )
    return None


def _slug(text: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in text.lower()).strip("-")
