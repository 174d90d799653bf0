"""No submission holds a judge longer than its budget plus 10 %, whatever it does to take long.

Time itself is the promise here, so these tests measure it. What grading a right answer takes on this machine at
this moment is allowed besides, so that they hold on a machine that is busy with other things.
"""

import time

import nbformat
import pytest

from autograder.authoring.submissions import hand_in, make_submission, reference_answers
from autograder.classes import pool
from autograder.classes.pool import FeedbackTask, GradingTask
from autograder.grading.examine import prepare
from autograder.sandbox import worker as worker_module
from autograder.sandbox.isolation import isolation, refusal
from autograder.sandbox.worker import Limits, Worker
from autograder.source.lesson import Lesson
from tests.sandbox import red_team

pytestmark = [
    pytest.mark.notebooks,
    pytest.mark.slow,
    pytest.mark.skipif(not isolation().enough, reason=f"LOUD: {refusal()}"),
]
LESSON = Lesson.load(red_team.LESSON)
REFERENCE = reference_answers(LESSON)
BUDGET = 5.0
CLEANING_SECONDS = 1.0
LIMITS = Limits(cpu_seconds=3, wall_seconds=4, memory_bytes=2**30, submission_seconds=BUDGET)


@pytest.fixture(scope="module")
def judge():
    """A worker with a small budget, warm, and a judge with everything loaded."""
    with Worker(LIMITS) as worker:
        prepare(LESSON.name)
        worker.wait()
        yield worker


def every_exercise(body, before=""):
    """A notebook in which every exercise does this."""
    return make_submission(
        LESSON,
        {name: f"{before}\ndef {name}(*args, **kwargs):\n{body}" for name in LESSON.exercises},
    )


def with_cells(*sources, answers=REFERENCE):
    notebook = make_submission(LESSON, answers)
    notebook.cells[1:1] = [nbformat.v4.new_code_cell(source) for source in sources]
    return notebook


TRICKLE = """
import autograder.wire.frames as frames, autograder.wire.peer as peer, time
def trickle(self, message):
    for byte in frames.encode(message):
        self._writer.write(bytes([byte]))
        self._writer.flush()
        time.sleep(0.05)
peer.Peer._send = trickle
"""
MANY_FILES = """
import os
os.makedirs('/dev/shm/many', exist_ok=True)
for i in range(400_000):
    try: open(f'/dev/shm/many/{i}', 'w').close()
    except OSError: break
"""
STOP_PARENTS = """
    import os, signal
    for p in (os.getppid(), 1, 2):
        try: os.kill(p, signal.SIGSTOP)
        except OSError: pass
"""
FOREVER = "def kl_divergence(mu, log_var):\n    while True: gaussian_log_prob(mu, mu, log_var)\n"
NOTHING = {name: f"def {name}(*args, **kwargs): pass" for name in LESSON.exercises}
LONG_CELL = "\n".join(f"x{i} = {i}" for i in range(8_000))

SLOW = {
    "cells that sleep": lambda: with_cells(*["import time\ntime.sleep(100)"] * 4),
    "exercises that sleep": lambda: every_exercise("    import time; time.sleep(100)"),
    "exercises that sleep a little": lambda: every_exercise("    import time; time.sleep(0.7)"),
    "a reference called for ever": lambda: make_submission(
        LESSON, REFERENCE | {"kl_divergence": FOREVER}
    ),
    "answers byte by byte": lambda: every_exercise("    return 'x' * 1000", TRICKLE),
    "a session killed again and again": lambda: with_cells(
        *["import os, time\ntime.sleep(0.5)\nos._exit(0)"] * 20
    ),
    "a session that stands still": lambda: every_exercise(STOP_PARENTS),
    "much to clear up": lambda: make_submission(LESSON, REFERENCE | {"kl_divergence": MANY_FILES}),
    "a file that takes long to read": lambda: with_cells(
        *[f"y = {i}\n{LONG_CELL}" for i in range(100)], answers=NOTHING
    ),
    "cells that take long to compare": lambda: with_cells(
        *[f"x{i} = {i}\ndef f{i}(): return x{i}" for i in range(4_900)], answers=NOTHING
    ),
}


def seconds_for(notebook, worker, folder):
    """How long a judge is at it, and its verdict."""
    file = hand_in(notebook, folder, "student", LESSON)
    task = GradingTask("student", file, LESSON.name, b"")
    worker.wait()
    start = time.monotonic()
    marked = task.run(worker)
    return time.monotonic() - start, marked.verdict


@pytest.mark.parametrize("make", SLOW.values(), ids=[name.replace(" ", "-") for name in SLOW])
def test_no_submission_holds_a_judge_longer_than_its_budget(make, judge, tmp_path):
    notebook = make()
    usual, verdict = seconds_for(make_submission(LESSON, REFERENCE), judge, tmp_path)
    taken, _ = seconds_for(notebook, judge, tmp_path)
    assert taken <= 1.1 * BUDGET + CLEANING_SECONDS + usual
    assert verdict.score == verdict.max_score or usual > BUDGET


def test_a_worker_that_has_to_be_replaced_is_waited_for_within_the_budget(tmp_path, monkeypatch):
    with Worker(LIMITS) as worker:
        worker.wait()
        monkeypatch.setattr(worker_module, "ANSWER_SECONDS", 0)  # as if it never cleared up in time
        exits = with_cells(*["import os\nos._exit(0)"] * 20)
        taken, verdict = seconds_for(exits, worker, tmp_path)
    assert taken <= 1.1 * BUDGET + CLEANING_SECONDS
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
    assert time.monotonic() - start < 1 + CLEANING_SECONDS
