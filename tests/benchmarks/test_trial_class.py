"""The trial class: of known worth, with Canvas's names, and a week that gives what the work is worth."""

from contextlib import ExitStack

import pytest

from autograder.classes.platforms.downloads import read_downloads
from autograder.sandbox.isolation import isolation, refusal
from autograder.source.lesson import Lesson
from benchmarks.trial_class import canvas
from benchmarks.trial_class.students import attacks_on, hand_in_all, make_students
from benchmarks.trial_class.week import run_trial

LESSON = Lesson.load("01_elbo")


def test_the_class_is_of_all_kinds_and_canvas_s_names_are_read_as_they_are_meant(tmp_path):
    submissions = list(hand_in_all(LESSON, make_students(40)))
    kinds = [one.kind for one in submissions]
    wanted = {"right", "wrong", "half", "untouched", "attack", "broken"}
    assert set(kinds) == wanted
    assert kinds.count("attack") + kinds.count("broken") == 2
    assert len(submissions) == 38
    with ExitStack() as stack:
        path = canvas.write_download(tmp_path, LESSON, submissions)
        found, problems = read_downloads([path], LESSON.name, stack)
        assert problems == []
        assert {f.platform for f in found} == {"canvas"}
        latest = {f.platform_id: f for f in sorted(found, key=lambda f: f.number)}
        assert len(found) == len(submissions) + 1 + sum(s.earlier is not None for s in submissions)
        for one in submissions:
            read = latest[str(one.student.number)]
            assert (read.late, read.attempt == 2, read.read()) == (one.late, one.again, one.content)


def test_every_lesson_has_attacks_that_fit_it(lesson):
    attacks = list(attacks_on(lesson))
    assert len(attacks) >= 10
    assert {a.exercise for a in attacks} <= set(lesson.exercises)
    for attack in attacks:
        compile(attack.source.replace("@PORT@", "9"), "<attack>", "exec")


@pytest.mark.notebooks
@pytest.mark.slow
@pytest.mark.skipif(not isolation().enough, reason=f"LOUD: {refusal()}")
def test_a_week_in_five_commands_gives_what_the_work_is_worth(tmp_path):
    trial = run_trial(tmp_path, [LESSON], 24, print)
    assert trial.problems == []
    assert len(trial.commands) == 5
