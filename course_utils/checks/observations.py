"""Observations: what a check sees of a learner's function, as named numbers to store and to compare.

The visible check observes on fixed inputs and compares with stored numbers. The grader observes on fresh
inputs and compares with the known wrong solutions themselves.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_utils.toy import add_noise

# These functions are looked up here, before learners' code runs, because that code could replace them.
# PyTorch's seeds the CPU only: `torch.manual_seed` also looks for other devices, which takes a millisecond.
# NumPy's old global generator is the one that scikit-learn uses by default.
SEEDS = torch.default_generator.manual_seed, np.random.seed, random.seed
MAX_VALUES = 500  # numbers of an observation that are kept
RTOL, ATOL = 1e-3, 1e-4  # float32 sums in another order differ by about 1e-6


@dataclass(frozen=True)
class Observation:
    """One thing seen: what it is, of which kind and shape, and its numbers.

    Attributes:
        what: The quantity in words, for messages ("the KL of a random batch").
        kind: "tensor float32", "array float64", "float", "NoneType", ... or "error ValueError".
        shape: Shape of a tensor or array, () otherwise.
        values: The numbers, flattened, `MAX_VALUES` at most; none where there are none.
        atol: Absolute tolerance of a comparison.
    """

    what: str
    kind: str
    shape: tuple[int, ...] = ()
    values: tuple[float, ...] = ()
    atol: float = ATOL

    @classmethod
    def of(cls, what: str, value: Any, atol: float = ATOL) -> Observation:
        """Describe one value that an observer yielded."""
        if isinstance(value, Tensor):
            kind = f"tensor {value.dtype}".replace("torch.", "")
            flat = value.detach().flatten()[:MAX_VALUES].to("cpu", torch.float64).tolist()
            return cls(what, kind, tuple(value.shape), tuple(flat), atol)
        if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
            flat = value.flatten()[:MAX_VALUES].astype(np.float64).tolist()
            return cls(what, f"array {value.dtype}", value.shape, tuple(flat), atol)
        if isinstance(value, bool | int | float):
            return cls(what, type(value).__name__, (), (float(value),), atol)
        return cls(what, type(value).__name__)

    def agrees_with(self, other: Observation) -> bool:
        """Return whether both have the same name, kind and shape, and numbers equal within the tolerance."""
        if (self.what, self.kind, self.shape) != (other.what, other.kind, other.shape):
            return False
        return len(self.values) == len(other.values) and all(
            _close(a, b, self.atol) for a, b in zip(self.values, other.values, strict=True)
        )

    def to_plain(self) -> tuple[str, str, tuple[int, ...], Tensor, float]:
        """Return plain values, which can be sent to another process, for `from_plain`."""
        values = torch.tensor(self.values, dtype=torch.float64)
        return self.what, self.kind, self.shape, values, self.atol

    @classmethod
    def from_plain(cls, parts: Iterable) -> Observation:
        """Return the observation that `to_plain` took apart.

        Raises:
            AttributeError, TypeError, ValueError: If the parts are no such values.
        """
        what, kind, shape, values, atol = parts
        numbers = tuple(values.flatten().tolist())
        return cls(str(what), str(kind), tuple(shape), numbers, float(atol))

    def to_json(self) -> list:
        """Return a list for JSON; numbers keep 8 digits, NaN and infinities become strings."""
        numbers = [float(f"{v:.8g}") if math.isfinite(v) else str(v) for v in self.values]
        return [self.what, self.kind, list(self.shape), numbers, self.atol]

    @classmethod
    def from_json(cls, data: list) -> Observation:
        """Return the observation that `to_json` wrote."""
        what, kind, shape, values, atol = data
        return cls(what, kind, tuple(shape), tuple(float(v) for v in values), atol)


def _close(a: float, b: float, atol: float) -> bool:
    if not (math.isfinite(a) and math.isfinite(b)):
        return a == b or (math.isnan(a) and math.isnan(b))
    return abs(a - b) <= atol + RTOL * abs(b)


def observe(
    observer: Callable, student: Callable, draw: Callable
) -> tuple[list[Observation], Exception | None]:
    """Collect what an observer sees of a learner's function.

    Args:
        observer: Generator function (student, draw) that yields (what, value[, atol]).
        student: The learner's function or class.
        draw: Source of inputs, see `FixedDraw` and `RandomDraw`.

    Returns:
        The observations, the last of kind "error ..." if an exception ended the observer early,
        and that exception or None.
    """
    seen: list[Observation] = []
    items: Iterable = observer(student, draw)
    try:
        with torch.enable_grad():
            seen.extend(Observation.of(*item) for item in items)
    except Exception as error:
        seen.append(Observation("an error", f"error {type(error).__name__}"))
        return seen, error
    return seen, None


def seed_all(seed: int) -> None:
    """Seed the global generators of PyTorch, NumPy and Python."""
    for seed_one in SEEDS:
        seed_one(seed % 2**32)


def seed_learner(student: Any, seed: int, in_step: bool = False) -> None:
    """Seed the global generators, also where the learner's code runs when that is elsewhere.

    Args:
        student: The learner's object.
        seed: The seed.
        in_step: Whether both processes continue one stream of PyTorch's random numbers, as one process would.
    """
    seed_all(seed)
    seed_far = getattr(type(student), "seed_far", None)
    if seed_far is not None:
        seed_far(student, seed, in_step)


def shake(model: Any, draw: Callable) -> None:
    """Add noise from `draw` to all weights of a model: a layer of zeros would hide what it computes."""
    # A draw needs at least one dimension, and a parameter may be a scalar: draw one dimension more.
    add_noise(model, lambda shape: draw(*shape, 1)[..., 0])


def plain_float(value: Any) -> Any:
    """Return a float, also one of NumPy, as a plain float, and any other value as it is."""
    return float(value) if isinstance(value, float) else value


def agree(ours: list[Observation], theirs: list[Observation]) -> bool:
    """Return whether two runs of one observer saw the same."""
    return len(ours) == len(theirs) and all(
        a.agrees_with(b) for a, b in zip(ours, theirs, strict=True)
    )


def distance(ours: list[Observation], theirs: list[Observation]) -> float:
    """Return the sum of differences in units of the tolerance, to find the nearest of several that agree."""
    pairs = zip(ours, theirs, strict=True)
    return sum(
        abs(x - y) / (a.atol + RTOL * abs(y))
        for a, b in pairs
        for x, y in zip(a.values, b.values, strict=True)
        if math.isfinite(x) and math.isfinite(y)
    )


class RandomDraw:
    """Fresh inputs from a generator: standard normal tensors, or uniform ones in [0, 1)."""

    def __init__(self, generator: torch.Generator) -> None:
        self.generator = generator

    def __call__(self, *shape: int) -> Tensor:
        """Return a standard normal float32 tensor of this shape."""
        return torch.randn(*shape, generator=self.generator)

    def uniform(self, *shape: int) -> Tensor:
        """Return a float32 tensor of this shape, uniform in [0, 1)."""
        return torch.rand(*shape, generator=self.generator)


class FixedDraw:
    """The same inputs on every machine and PyTorch version: a formula, no random numbers."""

    def __init__(self) -> None:
        self.count = 0

    def uniform(self, *shape: int) -> Tensor:
        """Return a float32 tensor of this shape with values in [0, 1]."""
        size = math.prod(shape)
        index = torch.arange(self.count + 1, self.count + size + 1, dtype=torch.float64)
        self.count += size
        return (torch.sin(index) * 43758.5453).frac().abs().float().reshape(shape)

    def __call__(self, *shape: int) -> Tensor:
        """Return a float32 tensor of this shape, distributed nearly as a standard normal."""
        uniform = self.uniform(*shape).double().clamp(1e-3, 1 - 1e-3)
        return (math.sqrt(2) * torch.erfinv(2 * uniform - 1)).float()


Draw = FixedDraw | RandomDraw
