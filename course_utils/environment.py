"""Say whether a learner's Python can run the course: `python -m course_utils.environment`.

This module needs only the standard library, and also runs under a Python that is too old for the course. What
the course needs is read from pyproject.toml in the folder above, which an update may have changed since it was
installed, else from the metadata of the learner's part. For graders, `vae-course doctor` asks this module also
about the packages that grading needs.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import re
import sys
from pathlib import Path
from typing import NamedTuple

COURSE = "vae-course"
LEARNERS = "vae-course-learner"  # what a handout installs: this package without the answers
# Where the name to import differs from the name to install.
MODULES = {"scikit-learn": "sklearn"}
INSTALL_COURSE = (
    'run "python -m pip install -r requirements.txt" in the folder of the zip file, or '
    '"python -m pip install -e ." in the whole course'
)
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
        return [*lines, Line(False, f"{COURSE} is not installed: {INSTALL_COURSE}")]
    lines += [_package_line(name, minimum) for name, minimum in packages]
    if all(line.ok for line in lines):
        lines.append(_device_line())
    return lines


def extra_lines(extra: str) -> list[Line]:
    """Return a line on each package that an extra of the course adds, as in "grading"."""
    return [_package_line(name, minimum) for name, minimum in _requirements(extra)[1]]


def _python_line(minimum: str) -> Line:
    """Say whether this Python is new enough."""
    here = ".".join(str(part) for part in sys.version_info[:3])
    if _version(here) >= _version(minimum):
        return Line(True, f"Python {here}")
    fix = "install it from python.org, then make a new environment with it"
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


def _requirements(extra: str = "") -> tuple[str, list[tuple[str, str]]]:
    """Return the least Python version, and (package, least version) for each dependency.

    Args:
        extra: Return the packages of this extra instead.
    """
    python, texts = _from_pyproject(extra) or _from_metadata() or ("", [])
    pattern = re.compile(r"([A-Za-z0-9._-]+)[^>;]*(?:>=\s*([0-9.]+))?")
    wanted = [text for text in texts if _extra_of(text) == extra]
    matches = [pattern.match(text.strip()) for text in wanted]
    packages = [(match[1], match[2] or "") for match in matches if match]
    return (python or "").lstrip(">= "), packages


def _extra_of(text: str) -> str:
    """Return the extra for which a dependency is wanted: 'x>=1; extra == "y"' -> "y"; "" for all."""
    found = re.search(r"""extra == ["']([^"']*)""", text)
    return found.group(1) if found else ""


def _from_metadata() -> tuple[str, list[str]] | None:
    """Return Requires-Python and Requires-Dist of the installed course, or of its learner's part."""
    for name in (COURSE, LEARNERS):
        try:
            metadata = importlib.metadata.metadata(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        return metadata["Requires-Python"], metadata.get_all("Requires-Dist") or []
    return None


def _from_pyproject(extra: str) -> tuple[str, list[str]] | None:
    """Return requires-python and dependencies as pyproject.toml lists them, None without one."""
    path = Path(__file__).resolve().parent.parent / "pyproject.toml"
    if not path.exists():
        return None
    # A Python that is too old for the course may lack tomllib; the entries are simple.
    text = path.read_text(encoding="utf-8")
    python = re.search(r'^requires-python = "(.*?)"', text, re.MULTILINE)
    entry = extra or "dependencies"
    block = re.search(rf"^{entry} = \[(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    found = re.findall(r'^\s*"(.*?)"', block.group(1), re.MULTILINE) if block else []
    mark = f'; extra == "{extra}"' if extra else ""  # as metadata writes it
    return python.group(1) if python else "", [text + mark for text in found]


def _version(text: str) -> tuple[int, ...]:
    """Return the leading numbers of a version without trailing zeros: "2.4.0+cpu" -> (2, 4)."""
    numbers, *_ = re.split(r"[^0-9.]", text)
    parts = [int(part) for part in numbers.split(".") if part]
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def _python() -> str:
    """Return what to type for this Python: `python` in an active environment, else its path."""
    active = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
    if active and sys.prefix == os.path.realpath(active):
        return "python"
    path = Path(sys.executable)
    if path.is_relative_to(Path.cwd()):
        return str(path.relative_to(Path.cwd()))
    return f"'{path}'" if " " in str(path) else str(path)


if __name__ == "__main__":
    sys.exit(0 if course_can_run() else 2)
