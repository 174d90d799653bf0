"""Hidden tests of lesson 04: a weighted KL, rate and distortion, active units, schedules, capacity, MIG.

Oracles: torch.distributions and closed forms in float64, public VAEs with so little noise that a sampled
quantity is exact, and mutual information from counted joint tables (the reference uses scikit-learn).
Latents for binning keep a tenth of a bin away from every inner edge, so that rounding moves none into
another bin. Only "sampling" of rate_distortion is random in the learner's noise; it allows 7 standard
errors (2e-8). Where one number could fail every criterion, a criterion compares an answer with itself: the
loss with its own terms, a gradient with the slope of its own values, a gap with that of a perfect code.
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
    assert_varied,
    drawn,
    each,
    in_drawn_order,
    lent,
    randn,
    several,
    uniform,
)
from autograder.exercises.models import (
    assert_gradients_kept,
    give_gradient,
    kl_table,
    loss_case,
    noisy_model,
)
from autograder.exercises.statistics import CALLS, ROWS, drawn_means, same_slope, varies_around
from course_utils.models import MLPVAE, linear_layer
from course_utils.toy import WatchedVAE


def recon_of(x_logits: Tensor, x: Tensor) -> Tensor:
    """Return -log p(x|z) per image in nats, (batch,), by torch.distributions in float64."""
    return -Bernoulli(logits=x_logits.double(), validate_args=False).log_prob(x.double()).sum(1)


def as_number(value: Any, what: str) -> float:
    """Return an int, a float or a scalar tensor as a float; assert that it is one and is finite."""
    if isinstance(value, Tensor | np.ndarray | np.generic) and np.prod(value.shape) == 1:
        value = value.item()
    assert isinstance(value, int | float), f"{what} should be a number, got {type(value).__name__}"
    value = float.__add__(float(value), 0.0)
    assert math.isfinite(value), f"{what} is NaN or infinite"
    return value


def as_mean(value: Any, what: str) -> float:
    """Return a number, or the mean of a tensor, as a float: where another criterion asks for the shape."""
    return as_number(value.double().mean() if isinstance(value, Tensor) else value, what)


def assert_near(
    actual: float, expected: float, what: str, rtol: float = 1e-4, atol: float = 1e-5
) -> None:
    """Assert that two floats are close."""
    gap = abs(actual - expected)
    assert gap <= atol + rtol * abs(expected), f"{what} is off by {gap:.3g}"


def first_of(outputs: Any) -> Any:
    """Return the first of several outputs, or the only one: where another criterion counts them."""
    return outputs[0] if isinstance(outputs, tuple | list) and outputs else outputs


def gradient_is_slope(student: Any, case: tuple, rest: tuple, generator: torch.Generator) -> None:
    """Assert that the gradient of a loss is the slope of its own values, in x_logits, mu and log_var."""
    leaves = {
        name: case[i].requires_grad_() for i, name in ((0, "x_logits"), (2, "mu"), (3, "log_var"))
    }
    loss = first_of(student(*case, *rest))
    assert_tensor(loss, "the loss")
    assert loss.requires_grad, "the loss carries no gradient"
    loss.sum().backward()
    plain = [t.detach() for t in case]
    for place, (name, leaf) in zip((0, 2, 3), leaves.items(), strict=True):

        def values_of(points: list, place: int = place) -> list:
            cases = [(*plain[:place], point, *plain[place + 1 :], *rest) for point in points]
            return [first_of(outputs).detach().sum() for outputs in each(student, *cases)]

        same_slope(values_of, leaf, generator, name)


# ----------------------------------------------------------------------------------- beta_vae_loss

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
        expected = float(recon_of(*case[:2]).mean())
        recon = three(student(*case, beta))[1]
        assert_near(as_mean(recon, "recon"), expected, f"recon, second, at beta {beta},")
    sure = torch.tensor([[100.0, -5_000.0]])
    costs = three(student(sure, torch.tensor([[0.0, 1.0]]), *torch.zeros(2, 1, 1), 2.0))[1]
    assert_near(as_mean(costs, "recon"), 5_100.0, "recon at logits of 100 and -5000")


@grade_beta_vae_loss.criterion("kl", points=1)
def kl_term(student, reference, generator):
    """The kl term is the KL to N(0, I), summed over dimensions, averaged over the batch, at any beta."""
    for rows, beta in zip((6, 1, 3, 2), PRICES[1:], strict=True):
        case = loss_case(generator, rows)
        expected = float(kl_table(*case[2:]).sum(1).mean())
        kl = three(student(*case, beta))[2]
        assert_near(as_mean(kl, "kl"), expected, f"kl, third, at beta {beta},")
    far = torch.tensor([[9.0, -9.0], [-6.0, 6.0]])  # a log_var that is cut off gives another KL
    value = three(student(torch.zeros(2, 3), torch.ones(2, 3), torch.zeros(2, 2), far, 1.0))[2]
    exact = float(kl_table(torch.zeros(2, 2), far).sum(1).mean())
    assert_near(as_mean(value, "kl"), exact, "kl at log_var from -9 to 9")
    zero = torch.zeros(3, 5)
    value = three(student(torch.zeros(3, 2), torch.ones(3, 2), zero, zero, 4.0))[2]
    assert_near(as_mean(value, "kl"), 0.0, "kl of the prior itself")


@grade_beta_vae_loss.criterion("loss", points=1, changes=True)
def total(student, reference, generator):
    """The loss is recon plus beta times kl, for any beta; scalars, dtypes kept, arguments unchanged."""
    for dtype in (torch.float32, torch.float64):
        case = loss_case(generator, 5, dtype)
        recon, kl = recon_of(*case[:2]).mean(), kl_table(*case[2:]).sum(1).mean()
        kept, losses = [t.clone() for t in case], []
        for beta in PRICES:
            outputs = student(*case, beta)
            outputs = tuple(outputs) if isinstance(outputs, tuple | list) else (outputs,)
            for value in outputs:
                assert_shape(value, (), "each of the three values")
                assert value.dtype == dtype, f"results should have the dtype of the inputs, {dtype}"
            assert all(map(torch.equal, case, kept)), "beta_vae_loss changed one of its arguments"
            # A mistake inside of a term is charged there: its own terms may add up as well.
            loss, exact = float(outputs[0]), float(recon + beta * kl)
            own = float(outputs[1] + beta * outputs[2]) if len(outputs) == 3 else exact
            assert math.isfinite(loss), "the loss is NaN or infinite"
            gap = min(abs(loss - exact), abs(loss - own))
            assert gap <= 1e-4 * (1 + abs(loss)), (
                f"the loss, first, is not recon + beta * kl at beta {beta}, but off by {gap:.3g}"
            )
            losses.append(loss)
        assert len(set(losses)) == len(PRICES), "the loss does not depend on beta"


@grade_beta_vae_loss.criterion("gradient", points=1)
def loss_gradient(student, reference, generator):
    """All three are differentiable in x_logits, mu and log_var; in the loss beta weighs the KL's gradient."""
    case = [t.requires_grad_() for t in loss_case(generator, 3, torch.float64)]
    _, recon, kl = three(student(*case, 2.0))
    for value, name in ((recon, "recon"), (kl, "kl")):
        assert_tensor(value, name)
        assert value.requires_grad, f"{name} carries no gradient"
    for beta in (0.5, 6.0):
        gradient_is_slope(student, loss_case(generator, 6, torch.float64), (beta,), generator)


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
    """Sampling stays on in both modes: the distortion varies around that of samples of q, one per image."""
    watched = WatchedVAE(input_dim=6, latent_dim=2)
    student(lent(student, watched), uniform(generator, 5, 6))
    rows = int(watched.rows_decoded)
    assert rows <= 5, f"5 images were decoded from {rows} codes: one sampled pass is asked for"
    model, calm = noisy_model(), noisy_model()
    x = torch.ones(ROWS, 6)  # white images, whose squared error grows otherwise than their cost
    with torch.no_grad():
        calm.encoder.weight[2:] = 0
        calm.encoder.bias[2:] = -30
        model.encoder.bias[2:] = 1.2  # so that sigma, its square and 1 are far apart
        mu, log_var = model.encode(x)
        exact = float(recon_of(model.decoder(mu), x).mean())
    draws = drawn_means(lambda z, mu, log_var, x: recon_of(model.decoder(z), x), mu, log_var, x)
    for mode in (True, False):
        pairs = [two(student(model.train(mode), x)) for _ in range(CALLS)]
        pairs.append(two(student(calm.train(mode), x)))
        numbers = torch.tensor([[as_number(v, "each number") for v in pair] for pair in pairs])
        # Units and order are other criteria: take the second if it varies, in units of its value without noise.
        varies = numbers[:-1].std(0)
        column = int(varies[1] > 1e-5 * numbers[:-1, 1].abs().mean())
        own = float(numbers[-1, column])
        assert abs(own) > 1e-9, "the distortion is 0"
        varies_around(
            numbers[:-1, column].double() / own * exact, draws, "the distortion of a noisy model"
        )


@grade_rate_distortion.criterion("no trace", points=1, changes=True)
def no_trace(student, reference, generator):
    """No gradients, and mode, parameters, their gradients and x stay as they were."""
    for training in (True, False):
        model = WatchedVAE(input_dim=6, latent_dim=2, dropout=0.5).train(training)
        x = uniform(generator, 9, 6)
        own = give_gradient(model)
        kept, kept_x = [p.detach().clone() for p in model.parameters()], x.clone()
        student(model, x)
        name = "training" if training else "evaluation"
        assert {m.training for m in model.modules()} == {training}, (
            f"rate_distortion took a model out of {name} mode"
        )
        assert all(map(torch.equal, list(model.parameters()), kept)), "the parameters changed"
        assert all(p.requires_grad for p in model.parameters()), "the parameters are frozen"
        assert torch.is_grad_enabled(), "gradients are switched off for the rest of the program"
        assert_gradients_kept(model, own, "rate_distortion")
        assert torch.equal(x, kept_x), "rate_distortion changed x"
        watched = WatchedVAE(input_dim=6, latent_dim=2).train(training)
        with torch.no_grad():
            student(lent(student, watched), uniform(generator, 3, 6))
            assert not torch.is_grad_enabled(), "gradients are switched on where they were off"
        watched = WatchedVAE(input_dim=6, latent_dim=2).train(training)
        student(lent(student, watched), uniform(generator, 3, 6))
        assert int(watched.decode_grad) == 0, "the pass did not run without gradients"
        assert int(watched.decode_training) != 1, (
            "the pass ran in training mode, where dropout would spoil it"
        )


# -------------------------------------------------------------------------------- kl_per_dimension

grade_kl_per_dimension = HiddenTest("kl_per_dimension")


@grade_kl_per_dimension.criterion("one per dimension", points=1, changes=True)
def kl_shape(student, reference, generator):
    """One batch mean per dimension, (latent_dim,), in the order of the dimensions; arguments unchanged."""
    for rows, columns, dtype in ((9, 4, torch.float32), (6, 7, torch.float64)):
        mu = (3 + randn(generator, rows, columns).abs()).to(dtype)
        log_var = (2 * randn(generator, rows, columns)).to(dtype)
        kept = mu.clone(), log_var.clone()
        kl = student(mu, log_var)
        assert all(map(torch.equal, kept, (mu, log_var))), "kl_per_dimension changed an argument"
        assert_shape(kl, (columns,), f"the KL per dimension of {columns} dimensions")
        assert kl.dtype == dtype, f"the KL should have the dtype of the inputs, {dtype}"
        assert float(kl.std()) > 1e-6, "all dimensions get the same number"
        order = torch.arange(columns - 1, -1, -1)
        turned = student(mu[:, order], log_var[:, order])
        assert_close(turned, kl.detach()[order], "the KL of the dimensions in another order")
        parts = [student(m, v) for m, v in zip(mu.split(3), log_var.split(3), strict=True)]
        mean = torch.stack(parts).mean(0)
        assert_close(kl, mean.detach(), "the KL of a batch, compared with the mean over its parts,")


@grade_kl_per_dimension.criterion("values", points=1)
def kl_values(student, reference, generator):
    """The numbers are those of the formula; together they are the mean KL per image."""
    for rows, columns, dtype in (
        (9, 4, torch.float32),
        (1, 6, torch.float64),
        (5, 1, torch.float32),
    ):
        mu, log_var = randn(generator, rows, columns).to(dtype), randn(generator, rows, columns)
        log_var = (2 * log_var).to(dtype)
        expected = kl_table(mu, log_var).mean(0).to(dtype)
        what = f"the KL per dimension of {rows} images and {columns} dimensions"
        assert_close(student(mu, log_var), expected, what)
    mu, log_var = 0.3 * randn(generator, 6, 4), 0.3 * randn(generator, 6, 4)
    expected = kl_table(mu, log_var).mean(0).float()
    assert_close(student(mu, log_var), expected, "the KL near the prior")
    zero = torch.zeros(3, 5)
    assert_close(student(zero, zero), torch.zeros(5), "the KL of dimensions that equal the prior")


@grade_kl_per_dimension.criterion("gradient", points=1)
def kl_gradient(student, reference, generator):
    """Differentiable in mu and log_var."""
    leaves = [randn(generator, 6, 4).double().requires_grad_() for _ in range(2)]
    kl = student(*leaves)
    assert_tensor(kl, "the KL per dimension")
    assert kl.requires_grad, "the KL carries no gradient"
    weights = 0.5 + uniform(generator, *kl.shape, 1).double()[..., 0]
    (kl * weights).sum().backward()
    mu, log_var = (leaf.detach() for leaf in leaves)
    for leaf, name in zip(leaves, ("mu", "log_var"), strict=True):

        def values_of(points: list, name: str = name) -> list:
            cases = [(p, log_var) if name == "mu" else (mu, p) for p in points]
            return [(value * weights).detach().sum() for value in each(student, *cases)]

        same_slope(values_of, leaf, generator, name)


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


def level(value: Any) -> float:
    """Return a count as a float; a mask or a list by what it holds: another criterion asks for an int."""
    if isinstance(value, list | tuple):
        return float(len(value))
    value = value.double().sum().item() if isinstance(value, Tensor) else value
    assert isinstance(value, int | float), "the count should be a number"
    return float(value)


@grade_active_units.criterion("an int", points=1, changes=True)
def counts(student, reference, generator):
    """The count is a Python int: 0 where mu is 0 for all images, more where it moves; mu stays as it is."""
    for dtype in (torch.float32, torch.float64):
        mu = clear_case(generator, 5).to(dtype)
        kept = mu.clone()
        count = student(mu)
        assert torch.equal(mu, kept), "active_units changed mu"
        kind = type(count).__name__
        assert isinstance(count, int), f"the count should be a Python int, got a {kind}"
        assert kind != "bool", "the count should be a Python int, got a bool"
        assert_count(count, 5, "the count where every dimension moves far")
        assert_count(student(torch.zeros(20, 5, dtype=dtype)), 0, "the count where mu is 0")


@grade_active_units.criterion("variance over images", points=1)
def variance_over_images(student, reference, generator):
    """Each dimension has its variance over all images, with its mean taken out; more than 0.01 is active."""
    # What a clear case of the same size gives is the measure: whether it is an int is another criterion.
    clear = {k: level(student(clear_case(generator, k))) for k in range(6)}
    assert len(set(clear.values())) == 6, "other numbers of active dimensions give the same count"
    active, quiet = (1.0, 0.03, 0.02, 2.5, 4.0, 0.014), (0.004, 1e-5, 0.0, 1e-6, 0.006)
    for expected in (0, 1, 2, 3, 4, 5):
        rows = int(torch.randint(40, 300, (1,), generator=generator))
        mu = with_variances(generator, rows, [*active[:expected], *quiet[: 5 - expected]])
        count = level(student(mu.float()))
        assert abs(count - clear[expected]) < 1e-6, "the count around means that are not 0 is off"
    frozen = (3 * randn(generator, 1, 5)).repeat(30, 1)
    assert level(student(frozen)) == clear[0], "a mu that is stuck at 3 is not active"
    # Spread 0.05 is a variance of 0.0025, far below the threshold; 0.2 is 0.04, above it.
    mu = with_variances(generator, 400, [0.05**2] * 3 + [0.2**2] * 2)
    assert level(student(mu)) == clear[2], "the threshold is on a variance"
    for image in (0, -1):
        alone = torch.zeros(120, 5)
        alone[image, 1] = 5.0
        assert level(student(alone)) == clear[1], "every image counts, also the first and the last"
    centred = with_variances(generator, 90, [0.02, 0.02, 0.015, 0.004, 0.007])
    count = level(student(centred - centred.mean(0)))
    assert count == clear[3], "the count around means of 0 is off"
    mu = with_variances(generator, 3, [1.0, 0.001, 1.0, 0.001, 0.05])
    assert level(student(mu)) == clear[3], "the count for 3 images and 5 dimensions is off"


def clear_case(generator: torch.Generator, active: int) -> Tensor:
    """Return mu, (60, 5), around 0 with so many dimensions that move far; the others are 0."""
    mu = randn(generator, 60, 5)
    mu = 3 * (mu - mu.mean(0)) / mu.std(0)
    mu[:, active:] = 0
    return mu


@grade_active_units.criterion("threshold", points=1)
def thresholds(student, reference, generator):
    """The threshold is the caller's, 0.01 without; exactly at the threshold a dimension is not active."""
    scales = torch.tensor([100.0, 30.0, 1e-3, 3e-4, 0.0])
    mu = clear_case(generator, 5) / 3 * scales
    # Standard deviations lie on the same side as variances, except at the last threshold.
    clear = {k: level(student(clear_case(generator, k))) for k in range(6)}
    assert len(set(clear.values())) == 6, "the count does not depend on mu as it should"
    for threshold, expected in ((0.5, 2), (1e-9, 4), (2e5, 0)):
        for count in (student(mu, threshold), student(mu, threshold=threshold)):
            assert level(count) == clear[expected], f"the count at threshold {threshold:g} is off"
    assert level(student(mu)) == level(student(mu, 0.01)), "the threshold is 0.01 if not given"
    still = level(student(torch.ones(8, 5), 0.0))
    assert still == level(student(torch.ones(8, 5), 1e6)), (
        "a variance of exactly 0 does not exceed a threshold of 0"
    )


# ------------------------------------------------------------------------------------- linear_warmup

grade_linear_warmup = HiddenTest("linear_warmup")


def assert_price(actual: Any, expected: float, what: str) -> None:
    """Assert that a value is a number equal to the expected one up to rounding."""
    gap = abs(as_number(actual, what) - expected)
    assert gap <= 1e-6 * (1 + abs(expected)), f"{what} is off by {gap:.3g}"


def price_of(student: Any, step: float, warmup_steps: float, beta_max: float) -> float:
    """Return the price as a float."""
    what = f"beta at step {step} of a ramp of {warmup_steps} to {beta_max}"
    return as_number(student(step, warmup_steps, beta_max), what)


def any_price(student: Any, step: float, warmup_steps: float, beta_max: float) -> float:
    """Return the price as a float, -1 for None on the ramp: what is returned there is another criterion."""
    price = student(step, warmup_steps, beta_max)
    price = -1.0 if price is None and step < warmup_steps else price
    return as_number(price, f"beta at step {step} of a ramp of {warmup_steps} to {beta_max}")


def ramps(generator: torch.Generator) -> list[tuple[int, float]]:
    """Return (warmup_steps, beta_max) of four ramps that nobody can know before, a long one among them."""
    steps = [*torch.randint(8, 60, (3,), generator=generator).tolist()]
    steps.append(int(torch.randint(600, 1_500, (), generator=generator)))
    prices = (0.2 + 0.7 * uniform(generator, 4)).double()
    return [(n, round(price, 3)) for n, price in zip(steps, prices.tolist(), strict=True)]


@grade_linear_warmup.criterion("ends of the ramp", points=1)
def ends(student, reference, generator):
    """0 at step 0 and beta_max at step warmup_steps, whatever the two numbers are."""
    for warmup_steps, beta_max in (*ramps(generator), (900, 4), (3, 0.0), (1, 5.0)):
        for step, expected in ((0, 0.0), (warmup_steps, beta_max)):
            what = f"beta at step {step} of a ramp of {warmup_steps} to {beta_max}"
            assert_price(student(step, warmup_steps, beta_max), expected, what)


@grade_linear_warmup.criterion("straight line", points=1)
def line(student, reference, generator):
    """Beta grows by the same amount with each step, from the first to the last."""
    for warmup_steps, beta_max in ramps(generator):
        half = warmup_steps // 2
        middle = price_of(student, half, warmup_steps, beta_max)
        assert middle > 0, "half-way up the ramp beta is not above 0"
        for step in (1, warmup_steps // 3, half + 1, warmup_steps - 1, warmup_steps):
            price = price_of(student, step, warmup_steps, beta_max)
            assert_near(price / middle, step / half, "beta, compared with half-way up the ramp,")


@grade_linear_warmup.criterion("after the ramp", points=1)
def after_the_ramp(student, reference, generator):
    """Beta stays the same for all later steps."""
    questions = []
    for n, beta_max in ramps(generator):
        steps = (1, n, n + 1, n + 2, 2 * n, 10 * n + 3, 10**7)
        questions += [(student, step, n, beta_max) for step in steps]
    prices = in_drawn_order(generator, any_price, *questions)
    for start in range(0, len(questions), 7):
        end, *later = prices[start + 1 : start + 7]
        assert max(later) - min(later) < 1e-6, "beta changes after the ramp"
        # Where a ramp ends elsewhere, that is another criterion.
        gap = min(abs(later[0] - e) for e in (questions[start][-1], end))
        assert gap < 1e-6, "beta after the ramp is not that of its end"
        assert later[0] > 0, "beta is 0 after the ramp"
    assert_varied(prices, "beta", "step, warmup_steps or beta_max")


@grade_linear_warmup.criterion("no ramp", points=1)
def no_ramp(student, reference, generator):
    """With warmup_steps 0 beta is beta_max from the first step, without a division by zero."""
    some = [beta_max for _, beta_max in ramps(generator)]
    questions = []
    for beta_max in (*some, 1.0, 4, 0.0):
        questions += [(student, step, 0, beta_max) for step in (0, 1, 17)]
        questions += [(student, 1, 10, beta_max), (student, 1_000, 10, beta_max)]
    prices = in_drawn_order(generator, any_price, *questions)
    for start in range(0, len(questions), 5):
        beta_max, end = questions[start][-1], prices[start + 4]
        for question, price in zip(questions[start:], prices[start : start + 3], strict=False):
            # Where a ramp ends elsewhere, that is another criterion.
            gap = min(abs(price - beta_max), abs(price - end))
            what = f"beta at step {question[1]} without a ramp"
            assert gap < 1e-6 * (1 + beta_max), f"{what} is off by {gap:.3g}"
    assert_varied(prices, "beta", "step, warmup_steps or beta_max")


# ------------------------------------------------------------------------------------- capacity_loss

grade_capacity_loss = HiddenTest("capacity_loss")


def loss_of(student: Any, case: tuple[Tensor, ...], gamma: float, capacity: float) -> float:
    """Return the learner's loss as a float, the mean of one value per image, the first of several."""
    loss = first_of(student(*case, gamma, capacity))
    return as_mean(loss, f"the loss at gamma {gamma:g} and capacity {capacity:.3g}")


@grade_capacity_loss.criterion("reconstruction", points=1)
def capacity_recon(student, reference, generator):
    """The first term is recon alone, in full and per image, whatever gamma is."""
    for rows in (6, 1, 4):
        case = loss_case(generator, rows)
        recon = float(recon_of(*case[:2]).mean())
        # A KL of 8 nats for each image costs nothing at this capacity, and nothing if gamma is 0.
        message = (*case[:2], torch.full((rows, 1), 4.0), torch.zeros(rows, 1))
        losses = loss_of(student, message, 0.0, 0.0), loss_of(student, message, 2.0, 8.0)
        loss = min(losses, key=lambda loss: abs(loss - recon))
        assert_near(loss, recon, "the loss without a fine")


@grade_capacity_loss.criterion("distance", points=1)
def distance(student, reference, generator):
    """Each nat above capacity costs gamma, and each nat below it too."""
    # One image with one dimension, so that nothing is summed or averaged. Its KL is 8 nats.
    mu = torch.full((1, 1), math.sqrt(18.5 - math.exp(1.5)))
    case = (randn(generator, 1, 3), uniform(generator, 1, 3), mu, torch.full((1, 1), 1.5))
    for gamma in (10.0, 0.5, 100):
        least = loss_of(student, case, gamma, 8.0)
        for capacity in (0, 3.0, 7.5, 8.5, 20.0):
            charge = loss_of(student, case, gamma, capacity) - least
            what = f"the fine for 8 nats at capacity {capacity:g} and gamma {gamma:g}"
            assert_near(charge, gamma * abs(8 - capacity), what, atol=1e-3)
    by_name = as_mean(first_of(student(*case, gamma=2.0, capacity=5.0)), "the loss")
    assert_near(
        by_name, loss_of(student, case, 2.0, 5.0), "the loss with names for gamma and capacity"
    )


@grade_capacity_loss.criterion("nats per image", points=1)
def nats_per_image(student, reference, generator):
    """The mean KL of the batch is compared with the capacity: images above it make up for images below."""
    mu = torch.tensor([[2.0, 0.0], [0.0, 0.0], [0.0, 4.0], [0.0, 0.0]])
    # The KLs of these images are 2, 0, 8 and 0 nats: 2.5 on average.
    images = torch.zeros(4, 3), torch.ones(4, 3), mu, torch.zeros(4, 2)
    twice = tuple(torch.cat([t, t]) for t in images)
    for case in (images, twice):
        recon = loss_of(student, case, 0.0, 0.0)
        for gamma, capacity, off in ((7.0, 2.5, 0.0), (7.0, 4.5, 2.0), (3.0, 1.5, 1.0)):
            what = f"the fine for images with KLs 2, 0, 8 and 0 at capacity {capacity:g}"
            fine = loss_of(student, case, gamma, capacity) - recon
            assert_near(fine, gamma * off, what, atol=1e-4)


@grade_capacity_loss.criterion("gradient", points=1, changes=True)
def capacity_gradient(student, reference, generator):
    """One scalar, differentiable in x_logits, mu and log_var; dtype kept, arguments unchanged."""
    for sign, gamma in ((1, 5.0), (-1, 20.0)):
        case = loss_case(generator, 6, torch.float64)
        kept = [t.clone() for t in case]
        capacity = 1.0 if sign > 0 else 500.0
        loss = student(*case, gamma, capacity)
        assert_shape(loss, (), "the loss")
        assert loss.dtype == torch.float64, "the loss should have the dtype of the inputs, float64"
        single = student(*[t.float() for t in case], gamma, capacity)
        assert_tensor(single, "the loss")
        assert single.dtype == torch.float32, (
            "the loss should have the dtype of the inputs, float32"
        )
        assert all(map(torch.equal, case, kept)), "an argument changed"
        gradient_is_slope(student, case, (gamma, capacity), generator)


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


def gap_of(student: Any, *args: Any) -> float:
    """Return the learner's MIG as a float: whether it is a Python float is another criterion."""
    return as_number(student(*args), "the gap")


@grade_mutual_information_gap.criterion("value", points=1)
def mig_value(student, reference, generator):
    """Noisy codes give the gap computed from counted tables, also with another number of bins."""
    for rows, sizes, num_bins in ((700, [4, 3], 20), (400, [2, 5, 3], 12)):
        factors = integers(generator, rows, sizes)
        codes = noisy_codes(generator, factors, num_bins, num_extra=1)
        latents = spread_out(generator, codes, num_bins)
        arguments = (latents, factors) if num_bins == 20 else (latents, factors, num_bins)
        what = f"the gap of noisy codes of {len(sizes)} factors in {num_bins} bins"
        arguments = (*map(torch.from_numpy, arguments[:2]), *arguments[2:])
        assert_near(gap_of(student, *arguments), exact_gap(codes, factors), what, 0, 1e-4)


def turns(rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a factor and a code of four values each, every pair equally often, and the number of the block.

    A block of 16 rows holds each pair once, so the code knows exactly nothing. `rows` is a multiple of 16.
    """
    row = np.arange(rows)
    return row % 4, row // 4 % 4, row // 16


@grade_mutual_information_gap.criterion("gap", points=1)
def gap_between_the_best(student, reference, generator):
    """What counts is the largest information about a factor minus the second largest."""
    # One factor, and latents with four values that every way of binning keeps apart. Compared with a copy of
    # the factor, any unit of the gap will do.
    rows = 16 * drawn(generator, 13, 18)
    factor, free, block = turns(rows)
    unknown = integers(generator, rows, [4])[:, 0]
    weak, *strong = (
        np.where(block < drawn(generator, *k), free, factor) for k in ((6, 9), (2, 5), (2, 5))
    )
    questions = [
        [factor, free, free, 3 - free],
        [strong[0], weak, unknown, free],
        [weak, unknown, free, strong[1]],
        [factor, 3 - factor, free, unknown],
    ]

    def ask(columns: list[np.ndarray]) -> float:
        latents = torch.tensor(np.stack(columns, 1) - 2.0)
        return gap_of(student, latents, torch.tensor(factor[:, None]))

    whole, *gaps = in_drawn_order(generator, ask, *((columns,) for columns in questions))
    assert whole > 1e-3, (
        "a latent that copies the factor, beside three that know nothing, has no gap"
    )
    for columns, gap in zip(questions[1:], gaps, strict=True):
        expected = exact_gap(np.stack(columns, 1), factor[:, None])
        what = "the gap, compared with that of a copy of the factor,"
        assert_near(gap / whole, expected, what, 0, 1e-3)


@grade_mutual_information_gap.criterion("normalised mean", points=1)
def known_gaps(student, reference, generator):
    """1 where each factor has one latent to itself, whatever its entropy; half where one of two has none."""
    # Every combination of factor values and code occurs once, so `free` knows exactly nothing.
    often = (0, 0, 0, 0, 1, 1, 2, 3)
    grid = torch.tensor([(a, b, c) for a in often for b in range(2) for c in range(4)])
    grid = grid.repeat(drawn(generator, 1, 5), 1)
    grid = grid[torch.randperm(len(grid), generator=generator)]
    factors, free = grid[:, :2], 1.0 * grid[:, 2:]
    # The first latent knows more than its factor, which must not matter.
    more = (2.0 * factors[:, :1] + grid[:, 2:] % 2) / 2 - 1.75
    own = torch.cat([more, 1.0 * factors[:, 1:], free // 2, free // 2], 1)
    halves = [torch.cat([1.0 * factors[:, k : k + 1], free, free, free], 1) for k in (0, 1)]
    questions = [(z[:, torch.randperm(4, generator=generator)],) for z in (own, *halves) * 4]
    gaps = in_drawn_order(generator, lambda z: gap_of(student, z, factors), *questions)
    for gap in gaps[::3]:
        assert_near(gap, 1.0, "the gap of latents that copy one factor each", 0, 1e-4)
    for gap in gaps[1::3] + gaps[2::3]:
        assert_near(gap, 0.5, "the gap where no latent knows one factor of two", 0, 1e-4)


@grade_mutual_information_gap.criterion("bins", points=1)
def bins(student, reference, generator):
    """Bins have equal width from each latent's own minimum to its maximum, which is in the last bin."""
    rows, num_bins = drawn(generator, 380, 420), 4
    factors = integers(generator, rows, [2, 2])
    # 0.9 and 1.0 share the last bin of four, 0 and 0.1 the first, so binning removes the factor from `blurred`.
    ends = np.where(factors[:, 0] == 1, 0.9, 1.0), np.where(factors[:, 0] == 1, 0.0, 0.1)
    side = np.arange(rows) % 2
    blurred = np.where(side == 0, *ends)
    codes = np.stack([3 * (1 - side), factors[:, 1] * 3, integers(generator, rows, [4])[:, 0]], 1)
    latents = np.stack(
        [blurred, 100.0 + factors[:, 1], spread_out(generator, codes[:, 2:], 4)[:, 0]], 1
    )
    # With one far outlier, bins of equal width put all other values into the first bin.
    outlier, coarse = latents.copy(), codes.copy()
    outlier[0, 1], coarse[:, 1], coarse[0, 1] = 200.0, 0, 3
    cases = [
        (latents, codes, factors, "the gap with values near the ends"),
        (outlier, coarse, factors, "the gap with an outlier"),
    ]
    many = integers(generator, rows, [4, 3])
    for _ in range(2):
        noisy = noisy_codes(generator, many, 4, num_extra=1)
        cases.append((spread_out(generator, noisy, 4), noisy, many, "the gap of noisy codes"))
    # Every number on an edge: it belongs to the bin above, and the maximum to the last bin.
    noisy = noisy_codes(generator, many, 4, num_extra=1)
    edges = 1.0 * noisy
    edges[0], edges[-8:] = 0.0, [4.0]
    cases.append((edges, np.minimum(edges, 3), many, "the gap of values on the edges"))
    # The numbers of the bins, given as latents, are the measure: mistakes in the gap are charged elsewhere.
    questions = [
        (torch.from_numpy(z), torch.from_numpy(f), num_bins)
        for latents, codes, f, _ in cases
        for z in (latents, 1.0 * codes, (codes + 1.0) % 4)
    ]
    gaps = in_drawn_order(generator, lambda *q: gap_of(student, *q), *questions)
    for i, (*_, what) in enumerate(cases):
        for other in gaps[3 * i + 1 : 3 * i + 3]:
            assert_near(
                gaps[3 * i], other, f"{what}, compared with that of the bin numbers,", 0, 1e-4
            )
    assert_varied(gaps[6::3], "the gap of noisy codes", "the latents or the factors")
    fine = noisy_codes(generator, many, 20, num_extra=1)
    latents, f = torch.from_numpy(spread_out(generator, fine, 20)), torch.from_numpy(many)
    same = gap_of(student, latents, f), gap_of(student, latents, f, 20)
    assert same[0] == same[1], "there are 20 bins if num_bins is not given"


def moving_and_still(
    generator: torch.Generator, codes: list[np.ndarray], free: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return latents that show the codes, beside one that knows nothing: (rows, 4), the last moving or not.

    `free` knows exactly nothing, so a latent that never moves in its place must not change the gap.
    """
    places = 1 + uniform(generator, 3).numpy().astype(np.float64)
    moving = np.stack([*codes, free], 1) * np.array([*places, 1.0])
    return moving, np.concatenate([moving[:, :3], np.full((len(free), 1), 0.3)], 1)


@grade_mutual_information_gap.criterion("tensors and dead units", points=2, changes=True)
def kinds(student, reference, generator):
    """Tensors and arrays, left as they are; a latent that never moves knows nothing; a Python float."""

    def ask(z: Any, f: Any, name: str) -> float:
        kept_z, kept_f = as_array(z).copy(), as_array(f).copy()
        gap = student(z, f)
        gap = assert_float(gap, f"the gap of {name}") if name else as_number(gap, "the gap")
        assert np.array_equal(as_array(z), kept_z), "mutual_information_gap changed the latents"
        assert np.array_equal(as_array(f), kept_f), "mutual_information_gap changed the factors"
        return gap

    grid = np.array([(a, b, c) for a in range(4) for b in range(2) for c in range(20)])
    grid = grid[torch.randperm(160, generator=generator).numpy()]
    factors, free, labels = grid[:, :2], grid[:, 2], grid[:, :2] * 7 - 3
    # Each kind is asked for with one of two sets of latents, which have different gaps.
    one_each = [
        np.where(free < k, (grid[:, j] + 1) % n, grid[:, j])
        for j, n, k in ((0, 4, 2), (0, 4, 5), (1, 2, 3))
    ]
    both_each = [np.where(free < k, grid[:, 0], grid[:, 1]) for k in (5, 9, 14)]
    both = [moving_and_still(generator, codes, free) for codes in (one_each, both_each)]
    which = [i % 2 for i in torch.randperm(4, generator=generator).tolist()]
    still = [both[i][1] for i in which]
    names = ("arrays", "tensors", "float32 tensors", "an array and a tensor")
    questions = [(torch.from_numpy(z), torch.from_numpy(factors), "") for z, _ in both]
    given = [
        (still[0], labels),
        (torch.from_numpy(still[1]), torch.from_numpy(labels)),
        (torch.from_numpy(still[2]).float(), torch.from_numpy(labels)),
        (still[3], torch.from_numpy(labels)),
    ]
    questions += [
        (*g, f"{name}, one latent constant,") for g, name in zip(given, names, strict=True)
    ]
    answers = in_drawn_order(generator, ask, *questions)
    for gap, i, name in zip(answers[2:], which, names, strict=True):
        assert_near(gap, answers[i], f"the gap of {name}, one latent constant,", 0, 1e-4)
    assert_varied(answers[:2], "the gap", "the latents")
    grid = torch.tensor([(a, c) for a in range(4) for c in range(5)])
    only, free = 1.0 * grid[:, :1], 1.0 * grid[:, 1:]
    expected = gap_of(student, torch.cat([free, only], 1), grid[:, :1])
    gap = gap_of(student, torch.cat([torch.ones(20, 1), only], 1), grid[:, :1])
    assert_near(gap, expected, "the gap of one latent beside a constant one", 0, 1e-4)
