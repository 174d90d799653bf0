"""Links and pictures of a finished site: each leads to a file, and to a place in it, of the site itself."""

from __future__ import annotations

import functools
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

LOADS = {"img", "script", "link", "iframe", "source", "video", "audio", "object", "embed"}


class Page(HTMLParser):
    """What a page holds.

    Attributes:
        ids: Places in it that a link can lead to.
        links: (tag, address) of all that it links to or loads.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what one tag says."""
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.ids.add(value)
            elif name in ("href", "src", "data", "poster") and value:
                self.links.append((tag, value))


def broken_links(site: Path) -> list[str]:
    """Return a line for each link that leads nowhere and each thing that a page would load from elsewhere."""

    @functools.cache
    def page(path: Path) -> Page:
        return Page(path.read_text(encoding="utf-8"))

    def fault(start: Path, tag: str, address: str) -> str:
        where = urlsplit(address)
        if where.scheme in ("http", "https") and address[-1] in ".,:;":
            return "ends in a mark of the sentence: put a space or a bracket between"
        if where.scheme or where.netloc:
            return "is loaded from elsewhere" if tag in LOADS and where.scheme != "data" else ""
        name, anchor = urldefrag(unquote(address))
        target = (start.parent / name.split("?")[0]).resolve() if name else start
        if not target.is_file():
            return "does not exist"
        if anchor and target.suffix == ".html" and anchor not in page(target).ids:
            return "names no place of that page"
        return ""

    found = []
    for path in sorted(site.resolve().glob("*.html")):
        for tag, address in page(path).links:
            what = fault(path, tag, address)
            if what:
                found.append(f"{path.name}: {address} {what}")
    return found
