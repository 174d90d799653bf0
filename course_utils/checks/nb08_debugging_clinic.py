"""Visible checks of lesson 08: what a program returns. They contain no cause and no repair.

The learner's record of diagnoses is compared with salted, slow hashes, so that it cannot be looked up here.
"""

import copy
import functools
import hashlib
import math
from functools import partial

import torch
from torch import Tensor

from course_utils import clinic
from course_utils.checks.core import Check, progress_of
from course_utils.models import MLPCVAE, MLPVAE, linear_layer
from course_utils.toy import WatchedCVAE, WatchedVAE

LESSON = "08_debugging_clinic"
repair_1 = Check(LESSON, "repair_1")
repair_2 = Check(LESSON, "repair_2")
repair_3 = Check(LESSON, "repair_3")
repair_4 = Check(LESSON, "repair_4")
repair_5 = Check(LESSON, "repair_5")
repair_6 = Check(LESSON, "repair_6")
repair_7 = Check(LESSON, "repair_7")
repair_8 = Check(LESSON, "repair_8")
repair_9 = Check(LESSON, "repair_9")
diagnosis = Check(LESSON, "diagnosis")
progress = partial(progress_of, LESSON)

PIXELS, LATENT = 6, 2


def _model(draw, log_var: tuple[float, float], classes: int = 0, shape: str = "slope") -> MLPVAE:
    """Return a small VAE with given weights and log_var, conditional if it has classes.

    Args:
        draw: Source of the weights.
        log_var: log_var of every image, one number per latent dimension.
        classes: Width of the condition, or 0. With three classes the encoder ignores the pixels.
        shape: How recon depends on z: on a "slope" it rises with z, in a "valley" on all sides.
    """
    model = MLPCVAE(PIXELS, (6,), LATENT, classes) if classes else MLPVAE(PIXELS, (6,), LATENT)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.5 * draw(*parameter.shape))
        first, last = linear_layer(model.decoder, 0), linear_layer(model.decoder, -1)
        head = linear_layer(model.encoder, -1)
        if classes == 3:
            linear_layer(model.encoder, 0).weight[:, :PIXELS] = 0
        weight = first.weight[:, :LATENT]
        weight.copy_(weight.abs() + 0.7)
        if shape == "valley":
            weight[::2] *= -1
        last.weight.abs_()
        if shape == "slope":  # all hidden units are on
            first.bias.add_(6)
            last.weight.mul_(0.5)
            last.bias.sub_(6 * last.weight.sum(dim=1))
        head.weight[LATENT:] = 0
        head.bias[LATENT:] = torch.tensor(log_var)
    return model


QUIET, LIVELY = (-20.0, -20.0), (1.3, -1.5)  # log_var with nearly no noise, and with much


LARGE = 50.0  # means above it have more noise than tolerances were made for


def _number(value) -> float:
    return float(value.detach() if isinstance(value, Tensor) else value)


def _count(outputs) -> int:
    return len(outputs) if isinstance(outputs, tuple | list) else int(outputs is not None)


def _is_scalar(value) -> bool:
    return isinstance(value, Tensor) and value.ndim == 0


def _kl(model: MLPVAE, x: Tensor) -> float:
    """Return the KL of the model's q to the prior, in nats per image."""
    mu, log_var = (t.detach() for t in model.encode(x))
    return float(0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean())


def _steady(first, again, *, loud: bool = False):
    """Return what two calls with the same arguments returned; -1 everywhere if noise makes them differ.

    Args:
        first: Result of one call.
        again: Result of another.
        loud: Whether something is known to be random, so that a small difference is no rounding.
    """
    if not isinstance(first, Tensor | float):
        return first
    one, two = (torch.as_tensor(v).detach().double() for v in (first, again))
    rtol, atol = (0.0, 0.0) if loud else (1e-3, 1e-2)
    if one.shape == two.shape and torch.allclose(one, two, rtol=rtol, atol=atol, equal_nan=True):
        return first
    return first * 0 - 1 if isinstance(first, float) else torch.full_like(first, -1)


def _deaf(model: MLPVAE) -> MLPVAE:
    """Return the model with a decoder that ignores z, so that noise changes no value."""
    with torch.no_grad():
        linear_layer(model.decoder, 0).weight[:, :LATENT] = 0
    return model


def _codes(run, model: MLPVAE, batch: tuple, mu: float = 0.0) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation of the most varied codes that one call decodes, each (LATENT,).

    Args:
        run: Calls the learner's program.
        model: Its encoder is changed to give one mu for all images.
        batch: What the program gets after the model.
        mu: Mean of q in every dimension.
    """
    head, decoded = linear_layer(model.encoder, -1), [torch.zeros(1, LATENT)]
    with torch.no_grad():
        head.weight.zero_()
        head.bias[:LATENT] = mu

    def look(_, inputs: tuple) -> None:
        decoded.append(inputs[0].detach()[..., :LATENT].reshape(-1, LATENT))

    handle = model.decoder.register_forward_pre_hook(look)
    try:
        run(model, *batch)
    finally:
        handle.remove()
    if all(len(z) == 1 for z in decoded):  # image by image
        decoded = [torch.cat(decoded[1:] or decoded)]
    stds = torch.stack([z.std(0, correction=0) for z in decoded])
    means = torch.stack([z.mean(0) for z in decoded])
    most = stds.argmax(0, keepdim=True)
    return means.gather(0, most)[0], stds.amax(0)


def _vary(losses: Tensor) -> float:
    """Return 1.0 if losses differ by more than rounding, else 0.0."""
    return float(losses.std() > 1e-5 * (1 + losses.abs().max()))


def _losses(run, model, rows, calls: int = 12) -> Tensor:
    """Return the losses of several calls with the same batch, (calls,)."""
    with torch.no_grad():
        return torch.tensor([_number(run(model, *rows)[0]) for _ in range(calls)])


def _is_sum(program, quiet: MLPVAE, single: list) -> bool:
    """Return whether a value grows a thousandfold with 1,000 copies of one image.

    Args:
        program: `program(model, x, ...)` returns the value.
        quiet: A model without noise.
        single: A batch of one.
    """
    with torch.no_grad():
        one, many = (_number(program(quiet, *batch)) for batch in (single, _copies(single)))
    return abs(one) > 1e-3 and abs(many / one - 1_000) < 10


def _copies(single: list) -> list:
    """Return 1,000 copies of a batch of one."""
    return [t.repeat(1_000, *[1] * (t.ndim - 1)) for t in single]


def _shares_noise(program, lively: MLPVAE, single: list, is_sum: bool) -> bool:
    """Return whether copies of one image have their noise in common, so that it does not average out.

    Args:
        program: `program(model, x, ...)` returns the learner's loss.
        lively: A model with much noise.
        single: A batch of one.
        is_sum: Whether the loss is a sum over images.
    """
    with torch.no_grad():
        alone, together = (
            torch.tensor([_number(program(lively, *batch)) for _ in range(calls)]).std()
            for batch, calls in ((single, 24), (_copies(single), 8))
        )
    return bool(together > 0.25 * (1_000 if is_sum else 1) * alone + 1e-4)


def _gradients(loss: Tensor, parameters: list) -> list:
    """Return the gradients of a loss in the parameters, zeros where none arrives."""
    if not (isinstance(loss, Tensor) and loss.requires_grad):
        return [torch.zeros_like(p) for p in parameters]
    found = torch.autograd.grad(loss, parameters, allow_unused=True)
    return [torch.zeros_like(p) if g is None else g for p, g in zip(parameters, found, strict=True)]


def _terms(program, draw, rows, classes: int = 0):
    """Yield what a program returns, its noise and gradients, and whether its arguments are unchanged.

    Args:
        program: `program(model, x, ...)` calls the learner's program and returns its results, the loss first.
        draw: Source of inputs.
        rows: `rows(n)` returns a batch of n examples.
        classes: Width of the condition of the model, or 0.
    """
    quiet = _model(draw, QUIET, classes)
    batch = rows(5)
    kept = [t.clone() for t in batch]
    outputs = program(quiet, *batch)
    yield "how many values are returned", _count(outputs)
    yield "whether the batch is unchanged", float(all(map(torch.equal, kept, batch)))
    run = lambda model, *given: program(model, *[t.clone() for t in given])  # noqa: E731
    loud = bool((_codes(run, _model(draw, QUIET, classes), rows(1_000))[1] > 1e-3).any())
    yield "whether z is free of noise where sigma is 0", float(not loud)
    again = run(quiet, *kept)
    for number, terms in enumerate(zip(outputs, again, strict=True), 1):
        yield f"without noise, value {number}", _steady(*terms, loud=loud), 1e-2
    single = [t[:1] for t in kept]
    alone = [run(quiet, *single)[0] for _ in range(2)]
    yield "the loss of a batch of one", _steady(*alone, loud=loud), 1e-2
    leaves = [linear_layer(quiet.encoder, -1).bias, linear_layer(quiet.decoder, -1).bias]
    names = "the encoder's last bias", "the decoder's last bias"
    first, again = (_gradients(run(quiet, *kept)[0], leaves) for _ in range(2))
    for name, *slopes in zip(names, first, again, strict=True):
        yield f"without noise, the gradient in {name}", _steady(*slopes, loud=loud), 1e-2
    sums = [
        _is_scalar(term) and _is_sum(lambda *a, i=i: run(*a)[i], quiet, single)
        for i, term in enumerate(outputs)
    ]
    loss = lambda *a: run(*a)[0]  # noqa: E731
    shared = _shares_noise(loss, _model(draw, LIVELY, classes), single, sums[0])
    yield "whether noise averages out over the batch", float(not shared)
    known = 0.0 if shared else 1.0  # a mean over one draw of noise is known to nobody
    for shape in ("slope", "valley"):
        lively = _model(draw, LIVELY, classes, shape)
        outputs = run(lively, *rows(10_000))
        for number, (term, is_sum) in enumerate(zip(outputs, sums, strict=True), 1):
            if _is_scalar(term):
                mean = known * term / (10_000 if is_sum else 1)
                yield f"with noise, value {number} on a {shape}", mean.clamp(-LARGE, LARGE), 0.85
        slope = _gradients(outputs[0], [linear_layer(lively.encoder, -1).bias])[0]
        slope = (known * slope / (10_000 if sums[0] else 1)).clamp(-LARGE / 2, LARGE / 2)
        yield f"with noise, the gradient in mu and log_var on a {shape}", slope, 0.4
    few = rows(50)
    losses = _losses(run, lively, few)
    yield "whether two calls differ", _vary(losses)
    lively.eval()
    yield "whether two calls differ after eval()", _vary(_losses(run, lively, few, 2))
    lively.train()
    doubled = [t.double() if t.is_floating_point() else t for t in kept]
    wide = [run(quiet.double(), *doubled)[0] for _ in range(2)]
    yield "the loss in float64", _steady(*wide, loud=loud), 1e-2
    mute = _model(draw, (0.0, 0.0), classes)
    with torch.no_grad():
        linear_layer(mute.encoder, -1).weight.zero_()
        linear_layer(mute.encoder, -1).bias.zero_()
    outputs, again = (run(mute, *kept) for _ in range(2))
    if len(outputs) > 2:
        yield "value 3 of a mute encoder", _steady(outputs[2], again[2]), 1e-2
    bias = linear_layer(lively.encoder, -1).bias
    one, two = (_gradients(run(lively, *few)[0], [bias])[0] for _ in range(2))
    apart = (one - two).abs() > 1e-7
    yield "whether noise reaches the gradient in mu", float(apart[:LATENT].any())
    yield "whether noise reaches the gradient in log_var", float(apart[LATENT:].any())
    unheard = [run(_deaf(lively), *few)[0] for _ in range(2)]
    yield "the loss where z changes nothing", _steady(*unheard, loud=True), 1e-2
    spread = known * _codes(run, lively, rows(10_000))[1]
    yield "the spread of z where mu is 0", spread, 0.15


def _images(draw):
    return lambda n: (0.6 * draw.uniform(n, PIXELS),)


@repair_1.observe
def _(student, draw):
    yield from _terms(student, draw, _images(draw))


@repair_2.observe
def _(student, draw):
    yield from _terms(lambda *a: student(*a, 0.5), draw, _images(draw))
    model, x = _model(draw, QUIET), draw.uniform(4, PIXELS)
    for number, terms in enumerate(zip(student(model, x), student(model, x), strict=True), 1):
        yield f"value {number} at the default beta", _steady(*terms), 1e-2
    yield "the loss at beta 0", _steady(*[student(model, x, 0.0)[0] for _ in range(2)]), 1e-2


@repair_3.observe
def _(student, draw):
    yield from _terms(lambda *a: student(*a, 0.5), draw, _images(draw))
    model, x = _model(draw, QUIET), draw.uniform(3, PIXELS)
    again = [student(model, x, 2.0)[1] for _ in range(2)]
    yield "recon at another sigma", _steady(*again)
    model = _model(draw, QUIET)
    with torch.no_grad():
        linear_layer(model.decoder, -1).weight.zero_()
        exact = linear_layer(model.decoder, -1).bias.sigmoid().repeat(3, 1)
    yield (
        "recon of exact pictures at sigma 0.1",
        _steady(*[student(model, exact, 0.1)[1] for _ in range(2)]),
    )


@repair_4.observe
def _(student, draw):
    yield from _terms(lambda *a: student(*a, 3), draw, _images(draw))
    model, x = _model(draw, QUIET), draw.uniform(4, PIXELS)
    with torch.no_grad():
        linear_layer(model.encoder, -1).weight[:LATENT].mul_(10)
    losses = [student(model, x, 3)[0] for _ in range(2)]
    yield "the loss where codes lie far apart", _steady(*losses), 1e-2
    model, x = _model(draw, LIVELY), draw.uniform(2, PIXELS)
    one, many = (_losses(lambda m, x, n=n: student(m, x, n), model, (x,), 30) for n in (1, 64))
    yield "whether more samples tremble less", float(many.std() < 0.4 * one.std())
    watched = WatchedVAE(PIXELS, LATENT)
    student(watched, x)
    taken = max(int(watched.decode_calls), int(watched.most_rows_decoded) // len(x))
    yield "the number of samples at the default", taken


@repair_5.observe
def _(student, draw):
    yield from _terms(student, draw, _images(draw))
    model = _model(draw, QUIET)
    with torch.no_grad():
        model.decoder[-1].weight.zero_()
        model.decoder[-1].bias.copy_(200 * torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0, -1.0]))
    x = torch.full((2, PIXELS), 0.5)
    loss = _number(student(model, x)[0])
    yield "whether the loss at logits of 200 is finite", float(math.isfinite(loss))
    yield (
        "whether the loss at logits of 200 is right",
        float(abs(loss - 100 * PIXELS - _kl(model, x)) < 1),
    )
    model, x = _model(draw, LIVELY), draw.uniform(30, PIXELS)
    kl = _kl(model, x)
    loss, picture = (t.detach() for t in student(model, x))
    probability = picture.clamp(1e-6, 1 - 1e-6)
    cost = -(x * probability.log() + (1 - x) * (1 - probability).log()).sum(dim=1).mean()
    yield "whether the picture is the one that was scored", float(abs(loss - kl - cost) < 1e-2)


@repair_6.observe
def _(student, draw):
    def rows(n: int) -> tuple[Tensor, Tensor]:
        return 0.6 * draw.uniform(n, PIXELS), torch.arange(n) % 3

    for labels in ([9, 0], [1, 0]):  # with the last class, and without
        model = MLPCVAE(PIXELS, (6,), LATENT, 10)
        values = student(model, draw.uniform(2, PIXELS), torch.tensor(labels))
        yield f"how many values come back for the classes {labels}", _count(values)
    yield from _terms(student, draw, rows, classes=3)
    model, labels = _model(draw, QUIET, classes=4), torch.tensor([3, 0])
    kls = [_number(student(model, draw.uniform(2, PIXELS), labels)[2]) for _ in range(2)]
    yield "whether the encoder reads the images", float(abs(kls[0] - kls[1]) > 1e-5)
    watched = WatchedCVAE(PIXELS, LATENT, 3)
    student(watched, draw.uniform(4, PIXELS), torch.tensor([1, 2, 2, 2]))
    yield "the sum over the batch of the y that the decoder saw", watched.sum_y
    sure = _model(draw, QUIET, classes=3)
    with torch.no_grad():
        sure.decoder[-1].bias.fill_(-60)
    paper = torch.zeros(2, PIXELS)
    again = [student(sure, paper.clone(), labels % 3)[1] for _ in range(2)]
    yield "recon of white paper that was expected", _steady(*again), 1e-2


@repair_7.observe
def _(student, draw):
    x = draw.uniform(7, PIXELS)
    kept = x.clone()
    for rate in (0.0, 0.1):
        for batch_size in (7, 3, 100):
            model = _model(draw, QUIET)
            epochs = []
            for learner in (model, copy.deepcopy(model)):
                optimizer = torch.optim.SGD(learner.parameters(), lr=rate)
                epochs.append(
                    (student(learner, x, optimizer, batch_size), learner.decoder[-1].bias.detach())
                )
            (report, bias), (again, other) = epochs
            loud = not torch.allclose(bias, other, 1e-4, 1e-3)
            for name in ("loss", "recon", "kl"):
                value = _steady(report[name], again[name], loud=loud)
                yield f"{name} at batch size {batch_size}, rate {rate:g}", value, 1e-2
            yield f"a bias after the epoch, {batch_size}", _steady(bias, other, loud=loud), 1e-2
    yield "whether the images are unchanged", float(torch.equal(kept, x))
    biases = []
    model = _model(draw, QUIET)
    for learner, old in ((model, 0.0), (copy.deepcopy(model), 100.0)):
        for parameter in learner.parameters():
            parameter.grad = torch.full_like(parameter, old)
        student(learner, x, torch.optim.SGD(learner.parameters(), lr=0.1), 3)
        biases.append(learner.decoder[-1].bias.detach())
    off = (biases[0] - biases[1]).abs().max()
    yield "whether gradients from before the epoch have no say", float(off < 1)
    model = _model(draw, QUIET)
    report = student(model, x.repeat(30, 1), torch.optim.SGD(model.parameters(), lr=0.0))
    yield "the number of entries", len(report)
    yield "the loss at the default batch size", report["loss"], 1e-2
    watched = WatchedVAE(PIXELS, LATENT)
    student(watched, x.repeat(43, 1), torch.optim.SGD(watched.parameters(), lr=0.0))
    yield "the number of passes at the default batch size", watched.encode_calls


@repair_8.observe
def _(student, draw):
    yield from _terms(student, draw, _images(draw), classes=PIXELS)
    watched, x = WatchedCVAE(PIXELS, LATENT, PIXELS), draw.uniform(4, PIXELS)
    kl = student(watched, x)[2]
    yield "kl of a linear model", _steady(kl, student(watched, x)[2])
    lower = torch.cat([x[:, :3], draw.uniform(4, 3)], dim=1)
    yield (
        "whether kl feels the lower half",
        float(abs(_number(student(watched, lower)[2] - kl)) > 1e-5),
    )


@repair_9.observe
def _(student, draw):
    model, x = _model(draw, QUIET), draw.uniform(5, PIXELS)
    kept = x.clone()
    scores = [student(model, x) for _ in range(3)]  # three: two noisy scores may be close by chance
    yield "the score without noise", _steady(_steady(*scores[:2]), scores[2]), 1e-2
    yield "the score of one image", _steady(*[student(model, x[:1]) for _ in range(2)]), 1e-2
    yield "whether the images are unchanged", float(torch.equal(kept, x))
    quiet, model, many = model, _model(draw, LIVELY), draw.uniform(20_000, PIXELS)
    for mode in ("train", "eval"):
        getattr(model, mode)()
        shared = _shares_noise(student, model, [x[:1]], _is_sum(student, quiet, [x[:1]]))
        yield f"whether noise averages out over the images, {mode}", float(not shared)
        size = len(many) if _is_sum(student, quiet, [x[:1]]) else 1
        score = (0.0 if shared else 1.0) * student(model, many) / size
        yield f"the score with noise, called after {mode}()", score, 0.4
        yield f"whether the mode is kept, {mode}", model.training
        scores = torch.tensor([student(model, many[:50]) for _ in range(12)])
        yield f"whether two scores differ, {mode}", float(scores.std() > 1e-4)
    yield "the score where z changes nothing", student(_deaf(model), many[:50]), 1e-2
    yield "the spread of z where mu is 0", _codes(student, model, (many,))[1], 0.15
    yield "the mean of z where mu is 3", _codes(student, model, (many,), mu=3.0)[0], 0.15
    watched = WatchedVAE(PIXELS, LATENT)
    bias = watched.decoder.bias
    bias.grad = torch.ones_like(bias)
    student(watched, x)
    kept = bias.grad is not None and bool((bias.grad == 1).all())
    yield "whether the gradients of the model are kept", float(kept)
    yield "gradients in decode", watched.decode_grad.clamp(min=0)
    yield "training mode in decode", watched.decode_training.clamp(min=0)
    student(watched.eval(), x)
    yield "training mode in decode, called after eval(), too", watched.decode_training.clamp(min=0)
    yield "whether gradients are still recorded", float(torch.is_grad_enabled())


# ------------------------------------------------------------------------------------ the records

SALT, ROUNDS = "the debugging clinic, ward 8", 20_000
SEALS = {
    1: "f1ebd07a2ac2000d668b63b7",
    2: "7ddc89a0f8833eeb2347dc58",
    3: "ccfc315abe602f64bad30175",
    4: "b70462792ccd18d8c98dcb8a",
    5: "4943253248aef089356d00c8",
    6: "3f5ea7d66881cd1afb94c0df",
    7: "c69c4030a8faf2fd8f9dd82e",
    8: "80e9b275bbcb44b543216cc7",
    9: "d1f34a5833aa38aaaf0f1430",
}


@functools.lru_cache(maxsize=256)
def seal(patient: int, letter: str) -> str:
    """Return a slow hash of a patient with a cause, in hexadecimal digits."""
    text = f"{patient}: {clinic.CAUSES.get(letter, letter)}"
    return hashlib.pbkdf2_hmac("sha256", text.encode(), SALT.encode(), ROUNDS, dklen=12).hex()


@diagnosis.observe
def _(student, draw):
    record = student()
    yield "the record", record
    yield "whether all keys are numbers of patients", float(set(record) <= set(SEALS))
    if not set(record) <= set(SEALS):  # then chance decides which letters are confirmed
        yield "whether 0 is a key", float(0 in record)
        yield "whether numbers of patients are keys", float(bool(set(record) & set(SEALS)))
        return
    letters = {patient: record.get(patient) for patient in SEALS}
    wrong = [
        patient
        for patient, letter in letters.items()
        if letter is not None and seal(patient, str(letter).strip().upper()[:9]) != SEALS[patient]
    ]
    left_open = [patient for patient, letter in letters.items() if letter is None]
    yield "whether every entry is confirmed", float(not wrong)
    yield "the first patient without a confirmed entry (0: none)", ([*wrong, *left_open, 0])[0]
    yield "whether at most one patient is without", float(len(wrong + left_open) < 2)
    yield "whether any entry is confirmed", float(len(wrong + left_open) < len(SEALS))
