"""The grader's own code in a helper: its results arrive, and its limits hold."""

import os
import signal
import socket
import time

import psutil
import pytest

from autograder.errors import CourseError
from autograder.sandbox import limited as limited_module
from autograder.sandbox.limited import CAN_FORK, Ended, limited, limited_each

pytestmark = pytest.mark.skipif(
    not CAN_FORK, reason="LOUD: processes cannot fork here, so there are no limits"
)


ENOUGH = {"cpu_seconds": 20, "wall_seconds": 60}


def changes_here(_):
    changed.append(1)
    return os.getpid()


changed = []


def items():
    yield 1
    yield "x" * 3_000_000
    os.kill(os.getpid(), signal.SIGKILL)


def ones():
    while True:
        yield 1


def sleep():
    time.sleep(60)


def exit_at_once():
    os._exit(3)


def refuse():
    raise CourseError("one line")


def spend_cpu():
    end = time.process_time() + 1.2
    while time.process_time() < end:
        pass


def interrupt_myself():
    os.kill(os.getpid(), signal.SIGINT)
    return "went on"


def read_from(sock, number):
    yield sock.recv(number)


def loop():
    while True:
        pass


def take_memory():
    return len(bytearray(6 * 2**30))


def raise_what_cannot_be_sent():
    class Local(Exception):
        pass

    raise Local("of this function")


def test_a_result_arrives_and_what_the_helper_changes_stays_there():
    assert limited(changes_here, 0, **ENOUGH) != os.getpid()
    assert changed == []


def test_one_helper_does_one_thing_after_another_until_it_is_killed():
    first = limited(os.getpid, **ENOUGH)
    assert limited(os.getpid, **ENOUGH) == first
    with pytest.raises(CourseError, match="one line"):
        limited(refuse, **ENOUGH)
    assert limited(os.getpid, **ENOUGH) == first
    with pytest.raises(Ended):
        limited(exit_at_once, **ENOUGH)
    assert limited(os.getpid, **ENOUGH) != first
    assert not psutil.pid_exists(first)


def test_items_arrive_one_by_one_and_those_before_the_end_are_kept():
    found = limited_each(items, **ENOUGH)
    assert next(found) == 1
    assert len(next(found)) == 3_000_000
    with pytest.raises(Ended) as end:
        next(found)
    assert end.value.status == "crashed"


def test_a_socket_goes_along():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"hello")
        assert list(limited_each(read_from, 5, sockets=(theirs,), **ENOUGH)) == [b"hello"]


@pytest.mark.parametrize(
    ("work", "cpu_seconds", "wall_seconds", "status"),
    [
        (loop, 1, 60, "timeout"),
        (loop, 60, 1, "timeout"),
        (sleep, 60, 1, "timeout"),
        (take_memory, 20, 60, "memory"),
        (exit_at_once, 20, 60, "crashed"),
    ],
)
def test_a_limit_ends_the_work_and_leaves_no_process(work, cpu_seconds, wall_seconds, status):
    with pytest.raises(Ended) as end:
        limited(work, cpu_seconds=cpu_seconds, wall_seconds=wall_seconds)
    assert end.value.status == status
    zombies = [p for p in psutil.Process().children() if p.status() == psutil.STATUS_ZOMBIE]
    assert zombies == []


def test_cpu_time_is_counted_anew_for_each_thing():
    for _ in range(3):
        limited(spend_cpu, cpu_seconds=2, wall_seconds=60)


def test_an_error_that_cannot_be_sent_is_told():
    with pytest.raises(RuntimeError, match="Local: of this function"):
        limited(raise_what_cannot_be_sent, **ENOUGH)


def test_a_reader_that_stops_early_ends_the_helper():
    found = limited_each(ones, **ENOUGH)
    assert next(found) == 1
    helper = limited_module._Helper._latest._child
    found.close()
    assert not psutil.pid_exists(helper)


def test_ctrl_c_is_for_the_parent_alone():
    assert limited(interrupt_myself, **ENOUGH) == "went on"
