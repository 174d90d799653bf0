"""Measure how long the cells of lessons take, here and at another revision.

    python -m benchmarks.lessons [LESSON ...] [--data digits] [--cells] [--wall]
                                 [--before REVISION [--after REVISION]]

Prints processor seconds, as one thread needs them: they hardly depend on what else the machine does. With
`--wall`, seconds of the clock, with as many threads as PyTorch takes by itself: on a machine that does nothing
else, what a learner waits for. With `--before`, each lesson is run in that revision and then in this folder (or
in `--after`), one after the other.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.authoring.execute import execute
from autograder.source.lesson import SOURCES, Lesson, lesson_names
from autograder.source.release import reference_notebook

ROOT = Path(__file__).parents[1]
CLOCK = "import time as _time\nprint(_time.{clock}())"
LEAST = 1.0  # seconds; shorter cells are not listed


def main() -> None:
    """Print the seconds of every lesson and their sum, and with --cells those of each long cell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("lesson", nargs="*", help="all lessons when none is named")
    parser.add_argument("--data", default="mnist", choices=["mnist", "digits"])
    parser.add_argument("--cells", action="store_true", help="list the cells above a second, too")
    parser.add_argument("--wall", action="store_true", help="seconds of the clock, all threads")
    parser.add_argument("--before", metavar="REVISION", help="run this git revision, too")
    parser.add_argument("--after", metavar="REVISION", help="in place of the files as they are")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    names = options.lesson or lesson_names()
    if unknown := set(names) - set(lesson_names()):
        parser.error(
            f"no lesson {', '.join(sorted(unknown))}: choose of {', '.join(lesson_names())}"
        )
    if options.here:
        print(json.dumps(seconds_of_cells(names[0], options.data, options.wall)))
        return
    revisions = [r for r in (options.before, options.after) if r]
    if missing := [r for r in revisions if not is_revision(r)]:
        parser.error(f"git knows no revision {', '.join(missing)}")
    with ExitStack() as stack:
        places = {revision: stack.enter_context(checkout(revision)) for revision in revisions}
        if not options.after:
            places["here"] = ROOT
        print(f"| lesson, {options.data} |", " | ".join(f"{name}, s" for name in places), "|")
        print("|---" * (len(places) + 1) + "|", flush=True)
        sums = dict.fromkeys(places, 0.0)
        for lesson in names:
            cells = {
                name: run(place, lesson, options.data, options.wall)
                for name, place in places.items()
            }
            for name in places:
                sums[name] += sum(cells[name].values())
            totals = [f"{sum(found.values()):.1f}" for found in cells.values()]
            print(f"| {lesson} |", " | ".join(totals), "|", flush=True)
            for name, found in cells.items() if options.cells else ():
                for source, seconds in found.items():
                    if seconds >= LEAST:
                        print(f"    {name}: {seconds:6.1f} s  {source}", flush=True)
        print("| sum |", " | ".join(f"{total:.0f}" for total in sums.values()), "|")


def seconds_of_cells(name: str, data: str, wall: bool = False) -> dict[str, float]:
    """Execute a lesson; return the seconds of each cell with code, by number and first line."""
    notebook = reference_notebook(Lesson.load(name), filled=False)
    timed: list[NotebookNode] = []
    clock = CLOCK.format(clock="perf_counter" if wall else "process_time")
    for cell in notebook.cells:
        timed.append(cell)
        if cell.cell_type == "code":
            timed.append(new_code_cell(clock))
    notebook.cells = [new_code_cell(clock), *timed]
    environment = {"VAE_COURSE_FAST": "0", "VAE_COURSE_DATASET": data}
    done = [
        c for c in execute(notebook, SOURCES / name, environment).cells if c.cell_type == "code"
    ]
    times = [clock_of(c) for c in done[::2]]
    sources = [f"{i} {c.source.strip().splitlines()[0][:80]}" for i, c in enumerate(done[1::2])]
    if not wall:
        times[0] = 0.0  # with the start of the kernel
    spent = [now - before for before, now in itertools.pairwise(times)]
    return dict(zip(sources, spent, strict=True))


def clock_of(cell: NotebookNode) -> float:
    """Return the seconds that a cell printed; what it prints may come in several pieces."""
    return float("".join(o["text"] for o in cell.outputs if o.get("name") == "stdout"))


def run(place: Path, lesson: str, data: str, wall: bool) -> dict[str, float]:
    """Return the seconds of a lesson's cells with the code in a folder, measured in a process of its own."""
    command = [sys.executable, __file__, lesson, "--data", data, "--here"]
    environment = {"VAE_COURSE_DATA": str(ROOT / "data"), **os.environ, "PYTHONPATH": str(place)}
    if wall:
        command.append("--wall")
        environment.pop("OMP_NUM_THREADS", None)
    else:
        environment["OMP_NUM_THREADS"] = "1"
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def is_revision(name: str) -> bool:
    """Return whether git finds a commit under this name."""
    command = ["git", "-C", str(ROOT), "rev-parse", "--quiet", "--verify", f"{name}^{{commit}}"]
    return subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == 0


@contextmanager
def checkout(revision: str) -> Iterator[Path]:
    """Give a folder with the files of a revision, and remove it afterwards."""
    git = ["git", "-C", str(ROOT), "worktree"]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "revision")
        subprocess.run([*git, "add", "--quiet", "--detach", str(place), revision], check=True)
        try:
            yield place
        finally:
            subprocess.run([*git, "remove", "--force", str(place)], check=True)


if __name__ == "__main__":
    main()
