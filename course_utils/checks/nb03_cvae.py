"""Visible checks of lesson 03. Weights, noise and clusters are the learner's, so summaries are compared."""

import copy
import itertools
import math
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course_utils.checks.core import Check, progress_of
from course_utils.checks.nb02_vae import (
    _float,
    _gradient_of_z,
    _has_switches,
    _head,
    _noise,
    _parameters,
    _shape,
    _summaries,
)
from course_utils.checks.observations import plain_float, shake
from course_utils.likelihood import negative_elbo
from course_utils.models import MLPCVAE, linear_layer
from course_utils.toy import WatchedCVAE

one_hot = Check("03_cvae", "one_hot")
CVAE = Check("03_cvae", "CVAE")
cvae_train_step = Check("03_cvae", "cvae_train_step")
EarlyStopping = Check("03_cvae", "EarlyStopping")
generate_class = Check("03_cvae", "generate_class")
class_information = Check("03_cvae", "class_information")
progress = partial(progress_of, "03_cvae")
CALLS = itertools.count()  # how often stoppers were looked at in this process


def _rows(labels: list[int], num_classes: int) -> Tensor:
    return torch.eye(num_classes)[torch.tensor(labels)]


def _raised(call) -> float:
    """Return 1.0 if a call raises a ValueError, -1.0 for another exception, 0.0 if it raises nothing."""
    try:
        call()
    except NotImplementedError:
        raise
    except ValueError:
        return 1.0
    except Exception:
        return -1.0
    return 0.0


@one_hot.observe
def _(student, draw):
    labels = torch.tensor([2, 0, 1, 2])
    y = student(labels, 4)
    yield "y of the labels 2, 0, 1, 2 of 4 classes", y
    yield "the labels after the call", labels
    yield "y of one label of 9 classes", student(torch.tensor([8]), 9)
    student(torch.tensor([0, 0, 1, 3]), 4)
    yield "the first y after another call", y
    for bad in ([0, -1, 1], [-3], [0, 3, 1], [0, 4], [70, 2], [7, -7], [0, -7]):
        raised = _raised(lambda bad=bad: student(torch.tensor(bad), 3))
        yield f"whether the labels {bad} of 3 classes are a ValueError (1.0)", raised
    raised = _raised(lambda: student(torch.tensor([11, 0]), 12))
    yield "whether the labels 11, 0 of 12 classes raise nothing (0.0)", raised
    column = torch.tensor([[1], [0], [2]])
    raised = _raised(lambda: student(column, 3))
    yield "whether labels of shape (batch, 1) raise nothing (0.0)", raised
    yield "y of labels of shape (batch, 1)", student(column, 3)
    yield "y of one label of shape (1, 1)", student(column[:1], 3)
    yield "whether a column of labels keeps its shape", float(column.shape == (3, 1))
    raised = _raised(lambda: student(torch.tensor([[1], [-2], [2]]), 3))
    yield "whether the label -2 in a column is a ValueError (1.0)", raised
    yield "y on the device of the labels", _away_from_default(student)


def _away_from_default(student) -> float:
    """Return 1.0 unless y is made on the default device, here "meta", instead of that of the labels."""
    try:
        with torch.device("meta"):
            y = student(torch.tensor([2, 0], device="cpu"), 3)
    except (NotImplementedError, RuntimeError) as error:
        return float("meta tensor" in str(error))
    return float(y.device.type == "cpu")


@CVAE.observe
def _(student, draw):
    model = student(10, 64, 6, 5)
    yield "latent_dim of CVAE(10, 64, 6, 5)", model.latent_dim
    yield "num_classes of CVAE(10, 64, 6, 5)", model.num_classes
    hidden = _hides_layers(student)
    yield "whether equal parameters give different outputs", float(hidden)
    if hidden:
        return
    for sizes in ((10, 64, 6, 5), (784, 400, 20, 10)):
        input_dim, hidden_dim, latent_dim, num_classes = sizes
        least = (input_dim + num_classes + 1) * hidden_dim + 2 * (hidden_dim + 1) * latent_dim
        least += (latent_dim + num_classes + 1) * hidden_dim + (hidden_dim + 1) * input_dim
        extra = _parameters(student(*sizes)) - least
        extra = 0 if 0 <= extra <= 2 * hidden_dim else extra
        yield f"parameters of CVAE{sizes} that are missing or too many", extra
    extra = _parameters(student()) - _parameters(student(784, 400, 20, 10))
    yield "parameters of CVAE() beyond those of CVAE(784, 400, 20, 10)", extra
    shake(model, draw)
    x, y = draw(8, 10), _rows([0, 1, 2, 3, 4, 0, 1, 2], 5)
    mu, log_var = model.encode(x, y)
    yield "the shape of mu", _shape(mu)
    yield (
        "whether mu and log_var carry a gradient",
        float(mu.requires_grad and log_var.requires_grad),
    )
    yield "the shape of log_var", _shape(log_var)
    found, z = [], draw(8, 6)
    for mode in (False, True):
        model.train(mode)
        name = "training" if mode else "evaluation"
        calls = {
            "encode": lambda: torch.cat(list(model.encode(x, y))),
            "decode": lambda: model.decode(z, y),
        }
        for method, call in calls.items():
            found.append(float(torch.equal(call(), call())))
            yield f"whether two calls of {method} are the same in {name} mode", found[-1]
    if not all(found):
        return  # what comes is luck
    yield "mu is log_var", float(torch.equal(mu, log_var))
    yield "the shape of mu of one image", _shape(model.encode(x[:1], y[:1])[0])
    for index, name in enumerate(("mu", "log_var")):
        if (model.encode(1e3 * x, y)[index] < 0).any():  # what a ReLU lets through is luck
            yield from _reads(f"{name}", lambda y, i=index: model.encode(x, y)[i], 8)
        yield from _head(name, lambda x, i=index: model.encode(x, y)[i], x)
    dense = draw(1, 5)  # zeros in a one-hot row give gradients of 0, as ReLU does
    yield "ReLU in the encoder", _has_switches(model, lambda r: sum(model.encode(r, dense)), x[:1])
    noise = model.reparameterize(torch.zeros(9, 6), torch.zeros(9, 6)).detach()
    alike = (noise - noise[0, 0]).abs().max() < 1e-6
    yield "whether one random number serves all of z", float(alike)
    yield from _noise(student(10, 8, 3, 5))
    yield from _gradient_of_z(student(10, 8, 2, 5), draw(3, 2), draw(3, 2))
    yield "the shape of decode's logits", _shape(model.decode(z, y))
    yield "the shape of decode's logits of one row", _shape(model.decode(z[:1], y[:1]))
    yield "whether decode's logits carry a gradient", float(model.decode(z, y).requires_grad)
    yield from _reads("x_logits", lambda y: model.decode(z, y), 8)
    nobody = model.decode(z, torch.zeros(8, 5)) - model.decode(z, _rows([4] * 8, 5))
    yield (
        "whether the last class gives other logits than no class",
        float(nobody.abs().max() > 1e-5),
    )
    yield from _head("x_logits", lambda z: model.decode(z, y), z)
    slope = torch.autograd.grad(model.decode(z.requires_grad_(), y).square().sum(), z)[0]
    yield "whether the decoder sees all of z", float((slope != 0).all())
    yield "ReLU in the decoder", _has_switches(model, lambda r: model.decode(r, dense), z[:1])
    yield from _forward(model, x, y)


def _hides_layers(student) -> bool:
    """Return whether models with the same parameters encode or decode differently, as with layers in a list."""
    x, z = torch.linspace(-1, 1, 30).reshape(3, 10), torch.linspace(-2, 1, 9).reshape(3, 3)
    y = _rows([0, 4, 2], 5)

    def outputs(model) -> Tensor:
        return torch.cat([*model.encode(x, y), model.decode(z, y)], 1).detach()

    try:
        one, two = (student(10, 8, 3, 5).eval() for _ in range(2))
        two.load_state_dict(one.state_dict())
        once, again, other = outputs(one), outputs(one), outputs(two)
    except Exception:
        return False  # what follows shows it
    return torch.equal(once, again) and not torch.allclose(once, other, atol=1e-5)


def _reads(name: str, call, rows: int):
    """Yield whether an output differs between classes in every row."""
    outputs = [call(_rows([c] * rows, 5)).detach() for c in range(5)]
    moved = torch.stack([(outputs[c] - outputs[c - 1]).abs().amax(1) for c in range(5)])
    yield f"whether {name} changes with y", float((moved > 1e-5).all())


def _forward(model, x: Tensor, y: Tensor):
    """Yield what forward returns, beside decoded samples of the model's own parts."""
    x_logits, mu, log_var = model(x, y)
    yield "the shape of the first output of forward", _shape(x_logits)
    same = [
        torch.equal(a.detach(), b.detach())
        for a, b in zip((mu, log_var), model.encode(x, y), strict=True)
    ]
    yield "whether forward returns mu and log_var of encode", torch.tensor(same).float()
    squashed = ((x_logits >= 0) & (x_logits <= 1)).all()
    yield "whether forward's logits all lie between 0 and 1", float(squashed)
    for mode in (True, False):
        model.train(mode)
        name = "training" if mode else "evaluation"
        # With y = 1 for every class, or 0, the logits are right even if forward permutes y, or forgets it.
        cases = {
            "its y": y[1:2],
            "a y of ones": torch.ones(1, 5),
            "a y of zeros": torch.zeros(1, 5),
        }
        for what, label in cases.items():
            rows, labels = x[:1].repeat(2_000, 1).requires_grad_(), label.repeat(2_000, 1)
            ours = model(rows, labels)[0]
            seen = _compared(
                ours, model.decode(model.reparameterize(*model.encode(rows, labels)), labels)
            )
            yield (
                f"forward beside decoded samples (0 fixed, 1 alike, 2 different), {what}, {name}",
                seen,
            )
            if what == "its y":
                slope = None
                if ours.requires_grad:
                    slope = torch.autograd.grad(ours.sum(), rows, allow_unused=True)[0]
                reaches = slope is not None and bool((slope != 0).any())
                yield f"whether a gradient reaches x through z, {name}", float(reaches)


def _compared(ours: Tensor, theirs: Tensor) -> float:
    """Return 0.0 if rows of `ours` do not vary, 1.0 if they have mean and spread of `theirs`, else 2.0."""
    ours, theirs = ours.detach(), theirs.detach()
    if float(ours.std(0).mean()) < 1e-5:
        return 0.0
    error = ((ours.var(0) + theirs.var(0)) / len(ours)).sqrt()
    close = (ours.mean(0) - theirs.mean(0)).abs() < 7 * error + 1e-4
    spread = float(ours.std(0).mean() / (theirs.std(0).mean() + 1e-6))
    return 1.0 if bool(close.all()) and abs(spread - 1) < 0.2 else 2.0


def _quiet(draw, num_classes: int) -> MLPCVAE:
    """Return a conditional VAE with given weights and so little noise that its loss is exact."""
    model = MLPCVAE(5, (4,), 2, num_classes)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.5 * draw(*parameter.shape))
        head = linear_layer(model.encoder, -1)
        head.weight[2:] = 0
        head.bias[2:] = -20
    return model


def _is_steady(student, model: MLPCVAE, x: Tensor, labels: Tensor) -> bool:
    """Return False if the losses of copies of a model without noise differ."""
    losses = []
    for _ in range(4):
        twin = copy.deepcopy(model)
        optimizer = torch.optim.SGD(twin.parameters(), lr=0.5)
        losses.append(plain_float(student(twin, x.clone(), labels.clone(), optimizer)))
    numbers = [value for value in losses if isinstance(value, float)]
    return not numbers or max(numbers) - min(numbers) < 0.01


def _gets_labels(student, x: Tensor, labels: Tensor) -> bool:
    """Return whether the model is called with the labels themselves, as integers or floats, in place of y."""
    watched, seen = WatchedCVAE(5, 2, 10), []
    watched.register_forward_pre_hook(
        lambda _, args, kwargs: seen.extend([*args[1:], *kwargs.values()]), with_kwargs=True
    )
    _raised(lambda: student(watched, x, labels, torch.optim.SGD(watched.parameters(), lr=0.0)))
    return any(
        isinstance(y, Tensor)
        and y.numel() == len(labels)
        and torch.equal(y.detach().reshape(-1).long(), labels)
        for y in seen
    )


@cvae_train_step.observe
def _(student, draw):
    x, labels = draw.uniform(6, 5), torch.tensor([0, 1, 1, 2, 0, 1])
    raw = _gets_labels(student, x, labels)
    yield "whether the model gets the labels themselves", float(raw)
    if raw:
        return
    for num_classes in (10, 3, 4):
        watched = WatchedCVAE(5, 2, num_classes)
        student(watched, x, labels, torch.optim.SGD(watched.parameters(), lr=0.0))
        what = f"the sum over the batch of the y of {num_classes} classes that the decoder saw"
        yield what, watched.sum_y
        yield "whether gradients are still recorded", float(torch.is_grad_enabled())
    watched = WatchedCVAE(5, 2, 4)
    some = torch.tensor([3, 1, 1, 3, 1, 1])
    student(watched, x, some, torch.optim.SGD(watched.parameters(), lr=0.0))
    yield "the sum of the y that the decoder saw where classes are missing", watched.sum_y
    torch.set_grad_enabled(True)
    model, kept = _quiet(draw, 4), x.clone()
    one_class = _is_steady(student, model, x, torch.ones_like(labels))
    yield "whether calls give the same loss for images of one class", one_class
    several = _is_steady(student, model, x, labels)
    yield "whether calls give the same loss for images of several classes", several
    if not one_class:
        black_or_white = _is_steady(student, model, (x > 0.5).float(), torch.ones_like(labels))
        yield "whether calls give the same loss for black or white pixels", black_or_white
        with torch.no_grad():
            linear_layer(model.decoder, 0).weight[:, :2] = 0
        without_z = _is_steady(student, model, x, torch.ones_like(labels))
        yield "whether calls give the same loss where the decoder ignores z", without_z
    if not (one_class and several):
        return  # images and labels are shuffled, or something is drawn: what comes is luck
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for call in ("first", "second"):
        loss = plain_float(student(model, x, labels, optimizer))
        yield f"the loss returned by the {call} call", loss, 1e-3
        yield f"a bias of the decoder after the {call} call", model.decoder[-1].bias.detach(), 1e-3
        weight = model.encoder[0].weight[:, -4:].detach().clone()
        yield f"the encoder's weights of y after the {call} call", weight, 1e-3
    yield "the labels after the call", labels
    yield "whether x is unchanged", float(torch.equal(x, kept))
    frozen = any(not parameter.requires_grad for parameter in model.parameters())
    yield "whether parameters are frozen", float(frozen)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    student(model, x, labels, optimizer)
    yield "the decoder after a call that finds old gradients", model.decoder[-1].bias.detach(), 1e-3
    yield "the model is still in training mode", model.training
    student(model.eval(), x, labels, optimizer)
    yield "whether a model that came in evaluation mode left it", model.training
    model.train()
    noisy = WatchedCVAE(6, 1, 3)
    with torch.no_grad():
        noisy.encoder.weight.copy_(0.1 * draw(2, 9))
        noisy.encoder.bias.zero_()
        noisy.decoder.weight.copy_(0.1 * draw(6, 4))
        noisy.decoder.weight[:, 0] += 2
        noisy.decoder.bias.zero_()
    x, labels = draw.uniform(4_000, 6), torch.arange(4_000) % 3
    loss = _float(student(noisy, x, labels, torch.optim.SGD(noisy.parameters(), lr=0.0)))
    with torch.no_grad():
        y = torch.eye(3)[labels]
        mu, log_var = noisy.encode(x, y)
        mean = float(negative_elbo(noisy.decode(mu, y), x, mu, log_var))
    # asinh grows as a logarithm does, and keeps the sign: also a loss of 4,000 images is compared by its ratio.
    ratio = math.asinh(loss / mean)
    yield "asinh of the loss of a model with much noise, over that of its mean", ratio, 0.1


def _plain_bool(value) -> Any:
    """Return a Python or NumPy boolean as a plain bool, and any other value as it is."""
    return bool(value) if isinstance(value, bool | np.bool_) else value


@EarlyStopping.observe
def _(student, draw):
    nan = math.nan
    first, second = student(1), student(1)
    # Lower than all that was given before, also in another call of this check; and then a little higher.
    low = -1e6 - next(CALLS)
    apart = bool(first.step(low)) or not second.step(low + 0.5)
    yield "whether what one stopper was given does not concern another", float(apart)
    if not apart:
        return  # what the stories show depends on what was given before
    before = student(2).best_loss
    yield "whether best_loss is infinity before the first loss", float(before == math.inf)
    stories = {
        "rising losses": (2, [5.0, 6.0, 7.0, 8.0, 9.0]),
        "falling losses": (2, [5.0, 4.0, 3.0, 2.0]),
        "equal losses": (2, [3.0, 3.0, 3.0]),
        "a new best after stopping": (2, [5.0, 6.0, 6.0, 4.0, 5.0, 4.5]),
        "better than the last, not than the best": (3, [1.0, 9.0, 8.0, 7.0]),
        "a fall, then higher": (2, [5.0, 4.0, 6.0, 7.0]),
        "NaN between": (2, [5.0, 6.0, nan, 7.0]),
        "patience 1": (1, [5.0, 5.5, 4.0, 4.0]),
        "tiny progress": (1, [100.0, 100.0 - 1e-7, 100.0 - 2e-7]),
        "negative losses": (1, [-1.0, -2.0, -1.5]),
        "large losses": (2, [1e9, 1e9 + 1, 1e9 - 1]),
        "NaN after a best": (2, [5.0, nan, 4.0, nan, nan]),
        "NaN first": (3, [nan, 5.0, 6.0, 4.0]),
    }
    for name, (patience, losses) in stories.items():
        stopper = student(patience)
        for i, loss in enumerate(losses):
            yield f"step number {i + 1} with {name}", _plain_bool(stopper.step(loss))
            if not math.isnan(losses[0]) or i > 0:
                yield f"best_loss after step {i + 1} with {name}", _float(stopper.best_loss), 1e-9
    first, second = student(1), student(1)
    first.step(1.0)
    yield "the first step of a second stopper", _plain_bool(second.step(2.0))


@generate_class.observe
def _(student, draw):
    for dims, classes, label, number in (
        (20, 10, 1, 2),
        (3, 10, 1, 2),
        (20, 4, 1, 2),
        (2, 4, 1, 2),
        (4, 4, 1, 2),
        (3, 4, 1, 1),
        (3, 4, 3, 4),
    ):
        other = WatchedCVAE(input_dim=784, latent_dim=dims, num_classes=classes)
        stopped = _raised(lambda m=other, label=label, n=number: student(m, label, n))
        what = f"{number} of class {label}, from {dims} dimensions and {classes} classes"
        yield f"whether it draws without an error {what}", float(stopped == 0)
    model = WatchedCVAE(input_dim=784, latent_dim=3, num_classes=4)
    with torch.no_grad():
        model.decoder.weight.zero_()
        model.decoder.weight[:, 3:] = draw(784, 4)
        model.decoder.bias.copy_(draw(784))
    model.decoder.bias.grad = torch.ones(784)
    images = student(model, 2, 3)
    yield "the images (none of them)", images[:0] if hasattr(images, "__getitem__") else images
    yield "whether the images carry a graph", float(images.requires_grad)
    yield "whether gradients are still recorded", float(torch.is_grad_enabled())
    frozen = any(not parameter.requires_grad for parameter in model.parameters())
    yield "whether the parameters are frozen", float(frozen)
    slope = model.decoder.bias.grad
    kept = slope is not None and bool((slope == 1).all())
    yield "whether gradients of the caller are unchanged", float(kept)
    yield "the sum of the y that the decoder saw for three images of class 2", model.sum_y
    yield "the shape of three images", _shape(images)
    binary = bool(((images == 0) | (images == 1)).all())
    yield "whether every pixel is 0 or 1", float(binary)
    if binary:
        yield "whether equal images come back", float(torch.equal(images[0], images[1]))
        return  # what sampled pixels are is luck
    yield "the pixels of a decoder that ignores z", images[:, :5]
    stretched = bool((images.min() == 0) & (images.max() == 1))
    yield "whether the pixels reach from 0 to 1, both included", float(stretched)
    if stretched:
        return  # how others are stretched depends on what was drawn
    for mode in (True, False):
        student(model.train(mode), 2, 1)
        yield f"whether the model is in training mode, where it was {mode}", model.training
    yield "one image of class 3", student(model, 3, 1)[:, :2]
    yield "whether the encoder is asked", float(model.encode_calls > 0)
    if model.encode_calls:
        return  # z depends on the images that it was given
    model.sum_y.zero_()
    student(model, 0, 2)
    yield "the sum of the y that the decoder saw for two images of class 0", model.sum_y
    with torch.no_grad():
        model.decoder.weight.zero_()
        model.decoder.weight[:3, :3] = 0.5 * torch.eye(3)
        model.decoder.bias.zero_()
    draws = [student(model, label, 8_000)[:, :3].detach() for label in (1, 1, 2)]
    if any(len(images) != 8_000 for images in draws):
        return  # the shape of three images has shown it; one row has no spread
    z = torch.logit(draws[0], eps=1e-6)
    yield "whether z is 0", float(z.abs().max() < 1e-4)
    lengths = z.norm(dim=1)
    yield (
        "whether all z have the same length",
        float(lengths.max() - lengths.min() < 0.01 * lengths.mean()),
    )
    yield (
        "whether dimensions of z share their numbers",
        float((z[:, 0] - z[:, 1]).abs().max() < 1e-4),
    )
    yield "whether two calls differ", float(not torch.equal(*draws[:2]))
    yield "whether two classes get different z", float(not torch.equal(draws[1], draws[2]))
    for what, value, *slack in _summaries("z", *(2 * torch.logit(d, eps=1e-6) for d in draws[:2])):
        if what.startswith("the standard deviation"):
            # Is it 0, too small, right or too large? One name for every factor.
            value = torch.bucketize(value, torch.tensor([0.05, 0.93, 1.07])).float()
        yield what, value, *slack


def _type(value) -> Any:
    """Return 0.0 for a float, also one of NumPy, a scalar for a tensor of any dtype, and 0 times all else."""
    return torch.zeros(()) if isinstance(value, Tensor) else 0.0 * plain_float(value)


def _fits_to_codes(student, z: Tensor, labels: Tensor) -> bool:
    """Return whether scikit-learn complains of a table in place of labels."""
    try:
        student(z, labels)
    except NotImplementedError:
        raise
    except ValueError as error:
        return "should be a 1d array" in str(error)
    except Exception:
        return False
    return False


@class_information.observe
def _(student, draw):
    centres = 9 * torch.eye(8)
    index = torch.arange(60)
    z = centres[index % 3] + 0.01 * draw(60, 8)
    kept, labels = z.clone(), torch.tensor([7, 1, 4])[index % 3]
    exchanged = _fits_to_codes(student, z.clone(), labels)
    yield "whether the probe is fitted to codes in place of labels", float(exchanged)
    if exchanged:
        return
    by_class, clear = labels.argsort(stable=True), True
    for rows, name in ((index, "three clear clusters"), (by_class, "the same rows, sorted")):
        nmi, accuracy = student(z[rows], labels[rows])
        yield f"the type of nmi of {name} (times 0)", _type(nmi)
        yield f"the type of accuracy of {name} (times 0)", _type(accuracy)
        clear = clear and bool(nmi > 0.999)
        yield f"whether nmi of {name} is 1", float(nmi > 0.999)
        yield f"whether nmi of {name} is above 1", float(nmi > 1.01)
        yield f"whether accuracy of {name} is 1", float(accuracy > 0.999)
    student(z, labels)
    yield "whether z is unchanged", float(torch.equal(z, kept))
    index = torch.arange(120)
    nmi, accuracy = student(centres[index % 8] + 0.01 * draw(120, 8), index % 8)
    yield "whether nmi of eight clear clusters is 1", float(nmi > 0.999)
    yield "whether nmi of eight clear clusters is above 0.8", float(nmi > 0.8)
    yield "whether accuracy of eight clear clusters is above 0.7", float(accuracy > 0.7)
    # The clusters have nothing to do with the label, but a plane separates the labels.
    index = torch.arange(80)
    label = index // 2 % 2
    side = (2.0 * label - 1) * (0.2 + 0.8 * draw.uniform(80))
    large = 6 * (2.0 * (index % 2) - 1)[:, None] + 0.1 * draw(80, 3)
    nmi, accuracy = student(torch.cat([side[:, None], large], 1), label)
    ignored = bool(nmi < 0.1)
    yield "whether nmi is near 0 where clusters ignore the label", float(ignored)
    yield "whether the probe finds what a plane separates", float(accuracy > 0.75)
    nmi, _ = student(torch.cat([side[:, None], large], 1), 1000 * label)
    yield "whether the names of the classes change the clusters", float(nmi > 0.1)
    if ignored and nmi > 0.1:
        return  # what is found elsewhere depends on how large the labels are beside the codes
    # Six classes around a circle: a plane parts each from the rest, and their names are in no order.
    corner = torch.arange(120) % 6
    turn = corner * math.pi / 3
    circle = 4 * torch.stack([turn.cos(), turn.sin()], 1) + 0.1 * draw(120, 2)
    _, accuracy = student(circle, torch.tensor([0, 3, 1, 5, 2, 4])[corner])
    yield "whether the probe tells six classes around a circle", float(accuracy > 0.9)
    angle, inside = 2 * math.pi * draw.uniform(200), torch.arange(200) % 2
    disc_in_ring = torch.stack([angle.cos(), angle.sin()], 1) * (3 - 2.5 * inside[:, None])
    in_turn = _raised(lambda: student(disc_in_ring, inside))
    yield "whether it stops where two classes take turns", float(in_turn != 0)
    if in_turn != 0:
        return
    _, accuracy = student(disc_in_ring, inside)
    yield "whether the probe reads a disc inside a ring", float(accuracy > 0.85)
    noise, names = draw(122, 120), torch.arange(122) % 10
    nmi, accuracy = student(noise, names)
    yield "whether nmi on noise is nearly 1", float(nmi > 0.9)
    yield "whether accuracy on noise is more than guessing", float(accuracy > 0.4)
    yield "whether accuracy on noise is nearly perfect", float(accuracy > 0.8)
    _, accuracy = student(noise[:, :2], torch.arange(122) % 2)
    accuracy = float(accuracy)
    counted = abs(accuracy * 122 - round(accuracy * 122)) < 1e-4
    yield "whether accuracy is a count out of a half", float(counted)
    # Half of each clear cluster bears the name of the next one: other scores than the NMI give other numbers.
    index = torch.arange(24)
    names = (index % 3 + index // 3 % 2) % 3
    nmi, _ = student(centres[index % 3] + 0.01 * draw(24, 8), names)
    if ignored and clear:
        yield "nmi of clusters that half match the labels", float(nmi), 1e-3
