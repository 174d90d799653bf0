"""The state of a training run on disk."""

import pytest
import torch

from benchmarks.reproduce import checkpoint
from course_utils.models import MLPVAE
from course_utils.training import adam, negative_elbo_step

pytestmark = pytest.mark.usefixtures("seeded")


def test_a_restored_run_takes_the_same_next_steps(tmp_path):
    x = torch.rand(8, 6).round()

    def steps(model, optimizer, num):
        torch.manual_seed(num)
        for _ in range(num):
            negative_elbo_step(model, x, optimizer)

    first = MLPVAE(6, (5,), 3)
    optimizer = adam(first)
    steps(first, optimizer, 3)
    checkpoint.save(tmp_path / "state", first, optimizer, 3, "mine")
    steps(first, optimizer, 2)
    second = MLPVAE(6, (5,), 3)
    other = adam(second)
    assert checkpoint.restore(tmp_path / "state", second, other, "mine") == 3
    steps(second, other, 2)
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("recipe", ["another", None])
def test_without_a_state_of_this_recipe_nothing_changes(tmp_path, recipe):
    model = MLPVAE(6, (5,), 3)
    optimizer = adam(model)
    if recipe:
        other = MLPVAE(6, (5,), 3)
        checkpoint.save(tmp_path / "state", other, adam(other), 5, recipe)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert checkpoint.restore(tmp_path / "state", model, optimizer, "mine") == 0
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
