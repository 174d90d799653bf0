"""Visible checks of lesson 02. Weights and noise are the learner's, so summaries are compared."""

import torch
from torch import Tensor

from course_utils.checks.core import Check
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
    model = student(10, 64, 6)
    yield "latent_dim of VAE(10, 64, 6)", model.latent_dim
    yield "the number of parameters of VAE(10, 64, 6)", _parameters(model)
    yield "the number of parameters of VAE()", _parameters(student())
    shake(model, draw)
    x, z = draw(12, 10), draw(12, 6)
    mu, log_var = model.encode(x)
    yield "the shape of mu", _shape(mu)
    yield "the shape of log_var", _shape(log_var)
    yield (
        "whether a second call of encode gives the same mu",
        float(torch.equal(model.encode(x)[0], mu)),
    )
    yield "mu is log_var", float(torch.equal(mu, log_var))
    yield from _head("mu", lambda x: model.encode(x)[0], x)
    yield from _head("log_var", lambda x: model.encode(x)[1], x)
    yield "ReLU in the encoder", _has_switches(model, lambda row: sum(model.encode(row)), x[:1])
    yield from _noise(model)
    yield from _gradient_of_z(model, draw(3, 2), draw(3, 2))
    logits = model.decode(z)
    yield "the shape of decode's logits", _shape(logits)
    yield from _head("x_logits", model.decode, z)
    slope = torch.autograd.grad(model.decode(z.requires_grad_()).sum(), z)[0]
    yield "whether the decoder sees all of z", float((slope != 0).all())
    yield "ReLU in the decoder", _has_switches(model, model.decode, z[:1])
    yield from _forward(model, x)


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
    """Yield the gradients of a sample in mu and log_var; in log_var less the right one, (z - mu) / 2."""
    mu, log_var = mu.requires_grad_(), log_var.requires_grad_()
    z = model.reparameterize(mu, log_var)
    yield "whether z carries a gradient", float(z.requires_grad)
    in_mu, in_log_var = torch.autograd.grad(z.sum(), [mu, log_var], allow_unused=True)
    yield "the gradient of z in mu", in_mu
    if in_log_var is None:
        yield "the gradient of z in log_var", in_log_var
        return
    error = in_log_var - 0.5 * (z - mu).detach()
    yield "the error of the gradient of z in log_var", error.abs().max(), 1e-3


def _forward(model, x: Tensor):
    """Yield what forward returns, beside decoded samples of the model's own parts."""
    x_logits, mu, log_var = model(x)
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
    leaves = [t.requires_grad_() for t in (x_logits, mu, log_var)]
    loss, recon, kl = student(x_logits, x, mu, log_var)
    yield "the loss (first)", loss
    yield "recon (second)", recon
    yield "kl (third)", kl
    for name, slope in zip(
        ("x_logits", "mu", "log_var"),
        torch.autograd.grad(loss, leaves, allow_unused=True),
        strict=True,
    ):
        yield f"the gradient of the loss in {name}", slope
    zero = torch.zeros(2, 3)
    for size in (50.0, 5_000.0):
        logits = size * torch.tensor([[1.0, -1.0, 1.0], [1.0, -1.0, -1.0]])
        x = torch.tensor([[0.0, 1.0, 1.0], [0.5, 0.5, 0.0]])
        yield f"recon at logits of {size:g}", student(logits, x, zero, zero)[1]


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


@train_step.observe
def _(student, draw):
    model, x = quiet_model(draw), draw.uniform(6, 5)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for call in ("first", "second"):
        yield f"the loss returned by the {call} call", student(model, x, optimizer), 1e-2
        head = model.decoder[-1].bias.detach().clone()
        yield f"a bias of the decoder after the {call} call", head, 1e-3
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
        "the loss of a model with much noise, over that of its mean",
        _over_mean(loss, noisy, x),
        0.2,
    )


def _over_mean(score: float, model: WatchedVAE, x: Tensor) -> float:
    """Return a score over the loss of the decoded mean: 1 where the noise is missing."""
    with torch.no_grad():
        mu, log_var = model.encode(x)
        logits = model.decoder(mu)
        recon = torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none")
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    return score / float((recon.sum(1) + kl.sum(1)).mean())


@evaluate.observe
def _(student, draw):
    model, x = quiet_model(draw), draw.uniform(331, 5)
    x[-70:] = 1.0  # the last images cost much less
    with torch.no_grad():
        model.decoder[-1].bias += 4
    for mode in (True, False):
        score = student(model.train(mode), x)
        yield "the score of 331 images", score, 1e-2
        yield f"whether the model is in training mode, where it was {mode}", model.training
    parameters = list(model.parameters())
    poison = torch.full_like(parameters[0], 0.5)
    parameters[0].grad = poison.clone()
    before = parameters[-1].detach().clone()
    student(model, x)
    yield "whether the parameters are unchanged", float(torch.equal(parameters[-1], before))
    kept = parameters[0].grad is not None and torch.equal(parameters[0].grad, poison)
    yield "whether gradients of the caller are unchanged", float(kept)
    yield "whether no gradients are left behind", float(parameters[-1].grad is None)
    yield "whether the weights still require gradients", float(parameters[-1].requires_grad)
    yield "whether gradients are still recorded", float(torch.is_grad_enabled())
    watched = WatchedVAE(5, 2)
    student(watched, x)
    yield "whether the decoder ran with gradients", max(0, int(watched.decode_grad))
    noisy, x = noisy_model(draw), draw.uniform(4_000, 6)
    scores = [_float(student(noisy, x)) for _ in range(2)]
    yield (
        "the score of a model with much noise, over that of its mean",
        _over_mean(scores[0], noisy, x),
        0.2,
    )
    yield "whether two scores differ", float(scores[0] != scores[1])


@generate.observe
def _(student, draw):
    model = WatchedVAE(input_dim=784, latent_dim=3)
    with torch.no_grad():
        model.decoder.weight.zero_()
        model.decoder.bias.copy_(2 * draw(784))
    images = student(model, 2)
    yield "whether the images carry a graph", float(images.requires_grad)
    yield "whether gradients are still recorded", float(torch.is_grad_enabled())
    yield "the shape of two images", _shape(images)
    yield "the pixels of a decoder that ignores z", images[:, :5]
    yield "one image", student(model, 1)[:, :2]
    with torch.no_grad():
        model.decoder.weight[:3] = 0.5 * torch.eye(3)
        model.decoder.bias.zero_()
    draws = [student(model, 12_000)[:, :3].detach() for _ in range(2)]
    yield "whether two calls differ", float(not torch.equal(*draws))
    yield from _summaries("z", *(2 * torch.logit(d, eps=1e-6) for d in draws))


@gaussian_nll.observe
def _(student, draw):
    x_hat, x = draw(3, 6).requires_grad_(), draw.uniform(3, 6)
    for sigma in (1.0, 0.3):
        cost = student(x_hat, x, sigma)
        yield f"the cost at sigma = {sigma}", cost
        slope = torch.autograd.grad(cost.sum(), x_hat, allow_unused=True)[0]
        yield f"the gradient in x_hat at sigma = {sigma}", slope
    yield "the cost of a single image", student(draw(1, 4), draw.uniform(1, 4), 2.0)
    yield "the cost of a perfect copy", student(x, x, 0.3)


@effective_beta.observe
def _(student, draw):
    pixels, latents = (int(n) for n in (200 + 800 * draw.uniform(2)))
    for num_pixels, latent_dim in ((784, 20), (pixels, latents)):
        for recon in ("sum", "mean"):
            for kl in ("sum", "mean"):
                beta = float(student(recon, kl, num_pixels, latent_dim))
                yield (
                    f"log10 of beta for {recon} and {kl}, {num_pixels} pixels",
                    torch.tensor(beta).log10(),
                )


@xavier_init.observe
def _(student, draw):
    weights = student(300, 60)
    yield "the shape", _shape(weights)
    yield "the dtype (times 0)", torch.zeros_like(weights[:1, :1]).detach()
    yield "whether the weights require gradients", float(weights.requires_grad)
    yield "whether they are a leaf", float(weights.is_leaf)
    rows = weights.detach().reshape(-1, 60)
    again = student(300, 60).detach().reshape(-1, 60)
    flat = [w.reshape(-1, 2) / (2 / 360) ** 0.5 for w in (rows, again)]
    yield from _summaries("weights", *flat)
