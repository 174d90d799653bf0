"""The settings of a class: settings.toml in its folder, read and checked in one place.

`vae-course grade`, `nbgrader autograde` and formgrader take deadlines, extensions and late policy from here.
"""

from __future__ import annotations

import contextlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from autograder.errors import CourseError
from autograder.source.lesson import Lesson, lesson_names
from autograder.source.names import Names, why_not
from autograder.wire.explain import printable

FILE = "settings.toml"
TABLES = ("course", "late", "lessons", "extensions", "names")
COURSE = ("name", "timezone")
# Each number of [late]: the largest that makes sense, and what it is without a line.
LATE = {"percent_per_day": (100, 0), "at_most_percent": (100, 100), "grace_minutes": (10_080, 0)}
LESSON = ("deadline", "weight")
EXAMPLE = "2026-11-06 23:59:00"


@dataclass(frozen=True)
class LateRule:
    """What late work costs.

    Attributes:
        percent_per_day: Percent of the points reached that each begun day costs.
        at_most_percent: The most that it costs, in percent.
        grace_minutes: Minutes after the deadline that cost nothing.
    """

    percent_per_day: float
    at_most_percent: float
    grace_minutes: float


@dataclass(frozen=True)
class Settings:
    """The settings of a class; times are in UTC without a zone, as nbgrader's gradebook keeps them.

    Attributes:
        name: nbgrader's `course_id`.
        timezone: Name of the zone in which times are meant, "" for this computer's.
        late: What late work costs; None leaves it to nbgrader_config.py.
        deadlines: By lesson.
        weights: By lesson; 1 for those that are not named.
        extensions: By student and lesson, the student's own deadline.
        names: What this class calls exercises.
    """

    name: str = "vae-course"
    timezone: str = ""
    late: LateRule | None = None
    deadlines: dict[str, datetime] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    extensions: dict[str, dict[str, datetime]] = field(default_factory=dict)
    names: Names = ()


def read_settings(course: Path) -> Settings:
    """Read the settings of a class; without a file, nothing is set.

    Raises:
        CourseError: If the file is wrong: a line for each fault.
    """
    path = course / FILE
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise CourseError(f"{path}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise CourseError(f"{path}: not in UTF-8. Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise CourseError(
            f"{path}: {error}. Texts stand in quotes, times look like {EXAMPLE}."
        ) from None
    reader = _Reader()
    settings = reader.settings(data)
    if reader.faults:
        raise CourseError("\n".join(f"{path}: {printable(fault)}" for fault in reader.faults))
    return settings


def lesson_of(name: str, course: Path) -> Lesson:
    """Return a lesson with the names that a class gives to exercises.

    Raises:
        CourseError: If there is no such lesson, or its source or the settings are wrong.
    """
    return Lesson.load(name, read_settings(course).names)


class _Reader:
    """Turns tables into settings and collects what is wrong with them."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self._zone: tzinfo | None = None

    def settings(self, data: dict[str, Any]) -> Settings:
        """Return the settings; they hold only if there are no faults."""
        self._known(data, TABLES, "the file")
        course = self._table(data, "course", COURSE)
        timezone = self._text(course, "timezone")
        self._zone = self._zone_named(timezone)
        late = self._table(data, "late", tuple(LATE))
        deadlines, weights = {}, {}
        for lesson, table in self._lessons(data):
            self._known(table, LESSON, f"[lessons.{lesson}]")
            if "deadline" in table:
                deadlines[lesson] = self._time(table["deadline"], f"[lessons.{lesson}] deadline")
            weights[lesson] = self._number(table, "weight", f"[lessons.{lesson}]", 1000, 1)
        return Settings(
            self._text(course, "name") or Settings.name,
            timezone,
            self._late(late) if "late" in data else None,
            {lesson: when for lesson, when in deadlines.items() if when},
            weights,
            {student: own for student, own in self._extensions(data, deadlines)},
            tuple(self._names(data)),
        )

    def _late(self, table: dict[str, Any]) -> LateRule:
        return LateRule(*(self._number(table, n, "[late]", *limits) for n, limits in LATE.items()))

    def _lessons(self, data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        for lesson, table in self._table(data, "lessons", None).items():
            if lesson not in lesson_names():
                self._unknown(lesson, lesson_names(), "[lessons]", "lesson")
            elif not isinstance(table, dict):
                self.faults.append(
                    f"[lessons] {lesson}: should be a table: write [lessons.{lesson}] above its lines."
                )
            else:
                yield lesson, table

    def _extensions(
        self, data: dict[str, Any], deadlines: dict[str, datetime | None]
    ) -> Iterator[tuple[str, dict[str, datetime]]]:
        for student, table in self._table(data, "extensions", None).items():
            where = f"[extensions] {student}"
            if not isinstance(table, dict):
                self.faults.append(
                    f'{where}: should name lessons: "{student}" = {{ {lesson_names()[0]} = {EXAMPLE} }}.'
                )
                continue
            own = {}
            for lesson, value in table.items():
                if lesson not in lesson_names():
                    self._unknown(lesson, lesson_names(), where, "lesson", IN_QUOTES)
                elif lesson not in deadlines:
                    self.faults.append(f"{where}: {lesson} has no deadline that could be extended.")
                elif when := self._time(value, f"{where} {lesson}"):
                    own[lesson] = when
                    if (due := deadlines[lesson]) and when < due:
                        self.faults.append(f"{where} {lesson}: earlier than the lesson's deadline.")
            yield student, own

    def _names(self, data: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Yield exercises with the names that the class gives them, sorted."""
        table = self._table(data, "names", None)
        lessons = [Lesson.load(name) for name in lesson_names()] if table else []
        of = {exercise: lesson for lesson in lessons for exercise in lesson.exercises}
        given: dict[tuple[str, Any], str] = {}
        for exercise, name in sorted(table.items()):
            if exercise not in of:
                self._unknown(exercise, of, "[names]", "exercise")
            elif reason := why_not(name, of[exercise].words):
                self.faults.append(f"[names] {exercise}: {reason}. Write another name.")
            elif (twin := given.setdefault((of[exercise].name, name), exercise)) != exercise:
                self.faults.append(
                    f"[names] {exercise}: {twin} is called {name!r} already. Write another name."
                )
            else:
                yield exercise, name

    def _table(self, data: dict[str, Any], name: str, keys: tuple | None) -> dict[str, Any]:
        """Return a table, with known keys only if these are given."""
        table = data.get(name, {})
        if not isinstance(table, dict):
            self.faults.append(f"{name}: should be a table: write [{name}] above its lines.")
            return {}
        if keys is not None:
            self._known(table, keys, f"[{name}]")
        return table

    def _known(self, table: dict[str, Any], keys: tuple, where: str) -> None:
        for key in table:
            if key not in keys:
                self._unknown(key, keys, where, "setting")

    def _unknown(self, key: str, keys: Any, where: str, what: str, hint: str = "") -> None:
        near = get_close_matches(key, keys, 1)
        meant = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(keys)}.{hint}"
        self.faults.append(f"{where}: there is no {what} {key!r}. {meant}")

    def _text(self, table: dict[str, Any], name: str) -> str:
        value = table.get(name, "")
        if isinstance(value, str) and not re.search(r"[\x00-\x1f]", value):
            return value.strip()
        self.faults.append(f"[course] {name}: should be a text in quotes, seen: {value!r}.")
        return ""

    def _number(
        self, table: dict[str, Any], name: str, where: str, most: float, default: float
    ) -> float:
        value = table.get(name, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most:
            return float(value)
        self.faults.append(f"{where} {name}: should be a number from 0 to {most}, seen: {value!r}.")
        return default

    def _zone_named(self, name: str) -> tzinfo | None:
        try:
            return ZoneInfo(name) if name else None
        except (OSError, ValueError, KeyError):  # unknown to this system, or no name at all
            self.faults.append(
                f"[course] timezone: {name!r} is not known here. Write one like Europe/Berlin."
            )
            return None

    def _time(self, value: Any, where: str) -> datetime | None:
        """Return a time in UTC; a date alone means the end of that day."""
        if isinstance(value, str):
            with contextlib.suppress(ValueError):
                value = datetime.fromisoformat(value.strip())
        elif isinstance(value, date) and not isinstance(value, datetime):
            value = datetime.combine(value, time(23, 59, 59))
        if not isinstance(value, datetime):
            self.faults.append(f"{where}: should be a time like {EXAMPLE}, seen: {value!r}.")
            return None
        if value.tzinfo is None and self._zone is not None:
            value = value.replace(tzinfo=self._zone)
        return value.astimezone(UTC).replace(tzinfo=None)


IN_QUOTES = ' An id with a dot stands in quotes: "ada.lovelace".'
