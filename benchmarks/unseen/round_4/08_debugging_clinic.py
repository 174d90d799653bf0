# %% wrong | repair_1 | unrepaired | The patient's own body, copied without a change: the variance exp(log_var) is still used as standard deviation of the sampler.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_1 | kl-bent-to-the-sampler | Leaves the sampler and changes the KL to fit it, as if log_var were the logarithm of the standard deviation.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var)
    z = Normal(mu, sigma).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - 2 * log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_1 | squared-instead-of-root | Goes the wrong way: the standard deviation is exp(2 * log_var), the square of the variance, instead of its root.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(log_var * 2)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_1 | log-var-times-noise | Multiplies the noise with log_var itself; no exponential is taken.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    eps = torch.randn_like(mu)
    z = mu + log_var * eps
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_1 | softplus | Takes softplus(log_var) as the standard deviation of the sampler, a convention of other frameworks.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    std = F.softplus(log_var) + 1e-6
    z = mu + std * torch.randn_like(std)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_1 | no-gradient-through-z | The standard deviation is repaired, but z is drawn with .sample(), so no gradient of recon reaches the encoder.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(0.5 * log_var)).sample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_1 | pixel-mean | The sampler is repaired, but recon is averaged over pixels too, as with the default reduction.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    std = torch.exp(0.5 * log_var)
    z = mu + std * torch.randn_like(std)
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x)
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_1 | mean-code | Decodes mu without any noise, so there is no sample of z.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    x_logits = model.decode(mu)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_1 | order-of-terms | Everything is computed rightly, but the return order is (loss, kl, recon) instead of (loss, recon, kl).
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, (log_var / 2).exp()).rsample()
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean()
    return recon + kl, kl, recon

# %% wrong | repair_1 | one-noise-for-the-batch | The noise has shape (latent_dim,), so all images of a batch share the same noise.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    eps = torch.randn(mu.shape[1], dtype=mu.dtype, device=mu.device)
    z = mu + torch.exp(0.5 * log_var) * eps
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_1 | kl-sign | Copies the form 0.5 * (1 + log_var - mu^2 - exp(log_var)) without its minus, so kl is negative and the loss rewards a large KL.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    std = torch.exp(0.5 * log_var)
    z = mu + torch.randn_like(std) * std
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_1 | uniform-noise | The noise is uniform on [0, 1) (torch.rand_like) instead of standard normal.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    std = (0.5 * log_var).exp()
    z = mu + std * torch.rand_like(std)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_1 | batch-sums | The sampler is repaired, but both terms are summed over the batch as in the PyTorch example, so they are not per image.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(0.5 * log_var)).rsample()
    BCE = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum")
    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return BCE + KLD, BCE, KLD

# %% right | repair_1 | half-in-place-of-the-fault | One line of the patient changed.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(0.5 * log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% right | repair_1 | sqrt-and-distributions | Square root of the variance; Bernoulli and kl_divergence from torch.distributions.
from torch.distributions import Bernoulli


def repair_1(model, x):
    mean, log_variance = model.encode(x)
    posterior = Normal(mean, log_variance.exp().sqrt())
    prior = Normal(torch.zeros_like(mean), torch.ones_like(mean))
    pixels = Bernoulli(logits=model.decode(posterior.rsample()), validate_args=False)
    recon = -pixels.log_prob(x).sum(-1).mean()
    kl = kl_divergence(posterior, prior).sum(-1).mean()
    return recon + kl, recon, kl

# %% right | repair_1 | sums-over-batch-size | Sums over everything, divided by the batch size; -0.5 form of the KL; prints left inside.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    batch_size = x.size(0)
    mu, logvar = model.encode(x)
    std = torch.exp(0.5 * logvar)
    eps = torch.randn_like(std)
    z = mu + eps * std
    print("std of the noise:", eps.std().item())
    logits = model.decode(z)
    BCE = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / batch_size
    KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp()) / batch_size
    return BCE + KLD, BCE, KLD

# %% right | repair_1 | helpers | Small nested helpers; the Bernoulli cost written as softplus(l) - x l.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    def per_image(t):
        return t.sum(dim=1).mean(dim=0)

    def draw(m, s):
        return torch.addcmul(m, s, torch.randn_like(s))

    mu, log_var = model.encode(x)
    sigma = log_var.div(2).exp()
    logits = model.decode(draw(mu, sigma))
    recon = per_image(F.softplus(logits) - x * logits)
    kl = per_image((mu**2 + sigma**2 - 1) / 2 - log_var / 2)
    return recon + kl, recon, kl

# %% wrong | repair_2 | unrepaired | The patient's own body: mu^2 and sigma^2 still lack the factor one half.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | repair_2 | everything-halved | Puts one half before all terms including log sigma, so the KL is 0 for a mute encoder but smallest at sigma^2 = 0.5.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (sigma**2 + mu**2 - torch.log(sigma) - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | repair_2 | only-the-constant | Changes only the constant from 1/2 to 1 so that a mute encoder costs 0; the squares still lack the factor one half.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + mu**2 - torch.log(sigma) - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | repair_2 | twice-the-kl | The terms are right relative to each other, but the factor one half before the whole is missing, so the KL is twice too large.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    std = torch.exp(0.5 * log_var)
    z = mu + std * torch.randn_like(std)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = -(1 + log_var - mu.pow(2) - log_var.exp()).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | repair_2 | beta-ignored | The KL is repaired, but beta is not used in the loss.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_2 | kl-returned-with-beta | The third value is beta * kl instead of the plain kl.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = beta * (0.5 * (sigma**2 + mu**2 - 1) - torch.log(sigma)).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_2 | beta-weighs-both | Beta multiplies the whole loss, recon included.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (0.5 * (sigma**2 + mu**2) - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return beta * (recon + kl), recon, kl

# %% wrong | repair_2 | kl-mean-over-dims | The formula is repaired, but the KL is averaged over the latent dimensions instead of summed.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * torch.mean(mu**2 + sigma**2 - log_var - 1)
    return recon + beta * kl, recon, kl

# %% wrong | repair_2 | reverse-kl | Computes KL(p to q), from the prior to the posterior, instead of KL(q to p).
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(sigma))
    kl = kl_divergence(prior, Normal(mu, sigma)).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | repair_2 | mu-not-halved | Halves sigma^2 only; mu^2 still lacks its factor one half.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 / 2 + mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | repair_2 | log-var-for-log-sigma | Subtracts log_var where log sigma belongs, so the logarithm counts twice.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = ((sigma**2 + mu**2 - 1) / 2 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | repair_2 | kl-as-a-number | The KL enters the loss as a Python number from .item(), so it is not trained and kl is no tensor.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (0.5 * (sigma**2 + mu**2 - 1) - torch.log(sigma)).sum(dim=1).mean().item()
    return recon + beta * kl, recon, kl

# %% wrong | repair_2 | sigma-of-the-sampler-changed | The KL is repaired, but sigma of the sampler is "repaired" too, to exp(log_var), and the KL is computed from log_var.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% right | repair_2 | minimal | One line of the patient changed, written with sigma.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (0.5 * (sigma**2 + mu**2) - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% right | repair_2 | library-kl | rsample and kl_divergence with Independent, no type hints.
from torch.distributions import Independent


def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    q = Independent(Normal(mu, log_var.mul(0.5).exp()), 1)
    p = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    logits = model.decode(q.rsample())
    distortion = F.binary_cross_entropy_with_logits(logits, x, reduction="sum").div(len(x))
    rate = kl_divergence(q, p).mean()
    return distortion + beta * rate, distortion, rate

# %% right | repair_2 | dimension-loop | The KL is added up in a loop over latent dimensions.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    noise = torch.randn_like(mu)
    z = mu + torch.sqrt(torch.exp(log_var)) * noise
    logits = model.decode(z)
    nll = F.binary_cross_entropy_with_logits(logits, x, reduction="none")
    recon = nll.sum(dim=1).mean()
    kl = torch.zeros((), dtype=mu.dtype, device=mu.device)
    for d in range(mu.shape[1]):
        m = mu[:, d]
        v = log_var[:, d].exp()
        kl = kl + (0.5 * (m * m + v - 1.0 - log_var[:, d])).mean()
    loss = recon + kl * beta
    return loss, recon, kl

# %% right | repair_2 | einsum-kl | The squares of the KL by einsum, everything divided by the batch size at the end.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    n = x.shape[0]
    m, lv = model.encode(x)
    s = (lv / 2).exp()
    out = model.decode(m + s * torch.randn_like(s))
    recon = (F.softplus(out) - x * out).sum() / n
    squares = torch.einsum("bd,bd->", m, m) + torch.einsum("bd,bd->", s, s)
    kl = 0.5 * (squares - lv.sum() - lv.numel()) / n
    return torch.add(recon, kl, alpha=beta), recon, kl

# %% wrong | repair_3 | unrepaired | The patient's own body: the KL is averaged over the latent dimensions too.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).mean()
    return recon + kl, recon, kl

# %% wrong | repair_3 | sum-over-batch-too | The KL is summed over the batch as well as over the latent dimensions, so it grows with the batch size.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum()
    return recon + kl, recon, kl

# %% wrong | repair_3 | wrong-axis | Sums the KL over the batch and averages over the latent dimensions.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=0).mean()
    return recon + kl, recon, kl

# %% wrong | repair_3 | times-ten | Multiplies the averaged KL by 10, which is right only for ten latent dimensions.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = 10 * kl_divergence(q, prior).mean()
    return recon + kl, recon, kl

# %% wrong | repair_3 | times-pixels | Multiplies the averaged KL by the number of pixels, in the manner of the repair of patient 0, instead of by the number of latent dimensions.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = x.shape[1] * kl_divergence(q, prior).mean()
    return recon + kl, recon, kl

# %% wrong | repair_3 | both-means | Makes the two terms alike by averaging recon over the pixels too, so neither is in nats per image.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).mean()
    return recon + kl, recon, kl

# %% wrong | repair_3 | constant-dropped | The KL is repaired, but recon is only the squared error over 2 sigma^2; the normalising constant is missing.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    recon = ((x - x_hat) ** 2 / (2 * sigma**2)).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_3 | sigma-as-variance | The KL is repaired, but sigma is taken for the variance of a pixel: its square root is the standard deviation.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma**0.5).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_3 | sigmoid-forgotten | The KL is repaired, but the logits themselves are the means of the Gaussian; the sigmoid got lost.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(log_var / 2))
    x_hat = model.decode(q.rsample())
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_3 | no-negative-recon | The KL is repaired, but recon is clamped at 0 because a cost "cannot be negative"; the contract says that it may be.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    nll = -Normal(x_hat, sigma).log_prob(x).sum(dim=1)
    recon = nll.clamp(min=0).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_3 | global-sigma | The KL is repaired, but recon uses the notebook's global SIGMA of 0.2 instead of the argument sigma.
SIGMA = 0.2


def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, SIGMA).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_3 | constant-once-per-image | Writes the Gaussian by hand and adds the constant log(sigma sqrt(2 pi)) once per image instead of once per pixel.
import math


def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    sq = ((x - x_hat) ** 2).sum(dim=1)
    recon = (sq / (2 * sigma**2) + math.log(sigma * math.sqrt(2 * math.pi))).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_3 | kl-not-averaged | Sums the KL over the latent dimensions but forgets the batch mean, so loss and kl are vectors and not scalars.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1)
    return recon + kl, recon, kl

# %% right | repair_3 | minimal | One line of the patient changed.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% right | repair_3 | by-hand | Both terms written by hand, the constant once per pixel.
import math


def repair_3(model, x, sigma):
    mu, log_var = model.encode(x)
    std = torch.exp(log_var * 0.5)
    z = mu + std * torch.randn_like(std)
    x_hat = 1 / (1 + torch.exp(-model.decode(z)))
    log_constant = math.log(sigma) + 0.5 * math.log(2 * math.pi)
    cost_of_pixel = 0.5 * ((x - x_hat) / sigma) ** 2 + log_constant
    recon = torch.sum(cost_of_pixel, dim=1).mean()
    kl = -0.5 * torch.sum(1 + log_var - mu**2 - log_var.exp(), dim=1).mean()
    return recon + kl, recon, kl

# %% right | repair_3 | mean-times-latent-dim | Keeps the mean and multiplies by the number of latent dimensions, read from the shape.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).mean() * mu.shape[-1]
    return recon + kl, recon, kl

# %% right | repair_3 | mse-sum | A sum of squared errors from F.mse_loss plus the constant of all pixels.
import math


def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    batch, pixels = x.shape
    mu, log_var = model.encode(x)
    z = torch.normal(torch.zeros_like(mu), torch.ones_like(mu)) * (log_var / 2).exp() + mu
    squared = F.mse_loss(torch.sigmoid(model.decode(z)), x, reduction="sum") / batch
    recon = squared / (2 * sigma**2) + 0.5 * pixels * math.log(2 * math.pi * sigma**2)
    kl = sum(0.5 * (mu**2 + log_var.exp() - 1 - log_var).mean(dim=0))
    return recon + kl, recon, kl

# %% wrong | repair_4 | unrepaired | The patient's own body: .sample() cuts the gradient between recon and the encoder.
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

# %% wrong | repair_4 | requires-grad-on-z | Calls requires_grad_() on the sample: z now has a gradient, but as a new leaf, so the encoder still gets none from recon.
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

# %% wrong | repair_4 | one-sample-only | The gradient passes, but only one sample is drawn for each image; num_samples is not used.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_4 | same-sample-repeated | Draws one noise per image and repeats z num_samples times, so the samples are copies of each other.
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

# %% wrong | repair_4 | summed-over-samples | rsample is right, but recon is summed over the samples instead of averaged.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.sum(dim=0).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_4 | best-of-samples | Takes the cheapest sample of each image instead of the average over samples.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.min(dim=0).values.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_4 | codes-averaged | Averages the samples of z before decoding, so one code with too little noise is decoded instead of averaging recon.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,)).mean(dim=0)
    x_logits = model.decode(z)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_4 | logits-averaged | Averages the logits over samples and computes one recon from the average, which is lower than the average of the recons.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z).mean(dim=0)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_4 | loop-one-short | The loop runs from 1 to num_samples - 1 but the sum is divided by num_samples, so recon is too low by one sample.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    recon = torch.zeros((), dtype=mu.dtype, device=mu.device)
    for _ in range(1, num_samples):
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        recon = recon + nll.mean() / num_samples
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_4 | importance-weighted | Replaces the average over samples by the importance-weighted form, -log mean exp(-nll), which is another objective.
import math


def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = -(torch.logsumexp(-nll, dim=0) - math.log(num_samples)).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_4 | gradient-only-through-mu | The noise times sigma is detached, so recon reaches mu but never log_var.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    with torch.no_grad():
        noise = sigma * torch.randn(num_samples, *mu.shape, dtype=mu.dtype, device=mu.device)
    z = mu + noise
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_4 | images-mispaired | The flattened codes are ordered sample by sample but the images are repeated with repeat_interleave, so most codes are compared with another image.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,)).flatten(0, 1)
    targets = x.repeat_interleave(num_samples, dim=0)
    nll = F.binary_cross_entropy_with_logits(model.decode(z), targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_4 | kl-over-samples | rsample is right, but the KL is divided by num_samples as if it were shared among them.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean() / num_samples
    return recon + kl, recon, kl

# %% right | repair_4 | one-letter | One letter of the patient changed.
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

# %% right | repair_4 | loop | A loop over the samples, each decoded as a plain batch, then the mean of a list.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    costs = []
    for sample_number in range(num_samples):
        noise = torch.randn_like(mu)
        z = mu + sigma * noise
        cost = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum") / x.shape[0]
        costs.append(cost)
    recon = sum(costs) / len(costs)
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% right | repair_4 | flat-rows | Everything as rows: mu, sigma and the images are repeated in the same order.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    many_mu, many_log_var, many_x = (t.repeat(num_samples, 1) for t in (mu, log_var, x))
    z = many_mu + torch.exp(many_log_var / 2) * torch.randn_like(many_mu)
    logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(logits, many_x, reduction="none").sum(1).mean()
    kl = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(1).mean()
    return recon + kl, recon, kl

# %% right | repair_4 | samples-in-the-middle | Samples on the second axis, Bernoulli and Independent distributions.
from torch.distributions import Bernoulli, Independent


def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = log_var.div(2).exp()
    noise = torch.randn(mu.shape[0], num_samples, mu.shape[1], dtype=mu.dtype, device=mu.device)
    z = mu[:, None, :] + sigma[:, None, :] * noise
    likelihood = Independent(Bernoulli(logits=model.decode(z), validate_args=False), 1, validate_args=False)
    recon = -likelihood.log_prob(x[:, None, :]).mean(dim=1).mean(dim=0)
    prior = Normal(torch.zeros_like(mu), torch.ones_like(sigma))
    kl = kl_divergence(Normal(mu, sigma), prior).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_5 | unrepaired | The patient's own body: probabilities go into a loss that expects logits.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    recon = F.binary_cross_entropy_with_logits(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat

# %% wrong | repair_5 | bce-of-probabilities | Uses F.binary_cross_entropy on the sigmoid, which is not exact for large logits: the sigmoid rounds to 0 or 1 and the cost is capped at 100.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    recon = F.binary_cross_entropy(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat

# %% wrong | repair_5 | log-with-epsilon | Writes the cost by hand as log(x_hat + 1e-8), so the cost of a pixel is wrong at large logits and never above about 18.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    eps = 1e-8
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    recon = -(x * torch.log(x_hat + eps) + (1 - x) * torch.log(1 - x_hat + eps)).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat

# %% wrong | repair_5 | logits-as-picture | The loss is right, but the second value is the logits and not the probabilities.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat

# %% wrong | repair_5 | picture-of-another-z | The picture is decoded from a second draw of z, not from the z of the loss.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)

    def sample():
        return mu + log_var.mul(0.5).exp() * torch.randn_like(mu)

    recon = F.binary_cross_entropy_with_logits(model.decode(sample()), x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    x_hat = torch.sigmoid(model.decode(sample()))
    return recon + kl, x_hat

# %% wrong | repair_5 | picture-of-the-mean | The picture is decoded from mu instead of from the sampled z of the loss.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    with torch.no_grad():
        x_hat = model.decode(mu).sigmoid()
    return recon + kl, x_hat

# %% wrong | repair_5 | squared-error | Replaces the Bernoulli cost by the squared error of x_hat.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    recon = F.mse_loss(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat

# %% wrong | repair_5 | black-and-white-picture | The loss is right, but the picture is cut at 0.5 to zeros and ones instead of giving the probabilities.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, (x_logits.sigmoid() > 0.5).to(x.dtype)

# %% wrong | repair_5 | clamped-logits | Clamps the logits to the range from -10 to 10 before loss and picture, so the loss is not exact for logits beyond.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z).clamp(-10, 10)  # numerical stability
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(x_logits)

# %% wrong | repair_5 | target-and-logits-swapped | The two arguments of the loss are exchanged: the images are given as logits and the logits as targets.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x, x_logits, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(x_logits)

# %% wrong | repair_5 | softmax-picture | The picture is a softmax over the pixels, which sums to 1 per image, instead of a sigmoid of each.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, F.softmax(x_logits, dim=1)

# %% wrong | repair_5 | return-order | The two return values are exchanged: (x_hat, loss) instead of (loss, x_hat).
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    x_hat = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return x_hat, recon + kl

# %% wrong | repair_5 | default-reduction | The logits are used, but with reduction="mean", so recon is per pixel while the KL is per image.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="mean")
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(x_logits)

# %% right | repair_5 | minimal | Logits for the loss, their sigmoid for the picture.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    x_hat = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat

# %% right | repair_5 | course-loss | Uses the course's negative_elbo for the loss, as the healthy control does.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    z = mu + (log_var / 2).exp() * torch.randn_like(mu)
    logits = model.decode(z)
    return negative_elbo(logits, x, mu, log_var), logits.sigmoid()

# %% right | repair_5 | logsigmoid | The cost by hand with log-sigmoid of plus and minus the logits, image by image in a loop.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(log_var / 2)).rsample()
    l = model.decode(z)
    costs = []
    for i in range(x.shape[0]):
        ink = x[i] * F.logsigmoid(l[i])
        paper = (1 - x[i]) * F.logsigmoid(-l[i])
        price_of_code = 0.5 * torch.sum(mu[i] ** 2 + torch.exp(log_var[i]) - 1 - log_var[i])
        costs.append(price_of_code - (ink + paper).sum())
    return torch.stack(costs).mean(), torch.sigmoid(l)

# %% right | repair_5 | bernoulli-object | One Bernoulli distribution gives both: log_prob for the loss and probs for the picture.
from torch.distributions import Bernoulli


def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.mul(0.5).exp())
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    pixels = Bernoulli(logits=model.decode(q.rsample()), validate_args=False)
    elbo = pixels.log_prob(x).sum(dim=1) - kl_divergence(q, p).sum(dim=1)
    return -elbo.mean(), pixels.probs

# %% wrong | repair_6 | unrepaired | The patient's own body: the images scaled to [-1, 1] are the targets of the Bernoulli likelihood.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_6 | scaled-in-place | The likelihood sees a copy of the plain images, but the scaling for the encoder is done in place, so the caller's images are changed.
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

# %% wrong | repair_6 | negatives-clamped | Clamps the scaled images at 0, so the likelihood sees values in [0, 1] but not the images: every grey below 0.5 counts as black.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x.clamp(0, 1), reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_6 | absolute-values | Takes absolute values of the scaled images as targets, so white paper counts as ink.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = ((x - 0.5) / 0.5).abs()
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_6 | tanh-and-mse | Keeps the scale from -1 to 1 and replaces the Bernoulli cost by the squared error of a tanh output, as in a GAN.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_hat = torch.tanh(model.decode(z, y))
    recon = F.mse_loss(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_6 | half-undone | Undoes the scaling only by half: multiplies by 0.5 and forgets to add 0.5, so the targets lie between -0.5 and 0.5.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    target = x * 0.5
    recon = F.binary_cross_entropy_with_logits(x_logits, target, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_6 | loss-clamped | Treats the symptom: the targets stay between -1 and 1 and recon is clamped at 0 from below.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    recon = recon.clamp(min=0.0)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_6 | targets-cut | The likelihood sees the images cut at 0.5 instead of the grey images, so another data set is scored.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    binary = (x > 0.5).to(x.dtype)
    recon = F.binary_cross_entropy_with_logits(x_logits, binary, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_6 | sigmoid-of-targets | Squeezes the scaled images into (0, 1) with a sigmoid before the likelihood, so the targets are not the images.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, torch.sigmoid(x), reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_6 | one-hot-without-classes | The scaling is repaired, but one_hot guesses the number of classes from the labels, so a batch without the highest class gives a y of the wrong width.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_6 | decoder-without-label | The scaling is repaired, but the decoder is given zeros in place of the one-hot label.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, torch.zeros_like(y))
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_6 | sum-over-batch | The scaling is repaired, but the division by the batch size got lost in recon, so recon grows with the batch.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_6 | min-max | Stretches every batch to the range from 0 to 1 by its own minimum and maximum, so the targets differ from the images when the batch lacks a 0 or a 1.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - x.min()) / (x.max() - x.min())
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% right | repair_6 | line-deleted | The scaling line is deleted; encoder and likelihood see the plain images.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% right | repair_6 | encoder-sees-scaled | Only the encoder sees the scaled images, in a new tensor.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    scaled = (x - 0.5) / 0.5
    mu, log_var = model.encode(scaled, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% right | repair_6 | scaled-back | The images are scaled for the encoder and scaled back for the likelihood.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    target = ((x + 1) / 2).clamp(0, 1)
    recon = F.binary_cross_entropy_with_logits(x_logits, target, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% right | repair_6 | scatter-and-distributions | One-hot by scatter_, and torch.distributions for both terms.
from torch.distributions import Bernoulli


def repair_6(model, x, labels):
    y = torch.zeros(len(x), model.num_classes, dtype=x.dtype, device=x.device)
    y.scatter_(1, labels.unsqueeze(1), 1.0)
    mu, log_var = model.encode(x, y)
    q = Normal(mu, log_var.exp().sqrt())
    z = q.rsample()
    p_x = Bernoulli(logits=model.decode(z, y), validate_args=False)
    recon = torch.mean(-p_x.log_prob(x).sum(dim=-1))
    kl = torch.mean(kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(dim=-1))
    return recon + kl, recon, kl

# %% right | repair_6 | eye-and-assert | One-hot rows from an identity matrix, and the assertion of the lesson left inside.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = torch.eye(model.num_classes, dtype=x.dtype, device=x.device)[labels]
    mu, log_var = model.encode(x, y)
    std = torch.exp(0.5 * log_var)
    x_logits = model.decode(mu + std * torch.randn_like(std), y)
    assert x.min() >= 0 and x.max() <= 1, "a Bernoulli likelihood needs pixels in [0, 1]"
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = nll.sum(1).mean()
    kl = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).sum(1).mean()
    loss = recon + kl
    return loss, recon, kl

# %% wrong | repair_7 | unrepaired | The patient's own body: batch means are divided by the number of images, and recon and kl are exchanged.
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
        totals = [total + term for total, term in zip(totals, update(batch), strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}

# %% wrong | repair_7 | only-the-names | Recon and kl have their right names, but the batch means are still divided by the number of images.
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

# %% wrong | repair_7 | only-the-counts | The means are weighted by batch sizes, but recon and kl are still exchanged in the report.
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
        terms = update(batch)
        totals = [total + len(batch) * term for total, term in zip(totals, terms, strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}

# %% wrong | repair_7 | mean-of-batch-means | Divides by the number of batches, so a smaller last batch counts as much as a full one.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    batches = x.split(batch_size)
    total_loss = total_recon = total_kl = 0.0
    for batch in batches:
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        loss = recon + kl
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total_loss += loss.item()
        total_recon += recon.item()
        total_kl += kl.item()
    n = len(batches)
    return {"loss": total_loss / n, "recon": total_recon / n, "kl": total_kl / n}

# %% wrong | repair_7 | measured-after-the-update | The reported terms come from a second pass after the batch's update instead of from before it.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    def terms(batch):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        return nll.mean(), kl.mean()

    totals = {"loss": 0.0, "recon": 0.0, "kl": 0.0}
    for batch in x.split(batch_size):
        recon, kl = terms(batch)
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        with torch.no_grad():
            recon, kl = terms(batch)
        totals["loss"] += (recon + kl).item() * len(batch)
        totals["recon"] += recon.item() * len(batch)
        totals["kl"] += kl.item() * len(batch)
    return {name: total / len(x) for name, total in totals.items()}

# %% wrong | repair_7 | only-the-last-batch | Reports the terms of the last batch instead of means over all images.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    report = {}
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        loss = recon + kl
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        report = {"loss": loss.item(), "recon": recon.item(), "kl": kl.item()}
    return report

# %% wrong | repair_7 | trains-on-sums | The report is right, but the update is made on the batch's sum instead of its mean, so gradients grow with the batch size.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    sum_recon = sum_kl = 0.0
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="sum")
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        sum_recon += recon.item()
        sum_kl += kl.item()
    n = len(x)
    return {"loss": (sum_recon + sum_kl) / n, "recon": sum_recon / n, "kl": sum_kl / n}

# %% wrong | repair_7 | weighted-by-batch-size | Weights every batch mean by batch_size, also the last one that holds fewer images.
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
        totals = [t + term * batch_size for t, term in zip(totals, update(batch), strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}

# %% wrong | repair_7 | last-batch-dropped | Leaves out the last, smaller batch: its images are neither trained on nor counted.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    num_batches = max(1, len(x) // batch_size)
    sums = torch.zeros(3, dtype=torch.float64)
    seen = 0
    for i in range(num_batches):
        batch = x[i * batch_size : (i + 1) * batch_size]
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="sum") / len(batch)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(batch)
        loss = recon + kl
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        sums += len(batch) * torch.tensor([loss.item(), recon.item(), kl.item()], dtype=torch.float64)
        seen += len(batch)
    loss, recon, kl = (sums / seen).tolist()
    return {"loss": loss, "recon": recon, "kl": kl}

# %% wrong | repair_7 | shuffled | Counts and names are right, but the images are shuffled instead of taken in the order given.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    order = torch.randperm(len(x), device=x.device)
    totals = {"loss": 0.0, "recon": 0.0, "kl": 0.0}
    for index in order.split(batch_size):
        batch = x[index]
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        totals["loss"] += (recon + kl).item() * len(batch)
        totals["recon"] += recon.item() * len(batch)
        totals["kl"] += kl.item() * len(batch)
    return {k: v / len(x) for k, v in totals.items()}

# %% wrong | repair_7 | gradients-kept | The report is right, but zero_grad is called only once before the loop, so gradients of earlier batches are added to later ones.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    loss_sum = recon_sum = kl_sum = 0.0
    optimizer.zero_grad()
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        loss = recon + kl
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * len(batch)
        recon_sum += recon.item() * len(batch)
        kl_sum += kl.item() * len(batch)
    return {"loss": loss_sum / len(x), "recon": recon_sum / len(x), "kl": kl_sum / len(x)}

# %% wrong | repair_7 | cleared-before-the-step | The report is right, but zero_grad stands between backward and step, so the model is never changed.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    sums = [0.0, 0.0, 0.0]
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        loss = recon + kl
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        for i, term in enumerate((loss, recon, kl)):
            sums[i] += term.item() * batch.shape[0]
    return dict(zip(("loss", "recon", "kl"), (s / x.shape[0] for s in sums)))

# %% wrong | repair_7 | tensors-in-the-report | Counts and names are right, but the dictionary holds tensors that hang on the graphs and not floats.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    total_recon, total_kl = 0, 0
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        optimizer.zero_grad()
        (nll + kl).mean().backward()
        optimizer.step()
        total_recon = total_recon + nll.sum()
        total_kl = total_kl + kl.sum()
    recon, kl = total_recon / len(x), total_kl / len(x)
    return {"loss": recon + kl, "recon": recon, "kl": kl}

# %% wrong | repair_7 | own-optimizer | The report is right, but the loop makes its own Adam and never uses the optimizer it was given.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    report = {"loss": 0.0, "recon": 0.0, "kl": 0.0}
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        loss = recon + kl
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        share = len(batch) / len(x)
        report["loss"] += share * loss.item()
        report["recon"] += share * recon.item()
        report["kl"] += share * kl.item()
    return report

# %% wrong | repair_7 | backward-on-recon-only | The report is right, but only recon is differentiated, so the update leaves out the KL.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    total_recon = total_kl = 0.0
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        recon.backward()
        optimizer.step()
        total_recon += recon.item() * len(batch)
        total_kl += kl.item() * len(batch)
    recon, kl = total_recon / len(x), total_kl / len(x)
    return {"loss": recon + kl, "recon": recon, "kl": kl}

# %% right | repair_7 | minimal | Two changes in the patient: the order of the returned tuple and the weight by len(batch).
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

# %% right | repair_7 | data-loader | A DataLoader without shuffling gives the batches; the sums are kept per term.
from torch.utils.data import DataLoader, TensorDataset


def repair_7(model, x, optimizer, batch_size=128):
    loader = DataLoader(TensorDataset(x), batch_size=batch_size, shuffle=False)
    recon_sum = 0.0
    kl_sum = 0.0
    num_images = 0
    for (batch,) in loader:
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="sum")
        kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
        loss = (recon + kl) / batch.size(0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        recon_sum += recon.item()
        kl_sum += kl.item()
        num_images += batch.size(0)
    return {
        "loss": (recon_sum + kl_sum) / num_images,
        "recon": recon_sum / num_images,
        "kl": kl_sum / num_images,
    }

# %% right | repair_7 | per-image-lists | Keeps the cost of every single image in lists and averages them at the end.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    all_recons = []
    all_kls = []
    start = 0
    while start < len(x):
        batch = x[start : start + batch_size]
        optimizer.zero_grad()
        x_logits, mu, log_var = model(batch)
        recons = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        kls = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        torch.mean(recons + kls).backward()
        optimizer.step()
        all_recons.extend(recons.detach().tolist())
        all_kls.extend(kls.detach().tolist())
        start += batch_size
    mean_recon = sum(all_recons) / len(all_recons)
    mean_kl = sum(all_kls) / len(all_kls)
    return {"loss": mean_recon + mean_kl, "recon": mean_recon, "kl": mean_kl}

# %% right | repair_7 | running-mean | A running mean that each batch corrects by its share of the images seen so far; the loss from the course's negative_elbo.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    means, seen = {"loss": 0.0, "recon": 0.0, "kl": 0.0}, 0
    for batch in torch.split(x, batch_size):
        x_logits, mu, log_var = model(batch)
        loss = negative_elbo(x_logits, batch, mu, log_var)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
            kl = kl_divergence(Normal(mu, (log_var / 2).exp()), prior).sum(-1).mean()
            recon = (F.softplus(x_logits) - batch * x_logits).sum(-1).mean()
        seen += len(batch)
        for name, value in (("loss", loss), ("recon", recon), ("kl", kl)):
            means[name] += (value.item() - means[name]) * len(batch) / seen
    return means

# %% wrong | repair_8 | unrepaired | The patient's own body: the condition is the lower half, the answer itself.
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

# %% wrong | repair_8 | mask-turned-round | Turns the mask round in its definition, so the condition is right but recon now counts the upper half.
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

# %% wrong | repair_8 | whole-image-as-condition | The condition is the whole image, so the lower half still leaks into the decoder.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_8 | no-condition | The leak is closed by giving zeros as condition, so neither network is told the upper half as y.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = torch.zeros_like(x)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_8 | encoder-sees-half | The condition is right, but the encoder is given the upper half in place of the whole image.
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

# %% wrong | repair_8 | recon-of-all-pixels | The condition is right, but recon counts all pixels, also the upper half that is given.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = x.clone()
    y[:, x.shape[1] // 2 :] = 0
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = nll.sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_8 | hard-coded-392 | The half is written as 392 pixels, which is right for 784 pixels only; a smaller image has no lower half at all.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, 392:] = 1
    y = x * (1 - mask)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_8 | decoder-only | Repairs the condition for the decoder but not for the encoder, which still gets the lower half as y.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x * mask
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, x * (1 - mask))
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_8 | alias-erases-the-image | Sets y = x without a copy and erases the lower half in place, so the caller's images lose it and the targets are all zero.
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

# %% wrong | repair_8 | mean-over-masked-pixels | The condition is right, but recon is divided by the number of masked pixels, so it is per pixel and not per image.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x * (1 - mask)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum() / mask.sum()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_8 | masked-before-the-loss | Multiplies logits and targets by the mask before the loss, so every pixel of the upper half adds log 2 to recon.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x * (1 - mask)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits * mask, x * mask, reduction="none")
    recon = nll.sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_8 | half-of-the-batch | The mask covers the second half of the batch axis instead of the second half of the pixels.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[len(x) // 2 :] = 1
    y = x * (1 - mask)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_8 | grey-filling | The missing lower half of the condition is filled with 0.5 instead of zeros.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = torch.where(mask == 1, torch.full_like(x, 0.5), x)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% right | repair_8 | minimal | One line of the patient changed.
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

# %% right | repair_8 | slices | No mask: the image is cut into two chunks, the condition is joined from the upper one and zeros.
def repair_8(model, x):
    upper, lower = x.chunk(2, dim=1)
    y = torch.cat([upper, torch.zeros_like(lower)], dim=1)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    lower_logits = model.decode(z, y).chunk(2, dim=1)[1]
    recon = F.binary_cross_entropy_with_logits(lower_logits, lower, reduction="sum") / x.shape[0]
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% right | repair_8 | boolean-mask | A boolean mask over pixel numbers, masked_fill for the condition, where for recon.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    num_pixels = x.shape[-1]
    is_lower = torch.arange(num_pixels, device=x.device) >= num_pixels // 2
    y = x.masked_fill(is_lower, 0.0)
    mu, log_var = model.encode(x, y)
    q = Normal(mu, log_var.mul(0.5).exp())
    x_logits = model.decode(q.rsample(), y)
    nll = F.softplus(x_logits) - x * x_logits
    recon = torch.where(is_lower, nll, torch.zeros_like(nll)).sum(dim=-1).mean()
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(dim=-1).mean()
    return recon + kl, recon, kl

# %% right | repair_8 | pad-and-loop | F.pad puts the zeros of the condition; the costs are added up image by image.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    half = x.size(1) // 2
    condition = F.pad(x[:, :half], (0, half))
    mean, log_variance = model.encode(x, condition)
    code = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
    logits = model.decode(code, condition)
    recon = 0
    kl = 0
    for i in range(len(x)):
        recon = recon + F.binary_cross_entropy_with_logits(logits[i, half:], x[i, half:], reduction="sum")
        kl = kl - 0.5 * (1 + log_variance[i] - mean[i] ** 2 - log_variance[i].exp()).sum()
    recon = recon / len(x)
    kl = kl / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_9 | unrepaired | The patient's own body: model.training is False after eval(), so mu is decoded without noise.
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

# %% wrong | repair_9 | asks-was-training | Asks was_training instead of model.training, so a model that comes in evaluation mode still gets no noise.
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

# %% wrong | repair_9 | eval-removed | Always samples, but the switch to evaluation mode is gone, so dropout stays on for a model in training mode.
def repair_9(model: nn.Module, x: Tensor) -> float:
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return (nll + kl).mean().item()

# %% wrong | repair_9 | always-back-to-training | The score is right, but the model is always put into training mode at the end, also if it came in evaluation mode.
def repair_9(model: nn.Module, x: Tensor) -> float:
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train()
    return (nll + kl).mean().item()

# %% wrong | repair_9 | left-in-eval | The score is right, but the model stays in evaluation mode and its former mode is not restored.
def repair_9(model: nn.Module, x: Tensor) -> float:
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return (nll + kl).mean().item()

# %% wrong | repair_9 | evaluates-in-training-mode | Gets the noise back by calling model.train() instead of model.eval(), so encode and decode run with dropout on.
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

# %% wrong | repair_9 | mode-restored-too-early | Restores the mode before the sample is drawn and decoded: no noise for a model in evaluation mode, dropout in the decoder for one in training mode.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        model.train(was_training)
        z = mu + sigma * torch.randn_like(mu) if model.training else mu
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return (nll + kl).mean().item()

# %% wrong | repair_9 | returns-a-tensor | The score is right, but it is returned as a tensor and not as a Python float.
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
    return (nll + kl).mean()

# %% wrong | repair_9 | seeded | Samples, but sets the seed first, so the noise is the same in every call and the score still never varies.
def repair_9(model: nn.Module, x: Tensor) -> float:
    torch.manual_seed(1234)
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

# %% wrong | repair_9 | shared-noise | Draws one noise vector of shape (1, latent_dim) for the whole batch instead of fresh noise for every image.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn(1, mu.shape[1], dtype=mu.dtype, device=mu.device)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()

# %% wrong | repair_9 | sum-of-images | Samples rightly, but sums the scores over the images instead of averaging them.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum")
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum()
    model.train(was_training)
    return (nll + kl).item()

# %% wrong | repair_9 | noise-without-sigma | Adds standard normal noise to mu without multiplying it with sigma.
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

# %% wrong | repair_9 | kl-left-out | Samples rightly, but the score is recon alone; the KL is left out.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
    model.train(was_training)
    return nll.mean().item()

# %% right | repair_9 | minimal | The condition behind the sample is deleted, nothing else.
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

# %% right | repair_9 | context-manager | An own context manager for the mode, a decorator for the gradients, and the course's negative_elbo.
from contextlib import contextmanager


@contextmanager
def evaluating(net):
    before = net.training
    net.eval()
    try:
        yield net
    finally:
        net.train(before)


@torch.no_grad()
def repair_9(model, x):
    with evaluating(model):
        mu, log_var = model.encode(x)
        z = Normal(mu, (log_var / 2).exp()).sample()
        return float(negative_elbo(model.decode(z), x, mu, log_var))

# %% right | repair_9 | try-finally | try and finally, torch.distributions, and separate if branches to restore the mode.
def repair_9(model: nn.Module, x: Tensor) -> float:
    training_before = model.training
    model.eval()
    try:
        with torch.no_grad():
            mu, log_var = model.encode(x)
            q = Normal(mu, torch.sqrt(torch.exp(log_var)))
            logits = model.decode(q.sample())
            recon = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / x.shape[0]
            kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum() / x.shape[0]
    finally:
        if training_before:
            model.train()
        else:
            model.eval()
    return recon.item() + kl.item()

# %% right | repair_9 | image-loop | One image at a time, the scores in a Python list.
def repair_9(model: nn.Module, x: Tensor) -> float:
    mode = model.training
    model.train(False)
    scores = []
    with torch.no_grad():
        for i in range(len(x)):
            image = x[i : i + 1]
            mu, log_var = model.encode(image)
            noise = torch.randn_like(mu)
            z = mu + noise * (0.5 * log_var).exp()
            logits = model.decode(z)
            cost = (F.softplus(logits) - image * logits).sum()
            cost = cost - 0.5 * (1 + log_var - mu**2 - log_var.exp()).sum()
            scores.append(cost.item())
    model.train(mode)
    return sum(scores) / len(scores)

# %% wrong | diagnosis | all-n | Gives every patient the letter N, which by the hint is the cause of patient 0 and so of none of the patients 1 to 9.
def diagnosis() -> dict[int, str | None]:
    return {patient: "N" for patient in range(1, 10)}

# %% wrong | diagnosis | in-list-order | Gives the first nine letters to the patients 1 to 9 in order, without looking at the causes.
def diagnosis() -> dict[int, str | None]:
    return dict(zip(range(1, 10), "ABCDEFGHI"))

# %% wrong | diagnosis | from-zero | The keys run from 0 to 8, as a list index would, so patient 9 has no entry; the letters are guesses.
def diagnosis() -> dict[int, str | None]:
    letters = ["B", "K", "J", "G", "P", "F", "Q", "C", "E"]
    return {i: letter for i, letter in enumerate(letters)}

# %% wrong | diagnosis | string-keys | The keys are the strings "1" to "9" and not the numbers; the letters are guesses.
def diagnosis() -> dict[int, str | None]:
    return {
        "1": "R", "2": "K", "3": "J", "4": "G", "5": "P", "6": "F", "7": "Q", "8": "C", "9": "E",
    }

# %% wrong | diagnosis | sentences | The values are sentences in the learner's own words and not letters of the list.
def diagnosis() -> dict[int, str | None]:
    return {
        1: "the variance was used as the standard deviation",
        2: "one half is missing in the KL",
        3: "the KL was a mean over latent dimensions",
        4: "sample instead of rsample, no gradient",
        5: "sigmoid twice",
        6: "pixels from -1 to 1",
        7: "divided by images instead of batches and recon and kl swapped",
        8: "the decoder sees the lower half",
        9: "no noise in eval mode",
    }

# %% wrong | diagnosis | plain-list | Returns a list of nine letters and not a dictionary; the letters are guesses.
def diagnosis() -> dict[int, str | None]:
    return ["R", "K", "J", "G", "P", "F", "Q", "C", "E"]

# %% wrong | diagnosis | hint-copied | Copies the example of the hint: one entry for patient 0, none for the patients 1 to 9.
def diagnosis() -> dict[int, str | None]:
    return {0: "N"}

# %% wrong | diagnosis | sure-ones-only | Leaves out the keys of the patients that the learner is not sure of instead of entering None for them; the given letters are guesses.
def diagnosis() -> dict[int, str | None]:
    record = {}
    record[1] = "R"
    record[4] = "G"
    record[5] = "P"
    record[9] = "E"
    return record

# %% wrong | diagnosis | nothing-named | The form is right but every entry is None, so no cause is named.
def diagnosis() -> dict[int, str | None]:
    return dict.fromkeys(range(1, 10))

# %% wrong | diagnosis | initials | Enters the first letter of each patient's nickname; S is no letter of the list and stands for three patients.
def diagnosis() -> dict[int, str | None]:
    nicknames = [
        "overachiever", "shy", "spendthrift", "deaf", "fog", "record breaker", "bookkeeper",
        "clairvoyant", "steady hand",
    ]
    return {n: name[0].upper() for n, name in enumerate(nicknames, start=1)}

# %% wrong | diagnosis | numbers | The values are the numbers of the causes in the list and not their letters; the numbers are guesses.
def diagnosis() -> dict[int, str | None]:
    return {1: 18, 2: 11, 3: 10, 4: 7, 5: 16, 6: 6, 7: 17, 8: 3, 9: 5}

# %% wrong | diagnosis | turned-round | The dictionary is the wrong way round: letters are the keys and patients the values; the letters are guesses.
def diagnosis() -> dict[int, str | None]:
    return {"R": 1, "K": 2, "J": 3, "G": 4, "P": 5, "F": 6, "Q": 7, "C": 8, "E": 9}

# %% wrong | diagnosis | whole-list | Returns the list of all eighteen causes itself.
def diagnosis() -> dict[int, str | None]:
    return dict(clinic.CAUSES)

# %% wrong | diagnosis | printed | Prints the record (guessed letters) and returns nothing.
def diagnosis() -> dict[int, str | None]:
    record = {1: "R", 2: "K", 3: "J", 4: "G", 5: "P", 6: "F", 7: "Q", 8: "C", 9: "E"}
    for patient, cause in record.items():
        print(f"patient {patient}: {cause}")


# %% right | diagnosis | plain-dict | A plain dictionary with capital letters.
def diagnosis() -> dict[int, str | None]:
    return {1: "Q", 2: "A", 3: "F", 4: "P", 5: "R", 6: "M", 7: "D", 8: "I", 9: "K"}

# %% right | diagnosis | small-letters | Small letters from one string, numbered with enumerate.
def diagnosis():
    letters = "QAFPRMDIK".lower()
    return {patient: letter for patient, letter in enumerate(letters, start=1)}

# %% right | diagnosis | step-by-step | A beginner's record, filled from None entry by entry, with a print left inside.
def diagnosis() -> dict[int, str | None]:
    record = dict.fromkeys(range(1, 10), None)
    record[9] = "K"  # no noise in evaluation mode
    record[1] = "Q"  # variance for standard deviation
    record[4] = "P"  # no gradient
    record[8] = "I"  # leak
    record[2] = "A"
    record[3] = "F"
    record[5] = "R"
    record[6] = "M"
    record[7] = "D"
    print(record)
    return record

# %% right | diagnosis | lambda-zip | A lambda that zips numbers and letters, capitals and small letters mixed.
diagnosis = lambda: dict(zip(range(1, 10), ["Q", "A".lower(), "F", "P".lower(), "R", "M", "D", "I".lower(), "K"]))
