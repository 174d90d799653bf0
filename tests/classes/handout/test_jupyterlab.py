"""A learner's first minutes in JupyterLab: run, fail, read, mend, pass, slider, quiz, save, validate.

The lesson is the one of the handout. JupyterLab is started as a learner starts it, with settings of its own, and
Chromium reaches nothing but it.
"""

import json
import sys
import zipfile

import pytest

from autograder.classes.handout.bundle import COURSE
from autograder.source.lesson import Lesson
from tests.authoring.site.browser import chromium, watched
from tests.browser import needs_chromium
from tests.classes.jupyter import jupyter

LESSON = "01_elbo"
SCREEN = {"width": 1300, "height": 900}
SLIDER = """
import torch
from course_utils.widgets import slider
slider(lambda v: torch.full((1, 784), v), [0.0, 0.5, 1.0], "ink")
"""
NO_CONSTANT = """
def gaussian_log_prob(x, mu, log_var):
    return -0.5 * (log_var + (x - mu) ** 2 / log_var.exp()).sum(-1)
"""
KERNEL = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status"


@pytest.fixture
def lab(course, tmp_path):
    """A JupyterLab in the unpacked handout: its address, and the token that opens it."""
    (tmp_path / "course.zip").write_bytes(course)
    with zipfile.ZipFile(tmp_path / "course.zip") as opened:
        opened.extractall(tmp_path)
    command = [sys.executable, "-m", "jupyter", "lab", "--allow-root"]
    command += [f"--ServerApp.root_dir={tmp_path / COURSE}", "--LabApp.expose_app_in_browser=True"]
    with jupyter(command, tmp_path / "jupyter", VAE_COURSE_FAST="1") as place:
        yield place


class Notebook:
    """The notebook that is open in a page of JupyterLab."""

    def __init__(self, page):
        self.page = page
        self.page.wait_for_function(f"() => ({KERNEL})() === 'idle'")

    def ask(self, expression):
        """Return the value of an expression about `notebook`, the list of cells."""
        return self.page.evaluate(
            f"() => {{ const notebook = window.jupyterapp.shell.currentWidget.content; return {expression} }}"
        )

    def cell(self, text):
        """Return the index of the only cell whose code or prose holds a text."""
        sources = self.ask("notebook.widgets.map(cell => cell.model.sharedModel.source)")
        (index,) = (i for i, source in enumerate(sources) if text in source)
        return index

    def select(self, index):
        """Bring a cell into view, and make it the active one."""
        self.ask(f"(notebook.activeCellIndex = {index}, notebook.scrollToItem({index}, 'center'))")

    def run(self, index):
        """Run a cell by keyboard, and return its outputs."""
        self.select(index)
        self.page.evaluate(
            "() => window.jupyterapp.commands.execute('notebook:enter-command-mode')"
        )
        count = self.ask(f"notebook.widgets[{index}].model.executionCount")
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_function(
            f"""() => {{
                const cell = window.jupyterapp.shell.currentWidget.content.widgets[{index}];
                const count = cell.model.executionCount;
                return ({KERNEL})() === 'idle' && count !== null && count !== {json.dumps(count)};
            }}"""
        )
        return self.ask(f"notebook.widgets[{index}].model.outputs.toJSON()")

    def write(self, index, text):
        """Replace a cell's text, as by keyboard."""
        self.select(index)
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:enter-edit-mode')")
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text.strip("\n"))
        assert self.ask(f"notebook.widgets[{index}].model.sharedModel.source") == text.strip("\n")

    def shown(self, index):
        """Return the place where a cell stands in the page."""
        self.select(index)
        return self.page.locator(f'.jp-Notebook .jp-Cell[data-windowed-list-index="{index}"]')

    def card(self, index):
        """Return the words on the card of a check."""
        card = self.shown(index).locator(".jp-RenderedHTML > div")
        card.wait_for()  # cells outside of the view are drawn when they come into it
        return card.inner_text()


@needs_chromium
@pytest.mark.slow
def test_a_learner_fails_reads_mends_and_passes(lab, tmp_path):
    address, token = lab
    solution = Lesson.load(LESSON).exercise_cell("gaussian_log_prob").solution
    with chromium() as browser, watched(browser, address, viewport=SCREEN) as page:
        page.goto(f"/lab/tree/{LESSON}/{LESSON}.ipynb?token={token}")
        notebook = Notebook(page)
        # Run All on an untouched notebook stops at the first check and leads back to it.
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        check, answer = (
            notebook.cell("checks.gaussian_log_prob("),
            notebook.cell("def gaussian_log_prob("),
        )
        page.wait_for_function(
            f"() => window.jupyterapp.shell.currentWidget.content.widgets[{check}].model.executionCount"
        )
        page.wait_for_function(f"() => ({KERNEL})() === 'idle'")
        page.get_by_text("Did Run All Cells bring you here?").wait_for()
        page.screenshot(path=tmp_path / "stopped.png")
        assert "gaussian_log_prob: not attempted yet" in notebook.card(check)
        page.screenshot(path=tmp_path / "not_attempted.png")

        notebook.write(answer, NO_CONSTANT)
        notebook.run(answer)
        outputs = notebook.run(check)
        said = notebook.card(check)
        assert "not right yet" in said
        assert "Hint 1: one dimension first" in said
        assert outputs[-1]["ename"] == "Incorrect"
        assert outputs[-1]["traceback"] == ["gaussian_log_prob: not right yet, see above."]
        page.screenshot(path=tmp_path / "wrong.png")

        notebook.write(answer, solution)
        notebook.run(answer)
        assert len(notebook.run(check)) == 1
        assert notebook.card(check) == "gaussian_log_prob: correct"
        (line,) = notebook.run(notebook.cell("checks.progress()"))
        assert "1 of 8 exercises right, 4 of 34 points" in "".join(line["text"])

        # A slider changes its picture.
        setup = notebook.cell("runtime.seed_everything()\ntorch.set_num_threads")
        notebook.write(setup, SLIDER)
        notebook.run(setup)
        place = notebook.shown(setup)
        picture, control = place.locator("img"), place.get_by_role("slider")
        picture.wait_for()
        width, natural = picture.evaluate("image => [image.width, image.naturalWidth]")
        assert width == natural == 3 * 28
        before = picture.get_attribute("src")
        control.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            "([index, before]) => document.querySelector("
            '`.jp-Cell[data-windowed-list-index="${index}"] img`).src !== before',
            arg=[setup, before],
        )
        page.screenshot(path=tmp_path / "slider.png")

        # An option of the quiz says why it is wrong, and no cell is run for it.
        option = notebook.shown(notebook.cell("## Quiz")).locator("details").first
        before = option.inner_text()
        option.locator("summary").click()
        assert "Not quite:" not in before
        assert "Not quite:" in option.inner_text()
        page.screenshot(path=tmp_path / "quiz.png")

        # What is saved is what is on the page.
        page.keyboard.press("Control+s")
        page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
        page.get_by_role("button", name="Validate").click()
        page.locator(".jp-Dialog").wait_for()
        page.screenshot(path=tmp_path / "validated.png")
        said = page.locator(".jp-Dialog").inner_text()
        assert "log_evidence: not attempted yet. Replace" in said
        assert "gaussian_log_prob: " not in said
    saved = json.loads((tmp_path / COURSE / LESSON / f"{LESSON}.ipynb").read_text(encoding="utf-8"))
    assert "".join(saved["cells"][answer]["source"]) == solution.strip("\n")
    assert "correct" in "".join(saved["cells"][check]["outputs"][0]["data"]["text/html"])
