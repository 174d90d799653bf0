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
from autograder.exercises.statistics import assert_responds, independent, same_slope
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


def copied(case: tuple) -> tuple:
    """Return the same arguments with copies of the tensors: what a learner changes in them stays there."""
    return tuple(a.clone() if isinstance(a, Tensor) else a for a in case)


def singles(case: tuple, batched: int) -> list[tuple]:
    """Return the arguments of each example of a batch alone; the first `batched` arguments hold the batch."""
    return [
        tuple(a[i : i + 1].clone() if j < batched else a for j, a in enumerate(copied(case)))
        for i in range(len(case[0]))
    ]


def alone(student: Callable, cases: list[tuple], batched: int, what: str) -> list[Tensor]:
    """Return for each case the result of every example in a batch of one, (batch,), in float64.

    One number or several make one sum: the shape is the matter of another criterion.
    """
    questions = [singles(case, batched) for case in cases]
    results = iter(each(student, *(q for examples in questions for q in examples)))
    found = []
    for examples in questions:
        numbers = [next(results) for _ in examples]
        for number in numbers:
            assert_tensor(number, what)
            assert bool(torch.isfinite(number).all()), f"{what} is NaN or infinite"
        found.append(torch.stack([n.detach().double().sum() for n in numbers]))
    return found


def assert_rows(student: Callable, cases: list[tuple], batched: int, what: str) -> None:
    """Assert one value per example, of the input's dtype, which follows from this example alone.

    Args:
        student: The learner's function.
        cases: Tuples of arguments in float32, tried in float64 too; they may not change.
        batched: How many of the arguments, from the first, hold the batch.
        what: The quantity in words.
    """
    assert_types(keeping(student), [copied(c) for c in cases], [(len(c[0]),) for c in cases], what)
    for case, own in zip(cases, alone(student, cases, batched, what), strict=True):
        (together,) = each(student, copied(case))
        message = f"{what} of an example, compared with that of the same example alone,"
        assert_close(together.detach().double(), own, message, rtol=1e-3, atol=1e-4)
        if len(own) > 3:
            assert float(own.std()) > 1e-6, f"{what} is the same for different examples"


def assert_growth(
    student: Callable, oracle: Callable, cases: list[tuple], batched: int, what: str, **slack: float
) -> None:
    """Assert how much a result changes from one case to the next, in pairs, as a float64 oracle says.

    Args:
        student: The learner's function.
        oracle: Returns the right results of a case, (batch,).
        cases: Tuples of arguments: start, end, start, end, ...
        batched: How many of the arguments, from the first, hold the batch.
        what: The change in words.
        slack: Of `assert_close`.
    """
    found = alone(student, cases, batched, what)
    exact = [oracle(*case) for case in cases]
    for i in range(0, len(cases), 2):
        growth, expected = found[i + 1] - found[i], exact[i + 1] - exact[i]
        assert_close(growth, expected, what, **slack)


def assert_slopes(
    student: Callable, inputs: dict[str, Tensor], what: str, generator: torch.Generator
) -> None:
    """Assert that gradients reach the inputs and are the slopes of the learner's own values.

    Args:
        student: The learner's function; any shape of its result will do.
        inputs: Its arguments by name.
        what: The result in words.
        generator: Source of directions.
    """
    kept_results(student, tuple(t.clone() for t in inputs.values()))
    leaves = [t.double().requires_grad_() for t in inputs.values()]
    value = student(*leaves)
    assert_tensor(value, what)
    assert value.requires_grad, f"{what} carries no gradient: something detached it from its inputs"
    value.sum().backward()
    plain = [leaf.detach() for leaf in leaves]
    for place, name in enumerate(inputs):

        def values_of(points: list, place: int = place) -> list:
            cases = [copied((*plain[:place], point, *plain[place + 1 :])) for point in points]
            return [value.detach().sum() for value in each(student, *cases)]

        same_slope(values_of, leaves[place], generator, name)


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


def assert_mean(draws: Tensor, expected: Tensor, spread: Tensor, num_draws: int, what: str) -> None:
    """Assert that a mean over draws is right within 6.5 standard errors.

    Args:
        draws: The learner's results, of shape (groups, repeats, ...).
        expected: Exact means, of shape (groups, ...).
        spread: Standard deviation of one sample, of shape (groups, ...).
        num_draws: Independent samples behind each mean.
        what: The quantity in words.
    """
    expected, spread = expected.detach(), spread.detach()
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


def points_of(generator: torch.Generator) -> list[tuple[Tensor, Tensor, Tensor]]:
    """Return x, mu and log_var of points near the mean, far from it, and at |log_var| up to 20."""
    cases = []
    for size, distance in (((5, 5), 1.0), ((4, 5), 4.0), ((4, 1), 1.0), ((3, 60), 1.0)):
        mu, log_var = randn(generator, *size), between(generator, -3, 2, *size)
        cases.append((mu + distance * (0.3 + uniform(generator, *size)), mu, log_var))
    for low, high in ((-20, -17), (17, 20)):
        log_var = between(generator, low, high, 3, 8)
        log_var[0] = low if low < 0 else high
        mu = torch.zeros(3, 8)  # so that x - mu is exact however small it is
        cases.append(((0.5 * log_var).exp() * (1 + uniform(generator, 3, 8)), mu, log_var))
    return cases


@grade_gaussian_log_prob.criterion("shape", points=1)
def log_prob_shape(student: Any, reference: Any, generator: torch.Generator) -> None:
    """One value per example, which depends on this example alone, in the type of the input."""
    cases = [tuple(randn(generator, *size) for _ in range(3)) for size in SIZES]
    assert_rows(student, cases, 3, "the log-density")


@grade_gaussian_log_prob.criterion("squared distance", points=1)
def log_prob_distance(student: Any, reference: Any, generator: torch.Generator) -> None:
    """Away from the mean it falls by half the squared distance over the variance, for |log_var| up to 20."""
    cases = []
    for x, mu, log_var in points_of(generator):
        cases += [(mu, mu, log_var), (x, mu, log_var)]
    what = "the change of the log-density from x = mu to another x"
    assert_growth(student, gaussian_oracle, cases, 3, what, rtol=1e-3, atol=1e-3)


@grade_gaussian_log_prob.criterion("constants", points=1)
def log_prob_constants(student: Any, reference: Any, generator: torch.Generator) -> None:
    """At x = mu the constants are left: they count 2 pi and log_var of every dimension, |log_var| up to 20."""
    cases = [(mu, mu, log_var) for _, mu, log_var in points_of(generator)]
    what = "the log-density at x = mu"
    for case, found in zip(cases, alone(student, cases, 3, what), strict=True):
        assert_close(found, gaussian_oracle(*case), what)


@grade_gaussian_log_prob.criterion("gradient", points=1)
def log_prob_gradient(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The result is differentiable in x, mu and log_var, which stay as they are."""
    inputs = {name: randn(generator, 6, 3) for name in ("x", "mu", "log_var")}
    assert_slopes(student, inputs, "the log-density", generator)


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


SHAPES_OF_W = ((5, 2), (4, 3), (4, 1), (1, 1), (3, 3), (2, 5), (1, 3))


@grade_log_evidence.criterion("shape", points=1)
def evidence_shape(student: Any, reference: Any, generator: torch.Generator) -> None:
    """One value per example, which depends on this x alone, in the type of the input; arguments unchanged."""
    cases = [evidence_inputs(generator, *size) for size in ((4, 4, 5), (4, 4, 1), (3, 3, 4))]
    assert_rows(student, cases, 1, "log p(x)")


@grade_log_evidence.criterion("squared distance", points=1)
def evidence_distance(student: Any, reference: Any, generator: torch.Generator) -> None:
    """Away from b it falls by half the squared distance, measured with the inverse of the covariance."""
    cases = []
    for size in SHAPES_OF_W:
        x, W, b, noise_var = evidence_inputs(generator, *size)
        cases += [(b.expand_as(x), W, b, noise_var), (x, W, b, noise_var)]
    what = "the change of log p(x) from x = b to another x"
    assert_growth(student, evidence_oracle, cases, 1, what, rtol=1e-3, atol=2e-3)


@grade_log_evidence.criterion("constants", points=1)
def evidence_constants(student: Any, reference: Any, generator: torch.Generator) -> None:
    """At x = b the constants are left: the log-determinant of the covariance, and 2 pi for each coordinate."""
    what = "log p(x) at x = b"
    cases = []
    for size in SHAPES_OF_W:
        x, W, b, noise_var = evidence_inputs(generator, *size)
        cases.append((b.expand_as(x)[:1], W, b, noise_var))
    for case, found in zip(cases, alone(student, cases, 1, what), strict=True):
        assert_close(found, evidence_oracle(*case), what, rtol=1e-3, atol=2e-3)


@grade_log_evidence.criterion("many dimensions", points=1)
def evidence_many(student: Any, reference: Any, generator: torch.Generator) -> None:
    """It stays finite and right in 100 and more dimensions, where a determinant underflows or overflows.

    Coordinates that no dial moves are independent: log p(x) of all is that of the first three plus those of
    the others in small blocks. These come from the learner's function as well.
    """
    what = "log p(x) in 120 dimensions, compared with the sum of its independent parts,"
    for noise_var in (0.05, 8.0):
        W, b = torch.zeros(120, 2), randn(generator, 120)
        W[:3] = randn(generator, 3, 2)
        x, _ = LinearGaussian(W, b, noise_var).sample(1, generator)
        parts = [(x[:, :3], W[:3], b[:3], noise_var)]
        blocks = torch.arange(3, 120).split(13)
        parts += [(x[:, j], W[j], b[j], noise_var) for j in blocks]
        whole, *found = alone(student, [(x, W, b, noise_var), *parts], 1, what)
        assert len({float(part) for part in found}) > 5, f"{what} does not depend on x"
        assert_close(whole, torch.stack(found).sum(0), what, rtol=1e-3, atol=0.05)


# ---------------------------------------------------------------------------------- kl_divergence


def kl_oracle(mu: Tensor, log_var: Tensor) -> Tensor:
    """Return the KL to the standard normal per example, (batch,), by torch.distributions in float64."""
    mu, log_var = mu.double(), log_var.double()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return exact_kl(Normal(mu, (0.5 * log_var).exp()), prior).sum(-1)


@grade_kl_divergence.criterion("shape", points=1)
def kl_shape(student: Any, reference: Any, generator: torch.Generator) -> None:
    """One value per example, which depends on this example alone, in the type of the input."""
    cases = [(randn(generator, *size), randn(generator, *size)) for size in SIZES]
    assert_rows(student, cases, 2, "the KL")


@grade_kl_divergence.criterion("mean", points=1)
def kl_of_mean(student: Any, reference: Any, generator: torch.Generator) -> None:
    """A mean away from 0 adds half its square, in every dimension and for any variance."""
    cases = []
    for size, scale in (
        ((4, 5), 0.1),
        ((4, 5), 1.0),
        ((4, 5), 3.0),
        ((4, 1), 1.0),
        ((2, 200), 1.0),
    ):
        mu, log_var = scale * randn(generator, *size), between(generator, -3, 2, *size)
        cases += [(torch.zeros(size), log_var), (mu, log_var)]
    what = "the change of the KL from mu = 0 to another mu"
    assert_growth(student, kl_oracle, cases, 2, what, rtol=1e-3, atol=1e-3)


@grade_kl_divergence.criterion("variance", points=1)
def kl_of_variance(student: Any, reference: Any, generator: torch.Generator) -> None:
    """At mu = 0 it is right for |log_var| up to 20, and zero at the prior."""
    log_vars = [torch.zeros(2, 4)]
    sizes = (((4, 5), 0.1), ((4, 5), 1.0), ((4, 1), 1.0), ((2, 200), 1.0))
    log_vars += [scale * randn(generator, *size) for size, scale in sizes]
    for low, high in ((-20, -17), (17, 20)):
        log_vars.append(between(generator, low, high, 3, 8))
        log_vars[-1][0] = low if low < 0 else high
    cases = [(torch.zeros_like(log_var), log_var) for log_var in log_vars]
    what = "the KL at mu = 0"
    for case, found in zip(cases, alone(student, cases, 2, what), strict=True):
        assert_close(found, kl_oracle(*case), what, atol=3e-5)


@grade_kl_divergence.criterion("gradient", points=1)
def kl_gradient(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The KL is differentiable in mu and log_var, which stay as they are."""
    inputs = {"mu": randn(generator, 6, 3), "log_var": randn(generator, 6, 3)}
    assert_slopes(student, inputs, "the KL", generator)


# --------------------------------------------------------------------------------- reparameterize


def far_apart(rows: int, mean: float, *rest: Any) -> list[tuple]:
    """Return two questions about (rows, 2): arguments with very different answers, the rows of each alike."""
    far = torch.full((rows, 2), mean), torch.full((rows, 2), -12.0)
    return [(torch.zeros(rows, 2), torch.zeros(rows, 2), *rest), (*far, *rest)]


@grade_reparameterize.criterion("shape", points=1)
def sample_shape(student: Any, reference: Any, generator: torch.Generator) -> None:
    """z has the shape and type of mu, and the arguments stay as they are."""
    cases = [(randn(generator, *size), randn(generator, *size)) for size in SIZES]
    assert_types(keeping(student), cases, list(SIZES), "z")
    assert_responds(each(student, *far_apart(50, 30.0)), "z", "mu or log_var")


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
    with torch.no_grad():
        independent([student(mu, log_var) for _ in range(3)], "z without gradients")
    assert_responds(each(student, *far_apart(50, 30.0)), "z", "mu or log_var")


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
    assert_responds(each(student, *far_apart(50, 2.0, 2)), "the estimate", "mu or log_var")


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
    mu = repeated(between(generator, 2, 3, 1, 2), 600)
    log_var = repeated(between(generator, -1, 0, 1, 2), 600)
    independent(each(student, *3 * [(mu, log_var, 2)]), "the estimate")
    assert_responds(each(student, *far_apart(50, 2.0, 2)), "the estimate", "mu or log_var")


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


def elbo_responds(student: Any, model: SineGaussian, x: Tensor) -> None:
    """Assert that estimates of the ELBO depend on x, mu or log_var."""
    rows = x[:1].repeat(50, 1)
    near, far = far_apart(50, 6.0, model.log_likelihood, 2)
    questions = [(rows, *near), (rows, *far), (rows + 30.0, *near)]
    assert_responds(each(student, *questions), "the ELBO", "x, mu or log_var")


@grade_elbo.criterion("shape", points=1.25)
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
    elbo_responds(student, model, x)


@grade_elbo.criterion("unbiased", points=1.25)
def elbo_mean(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The mean over many calls is the exact ELBO of a model, whatever num_samples is."""
    model, x, mu, log_var = elbo_inputs(generator)
    log_var[0] -= 0.5  # the two examples should have different KLs
    log_var[1] -= 2.5
    spread, _, _ = elbo_spread(model, x, mu, log_var, generator)
    expected = exact_elbo(model, x, mu, log_var)
    many = repeated(x, 2000), repeated(mu, 2000), repeated(log_var, 2000)
    both = each(student, *((*many, model.log_likelihood, n) for n in (1, 4)))
    for num_samples, got in zip((1, 4), both, strict=True):
        assert_like(got, (4000,), torch.float32, "the ELBO")
        what = f"the ELBO with num_samples {num_samples}"
        assert_mean(got.reshape(2, -1), expected, spread[..., 0], 2000 * num_samples, what)
    # A wide q and a sharp likelihood: here an average of other things than logarithms, or another sigma, shows.
    sharp = SineGaussian(0.2 * randn(generator, 5, 2), 3 * randn(generator, 5), 0.02)
    x = sharp.b.sin().repeat(2, 1)
    spread, _, _ = elbo_spread(sharp, x, mu, log_var, generator)
    expected = exact_elbo(sharp, x, mu, log_var)
    many = repeated(x, 2000), repeated(mu, 2000), repeated(log_var, 2000)
    both = each(student, *((*many, sharp.log_likelihood, n) for n in (1, 4)))
    for num_samples, got in zip((1, 4), both, strict=True):
        assert_like(got, (4000,), torch.float32, "the ELBO")
        what = f"the ELBO of a sharp likelihood, where it may be positive, with num_samples {num_samples},"
        assert_mean(got.reshape(2, -1), expected, spread[..., 0], 2000 * num_samples, what)


@grade_elbo.criterion("gradient", points=1.25)
def elbo_gradient(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The gradients with respect to mu and log_var are, on average, those of the exact ELBO.

    With one sample, so that what is wrong in the average over samples costs no point here.
    """
    model, x, mu, log_var = elbo_inputs(generator)
    _, *spreads = elbo_spread(model, x, mu, log_var, generator)
    exact = [mu.double().requires_grad_(), log_var.double().requires_grad_()]
    expected = torch.autograd.grad(exact_elbo(model, x, *exact).sum(), exact)
    leaves = [repeated(mu, 1500).requires_grad_(), repeated(log_var, 1500).requires_grad_()]
    value = student(repeated(x, 1500), *leaves, model.log_likelihood, 1)
    assert_tensor(value, "the ELBO")
    found = gradients(value, leaves, "the ELBO")
    for name, got, wanted, spread in zip(("mu", "log_var"), found, expected, spreads, strict=True):
        what = f"the gradient of the ELBO with respect to {name}"
        assert_mean(got.reshape(2, 1500, 2), wanted, spread, 1500, what)


@grade_elbo.criterion("samples", points=1.25)
def elbo_samples(student: Any, reference: Any, generator: torch.Generator) -> None:
    """Examples, calls and samples have noise of their own; the variance falls as one over num_samples."""
    model, x, mu, log_var = elbo_inputs(generator)
    many = repeated(x, 2500), repeated(mu, 2500), repeated(log_var, 2500)
    variances = {}
    both = each(student, *((*many, model.log_likelihood, n) for n in (1, 4)))
    for num_samples, got in zip((1, 4), both, strict=True):
        assert_shape(got, (5000,), "the ELBO")
        variances[num_samples] = got.detach().double().reshape(2, -1).var(1)
    ratio = variances[1] / variances[4].clamp(min=1e-12)
    assert bool((ratio > 2).all()), "4 samples should have about a quarter of the variance of one"
    few = [t[:600] for t in many]
    independent(each(student, *3 * [(*few, model.log_likelihood, 2)]), "the ELBO")


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
    gradient_responds(student)


def gradient_responds(student: Any) -> None:
    """Assert that a gradient estimate depends on mu, log_var or f."""
    steep = toy.Stretched(toy.quadratic, torch.full((2,), 10.0), torch.zeros(2)).value
    questions = [
        (torch.full((50, 2), mu), torch.full((50, 2), log_var), f, 2)
        for mu, log_var, f in (
            (0.7, 8.0, toy.quadratic),
            (0.7, -6.0, toy.quadratic),
            (1e3, 8.0, toy.quadratic),
            (0.7, 8.0, steep),
        )
    ]
    assert_responds(each(student, *questions), "the gradient", "mu, log_var or f")


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
    assert bool((ratio > 1.6).all()), (
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


@grade_score_function_gradient.criterion("shape", points=1.25)
def score_shape(student: Any, reference: Any, generator: torch.Generator) -> None:
    """The estimate has the shape and type of mu; mu, its .grad and its requires_grad stay as they are."""
    gradient_shape(student, generator)


@grade_score_function_gradient.criterion("unbiased", points=1.25)
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


@grade_score_function_gradient.criterion("no gradient of f", points=1.25)
def score_step(student: Any, reference: Any, generator: torch.Generator) -> None:
    """f is only evaluated: a step, whose own gradient is 0, has an answer; that of a linear f is noisy."""
    up = stretched(generator, toy.step, 1)
    slopes = []
    for f in (up, toy.Stretched(toy.step, -up.scale, up.shift)):
        slope = student(mu_where(f, torch.zeros(3000, 1)), torch.zeros(3000, 1), f.value, 2)
        assert_tensor(slope, "the gradient")
        slopes.append(slope.detach().double())
    # A step up and a step down are 2 spreads apart, noise that has nothing to do with f at most 0.15.
    apart = abs(float(slopes[0].mean() - slopes[1].mean()))
    assert apart > 0.15 * float(sum(slope.std(correction=0) for slope in slopes)) / 2 + 1e-6, (
        "the estimate does not tell a step up from a step down: does it use the gradient of f, which is 0?"
    )
    f = stretched(generator, toy.linear, 1)
    linear = student(mu_where(f, torch.zeros(2000, 1)), torch.zeros(2000, 1), f.value, 1)
    assert_tensor(linear, "the gradient")
    assert float(linear.detach().double().std(correction=0)) > 0.1, (
        "for a linear f the estimate has no noise: it uses the gradient of f, which REINFORCE does not know"
    )


@grade_score_function_gradient.criterion("samples", points=1.25)
def score_samples(student: Any, reference: Any, generator: torch.Generator) -> None:
    """Examples, calls and samples have noise of their own; the variance falls as one over num_samples."""
    inside, log_var = gradient_inputs(generator, 1, -1.8, -1.2)
    f = stretched(generator, toy.cosine, 2)
    gradient_noise(student, mu_where(f, inside), log_var, f.value)
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
    # Where there is hardly any noise it is the gradient itself, and a finite difference of a curved f is not.
    still = torch.full_like(mu, -20.0)
    expected = quadratic_gradient(bowl, mu, still).float()
    what = "the gradient of a curved f where log_var is -20"
    assert_close(student(mu, still, bowl.value, 2), expected, what, rtol=0.01, atol=0.02)


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
