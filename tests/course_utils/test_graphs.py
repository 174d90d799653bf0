"""Updates in chunks are those of the plain loop. The graph itself needs a GPU: `python -m benchmarks.gpu`."""

import pytest
import torch

from course_utils import data, graphs, training
from course_utils.models import MLPVAE

pytestmark = pytest.mark.usefixtures("seeded")


@pytest.fixture(params=[23, 24], ids=["a rest", "no rest"])
def images(request):
    return torch.rand(request.param, 6)


def in_chunks(monkeypatch, num_steps, kind=graphs.Chunk):
    """Let `fit` make updates in chunks here, where there is no graph; return the chunks that it made."""
    made = []

    def chunk_of(loss, model, tensors, optimizer, batch_size, transform, seed):
        generator = torch.Generator().manual_seed(seed)
        common = loss, model, tensors, optimizer, num_steps, batch_size, transform, generator
        made.append(kind(*common, captures=False))
        return made[-1]

    monkeypatch.setattr(graphs, "chunk_of", chunk_of)
    return made


def trained(images, **options):
    model = MLPVAE(6, (5,), 2)
    options = {
        "epochs": 3,
        "batch_size": 4,
        "anneal": True,
        "lr": 0.01,
        "progress": False,
    } | options
    history = training.fit(model, images, training.negative_elbo_step, **options)
    return history, model.state_dict()


@pytest.mark.parametrize("options", [{}, {"epochs": None, "num_steps": 13}, {"anneal": False}])
def test_chunks_and_what_is_left_over_are_the_updates_of_the_plain_loop(
    images, monkeypatch, options
):
    torch.manual_seed(1)
    expected, weights = trained(images, **options)
    made = in_chunks(monkeypatch, num_steps=2)
    torch.manual_seed(1)
    history, ours = trained(images, **options)
    assert len(made) == 1
    assert history.steps == expected.steps
    assert history["loss"] == pytest.approx(expected["loss"], rel=1e-6)
    for name, value in weights.items():
        assert torch.allclose(ours[name], value, rtol=1e-5, atol=1e-6), name


def test_a_chunk_transforms_images_and_keeps_the_rate_of_the_optimizer(images, monkeypatch):
    seen = []

    def loss(model, x, labels):
        seen.append((x, labels))
        return model(x)[0].square().mean()

    in_chunks(monkeypatch, num_steps=5)
    model, labels = MLPVAE(6, (5,), 2), torch.arange(len(images))
    optimizer = training.adam(model, 0.02)
    options = {"epochs": 1, "batch_size": 4, "transform": data.binarize, "anneal": True}
    step = training.step_on(loss)
    training.fit(model, (images, labels), step, optimizer=optimizer, progress=False, **options)
    assert sorted(torch.cat([labels for _, labels in seen]).tolist()) == labels.tolist()
    assert all(bool(((x == 0) | (x == 1)).all()) for x, _ in seen)
    assert optimizer.param_groups[0]["lr"] == 0.02


def test_where_no_graph_can_be_made_one_line_says_so_and_no_update_is_lost(
    images, monkeypatch, capsys
):
    class Refused(graphs.Chunk):
        def __init__(self, *args, captures):
            super().__init__(*args, captures=True)

        def _first(self):
            self._steps()

        def _recorded(self):
            raise RuntimeError("no capture of this\nSearch the manual for it.")

    torch.manual_seed(1)
    expected, weights = trained(images)
    in_chunks(monkeypatch, num_steps=2, kind=Refused)
    torch.manual_seed(1)
    history, ours = trained(images)
    said = "Training goes on step by step: no CUDA graph can be made (no capture of this).\n"
    assert capsys.readouterr().out == said
    assert history["loss"] == pytest.approx(expected["loss"], rel=1e-6)
    assert torch.allclose(ours["encoder.0.weight"], weights["encoder.0.weight"], atol=1e-6)


def test_only_steps_with_a_known_loss_are_made_in_chunks(images, monkeypatch):
    made = in_chunks(monkeypatch, num_steps=2)
    step = training.negative_elbo_step
    training.fit(MLPVAE(6, (5,), 2), images, lambda *args: step(*args), epochs=1, progress=False)
    assert made == []


def test_there_is_no_chunk_without_cuda(images):
    model = MLPVAE(6, (5,), 2)
    common = training.negative_elbo_loss, model, (images,), training.adam(model)
    assert graphs.chunk_of(*common, batch_size=4, transform=None, seed=0) is None


@pytest.mark.parametrize(
    ("per_epoch", "expected"), [(468, 78), (600, 100), (3000, 100), (7, 7), (101, 100), (0, 0)]
)
def test_an_epoch_needs_few_launches(per_epoch, expected):
    assert graphs.steps_at_once(per_epoch) == expected
