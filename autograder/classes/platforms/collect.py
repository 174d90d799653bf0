"""Sort downloads into submitted/STUDENT/LESSON, without losing an earlier file or a grade silently."""

from __future__ import annotations

import shlex
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.classes.course_folder.settings import FILE, lesson_of, read_settings
from autograder.classes.grade_class import only_one
from autograder.classes.inbox import TIMESTAMP, file_of, handed_in, is_linked
from autograder.classes.journal import Journal, journal_key
from autograder.classes.platforms.archive import Problem
from autograder.classes.platforms.choice import Choice, choose
from autograder.classes.platforms.downloads import HandedIn, ending, read_downloads
from autograder.classes.platforms.record import (
    Collected,
    collected_as,
    keep_attempt,
    read_record,
    time_handed_in,
    write_record,
)
from autograder.classes.platforms.roster import Roster, in_lines, matched
from autograder.classes.platforms.scores import address, graded_students
from autograder.errors import CourseError
from autograder.files import write_atomically
from autograder.grading.reading import MAX_BYTES
from autograder.grading.salvage import other_lesson
from autograder.grading.seeds import FOLDER, course_key
from autograder.source.lesson import Lesson
from autograder.wire.explain import one_line


@dataclass
class Outcome:
    """What became of a collection.

    Attributes:
        students: Students by what happened: "taken", "unchanged", "replaced", "kept", "older".
        notes: A sentence for each student about whom there is more to say.
        late: Whose file that counts is marked as late.
        left: Files that were left out although it is known whose they are, with the reasons.
        unmatched: Files that were not matched, with the reasons.
        absent: Who is on the roster and has no file.
        grouped: Names of the download of which only the part behind a group was found.
    """

    students: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    notes: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    left: list[Problem] = field(default_factory=list)
    unmatched: list[Problem] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    grouped: list[str] = field(default_factory=list)


def collect(
    name: str,
    course: Path,
    paths: list[Path],
    roster: Path | None = None,
    keep: bool = False,
    db: str | None = None,
) -> Outcome:
    """Sort downloads into submitted/ and keep a record of them.

    Args:
        name: Name of the lesson.
        course: Folder of the class; submitted/ is made in it.
        paths: Downloads: zip files, folders, single files.
        roster: CSV file with the students of the class; without, everybody is taken.
        keep: Whether a file that was graded stays when another one was handed in.
        db: Address of the gradebook; default: gradebook.db in the course.

    Raises:
        CourseError: If a download or the roster is no such thing; then nothing was written.
    """
    lesson = lesson_of(name, course)
    register = Roster.of(course, roster)
    if not course.is_dir():
        raise CourseError(f"{course}: no such folder. Name the folder of your class with --course.")
    for path in paths:
        if (course / "submitted").is_relative_to(path.resolve()):
            raise CourseError(
                f"{path}: holds the class itself. Name the downloaded zip file, or a folder of its own."
            )
    with only_one(course), ExitStack() as stack:
        found, unmatched = read_downloads(paths, name, stack)
        if not found and not unmatched:
            raise CourseError(
                f"{', '.join(map(str, paths))}: no files inside. Name a downloaded zip file, or a folder with "
                "submissions."
            )
        outcome = Outcome(unmatched=unmatched)
        theirs = _by_student(found, register, outcome)
        graded = graded_students(name, address(course, db))
        writer = _Writer(lesson, course, keep, graded, outcome, shlex.join(map(str, paths)))
        try:
            for student, files in sorted(theirs.items()):
                writer.take(student, files, register)
        finally:
            write_record(course, name, writer.record)
        writer.note_marks()
        if register:
            outcome.absent = [
                s for s in register.students if s not in theirs and not handed_in(lesson, course, s)
            ]
    return outcome


def _by_student(
    found: list[HandedIn], register: Roster | None, outcome: Outcome
) -> dict[str, list[HandedIn]]:
    """Sort files by the student's id; who is not known, or may be several people, is reported."""
    theirs: dict[str, list[HandedIn]] = defaultdict(list)
    for match, files in matched(found, register):
        if match.student:
            theirs[match.student] += files
        else:
            outcome.unmatched += [(f.source, match.reason) for f in files]
        if match.by == "group":
            outcome.grouped.append(files[0].person)
    return theirs


class _Writer:
    """Writes the files of students into submitted/, one student after the other.

    Args:
        lesson: The lesson.
        course: Folder of the class.
        keep: Whether graded files stay.
        graded: Who has a result in the gradebook.
        outcome: Where is noted what was done.
        downloads: The downloads, as they are typed.
    """

    def __init__(
        self,
        lesson: Lesson,
        course: Path,
        keep: bool,
        graded: set[str],
        outcome: Outcome,
        downloads: str,
    ) -> None:
        self._lesson, self._course, self._keep = lesson, course, keep
        self._downloads = downloads
        self._graded, self._outcome = graded, outcome
        self._settings = read_settings(course)
        self._journal = Journal(course / FOLDER / f"{lesson.name}.jsonl")
        self.record = read_record(course, lesson.name)
        self._known = {(c.platform, c.platform_id): s for s, c in self.record.items()}

    def take(self, student: str, files: list[HandedIn], register: Roster | None) -> None:
        """Take what counts of a student's files, or report why nothing does."""
        choice = choose(files, self._lesson.name)
        if isinstance(choice, str):
            self._outcome.unmatched += [(f.source, f"{choice} ({student})") for f in files[:1]]
            return
        try:
            if is_linked(self._lesson, self._course, student):
                raise CourseError(f"submitted/{student} is a link: links are not followed")
            content = choice.file.read()
            if other := other_lesson(content, self._lesson):
                raise CourseError(
                    f"the notebook of {other}, not taken ({student}): "
                    f"vae-course collect {other} {self._downloads}"
                )
            earlier = [(f, f.read()) for f in choice.earlier]
            there = self._there(student)
        except CourseError as error:
            self._outcome.unmatched.append((choice.file.source, str(error)))
            return
        for file, its_content in earlier:
            if its_content != content:
                self._keep_attempt(student, file.given_name, its_content)
        what = self._take_file(student, there, choice, content, register)
        self._outcome.students[what].append(student)
        self._outcome.left += choice.left
        if choice.file.late and what not in ("kept", "older"):
            self._outcome.late.append(student)
        self._name_double(student, choice.file)

    def _there(self, student: str) -> tuple[Path, bytes] | None:
        """Return the file that counts now and its bytes, if there is one in the folder of the lesson.

        A loose file, or one in a folder inside, stops counting when another one comes, and stays.
        """
        file, _ = file_of(self._lesson, self._course, student)
        if file is None or file.parent != self._folder(student):
            return None
        content = _bytes_of(file)
        return None if content is None else (file, content)

    def _take_file(
        self,
        student: str,
        before: tuple[Path, bytes] | None,
        choice: Choice,
        content: bytes,
        register: Roster | None,
    ) -> str:
        """Write the file that counts and what is beside it; return what happened."""
        file, folder = choice.file, self._folder(student)
        there, old = before or (None, None)
        known = self.record.get(student)
        saved = (
            there.name
            if there and old == content
            else f"{self._lesson.name}{ending(file.file_name)}"
        )
        entry = collected_as(
            file, content, saved, [], register.students.get(student) if register else None
        )
        what = "taken" if old is None else "replaced"
        if old == content:
            what = "unchanged"
            entry = _with_first_time(entry, known)
        elif old is not None and known and known.sha256 == entry.sha256:
            self._note(
                student, "left as it is: the file was changed here after it had been collected"
            )
            return "unchanged"
        elif old is not None and known and known.is_newer_than(file):
            kept = self._keep_attempt(student, file.given_name, content)
            self._note(student, f"a later file is there; this earlier one is kept as {kept}")
            return "older"
        elif there is not None and old is not None and not self._may_replace(student, there, old):
            return "kept"
        if what != "unchanged":
            self._write(folder / saved, content)
            if there is not None and there.name != saved:
                there.unlink()  # its bytes are among the attempts
        if what != "unchanged" or not (folder / TIMESTAMP).exists():
            self._write_time(student, folder, file)
        beside = self._write_beside(student, folder, choice, known if what == "replaced" else None)
        self.record[student] = _with_beside(entry, beside)
        return what

    def _may_replace(self, student: str, there: Path, old: bytes) -> bool:
        """Keep the file that is there as an attempt and say so; return False if it was graded and must stay."""
        graded = student in self._graded or self._is_judged(student, there)
        if graded and self._keep:
            self._note(student, "another file was handed in; the graded one stays (--keep)")
            return False
        kept = self._keep_attempt(student, there.name, old)
        again = "; it was graded: grade the lesson again" if graded else ""
        self._note(student, f"replaced, the file before is kept as {kept}{again}")
        return True

    def _is_judged(self, student: str, there: Path) -> bool:
        if not self._journal.path.exists():
            return False
        key = journal_key(there, self._lesson, student, course_key(self._course))
        return self._journal.find(key) is not None

    def _folder(self, student: str) -> Path:
        return self._course / "submitted" / student / self._lesson.name

    def _keep_attempt(self, student: str, name: str, content: bytes) -> str:
        path = keep_attempt(self._course, self._lesson.name, student, name, content)
        return path.relative_to(self._course).as_posix()

    def _write_time(self, student: str, folder: Path, file: HandedIn) -> None:
        """Write the time as nbgrader reads it; the time of an earlier file does not stay."""
        if when := time_handed_in(file, self._settings, self._lesson.name, student):
            self._write(folder / TIMESTAMP, f"{when:%Y-%m-%d %H:%M:%S} UTC\n".encode())
        else:
            (folder / TIMESTAMP).unlink(missing_ok=True)

    def _write_beside(
        self, student: str, folder: Path, choice: Choice, before: Collected | None
    ) -> list[str]:
        """Write figures and data beside the notebook; what belonged to the file before goes to the attempts."""
        beside = []
        for name, file in choice.beside.items():
            path = folder / name
            try:
                content = file.read()
                old = _bytes_of(path)
                if old is not None and old != content:
                    self._keep_attempt(student, name, old)
                if old != content:
                    self._write(path, content)
                beside.append(name)
            except CourseError as error:
                self._outcome.left.append((file.source, str(error)))
        for name in before.beside if before else ():
            old = _bytes_of(folder / name)
            if name not in beside and old is not None:
                self._keep_attempt(student, name, old)
                (folder / name).unlink()
        return beside

    def _write(self, path: Path, content: bytes) -> None:
        """Write a file in submitted/.

        Raises:
            CourseError: If a folder on the way is a link, or it cannot be written.
        """
        top = self._course / "submitted"
        if any(p.is_symlink() for p in path.parents if p != top and p.is_relative_to(top)):
            raise CourseError(f"{path}: behind a link. Links are not followed: put a folder there.")
        write_atomically(path, content)

    def note_marks(self) -> None:
        """Say what Canvas's mark LATE costs, where the settings take something off."""
        late = [s for s in self._outcome.late if self.record[s].platform == "canvas"]
        if late and self._settings.late:
            costs = "Canvas tells no times: LATE counts as the first day of [late]"
            if self._lesson.name not in self._settings.deadlines:
                costs = f"LATE costs nothing: {FILE} has no deadline of {self._lesson.name}"
            self._outcome.notes.append(costs)

    def _note(self, student: str, text: str) -> None:
        self._outcome.notes.append(f"{student}: {text}")

    def _name_double(self, student: str, file: HandedIn) -> None:
        """Say when this person was collected before under another id, as with a roster."""
        before = self._known.get((file.platform, file.platform_id)) if file.platform_id else None
        if before and before != student:
            self._note(
                student,
                f"the same person was collected as {before} before: use the same roster each time",
            )


def _bytes_of(path: Path) -> bytes | None:
    """Return the bytes of a file, None if there is none.

    Raises:
        CourseError: If it is a link or cannot be read.
    """
    if path.is_symlink():
        raise CourseError(f"{path}: a link. Links are not followed: put the file itself there.")
    if not path.is_file():
        return None
    if path.stat().st_size > MAX_BYTES:
        raise CourseError(f"{path}: more than {MAX_BYTES // 2**20} MB. Move it away.")
    return path.read_bytes()


def _with_first_time(entry: Collected, known: Collected | None) -> Collected:
    """Keep the time at which the same bytes were collected first: a later download has a later time."""
    return replace(entry, when=known.when) if known and known.sha256 == entry.sha256 else entry


def _with_beside(entry: Collected, beside: list[str]) -> Collected:
    return replace(entry, beside=sorted(beside))


def report(name: str, outcome: Outcome, course: Path = Path()) -> str:
    """Return what became of a collection, for people.

    Args:
        name: Name of the lesson.
        outcome: What became of it.
        course: Folder of the class, as it was typed.
    """
    total = sum(map(len, outcome.students.values()))
    lines = [f"{name}: files of {total} {'student' if total == 1 else 'students'}"]
    meaning = {
        "taken": "taken",
        "unchanged": "unchanged",
        "replaced": "replaced",
        "kept": "graded file kept",
        "older": "older than what is there",
    }
    for what, words in meaning.items():
        lines += in_lines(words, sorted(outcome.students[what]))
    lines += in_lines("late", sorted(outcome.late))
    lines += in_lines("found by the name behind a group's", sorted(outcome.grouped))
    lines += [f"  {one_line(note)}" for note in outcome.notes]
    lines += _files("left out", outcome.left)
    lines += _files("not matched", outcome.unmatched)
    lines += in_lines("on the roster, without a file", outcome.absent)
    if outcome.students["taken"] or outcome.students["replaced"]:
        where = "" if course == Path() else f" --course {shlex.quote(str(course))}"
        lines.append(f"Next: vae-course grade {name}{where}")
    return "\n".join(lines)


def _files(what: str, problems: list[Problem]) -> list[str]:
    if not problems:
        return []
    shown = [f"  {one_line(name)}: {one_line(reason)}" for name, reason in sorted(problems)]
    return [f"{what} ({len(problems)}):", *shown]
