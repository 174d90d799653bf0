"""How far grading on many machines carries: the dask path beside two jobs, and a class of 100,000.

    python -m benchmarks.many_machines [--pairs 3] [--each 200] [--workers 100] [--tasks 4000] [--json]

Four measurements on lesson 01, on this machine:

1. A class of --each graded with `--jobs 2` and by a scheduler with two workers, in turn, --pairs times.
2. One judge: seconds of work for a submission.
3. The writer: the real queue of the class, journal, gradebook and files, fed by --workers dask workers (in one
   process, over TCP) that answer at once. So it shows what scheduler and writer can take together.
4. The scheduler alone: the same without a writer.

Then it computes what a class of 100,000 needs with 1 to 1,000 workers: the slowest of judges, scheduler and
writer decides. The writer's speed is that of the last quarter of --tasks submissions; enrolment is left out.
In the first measurement the dask workers stay warm from one class to the next, the jobs start anew each time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from autograder.authoring.submissions import hand_in, make_submission, reference_answers
from autograder.classes import cluster
from autograder.classes.grade_class import Work, grade_lesson
from autograder.classes.pool import GradingTask, Pool
from autograder.grading.marking import Marked
from autograder.source.lesson import Lesson, lesson_names
from benchmarks.grading_throughput import ENVIRONMENT, class_submissions, make_course, run_timed

LESSON = lesson_names()[0]
CLASS = 100_000
QUIET = {**ENVIRONMENT, "DASK_DISTRIBUTED__DIAGNOSTICS__NVML": "False"}

answer: Marked | None = (
    None  # what the pretended judges return; set in the module that dask imports
)


def pretend(task: GradingTask, sandbox: bool) -> Any:
    """Return an answer that is known: in place of a judge."""
    del task, sandbox
    return answer


def nothing(*_: Any) -> str:
    """Do nothing, without a problem: in place of warming up a judge, and of ending it."""
    return ""


@contextmanager
def two_workers(folder: Path) -> Iterator[str]:
    """Start a scheduler and two workers; give its address."""

    def start(*arguments: str) -> subprocess.Popen:
        command = [sys.executable, "-m", f"distributed.cli.dask_{arguments[0]}", *arguments[1:]]
        quiet = subprocess.DEVNULL
        return subprocess.Popen(command, cwd=folder, env=QUIET, stdout=quiet, stderr=quiet)

    file = folder / "scheduler.json"
    options = ("--port", "0", "--no-dashboard", "--host", "127.0.0.1", "--scheduler-file")
    processes = [start("scheduler", *options, str(file))]
    try:
        address = address_in(file, time.monotonic() + 60)
        for _ in range(2):
            processes.append(
                start("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard")
            )
        from distributed import Client

        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=120)
        yield address
    finally:
        for process in processes:
            process.kill()
            process.wait()


def address_in(file: Path, deadline: float) -> str:
    """Return the address that a scheduler writes into a file, as soon as the file is whole."""
    while time.monotonic() < deadline:
        with suppress(OSError, ValueError):
            return json.loads(file.read_text())["address"]
        time.sleep(0.1)
    raise SystemExit("the scheduler did not start within a minute")


def compare(each: int, pairs: int, say: Callable) -> list[tuple[float, float]]:
    """Grade a class with two jobs and with two dask workers, in turn; return the seconds of each pair."""
    rows = []
    with tempfile.TemporaryDirectory() as place, two_workers(Path(place)) as address:
        make_course(Path(place, "class"), [LESSON], each)
        command = [sys.executable, "-m", "autograder.cli", "grade", LESSON, "--no-feedback"]
        for number in range(pairs):
            seconds = {}
            ways = [("jobs", ("--jobs", "2")), ("dask", ("--cluster", address))]
            for name, options in ways[:: 1 - 2 * (number % 2)]:  # in turn first
                folder = Path(place, f"{name}-{number}")
                shutil.copytree(Path(place, "class"), folder)
                seconds[name] = run_timed([*command, *options], folder)[0]
                shutil.rmtree(folder)
            rows.append((seconds["jobs"], seconds["dask"]))
            say(
                f"{each} submissions: two jobs {rows[-1][0]:.1f} s, two dask workers {rows[-1][1]:.1f} s"
            )
    return rows


def judging_seconds(size: int) -> tuple[float, Marked]:
    """Return the seconds that one judge works for a submission, and one marked notebook with all points."""
    lesson = Lesson.load(LESSON)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for student, _, notebook in class_submissions(lesson, size + 1):
            hand_in(notebook, folder, student, lesson)
        work = Work(lesson, folder, sorted(p.name for p in (folder / "submitted").iterdir()))
        first, *rest = work.tasks()
        with Pool([LESSON], 1, True) as pool:
            ((_, marked),) = pool.done([first])  # warms up
            start = time.perf_counter()
            found = list(pool.done(rest))
            seconds = (time.perf_counter() - start) / len(found)
    assert all(isinstance(m, Marked) for m in (marked, *(m for _, m in found))), marked
    return seconds, marked


@contextmanager
def pretended(workers: int) -> Iterator[str]:
    """Start a scheduler and many workers, in this process, whose judges answer at once; give its address."""
    from distributed import LocalCluster

    real = cluster._judge, cluster._get_ready, cluster._put_away
    cluster._judge, cluster._get_ready, cluster._put_away = pretend, nothing, nothing  # type: ignore[assignment]
    options: dict[str, Any] = {"processes": False, "protocol": "tcp://", "dashboard_address": None}
    options["memory_limit"] = 0  # they share one process, whose memory each would take for its own
    try:
        with LocalCluster(n_workers=workers, threads_per_worker=1, **options) as local:
            yield local.scheduler_address
    finally:
        cluster._judge, cluster._get_ready, cluster._put_away = real


def through(workers: int, tasks: int) -> tuple[float, float, float]:
    """Return submissions a second: with the real writer in the first and last quarter, and without it."""
    lesson = Lesson.load(LESSON)
    text = make_submission(lesson, reference_answers(lesson))
    with tempfile.TemporaryDirectory() as place, pretended(workers) as address:
        folder = Path(place)
        students = [f"student-{i:06d}" for i in range(tasks)]
        first = hand_in(text, folder, students[0], lesson)
        for student in students[1:]:
            path = folder / "submitted" / student / lesson.name / first.name
            path.parent.mkdir(parents=True)
            os.link(first, path)
        with cluster.Cluster(address, LESSON, folder, True) as pool:
            start = time.perf_counter()
            alone = sum(1 for _ in pool.done(Work(lesson, folder, students).tasks()))
            without = alone / (time.perf_counter() - start)
            watched = Watched(pool)
            grade_lesson(
                lesson, folder, students, watched, f"sqlite:///{folder}/gradebook.db", False
            )  # type: ignore[arg-type]
    quarter = tasks // 4
    times = watched.times
    return (
        quarter / (times[quarter] - times[0]),
        quarter / (times[-1] - times[-1 - quarter]),
        without,
    )


class Watched:
    """A pool that notes when each result was handed to the writer."""

    def __init__(self, pool: cluster.Cluster) -> None:
        self.pool = pool
        self.times: list[float] = []

    def done(self, tasks: Any) -> Iterator[tuple[Any, Any]]:
        """Yield what the pool yields."""
        for result in self.pool.done(tasks):
            self.times.append(time.perf_counter())
            yield result


def main() -> None:
    """Print a line per measurement, then a table for a class of 100,000."""
    from benchmarks import many_machines as here  # by its real name, for dask to find it

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=3, help="0 leaves the first measurement out")
    parser.add_argument("--each", type=int, default=200, help="submissions of the compared class")
    parser.add_argument("--workers", type=int, default=100, help="pretended workers")
    parser.add_argument("--tasks", type=int, default=4000, help="submissions that they answer")
    parser.add_argument("--json", action="store_true", help="print only the JSON line")
    options = parser.parse_args()

    def say(line: str) -> None:
        """Print a line, unless only JSON is wanted."""
        if not options.json:
            print(line, flush=True)

    found: dict[str, Any] = {}
    judge, here.answer = judging_seconds(60)  # first: later there are threads, and a pool forks
    say(f"one judge: {judge:.3f} s a submission")
    if options.pairs:
        rows = compare(options.each, options.pairs, say)
        found["dask_by_jobs"] = statistics.median(dask / jobs for jobs, dask in rows)
        say(f"two dask workers take {found['dask_by_jobs']:.2f} times as long as two jobs (median)")
    early, late, scheduler = here.through(options.workers, options.tasks)
    say(f"scheduler with {options.workers} workers: {scheduler:.0f} submissions a second")
    say(f"with the writer: {early:.0f} a second in the first quarter, {late:.0f} in the last")
    found |= {"judge_seconds": judge, "scheduler": scheduler, "first": early, "last": late}
    say(f"| workers | {CLASS:,} submissions, minutes | what decides |")
    say("|---|---|---|")
    for workers in (1, 2, 10, 20, 50, 100, 1000):
        judges = workers / judge
        rate, what = min((judges, "judges"), (late, "the writer"), (scheduler, "the scheduler"))
        say(f"| {workers:,} | {CLASS / rate / 60:,.0f} | {what} |")
    say(f"core-hours of judging: {CLASS * judge / 3600:.1f}")
    say(f"workers that keep the writer busy: {late * judge:.0f}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
