"""Measure how much faster `vae-course grade` is than stock `nbgrader autograde` on the same submissions.

    python -m benchmarks.grading_throughput [--json] [--each 400] [--jobs 1 2] [--stock 12]
                                            [--scale 50 500 2000] [--stages 80]

Submissions of lessons 01 to 03 are made: references, other right answers, mistakes, half-finished work (see
`class_submissions`), --stock different notebooks per lesson.

Stock nbgrader grades each of them once, with its own preprocessors and one kernel per notebook; its time grows
in proportion to their number. Demonstration cells are left out on both sides, which favours nbgrader.
`vae-course grade` grades a class of --each students with each number of --jobs. They hand in the same notebooks
in turn, but each student's work is examined on other random inputs. With --scale, it also grades classes of
lesson 01 of these sizes. With --stages, it takes so many submissions of each lesson through one judge, step by
step, and prints what each step takes.

Times are those of whole commands, start-up included, but for --stages. Memory is the proportional set size of
all processes together, in which memory that processes share counts once.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import torch
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from autograder.authoring.submissions import hand_in, make_submission, reference_answers
from autograder.classes import pool
from autograder.classes.gradebook import Recorder
from autograder.classes.pool import FeedbackTask, GradingTask
from autograder.exercises.lookup import right_solutions, wrong_solutions
from autograder.files import ROOT
from autograder.grading.examine import prepare
from autograder.grading.seeds import course_key
from autograder.sandbox.worker import RemoteSession, Worker
from autograder.source.lesson import Lesson, lesson_names
from autograder.source.release import SKIP_TAG

LESSONS = lesson_names()[:3]
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "PYTHONPATH": str(ROOT),
    "VAE_COURSE_FAST": "1",
    "VAE_COURSE_DATASET": "digits",
    "OMP_NUM_THREADS": "1",
}
STOCK = f"""
c = get_config()
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
c.ExecutePreprocessor.timeout = 600
c.Execute.skip_cells_with_tag = "{SKIP_TAG}"
"""


def class_submissions(
    lesson: Lesson, size: int, different: int | None = None
) -> Iterator[tuple[str, bool, NotebookNode]]:
    """Make the submissions of a class.

    Of each eight students, two hand in the reference, four have written one exercise in another right way, one
    has a mistake in one exercise, and one has done only the first half. Each group of eight has other
    variants. Right answers that loop over single numbers in Python are left out: most of their time is
    their own, whatever grades them.

    Args:
        lesson: The lesson.
        size: Number of students.
        different: Number of different notebooks, which are handed in again and again; `size` when None.

    Yields:
        The student's name, whether all answers are right, and the notebook.
    """
    reference = reference_answers(lesson)
    right = [v for v in right_solutions(lesson.name).variants if v.id != "double-loop"]
    wrong = wrong_solutions(lesson.name).variants
    for student in range(size):
        number = student % (different or size)
        place, group = number % 8, number // 8
        answers = dict(reference)
        if 2 <= place < 6:
            variant = right[(5 * group + place) % len(right)]
            answers[variant.exercise] = variant.source
        elif place == 6:
            variant = wrong[11 * group % len(wrong)]
            answers[variant.exercise] = variant.source
        elif place == 7:
            answers = dict(list(reference.items())[: len(reference) // 2])
        yield f"student-{student:04d}", place < 6, make_submission(lesson, answers)


def make_course(
    folder: Path, lessons: list[str], size: int, different: int | None = None
) -> dict[str, set[str]]:
    """Hand in the submissions of a class; return by lesson the students whose work is all right."""
    right: dict[str, set[str]] = {}
    for name in lessons:
        lesson = Lesson.load(name)
        shutil.copytree(ROOT / "solutions" / name, folder / "solutions" / name)
        for student, is_right, notebook in class_submissions(lesson, size, different):
            hand_in(notebook, folder, student, lesson)
            if is_right:
                right.setdefault(name, set()).add(student)
    return right


def run_timed(command: list[str], folder: Path) -> tuple[float, float]:
    """Run a command; return its wall-clock seconds, and its peak of memory with its children's in GB.

    Raises:
        SystemExit: If the command fails; the message shows the end of its output.
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    with peak_memory(process.pid, 2) as peak:
        output, _ = process.communicate()
        seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{output.decode()[-3000:]}")
    return seconds, max(peak)


@contextlib.contextmanager
def peak_memory(pid: int, every: float) -> Iterator[list[float]]:
    """Give a list to which a thread adds the GB that a process and its children hold, again and again."""
    found, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(every):
            found.append(_memory(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        done.set()
        watcher.join()


def _memory(pid: int) -> float:
    """Return the proportional set size of a process and all its descendants in GB."""
    total = 0
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return 0.0
    for process in family:
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total / 2**30


def stored_scores(folder: Path, lesson: str) -> dict[str, float]:
    """Return the automatic score of each student in the gradebook, in points."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        return {
            s.student.id: sum(g.auto_score or 0.0 for n in s.notebooks for g in n.grades)
            for s in gradebook.assignment_submissions(lesson)
        }


def time_grading(folder: Path, lesson: str, jobs: int) -> tuple[float, float]:
    """Return seconds and GB of `vae-course grade`; without feedback pages, as stock autograde writes none."""
    command = [sys.executable, "-m", "autograder.cli", "grade", lesson, "--no-feedback"]
    return run_timed([*command, "--jobs", str(jobs)], folder)


def compare_graders(each: int, sample: int, numbers: list[int], say: Callable) -> dict:
    """Grade the same files with stock nbgrader and with ours.

    Args:
        each: Submissions of each lesson for ours.
        sample: Different notebooks of each lesson, and submissions for stock nbgrader.
        numbers: Numbers of jobs to run ours with.
        say: Prints a line.

    Returns:
        "lessons": seconds per submission, GB and equal scores by lesson; "ratio_<jobs>": how many times
        faster ours is with that number of jobs; "ratio": the same with the last number.
    """
    rows: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as place:
        stock = Path(place, "stock")
        ours = {jobs: Path(place, f"ours-{jobs}") for jobs in numbers}
        right = make_course(stock, LESSONS, sample)
        first, *others = ours.values()
        make_course(first, LESSONS, each, sample)
        # The key is made before the folder is copied, so that all copies have the same random inputs.
        course_key(first)
        for folder in others:
            shutil.copytree(first, folder)
        (stock / "nbgrader_config.py").write_text(STOCK)
        for name in LESSONS:
            row = rows[name] = {}
            for jobs, folder in ours.items():
                seconds, memory = time_grading(folder, name, jobs)
                row |= {f"seconds_{jobs}": seconds / each, f"memory_{jobs}": memory}
                say(f"{name}: {jobs} job(s) {seconds / each:.3f} s each, {memory:.2f} GB")
            nbgrader = [sys.executable, "-m", "nbgrader"]
            run_timed([*nbgrader, "generate_assignment", name, "--force"], stock)
            row["seconds_stock"] = run_timed([*nbgrader, "autograde", name], stock)[0] / sample
            theirs = stored_scores(stock, name)
            mine = stored_scores(first, name)
            same = all(stored_scores(folder, name) == mine for folder in others)
            assert same, "numbers of jobs give different scores"
            row["equal_on_right_work"] = sum(theirs.get(s) == mine[s] for s in right[name])
            row["right_work"] = len(right[name])
            say(
                f"{name}: stock nbgrader {row['seconds_stock']:.2f} s each; the same score for "
                f"{row['equal_on_right_work']} of {row['right_work']} with right work"
            )

    def total(key: str) -> float:
        """Return a value summed over the lessons."""
        return sum(row[key] for row in rows.values())

    ratios = {f"ratio_{j}": total("seconds_stock") / total(f"seconds_{j}") for j in numbers}
    return {"lessons": rows, **ratios, "ratio": ratios[f"ratio_{numbers[-1]}"]}


def scale(sizes: list[int], say: Callable) -> list[dict]:
    """Grade classes of several sizes with 2 jobs; return the seconds and GB of each class."""
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            make_course(folder, LESSONS[:1], size)
            seconds, memory = time_grading(folder, LESSONS[0], 2)
            rows.append({"size": size, "seconds": seconds, "memory": memory})
            say(f"{size} submissions: {seconds / size:.3f} s each, {memory:.2f} GB")
    return rows


@contextlib.contextmanager
def timed(seconds: dict[str, float], step: str, owner: Any, name: str) -> Iterator[None]:
    """Add up the wall time of a function or method while the block lasts."""
    real = getattr(owner, name)

    def clocked(*args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        try:
            return real(*args, **kwargs)
        finally:
            seconds[step] = seconds.get(step, 0.0) + time.perf_counter() - start

    setattr(owner, name, clocked)
    try:
        yield
    finally:
        setattr(owner, name, real)


def stages(name: str, size: int, say: Callable) -> dict[str, float]:
    """Take submissions of a lesson through one judge; return the seconds of each step for one submission.

    Returns:
        By step, and as "worker_gb" the most that the worker process held with its session.
    """
    torch.set_num_threads(1)  # as in a judge's process
    seconds: dict[str, float] = {}
    lesson = Lesson.load(name)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        make_course(folder, [name], size)
        worker = stack.enter_context(Worker())
        prepare(name)
        process = worker.wait()
        for step, owner, function in (
            ("read", pool, "salvage_or_blank"),
            ("judge", pool, "judge"),
            ("cells", RemoteSession, "_execute"),
            ("mark", pool, "mark"),
            ("record", Recorder, "record"),
            ("page", FeedbackTask, "run"),
        ):
            stack.enter_context(timed(seconds, step, owner, function))
        peak = stack.enter_context(peak_memory(process.pid, 0.1))
        db, key = f"sqlite:///{folder / 'gradebook.db'}", course_key(folder)
        recorder = stack.enter_context(Recorder(lesson, folder, db))
        students = sorted(p.name for p in (folder / "submitted").iterdir())
        recorder.enrol(students)
        for student in students:
            file = folder / "submitted" / student / name / f"{name}.ipynb"
            marked = GradingTask(student, file, name, key).run(worker)
            recorder.record(student, marked, file)
            FeedbackTask(student, name, folder, db).run(worker)
        seconds["tests"] = seconds.pop("judge") - seconds["cells"]
    each = {step: total / size for step, total in seconds.items()}
    whole = sum(each.values())
    for step in ("read", "cells", "tests", "mark", "record", "page"):
        say(f"{name}: {step:6} {1000 * each[step]:4.0f} ms, {each[step] / whole:4.0%}")
    say(f"{name}: a worker held {max(peak):.2f} GB at most")
    return each | {"worker_gb": max(peak)}


def main() -> None:
    """Print a line per measurement, and as the last line JSON with "ratio"."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print only the JSON line")
    parser.add_argument("--each", type=int, default=400, help="submissions of each lesson")
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2], help="judge processes")
    parser.add_argument("--stock", type=int, default=12, help="different notebooks")
    parser.add_argument("--scale", type=int, nargs="*", default=[], help="sizes of classes")
    parser.add_argument("--stages", type=int, default=0, help="submissions to take step by step")
    options = parser.parse_args()

    def say(line: str) -> None:
        """Print a line, unless only JSON is wanted."""
        if not options.json:
            print(line, flush=True)

    result: dict[str, Any] = {"machine": f"{platform.machine()}, {os.cpu_count()} cores"}
    if options.each:
        result |= compare_graders(options.each, options.stock, options.jobs, say)
    if options.stages:
        result["stages"] = {name: stages(name, options.stages, say) for name in LESSONS}
    rows = scale(options.scale, say)
    if len(rows) > 1:
        first, last = rows[0], rows[-1]
        each = (last["seconds"] - first["seconds"]) / (last["size"] - first["size"])
        startup = first["seconds"] - each * first["size"]
        result["scale"] = {"rows": rows, "seconds_each": each, "startup_seconds": startup}
        say(f"{each:.3f} s for each further submission; {startup:.1f} s to start")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
