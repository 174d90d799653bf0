"""Hidden tests of lesson 03: one-hot labels, the conditional VAE, its step, stopping, drawing, scoring.

Oracles: definitions computed entry by entry, closed forms in float64, public conditional VAEs with so little
noise that a sampled loss has an exact value, and codes whose clusters and linear probe are known beforehand.
Statistical criteria allow at least 6 standard errors (see statistics.py).
"""

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from autograder.exercises.criteria import (
    HiddenTest,
    as_many,
    assert_close,
    assert_float,
    assert_number,
    assert_shape,
    assert_tensor,
    drawn,
    in_drawn_order,
    lent,
    methods,
    randn,
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
    dark_and_bright,
    decoded_sample,
    give_gradient,
    neg_elbo_of,
    noise_of,
    plain_heads,
    sees_all_inputs,
    spread_case,
    used_by,
    without_weights,
)
from autograder.exercises.statistics import (
    CALLS,
    ROWS,
    same_mean,
    standard_normal,
    uncorrelated,
)
from autograder.wire.peer import near
from course_utils.models import MLPCVAE, linear_layer
from course_utils.toy import WatchedCVAE, stop_early


def rows_of(labels: list[int], num_classes: int) -> Tensor:
    """Return one-hot rows, (rows, num_classes), computed entry by entry."""
    return torch.tensor([[float(j == label) for j in range(num_classes)] for label in labels])


def some_labels(generator: torch.Generator, rows: int, num_classes: int) -> Tensor:
    """Return random classes, int64, of shape (rows,)."""
    return torch.randint(num_classes, (rows,), generator=generator)


def one_hot_of(labels: Tensor, num_classes: int) -> Tensor:
    """Return one-hot rows, (rows, num_classes), of a tensor of labels."""
    return rows_of(labels.tolist(), num_classes)


# ------------------------------------------------------------------------------------------ one_hot

grade_one_hot = HiddenTest("one_hot")


@grade_one_hot.criterion("values", points=1, changes=True)
def hot_entries(student, reference, generator):
    """Row i is 1 at labels[i] and 0 elsewhere, float32; the width is num_classes, whatever labels occur."""
    for rows, num_classes in ((7, 10), (1, 4), (40, 3), (5, 12), (3, 1)):
        labels = some_labels(generator, rows, num_classes)
        kept = labels.clone()
        y = student(labels, num_classes)
        what = f"y of {rows} labels of {num_classes} classes"
        assert_close(y, one_hot_of(kept, num_classes), what, rtol=0, atol=0)
        assert torch.equal(labels, kept), "one_hot changed the labels"
    low = torch.tensor([0, 1, 1])
    assert_close(student(low, 6), rows_of([0, 1, 1], 6), "y of labels without the last classes")
    column = torch.tensor([[2], [0]])
    student(column, 3)
    assert column.shape == (2, 1), "one_hot changed the shape of the labels that it was given"
    first = student(torch.tensor([2, 0]), 3)
    second = student(torch.tensor([1, 1]), 3)
    assert_close(first, rows_of([2, 0], 3), "the first y, after a second call,")
    assert_close(second, rows_of([1, 1], 3), "y of a second call")


def assert_tells_labels(student: Any, labels: list, others: list) -> None:
    """Assert that equal labels give the same result and other labels another one, whatever it is."""
    first, again, other = (
        np.asarray(student(torch.tensor(given), 4), dtype=np.float64)
        for given in (labels, labels, others)
    )
    assert np.array_equal(first, again), "two calls with the same labels give different results"
    assert not np.array_equal(first, other), "the result is the same whatever the labels are"


@grade_one_hot.criterion("column of labels", points=1)
def column_labels(student, reference, generator):
    """Labels of shape (batch, 1) give the same (batch, num_classes) as labels of shape (batch,)."""
    for rows, num_classes in ((6, 5), (1, 5), (5, 5)):
        labels = 1 + some_labels(generator, rows, num_classes - 2)
        column = student(labels[:, None], num_classes)
        try:
            y = student(labels.clone(), num_classes)
        except Exception:  # another criterion asks for labels of shape (batch,)
            y = one_hot_of(labels, num_classes)
        what = f"y of labels of shape ({rows}, 1)"
        assert_tensor(column, what)
        assert_tensor(y, "y of the same labels of one axis")
        assert column.dim() == 2, f"{what} should have two axes, it has {column.dim()}"
        assert torch.equal(column, y), f"{what} differs from y of the same labels of one axis"
    assert_tells_labels(student, [[1], [2], [1]], [[2], [2], [2]])


@grade_one_hot.criterion("labels out of range", points=1)
def out_of_range(student, reference, generator):
    """A label below 0 or above num_classes - 1 is a ValueError; the first and the last class are not."""
    for bad in ([0, 1, -1], [3, 0], [-4], [1, 250, 2], [7, -7, 0, 1]):
        for shape in ((-1,), (-1, 1)):
            try:
                student(torch.tensor(bad).reshape(shape), 3)
            except ValueError:
                continue
            except NotImplementedError:
                raise
            except Exception as error:
                raise AssertionError(
                    f"one_hot({bad}, 3) should raise a ValueError, it raises {type(error).__name__}"
                ) from error
            raise AssertionError(f"one_hot({bad}, 3) should raise a ValueError")
    assert_tells_labels(student, [3, 0, 3], [0, 1, 0])


@grade_one_hot.criterion("device", points=1)
def on_the_labels_device(student, reference, generator):
    """The result is made where the labels are, not on the default device.

    The default device is "meta" here, whose tensors hold no numbers, so that a y made there is noticed. Code
    that moves a tensor away from "meta" on purpose stops with an exception. It is then run without it.
    """
    labels = 1 + some_labels(generator, 5, 2)
    try:
        with torch.device("meta"):
            y = student(labels, 4)
    except (NotImplementedError, RuntimeError) as error:
        if "meta tensor" not in str(error):
            raise
        y = student(labels, 4)
    assert_tensor(y, "y")
    assert y.device == labels.device, "y should be made on the device of the labels"
    assert_tells_labels(student, [1, 2, 1], [2, 2, 2])


# --------------------------------------------------------------------------------------------- CVAE

grade_CVAE = HiddenTest("CVAE")


def sizes_of(student: Any, method: str, expected: Callable) -> None:
    """Assert that a method uses as many parameters as its linear layers with biases have.

    y may have a linear layer of its own, so a second bias per hidden unit is allowed. Sizes by position and the
    defaults, and the attributes, are tried with "encode" alone: both methods share one `__init__`.

    Args:
        student: The learner's class.
        method: "encode" or "decode".
        expected: Returns that number from input_dim, hidden_dim, latent_dim and num_classes.
    """
    names = ("input_dim", "hidden_dim", "latent_dim", "num_classes")
    small = (7, 11, 3, 4)
    models = [(student(**dict(zip(names, small, strict=True))), small)]
    if method == "encode":
        models += [(student(9, 16, 2, 5), (9, 16, 2, 5)), (student(), (784, 400, 20, 10))]
    for model, sizes in models:
        input_dim, hidden_dim, latent_dim, num_classes = sizes
        if method == "encode":
            for name in names[2:]:
                kept = getattr(model, name) == sizes[names.index(name)]
                assert kept, f"{name} should be kept as an attribute of the model"
        width = input_dim if method == "encode" else latent_dim
        used = sum(used_by(model, method, width, num_classes))
        assert 0 <= used - expected(*sizes) <= hidden_dim, (
            f"{method} of CVAE{sizes} uses {used} parameters; count the layers, and what each of them reads"
        )


def of_each_class(method: str, x: Tensor, num_classes: int) -> list[tuple]:
    """Return calls for `methods`: a method with the same rows, once for each class."""
    classes = [torch.full((len(x),), c) for c in range(num_classes)]
    return [(method, x, one_hot_of(labels, num_classes)) for labels in classes]


def depends_on_y(outputs: list[Tensor], what: str) -> None:
    """Assert that in every row all classes give different outputs."""
    for first in range(len(outputs)):
        for second in range(first):
            changed = (outputs[first] - outputs[second]).detach().abs().amax(1)
            assert bool((changed > 1e-5).all()), (
                f"{what} is the same for the classes {second} and {first}"
            )


@grade_CVAE.criterion("encoder", points=2, changes=True)
def encoder(student, reference, generator):
    """The means and log-variances depend on x and y, from one ReLU layer of the size asked for."""
    sizes_of(student, "encode", lambda i, h, d, c: (i + c + 1) * h + 2 * (h + 1) * d)
    model = shaken(student(10, 64, 6, 5), generator)
    x, y = batch_of(generator, 8, 10), one_hot_of(torch.arange(8) % 5, 5)
    kept = x.clone(), y.clone()
    rays = torch.cat([t * x for t in (1e4, 2e4, 4e4)])
    calls = [("encode", x, y), ("encode", x, y), ("encode", x[3:4], y[3:4])]
    calls += [("encode", rays, y.repeat(3, 1)), *of_each_class("encode", x, 5)]
    (mu, log_var), again, alone, far, *by_class = methods(model, *calls)
    for index, (name, first) in enumerate(zip(("mu", "log_var"), (mu, log_var), strict=True)):
        assert_shape(first, (8, 6), f"{name} of a batch of 8")
        assert_close(first, again[index].detach(), f"{name} in a second call of encode")
        assert_shape(alone[index], (1, 6), f"{name} of a batch of one")
        assert_close(alone[index], first[3:4].detach(), f"{name} of an image alone")
        depends_on_y([outputs[index] for outputs in by_class], name)
        plain_heads(far[index].chunk(3), name)
    assert all(map(torch.equal, (x, y), kept)), "encode changed its arguments"
    assert not torch.allclose(mu, log_var), "mu and log_var should come from two different heads"
    dense = batch_of(generator, 1, 5)  # zeros in a one-hot row give gradients of 0, as ReLU does
    assert_has_relu(model, "encode", x[:4], dense)
    sees_all_inputs(sum(model.encode(x.requires_grad_(), y)).square(), x, "the encoder")


@grade_CVAE.criterion("decoder", points=2, changes=True)
def decoder(student, reference, generator):
    """The logits depend on z and on y, take any size and sign, and hold no randomness; sizes as asked."""
    sizes_of(student, "decode", lambda i, h, d, c: (d + c + 1) * h + (h + 1) * i)
    model = shaken(student(10, 64, 6, 5), generator)
    z, y = batch_of(generator, 8, 6), one_hot_of(torch.arange(8) % 5, 5)
    kept = z.clone(), y.clone()
    rays = torch.cat([t * z for t in (1e4, 2e4, 4e4)])
    calls = [("decode", z, y), ("decode", z, y), ("decode", z[3:4], y[3:4])]
    calls += [("decode", rays, y.repeat(3, 1)), *of_each_class("decode", z, 5)]
    first, again, alone, far, *by_class = methods(model, *calls)
    assert_shape(first, (8, 10), "x_logits of a batch of 8")
    assert_close(first, again.detach(), "x_logits in a second call of decode")
    assert all(map(torch.equal, (z, y), kept)), "decode changed its arguments"
    assert_shape(alone, (1, 10), "x_logits of a batch of one")
    assert_close(alone, first[3:4].detach(), "x_logits of a row alone")
    depends_on_y(by_class, "x_logits")
    plain_heads(far.chunk(3), "x_logits")
    dense = batch_of(generator, 1, 5)  # zeros in a one-hot row give gradients of 0, as ReLU does
    assert_has_relu(model, "decode", z[:4], dense)
    sees_all_inputs(model.decode(z.requires_grad_(), y).square(), z, "the decoder")


@grade_CVAE.criterion("sampler", points=2, changes=True)
def sampler(student, reference, generator):
    """Samples are N(mu, exp(log_var)), fresh for every number, also after eval(), and differentiable."""
    model = student(10, 8, 6, 3)
    mu, log_var = spread_case(generator, 4000)
    kept = mu.clone(), log_var.clone()
    for training in (True, False):
        model.train(training)
        with torch.set_grad_enabled(training):
            noise, again = noise_of(model, *2 * [(mu, log_var)])
        standard_normal(noise, "z in training mode" if training else "z after eval()")
        for j in range(6):
            message = "two latent dimensions share their noise"
            uncorrelated(noise[:, j], noise[:, (j + 1) % 6], message)
            uncorrelated(noise[1:, j], noise[:-1, j], "two rows share their noise")
            uncorrelated(noise[:, j], again[:, j], "two calls share their noise")
    assert all(map(torch.equal, (mu, log_var), kept)), "reparameterize changed its arguments"
    mu, log_var = mu[:5].clone().requires_grad_(), (0.3 * log_var[:5]).requires_grad_()
    z = model.reparameterize(mu, log_var)
    assert z.requires_grad, "z carries no gradient: the encoder could not learn from it"
    weights = randn(generator, 5, 6)
    (z * weights).sum().backward()
    assert mu.grad is not None, "no gradient reaches mu"
    assert log_var.grad is not None, "no gradient reaches log_var"
    assert_close(mu.grad, weights, "the gradient of z in mu")
    expected = weights * 0.5 * (z.detach() - mu.detach())
    assert_close(log_var.grad, expected, "the gradient of z in log_var", rtol=1e-3, atol=1e-4)


@grade_CVAE.criterion("forward", points=2)
def forward(student, reference, generator):
    """The outputs are x_logits of a sample decoded with the same y, mu and log_var, in this order."""
    model = shaken(student(8, 16, 2, 3), generator)
    for rows in (5, 1):
        x, y = uniform(generator, rows, 8), one_hot_of(torch.arange(rows) % 3, 3)
        outputs, expected = methods(model, ("forward", x, y), ("encode", x, y))
        assert isinstance(outputs, tuple | list), "forward should return three tensors"
        assert len(outputs) == 3, "forward should return x_logits, mu and log_var"
        assert_shape(outputs[0], (rows, 8), "x_logits, returned first,")
        expected_mu, expected_log_var = expected
        assert_close(outputs[1], expected_mu.detach(), "mu, returned second,")
        assert_close(outputs[2], expected_log_var.detach(), "log_var, returned third,")
    for mode in ("train", "eval"):
        getattr(model, mode)()
        y = one_hot_of(torch.tensor([1]), 3).repeat(1500, 1)
        samples, slopes = [], []
        for path in (
            lambda r, y=y: model(r, y)[0],
            lambda r, y=y: decoded_sample(model, r, y),
        ):
            rows = x[:1].repeat(1500, 1).requires_grad_()
            with without_weights(model):
                logits = path(rows)
            assert logits.requires_grad, "x_logits carries no gradient"
            logits.square().sum().backward()
            assert rows.grad is not None, "no gradient flows from x_logits to x through z"
            samples.append(logits.detach().double())
            slopes.append(rows.grad.double())
        ours, theirs = samples
        what = (
            f"x_logits of forward, compared with a sample decoded with the same y after {mode}(),"
        )
        if float(theirs.std(0).max()) > 1e-6:
            assert float(ours.std(0).max()) > 0, (
                f"forward decodes no sample after {mode}(): equal rows give equal logits"
            )
        same_mean(ours, theirs, f"{what} has another mean")
        center = theirs.mean(0)
        same_mean(
            (ours - center).square(), (theirs - center).square(), f"{what} has another spread"
        )
        same_mean(*slopes, f"{what} has another gradient")


# ---------------------------------------------------------------------------------- cvae_train_step

grade_cvae_train_step = HiddenTest("cvae_train_step")


def quiet_model(num_classes: int = 4, input_dim: int = 9, latent_dim: int = 3) -> MLPCVAE:
    """Return a CVAE without noise in effect: sigma is exp(-23), too small to change mu in float32."""
    model = MLPCVAE(input_dim, (7,), latent_dim, num_classes)
    head = linear_layer(model.encoder, -1)
    with torch.no_grad():
        for network in (model.encoder, model.decoder):
            layer = linear_layer(network, 0)
            layer.weight[:, -num_classes:] *= 4  # so that a wrong y changes the loss
        head.weight[latent_dim:] = 0
        head.bias[latent_dim:] = -46
    return model


def exact_loss(model: MLPCVAE, x: Tensor, labels: Tensor) -> Tensor:
    """Return the mean loss in nats of a `quiet_model`, with z = mu, in float64.

    A sample gives the same z, so that no ReLU unit is on in one case and off in the other.
    """
    y = one_hot_of(labels, model.num_classes)
    mu, log_var = model.encode(x, y)
    return neg_elbo_of(model.decode(mu, y), x, mu, log_var).mean()


def after_update(model: MLPCVAE, x: Tensor, labels: Tensor, lr: float) -> MLPCVAE:
    """Return a copy of the model after one exact step of gradient descent."""
    twin = copy.deepcopy(model)
    gradients = torch.autograd.grad(exact_loss(twin, x, labels), list(twin.parameters()))
    with torch.no_grad():
        for parameter, gradient in zip(twin.parameters(), gradients, strict=True):
            parameter.sub_(lr * gradient)
    return twin


def step_case(generator: torch.Generator, rows: int, num_classes: int) -> tuple[Tensor, Tensor]:
    """Return images (rows, 9) and labels (rows,) that leave out the last class."""
    return uniform(generator, rows, 9), some_labels(generator, rows, num_classes - 1)


def without_classes(model: Any) -> Any:
    """Return a model whose networks have no weights for y, so that a wrong y changes nothing."""
    with torch.no_grad():
        for network in (model.encoder, model.decoder):
            layer = network if isinstance(network, torch.nn.Linear) else linear_layer(network, 0)
            layer.weight[:, -model.num_classes :] = 0
    return model


@grade_cvae_train_step.criterion("update", points=1.25, changes=True)
def one_update(student, reference, generator):
    """One call is exactly one step along the gradient of the loss, whatever gradients were left before."""
    fresh_gradients(student, generator)
    for rows, num_classes in ((8, 4), (1, 4), (6, 11)):
        model, (x, labels) = quiet_model(num_classes), step_case(generator, rows, num_classes)
        kept, lr, training = (x.clone(), labels.clone()), 0.1, rows != 6
        model.train(training)
        expected = after_update(model, x, labels, lr)
        student(model, x, labels, torch.optim.SGD(model.parameters(), lr=lr))
        assert_same_parameters(model, expected, lr, "the model after one update")
        name = "training" if training else "evaluation"
        assert model.training is training, f"cvae_train_step took a model out of {name} mode"
        assert torch.equal(x, kept[0]), "cvae_train_step changed x"
        assert torch.equal(labels, kept[1]), "cvae_train_step changed the labels"


@grade_cvae_train_step.criterion("labels", points=1.25)
def labels_reach_the_model(student, reference, generator):
    """The model is called with one-hot rows of the labels, as wide as its own number of classes."""
    for num_classes in (3, 5, 12):
        model = WatchedCVAE(input_dim=6, latent_dim=2, num_classes=num_classes)
        labels = torch.tensor([0, 0, 0, 1, 1, 0])
        x = uniform(generator, 6, 6)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
        student(lent(student, model), x, labels, optimizer)
        expected = torch.tensor([4.0, 2.0] + [0.0] * (num_classes - 2))
        assert_close(model.sum_y, expected, "the sum over the batch of the y that the decoder saw")


def fresh_gradients(student: Any, generator: torch.Generator) -> None:
    """Assert that gradients left by earlier calls, or by anybody else, do not count."""
    clean, (x, labels), lr = quiet_model(10), step_case(generator, 8, 11), 0.01
    labels[-1] = 9  # so that a width guessed from the labels is right here
    found, before = copy.deepcopy(clean), copy.deepcopy(clean)
    for parameter in found.parameters():
        parameter.grad = 5 * randn(generator, *parameter.shape)
    for model in (clean, found):
        optimizer = torch.optim.SGD(model.parameters(), lr=lr)
        for _ in range(2):
            if model is clean:
                optimizer.zero_grad()
            student(model, x.clone(), labels.clone(), optimizer)
    pairs = zip(clean.parameters(), before.parameters(), strict=True)
    assert not all(torch.equal(p, old) for p, old in pairs), "no parameter changes in two calls"
    assert_same_parameters(found, clean, lr, "the model after two updates that found old gradients")


@grade_cvae_train_step.criterion("returned loss", points=1.25)
def loss_before(student, reference, generator):
    """The negative ELBO before the update, in nats per image, as a Python float."""
    model, (x, labels) = without_classes(quiet_model(10)), step_case(generator, 8, 11)
    labels[-1] = 9
    with torch.no_grad():
        for parameter in linear_layer(model.decoder, -1).parameters():
            parameter.mul_(8)  # so that a wrong x, or a sigmoid, changes the loss by much
    before = float(exact_loss(model, x, labels).detach())
    lr = next(
        lr
        for lr in (0.1 * 2**k for k in range(30))
        if abs(exact_loss(after_update(model, x, labels, lr), x, labels).item() / before - 1) > 0.05
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    assert_number(student(model, x, labels, optimizer), before, "the returned loss", rtol=3e-4)


def noisy_model() -> WatchedCVAE:
    """Return a conditional VAE whose sampling noise adds several nats to the reconstruction cost."""
    model = WatchedCVAE(input_dim=6, latent_dim=2, num_classes=10, seed=3, scale=2.0)
    with torch.no_grad():
        model.encoder.weight.mul_(0.2)
        model.encoder.bias.zero_()
    return without_classes(model)


@grade_cvae_train_step.criterion("sampling", points=1.25, changes=True)
def training_samples(student, reference, generator):
    """Training sees a sample of z, fresh in every step."""
    model, x = noisy_model(), uniform(generator, ROWS, 6)
    labels = some_labels(generator, ROWS, 10)
    labels[-1] = 9
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    values = [student(model, x, labels, optimizer) for _ in range(CALLS)]
    for value in values:
        assert_is_number(value, "the returned loss")
        assert not isinstance(value, int), "the returned loss is rounded"
    losses = torch.tensor([as_float(v) for v in values], dtype=torch.float64)
    assert float(losses.std()) > 1e-7 * float(losses.abs().max()), (
        "the loss does not change from call to call: is z sampled?"
    )
    quiet, (x, labels) = without_classes(quiet_model(10)), step_case(generator, 8, 11)
    labels[-1] = 9
    optimizer = torch.optim.SGD(quiet.parameters(), lr=0.0)
    first, again = (as_float(student(quiet, x, labels, optimizer)) for _ in range(2))
    assert abs(first - again) <= 1e-4 * abs(first), (
        "the loss changes from call to call where q has no noise and nothing moves"
    )


# ------------------------------------------------------------------------------------ EarlyStopping

grade_EarlyStopping = HiddenTest("EarlyStopping")


def right_answers(losses: list[float], patience: int) -> tuple[list[bool], float]:
    """Return what each call of `step` should return, and the best loss.

    They are computed from the whole history of losses, without a counter as the reference has one.
    """
    answers = []
    for now in range(1, len(losses) + 1):
        records = [
            i
            for i in range(now)
            if not math.isnan(losses[i])
            and all(math.isnan(old) or losses[i] < old for old in losses[:i])
        ]
        since = now - 1 - records[-1] if records else now
        answers.append(since >= patience)
    return answers, min((v for v in losses if not math.isnan(v)), default=math.inf)


def follow(student: Any, *cases: tuple, by_name: bool = False) -> list[list]:
    """Feed losses to fresh stoppers and assert that each call of `step` returns the right answer.

    Args:
        student: The learner's class.
        cases: (losses, patience) of each stopper.
        by_name: Whether the patience is given by name.

    Returns:
        For each case `best_loss` after each call.
    """
    histories = as_many(near(stop_early, student, list(cases), by_name), len(cases))
    for (losses, patience), answers in zip(cases, histories, strict=True):
        as_many(answers, len(losses))
        expected, _ = right_answers(losses, patience)
        for i, (said, _) in enumerate(answers):
            assert isinstance(said, bool | np.bool_), "step should return True or False"
            so_far = ", ".join(f"{v:g}" for v in losses[: i + 1])
            assert bool(said) == expected[i], (
                f"with patience {patience}, step should say {expected[i]} after the losses {so_far}"
            )
    return [[best for _, best in answers] for answers in histories]


@grade_EarlyStopping.criterion("patience", points=1)
def counts_calls(student, reference, generator):
    """True once `patience` calls in a row brought no new best, not one earlier and not one later."""
    patiences = (1, 2, 3, 5)
    rising = [([5.0, 4.0] + [6.0 + i for i in range(p + 3)], p) for p in patiences]
    follow(student, *rising, by_name=True)
    follow(student, *(([9.0 - i for i in range(8)], p) for p in patiences))


def answers_to(student: Any, *cases: tuple) -> list[list[tuple]]:
    """Return for each case (losses, patience) what a fresh stopper said, as (True or False, best_loss)."""
    histories = as_many(near(stop_early, student, list(cases)), len(cases))
    return [[(bool(said), best) for said, best in history] for history in histories]


def said(history: list[tuple]) -> list[bool]:
    """Return the answers of a history."""
    return [answer for answer, _ in history]


@grade_EarlyStopping.criterion("a new best", points=1)
def new_best(student, reference, generator):
    """A new best, however small, starts the count anew, also after True; an equal loss is none.

    A stopper is compared with itself: whether it waits a call too long is the matter of another criterion.
    """
    worse = [5.0 + i for i in range(12)]
    alike = {
        "a loss equal to the best counts as a worse one does": ([5.0] * 5, worse[:5], 2),
        "a new best that is better by 1e-7 counts as any other does": (
            [100.0 - 1e-7 * i for i in range(5)],
            [100.0 - 10 * i for i in range(5)],
            1,
        ),
        "a loss below the last one, not below the best, is no new best": (
            [1.0, 9.0, 8.0, 7.0, 6.0],
            [1.0, 6.0, 7.0, 8.0, 9.0],
            3,
        ),
    }
    cases = [case for ours, theirs, p in alike.values() for case in ((ours, p), (theirs, p))]
    found = [said(history) for history in answers_to(student, *cases)]
    for what, ours, theirs in zip(alike, found[::2], found[1::2], strict=True):
        assert ours == theirs, f"step does not treat these alike: {what}"
    afresh, after, stopped, long = answers_to(
        student,
        ([4.0, *worse[:5]], 3),
        ([5.0, 6.0, 6.0, 4.0, *worse[:5]], 3),
        ([5.0, 6.0, 6.0, 6.0, 6.0, 6.0, 4.0, *worse[:5]], 3),
        (worse, 3),
    )
    assert said(after)[3:] == said(afresh), "after a new best, step does not count from 0 again"
    assert said(stopped)[6:] == said(afresh), (
        "after a True and a new best, step does not count from 0 again"
    )
    assert len(set(said(long))) == 2, "step never changes its answer while the loss rises"
    # At any height: the same losses, moved and stretched.
    ups = [5.0, 4.0, 4.5, 5.0, 5.5, 4.1, 3.0, 3.5]
    plain, low, high = answers_to(
        student, (ups, 2), ([v - 6 for v in ups], 2), ([1e12 * v for v in ups], 2)
    )
    assert said(plain) == said(low) == said(high), "the answers depend on how large the losses are"
    first, second = student(3), student(3)
    beside = []
    for i, loss in enumerate([4.0, *worse[:5]]):
        second.step(3.0 - i)
        beside.append(bool(first.step(loss)))
    assert beside == said(afresh), "two stoppers should not share what they remember"


@grade_EarlyStopping.criterion("nan", points=1)
def nan_is_no_best(student, reference, generator):
    """NaN is no new best: it counts as any other call without one does, and best_loss stays a number."""
    nan = math.nan
    cases = (
        ([5.0, nan, nan, 4.0, nan, 5.0], 2),
        ([5.0, nan, 6.0, nan, nan, nan, 4.0], 3),
        ([5.0, 6.0, nan, 7.0, 8.0], 2),
    )
    without = [([1e6 if math.isnan(v) else v for v in losses], p) for losses, p in cases]
    pairs = zip(answers_to(student, *cases), answers_to(student, *without), strict=True)
    for (losses, patience), (ours, theirs) in zip(cases, pairs, strict=True):
        so_far = ", ".join(f"{v:g}" for v in losses)
        assert said(ours) == said(theirs), (
            f"with patience {patience}, NaN does not count as another call without a new best does: {so_far}"
        )
    only, rising = answers_to(student, ([nan] * 6, 3), ([4.0 + i for i in range(7)], 3))
    assert len(set(said(rising))) == 2, "step never changes its answer while the loss rises"
    assert said(only) == said(rising)[1:], "NaN in the first calls does not count"
    for losses in ([nan, 5.0, 4.0, 6.0, nan], [nan, nan, 3.0, nan, 2.0], [5.0, 4.0, nan]):
        ((*_, (_, best)),) = answers_to(student, (losses, 2))
        assert_is_number(best, "best_loss")
        assert not math.isnan(as_float(best)), "best_loss becomes NaN"


@grade_EarlyStopping.criterion("best loss", points=1)
def remembers_best(student, reference, generator):
    """The lowest loss so far is in `best_loss`, after every call, and infinity before the first."""
    before = student(3).best_loss
    assert_is_number(before, "best_loss before the first loss")
    assert as_float(before) == math.inf, "best_loss should be infinity before the first loss"
    losses = [*(50 + 10 * randn(generator, 12)).double().tolist(), 1.5, 90.0, 1.5]
    (answers,) = as_many(near(stop_early, student, [(losses, 4)]), 1)
    as_many(answers, len(losses))
    for i, (_, best) in enumerate(answers):
        assert_is_number(best, "best_loss")
        assert as_float(best) == min(losses[: i + 1]), (
            "best_loss should be the lowest loss of all calls so far"
        )


# ----------------------------------------------------------------------------------- generate_class

grade_generate_class = HiddenTest("generate_class")


def transparent_model(
    latent_dim: int, num_classes: int, scale: float, class_logits: Tensor
) -> WatchedCVAE:
    """Return a CVAE with 784 pixels whose logits are known for every z and class.

    The first `latent_dim` logits are scale * z, and class c adds row c of class_logits, (num_classes, 784).
    """
    model = WatchedCVAE(input_dim=784, latent_dim=latent_dim, num_classes=num_classes)
    with torch.no_grad():
        model.decoder.weight.zero_()
        model.decoder.bias.zero_()
        model.decoder.weight[:latent_dim, :latent_dim] = scale * torch.eye(latent_dim)
        model.decoder.weight[:, latent_dim:] = class_logits.T
    return model


@grade_generate_class.criterion("probabilities", points=1)
def probabilities(student, reference, generator):
    """One row of 784 probabilities per image: the sigmoid of the decoder's logits."""
    for num_images, latent_dim, num_classes in ((5, 3, 4), (1, 20, 10), (10, 2, 3)):
        logits = (5 * randn(generator, 784)).repeat(num_classes, 1)
        model = transparent_model(latent_dim, num_classes, 0.0, logits)
        images = student(model, num_classes - 1, num_images)
        what = "images of a decoder that ignores z and y"
        assert_close(images, logits[:1].sigmoid().repeat(num_images, 1), what)


@grade_generate_class.criterion("class", points=1)
def asked_class(student, reference, generator):
    """Every image is decoded with the one-hot row of the label, as wide as the model's classes."""
    for num_classes in (3, 13):
        logits = 2 * randn(generator, num_classes, 784)
        model = transparent_model(2, num_classes, 0.0, logits)
        for label in {0, 1, num_classes // 2, num_classes - 1}:
            model.sum_y.zero_()
            images = as_images(student(lent(student, model), label, 4))
            assert_tensor(images, "four images of a class")
            assert images.numel() == 4 * 784, "four images of a class should have 4 * 784 pixels"
            images = images.detach().reshape(4, 784).float()
            assert_close(
                model.sum_y,
                4 * rows_of([label], num_classes)[0],
                f"the sum of the y that the decoder saw for four images of class {label}",
            )
            seen = torch.cdist(images, logits.sigmoid()).argmin(1)
            assert bool((seen == label).all()), f"not every image is of class {label}"


@grade_generate_class.criterion("latents", points=1)
def from_the_prior(student, reference, generator):
    """Latents are drawn from N(0, I), fresh for every image and in every call."""
    model = transparent_model(20, 3, 0.5, torch.zeros(3, 784))
    first, second = (as_images(student(model, 1, 600)) for _ in range(2))
    noises = []
    for images in (first, second):
        assert_tensor(images, "the generated images")
        assert images.numel() == 600 * 784, "600 images should have 600 * 784 pixels"
        seen = images.detach().reshape(600, 784)[:, :20].double()
        is_logit = bool((seen < 0).any() or (seen > 1).any())
        noises.append((seen if is_logit else torch.logit(seen)) / 0.5)
        assert bool(torch.isfinite(noises[-1]).all()), "some images hold exact zeros or ones"
    noise, again = noises
    standard_normal(noise, "z")
    for j in range(20):
        uncorrelated(noise[:, j], noise[:, (j + 1) % 20], "two latent dimensions share their noise")
        uncorrelated(noise[:, j], again[:, j], "two calls share their noise")
        uncorrelated(noise[1:, j], noise[:-1, j], "two images share their noise")
    third = as_images(student(model, 2, 200)).detach().reshape(200, 784)
    assert not torch.allclose(third[:, :20], first.detach().reshape(600, 784)[:200, :20]), (
        "another class should get fresh latents too"
    )


@grade_generate_class.criterion("no gradients", points=1, changes=True)
def no_graph(student, reference, generator):
    """The images come from the model without a graph, and the model stays as it was."""
    halves = []
    for bias in dark_and_bright():
        model = transparent_model(4, 5, 0.0, torch.zeros(5, 784))
        with torch.no_grad():
            model.decoder.bias.copy_(bias)
        halves.append(as_images(student(model, 3, 5)))
    assert_upper_halves(halves)
    model = WatchedCVAE(input_dim=784, latent_dim=4, num_classes=5)
    assert_mode_kept(lambda m: student(m, 3, 3), model, "generate_class")
    kept = [p.detach().clone() for p in model.parameters()]
    own = give_gradient(model)
    images = as_images(student(model, 3, 3))
    assert_tensor(images, "the generated images")
    assert not images.requires_grad, "the generated images carry a graph"
    assert all(map(torch.equal, list(model.parameters()), kept)), (
        "generate_class changed the parameters"
    )
    assert_gradients_kept(model, own, "generate_class")
    assert all(p.requires_grad for p in model.parameters()), "generate_class froze the parameters"
    assert torch.is_grad_enabled(), (
        "generate_class switched gradients off for the rest of the program"
    )


# -------------------------------------------------------------------------------- class_information

grade_class_information = HiddenTest("class_information")


def pair(answer: Any) -> tuple[float, float]:
    """Return nmi and accuracy; assert that they are two floats between 0 and 1."""
    values = two_floats(answer)
    for value, name in zip(values, ("nmi", "accuracy"), strict=True):
        assert -1e-6 <= value <= 1 + 1e-6, f"{name} should lie between 0 and 1, it is {value:.3g}"
    return values


def two_floats(answer: Any) -> tuple[float, float]:
    """Return nmi and accuracy, whatever they are; assert that they are two floats."""
    assert isinstance(answer, tuple | list), "class_information should return (nmi, accuracy)"
    assert len(answer) == 2, "class_information should return two numbers, (nmi, accuracy)"
    return assert_float(answer[0], "nmi"), assert_float(answer[1], "accuracy")


def separated(
    generator: torch.Generator, labels: list[int], rows_each: int
) -> tuple[Tensor, Tensor]:
    """Return codes (rows, 6) with one tight cluster per label, and their labels, in the order of the labels.

    The clusters are 1000 times narrower than their distances: k-means++ puts two centres into one
    of them with a probability of about 1e-6 for any seed.
    """
    centres = torch.eye(len(labels), 6) + 0.1 * randn(generator, len(labels), 6)
    centres = 4 * centres / centres.norm(dim=1, keepdim=True)
    z = centres.repeat_interleave(rows_each, 0)
    z = z + 2e-3 * randn(generator, *z.shape)
    return z, torch.tensor(labels).repeat_interleave(rows_each)


def misleading_clusters(generator: torch.Generator, rows: int) -> tuple[Tensor, Tensor]:
    """Return codes (rows, 5) and labels, where a plane separates the labels but the clusters ignore them.

    Four large coordinates share a sign that is balanced within each class: they make the clusters. The sign
    of a small fifth coordinate is the class. The rows are shuffled.
    """
    index = torch.arange(rows)
    bit, labels = 2.0 * (index % 2) - 1, (index // 2) % 2
    sign = (2.0 * labels - 1) * (0.15 + 0.85 * uniform(generator, rows))
    large = 6 * bit[:, None] + 0.1 * randn(generator, rows, 4)
    z = torch.cat([sign[:, None], large], 1)
    order = torch.randperm(rows, generator=generator)
    return z[order], labels[order]


def posed(
    generator: torch.Generator,
    z: Tensor,
    labels: Tensor,
    shuffled: bool = True,
    first: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Return codes rotated into 6 dimensions, with new names of the classes, in another order if `shuffled`.

    So the shape and the names do not tell which question it is. The order of the names stays. The columns
    `first`, of shape (rows, any number), come before them; when None, it is one of noise alone.
    """
    rotation = torch.linalg.qr(randn(generator, 6, 6)).Q[: z.shape[1]]
    first = 0.05 * randn(generator, len(z), 1) if first is None else first
    turned = torch.cat([first, z @ rotation], 1)
    old = labels.unique()
    names = torch.randperm(50, generator=generator)[: len(old)].sort().values
    order = torch.randperm(len(z), generator=generator) if shuffled else torch.arange(len(z))
    return turned[order], names[torch.searchsorted(old, labels)][order]


@grade_class_information.criterion("separated classes", points=1.25, changes=True)
def all_information(student, reference, generator):
    """Where each class is a cluster of its own, both numbers are 1, however the classes are named."""

    def ask(z: Tensor, names: Tensor) -> tuple[float, float]:
        kept = z.clone(), names.clone()
        answer = pair(student(z, names))
        assert torch.equal(z, kept[0]), "class_information changed z"
        assert torch.equal(names, kept[1]), "class_information changed the labels"
        return answer

    separate, mixed = [], []
    for labels in ([0, 1, 2], [4, 1, 9, 7], [0, 1]):
        rows_each = drawn(generator, 150, 190) // len(labels)
        z, numbers = separated(generator, labels, rows_each)
        # Not noise: who divides each dimension by its spread would make it as large as the distances between
        # the clusters, and chance would decide what k-means finds. Two clusters share each value, so the
        # first dimensions alone do not tell the classes.
        pairs = torch.arange(len(labels)).repeat_interleave(rows_each)[:, None] // 2
        columns = 3 if len(labels) > 2 else 1  # of two labels they hold noise alone
        first = 4.0 * pairs + 2e-3 * randn(generator, len(z), columns)
        z, names = posed(generator, z, numbers, shuffled=False, first=first)
        separate.append((z, names))
        # The same labels in the same order, of codes that have nothing to do with them.
        for _ in range(2):
            mixed.append((z[torch.randperm(len(z), generator=generator)], names))
    answers = in_drawn_order(generator, ask, *separate, *mixed)
    for (_, names), (nmi, accuracy) in zip(separate, answers[:3], strict=True):
        classes = len(names.unique())
        assert nmi > 0.999, f"nmi of {classes} well separated classes is {nmi:.3g}"
        assert accuracy > 0.999, f"accuracy of {classes} well separated classes is {accuracy:.3g}"
    assert all(min(answer) < 0.9 for answer in answers[3:]), (
        "nmi and accuracy are high where the labels have nothing to do with the codes"
    )


def two_groups(generator: torch.Generator, rows: int) -> tuple[Tensor, Tensor]:
    """Return codes (rows, 6) and two labels, each with two clusters near each other, in an order by clusters.

    K-means with two centres finds the two labels.
    """
    z, four = separated(generator, [0, 1, 2, 3], rows // 4)
    return z + 40.0 * (four >= 2)[:, None], (four >= 2).long()


@grade_class_information.criterion("clusters", points=1.25)
def clusters_know_no_labels(student, reference, generator):
    """The nmi is that of k-means clusters found without labels, one per distinct label."""
    questions = []
    for kind in (misleading_clusters, two_groups):
        for apart in (1, 1000, 1000):  # names far apart would rule the clusters, if these saw them
            rows = 4 * drawn(generator, 38, 48)
            codes, names = posed(generator, *kind(generator, rows))
            questions.append((codes, apart * (names - names.min())))
    answers = in_drawn_order(generator, lambda *q: pair(student(*q))[0], *questions)
    worst = max(answers[:3])
    assert worst < 0.05, f"nmi is {worst:.3g} where the clusters have nothing to do with the labels"
    worst = min(answers[3:])
    assert worst > 0.999, f"nmi of two labels in two groups far apart is {worst:.3g}"


def accuracy_by(student: Any, generator: torch.Generator) -> Callable[[Tensor, Tensor], float]:
    """Return a function that gives the learner's accuracy of codes and labels, whatever order and nmi are.

    These are other criteria. The order shows where a plane separates the classes, and clusters do not.
    """
    first, second = two_floats(student(*posed(generator, *misleading_clusters(generator, 168))))
    place = 0 if first > 0.6 and second < 0.3 else 1

    def accuracy_of(z: Tensor, labels: Tensor) -> float:
        accuracy = two_floats(student(z, labels))[place]
        assert -1e-6 <= accuracy <= 1 + 1e-6, f"accuracy should lie between 0 and 1: {accuracy:.3g}"
        return accuracy

    return accuracy_of


def crosswise(generator: torch.Generator, rows: int) -> tuple[Tensor, Tensor]:
    """Return codes (rows, 2) of four classes in the corners of a square, and labels.

    The numbers of the classes fit no plane: they are names and no quantities.
    """
    corners = torch.tensor([[-2.0, -2.0], [2.0, 2.0], [-2.0, 2.0], [2.0, -2.0]])
    names = torch.arange(rows) % 4
    return corners[names] + 0.1 * randn(generator, rows, 2), names


def disc_in_a_ring(generator: torch.Generator, rows: int) -> tuple[Tensor, Tensor]:
    """Return codes (rows, 2) and two labels; no straight line gets more than about two thirds right."""
    angle, inside = 2 * math.pi * uniform(generator, rows), torch.arange(rows) % 2
    radius = torch.where(inside == 1, 0.5, 3.0)
    return radius[:, None] * torch.stack([angle.cos(), angle.sin()], 1), inside


@grade_class_information.criterion("linear probe", points=1.25)
def plane_separates(student, reference, generator):
    """The probe is linear: it finds a class that a plane separates, and no disc inside a ring."""
    accuracy_of = accuracy_by(student, generator)
    kinds = [misleading_clusters] * 2 + [disc_in_a_ring] * 2 + [crosswise] * 2
    questions = [posed(generator, *kind(generator, 4 * drawn(generator, 38, 48))) for kind in kinds]
    z, names = questions[-1]
    questions[-1] = z, names[torch.randperm(len(names), generator=generator)]
    answers = in_drawn_order(generator, accuracy_of, *questions)
    assert min(answers[:2]) > 0.8, (
        f"accuracy is {min(answers[:2]):.3g} where a plane separates the classes, with few exceptions"
    )
    assert max(answers[2:4]) < 0.85, (
        f"accuracy is {max(answers[2:4]):.3g} for a disc inside a ring, which no linear probe can read"
    )
    assert answers[4] > 0.9, (
        f"accuracy is {answers[4]:.3g} on four classes in the corners of a square, numbered crosswise"
    )
    assert answers[5] < 0.7, f"accuracy is {answers[5]:.3g} on four classes given by chance"


@grade_class_information.criterion("held-out half", points=1.25)
def held_out(student, reference, generator):
    """The probe is scored on the half that it was not fitted on; noise scores like guessing.

    Random classes, 101 rows to learn from in 150 dimensions: every linear probe can learn these by heart, and
    guesses on the others. Guesses that exceed the limit have a probability below 1e-9.
    """
    accuracy_of = accuracy_by(student, generator)
    chance, apart, limits = [], [], []
    for _ in range(3):
        classes = drawn(generator, 4, 11)
        labels = torch.arange(202) % classes
        chance.append((randn(generator, 202, 150), labels))
        limits.append(1 / classes + 8 * math.sqrt((1 - 1 / classes) / classes / 101))
        labels = torch.arange(202) % drawn(generator, 4, 11)
        centres = 4 * randn(generator, 10, 150)
        centres[:, 0] = 12 * torch.arange(10)  # one dimension alone would do
        apart.append((randn(generator, 202, 150) + centres[labels], labels))
    answers = in_drawn_order(generator, accuracy_of, *chance, *apart)
    for accuracy, limit, (_, labels) in zip(answers[:3], limits, chance, strict=True):
        assert accuracy < limit, (
            f"accuracy on random codes is {accuracy:.2f}, where guessing gives "
            f"{1 / len(labels.unique()):.2f}: is it measured on rows that the probe has seen?"
        )
    assert min(answers[3:]) > 0.9, (
        f"accuracy on classes far apart in 150 dimensions is {min(answers[3:]):.2f}"
    )
    accuracy = accuracy_of(randn(generator, 202, 3), torch.arange(202) % 2)
    hits = accuracy * 202
    assert abs(hits - round(hits)) < 1e-3, (  # an accuracy may have been a float32
        f"accuracy of 202 codes is {accuracy:.4f}, which is no count out of a half of them"
    )
