"""Models trained side by side are those trained one by one. The speed needs a GPU: `python -m benchmarks.gpu`."""

from types import SimpleNamespace

import pytest
import torch

from benchmarks.reproduce import burda, rows, together
from benchmarks.reproduce.rows import FULL, Row, Schedule
from course_utils import runtime
from course_utils.published import CS236

pytestmark = pytest.mark.usefixtures("seeded")


@pytest.fixture
def noise(monkeypatch):
    """All noise of z is the same number: what is left is exact."""
    monkeypatch.setattr(torch, "randn", lambda *size, **options: torch.full(size, 0.3))
    monkeypatch.setattr(torch, "randn_like", lambda tensor: torch.full_like(tensor, 0.3))


def black_and_white(count):
    return (torch.rand(count, 12) < 0.4).float()


@pytest.mark.parametrize("k", [1, 4])
def test_each_loss_is_that_of_the_model_by_itself(noise, k):
    models = [burda.initial_model(torch.rand(5, 12)) for _ in range(3)]
    x = black_and_white(6)
    losses = together.Together(models, k).losses(x)
    alone = [burda.iwae_loss(m, part, k) for m, part in zip(models, x.split(2), strict=True)]
    assert losses.tolist() == pytest.approx([loss.item() for loss in alone], rel=1e-5)


@pytest.mark.parametrize("k", [1, 4])
def test_a_training_side_by_side_ends_where_each_by_itself_ends(noise, k):
    train, test = black_and_white(10), black_and_white(4)
    options = {"k": k, "num_stages": 2, "batch_size": 10, "num_samples": 3, "progress": False}
    found = together.burda_together(train, test, seeds=[5, 7], **options)
    for seed, values in zip([5, 7], found, strict=True):
        assert values == pytest.approx(burda.burda(train, test, seed=seed, **options), rel=1e-4)
    assert found[0]["nll"] != pytest.approx(found[1]["nll"], rel=1e-4)


@pytest.mark.parametrize("stop_before", [1, 3])
def test_a_stopped_training_goes_on_with_the_same_numbers(tmp_path, monkeypatch, stop_before):
    train, test = torch.rand(23, 12), torch.rand(4, 12)
    options = {"k": 2, "num_stages": 2, "batch_size": 4, "num_samples": 3, "progress": False}
    options |= {"seeds": [0, 3], "seconds_between_checkpoints": 0}
    whole = together.burda_together(train, test, **options)
    train_epoch, state = together._train_epoch, tmp_path / "state.safetensors"

    def stop(*args):
        if args[-1] == stop_before:
            raise KeyboardInterrupt
        return train_epoch(*args)

    with monkeypatch.context() as patched:
        patched.setattr(together, "_train_epoch", stop)
        with pytest.raises(KeyboardInterrupt):
            together.burda_together(train, test, state=state, **options)
    assert together.burda_together(train, test, state=state, **options) == whole


def test_each_model_sees_every_image_once_in_its_own_order(monkeypatch):
    images = torch.eye(11)
    seen = []
    both = together.Together([burda.initial_model(images) for _ in range(2)], k=1)
    forward = both.forward
    monkeypatch.setattr(both, "forward", lambda x: seen.append(x) or forward(x))
    optimizer = together.adam(both, together.FIRST_RATE)
    chunk = together._chunk(both, images, optimizer, batch_size=3, num_models=2)
    together._train_epoch(chunk, 1e-3, [0, 1], epoch=4)
    one, other = (torch.cat([x.chunk(2)[i] for x in seen]).argmax(1).tolist() for i in range(2))
    assert sorted(one) == sorted(other) == list(range(11))
    assert one != other
    assert optimizer.param_groups[0]["lr"] == together.FIRST_RATE


def test_where_no_graph_can_be_made_training_goes_on_step_by_step(monkeypatch, capsys):
    images = torch.rand(8, 12)
    both = together.Together([burda.initial_model(images) for _ in range(2)], k=1)
    chunk = together._chunk(both, images, together.adam(both), batch_size=2, num_models=2)
    chunk.captures = True

    def refused():
        raise RuntimeError("no capture of this")

    monkeypatch.setattr(chunk, "_first", chunk._steps)
    monkeypatch.setattr(chunk, "_recorded", refused)
    for epoch in range(3):
        together._train_epoch(chunk, 1e-3, [0, 1], epoch)
    assert capsys.readouterr().out.count("step by step") == 1


def test_a_gpu_runs_all_missing_seeds_at_once_and_stores_each(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(runtime, "machine", lambda device: "a GPU")
    asked = []

    def at_once(job, seeds):
        asked.append((seeds, job.state.name))
        return [{"nll": 80.0 + seed} for seed in seeds]

    row = Row(
        "fake",
        CS236,
        lambda job: {"nll": 80.0 + job.seed},
        {FULL: Schedule("long", 600)},
        together=at_once,
        seeds=1,
        seeds_on_gpu=3,
    )
    folders = {"folder": tmp_path / "results", "states": tmp_path / "states"}

    def images(device):
        return SimpleNamespace(name="mnist", train_x=SimpleNamespace(device=torch.device(device)))

    rows.reproduce(row, images("cpu"), progress=False, **folders)
    assert asked == []
    found = rows.reproduce(row, images("cuda"), **folders)
    assert asked == [([1, 2], "fake-full-seeds1-2.safetensors")]
    assert [run.values for run in found] == [{"nll": 80.0}, {"nll": 81.0}, {"nll": 82.0}]
    assert "seeds 1, 2 at once" in capsys.readouterr().out
