"""Hidden tests of lesson 01: densities, evidence, KL, samples, the ELBO and its two gradients.

Oracles: torch.distributions, moments in closed form and the linear-Gaussian model, all in float64.
Statistical criteria allow at least 6.5 standard errors of a mean over thousands of draws. For a Gaussian
mean a false alarm has probability below 1e-9 per number; a criterion compares fewer than 40 numbers, which
leaves room for heavier tails. Kolmogorov-Smirnov distances may reach 3.2 / sqrt(n) (below 3e-9). So each
criterion has less than 1e-6 false alarms.
Sizes are small enough for a learner who loops over examples and samples in Python.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, Normal
from torch.distributions import kl_divergence as exact_kl

from autograder.exercises.criteria import (
    HiddenTest,
    assert_close,
    assert_like,
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


def copied(case: tuple) -> tuple:
    """Return the same arguments with copies of tensors, which a learner's function may change."""
    return tuple(a.clone() if isinstance(a, Tensor) else a for a in case)


def doubled(case: tuple) -> tuple:
    """Return the same arguments with tensors in float64."""
    return tuple(a.double() if isinstance(a, Tensor) else a for a in case)


def numbers(value: Any, shape: tuple[int, ...] | None, what: str) -> Tensor:
    """Return a result's numbers in float64 and in this shape: kind and shape have a criterion of their own.

    Args:
        value: What the learner's function returned; of a tuple the first part counts.
        shape: The shape to give, or None for any number of numbers in one row.
        what: The quantity in words.
    """
    if type(value) is tuple and value:
        value = value[0]
    if type(value) is np.ndarray and value.dtype.kind == "f":
        value = torch.from_numpy(value)
    if type(value) is float or (type(value) is list and _only_floats(value)):
        value = torch.tensor(value, dtype=torch.float64)
    assert_tensor(value, what)
    flat = value.detach().double().flatten()
    assert bool(torch.isfinite(flat).all()), f"{what} holds NaN or infinite values"
    if shape is None:
        return flat
    assert flat.numel() == math.prod(shape), (
        f"{what} should have shape {shape}, got {tuple(value.shape)}"
    )
    return flat.reshape(shape)


def _only_floats(values: list) -> bool:
    """Return whether a list holds floats, or lists of equally many floats."""
    rows = values if values and all(type(v) is list for v in values) else [values]
    return all(len(row) == len(rows[0]) and all(type(v) is float for v in row) for row in rows)


def total(value: Any, what: str) -> float:
    """Return the sum of all numbers of a result of any shape and kind: the criterion "shape" judges those."""
    return float(numbers(value, None, what).sum())


def drawn(student: Callable, case: tuple, shape: tuple[int, ...], calls: int, what: str) -> Tensor:
    """Return the results of many equal calls, (calls, *shape): so examples may share their noise in a batch."""
    results = each(student, *(copied(case) for _ in range(calls)))
    return torch.stack([numbers(result, shape, what) for result in results])


def assert_values(
    student: Callable,
    oracle: Callable,
    cases: list[tuple],
    what: str,
    rtol: float = 1e-4,
    atol: float = 1e-5,
) -> None:
    """Assert that results for batches of one are those of a float64 oracle, of whatever shape and kind.

    Args:
        student: The learner's function.
        oracle: Returns the right result for the arguments of one call.
        cases: Tuples of arguments.
        what: The quantity in words.
        rtol: Relative tolerance.
        atol: Absolute tolerance.
    """
    expected = [float(oracle(*case).sum()) for case in cases]
    results = each(student, *map(copied, cases))
    for right, result in zip(expected, results, strict=True):
        value = total(result, what)
        assert math.isfinite(value), f"{what} is NaN or infinite"
        gap = abs(value - right)
        assert gap <= atol + rtol * abs(right), f"{what} of one example is off by {gap:.3g}"


def assert_types(student: Callable, cases: list[tuple], shapes: list[tuple], what: str) -> None:
    """Assert shapes and finite values, in float32 and in float64; arguments as for `assert_values`."""
    results = each(student, *map(copied, cases), *map(doubled, cases))
    for i, (result, shape) in enumerate(zip(results, 2 * shapes, strict=True)):
        single = i < len(cases)
        name = f"{what} of {'a batch' if single else 'float64 inputs'} of shape {tuple(shape)}"
        assert_like(result, shape, torch.float32 if single else torch.float64, name)


def assert_rows(student: Callable, case: tuple, what: str, slack: float = 1e-4) -> None:
    """Assert that the examples of a batch have the same results alone as together."""
    rows = [
        tuple(a[i : i + 1] if isinstance(a, Tensor) else a for a in case)
        for i in range(len(case[0]))
    ]
    batch, *alone = each(student, case, *rows)
    apart = torch.stack([numbers(result, None, what).sum() for result in alone]).sum()
    gap = (numbers(batch, None, what).sum() - apart).abs()
    assert float(gap) < slack * (1 + float(apart.abs())), (
        f"{what} of an example depends on the size of its batch"
    )


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


def assert_slopes(student: Callable, inputs: dict[str, Tensor], generator: torch.Generator) -> None:
    """Assert that the gradient in each argument is the slope of the learner's own result, right or wrong."""
    leaves = [t.double().requires_grad_() for t in inputs.values()]
    # Copies, so that an operation in place is no error here: "shape" judges those.
    found = gradients(student(*(leaf.clone() for leaf in leaves)), leaves, "the result")
    points = [leaf.detach() for leaf in leaves]
    steps, cases = [], []
    for i, point in enumerate(points):
        for _ in range(3):
            step = 1e-3 * randn(generator, *point.shape).double()
            steps.append((i, step))
            cases += [
                tuple(p.clone() + (sign * step if j == i else 0) for j, p in enumerate(points))
                for sign in (1, -1)
            ]
    values = [total(value, "the result") for value in each(student, *cases)]
    for (i, step), above, below in zip(steps, values[::2], values[1::2], strict=True):
        slope, size = float((found[i] * step).sum()), float((found[i] * step).abs().sum())
        gap = abs((above - below) / 2 - slope)
        assert gap < 1e-2 * size + 1e-5, (
            f"the gradient in {list(inputs)[i]} is not the slope of the result: is part of it detached?"
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
    assert_types(student, cases, [size[:1] for size in SIZES], "the log-density")


@grade_gaussian_log_prob.criterion("values", points=1)
def log_prob_values(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The log-density is right, near the mean and far from it, in any number of dimensions."""
    cases = []
    for dim, scale in ((5, 1.0), (5, 4.0), (1, 1.0), (200, 1.0)):
        for _ in range(4):
            x, mu = scale * randn(generator, 1, dim), randn(generator, 1, dim)
            cases.append((x, mu, between(generator, -3, 2, 1, dim)))
    assert_values(student, gaussian_oracle, cases, "the log-density")
    batch = tuple(randn(generator, 5, 3) for _ in range(3))
    assert_rows(student, batch, "the log-density")


@grade_gaussian_log_prob.criterion("gradient", points=1)
def log_prob_gradient(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The result is differentiable in x, mu and log_var."""
    inputs = {name: randn(generator, 6, 3) for name in ("x", "mu", "log_var")}
    assert_slopes(student, inputs, generator)


@grade_gaussian_log_prob.criterion("any input", points=1)
def log_prob_extremes(student: Any, reference: Any, generator: torch.Generator) -> None:
    """It is right for |log_var| up to 20 and 40 standard deviations from mu, and changes no argument."""
    kept_results(student, tuple(randn(generator, 4, 3) for _ in range(3)))
    cases: list[tuple[Tensor, ...]] = []
    for low, high in ((-20, -17), (17, 20)):
        for at in (between(generator, low, high, 1, 8), torch.full((1, 8), math.copysign(20, low))):
            mu = randn(generator, 1, 8)
            cases += [(mu, mu, at), (mu + 1 + uniform(generator, 1, 8), mu, at)]
    mu, log_var = randn(generator, 1, 20), between(generator, -1, 1, 1, 20)
    cases.append((mu + 40 * (0.5 * log_var).exp(), mu, log_var))
    assert_values(student, gaussian_oracle, cases, "the log-density of an extreme input", rtol=1e-3)


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
    """One value per example, also for a batch of one, in the type of the input; no argument changes."""
    cases = [evidence_inputs(generator, 3, 4, batch) for batch in (5, 1)]
    assert_types(student, cases, [(5,), (1,)], "log p(x)")
    kept_results(student, *cases)


@grade_log_evidence.criterion("each example for itself", points=1)
def evidence_rows(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The value of an example is the same in every batch and in every call."""
    x, W, b, noise_var = evidence_inputs(generator, 3, 4, 5)
    batches = (x, x[[3, 1, 4]], x[1:2], x)
    results = each(student, *((batch.clone(), W, b, noise_var) for batch in batches))
    for batch, result in zip(batches, results, strict=True):
        assert_tensor(result, "log p(x)")
        assert tuple(result.shape[:1]) == (len(batch),), (
            f"log p(x) of {len(batch)} examples should hold {len(batch)} values, "
            f"its shape is {tuple(result.shape)}"
        )
    whole, some, one, again = (r.detach().double() for r in results)
    assert bool(torch.isfinite(whole).all()), "log p(x) holds NaN or infinite values"
    for part, same in ((some, whole[[3, 1, 4]]), (one, whole[1:2]), (again, whole)):
        assert tuple(part.shape) == tuple(same.shape), "the shape of log p(x) depends on the batch"
        assert bool(((part - same).abs() < 1e-3 * (1 + same.abs())).all()), (
            "log p(x) of an example depends on the rest of the batch, or on chance"
        )
    others = (whole[1:] - whole[:-1]).abs()
    assert bool((others > 1e-6).all()), "log p(x) is the same for different examples"


@grade_log_evidence.criterion("values", points=1)
def evidence_values(student: Any, reference: Any, generator: torch.Generator) -> None:
    """log p(x) is right for random models, also with one dial or with more dials than instruments."""
    sizes = ((5, 2), (4, 3), (7, 2), (4, 1), (1, 1), (3, 3), (2, 5), (1, 3))
    cases = [evidence_inputs(generator, *size, batch=1) for size in sizes for _ in range(3)]
    assert_values(student, evidence_oracle, cases, "log p(x)", rtol=1e-3, atol=2e-3)


@grade_log_evidence.criterion("many dimensions", points=1)
def evidence_many(student: Any, reference: Any, generator: torch.Generator) -> None:
    """It stays finite and right in 100 and more dimensions, where a determinant underflows or overflows."""
    cases = []
    for noise_var in (0.05, 8.0):
        W, b = randn(generator, 120, 2), randn(generator, 120)
        x, _ = LinearGaussian(W, b, noise_var).sample(1, generator)
        cases.append((x, W, b, noise_var))
    what = "log p(x) in 120 dimensions"
    assert_values(student, evidence_oracle, cases, what, rtol=5e-3, atol=0.05)


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
    assert_types(student, cases, [size[:1] for size in SIZES], "the KL")


@grade_kl_divergence.criterion("values", points=1)
def kl_values(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The KL is right near the prior and far from it, and zero at the prior."""
    cases = [(torch.zeros(1, 4), torch.zeros(1, 4))]  # the prior itself
    for dim, scale in ((5, 0.1), (5, 1.0), (5, 3.0), (1, 1.0), (200, 1.0)):
        for _ in range(4):
            cases.append((scale * randn(generator, 1, dim), scale * randn(generator, 1, dim)))
    assert_values(student, kl_oracle, cases, "the KL", atol=3e-5)
    assert_rows(student, (randn(generator, 5, 3), randn(generator, 5, 3)), "the KL")


@grade_kl_divergence.criterion("gradient", points=1)
def kl_gradient(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The KL is differentiable in mu and log_var."""
    inputs = {name: randn(generator, 6, 3) for name in ("mu", "log_var")}
    assert_slopes(student, inputs, generator)


@grade_kl_divergence.criterion("any input", points=1)
def kl_extremes(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The KL is right for |log_var| up to 20, and changes no argument."""
    kept_results(student, (randn(generator, 4, 3), randn(generator, 4, 3)))
    cases = []
    for low, high in ((-20, -17), (17, 20)):
        for at in (between(generator, low, high, 1, 8), torch.full((1, 8), math.copysign(20, low))):
            cases.append((randn(generator, 1, 8), at))
    assert_values(student, kl_oracle, cases, "the KL at large |log_var|", rtol=1e-3)


# --------------------------------------------------------------------------------- reparameterize


@grade_reparameterize.criterion("shape", points=1)
def sample_shape(student: Any, reference: Any, generator: torch.Generator) -> None:
    """z has the shape and type of mu, and the arguments stay as they are."""
    cases = [(randn(generator, *size), randn(generator, *size)) for size in SIZES]
    assert_types(student, cases, list(SIZES), "z")
    kept_results(student, *cases)


@grade_reparameterize.criterion("distribution", points=1)
def sample_distribution(student: Any, reference: Any, generator: torch.Generator) -> None:
    """z is Gaussian with mean mu and variance exp(log_var), |log_var| up to 20, dimensions independent."""
    n = 10_000
    mu = between(generator, -2, 2, 1, 5)
    log_var = torch.cat([between(generator, -3, -1, 1, 2), between(generator, 1, 3, 1, 3)], 1)
    log_var[0, 2], log_var[0, 3], mu[0, 3] = 20.0, -20.0, 0.0
    z = numbers(student(mu.repeat(n, 1), log_var.repeat(n, 1)), (n, 5), "z")
    noise = (z - mu.double()) / (0.5 * log_var.double()).exp()
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
    calls = each(student, *(copied((mu, log_var)) for _ in range(3)))
    independent([numbers(z, (2000, 2), "z") for z in calls], "z")


@grade_reparameterize.criterion("gradient", points=1)
def sample_gradient(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The gradient of z is 1 in mu and (z - mu) / 2 in log_var."""
    mu = randn(generator, 6, 3).requires_grad_()
    log_var = between(generator, -2, 2, 6, 3).requires_grad_()
    weights = randn(generator, 6, 3)
    z = student(mu.clone(), log_var.clone())  # copies: an operation in place is no error here
    assert_tensor(z, "z")
    assert z.numel() == 18, f"z should have shape (6, 3), got {tuple(z.shape)}"
    z = z.float().reshape(6, 3)
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
    assert_types(student, cases, [size[:1] for size in SIZES], "the estimate")
    kept_results(student, *cases)


@grade_monte_carlo_kl.criterion("mean", points=1)
def mc_mean(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The average over many samples is the closed form, for |log_var| up to 20 too, and exact at the prior."""
    mu = between(generator, 0.5, 1.5, 5, 3) * randn(generator, 5, 3).sign()
    log_var = between(generator, -3, 1, 5, 3)
    log_var[1] -= 1.5
    mu[2], log_var[2] = 0.3 * mu[2].sign(), -0.4  # near the prior
    log_var[3], log_var[4] = 20.0, -20.0
    cases = [(mu[i : i + 1].clone(), log_var[i : i + 1].clone(), 800) for i in range(5)]
    *found, at_prior = each(student, *cases, (torch.zeros(1, 3), torch.zeros(1, 3), 2))
    estimates = torch.stack([numbers(value, (1,), "the estimate") for value in found])
    expected, spread = kl_oracle(mu, log_var), kl_variance(mu, log_var).sqrt()
    assert_mean(estimates, expected, spread, 800, "the Monte Carlo KL")
    assert_rows(
        student, (torch.zeros(2, 1), torch.full((2, 1), -20.0), 200), "the estimate", slack=0.3
    )
    gap = abs(total(at_prior, "the estimate"))
    assert gap < 1e-4, f"an estimate at the prior, where log q equals log p, is off by {gap:.3g}"


@grade_monte_carlo_kl.criterion("spread", points=1)
def mc_spread(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The variance of single estimates is that of log q - log p at samples of q, and some are negative."""
    mu, log_var = between(generator, 0.3, 0.5, 1, 3), between(generator, -1.6, -1.1, 1, 3)
    estimates = drawn(student, (mu, log_var, 1), (1,), 1500, "the estimate")
    ratio = float(estimates.var() / kl_variance(mu, log_var))
    # A standard error is at most 0.062 here, so 0.45 is over 7.2 of them: below 1e-7 at skewness 0.2.
    assert abs(ratio - 1) < 0.45, (
        f"the variance of the estimate is {ratio:.3g} times that of log q - log p at a sample of q"
    )
    # About one in ten is negative, so that none of 1500 is has probability below 1e-50.
    assert bool((estimates < 0).any()), "no estimate is negative, though log q - log p often is"


@grade_monte_carlo_kl.criterion("fresh samples", points=1)
def mc_fresh(student: Any, reference: Any, generator: torch.Generator) -> None:
    """Each example and each call draws samples of its own; the noise falls with num_samples."""
    mu = repeated(between(generator, 0.5, 1.5, 1, 2), 1500)
    log_var = repeated(between(generator, -1, 0, 1, 2), 1500)
    calls = each(student, *((*copied((mu, log_var)), n) for n in (1, 8, 1)))
    one, eight, again = (numbers(c, (1500,), "the estimate") for c in calls)
    independent([one, again, eight], "the estimate")
    assert bool(one.var() > 2.5 * eight.var()), (
        "8 samples should have an eighth of the variance of one"
    )


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


@grade_elbo.criterion("shape", points=1.25)
def elbo_shape(student: Any, reference: Any, generator: torch.Generator) -> None:
    """One value per example, each for itself, in the type of the input; the arguments stay as they are."""
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
    # With a tiny variance only a sampled KL is noisy, by 0.05 here: 0.6 is 8 times the noise of a difference.
    model, x, mu, log_var = elbo_inputs(generator, 2)
    mu[1], log_var = 3.0, torch.full_like(log_var, -12.0)
    rows = [slice(0, 2), slice(0, 1), slice(1, 2)]
    both, *apart = each(
        student, *((x[r], mu[r], log_var[r], model.log_likelihood, 400) for r in rows)
    )
    gap = (both - torch.cat(apart)).detach().abs().max()
    assert float(gap) < 0.6, "the ELBO of an example depends on the other examples of its batch"


@grade_elbo.criterion("unbiased", points=1.25)
def elbo_mean(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The mean over many samples is the exact ELBO of a model."""
    model, x, mu, log_var = elbo_inputs(generator)
    log_var[0] += 0.8
    log_var[1] -= 2.5
    sharp = SineGaussian(0.1 * randn(generator, 5, 2), 3 * randn(generator, 5), 0.02)
    for nature, data in ((model, x), (sharp, sharp.b.sin().repeat(2, 1))):
        spread, _, _ = elbo_spread(nature, data, mu, log_var, generator)
        expected = exact_elbo(nature, data, mu, log_var)
        cases = [
            (*(t[i : i + 1] for t in (data, mu, log_var)), nature.log_likelihood, 1500)
            for i in (0, 1)
        ]
        got = [numbers(value, (1,), "the ELBO") for value in each(student, *map(copied, cases))]
        assert_mean(torch.stack(got), expected, spread[..., 0], 1500, "the ELBO of many samples")


@grade_elbo.criterion("gradient", points=1.25)
def elbo_gradient(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The gradients with respect to mu and log_var are, on average, those of the exact ELBO."""
    model, x, mu, log_var = elbo_inputs(generator)
    _, *spreads = elbo_spread(model, x, mu, log_var, generator)
    exact = [mu.double().requires_grad_(), log_var.double().requires_grad_()]
    expected = torch.autograd.grad(exact_elbo(model, x, *exact).sum(), exact)
    leaves = [repeated(mu, 1500).requires_grad_(), repeated(log_var, 1500).requires_grad_()]
    copies = [leaf.clone() for leaf in leaves]
    value = student(repeated(x, 1500), *copies, model.log_likelihood, 2)
    assert_tensor(value, "the ELBO")
    # The mean, so that a mean over the batch, which "shape" judges, has the same gradient.
    found = gradients(3000 * value.mean(), leaves, "the ELBO")
    for name, got, wanted, spread in zip(("mu", "log_var"), found, expected, spreads, strict=True):
        what = f"the gradient of the ELBO with respect to {name}"
        assert_mean(got.reshape(2, 1500, 2), wanted, spread, 3000, what)


@grade_elbo.criterion("fresh samples", points=1.25)
def elbo_fresh(student: Any, reference: Any, generator: torch.Generator) -> None:
    """Each example and each call draws samples of its own; the noise falls with num_samples."""
    model, x, mu, log_var = elbo_inputs(generator, 1)
    many = repeated(x, 1500), repeated(mu, 1500), repeated(log_var, 1500)
    numbers_of = (1, 8, 1)
    calls = each(student, *((*copied(many), model.log_likelihood, n) for n in numbers_of))
    one, eight, again = (numbers(c, (1500,), "the ELBO") for c in calls)
    independent([one, again, eight], "the ELBO")
    # Eight samples have an eighth of the variance; a standard error of the ratio is below 1.
    assert bool(one.var() > 2.5 * eight.var()), (
        "8 samples should have an eighth of the variance of one"
    )


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
    """Assert that a gradient estimate has the shape and dtype of mu, and that no argument changes."""
    wave = stretched(generator, toy.cosine, 3).value
    cases = [(torch.zeros(2, 3), torch.full((2, 3), at), wave, 2) for at in (-20.0, 20.0)]
    for size, num_samples in zip(SIZES, (3, 1, 5, 1), strict=True):
        mu, log_var = randn(generator, *size), randn(generator, *size)
        wave = stretched(generator, toy.cosine, size[1]).value
        leaves = mu.clone().requires_grad_(), log_var.clone().requires_grad_()
        for pair in ((mu, log_var), leaves, (mu.double(), log_var.double())):
            cases.append((*pair, wave, num_samples))
    full = randn(generator, 2, 3).requires_grad_()
    full.grad = torch.ones(2, 3)
    cases.append((full, torch.zeros(2, 3), stretched(generator, toy.cosine, 3).value, 2))
    for (mu, *_), got in zip(cases, kept_results(student, *cases), strict=True):
        what = f"the gradient for a batch of shape {tuple(mu.shape)}"
        assert_like(got, tuple(mu.shape), mu.dtype, what)
    assert torch.equal(full.grad, torch.ones(2, 3)), "the function changes mu.grad"


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
    got = numbers(
        student(repeated(mu, n), repeated(log_var, n), f, 2), (groups * n, dim), "the gradient"
    )
    assert_mean(got.reshape(groups, n, dim), expected, spread, 2 * n, "the gradient")


def gradient_noise(student: Any, mu: Tensor, log_var: Tensor, f: Callable) -> Tensor:
    """Assert that samples are new in each call and example and lower the noise; return some estimates."""
    many = repeated(mu, 2000), repeated(log_var, 2000)
    calls = each(student, *((*copied(many), f, n) for n in (2, 16, 2)))
    two, sixteen, again = (numbers(c, tuple(many[0].shape), "the gradient") for c in calls)
    independent([two, again, sixteen], "the gradient")
    # Relative to the mean, so that a wrong factor is no matter here.
    noise = [c.var(0) / c.mean(0).square().clamp(min=1e-12) for c in (two, sixteen)]
    assert bool((noise[0] > 2.5 * noise[1]).any()), (
        "16 samples should have an eighth of the variance of 2"
    )
    return two


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


@grade_score_function_gradient.criterion("shape", points=1.25)
def score_shape(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The estimate has the shape and type of mu; mu, its .grad and its requires_grad stay as they are."""
    gradient_shape(student, generator)


@grade_score_function_gradient.criterion("unbiased", points=1.25)
def score_mean(student: Any, reference: Any, generator: torch.Generator) -> None:
    """Over many samples the estimate is the gradient, for a smooth function and a batch of one."""
    inside, log_var = gradient_inputs(generator, 1, -1.8, -1.2)
    f = stretched(generator, toy.cosine, 2)
    mu = mu_where(f, inside)
    spread = reinforce_spread(mu, log_var, f.value, generator)
    got = numbers(student(mu.clone(), log_var.clone(), f.value, 6000), (1, 1, 2), "the gradient")
    assert_mean(got, cosine_gradient(f, mu, log_var), spread, 6000, "the gradient")


@grade_score_function_gradient.criterion("no gradient of f", points=1.25)
def score_step(student: Any, reference: Any, generator: torch.Generator) -> None:
    """It is right for a step, whose own gradient is zero, and noisy where f is linear: f is only evaluated."""
    f = stretched(generator, toy.step, 1)
    mu = mu_where(f, between(generator, -0.5, 0.5, 2, 1))
    log_var = between(generator, 0.6, 0.9, 2, 1) * randn(generator, 2, 1).sign()
    scale, m, v = moments(f, mu, log_var)
    exact = scale * Normal(0.0, v.sqrt()).log_prob(m).exp()
    spread = reinforce_spread(mu, log_var, f.value, generator)
    gradient_mean(student, mu, log_var, f.value, exact, spread)
    f = stretched(generator, toy.linear, 1)
    mu = mu_where(f, torch.zeros(1, 1))
    linear = drawn(student, (mu, torch.zeros(1, 1), f.value, 2), (1, 1), 50, "the gradient")
    # A single call has a spread above 0.5; a fixed seed has its own criterion.
    exact_slope = (linear - f.scale.double()).abs().max()
    assert float(exact_slope) > 1e-3, (
        "for a linear f the estimate has no noise: it uses the gradient of f, which REINFORCE does not know"
    )


@grade_score_function_gradient.criterion("fresh samples", points=1.25)
def score_fresh(student: Any, reference: Any, generator: torch.Generator) -> None:
    """Each example and each call draws samples of its own; the noise falls with num_samples."""
    inside, log_var = gradient_inputs(generator, 1, -1.8, -1.2)
    f = stretched(generator, toy.cosine, 2)
    gradient_noise(student, mu_where(f, inside), log_var, f.value)


# ------------------------------------------------------------------------------ pathwise_gradient


@grade_pathwise_gradient.criterion("shape", points=1)
def pathwise_shape(student: Any, reference: Any, generator: torch.Generator) -> None:
    """One gradient per example, of the shape and type of mu; mu, .grad and requires_grad stay as they are."""
    gradient_shape(student, generator)
    f = stretched(generator, toy.linear, 3).value
    mu, log_var = randn(generator, 4, 3), between(generator, -1, 1, 4, 3)
    batch, alone = each(student, (mu, log_var, f, 2), (mu[1:2], log_var[1:2], f, 2))
    gap = float((batch[1:2] - alone).detach().abs().max())
    assert gap < 0.02, "the gradient of an example depends on the size of its batch"


@grade_pathwise_gradient.criterion("exact for a linear f", points=1)
def pathwise_linear(student: Any, reference: Any, generator: torch.Generator) -> None:
    """For a linear f every single estimate is exact, for any number of samples and in repeated calls."""
    f = stretched(generator, toy.linear, 3)
    cases = [
        (randn(generator, 1, 3), between(generator, -1, 1, 1, 3), f.value, num_samples)
        for num_samples in (1, 1, 5)
    ]
    expected = (f.scale * torch.tensor([1.0, 2.0, 3.0])).double()
    for got in each(student, *map(copied, 2 * cases)):
        gap = (numbers(got, (3,), "the gradient of a linear f") - expected).abs().max()
        assert float(gap) < 0.02, f"the gradient of a linear f is off by {float(gap):.3g}"


@grade_pathwise_gradient.criterion("unbiased", points=1)
def pathwise_mean(student: Any, reference: Any, generator: torch.Generator) -> None:
    """On average the estimate is the gradient of the expectation, not the gradient at the mean."""
    inside, log_var = gradient_inputs(generator, 1, 0.4, 1.0)
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
    """Each example, call and sample has noise of its own: the variance falls as one over num_samples."""
    f = stretched(generator, toy.quadratic, 2)
    mu = mu_where(f, 1 + 2 * randn(generator, 1, 2).sign())
    estimates = gradient_noise(student, mu, between(generator, -0.5, 0.5, 1, 2), f.value)
    assert abs(float(torch.corrcoef(estimates.T)[0, 1])) < 6.5 / math.sqrt(2000), (
        "the dimensions of z share their noise"
    )
