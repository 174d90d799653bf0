"""The grader's own code in a fork: its results arrive, and its limits hold."""

import os
import signal
import sys
import time

import psutil
import pytest

from autograder.errors import CourseError
from autograder.sandbox.limited import CAN_FORK, Ended, limited, limited_each

pytestmark = pytest.mark.skipif(
    not CAN_FORK, reason="LOUD: processes cannot fork here, so there are no limits"
)


def loop():
    while True:
        pass


def take_memory():
    return len(bytearray(6 * 2**30))


def raise_what_cannot_be_sent():
    class Local(Exception):
        pass

    raise Local("of this function")


def test_a_result_arrives_and_what_the_fork_changes_stays_there():
    changed = []
    assert limited(lambda: (changed.append(1), os.getpid())[1], 5, 20) != os.getpid()
    assert changed == []


def test_items_arrive_one_by_one_and_those_before_the_end_are_kept():
    def items():
        yield 1
        yield "x" * 3_000_000
        os.kill(os.getpid(), signal.SIGKILL)

    found = limited_each(items, 5, 20)
    assert next(found) == 1
    assert len(next(found)) == 3_000_000
    with pytest.raises(Ended) as end:
        next(found)
    assert end.value.status == "crashed"


@pytest.mark.parametrize(
    ("work", "cpu_seconds", "wall_seconds", "status"),
    [
        (loop, 1, 60, "timeout"),
        (loop, 60, 1, "timeout"),
        (lambda: time.sleep(60), 60, 1, "timeout"),
        (take_memory, 20, 60, "memory"),
        (lambda: os._exit(3), 20, 60, "crashed"),
    ],
)
def test_a_limit_ends_the_work_and_leaves_no_process(work, cpu_seconds, wall_seconds, status):
    with pytest.raises(Ended) as end:
        limited(work, cpu_seconds, wall_seconds)
    assert end.value.status == status
    names = [p.name() for p in psutil.Process().children() if p.status() == psutil.STATUS_ZOMBIE]
    assert names == []


def test_what_the_work_raises_is_raised_here():
    def refuse():
        raise CourseError("one line")

    with pytest.raises(CourseError, match="one line"):
        limited(refuse, 5, 20)
    with pytest.raises(RuntimeError, match="Local: of this function"):
        limited(raise_what_cannot_be_sent, 5, 20)


def test_a_reader_that_stops_early_ends_the_fork():
    found = limited_each(lambda: iter(int, 1), 20, 60)
    assert next(found) == 0
    children = psutil.Process().children()
    found.close()
    assert [p for p in children if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []


def test_ctrl_c_here_is_for_this_process_alone():
    code = (
        "import os, signal\nfrom autograder.sandbox.limited import limited\n"
        "def work():\n    os.kill(os.getpid(), signal.SIGINT)\n    return 'went on'\n"
        "print(limited(work, 5, 20))"
    )
    import subprocess

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "went on\n"
