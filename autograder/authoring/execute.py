"""Execute reference notebooks: to draw the figures that learners are shown, and to measure the bands."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import statistics
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.authoring.build import build
from autograder.classes.journal import grader_version
from autograder.errors import CourseError
from autograder.files import ROOT, write_atomically
from autograder.source.lesson import SOURCES, Lesson
from autograder.source.release import reference_notebook
from autograder.source.stored import Runs, runs_file
from course_utils import data
from course_utils.result_card import BANDS_FOLDER

STORE = "import json as _json\nprint(_json.dumps({{k: float(v) for k, v in dict({}).items()}}))"
FINISH = """
import json as _json, time as _time
from course_utils import runtime as _runtime
print(_json.dumps([_time.process_time(), _runtime.machine()]))
"""
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


class Run(NamedTuple):
    """What one run of a lesson left behind.

    Attributes:
        cells: The executed cells, one for each cell of the lesson.
        rows: Results as {row: {metric: number}}: those of the result card, and what cells store.
        data: The data set that was used.
        seconds: Processor time of the kernel, which hardly depends on what else the machine does.
        machine: Where it ran.
    """

    cells: list[NotebookNode]
    rows: dict[str, dict[str, float]]
    data: str
    seconds: float
    machine: str


def run_lesson(lesson: Lesson, environment: dict[str, str]) -> Run:
    """Execute the reference notebook of a lesson and collect its results.

    A cell marked `store="name=expression, ..."` adds the values of these expressions, taken right after it,
    under the name of its figure; a cell without a figure names its row first, `store="row: name=..."`.
    Learners see nothing of it.

    Raises:
        CourseError: If a cell fails.
    """
    folder = SOURCES / lesson.name
    folder.mkdir(exist_ok=True)
    notebook = reference_notebook(lesson, filled=False)
    shown = [cell.id for cell in notebook.cells]
    notebook.cells = list(_with_stores(lesson, notebook))
    with tempfile.TemporaryDirectory() as scratch:
        results = Path(scratch) / "results.jsonl"
        environment = {"VAE_COURSE_FAST": "0", **environment, "VAE_COURSE_RESULTS": str(results)}
        done = execute(notebook, folder, environment)
        cards = [json.loads(line) for line in _lines(results)]
    rows = {row: metrics for card in cards for row, metrics in card["rows"].items()}
    said = [c for c in done.cells if c.id not in shown]
    for cell in said[:-1]:
        rows.setdefault(cell.metadata["row"], {}).update(_said(cell))
    data_name = cards[-1]["data"] if cards else environment.get("VAE_COURSE_DATASET", "mnist")
    seconds, machine = _said(said[-1])
    return Run([c for c in done.cells if c.id in shown], rows, data_name, seconds, machine)


def _with_stores(lesson: Lesson, notebook: NotebookNode) -> Iterator[NotebookNode]:
    """Yield the cells of a notebook, a cell that prints results after each that stores any, and a last one."""
    for cell, made in zip(lesson.cells, notebook.cells, strict=True):
        yield made
        if wanted := cell.options.get("store"):
            named = re.match(r"(\w+): (.*)", wanted)
            row, values = named.groups() if named else (cell.options["figure"], wanted)
            yield new_code_cell(STORE.format(values), metadata={"row": row})
    yield new_code_cell(FINISH)


def _said(cell: NotebookNode) -> Any:
    """Return the JSON value that a cell printed."""
    return json.loads("".join(o["text"] for o in cell.outputs if o.get("name") == "stdout"))


def write_figures(name: str, data_name: str | None = None) -> list[Path]:
    """Execute a lesson, store its results, and keep the picture of each cell marked figure="...".

    Args:
        name: Name of the lesson.
        data_name: "digits" stores the results of a run on digits and keeps the pictures as they are.

    Returns:
        The files written.
    """
    lesson = Lesson.load(name)
    Runs.load(name)  # a file that cannot be read is refused before the long run
    run = run_lesson(lesson, {"VAE_COURSE_DATASET": data_name} if data_name else {})
    written = [] if data_name == "digits" else list(_write_pictures(lesson, run.cells))
    written.append(_store(lesson, run))
    for path in written:
        print(f"wrote {path}")
    build([name])
    return written


def _write_pictures(lesson: Lesson, cells: list[NotebookNode]) -> Iterator[Path]:
    """Write the last picture of each figure cell; yield the files."""
    for cell, made in zip(lesson.cells, cells, strict=True):
        figure = cell.options.get("figure")
        if figure is None:
            continue
        pictures = [o.data["image/png"] for o in made.outputs if "image/png" in o.get("data", {})]
        if not pictures:
            raise CourseError(
                f"{lesson.path}:{cell.line}: the cell of figure {figure!r} draws nothing."
            )
        path = SOURCES / lesson.name / "figures" / f"{figure}.png"
        write_atomically(path, base64.b64decode(pictures[-1]))
        yield path


def _store(lesson: Lesson, run: Run) -> Path:
    """Write a run's results beside those on other data sets; return the file."""
    path = runs_file(lesson.name)
    entry = {
        "seconds": round(run.seconds, 1),
        "machine": run.machine,
        "results": {
            row: {m: float(f"{v:.6g}") for m, v in values.items()}
            for row, values in run.rows.items()
        },
    }
    runs = Runs.load(lesson.name).by_data | {run.data: entry}
    write_atomically(path, (json.dumps(runs, indent=1, sort_keys=True) + "\n").encode())
    return path


def measure_bands(name: str, seeds: int) -> Path:
    """Execute a lesson once per seed on each data set that is here; store the spread of its results.

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
    machines, runs = set(), Counter[str]()
    for card in map(json.loads, lines):
        if card["lesson"] == lesson and not card["fast"]:
            machines.add(card["machine"])
            runs[card["data"]] += 1
            for row, metrics in card["rows"].items():
                for metric, value in metrics.items():
                    values.setdefault((card["data"], row, metric), []).append(value)
    bands: dict = {}
    for (data_name, row, metric), numbers in values.items():
        if len(numbers) < max(2, runs[data_name]):  # a row that only some runs stored has no spread
            continue
        bands.setdefault(data_name, {}).setdefault(row, {})[metric] = {
            "mean": round(statistics.mean(numbers), 4),
            "sd": round(statistics.stdev(numbers), 4),
            "n": len(numbers),
            "machine": "; ".join(sorted(machines)),
        }
    return bands


def _run_once(lesson: Lesson, dataset: str, seed: int, results: Path) -> None:
    """Execute a lesson and append its results to the file as a line of JSON."""
    run = run_lesson(lesson, {"VAE_COURSE_DATASET": dataset, "VAE_COURSE_SEED": str(seed)})
    line = {"lesson": lesson.name, "data": dataset, "seed": seed, "fast": False}
    with results.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line | {"rows": run.rows, "machine": run.machine}) + "\n")
    print(f"{lesson.name} {dataset} seed {seed}: {run.seconds:.0f} s", flush=True)


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
