"""What a hidden test is made of: named criteria with points, inputs from a generator, and assertions.

A criterion is ordinary Python. It receives the learner's function or class, the reference and a
`torch.Generator`; it touches the learner's work only by calling it, by the methods and attributes that
the lesson names, by parameters(), state_dict(), load_state_dict(), train() and eval(), and by autograd.
So it runs unchanged on a plain object and on a stub of an object in another process. Its docstring is a
sentence for learners: what is true of a right answer.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from autograder.source.lesson import reference_namespace
from autograder.wire.explain import explain_error, one_line
from autograder.wire.parcel import Handle
from autograder.wire.peer import FarError, Stub, near
from course_utils.checks.errors import ARGUMENT_CHANGED
from course_utils.checks.observations import seed_all, seed_learner
from course_utils.toy import add_noise, call_each, call_methods


@dataclass(frozen=True)
class Criterion:
    """One named property of an exercise, with its points and a sentence for the learner."""

    name: str
    points: float
    description: str
    test: Callable[[Any, Any, torch.Generator], None]
    changes: bool = False


@dataclass(frozen=True)
class Outcome:
    """The result of one criterion.

    Attributes:
        name: Name of the criterion.
        points: What it is worth.
        passed: Whether the property holds.
        message: For the learner, why it does not hold; "" when passed.
        error: Name of the exception's type; None when passed or when one of our assertions failed.
    """

    name: str
    points: float
    passed: bool
    message: str = ""
    error: str | None = None


class HiddenTest:
    """The hidden test of one exercise: criteria are added by decorator, in the order shown to learners."""

    def __init__(self, exercise: str) -> None:
        self.exercise = exercise
        self.criteria: list[Criterion] = []

    def criterion(self, name: str, points: float, changes: bool = False) -> Callable:
        """Return a decorator that adds a function (student, reference, generator) -> None that asserts.

        Args:
            name: What it is about, for learners.
            points: What it is worth.
            changes: Whether it looks at what the learner's code changes in its arguments, as training does.
                Without, the test keeps its tensors and models as they are: only copies are lent.
        """

        def add(test: Callable) -> Callable:
            description = (test.__doc__ or "").strip()
            self.criteria.append(Criterion(name, points, description, test, changes))
            return test

        return add

    @property
    def points(self) -> float:
        """Return the sum of the points of all criteria."""
        return sum(c.points for c in self.criteria)

    def run(self, student: Any, reference: Any, seed: int) -> list[Outcome]:
        """Run every criterion by itself; all random numbers follow from the seed."""
        return [_try(c, student, reference, derive_seed(seed, c.name)) for c in self.criteria]

    def settled(self, outcomes: list[Outcome], loses: tuple[str, ...]) -> list[Outcome]:
        """Return the outcomes with the criteria lost that a recognised mistake loses, whatever was drawn."""
        described = {c.name: c.description.split("\n")[0] for c in self.criteria}
        return [
            replace(o, passed=False, message=described[o.name])
            if o.passed and o.name in loses
            else o
            for o in outcomes
        ]

    def __call__(self, student: Any) -> None:
        """Run all criteria in this process and raise if one fails: what stock nbgrader calls.

        Raises:
            AssertionError: If a criterion fails; the message names all that failed.
        """
        lesson = self.criteria[0].test.__module__.split(".")[-2].removeprefix("nb")
        reference = reference_namespace(lesson)[self.exercise]
        outcomes = self.run(student, reference, seed=int(torch.randint(2**31, ()).item()))
        failed = [f"{o.name}: {o.message}" for o in outcomes if not o.passed]
        assert not failed, "; ".join(failed)


def derive_seed(*parts: Any) -> int:
    """Return a seed from 0 to 2**56 - 1 that depends on all parts and on nothing else."""
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:7], "big")


def _try(criterion: Criterion, student: Any, reference: Any, seed: int) -> Outcome:
    generator = torch.Generator().manual_seed(seed)
    try:
        with torch.enable_grad():
            seed_learner(student, derive_seed(seed, "learner"))
            if type(student) is Stub:  # what oracles draw here is no stream of the sandbox
                seed_all(derive_seed(seed, "oracle"))
            with changes_seen(student, criterion.changes):
                criterion.test(student, reference, generator)
            if criterion.changes:
                assert torch.is_grad_enabled(), "gradients stay switched off after a call"
    except (Exception, SystemExit) as error:
        is_ours = isinstance(error, AssertionError)
        kind = None if is_ours else type(error).__name__
        message = str(error).strip() if is_ours else _explain(error)
        message = one_line(message[:500]) or criterion.description
        return Outcome(criterion.name, criterion.points, False, message, kind)
    return Outcome(criterion.name, criterion.points, True)


def lent(student: Any, model: nn.Module) -> Any:
    """Return a model for a learner's function that stays here and is called from afar, with its counters."""
    return Handle(model) if type(student) is Stub else model


@contextlib.contextmanager
def changes_seen(student: Any, wanted: bool = True) -> Iterator[None]:
    """Look in this context at what a learner's object, here or far away, changes in its arguments."""
    take = getattr(type(student), "take_changes", None)
    before = take(student, wanted) if take else wanted
    try:
        yield
    finally:
        if take:
            take(student, before)


def _explain(error: BaseException) -> str:
    """Return one line for the learner, with the line of their code where it is known."""
    return error.explanation if isinstance(error, FarError) else explain_error(error)


def randn(generator: torch.Generator, *shape: int) -> Tensor:
    """Return a standard normal float32 tensor of this shape."""
    return torch.randn(*shape, generator=generator)


def uniform(generator: torch.Generator, *shape: int) -> Tensor:
    """Return a float32 tensor of this shape, uniform in [0, 1)."""
    return torch.rand(*shape, generator=generator)


def drawn(generator: torch.Generator, low: int, high: int) -> int:
    """Return an integer from low to high - 1: a number of rows or classes that nobody can know before."""
    return int(torch.randint(low, high, (), generator=generator))


def in_drawn_order(generator: torch.Generator, ask: Callable, *questions: tuple) -> list:
    """Return [ask(*question), ...] as the questions are given, asked in an order that the generator draws.

    So the number of a call tells nothing about the right answer, and no table of constants fits.
    """
    answers = {
        i: ask(*questions[i]) for i in torch.randperm(len(questions), generator=generator).tolist()
    }
    return [answers[i] for i in range(len(questions))]


def without_influence(what: str, on: str) -> str:
    """Return why a result that ignores its arguments has no other property either.

    Args:
        what: The result, in words.
        on: All arguments in which the questions differed: each may be ignored, but not all of them.
    """
    return f"{what} does not depend on {on}, and a constant or mere noise earns nothing"


def assert_varied(answers: list[float], what: str, on: str) -> None:
    """Assert that answers to different questions are not all the same: a constant has no other property."""
    assert max(answers) - min(answers) > 1e-9, without_influence(what, on)


def assert_answers(ask: Callable, one: tuple, other: tuple, what: str, on: str) -> None:
    """Assert that a call gives the same again, and something else for other arguments.

    A constant, and random numbers of the right shape, have no other property of an answer that draws nothing.

    Args:
        ask: The learner's function.
        one: Arguments of two calls.
        other: Arguments for which a right answer is clearly another one.
        what: What is returned, in words.
        on: The arguments in which the two questions differ: all that can differ without another shape.
    """
    first, again, changed = (_numbers(ask(*arguments)) for arguments in (one, one, other))
    assert _same(first, again), f"{what}: two calls with the same arguments differ"
    assert not _same(first, changed), without_influence(what, on)


def _numbers(value: Any) -> Tensor:
    """Return all numbers of a result in a row, in float64; none for what holds no numbers."""
    if isinstance(value, list | tuple):
        return torch.cat([_numbers(v) for v in value] or [torch.zeros(0, dtype=torch.float64)])
    if type(value) is np.ndarray or isinstance(value, bool | int | float):
        value = torch.as_tensor(value)
    if not isinstance(value, Tensor):
        return torch.zeros(0, dtype=torch.float64)
    return value.detach().double().flatten()


def _same(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and torch.allclose(a, b, rtol=1e-4, atol=1e-5, equal_nan=True)


def shaken(model: Any, generator: torch.Generator) -> Any:
    """Add noise to all weights and return the model: a layer of zeros would hide what it computes."""
    add_noise(model, lambda shape: torch.randn(shape, generator=generator))
    return model


def assert_tensor(actual: Any, what: str) -> None:
    """Assert that a value is a tensor and of no subclass, so that learners' code decides no comparison."""
    assert type(actual) in (Tensor, nn.Parameter), (
        f"{what} should be a torch.Tensor, got {_kind(actual)}"
    )


def assert_shape(actual: Any, shape: tuple[int, ...], what: str) -> None:
    """Assert that a value is a tensor of this shape."""
    assert_tensor(actual, what)
    assert tuple(actual.shape) == tuple(shape), (
        f"{what} should have shape {tuple(shape)}, got {tuple(actual.shape)}"
    )


def assert_close(
    actual: Any, expected: Tensor, what: str, rtol: float = 1e-4, atol: float = 1e-5
) -> None:
    """Assert that a value is a finite tensor with the expected shape, dtype and values.

    Args:
        actual: What the learner's code returned.
        expected: The oracle's tensor.
        what: The quantity in words, for the message.
        rtol: Relative tolerance.
        atol: Absolute tolerance.

    Raises:
        AssertionError: The message says which property failed and by how much, not the expected values.
    """
    assert_shape(actual, tuple(expected.shape), what)
    assert actual.dtype == expected.dtype, (
        f"{what} should have dtype {expected.dtype}, got {actual.dtype}"
    )
    actual, expected = actual.detach().double(), expected.detach().double()
    assert bool(torch.isfinite(actual).all()), f"{what} holds NaN or infinite values"
    gap = (actual - expected).abs()
    bad = gap > atol + rtol * expected.abs()
    worst = float(gap.max()) if gap.numel() else 0.0
    assert not bool(bad.any()), (
        f"{what} is off by up to {worst:.3g} in {int(bad.sum())} of {bad.numel()} values"
    )


def each(student: Callable, *cases: tuple) -> list:
    """Return the results of several calls, one per tuple of arguments, asked for in one message."""
    return as_many(near(call_each, student, list(cases)), len(cases))


def as_many(results: Any, wanted: int) -> list:
    """Return a list that came from the sandbox; assert that it is one, and as long as it should be."""
    assert type(results) is list, "the calls did not give a list of results"
    assert len(results) == wanted, f"{wanted} calls gave {len(results)} results"
    return results


def methods(model: Any, *calls: tuple) -> list:
    """Return the results of a model's methods, each call (name, *arguments), asked for in one message."""
    return as_many(near(call_methods, model, list(calls)), len(calls))


def several(outputs: Any, wanted: int, call: str) -> tuple:
    """Return the outputs of a function as a tuple; assert that there are `wanted` of them.

    Args:
        outputs: What the learner's function returned.
        wanted: How many values it should return.
        call: What should return them, in words, as in "vae_loss should return (loss, recon, kl)".

    Raises:
        AssertionError: If it is a single value, or another number of values.
    """
    assert isinstance(outputs, tuple | list), call
    assert len(outputs) == wanted, f"{call}, it returns {len(outputs)} values"
    return tuple(outputs)


def assert_array(actual: Any, shape: tuple[int, ...], what: str) -> np.ndarray:
    """Return a NumPy array as float64; assert that it holds finite floats and has this shape."""
    assert type(actual) is np.ndarray, f"{what} should be a NumPy array, got {_kind(actual)}"
    assert actual.shape == tuple(shape), f"{what} should have shape {shape}, got {actual.shape}"
    assert actual.dtype.kind == "f", f"{what} should hold floats, got {actual.dtype}"
    assert bool(np.isfinite(actual).all()), f"{what} holds NaN or infinite values"
    return actual.astype(np.float64)


def assert_float(actual: Any, what: str) -> float:
    """Return a plain float; assert that the value is a finite Python float, not a tensor."""
    assert isinstance(actual, float), f"{what} should be a Python float, got {_kind(actual)}"
    actual = float.__add__(actual, 0.0)
    assert math.isfinite(actual), f"{what} is NaN or infinite"
    return actual


def assert_number(
    actual: Any, expected: float, what: str, rtol: float = 1e-4, atol: float = 1e-5
) -> None:
    """Assert that a value is a Python float close to the expected one."""
    gap = abs(assert_float(actual, what) - expected)
    assert gap <= atol + rtol * abs(expected), f"{what} is off by {gap:.3g}"


def _kind(value: Any) -> str:
    name = value._kind if type(value) is Stub else type(value).__name__
    return "None (is a `return` missing?)" if value is None else f"a {name}"


def kept_results(student: Callable, *cases: tuple) -> list:
    """Return the results of several calls; assert that no tensor argument changed, `.grad` included."""
    tensors = [a for case in cases for a in case if isinstance(a, Tensor)]
    before = [(t.detach().clone(), t.requires_grad, t.grad is None) for t in tensors]
    with changes_seen(student):
        results = each(student, *cases)
    for tensor, (values, needs_gradient, has_no_grad) in zip(tensors, before, strict=True):
        assert torch.equal(tensor.detach(), values), ARGUMENT_CHANGED
        assert tensor.requires_grad == needs_gradient, (
            "the function switches requires_grad of one of its arguments"
        )
        assert (tensor.grad is None) == has_no_grad, (
            "the function leaves a gradient in one of its arguments"
        )
    return results


def keeps_arguments(student: Callable, *args: Any) -> Any:
    """Return the result of one call; assert that no tensor argument changed, `.grad` included."""
    return kept_results(student, args)[0]


def assert_like(actual: Any, shape: tuple[int, ...], dtype: torch.dtype, what: str) -> None:
    """Assert that a random result has this shape and dtype and finite values."""
    assert_shape(actual, shape, what)
    assert actual.dtype == dtype, f"{what} should have dtype {dtype}, got {actual.dtype}"
    assert bool(torch.isfinite(actual).all()), f"{what} holds NaN or infinite values"
