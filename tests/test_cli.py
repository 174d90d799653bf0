"""The command line: exit status 0, 1 or 2; bad input is one line that says what to do."""

import json
import re
import sys
import time
from contextlib import nullcontext

import nbformat
import pytest

from autograder.authoring import build, demo
from autograder.authoring.submissions import make_submission
from autograder.cli import PANELS, _heeding_ctrl_c, app, main
from autograder.files import ROOT
from autograder.sandbox.isolation import isolation
from autograder.source.lesson import Lesson, lesson_names
from autograder.source.release import release_text

pytestmark = pytest.mark.oldest
COMMANDS = [c.name or c.callback.__name__ for c in app.registered_commands]


@pytest.fixture
def run(capsys):
    def run(*arguments):
        status = main([str(a) for a in arguments])
        seen = capsys.readouterr()
        return status, seen.out, seen.err

    return run


def assert_one_line(seen, *words):
    status, out, err = seen
    assert status == 2
    assert out == ""
    assert err.count("\n") == 1
    for word in words:
        assert word in err


def test_generated_files_are_up_to_date(run, lesson):
    assert run("build", "--check", lesson.name) == (0, "", "")


def test_what_is_stale_is_named_and_a_lesson_may_be_given_by_name_or_file(run, monkeypatch):
    name, other = lesson_names()[:2]
    monkeypatch.setattr(build, "stale", lambda names: [ROOT / "notebooks" / n for n in names])
    status, out, err = run("build", "--check", name, f"solutions/{other}.py")
    assert (status, out) == (1, "")
    assert err == "".join(f"stale: notebooks/{n}  (run: vae-course build)\n" for n in (name, other))


@pytest.mark.parametrize("command", [["build"], ["grade"], ["bands"], ["figures"]])
def test_an_unknown_lesson_is_named_with_the_known_ones(run, command):
    assert_one_line(run(*command, "77_nothing"), "no lesson '77_nothing'", lesson_names()[0])


def test_an_unknown_command_is_refused(run):
    assert_one_line(run("fly"), "No such command 'fly'")


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_every_command_has_help(run, command):
    status, out, err = run(*command, "--help")
    assert (status, err) == (0, "")
    assert " ".join(["Usage: vae-course", *command, "[OPTIONS]"]) in out


def test_help_begins_with_the_commands_of_a_teacher_s_week_in_their_order(run):
    out = run("--help")[1]
    week = [
        "new",
        "handout",
        "collect",
        "status",
        "grade",
        "mark",
        "feedback-zip",
        "export",
        "report",
    ]
    order = [re.search(rf"^\W*{name} ", out, re.MULTILINE).start() for name in COMMANDS]
    places = dict(zip(COMMANDS, order, strict=True))
    assert [places[name] for name in week] == sorted(places[name] for name in week)
    assert places["export"] < places["check"] < places["build"]
    assert [panel for panel in PANELS if panel in out] == [*PANELS]
    assert sorted(COMMANDS) == sorted(name for names in PANELS.values() for name in names)


@pytest.mark.parametrize(
    ("command", "argument"), [("grade", "LESSON"), ("bands", "LESSON"), ("check", "FILES")]
)
def test_a_missing_argument_is_named(run, command, argument):
    status, out, err = run(command)
    assert_one_line((status, out, err.upper()), f"MISSING ARGUMENT '{argument}")


def test_a_number_that_is_too_small_is_refused(run):
    assert_one_line(run("grade", "02_vae", "--jobs", "0"), "Invalid value for '--jobs'", "1")


def test_an_unknown_option_is_refused(run):
    assert_one_line(run("check", "--jsn", "x.ipynb"), "--jsn")


def test_check_refuses_a_missing_file(run, tmp_path):
    assert_one_line(run("check", tmp_path / "a.ipynb"), "a.ipynb: cannot be read")


def test_check_refuses_broken_json(run, tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text('{"cells": [')
    assert_one_line(run("check", path, "--json"), "a.ipynb: not a notebook, its JSON is broken")


@pytest.mark.notebooks
def test_check_json_prints_one_object_per_file_in_order_and_goes_on_after_a_bad_one(run, tmp_path):
    files = []
    for name in lesson_names()[:2]:
        path = tmp_path / f"{name}.ipynb"
        path.write_text(nbformat.writes(make_submission(Lesson.load(name), {})))
        files.append(path)
    bad = tmp_path / "bad.ipynb"
    bad.write_text("no")
    status, out, err = run("check", "--json", files[0], bad, *files[1:])
    assert status == 2
    assert [json.loads(line)["file"] for line in out.splitlines()] == [str(f) for f in files]
    assert err.count("\n") == 1


@pytest.mark.notebooks
def test_check_prints_a_table_for_people(run, tmp_path, worker, monkeypatch):
    monkeypatch.setattr("autograder.sandbox.worker.open_worker", lambda **_: nullcontext(worker))
    path = tmp_path / "mine.ipynb"
    path.write_text(release_text(Lesson.load(lesson_names()[0])))
    status, out, err = run("check", path)
    assert (status, err) == (0, "")
    assert "not attempted" in out


def test_solution_prints_the_reference_of_an_exercise(run):
    status, out, err = run("solution", "kl_divergence")
    assert (status, err) == (0, "")
    assert out.startswith("# 01_elbo\ndef kl_divergence(")
    assert "return" in out
    assert "SOLUTION" not in out


def test_solution_refuses_an_unknown_exercise_and_names_near_ones(run):
    assert_one_line(run("solution", "kl_diverg"), "no exercise 'kl_diverg'", "kl_divergence")


def test_grade_without_submissions_says_where_they_belong(run, tmp_path):
    assert_one_line(
        run("grade", lesson_names()[0], "--course", tmp_path), "Nothing was submitted", "submitted"
    )


def test_demo_does_not_overwrite_a_folder_of_somebody_else(run, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    assert_one_line(run("demo", "--folder", tmp_path), "not an earlier demo")
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_a_demo_without_its_feedback_pages_fails(run, tmp_path, monkeypatch):
    def grade_without_pages(folder, *_):
        for student in ("ada", "ben"):
            path = folder / "submitted" / student / "01_elbo" / "01_elbo.ipynb"
            path.parent.mkdir(parents=True)
            path.touch()
        return []

    monkeypatch.setattr(demo, "starting_workers", lambda *_: nullcontext([]))
    monkeypatch.setattr(demo, "_grade_all", grade_without_pages)
    status, _, err = run("demo", "--folder", tmp_path / "demo")
    assert (status, err.count("\n")) == (2, 1)
    assert "2 of 2 feedback pages could not be written" in err


def test_a_folder_that_cannot_be_made_is_one_line(run, tmp_path):
    (tmp_path / "file").write_text("")
    assert_one_line(run("demo", "--folder", tmp_path / "file" / "demo"), "Not a directory")


@pytest.mark.skipif(sys.platform == "win32", reason="LOUD: Windows has no timers as signals")
def test_a_ctrl_c_that_meets_a_finalizer_is_not_lost():
    class Finalized:
        def __del__(self):
            raise KeyboardInterrupt  # Python reports it and goes on

    def work():
        with _heeding_ctrl_c():
            Finalized()
            time.sleep(60)

    with pytest.raises(KeyboardInterrupt):
        work()


def test_doctor_finds_this_machine_well(run):
    status, out, err = run("doctor")
    assert (status, err) == (0, "")
    mark = "[OK]" if isolation().enough else "[--]"
    walls, landlock, seccomp, packages = out.splitlines()[-4:]
    assert walls.startswith(mark)
    assert "bubblewrap" in walls
    assert "Landlock" in landlock
    assert "seccomp" in seccomp
    assert "compiled" in packages


def test_a_missing_package_is_named_with_the_command_that_installs_it(run, monkeypatch, tmp_path):
    for module in ("classes.grade_class", "classes.pool", "classes.gradebook"):
        monkeypatch.delitem(sys.modules, f"autograder.{module}", raising=False)
    monkeypatch.setitem(sys.modules, "nbgrader.converters", None)
    lesson = lesson_names()[0]
    handed_in = tmp_path / "submitted" / "ada" / lesson / f"{lesson}.ipynb"
    handed_in.parent.mkdir(parents=True)
    handed_in.write_text("{}")
    seen = run("grade", lesson, "--course", tmp_path)
    assert_one_line(seen, "nbgrader.converters is missing", "pip install")
