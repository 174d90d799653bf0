"""A pool of judges on many machines, through dask.distributed. An optional extra.

Every dask worker needs this project, what isolates learners' code, and the course's folder at the same path.
The workers judge; the gradebook is still written by one process, here.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from autograder.classes.pool import AHEAD, GradingTask, Task, attempt
from autograder.errors import CourseError
from autograder.grading.examine import prepare
from autograder.sandbox.worker import LocalWorker, Worker, open_worker

if TYPE_CHECKING:
    from distributed import Client

WAIT = "15s"  # for an answer of the scheduler

_one_at_a_time = threading.Lock()  # a dask worker may have several threads
_worker: Worker | LocalWorker | None = None  # of this process, kept warm


class Cluster:
    """The workers of a dask scheduler; a context manager, to be used as `Pool` is.

    Args:
        address: Of the scheduler, as in tcp://10.0.0.5:8786.
        lesson: Name of the lesson.
        course: Folder of the course, which every worker must see.
        sandbox: Whether learners' code must be isolated.

    Raises:
        CourseError: On entering, if dask is not installed, nobody answers or a worker cannot judge.
    """

    client: Client  # from entering on

    def __init__(self, address: str, lesson: str, course: Path, sandbox: bool) -> None:
        self.address, self.lesson, self.course, self.sandbox = address, lesson, course, sandbox

    def __enter__(self) -> Cluster:
        try:
            from distributed import Client
        except ModuleNotFoundError:
            raise CourseError(
                "--cluster needs dask.distributed. Install it with: pip install 'vae-course[cluster]'"
            ) from None
        try:
            self.client = Client(self.address, timeout=WAIT, set_as_default=False)
        except (OSError, ValueError, TypeError, ImportError) as error:
            reason = str(error).split("\n")[0][:200]
            raise CourseError(
                f"No dask scheduler answers at {self.address}: {reason} Check --cluster: it should be an "
                "address like tcp://host:8786, as `dask scheduler` prints it."
            ) from None
        with contextlib.ExitStack() as stack:
            stack.callback(self.client.close)
            answers = self.client.run(_get_ready, self.lesson, str(self.course), self.sandbox)
            if not answers:
                raise CourseError(
                    f"The scheduler at {self.address} has no workers. Start them on each machine: "
                    f"dask worker {self.address} --nworkers -1 --nthreads 1"
                )
            for worker, problem in answers.items():
                if problem:
                    raise CourseError(f"The worker at {worker} cannot judge: {problem}")
            stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(Exception):  # workers may be gone already
            self.client.run(_put_away)
        self.client.close()

    def done(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Yield each task with its result, or with why there is none, in the order in which they are done."""
        from distributed import as_completed

        todo, given = iter(tasks), {}
        running = as_completed(loop=self.client.loop)

        def hand_out() -> None:
            task = next(todo, None)
            if task is not None:
                future = self.client.submit(_judge, task, self.sandbox, pure=False, retries=1)
                given[future.key] = task
                running.add(future)

        for _ in range(AHEAD * max(1, sum(self.client.nthreads().values()))):
            hand_out()
        for future in running:
            error = future.exception()
            task = given.pop(future.key)
            yield task, f"its worker died ({type(error).__name__})" if error else future.result()
            hand_out()


def _get_ready(lesson: str, course: str, sandbox: bool) -> str:
    """Warm up on a dask worker; return why it cannot judge, "" if it can."""
    global _worker
    if not Path(course).is_dir():
        return f"it does not see {course}. The course's folder must be there at the same path."
    torch.set_num_threads(1)
    with _one_at_a_time:
        try:
            if _worker is None:
                _worker = open_worker(sandbox=sandbox)
            _worker.start()
            prepare(lesson)
            _worker.wait()
        except CourseError as error:
            return str(error)
    return ""


def _judge(task: Task, sandbox: bool) -> Any:
    """Do a task on a dask worker; one that joined late warms up first."""
    place = task.file if isinstance(task, GradingTask) else task.course
    if _worker is None and (problem := _get_ready(task.lesson, str(place.parent), sandbox)):
        return problem
    if not os.path.lexists(place):  # a file that is not seen must not count as one that is empty
        return f"its worker does not see {place}"
    assert _worker is not None  # `_get_ready` has opened it
    with _one_at_a_time:
        return attempt(task, _worker)


def _put_away() -> None:
    """End the worker process on a dask worker."""
    global _worker
    with _one_at_a_time:
        if _worker is not None:
            _worker.__exit__()
            _worker = None
