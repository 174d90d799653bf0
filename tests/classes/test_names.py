"""A class with names of its own: own answers count, copied ones do not, and all that is said uses these names."""

import json
import re

import nbformat
import pytest

from autograder.authoring.submissions import hand_in, make_submission, reference_answers
from autograder.classes.course_folder.new import new_course
from autograder.classes.course_folder.settings import lesson_of
from autograder.classes.grade_class import grade_class
from autograder.cli import main
from autograder.exercises.lookup import wrong_solutions
from autograder.grading.judge import judge
from autograder.grading.salvage import salvage
from autograder.source.lesson import Lesson
from autograder.source.names import in_code
from autograder.source.release import notebook_text

NAME = "01_elbo"
PUBLIC = Lesson.load(NAME)
NAMES = {"elbo": "lower_bound", "kl_divergence": "gaussian_kl", "reparameterize": "draw_latents"}
TABLE = "[names]\n" + "".join(f'{exercise} = "{name}"\n' for exercise, name in NAMES.items())
WRONG = [wrong_solutions(NAME).of(e)[n] for e in ("kl_divergence", "elbo") for n in (0, 5)]


def write_settings(folder, table):
    text = (folder / "settings.toml").read_text().split("[names]")[0]
    (folder / "settings.toml").write_text(text + table)


def only_names(notebook, column="source"):
    return "\n".join(cell[column] for cell in notebook.cells if cell.cell_type == "code")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A graded class: own answers, copied ones, and a known mistake each under the names of the class."""
    folder = tmp_path_factory.mktemp("class")
    new_course(folder, [PUBLIC])
    write_settings(folder, TABLE)
    assert main(["handout", NAME, "--course", str(folder), "--output", str(folder / "zip")]) == 0
    own = lesson_of(NAME, folder)
    right = reference_answers(own)
    hand_in(make_submission(own, right), folder, "own", own)
    hand_in(make_submission(own, reference_answers(PUBLIC)), folder, "copied", own)
    for number, wrong in enumerate(WRONG):
        answers = {**right, wrong.exercise: in_code(wrong.source, NAMES)}
        hand_in(make_submission(own, answers), folder, f"wrong-{number}", own)
    grade_class(NAME, folder)
    return folder


@pytest.fixture(scope="module")
def verdicts(course):
    """Verdicts by student, graded anew from the journal."""
    return {g.student: g.verdict for g in grade_class(NAME, course, feedback=False)}


def test_source_release_and_handout_show_the_names_of_the_class(course):
    for place in ("source", "release"):
        notebook = nbformat.read(course / place / NAME / f"{NAME}.ipynb", as_version=4)
        code = only_names(notebook)
        for exercise, name in NAMES.items():
            assert f"checks.{name}({name})" in code
            assert f"def {exercise}(" not in code
        ids = {c.metadata.nbgrader.grade_id for c in notebook.cells if "nbgrader" in c.metadata}
        assert {"kl_divergence", "test_kl_divergence"} <= ids
    assert (course / "zip" / f"{NAME}.zip").is_file()


def test_own_answers_count_and_copied_ones_do_not(verdicts):
    assert verdicts["own"].score == verdicts["own"].max_score
    assert verdicts["copied"].of("gaussian_log_prob").score == 4
    for exercise, name in NAMES.items():
        found = verdicts["copied"].of(exercise)
        assert (found.status, found.score) == ("missing", 0)
        assert found.diagnosis["message"].startswith(f"No cell defines `{name}`, as your class")


def test_a_known_mistake_has_the_points_and_the_name_that_it_has_without_names(
    verdicts, worker, tmp_path
):
    for number, wrong in enumerate(WRONG):
        path = tmp_path / f"{NAME}.ipynb"
        answers = {**reference_answers(PUBLIC), wrong.exercise: wrong.source}
        path.write_text(notebook_text(make_submission(PUBLIC, answers)))
        public, own = judge(salvage(path, PUBLIC), worker), verdicts[f"wrong-{number}"]
        assert [e.score for e in own.exercises] == [e.score for e in public.exercises]
        assert own.of(wrong.exercise).diagnosis["id"] == wrong.id
        assert public.of(wrong.exercise).diagnosis["id"] == wrong.id


def test_marked_notebook_and_page_use_the_names_of_the_class(course):
    text = (course / "autograded" / "wrong-0" / NAME / f"{NAME}.ipynb").read_text()
    notebook = nbformat.reads(text, as_version=4)
    shown = "".join(
        o.text for c in notebook.cells for o in c.get("outputs", []) if o.output_type == "stream"
    )
    page = (course / "feedback" / "wrong-0" / NAME / f"{NAME}.html").read_text()
    assert "gaussian_kl: " in shown
    assert "def gaussian_kl" in page
    for said in (shown, re.sub(r"<[^>]*>", "", page)):  # an anchor is nbgrader's id, which stays
        assert "kl_divergence" not in said


def test_check_says_the_same(course, capsys):
    file = course / "submitted" / "copied" / NAME / f"{NAME}.ipynb"
    assert main(["check", str(file), "--json", "--course", str(course)]) == 0
    found = {e["name"]: e for e in json.loads(capsys.readouterr().out)["exercises"]}
    assert found["kl_divergence"]["status"] == "missing"
    assert "`gaussian_kl`" in found["kl_divergence"]["diagnosis"]["message"]


def test_a_cell_without_its_mark_is_found_by_the_name_of_the_class(course, tmp_path, worker):
    own = lesson_of(NAME, course)
    notebook = make_submission(own, reference_answers(own))
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)
        cell.id = f"x{cell.id}"
    path = tmp_path / f"{NAME}.ipynb"
    path.write_text(notebook_text(notebook))
    submission = salvage(path, own)
    assert "`gaussian_kl`" in " ".join(submission.repairs)
    verdict = judge(submission, worker)
    assert verdict.score == verdict.max_score


def test_pytorch_s_function_of_the_course_s_name_may_be_used(course, tmp_path, worker):
    answer = (
        "from torch.distributions import Normal, kl_divergence\n\n\n"
        "def gaussian_kl(mu, log_var):\n"
        "    q = Normal(mu, (0.5 * log_var).exp())\n"
        "    return kl_divergence(q, Normal(torch.zeros_like(mu), 1.0)).sum(dim=-1)\n"
    )
    own = lesson_of(NAME, course)
    path = tmp_path / f"{NAME}.ipynb"
    path.write_text(notebook_text(make_submission(own, {"kl_divergence": answer})))
    assert judge(salvage(path, own), worker).of("kl_divergence").status == "correct"


@pytest.mark.notebooks
def test_nbgrader_autograde_agrees(course, verdicts):
    from tests.classes.test_nbgrader_plugin import automatic_scores, nbgrader

    for student in ("copied", "wrong-0"):
        status, said = nbgrader("autograde", NAME, "--student", student, "--force", cwd=course)
        assert status == 0, said
        assert automatic_scores(course, NAME)[student] == verdicts[student].score


def test_other_names_make_the_results_stale(course, capsys):
    write_settings(course, "")
    grades = {g.student: g.verdict for g in grade_class(NAME, course, feedback=False)}
    said = capsys.readouterr().out
    assert "[names] of settings.toml changed" in said
    assert grades["copied"].score == grades["copied"].max_score
    assert grades["own"].of("kl_divergence").status == "missing"
    write_settings(course, TABLE)
    assert main(["handout", NAME, "--course", str(course), "--output", str(course / "zip")]) == 0
    assert "into source/ and release/" not in capsys.readouterr().out
