"""`vae-course doctor`: what lacks for the lessons and for grading, each with what mends it."""

import importlib.metadata
import subprocess
import sys

import pytest

from autograder.files import ROOT
from autograder.sandbox import doctor, isolation


@pytest.fixture
def without(monkeypatch):
    """Let this Python look as if packages were not installed."""

    def without(*names):
        real = importlib.metadata.version

        def version(name):
            if name in names:
                raise importlib.metadata.PackageNotFoundError(name)
            return real(name)

        monkeypatch.setattr(importlib.metadata, "version", version)

    return without


def test_every_missing_package_of_grading_is_named_with_the_command(without, capsys):
    without("nbgrader", "nh3")
    assert doctor.doctor() == 2
    lessons, grading = capsys.readouterr().out.split("\n\n")
    assert "[FAIL]" not in lessons
    assert "[FAIL] nbgrader is missing: run " in grading
    assert "[FAIL] nh3 is missing: run " in grading
    assert "pip install --editable '.[grading]'" in grading


def test_what_the_lessons_lack_is_said_apart(without, capsys):
    without("tqdm")
    assert doctor.doctor() == 2
    lessons, grading = capsys.readouterr().out.split("\n\n")
    assert "[FAIL] tqdm is missing" in lessons
    assert "[OK] nbgrader and the other " in grading


def test_without_bubblewrap_the_command_that_installs_it_is_named(monkeypatch, capsys):
    monkeypatch.setattr(isolation.shutil, "which", lambda name: None)
    isolation.isolation.cache_clear()
    try:
        assert doctor.doctor() == 0
    finally:
        isolation.isolation.cache_clear()
    out = capsys.readouterr().out
    assert "[--] " in out
    assert "bubblewrap is not installed" in out
    assert "apt-get install bubblewrap" in out


def test_it_runs_where_no_package_is_installed():
    # -S hides site-packages: only the standard library is there.
    command = [sys.executable, "-S", "-m", "autograder.cli"]
    done = subprocess.run(
        [*command, "doctor"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (2, "")
    for name in ("torch", "typer", "nbgrader"):
        assert f"[FAIL] {name} is missing" in done.stdout
    other = subprocess.run([*command, "build"], cwd=ROOT, capture_output=True, text=True)
    assert (other.returncode, other.stdout, other.stderr.count("\n")) == (2, "", 1)


def test_a_class_that_others_can_read_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gradebook.db").touch()
    for mode, line in (
        (0o755, f"[--] {tmp_path} is open to other users of this machine (drwxr-xr-x)"),
        (0o750, f"[--] {tmp_path} is open to other users of this machine (drwxr-x---)"),
        (0o700, f"[OK] {tmp_path} is for you alone"),
    ):
        tmp_path.chmod(mode)
        doctor.doctor()
        assert line in capsys.readouterr().out
