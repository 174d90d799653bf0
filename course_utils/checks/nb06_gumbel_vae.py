"""Visible checks of lesson 06. Noise and weights are the learner's, so summaries are compared."""

import math
from functools import partial

import torch
from torch import Tensor

from course_utils.checks.core import Check, progress_of
from course_utils.checks.nb02_vae import _has_switches, _parameters, _shape, head
from course_utils.checks.observations import plain_float, shake

clustering_scores = Check("06_gumbel_vae", "clustering_scores")
gumbel_softmax_sample = Check("06_gumbel_vae", "gumbel_softmax_sample")
categorical_kl = Check("06_gumbel_vae", "categorical_kl")
GumbelVAE = Check("06_gumbel_vae", "GumbelVAE")
joint_loss = Check("06_gumbel_vae", "joint_loss")
progress = partial(progress_of, "06_gumbel_vae")


def _pairs(table: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Return groups and classes of images with these counts, each (images,), in a fixed, mixed order."""
    pairs = []
    for group, row in enumerate(table):
        for label, count in enumerate(row):
            pairs += [(group, label)] * count
    pairs = sorted(pairs, key=lambda p: (7 * p[0] + 5 * p[1] + 3 * pairs.index(p)) % 11)
    assignments, labels = torch.tensor(pairs).T
    return assignments.contiguous(), labels.contiguous()


@clustering_scores.observe
def _(student, draw):
    tables = {
        "the table in the text": [[10, 9], [9, 0]],
        "three groups of three classes": [[5, 1, 0], [2, 1, 6], [1, 7, 3]],
        "two groups of the same class": [[12, 1, 2], [8, 2, 3], [1, 9, 10]],
        "two groups of four classes": [[9, 2, 7, 1], [3, 8, 1, 6]],
        "two groups of three classes": [[2, 1, 9], [1, 6, 4]],
        "five groups of two classes": [[7, 1], [2, 8], [6, 0], [0, 5], [3, 3]],
    }
    for name, table in tables.items():
        assignments, labels = _pairs(table)
        answer = student(assignments, labels)
        if not isinstance(answer, tuple | list):
            yield "(nmi, accuracy)", answer
            return
        yield f"how many scores of {name}", len(answer)
        for score, value in zip(("nmi", "accuracy"), answer, strict=True):
            yield f"{score} of {name}", plain_float(value)
    assignments, labels = _pairs(tables["three groups of three classes"])
    kept = assignments.clone(), labels.clone()
    student(assignments, labels)
    same = [torch.equal(a, b) for a, b in zip((assignments, labels), kept, strict=True)]
    yield "whether the arguments are left alone", torch.tensor(same).float()
    for names, numbers in (
        ([1, 2, 0], [2, 0, 1]),
        ([2, -1, 0], [0, 1, 2]),
        ([40, 7, 900], [3, 12, 5]),
    ):
        groups, classes = torch.tensor(names), torch.tensor(numbers)
        for score, value in zip(
            ("nmi", "accuracy"), student(groups[assignments], classes[labels]), strict=True
        ):
            yield f"{score} of groups {names} with classes {numbers}", plain_float(value)


def _quantiles(noise: Tensor) -> Tensor:
    """Return five quantiles of the noise; those of a logistic number are ln(p / (1 - p))."""
    levels = torch.tensor([0.1, 0.25, 0.5, 0.75, 0.9], dtype=noise.dtype)
    return noise.quantile(levels)


@gumbel_softmax_sample.observe
def _(student, draw):
    logits = draw(5, 4).double()
    y = student(logits.requires_grad_(), 0.5)
    yield "the shape of a sample", _shape(y)
    yield "whether a sample of float64 logits is float64", float(y.dtype == torch.float64)
    yield "sums of the rows", y.detach().sum(dim=1).float()
    yield "the logits after the call", logits.detach()
    race = torch.tensor([0.0, 1.0, -0.5], dtype=torch.float64)
    rows = race.repeat(20_000, 1)
    samples = {t: student(rows, t).detach() for t in (0.5, 2.0)}
    for t, sample in samples.items():
        logs = sample.log().clamp(min=-1e4)
        noise = (t * (logs[:, 0] - logs[:, 1]) - (race[0] - race[1])).clamp(-20, 20)
        yield f"quantiles of the noise at temperature {t:g}", _quantiles(noise), 0.22
        shares = sample.argmax(dim=1).bincount(minlength=3) / len(sample)
        yield f"how often each class wins at temperature {t:g}", shares, 0.03
    again = student(rows, 0.5).detach()
    yield "whether two calls differ", float(not torch.equal(again, samples[0.5]))
    yield "whether rows differ", float((again != again[0]).any())
    hard = student(rows.float(), 0.67, True).detach()
    yield "whether hard rows are nearly one-hot", float((hard - hard.round()).abs().max() < 1e-3)
    yield "whether hard rows are exactly one-hot", float(((hard == 0) | (hard == 1)).all())
    shares = hard.argmax(dim=1).bincount(minlength=3) / len(hard)
    yield "how often each class wins, hard,", shares, 0.03
    weights = draw(5, 4).double()
    slope = torch.autograd.grad((weights * y).sum(), logits)[0]
    y = y.detach()
    error = slope - y * (weights - (weights * y).sum(1, keepdim=True)) / 0.5
    yield "the error of the gradient of a soft sample", error.abs().max(), 1e-4
    yield from _straight_through(student, race)
    kept = torch.tensor([[0.5, -0.5, 0.0]])
    student(kept, 0.7)
    yield (
        "whether the logits are left alone",
        float(torch.equal(kept, torch.tensor([[0.5, -0.5, 0.0]]))),
    )
    large = student(torch.tensor([[50.0, -50.0, 0.0], [-80.0, 80.0, 79.0]]), 0.01)
    yield "whether a sample of large logits is finite", float(torch.isfinite(large).all())
    wide = torch.tensor([[-80.0, 80.0, 79.0]]).repeat(400, 1)
    logs = student(wide, 100.0).detach()[:, :2].double().log()
    apart = 100 * float((logs[:, 1] - logs[:, 0]).mean())
    in_full = 1.0 if abs(apart - 160) < 10 else 0.5 if math.isfinite(apart) else 0.0
    yield "how far logits that are far apart count at temperature 100 (1: in full)", in_full
    largest = student(torch.zeros(3_000, 2), 0.02).detach().amax(dim=1)
    sharp = float((largest < 0.9).double().mean()) < 0.06
    yield "whether samples are nearly one-hot at temperature 0.02", float(sharp)
    never = torch.tensor([[0.0, 0.0, -100.0]]).repeat(6, 1)
    yield "the shape of hard samples without the last class", _shape(student(never, 1.0, True))


def _straight_through(student, logits: Tensor):
    """Yield whether the gradient of hard samples is that of the soft samples they come from.

    For three classes the soft sample is computed from its Jacobian, (diag(s) - s s^T) / temperature.
    """
    leaf = logits.repeat(2_000, 1).requires_grad_()
    y = student(leaf, 0.8, True)
    yield "whether a hard sample carries a gradient", float(y.requires_grad)
    slopes = torch.stack(
        [torch.autograd.grad(y[:, k].sum(), leaf, retain_graph=True)[0] for k in range(3)], dim=1
    )
    ab, ac, bc = (-0.8 * slopes[:, i, j] for i, j in ((0, 1), (0, 2), (1, 2)))
    yield "signs of the gradient of hard samples", torch.stack([ab, ac, bc]).sum(dim=1).sign()
    ab, ac, bc = (v.clamp(min=1e-12) for v in (ab, ac, bc))
    soft = torch.stack([(ab * ac / bc).sqrt(), (ab * bc / ac).sqrt(), (ac * bc / ab).sqrt()], 1)
    clear = torch.stack([ab, ac, bc]).amin(dim=0) > 1e-8
    off = (soft[clear].sum(1) - 1).abs().amax() if bool(clear.any()) else 1.0
    yield "whether the gradient of hard samples is that of a softmax", float(off < 1e-3)
    same = (soft.argmax(1) == y.argmax(1))[clear].float().mean() if bool(clear.any()) else 0.0
    yield "how often hard samples are the winners behind their gradient", same, 0.05
    noise = 0.8 * (soft[:, 0] / soft[:, 1]).log() - (logits[0] - logits[1])
    yield "spread of the noise behind the gradient", noise.clamp(-20, 20).std(), 0.3


@categorical_kl.observe
def _(student, draw):
    for rows, classes in ((4, 10), (1, 3), (3, 5)):
        logits = 2 * draw(rows, classes) + 1
        yield f"the KL of logits ({rows}, {classes})", student(logits)
    yield "the KL of logits in float64", student(draw(2, 6).double())
    yield "the KL of equal logits", student(torch.full((2, 10), 3.0))
    sure = torch.tensor([[90.0, 0.0, -90.0], [0.0, 90.0, 90.0]])
    yield "the KL of certain rows", student(sure)
    yield "the KL of logits of 500 and 400", student(torch.tensor([[500.0, 400.0, -500.0]]))
    yield "the KL of logits of 9000 and 8000", student(torch.tensor([[9e3, 8e3, -9e3]]))
    kept = draw(3, 4)
    logits = kept.clone()
    student(logits)
    yield "whether the logits are left alone", float(torch.equal(logits, kept))
    logits = kept.clone().requires_grad_()
    live = student(logits)
    yield (
        "whether the KL carries a gradient",
        float(isinstance(live, Tensor) and live.requires_grad),
    )
    if not isinstance(live, Tensor) or not live.requires_grad:
        return
    yield "the gradient of the KL", torch.autograd.grad(student(logits).sum(), logits)[0]
    leaf = sure.clone().requires_grad_()
    yield (
        "the gradient of the KL of certain rows",
        torch.autograd.grad(student(leaf).sum(), leaf)[0],
    )
    yield "the KL of logits as large as 3e38", student(torch.tensor([[3e38, -3e38, 0.0]]))


@GumbelVAE.observe
def _(student, draw):
    model = student(10, 64, 6, 5)
    yield "latent_dim of GumbelVAE(10, 64, 6, 5)", model.latent_dim
    yield "num_classes of GumbelVAE(10, 64, 6, 5)", model.num_classes
    for sizes in ((10, 64, 6, 5), (784, 400, 10, 10)):
        input_dim, hidden_dim, latent_dim, num_classes = sizes
        least = (input_dim + 1) * hidden_dim + (hidden_dim + 1) * (2 * latent_dim + num_classes)
        least += (latent_dim + num_classes + 1) * hidden_dim + (hidden_dim + 1) * input_dim
        extra = _parameters(student(*sizes)) - least
        extra = 0 if 0 <= extra <= hidden_dim else extra
        yield f"parameters of GumbelVAE{sizes} that are missing or too many", extra
    shake(model, draw)
    x, z, c = draw(8, 10), draw(8, 6), draw(8, 5).softmax(dim=1)
    names = ("mu", "log_var", "logits")
    outputs, again = model.encode(x), model.encode(x)
    yield "how many outputs encode has", len(outputs)
    for index, (name, first, second) in enumerate(zip(names, outputs, again, strict=True)):
        yield f"the shape of {name}", _shape(first)
        yield f"whether a second call gives the same {name}", float(torch.equal(first, second))
        yield from head(name, lambda x, i=index: model.encode(x)[i], x)
    yield "mu is log_var", float(torch.equal(outputs[0], outputs[1]))
    yield "logits are the first of mu", float(torch.equal(outputs[0][:, :5], outputs[2]))
    switches = _has_switches(model, lambda r: sum(o.sum() for o in model.encode(r)), x[:1])
    yield "ReLU in the encoder", switches
    yield "the shape of decode's logits", _shape(model.decode(z, c))
    words = [model.decode(z, torch.eye(5)[[k] * 8]).detach() for k in range(5)]
    moved = torch.stack([(words[k] - words[k - 1]).abs().amax(1) for k in range(5)])
    yield "whether x_logits changes with c", float((moved > 1e-5).all())
    winner = torch.eye(5)[c.argmax(dim=1)]
    mixed = (model.decode(z, c) - model.decode(z, winner)).abs().amax(1)
    yield "whether decode takes mixtures as they are", float((mixed > 1e-5).all())
    yield from head("x_logits", lambda z: model.decode(z, c), z)
    yield from head("x_logits as a function of c", lambda c: model.decode(z, c), draw(8, 5))
    slope = torch.autograd.grad(model.decode(z.requires_grad_(), c).square().sum(), z)[0]
    yield "whether the decoder sees all of z", float((slope != 0).all())
    dense = draw(1, 5)
    yield "ReLU in the decoder", _has_switches(model, lambda r: model.decode(r, dense), z[:1])
    yield from _forward(student, draw)
    yield from _three_dimensions(student, draw)


def _three_dimensions(student, draw):
    """Yield how much forward's logits vary where z has three dimensions, over what independent noise gives."""
    model = student(6, 16, 3, 2)
    shake(model, draw)
    rows = draw(1, 6).repeat(6_000, 1)
    with torch.no_grad():
        ours = model(rows, 1.0)[0]
        mu, log_var, logits = model.encode(rows)
        gumbel = -torch.log(-torch.log(torch.rand_like(logits).clamp(min=1e-30)))
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        theirs = model.decode(z, (logits + gumbel).softmax(dim=1))
    a, b = (o.double() - o.double().mean(0) for o in (ours, theirs))
    error = ((a.square().var(0) + b.square().var(0)) / len(rows)).sqrt()
    close = (a.square().mean(0) - b.square().mean(0)).abs() < 7 * error + 1e-4
    yield (
        "whether forward's logits vary as with noise for each of three dimensions",
        float(close.all()),
    )
    rows_differ = (ours != ours[:1]).any()
    yield "whether rows differ where z has three dimensions", float(rows_differ)


def _images_where_both_noises_show(model, x):
    """Return the images in another order.

    First come those whose decoded samples vary by z as much as by c, and whose sigma is not near 1.
    """
    mu, log_var, logits = (o.detach() for o in model.encode(x))
    mu, log_var, logits = (o.repeat(32, 1) for o in (mu, log_var, logits))
    z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
    gumbel = -torch.log(-torch.log(torch.rand_like(logits).clamp(min=1e-30)))
    c = ((logits + gumbel) / 2).softmax(dim=1)
    middle = c.unflatten(0, (32, -1)).mean(0).repeat(32, 1)
    by_z, by_c = (
        model.decode(*path).detach().unflatten(0, (32, -1)).var(0).mean(1)
        for path in ((z, middle), (mu, c))
    )
    share = torch.minimum(by_z, by_c) / (by_z + by_c)
    apart = (1 - log_var[: len(x)].exp().mean(1)).clamp(max=0.75)
    return x[(share * apart).argsort(descending=True)]


def _forward(student, draw):
    """Yield facts about forward's logits, beside those of samples that the check draws itself."""
    model = student(8, 16, 1, 8)
    shake(model, draw)
    x = _images_where_both_noises_show(model, 2 * draw(200, 8))[:4]
    outputs = model(x, 0.67)
    yield "how many outputs forward has", len(outputs)
    yield "the shape of the first output of forward", _shape(outputs[0])
    same = [
        a.shape == b.shape and torch.equal(a, b)
        for a, b in zip(outputs[1:], model.encode(x), strict=True)
    ]
    yield "whether forward returns mu, log_var and logits of encode", torch.tensor(same).float()
    same = torch.equal(outputs[3], model(x, 0.67)[3])
    yield "whether two calls of forward return the same logits", float(same)
    for image, mode, temperature in ((0, True, 0.15), (1, False, 2.0)):
        model.train(mode)
        rows = x[image : image + 1].repeat(4_000, 1).requires_grad_()
        ours = model(rows, temperature)[0]
        mu, log_var, logits = model.encode(rows)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        gumbel = -torch.log(-torch.log(torch.rand_like(logits).clamp(min=1e-30)))
        path = model.decode(z, ((logits + gumbel) / temperature).softmax(dim=1))
        name = f"at temperature {temperature:g}, {'training' if mode else 'evaluation'}"
        kept, theirs = ours.detach(), path.detach()
        error = ((kept.var(0) + theirs.var(0)) / len(rows)).sqrt()
        close = (kept.mean(0) - theirs.mean(0)).abs() < 7 * error + 1e-4
        # At such a temperature c has no noise, and what is left is that of z. Without it, how the rest differs
        # from decoded samples depends on the first weights.
        whole = theirs.std(0).mean() + 1e-6
        one, two = (model(rows[:200], 1e6)[0].detach() for _ in range(2))
        drawn = bool(one.std(0).mean() > 1e-3 * whole)
        anew = bool((one - two).abs().mean() > 1e-3 * whole)
        yield f"whether z is drawn {name} (0.5: once for all rows)", max(float(drawn), 0.5 * anew)
        yield (
            f"whether forward's logits have the mean of decoded samples {name}",
            float(drawn and close.all()),
        )
        spread = kept.std(0).mean() / whole
        spread = spread if drawn else (spread > 1e-3).to(spread.dtype)
        yield f"the spread of forward's logits over that of decoded samples {name}", spread, 0.18
        slope = torch.autograd.grad(ours.square().sum(), rows, allow_unused=True)[0]
        truth = torch.autograd.grad(path.square().sum(), rows)[0]
        slope = torch.zeros_like(truth) if slope is None else slope
        error = ((slope.var(0) + truth.var(0)) / len(rows)).sqrt()
        close = (slope.mean(0) - truth.mean(0)).abs() < 7 * error + 1e-4
        same = float(drawn and close.all())
        yield f"whether the gradient in x is that of decoded samples {name}", same


@joint_loss.observe
def _(student, draw):
    x_logits, x = 2 * draw(4, 7), draw.uniform(4, 7)
    mu, log_var, logits = draw(4, 3), draw(4, 3), 2 * draw(4, 5)
    case = x_logits, x, mu, log_var, logits
    for gamma, target_z, target_c in (
        (1.0, 0.0, 0.0),
        (30.0, 6.0, 1.5),
        (2.0, 0.5, 0.1),
        (3.0, 9.0, 0.2),
        (5.0, 0.3, 1.4),
        (3.0, 9.0, 0.5),
        (3.0, 9.0, 0.8),
        (3.0, 9.0, 1.1),
    ):
        what = f"the loss at gamma {gamma:g} and capacities {target_z:g} and {target_c:g}"
        yield what, student(*case, gamma, target_z, target_c)
    kept = [t.clone() for t in case]
    answer = student(*case, 1.0, 2.0, 0.5)
    same = [float(torch.equal(a, b)) for a, b in zip(case, kept, strict=True)]
    yield "whether the arguments are left alone", torch.tensor(same)
    if not isinstance(answer, Tensor):
        return
    yield "the loss of one image", student(*(t[:1] for t in case), 3.0, 2.0, 1.0)
    leaves = [t.requires_grad_() if t is not x else t for t in case]
    loss = student(*leaves, 4.0, 5.0, 0.4)
    yield "whether the loss carries a gradient", float(loss.requires_grad)
    if not loss.requires_grad:
        return
    free = [leaves[i] for i in (0, 2, 3, 4)]
    slopes = torch.autograd.grad(loss, free, allow_unused=True)
    for name, slope in zip(("x_logits", "mu", "log_var", "logits"), slopes, strict=True):
        yield f"the gradient of the loss in {name}", slope
    sure = torch.tensor([[400.0, 0.0, -400.0, 0.0, 0.0]]).repeat(4, 1)
    two, five = (student(*(t.detach() for t in case), 2.0, 1.0, c) for c in (2.0, 5.0))
    rises = abs(float((five - two).sum()) - 6) < 0.05
    yield "whether the loss rises with a capacity of c beyond ln 5 and ln 10", float(rises)
    far = 150 * x_logits.detach().sign()
    loss = student(far, x.round(), mu.detach(), log_var.detach(), sure, 2.0, 1.0, math.log(5))
    yield "the loss of certain logits", loss, 1e-2
