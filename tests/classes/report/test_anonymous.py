"""An example of code tells nobody whose it is, and is shown whatever it is."""

import pytest

from autograder.classes.report.anonymous import MAX_COLUMNS, MAX_LINES, anonymous

CODE = '''
def kl(mu, log_var):
    """Ada Lovelace wrote this.

    More.
    """
    # by Ada
    text = "not # a comment"  # lovelace-ada
    return mu**2, text
'''


def test_comments_docstrings_and_names_are_taken_out():
    shown = anonymous(CODE, "lovelace-ada_17", "Ada")
    assert shown == ('def kl(mu, log_var):\n    text = "not # a comment"\n    return mu**2, text')
    assert anonymous("author = 'ADA L. of Adana'", "ada") == "author = '… L. of Adana'"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f(:\n    # me\n    x = 1", "def f(:\n    x = 1"),
        ("def f():\n    'only this'", "def f():\n    'only this'"),
        ("def f(): 'short'; return 1", "def f(): 'short'; return 1"),
        ("x = '\\d'\r\ny = 2\r", "x = '\\d'\ny = 2"),
        ("x = (\n# me", "x = ("),
        ("a = '''\n# kept'''", "a = '''\n# kept'''"),
        ("", ""),
        ("\0", "\0"),
        ("(" * 2000, "(" * MAX_COLUMNS + "…"),
    ],
)
def test_any_text_is_shown(code, expected):
    assert anonymous(code, "me") == expected


def test_long_code_is_cut():
    shown = anonymous("\n".join(f"x{i} = {i}" for i in range(MAX_LINES + 5)))
    assert shown.split("\n")[-1] == "… and 5 more lines"
    assert len(shown.split("\n")) == MAX_LINES + 1
