"""The zip files: which files are in them, the same bytes each time, and what bad input gets."""

import email
import fnmatch
import io
import json
import os
import re
import subprocess
import time
import tomllib
import zipfile

import pytest

from autograder.classes.handout import wheel as wheels
from autograder.classes.handout.bundle import COURSE, handout
from autograder.cli import main
from autograder.files import ROOT
from autograder.source.lesson import Lesson, lesson_names
from tests.classes.handout.conftest import files_of

FIRST = lesson_names()[0]


def names_in(archive):
    return set(zipfile.ZipFile(io.BytesIO(archive)).namelist())


def test_a_handout_holds_lessons_wheel_and_texts_and_nothing_else(course, wheel):
    texts = {"README.txt", "requirements.txt", "student.md", "images/check.png", wheel.name}
    expected = {f"{COURSE}/{name}" for name in texts | {"LICENSE", "LICENSE-CONTENT"}}
    for name in lesson_names():
        expected |= {f"{COURSE}/{name}/{file}" for file in (f"{name}.ipynb", "glossary.md")}
        figures = (ROOT / "notebooks" / name / "figures").iterdir()
        expected |= {f"{COURSE}/{name}/figures/{figure.name}" for figure in figures}
    assert names_in(course) == expected


def test_the_wheel_holds_the_files_of_course_utils_and_nothing_else(wheel):
    listed = subprocess.run(
        ["git", "ls-files", "course_utils"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("LOUD: not a git checkout, the wheel is not compared with it")
    found = files_of(wheel.content)
    inner = {name: content for name, content in found.items() if ".dist-info/" not in name}
    assert set(inner) == {n for n in listed.stdout.split() if not n.endswith(".md")}
    assert all((ROOT / name).read_bytes() == content for name, content in inner.items())
    rest = {name.rsplit("/", 1)[1] for name in set(found) - set(inner)}
    assert rest == {"METADATA", "WHEEL", "RECORD", "LICENSE", "LICENSE-CONTENT"}


def test_the_wheel_asks_for_what_pyproject_lists_and_not_for_nbgrader(wheel):
    (metadata,) = (c for n, c in files_of(wheel.content).items() if n.endswith("METADATA"))
    said = email.message_from_bytes(metadata)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert said.get_all("Requires-Dist") == project["dependencies"]
    assert said["Requires-Python"] == project["requires-python"]
    assert said["Name"] == "vae-course-learner"
    assert said["Version"].startswith(project["version"] + "+h")
    assert b"nbgrader" not in metadata


def test_pip_sees_another_version_when_a_file_changes(wheel, monkeypatch, tmp_path):
    for name in ("course_utils", "pyproject.toml", *wheels.LICENSES):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.setattr(wheels, "ROOT", tmp_path)
    (tmp_path / "LICENSE").unlink()
    (tmp_path / "LICENSE").write_text("another text")
    assert wheels.learner_wheel().name != wheel.name


def test_two_runs_give_the_same_bytes_at_any_time_and_place(course, wheel, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    before = os.umask(0o077)
    try:
        time.tzset()
        again = wheels.learner_wheel()
        assert again == wheel
        assert handout([Lesson.load(name) for name in lesson_names()], again) == course
    finally:
        os.umask(before)
        monkeypatch.undo()
        time.tzset()


def test_files_are_readable_for_everybody_and_lie_in_one_folder(course):
    for entry in zipfile.ZipFile(io.BytesIO(course)).infolist():
        assert entry.filename.startswith(f"{COURSE}/")
        assert entry.external_attr >> 16 == 0o100644
        assert entry.date_time == (1980, 1, 1, 0, 0, 0)


def test_the_first_cell_of_each_notebook_looks_for_this_wheel(course, wheel):
    files = files_of(course)
    for name in lesson_names():
        cells = json.loads(files[f"{COURSE}/{name}/{name}.ipynb"])["cells"]
        first = next(cell for cell in cells if cell["cell_type"] == "code")
        (pattern,) = re.findall(r'glob\("(.*)"\)', "".join(first["source"]))
        assert fnmatch.fnmatch(wheel.name, pattern)


def test_the_texts_name_files_that_are_there(course, wheel):
    files = files_of(course)
    readme = files[f"{COURSE}/README.txt"].decode()
    assert "$" not in readme
    assert len(readme.splitlines()) <= 20
    assert f"{COURSE}/{FIRST}/{FIRST}.ipynb" in files
    assert f"{FIRST}.ipynb" in readme
    guide = files[f"{COURSE}/student.md"].decode()
    assert "<!--" not in guide
    assert set(re.findall(r"\]\(((?!https?:|#).*?)\)", guide)) == {"images/check.png"}
    last = files[f"{COURSE}/requirements.txt"].decode().splitlines()[-1]
    assert last == f"./{wheel.name}"


def test_both_texts_install_with_the_same_lines(course):
    files = files_of(course)
    readme = (
        files[f"{COURSE}/README.txt"].decode().partition("2. Install")[2].partition("Each line")[0]
    )
    guide = files[f"{COURSE}/student.md"].decode().partition("**4. Install**")[2]
    blocks = re.findall(r"(Windows|macOS|Linux):\n\n```\n(.*?)```", guide, flags=re.DOTALL)[:3]
    told = re.split(r"(Windows|macOS|Linux):", readme)[1:]
    commands = [
        (s, [c.strip() for c in t.splitlines() if c.strip()])
        for s, t in zip(told[::2], told[1::2], strict=True)
    ]
    assert len(blocks) == 3
    assert commands == [(system, block.splitlines()) for system, block in blocks]


def test_lessons_that_are_named_are_a_zip_file_each(tmp_path, capsys):
    names = lesson_names()[1:3]
    assert main(["handout", *names, names[0], "--output", str(tmp_path / "new")]) == 0
    written = sorted((tmp_path / "new").iterdir())
    assert [p.name for p in written] == [f"{n}.zip" for n in names]
    assert capsys.readouterr().out.count("wrote ") == 2
    for path, name in zip(written, names, strict=True):
        inside = {n.split("/")[1] for n in names_in(path.read_bytes())}
        assert inside & set(lesson_names()) == {name}
        with zipfile.ZipFile(path) as opened:
            readme = opened.read(f"{COURSE}/README.txt").decode()
        assert readme.startswith(Lesson.load(name).title + "\n")


@pytest.mark.parametrize("number", [0, 1])
def test_bad_input_is_one_line(number, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    arguments = [["77_nothing"], [FIRST, "--output", str(tmp_path / "file")]][number]
    assert main(["handout", *arguments]) == 2
    seen = capsys.readouterr()
    assert (seen.out, seen.err.count("\n")) == ("", 1)
    assert ["no lesson '77_nothing'", "cannot be written"][number] in seen.err
    assert (tmp_path / "file").read_text() == "mine"


def test_a_builder_that_fails_is_one_line(monkeypatch):
    monkeypatch.setattr(wheels, "PACKAGE", "no_such_package")
    with pytest.raises(wheels.CourseError, match=r"could not be built .*no_such_package"):
        wheels.learner_wheel()
