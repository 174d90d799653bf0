"""The command line, `vae-course`: one function for each command.

Every command returns an exit status: 0 done, 1 something is stale, differs or failed for somebody, 2 bad input.
Bad input is one line on standard error that says what to do.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from autograder.errors import CourseError

try:
    import typer
    import typer.core
except ModuleNotFoundError as error:
    if sys.argv[1:] == ["doctor"]:  # it says what else is missing
        from autograder.sandbox import doctor as examiner

        raise SystemExit(examiner.doctor()) from None
    print(
        f"vae-course needs {error.name}. Install it with: pip install -e '.[grading]'",
        file=sys.stderr,
    )
    raise SystemExit(2) from None

# The order of `vae-course --help`: each command stands in one panel.
PANELS = {
    "A teacher's week, in its order": (
        *("doctor", "new", "handout", "collect", "status", "grade", "mark", "feedback-zip"),
        *("export", "report", "history", "lab", "similar", "interview"),
    ),
    "Learning alone": ("check", "solution", "playground", "site", "reproduce"),
    "Writing lessons": (
        *("build", "figures", "bands", "drawings", "weights", "audit", "spread", "demo", "rooms"),
    ),
}


class _InOrder(typer.core.TyperGroup):
    """Commands in the order of `PANELS`."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        order = {name: n for n, name in enumerate(n for names in PANELS.values() for n in names)}
        return sorted(super().list_commands(ctx), key=lambda name: order.get(name, len(order)))


app = typer.Typer(
    name="vae-course",
    cls=_InOrder,
    help="Build, check and grade the notebooks of the VAE course.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

INTERRUPTED = 130  # the exit status of a shell's command after Ctrl-C
NO_SANDBOX = (
    "Without a sandbox the code in these notebooks runs with your rights and can change your files."
)
CORES = min(os.cpu_count() or 1, 8)
Sandbox = Annotated[
    bool, typer.Option(help="Isolate learners' code; without, only for submissions that you trust.")
]
Db = Annotated[
    str | None,
    typer.Option(help="Address of the gradebook; default: gradebook.db in the course."),
]


@app.command()
def build(
    lessons: Annotated[list[str] | None, typer.Argument(help="Default: every lesson.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say what is stale.")] = False,
) -> int:
    """Generate notebooks and fingerprints from solutions/*.py."""
    from autograder.authoring import build as builder

    names = _lesson_names(lessons)
    if check:
        stale = builder.stale(names)
        for path in stale:
            print(f"stale: {_short(path)}  (run: vae-course build)", file=sys.stderr)
        return 1 if stale else 0
    for path in builder.build(names):
        print(f"wrote {_short(path)}")
    for path in builder.orphans():
        print(
            f"{_short(path)} belongs to no lesson: delete it or restore its source.",
            file=sys.stderr,
        )
    return 0


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Notebooks of one or several lessons.")],
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object per file and line.")
    ] = False,
    sandbox: Sandbox = True,
    course: Annotated[
        Path, typer.Option(help="Folder of the class, for names of its own.")
    ] = Path(),
) -> int:
    """Grade notebooks with the hidden tests and say what is wrong."""
    from rich.console import Console

    from autograder.classes.course_folder.settings import read_settings
    from autograder.grading.judge import judge
    from autograder.grading.report import as_json, points_table
    from autograder.grading.salvage import salvage
    from autograder.sandbox.worker import open_worker
    from autograder.wire.explain import one_line, printable

    status, names = 0, read_settings(course.resolve()).names
    if not sandbox:
        print(NO_SANDBOX, file=sys.stderr)
    with open_worker(sandbox=sandbox) as worker:
        for file in files:
            try:
                submission = salvage(file, names=names)
                verdict = judge(submission, worker)
            except CourseError as error:
                print(one_line(str(error)), file=sys.stderr)
                status = 2
                continue
            except (
                Exception
            ) as error:  # a fault of the grader: the next file is graded all the same
                what = one_line(f"{type(error).__name__}: {error}".split("\n")[0][:300])
                print(f"{one_line(str(file))}: could not be graded ({what})", file=sys.stderr)
                status = 2
                continue
            if json:
                print(as_json(printable(str(file)), verdict), flush=True)
            else:
                Console().print(points_table(one_line(str(file)), verdict, submission.lesson))
    return status


@app.command()
def solution(
    exercise: Annotated[str, typer.Argument(help="Name of the exercise, as in vae_loss.")],
) -> int:
    """Print the reference answer to an exercise, for people who study alone."""
    from autograder.source.lesson import Lesson, lesson_names

    lessons = [Lesson.load(name) for name in lesson_names()]
    found = [lesson for lesson in lessons if exercise in lesson.exercises]
    if not found:
        names = [e for lesson in lessons for e in lesson.exercises]
        near = [e for e in names if exercise in e] or get_close_matches(exercise, names)
        hint = f"Near it are {', '.join(near)}." if near else "Name the function or class to write."
        raise CourseError(f"There is no exercise {exercise!r}. {hint}")
    for lesson in found:
        print(f"# {lesson.name}\n{lesson.exercise_cell(exercise).solution}")
    return 0


@app.command()
def grade(
    lessons: Annotated[list[str], typer.Argument(help="Names of lessons, as in 02_vae.")],
    course: Annotated[
        Path, typer.Option(help="Folder that holds submitted/; results go beside it.")
    ] = Path(),
    feedback: Annotated[bool, typer.Option(help="Also write feedback pages.")] = True,
    sandbox: Sandbox = True,
    db: Db = None,
    jobs: Annotated[int, typer.Option(min=1, help="Judge processes, each with a sandbox.")] = CORES,
    cluster: Annotated[
        str | None,
        typer.Option(help="Address of a dask scheduler; its workers judge instead of --jobs."),
    ] = None,
    diff: Annotated[
        bool, typer.Option("--diff", help="Only show what would change; write no grade.")
    ] = False,
) -> int:
    """Grade every submission of lessons in submitted/*/LESSON into an nbgrader gradebook."""
    from autograder.classes.inbox import students_of
    from autograder.sandbox.worker_process import starting_workers
    from autograder.source.lesson import Lesson

    course = course.resolve()
    loaded = [Lesson.load(lesson) for lesson in lessons]
    most = 0
    with contextlib.suppress(CourseError):  # nothing was submitted: said once the settings are read
        most = max(len(students_of(lesson, course)) for lesson in loaded)
    with starting_workers(0 if cluster else min(jobs, most), sandbox) as processes:
        from autograder.classes.grade_class import grade_classes  # imports PyTorch, meanwhile

        grades = grade_classes(
            lessons, course, feedback, sandbox, jobs, db, cluster, processes, diff
        )
    return 1 if any(grade.failed for grade in grades) else 0


@app.command()
def collect(
    downloads: Annotated[
        list[str],
        typer.Argument(
            metavar="LESSON DOWNLOAD...",
            help="A lesson, then its downloads of Canvas, Moodle or Gradescope (zip or folder), or "
            "folders; then the next lesson, and so on.",
        ),
    ],
    roster: Annotated[
        Path | None,
        typer.Option(help="CSV file with id,first_name,last_name,email,lms_user_id of the class."),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave files alone that were graded already.")
    ] = False,
    course: Annotated[
        Path, typer.Option(help="Folder of the class; submitted/ is made in it.")
    ] = Path(),
    db: Db = None,
) -> int:
    """Sort downloaded submissions into submitted/STUDENT/LESSON."""
    from autograder.classes.platforms import collect as collector
    from autograder.classes.platforms.downloads import by_lesson

    unmatched = False
    for lesson, paths in by_lesson(downloads):
        outcome = collector.collect(lesson, course.resolve(), paths, roster, keep, db)
        print(collector.report(lesson, outcome, course))
        unmatched = unmatched or bool(outcome.unmatched)
    return 1 if unmatched else 0


@app.command()
def export(
    lessons: Annotated[list[str], typer.Argument(help="Names of lessons, as in 02_vae.")],
    into: Annotated[
        Path | None, typer.Option(help="Grade file downloaded from Canvas or Moodle, to fill.")
    ] = None,
    plain: Annotated[
        Path | None, typer.Option(help="Write a CSV file: a line for each student and lesson.")
    ] = None,
    total: Annotated[
        Path | None,
        typer.Option(
            help="Write a CSV file: a line for each student, with weights of settings.toml."
        ),
    ] = None,
    column: Annotated[
        str | None, typer.Option(help="Title of the column; default: the lesson's name or title.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where to write; default: FILE.filled.csv beside it.")
    ] = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Fill the downloaded file itself.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace grades that are there and differ.")
    ] = False,
    roster: Annotated[
        Path | None,
        typer.Option(help="CSV file with id,first_name,last_name,email,lms_user_id of the class."),
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="A student to leave out; may be repeated.")
    ] = None,
    course: Annotated[Path, typer.Option(help="Folder of the class.")] = Path(),
    db: Db = None,
) -> int:
    """Give scores back: fill a grade file of Canvas or Moodle, or write a plain table."""
    from autograder.classes.platforms import export as exporter
    from autograder.classes.results.behind import behind_lines

    course = course.resolve()
    exporter.refuse_options(into, [t for t in (plain, total) if t], out, in_place)
    scores = exporter.scores_of(lessons, course, db, roster)
    if into:
        target = into if in_place else out
        filled = exporter.fill(scores, course, into, target, column, replace, without)
        print("\n".join(exporter.filled_lines(filled)))
    if plain:
        exporter.write_plain(scores, plain)
        print(f"wrote {plain}: a line for each of {len(scores)} scores")
    if total:
        from autograder.classes.course_folder.settings import read_settings
        from autograder.classes.course_folder.total import write_total

        write_total(scores, read_settings(course), total)
        print(f"wrote {total}: a line for each student")
    waiting, outdated = exporter.waiting_lines(scores), exporter.outdated_lines(scores, course)
    for line in (*waiting, *outdated, *behind_lines(scores, course)):
        print(line)
    return 0


@app.command("feedback-zip")
def feedback_zip(
    lessons: Annotated[list[str], typer.Argument(help="Names of lessons, as in 02_vae.")],
    course: Annotated[Path, typer.Option(help="Folder of the class.")] = Path(),
) -> int:
    """Pack feedback pages into zip files for upload to Canvas or Moodle."""
    from autograder.classes.course_folder.configuration import address, gradebook_exists
    from autograder.classes.feedback_zip import pack_feedback
    from autograder.classes.platforms.export import waiting_lines
    from autograder.classes.platforms.scores import read_scores
    from autograder.classes.results.behind import behind_lines

    course = course.resolve()
    lacking = False
    names = _lesson_names(lessons)
    for lesson in names:
        written, without = pack_feedback(lesson, course)
        for path in written:
            print(f"wrote {path}")
        if without:
            print(f"{lesson}, without a feedback page ({len(without)}): {', '.join(without)}")
            lacking = True
    db = address(course)
    scores = read_scores(names, db) if gradebook_exists(db) else []
    for line in (*waiting_lines(scores), *behind_lines(scores, course)):
        print(line)
    return 1 if lacking else 0


@app.command()
def demo(
    lessons: Annotated[list[str] | None, typer.Argument(help="Default: every lesson.")] = None,
    folder: Annotated[Path, typer.Option(help="Where the class is made.")] = Path("demo_course"),
) -> int:
    """Make a class out of known right and wrong answers, grade it, and write feedback."""
    from autograder.authoring.demo import run_demo

    return 0 if run_demo(folder.resolve(), _lesson_names(lessons), CORES) else 1


@app.command()
def audit(
    lessons: Annotated[list[str] | None, typer.Argument(help="Default: every lesson.")] = None,
    seed: Annotated[int, typer.Option(help="Decides the random inputs.")] = 0,
    seeds: Annotated[int, typer.Option(min=1, help="Try each answer this often.")] = 1,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = CORES,
) -> int:
    """Count false passes and false fails over all known wrong and right answers."""
    from rich.console import Console
    from rich.progress import track

    from autograder.authoring import audit as auditor
    from autograder.source.lesson import Lesson

    names = _lesson_names(lessons)
    total = sum(len(Lesson.load(name).exercises) for name in names)
    errors = Console(stderr=True)
    done = []
    for row in track(
        auditor.audit(names, seed, seeds, jobs), "auditing", total=total, console=errors
    ):
        done.append(row)
        for line in row.errors:
            errors.print(line, markup=False, highlight=False)
    print(auditor.table(done))
    return 1 if any(row.lucky or row.unlucky for row in done) else 0


@app.command()
def spread(
    lessons: Annotated[list[str] | None, typer.Argument(help="Default: every lesson.")] = None,
) -> int:
    """Measure and store how far processors and versions round fingerprints differently."""
    from autograder.authoring.spread import measure

    for where, row in measure(_lesson_names(lessons)):
        print(f"{max(row.values()):.1e} of a check's tolerance at most: {where}", flush=True)
    return 0


class DataSet(StrEnum):
    """A data set that lessons run on."""

    mnist = "mnist"
    digits = "digits"


@app.command()
def figures(
    lessons: Annotated[list[str] | None, typer.Argument(help="Default: every lesson.")] = None,
    data: Annotated[
        DataSet | None,
        typer.Option(help="Run on this data set; digits keeps the pictures as they are."),
    ] = None,
) -> int:
    """Execute reference notebooks; keep the figures that learners see, and the numbers that texts quote."""
    from autograder.authoring.execute import write_figures

    for name in _lesson_names(lessons):
        write_figures(name, data)
    return 0


@app.command()
def drawings() -> int:
    """Draw the lessons' pictures of models and ideas."""
    from autograder.authoring.build import build
    from autograder.authoring.drawings import write_drawings

    for path in write_drawings():
        print(f"wrote {_short(path)}")
    build(_lesson_names(None))
    return 0


@app.command()
def bands(
    lesson: Annotated[str, typer.Argument(help="Name of the lesson, as in 02_vae.")],
    seeds: Annotated[int, typer.Option(min=3, help="Number of runs.")] = 3,
) -> int:
    """Execute a reference notebook with several seeds and store the spread of its result card."""
    from autograder.authoring.execute import measure_bands

    measure_bands(_lesson_names([lesson])[0], seeds)
    return 0


class Device(StrEnum):
    """Where to compute."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


@app.command()
def reproduce(
    rows: Annotated[
        list[str] | None, typer.Argument(help="What to run, or all; default: show what is known.")
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Run seeds 0 to N - 1; default: as the row says.")
    ] = None,
    device: Annotated[Device, typer.Option(help="Where to compute.")] = Device.auto,
    full: Annotated[
        bool | None,
        typer.Option(
            "--full/--short",
            help="Length of training where a row has two; default: --full on a GPU, else --short.",
        ),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Run seeds that are stored, too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    figure: Annotated[
        bool, typer.Option("--figure", help="Renew figure and table of docs/measurements.md.")
    ] = False,
) -> int:
    """Repeat published results seed by seed; goes on where it was stopped."""
    from benchmarks.reproduce.command import run_rows, show_results, write_figure

    length = None if full is None else ("full" if full else "shortened")
    names = run_rows(rows or [], seeds, device.value, length, again, quiet=json)
    if figure:
        for path in write_figure():
            print(f"wrote {_short(path)}", file=sys.stderr if json else sys.stdout)
    show_results(names, json)
    return 0


@app.command()
def rooms() -> int:
    """Draw the map of the code, docs/images/rooms.svg, from its imports."""
    from autograder.authoring.rooms import write_picture

    print(f"wrote {_short(write_picture())}")
    return 0


@app.command("report")
def report_class(
    lessons: Annotated[list[str], typer.Argument(help="Names of lessons, as in 02_vae.")],
    output: Annotated[
        Path | None, typer.Option(help="The page to write; default: report.html in the course.")
    ] = None,
    names: Annotated[
        bool, typer.Option("--names", help="Name students; by default they have pseudonyms.")
    ] = False,
    course: Annotated[Path, typer.Option(help="Folder of the class.")] = Path(),
    db: Db = None,
) -> int:
    """Write a page on what a class did: scores, mistakes, criteria, progress."""
    from autograder.classes.report.page import write_report

    course = course.resolve()
    print(write_report(lessons, course, output or course / "report.html", names, db))
    return 0


@app.command()
def similar(
    lesson: Annotated[str, typer.Argument(help="Name of the lesson, as in 02_vae.")],
    program: Annotated[
        Path | None, typer.Option(help="Where compare50 is; default: on the PATH.")
    ] = None,
    course: Annotated[Path, typer.Option(help="Folder of the class.")] = Path(),
) -> int:
    """Show answers that look alike side by side, with compare50 where it is installed."""
    from autograder.classes.honesty.similar import show_similar

    print("\n".join(show_similar(lesson, course.resolve(), program)))
    return 0


@app.command()
def interview(
    student: Annotated[str, typer.Argument(help="The name of the student's folder.")],
    lesson: Annotated[str, typer.Argument(help="Name of the lesson, as in 02_vae.")],
    output: Annotated[
        Path | None,
        typer.Option(help="The sheet to write; default: interviews/STUDENT/LESSON.html."),
    ] = None,
    course: Annotated[Path, typer.Option(help="Folder of the class.")] = Path(),
) -> int:
    """Write a sheet for a talk: three of a student's own cells, and questions about them."""
    from autograder.classes.honesty.interview import write_interview

    print(f"wrote {write_interview(student, lesson, course.resolve(), output)}")
    return 0


@app.command("weights")
def train_weights(
    names: Annotated[list[str] | None, typer.Argument(help="Default: every model.")] = None,
) -> int:
    """Train the playground's small models on MNIST and keep their weights; Ctrl-C keeps what is finished."""
    from autograder.authoring.playground.export import write_weights

    for path, rounding in write_weights(names):
        size = path.stat().st_size / 1000
        print(
            f"wrote {_short(path)} ({size:.0f} kB; rounding moves a pixel by {rounding:.4f} at most)"
        )
    return 0


@app.command()
def playground(
    folder: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("build/playground"),
) -> int:
    """Write the latent playground: open its index.html in a browser, no server needed."""
    from autograder.authoring.playground import write_playground

    write_playground(folder)
    print(f"wrote {folder / 'index.html'}")
    return 0


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="Folder of the class; new or empty.")],
    lessons: Annotated[list[str] | None, typer.Argument(help="Default: every lesson.")] = None,
) -> int:
    """Make the folder of a class, in which all that follows works: settings, list of the class, lessons."""
    from autograder.classes.course_folder.new import new_course
    from autograder.source.lesson import Lesson

    names = _lesson_names(lessons)
    new_course(folder.resolve(), [Lesson.load(name) for name in dict.fromkeys(names)])
    print(f"wrote {folder}: settings.toml, students.csv, nbgrader_config.py, gradebook.db")
    print(f"lessons in source/ and release/: {', '.join(names)}")
    print("Next: write your class into students.csv and your deadlines into settings.toml.")
    return 0


@app.command()
def lab(
    folder: Annotated[Path, typer.Argument(help="Folder of the class.")] = Path(),
    options: Annotated[
        list[str] | None, typer.Argument(help="Options of jupyter lab, after --.")
    ] = None,
) -> int:
    """Start JupyterLab with formgrader in the folder of a class."""
    from autograder.classes.course_folder.lab import start_lab

    start_lab(folder.resolve(), options or [])
    return 0


@app.command()
def mark(
    lesson: Annotated[str, typer.Argument(help="Name of the lesson, as in 02_vae.")],
    names: Annotated[
        bool, typer.Option("--names", help="Name students; by default they have pseudonyms.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where to listen; default: a free one.")
    ] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    course: Annotated[Path, typer.Option(help="Folder of the class.")] = Path(),
    db: Db = None,
) -> int:
    """Mark written answers by keyboard, alike ones together, on a page of this machine."""
    from autograder.classes.written.command import mark_answers

    mark_answers(_lesson_names([lesson])[0], course.resolve(), names, port, browser, db)
    return 0


@app.command()
def status(
    lessons: Annotated[
        list[str] | None, typer.Argument(help="Default: those that were handed in or graded.")
    ] = None,
    course: Annotated[Path, typer.Option(help="Folder of the class.")] = Path(),
    db: Db = None,
) -> int:
    """Say where a class stands: who handed in, who is graded, whose answers wait."""
    from autograder.classes.results.status import status_lines

    print("\n".join(status_lines(lessons or [], course.resolve(), db)))
    return 0


@app.command()
def history(
    lesson: Annotated[str, typer.Argument(help="Name of the lesson, as in 02_vae.")],
    students: Annotated[list[str] | None, typer.Argument(help="Default: everybody.")] = None,
    course: Annotated[Path, typer.Option(help="Folder of the class.")] = Path(),
) -> int:
    """Show when each file of a student was graded, with which score, and why again."""
    from rich.console import Console

    from autograder.classes.results.history import history_table

    name = _lesson_names([lesson])[0]
    Console().print(history_table(name, course.resolve(), students or []))
    return 0


@app.command()
def handout(
    lessons: Annotated[
        list[str] | None, typer.Argument(help="A zip file each; default: one of the whole course.")
    ] = None,
    output: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("handouts"),
    course: Annotated[
        Path,
        typer.Option(help="Folder of the class, for names of its own; its lessons are renewed."),
    ] = Path(),
) -> int:
    """Write zip files for learners: lessons and what they import, no solution and no hidden test."""
    from autograder.classes.course_folder.new import renew
    from autograder.classes.course_folder.settings import read_settings
    from autograder.classes.handout.bundle import write_handouts

    course = course.resolve()
    names = read_settings(course).names
    if (course / "settings.toml").is_file():
        for name in renew(_lesson_names(lessons), course):
            print(f"wrote {name} into source/ and release/ of {course}")
    for path in write_handouts(_lesson_names(lessons) if lessons else [], output, names):
        print(f"wrote {path} ({path.stat().st_size / 1e6:.1f} MB)")
    return 0


@app.command()
def site(
    output: Annotated[Path, typer.Option(help="Folder; an older site in it is replaced.")] = Path(
        "site"
    ),
    solutions: Annotated[
        bool, typer.Option(help="Show solutions, folded; without, for a class.")
    ] = True,
) -> int:
    """Build the site: lessons, glossary and documents as pages that need no network."""
    from rich.console import Console

    from autograder.authoring.site.build import build_site

    with Console(stderr=True).status("making pages"):
        first = build_site(output.resolve(), solutions)
    print(f"wrote {_short(first)}: open it in a browser")
    return 0


@app.command()
def doctor() -> int:
    """Say what this machine lacks for the lessons and for grading, and what to do."""
    from autograder.sandbox import doctor as examiner

    return examiner.doctor()


for command in app.registered_commands:
    called = command.name or (command.callback.__name__ if command.callback else "")
    command.rich_help_panel = next((p for p, names in PANELS.items() if called in names), "Others")


def program() -> None:
    """Run one command and end this process with its status."""
    status = 1

    def leave() -> None:
        """End at once: to take PyTorch down in order takes most of a second."""
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(status)

    atexit.register(leave)  # the first to be registered is the last to be called
    status = main()


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its status."""
    try:
        with _heeding_ctrl_c():
            status = app(args=argv, prog_name=app.info.name, standalone_mode=False)
        if status == INTERRUPTED:  # what typer makes of Ctrl-C, without a word
            raise KeyboardInterrupt
    except CourseError as error:
        print(error, file=sys.stderr)
        status = 2
    except (KeyboardInterrupt, typer.Abort):
        print("Stopped. Run the same command again to go on.", file=sys.stderr)
        status = INTERRUPTED
    except BrokenPipeError:
        status = 0
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in ("autograder", "course_utils"):
            raise
        print(
            f"{error.name} is missing. Install it with: pip install -e '.[grading]'",
            file=sys.stderr,
        )
        status = 2
    except OSError as error:
        where = error.filename or "the disk"
        print(
            f"{where}: {error.strerror}. Check the name, its rights and free space.",
            file=sys.stderr,
        )
        status = 2
    except Exception as error:
        if not hasattr(error, "format_message"):  # click's usage errors have one line for the user
            raise
        print(error.format_message(), file=sys.stderr)
        status = getattr(error, "exit_code", 2)
    return status if isinstance(status, int) else 0


@contextlib.contextmanager
def _heeding_ctrl_c() -> Iterator[None]:
    """Repeat a Ctrl-C that Python drops because it came while a finalizer ran."""
    if not hasattr(signal, "setitimer"):  # Windows
        yield
        return

    def hook(dropped: sys.UnraisableHookArgs) -> None:
        if dropped.exc_type is KeyboardInterrupt:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
        else:
            report(dropped)

    report, sys.unraisablehook = sys.unraisablehook, hook
    handler = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        sys.unraisablehook = report


def _lesson_names(wanted: list[str] | None) -> list[str]:
    from autograder.source.lesson import Lesson, lesson_names

    return [Lesson.load(Path(n).stem).name for n in wanted] if wanted else lesson_names()


def _short(path: Path) -> str:
    from autograder.files import ROOT

    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


if __name__ == "__main__":
    program()
