"""Say what this machine lacks: for the lessons, then for grading.

This runs also where no package of grading is installed.
"""

from __future__ import annotations

import stat
from pathlib import Path

from autograder.sandbox.isolation import bytecode, layers
from course_utils import environment

INSTALL_GRADING = "python -m pip install --editable '.[grading]'"


def doctor() -> int:
    """Print a line on each thing that is needed, with what mends it; return an exit status.

    Returns:
        0 if the lessons run and every package of grading is there, else 2. Missing isolation alone is no
        failure: one's own work can be graded without.
    """
    print("For the lessons:")
    well = environment.course_can_run()
    lines = environment.extra_lines("grading")
    missing = [line for line in lines if not line.ok]
    print("\nFor grading (learners do not need it):")
    for line in missing:
        print(line)
    if missing:
        print(f'All of these at once: run "{INSTALL_GRADING}" in the folder of the course')
    else:
        print(f"[OK] nbgrader and the other {len(lines) - 1} packages")
    print("\n".join([*layers(), bytecode(), *_class_is_private(Path.cwd())]))
    return 0 if well and not missing else 2


def _class_is_private(folder: Path) -> list[str]:
    """Return a line on whether others may enter a folder, if it is that of a class."""
    if not (folder / "gradebook.db").exists():
        return []
    mode = folder.stat().st_mode
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return [
            f"[--] {folder} is open to other users of this machine ({stat.filemode(mode)}): grades and answers "
            "can be read. chmod 700 closes it."
        ]
    return [f"[OK] {folder} is for you alone"]
