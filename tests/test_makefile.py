"""`make lab` gives learners a copy of the lessons and never writes over their work."""

import os
import shutil
import subprocess

import pytest

from autograder.files import ROOT

LESSON = "01_elbo/01_elbo.ipynb"


@pytest.fixture
def lab(tmp_path):
    """Run `make lab` in a course of one lesson whose Jupyter only prints how it was called."""
    if shutil.which("make") is None:
        pytest.skip("LOUD: make is missing")
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "pyproject.toml").touch()
    shutil.copytree(ROOT / "notebooks" / "01_elbo", tmp_path / "notebooks" / "01_elbo")
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "jupyter").write_text('#!/bin/sh\necho jupyter "$@"\n')
    (programs / "jupyter").chmod(0o755)
    (tmp_path / ".venv" / "ready").touch()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}

    def run():
        done = subprocess.run(
            ["make", "lab"], cwd=tmp_path, env=clean, capture_output=True, text=True, check=True
        )
        assert "jupyter lab --LabApp.default_url=/lab/tree/my_notebooks" in done.stdout.splitlines()
        return tmp_path / "my_notebooks"

    return run


def files_of(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_make_lab_opens_a_copy_with_figures_and_glossary(lab):
    assert files_of(lab()) == files_of(lab().parent / "notebooks")


def test_make_lab_never_writes_over_a_learner_s_file(lab):
    mine = lab()
    (mine / LESSON).write_text("my work")
    released = mine.parent / "notebooks" / LESSON
    released.write_text("a newer lesson")
    os.utime(mine / LESSON, (0, 0))  # far older than the release
    lab()
    assert (mine / LESSON).read_text() == "my work"
    assert released.read_text() == "a newer lesson"


def test_make_lab_brings_back_what_was_deleted_and_what_is_new(lab):
    mine = lab()
    (mine / LESSON).unlink()
    new = mine.parent / "notebooks" / "09_new" / "09_new.ipynb"
    new.parent.mkdir()
    new.write_text("a new lesson")
    lab()
    assert files_of(mine) == files_of(mine.parent / "notebooks")
