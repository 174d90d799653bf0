"""A worker process as the grader sees it.

This module imports nothing heavy, so that worker processes can warm up while the grader imports PyTorch.
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
from autograder.sandbox.seccomp import filter_descriptor

END_SECONDS = 10  # for a worker process to end by itself


class WorkerProcess:
    """A started worker process; a fork of the process that started it can use it too.

    Attributes:
        control: The grader's end of the socket to it.
        left: Whether another process has taken it over.

    Args:
        sandbox: Whether to isolate it.

    Raises:
        CourseError: If it cannot be isolated.
    """

    def __init__(self, sandbox: bool) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.left = False
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        with contextlib.ExitStack() as stack:
            stack.enter_context(theirs)
            rules = stack.enter_context(filter_descriptor()) if sandbox else []
            self._process = subprocess.Popen(
                command(theirs.fileno(), sandbox, rules),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._complaints,
                env=environment(sandbox),
                pass_fds=[theirs.fileno(), *rules],
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id; the worker itself may be a child of this process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still holds its end of the socket."""
        try:
            return self.control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    @property
    def complaint(self) -> str:
        """The last lines that it wrote to standard error while it warmed up."""
        self._complaints.seek(0)
        return self._complaints.read().decode(errors="replace").strip()[-500:]

    def leave(self) -> None:
        """Leave it to another process; it ends when every process has closed its end of the socket."""
        self.left = True
        self.control.close()

    def end(self) -> None:
        """Let it clear up and end; kill it if that takes too long."""
        self.control.close()
        try:
            self._process.wait(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._complaints.close()

    def kill(self) -> None:
        """Kill it at once, with everything that runs in its sandbox."""
        self.control.close()
        # `Popen.kill` would do nothing in a fork: there the process is no child, so it seems to have ended.
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                # The group: a bubblewrap that is still starting has a child that would wait for it for ever.
                os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self._complaints.close()


@contextlib.contextmanager
def starting_workers(number: int, sandbox: bool) -> Iterator[list[WorkerProcess]]:
    """Start `number` worker processes and stop them on exit; start none where this machine cannot."""
    can = sys.platform == "linux" and (isolation().enough or not sandbox)
    processes = [WorkerProcess(sandbox) for _ in range(number if can else 0)]
    try:
        yield processes
    finally:
        for process in processes:
            if process.left:
                process.end()
            else:  # no process has taken it over, and it may still be warming up
                process.kill()
