"""Plots draw on the axes they are given, name their units, and never open a window."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from course_utils import plotting

IMAGES = torch.rand(10, 784, generator=torch.Generator().manual_seed(0))
CODES = torch.randn(200, 2, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(200) % 10

CALLS = {
    "image_grid": lambda ax=None: plotting.image_grid(IMAGES, 5, ax, titles=list("01234")),
    "image_grid with row titles": lambda ax=None: plotting.image_grid(
        IMAGES, 5, ax, row_titles=["a", "b"], size=0.3
    ),
    "bars": lambda ax=None: plotting.bars(torch.tensor([3.0, 0.1, 2.0]), ax),
    "reconstruction_pairs": lambda ax=None: plotting.reconstruction_pairs(
        IMAGES[:4], IMAGES[4:8].requires_grad_(), ax
    ),
    "training_curves": lambda ax=None: plotting.training_curves(
        {"loss": [200.0, 120.0], "test": [210.0, 130.0]}, ax
    ),
    "ladder": lambda ax=None: plotting.ladder({"p = 1/2": 543.4, "mean image": 206.0}, ax),
    "latent_scatter": lambda ax=None: plotting.latent_scatter(CODES, LABELS, ax),
    "plot_against_theory": lambda ax=None: plotting.plot_against_theory(
        [3, 1, 2], [3.1, 0.9, 2.0], [3, 1, 2], ax, xlabel="samples"
    ),
}
WITH_UNITS = ["training_curves", "bars", "ladder", "latent_scatter", "plot_against_theory"]


@pytest.fixture(autouse=True)
def no_window(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda *_, **__: pytest.fail("plt.show() was called"))
    yield
    plt.close("all")


@pytest.mark.parametrize("name", CALLS)
def test_it_draws_on_the_given_axes_and_returns_them(name):
    figure, ax = plt.subplots()
    assert CALLS[name](ax) is ax
    figure.canvas.draw()
    assert len(plt.get_fignums()) == 1


@pytest.mark.parametrize("name", CALLS)
def test_it_makes_one_figure_when_no_axes_are_given(name, tmp_path):
    ax = CALLS[name]()
    assert len(plt.get_fignums()) == 1
    ax.figure.savefig(tmp_path / "figure.png", dpi=50)


@pytest.mark.parametrize("name", WITH_UNITS)
def test_both_axes_that_carry_numbers_are_labelled(name):
    ax = CALLS[name]()
    assert ax.get_xlabel()
    if name != "ladder":
        assert ax.get_ylabel()
    assert "nats" in ax.get_xlabel() + ax.get_ylabel() or name == "latent_scatter"


def test_images_stand_in_reading_order_with_a_white_line_between():
    images = np.zeros((3, 4, 4))
    images[1], images[2] = 0.5, 1.0
    canvas = plotting.image_grid(images, 2).get_images()[0].get_array()
    assert canvas.shape == (9, 9)
    assert (canvas[:4, 5:] == 0.5).all()
    assert (canvas[5:, :4] == 1.0).all()
    assert (canvas[4] == 0).all()


def test_images_that_are_not_square_rows_are_an_error_that_gives_the_shape():
    with pytest.raises(ValueError, match=r"\(3, 10\)"):
        plotting.image_grid(np.zeros((3, 10)), 2)


def test_an_empty_history_still_gives_labelled_axes():
    ax = plotting.training_curves({"loss": []})
    assert ax.get_ylabel() == "nats per image"


def test_colours_differ_from_one_another():
    assert len(set(plotting.CLASS_COLOURS)) == 10


def test_plotting_leaves_tensors_and_random_state_alone():
    before, state = CODES.clone(), torch.random.get_rng_state()
    plotting.latent_scatter(CODES, LABELS)
    assert torch.equal(before, CODES)
    assert torch.equal(state, torch.random.get_rng_state())


def test_row_titles_stand_at_the_middle_of_their_rows():
    ax = plotting.image_grid(IMAGES, 5, row_titles=["seven", "nine"])
    assert [t.get_text() for t in ax.get_yticklabels()] == ["seven", "nine"]
    assert ax.get_yticks().tolist() == [13.5, 42.5]


def test_tiles_keep_their_order_and_leave_a_gap():
    canvas = plotting.tile(torch.arange(1.0, 4.0)[:, None].expand(3, 4), num_columns=2, gap=1)
    assert canvas.tolist() == [
        [1, 1, 0, 2, 2],
        [1, 1, 0, 2, 2],
        [0, 0, 0, 0, 0],
        [3, 3, 0, 0, 0],
        [3, 3, 0, 0, 0],
    ]


def test_names_of_classes_stand_beside_the_scatter_unless_they_are_the_numbers():
    words = plotting.latent_scatter(CODES, LABELS, names=("shirt", "1", "shoe"))
    assert "0 shirt\n2 shoe" in [t.get_text() for t in words.texts]
