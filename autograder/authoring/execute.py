"""Execute reference notebooks: to draw the figures that learners are shown, and to measure the bands."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import statistics
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from autograder.authoring.build import build
from autograder.classes.journal import grader_version
from autograder.errors import CourseError
from autograder.files import ROOT, write_atomically
from autograder.source.lesson import SOURCES, Lesson
from autograder.source.release import reference_notebook
from course_utils import data
from course_utils.result_card import BANDS_FOLDER

INLINE = "module://matplotlib_inline.backend_inline"  # pictures go into the notebook


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
    notebook = nbformat.reads(nbformat.writes(notebook), as_version=4)
    client = NotebookClient(
        notebook,
        timeout=3600,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        allow_errors=allow_errors,
        extra_arguments=["--log-level=ERROR"],
    )
    with _environment({"MPLBACKEND": INLINE, **environment}):
        try:
            client.execute()
        except CellExecutionError as error:
            raise CourseError(f"A cell failed: {error.ename}: {error.evalue}\n{error}") from None
    return notebook


def write_figures(name: str) -> list[Path]:
    """Execute a lesson and keep the picture of each cell marked figure="..."; return the files."""
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
    """Execute a lesson once per seed on each data set that is here; store the spread of its result card.

    Every run is kept in a file, so a measurement that was interrupted goes on where it was.

    Args:
        name: Name of the lesson.
        seeds: Number of runs per data set.

    Returns:
        The file written, `course_utils/bands/<lesson>.json`.
    """
    lesson = Lesson.load(name)
    results = ROOT / ".vae-course" / f"bands-{name}-{grader_version(name)}.jsonl"
    results.parent.mkdir(exist_ok=True)
    for dataset in ("digits", "mnist"):
        if not _is_here(dataset):
            print(f"{dataset} is not on this machine: no band for it")
            continue
        for seed in range(seeds):
            if (dataset, seed) not in _finished(results):
                _run_once(lesson, dataset, seed, results)
    bands = bands_from_results(_lines(results), name)
    path = BANDS_FOLDER / f"{name}.json"
    write_atomically(path, (json.dumps(bands, indent=1) + "\n").encode())
    print(f"wrote {path}")
    return path


def bands_from_results(lines: Iterable[str], lesson: str) -> dict:
    """Turn the JSON lines of several runs into the content of `bands/<lesson>.json`.

    Args:
        lines: Lines of the `VAE_COURSE_RESULTS` file, one card each, from at least 2 seeds.
        lesson: Cards of other lessons, and of fast mode, are skipped.

    Returns:
        Mean and standard deviation over the runs as [data_name][row][metric].
    """
    values: dict[tuple[str, str, str], list[float]] = {}
    machines = set()
    for card in map(json.loads, lines):
        if card["lesson"] == lesson and not card["fast"]:
            machines.add(card["machine"])
            for row, metrics in card["rows"].items():
                for metric, value in metrics.items():
                    values.setdefault((card["data"], row, metric), []).append(value)
    bands: dict = {}
    for (data_name, row, metric), numbers in values.items():
        bands.setdefault(data_name, {}).setdefault(row, {})[metric] = {
            "mean": round(statistics.mean(numbers), 4),
            "sd": round(statistics.stdev(numbers), 4),
            "n": len(numbers),
            "machine": "; ".join(sorted(machines)),
        }
    return bands


def _run_once(lesson: Lesson, dataset: str, seed: int, results: Path) -> None:
    started = time.monotonic()
    environment = {
        "VAE_COURSE_FAST": "0",
        "VAE_COURSE_DATASET": dataset,
        "VAE_COURSE_SEED": str(seed),
        "VAE_COURSE_RESULTS": str(results),
    }
    folder = SOURCES / lesson.name
    folder.mkdir(exist_ok=True)
    execute(reference_notebook(lesson), folder, environment)
    print(f"{lesson.name} {dataset} seed {seed}: {time.monotonic() - started:.0f} s", flush=True)


def _lines(results: Path) -> list[str]:
    return results.read_text(encoding="utf-8").splitlines() if results.exists() else []


def _finished(results: Path) -> set[tuple[str, int]]:
    cards = [json.loads(line) for line in _lines(results)]
    return {(card["data"], card["seed"]) for card in cards}


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
