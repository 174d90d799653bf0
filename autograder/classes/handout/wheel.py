"""The learner's part of the course as a wheel: `course_utils`, and the packages that it needs.

It is a package of its own and not an extra of the course, so that what a learner installs cannot hold answers.
Version, Python and dependencies are those of pyproject.toml.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from autograder.errors import CourseError
from autograder.files import ROOT
from course_utils.environment import LEARNERS

PACKAGE = "course_utils"
SUFFIXES = (".py", ".json")  # all that the package reads; nothing else that lies in its folder
LICENSES = ("LICENSE", "LICENSE-CONTENT")
FIRST_DAY = "315532800"  # 1980-01-01 in seconds, the oldest time that a zip file can hold


class Wheel(NamedTuple):
    """A wheel: the name of its file and its bytes."""

    name: str
    content: bytes


def learner_wheel() -> Wheel:
    """Build the wheel; the same sources give the same bytes.

    Raises:
        CourseError: If the builder fails; says why.
    """
    files = {path: (ROOT / path).read_bytes() for path in (*_modules(), *LICENSES)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, content in {**files, "pyproject.toml": _settings(files)}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        _build(folder)
        (wheel,) = folder.glob("dist/*.whl")
        return Wheel(wheel.name, wheel.read_bytes())


def _modules() -> list[str]:
    """Return the files of the package as sorted paths below `ROOT`, without hidden folders."""
    found = [p.relative_to(ROOT) for p in (ROOT / PACKAGE).rglob("*") if p.suffix in SUFFIXES]
    return sorted(p.as_posix() for p in found if not any(x.startswith(".") for x in p.parts))


def _settings(files: dict[str, bytes]) -> bytes:
    """Return the wheel's own pyproject.toml, made from that of the course."""
    course = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    project: dict[str, Any] = {
        "name": LEARNERS,
        "version": f"{course['version']}+{_fingerprint(files, course)}",
        "description": "What the notebooks of the VAE course import: data, plots and checks",
        "requires-python": course["requires-python"],
        "license": course["license"],
        "license-files": list(LICENSES),
        "dependencies": course["dependencies"],
    }
    # JSON's texts and lists are TOML's, too.
    lines = [f"{key} = {json.dumps(value)}" for key, value in project.items()]
    builder = '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
    module = f'[tool.flit.module]\nname = "{PACKAGE}"\n'
    return "\n".join([builder, "[project]", *lines, "", module]).encode()


def _fingerprint(files: dict[str, bytes], course: dict[str, Any]) -> str:
    """Return a part of the version that follows from what is in the wheel.

    pip leaves alone what is installed in the same version. So a corrected handout needs another one.
    """
    digest = hashlib.sha256(json.dumps(course["dependencies"]).encode())
    for path, content in files.items():
        digest.update(f"{path}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return f"h{digest.hexdigest()[:8]}"


def _build(folder: Path) -> None:
    """Write the wheel of a folder into its `dist`."""
    done = subprocess.run(
        [sys.executable, "-m", "flit_core.wheel", "--outdir", str(folder / "dist"), str(folder)],
        env={**os.environ, "SOURCE_DATE_EPOCH": FIRST_DAY},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1][:300]
        raise CourseError(
            f"The learner's wheel could not be built ({reason}). "
            "Install what it needs: python -m pip install --editable '.[grading]'"
        )
