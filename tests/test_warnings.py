"""What pytest makes of warnings: ours fail, a dependency's deprecations are listed and hide no failure."""

import subprocess
import sys

import pytest

from autograder.files import ROOT

DEPENDENCY = """
import warnings


def call(category, stacklevel):
    warnings.warn("gone in version 9", category, stacklevel=stacklevel)
"""
TESTS = """
import dependency
import pytest


@pytest.mark.parametrize("category", [DeprecationWarning, PendingDeprecationWarning, FutureWarning])
@pytest.mark.parametrize("line", ["theirs", "ours"])
def test_deprecation(category, line):
    dependency.call(category, 1 if line == "theirs" else 2)


def test_another_warning_of_theirs():
    dependency.call(UserWarning, 1)


def test_failure():
    raise AssertionError("the failure itself")
"""

CANNOT_BE_IMPORTED = """
import dependency

dependency.call(DeprecationWarning, 2)
"""


@pytest.fixture
def report(tmp_path):
    """What pytest prints for TESTS under this project's settings."""
    (tmp_path / "dependency.py").write_text(DEPENDENCY)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "__init__.py").touch()
    (tmp_path / "tests" / "test_it.py").write_text(TESTS)
    (tmp_path / "tests" / "test_first.py").write_text(CANNOT_BE_IMPORTED)
    settings = ["-c", ROOT / "pyproject.toml", "--rootdir", tmp_path, "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-v", *settings, tmp_path / "tests"]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout


def test_a_deprecation_inside_a_dependency_is_listed_and_everything_else_fails(report):
    for category in ("DeprecationWarning", "PendingDeprecationWarning", "FutureWarning"):
        assert f"test_deprecation[theirs-{category}] PASSED" in report
        assert f"dependency.py:6: {category}: gone in version 9" in report
        assert f"test_deprecation[ours-{category}] FAILED" in report
    assert "test_another_warning_of_theirs FAILED" in report
    assert "AssertionError: the failure itself" in report
    assert "ERROR tests/test_first.py - DeprecationWarning: gone in version 9" in report
    assert "5 failed, 3 passed, 3 warnings, 1 error" in report
