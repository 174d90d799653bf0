"""The builder: what it makes equals nbgrader's own release, and nothing leaks into a student notebook."""

import copy
import dataclasses
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.authoring import build
from autograder.errors import CourseError
from autograder.source.lesson import Lesson
from autograder.source.release import (
    notebook_text,
    reference_notebook,
    refuse_leaks,
    release_text,
)
from autograder.source.stored import Runs
from course_utils.checks.core import FINGERPRINTS
from course_utils.checks.observations import RTOL
from course_utils.result_card import Band

NAME = "05_latent_space"

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
        refuse_leaks(leaky, release_text(leaky))


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


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """What is observed of a lesson: at first what is stored, in a copy that a test may change."""
    text = (FINGERPRINTS / f"nb{NAME}.json").read_text(encoding="utf-8")
    (tmp_path / f"nb{NAME}.json").write_text(text, encoding="utf-8")
    observations = build.stored(NAME)
    monkeypatch.setattr(build, "FINGERPRINTS", tmp_path)
    monkeypatch.setattr(build, "observed", lambda lesson: copy.deepcopy(observations))
    return observations


def move(run, tolerances):
    """Move all numbers of a run, in the unit of `build.apart`."""
    for _, _, _, numbers, atol in run:
        numbers[:] = [
            n if isinstance(n, str) else n + tolerances * (atol + RTOL * abs(n)) for n in numbers
        ]


def test_numbers_that_another_machine_rounds_otherwise_are_not_stale(fresh, tmp_path):
    path = tmp_path / f"nb{NAME}.json"
    before = path.read_bytes()
    for entry in fresh.values():
        for run in build.runs(entry).values():
            move(run, 0.99 * build.margin())
    assert build.stale([NAME]) == []
    assert build.build([NAME]) == []
    assert path.read_bytes() == before


def test_numbers_beyond_the_margin_are_stale_and_only_their_run_is_written(fresh, tmp_path):
    path = tmp_path / f"nb{NAME}.json"
    before = path.read_text(encoding="utf-8").splitlines()
    for entry in fresh.values():
        for run in build.runs(entry).values():
            move(run, 0.99 * build.margin())
    mistakes = fresh["slerp"]["mistakes"]
    id = next(iter(mistakes))
    move(mistakes[id]["seen"], 0.02 * build.margin())
    assert build.stale([NAME]) == [path]
    assert build.build([NAME]) == [path]
    after = path.read_text(encoding="utf-8").splitlines()
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert [line.split('"')[1] for line in changed] == [id]
    assert build.stale([NAME]) == []


def change_one_value(entry):
    """Change a coordinate near 1 by a thousandth."""
    numbers = entry["correct"][1][3]
    index = next(i for i, n in enumerate(numbers) if 0.5 < n < 2)
    numbers[index] += 1e-3


def to_nan(entry):
    entry["correct"][1][3][0] = "nan"


def to_float64(entry):
    entry["correct"][1][1] = "tensor float64"


def other_message(entry):
    next(iter(entry["mistakes"].values()))["message"] += "!"


def without_a_mistake(entry):
    del entry["mistakes"][next(iter(entry["mistakes"]))]


def without_the_last_observation(entry):
    entry["correct"].pop()


def in_another_order(entry):
    entry["mistakes"] = dict(reversed(entry["mistakes"].items()))


CHANGES = [
    change_one_value,
    to_nan,
    to_float64,
    other_message,
    without_a_mistake,
    without_the_last_observation,
    in_another_order,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda f: f.__name__)
def test_a_real_change_is_stale(fresh, tmp_path, change):
    change(fresh["latent_grid"])
    assert build.stale([NAME]) == [tmp_path / f"nb{NAME}.json"]


@pytest.mark.parametrize("text", ["", "<<<<<<< HEAD", "{}"])
def test_a_broken_fingerprint_is_stale_and_build_mends_it(fresh, tmp_path, text):
    path = tmp_path / f"nb{NAME}.json"
    whole = path.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    assert build.stale([NAME]) == [path]
    assert build.build([NAME]) == [path]
    assert path.read_text(encoding="utf-8") == whole


def test_mistakes_that_only_rounding_tells_apart_are_refused(fresh):
    mistakes = fresh["slerp"]["mistakes"]
    one, other = list(mistakes)[:2]
    mistakes[other]["seen"] = copy.deepcopy(mistakes[one]["seen"])
    move(mistakes[other]["seen"], 0.5 * build.margin())
    with pytest.raises(CourseError, match=f"rounding tells '{one}' and '{other}' of 'slerp' apart"):
        build.stale([NAME])


def test_another_text_of_a_solution_is_stale(fresh, tmp_path, monkeypatch):
    path = tmp_path / f"{NAME}.py"
    text = Lesson.load(NAME).path.read_text(encoding="utf-8")
    path.write_text(text.replace("### BEGIN SOLUTION\n", "### BEGIN SOLUTION\n    # Why\n", 1))
    changed = Lesson.read(path)
    monkeypatch.setattr(Lesson, "load", lambda name: changed)
    assert build.SOURCES / NAME / f"{NAME}.ipynb" in build.stale([NAME])


def test_a_solution_that_gives_slightly_other_numbers_is_beyond_the_margin(monkeypatch):
    reference = build.reference_namespace(NAME)
    grid = reference["latent_grid"]
    reference["latent_grid"] = lambda *args, **kwargs: 1.001 * grid(*args, **kwargs)
    monkeypatch.setattr(build, "reference_namespace", lambda name: reference)
    lesson = Lesson.load(NAME)
    cells = tuple(c for c in lesson.cells if c.name == "latent_grid")
    run = build.observed(dataclasses.replace(lesson, cells=cells))["latent_grid"]["correct"]
    gap = build.apart(run, build.stored(NAME)["latent_grid"]["correct"])
    assert build.margin() < gap < math.inf


def test_the_margin_is_far_below_the_tolerance_of_a_check():
    assert 0 < build.margin() <= 0.1


def test_a_stored_run_outside_its_band_is_refused(monkeypatch, lesson):
    bands = {"mnist": {"VAE": {"kl": Band(25.0, 0.2, 3)}}}
    monkeypatch.setattr(build, "load_bands", lambda name: bands)
    for kl, holds in ((25.9, True), (27.0, False)):
        runs = Runs(lesson.name, {"mnist": {"results": {"VAE": {"kl": kl, "seconds": 1e6}}}})
        monkeypatch.setattr(build.Runs, "load", lambda name, runs=runs: runs)
        if holds:
            build._check_runs(lesson)
        else:
            with pytest.raises(
                CourseError, match="'VAE', 'kl' on mnist is 27, outside the band 25"
            ):
                build._check_runs(lesson)


def test_documents_show_what_is_stored():
    for path in build.DOCUMENTS:
        assert build._document(path) == path.read_bytes(), f"{path.name}: run vae-course build"
