"""What hidden tests of several lessons ask of a model, and exact costs to compare it with."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence

from autograder.exercises.criteria import assert_close, assert_shape, methods, randn, uniform
from autograder.wire.peer import near
from course_utils.toy import WatchedVAE, count_parameters, units_off


def batch_of(generator: torch.Generator, rows: int, columns: int) -> Tensor:
    """Signed inputs without zeros, so that no gradient vanishes by accident."""
    x = randn(generator, rows, columns)
    return x + 0.1 * x.sign()


def count(model: Any) -> int:
    """Number of parameters, whose values can stay where they are."""
    with torch.no_grad():
        return near(count_parameters, model)


def plain_heads(outputs: Sequence[Tensor], what: str) -> None:
    """Assert growth along rays, at inputs t, 2t and 4t: far out a ReLU network is affine."""
    at_1, at_2, at_4 = (o.detach().double() for o in outputs)
    assert bool(torch.isfinite(at_4).all()), f"{what} is not finite at large inputs"
    inner, outer = at_2 - at_1, at_4 - at_2
    largest = float(inner.abs().max())
    assert largest > 0, f"{what} does not grow with the input: it is squashed or clamped"
    assert bool(((outer - 2 * inner).abs() <= 0.02 * largest).all()), (
        f"{what} does not grow in proportion to a large input: is its head linear?"
    )
    assert float(outer.min()) < 0 < float(outer.max()), (
        f"{what} never takes one of the two signs: its layer should be a plain linear one"
    )
    constant = (outer.abs() < 1e-3 * largest).float().mean()
    assert float(constant) < 0.25, (
        f"{what} is constant for many large inputs: it is squashed or clamped"
    )


def sees_all_inputs(output: Tensor, inputs: Tensor, what: str) -> None:
    """Assert that the output depends on every number of the input, of either sign."""
    slope = torch.autograd.grad(output.sum(), inputs, allow_unused=True)[0]
    assert slope is not None, f"{what} does not depend on its input"
    assert bool((slope != 0).all()), f"{what} ignores some of its inputs, perhaps negative ones"


def has_relu(model: Any, method: str, rows: Tensor, *rest: Tensor) -> None:
    """On one example about half of the ReLU units are off, and theirs are exact zeros."""
    with torch.no_grad():  # here: no gradient of the number is wanted
        off = near(units_off, model, method, rows, *rest)
    part = {"encode": "encoder", "decode": "decoder"}[method]
    assert 0.02 < off < 0.98, f"the hidden layer of the {part} should be a ReLU layer"


def spread_case(generator: torch.Generator, rows: int) -> tuple[Tensor, Tensor]:
    """Parameters of q, the same in every row; from very narrow to very wide."""
    mu, log_var = 3 * randn(generator, 1, 6), 2 * randn(generator, 1, 6)
    log_var[:, 3:] = torch.tensor([-6.0, 9.0, -1.0]) + 0.2 * randn(generator, 3)
    return mu.repeat(rows, 1), log_var.repeat(rows, 1)


def noise_of(model: Any, *cases: tuple[Tensor, Tensor]) -> list[Tensor]:
    """The standardised noise of calls of reparameterize, in float64; a case is (mu, log_var)."""
    noises = []
    samples = methods(model, *(("reparameterize", *case) for case in cases))
    for z, (mu, log_var) in zip(samples, cases, strict=True):
        assert_shape(z, tuple(mu.shape), "z")
        z, mu, log_var = z.detach().double(), mu.double(), log_var.double()
        noises.append((z - mu) / torch.exp(0.5 * log_var))
    return noises


def loss_case(generator: torch.Generator, rows: int, dtype=torch.float32) -> tuple[Tensor, ...]:
    """Logits, grey images and parameters of q; all three sizes differ."""
    x_logits, x = 3 * randn(generator, rows, 11), uniform(generator, rows, 11)
    mu, log_var = randn(generator, rows, 4), 1.5 * randn(generator, rows, 4)
    return tuple(t.to(dtype) for t in (x_logits, x, mu, log_var))


def bernoulli_cost(x_logits: Tensor, x: Tensor) -> Tensor:
    """-log p(x|z) per image in float64; max(l, 0) - x l + log(1 + exp(-|l|)) at any l."""
    logits, x = x_logits.double(), x.double()
    return (logits.clamp(min=0) - x * logits + torch.log1p(torch.exp(-logits.abs()))).sum(1)


def kl_table(mu: Tensor, log_var: Tensor) -> Tensor:
    """KL to the standard normal of every number of z, by torch.distributions in float64."""
    mu, sigma = mu.double(), torch.exp(0.5 * log_var.double())
    return kl_divergence(Normal(mu, sigma), Normal(torch.zeros_like(mu), torch.ones_like(mu)))


def gaussian_kl(mu: Tensor, log_var: Tensor) -> Tensor:
    """KL to the standard normal per image."""
    return kl_table(mu, log_var).sum(1)


def neg_elbo_of(x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """The exact loss per image."""
    return bernoulli_cost(x_logits, x) + gaussian_kl(mu, log_var)


def noisy_model() -> WatchedVAE:
    """A VAE whose reconstruction suffers from the noise by several nats."""
    model = WatchedVAE(input_dim=6, latent_dim=2, seed=3, scale=2.0)
    with torch.no_grad():
        model.encoder.weight.mul_(0.2)
        model.encoder.bias.zero_()
    return model


def is_number(value: Any, what: str) -> None:
    """Demand a number; another criterion judges whether it is a float."""
    scalar = isinstance(value, Tensor) and value.numel() == 1
    assert scalar or isinstance(value, int | float), f"{what} should be a number"


def as_float(value: Any) -> float:
    """A number, also from a scalar tensor."""
    return float(value.detach() if isinstance(value, Tensor) else value)


def assert_same_parameters(model: nn.Module, expected: nn.Module, lr: float, what: str) -> None:
    """Compare parameters; the tolerance is 0.002 of a unit of gradient."""
    for (name, ours), right in zip(model.named_parameters(), expected.parameters(), strict=True):
        assert_close(ours, right.detach(), f"{what} ({name})", rtol=1e-5, atol=2e-3 * lr)
