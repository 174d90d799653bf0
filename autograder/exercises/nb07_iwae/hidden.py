"""Hidden tests of lesson 07: binarised pixels, log-mean-exp, effective sample size, weights, bound, evidence.

Oracles: closed forms in float64, and public linear VAEs of one or two latent dimensions, whose log p(x) and
ELBO follow from numerical integration over z. The learner's draws are compared with draws made here from
the definition. A false alarm has probability 3e-12 for a mean (7 standard errors), and
2 exp(-2 * 3.3^2) = 7e-10 for a two-sample Kolmogorov-Smirnov distance. No criterion makes more than 60 such
comparisons, so each has less than 1e-6 false alarms.
Batches are small enough for a learner who loops over images in Python.
"""

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Bernoulli

from autograder.exercises.criteria import (
    HiddenTest,
    assert_close,
    assert_like,
    assert_shape,
    assert_tensor,
    keeps_arguments,
    lent,
    randn,
    uniform,
)
from autograder.exercises.statistics import assert_fresh, ranks
from course_utils.toy import WatchedVAE

# ------------------------------------------------------------------------------------------ oracles


def toy_model(generator: torch.Generator, latent_dim: int = 2, pixels: int = 6) -> WatchedVAE:
    """Return a random linear VAE whose q differs from the posterior, not by much, and between images."""
    model = WatchedVAE(input_dim=pixels, latent_dim=latent_dim)
    with torch.no_grad():
        model.encoder.weight.copy_(0.4 * randn(generator, 2 * latent_dim, pixels).clamp(-2, 2))
        model.encoder.bias.copy_(0.3 * randn(generator, 2 * latent_dim).clamp(-2, 2))
        model.encoder.weight[latent_dim:] *= 0.3
        model.encoder.bias[latent_dim:] -= 0.3
        model.decoder.weight.copy_(0.8 * randn(generator, pixels, latent_dim).clamp(-2, 2))
        model.decoder.bias.copy_(0.5 * randn(generator, pixels).clamp(-2, 2))
    return model


def images(generator: torch.Generator, rows: int, pixels: int = 6) -> Tensor:
    """Return random binary images, (rows, pixels), float32."""
    return (uniform(generator, rows, pixels) < 0.5).float()


def in_float64(model: WatchedVAE) -> WatchedVAE:
    """Return a copy of a model in float64; calling it leaves the counters of the original alone."""
    return copy.deepcopy(model).double()


def log_p_x_given_z(model: WatchedVAE, x: Tensor, z: Tensor) -> Tensor:
    """Return log p(x|z), (...), of one image (pixels,) and codes (..., latent_dim), in float64."""
    return Bernoulli(logits=model.decoder(z)).log_prob(x.double()).sum(-1)


def log_p_z(z: Tensor) -> Tensor:
    """Return log N(z; 0, I), (...), of codes (..., latent_dim)."""
    return -0.5 * (z.square() + math.log(2 * math.pi)).sum(-1)


def exact_evidence(model: WatchedVAE, x: Tensor) -> Tensor:
    """Return log p(x) per image, (batch,), by the trapezoidal rule over z, exact up to rounding here."""
    model = in_float64(model)
    axis = torch.linspace(-8, 8, 129, dtype=torch.float64)
    z = torch.cartesian_prod(*[axis] * model.latent_dim).reshape(-1, model.latent_dim)
    cell = model.latent_dim * math.log(16 / 128)
    with torch.no_grad():
        return (
            torch.stack([(log_p_x_given_z(model, row, z) + log_p_z(z)).logsumexp(0) for row in x])
            + cell
        )


def exact_elbo(model: WatchedVAE, x: Tensor) -> Tensor:
    """Return the ELBO per image, (batch,), by Gauss-Hermite quadrature; a float64 model gets gradients."""
    places, masses = np.polynomial.hermite_e.hermegauss(20)
    nodes, weights = torch.from_numpy(places), torch.from_numpy(masses / masses.sum())
    eps = torch.cartesian_prod(*[nodes] * model.latent_dim).reshape(-1, model.latent_dim)
    mass = torch.cartesian_prod(*[weights] * model.latent_dim).reshape(len(eps), -1).prod(1)
    values = []
    for row in x:
        mu, log_var = model.encoder(row.double()).chunk(2)
        recon = mass @ log_p_x_given_z(model, row, mu + (0.5 * log_var).exp() * eps)
        values.append(recon - 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum())
    return torch.stack(values)


def our_weights(
    model: WatchedVAE, x: Tensor, rows: int, num_samples: int, generator: torch.Generator
) -> Tensor:
    """Return log w of one image (pixels,) for fresh codes, (rows, num_samples), in float64."""
    model = in_float64(model)
    with torch.no_grad():
        mu, log_var = model.encoder(x.double()).chunk(2)
        shape = (rows, num_samples, model.latent_dim)
        eps = torch.randn(shape, generator=generator, dtype=torch.float64)
        z = mu + (0.5 * log_var).exp() * eps
        return log_p_x_given_z(model, x, z) + log_p_z(z) - log_p_z(eps) + 0.5 * log_var.sum()


def our_bounds(
    model: WatchedVAE, x: Tensor, rows: int, num_samples: int, generator: torch.Generator
) -> Tensor:
    """Return independent draws of the bound of one image, (rows,), in float64."""
    log_w = our_weights(model, x, rows, num_samples, generator)
    return log_w.logsumexp(1) - math.log(num_samples)


def same_distribution(theirs: Tensor, ours: Tensor, what: str) -> None:
    """Assert that two samples, (n,) and (m,), have the same mean and the same distribution."""
    theirs, n, m = theirs.detach().double(), len(theirs), len(ours)
    assert bool(torch.isfinite(theirs).all()), f"{what} holds NaN or infinite values"
    gap = float(theirs.mean() - ours.mean())
    error = float(ours.std()) * math.sqrt(1 / n + 1 / m)
    assert abs(gap) < 7 * error + 1e-4, f"{what} is off by {gap:.3g} nats on average"
    both = torch.cat([theirs, ours]).sort().values + 1e-6
    levels = [torch.searchsorted(s.sort().values, both) / len(s) for s in (theirs, ours)]
    distance = float((levels[0] - levels[1]).abs().max())
    assert distance < 3.3 * math.sqrt(1 / n + 1 / m), (
        f"{what} is right on average, but varies differently than it should"
    )


def repeated(x: Tensor, times: int) -> Tensor:
    """Repeat each image `times` times: (batch, pixels) -> (batch * times, pixels)."""
    return x.repeat_interleave(times, dim=0)


# ----------------------------------------------------------------------------------------- binarize

grade_binarize = HiddenTest("binarize")


@grade_binarize.criterion("zeros and ones", points=1)
def zeros_and_ones(student, reference, generator):
    """Every pixel is 0 or 1, in the shape and dtype of x; black and white stay; x is unchanged."""
    for shape, dtype in (((5, 30), torch.float32), ((1, 7), torch.float64), ((2, 3, 4), None)):
        x = uniform(generator, *shape).to(dtype or torch.float32)
        drawn = keeps_arguments(student, x)
        assert_like(drawn, shape, x.dtype, f"the binarised images of shape {shape}")
        assert bool(((drawn == 0) | (drawn == 1)).all()), "a pixel is neither 0 nor 1"
    x = images(generator, 40, 50)
    assert_close(student(x.clone()), x, "images that are black and white already", rtol=0, atol=0)
    across = uniform(generator, 9, 4).T
    assert_like(student(across), (4, 9), torch.float32, "binarised images in another memory layout")


@grade_binarize.criterion("probability", points=1)
def probabilities(student, reference, generator):
    """A pixel of grey value x is 1 with probability x, all values between 0 and 1 alike.

    40,000 draws for each of 12 values; a proportion may be off by 7 standard errors (1e-11 with its skewness).
    """
    grey = torch.cat([torch.tensor([0.05, 0.35, 0.5, 0.65, 0.95]), uniform(generator, 7)])
    drawn = student(grey.repeat(40_000, 1))
    assert_shape(drawn, (40_000, 12), "the binarised images")
    share = drawn.detach().double().mean(0)
    error = (grey.double() * (1 - grey.double()) / 40_000).sqrt()
    off = (share - grey.double()).abs() - 7 * error - 2e-4
    worst = int(off.argmax())
    assert float(off.max()) <= 0, (
        f"pixels of grey value {float(grey[worst]):.2f} are 1 in {float(share[worst]):.1%} of the draws"
    )
    # The same grey value beside other pixels: a pixel does not depend on the rest of the image.
    dark = torch.full((20_000, 4), 0.2)
    dark[:, 3] = 0.0
    share = student(dark)[:, :3].detach().double().mean(0)
    assert bool(((share - 0.2).abs() < 7 * math.sqrt(0.16 / 20_000)).all()), (
        "pixels of grey value 0.20 in a dark image are not 1 in a fifth of the draws"
    )


@grade_binarize.criterion("fresh draws", points=1)
def fresh_pixels(student, reference, generator):
    """Each pixel, each image and each call has a draw of its own."""
    x = torch.full((6_000, 4), 0.4)
    calls = [(student(x.clone()).detach().double() - 0.4) / math.sqrt(0.24) for _ in range(3)]
    limit = 6.5 / math.sqrt(6_000)
    pairs = {
        "two calls draw the same numbers": [(calls[0], calls[1]), (calls[1], calls[2])],
        "pixels of an image share their draw": [
            (calls[0][:, :1], calls[0][:, 1:2]),
            (calls[0][:, :1], calls[0][:, 3:]),
        ],
        "images of a batch share their draw": [
            (calls[0], calls[0].roll(1, 0)),
            (calls[0], calls[0].roll(3_000, 0)),
        ],
    }
    for what, these in pairs.items():
        for a, b in these:
            assert bool(((a * b).mean(0).abs() < limit).all()), what


# ------------------------------------------------------------------------------------- log_mean_exp

grade_log_mean_exp = HiddenTest("log_mean_exp")


def log_mean_exp_of(values: Tensor, dim: int) -> Tensor:
    """Return log-mean-exp along `dim` by its definition, after subtracting the largest value, in float64."""
    values = values.double()
    top = values.amax(dim, keepdim=True)
    return (values - top).exp().mean(dim).log() + top.squeeze(dim)


@grade_log_mean_exp.criterion("values", points=1)
def lme_values(student, reference, generator):
    """The logarithm of the mean of the exponentials, in the dtype of the values, which do not change."""
    for shape, dtype in (((5, 7), torch.float32), ((1, 3), torch.float64), ((6, 1), torch.float32)):
        values = (3 * randn(generator, *shape)).to(dtype)
        got = keeps_arguments(student, values, 1)
        expected = log_mean_exp_of(values, 1).to(dtype)
        assert_close(got, expected, f"log_mean_exp of values of shape {shape}")
    equal = torch.full((3, 8), 1.25)
    assert_close(student(equal, dim=1), equal[:, 0], "log_mean_exp of equal values")


@grade_log_mean_exp.criterion("dimension", points=1)
def lme_dimension(student, reference, generator):
    """The given dimension is averaged over and removed, whichever it is, also counted from the end."""
    for shape in ((4, 4), (3, 5), (2, 3, 4), (6,), (1, 1), (5, 1, 2)):
        values = 2 * randn(generator, *shape)
        for dim in range(-len(shape), len(shape)):
            expected = log_mean_exp_of(values, dim).float()
            what = f"log_mean_exp of values of shape {shape} along dim {dim}"
            assert_close(student(values, dim), expected, what)
    across = randn(generator, 5, 3).T
    expected = log_mean_exp_of(across, 1).float()
    assert_close(student(across, 1), expected, "log_mean_exp of values in another memory layout")


@grade_log_mean_exp.criterion("extreme values", points=1)
def lme_extremes(student, reference, generator):
    """No value is too small or too large, and rows far apart do not disturb each other."""
    noise = randn(generator, 4, 6)
    for shift in (-120.0, -900.0, 95.0, 2_000.0, -1e4):
        values = noise + shift
        what = f"log_mean_exp of values near {shift:g}"
        assert_close(student(values, 1), log_mean_exp_of(values, 1).float(), what)
    rows = noise + torch.tensor([[-5_000.0], [0.0], [90.0], [3_000.0]])
    expected = log_mean_exp_of(rows, 1).float()
    assert_close(student(rows, 1), expected, "log_mean_exp of rows that lie far apart")
    columns = noise[:, :4] + torch.tensor([-5_000.0, 0.0, 90.0, 3_000.0])
    expected = log_mean_exp_of(columns, 0).float()
    assert_close(student(columns, 0), expected, "log_mean_exp of columns that lie far apart")
    mixed = torch.tensor([[0.0, -2_000.0, -1e30], [1e30, 1e30, -1e30], [-3e38, -3e38, -3e38]])
    expected = log_mean_exp_of(mixed, 1).float()
    assert_close(student(mixed, 1), expected, "log_mean_exp of numbers up to 1e30 and below -1e38")
    double = (noise + 1e5).double()
    expected = log_mean_exp_of(double, 1)
    what = "log_mean_exp of float64 values near 1e5"
    assert_close(student(double, 1), expected, what, rtol=1e-11, atol=1e-9)


@grade_log_mean_exp.criterion("gradient", points=1)
def lme_gradient(student, reference, generator):
    """Each value gets its share of the sum of the exponentials as its gradient."""
    for shape, dim, shift in (((4, 6), 1, 0.0), ((3, 5), 0, 0.0), ((2, 6), -1, -400.0)):
        values = (2 * randn(generator, *shape) + shift).requires_grad_()
        got = student(values, dim)
        assert_tensor(got, "log_mean_exp")
        assert got.requires_grad, "log_mean_exp carries no gradient"
        got.sum().backward()
        assert values.grad is not None, "no gradient reaches the values"
        expected = values.detach().double().softmax(dim).float()
        assert_close(values.grad, expected, "the gradient of log_mean_exp", rtol=1e-3)


# ---------------------------------------------------------------------------- effective_sample_size

grade_effective_sample_size = HiddenTest("effective_sample_size")


def size_of(log_weights: Tensor) -> Tensor:
    """Return (sum w)^2 / sum w^2 per row, (batch,), in float64; weights are divided by the largest first."""
    weights = (log_weights.double() - log_weights.double().amax(1, keepdim=True)).exp()
    return weights.sum(1).square() / weights.square().sum(1)


@grade_effective_sample_size.criterion("values", points=1)
def size_values(student, reference, generator):
    """One over the sum of the squared normalised weights, one number per row."""
    for shape, spread, dtype in (
        ((5, 9), 1.0, torch.float32),
        ((1, 40), 2.0, torch.float64),
        ((7, 2), 0.5, torch.float32),
        ((6, 6), 3.0, torch.float32),
    ):
        log_weights = (spread * randn(generator, *shape)).to(dtype)
        got = keeps_arguments(student, log_weights)
        what = f"the effective size of {shape[0]} rows of {shape[1]} weights"
        assert_close(got, size_of(log_weights).to(dtype), what, rtol=1e-3)


@grade_effective_sample_size.criterion("limits", points=1)
def size_limits(student, reference, generator):
    """It is num_samples for equal weights, 1 for a single dominant one, and m for m that share all."""
    for num in (1, 2, 17, 400):
        equal = randn(generator, 3, 1).repeat(1, num)
        what = f"the effective size of {num} equal weights"
        assert_close(student(equal), torch.full((3,), float(num)), what, rtol=1e-3)
    for num_large in (1, 2, 5):
        log_weights = torch.full((2, 30), -60.0)
        log_weights[:, 3 : 3 + num_large] = 1.5
        what = f"the effective size where {num_large} of 30 weights share everything"
        assert_close(student(log_weights), torch.full((2,), float(num_large)), what, rtol=1e-3)


@grade_effective_sample_size.criterion("any scale", points=1)
def size_scale(student, reference, generator):
    """Adding a constant to a row changes nothing, whether weights overflow or vanish."""
    log_weights = randn(generator, 4, 12)
    expected = size_of(log_weights).float()
    for shift in (-95.0, -110.0, -800.0, 85.0, 900.0, 1e4):
        # Near 1e4 a float32 is rounded to about 1e-3, so the tolerance is large.
        moved = log_weights + shift
        what = f"the effective size of weights near exp({shift:g})"
        assert_close(student(moved), size_of(moved).float(), what, rtol=0.03)
    apart = log_weights + torch.tensor([[-700.0], [0.0], [300.0], [50.0]])
    assert_close(student(apart), expected, "the effective size of rows far apart", rtol=0.01)


# --------------------------------------------------------------------------- log_importance_weights

grade_log_importance_weights = HiddenTest("log_importance_weights")


@grade_log_importance_weights.criterion("shape", points=1)
def weights_shape(student, reference, generator):
    """One weight per image and sample, in the dtype of the model; x is unchanged; finite at extremes."""
    model = toy_model(generator)
    for rows, num_samples in ((4, 7), (1, 3), (5, 1), (1, 1), (3, 3)):
        got = keeps_arguments(student, model, images(generator, rows), num_samples)
        what = f"the weights of {rows} images and {num_samples} samples"
        assert_like(got, (rows, num_samples), torch.float32, what)
    x = images(generator, 4)
    got = student(in_float64(model), x.double(), 5)
    assert_like(got, (4, 5), torch.float64, "the weights of a float64 model")
    model = toy_model(generator, latent_dim=3, pixels=9)
    got = student(model, images(generator, 9, 2).T, 4)
    assert_like(got, (2, 4), torch.float32, "the weights of images in another memory layout")
    for extreme in (-20.0, 20.0):
        with torch.no_grad():
            model.encoder.weight[3:], model.encoder.bias[3:] = 0.0, extreme
        got = student(model, images(generator, 2, 9), 4)
        assert_like(got, (2, 4), torch.float32, f"the weights at log_var {extreme:g}")


@grade_log_importance_weights.criterion("likelihood", points=1)
def weights_likelihood(student, reference, generator):
    """Where q is the prior and the decoder ignores z, each weight is log p(x), summed over pixels."""
    model = toy_model(generator, pixels=11)
    with torch.no_grad():
        model.encoder.weight.zero_(), model.encoder.bias.zero_(), model.decoder.weight.zero_()
    for size in (1.0, 40.0, 300.0):
        with torch.no_grad():
            model.decoder.bias.copy_(size * randn(generator, 11))
        for rows, num_samples in ((4, 6), (6, 4), (5, 5), (1, 3)):
            x = images(generator, rows, 11)
            logits = model.decoder.bias.detach().double()
            expected = Bernoulli(logits=logits).log_prob(x.double()).sum(1).float()
            what = f"log w where q is the prior and logits are of size {size:g}"
            got = student(model, x, num_samples)
            assert_close(got, expected[:, None].repeat(1, num_samples), what, atol=1e-3)


def rows_distributed(
    student: Callable, model: WatchedVAE, x: Tensor, generator: torch.Generator, what: str
) -> None:
    """Assert that 2,500 weights of every image are distributed as ours."""
    got = student(model, x, 2_500)
    assert_shape(got, (len(x), 2_500), what)
    for i, row in enumerate(x):
        ours = our_weights(model, row, 8_000, 1, generator)[:, 0]
        same_distribution(got[i], ours, what)


@grade_log_importance_weights.criterion("prior over q", points=1)
def weights_ratio(student, reference, generator):
    """Where the decoder ignores z, log w is log p(x|z) plus log p(z) - log q(z|x) at samples of q."""
    for latent_dim in (1, 3):
        model = toy_model(generator, latent_dim)
        with torch.no_grad():
            model.decoder.weight.zero_()
            model.encoder.bias[latent_dim:] += torch.linspace(0.5, -1.5, latent_dim)
            model.encoder.bias[:latent_dim] += 1.0
        what = "log w where the decoder ignores z"
        rows_distributed(student, model, images(generator, 2), generator, what)


@grade_log_importance_weights.criterion("samples", points=1)
def weights_samples(student, reference, generator):
    """Each code is decoded for its own image, and all three terms are taken at the same code."""
    for latent_dim in (1, 2):
        model = toy_model(generator, latent_dim)
        with torch.no_grad():
            model.decoder.weight *= 2
        x = images(generator, 3)
        x[1] = 1 - x[0]
        rows_distributed(student, model, x, generator, "log w")


@grade_log_importance_weights.criterion("fresh samples", points=1)
def weights_fresh(student, reference, generator):
    """Each sample, each image and each call has noise of its own."""
    model, x = toy_model(generator), repeated(images(generator, 1), 500)
    assert_fresh(lambda: student(model, x, 4), "log w")
    noise = ranks(student(model, x, 4).detach().double())
    for shift in (1, 2):
        shared = (noise * noise.roll(shift, 1)).mean(0).abs()
        assert bool((shared < 6.5 / math.sqrt(500)).all()), "samples of an image share their noise"


def slopes(value: Any, model: WatchedVAE, what: str) -> list[Tensor]:
    """Return the gradients of the sum of a result in the model's four parameters; assert that they arrive."""
    assert_tensor(value, what)
    assert value.requires_grad, f"{what} carries no gradient: something was detached"
    found = torch.autograd.grad(value.sum(), list(model.parameters()), allow_unused=True)
    for gradient, name in zip(found, ("encoder", "encoder", "decoder", "decoder"), strict=True):
        assert gradient is not None, f"no gradient of {what} reaches the {name}"
    return list(found)


def our_slopes(
    model: WatchedVAE, x: Tensor, rows: int, num_samples: int, generator: torch.Generator
) -> Tensor:
    """Return gradients of independent draws of the bound in both biases, (rows, numbers), in float64."""
    model = in_float64(model).requires_grad_(False)
    mu, log_var = model.encoder(x.double()).repeat(rows, 1).requires_grad_().chunk(2, 1)
    offset = torch.zeros(rows, len(x), dtype=torch.float64, requires_grad=True)
    shape = (rows, num_samples, model.latent_dim)
    eps = torch.randn(shape, generator=generator, dtype=torch.float64)
    z = mu[:, None] + (0.5 * log_var).exp()[:, None] * eps
    logits = model.decoder(z) + offset[:, None]
    log_w = Bernoulli(logits=logits).log_prob(x.double()).sum(-1) + log_p_z(z) - log_p_z(eps)
    bound = (log_w + 0.5 * log_var.sum(1)[:, None]).logsumexp(1).sum()
    return torch.cat(torch.autograd.grad(bound, [mu, log_var, offset]), 1)


def same_slopes(student: Callable, generator: torch.Generator, num_samples: int, what: str) -> None:
    """Assert that the mean gradient of the bound in the biases equals that of our own draws."""
    model, x = toy_model(generator), images(generator, 1)
    with torch.no_grad():  # a q that is too wide and shifted, so that the weights differ
        model.encoder.weight[2:], model.encoder.bias[2:] = 0.0, 0.7
        model.encoder.bias[:2] += 1.0
    rows = 1_200
    found = slopes(student(model, repeated(x, rows), num_samples), model, what)
    ours = our_slopes(model, x[0], 10_000, num_samples, generator)
    error = ours.std(0) * math.sqrt(1 / rows + 1 / len(ours))
    got = torch.cat([found[1], found[3]]).double() / rows
    off = (got - ours.mean(0)).abs() - 7 * error - 1e-4
    # A gradient with the score function of q has more noise: 3 more standard errors allow for it.
    assert float((off - 3 * error).max()) < 0, f"the gradient of {what} is wrong on average"


@grade_log_importance_weights.criterion("gradient", points=1)
def weights_gradient(student, reference, generator):
    """Gradients reach encoder and decoder: on average those of the ELBO, at 6 samples those of the bound."""
    model, x = toy_model(generator), images(generator, 1)
    rows = 1_200
    found = slopes(student(model, repeated(x, rows), 1), model, "log w")
    exact = in_float64(model)
    expected = torch.autograd.grad(exact_elbo(exact, x).sum(), list(exact.parameters()))
    spread = our_slopes(model, x[0], 5_000, 1, generator).std(0)
    got, wanted = (torch.cat([g[1], g[3]]).double() for g in (found, expected))
    off = (got / rows - wanted).abs()
    assert bool((off < 10 * spread / math.sqrt(rows) + 1e-3).all()), (
        "the gradient of log w is not that of the ELBO on average"
    )

    def average(model: WatchedVAE, x: Tensor, num_samples: int) -> Tensor:
        return student(model, x, num_samples).logsumexp(1)

    same_slopes(average, generator, 6, "the logarithm of the average of 6 weights")


# --------------------------------------------------------------------------------------- iwae_bound

grade_iwae_bound = HiddenTest("iwae_bound")


@grade_iwae_bound.criterion("shape", points=1)
def bound_shape(student, reference, generator):
    """One number per image, in the dtype of the model, for any batch and number of samples."""
    model = toy_model(generator)
    for rows, num_samples in ((4, 7), (1, 3), (5, 1), (1, 1), (3, 3)):
        got = keeps_arguments(student, model, images(generator, rows), num_samples)
        what = f"the bound of {rows} images with {num_samples} samples"
        assert_like(got, (rows,), torch.float32, what)
    got = student(in_float64(model), images(generator, 4).double(), 5)
    assert_like(got, (4,), torch.float64, "the bound of a float64 model")
    with torch.no_grad():
        model.decoder.bias.fill_(80.0)
    got = student(model, torch.zeros(3, 6), 4)
    assert_like(got, (3,), torch.float32, "the bound of images of probability exp(-480)")


@grade_iwae_bound.criterion("one sample", points=1)
def bound_is_elbo(student, reference, generator):
    """With one sample the bound is a draw of the ELBO: its mean is the ELBO by integration over q."""
    model, x = toy_model(generator), images(generator, 2)
    x[1] = 1 - x[0]
    got = student(model, repeated(x, 1_200), 1)
    assert_shape(got, (2_400,), "the bound of 2,400 images")
    with torch.no_grad():
        elbos = exact_elbo(in_float64(model), x)
    for row, values, elbo in zip(x, got.reshape(2, -1), elbos, strict=True):
        ours = our_bounds(model, row, 10_000, 1, generator)
        same_distribution(values, ours, "the bound with one sample")
        gap = abs(float(values.detach().double().mean() - elbo))
        error = float(ours.std()) / math.sqrt(1_200)
        assert gap < 7 * error + 1e-4, (
            f"with one sample the bound is off by {gap:.3g} from the ELBO"
        )


@grade_iwae_bound.criterion("more samples", points=1)
def bound_rises(student, reference, generator):
    """The bound is distributed as the logarithm of an average of num_samples independent weights."""
    model = toy_model(generator)
    with torch.no_grad():
        model.decoder.weight *= 2
    x = images(generator, 2)
    x[1] = 1 - x[0]
    for num_samples in (2, 10):
        got = student(model, repeated(x, 800), num_samples)
        assert_shape(got, (1_600,), "the bound of 1,600 images")
        for row, values in zip(x, got.reshape(2, -1), strict=True):
            ours = our_bounds(model, row, 5_000, num_samples, generator)
            same_distribution(values, ours, f"the bound with {num_samples} samples")
    assert_fresh(lambda: student(model, repeated(x[:1], 500), 2), "the bound")


def near_evidence(student: Callable, generator: torch.Generator, what: str) -> None:
    """Assert that an estimate by 600 samples is close to log p(x) by integration over z.

    The error of an average of 600 weights is nearly Gaussian. The estimate may be off by 8 standard errors,
    measured on 20,000 of our weights, plus the square of one for the bias of the logarithm.
    """
    for latent_dim in (1, 2):
        model = toy_model(generator, latent_dim)
        with torch.no_grad():  # a q wide enough that the weights have all moments
            model.encoder.weight[latent_dim:], model.encoder.bias[latent_dim:] = 0.0, 0.1
        x = images(generator, 3)
        got = student(model, x, 600)
        assert_shape(got, (3,), what)
        for value, evidence, row in zip(
            got.detach().double(), exact_evidence(model, x), x, strict=True
        ):
            shares = (our_weights(model, row, 1, 20_000, generator)[0] - evidence).exp()
            error = float(shares.std()) / math.sqrt(600)
            gap = abs(float(value - evidence))
            assert gap < 8 * error + error**2 + 1e-4, (
                f"{what} with 600 samples is off by {gap:.3g} nats from log p(x)"
            )


@grade_iwae_bound.criterion("evidence", points=1)
def bound_tends_to_evidence(student, reference, generator):
    """With many samples the bound comes close to log p(x) by integration over z."""
    near_evidence(student, generator, "the bound")


@grade_iwae_bound.criterion("gradient", points=1)
def bound_gradient(student, reference, generator):
    """Gradients reach encoder and decoder, on average those of the bound with so many samples."""
    for num_samples in (1, 5):
        same_slopes(student, generator, num_samples, f"the bound with {num_samples} samples")


# ----------------------------------------------------------------------------------- log_likelihood

grade_log_likelihood = HiddenTest("log_likelihood")


@grade_log_likelihood.criterion("shape", points=1)
def evidence_shape(student, reference, generator):
    """One number per image, in the dtype of the model, for any sizes of batch and chunk."""
    model = toy_model(generator)
    for rows, num_samples, chunk_size in ((4, 7, 3), (1, 5, 1), (5, 1, 1), (3, 6, 2), (2, 3, 50)):
        x = images(generator, rows)
        got = keeps_arguments(student, model, x, num_samples, chunk_size)
        what = f"the estimate for {rows} images, {num_samples} samples in chunks of {chunk_size}"
        assert_like(got, (rows,), torch.float32, what)
    got = student(in_float64(model), images(generator, 4).double(), 5, 2)
    assert_like(got, (4,), torch.float64, "the estimate of a float64 model")
    got = student(model, images(generator, 2), num_samples=4, chunk_size=3)
    assert_like(got, (2,), torch.float32, "the estimate with keyword arguments")
    with torch.no_grad():
        model.decoder.bias.fill_(80.0)
    got = student(model, torch.zeros(3, 6), 5, 2)
    assert_like(got, (3,), torch.float32, "the estimate for images of probability exp(-480)")


@grade_log_likelihood.criterion("evidence", points=1)
def evidence_value(student, reference, generator):
    """With many samples it comes close to log p(x) by integration over z, whatever the chunks."""
    sizes = iter((250, 600))
    near_evidence(
        lambda model, x, num: student(model, x, num, next(sizes)), generator, "the estimate"
    )


def coin() -> WatchedVAE:
    """Return a VAE whose weights for a single black pixel are 0 or 1, each with probability 1/2.

    q is the prior, and w = sigmoid(400 z) is neither 0 nor 1 for one code in 500.
    """
    model = WatchedVAE(input_dim=1, latent_dim=1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.decoder.weight.fill_(400.0)
    return model


def binomial_estimates(student: Callable, num_samples: int, chunk_size: int, what: str) -> None:
    """Assert that p(x) of a `coin` is estimated as heads over num_samples, with binomial numbers of heads."""
    rows = 800
    got = student(coin(), torch.ones(rows, 1), num_samples, chunk_size)
    assert_shape(got, (rows,), what)
    heads = num_samples * got.detach().double().exp()
    whole = (heads.round() - heads).abs() < 0.02
    # At most one row in 100 has a weight between 0 and 1: 10 percent of 800 are 20 standard errors more.
    assert float(whole.double().mean()) > 0.9, (
        f"{what}: weights of 0 and 1 do not give multiples of 1/{num_samples}, so some count more than others"
    )
    for j in range(num_samples + 1):
        chance = math.comb(num_samples, j) / 2**num_samples
        share = float((heads.round() == j).double().mean())
        slack = 7 * math.sqrt(chance * (1 - chance) / rows) + 0.01
        assert abs(share - chance) < slack, (
            f"{what}: {j} of {num_samples} weights are 1 in {share:.1%} of the estimates, not in {chance:.1%}"
        )


@grade_log_likelihood.criterion("chunks", points=2)
def evidence_chunks(student, reference, generator):
    """All num_samples weights count the same, whichever chunk they are in, and no other ones do."""
    for num_samples, chunk_size in ((5, 4), (7, 3), (4, 1), (2, 5)):
        what = f"the estimate by {num_samples} samples in chunks of {chunk_size}"
        binomial_estimates(student, num_samples, chunk_size, what)
    model = toy_model(generator)
    with torch.no_grad():
        model.decoder.weight *= 2.5
    x = images(generator, 1)
    for num_samples, chunk_size in ((5, 4), (3, 2)):
        got = student(model, repeated(x, 1_200), num_samples, chunk_size)
        what = f"the estimate by {num_samples} samples in chunks of {chunk_size}"
        assert_shape(got, (1_200,), what)
        same_distribution(got, our_bounds(model, x[0], 6_000, num_samples, generator), what)
    assert_fresh(lambda: student(model, repeated(x, 500), 3, 2), "the estimate")


@grade_log_likelihood.criterion("memory", points=1)
def bounded_memory(student, reference, generator):
    """Never more than batch * chunk_size rows are decoded at once, and the decoder is asked."""
    for rows, num_samples, chunk_size in ((3, 50, 7), (1, 40, 3), (5, 9, 1), (2, 6, 10), (4, 8, 4)):
        model = WatchedVAE(input_dim=6, latent_dim=2)
        got = student(lent(student, model), images(generator, rows), num_samples, chunk_size)
        assert_shape(got, (rows,), "the estimate")
        state = model.state_dict()
        most = int(state["most_rows_decoded"])
        decoded = int(state["rows_decoded"])
        assert decoded == rows * num_samples, (
            f"{decoded} rows were decoded in all, for {rows} images and {num_samples} samples of each"
        )
        assert most <= rows * chunk_size, (
            f"{most} rows were decoded at once for {rows} images in chunks of {chunk_size}"
        )


@grade_log_likelihood.criterion("no gradients", points=1, changes=True)
def evidence_without_graph(student, reference, generator):
    """The estimate carries no graph, none was recorded, and the model stays as it was."""
    model, x = WatchedVAE(input_dim=6, latent_dim=2), images(generator, 3)
    parameters = list(model.parameters())
    parameters[0].grad = randn(generator, *parameters[0].shape)
    kept, poison = [p.detach().clone() for p in parameters], parameters[0].grad.clone()
    got = student(model, x, 5, 2)
    assert_tensor(got, "the estimate")
    assert not got.requires_grad, "the estimate carries a graph"
    watched = WatchedVAE(input_dim=6, latent_dim=2)
    student(lent(student, watched), x, 5, 2)
    assert int(watched.decode_grad) == 0, (
        "the decoder recorded a graph for gradients that nobody needs"
    )
    assert all(map(torch.equal, list(model.parameters()), kept)), "the parameters changed"
    assert all(p.requires_grad for p in model.parameters()), "the parameters are frozen"
    gradients = [p.grad for p in model.parameters()]
    assert gradients[0] is not None, "gradients of the caller are gone"
    assert torch.equal(gradients[0], poison), "a gradient of the caller changed"
    assert all(g is None for g in gradients[1:]), "gradients are left behind"
    assert torch.is_grad_enabled(), "gradients are switched off for the rest of the program"
