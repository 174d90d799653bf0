"""Run the hidden test of an exercise on a learner's object, and name the mistake.

The hidden test is ordinary Python in this process. The learner's object is a stub that sends each call to the
sandbox. Everything here also works on plain objects of this process.
"""

from __future__ import annotations

import inspect
import itertools
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch

from autograder.exercises.criteria import Outcome, derive_seed
from autograder.exercises.lookup import hidden_test, visible_check, wrong_solutions
from autograder.grading.effects import changeable
from autograder.grading.salvage import READ_SECONDS, fit_to_lesson
from autograder.sandbox.limited import Ended, limited
from autograder.sandbox.worker import LocalSession, RemoteSession
from autograder.source.lesson import Lesson, reference_namespace
from autograder.source.names import Names
from autograder.wire.peer import near
from course_utils.checks.core import fingerprints, observe_twice, recognise
from course_utils.checks.observations import Observation, agree

# After so many seconds no further exercise starts in a fork: the rest get a new one with all its time.
SHARED_SECONDS = 2.0


@dataclass
class Examined:
    """The result of examining one exercise.

    Attributes:
        status: "done", "missing", or how the learner's code ended its process: "timeout", "memory" or
            "crashed"; "late" if the time of the submission was used up before.
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
        return self.not_attempted or self.status in ("timeout", "memory", "late")

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
    fit_to_lesson([], Lesson.load(lesson))


def examine(
    session: RemoteSession | LocalSession,
    lesson: Lesson,
    seed_of: Callable[[str], int],
    names: list[str],
    cells: list[dict[str, Any]],
) -> dict[str, Examined]:
    """Run the hidden tests of exercises of a submission, each up to three times; the best try counts.

    1. All exercises as they are, in one fork. When one ends that fork, or `SHARED_SECONDS` are over, the rest
       go on in a new one.
    2. Each exercise that did not pass, in a fork of its own with the exercises *before* it replaced by the
       reference: one mistake costs one exercise, and calling one exercise cannot change another. A call of a
       reference crosses the wire. An answer in loops, which runs out of time so, is tried once more with only
       those replaced that did not pass.
    3. Each exercise that still did not pass, in a session in which no other exercise's cell was executed; only
       where one of these cells may do more than define its exercise.

    Args:
        session: The submission, its cells executed.
        lesson: The lesson.
        seed_of: Gives the seed of an exercise, which decides all its random inputs.
        names: The exercises.
        cells: The cells that were executed, to see which of them could have changed another exercise.

    Returns:
        The result of each exercise by its name.
    """
    results = {name: Examined("missing") for name in names}
    waiting = list(names)
    while waiting:
        with session.serve(list(map(lesson.called, waiting)), dict) as served:
            seeds = {name: (lesson.called(name), seed_of(name)) for name in waiting}
            for outcomes in served.each(_try_together, lesson.name, seeds):
                name = waiting.pop(0)
                if outcomes is not None:
                    _keep(results[name], outcomes)
                    results[name].status = "done"
        if waiting and served.status != "done":
            waiting.pop(0)  # the one that was being tried; it is tried alone below
    # In the order of the lesson, and each exercise to its end: once its reference is lent to a later one, what
    # that answers is of no more use.
    changed: set[str] | None = None  # found out once one needs it
    for name, result in results.items():
        if not result.passed:
            # Each try has inputs of its own: files that an earlier one left could hold those.
            seed = derive_seed(seed_of(name), "alone")
            _try_alone(session, lesson, name, seed, result, set(), own_session=False)
        passed = {other for other, found in results.items() if found.passed}
        if result.status == "timeout" and _mentions(cells, lesson, name, passed):
            seed = derive_seed(seed_of(name), "with what passed")
            _try_alone(session, lesson, name, seed, result, passed, own_session=False)
        if result.passed or result.needs_no_own_session or isinstance(session, LocalSession):
            continue
        if changed is None:
            changed = _changeable(cells, session.seconds_left())
        if lesson.called(name) in changed:
            # The other exercises' cells are not executed there, so that all before it are replaced.
            seed = derive_seed(seed_of(name), "in a session of its own")
            _try_alone(session, lesson, name, seed, result, set(), own_session=True)
    return results


def _mentions(cells: list[dict[str, Any]], lesson: Lesson, exercise: str, others: set[str]) -> bool:
    """Return whether the cells of an exercise speak of one of these other exercises."""
    own = lesson.called(exercise)
    text = "\n".join(cell["source"] for cell in cells if cell["exercise"] == own)
    return any(re.search(rf"\b{lesson.called(other)}\b", text) for other in others)


def _changeable(cells: list[dict[str, Any]], seconds: float) -> set[str]:
    """Return the exercises, as the class calls them, that a cell of another one can have changed.

    All are returned where that is too hard to say.
    """
    try:
        return limited(changeable, cells, cpu_seconds=READ_SECONDS, wall_seconds=seconds)
    except (Ended, RecursionError):
        return {cell["exercise"] for cell in cells}


def _try_alone(
    session: RemoteSession | LocalSession,
    lesson: Lesson,
    name: str,
    seed: int,
    result: Examined,
    passed: set[str],
    own_session: bool,
) -> None:
    """Examine an exercise apart from the others, and keep the outcomes if they are better.

    Args:
        session: The submission.
        lesson: The lesson.
        name: Name of the exercise.
        seed: Decides its random inputs.
        result: Its result so far, changed in place.
        passed: Exercises that no reference replaces.
        own_session: In a session without the other exercises' cells, instead of a fork of this session.
    """
    called = lesson.called(name)
    references = partial(_earlier, lesson.name, lesson.names, name, passed)
    with session.serve([called], references, own_session) as served:
        found = served.each(_try_one, lesson.name, name, called, seed, result, own_session)
        outcomes = next(found, None)
        if outcomes is not None:
            _keep(result, outcomes)
            for diagnosis in found:
                result.diagnosis = diagnosis
    if served.status == "done":
        result.status = "done" if outcomes is not None else result.status
    elif not own_session:
        result.status = served.status


def _try_one(
    student_of: Callable[[str], Any],
    lesson: str,
    name: str,
    called: str,
    seed: int,
    result: Examined,
    own_session: bool,
) -> Iterator[Any]:
    """Yield the outcomes of one exercise, then what the mistake is, or None; nothing without an exercise."""
    student = student_of(called)
    if student is None:
        return
    outcomes = _run(lesson, name, student, seed)
    better = _keep(result, outcomes)
    yield outcomes
    if not (result.passed or result.not_attempted) and (better or not own_session):
        yield diagnose(lesson, name, student, seed)


def _try_together(
    student_of: Callable[[str], Any], lesson: str, seeds: dict[str, tuple[str, int]]
) -> Iterator[list[Outcome] | None]:
    """Yield the outcomes of exercises, None where there is none, until `SHARED_SECONDS` are over.

    Args:
        student_of: Returns the learner's object of a name.
        lesson: Name of the lesson.
        seeds: By exercise, what the class calls it, and its seed.
    """
    start = time.monotonic()
    for name, (called, seed) in seeds.items():
        student = student_of(called)
        yield None if student is None else _run(lesson, name, student, seed)
        if time.monotonic() > start + SHARED_SECONDS:
            return


def _run(lesson: str, name: str, student: Any, seed: int) -> list[Outcome]:
    """Run the hidden test of an exercise on a learner's object."""
    return hidden_test(lesson, name).run(student, reference_namespace(lesson)[name], seed)


def _keep(result: Examined, outcomes: list[Outcome]) -> bool:
    """Keep these outcomes if they are better than those before; return whether they are."""
    better = _points(outcomes) > _points(result.outcomes) or not result.outcomes
    if better:
        result.outcomes = outcomes
    return better


def _earlier(name: str, names: Names, exercise: str, passed: set[str]) -> dict[str, Callable]:
    """Return the references of the exercises before this one that did not pass, by their names in the class.

    Later ones never stand in: an answer could be computed from them. Nor does any where no exercise builds on
    another, as in the clinic, where one repaired program is nearly the next.
    """
    lesson = Lesson.load(name, names)
    if not lesson.builds_up:
        return {}
    reference = reference_namespace(name)
    before = itertools.takewhile(lambda other: other != exercise, lesson.exercises)
    return {
        lesson.called(other): reference[other]
        for other in before
        if other not in passed and inspect.isfunction(reference[other])
    }


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
    except Exception:  # what came back are no observations
        return None
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
