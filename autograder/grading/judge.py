"""Turn what the hidden tests found into a verdict per exercise, with scores as plain floats."""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass, field
from typing import Any

from autograder.exercises.criteria import Outcome, derive_seed
from autograder.exercises.lookup import hidden_test, wrong_solutions
from autograder.grading.cells import cells_to_run
from autograder.grading.examine import Examined, examine
from autograder.grading.salvage import Submission
from autograder.grading.seeds import submission_seed
from autograder.sandbox.worker import LocalSession, LocalWorker, RemoteSession, Worker
from autograder.source.lesson import Lesson
from course_utils.checks.errors import meaning, with_meaning
from course_utils.names import in_text

KILLED = {
    "timeout": "Your code did not finish in the time allowed. Is there a loop that never ends?",
    "memory": "Your code used more memory than allowed. How large are the tensors it makes?",
    "crashed": "Your code ended the Python process itself.",
    "late": "It was not examined: the cells and exercises before had used up the time for the whole notebook.",
}


@dataclass
class ExerciseVerdict:
    """The verdict on one exercise.

    Attributes:
        name: Name of the exercise.
        status: "correct", "partial", "incorrect", "not attempted", "error", "timeout", "memory", "crashed"
            or "missing".
        score: Points earned.
        max_score: Points of a correct answer.
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

    @property
    def was_tried(self) -> bool:
        """Whether the hidden test ran: each criterion that it tried was passed, or a detail says why not."""
        return bool(self.details) or any(c["passed"] for c in self.criteria)


@dataclass
class Verdict:
    """The verdict on one submission.

    Attributes:
        lesson: Name of the lesson.
        exercises: One verdict per exercise, in the order of the lesson.
        repairs: One sentence for each thing that had to be repaired in the file.
    """

    lesson: str
    exercises: list[ExerciseVerdict]
    repairs: list[str] = field(default_factory=list)

    @property
    def score(self) -> float:
        """Points earned."""
        return float(sum(e.score for e in self.exercises))

    @property
    def max_score(self) -> float:
        """Points of all exercises when correct; written answers are graded by people."""
        return float(sum(e.max_score for e in self.exercises))

    def of(self, name: str) -> ExerciseVerdict:
        """Return the verdict on the exercise of this name."""
        return next(e for e in self.exercises if e.name == name)


def judge(
    submission: Submission,
    worker: Worker | LocalWorker,
    seed: str | None = None,
    deadline: float | None = None,
) -> Verdict:
    """Grade a submission.

    Args:
        submission: A salvaged notebook.
        worker: Opens the session in which the learner's code runs.
        seed: Decides all random inputs; when None it follows from the submission's text alone.
        deadline: When the submission's time is up, from `Worker.deadline`; by default its time begins now.
    """
    if submission.unread:
        return nothing_read(submission)
    seed = seed or submission_seed(submission)
    deadline = worker.deadline() if deadline is None else deadline
    replaced = worker.replaced
    verdict = _judged(submission, worker, seed, deadline)
    if worker.replaced > replaced and time.monotonic() < deadline:
        # The worker process ended or hung meanwhile, perhaps not because of this file: try once more.
        verdict = _judged(submission, worker, seed, deadline)
    return verdict


def _judged(
    submission: Submission, worker: Worker | LocalWorker, seed: str, deadline: float
) -> Verdict:
    """Grade a submission that could be read, once."""
    lesson = submission.lesson
    names = [name for name in lesson.exercises if name not in submission.untouched]
    cells = cells_to_run(submission)
    with worker.open_session(cells, deadline) as session:
        session_status = session.status
        problems = {name: _cell_problem(name, cells, submission, session) for name in names}
        examined = examine(session, lesson, lambda name: derive_seed(seed, name), names, cells)
    exercises = []
    for name in lesson.exercises:
        if name in submission.untouched:
            exercises.append(_without_points(lesson.name, name, "not attempted"))
        else:
            exercises.append(
                _judge_exercise(lesson, name, session_status, problems[name], examined[name])
            )
    exercises = [_with_left_raise(e, submission.left_raises.get(e.name, 0)) for e in exercises]
    stopped = [
        f"The cell of `{lesson.called(name)}` stopped with an error; what it defines was graded. {problem[2]}"
        for name, problem in problems.items()
        if problem and problem[0] == "error" and examined[name].outcomes
    ]
    return Verdict(lesson.name, exercises, [*submission.repairs, *stopped])


def nothing_read(submission: Submission) -> Verdict:
    """Return the verdict on a file in which nothing could be read: the note on it says why, once."""
    name = submission.lesson.name
    exercises = [_without_points(name, e, "missing") for e in submission.lesson.exercises]
    return Verdict(name, exercises, submission.repairs)


def _with_left_raise(verdict: ExerciseVerdict, line: int) -> ExerciseVerdict:
    """Say where a released `raise NotImplementedError` still stands, if nothing else of the answer was seen."""
    if verdict.status != "not attempted" or not line:
        return verdict
    message = f"`raise NotImplementedError` still stands at line {line} of the cell: delete it."
    diagnosis = {"id": "raise-left", "message": message}
    return dataclasses.replace(verdict, status="error", diagnosis=diagnosis)


def _judge_exercise(
    lesson: Lesson,
    name: str,
    session_status: str,
    problem: tuple[str, str, str] | None,
    examined: Examined,
) -> ExerciseVerdict:
    """Give the verdict on an exercise that was worked on.

    Args:
        lesson: The lesson.
        name: Name of the exercise.
        session_status: "done", or how executing the cells ended the session.
        problem: Why the exercise's own cell did not run, as `_cell_problem` says.
        examined: What the hidden test found.
    """
    if examined.outcomes:
        settled = dataclasses.replace(examined, outcomes=_settled(lesson.name, name, examined))
        points = float(hidden_test(lesson.name, name).points)
        return _verdict(name, points, _in_class(settled, dict(lesson.names)))
    if problem is not None:
        return _without_points(lesson.name, name, *problem)
    if session_status != "done":
        return _without_points(lesson.name, name, session_status, message=KILLED[session_status])
    if examined.status == "missing":
        return _without_points(lesson.name, name, "missing", message=_undefined(lesson, name))
    if examined.status == "late":
        return _without_points(lesson.name, name, "timeout", "late", KILLED["late"])
    return _without_points(lesson.name, name, examined.status, message=KILLED[examined.status])


def _undefined(lesson: Lesson, name: str) -> str:
    """Say that an exercise is not there under its name."""
    called = lesson.called(name)
    if called == name:
        return f"No cell defines `{name}`."
    return f"No cell defines `{called}`, as your class's notebook calls it. Another name does not count."


def _in_class(examined: Examined, names: dict[str, str]) -> Examined:
    """Return what was found with the names of the class; what a learner's code raised stays as it is."""
    outcomes = [
        o if o.error else dataclasses.replace(o, message=in_text(o.message, names))
        for o in examined.outcomes
    ]
    diagnosis = examined.diagnosis and {
        **examined.diagnosis,
        "message": in_text(examined.diagnosis["message"], names),
    }
    return dataclasses.replace(examined, outcomes=outcomes, diagnosis=diagnosis)


def _settled(lesson: str, name: str, examined: Examined) -> list[Outcome]:
    """Return the outcomes of an exercise: a recognised mistake has its points, whatever the inputs were."""
    if examined.passed or examined.diagnosis is None:
        return examined.outcomes
    loses = wrong_solutions(lesson).get(name, examined.diagnosis["id"]).loses
    return hidden_test(lesson, name).settled(examined.outcomes, loses)


def _without_points(
    lesson: str, name: str, status: str, diagnosis_id: str = "", message: str = ""
) -> ExerciseVerdict:
    """Return the verdict on an exercise whose hidden test had no object to run on."""
    test = hidden_test(lesson, name)
    diagnosis = {"id": diagnosis_id or status, "message": message} if message else None
    failed = [{"name": c.name, "passed": False} for c in test.criteria]
    return ExerciseVerdict(name, status, 0.0, float(test.points), diagnosis, failed)


def _verdict(name: str, points: float, examined: Examined) -> ExerciseVerdict:
    """Turn the outcomes of an exercise's criteria into its verdict.

    Where no known mistake was recognised, the diagnosis is the message of a failed criterion.
    """
    diagnosis = examined.diagnosis
    score = float(sum(o.points for o in examined.outcomes if o.passed))
    failed = [o for o in examined.outcomes if not o.passed]
    criteria = [{"name": o.name, "passed": o.passed} for o in examined.outcomes]
    details = {o.name: o.message for o in failed}
    if failed and examined.status == "late":
        details[failed[0].name] += " (not tried again: the time for the whole notebook was used up)"
    if not failed:
        return ExerciseVerdict(name, "correct", score, points, None, criteria)
    kinds = {o.error for o in failed}
    if score == 0 and kinds == {"NotImplementedError"} and examined.status == "done":
        return ExerciseVerdict(name, "not attempted", 0.0, points, None, criteria)
    if score > 0:
        status = "partial"
    elif examined.status != "done":
        status = "timeout" if examined.status == "late" else examined.status
    else:
        status = "incorrect" if None in kinds else "error"
    if diagnosis is None:
        first = next((o for o in failed if o.error is None), failed[0])
        first = failed[0] if meaning(failed[0].message) else first
        known = meaning(first.message)
        id = f"error-{known.id}" if known else f"failed-{_slug(first.name)}"
        diagnosis = {"id": id, "message": with_meaning(first.message)}
        if not diagnosis["message"].endswith((".", "?", "!", ":")):
            diagnosis["message"] += "."
    return ExerciseVerdict(name, status, score, points, diagnosis, criteria, details)


def _cell_problem(
    name: str,
    cells: list[dict[str, Any]],
    submission: Submission,
    session: RemoteSession | LocalSession,
) -> tuple[str, str, str] | None:
    """Say why the cell of an exercise did not run.

    Returns:
        (status, id of the diagnosis, message), or None if the cell ran.
    """
    called = submission.lesson.called(name)
    for number in (cell["number"] for cell in cells if cell["exercise"] == called):
        status = session.killed.get(number)
        if status is not None:
            return status, status, KILLED[status]
        message = session.errors.get(number)
        if message is not None:
            return "error", "cell-error", with_meaning(f"The cell does not run: {message}.")
    if name in submission.behind_the_end:
        message = f"The file ends before the cell of `{called}`: hand in the whole file again."
        return "missing", "cut-off", message
    if name in submission.missing:
        message = f"The cell of `{called}` was deleted, and no other cell defines it."
        return "missing", "missing", message
    return None


def _slug(text: str) -> str:
    """Return a text in lower case, with a hyphen for whatever is no letter or digit."""
    return "".join(c if c.isalnum() else "-" for c in text.lower()).strip("-")
