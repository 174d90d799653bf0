# %% wrong | repair_1 | unrepaired | The patient's body as it is: exp(log_var) is the variance, used as standard deviation.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | no-gradient | The standard deviation is right, but sample() cuts the gradient.
def repair_1(model, x):
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(0.5 * log_var)).sample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | twice-instead-of-half | Multiplies log_var by two instead of halving it.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(2 * log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | halves-the-exp | Halves the exponential instead of the exponent.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, 0.5 * torch.exp(log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | root-of-log-var | Takes the root of log_var itself, which is NaN where it is negative.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(torch.sqrt(log_var))
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | reinterprets-encoder | Leaves the sampler and changes the KL as if encode returned log sigma.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_sigma = model.encode(x)
    z = Normal(mu, torch.exp(log_sigma)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + (2 * log_sigma).exp() - 1 - 2 * log_sigma).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | no-noise | Decodes the mean without noise.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | uniform-noise | rand_like instead of randn_like.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = mu + sigma * torch.rand_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | shared-noise | One noise vector for the whole batch instead of a fresh sample per image.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    eps = torch.randn(mu.shape[1], dtype=mu.dtype, device=mu.device)
    z = mu + (0.5 * log_var).exp() * eps
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | mean-over-pixels | Repairs z and simplifies recon to the default mean reduction.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(0.5 * log_var)).rsample()
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x)
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | sum-over-batch | Sums over the batch instead of averaging.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    std = torch.exp(0.5 * log_var)
    z = mu + std * torch.randn_like(std)
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum")
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return recon + kl, recon, kl


# %% wrong | repair_1 | order-of-results | Returns (loss, kl, recon).
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(log_var / 2)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, kl, recon


# %% wrong | repair_1 | kl-repaired-too | Halves log_var in the KL as well, which was right before.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + sigma - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | floats | Returns Python floats, so the loss cannot be differentiated.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(0.5 * log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean().item()
    kl = (0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()).item()
    return recon + kl, recon, kl


# %% wrong | repair_1 | double-sigmoid | Applies a sigmoid before the loss that expects logits.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(0.5 * log_var)).rsample()
    x_hat = torch.sigmoid(model.decode(z))
    recon = F.binary_cross_entropy_with_logits(x_hat, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_1 | one-line | The patient with half of log_var.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(0.5 * log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_1 | own-noise | Mu plus sigma times noise, in the style of the PyTorch example.
def repair_1(model, x):
    mu, logvar = model.encode(x)
    std = torch.exp(0.5 * logvar)
    eps = torch.randn_like(std)
    z = mu + eps * std
    bce = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum") / x.size(0)
    kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp()) / x.size(0)
    return bce + kld, bce, kld


# %% right | repair_1 | distributions | KL and likelihood from torch.distributions.
from torch.distributions import Bernoulli


def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.mul(0.5).exp())
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    pixels = Bernoulli(logits=model.decode(q.rsample()), validate_args=False)  # x may be grey
    recon = -pixels.log_prob(x).sum(-1).mean()
    kl = kl_divergence(q, p).sum(-1).mean()
    return recon + kl, recon, kl


# %% right | repair_1 | course-nll | Uses the course's likelihood and einsum for the sample.
from course_utils.likelihood import bernoulli_nll


def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    noise = torch.randn_like(mu)
    z = mu + torch.einsum("bd,bd->bd", torch.exp(log_var / 2), noise)
    recon = bernoulli_nll(model.decode(z), x).mean()
    kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).sum(-1).mean()
    loss = recon + kl
    return loss, recon, kl


# %% right | repair_1 | helper-sample | A helper samples, and the two terms are computed per image first.
def draw(mu, log_var):
    return torch.addcmul(mu, torch.exp(log_var / 2), torch.randn_like(mu))


def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    logits = model.decode(draw(mu, log_var))
    nll = F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1)
    kl_per_image = 0.5 * (mu.square() + torch.exp(log_var) - log_var - 1).sum(1)
    return (nll + kl_per_image).mean(), nll.mean(), kl_per_image.mean()


# %% wrong | repair_2 | unrepaired | The patient's KL, which lacks the half before the squares.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | half-before-sigma-only | Halves sigma squared and forgets the half of mu squared.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 / 2 + mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | half-of-everything | Halves the whole expression, so the log and the constant are too small.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (sigma**2 + mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | log-sigma-not-doubled | 0.5 * (sigma^2 + mu^2 - 1 - log sigma): zero for a mute encoder, but half of the log is missing.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (sigma**2 + mu**2 - 1 - torch.log(sigma)).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | constant-one | Only the constant is changed, so that the mute encoder has KL 0.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + mu**2 - torch.log(sigma) - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | without-half | sigma^2 + mu^2 - 1 - log_var, which is twice the KL.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + mu**2 - log_var - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | beta-in-kl | The returned kl is multiplied by beta.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = beta * 0.5 * (sigma**2 + mu**2 - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_2 | beta-ignored | The weight is accepted and not used.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_2 | beta-squared | Beta is in the KL line and once more in the loss.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(1).mean()
    kl = (sigma**2 / 2 + mu**2 / 2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean() * beta
    return recon + beta * kl, recon, kl / beta if beta else kl


# %% wrong | repair_2 | default-beta-zero | Without a beta the KL costs nothing.
def repair_2(model: nn.Module, x: Tensor, beta: float = 0.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(1).mean()
    kl = 0.5 * (sigma**2 + mu**2 - log_var - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | mean-over-dimensions | The KL is averaged over the latent dimensions.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, (0.5 * log_var).exp())
    recon = F.binary_cross_entropy_with_logits(model.decode(q.rsample()), x, reduction="none").sum(1).mean()
    kl = kl_divergence(q, Normal(0.0, 1.0)).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | reversed-kl | KL of the prior from q instead of q from the prior.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, (0.5 * log_var).exp())
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    x_logits = model.decode(q.rsample())
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = kl_divergence(prior, q).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | constant-outside-sum | The half is subtracted once and not once per dimension.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (0.5 * (sigma**2 + mu**2) - torch.log(sigma)).sum(dim=1).mean() - 1 / 2
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | rescaled-sampler | Leaves the KL and stretches z until the spread looks right.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp() * 2**0.5
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (sigma**2 + mu**2 - 2 * torch.log(sigma) - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% right | repair_2 | halves | The patient's line with a half at both squares.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 / 2 + mu**2 / 2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% right | repair_2 | log-var-form | The familiar form with log_var.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0):
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% right | repair_2 | kl-divergence | The built-in KL.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(log_var / 2))
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    nll = F.binary_cross_entropy_with_logits(model.decode(q.rsample()), x, reduction="none")
    recon = nll.sum() / len(x)
    kl = kl_divergence(q, p).sum() / len(x)
    return recon + beta * kl, recon, kl


# %% right | repair_2 | dimension-loop | Adds the KL dimension by dimension.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = mu + sigma * torch.randn_like(mu)
    nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
    kl = mu.new_zeros(())
    for m, s in zip(mu.unbind(1), sigma.unbind(1)):
        kl = kl + (0.5 * (m * m + s * s - 1) - s.log()).mean()
    recon = nll.mean()
    return recon + beta * kl, recon, kl


# %% right | repair_2 | add-alpha | torch.add with alpha for beta, expm1 for the variance.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = torch.distributions.Normal(mu, log_var.mul(0.5).exp()).rsample()
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum") / x.shape[0]
    kl = (mu.square() + torch.expm1(log_var) - log_var).sum(-1).mean() / 2
    return torch.add(recon, kl, alpha=beta), recon, kl


# %% wrong | repair_3 | unrepaired | The KL is averaged over dimensions.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | sum-of-everything | Sums the KL over the batch as well.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum()
    return recon + kl, recon, kl


# %% wrong | repair_3 | sum-over-batch-mean-over-dims | Sums the wrong axis.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=0).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | recon-mean-too | Makes recon a mean over pixels so that both terms match.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | times-ten | Multiplies by ten, which is right only for ten latent dimensions.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = 10 * kl_divergence(q, prior).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | times-pixels | Multiplies the mean KL by the number of pixels, as for patient 0.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = x.shape[1] * kl_divergence(q, prior).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | squared-error | Replaces the density by the squared error, without the normalising constant.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    std = torch.exp(0.5 * log_var)
    z = mu + std * torch.randn_like(std)
    x_hat = torch.sigmoid(model.decode(z))
    recon = ((x - x_hat) ** 2 / (2 * sigma**2)).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | variance-as-scale | Gives sigma squared to Normal, which wants the standard deviation.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma**2).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | global-sigma | Uses the notebook's SIGMA instead of the argument.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, SIGMA).log_prob(x).sum(dim=1).mean()
    kl = kl_divergence(q, Normal(0.0, 1.0)).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | clipped-at-zero | Keeps recon from falling below 0, taken for the fault.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = (-Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()).clamp(min=0)
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | no-sigmoid | The mean of the pixels is the logit itself.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, (log_var / 2).exp())
    x_hat = model.decode(q.rsample())
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | bernoulli-instead | Replaces the Gaussian likelihood by the Bernoulli one.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_logits = model.decode(q.rsample())
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | narrow-prior | Leaves the mean and makes the prior narrower to punish wide codes.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), sigma * torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | constant-per-image | The normalising constant is added once and not once per pixel.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    import math

    mu, log_var = model.encode(x)
    z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
    x_hat = model.decode(z).sigmoid()
    sq = ((x - x_hat) / sigma).square().sum(dim=1)
    recon = (0.5 * sq + math.log(sigma * math.sqrt(2 * math.pi))).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_3 | sum-then-mean | Sum over dimensions, then mean over images.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_3 | times-latent-dim | Multiplies the mean by the number of latent dimensions, read from mu.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = mu.shape[1] * kl_divergence(q, prior).mean()
    return recon + kl, recon, kl


# %% right | repair_3 | independent | Independent distributions that sum by themselves.
from torch.distributions import Independent


def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Independent(Normal(mu, torch.exp(log_var / 2)), 1)
    p = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    pixels = Independent(Normal(torch.sigmoid(model.decode(q.rsample())), sigma), 1)
    recon = -pixels.log_prob(x).mean()
    kl = kl_divergence(q, p).mean()
    return recon + kl, recon, kl


# %% right | repair_3 | by-hand | Both terms by hand, constant included.
import math


def repair_3(model, x, sigma):
    mu, log_var = model.encode(x)
    z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    per_pixel = 0.5 * ((x - x_hat) / sigma) ** 2 + math.log(sigma) + 0.5 * math.log(2 * math.pi)
    recon = per_pixel.sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_3 | over-len | Sums of everything divided by the number of images.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(0.5 * log_var))
    z = q.rsample()
    likelihood = Normal(model.decode(z).sigmoid(), sigma)
    n = x.shape[0]
    recon = likelihood.log_prob(x).sum().neg() / n
    kl = kl_divergence(q, Normal(mu.new_zeros(()), mu.new_ones(()))).sum() / n
    return recon + kl, recon, kl


# %% wrong | repair_4 | unrepaired | sample() lets no gradient through.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).sample((num_samples,))
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | requires-grad-on-z | Marks z as requiring a gradient, which still ends there and does not reach the encoder.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).sample((num_samples,)).requires_grad_()
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | one-sample | rsample without the shape: one sample, whatever num_samples says.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample()
    x_logits = model.decode(z)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | always-four | Four samples are written into the code.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((4,))
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | default-one | The default number of samples is 1.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 1) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | summed-samples | Sums recon over the samples.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    recon = 0
    for _ in range(num_samples):
        z = mu + sigma * torch.randn_like(sigma)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        recon = recon + nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | averages-the-codes | Averages the samples of z before decoding.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,)).mean(dim=0)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=-1).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | averages-the-logits | Averages the logits of the samples and charges once.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z).mean(dim=0)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=-1).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | same-noise | All samples of an image share one noise.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = (mu + sigma * torch.randn_like(mu)).expand(num_samples, -1, -1)
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | sigma-detached | The gradient of recon reaches mu and not sigma.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    noise = Normal(torch.zeros_like(mu), sigma).sample((num_samples,))
    z = mu + noise
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | importance-weighted | Log of the average likelihood over samples instead of the average of the logs.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    import math

    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = -(torch.logsumexp(-nll, dim=0) - math.log(num_samples)).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | wrong-axis | sum(dim=1) now runs over the batch and the mean over pixels.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z)
    nll = F.binary_cross_entropy_with_logits(x_logits, x.expand_as(x_logits), reduction="none")
    recon = nll.sum(dim=1).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | kl-free | Drops the KL from the loss, because without the KL it should learn.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon, recon, kl


# %% wrong | repair_4 | mixed-rows | Codes are in sample-major rows and targets in image-major rows.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,)).flatten(0, 1)
    targets = x.repeat_interleave(num_samples, dim=0)
    nll = F.binary_cross_entropy_with_logits(model.decode(z), targets, reduction="none").sum(dim=1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_4 | one-letter | rsample.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_4 | own-noise | Writes the sample with noise of a larger shape.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    eps = torch.randn(num_samples, *mu.shape, dtype=mu.dtype, device=mu.device)
    z = mu + sigma * eps
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_4 | loop | One sample per round, averaged.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    q = Normal(mu, (0.5 * log_var).exp())
    recons = []
    for _ in range(num_samples):
        logits = model.decode(q.rsample())
        recons.append(F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x))
    recon = torch.stack(recons).mean()
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(1).mean()
    return recon + kl, recon, kl


# %% right | repair_4 | long-batch | Repeats every image into rows.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    m = mu.repeat_interleave(num_samples, dim=0)
    s = (log_var / 2).exp().repeat_interleave(num_samples, dim=0)
    rows = x.repeat_interleave(num_samples, dim=0)
    logits = model.decode(m + s * torch.randn_like(s))
    recon = F.binary_cross_entropy_with_logits(logits, rows, reduction="none").sum(1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean()
    return recon + kl, recon, kl


# %% right | repair_4 | image-first | Samples along the second axis, broadcast by unsqueeze.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    std = torch.exp(0.5 * log_var)
    shape = (mu.size(0), num_samples, mu.size(1))
    z = mu.unsqueeze(1) + std.unsqueeze(1) * torch.randn(shape, dtype=mu.dtype, device=mu.device)
    logits = model.decode(z)
    target = x.unsqueeze(1).expand(-1, num_samples, -1)
    recon = F.binary_cross_entropy_with_logits(logits, target, reduction="none").sum(2).mean(1).mean()
    kl = 0.5 * (mu.square() + std.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_5 | unrepaired | The sigmoid is applied twice: once by hand and once in the loss.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    recon = F.binary_cross_entropy_with_logits(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | bce-of-sigmoid | binary_cross_entropy of probabilities clips the logarithm and has no gradient at large logits.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    recon = F.binary_cross_entropy(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | logs-with-epsilon | Logarithms of probabilities with a small constant, not exact at large logits.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    eps = 1e-8
    recon = -(x * torch.log(x_hat + eps) + (1 - x) * torch.log(1 - x_hat + eps)).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | back-to-logits | Takes the logit of the sigmoid, which is infinite where the sigmoid is 0 or 1.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    recon = F.binary_cross_entropy_with_logits(torch.logit(x_hat), x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | logits-as-picture | The loss is right, but the logits are returned as the picture.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | other-z | The picture is drawn from another z than the loss.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = log_var.mul(0.5).exp()
    x_logits = model.decode(mu + sigma * torch.randn_like(mu))
    x_hat = torch.sigmoid(model.decode(mu + sigma * torch.randn_like(mu)))
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | picture-of-the-mean | The picture is decoded from mu.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(model.decode(mu))


# %% wrong | repair_5 | clamped-logits | Clamps the logits, so the loss is not exact outside and has no gradient there.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    logits = model.decode(z).clamp(-15, 15)
    recon = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, logits.sigmoid()


# %% wrong | repair_5 | mean-reduction | The default reduction averages over the pixels.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(x_logits)


# %% wrong | repair_5 | squared-error | Replaces the Bernoulli likelihood by the squared error.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    recon = F.mse_loss(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | swapped-arguments | Input and target of the loss are exchanged.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    x_hat = x_logits.sigmoid()
    recon = F.binary_cross_entropy_with_logits(x, x_hat, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | picture-double-sigmoid | The loss is right, but the picture goes through the sigmoid twice.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    x_hat = torch.sigmoid(torch.sigmoid(x_logits))
    return recon + kl, x_hat


# %% wrong | repair_5 | drawn-picture | Returns drawn pixels instead of probabilities.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.bernoulli(torch.sigmoid(x_logits))


# %% wrong | repair_5 | recon-only | The loss has lost its KL.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    loss = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    return loss, torch.sigmoid(x_logits)


# %% wrong | repair_5 | loss-per-image | Returns one loss per image instead of a scalar.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return recon + kl, torch.sigmoid(x_logits)


# %% right | repair_5 | logits-and-picture | The loss gets the logits and the picture the sigmoid.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(x_logits)


# %% right | repair_5 | logsigmoid | The cross entropy by hand from two log-sigmoids.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    logits = model.decode(z)
    log_p_ink, log_p_paper = F.logsigmoid(logits), F.logsigmoid(-logits)
    recon = -(x * log_p_ink + (1 - x) * log_p_paper).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, logits.sigmoid()


# %% right | repair_5 | bernoulli | A Bernoulli of logits gives the cost and the probabilities.
from torch.distributions import Bernoulli


def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(log_var / 2))
    pixels = Bernoulli(logits=model.decode(q.rsample()), validate_args=False)
    recon = -pixels.log_prob(x).sum(-1).mean()
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(-1).mean()
    return recon + kl, pixels.probs


# %% right | repair_5 | negative-elbo | The course's loss for the whole sum.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
    x_logits = model.decode(z)
    return negative_elbo(x_logits, x, mu, log_var), x_logits.sigmoid()


# %% right | repair_5 | module-loss | nn.BCEWithLogitsLoss without reduction.
def repair_5(model, x):
    criterion = nn.BCEWithLogitsLoss(reduction="none")
    mu, log_var = model.encode(x)
    std = torch.exp(log_var * 0.5)
    z = mu + std * torch.randn_like(std)
    out = model.decode(z)
    recon = criterion(out, x).sum(1).mean(0)
    kl = (-0.5 * (1 + log_var - mu.pow(2) - log_var.exp())).sum(1).mean(0)
    x_hat = torch.sigmoid(out)
    return recon + kl, x_hat


# %% wrong | repair_6 | unrepaired | The likelihood still sees pixels from -1 to 1.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | clamps-scaled | Clamps the scaled pixels to [0, 1], which changes all grey values.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x.clamp(0, 1), reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | classes-from-batch | one_hot guesses the number of classes from the batch.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | ten-classes | Ten classes are written into the code.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, 10).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | in-place-scaling | Scales the caller's images in place and charges the scaled back ones.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    target = x.clone()
    x.sub_(0.5).div_(0.5)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, target, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | relu-on-recon | Cuts the cost at zero instead of repairing the pixels.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").relu()
    recon = nll.sum() / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | half-shift | Maps the plain pixels to [0.5, 1] with (x + 1) / 2.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x + 1) / 2  # back to [0, 1]
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | wrong-consumer | Gives the plain images to the encoder and the scaled ones to the likelihood.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    x = (x - 0.5) / 0.5
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | squared-error | Keeps the scaled images and switches to tanh and squared error, no Bernoulli any more.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_hat = torch.tanh(model.decode(z, y))
    recon = F.mse_loss(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | sigmoid-target | Squashes the scaled images with a sigmoid to get into [0, 1].
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x.sigmoid(), reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | min-max | Rescales each batch to its own smallest and largest pixel.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - x.min()) / (x.max() - x.min())
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | thresholded | Charges black and white pixels instead of the given grey ones.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    scaled = (x - 0.5) / 0.5
    mu, log_var = model.encode(scaled, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    target = (scaled > 0).to(x.dtype)
    recon = F.binary_cross_entropy_with_logits(x_logits, target, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | decoder-without-label | The decoder gets zeros instead of the label, so it is not log p(x|y).
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, torch.zeros_like(y))
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | total-of-batch | Forgets to divide by the number of images.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum()
    return recon + kl, recon, kl


# %% right | repair_6 | no-scaling | Drops the scaling.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% right | repair_6 | scaled-encoder | The encoder sees scaled images, the likelihood plain ones.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode((x - 0.5) / 0.5, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% right | repair_6 | scaled-back | Scales the images back before the likelihood.
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    x = x * 0.5 + 0.5
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% right | repair_6 | eye-and-distributions | One-hot rows from an identity matrix, terms from torch.distributions.
from torch.distributions import Bernoulli


def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = torch.eye(model.num_classes, dtype=x.dtype, device=x.device)[labels]
    mu, log_var = model.encode(x, y)
    q = Normal(mu, torch.exp(0.5 * log_var))
    p_x = Bernoulli(logits=model.decode(q.rsample(), y), validate_args=False)
    recon = -p_x.log_prob(x).sum(dim=1).mean()
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_6 | scatter-and-assert | One-hot by scatter_, with the assertion that the text recommends.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = x.new_zeros(len(labels), model.num_classes).scatter_(1, labels[:, None], 1.0)
    mu, log_var = model.encode(x, y)
    z = mu + (log_var / 2).exp() * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    assert x.min() >= 0 and x.max() <= 1, "Bernoulli pixels live in [0, 1]"
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_7 | only-names | Repairs the order of kl and recon, but still adds batch means and divides by images.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    def update(batch: Tensor) -> tuple[float, float, float]:
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        return (recon + kl).item(), recon.item(), kl.item()

    totals = [0.0, 0.0, 0.0]
    for batch in x.split(batch_size):
        totals = [total + term for total, term in zip(totals, update(batch), strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% wrong | repair_7 | only-counts | Repairs the weights of the batches, but recon and kl are still exchanged.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    def update(batch: Tensor) -> tuple[float, float, float]:
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        return (recon + kl).item(), kl.item(), recon.item()

    totals = [0.0, 0.0, 0.0]
    for batch in x.split(batch_size):
        totals = [t + len(batch) * term for t, term in zip(totals, update(batch), strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% wrong | repair_7 | mean-of-batch-means | Divides by the number of batches, so a small last batch counts like a full one.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    def update(batch):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        return (recon + kl).item(), recon.item(), kl.item()

    totals = [0.0, 0.0, 0.0]
    batches = x.split(batch_size)
    for batch in batches:
        totals = [total + term for total, term in zip(totals, update(batch), strict=True)]
    loss, recon, kl = (total / len(batches) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% wrong | repair_7 | times-batch-size | Weights every batch with batch_size, also the smaller last one.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    loss_sum = recon_sum = kl_sum = 0.0
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean()
        loss = recon + kl
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * batch_size
        recon_sum += recon.item() * batch_size
        kl_sum += kl.item() * batch_size
    n = len(x)
    return {"loss": loss_sum / n, "recon": recon_sum / n, "kl": kl_sum / n}


# %% wrong | repair_7 | shuffled | The DataLoader shuffles, but the order is to be as given.
from torch.utils.data import DataLoader


def repair_7(model, x, optimizer, batch_size=128):
    totals = {"loss": 0.0, "recon": 0.0, "kl": 0.0}
    for batch in DataLoader(x, batch_size=batch_size, shuffle=True):
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean()
        loss = recon + kl
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        for name, term in (("loss", loss), ("recon", recon), ("kl", kl)):
            totals[name] += term.item() * len(batch)
    return {name: total / len(x) for name, total in totals.items()}


# %% wrong | repair_7 | drop-last | Leaves out the last, smaller batch.
from torch.utils.data import DataLoader


def repair_7(model, x, optimizer, batch_size=128):
    totals = {"loss": 0.0, "recon": 0.0, "kl": 0.0}
    seen = 0
    for batch in DataLoader(x, batch_size=batch_size, drop_last=True):
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean()
        loss = recon + kl
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen += len(batch)
        totals["loss"] += loss.item() * len(batch)
        totals["recon"] += recon.item() * len(batch)
        totals["kl"] += kl.item() * len(batch)
    return {name: total / seen for name, total in totals.items()}


# %% wrong | repair_7 | no-zero-grad | Gradients of earlier batches are never cleared.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    recon_total, kl_total = 0.0, 0.0
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        (nll + kl).mean().backward()
        optimizer.step()
        recon_total += nll.sum().item()
        kl_total += kl.sum().item()
    recon, kl = recon_total / len(x), kl_total / len(x)
    return {"loss": recon + kl, "recon": recon, "kl": kl}


# %% wrong | repair_7 | zero-grad-too-late | Clears the gradients between backward and step, so nothing is learned.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    recon_total, kl_total = 0.0, 0.0
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        (nll + kl).mean().backward()
        optimizer.zero_grad()
        optimizer.step()
        recon_total += nll.sum().item()
        kl_total += kl.sum().item()
    recon, kl = recon_total / len(x), kl_total / len(x)
    return {"loss": recon + kl, "recon": recon, "kl": kl}


# %% wrong | repair_7 | sum-as-loss | Updates on the sum over the batch instead of its mean.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    recon_total, kl_total = 0.0, 0.0
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="sum")
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum()
        optimizer.zero_grad()
        (nll + kl).backward()
        optimizer.step()
        recon_total += nll.item()
        kl_total += kl.item()
    n = x.shape[0]
    return {"loss": (recon_total + kl_total) / n, "recon": recon_total / n, "kl": kl_total / n}


# %% wrong | repair_7 | measured-after | Trains first and measures the finished model, instead of each image before its update.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        loss = negative_elbo(x_logits, batch, mu, log_var)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum").item() / len(x)
        kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).sum().item() / len(x)
    return {"loss": recon + kl, "recon": recon, "kl": kl}


# %% wrong | repair_7 | hard-coded-batch | Cuts batches of 128, whatever batch_size says.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    recon_total, kl_total = 0.0, 0.0
    for start in range(0, len(x), 128):
        batch = x[start : start + 128]
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        optimizer.zero_grad()
        (nll + kl).mean().backward()
        optimizer.step()
        recon_total += nll.sum().item()
        kl_total += kl.sum().item()
    recon, kl = recon_total / len(x), kl_total / len(x)
    return {"loss": recon + kl, "recon": recon, "kl": kl}


# %% wrong | repair_7 | one-update | Accumulates over all batches and makes a single update per epoch.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    recon_total, kl_total = 0.0, 0.0
    optimizer.zero_grad()
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        (nll + kl).mean().backward()
        recon_total += nll.sum().item()
        kl_total += kl.sum().item()
    optimizer.step()
    recon, kl = recon_total / len(x), kl_total / len(x)
    return {"loss": recon + kl, "recon": recon, "kl": kl}


# %% wrong | repair_7 | recon-only-loss | The update leaves the KL out.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    recon_total, kl_total = 0.0, 0.0
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        optimizer.zero_grad()
        nll.mean().backward()
        optimizer.step()
        recon_total += nll.sum().item()
        kl_total += kl.sum().item()
    recon, kl = recon_total / len(x), kl_total / len(x)
    return {"loss": recon + kl, "recon": recon, "kl": kl}


# %% wrong | repair_7 | tensors | Returns tensors instead of floats.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    recon_total, kl_total = 0, 0
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        optimizer.zero_grad()
        (nll + kl).mean().backward()
        optimizer.step()
        recon_total = recon_total + nll.detach().sum()
        kl_total = kl_total + kl.detach().sum()
    recon, kl = recon_total / len(x), kl_total / len(x)
    return {"loss": recon + kl, "recon": recon, "kl": kl}


# %% wrong | repair_7 | scaled-by-count-in-graph | Multiplies the batch mean by the number of images before backward, which changes the update.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    def update(batch: Tensor) -> tuple[float, float, float]:
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean() * len(batch) / len(x)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean() * len(batch) / len(x)
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        return (recon + kl).item(), recon.item(), kl.item()

    totals = [0.0, 0.0, 0.0]
    for batch in x.split(batch_size):
        totals = [total + term for total, term in zip(totals, update(batch), strict=True)]
    loss, recon, kl = totals
    return {"loss": loss, "recon": recon, "kl": kl}


# %% right | repair_7 | two-changes | The patient with the order repaired and each batch weighted by its size.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    def update(batch: Tensor) -> tuple[float, float, float]:
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        return (recon + kl).item(), recon.item(), kl.item()

    totals = [0.0, 0.0, 0.0]
    for batch in x.split(batch_size):
        terms = update(batch)
        totals = [total + len(batch) * term for total, term in zip(totals, terms, strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% right | repair_7 | dataloader | A DataLoader in the given order and a dictionary of totals.
from torch.utils.data import DataLoader, TensorDataset


def repair_7(model, x, optimizer, batch_size=128):
    loader = DataLoader(TensorDataset(x), batch_size=batch_size, shuffle=False)
    totals = {"loss": 0.0, "recon": 0.0, "kl": 0.0}
    for (xb,) in loader:
        optimizer.zero_grad()
        logits, mu, logvar = model(xb)
        bce = F.binary_cross_entropy_with_logits(logits, xb, reduction="sum")
        kld = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
        loss = (bce + kld) / xb.size(0)
        loss.backward()
        optimizer.step()
        totals["loss"] += (bce + kld).item()
        totals["recon"] += bce.item()
        totals["kl"] += kld.item()
    return {k: v / len(x) for k, v in totals.items()}


# %% right | repair_7 | per-image-costs | Collects the costs of all images and averages once.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    all_nll, all_kl = [], []
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        optimizer.zero_grad()
        (nll + kl).mean().backward()
        optimizer.step()
        all_nll.append(nll.detach())
        all_kl.append(kl.detach())
    recon = torch.cat(all_nll).mean().item()
    kl = torch.cat(all_kl).mean().item()
    return {"loss": recon + kl, "recon": recon, "kl": kl}


# %% right | repair_7 | course-loss | The course's negative_elbo for the update; recon is the loss less the KL.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    report = {"loss": 0.0, "recon": 0.0, "kl": 0.0}
    for start in range(0, len(x), batch_size):
        batch = x[start : start + batch_size]
        share = len(batch) / len(x)
        x_logits, mu, log_var = model(batch)
        loss = negative_elbo(x_logits, batch, mu, log_var)
        kl = kl_divergence(Normal(mu, (log_var / 2).exp()), Normal(0.0, 1.0)).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        report["loss"] += share * loss.item()
        report["kl"] += share * kl.item()
        report["recon"] += share * (loss - kl).item()
    return report


# %% wrong | repair_8 | unrepaired | The condition is still the lower half.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x * mask
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | mask-inverted-for-both | The mask is inverted where it is made, so recon now counts the upper half.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, : x.shape[1] // 2] = 1
    y = x * mask
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | charges-upper | Leaves the condition and charges the other half, which is wrong in both.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x * mask
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = ((1 - mask) * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | charges-everything | The condition is right, but recon counts all pixels.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, : x.shape[1] // 2] = 1
    y = x * mask
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | blind-encoder | The encoder sees only the upper half.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x * (1 - mask)
    mu, log_var = model.encode(y, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | decoder-sees-all | The encoder's condition is right, but the decoder is given the whole image.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x * (1 - mask)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, x)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | in-place | Tears the caller's images, so encoder and target lose the lower half too.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    half = x.shape[1] // 2
    y = x
    y[:, half:] = 0
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = nll[:, half:].sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | half-width-condition | The condition is cut to half its width, but y has the shape of x.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    half = x.shape[1] // 2
    y = x[:, :half]
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = nll[:, half:].sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | hard-coded-392 | Works only for 784 pixels.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = x.clone()
    y[:, 392:] = 0
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = nll[:, 392:].sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | masked-logits | Multiplies logits and target by the mask, so each upper pixel still costs log 2.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x * (1 - mask)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(mask * x_logits, mask * x, reduction="none")
    recon = nll.sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | ones-in-the-gap | Puts ones in place of the lower half instead of zeros.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = torch.where(mask == 1, torch.ones_like(x), x)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | minus-mask | x - mask leaves the lower half in the condition, shifted by one.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x - mask  # take the lower half away
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | half-of-the-batch | Cuts the batch and not the pixels.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[x.shape[0] // 2 :] = 1
    y = x * (1 - mask)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | mean-over-lower-pixels | Averages the cost over the lower pixels.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    half = x.shape[1] // 2
    y = torch.cat([x[:, :half], torch.zeros_like(x[:, half:])], dim=1)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits[:, half:], x[:, half:])
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_8 | one-minus-mask | The condition is x where the mask is 0.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x * (1 - mask)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_8 | mask-means-given | The mask marks the given half, and recon counts the rest.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    given = torch.zeros_like(x)
    given[:, : x.shape[1] // 2] = 1  # 1 = known to everybody
    y = x * given
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = ((1 - given) * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_8 | cat-and-slices | Joins the upper half with zeros and charges slices.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    upper, lower = x.chunk(2, dim=1)
    y = torch.cat([upper, torch.zeros_like(lower)], dim=1)
    mu, log_var = model.encode(x, y)
    q = Normal(mu, torch.exp(log_var / 2))
    lower_logits = model.decode(q.rsample(), y).chunk(2, dim=1)[1]
    recon = F.binary_cross_entropy_with_logits(lower_logits, lower, reduction="sum") / len(x)
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum() / len(x)
    return recon + kl, recon, kl


# %% right | repair_8 | clone-and-zero | Clones the image and sets the lower half of the copy to zero.
def repair_8(model, x):
    half = x.size(1) // 2
    torn = x.clone()
    torn[:, half:] = 0.0
    mu, logvar = model.encode(x, torn)
    std = torch.exp(0.5 * logvar)
    logits = model.decode(mu + std * torch.randn_like(std), torn)
    bce = F.binary_cross_entropy_with_logits(logits, x, reduction="none")[:, half:].sum(-1).mean()
    kld = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(-1).mean()
    return bce + kld, bce, kld


# %% right | repair_8 | index-mask | A boolean mask from pixel numbers, with where and weights in the loss.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    num_pixels = x.shape[1]
    is_lower = torch.arange(num_pixels, device=x.device) >= num_pixels // 2
    y = x.masked_fill(is_lower, 0)
    mu, log_var = model.encode(x, y)
    z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    weight = is_lower.to(x.dtype).expand_as(x)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, weight=weight, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_9 | unrepaired | In evaluation mode the noise is left out.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu) if model.training else mu
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | was-training | The noise depends on the mode before the call, so a model in evaluation mode is scored without noise.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu) if was_training else mu
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | train-mode | Evaluates in training mode to get noise, so dropout is active.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.train()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu) if model.training else mu
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | no-eval | The line with eval() is removed, so a training model keeps its dropout.
def repair_9(model: nn.Module, x: Tensor) -> float:
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | mode-not-restored | Leaves the model in evaluation mode.
@torch.no_grad()
def repair_9(model: nn.Module, x: Tensor) -> float:
    model.eval()
    mu, log_var = model.encode(x)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | always-train-after | Puts every model into training mode after the call.
def repair_9(model: nn.Module, x: Tensor) -> float:
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train()
    return (nll + kl).mean().item()


# %% wrong | repair_9 | seeded | Seeds the noise, so ten scores still agree to the last digit.
def repair_9(model: nn.Module, x: Tensor) -> float:
    torch.manual_seed(0)
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | tensor | Returns a tensor instead of a Python float.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = Normal(mu, torch.exp(log_var / 2)).sample()
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean()


# %% wrong | repair_9 | records-graph | no_grad is gone, so a graph is recorded.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = mu + sigma * torch.randn_like(mu)
    nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | variance-as-sigma | Samples with the variance as standard deviation.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = mu + torch.exp(log_var) * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | unit-noise | Adds standard normal noise without sigma.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = mu + torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | noise-shared | One noise vector for the whole batch.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu[0])
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | clears-gradients | Clears the model's gradients, which should be as before.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    model.zero_grad()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | recon-only | The score has lost its KL.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
    model.train(was_training)
    return nll.mean().item()


# %% wrong | repair_9 | noise-on-the-score | Keeps z = mu and jitters the result so that it varies.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        nll = F.binary_cross_entropy_with_logits(model.decode(mu), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    score = (nll + kl).mean()
    return (score + 0.1 * torch.randn_like(score)).item()


# %% right | repair_9 | always-noise | The patient with noise in every mode.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% right | repair_9 | distributions | Normal and its KL, with a decorator against gradients.
@torch.no_grad()
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(0.5 * log_var))
    logits = model.decode(q.sample())
    model.train(was_training)
    nll = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum()
    return ((nll + kl) / len(x)).item()


# %% right | repair_9 | try-finally | Restores the mode also after an error, and uses the course's loss.
def repair_9(model: nn.Module, x: Tensor) -> float:
    mode = model.training
    model.train(False)
    try:
        with torch.no_grad():
            mu, log_var = model.encode(x)
            z = mu + (log_var / 2).exp() * torch.randn_like(log_var)
            return float(negative_elbo(model.decode(z), x, mu, log_var))
    finally:
        model.train(mode)


# %% right | repair_9 | every-module | Notes and restores the mode of each module.
def repair_9(model, x):
    modes = {m: m.training for m in model.modules()}
    model.eval()
    with torch.inference_mode():
        mu, logvar = model.encode(x)
        std = torch.exp(0.5 * logvar)
        logits = model.decode(mu + std * torch.randn_like(std))
        bce = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)
        kld = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(1)
        score = (bce + kld).mean().item()
    for m, training in modes.items():
        m.training = training
    return score


# %% right | repair_9 | deepcopy | Evaluates a copy of the model, so the original is never touched.
import copy


def repair_9(model: nn.Module, x: Tensor) -> float:
    twin = copy.deepcopy(model).eval()
    with torch.no_grad():
        mu, log_var = twin.encode(x)
        z = Normal(mu, log_var.mul(0.5).exp()).sample()
        nll = F.binary_cross_entropy_with_logits(twin.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return (nll + kl).mean().item()


# %% wrong | diagnosis | all-like-patient-0 | Every patient gets the letter of patient 0, which belongs to none of the nine.
def diagnosis() -> dict[int, str | None]:
    return {patient: "N" for patient in range(1, 10)}


# %% wrong | diagnosis | numbered-from-zero | The keys run from 0 to 8, so patient 9 is missing.
def diagnosis() -> dict[int, str | None]:
    letters = list(clinic.CAUSES)
    return {number: letters[number] for number in range(9)}


# %% wrong | diagnosis | text-keys | The keys are texts and not numbers.
def diagnosis() -> dict[int, str | None]:
    return {str(patient): None for patient in range(1, 10)}


# %% wrong | diagnosis | list | Returns a list of letters instead of a dictionary.
def diagnosis() -> dict[int, str | None]:
    return ["B", "D", "F", "G", "K", "L", "P", "Q", "R"]


# %% wrong | diagnosis | only-the-sure-ones | Leaves out the patients that it is not sure of, instead of entering None.
def diagnosis() -> dict[int, str | None]:
    # the others I do not know yet
    return {1: None, 4: None, 9: None}


# %% wrong | diagnosis | sentences | The values are descriptions in own words and not letters.
def diagnosis() -> dict[int, str | None]:
    return {
        1: "the variance is used as standard deviation",
        2: "a half is missing in the KL",
        3: "the KL is a mean over dimensions",
        4: "sample() instead of rsample()",
        5: "sigmoid twice",
        6: "pixels from -1 to 1",
        7: "wrong counts and names",
        8: "the condition is the lower half",
        9: "no noise in evaluation mode",
    }


# %% wrong | diagnosis | prints-only | Prints the dictionary and returns nothing.
def diagnosis() -> dict[int, str | None]:
    record = {1: "A", 2: "B", 3: "C", 4: "D", 5: "E", 6: "F", 7: "G", 8: "H", 9: "I"}
    print(record)


# %% wrong | diagnosis | letters-as-keys | Letters are the keys and patients the values.
def diagnosis() -> dict[int, str | None]:
    return {"A": 1, "C": 2, "E": 3, "G": 4, "I": 5, "K": 6, "M": 7, "O": 8, "Q": 9}


# %% wrong | diagnosis | numbers-as-values | The values are positions in the list and not letters.
def diagnosis() -> dict[int, str | None]:
    return {1: 17, 2: 4, 3: 8, 4: 9, 5: 13, 6: 11, 7: 2, 8: 1, 9: 12}


# %% wrong | diagnosis | with-patient-0 | Patient 0 is in the record as well, and the others are empty.
def diagnosis() -> dict[int, str | None]:
    record = dict.fromkeys(range(1, 10))
    record[0] = "N"
    return record


# %% wrong | diagnosis | letters-off-the-list | Uses letters beyond the eighteen of the list.
def diagnosis() -> dict[int, str | None]:
    return dict(zip(range(1, 10), "RSTUVWXYZ"))


# %% wrong | diagnosis | whole-list | Returns the list of causes itself.
def diagnosis() -> dict[int, str | None]:
    return clinic.CAUSES


# %% wrong | diagnosis | same-letter | One cause for all nine patients, which can be right for one at most.
def diagnosis() -> dict[int, str | None]:
    return {i: "A" for i in range(1, 10)}
