"""A pool of dask workers: the same gradebook, and one clear line for what can go wrong."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time

import pytest

from autograder.classes.cluster import Cluster
from autograder.classes.grade_class import grade_class
from autograder.classes.pool import GradingTask
from autograder.errors import CourseError
from autograder.files import ROOT
from autograder.grading.seeds import course_key
from autograder.sandbox.isolation import isolation
from autograder.source.lesson import lesson_names
from tests.classes.test_grade_class import export, make_class

LESSON = lesson_names()[0]
SANDBOX = isolation().enough
PATIENCE = 300  # seconds until a test gives up on what takes a moment where nothing else runs

pytestmark = [
    pytest.mark.notebooks,
    pytest.mark.skipif(
        importlib.util.find_spec("distributed") is None,
        reason="LOUD: dask.distributed is not installed, so no cluster was tried",
    ),
    # dask warns of its own dashboard and of sockets that its threads leave to the garbage collector
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::UserWarning:distributed"),
]


def start(*arguments, folder):
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DASK_DISTRIBUTED__DIAGNOSTICS__NVML": "False",
    }
    command = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]]
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """Address of a scheduler, without workers until a test asks for them."""
    tmp_path = tmp_path_factory.mktemp("scheduler")
    file = tmp_path / "scheduler.json"
    arguments = ("--port", "0", "--no-dashboard", "--host", "127.0.0.1")
    process = start("scheduler", *arguments, "--scheduler-file", str(file), folder=tmp_path)
    try:
        deadline = time.monotonic() + PATIENCE
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        yield json.loads(file.read_text())["address"]
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def workers(scheduler, tmp_path_factory):
    """Address of the scheduler, which has two workers now."""
    from distributed import Client

    tmp_path = tmp_path_factory.mktemp("workers")
    options = ("--nthreads", "1", "--no-nanny", "--no-dashboard")
    processes = [start("worker", scheduler, *options, folder=tmp_path) for _ in range(2)]
    try:
        with Client(scheduler, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=PATIENCE)
        yield scheduler
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_a_cluster_without_workers_is_one_line(scheduler, tmp_path):
    with (
        pytest.raises(CourseError, match="no workers"),
        Cluster(scheduler, LESSON, tmp_path, SANDBOX),
    ):
        pass


def test_a_cluster_leaves_the_bytes_that_one_judge_leaves(workers, tmp_path):
    here = make_class(tmp_path / "here", size=3)
    course_key(here)
    there = shutil.copytree(here, tmp_path / "there")
    grade_class(LESSON, here, feedback=False, sandbox=SANDBOX, jobs=1)
    grade_class(LESSON, there, feedback=True, sandbox=SANDBOX, cluster=workers)
    assert export(there) == export(here)
    assert len(list((there / "feedback").rglob("*.html"))) == 3


def test_a_folder_that_a_worker_does_not_see_is_no_empty_submission(workers, tmp_path):
    missing = tmp_path / "elsewhere"
    with (
        pytest.raises(CourseError, match="does not see"),
        Cluster(workers, LESSON, missing, SANDBOX),
    ):
        pass
    with Cluster(workers, LESSON, tmp_path, SANDBOX) as cluster:
        case = GradingTask("ann", missing / "a.ipynb", LESSON, b"")
        ((_, result),) = cluster.done([case])
    assert "does not see" in result


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1:9", "carrier-pigeon://a:1"])
def test_an_address_where_nobody_answers_is_one_line(address, tmp_path):
    with pytest.raises(CourseError, match="No dask scheduler answers") as failure:
        Cluster(address, LESSON, tmp_path, SANDBOX).__enter__()
    assert "\n" not in str(failure.value)
