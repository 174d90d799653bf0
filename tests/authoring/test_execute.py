"""Figures and bands: a small lesson is executed for real, and what comes out is written where it belongs."""

import json

import matplotlib.image
import nbformat
import pytest

from autograder.authoring import execute
from autograder.cli import main
from autograder.errors import CourseError
from autograder.source import lesson as source
from autograder.source import stored
from autograder.source.release import reference_notebook

NAME = "01_small"
LESSON = '''# %% [markdown]
r"""
# A small lesson

**2 points**
"""

# %% setup=true
import matplotlib.pyplot as plt
from course_utils import runtime
from course_utils.result_card import result_card


# %% exercise="double"
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% check="double" points=2
class checks:
    double = staticmethod(print)
checks.double(double)
### BEGIN HIDDEN TESTS
class hidden:
    grade_double = staticmethod(print)
hidden.grade_double(double)
### END HIDDEN TESTS

# %% [markdown]
r"""
The line ends at {{shown("a_line", "end"):.0f}}.
"""

# %% figure="a_line" store="end=double(1), names=len({'a': 1})"
plt.plot([0, double(1)])
plt.show()

# %% store="afterwards: two=2"
import os
result_card("01_small", {"line": {"slope": 2.0 + runtime.seed()}}, os.environ.get("VAE_COURSE_DATASET", "digits"))
'''
RESULTS = f".vae-course/bands-{NAME}-version.jsonl"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A folder with one small lesson, to which figures and bands are written."""
    for module, name, value in (
        (source, "SOURCES", tmp_path),
        (execute, "SOURCES", tmp_path),
        (stored, "SOURCES", tmp_path),
        (execute, "ROOT", tmp_path),
        (execute, "BANDS_FOLDER", tmp_path / "bands"),
        (execute, "grader_version", lambda lesson: "version"),
        (execute, "_is_here", lambda dataset: dataset == "digits"),
    ):
        monkeypatch.setattr(module, name, value)
    (tmp_path / f"{NAME}.py").write_text(LESSON)
    return tmp_path


@pytest.fixture
def built(monkeypatch):
    """Lessons whose notebooks were built; here nothing is."""
    names = []
    monkeypatch.setattr(execute, "build", names.extend)
    return names


@pytest.mark.notebooks
def test_figures_writes_the_picture_of_a_figure_cell_and_builds_the_notebooks(
    course, built, capsys
):
    assert main(["figures", NAME]) == 0
    path = course / NAME / "figures" / "a_line.png"
    assert capsys.readouterr().out == f"wrote {path}\nwrote {course / f'{NAME}_runs.json'}\n"
    picture = matplotlib.image.imread(path)
    assert picture.ndim == 3
    assert picture.min() < picture.max(), "something is drawn"
    assert [p.name for p in path.parent.iterdir()] == ["a_line.png"]
    assert built == [NAME]
    run = json.loads((course / f"{NAME}_runs.json").read_text())["digits"]
    assert run["results"] == {
        "line": {"slope": 2.0},
        "a_line": {"end": 2.0, "names": 1.0},
        "afterwards": {"two": 2.0},
    }
    assert run["seconds"] > 0
    assert "torch" in run["machine"]


@pytest.mark.notebooks
def test_a_run_on_digits_stores_its_results_and_keeps_pictures_and_other_runs(course, built):
    (course / f"{NAME}_runs.json").write_text('{"mnist": {"seconds": 7}}')
    assert main(["figures", NAME, "--data", "digits"]) == 0
    runs = json.loads((course / f"{NAME}_runs.json").read_text())
    assert runs["mnist"] == {"seconds": 7}
    assert runs["digits"]["results"]["a_line"]["end"] == 2.0
    assert not any((course / NAME).iterdir())
    assert built == [NAME]


def test_a_figure_cell_that_draws_nothing_is_named_with_its_line(
    course, built, monkeypatch, capsys
):
    def run(lesson, environment):
        return execute.Run(reference_notebook(lesson, filled=False).cells, {}, "mnist", 1, "here")

    monkeypatch.setattr(execute, "run_lesson", run)
    assert main(["figures", NAME]) == 2
    assert not (course / f"{NAME}_runs.json").exists()
    line = LESSON.split("# %% figure")[0].count("\n") + 1
    assert f"{NAME}.py:{line}: the cell of figure 'a_line' draws nothing" in capsys.readouterr().err
    assert built == []


@pytest.mark.notebooks
def test_bands_executes_the_seeds_that_are_missing_and_stores_mean_and_spread(course, capsys):
    finished = [
        {"lesson": NAME, "data": "digits", "seed": seed, "fast": False, "machine": "an older run"}
        | {"rows": {"line": {"slope": 2.0 + seed}, "a_line": {"end": 2.0}}}
        for seed in (0, 1)
    ]
    results = course / RESULTS
    results.parent.mkdir()
    results.write_text("".join(json.dumps(card) + "\n" for card in finished))
    assert main(["bands", NAME, "--seeds", "3"]) == 0
    out = capsys.readouterr().out
    assert "mnist is not on this machine: no band for it" in out
    assert "seed 2" in out
    assert not [seed for seed in ("seed 0", "seed 1") if seed in out]
    assert [json.loads(line)["seed"] for line in results.read_text().splitlines()] == [0, 1, 2]
    (rows,) = json.loads((course / "bands" / f"{NAME}.json").read_text()).values()
    assert rows["a_line"]["end"]["mean"] == 2.0
    assert "afterwards" not in rows, "only one run stored it"
    band = rows["line"]["slope"]
    assert (band["mean"], band["sd"], band["n"]) == (3.0, 1.0, 3)
    assert "an older run" in band["machine"].split("; ")


@pytest.mark.notebooks
def test_a_cell_that_fails_is_one_error_that_names_it(tmp_path):
    cells = [nbformat.v4.new_code_cell(text) for text in ("x = 1", "x / 0", "open('late', 'w')")]
    with pytest.raises(CourseError, match="ZeroDivisionError: division by zero"):
        execute.execute(nbformat.v4.new_notebook(cells=cells), tmp_path, {})
    assert not (tmp_path / "late").exists()
