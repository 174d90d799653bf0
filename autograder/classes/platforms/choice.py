"""Decide which of a student's files counts, what stays beside it, and what is an earlier attempt."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath

from autograder.classes.inbox import HIDDEN, TIMESTAMP
from autograder.classes.platforms.archive import Problem
from autograder.classes.platforms.downloads import READABLE, HandedIn, ending
from autograder.classes.results.copied_files import COPIED, MAX_EXTRA, MAX_EXTRAS
from autograder.wire.explain import one_line, printable

NEVER = datetime.min.replace(tzinfo=UTC)
MAX_PART = 100  # characters of a folder or file beside the notebook


@dataclass
class Choice:
    """What counts of a student's files.

    Attributes:
        file: The file that is graded.
        earlier: Its earlier attempts, the oldest first.
        beside: Other files that belong beside it, by path in the folder of the lesson.
        left: Files that are left out, with the reasons.
    """

    file: HandedIn
    earlier: list[HandedIn]
    beside: dict[str, HandedIn] = field(default_factory=dict)
    left: list[Problem] = field(default_factory=list)


def choose(files: list[HandedIn], lesson: str) -> Choice | str:
    """Return what counts of a student's files, or the reason why nothing does.

    Of the names, that of the lesson counts, else one that begins so, else the only one; a notebook comes before
    files that can hold one. Of several files of this name, the last attempt counts, then the last time.
    """
    real = [f for f in files if not f.typed]
    groups = defaultdict(list)
    for file in real:
        groups[PurePosixPath(file.file_name).name.casefold()].append(file)
    notebooks = [name for name in groups if name.endswith(".ipynb")]
    others = [name for name in groups if name.endswith(READABLE) and name != TIMESTAMP]
    name, reason = _counts(notebooks or others, lesson, groups)
    if not real:
        return "a text or a link was typed and no file handed in: ask for the notebook"
    if not name:
        return reason
    *earlier, file = sorted(groups.pop(name), key=rank)
    choice = Choice(file, earlier)
    rest = [f for f in files if f.typed or PurePosixPath(f.file_name).name.casefold() != name]
    _put_beside(choice, rest)
    return choice


def rank(file: HandedIn) -> tuple[int, int, int, datetime]:
    """Return what orders the attempts of a student: Canvas numbers attachments in the order of time."""
    depth = file.file_name.count("/")
    return file.attempt, -depth, file.number, file.when or NEVER


def _counts(names: list[str], lesson: str, groups: dict[str, list[HandedIn]]) -> tuple[str, str]:
    """Return the name that counts, or "" and the reason."""
    exact = [n for n in names if n[: len(n) - len(ending(n))] == lesson]
    begins = [n for n in names if n.startswith(lesson)]
    for choice in (exact, begins, names):
        if len(choice) == 1:
            return choice[0], ""
    shown = ", ".join(one_line(groups[n][0].file_name)[:60] for n in (names or [*groups])[:3])
    if names:
        return "", f"several files and none named {lesson}.ipynb: {shown}"
    return "", f"no notebook, only {shown}"


def _put_beside(choice: Choice, rest: list[HandedIn]) -> None:
    """Sort other files into those that belong beside the one that counts, and those that are left out."""
    attempt, left = choice.file.attempt, MAX_EXTRAS
    alone = ending(choice.file.file_name).lower() == ".ipynb"
    for file in sorted(rest, key=rank, reverse=True):
        # A notebook that was handed in again has pictures with the same number, which its code does not know.
        name = file.file_name if file.attempt == attempt > 1 else file.given_name
        reason = _not_beside(file, name, alone, left)
        if not reason and name in choice.beside:
            reason = "an earlier file of this name"
        if reason:
            choice.left.append((file.source, reason))
        else:
            choice.beside[name] = file
            left -= file.size


def _not_beside(file: HandedIn, name: str, alone: bool, left: int) -> str:
    """Return why a file is not put beside the one that counts, or ""."""
    parts = name.split("/")
    if file.typed:
        return "a text or a link beside a file"
    if name.lower().endswith(".ipynb"):
        return "another notebook"
    if name.lower() == TIMESTAMP:
        return "the name of nbgrader's own file"
    if not name.lower().endswith(COPIED):
        return "not a figure, data or plain text"
    if not alone and name.lower().endswith(READABLE):
        return "it could be taken for the notebook"
    if any(
        p.startswith(HIDDEN) or len(p) > MAX_PART or printable(p) != p or "\n" in p for p in parts
    ):
        return "its name cannot be kept"
    if file.size > min(MAX_EXTRA, left):
        return f"a file may have {MAX_EXTRA // 2**20} MB, all beside a notebook {MAX_EXTRAS // 2**20} MB"
    return ""
