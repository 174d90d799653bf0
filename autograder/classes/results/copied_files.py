"""The autograded folder of a student: the marked notebook and files of some kinds beside it."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from autograder.files import write_atomically

# Of the files beside a submission's notebook; what is beyond is not copied.
MAX_EXTRA = 20 * 2**20  # bytes of one file
MAX_EXTRAS = 50 * 2**20  # bytes of all that are copied
MAX_FILES = 1000  # files that are looked at, and folders
MAX_DEPTH = 20  # folders in folders
# The kinds of files that are copied from a submission: figures, data and text, of which a browser runs nothing.
COPIED = (
    *(".png", ".jpg", ".jpeg", ".gif", ".webp"),
    *(".csv", ".tsv", ".json", ".npy", ".npz", ".pt", ".pth", ".pkl", ".gz"),
    *(".txt", ".md", ".py"),
)
READ_ONLY = 0o444  # as nbgrader leaves autograded files


def write_autograded(
    course: Path, lesson: str, student: str, text: str, supplied: dict[str, Path]
) -> None:
    """Write the autograded folder: the notebook, what else was handed in, and what the lesson supplies.

    Args:
        course: Folder of the class.
        lesson: Name of the lesson.
        student: Whose folder.
        text: Text of the marked notebook.
        supplied: Files of the lesson, which count more than those handed in.
    """
    folder = course / "autograded" / student / lesson
    shutil.rmtree(folder, ignore_errors=True)
    ours = {Path(name).parts[0] for name in supplied}
    theirs = _handed_in(course / "submitted" / student / lesson)
    files = {n: p for n, p in theirs.items() if Path(n).parts[0] not in ours} | supplied
    for name, path in files.items():
        copy = folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        copy.chmod(READ_ONLY)
    notebook = folder / f"{lesson}.ipynb"
    write_atomically(notebook, text.encode("utf-8", "surrogatepass"))
    notebook.chmod(READ_ONLY)


def supplied_files(folder: Path) -> dict[str, Path]:
    """Return the files beside a lesson's notebook, such as figures, by relative name."""
    found = _files(folder)
    return {n: p for n, p in found if not n.endswith(".pyc") and p.stat().st_size <= MAX_EXTRA}


def _handed_in(folder: Path) -> dict[str, Path]:
    """Return the files of a submission that are copied, by relative name: the first that fit in the caps."""
    found, left = {}, MAX_EXTRAS
    for name, path in itertools.islice(_files(folder, MAX_FILES), MAX_FILES):
        size = path.stat().st_size
        if name.lower().endswith(COPIED) and size <= min(MAX_EXTRA, left):
            found[name] = path
            left -= size
    return found


def _files(folder: Path, most: int | None = None) -> Iterator[tuple[str, Path]]:
    """Yield the ordinary files of a folder except notebooks, with relative names; links are not followed.

    Args:
        folder: The folder.
        most: How many folders are looked into; default: all.
    """
    for place, folders, names in itertools.islice(os.walk(folder), most):
        if len(Path(place).relative_to(folder).parts) >= MAX_DEPTH:
            folders[:] = []
        folders[:] = sorted(
            f for f in folders if not f.startswith((".", "__")) and not f.endswith(".ipynb")
        )
        for name in sorted(names):
            path = Path(place, name)
            ignored = name.lower().endswith(".ipynb") or name.startswith(".")
            if not ignored and path.is_file() and not path.is_symlink():
                yield str(path.relative_to(folder)), path
