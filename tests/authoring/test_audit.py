"""The audit: its intervals are exact, and its table adds up."""

import pytest

from autograder.authoring import audit
from autograder.authoring.audit import Row, interval, table
from autograder.exercises.lookup import right_solutions, wrong_solutions
from autograder.source.lesson import Lesson, lesson_names


@pytest.mark.parametrize(
    ("errors", "n", "expected"),
    [
        (0, 0, (0.0, 1.0)),
        (0, 10, (0.0, 0.3085)),
        (10, 10, (0.6915, 1.0)),
        (1, 20, (0.00127, 0.2487)),
    ],
)
def test_intervals_are_those_of_clopper_and_pearson(errors, n, expected):
    assert interval(errors, n) == pytest.approx(expected, abs=1e-3)


def test_the_last_line_is_the_sum():
    rows = [Row("01_a", "f", 10, 0, 4, 0), Row("01_a", "g", 20, 1, 6, 0)]
    assert "| all | 2 exercises | 30 | 1 (" in table(rows).splitlines()[-1]


def test_runs_count_every_seed_and_what_erred_is_named(monkeypatch):
    lesson = lesson_names()[0]
    exercise = next(iter(Lesson.load(lesson).exercises))
    clean = audit._audit(lesson, exercise, range(5, 7))
    assert (clean.seeds, clean.lucky, clean.unlucky) == (2, 0, 0)
    assert all("the seed decides about" in line for line in clean.errors)
    assert clean.wrong == len(wrong_solutions(lesson).of(exercise))
    monkeypatch.setattr(audit, "right_solutions", wrong_solutions)
    monkeypatch.setattr(audit, "wrong_solutions", right_solutions)
    swapped = audit._audit(lesson, exercise, range(5, 7))
    assert swapped.false_fails == swapped.right == clean.wrong
    assert swapped.false_passes == swapped.wrong == clean.right
    assert (swapped.unlucky, swapped.lucky) == (2 * clean.wrong, 2 * clean.right)
    assert any(exercise in line and "seed 6: passed" in line for line in swapped.errors)
    assert any("seed 5: " in line and not line.endswith("passed") for line in swapped.errors)


def test_a_score_that_depends_on_the_seed_is_counted_and_named(monkeypatch):
    lesson = lesson_names()[0]
    exercise = next(iter(Lesson.load(lesson).exercises))
    lost = audit.lost_criteria

    def unsteady(variant, seed):
        outcomes = lost(variant, seed)
        return outcomes if seed % 2 or len(outcomes) < 2 else outcomes[1:]

    monkeypatch.setattr(audit, "lost_criteria", unsteady)
    row = audit._audit(lesson, exercise, range(5, 7))
    assert 0 < row.varying <= row.wrong
    assert any("the seed decides about " in line for line in row.errors)
    assert (
        table([row]).splitlines()[-1].endswith(f"| {row.varying} | {row.criteria} | {row.rank} |")
    )
    assert 1 <= row.rank <= row.criteria
