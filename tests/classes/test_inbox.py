"""Names of students' folders: which ones are refused, and why."""

import pytest

from autograder.classes.inbox import FORMULA, problem_with_name


@pytest.mark.parametrize("mark", list('<>&"`*?[]\\'))
def test_a_name_with_markup_or_a_pattern_is_refused_and_the_mark_is_named(mark):
    assert f"holds {mark}: rename" in problem_with_name(f"ann{mark}lee")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "ada;=A1", "ob, +1"])
def test_a_name_that_begins_as_a_formula_is_refused(name):
    sign = next(c for c in name if c in FORMULA)
    assert f"begins with {sign}, or does behind a comma: rename" in problem_with_name(name)


@pytest.mark.parametrize(
    "name", ["\uff1d1+1", "\ufe621+1", "\ufe63x", "\uff20SUM(A1)", "a\uff1b=1"]
)
def test_a_wide_or_small_sign_is_the_sign_itself(name):
    assert "begins with" in problem_with_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("eve\nbob", "eve\tbob", "a\u2028b", "a\x85b", "a\u200fb", "a\u061cb"),
        *("x\u200dy", "x\u200cy", "\u200cx", "عمر\u200c", "در\u200cم", "می\u200dخ"),
        *("न\u200dर", "क्\u200d", "a\u3164b", "a\ufe0fb", "a\u034fb", "a\u2003b", "a\u202fb"),
        *("a\u00adb", "a\U000e0041b", "a\u2800"),
    ],
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
        "山田\u3000太郎",
        "علی\u200cمحمد",  # in Persian, Hindi and Malayalam these characters change how letters look
        "न्\u200dर",
        "ക്\u200cഷ",
        "Nguyễn Thị Ánh",
        "สมชาย",
        "김철수",
        "ადა; ბენ",
        "Smith-Jones, A.",
    ],
)
def test_an_ordinary_name_is_fine(name):
    assert problem_with_name(name) == ""
