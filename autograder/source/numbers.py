"""Quoted numbers, filled in from stored runs, so that no text can contradict what was measured.

In a lesson's prose `{{mnist("VAE", "kl"):.1f}}` becomes "25.4 ± 0.2". In a document the text between
`<!-- =EXPRESSION -->` and `<!-- . -->` is replaced. What stands between the braces is written as in an
f-string: an expression, and after a colon its format. The names that it may use are those of `names`.
"""

from __future__ import annotations

import functools
import re
from typing import Any

from autograder.errors import CourseError
from autograder.source import minutes
from autograder.source.lesson import Lesson, lesson_names
from autograder.source.stored import Runs, Spread, band, reproduced

FIELD = re.compile(r"\{\{(.+?)\}\}", re.DOTALL)
NO_RESULTS = (
    r"\{\{.*?\}\}",
    r"<details><summary>Hint.*?</details>",
    r"```.*?```",
    r"\$\$.*?\$\$",
    r"\$[^$]*\$",
    r"`[^`]*`",
    r"<code>.*?</code>",
    r"\]\([^)]*\)",
    r"https?://\S+",
    r"\*\*[\d.]+ points?\b",
    r"(?i)\b(exercises?|sections?|chapters?)(\*\*)? \d+\.\d+(\.\d+)?(?! nats| %)",
)
UNITS = r" ?(?:nats?\b|%|seconds?\b|minutes?\b)"
RESULT = re.compile(rf"(?<![\w.,/^-])-?\d[\d,]*(?:\.\d+(?:{UNITS})?|{UNITS})(?![\d.]*\d)")
MARKED = re.compile(r"(?P<start><!-- =(?P<field>.+?) -->).*?(?P<end><!-- \. -->)", re.DOTALL)


def fill(text: str, lesson: str, where: str) -> str:
    """Return a lesson's text with every `{{...}}` replaced by what it says.

    Args:
        text: The text of a prose cell.
        lesson: The lesson whose runs are meant.
        where: File and line, for the message.

    Raises:
        CourseError: If a field cannot be filled, or a claim does not hold.
    """
    return FIELD.sub(lambda m: _value(m[1], lesson, where), text)


def fill_document(text: str, where: str) -> str:
    """Return a document with the text between its markers replaced; `lesson=` names the lesson in each field.

    Raises:
        CourseError: If a field cannot be filled, or a claim does not hold.
    """
    return MARKED.sub(lambda m: m["start"] + _value(m["field"], "", where) + m["end"], text)


def names(lesson: str) -> dict[str, Any]:
    """Return what a field may use. Each takes `lesson=` for numbers of another lesson.

    - `mnist(row, metric)`, `digits(row, metric)`: mean ± spread over seeds; `.mean` for the mean alone;
    - `shown(row, metric)`: what the run reached that drew the figures (on MNIST);
    - `shown_digits(row, metric)`: what a single run on digits reached;
    - `seeds(row, metric)`: mean ± spread of a published result as repeated here; `.n`, `.least`, `.most`;
    - `minutes(exercise)`, `minutes()`, `hours()`, `course_hours()`: estimates, see `source/minutes.py`;
    - `computer(data)`: the time that the computer needs, in words; `rates`: the constants of the estimates;
    - `near(text, value, within)`: the text, if its first number lies so close to the stored value;
    - `claim(text, condition)`: the text, if the condition holds.
    """

    def spread(data: str, row: str, metric: str, lesson: str = lesson) -> Spread:
        return band(lesson, data, row, metric)

    def single(data: str, row: str, metric: str, lesson: str = lesson) -> float:
        return Runs.load(lesson).result(data, row, metric)

    def minutes_of(exercise: str | None = None, lesson: str = lesson) -> int:
        source = Lesson.load(lesson)
        if exercise:
            return minutes.exercise_minutes(source, exercise)
        return minutes.lesson_minutes(source)

    def computer(data: str, lesson: str = lesson) -> str:
        return minutes.in_words(minutes.computer_minutes(lesson, data))

    def course_hours() -> str:
        return f"{sum(float(minutes.hours(minutes_of(lesson=name))) for name in lesson_names()):g}"

    return {
        "mnist": functools.partial(spread, "mnist"),
        "digits": functools.partial(spread, "digits"),
        "shown": functools.partial(single, "mnist"),
        "shown_digits": functools.partial(single, "digits"),
        "seeds": lambda row, metric: Spread.of(reproduced(row, metric)),
        "minutes": minutes_of,
        "hours": lambda lesson=lesson: minutes.hours(minutes_of(lesson=lesson)),
        "course_hours": course_hours,
        "computer": computer,
        "rates": minutes,
        "near": _near,
        "claim": _claim,
    }


def _claim(text: str, condition: bool) -> str:
    """Return the text of a claim that the stored runs bear out."""
    if not condition:
        raise CourseError(f"the stored runs do not bear out {text!r}; change the sentence")
    return text


def _near(text: str, value: float | Spread, within: float) -> str:
    """Return a text whose first number lies within a distance of a stored value."""
    stored = value.mean if isinstance(value, Spread) else value
    said = float(re.findall(r"-?\d[\d,]*\.?\d*", text)[0].replace(",", ""))
    if not abs(said - stored) <= within:
        raise CourseError(
            f"the text says {said:g}, but stored is {stored:.4g}; change the sentence"
        )
    return text


def _value(field: str, lesson: str, where: str) -> str:
    """Return what a field says. The field is code of the course's own sources, as a lesson's cells are.

    Raises:
        CourseError: With the place and the field in front of what is wrong.
    """
    try:
        return str(eval(f"f'''{{{field}}}'''", names(lesson)))
    except CourseError as error:
        raise CourseError(f"{where}: {{{{{field}}}}}: {error}") from None
    except Exception as error:
        raise CourseError(
            f"{where}: {{{{{field}}}}} cannot be filled in: {type(error).__name__}: {error}. "
            "Write an expression and a format, as in an f-string."
        ) from None


def typed(lesson: Lesson) -> list[tuple[int, str]]:
    """Return line and number of each decimal or number with a unit of results that is typed by hand.

    Hints, the quiz, formulas, code, links, and numbers of exercises and sections are left out: they hold
    numbers to calculate with. A field counts as filled.
    """
    found = []
    for cell in (c for c in lesson.cells if c.role == "prose"):
        text = cell.source.partition("## Quiz")[0]
        for pattern in NO_RESULTS:
            text = re.sub(pattern, " ", text, flags=re.DOTALL)
        found += [(cell.line, number) for number in RESULT.findall(text)]
    return found
