"""Probe one exercise: run its hidden test on the learner's object and name the mistake.

THE SEAM: this module is called in a fork of the learner's finished session and works on plain objects.
A judge in another process replaces it by one that holds stubs of those objects; hidden tests, checks
and banks stay as they are, because they only use what a stub offers.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import torch

from autograder.hidden.core import HiddenTest, Outcome, derive_seed
from autograder.lessons import reference_namespace
from autograder.session import explain_error
from autograder.variants import wrong_solutions
from course_utils.checks.core import Check, fingerprints, recognise
from course_utils.checks.observations import Observation, RandomDraw, agree, observe

ABSENT = object()


def hidden_test(lesson: str, exercise: str) -> HiddenTest:
    """The hidden test of an exercise."""
    return getattr(importlib.import_module(f"autograder.hidden.nb{lesson}"), f"grade_{exercise}")


def visible_check(lesson: str, exercise: str) -> Check:
    """The visible check of an exercise."""
    return getattr(importlib.import_module(f"course_utils.checks.nb{lesson}"), exercise)


def probe(
    namespace: dict[str, Any],
    lesson: str,
    exercise: str,
    seed: int,
    with_reference: bool,
    send: Callable[[dict], None],
) -> None:
    """Grade one exercise of a session and send the outcomes.

    The learner's object is tried as it is first. If it falls short, or takes its process down, it is tried
    once more with the *other* exercises replaced by the reference, so that one mistake is not paid twice.

    Args:
        namespace: The learner's globals; changed, so call this in a fork.
        lesson: Name of the lesson.
        exercise: Name of the exercise.
        seed: Decides all random inputs.
        with_reference: Whether this is the second try.
        send: Receives {"criteria": [...]}, then after a second try {"diagnosis": {...} or None}.
    """
    student = namespace.get(exercise, ABSENT)
    if student is ABSENT:
        return
    reference = reference_namespace(lesson)
    if with_reference:
        others = {test.exercise for test in _hidden_tests(lesson)} - {exercise}
        namespace.update({name: reference[name] for name in others})
    outcomes = hidden_test(lesson, exercise).run(student, reference[exercise], seed)
    send({"criteria": [_as_json(o) for o in outcomes]})
    if with_reference and not all(o.passed for o in outcomes) and not _not_attempted(outcomes):
        send({"diagnosis": diagnose(lesson, exercise, student, seed)})


def diagnose(lesson: str, exercise: str, student: Any, seed: int) -> dict[str, str] | None:
    """Name the known mistake that behaves like the learner's object on fresh inputs.

    Returns:
        {"id", "message"} of the nearest known mistake with equal behaviour, or None.
    """
    # The stored fingerprints leave a few candidates; only those are executed.
    seen, _ = visible_check(lesson, exercise).look(student)
    stored = fingerprints(lesson)[exercise]["mistakes"]
    candidates = {
        v.id: v for v in wrong_solutions(lesson).of(exercise) if agree(seen, stored[v.id]["seen"])
    }
    if not candidates:
        return None
    known = {id: look(lesson, exercise, v.load(), seed) for id, v in candidates.items()}
    found = recognise(look(lesson, exercise, student, seed), known)
    return {"id": found, "message": candidates[found].message} if found else None


def look(lesson: str, exercise: str, thing: Any, seed: int) -> list[Observation]:
    """What the exercise's probe sees of an object, on inputs that follow from the seed."""
    torch.manual_seed(derive_seed(seed, "diagnosis"))
    draw = RandomDraw(torch.Generator().manual_seed(derive_seed(seed, "inputs")))
    return observe(visible_check(lesson, exercise).run_probe, thing, draw)[0]


def _hidden_tests(lesson: str) -> list[HiddenTest]:
    module = importlib.import_module(f"autograder.hidden.nb{lesson}")
    return [value for value in vars(module).values() if isinstance(value, HiddenTest)]


def _not_attempted(outcomes: list[Outcome]) -> bool:
    return all(o.error == "NotImplementedError" for o in outcomes)


def _as_json(outcome: Outcome) -> dict[str, Any]:
    message = outcome.message
    if outcome.error is not None:
        message = explain_error(outcome.exception)
    return {
        "name": outcome.name,
        "points": outcome.points,
        "passed": outcome.passed,
        "message": message[:500],
        "error": outcome.error,
    }
