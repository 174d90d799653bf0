"""Read any file that was handed in as a list of notebook cells.

The contents decide, not the name: a notebook of any format, one inside another file, a script, or a file that
was cut off. This code is trusted: it parses text and never runs it.
"""

from __future__ import annotations

import ast
import base64
import binascii
import contextlib
import io
import json
import os
import re
import stat
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.errors import CourseError
from autograder.files import without_waiting
from autograder.sandbox.inside.names import parsed
from autograder.source.release import SKIP_TAG
from autograder.wire.explain import one_line, printable

MAX_BYTES = 200 * 2**20  # of a file, most of which are pictures in outputs
MAX_CELLS = 5_000
MAX_SOURCE = 200_000  # characters of a cell; a longer one counts as empty
MAX_CHARACTERS, MAX_LINES = (
    2_000_000,
    50_000,
)  # of all cells together; what is beyond counts as empty
MAX_PICTURES = 10 * 2**20  # characters of all pictures that are pasted into cells
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
PASTED = re.compile(r"data:image/(png|jpeg|gif|webp);base64,([A-Za-z0-9+/=]+)")
SHOWN = 5  # of the cells that are too long, by name
PUT_BACK_TAG = "put-back"  # a released cell that stands for a missing one
OUR_TAGS = (SKIP_TAG, PUT_BACK_TAG)
NESTED = 4  # how deep in a file's JSON a notebook is looked for
BLANK = b" \t\r\n\0"
CELL_MARK = re.compile(r"^# (?:%%.*|In\[[ \d]*\]:.*|<(?:code|mark)?cell>.*)$", flags=re.M)
GIT_MARKS = tuple(
    re.compile(rf"^{mark}", flags=re.M) for mark in ("<<<<<<< ", "=======$", ">>>>>>> ")
)
CONFLICT = (
    "a notebook with marks of a merge conflict of Git (`<<<<<<<`, `=======`, `>>>>>>>`). "
    "Resolve the conflict, open the notebook to see that it is whole, and hand it in again."
)


@dataclass
class Read:
    """What was read from a file.

    Attributes:
        cells: One dict per cell with "type" ("code", "markdown" or "raw"), "source", "id", "grade_id", "tags",
            "attachments" (pictures by name) and "too_long".
        notes: A sentence for each thing that is unusual about the file.
        cut_off: Whether the file ends in the middle.
    """

    cells: list[dict[str, Any]]
    notes: list[str] = field(default_factory=list)
    cut_off: bool = False


def read_cells(path: Path) -> Read:
    """Read the cells of a file.

    Raises:
        CourseError: If nothing in it can be read, in one line that says what to do.
    """
    try:
        read = _read(_read_bytes(path), inside=False)
    except _Unreadable as problem:
        raise CourseError(f"{path}: {problem}") from None
    too_long = [
        c["grade_id"] or f"number {n}" for n, c in enumerate(read.cells, 1) if c["too_long"]
    ]
    if too_long:
        names = ", ".join(too_long[:SHOWN]) + (" ..." if len(too_long) > SHOWN else "")
        read.notes.append(
            f"Cells that are too long: {len(too_long)} ({one_line(names)}). Of a text, the beginning was "
            f"read, code was left out. Of a cell, {MAX_SOURCE:,} characters are read, and of all cells "
            f"{MAX_CHARACTERS:,} characters and {MAX_LINES:,} lines."
        )
    return read


def cells_in(content: bytes) -> list[dict[str, Any]]:
    """Return the cells of a file's contents, none where nothing in it can be read."""
    try:
        return _read(content, inside=False).cells
    except _Unreadable:
        return []


def normalise_cells(cells: list[Any]) -> list[dict[str, Any]]:
    """Return the cells of any notebook in the form of `Read.cells`, without things that are no cells.

    Code is read first, then answers in words, then other text, so that long text never takes an answer's place.
    What does not fit is left out, and nothing else.
    """
    found = [_normalise(cell) for cell in cells if isinstance(cell, dict)]
    characters, lines, pictures = MAX_CHARACTERS, MAX_LINES, MAX_PICTURES
    for cell in sorted(found, key=lambda c: (c["type"] != "code", not c["grade_id"])):
        size, breaks = len(cell["source"]), cell["source"].count("\n")
        if size <= characters and breaks <= lines:
            characters, lines = characters - size, lines - breaks
        else:
            cell.update(source="", too_long=True)
        size = sum(len(data) for p in cell["attachments"].values() for data in p.values())
        if size <= pictures:
            pictures -= size
        else:
            cell["attachments"] = {}
    return found


class _Unreadable(Exception):
    """Why nothing can be read from a file, and what to do."""


def _read(raw: bytes, inside: bool) -> Read:
    """Read the cells of a file's contents.

    Args:
        raw: The contents.
        inside: Whether the file lies in an archive.
    """
    if not raw.strip(BLANK):
        raise _Unreadable("the file is empty. Ask for a fresh copy.")
    if raw[:4] == b"PK\x03\x04" and not inside:
        return _from_archive(raw)
    if raw.lstrip(BLANK).startswith(b"version https://git-lfs"):
        raise _Unreadable(
            "a pointer of Git LFS and not the notebook. Fetch the file itself (`git lfs pull`)."
        )
    text = _decode(raw)
    if re.match(r"\s*<(?:!doctype html|html|\?xml|head|body)", text, flags=re.I):
        raise _Unreadable(
            "a web page and not a notebook. Download the notebook itself: "
            'in Colab "File", "Download", "Download .ipynb"; on GitHub "Download raw file".'
        )
    first = text.lstrip()[:1]
    if first == "{":
        return _from_json(text)
    try:
        return _from_json(text) if first in ("[", '"') else _from_script(text)
    except _Unreadable as problem:
        if first in ("[", '"'):
            with contextlib.suppress(_Unreadable):
                return _from_script(text)  # that begins with a list or a text
        raise problem


def _has_conflict(text: str) -> bool:
    return all(mark.search(text) for mark in GIT_MARKS)


def _from_archive(raw: bytes) -> Read:
    """Read the only notebook of a zip archive."""
    what = "an archive (zip) and not a notebook"
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            found = [
                entry
                for entry in archive.infolist()[:MAX_CELLS]
                if entry.filename.lower().endswith(".ipynb")
                and not any(p.startswith((".", "__MACOSX")) for p in entry.filename.split("/"))
            ]
            if len(found) != 1:
                raise _Unreadable(
                    f"{what}, with {len(found) or 'no'} notebooks in it. Hand in the notebook itself."
                )
            if found[0].file_size > MAX_BYTES:
                raise _Unreadable(f"{what}, and the notebook in it is too large.")
            with archive.open(found[0]) as file:
                read = _read(file.read(MAX_BYTES), inside=True)
    except _Unreadable:
        raise
    except Exception:  # each way of packing has exceptions of its own
        raise _Unreadable(
            f"{what}, and it cannot be opened. Hand in the notebook itself."
        ) from None
    read.notes.append("The file was an archive (zip); the notebook in it was read.")
    return read


def _from_json(text: str) -> Read:
    """Read the cells of a notebook, or of JSON in which a notebook lies."""
    try:
        data, end = _JSON.raw_decode(text.lstrip())
    except (ValueError, RecursionError) as error:
        if _has_conflict(text):
            raise _Unreadable(CONFLICT) from None
        return _from_cut_off(text, error)
    notes = []
    if text.lstrip()[end:].strip():
        notes.append("What stood behind the notebook in the file was left out.")
    cells = _find_cells(data, NESTED)
    if cells is None:
        raise _Unreadable(
            "valid JSON but not a notebook: it has no list of cells. Save it from JupyterLab as a notebook."
        )
    if len(cells) > MAX_CELLS:
        raise _Unreadable(
            f"{len(cells):,} cells, at most {MAX_CELLS:,} are read. Delete what is not needed."
        )
    return Read(normalise_cells(cells), notes)


def _from_cut_off(text: str, error: Exception) -> Read:
    """Read the cells that stand whole at the beginning of a notebook whose JSON is broken."""
    reason = str(error).split("\n")[0][:120] or type(error).__name__
    broken = _Unreadable(
        f"not a notebook, its JSON is broken ({reason}). "
        "Open it in JupyterLab and save it again, or ask for a fresh copy."
    )
    start = re.search(r'"cells"\s*:\s*\[', text)
    if start is None:
        raise broken
    cells: list[Any] = []
    place = start.end()
    while len(cells) <= MAX_CELLS:
        try:
            cell, place = _JSON.raw_decode(text, _BETWEEN.match(text, place).end())  # type: ignore[union-attr]
        except (ValueError, RecursionError):
            break
        cells.append(cell)
    if not cells:
        raise broken
    note = (
        f"The file is broken behind cell {len(cells)} ({reason}); what stands before was read. "
        "Hand in the file again."
    )
    return Read(normalise_cells(cells), [note], cut_off=True)


def _from_script(text: str) -> Read:
    """Read the cells of a Python script; `# %%` and `# In[1]:` begin a cell, else it is one cell.

    Raises:
        _Unreadable: If it defines nothing.
    """
    starts = [match.start() for match in CELL_MARK.finditer(text)]
    parts = [text[a:b] for a, b in zip([0, *starts], [*starts, len(text)], strict=True)]
    sources = [CELL_MARK.sub("", part, count=1).strip("\n") for part in parts]
    if not any(_defines_something(source) for source in sources):
        if _has_conflict(text):
            raise _Unreadable(CONFLICT)
        raise _Unreadable(
            "not a notebook: it is neither JSON nor Python. Hand in the file that ends in .ipynb."
        )
    kinds = ["markdown" if "[markdown]" in part.split("\n")[0] else "code" for part in parts]
    cells = [
        {"cell_type": kind, "source": source}
        for kind, source in zip(kinds, sources, strict=True)
        if source.strip()
    ]
    return Read(
        normalise_cells(cells), ["The file was a script and not a notebook; it was read as one."]
    )


def _defines_something(source: str) -> bool:
    try:
        body = parsed(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return bool(re.search(r"^(?:def|class)[ \t]+\w+[ \t]*[(:]", source, flags=re.M))
    return any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in body)


def _read_bytes(path: Path) -> bytes:
    """Read a file of at most `MAX_BYTES`.

    Raises:
        CourseError: If it is a folder, too large or cannot be read.
    """
    try:
        with open(path, "rb", opener=without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise CourseError(
                    f"{path}: not a file with a notebook in it, but a device or a pipe."
                )
            if status.st_size > MAX_BYTES:
                raise CourseError(
                    f"{path}: {status.st_size / 2**20:.0f} MB, at most {MAX_BYTES / 2**20:.0f} MB are read. "
                    "Clear all outputs and save it again."
                )
            return file.read(MAX_BYTES + 1)
    except IsADirectoryError:
        raise CourseError(f"{path}: a folder; give the notebook file inside it.") from None
    except OSError as error:
        raise CourseError(
            f"{path}: cannot be read ({error.strerror}). Check the name and rights."
        ) from None


def _decode(raw: bytes) -> str:
    """Decode UTF-8, -16 or -32, with or without a byte-order mark, else Latin-1, which knows every byte."""
    encoding = json.detect_encoding(raw)
    if not encoding.startswith("utf-8"):  # or UTF-8 that begins with NUL characters
        text = raw.decode(encoding, "replace").strip("\0 \t\r\n")
        if any(word in text for word in ('"cells"', '"worksheets"', "def ", "class ")):
            return text
    raw = raw.strip(BLANK)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


_BETWEEN = re.compile(r"[\s,]*")  # what stands between two cells
# Not strict: control characters may stand in texts, as some editors leave them there.
_JSON = json.JSONDecoder(strict=False)


def _find_cells(data: Any, depth: int) -> list | None:
    """Return the cells of the first notebook in some JSON, also in a text that is JSON itself."""
    if isinstance(data, str) and depth > 0:
        try:
            return _find_cells(_JSON.decode(data), depth - 1)
        except (ValueError, RecursionError):
            return None
    if isinstance(data, list) and len(data) == 1:  # a notebook in a list
        return _find_cells(data[0], depth - 1) if depth > 0 else None
    if not isinstance(data, dict):
        return None
    cells = _raw_cells(data)
    if cells is not None or depth == 0:
        return cells
    inner = (_find_cells(value, depth - 1) for value in data.values())
    return next((found for found in inner if found is not None), None)


def _raw_cells(data: dict[str, Any]) -> list | None:
    """Return the list of cells of nbformat 4, or of the worksheets of nbformat 3; None without one."""
    if isinstance(data.get("cells"), list):
        return data["cells"]
    sheets = data.get("worksheets")
    if not isinstance(sheets, list):
        return None
    lists = [s.get("cells") for s in sheets if isinstance(s, dict)]
    return [cell for cells in lists if isinstance(cells, list) for cell in cells]


def _normalise(cell: dict[str, Any]) -> dict[str, Any]:
    """Return one cell in the form of `Read.cells`; parts of a wrong type count as absent."""
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(map(str, source))
    kind = cell.get("cell_type")
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    if not isinstance(source, str):
        source = ""
    is_code = kind == "code"
    pasted: dict[str, dict[str, str]] = {}
    if not is_code:
        source, pasted = _apart_from_pictures(source)
    too_long = len(source) > MAX_SOURCE
    if too_long:
        source = "" if is_code else f"{source[:MAX_SOURCE]} [...]"
    return {
        "type": kind if kind in ("code", "raw") else "markdown",
        "source": _readable(source),
        "too_long": too_long,
        "id": cell.get("id") if isinstance(cell.get("id"), str) else None,
        "grade_id": grade_id if isinstance(grade_id, str) else None,
        "tags": [t for t in OUR_TAGS if t in tags] if isinstance(tags, list) else [],
        "attachments": _pictures(cell.get("attachments")) | _pictures(pasted),
    }


def _apart_from_pictures(source: str) -> tuple[str, dict[str, dict[str, str]]]:
    """Return a text whose pictures are attachments, and these; Colab writes pictures into the text itself."""
    found: dict[str, dict[str, str]] = {}

    def apart(match: re.Match) -> str:
        name = f"pasted-{len(found) + 1}.{match[1]}"
        found[name] = {f"image/{match[1]}": match[2]}
        return f"attachment:{name}"

    return PASTED.sub(apart, source), found


def _pictures(attachments: Any) -> dict[str, dict[str, str]]:
    """Return the pictures pasted into a text cell, by name; anything else is left out."""
    found: dict[str, dict[str, str]] = {}
    left = MAX_PICTURES
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        for kind in PICTURES if isinstance(bundle, dict) else ():
            data = bundle.get(kind)
            data = "".join(map(str, data)) if isinstance(data, list) else data
            if isinstance(data, str) and len(data) <= left and _is_base64(data):
                left -= len(data)
                found[_readable(name)] = {kind: data}
                break
    return found


def _is_base64(data: str) -> bool:
    try:
        return bool(base64.b64decode("".join(data.split()), validate=True))
    except (binascii.Error, ValueError):
        return False


def _readable(source: str) -> str:
    """Return a cell's text with plain line breaks, and without characters that change what a reader sees.

    Python takes a form feed for a blank, and forgets the blanks before it at the beginning of a line.
    """
    plain = source
    for breaks in ("\r\r\n", "\r\n", "\r"):
        plain = plain.replace(breaks, "\n")
    return printable(re.sub(r"^[ \t]*\f", "", plain, flags=re.M).replace("\f", " "))
