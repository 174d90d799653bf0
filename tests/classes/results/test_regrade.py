"""Grading again: old -> new with the reason, marks by hand stay, an answer waits again only if its text changed."""

import json

import pytest
from nbgrader.api import Gradebook

from autograder.classes import gradebook as gradebook_module
from autograder.classes.gradebook import Recorder
from autograder.classes.platforms.scores import read_scores
from autograder.classes.results.behind import behind_lines
from autograder.classes.results.changes import Standing
from autograder.classes.results.history import History, attempt, history_table
from autograder.classes.results.pages import WrittenPages
from autograder.errors import CourseError
from tests.classes.results.desk import ALL, FIRST, FULL, LESSON, TOPIC, Desk

WRITTEN = f"written_{TOPIC}"


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "Kurs für VAE")


def marks(desk, student, *, give=None):
    """Points by hand and whether it waits, of the first written answer; or give points, as formgrader does."""
    with Gradebook(desk.db) as book:
        grade = book.find_grade(WRITTEN, LESSON.name, LESSON.name, student)
        if give is not None:
            grade.manual_score, grade.needs_manual_grade = give, False
            comment = book.find_comment(WRITTEN, LESSON.name, LESSON.name, student)
            comment.manual_comment = "well said"
            book.db.commit()
        comment = book.find_comment(WRITTEN, LESSON.name, LESSON.name, student).manual_comment
        return grade.manual_score, bool(grade.needs_manual_grade), comment


def test_a_written_answer_waits_again_only_if_its_own_text_changed(desk, capsys):
    desk.hand_in("ada", written="It is a bound.")
    desk.hand_in("zoë", written="Ask Jensen.")
    assert desk.grade()["ada"].standing.waiting == {WRITTEN}
    for student in ("ada", "zoë"):
        marks(desk, student, give=1.5)
    desk.grade()
    assert marks(desk, "ada") == (1.5, False, "well said")
    desk.hand_in("ada", answer="# another file", written="  It is a bound.\n")
    desk.hand_in("zoë", written="Ask Jensen, twice.")
    capsys.readouterr()
    grades = desk.grade()
    assert marks(desk, "ada") == (1.5, False, "well said")
    assert marks(desk, "zoë") == (1.5, True, "well said")
    assert grades["zoë"].standing.score == FULL + 1.5
    said = capsys.readouterr().out
    assert (
        f"zoë: {FULL + 1.5:g} -> {FULL + 1.5:g} of {ALL:g}: “{LESSON.question_titles[TOPIC]}” waits again, the points by hand stay (another file was handed in)"
        in said
    )
    assert "ada" not in said
    desk.grade()  # and stays so until a person has looked
    assert marks(desk, "zoë")[1]
    marks(desk, "zoë", give=2)
    desk.grade()
    assert marks(desk, "zoë") == (2, False, "well said")


def test_points_by_hand_for_an_exercise_wait_again_only_if_its_cell_changed(desk):
    desk.hand_in("ada", answer="x = 1")
    desk.grade({"ada": 1.0})
    with Gradebook(desk.db) as book:
        grade = book.find_grade(f"test_{FIRST}", LESSON.name, LESSON.name, "ada")
        grade.manual_score, grade.needs_manual_grade = 3.0, False
        book.db.commit()
    assert desk.grade()["ada"].standing.waiting == frozenset()
    desk.hand_in("ada", answer="x = 2")
    grade = desk.grade({"ada": 2.0})["ada"]
    assert grade.standing.waiting == {f"test_{FIRST}"}
    assert grade.standing.score == FULL - 4 + 3


def test_changes_are_shown_and_with_diff_nothing_is_written(desk, capsys):
    for student in ("ada", "bob"):
        desk.hand_in(student, answer="x = 1")
    desk.grade({"ada": 1.0})
    desk.hand_in("ada", answer="x = 2")
    desk.hand_in("cy")
    before = {p: p.read_bytes() for p in desk.folder.rglob("*") if p.is_file()}
    capsys.readouterr()
    grades = desk.grade({"ada": 4.0}, dry=True)
    said = capsys.readouterr().out
    assert said.splitlines() == [
        "01_elbo: 1 earlier grade changes",
        f"  ada: {FULL - 3:g} -> {FULL:g} of {ALL:g}: {FIRST} 1 -> 4 (another file was handed in)",
    ]
    assert {s: g.standing.score for s, g in grades.items()} == dict.fromkeys(
        ("ada", "bob", "cy"), FULL
    )
    after = {p: p.read_bytes() for p in desk.folder.rglob("*") if p.is_file()}
    changed = {p.name for p in after if after[p] != before.get(p)}
    assert changed == {
        "01_elbo.jsonl"
    }  # the journal of verdicts, so that they are not judged again
    desk.grade()
    assert capsys.readouterr().out == said


def test_before_the_first_grading_diff_makes_no_gradebook(desk):
    (desk.folder / "gradebook.db").unlink()
    desk.hand_in("ada")
    assert desk.grade(dry=True)["ada"].standing.score == FULL
    assert not (desk.folder / "gradebook.db").exists()


LATE = """
[late]
percent_per_day = 10
at_most_percent = 25
grace_minutes = 15
[lessons.01_elbo]
deadline = "2026-11-06 12:00:00Z"
[extensions]
zoe = { 01_elbo = "2026-11-08 12:00:00Z" }
"""


TIMES = {  # when each student handed in, and how many days that costs
    "in time": ("2026-11-06 11:59:59", 0),
    "in grace": ("2026-11-06 12:15:00", 0),
    "first day": ("2026-11-06 12:15:01", 1),
    "one day": ("2026-11-07 12:00:00", 1),
    "second day": ("2026-11-07 12:00:01", 2),
    "very late": ("2026-11-20 12:00:00", 2.5),  # a quarter at most
    "zoe": ("2026-11-08 13:00:00", 1),  # who has two days more
    "unknown": ("", 0),
}


def test_late_work_costs_what_the_settings_say(tmp_path):
    desk = Desk(tmp_path, LATE)
    for student, (when, _) in TIMES.items():
        desk.hand_in(student, when=when)
    grades = desk.grade()
    with Gradebook(desk.db) as book:
        for student, (_, days) in TIMES.items():
            standing = grades[student].standing
            assert standing.penalty == round(FULL * days / 10, 2), student
            submission = book.find_submission(LESSON.name, student)
            assert submission.late_submission_penalty == standing.penalty
            assert standing.score == submission.score - submission.late_submission_penalty


def test_points_by_hand_and_other_settings_change_the_penalty_when_graded_again(tmp_path, capsys):
    desk = Desk(tmp_path, LATE)
    desk.hand_in("ada", written="Because.", when="2026-11-06 20:00:00")
    assert desk.grade()["ada"].standing.penalty == pytest.approx(FULL / 10)
    assert behind_lines(read_scores([LESSON.name], desk.db), tmp_path) == []
    marks(desk, "ada", give=2)
    (line,) = behind_lines(read_scores([LESSON.name], desk.db), tmp_path)
    assert line.startswith("01_elbo: points by hand came after the last grading")
    assert "ada" in line
    assert desk.grade()["ada"].standing.penalty == pytest.approx((FULL + 2) / 10)
    (tmp_path / "settings.toml").write_text(LATE.replace("ada", "bob").replace("zoe", "ada"))
    capsys.readouterr()
    assert desk.grade()["ada"].standing.penalty == 0
    assert "late penalty 3.6 -> 0 (points by hand or lateness)" in capsys.readouterr().out


def test_a_deadline_set_in_formgrader_counts_where_the_settings_have_none(tmp_path):
    desk = Desk(tmp_path, "[late]\npercent_per_day = 50\n")
    with Gradebook(desk.db) as book:
        book.update_or_create_assignment(LESSON.name, duedate="2026-11-06 12:00:00 UTC")
    desk.hand_in("ada", when="2026-11-06 20:00:00")
    assert desk.grade()["ada"].standing.penalty == FULL / 2


def test_nbgrader_s_own_policy_in_nbgrader_config_counts(tmp_path):
    desk = Desk(tmp_path, '[lessons.01_elbo]\ndeadline = "2026-11-06 12:00:00Z"\n')
    with (tmp_path / "nbgrader_config.py").open("a") as file:
        file.write('c.LateSubmissionPlugin.penalty_method = "zero"\n')
    desk.hand_in("ada", when="2026-11-06 20:00:00")
    standing = desk.grade()["ada"].standing
    assert (standing.penalty, standing.score) == (FULL, 0)


class Stop(BaseException):
    """As a kill: nothing catches it."""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_between_gradebook_and_history_loses_no_mark(desk, monkeypatch, moment):
    desk.hand_in("ada", written="One.")
    desk.grade()
    marks(desk, "ada", give=1)
    desk.hand_in("ada", written="Two.")

    def stop(*_):
        raise Stop

    where = (gradebook_module.Recorder, "_write") if moment == "before" else (History, "keep")
    with monkeypatch.context() as patch:
        patch.setattr(*where, stop)
        with pytest.raises(Stop):
            desk.grade()
    assert marks(desk, "ada") == (1, moment == "after", "well said")
    desk.grade()
    assert marks(desk, "ada") == (1, True, "well said")
    assert [a.reason for a in History(desk.folder, LESSON.name).attempts] == [
        "",
        "another file was handed in",
    ]


def test_the_history_has_a_line_for_each_change_and_heeds_no_torn_line(desk):
    desk.hand_in("ada", answer="x = 1")
    desk.hand_in("bob")
    desk.grade({"ada": 1.0})
    desk.grade()
    path = desk.folder / ".vae-course" / "history" / "01_elbo.jsonl"
    assert len(path.read_text().splitlines()) == 2
    with path.open("a") as file:
        file.write(json.dumps({"student": "ada"})[:9])
    desk.hand_in("ada", answer="x = 2")
    desk.grade({"ada": 2.0})
    attempts = [a for a in History(desk.folder, LESSON.name).attempts if a.student == "ada"]
    assert [(a.score, a.reason) for a in attempts] == [
        (FULL - 3, ""),
        (FULL - 2, "another file was handed in"),
    ]
    assert history_table(LESSON.name, desk.folder, ["ada"]).row_count == 2
    with pytest.raises(CourseError, match="Nothing of adda was graded in 01_elbo"):
        history_table(LESSON.name, desk.folder, ["adda"])


def test_settings_that_are_wrong_stop_grading_before_anything_is_written(desk):
    desk.hand_in("ada")
    (desk.folder / "settings.toml").write_text("[late]\ngrace = 1\n")
    with pytest.raises(CourseError, match="no setting 'grace'"):
        desk.grade()
    assert not (desk.folder / "autograded").exists()


def test_a_page_is_written_again_only_if_what_it_shows_changed(desk):
    def stale():
        with Recorder(LESSON, desk.folder, desk.db) as recorder:
            pages = WrittenPages(
                desk.folder, LESSON.name, {s: recorder.content(s) for s in ("ada", "zoë")}
            )
        found = [s for s in ("ada", "zoë") if not pages.is_current(s)]
        for student in found:
            page = desk.folder / "feedback" / student / LESSON.name / f"{LESSON.name}.html"
            page.parent.mkdir(parents=True, exist_ok=True)
            page.touch()
            pages.keep(student)
        return found

    for student in ("ada", "zoë"):
        desk.hand_in(student, written="Why?")
    desk.grade()
    assert stale() == ["ada", "zoë"]
    desk.grade()
    assert stale() == []
    marks(desk, "ada", give=1)
    assert stale() == ["ada"]
    desk.hand_in("zoë", written="Why not?")
    desk.grade()
    assert stale() == ["zoë"]
    (desk.folder / "feedback" / "ada" / LESSON.name / f"{LESSON.name}.html").unlink()
    assert stale() == ["ada"]


def test_a_whole_number_and_a_float_are_no_change(tmp_path):
    (tmp_path / ".vae-course").mkdir()
    history = History(tmp_path, LESSON.name)
    for zero in (0, 0.0):
        new = attempt("ada", LESSON, None, b"", {"written_a": zero}, {})
        history.keep(new, Standing({"written_a": 0.0}, frozenset()))
    assert len(History(tmp_path, LESSON.name).attempts) == 1
