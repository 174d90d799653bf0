"""Links from lessons to the glossary.

In each section of a lesson the first use of a term leads to the glossary and holds the definition as its title.
site.js shows it in a box on hover and on keyboard focus; without scripts the browser shows the title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from docutils import nodes

CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"  # what Sphinx makes of an apostrophe
NOT_IN = (nodes.section, nodes.title, nodes.caption, nodes.Inline, nodes.FixedTextElement)


def link_terms(document: nodes.document, terms: dict[str, tuple[str, str]]) -> None:
    """Link the first use of each term in each section of a page."""
    pattern = re.compile(rf"(?<![\w-])({'|'.join(_spellings(terms))})(?=s?(?![\w-]))")
    for section in document.findall(nodes.section):
        seen: set[str] = set()
        for text in list(_texts(section)):
            _link_text(text, pattern, terms, seen)


def _spellings(terms: dict[str, tuple[str, str]]) -> Iterator[str]:
    """Yield patterns of the terms, long ones first; a small first letter may be a capital one."""
    for name in sorted(terms, key=len, reverse=True):
        first, rest = re.escape(name[0]), re.escape(name[1:]).replace("'", CURLY)
        yield f"[{first}{first.upper()}]{rest}" if name[0].islower() else first + rest


def _texts(section: nodes.section) -> Iterator[nodes.Text]:
    """Yield the running text of a section without that of its subsections."""
    for text in section.findall(nodes.Text):
        above = text.parent
        while above not in (section, None) and not isinstance(above, NOT_IN):
            above = above.parent
        if above is section:
            yield text


def _link_text(
    text: nodes.Text,
    pattern: re.Pattern,
    terms: dict[str, tuple[str, str]],
    seen: set[str],
) -> None:
    """Put links in the place of a text's terms that were not seen before."""
    pieces: list[nodes.Node] = []
    end = 0
    for match in pattern.finditer(text):
        name = match[1].replace(CURLY, "'")
        place, definition = terms.get(name) or terms[name[0].lower() + name[1:]]
        if place in seen:
            continue
        seen.add(place)
        pieces += [nodes.Text(text[end : match.start()]), _link(match[1], place, definition)]
        end = match.end()
    if pieces:
        text.parent.replace(text, [*pieces, nodes.Text(text[end:])])


def _link(word: str, place: str, definition: str) -> nodes.reference:
    attributes = {"refuri": f"glossary.html#{place}", "reftitle": definition, "internal": True}
    return nodes.reference("", word, classes=["term"], **attributes)
