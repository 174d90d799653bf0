"""Chromium clicks through formgrader: autograde, points, comment, feedback; then `vae-course grade` keeps them."""

import re
import sys

import pytest
from nbgrader.api import Gradebook

from autograder.authoring.submissions import hand_in, make_submission, reference_answers
from autograder.cli import main
from autograder.exercises.lookup import wrong_solutions
from autograder.sandbox.isolation import isolation, refusal
from autograder.source.lesson import Lesson
from tests.authoring.site.browser import chromium, watched
from tests.browser import needs_chromium
from tests.classes.jupyter import jupyter

pytestmark = [
    pytest.mark.notebooks,
    needs_chromium,
    pytest.mark.skipif(not isolation().enough, reason=f"LOUD: {refusal()}"),
]
LESSON = Lesson.load("05_latent_space")
FIRST, SECOND, *_ = LESSON.exercises
ANSWERED, _ = (f"written_{name}" for name in LESSON.written)
MISTAKE = next(v for v in wrong_solutions(LESSON.name).variants if v.exercise == SECOND)
COMMENT = "A <b>baseline</b> is missing."
POINTS = 1.5
# nbgrader shows formgrader in a frame of the same origin, and Chromium remarks on it.
JUPYTER_S_OWN = ("An iframe which has both allow-scripts and allow-same-origin",)


@pytest.fixture(params=["new", "demo"])
def course(request, tmp_path):
    """A class's folder in which ada has handed in: right answers but one, and one question answered."""
    folder = tmp_path / "Kurs für VAE"
    if request.param == "new":
        assert main(["new", str(folder), LESSON.name]) == 0
    else:
        assert main(["demo", LESSON.name, "--folder", str(folder)]) == 0
    answers = reference_answers(LESSON)
    answers[SECOND] = MISTAKE.source
    leave_a_trace = f"""
try:
    open({str(tmp_path / "trace")!r}, "w").close()
except OSError:
    pass
"""
    answers[FIRST] += leave_a_trace
    notebook = make_submission(LESSON, answers)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == ANSWERED:
            cell.source = r"Distances mean nothing, $\sqrt{d}$ does."
    hand_in(notebook, folder, "ada", LESSON)
    return folder


def recorded(folder):
    """Ada's points by tests and by hand, comments, and what still waits."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        notebook = book.find_submission_notebook(LESSON.name, LESSON.name, "ada")
        grades = {
            g.name: (g.auto_score, g.manual_score, g.needs_manual_grade) for g in notebook.grades
        }
        return grades, {c.name: c.comment for c in notebook.comments}


def press(frame, column):
    """Press a button in ada's line of the submissions, and close what formgrader says of it."""
    frame.locator("#main-table tr", has_text="ada").locator(f"td.{column} a").click()
    said = frame.locator(".modal-dialog")
    said.get_by_text("Success", exact=True).wait_for()
    said.get_by_role("button", name="OK").click()
    said.wait_for(state="detached")


def mark_by_hand(page, frame):
    """Find ada among those whose names are hidden; give points and a comment to the written answer."""
    frame.get_by_role("link", name="Manual Grading").click()
    for _ in ("assignments", "notebooks"):
        frame.locator("#main-table").get_by_role("link", name=LESSON.name).click()
    frame.get_by_text("Show All Names").click()
    line = frame.locator("#main-table tr", has=frame.get_by_text(re.compile(r"\bada\b")))
    line.get_by_role("link").locator("visible=true").first.click()
    frame.locator("math:visible").first.wait_for()  # others are in folds
    for field in (f"{ANSWERED}_extra_credit", f"{ANSWERED}-comment"):  # its script has them
        frame.locator(f"[id={field}][placeholder]").wait_for()
    for field, text, kind in (
        (ANSWERED, str(POINTS), "grade"),
        (f"{ANSWERED}-comment", COMMENT, "comment"),
    ):
        with page.expect_response(lambda r, kind=kind: f"/api/{kind}/" in r.url):
            frame.locator(f"[id={field}]").fill(text)
            frame.locator(f"[id={field}]").press("Tab")
    frame.get_by_role("link", name="Manual Grading").click()


def test_formgrader_s_buttons_do_what_our_commands_do(course, tmp_path):
    lab = [sys.executable, "-m", "autograder.cli", "lab", str(course), "--"]
    with (
        jupyter(lab, tmp_path / "jupyter") as (address, token),
        chromium() as browser,
        watched(browser, address, JUPYTER_S_OWN) as page,
    ):
        page.goto(f"/lab?token={token}")
        page.get_by_role("button", name="No", exact=True).click()  # to news of Jupyter
        page.get_by_role("menuitem", name="Nbgrader").click()
        page.get_by_role("menuitem", name="Formgrader").click()
        frame = page.frame_locator("iframe")
        line = frame.locator("#main-table tr", has_text=LESSON.name)
        line.locator("td.num-submissions a").click()
        press(frame, "autograde")
        tested, _ = recorded(course)
        assert {g for g, (auto, _, _) in tested.items() if auto is None} == {ANSWERED}
        mark_by_hand(page, frame)
        frame.get_by_role("link", name="Manage Assignments").click()
        line.locator("td.num-submissions a").click()
        press(frame, "generate-feedback")
    marked = recorded(course)
    assert marked[0] == tested | {ANSWERED: (None, POINTS, False)}
    assert marked[1][ANSWERED] == COMMENT
    page = course / "feedback" / "ada" / LESSON.name / f"{LESSON.name}.html"
    assert "A &lt;b&gt;baseline&lt;/b&gt; is missing." in page.read_text()

    assert main(["grade", LESSON.name, "--course", str(course), "--jobs", "1"]) == 0
    assert recorded(course) == marked
    assert not (tmp_path / "trace").exists()
