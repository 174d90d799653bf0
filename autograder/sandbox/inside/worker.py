"""The worker process: it keeps PyTorch warm inside the sandbox and forks one session per submission.

It runs no learner's code itself, holds nothing secret, and lets no other process trace it. The grader sends it
small messages with file descriptors over a socket.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import pkgutil
import select
import shutil
import signal
import socket
import struct
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

import course_utils
from autograder.sandbox.inside import confine
from autograder.sandbox.inside.session import prepare, run_session

BEYOND_RESIDENT = 2 * 2**30  # bytes that a process may map although it does not hold them
TICK = 0.03  # seconds between two looks at memory and processes
MAX_PROCESSES = 100
MAX_THREADS = 1000  # of all processes together
INODE = 2048  # bytes that a file in memory takes besides its contents
# Bytes that the kernel may hold for an open socket or pipe; seccomp lets nobody raise it.
BUFFER = 2**20
OWN_DESCRIPTORS = 16  # of a process, that cost nothing
MAX_MESSAGE = 2**16
# Writable in the sandbox; emptied after each submission.
SHARED_PLACES = Path("/tmp"), Path("/dev/shm")
FS_IOC_SETFLAGS = 0x40086602
LARGE_PAGE, MADV_COLLAPSE = 2**21, 25  # bytes; Linux 6.1
FIRST_DESCRIPTOR = (
    600  # so high that code which closes range(3, 256) does not close the grader's sockets
)
WARM = ("numpy", "matplotlib.pyplot", "sklearn.datasets", "sklearn.manifold", "torchvision",
        "IPython.core.interactiveshell")  # fmt: skip


class SessionHost:
    """Fork sessions, watch them and clear up after them.

    Args:
        control: Socket to the grader.
        settings: {"readable": folders for Landlock or None,
            "private": whether /tmp and /dev/shm are the sandbox's own,
            "outside": name of the grader's PID namespace, as `confine.pid_namespace` returns it}.
    """

    def __init__(self, control: socket.socket, settings: dict[str, Any]):
        self.control, self.settings = control, settings
        self.session: int | None = None
        self.ending = "done"
        self.over = True  # whether the session has ended and was waited for
        self.folder = ""
        self.limits: dict[str, Any] = {}
        self.inherited = 0
        self.lasting = _contents()
        self.inheritance = confine.inheritance()
        # Whether nobody but the worker, what it starts, and process 1 is in its PID namespace.
        self.alone = alone(confine.pid_namespace(), settings["outside"])

    def serve(self) -> None:
        """Serve the grader until it closes the connection."""
        while True:
            ready, _, _ = select.select([self.control], [], [], TICK if self.session else None)
            if not ready:
                self._watch()
                continue
            text, descriptors, _, _ = socket.recv_fds(self.control, MAX_MESSAGE, 2)
            if not text:
                self._end()
                return
            message = json.loads(text)
            if "session" in message:
                self._begin(message["session"], descriptors)
            elif "sweep" in message:
                self._kill(spare=self.session)
                self._say({"swept": True})
            else:
                if message["gone"]:
                    self._await_session()
                self._say({"ended": self._end()})

    def _begin(self, limits: dict[str, Any], descriptors: list[int]) -> None:
        if confine.inheritance() != self.inheritance:
            os._exit(1)  # learners' code reached this process: the grader starts a new one
        self.limits, self.inherited = limits, _resident(psutil.Process())
        self.folder = tempfile.mkdtemp(prefix="vae-course-")
        child = os.fork()
        if child == 0:
            self.control.close()
            _become_session(self.folder, limits, self.settings, descriptors)
        self.session, self.ending, self.over = child, "crashed", False
        for descriptor in descriptors:
            os.close(descriptor)

    def _watch(self) -> None:
        """Kill the largest processes over the memory limit, or all when there are too many."""
        self._reap()
        # Counting names is quick. To look at each of a thousand processes takes seconds, in which they fork on.
        # Names include processes that have ended and were not waited for, so only many say something.
        if self.alone and len(psutil.pids()) > 3 * MAX_PROCESSES:
            self._kill_too_many()
            return
        family = descendants(os.getpid())
        sizes = {p.pid: max(0, _resident(p) - self.inherited) + _in_buffers(p) for p in family}
        held = sum(sizes.values()) + (_in_shared_places() if self.settings["private"] else 0)
        if len(sizes) > MAX_PROCESSES or sum(map(_threads, family)) > MAX_THREADS:
            self._kill_too_many()
            return
        if held > self.limits["memory_bytes"] and sizes:
            self._say({"killed": "memory"})
        for pid in sorted(sizes, key=sizes.__getitem__, reverse=True):
            if held <= self.limits["memory_bytes"]:
                break
            held -= sizes[pid]
            _signal(pid, signal.SIGKILL)

    def _kill_too_many(self) -> None:
        self._say({"killed": "processes"})
        self._kill(spare=None)

    def _await_session(self) -> None:
        """Wait up to a second for the exit status of a session that has closed its socket."""
        deadline = time.monotonic() + 1
        while not self.over and time.monotonic() < deadline:
            self._reap()
            time.sleep(0.002)

    def _end(self) -> str:
        """Clear up; return how the session ended by itself: "timeout" (CPU time) or "crashed"."""
        self._reap()
        ending = self.ending
        self._kill(spare=None)
        self.session = None
        if self.folder:
            _remove(Path(self.folder))
            self.folder = ""
        if self.settings["private"]:  # only this worker writes there
            for path in _contents() - self.lasting:
                _remove(path)
            for place in SHARED_PLACES:
                with contextlib.suppress(
                    OSError
                ):  # so that nobody leaves a message in rights or times
                    place.chmod(0o1777)
                    os.utime(place, (0, 0))
                    _clear_flags(place)
            if _contents() - self.lasting:  # something resists: the grader starts another worker
                os._exit(1)
        return ending

    def _kill(self, spare: int | None) -> None:
        """Kill all descendants but one; stop them first, so that none can fork meanwhile."""
        if self.alone and spare is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)  # all in one call; process 1 and the worker stay
            self._reap()
        for _ in range(100):
            family = [p.pid for p in descendants(os.getpid()) if p.pid != spare]
            if not family:
                return
            for kind in (signal.SIGSTOP, signal.SIGKILL):
                for pid in family:
                    _signal(pid, kind)
            self._reap()
            time.sleep(0.001)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                by_time = os.WIFSIGNALED(ended[1]) and os.WTERMSIG(ended[1]) == signal.SIGXCPU
                if ended[0] == self.session:
                    self.over = True
                    self.ending = "timeout" if by_time else "crashed"

    def _say(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            self.control.send(json.dumps(message).encode())


def _in_shared_places() -> int:
    """Return the bytes that files in the shared places hold: in the sandbox these are mounts in memory."""
    found = [os.statvfs(place) for place in SHARED_PLACES if place.is_mount()]
    return sum(
        (f.f_blocks - f.f_bfree) * f.f_frsize + (f.f_files - f.f_ffree) * INODE for f in found
    )


def _clear_flags(place: Path) -> None:
    """Take away the flags of a folder, such as "no access times" (`chattr`)."""
    import fcntl

    folder = os.open(place, os.O_RDONLY)
    try:
        fcntl.ioctl(folder, FS_IOC_SETFLAGS, struct.pack("i", 0))
    finally:
        os.close(folder)


def _contents() -> set[Path]:
    return {path for place in SHARED_PLACES if place.is_dir() for path in place.iterdir()}


def _remove(path: Path) -> None:
    """Delete a file or a folder, also one whose rights were taken away."""
    if path.is_symlink() or not path.is_dir():
        with contextlib.suppress(OSError):
            path.unlink()
        return
    waiting = [path]
    while waiting:
        folder = waiting.pop()
        with contextlib.suppress(OSError):
            folder.chmod(0o700)
            entries = list(os.scandir(folder))
            waiting += [Path(e.path) for e in entries if e.is_dir(follow_symlinks=False)]
    shutil.rmtree(path, ignore_errors=True)


def alone(inside: str | None, outside: str | None) -> bool:
    """Return whether a worker certainly has a PID namespace of its own, given its and the grader's name."""
    return None not in (inside, outside) and inside != outside


def descendants(of: int) -> list[psutil.Process]:
    """Return all living descendants of a process; it adopts orphans, so they are among them."""
    return [p for p in psutil.Process(of).children(recursive=True) if _is_alive(p)]


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _become_session(
    folder: str, limits: dict[str, Any], settings: dict[str, Any], descriptors: list[int]
) -> None:
    try:
        os.setsid()
        _silence()  # with files of its own, on whose flags nobody leaves a message
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        control, cells = (_to_high(d) for d in descriptors)
        os.chdir(folder)
        os.environ.update(TMPDIR=folder, HOME=folder)
        sys.path.insert(0, folder)  # as in Jupyter: a file that a cell writes can be imported
        tempfile.tempdir = folder
        confine.limit(2 * limits["cpu_seconds"])
        confine.limit_memory(limits["memory_bytes"] + BEYOND_RESIDENT, for_good=True)
        if settings["readable"] is not None:
            confine.landlock(settings["readable"], [folder, "/dev/null", "/dev/shm"])
        confine.no_new_privileges()
        run_session(control, cells, limits)
    finally:
        os._exit(1)


def _to_high(descriptor: int) -> int:
    import fcntl

    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, FIRST_DESCRIPTOR)
    os.close(descriptor)
    return moved


def _signal(pid: int, kind: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, kind)


def _resident(process: psutil.Process) -> int:
    """Return the bytes that a process holds in memory, 0 if it has ended."""
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0


def _threads(process: psutil.Process) -> int:
    """Return the number of threads of a process, 0 if it has ended."""
    try:
        return process.num_threads()
    except psutil.Error:
        return 0


def _in_buffers(process: psutil.Process) -> int:
    """Return how many bytes a process may hold in the buffers of sockets and pipes."""
    try:
        number = process.num_fds()
    except psutil.AccessDenied:  # it hides them
        number = 1024
    except psutil.Error:
        number = 0
    return max(0, number - OWN_DESCRIPTORS) * BUFFER


def _silence() -> None:
    """Discard what learners print, and let `input()` find nothing."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def warm_up() -> None:
    """Import what every notebook imports; with one thread, so that a fork is safe."""
    os.environ.update(MPLBACKEND="Agg", VAE_COURSE_FAST="1", VAE_COURSE_DATASET="digits")
    import torch

    torch.set_num_threads(1)
    for module in WARM:
        importlib.import_module(module)
    for found in pkgutil.walk_packages(course_utils.__path__, "course_utils."):
        importlib.import_module(found.name)
    prepare()


def _use_large_pages() -> None:
    """Gather memory in pages of 2 MB where the kernel can: a fork and its end then take a third of the time."""
    with contextlib.suppress(OSError, AttributeError):  # no Linux
        advise = ctypes.CDLL(None).madvise
        advise.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
        for line in Path("/proc/self/maps").read_text().splitlines():
            addresses, rights, _, _, inode, *_ = line.split()
            start, end = (int(address, 16) for address in addresses.split("-"))
            first, last = -(-start // LARGE_PAGE) * LARGE_PAGE, end // LARGE_PAGE * LARGE_PAGE
            if rights == "rw-p" and inode == "0" and first < last:
                # One call for a whole area: each waits for all processors. Where it cannot, nothing is lost.
                advise(first, last - first, MADV_COLLAPSE)


def run_worker(descriptor: int, settings: dict[str, Any]) -> None:
    """Warm up, report it, and serve the grader at the other end of this socket."""
    control = socket.socket(fileno=_to_high(descriptor))
    warm_up()
    _use_large_pages()
    _silence()
    host = SessionHost(control, settings)
    host._say({"ready": True})
    host.serve()
    os._exit(
        0
    )  # everything is cleared up, and to take PyTorch down in order takes more than a second
