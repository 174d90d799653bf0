"""The decoders that read what a learner controls: what each is fed, and what it may do with it.

A target makes an input with `make`, as bytes,
    and `check` gives it to the decoder. Declared exceptions are part of
the answer. Any other one is a `Fault`, and so are an answer of another form and too much memory.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import math
import os
import resource
import socket
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import nbformat
import numpy as np
import torch
from torch import Tensor, nn

from autograder.authoring.submissions import make_submission, reference_answers
from autograder.classes.inbox import (
    MAX_NAME,
    TIMESTAMP,
    file_of,
    is_linked,
    problem_with_name,
    students_of,
    time_of,
)
from autograder.classes.journal import Journal
from autograder.errors import CourseError
from autograder.grading.judge import ExerciseVerdict, Verdict
from autograder.grading.reading import read_cells
from autograder.grading.salvage import fit_to_lesson, recognise_lesson
from autograder.sandbox.worker import Limits, RemoteExercises, RemoteSession, Worker
from autograder.source.lesson import Lesson, lesson_names
from autograder.wire import frames
from autograder.wire.explain import printable
from autograder.wire.frames import SENDABLE, FrameError
from autograder.wire.parcel import ArgumentChanged, Handle, Packer, Unpacker
from autograder.wire.peer import FarError, Peer, PeerLost, Stub
from benchmarks.fuzz.mutate import Frame, hostile_frame, hostile_json, scrambled
from tests.remote import far_away

MEMORY_BYTES = 512 * 2**20  # that decoders may hold beyond what the process held before
CUT = b"\n\0\n"  # between the messages of one input


class Fault(Exception):
    """A decoder did what it may not do."""


@dataclass(frozen=True)
class Target:
    """A decoder.

    Attributes:
        name: Its name in the table.
        make: Makes an input.
        run: Feeds it to the decoder; lets undeclared exceptions through, and raises `Fault` on a wrong answer.
    """

    name: str
    make: Callable[[Random], bytes]
    run: Callable[[bytes], None]

    def check(self, data: bytes) -> None:
        """Feed an input to the decoder.

        Raises:
            Fault: If the decoder raises what it does not declare, gives a wrong answer,
                or takes too much memory.
        """
        before = peak_bytes()
        try:
            self.run(data)
        except Fault:
            raise
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            raise Fault(f"{self.name} raises {type(error).__name__}: {str(error)[:200]}") from error
        if (grown := peak_bytes() - before) > MEMORY_BYTES:
            raise Fault(f"{self.name} takes {grown / 2**20:.0f} MB of memory")


def peak_bytes() -> int:
    """Return the most memory that this process has ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _require(what: bool, sentence: str) -> None:
    if not what:
        raise Fault(sentence)


# ------------------------------------------------------------------------------------- frames and parcels

FRAME_WORDS = [
    "list", "tuple", "dict", "tensor", "array", "scalar", "meta", "float", "nan", "bfloat16", "torch.float32",
    "0", "1", "2",
    ["tensor", "0"], ["array", "1"], ["tensor", "3", "bfloat16"], ["float", "inf"], ["meta", "torch.int64",
    2**30, 2**30],
    ["meta", "torch.float32", 2**31 - 1, 2**31 - 1, 2**31 - 1], ["meta", "torch.bool", 0, 2**31 - 1],
    ["dict", [1, 2]], ["list", ["list"]], ["scalar", "0"],
]  # fmt: skip


@functools.cache
def _frames() -> list[Frame]:
    """Return valid frames, among them one with a tensor of every dtype."""
    every = {str(i): torch.ones(2, 3).to(d) for i, d in enumerate(sorted(SENDABLE, key=str))}
    values = [
        {
            "a": [1, 2.5, torch.arange(6.0)] * 2,
            "b": np.ones(2),
            "c": (None, True, "text", math.nan),
        },
        {"all": every, "none": torch.zeros(0), "meta": torch.zeros(2, 3, device="meta")},
        {
            1: {None: np.float32(0.5), True: [[], {}, ()]},
            "x": torch.zeros(3, 0, 2),
            "y": torch.tensor(1),
        },
    ]
    return [Frame.of(frames.encode(value)) for value in values]


def _make_frame(chance: Random) -> bytes:
    return hostile_frame(chance, chance.choice(_frames()), FRAME_WORDS)


def _run_frame(data: bytes) -> None:
    with contextlib.suppress(FrameError, EOFError):
        _require_values(frames.read(io.BytesIO(data)))


def _require_values(value: Any) -> None:
    """Raise a fault unless a value is made of what a frame may hold."""
    kind = type(value)
    if kind is list or kind is tuple:
        for v in value:
            _require_values(v)
    elif kind is dict:
        for k, v in value.items():
            _require(type(k) in (str, int, bool, float, type(None)), "a key that is no plain value")
            _require_values(v)
    elif kind is Tensor:
        _require(value.dtype in SENDABLE and not value.requires_grad, f"a tensor of {value.dtype}")
    elif isinstance(value, (np.ndarray, np.generic)):
        plain = kind is np.ndarray or type(value).__module__ == "numpy"
        _require(plain and value.dtype.kind in "biuf", f"an array of {value.dtype}")
    else:
        _require(value is None or kind in (bool, int, float, str), f"a {kind.__name__}")


PARCEL_WORDS = [
    *FRAME_WORDS, "$", "v", "n", "g", "grad", "items", "again", "dtype", "float32", "yours", "mine", "output",
    "number",
    "public", "method", "module", "module again", "optimizer", "torch:save", "kind", "training", "name",
    "class",
    {"$": "public", "name": "torch:load"}, {"$": "again", "n": 0}, {"$": "again", "n": -1}, {"$": "yours",
    "n": 1},
    {"$": "mine", "n": 5, "kind": "Net", "module": True}, {"$": "dtype", "v": "int64"},
    {"$": "tensor", "v": ["tensor", "0"], "g": True, "grad": ["tensor", "1"]}, {"$": "array", "v": ["array",
    "1"]},
    {"$": "output", "v": ["tensor", "0"], "n": 0}, {"$": "output", "v": ["tensor", "1"], "n": 1},
    {"$": "tensor", "v": ["tensor", "0"], "g": False, "grad": None, "number": 3},
]  # fmt: skip


@functools.cache
def _parcels() -> list[Frame]:
    """Return what the learner's side packs, and public code, which it may not send."""
    number = iter(range(1, 100))

    def export(value: Any) -> dict:
        module = isinstance(value, nn.Module)
        return {"$": "mine", "n": next(number), "kind": "Net", "module": module, "training": True}

    leaf = torch.ones(2, 3, requires_grad=True)
    leaf.grad = torch.zeros(2, 3)
    values = [1, "a", leaf, leaf, np.arange(3.0), torch.float32, {1: (leaf, None)}, torch.zeros(2)]
    theirs = Packer(lambda value: None, export, exports_all=True)
    ours = Packer(lambda value: None, export, exports_all=False)
    packed = [
        [theirs.pack(v) for v in [*values, nn.Linear(2, 3), len]],
        [ours.pack(v) for v in [*values, nn.Linear(2, 3), nn.functional.relu]],
    ]
    return [Frame.of(frames.encode(p)) for p in packed]


def _make_parcel(chance: Random) -> bytes:
    return hostile_frame(chance, chance.choice(_parcels()), PARCEL_WORDS)


def _run_parcel(data: bytes) -> None:
    try:
        packed = frames.decode(data)
    except FrameError:
        return
    peer = Peer(io.BytesIO(), io.BytesIO(), {}, trusts=False)
    peer._export(nn.Linear(1, 1))
    unpacker = Unpacker(peer._resolve, accepts_code=False)
    with contextlib.suppress(FrameError):
        unpacker.unpack(packed)


# -------------------------------------------------------------------------------------------------- peers

PEER_WORDS = [
    *PARCEL_WORDS, "op", "call", "get", "has", "parameters", "product", "serve", "target", "method", "args",
    "kwargs", "grad", "sizes", "wanted",
    "device", "random", "modules", "forget", "drop", "seed", "value", "back", "given", "own", "error", "cpu",
    "meta", "cuda",
    "helper", "latent_dim", "train", "state_dict", "__class__", "ValueError", "StopIteration", "EOFError",
    "SystemExit",
    "ExceptionGroup", "UnicodeDecodeError", "AssertionError", "GeneratorExit", {"op": "has", "name": "helper"},
]  # fmt: skip


class _Net(nn.Module):
    """A model, of the learner or of the grader."""

    def __init__(self) -> None:
        super().__init__()
        self.latent_dim = 3
        self.layer = nn.Linear(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer."""
        return self.layer(x)


def _helper(x: Tensor) -> Tensor:
    """Stand in for another exercise, as a reference does."""
    return x * 2


def _values(peer: Peer) -> Iterator[Any]:
    x = torch.ones(2, 3, requires_grad=True)
    yield lambda: peer.has("echo")
    yield lambda: peer.root("echo")(
        x, 1.5, "text", [1, (2,)], {"a": 2}, np.arange(2.0), torch.float32
    )
    yield lambda: peer.root("both")(x, torch.zeros(3))


def _model(peer: Peer) -> Iterator[Any]:
    made: list[Any] = []
    yield lambda: made.append(peer.root("make")())
    for model in made:
        if isinstance(model, Stub):
            yield lambda model=model: model.latent_dim
            yield lambda model=model: list(model.parameters())
            yield lambda model=model: model(torch.ones(2, 3))
            yield lambda model=model: [model.train(), model.state_dict()]


def _lent(peer: Peer) -> Iterator[Any]:
    peer.takes_changes = True
    net = _Net()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    yield lambda: peer.root("use")(Handle(net), optimizer, torch.ones(2, 3))
    yield lambda: peer.root("fill")(torch.zeros(2), np.zeros(2))


def _helped(peer: Peer) -> Iterator[Any]:
    x = torch.ones(2, 3, requires_grad=True)
    yield lambda: peer.root("helped")(x)
    yield lambda: peer.root("failing")(x)


def _in_step(peer: Peer) -> Iterator[Any]:
    peer.seed(3, in_step=True)
    yield lambda: peer.root("noise")(torch.ones(2))


TALKS = (_values, _model, _lent, _helped, _in_step)


def _talk(peer: Peer, talk: Callable[[Peer], Iterator[Any]]) -> None:
    """Ask the other side one thing after another; its exceptions, and changes that it reports, are answers."""
    ask = result = None
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        for ask in talk(peer):
            with contextlib.suppress(FarError, ArgumentChanged):
                result = ask()
                for tensor in _with_graph(result):
                    torch.autograd.backward(tensor, torch.ones_like(tensor))
        del ask, result
        with contextlib.suppress(FarError):
            peer.has("all that is forgotten now")


def _with_graph(result: Any) -> Iterator[Tensor]:
    """Yield the tensors of a result through which gradients flow."""
    if isinstance(result, Tensor):
        if result.grad_fn is not None:
            yield result
    elif isinstance(result, (list, tuple)):
        for part in result:
            yield from _with_graph(part)
    elif isinstance(result, dict):
        yield from _with_graph(list(result.values()))


class _Recorder(io.RawIOBase):
    """A stream that keeps what is read from another.

    Args:
        stream: The other stream.
    """

    def __init__(self, stream: Any) -> None:
        self.stream, self.kept = stream, bytearray()

    def readinto(self, buffer: Any) -> int:
        """Read, and keep what was read."""
        count = self.stream.readinto(buffer)
        self.kept += bytes(buffer[:count])
        return count


@functools.cache
def _conversations() -> list[list[Frame]]:
    """Return for each talk the frames that an honest other side sends."""

    def use(model: Any, optimizer: Any, x: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = model(x).sum()
        loss.backward()
        optimizer.step()
        return loss.detach()

    def fill(tensor: Tensor, array: np.ndarray) -> None:
        tensor.grad = torch.ones_like(tensor)
        tensor.requires_grad_()

    def failing(x: Tensor) -> None:
        raise ValueError("no")

    ends: list[Any] = []

    def answers(talk: Callable[[Peer], Iterator[Any]]) -> bytes:
        with far_away(
            echo=lambda *args: args,
            both=lambda a, b: {"sum": a + b, "b": b, 1: a.exp()},
            make=_Net,
            use=use,
            fill=fill,
            helped=lambda x: ends[0].far_end.root("helper")(x) * 2,
            failing=failing,
            noise=torch.rand_like,
        ) as peer:
            ends[:] = [peer]
            peer._roots = {"helper": _helper}
            peer._reader = recorder = _Recorder(peer._reader)
            _talk(peer, talk)
        return bytes(recorder.kept)

    return [list(_each_frame(answers(talk))) for talk in TALKS]


def _each_frame(stream: bytes) -> Iterator[Frame]:
    """Yield the frames of a stream, taken apart."""
    while stream:
        _, json_size, blob_size = frames.HEADER.unpack(stream[: frames.HEADER.size])
        size = frames.HEADER.size + json_size + blob_size
        yield Frame.of(stream[:size])
        stream = stream[size:]


def _make_answers(chance: Random) -> bytes:
    number = chance.randrange(len(TALKS))
    conversation = list(_conversations()[number])
    hostile = {chance.randrange(len(conversation)) for _ in range(chance.choice((1, 1, 2)))}
    if chance.random() < 0.1:
        at, other = chance.randrange(len(conversation)), chance.choice(_conversations())
        conversation[at : at + chance.randrange(2)] = [chance.choice(other)]
    parts = [bytes([number])]
    for i, frame in enumerate(conversation):
        parts.append(hostile_frame(chance, frame, PEER_WORDS) if i in hostile else frame.whole)
    return b"".join(parts)


def _run_answers(data: bytes) -> None:
    talk = TALKS[data[0] % len(TALKS) if data else 0]
    peer = Peer(io.BytesIO(data[1:]), io.BytesIO(), {"helper": _helper}, trusts=False)
    with contextlib.suppress(PeerLost):
        _talk(peer, talk)
    _require(torch.is_grad_enabled(), "gradients were left switched off")


# ------------------------------------------------------------------------------------------------ control

CONTROL_WORDS = [
    "cell",
    "ready",
    "errors",
    "ended",
    "timeout",
    "memory",
    "crashed",
    "killed",
    "swept",
    "processes",
    [0, "x"],
]
SESSION = [
    {"cell": 0},
    {"cell": 1},
    {"ready": True, "errors": [[0, "NameError: x"], [3, "y"]]},
    {"ended": "timeout"},
]
WORKER = [{"killed": "memory"}, {"swept": True}, {"killed": "processes"}, {"ended": "timeout"}]
CELLS = [{"number": n, "exercise": "", "source": "x = 1"} for n in range(2)]
MAX_SENT = 60_000  # bytes of one message that a socket takes at once


def _make_control(chance: Random) -> bytes:
    """Return what a session sends and what the worker sends, each message after a mark."""
    sides = []
    for messages in (SESSION, WORKER):
        sent = list(messages)
        if chance.random() < 0.3:
            at = chance.randrange(len(sent))
            sent[at : at + 1] = [chance.choice(SESSION + WORKER)] * chance.choice((0, 2))
        at = chance.randrange(len(sent) + 1)
        texts = [
            hostile_json(chance, m, CONTROL_WORDS) if i == at else json.dumps(m).encode()
            for i, m in enumerate(sent)
        ]
        sides.append(CUT.join(texts))
    return (CUT + CUT).join(sides)


class _Process:
    """A worker process that has said all that it will say.

    Args:
        messages: What it said.
    """

    alive = True

    def __init__(self, messages: list[bytes]) -> None:
        self.control, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        _send(self._theirs, messages)

    def kill(self) -> None:
        """End."""
        self.control.close()
        self._theirs.close()


class _Worker(Worker):
    """A worker whose process and session say what was decided before.

    Args:
        session: Messages of the session.
        process: Messages of the process.
    """

    def __init__(self, session: list[bytes], process: list[bytes]) -> None:
        super().__init__(Limits(), sandbox=False)
        self._messages = session
        self.process = _Process(process)  # type: ignore[assignment]

    def wait(self) -> Any:
        """Do nothing: it is warm."""
        return self.process

    def begin(self, control: socket.socket, cells: int) -> None:
        """Send all messages of a session."""
        _send(control, self._messages)


def _send(sock: socket.socket, messages: list[bytes]) -> None:
    """Send messages until the socket takes no more, and then the end."""
    sock.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        for message in messages:
            sock.send(message[:MAX_SENT])
    sock.shutdown(socket.SHUT_WR)


def _run_control(data: bytes) -> None:
    first, _, second = data.partition(CUT + CUT)
    worker = _Worker(first.split(CUT), second.split(CUT))
    with contextlib.ExitStack() as stack:
        process = worker.process
        assert process is not None
        stack.callback(process.kill)
        session = RemoteSession(worker, CELLS)
        session._deadline = math.inf
        status, running = session._try(CELLS)
        _require(status in ("done", "timeout", "memory", "crashed"), "another status")
        _require(running is None or type(running) is int, "a cell that is no number")
        for number, message in session.errors.items():
            _require(type(number) is int and type(message) is str, "an error of another form")
            _require(printable(message) == message and len(message) <= 500, "an unprintable error")
        served = RemoteExercises(None, 1, 1, dict)
        served.status = "crashed"
        session._after(served)
        _require(served.status in ("timeout", "memory", "crashed"), "another status")
        _require(worker.killed() in (None, "memory", "processes"), "another reason")
        _require(worker.end() in ("timeout", "crashed"), "another ending")
        session._close()


# ---------------------------------------------------------------------------------------- files of a class


@functools.cache
def _place() -> Path:
    """Return a folder for the files of this process, which is deleted when it ends."""
    shared = Path("/dev/shm")  # no disk has to keep up
    folder = tempfile.TemporaryDirectory("-vae-course", dir=shared if shared.is_dir() else None)
    _KEPT.append(folder)
    return Path(folder.name)


_KEPT: list[tempfile.TemporaryDirectory] = []


@functools.cache
def _lesson() -> Lesson:
    return Lesson.load(lesson_names()[0])


@functools.cache
def _notebooks() -> list[dict[str, Any]]:
    """Return a lesson's notebook as it is handed in, and small ones of the formats 3 and 4."""
    lesson = _lesson()
    whole = json.loads(nbformat.writes(make_submission(lesson, reference_answers(lesson))))
    exercises = [c for c in whole["cells"] if "nbgrader" in c["metadata"]]
    small = {**whole, "cells": exercises[:3]}
    old = [
        {"cell_type": "code", "input": c["source"], "metadata": c["metadata"]}
        for c in exercises[:3]
    ]
    return [whole, small, small, {"nbformat": 3, "worksheets": [{"cells": old}], "metadata": {}}]


@functools.cache
def _notebook_words() -> list[Any]:
    lesson = _lesson()
    names = [*lesson.exercises, *(f"test_{n}" for n in lesson.exercises)]
    answers = list(reference_answers(lesson).values())
    code = [
        "def f(:",
        "(" * 300,
        "-" * 3000 + "1",
        "%%bash\nx",
        "x = " + "[" * 90,
        "'\\d'",
        "1 is 1",
        "a" + ".b" * 3000,
    ]
    return [*names, *answers, *code, "code", "markdown", "raw", "cells", "source", "metadata", "nbgrader",
        "grade_id",
            "id", "tags", "put-back", ["put-back"], "worksheets", "cell_type", "x\r\ny", ["a", 1,
            None]]  # fmt: skip


def _make_notebook(chance: Random) -> bytes:
    data = hostile_json(chance, chance.choice(_notebooks()), _notebook_words())
    encoding = chance.random()
    if encoding < 0.1:
        return b"\xff\xfe" + data.decode("latin-1").encode("utf-16-le")
    return b"\xef\xbb\xbf" + data if encoding < 0.15 else data


def _run_notebook(data: bytes) -> None:
    path = _place() / "work.ipynb"
    path.write_bytes(data)
    try:
        cells = read_cells(path).cells
        lesson = recognise_lesson(cells, path)
    except CourseError as error:
        _require("\n" not in str(error), "a complaint of several lines")
        lesson = _lesson()
        cells = []
    submission = fit_to_lesson(cells, lesson)
    json.dumps(submission.notebook, ensure_ascii=False, allow_nan=False).encode()
    found = [c.metadata.get("nbgrader", {}).get("grade_id") for c in submission.notebook.cells]
    wanted = sorted({c.grade_id for c in lesson.cells if c.grade_id})
    _require(sorted(filter(None, found)) == wanted, "a notebook without one of the lesson's cells")
    ids = [c.id for c in submission.notebook.cells]
    _require(len(ids) == len(set(ids)), "two cells with one id")


VERDICT_WORDS = ["key", "verdict", "lesson", "exercises", "repairs", "name", "status", "score", "max_score",
    "diagnosis",
                 "criteria", "details", "id", "message", "passed", "correct", {"id": 1},
                 [{"name": 1}]]  # fmt: skip


KEYS = ("k" * 64, "l" * 64)


@functools.cache
def _verdict() -> Verdict:
    diagnosis = {"id": "a", "message": "A sentence."}
    wrong = ExerciseVerdict(
        "kl", "partial", 1.0, 2.0, diagnosis, [{"name": "a", "passed": False}], {"a": "It is not."}
    )
    return Verdict(
        _lesson().name, [wrong, ExerciseVerdict("elbo", "correct", 3.0, 3.0)], ["Repaired."]
    )


@functools.cache
def _lines() -> list[Any]:
    """Return the lines of a journal, as JSON values."""
    path = _place() / "honest.jsonl"
    path.unlink(missing_ok=True)
    for key in KEYS:
        Journal(path).keep(key, _verdict())
    return [json.loads(line) for line in path.read_text().splitlines()]


def _make_journal(chance: Random) -> bytes:
    lines = [hostile_json(chance, line, VERDICT_WORDS) for line in _lines()]
    return (
        scrambled(chance, b"\n".join(lines)) if chance.random() < 0.3 else b"\n".join(lines) + b"\n"
    )


def _run_journal(data: bytes) -> None:
    path = _place() / "journal.jsonl"
    path.write_bytes(data)
    journal = Journal(path)
    for key, verdict in journal._verdicts.items():
        _require(key in KEYS and verdict == _verdict(), "a verdict that was never kept")
    journal.keep("new", _verdict())
    again = Journal(path)
    _require(again.find("new") == _verdict(), "a verdict that was kept is lost")
    _require(set(again._verdicts) == {*journal._verdicts}, "other verdicts")


def _make_name(chance: Random) -> bytes:
    """Return a name of a folder, and after a mark one of a file in it."""
    folder = scrambled(
        chance,
        chance.choice((b"ada", b"Ada Lovelace", "Å. \u202e".encode(), b"a*[b]?", b" a ", b"-x")),
    )
    name = chance.choice((_lesson().name.encode(), b"work", b"*", b"")) + b".ipynb"
    return folder + CUT + (scrambled(chance, name) if chance.random() < 0.5 else name)


def _run_name(data: bytes) -> None:
    course, lesson = _place() / "class", _lesson()
    first, _, second = (part.replace(b"/", b"") for part in data.replace(CUT, b"/").partition(b"/"))
    student, file = (os.fsdecode(part.replace(b"\0", b"")) for part in (first, second))
    problem = problem_with_name(student)
    _require(printable(problem) == problem and "\n" not in problem, "an unprintable problem")
    if not problem:
        student.encode()
        _require(
            len(student) <= MAX_NAME and not set(student) & set('*?[]\\\n\t\0<>&"`'),
            "a bad name passes",
        )
        _require(not student.startswith(("=", "+", "-", "@")), "a formula passes as a name")
    if student in ("", ".", ".."):
        return
    folder = course / "submitted" / student / lesson.name
    try:
        folder.mkdir(parents=True)
    except OSError:  # no name of a folder
        return
    try:
        with contextlib.suppress(OSError, ValueError):
            (folder / file).write_bytes(b"{}")
        try:
            _require(students_of(lesson, course) == [student], "another student")
        except CourseError:
            _require(not list(folder.glob("*.ipynb")), "a file is not seen")
        found, reason = file_of(lesson, course, student)
        _require(found is None or found.parent == folder, "a file of another folder")
        _require(found is None or not reason, "a file and a reason why there is none")
        _require(not is_linked(lesson, course, student), "a link")
    finally:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        folder.parent.rmdir()


STAMPS = [b"2026-03-01 12:00:00 UTC", b"2026-03-01T12:00:00.5+23:59", b"0001-01-01 00:00:00 +14:00",
    b"9999-12-31 23:59 -23",
          b"12:00", b"1e9", b"Sat Mar 1 2026", b"99999999999999999999", b"2026-W01-1",
          b"00:00:00 EST5EDT"]  # fmt: skip


def _make_timestamp(chance: Random) -> bytes:
    return scrambled(chance, chance.choice(STAMPS))


def _run_timestamp(data: bytes) -> None:
    course, lesson = _place() / "stamped", _lesson().name
    file = course / "submitted" / "ada" / lesson / TIMESTAMP
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    found = time_of(lesson, course, "ada")
    if found is not None:
        _require(type(found) is datetime and found.tzinfo is None, "a time that no gradebook takes")
        assert isinstance(found, datetime)
        (found - datetime(2026, 1, 1)).total_seconds()


TARGETS = {
    target.name: target
    for target in (
        Target("frames", _make_frame, _run_frame),
        Target("parcels", _make_parcel, _run_parcel),
        Target("answers", _make_answers, _run_answers),
        Target("control", _make_control, _run_control),
        Target("notebooks", _make_notebook, _run_notebook),
        Target("journal", _make_journal, _run_journal),
        Target("names", _make_name, _run_name),
        Target("timestamps", _make_timestamp, _run_timestamp),
    )
}
