"""The tests of the tests: reference right, every known right answer right, every known wrong one named."""

import hashlib

import pytest
import torch

from autograder.exercises.lookup import hidden_test, right_solutions, visible_check, wrong_solutions
from autograder.grading.examine import observe_fresh
from autograder.source.lesson import Lesson, lesson_names, reference_namespace
from course_utils.checks.core import CheckFailed, Incorrect, recognise

EXERCISES = [(n, e) for n in lesson_names() for e in Lesson.load(n).exercises]
WRONG = [v for n in lesson_names() for v in wrong_solutions(n).variants]
RIGHT = [v for n in lesson_names() for v in right_solutions(n).variants]


def seed_of(*parts):
    return int(hashlib.sha256("/".join(parts).encode()).hexdigest()[:8], 16)


def label(variant):
    return f"{variant.exercise}-{variant.id}"


def name(variant):
    return f"{variant.lesson}-{label(variant)}"


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)
def test_the_reference_gets_full_marks_on_several_seeds(lesson, exercise):
    reference = reference_namespace(lesson)[exercise]
    for seed in range(3):
        outcomes = hidden_test(lesson, exercise).run(reference, reference, seed)
        assert [o.name for o in outcomes if not o.passed] == []


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)
def test_the_reference_passes_the_visible_check(lesson, exercise, capsys):
    visible_check(lesson, exercise)(reference_namespace(lesson)[exercise])
    assert capsys.readouterr().out.endswith(f"{exercise}: correct.\n")


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)
def test_each_exercise_has_enough_known_wrong_and_right_answers(lesson, exercise):
    assert len(wrong_solutions(lesson).of(exercise)) >= 8
    assert len(right_solutions(lesson).of(exercise)) >= 4


@pytest.mark.parametrize("variant", RIGHT, ids=name)
def test_every_known_right_answer_gets_full_marks(variant):
    reference = reference_namespace(variant.lesson)[variant.exercise]
    test = hidden_test(variant.lesson, variant.exercise)
    outcomes = test.run(variant.load(), reference, seed_of("right", label(variant)))
    assert {o.name: o.message for o in outcomes if not o.passed} == {}


@pytest.mark.parametrize("variant", RIGHT, ids=name)
def test_every_known_right_answer_passes_the_visible_check(variant):
    visible_check(variant.lesson, variant.exercise)(variant.load())


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)
def test_every_known_wrong_answer_loses_points_and_every_criterion_catches_one(lesson, exercise):
    reference = reference_namespace(lesson)[exercise]
    test = hidden_test(lesson, exercise)
    failed = {}
    for variant in wrong_solutions(lesson).of(exercise):
        outcomes = test.run(variant.load(), reference, seed_of("wrong", label(variant)))
        failed[variant.id] = {o.name for o in outcomes if not o.passed}
    assert [id for id, names in failed.items() if not names] == []
    assert set().union(*failed.values()) == {c.name for c in test.criteria}


@pytest.mark.parametrize("variant", WRONG, ids=name)
def test_the_visible_check_names_every_known_mistake(variant):
    with pytest.raises(Incorrect) as failure:
        visible_check(variant.lesson, variant.exercise)(variant.load())
    assert str(failure.value) == f"{variant.exercise}: {variant.message}"


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)
def test_the_judge_names_every_known_mistake_on_fresh_inputs(lesson, exercise):
    for number in range(2):
        seed = seed_of(lesson, exercise, str(number))
        wrong = wrong_solutions(lesson).of(exercise)
        known = {v.id: observe_fresh(lesson, exercise, v.load(), seed) for v in wrong}
        for variant in wrong:
            seen = observe_fresh(lesson, exercise, variant.load(), seed)
            assert recognise(seen, known) == variant.id
        reference = observe_fresh(lesson, exercise, reference_namespace(lesson)[exercise], seed)
        assert recognise(reference, known) is None


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)
def test_an_object_that_equals_everything_earns_nothing(lesson, exercise):
    class Chameleon:
        def __call__(self, *args, **kwargs):
            return self

        def __getattr__(self, name):
            return self

        def __eq__(self, other):
            return True

        def __iter__(self):
            return iter([self, self, self])

        __hash__ = None

    reference = reference_namespace(lesson)[exercise]
    outcomes = hidden_test(lesson, exercise).run(Chameleon(), reference, seed=1)
    assert [o.name for o in outcomes if o.passed] == []


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES)
def test_a_check_leaves_the_random_states_alone(lesson, exercise):
    import random

    import numpy as np

    def states():
        numpy_state = np.random.get_state()  # noqa: NPY002 - the global state is the point
        return (
            torch.get_rng_state().tolist(),
            numpy_state[1].tolist(),
            numpy_state[2],
            random.getstate(),
        )

    before = states()
    visible_check(lesson, exercise)(reference_namespace(lesson)[exercise])
    for variant in wrong_solutions(lesson).of(exercise)[:2]:
        with pytest.raises(CheckFailed):
            visible_check(lesson, exercise)(variant.load())
    assert states() == before
