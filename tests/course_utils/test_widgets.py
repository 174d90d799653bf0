"""A slider works where a notebook is live, and is silent everywhere else."""

import builtins
import io

import matplotlib.image
import nbformat
import numpy as np
import pytest
import torch

from autograder.authoring.execute import execute
from course_utils import widgets

VALUES = [-1.0, 0.0, 1.0]


def draw(value):
    """Two images: one as dark as the value asks, one black."""
    return torch.stack([torch.full((784,), (value + 1) / 2), torch.ones(784)])


@pytest.fixture
def live(monkeypatch):
    """A kernel, and everything that the slider displays in it."""
    import IPython.display

    shown = []
    monkeypatch.setattr(widgets, "in_notebook", lambda: True)
    monkeypatch.setattr(IPython.display, "display", lambda data, raw: shown.append(data))
    return shown


def test_in_a_plain_program_nothing_is_drawn(capsys):
    widgets.slider(lambda value: pytest.fail("nobody looks"), VALUES, "darkness")
    assert capsys.readouterr() == ("", "")


def test_the_slider_starts_in_the_middle_and_changes_the_picture(live, monkeypatch):
    import ipywidgets

    calls, boxes, real = [], [], ipywidgets.VBox
    monkeypatch.setattr(ipywidgets, "VBox", lambda parts: boxes.append(real(parts)) or boxes[-1])
    widgets.slider(lambda value: calls.append(value) or draw(value), VALUES, "darkness")
    (bundle,) = live
    view = bundle["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] == boxes[0].model_id
    control, image = boxes[0].children
    seen = {}
    for index in (1, 0, 2):
        control.value = index
        seen[index] = matplotlib.image.imread(io.BytesIO(image.value))[10, 10, 0]
    assert seen[0] > seen[1] > seen[2]  # dark ink on white
    assert calls == VALUES  # every picture once, beforehand
    assert control.description == "darkness"


def test_a_play_button_runs_through_figures_from_the_first_and_closes_them(live, monkeypatch):
    import ipywidgets
    import matplotlib.pyplot as plt

    boxes, real = [], ipywidgets.VBox
    monkeypatch.setattr(ipywidgets, "VBox", lambda parts: boxes.append(real(parts)) or boxes[-1])
    plt.close("all")

    def figure(value):
        ax = plt.subplots(figsize=(2, 1))[1]
        ax.plot([0, value])
        return ax

    widgets.slider(figure, [1, 20, 300], "step", form=".0f", play=True)
    assert plt.get_fignums() == [], "the notebook would show them a second time"
    button, control, image = boxes[0].children
    assert (button.min, button.max, control.index) == (0, 2, 0)
    assert [text for text, _ in control.options] == ["1", "20", "300"]
    first = image.value
    control.index = 2
    assert image.value != first
    assert matplotlib.image.imread(io.BytesIO(first)).shape[:2] == (80, 160)


def test_pictures_stand_side_by_side_or_in_rows():
    wide, square = (
        matplotlib.image.imread(io.BytesIO(widgets._png(draw(0.0).repeat(2, 1), columns, 2)))
        for columns in (None, 2)
    )
    assert wide.shape[:2] == (2 * 28, 2 * (4 * 29 - 1))
    assert square.shape[:2] == (2 * 57, 2 * 57)
    assert np.all(wide[:, :10, 0] == wide[0, 0, 0])


def test_without_ipywidgets_one_line_says_what_to_install(live, monkeypatch, capsys):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.split(".")[0] == "ipywidgets":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    widgets.slider(draw, VALUES, "darkness")
    assert capsys.readouterr().out == "The slider needs ipywidgets: pip install ipywidgets\n"
    assert live == []


@pytest.mark.notebooks
def test_a_saved_notebook_keeps_one_sentence_where_no_front_end_runs(tmp_path):
    cell = nbformat.v4.new_code_cell(
        "import torch\nfrom course_utils import widgets\n"
        "widgets.slider(lambda value: torch.full((2, 784), value), [0.0, 0.5, 1.0], 'darkness')"
    )
    notebook = nbformat.v4.new_notebook(cells=[cell])
    (output,) = execute(notebook, tmp_path, {"VAE_COURSE_FAST": "1"}).cells[0].outputs
    assert output.data["text/plain"] == widgets.NO_FRONT_END
    assert set(output.data) == {"application/vnd.jupyter.widget-view+json", "text/plain"}
