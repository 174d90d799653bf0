"""Run a function in a forked child under limits, and say how it ended.

The child sends JSON values, one per line; what it sent before it died is kept. Where there is no fork
(Windows) the function runs in this process, without limits.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MAX_EVENT_BYTES = 4 * 2**20
CAN_FORK = hasattr(os, "fork")


@dataclass(frozen=True)
class Limits:
    """What one child may use.

    Attributes:
        cpu_seconds: CPU time; decides, because wall time depends on what else the machine does.
        wall_seconds: For children that sleep.
        memory_bytes: Resident size on top of what the child inherited.
    """

    cpu_seconds: int = 60
    wall_seconds: float = 180.0
    memory_bytes: int = 3 * 2**30


@dataclass
class Ending:
    """How a child ended: "done", "timeout", "memory" or "crashed", what it sent, and why it crashed."""

    status: str = "done"
    events: list[Any] = field(default_factory=list)
    reason: str = ""


def supervise(function: Callable[[Callable[[Any], None]], None], limits: Limits) -> Ending:
    """Run `function(send)` in a child process.

    Args:
        function: Called with a function that sends one JSON value to the parent.
        limits: What the child may use.

    Returns:
        How it ended, and everything that it sent.
    """
    if not CAN_FORK:
        return _run_here(function)
    read_end, write_end = os.pipe()
    gc.freeze()  # keep the inherited pages shared with the child
    child = os.fork()
    if child == 0:
        os.close(read_end)
        _be_the_child(function, write_end, limits)
    os.close(write_end)
    ending = Ending()
    try:
        _listen(child, read_end, limits, ending)
    finally:
        os.close(read_end)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    if ending.status == "done":
        _read_exit(status, ending)
    return ending


def _be_the_child(function: Callable, write_end: int, limits: Limits) -> None:
    code = 1
    try:
        os.setsid()
        _limit_cpu(limits.cpu_seconds)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

        def send(event: Any) -> None:
            line = json.dumps(event).encode()
            if len(line) > MAX_EVENT_BYTES:
                raise ValueError("an event is too large")
            view = memoryview(line + b"\n")
            while view:
                view = view[os.write(write_end, view) :]

        try:
            function(send)
            send({"event": "end"})
            code = 0
        except BaseException as error:
            send({"event": "broken", "reason": f"{type(error).__name__}: {error}"[:500]})
    finally:
        os._exit(code)


def _limit_cpu(seconds: int) -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = seconds if hard == resource.RLIM_INFINITY else min(seconds, hard)
    resource.setrlimit(
        resource.RLIMIT_CPU, (wanted, wanted + 1 if hard == resource.RLIM_INFINITY else hard)
    )


def _listen(child: int, read_end: int, limits: Limits, ending: Ending) -> None:
    """Collect events until the pipe closes, time is up or memory runs over."""
    deadline = time.monotonic() + limits.wall_seconds
    allowed = _resident_bytes(child) + limits.memory_bytes
    buffer = b""
    while True:
        ready, _, _ = select.select([read_end], [], [], 0.05)
        if ready:
            chunk = os.read(read_end, 1 << 16)
            if not chunk:
                return
            buffer += chunk
            *lines, buffer = buffer.split(b"\n")
            ending.events.extend(_decode(lines))
            if ending.events and ending.events[-1] == {"event": "end"}:
                return
        if time.monotonic() > deadline:
            ending.status = "timeout"
            return
        if _resident_bytes(child) > allowed:
            ending.status = "memory"
            return
        if len(buffer) > MAX_EVENT_BYTES:
            ending.status, ending.reason = "crashed", "it sent too much"
            return


def _decode(lines: list[bytes]) -> Iterator[Any]:
    for line in lines:
        with contextlib.suppress(ValueError):
            yield json.loads(line)


def _resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0


def _read_exit(status: int, ending: Ending) -> None:
    """A child that did not say "end" was killed or left early."""
    if ending.events and ending.events[-1] == {"event": "end"}:
        ending.events.pop()
        return
    if ending.events and isinstance(ending.events[-1], dict) and "reason" in ending.events[-1]:
        ending.status, ending.reason = "crashed", ending.events.pop()["reason"]
    elif os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        ending.status = "timeout" if number == signal.SIGXCPU else "crashed"
        ending.reason = f"killed by {signal.Signals(number).name}"
    else:
        ending.status, ending.reason = "crashed", "the process left early (os._exit?)"


def _run_here(function: Callable) -> Ending:
    ending = Ending()
    try:
        function(ending.events.append)
    except Exception as error:
        ending.status, ending.reason = "crashed", f"{type(error).__name__}: {error}"
    return ending
