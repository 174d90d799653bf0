"""`vae-course reproduce`: run rows of published numbers and show the stored results."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch

from autograder.errors import CourseError
from autograder.files import ROOT
from benchmarks.reproduce import report
from benchmarks.reproduce.rows import ReproduceError, reproduce, rows_named
from course_utils import data, runtime
from course_utils.data import ImageData

FIGURE = ROOT / "docs" / "images" / "reproduced.svg"
DOCUMENT = ROOT / "docs" / "measurements.md"
STATES = ROOT / ".vae-course" / "reproduce"
LEFT_ALIGNED = ("row", "training", "metric")


@contextlib.contextmanager
def _in_one_line() -> Iterator[None]:
    """Turn errors that the user can mend into CourseError, which the command line prints as one line."""
    try:
        yield
    except (ReproduceError, data.DataError) as error:
        raise CourseError(f"{str(error).rstrip('.')}.") from None


@_in_one_line()
def run_rows(
    names: Iterable[str],
    seeds: int | None,
    device: str,
    schedule: str | None,
    again: bool,
    quiet: bool,
) -> list[str]:
    """Run the rows of these names, and store their results.

    Args:
        names: Names of rows, or "all"; without a name nothing is run.
        seeds: Run seeds 0 to seeds - 1; as many as each row asks for when None.
        device: "cpu", "cuda" or "auto", the best one here.
        schedule: "full", "shortened" or None for the row's default on that device.
        again: Run seeds that are stored, too.
        quiet: Show no progress.

    Returns:
        The names of the rows.

    Raises:
        CourseError: If there is no such row or schedule, or if the device or MNIST is not here.
    """
    rows, images = _inputs(names, device, schedule)
    for row in rows:
        assert images is not None  # where there is a row, there are images
        reproduce(
            row,
            images,
            seeds=seeds,
            schedule=schedule,
            again=again,
            states=STATES,
            progress=not quiet,
        )
    return [row.name for row in rows]


@_in_one_line()
def show_results(names: list[str], as_json: bool) -> None:
    """Print the stored results of these rows, of all rows without a name, as a table or as JSON."""
    from rich.console import Console

    rows = rows_named(names or ["all"])
    found = report.entries(rows)
    if as_json:
        print(json.dumps([entry.as_dict() for entry in found], indent=1))
        return
    console = Console()
    console.print(_table(found))
    for line in [report.MINUTES, *report.details(found), *report.missing(found)]:
        console.print(line, highlight=False, markup=False)


@_in_one_line()
def write_figure() -> list[Path]:
    """Draw the figure and renew the table in docs/ from the stored results; return the files."""
    found = report.entries()
    written = [report.draw_figure(found, FIGURE)]
    return [*written, DOCUMENT] if report.renew(DOCUMENT, found) else written


def _inputs(
    names: Iterable[str], device: str, schedule: str | None
) -> tuple[list, ImageData | None]:
    """Return rows and data, after trying everything that would otherwise fail only hours later.

    Raises:
        CourseError: If the device, a schedule or MNIST is not here.
        ReproduceError: If there is no such row.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise CourseError("PyTorch sees no GPU here: use --device cpu, or see vae-course doctor.")
    where = runtime.device() if device == "auto" else torch.device(device)
    rows = rows_named(names)
    for row in rows:
        row.schedule(schedule, where.type == "cpu")
    try:
        images = data.load("mnist", strict=True, device=where) if rows else None
    except ValueError as error:  # VAE_COURSE_DATASET names no dataset
        raise CourseError(f"{error}.") from None
    if images and images.name != "mnist":
        raise CourseError(f"Published numbers belong to mnist, and this is {images.name}.")
    return rows, images


def _table(found: list[report.Entry]):
    """Return a rich table of the entries; a row's name is only on its first line."""
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for heading in report.HEADINGS:
        table.add_column(heading, justify="left" if heading in LEFT_ALIGNED else "right")
    previous = None
    for entry in found:
        name, training, *numbers = entry.cells()
        if (entry.row, entry.schedule) == previous:
            name, training = "", ""
        table.add_row(*map(escape, [name, training, *numbers]))
        previous = entry.row, entry.schedule
    return table
