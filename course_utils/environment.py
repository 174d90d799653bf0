"""Say whether a learner's Python can run the course: `python -m course_utils.environment`.

This module needs only the standard library, and also runs under a Python that is too old for the course. What
the course needs is read from the installed package's metadata, else from pyproject.toml in the folder above.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import re
import sys
from pathlib import Path
from typing import NamedTuple

DISTRIBUTION = "vae-course"
# Where the name to import differs from the name to install.
MODULES = {"scikit-learn": "sklearn"}
INSTALL_COURSE = 'run "python -m pip install -e ." in the course folder'
# These are imported, to see that they work; for the others, only the installed version is looked up.
IMPORTED = {"torch", "torchvision", "scikit-learn", "matplotlib"}


class Line(NamedTuple):
    """One line of the report, and whether it says that all is well."""

    ok: bool
    text: str

    def __str__(self):
        return ("[OK] " if self.ok else "[FAIL] ") + self.text


def course_can_run(print_lines: bool = True) -> bool:
    """Return whether Python, the course's packages and the device are as the course needs them.

    Args:
        print_lines: Print a line on each, which says how to mend what is wrong.
    """
    lines = report()
    if print_lines:
        print("\n".join(str(line) for line in lines))
    return all(line.ok for line in lines)


def report() -> list[Line]:
    """Return a line on Python, on each package and, if these are all well, on the device."""
    python, packages = _requirements()
    lines = [_python_line(python)]
    if not packages:
        return [*lines, Line(False, f"{DISTRIBUTION} is not installed: {INSTALL_COURSE}")]
    lines += [_package_line(name, minimum) for name, minimum in packages]
    if all(line.ok for line in lines):
        lines.append(_device_line())
    return lines


def _python_line(minimum: str) -> Line:
    """Say whether this Python is new enough."""
    here = ".".join(str(part) for part in sys.version_info[:3])
    if _version(here) >= _version(minimum):
        return Line(True, f"Python {here}")
    fix = 'run "conda env create -f environment.yml" or install it from python.org'
    return Line(False, f"Python {here} is too old, {minimum} or newer is needed: {fix}")


def _package_line(name: str, minimum: str) -> Line:
    """Say whether a package is installed, new enough, and can be imported."""
    install = f'run "{_python()} -m pip install --upgrade {name}"'
    try:
        installed = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Line(False, f"{name} is missing: {install}")
    if _version(installed) < _version(minimum):
        return Line(False, f"{name} {installed} is too old, {minimum} is needed: {install}")
    if name in IMPORTED:
        try:
            importlib.import_module(MODULES.get(name, name))
        except Exception as error:  # importing a damaged package can raise any error
            reason = " ".join(str(error).split())[:120]
            again = install.replace("--upgrade", "--force-reinstall")
            return Line(False, f"{name} {installed} cannot be imported ({reason}): {again}")
    return Line(True, f"{name} {installed}")


def _device_line() -> Line:
    """Say where the lessons will compute."""
    from course_utils import runtime

    return Line(True, f"device: {runtime.device()} ({runtime.machine()})")


def _requirements() -> tuple[str, list[tuple[str, str]]]:
    """Return the least Python version, and (package, least version) for each dependency."""
    try:
        metadata = importlib.metadata.metadata(DISTRIBUTION)
        python, texts = metadata["Requires-Python"], metadata.get_all("Requires-Dist") or []
    except importlib.metadata.PackageNotFoundError:
        python, texts = _from_pyproject()
    pattern = re.compile(r"([A-Za-z0-9._-]+)[^>;]*(?:>=\s*([0-9.]+))?")
    plain = [text for text in texts if "extra ==" not in text]
    matches = [pattern.match(text.strip()) for text in plain]
    packages = [(match[1], match[2] or "") for match in matches if match]
    return (python or "").lstrip(">= "), packages


def _from_pyproject() -> tuple[str, list[str]]:
    """Return requires-python and dependencies as pyproject.toml lists them, empty without one."""
    path = Path(__file__).resolve().parent.parent / "pyproject.toml"
    if not path.exists():
        return "", []
    # A Python that is too old for the course may lack tomllib; the two entries are simple.
    text = path.read_text(encoding="utf-8")
    python = re.search(r'^requires-python = "(.*?)"', text, re.MULTILINE)
    block = re.search(r"^dependencies = \[(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    dependencies = re.findall(r'^\s*"(.*?)"', block.group(1), re.MULTILINE) if block else []
    return python.group(1) if python else "", dependencies


def _version(text: str) -> tuple[int, ...]:
    """Return the leading numbers of a version without trailing zeros: "2.4.0+cpu" -> (2, 4)."""
    numbers, *_ = re.split(r"[^0-9.]", text)
    parts = [int(part) for part in numbers.split(".") if part]
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def _python() -> str:
    """Return the command that starts this Python: `python` in an active environment, else its path."""
    active = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
    return "python" if active and sys.prefix == os.path.realpath(active) else sys.executable


if __name__ == "__main__":
    sys.exit(0 if course_can_run() else 2)
