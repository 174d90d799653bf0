"""Lessons run from top to bottom: the reference without a single error, an untouched one up to its checks."""

import nbformat
import pytest

from autograder.authoring.execute import execute
from autograder.source.lesson import SOURCES
from autograder.source.release import reference_notebook, release_cells

pytestmark = [pytest.mark.notebooks, pytest.mark.oldest]


def test_the_reference_runs_without_errors_or_warnings(lesson):
    done = execute(reference_notebook(lesson), SOURCES / lesson.name, {"VAE_COURSE_FAST": "1"})
    for source, cell in zip(lesson.cells, done.cells, strict=True):
        errors = [
            o
            for o in cell.get("outputs", [])
            if o.get("name") == "stderr" and "Warning" in o["text"]
        ]
        assert errors == [], f"{lesson.path}:{source.line}"
        if source.options.get("figure"):
            pictures = [o for o in cell.outputs if "image/png" in o.get("data", {})]
            assert len(pictures) == 1, f"{lesson.path}:{source.line}: one figure per figure cell"


def test_every_check_of_untouched_notebooks_says_not_attempted(pytestconfig, tmp_path):
    """One kernel for all lessons: each begins with its own set-up, and only checks print anything."""
    wanted, kept = [], []
    for lesson in pytestconfig.lessons:
        for cell, source in zip(release_cells(lesson), lesson.cells, strict=True):
            if source.role in ("setup", "exercise", "check"):
                kept.append(cell)
                wanted += [source.name] if source.role == "check" else []
    done = execute(nbformat.v4.new_notebook(cells=kept), tmp_path, {}, allow_errors=True)
    outputs = [o for c in done.cells for o in c.get("outputs", []) if o.output_type == "error"]
    assert [o.evalue.split(":")[0] for o in outputs] == wanted
    for output in outputs:
        assert output.ename == "NotAttempted"
        assert len(output.traceback) == 1, "the message alone, no traceback"
