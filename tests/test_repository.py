"""What the repository promises about itself."""

import itertools
import re
import subprocess

import pytest

from autograder.files import ROOT
from autograder.source.lesson import Lesson, lesson_names


def tracked():
    done = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("LOUD: not a git checkout, tracked files are not looked at")
    return done.stdout.split("\n")[:-1]


def test_no_junk_is_tracked():
    junk = re.compile(
        r"(\.pyc|~|\.DS_Store|_old\.py|\.orig|gradebook\.db)$|^data/|\.ipynb_checkpoints"
    )
    assert [path for path in tracked() if junk.search(path)] == []


def test_git_ignores_no_file_of_the_code():
    tracked()  # skips outside a checkout
    command = ["git", "ls-files", "--others", "--ignored", "--exclude-standard"]
    folders = ("autograder", "benchmarks", "course_utils", "tests")
    done = subprocess.run(
        [*command, *folders], cwd=ROOT, capture_output=True, text=True, check=True
    )
    kinds = (".py", ".j2", ".css", ".json", ".txt")
    assert [p for p in done.stdout.split("\n") if p.endswith(kinds)] == []


def test_no_large_file_is_tracked():
    sizes = {p: (ROOT / p).stat().st_size for p in tracked() if (ROOT / p).exists()}
    assert [p for p, size in sizes.items() if size > 700_000] == []


def test_the_readme_lists_every_lesson_with_hours_that_the_build_fills_in():
    text = (ROOT / "README.md").read_text()
    for name in lesson_names():
        opening = Lesson.load(name).cells[0].source
        assert "**What it takes.** About {{minutes()}} minutes" in opening
        row = next(
            line for line in text.splitlines() if f"](notebooks/{name}/{name}.ipynb)" in line
        )
        assert f'| <!-- =hours(lesson="{name}") -->' in row, name


def test_the_readme_stays_short():
    text = (ROOT / "README.md").read_text()
    prose = re.sub(r"```.*?```|<!--.*?-->", "", text, flags=re.DOTALL)
    words = re.sub(r"\]\([^)]*\)", "]", prose).split()
    assert len(words) <= 500


def test_every_local_link_in_the_documents_leads_somewhere():
    for document in (p for p in tracked() if p.endswith(".md")):
        text = (ROOT / document).read_text()
        links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", text) + re.findall(
            r'src="(?!https?:)([^"]+)"', text
        )
        folder = (ROOT / document).parent
        assert [link for link in links if not (folder / link).exists()] == [], document


def test_every_link_to_a_heading_leads_to_one():
    def headings(path):
        text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
        found = re.findall(r"^#+ (.*)", text, flags=re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in found}

    for document in (ROOT / p for p in tracked() if p.endswith(".md")):
        for path, anchor in re.findall(r"\]\(([^):]*)#([^)]+)\)", document.read_text()):
            target = document.parent / path if path else document
            assert anchor in headings(target), (document.name, path, anchor)


def test_every_picture_in_a_lesson_exists_and_has_alternative_text(lesson):
    for cell in lesson.cells:
        for alt, path in re.findall(r"!\[([^\]]*)\]\((?!https?:)([^)]+)\)", cell.source):
            assert len(alt) > 20, f"line {cell.line}: say what the picture shows"
            assert (ROOT / "notebooks" / lesson.name / path).exists(), path


def test_every_local_link_in_a_lesson_leads_somewhere_and_one_to_the_glossary(lesson):
    text = "\n".join(cell.source for cell in lesson.cells if cell.role == "prose")
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)\)", text)
    assert "glossary.md" in links
    for folder in ("notebooks", "solutions"):
        assert [p for p in links if not (ROOT / folder / lesson.name / p).exists()] == []


def test_a_reader_finds_the_way_from_each_lesson_to_the_next():
    names = lesson_names()
    for name, following in itertools.pairwise(names):
        last = [cell.source for cell in Lesson.load(name).cells if cell.role == "prose"][-1]
        assert "## Where next" in last
        assert f"(../{following}/{following}.ipynb)" in last


def test_every_exercise_has_minutes_difficulty_importance_and_two_or_three_hints(lesson):
    text = ""
    pattern = (
        r'\*\*[\d.]+ points? · \{\{minutes\("NAME"\)\}\} minutes · difficulty [1-5]/5 '
        r"· importance [1-5]/5\*\*"
    )
    for cell in lesson.cells:
        if cell.role == "prose":
            text += cell.source
        if cell.role == "check":
            assert re.search(pattern.replace("NAME", cell.name), text), cell.name
            assert 2 <= text.count("<details><summary>Hint ") <= 3, cell.name
            text = ""
