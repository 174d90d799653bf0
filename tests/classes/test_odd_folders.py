"""Folders as they come from learning platforms: each gives a row, and what can be read is graded."""

import csv
import json
import logging
import zipfile

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin

from autograder.authoring.submissions import make_submission, reference_answers
from autograder.classes.grade_class import grade_class
from autograder.classes.inbox import file_of
from autograder.grading.marking import as_html
from autograder.sandbox.isolation import isolation
from autograder.source.lesson import Lesson

LESSON = Lesson.load("01_elbo")
POINTS = sum(LESSON.exercises.values())
NOTEBOOK = nbformat.writes(make_submission(LESSON, reference_answers(LESSON)))
HALF = nbformat.writes(make_submission(LESSON, dict(list(reference_answers(LESSON).items())[:3])))
STUB = nbformat.writes(make_submission(LESSON, {}))


def zipped(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("01_elbo/01_elbo.ipynb", NOTEBOOK)


# Of each student: files in their folder of the lesson, text by name; "/" at the end is an empty folder.
FULL = {
    "ordinary": {"01_elbo.ipynb": NOTEBOOK},
    "named by the browser": {"01_elbo.ipynb.txt": NOTEBOOK},
    "named json": {"01_elbo.json": NOTEBOOK},
    "capitals": {"01_ELBO.IPYNB": NOTEBOOK},
    "twin of macOS": {"my work.ipynb": NOTEBOOK, "._my work.ipynb": "\0\5\26\7junk"},
    "folder in the folder": {"01_elbo/01_elbo.ipynb": NOTEBOOK},
    "copies of Jupyter": {
        "01_elbo (1).ipynb": NOTEBOOK,
        ".ipynb_checkpoints/01_elbo (1)-checkpoint.ipynb": "{}",
    },
    "with another notebook": {"01_elbo-final.ipynb": NOTEBOOK, "scratch.ipynb": "{}"},
    "archive": {"01_elbo.zip": zipped},
    "beside the folder": {"../01_elbo.ipynb": NOTEBOOK},
    "beside the folder under another name": {"../elbo.ipynb": NOTEBOOK},
    "folder in capitals": {"../01_ELBO/01_ELBO.ipynb": NOTEBOOK},
    "folder of a browser": {"../01_elbo (1)/01_elbo.ipynb": NOTEBOOK},
    "folder of another name": {"../lesson1/01_elbo.ipynb": NOTEBOOK},
    "folders in folders": {"a/b/c/d/e/01_elbo.ipynb": NOTEBOOK},
    "untouched beside full": {"01_elbo.ipynb": STUB, "01_elbo (1).ipynb": NOTEBOOK},
    "empty beside full": {"01_elbo.ipynb": "", "01_elbo-final.ipynb": NOTEBOOK},
    "the same twice": {"01_elbo a.ipynb": NOTEBOOK, "01_elbo b.ipynb": NOTEBOOK},
    "other files beside": {"work.ipynb.txt": NOTEBOOK, "helper.py": "x = 1", "README.txt": "hello"},
    "no ending": {"01_elbo": NOTEBOOK},
    "other endings": {"01_elbo.ipynb.download": NOTEBOOK},
    "hidden": {".01_elbo.ipynb": NOTEBOOK},
    "only a checkpoint": {".ipynb_checkpoints/01_elbo-checkpoint.ipynb": NOTEBOOK},
}
NONE = {
    "empty folder": ({"": None}, "The folder is empty."),
    "only a time": ({"timestamp.txt": "2026-11-27 08:00:00 UTC"}, "The folder is empty."),
    "only a picture": ({"plot.png": "\x89PNG"}, "No notebook in the folder, only plot.png."),
    "two of them": (
        {"01_elbo a.ipynb": NOTEBOOK, "01_elbo b.ipynb": HALF},
        "Several files with work and none named 01_elbo.ipynb: 01_elbo a.ipynb, 01_elbo b.ipynb.",
    ),
}


def write(place, files):
    folder = place / LESSON.name
    if not any(name.startswith("../") for name in files):
        folder.mkdir(parents=True)
    for name, content in files.items():
        path = folder / name if not name.startswith("../") else place / name[3:]
        if content is None:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(content):
            content(path)
        else:
            path.write_text(content, encoding="utf-8", errors="surrogateescape")


@pytest.mark.parametrize("student", FULL)
def test_the_file_that_is_meant_is_found(tmp_path, student):
    write(tmp_path / "submitted" / "ann", FULL[student])
    file, reason = file_of(LESSON, tmp_path, "ann")
    assert file is not None
    assert file.suffix == ".zip" or file.read_text(encoding="utf-8") == NOTEBOOK
    assert file.name not in ("scratch.ipynb", "helper.py", "README.txt")
    assert "holds no work" in reason if "beside full" in student else reason == ""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = tmp_path_factory.mktemp("course")
    for name, files in FULL.items():
        write(course / "submitted" / name, files)
    for name, (files, _) in NONE.items():
        write(course / "submitted" / name, files)
    (course / "submitted" / "of another lesson" / "02_vae").mkdir(parents=True)
    (course / "submitted" / "loose.ipynb").write_text(NOTEBOOK, encoding="utf-8")
    return course


@pytest.fixture(scope="module")
def grades(course):
    found = grade_class(LESSON.name, course, feedback=True, sandbox=isolation().enough, jobs=2)
    return {grade.student: grade for grade in found}


@pytest.mark.notebooks
def test_every_folder_gives_a_row_in_the_table(grades):
    assert set(grades) == {*FULL, *NONE, "of another lesson", "loose.ipynb"}
    assert "a file and no folder" in grades["loose.ipynb"].problem
    assert grades["of another lesson"].verdict is None
    assert grades["of another lesson"].problem == "nothing was handed in for this lesson"
    for name in FULL:
        assert grades[name].verdict.score == POINTS, name


@pytest.mark.notebooks
def test_a_folder_without_a_notebook_earns_nothing_and_says_why(course, grades):
    for name, (_, reason) in NONE.items():
        assert grades[name].verdict.score == 0
        assert grades[name].verdict.repairs == [reason]
        page = course / "feedback" / name / LESSON.name / f"{LESSON.name}.html"
        assert reason in page.read_text(encoding="utf-8")
        autograded = course / "autograded" / name / LESSON.name / f"{LESSON.name}.ipynb"
        assert as_html(reason) in json.dumps(json.loads(autograded.read_text(encoding="utf-8")))


@pytest.mark.notebooks
def test_every_folder_gives_a_row_in_the_gradebook_and_the_export(course, grades):
    exporter = CsvExportPlugin()
    exporter.to = str(course / "grades.csv")
    exporter.log.setLevel(logging.ERROR)
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        assert {s.id for s in gradebook.students} == set(grades) - {"loose.ipynb"}
        exporter.export(gradebook)
    with open(course / "grades.csv", encoding="utf-8", newline="") as file:
        rows = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert rows == {name: POINTS if name in FULL else 0 for name in grades if name != "loose.ipynb"}


@pytest.mark.notebooks
def test_a_second_run_says_the_same(course, grades):
    again = grade_class(LESSON.name, course, feedback=True, sandbox=isolation().enough, jobs=1)
    assert {g.student: g for g in again} == grades
