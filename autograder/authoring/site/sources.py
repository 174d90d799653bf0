"""The folder of Markdown files and pictures that Sphinx turns into the site; one file becomes one page.

All pages lie side by side, so a link from one to another is the name of a file. A link that leads nowhere is an
error; a link to a file of the repository that is no page of the site becomes plain text.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from autograder.errors import CourseError
from autograder.files import ROOT
from autograder.source.lesson import lesson_names

# Documents that are not in docs/, with the names of their pages.
BESIDE = {
    "README.md": "index",
    "CONTRIBUTING.md": "contributing",
    "CHANGELOG.md": "changelog",
    "solutions/glossary.md": "glossary",
}
COMMENT = re.compile(r"<!--.*?-->", re.S)  # marks of the numbers that `vae-course build` fills in
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]+)\)")
# Code between backticks, in a line or as a block: what looks like a link in it is none.
CODE = re.compile(r"(^```.*?^```|`[^`\n]+`)", re.M | re.S)


def documents() -> dict[str, Path]:
    """Return the files that become pages beside the lessons, by the name of the page."""
    found = {page: ROOT / name for name, page in BESIDE.items()}
    return found | {path.stem: path for path in sorted((ROOT / "docs").glob("*.md"))}


def pages() -> dict[Path, str]:
    """Return the page that shows each file of the repository, and each lesson's notebooks."""
    found = {path: page for page, path in documents().items()}
    for name in lesson_names():
        for folder in (ROOT / "notebooks" / name, ROOT / "solutions" / name):
            found[folder / f"{name}.ipynb"] = name
            found[folder / "glossary.md"] = "glossary"
    return found


class Sources:
    """The folder that Sphinx reads, while it is being filled.

    Attributes:
        folder: Where the files are written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pages = pages()

    def write(self, page: str, text: str, origin: Path) -> None:
        """Write a page, with its links led to pages, its pictures copied and its comments left out.

        Args:
            page: Name of the page.
            text: Markdown.
            origin: The file whose folder the links start from.

        Raises:
            CourseError: If a link leads nowhere.
        """
        parts = CODE.split(text)
        parts[::2] = [
            LINK.sub(lambda m: self._link(m, origin), COMMENT.sub("", part)) for part in parts[::2]
        ]
        (self.folder / f"{page}.md").write_text("".join(parts), encoding="utf-8")

    def _link(self, match: re.Match, origin: Path) -> str:
        """Return a link or a picture of a file as the page needs it."""
        picture, text, target = match.groups()
        name, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target) or not name:
            return match.group()
        path = Path(os.path.normpath(origin.parent / name))
        if path in self._pages:
            title = _title(path) if text.endswith(".md") else text
            return f"[{title}]({self._pages[path]}.md{'#' if anchor else ''}{anchor})"
        if not path.exists() and not (self.folder / name).exists():
            where = origin.relative_to(ROOT)
            raise CourseError(
                f"{where}: the link to {target} leads nowhere. Correct it, or restore the file."
            )
        if picture:
            return f"![{text}]({self.copy(path)})"
        return match.group() if (self.folder / name).exists() else text

    def copy(self, path: Path) -> str:
        """Copy a file of the repository; return its address for a page."""
        target = self.folder / "files" / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        return target.relative_to(self.folder).as_posix()


def _title(path: Path) -> str:
    """Return the first heading of a document, which names it better than its file does."""
    return path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
