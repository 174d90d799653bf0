"""Grade a whole class: several processes judge, one records, and a stopped run goes on where it stopped."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from autograder.classes.course_folder.configuration import address, gradebook_exists
from autograder.classes.course_folder.settings import lesson_of
from autograder.classes.course_folder.strangers import refuse_strangers
from autograder.classes.gradebook import Recorder
from autograder.classes.inbox import (
    file_of,
    handed_in,
    is_linked,
    loose_files,
    problem_with_name,
    students_of,
)
from autograder.classes.journal import Journal, journal_key, page_key
from autograder.classes.platforms.roster import Roster
from autograder.classes.pool import UNWRITTEN, FeedbackTask, GradingTask, Incident, Pool, Task
from autograder.classes.results.changes import Change, Standing
from autograder.classes.results.pages import WrittenPages
from autograder.classes.results.table import full_points, print_grades
from autograder.errors import CourseError
from autograder.exercises.sound import refuse_unsound
from autograder.files import write_atomically
from autograder.grading.judge import Verdict, nothing_read
from autograder.grading.marking import Marked, mark
from autograder.grading.salvage import blank
from autograder.grading.seeds import FOLDER, course_key
from autograder.sandbox.isolation import isolation, refusal, refuse_shown
from autograder.sandbox.worker_process import WorkerProcess
from autograder.source.lesson import Lesson
from autograder.wire.explain import one_line, printable

if TYPE_CHECKING:
    from autograder.classes.cluster import Cluster


@dataclass(frozen=True)
class Grade:
    """One student's result: a verdict, or the reason why there is none.

    Attributes:
        student: The name of the student's folder.
        verdict: The verdict.
        problem: Why there is no verdict.
        failed: Whether the grader could not do its work: an incident, or no feedback page.
        standing: Points that count and answers that wait for a person.
    """

    student: str
    verdict: Verdict | None
    problem: str = ""
    failed: bool = False
    standing: Standing | None = None


def grade_class(name: str, course: Path, *arguments: Any, **options: Any) -> list[Grade]:
    """Grade every submission of one lesson; arguments and result as those of `grade_classes`."""
    return grade_classes([name], course, *arguments, **options)


def grade_classes(
    names: Sequence[str],
    course: Path,
    feedback: bool = True,
    sandbox: bool = True,
    jobs: int = 1,
    db: str | None = None,
    cluster: str | None = None,
    processes: Sequence[WorkerProcess] = (),
    diff: bool = False,
) -> list[Grade]:
    """Grade every submission of some lessons with the same judges, and print a table for each.

    Args:
        names: Names of the lessons.
        course: Folder with submitted/STUDENT/LESSON/LESSON.ipynb; gradebook.db, autograded/ and feedback/ are
            written beside it.
        feedback: Whether to write feedback pages.
        sandbox: Whether learners' code must be isolated.
        jobs: Number of judge processes.
        db: Address of the gradebook, as SQLAlchemy understands it; default: gradebook.db in the course.
        cluster: Address of a dask scheduler, whose workers judge instead of processes here.
        processes: Worker processes that have been started already, one for each judge.
        diff: Whether to show only what would change; verdicts are kept, the gradebook is not touched.

    Returns:
        One grade per lesson and student, sorted by name within a lesson.

    Raises:
        CourseError: If a lesson is unknown, its source or the settings are wrong, or nothing was submitted.
    """
    lessons = [lesson_of(name, course) for name in dict.fromkeys(names)]
    db = address(course, db)
    refuse_strangers(course, db)  # reads settings and roster: their faults are told before any work
    students = {lesson.name: students_of(lesson, course) for lesson in lessons}
    for lesson in lessons:
        refuse_unsound(lesson)
    if sandbox and cluster is None and not isolation().enough:
        raise CourseError(refusal())
    refuse_shown(course)
    if not os.access(course, os.W_OK):
        raise CourseError(f"{course}: cannot be written. Check the folder's rights.")
    if not diff or gradebook_exists(db):
        _open(db)
    jobs = len(processes) or min(jobs, max(map(len, students.values())))
    known = list(students)
    grades: list[Grade] = []
    with only_one(course), _pool(known, course, jobs, sandbox, cluster, processes) as pool:
        for lesson in lessons:
            here = students[lesson.name]
            graded = grade_lesson(lesson, course, here, pool, db, feedback and not diff, diff=diff)
            print_grades(lesson, graded)
            grades += graded
    if diff:
        print("Nothing was written. The same command without --diff writes these grades.")
        return grades
    url = make_url(db)
    local = url.get_backend_name() == "sqlite"
    print(f"gradebook: {url.database if local else url.render_as_string(hide_password=True)}")
    if feedback:
        print(f"feedback pages: {course / 'feedback'}")
    return grades


def grade_lesson(
    lesson: Lesson,
    course: Path,
    students: list[str],
    pool: Pool | Cluster,
    db: str,
    feedback: bool = True,
    keep_bars: bool = True,
    diff: bool = False,
) -> list[Grade]:
    """Grade every submission of a lesson with judges that are ready; the caller holds the course's lock.

    Args:
        lesson: The lesson.
        course: Folder with submitted/.
        students: Who handed in.
        pool: The judges.
        db: Address of the gradebook.
        feedback: Whether to write feedback pages.
        keep_bars: Whether progress bars stay on the screen when they are full.
        diff: Whether to show only what would change.

    Returns:
        One grade per student, sorted by name.
    """
    work = Work(lesson, course, students)
    judged = pool.done(work.tasks())
    try:
        with Recorder(lesson, course, db, dry=diff) as recorder:  # the judges are at work
            if not diff:
                recorder.enrol(work.students, Roster.of(course))
            grades = sorted(work.recorded(judged, recorder, keep_bars), key=lambda g: g.student)
            contents = {} if diff else {g.student: recorder.content(g.student) for g in grades}
    except DatabaseError as error:
        raise CourseError(_database_problem(error)) from None
    if feedback:
        pages = [FeedbackTask(g.student, lesson.name, course, db) for g in grades if g.verdict]
        written = WrittenPages(course, lesson.name, contents)
        lost = _write_pages(pages, work.keys, pool, course, keep_bars, written)
        grades = [replace(g, failed=True) if g.student in lost else g for g in grades]
    return grades


def _pool(
    names: Sequence[str],
    course: Path,
    jobs: int,
    sandbox: bool,
    cluster: str | None,
    processes: Sequence[WorkerProcess],
) -> Pool | Cluster:
    if cluster is None:
        return Pool(names, jobs, sandbox, processes)
    from autograder.classes.cluster import Cluster

    return Cluster(cluster, names[0], course, sandbox)


class Work:
    """What is to be judged and recorded; a verdict is in the journal before it is in the gradebook.

    Args:
        lesson: The lesson.
        course: Folder with submitted/.
        students: Who handed in.

    Attributes:
        students: Those whose results can be recorded.
        keys: By student, the key of their verdict in the journal; filled by `tasks`.
    """

    def __init__(self, lesson: Lesson, course: Path, students: list[str]) -> None:
        self._lesson, self._course, self._secret = lesson, course, course_key(course)
        self._journal = Journal(course / FOLDER / f"{lesson.name}.jsonl")
        self._problems = {s: problem for s in students if (problem := problem_with_name(s))}
        for student in students:
            if student not in self._problems and is_linked(lesson, course, student):
                self._problems[student] = "the folder is a link to another one: links are not read"
        for name in loose_files(course):
            self._problems[name] = (
                f"a file and no folder: put it into submitted/STUDENT/{lesson.name}"
            )
        self.students = [s for s in students if s not in self._problems]
        self._files: dict[str, Path] = {}
        self._notes: dict[str, str] = {}  # about other files, by student
        self._unclear: dict[str, str] = {}  # why there is no file, by student
        for student in list(self.students):
            try:
                file, reason = file_of(lesson, course, student)
            except OSError as error:  # rights that were taken away
                self._problems[student] = f"the folder cannot be read ({error.strerror})"
                self.students.remove(student)
                continue
            if file is None:
                self._unclear[student] = reason
            else:
                self._files[student], self._notes[student] = file, reason
        self.keys: dict[str, str] = {}

    def tasks(self) -> Iterator[GradingTask]:
        """Yield a task per student whose file is clear, with the verdict if it is known."""
        for student, file in self._files.items():
            note = self._notes[student]
            key = journal_key(file, self._lesson, student, self._secret, note)
            self.keys[student] = key
            known = self._journal.find(key)
            name, names = self._lesson.name, self._lesson.names
            yield GradingTask(student, file, name, self._secret, known, note, names)

    def recorded(
        self, judged: Iterable[tuple[Task, Any]], recorder: Recorder, keep_bar: bool = True
    ) -> Iterator[Grade]:
        """Keep and record each verdict; yield a grade for every student.

        Where an earlier grading would come out otherwise, all changes are shown before one is written.
        """
        held: list[tuple[Change, Marked]] = []
        for item in self._marked(judged, keep_bar):
            if isinstance(item, Grade):
                yield item
                continue
            student, marked = item
            change = self._guarded(student, lambda: recorder.plan(student, marked))  # noqa: B023 - called here
            if isinstance(change, Grade):
                yield change
            elif change.matters:
                reason = recorder.reason(student, marked, self._files.get(student))
                held.append((replace(change, reason=reason), marked))
            else:
                yield self._recorded(student, marked, recorder, change)
        _show_changes(self._lesson, [change for change, _ in held])
        for change, marked in held:
            yield self._recorded(change.student, marked, recorder, change)

    def _marked(
        self, judged: Iterable[tuple[Task, Any]], keep_bar: bool
    ) -> Iterator[Grade | tuple[str, Marked]]:
        """Keep each verdict; yield the student with the marked notebook, or why there is none."""
        for student, problem in self._problems.items():
            yield Grade(one_line(student), None, problem)
        for student, reason in self._unclear.items():
            yield self._without_file(student, reason)
        with progress_bar(keep_bar) as bar:
            line = bar.add_task(f"grading {self._lesson.name}", total=len(self._files))
            for task, marked in judged:
                if isinstance(task, GradingTask) and isinstance(marked, Marked):
                    if task.verdict is None:
                        self._journal.keep(self.keys[task.student], marked.verdict)
                    yield task.student, marked
                else:
                    reason = report_incident(marked, self._course)
                    yield Grade(task.student, None, reason, failed=True)
                bar.update(line, advance=1, refresh=True)

    def _without_file(self, student: str, reason: str) -> Grade | tuple[str, Marked]:
        """Give no points to a student whose folder of the lesson holds no file that can be read."""
        if not handed_in(self._lesson, self._course, student):
            return Grade(student, None, reason)
        submission = blank(self._lesson, f"{reason[0].upper()}{reason[1:]}.")
        self.keys[student] = hashlib.sha256(reason.encode()).hexdigest()
        return student, mark(submission, nothing_read(submission))

    def _recorded(self, student: str, marked: Marked, recorder: Recorder, change: Change) -> Grade:
        """Record a marked notebook, unless changes are only to be shown."""
        if not recorder.dry:
            file = self._files.get(student)
            done = self._guarded(student, lambda: recorder.record(student, marked, file))
            if isinstance(done, Grade):
                return done
        return Grade(student, marked.verdict, standing=change.after)

    def _guarded(self, student: str, do: Callable[[], Change]) -> Change | Grade:
        """Do something for one student; what goes wrong with their files is their result."""
        try:
            return do()
        except (CourseError, OperationalError):
            # settings or a key that are wrong, a database that is locked, full or gone: the whole course
            raise
        except Exception as error:
            incident = Incident.of(error, "the result could not be recorded")
            return Grade(student, None, report_incident(incident, self._course), failed=True)


def _show_changes(lesson: Lesson, changes: list[Change]) -> None:
    """Print old -> new of every student whose earlier grading comes out otherwise."""
    if not changes:
        return
    what = (
        "1 earlier grade changes" if len(changes) == 1 else f"{len(changes)} earlier grades change"
    )
    print(f"{lesson.name}: {what}")
    for change in sorted(changes, key=lambda c: c.student):
        print(f"  {change.line(full_points(lesson), lesson)}")


def report_incident(incident: Incident | str, course: Path) -> str:
    """Return why there is no result; details go into a file, whose number is in the line."""
    if isinstance(incident, str):
        return one_line(incident)
    number = hashlib.sha256((incident.reason + incident.details).encode()).hexdigest()[:8]
    path = course / FOLDER / "incidents" / f"{number}.txt"
    write_atomically(path, f"{incident.reason}\n\n{incident.details}".encode())
    return f"{incident.reason}; incident {number}, see {FOLDER}/incidents/{number}.txt"


def _write_pages(
    pages: list[FeedbackTask],
    keys: dict[str, str],
    pool: Pool | Cluster,
    course: Path,
    keep_bar: bool = True,
    written: WrittenPages | None = None,
) -> set[str]:
    """Write the pages that changed, except those that are known to take too long; return who has none.

    Args:
        pages: The pages.
        keys: By student, the key of their verdict in the journal.
        pool: Who writes them.
        course: Folder of the course.
        keep_bar: Whether the progress bar stays on the screen.
        written: Which pages are as they should be.
    """
    pages = [p for p in pages if not written or not written.is_current(p.student)]
    unwritten = {p.student: course / UNWRITTEN / f"{page_key(keys[p.student])}.txt" for p in pages}
    known = [p for p in pages if unwritten[p.student].exists()]
    results = pool.done([p for p in pages if p not in known])
    lost = set()
    with progress_bar(keep_bar) as bar:
        line = bar.add_task("feedback pages", total=len(pages))
        for page, problem in chain(
            ((p, unwritten[p.student].read_text(encoding="utf-8")) for p in known), results
        ):
            if problem:
                lost.add(page.student)
                reason = report_incident(problem, course)
                if isinstance(problem, Incident) and problem.lasting:
                    write_atomically(unwritten[page.student], reason.encode())
                bar.console.print(f"{page.student}: no feedback page: {reason}", markup=False)
            elif written:
                written.keep(page.student)
            bar.update(line, advance=1, refresh=True)
    return lost


def progress_bar(keep: bool = True) -> Progress:
    """Return a progress bar on standard error that starts no thread, because judges are forked.

    Args:
        keep: Whether the bar stays when it is full; without, there is none where it could not be wiped.
    """
    columns = (*Progress.get_default_columns(), MofNCompleteColumn())
    console = Console(stderr=True)
    return Progress(
        *columns,
        console=console,
        auto_refresh=False,
        transient=not keep,
        disable=not keep and not console.is_terminal,
    )


def _database_problem(error: SQLAlchemyError) -> str:
    """Return one line on a gradebook that cannot be used."""
    reason = printable(str(error).split("\n")[0])
    return (
        f"The gradebook cannot be used: {reason}. What was judged is kept. Close other programs that use "
        "it, or restore it from a backup if it is damaged, and run the same command again."
    )


def _open(db: str) -> None:
    """Try the gradebook's address before any work is done."""
    try:
        engine = create_engine(db)
        engine.connect().close()
        engine.dispose()
    except (SQLAlchemyError, ImportError, ValueError) as error:
        reason = str(error).split("\n")[0]
        raise CourseError(
            f"The gradebook cannot be opened: {type(error).__name__}: {reason} Check --db: it should be an "
            "address like sqlite:////folder/gradebook.db or postgresql+psycopg://user:password@host/name."
        ) from None


@contextlib.contextmanager
def only_one(course: Path) -> Iterator[None]:
    """Hold the course's lock; refuse if another grader has it, whose work this one would overwrite."""
    path = course / FOLDER / "lock"
    path.parent.mkdir(exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise CourseError(
            f"{course}: another `vae-course grade` is at work here. Wait until it has finished."
        ) from None
    try:
        yield
    finally:
        lock.release()
