"""The parts that nbgrader loads, each on its own: which steps run, what is read, written and kept."""

import html
import logging
import re
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import nh3
import pytest
from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties, ClearHiddenTests, Execute, SaveAutoGrades
from nbgrader.server_extensions.formgrader import handlers
from traitlets.config import Config, Configurable

from autograder.authoring.submissions import make_submission, reference_answers, strip_metadata
from autograder.classes import nbgrader_plugin as plugin
from autograder.classes.feedback import safe
from autograder.grading.judge import ExerciseVerdict, Verdict
from autograder.grading.marking import as_html
from autograder.source.lesson import Lesson, lesson_names

LESSON = Lesson.load(lesson_names()[0])
NAME = next(iter(LESSON.exercises))
STUDENT = "O'Neill, é"
MESSAGE = "The sum is over the wrong dimension."
# As nbgrader's FormgradeExtension sets them.
FORMGRADER = {
    "template_name": "formgrade",
    "extra_template_basedirs": [handlers.template_path],
}


def resources(db=""):
    info = {"assignment": LESSON.name, "notebook": LESSON.name, "student": STUDENT, "db_url": db}
    return {"nbgrader": info}


def verdict():
    """The first exercise is wrong and named, every other one right."""
    exercises = [ExerciseVerdict(n, "correct", p, p) for n, p in LESSON.exercises.items()]
    wrong = ExerciseVerdict(
        NAME, "incorrect", 0.0, exercises[0].max_score, {"id": "sum", "message": MESSAGE}
    )
    return Verdict(LESSON.name, [wrong, *exercises[1:]])


def graded_cells(notebook):
    marked = [c for c in notebook.cells if "nbgrader" in c.metadata]
    return {c.metadata.nbgrader.grade_id: c for c in marked}


# ------------------------------------------------------------------------------------ configure


def test_our_steps_stand_where_nbgrader_would_execute_and_after_scores_are_saved():
    config = Config()
    plugin.configure(config)
    steps = config.Autograde.autograde_preprocessors
    assert Execute not in steps
    where = steps.index(plugin.Judge)
    assert steps[where : where + 2] == [plugin.Judge, ClearHiddenTests]
    assert SaveAutoGrades not in steps
    saved = steps.index(plugin.SaveGrades)
    assert saved > where
    assert steps[saved + 1 : saved + 3] == [plugin.SaveDiagnoses, plugin.KeepDeadline]
    assert steps.index(plugin.KeepAttempt) == steps.index(AssignLatePenalties) + 1
    assert config.Autograde.exporter_class is plugin.SalvagingExporter
    directory = config.CourseDirectory
    assert (directory.source_directory, directory.release_directory) == ("solutions", "notebooks")


def test_the_programs_that_nbgrader_calls_by_name_are_found():
    assert Path(shutil.which("alembic")).parent == Path(sys.executable).parent


# ------------------------------------------------------------------------------------- exporter


class Converter(Configurable):
    """What an exporter and the preprocessors know of `nbgrader autograde`."""

    _sanitizing = True  # the pass that reads what was handed in

    def __init__(self, course):
        super().__init__()
        self.coursedir = SimpleNamespace(root=str(course))


@pytest.fixture
def exporter(tmp_path):
    """The exporter as nbgrader makes it, without steps of its own."""
    config = Config({"Exporter": {"default_preprocessors": []}})
    made = plugin.SalvagingExporter(parent=Converter(tmp_path), config=config)
    made.log = logging.getLogger("test")
    yield made
    plugin._FIRST_PASS.clear()


def export(exporter, path, content, **changes):
    path.write_bytes(content)
    given = resources()
    given["nbgrader"].update(changes)
    text, _ = exporter.from_filename(str(path), resources=given)
    return nbformat.reads(text, as_version=4)


def test_what_was_handed_in_is_salvaged_and_the_repairs_are_shown_and_remembered(
    exporter, tmp_path
):
    mangled = strip_metadata(make_submission(LESSON, reference_answers(LESSON)))
    path = tmp_path / f"{LESSON.name}.ipynb"
    read = export(exporter, path, nbformat.writes(mangled).encode())
    assert set(graded_cells(read)) == {c.grade_id for c in LESSON.cells if c.grade_id}
    first = plugin._FIRST_PASS[LESSON.name, STUDENT]
    (repair,) = first.repairs
    assert first.unread == ""
    assert repair.startswith("Cells that had lost their mark were found by name")
    assert as_html(repair) in read.cells[0].source


@pytest.mark.parametrize("content", [b"", b'{"cells": [', b"[1, 2]", b"\x89PNG"])
def test_no_content_of_a_file_makes_it_fail(exporter, tmp_path, content):
    read = export(exporter, tmp_path / f"{LESSON.name}.ipynb", content)
    assert set(graded_cells(read)) == {c.grade_id for c in LESSON.cells if c.grade_id}
    first = plugin._FIRST_PASS[LESSON.name, STUDENT]
    (reason,) = first.repairs
    assert first.unread == reason
    assert as_html(reason) in read.cells[0].source


@pytest.mark.parametrize("case", ["another assignment", "the second pass"])
def test_what_is_not_ours_or_salvaged_already_is_read_as_usual(exporter, tmp_path, case):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")])
    exporter.parent._sanitizing = case == "another assignment"
    assignment = "homework" if case == "another assignment" else LESSON.name
    content = nbformat.writes(notebook).encode()
    read = export(exporter, tmp_path / "a.ipynb", content, assignment=assignment)
    assert [c.source for c in read.cells] == ["x = 1"]
    assert plugin._FIRST_PASS == {}


# ------------------------------------------------------------------------------------- pictures


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("figures/a%20b.png", True),
        ("data:image/png;base64,AAAA", True),
        ("//evil.example/x.png", False),
        ("/\t/evil.example/x.png", False),  # a browser drops the tab
        ("\\\\evil.example/x.png", False),
        ("http://evil.example/x.png", False),
        ("/logout", False),
        ("../other/x.png", False),
        ("%2e%2E/other/x.png", False),
    ],
)
def test_a_picture_is_kept_only_if_it_lies_in_the_page_or_beside_it(address, kept):
    tag = f'<img src="{address}">'
    shown = nh3.clean(tag, attribute_filter=safe._only_harmless, url_schemes={"data"})
    assert ("src=" in shown) is kept


# ----------------------------------------------------------------------------------- long texts


def page_of(cell, **settings):
    """The page of one cell, written with the exporter and the settings of `nbgrader generate_feedback`."""
    config = Config({"HTMLExporter": settings})
    plugin.configure(config)
    exporter = config.GenerateFeedback.exporter_class(config=config)
    page, _ = exporter.from_notebook_node(
        nbformat.v4.new_notebook(cells=[cell]), resources={"base_url": "", "index": 0, "total": 1}
    )
    return page


def page_with(text):
    """The page of a text."""
    return page_of(nbformat.v4.new_markdown_cell(text))


@pytest.mark.parametrize("part", ["\\begin{a}", "\\\\(", "[", "<b>*a*</b>&"])
def test_a_very_long_text_is_shown_as_it_was_typed(part):
    text = part * (40_000 // len(part))
    page = page_with(text)
    assert f"This text has {len(text):,} characters. One of more than 20,000 is shown" in page
    shown = page.partition("<pre>")[2].partition("</pre>")[0]
    assert html.unescape(shown).replace("\n", "") == text
    assert max(map(len, html.unescape(shown).splitlines())) == safe.WIDTH


@pytest.mark.parametrize("part", ["\\begin{a}", "$", "[", "$x$"])
def test_our_own_page_shows_a_very_long_text_as_it_was_typed(part):
    text = part * (40_000 // len(part))
    shown = safe.with_formulas(text, {}).partition("<pre>")[2].partition("</pre>")[0]
    assert html.unescape(shown).replace("\n", "") == text


def test_a_text_of_ordinary_length_is_markdown():
    page = page_with("*a* " * (safe.MAX_MARKDOWN // 4))
    assert "<em>a</em>" in page
    assert "as it was typed" not in page


# ------------------------------------------------------------------------------------ raw cells


@pytest.mark.parametrize("settings", [{}, FORMGRADER], ids=["feedback", "formgrader"])
@pytest.mark.parametrize("kind", [None, "text/html", "text/latex"])
def test_a_raw_cell_is_shown_as_text_and_covers_nothing(settings, kind):
    text = (
        '<div class="modal show" id="score"><a href="https://evil.example">34 of 34</a></div>'
        '</pre><a href="javascript:1">x</a>'
    )
    cell = nbformat.v4.new_raw_cell(text, metadata={"raw_mimetype": kind} if kind else {})
    page = page_of(cell, **settings)
    assert html.unescape(re.findall("<pre style=[^>]*>(.*?)</pre>", page, re.DOTALL)[-1]) == text
    assert "<a href=" not in page.partition("<body")[2].partition('id="notebook"')[2]
    assert "javascript:1" not in page.replace(html.escape(text, quote=False), "")


@pytest.mark.parametrize("tex", ["$x$", r"\(x\)", r"\[x\]", r"\begin{align}x\end{align}"])
def test_no_formula_begins_in_a_comment(tex):
    shown = as_html(f"a `{tex}` {tex}")
    assert tex not in shown
    assert re.search(r"\$|\\[(\[b]", shown.replace("<span>$</span>", "")) is None
    assert html.unescape(re.sub("<[^>]*>", "", shown)) == f"a {tex} {tex}"


# ---------------------------------------------------------------------------------------- judge


@pytest.fixture
def judge(tmp_path, monkeypatch):
    """The step that judges, with a verdict known beforehand; gives what it was asked as well."""
    asked = []

    def known(submission, worker, seed):
        asked.append((submission, worker, seed))
        return verdict()

    monkeypatch.setattr(plugin, "judge", known)
    monkeypatch.setattr(plugin, "_worker", lambda sandbox: f"worker, sandbox={sandbox}")
    exporter = plugin.SalvagingExporter(parent=Converter(tmp_path))
    return plugin.Judge(parent=exporter), asked


def test_the_judge_writes_each_outcome_below_its_check_and_its_points_where_nbgrader_looks(judge):
    step, asked = judge
    notebook = make_submission(LESSON, reference_answers(LESSON))
    shown, given = step.preprocess(notebook, resources())
    ((submission, worker, seed),) = asked
    assert submission.lesson.name == LESSON.name
    assert worker == "worker, sandbox=True"
    assert len(seed) == 64
    assert given["vae_course_verdict"] == verdict()
    cells = graded_cells(shown)
    for exercise in verdict().exercises:
        text, points = cells[f"test_{exercise.name}"].outputs
        assert text.text.startswith(f"{exercise.name}: {exercise.status}, ")
        assert float(points.data["text/plain"]) == exercise.score
    assert MESSAGE in cells[f"test_{NAME}"].outputs[0].text


def test_the_judge_hears_of_repairs_made_in_the_first_pass(judge, monkeypatch):
    step, asked = judge
    mended = SimpleNamespace(repairs=["The file was mended."], unread="", behind_the_end=set())
    monkeypatch.setitem(plugin._FIRST_PASS, (LESSON.name, STUDENT), mended)
    step.preprocess(make_submission(LESSON, {}), resources())
    assert asked[0][0].repairs == ["The file was mended."]


def test_an_assignment_of_others_is_executed_as_usual_where_that_is_allowed(judge, monkeypatch):
    step, asked = judge
    step.execute_others = True
    monkeypatch.setattr(Execute, "preprocess", lambda self, nb, given: (nb, "executed"))
    given = resources()
    given["nbgrader"]["assignment"] = "homework"
    assert step.preprocess(nbformat.v4.new_notebook(), given)[1] == "executed"
    assert asked == []


# ------------------------------------------------------------------------------------ diagnoses


@pytest.fixture
def db(tmp_path):
    """Address of a gradebook in which one student has handed in the lesson."""
    address = f"sqlite:///{tmp_path}/gradebook.db"
    plugin.ignore_autoflush_warnings()  # of nbgrader's own way to add a submission
    with Gradebook(address) as gradebook:
        gradebook.add_assignment(LESSON.name)
        gradebook.add_notebook(LESSON.name, LESSON.name)
        for exercise in LESSON.exercises:
            gradebook.add_solution_cell(exercise, LESSON.name, LESSON.name)
        gradebook.add_student(STUDENT)
        gradebook.add_submission(LESSON.name, STUDENT)
    return address


def comments(db):
    with Gradebook(db) as gradebook:
        notebook = gradebook.find_submission_notebook(LESSON.name, LESSON.name, STUDENT)
        return {c.name: c.auto_comment for c in notebook.comments if c.auto_comment}


def test_the_diagnosis_of_each_mistake_becomes_nbgrader_s_comment_on_its_cell(db):
    given = resources(db) | {"vae_course_verdict": verdict()}
    plugin.SaveDiagnoses().preprocess(nbformat.v4.new_notebook(), given)
    assert comments(db) == {NAME: MESSAGE}


def test_without_a_verdict_no_comment_is_written(db):
    plugin.SaveDiagnoses().preprocess(nbformat.v4.new_notebook(), resources(db))
    assert comments(db) == {}


# ------------------------------------------------------------------------------------------ log


def test_error_lines_of_nbgrader_are_collected_and_its_log_is_as_before():
    logger = logging.getLogger("nbgrader-of-a-test")
    seen = logging.Handler()
    logger.handlers, logger.level = [seen], logging.INFO
    seen.emit = lambda record: pytest.fail(record.getMessage())
    with plugin.collected_errors(logger) as errors:
        logger.warning("a warning")
        logger.error("lost: %s", "a file")
    assert errors == ["lost: a file"]
    assert (logger.handlers, logger.level, logger.propagate) == ([seen], logging.INFO, True)
