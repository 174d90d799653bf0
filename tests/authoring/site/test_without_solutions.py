"""A site for a class: no line of a solution is anywhere in it; and what the command refuses."""

import json
import re

import pytest

from autograder import cli
from autograder.authoring.site import build
from autograder.authoring.site.build import build_site
from autograder.authoring.site.sources import documents
from autograder.source.lesson import RELEASE, Lesson, lesson_names


def squeezed(text):
    """Text without spaces and marks, so that colours, folds and line ends do not hide it."""
    text = re.sub(r"<[^>]*>", "", text)
    for entity, sign in (
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", '"'),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ):
        text = text.replace(entity, sign)
    return re.sub(r"[^\w+*/<>=().,:\[\]-]", "", text).lower()


def given():
    """All that learners get to read: the notebooks and the documents."""
    cells = [
        "".join(cell["source"])
        for name in lesson_names()
        for cell in json.loads((RELEASE / name / f"{name}.ipynb").read_bytes())["cells"]
    ]
    return "\n".join(cells + [p.read_text(encoding="utf-8") for p in documents().values()])


def answers():
    """The lines of all solutions and model answers."""
    for name in lesson_names():
        for cell in Lesson.load(name).cells:
            texts = cell.solution_regions if cell.role == "exercise" else []
            for text in [cell.source] if cell.role == "written" else texts:
                yield from text.splitlines()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class") / "site"
    assert cli.main(["site", "--no-solutions", "--output", str(folder)]) == 0
    return folder


def test_no_line_of_a_solution_is_in_any_file(site):
    known = squeezed(given())
    wanted = {line for line in map(squeezed, answers()) if len(line) >= 12 and line not in known}
    assert len(wanted) > 200
    texts = [p for p in site.rglob("*") if p.suffix in (".html", ".js", ".txt", ".svg", ".inv")]
    for path in texts:
        text = squeezed(path.read_text(encoding="utf-8", errors="ignore"))
        assert [line for line in wanted if line in text] == [], path.name
    pictures = {".css", ".png", ".woff2", ".mjs", ".map", ""}
    assert {p.suffix for p in site.rglob("*")} - {p.suffix for p in texts} <= pictures


def test_no_name_that_only_solutions_use_is_in_the_search_index(site):
    """The index holds single words without their endings, so it is searched for names."""
    names = {name for line in answers() for name in re.findall(r"[a-z]+_[a-z_]+", line)}
    names -= set(re.findall(r"[a-z]+_[a-z_]+", given()))
    assert len(names) > 20
    index = set(re.findall(r"\w+", (site / "searchindex.js").read_text(encoding="utf-8")))
    assert "vae_loss" in index
    stems = {name[:end] for name in names for end in (None, -1, -2)}
    assert index & {stem for stem in stems if "_" in stem.rstrip("_")} == set()


def test_an_older_site_is_replaced_and_anything_else_is_left_alone(site, monkeypatch, capsys):
    monkeypatch.setattr(build, "_make", lambda work, new, solutions: new.mkdir())
    (site / "old.html").touch()
    build_site(site)
    assert not list(site.iterdir())
    mine = site / "notes.txt"
    mine.write_text("mine")
    for path in (site, mine):
        assert cli.main(["site", "--output", str(path)]) == 2
        assert "Name another folder" in capsys.readouterr().err
    assert mine.read_text() == "mine"
    assert [path.name for path in site.parent.iterdir()] == ["site"]


def test_the_folder_in_which_one_stands_is_not_replaced(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for path in (".", "..", ""):
        assert cli.main(["site", "--output", path]) == 2
        assert "not the one you are in" in capsys.readouterr().err
    assert tmp_path.is_dir()


def test_a_missing_package_is_named_with_the_command_that_brings_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(build, "NEEDED", ("sphinx", "no_such_package"))
    assert cli.main(["site", "--output", str(tmp_path / "site")]) == 2
    assert "needs no_such_package. Install it with: pip install -e '.[site]'" in (
        capsys.readouterr().err
    )
