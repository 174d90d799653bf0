"""Evaluation against a VAE whose evidence can be computed by brute force.

Seeds are fixed; tolerances are still 8 standard deviations, measured over 50 seeds or more.
"""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_utils import evaluation, published
from course_utils.toy import WatchedCVAE, WatchedVAE

pytestmark = pytest.mark.usefixtures("seeded")


@pytest.fixture
def model():
    watched = WatchedVAE(input_dim=6, latent_dim=2, scale=0.8)
    with torch.no_grad():  # q wider than the posterior, so that importance weights are bounded
        watched.encoder.weight.mul_(0.3)
        watched.encoder.bias.copy_(torch.tensor([0.1, -0.2, 0.3, 0.5]))
    return watched


@pytest.fixture
def x():
    return (torch.rand(5, 6) < 0.5).float()


def exact_neg_log_evidence(model, x):
    """-log p(x) by quadrature on a fine grid over the 2-D latent space, averaged over images."""
    axis = torch.linspace(-7, 7, 281, dtype=torch.float64)
    z = torch.cartesian_prod(axis, axis)
    x_logits = model.double().decode(z)
    log_prior = -0.5 * z.square().sum(-1) - math.log(2 * math.pi)
    scores = -F.binary_cross_entropy_with_logits(
        x_logits.unsqueeze(0).expand(len(x), -1, -1),
        x.double().unsqueeze(1).expand(-1, len(z), -1),
        reduction="none",
    ).sum(-1)
    log_cell = 2 * math.log(axis[1] - axis[0])
    model.float()
    return -((scores + log_prior).logsumexp(1) + log_cell).mean().item()


def test_many_importance_samples_give_the_evidence(model, x):
    exact = exact_neg_log_evidence(model, x)
    assert evaluation.iwae(model, x, 20_000) == pytest.approx(exact, abs=0.03)


def test_one_importance_sample_gives_the_negative_elbo_on_average(model, x):
    many = x.repeat(4000, 1)
    elbo = evaluation.neg_elbo(model, many)
    assert evaluation.iwae(model, many, 1) == pytest.approx(elbo.neg_elbo, abs=0.2)
    assert elbo.neg_elbo > exact_neg_log_evidence(model, x)


@pytest.mark.parametrize("rows_at_once", [1, 7, 100, 10_000])
def test_no_more_rows_are_decoded_at_once_than_allowed(model, x, rows_at_once):
    value = evaluation.iwae(model, x, 30, rows_at_once=rows_at_once)
    assert model.most_rows_decoded <= rows_at_once
    assert value == pytest.approx(exact_neg_log_evidence(model, x), abs=1.0)


@pytest.mark.parametrize("num_pixels", [6, 7, 113, 224, 784])
def test_the_fast_likelihood_is_the_plain_one_for_any_number_of_pixels(num_pixels):
    x_logits, x = 8 * torch.randn(3, 10, num_pixels), torch.rand(3, num_pixels)
    plain = -F.binary_cross_entropy_with_logits(
        x_logits.double(), x.double().unsqueeze(1).expand_as(x_logits), reduction="none"
    ).sum(-1)
    fast = evaluation._log_likelihood(x_logits, x).double()
    torch.testing.assert_close(fast, plain, rtol=1e-6, atol=1e-3)


def test_the_fast_likelihood_does_not_underflow_when_every_pixel_is_undecided():
    fast = evaluation._log_likelihood(torch.zeros(1, 2, 784), torch.ones(1, 784))
    torch.testing.assert_close(fast, torch.full((1, 2), -784 * math.log(2)))


def test_importance_sampling_takes_grey_images(model):
    grey = torch.rand(5, 6)
    assert evaluation.iwae(model, grey, 5000) == pytest.approx(
        exact_neg_log_evidence(model, grey), abs=0.06
    )


def test_the_terms_add_up_and_the_kl_is_exact(model, x):
    result = evaluation.neg_elbo(model, x, num_samples=3, batch_size=2)
    assert result.neg_elbo == pytest.approx(result.recon + result.kl, rel=1e-6)
    mu, log_var = model.encode(x)
    q = torch.distributions.Normal(mu, (0.5 * log_var).exp())
    prior = torch.distributions.Normal(0.0, 1.0)
    kl = torch.distributions.kl_divergence(q, prior).sum(1).mean()
    assert result.kl == pytest.approx(kl.item(), rel=1e-5)
    assert all(type(value) is float for value in result)


def test_evaluation_runs_without_gradients_in_evaluation_mode_and_restores_every_module(model, x):
    model.train()
    model.dropout.eval()
    for measure in (
        lambda: evaluation.neg_elbo(model, x),
        lambda: evaluation.iwae(model, x, 3),
        lambda: evaluation.active_units(model, x),
    ):
        measure()
        assert model.training
        assert not model.dropout.training
    assert (model.decode_grad, model.decode_training) == (0, 0)


def test_the_mode_is_restored_after_an_error(model):
    with pytest.raises(RuntimeError):
        evaluation.neg_elbo(model, torch.rand(2, 99))
    assert model.training
    assert torch.is_grad_enabled()


def test_sampling_stays_on_during_evaluation(model, x):
    assert evaluation.neg_elbo(model, x).recon != evaluation.neg_elbo(model, x).recon


def test_a_dead_unit_is_not_active(model):
    x = torch.rand(200, 6)
    assert evaluation.active_units(model, x) == 2
    with torch.no_grad():
        model.encoder.weight[0].zero_()
    assert evaluation.active_units(model, x) == 1
    assert evaluation.active_units(model, x, threshold=1e9) == 0


def test_the_first_rung_of_the_ladder_is_784_ln_2_and_each_rung_is_better():
    patterns = (torch.rand(5, 784) < 0.3).float()
    images = (patterns[torch.randint(5, (300,))] * 0.8 + 0.1 * torch.rand(300, 784)).clamp(0, 1)
    ladder = evaluation.baseline_ladder(images[:200], images[200:], num_components=4)
    values = list(ladder.values())
    assert values[0] == pytest.approx(784 * math.log(2), rel=1e-5)
    assert values[0] > values[1] > values[2]
    assert list(ladder)[2] == "PCA, 4 components"


def test_pixels_never_on_in_training_cost_finitely_much():
    train, test = torch.zeros(10, 9), torch.ones(3, 9)
    train[:5, 0] = 1
    ladder = evaluation.baseline_ladder(train, test, num_components=2)
    assert ladder["mean image"] == pytest.approx(math.log(2) + 8 * math.log(12), rel=1e-5)
    assert all(math.isfinite(value) for value in ladder.values())


def test_a_model_without_parameters_can_be_evaluated(x):
    class Prior(nn.Module):
        def encode(self, x):
            return torch.zeros(len(x), 2), torch.zeros(len(x), 2)

        def decode(self, z):
            return torch.zeros(len(z), 6)

    assert evaluation.neg_elbo(Prior(), x).neg_elbo == pytest.approx(6 * math.log(2), rel=1e-5)
    assert evaluation.iwae(Prior(), x, 4) == pytest.approx(6 * math.log(2), rel=1e-5)


def test_the_cs236_recipe_runs_small_and_reports_every_metric():
    x = torch.rand(300, 784)
    scores = published.cs236(x, x[:20], num_steps=3, num_samples=1000, seed=1, progress=False)
    assert set(scores) == {"neg_elbo", "recon", "kl", "iwae_1000", "seconds"}
    assert scores["iwae_1000"] < scores["neg_elbo"]


def test_published_numbers_name_their_source():
    row = published.PUBLISHED[published.CS236]
    assert (row["neg_elbo"].value, row["neg_elbo"].sd) == (101.5, 0.55)
    assert (row["iwae_1000"].value, row["iwae_1000"].sd) == (95.62, 0.42)
    assert row["kl"].value == 19.3
    assert all(n.source for metrics in published.PUBLISHED.values() for n in metrics.values())


def test_a_conditional_model_is_scored_with_the_class_of_each_image(x):
    model = WatchedCVAE(input_dim=6, latent_dim=2, num_classes=3)
    with torch.no_grad():  # no noise: log_var is -40 whatever the input
        model.encoder.weight[2:] = 0
        model.encoder.bias[2:] = -40.0
    y = torch.eye(3)[[0, 1, 2, 1, 0]]
    mu, log_var = model.encode(x, y)
    recon = F.binary_cross_entropy_with_logits(model.decode(mu, y), x, reduction="none")
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1)
    found = evaluation.neg_elbo(model, x, num_samples=2, batch_size=2, y=y)
    assert found.recon == pytest.approx(recon.sum(dim=1).mean().item(), rel=1e-5)
    assert found.kl == pytest.approx(kl.mean().item(), rel=1e-5)
    assert evaluation.active_units(model, x, y=y) == 2
    assert torch.equal(evaluation.encode(model, x, y)[0], mu)


def test_codes_of_all_images_come_in_order_and_without_a_graph(model, x):
    mu, log_var = evaluation.encode(model, x)
    expected = model.encode(x)
    assert torch.equal(mu, expected[0])
    assert torch.equal(log_var, expected[1])
    assert not mu.requires_grad
