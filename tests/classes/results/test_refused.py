"""What `vae-course grade` refuses or remarks before and after its work."""

import pytest
from nbgrader.api import Gradebook

from autograder.classes import grade_class as module
from autograder.classes.course_folder.strangers import refuse_strangers
from autograder.classes.grade_class import grade_class
from autograder.cli import main
from autograder.errors import CourseError
from autograder.exercises.sound import refuse_unsound
from autograder.source.lesson import Lesson
from tests.classes.results.desk import FIRST, LESSON, Desk


def unsound(folder):
    """The lesson with a check that is worth more than its hidden criteria."""
    path = folder / LESSON.path.name
    text = LESSON.path.read_text(encoding="utf-8")
    points = LESSON.exercises[FIRST]
    changed = text.replace(
        f'check="{FIRST}" points={points}', f'check="{FIRST}" points={points + 1}'
    )
    path.write_text(
        changed.replace(f"**{points} points", f"**{points + 1} points", 1), encoding="utf-8"
    )
    return Lesson.read(path)


def test_a_source_that_build_refuses_is_not_graded(tmp_path, monkeypatch):
    lesson = unsound(tmp_path)
    with pytest.raises(CourseError, match="hidden criteria add up to"):
        refuse_unsound(lesson)
    (tmp_path / "submitted" / "ada" / LESSON.name).mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.setattr(module.Lesson, "load", lambda name, names=(): lesson)
    with pytest.raises(CourseError, match="hidden criteria add up to") as failure:
        grade_class(LESSON.name, tmp_path)
    assert "\n" not in str(failure.value)
    assert sorted(tmp_path.rglob("*")) == before


EXTENDED = (
    f"[lessons.{LESSON.name}]\ndeadline = 2026-11-06\n[extensions]\n"
    f"adda = {{ {LESSON.name} = 2026-11-07 }}\nzoe = {{ {LESSON.name} = 2026-11-07 }}\n"
)


def test_an_extension_for_nobody_stops_grading(tmp_path):
    (tmp_path / "settings.toml").write_text(EXTENDED)
    (tmp_path / "students.csv").write_text("id\nada\nzoe\n")
    (tmp_path / "submitted" / "ada" / LESSON.name).mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(CourseError) as failure:
        grade_class(LESSON.name, tmp_path)
    assert str(failure.value) == (
        f"{tmp_path / 'settings.toml'}: [extensions] adda: nobody in students.csv has this id. "
        "Did you mean ada? If the id is right: add the row to students.csv."
    )
    assert sorted(tmp_path.rglob("*")) == before


def test_without_a_list_the_gradebook_is_the_list_once_somebody_is_in_it(tmp_path):
    desk = Desk(tmp_path / "class", EXTENDED)
    desk.hand_in("ada")
    (desk.folder / "students.csv").unlink()
    refuse_strangers(desk.folder, desk.db)
    with Gradebook(desk.db) as book:
        book.add_student("zoe")
    with pytest.raises(CourseError, match=r"adda: nobody in the gradebook .* Did you mean ada\?"):
        refuse_strangers(desk.folder, desk.db)
    with Gradebook(desk.db) as book:
        book.add_student("adda")
    refuse_strangers(desk.folder, desk.db)


def test_settings_are_checked_where_nothing_was_handed_in(tmp_path, capsys):
    (tmp_path / "settings.toml").write_text("[late]\npercent_per_dy = 3\n")
    assert main(["grade", LESSON.name, "--course", str(tmp_path)]) == 2
    assert "there is no setting 'percent_per_dy'" in capsys.readouterr().err
    (tmp_path / "settings.toml").unlink()
    assert main(["grade", LESSON.name, "--course", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("Nothing was submitted")
