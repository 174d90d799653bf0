"""Visible checks of lesson 01: what each function gives on a few inputs, compared with stored numbers.

Random functions are summarised over many rows. Tolerances are at least 8.5 standard errors of such a
summary (6 of the difference of two), and less than half of the change that a known mistake makes.
"""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor

from course_utils import toy
from course_utils.checks.core import Check, progress_of
from course_utils.checks.observations import Draw
from course_utils.linear_gaussian import LinearGaussian

LESSON = "01_elbo"
gaussian_log_prob = Check(LESSON, "gaussian_log_prob")
log_evidence = Check(LESSON, "log_evidence")
kl_divergence = Check(LESSON, "kl_divergence")
reparameterize = Check(LESSON, "reparameterize")
monte_carlo_kl = Check(LESSON, "monte_carlo_kl")
elbo = Check(LESSON, "elbo")
score_function_gradient = Check(LESSON, "score_function_gradient")
pathwise_gradient = Check(LESSON, "pathwise_gradient")
progress = partial(progress_of, LESSON)

MODEL = LinearGaussian(
    torch.tensor([[0.8, -0.2, 0.3], [0.5, 0.6, -0.4], [-0.4, 0.9, 0.5]]),
    torch.tensor([0.3, -0.5, 0.1]),
    0.6,
)


def between(draw: Draw, low: float, high: float, *shape: int) -> Tensor:
    """Return inputs of this shape, spread over an interval, so that no mistake hides at a special value."""
    return low + (high - low) * draw.uniform(*shape)


def repeated(values: Tensor, num: int) -> Tensor:
    """Repeat each example `num` times: (k, d) -> (k * num, d)."""
    return values.repeat_interleave(num, dim=0)


def gradients(value: object, *inputs: Tensor) -> tuple[Tensor, ...]:
    """Return the gradients of the sum of `value`, zeros where none reaches an input."""
    if not (isinstance(value, Tensor) and value.requires_grad):
        return tuple(torch.zeros_like(i) for i in inputs)
    found = torch.autograd.grad(value.sum(), inputs, allow_unused=True)
    return tuple(
        torch.zeros_like(i) if g is None else g for i, g in zip(inputs, found, strict=True)
    )


def is_repeated(first: object, second: object) -> bool:
    """Return whether two results are equal; True also where they are no tensors of one shape."""
    if not (isinstance(first, Tensor) and isinstance(second, Tensor)):
        return True
    if first.shape != second.shape:
        return True
    return torch.allclose(first, second, atol=0.01, equal_nan=True)


def stops(call: Callable) -> bool:
    """Return whether a call ends with an exception, other than that of an exercise without an answer."""
    try:
        call()
    except NotImplementedError:
        raise
    except Exception:
        return True
    return False


@gaussian_log_prob.observe
def _(student: Callable, draw: Draw) -> Iterator[tuple]:
    x, mu, log_var = draw(4, 3), draw(4, 3), between(draw, -2.5, 1.5, 4, 3)
    x += 0.5 * (x - mu).sign()
    yield "the log-density of a batch", student(x.clone(), mu.clone(), log_var.clone())
    arguments = [x.clone(), mu.clone(), log_var.clone()]
    student(*arguments)
    for name, after in zip(("x", "mu", "log_var"), arguments, strict=True):
        yield f"the first row of {name} after the call", after[0]
    yield "the log-density of a batch of one", student(x[:1], mu[:1], log_var[:1])
    leaves = [t[:2].clone().requires_grad_() for t in (x, mu, log_var)]
    for name, slope in zip(
        ("x", "mu", "log_var"), gradients(student(*leaves), *leaves), strict=True
    ):
        yield f"the gradient with respect to {name}", slope
    here = mu[:1, :1].repeat(1, 8)
    for near in (0.0, 0.5):
        low = [student(here + near, here, torch.full((1, 8), at)).sum() for at in (-20.0, -21.0)]
        yield f"whether it is finite where log_var is -20, {near} from mu", bool(low[0].isfinite())
        change = low[1] / low[0] if near else low[1] - low[0]
        yield (
            f"whether log_var counts right where it is below -20, {near} from mu",
            bool((change - (2.7183 if near else 4)).abs() < 0.004),
        )
    high = [student(here + 0.5, here, torch.full((1, 8), at)).sum() for at in (18.0, 19.0)]
    yield "whether it is finite where log_var is 18", bool(high[0].isfinite())
    yield "whether log_var counts right above 18", bool((high[0] - high[1] - 4).abs() < 0.1)
    half = torch.full((1, 8), 0.5)
    far = [student(here + at * 1.284, here, half).sum() for at in (30.0, 40.0)]
    yield "whether it is finite 40 standard deviations from mu", bool(far[1].isfinite())
    yield "whether it falls between 30 and 40 of them", bool(far[1] < far[0] - 1000)
    yield "the log-density of float64 inputs", student(x.double(), mu.double(), log_var.double())


@log_evidence.observe
def _(student: Callable, draw: Draw) -> Iterator[tuple]:
    x, W, b = 1.5 * draw(4, 3), draw(3, 3), 1.0 + draw(3).abs()
    square_only = all(stops(lambda n=n: student(x[:n], W, b, 0.4)) == (n != 3) for n in (1, 3, 4))
    yield "whether it stops unless there are as many examples as coordinates", square_only
    if square_only:
        return
    first, second = (student(x.clone(), W.clone(), b.clone(), 0.4) for _ in range(2))
    same = is_repeated(first, second)
    yield "whether a second call gives the same log p(x)", same
    if not same:
        return  # random numbers: how far off they are is luck
    yield "log p(x) with as many dials as instruments", first
    # With fewer dials than instruments a covariance without its noise is singular: rounding decides what comes.
    x, W, b = 1.5 * draw(4, 3), draw(3, 4), 1.0 + draw(3).abs()
    arguments = [x.clone(), W.clone(), b.clone()]
    yield "log p(x) of three instruments and four dials", student(*arguments, 0.4)
    for name, after in zip(("x", "W", "b"), arguments, strict=True):
        yield f"part of {name} after the call", after.flatten()[:3]
    yield "log p(x) of a batch of one", student(x[:1], W, b, 0.4)
    yield "log p(x) of float64 inputs", student(x.double(), W.double(), b.double(), 0.4)
    loadings = 0.25 * torch.eye(60) + torch.linspace(-0.1, 0.1, 60)[:, None] / 60
    wide = torch.linspace(-0.1, 0.1, 60)[None]
    yield "log p(x) in 60 dimensions", student(wide, loadings, torch.zeros(60), 0.1)
    one_dial = torch.tensor([[1.0], [0.5]])
    yield "log p(x) with one dial", student(draw(3, 2), one_dial, torch.zeros(2), 0.5)


@kl_divergence.observe
def _(student: Callable, draw: Draw) -> Iterator[tuple]:
    mu, log_var = 0.5 + draw(4, 3).abs(), between(draw, -2.5, -0.5, 4, 3)
    log_var[2:] *= -0.6
    mu[:, 1] *= -1
    first, second = (student(mu.clone(), log_var.clone()) for _ in range(2))
    same = is_repeated(first, second)
    yield "whether a second call gives the same KL", same
    if not same:
        return  # random numbers: how far off they are is luck
    yield "the KL of a batch", first
    arguments = [mu.clone(), log_var.clone()]
    student(*arguments)
    yield "mu after the call", arguments[0][0]
    yield "log_var after the call", arguments[1][0]
    yield "the KL of a batch of one", student(mu[:1], log_var[:1])
    yield "the KL of the prior to itself", student(torch.zeros(2, 3), torch.zeros(2, 3))
    leaves = [mu[1:3].clone().requires_grad_(), log_var[1:3].clone().requires_grad_()]
    for name, slope in zip(("mu", "log_var"), gradients(student(*leaves), *leaves), strict=True):
        yield f"the gradient with respect to {name}", slope
    here = mu[:1]
    for low, high, change in ((-21.0, -20.0, -1.5), (18.0, 19.0, 169231026.0)):
        values = [student(here, torch.full((1, 3), at)).sum() for at in (low, high)]
        yield f"whether the KL is finite where log_var is {high:g}", bool(values[1].isfinite())
        yield (
            f"whether log_var counts right between {low:g} and {high:g}",
            bool(((values[1] - values[0]) / change - 1).abs() < 0.02),
        )
    yield "the KL of float64 inputs", student(mu.double(), log_var.double())


@reparameterize.observe
def _(student: Callable, draw: Draw) -> Iterator[tuple]:
    mu, log_var = between(draw, 1, 2, 1, 2), between(draw, -2.4, -1.2, 1, 2)
    many_mu, many_log_var = repeated(mu, 40_000), repeated(log_var, 40_000)
    z = student(many_mu, many_log_var)
    yield "the shape of z (its values times 0)", 0 * z[:2]
    if z.shape != many_mu.shape:
        return
    yield "the mean of z", z.mean(0), 0.04
    yield "the standard deviation of z", z.std(0), 0.04
    yield "mu after the call", many_mu[0]
    yield "log_var after the call", many_log_var[0]
    noise = (z - z.mean(0)) / (z.std(0) + 1e-9)
    yield "the correlation of two dimensions of z", (noise[:, 0] * noise[:, 1]).mean(), 0.1
    yield (
        "the share of draws beyond two standard deviations",
        (noise.abs() > 2).double().mean(),
        0.015,
    )
    yield "the share within half of one", (noise.abs() < 0.5).double().mean(), 0.015
    yield "the share beyond 3.1 of them", (noise.abs() > 3.1).double().mean(), 0.0014
    yield (
        "whether each example has its own noise",
        all(len(column.unique()) > 0.9 * len(column) for column in noise.T),
    )
    yield "whether a second call draws new noise", bool((z != student(many_mu, many_log_var)).any())
    with torch.no_grad():
        still = student(many_mu, many_log_var)
    yield "whether it draws noise under torch.no_grad()", bool((still != still[:1]).any())
    leaves = [t[:3].clone().requires_grad_() for t in (many_mu, many_log_var)]
    z = student(*leaves)
    to_mu, to_log_var = gradients(z, *leaves)
    yield "the gradient of z with respect to mu", to_mu
    # What a wrong gradient is may be luck, as the noise is; whether it is 0, or right, is not.
    yield "whether no gradient of z reaches log_var", bool((to_log_var == 0).all())
    yield (
        "whether the gradient of z with respect to log_var is (z - mu) / 2",
        torch.allclose(to_log_var, 0.5 * (z - leaves[0]).to(to_log_var), rtol=1e-3, atol=1e-4),
    )
    wide = student(torch.zeros(20_000, 1), torch.full((20_000, 1), 18.0))
    yield "the spread of z where log_var is 18", wide.std() / 8103.0, 0.1
    narrow = student(torch.zeros(20_000, 1), torch.full((20_000, 1), -18.0)).std() * 8103.0
    # How much too wide depends on the number that is added: whether one is added is the same for all.
    raised = bool((narrow > 1.1) & ((wide.std() / 8103.0 - 1).abs() < 0.1))
    yield "whether z is too wide where log_var is -18, and only there", raised
    if not raised:
        yield "the spread of z where log_var is -18", narrow, 0.1
    yield "a batch of one (its values times 0)", 0 * student(mu, log_var)
    yield "z of float64 inputs (its values times 0)", 0 * student(mu.double(), log_var.double())


@monte_carlo_kl.observe
def _(student: Callable, draw: Draw) -> Iterator[tuple]:
    mu, log_var = between(draw, 0.6, 1.2, 2, 3), between(draw, -2.2, -1.4, 2, 3)
    many = repeated(mu, 5000), repeated(log_var, 5000)
    estimates = student(many[0], many[1], 4)
    yield "the shape of the estimates (their values times 0)", 0 * estimates[:4]
    yield "mu after the call", many[0][0]
    yield "log_var after the call", many[1][0]
    grouped = estimates.reshape(2, -1)
    yield "the mean of many estimates", grouped.mean(1), 0.09
    yield "the spread of estimates with 4 samples", grouped.std(1), 0.08
    yield (
        "the spread of estimates with 1 sample",
        student(many[0], many[1], 1).reshape(2, -1).std(1),
        0.15,
    )
    near = student(torch.full((10_000, 3), 0.3), torch.full((10_000, 3), -0.3), 2)
    yield "the mean of estimates near the prior", near.mean(), 0.06
    at_the_prior = student(torch.zeros(2, 3), torch.zeros(2, 3), 2)
    yield "whether estimates at the prior are 0", bool((at_the_prior.abs() < 1e-4).all())
    yield (
        "whether a second call draws new samples",
        bool((estimates != student(many[0], many[1], 4)).any()),
    )
    yield "a batch of one (its values times 0)", 0 * student(mu[:1], log_var[:1], 3)
    yield "float64 inputs (values times 0)", 0 * student(mu.double(), log_var.double(), 3)


@elbo.observe
def _(student: Callable, draw: Draw) -> Iterator[tuple]:
    x, mu, log_var = (
        between(draw, -1, 1, 2, 3),
        between(draw, 0.6, 1, 2, 3),
        between(draw, -0.9, -0.5, 2, 3),
    )
    mu[1] -= 1.1
    many = [
        repeated(x, 2500),
        repeated(mu, 2500).requires_grad_(),
        repeated(log_var, 2500).requires_grad_(),
    ]
    estimates = student(*many, MODEL.log_likelihood, 8)  # not as many as latent dimensions
    yield "the shape of the estimates (their values times 0)", 0 * estimates[:4]
    grouped = estimates.reshape(2, -1)
    shared = _shares_noise(grouped, student(*many, MODEL.log_likelihood, 8).reshape(2, -1))
    yield "whether all examples have the same noise", shared
    if shared:
        return  # what comes is luck
    high = student(*(t[:2] for t in many), lambda x, z: 50 + MODEL.log_likelihood(x, z), 2)
    yield "whether the ELBO of a high likelihood is above 0", bool((high > 0).all())
    yield "the mean of many estimates", grouped.mean(1), 0.24
    yield "whether each example has its own noise", bool((grouped.std(1) > 1e-6).all())
    to_mu, to_log_var = gradients(estimates, many[1], many[2])
    yield "the mean gradient with respect to mu", to_mu.reshape(2, -1, 3).mean(1), 0.19
    yield "the mean gradient with respect to log_var", to_log_var.reshape(2, -1, 3).mean(1), 0.17
    few = [t[::10].detach() for t in many]
    copies = [t.clone() for t in few]
    noise = [student(*copies, MODEL.log_likelihood, s).reshape(2, -1).std(1) for s in (1, 16)]
    yield "whether 16 samples are less noisy than 1", bool((noise[1] < 0.6 * noise[0]).all())
    yield "whether the arguments are as before", all(map(torch.equal, few, copies))
    narrow = student(
        repeated(x, 150), repeated(mu, 150), torch.full((300, 3), -9.0), MODEL.log_likelihood, 25
    )
    yield "the mean ELBO of a narrow q", narrow.reshape(2, -1).mean(1), 0.2
    again = student(*few, MODEL.log_likelihood, 3).clone()
    second = student(*few, MODEL.log_likelihood, 3)
    yield "whether a second call draws new samples", bool((again != second).any())
    alone = student(x[:1], mu[:1], log_var[:1], MODEL.log_likelihood, 2)
    yield "a batch of one (its values times 0)", 0 * alone


def _shares_noise(first: Tensor, second: Tensor) -> bool:
    """Return whether equal examples have equal estimates, and those of the two kinds differ by luck.

    Args:
        first: Estimates of one call, (2, n): a row of equal examples for each of two kinds.
        second: Those of another call.
    """
    alike = bool((first.std(1) < 1e-5).all())
    apart = [call[0, 0] - call[1, 0] for call in (first, second)]
    return alike and bool(
        (first[:, 0] != second[:, 0]).all() & ((apart[0] - apart[1]).abs() > 1e-4)
    )


def _divides_by_spread(student: Callable) -> bool:
    """Return whether f in other units gives the same result, and f with a constant added a much noisier one."""
    few = torch.zeros(500, 2), torch.full((500, 2), -1.0)
    plain, scaled, shifted = (
        student(*few, f, 8).std(0)
        for f in (toy.linear, lambda z: 10 * toy.linear(z), lambda z: 100 + toy.linear(z))
    )
    same = (scaled / plain - 1).abs() < 0.5
    return bool((same & (shifted > 5 * plain)).all())


@score_function_gradient.observe
def _(student: Callable, draw: Draw) -> Iterator[tuple]:
    mu, log_var = between(draw, 1.1, 1.3, 1, 2), torch.tensor([[-1.8, 0.4]])
    many = repeated(mu, 16_000), repeated(log_var, 16_000)
    asked = []

    def watched(z: Tensor) -> Tensor:
        """Return the value of a smooth f, and keep z."""
        asked.append(z.detach())
        return toy.cosine(z)

    estimates = student(*many, watched, 3)
    yield "the shape of the estimates (their values times 0)", 0 * estimates[:2]
    yield "whether f is asked at mu alone", all(bool((z == mu).all()) for z in asked)
    live = [t.requires_grad for t in many]
    yield "whether mu or log_var requires a gradient after the call", any(live)
    by_spread = _divides_by_spread(student)
    yield "whether f is divided by its spread", by_spread
    if by_spread:
        return  # with few samples that spread may be 0: what comes is luck
    yield "mu after the call", many[0][0]
    yield "log_var after the call", many[1][0]
    yield "the mean gradient of a smooth f", estimates.mean(0), 0.11
    down = student(repeated(-mu[:, :1] / 2, 4000), repeated(log_var[:, :1], 4000), toy.step, 2)
    yield "the mean gradient of a step", down.mean(0), 0.13
    few = torch.zeros(500, 2), torch.full((500, 2), -1.0)
    one, sixteen = (student(*few, toy.linear, s).std(0) for s in (1, 16))
    yield "whether single draws are noisy where f is linear", bool((one > 0.1).all())
    yield "whether 16 samples are less noisy than 1", bool((sixteen < 0.6 * one).all())
    again = student(*few, toy.cosine, 1).clone()
    yield (
        "whether a second call draws new samples",
        bool((again != student(*few, toy.cosine, 1)).any()),
    )
    yield "whether examples have their own noise", bool((again.std(0) > 0).all())
    leaf = mu.clone().requires_grad_()
    leaf.grad = torch.ones(1, 2)
    student(leaf, log_var, toy.cosine, 1)
    yield "whether mu.grad is as before", leaf.grad is not None and bool((leaf.grad == 1).all())
    leaf.grad = None
    alone = student(leaf, log_var, toy.cosine, 1)
    yield "a batch of one (its values times 0)", 0 * alone
    yield "whether the estimate for a batch of one is not 0", bool((alone != 0).any())
    yield "whether mu.grad stays empty", leaf.grad is None


@pathwise_gradient.observe
def _(student: Callable, draw: Draw) -> Iterator[tuple]:
    mu, log_var = between(draw, 0.7, 1.3, 1, 2), between(draw, 0.5, 0.9, 1, 2)
    plain, spread = draw(3, 3), 0.5 * draw(3, 3)
    first, second = (student(plain.clone(), spread, toy.linear, 3) for _ in range(2))
    exact = is_repeated(first, second)
    yield "whether the gradient where f is linear has no noise", exact
    if exact:
        yield "the gradient where f is linear", first, 0.01
    student(plain, spread, toy.linear, 3)
    yield "whether mu still requires no gradient", plain.requires_grad
    leaf = draw(3, 3).requires_grad_()
    student(leaf, torch.zeros(3, 3), toy.linear, 2)
    yield "whether mu.grad stays empty", leaf.grad is None
    yield "whether mu still requires a gradient", leaf.requires_grad
    live = torch.zeros(3, 3).requires_grad_()
    student(plain.detach().clone(), live, toy.linear, 2)
    yield "whether log_var.grad stays empty", live.grad is None
    if exact:
        again = student(leaf, torch.zeros(3, 3), toy.linear, 2)
        yield "the same gradient in a second call", again, 0.01
    leaf.grad = torch.ones(3, 3)
    student(leaf, torch.zeros(3, 3), toy.linear, 2)
    kept = leaf.grad is not None and bool((leaf.grad == 1).all())
    yield "whether an earlier mu.grad is as before", kept
    many = repeated(mu, 10_000), repeated(log_var, 10_000)
    estimates = student(*many, toy.cosine, 2)
    yield "mu after the call", many[0][0]
    yield "log_var after the call", many[1][0]
    yield "the shape of the estimates (their values times 0)", 0 * estimates[:2]
    if estimates.shape != many[0].shape:
        return
    # Score functions are noisier, and their spread has heavy tails.
    slack = 1.0 if exact else 4.0
    yield "the mean gradient of a smooth f", estimates.mean(0), 0.04 * slack
    steep = student(repeated(mu, 4000), repeated(log_var, 4000), toy.quadratic, 4)
    yield "the mean gradient of a quadratic f", steep.mean(0), 0.2 * slack
    yield "the spread of the gradient of a quadratic f", steep.std(0), 0.2 * slack
    # Rows that are alike differ by rounding: their spread is no scale.
    scale = steep.std(0).clamp(min=1e-9) + 1e-3 * steep.mean(0).abs()
    centred = (steep - steep.mean(0)) / scale
    together = (centred[:, 0] * centred[:, 1]).mean()
    yield "how its two coordinates hang together", together, 0.15 * slack
    few = [t[:500].detach() for t in many]
    one, sixteen = (student(*few, toy.cosine, s).std(0) for s in (1, 16))
    yield "whether 16 samples are less noisy than 1", bool((sixteen < 0.6 * one).all())
    again = student(*few, toy.cosine, 1).clone()
    yield (
        "whether a second call draws new samples",
        bool((again != student(*few, toy.cosine, 1)).any()),
    )
    yield "whether examples have their own noise", bool((again.std(0) > 0).all())
    yield "a batch of one (its values times 0)", 0 * student(mu, log_var, toy.cosine, 1)
