"""Give scores back: in the grade file that a teacher downloaded from Canvas or Moodle, or in a plain table."""

from __future__ import annotations

import csv
import io
import os
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.classes.inbox import formula_in, time_of
from autograder.classes.platforms.grade_file import GradeFile, grade_file, number
from autograder.classes.platforms.record import Collected, read_record
from autograder.classes.platforms.roster import Roster, Student, in_lines
from autograder.classes.platforms.scores import Score, address, read_scores
from autograder.classes.platforms.sheet import Sheet
from autograder.errors import CourseError
from autograder.files import write_atomically
from autograder.source.lesson import Lesson
from autograder.wire.explain import printable

PLAIN = (
    *("id", "name", "lesson", "score", "max score", "late penalty"),
    *("written answers waiting", "timestamp"),
)
SAME = 0.005  # points: platforms compare two decimals
MAX_PROBLEMS = 5  # that are named in one line


@dataclass(frozen=True)
class Filled:
    """What was filled in.

    Attributes:
        path: The file that was written.
        filled: How many cells got another text.
        same: How many held the same grade before.
        left: What the file calls the students who got no grade.
    """

    path: Path
    filled: int
    same: int
    left: list[str]


def refuse_options(into: Path | None, tables: list[Path], out: Path | None, in_place: bool) -> None:
    """Refuse options that do not go together.

    Raises:
        CourseError: If so, with those that do.
    """
    if into is None and (not tables or out or in_place):
        raise CourseError(
            "Say where the grades go: --into FILE.csv, downloaded from Canvas or Moodle, or --plain FILE.csv "
            "or --total FILE.csv."
        )
    if out and in_place:
        raise CourseError("--out names another file, --in-place none: give one of them.")
    if into and out and out.exists() and into.exists() and os.path.samefile(out, into):
        raise CourseError(
            f"{out}: is the downloaded file. Add --in-place in the place of --out, or name another."
        )


def filled_lines(filled: Filled) -> list[str]:
    """Return what was filled in, for people."""
    first = (
        f"wrote {filled.path}: {filled.filled} grades filled in, {filled.same} were there already"
    )
    return [first, *in_lines("without a score, left as they are", filled.left)]


def waiting_lines(scores: list[Score]) -> list[str]:
    """Return who has answers that wait for a person, for people."""
    lines = []
    for lesson in dict.fromkeys(s.lesson for s in scores):
        names = [s.student.id for s in scores if s.lesson == lesson and s.waiting]
        lines += in_lines(f"{lesson}: not final, answers are still to be marked by hand", names)
    return lines


def outdated_lines(scores: list[Score], course: Path) -> list[str]:
    """Return whose file has another time than the one that was graded, for people: it came later."""
    lines = []
    for lesson in dict.fromkeys(s.lesson for s in scores):
        graded = [s for s in scores if s.lesson == lesson and s.timestamp]
        names = [
            s.student.id
            for s in graded
            if time_of(lesson, course, s.student.id) not in (None, s.timestamp)
        ]
        lines += in_lines(f"{lesson}: another file came after these grades, grade again", names)
    return lines


def scores_of(
    lessons: list[str], course: Path, db: str | None = None, roster: Path | None = None
) -> list[Score]:
    """Return the scores of lessons by name of the student, with what is known of them.

    Args:
        lessons: Names of lessons.
        course: Folder of the class.
        db: Address of the gradebook; default: gradebook.db in the course.
        roster: CSV file of the class, for what neither the gradebook nor the collection knows of students.

    Raises:
        CourseError: If a lesson is unknown, nothing of it was graded, or the roster is none.
    """
    register = Roster.of(course, roster)
    names = [Lesson.load(name).name for name in lessons]
    scores = read_scores(names, address(course, db))
    for name in names:
        if not any(s.lesson == name and s.score is not None for s in scores):
            raise CourseError(f"Nothing of {name} was graded. Run: vae-course grade {name}")
    records = {name: read_record(course, name) for name in names}
    known = [
        replace(s, student=_known(s.student, register, records[s.lesson].get(s.student.id)))
        for s in scores
    ]
    return sorted(known, key=lambda s: (names.index(s.lesson), *_by_name(s.student)))


def fill(
    scores: list[Score],
    course: Path,
    into: Path,
    out: Path | None = None,
    column: str | None = None,
    again: bool = False,
    without: list[str] | None = None,
) -> Filled:
    """Fill scores into the grade file of a platform; every byte that is no filled cell stays.

    Args:
        scores: The scores; those that are None are left alone.
        course: Folder of the class, which knows the platform's numbers of those whose files were collected.
        into: The file that was downloaded.
        out: Where to write; may be the same file. Default: NAME.filled.csv beside it.
        column: Title of the assignment's column; default: the lesson's name or title.
        again: Whether grades that are there and differ are replaced.
        without: Students who are left alone, such as those who left the course.

    Raises:
        CourseError: If something does not match; then nothing was written.
    """
    sheet = Sheet.read(into)
    file = grade_file(sheet, into.name)
    lessons = list(dict.fromkeys(s.lesson for s in scores))
    if len(lessons) > 1 and (column or file.platform == "moodle"):
        why = (
            "--column names one column"
            if column
            else "a worksheet of Moodle is that of one assignment"
        )
        raise CourseError(
            f"{why}, and {len(lessons)} lessons were named: {', '.join(lessons)}. Name one."
        )
    target = out or into.with_name(f"{into.stem}.filled{into.suffix}")
    _refuse_to_overwrite(target, into)
    left_alone = set(without or ())
    if unknown := left_alone - {s.student.id for s in scores}:
        raise CourseError(f"--without {printable(min(unknown))}: no such student in the gradebook.")
    graded = [s for s in scores if s.score is not None and s.student.id not in left_alone]
    filling = _Filling(file, again)
    for lesson in lessons:
        loaded = Lesson.load(lesson)
        at = file.column(
            [column] if column else [lesson, loaded.title, loaded.title.split(": ")[-1]]
        )
        filling.add([s for s in graded if s.lesson == lesson], at, read_record(course, lesson))
    filling.refuse_problems()
    write_atomically(target, sheet.filled(filling.cells))
    left = [file.who(row) for row in file.rows() if row not in filling.rows]
    return Filled(target, len(filling.cells), filling.same, left)


class _Filling:
    """Finds the cells for scores, and everything that does not match.

    Args:
        file: The grade file.
        again: Whether grades that are there and differ are replaced.

    Attributes:
        cells: The new texts by row and column.
        same: How many cells hold the score already.
        rows: The rows of all students who have a score.
    """

    def __init__(self, file: GradeFile, again: bool) -> None:
        self._file, self._again = file, again
        self._comma = file.sheet.delimiter == ";" and self._writes_commas()
        self._problems: dict[str, list[str]] = defaultdict(list)  # by what to do about them
        self.cells: dict[tuple[int, int], str] = {}
        self.same = 0
        self.rows: set[int] = set()

    def add(self, scores: list[Score], column: int, record: dict[str, Collected]) -> None:
        """Find the cell of each score of a lesson."""
        taken: dict[int, str] = {}
        for score in scores:
            who = printable(score.student.id)
            rows = self._file.find(score.student, record.get(score.student.id))
            if not rows:
                self._wrong(f"{who} is not in the file", MISSING)
            elif len(rows) > 1 or rows[0] in taken:
                others = f"{len(rows)} rows" if len(rows) > 1 else f"the row of {taken[rows[0]]}"
                self._wrong(f"{who} fits {others}", AMBIGUOUS)
            else:
                taken[rows[0]] = who
                self.rows.add(rows[0])
                self._add(score, rows[0], column)

    def _add(self, score: Score, row: int, column: int) -> None:
        file, who = self._file, printable(score.student.id)
        assert score.score is not None
        if column >= len(file.sheet.rows[row]):
            self._wrong(f"the row of {who} has too few cells", DAMAGED)
            return
        possible, old = file.points(column, row), file.cell(row, column)
        if possible is None or abs(possible - score.max_score) >= SAME:
            seen = "no points" if possible is None else f"{possible:g} points"
            self._wrong(
                f"{score.lesson} has {score.max_score:g} points, the file says {seen}", POINTS
            )
            return
        there = number(old)
        if there is not None and abs(there - score.score) < SAME:
            self.same += 1
        elif file.is_locked(row):
            self._wrong(f"the grade of {who} cannot be changed", LOCKED)
        elif old not in ("", "-") and not self._again:
            new = self._text(score.score)
            self._wrong(f"{who} has {printable(old)!r}, the gradebook says {new}", DIFFERENT)
        else:
            self.cells[row, column] = self._text(score.score)

    def refuse_problems(self) -> None:
        """Refuse if anything did not match.

        Raises:
            CourseError: With everything that is wrong, and what to do.
        """
        if not self._problems:
            return
        said = []
        for remedy, problems in self._problems.items():
            several = list(dict.fromkeys(problems))
            shown = "; ".join(several[:MAX_PROBLEMS])
            more = len(several) - MAX_PROBLEMS
            said.append(f"{shown}{f'; and {more} more' if more > 0 else ''}. {remedy}")
        raise CourseError(f"{self._file.name}: nothing was written. {' '.join(said)}")

    def _wrong(self, problem: str, remedy: str) -> None:
        self._problems[remedy].append(problem)

    def _text(self, score: float) -> str:
        """Return a score with at most two decimals, as the file writes numbers."""
        text = f"{score:.2f}".rstrip("0").rstrip(".")
        return text.replace(".", ",") if self._comma else text

    def _writes_commas(self) -> bool:
        cells = [c.strip() for row in self._file.sheet.rows[1:] for c in row]
        return any("," in c and number(c) is not None for c in cells)


MISSING = (
    "Download the file again, give the ids with --roster FILE.csv, or leave out who left the course "
    "with --without ID."
)
AMBIGUOUS = "Give each student their own number in the column lms_user_id of --roster FILE.csv."
DAMAGED = "Download the file again."
POINTS = "Set the assignment's points in the platform and download again, or name another column with --column."
LOCKED = "Unlock it in Moodle's grade book, or leave the student out with --without ID."
DIFFERENT = "If the gradebook is right, add --replace."


def _known(student: Student, register: Roster | None, collected: Collected | None) -> Student:
    """Return what is known of a student, from the roster, else the gradebook, else the download."""
    known = [register.students.get(student.id, student)] if register else []
    known.append(student)
    if collected:
        named = (
            student.first_name or student.last_name or (known[0].first_name + known[0].last_name)
        )
        called = "" if named else collected.person
        known.append(Student(student.id, called, "", collected.email, collected.lms_user_id))
    return Student(
        student.id,
        *(
            next((value for one in known if (value := getattr(one, key))), "")
            for key in ("first_name", "last_name", "email", "lms_user_id")
        ),
    )


def _by_name(student: Student) -> tuple[str, str, str]:
    return student.last_name.casefold(), student.first_name.casefold(), student.id


def _refuse_to_overwrite(target: Path, into: Path) -> None:
    """Refuse to write over a file that is not an earlier result for the same grade file."""
    if not target.exists() or os.path.samefile(target, into):
        return
    if target.read_bytes().split(b"\n", 1)[0] != into.read_bytes().split(b"\n", 1)[0]:
        raise CourseError(
            f"{target}: is there already, with other columns. Name another file with --out."
        )


def write_plain(scores: list[Score], path: Path) -> None:
    """Write a table with a line for each student and lesson, every cell quoted.

    The score is empty where nothing was handed in. A cell that a spreadsheet would take for a formula begins
    with an apostrophe.

    Raises:
        CourseError: If the file holds something else, or cannot be written.
    """
    table = io.StringIO()
    writer = csv.writer(table, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(PLAIN)
    for s in scores:
        name = f"{s.student.first_name} {s.student.last_name}".strip()
        numbers = (_decimals(s.score), _decimals(s.max_score), _decimals(s.penalty))
        when = f"{s.timestamp:%Y-%m-%d %H:%M:%S} UTC" if s.timestamp else ""
        writer.writerow(
            map(harmless, (s.student.id, name, s.lesson, *numbers, str(s.waiting), when))
        )
    write_own_table(table.getvalue(), path)


def write_own_table(text: str, path: Path) -> None:
    """Write a table of ours over an earlier one, but over no other file.

    Raises:
        CourseError: If the file holds something else, or cannot be written.
    """
    header = text.split("\n", 1)[0]
    if path.exists() and path.read_bytes().split(b"\n", 1)[0] != header.encode():
        raise CourseError(
            f"{path}: is there already and no table of this command. Name another file."
        )
    write_atomically(path, text.encode())


def _decimals(points: float | None) -> str:
    return "" if points is None else f"{points:.2f}".rstrip("0").rstrip(".")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    text = printable(text)
    return f"'{text}" if formula_in(text) else text
