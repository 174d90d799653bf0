"""The recipe with a mixture prior: the mixture prior is a density, its scores are those of the textbook."""

import math

import pytest
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from benchmarks.reproduce import mixture as recipe
from course_utils import evaluation
from course_utils.likelihood import bernoulli_nll
from course_utils.models import MLPVAE

pytestmark = pytest.mark.usefixtures("seeded")


@pytest.fixture
def mixture():
    """A small mixture VAE whose components lie apart and differ in width."""
    model = recipe.MixturePriorVAE(6, (5,), 3, num_components=4)
    with torch.no_grad():
        model.prior_mu.normal_(0, 3)
        model.prior_pre.normal_(0, 2)
    return model


def density(model):
    """The model's prior by torch.distributions."""
    sd = (torch.nn.functional.softplus(model.prior_pre) + 1e-8).sqrt()
    weights = Categorical(torch.ones(len(sd)))
    return MixtureSameFamily(weights, Independent(Normal(model.prior_mu, sd), 1))


@pytest.mark.parametrize("shape", [(3,), (7, 3), (2, 5, 3)])
def test_the_prior_is_the_mixture_of_torch_distributions(mixture, shape):
    z = 3 * torch.randn(shape)
    torch.testing.assert_close(
        mixture.log_prior(z), density(mixture).log_prob(z), rtol=1e-4, atol=1e-4
    )


def test_far_away_the_prior_is_finite_and_has_a_gradient(mixture):
    z = torch.full((2, 3), 1e3, requires_grad=True)
    mixture.log_prior(z).sum().backward()
    assert torch.isfinite(z.grad).all()
    assert torch.isfinite(mixture.prior_pre.grad).all()


def test_the_score_uses_the_model_s_own_prior(mixture):
    """1,000 samples against the exact evidence: the decoder ignores z, so log p(x) is known."""
    with torch.no_grad():
        mixture.decoder[-1].weight.zero_()
        mixture.decoder[-1].bias.zero_()
        # A q as wide as the prior, so that few samples are enough.
        mixture.prior_mu.mul_(0.1)
        mixture.prior_pre.zero_()
    x = torch.rand(5, 6).round()
    # The weights p(z) / q(z|x) have mean 1; their spread here is below 1, so the error is below
    # 0.1 by more than 5 standard deviations.
    assert evaluation.iwae(mixture, x, 5000) == pytest.approx(6 * math.log(2), abs=0.1)


def test_a_mixture_of_one_standard_normal_scores_as_the_plain_vae_does():
    plain, mixture = (
        MLPVAE(6, (5,), 3, "elu"),
        recipe.MixturePriorVAE(6, (5,), 3, num_components=1),
    )
    mixture.load_state_dict(plain.state_dict(), strict=False)
    with torch.no_grad():
        mixture.prior_mu.zero_()
        mixture.prior_pre.fill_(math.log(math.e - 1))  # softplus gives 1
    x, scores = torch.rand(5, 6).round(), []
    for model in (plain, mixture):
        torch.manual_seed(1)
        scores.append(evaluation.iwae(model, x, 7))
    assert scores[0] == pytest.approx(scores[1], rel=1e-5)


def test_one_update_descends_the_negative_elbo_estimated_at_one_sample(mixture):
    x = torch.rand(8, 6).round()
    torch.manual_seed(3)
    loss = recipe._one_sample_step(mixture, x, torch.optim.SGD(mixture.parameters(), lr=0.0))
    torch.manual_seed(3)
    mu, log_var = mixture.encode(x)
    q = Independent(Normal(mu, (0.5 * log_var).exp()), 1)
    z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
    kl = q.log_prob(z) - density(mixture).log_prob(z)
    assert loss == pytest.approx((bernoulli_nll(mixture.decode(z), x) + kl).mean().item(), rel=1e-5)
    assert all(parameter.grad is not None for parameter in mixture.parameters())


def test_the_mixture_recipe_runs_small_and_reports_its_metrics():
    x = torch.rand(200, 784)
    scores = recipe.cs236_mixture(x, x[:20], num_steps=3, num_samples=50, seed=1, progress=False)
    assert set(scores) == {"neg_elbo", "iwae_50", "seconds"}
    assert scores["iwae_50"] < scores["neg_elbo"]
