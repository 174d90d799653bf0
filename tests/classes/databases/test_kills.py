"""Whatever is killed while a class is graded, running it again loses nothing and changes no score."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time

import psutil
import pytest

from autograder.authoring.submissions import make_submission, reference_answers
from autograder.files import ROOT
from autograder.grading.judge import judge
from autograder.grading.salvage import salvage
from autograder.grading.seeds import FOLDER, course_key
from autograder.sandbox import worker as worker_module
from autograder.sandbox.isolation import isolation, refusal
from autograder.sandbox.worker import Worker
from autograder.source.release import notebook_text
from tests.classes.test_grade_class import LESSON, export, make_class, with_the_same_key
from tests.conftest import REQUIRE_ALL
from tests.postgresql import Server, needs_postgresql

pytestmark = [
    pytest.mark.notebooks,
    pytest.mark.skipif(not isolation().enough, reason=f"LOUD: {refusal()}"),
]
KILLS = 6 if REQUIRE_ALL else 3
PATIENCE = 300  # seconds until a test goes on without what it waits for


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    folder = make_class(tmp_path_factory.mktemp("class"))
    course_key(folder)
    return folder


@pytest.fixture(scope="module")
def graded(handed_in, tmp_path_factory):
    """The class, graded without a kill."""
    folder = with_the_same_key(handed_in, tmp_path_factory.mktemp("graded") / "class")
    finished(start(folder))
    return folder


@pytest.fixture(scope="module")
def server():
    with Server() as server:
        yield server


def start(folder, *options):
    """Start `vae-course grade` in a folder, in a group of processes of its own."""
    with (folder / "log.txt").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "autograder.cli", "grade", LESSON.name, "--jobs", "2", *options],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def finished(process):
    assert process.wait() == 0


def results(folder, db=None):
    pages = sorted(folder.glob("feedback/*/*/*.html"))
    assert len(pages) == len(list(folder.glob("submitted/*")))
    return export(folder, db) | {str(p.relative_to(folder)): p.read_bytes() for p in pages}


def wait_until(process, is_so):
    """Wait for something to be so, for the end of the process, or until patience ends."""
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end and not is_so():
        time.sleep(0.05)


def test_a_worker_that_is_killed_while_a_cell_runs_costs_the_learner_nothing(tmp_path, monkeypatch):
    name = next(iter(LESSON.exercises))
    answers = reference_answers(LESSON)
    answers[name] = f"import time\ntime.sleep(2)\n{answers[name]}"
    path = tmp_path / "a.ipynb"
    path.write_text(notebook_text(make_submission(LESSON, answers)))
    submission = salvage(path, LESSON)
    target = next(c["number"] for c in worker_cells(submission) if c["exercise"] == name)
    read, killed = worker_module._messages, []
    with Worker() as worker:

        def kill_once(*args):
            for event in read(*args):
                if event and event.get("cell") == target and not killed:
                    killed.append(worker.process.pid)
                    os.kill(worker.process.pid, signal.SIGKILL)
                yield event

        monkeypatch.setattr(worker_module, "_messages", kill_once)
        verdict = judge(submission, worker)
    assert killed
    assert verdict.score == verdict.max_score, [e for e in verdict.exercises if e.diagnosis]


def worker_cells(submission):
    from autograder.grading.cells import cells_to_run

    return cells_to_run(submission)


def test_a_judge_or_worker_killed_at_a_random_moment_changes_nothing(handed_in, graded, tmp_path):
    folder = with_the_same_key(handed_in, tmp_path / "killed")
    journal = folder / FOLDER / f"{LESSON.name}.jsonl"
    moments = random.Random(1)
    kills = 0
    for number in range(KILLS):
        journal.unlink(missing_ok=True)  # judge all again
        process = start(folder)
        lines = number % 4
        wait_until(
            process, lambda n=lines: journal.exists() and journal.read_bytes().count(b"\n") >= n
        )
        time.sleep(moments.uniform(0, 0.5))
        family = psutil.Process(process.pid).children(recursive=True)
        # Judges are forks of the grader. A worker is what bwrap started: the first process in it holds the others.
        chosen = [p for p in family if "bwrap" in p.name() or p.ppid() == process.pid]
        if chosen:
            with contextlib.suppress(psutil.NoSuchProcess):
                moments.choice(chosen).kill()
                kills += 1
        finished(process)
        assert results(folder) == results(graded)
    assert kills


@needs_postgresql
def test_a_server_that_cuts_connections_or_goes_down_and_a_killed_grader_change_no_score(
    handed_in, graded, server, tmp_path
):
    folder = with_the_same_key(handed_in, tmp_path / "killed")
    db = server.new_database("killed")
    moments = random.Random(2)
    for number in range(KILLS):
        process = start(folder, "--db", db)
        wait_until(process, lambda: server.connections("killed"))
        time.sleep(moments.uniform(0, 4))
        if number % 3 == 0:
            server.cut()
        elif number % 3 == 1:
            server.stop()
            time.sleep(moments.uniform(0, 1))
            server.start()
        else:
            process.kill()
        status = process.wait()
        said = (folder / "log.txt").read_text()
        assert status in (0, 1, 2, -signal.SIGKILL), said
        assert "Traceback" not in said
    finished(start(folder, "--db", db))
    assert results(folder, db) == results(graded)
