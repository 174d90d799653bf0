"""Take a class of known worth through a week of grading, from Canvas's downloads to what is given back.

    python -m benchmarks.trial_class [--students 300] [--lessons 01_elbo 02_vae 03_cvae] [--folder F]

The class: right answers and known mistakes from the banks, half-finished and untouched work, people who hand in
nothing, and one file in twenty that is hostile or broken. Names are Canvas's, with LATE, second attempts and
a file of somebody who is on no list. Five commands follow: collect, grade, feedback-zip, export, report.
Then it is checked that each grade is what the work is worth (of a known mistake: what it gets when it is
graded alone; late work less the penalty), that nobody lacks a row or a page, and that nothing else changed.

Seconds are those of whole commands. The exit status is 1 if anything is not as it should be.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from autograder.source.lesson import Lesson, lesson_names
from benchmarks.trial_class.week import run_trial


def main() -> int:
    """Print a line for each command, the sum, and what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--students", type=int, default=300, help="students of the class")
    parser.add_argument("--lessons", nargs="+", default=lesson_names()[:3], help="names of lessons")
    parser.add_argument("--folder", type=Path, help="where the class is made and left")
    options = parser.parse_args()
    lessons = [Lesson.load(name) for name in options.lessons]
    with tempfile.TemporaryDirectory() as place:
        folder = options.folder.resolve() if options.folder else Path(place)
        folder.mkdir(parents=True, exist_ok=True)
        trial = run_trial(folder, lessons, options.students, lambda line: print(line, flush=True))
    one, five, _ = os.getloadavg()
    print(f"together      {trial.seconds:7.1f} s; load of the machine {one:.1f}, {five:.1f} before")
    for problem in trial.problems:
        print(problem)
    print(
        "Every grade is what the work is worth." if not trial.problems else "NOT as it should be."
    )
    return 1 if trial.problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
