"""A pool of judge processes, each with a sandbox of its own, that works through a class.

A judge takes a file and returns a marked notebook. Only judges decode what learners' code sends; the process
that writes the gradebook never does. If a judge dies, its submission is judged once more, and reported if a
judge dies again; a judge that takes too long is replaced. Afterwards the judges write the feedback pages.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkContext, SpawnContext
from pathlib import Path
from typing import Any

import torch

from autograder.classes.gradebook import write_feedback
from autograder.errors import CourseError
from autograder.grading.examine import prepare
from autograder.grading.judge import Verdict, judge
from autograder.grading.marking import Marked, mark
from autograder.grading.salvage import salvage_or_blank
from autograder.grading.seeds import FOLDER, submission_seed
from autograder.sandbox.inside import confine
from autograder.sandbox.limited import Ended, limited
from autograder.sandbox.worker import START_SECONDS, Limits, LocalWorker, Worker, open_worker
from autograder.sandbox.worker_process import WorkerProcess
from autograder.source.lesson import Lesson
from autograder.source.names import Names
from autograder.wire.explain import printable

AHEAD = 2  # tasks given to a judge: one being done, one waiting
PAGE_SECONDS = 60  # of CPU time for a feedback page
UNWRITTEN = f"{FOLDER}/unwritten_pages"  # in a course's folder: which pages take too long
AGAIN = (
    "A page that takes too long or too much memory is not tried again until the submission or the grader "
    f"changes. To try all such pages in the next run, delete the folder {UNWRITTEN}."
)
TRIES = 2  # of a task whose judge dies
LATE_SECONDS = 30  # that a judge may take beyond what a submission may take


@dataclass
class GradingTask:
    """One student's file, to be judged.

    Attributes:
        student: Their name.
        file: The file handed in.
        lesson: Name of the lesson.
        key: Secret of the course, which decides the inputs.
        verdict: The verdict if it is known already, and only has to be written into the notebook.
        note: A sentence about other files of the student, "" for none.
        names: What the class calls exercises.
        tries: How many judges have died over it.
    """

    student: str
    file: Path
    lesson: str
    key: bytes
    verdict: Verdict | None = None
    note: str = ""
    names: Names = ()
    tries: int = field(default=0, compare=False)

    def run(self, worker: Worker | LocalWorker) -> Marked:
        """Judge the file and return it marked."""
        deadline = math.inf if self.verdict else worker.deadline()
        submission = salvage_or_blank(self.file, Lesson.load(self.lesson, self.names), deadline)
        submission.repairs[:0] = [self.note] if self.note else []
        seed = submission_seed(submission, self.key, self.student)
        return mark(submission, self.verdict or judge(submission, worker, seed, deadline))


@dataclass
class FeedbackTask:
    """One student's feedback page, to be written from the gradebook.

    Attributes:
        student: Whose.
        lesson: Name of the lesson.
        course: Folder of the course.
        db: Address of the gradebook.
        tries: How many judges have died over it.
    """

    student: str
    lesson: str
    course: Path
    db: str
    tries: int = field(default=0, compare=False)

    def run(self, worker: Worker | LocalWorker) -> Incident | None:
        """Write the page; return why that takes too much, None if it is written."""
        del worker
        try:
            limited(
                write_feedback,
                self.lesson,
                self.course,
                self.db,
                self.student,
                cpu_seconds=PAGE_SECONDS,
                wall_seconds=4 * PAGE_SECONDS,
            )
        except Ended as end:
            reason = {"timeout": "it takes too long", "memory": "it takes too much memory"}
            return Incident(
                f"{reason.get(end.status, 'writing it failed')}, perhaps because of a very long text",
                AGAIN,
                lasting=end.status in reason,
            )
        return None


Task = GradingTask | FeedbackTask


@dataclass(frozen=True)
class Incident:
    """Why there is no result of one task, which is the grader's fault or that of a file nobody foresaw.

    Attributes:
        reason: One line for the instructor.
        details: The traceback, or what else there is to say.
        lasting: Whether a page is not tried again while nothing changes.
    """

    reason: str
    details: str = ""
    lasting: bool = False

    @classmethod
    def of(cls, error: BaseException, what: str) -> Incident:
        """Describe an exception."""
        line = f"{what} ({type(error).__name__}: {error})".split("\n")[0][:300]
        return cls(printable(line), printable("".join(traceback.format_exception(error))))


class Pool:
    """Judge processes; a context manager.

    Args:
        lessons: Names of the lessons that they prepare for.
        jobs: How many.
        sandbox: Whether learners' code must be isolated.
        processes: Worker processes that have been started already, one for each judge.
            By default judges start their own.
    """

    def __init__(
        self,
        lessons: Sequence[str],
        jobs: int,
        sandbox: bool,
        processes: Sequence[WorkerProcess] = (),
    ) -> None:
        forks = sys.platform == "linux"
        context = get_context("fork") if forks else get_context("spawn")
        if forks:  # judges begin with what is loaded here; this process starts no threads
            torch.set_num_threads(1)
            for lesson in lessons:
                prepare(lesson)
        places = _places(jobs)

        def make(number: int, processes: Sequence[WorkerProcess] = ()) -> _Judge:
            return _Judge(context, lessons, sandbox, places[number], number, processes)

        self._make = make
        self.judges = [make(i, processes) for i in range(jobs)]
        for process in processes:
            process.leave()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        for member in self.judges:
            member.dismiss()

    def done(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Yield each task with its result, or with why there is none, in the order in which they are done.

        The judges begin when this is called, not when the first result is asked for.

        Raises:
            CourseError: If judging cannot even begin.
        """
        todo = iter(tasks)
        again: deque[Task] = deque()  # tasks whose judge died

        def hand_out() -> None:
            """Fill up the judges in turn: no judge gets its next task before every other has as many."""
            for held in range(AHEAD):
                for member in self.judges:
                    if len(member.tasks) > held:
                        continue
                    task = again.popleft() if again else next(todo, None)
                    if task is None:
                        return
                    member.give(task)

        hand_out()
        return self._results(again, hand_out)

    def _results(self, again: deque[Task], hand_out: Callable) -> Iterator[tuple[Task, Any]]:
        while busy := [j for j in self.judges if j.tasks]:
            soonest = min(j.deadline for j in busy)
            left = None if soonest == math.inf else max(0.0, soonest - time.monotonic())
            ready = wait([j.ours for j in busy], left)
            for member in busy:
                late = member.deadline <= time.monotonic()
                if member.ours not in ready and not late:
                    continue
                try:
                    result = member.take() if member.ours in ready else None
                    if result is None:
                        raise EOFError
                except EOFError:
                    task, *others = member.tasks
                    again.extend(others)
                    task.tries += 1
                    self._replace(member)
                    if late:
                        yield (
                            task,
                            Incident("the grader took too long over this file and was stopped"),
                        )
                    elif task.tries < TRIES:
                        again.appendleft(task)
                    else:
                        yield task, Incident("the grader itself crashed on this file, twice")
                    continue
                if isinstance(result, CourseError):
                    raise result
                hand_out()
                yield result
            hand_out()

    def _replace(self, member: _Judge) -> None:
        member.dismiss()
        number = self.judges.index(member)
        self.judges[number] = self._make(number)


class _Judge:
    """The pool's end of one judge process."""

    def __init__(
        self,
        context: ForkContext | SpawnContext,
        lessons: Sequence[str],
        sandbox: bool,
        place: set[int],
        number: int,
        processes: Sequence[WorkerProcess],
    ) -> None:
        self.ours, theirs = context.Pipe()
        self.tasks: deque[Task] = deque()
        self.deadline = math.inf  # of its oldest task
        self._warm = False
        arguments = (theirs, lessons, sandbox, place, os.getpid(), number, processes)
        self.process = context.Process(target=_judge, args=arguments, daemon=True)
        self.process.start()
        theirs.close()

    def give(self, task: Task) -> None:
        self.tasks.append(task)
        if len(self.tasks) == 1:
            self._begin()
        with contextlib.suppress(OSError):  # if the process died, `take` reports it
            self.ours.send(task)

    def take(self) -> tuple[Task, Any] | CourseError:
        """Return the result of its oldest task.

        Raises:
            EOFError: If the process died over it.
        """
        try:
            result = self.ours.recv()
        except OSError:
            raise EOFError from None
        if isinstance(result, CourseError):
            return result
        task, self._warm = self.tasks.popleft(), True
        self._begin()
        return task, result

    def _begin(self) -> None:
        """Note that it begins its oldest task now."""
        seconds = Limits().submission_seconds + LATE_SECONDS + (0 if self._warm else START_SECONDS)
        self.deadline = time.monotonic() + seconds if self.tasks else math.inf

    def dismiss(self) -> None:
        self.ours.close()
        self.process.kill()
        self.process.join()


def _places(jobs: int) -> list[set[int]]:
    """Return the processors of each judge: where all are busy anyway, one each.

    A judge and its learner's process take turns, and waking a neighbour costs more than waiting for it here.
    """
    if not hasattr(os, "sched_getaffinity"):
        return [set()] * jobs
    processors = sorted(os.sched_getaffinity(0))
    if jobs < len(processors):
        return [set(processors)] * jobs
    return [{processors[i % len(processors)]} for i in range(jobs)]


def _judge(
    theirs: Connection,
    lessons: Sequence[str],
    sandbox: bool,
    place: set[int],
    parent: int,
    number: int,
    processes: Sequence[WorkerProcess],
) -> None:
    """Run in the judge process: do tasks until the other end of the pipe is closed."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches all processes; the parent decides when to stop
    confine.die_with(parent)
    torch.set_num_threads(1)
    if place:
        os.sched_setaffinity(0, place)
    for other, process in enumerate(processes):
        if other != number:
            process.leave()
    try:
        with open_worker(
            sandbox=sandbox, process=processes[number] if processes else None
        ) as worker:
            worker.start()
            for lesson in lessons:  # while the process warms up
                prepare(lesson)
            worker.wait()
            while True:
                theirs.send(attempt(theirs.recv(), worker))
    except CourseError as error:
        theirs.send(error)
    except (EOFError, OSError):
        pass


def attempt(task: Task, worker: Worker | LocalWorker) -> Any:
    """Return the result of a task, or why there is none."""
    try:
        return task.run(worker)
    except Exception as error:  # a file that breaks the grader must not stop the next one
        return Incident.of(error, "the grader failed on this file")
