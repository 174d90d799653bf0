"""The handout of the whole course, made once, and what stands in it."""

import html
import io
import json
import re
import zipfile

import pytest

from autograder.classes.handout.bundle import handout
from autograder.classes.handout.wheel import learner_wheel
from autograder.source.lesson import Lesson, lesson_names


@pytest.fixture(scope="session")
def wheel():
    return learner_wheel()


@pytest.fixture(scope="session")
def course(wheel):
    """The bytes of the zip file with all lessons."""
    return handout([Lesson.load(name) for name in lesson_names()], wheel)


def files_of(archive):
    """Return the files of a zip file, those of a wheel in it under its name."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        for name in opened.namelist():
            content = opened.read(name)
            if name.endswith(".whl"):
                content = {f"{name}/{inner}": c for inner, c in files_of(content).items()}
            found.update(content if isinstance(content, dict) else {name: content})
    return found


def text_of(name, content):
    """Return what a person can read in a file, of notebooks and JSON every string, one below the other."""
    if name.endswith(".png"):
        return ""
    text = content.decode("utf-8")
    return "\n".join(strings(json.loads(text))) if name.endswith((".ipynb", ".json")) else text


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from strings(inner)
    elif isinstance(value, list):
        # The lines of a cell are a list of strings, each with its line break.
        joined = all(isinstance(v, str) for v in value)
        yield from ["".join(value)] if joined else (s for v in value for s in strings(v))


def lines_of(text):
    """Return the lines of a text without indents, line comments and empty ones."""
    lines = (" ".join(line.split("  # ")[0].split()) for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def readable_lines(text):
    """Return the lines of a text, and what stands in it between marks of code."""
    pieces = re.split(r"`|</?code>|</?pre>", text)
    return {line for piece in (text, *pieces) for line in lines_of(html.unescape(piece))}
