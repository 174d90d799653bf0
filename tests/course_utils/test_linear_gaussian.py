"""The exact model of lesson 01 against torch.distributions and against itself."""

import math

import pytest
import torch
from torch.distributions import MultivariateNormal, Normal

from course_utils.linear_gaussian import LinearGaussian


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def model(generator):
    return LinearGaussian.orthogonal(6, 2, 0.3, generator, dtype=torch.float64)


@pytest.fixture
def skewed(generator):
    W = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    return LinearGaussian(W, torch.ones(5, dtype=torch.float64), 0.7)


def evidence(model, x):
    """log p(x) by torch.distributions."""
    covariance = model.W @ model.W.T + model.noise_var * torch.eye(model.data_dim).to(x)
    return MultivariateNormal(model.b, covariance).log_prob(x)


def test_samples_have_the_shapes_and_moments_of_the_model(skewed, generator):
    x, z = skewed.sample(50_000, generator)
    assert x.shape == (50_000, 5)
    assert z.shape == (50_000, 3)
    covariance = skewed.W @ skewed.W.T + 0.7 * torch.eye(5, dtype=torch.float64)
    std = covariance.diagonal().sqrt()
    assert ((x.mean(0) - skewed.b).abs() < 6 * std / math.sqrt(50_000)).all()  # 6 se, fixed seed
    spread = torch.outer(std, std) * math.sqrt(2 / 50_000)
    assert ((x.T.cov() - covariance).abs() < 6 * spread).all()


def test_the_log_likelihood_is_that_of_torch_distributions(skewed, generator):
    x, z = skewed.sample(4, generator)
    oracle = Normal(z @ skewed.W.T + skewed.b, math.sqrt(0.7)).log_prob(x).sum(-1)
    torch.testing.assert_close(skewed.log_likelihood(x, z), oracle)


def test_the_log_likelihood_broadcasts_over_samples_of_z(skewed, generator):
    x, _ = skewed.sample(4, generator)
    z = torch.randn(7, 4, 3, generator=generator, dtype=torch.float64)
    values = skewed.log_likelihood(x, z)
    assert values.shape == (7, 4)
    torch.testing.assert_close(values[2], skewed.log_likelihood(x, z[2]))


def test_the_posterior_obeys_bayes_rule(skewed, generator):
    x, z = skewed.sample(4, generator)
    mu, covariance = skewed.posterior(x)
    prior = Normal(0.0, 1.0).log_prob(z).sum(-1)
    joint = skewed.log_likelihood(x, z) + prior
    posterior = MultivariateNormal(mu, covariance).log_prob(z)
    torch.testing.assert_close(joint - posterior, evidence(skewed, x))


def test_with_orthogonal_columns_the_bound_touches_the_evidence(model, generator):
    x, _ = model.sample(8, generator)
    mu, _ = model.posterior(x)
    bound = model.exact_elbo(x, mu, model.posterior_log_var.expand_as(mu))
    torch.testing.assert_close(bound, evidence(model, x))


def test_the_gap_of_the_bound_is_the_kl_to_the_posterior(skewed, generator):
    x, _ = skewed.sample(8, generator)
    mu = torch.randn(8, 3, generator=generator, dtype=torch.float64)
    log_var = torch.randn(8, 3, generator=generator, dtype=torch.float64)
    q = MultivariateNormal(mu, torch.diag_embed(log_var.exp()))
    gap = torch.distributions.kl_divergence(q, MultivariateNormal(*skewed.posterior(x)))
    torch.testing.assert_close(evidence(skewed, x) - skewed.exact_elbo(x, mu, log_var), gap)


def test_the_diagonal_posterior_is_that_of_the_full_covariance(model, generator):
    x, _ = model.sample(1, generator)
    torch.testing.assert_close(model.posterior(x)[1], model.posterior_log_var.exp().diag())


def test_no_diagonal_posterior_is_claimed_for_skewed_columns(skewed):
    with pytest.raises(ValueError, match="no orthogonal columns"):
        _ = skewed.posterior_log_var


def test_single_precision_is_kept(generator):
    model = LinearGaussian.orthogonal(6, 2, generator=generator)
    x, z = model.sample(3, generator)
    mu, _ = model.posterior(x)
    bound = model.exact_elbo(x, mu, model.posterior_log_var.expand_as(mu))
    assert {t.dtype for t in (x, z, mu, bound)} == {torch.float32}
    torch.testing.assert_close(bound, evidence(model, x), atol=1e-4, rtol=1e-4)


def test_wrong_shapes_and_variances_are_errors_that_say_what_was_seen():
    with pytest.raises(ValueError, match=r"\(5, 2\) and \(4,\)"):
        LinearGaussian(torch.zeros(5, 2), torch.zeros(4), 1.0)
    with pytest.raises(ValueError, match="above 0, got 0"):
        LinearGaussian(torch.zeros(5, 2), torch.zeros(5), 0.0)
    with pytest.raises(ValueError, match="latent_dim 7 exceeds data_dim 3"):
        LinearGaussian.orthogonal(3, 7)
