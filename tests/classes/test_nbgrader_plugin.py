"""It stays nbgrader: its commands, gradebook and feedback pages, with the same verdict as ours (formgrader: test_demo)."""

import csv
import html
import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.authoring.submissions import (
    hand_in,
    make_submission,
    reference_answers,
    strip_metadata,
)
from autograder.classes import nbgrader_plugin
from autograder.classes.course_folder.new import write_course
from autograder.classes.grade_class import grade_class
from autograder.classes.results.history import History
from autograder.errors import CourseError
from autograder.exercises.lookup import wrong_solutions
from autograder.files import ROOT
from autograder.grading.seeds import course_key
from autograder.source.lesson import Lesson, lesson_names

pytestmark = pytest.mark.notebooks
PROGRAMS = Path(sys.executable).parent
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
    "PYTHONPATH": str(ROOT),
    "VAE_COURSE_FAST": "1",
}
LESSON = Lesson.load(lesson_names()[0])
LATE = f"""
[late]
percent_per_day = 10
[lessons.{LESSON.name}]
deadline = "2026-11-06 12:00:00Z"
[extensions]
copied-cells = {{ {LESSON.name} = "2026-11-07 12:00:00Z" }}
"""


def nbgrader(*arguments, cwd):
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(
        command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def automatic_scores(course, lesson):
    """Automatic score per student, as the gradebook holds it."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        submissions = gradebook.assignment_submissions(lesson)
        return {
            s.student.id: sum(g.auto_score or 0.0 for n in s.notebooks for g in n.grades)
            for s in submissions
        }


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course folder as in the repository, with a small class of honest, wrong and broken submissions."""
    folder = tmp_path_factory.mktemp("course")
    write_course(folder, [LESSON])
    (folder / "settings.toml").write_text(LATE)
    reference = reference_answers(LESSON)
    wrong = {v.exercise: v for v in reversed(wrong_solutions(LESSON.name).variants)}
    mistakes = {name: v.source for name, v in wrong.items()}
    all_wrong = make_submission(LESSON, mistakes)
    for cell in all_wrong.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").startswith("written_"):
            cell.source = "Because the bound is tight."
    hand_in(all_wrong, folder, "all wrong, O'Neill é", LESSON)
    hand_in(strip_metadata(make_submission(LESSON, reference)), folder, "colab", LESSON)
    copied = make_submission(LESSON, reference)
    copied.cells += [
        c for c in make_submission(LESSON, reference).cells if c.metadata.get("nbgrader")
    ]
    for number, cell in enumerate(copied.cells):
        cell.id = f"c{number}"
    hand_in(copied, folder, "copied-cells", LESSON)
    broken = hand_in(make_submission(LESSON, reference), folder, "broken", LESSON)
    broken.write_bytes(broken.read_bytes()[:2000])
    for student, when in (
        ("colab", "2026-11-06 14:00:00"),
        ("copied-cells", "2026-11-07 14:00:00"),
    ):
        file = folder / "submitted" / student / LESSON.name / "timestamp.txt"
        file.write_text(f"{when} UTC\n")
    course_key(folder)  # one for both ways
    return folder


@pytest.fixture(scope="module")
def ours(course):
    """Scores by `vae-course grade`, in a copy of the course."""
    folder = course.parent / "ours"
    shutil.copytree(course, folder)
    grade_class(LESSON.name, folder)
    return folder


@pytest.fixture(scope="module")
def theirs(course):
    """Scores by plain nbgrader commands."""
    assert nbgrader("generate_assignment", LESSON.name, "--force", cwd=course)[0] == 0
    status, output = nbgrader("autograde", LESSON.name, cwd=course)
    assert status == 0, output
    assert nbgrader("generate_feedback", LESSON.name, "--student=colab", cwd=course)[0] == 0
    assert len(list(course.glob(f"feedback/colab/{LESSON.name}/*.html"))) == 1
    return course


def test_both_ways_leave_the_same_scores_files_and_comments(ours, theirs):
    assert automatic_scores(ours, LESSON.name) == automatic_scores(theirs, LESSON.name)
    for place in ("autograded/*/*/*.ipynb", "autograded/*/*/glossary.md"):
        files = sorted(p.relative_to(theirs) for p in theirs.glob(place))
        assert files == sorted(p.relative_to(ours) for p in ours.glob(place))
        for name in files:
            assert (ours / name).read_text() == (theirs / name).read_text(), name
    found = []
    for course in (ours, theirs):
        with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
            notebooks = gradebook.notebook_submissions(LESSON.name, LESSON.name)
            found.append(
                sorted(
                    (n.student.id, c.name, c.auto_comment) for n in notebooks for c in n.comments
                )
            )
    assert str(found[0]) == str(found[1])


def test_both_ways_take_the_same_late_penalties_and_keep_the_same_history(ours, theirs):
    found = []
    for course in (ours, theirs):
        with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
            submissions = gradebook.assignment_submissions(LESSON.name)
            found.append(
                {s.student.id: (s.late_submission_penalty, s.duedate) for s in submissions}
            )
    assert found[0] == found[1]
    full = sum(LESSON.exercises.values())
    assert found[0]["colab"] == (round(full / 10, 2), datetime(2026, 11, 6, 12))
    assert found[0]["copied-cells"] == (round(full / 10, 2), datetime(2026, 11, 7, 12))
    assert not found[0]["broken"][0]
    for student in found[0]:
        one, other = (History(course, LESSON.name).last(student) for course in (ours, theirs))
        assert one.is_like(other), student


def test_scores_are_what_the_work_is_worth(ours):
    full = sum(LESSON.exercises.values())
    scores = automatic_scores(ours, LESSON.name)
    assert 0 < scores.pop("all wrong, O'Neill é") < full
    assert scores == {"colab": full, "copied-cells": full, "broken": 0.0}


def test_the_export_of_nbgrader_holds_the_scores(theirs):
    assert nbgrader("export", cwd=theirs)[0] == 0
    with (theirs / "grades.csv").open() as file:
        found = {row["student_id"]: row["raw_score"] for row in csv.DictReader(file)}
    scores = automatic_scores(theirs, LESSON.name)
    for student in (
        "colab",
        "copied-cells",
        "broken",
    ):  # nbgrader does not quote a name with a comma
        assert float(found[student]) == scores[student]


def test_feedback_names_the_mistakes_and_leaks_no_hidden_test(ours):
    for page in (ours / "feedback").glob("*/*/*.html"):
        text = page.read_text()
        for word in (
            "HIDDEN TESTS",
            "autograder.exercises",
            "### BEGIN",
            "grade_" + next(iter(LESSON.exercises)),
        ):
            assert word not in text, page
    wrong = next((ours / "feedback").glob("all wrong*/*/*.html")).read_text()
    for name in LESSON.exercises:
        message = wrong_solutions(LESSON.name).of(name)[0].message
        first_words = message.split("`")[0].split("'")[0][:25]
        assert first_words in html.unescape(wrong), name


def test_feedback_of_a_broken_file_says_why(ours):
    page = next((ours / "feedback").glob("broken/*/*.html")).read_text()
    assert "The file is broken behind cell" in page


def test_written_answers_wait_for_a_person(ours):
    with Gradebook(f"sqlite:///{ours / 'gradebook.db'}") as gradebook:
        submission = gradebook.find_submission(LESSON.name, "all wrong, O'Neill é")
        assert submission.max_score == sum(LESSON.exercises.values()) + sum(LESSON.written.values())
        waiting = {g.name for g in submission.notebooks[0].grades if g.needs_manual_grade}
        assert waiting == {f"written_{topic}" for topic in LESSON.written}


@pytest.mark.parametrize(("folder", "passes"), [("notebooks", False), ("solutions", True)])
def test_validate_passes_the_reference_and_fails_an_untouched_notebook(tmp_path, folder, passes):
    path = tmp_path / f"{LESSON.name}.ipynb"
    notebook = nbformat.read(ROOT / folder / LESSON.name / path.name, as_version=4)
    notebook.cells = [
        cell
        for cell, source in zip(notebook.cells, LESSON.cells, strict=True)
        if source.role != "demonstration"  # these take long and are nobody's answer
    ]
    nbformat.write(notebook, path)
    status, output = nbgrader("validate", path.name, cwd=tmp_path)
    assert status == 0, output
    assert ("Success! Your notebook passes all the tests." in output) is passes, output


def test_an_assignment_that_is_no_lesson_is_executed_only_if_the_settings_say_so(monkeypatch):
    executed = []

    class Stock:
        def __init__(self, parent):
            pass

        def preprocess(self, nb, resources):
            executed.append(nb)
            return nb, resources

    monkeypatch.setattr(nbgrader_plugin, "Execute", Stock)
    resources = {"nbgrader": {"assignment": "homework"}}
    with pytest.raises(CourseError, match="homework is no lesson of this course"):
        nbgrader_plugin.Judge().preprocess("notebook", resources)
    assert executed == []
    nbgrader_plugin.Judge(execute_others=True).preprocess("notebook", resources)
    assert executed == ["notebook"]
