"""Visible checks of lesson 07. Where the noise is the learner's, summaries over many rows are compared.

Their tolerances are at least 7 standard errors of such a summary.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch
from torch import Tensor

from course_utils.checks.core import Check, progress_of
from course_utils.checks.observations import Draw
from course_utils.toy import WatchedVAE

binarize = Check("07_iwae", "binarize")
log_mean_exp = Check("07_iwae", "log_mean_exp")
effective_sample_size = Check("07_iwae", "effective_sample_size")
log_importance_weights = Check("07_iwae", "log_importance_weights")
iwae_bound = Check("07_iwae", "iwae_bound")
log_likelihood = Check("07_iwae", "log_likelihood")
progress = partial(progress_of, "07_iwae")


@binarize.observe
def _(student: Callable, draw: Draw) -> Iterator[tuple]:
    result = student(draw.uniform(1, 784))
    yield "a picture of 784 pixels (times 0)", 0 * result if isinstance(result, Tensor) else result
    grey = torch.tensor([[0.0, 0.1, 0.3, 0.45, 0.2, 0.7, 1.0]])
    x = grey.repeat(20_000, 1)
    kept = x.clone()
    drawn = student(x)
    yield "the draw (none of it)", drawn[:0] if hasattr(drawn, "__getitem__") else drawn
    yield "the shape and dtype (values times 0)", torch.zeros_like(drawn[:2])
    yield "whether x is unchanged", bool(torch.equal(x, kept))
    noise = drawn[:, 1:6].double() - grey[:, 1:6].double()
    alike = bool((drawn[:, 1:6].double().std(0) < 1e-6).all())
    few = [student(x[:2]) for _ in range(9)]
    shared = alike and any(bool((other != few[0]).any()) for other in few)
    yield "whether images share their draw", shared
    if shared:
        many = torch.stack([student(x[:1])[0, 1:6].double() for _ in range(300)])
        noise = many - grey[:, 1:6].double()
    noise = noise - noise.mean(0)
    yield "whether pixels share their draw", bool((noise[:, 1] * noise[:, 3]).mean().abs() > 0.06)
    known = 0.0 if shared else 1.0  # a share of one draw is known to nobody
    yield "the share of ones", known * drawn.double().mean(0), 0.035
    neither = ((drawn != 0) & (drawn != 1)).double().mean()
    yield "the share of pixels that are neither 0 nor 1", known * neither, 0.035
    yield "whether a second call draws anew", shared or bool((student(x) != drawn).any())
    yield (
        "binarised float64 pixels (times 0)",
        torch.zeros_like(student(draw.uniform(2, 3).double())),
    )
    yield "binarised images with rows and columns (times 0)", 0 * student(draw.uniform(2, 3, 4))
    dark = student(torch.full((20_000, 2), 0.3))
    yield "the share of ones among pixels of 0.3 alone", known * dark.double().mean(), 0.035


def _as_before(result: Tensor, before: Tensor) -> Tensor:
    """Return 1 where a result is what it was before, 0 where not; NaN and infinities as they are."""
    same = ((result - before).abs() < 1e-2).to(result.dtype)
    return torch.where(torch.isfinite(result), same, result)


@log_mean_exp.observe
def _(student: Callable, draw: Draw) -> Iterator[tuple]:
    values = 2 * draw(3, 5)
    kept = values.clone()
    yield "log_mean_exp along dim 1", student(values, 1)
    yield "whether the values are unchanged", bool(torch.equal(values, kept))
    yield "log_mean_exp along dim 0", student(values, 0)
    yield "log_mean_exp along dim -1", student(values, -1)
    yield "log_mean_exp along dim -2 of three dimensions", student(draw(2, 3, 4), -2)
    yield "log_mean_exp of a single row of one value", student(values[:1, :1], 1)
    plain, across = student(values, 1), student(values.T, 0)
    for shift in (-110, 100, -2000):
        moved = _as_before(student(values + shift, 1) - shift, plain)
        yield f"whether values near {shift} give as much plus {shift} (1: yes)", moved
    shifts = torch.tensor([-500.0, 0.0, 60.0])
    apart = values + shifts[:, None]
    yield "whether rows far apart do, too (1: yes)", _as_before(student(apart, 1), plain + shifts)
    yield (
        "whether columns far apart do, too (1: yes)",
        _as_before(student(apart.T, 0), across + shifts),
    )
    lonely = values + torch.tensor([600.0, 0.0, 0.0, 0.0, 0.0])
    result = student(lonely, 1)
    near = (result - 600).abs() < 100
    yield (
        "log_mean_exp of rows with one value far above (0: far off)",
        torch.where(near | ~torch.isfinite(result), result, 0),
    )
    last = student(lonely.flip(1), 1)
    yield (
        "whether it matters where that value stands (1: no)",
        _as_before(last, result) if isinstance(last, Tensor) else last,
    )
    deep = values - torch.tensor([110.0, 0.0, 0.0, 0.0, 0.0])
    yield "log_mean_exp of rows with one value far below", student(deep, 1)
    yield "log_mean_exp of float64 values", student(values.double(), 1)
    leaf = values.clone().requires_grad_()
    result = student(leaf, 1)
    slope = torch.zeros_like(leaf)
    if isinstance(result, Tensor) and result.requires_grad:
        (slope,) = torch.autograd.grad(result.sum(), leaf)
    yield "the gradient", slope


def _bounded(sizes: Tensor) -> Tensor:
    """Return sizes, with 1000 for all that is above it: how far above depends on what was added to a 0."""
    return sizes.clamp(max=1e3) if isinstance(sizes, Tensor) else sizes


@effective_sample_size.observe
def _(student: Callable, draw: Draw) -> Iterator[tuple]:
    log_weights = draw(3, 6)
    kept = log_weights.clone()
    yield "the effective size of random weights", student(log_weights)
    yield "whether the weights are unchanged", bool(torch.equal(log_weights, kept))
    yield "the effective size of 7 equal weights", student(torch.full((2, 7), 0.5))
    lonely = torch.zeros(1, 5)
    lonely[0, 2] = 40.0
    yield "the effective size where one weight has everything", student(lonely)
    yield "the effective size of a single weight", student(draw(2, 1))
    yield "the effective size of weights near exp(-120)", _bounded(student(log_weights - 120)), 1e-2
    yield "the effective size of weights near exp(100)", _bounded(student(log_weights + 100)), 1e-2
    apart = log_weights + torch.tensor([[-300.0], [0.0], [70.0]])
    yield "the effective size of rows far apart", _bounded(student(apart)), 1e-2
    yield "the effective size of float64 weights", student(2 * draw(2, 9).double())


def _model(draw: Draw, latent_dim: int = 2, pixels: int = 5) -> WatchedVAE:
    """Return a linear VAE with given weights, whose q is not its posterior."""
    model = WatchedVAE(input_dim=pixels, latent_dim=latent_dim)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.6 * draw(*parameter.shape))
        model.encoder.weight[latent_dim:] *= 0.3
        model.encoder.bias[latent_dim:] = torch.linspace(-0.9, 0.5, latent_dim)
        model.encoder.bias[:latent_dim] += 0.8
        model.decoder.weight *= 2
    return model


def _coin() -> WatchedVAE:
    """Return a VAE whose weights for a single black pixel are 0 or 1, each with probability 1/2."""
    model = WatchedVAE(input_dim=1, latent_dim=1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.decoder.weight.fill_(400.0)
    return model


def _images(draw: Draw, rows: int, pixels: int = 5) -> Tensor:
    return (draw.uniform(rows, pixels) < 0.5).float()


def _slopes(value: Tensor, model: WatchedVAE, rows: int) -> Iterator[tuple]:
    """Yield the mean gradient in each bias, zeros where none arrives, and whether any arrives."""
    biases = {"encoder": model.encoder.bias, "decoder": model.decoder.bias}
    found: Sequence[Tensor | None] = [None, None]
    if isinstance(value, Tensor) and value.requires_grad:
        found = torch.autograd.grad(value.sum(), list(biases.values()), allow_unused=True)
    for (name, bias), slope in zip(biases.items(), found, strict=True):
        slope = torch.zeros_like(bias) if slope is None else slope / rows
        yield f"whether any gradient reaches the {name}", bool((slope != 0).any())
        yield f"the mean gradient in the {name}", slope.clamp(-20, 20), 0.27


def _rows(value: Tensor, rows: int) -> Tensor:
    """Return log weights with one row per image, also where there is one column per image."""
    turned = value.ndim == 2 and value.shape[0] != rows and value.shape[1] == rows
    return value.T if turned else value


@log_importance_weights.observe
def _(student: Callable, draw: Draw) -> Iterator[tuple]:
    model = _model(draw)
    x = _images(draw, 3)
    kept = x.clone()
    result = student(model, x, 4)
    yield "the result (times 0)", 0 * result if isinstance(result, Tensor) else result
    yield "whether x is unchanged", bool(torch.equal(x, kept))
    yield "one image, one sample (times 0)", 0 * student(model, x[:1], 1)
    many = x[:1].repeat(4_000, 1)
    value = _rows(student(model, many, 2), len(many))
    columns = value.detach() - value.detach().mean(0)
    shared = columns[:, 0] @ columns[:, 1] / (columns.norm(dim=0).prod() + 1e-6)
    by_samples = bool(shared.abs() > 0.3)
    by_images = bool((columns.std(0, correction=0) < 1e-4).any())
    yield "whether samples of an image share their noise", by_samples
    yield "whether images share their noise", by_images
    known = 0.0 if by_samples else 1.0  # a mean over one draw is known to nobody
    plain = _model(draw)
    with torch.no_grad():
        plain.encoder.weight.zero_()
        plain.encoder.bias.zero_()
        plain.decoder.weight.zero_()
    log_w = known * _rows(student(plain, x, 8_000), len(x)).detach()
    yield (
        "the mean of log w where q is the prior and z changes nothing",
        log_w.mean(1).clamp(-90, 90),
        0.22,
    )
    yield "the spread of log w there", log_w.std(1, correction=0), 0.22
    with torch.no_grad():
        plain.decoder.bias.mul_(150)
    log_w = known * _rows(student(plain, x, 8_000), len(x)).detach()
    logits, means = plain.decoder.bias.detach(), log_w.mean(1)
    exact = -torch.where(x > 0.5, -logits, logits).relu().sum(1)  # up to 0.7 nats per pixel
    cheap = known * (torch.isfinite(means) & (means > exact + 1) & (means < 0)).to(means.dtype)
    yield "whether a pixel that is quite wrong costs too little", cheap
    yield "the mean of log w there with large logits", torch.where(cheap > 0, 0, means), 0.3
    narrow = _model(draw)
    with torch.no_grad():
        narrow.decoder.weight.zero_()
        narrow.encoder.weight.zero_()
        narrow.encoder.bias[2:] = torch.tensor([-2.0, -1.0])
    log_w = known * _rows(student(narrow, x[:2], 8_000), 2).detach()
    yield "the mean of log w where the decoder ignores z", log_w.mean(1).clamp(-90, 90), 0.22
    yield "the spread of log w where the decoder ignores z", log_w.std(1, correction=0), 0.23
    with torch.no_grad():
        narrow.encoder.bias[2:] = -14.0
    log_w = known * _rows(student(narrow, x[:2], 8_000), 2).detach()
    yield "the mean of log w at log_var -14", log_w.mean(1).clamp(-90, 90), 0.22
    log_w = known * _rows(student(model, x, 8_000), len(x)).detach()
    yield "the mean of log w", log_w.mean(1).clamp(-90, 90), 0.5
    yield "the spread of log w", log_w.std(1, correction=0), 0.4
    weight = 0.0 if by_images else 1.0
    yield from _slopes(weight * value / 2, model, len(many))
    together = _rows(student(model, many, 6), len(many))
    for what, *seen in _slopes(weight * together.logsumexp(1), model, len(many)):
        yield f"{what} through the average of 6 weights", *seen
    yield (
        "whether a second call draws new samples",
        bool((value != _rows(student(model, many, 2), len(many))).any()),
    )
    yield "log w of a float64 model (times 0)", 0 * student(model.double(), x.double(), 2).detach()


@iwae_bound.observe
def _(student: Callable, draw: Draw) -> Iterator[tuple]:
    model, x = _model(draw), _images(draw, 2)
    kept = x.clone()
    result = student(model, x, 3)
    yield "the result (times 0)", 0 * result if isinstance(result, Tensor) else result
    yield "whether x is unchanged", bool(torch.equal(x, kept))
    yield "a batch of one (times 0)", 0 * student(model, x[:1], 2)
    many = x.repeat_interleave(4_000, 0)
    for num_samples, slack in ((1, 0.75), (3, 0.55), (20, 0.3)):
        values = student(model, many, num_samples).detach().reshape(2, -1)
        yield f"the mean of the bound with {num_samples} samples", values.mean(1), slack
        yield (
            f"the spread of the bound with {num_samples} samples",
            values.std(1, correction=0),
            0.6 * slack,
        )
    value = student(model, many[:4_000], 3)
    yield from _slopes(value, model, 4_000)
    again = student(model, many[:4_000], 3)
    yield "whether a second call draws new samples", bool((value != again).any())
    with torch.no_grad():
        model.decoder.bias.fill_(90.0)
        model.decoder.weight.zero_()
        model.encoder.weight.zero_()
        model.encoder.bias.zero_()
    dark = student(model, torch.zeros(2, 5), 3)
    if isinstance(dark, Tensor):  # how much too high it is depends on where it was cut off
        dark = torch.where((dark > -440) & (dark < -1), -1.0, dark.detach())
    yield "the bound of images of probability exp(-450)", dark
    mixed = student(model, torch.tensor([[0.0], [1.0]]).repeat(1, 5), 3)
    if isinstance(mixed, Tensor) and mixed.shape == dark.shape == (2,):
        yield (
            "whether it is the same beside a probable image (1: yes)",
            _as_before(mixed[:1], dark[:1]),
        )
    yield "the bound of a float64 model (times 0)", 0 * student(model.double(), x.double(), 2)


@log_likelihood.observe
def _(student: Callable, draw: Draw) -> Iterator[tuple]:
    model, x = _model(draw), _images(draw, 2)
    kept = x.clone()
    result = student(model, x, 5, 2)
    yield "the result (times 0)", 0 * result if isinstance(result, Tensor) else result
    yield "whether x is unchanged", bool(torch.equal(x, kept))
    yield "a batch of one (times 0)", 0 * student(model, x[:1], 3, 3)
    for mode in (True, False):
        student(model.train(mode), x, 2, 1)
        yield f"whether the model is in training mode, where it was {mode}", model.training
    bias = model.decoder.bias
    bias.grad = torch.ones_like(bias)
    student(model, x, 2, 1)
    yield (
        "whether the gradients of the model are kept",
        bias.grad is not None and bool((bias.grad == 1).all()),
    )
    bias.grad = None
    many = x[:1].repeat(2_500, 1)
    for num_samples, chunk_size in ((6, 6), (6, 4), (5, 1), (4, 3), (3, 2), (2, 9)):
        try:
            values = student(model, many, num_samples, chunk_size).detach()
        except ValueError as error:
            if "non-empty" not in str(error):
                raise
            # torch.cat says so of an empty list; in other versions it is a RuntimeError.
            raise RuntimeError(str(error)).with_traceback(error.__traceback__) from None
        how = f"{num_samples} samples in chunks of {chunk_size}"
        yield f"the mean of the estimate by {how}", values.mean().clamp(-90, 90), 0.56
        yield f"the spread of the estimate by {how}", values.std(correction=0), 0.44
    coin = _coin()
    for num_samples, chunk_size in ((5, 4), (3, 2), (7, 3)):
        values = student(coin, torch.ones(1_800, 1), num_samples, chunk_size).detach()
        values = values.exp().clamp(max=2.0)  # of an average weight, which is 1 at most
        whole = ((num_samples * values).round() - num_samples * values).abs() < 0.02
        how = f"{num_samples} samples in chunks of {chunk_size}"
        yield f"whether each of {how} counts the same", bool(whole.double().mean() > 0.9)
        yield f"the mean of p(x) where it is 1/2, by {how}", values.mean(), 0.06
        yield f"the spread of p(x) where it is 1/2, by {how}", values.std(correction=0), 0.04
    for rows, num_samples, chunk_size in ((2, 20, 3), (1, 9, 2), (5, 4, 2), (2, 4, 7)):
        watched = WatchedVAE(input_dim=5, latent_dim=2)
        result = student(watched, x.repeat(3, 1)[:rows], num_samples, chunk_size)
        beyond = max(0, int(watched.most_rows_decoded) - rows * chunk_size)
        yield f"rows decoded beyond {rows} times {chunk_size} at once", beyond
    yield "whether the decoder recorded a graph", max(0, int(watched.decode_grad))
    yield "whether the estimate carries a graph", float(result.requires_grad)
    yield "whether gradients are still recorded", float(torch.is_grad_enabled())
    yield "whether the weights still require gradients", watched.decoder.weight.requires_grad
    watched.encoder.bias.requires_grad_(False)
    student(watched, x, 2, 1)
    yield "whether a frozen weight stays frozen", not watched.encoder.bias.requires_grad
    first, second = (student(model, many[:10], 3, 2) for _ in range(2))
    yield "whether a second call draws new samples", bool((first != second).any())
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.decoder.bias.fill_(90.0)
    yield (
        "the estimate for images of probability exp(-450)",
        student(model, torch.zeros(2, 5), 5, 2),
    )
    yield "the estimate of a float64 model (times 0)", 0 * student(model.double(), x.double(), 3, 2)
