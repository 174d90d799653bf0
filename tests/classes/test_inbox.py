"""Names of students' folders: which ones are refused, and why."""

import pytest

from autograder.classes.inbox import problem_with_name


@pytest.mark.parametrize("mark", list('<>&"`*?[]\\'))
def test_a_name_with_markup_or_a_pattern_is_refused_and_the_mark_is_named(mark):
    assert f"holds {mark}: rename" in problem_with_name(f"ann{mark}lee")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_a_name_that_begins_as_a_formula_is_refused(name):
    assert f"begins with {name[0]}: rename" in problem_with_name(name)


@pytest.mark.parametrize(
    "name", ["eve\nbob", "eve\tbob", "a\u2028b", "a\x85b", "a\u200fb", "a\u061cb"]
)
def test_a_name_that_looks_like_another_one_is_refused(name):
    assert "cannot be shown" in problem_with_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "Zoë O'Neill",
        "山田, 太郎",
        "عمر",
        "דוד",
        "a.b@example.org",
        "Anne-Marie",
        "d'Été, J.",
        "s+1=x",
        "12345",
    ],
)
def test_an_ordinary_name_is_fine(name):
    assert problem_with_name(name) == ""
