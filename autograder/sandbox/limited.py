"""Run the grader's own code on a learner's data in a helper process with limits.

So no data can stop the grader. Hidden tests run in the helper, and with them the references that a learner's
code calls; so does reading a file that was handed in. The helper is a fork that does one thing after another.
One that goes beyond its limits is killed, and the next thing gets a new one.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import signal
import socket
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from autograder.sandbox.inside import confine

CAN_FORK = sys.platform == "linux"
MEMORY_BYTES = 3 * 2**30  # that a helper may map beyond what it inherits
SIZE_BYTES = 8  # of the number that says how long the next message is
MAX_DESCRIPTORS = 4


class Ended(Exception):
    """The helper ended before its work was done.

    Attributes:
        status: "timeout", "memory" or "crashed".
    """

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


def limited(
    function: Callable[..., Any], *args: Any, cpu_seconds: float, wall_seconds: float
) -> Any:
    """Return what a function returns that is called in a helper with limits.

    Args:
        function: Function of a module; what it returns must be picklable.
        args: Its arguments, picklable.
        cpu_seconds: CPU time that it may use.
        wall_seconds: Wall time that it may take.

    Raises:
        Ended: If it was not done within the limits.
        Exception: What the function raises.
    """
    (result,) = limited_each(
        _once, function, args, cpu_seconds=cpu_seconds, wall_seconds=wall_seconds
    )
    return result


def limited_each(
    function: Callable[..., Iterable[Any]],
    *args: Any,
    cpu_seconds: float,
    wall_seconds: float,
    sockets: tuple[socket.socket, ...] = (),
) -> Iterator[Any]:
    """Yield what a generator function yields, each item as soon as it is there; otherwise as `limited`.

    Where processes cannot fork, it is called here, without limits.

    Args:
        function: Generator function of a module.
        args: Its arguments, picklable.
        cpu_seconds: CPU time that it may use.
        wall_seconds: Wall time that it may take.
        sockets: Given to the function as further arguments, before `args`.
    """
    if not CAN_FORK:
        yield from function(*sockets, *args)
        return
    deadline = time.monotonic() + wall_seconds
    helper = _Helper.of_this_process()
    done = False
    try:
        helper.send((function, args, cpu_seconds), sockets)
        while (message := helper.receive(deadline)) is not None:
            kind, value = message
            if kind == "item":
                yield value
                continue
            if kind == "raised" and isinstance(value, Ended):
                raise value  # it is full, or otherwise of no more use: the next task gets a new one
            done = True
            if kind == "raised":
                raise value
            return
    finally:
        status = "" if done else helper.kill(late=time.monotonic() >= deadline)
    raise Ended(status)


def _once(function: Callable[..., Any], args: tuple) -> Iterator[Any]:
    yield function(*args)


class _Helper:
    """The parent's end of the helper process; there is one for each process."""

    _latest: _Helper | None = None

    def __init__(self) -> None:
        self.parent = os.getpid()
        self._socket, theirs = socket.socketpair()
        with warnings.catch_warnings():
            # Python warns where there are other threads, as in a dask worker; the helper needs none of them.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._child = os.fork()
        if self._child == 0:
            self._socket.close()
            _help(theirs, self.parent)
        theirs.close()

    @classmethod
    def of_this_process(cls) -> _Helper:
        """Return the helper, started if it is not there: a fork does not share that of its parent.

        It ends together with the thread that has started it.
        """
        latest = cls._latest
        if latest is None or latest.parent != os.getpid() or not latest.is_alive():
            latest = cls._latest = cls()
        return latest

    def is_alive(self) -> bool:
        """Return whether it still runs; one that has ended is cleared away."""
        if os.waitpid(self._child, os.WNOHANG) == (0, 0):
            return True
        self._socket.close()
        return False

    def send(self, job: tuple, sockets: tuple[socket.socket, ...]) -> None:
        content = pickle.dumps(job)
        with contextlib.suppress(OSError):  # if it died, `receive` finds out
            size = len(content).to_bytes(SIZE_BYTES)
            socket.send_fds(self._socket, [size], [s.fileno() for s in sockets])
            self._socket.sendall(content)

    def receive(self, deadline: float) -> tuple[str, Any] | None:
        """Return the next message; None if the helper died or the deadline passed before it was complete."""
        size = _exactly(self._socket, SIZE_BYTES, deadline)
        content = size and _exactly(self._socket, int.from_bytes(size), deadline)
        return pickle.loads(content) if content else None

    def kill(self, late: bool) -> str:
        """Kill it, and return how it had ended: "timeout" or "crashed"."""
        if _Helper._latest is self:
            _Helper._latest = None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._child, signal.SIGKILL)
        self._socket.close()
        _, ending = os.waitpid(self._child, 0)
        by_cpu = os.WIFSIGNALED(ending) and os.WTERMSIG(ending) == signal.SIGXCPU
        return "timeout" if late or by_cpu else "crashed"


def _help(parent: socket.socket, parent_id: int) -> None:
    """Run in the helper: do what the parent asks for until it is gone."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
        confine.die_with(parent_id)
        confine.limit_memory(MEMORY_BYTES)
        while True:
            size, descriptors, _, _ = socket.recv_fds(parent, SIZE_BYTES, MAX_DESCRIPTORS)
            content = size and _exactly(parent, int.from_bytes(size))
            if not content:
                return
            function, args, cpu_seconds = pickle.loads(content)
            confine.limit_cpu_from_now(cpu_seconds)
            sockets = [socket.socket(fileno=descriptor) for descriptor in descriptors]
            try:
                for item in function(*sockets, *args):
                    _send(parent, ("item", item))
                answer: tuple[str, Any] = ("done", None)
            except MemoryError:
                answer = ("raised", Ended("memory"))
            except Exception as error:
                answer = ("raised", _picklable(error))
            for own in sockets:
                own.close()
            _send(parent, answer)
    finally:
        os._exit(0)


def _picklable(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _send(parent: socket.socket, message: tuple[str, Any]) -> None:
    content = pickle.dumps(message)
    parent.sendall(len(content).to_bytes(SIZE_BYTES) + content)


def _exactly(sock: socket.socket, size: int, deadline: float | None = None) -> bytes | None:
    """Return exactly so many bytes; None if the other side is gone or the deadline has passed."""
    parts, missing = [], size
    while missing:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and (left <= 0 or not select.select([sock], [], [], left)[0]):
            return None
        try:
            part = sock.recv(min(missing, 2**20))
        except OSError:
            return None
        if not part:
            return None
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
