"""One command for several lessons: the same judges, a table and a zip file for each."""

import pytest
from nbgrader.api import Gradebook

from autograder.authoring.submissions import hand_in, make_submission, reference_answers
from autograder.classes.course_folder.new import write_course
from autograder.cli import main
from autograder.sandbox.isolation import isolation
from autograder.source.lesson import Lesson, lesson_names
from autograder.source.release import notebook_text
from tests.classes.downloads import make_zip

LESSONS = [Lesson.load(name) for name in lesson_names()[:2]]
NAMES = [lesson.name for lesson in LESSONS]


@pytest.mark.notebooks
def test_two_lessons_from_their_downloads_to_what_is_given_back(tmp_path, capsys):
    course = tmp_path / "class"
    write_course(course, LESSONS)
    there = ["--course", str(course)]
    downloads = []
    for lesson, answers in zip(LESSONS, (reference_answers(LESSONS[0]), {}), strict=True):
        content = notebook_text(make_submission(lesson, answers)).encode()
        name = f"lovelaceada_LATE_101_9001_{lesson.name}.ipynb"
        downloads += [lesson.name, str(make_zip(tmp_path / f"{lesson.name}.zip", {name: content}))]
    (course / "settings.toml").write_text(
        "[late]\npercent_per_day = 10\n"
        + "".join(f"[lessons.{name}]\ndeadline = 2026-11-13T23:59:00Z\n" for name in NAMES)
    )
    assert main(["collect", *downloads, *there]) == 0
    sandbox = "--sandbox" if isolation().enough else "--no-sandbox"
    assert main(["grade", *NAMES, *there, "--jobs", "1", sandbox]) == 0
    assert main(["feedback-zip", *NAMES, *there]) == 0
    out = capsys.readouterr().out
    for name in NAMES:
        assert f"{name}: 1 submissions" in out
        assert (course / f"feedback_{name}_canvas.zip").exists()
    full = sum(LESSONS[0].exercises.values())
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        first, second = (gradebook.find_submission(n, "lovelaceada_101") for n in NAMES)
        assert first.score == full
        assert first.late_submission_penalty == pytest.approx(full / 10)
        assert (second.score, second.late_submission_penalty or 0) == (0, 0)


def test_a_lesson_of_which_nothing_was_handed_in_is_refused_before_any_work(tmp_path, capsys):
    hand_in(make_submission(LESSONS[0], {}), tmp_path, "ada", LESSONS[0])
    assert main(["grade", *NAMES, "--course", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert NAMES[1] in err
    assert not (tmp_path / "gradebook.db").exists()
