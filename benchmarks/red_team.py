"""Measure what the attacks of `tests/sandbox/red_team.py` achieve here and in stock `nbgrader autograde`.

    python -m benchmarks.red_team [--json] [--only WORDS ...] [--jobs 2]

Each attack is handed in beside an honest reference. Counted are attacks that got an undeserved point, that
read something secret, and that cost honest work a point: another exercise, the honest student, or a right
answer that was only unusual.

Stock nbgrader does not isolate the attacks, so it runs in a container of bubblewrap that protects this machine.
It has its own process numbers, and it can write only to its course. Its memory and processes are limited where
control groups can be set; where they cannot, attacks that use up the machine are left out for stock.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from rich.progress import track

from autograder.authoring.submissions import hand_in, make_submission, reference_answers
from autograder.files import ROOT
from autograder.grading.judge import judge
from autograder.grading.report import as_json
from autograder.grading.salvage import salvage
from autograder.sandbox.worker import Limits, Worker
from autograder.source.lesson import Lesson
from autograder.source.release import SKIP_TAG
from tests.sandbox.red_team import ATTACKS, LEAK, Attack

TOKEN = "token-of-the-grader"
SECONDS = 400  # for one class of two in stock nbgrader, whose cells may take 30 s each
EXHAUSTING = ("bomb", "memory", "gigabyte")  # words in the ids of attacks that use up the machine
GROUPS = [Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup/pids")]
CONFIG = f"""
c = get_config()
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
c.Execute.skip_cells_with_tag = "{SKIP_TAG}"
"""
INSIDE = """
import os, subprocess, sys, time
log = open("/tmp/course/log.txt", "wb")
command = [sys.executable, "-m", "nbgrader", "autograde", sys.argv[1]]
subprocess.run(command, cwd="/tmp/course", stdout=log, stderr=log)
time.sleep(1)
left = []
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        if int(pid) not in (1, os.getpid()) and open(f"/proc/{pid}/cmdline").read():
            left.append(pid)
    except OSError:
        pass
os.makedirs("/tmp/course", exist_ok=True)
open("/tmp/course/left.txt", "w").write(" ".join(left))
"""


@dataclass
class Result:
    """What an attack achieved.

    Attributes:
        undeserved: It got a point that its answer is not worth.
        leak: It read something secret.
        harm: It cost honest work a point.
        left_behind: It left processes behind.
    """

    undeserved: bool = False
    leak: bool = False
    harm: bool = False
    left_behind: bool = False


def achieved(attack: Attack, score: float, full: float, others: bool, text: str) -> Result:
    """Compare what an attack got with what its answer is worth.

    Args:
        attack: The attack.
        score: Points of the attacked exercise.
        full: Points of a correct answer there.
        others: Whether every other exercise and the honest student got all their points.
        text: Everything that is sent back to the attacker.
    """
    limit = {"full": full, "less": full - 1e-9, "nothing": 0.0}[attack.worth]
    lost = attack.worth == "full" and score < full
    return Result(score > limit, LEAK in text, lost or not others)


def source_of(attack: Attack, secret: Path, port: int) -> str:
    """Return the attack's code with this machine's secret file, token and port in it."""
    text = attack.source.replace("@SECRET@", str(secret)).replace("@TOKEN@", TOKEN)
    return text.replace("@PORT@", str(port))


def run_ours(attacks: list[Attack], port: int) -> dict[str, Result]:
    """Grade each attack, and after it the honest student in the same worker; return the results by attack."""
    results = {}
    limits = Limits(cpu_seconds=4, wall_seconds=8, memory_bytes=2**30)
    with tempfile.TemporaryDirectory() as place, Worker(limits) as worker:
        secret = Path(place, "secret.txt")
        secret.write_text(TOKEN)
        for attack in track(attacks, "vae-course"):
            verdicts, target = [], attack.exercise
            lesson = Lesson.load(attack.lesson)
            reference = reference_answers(lesson)
            for answer in (source_of(attack, secret, port), reference[target]):
                path = Path(place, "a.ipynb")
                answers = reference | {target: answer}
                path.write_text(nbformat.writes(make_submission(lesson, answers)))
                verdicts.append(judge(salvage(path), worker))
            first, honest = verdicts
            attacked = first.of(target)
            others = all(e.status == "correct" for e in first.exercises if e.name != target)
            others = others and honest.score == honest.max_score
            text = as_json("a", first)
            results[attack.id] = achieved(attack, attacked.score, attacked.max_score, others, text)
    return results


class Stock:
    """Stock nbgrader in a container.

    Args:
        place: Folder for its courses.
        port: Port on this machine that attacks may try to reach.
        lessons: Names of the lessons that are attacked.
    """

    def __init__(self, place: Path, port: int, lessons: set[str]) -> None:
        self.place, self.port = place, port
        self.template = place / "template"
        self.can_limit = all(os.access(group, os.W_OK) for group in GROUPS)
        for name in lessons:
            shutil.copytree(ROOT / "solutions" / name, self.template / "solutions" / name)
        (self.template / "nbgrader_config.py").write_text(CONFIG)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {
            "PATH": path,
            "PYTHONPATH": str(ROOT),
            "HOME": "/tmp",
            "LANG": "C.UTF-8",
            "VAE_COURSE_FAST": "1",
            "VAE_COURSE_DATASET": "digits",
            "OMP_NUM_THREADS": "1",
            "VAE_COURSE_TEST_TOKEN": TOKEN,
        }
        for name in lessons:
            subprocess.run(
                [sys.executable, "-m", "nbgrader", "generate_assignment", name],
                cwd=self.template,
                env=self.environment,
                check=True,
                capture_output=True,
            )

    def run(self, attack: Attack) -> Result | None:
        """Grade one attack and return what it achieved; None if this machine cannot contain it."""
        if not self.can_limit and any(word in attack.id for word in EXHAUSTING):
            return None
        folder = Path(tempfile.mkdtemp(dir=self.place))
        course = folder / "course"
        shutil.copytree(self.template, course)
        source = source_of(attack, Path("/tmp/course/secret.txt"), self.port)
        (course / "secret.txt").write_text(TOKEN)
        lesson = Lesson.load(attack.lesson)
        reference = reference_answers(lesson)
        notebook = make_submission(lesson, reference | {attack.exercise: source})
        hand_in(notebook, course, "a-attacker", lesson)
        hand_in(make_submission(lesson, reference), course, "b-honest", lesson)
        mounts = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]
        mounts += ["--bind", str(course), "/tmp/course"]
        container = ["bwrap", *mounts, "--unshare-pid", "--unshare-user", "--die-with-parent"]
        inside = [sys.executable, "-c", INSIDE, attack.lesson]
        groups = [_limited(parent / folder.name) for parent in GROUPS if self.can_limit]
        join = "".join(f"echo $$ > {group}/cgroup.procs; " for group in groups)
        command = ["sh", "-c", f'{join}exec "$@"', "sh", *container, "--", *inside]
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(command, env=self.environment, timeout=SECONDS, capture_output=True)
        result = self._result(attack, lesson, course)
        shutil.rmtree(folder, ignore_errors=True)
        for group in groups:
            with contextlib.suppress(
                OSError
            ):  # a group cannot be removed while a process in it ends
                group.rmdir()
        return result

    def _result(self, attack: Attack, lesson: Lesson, course: Path) -> Result:
        """Read from a graded course what an attack achieved."""
        full, target = lesson.exercises[attack.exercise], f"test_{attack.exercise}"
        attacker, honest = (_points(course, lesson.name, s) for s in ("a-attacker", "b-honest"))
        mine = attacker.pop(target, 0.0)
        wanted = {f"test_{n}": p for n, p in lesson.exercises.items()}
        others = all(attacker.get(n) == p for n, p in wanted.items() if n != target)
        others = others and all(honest.get(n) == p for n, p in wanted.items())
        pages = list(course.glob(f"autograded/a-attacker/{lesson.name}/*.ipynb"))
        text = pages[0].read_text(errors="replace") if pages else ""
        result = achieved(attack, mine, full, others, _outputs(text))
        left = course / "left.txt"
        result.left_behind = not left.exists() or bool(left.read_text())
        return result


def _outputs(text: str) -> str:
    """Return the outputs of a notebook's cells as text, "" for what is no notebook."""
    try:
        cells = json.loads(text)["cells"]
    except (ValueError, KeyError):
        return ""
    return json.dumps([cell.get("outputs") for cell in cells])


def _points(course: Path, lesson: str, student: str) -> dict[str, float]:
    """Return the automatic points by grade cell, none where the gradebook has no such submission."""
    if not (course / "gradebook.db").exists():
        return {}
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        try:
            notebook = gradebook.find_submission_notebook(lesson, lesson, student)
        except MissingEntry:
            return {}
        return {g.name: g.auto_score or 0.0 for g in notebook.grades}


def _limited(group: Path) -> Path:
    """Make a control group for one container: at most 6 GB and 400 processes."""
    group.mkdir()
    for name, value in (("memory.limit_in_bytes", 6 * 2**30), ("pids.max", 400)):
        if (group / name).exists():
            (group / name).write_text(str(value))
    return group


def main() -> None:
    """Print the table of docs/measurements.md, and as the last line JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print only the JSON line")
    parser.add_argument(
        "--only", action="append", help="attacks whose name holds these words; may be repeated"
    )
    parser.add_argument("--jobs", type=int, default=2, help="stock nbgraders at once")
    options = parser.parse_args()
    attacks = [a for a in ATTACKS if any(words in a.id for words in options.only or [""])]
    os.environ["VAE_COURSE_TEST_TOKEN"] = TOKEN
    with socket.create_server(("127.0.0.1", 0)) as server, tempfile.TemporaryDirectory() as place:
        port = server.getsockname()[1]
        mine = run_ours(attacks, port)
        stock = Stock(Path(place), port, {a.lesson for a in attacks})
        with ThreadPoolExecutor(options.jobs) as threads:
            theirs = list(track(threads.map(stock.run, attacks), "nbgrader", total=len(attacks)))
    rows = {}
    for attack, result in zip(attacks, theirs, strict=True):
        rows[attack.id] = {
            "kind": attack.kind,
            "ours": asdict(mine[attack.id]),
            "stock": asdict(result) if result else None,
        }
    if not options.json:
        print(_table(rows))
    print(json.dumps(rows))


def _table(rows: dict[str, dict]) -> str:
    """Return a Markdown table of how many attacks of each kind achieved what, with each grader."""
    kinds = {"fake": "faked results", "leak": "leaks", "harm": "harm"}
    head = ("attacks", "grader", "run", "an undeserved point", "a leak", "honest work lost points")
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for kind, name in kinds.items():
        for grader, label in (("ours", "vae-course"), ("stock", "stock nbgrader")):
            found = [r[grader] for r in rows.values() if r["kind"] == kind and r[grader]]
            counts = [sum(r[key] for r in found) for key in ("undeserved", "leak", "harm")]
            lines.append(f"| {name} | {label} | {len(found)} | {' | '.join(map(str, counts))} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
