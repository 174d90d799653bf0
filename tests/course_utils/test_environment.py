"""The environment check says what is wrong and which command mends it."""

import email.message
import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils import environment
from course_utils.environment import _version


@pytest.fixture
def not_installed(monkeypatch):
    """The course runs from its folder, without metadata of its own."""
    real = importlib.metadata.metadata

    def metadata(name):
        if name in (environment.COURSE, environment.LEARNERS):
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(importlib.metadata, "metadata", metadata)


class Metadata(email.message.Message):
    """Enough of importlib.metadata's message: `get_all` gives every Requires-Dist."""


def failures():
    return [str(line) for line in environment.report() if not line.ok]


def test_this_environment_is_fine_and_says_so_line_by_line(capsys):
    assert environment.course_can_run() is True
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("[OK] ") for line in lines)
    for name in ("Python 3", "torch 2", "scikit-learn 1", "device: "):
        assert any(name in line for line in lines)


def test_nothing_is_printed_when_not_asked(capsys):
    environment.course_can_run(print_lines=False)
    assert capsys.readouterr().out == ""


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch):
    real = importlib.metadata.version

    def version(name):
        if name == "tqdm":
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    (line,) = failures()
    assert line.startswith("[FAIL] tqdm is missing: run ")
    assert "-m pip install --upgrade tqdm" in line


def test_a_package_that_is_too_old_is_named_with_both_versions(monkeypatch):
    real = importlib.metadata.version
    monkeypatch.setattr(
        importlib.metadata, "version", lambda name: "1.13.1+cpu" if name == "torch" else real(name)
    )
    (line,) = failures()
    assert "torch 1.13.1+cpu is too old, 2.4 is needed" in line
    assert "--upgrade torch" in line


def test_a_package_that_cannot_be_imported_is_named_with_the_reason(monkeypatch):
    real = environment.importlib.import_module

    def import_module(name):
        if name == "sklearn":
            raise ImportError("libgomp.so.1:\ncannot open shared object file")
        return real(name)

    monkeypatch.setattr(environment.importlib, "import_module", import_module)
    (line,) = failures()
    assert "scikit-learn" in line
    assert "cannot open shared object file" in line
    assert "--force-reinstall scikit-learn" in line
    assert "\n" not in line


def test_a_python_that_is_too_old_is_named_with_what_to_do(monkeypatch):
    monkeypatch.setattr(environment.sys, "version_info", (3, 8, 19, "final", 0))
    (line,) = failures()
    assert "Python 3.8.19 is too old, 3.11 or newer is needed" in line
    assert "python.org" in line


@pytest.fixture
def no_checkout(monkeypatch):
    """The package lies where pip put it, without pyproject.toml."""
    monkeypatch.setattr(environment, "_from_pyproject", lambda extra: None)


def test_in_a_checkout_pyproject_is_the_list(not_installed):
    python, packages = environment._requirements()
    assert python == "3.11"
    assert dict(packages)["torch"] == "2.4"
    assert {"torchvision", "scikit-learn", "matplotlib", "tqdm"} <= set(dict(packages))
    assert "nbgrader" not in dict(packages)


def test_installed_metadata_is_read_without_the_extras(monkeypatch, no_checkout):
    metadata = Metadata()
    metadata["Requires-Python"] = ">=3.11"
    metadata["Requires-Dist"] = "torch>=2.4"
    metadata["Requires-Dist"] = "numpy<3,>=1.26"
    metadata["Requires-Dist"] = 'nbgrader>=0.9.5; extra == "grading"'
    monkeypatch.setattr(importlib.metadata, "metadata", lambda name: metadata)
    assert environment._requirements() == ("3.11", [("torch", "2.4"), ("numpy", "1.26")])


def test_a_course_without_metadata_and_pyproject_asks_to_be_installed(not_installed, no_checkout):
    (line,) = failures()
    assert line.startswith("[FAIL] vae-course is not installed: run ")
    assert "pip install -r requirements.txt" in line
    assert "pip install -e ." in line


def test_the_learner_s_part_alone_is_enough(monkeypatch, no_checkout):
    metadata = Metadata()
    metadata["Requires-Python"] = ">=3.11"
    metadata["Requires-Dist"] = "tqdm>=4.66"

    def only_the_learner_s(name):
        if name != "vae-course-learner":
            raise importlib.metadata.PackageNotFoundError(name)
        return metadata

    monkeypatch.setattr(importlib.metadata, "metadata", only_the_learner_s)
    assert environment._requirements() == ("3.11", [("tqdm", "4.66")])
    assert environment.course_can_run(print_lines=False)


def test_what_graders_need_besides_is_read_from_pyproject_and_from_metadata(monkeypatch):
    names = {str(line).split()[1] for line in environment.extra_lines("grading")}
    assert {"nbgrader", "typer", "flit-core"} <= names
    assert "torch" not in names
    metadata = Metadata()
    metadata["Requires-Dist"] = "torch>=2.4"
    metadata["Requires-Dist"] = "nbgrader>=0.9.5; extra == 'grading'"
    monkeypatch.setattr(importlib.metadata, "metadata", lambda name: metadata)
    monkeypatch.setattr(environment, "_from_pyproject", lambda extra: None)
    assert [str(line).split()[1] for line in environment.extra_lines("grading")] == ["nbgrader"]


@pytest.mark.parametrize(
    ("folder", "typed"),
    [
        ("my course", Path(".venv", "bin", "python")),
        ("elsewhere", "'{}'"),
    ],
)
def test_the_command_can_be_typed_where_the_path_has_spaces(monkeypatch, tmp_path, folder, typed):
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    python = tmp_path / "my course" / ".venv" / "bin" / "python"
    monkeypatch.setattr(environment.sys, "executable", str(python))
    (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / folder)
    assert environment._python() == str(typed).format(python)


@pytest.mark.parametrize(
    ("older", "newer"),
    [("2.9", "2.10"), ("2.4.0rc1", "2.4.1"), ("0.19", "1"), ("1.26.4", "2.0"), ("", "0.1")],
)
def test_versions_compare_as_numbers(older, newer):
    assert _version(older) < _version(newer)


def test_trailing_zeros_and_build_tags_do_not_count():
    assert _version("2.4.0+cu121") == _version("2.4")


def test_it_runs_under_a_bare_python_and_exits_with_2_when_something_is_missing():
    # -S hides site-packages: only the standard library is there.
    command = [sys.executable, "-S", "-m", "course_utils.environment"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
    assert done.stderr == ""
    assert "[FAIL] torch is missing" in done.stdout
