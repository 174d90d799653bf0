"""Jury: judge processes, each with a sandbox of its own, that work through a class.

A file goes in, a marked notebook comes out. What decodes a learner's bytes is never the process that writes the
gradebook: if a judge dies, one submission is judged again, and at a second death named and left out.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path

from autograder.errors import CourseError
from autograder.judge import Verdict
from autograder.marking import Marked

AHEAD = 2  # cases given to a judge: one being judged, one waiting
TRIES = 2


@dataclass
class Case:
    """One student's file to be judged.

    Attributes:
        student: Their name.
        file: The file handed in.
        lesson: Name of the lesson.
        key: Secret of the course, which decides the inputs.
        verdict: The verdict if it is known already, and only has to be written into the notebook.
        tries: How often a judge has died over it.
    """

    student: str
    file: Path
    lesson: str
    key: bytes
    verdict: Verdict | None = None
    tries: int = field(default=0, compare=False)


class Jury:
    """Judge processes; a context manager.

    Args:
        jobs: How many.
        sandbox: Whether learners' code must be isolated.
    """

    def __init__(self, jobs: int, sandbox: bool) -> None:
        context = multiprocessing.get_context("forkserver" if _can_fork() else "spawn")
        if _can_fork():  # torch is imported once, and the judges are forks of that
            context.set_forkserver_preload(["autograder.jury", "autograder.judge"])
        self._make = lambda: _Judge(context, sandbox)
        self.judges = [self._make() for _ in range(jobs)]

    def __enter__(self) -> Jury:
        return self

    def __exit__(self, *_: object) -> None:
        for judge in self.judges:
            judge.dismiss()

    def marked(self, cases: Iterable[Case]) -> Iterator[tuple[Case, Marked | str]]:
        """Each case with its marked notebook, or why there is none, in the order in which they are done.

        Raises:
            CourseError: If judging cannot even begin.
        """
        todo, again = iter(cases), deque()

        def more() -> Case | None:
            return again.popleft() if again else next(todo, None)

        for judge in [j for _ in range(AHEAD) for j in self.judges]:
            judge.give(more())
        while busy := {j.ours: j for j in self.judges if j.cases}:
            for connection in wait(list(busy)):
                judge = busy[connection]
                try:
                    result = judge.take()
                except EOFError:
                    case, *others = judge.cases
                    again.extend(others)
                    case.tries += 1
                    self._replace(judge)
                    if case.tries < TRIES:
                        again.appendleft(case)
                    else:
                        yield case, "the grader itself crashed on this file, twice"
                    continue
                judge.give(more())
                if isinstance(result, CourseError):
                    raise result
                yield result
            for judge in [j for _ in range(AHEAD) for j in self.judges if len(j.cases) < AHEAD]:
                judge.give(more())

    def _replace(self, judge: _Judge) -> None:
        judge.dismiss()
        self.judges[self.judges.index(judge)] = self._make()


class _Judge:
    """Our end of one judge process."""

    def __init__(self, context: multiprocessing.context.BaseContext, sandbox: bool) -> None:
        self.ours, theirs = context.Pipe()
        self.cases: deque[Case] = deque()
        self.process = context.Process(target=_judge, args=(theirs, sandbox), daemon=True)
        self.process.start()
        theirs.close()

    def give(self, case: Case | None) -> None:
        if case is not None:
            self.cases.append(case)
            with contextlib.suppress(OSError):  # it died; `take` will tell
                self.ours.send(case)

    def take(self) -> tuple[Case, Marked | str] | CourseError:
        """The result of its oldest case.

        Raises:
            EOFError: If the process died over it.
        """
        try:
            result = self.ours.recv()
        except OSError:
            raise EOFError from None
        return result if isinstance(result, CourseError) else (self.cases.popleft(), result)

    def dismiss(self) -> None:
        self.ours.close()
        self.process.terminate()
        self.process.join()


def _judge(theirs: Connection, sandbox: bool) -> None:
    """In the judge process: mark what comes until nobody is there to send more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    import torch

    from autograder.run import open_worker

    torch.set_num_threads(1)
    try:
        with open_worker(sandbox=sandbox) as worker:
            worker.start()
            while True:
                theirs.send(_mark(theirs.recv(), worker))
    except CourseError as error:
        theirs.send(error)
    except (EOFError, OSError):
        pass


def _mark(case: Case, worker: object) -> Marked | str:
    from autograder.judge import judge
    from autograder.lessons import Lesson
    from autograder.marking import mark
    from autograder.salvage import read
    from autograder.seeds import submission_seed

    try:
        submission = read(case.file, Lesson.load(case.lesson))
        seed = submission_seed(submission, case.key, case.student)
        return mark(submission, case.verdict or judge(submission, worker, seed))
    except Exception as error:  # whatever one file does to the grader, the next is graded
        return f"the grader failed on this file ({type(error).__name__}: {error})"


def _can_fork() -> bool:
    return "forkserver" in multiprocessing.get_all_start_methods()
