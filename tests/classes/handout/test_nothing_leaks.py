"""What a learner gets is searched for every line of solutions, hidden tests, model answers and banks of answers.

A line that also stands in given code is no secret: in a cell that learners see, or in `course_utils`. The banks are
built on such code. So whole solutions are looked for a second time, with no such excuse.
"""

import functools
import re

import pytest

from autograder.exercises.lookup import right_solutions, wrong_solutions
from autograder.files import ROOT
from autograder.source.lesson import Lesson, lesson_names
from tests.classes.handout.conftest import files_of, lines_of, readable_lines, text_of

HIDDEN = re.compile(r"^### BEGIN HIDDEN TESTS$.*?^### END HIDDEN TESTS$", re.M | re.S)
# Solutions that stand in the course on purpose, and where.
SHOWN = {
    ("02_vae", "vae_loss"): "08_debugging_clinic.ipynb",  # the healthy patient, six lessons later
    ("04_beta_vae", "active_units"): "evaluation.py",  # result cards of all lessons count them
}


@pytest.fixture(scope="module")
def texts(course):
    return {name: text_of(name, content) for name, content in files_of(course).items()}


@functools.cache
def given_lines():
    """Return the lines of code that learners are meant to see."""
    given = set()
    for name in lesson_names():
        for cell in Lesson.load(name).cells:
            if cell.is_code:
                source = HIDDEN.sub("", cell.source)
                for region in cell.solution_regions:
                    source = source.replace(region, "")
                given |= set(lines_of(source))
    for path in (ROOT / "course_utils").rglob("*.py"):
        given |= set(lines_of(path.read_text(encoding="utf-8")))
    return given


@functools.cache
def secrets(name):
    """Return the lines of a lesson that a learner must not get, by their kind."""
    cells = Lesson.load(name).cells
    hidden = ROOT / "autograder" / "exercises" / f"nb{name}" / "hidden.py"
    kinds = {
        "solutions": [r for c in cells for r in c.solution_regions],
        "model answers": [c.source for c in cells if c.role == "written"],
        "calls of hidden tests": [t for c in cells for t in HIDDEN.findall(c.source)],
        "hidden tests": [hidden.read_text(encoding="utf-8")],
        "known wrong answers": [v.source for v in wrong_solutions(name).variants],
        "known right answers": [v.source for v in right_solutions(name).variants],
    }
    return {
        kind: {x for x in set().union(*map(lines_of, found)) - given_lines() if says_something(x)}
        for kind, found in kinds.items()
    }


def says_something(line):
    """Whether a line is more than a bracket or a single name."""
    return bool(re.search(r"\w", line)) and not line.isidentifier()


def found_in(texts, name):
    """Return the secret lines of a lesson that stand in these texts.

    Known answers are looked for as lines only: what they have in common with everybody's code also stands in
    sentences, as in `return recon, kl`.
    """
    lines = {line for text in texts.values() for line in lines_of(text)}
    pieces = set().union(*map(readable_lines, texts.values()))
    return {
        line
        for kind, secret in secrets(name).items()
        for line in secret & (lines if kind.startswith("known") else pieces)
    }


def solutions_in(blocks, lesson):
    """Return (exercise, file) for each solution region that stands in one piece in a text of `block_of`."""
    return {
        (cell.name, name.rsplit("/", 1)[1])
        for cell in lesson.cells
        for region in cell.solution_regions
        for name, text in blocks.items()
        if block_of(region) in text
    }


def block_of(text):
    return "\n{}\n".format("\n".join(lines_of(text)))


def test_no_line_of_a_solution_a_hidden_test_or_a_bank_is_handed_out(pytestconfig, texts):
    names = [lesson.name for lesson in pytestconfig.lessons]
    assert {name: found for name in names if (found := found_in(texts, name))} == {}


def test_no_solution_stands_in_one_piece_but_those_shown_on_purpose(pytestconfig, texts):
    blocks = {name: block_of(text) for name, text in texts.items()}
    for lesson in pytestconfig.lessons:
        shown = {(e, place) for (name, e), place in SHOWN.items() if name == lesson.name}
        assert solutions_in(blocks, lesson) == shown


def test_there_is_something_to_look_for_in_each_exercise(lesson):
    """Given code may hold some lines of a solution, never most of them."""
    kept = {kind: len(found) for kind, found in secrets(lesson.name).items()}
    assert all(kept.values()), kept
    assert kept["hidden tests"] > 100
    assert kept["known wrong answers"] > 50
    regions = [lines_of(r) for c in lesson.cells for r in c.solution_regions]
    assert len(regions) >= len(lesson.exercises)


@pytest.mark.parametrize("kind", ["solutions", "hidden tests", "known right answers"])
def test_a_line_that_is_planted_is_found(lesson, kind):
    line = max(secrets(lesson.name)[kind], key=len)
    for text in (f"A hint:\n    {line}", f"    {line}  # as in the solution"):
        assert found_in({"01_elbo/notes.md": text}, lesson.name) == {line}


def test_a_solution_in_a_sentence_or_in_one_piece_is_found(lesson):
    line = max(secrets(lesson.name)["solutions"], key=len)
    sentence = f"Try <code>{line.replace('<', '&lt;')}</code>."
    assert found_in({"hint": sentence}, lesson.name) == {line}
    cell = next(c for c in lesson.cells if c.solution_regions)
    leak = {"course_utils/leak.py": block_of(f"def f(x):\n{cell.solution_regions[0]}")}
    assert (cell.name, "leak.py") in solutions_in(leak, lesson)
