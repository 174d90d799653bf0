"""Run the hidden test of an exercise on a learner's object, and name the mistake.

The hidden test is ordinary Python in this process. The learner's object is a stub that sends each call to the
sandbox. Everything here also works on plain objects of this process.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from autograder.exercises.criteria import Outcome, derive_seed
from autograder.exercises.lookup import hidden_test, visible_check, wrong_solutions
from autograder.grading.effects import may_change
from autograder.sandbox.worker import LocalSession, RemoteSession
from autograder.source.lesson import Lesson, reference_namespace
from autograder.wire.parcel import CannotTravel
from autograder.wire.peer import FarError, near
from course_utils.checks.core import fingerprints, observe_twice, recognise
from course_utils.checks.observations import Observation, agree

# After so many seconds no further exercise starts in a fork: the rest get a new one with all its time.
SHARED_SECONDS = 2.0


@dataclass
class Examined:
    """The result of examining one exercise.

    Attributes:
        status: "done", "missing", or how the learner's code ended its process: "timeout", "memory" or
            "crashed".
        outcomes: One per criterion, of the best try; empty if no try was finished.
        diagnosis: {"id", "message"} of the known mistake that behaves the same, or None.
    """

    status: str = "done"
    outcomes: list[Outcome] = field(default_factory=list)
    diagnosis: dict[str, str] | None = None

    @property
    def passed(self) -> bool:
        """Whether every criterion was met."""
        return bool(self.outcomes) and all(o.passed for o in self.outcomes)

    @property
    def needs_no_own_session(self) -> bool:
        """Whether another try, in a session of its own, would only take time."""
        return self.not_attempted or self.status in ("timeout", "memory")

    @property
    def not_attempted(self) -> bool:
        """Whether the stub was left as it is."""
        return bool(self.outcomes) and all(o.error == "NotImplementedError" for o in self.outcomes)


def prepare(lesson: str) -> None:
    """Load what grading a lesson needs, before the first submission waits for it."""
    torch.optim.SGD([torch.zeros(1)], lr=1.0)  # the first optimizer imports much of torch: a second
    reference_namespace(lesson)
    fingerprints(lesson)
    wrong_solutions(lesson)
    for exercise in Lesson.load(lesson).exercises:
        hidden_test(lesson, exercise)
        visible_check(lesson, exercise)


def examine(
    session: RemoteSession | LocalSession,
    lesson: str,
    seed_of: Callable[[str], int],
    names: list[str],
    cells: list[dict[str, Any]],
) -> dict[str, Examined]:
    """Run the hidden tests of exercises of a submission, each up to three times; the best try counts.

    1. All exercises as they are, in one fork. When one ends that fork, or `SHARED_SECONDS` are over, the rest
       go on in a new one.
    2. Each exercise that did not pass, in a fork of its own with the *other* exercises replaced by the
       reference: one mistake costs one exercise, and calling one exercise cannot change another.
    3. Each exercise that still did not pass, in a session in which no other exercise's cell was executed; only
       where one of these cells may do more than define its exercise.

    Args:
        session: The submission, its cells executed.
        lesson: Name of the lesson.
        seed_of: Gives the seed of an exercise, which decides all its random inputs.
        names: The exercises.
        cells: The cells that were executed, to see which of them could have changed another exercise.

    Returns:
        The result of each exercise by its name.
    """
    results = {name: Examined("missing") for name in names}
    waiting = list(names)
    while waiting:
        start = time.monotonic()
        with session.serve(waiting, {}) as served:
            while waiting and time.monotonic() < start + SHARED_SECONDS:
                name = waiting.pop(0)
                student = served.student(name)
                if student is not None:
                    _keep(results[name], _run(lesson, name, student, seed_of(name)))
                    results[name].status = "done"
    for name, result in results.items():
        if not result.passed:
            _try_alone(session, lesson, name, seed_of(name), result, own_session=False)
    for name, result in results.items():
        if (
            not result.passed
            and not result.needs_no_own_session
            and session.can_run_alone
            and _may_be_changed(cells, name)
        ):
            _try_alone(session, lesson, name, seed_of(name), result, own_session=True)
    return results


def _may_be_changed(cells: list[dict[str, Any]], exercise: str) -> bool:
    """Return whether a cell of another exercise can have changed how this one behaves."""
    own = [c["source"] for c in cells if c["exercise"] == exercise]
    others = [c["source"] for c in cells if c["exercise"] not in ("", exercise)]
    given = [c["source"] for c in cells if not c["exercise"]]
    return any(may_change(other, own, given) for other in others)


def _try_alone(
    session: RemoteSession | LocalSession,
    lesson: str,
    name: str,
    seed: int,
    result: Examined,
    own_session: bool,
) -> None:
    """Examine an exercise apart from the others, and keep the outcomes if they are better.

    Args:
        session: The submission.
        lesson: Name of the lesson.
        name: Name of the exercise.
        seed: Decides its random inputs.
        result: Its result so far, changed in place.
        own_session: In a session without the other exercises' cells, instead of a fork of this session.
    """
    with session.serve([name], _others(lesson, name), own_session) as served:
        student = served.student(name)
        if student is None:
            return
        better = _keep(result, _run(lesson, name, student, seed))
        if not (result.passed or result.not_attempted) and (better or not own_session):
            result.diagnosis = diagnose(lesson, name, student, seed)
    if not own_session or served.status == "done":
        result.status = served.status


def _run(lesson: str, name: str, student: Any, seed: int) -> list[Outcome]:
    """Run the hidden test of an exercise on a learner's object."""
    return hidden_test(lesson, name).run(student, reference_namespace(lesson)[name], seed)


def _keep(result: Examined, outcomes: list[Outcome]) -> bool:
    """Keep these outcomes if they are better than those before; return whether they are."""
    better = _points(outcomes) > _points(result.outcomes) or not result.outcomes
    if better:
        result.outcomes = outcomes
    return better


def _others(lesson: str, exercise: str) -> dict[str, Callable]:
    """Return the reference functions of all other exercises."""
    reference = reference_namespace(lesson)
    names = [name for name in Lesson.load(lesson).exercises if name != exercise]
    return {name: reference[name] for name in names if inspect.isfunction(reference[name])}


def diagnose(lesson: str, exercise: str, student: Any, seed: int) -> dict[str, str] | None:
    """Name the known mistake that behaves like the learner's object on new random inputs.

    Args:
        lesson: Name of the lesson.
        exercise: Name of the exercise.
        student: The learner's object.
        seed: Decides the inputs.

    Returns:
        {"id", "message"} of the nearest known mistake with equal behaviour, or None.
    """
    seed = derive_seed(seed, "diagnosis")
    try:
        found = near(observe_twice, student, lesson, exercise, seed)
        fixed, fresh = ([Observation.from_plain(o) for o in seen] for seen in found)
    except (FarError, CannotTravel, TypeError, ValueError, AttributeError):
        return None  # what came back are no observations
    # Comparing with the stored fingerprints leaves few candidates, and only these must be executed.
    stored = fingerprints(lesson)[exercise]["mistakes"]
    candidates = {
        v.id: v for v in wrong_solutions(lesson).of(exercise) if agree(fixed, stored[v.id]["seen"])
    }
    check = visible_check(lesson, exercise)
    known = {id: check.observe_fresh(v.load(), seed) for id, v in candidates.items()}
    nearest = recognise(fresh, known)
    return {"id": nearest, "message": candidates[nearest].message} if nearest else None


def _points(outcomes: list[Outcome]) -> float:
    """Return the points of the criteria that were met."""
    return sum(o.points for o in outcomes if o.passed)
