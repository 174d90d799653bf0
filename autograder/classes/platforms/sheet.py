"""A CSV file whose cells can be filled while every other byte stays as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from autograder.errors import CourseError

MAX_SHEET = 50 * 2**20  # bytes


class Sheet:
    """A CSV file in memory.

    Args:
        content: Its bytes.
        path: Where it came from, for messages.

    Attributes:
        rows: The texts of all cells, row by row; empty lines are rows without cells.
        delimiter: What stands between cells: comma, semicolon or tab.

    Raises:
        CourseError: If it is no CSV file.
    """

    def __init__(self, content: bytes, path: Path) -> None:
        self._content, self._path = content, path
        if len(content) > MAX_SHEET or b"\0" in content or content.startswith((b"\xff", b"\xfe")):
            raise CourseError(f"{path}: not a CSV file in UTF-8. Download it again, as CSV.")
        start = 3 if content.startswith(b"\xef\xbb\xbf") else 0
        header = re.sub(rb'"[^"]*"', b"", content[start:].split(b"\n", 1)[0])
        self.delimiter = max(",;\t", key=lambda d: header.count(d.encode()))
        self._spans = self._find_cells(start)
        try:
            content.decode("utf-8")
            self._encoding = "utf-8"
        except UnicodeDecodeError:
            self._encoding = "cp1252"  # Excel's, where it was saved there; only for reading
        self.rows = [[self._text(span) for span in row] for row in self._spans]

    @classmethod
    def read(cls, path: Path) -> Sheet:
        """Read a CSV file.

        Raises:
            CourseError: If it cannot be read, or is no CSV file.
        """
        try:
            return cls(path.read_bytes(), path)
        except OSError as error:
            raise CourseError(
                f"{path}: cannot be read ({error.strerror}). Check the name."
            ) from None

    def filled(self, cells: Mapping[tuple[int, int], str]) -> bytes:
        """Return the file with other texts in some cells.

        Args:
            cells: The new texts by row and column, counted from 0; they hold no delimiter, quote or line break.
        """
        parts, at = [], 0
        for row, column in sorted(cells):
            start, end = self._spans[row][column]
            quote = b'"' if self._content[start : start + 1] == b'"' else b""
            parts += [self._content[at:start], quote, cells[row, column].encode(), quote]
            at = end
        return b"".join([*parts, self._content[at:]])

    def _find_cells(self, start: int) -> list[list[tuple[int, int]]]:
        """Return the first byte and the one after the last, of each cell of each row."""
        content = self._content
        ends = re.compile(rb"[%s\r\n]" % re.escape(self.delimiter).encode())
        rows: list[list[tuple[int, int]]] = []
        row: list[tuple[int, int]] = []
        at = start
        while True:
            begin = at
            if content[at : at + 1] == b'"':
                at = self._closing_quote(at)
            found = ends.search(content, at)
            end = found.start() if found else len(content)
            row.append((begin, end))
            at = end + 1
            if found and found.group() == self.delimiter.encode():
                continue
            if found and found.group() == b"\r" and content[at : at + 1] == b"\n":
                at += 1
            empty = len(row) == 1 and row[0][0] == row[0][1]
            rows.append([] if empty else row)
            row = []
            if at >= len(content):
                return rows

    def _closing_quote(self, at: int) -> int:
        """Return the byte after the quote that ends a cell; two quotes are one of its text."""
        begin, at = at, at + 1
        while True:
            at = self._content.find(b'"', at)
            if at < 0:
                line = self._content.count(b"\n", 0, begin) + 1
                raise CourseError(
                    f"{self._path}: a quote in line {line} is never closed. Download the file again."
                )
            if self._content[at + 1 : at + 2] != b'"':
                return at + 1
            at += 2

    def _text(self, span: tuple[int, int]) -> str:
        raw = self._content[span[0] : span[1]]
        if raw.startswith(b'"'):
            raw = raw.strip()[1:-1].replace(b'""', b'"')
        return raw.decode(self._encoding, "replace")
