"""Text of a learner, made safe for files, databases and terminals."""

import json

import pytest

from autograder.wire.explain import explain_error, one_line, printable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain, ä, 日本, 😀\n\tindented", "plain, ä, 日本, 😀\n\tindented"),
        ("\ud83d\ude00 as two halves", "😀 as two halves"),
        ("lone \ud800", "lone \ufffd"),
        ("\x1b[2J\x07 cleared", "\ufffd[2J\ufffd cleared"),
        ("\x00 and \x9b and \x7f", "\ufffd and \ufffd and \ufffd"),
        ("right to left \u202e", "right to left \ufffd"),
        ("\u2028 and \u2029 and \x85", "\ufffd and \ufffd and \ufffd"),
        ("\u200e\u200f\u061c\u202a\u202d\u2066\u2069", "\ufffd" * 7),
        ("שלום, مرحبا", "שלום, مرحبا"),
    ],
)
def test_what_no_terminal_and_no_database_takes_is_replaced(text, expected):
    assert printable(text) == expected
    assert json.dumps(printable(text), ensure_ascii=False).encode()


def test_a_message_of_a_learner_begins_no_line_of_the_grader_s_own():
    assert one_line("\n x\n\n| ada | 34/34 |\r\n\x1b") == "x | ada | 34/34 |\ufffd \ufffd"
    named = type("Lost\nkl_divergence: correct", (Exception,), {})
    assert explain_error(named("\tx\ny")) == "Lost"
