"""A recognised mistake has its points, whatever the random inputs were."""

import pytest

from autograder.exercises.criteria import Outcome
from autograder.exercises.lookup import hidden_test, wrong_solutions
from autograder.grading.examine import Examined
from autograder.grading.judge import _judge_exercise
from autograder.source.lesson import Lesson, lesson_names

LESSON, EXERCISE, MISTAKE = "01_elbo", "elbo", "sampler-with-variance"


def verdict_on(lost, diagnosis):
    outcomes = [
        Outcome(c.name, c.points, c.name not in lost, "seen" if c.name in lost else "")
        for c in hidden_test(LESSON, EXERCISE).criteria
    ]
    examined = Examined("done", outcomes, diagnosis)
    return _judge_exercise(Lesson.load(LESSON), EXERCISE, "done", None, examined)


@pytest.mark.parametrize("lost", [("gradient",), ("gradient", "unbiased")])
def test_luck_decides_nothing_where_the_mistake_is_recognised(lost):
    verdict = verdict_on(lost, {"id": MISTAKE, "message": "named"})
    assert {c["name"] for c in verdict.criteria if not c["passed"]} == {"gradient", "unbiased"}
    assert verdict.score == 2.5
    assert verdict.details["gradient"] == "seen"
    assert verdict.details["unbiased"]


def test_what_is_not_recognised_or_right_keeps_what_it_earned():
    assert verdict_on(("gradient",), None).score == 3.75
    assert verdict_on((), {"id": MISTAKE, "message": "from an earlier try"}).status == "correct"


@pytest.mark.parametrize("name", lesson_names())
def test_settled_mistakes_name_criteria_and_keep_points(name):
    for variant in wrong_solutions(name).variants:
        names = {c.name for c in hidden_test(name, variant.exercise).criteria}
        assert set(variant.loses) < names, variant.id


def test_a_mistake_that_is_not_known_cannot_be_settled():
    with pytest.raises(KeyError, match="no variant with the id 'unheard-of'"):
        wrong_solutions(LESSON).settle(EXERCISE, "unheard-of", "gradient")
