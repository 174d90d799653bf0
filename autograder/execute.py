"""Execute reference notebooks: to draw the figures that learners are shown, and to measure the bands."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import platform
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from autograder.build import build, write_atomically
from autograder.errors import CourseError
from autograder.lessons import SOURCES, Lesson
from autograder.release import reference_notebook
from course_utils import data

BANDS = Path(data.__file__).parent / "bands"


def execute(
    notebook: NotebookNode, folder: Path, environment: dict[str, str], allow_errors: bool = False
) -> NotebookNode:
    """Execute every cell of a notebook in a kernel.

    Args:
        notebook: The notebook; not changed.
        folder: Working folder of the kernel.
        environment: Variables set for the kernel.
        allow_errors: Whether to go on after a cell that fails.

    Raises:
        CourseError: If a cell fails; names the cell and the error.
    """
    notebook = nbformat.from_dict(json.loads(nbformat.writes(notebook)))
    client = NotebookClient(
        notebook,
        timeout=3600,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        allow_errors=allow_errors,
    )
    with _environment(environment):
        try:
            client.execute()
        except CellExecutionError as error:
            raise CourseError(f"A cell failed: {error.ename}: {error.evalue}\n{error}") from None
    return notebook


def write_figures(name: str) -> list[Path]:
    """Execute a lesson and keep the picture of each cell marked figure="..."; returns the files."""
    lesson = Lesson.load(name)
    folder = SOURCES / name
    folder.mkdir(exist_ok=True)
    done = execute(reference_notebook(lesson), folder, {"VAE_COURSE_FAST": "0"})
    written = []
    for cell, made in zip(lesson.cells, done.cells, strict=True):
        figure = cell.options.get("figure")
        if figure is None:
            continue
        pictures = [o.data["image/png"] for o in made.outputs if "image/png" in o.get("data", {})]
        if not pictures:
            raise CourseError(
                f"{lesson.path}:{cell.line}: the cell of figure {figure!r} draws nothing."
            )
        path = folder / "figures" / f"{figure}.png"
        write_atomically(path, base64.b64decode(pictures[-1]))
        written.append(path)
        print(f"wrote {path}")
    build([name])
    return written


def measure_bands(name: str, seeds: int) -> Path:
    """Execute a lesson once per seed on each data set that is here; store mean and spread of its results."""
    lesson = Lesson.load(name)
    measured: dict[str, dict] = {}
    for dataset in ("digits", "mnist"):
        if not _is_here(dataset):
            print(f"{dataset} is not on this machine: no band for it")
            continue
        runs: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        for seed in range(seeds):
            started = time.monotonic()
            for row, metrics in _results(lesson, dataset, seed).items():
                for metric, value in metrics.items():
                    runs[row][metric].append(value)
            print(f"{name} {dataset} seed {seed}: {time.monotonic() - started:.0f} s", flush=True)
        measured[dataset] = {
            row: {m: _spread(v) for m, v in ms.items()} for row, ms in runs.items()
        }
    path = BANDS / f"{name}.json"
    content = {"machine": machine(), "bands": measured}
    write_atomically(path, (json.dumps(content, indent=1) + "\n").encode())
    return path


def machine() -> str:
    """This machine in words: cores, processor, versions."""
    import torch

    cores = os.cpu_count()
    return f"{cores} cores, {platform.machine()}, Python {platform.python_version()}, torch {torch.__version__}"


def _results(lesson: Lesson, dataset: str, seed: int) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder, "results.jsonl")
        environment = {
            "VAE_COURSE_FAST": "0",
            "VAE_COURSE_DATASET": dataset,
            "VAE_COURSE_SEED": str(seed),
            "VAE_COURSE_RESULTS": str(results),
        }
        execute(reference_notebook(lesson), SOURCES / lesson.name, environment)
        cards = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    return {row: metrics for card in cards for row, metrics in card["rows"].items()}


def _spread(values: list[float]) -> dict[str, float]:
    return {"mean": statistics.mean(values), "sd": statistics.stdev(values), "n": len(values)}


def _is_here(dataset: str) -> bool:
    try:
        data.load(dataset, strict=True)
    except data.DataError:
        return False
    return True


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
