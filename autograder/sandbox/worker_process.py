"""A worker's process as the grader sees it.

It imports nothing heavy: a worker takes seconds to warm up, and does so while the grader imports PyTorch.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from autograder.sandbox.isolation import command, environment, isolation

GRACE = 10  # seconds that a worker has to end by itself


class WorkerProcess:
    """A worker that warms up, or has; also of use in a fork of the process that started it.

    Attributes:
        control: Our end of the socket to it.
        left: Whether it is another process's now.

    Args:
        sandbox: Whether to isolate it.

    Raises:
        CourseError: If it cannot be isolated.
    """

    def __init__(self, sandbox: bool) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.left = False
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        with theirs:
            self._process = subprocess.Popen(
                command(theirs.fileno(), sandbox),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._complaints,
                env=environment(sandbox),
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process's number; the worker itself may be a child of it."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it holds its end of the socket."""
        try:
            return self.control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    @property
    def complaint(self) -> str:
        """The last of what it said while it warmed up."""
        self._complaints.seek(0)
        return self._complaints.read().decode(errors="replace").strip()[-500:]

    def leave(self) -> None:
        """Let another process have it: it ends when all have closed their end of its socket."""
        self.left = True
        self.control.close()

    def end(self) -> None:
        """Have it clear up and end."""
        self.control.close()
        try:
            self._process.wait(timeout=GRACE)
        except subprocess.TimeoutExpired:
            self.kill()
        self._complaints.close()

    def kill(self) -> None:
        """End it at once, with all that runs in its sandbox."""
        self.control.close()
        # Not `Popen.kill`, which believes that a process which is no child of ours has ended.
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self._process.wait()
        self._complaints.close()


@contextlib.contextmanager
def starting_workers(number: int, sandbox: bool) -> Iterator[list[WorkerProcess]]:
    """So many workers, if this machine can have them; ended afterwards, whoever has them."""
    can = sys.platform == "linux" and (isolation().enough or not sandbox)
    processes = [WorkerProcess(sandbox) for _ in range(number if can else 0)]
    try:
        yield processes
    finally:
        for process in processes:
            if process.left:
                process.end()
            else:  # something went wrong before anybody had it, and it may still be warming up
                process.kill()
