"""Feed hostile input to every function of the grader that reads what a learner controls.

    python -m benchmarks.fuzz [--minutes 10] [--target NAME] [--jobs 1] [--seed N] [--replay FILE]

Each target runs in a process of its own until its share of the time is up. On a fault the input is written to a
file, and the exit status is 1. `tests/benchmarks/test_fuzz.py` runs a few inputs of each target.
"""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.fuzz.runs import Run
from benchmarks.fuzz.targets import TARGETS


def _table(runs: list[Run]) -> Table:
    table = Table()
    table.add_column("target")
    table.add_column("inputs", justify="right")
    table.add_column("fault")
    for run in runs:
        table.add_row(run.name, f"{run.counter.value:,}", run.fault or "none")
    table.add_row("all", f"{sum(run.counter.value for run in runs):,}", "")
    return table


def main(
    minutes: Annotated[float, typer.Option(help="For all targets together.")] = 10.0,
    target: Annotated[
        list[str] | None, typer.Option(help=f"Of {', '.join(TARGETS)}; default: all.")
    ] = None,
    jobs: Annotated[int, typer.Option(help="Targets at once.")] = 1,
    seed: Annotated[int | None, typer.Option(help="Repeats the inputs of an earlier run.")] = None,
    folder: Annotated[Path, typer.Option(help="Where failing inputs are written.")] = Path("."),
    replay: Annotated[
        Path | None, typer.Option(help="Feed this file to the target instead.")
    ] = None,
) -> None:
    """Feed hostile input to the grader's decoders; the exit status is 1 when a fault is found."""
    names = target or list(TARGETS)
    if unknown := set(names) - set(TARGETS):
        raise typer.BadParameter(f"no target {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    if replay is not None:
        for name in names:
            TARGETS[name].check(replay.read_bytes())
        return
    console = Console()
    first = secrets.randbits(48) if seed is None else seed
    console.print(f"--seed {first}")
    folder.mkdir(parents=True, exist_ok=True)
    runs = [Run(name, first, folder) for name in names]
    seconds = 60 * minutes * min(jobs, len(names)) / len(names)
    waiting, active = list(runs), list[Run]()
    try:
        with Progress(console=console) as progress:
            bars = {run.name: progress.add_task(run.name, total=seconds) for run in runs}
            while waiting or active:
                while waiting and len(active) < jobs:
                    active.append(waiting.pop(0))
                    active[-1].start(seconds)
                time.sleep(0.2)
                for run in active:
                    text = f"{run.name} {run.counter.value:,}"
                    spent = min(seconds, time.monotonic() - run.began)
                    progress.update(bars[run.name], completed=spent, description=text)
                active = [run for run in active if run.goes_on()]
    finally:
        for run in active:
            assert run.process is not None
            run.process.kill()
    console.print(_table(runs))
    faults = [run for run in runs if run.fault]
    for run in faults:
        console.print(f"{run.name}: {run.fault}", markup=False)
        console.print(f"  input: {run.path}", markup=False)
    raise typer.Exit(1 if faults else 0)


if __name__ == "__main__":
    typer.run(main)
