"""No submission holds a judge much longer than its budget, whatever it does to take long.

`python -m benchmarks.budget` measures how much longer. Here the bound is so wide that a busy machine keeps it: twice
the budget, and up to four seconds more where grading a right answer takes long at this moment. Without a budget
each would take longer, but for two that test other limits: what is cleared up, and cells that are compared.
"""

import time

import pytest

from autograder.authoring.submissions import make_submission
from autograder.classes import pool
from autograder.classes.pool import FeedbackTask
from autograder.grading.examine import prepare
from autograder.sandbox import worker as worker_module
from autograder.sandbox.isolation import isolation, refusal
from autograder.sandbox.worker import Worker
from tests.sandbox.slow import LESSON, REFERENCE, SLOW, limits, seconds_for, with_cells

pytestmark = [
    pytest.mark.notebooks,
    pytest.mark.slow,
    pytest.mark.skipif(not isolation().enough, reason=f"LOUD: {refusal()}"),
]
BUDGET = 5.0
LIMITS = limits(BUDGET)


@pytest.fixture(scope="module")
def judge():
    """A worker with a small budget, warm, and a judge with everything loaded."""
    with Worker(LIMITS) as worker:
        prepare(LESSON.name)
        worker.wait()
        yield worker


@pytest.mark.parametrize("make", SLOW.values(), ids=[name.replace(" ", "-") for name in SLOW])
def test_no_submission_holds_a_judge_much_longer_than_its_budget(make, judge, tmp_path):
    notebook = make()
    usual, verdict = seconds_for(make_submission(LESSON, REFERENCE), judge, tmp_path)
    taken, _ = seconds_for(notebook, judge, tmp_path)
    assert taken <= 2 * BUDGET + min(10 * usual, 4)
    assert verdict.score == verdict.max_score or usual > BUDGET


def test_a_worker_that_has_to_be_replaced_is_not_waited_for_much_longer(tmp_path, monkeypatch):
    with Worker(LIMITS) as worker:
        worker.wait()
        monkeypatch.setattr(worker_module, "ANSWER_SECONDS", 0)  # as if it never cleared up in time
        exits = with_cells(*["import os\nos._exit(0)"] * 20)
        taken, verdict = seconds_for(exits, worker, tmp_path)
    assert taken <= 4 * BUDGET
    assert len(verdict.exercises) == len(LESSON.exercises)


def sleep_instead(*args):
    time.sleep(100)


def test_a_feedback_page_that_takes_long_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "write_feedback", sleep_instead)
    monkeypatch.setattr(pool, "PAGE_SECONDS", 0.25)  # of CPU time: four times as much wall time
    start = time.monotonic()
    incident = FeedbackTask("student", LESSON.name, tmp_path, "sqlite://").run(None)
    assert incident.lasting
    assert "takes too long" in incident.reason
    assert time.monotonic() - start < 50
