"""The grade files that Canvas and Moodle let a teacher download: whose a row is, which cell takes the grade."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import defaultdict

from autograder.classes.platforms.record import Collected
from autograder.classes.platforms.roster import Student
from autograder.classes.platforms.sheet import Sheet
from autograder.errors import CourseError
from autograder.wire.explain import printable

NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
MAX_SHOWN = 40  # names of columns


class GradeFile(ABC):
    """A grade file of a platform.

    Args:
        sheet: The CSV file.
        name: Its name, for messages.

    Attributes:
        platform: "canvas" or "moodle".
        title: The platform's name, for people.
    """

    platform: str
    title: str

    def __init__(self, sheet: Sheet, name: str) -> None:
        self.sheet, self.name = sheet, name
        self.header = [cell.strip() for cell in sheet.rows[0]]

    @abstractmethod
    def column(self, titles: list[str]) -> int:
        """Return the column that takes the grade of an assignment, by one of its titles.

        Raises:
            CourseError: If none or several fit.
        """

    @abstractmethod
    def rows(self) -> list[int]:
        """Return the numbers of the rows that are students'."""

    @abstractmethod
    def points(self, column: int, row: int) -> float | None:
        """Return how many points are possible in a column and a row; None if the file does not say."""

    def is_locked(self, row: int) -> bool:
        """Return whether the platform takes no grade for this row."""
        return False

    @abstractmethod
    def keys(self, student: Student, collected: Collected | None) -> list[tuple[str, str]]:
        """Return where a student is looked for, the surest first: name of a column, and text of the cell."""

    def find(self, student: Student, collected: Collected | None) -> list[int]:
        """Return the rows of a student: one if all is well."""
        for column, text in self.keys(student, collected):
            if text and (rows := self._index(column).get(text.casefold())):
                return rows
        return []

    def cell(self, row: int, column: int) -> str:
        """Return the text of a cell without blanks at its ends, "" beyond the end of a row."""
        cells = self.sheet.rows[row]
        return cells[column].strip() if column < len(cells) else ""

    def who(self, row: int) -> str:
        """Return what a row calls its student."""
        return printable(self.cell(row, 0))

    def _index(self, column: str) -> dict[str, list[int]]:
        index: dict[str, list[int]] = defaultdict(list)
        if column in self.header:
            at = self.header.index(column)
            for row in self.rows():
                index[self.cell(row, at).casefold()].append(row)
        return index

    def _one_column(self, titles: list[str], fits: list[int]) -> int:
        if len(fits) == 1:
            return fits[0]
        wanted = " or ".join(repr(printable(t)) for t in titles)
        if fits:
            seen = ", ".join(repr(printable(self.header[i])) for i in fits)
            raise CourseError(
                f"{self.name}: several columns fit {wanted}: {seen}. Name one in full with --column."
            )
        shown = [repr(printable(h)) for h in self.header if h][:MAX_SHOWN]
        raise CourseError(
            f"{self.name}: no column {wanted}. Name one with --column; the columns are {', '.join(shown)}."
        )


class CanvasFile(GradeFile):
    """The grade book of Canvas: a column for each assignment, points in a row above the students."""

    platform, title = "canvas", "Canvas"

    def column(self, titles: list[str]) -> int:
        """Find `Title` or `Title (number)`."""
        for title in titles:
            pattern = re.compile(rf"{re.escape(title.strip())}(?: \(\d+\))?", re.IGNORECASE)
            exact = [i for i, h in enumerate(self.header) if h == title.strip()]
            fits = exact or [i for i, h in enumerate(self.header) if pattern.fullmatch(h)]
            if fits:
                return self._one_column([title], fits)
        return self._one_column(titles, [])

    def rows(self) -> list[int]:
        """Return the rows that have a user's number."""
        at = self.header.index("ID")
        return [r for r in range(1, len(self.sheet.rows)) if self.cell(r, at)]

    def points(self, column: int, row: int) -> float | None:
        """Read the row "Points Possible": in any language it has no user's number and is above students."""
        first = min(self.rows(), default=0)
        found = [number(self.cell(r, column)) for r in range(1, first)]
        return next((n for n in found if n is not None), None)

    def keys(self, student: Student, collected: Collected | None) -> list[tuple[str, str]]:
        """Look for the user's number, then for the ids and the login that a school gives."""
        of_canvas = collected and collected.platform == self.platform
        return [
            ("ID", collected.platform_id if collected and of_canvas else ""),
            ("ID", student.lms_user_id),
            ("SIS User ID", student.id),
            ("SIS Login ID", student.id),
            ("SIS Login ID", student.email),
        ]


class MoodleFile(GradeFile):
    """The grading worksheet of one Moodle assignment, with English headings."""

    platform, title = "moodle", "Moodle"

    def column(self, titles: list[str]) -> int:
        """Find `Grade`, or the one that was named."""
        wanted = titles if len(titles) == 1 and titles[0] in self.header else ["Grade"]
        return self._one_column(wanted, [i for i, h in enumerate(self.header) if h == wanted[0]])

    def rows(self) -> list[int]:
        """Return the rows that have an identifier."""
        at = self.header.index("Identifier")
        return [r for r in range(1, len(self.sheet.rows)) if self.cell(r, at)]

    def points(self, column: int, row: int) -> float | None:
        """Read "Maximum grade" of the row."""
        return number(self._of(row, "Maximum grade"))

    def is_locked(self, row: int) -> bool:
        """Read "Grade can be changed"."""
        return self._of(row, "Grade can be changed").casefold() == "no"

    def keys(self, student: Student, collected: Collected | None) -> list[tuple[str, str]]:
        """Look for the participant's number, then for what a site shows of its users."""
        of_moodle = collected and collected.platform == self.platform
        participant = f"Participant {collected.platform_id}" if collected and of_moodle else ""
        return [
            ("Identifier", participant),
            ("Identifier", student.lms_user_id),
            ("ID number", student.id),
            ("Username", student.id),
            ("Email address", student.email),
        ]

    def who(self, row: int) -> str:
        """Return the full name, or the identifier while names are hidden."""
        return printable(self._of(row, "Full name") or self._of(row, "Identifier"))

    def _of(self, row: int, column: str) -> str:
        return self.cell(row, self.header.index(column)) if column in self.header else ""


def grade_file(sheet: Sheet, name: str) -> GradeFile:
    """Return the platform's file, which its first row tells.

    Raises:
        CourseError: If it is neither.
    """
    header = {cell.strip() for cell in sheet.rows[0]}
    if {"ID", "Section"} <= header and header & {"Student", "LastName"}:
        return CanvasFile(sheet, name)
    if {"Identifier", "Grade"} <= header:
        return MoodleFile(sheet, name)
    seen = ", ".join(repr(printable(c)) for c in sheet.rows[0][:MAX_SHOWN] if c) or "nothing"
    raise CourseError(
        f"{name}: neither the grade book of Canvas (columns Student, ID, Section) nor the grading worksheet of "
        f"Moodle (Identifier, Grade). Seen: {seen}. Download it with the platform set to English."
    )


def number(text: str) -> float | None:
    """Return the number that a cell holds, with a point or a comma; None if it holds none."""
    text = text.strip()
    return float(text.replace(",", ".")) if NUMBER.fullmatch(text) else None
