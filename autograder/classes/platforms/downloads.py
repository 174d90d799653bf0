"""Say of each file of a download who handed it in: Canvas, Moodle, Gradescope, or folders of your own."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from autograder.classes.platforms import gradescope
from autograder.classes.platforms.archive import Entry, Problem, alone, entries
from autograder.errors import CourseError
from autograder.source.lesson import Lesson, lesson_names

# Endings under which notebooks are handed in, besides their own.
READABLE = ".ipynb.txt", ".ipynb.json", ".json", ".txt", ".zip", ".py", ".html", ".htm", ".ipynb_"
# {sortable name}[_LATE]_{user id}_{attachment id}_{file name}, and what was typed in the place of a file. An id
# never begins with 0, the name of a lesson does.
CANVAS = re.compile(
    r"(?:(?P<name>(?!anon_|LATE_)\w*?)_)?(?:(?P<late>LATE)_)?(?P<id>[1-9]\d*|anon_[^_]+)_"
    r"(?:(?P<attachment>[1-9]\d*)_(?P<file>.+)|(?P<typed>(?:text|link)\.html))",
    re.DOTALL,
)
RESUBMITTED = re.compile(r"(?P<stem>.+)-(?P<number>[1-9]\d?)(?P<ending>\.[^.]+)", re.DOTALL)
# {Full name}_{participant id}_assignsubmission_file/..., before Moodle 4.1 with "_" at the end of the folder,
# and with "_" for "/" where Moodle was asked for no folders.
MOODLE = re.compile(
    r"(?P<name>[^_/]+)_(?P<id>\d+)_assignsubmission_(?P<plugin>file|onlinetext)_?[/_](?P<file>.+)",
    re.DOTALL,
)
BLIND = "participant"  # the name that Moodle gives everybody while names are hidden


@dataclass(frozen=True)
class HandedIn:
    """A file, and who handed it in.

    Attributes:
        platform: "canvas", "moodle", "gradescope" or "plain".
        person: The name of the person as the platform writes it; "" if it names nobody.
        platform_id: The platform's number of the person: Canvas's user, Moodle's participant, the SID (or the
            email) of Gradescope; "" for plain files.
        file_name: The name under which it was handed in, with folders, without Canvas's number of the attempt.
        late: Whether the platform marks it as late.
        attempt: 1 for the first; Canvas counts them where a file has the name of an earlier one.
        when: Its time in UTC, if the download has one.
        read: Returns its bytes; raises `CourseError` with the reason if it cannot.
        source: Its path in the download.
        size: Bytes, as the download says.
        given_name: The file's own name in the download: `file_name` with the number of the attempt.
        number: Canvas's number of the attachment, which grows with time; 0 for the others.
        email: Gradescope's email of the person, or "".
        typed: Whether it is a text or a link that was typed into the platform, and no file.
    """

    platform: str
    person: str
    platform_id: str
    file_name: str
    late: bool
    attempt: int
    when: datetime | None
    read: Callable[[], bytes]
    source: str
    size: int
    given_name: str
    number: int = 0
    email: str = ""
    typed: bool = False

    @property
    def is_ambiguous(self) -> bool:
        """Whether Canvas could mean another person: one who is called "ada_101" and has another number."""
        return self.platform == "canvas" and bool(re.match(r"[1-9]\d*_", self.given_name))


def by_lesson(arguments: list[str]) -> list[tuple[str, list[Path]]]:
    """Return lessons with their downloads: LESSON DOWNLOAD... LESSON DOWNLOAD... as typed.

    What is the name of a lesson and of no file here begins the next lesson.

    Raises:
        CourseError: If a lesson is unknown, named twice or has no download.
    """
    first, *others = arguments
    classes: list[tuple[str, list[Path]]] = [(Lesson.load(first).name, [])]
    for argument in others:
        path = Path(argument)
        if argument in lesson_names() and not path.exists():
            classes.append((argument, []))
        else:
            classes[-1][1].append(path)
    for name, paths in classes:
        if not paths:
            raise CourseError(
                f"{name}: no download. Name it behind the lesson: vae-course collect {name} DOWNLOAD.zip"
            )
        if sum(name == other for other, _ in classes) > 1:
            raise CourseError(
                f"{name}: named twice. Name it once, and all its downloads behind it."
            )
    return classes


def read_downloads(
    paths: Iterable[Path], lesson: str, stack: ExitStack
) -> tuple[list[HandedIn], list[Problem]]:
    """Read downloads: folders, zip files, single files.

    Args:
        paths: The downloads.
        lesson: Name of the lesson.
        stack: Keeps zip files open; files can be read as long as it is.

    Returns:
        What was handed in, and the files that fit nothing with the reasons.

    Raises:
        CourseError: If a download is missing, damaged, or too large to be one.
    """
    found: list[HandedIn] = []
    problems: list[Problem] = []
    for path in paths:
        if path.is_file() and {"canvas", "moodle"} & set(_from_name(alone(path), lesson)):
            listed = [alone(path)]  # one student's file, even if it is a zip file
        else:
            listed, unlisted = entries(path, stack)
            problems += unlisted
        theirs, others = _sorted_out(listed, lesson)
        found += theirs
        problems += others
    return found, problems


def _sorted_out(listed: list[Entry], lesson: str) -> tuple[list[HandedIn], list[Problem]]:
    """Say who handed in each file of one download."""
    metadata = gradescope.metadata_of(listed)
    if metadata is not None:
        return _from_gradescope(listed, metadata)
    unwrapped = _unwrapped(listed, lesson)
    read = [
        (entry, _from_name(entry, lesson, name))
        for entry, name in zip(listed, unwrapped, strict=True)
    ]
    votes = Counter(next(iter(fits)) for _, fits in read if fits)
    ranking = votes.most_common(2)
    tie = len(ranking) == 2 and ranking[0][1] == ranking[1][1]
    majority = ranking[0][0] if ranking and not tie else ""
    found: list[HandedIn] = []
    problems: list[Problem] = []
    for entry, fits in read:
        if fits:
            found.append(fits.get(majority) or next(iter(fits.values())))
        else:
            problems.append((entry.name, _why_not(entry.name, lesson)))
    return _without_hidden_names(found), problems


def _from_name(entry: Entry, lesson: str, unwrapped: str = "") -> dict[str, HandedIn]:
    """Return what a file can be, by platform, the most telling pattern first."""
    name = unicodedata.normalize("NFC", entry.name)
    parts = name.split("/")
    fits = {}
    for i in range(len(parts)):
        if match := MOODLE.fullmatch("/".join(parts[i:])):
            file, typed = match["file"], match["plugin"] == "onlinetext"
            fits["moodle"] = _handed_in(
                entry, "moodle", match["name"], match["id"], file, typed=typed
            )
            break
    if match := CANVAS.fullmatch(parts[-1]):
        file, attempt = _attempt(match["file"] or match["typed"])
        fits["canvas"] = _handed_in(
            entry,
            "canvas",
            match["name"] or "",
            match["id"],
            file,
            given_name=match["file"] or match["typed"],
            late=bool(match["late"]),
            attempt=attempt,
            number=int(match["attachment"] or 0),
            typed=bool(match["typed"]),
        )
    plain = _plain(unicodedata.normalize("NFC", unwrapped or entry.name).split("/"), lesson)
    if plain is not None:
        fits["plain"] = _handed_in(entry, "plain", plain[0], "", plain[1])
    return fits


def _handed_in(
    entry: Entry,
    platform: str,
    person: str,
    platform_id: str,
    file_name: str,
    *,
    given_name: str = "",
    late: bool = False,
    attempt: int = 1,
    when: datetime | None = None,
    number: int = 0,
    email: str = "",
    typed: bool = False,
) -> HandedIn:
    return HandedIn(
        platform,
        person,
        platform_id,
        file_name,
        late,
        attempt,
        when or entry.when,
        entry.read,
        entry.name,
        entry.size,
        given_name or file_name,
        number,
        email,
        typed,
    )


def _attempt(name: str) -> tuple[str, int]:
    """Return a file's name without Canvas's number, which it puts before the ending, and the attempt."""
    match = RESUBMITTED.fullmatch(name)
    return (match["stem"] + match["ending"], int(match["number"]) + 1) if match else (name, 1)


def _plain(parts: list[str], lesson: str) -> tuple[str, str] | None:
    """Return student and file name of S/LESSON/FILE, S/FILE, S_LESSON.ipynb or LESSON_S.ipynb for student S."""
    folders = parts[:-1]
    if lesson in folders:
        at = folders.index(lesson)
        if at:
            return parts[at - 1], "/".join(parts[at + 1 :])
        parts = parts[1:]
    if len(parts) > 1:
        return parts[0], "/".join(parts[1:])
    student = _student_in(parts[0], lesson)
    return (student, f"{lesson}{ending(parts[0])}") if student else None


def _student_in(name: str, lesson: str) -> str:
    """Return STUDENT of a file's name STUDENT_LESSON or LESSON_STUDENT, or ""."""
    stem = name[: len(name) - len(ending(name))]
    match = re.fullmatch(
        rf"(?P<before>.+)[_ -]{re.escape(lesson)}|{re.escape(lesson)}[_ -](?P<after>.+)",
        stem,
        re.IGNORECASE | re.DOTALL,
    )
    return (match["before"] or match["after"]).strip(" _-") if match else ""


def ending(name: str) -> str:
    """Return the ending by which the grader knows a file, such as ".ipynb.txt", or "" for others."""
    fits = [e for e in (".ipynb", *READABLE) if name.lower().endswith(e) and len(name) > len(e)]
    longest = max(fits, key=len, default="")
    return name[len(name) - len(longest) :] if longest else ""


def _unwrapped(listed: list[Entry], lesson: str) -> list[str]:
    """Return the files' paths without the folder that holds everything, as zip programs add one."""
    names = [entry.name for entry in listed]
    while names:
        parts = [name.split("/") for name in names]
        flat = [p for p in parts if len(p) == 2 and _student_in(p[-1], lesson)]
        deep = min(map(len, parts)) > 2 or (len(flat) > 1 and len(flat) == len(parts))
        if len({p[0] for p in parts}) > 1 or not deep or lesson in parts[0][:2]:
            break
        names = ["/".join(p[1:]) for p in parts]
    return names


def _without_hidden_names(found: list[HandedIn]) -> list[HandedIn]:
    """Take the name away from everybody whom Moodle calls the same, in any language: names are hidden there."""
    moodle = [f for f in found if f.platform == "moodle"]
    names, ids = {f.person for f in moodle}, {f.platform_id for f in moodle}
    hidden = names if len(names) == 1 and len(ids) > 1 else set()
    return [
        replace(f, person="")
        if f.platform == "moodle" and (f.person in hidden or f.person.casefold() == BLIND)
        else f
        for f in found
    ]


def _from_gradescope(
    listed: list[Entry], metadata: gradescope.Metadata
) -> tuple[list[HandedIn], list[Problem]]:
    """Say who handed in each file of an export of Gradescope; a group's file is everybody's."""
    found: list[HandedIn] = []
    problems: list[Problem] = []
    for entry in listed:
        if entry.name == metadata.name:
            continue
        parts = entry.name.split("/")[metadata.depth :]
        submission = metadata.submissions.get(parts[0])
        if submission is None:
            problems.append((entry.name, f"{metadata.name} does not name {parts[0]}"))
        elif not submission.submitters:
            problems.append((entry.name, f"{metadata.name} names nobody who handed it in"))
        else:
            for person in submission.submitters:
                found.append(
                    _handed_in(
                        entry,
                        "gradescope",
                        person.name,
                        person.sid or person.email,
                        "/".join(parts[1:]) or parts[0],
                        when=submission.created_at,
                        email=person.email,
                    )
                )
    return found, problems


def _why_not(name: str, lesson: str) -> str:
    if name.lower().endswith(".zip"):
        return "a zip file inside: unpack it, or name it in the command"
    return (
        "the name fits no download of Canvas, Moodle or Gradescope, and is not STUDENT/FILE, "
        f"STUDENT_{lesson}.ipynb or {lesson}_STUDENT.ipynb"
    )
