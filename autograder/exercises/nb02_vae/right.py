"""Known right solutions of lesson 02, written in other ways than the reference."""
# ruff: noqa: F821 - `vae_loss` is a name of the lesson

import math

import torch
import torch.nn.functional as F
from torch import nn

from autograder.exercises.known_answers import Bank

RIGHT = Bank("02_vae")

# ------------------------------------------------------------------------------------------ VAE


@RIGHT.add("VAE", "sequential-and-one-wide-head")
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Sequential(
            nn.Linear(input_dim, hidden_dim),
            nn.ReLU(inplace=True),
            nn.Linear(hidden_dim, 2 * latent_dim),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)
        )

    def encode(self, x):
        mu, log_var = torch.chunk(self.encoder(x), 2, dim=-1)
        return mu, log_var

    def reparameterize(self, mu, log_var):
        eps = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
        return eps.mul(log_var.exp().sqrt()).add_(mu)

    def decode(self, z):
        return self.decoder(z)

    def forward(self, x):
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


@RIGHT.add("VAE", "torch-distributions")
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        super().__init__()
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc21 = nn.Linear(hidden_dim, latent_dim)
        self.fc22 = nn.Linear(hidden_dim, latent_dim)
        self.fc3 = nn.Linear(latent_dim, hidden_dim)
        self.fc4 = nn.Linear(hidden_dim, input_dim)

    @property
    def latent_dim(self):
        return self.fc21.out_features

    def encode(self, x):
        h = torch.clamp(self.fc1(x), min=0.0)
        return self.fc21(h), self.fc22(h)

    def reparameterize(self, mu, log_var):
        return torch.distributions.Normal(mu, torch.exp(log_var / 2)).rsample()

    def decode(self, z):
        return self.fc4(torch.relu(self.fc3(z)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        x_logits = self.decode(z)
        return x_logits, mu, log_var


@RIGHT.add("VAE", "raw-parameters-and-einsum")
class VAE(nn.Module):
    def __init__(self, input_dim: int = 784, hidden_dim: int = 400, latent_dim: int = 20):
        super().__init__()
        self.latent_dim = latent_dim
        sizes = {
            "hidden": (input_dim, hidden_dim),
            "mu": (hidden_dim, latent_dim),
            "log_var": (hidden_dim, latent_dim),
            "back": (latent_dim, hidden_dim),
            "logits": (hidden_dim, input_dim),
        }
        self.weights = nn.ParameterDict(
            {k: nn.Parameter(torch.randn(*s) / s[0] ** 0.5) for k, s in sizes.items()}
        )
        self.biases = nn.ParameterDict(
            {k: nn.Parameter(torch.zeros(s[1])) for k, s in sizes.items()}
        )

    def layer(self, name, h):
        return torch.einsum("bi,ij->bj", h, self.weights[name]) + self.biases[name]

    def encode(self, x):
        h = self.layer("hidden", x)
        h = h * (h > 0)
        return self.layer("mu", h), self.layer("log_var", h)

    def reparameterize(self, mu, log_var):
        eps = torch.normal(torch.zeros_like(mu), torch.ones_like(mu))
        return torch.addcmul(mu, eps, torch.exp(0.5 * log_var))

    def decode(self, z):
        h = self.layer("back", z)
        return self.layer("logits", torch.maximum(h, torch.zeros_like(h)))

    def forward(self, x):
        mu, log_var = self.encode(x)
        return [self.decode(self.reparameterize(mu, log_var)), mu, log_var]


@RIGHT.add("VAE", "two-modules-inside")
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        class Heads(nn.Module):
            def __init__(self):
                super().__init__()
                self.first, self.second = (
                    nn.Linear(hidden_dim, latent_dim),
                    nn.Linear(hidden_dim, latent_dim),
                )

            def forward(self, h):
                return self.first(h), self.second(h)

        super().__init__()
        self.latent_dim = latent_dim
        self.encode_layers = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU(), Heads())
        self.decode_layers = nn.ModuleList(
            [nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, input_dim)]
        )
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.xavier_uniform_(p)

    def encode(self, x):
        return self.encode_layers(x.reshape(len(x), -1))

    def reparameterize(self, mu, log_var):
        std = log_var.mul(0.5).exp_()
        eps = torch.empty_like(std).normal_()
        return eps * std + mu

    def decode(self, z):
        for layer in self.decode_layers:
            z = layer(z)
        return z

    def forward(self, x):
        mu, log_var = self.encode(x)
        z = self.reparameterize(mu, log_var)
        return self.decode(z), mu, log_var


@RIGHT.add("VAE", "inlined-forward-and-warnings")
class VAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=20):
        import warnings

        super().__init__()
        warnings.warn("a new VAE", stacklevel=2) if False else None
        self.input_dim, self.hidden_dim, self.latent_dim = input_dim, hidden_dim, latent_dim
        self.enc, self.dec = nn.Linear(input_dim, hidden_dim), nn.Linear(latent_dim, hidden_dim)
        self.heads, self.out = (
            nn.Linear(hidden_dim, latent_dim * 2),
            nn.Linear(hidden_dim, input_dim),
        )
        self.relu = nn.ReLU()

    def encode(self, x):
        out = self.heads(self.relu(self.enc(x)))
        return out[:, : self.latent_dim], out[:, self.latent_dim :]

    def reparameterize(self, mu, log_var):
        return mu + torch.randn_like(mu) * log_var.exp().pow(0.5)

    def decode(self, z):
        return self.out(self.relu(self.dec(z)))

    def forward(self, x):
        out = self.heads(self.relu(self.enc(x)))
        mu, log_var = out.split(self.latent_dim, dim=1)
        std = torch.sqrt(torch.exp(log_var))
        return self.out(self.relu(self.dec(mu + std * torch.randn_like(std)))), mu, log_var


RIGHT.edit(
    "VAE",
    "heads-that-start-at-zero",
    edits={
        "self.decoder_hidden = ": "nn.init.zeros_(self.log_var_head.weight)\n        nn.init.zeros_(self.log_var_head.bias)\n        self.decoder_hidden = ",
        "nn.Linear(hidden_dim, input_dim)": "nn.Linear(hidden_dim, input_dim)\n        nn.init.zeros_(self.logits_head.weight)",
    },
)
RIGHT.edit(
    "VAE",
    "static-sampler-and-named-tuple",
    edits={
        "    def reparameterize(self, mu: Tensor": "    @staticmethod\n    def reparameterize(mu: Tensor",
        "return self.decode(z), mu, log_var": "from collections import namedtuple\n\n        return namedtuple('Output', 'x_logits mu log_var')(self.decode(z), mu, log_var)",
    },
)

# ------------------------------------------------------------------------------------- vae_loss


@RIGHT.add("vae_loss", "softplus-by-hand")
def vae_loss(x_logits, x, mu, log_var):
    recon = torch.sum(F.softplus(x_logits) - x * x_logits, dim=-1)
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=-1)
    return (recon + kl).mean(), recon.mean(), kl.mean()


@RIGHT.add("vae_loss", "sum-over-everything-then-divide")
def vae_loss(x_logits, x, mu, log_var):
    batch = x.shape[0]
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / batch
    kl = 0.5 * (torch.exp(log_var) + mu**2 - 1.0 - log_var).sum() / batch
    loss = recon + kl
    return loss, recon, kl


@RIGHT.add("vae_loss", "torch-distributions")
def vae_loss(x_logits, x, mu, log_var):
    from torch.distributions import Bernoulli, Normal, kl_divergence

    p = Bernoulli(logits=x_logits, validate_args=False)
    q, prior = (
        Normal(mu, torch.exp(0.5 * log_var)),
        Normal(torch.zeros_like(mu), torch.ones_like(mu)),
    )
    recon = -p.log_prob(x).sum(1).mean(0)
    kl = kl_divergence(q, prior).sum(1).mean(0)
    return recon + kl, recon, kl


@RIGHT.add("vae_loss", "logsigmoid-and-loop")
def vae_loss(x_logits, x, mu, log_var):
    recon = x_logits.new_zeros(())
    kl = x_logits.new_zeros(())
    for logits, pixels, m, v in zip(x_logits, x, mu, log_var, strict=True):
        recon = recon - (pixels * F.logsigmoid(logits) + (1 - pixels) * F.logsigmoid(-logits)).sum()
        kl = kl + (m * m + v.exp() - 1 - v).sum() / 2
    recon, kl = recon / len(x), kl / len(x)
    return recon + kl, recon, kl


@RIGHT.add("vae_loss", "float64-inside")
def vae_loss(x_logits, x, mu, log_var):
    wide = [t.double() for t in (x_logits, x, mu, log_var)]
    recon = nn.BCEWithLogitsLoss(reduction="none")(wide[0], wide[1]).sum(1).mean().to(x.dtype)
    sigma = torch.exp(0.5 * wide[3])
    kl = (0.5 * (sigma**2 + wide[2] ** 2 - 1) - sigma.log()).sum(1).mean().to(x.dtype)
    print(f"loss {float((recon + kl).detach()):.2f}")
    return recon + kl, recon, kl


@RIGHT.add("vae_loss", "detached-terms-for-logging")
def vae_loss(x_logits, x, mu, log_var):
    recon = (
        (x_logits.clamp(min=0) - x * x_logits + torch.log1p(torch.exp(-x_logits.abs())))
        .sum(1)
        .mean()
    )
    kl = (-0.5 - 0.5 * log_var + 0.5 * mu.square() + 0.5 * log_var.exp()).sum(1).mean()
    return recon + kl, recon.detach(), kl.detach()


# ----------------------------------------------------------------------------------- train_step


@RIGHT.add("train_step", "clear-first")
def train_step(model, x, optimizer):
    optimizer.zero_grad(set_to_none=False)
    loss = vae_loss(model(x)[0], x, *model.encode(x))[0] if False else None
    x_logits, mu, log_var = model(x)
    loss = vae_loss(x_logits, x, mu, log_var)[0]
    loss.backward()
    optimizer.step()
    return float(loss.detach())


@RIGHT.add("train_step", "clear-first-and-last")
def train_step(model, x, optimizer):
    model.train()
    model.zero_grad()
    outputs = model(x)
    loss, recon, kl = vae_loss(outputs[0], x, outputs[1], outputs[2])
    (recon + kl).backward()
    value = loss.detach().cpu().item()
    optimizer.step()
    optimizer.zero_grad()
    return value


@RIGHT.add("train_step", "piece-by-piece")
def train_step(model, x, optimizer):
    mu, log_var = model.encode(x)
    z = model.reparameterize(mu, log_var)
    loss, *_ = vae_loss(model.decode(z), x, mu, log_var)
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = None
    loss.backward()
    optimizer.step()
    return loss.tolist()


@RIGHT.add("train_step", "closure")
def train_step(model, x, optimizer):
    def closure():
        optimizer.zero_grad()
        x_logits, mu, log_var = model(x)
        loss = vae_loss(x_logits, x, mu, log_var)[0]
        loss.backward()
        return loss

    return optimizer.step(closure).item()


@RIGHT.add("train_step", "autograd-grad")
def train_step(model, x, optimizer):
    parameters = list(model.parameters())
    x_logits, mu, log_var = model(x)
    loss = vae_loss(x_logits, x, mu, log_var)[0]
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
        parameter.grad = gradient
    optimizer.step()
    return loss.item()


# ------------------------------------------------------------------------------------- evaluate


@RIGHT.add("evaluate", "in-weighted-batches")
def evaluate(model, x):
    mode = model.training
    model.eval()
    total = 0.0
    with torch.no_grad():
        for batch in torch.split(x, 64):
            x_logits, mu, log_var = model(batch)
            total += vae_loss(x_logits, batch, mu, log_var)[0].item() * len(batch)
    model.train(mode)
    return total / len(x)


@RIGHT.add("evaluate", "inference-mode-and-finally")
def evaluate(model, x):
    was_training = model.training
    try:
        model.eval()
        with torch.inference_mode():
            x_logits, mu, log_var = model(x)
            return float(vae_loss(x_logits, x, mu, log_var)[0])
    finally:
        if was_training:
            model.train()


@RIGHT.add("evaluate", "no-grad-as-decorator")
def evaluate(model, x):
    @torch.no_grad()
    def score():
        mu, log_var = model.encode(x)
        x_logits = model.decode(model.reparameterize(mu, log_var))
        return vae_loss(x_logits, x, mu, log_var)

    return score()[0].item()


@RIGHT.add("evaluate", "sum-of-the-terms")
def evaluate(model, x):
    modes = {m: m.training for m in model.modules()}
    model.eval()
    with torch.set_grad_enabled(False):
        _, recon, kl = vae_loss(*(lambda o: (o[0], x, o[1], o[2]))(model(x)))
    for m, training in modes.items():
        m.training = training
    print("evaluated", len(x), "images")
    return recon.item() + kl.item()


@RIGHT.add("evaluate", "several-samples")
def evaluate(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        losses = []
        for _ in range(3):
            x_logits, mu, log_var = model(x)
            losses.append(vae_loss(x_logits, x, mu, log_var)[0].double())
    model.train(was_training)
    return torch.stack(losses).mean().item()


@RIGHT.add("evaluate", "on-a-copy")
def evaluate(model, x):
    import copy

    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        x_logits, mu, log_var = twin(x)
        return vae_loss(x_logits, x, mu, log_var)[0].item()


# ------------------------------------------------------------------------------------- generate


@RIGHT.add("generate", "decorator")
def generate(model, num_images):
    @torch.no_grad()
    def draw():
        return torch.sigmoid(model.decode(torch.randn(num_images, model.latent_dim)))

    return draw()


@RIGHT.add("generate", "detach-at-the-end")
def generate(model, num_images):
    z = torch.distributions.Normal(0.0, 1.0).sample((num_images, model.latent_dim))
    return (1 / (1 + torch.exp(-model.decode(z)))).detach()


@RIGHT.add("generate", "one-at-a-time")
def generate(model, num_images):
    images = []
    with torch.inference_mode():
        for _ in range(num_images):
            z = torch.empty(1, model.latent_dim).normal_()
            images.append(F.logsigmoid(model.decode(z)).exp()[0])
    return torch.stack(images).clone()


@RIGHT.add("generate", "in-evaluation-mode")
def generate(model, num_images):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        z = torch.normal(0.0, 1.0, size=(num_images, model.latent_dim))
        p = torch.distributions.Bernoulli(logits=model.decode(z)).probs
    model.train(was_training)
    return p.view(num_images, -1)


@RIGHT.add("generate", "through-the-sampler")
def generate(model, num_images):
    zeros = torch.zeros(num_images, model.latent_dim)
    with torch.no_grad():
        z = model.reparameterize(zeros, zeros)
        return nn.Sigmoid()(model.decode(z))


# --------------------------------------------------------------------------------- gaussian_nll


@RIGHT.add("gaussian_nll", "torch-distributions")
def gaussian_nll(x_hat, x, sigma):
    return -torch.distributions.Normal(x_hat, sigma).log_prob(x).sum(dim=-1)


@RIGHT.add("gaussian_nll", "torch-functional")
def gaussian_nll(x_hat, x, sigma):
    variance = torch.full_like(x_hat, sigma**2)
    return F.gaussian_nll_loss(x_hat, x, variance, full=True, eps=1e-12, reduction="none").sum(1)


@RIGHT.add("gaussian_nll", "standardised-pixels")
def gaussian_nll(x_hat, x, sigma):
    standardised = (x - x_hat) / sigma
    return (0.5 * standardised**2 + math.log(sigma * math.sqrt(2 * math.pi))).sum(-1)


@RIGHT.add("gaussian_nll", "loop-over-images")
def gaussian_nll(x_hat, x, sigma):
    constant = 0.5 * x.size(1) * math.log(2 * math.pi * sigma**2)
    return torch.stack(
        [
            torch.dot(a - b, a - b) / (2 * sigma * sigma) + constant
            for a, b in zip(x_hat, x, strict=True)
        ]
    )


@RIGHT.add("gaussian_nll", "einsum-and-tensor-sigma")
def gaussian_nll(x_hat, x, sigma):
    sigma = torch.as_tensor(sigma, dtype=x.dtype)
    error = x_hat - x
    squared = torch.einsum("bi,bi->b", error, error)
    return squared / (2 * sigma**2) + error.shape[1] * (
        torch.log(sigma) + math.log(2 * math.pi) / 2
    )


# ------------------------------------------------------------------------------- effective_beta


@RIGHT.add("effective_beta", "four-cases")
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    if recon_reduction == "sum" and kl_reduction == "sum":
        return 1
    if recon_reduction == "mean" and kl_reduction == "sum":
        return num_pixels
    if recon_reduction == "sum" and kl_reduction == "mean":
        return 1 / latent_dim
    return num_pixels / latent_dim


@RIGHT.add("effective_beta", "dictionary")
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    numerator = {"sum": 1.0, "mean": float(num_pixels)}
    denominator = {"sum": 1.0, "mean": float(latent_dim)}
    return numerator[recon_reduction] / denominator[kl_reduction]


@RIGHT.add("effective_beta", "measured-with-torch")
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    reduce = {"sum": torch.sum, "mean": torch.mean}
    recon, kl = (
        torch.zeros(num_pixels, requires_grad=True),
        torch.zeros(latent_dim, requires_grad=True),
    )
    (reduce[recon_reduction](recon) + reduce[kl_reduction](kl)).backward()
    return (kl.grad[0] / recon.grad[0]).item()


@RIGHT.add("effective_beta", "in-place-updates")
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    beta = 1.0
    if recon_reduction != "sum":
        beta *= num_pixels
    if kl_reduction.lower() == "mean":
        beta /= latent_dim
    return beta


@RIGHT.add("effective_beta", "numpy")
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    import numpy as np

    weights = np.where(
        np.array([recon_reduction, kl_reduction]) == "mean",
        1 / np.array([num_pixels, latent_dim]),
        1.0,
    )
    return weights[1] / weights[0]


# ---------------------------------------------------------------------------------- xavier_init


@RIGHT.add("xavier_init", "torch-init")
def xavier_init(fan_in, fan_out):
    return nn.init.xavier_normal_(torch.empty(fan_in, fan_out, requires_grad=True))


@RIGHT.add("xavier_init", "parameter")
def xavier_init(fan_in, fan_out):
    return nn.Parameter(torch.randn(fan_in, fan_out) * (2 / (fan_in + fan_out)) ** 0.5)


@RIGHT.add("xavier_init", "normal-in-place")
def xavier_init(fan_in, fan_out):
    weights = torch.empty((fan_in, fan_out)).normal_(0, math.sqrt(2.0 / (fan_in + fan_out)))
    weights.requires_grad = True
    return weights


@RIGHT.add("xavier_init", "distributions")
def xavier_init(fan_in, fan_out):
    std = (0.5 * (fan_in + fan_out)) ** -0.5
    draws = torch.distributions.Normal(0.0, std).sample((fan_in, fan_out))
    return draws.detach().requires_grad_(True)


@RIGHT.add("xavier_init", "numpy")
def xavier_init(fan_in, fan_out):
    import numpy as np

    generator = np.random.default_rng()
    draws = generator.normal(0.0, np.sqrt(2 / (fan_in + fan_out)), size=(fan_in, fan_out))
    return torch.tensor(draws, dtype=torch.float32, requires_grad=True)


@RIGHT.add("xavier_init", "scaled-under-no-grad")
def xavier_init(fan_in, fan_out):
    weights = torch.randn(fan_in, fan_out, requires_grad=True)
    with torch.no_grad():
        weights /= math.sqrt((fan_in + fan_out) / 2)
    return weights


# ------------------------------------------------------------- what the hints say, typed as it stands


RIGHT.edit("VAE", "hints-typed", edits={"torch.randn_like(sigma)": "torch.randn_like(mu)"})


@RIGHT.add("vae_loss", "hints-typed")
def vae_loss(x_logits, x, mu, log_var):
    recon = (
        F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    )  # fmt: skip
    kl = (0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1)).mean()
    return recon + kl, recon, kl


@RIGHT.add("train_step", "hints-typed")
def train_step(model, x, optimizer):
    x_logits, mu, log_var = model(x)
    loss = vae_loss(x_logits, x, mu, log_var)[0]
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


@RIGHT.add("evaluate", "hints-typed")
def evaluate(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        loss = vae_loss(x_logits, x, mu, log_var)[0]
    model.train(was_training)
    return loss.item()


@RIGHT.add("generate", "hints-typed")
def generate(model, num_images):
    with torch.no_grad():
        z = torch.randn(num_images, model.latent_dim)
        return model.decode(z).sigmoid()


@RIGHT.add("gaussian_nll", "hints-typed")
def gaussian_nll(x_hat, x, sigma):
    constants = x.shape[1] * (math.log(sigma) + 0.5 * math.log(2 * math.pi))
    return (x - x_hat).square().sum(dim=1) / (2 * sigma**2) + constants


@RIGHT.add("effective_beta", "hints-typed")
def effective_beta(recon_reduction, kl_reduction, num_pixels, latent_dim):
    recon_weight = 1 / num_pixels if recon_reduction == "mean" else 1
    kl_weight = 1 / latent_dim if kl_reduction == "mean" else 1
    return kl_weight / recon_weight


@RIGHT.add("xavier_init", "hints-typed")
def xavier_init(fan_in, fan_out):
    # Not torch.randn(..., requires_grad=True) * std, which hint 2 warns of.
    std = math.sqrt(2 / (fan_in + fan_out))
    return (torch.randn(fan_in, fan_out) * std).requires_grad_()
