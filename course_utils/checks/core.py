"""The visible check of one exercise: four outcomes, and the name of the mistake when it is known.

Outcomes: correct (printed), `NotAttempted`, `Incorrect` and `ErrorInYourCode` (raised, so that any
grader sees them; a notebook shows a card, and no traceback).
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import json
import linecache
import math
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace

import torch

from course_utils.checks import card
from course_utils.checks.errors import with_meaning
from course_utils.checks.observations import (
    FixedDraw,
    Observation,
    RandomDraw,
    agree,
    distance,
    observe,
    seed_all,
)
from course_utils.names import in_text
from course_utils.runtime import preserve_random_state

ENOUGH_VALUES = 5  # of different size, before a common factor is spoken of
FINGERPRINTS = Path(__file__).parent / "fingerprints"


class CheckFailed(AssertionError):
    """An answer is not right yet; the message is written for the learner."""

    outcome = "not right yet"
    on_card = False  # whether a card has said all of it

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows instead of a traceback."""
        exercise, _, _ = str(self).partition(":")
        return [f"{exercise}: {self.outcome}, see above." if self.on_card else str(self)]


class NotAttempted(CheckFailed):
    """The exercise still contains the line `raise NotImplementedError()`."""

    outcome = "not attempted yet"


class Incorrect(CheckFailed):
    """The code runs, but its results are wrong."""


class ErrorInYourCode(CheckFailed):
    """The code raises an exception."""

    outcome = "error in your code"


class Check:
    """The check of one exercise; call it with the learner's function or class.

    Args:
        lesson: Name of the lesson, "01_elbo".
        exercise: Name of the exercise, "kl_divergence".
        names: What a class calls exercises of the lesson, see `under_names`.
    """

    observer: Callable  # given by the decorator `observe`

    def __init__(self, lesson: str, exercise: str, names: Mapping[str, str] | None = None) -> None:
        self.lesson = lesson
        self.exercise = exercise
        self.names = names or {}
        self.title = self.names.get(exercise, exercise)

    def observe(self, function: Callable) -> Callable:
        """Register the observer: a generator function (student, draw) that yields (what, value[, atol])."""
        self.observer = function
        return function

    def observe_fixed(self, student: Callable) -> tuple[list[Observation], Exception | None]:
        """Return the observations on the fixed inputs, and the exception that ended them or None."""
        with preserve_random_state(), _one_thread():
            seed_all(0)
            return observe(self.observer, student, FixedDraw())

    def observe_fresh(self, student: Callable, seed: int) -> list[Observation]:
        """Return the observations on inputs that follow from the seed."""
        seed_all(seed)
        return observe(self.observer, student, RandomDraw(torch.Generator().manual_seed(seed)))[0]

    def __call__(self, student: Callable) -> None:
        """Say that the answer is correct, or raise a `CheckFailed` that says what is wrong."""
        failure = self.judge(student)
        tried = not isinstance(failure, NotAttempted)
        tries = card.record(self.lesson, self.exercise, failure is None, tried)
        if failure is None:
            if not card.show(f"{self.title}: correct", True, ""):
                print(f"{self.title}: correct.")
            return
        hints = [in_text(h, self.names) for h in fingerprints(self.lesson)[self.exercise]["hints"]]
        hint = card.next_hint(hints, tries)
        title = f"{self.title}: {failure.outcome}"
        text = str(failure).removeprefix(f"{self.title}: ").removeprefix(failure.outcome)
        failure.on_card = card.show(title, False, card.sentence(text.lstrip(". ")), hint)
        raise failure

    def judge(self, student: Callable) -> CheckFailed | None:
        """Return what is wrong with an answer, None if it is right."""
        seen, error = self.observe_fixed(student)
        if isinstance(error, NotImplementedError):
            return NotAttempted(
                f"{self.title}: not attempted yet. Replace `raise NotImplementedError()` by your code."
            )
        stored = fingerprints(self.lesson)[self.exercise]
        if agree(seen, stored["correct"]):
            return None
        hint = recognise(seen, {k: v["seen"] for k, v in stored["mistakes"].items()})
        if hint is not None:
            message = in_text(stored["mistakes"][hint]["message"], self.names)
            return Incorrect(f"{self.title}: {message}")
        if error is not None:
            failure = ErrorInYourCode(f"{self.title}: {describe_error(error, student)}")
            failure.__cause__ = error
            return failure
        difference = in_text(first_difference(seen, stored["correct"]), self.names)
        return Incorrect(f"{self.title}: {difference}")


def progress_of(lesson: str, names: Mapping[str, str] | None = None) -> None:
    """Print how many exercises of a lesson are right by the checks that ran, and which are open.

    Args:
        lesson: Name of the lesson.
        names: What a class calls exercises, see `under_names`.
    """
    points = {name: entry["points"] for name, entry in fingerprints(lesson).items()}
    print(card.summary(lesson, points, names or {}))


def under_names(checks: ModuleType, **numbers: int) -> SimpleNamespace:
    """Return the checks of a lesson under the names that a class gives to exercises.

    Args:
        checks: The module with the lesson's checks.
        numbers: By name in the class, the number of the exercise in the lesson, from 1.
    """
    lesson = checks.__name__.rpartition(".nb")[2]
    exercises = list(fingerprints(lesson))
    names = {exercises[number - 1]: name for name, number in numbers.items()}
    own = SimpleNamespace(progress=functools.partial(progress_of, lesson, names))
    for exercise in exercises:
        check = Check(lesson, exercise, names)
        check.observer = getattr(checks, exercise).observer
        setattr(own, check.title, check)
    return own


def find_check(lesson: str, exercise: str) -> Check:
    """Return the check of an exercise."""
    return getattr(importlib.import_module(f"course_utils.checks.nb{lesson}"), exercise)


def observe_twice(student: Callable, lesson: str, exercise: str, seed: int) -> list[list[tuple]]:
    """Return what the check of an exercise sees on its fixed inputs, and on inputs that follow from the seed.

    The grader lets this run in the process in which the learner's object lives: the hundreds of calls that a
    check makes then need one message. So the observations are plain values, see `Observation.to_plain`.
    """
    check = find_check(lesson, exercise)
    fixed, _ = check.observe_fixed(student)
    return [[o.to_plain() for o in seen] for seen in (fixed, check.observe_fresh(student, seed))]


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Use one thread of PyTorch in this context: for the tiny tensors of a check it is the fastest."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@functools.cache
def fingerprints(lesson: str) -> dict[str, dict]:
    """Return the stored observations of one lesson: {exercise: {"correct": [...], "mistakes": {id: ...}}}.

    In the file, what a mistake has in common with the reference is left out, see `expand`.

    Raises:
        FileNotFoundError: If the file is missing; `vae-course build` writes it.
    """
    path = FINGERPRINTS / f"nb{lesson}.json"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing. Write it with: vae-course build")
    stored = json.loads(path.read_text(encoding="utf-8"))
    for exercise in stored.values():
        for mistake in exercise["mistakes"].values():
            seen = expand(mistake["seen"], exercise["correct"])
            mistake["seen"] = [Observation.from_json(o) for o in seen]
        exercise["correct"] = [Observation.from_json(o) for o in exercise["correct"]]
    return stored


def expand(seen: list[list | None], correct: list[list]) -> list[list]:
    """Return stored observations of a mistake in full, as `Observation.to_json` writes them.

    Args:
        seen: Each is null where it is the same as of the reference, [numbers] where only the numbers differ.
        correct: The observations of the reference.
    """
    full = []
    for i, o in enumerate(seen):
        if o is None:
            full.append(list(correct[i]))
        elif len(o) == 1:
            what, kind, shape, _, atol = correct[i]
            full.append([what, kind, shape, o[0], atol])
        else:
            full.append(o)
    return full


def recognise(seen: list[Observation], mistakes: dict[str, list[Observation]]) -> str | None:
    """Return the id of the known mistake with the same observations, the nearest of several, or None."""
    same = [(distance(seen, known), i) for i, known in mistakes.items() if agree(seen, known)]
    return min(same)[1] if same else None


def describe_error(error: BaseException, student: Callable) -> str:
    """Return a sentence that says what was raised, and at which line of the learner's cell."""
    what = f"{type(error).__name__}: {error}".split("\n")[0]
    frame = _learner_frame(error, student)
    if frame is None and "NoneType" in what:
        return f"your code returned None ({what}). Is a `return` missing, or does one stand alone?"
    if frame is None:
        return (
            f"the check could not use what your code returned ({what}). "
            "Compare the return value with the docstring: how many values, in which order, of which type?"
        )
    line = (linecache.getline(frame.filename, frame.lineno or 0) or frame.line or "").strip()
    return with_meaning(f"error in your code at line {frame.lineno}, `{line}`: {what}")


def _learner_frame(error: BaseException, student: Callable) -> traceback.FrameSummary | None:
    """Return the innermost frame in the notebook cell that defines the learner's function or class."""
    functions = [student, *vars(student).values()] if isinstance(student, type) else [student]
    # Below decorators, such as torch.no_grad() and staticmethod, lies the learner's own function.
    own = [getattr(f, "fget", None) or getattr(f, "__func__", f) for f in functions]
    codes = [getattr(inspect.unwrap(f), "__code__", None) for f in own if callable(f)]
    files = {code.co_filename for code in codes if code is not None}
    in_cell = [f for f in traceback.extract_tb(error.__traceback__) if f.filename in files]
    return in_cell[-1] if in_cell else None


def first_difference(seen: list[Observation], correct: list[Observation]) -> str:
    """Return a sentence about the first observation that differs from the reference's."""
    for got, expected in zip(seen, correct, strict=False):
        if got.agrees_with(expected):
            continue
        if got.kind.startswith("error"):
            break
        if got.what.startswith("whether ") and got.kind == expected.kind:
            words = ["yes" if o.values and o.values[0] else "no" for o in (expected, got)]
            return f"the check looked at {got.what}. Expected is {words[0]}, seen was {words[1]}."
        if got.kind != expected.kind:
            forgot = " Is a `return` missing?" if got.kind == "NoneType" else ""
            return f"{got.what} should be a {expected.kind}, got a {got.kind}.{forgot}"
        if got.shape != expected.shape:
            return f"{got.what} should have shape {expected.shape}, got {got.shape}."
        return f"{got.what} {_compare_values(got, expected)}"
    return "the code behaves differently from the reference."


def _compare_values(got: Observation, expected: Observation) -> str:
    """Return how numbers of equal shape differ: NaN, a common factor, or the worst of them."""
    if not all(map(math.isfinite, got.values)):
        return (
            "holds NaN or infinite values. Where does something overflow, or is a log taken of 0?"
        )
    pairs = list(zip(got.values, expected.values, strict=True))
    large = [(a, b) for a, b in pairs if abs(b) > 100 * expected.atol]
    # A common factor of few numbers, or of equal ones, says nothing about the code.
    different = len({f"{abs(b):.2g}" for _, b in large})
    ratios = [a / b for a, b in large] if different >= ENOUGH_VALUES else []
    if ratios and max(ratios) - min(ratios) < 0.01 * abs(ratios[0]) and abs(ratios[0]) > 1e-3:
        if math.isclose(ratios[0], -1, rel_tol=0.01):
            return "has the wrong sign everywhere."
        return f"is {ratios[0]:.3g} times what it should be, everywhere. Is a factor missing?"
    worst = max(pairs, key=lambda pair: abs(pair[0] - pair[1]))
    return f"is wrong: where {worst[1]:.5g} is expected, it is {worst[0]:.5g}."
