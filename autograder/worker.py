"""The worker process: warm once, then a fork for each submission and each exercise.

Reads one JSON request per line on standard input, writes one JSON answer per line on the original
standard output; whatever learners print goes nowhere. Start it with `python -m autograder.worker`.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import os
import tempfile
from collections.abc import Callable
from typing import Any, TextIO

from autograder.supervise import CAN_FORK, Ending, Limits, supervise

MAX_RETRIES = 6  # cells that kill their session; each is left out of the next attempt


def main() -> None:
    """Serve requests until standard input closes."""
    requests, answers = _private_pipes()
    _warm_up()
    for line in requests:
        request = json.loads(line)
        answers.write(json.dumps(grade(request)) + "\n")
        answers.flush()


def grade(request: dict[str, Any]) -> dict[str, Any]:
    """Run a submission's cells and probe its exercises.

    Args:
        request: {"lesson", "cells": see `autograder.run.cells_to_run`, "exercises": [names],
            "seed", "limits": {...}}.

    Returns:
        {"errors": {cell number: message}, "killed": {cell number: status},
        "exercises": {name: {"status", "reason", "events"}}, "session": how the session ended,
        "broken": why not even the first cell was reached, which is our fault}.
    """
    _prepare(request["lesson"])
    limits = Limits(**request["limits"])
    total = len(request["exercises"])
    session_limits = Limits(
        limits.cpu_seconds * 2, limits.wall_seconds * (2 + total), limits.memory_bytes
    )
    killed: dict[int, str] = {}
    for _ in range(MAX_RETRIES):
        cells = [c for c in request["cells"] if c["number"] not in killed]
        ending = supervise(
            lambda send, cells=cells: _session(request, cells, limits, send), session_limits
        )
        if ending.status == "done" or any("exercise" in e for e in ending.events):
            break
        running = [e["cell"] for e in ending.events if "cell" in e]
        if not running or any("ready" in e for e in ending.events):
            break
        killed[running[-1]] = ending.status
    return _collect(ending, killed)


def _session(request: dict, cells: list[dict], limits: Limits, send: Callable) -> None:
    """In the fork: execute the cells, then probe each exercise in a fork of its own."""
    from autograder.lessons import reference_namespace
    from autograder.session import Session

    if CAN_FORK:
        for descriptor in _PRIVATE:
            os.close(descriptor)
    with tempfile.TemporaryDirectory(prefix="vae-course-") as folder:
        os.chdir(folder)
        session = Session()
        reference_namespace(request["lesson"])  # a fault in it is ours, and said before "started"
        send({"started": True})
        for cell in cells:
            send({"cell": cell["number"]})
            if cell["look_at"]:
                session.look_at(cell["look_at"])
            else:
                session.run(cell["number"], cell["source"], cell["definitions_only"])
        session.namespace.update(session.looked_at)
        _one_thread()
        send({"ready": True, "errors": session.errors})
        for name in request["exercises"]:
            send(_probe_twice(session.namespace, request, name, limits))
        os.chdir("/")


def _probe_twice(
    namespace: dict[str, Any], request: dict, name: str, limits: Limits
) -> dict[str, Any]:
    """Probe an exercise in a fork; unless it is right, again in another with the reference beside it."""
    from autograder.hidden.core import derive_seed
    from autograder.probe import probe

    seed = derive_seed(request["seed"], name)
    events: list[Any] = []
    for with_reference in (False, True):

        def work(send: Callable, with_reference: bool = with_reference) -> None:
            probe(namespace, request["lesson"], name, seed, with_reference, send)

        ending = supervise(work, limits)
        events += ending.events
        criteria = next((e["criteria"] for e in ending.events if "criteria" in e), [])
        if criteria and all(c["passed"] for c in criteria):
            break
    return {"exercise": name, "status": ending.status, "reason": ending.reason, "events": events}


def _collect(ending: Ending, killed: dict[int, str]) -> dict[str, Any]:
    errors: dict[str, str] = {}
    exercises: dict[str, Any] = {}
    for event in ending.events:
        if "ready" in event:
            errors = event["errors"]
        if "exercise" in event:
            exercises[event["exercise"]] = event
    started = any("started" in event for event in ending.events)
    return {
        "errors": errors,
        "killed": killed,
        "exercises": exercises,
        "session": ending.status,
        "broken": "" if started else ending.reason or ending.status,
    }


_PRIVATE: list[int] = []  # file descriptors that learners' code must not have


def _private_pipes() -> tuple[TextIO, TextIO]:
    """Keep the pipes to the parent for ourselves: prints go nowhere, `input()` finds nothing."""
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    _PRIVATE[:] = [requests.fileno(), answers.fileno()]
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    return requests, answers


@functools.cache
def _prepare(lesson: str) -> None:
    """Load once what every fork of this lesson needs: reference, tests, checks and known mistakes."""
    from autograder.lessons import Lesson, reference_namespace
    from autograder.probe import visible_check
    from autograder.variants import wrong_solutions
    from course_utils.checks.core import fingerprints

    with contextlib.suppress(Exception):  # raised again, and reported, where it is needed
        reference_namespace(lesson)
        for exercise in Lesson.load(lesson).exercises:
            visible_check(lesson, exercise)
        importlib.import_module(f"autograder.hidden.nb{lesson}")
        wrong_solutions(lesson)
        fingerprints(lesson)


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)


def _warm_up() -> None:
    """Import once what every notebook imports."""
    os.environ.update(MPLBACKEND="Agg", VAE_COURSE_FAST="1")
    _one_thread()
    for module in (
        "matplotlib.pyplot",
        "sklearn.datasets",
        "torchvision",
        "IPython.core.interactiveshell",
    ):
        importlib.import_module(module)


if __name__ == "__main__":
    main()
