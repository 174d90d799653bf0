"""Hidden tests of lesson 02: the model, its loss, a training step, evaluation, generation, betas.

Oracles: torch.distributions, closed forms in float64, and public VAEs with so little noise that a sampled
quantity has an exact value. Statistical criteria allow at least 6 standard errors (a false alarm has
probability below 1e-8 per number) and Kolmogorov-Smirnov distances up to 3 / sqrt(n) (below 4e-8).
"""

import copy
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Normal

from autograder.exercises.criteria import (
    HiddenTest,
    assert_close,
    assert_number,
    assert_shape,
    assert_tensor,
    assert_varied,
    each,
    in_drawn_order,
    lent,
    methods,
    randn,
    several,
    shaken,
    uniform,
)
from autograder.exercises.models import (
    as_float,
    as_images,
    assert_gradients_kept,
    assert_has_relu,
    assert_is_number,
    assert_mode_kept,
    assert_same_parameters,
    assert_upper_halves,
    batch_of,
    bernoulli_cost,
    dark_and_bright,
    decoded_sample,
    gaussian_kl,
    give_gradient,
    loss_case,
    neg_elbo_of,
    noise_of,
    noisy_model,
    plain_heads,
    sees_all_inputs,
    spread_case,
    used_by,
    without_weights,
)
from autograder.exercises.statistics import (
    CALLS,
    DRAWS,
    ROWS,
    drawn_means,
    same_mean,
    same_slope,
    standard_normal,
    uncorrelated,
    varies_around,
)
from course_utils.models import MLPVAE, linear_layer
from course_utils.toy import WatchedVAE

# ---------------------------------------------------------------------------------------------- VAE

grade_VAE = HiddenTest("VAE")


def sizes_of(student: Any, method: str, expected: Callable) -> None:
    """Assert that a method uses as many parameters as its linear layers have, and shares none.

    Sizes by position and the defaults are tried with "encode" alone: both methods share one `__init__`.

    Args:
        student: The learner's class.
        method: "encode" or "decode".
        expected: Returns that number from input_dim, hidden_dim and latent_dim.
    """
    models = [(student(input_dim=7, hidden_dim=11, latent_dim=3), (7, 11, 3))]
    if method == "encode":
        models += [(student(9, 4, 2), (9, 4, 2)), (student(), (784, 400, 20))]
    for model, sizes in models:
        used = used_by(model, method, sizes[0 if method == "encode" else 2])
        assert sum(used) == expected(*sizes), (
            f"{method} of VAE{sizes} uses {sum(used)} parameters of the model; count the linear layers "
            "and their sizes"
        )
    if method == "decode":
        both = zip(used, used_by(model, "encode", sizes[0]), strict=True)
        assert not any(a and b for a, b in both), "decode and encode share weights"


@grade_VAE.criterion("encode", points=2)
def encoder(student, reference, generator):
    """The encoder is one ReLU layer and two plain linear heads of the sizes asked for, without randomness."""
    sizes_of(student, "encode", lambda i, h, d: (i + 1) * h + 2 * (h + 1) * d)
    model = shaken(student(10, 64, 6), generator)
    x = batch_of(generator, 12, 10)
    rays = torch.cat([t * x for t in (1e4, 2e4, 4e4)])
    calls = [("encode", x), ("encode", x), ("encode", x[:1]), ("encode", rays)]
    (mu, log_var), again, alone, (far_mu, far_log_var) = methods(model, *calls)
    for name, first, second in zip(("mu", "log_var"), (mu, log_var), again, strict=True):
        assert_shape(first, (12, 6), f"{name} of a batch of 12")
        assert_close(first, second.detach(), f"{name} in a second call of encode")
    assert_shape(alone[1], (1, 6), "log_var of a batch of one")
    assert not torch.allclose(mu, log_var), "mu and log_var should come from two different heads"
    plain_heads(far_mu.chunk(3), "mu")
    plain_heads(far_log_var.chunk(3), "log_var")
    assert_has_relu(model, "encode", x[:4])
    sees_all_inputs(sum(model.encode(x.requires_grad_())), x, "the encoder")


def spread_of_z(model: Any, generator: torch.Generator) -> None:
    """Assert that samples are Gaussian with mean mu and variance exp(log_var)."""
    mu, log_var = spread_case(generator, 6000)
    zero, extreme = torch.zeros(5_000, 2), torch.tensor([-20.0, 20.0]).repeat(5_000, 1)
    # A batch of one has noise too. 12 draws have a spread below 0.1 with probability 4e-10 per dimension.
    row = mu[:1], log_var[:1]
    batch, at_extremes, *alone = noise_of(model, (mu, log_var), (zero, extreme), *12 * [row])
    standard_normal(batch, "z in a batch")
    standard_normal(at_extremes, "z at log_var = -20 and 20")
    single = torch.cat(alone)
    assert bool((single.std(0) > 0.1).all()), "z of a batch of one should vary from call to call"


def fresh_noise(model: Any, generator: torch.Generator) -> None:
    """Assert that every number of z has noise of its own, new in each call, also after eval()."""
    mu, log_var = spread_case(generator, 3000)
    for training in (True, False):
        model.train(training)
        with torch.set_grad_enabled(training):
            noise, again = noise_of(model, *2 * [(mu, log_var)])
        where = "train()" if training else "eval() and under no_grad()"
        assert bool((noise.var(0) > 1e-3).all()), (
            f"z does not vary between equal rows after {where}: each needs fresh noise"
        )
        noise, again = ((n - n.mean(0)) / n.std(0).clamp(min=1e-9) for n in (noise, again))
        for j in range(6):
            message = "two latent dimensions share their noise"
            uncorrelated(noise[:, j], noise[:, (j + 1) % 6], message)
            uncorrelated(noise[1:, j], noise[:-1, j], "two rows share their noise")
            uncorrelated(noise[:, j], again[:, j], "two calls share their noise")


def gradient_through_z(model: Any, generator: torch.Generator) -> None:
    """Assert that a sample is differentiable in mu and log_var, and that both stay as they were."""
    mu = randn(generator, 5, 6).requires_grad_()
    log_var = randn(generator, 5, 6).requires_grad_()
    z = model.reparameterize(mu, log_var)
    assert_shape(z, (5, 6), "z")
    assert z.requires_grad, "z carries no gradient: the encoder could not learn from it"
    weights = randn(generator, 5, 6)
    (z * weights).sum().backward()
    expected = weights * 0.5 * (z.detach() - mu.detach())
    assert mu.grad is not None, "no gradient reaches mu"
    assert log_var.grad is not None, "no gradient reaches log_var"
    assert_close(mu.grad, weights, "the gradient in mu")
    assert_close(log_var.grad, expected, "the gradient in log_var", rtol=1e-3, atol=1e-4)
    plain_mu, plain_log_var = randn(generator, 4, 6), randn(generator, 4, 6)
    kept_mu, kept_log_var = plain_mu.clone(), plain_log_var.clone()
    model.reparameterize(plain_mu, plain_log_var)
    assert torch.equal(plain_mu, kept_mu), "reparameterize changed mu in place"
    assert torch.equal(plain_log_var, kept_log_var), "reparameterize changed log_var in place"


@grade_VAE.criterion("reparameterize", points=2, changes=True)
def sampler(student, reference, generator):
    """Samples of N(mu, exp(log_var)) with fresh noise, differentiable in both, which stay as they are."""
    model = student(10, 8, 6)
    gradient_through_z(model, generator)
    fresh_noise(model, generator)
    model.train()
    spread_of_z(model, generator)


@grade_VAE.criterion("decode", points=2)
def decoder(student, reference, generator):
    """The decoder gives logits of any size and sign from one ReLU layer, without randomness."""
    sizes_of(student, "decode", lambda i, h, d: (d + 1) * h + (h + 1) * i)
    model = shaken(student(10, 64, 6), generator)
    z = batch_of(generator, 12, 6)
    rays = torch.cat([t * z for t in (1e4, 2e4, 4e4)])
    calls = [("decode", z), ("decode", z), ("decode", z[:1]), ("decode", rays)]
    first, again, alone, far = methods(model, *calls)
    assert_shape(first, (12, 10), "x_logits of a batch of 12")
    assert_close(first, again.detach(), "x_logits in a second call of decode")
    assert_shape(alone, (1, 10), "x_logits of a batch of one")
    plain_heads(far.chunk(3), "x_logits")
    assert_has_relu(model, "decode", z[:4])
    sees_all_inputs(model.decode(z.requires_grad_()), z, "the decoder")


def order_of_forward(student: Any, generator: torch.Generator) -> None:
    """Assert that the order is x_logits, mu, log_var, and that the last two are those of encode."""
    for latent_dim in (3, 5):
        kept = student(10, 16, latent_dim).latent_dim
        assert kept == latent_dim, "latent_dim should be kept as an attribute of the model"
    model = shaken(student(10, 16, 3), generator)
    for rows in (5, 1):
        x = uniform(generator, rows, 10)
        for mode in ("train", "eval"):
            _, outputs, expected = methods(model, (mode,), ("forward", x), ("encode", x))
            assert isinstance(outputs, tuple | list), "forward should return three tensors"
            assert len(outputs) == 3, "forward should return x_logits, mu and log_var"
            x_logits, mu, log_var = outputs
            assert_shape(x_logits, (rows, 10), "x_logits, returned first,")
            expected_mu, expected_log_var = expected
            assert_close(mu, expected_mu.detach(), "mu, returned second,")
            assert_close(log_var, expected_log_var.detach(), "log_var, returned third,")
            assert mu.requires_grad, "mu, returned second, carries no gradient"
            assert log_var.requires_grad, "log_var, returned third, carries no gradient"


def scale_up(model: Any, x: Tensor) -> None:
    """Multiply all weights until log_var is far from 0 for images x, so that errors in its use show."""
    start = {name: value.clone() for name, value in model.state_dict().items()}
    for factor in (0.3, 0.6, 1.0, 1.7, 3.0, 5.0, 8.0):
        model.load_state_dict({name: factor * value for name, value in start.items()})
        if float(model.encode(x)[1].detach().abs().max()) > 1.5:
            break


@grade_VAE.criterion("forward", points=2)
def forward_samples(student, reference, generator):
    """x_logits of a sample, mu and log_var, in this order; gradients reach the encoder through the sample."""
    order_of_forward(student, generator)
    x = uniform(generator, 1, 8)
    model = shaken(student(8, 16, 2), generator)
    scale_up(model, x)
    for mode in ("train", "eval"):
        getattr(model, mode)()
        samples, slopes = [], []
        for path in (
            lambda r: model(r)[0],
            lambda r: decoded_sample(model, r),
        ):
            rows = x.repeat(2000, 1).requires_grad_()
            with without_weights(model):
                logits = path(rows)
            assert_shape(logits, (2000, 8), "x_logits")
            assert logits.requires_grad, "x_logits carries no gradient"
            logits.square().sum().backward()
            assert rows.grad is not None, "no gradient flows from x_logits to x through z"
            samples.append(logits.detach().double())
            slopes.append(rows.grad.double())
        ours, theirs = samples
        spread = theirs.std(0).max()
        where = f"after {mode}()"
        if float(spread) > 0:
            assert float(ours.std(0).max()) > 0, (
                f"forward decodes no sample {where}: equal rows give equal logits"
            )
        same_mean(
            ours, theirs, f"x_logits of forward has another mean than decoded samples {where}"
        )
        center = theirs.mean(0)
        same_mean(
            (ours - center).square(),
            (theirs - center).square(),
            f"x_logits of forward has another spread than decoded samples {where}",
        )
        same_mean(
            *slopes, f"the gradient through forward differs from that through a sample {where}"
        )


# ----------------------------------------------------------------------------------------- vae_loss

grade_vae_loss = HiddenTest("vae_loss")


def three(outputs: Any) -> tuple:
    """Return the three outputs; assert that there are three."""
    return several(outputs, 3, "vae_loss should return (loss, recon, kl), three scalars")


def batch_mean(value: Any, rows: int, what: str) -> Tensor:
    """Return a term's mean over the batch: that it is a scalar tensor is another criterion's matter."""
    value = torch.tensor(value) if isinstance(value, float) else value
    assert_tensor(value, what)
    return (
        value.detach().double().mean() if tuple(value.shape) in ((rows,), (1,)) else value.detach()
    )


def assert_term(value: Any, expected: Tensor, rows: int, what: str) -> None:
    """Assert that a term is what is expected, in nats per image."""
    mean = batch_mean(value, rows, what)
    assert_shape(mean, (), what)
    assert_close(mean.double(), expected.double(), what)


@grade_vae_loss.criterion("reconstruction", points=1.25)
def reconstruction(student, reference, generator):
    """The recon term is the Bernoulli cost, summed over pixels, averaged over the batch."""
    cases = [loss_case(generator, rows) for rows in (6, 1, 4)]
    cases[2] = (cases[2][0], cases[2][1].round(), *cases[2][2:])  # black and white
    for case, outputs in zip(cases, each(student, *cases), strict=True):
        expected = bernoulli_cost(*case[:2]).mean()
        assert_term(three(outputs)[1], expected, len(case[0]), "recon, returned second,")


@grade_vae_loss.criterion("kl", points=1.25)
def kl_term(student, reference, generator):
    """The kl term is the KL to N(0, I), summed over dimensions, averaged over the batch."""
    zero = torch.zeros(3, 5)
    cases = [loss_case(generator, rows) for rows in (6, 1)]
    cases.append((torch.zeros(3, 2), torch.ones(3, 2), zero, zero))  # the prior itself
    for case, outputs in zip(cases, each(student, *cases), strict=True):
        expected = gaussian_kl(*case[2:]).mean()
        assert_term(three(outputs)[2], expected, len(case[0]), "kl, returned third,")


@grade_vae_loss.criterion("loss", points=1.25, changes=True)
def total(student, reference, generator):
    """The loss is the sum of the two terms, a scalar; its gradient matches; arguments stay as they were."""
    case = loss_case(generator, 6)
    kept = [t.clone() for t in case]
    outputs = student(*case)
    alone = isinstance(outputs, Tensor)  # other criteria assert that all three values are returned
    values = (outputs,) if alone else three(outputs)
    for value, name in zip(values, ("the loss", "recon", "kl"), strict=False):
        assert_shape(value, (), name)
    assert all(map(torch.equal, case, kept)), "vae_loss changed one of its arguments"
    if not alone:
        terms = (values[1].detach() + values[2].detach()).double()
        what = "the loss, returned first, as the sum of the two terms"
        assert_close(values[0].detach().double(), terms, what)
    slopes_of_the_loss(student, generator)


@grade_vae_loss.criterion("extreme logits", points=1.25)
def extreme(student, reference, generator):
    """At large logits, where probabilities round to 0 and 1, the cost grows in proportion to the logits."""
    signs = torch.tensor([[1.0, -1.0, 1.0, -1.0, 1.0, -1.0]]).repeat(3, 1)
    x = torch.tensor([[0.0, 1.0, 1.0, 0.0, 0.3, 0.6]]).repeat(3, 1)
    direction, q = signs * (0.8 + 0.4 * uniform(generator, 3, 6)), torch.zeros(3, 2)
    costs, sizes = [], (30.0, 60.0, 240.0, 5e3, 1e4)
    points = [(size * direction).requires_grad_() for size in sizes]
    # The KL is 0 here, so the loss is recon.
    results = [first_of(r) for r in each(student, *((logits, x, q, q) for logits in points))]
    assert all(r.requires_grad for r in results), "the loss carries no gradient"
    sum(r.sum() for r in results).backward()
    for size, logits, loss in zip(sizes, points, results, strict=True):
        cost = loss.detach().double().mean().item()
        assert math.isfinite(cost), f"the loss is not finite at logits around {size:g}"
        assert logits.grad is not None, "no gradient reaches x_logits"
        slopes = logits.grad[:, [0, 1, 4, 5]].abs()  # pixels that are wrong, at least in part
        assert bool(torch.isfinite(logits.grad).all() and (slopes > 0).all()), (
            f"the gradient vanishes or overflows at logits around {size:g}, where it is needed most"
        )
        costs.append(abs(cost) / size)
    spread = max(costs) / min(costs) if min(costs) > 0 else math.inf
    assert spread < 1.001, "far out, recon does not grow in proportion to the logits"


def first_of(outputs: Any) -> Tensor:
    """Return the loss, also of an answer that returns nothing else."""
    loss = outputs[0] if isinstance(outputs, tuple | list) and outputs else outputs
    assert_tensor(loss, "the loss, returned first,")
    return loss


def slopes_of_the_loss(student: Any, generator: torch.Generator) -> None:
    """Assert that the loss is differentiable in x_logits, mu and log_var, and that this matches its values."""
    case = loss_case(generator, 6, torch.float64)
    leaves = [case[i].requires_grad_() for i in (0, 2, 3)]
    loss = first_of(student(*case))
    assert loss.requires_grad, "the loss carries no gradient"
    loss.sum().backward()
    for index, leaf, name in zip((0, 2, 3), leaves, ("x_logits", "mu", "log_var"), strict=True):
        assert leaf.grad is not None, f"no gradient reaches {name}"

        def along(points, index=index):
            fixed = [t.detach() for t in case]
            cases = [(*fixed[:index], point, *fixed[index + 1 :]) for point in points]
            return [first_of(r).detach().sum() for r in each(student, *cases)]

        same_slope(along, leaf, generator, name)


# ------------------------------------------------------------------ public models with exact losses


def quiet_model(input_dim: int = 9, latent_dim: int = 3) -> MLPVAE:
    """Return a VAE without noise in effect: sigma is exp(-23), too small to change mu in float32."""
    model = MLPVAE(input_dim, (7,), latent_dim)
    head = linear_layer(model.encoder, -1)
    with torch.no_grad():
        head.weight[latent_dim:] = 0
        head.bias[latent_dim:] = -46
    return model


def quiet_loss(model: MLPVAE, x: Tensor) -> Tensor:
    """Return the loss per image in nats, (batch,), of a `quiet_model`, with z = mu.

    A sample gives the same z, so that no ReLU unit is on in one case and off in the other.
    """
    mu, log_var = model.encode(x)
    return neg_elbo_of(model.decode(mu), x, mu, log_var)


def assert_noisy_mean(
    values: list, model: WatchedVAE, x: Tensor, what: str, draws: int = DRAWS
) -> None:
    """Assert that the values average to the negative ELBO of a `noisy_model`.

    Decoding mu in place of a sample gives a value several nats too low.
    """
    for value in values:
        assert_is_number(value, what)
    measured = torch.tensor([as_float(v) for v in values], dtype=torch.float64)
    with torch.no_grad():
        mu, log_var = model.encode(x)

    def cost(z: Tensor, mu: Tensor, log_var: Tensor, x: Tensor) -> Tensor:
        return neg_elbo_of(model.decoder(z), x, mu, log_var)

    varies_around(measured, drawn_means(cost, mu, log_var, x, draws=draws), what)


# --------------------------------------------------------------------------------------- train_step

grade_train_step = HiddenTest("train_step")


def after_update(model: MLPVAE, x: Tensor, lr: float) -> MLPVAE:
    """Return a copy of the model after one exact step of gradient descent."""
    twin = copy.deepcopy(model)
    gradients = torch.autograd.grad(quiet_loss(twin, x).mean(), list(twin.parameters()))
    with torch.no_grad():
        for parameter, gradient in zip(twin.parameters(), gradients, strict=True):
            parameter.sub_(lr * gradient)
    return twin


@grade_train_step.criterion("update", points=1, changes=True)
def one_update(student, reference, generator):
    """One call is exactly one step along the gradient of the loss."""
    for rows in (8, 1, 150):
        model, x, lr = quiet_model(), uniform(generator, rows, 9), 0.1
        expected = after_update(model, x, lr)
        student(model, x, torch.optim.SGD(model.parameters(), lr=lr))
        assert_same_parameters(model, expected, lr, "the model after one update")
        assert model.training, "train_step left the model in evaluation mode"


@grade_train_step.criterion("old gradients", points=1, changes=True)
def fresh_gradients(student, reference, generator):
    """Gradients left by earlier calls, or by anybody else, do not count: two calls move as they do without."""
    model, x, lr = quiet_model(), uniform(generator, 8, 9), 0.1
    twin = copy.deepcopy(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for parameter in model.parameters():
        parameter.grad = 5 * randn(generator, *parameter.shape)
    for call in ("an update that finds old gradients", "the update after it"):
        before = [p.detach().clone() for p in twin.parameters()]
        for parameter in twin.parameters():
            parameter.grad = None
        student(model, x, optimizer)
        student(twin, x, torch.optim.SGD(twin.parameters(), lr=lr))
        assert not all(map(torch.equal, twin.parameters(), before)), "train_step moves no parameter"
        assert_same_parameters(model, twin, lr, f"the model after {call}")


@grade_train_step.criterion("returned loss", points=1)
def loss_before(student, reference, generator):
    """The loss before the update, as a Python float."""
    model, x = quiet_model(), uniform(generator, 8, 9)
    before = quiet_loss(model, x).mean().item()
    lr = next(
        lr
        for lr in (0.1 * 2**k for k in range(30))
        if abs(quiet_loss(after_update(model, x, lr), x).mean().item() / before - 1) > 0.05
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    assert_number(student(model, x, optimizer), before, "the returned loss", rtol=1e-3)


@grade_train_step.criterion("sampling", points=1, changes=True)
def training_samples(student, reference, generator):
    """Training sees a sample of z, fresh in every step: the loss varies although nothing moves."""
    model, x = noisy_model(), uniform(generator, ROWS, 6)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    values = [student(model, x, optimizer) for _ in range(CALLS)]
    for value in values:
        assert_is_number(value, "the returned loss")
    spread = torch.tensor([as_float(v) for v in values], dtype=torch.float64).std()
    assert float(spread) > 1e-5 * abs(as_float(values[0])), (
        "the returned loss does not change from call to call: is z sampled?"
    )
    quiet = quiet_model()
    optimizer = torch.optim.SGD(quiet.parameters(), lr=0.0)
    x = uniform(generator, 8, 9)
    first, again = (as_float(student(quiet, x, optimizer)) for _ in range(2))
    assert abs(first - again) <= 1e-4 * abs(first), (
        "the returned loss changes from call to call where q has no noise and nothing moves"
    )


# ----------------------------------------------------------------------------------------- evaluate

grade_evaluate = HiddenTest("evaluate")


@grade_evaluate.criterion("value", points=1)
def evaluated_value(student, reference, generator):
    """The negative ELBO per image, averaged over all images, as a Python float."""
    for rows in (331, 7, 1):
        model, x = quiet_model(), uniform(generator, rows, 9)
        with torch.no_grad():
            model.decoder[-1].bias += 4
        if rows > 70:
            x[-70:] = 1  # the last images cost much less, and each image counts the same
        with torch.no_grad():
            expected = float(quiet_loss(model, x).mean())
        assert_number(
            student(model, x), expected, f"the score of {rows} images", rtol=1e-4, atol=1e-3
        )


@grade_evaluate.criterion("sampling", points=1)
def evaluation_samples(student, reference, generator):
    """Sampling stays on: values differ from call to call, around the negative ELBO."""
    # Enough calls to show that the best of several samples is too low. A mean of several is right.
    x = uniform(generator, ROWS // 10, 6)
    for mode in (True, False):
        model = noisy_model().train(mode)
        values = each(student, *[(model, x)] * (15 * CALLS))
        assert_noisy_mean(values, model, x, "the score", 10 * DRAWS)


def looks_at_images(student: Any, generator: torch.Generator) -> None:
    """Assert that the score depends on the images, whatever it is: a constant leaves no trace either.

    Other criteria assert that it is a float, and the right one.
    """
    kinds = int | float | Tensor | np.ndarray | np.generic
    model = quiet_model()
    with torch.no_grad():
        linear_layer(model.decoder, -1).bias.add_(4)

    def ask(x: Tensor) -> float:
        score = student(model, x)
        numbers = score if isinstance(score, tuple | list) else [score]
        assert all(isinstance(n, kinds) for n in numbers), "evaluate should return the score"
        return sum(float(torch.as_tensor(n).detach().double().sum()) for n in numbers)

    questions = [(torch.zeros(7, 9),)] * 4 + [(torch.ones(7, 9),)] * 4
    scores = torch.tensor(in_drawn_order(generator, ask, *questions))
    black, white = scores[:4], scores[4:]
    noise = float(max(black.max() - black.min(), white.max() - white.min()))
    apart = abs(float(black.mean() - white.mean()))
    assert noise < 0.05 * apart, "the score does not depend on the images"


@grade_evaluate.criterion("no trace", points=1, changes=True)
def no_trace(student, reference, generator):
    """No gradients are computed, and parameters and their gradients stay as they were."""
    model, x = WatchedVAE(input_dim=6, latent_dim=2), uniform(generator, 9, 6)
    own = give_gradient(model)
    kept = [p.detach().clone() for p in model.parameters()]
    student(model, x)
    assert all(map(torch.equal, list(model.parameters()), kept)), "evaluate changed the parameters"
    assert all(p.requires_grad for p in model.parameters()), "evaluate froze the parameters"
    assert torch.is_grad_enabled(), "evaluate switched gradients off for the rest of the program"
    assert_gradients_kept(model, own, "evaluate")
    watched = WatchedVAE(input_dim=6, latent_dim=2)
    student(lent(student, watched), uniform(generator, 3, 6))
    assert int(watched.decode_grad) != 1, (
        "evaluate recorded a graph for gradients that nobody needs"
    )
    with torch.no_grad():
        student(WatchedVAE(input_dim=6, latent_dim=2), uniform(generator, 3, 6))
        assert not torch.is_grad_enabled(), "evaluate switched gradients on where they were off"
    looks_at_images(student, generator)


@grade_evaluate.criterion("mode", points=1, changes=True)
def mode_restored(student, reference, generator):
    """The model comes back in the mode in which it was, training or evaluation."""
    model, x = WatchedVAE(input_dim=6, latent_dim=2), uniform(generator, 5, 6)
    assert_mode_kept(lambda m: student(m, x), model, "evaluate")
    looks_at_images(student, generator)


# ----------------------------------------------------------------------------------------- generate

grade_generate = HiddenTest("generate")


def transparent_model(latent_dim: int, scale: float, bias: Tensor) -> WatchedVAE:
    """Return a VAE with 784 pixels whose first `latent_dim` logits are scale * z + bias, the others bias."""
    model = WatchedVAE(input_dim=784, latent_dim=latent_dim)
    with torch.no_grad():
        model.decoder.weight.zero_()
        model.decoder.weight[:latent_dim] = scale * torch.eye(latent_dim)
        model.decoder.bias.copy_(bias)
    return model


@grade_generate.criterion("probabilities", points=1)
def probabilities(student, reference, generator):
    """One row of 784 probabilities per image: the sigmoid of the decoder's logits."""
    for num_images, latent_dim in ((5, 3), (1, 20)):
        bias = 6 * randn(generator, 784)
        images = student(transparent_model(latent_dim, 0.0, bias), num_images)
        assert_close(
            images, bias.sigmoid().repeat(num_images, 1), "images of a decoder that ignores z"
        )


def latents_of(images: Tensor, latent_dim: int) -> Tensor:
    """Return the z of images of a `transparent_model` with scale 0.5 and bias 0, in float64.

    Images that are logits are accepted: another criterion asserts that they are probabilities.
    """
    seen = images.detach()[:, :latent_dim].double()
    logits = seen if bool((seen < 0).any() or (seen > 1).any()) else torch.logit(seen)
    return logits / 0.5


@grade_generate.criterion("prior", points=1)
def from_the_prior(student, reference, generator):
    """Latents are drawn from N(0, I), fresh for every image and in every call."""
    model = transparent_model(20, 0.5, torch.zeros(784))
    first, second = (as_images(student(model, 600)) for _ in range(2))
    assert_shape(first, (600, 784), "the generated images")
    noise, again = (latents_of(images, 20) for images in (first, second))
    assert bool(torch.isfinite(noise).all()), "some images hold exact zeros or ones"
    standard_normal(noise, "z")
    for j in range(20):
        uncorrelated(noise[:, j], noise[:, (j + 1) % 20], "two latent dimensions share their noise")
        uncorrelated(noise[:, j], again[:, j], "two calls share their noise")
        uncorrelated(noise[1:, j], noise[:-1, j], "two images share their noise")


@grade_generate.criterion("no gradients", points=1, changes=True)
def no_graph(student, reference, generator):
    """The images come from the model without a graph, and the model stays as it was."""
    halves = [as_images(student(transparent_model(4, 0.0, bias), 5)) for bias in dark_and_bright()]
    assert_upper_halves(halves)
    model = WatchedVAE(input_dim=784, latent_dim=4)
    kept = [p.detach().clone() for p in model.parameters()]
    own = give_gradient(model)
    images = as_images(student(model, 3))
    assert_tensor(images, "the generated images")
    assert not images.requires_grad, "the generated images carry a graph"
    assert all(map(torch.equal, list(model.parameters()), kept)), "generate changed the parameters"
    assert_gradients_kept(model, own, "generate")
    assert all(p.requires_grad for p in model.parameters()), "generate froze the parameters"
    assert torch.is_grad_enabled(), "generate switched gradients off for the rest of the program"


# ------------------------------------------------------------------------------------- gaussian_nll

grade_gaussian_nll = HiddenTest("gaussian_nll")


def normal_cost(x_hat: Tensor, x: Tensor, sigma: float) -> Tensor:
    """Return -log N(x; x_hat, sigma**2 I) per image in nats, (batch,), by torch.distributions in float64."""
    return -Normal(x_hat.double(), sigma).log_prob(x.double()).sum(1)


@grade_gaussian_nll.criterion("squared error", points=1)
def squared_error(student, reference, generator):
    """The cost grows with the squared error, summed over pixels, over twice the variance."""
    for sigma, num_pixels in ((0.25, 13), (1.0, 5), (3.0, 30)):
        x, x_hat = uniform(generator, 4, num_pixels), 2 * randn(generator, 4, num_pixels)
        cases = (x_hat.clone(), x.clone(), sigma), (x.clone(), x.clone(), sigma)
        cost, perfect = each(student, *cases)
        assert_shape(cost, (4,), "the cost")
        assert_shape(perfect, (4,), "the cost at x_hat = x")
        growth = cost - perfect
        expected = normal_cost(x_hat, x, sigma) - normal_cost(x, x, sigma)
        assert_close(
            growth,
            expected.float(),
            f"the part that depends on x_hat, at sigma = {sigma:g},",
            rtol=1e-3,
        )


@grade_gaussian_nll.criterion("constants", points=1)
def constants(student, reference, generator):
    """At x_hat = x the constants are left: they depend on sigma and on the number of pixels."""
    cases = []
    for sigma, num_pixels in ((1.0, 7), (0.1, 13), (5.0, 784), (0.02, 1)):
        x = uniform(generator, 3, num_pixels)
        cases.append((x, x.clone(), sigma))
    expected = [normal_cost(*case).float() for case in cases]
    for case, right, cost in zip(cases, expected, each(student, *cases), strict=True):
        assert_close(cost, right, f"the cost of a perfect copy at sigma = {case[2]:g}")


@grade_gaussian_nll.criterion("gradient", points=1, changes=True)
def gaussian_gradient(student, reference, generator):
    """Differentiable in x_hat, with the gradient that matches the values; both images stay as they were."""
    x, x_hat = uniform(generator, 6, 11), randn(generator, 6, 11).requires_grad_()
    kept = x.clone(), x_hat.detach().clone()
    cost = student(x_hat, x, 0.5)
    assert_tensor(cost, "the cost")
    assert cost.requires_grad, "the cost carries no gradient"
    assert all(map(torch.equal, kept, (x, x_hat.detach()))), "gaussian_nll changed an argument"
    x, x_hat = x.double(), x_hat.detach().double().requires_grad_()
    # Any shape will do here: the other criteria ask for one value per image.
    student(x_hat, x, 0.5).sum().backward()
    assert x_hat.grad is not None, "no gradient reaches x_hat"

    def along(points):
        costs = each(student, *((point, x, 0.5) for point in points))
        return [cost.detach().double().sum() for cost in costs]

    same_slope(along, x_hat, generator, "x_hat")


# ----------------------------------------------------------------------------------- effective_beta

grade_effective_beta = HiddenTest("effective_beta")


def beta_of(value: Any, what: str) -> float:
    """Return an int, a float or a tensor of one number as a float; assert that it is one, and finite."""
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    assert isinstance(value, int | float), f"{what} should be a number, got {type(value).__name__}"
    value = float(value)
    assert math.isfinite(value), f"{what} is NaN or infinite"
    return value


def betas(student: Any, generator: torch.Generator) -> Iterator[tuple[int, int, dict]]:
    """Yield num_pixels, latent_dim and the learner's betas by (recon_reduction, kl_reduction).

    Two pairs of sizes are those of published programs, three are random. A constant has no other property.
    """
    pixels = torch.randint(100, 5000, (3,), generator=generator).tolist()
    latents = torch.randint(2, 99, (3,), generator=generator).tolist()
    kinds = [(r, k) for r in ("sum", "mean") for k in ("sum", "mean")]
    for size in [(784, 200), (784, 5), *zip(pixels, latents, strict=True)]:
        answers = in_drawn_order(generator, student, *((*kind, *size) for kind in kinds))
        found = {
            kind: beta_of(answer, f"beta of {kind[0]} recon and {kind[1]} kl")
            for kind, answer in zip(kinds, answers, strict=True)
        }
        assert_varied(list(found.values()), "beta", "recon_reduction or kl_reduction")
        yield (*size, found)


def assert_factor(found: float, expected: float, what: str) -> None:
    """Assert that two numbers are equal; say by which factor they differ."""
    assert abs(found - expected) <= 1e-5 * abs(expected), (
        f"{what} is {found:.6g}, expected is {expected:.6g}"
    )


def nearest(expected: float, found: float, whole: float) -> float:
    """Return a number as it is or over that of two sums, whichever is nearer to the expected one."""
    return min((found, found / whole), key=lambda value: abs(value - expected))


@grade_effective_beta.criterion("two sums", points=1)
def two_sums(student, reference, generator):
    """Two sums are the ELBO: beta is 1."""
    for *_, found in betas(student, generator):
        assert_factor(found["sum", "sum"], 1.0, "beta of two sums")


@grade_effective_beta.criterion("one mean", points=1)
def one_mean(student, reference, generator):
    """A mean over pixels makes the summed KL weigh more, a mean over latent dimensions makes it weigh less."""
    for pixels, latents, found in betas(student, generator):
        whole, sizes = found["sum", "sum"], f"({pixels} pixels, {latents} latent dimensions)"
        what = f"beta of mean recon and summed kl, over that of two sums, {sizes}"
        assert whole != 0, "beta of two sums is 0"
        # What is wrong with two sums costs no point here: over that, or as it is.
        assert_factor(nearest(pixels, found["mean", "sum"], whole), pixels, what)
        what = f"beta of summed recon and mean kl, over that of two sums, {sizes}"
        assert_factor(nearest(1 / latents, found["sum", "mean"], whole), 1 / latents, what)


@grade_effective_beta.criterion("two means", points=1)
def two_means(student, reference, generator):
    """Two means do not cancel: each changes beta as much as it does alone."""
    for pixels, latents, found in betas(student, generator):
        what = f"beta of two means ({pixels} pixels, {latents} latent dimensions)"
        whole = found["sum", "sum"]
        assert whole != 0, "beta of two sums is 0"
        both = found["mean", "mean"]
        own = found["mean", "sum"] * found["sum", "mean"] / whole
        if abs(both - own) > 1e-5 * abs(own):
            assert_factor(both, pixels / latents, what)


# -------------------------------------------------------------------------------------- xavier_init

grade_xavier_init = HiddenTest("xavier_init")


@grade_xavier_init.criterion("distribution", points=1)
def xavier_distribution(student, reference, generator):
    """Entries are independent draws from N(0, 2 / (fan_in + fan_out)), fresh in every call."""
    for fan_in, fan_out in ((200, 60), (60, 200)):
        first, second = (student(fan_in, fan_out) for _ in range(2))
        flat = []
        for weights in (first, second):
            assert_tensor(weights, "the weights")
            assert weights.numel() == fan_in * fan_out, f"expected {fan_in} * {fan_out} numbers"
            flat.append(weights.detach().double().reshape(-1) / math.sqrt(2 / (fan_in + fan_out)))
        standard_normal(flat[0][:, None], f"weights for fan_in = {fan_in}, fan_out = {fan_out}")
        uncorrelated(flat[0], flat[1], "two calls return the same numbers")
        rows = flat[0].reshape(fan_in, fan_out)
        uncorrelated(rows[1:].reshape(-1), rows[:-1].reshape(-1), "rows repeat each other")
        uncorrelated(flat[0][1:], flat[0][:-1], "neighbours repeat each other")


@grade_xavier_init.criterion("leaf", points=1)
def xavier_leaf(student, reference, generator):
    """A float32 leaf of shape (fan_in, fan_out) that requires gradients."""
    for fan_in, fan_out in ((6, 3), (1, 5), (4, 4)):
        weights = student(fan_in, fan_out)
        assert_shape(weights, (fan_in, fan_out), "the weights")
        assert weights.dtype == torch.float32, f"the weights should be float32, got {weights.dtype}"
        assert weights.requires_grad, "the weights do not require gradients"
        assert weights.is_leaf, (
            "the weights are no leaf: they were computed from another tensor with gradients"
        )
    few, many = (student(size, size).detach() for size in (40, 400))
    assert float(few.std()) > 0, "all weights are the same"
    assert abs(float(few.std() / many.std().clamp(min=1e-9)) - 1) > 0.2, (
        "the size of the weights is the same, however many inputs and outputs there are"
    )
