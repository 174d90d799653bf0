"""The handout installed where nothing else is: in an environment with the packages that its wheel asks for.

These packages are linked from this environment, so that no test downloads PyTorch.
"""

import email
import importlib.metadata
import json
import os
import subprocess
import sys
import zipfile

import pytest
from packaging.requirements import Requirement

from autograder.classes.handout.bundle import COURSE
from autograder.source.lesson import FIRST_CELL, Lesson, lesson_names
from tests.classes.handout.conftest import files_of

RUN = """
import sys
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
for cell in notebook.cells:
    for output in cell.get("outputs", []):
        print(output.get("text", ""), output.get("data", {}).get("text/plain", ""))
"""
MISSING = """
from importlib.util import find_spec
for name in ("nbgrader", "autograder", "benchmarks", "typer", "jupytext"):
    assert find_spec(name) is None, name
"""
SETUPS = """
import json, sys
from pathlib import Path
for path in sorted(Path().glob("[0-9]*/*.ipynb")):
    code = [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]
    for cell in code[:2]:
        exec("".join(cell["source"]), {})
    print(path.stem)
"""


def closure(requirements):
    """Return the names of the installed packages that these requirements ask for, and what those ask for."""
    found, waiting = set(), [(Requirement(text), "") for text in requirements]
    while waiting:
        wanted, extra = waiting.pop()
        if wanted.marker and not wanted.marker.evaluate({"extra": extra}):
            continue
        key = (wanted.name.lower().replace("_", "-"), frozenset(wanted.extras))
        if key not in found:
            found.add(key)
            for text in importlib.metadata.requires(wanted.name) or []:
                waiting += [(Requirement(text), e) for e in ("", *wanted.extras)]
    return {name for name, _ in found}


def environment_with(folder, requirements):
    """Make a Python environment that holds links to the packages of these requirements; return its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for name in closure(requirements):
        distribution = importlib.metadata.distribution(name)
        for top in {path.parts[0] for path in distribution.files or []} - {"..", "__pycache__"}:
            if not (site / top).exists():
                (site / top).symlink_to(distribution.locate_file(top))
    return folder / "bin" / "python"


def succeeds(python, *arguments, cwd, **variables):
    """Run a Python that sees nothing of this checkout; return what it prints."""
    left_out = ("PYTHONPATH", "VIRTUAL_ENV")
    clean = {k: v for k, v in os.environ.items() if k not in left_out} | variables
    done = subprocess.run(
        [python, *arguments], cwd=cwd, env=clean, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def learner(course, wheel, tmp_path_factory):
    """The unpacked handout, and a Python into which it was installed as the README says."""
    if sys.platform == "win32":
        pytest.skip("LOUD: packages are not linked on Windows")
    folder = tmp_path_factory.mktemp("learner")
    (folder / "course.zip").write_bytes(course)
    with zipfile.ZipFile(folder / "course.zip") as opened:
        opened.extractall(folder)
    (metadata,) = (c for n, c in files_of(wheel.content).items() if n.endswith("METADATA"))
    asked_for = email.message_from_bytes(metadata).get_all("Requires-Dist")
    python = environment_with(folder / "environment", asked_for)
    # Without an index pip fails if any package that is asked for is missing.
    install = ["-m", "pip", "--python", str(python), "install", "--no-index", "--quiet"]
    home = folder / COURSE
    succeeds(sys.executable, *install, "--requirement", "requirements.txt", cwd=home)
    return python, home


@pytest.mark.slow
def test_all_imports_of_all_lessons_are_there_and_nothing_of_the_grader(learner):
    python, home = learner
    succeeds(python, "-c", MISSING, cwd=home)
    report = succeeds(python, "-m", "course_utils.environment", cwd=home)
    assert "[OK] device: " in report
    assert "nbgrader" not in report
    assert succeeds(python, "-c", SETUPS, cwd=home, MPLBACKEND="Agg").split() == lesson_names()


@pytest.mark.slow
def test_a_lesson_that_a_learner_solved_runs_there_and_every_check_says_correct(learner, a_lesson):
    python, home = learner
    path = home / a_lesson.name / f"{a_lesson.name}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in a_lesson.exercises:
            cell["source"] = a_lesson.exercise_cell(name).solution
    path.write_text(json.dumps(notebook), encoding="utf-8")
    printed = succeeds(python, "-c", RUN, path.name, cwd=path.parent, VAE_COURSE_FAST="1")
    for exercise in a_lesson.exercises:
        assert f"{exercise}: correct." in printed


@pytest.fixture
def colab(tmp_path):
    """A Python with pip and without the course, and the folder of a notebook."""
    if sys.platform == "win32":
        pytest.skip("LOUD: packages are not linked on Windows")
    python = environment_with(tmp_path / "environment", ["pip"])
    (tmp_path / "content" / "lesson").mkdir(parents=True)
    cell = FIRST_CELL.read_text(encoding="utf-8")
    (tmp_path / "cell.py").write_text(f"{cell}\nimport course_utils\nprint(course_utils.__file__)")
    return python, tmp_path / "cell.py", tmp_path / "content"


@pytest.mark.parametrize("place", ["beside the notebook", "in the folder above"])
def test_the_first_cell_installs_the_wheel(colab, wheel, place):
    python, cell, content = colab
    (content / wheel.name).write_bytes(wheel.content)
    folder = content if place == "beside the notebook" else content / "lesson"
    printed = succeeds(python, "-I", cell, cwd=folder)
    assert "site-packages/course_utils" in printed
    assert printed.count("\n") == 1, "pip says nothing"


def test_the_first_cell_says_in_a_line_what_to_do_without_a_wheel(colab):
    python, cell, content = colab
    done = subprocess.run(
        [python, "-I", cell], cwd=content / "lesson", capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: This Python lacks the course.")
    assert ".whl" in last


def test_the_first_cell_does_nothing_where_the_course_is(tmp_path):
    cell = FIRST_CELL.read_text(encoding="utf-8")
    succeeds(sys.executable, "-c", f"{cell}\nassert 'subprocess' not in globals()", cwd=tmp_path)


def test_every_lesson_begins_with_the_first_cell(lesson):
    code = [cell for cell in Lesson.load(lesson.name).cells if cell.is_code]
    assert code[0].source == FIRST_CELL.read_text(encoding="utf-8").rstrip()
    assert code[1].role == "setup"
