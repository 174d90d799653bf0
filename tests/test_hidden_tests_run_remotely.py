"""Hidden tests run unchanged on a stub in another process, with the same outcomes."""

import pytest
import torch

from autograder.lessons import Lesson, lesson_names, reference_namespace
from autograder.probe import hidden_test
from autograder.variants import right_solutions, wrong_solutions
from tests.remote import CannotTravel, Remote

EXERCISES = [(n, e) for n in lesson_names() for e in Lesson.load(n).exercises]


def outcomes(lesson, exercise, student):
    reference = reference_namespace(lesson)[exercise]
    return {o.name: o.passed for o in hidden_test(lesson, exercise).run(student, reference, seed=3)}


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)
def test_the_reference_behind_a_stub_gets_full_marks(lesson, exercise):
    student = Remote(reference_namespace(lesson)[exercise])
    reference = reference_namespace(lesson)[exercise]
    failed = {
        o.name: o.message
        for o in hidden_test(lesson, exercise).run(student, reference, seed=3)
        if not o.passed
    }
    assert failed == {}


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)
def test_wrong_and_right_answers_fare_the_same_behind_a_stub(lesson, exercise):
    variants = [
        *wrong_solutions(lesson).of(exercise)[:4],
        *right_solutions(lesson).of(exercise)[:1],
    ]
    for variant in variants:
        plain = outcomes(lesson, exercise, variant.load())
        behind = outcomes(lesson, exercise, Remote(variant.load()))
        assert all(behind.values()) == all(plain.values()), variant.id


def test_the_stand_in_refuses_what_cannot_travel():
    remote = Remote(lambda f: f)
    with pytest.raises(CannotTravel):
        remote(lambda z: z)
    with pytest.raises(CannotTravel):
        _ = remote.__code__
    with pytest.raises(CannotTravel):
        remote(object())


def test_the_stand_in_carries_gradients_back():
    x = torch.ones(3, requires_grad=True)
    Remote(lambda t: (t**3).sum())(x).backward()
    assert x.grad.tolist() == [3.0, 3.0, 3.0]
