"""What a check shows: a small card in a notebook, the same words as text elsewhere; and the progress so far.

A notebook keeps both in its own outputs. Nothing is sent anywhere.
"""

from __future__ import annotations

import html
import os
import sys
from collections import Counter
from collections.abc import Mapping

from course_utils.runtime import in_notebook

COLOURS = {True: "#2e9e5b", False: "#d9822b"}  # right, not right yet; both beside words that say it
STYLE = (
    "border-left: 4px solid {colour}; padding: 0.4em 0.9em; margin: 0.2em 0; max-width: 46em; "
    "background: rgba(128, 128, 128, 0.1); color: inherit; font-family: inherit; line-height: 1.45"
)

_right: dict[tuple[str, str], bool] = {}  # by lesson and exercise, what the last check said
_tries: Counter[tuple[str, str]] = (
    Counter()
)  # wrong tries since the kernel started or the last right one


def record(lesson: str, exercise: str, right: bool, tried: bool = True) -> int:
    """Remember what a check said.

    Args:
        lesson: Name of the lesson, "01_elbo".
        exercise: Name of the exercise, "kl_divergence".
        right: Whether the answer is right.
        tried: Whether there was an answer at all.

    Returns:
        How many wrong tries there were in a row.
    """
    key = (lesson, exercise)
    _right[key] = right
    if right:
        del _tries[key]
    elif tried:
        _tries[key] += 1
    return _tries[key]


def next_hint(hints: list[str], tries: int) -> str:
    """Return which hint to open after so many wrong tries, "" where there is none.

    Args:
        hints: Titles of the exercise's hints, "Hint 1: one dimension first".
        tries: Wrong tries in a row; with 0 nothing was tried yet.
    """
    if not tries or not hints:
        return ""
    return f"Stuck? Above this cell you can open “{hints[min(tries, len(hints)) - 1]}”."


def sentence(text: str) -> str:
    """Return text with a capital at its beginning, unless it begins with a name or with code."""
    word = text.split(" ")[0]
    return text[:1].upper() + text[1:] if word.isalpha() else text


def show(title: str, right: bool, text: str, hint: str = "") -> bool:
    """Show a card in a notebook, and do nothing elsewhere.

    Args:
        title: The exercise and the outcome.
        right: Whether the answer is right.
        text: What the check found, "" where the title says it all.
        hint: What to look at next.

    Returns:
        Whether a card was shown. Front ends without HTML show the same words as text. nbgrader's Validate
        shows errors alone, so there is no card for it.
    """
    if not in_notebook() or "NBGRADER_EXECUTION" in os.environ:
        return False
    from IPython.display import display

    parts = [f"<strong>{_escaped(title)}</strong>", _escaped(text), f"<em>{_escaped(hint)}</em>"]
    shown = [p for p, words in zip(parts, (title, text, hint), strict=True) if words]
    style = STYLE.format(colour=COLOURS[right])
    plain = "\n".join(filter(None, (f"{title}. {text}".rstrip(), hint)))
    card = f'<div role="status" style="{style}">{"<br>".join(shown)}</div>'
    sys.stdout.flush()  # what the learner's code printed stands above the card
    display({"text/html": card, "text/plain": plain}, raw=True)
    return True


def summary(lesson: str, points: dict[str, float], names: Mapping[str, str]) -> str:
    """Return how far a learner is, by the checks that ran since the kernel started.

    Args:
        lesson: Name of the lesson.
        points: Points of all its exercises, in order.
        names: What a class calls exercises.
    """
    right = [e for e in points if _right.get((lesson, e))]
    score, full = sum(points[e] for e in right), sum(points.values())
    line = f"{len(right)} of {len(points)} exercises right, {score:g} of {full:g} points by the checks."
    if len(right) == len(points):
        return f"{line} All done."
    wrong = [names.get(e, e) for e in points if _right.get((lesson, e)) is False]
    unseen = [names.get(e, e) for e in points if (lesson, e) not in _right]
    if wrong:
        line += f" Not right yet: {', '.join(wrong)}."
    if unseen:
        line += f" Checks that did not run since the kernel started: {', '.join(unseen)}."
    return line


def _escaped(text: str) -> str:
    """Return text as HTML; what stands between backticks is code. Nothing in it is a formula."""
    pieces = html.escape(text).replace("$", "<span>$</span>").split("`")
    if len(pieces) % 2 == 0:  # a single backtick is only a character
        return "`".join(pieces)
    return "".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(pieces))
