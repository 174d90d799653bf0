"""A gradebook in PostgreSQL holds what one in SQLite holds, and every command reads it."""

import csv
import json

import pytest
from nbgrader.api import Gradebook

from autograder.cli import main
from autograder.grading.seeds import course_key
from autograder.sandbox.isolation import isolation
from tests.classes.test_grade_class import LESSON, export, make_class, with_the_same_key
from tests.classes.test_hostile_class import (
    a_cell_that_cannot_be_written,
    an_error_that_cannot_be_written,
    html_everywhere,
)
from tests.postgresql import Server, needs_postgresql

pytestmark = [pytest.mark.notebooks, needs_postgresql]
FILES = an_error_that_cannot_be_written, a_cell_that_cannot_be_written, html_everywhere


@pytest.fixture(scope="module")
def server():
    with Server() as server:
        yield server


def grade(course, *options):
    sandbox = "--sandbox" if isolation().enough else "--no-sandbox"
    status = main(["grade", LESSON.name, "--course", str(course), "--jobs", "2", sandbox, *options])
    assert status == 0


@pytest.fixture(scope="module")
def graded(server, tmp_path_factory):
    """A class graded into SQLite, the same graded into PostgreSQL, and the address there."""
    top = tmp_path_factory.mktemp("databases")
    local = make_class(top / "local")
    for make in FILES:
        make(local, f"odd {make.__name__}")
    course_key(local)
    remote = with_the_same_key(local, top / "remote")
    grade(local)
    db = server.new_database("class one")
    grade(remote, "--db", db)
    return local, remote, db


def pages(course):
    return {
        p.relative_to(course): p.read_bytes() for p in sorted(course.glob("feedback/**/*.html"))
    }


def test_scores_comments_notebooks_and_pages_are_the_same(graded):
    local, remote, db = graded
    assert export(remote, db) == export(local)
    assert not (remote / "gradebook.db").exists()
    assert pages(remote) == pages(local)
    assert len(pages(local)) == 4 + len(FILES)
    assert comments(db) == comments(f"sqlite:///{local}/gradebook.db")


def comments(db):
    with Gradebook(db) as gradebook:
        return {
            (s.student.id, c.name): (c.auto_comment, c.manual_comment)
            for s in gradebook.assignment_submissions(LESSON.name)
            for n in s.notebooks
            for c in n.comments
        }


def test_points_and_comments_of_a_person_stay_and_a_second_run_changes_nothing(graded, capsys):
    _, remote, db = graded
    with Gradebook(db) as gradebook:
        notebook = gradebook.find_submission_notebook(LESSON.name, LESSON.name, "student 1")
        (grade_there, *_), (comment, *_) = notebook.grades, notebook.comments
        grade_there.manual_score, comment.manual_comment = 0.5, "seen \u2713 \U0001f642"
        grade_there.needs_manual_grade = False
        name = grade_there.name
        gradebook.db.commit()
    before = export(remote, db)
    grade(remote, "--db", db)
    assert export(remote, db) == before
    with Gradebook(db) as gradebook:
        notebook = gradebook.find_submission_notebook(LESSON.name, LESSON.name, "student 1")
        assert next(g for g in notebook.grades if g.name == name).manual_score == 0.5
        assert "seen \u2713 \U0001f642" in {c.manual_comment for c in notebook.comments}


def test_the_other_commands_read_it(graded, capsys, tmp_path):
    _, remote, db = graded
    there = ["--course", str(remote), "--db", db]
    assert main(["export", LESSON.name, "--plain", str(tmp_path / "all.csv"), *there]) == 0
    rows = list(csv.DictReader((tmp_path / "all.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 4 + len(FILES)
    assert all(row["score"] for row in rows)
    assert main(["report", LESSON.name, "--output", str(tmp_path / "page.html"), *there]) == 0
    assert (tmp_path / "page.html").exists()
    assert (
        main(
            [
                "collect",
                LESSON.name,
                str(remote / "submitted"),
                *there[2:],
                "--course",
                str(tmp_path),
            ]
        )
        == 0
    )
    assert main(["grade", LESSON.name, "--diff", *there]) == 0
    assert "Nothing was written" in capsys.readouterr().out


def test_nbgrader_config_may_name_it_once_for_all_commands(graded, tmp_path, capsys):
    _, _, db = graded
    (tmp_path / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.db_url = {json.dumps(db)}\n"
    )
    assert (
        main(["export", LESSON.name, "--plain", str(tmp_path / "a.csv"), "--course", str(tmp_path)])
        == 0
    )
    assert "a line for each of 7 scores" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("class one", "no such"), 'database "no such" does not exist'),
        (("postgres@", "nobody@"), 'role "nobody" does not exist'),
        (("host=/tmp", "host=/no"), "connection to server"),
        (("+psycopg", "+nothing"), "Can't load plugin"),
    ],
)
def test_an_address_that_is_wrong_is_one_line(graded, capsys, change, words):
    _, remote, db = graded
    for command in (
        ["grade"],
        ["grade", "--diff"],
        ["export", "--plain", "x.csv"],
        ["report", "--names"],
    ):
        name, *options = command
        capsys.readouterr()
        status = main(
            [name, LESSON.name, *options, "--course", str(remote), "--db", db.replace(*change)]
        )
        err = capsys.readouterr().err
        assert (status, err.count("\n")) == (2, 1), (command, err)
        assert words in err, (command, err)
