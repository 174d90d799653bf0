"""What makes a kept verdict stale, and what does not."""

import json
import shutil
import subprocess
import sys

import pytest

from autograder.classes import journal
from autograder.files import ROOT
from autograder.source.lesson import Lesson, lesson_names

LESSON, OTHER = lesson_names()[:2]

MODULES_OF_A_VERDICT = f"""
import json, pathlib, sys
from autograder.grading import examine, judge, salvage, seeds
from autograder.sandbox import worker
from autograder.sandbox.inside import __main__
from autograder.sandbox.inside import worker as worker_inside
examine.prepare({LESSON!r})
files = [getattr(m, "__file__", None) for m in sys.modules.values()]
root = pathlib.Path({str(ROOT)!r})
ours = [pathlib.Path(f).resolve() for f in files if f]
names = [f.relative_to(root).as_posix() for f in ours if f.is_relative_to(root)]
print(json.dumps([n for n in names if n.startswith(("autograder/", "course_utils/"))]))
"""


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of everything that a version can depend on."""
    for folder in ("autograder", "course_utils", "docs"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "solutions").mkdir()
    for path in (ROOT / "solutions").glob("*.py"):
        shutil.copy(path, tmp_path / "solutions")
    monkeypatch.setattr(journal, "ROOT", tmp_path)
    return tmp_path


def changed(path):
    """Whether the lesson's version is another one when this file has one more line."""
    versions = []
    for _ in range(2):
        journal.grader_version.cache_clear()
        versions.append(journal.grader_version(LESSON))
        path.write_text(path.read_text() + "\n# changed\n")
    journal.grader_version.cache_clear()
    return versions[0] != versions[1]


@pytest.mark.parametrize(
    "name",
    [
        f"autograder/exercises/nb{LESSON}/hidden.py",
        f"autograder/exercises/nb{LESSON}/wrong.py",
        "autograder/grading/salvage.py",
        "autograder/sandbox/inside/session.py",
        "course_utils/toy.py",
        "course_utils/checks/core.py",
        f"course_utils/checks/fingerprints/nb{LESSON}.json",
        f"solutions/{LESSON}.py",
    ],
)
def test_a_change_of_what_decides_a_verdict_makes_it_stale(copy, name):
    assert changed(copy / name)


@pytest.mark.parametrize(
    "name",
    [
        "autograder/cli.py",
        "autograder/authoring/demo.py",
        "autograder/classes/gradebook.py",
        "autograder/README.md",
        f"autograder/exercises/nb{OTHER}/hidden.py",
        f"solutions/{OTHER}.py",
        "docs/Containerfile",
    ],
)
def test_a_change_of_anything_else_does_not(copy, name):
    assert not changed(copy / name)


def test_a_file_that_is_too_large_is_not_read_for_its_key(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "MAX_BYTES", 10)
    path = tmp_path / "a.ipynb"

    def key(content):
        path.write_bytes(content)
        return journal.journal_key(path, Lesson.load(LESSON), "ann", b"")

    assert key(b"x" * 10) != key(b"y" * 10)
    assert key(b"x" * 11) == key(b"y" * 11) != key(b"y" * 12)


def test_every_pattern_finds_a_file():
    for pattern in journal.DECIDES:
        assert list(ROOT.glob(pattern)), pattern


def test_every_module_that_takes_part_in_a_verdict_is_on_the_list():
    done = subprocess.run(
        [sys.executable, "-c", MODULES_OF_A_VERDICT], capture_output=True, text=True, check=True
    )
    modules = {name for name in json.loads(done.stdout) if not name.endswith("__init__.py")}
    assert {"autograder/grading/judge.py", f"autograder/exercises/nb{LESSON}/hidden.py"} <= modules
    assert modules <= set(journal.deciding_files(LESSON))


def test_a_line_that_is_nested_too_deeply_is_ignored(tmp_path):
    path = tmp_path / "a.jsonl"
    depths = range(400, 1100)  # among them some that Python can read and not write
    path.write_text("".join(f'{{"digest": "x", "a": {"[" * n}{"]" * n}}}\n' for n in depths))
    assert list(journal.Lines(path).read()) == []
