"""Children under limits: each way to end is told apart, and nothing is left behind."""

import os
import time
from pathlib import Path

import pytest

from autograder.supervise import CAN_FORK, Limits, supervise

pytestmark = pytest.mark.skipif(
    not CAN_FORK, reason="LOUD: no fork here, children are not supervised"
)
LIMITS = Limits(cpu_seconds=1, wall_seconds=2, memory_bytes=200 * 2**20)


def test_events_arrive_in_order():
    ending = supervise(lambda send: [send(i) for i in range(3)], LIMITS)
    assert (ending.status, ending.events) == ("done", [0, 1, 2])


def test_a_busy_loop_is_a_timeout_and_keeps_what_was_sent():
    def loop(send):
        send("before")
        while True:
            pass

    ending = supervise(loop, LIMITS)
    assert (ending.status, ending.events) == ("timeout", ["before"])


def test_a_sleeper_is_a_timeout():
    assert supervise(lambda send: time.sleep(60), LIMITS).status == "timeout"


def test_a_memory_hog_is_named():
    def hog(send):
        blocks = []
        while True:
            blocks.append(b"x" * 2**24)
            time.sleep(0.01)

    assert supervise(hog, LIMITS).status == "memory"


def test_leaving_early_is_a_crash():
    ending = supervise(lambda send: os._exit(0), LIMITS)
    assert (ending.status, ending.reason) == ("crashed", "the process left early (os._exit?)")


def test_a_native_crash_is_a_crash():
    ending = supervise(lambda send: os.abort(), LIMITS)
    assert (ending.status, ending.reason) == ("crashed", "killed by SIGABRT")


def test_grandchildren_die_with_the_child():
    def daemon(send):
        child = os.fork()
        if child == 0:
            time.sleep(60)
        send(child)

    (pid,) = supervise(daemon, LIMITS).events
    for _ in range(100):
        try:
            stopped = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
        except FileNotFoundError:
            stopped = True
        if stopped:
            return
        time.sleep(0.02)
    pytest.fail("the grandchild still runs")
