"""Run the five commands of a week and compare what comes out with what each submission is worth."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from autograder.files import ROOT
from autograder.grading.seeds import FOLDER
from autograder.source.lesson import Lesson
from benchmarks.trial_class import canvas
from benchmarks.trial_class.students import Student, Submission, hand_in_all, make_students
from tests.sandbox.red_team import LEAK

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
PERCENT = 10  # that a day costs
SETTINGS = f"""\
[late]
percent_per_day = {PERCENT}
"""
DEADLINE = """
[lessons.{name}]
deadline = 2026-11-13 23:59:00
"""
MAX_REPORT = 3_000_000  # bytes
SAME = 0.005  # points: Canvas keeps two decimals


@dataclass
class Command:
    """A command that was run.

    Attributes:
        name: The subcommand.
        status: Its exit status.
        seconds: Wall time.
        cpu_seconds: CPU time of it and its descendants, up to a fifth of a second before its end.
        output: What it printed.
    """

    name: str
    status: int
    seconds: float
    cpu_seconds: float
    output: str


@dataclass
class Trial:
    """What came out.

    Attributes:
        commands: Those of the week, in order.
        handed_in: Number of submissions.
        by_kind: How many there are of each kind.
        problems: Everything that is not as it should be, a line each.
    """

    commands: list[Command] = field(default_factory=list)
    handed_in: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Return the wall time of all commands together."""
        return sum(command.seconds for command in self.commands)


def run_trial(folder: Path, lessons: list[Lesson], number: int, say: Callable) -> Trial:
    """Make a class, run its week, and compare.

    Args:
        folder: An empty folder; the class is made in "course" in it, the downloads lie beside it.
        lessons: The lessons.
        number: Number of students.
        say: Prints a line.
    """
    trial, course = Trial(), folder / "course"
    names = [lesson.name for lesson in lessons]
    students = make_students(number)
    _checked(_run(folder, "new", str(course), *names))
    (course / "settings.toml").write_text(
        SETTINGS + "".join(DEADLINE.format(name=name) for name in names)
    )
    canvas.write_roster(course / "students.csv", students)
    canvas.write_gradebook(folder / "grades.csv", lessons, students)
    handed_in = {lesson.name: list(hand_in_all(lesson, students)) for lesson in lessons}
    downloads: list[str] = []
    for lesson in lessons:
        path = canvas.write_download(folder, lesson, handed_in[lesson.name])
        downloads += [lesson.name, str(path)]
        for one in handed_in[lesson.name]:
            trial.by_kind[one.kind] = trial.by_kind.get(one.kind, 0) + 1
    trial.handed_in = sum(map(len, handed_in.values()))
    kinds = ", ".join(f"{n} {kind}" for kind, n in sorted(trial.by_kind.items()))
    say(f"{number} students, {trial.handed_in} submissions of {len(lessons)} lessons: {kinds}")
    for line in (
        ("collect", *downloads),
        ("grade", *names),
        ("feedback-zip", *names),
        ("export", *names, "--into", str(folder / "grades.csv")),
        ("report", *names),
    ):
        command = _run(course, *line)
        trial.commands.append(command)
        say(
            f"{command.name:<13} {command.seconds:7.1f} s, {command.cpu_seconds:7.1f} s of CPU time"
        )
    trial.problems += _statuses(trial.commands)
    for lesson in lessons:
        _narrow(folder, handed_in[lesson.name])
        trial.problems += _files(course, lesson, handed_in[lesson.name])
    trial.problems += _table(trial.commands[1], dict(handed_in))
    trial.problems += _scores(folder, lessons, students, handed_in)
    return trial


def _run(folder: Path, *arguments: str) -> Command:
    """Run `vae-course` in a folder."""
    start = time.perf_counter()
    log = folder / f"{arguments[0]}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "autograder.cli", *arguments],
            cwd=folder,
            env=ENVIRONMENT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        cpu_seconds = 0.0
        while process.poll() is None:
            cpu_seconds = max(cpu_seconds, _cpu_seconds(process.pid))
            time.sleep(0.2)
    seconds = time.perf_counter() - start
    return Command(arguments[0], process.returncode, seconds, cpu_seconds, log.read_text())


def _cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process, its descendants, and all those that they waited for."""
    total = 0.0
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return 0.0
    for process in family:
        with contextlib.suppress(psutil.Error):
            total += sum(process.cpu_times()[:4])
    return total


def _checked(command: Command) -> None:
    if command.status:
        raise SystemExit(f"vae-course {command.name} failed:\n{command.output[-3000:]}")


def _statuses(commands: list[Command]) -> Iterator[str]:
    """Yield which commands ended otherwise than they should; `collect` names a file that is nobody's."""
    for command in commands:
        wanted = 1 if command.name == "collect" else 0
        if command.status != wanted:
            yield f"{command.name}: exit status {command.status}: {command.output[-2000:]}"
    if "someoneelse" not in commands[0].output:
        yield "collect: does not name the file that is nobody's"


def _narrow(folder: Path, submissions: list[Submission]) -> None:
    """Set what a wrong answer is worth to what it gets when it is graded alone."""
    wrong = [one for one in submissions if one.kind == "wrong"]
    alone = folder / "alone"
    alone.mkdir(exist_ok=True)
    files = []
    for one in wrong:
        files.append(alone / f"{one.student.id}.ipynb")
        files[-1].write_bytes(one.content)
    output = _run(alone, "check", "--json", *map(str, files)).output if files else ""
    scores = [json.loads(line)["score"] for line in output.splitlines() if line.startswith("{")]
    assert len(scores) == len(wrong), output[-2000:]
    for one, score in zip(wrong, scores, strict=True):
        assert one.least - SAME <= score <= one.most, (one.student, one.what, score)
        one.least = one.most = score


def _files(course: Path, lesson: Lesson, submissions: list[Submission]) -> Iterator[str]:
    """Yield what is wrong with pages, the zip file, and what was seen that must not be."""
    with zipfile.ZipFile(course / f"feedback_{lesson.name}_canvas.zip") as archive:
        packed = archive.namelist()
    for one in submissions:
        if sum(f"_{one.student.number}_5" in name for name in packed) != 1:
            yield f"{lesson.name} {one.student.id}: not once in the zip file of feedback"
    if len(packed) != len(submissions):
        yield f"{lesson.name}: {len(packed)} pages for {len(submissions)} submissions"
    if LEAK in (course / FOLDER / f"{lesson.name}.jsonl").read_text():
        yield f"{lesson.name}: an attack saw what it must not see"
    size = (course / "report.html").stat().st_size
    if size > MAX_REPORT:
        yield f"report.html has {size / 1e6:.1f} MB"


def _table(grade: Command, handed_in: dict[str, list[Submission]]) -> Iterator[str]:
    """Yield who has no row in the table of their lesson, and each incident."""
    for part in grade.output.split("\n\n"):
        lesson = next((n for n in handed_in if f"{n}: " in part and " submissions\n" in part), "")
        rows = {line.split()[0] for line in part.splitlines() if line.strip()}
        for one in handed_in.pop(lesson, []) if lesson else []:
            if one.student.id not in rows:
                yield f"{lesson} {one.student.id}: no row in the table"
    yield from (f"{name}: no table" for name in handed_in)
    yield from (line.strip() for line in grade.output.splitlines() if "incident" in line)


def _scores(
    folder: Path,
    lessons: list[Lesson],
    students: list[Student],
    handed_in: dict[str, list[Submission]],
) -> Iterator[str]:
    """Yield whose grade is not what the work is worth, and every other cell that changed."""
    before, after = (_read(folder / name) for name in ("grades.csv", "grades.filled.csv"))
    if len(before) != len(after):
        yield f"the filled file has {len(after)} rows instead of {len(before)}"
        return
    rows = {row[1]: row for row in after}
    for column, lesson in enumerate(lessons, len(canvas.FIXED)):
        for one in handed_in[lesson.name]:
            text = rows[str(one.student.number)][column]
            low, high = (_after_penalty(points, one.late) for points in (one.least, one.most))
            if not text or not low - SAME <= float(text) <= high + SAME:
                late = ", late" if one.late else ""
                yield (
                    f"{lesson.name} {one.student.id} ({one.kind}: {one.what}{late}): {text or 'no grade'}, "
                    f"worth {low:g} to {high:g}"
                )
            rows[str(one.student.number)][column] = ""
    if before != after:
        yield "the filled file has other cells that changed"


def _after_penalty(points: float, late: bool) -> float:
    return points - round(points * PERCENT / 100, 2) if late else points


def _read(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
