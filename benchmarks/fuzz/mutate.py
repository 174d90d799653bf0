"""Change valid messages into hostile ones: their structure as JSON, their bytes, and frames as a whole.

Every function draws its choices from a `random.Random`. The long command gives it a seeded one,
    and the tests one
that hypothesis drives and shrinks.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from autograder.wire.frames import HEADER, MAGIC, MAX_BLOB, MAX_JSON

DEEP = "@deep@"  # a string that `as_json` replaces by lists inside lists
LONG = "@long@"  # a string that it replaces by a number of thousands of digits
ODD: list[Any] = [
    None, True, False, 0, 1, -1, 7, 2**31 - 1, 2**31, 2**63 - 1, 2**63, -(2**63), 2**64, 10**300, 0.5, -0.0,
        1e308,
    math.nan, math.inf, -math.inf, "", " ", "0", "\0", "a\nb", "\ud800", "\udfff\ud800", "\u202e", "\x1b[2J",
    "e\u0301",
    "x" * 5000, [], {}, [[]], [None], [1, 2], [0, 2**40], {"": None}, {"$": None}, DEEP, LONG,
]  # fmt: skip
TOKENS = [
    b"\0", b"\xff", b"\xed\xa0\x80", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"\\", b"{", b"}", b"[", b"]", b",",
    b":", b"\n",
    b"NaN", b"-Infinity", b"1e999", b"-", b"null", b"\\ud800", b"\\u0000", b"9" * 30, b'{"a": 1, "a": 2}',
    b"\xe2\x80\xa8",
]  # fmt: skip
DTYPES = {
    "F64": 64, "F32": 32, "F16": 16, "BF16": 16, "I64": 64, "I32": 32, "I16": 16, "I8": 8, "U8": 8, "BOOL": 8,
    "U16": 16,
    "U32": 32, "U64": 64, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "C64": 64, "F4": 4, "F6_E2M3": 6,
}  # fmt: skip
EMPTY_SHAPES = [[0], [2, 0], [0, 2**40], [2**62, 0, 4], [2**31, 0, 2**31], [0] * 70]


def mutated(chance: Random, tree: Any, words: Sequence[Any]) -> Any:
    """Return a copy of a JSON value in which one part, at any depth, is another.

    Args:
        chance: Decides.
        tree: The value; parts that stay are shared with it.
        words: Values that mean something to the decoder, to put in the place of others.
    """
    if isinstance(tree, (dict, list)) and tree and chance.random() < 0.8:
        if isinstance(tree, dict):
            key = chance.choice(list(tree))
            return {**tree, key: mutated(chance, tree[key], words)}
        at = chance.randrange(len(tree))
        return [*tree[:at], mutated(chance, tree[at], words), *tree[at + 1 :]]
    return _other(chance, tree, words)


def _other(chance: Random, part: Any, words: Sequence[Any]) -> Any:
    """Return something in the place of one part of a value."""
    odd = chance.choice(words if chance.random() < 0.5 else ODD)
    choice = chance.randrange(8)
    if isinstance(part, dict) and part:
        key = chance.choice(list(part))
        if choice == 0:
            return {k: v for k, v in part.items() if k != key}
        if choice == 1:
            return {(str(odd) if k == key else k): v for k, v in part.items()}
        if choice == 2:
            return {**part, str(odd): chance.choice(ODD)}
        if choice == 3:
            return part[key]
        if choice == 4:
            other = chance.choice(list(part))
            return {**part, key: part[other], other: part[key]}
    elif isinstance(part, list) and part:
        at = chance.randrange(len(part))
        if choice == 0:
            return part[:at] + part[at + 1 :]
        if choice == 1:
            return [*part[:at], part[at], *part[at:]]
        if choice == 2:
            return [*part[:at], odd, *part[at:]]
        if choice == 3:
            return part[at]
        if choice == 4:
            return [*part[:at], chance.choice(part), *part[at + 1 :]]
        if choice == 5:
            return part * chance.choice((2, 3, 50))
    elif isinstance(part, (int, float)) and choice < 3:
        return [part + 1, -part - 1, str(part)][choice]
    elif isinstance(part, str) and choice < 3:
        at = chance.randrange(len(part) + 1)
        return [part[:at], part[:at] + str(odd) + part[at:], part + part][choice]
    return [part] if choice == 7 else odd


def as_json(chance: Random, tree: Any) -> bytes:
    """Write a value as JSON, with lone surrogates as they are or escaped, and with what no JSON value holds."""
    text = json.dumps(tree, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
    if DEEP.encode() in text:
        depth = chance.choice((25, 300, 900, 960, 990, 1500, 50_000)) + chance.randrange(40)
        nested = b"[" * depth + b"]" * depth
        text = text.replace(f'"{DEEP}"'.encode(), nested if chance.random() < 0.8 else b"[" * depth)
    if LONG.encode() in text:
        digits = b"9" * chance.choice((20, 4300, 4301, 50_000))
        text = text.replace(f'"{LONG}"'.encode(), digits)
    return text


def scrambled(chance: Random, data: bytes) -> bytes:
    """Return the bytes with a few of them changed, cut out, doubled, moved or put in."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        start = chance.randrange(len(data) + 1)
        end = min(len(data), start + chance.choice((1, 1, 4, 30, 1000)))
        part = data[start:end]
        choice = chance.randrange(7)
        if choice == 0:
            data = (
                data[:start]
                + bytes(b ^ (1 << chance.randrange(8)) for b in part[:2])
                + data[start + 2 :]
            )
        elif choice == 1:
            data = data[:start] + bytes([chance.randrange(256)]) + data[start + 1 :]
        elif choice == 2:
            data = data[:start] + data[end:]
        elif choice == 3:
            data = data[:end] + part * chance.choice((1, 1, 2, 20)) + data[end:]
        elif choice == 4:
            data = data[:start]
        elif choice == 5:
            data = data[:start] + chance.choice(TOKENS) + data[start:]
        else:
            to = chance.randrange(len(data) + 1)
            data = data[:to] + part + data[to:]
    return data


def hostile_json(chance: Random, tree: Any, words: Sequence[Any]) -> bytes:
    """Return a changed value as JSON, its bytes changed too now and then."""
    for _ in range(chance.choice((0, 1, 1, 1, 2, 4))):
        tree = mutated(chance, tree, words)
    text = as_json(chance, tree)
    return scrambled(chance, text) if chance.random() < 0.25 else text


@dataclass(frozen=True)
class Frame:
    """A frame taken apart.

    Attributes:
        tree: Its JSON.
        listing: What safetensors says of its tensors, None without any.
        values: The bytes of its tensors.
        whole: All its bytes, unchanged.
    """

    tree: Any
    listing: dict[str, Any] | None
    values: bytes
    whole: bytes

    @classmethod
    def of(cls, frame: bytes) -> Frame:
        """Take the bytes of a valid frame apart."""
        _, json_size, _ = HEADER.unpack(frame[: HEADER.size])
        text, blob = frame[HEADER.size :][:json_size], frame[HEADER.size + json_size :]
        if not blob:
            return cls(json.loads(text), None, b"", frame)
        end = 8 + int.from_bytes(blob[:8], "little")
        return cls(json.loads(text), json.loads(blob[8:end]), blob[end:], frame)


def hostile_frame(chance: Random, frame: Frame, words: Sequence[Any]) -> bytes:
    """Return a frame with changes in its values, the list of its tensors, its lengths or its bytes."""
    tree, listing, values = frame.tree, frame.listing, frame.values
    for _ in range(chance.choice((0, 1, 1, 1, 1, 2, 4))):
        tree = mutated(chance, tree, words)
    if listing and chance.random() < 0.3:
        listing = _refitted(chance, listing)
    if listing and chance.random() < 0.1:
        listing = mutated(chance, listing, [*DTYPES, *EMPTY_SHAPES])
    if values and chance.random() < 0.1:
        values = scrambled(chance, values)
    text, blob = as_json(chance, tree), b""
    if listing is not None:
        head = as_json(chance, listing)
        size = (
            len(head)
            if chance.random() < 0.97
            else chance.choice((0, 1, 2**21, 2**31, 2**63, 2**64 - 1))
        )
        blob = struct.pack("<Q", size) + head + values
    sizes = [len(text), len(blob)]
    if chance.random() < 0.03:
        at = chance.randrange(2)
        limit = (MAX_JSON, MAX_BLOB)[at]
        sizes[at] = chance.choice(
            (0, max(0, sizes[at] - 1), sizes[at] + 1, limit, limit + 1, 2**32 - 1)
        )
    whole = HEADER.pack(MAGIC, *sizes) + text + blob
    return scrambled(chance, whole) if chance.random() < 0.1 else whole


def _refitted(chance: Random, listing: dict[str, Any]) -> dict[str, Any]:
    """Give a tensor another dtype, and a shape for which its bytes are just enough."""
    name = chance.choice(list(listing))
    start, end = listing[name]["data_offsets"]
    dtype = chance.choice(list(DTYPES))
    shape = [(end - start) * 8 // DTYPES[dtype]]
    if start == end:
        shape = chance.choice(EMPTY_SHAPES)
    elif chance.random() < 0.3:
        shape = chance.choice(([1] * chance.choice((1, 9, 70)) + shape, [2, shape[0] // 2]))
    return {**listing, name: {**listing[name], "dtype": dtype, "shape": shape}}
