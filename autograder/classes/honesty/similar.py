"""Show which answers look alike, with compare50, a program of its own that compares what it is given.

compare50 is under the GPLv3. It is called as a program where it is installed, and never imported.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from autograder.classes.course_folder.settings import lesson_of
from autograder.classes.report.results import Result, read_results
from autograder.errors import CourseError
from autograder.files import write_atomically
from autograder.source.lesson import Lesson
from autograder.source.release import release_cells
from autograder.wire.explain import encodable, printable

MOST = 20  # pairs that are shown; each is a page of 0.9 MB


def show_similar(name: str, course: Path, program: Path | None = None) -> list[str]:
    """Write pages that show the most similar pairs of a lesson side by side.

    Args:
        name: Name of the lesson.
        course: Folder of the class, in which it was graded; the pages come to similar/LESSON in it.
        program: compare50; by default it is looked for on the PATH.

    Returns:
        Lines for the terminal.

    Raises:
        CourseError: If compare50 is missing or fails, or fewer than two students worked on the lesson.
    """
    lesson = lesson_of(name, course)
    found = _found(program)
    results = [r for r in read_results(lesson, course)[0] if r.attempted]
    if len(results) < 2:
        raise CourseError(
            f"{course}: fewer than two students worked on {name}, so there is nothing to compare."
        )
    target = course / "similar" / name
    with tempfile.TemporaryDirectory() as folder:
        made = _compared(found, lesson, results, Path(folder))
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(exist_ok=True)
        shutil.move(made, target)
    return [
        f"wrote {target / 'index.html'}: the {MOST} most similar pairs of {len(results)} students",
        "Likeness proves nothing: short exercises have few right answers.",
        f"To ask somebody about their own code: vae-course interview STUDENT {name}",
    ]


def _found(program: Path | None) -> Path:
    """Return the program.

    Raises:
        CourseError: If it is not there.
    """
    found = shutil.which(str(program or "compare50"))
    if found is None:
        raise CourseError(
            f"{program or 'compare50'} is not there. compare50 needs an environment of its own: "
            "python3 -m venv ~/compare50 && ~/compare50/bin/pip install compare50. "
            "Then add: --program ~/compare50/bin/compare50"
        )
    return Path(found).resolve()


def _compared(program: Path, lesson: Lesson, results: list[Result], folder: Path) -> Path:
    """Run compare50 on what students wrote, without the code that they were given; return its pages' folder."""
    given = [c.source for c in release_cells(lesson) if c.cell_type == "code"]
    _write(folder / "given" / f"{lesson.name}.py", given)
    for result in results:
        _write(folder / "students" / result.student / f"{lesson.name}.py", result.answers.values())
    students = [f"students/{r.student}" for r in results]
    # compare50 starts `python3`: that of its own environment must be the first.
    path = f"{program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        [program, "-n", str(MOST), "-d", "given", "-o", "out", "--", *students],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode or not (folder / "out" / "index.html").is_file():
        said = (done.stderr or done.stdout).strip().splitlines() or ["nothing"]
        raise CourseError(
            f"{program} failed; it said: {printable(said[-1])[:300]}. Try it alone: {program} --help"
        )
    return folder / "out"


def _write(path: Path, cells: Iterable[str]) -> None:
    write_atomically(path, encodable("\n\n\n".join(cells) + "\n").encode())
