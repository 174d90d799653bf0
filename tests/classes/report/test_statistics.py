"""The textbook's numbers, against what one works out by hand, and where there is no such number."""

import math
import statistics

import pytest

from autograder.classes.report import statistics as ours
from autograder.classes.report.results import Result
from autograder.grading.judge import ExerciseVerdict


def test_discrimination_compares_the_best_with_the_weakest():
    met = [True] * 6 + [False] * 5
    totals = list(range(11, 0, -1))  # 27 % of eleven are three
    assert ours.discrimination(met, totals) == 1.0
    assert ours.discrimination([not m for m in met], totals) == -1.0
    mixed = [True, True, False, *[True] * 5, False, True, False]
    assert ours.discrimination(mixed, totals) == pytest.approx(2 / 3 - 1 / 3)


def test_students_with_equal_points_share_the_last_places_of_a_group():
    totals = [3, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0]  # the best three: one, and two of three
    met = [True, True, False, False, *[False] * 7]
    for order in (range(11), [0, 3, 2, 1, *range(4, 11)]):
        shuffled = [met[i] for i in order], [totals[i] for i in order]
        assert ours.discrimination(*shuffled) == pytest.approx((1 + 2 / 3) / 3)


@pytest.mark.parametrize("n", [1, 2, 40])
def test_equal_points_have_no_discrimination_and_no_correlation(n):
    met = [i % 2 == 0 for i in range(n)]
    assert ours.discrimination(met, [5.0] * n) is None
    assert ours.correlation(met, [5.0] * n) is None
    assert ours.correlation([True] * n, [float(i) for i in range(n)]) is None


def verdict(name, passed):
    criteria = [{"name": f"c{i}", "passed": p} for i, p in enumerate(passed)]
    return ExerciseVerdict(name, "partial", float(sum(passed)), float(len(passed)), None, criteria)


def class_of(rows):
    return [Result(f"s{i}", [verdict("f", row)], {}) for i, row in enumerate(rows)]


POINTS = {("f", "c0"): 1.0, ("f", "c1"): 1.0, ("f", "c2"): 1.0}


def test_the_correlation_of_a_criterion_leaves_out_its_own_points():
    rows = [(i % 2 == 0, i % 3 == 0, i > 5) for i in range(12)]
    item = ours.items(class_of(rows), POINTS)[0]
    rest = [float(r[1] + r[2]) for r in rows]
    assert item.difficulty == 0.5
    assert item.correlation == pytest.approx(
        statistics.correlation([float(r[0]) for r in rows], rest)
    )


def test_a_small_class_has_no_discrimination():
    rows = [(True, i < 3, i < 5) for i in range(ours.SMALL - 1)]
    assert {i.discrimination for i in ours.items(class_of(rows), POINTS)} == {None}
    assert {i.correlation for i in ours.items(class_of(rows), POINTS)} == {None}


def test_only_what_chance_does_not_explain_is_doubtful():
    def item(r, n):
        return ours.Item("f", "c", n // 2, n, 0.0, r)

    assert not item(-0.3, 16).is_doubtful
    assert item(-0.6, 16).is_doubtful
    assert "fail it more often" in item(-0.6, 16).remark
    assert item(0.05, 16).remark == ""
    assert item(0.05, ours.ENOUGH).remark == "hardly tells strong from weak"
    assert ours.Item("f", "c", 0, 16, None, None).remark == "nobody met it"
    assert ours.Item("f", "c", 3, 16, 0.5, 0.5).remark == "hard"


@pytest.mark.parametrize(
    ("values", "expected"),
    [([2.0], (2, 2, 2)), ([1.0, 3.0], (1.5, 2, 2.5)), ([1.0, 2.0, 3.0, 4.0, 5.0], (2, 3, 4))],
)
def test_quartiles_of_any_number_of_values(values, expected):
    assert all(map(math.isclose, ours.quartiles(values), expected))
