"""Grade answers that were written without sight of the tests, and count the errors.

    python -m benchmarks.unseen [--round 1] [--lesson 02_vae] [--jobs 2] [--out FILE]

The answers lie in round_N/LESSON.py, each below a line

    # %% wrong | kl_divergence | half-only-on-mu | The factor one half multiplies mu^2 only.

They were written from the released notebooks alone, by language models that had seen no test, no known answer
and no solution, and are never changed to fit a test. Each is graded as `vae-course check` grades it, in a
notebook in which every other answer is right.

`round_N/names.json` holds what a reader says of each mistake that was named: whether the message is true of the
answer. With --out, each result is added to a file as it comes, one JSON object per line.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from autograder.source.lesson import lesson_names
from benchmarks.unseen.measure import HERE, answers_of, graded, table


def main() -> None:
    """Print each error, then the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--round", type=int, default=1, help="number of the round")
    parser.add_argument("--lesson", help="one lesson only, as in 02_vae")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--out", type=Path, help="file for all results, one JSON object per line")
    options = parser.parse_args()
    lessons = [options.lesson] if options.lesson else lesson_names()
    answers = [a for name in lessons for a in answers_of(options.round, name)]
    if not answers:
        sys.exit(f"No answers in {HERE / f'round_{options.round}'} for {', '.join(lessons)}.")
    results = []
    if options.out:
        options.out.write_text("", encoding="utf-8")
    for result in graded(answers, options.jobs):
        results.append(result)
        if options.out:
            with options.out.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(asdict(result))}\n")
        if result.right != (result.score == result.max_score):
            kind = "right" if result.right else "wrong"
            print(f"{kind}, {result.score:g} of {result.max_score:g}: {result.lesson} {result.exercise} "
                  f"{result.id}: {result.about} | {result.message}", flush=True)  # fmt: skip
    names = HERE / f"round_{options.round}" / "names.json"
    print(table(results, json.loads(names.read_text(encoding="utf-8")) if names.exists() else {}))


if __name__ == "__main__":
    main()
