"""The first page: the README with cards for its lessons and a start for readers, and the list of all pages."""

from __future__ import annotations

import re

from autograder.authoring.site.sources import documents
from autograder.errors import CourseError
from autograder.files import ROOT
from autograder.source.lesson import Lesson, lesson_names

# No table of contents at the right: the cards need the room.
HEAD = "---\nhtml_theme.sidebar_secondary.remove: true\n---\n"
# **For whom:** and the like, one in a line.
FACTS = re.compile(r"^(?:\*\*[^*\n]+:\*\* .*\n)+", re.M)
BUTTONS = """
[Read lesson 01](notebooks/01_elbo/01_elbo.ipynb){.start} [Install](docs/student.md){.start}
"""
PLAYGROUND = '<a class="start" href="_static/playground/index.html">Try models in the browser</a>\n'
# README's section of this name is for those who have the repository before them.
START = re.compile(r"^## Start\n.*?(?=^## )", re.M | re.S)
TO_START = """## Start

Read here, or work in notebooks on your own computer: [For learners](docs/student.md) goes there step by step,
with a zip file from your teacher or alone. It takes Python 3.11 or newer on Linux, macOS or Windows.
Teachers begin with [Run a class](docs/instructor.md).

"""
TABLE = re.compile(r"^\| lesson \|(.*)\n\|[-| ]+\|\n((?:\|.*\n)+)", re.M)
PICTURE = re.compile(r"!\[[^\]]+\]\(([^)]+)\)")
# The other pages, by the heading under which the sidebar names them; what is in no list comes last.
GROUPS = {
    "Learn": {"student": "Install and work", "glossary": "Glossary"},
    "Teach": {
        "instructor": "Run a class",
        "grading_week": "Your grading week",
        "threat_model": "Threat model",
    },
    "The project": {"measurements": "Measurements"},
}


def home_page(playground: bool = False) -> str:
    """Return the first page.

    Args:
        playground: Whether the site has the latent playground.

    Raises:
        CourseError: If the README has no table with a row for each lesson, or no section "Start".
    """
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = TABLE.search(text)
    if table is None:
        raise CourseError("README.md: expected a table that begins with `| lesson |`, saw none.")
    cards = _cards(table[1], table[2])
    text = text[: table.start()] + cards + text[table.end() :]
    text, found = START.subn(TO_START, text)
    if not found:
        raise CourseError("README.md: expected a section `## Start`, saw none.")
    buttons = BUTTONS + (PLAYGROUND if playground else "")
    text = FACTS.sub(lambda facts: _list(facts[0]) + buttons, text, count=1)
    return f"{HEAD}{text}\n{_contents(_titles(table[2]))}"


def _list(lines: str) -> str:
    return "".join(f"- {line}\n" for line in lines.splitlines())


def _rows(lines: str) -> dict[str, list[str]]:
    """Return the cells of the row of each lesson."""
    found = {}
    for line in lines.splitlines():
        link = re.search(r"\]\(notebooks/(\w+)/", line)
        if link:
            found[link[1]] = [cell.strip() for cell in line.strip("|").split("|")]
    missing = [name for name in lesson_names() if name not in found]
    if missing:
        raise CourseError(f"README.md: its table of lessons has no row for {', '.join(missing)}.")
    return found


def _titles(lines: str) -> dict[str, str]:
    return {name: re.sub(r"\[(.*)\]\(.*\)", r"\1", row[0]) for name, row in _rows(lines).items()}


def _cards(head: str, lines: str) -> str:
    """Return a card for each lesson: its first picture, its title, and what the table says about it."""
    names = [name.strip() for name in head.strip("|").split("|")]
    titles = _titles(lines)
    cards = []
    for lesson, (_, *cells) in _rows(lines).items():
        facts = dict(zip(names, cells, strict=False))
        cards.append(
            f"::::{{container}} card\n![]({_picture(lesson)})\n\n"
            f"[{titles[lesson]}](notebooks/{lesson}/{lesson}.ipynb)\n\n"
            f"{facts.get('what you build', '')}\n\n"
            f"{facts.get('hours', '')} hours · requires {facts.get('requires', '')}\n::::\n"
        )
    return ":::::{container} cards\n" + "\n".join(cards) + ":::::\n"


def _picture(name: str) -> str:
    """Return the first picture of a lesson, seen from the README."""
    found = PICTURE.search("".join(cell.source for cell in Lesson.load(name).cells))
    if found is None:
        raise CourseError(f"solutions/{name}.py: a lesson needs a picture for its card, saw none.")
    return f"notebooks/{name}/{found[1]}"


def _contents(titles: dict[str, str]) -> str:
    """Return the tables of contents that the sidebar is made of; the page itself does not show them."""
    groups = {"Lessons": titles, **GROUPS}
    named = {page for group in groups.values() for page in group}
    groups["The project"] |= {page: "" for page in documents() if page not in named | {"index"}}
    return "\n".join(_toctree(title, pages) for title, pages in groups.items())


def _toctree(caption: str, pages: dict[str, str]) -> str:
    lines = [f"{title} <{page}>" if title else page for page, title in pages.items()]
    return "\n".join(["```{toctree}", ":hidden:", f":caption: {caption}", "", *lines, "```", ""])
