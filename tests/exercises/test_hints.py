"""Hints: whoever types the code of a hint as it stands gets full marks.

The known right answer "hints-typed" of an exercise holds every piece of code of its hints, letter by letter; that it
gets full marks is tested with all other right answers.
"""

import ast
import html
import re

import pytest

from autograder.exercises.lookup import right_solutions
from autograder.source.lesson import Lesson, lesson_names

HINT = re.compile(r"<details><summary>Hint.*?</details>", flags=re.S)
CODE = re.compile(r"<code>(.*?)</code>", flags=re.S)
SHAPE = "..."  # what a reader has to fill in


def hints_of(lesson: Lesson) -> dict[str, list[str]]:
    """Return the pieces of code in the hints of each exercise, but calls of the exercise itself, to try it.

    Hints stand below the exercise's cell. Those of the clinic ask a patient, and none is code of an answer.
    """
    found: dict[str, list[str]] = {}
    name = ""
    for cell in lesson.cells:
        if cell.role == "exercise":
            name = cell.name
        elif cell.role == "check":
            name = ""
        elif name and not cell.is_code:
            pieces = [
                html.unescape(c) for hint in HINT.findall(cell.source) for c in CODE.findall(hint)
            ]
            typed = [p for p in pieces if is_code_to_type(p) and f"{name}(" not in p]
            found.setdefault(name, []).extend(typed)
    return {name: pieces for name, pieces in found.items() if pieces and lesson.builds_up}


def is_code_to_type(piece: str) -> bool:
    """Return whether a piece of code does something, and is no name and no shape with gaps."""
    if SHAPE in piece:
        return False
    try:
        tree = ast.parse(piece.strip())
    except SyntaxError:
        return "(" in piece or "=" in piece
    return any(
        isinstance(n, ast.Call | ast.BinOp | ast.Assign | ast.AugAssign) for n in ast.walk(tree)
    )


def squeezed(text: str) -> str:
    """Return a text without blanks and line breaks."""
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("name", lesson_names())
def test_code_of_hints_is_right_when_typed(name: str) -> None:
    lesson = Lesson.load(name)
    for exercise, pieces in hints_of(lesson).items():
        typed = [v for v in right_solutions(name).of(exercise) if v.id == "hints-typed"]
        assert typed, f"{exercise}: no right answer with the id hints-typed"
        for piece in pieces:
            assert squeezed(piece) in squeezed(typed[0].source), f"{exercise}: {piece}"
