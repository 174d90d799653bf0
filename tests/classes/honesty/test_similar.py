"""What compare50 is given and what comes of it; the program itself is played by a script."""

import os
import stat
import sys

import pytest

from autograder import cli
from autograder.source.lesson import Lesson
from tests.classes.report.made_up import grade, verdict_on

NAME = "01_elbo"
LESSON = Lesson.load(NAME)
FIRST = next(iter(LESSON.exercises))
PLAYED = """
import os, pathlib, shutil, sys
arguments = sys.argv[1:]
out = pathlib.Path(arguments[arguments.index("-o") + 1])
students = arguments[arguments.index("--") + 1 :]
out.mkdir()
shutil.copytree("given", out / "given")
shutil.copytree("students", out / "students")
(out / "index.html").write_text(" ".join(students) + os.environ["PATH"].split(os.pathsep)[0])
"""


@pytest.fixture
def program(tmp_path):
    """Return a function that writes a program with this text."""

    def write(text):
        path = tmp_path / "bin" / "compare50"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!{sys.executable}\n{text}")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return write


@pytest.fixture
def course(tmp_path):
    """Two students who worked, and one who did not."""
    folder = tmp_path / "course"
    for student in ("ada", "bob b"):
        grade(folder, NAME, student, (), {FIRST: f"answer = '{student} é'"})
    idle = [verdict_on(LESSON, e, "all", None, "not attempted") for e in LESSON.exercises]
    grade(folder, NAME, "cy", idle)
    return folder


def run(course, *arguments):
    return cli.main(["similar", NAME, "--course", str(course), *map(str, arguments)])


def test_it_compares_what_students_wrote_without_what_they_were_given(course, program, capsys):
    path = program(PLAYED)
    for _ in range(2):  # the pages of an earlier run are replaced
        assert run(course, "--program", path) == 0
    pages = course / "similar" / NAME
    assert pages.joinpath("index.html").read_text() == f"students/ada students/bob b{path.parent}"
    assert "answer = 'bob b é'" in (pages / "students" / "bob b" / f"{NAME}.py").read_text()
    given = (pages / "given" / f"{NAME}.py").read_text()
    assert f"def {FIRST}(" in given
    assert LESSON.exercise_cell(FIRST).solution not in given
    said = capsys.readouterr().out
    assert "2 students" in said
    assert "Likeness proves nothing" in said


def test_without_the_program_one_line_says_how_to_install_it(course, monkeypatch, capsys):
    monkeypatch.setenv("PATH", os.devnull)
    assert run(course) == 2
    err = capsys.readouterr().err
    assert "pip install compare50" in err
    assert err.count("\n") == 1


def test_a_program_that_fails_is_quoted_in_one_line(course, program, capsys):
    assert run(course, "--program", program("raise SystemExit('no \\x1b[1mspace left')")) == 2
    err = capsys.readouterr().err
    assert "space left" in err
    assert "\x1b" not in err
    assert err.count("\n") == 1
    assert not (course / "similar").exists()


def test_one_student_alone_is_like_nobody(tmp_path, program, capsys):
    grade(tmp_path, NAME, "ada")
    assert run(tmp_path, "--program", program(PLAYED)) == 2
    assert "nothing to compare" in capsys.readouterr().err
