"""Build the site: fill a folder with Markdown, let Sphinx make pages of it, check them, put them in place."""

from __future__ import annotations

import importlib
import importlib.util
import io
import tempfile
from pathlib import Path
from typing import Any

from autograder.authoring.site.home_page import home_page
from autograder.authoring.site.lesson_page import lesson_page
from autograder.authoring.site.links import broken_links
from autograder.authoring.site.settings import settings
from autograder.authoring.site.sources import Sources, documents
from autograder.authoring.site.terms import with_anchors
from autograder.errors import CourseError
from autograder.source.lesson import RELEASE, Lesson, lesson_names

PLAYGROUND = "autograder.authoring.playground"
NEEDED = ("sphinx", "myst_parser", "linkify_it", "pydata_sphinx_theme", "sphinx_copybutton")
MARK = ".buildinfo"  # Sphinx leaves it in every site that it writes


def build_site(output: Path, solutions: bool = True) -> Path:
    """Build the site into a folder, in the place of an older one.

    Args:
        output: The folder.
        solutions: Whether reference and model answers stand in folds.

    Returns:
        The first page.

    Raises:
        CourseError: If the folder holds something else, or a page has a fault.
    """
    _refuse_to_replace(output)
    _need_packages()
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".site-", dir=output.parent) as work:
        new = Path(work) / "new"
        _make(Path(work), new, solutions)
        if output.exists():
            output.rename(Path(work) / "old")
        new.rename(output)
    return output / "index.html"


def _need_packages() -> None:
    """Say what to install if a package of the extra `site` is missing."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise CourseError(
            f"The site needs {', '.join(missing)}. Install it with: pip install -e '.[site]'"
        )


def _refuse_to_replace(output: Path) -> None:
    """Refuse a folder that holds anything but an older site, and the one in which the command was typed."""
    here = Path.cwd()
    inside = output in (here, *here.parents)
    ours = output.is_dir() and (not any(output.iterdir()) or (output / MARK).exists())
    if inside or (output.exists() and not ours):
        raise CourseError(
            f"{output}: expected a new folder, an empty one or an older site, and not the one you are in. "
            "Name another folder: vae-course site --output FOLDER"
        )


def _make(work: Path, new: Path, solutions: bool) -> None:
    """Make a checked site in a new folder.

    Raises:
        CourseError: If a page has a fault.
    """
    for name in ("sources", "static"):
        (work / name).mkdir()
    _write_sources(Sources(work / "sources"), solutions)
    _run_sphinx(work, new)
    playground = _playground()
    if playground:
        playground.write_playground(new / "_static" / "playground")
    faults = broken_links(new)
    if faults:
        raise CourseError("The site has broken links. " + _some(faults))


def _write_sources(sources: Sources, solutions: bool) -> None:
    """Write the Markdown of every page."""
    playground = _playground()
    for page, path in documents().items():
        text = home_page(bool(playground)) if page == "index" else path.read_text(encoding="utf-8")
        sources.write(page, with_anchors(text) if page == "glossary" else text, path)
    for name in lesson_names():
        tryout = playground.snippet(name) if playground else ""
        text = lesson_page(Lesson.load(name), solutions, tryout)
        sources.write(name, text, RELEASE / name / f"{name}.ipynb")


def _playground() -> Any:
    """Return the module of the latent playground, or None where the course has none."""
    found = importlib.util.find_spec(PLAYGROUND)
    return importlib.import_module(PLAYGROUND) if found else None


def _run_sphinx(work: Path, new: Path) -> None:
    """Make pages; every warning of Sphinx is a fault."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace

    warnings = io.StringIO()
    with docutils_namespace():
        app = Sphinx(
            srcdir=work / "sources",
            confdir=None,
            outdir=new,
            doctreedir=work / "doctrees",
            buildername="html",
            confoverrides=settings(work / "static"),
            status=None,
            warning=warnings,
        )
        app.build()
    faults = warnings.getvalue().replace(f"{work / 'sources'}/", "").splitlines()
    if faults:
        raise CourseError("Sphinx found faults in the pages. " + _some(faults))


def _some(faults: list[str], most: int = 5) -> str:
    more = f" and {len(faults) - most} more" if len(faults) > most else ""
    return " | ".join(faults[:most]) + more
