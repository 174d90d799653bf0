"""The builder: what it makes equals nbgrader's own release, and nothing leaks into a student notebook."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.authoring import build
from autograder.errors import CourseError
from autograder.source.lesson import Lesson
from autograder.source.release import notebook_text, reference_notebook, release_text

GENERATE = """
import sys
from nbgrader.apps.api import NbGraderAPI

api = NbGraderAPI()
for name in sys.argv[1:]:
    done = api.generate_assignment(name)
    assert done["success"], done["log"]
"""


@pytest.mark.notebooks
def test_student_notebooks_equal_what_nbgrader_generates(pytestconfig, tmp_path):
    for lesson in pytestconfig.lessons:
        source = tmp_path / "source" / lesson.name / f"{lesson.name}.ipynb"
        source.parent.mkdir(parents=True)
        source.write_text(notebook_text(reference_notebook(lesson)))
    programs = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-c", GENERATE, *(lesson.name for lesson in pytestconfig.lessons)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    for lesson in pytestconfig.lessons:
        made = tmp_path / "release" / lesson.name / f"{lesson.name}.ipynb"
        assert made.read_text() == release_text(lesson)


def test_reference_and_student_notebooks_have_the_same_cells_in_the_same_order(lesson):
    release = json.loads(release_text(lesson))["cells"]
    assert [c["id"] for c in release] == [c.id for c in lesson.cells]


def test_a_student_notebook_holds_no_solution_and_no_hidden_test(lesson):
    text = release_text(lesson)
    for word in (
        "BEGIN SOLUTION",
        "HIDDEN TESTS",
        "autograder",
        "grade_" + next(iter(lesson.exercises)),
    ):
        assert word not in text


def test_a_hint_that_gives_the_whole_solution_is_refused(lesson, tmp_path):
    cell = next(c for c in lesson.cells if c.role == "exercise")
    leak = f'# %% [markdown]\nr"""\nA hint:\n{cell.solution_regions[0].strip()}\n"""\n'
    path = tmp_path / lesson.path.name
    path.write_text(f"{lesson.path.read_text()}\n{leak}")
    leaky = Lesson.read(path)
    with pytest.raises(CourseError, match=f"the solution of '{cell.name}' stands in"):
        build._check_nothing_leaks(leaky, release_text(leaky))


def test_points_that_differ_from_the_hidden_criteria_are_refused(lesson, tmp_path):
    name, points = next(iter(lesson.exercises.items()))
    text = lesson.path.read_text()
    path = tmp_path / lesson.path.name
    path.write_text(
        text.replace(
            f'check="{name}" points={points}', f'check="{name}" points={points + 1}'
        ).replace(f"**{points} point", f"**{points + 1} point", 1)
    )
    with pytest.raises(
        CourseError, match=f"worth {points + 1}, but its hidden criteria add up to {points}"
    ):
        build._check_points(Lesson.read(path))


def test_no_generated_file_is_an_orphan():
    assert build.orphans() == []


def test_a_read_only_folder_is_one_clear_line(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", refuse)
    with pytest.raises(CourseError, match="cannot be written \\(Permission denied\\)"):
        build.write_atomically(tmp_path / "x.txt", b"x")


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "x.txt"
    path.write_bytes(b"old")

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", stop)
    with pytest.raises(KeyboardInterrupt):
        build.write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
