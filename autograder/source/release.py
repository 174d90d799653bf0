"""The two notebooks of a lesson, made from its source in memory: the reference and the student's.

Here is also what lies beside the student's: figures and the glossary.

The student notebook is made by nbgrader's own preprocessors, so it equals what
`nbgrader generate_assignment` writes, byte for byte, without a gradebook.
"""

from __future__ import annotations

import functools
import json
import logging
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode, v4

from autograder.errors import CourseError
from autograder.source.lesson import GLOSSARY, SOURCES, Cell, Lesson
from autograder.source.names import Names
from autograder.source.numbers import fill
from autograder.source.stored import stamp

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
SKIP_TAG = "skip-grading"


def reference_notebook(lesson: Lesson, filled: bool = True) -> NotebookNode:
    """Return the notebook with solutions and hidden tests, which is nbgrader's source; no outputs.

    Args:
        lesson: The lesson.
        filled: Whether quoted numbers are filled in; a run that will measure them needs no prose.

    Raises:
        CourseError: If a quoted number cannot be filled in.
    """
    return v4.new_notebook(
        cells=[_notebook_cell(cell, _prose(cell, lesson, filled)) for cell in lesson.cells],
        metadata={"kernelspec": KERNELSPEC, "language_info": {"name": "python"}},
    )


def notebook_text(notebook: NotebookNode) -> str:
    """Return the text of a notebook file as nbgrader writes it."""
    return nbformat.writes(notebook) + "\n"


def release_text(lesson: Lesson) -> str:
    """Return the text of the student notebook's file."""
    return _release_text(lesson.path, lesson.names, lesson.path.stat().st_mtime_ns, stamp())


def release_notebook(lesson: Lesson) -> NotebookNode:
    """Return the student notebook; callers share it and must not change it."""
    return _release_notebook(release_text(lesson))


def release_cells(lesson: Lesson) -> list[NotebookNode]:
    """Return the cells of the student notebook; callers share them and must not change them."""
    return release_notebook(lesson).cells


def release_files(lesson: Lesson) -> dict[str, bytes]:
    """Return what learners get of a lesson: notebook, glossary, figures, by their paths in its folder.

    Raises:
        CourseError: If a solution or a hidden test is left in the notebook.
    """
    text = release_text(lesson)
    refuse_leaks(lesson, text)
    files = {f"{lesson.name}.ipynb": text.encode(), GLOSSARY.name: GLOSSARY.read_bytes()}
    for picture in pictures(SOURCES / lesson.name):
        files[f"figures/{picture.name}"] = picture.read_bytes()
    return files


def pictures(folder: Path) -> list[Path]:
    """Return the figures and drawings of a lesson's folder."""
    return sorted(p for p in folder.glob("figures/*") if p.suffix in (".png", ".svg"))


def refuse_leaks(lesson: Lesson, release: str) -> None:
    """Refuse a student notebook in which a hidden test or a solution is left.

    Raises:
        CourseError: If there is one; names its line in the source.
    """
    cells = json.loads(release)["cells"]
    texts = ["".join(cell["source"]) for cell in cells]
    for cell in lesson.cells:
        where = f"{lesson.path}:{cell.line}"
        for region in cell.solution_regions:
            body = "\n".join(line.strip() for line in region.strip().splitlines())
            for text in texts:
                if body in "\n".join(line.strip() for line in text.splitlines()):
                    raise CourseError(
                        f"{where}: the solution of {cell.name!r} stands in the student notebook."
                    )
        if cell.role == "written" and any(cell.source in text for text in texts):
            raise CourseError(
                f"{where}: the model answer {cell.name!r} stands in the student notebook."
            )
    for word in ("HIDDEN TESTS", "BEGIN SOLUTION", "END SOLUTION", "autograder.exercises"):
        if any(word in text for text in texts):
            raise CourseError(f"{lesson.path}: {word!r} is left in the student notebook.")


@functools.lru_cache(maxsize=16)
def _release_notebook(text: str) -> NotebookNode:
    """Parse a student notebook, once for each text."""
    return nbformat.reads(text, as_version=4)


@functools.lru_cache(maxsize=16)
def _release_text(path: Path, names: Names, mtime: int, stored: int) -> str:
    """Make the student notebook; what says when files changed keeps a changed one from the cache."""
    from nbconvert.exporters import NotebookExporter
    from nbgrader.converters import GenerateAssignment
    from nbgrader.preprocessors import SaveCells
    from traitlets.config import Config

    steps = [p for p in GenerateAssignment().preprocessors if p is not SaveCells]
    exporter = NotebookExporter(config=Config({"Exporter": {"default_preprocessors": []}}))
    exporter.log = logging.getLogger("vae-course.build")
    for step in steps:
        exporter.register_preprocessor(step, enabled=True)
    lesson, name = Lesson.read(path).under(names), path.stem
    notebook = nbformat.reads(notebook_text(reference_notebook(lesson)), as_version=4)
    info = {"student": ".", "assignment": name, "notebook": name, "db_url": ""}
    text, _ = exporter.from_notebook_node(
        notebook, resources={"nbgrader": info, "unique_key": name}
    )
    return text if text.endswith("\n") else text + "\n"


def _prose(cell: Cell, lesson: Lesson, filled: bool) -> str:
    """Return the text of a cell, in prose with the quoted numbers filled in."""
    if cell.role != "prose" or not filled:
        return cell.source
    return fill(cell.source, lesson.name, f"{lesson.path.name}:{cell.line}")


def _notebook_cell(cell: Cell, source: str) -> NotebookNode:
    """Return a cell of the lesson as a cell of a notebook, tagged if grading leaves it out."""
    make = v4.new_code_cell if cell.is_code else v4.new_markdown_cell
    tags = list(cell.options.get("tags", []))
    if cell.role in ("demonstration", "first"):
        tags.append(SKIP_TAG)
    metadata: dict[str, Any] = {"tags": tags} if tags else {}
    if cell.grade_id is not None:
        metadata["nbgrader"] = _nbgrader_metadata(cell)
    return make(source, metadata=metadata, id=cell.id)


def _nbgrader_metadata(cell: Cell) -> dict[str, Any]:
    """Return nbgrader's metadata, schema 3.

    An exercise is a solution cell, a check is a grade cell, and a written answer is both.
    """
    metadata: dict[str, Any] = {
        "grade": cell.role != "exercise",
        "grade_id": cell.grade_id,
        "locked": cell.role == "check",
        "schema_version": 3,
        "solution": cell.role != "check",
        "task": False,
    }
    if cell.role != "exercise":
        metadata["points"] = cell.points
    return metadata
