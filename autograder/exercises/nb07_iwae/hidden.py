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
    assert_answers,
    assert_close,
    assert_like,
    assert_tensor,
    each,
    keeps_arguments,
    lent,
    randn,
    uniform,
    without_influence,
)
from autograder.exercises.models import assert_gradients_kept, assert_mode_kept, give_gradient
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


def table(value: Any, shape: tuple[int, ...], what: str) -> Tensor:
    """Return a result as a tensor of this shape, with its graph.

    A list, an array, another order of two axes or another shape of as many numbers is accepted: one criterion
    of each exercise asks for these, so that they cost no point in the others.
    """
    if isinstance(value, list | tuple):
        value = torch.stack([torch.as_tensor(v) for v in value])
    if type(value) is np.ndarray:
        value = torch.from_numpy(value)
    assert_tensor(value, what)
    if tuple(value.shape) != shape and tuple(value.shape) == shape[::-1]:
        value = value.T
    assert value.numel() == math.prod(shape), (
        f"{what} should have shape {shape}, got {tuple(value.shape)}"
    )
    return value.reshape(shape)


# ----------------------------------------------------------------------------------------- binarize

grade_binarize = HiddenTest("binarize")


def assert_x_matters(student: Callable) -> None:
    """Assert that dark and bright pixels, in one image or in two, are not 1 equally often, over 400 calls.

    By chance a fair coin for each pixel seems to depend on x with probability 2e-8.
    """
    x = torch.tensor([[0.1] * 4 + [0.9] * 4, [0.1] * 8, [0.9] * 8])
    calls = each(student, *[(x.clone(),) for _ in range(400)])
    mean = torch.stack(
        [table(drawn, (3, 8), "the draw").detach().double() for drawn in calls]
    ).mean(0)
    within, between = mean[0, :4].mean() - mean[0, 4:].mean(), mean[1].mean() - mean[2].mean()
    assert max(abs(float(within)), abs(float(between))) > 0.1, "the draw does not depend on x"


@grade_binarize.criterion("zeros and ones", points=1)
def zeros_and_ones(student, reference, generator):
    """Every pixel is 0 or 1, in the shape and dtype of x; x is unchanged."""
    for shape, dtype in (((5, 30), torch.float32), ((1, 7), torch.float64), ((2, 3, 4), None)):
        x = uniform(generator, *shape).to(dtype or torch.float32)
        drawn = keeps_arguments(student, x)
        assert_like(drawn, shape, x.dtype, f"the binarised images of shape {shape}")
        assert bool(((drawn == 0) | (drawn == 1)).all()), "a pixel is neither 0 nor 1"
    across = uniform(generator, 9, 4).T
    assert_like(student(across), (4, 9), torch.float32, "binarised images in another memory layout")
    assert_x_matters(student)


@grade_binarize.criterion("probability", points=1)
def probabilities(student, reference, generator):
    """A pixel of grey value x is 1 with probability x, all values between 0 and 1 alike; black and white stay.

    40,000 draws for each of 12 values; a proportion may be off by 7 standard errors (1e-11 with its skewness).
    """
    x = images(generator, 40, 50)
    drawn = table(student(x.clone()), (40, 50), "the binarised images")
    assert torch.equal(drawn.double(), x.double()), "images that are black and white already change"
    grey = torch.cat([torch.tensor([0.05, 0.35, 0.5, 0.65, 0.95]), uniform(generator, 7)])
    drawn = table(student(grey.repeat(40_000, 1)), (40_000, 12), "the binarised images")
    assert bool((drawn.detach().double().std(0) > 1e-3).all()), "grey pixels are not drawn"
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
    drawn = table(student(dark), (20_000, 4), "the binarised images")
    share = drawn[:, :3].detach().double().mean(0)
    assert bool(((share - 0.2).abs() < 7 * math.sqrt(0.16 / 20_000)).all()), (
        "pixels of grey value 0.20 in a dark image are not 1 in a fifth of the draws"
    )


@grade_binarize.criterion("fresh draws", points=1)
def fresh_pixels(student, reference, generator):
    """Each pixel, each image and each call has a draw of its own."""
    x = torch.full((6_000, 4), 0.4)
    calls = []
    for _ in range(3):
        drawn = table(student(x.clone()), (6_000, 4), "the binarised images").detach().double()
        assert float(drawn.std()) > 1e-6, "all draws are the same"
        calls.append((drawn - drawn.mean()) / drawn.std())  # whatever the probability is
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
    assert_x_matters(student)


# ------------------------------------------------------------------------------------- log_mean_exp

grade_log_mean_exp = HiddenTest("log_mean_exp")


def log_mean_exp_of(values: Tensor, dim: int) -> Tensor:
    """Return log-mean-exp along `dim` by its definition, after subtracting the largest value, in float64."""
    values = values.double()
    top = values.amax(dim, keepdim=True)
    return (values - top).exp().mean(dim).log() + top.squeeze(dim)


def assert_near(actual: Tensor, expected: Tensor, what: str, rtol: float = 1e-4) -> None:
    """Assert that finite numbers are equal up to rounding, whatever their dtypes."""
    actual, expected = actual.detach().double(), expected.detach().double()
    assert bool(torch.isfinite(actual).all()), f"{what} holds NaN or infinite values"
    gap = (actual - expected).abs()
    assert bool((gap <= 1e-5 + rtol * expected.abs()).all()), (
        f"{what} is off by {float(gap.max()):.3g}"
    )


def averages(student: Callable, values: Tensor, what: str) -> Tensor:
    """Return what a learner's log_mean_exp gives for each row of values, (rows, num), as (rows,)."""
    return table(student(values, 1), (len(values),), what)


@grade_log_mean_exp.criterion("values", points=1)
def lme_values(student, reference, generator):
    """The logarithm of the mean of the exponentials."""
    for shape, dtype in (((5, 7), torch.float32), ((1, 3), torch.float64), ((6, 1), torch.float32)):
        values, what = (3 * randn(generator, *shape)).to(dtype), f"log_mean_exp of shape {shape}"
        assert_near(averages(student, values, what), log_mean_exp_of(values, 1), what)
    equal = torch.full((3, 8), 1.25)
    what = "log_mean_exp of equal values"
    assert_near(averages(student, equal, what), equal[:, 0], what)


@grade_log_mean_exp.criterion("dimension", points=1)
def lme_dimension(student, reference, generator):
    """The given dimension is removed, whichever it is, also counted from the end; dtype and values are kept.

    Compared with the learner's own results for rows: whether these are right, another criterion asks.
    """
    for shape in ((4, 4), (3, 5), (2, 3, 4), (6,), (1, 1), (5, 1, 2)):
        values = 2 * randn(generator, *shape)
        for dim in range(-len(shape), len(shape)):
            moved = values.movedim(dim, -1)
            what = f"log_mean_exp of values of shape {shape} along dim {dim}"
            got = keeps_arguments(student, values, dim)
            assert_like(got, tuple(moved.shape[:-1]), torch.float32, what)
            own = averages(student, moved.reshape(-1, moved.shape[-1]), what)
            assert_near(got, own.reshape(got.shape), what)
    values = randn(generator, 3, 4)
    others = 3 * randn(generator, 3, 4) + 1
    assert_answers(student, (values, 0), (others, 0), "log_mean_exp", "the values")
    double = randn(generator, 5, 3).double()
    assert_like(student(double, 1), (5,), torch.float64, "log_mean_exp of float64 values")


@grade_log_mean_exp.criterion("extreme values", points=1)
def lme_extremes(student, reference, generator):
    """No value is too small or too large: adding a number to a row adds it to the result, whatever it is."""
    noise = randn(generator, 4, 6)
    plain = averages(student, noise, "log_mean_exp").detach().double()
    for shift in (-120.0, -900.0, 95.0, 2_000.0, -1e4):
        what = f"log_mean_exp of values near {shift:g}"
        assert_near(averages(student, noise + shift, what), plain + shift, what)
    shifts = torch.tensor([[-5_000.0], [0.0], [90.0], [3_000.0]])
    what = "log_mean_exp of rows that lie far apart"
    assert_near(averages(student, noise + shifts, what), plain + shifts[:, 0], what)
    mixed = torch.tensor(
        [
            [0.0, -2_000.0, -1e30],
            [1e30, 1e30, -1e30],
            [-3e38, -3e38, -3e38],
            [-900.0, 0.0, 800.0],
            [800.0, 0.0, -900.0],
        ]
    )
    what = "log_mean_exp of numbers up to 1e30 and below -1e38"
    found = averages(student, mixed, what).detach().double()
    assert bool(torch.isfinite(found).all()), f"{what} holds NaN or infinite values"
    gap = (found - mixed.amax(1).double()).abs() - 1e-4 * mixed.amax(1).double().abs()
    assert float(gap.max()) < 20, f"{what} is far from the largest of them"


@grade_log_mean_exp.criterion("gradient", points=1)
def lme_gradient(student, reference, generator):
    """Each value gets its share of the sum of the exponentials as its gradient."""
    for shape, shift in (((4, 6), 0.0), ((5, 3), 0.0), ((2, 6), -400.0)):
        values = (2 * randn(generator, *shape) + shift).requires_grad_()
        got = averages(student, values, "log_mean_exp")
        assert got.requires_grad, "log_mean_exp carries no gradient"
        got.sum().backward()
        assert values.grad is not None, "no gradient reaches the values"
        expected = values.detach().double().softmax(1).float()
        assert_close(values.grad, expected, "the gradient of log_mean_exp", rtol=1e-3)


# ---------------------------------------------------------------------------- effective_sample_size

grade_effective_sample_size = HiddenTest("effective_sample_size")


def size_of(log_weights: Tensor) -> Tensor:
    """Return (sum w)^2 / sum w^2 per row, (batch,), in float64; weights are divided by the largest first."""
    weights = (log_weights.double() - log_weights.double().amax(1, keepdim=True)).exp()
    return weights.sum(1).square() / weights.square().sum(1)


@grade_effective_sample_size.criterion("one per row", points=1)
def size_rows(student, reference, generator):
    """One number per row, in the dtype of the logarithms, which stay; a row does not see the others."""
    for shape, dtype in (
        ((5, 9), torch.float32),
        ((1, 40), torch.float64),
        ((6, 6), torch.float32),
    ):
        log_weights = randn(generator, *shape).to(dtype)
        got = keeps_arguments(student, log_weights)
        what = f"the effective size of {shape[0]} rows of {shape[1]} weights"
        assert_like(got, shape[:1], dtype, what)
        alone = [table(student(row[None]), (1,), "of one row") for row in log_weights]
        assert_close(got, torch.cat(alone).detach(), f"{what}, compared with each row alone,")
    assert_answers(
        student, (log_weights,), (3 * log_weights,), "the effective size", "the logarithms"
    )


@grade_effective_sample_size.criterion("values", points=1)
def size_values(student, reference, generator):
    """One over the sum of the squared normalised weights: from 1, for a dominant one, to num_samples."""
    cases = [spread * randn(generator, *shape) for shape, spread in (((5, 9), 1.0), ((7, 2), 0.5))]
    cases.append(3 * randn(generator, 6, 6))
    cases += [randn(generator, 3, 1).repeat(1, num) for num in (1, 2, 17, 400)]
    for num_large in (1, 2, 5):
        cases.append(torch.full((2, 30), -60.0))
        cases[-1][:, 3 : 3 + num_large] = 1.5
    for log_weights in cases:
        rows, num = log_weights.shape
        what = f"the effective size of {rows} rows of {num} weights"
        got = table(student(log_weights), (rows,), what).detach().double()
        assert_close(got, size_of(log_weights), what, rtol=1e-3)


@grade_effective_sample_size.criterion("any scale", points=1)
def size_scale(student, reference, generator):
    """Adding a constant to a row changes nothing, whether weights overflow or vanish."""
    log_weights = randn(generator, 4, 12)
    plain = student(log_weights)
    assert_tensor(plain, "the effective size")
    expected = plain.detach().double()
    apart = torch.tensor([[-700.0], [0.0], [300.0], [50.0]])
    for shift in (-95.0, -110.0, -800.0, 85.0, 900.0, 1e4, apart):
        # Near 1e4 a float32 is rounded to about 1e-3, so the tolerance is large.
        got = student(log_weights + shift)
        assert_tensor(got, "the effective size")
        what = "the effective size of weights of another scale"
        assert_close(got.detach().double(), expected, what, rtol=0.03, atol=0.01)
    assert_answers(
        student, (log_weights,), (3 * log_weights,), "the effective size", "the logarithms"
    )


# --------------------------------------------------------------------------- log_importance_weights

grade_log_importance_weights = HiddenTest("log_importance_weights")


def assert_image_matters(ask: Callable, generator: torch.Generator, what: str) -> None:
    """Assert that other images, or another decoder, give other results, by more than 8 standard errors.

    Args:
        ask: `ask(model, x)` returns one or more numbers per image.
        generator: Source of the model.
        what: What is returned, in words.
    """
    model = toy_model(generator)
    wide = copy.deepcopy(model)
    with torch.no_grad():
        model.decoder.bias.fill_(20.0)
        wide.decoder.weight *= 6
    results = []
    for asked, grey in ((model, 0.0), (model, 1.0), (wide, 0.0)):
        numbers = ask(asked, torch.full((60, 6), grey)).detach().double().nan_to_num(neginf=-1e4)
        results.append(numbers.sign() * numbers.abs().log1p())
    for one, other in ((0, 1), (1, 2)):
        a, b = results[one], results[other]
        error = math.sqrt(float(a.var()) / a.numel() + float(b.var()) / b.numel())
        if abs(float(a.mean() - b.mean())) > 8 * error + 1e-6:
            return
    raise AssertionError(without_influence(what, "the image or the model"))


@grade_log_importance_weights.criterion("shape", points=1.5)
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
    assert_image_matters(lambda *a: student(*a, 8), generator, "the weights")


@grade_log_importance_weights.criterion("values", points=1.5)
def weights_values(student, reference, generator):
    """log w is log p(x|z) plus log p(z) - log q(z|x), all three at the same samples of q."""
    likelihood_alone(student, generator)
    ratio_alone(student, generator)
    for latent_dim in (1, 2):
        model = toy_model(generator, latent_dim)
        with torch.no_grad():
            model.decoder.weight *= 2
        x = images(generator, 3)
        x[1] = 1 - x[0]
        rows_distributed(student, model, x, generator, "log w")


def likelihood_alone(student: Callable, generator: torch.Generator) -> None:
    """Assert that, where q is the prior and the decoder ignores z, each weight is log p(x)."""
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
            got = table(student(model, x, num_samples), (rows, num_samples), what)
            assert_close(got, expected[:, None].repeat(1, num_samples), what, atol=1e-3)


def ratio_alone(student: Callable, generator: torch.Generator) -> None:
    """Assert that, where the decoder ignores z, the rest of log w is log p(z) - log q(z|x) at samples of q."""
    for latent_dim in (1, 3):
        model = toy_model(generator, latent_dim)
        with torch.no_grad():
            model.decoder.weight.zero_()
            model.encoder.bias[latent_dim:] += torch.linspace(0.5, -1.5, latent_dim)
            model.encoder.bias[:latent_dim] += 1.0
        what = "log w where the decoder ignores z"
        rows_distributed(student, model, images(generator, 2), generator, what)
    for log_var in (-14.0, 14.0):  # a log_var that is cut off gives other densities
        model = toy_model(generator, 1)
        with torch.no_grad():
            model.decoder.weight.zero_()
            model.encoder.weight[1:] = 0.0
            model.encoder.bias[1:] = log_var
        what = f"log w at log_var {log_var:g}, where the decoder ignores z"
        rows_distributed(student, model, images(generator, 2), generator, what)


def rows_distributed(
    student: Callable, model: WatchedVAE, x: Tensor, generator: torch.Generator, what: str
) -> None:
    """Assert that 2,500 weights of every image are distributed as ours."""
    got = table(student(model, x, 2_500), (len(x), 2_500), what)
    for i, row in enumerate(x):
        ours = our_weights(model, row, 8_000, 1, generator)[:, 0]
        same_distribution(got[i], ours, what)


@grade_log_importance_weights.criterion("fresh samples", points=1.5)
def weights_fresh(student, reference, generator):
    """Each sample, each image and each call has noise of its own."""
    model, x = toy_model(generator), repeated(images(generator, 1), 500)
    call = lambda: table(student(model, x, 4), (500, 4), "log w")  # noqa: E731
    assert_fresh(call, "log w")
    noise = ranks(call().detach().double())
    for shift in (1, 2):
        shared = (noise * noise.roll(shift, 1)).mean(0).abs()
        assert bool((shared < 6.5 / math.sqrt(500)).all()), "samples of an image share their noise"
    assert_image_matters(lambda *a: table(student(*a, 8), (60, 8), "log w"), generator, "log w")


def slopes(value: Any, model: WatchedVAE, what: str) -> list[Tensor]:
    """Return the gradients of the sum of a result in the model's four parameters; assert that they arrive."""
    value = torch.stack(list(value)) if isinstance(value, list | tuple) else value
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


@grade_log_importance_weights.criterion("gradient", points=1.5)
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
        return table(student(model, x, num_samples), (len(x), num_samples), "log w").logsumexp(1)

    same_slopes(average, generator, 6, "the logarithm of the average of 6 weights")


# --------------------------------------------------------------------------------------- iwae_bound

grade_iwae_bound = HiddenTest("iwae_bound")


@grade_iwae_bound.criterion("shape", points=1.75)
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
    mixed = torch.tensor([[0.0], [1.0], [0.0]]).repeat(1, 6)
    got = student(model, mixed, 4)
    what = "the bound of two images of probability exp(-480) and a probable one"
    assert_like(got, (3,), torch.float32, what)
    assert float(got.detach()[[0, 2]].max()) < -200, f"{what} is too high"
    assert_image_matters(lambda *a: student(*a, 8), generator, "the bound")


def bound_is_elbo(student: Callable, generator: torch.Generator) -> None:
    """Assert that with one sample the mean of the bound is the ELBO by integration over q."""
    model, x = toy_model(generator), images(generator, 2)
    x[1] = 1 - x[0]
    got = table(student(model, repeated(x, 1_200), 1), (2, 1_200), "the bound of 2,400 images")
    with torch.no_grad():
        elbos = exact_elbo(in_float64(model), x)
    for row, values, elbo in zip(x, got, elbos, strict=True):
        ours = our_bounds(model, row, 10_000, 1, generator)
        same_distribution(values, ours, "the bound with one sample")
        gap = abs(float(values.detach().double().mean() - elbo))
        error = float(ours.std()) / math.sqrt(1_200)
        assert gap < 7 * error + 1e-4, (
            f"with one sample the bound is off by {gap:.3g} from the ELBO"
        )


@grade_iwae_bound.criterion("values", points=1.75)
def bound_values(student, reference, generator):
    """The bound is the logarithm of an average of num_samples weights: the ELBO for one, log p(x) for many."""
    bound_is_elbo(student, generator)
    near_evidence(student, generator, "the bound")
    model = toy_model(generator)
    with torch.no_grad():
        model.decoder.weight *= 2
    x = images(generator, 2)
    x[1] = 1 - x[0]
    for num_samples in (2, 10):
        rows = student(model, repeated(x, 800), num_samples)
        got = table(rows, (2, 800), "the bound of 1,600 images")
        for row, values in zip(x, got, strict=True):
            ours = our_bounds(model, row, 5_000, num_samples, generator)
            same_distribution(values, ours, f"the bound with {num_samples} samples")
    assert_fresh(
        lambda: table(student(model, repeated(x[:1], 500), 2), (500,), "the bound"), "the bound"
    )


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
        got = table(student(model, x, 600), (3,), what)
        for value, evidence, row in zip(
            got.detach().double(), exact_evidence(model, x), x, strict=True
        ):
            shares = (our_weights(model, row, 1, 20_000, generator)[0] - evidence).exp()
            error = float(shares.std()) / math.sqrt(600)
            gap = abs(float(value - evidence))
            assert gap < 8 * error + error**2 + 1e-4, (
                f"{what} with 600 samples is off by {gap:.3g} nats from log p(x)"
            )


@grade_iwae_bound.criterion("gradient", points=1.5)
def bound_gradient(student, reference, generator):
    """Gradients reach encoder and decoder, on average those of the bound with so many samples."""
    for num_samples in (1, 5):
        same_slopes(student, generator, num_samples, f"the bound with {num_samples} samples")


# ----------------------------------------------------------------------------------- log_likelihood

grade_log_likelihood = HiddenTest("log_likelihood")


@grade_log_likelihood.criterion("shape", points=1.5)
def evidence_shape(student, reference, generator):
    """One number per image, in the dtype of the model, for any sizes of batch and chunk."""
    model = toy_model(generator)
    for rows, num_samples, chunk_size in ((4, 7, 3), (1, 5, 1), (5, 2, 1), (3, 6, 2), (2, 3, 3)):
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
    assert_image_matters(lambda *a: student(*a, 8, 4), generator, "the estimate")


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
    got = table(student(coin(), torch.ones(rows, 1), num_samples, chunk_size), (rows,), what)
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


@grade_log_likelihood.criterion("values", points=1.5)
def evidence_values(student, reference, generator):
    """All num_samples weights count the same, whatever their chunk; with many it is close to log p(x)."""
    sizes = iter((250, 600))
    near_evidence(
        lambda model, x, num: student(model, x, num, next(sizes)), generator, "the estimate"
    )
    for num_samples, chunk_size in ((5, 4), (7, 3), (4, 1), (2, 5)):
        what = f"the estimate by {num_samples} samples in chunks of {chunk_size}"
        binomial_estimates(student, num_samples, chunk_size, what)
    model = toy_model(generator)
    with torch.no_grad():
        model.decoder.weight *= 2.5
    x = images(generator, 1)
    for num_samples, chunk_size in ((5, 4), (3, 2)):
        what = f"the estimate by {num_samples} samples in chunks of {chunk_size}"
        got = table(student(model, repeated(x, 1_200), num_samples, chunk_size), (1_200,), what)
        same_distribution(got, our_bounds(model, x[0], 6_000, num_samples, generator), what)
    assert_fresh(
        lambda: table(student(model, repeated(x, 500), 3, 2), (500,), "the estimate"),
        "the estimate",
    )


@grade_log_likelihood.criterion("memory", points=1.5)
def bounded_memory(student, reference, generator):
    """Never more than batch * chunk_size rows are decoded at once, and the decoder is asked."""
    for rows, num_samples, chunk_size in ((3, 50, 7), (1, 40, 3), (5, 9, 1), (2, 6, 10), (4, 8, 4)):
        model = WatchedVAE(input_dim=6, latent_dim=2)
        student(lent(student, model), images(generator, rows), num_samples, chunk_size)
        state = model.state_dict()
        most = int(state["most_rows_decoded"])
        decoded = int(state["rows_decoded"])
        assert decoded == rows * num_samples, (
            f"{decoded} rows were decoded in all, for {rows} images and {num_samples} samples of each"
        )
        assert most <= rows * chunk_size, (
            f"{most} rows were decoded at once for {rows} images in chunks of {chunk_size}"
        )


@grade_log_likelihood.criterion("no gradients", points=1.5, changes=True)
def evidence_without_graph(student, reference, generator):
    """The estimate carries no graph, none was recorded, and the model stays as it was."""
    model, x = WatchedVAE(input_dim=6, latent_dim=2), images(generator, 3)
    own, kept = give_gradient(model), [p.detach().clone() for p in model.parameters()]
    got = student(model, x, 5, 2)
    for value in got if isinstance(got, list | tuple) else [got]:
        assert_tensor(value, "the estimate")
        assert not value.requires_grad, "the estimate carries a graph"
    watched = WatchedVAE(input_dim=6, latent_dim=2)
    student(lent(student, watched), x, 5, 2)
    assert int(watched.decode_grad) == 0, (
        "the decoder recorded a graph for gradients that nobody needs"
    )
    assert all(map(torch.equal, list(model.parameters()), kept)), "the parameters changed"
    assert all(p.requires_grad for p in model.parameters()), "the parameters are frozen"
    assert_gradients_kept(model, own, "log_likelihood")
    assert torch.is_grad_enabled(), "gradients are switched off for the rest of the program"
    assert_mode_kept(lambda m: student(m, x, 5, 2), model, "log_likelihood")
    frozen = next(model.parameters()).requires_grad_(False)
    student(model, x, 5, 2)
    assert not frozen.requires_grad, "a frozen parameter requires gradients after the call"
