"""Frames: values on their way between the grader and a learner's process.

Structure travels as JSON, tensors and arrays as safetensors; never pickle. Decoding gives only None, bool,
int, float, str, list, tuple, dict, exact tensors, NumPy arrays and scalars; anything else, anything too
large and anything malformed is a `FrameError`.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import safetensors.numpy
import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

MAGIC = b"vae1"
HEADER = struct.Struct(">4sIQ")  # magic, bytes of JSON, bytes of tensors
MAX_JSON = 4 * 2**20  # bytes of JSON in a frame
MAX_BLOB = 512 * 2**20  # bytes of tensors in a frame
MAX_DEPTH = 20  # containers inside containers
MAX_DIMS = 32  # of a tensor; NumPy 1 allows no more
MAX_PARTS = 100_000  # containers, tensors and plain values in a frame
TOO_MANY = f"it has more than {MAX_PARTS:,} parts"
MAX_HEADER = 2 * 2**20  # bytes in which safetensors lists the tensors of a frame
CHUNK = 2**20  # bytes allocated before any have arrived
MAX_INT = 2**63
SENDABLE = {
    torch.float64,
    torch.float32,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.int16,
    torch.int8,
    torch.uint8,
    torch.bool,
}
DTYPES_BY_NAME = {str(dtype): dtype for dtype in SENDABLE}


class Readable(Protocol):
    """A stream of bytes to read frames from."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill the buffer from its start; return the number of bytes, 0 at the end."""
        ...


class Writable(Protocol):
    """A stream of bytes to write frames to."""

    def write(self, data: bytes, /) -> object:
        """Write everything."""
        ...

    def flush(self) -> None:
        """Send what was written."""
        ...


class Closed(EOFError):
    """The other side has closed the connection."""


class FrameError(ValueError):
    """A value that may not travel, or bytes that are no frame."""


def encode(value: Any) -> bytes:
    """Write a value as one frame.

    Raises:
        FrameError: If something in it may not travel.
    """
    return b"".join(pieces(value))


def pieces(value: Any) -> tuple[bytes, bytes]:
    """Return the two parts of a frame: header with JSON, and the values of its tensors.

    Raises:
        FrameError: If something in it may not travel.
    """
    arrays: dict[str, np.ndarray] = {}
    try:
        packed = _pack(value, arrays, 0)
        text = json.dumps(packed, allow_nan=False).encode()
        blob = safetensors.numpy.save(arrays) if arrays else b""
    except (RecursionError, UnicodeError) as error:
        raise FrameError(f"it cannot be written: {type(error).__name__}") from None
    if len(text) > MAX_JSON or len(blob) > MAX_BLOB:
        raise FrameError(f"it is too large: {len(text) + len(blob):,} bytes")
    # A part takes two bytes or more, so that small frames need no count.
    if len(text) > 2 * MAX_PARTS and _number_of_parts(packed) > MAX_PARTS:
        raise FrameError(TOO_MANY)
    return HEADER.pack(MAGIC, len(text), len(blob)) + text, blob


def decode(frame: bytes) -> Any:
    """Read the value of one whole frame.

    Raises:
        FrameError: If the bytes are anything else.
    """
    json_size, blob_size = _sizes(frame[: HEADER.size])
    if len(frame) != HEADER.size + json_size + blob_size:
        raise FrameError("the length does not fit its header")
    return _decode(frame[HEADER.size :][:json_size], frame[HEADER.size + json_size :])


def read(stream: Readable) -> Any:
    """Read the value of the next frame of a stream.

    Raises:
        Closed: If the stream ends, also in the middle of a frame.
        FrameError: If the bytes are no frame; the stream is then of no further use.
    """
    json_size, blob_size = _sizes(_exactly(stream, HEADER.size))
    return _decode(_exactly(stream, json_size), _exactly(stream, blob_size))


def _sizes(header: bytes) -> tuple[int, int]:
    if len(header) != HEADER.size:
        raise FrameError("the header is cut short")
    magic, json_size, blob_size = HEADER.unpack(header)
    if magic != MAGIC:
        raise FrameError("it does not begin as a frame")
    if json_size > MAX_JSON or blob_size > MAX_BLOB:
        raise FrameError(f"it is too large: {json_size + blob_size:,} bytes")
    return json_size, blob_size


def _exactly(stream: Readable, size: int) -> bytes:
    """Read exactly `size` bytes, allocating as data arrives.

    Raises:
        Closed: If the stream ends first.
    """
    whole, done = bytearray(min(size, CHUNK)), 0
    while done < size:
        if done == len(whole):
            whole.extend(bytes(min(size - done, len(whole))))
        with memoryview(whole) as view:
            count = stream.readinto(view[done:])
        if not count:
            raise Closed("the other side closed the connection")
        done += count
    return bytes(whole)


def _decode(text: bytes, blob: bytes) -> Any:
    if int.from_bytes(blob[:8], "little") > MAX_HEADER:
        raise FrameError("it lists too many tensors")
    try:
        tensors = safetensors.torch.load(blob) if blob else {}
        # Sums can round differently at another memory alignment, and tensors in `blob` lie anywhere:
        # copy them to where PyTorch itself would have put them.
        tensors = {name: tensor.clone() for name, tensor in tensors.items()}
        packed = json.loads(text, parse_constant=_refuse)
    except (
        SafetensorError,
        ValueError,
        RecursionError,
        KeyError,
        RuntimeError,
        TypeError,
    ) as error:
        raise FrameError(f"it cannot be read: {type(error).__name__}") from None
    # safetensors knows dtypes that no frame holds, and some of them fail in places where nobody expects it.
    if any(t.dtype not in SENDABLE or t.ndim > MAX_DIMS for t in tensors.values()):
        raise FrameError("a tensor that no frame holds")
    return _unpack(packed, _Parts(tensors), 0)


def _refuse(name: str) -> None:
    raise FrameError(f"{name} is no JSON")


def _pack(value: Any, arrays: dict[str, np.ndarray], depth: int) -> Any:
    """Return the JSON form of a value; put the values of its tensors and arrays into `arrays`.

    Plain values and dictionaries with string keys stay as they are. All else becomes a list: a tag, then data.
    """
    if depth > MAX_DEPTH:
        raise FrameError("it is nested too deeply")
    kind = type(value)
    if value is None or kind in (bool, str):
        return value
    if kind is int and abs(value) < MAX_INT:
        return value
    if kind is float:
        return value if math.isfinite(value) else ["float", repr(value)]
    if kind is list or kind is tuple:
        return [kind.__name__, *(_pack(v, arrays, depth + 1) for v in value)]
    if kind is dict:
        if all(type(k) is str for k in value):
            return {k: _pack(v, arrays, depth + 1) for k, v in value.items()}
        pairs = [[_pack(v, arrays, depth + 1) for v in item] for item in value.items()]
        return ["dict", *pairs]
    if kind in (Tensor, nn.Parameter) and value.is_meta and value.dtype in SENDABLE:
        return ["meta", str(value.dtype), *value.shape]
    if kind in (Tensor, nn.Parameter):
        return ["tensor", *_keep(value, arrays)]
    if kind is np.ndarray or isinstance(value, np.generic):
        array = torch.from_numpy(np.array(value)) if value.dtype.kind in "biuf" else None
        if array is None or array.dtype not in SENDABLE:
            raise FrameError(f"an array of {value.dtype} cannot travel")
        return ["array" if kind is np.ndarray else "scalar", *_keep(array, arrays)]
    raise FrameError(f"a {kind.__name__} cannot travel")


def _number_of_parts(packed: Any) -> int:
    """Return how many parts the reader of a frame will count in the JSON form of a value."""
    inner = packed.values() if type(packed) is dict else packed if type(packed) is list else ()
    return len(inner) + sum(_number_of_parts(v) for v in inner if type(v) in (dict, list))


def _keep(tensor: Tensor, arrays: dict[str, np.ndarray]) -> tuple[str, ...]:
    """Store a tensor's values in `arrays`; return their name there, and the dtype if NumPy lacks it."""
    if tensor.layout != torch.strided or tensor.dtype not in SENDABLE or tensor.is_meta:
        raise FrameError(f"a tensor of {tensor.dtype}, {tensor.layout} cannot travel")
    if tensor.ndim > MAX_DIMS:
        raise FrameError(f"a tensor of {tensor.ndim} dimensions cannot travel")
    # A tensor may be marked as negative or conjugate instead of holding such values.
    values = tensor.detach().resolve_conj().resolve_neg().cpu().contiguous()
    name = str(len(arrays))
    if tensor.dtype == torch.bfloat16:
        arrays[name] = values.view(torch.int16).numpy()
        return name, "bfloat16"
    arrays[name] = values.numpy()
    return (name,)


@dataclass
class _Parts:
    """What a frame is put together from: its tensors, and how many more parts it may have."""

    tensors: dict[str, Tensor]
    left: int = MAX_PARTS

    def take(self, number: int) -> None:
        """Count parts before they are put together.

        Raises:
            FrameError: If there are too many.
        """
        self.left -= number
        if self.left < 0:
            raise FrameError(TOO_MANY)


def _unpack(packed: Any, parts: _Parts, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise FrameError("it is nested too deeply")
    kind = type(packed)
    if kind is int and abs(packed) >= MAX_INT:
        raise FrameError("a number that no frame holds")
    if kind is dict:
        parts.take(len(packed))
        return {k: _unpack(v, parts, depth + 1) for k, v in packed.items()}
    if kind is not list:
        return packed
    parts.take(len(packed))
    tag, *rest = packed or [None]
    if tag == "list" or tag == "tuple":
        values = [_unpack(v, parts, depth + 1) for v in rest]
        return values if tag == "list" else tuple(values)
    try:
        if tag == "dict":
            return {
                _key(_unpack(k, parts, depth + 1)): _unpack(v, parts, depth + 1) for k, v in rest
            }
        return _LEAVES[tag](parts.tensors, *rest)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        if isinstance(error, FrameError):
            raise
        raise FrameError(f"a part of it is malformed: {str(tag)[:20]}") from None


def _key(value: Any) -> Any:
    if type(value) not in (str, int, bool, float, type(None)):
        raise FrameError("a key of a dictionary is no plain value")
    return value


def _float(_: dict, text: str) -> float:
    return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[text]


def _tensor(tensors: dict, name: str, dtype: str | None = None) -> Tensor:
    if dtype is None:
        return tensors[name]
    if dtype != "bfloat16":
        raise FrameError("a dtype that no frame holds")
    return tensors[name].view(torch.bfloat16)


def _array(tensors: dict, name: str) -> np.ndarray:
    return tensors[name].numpy()


def _meta(_: dict, dtype: str, *shape: int) -> Tensor:
    """Return a tensor of this dtype and shape without values; it takes no memory, whatever its size."""
    if any(type(n) is not int or not 0 <= n < 2**31 for n in shape) or len(shape) > 8:
        raise FrameError("a malformed shape")
    return torch.empty(shape, dtype=DTYPES_BY_NAME[dtype], device="meta")


_LEAVES: dict[str, Callable] = {
    "meta": _meta,
    "float": _float,
    "tensor": _tensor,
    "array": _array,
    "scalar": lambda tensors, name: _array(tensors, name)[()],
}
