"""The course's VAEs and the VAEs that watch themselves."""

import pytest
import torch

from course_utils import toy
from course_utils.models import MLPCVAE, MLPVAE


@pytest.fixture(autouse=True)
def seeded():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def test_shapes_are_those_of_every_vae_of_the_course():
    model, x = MLPVAE(12, (7, 5), 3, "tanh"), torch.rand(4, 12)
    x_logits, mu, log_var = model(x)
    assert model.latent_dim == 3
    assert x_logits.shape == (4, 12)
    assert mu.shape == log_var.shape == (4, 3)
    assert model.reparameterize(mu, log_var).shape == (4, 3)
    assert model.decode(mu[:1]).shape == (1, 12)


def test_the_default_is_784_400_20_with_the_usual_number_of_parameters():
    model = MLPVAE()
    encoder = 784 * 400 + 400 + 400 * 40 + 40
    decoder = 20 * 400 + 400 + 400 * 784 + 784
    assert sum(p.numel() for p in model.parameters()) == encoder + decoder


def test_the_decoder_has_the_hidden_layers_in_reverse():
    model = MLPVAE(12, (7, 5), 3)
    widths = [layer.out_features for layer in model.decoder if hasattr(layer, "out_features")]
    assert widths == [5, 7, 12]


def test_samples_have_the_mean_and_spread_of_q_and_are_fresh():
    model = MLPVAE(12, (7,), 2)
    mu, log_var = torch.tensor([[1.0, -2.0]]), torch.tensor([[0.0, 2.0]])
    z = model.reparameterize(mu.expand(40_000, 2), log_var.expand(40_000, 2))
    std = (0.5 * log_var).exp()
    assert ((z.mean(0) - mu).abs() < 6 * std / 200).all()  # 6 standard errors, fixed seed
    assert ((z.std(0) / std - 1).abs() < 6 / (2 * 40_000) ** 0.5).all()


def test_gradients_reach_every_parameter():
    model = MLPVAE(12, (7,), 2, "elu")
    model(torch.rand(4, 12))[0].sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


def test_an_unknown_activation_is_an_error_that_lists_the_choices():
    with pytest.raises(ValueError, match=r"\['elu', 'relu', 'tanh'\], got 'swish'"):
        MLPVAE(activation="swish")


@pytest.mark.parametrize("f", [toy.quadratic, toy.linear, toy.cosine, toy.step])
def test_toy_functions_reduce_the_last_dimension_only(f):
    z = torch.randn(3, 4, 2, dtype=torch.float64, requires_grad=True)
    values = f(z)
    assert values.shape == (3, 4)
    assert values.dtype == torch.float64
    torch.testing.assert_close(values[1, 2], f(z[1, 2]))
    values.sum().backward()
    assert z.grad is not None


def test_toy_functions_have_the_stated_values():
    z = torch.tensor([1.0, 3.0])
    assert toy.quadratic(z) == 4.0
    assert toy.linear(z) == 7.0
    assert toy.step(z) == 1.0
    assert toy.step(-z) == 0.0
    torch.testing.assert_close(toy.cosine(z), torch.cos(z).sum())


def test_the_watched_vae_counts_calls_and_remembers_modes_in_its_state_dict():
    model = toy.WatchedVAE(input_dim=6, latent_dim=2, seed=1)
    fresh = model.state_dict()
    assert fresh["forward_calls"] == 0
    assert fresh["decode_grad"] == -1
    x = torch.rand(5, 6)
    model(x)
    model.eval()
    with torch.no_grad():
        model.decode(torch.zeros(9, 2))
    state = model.state_dict()
    assert [
        int(state[f"{m}_calls"]) for m in ("forward", "encode", "reparameterize", "decode")
    ] == [
        1,
        1,
        1,
        2,
    ]
    assert (state["forward_grad"], state["forward_training"]) == (1, 1)
    assert (state["decode_grad"], state["decode_training"]) == (0, 0)
    assert state["most_rows_decoded"] == 9


def test_the_watched_vae_is_the_same_for_the_same_seed_and_leaves_the_global_seed_alone():
    before = torch.random.get_rng_state()
    first, second = toy.WatchedVAE(seed=3), toy.WatchedVAE(seed=3)
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.equal(first.encoder.weight, second.encoder.weight)
    assert not torch.equal(first.encoder.weight, toy.WatchedVAE(seed=4).encoder.weight)


def test_the_watched_vae_trains():
    model = toy.WatchedVAE()
    model(torch.rand(4, 6))[0].sum().backward()
    assert all(p.grad is not None for p in model.parameters())


def test_both_networks_of_a_conditional_vae_read_the_class():
    model, x = MLPCVAE(12, (7, 5), 3, num_classes=4, activation="tanh"), torch.rand(4, 12)
    y, other = torch.eye(4), torch.eye(4).roll(1, dims=0)
    x_logits, mu, log_var = model(x, y)
    assert (model.latent_dim, model.num_classes) == (3, 4)
    assert x_logits.shape == (4, 12)
    assert mu.shape == log_var.shape == (4, 3)
    assert not torch.allclose(model.encode(x, other)[0], mu)
    assert not torch.allclose(model.decode(mu, other), model.decode(mu, y))


def test_a_conditional_vae_is_a_vae_with_wider_first_layers():
    plain, conditional = (sum(p.numel() for p in m().parameters()) for m in (MLPVAE, MLPCVAE))
    assert conditional == plain + 2 * 10 * 400


def test_the_watched_conditional_vae_tells_its_calls_and_the_class_it_decoded():
    model = toy.WatchedCVAE(input_dim=6, latent_dim=2, num_classes=3)
    y = torch.eye(3)[[0, 2, 2]]
    with torch.no_grad():
        model(torch.rand(3, 6), y)
    state = model.state_dict()
    calls = {name: int(state[f"{name}_calls"]) for name in ("encode", "decode", "forward")}
    assert calls == {"encode": 1, "decode": 1, "forward": 1}
    assert (int(state["forward_grad"]), int(state["most_rows_decoded"])) == (0, 3)
    assert state["sum_y"].tolist() == [1.0, 0.0, 2.0]
