"""A lesson under the names that a class gives to exercises: code, prose and the line that tells the checks.

An answer copied from the public repository then defines another name than the class's exercise has.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Mapping

from course_utils.names import in_text, occurrences

Names = tuple[tuple[str, str], ...]  # pairs of an exercise and what the class calls it

PIECES = re.compile(
    r"""
    (?P<comment>\#[^\n]*)
    | (?P<string>(?P<prefix>[A-Za-z]{0,2})
        (?:\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
    | (?P<opening>[(\[{]) | (?P<closing>[)\]}])
    | (?P<name>(?:\bchecks\.)?[^\W\d]\w*)
    """,
    flags=re.X | re.S,
)
FIELD = re.compile(r"(\{[^{}]*\})")
KEYWORD_ARGUMENT = re.compile(r"\s*=(?!=)")
PLACEHOLDER = re.compile(r"(\{\{.*?\}\})")
IMPORT = re.compile(r"^from course_utils\.checks import \w+ as checks$", flags=re.M)


def in_code(source: str, names: Mapping[str, str]) -> str:
    """Return Python code with the names of a class; arguments of calls and strings that are keys stay."""
    if not names:
        return source
    depth, pattern = 0, occurrences(names)

    def renamed(match: re.Match) -> str:
        nonlocal depth
        depth += bool(match["opening"]) - bool(match["closing"])
        text, start = match[0], match.start()
        if match["comment"]:
            return in_text(text, names)
        if match["string"]:
            return _in_string(text, "f" in match["prefix"].lower(), names)
        is_argument = depth > 0 and KEYWORD_ARGUMENT.match(source, match.end())
        if not match["name"] or is_argument or source[start - 1 : start] == ".":
            return text
        return pattern.sub(lambda name: names[name[0]], text)

    return PIECES.sub(renamed, source)


def _in_string(text: str, has_fields: bool, names: Mapping[str, str]) -> str:
    """Return a string of Python code with the names of a class; one without a space is a key and stays."""
    pieces = FIELD.split(text) if has_fields else [text]
    in_words = in_text if re.search(r"\s", text) else lambda piece, _: piece
    return "".join(
        (in_code if has_fields and FIELD.fullmatch(p) else in_words)(p, names) for p in pieces
    )


def in_prose(source: str, names: Mapping[str, str]) -> str:
    """Return a lesson's Markdown with the names of a class; what is filled in later stays."""
    pieces = PLACEHOLDER.split(source)
    return "".join(p if p.startswith("{{") else in_text(p, names) for p in pieces)


def with_checks(setup: str, names: Mapping[str, str], exercises: list[str]) -> str:
    """Return a setup cell that tells the checks the names of a class, if it is the one that imports them.

    The line holds the numbers of the exercises in the lesson, not the course's names.
    """
    if not IMPORT.search(setup):
        return setup
    pairs = [f"{names[e]}={n}" for n, e in enumerate(exercises, 1) if e in names]
    lines = (
        "",
        "from course_utils.checks.core import under_names",
        "",
        f"checks = under_names(checks, {', '.join(pairs)})",
    )
    return "\n".join([setup.rstrip(), *lines])


def why_not(name: object, used: Iterable[str]) -> str:
    """Return why a class cannot call an exercise so, "" if it can.

    Args:
        name: The name.
        used: Every name in the code of the lesson.
    """
    if not isinstance(name, str) or not (name.isidentifier() and name.isascii()):
        return f"should be a name of Python in quotes, seen: {name!r}"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name) or hasattr(builtins, name):
        return f"{name!r} is a word of Python's own"
    if name.startswith("_"):
        return f"{name!r} begins with an underscore"
    if name in used:
        return f"{name!r} is used in the lesson already"
    return ""
