"""Visible checks of lesson 04. All are exact except rate_distortion, whose noise the learner's code draws.

Before the numbers come kinds of mistakes, of which there are many with other constants: what is asked is
whether an answer is of the kind, and the numbers of one that is are not looked at.
"""

import itertools
import math
from collections.abc import Callable, Generator
from functools import cached_property, partial

import torch
from torch import Tensor, nn

from course_utils.checks.core import Check, progress_of
from course_utils.toy import WatchedVAE

beta_vae_loss = Check("04_beta_vae", "beta_vae_loss")
rate_distortion = Check("04_beta_vae", "rate_distortion")
kl_per_dimension = Check("04_beta_vae", "kl_per_dimension")
active_units = Check("04_beta_vae", "active_units")
linear_warmup = Check("04_beta_vae", "linear_warmup")
capacity_loss = Check("04_beta_vae", "capacity_loss")
mutual_information_gap = Check("04_beta_vae", "mutual_information_gap")
progress = partial(progress_of, "04_beta_vae")


def _kinds(*kinds: tuple[str, Callable[[], bool]]) -> Generator[tuple, None, bool]:
    """Yield whether an answer is of these kinds of mistakes, up to the first; return whether it is of one.

    An answer that raises an exception on such a question is not of the kind: what follows shows the exception.
    """
    for what, holds in kinds:
        try:
            so = bool(holds())
        except Exception:
            so = False
        yield what, float(so)
        if so:
            return True
    return False


def _same(a: float, b: float, atol: float = 1e-3) -> bool:
    """Return whether two numbers are equal up to rounding; NaN and infinities never are."""
    return abs(a - b) <= atol * (1 + abs(b))


def _case(draw, rows: int) -> tuple[Tensor, ...]:
    """Return x_logits and x, each (rows, 7), and mu and log_var, each (rows, 3)."""
    return 2 * draw(rows, 7), draw.uniform(rows, 7), draw(rows, 3), draw(rows, 3)


def _number_of(outputs) -> int:
    """Return how many values an answer returns: one for a single value, none for None."""
    if outputs is None:
        return 0
    return len(outputs) if isinstance(outputs, tuple | list | dict) else 1


def _kept(call, **args):
    """Return the result of call(*args), and observations of whether the tensors in args kept their values."""
    before = [a.clone() for a in args.values()]
    result = call(*args.values())
    pairs = zip(args.items(), before, strict=True)
    return result, [(f"whether {n} is unchanged", float(torch.equal(a, b))) for (n, a), b in pairs]


def _slopes(loss: Tensor, leaves: list[Tensor]):
    """Yield the gradient of the loss in each leaf."""
    slopes = torch.autograd.grad(loss, leaves, allow_unused=True)
    for name, slope in zip(("x_logits", "mu", "log_var"), slopes, strict=True):
        yield f"the gradient of the loss in {name}", slope


class _Loss:
    """The three terms of a loss as numbers, of one image with few pixels and dimensions."""

    def __init__(self, student):
        self.student = student

    def terms(self, logits=(0.5,), x=(0.0,), mu=(0.0,), log_var=(0.0,), beta=1.0) -> list[float]:
        """Return loss, recon and kl."""
        loss, recon, kl = self.student(*(torch.tensor([v]) for v in (logits, x, mu, log_var)), beta)
        return [float(loss), float(recon), float(kl)]

    def recon(self, logit: float, pixel: float) -> float:
        """Return the recon of one pixel."""
        return self.terms(logits=(logit,), x=(pixel,))[1]

    def kl(self, mu: float, log_var: float) -> float:
        """Return the KL of one dimension."""
        return self.terms(mu=(mu,), log_var=(log_var,))[2]

    @cached_property
    def prices(self) -> list[tuple[float, float]]:
        """Return pairs of beta and of what a nat costs at this beta."""
        pairs = []
        for beta in (0.0, 1e-3, 0.25, 0.5, 0.9, 1.0, 1.5, 2.6, 4.0, 10.0, 100.0, 1e4):
            loss, recon, kl = self.terms(mu=(1.0, 2.0), log_var=(1.0, -1.0), beta=beta)
            pairs.append((beta, (loss - recon) / kl))
        return pairs

    def is_priced_in_part(self) -> bool:
        """Return whether beta weighs a part of the KL, and the rest has the weight 1."""
        slopes = []
        for mu, log_var, logit in ((1.0, 0.0, 0.5), (1.0, 0.0, 3.0), (0.0, 2.0, 0.5)):
            at = [self.terms((logit,), (0.0,), (mu,), (log_var,), beta) for beta in (0.0, 1.0, 3.0)]
            if not _same(at[1][0], at[1][1] + at[1][2]):
                return False
            slopes.append((at[2][0] - at[0][0]) / 3 / at[1][2])
        return _same(slopes[0], slopes[1]) and abs(slopes[0] - slopes[2]) > 0.01

    def is_made_black_and_white(self) -> bool:
        """Return whether a grey pixel costs what a black or a white one costs."""
        black, white = self.recon(1.5, 0.0), self.recon(1.5, 1.0)
        greys = [self.recon(1.5, x) for x in (0.02, 0.1, 0.3, 0.45, 0.55, 0.7, 0.9, 0.98)]
        return _same(black - white, 1.5) and all(
            _same(grey, black) or _same(grey, white) for grey in greys
        )

    def has_fixed_divisor(self) -> bool:
        """Return whether recon and kl are sums over the batch, both divided by the same number above 1."""
        found = []
        for rows in (1, 2):
            parts = (0.5, 0.0), (0.0, 1.0), (2.0, 0.0), (0.0, 0.0)  # a KL of 2
            loss = self.student(*(torch.tensor([p]).repeat(rows, 1) for p in parts), 1.0)
            found.append([float(term) for term in loss[1:]])
        recon = math.log1p(math.exp(0.5)) + math.log(2)
        shares = [found[0][0] / recon, found[0][1] / 2]
        grows = all(_same(two, 2 * one, 1e-5) for one, two in zip(*found, strict=True))
        return grows and _same(shares[0], shares[1], 1e-5) and 1e-4 < shares[0] < 0.9

    def stops(self) -> bool:
        """Return whether recon is right for small logits, and stops growing for large ones."""
        near = [self.recon(0.5, 0.0), self.recon(-0.5, 1.0)]
        far = [self.recon(4e3, 0.0), self.recon(-4e3, 1.0)]
        right = all(_same(r, math.log1p(math.exp(0.5))) for r in near)
        return right and any(r < 3_999 for r in far if math.isfinite(r))


def _is_between(pairs: list[tuple[float, float]], low: float, high: float) -> bool:
    """Return whether each price is its beta, but `low` at least and `high` at most."""
    return low < high and all(
        _same(price, min(max(beta, low), high), 1e-4) for beta, price in pairs
    )


def _is_replaced_at_zero(pairs: list[tuple[float, float]]) -> bool:
    """Return whether each price is its beta, but not at a beta of 0, which comes first."""
    return abs(pairs[0][1]) > 1e-3 and all(_same(price, beta, 1e-4) for beta, price in pairs[1:])


def _is_raised(pairs: list[tuple[float, float]]) -> bool:
    """Return whether small betas count as a larger one."""
    return pairs[0][1] > 5e-4 and _is_between(pairs, pairs[0][1], pairs[-1][1])


def _is_cut_off(pairs: list[tuple[float, float]]) -> bool:
    """Return whether large betas count as a smaller one."""
    return pairs[-1][1] < 9e3 and _is_between(pairs, 0.0, pairs[-1][1])


def _is_rounded(pairs: list[tuple[float, float]]) -> bool:
    """Return whether each price is a whole number beside its beta."""
    return all(
        abs(price - round(price)) < 1e-3 and abs(price - beta) < 1 + 1e-3 for beta, price in pairs
    )


def _has_floor(kl: Callable[[float, float], float]) -> bool:
    """Return whether a KL of 8 nats is right, and small ones are all the same number above 0."""
    least = kl(0.0, 0.0)
    small = kl(math.sqrt(least), 0.0)  # half of the floor, where it is one
    return _same(kl(4.0, 0.0), 8.0) and 1e-3 < least < 7 and _same(small, least)


def _drops_small(kl: Callable[[float, float], float]) -> bool:
    """Return whether a KL of some nats is right or nearly so, and one of 0.0008 nats counts as nothing."""
    return 7 < kl(4.0, 0.0) < 8.001 and kl(0.04, 0.0) == 0 == kl(0.02, 0.0)


def _stops_growing(kl: Callable[[float, float], float], size: float) -> bool:
    """Return whether the KL is right for some q, and does not grow from some size of log_var on."""
    near = _same(kl(0.0, 1.0), math.e / 2 - 1) and _same(kl(0.0, -1.0), math.exp(-1) / 2)
    far = [[kl(0.0, sign * s) for s in (size, size + 1)] for sign in (1, -1)]
    return near and any(_same(a, b, 1e-6) for a, b in far)


@beta_vae_loss.observe
def _(student, draw):
    x_logits, x, mu, log_var = _case(draw, 4)
    outputs, kept = _kept(
        lambda *case: student(*case, 4.0), x_logits=x_logits, x=x, mu=mu, log_var=log_var
    )
    yield "how many values are returned", _number_of(outputs)
    yield from kept
    of = _Loss(student)
    if (
        yield from _kinds(
            (
                "whether a confident mistake costs 100, as with clamped logarithms",
                lambda: _same(of.recon(50.0, 0.0), 100.0) and _same(of.recon(0.5, 0.0), 0.974077),
            ),
            ("whether the terms are divided by a fixed number", of.has_fixed_divisor),
            ("whether recon stops growing for large logits", of.stops),
            ("whether grey pixels cost as black or white ones", of.is_made_black_and_white),
            (
                "whether the KL of a very wide or narrow q stops growing",
                lambda: _stops_growing(of.kl, 8.0),
            ),
            ("whether small KLs are raised", lambda: _has_floor(of.kl)),
            ("whether small KLs are dropped", lambda: _drops_small(of.kl)),
            ("whether beta weighs a part of the KL only", of.is_priced_in_part),
            ("whether only a beta of 0 is replaced", lambda: _is_replaced_at_zero(of.prices)),
            ("whether small betas are raised", lambda: _is_raised(of.prices)),
            ("whether large betas are cut off", lambda: _is_cut_off(of.prices)),
            ("whether beta is rounded to whole numbers", lambda: _is_rounded(of.prices)),
        )
    ):
        return
    leaves = [t.requires_grad_() for t in (x_logits, mu, log_var)]
    for beta in (4.0, 1.0, 0.25):
        loss, recon, kl = student(x_logits, x, mu, log_var, beta)
        yield f"the loss (first) at beta = {beta}", loss
        yield f"recon (second) at beta = {beta}", recon
        yield f"kl (third) at beta = {beta}", kl
    for name, value in zip(
        ("recon", "kl"), student(x_logits, x, mu, log_var, 4.0)[1:], strict=True
    ):
        yield f"whether {name} carries gradients", getattr(value, "requires_grad", False)
    yield from _slopes(student(x_logits, x, mu, log_var, 4.0)[0], leaves)
    sure, zero = torch.tensor([[100.0, -300.0]]), torch.zeros(1, 1)
    image, far = torch.tensor([[0.0, 1.0]]), torch.tensor([[9.0, -9.0]])
    yield "kl at log_var of 9 and -9", student(sure, image, 0 * far, far, 1.0)[2]
    yield "recon at logits of 100 and -300", student(sure, image, zero, zero, 1.0)[1]
    wide = [t.detach().double() for t in (x_logits, x, mu, log_var)]
    for name, value in zip(("the loss", "recon", "kl"), student(*wide, 2.0), strict=True):
        yield f"{name} of float64 inputs", value


def _batches_of(student, model: WatchedVAE, x: Tensor) -> tuple[tuple, list[Tensor]]:
    """Return what an answer says of the model and the images x, and the batches that the encoder saw."""
    seen: list[Tensor] = []
    hook = model.encoder.register_forward_pre_hook(lambda _, args: seen.append(args[0].detach()))
    try:
        outputs = student(model, x)
    finally:
        hook.remove()
    return outputs, seen


class _Rate:
    """The rate of images whose KLs differ, and how an answer came to it.

    Their number is prime, so batches of one size leave a smaller one.
    """

    def __init__(self, student):
        self.model = WatchedVAE(input_dim=4, latent_dim=2)
        self.x = (0.618 * torch.arange(524.0)).frac().reshape(131, 4)
        self.x[:-31] *= 0.2
        with torch.no_grad():
            self.model.encoder.weight[:2] = torch.tensor([[1.0, 0.5, 0, 0], [0, 0, -1.0, 2.0]])
            self.model.encoder.weight[2:] = 0
            self.model.encoder.bias.copy_(torch.tensor([1.0, -1.0, 0.0, 0.0]))
        self.outputs, self.batches = _batches_of(student, self.model, self.x.clone())

    def sees_black_and_white(self) -> bool:
        """Return whether the images that the encoder saw have no grey."""
        return bool(self.batches) and all(bool(((b == 0) | (b == 1)).all()) for b in self.batches)

    def leaves_out(self) -> bool:
        """Return whether the encoder saw some of the images only, unchanged."""
        seen = {tuple(row) for batch in self.batches for row in batch.tolist()}
        return bool(seen) and seen < {tuple(row) for row in self.x.tolist()}

    def means(self) -> tuple[Tensor, float]:
        """Return the mean KL of each batch, and how often the images were seen."""
        with torch.no_grad():
            mus = [self.model.encoder(batch.clone())[:, :2] for batch in self.batches]
        means = torch.stack([0.5 * mu.square().sum(1).mean() for mu in mus]).double()
        return means, sum(map(len, self.batches)) / len(self.x)

    def adds_means(self, divisor: int = 1) -> bool:
        """Return whether the rate is the sum of the means of several batches, over the divisor."""
        means, passes = self.means()
        rate = float(self.outputs[0])
        return len(means) >= 2 * passes and _same(rate, float(means.sum()) / passes / divisor)

    def averages_means(self) -> bool:
        """Return whether the rate is the mean over batches of unequal size, each with the same weight."""
        means, _ = self.means()
        sizes = torch.tensor([len(batch) for batch in self.batches]).double()
        exact = float((sizes * means).sum() / sizes.sum())
        mean = float(means.mean())
        return not _same(mean, exact, 2e-4) and _same(float(self.outputs[0]), mean, 2e-5)

    def is_rounded(self) -> bool:
        """Return whether both numbers have few decimals."""
        return any(all(round(float(v), d) == float(v) for v in self.outputs) for d in range(3))


@rate_distortion.observe
def _(student, draw):
    model, x = WatchedVAE(input_dim=5, latent_dim=3), draw.uniform(130, 5)
    x[-70:] = 1.0  # the last images differ from the others
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(draw(*parameter.shape))
        model.encoder.weight[3:] = 0
        model.encoder.bias.copy_(torch.tensor([1.0, -1.0, 0.5, -20.0, -20.0, -20.0]))
        model.decoder.weight[0], model.decoder.bias[:] = 3.0, 4.0
    outputs, kept = _kept(lambda x: student(model, x), x=x)
    yield "how many values are returned", _number_of(outputs)
    yield from kept
    if not kept[0][1]:
        return  # the images that follow would depend on how they were changed
    of = _Rate(student)
    if (
        yield from _kinds(
            ("whether the model saw images without grey", of.sees_black_and_white),
            ("whether some images are left out", of.leaves_out),
            ("whether the means of batches are added up", of.adds_means),
            (
                "whether a sum of the means of batches is divided by the number of images",
                lambda: of.adds_means(len(of.x)),
            ),
            ("whether a small batch counts as much as a large one", of.averages_means),
            ("whether both numbers are rounded", of.is_rounded),
            (
                "whether parts of the model are left in another mode than the model",
                lambda: any(_is_mixed(student, mode) for mode in (True, False)),
            ),
        )
    ):
        return
    for mode in (True, False):
        rate, distortion = student(model.train(mode), x)
        yield "the rate (first)", rate, 1e-2
        yield "the distortion (second)", distortion, 1e-2
        yield f"whether the model is in training mode, where it was {mode}", model.training
    parameters = list(model.parameters())
    parameters[0].grad = torch.full_like(parameters[0], 0.5)
    poison, before = parameters[0].grad.clone(), parameters[-1].detach().clone()
    student(model, x)
    yield "whether the parameters are unchanged", float(torch.equal(parameters[-1], before))
    kept = parameters[0].grad is not None and torch.equal(parameters[0].grad, poison)
    yield "whether gradients of the caller are unchanged", float(kept)
    yield "whether no gradients are left behind", float(parameters[-1].grad is None)
    yield "whether parameters can still be trained", float(all(p.requires_grad for p in parameters))
    yield "whether gradients are still recorded", float(torch.is_grad_enabled())
    yield "whether gradients stay off where they were off", _stays_off(student, model, x)
    watched = WatchedVAE(5, 2)
    student(watched, x)
    yield "whether the decoder ran with gradients", max(0, int(watched.decode_grad))
    yield "whether the decoder ran in training mode", max(0, int(watched.decode_training))
    yield from _noise(student, draw)


def _stays_off(student, model: nn.Module, x: Tensor) -> float:
    """Return whether gradients are off after a call with gradients off, -1.0 where it raises an exception."""
    with torch.no_grad():
        try:
            student(model, x)
        except Exception:
            return -1.0
        return float(not torch.is_grad_enabled())


def _is_mixed(student, mode: bool) -> bool:
    """Return whether parts of a model that came in a mode are afterwards in another mode than the model."""
    model: nn.Module = WatchedVAE(input_dim=4, latent_dim=2).train(mode)
    student(model, torch.full((3, 4), 0.3))
    return any(part.training != model.training for part in model.modules())


def _noise(student, draw):
    """Yield the distortion of a model with much noise, over that of its decoded mean."""
    model, x = WatchedVAE(input_dim=6, latent_dim=1), draw.uniform(3_000, 6)
    with torch.no_grad():
        model.encoder.weight.copy_(0.1 * draw(2, 6))
        model.encoder.bias.copy_(torch.tensor([0.0, 1.0]))
        model.decoder.weight.copy_(2 + 0.1 * draw(6, 1))
        model.decoder.bias.zero_()
        logits = model.decoder(model.encode(x)[0])
    cost = torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none")
    pairs = [student(model, x) for _ in range(2)]
    values = [float(distortion) for _, distortion in pairs]
    yield (
        "the distortion of a noisy model over that of its mean",
        values[0] / float(cost.sum(1).mean()),
        0.15,
    )
    yield "whether two distortions differ", float(values[0] != values[1])
    yield "whether two rates differ", float(float(pairs[0][0]) != float(pairs[1][0]))


@kl_per_dimension.observe
def _(student, draw):
    mu, log_var = draw(5, 3), draw(5, 3)
    kl, kept = _kept(student, mu=mu, log_var=log_var)
    yield from kept

    def one(mu: float, log_var: float) -> float:
        """Return the KL of three images and two dimensions that are all the same."""
        values = student(torch.full((3, 2), mu), torch.full((3, 2), log_var)).flatten().tolist()
        return values[0] if len(set(values)) == 1 else math.nan

    if (
        yield from _kinds(
            ("whether small KLs are raised", lambda: _has_floor(one)),
            ("whether small KLs are dropped", lambda: _drops_small(one)),
            (
                "whether the KL of a very wide or narrow q stops growing",
                lambda: _stops_growing(one, 5.0),
            ),
        )
    ):
        return
    yield "the KL per dimension without gradients", kl
    kl = student(mu.requires_grad_(), log_var.requires_grad_())
    yield "the KL per dimension", kl
    slopes = torch.autograd.grad(kl.sum(), [mu, log_var], allow_unused=True)
    for name, slope in zip(("mu", "log_var"), slopes, strict=True):
        yield f"the gradient in {name}", slope
    yield "the KL per dimension of one image", student(draw(1, 4), draw(1, 4)).detach()
    yield "the KL per dimension of one dimension", student(draw(4, 1), draw(4, 1)).detach()
    small = student(0.3 * draw(5, 3), 0.3 * draw(5, 3)).detach()
    yield "100 times the KL per dimension near the prior", 100 * small
    yield "the KL of the prior itself", student(torch.zeros(5, 3), torch.zeros(5, 3)).detach()
    yield "the KL far from the prior", student(4 * draw(5, 3), 3 * draw(5, 3)).detach()
    yield "the KL of float64 inputs", student(draw(5, 3).double(), draw(5, 3).double()).detach()


class _Count:
    """The count of dimensions that swing between two numbers, or stand still."""

    def __init__(self, student):
        self.student = student

    def of(self, *columns: Tensor) -> float:
        """Return the count of these columns as a number."""
        return float(self.student(torch.stack(columns, 1)))

    def swing(self, start: int = 0, end: int = 60, period: int = 1) -> Tensor:
        """Return a column that swings between 3 and -3 from row `start` to `end`, and is 0 elsewhere."""
        row = torch.arange(60)
        inside = (row >= start) & (row < end)
        return torch.where(inside, 3.0 - 6.0 * (row // period % 2), 0.0)

    def counts_directions(self) -> bool:
        """Return whether dimensions that move together count once."""
        one, two, three = self.swing(), self.swing(period=2), self.swing(period=4)
        return self.of(one, two, three) == 3 and self.of(one, 2 * one, 3 * one + 1) == 1

    def knows_the_size(self) -> bool:
        """Return whether the count of moving dimensions is one number, however many there are."""
        counts = {self.of(*[self.swing()] * k) for k in (3, 5, 7)}
        dead = [torch.zeros(60)]
        with_dead = [self.of(*[self.swing()] * 3, *dead * k) for k in (1, 2)]
        return len(counts) == 1 and with_dead == [max(counts) - 1, max(counts) - 2]

    def leaves_out(self) -> bool:
        """Return whether a dimension is dead that moves for the first or for the last images only."""
        parts = [(0, end) for end in (2, 10, 30, 50)] + [(start, 60) for start in (10, 30, 50, 58)]
        return self.of(self.swing()) == 1 and any(
            self.of(10 * self.swing(*part)) == 0 for part in parts
        )


@active_units.observe
def _(student, draw):
    of = _Count(student)
    if (
        yield from _kinds(
            ("whether dimensions that move together count once", of.counts_directions),
            ("whether the number of dimensions is fixed", of.knows_the_size),
            ("whether images at the start or the end have no say", of.leaves_out),
        )
    ):
        return
    noise = draw(60, 6)
    noise = (noise - noise.mean(0)) / noise.std(0)
    spread = torch.tensor([2.0, 1.0, 0.3, 0.15, 0.05, 0.0])
    mu = noise * spread
    yield "the count of dimensions around zero", student(mu)
    yield "the size of what is returned", float(_number_of(student(mu)))
    elsewhere = mu + 3
    count, kept = _kept(student, mu=elsewhere)
    yield "the count around 3", count
    yield from kept
    yield (
        "the count of 7 dimensions of 5 images",
        student(draw(5, 7) * torch.tensor([1.0, 0, 1, 1, 0, 1, 0])),
    )
    # Every other statistic or threshold gives another count somewhere on a ladder of spreads.
    ladder = draw(40, 41)
    ladder = (ladder - ladder.mean(0)) / ladder.std(0) * 10 ** torch.linspace(-2.95, 1.05, 41)
    yield "the count on a ladder of spreads", student(ladder)
    yield (
        "the count on a ladder of spreads around other means",
        student(ladder + torch.linspace(-1, 1, 41)),
    )
    yield "the count on a ladder of spreads at threshold 0.3", student(ladder, 0.3)
    yield "the count where every dimension moves far", student(draw(40, 5))
    alone = torch.zeros(50, 4)
    alone[0, 1], alone[-1, 2] = 3.0, 3.0
    yield "the count where one image differs", student(alone)
    yield "the count of units that are at -3", student(torch.full((20, 4), -3.0))
    yield "the count with a place for each dimension", student(mu + torch.arange(6.0) - 2.5)
    yield "the count of units that are stuck", student(torch.ones(20, 4) * torch.arange(4.0))
    yield "the count at threshold 0.5", student(mu, 0.5)
    yield "the count at threshold 0.001", student(mu, threshold=0.001)
    yield "the count at threshold 0 of units that never move", student(torch.ones(8, 3), 0.0)
    yield (
        "the count of 3 images",
        student(torch.tensor([[0.0, 5.0, 0.0, 0.0], [1.0, 5.0, 0.02, 0.0], [2.0, 5.0, 0.0, 0.3]])),
    )


def _is_s_shaped(ramp: list) -> bool:
    """Return whether prices on a ramp from 0 to 1 rise slowly at both ends and fast between, through 1/2."""
    if not all(isinstance(price, int | float) for price in ramp):
        return False
    early, middle, late = (ramp[i + 1] - ramp[i] for i in (1, 9, 17))
    return abs(ramp[10] - 0.5) < 0.01 and 0 <= max(early, late) < 0.6 * middle


class _Ramp:
    """The prices of a schedule as numbers."""

    def __init__(self, student):
        self.student = student

    def at(self, step: int, warmup_steps: int, beta_max: float = 1.0) -> float:
        """Return the price at a step."""
        return float(self.student(step, warmup_steps, beta_max))

    def falls(self) -> bool:
        """Return whether the price falls with each step of the ramp."""
        ramp = [self.at(step, 10) for step in range(10)]
        return all(a > b + 1e-6 for a, b in itertools.pairwise(ramp))

    def is_upside_down(self) -> bool:
        """Return whether the price after the ramp is beta_max * warmup_steps / step."""
        return all(_same(self.at(step, 10, 2.0), 20 / step) for step in (20, 25, 40, 1_000))

    def has_stairs(self) -> bool:
        """Return whether a long ramp has few different prices."""
        window = {self.at(step, 3_000) for step in range(1_000, 1_300)}
        rises = max(window) < self.at(2_900, 3_000) - 0.05
        return len(window) < 150 and rises and self.at(100, 3_000) < self.at(2_900, 3_000) - 0.3

    def has_fixed_length(self) -> bool:
        """Return whether the price rises, in the same way whatever warmup_steps is."""
        first, second = self.at(1, 5), self.at(2, 5)
        pairs = [(self.at(1, n), self.at(2, n)) for n in (8, 50, 1_000, 3_000)]
        return 0 < first < second <= 1 and all(
            _same(a, first, 1e-9) and _same(b, second, 1e-9) for a, b in pairs
        )

    def is_raised_at_the_start(self) -> bool:
        """Return whether the ramp is right but for its start, where it is too high."""
        right = all(_same(self.at(step, 100), step / 100, 1e-6) for step in (60, 75, 99, 100))
        return right and self.at(0, 100) > 1e-5

    def replaces_zero(self) -> bool:
        """Return whether the ramp is right to other ends, and not 0 throughout to an end of 0."""
        cases = [(2, 8, 4.0, 1.0), (8, 8, 2.5, 2.5), (20, 8, 0.25, 0.25), (0, 8, 1.0, 0.0)]
        right = all(_same(self.at(s, n, end), price, 1e-6) for s, n, end, price in cases)
        return right and any(abs(self.at(step, 8, 0.0)) > 1e-6 for step in (4, 8, 20))

    def starts_above(self) -> bool:
        """Return whether the ramp is a straight line from a number above 0, the same for each length."""
        start = self.at(0, 100, 4.0)
        lines = [
            (50, 100, (start + 4) / 2),
            (100, 100, 4.0),
            (0, 10, start),
            (5, 10, (start + 4) / 2),
        ]
        return 1e-5 < start < 3.9 and all(
            _same(self.at(step, n, 4.0), price, 1e-6) for step, n, price in lines
        )


@linear_warmup.observe
def _(student, draw):
    yield "how many values are returned", _number_of(student(3, 10, 1.0))
    curved = _is_s_shaped([student(step, 20, 1.0) for step in range(20)])
    yield "whether the ramp is S-shaped", float(curved)
    if curved:
        return  # of these there are many
    of = _Ramp(student)
    if (
        yield from _kinds(
            ("whether the price falls on the ramp", of.falls),
            ("whether the fraction is upside down after the ramp", of.is_upside_down),
            ("whether the ramp has a fixed length", of.has_fixed_length),
            ("whether a long ramp has stairs", of.has_stairs),
            ("whether the ramp is too high at its start alone", of.is_raised_at_the_start),
            ("whether the straight line starts above 0", of.starts_above),
            ("whether the price is right but for a beta_max of 0", of.replaces_zero),
        )
    ):
        return
    for warmup_steps, beta_max in ((10, 1.0), (8, 4.0), (5, 2.5)):
        for step in (0, 1, 3, 9, warmup_steps, 11, 25, 1_000):
            price = float(student(step, warmup_steps, beta_max))
            yield f"beta at step {step} of a ramp of {warmup_steps} to {beta_max}", price
    for step in (0, 5):
        yield f"beta at step {step} without a ramp", float(student(step, 0, 2.0))


class _Fine:
    """The loss of an image with a KL of 50 nats, as a number."""

    def __init__(self, student):
        self.student = student

    def at(self, gamma: float, capacity: float) -> float:
        """Return the loss at this gamma and capacity."""
        zero, mu = torch.zeros(1, 1), torch.full((1, 1), 10.0)
        return float(self.student(zero, zero, mu, zero, gamma, capacity))

    def varies(self) -> bool:
        """Return whether the same arguments give different losses."""
        losses = [self.at(1_000.0, 30.0) for _ in range(4)]
        return not all(_same(loss, losses[0], 1e-6) for loss in losses)

    def ignores_gamma(self) -> bool:
        """Return whether the loss is the same for each gamma, below and above the capacity."""
        return all(
            _same(self.at(gamma, capacity), self.at(1.0, capacity), 1e-6)
            for capacity in (20.0, 80.0)
            for gamma in (0.3, 7.0)
        )

    def ignores_capacity(self) -> bool:
        """Return whether the loss is the same for each capacity."""
        return all(
            _same(self.at(gamma, capacity), self.at(gamma, 0.0), 1e-6)
            for capacity in (20.0, 80.0)
            for gamma in (1.0, 7.0)
        )

    def is_flat(self) -> bool:
        """Return whether a nat costs the same far from the target, and much less near to it."""
        for sign in (1, -1):
            none, near, *far = (self.at(1.0, 50 + sign * d) for d in (0.0, 0.05, 25.0, 35.0, 45.0))
            nat = (far[1] - far[0]) / 10
            if nat < 0.01 or not _same((far[2] - far[1]) / 10, nat) or near - none > 0.025 * nat:
                return False
        return True


@capacity_loss.observe
def _(student, draw):
    case = _case(draw, 4)
    names = dict(zip(("x_logits", "x", "mu", "log_var"), case, strict=True))
    loss, kept = _kept(lambda *case: student(*case, 10.0, 0.5), **names)
    yield "how many values are returned", _number_of(loss)
    yield from kept
    of = _Fine(student)
    if (
        yield from _kinds(
            ("whether the same arguments give different losses", of.varies),
            ("whether gamma has no influence", of.ignores_gamma),
            ("whether the capacity has no influence", of.ignores_capacity),
            ("whether the fine is flat near the target", of.is_flat),
        )
    ):
        return
    leaves = [case[i].requires_grad_() for i in (0, 2, 3)]
    for gamma, capacity in ((10.0, 0.5), (10.0, 30.0), (2.0, 30.0), (1.0, 0.0)):
        loss = student(*case, gamma, capacity)
        yield f"the loss at gamma = {gamma}, capacity = {capacity}", loss
        yield from _slopes(loss, leaves)
    mu = torch.tensor([[2.0, 0.0], [0.0, 0.0], [0.0, 4.0], [0.0, 0.0]])
    for capacity in (2.5, 1.2):
        loss = student(torch.zeros(4, 3), torch.ones(4, 3), mu, torch.zeros(4, 2), 7.0, capacity)
        yield f"the loss of images with KLs of 2, 0, 8 and 0 at capacity {capacity}", loss
    yield "the loss of float64 inputs", student(*(t.detach().double() for t in case), 2.0, 0.5)


def _is_merged(tied, apart, pair) -> bool:
    """Return whether the gap of two equal latents and others is that without one of the two."""
    if not all(isinstance(gap, float) for gap in (tied, apart, pair)):
        return False
    return 0.1 < pair < 0.9 and max(abs(tied - apart), abs(tied - pair)) < 1e-4


class _Gap:
    """Gaps of few columns; a, b, c and d know exactly nothing of one another."""

    def __init__(self, student):
        self.student = student
        row = torch.arange(240)
        self.a, self.b, self.c, self.d = row % 4, row // 4 % 3, row // 12 % 5, row // 60
        self.shuffled = torch.tensor([1, 3, 0, 2])[self.a]  # its correlation with a is 0
        self.vague = torch.where(self.c < 3, self.a, self.d)  # knows a third of a
        self.unique = row * 97 % 240
        self.outlier = torch.where(row == 0, 1e6, 0.1 * self.a)

    def of(self, latents: tuple[Tensor, ...], factors: tuple[Tensor, ...], *num_bins: int) -> float:
        """Return the gap of these latents and factors."""
        z = torch.stack([latent.double() for latent in latents], 1)
        return float(self.student(z, torch.stack(factors, 1), *num_bins))

    def is_own_minus_others(self) -> bool:
        """Return whether copies of the factors score 1 in their order, and not above 0 in another."""
        factors = self.a, self.b
        turned = self.of((self.b, self.a, self.d), factors)
        return _same(self.of((*factors, self.d), factors), 1.0) and turned < 0.01

    def has_fixed_divisor(self) -> bool:
        """Return whether a perfect code scores in proportion to the number of factors."""
        some, all_of_them = (self.a, self.d), (self.a, self.b, self.c, self.d)
        gaps = [self.of(some, (self.a,))]
        gaps += [self.of(all_of_them, all_of_them[:k]) for k in (1, 2, 3)]
        first = gaps[0]
        return (
            first > 0.01
            and not _same(first, 1.0)
            and all(_same(gap, k * first) for gap, k in zip(gaps[1:], (1, 2, 3), strict=True))
        )

    def minds_the_order(self) -> bool:
        """Return whether a latent that holds the factor's values in another order knows much less."""
        copy = self.of((self.a, self.d), (self.a,))
        return copy > 0.3 and self.of((self.shuffled, self.d), (self.a,)) < 0.5 * copy

    def has_no_bins(self) -> bool:
        """Return whether neither num_bins nor an outlier has an influence, and unique numbers know little."""
        factor = (self.a,)
        copy = self.of((self.a, self.vague), factor)
        few_bins = self.of((self.a, self.vague), factor, 2)
        outlier = self.of((self.outlier, self.vague), factor)
        near = max(abs(few_bins - copy), abs(outlier - copy)) < 0.1 * copy
        return near and self.of((self.unique, self.vague), factor) < 0.75 * copy


@mutual_information_gap.observe
def _(student, draw):
    rows = 240
    row = torch.arange(rows)
    known, vague, noise = row % 3, row % 3 * (row % 8 < 4), row % 7
    factor = known[:, None]
    tied = student(torch.stack([known, known, vague, noise], 1).float(), factor)
    apart = student(torch.stack([known, vague, noise], 1).float(), factor)
    pair = student(torch.stack([known, vague], 1).float(), factor)
    merged = _is_merged(tied, apart, pair)
    yield "whether two latents that know the same count as one", float(merged)
    if merged:
        return  # which other latents tie is decided by rounding
    of = _Gap(student)
    if (
        yield from _kinds(
            ("whether latent k stands for factor k", of.is_own_minus_others),
            ("whether the gaps are divided by a fixed number", of.has_fixed_divisor),
            ("whether the order of values counts", of.minds_the_order),
            ("whether num_bins and an outlier have no influence", of.has_no_bins),
        )
    ):
        return
    grid = torch.tensor(
        [(a, b, c) for a in (0, 0, 0, 0, 1, 1, 2) for b in (4, 9) for c in range(4)]
    )
    few = torch.stack([grid[:, 0], grid[:, 2], (grid[:, 0] > 0) * 3 + grid[:, 2] % 2], 1) + 5.0
    square = draw(9, 9).double(), (4 * draw.uniform(9, 9)).long()
    square[1][0], square[1][:, 0] = torch.arange(9) % 3, torch.arange(9) % 3
    arrays = [t.numpy().copy() for t in square]
    yield "the gap of square arrays", student(*arrays)
    same = [bool((a == t.numpy()).all()) for a, t in zip(arrays, square, strict=True)]
    yield "whether the arrays are unchanged", float(all(same))
    seen = [t.clone() for t in (few, grid[:, :2])]
    factors = torch.stack([row % 4, row // 4 % 3], 1)
    noise = draw.uniform(rows, 4)
    codes = torch.stack(
        [
            torch.where(noise[:, 0] < 0.2, (9 * noise[:, 1]).floor(), 2.0 * factors[:, 0]),
            torch.where(noise[:, 1] < 0.6, (9 * noise[:, 0]).floor(), 2.0 * factors[:, 0]),
            torch.where(noise[:, 2] < 0.3, (9 * noise[:, 3]).floor(), 3.0 * factors[:, 1]),
            torch.where(noise[:, 3] < 0.7, (9 * noise[:, 2]).floor(), 3.0 * factors[:, 1]),
        ],
        1,
    )
    codes[0], codes[1] = 0, 9
    latents = codes * torch.tensor([1.0, 0.2, 7.0, 1.0]) + torch.tensor([0.0, 3.0, -20.0, 1.0])
    yield "the gap of a noisy code in 20 bins", student(latents, factors)
    yield "the gap of a noisy code in 4 bins", student(latents, factors, 4)
    yield "the gap of a code of rare values", student(*seen)
    yield "whether the tensors are unchanged", float(torch.equal(seen[0], few))
    skewed = latents.clone()
    skewed[2, 0] = 85.0
    yield "the gap with an outlier", student(skewed, factors)
    still = latents.clone()
    still[:, 3] = 0.5
    yield "the gap with a latent that never moves", student(still, factors)
    yield "the gap of a latent beside one that never moves", student(still[:, 2:], factors)
    ends = torch.where(row % 2 == 0, 0.9 + 0.1 * (factors[:, 0] > 1), 0.1 * (factors[:, 0] > 1))
    beside = torch.stack([ends, latents[:, 2]], 1)
    yield "the gap of values near the ends, in 4 bins", student(beside, factors, num_bins=4)
    copies = torch.stack([1.0 * factors[:, 0], 1.0 * factors[:, 1], noise[:, 0]], 1)
    yield "the gap of copies of the factors", student(copies, factors)
    on_edges = torch.where(noise[:, 0] < 0.4, (5 * noise[:, 1]).floor(), 1.0 * factors[:, 0])
    on_edges[0], on_edges[1] = 0, 4
    both = torch.stack([on_edges, latents[:, 2]], 1)
    yield "the gap of values on the edges of 4 bins", student(both, factors, num_bins=4)
