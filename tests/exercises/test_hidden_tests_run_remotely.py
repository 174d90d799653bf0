"""Hidden tests run unchanged on a stub of an object elsewhere, with the same outcomes."""

import pytest

from autograder.exercises.lookup import hidden_test, right_solutions, wrong_solutions
from autograder.source.lesson import Lesson, lesson_names, reference_namespace
from tests.remote import far_away

EXERCISES = [(n, e) for n in lesson_names() for e in Lesson.load(n).exercises]


def outcomes(lesson, exercise, student):
    reference = reference_namespace(lesson)[exercise]
    return hidden_test(lesson, exercise).run(student, reference, seed=3)


def outcomes_far_away(lesson, exercise, thing):
    with far_away(thing=thing) as peer:
        return outcomes(lesson, exercise, peer.root("thing"))


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)
def test_the_reference_behind_a_stub_gets_full_marks(lesson, exercise):
    found = outcomes_far_away(lesson, exercise, reference_namespace(lesson)[exercise])
    assert {o.name: o.message for o in found if not o.passed} == {}


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)
def test_wrong_and_right_answers_fare_the_same_behind_a_stub(lesson, exercise):
    variants = [
        *wrong_solutions(lesson).of(exercise)[:4],
        *right_solutions(lesson).of(exercise)[:1],
    ]
    for variant in variants:
        plain = {o.name: o.passed for o in outcomes(lesson, exercise, variant.load())}
        behind = {o.name: o.passed for o in outcomes_far_away(lesson, exercise, variant.load())}
        assert all(behind.values()) == all(plain.values()), variant.id
