"""Hidden tests of lesson 04: a weighted KL, rate and distortion, active units, schedules, capacity, MIG.

Oracles: torch.distributions and closed forms in float64, public VAEs with so little noise that a sampled
quantity is exact, and mutual information from counted joint tables (the reference uses scikit-learn).
Latents for binning keep a tenth of a bin away from every inner edge, so that rounding moves none into
another bin. Only "sampling" of rate_distortion is random in the learner's noise; it allows 7 standard
errors (2e-8).
"""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Bernoulli

from autograder.exercises.criteria import (
    HiddenTest,
    assert_close,
    assert_float,
    assert_number,
    assert_shape,
    assert_tensor,
    lent,
    randn,
    several,
    uniform,
)
from autograder.exercises.models import kl_table, loss_case, noisy_model
from autograder.exercises.statistics import CALLS, ROWS, drawn_means, varies_around
from course_utils.models import MLPVAE, linear_layer
from course_utils.toy import WatchedVAE


def recon_of(x_logits: Tensor, x: Tensor) -> Tensor:
    """Return -log p(x|z) per image in nats, (batch,), by torch.distributions in float64."""
    return -Bernoulli(logits=x_logits.double(), validate_args=False).log_prob(x.double()).sum(1)


def as_number(value: Any, what: str) -> float:
    """Return an int, a float or a scalar tensor as a float; assert that it is one and is finite."""
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    assert isinstance(value, int | float), f"{what} should be a number, got {type(value).__name__}"
    value = float.__add__(float(value), 0.0)
    assert math.isfinite(value), f"{what} is NaN or infinite"
    return value


# ------------------------------------------------------------------------------------ beta_vae_loss

grade_beta_vae_loss = HiddenTest("beta_vae_loss")
PRICES = (0.0, 0.25, 1, 4.0, 39.2)


def three(outputs: Any) -> tuple:
    """Return the three outputs; assert that there are three."""
    return several(outputs, 3, "beta_vae_loss should return (loss, recon, kl), three scalars")


@grade_beta_vae_loss.criterion("reconstruction", points=1)
def reconstruction(student, reference, generator):
    """The recon term is the Bernoulli cost, summed over pixels, averaged over the batch, at any beta."""
    for rows, beta in zip((6, 1, 3, 2), PRICES[1:], strict=True):
        case = loss_case(generator, rows)
        expected = recon_of(*case[:2]).mean().float()
        assert_close(three(student(*case, beta))[1], expected, f"recon, second, at beta {beta},")
    sure = torch.tensor([[100.0, -5_000.0]])
    costs = three(student(sure, torch.tensor([[0.0, 1.0]]), *torch.zeros(2, 1, 1), 2.0))[1]
    assert_close(costs, torch.tensor(5_100.0), "recon at logits of 100 and -5000")


@grade_beta_vae_loss.criterion("kl", points=1)
def kl_term(student, reference, generator):
    """The kl term is the KL to N(0, I), summed over dimensions, averaged over the batch, at any beta."""
    for rows, beta in zip((6, 1, 3, 2), PRICES[1:], strict=True):
        case = loss_case(generator, rows)
        expected = kl_table(*case[2:]).sum(1).mean().float()
        assert_close(three(student(*case, beta))[2], expected, f"kl, third, at beta {beta},")
    zero = torch.zeros(3, 5)
    value = three(student(torch.zeros(3, 2), torch.ones(3, 2), zero, zero, 4.0))[2]
    assert_close(value, torch.tensor(0.0), "kl of the prior itself")


@grade_beta_vae_loss.criterion("loss", points=1, changes=True)
def total(student, reference, generator):
    """The loss is recon plus beta times kl, for any beta; dtypes are kept, arguments unchanged."""
    for dtype in (torch.float32, torch.float64):
        for beta in PRICES:
            case = loss_case(generator, 5, dtype)
            kept = [t.clone() for t in case]
            outputs = three(student(*case, beta))
            for value, name in zip(outputs, ("the loss", "recon", "kl"), strict=True):
                assert_shape(value, (), name)
                assert value.dtype == dtype, f"{name} should have the dtype of the inputs, {dtype}"
            exact = recon_of(*case[:2]).mean() + beta * kl_table(*case[2:]).sum(1).mean()
            assert_close(outputs[0], exact.to(dtype), f"the loss, first, at beta {beta},")
            assert all(map(torch.equal, case, kept)), "beta_vae_loss changed one of its arguments"


@grade_beta_vae_loss.criterion("gradient", points=1)
def loss_gradient(student, reference, generator):
    """The loss is differentiable in x_logits, mu and log_var, and beta weighs the KL's gradient."""
    for beta in (0.5, 6.0):
        case = loss_case(generator, 6, torch.float64)
        leaves = [case[i].requires_grad_() for i in (0, 2, 3)]
        loss = three(student(*case, beta))[0]
        assert_tensor(loss, "the loss, returned first,")
        assert loss.requires_grad, "the loss carries no gradient"
        loss.sum().backward()
        x_logits, x, mu, log_var = (t.detach() for t in case)
        exact = (
            (x_logits.sigmoid() - x) / len(x),
            beta * mu / len(x),
            beta * 0.5 * (log_var.exp() - 1) / len(x),
        )
        for leaf, slope, name in zip(leaves, exact, ("x_logits", "mu", "log_var"), strict=True):
            assert leaf.grad is not None, f"no gradient reaches {name}"
            assert_close(leaf.grad, slope, f"the gradient of the loss in {name} at beta {beta}")


# ----------------------------------------------------------------------------------- rate_distortion

grade_rate_distortion = HiddenTest("rate_distortion")


def quiet_model(generator: torch.Generator, rate: float = 20.0) -> MLPVAE:
    """Return a VAE with little noise: log_var is -rate, so sigma is exp(-rate / 2), for every image."""
    model = MLPVAE(9, (7,), 3)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.5 * randn(generator, *parameter.shape))
        head = linear_layer(model.encoder, -1)
        head.weight[3:] = 0
        head.bias[3:] = -rate
    return model


def exact_pair(model: MLPVAE, x: Tensor) -> tuple[float, float]:
    """Return rate and distortion in nats per image at z = mu, computed in float64."""
    with torch.no_grad():
        mu, log_var = model.encode(x)
        recon = recon_of(model.decode(mu), x).mean()
        return float(kl_table(mu, log_var).sum(1).mean()), float(recon)


def two(outputs: Any) -> tuple:
    """Return the two outputs; assert that there are two."""
    return several(outputs, 2, "rate_distortion should return (rate, distortion), two numbers")


@grade_rate_distortion.criterion("rate", points=1)
def rate_value(student, reference, generator):
    """The rate, returned first, is the mean KL per image, as a Python float."""
    for rows in (331, 7, 1):
        model, x = quiet_model(generator), uniform(generator, rows, 9)
        x[-rows // 5 :] *= 8  # the last images have a larger KL
        expected = exact_pair(model, x)[0]
        rate = two(student(model, x))[0]
        assert_number(rate, expected, f"the rate of {rows} images", rtol=1e-4, atol=1e-3)
    # mu = (2, 0) and log_var = (-2, 0) for every image: a KL of 2 + 0.5 * (e^-2 + 1).
    model = WatchedVAE(input_dim=6, latent_dim=2)
    with torch.no_grad():
        model.encoder.weight.zero_()
        model.encoder.bias.copy_(torch.tensor([2.0, 0.0, -2.0, 0.0]))
    expected = 2 + 0.5 * (math.exp(-2) + 1)
    assert_number(two(student(model, uniform(generator, 5, 6)))[0], expected, "the rate")


@grade_rate_distortion.criterion("distortion", points=1)
def distortion_value(student, reference, generator):
    """The distortion, returned second, is the mean reconstruction cost per image, as a Python float."""
    for rows in (331, 7, 1):
        model, x = quiet_model(generator), uniform(generator, rows, 9)
        with torch.no_grad():
            model.decoder[-1].bias += 4
        if rows > 70:
            x[-70:] = 1  # the last images cost much less, and each image counts the same
        expected = exact_pair(model, x)[1]
        distortion = two(student(model, x))[1]
        assert_number(
            distortion, expected, f"the distortion of {rows} images", rtol=1e-4, atol=2e-3
        )


@grade_rate_distortion.criterion("sampling", points=1)
def distortion_samples(student, reference, generator):
    """Sampling stays on in both modes: the distortion varies around that of samples of q."""
    model, x = noisy_model(), uniform(generator, ROWS, 6)
    with torch.no_grad():
        mu, log_var = model.encode(x)
    draws = drawn_means(lambda z, mu, log_var, x: recon_of(model.decoder(z), x), mu, log_var, x)
    rate = float(kl_table(mu, log_var).sum(1).mean())
    for mode in (True, False):
        pairs = [two(student(model.train(mode), x)) for _ in range(CALLS)]
        for value, _ in pairs[:3]:
            assert_number(as_number(value, "the rate"), rate, "the rate of a noisy model")
        measured = torch.tensor([as_number(d, "the distortion") for _, d in pairs]).double()
        varies_around(measured, draws, "the distortion")


@grade_rate_distortion.criterion("no trace", points=1, changes=True)
def no_trace(student, reference, generator):
    """No gradients, and mode, parameters, their gradients and x stay as they were."""
    for training in (True, False):
        model = WatchedVAE(input_dim=6, latent_dim=2, dropout=0.5).train(training)
        x = uniform(generator, 9, 6)
        parameters = list(model.parameters())
        parameters[0].grad = randn(generator, *parameters[0].shape)
        kept = [p.detach().clone() for p in parameters]
        poison, kept_x = parameters[0].grad.clone(), x.clone()
        for value in two(student(model, x)):
            as_number(value, "each of the two results")
            assert not getattr(value, "requires_grad", False), "a result carries a graph"
        name = "training" if training else "evaluation"
        assert {m.training for m in model.modules()} == {training}, (
            f"rate_distortion took a model out of {name} mode"
        )
        assert all(map(torch.equal, list(model.parameters()), kept)), "the parameters changed"
        assert all(p.requires_grad for p in model.parameters()), "the parameters are frozen"
        assert torch.is_grad_enabled(), "gradients are switched off for the rest of the program"
        gradients = [p.grad for p in model.parameters()]
        assert gradients[0] is not None, "gradients of the caller are gone"
        assert torch.equal(gradients[0], poison), "a gradient of the caller changed"
        assert all(g is None for g in gradients[1:]), "gradients are left behind"
        assert torch.equal(x, kept_x), "rate_distortion changed x"
        watched = WatchedVAE(input_dim=6, latent_dim=2).train(training)
        student(lent(student, watched), uniform(generator, 3, 6))
        assert int(watched.decode_grad) != 1, "a graph was recorded that nobody needs"
        assert int(watched.decode_training) != 1, (
            "the pass ran in training mode, where dropout would spoil it"
        )


# ---------------------------------------------------------------------------------- kl_per_dimension

grade_kl_per_dimension = HiddenTest("kl_per_dimension")


@grade_kl_per_dimension.criterion("values", points=2, changes=True)
def kl_values(student, reference, generator):
    """One batch mean per dimension, (latent_dim,); together they are the mean KL per image."""
    for rows, columns, dtype in (
        (9, 4, torch.float32),
        (1, 6, torch.float64),
        (5, 1, torch.float32),
    ):
        mu, log_var = randn(generator, rows, columns).to(dtype), randn(generator, rows, columns)
        log_var = (2 * log_var).to(dtype)
        kept = mu.clone(), log_var.clone()
        expected = kl_table(mu, log_var).mean(0).to(dtype)
        what = f"the KL per dimension of {rows} images and {columns} dimensions"
        assert_close(student(mu, log_var), expected, what)
        assert all(map(torch.equal, kept, (mu, log_var))), "kl_per_dimension changed an argument"
    zero = torch.zeros(3, 5)
    assert_close(student(zero, zero), torch.zeros(5), "the KL of dimensions that equal the prior")
    wide = torch.tensor([[20.0, -20.0]])
    expected = kl_table(torch.zeros(1, 2), wide)[0].float()
    assert_close(student(torch.zeros(1, 2), wide), expected, "the KL at log_var = 20 and -20")


@grade_kl_per_dimension.criterion("gradient", points=1)
def kl_gradient(student, reference, generator):
    """Differentiable in mu and log_var, dimension by dimension."""
    mu = randn(generator, 6, 4).double().requires_grad_()
    log_var = randn(generator, 6, 4).double().requires_grad_()
    kl = student(mu, log_var)
    assert_shape(kl, (4,), "the KL per dimension")
    assert kl.requires_grad, "the KL carries no gradient"
    weights = 0.5 + uniform(generator, 4).double()
    (kl * weights).sum().backward()
    assert mu.grad is not None, "no gradient reaches mu"
    assert log_var.grad is not None, "no gradient reaches log_var"
    assert_close(mu.grad, weights * mu.detach() / 6, "the gradient in mu")
    expected = weights * 0.5 * (log_var.detach().exp() - 1) / 6
    assert_close(log_var.grad, expected, "the gradient in log_var")


# -------------------------------------------------------------------------------------- active_units

grade_active_units = HiddenTest("active_units")


def with_variances(generator: torch.Generator, rows: int, variances: list[float]) -> Tensor:
    """Return columns, (rows, dimensions), with these variances and with large, different means.

    Variances far enough from the threshold give the same count whether one divides by n or by n - 1.
    """
    noise = randn(generator, rows, len(variances)).double()
    noise = (noise - noise.mean(0)) / noise.std(0)
    means = 5 * randn(generator, 1, len(variances)).double()
    order = torch.randperm(len(variances), generator=generator)
    return (means + noise * torch.tensor(variances).double().sqrt())[:, order]


def assert_count(actual: Any, expected: int, what: str) -> None:
    """Assert that a value is the expected int, and no bool."""
    kind = type(actual).__name__
    assert isinstance(actual, int), f"{what} should be a Python int, got a {kind}"
    assert kind != "bool", f"{what} should be a Python int, got a bool"
    actual = int.__add__(actual, 0)
    assert actual == expected, f"{what} is {actual}, but {expected} are active"


@grade_active_units.criterion("counts", points=1, changes=True)
def counts(student, reference, generator):
    """Counts the dimensions whose variance over images is above the threshold, as an int."""
    active, quiet = (1.0, 0.03, 0.02, 2.5, 4.0, 0.014), (0.004, 1e-5, 0.0, 1e-6, 0.006)
    # How many dimensions are active follows from the inputs, not from their shape.
    for _ in range(6):
        rows = int(torch.randint(40, 300, (1,), generator=generator))
        expected = int(torch.randint(6, (1,), generator=generator))
        variances = [*active[:expected], *quiet[: 5 - expected]]
        for dtype in (torch.float32, torch.float64):
            mu = with_variances(generator, rows, variances).to(dtype)
            kept = mu.clone()
            assert_count(student(mu), expected, f"the count for {len(variances)} dimensions")
            assert torch.equal(mu, kept), "active_units changed mu"


@grade_active_units.criterion("variance over images", points=1)
def variance_over_images(student, reference, generator):
    """Dimensions that differ from each other but not from image to image are not active."""
    frozen = (3 * randn(generator, 1, 6)).repeat(30, 1)
    assert as_number(student(frozen), "the count") == 0, "a mu that is stuck at 3 is not active"
    # Spread 0.05 is a variance of 0.0025, far below the threshold; 0.2 is 0.04, above it.
    mu = with_variances(generator, 400, [0.05**2] * 3 + [0.2**2] * 2)
    assert as_number(student(mu), "the count") == 2, (
        "the threshold is on a variance, with the mean taken out"
    )
    late = torch.zeros(120, 3)
    late[100:, 1] = 1.0
    assert as_number(student(late), "the count") == 1, "every image counts, also the last"
    mu = with_variances(generator, 3, [1.0, 0.001, 1.0, 0.001, 0.05])
    assert as_number(student(mu), "the count") == 3, (
        "the count for 3 images and 5 dimensions is off"
    )


@grade_active_units.criterion("threshold", points=1)
def thresholds(student, reference, generator):
    """Another threshold gives another count, and exactly at the threshold a dimension is not active."""
    more = (0.3, 1e-3)[: int(torch.randint(3, (1,), generator=generator))]
    variances = [1.0, 0.03, 0.02, 0.004, 1e-5, 0.0, 2.5, *more]
    mu = with_variances(generator, 200, variances)
    for threshold in (0.002, 0.5, 3.0, 1e-7):
        expected = sum(v > threshold for v in variances)
        count = as_number(student(mu, threshold), "the count")
        assert count == expected, (
            f"the count at threshold {threshold:g} is off by {count - expected:g}"
        )
        keyword = as_number(student(mu, threshold=threshold), "the count")
        assert keyword == expected, "the count with threshold= as a keyword is off"
    still = torch.ones(8, 3)
    assert as_number(student(still, 0.0), "the count") == 0, (
        "a variance of exactly 0 does not exceed a threshold of 0"
    )


# ------------------------------------------------------------------------------------- linear_warmup

grade_linear_warmup = HiddenTest("linear_warmup")


def assert_price(actual: Any, expected: float, what: str) -> None:
    """Assert that a value is a number equal to the expected one up to rounding."""
    gap = abs(as_number(actual, what) - expected)
    assert gap <= 1e-6 * (1 + abs(expected)), f"{what} is off by {gap:.3g}"


@grade_linear_warmup.criterion("ramp", points=2)
def ramp(student, reference, generator):
    """Straight from 0 at step 0 to beta_max at warmup_steps, whatever the two numbers are."""
    for warmup_steps, beta_max in ((10, 1.0), (1_000, 4), (7, 0.3), (3, 0.0), (2.5, 6.0)):
        whole = int(warmup_steps)
        for step in sorted({0, 1, whole // 3, whole // 2, whole - 1, whole}):
            price = student(step, warmup_steps, beta_max)
            what = f"beta at step {step} of a ramp of {warmup_steps} to {beta_max}"
            assert_price(price, beta_max * step / warmup_steps, what)
    assert_price(student(3.5, 7, 2), 1.0, "beta half-way up a ramp of 7 to 2")


@grade_linear_warmup.criterion("after the ramp", points=1)
def after_the_ramp(student, reference, generator):
    """Beta stays at beta_max for all later steps."""
    for warmup_steps, beta_max in ((10, 1.0), (1_000, 4), (7, 0.3), (1, 5.0), (4, 0.0)):
        for step in (
            warmup_steps,
            warmup_steps + 1,
            2 * warmup_steps,
            10 * warmup_steps + 3,
            10**7,
        ):
            what = f"beta at step {step}, after a ramp of {warmup_steps} to {beta_max},"
            assert_price(student(step, warmup_steps, beta_max), beta_max, what)


@grade_linear_warmup.criterion("no ramp", points=1)
def no_ramp(student, reference, generator):
    """With warmup_steps 0 beta is beta_max from the first step, without a division by zero."""
    for step in (0, 1, 17):
        for beta_max in (1.0, 4, 0.25, 0.0):
            what = f"beta at step {step} without a ramp"
            assert_price(student(step, 0, beta_max), beta_max, what)


# ------------------------------------------------------------------------------------- capacity_loss

grade_capacity_loss = HiddenTest("capacity_loss")


def capacity_of(case: tuple[Tensor, ...], gamma: float, capacity: float) -> Tensor:
    """Return the objective of Burgess et al. for (x_logits, x, mu, log_var), a scalar in float64."""
    kl = kl_table(*case[2:]).sum(1).mean()
    return recon_of(*case[:2]).mean() + gamma * (kl - capacity).abs()


@grade_capacity_loss.criterion("above capacity", points=1)
def above(student, reference, generator):
    """Where the KL is above capacity, each nat too many costs gamma."""
    for rows, gamma, below in ((6, 10.0, 2.0), (1, 0.5, 0.3), (4, 100, 1.5)):
        case = loss_case(generator, rows)
        capacity = float(kl_table(*case[2:]).sum(1).mean()) - below
        expected = capacity_of(case, gamma, capacity).float()
        what = f"the loss {below:g} nats above capacity, at gamma {gamma:g}"
        assert_close(student(*case, gamma, capacity), expected, what, rtol=1e-4, atol=1e-3)
    expected = capacity_of(case, 3.0, 0.0).float()
    assert_close(student(*case, gamma=3.0, capacity=0), expected, "the loss at capacity 0")


@grade_capacity_loss.criterion("below capacity", points=1)
def below(student, reference, generator):
    """Where the KL is below capacity, each missing nat costs gamma too."""
    for rows, gamma, missing in ((6, 10.0, 2.0), (1, 0.5, 0.3), (4, 100, 25)):
        case = loss_case(generator, rows)
        capacity = float(kl_table(*case[2:]).sum(1).mean()) + missing
        expected = capacity_of(case, gamma, capacity).float()
        what = f"the loss {missing:g} nats below capacity, at gamma {gamma:g}"
        assert_close(student(*case, gamma, capacity), expected, what, rtol=1e-4, atol=1e-3)


@grade_capacity_loss.criterion("nats per image", points=1)
def nats_per_image(student, reference, generator):
    """The mean KL of the batch is compared with the capacity: images above it make up for images below."""
    mu = torch.tensor([[2.0, 0.0], [0.0, 0.0], [0.0, 4.0], [0.0, 0.0]])
    # The KLs of these images are 2, 0, 8 and 0 nats: 2.5 on average.
    x, q = torch.ones(4, 3), torch.zeros(4, 2)
    recon = 3 * math.log(2)
    for gamma, capacity, off in ((7.0, 2.5, 0.0), (7.0, 4.5, 2.0), (3.0, 1.5, 1.0)):
        loss = student(torch.zeros(4, 3), x, mu, q, gamma, capacity)
        what = f"the loss of images with KLs 2, 0, 8 and 0 at capacity {capacity:g}"
        assert_close(loss, torch.tensor(recon + gamma * off), what)
    twice = [torch.cat([t, t]) for t in (torch.zeros(4, 3), x, mu, q)]
    loss = student(*twice, 7.0, 4.5)
    assert_close(
        loss, torch.tensor(recon + 14.0), "the loss of a batch that holds every image twice"
    )


@grade_capacity_loss.criterion("gradient", points=1, changes=True)
def capacity_gradient(student, reference, generator):
    """A scalar, dtype kept, arguments unchanged; gamma pulls the KL towards capacity from both sides."""
    for sign, gamma in ((1, 5.0), (-1, 20.0)):
        case = loss_case(generator, 6, torch.float64)
        kept = [t.clone() for t in case]
        capacity = float(kl_table(*case[2:]).sum(1).mean()) - 1.5 * sign
        leaves = [case[i].requires_grad_() for i in (0, 2, 3)]
        loss = student(*case, gamma, capacity)
        assert_close(loss, capacity_of(case, gamma, capacity).detach(), "the loss in float64")
        assert loss.requires_grad, "the loss carries no gradient"
        loss.backward()
        x_logits, x, mu, log_var = (t.detach() for t in case)
        exact = (
            (x_logits.sigmoid() - x) / 6,
            sign * gamma * mu / 6,
            sign * gamma * 0.5 * (log_var.exp() - 1) / 6,
        )
        for leaf, slope, name in zip(leaves, exact, ("x_logits", "mu", "log_var"), strict=True):
            assert leaf.grad is not None, f"no gradient reaches {name}"
            assert_close(leaf.grad, slope, f"the gradient in {name}")
        assert all(map(torch.equal, [t.detach() for t in case], kept)), "an argument changed"


# ---------------------------------------------------------------------------- mutual_information_gap

grade_mutual_information_gap = HiddenTest("mutual_information_gap")


def counted_information(a: np.ndarray, b: np.ndarray) -> float:
    """Return the mutual information H(a) + H(b) - H(a, b) in nats, from counts."""

    def entropy(*columns: np.ndarray) -> float:
        counts = np.unique(np.stack(columns, 1), axis=0, return_counts=True)[1]
        p = counts / counts.sum()
        return float(-(p * np.log(p)).sum())

    return entropy(a) + entropy(b) - entropy(a, b)


def exact_gap(codes: np.ndarray, factors: np.ndarray) -> float:
    """Return the MIG of codes that are bin numbers, (rows, latents), and factors, (rows, factors)."""
    gaps = []
    for k in range(factors.shape[1]):
        information = sorted(
            counted_information(codes[:, j], factors[:, k]) for j in range(codes.shape[1])
        )
        entropy = counted_information(factors[:, k], factors[:, k])
        gaps.append((information[-1] - information[-2]) / entropy)
    return float(np.mean(gaps))


def integers(generator: torch.Generator, rows: int, sizes: list[int]) -> np.ndarray:
    """Return independent columns of random integers, column j below sizes[j]; every value occurs."""
    columns = [torch.randint(size, (rows,), generator=generator) for size in sizes]
    for column, size in zip(columns, sizes, strict=True):
        column[:size] = torch.arange(size)
    return torch.stack([c[torch.randperm(rows, generator=generator)] for c in columns], 1).numpy()


def spread_out(generator: torch.Generator, codes: np.ndarray, num_bins: int) -> np.ndarray:
    """Return real numbers that equal-width binning turns into the given codes, 0 to num_bins - 1.

    Each number keeps a distance from the edges of its bin. Every latent has its own offset and scale.
    """
    jitter = 0.8 * uniform(generator, *codes.shape).numpy().astype(np.float64) + 0.1
    z = (codes + jitter) / num_bins
    for j in range(z.shape[1]):
        z[np.argmin(z[:, j]), j], z[np.argmax(z[:, j]), j] = 0.0, 1.0
    width = np.exp(1.5 * randn(generator, codes.shape[1]).numpy().astype(np.float64))
    place = 3 * randn(generator, codes.shape[1]).numpy().astype(np.float64)
    return z * width + place


def noisy_codes(
    generator: torch.Generator, factors: np.ndarray, num_bins: int, num_extra: int
) -> np.ndarray:
    """Return random bin numbers, (rows, latents), for `exact_gap`.

    Two latents per factor show it, with 15 % and 50 % of their rows random; num_extra latents are independent.
    """
    rows = len(factors)
    columns = []
    for k in range(factors.shape[1]):
        for wrong in (0.15, 0.5):
            noise = torch.randint(num_bins, (rows,), generator=generator).numpy()
            is_wrong = uniform(generator, rows).numpy() < wrong
            columns.append(np.where(is_wrong, noise, factors[:, k] * 2 % num_bins))
    columns += list(integers(generator, rows, [num_bins] * num_extra).T)
    codes = np.stack(columns, 1)
    codes[0], codes[1] = 0, num_bins - 1  # the first and the last bin occur in every latent
    return codes[:, torch.randperm(codes.shape[1], generator=generator).numpy()]


def as_array(values: Tensor | np.ndarray) -> np.ndarray:
    """Return a tensor or an array as an array."""
    return values.numpy() if isinstance(values, Tensor) else values


def assert_mig(actual: Any, expected: float, what: str, atol: float = 1e-4) -> None:
    """Assert that a value is a Python float in [0, 1] near the expected one."""
    actual = assert_float(actual, what)
    assert -1e-6 <= actual <= 1 + 1e-6, f"{what} is {actual:.4g}, outside [0, 1]"
    assert abs(actual - expected) <= atol, f"{what} is off by {abs(actual - expected):.3g}"


@grade_mutual_information_gap.criterion("value", points=2)
def mig_value(student, reference, generator):
    """Noisy codes give the gap computed from counted tables, also with another number of bins."""
    for rows, sizes, num_bins in ((700, [4, 3], 20), (400, [2, 5, 3], 12)):
        factors = integers(generator, rows, sizes)
        codes = noisy_codes(generator, factors, num_bins, num_extra=1)
        latents = spread_out(generator, codes, num_bins)
        arguments = (latents, factors) if num_bins == 20 else (latents, factors, num_bins)
        what = f"the gap of noisy codes of {len(sizes)} factors in {num_bins} bins"
        assert_mig(student(*arguments), exact_gap(codes, factors), what)


@grade_mutual_information_gap.criterion("known gaps", points=2)
def known_gaps(student, reference, generator):
    """1 where each factor has one latent to itself, 0 where two latents share each, one half in between."""
    factors = integers(generator, 240, [4, 3])
    alone = factors * np.array([-2.0, 0.5]) + 1
    noise = spread_out(generator, integers(generator, 240, [20]), 20)
    # Every combination of factor values and code occurs once, so this code has exactly no information.
    grid = np.array([(a, b, c) for a in range(4) for b in range(3) for c in range(20)])
    free = spread_out(generator, grid[:, 2:], 20)
    # As many columns in each case: how they are made decides the gap, and no shape.
    own = np.concatenate([grid[:, :2] * 1.7, free, free, free], 1)
    assert_mig(student(own, grid[:, :2]), 1.0, "the gap of latents that copy one factor each")
    twins = np.concatenate([alone, 3 * alone - 5, noise], 1)
    assert_mig(student(twins, factors), 0.0, "the gap of latents that come in pairs")
    half = np.concatenate([grid[:, :2] * 1.7, -grid[:, :1], free, free], 1)
    assert_mig(student(half, grid[:, :2]), 0.5, "the gap where one factor of two has twin latents")


@grade_mutual_information_gap.criterion("bins", points=1)
def bins(student, reference, generator):
    """Bins have equal width from each latent's own minimum to its maximum, which is in the last bin."""
    rows, num_bins = 400, 4
    factors = integers(generator, rows, [2, 2])
    # 0.9 and 1.0 share the last bin of four, 0 and 0.1 the first, so binning removes the factor from `blurred`.
    ends = np.where(factors[:, 0] == 1, 0.9, 1.0), np.where(factors[:, 0] == 1, 0.0, 0.1)
    side = np.arange(rows) % 2
    blurred = np.where(side == 0, *ends)
    codes = np.stack([3 * (1 - side), factors[:, 1] * 3, integers(generator, rows, [4])[:, 0]], 1)
    latents = np.stack(
        [blurred, 100.0 + factors[:, 1], spread_out(generator, codes[:, 2:], 4)[:, 0]], 1
    )
    expected = exact_gap(codes, factors)
    assert_mig(student(latents, factors, num_bins), expected, "the gap with values near the ends")
    # With one far outlier, bins of equal width put all other values into the first bin.
    outlier = latents.copy()
    outlier[0, 1] = 200.0
    codes[:, 1] = 0
    codes[0, 1] = 3
    expected = exact_gap(codes, factors)
    assert_mig(student(outlier, factors, num_bins=4), expected, "the gap with an outlier")


@grade_mutual_information_gap.criterion("tensors and dead units", points=1, changes=True)
def kinds(student, reference, generator):
    """Tensors and arrays, with labels of any integers; a latent that never moves knows nothing."""
    factors = integers(generator, 500, [4, 2])
    codes = noisy_codes(generator, factors, 20, num_extra=1)
    codes = np.concatenate([codes, np.zeros((500, 1), dtype=codes.dtype)], 1)
    latents = spread_out(generator, codes[:, :-1], 20)
    latents = np.concatenate([latents, np.full((500, 1), 0.3)], 1)
    labels = factors * 7 - 3
    expected = exact_gap(codes, factors)
    for z, f, name in (
        (latents, labels, "arrays"),
        (torch.from_numpy(latents), torch.from_numpy(labels), "tensors"),
        (torch.from_numpy(latents).float(), torch.from_numpy(labels), "float32 tensors"),
        (latents, torch.from_numpy(labels), "an array and a tensor"),
    ):
        kept_z, kept_f = as_array(z).copy(), as_array(f).copy()
        assert_mig(student(z, f), expected, f"the gap of {name}, one latent constant,")
        assert np.array_equal(as_array(z), kept_z), "mutual_information_gap changed the latents"
        assert np.array_equal(as_array(f), kept_f), "mutual_information_gap changed the factors"
    only = np.concatenate([latents[:, -1:], latents[:, :1]], 1)
    expected = exact_gap(np.stack([codes[:, -1], codes[:, 0]], 1), factors)
    assert_mig(student(only, labels), expected, "the gap of one latent beside a constant one")
