"""Marks land in nbgrader's gradebook; the same answers are marked at once, alike ones stand side by side."""

import html
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook
from sqlalchemy import create_engine

from autograder.classes.feedback import safe
from autograder.classes.written.answers import read_questions
from autograder.classes.written.likeness import order_by_likeness
from autograder.cli import main
from autograder.errors import CourseError
from autograder.source.lesson import Lesson, lesson_names
from tests.classes.written.made_up import (
    ANSWERS,
    ID,
    LESSON,
    OTHER,
    SLOW,
    answer,
    made,
    marking,
    recorded,
)


@pytest.fixture
def desk(tmp_path):
    return made(tmp_path / "class")


def group_of(page, student):
    """The number of the group in which a student is."""
    (question,) = [q for q in page.state()["questions"] if q["id"] == ID]
    (number,) = [n for n, g in enumerate(question["groups"]) if student in g["students"]]
    return number, question["groups"][number]


def test_the_same_answers_are_one_group_and_blank_ones_another(desk):
    page = marking(desk, names=True)
    assert group_of(page, "ada")[1]["students"] == ["ada", "cem"]
    number, blank = group_of(page, "dia")
    assert blank["students"] == ["dia", "eva"]
    assert blank["blank"]
    assert blank["waiting"] == 1  # nbgrader gave nothing for the one that was left as it is
    groups = page.state()["questions"][0]["groups"]
    assert number == len(groups) - 1
    assert abs(group_of(page, "ada")[0] - group_of(page, "fay")[0]) == 1
    assert page.waiting == 6


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a\n\n    code\n\nb", "a code b"),
        ("one\n\n- two\n- three", "one - two - three"),
        ("    code", "code"),
        ("![](own.png)", "![](own.png)"),
        ("<img src='own&#46;png'>", "<img src='own&#46;png'>"),
    ],
)
def test_answers_that_show_different_things_are_no_group(tmp_path, one, other):
    lesson = Lesson.load("01_elbo")
    info = {"grade_id": ID, "points": 2, "grade": True, "solution": True}
    for student, text in (("ada", one), ("ben", other), ("cem", one)):
        cell = new_markdown_cell(text, metadata={"nbgrader": info})
        folder = tmp_path / "autograded" / student / "01_elbo"
        folder.mkdir(parents=True)
        (folder / "01_elbo.ipynb").write_text(nbformat.writes(new_notebook(cells=[cell])))
        (folder / "own.png").write_text("another" if student == "ben" else "one")
    questions, _ = read_questions(lesson, tmp_path)
    groups = [[a.student for a in g.answers] for g in questions[0].groups]
    assert sorted(groups) == [["ada", "cem"], ["ben"]]
    (cem,) = [a for g in questions[0].groups for a in g.answers if a.student == "cem"]
    assert cem.is_current
    (folder / "own.png").write_text("a new one")
    assert cem.is_current == ("own" not in one)


def test_points_and_comment_are_in_the_gradebook_at_once_and_stay_when_the_class_is_graded_again(
    desk,
):
    page = marking(desk, names=True)
    number, _ = group_of(page, "ada")
    page.give(ID, number, 0.5, " One cause only. ")
    for student in ("ada", "cem"):
        assert recorded(desk, student) == (0.5, False, "One cause only.")
    assert recorded(desk, "ben") == (None, True, None)
    assert page.state()["questions"][0]["comments"] == ["One cause only."]
    assert page.waiting == 4
    desk.grade()
    assert recorded(desk, "ada") == (0.5, False, "One cause only.")
    answer(desk.folder, "ada", "Another answer.")
    desk.grade()
    assert recorded(desk, "ada") == (0.5, True, "One cause only.")
    assert group_of(marking(desk, names=True), "ada")[1]["waiting"] == 1


def test_undo_takes_back_a_mark_with_its_comment(desk):
    page = marking(desk, names=True)
    first, second = group_of(page, "ben")[0], group_of(page, "fay")[0]
    page.give(ID, first, 2, "Yes.")
    page.give(ID, second, None, "Why?")
    page.give(ID, second, 0.25, "Why?")
    assert recorded(desk, "fay") == (0.25, False, "Why?")
    assert page.undo()["group"] == second
    assert recorded(desk, "fay") == (None, True, None)
    assert page.undo()["group"] == first
    assert recorded(desk, "ben") == (None, True, None)
    assert page.undo() == {}


def test_two_desks_do_not_overwrite_each_other(desk):
    one, two = marking(desk, names=True), marking(desk, names=True)
    number, before = group_of(one, "ada")
    one.give(ID, number, 2, "Good, says one.")
    for points in (0, None):
        refused = two.give(ID, number, points, "Bad, says two.", before["seen"])
        assert "marked elsewhere" in refused["conflict"]
        assert refused["groups"][number]["comments"] == ["Good, says one."]
        assert recorded(desk, "ada") == recorded(desk, "cem") == (2, False, "Good, says one.")
    two.give(ID, number, 0, "Bad, says two.", group_of(two, "ada")[1]["seen"])
    refused = one.undo()
    assert "marked elsewhere" in refused["conflict"]
    assert refused["group"] == number
    assert refused["groups"][number]["points"] == [0]
    assert recorded(desk, "ada") == (0, False, "Bad, says two.")
    assert one.undo() == {}
    last = two.state()["questions"][0]["undo"]
    assert "conflict" in two.undo(last + 1)  # another page of this desk has undone a step
    assert "conflict" not in two.undo(last)
    assert recorded(desk, "ada") == (2, False, "Good, says one.")


def test_of_two_marks_at_the_same_time_one_is_refused(desk):
    desks = [marking(desk, names=True) for _ in range(4)]
    number, _ = group_of(desks[0], "ben")
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda n: desks[n].give(ID, number, n / 2, f"{n}"), range(4)))
    (first,) = [n for n, result in enumerate(done) if "conflict" not in result]
    assert recorded(desk, "ben") == (first / 2, False, f"{first}")


def test_points_out_of_range_and_answers_that_are_no_longer_there_are_refused(desk):
    page = marking(desk, names=True)
    number, _ = group_of(page, "ben")
    for points in (-0.5, 2.5, float("nan")):
        with pytest.raises(CourseError, match="from 0 to 2"):
            page.give(ID, number, points, "")
    for nobody in (-1, 99):
        with pytest.raises(CourseError, match="no such answer"):
            page.give(ID, nobody, 1, "")
    answer(desk.folder, "ben", "Another answer.")
    desk.grade()
    with pytest.raises(CourseError, match="another text"):
        page.give(ID, number, 1, "")
    assert recorded(desk, "ben") == (None, True, None)
    page.give(ID, group_of(page, "ada")[0], 1, "")  # graded again, too, but the same
    assert recorded(desk, "ada") == (1, False, None)


def test_all_students_of_a_group_get_their_points_or_none(desk):
    page = marking(desk, names=True)
    number, _ = group_of(page, "ada")
    engine = create_engine(desk.db)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER t BEFORE UPDATE ON grade WHEN (SELECT count(*) FROM grade WHERE "
            "manual_score IS NOT NULL) > 0 BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
    engine.dispose()
    with pytest.raises(CourseError, match="the disk is full"):
        page.give(ID, number, 1, "x")
    assert recorded(desk, "ada") == recorded(desk, "cem") == (None, True, None)


def test_students_have_pseudonyms_unless_names_are_asked_for(desk):
    shown = str(marking(desk).state())
    assert not any(f"'{student}'" in shown for student in ANSWERS)
    assert "'ada'" in str(marking(desk, names=True).state())


def test_pictures_and_formulas_are_in_the_answer_and_scripts_are_not(desk):
    answer(
        desk.folder, "ada", "$x^2$ <script>alert(1)</script> <img src='https://evil.example/x.png'>"
    )
    desk.grade()
    page = marking(desk, names=True)
    shown = page.answer(ID, group_of(page, "ada")[0])
    assert "<math" in shown
    assert "script" not in shown
    assert "evil" not in shown
    assert "data:image/png;base64," in page.answer(ID, group_of(page, "gus")[0])


def test_a_text_that_takes_too_long_is_shown_as_it_was_typed_and_others_as_ever(desk, monkeypatch):
    monkeypatch.setattr(safe, "SECONDS", 1)
    answer(desk.folder, "ada", SLOW)
    desk.grade()
    page = marking(desk, names=True)
    number, _ = group_of(page, "ada")
    shown = page.answer(ID, number)
    assert "takes too long" in shown
    assert html.unescape(shown.partition("<pre>")[2].partition("</pre>")[0])[:8] == SLOW[:8]
    with monkeypatch.context() as patch:
        patch.setattr(safe, "limited_each", None)  # whoever lays out a text again fails
        assert page.answer(ID, number) == shown
    assert "<math" in page.answer(ID, group_of(page, "cem")[0])


def test_every_question_of_every_lesson_has_a_rubric_and_a_model_answer(tmp_path):
    for name in lesson_names():
        lesson = Lesson.load(name)
        path = tmp_path / "autograded" / "ada" / name / f"{name}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
        questions, _ = read_questions(lesson, tmp_path)
        assert len(questions) == len(lesson.written)
        for question in questions:
            assert question.rubric, question.id
            assert len(question.model) > 100, question.id
            assert question.text, question.id
            assert "points)" not in question.title


def test_a_notebook_that_cannot_be_read_is_named_and_the_others_are_shown(desk):
    path = desk.folder / "autograded" / "ben" / LESSON.name / f"{LESSON.name}.ipynb"
    path.chmod(0o644)
    path.write_text("{")
    page = marking(desk, names=True)
    assert page.unread == ["ben"]
    assert group_of(page, "ada")[1]["students"] == ["ada", "cem"]
    assert [q["id"] for q in page.state()["questions"]] == [ID, OTHER]


def test_texts_stand_beside_those_that_they_are_like():
    texts = [
        "the KL lacks a half",
        "more samples",
        "The KL lacks one half.",
        "???",
        "take more samples",
    ]
    order, alike = order_by_likeness(texts)
    places = {n: order.index(n) for n in range(5)}
    assert abs(places[0] - places[2]) == 1
    assert abs(places[1] - places[4]) == 1
    assert len(alike) == 5
    assert alike[0] == 0
    assert all(0 <= a <= 1 for a in alike)
    assert order_by_likeness(["", " "]) == ([0, 1], [0.0, 0.0])
    assert order_by_likeness(["one"]) == ([0], [0.0])


def test_what_cannot_be_marked_is_one_line(tmp_path, desk, capsys):
    for arguments, said in (
        (["01_elbo", "--course", str(tmp_path)], "there is no gradebook"),
        (["02_vae", "--course", str(desk.folder)], "was not graded here"),
        (["no_such_lesson", "--course", str(desk.folder)], "no_such_lesson"),
        (["01_elbo", "--course", str(desk.folder), "--port", "99999"], "65535"),
        (["01_elbo", "--course", str(desk.folder), "--db", "nonsense"], "gradebook"),
    ):
        assert main(["mark", *arguments]) == 2
        lines = capsys.readouterr().err.strip().splitlines()
        assert len(lines) == 1, lines
        assert said in lines[0]
