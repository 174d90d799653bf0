"""What isolates submissions here; what happens where nothing can."""

import contextlib
import importlib.util
import os
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
import torch

from autograder.authoring.submissions import make_submission, reference_answers
from autograder.errors import CourseError
from autograder.grading.cells import cells_to_run
from autograder.grading.judge import judge
from autograder.grading.salvage import salvage
from autograder.sandbox import isolation as sandbox
from autograder.sandbox import worker as run
from autograder.sandbox.isolation import Isolation
from autograder.sandbox.worker import Limits, LocalWorker, Worker, open_worker
from autograder.sandbox.worker_process import WorkerProcess
from autograder.source.lesson import Lesson, lesson_names

LESSON = Lesson.load(lesson_names()[0])
TARGET = next(iter(LESSON.exercises))
NONE = Isolation(False, 0, reason="bubblewrap is not installed")
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="LOUD: sandboxes are Linux's")


@pytest.fixture
def machine(monkeypatch):
    """Pretend that this machine isolates in another way."""

    def pretend(found):
        for module in (run, sandbox):
            monkeypatch.setattr(module, "isolation", lambda: found)

    return pretend


@pytest.fixture
def submission(tmp_path):
    def submit(**answers):
        path = tmp_path / "a.ipynb"
        notebook = make_submission(LESSON, reference_answers(LESSON) | answers)
        path.write_text(nbformat.writes(notebook))
        return salvage(path)

    return submit


def test_where_nothing_can_be_isolated_nothing_is_graded_and_one_line_says_why(machine):
    machine(NONE)
    with pytest.raises(CourseError) as failure:
        open_worker()
    assert "\n" not in str(failure.value)
    assert "bubblewrap is not installed" in str(failure.value)
    assert "--no-sandbox" in str(failure.value)


def test_each_layer_says_that_it_is_there_or_what_to_do(machine, monkeypatch):
    machine(NONE)
    monkeypatch.setattr(sandbox, "seccomp_filter", lambda: b"")
    assert [line[:5] for line in sandbox.layers()] == ["[--] "] * 3
    assert "apt-get install libseccomp2" in sandbox.layers()[2]
    machine(Isolation(True, 7))
    monkeypatch.setattr(sandbox, "seccomp_filter", lambda: b"program")
    assert [line[:5] for line in sandbox.layers()] == ["[OK] "] * 3


@pytest.mark.slow
@ON_LINUX
def test_a_whole_submission_ends_within_its_time_and_says_what_was_not_reached(submission, worker):
    names = list(LESSON.exercises)
    slow = {n: f"def {n}(*args):\n    import time\n    time.sleep(10**6)\n" for n in names[1:4]}
    limits, worker.limits = worker.limits, Limits(wall_seconds=15, submission_seconds=25)
    try:
        verdict = judge(submission(**slow), worker)
    finally:
        worker.limits = limits
    assert verdict.of(names[0]).status == "correct"
    assert {verdict.of(n).status for n in names[1:4]} == {"timeout"}
    late = [e for e in verdict.exercises if e.diagnosis and e.diagnosis["id"] == "late"]
    assert late != []
    assert all("used up the time" in e.diagnosis["message"] for e in late)


@pytest.mark.slow
@ON_LINUX
def test_files_in_memory_count_as_memory(submission, worker):
    """Two folders of the sandbox lie in memory, and their caps together are less than the usual limit."""
    if not worker.sandbox:
        pytest.skip("LOUD: without bubblewrap files lie on the disk")
    fill = "".join(
        f"open({place!r}, 'wb').write(bytes(100 * 2**20))\n    " for place in ("/dev/shm/x", "x")
    )
    body = f"def {TARGET}(*args):\n    import time\n    {fill}time.sleep(10)\n"
    limits, worker.limits = worker.limits, Limits(memory_bytes=150 * 2**20)
    try:
        verdict = judge(submission(**{TARGET: body}), worker)
    finally:
        worker.limits = limits
    assert verdict.of(TARGET).status == "memory"
    assert judge(submission(), worker).score == verdict.max_score


@pytest.mark.slow
@ON_LINUX
def test_without_a_sandbox_limits_hold_and_grades_are_the_same(machine, submission):
    machine(NONE)
    loop = f"def {TARGET}(*args):\n    while True:\n        pass\n"
    with Worker(Limits(cpu_seconds=2, wall_seconds=20), sandbox=False) as worker:
        verdict = judge(submission(**{TARGET: loop}), worker)
        full = judge(submission(), worker)
    assert verdict.of(TARGET).status == "timeout"
    assert all(e.status == "correct" for e in verdict.exercises if e.name != TARGET)
    assert full.score == full.max_score


def test_plain_objects_in_this_process_get_the_same_grades(submission):
    wrong = f"def {TARGET}(*args):\n    return torch.zeros(3)\n"
    with LocalWorker() as worker:
        verdict = judge(submission(**{TARGET: wrong}), worker)
    assert verdict.of(TARGET).score < verdict.of(TARGET).max_score
    assert all(e.status == "correct" for e in verdict.exercises if e.name != TARGET)


def test_the_environment_of_a_submission_holds_nothing_of_ours(monkeypatch):
    ours = {"SECRET_TOKEN": "x", "VAE_COURSE_DATA": "/data", "VAE_COURSE_SEED": "3"}
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    for isolated in (True, False):
        assert not ours.keys() & sandbox.environment(isolated).keys()


@pytest.mark.slow
@ON_LINUX
def test_in_step_both_sides_draw_from_one_stream_and_else_ours_is_untouched(submission, worker):
    draws = f"def {TARGET}():\n    return torch.randn(2)\n"
    with (
        worker.open_session(cells_to_run(submission(**{TARGET: draws}))) as session,
        session.serve([TARGET], dict) as served,
    ):
        together, alone, untouched = served.each(draw)
        assert together == alone
        assert untouched


def draw(student_of):
    """Yield what both sides draw in turn, what one process would draw, and whether our stream is untouched."""
    student = student_of(TARGET)
    student.seed_far(0, in_step=True)
    torch.manual_seed(0)
    yield [t.tolist() for t in (torch.randn(2), student(), torch.randn(2), student())]
    torch.manual_seed(0)
    yield [torch.randn(2).tolist() for _ in range(4)]
    student.seed_far(0, in_step=False)
    state = torch.get_rng_state()
    student()
    yield torch.equal(torch.get_rng_state(), state)


def test_a_course_that_every_submission_could_read_is_refused(tmp_path):
    sandbox.refuse_shown(tmp_path)
    with pytest.raises(CourseError, match="Move the folder elsewhere"):
        sandbox.refuse_shown(Path("/usr/lib/course"))
    with pytest.raises(CourseError, match="Move the folder elsewhere"):
        sandbox.refuse_shown(Path(sys.prefix) / "share")


def test_nothing_is_graded_where_submissions_could_read_solutions_and_tests(monkeypatch):
    monkeypatch.setattr(sandbox, "ROOT", Path(sys.prefix) / "vae-course")
    sandbox.isolation.cache_clear()
    try:
        assert not sandbox.isolation().enough
        assert "lay this folder outside of Python's" in sandbox.refusal()
    finally:
        monkeypatch.undo()
        sandbox.isolation.cache_clear()


def test_doctor_says_whether_packages_are_compiled(monkeypatch):
    monkeypatch.setattr(importlib.util, "cache_from_source", lambda path: __file__)
    assert sandbox.bytecode().startswith("[OK] ")
    monkeypatch.setattr(importlib.util, "cache_from_source", lambda path: "/nowhere")
    assert "-m compileall -q" in sandbox.bytecode()


@pytest.mark.skipif(not sandbox.isolation().bubblewrap, reason=f"LOUD: {sandbox.refusal()}")
def test_a_worker_that_is_killed_while_it_starts_leaves_no_process():
    groups = set()
    for number in range(25):
        process = WorkerProcess(True)
        groups.add(process.pid)
        time.sleep(number / 500)
        process.kill()

    def left():
        found = []
        for other in psutil.process_iter():
            with contextlib.suppress(ProcessLookupError, psutil.Error):
                if other.status() != psutil.STATUS_ZOMBIE and os.getpgid(other.pid) in groups:
                    found.append(other)
        return found

    end = time.monotonic() + 60
    while left() and time.monotonic() < end:
        time.sleep(0.1)
    assert left() == []
