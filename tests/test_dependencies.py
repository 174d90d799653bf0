"""Every package that our code imports is declared in pyproject.toml for the people who run that code."""

import ast
import functools
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from autograder.files import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OURS = {"autograder", "benchmarks", "course_utils", "tests"}
# Which extras are installed where a folder or file is used; the longest name that fits a file counts.
EXTRAS = {
    "autograder": ["grading", "cluster"],
    "autograder/authoring/site": ["grading", "site"],
    "benchmarks": ["dev"],
    "benchmarks/reproduce": ["grading"],
    "course_utils": [],
    "nbgrader_config.py": ["grading"],
    "solutions": [],
    "tests": ["dev"],
}


def declared(extras):
    """Return the names of the base dependencies and of these extras, without versions."""
    names = set()
    for text in [*PROJECT["dependencies"], *(d for e in extras for d in of_extra(e))]:
        names.add(re.match(r"[A-Za-z0-9._-]+", text).group())
    return names


def of_extra(name):
    """Return what an extra asks for; an extra may include others of this project."""
    for text in PROJECT["optional-dependencies"][name]:
        included = re.fullmatch(r"vae-course\[(.*)\]", text)
        if included:
            for extra in included.group(1).split(","):
                yield from of_extra(extra)
        else:
            yield text


def imported(text):
    """Return the top-level names that a module imports anywhere, ours and Python's left out."""
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module.split(".")[0])
    return names - OURS - sys.stdlib_module_names


@functools.cache  # reads the list of files of every installed package
def installed():
    """Return the packages that bring each name that can be imported."""
    return packages_distributions()


def undeclared(text, extras):
    """Return the imported names that belong to no declared package."""
    packages = installed()
    allowed = declared(extras)
    return {n for n in imported(text) if not allowed & {d.lower() for d in packages.get(n, [])}}


@pytest.mark.parametrize("place", EXTRAS)
def test_what_is_imported_is_declared(place):
    paths = sorted((ROOT / place).rglob("*.py")) or [ROOT / place]
    found = {}
    for path in paths:
        name = str(path.relative_to(ROOT))
        if max((p for p in EXTRAS if name.startswith(p)), key=len) == place:
            missing = undeclared(path.read_text(encoding="utf-8"), EXTRAS[place])
            found |= {name: missing} if missing else {}
    assert found == {}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import tornado", {"tornado"}),  # comes with another package, is not ours to rely on
        ("def f():\n    from hypothesis import given", {"hypothesis"}),  # only in the extra dev
        ("import no_such_package.part", {"no_such_package"}),
        ("import json, sklearn.cluster\nfrom course_utils import data\nimport autograder", set()),
    ],
)
def test_an_import_that_no_dependency_brings_is_found(text, names):
    assert undeclared(text, ["grading"]) == names
