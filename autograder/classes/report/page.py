"""Write the report: one page that opens from a file, asks nobody for anything, and runs no script."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from autograder.classes.course_folder.settings import lesson_of
from autograder.classes.page_policy import own_page
from autograder.classes.platforms.scores import address, read_scores
from autograder.classes.report import figures, mistakes
from autograder.classes.report.mistakes import Kind
from autograder.classes.report.results import Result, pseudonyms, read_results
from autograder.classes.report.statistics import SMALL, Item, items, quartiles
from autograder.errors import CourseError
from autograder.exercises.lookup import hidden_test, wrong_solutions
from autograder.files import write_atomically
from autograder.grading.seeds import course_key
from autograder.source.lesson import Lesson

HERE = Path(__file__).parent
MOST = 12  # kinds of mistakes that are shown of a lesson
FIRST = 3  # of each sort among what to look at first


@dataclass(frozen=True)
class Part:
    """What the page tells of one lesson."""

    lesson: Lesson
    results: list[Result]
    worked: list[Result]
    unread: list[str]
    items: list[Item]
    named: list[Kind]
    unnamed: list[Kind]
    stopped: list[Kind]
    did_not_run: list[Kind]

    @property
    def points(self) -> float:
        """Points of the lesson's tests."""
        return sum(self.lesson.exercises.values())

    @property
    def small(self) -> bool:
        """Whether so few worked on the lesson that statistics say little."""
        return len(self.worked) < SMALL

    @property
    def quartiles(self) -> tuple[float, float, float]:
        """Quartiles and median of the points."""
        return quartiles([r.score for r in self.results])

    @property
    def histogram(self) -> Markup:
        """The distribution of scores."""
        return Markup(figures.histogram([r.share for r in self.results]))

    @property
    def exercises(self) -> Iterator[tuple[str, Markup, str, float]]:
        """Yield of each exercise its heading, a bar, the same in words, and the mean of its points."""
        for name, counts in mistakes.outcome_counts(self.results):
            earned = [
                e.score / e.max_score for r in self.results for e in r.exercises if e.name == name
            ]
            words = " · ".join(f"{figures.HOW[how]}: {n}" for how, n in counts.items() if n)
            bar = Markup(figures.outcome_bar(counts))
            yield self.title(name), bar, words, sum(earned) / len(earned)

    @property
    def criteria(self) -> Iterator[tuple[str, list[Item]]]:
        """Yield the heading of each exercise with its criteria."""
        for name, group in itertools.groupby(self.items, lambda item: item.exercise):
            yield self.title(name), list(group)

    def title(self, exercise: str) -> str:
        """Return the heading of an exercise, without the marks of code."""
        return self.lesson.titles.get(exercise, exercise).replace("`", "")


def write_report(
    lessons: Sequence[str], course: Path, output: Path, names: bool = False, db: str | None = None
) -> str:
    """Write the report of some lessons of a course.

    Args:
        lessons: Their names.
        course: Folder of the class, in which they were graded.
        output: The file to write.
        names: Whether students are named; by default they have pseudonyms.
        db: Address of the gradebook; default: gradebook.db in the course.

    Returns:
        A line that says what was written.

    Raises:
        CourseError: If a lesson is unknown or was not graded, or the file cannot be written.
    """
    if output.is_dir():
        raise CourseError(f"{output}: a folder. Name a file with --output, as in report.html.")
    parts = [_part(lesson_of(name, course), course) for name in dict.fromkeys(lessons)]
    called = _called(parts, course, names, db)
    page = render(parts, called, names)
    write_atomically(output, page.encode("utf-8", "replace"))
    people = len({r.student for p in parts for r in p.results})
    who = "with their names: keep it to yourself" if names else "with pseudonyms"
    return f"wrote {output}: {people} students in {', '.join(p.lesson.name for p in parts)}, {who}"


def _part(lesson: Lesson, course: Path) -> Part:
    results, unread = read_results(lesson, course)
    worked = [r for r in results if r.attempted]
    points = {
        (name, c.name): c.points
        for name in lesson.exercises
        for c in hidden_test(lesson.name, name).criteria
    }
    known = {(v.exercise, v.id) for v in wrong_solutions(lesson.name).variants}
    sorts = (
        mistakes.named(known),
        mistakes.unnamed(known),
        mistakes.stopped,
        mistakes.did_not_run,
    )
    found = (mistakes.kinds(worked, sort) for sort in sorts)
    return Part(lesson, results, worked, unread, items(worked, points) if worked else [], *found)


def _called(parts: list[Part], course: Path, names: bool, db: str | None) -> dict[str, str]:
    """Return what each student is called on the page."""
    students = {s for p in parts for s in (*p.unread, *(r.student for r in p.results))}
    if not names:
        return pseudonyms(students, course_key(course))
    known = {
        s.student.id: s.student for s in read_scores([parts[0].lesson.name], address(course, db))
    }

    def name(student: str) -> str:
        who = known.get(student)
        full = f"{who.first_name} {who.last_name}".strip() if who else ""
        return f"{full} ({student})" if full else student

    return {student: name(student) for student in students}


def render(parts: list[Part], called: dict[str, str], names: bool) -> str:
    """Return the page.

    Args:
        parts: What is told of each lesson.
        called: What each student is called.
        names: Whether these are their names.
    """
    shares = _shares(parts)
    lessons = [p.lesson.name for p in parts]
    table = sorted((sum(own.values()) / len(own), called[s], own) for s, own in shares.items())
    return own_page(
        HERE,
        "report",
        parts=parts,
        patterns=Markup(figures.PATTERNS),
        legend=[(Markup(figures.sample(how)), words) for how, words in figures.HOW.items()],
        share_bar=lambda share: Markup(figures.share_bar(share)),
        progress=Markup(figures.progress(lessons, list(shares.values()))) if len(parts) > 1 else "",
        many=len(shares) > figures.MOST_LINES,
        table=table,
        first=list(_first(parts)),
        called=called,
        names=names,
        most=MOST,
        small=SMALL,
    )


def _shares(parts: list[Part]) -> dict[str, dict[str, float]]:
    """Return of each student the part of the points by lesson."""
    shares: dict[str, dict[str, float]] = {}
    for part in parts:
        for result in part.results:
            shares.setdefault(result.student, {})[part.lesson.name] = result.share
    return shares


def _first(parts: list[Part]) -> Iterator[tuple[str, Part, str, str]]:
    """Yield what to look at first: (what, the lesson, the exercise, why), a few of each sort.

    What a single student did is not among them.
    """

    def shared(sort: str, said: str) -> Iterator[tuple[str, Part, str, str]]:
        several = [(p, k) for p in parts for k in getattr(p, sort) if len(k.students) > 1]
        for part, kind in sorted(several, key=lambda pk: -len(pk[1].students))[:FIRST]:
            yield said.format(len(kind.students)), part, kind.exercise, kind.message

    yield from shared("named", "{} students made the same mistake")
    yield from shared("unnamed", "{} students are wrong in the same way, which has no name yet")
    doubtful = [(p, i) for p in parts for i in p.items if i.is_doubtful]
    for part, item in sorted(doubtful, key=lambda pi: pi[1].correlation or 0.0)[:FIRST]:
        why = f"those with more points fail “{item.criterion}” more often."
        yield "A doubtful criterion", part, item.exercise, why
    yield from shared("stopped", "The code of {} students stopped")
