"""What went wrong in a class, by kinds: known mistakes, wrong answers that no known mistake explains, stops."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from autograder.classes.report.anonymous import anonymous
from autograder.classes.report.results import Result
from autograder.grading.judge import KILLED, ExerciseVerdict

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
DID_NOT_RUN = ("cell-error", "raise-left", "missing")  # diagnoses of cells that ended before a test


@dataclass(frozen=True)
class Kind:
    """What several students did in one exercise.

    Attributes:
        exercise: Name of the exercise.
        message: What the student of the example reads.
        students: Whose answers these are.
        failed: The criteria that they failed.
        example: The shortest of these answers, without comments and names.
    """

    exercise: str
    message: str
    students: list[str]
    failed: list[str]
    example: str


def kinds(
    results: Sequence[Result], key_of: Callable[[ExerciseVerdict], tuple | None]
) -> list[Kind]:
    """Return the answers for which `key_of` gives a key, in groups of equal keys, the largest first."""
    groups: dict[tuple, list[tuple[Result, ExerciseVerdict]]] = {}
    for result in results:
        for verdict in result.exercises:
            key = key_of(verdict)
            if key is not None:
                groups.setdefault((verdict.name, *key), []).append((result, verdict))
    return sorted((_kind(group) for group in groups.values()), key=_order)


def _kind(group: list[tuple[Result, ExerciseVerdict]]) -> Kind:
    result, verdict = min(group, key=lambda rv: _length(rv[0].answers.get(rv[1].name, "")))
    return Kind(
        verdict.name,
        verdict.diagnosis["message"] if verdict.diagnosis else "",
        [r.student for r, _ in group],
        [c["name"] for c in verdict.criteria if not c["passed"]],
        anonymous(result.answers.get(verdict.name, ""), result.student),
    )


def _length(text: str) -> tuple[int, str]:
    return len(text), text


def _order(kind: Kind) -> tuple:
    return -len(kind.students), kind.exercise, kind.message


def named(known: set[tuple[str, str]]) -> Callable[[ExerciseVerdict], tuple | None]:
    """Return what tells the answers that a known mistake explains, by that mistake.

    Args:
        known: (exercise, id) of each known mistake of the lesson.
    """

    def key(verdict: ExerciseVerdict) -> tuple | None:
        id = _id(verdict)
        return (id,) if (verdict.name, id) in known else None

    return key


def unnamed(known: set[tuple[str, str]]) -> Callable[[ExerciseVerdict], tuple | None]:
    """Return what tells the answers that ran and that nothing known explains, by their behaviour.

    That is which criteria they fail, and what the learner is told, whatever its numbers.
    """

    def key(verdict: ExerciseVerdict) -> tuple | None:
        id = _id(verdict)
        if not id or id in DID_NOT_RUN or id in KILLED or (verdict.name, id) in known:
            return None
        failed = tuple(c["name"] for c in verdict.criteria if not c["passed"])
        return failed, NUMBER.sub("…", verdict.diagnosis["message"] if verdict.diagnosis else "")

    return key


def stopped(verdict: ExerciseVerdict) -> tuple | None:
    """Tell the answers that ended their process or did not end, by how."""
    found = next((k for k in KILLED if k in (verdict.status, _id(verdict))), None)
    return (found,) if found else None


def did_not_run(verdict: ExerciseVerdict) -> tuple | None:
    """Tell the cells that a test never saw, by what the learner is told, whatever its numbers."""
    if _id(verdict) not in DID_NOT_RUN or not verdict.diagnosis:
        return None
    return (NUMBER.sub("…", verdict.diagnosis["message"]),)


def _id(verdict: ExerciseVerdict) -> str:
    return verdict.diagnosis["id"] if verdict.diagnosis else ""


def outcome_counts(results: Sequence[Result]) -> Iterator[tuple[str, dict[str, int]]]:
    """Yield each exercise with the number of students by how it went."""
    if not results:
        return
    for number, exercise in enumerate(results[0].exercises):
        counts = dict.fromkeys(("full", "part", "none", "open"), 0)
        for result in results:
            counts[_how(result.exercises[number])] += 1
        yield exercise.name, counts


def _how(verdict: ExerciseVerdict) -> str:
    if verdict.status in ("not attempted", "missing"):
        return "open"
    if verdict.score >= verdict.max_score:
        return "full"
    return "part" if verdict.score > 0 else "none"
