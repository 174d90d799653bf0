"""Terms of the glossary: what they mean, and the places in its page that lessons link to."""

from __future__ import annotations

import re

WORD = re.compile(r"^- \*\*(.+?)\*\*[^:\n]*: (.+)$", re.M)
ROW = re.compile(r"^\| ([A-Z]{3,}) \| [^|]* \| ([^|]*?) \|", re.M)  # a symbol that is an acronym
# In a lesson these are everyday words more often than terms.
EVERYDAY = {"score", "doubt", "shell", "ladder", "judge", "likelihood", "decoder", "encoder"}


def definitions(glossary: str) -> dict[str, tuple[str, str]]:
    """Return (anchor, definition) of each term of a glossary, by its spelling in the middle of a sentence."""
    found = {}
    for match in WORD.finditer(glossary):
        for name in _names(match[1]):
            found[name] = (anchor(match[1]), _plain(match[2]))
    for match in ROW.finditer(glossary):
        found[match[1]] = (anchor(match[1]), _plain(match[2]))
    return {name: value for name, value in found.items() if name not in EVERYDAY}


def with_anchors(glossary: str) -> str:
    """Return the glossary's text with a place to link to at each term."""
    text = WORD.sub(lambda m: m[0].replace("**", f"[]{{#{anchor(m[1])}}}**", 1), glossary)
    return ROW.sub(lambda m: m[0].replace("| ", f"| []{{#{anchor(m[1])}}}", 1), text)


def anchor(term: str) -> str:
    """Return the name of the place of a term."""
    return "term-" + re.sub(r"\W+", "-", term.lower()).strip("-")


def _names(title: str) -> list[str]:
    """Return the spellings of a glossary word: "Conditional VAE" as it is, others in lower case."""
    names = re.match(r"(.*?)(?: \(([A-Z]+)\))?$", title)
    assert names is not None  # the pattern fits any text
    return [n if n.isupper() else n[0].lower() + n[1:] for n in names.groups() if n]


def _plain(text: str) -> str:
    return re.sub(r"[*`]", "", text)
