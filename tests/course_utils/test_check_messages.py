"""What a visible check says where no known mistake was recognised."""

import pytest
import torch

from course_utils.checks.core import Observation, describe_error, first_difference


def seen(value, what="the KL"):
    return [Observation.of(what, value)]


def test_a_factor_is_spoken_of_only_where_many_values_share_it():
    many = torch.tensor([1.0, 2.0, 3.0, 5.0, 8.0])
    said = first_difference(seen(2 * many), seen(many))
    assert said == "the KL is 2 times what it should be, everywhere. Is a factor missing?"
    assert "wrong sign everywhere" in first_difference(seen(-many), seen(many))
    for few in (torch.tensor(3.0), torch.tensor([1.0, 2.0, 3.0, 5.0]), torch.full((9,), 3.0)):
        said = first_difference(seen(2 * few), seen(few))
        assert "factor" not in said
        assert "is expected, it is" in said


def test_a_question_of_yes_or_no_is_answered_in_these_words():
    what = "whether the images carry a graph"
    said = first_difference(seen(1.0, what), seen(0.0, what))
    assert said == f"the check looked at {what}. Expected is no, seen was yes."


CELL = """
import torch
@torch.no_grad()
def plain(x):
    return x + missing
class Model:
    @staticmethod
    def still(x):
        return x + missing
    @property
    def size(self):
        return missing
"""


@pytest.mark.parametrize("call", ["plain(1)", "Model.still(1)", "Model().size"])
def test_the_line_that_failed_is_the_learner_s_also_under_a_decorator(call):
    names = {}
    exec(compile(CELL, "<cell of a learner>", "exec"), names)
    with pytest.raises(NameError) as failure:
        eval(call, names)
    said = describe_error(failure.value, names[call.split("(")[0].split(".")[0]])
    assert "missing" in said
    assert "error in your code at line" in said


def test_a_forgotten_return_is_said_as_such():
    names = {}
    exec(compile("def f():\n    3\n", "a cell", "exec"), names)
    with pytest.raises(AttributeError) as failure:
        names["f"]().sum()
    assert describe_error(failure.value, names["f"]).startswith("your code returned None")
