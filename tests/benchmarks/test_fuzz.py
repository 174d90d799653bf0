"""No input makes a decoder of the grader do what it does not declare.

The same targets get millions of inputs from `python -m benchmarks.fuzz`.
"""

import json
import random

import numpy as np
import pytest
import torch
import typer
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from autograder.wire import frames
from benchmarks.fuzz import __main__ as command
from benchmarks.fuzz import targets
from benchmarks.fuzz.mutate import Frame, as_json, hostile_frame, mutated
from benchmarks.fuzz.runs import Run
from benchmarks.fuzz.targets import CUT, TARGETS, Fault, Target


@pytest.fixture(scope="module", autouse=True)
def collected():
    """The valid messages that every target begins with, collected before hypothesis draws anything."""
    for target in TARGETS.values():
        target.make(random.Random(0))


def inputs(name):
    """Hostile inputs of a target, and bytes that are nothing at all."""
    made = st.randoms(use_true_random=False).map(TARGETS[name].make)
    return made | st.binary(max_size=300)


def few(number):
    """Always the same inputs, however long each takes."""
    return settings(
        max_examples=number,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def frame(tree, **tensors):
    """The bytes of a frame with this JSON; each tensor is (dtype, shape, bytes)."""
    listing, values = {}, b""
    for name, (dtype, shape, data) in tensors.items():
        offsets = [len(values), len(values) + len(data)]
        listing[name] = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
        values += data
    text, head = json.dumps(tree).encode(), json.dumps(listing).encode()
    blob = len(head).to_bytes(8, "little") + head + values if tensors else b""
    return frames.HEADER.pack(frames.MAGIC, len(text), len(blob)) + text + blob


def tensor(requires_grad, grad):
    return {"$": "tensor", "v": ["tensor", "x"], "g": requires_grad, "grad": grad}


def answers(*parts, talk=0):
    """A conversation in which the other side answers with these frames."""
    return bytes([talk]) + b"".join(parts)


def reply(value, call=1):
    """The answer to a call."""
    parts = {"back": {}, "given": ["list"], "modules": ["list"], "call": call, "own": False}
    return {"value": value, "grad": True, **parts}


X = {"x": ("F32", [2, 3], bytes(24))}
HERE = frame({"value": True})
TIED = {"$": "output", "v": ["tensor", "x"], "n": 0}


@few(60)
@given(inputs("frames"))
@example(frame(["tensor", "x"], x=("F8_E5M2", [2], bytes(2))))  # no frame holds this dtype
@example(frame(["tensor", "x"], x=("U16", [1], bytes(2))))
@example(frame(["tensor", "x"], x=("C64", [1], bytes(8))))
def test_frames_give_values_or_what_they_declare(data):
    TARGETS["frames"].check(data)


@few(40)
@given(inputs("parcels"))
@example(
    frame(tensor(True, None), x=("I64", [1], bytes(8)))
)  # RuntimeError: integers have no gradient
@example(
    frame(tensor(True, ["tensor", "y"]), **X, y=("F32", [2], bytes(8)))
)  # one of another shape
def test_parcels_give_values_or_a_frame_error(data):
    TARGETS["parcels"].check(data)


@few(60)
@given(inputs("answers"))
# IndexError: an output that is not there.
@example(answers(HERE, frame(reply({**TIED, "n": 1}), **X)))
# CannotTravel, as if a hidden test were wrong: the number of a result or of a call is sent back.
@example(answers(HERE, frame(reply({**tensor(False, None), "number": "x" * 10}), **X)))
@example(
    answers(HERE, frame(reply(TIED, call=["list", ["tensor", "y"]]), **X, y=("F8_E5M2", [1], b"0")))
)
# AttributeError, ValueError and RuntimeError: gradients that are none, too few, or of another dtype.
@example(answers(HERE, frame(reply(TIED), **X), frame({"value": "abcd"})))
@example(answers(HERE, frame(reply(TIED), **X), frame({"value": ["list"]})))
@example(
    answers(
        HERE,
        frame(reply(TIED), **X),
        frame({"value": ["list", ["tensor", "x"]]}, x=("I32", [2, 3], bytes(24))),
    )
)
def test_a_conversation_ends_as_it_should_whatever_the_other_side_says(data):
    TARGETS["answers"].check(data)


def control(session, process):
    return CUT.join([*session, b"", *process])


READY = b'{"ready": true, "errors": []}'


@few(60)
@given(inputs("control"))
@example(control([READY], [b"no JSON"]))  # ValueError
@example(control([READY], [b'{"swept": true}', b"1"]))  # TypeError: a message that is no object
@example(control([READY], [b"\xff"]))
@example(control([READY], [b"[" * 50_000]))  # RecursionError
def test_a_session_or_a_worker_may_say_anything(data):
    TARGETS["control"].check(data)


@few(25)
@given(inputs("notebooks"))
def test_every_file_is_fitted_to_a_lesson_or_refused(data):
    TARGETS["notebooks"].check(data)


@few(40)
@given(inputs("journal"))
@example(b'{"key": 1.0, "verdict": {"lesson": "x", "exercises": [], "repairs": []}}\n')
@example(b'{"key": "k", "verdict": {"lesson": "x", "exercises": [{"name": 1}], "repairs": 1}}\n')
def test_a_journal_gives_only_verdicts_that_were_kept(data):
    TARGETS["journal"].check(data)


@few(40)
@given(inputs("names"))
def test_names_of_folders_and_files_are_sound_or_refused(data):
    TARGETS["names"].check(data)


@few(40)
@given(inputs("timestamps"))
def test_a_timestamp_is_a_time_or_none(data):
    TARGETS["timestamps"].check(data)


# ------------------------------------------------------------------------------------ the fuzzer itself


def test_every_target_is_tested_here():
    tested = {
        "frames",
        "parcels",
        "answers",
        "control",
        "notebooks",
        "journal",
        "names",
        "timestamps",
    }
    assert set(TARGETS) == tested


@pytest.mark.parametrize("name", TARGETS)
def test_a_seed_makes_the_same_input_again_and_another_seed_another(name):
    first, same, other = (TARGETS[name].make(random.Random(seed)) for seed in (1, 1, 2))
    assert first == same != other


def test_a_frame_is_taken_apart_and_most_changed_ones_are_still_read():
    whole = frames.encode({"a": torch.ones(2, 3), "b": np.zeros(2)})
    taken = Frame.of(whole)
    assert taken.tree == {"a": ["tensor", "0"], "b": ["array", "1"]}
    assert set(taken.listing) == {"0", "1"}
    read = 0
    for seed in range(300):
        try:
            frames.decode(hostile_frame(random.Random(seed), taken, ["list"]))
            read += 1
        except frames.FrameError:
            continue
    assert read > 30


def test_a_changed_value_shares_nothing_that_was_changed():
    tree = {"a": [1, {"b": [2]}], "c": "text"}
    before = json.dumps(tree)
    changed = [mutated(random.Random(seed), tree, ["word"]) for seed in range(200)]
    assert json.dumps(tree) == before
    assert len({as_json(random.Random(0), value) for value in changed}) > 50


def failing(data):
    raise KeyError("x")


def test_undeclared_exceptions_wrong_answers_and_too_much_memory_are_faults(monkeypatch):
    with pytest.raises(Fault, match="raises KeyError"):
        Target("bad", None, failing).check(b"")
    peaks = iter((0, 2 * targets.MEMORY_BYTES))
    monkeypatch.setattr(targets, "peak_bytes", lambda: next(peaks))
    with pytest.raises(Fault, match="1024 MB"):
        Target("large", None, lambda data: None).check(b"")


def test_the_command_feeds_a_file_again_and_knows_its_targets(tmp_path, monkeypatch):
    app = typer.Typer()
    app.command()(command.main)
    path = tmp_path / "input.bin"
    path.write_bytes(b"junk")
    run = CliRunner().invoke
    assert run(app, ["--target", "frames", "--replay", str(path)]).exit_code == 0
    assert run(app, ["--target", "nothing"]).exit_code == 2
    monkeypatch.setitem(TARGETS, "frames", Target("frames", None, failing))
    assert isinstance(run(app, ["--target", "frames", "--replay", str(path)]).exception, Fault)


class Played(Run):
    """A run of a target that ends at once with a fault."""

    def start(self, seconds):
        self.counter.value = 1234

    def goes_on(self):
        self.fault = "raises KeyError" if self.name == "names" else ""
        return False


def test_the_command_says_what_was_counted_and_where_the_failing_input_is(tmp_path, monkeypatch):
    app = typer.Typer()
    app.command()(command.main)
    monkeypatch.setattr(command, "Run", Played)
    options = ["--seed", "5", "--folder", str(tmp_path), "--target", "timestamps"]
    done = CliRunner().invoke(app, options)
    assert done.exit_code == 0
    assert "1,234" in done.output
    done = CliRunner().invoke(app, [*options, "--target", "names"])
    assert done.exit_code == 1
    assert "2,468" in done.output
    assert "fault-names-5.bin" in done.output.replace("\n", "")
