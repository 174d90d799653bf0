"""Which cells may do more than define, and which exercises they could spoil."""

import pytest

from autograder.authoring.submissions import reference_answers
from autograder.grading.effects import bindings, bound_names, may_change

CALM = [
    "",
    "def f(x):\n    return torch.manual_seed(0)",
    '"""A note."""\nimport math\nfrom torch import nn\nSMALL = 1e-8\ndef f(x, eps=SMALL): return x',
    "class A(nn.Module):\n    '''doc'''\n    size = 3\n    def f(self): torch.manual_seed(0)",
    "@torch.no_grad()\ndef f(x): return x",
    "f = lambda x: print(x)",
    "%matplotlib inline\ndef f(x): return x",
    "def broken(:",
]
BUSY = [
    "torch.manual_seed(0)",
    "torch.relu = None",
    "x = f(3)",
    "print('hello')",
    "del torch",
    "from torch import *",
    "for i in range(3): pass",
    "def f(x=g()): return x",
    "@register\ndef f(x): return x\nclass A(B, metaclass=M): pass",
    "class A:\n    print('now')",
    "x = [g for g in h]",
    "if True:\n    pass",
    "@cache(3)\ndef f(x): return x",
    "(y := 3)",
]


@pytest.mark.parametrize("source", CALM)
def test_a_cell_that_only_defines_is_seen_as_such(source):
    assert bindings(source) is not None


@pytest.mark.parametrize("source", BUSY)
def test_a_cell_that_does_anything_else_may_change_everything(source):
    assert bindings(source) is None
    assert may_change(source, ["def f(x): return x"], {})


def test_reference_answers_spoil_nothing(lesson):
    given = bound_names(c.source for c in lesson.cells if c.role == "setup")
    answers = reference_answers(lesson)
    for exercise, source in answers.items():
        for other in answers:
            if other != exercise:
                assert not may_change(answers[other], [source], given), (other, exercise)


def test_a_name_that_means_something_else_can_spoil_and_a_helper_cannot():
    own = ["def f(x):\n    return helper(F.relu(x))"]
    given = bound_names(["import torch.nn.functional as F"])
    assert not may_change("def helper(x): return x", own, given)
    assert not may_change("import torch.nn.functional as F\ndef g(x): return x", own, given)
    assert may_change("import math as F", own, given)
    assert may_change("F = 3", own, given)
    assert may_change("def f(x): return 0", [*own, "y = f"], given)
    helped = ["def helper(x): return x\ndef f(x): return helper(x)"]
    assert may_change("def helper(x): return -x\ndef g(x): return helper(x)", helped, given)
