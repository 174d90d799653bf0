"""The sentences about errors: each is shown for a real error of that kind, with every version that we allow."""

import linecache
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from autograder.wire.explain import explain_error
from course_utils.checks.errors import MEANINGS, meaning, with_meaning

pytestmark = pytest.mark.oldest

NAMES = {"torch": torch, "np": np, "math": math, "F": F, "nn": nn}
ERRORS = {
    "cat-sizes": ["torch.cat([torch.ones(2, 3), torch.ones(4, 5)], 0)"],
    "cat-axes": ["torch.cat([torch.ones(2, 3), torch.ones(2)])"],
    "stack-sizes": ["torch.stack([torch.ones(2), torch.ones(3)])"],
    "matrix-sizes": [
        "torch.ones(2, 3) @ torch.ones(2, 3)",
        "nn.Linear(3, 2)(torch.ones(2, 4))",
        "torch.ones(2, 3) @ torch.ones(2)",
        "np.ones((2, 3)) @ np.ones((2, 3))",
        "np.ones((2, 3)).dot(np.ones((2, 3)))",
    ],
    "broadcast": [
        "torch.ones(3) + torch.ones(4)",
        "np.ones(3) + np.ones(4)",
        "torch.ones(3).expand(4)",
        "torch.ones(3).add_(torch.ones(2, 3))",
        "torch.zeros(3)[torch.tensor([0, 1])] = torch.ones(3)",
    ],
    "target-size": ["F.binary_cross_entropy_with_logits(torch.ones(2, 3), torch.ones(3))"],
    "reshape-size": ["torch.ones(6).view(4, 2)", "np.ones(6).reshape(4, 2)"],
    "view-stride": ["torch.ones(2, 3).T.view(6)"],
    "no-such-axis": ["torch.ones(3).sum(1)", "np.ones(3).sum(1)"],
    "too-many-indices": ["torch.ones(3)[0, 0]", "np.ones(3)[0, 0]", "torch.tensor(1.0)[0]"],
    "no-such-index": ["torch.ones(3)[3]", "np.ones(3)[3]", "[1][1]", "torch.ones(2, 3)[:, 4]"],
    "number-for-tensor": ["torch.log(2.0)", "(2.0).exp()"],
    "array-for-tensor": ["torch.log(np.ones(2))", "np.ones(2).detach()"],
    "list-for-tensor": [
        "torch.log([1.0])",
        "[1.0].mean()",
        "(torch.ones(2), 1).sum()",
        "(1, 2) - (1, 2)",
    ],
    "returned-none": [
        "print().sum()",
        "print() + torch.ones(2)",
        "torch.log(print())",
        "a, b = print()",
    ],
    "one-number-wanted": ["math.log(torch.ones(3))", "float(torch.ones(3))", "float(np.ones(3))"],
    "truth-of-many": ["if torch.ones(3) > 0: pass", "not np.ones(3)"],
    "one-hot-too-narrow": ["F.one_hot(torch.tensor([0, 3]), 3)"],
    "whole-numbers-wanted": [
        "F.one_hot(torch.ones(3), 3)",
        "torch.ones(2, 3).gather(1, torch.ones(2, 1))",
        "torch.ones(3)[torch.ones(3)]",
        "np.ones(3)[1.0]",
        "range(2.0)",
        "torch.ones(6).reshape((6 / 2, 2))",
        "[1, 2][1.0]",
    ],
    "decimals-wanted": ["torch.arange(3).mean()", "torch.arange(3).add_(0.5)"],
    "dtypes-differ": [
        "torch.ones(2, 2) @ torch.ones(2, 2).double()",
        "nn.Linear(2, 2)(torch.ones(2).double())",
    ],
    "devices-differ": ["torch.ones(2) + torch.ones(2, device='meta')"],
    "negative-size": ["torch.ones(-1)", "np.ones(-1)"],
    "empty-tensor": [
        "torch.ones(0).max()",
        "np.ones(0).max()",
        "torch.cat([])",
        "torch.stack([])",
        "torch.ones(0).item()",
    ],
    "numpy-of-graph": ["torch.ones(2, requires_grad=True).numpy()"],
    "no-graph": ["torch.tensor(1.0).backward()"],
    "graph-used-twice": [
        "y = torch.ones(2, requires_grad=True).exp().sum(); y.backward(); y.backward()"
    ],
    "gradient-of-many": ["torch.ones(2, requires_grad=True).exp().backward()"],
    "in-place-on-parameter": [
        "x = torch.ones(2, requires_grad=True); x += 1",
        "torch.ones(2, requires_grad=True)[0].add_(1)",
    ],
    "in-place-in-graph": [
        "x = torch.ones(2, requires_grad=True).exp(); y = x.exp().sum(); z = x**2; x += 1; z.sum().backward()"
    ],
    "in-place-on-expanded": ["torch.ones(1, 3).expand(2, 3).add_(torch.ones(2, 3))"],
    "unused-in-graph": [
        "x = torch.ones(2, requires_grad=True); torch.autograd.grad(x.clone().sum(), x.clone())"
    ],
    "distribution-argument": [
        "torch.distributions.Normal(0.0, torch.tensor(-1.0))",
        "torch.distributions.Bernoulli(torch.tensor(0.5)).log_prob(torch.tensor(0.5))",
    ],
    "probabilities-wanted": ["F.binary_cross_entropy(torch.tensor([2.0]), torch.tensor([1.0]))"],
    "log-of-nothing": ["math.log(0)", "math.sqrt(-1)", "math.acos(1.1)"],
    "too-large": ["math.exp(1000)", "10.0**1000"],
    "divided-by-zero": ["1 / 0"],
    "own-refusal": ["raise ValueError('shape mismatch')"],
    "own-assertion": ["assert 1 == 2"],
    "super-init": ["M()"],
    "not-a-function": ["torch.ones(2)(3)", "2(3)"],
    "arguments-of-call": ["len()", "M.__init__()", "g(1)", "g(x=1)"],
    "one-number-given": ["list(torch.tensor(3))", "a, b = torch.tensor(3)"],
    "unpacking": ["a, b = (1, 2, 3)", "a, b = (1,)", "a, b = 3"],
    "not-assigned": ["h()"],
    "not-defined": ["torhc"],
    "no-such-name": ["torch.logarithm", "import no_such_library", "from math import logarithm"],
    "no-such-attribute": ["torch.ones(2).average()"],
    "no-such-key": ["{}['a']"],
    "endless-calls": ["k()"],
    "indentation": ["if True:\nx = 1"],
    "syntax": ["x = (1"],
}
GIVEN = """
def g(): pass
def h():
    if False: value = 1
    return value
def k(): return k()
class M(nn.Module):
    def __init__(self): self.layer = nn.Linear(1, 1)
"""


def said_of(code):
    """Return what a notebook says of the error of this code."""
    names = dict(NAMES)
    exec(GIVEN, names)
    lines = "\n".join("    " + line for line in code.split("\n"))
    cell = f"def answer():\n{lines}\n"
    linecache.cache["<cell 1>"] = (len(cell), None, cell.splitlines(keepends=True), "<cell 1>")
    try:
        exec(compile(cell, "<cell 1>", "exec"), names)
        names["answer"]()
    except Exception as error:
        return explain_error(error)
    raise AssertionError(f"{code} raises nothing")


@pytest.mark.parametrize("id", ERRORS)
def test_each_sentence_is_said_of_such_errors(id):
    known = {code: meaning(said_of(code)) for code in ERRORS[id]}
    assert {code: kind and kind.id for code, kind in known.items()} == dict.fromkeys(known, id)


def test_every_sentence_about_an_error_is_tried():
    assert {known.id for known in MEANINGS} - set(ERRORS) == {"argument-changed", "other-dtype"}


def test_an_error_without_a_meaning_stays_as_it_is():
    assert with_meaning("MyError: something of my own.") == "MyError: something of my own."
    assert with_meaning("ZeroDivisionError: division by zero.").startswith(
        "ZeroDivisionError: division by zero. A number is divided by 0"
    )
