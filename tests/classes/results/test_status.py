"""Where a class stands: each thing that is left to do is named, and nothing is written."""

import pytest
from nbgrader.api import Gradebook

from autograder.classes.results.pages import WrittenPages
from autograder.classes.results.status import status_lines
from autograder.cli import main
from tests.classes.results.desk import LESSON, TOPIC, Desk

NAME = LESSON.name
SETTINGS = f"[late]\ngrace_minutes = 15\n[lessons.{NAME}]\ndeadline = 2026-11-06T12:00:00Z\n"


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path / "class", SETTINGS)
    (desk.folder / "students.csv").write_text("id\nada\nbob\ncy\nzoe\n")
    return desk


def write_pages(desk, *students):
    from autograder.classes.gradebook import Recorder

    with Recorder(LESSON, desk.folder, desk.db, dry=True) as recorder:
        contents = {s: recorder.content(s) for s in students}
    pages = WrittenPages(desk.folder, NAME, contents)
    for student in students:
        page = desk.folder / "feedback" / student / NAME / f"{NAME}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.touch()
        pages.keep(student)


def seen(desk, *names):
    return [line.strip() for line in status_lines(list(names), desk.folder)]


def test_an_empty_class_and_no_class(desk, tmp_path, capsys):
    assert seen(desk) == ["settings.toml: valid", "students.csv: 4 students"]
    assert seen(desk, NAME)[-2:] == [
        f"{NAME}: 0 handed in, 0 graded, due 2026-11-06 12:00 UTC",
        "without a file (4): ada, bob, cy, zoe",
    ]
    (tmp_path / "other").mkdir()
    assert main(["status", "--course", str(tmp_path / "other")]) == 2
    assert "no class is here" in capsys.readouterr().err
    (desk.folder / "settings.toml").write_text(SETTINGS + "[extensions]\nadda = {}\n")
    assert main(["status", "--course", str(desk.folder)]) == 2
    assert "Did you mean ada?" in capsys.readouterr().err


def test_what_is_left_to_do_is_named_and_nothing_is_written(desk):
    desk.hand_in("ada", written="Why?", when="2026-11-06 12:10:00")
    desk.hand_in("bob", when="2026-11-06 12:20:00")
    desk.grade()
    write_pages(desk, "ada", "bob")
    desk.hand_in("cy")
    desk.hand_in("bob", answer="x = 1", when="2026-11-06 12:20:00")
    with Gradebook(desk.db) as book:
        book.find_grade(f"test_{next(iter(LESSON.exercises))}", NAME, NAME, "bob").manual_score = 1
        book.db.commit()
    before = {p: p.read_bytes() for p in desk.folder.rglob("*") if p.is_file()}
    assert seen(desk) == [
        "settings.toml: valid",
        "students.csv: 4 students",
        f"{NAME}: 3 handed in, 2 graded, due 2026-11-06 12:00 UTC",
        "without a file (1): zoe",
        "late (1): bob",
        f"not graded (vae-course grade {NAME}) (1): cy",
        f"another file since the grade (vae-course grade {NAME}) (1): bob",
        f"written answers wait (vae-course mark {NAME}) (1): ada",
        f"feedback pages older than the marks (vae-course grade {NAME}) (1): bob",
    ]
    with Gradebook(desk.db) as book:
        grade = book.find_grade(f"written_{TOPIC}", NAME, NAME, "ada")
        grade.manual_score, grade.needs_manual_grade = 1.0, False
        book.db.commit()
    assert f"feedback pages older than the marks (vae-course grade {NAME}) (2): ada, bob" in seen(
        desk
    )
    after = {p: p.read_bytes() for p in desk.folder.rglob("*") if p.is_file()}
    assert {p for p in after if after[p] != before.get(p)} == {desk.folder / "gradebook.db"}
