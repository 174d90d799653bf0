"""Hidden tests of lesson 01: densities, evidence, KL, samples, the ELBO and its two gradients.

Oracles: torch.distributions, moments in closed form and the linear-Gaussian model, all in float64.
Statistical criteria allow at least 6.5 standard errors of a mean over thousands of draws. For a Gaussian
mean a false alarm has probability below 1e-9 per number; a criterion compares fewer than 40 numbers, which
leaves room for heavier tails. Kolmogorov-Smirnov distances may reach 3.2 / sqrt(n) (below 3e-9). So each
criterion has less than 1e-6 false alarms.
Sizes are small enough for a learner who loops over examples and samples in Python.
"""

import functools
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, Normal
from torch.distributions import kl_divergence as exact_kl

from autograder.exercises.criteria import (
    HiddenTest,
    assert_close,
    assert_like,
    assert_shape,
    assert_tensor,
    each,
    kept_results,
    randn,
    uniform,
)
from autograder.exercises.statistics import independent
from course_utils import toy
from course_utils.linear_gaussian import LinearGaussian
from course_utils.toy import SineGaussian

SIZES = ((5, 3), (1, 4), (3, 1), (1, 1))

grade_gaussian_log_prob = HiddenTest("gaussian_log_prob")
grade_log_evidence = HiddenTest("log_evidence")
grade_kl_divergence = HiddenTest("kl_divergence")
grade_reparameterize = HiddenTest("reparameterize")
grade_monte_carlo_kl = HiddenTest("monte_carlo_kl")
grade_elbo = HiddenTest("elbo")
grade_score_function_gradient = HiddenTest("score_function_gradient")
grade_pathwise_gradient = HiddenTest("pathwise_gradient")


# ------------------------------------------------------------------------------------------ tools


def between(generator: torch.Generator, low: float, high: float, *shape: int) -> Tensor:
    """Return float32 numbers of this shape, uniform in [low, high)."""
    return low + (high - low) * uniform(generator, *shape)


def repeated(values: Tensor, num: int) -> Tensor:
    """Repeat each example `num` times: (k, d) -> (k * num, d)."""
    return values.repeat_interleave(num, dim=0)


def keeping(student: Callable) -> Callable:
    """Return a function like `each` for this student that also asserts that no argument changes."""
    return functools.partial(kept_results, student)


def plainly(student: Callable) -> Callable:
    """Return a function like `each` for this student: it returns the results of several calls."""
    return functools.partial(each, student)


def doubled(case: tuple) -> tuple:
    """Return the same arguments with tensors in float64."""
    return tuple(a.double() if isinstance(a, Tensor) else a for a in case)


def assert_values(
    results_of: Callable, oracle: Callable, cases: list[tuple], what: str, **tolerances: float
) -> None:
    """Assert that results equal those of a float64 oracle, in float32 and more closely in float64.

    Args:
        results_of: Returns the learner's results for several tuples of arguments.
        oracle: Returns the right result for the arguments of one call.
        cases: Tuples of float32 arguments.
        what: The quantity in words.
        tolerances: Of `assert_close` in float32.
    """
    results = results_of(*cases, *map(doubled, cases))
    halves = results[: len(cases)], results[len(cases) :]
    for case, single, double in zip(cases, *halves, strict=True):
        expected = oracle(*case)
        assert_close(single, expected.float(), what, **tolerances)
        assert_close(double, expected, f"{what} of float64 inputs", rtol=1e-5)


def assert_types(results_of: Callable, cases: list[tuple], shapes: list[tuple], what: str) -> None:
    """Assert shapes and finite values, in float32 and in float64; arguments as for `assert_values`."""
    results = results_of(*cases, *map(doubled, cases))
    for i, (result, shape) in enumerate(zip(results, 2 * shapes, strict=True)):
        single = i < len(cases)
        name = f"{what} of {'a batch' if single else 'float64 inputs'} of shape {tuple(shape)}"
        assert_like(result, shape, torch.float32 if single else torch.float64, name)


def gradients(value: Any, inputs: list[Tensor], what: str) -> list[Tensor]:
    """Return the gradients of the sum of `value`, zeros where none reaches an input.

    Args:
        value: What the learner's function returned.
        inputs: Leaf tensors.
        what: The value in words.

    Raises:
        AssertionError: If the value is no tensor or has no graph.
    """
    assert_tensor(value, what)
    assert value.requires_grad, f"{what} carries no gradient: something detached it from its inputs"
    found = torch.autograd.grad(value.sum(), inputs, allow_unused=True)
    return [torch.zeros_like(i) if g is None else g for i, g in zip(inputs, found, strict=True)]


def assert_gradients(student: Callable, oracle: Callable, inputs: dict[str, Tensor]) -> None:
    """Assert that gradients of a deterministic function equal those of a float64 oracle."""
    leaves = [t.clone().requires_grad_() for t in inputs.values()]
    exact = [t.double().requires_grad_() for t in inputs.values()]
    expected = torch.autograd.grad(oracle(*exact).sum(), exact)
    for name, got, wanted in zip(
        inputs, gradients(student(*leaves), leaves, "the result"), expected, strict=True
    ):
        assert_close(
            got, wanted.float(), f"the gradient with respect to {name}", rtol=1e-3, atol=1e-4
        )


def assert_mean(draws: Tensor, expected: Tensor, spread: Tensor, num_draws: int, what: str) -> None:
    """Assert that a mean over draws is right within 6.5 standard errors.

    Args:
        draws: The learner's results, of shape (groups, repeats, ...).
        expected: Exact means, of shape (groups, ...).
        spread: Standard deviation of one sample, of shape (groups, ...).
        num_draws: Independent samples behind each mean.
        what: The quantity in words.
    """
    gap = (draws.detach().double().mean(1) - expected).abs()
    error = spread / math.sqrt(num_draws)
    slack = 6.5 * error + 1e-4 * (1 + expected.abs())
    worst = float((gap / slack).max())
    assert worst <= 1, (
        f"{what} is wrong on average: off by {float(gap.max()):.3g}, more than chance allows"
    )


# ------------------------------------------------------------------------------ gaussian_log_prob


def gaussian_oracle(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """Return the log-density per example, (batch,), by torch.distributions in float64."""
    x, mu, log_var = x.double(), mu.double(), log_var.double()
    return Normal(mu, (0.5 * log_var).exp()).log_prob(x).sum(-1)


@grade_gaussian_log_prob.criterion("shape", points=1)
def log_prob_shape(student: Any, reference: Any, generator: torch.Generator) -> None:
    """One value per example, also for a batch of one and for one dimension, in the type of the input."""
    cases = [tuple(randn(generator, *size) for _ in range(3)) for size in SIZES]
    assert_types(plainly(student), cases, [size[:1] for size in SIZES], "the log-density")


@grade_gaussian_log_prob.criterion("values", points=1)
def log_prob_values(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The log-density is right, near the mean and far from it, in any number of dimensions."""
    cases = []
    for size, scale in (((8, 5), 1.0), ((8, 5), 4.0), ((6, 1), 1.0), ((3, 60), 1.0)):
        x, mu = scale * randn(generator, *size), randn(generator, *size)
        cases.append((x, mu, between(generator, -3, 2, *size)))
    assert_values(plainly(student), gaussian_oracle, cases, "the log-density")


@grade_gaussian_log_prob.criterion("gradient", points=1)
def log_prob_gradient(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The result is differentiable in x, mu and log_var."""
    names = ("x", "mu", "log_var")
    inputs = {name: randn(generator, 6, 3) for name in names}
    assert_gradients(student, gaussian_oracle, inputs)


@grade_gaussian_log_prob.criterion("any input", points=1)
def log_prob_extremes(student: Any, reference: Any, generator: torch.Generator) -> None:
    """It is right for |log_var| up to 20, and leaves its arguments as they are."""
    cases: list[tuple[Tensor, ...]] = []
    for low, high in ((-20, -17), (17, 20)):
        mu, log_var = randn(generator, 4, 8), between(generator, low, high, 4, 8)
        log_var[0] = 20.0 if high > 0 else -20.0
        far = mu + 1 + uniform(generator, 4, 8)
        cases += [(mu.clone(), mu, log_var), (far, mu, log_var)]
    cases.append(tuple(randn(generator, 4, 3) for _ in range(3)))
    for case, result in zip(cases, kept_results(student, *cases), strict=True):
        expected = gaussian_oracle(*case).float()
        assert_close(result, expected, "the log-density at large |log_var|", rtol=1e-3)


# ----------------------------------------------------------------------------------- log_evidence


def evidence_oracle(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    """Return log p(x) per example, (batch,), by torch.distributions in float64."""
    x, W, b = x.double(), W.double(), b.double()
    covariance = W @ W.T + noise_var * torch.eye(len(W), dtype=torch.float64)
    return MultivariateNormal(b, covariance).log_prob(x)


def evidence_inputs(
    generator: torch.Generator, data_dim: int, latent_dim: int, batch: int = 6
) -> tuple:
    """Return x, W, b and noise_var of a random linear-Gaussian model; x, (batch, data_dim), is its data."""
    W, b = randn(generator, data_dim, latent_dim), 1 + randn(generator, data_dim)
    noise_var = float(between(generator, 0.2, 0.7, 1))
    x, _ = LinearGaussian(W, b, noise_var).sample(batch, generator)
    return x, W, b, noise_var


@grade_log_evidence.criterion("shape", points=1)
def evidence_shape(student: Any, reference: Any, generator: torch.Generator) -> None:
    """One value per example, also for a batch of one, in the type of the input."""
    cases = [evidence_inputs(generator, 4, 2, batch) for batch in (5, 1)]
    assert_types(plainly(student), cases, [(5,), (1,)], "log p(x)")


@grade_log_evidence.criterion("values", points=1)
def evidence_values(student: Any, reference: Any, generator: torch.Generator) -> None:
    """log p(x) is right for random models; the arguments stay as they are."""
    cases = [evidence_inputs(generator, *dims) for dims in ((5, 2), (4, 3), (7, 2))]
    assert_values(keeping(student), evidence_oracle, cases, "log p(x)", rtol=1e-3, atol=1e-3)


@grade_log_evidence.criterion("other sizes", points=1)
def evidence_sizes(student: Any, reference: Any, generator: torch.Generator) -> None:
    """It also holds with one dial, one instrument, and as many or more dials than instruments."""
    sizes = ((4, 1), (1, 1), (3, 3), (2, 5), (1, 3))
    cases = [evidence_inputs(generator, *size) for size in sizes]
    for size, case, result in zip(sizes, cases, each(student, *cases), strict=True):
        what = f"log p(x) with data_dim {size[0]} and latent_dim {size[1]}"
        assert_close(result, evidence_oracle(*case).float(), what, rtol=1e-3, atol=2e-3)


@grade_log_evidence.criterion("many dimensions", points=1)
def evidence_many(student: Any, reference: Any, generator: torch.Generator) -> None:
    """It stays finite and right in 100 and more dimensions, where a determinant underflows or overflows."""
    for noise_var in (0.05, 8.0):
        W, b = randn(generator, 120, 2), randn(generator, 120)
        x, _ = LinearGaussian(W, b, noise_var).sample(4, generator)
        expected = evidence_oracle(x, W, b, noise_var).float()
        what = f"log p(x) in 120 dimensions with noise_var {noise_var}"
        assert_close(student(x, W, b, noise_var), expected, what, rtol=5e-3, atol=0.05)


# ---------------------------------------------------------------------------------- kl_divergence


def kl_oracle(mu: Tensor, log_var: Tensor) -> Tensor:
    """Return the KL to the standard normal per example, (batch,), by torch.distributions in float64."""
    mu, log_var = mu.double(), log_var.double()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return exact_kl(Normal(mu, (0.5 * log_var).exp()), prior).sum(-1)


@grade_kl_divergence.criterion("shape", points=1)
def kl_shape(student: Any, reference: Any, generator: torch.Generator) -> None:
    """One value per example, also for a batch of one and for one dimension, in the type of the input."""
    cases = [(randn(generator, *size), randn(generator, *size)) for size in SIZES]
    assert_types(plainly(student), cases, [size[:1] for size in SIZES], "the KL")


@grade_kl_divergence.criterion("values", points=1)
def kl_values(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The KL is right near the prior and far from it, and zero at the prior."""
    cases = [(torch.zeros(3, 4), torch.zeros(3, 4))]  # the prior itself
    for size, scale in (
        ((8, 5), 0.1),
        ((8, 5), 1.0),
        ((8, 5), 3.0),
        ((6, 1), 1.0),
        ((3, 200), 1.0),
    ):
        cases.append((scale * randn(generator, *size), scale * randn(generator, *size)))
    assert_values(plainly(student), kl_oracle, cases, "the KL", atol=3e-5)


@grade_kl_divergence.criterion("gradient", points=1)
def kl_gradient(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The KL is differentiable in mu and log_var."""
    assert_gradients(
        student, kl_oracle, {"mu": randn(generator, 6, 3), "log_var": randn(generator, 6, 3)}
    )


@grade_kl_divergence.criterion("any input", points=1)
def kl_extremes(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The KL is right for |log_var| up to 20, and leaves its arguments as they are."""
    cases = [(randn(generator, 4, 3), randn(generator, 4, 3))]
    for low, high in ((-20, -17), (17, 20)):
        mu, log_var = randn(generator, 4, 8), between(generator, low, high, 4, 8)
        log_var[0] = 20.0 if high > 0 else -20.0
        cases.append((mu, log_var))
    for case, result in zip(cases, kept_results(student, *cases), strict=True):
        assert_close(result, kl_oracle(*case).float(), "the KL at large |log_var|", rtol=1e-3)


# --------------------------------------------------------------------------------- reparameterize


@grade_reparameterize.criterion("shape", points=1)
def sample_shape(student: Any, reference: Any, generator: torch.Generator) -> None:
    """z has the shape and type of mu, and the arguments stay as they are."""
    cases = [(randn(generator, *size), randn(generator, *size)) for size in SIZES]
    assert_types(keeping(student), cases, list(SIZES), "z")


@grade_reparameterize.criterion("distribution", points=1)
def sample_distribution(student: Any, reference: Any, generator: torch.Generator) -> None:
    """z is Gaussian with mean mu and variance exp(log_var), |log_var| up to 20, dimensions independent."""
    n = 10_000
    mu = between(generator, -2, 2, 1, 5)
    log_var = torch.cat([between(generator, -3, -1, 1, 2), between(generator, 1, 3, 1, 3)], 1)
    log_var[0, 2], log_var[0, 3], mu[0, 3] = 20.0, -20.0, 0.0
    z = student(mu.repeat(n, 1), log_var.repeat(n, 1))
    assert_like(z, (n, 5), torch.float32, "z")
    noise = (z.detach().double() - mu.double()) / (0.5 * log_var.double()).exp()
    spread = noise.std(0)
    mean_off, spread_off = noise.mean(0).abs(), (spread - 1).abs()
    assert bool((mean_off < 6.5 / math.sqrt(n)).all()), (
        f"the mean of z is off by {float(mean_off.max()):.3g} standard deviations"
    )
    assert bool((spread_off < 6.5 / math.sqrt(2 * n)).all()), (
        f"the standard deviation of z is {float(spread[spread_off.argmax()]):.3g} times what it should be"
    )
    levels = torch.arange(1, n + 1, dtype=torch.float64)[:, None] / n
    distance = (Normal(0.0, 1.0).cdf(noise.sort(0).values) - levels).abs().max()
    assert float(distance) < 3.2 / math.sqrt(n), "z does not follow a Gaussian"
    # A Gaussian is beyond 3.5 with probability 4.65e-4, so 23 of these numbers are expected there. That it is
    # at most 1 has probability 2e-9.
    assert int((noise.abs() > 3.5).sum()) > 1, (
        "z never goes as far out as a Gaussian does: is the noise cut off?"
    )
    products = (noise.T @ noise / n).fill_diagonal_(0).abs().max()
    assert float(products) < 6.5 / math.sqrt(n), "the dimensions of z share their noise"


@grade_reparameterize.criterion("fresh noise", points=1)
def sample_fresh(student: Any, reference: Any, generator: torch.Generator) -> None:
    """Each example and each call has noise of its own."""
    mu, log_var = (
        repeated(randn(generator, 1, 2), 2000),
        repeated(between(generator, -1, 1, 1, 2), 2000),
    )
    independent(each(student, *3 * [(mu, log_var)]), "z")


@grade_reparameterize.criterion("gradient", points=1)
def sample_gradient(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The gradient of z is 1 in mu and (z - mu) / 2 in log_var."""
    mu = randn(generator, 6, 3).requires_grad_()
    log_var = between(generator, -2, 2, 6, 3).requires_grad_()
    weights = randn(generator, 6, 3)
    z = student(mu, log_var)
    assert_shape(z, (6, 3), "z")
    to_mu, to_log_var = gradients(z * weights, [mu, log_var], "z")
    assert_close(to_mu, weights, "the gradient of z with respect to mu", atol=1e-4)
    expected = weights * 0.5 * (z - mu).detach()
    assert_close(
        to_log_var, expected, "the gradient of z with respect to log_var", rtol=1e-3, atol=1e-4
    )


# --------------------------------------------------------------------------------- monte_carlo_kl


def kl_variance(mu: Tensor, log_var: Tensor) -> Tensor:
    """Return the variance per example, (batch,), of log q - log p at one sample of q.

    Each dimension adds (s^2 - 1)^2 / 2 + mu^2 s^2, where s^2 = exp(log_var).
    """
    mu, variance = mu.double(), log_var.double().exp()
    return (0.5 * (variance - 1) ** 2 + mu**2 * variance).sum(-1)


@grade_monte_carlo_kl.criterion("shape", points=1)
def mc_shape(student: Any, reference: Any, generator: torch.Generator) -> None:
    """One estimate per example, for any number of samples, in the type of the input."""
    cases = [
        (randn(generator, *size), randn(generator, *size), num_samples)
        for size, num_samples in zip(SIZES, (1, 4, 7, 1), strict=True)
    ]
    assert_types(keeping(student), cases, [size[:1] for size in SIZES], "the estimate")


@grade_monte_carlo_kl.criterion("mean", points=1)
def mc_mean(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The estimates agree on average with the closed form, for |log_var| up to 20 too."""
    mu = between(generator, 0.5, 1.5, 5, 3) * randn(generator, 5, 3).sign()
    log_var = between(generator, -3, 1, 5, 3)
    log_var[1] -= 1.5
    mu[2], log_var[2] = 0.3 * mu[2].sign(), -0.4  # near the prior: many estimates are negative
    log_var[3], log_var[4] = 20.0, -20.0
    estimates = student(repeated(mu, 500), repeated(log_var, 500), 3)
    assert_like(estimates, (2500,), torch.float32, "the estimate")
    expected, spread = kl_oracle(mu, log_var), kl_variance(mu, log_var).sqrt()
    assert_mean(estimates.reshape(5, -1), expected, spread, 1500, "the Monte Carlo KL")
    # One in five of these is below 0, so that 500 of them hold one for sure.
    below = estimates.reshape(5, -1)[2] < 0
    assert bool(below.any()), "near the prior no estimate is below 0: are negative ones cut off?"


@grade_monte_carlo_kl.criterion("spread", points=1)
def mc_spread(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The variance of the estimate falls as one over num_samples, and is zero at the prior."""
    mu, log_var = between(generator, 0.6, 1.2, 1, 3), between(generator, -1.5, 0, 1, 3)
    many = repeated(mu, 1500), repeated(log_var, 1500)
    prior = torch.zeros(4, 3)
    *found, at_prior = each(student, *((*many, n) for n in (1, 4)), (prior, prior, 2))
    variances = []
    for estimates in found:
        assert_shape(estimates, (1500,), "the estimate")
        variances.append(float(estimates.detach().double().var()))
    # The logarithm of the ratio has a standard error of at most 0.09, so a factor of 2 is over 7.5 of them.
    assert 2 < variances[0] / max(variances[1], 1e-12) < 8, (
        "4 samples should have a quarter of the variance of one"
    )
    assert_close(at_prior, torch.zeros(4), "an estimate at the prior, where log q equals log p")


@grade_monte_carlo_kl.criterion("fresh samples", points=1)
def mc_fresh(student: Any, reference: Any, generator: torch.Generator) -> None:
    """Each example and each call draws samples of its own."""
    mu = repeated(between(generator, 0.5, 1.5, 1, 2), 600)
    log_var = repeated(between(generator, -1, 0, 1, 2), 600)
    independent(each(student, *3 * [(mu, log_var, 2)]), "the estimate")


# ------------------------------------------------------------------------------------------- elbo


def elbo_inputs(generator: torch.Generator, groups: int = 2) -> tuple:
    """Return a model p(x|z), x of shape (groups, 5), and mu and log_var of a q, each (groups, 2).

    No public function knows the ELBO of this model.
    """
    model = SineGaussian(randn(generator, 5, 2).clamp(-1.5, 1.5), 3 * randn(generator, 5), 0.8)
    z = randn(generator, groups, 2)
    x = (z @ model.W.T + model.b).sin() + 0.8**0.5 * randn(generator, groups, 5)
    mu, log_var = 0.6 * randn(generator, groups, 2), between(generator, -1.6, -0.8, groups, 2)
    return model, x, mu, log_var


def in_float64(model: SineGaussian) -> SineGaussian:
    """Return the same model with float64 parameters."""
    return SineGaussian(model.W.double(), model.b.double(), model.noise_var)


def exact_elbo(model: SineGaussian, x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """Return the ELBO per example, (batch,), in float64.

    W z + b is Gaussian, each number with a mean m and a variance v. With E[sin] = sin(m) exp(-v/2) and
    E[sin^2] = (1 - cos(2m) exp(-2v)) / 2 the expected squared error is exact.
    """
    x, mu, log_var = x.double(), mu.double(), log_var.double()
    W, b = model.W.double(), model.b.double()
    m, v = mu @ W.T + b, log_var.exp() @ W.square().T
    error = x.square() - 2 * x * m.sin() * (-v / 2).exp() + (1 - (2 * m).cos() * (-2 * v).exp()) / 2
    log_normaliser = 0.5 * len(b) * math.log(2 * math.pi * model.noise_var)
    q, prior = Normal(mu, (0.5 * log_var).exp()), Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return -0.5 * error.sum(-1) / model.noise_var - log_normaliser - exact_kl(q, prior).sum(-1)


def elbo_spread(
    model: SineGaussian, x: Tensor, mu: Tensor, log_var: Tensor, generator: torch.Generator
) -> list[Tensor]:
    """Return the standard deviations of one-sample estimates: of the value, its gradients in mu and log_var.

    An unbiased ELBO can be written in several ways: with the exact KL; with a KL from the same samples, where
    log q is held fixed or not; with a KL from samples of its own. The largest deviation of these is returned.
    """
    n, groups = 1500, len(x)
    mu, log_var = (repeated(t.double(), n).requires_grad_() for t in (mu, log_var))
    eps = torch.randn(mu.shape, generator=generator, dtype=torch.float64)
    z = mu + (0.5 * log_var).exp() * eps
    likelihood = in_float64(model).log_likelihood(repeated(x.double(), n), z)
    joint = likelihood + Normal(0.0, 1.0).log_prob(z).sum(-1)
    log_q = Normal(mu, (0.5 * log_var).exp()).log_prob(z).sum(-1)
    fixed_q = Normal(mu.detach(), (0.5 * log_var.detach()).exp()).log_prob(z).sum(-1)
    exact_form = likelihood - 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(-1)
    spreads = []
    for value in (exact_form, joint - log_q, joint - fixed_q, likelihood - joint + log_q):
        slopes = torch.autograd.grad(value.sum(), [mu, log_var], retain_graph=True)
        spreads.append([t.detach().reshape(groups, n, -1).std(1) for t in (value, *slopes)])
    kl_alone = spreads.pop()
    spreads.append([(a**2 + b**2).sqrt() for a, b in zip(spreads[0], kl_alone, strict=True)])
    return [torch.stack(kind).amax(0) for kind in zip(*spreads, strict=True)]


@grade_elbo.criterion("shape", points=1)
def elbo_shape(student: Any, reference: Any, generator: torch.Generator) -> None:
    """One value per example, for any number of samples, in the type of the input; arguments unchanged."""
    cases = []
    for batch, num_samples in ((3, 1), (1, 1), (1, 4), (4, 3)):
        model, x, mu, log_var = elbo_inputs(generator, batch)
        cases.append((x, mu, log_var, model.log_likelihood, num_samples))
    for extreme in (-20.0, 20.0):
        cases.append((x, mu, torch.full_like(mu, extreme), model.log_likelihood, 2))
    double = in_float64(model).log_likelihood
    cases.append((x.double(), mu.double(), log_var.double(), double, 2))
    for case, got in zip(cases, kept_results(student, *cases), strict=True):
        assert_like(got, (len(case[0]),), case[0].dtype, f"the ELBO of a batch of {len(case[0])}")


@grade_elbo.criterion("unbiased", points=1)
def elbo_mean(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The mean over many calls is the exact ELBO of a model, whatever num_samples is."""
    model, x, mu, log_var = elbo_inputs(generator)
    log_var[0] += 0.8  # the two examples should have different KLs
    log_var[1] -= 2.5
    spread, _, _ = elbo_spread(model, x, mu, log_var, generator)
    expected = exact_elbo(model, x, mu, log_var)
    many = repeated(x, 2000), repeated(mu, 2000), repeated(log_var, 2000)
    both = each(student, *((*many, model.log_likelihood, n) for n in (1, 4)))
    for num_samples, got in zip((1, 4), both, strict=True):
        assert_like(got, (4000,), torch.float32, "the ELBO")
        what = f"the ELBO with num_samples {num_samples}"
        assert_mean(got.reshape(2, -1), expected, spread[..., 0], 2000 * num_samples, what)
    sharp = SineGaussian(0.1 * randn(generator, 5, 2), 3 * randn(generator, 5), 0.02)
    x = sharp.b.sin().repeat(2, 1)
    spread, _, _ = elbo_spread(sharp, x, mu, log_var, generator)
    got = student(
        repeated(x, 2000), repeated(mu, 2000), repeated(log_var, 2000), sharp.log_likelihood, 1
    )
    assert_like(got, (4000,), torch.float32, "the ELBO")
    expected = exact_elbo(sharp, x, mu, log_var)
    what = "the ELBO of a sharp likelihood, where it may be positive,"
    assert_mean(got.reshape(2, -1), expected, spread[..., 0], 2000, what)


@grade_elbo.criterion("num_samples", points=1)
def elbo_noise(student: Any, reference: Any, generator: torch.Generator) -> None:
    """More samples give less noise, as one over their number."""
    model, x, mu, log_var = elbo_inputs(generator)
    many = repeated(x, 2500), repeated(mu, 2500), repeated(log_var, 2500)
    variances = {}
    both = each(student, *((*many, model.log_likelihood, n) for n in (1, 4)))
    for num_samples, got in zip((1, 4), both, strict=True):
        assert_shape(got, (5000,), "the ELBO")
        variances[num_samples] = got.detach().double().reshape(2, -1).var(1)
    ratio = variances[1] / variances[4].clamp(min=1e-12)
    assert bool((ratio > 2).all()), "4 samples should have about a quarter of the variance of one"


@grade_elbo.criterion("gradient", points=1)
def elbo_gradient(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The gradients with respect to mu and log_var are, on average, those of the exact ELBO."""
    model, x, mu, log_var = elbo_inputs(generator)
    _, *spreads = elbo_spread(model, x, mu, log_var, generator)
    exact = [mu.double().requires_grad_(), log_var.double().requires_grad_()]
    expected = torch.autograd.grad(exact_elbo(model, x, *exact).sum(), exact)
    leaves = [repeated(mu, 1500).requires_grad_(), repeated(log_var, 1500).requires_grad_()]
    value = student(repeated(x, 1500), *leaves, model.log_likelihood, 2)
    assert_shape(value, (3000,), "the ELBO")
    found = gradients(value, leaves, "the ELBO")
    for name, got, wanted, spread in zip(("mu", "log_var"), found, expected, spreads, strict=True):
        what = f"the gradient of the ELBO with respect to {name}"
        assert_mean(got.reshape(2, 1500, 2), wanted, spread, 3000, what)


@grade_elbo.criterion("fresh samples", points=1)
def elbo_fresh(student: Any, reference: Any, generator: torch.Generator) -> None:
    """Each example and each call draws samples of its own."""
    model, x, mu, log_var = elbo_inputs(generator, 1)
    many = repeated(x, 600), repeated(mu, 600), repeated(log_var, 600)
    independent(each(student, *3 * [(*many, model.log_likelihood, 2)]), "the ELBO")


# --------------------------------------------------------------------- both gradients: common parts


def stretched(generator: torch.Generator, function: Callable, latent_dim: int) -> toy.Stretched:
    """Return a function of z that is stretched and shifted at random."""
    scale = between(generator, 0.8, 1.25, latent_dim) * randn(generator, latent_dim).sign()
    return toy.Stretched(function, scale, 3 * randn(generator, latent_dim))


def mu_where(f: toy.Stretched, inside: Tensor) -> Tensor:
    """Return mu, (groups, latent_dim), at which the stretched and shifted number is `inside`."""
    return (inside - f.shift) / f.scale


def moments(f: toy.Stretched, mu: Tensor, log_var: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return scale, and mean and variance of scale * z + shift, each (groups, latent_dim), in float64."""
    scale = f.scale.double()
    return scale, scale * mu.double() + f.shift.double(), scale.square() * log_var.double().exp()


def cosine_gradient(f: toy.Stretched, mu: Tensor, log_var: Tensor) -> Tensor:
    """Return the gradient in mu, (groups, latent_dim), of E[f(z)] for a stretched cosine, in float64.

    The expectation of the cosine of a number with mean m and variance v is cos(m) exp(-v / 2).
    """
    scale, m, v = moments(f, mu, log_var)
    return -scale * m.sin() * (-0.5 * v).exp()


def quadratic_gradient(f: toy.Stretched, mu: Tensor, log_var: Tensor) -> Tensor:
    """Return the gradient in mu, (groups, latent_dim), of E[f(z)] for a stretched quadratic, in float64."""
    scale, m, _ = moments(f, mu, log_var)
    return 2 * scale * (m - 1)


def gradient_inputs(
    generator: torch.Generator, groups: int, low: float, high: float
) -> tuple[Tensor, Tensor]:
    """Return numbers at which our functions are steep, and log_var in [low, high); (groups, 2)."""
    inside = between(generator, 0.7, 1.3, groups, 2) * randn(generator, groups, 2).sign()
    return inside, between(generator, low, high, groups, 2)


def gradient_shape(student: Any, generator: torch.Generator) -> None:
    """Assert shape, dtype and finite values of a gradient estimate, and that no argument changes."""
    wave = stretched(generator, toy.cosine, 3).value
    cases = [(torch.zeros(2, 3), torch.full((2, 3), at), wave, 2) for at in (-20.0, 20.0)]
    for size, num_samples in zip(SIZES, (3, 1, 5, 1), strict=True):
        mu, log_var = randn(generator, *size), randn(generator, *size)
        wave = stretched(generator, toy.cosine, size[1]).value
        leaves = mu.clone().requires_grad_(), log_var.clone().requires_grad_()
        for pair in ((mu, log_var), leaves, (mu.double(), log_var.double())):
            cases.append((*pair, wave, num_samples))
    for (mu, *_), got in zip(cases, kept_results(student, *cases), strict=True):
        what = f"the gradient for a batch of shape {tuple(mu.shape)}"
        assert_like(got, tuple(mu.shape), mu.dtype, what)


def gradient_mean(
    student: Any, mu: Tensor, log_var: Tensor, f: Callable, expected: Tensor, spread: Tensor
) -> None:
    """Assert that many estimates, with 2 samples each, average to the exact gradient.

    Args:
        student: The learner's function.
        mu: Mean of q, (groups, latent_dim).
        log_var: Log-variance of q, (groups, latent_dim).
        f: The function in the expectation.
        expected: The exact gradients, (groups, latent_dim).
        spread: Standard deviation of a one-sample estimate, (groups, latent_dim).
    """
    n, (groups, dim) = 3000, mu.shape
    got = student(repeated(mu, n), repeated(log_var, n), f, 2)
    assert_like(got, (groups * n, dim), torch.float32, "the gradient")
    assert_mean(got.reshape(groups, n, dim), expected, spread, 2 * n, "the gradient")


def gradient_noise(student: Any, mu: Tensor, log_var: Tensor, f: Callable) -> None:
    """Assert that the variance falls with num_samples, as one over their number."""
    many = repeated(mu, 2500), repeated(log_var, 2500)
    variances = {}
    both = each(student, *((*many, f, n) for n in (2, 8)))
    for num_samples, got in zip((2, 8), both, strict=True):
        assert_shape(got, tuple(many[0].shape), "the gradient")
        variances[num_samples] = got.detach().double().var(0)
    ratio = variances[2] / variances[8].clamp(min=1e-12)
    assert bool((ratio > 2).all()), (
        "4 times the samples should have about a quarter of the variance"
    )


# ------------------------------------------------------------------------ score_function_gradient


def reinforce_spread(
    mu: Tensor, log_var: Tensor, f: Callable, generator: torch.Generator
) -> Tensor:
    """Return the standard deviation of f(z) (z - mu) / var at one sample, plus 20 %.

    The 20 % allow for learners who subtract a baseline.
    """
    mu, sigma = mu.double(), (0.5 * log_var.double()).exp()
    eps = torch.randn(3000, *mu.shape, generator=generator, dtype=torch.float64)
    return 1.2 * (f(mu + sigma * eps)[..., None] * eps / sigma).std(0)


@grade_score_function_gradient.criterion("shape", points=1)
def score_shape(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The estimate has the shape and type of mu; mu, its .grad and its requires_grad stay as they are."""
    gradient_shape(student, generator)


@grade_score_function_gradient.criterion("unbiased", points=1)
def score_mean(student: Any, reference: Any, generator: torch.Generator) -> None:
    """On average the estimate is the gradient, for smooth functions, and for a batch of one."""
    inside, log_var = gradient_inputs(generator, 2, -1.8, -1.2)
    for function, gradient in ((toy.cosine, cosine_gradient), (toy.quadratic, quadratic_gradient)):
        f = stretched(generator, function, 2)
        mu = mu_where(f, inside)
        spread = reinforce_spread(mu, log_var, f.value, generator)
        gradient_mean(student, mu, log_var, f.value, gradient(f, mu, log_var), spread)
    # Where the cosine is nearly 0 the noise is small: one example is enough to tell the gradient from 0.
    f = stretched(generator, toy.cosine, 2)
    mu = mu_where(f, between(generator, 1.4, 1.7, 1, 2) * randn(generator, 1, 2).sign())
    alone = student(mu, log_var[:1], f.value, 600)
    what = "the gradient for a batch of one"
    assert_like(alone, (1, 2), torch.float32, what)
    spread = reinforce_spread(mu, log_var[:1], f.value, generator)
    assert_mean(alone[:, None], cosine_gradient(f, mu, log_var[:1]), spread, 600, what)


@grade_score_function_gradient.criterion("no gradient of f", points=1)
def score_step(student: Any, reference: Any, generator: torch.Generator) -> None:
    """It is right for a step, whose own gradient is zero, and noisy where f is linear: f is only evaluated."""
    f = stretched(generator, toy.step, 1)
    mu = mu_where(f, between(generator, -0.5, 0.5, 2, 1))
    log_var = between(generator, -0.8, 0.8, 2, 1)
    scale, m, v = moments(f, mu, log_var)
    exact = scale * Normal(0.0, v.sqrt()).log_prob(m).exp()
    spread = reinforce_spread(mu, log_var, f.value, generator)
    gradient_mean(student, mu, log_var, f.value, exact, spread)
    f = stretched(generator, toy.linear, 1)
    mu = mu_where(f, torch.zeros(2000, 1))
    linear = student(mu, torch.zeros(2000, 1), f.value, 1)
    assert_shape(linear, (2000, 1), "the gradient")
    assert float(linear.detach().double().std()) > 0.3, (
        "for a linear f the estimate has no noise: it uses the gradient of f, which REINFORCE does not know"
    )


@grade_score_function_gradient.criterion("num_samples", points=1)
def score_noise(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The variance falls as one over num_samples."""
    inside, log_var = gradient_inputs(generator, 1, -1.8, -1.2)
    f = stretched(generator, toy.cosine, 2)
    gradient_noise(student, mu_where(f, inside), log_var, f.value)


@grade_score_function_gradient.criterion("fresh samples", points=1)
def score_fresh(student: Any, reference: Any, generator: torch.Generator) -> None:
    """Each example and each call draws samples of its own."""
    inside, log_var = gradient_inputs(generator, 1, -1.8, -1.2)
    f = stretched(generator, toy.cosine, 2)
    many = repeated(mu_where(f, inside), 2000), repeated(log_var, 2000)
    independent(each(student, *3 * [(*many, f.value, 2)]), "the gradient")


# ------------------------------------------------------------------------------ pathwise_gradient


@grade_pathwise_gradient.criterion("shape", points=1)
def pathwise_shape(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The estimate has the shape and type of mu; mu, its .grad and its requires_grad stay as they are."""
    gradient_shape(student, generator)


@grade_pathwise_gradient.criterion("exact for a linear f", points=1)
def pathwise_linear(student: Any, reference: Any, generator: torch.Generator) -> None:
    """For a linear f every single estimate is exact, in a batch of any size and in repeated calls."""
    f = stretched(generator, toy.linear, 3)
    cases = [
        (randn(generator, batch, 3), between(generator, -1, 1, batch, 3), f.value, num_samples)
        for batch, num_samples in ((1, 1), (4, 1), (7, 5))
    ]
    for (mu, *_), got in zip(2 * cases, each(student, *cases, *cases), strict=True):
        expected = (f.scale * torch.tensor([1.0, 2.0, 3.0])).repeat(len(mu), 1)
        assert_close(got, expected, "the gradient of a linear f", atol=0.02)


@grade_pathwise_gradient.criterion("unbiased", points=1)
def pathwise_mean(student: Any, reference: Any, generator: torch.Generator) -> None:
    """On average the estimate is the gradient of the expectation, not the gradient at the mean."""
    inside, log_var = gradient_inputs(generator, 2, 0.4, 1.0)
    wave, bowl = (stretched(generator, function, 2) for function in (toy.cosine, toy.quadratic))
    mu = mu_where(wave, inside)
    scale = wave.scale.double().abs().expand(mu.shape)
    gradient_mean(student, mu, log_var, wave.value, cosine_gradient(wave, mu, log_var), scale)
    mu = mu_where(bowl, inside)
    scale, _, v = moments(bowl, mu, log_var)
    spread = 2 * scale.abs() * v.sqrt()
    gradient_mean(student, mu, log_var, bowl.value, quadratic_gradient(bowl, mu, log_var), spread)


@grade_pathwise_gradient.criterion("fresh samples", points=1)
def pathwise_noise(student: Any, reference: Any, generator: torch.Generator) -> None:
    """Examples, calls, samples and dimensions have noise of their own; the variance falls with num_samples."""
    mu, log_var = randn(generator, 1, 2), between(generator, -0.5, 0.5, 1, 2)
    f = stretched(generator, toy.quadratic, 2)
    gradient_noise(student, mu, log_var, f.value)
    many = repeated(mu, 2000), repeated(log_var, 2000)
    calls = each(student, *3 * [(*many, f.value, 2)])
    independent(calls, "the gradient")
    # The dimensions of this f are independent, and so are those of its gradient.
    together = torch.corrcoef(calls[0].detach().double().T)[0, 1].nan_to_num()
    assert abs(float(together)) < 6.5 / math.sqrt(2000), "the dimensions of z share their noise"
