"""The checks of the GPU run on a CPU too, where both ways are the plain loop, and see a wrong answer."""

import pytest
import torch

from benchmarks import gpu
from course_utils import graphs

pytestmark = pytest.mark.usefixtures("seeded")


@pytest.fixture
def images():
    return torch.rand(400, 784) * torch.rand(784)


@pytest.mark.parametrize(
    "check",
    [gpu.fresh_noise, gpu.same_weights, gpu.same_losses, gpu.same_quality, gpu.side_by_side],
)
def test_a_check_passes_where_both_ways_are_one(images, check, capsys):
    assert check(images)
    assert capsys.readouterr().out.startswith("ok")


def test_the_check_of_losses_sees_updates_with_another_rate(images, monkeypatch):
    class Wrong(graphs.Chunk):
        def run(self, rows, factors):
            return super().run(rows, [1.5 * factor for factor in factors])

    def chunk_of(loss, model, tensors, optimizer, batch_size, transform, seed):
        common = loss, model, tensors, optimizer, 3, batch_size, transform
        return Wrong(*common, torch.Generator(), captures=False)

    monkeypatch.setattr(graphs, "chunk_of", chunk_of)
    assert not gpu.same_losses(images)


def test_the_check_of_noise_sees_random_numbers_that_repeat(images, monkeypatch):
    run = graphs.Chunk.run

    def repeated(chunk, rows, factors):
        torch.manual_seed(0)
        chunk.generator.manual_seed(0)
        return run(chunk, rows, factors)

    monkeypatch.setattr(graphs.Chunk, "run", repeated)
    assert not gpu.fresh_noise(images)


def test_the_check_of_weights_sees_chunks_that_go_another_way(images, monkeypatch):
    run, chunks = graphs.Chunk.run, []

    def faster_at_first(chunk, rows, factors):
        chunks.append(chunk)
        return run(chunk, rows, [1.5 * f if chunk is chunks[0] else f for f in factors])

    monkeypatch.setattr(graphs.Chunk, "run", faster_at_first)
    assert not gpu.same_weights(images)


def test_without_a_gpu_nothing_is_claimed(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["gpu"])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu.main() == 2
    assert "sees no GPU" in capsys.readouterr().out
