"""Lessons run from top to bottom: the reference without a single error, an untouched one up to its checks."""

import nbformat
import pytest

from autograder.authoring.execute import execute
from autograder.source.lesson import SOURCES
from autograder.source.release import reference_notebook, release_notebook

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


def test_every_check_of_an_untouched_notebook_says_not_attempted(lesson):
    notebook = release_notebook(lesson)
    keep = [
        cell
        for cell, source in zip(notebook.cells, lesson.cells, strict=True)
        if source.role in ("setup", "exercise", "check")
    ]
    notebook = {**notebook, "cells": keep}
    done = execute(nbformat.from_dict(notebook), SOURCES / lesson.name, {}, allow_errors=True)
    outputs = [o for c in done.cells for o in c.get("outputs", []) if o.output_type == "error"]
    assert len(outputs) == len(lesson.exercises)
    for output in outputs:
        assert output.ename == "NotAttempted"
        assert len(output.traceback) == 1, "the message alone, no traceback"
