"""The source format: what the reader understands, and what it refuses with file and line."""

import pytest

from autograder.errors import CourseError
from autograder.source.lesson import Lesson

GOOD = '''# %% [markdown]
r"""
# A lesson

**2 points**
"""

# %% setup=true
import math


# %% exercise="double"
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% check="double" points=2
checks.double(double)
### BEGIN HIDDEN TESTS
nb.grade_double(double)
### END HIDDEN TESTS

# %% [markdown] written="why" points=1
r"""
Because.
"""

# %%
print(double(3))
'''


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "01_try.py"
        path.write_text(text)
        return Lesson.read(path)

    return read


def test_roles_names_points_and_lines_are_read(read):
    lesson = read(GOOD)
    roles = ["prose", "first", "setup", "exercise", "check", "written", "demonstration"]
    assert [c.role for c in lesson.cells] == roles
    assert lesson.exercises == {"double": 2}
    assert lesson.written == {"why": 1}
    assert [c.grade_id for c in lesson.cells if c.grade_id] == [
        "double",
        "test_double",
        "written_why",
    ]
    assert lesson.exercise_cell("double").line == 12
    assert lesson.title == "A lesson"


def test_cell_ids_depend_on_the_text_alone_and_are_unique(read):
    first, second = read(GOOD), read(GOOD + "\n\n# %%\nprint(double(3))\n")
    assert [c.id for c in first.cells] == [c.id for c in second.cells][:-1]
    assert len({c.id for c in second.cells}) == 8


def test_the_solution_is_the_cell_without_its_marks(read):
    assert read(GOOD).exercise_cell("double").solution == (
        'def double(x):\n    """Twice x."""\n    return 2 * x'
    )


BAD = {
    "code below prose without a marker": (
        '**2 points**\n"""\n',
        '**2 points**\n"""\nimport os\n',
        r"01_try\.py:7: this line would silently become prose",
    ),
    "prose that is never closed": (
        '"""\n\n# %% setup',
        "\n\n# %% setup",
        r":2: this line would silently",
    ),
    "uncommented prose": ('r"""\nBecause.\n"""', "Because.", r":27: this line would silently"),
    "an unknown option": ("setup=true", "setpu=true", r":8: unknown cell option 'setpu'"),
    "a check without points": (" points=2\nchecks", "\nchecks", "needs points, as in points=4"),
    "points below zero": ('double" points=2', 'double" points=-2', "needs points"),
    "an exercise without a solution": (
        "    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION\n",
        "    return 2 * x\n",
        "has no ### BEGIN",
    ),
    "an exercise that does not define its name": (
        "def double(x)",
        "def dbl(x)",
        "does not define it",
    ),
    "a check without an exercise": (
        'exercise="double"',
        'exercise="twice"',
        "does not define|no exercise cell",
    ),
    "a check without its visible check": ("checks.double(double)\n", "", r"lacks `checks\.double"),
    "a check without a hidden test": ("nb.grade_double(double)\n", "", r"lacks `grade_double"),
    "a heading with other points": ("**2 points**", "**3 points**", "no heading before it says"),
    "two cells of one name": (
        "# %% [markdown] written",
        '# %% exercise="double"\ndef double(x):\n    ### BEGIN SOLUTION\n    pass\n    ### END SOLUTION\n\n\n# %% [markdown] written',
        r":26: 'double' was already used at line 12",
    ),
    "text before the first marker": (
        "# %% [markdown]\nr",
        "import os\n# %% [markdown]\nr",
        ":1: a lesson starts with a cell marker",
    ),
    "a solution outside an exercise": (
        "print(double(3))",
        "### BEGIN SOLUTION\nprint(3)\n### END SOLUTION",
        "outside an exercise",
    ),
    "a variable of the name of an exercise": (
        "print(double(3))",
        "for double, other in ((1, 2),):\n    print(double)",
        "gives 'double' a value, which is the name of an exercise",
    ),
    "code marked written": ('[markdown] written="why"', 'written="why"', "must be a markdown cell"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_source_is_refused_for(read, name):
    old, new, message = BAD[name]
    assert GOOD.count(old) == 1, "the case edits exactly one place"
    with pytest.raises(CourseError, match=message):
        read(GOOD.replace(old, new))


def test_an_unknown_lesson_is_refused_with_the_known_ones():
    with pytest.raises(CourseError, match=r"no lesson '99_nothing'\. Lessons: .*02_vae"):
        Lesson.load("99_nothing")
