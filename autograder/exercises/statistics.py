"""Assertions about random results and about gradients, with less than 1e-6 false alarms per test.

A mean may be off by 6 standard errors, which happens by chance with probability 2e-9. A Kolmogorov-Smirnov
distance may reach 3 / sqrt(n), with probability 4e-8.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.distributions import Normal

from autograder.exercises.criteria import assert_tensor, randn, without_influence


def standard_normal(noise: Tensor, what: str) -> None:
    """Assert that every column of `noise`, of shape (n, d), looks standard normal."""
    n = len(noise)
    mean, variance = noise.mean(0), noise.var(0)
    assert bool((mean.abs() < 6 / math.sqrt(n)).all()), (
        f"{what}: the mean is off by {float(mean.abs().max()):.3g} standard deviations"
    )
    everywhere = float(noise.square().mean())
    assert abs(everywhere - 1) < 7 * math.sqrt(2 / noise.numel()), (
        f"{what}: the variance is {everywhere:.3g} times what it should be"
    )
    off = (variance - 1).abs()
    assert bool((off < 6 * math.sqrt(2 / n)).all()), (
        f"{what}: the variance is {float(variance[off.argmax()]):.3g} times what it should be"
    )
    fourth = float(noise.pow(4).mean())
    assert abs(fourth - 3) < 8 * math.sqrt(96 / noise.numel()), (
        f"{what}: the tails are not those of a Gaussian"
    )
    if noise.shape[1] > 1:
        squares = noise.square()
        together = float((squares[:, 1:] * squares[:, :-1]).mean())
        error = math.sqrt(12 / squares[:, 1:].numel())
        assert abs(together - 1) < 8 * error, (
            f"{what}: the sizes of its dimensions are tied together"
        )
    levels = torch.arange(1, n + 1, dtype=noise.dtype)[:, None] / n
    distance = (Normal(0.0, 1.0).cdf(noise.sort(0).values) - levels).abs().max()
    assert float(distance) < 3 / math.sqrt(n), f"{what}: the distribution is not Gaussian"


def uncorrelated(a: Tensor, b: Tensor, what: str) -> None:
    """Assert that two columns of standardised noise, of shape (n,), have no correlation."""
    assert abs(float((a * b).mean())) < 6 / math.sqrt(len(a)), what


def same_mean(a: Tensor, b: Tensor, what: str) -> None:
    """Assert that two samples of shape (n, d) have the same mean within 6.5 standard errors."""
    error = (a.var(0) / len(a) + b.var(0) / len(b)).sqrt()
    gap = (a.mean(0) - b.mean(0)).abs()
    slack = 6.5 * error + 1e-5 * (1 + b.abs().amax(0))
    assert bool((gap <= slack).all()), (
        f"{what} (off by {float((gap / slack).max() * 6.5):.0f} standard errors)"
    )


CALLS = 4  # calls of a learner's random loss
ROWS = 400  # images in each call
DRAWS = 40  # exact draws of the same loss, made here


def drawn_means(cost, mu: Tensor, log_var: Tensor, *rows: Tensor, draws: int = DRAWS) -> Tensor:
    """Return the mean cost over a batch, (draws,), for so many samples of z from q(z|x).

    Args:
        cost: Takes z, mu, log_var and rows, all of shape (n, ...), and returns the cost of each row, (n,).
        mu: Mean of q, (batch, latent_dim).
        log_var: Log-variance of q, (batch, latent_dim).
        rows: What else belongs to each image of the batch, each (batch, ...).
        draws: How many samples.
    """
    with torch.no_grad():
        many = mu.expand(draws, -1, -1)
        z = many + torch.exp(0.5 * log_var) * torch.randn_like(many)
        flat = [t.expand(draws, -1, -1).flatten(0, 1) for t in (mu, log_var, *rows)]
        return cost(z.flatten(0, 1), *flat).view(draws, -1).mean(1)


def varies_around(values: Tensor, draws: Tensor, what: str) -> None:
    """Assert that calls differ and average to what exact draws average to.

    7 standard errors are allowed: with the spread estimated from 40 draws a false alarm has probability 2e-8.

    Args:
        values: Results of n calls, shape (n,).
        draws: Our own results of what each call should do, shape (m,). They give the variance, so that a few
            calls of the learner's function are enough.
        what: What varies, in words for the learner.
    """
    assert float(values.std()) > 1e-4, f"{what} does not change from call to call: is z sampled?"
    error = float(draws.std()) * math.sqrt(1 / len(values) + 1 / len(draws))
    gap = float(values.double().mean() - draws.double().mean())
    assert abs(gap) < 7 * error, f"{what} is off by {gap:.3g} nats on average: is z sampled from q?"


def same_slope(values_of, leaf: Tensor, generator: torch.Generator, name: str) -> None:
    """Assert that `leaf.grad` gives the central differences of a function in random directions.

    Args:
        values_of: Returns the function's values at several points.
        leaf: The point at which `leaf.grad` was computed.
        generator: Source of the directions.
        name: Name of the argument, for the learner.
    """
    assert leaf.grad is not None, f"no gradient reaches {name}"
    point, step = leaf.detach(), 1e-3
    directions = [randn(generator, *point.shape).to(point.dtype) for _ in range(3)]
    values = values_of([point + s * step * d for d in directions for s in (1, -1)])
    for direction, above, below in zip(directions, values[::2], values[1::2], strict=True):
        measured, slope = (above - below) / (2 * step), (leaf.grad * direction).sum()
        gap = abs(float(measured - slope))
        size = float((leaf.grad.abs() * direction.abs()).sum())
        assert gap < 1e-2 * size + 1e-6, f"the gradient in {name} does not match the values"


def assert_fresh(call: Callable[[], Tensor], what: str) -> None:
    """Call a function three times and assert that its results are `independent`."""
    independent([call() for _ in range(3)], what)


def independent(calls: list[Tensor], what: str) -> None:
    """Assert that each of several identical examples, and each call, has noise of its own.

    Args:
        calls: Three results for n identical examples each, (n, d) or (n,).
        what: What is random, in words.
    """
    assert_tensor(calls[0], what)
    noise = [c.detach().double().reshape(len(c), -1) for c in calls]
    for column in noise[0].T:
        assert len(column.unique()) > 0.9 * len(column), (
            f"{what}: examples of a batch share their noise"
        )
    first, second, third = noise = [ranks(c) for c in noise]
    limit = 6.5 / math.sqrt(len(first))
    for a, b in ((first, second), (second, third), (first, third)):
        assert not torch.equal(a, b), f"{what}: two calls draw the same noise"
        assert bool(((a * b).mean(0).abs() < limit).all()), (
            f"{what}: calls share part of their noise"
        )
    for shift in (1, len(first) // 2):
        shared = (first * first.roll(shift, 0)).mean(0).abs()
        assert bool((shared < limit).all()), f"{what}: examples share part of their noise"


def assert_responds(groups: list[Tensor], what: str, on: str) -> None:
    """Assert that a random result depends on some argument: a constant or mere noise has no other property.

    Args:
        groups: Results of a question, then of questions with very different right answers, each for many
            equal examples.
        what: What is random, in words.
        on: The arguments in which the questions differ.
    """
    for group in groups:
        assert_tensor(group, what)
    first, *others = (g.detach().double().flatten() for g in groups)
    assert any(_differ(first, other) for other in others), without_influence(what, on)


def _differ(one: Tensor, other: Tensor) -> bool:
    """Return whether two random results differ by more than noise, in their mean or in how noisy they are."""
    noise = sorted((float(one.std()), float(other.std())))
    apart = abs(float(one.mean() - other.mean())) > 3 * sum(noise) + 1e-6
    return apart or noise[1] > 5 * noise[0] + 1e-6


def ranks(values: Tensor) -> Tensor:
    """Return the standardised ranks of each column.

    Ranks have no heavy tails, so that the mean of a product of two columns of them is nearly Gaussian.
    """
    places = values.argsort(dim=0).argsort(dim=0).double()
    return (places - places.mean(0)) / (places.std(0) + 1e-12)
