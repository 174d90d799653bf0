"""Only plain values cross the wall, whatever the bytes."""

import io
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.wire import frames
from autograder.wire.frames import HEADER, MAGIC, FrameError, decode, encode

numbers = st.integers(-(2**62), 2**62) | st.floats()
plain = st.none() | st.booleans() | numbers | st.text(max_size=20)
values = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


def same(a, b):
    if isinstance(a, float) and isinstance(b, float):
        return (math.isnan(a) and math.isnan(b)) or a == b
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    return a == b


@given(values)
def test_plain_values_come_back_as_they_were(value):
    assert same(decode(encode(value)), value)


@pytest.mark.parametrize("dtype", sorted(frames.SENDABLE, key=str), ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (4, 5)])
def test_tensors_of_every_dtype_and_shape_come_back(dtype, shape):
    tensor = (torch.rand(shape) * 3).to(dtype)
    back = decode(encode({"a": tensor, "b": [tensor, tensor.T if len(shape) == 2 else tensor]}))
    assert back["a"].dtype == dtype
    assert torch.equal(back["a"], tensor)
    assert torch.equal(back["b"][1], tensor.T if len(shape) == 2 else tensor)


def test_arrays_and_scalars_come_back():
    array, scalar = decode(encode((np.arange(3.0), np.float32(0.5))))
    assert type(array) is np.ndarray
    assert array.tolist() == [0.0, 1.0, 2.0]
    assert type(scalar) is np.float32
    assert scalar == 0.5


def test_a_tensor_without_values_keeps_shape_and_dtype():
    back = decode(encode(torch.zeros(2, 3, device="meta", dtype=torch.int64)))
    assert (back.is_meta, back.shape, back.dtype) == (True, (2, 3), torch.int64)


def test_neither_graph_nor_memory_is_shared():
    tensor = torch.ones(2, requires_grad=True)
    back = decode(encode(tensor * 2))
    assert not back.requires_grad
    view = decode(encode(torch.arange(1000)[:2]))
    assert view.untyped_storage().nbytes() < 1000


class Liar(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


@pytest.mark.parametrize(
    "value",
    [
        object(),
        Liar(1.0),
        {1, 2},
        b"bytes",
        2**70,
        1j,
        print,
        torch.zeros(2, dtype=torch.complex64),
        torch.zeros(2).to_sparse(),
        np.array(["text"]),
        np.array([None]),
        type("T", (torch.Tensor,), {})(),
        {("tuple",): object()},
    ],
    ids=lambda v: type(v).__name__,
)
def test_anything_else_is_refused(value):
    with pytest.raises(FrameError):
        encode(value)


def test_too_deep_and_too_large_is_refused(monkeypatch):
    deep = []
    for _ in range(100):
        deep = [deep]
    loop = []
    loop.append(loop)
    monkeypatch.setattr(frames, "MAX_BLOB", 1000)
    for value in (deep, loop, torch.zeros(1000)):
        with pytest.raises(FrameError):
            encode(value)


@given(st.binary(max_size=300))
def test_random_bytes_give_a_value_or_a_frame_error(junk):
    for bytes_ in (
        junk,
        HEADER.pack(MAGIC, len(junk), 0) + junk,
        HEADER.pack(MAGIC, 4, len(junk)) + b"null" + junk,
    ):
        try:
            decode(bytes_)
        except FrameError:
            continue


@settings(max_examples=300)
@given(st.data())
def test_a_frame_with_flipped_bytes_gives_a_value_or_a_frame_error(data):
    frame = bytearray(encode({"a": [1, 2.5, torch.arange(6.0)] * 2, "b": np.ones(2)}))
    for _ in range(data.draw(st.integers(1, 4))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    try:
        decode(bytes(frame))
    except FrameError:
        return


@pytest.mark.parametrize(
    "text",
    [
        '{"a": ["nothing"]}',
        '["tensor", "0"]',
        '["tensor", "0", "int7"]',
        '["tensor"]',
        '["nothing"]',
        "[]",
        "[[]]",
        "NaN",
        "1e999x",
        '["float", "1"]',
        '["dict", 1]',
        '["dict", [["list"], 1]]',
        "1" * 5000,
        '["float", ["list"]]',
    ],
)
def test_malformed_json_is_a_frame_error(text):
    with pytest.raises(FrameError):
        decode(HEADER.pack(MAGIC, len(text), 0) + text.encode())


def test_a_stream_gives_frame_after_frame_and_its_end_is_said():
    stream = io.BytesIO(encode([1]) + encode({"a": torch.ones(2)}) + encode(3)[:-1])
    assert frames.read(stream) == [1]
    assert frames.read(stream)["a"].tolist() == [1.0, 1.0]
    with pytest.raises(EOFError):
        frames.read(stream)


def test_a_huge_promise_is_refused_before_it_is_read():
    with pytest.raises(FrameError, match="too large"):
        frames.read(io.BytesIO(HEADER.pack(MAGIC, 10, 2**62)))


def test_a_frame_of_very_many_parts_is_refused():
    with pytest.raises(FrameError, match="parts"):
        decode(encode([None] * 150_000))
    one = torch.zeros(1)
    frame = encode([one])
    start = frame.index(b'["tensor')
    text = b'["list",' + b",".join([frame[start : frame.index(b"]", start) + 1]] * 120_000) + b"]"
    blob = frame[HEADER.size + HEADER.unpack(frame[: HEADER.size])[1] :]
    with pytest.raises(FrameError, match="parts"):
        decode(HEADER.pack(MAGIC, len(text), len(blob)) + text + blob)


def test_a_long_list_of_tensors_is_refused_before_it_is_read():
    tensors = [torch.zeros(0, *[1] * 9) for _ in range(33_000)]  # a long header, not too many parts
    with pytest.raises(FrameError, match="too many tensors"):
        decode(encode(tensors))


def test_values_that_are_only_marked_as_negative_or_conjugate_travel():
    value = torch.complex(torch.zeros(3), -torch.arange(3.0)).conj().imag
    assert value.is_neg()
    assert decode(encode(value)).tolist() == [0.0, 1.0, 2.0]


def test_a_tensor_of_more_dimensions_than_numpy_knows_is_refused():
    assert decode(encode(torch.zeros([1] * frames.MAX_DIMS))).ndim == frames.MAX_DIMS
    with pytest.raises(FrameError, match="33 dimensions"):
        encode(torch.zeros([1] * 33))


def test_what_the_reader_would_refuse_for_its_parts_is_refused_before_it_is_sent():
    just = [0] * (frames.MAX_PARTS - 10)
    assert frames.decode(frames.encode(just)) == just
    for many in (
        [0] * (frames.MAX_PARTS + 1),
        [[0.0, 1.0]] * frames.MAX_PARTS,
        {"a": just, "b": just},
    ):
        with pytest.raises(FrameError, match="parts"):
            frames.encode(many)
