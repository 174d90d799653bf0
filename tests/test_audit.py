"""The audit: its intervals are exact, and its table adds up."""

import pytest

from autograder.audit import Row, interval, table


@pytest.mark.parametrize(
    ("errors", "n", "expected"),
    [(0, 10, (0.0, 0.3085)), (10, 10, (0.6915, 1.0)), (1, 20, (0.00127, 0.2487))],
)
def test_intervals_are_those_of_clopper_and_pearson(errors, n, expected):
    assert interval(errors, n) == pytest.approx(expected, abs=1e-3)


def test_the_last_line_is_the_sum():
    rows = [Row("01_a", "f", 10, 0, 4, 0), Row("01_a", "g", 20, 1, 6, 0)]
    assert "| all | 2 exercises | 30 | 1 (" in table(rows).splitlines()[-1]
