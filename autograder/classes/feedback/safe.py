"""Learners' Markdown as HTML without anything that a browser would run, or load from another machine."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import nh3
from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.filters.markdown_mistune import (
    InvalidNotebook,
    IPythonRenderer,
    MarkdownWithMath,
)

from autograder.classes.feedback.formulas import mathml
from autograder.grading.marking import as_html
from autograder.sandbox.limited import Ended, limited_each

MAX_PICTURES = 40_000_000  # characters of the pictures in a text, each as often as it is shown
MAX_MARKDOWN = 20_000  # characters of a text; to turn a longer one into HTML can take minutes
SECONDS = 10  # of CPU time for the texts of a page; ordinary ones take a few hundredths
WALL_SECONDS = 60
WIDTH = 200  # characters of a line of a text that is shown as it was typed

# Where a link may lead. A relative one could lead to a file that somebody handed in.
LINK = re.compile("https?://|mailto:", re.IGNORECASE)

Attachments = Mapping[str, Mapping[str, str]]


class Comment(str):
    """A comment of the grader or of a teacher: text, which is shown as it was typed."""


@pass_context
def markdown_made_safe(context: Context, source: str) -> str:
    """Return Markdown as HTML for nbgrader's own templates, with formulas that need no script."""
    if isinstance(source, Comment):
        return as_html(source)
    shown = with_formulas(source, getattr(context.get("cell"), "attachments", {}))
    return f'<div style="contain: paint; overflow: auto">{shown}</div>'


def with_formulas(source: str, attachments: Attachments) -> str:
    """Return Markdown as HTML in which formulas are drawn without a script; else as `all_with_formulas`."""
    (shown,) = all_with_formulas([(source, attachments)])
    return shown


def all_with_formulas(texts: Sequence[tuple[str, Attachments]]) -> list[str]:
    """Return the texts of a page as HTML in which formulas are drawn without a script.

    A helper with limits does the work, because a short text can keep it busy for minutes. The text at which it
    reaches them is shown as it was typed, and so are those behind it.

    Args:
        texts: Markdown, each with the pictures that were pasted into it, by name and kind.
    """
    shown: list[str] = []
    try:
        for text in limited_each(_each, texts, cpu_seconds=SECONDS, wall_seconds=WALL_SECONDS):
            shown.append(text)
    except Ended:
        pass
    late = "This text, or one before it, takes too long to be laid out. It"
    return shown + [_as_typed(source, late) for source, _ in texts[len(shown) :]]


def _each(texts: Sequence[tuple[str, Attachments]]) -> Iterator[str]:
    for source, attachments in texts:
        try:
            yield _with_formulas(source, attachments)
        except MemoryError:
            raise
        except Exception:  # of odd texts the libraries raise many kinds of errors
            yield _as_typed(source, "This text cannot be laid out. It")


def _with_formulas(source: str, attachments: Attachments) -> str:
    formulas: dict[str, str] = {}
    clean = _safe_html(source, attachments, formulas)
    # An attribute's value holds no quotation marks, so this is found between elements only. Who writes such an
    # element gets one of their own formulas there, once.
    return re.sub(
        r'<span lang="x-formula-(\d{1,5})"></span>', lambda m: formulas.pop(m[1], ""), clean
    )


class _WithFormulas(IPythonRenderer):
    """Put an empty element with a number in the place of each formula, which sanitising leaves alone."""

    def __init__(self, formulas: dict[str, str], **options: Any) -> None:
        super().__init__(**options)
        self._formulas = formulas
        self._length = 0  # of the pictures so far

    def _place(self, tex: str, block: bool) -> str:
        number = str(len(self._formulas))
        self._formulas[number] = mathml(tex, block)
        return f'<span lang="x-formula-{number}"></span>'

    def image(self, *args: Any, **options: Any) -> str:
        """Handle a picture; one that was pasted may be gone, because some editors drop it."""
        if self._length > MAX_PICTURES:
            return "<em>(one picture too many)</em>"
        try:
            shown = str(super().image(*args, **options))
            self._length += len(shown)
            return shown
        except (InvalidNotebook, StopIteration):
            return "<em>(a pasted picture is missing here)</em>"

    def block_math(self, body: str) -> str:
        """Handle `$$...$$`."""
        return self._place(body, block=True)

    def inline_math(self, body: str) -> str:
        """Handle `$...$`."""
        return self._place(body, block=False)

    def latex_environment(self, name: str, body: str) -> str:
        """Handle an environment, such as align."""
        return self._place(f"\\begin{{{name}}}{body}\\end{{{name}}}", block=True)


def _safe_html(source: str, attachments: Attachments, formulas: dict[str, str]) -> str:
    """Return Markdown as HTML that has been made safe, with an element in the place of each formula.

    A text of more than `MAX_MARKDOWN` characters is shown as it was typed. Pictures beyond `MAX_PICTURES`
    characters are left out. Elements have no ids, because formgrader finds its fields by their
    ids. They have no classes but those of highlighted code, because with others they could cover the page. The
    page has to cut off what stands beyond the text's own place.

    Args:
        source: The text.
        attachments: Pictures that were pasted into it, by name and kind.
        formulas: Filled with the formulas by the number in their element.
    """
    if len(source) > MAX_MARKDOWN:
        length = f"This text has {len(source):,} characters. One of more than {MAX_MARKDOWN:,}"
        return _as_typed(source, length)
    # Without links at headings: their class, which hides them, goes.
    made = _WithFormulas(formulas, escape=False, attachments=attachments, exclude_anchor_links=True)
    return nh3.clean(
        MarkdownWithMath(renderer=made).render(source),
        attributes={**nh3.ALLOWED_ATTRIBUTES, "*": {"class"}, "span": {"lang"}},
        attribute_filter=_only_harmless,
        url_schemes={"http", "https", "mailto", "data"},
    )


def _as_typed(source: str, reason: str) -> str:
    """Return a text as HTML that shows it as it is, with long lines broken, below a line that says why.

    In a long line nbconvert looks for the end of a link from each bracket on, which takes minutes.
    """
    text = re.sub(f"(.{{{WIDTH}}})(?=.)", r"\1\n", source)
    return f"<p>{reason} is shown as it was typed.</p>\n<pre>{html.escape(text)}</pre>\n"


def _only_harmless(tag: str, attribute: str, value: str) -> str | None:
    """Return the value of an attribute, None to drop it.

    A picture must lie in the page or beside it; a link must lead to another site or write a mail. Of classes
    those of highlighted code stay: "highlight", and the one or two letters that Pygments gives each kind of
    word.
    """
    if attribute == "class":
        kept = [c for c in value.split() if re.fullmatch(r"highlight|[a-z]{1,2}\d?", c)]
        return " ".join(kept) or None
    if tag == "img" and attribute == "src" and not re.search(r"[\x00-\x1f\x7f]", value):
        address = unquote("".join(value.split())).replace("\\", "/").lower()
        beside = not address.startswith("/") and ":" not in address and ".." not in address
        return value if beside or address.startswith("data:image/") else None
    if attribute in ("href", "cite"):
        return value if LINK.match(value) else None
    return None if attribute == "src" else value
