"""Visible checks of lesson 02. Weights and noise are the learner's, so summaries are compared."""

import math
from functools import partial

import torch
from torch import Tensor

from course_utils.checks.core import Check, progress_of
from course_utils.checks.observations import shake
from course_utils.models import MLPVAE, linear_layer
from course_utils.toy import WatchedVAE

VAE = Check("02_vae", "VAE")
vae_loss = Check("02_vae", "vae_loss")
train_step = Check("02_vae", "train_step")
evaluate = Check("02_vae", "evaluate")
generate = Check("02_vae", "generate")
gaussian_nll = Check("02_vae", "gaussian_nll")
effective_beta = Check("02_vae", "effective_beta")
xavier_init = Check("02_vae", "xavier_init")
progress = partial(progress_of, "02_vae")


def _parameters(model) -> int:
    return sum(p.numel() for p in model.parameters())


def _float(value) -> float:
    return float(value.detach() if isinstance(value, Tensor) else value)


def _shape(value: Tensor) -> Tensor:
    return torch.tensor(value.shape)


def _signs(values: Tensor) -> Tensor:
    """Return two numbers: 1.0 if some values are negative, and 1.0 if some are positive."""
    return torch.stack([(values < 0).any(), (values > 0).any()]).float()


def _growth(call, inputs: Tensor) -> Tensor:
    """Return the growth of an output from 2t to 4t over that from t to 2t, for large inputs t.

    It is 2 for a ReLU network with a linear head.
    """
    first, middle, far = (call(t * inputs).detach() for t in (1e4, 2e4, 4e4))
    return (far - middle).abs().sum() / ((middle - first).abs().sum() + 1e-3)


def _has_switches(model, call, row: Tensor) -> float:
    """Return 1.0 if a used layer has parameters with a gradient of 0 at one example, as ReLU makes them."""
    gradients = torch.autograd.grad(call(row).sum(), list(model.parameters()), allow_unused=True)
    used = [g for g in gradients if g is not None and (g != 0).any()]
    return float(any((g == 0).any() for g in used))


@VAE.observe
def _(student, draw):
    model = student(input_dim=10, hidden_dim=64, latent_dim=6)
    yield "latent_dim of VAE(10, 64, 6)", model.latent_dim
    yield "the number of parameters of VAE(10, 64, 6)", _parameters(model)
    inputs = draw(4, 10), draw(4, 6)
    if not _parameters(model):
        return
    used = [_used(m, model, i) for m, i in zip((model.encode, model.decode), inputs, strict=True)]
    yield "how many parameters encode uses", used[0]
    yield "how many parameters decode uses", used[1]
    yield "the number of parameters of VAE()", _parameters(student())
    if not all(used):
        return
    shake(model, draw)
    x, z = draw(12, 10), draw(12, 6)
    mu, log_var = model.encode(x)
    yield "the shape of mu", _shape(mu)
    yield "the shape of log_var", _shape(log_var)
    model.eval()
    found = [_encodes_alike(model, x)]
    yield "whether a second call of encode gives the same mu and log_var after eval()", found[-1]
    found.append(float(torch.equal(model.decode(z), model.decode(z))))
    yield "whether a second call of decode gives the same logits after eval()", found[-1]
    model.train()
    found.append(_encodes_alike(model, x))
    yield "whether a second call of encode gives the same mu and log_var", found[-1]
    found.append(float(torch.equal(model.decode(z), model.decode(z))))
    yield "whether a second call of decode gives the same logits", found[-1]
    if not all(found):
        return  # what comes is luck
    yield "mu is log_var", float(torch.equal(mu, log_var))
    yield from head("mu", lambda x: model.encode(x)[0], x)
    yield from head("log_var", lambda x: model.encode(x)[1], x)
    yield "ReLU in the encoder", _has_switches(model, lambda row: sum(model.encode(row)), x[:1])
    yield "whether mu is no straight line of x", bends(lambda x: model.encode(x)[0], x)
    yield "whether log_var is no straight line of x", bends(lambda x: model.encode(x)[1], x)
    yield from _noise_of_sampler(student(10, 8, 3))
    yield from _gradient_of_z(student(10, 8, 2), draw(3, 2), draw(3, 2))
    logits = model.decode(z)
    yield "the shape of decode's logits", _shape(logits)
    yield from head("x_logits", model.decode, z)
    slope = torch.autograd.grad(model.decode(z.requires_grad_()).sum(), z)[0]
    yield "whether the decoder sees all of z", float((slope != 0).all())
    z = z.detach()
    yield "ReLU in the decoder", _has_switches(model, model.decode, z[:1])
    yield "whether x_logits is no straight line of z", bends(model.decode, z)
    yield from _forward(model, x)


def _encodes_alike(model, x: Tensor) -> float:
    """Return 1.0 if two calls of encode give the same mu and log_var, else 0.0."""
    return float(all(map(torch.equal, model.encode(x), model.encode(x))))


def _used(method, model, inputs: Tensor) -> int:
    """Return how many parameters of a model have a gradient in a method's outputs."""
    outputs = method(inputs)
    total = sum(o.sum() for o in outputs) if isinstance(outputs, tuple | list) else outputs.sum()
    if not total.requires_grad:
        return 0
    slopes = torch.autograd.grad(total, list(model.parameters()), allow_unused=True)
    return sum(slope.numel() for slope in slopes if slope is not None)


def head(name: str, call, inputs: Tensor):
    """Yield what tells a linear head from one that squashes, or clamps its output on either side."""
    yield from _head(name, call, inputs)
    middle, far = (call(t * inputs).detach() for t in (2e4, 4e4))
    yield f"whether large {name} grow in both directions", _signs((far - middle).nan_to_num())


def bends(call, inputs: Tensor) -> float:
    """Return 1.0 if a function is no straight line between x and -x, as behind a hidden layer."""
    inputs = 3 * inputs
    here, there, middle = (call(t * inputs).detach() for t in (1.0, -1.0, 0.0))
    bend = (here + there - 2 * middle).abs().max()
    return float(bend > 1e-3 * (here - middle).abs().max())


def _noise_of_sampler(model):
    """Yield facts about the noise of z where its spread should be 1/2, 1 and 2, in both modes."""
    spread = torch.tensor([0.5, 1.0, 2.0])
    mu = torch.tensor([1.0, -2.0, 0.0]).repeat(20_000, 1)
    log_var = 2 * spread.log().repeat(20_000, 1)
    kept = mu.clone(), log_var.clone()
    z = model.reparameterize(mu, log_var)
    yield "whether reparameterize leaves log_var alone", float(torch.equal(log_var, kept[1]))
    yield "whether reparameterize leaves mu alone", float(torch.equal(mu, kept[0]))
    mu, log_var = (t.clone() for t in kept)
    yield "whether z is mu", float(torch.equal(z.detach(), mu))
    noise = (z.detach() - mu) / spread
    again = (model.reparameterize(mu.clone(), log_var.clone()).detach() - mu) / spread
    yield "whether two calls give the same z", float(torch.equal(noise, again))
    along = (noise[0] - noise[0, 0]).abs().max() < 1e-3
    yield "whether all numbers of a row have the same noise", float(along)
    yield "whether z is mu + sigma", float((noise - 1).abs().max() < 1e-3)
    yield from log_summaries("noise", noise, again)
    extreme = torch.tensor([-20.0, 20.0, 0.0]).repeat(20_000, 1)
    zero = torch.zeros(20_000, 3)
    far = model.reparameterize(zero, extreme.clone()).detach() / torch.exp(0.5 * extreme)
    yield (
        "log of the spread of z at log_var -20, 20 and 0, over the right one",
        _log_spread(far),
        0.06,
    )
    model.eval()
    with torch.no_grad():
        evaluated = (model.reparameterize(mu.clone(), log_var.clone()) - mu) / spread
    yield "log of the spread of z after eval(), over the right one", _log_spread(evaluated), 0.06
    model.train()


def _log_spread(noise: Tensor) -> Tensor:
    """Return the logarithm of the standard deviation of each column, at least -9."""
    spread = noise.double().std(0, correction=0)
    return spread.log().clamp(-9, 60).float()


def log_summaries(name: str, noise: Tensor, again: Tensor):
    """Yield numbers that describe noise, and vary by chance alike however large its spread is.

    Args:
        name: The noise in words.
        noise: Noise of shape (n, d), n at least 12,000.
        again: A second draw of it, of the same shape.
    """
    noise, again = noise.double(), again.double()
    spread = noise.std(0, correction=0)
    alive = (spread > 1e-4).double()
    scaled, repeat = noise / (spread + 1e-12), again / (spread + 1e-12)
    yield f"log of the spread of the {name}, over the right one", _log_spread(noise), 0.06
    mean = (alive * scaled.mean(0)).clamp(-9, 9).float()
    yield f"the mean of the {name}, over its spread", mean, 0.07
    centred = (scaled - scaled.mean(0)).abs().mean(0)
    yield f"the mean size of the {name}, over its spread", (alive * centred).float(), 0.04
    middle, later = scaled - scaled.mean(0), repeat - scaled.mean(0)
    both = (middle[:, 0] * middle[:, 1]).mean() * alive[0] * alive[1]
    yield f"the correlation of two columns of the {name}", both.float(), 0.11
    rows = (middle[1:] * middle[:-1]).sum() / middle.numel() * alive.min()
    yield f"the correlation of two rows of the {name}", rows.float(), 0.09
    calls = (middle * later).mean() * alive.min()
    yield f"the correlation of two calls of the {name}", calls.clamp(-9, 9).float(), 0.09


def _head(name: str, call, inputs: Tensor):
    """Yield what tells a linear head from one that squashes or clamps its output."""
    yield f"whether {name} takes both signs", _signs(call(1e3 * inputs))
    yield f"the growth of {name} at large inputs", _growth(call, inputs), 0.1


def _noise(model):
    """Yield facts about the noise of z where its spread should be 1/2, 1 and 2, in both modes."""
    spread = torch.tensor([0.5, 1.0, 2.0])
    mu = torch.tensor([1.0, -2.0, 0.0]).repeat(20_000, 1)
    log_var = 2 * spread.log().repeat(20_000, 1)
    kept = log_var.clone()
    z = model.reparameterize(mu, log_var)
    yield "whether reparameterize leaves log_var alone", float(torch.equal(log_var, kept))
    log_var = kept
    yield "whether z is mu", float(torch.equal(z.detach(), mu))
    noise = (z.detach() - mu) / spread
    again = (model.reparameterize(mu, log_var).detach() - mu) / spread
    yield from _summaries("noise", noise, again)
    model.eval()
    with torch.no_grad():
        evaluated = (model.reparameterize(mu, log_var) - mu) / spread
    yield "the spread of z after eval(), over the right one", evaluated.std(0), 0.06
    model.train()


def _summaries(name: str, noise: Tensor, again: Tensor):
    """Yield numbers that describe noise and agree for any right sampler.

    For a column without noise they are 0, because dividing by its spread would give arbitrary ones.

    Args:
        name: The noise in words.
        noise: Noise of shape (n, d).
        again: A second draw of it, of the same shape.
    """
    alive = (noise.std(0) > 0.05).float()
    std = noise.std(0) + 1e-9
    yield f"the standard deviation of the {name}, over the right one", noise.std(0), 0.09
    yield f"the mean of the {name}", alive * noise.mean(0), 0.13
    yield f"the mean size of the {name}, over its spread", alive * noise.abs().mean(0) / std, 0.04
    both = (noise[:, 0] * noise[:, 1]).mean() / (std[0] * std[1])
    yield f"the correlation of two columns of the {name}", (alive[0] * both), 0.11
    repeat = (noise * again).mean() / (std.mean() ** 2)
    yield f"the correlation of two calls of the {name}", alive.min() * repeat, 0.09


def _gradient_of_z(model, mu: Tensor, log_var: Tensor):
    """Yield whether the gradients of a sample in mu and log_var are 1 and (z - mu) / 2."""
    mu, log_var = mu.requires_grad_(), log_var.requires_grad_()
    z = model.reparameterize(mu, log_var)
    yield "whether z carries a gradient", float(z.requires_grad)
    in_mu, in_log_var = torch.autograd.grad(z.sum(), [mu, log_var], allow_unused=True)
    # What a wrong gradient is may be luck, as the noise is; whether it is right is not.
    yield "whether the gradient of z in mu is 1", _all_close(in_mu, torch.ones_like(mu))
    if in_log_var is None:
        yield "the gradient of z in log_var", in_log_var
        return
    right = _all_close(in_log_var, 0.5 * (z - mu).detach())
    yield "whether the gradient of z in log_var is half of z - mu", right


def _all_close(gradient: Tensor | None, right: Tensor) -> float | None:
    """Return 1.0 if a gradient is right, 0.0 if not, and None where there is none."""
    if gradient is None:
        return None
    return float(torch.allclose(gradient, right, rtol=1e-3, atol=1e-3))


def _forward(model, x: Tensor):
    """Yield what forward returns, beside decoded samples of the model's own parts."""
    outputs = model(x)
    single = isinstance(outputs, Tensor)
    yield "how many outputs forward has", 1 if single else len(outputs)
    if single or len(outputs) < 3:
        return
    x_logits, mu, log_var = outputs[:3]
    signs = _signs(model(3 * x)[0].detach().nan_to_num())
    yield "whether forward's logits take both signs", signs
    live = [float(o.requires_grad) for o in (mu, log_var)]
    yield "whether mu and log_var of forward carry a gradient", torch.tensor(live)
    yield "the shape of the first output of forward", _shape(x_logits)
    same = [
        torch.equal(a.detach(), b.detach())
        for a, b in zip((mu, log_var), model.encode(x), strict=True)
    ]
    yield "whether forward returns mu and log_var of encode", torch.tensor(same).float()
    yield "whether forward's logits have the mean of decoded samples", _same_mean(model, x)
    for mode in (True, False):
        model.train(mode)
        rows = x[:1].repeat(3_000, 1).requires_grad_()
        ours = model(rows)[0]
        theirs = model.decode(model.reparameterize(*model.encode(rows)))
        name = "training" if mode else "evaluation"
        spread = ours.std(0).mean() / (theirs.std(0).mean() + 1e-6)
        yield f"the spread of forward's logits over that of decoded samples, {name}", spread, 0.15
        yield f"whether forward's logits carry a gradient, {name}", float(ours.requires_grad)
        slope = torch.autograd.grad(ours.sum(), rows, allow_unused=True)[0]
        yield (
            f"whether a gradient reaches x through z, {name}",
            float(slope is not None and (slope != 0).any()),
        )
    model.train()
    yield "whether the gradient through forward is that through a sample", _same_slopes(model, x)


def _same_slopes(model, x: Tensor) -> float:
    """Return 1.0 if forward's logits have the mean gradient in x of decoded samples, else 0.0."""
    slopes = []
    for path in (
        lambda r: model(r)[0],
        lambda r: model.decode(model.reparameterize(*model.encode(r))),
    ):
        rows = x[:1].repeat(3_000, 1).requires_grad_()
        logits = path(rows)
        slope = None
        if logits.requires_grad:
            slope = torch.autograd.grad(logits.square().sum(), rows, allow_unused=True)[0]
        slopes.append(torch.zeros_like(rows) if slope is None else slope)
    ours, theirs = slopes
    error = ((ours.var(0) + theirs.var(0)) / 3_000).sqrt()
    close = (ours.mean(0) - theirs.mean(0)).abs() < 7 * error + 1e-4
    return float(close.all())


def _same_mean(model, x: Tensor) -> float:
    """Return 1.0 if, at large weights, forward's logits have the mean of decoded samples, else 0.0."""
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict({name: 3 * value for name, value in kept.items()})
    rows = x[:1].repeat(3_000, 1)
    ours = model(rows)[0].detach()
    theirs = model.decode(model.reparameterize(*model.encode(rows))).detach()
    model.load_state_dict(kept)
    error = ((ours.var(0) + theirs.var(0)) / 3_000).sqrt()
    close = (ours.mean(0) - theirs.mean(0)).abs() < 7 * error + 1e-4
    return float(close.all() and (ours.std(0) > 1e-3).any())


@vae_loss.observe
def _(student, draw):
    x_logits, x, mu, log_var = 2 * draw(4, 7), draw.uniform(4, 7), draw(4, 3), draw(4, 3)
    kept = [t.clone() for t in (x_logits, x, mu, log_var)]
    answer = student(x_logits, x, mu, log_var)
    if not isinstance(answer, tuple | list):
        yield "(loss, recon, kl)", answer
        return
    yield "how many values come back", len(answer)
    loss, recon, kl = answer[:3] if len(answer) > 3 else answer
    if _divides_by_a_fixed_number(student, answer, *kept):
        yield "whether recon and kl are divided by a number that is not that of the images", 1.0
        return
    yield "the loss (first)", loss
    yield "recon (second)", recon
    yield "kl (third)", kl
    for name, tensor, before in zip(
        ("x_logits", "x", "mu", "log_var"), (x_logits, x, mu, log_var), kept, strict=True
    ):
        yield f"whether {name} is left alone", float(torch.equal(tensor, before))
        tensor.copy_(before)
    leaves = [t.requires_grad_() for t in (x_logits, mu, log_var)]
    loss = student(x_logits, x, mu, log_var)[0]
    yield "whether the loss carries a gradient", float(loss.requires_grad)
    if not loss.requires_grad:
        return
    for name, slope in zip(
        ("x_logits", "mu", "log_var"),
        torch.autograd.grad(loss, leaves, allow_unused=True),
        strict=True,
    ):
        yield f"the gradient of the loss in {name}", slope
    zero, x = torch.zeros(2, 3), torch.tensor([[0.0, 1.0, 1.0], [0.5, 0.5, 0.0]])
    signs = torch.tensor([[1.0, -1.0, 1.0], [1.0, -1.0, -1.0]])
    for size in (50.0, 5_000.0):
        logits = (size * signs).requires_grad_()
        loss, recon, _ = student(logits, x, zero, zero)[:3]
        # What a cap makes of it depends on the cap: whether there is one is the same for all.
        share = (recon.detach() / (1.5 * size)).float()
        finite = torch.isfinite(share)
        yield f"whether recon is finite at logits of {size:g}", float(finite.all())
        yield f"whether recon is right at logits of {size:g}", float((share - 1).abs().max() < 1e-3)
        slope = torch.autograd.grad(loss.sum(), logits, allow_unused=True)[0]
        alive = slope is not None and bool((slope[:, :2] != 0).all() & slope.isfinite().all())
        yield f"whether the gradient of wrong pixels is alive at logits of {size:g}", float(alive)
    logits = torch.tensor([[3.0, -4.0], [2.0, 9.0]])
    yield "recon at logits of 2 to 9", student(logits, x[:, :2].round(), zero, zero)[1]


def _divides_by_a_fixed_number(student, answer, *batch: Tensor) -> bool:
    """Return whether recon and kl are too small by one factor, and grow with the number of images."""
    if len(answer) < 3 or not all(isinstance(a, Tensor) and a.numel() == 1 for a in answer[:3]):
        return False
    x_logits, x, mu, log_var = batch
    cost = torch.nn.functional.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum()
    found = [float(a.detach()) for a in answer[1:3]]
    factors = [found[0] / float(cost), found[1] / float(kl)]
    twice = [float(a) for a in student(*(t.repeat(2, 1) for t in batch))[1:3]]
    grows = all(abs(b - 2 * a) < 1e-3 * abs(a) for a, b in zip(found, twice, strict=True))
    alike = abs(factors[0] - factors[1]) < 1e-3 * abs(factors[0])
    return grows and alike and 0 < factors[0] < 0.9 / len(x)


def quiet_model(draw, input_dim: int = 5, latent_dim: int = 2) -> MLPVAE:
    """Return a VAE with given weights and so little noise that its loss is exact."""
    model = MLPVAE(input_dim, (4,), latent_dim)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.5 * draw(*parameter.shape))
        head = linear_layer(model.encoder, -1)
        head.weight[latent_dim:] = 0
        head.bias[latent_dim:] = -20
    return model


def noisy_model(draw) -> WatchedVAE:
    """Return a VAE with latent_dim 1 whose sampling noise adds several nats to the reconstruction cost."""
    model = WatchedVAE(input_dim=6, latent_dim=1)
    with torch.no_grad():
        model.encoder.weight.copy_(0.1 * draw(2, 6))
        model.encoder.bias.zero_()
        model.decoder.weight.copy_(2 + 0.1 * draw(6, 1))
        model.decoder.bias.zero_()
    return model


class _Counting(torch.optim.SGD):
    """Gradient descent that counts its steps."""

    steps = 0

    def step(self, closure=None):
        """Move once, and count."""
        self.steps += 1
        return super().step(closure)


@train_step.observe
def _(student, draw):
    model, x = quiet_model(draw), draw.uniform(6, 5)
    start = [p.detach().clone() for p in model.parameters()]
    optimizer = _Counting(model.parameters(), lr=0.0)
    first = student(model, x, optimizer)
    yield "the kind of what is returned (times 0)", 0 * first if first is not None else None
    yield "how often the optimizer steps", optimizer.steps
    still = all(map(torch.equal, model.parameters(), start))
    yield "whether a step with learning rate 0 leaves the model as it is", float(still)
    if not still:
        return
    learns = all(p.requires_grad for p in model.parameters())
    yield "whether the parameters still require gradients", float(learns)
    yield "whether gradients are still recorded", float(torch.is_grad_enabled())
    if isinstance(first, float) and optimizer.steps == 1:
        steady = abs(student(model, x, optimizer) - first) < 0.01
        yield "whether calls give the same loss where there is little noise", float(steady)
        if not steady:
            losses = [student(model, (x > 0.5).float(), optimizer) for _ in range(2)]
            alike = abs(losses[0] - losses[1]) < 0.01
            yield "whether calls give the same loss for black or white pixels", float(alike)
            return  # what comes is luck
    for parameter in model.parameters():
        parameter.grad = None
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for call in ("first", "second"):
        yield f"the loss returned by the {call} call", student(model, x, optimizer), 1e-2
        bias = model.decoder[-1].bias.detach().clone()
        yield f"a bias of the decoder after the {call} call", bias, 1e-3
        yield (
            f"the encoder after the {call} call",
            model.encoder[-1].bias[:2].detach().clone(),
            1e-3,
        )
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    student(model, x, optimizer)
    yield "the decoder after a call that finds old gradients", model.decoder[-1].bias.detach(), 1e-3
    yield "the model is still in training mode", model.training
    noisy, x = noisy_model(draw), draw.uniform(4_000, 6)
    loss = _float(student(noisy, x, torch.optim.SGD(noisy.parameters(), lr=0.0)))
    yield (
        "asinh of the loss of a model with much noise, over that of its mean",
        _over_mean(loss, noisy, x),
        0.1,
    )


def _over_mean(score: float, model: WatchedVAE, x: Tensor) -> float:
    """Return asinh of a score over the loss of the decoded mean, which is 1 where the noise is missing.

    It grows as a logarithm does, and keeps the sign: also a sum over images is compared by its ratio.
    """
    with torch.no_grad():
        mu, log_var = model.encode(x)
        logits = model.decoder(mu)
        recon = torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none")
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    return math.asinh(score / float((recon.sum(1) + kl.sum(1)).mean()))


@evaluate.observe
def _(student, draw):
    model, x = quiet_model(draw), draw.uniform(331, 5)
    with torch.no_grad():
        model.decoder[-1].bias += 4
    start = {name: value.clone() for name, value in model.state_dict().items()}

    def fresh(mode: bool = True):
        twin = quiet_model_like(model, start)
        return twin.train(mode)

    row, noisy = x[:1].repeat(2_011, 1), noisy_model(draw)
    if _bound_of_many_samples(student, fresh(), row, noisy, draw.uniform(4_000, 6)):
        yield "whether the score is below the negative ELBO, where noise is little and much", 1.0
        return
    keeps = _keeps_the_lowest(student, noisy, draw.uniform(1, 6))
    yield "whether the score of one image is too low, and that of many is right", float(keeps)
    if keeps:
        return
    trains = _changes_parameters(student, fresh(), x)
    yield "whether the parameters are changed", float(trains)
    if trains:
        return  # what comes depends on the steps
    yield "the score of equal images", student(fresh(), row), 1e-2
    for mode in (True, False):
        twin = fresh(mode)
        student(twin, x)
        yield f"whether the model is in training mode, where it was {mode}", twin.training
    twin = fresh()
    parameters = list(twin.parameters())
    poison = torch.full_like(parameters[0], 0.5)
    parameters[0].grad = poison.clone()
    student(twin, x)
    kept = parameters[0].grad is not None and torch.equal(parameters[0].grad, poison)
    yield "whether gradients of the caller are unchanged", float(kept)
    left = any(p.grad is not None and bool((p.grad != 0).any()) for p in parameters[1:])
    yield "whether no gradients are left behind", float(not left)
    learns = all(p.requires_grad for p in parameters)
    yield "whether the weights still require gradients", float(learns)
    yield "whether gradients are still recorded", float(torch.is_grad_enabled())
    torch.set_grad_enabled(True)
    yield "whether gradients stay off where they were off", _stays_off(student, fresh(), x)
    watched = WatchedVAE(5, 2)
    student(watched, x)
    yield "whether the decoder ran with gradients", max(0, int(watched.decode_grad))
    x = draw.uniform(4_000, 6)
    scores = [_float(student(noisy.train(mode), x)) for mode in (True, False)]
    for name, score in zip(("training", "evaluation"), scores, strict=True):
        what = (
            f"asinh of the score of a model with much noise in {name} mode, over that of its mean"
        )
        yield what, _over_mean(score, noisy, x), 0.1
    yield "whether two scores differ", float(_float(student(noisy, x)) != scores[1])
    yield from _weights_of_images(student, fresh, draw.uniform(1, 5).repeat(2_011, 1))


def _bound_of_many_samples(student, quiet: MLPVAE, row: Tensor, noisy, x: Tensor) -> bool:
    """Return whether scores lie where only an average of weights of several samples brings them.

    Where log_var is -20 everywhere a mean of losses is exact, and such a bound is lower by less than the
    logarithm of the number of samples. Where noise matters it is lower than the mean loss, too.
    """
    found = [student(quiet, row), student(noisy, x)]
    if not all(isinstance(score, float) for score in found):
        return False
    with torch.no_grad():
        mu, log_var = quiet.encode(row)
        cost = torch.nn.functional.binary_cross_entropy_with_logits(
            quiet.decode(mu), row, reduction="none"
        )
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
        gap = float((cost.sum(1) + kl.sum(1)).mean()) - found[0]
    return 0.15 < gap < 2 and 0.9 < math.sinh(_over_mean(found[1], noisy, x)) < 1.4


def _keeps_the_lowest(student, noisy: WatchedVAE, x: Tensor) -> bool:
    """Return whether scores of one image are too low on average, while that of 4,000 copies of it is right."""
    rows = x.repeat(4_000, 1)
    alone, together = [student(noisy, x) for _ in range(100)], student(noisy, rows)
    if not all(isinstance(score, float) for score in (*alone, together)):
        return False
    with torch.no_grad():
        mu, log_var = noisy.encode(rows)
        logits = noisy.decode(noisy.reparameterize(mu, log_var))
        cost = torch.nn.functional.binary_cross_entropy_with_logits(logits, rows, reduction="none")
        cost = cost.sum(1) + 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1)
    mean, spread = float(cost.mean()), float(cost.std())
    too_low = (
        mean - sum(alone) / len(alone) > 0.5 * spread
    )  # five standard errors of a right answer
    return too_low and len(set(alone)) > 50 and abs(together - mean) < 0.15 * spread


def _changes_parameters(student, model: MLPVAE, x: Tensor) -> bool:
    """Return whether a call changes the parameters of a model."""
    before = [p.detach().clone() for p in model.parameters()]
    student(model, x)
    return not all(map(torch.equal, model.parameters(), before))


def _stays_off(student, model: MLPVAE, x: Tensor) -> float:
    """Return whether gradients are off after a call with gradients off, -1.0 where it raises an exception."""
    with torch.no_grad():
        try:
            student(model, x)
        except Exception:
            return -1.0
        return float(not torch.is_grad_enabled())


def quiet_model_like(model: MLPVAE, state: dict) -> MLPVAE:
    """Return a new model with these weights."""
    twin = MLPVAE(state["encoder.0.weight"].shape[1], (4,), 2)
    twin.load_state_dict(state)
    return twin


def _weights_of_images(student, fresh, x: Tensor):
    """Yield whether an image in the middle counts, and how much the last one does: 0, less, 1, or more."""
    base = _float(student(fresh(), x))
    found = []
    for index in (1_005, 2_010):
        moved = x.clone()
        moved[index] = 1 - moved[index]
        alone = _float(student(fresh(), moved[index : index + 1]))
        expected = (alone - _float(student(fresh(), x[:1]))) / len(x)
        found.append((_float(student(fresh(), moved)) - base) / expected)
    yield "whether an image in the middle counts", float(abs(found[0]) > 0.05)
    ratio = found[1]
    level = (
        0.0 if abs(ratio) < 0.05 else 1.0 if abs(ratio - 1) < 0.03 else 0.5 if ratio < 1 else 2.0
    )
    yield "how much the last image counts: not, less, as much, or more than it should", level


@generate.observe
def _(student, draw):
    model = WatchedVAE(input_dim=784, latent_dim=3)
    with torch.no_grad():
        model.decoder.weight.zero_()
        model.decoder.bias.copy_(2 * draw(784))
    before = [p.detach().clone() for p in model.parameters()]
    model.decoder.bias.grad = torch.ones(784)
    images = student(model, 2)
    yield "what comes back", 0.0 if isinstance(images, Tensor) else images
    if not isinstance(images, Tensor):
        return
    yield "whether the images carry a graph", float(images.requires_grad)
    yield "whether gradients are still recorded", float(torch.is_grad_enabled())
    torch.set_grad_enabled(True)
    learns = all(p.requires_grad for p in model.parameters())
    yield "whether the weights still require gradients", float(learns)
    kept = all(map(torch.equal, model.parameters(), before))
    yield "whether the parameters are unchanged", float(kept)
    slope = model.decoder.bias.grad
    kept = slope is not None and bool((slope == 1).all())
    yield "whether gradients of the caller are unchanged", float(kept)
    yield "the shape of two images", _shape(images)
    # What sampled pixels are is luck: whether all are 0 or 1 is not.
    if bool(((images == 0) | (images == 1)).all()):
        yield "whether equal images come back", float(torch.equal(images[0], images[1]))
        return
    yield "the pixels of a decoder that ignores z", images[:, :5]
    yield "one image", student(model, 1)[:, :2]
    yield "how often encode is called", int(model.encode_calls)
    if int(model.encode_calls):
        return
    with torch.no_grad():
        model.decoder.weight[:3] = 0.5 * torch.eye(3)
        model.decoder.bias.zero_()
    draws = [student(model, 12_000)[:, :3].detach() for _ in range(2)]
    yield "whether two calls differ", float(not torch.equal(*draws))
    z = 2 * torch.logit(draws[0], eps=1e-6)
    if len(z) == 12_000 and float((z[-1] - z[0]).abs().max()) > 0.1:
        line = torch.lerp(z[0], z[-1], torch.linspace(0, 1, len(z))[:, None])
        evenly = bool((z - line).abs().max() < 1e-2)
        yield "whether z goes evenly from one end to the other", float(evenly)
        if evenly:
            return  # from where to where is not the point
    lengths = z.norm(dim=1)
    alike = bool(lengths.max() - lengths.min() < 0.01 * lengths.mean())
    yield "whether all z have the same length", float(alike)
    yield from log_summaries("z", *(2 * torch.logit(d, eps=1e-6) for d in draws))


@gaussian_nll.observe
def _(student, draw):
    x_hat, x = draw(3, 6).requires_grad_(), draw.uniform(3, 6)
    for sigma in (1.0, 0.3):
        kept = x_hat.detach().clone(), x.clone()
        cost = student(x_hat, x, sigma)
        same = [torch.equal(a, b) for a, b in zip((x_hat.detach(), x), kept, strict=True)]
        yield f"whether x_hat and x are left alone at sigma = {sigma}", torch.tensor(same).float()
        yield f"the cost at sigma = {sigma}", cost
        yield f"whether the cost carries a gradient at sigma = {sigma}", float(cost.requires_grad)
        if not cost.requires_grad:
            return
        slope = torch.autograd.grad(cost.sum(), x_hat, allow_unused=True)[0]
        yield f"the gradient in x_hat at sigma = {sigma}", slope
    yield "the cost of a single image", student(draw(1, 4), draw.uniform(1, 4), 2.0)
    yield "the cost of a perfect copy", student(x, x, 0.3)
    grey = torch.full((1, 3_000), 0.5)
    finite = bool(student(grey, grey.clone(), 1.0).isfinite().all())
    yield "whether the cost of 3,000 pixels is finite", float(finite)
    finite = bool(student(torch.full((1, 1), 10.0), torch.zeros(1, 1), 0.3).isfinite().all())
    yield "whether the cost far from x_hat is finite", float(finite)


@effective_beta.observe
def _(student, draw):
    pixels, latents = (int(n) for n in (200 + 800 * draw.uniform(2)))
    for num_pixels, latent_dim in ((784, 20), (pixels, latents)):
        for recon in ("sum", "mean"):
            for kl in ("sum", "mean"):
                beta = student(recon, kl, num_pixels, latent_dim)
                if beta is None or isinstance(beta, str | tuple | list):
                    yield f"beta for {recon} and {kl}", beta
                    return
                beta = float(beta)
                yield (
                    f"log10 of beta for {recon} and {kl}, {num_pixels} pixels",
                    torch.tensor(beta).log10(),
                )


@xavier_init.observe
def _(student, draw):
    weights = student(600, 70)
    yield "what comes back", 0.0 if isinstance(weights, Tensor) else weights
    if not isinstance(weights, Tensor):
        return
    yield "the shape", _shape(weights)
    yield "whether all weights are zero", float((weights == 0).all())
    yield "the dtype (times 0)", 0 * weights.flatten()[:1].detach().nan_to_num()
    yield "whether the weights require gradients", float(weights.requires_grad)
    yield "whether they are a leaf", float(weights.is_leaf)
    for fan_in, fan_out in ((600, 70), (70, 600)):
        first, again = (student(fan_in, fan_out).detach().flatten() for _ in range(2))
        flat = [w.reshape(-1, 2) / (2 / 670) ** 0.5 for w in (first, again)]
        what = f"the weights for ({fan_in}, {fan_out})"
        spread = flat[0].double().std().log().clamp(-9, 60).float()
        yield f"log of the spread of {what}, over the right one", spread, 0.025
        yield from log_summaries(what, *flat)
        rows = first.reshape(fan_in, -1) if first.numel() % fan_in == 0 else first[None]
        yield f"whether the rows of {what} differ", float((rows != rows[:1]).any())
        columns = float((rows != rows[:, :1]).any())
        yield f"whether the columns of {what} differ", columns
