"""The grader's end of a worker: run a submission's cells under limits and serve its exercises."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import math
import select
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from autograder.errors import CourseError
from autograder.sandbox.inside.session import Session
from autograder.sandbox.isolation import isolation, refusal
from autograder.sandbox.limited import Ended, limited_each
from autograder.sandbox.worker_process import WorkerProcess
from autograder.wire.explain import one_line
from autograder.wire.peer import FarError, Peer, PeerLost, Stub

T = TypeVar("T")
References = Callable[[], Mapping[str, Callable]]

ANSWER_SECONDS = 10  # for a worker process to clear up; one that takes longer is replaced
START_SECONDS = 600  # for a worker process to warm up, which takes ten on a quiet machine
SETTLE_SECONDS = 5, 1  # for a session to say how a fork ended: usually, and when its time is up
MAX_WAITING = 1000  # messages that are read when the time is up: what has been waiting, no flood
AT_ONCE = 2**16  # bytes that are received together
MAX_SESSIONS = 8  # a cell that kills its session is left out of the next one, this many times


@dataclass(frozen=True)
class Limits:
    """What a submission may use.

    Attributes:
        cpu_seconds: CPU time of each exercise; the cells together may use twice as much. It is what decides,
            because wall time depends on what else the machine does.
        wall_seconds: Wall time of each exercise, and of the cells together, for code that sleeps.
        memory_bytes: Resident memory of all its processes, beyond what they inherited.
        submission_seconds: Wall time of everything together: reading the file, cells and exercises, over all
            tries, and a worker process that has to be replaced meanwhile.
    """

    cpu_seconds: int = 30
    wall_seconds: float = 90.0
    memory_bytes: int = 3 * 2**30
    submission_seconds: float = 300.0


def open_worker(
    limits: Limits | None = None, sandbox: bool = True, process: WorkerProcess | None = None
) -> Worker | LocalWorker:
    """Return what runs submissions on this machine.

    Args:
        limits: What each submission may use.
        sandbox: Whether learners' code must be isolated.
        process: A worker process that has been started already.

    Raises:
        CourseError: If learners' code must be isolated and this machine cannot do it.
    """
    if sandbox and not isolation().enough:
        raise CourseError(refusal())
    return Worker(limits, sandbox, process) if sys.platform == "linux" else LocalWorker()


class Worker:
    """The grader's end of a warm worker process; a context manager that opens one session after another.

    Attributes:
        replaced: How many worker processes ended by themselves or gave no answer, and were replaced.

    Args:
        limits: What each submission may use.
        sandbox: Whether learners' code is isolated; if not, only the limits hold.
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
        self.replaced = 0
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.end()
            self.process = None

    def deadline(self) -> float:
        """Return when the time of a submission that begins now is up, once the worker process is warm.

        Raises:
            CourseError: If it does not start.
        """
        self.wait()  # a worker that has to start is not this learner's fault
        return time.monotonic() + self.limits.submission_seconds

    def open_session(
        self, cells: list[dict[str, Any]], deadline: float | None = None
    ) -> RemoteSession:
        """Return a session that executes these cells on entering; its exercises can then be examined.

        Args:
            cells: The learner's cells.
            deadline: When the submission's time is up, if it has begun already.
        """
        return RemoteSession(self, cells, deadline)

    def start(self) -> WorkerProcess:
        """Start the worker process unless it runs, and return it while it warms up.

        Opening the first session does this too.

        Raises:
            CourseError: If this machine cannot isolate.
        """
        if self.process is not None and not self.process.alive:
            self.replace()
        if self.process is None:
            self.process = WorkerProcess(self.sandbox)
        return self.process

    def wait(self) -> WorkerProcess:
        """Return the worker process when it is warm.

        Raises:
            CourseError: If it does not start.
        """
        process = self.start()
        if self.warm:
            return process
        if not _has_news(process.control, START_SECONDS) or not process.control.recv(2**16):
            reason = process.complaint
            self.replace()
            raise CourseError(
                f"The grading worker does not start, which is no learner's fault: {reason}"
            )
        self.warm = True
        return process

    def is_warm_by(self, deadline: float) -> bool:
        """Wait for the worker process until the deadline; return whether it is warm."""
        process = self.start()
        return self.warm or _has_news(process.control, deadline - time.monotonic())

    def begin(self, control: socket.socket, cells: int) -> None:
        """Let the worker process fork a session with these descriptors."""
        message = json.dumps({"session": dataclasses.asdict(self.limits)}).encode()
        descriptors = [control.fileno(), cells]
        process = self.wait()
        try:
            socket.send_fds(process.control, [message], descriptors)
        except OSError:  # the process died a moment ago
            self.replace()
            socket.send_fds(self.wait().control, [message], descriptors)

    def sweep(self) -> None:
        """Kill every process that an exercise left behind."""
        self._ask({"sweep": True}, "swept")

    def end(self, gone: bool = False) -> str:
        """Kill every process that a submission left behind, and return how its session ended.

        Args:
            gone: Whether the session has ended by itself, so that its end can be waited for.

        Returns:
            "timeout" if its CPU time had run out, else "crashed".
        """
        ending = self._ask({"end": True, "gone": gone}, "ended")
        self.events.clear()
        return "timeout" if ending == "timeout" else "crashed"

    def killed(self) -> str | None:
        """Return why the worker killed a process since the submission began: "memory", "processes" or None."""
        if self.process is not None:
            self.events += filter(None, _messages(self.process.control, 0))
        reasons = (e.get("killed") for e in reversed(self.events))
        return next((reason for reason in reasons if reason in ("memory", "processes")), None)

    def _ask(self, message: dict[str, Any], answer: str) -> Any:
        """Return the worker's answer; replace the worker and return None if it gives none."""
        if self.process is None:  # it was replaced, and all that it ran has ended with it
            return None
        try:
            control = self.process.control
            control.send(json.dumps(message).encode())
            for event in _messages(control, ANSWER_SECONDS):
                if event is None:
                    break
                if answer in event:
                    return event[answer]
                self.events.append(event)
        except OSError:
            pass
        self.replace()
        return None

    def replace(self) -> None:
        """Kill a worker process that does not answer; the next session starts a new one."""
        if self.process is not None:
            self.process.kill()
            self.process, self.warm = None, False
            self.replaced += 1


class LocalWorker:
    """Run submissions in this process, without limits: for trusted ones, where processes cannot fork."""

    replaced = 0

    def __enter__(self) -> LocalWorker:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def start(self) -> None:
        """Do nothing: there is no process to start."""

    def wait(self) -> None:
        """Do nothing: there is no process to wait for."""

    def deadline(self) -> float:
        """Return that there is none."""
        return math.inf

    def open_session(
        self, cells: list[dict[str, Any]], deadline: float | None = None
    ) -> LocalSession:
        """Execute the learner's cells in this process."""
        del deadline  # nothing here can be stopped
        return LocalSession(cells)


class LocalSession:
    """As `RemoteSession`, with the objects themselves instead of stubs."""

    status = "done"

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
        self, exercises: list[str], references: References, alone: bool = False
    ) -> Iterator[LocalExercises]:
        """Serve exercises, with references in the place of others until the end of the block."""
        del alone  # there is only one session
        before = dict(self.session.namespace)
        self.session.namespace.update(references())
        try:
            yield LocalExercises({name: before.get(name) for name in exercises})
        finally:
            self.session.namespace.update(before)


@dataclass
class LocalExercises:
    """As `RemoteExercises`, with the objects themselves instead of stubs."""

    objects: dict[str, Any]
    status: str = "done"

    def each(self, work: Callable[..., Iterable[T]], *args: Any) -> Iterator[T]:
        """Yield what tests find."""
        yield from work(self.objects.get, *args)


class RemoteSession:
    """A learner's cells executed in the sandbox, their exercises ready to be examined.

    Attributes:
        errors: One message by cell number for each cell that raised.
        killed: Status by number of each cell that ended its process.
        status: How the cells ended: "done", "timeout", "memory" or "crashed".
    """

    def __init__(
        self, worker: Worker, cells: list[dict[str, Any]], deadline: float | None = None
    ) -> None:
        self.worker = worker
        self.cells = cells
        self.errors: dict[int, str] = {}
        self.killed: dict[int, str] = {}
        self.status = "done"
        self._session: socket.socket | None = None
        self._only = ""
        self._deadline = worker.deadline() if deadline is None else deadline
        self._started_again = False

    def __enter__(self) -> RemoteSession:
        self._execute()
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    @contextlib.contextmanager
    def serve(
        self, exercises: list[str], references: References, alone: bool = False
    ) -> Iterator[RemoteExercises]:
        """Serve exercises in a fork of the session.

        Args:
            exercises: Their names.
            references: Returns the reference functions that stand in for other exercises there, by name.
            alone: Whether to use a new session in which no other exercise's cell is executed.
        """
        only = exercises[0] if alone else ""
        if self.seconds_left() > 0 and (only != self._only or self._session is None):
            self._close()
            self._only = only
            self._execute()
        if self.seconds_left() <= 0:
            yield RemoteExercises(None, 0, 0, references)
            return
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                message = {"exercises": exercises, "replaced": list(references())}
                if self._session is not None:
                    with contextlib.suppress(OSError):
                        text = json.dumps(message).encode()
                        socket.send_fds(self._session, [text], [theirs.fileno()])
            seconds, cpu_seconds = self.seconds_left(), self.worker.limits.cpu_seconds
            served = RemoteExercises(ours, seconds, cpu_seconds, references)
            yield served
        self._after(served)

    def seconds_left(self) -> float:
        """Return the wall time that may be used for the next thing, 0 when all is used up."""
        left = self._deadline - time.monotonic()
        return max(0.0, min(left, self.worker.limits.wall_seconds))

    def _after(self, served: RemoteExercises) -> None:
        """Clear up after a fork, and learn from the session how it ended."""
        if served.status == "timeout":
            self.worker.sweep()
        usually, when_late = SETTLE_SECONDS
        ended = self._hear("ended", min(usually, max(when_late, self.seconds_left())))
        if ended is None:  # the session itself is gone or stuck
            killed = self.worker.killed()
            self._close()
        else:
            self.worker.sweep()
            killed = self.worker.killed()
            if served.status == "crashed" and ended["ended"] == "timeout":
                served.status = "timeout"
        if served.status == "crashed" and killed is not None:
            served.status = "memory" if killed == "memory" else "crashed"
        self.worker.events.clear()

    def _execute(self) -> None:
        """Execute the cells in a new session; leave a cell that kills it out of the next one."""
        for _ in range(MAX_SESSIONS):
            if not self.worker.is_warm_by(self._deadline) or self.seconds_left() <= 0:
                self.status = "timeout"
                return
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
                if self.status == "timeout" or self._started_again:
                    return
                self._started_again = (
                    True  # it ended before its first cell: that is no learner's fault
                )
                self.worker.replace()
                continue
            self.killed[running] = self.status

    def _try(self, cells: list[dict[str, Any]]) -> tuple[str, int | None]:
        """Execute cells once; return the status, and the cell that was running if the session ended."""
        self._session, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, tempfile.TemporaryFile() as file:
            file.write(json.dumps(cells).encode())
            file.flush()
            file.seek(0)
            self.worker.begin(theirs, file.fileno())
        running = None
        for event in _messages(self._session, self.seconds_left()):
            if event is None:
                memory = self.worker.killed() == "memory"
                ending = self._close(gone=True)
                return "memory" if memory else ending, running
            if type(event.get("cell")) is int:
                running = event["cell"]
            if "ready" in event:
                with contextlib.suppress(
                    KeyError, TypeError, ValueError, OverflowError, RecursionError
                ):
                    self.errors = {int(n): one_line(str(m)[:500]) for n, m in event["errors"]}
                return "done", None
        return "timeout", running

    def _hear(self, key: str, seconds: float) -> dict[str, Any] | None:
        events = () if self._session is None else _messages(self._session, seconds)
        return next((event for event in events if event is None or key in event), None)

    def _close(self, gone: bool = False) -> str:
        """Clear up; return how the session ended if it did so by itself: "timeout" or "crashed"."""
        if self._session is None:
            return "crashed"
        self._session.close()
        self._session = None
        return self.worker.end(gone)


class RemoteExercises:
    """Exercises in the sandbox, as hidden tests meet them.

    Attributes:
        status: "done", or how the process that served them ended: "timeout", "memory" or "crashed"; "late" if
            it was not even started, because the submission had used up its time.

    Args:
        ours: Our end of the socket to the process that serves them, None if there is none.
        seconds: Wall time for everything.
        cpu_seconds: CPU time of the tests.
        references: Returns the reference functions that stand in for other exercises, by name.
    """

    def __init__(
        self,
        ours: socket.socket | None,
        seconds: float,
        cpu_seconds: float,
        references: References,
    ) -> None:
        self.status = "done" if ours else "late"
        self._ours, self._seconds, self._cpu_seconds = ours, seconds, cpu_seconds
        self._references = references

    def each(self, work: Callable[..., Iterable[T]], *args: Any) -> Iterator[T]:
        """Yield what tests find, until they are done or the learner's process is lost; see `status` then.

        The tests run in a helper with limits, because the learner's code decides how long they take: it may
        call a reference that stands in for another exercise.

        Args:
            work: Generator function of a module. Its first argument is a function that returns an exercise's
                stub, or None without one.
            args: Its other arguments, picklable.
        """
        if self._ours is None:
            return
        try:
            for kind, value in limited_each(
                _until_lost,
                self._seconds,
                self._references,
                work,
                args,
                cpu_seconds=self._cpu_seconds,
                wall_seconds=self._seconds + 1,
                sockets=(self._ours,),
            ):
                if kind == "found":
                    yield value
                else:
                    self.status = value
        except Ended as end:
            self.status = end.status


def _until_lost(
    sock: socket.socket,
    seconds: float,
    references: References,
    work: Callable[..., Iterable[Any]],
    args: tuple,
) -> Iterator[tuple[str, Any]]:
    """Yield ("found", item) for what tests find, and at last ("lost", status) if the other side is gone."""
    wire = Wire(sock, seconds)
    peer = Peer(wire, wire, references(), trusts=False)

    def student(exercise: str) -> Stub | None:
        try:
            return peer.root(exercise) if peer.has(exercise) else None
        except FarError as error:  # code of ours there was replaced
            raise PeerLost(str(error)) from None

    try:
        for found in work(student, *args):
            yield "found", found
    except PeerLost:
        yield "lost", "timeout" if wire.late else "crashed"


class Wire:
    """A socket as a stream of bytes, with one deadline for all reads and writes together.

    Attributes:
        late: Whether the deadline has passed.
    """

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._socket, self._deadline = sock, time.monotonic() + seconds
        self.late = False
        self._received = memoryview(b"")  # has arrived, but was not asked for yet
        self._unsent: list[bytes] = []

    def readinto(self, view: memoryview) -> int:
        """Receive at least one byte into the view; return their number, 0 at the end.

        Raises:
            OSError: If the deadline has passed.
        """
        if not self._received:
            with self._in_time():
                if len(view) >= AT_ONCE:
                    return self._socket.recv_into(view)
                self._received = memoryview(self._socket.recv(AT_ONCE))
        count = min(len(view), len(self._received))
        view[:count] = self._received[:count]
        self._received = self._received[count:]
        return count

    def write(self, data: bytes) -> None:
        """Keep something until `flush` sends it."""
        self._unsent.append(data)

    def flush(self) -> None:
        """Send all that was written, in one piece: each piece would wake the other side."""
        unsent, self._unsent = self._unsent, []
        with self._in_time():
            self._socket.sendall(b"".join(unsent))

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


def _messages(sock: socket.socket, seconds: float) -> Iterator[dict[str, Any] | None]:
    """Yield the messages of a session or a worker process until the time is up.

    Args:
        sock: Our end of the socket.
        seconds: How long to wait. A side that never stops sending cannot make it longer.

    Yields:
        Each message, and at last None if the other side is gone or a message is malformed.
    """
    deadline, late = time.monotonic() + seconds, 0
    while late < MAX_WAITING:
        left = deadline - time.monotonic()
        late += left <= 0
        if not _has_news(sock, left):
            return
        message = _hear(sock)
        yield message
        if message is None:
            return


def _hear(sock: socket.socket) -> dict[str, Any] | None:
    """Return the next message, or None when it is gone or the message is malformed."""
    try:
        event = json.loads(sock.recv(2**18) or "null")
    except (OSError, ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None
