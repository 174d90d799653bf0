"""The list of a class: who is meant by the name or the number that a platform writes."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
import textwrap
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from autograder.classes.inbox import problem_with_name
from autograder.classes.platforms.downloads import HandedIn
from autograder.errors import CourseError
from autograder.wire.explain import printable

COLUMNS = ("id", "first_name", "last_name", "email", "lms_user_id")  # nbgrader's
FILE = "students.csv"  # of a class, in its folder
MAX_ROSTER = 20 * 2**20  # bytes
MAX_SAFE = 60  # characters of a name in a safe id
WIDTH = 110  # characters of a line for people


@dataclass(frozen=True)
class Student:
    """A student, with nbgrader's columns; all but the id may be ""."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""


class Match(NamedTuple):
    """Who handed in a file.

    Attributes:
        student: The id, "" if nobody is found.
        reason: Why nobody is found.
        by: What tells it: "number" (or id or email), "full name", "name" (its parts in another order, without
            accents and so on), or "group" (the name behind that of a group).
    """

    student: str
    reason: str = ""
    by: str = ""


class Person(NamedTuple):
    """A person as a platform knows them.

    Attributes:
        platform: The platform.
        number: Its number of the person, or "".
        name: The name, where the number is none or could be a part of a name; else "".
    """

    platform: str
    number: str
    name: str


class Roster:
    """The students of a class.

    Args:
        students: The students; no two have one id.
    """

    def __init__(self, students: Iterable[Student]) -> None:
        self.students = {s.id: s for s in students}
        self._by_lms = self._index(lambda s: [s.lms_user_id])
        self._by_id = self._index(lambda s: [s.id])
        self._by_email = self._index(lambda s: [s.email.casefold()])
        self._by_name = self._index(lambda s: name_keys(s.first_name, s.last_name))

    @classmethod
    def of(cls, course: Path, path: Path | None = None) -> Roster | None:
        """Read the named list, else students.csv of the class; None if there is none, or nobody on it yet.

        Raises:
            CourseError: As `read`.
        """
        if path is not None:
            return cls.read(path)
        own = course / FILE
        if not own.exists() or _is_header_alone(own):
            return None
        return cls.read(own)

    @classmethod
    def read(cls, path: Path) -> Roster:
        """Read a CSV file with nbgrader's columns; commas, semicolons or tabs; other columns are ignored.

        Raises:
            CourseError: If it cannot be read, has no column `id`, or holds an id that cannot be a student's.
        """
        text = _text_of(path)
        header = text.lstrip("\n").split("\n", 1)[0]
        delimiter = max(",;\t", key=header.count)
        try:
            rows = [r for r in csv.reader(io.StringIO(text), delimiter=delimiter) if any(r)]
        except csv.Error as error:
            raise CourseError(f"{path}: not a CSV file ({error}). Save it as CSV again.") from None
        columns = [c.strip().lower() for c in rows[0]] if rows else []
        if "id" not in columns:
            seen = printable(", ".join(columns))[:200] or "nothing"
            raise CourseError(
                f"{path}: the first line should name the columns {', '.join(COLUMNS)}, of which `id` is "
                f"needed; seen: {seen}. Add that line."
            )
        students: dict[str, Student] = {}
        for number, row in enumerate(rows[1:], 2):
            cells = dict(zip(columns, (c.strip() for c in row), strict=False))
            student = Student(*(unicodedata.normalize("NFC", cells.get(c, "")) for c in COLUMNS))
            problem = _problem_with_id(student.id)
            if student.id in students:
                problem = "the id stands there twice"
            if problem:
                raise CourseError(
                    f"{path}: row {number}, id {printable(student.id)!r}: {problem}. Correct the row."
                )
            students[student.id] = student
        if not students:
            raise CourseError(f"{path}: no student below the header. Add a row for each student.")
        return cls(students.values())

    def find(self, file: HandedIn) -> Match:
        """Return the student who handed in a file, or the reason why nobody is found.

        The first of these that fits somebody decides: `lms_user_id`, `id`, `email`, name, name behind that of a
        group. Moodle's participants have numbers of their own, so there an `lms_user_id` counts only if written
        like "Participant 657737".
        """
        number = file.platform_id
        in_moodle = file.platform == "moodle"
        ids = {number} if not in_moodle else set()
        if file.platform == "plain":
            ids = {file.person}
        names = name_keys(file.person)
        steps = (
            self._found(self._by_lms, {f"Participant {number}"} if in_moodle else ids),
            self._found(self._by_id, ids),
            self._found(self._by_email, {file.email.casefold(), file.person.casefold()}),
            self._found(self._by_name, names),
            self._without_group(file),
        )
        for step, ids_found in enumerate(steps):
            if len(ids_found) > 1:
                return Match("", f"{' and '.join(sorted(ids_found))} of the roster both fit")
            if ids_found:
                (student,) = ids_found
                if step < 3 and file.is_ambiguous and not self._may_be_called(student, file.person):
                    return Match(
                        "",
                        f"its number is that of {student}, but the name {printable(file.person)} is another "
                        "one: check the roster",
                    )
                by = ("number", "number", "number", "name", "group")[step]
                if by == "name" and self._is_full_name(student, file.person):
                    by = "full name"
                return Match(student, by=by)
        if not file.person:
            return Match("", "the download names nobody and the roster does not hold its number")
        return Match("", f"{printable(file.person)} is not on the roster")

    def _index(self, keys: Callable[[Student], Iterable[str]]) -> dict[str, set[str]]:
        index = defaultdict(set)
        for student in self.students.values():
            for key in keys(student):
                if key:
                    index[key].add(student.id)
        return index

    @staticmethod
    def _found(index: dict[str, set[str]], keys: Iterable[str]) -> set[str]:
        return {student for key in keys if key for student in index.get(key, ())}

    def _without_group(self, file: HandedIn) -> set[str]:
        """Find a name that Moodle writes behind that of a group, as in "Group 2-Ada Lovelace"."""
        for hyphen in re.finditer("-", file.person) if file.platform == "moodle" else ():
            if found := self._found(self._by_name, name_keys(file.person[hyphen.end() :])):
                return found
        return set()

    def _is_full_name(self, student: str, name: str) -> bool:
        """Return whether a name is the roster's, letter by letter."""
        known = self.students[student]
        full = f"{known.first_name} {known.last_name}"
        return full.split() == unicodedata.normalize("NFC", name).split()

    def _may_be_called(self, student: str, name: str) -> bool:
        """Return whether a platform's name shares a word with the roster's; nicknames keep family names."""
        known = self.students[student]
        words = _words(f"{known.first_name} {known.last_name}")
        called = "".join(_words(name))
        return any(word in called for word in words if len(word) > 1 or len(words) == 1)


def matched(
    found: Iterable[HandedIn], register: Roster | None
) -> list[tuple[Match, list[HandedIn]]]:
    """Return whose the files of each person of a download are, or why they are nobody's.

    Args:
        found: The files.
        register: The class; None takes everybody.
    """
    people: dict[Person, list[HandedIn]] = defaultdict(list)
    for file in found:
        name = file.person if file.is_ambiguous or not file.platform_id else ""
        people[Person(file.platform, file.platform_id, name)].append(file)
    matches = {person: _match(files, register) for person, files in people.items()}
    _refuse_groups(matches)
    _refuse_rivals(matches)
    return [(matches[person], files) for person, files in people.items()]


def _match(files: list[HandedIn], register: Roster | None) -> Match:
    """Find whose files these are, which a platform gives to one person."""
    if register:
        return register.find(files[0])
    if not files[0].person and not files[0].platform_id:
        return Match("", "the download names nobody")
    if any(file.is_ambiguous for file in files):
        return Match("", "its name can be read in two ways: a --roster with lms_user_id decides")
    return Match(safe_id(files[0].person, files[0].platform_id or ""))


def _refuse_groups(matches: dict[Person, Match]) -> None:
    """Believe in names behind groups only where there are no others: Moodle writes groups for all or for none.

    Else who calls themselves "x-Ada Lovelace" would hand in for Ada.
    """
    if not any(m.by in ("full name", "name") for p, m in matches.items() if p.platform == "moodle"):
        return
    for person, match in matches.items():
        if match.by == "group":
            reason = (
                f"only the end of its name fits {match.student}, and others here have no group before it: "
                f"if it is theirs, collect it from a folder named {match.student}"
            )
            matches[person] = Match("", reason)


def _refuse_rivals(matches: dict[Person, Match]) -> None:
    """Of several people of a platform who fit one student, leave the only one with the number or full name."""
    fitting: dict[tuple[str, str], dict[str, bool]] = defaultdict(dict)
    for person, match in matches.items():
        who = fitting[person.platform, match.student]
        exact = match.by in ("number", "full name")
        who[person.number or person.name] = exact or who.get(person.number or person.name, False)
    for person, match in matches.items():
        who = fitting[person.platform, match.student]
        is_only = len(who) == 1 or [n for n, e in who.items() if e] == [
            person.number or person.name
        ]
        if match.student and not is_only:
            reason = f"two people of this download fit {match.student}: give them their numbers in the roster"
            matches[person] = Match("", reason)


def name_keys(first: str, last: str = "") -> set[str]:
    """Return what a name is found by: without case, accents, punctuation, order of first and last name."""
    words = _words(f"{first} {last}")
    turned = _words(f"{last} {first}")
    return {"".join(words), "".join(turned), " ".join(sorted(words))} - {""}


def _words(name: str) -> list[str]:
    apart = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(c for c in apart if unicodedata.category(c) != "Mn")
    return re.findall(r"[^\W_]+", re.sub("['\u2019.]", "", plain))


def safe_id(person: str, number: str) -> str:
    """Return a student's id that can be a folder's name, made from a platform's name and number.

    Different people get different ids: where a name had to be changed and no number tells them apart, part of
    its digest is added.
    """
    if not number and not _problem_with_id(person):
        return person
    name, plain_number = _clean(person)[:MAX_SAFE], _clean(number, "@._-").strip("@._-")[:MAX_SAFE]
    parts = [part for part in (name, plain_number) if part]
    if plain_number != number or not number:
        digest = hashlib.sha256(f"{person}\0{number}".encode("utf-8", "surrogatepass"))
        parts.append(digest.hexdigest()[:6])
    return "_".join(parts)


def in_lines(what: str, names: list[str]) -> list[str]:
    """Return how many names there are and which, in lines for people; no line if there are none."""
    if not names:
        return []
    between = "; " if any("," in name for name in names) else ", "
    text = f"{what} ({len(names)}): {between.join(map(printable, names))}"
    return textwrap.wrap(text, WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def _clean(text: str, others: str = "") -> str:
    """Return letters, marks and digits of any script, and some others; hyphens stand for the rest."""
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" or c in others else " " for c in text)
    return "-".join(unicodedata.normalize("NFC", kept).split())


def _is_header_alone(path: Path) -> bool:
    """Return whether a list holds nothing, or one line that names its columns: nobody was written into it."""
    if not path.is_file():
        return False
    words = path.read_bytes().removeprefix(codecs.BOM_UTF8).split()
    return not words or (len(words) == 1 and b"id" in re.split(rb"\W", words[0].lower()))


def _problem_with_id(student: str) -> str:
    """Return why a student's id cannot be a folder's name, or ""."""
    if not student:
        return "the id is empty"
    if "/" in student or student.startswith("."):
        return "a folder's name cannot hold / or begin with a dot"
    return problem_with_name(student).replace("the folder's name", "it").split(": rename")[0]


def _text_of(path: Path) -> str:
    """Return the text of a CSV file, its lines ended as Unix ends them."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path}: cannot be read ({error.strerror}). Check the name.") from None
    try:
        if len(content) > MAX_ROSTER:
            raise ValueError
        text = content.decode("utf-8-sig")
    except ValueError:
        raise CourseError(
            f"{path}: not a CSV file in UTF-8. Save it as `CSV UTF-8`, which Excel and LibreOffice offer."
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
