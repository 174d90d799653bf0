"""Run the grader's own code on a learner's data in a fork with limits, so that no data can stop the grader.

Hidden tests run so, and with them the references that a learner's code calls, and reading a file that was
handed in. The fork does what it was forked for and nothing else: what it changes is not seen here.
"""

from __future__ import annotations

import contextlib
import math
import os
import pickle
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from autograder.sandbox.inside import confine

CAN_FORK = sys.platform == "linux"
MEMORY_BYTES = 3 * 2**30  # that a fork may map beyond what it inherits
SIZE_BYTES = 8  # of the number that says how long the next message is


class Ended(Exception):
    """The fork ended before its work was done.

    Attributes:
        status: "timeout", "memory" or "crashed".
    """

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


def limited(work: Callable[[], Any], cpu_seconds: float, wall_seconds: float) -> Any:
    """Return what a function returns that is called in a fork with limits.

    Args:
        work: The function; what it returns must be picklable.
        cpu_seconds: CPU time that it may use.
        wall_seconds: Wall time that it may take.

    Raises:
        Ended: If it was not done within the limits.
        Exception: What the function raises.
    """
    (result,) = limited_each(lambda: [work()], cpu_seconds, wall_seconds)
    return result


def limited_each(
    work: Callable[[], Iterable[Any]], cpu_seconds: float, wall_seconds: float
) -> Iterator[Any]:
    """Yield the items of an iterable, each as soon as it is there, made and used up in a fork with limits.

    Where processes cannot fork, it is used up here, without limits. The rest is as for `limited`.
    """
    if not CAN_FORK:
        yield from work()
        return
    deadline = time.monotonic() + wall_seconds
    reader, writer = os.pipe()
    parent, child = os.getpid(), os.fork()
    if child == 0:
        os.close(reader)
        _work(work, writer, cpu_seconds, parent)
    os.close(writer)
    try:
        while (message := _receive(reader, deadline)) is not None:
            kind, value = message
            if kind == "item":
                yield value
            elif kind == "raised":
                raise value
            else:
                return
    finally:
        os.close(reader)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        _, ending = os.waitpid(child, 0)
    late = time.monotonic() >= deadline
    by_cpu = os.WIFSIGNALED(ending) and os.WTERMSIG(ending) == signal.SIGXCPU
    raise Ended("timeout" if late or by_cpu else "crashed")


def _work(work: Callable[[], Iterable[Any]], writer: int, cpu_seconds: float, parent: int) -> None:
    """Run in the fork: send each item, then how it ended."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
        confine.die_with(parent)
        confine.limit_here(math.ceil(cpu_seconds), MEMORY_BYTES)
        try:
            for item in work():
                _send(writer, ("item", item))
            _send(writer, ("done", None))
        except MemoryError:
            _send(writer, ("raised", Ended("memory")))
        except Exception as error:
            try:
                _send(writer, ("raised", error))
            except Exception:  # it cannot be pickled
                _send(writer, ("raised", RuntimeError(f"{type(error).__name__}: {error}")))
    finally:
        os._exit(0)


def _send(writer: int, message: tuple[str, Any]) -> None:
    content = pickle.dumps(message)
    with open(writer, "wb", closefd=False) as stream:
        stream.write(len(content).to_bytes(SIZE_BYTES) + content)


def _receive(reader: int, deadline: float) -> tuple[str, Any] | None:
    """Return the next message, None if the fork ended or the deadline passed before it was complete."""
    size = _exactly(reader, SIZE_BYTES, deadline)
    content = size and _exactly(reader, int.from_bytes(size), deadline)
    return pickle.loads(content) if content else None


def _exactly(reader: int, size: int, deadline: float) -> bytes | None:
    parts, missing = [], size
    while missing:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([reader], [], [], left)[0]:
            return None
        part = os.read(reader, min(missing, 2**20))
        if not part:
            return None
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
