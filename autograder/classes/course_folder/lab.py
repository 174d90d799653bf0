"""Start JupyterLab in a class's folder, where formgrader works and judges in the sandbox."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from autograder.classes.course_folder.configuration import FILE, address, read_configuration
from autograder.classes.nbgrader_plugin import Judge
from autograder.classes.platforms.scores import graded_students
from autograder.errors import CourseError
from autograder.sandbox.isolation import isolation, refusal

EXTENSION = "nbgrader.server_extensions.formgrader"
LAB_EXTENSION = Path("share", "jupyter", "labextensions", "@jupyter", "nbgrader", "package.json")


def lab_command(folder: Path, options: Sequence[str] = ()) -> list[str]:
    """Return the command that starts JupyterLab; it must run in the folder, whose settings nbgrader reads.

    Args:
        folder: Folder of the class.
        options: Further options of `jupyter lab`.

    Raises:
        CourseError: If the folder is none of a class, its settings or its gradebook are damaged, formgrader is
            not installed, or learners' cells could not be isolated.
    """
    if not (folder / FILE).is_file():
        raise CourseError(
            f"{folder}: not the folder of a class, because it has no {FILE}. Make one: vae-course new FOLDER"
        )
    graded_students(
        "", address(folder)
    )  # formgrader would show a damaged gradebook as an empty page
    steps = read_configuration(folder).Autograde.autograde_preprocessors
    if Judge not in steps and f"{Judge.__module__}.{Judge.__name__}" not in steps:
        raise CourseError(
            f"{folder / FILE}: Autograde.autograde_preprocessors leaves out our judge, so learners' cells "
            "would run without a sandbox. Take the line out."
        )
    if not isolation().enough:
        print(refusal(), file=sys.stderr)
    if not (Path(sys.prefix) / LAB_EXTENSION).is_file():
        raise CourseError(
            "Formgrader is missing in JupyterLab. Install it with: pip install -e '.[grading]'"
        )
    command = [sys.executable, "-m", "jupyter", "lab", f"--ServerApp.root_dir={folder}"]
    command += [f"--ServerApp.jpserver_extensions={EXTENSION}=True"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # as in a container; jupyter refuses root
        command.append("--allow-root")
    return [*command, *options]


def start_lab(folder: Path, options: Sequence[str]) -> None:
    """Become JupyterLab in a class's folder; does not return."""
    command = lab_command(folder, options)
    print("The gradebook: menu Nbgrader, Formgrader. End with Ctrl-C.", flush=True)
    os.chdir(folder)
    os.execv(command[0], command)
