"""Submissions that take long in ten ways, and how long a judge is at one of them."""

import time

import nbformat

from autograder.authoring.submissions import hand_in, make_submission, reference_answers
from autograder.classes.pool import GradingTask
from autograder.sandbox.worker import Limits
from autograder.source.lesson import Lesson
from tests.sandbox import red_team

LESSON = Lesson.load(red_team.LESSON)
REFERENCE = reference_answers(LESSON)


def limits(budget):
    """Limits of a worker that gives every submission so many seconds."""
    return Limits(cpu_seconds=3, wall_seconds=4, memory_bytes=2**30, submission_seconds=budget)


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
    "cells that sleep": lambda: with_cells(*["import time\ntime.sleep(100)"] * 8),
    "exercises that sleep": lambda: every_exercise("    import time; time.sleep(100)"),
    "exercises that sleep a little": lambda: every_exercise("    import time; time.sleep(0.7)"),
    "a reference called for ever": lambda: make_submission(
        LESSON, REFERENCE | {"kl_divergence": FOREVER}
    ),
    "answers byte by byte": lambda: every_exercise("    return 'x' * 1000", TRICKLE),
    "a session killed again and again": lambda: with_cells(
        *["import os, time\ntime.sleep(0.5)\nos._exit(0)"] * 50
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
