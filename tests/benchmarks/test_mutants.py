"""References that were changed in one place: made by rule, named by what was changed, run by the hidden tests."""

import ast
import json

import pytest

from autograder.source.lesson import Lesson
from benchmarks import mutants

LESSON, EXERCISE = "01_elbo", "kl_divergence"


def test_every_mutant_is_one_other_program():
    made = mutants.mutants(LESSON, EXERCISE)
    reference = ast.unparse(ast.parse(Lesson.load(LESSON).exercise_cell(EXERCISE).solution))
    sources = [m.source for m in made]
    assert reference not in sources
    assert len({m.id for m in made}) == len(made)
    for m in made:
        changed = set(m.source.split("\n")) ^ set(reference.split("\n"))
        assert 1 <= len(changed) <= 3, m.id


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("mu ** 2 + log_var.exp()", "mu ** 2 - log_var.exp()"),
        ("log_var.exp()", "log_var"),
        ("0.5", "1.5"),
    ],
)
def test_the_hidden_test_notices_a_wrong_one(before, after):
    (found,) = [
        m for m in mutants.mutants(LESSON, EXERCISE) if m.id.startswith(f"`{before}` -> `{after}`")
    ]
    assert not mutants.survives(found)


def test_every_reason_is_one_sentence_about_a_mutant_that_is_made():
    known = json.loads(mutants.KNOWN.read_text(encoding="utf-8"))
    for key, rows in known.items():
        made = {m.id for m in mutants.mutants(*key.split(" "))}
        assert set(rows) <= made, set(rows) - made
        assert all(reason.endswith(".") for reason in rows.values())
