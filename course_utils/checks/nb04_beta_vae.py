"""Visible checks of lesson 04. All are exact except rate_distortion, whose noise the learner's code draws."""

from functools import partial

import torch
from torch import Tensor

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


@beta_vae_loss.observe
def _(student, draw):
    x_logits, x, mu, log_var = _case(draw, 4)
    outputs, kept = _kept(
        lambda *case: student(*case, 4.0), x_logits=x_logits, x=x, mu=mu, log_var=log_var
    )
    yield "how many values are returned", _number_of(outputs)
    yield from kept
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
    watched = WatchedVAE(5, 2)
    student(watched, x)
    yield "whether the decoder ran with gradients", max(0, int(watched.decode_grad))
    yield "whether the decoder ran in training mode", max(0, int(watched.decode_training))
    yield from _noise(student, draw)


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
    values = [float(student(model, x)[1]) for _ in range(2)]
    yield (
        "the distortion of a noisy model over that of its mean",
        values[0] / float(cost.sum(1).mean()),
        0.15,
    )
    yield "whether two distortions differ", float(values[0] != values[1])


@kl_per_dimension.observe
def _(student, draw):
    mu, log_var = draw(5, 3), draw(5, 3)
    kl, kept = _kept(student, mu=mu, log_var=log_var)
    yield "the KL per dimension without gradients", kl
    yield from kept
    kl = student(mu.requires_grad_(), log_var.requires_grad_())
    yield "the KL per dimension", kl
    slopes = torch.autograd.grad(kl.sum(), [mu, log_var], allow_unused=True)
    for name, slope in zip(("mu", "log_var"), slopes, strict=True):
        yield f"the gradient in {name}", slope
    yield "the KL per dimension of one image", student(draw(1, 4), draw(1, 4)).detach()
    small = student(0.3 * draw(5, 3), 0.3 * draw(5, 3)).detach()
    yield "100 times the KL per dimension near the prior", 100 * small
    yield "the KL of the prior itself", student(torch.zeros(5, 3), torch.zeros(5, 3)).detach()
    yield "the KL far from the prior", student(4 * draw(5, 3), 3 * draw(5, 3)).detach()
    yield "the KL of float64 inputs", student(draw(5, 3).double(), draw(5, 3).double()).detach()


@active_units.observe
def _(student, draw):
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


@linear_warmup.observe
def _(student, draw):
    yield "how many values are returned", _number_of(student(3, 10, 1.0))
    curved = _is_s_shaped([student(step, 20, 1.0) for step in range(20)])
    yield "whether the ramp is S-shaped", float(curved)
    if curved:
        return  # of these there are many
    for warmup_steps, beta_max in ((10, 1.0), (8, 4.0), (5, 2.5)):
        for step in (0, 1, 3, 9, warmup_steps, 11, 25, 1_000):
            price = float(student(step, warmup_steps, beta_max))
            yield f"beta at step {step} of a ramp of {warmup_steps} to {beta_max}", price
    for step in (0, 5):
        yield f"beta at step {step} without a ramp", float(student(step, 0, 2.0))


@capacity_loss.observe
def _(student, draw):
    case = _case(draw, 4)
    names = dict(zip(("x_logits", "x", "mu", "log_var"), case, strict=True))
    loss, kept = _kept(lambda *case: student(*case, 10.0, 0.5), **names)
    yield "how many values are returned", _number_of(loss)
    yield from kept
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
