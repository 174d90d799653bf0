"""A constant, and random numbers of the right shape, are no answer: they earn nothing."""

from types import FunctionType

import numpy as np
import pytest
import torch
from torch import Tensor

from autograder.exercises.criteria import derive_seed
from autograder.exercises.lookup import hidden_test
from autograder.source.lesson import reference_namespace

# The answers below ask the reference for shapes, so they do what it does along the way, and return its words.
BESIDES = {
    ("embed_2d", "other methods"),
    ("log_likelihood", "memory"),
    ("log_likelihood", "no gradients"),
    ("repair_8", "the fault is gone"),
    ("train_step", "update"),
    ("train_step", "old gradients"),
    ("cvae_train_step", "update"),
    ("cvae_train_step", "labels"),
    ("rate_distortion", "no trace"),
    ("linear_warmup", "no ramp"),  # asked with whole numbers, of which 1 is the answer
    *(("diagnosis", f"patient {number}") for number in range(1, 10)),
}
FILLS = {
    "zeros": torch.zeros,
    "ones": torch.ones,
    "normal": torch.randn,
    "uniform": torch.rand,
}


def replaced(value, fill):
    """A result with other numbers in the same places."""
    if isinstance(value, Tensor):
        return fill(value.shape).to(value.dtype)
    if isinstance(value, np.ndarray):
        return fill(value.shape).numpy().astype(value.dtype)
    if isinstance(value, tuple | list):
        return type(value)(replaced(v, fill) for v in value)
    if isinstance(value, dict):
        return {key: replaced(v, fill) for key, v in value.items()}
    if isinstance(value, float):
        return float(fill(()))
    return int(3 * float(fill(()))) if type(value) is int else value


@pytest.mark.slow
@pytest.mark.parametrize("fill", FILLS)
def test_numbers_of_the_right_shape_earn_nothing(lesson, fill):
    references = reference_namespace(lesson.name)
    functions = [n for n in lesson.exercises if isinstance(references[n], FunctionType)]
    assert functions

    def earned(name):
        def answer(*args, **kwargs):
            return replaced(references[name](*args, **kwargs), FILLS[fill])

        seed = derive_seed("constants", name, fill)
        return hidden_test(lesson.name, name).run(answer, references[name], seed)

    points = [(name, o.name) for name in functions for o in earned(name) if o.passed]
    assert [point for point in points if point not in BESIDES] == []
