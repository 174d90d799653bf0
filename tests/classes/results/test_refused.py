"""What `vae-course grade` refuses or remarks before and after its work."""

import pytest

from autograder.classes import grade_class as module
from autograder.classes.grade_class import Grade, grade_class
from autograder.errors import CourseError
from autograder.exercises.sound import refuse_unsound
from autograder.source.lesson import Lesson
from tests.classes.results.desk import FIRST, LESSON


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
    monkeypatch.setattr(module.Lesson, "load", lambda name: lesson)
    with pytest.raises(CourseError, match="hidden criteria add up to") as failure:
        grade_class(LESSON.name, tmp_path)
    assert "\n" not in str(failure.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_an_extension_for_nobody_is_told(tmp_path, capsys):
    (tmp_path / "settings.toml").write_text(
        f"[lessons.{LESSON.name}]\ndeadline = 2026-11-06\n[extensions]\n"
        f"ada = {{ {LESSON.name} = 2026-11-07 }}\nadda = {{ {LESSON.name} = 2026-11-07 }}\n"
        f"zoe = {{ {LESSON.name} = 2026-11-07 }}\n"
    )
    (tmp_path / "students.csv").write_text("id\nzoe\n")
    module._note_strangers(LESSON, tmp_path, [Grade("ada", None)])
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("settings.toml: adda has an extension")
