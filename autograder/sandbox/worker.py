"""Run: a submission in its sandbox; which cells, in which order, under which limits."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import select
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from autograder.errors import CourseError
from autograder.sandbox.inside.session import Session
from autograder.sandbox.isolation import isolation, refusal
from autograder.sandbox.worker_process import WorkerProcess
from autograder.wire.peer import Peer, PeerLost, Stub

SMALL = 2**16  # bytes received at once, if there are so many
QUICK = 1.0  # seconds
MAX_SESSIONS = 8  # cells that kill their session are left out of the next; then we give up


@dataclass(frozen=True)
class Limits:
    """What a submission may use.

    Attributes:
        cpu_seconds: CPU time of each exercise, and of the cells together twice as much; decides, because wall
            time depends on what else the machine does.
        wall_seconds: For code that sleeps: of each exercise, and of the cells together.
        memory_bytes: Resident memory of all its processes, beyond what they inherited.
    """

    cpu_seconds: int = 30
    wall_seconds: float = 90.0
    memory_bytes: int = 3 * 2**30


def open_worker(
    limits: Limits | None = None, sandbox: bool = True, process: WorkerProcess | None = None
) -> Worker | LocalWorker:
    """What runs submissions on this machine, isolated or, where that was allowed, not.

    Args:
        limits: What each submission may use.
        sandbox: Whether learners' code must be isolated.
        process: A worker process that has been started already.

    Raises:
        CourseError: If it must be and cannot be.
    """
    if sandbox and not isolation().enough:
        raise CourseError(refusal())
    return Worker(limits, sandbox, process) if sys.platform == "linux" else LocalWorker()


class Worker:
    """A warm worker process in its sandbox; a context manager that sits one submission after another.

    Args:
        limits: What each submission may use.
        sandbox: Whether learners' code is isolated; without, only limits hold.
        process: A worker process that has been started already.

    Raises:
        CourseError: On entering or at the first submission, if this machine cannot isolate.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        sandbox: bool = True,
        process: WorkerProcess | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.sandbox = sandbox
        self.process = process
        self.warm = False
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.end()
            self.process = None

    def open_session(self, cells: list[dict[str, Any]]) -> RemoteSession:
        """Execute the learner's cells; the exercises can then be examined one after another."""
        return RemoteSession(self, cells)

    def start(self) -> None:
        """Start the worker unless it runs, and return while it warms up; the first submission would do so, too.

        Raises:
            CourseError: If this machine cannot isolate.
        """
        if self.process is not None and not self.process.alive:
            self._replace()
        if self.process is None:
            self.process = WorkerProcess(self.sandbox)

    def wait(self) -> None:
        """Wait until the worker is warm.

        Raises:
            CourseError: If it does not get so far.
        """
        self.start()
        if self.warm:
            return
        control = self.process.control
        if not _has_news(control, 120) or not control.recv(2**16):
            reason = self.process.complaint
            self._replace()
            raise CourseError(
                f"The grading worker does not start, which is no learner's fault: {reason}"
            )
        self.warm = True

    def begin(self, control: socket.socket, cells: int) -> None:
        """Let the worker fork a session with these descriptors."""
        message = json.dumps({"session": dataclasses.asdict(self.limits)}).encode()
        descriptors = [control.fileno(), cells]
        self.wait()
        try:
            socket.send_fds(self.process.control, [message], descriptors)
        except OSError:  # it died a moment ago
            self._replace()
            self.wait()
            socket.send_fds(self.process.control, [message], descriptors)

    def sweep(self) -> None:
        """Kill everything that an exercise left behind."""
        self._ask({"sweep": True}, "swept")

    def end(self, gone: bool = False) -> str:
        """Kill everything that a submission left behind; returns "timeout" if its CPU time had run out.

        Args:
            gone: Whether the session has ended by itself, so that its end can be waited for.
        """
        ending = self._ask({"end": True, "gone": gone}, "ended")
        self.events.clear()
        return "timeout" if ending == "timeout" else "crashed"

    def killed(self) -> str | None:
        """Why the worker killed something since the submission began: "memory", "processes" or None."""
        with contextlib.suppress(OSError):
            while self.process is not None and _has_news(self.process.control, 0):
                text = self.process.control.recv(2**16)
                if not text:
                    break
                self.events.append(json.loads(text))
        return next((e["killed"] for e in reversed(self.events) if "killed" in e), None)

    def _ask(self, message: dict[str, Any], answer: str) -> Any:
        """The worker's answer; if it is not well, it is replaced."""
        try:
            control = self.process.control
            control.send(json.dumps(message).encode())
            deadline = time.monotonic() + 10
            while _has_news(control, deadline - time.monotonic()):
                text = control.recv(2**16)
                if not text:
                    break
                event = json.loads(text)
                if answer in event:
                    return event[answer]
                self.events.append(event)
        except (OSError, ValueError):
            pass
        self._replace()
        return None

    def _replace(self) -> None:
        """The worker was killed or stopped by what it kept: the next submission gets a new one."""
        if self.process is not None:
            self.process.kill()
            self.process, self.warm = None, False


class LocalWorker:
    """Runs submissions in this process, without limits: where nothing can fork, for those that one trusts."""

    def __enter__(self) -> LocalWorker:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def start(self) -> None:
        """Nothing has to be started."""

    def wait(self) -> None:
        """Nor waited for."""

    def open_session(self, cells: list[dict[str, Any]]) -> LocalSession:
        """Execute the learner's cells here."""
        return LocalSession(cells)


class LocalSession:
    """As `RemoteSession`, with plain objects instead of stubs."""

    status = "done"

    has_own_sessions = False

    def __init__(self, cells: list[dict[str, Any]]) -> None:
        self.session = Session()
        self.killed: dict[int, str] = {}
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            self.session.execute(cells, lambda event: None)
        self.errors = self.session.errors

    def __enter__(self) -> LocalSession:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    @contextlib.contextmanager
    def serve(
        self, exercises: list[str], replaced: dict[str, Callable], alone: bool = False
    ) -> Iterator[LocalExercises]:
        """Give the exercises' objects, with the others replaced for the time being."""
        del alone  # there is one session only
        before = dict(self.session.namespace)
        self.session.namespace.update(replaced)
        try:
            yield LocalExercises({name: before.get(name) for name in exercises})
        finally:
            self.session.namespace.update(before)


@dataclass
class LocalExercises:
    """As `RemoteExercises`, with the objects themselves."""

    objects: dict[str, Any]
    status: str = "done"

    def student(self, exercise: str) -> Any:
        """The learner's object, None if their notebook defines none."""
        return self.objects[exercise]


class RemoteSession:
    """One submission in the sandbox: its cells executed, its exercises ready to be examined.

    Attributes:
        errors: One message by cell number for each cell that raised.
        killed: Status by number of each cell that took its process down.
        status: How the cells ended: "done", "timeout", "memory" or "crashed".
    """

    has_own_sessions = True

    def __init__(self, worker: Worker, cells: list[dict[str, Any]]) -> None:
        self.worker = worker
        self.cells = cells
        self.errors: dict[int, str] = {}
        self.killed: dict[int, str] = {}
        self.status = "done"
        self._session: socket.socket | None = None
        self._only = ""
        # Whether the cells, executed once so far, can be executed again at no cost.
        self._quick = False

    def __enter__(self) -> RemoteSession:
        start = time.monotonic()
        self._execute()
        self._quick = time.monotonic() < start + QUICK
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    @contextlib.contextmanager
    def serve(
        self, exercises: list[str], replaced: dict[str, Callable], alone: bool = False
    ) -> Iterator[RemoteExercises]:
        """Serve exercises in a fork of the session, or the first time, which is often the last, in the session.

        Args:
            exercises: Their names.
            replaced: Reference functions of ours that stand in for other exercises there.
            alone: Whether to use a session of its own, in which no other exercise's cell was executed.
        """
        only = exercises[0] if alone else ""
        if only != self._only or self._session is None:
            self._close()
            self._only = only
            self._execute()
        use_up, self._quick = self._quick and not only, False
        ours, theirs = socket.socketpair()
        with ours, Wire(ours, self.worker.limits.wall_seconds) as wire:
            with theirs:
                message = {
                    "exercises": exercises,
                    "replaced": list(replaced),
                    "in_fork": not use_up,
                }
                with contextlib.suppress(OSError, AttributeError):
                    socket.send_fds(
                        self._session, [json.dumps(message).encode()], [theirs.fileno()]
                    )
            exercises_there = RemoteExercises(Peer(wire, wire, replaced, trusts=False))
            try:
                yield exercises_there
            except PeerLost as lost:
                exercises_there.reason = str(lost)
                exercises_there.status = "timeout" if wire.late else "crashed"
        if use_up:
            self._after_last(exercises_there)
        else:
            self._after(exercises_there)

    def _after_last(self, exercises_there: RemoteExercises) -> None:
        """Sweep up a session that served by itself; what is still to be examined gets a new one."""
        crashed = exercises_there.status == "crashed"
        killed = self.worker.killed()
        ending = self._close(gone=crashed)
        if crashed:
            exercises_there.status = "memory" if killed == "memory" else ending

    def _after(self, exercises_there: RemoteExercises) -> None:
        """Sweep up, and hear from the session how the fork ended."""
        if exercises_there.status == "timeout":
            self.worker.sweep()
        ended = self._hear("ended", 5)
        if ended is None:  # the session itself is gone or stuck
            killed = self.worker.killed()
            self._close()
        else:
            self.worker.sweep()
            killed = self.worker.killed()
            if exercises_there.status == "crashed" and ended["ended"] != "done":
                exercises_there.status = ended["ended"]
        if exercises_there.status == "crashed" and killed is not None:
            exercises_there.status = "memory" if killed == "memory" else "crashed"
        self.worker.events.clear()

    def _execute(self) -> None:
        """Execute the cells in a new session; a cell that kills it is left out of the next one."""
        for _ in range(MAX_SESSIONS):
            cells = [
                c
                for c in self.cells
                if c["number"] not in self.killed
                and (not self._only or c["exercise"] in ("", self._only))
            ]
            self.status, running = self._try(cells)
            if self.status == "done":
                return
            self._close()
            if running is None:
                return
            self.killed[running] = self.status

    def _try(self, cells: list[dict[str, Any]]) -> tuple[str, int | None]:
        """Status, and the cell that was running when the session ended."""
        self._session, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, tempfile.TemporaryFile() as file:
            file.write(json.dumps(cells).encode())
            file.flush()
            file.seek(0)
            self.worker.begin(theirs, file.fileno())
        deadline = time.monotonic() + self.worker.limits.wall_seconds
        running = None
        while True:
            if not _has_news(self._session, deadline - time.monotonic()):
                return "timeout", running
            event = _hear(self._session)
            if event is None:
                memory = self.worker.killed() == "memory"
                ending = self._close(gone=True)
                return "memory" if memory else ending, running
            if "cell" in event:
                running = event["cell"]
            if "ready" in event:
                with contextlib.suppress(KeyError, TypeError, ValueError):
                    self.errors = {int(n): str(m)[:500] for n, m in event["errors"]}
                return "done", None

    def _hear(self, key: str, seconds: float) -> dict[str, Any] | None:
        deadline = time.monotonic() + seconds
        while self._session is not None and _has_news(self._session, deadline - time.monotonic()):
            event = _hear(self._session)
            if event is None:
                return None
            if key in event:
                return event
        return None

    def _close(self, gone: bool = False) -> str:
        """Clear up; returns how the session had ended if it did so by itself: "timeout" or "crashed"."""
        if self._session is None:
            return "crashed"
        self._session.close()
        self._session = None
        return self.worker.end(gone)


@dataclass
class RemoteExercises:
    """Exercises as the hidden tests meet them.

    Attributes:
        peer: Our end of the wire to the learner's objects.
        status: "done", or how it took its process down: "timeout", "memory" or "crashed".
        reason: Why, in words.
    """

    peer: Peer
    status: str = "done"
    reason: str = ""

    def student(self, exercise: str) -> Stub | None:
        """A stub of the learner's object, None if their notebook defines none."""
        return self.peer.root(exercise) if self.peer.has(exercise) else None


class Wire:
    """A socket as a stream of bytes with a deadline for everything together.

    Attributes:
        late: Whether the deadline has passed.
    """

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._socket, self._deadline = sock, time.monotonic() + seconds
        self._ahead = b""  # received, not yet asked for
        self.late = False

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def readinto(self, view: memoryview) -> int:
        """Receive at least one byte; 0 at the end.

        Raises:
            OSError: If the deadline has passed.
        """
        if not self._ahead:
            with self._in_time():
                if len(view) >= SMALL:
                    return self._socket.recv_into(view)
                self._ahead = self._socket.recv(SMALL)
        count = min(len(view), len(self._ahead))
        view[:count], self._ahead = self._ahead[:count], self._ahead[count:]
        return count

    def write(self, data: bytes) -> None:
        """Send everything."""
        with self._in_time():
            self._socket.sendall(data)

    def flush(self) -> None:
        """Nothing is held back."""

    @contextlib.contextmanager
    def _in_time(self) -> Iterator[None]:
        left = self._deadline - time.monotonic()
        try:
            if left <= 0:
                raise TimeoutError("the time is up")
            self._socket.settimeout(left)
            yield
        except TimeoutError:
            self.late = True
            raise


def _has_news(sock: socket.socket, seconds: float) -> bool:
    return bool(select.select([sock], [], [], max(0.0, seconds))[0])


def _hear(sock: socket.socket) -> dict[str, Any] | None:
    """The next message of a session; None when it is gone or makes no sense."""
    try:
        event = json.loads(sock.recv(2**18) or "null")
    except (OSError, ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None
