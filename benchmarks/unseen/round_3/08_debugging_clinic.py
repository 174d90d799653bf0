# %% wrong | repair_1 | kl-bent-to-fit | Keeps exp(log_var) as the standard deviation and changes the KL to match: reads log_var as log sigma.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + (2 * log_var).exp() - 1 - 2 * log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_1 | sqrt-of-log-var | Takes the square root of log_var instead of exp(log_var): nan for negative values.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.sqrt(log_var)
    z = mu + sigma * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_1 | half-outside | The one half stands outside of the exponential.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, 0.5 * torch.exp(log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_1 | exp-of-double | Factor 2 instead of one half in the exponential.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(2 * log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_1 | sample-without-gradient | sigma is right, but rsample has become sample: no gradient through z.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(0.5 * log_var)).sample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_1 | uniform-noise | rand_like in place of randn_like: the noise is not standard normal.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    std = torch.exp(0.5 * log_var)
    z = mu + std * torch.rand_like(std)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_1 | rewritten-not-repaired | Writes the sampler out by hand with the same wrong exp(log_var).
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    eps = torch.randn_like(mu)
    z = mu + torch.exp(log_var) * eps
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_1 | decodes-the-mean | Throws the noise away and decodes mu.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    x_logits = model.decode(mu)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_1 | kl-spoiled-by-sigma | Introduces sigma correctly and then puts it unsquared into the KL.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + sigma - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_1 | shared-noise | One noise vector for the whole batch.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    eps = torch.randn(mu.shape[1], device=mu.device, dtype=mu.dtype)
    z = mu + torch.exp(0.5 * log_var) * eps
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_1 | order-of-returns | Returns (recon, kl, loss) instead of (loss, recon, kl).
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(0.5 * log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon, kl, recon + kl

# %% wrong | repair_1 | recon-averaged | sigma repaired, but recon written again with the default mean over pixels.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, (log_var / 2).exp()).rsample()
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x)
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% right | repair_1 | one-line | Half of log_var in the exponential, the rest as it was.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(0.5 * log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% right | repair_1 | root-of-variance | Variance first, its root times noise, sums divided by the batch.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    batch = x.shape[0]
    mean, log_variance = model.encode(x)
    variance = log_variance.exp()
    z = mean + variance.sqrt() * torch.randn_like(mean)
    logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / batch
    kl = (mean**2 + variance - log_variance - 1).sum() / (2 * batch)
    loss = recon + kl
    return loss, recon, kl

# %% right | repair_1 | library-kl | Normal objects for q and prior and the library's kl_divergence.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(loc=mu, scale=log_var.mul(0.5).exp())
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    x_logits = model.decode(q.rsample())
    log_px = (x * F.logsigmoid(x_logits) + (1 - x) * F.logsigmoid(-x_logits)).sum(dim=-1)
    recon = -log_px.mean()
    kl = kl_divergence(q, p).sum(dim=-1).mean()
    return recon + kl, recon, kl

# %% right | repair_1 | per-image-loop | Encodes and decodes the batch, adds the costs image by image.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    eps = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(mu + eps * torch.sqrt(torch.exp(log_var)))
    recons, kls = [], []
    for i in range(x.shape[0]):
        recons.append(F.binary_cross_entropy_with_logits(x_logits[i], x[i], reduction="sum"))
        kls.append(-0.5 * torch.sum(1 + log_var[i] - mu[i].pow(2) - log_var[i].exp()))
    recon, kl = torch.stack(recons).mean(), torch.stack(kls).mean()
    return recon + kl, recon, kl


# %% wrong | repair_2 | constant-lost | Halves both squares but loses the minus one half: a mute encoder still costs.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 / 2 + mu**2 / 2 - torch.log(sigma)).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | repair_2 | half-of-everything | Multiplies the patient's whole formula by one half, the logarithm and the constant too.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (sigma**2 + mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | repair_2 | half-on-sigma-only | Only sigma^2 is halved, mu^2 is not.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (0.5 * sigma**2 + mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | repair_2 | half-on-mu-only | Only mu^2 is halved, sigma^2 is not.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + mu**2 / 2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | repair_2 | constant-bent-to-zero | Changes the constant to 1 so that a mute encoder costs 0; the squares still weigh double.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + mu**2 - torch.log(sigma) - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | repair_2 | twice-the-kl | Right form without the one half in front: optimum right, KL twice too large.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + mu**2 - 2 * torch.log(sigma) - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | repair_2 | log-sigma-as-log-var | Formula with one half in front and log(sigma) where log_var belongs.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (sigma**2 + mu**2 - torch.log(sigma) - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | repair_2 | returns-weighted-kl | The KL that is returned is already multiplied by beta.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = beta * 0.5 * (sigma**2 + mu**2 - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_2 | beta-dropped | KL repaired, but beta no longer used ("all at beta = 1").
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_2 | standardises-codes | Divides z by its spread over the batch so that the bars become 1, KL untouched.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    z = z / z.std(dim=0, keepdim=True)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% wrong | repair_2 | kl-mean-over-dims | Term by term right, but averaged over the latent dimensions.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (0.5 * (sigma**2 + mu**2) - torch.log(sigma) - 1 / 2).mean()
    return recon + beta * kl, recon, kl

# %% wrong | repair_2 | sign-of-the-log | With the one half in front, but log_var added instead of subtracted.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + sigma**2 - 1 + log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% right | repair_2 | sigma-form | The patient's form with its missing halves.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = ((sigma**2 + mu**2) / 2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl

# %% right | repair_2 | log-var-form | The usual form of other frameworks, minus one half of 1 + log_var ...
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    z_mean, z_log_var = model.encode(x)
    epsilon = torch.randn_like(z_mean)
    reconstruction = model.decode(z_mean + torch.exp(0.5 * z_log_var) * epsilon)
    recon = F.binary_cross_entropy_with_logits(reconstruction, x, reduction="none").sum(1).mean()
    kl = -0.5 * (1 + z_log_var - z_mean.square() - z_log_var.exp())
    kl = kl.sum(dim=1).mean()
    loss = recon + beta * kl
    return loss, recon, kl

# %% right | repair_2 | library-kl | torch.distributions for sample and KL.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = torch.distributions.Independent(Normal(mu, torch.exp(log_var / 2)), 1)
    prior = torch.distributions.Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    z = q.rsample()
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum") / len(x)
    kl = kl_divergence(q, prior).mean()
    return torch.add(recon, kl, alpha=beta), recon, kl

# %% right | repair_2 | dimension-loop | Adds the KL up dimension by dimension.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = log_var.exp().sqrt()
    z = torch.addcmul(mu, sigma, torch.randn_like(mu))
    logits = model.decode(z)
    nll = F.binary_cross_entropy_with_logits(logits, x, reduction="none")
    recon = nll.sum() / nll.shape[0]
    kl = torch.zeros((), dtype=mu.dtype, device=mu.device)
    for m, s, lv in zip(mu.unbind(1), sigma.unbind(1), log_var.unbind(1)):
        kl = kl + (0.5 * (m * m + s * s - 1) - 0.5 * lv).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_3 | sum-of-everything | The KL is summed over the batch too.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum()
    return recon + kl, recon, kl

# %% wrong | repair_3 | wrong-axis | Sums over the batch and averages over the latent dimensions.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=0).mean()
    return recon + kl, recon, kl

# %% wrong | repair_3 | times-ten | Multiplies the mean by a fixed 10, right only for ten latent dimensions.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = 10 * kl_divergence(q, prior).mean()
    return recon + kl, recon, kl

# %% wrong | repair_3 | both-averaged | Makes the two terms alike by averaging recon over pixels too.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).mean()
    return recon + kl, recon, kl

# %% wrong | repair_3 | kl-reversed | The sum is right, but the KL is that of the prior from q.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(prior, q).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_3 | constant-dropped | recon as squared error over 2 sigma^2, the normalising constant is gone.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = ((x - x_hat) ** 2 / (2 * sigma**2)).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_3 | global-sigma | Uses the notebook's SIGMA, not the argument.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, SIGMA).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_3 | times-pixels | Multiplies the mean KL by the number of pixels instead of that of the latent dimensions.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).mean() * x.shape[1]
    return recon + kl, recon, kl

# %% wrong | repair_3 | not-a-scalar | Sums over dimensions and forgets the mean over the batch: loss and kl have the shape (batch,).
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1)
    return recon + kl, recon, kl

# %% wrong | repair_3 | variance-for-sigma | Normal gets sigma^2 as its second argument.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma**2).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_3 | no-negative-recon | Cuts recon off at 0 because a loss must not be negative.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    recon = torch.clamp(recon, min=0.0)
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_3 | still-a-mean | Writes the KL by hand and averages over batch and dimensions as before.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + (log_var / 2).exp() * torch.randn_like(mu)
    x_hat = model.decode(z).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    kl = 0.5 * torch.mean(mu.square() + log_var.exp() - 1 - log_var)
    return recon + kl, recon, kl

# %% right | repair_3 | sum-then-mean | The sum over dimensions before the mean.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% right | repair_3 | density-by-hand | Gaussian log density and KL written out.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    import math

    mu, log_var = model.encode(x)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    constant = x.shape[1] * (math.log(sigma) + 0.5 * math.log(2 * math.pi))
    recon = (x - x_hat).square().sum(dim=1).mean() / (2 * sigma**2) + constant
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% right | repair_3 | independent | Independent distributions do the sum over dimensions.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    from torch.distributions import Independent

    mu, log_var = model.encode(x)
    q = Independent(Normal(mu, torch.exp(0.5 * log_var)), 1)
    prior = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    likelihood = Independent(Normal(model.decode(q.rsample()).sigmoid(), sigma), 1)
    recon = -likelihood.log_prob(x).mean()
    kl = kl_divergence(q, prior).mean()
    return recon + kl, recon, kl

# %% right | repair_3 | divide-by-batch | All sums, each divided by the number of images.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    n = x.size(0)
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.exp().sqrt())
    z = q.rsample()
    pixel_mean = 1 / (1 + torch.exp(-model.decode(z)))
    recon = Normal(pixel_mean, sigma).log_prob(x).sum().neg() / n
    p = Normal(mu.new_zeros(mu.shape), mu.new_ones(mu.shape))
    kl = kl_divergence(q, p).sum() / n
    return recon + kl, recon, kl


# %% wrong | repair_4 | one-sample-only | rsample() without the number of samples: num_samples is ignored.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample()
    x_logits = model.decode(z)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_4 | same-noise-four-times | One noise, expanded: the samples are copies of each other.
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

# %% wrong | repair_4 | requires-grad-on-z | Sets requires_grad on the sample: a leaf, the gradient ends there and not in the encoder.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).sample((num_samples,))
    z.requires_grad_(True)
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_4 | gradient-to-mu-only | A straight-through trick brings the gradient to mu, sigma still gets none.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).sample((num_samples,))
    z = mu + (z - mu).detach()
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_4 | averages-z | Averages the samples of z before decoding: less noise than q has.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,)).mean(dim=0)
    x_logits = model.decode(z)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_4 | averages-logits | Averages the logits over samples and takes one cost: not the average of the costs.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z).mean(dim=0)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=-1).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_4 | log-mean-exp | Averages probabilities instead of costs, as in lesson 07: no longer the ELBO's recon.
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

# %% wrong | repair_4 | sums-over-samples | Costs of the samples are added instead of averaged.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    recon = 0.0
    for _ in range(num_samples):
        x_logits = model.decode(mu + sigma * torch.randn_like(mu))
        recon = recon + F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_4 | always-four | Four samples are fixed in the code, num_samples is not used.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    eps = torch.randn(4, *mu.shape, device=mu.device, dtype=mu.dtype)
    z = mu + sigma * eps
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_4 | kl-divided | rsample is right, but the KL is divided by the number of samples.
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

# %% wrong | repair_4 | targets-mixed-up | Rows of z run sample by sample, the targets are repeated image by image.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,)).flatten(0, 1)
    x_logits = model.decode(z)
    targets = x.repeat_interleave(num_samples, dim=0)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_4 | kl-made-lighter | Takes it for patient 0's disease and scales the KL down, sample stays.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).sample((num_samples,))
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + 0.1 * kl, recon, kl

# %% right | repair_4 | one-letter | rsample for sample.
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

# %% right | repair_4 | own-noise | The sample written out with fresh noise.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    shape = (num_samples,) + tuple(mu.shape)
    eps = torch.randn(shape, dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(mu[None] + torch.exp(0.5 * log_var)[None] * eps)
    log_px = (x * F.logsigmoid(x_logits) + (1 - x) * F.logsigmoid(-x_logits)).sum(dim=-1)
    recon = -log_px.mean(dim=(0, 1))
    kl = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(dim=1).mean(dim=0)
    return recon + kl, recon, kl

# %% right | repair_4 | loop-over-samples | One decoding per sample, costs collected and averaged.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.mul(0.5).exp())
    costs = []
    for _ in range(num_samples):
        x_logits = model.decode(q.rsample())
        costs.append(F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x))
    recon = sum(costs) / num_samples
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% right | repair_4 | repeated-rows | Repeats images and codes row by row, two dimensions throughout.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    many_mu = mu.repeat(num_samples, 1)
    many_sigma = (log_var / 2).exp().repeat(num_samples, 1)
    z = many_mu + many_sigma * torch.randn_like(many_mu)
    x_logits = model.decode(z)
    many_x = x.repeat(num_samples, 1)
    recon = F.binary_cross_entropy_with_logits(x_logits, many_x, reduction="sum") / many_x.shape[0]
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum() / x.shape[0]
    return recon + kl, recon, kl


# %% wrong | repair_5 | bce-of-probabilities | F.binary_cross_entropy on the sigmoid: cut off at 100 and rounded for large logits.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    recon = F.binary_cross_entropy(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat

# %% wrong | repair_5 | logits-as-picture | Takes the sigmoid away altogether: the loss is right, the picture is the logits.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat

# %% wrong | repair_5 | picture-of-the-mean | The picture is decoded from mu, not from the z of the loss.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    x_hat = torch.sigmoid(model.decode(mu))
    return recon + kl, x_hat

# %% wrong | repair_5 | logit-of-clamped | Goes back from the probabilities by logit with eps: not exact for large logits.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    x_logits = torch.logit(x_hat, eps=1e-6)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat

# %% wrong | repair_5 | log-plus-epsilon | Own cross entropy with 1e-8 in the logarithm.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    log_px = x * torch.log(x_hat + 1e-8) + (1 - x) * torch.log(1 - x_hat + 1e-8)
    recon = -log_px.sum() / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat

# %% wrong | repair_5 | default-mean | The logits go to the loss, but with its default mean over pixels.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(x_logits)

# %% wrong | repair_5 | three-returns | Returns (loss, recon, kl) like the other patients, no picture.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_5 | black-and-white-picture | The picture is cut at 0.5 instead of being probabilities.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    x_hat = (torch.sigmoid(x_logits) > 0.5).to(x.dtype)
    return recon + kl, x_hat

# %% wrong | repair_5 | squared-error | Replaces the Bernoulli likelihood by the squared error.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    recon = F.mse_loss(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat

# %% wrong | repair_5 | arguments-swapped | Keras order: the images first and the logits second.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x, x_logits, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(x_logits)

# %% wrong | repair_5 | clamped-logits | Clamps the logits to -15 .. 15 "for stability": not exact at any finite logits.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z).clamp(-15, 15)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(x_logits)

# %% wrong | repair_5 | recon-not-per-image | recon is a sum over the batch, only the KL is divided.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_logits.sigmoid()

# %% right | repair_5 | two-names | Logits to the loss, their sigmoid to the picture.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(x_logits)

# %% right | repair_5 | logsigmoid | Cross entropy from two logsigmoids.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(log_var / 2))
    logits = model.decode(q.rsample())
    log_p, log_not_p = F.logsigmoid(logits), F.logsigmoid(-logits)
    recon = -(x * log_p + (1 - x) * log_not_p).sum(dim=1).mean()
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(dim=1).mean()
    return recon + kl, logits.sigmoid()

# %% right | repair_5 | bernoulli-object | A Bernoulli distribution with logits gives both, cost and probabilities.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    from torch.distributions import Bernoulli

    mu, log_var = model.encode(x)
    sigma = torch.exp(0.5 * log_var)
    z = mu + sigma * torch.randn_like(sigma)
    pixels = Bernoulli(logits=model.decode(z), validate_args=False)  # x may be grey
    nll = -pixels.log_prob(x).sum(dim=1)
    kl = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).sum(dim=1)
    return (nll + kl).mean(), pixels.probs

# %% right | repair_5 | max-formula | The stable formula max(l, 0) - l x + log(1 + exp(-|l|)) by hand.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + torch.sqrt(log_var.exp()) * torch.randn_like(mu)
    score = model.decode(z)
    cost = score.clamp(min=0) - score * x + torch.log1p(torch.exp(-score.abs()))
    recon = cost.sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    picture = score.sigmoid()
    loss = recon + kl
    return loss, picture


# %% wrong | repair_6 | target-clamped | The scaled images are cut at 0 for the loss: dark grey becomes black, light grey darker.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    target = x.clamp(0, 1)
    recon = F.binary_cross_entropy_with_logits(x_logits, target, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_6 | recon-clamped | Cuts the reported recon off at 0, the images stay in [-1, 1].
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    recon = recon.clamp(min=0)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_6 | tanh-on-the-logits | GAN habit: tanh at the decoder's output, the targets stay in [-1, 1].
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_out = torch.tanh(model.decode(z, y))
    recon = F.binary_cross_entropy_with_logits(x_out, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_6 | target-thresholded | Targets are x > 0 after scaling: the grey values are cut at 0.5, other pixels.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    target = (x > 0).to(x.dtype)
    recon = F.binary_cross_entropy_with_logits(x_logits, target, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_6 | scales-in-place | Keeps a second name for x and scales in place: target and caller's images change too.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    target = x
    x.sub_(0.5).div_(0.5)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, target, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_6 | division-only | Removes the division by 0.5 only: targets from -0.5 to 0.5.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = x - 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_6 | one-hot-of-the-batch | Scale repaired, but one_hot without the number of classes: too narrow when the last classes are absent.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_6 | sigmoid-before-logits-loss | Original targets, but a sigmoid before the loss that wants logits (patient 5's disease).
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z, y))
    recon = F.binary_cross_entropy_with_logits(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_6 | divides-by-255 | Replaces the scaling by x / 255, although x is in [0, 1] already.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = x / 255
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_6 | min-max-of-the-batch | Rescales by smallest and largest pixel of the batch: changes images that do not span [0, 1].
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - x.min()) / (x.max() - x.min())
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_6 | squared-error | Gives up the Bernoulli likelihood for a squared error on [-1, 1].
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_out = torch.tanh(model.decode(z, y))
    recon = F.mse_loss(x_out, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% wrong | repair_6 | absolute-value | Takes the absolute value of the recon so that it is not below zero.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum").abs() / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% right | repair_6 | line-removed | No scaling at all.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% right | repair_6 | scaled-for-the-encoder | The encoder sees [-1, 1], the loss the original pixels.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x_scaled = (x - 0.5) / 0.5
    mu, log_var = model.encode(x_scaled, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% right | repair_6 | undone-for-the-loss | Scales as the patient does and undoes it for the likelihood.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, num_classes=model.num_classes).to(x.dtype)
    x = 2 * x - 1
    mu, log_var = model.encode(x, y)
    std = (log_var / 2).exp()
    x_logits = model.decode(mu + std * torch.randn_like(std), y)
    pixels = (x + 1) / 2  # back in [0, 1]
    recon = F.binary_cross_entropy_with_logits(x_logits, pixels, reduction="none").sum(1).mean()
    kl = (0.5 * (mu**2 + std**2 - 1) - std.log()).sum(1).mean()
    return recon + kl, recon, kl

# %% right | repair_6 | eye-and-distributions | One-hot rows from an identity matrix, distributions for q, prior and KL.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = torch.eye(model.num_classes, dtype=x.dtype, device=x.device)[labels]
    assert 0 <= x.min() and x.max() <= 1
    mu, log_var = model.encode(x, y)
    q = Normal(mu, torch.exp(log_var / 2))
    logits = model.decode(q.rsample(), y)
    recon = -(x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits)).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_7 | mean-of-batch-means | Divides by the number of batches: a small last batch counts as much as a full one.
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
    batches = x.split(batch_size)
    for batch in batches:
        totals = [total + term for total, term in zip(totals, update(batch), strict=True)]
    loss, recon, kl = (total / len(batches) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}

# %% wrong | repair_7 | names-still-swapped | Means repaired, but recon and kl are still exchanged.
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

# %% wrong | repair_7 | names-only | Only the exchange of names is repaired, batch means are still divided by the number of images.
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

# %% wrong | repair_7 | times-batch-size | Weighs every batch with batch_size, the smaller last one too.
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

# %% wrong | repair_7 | after-the-update | Measures each batch after its update.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    def terms(batch: Tensor) -> tuple[Tensor, Tensor]:
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        return nll.sum(dim=1).mean(), kl

    sum_recon = sum_kl = 0.0
    for batch in x.split(batch_size):
        recon, kl = terms(batch)
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        with torch.no_grad():
            recon, kl = terms(batch)
        sum_recon += recon.item() * len(batch)
        sum_kl += kl.item() * len(batch)
    recon, kl = sum_recon / len(x), sum_kl / len(x)
    return {"loss": recon + kl, "recon": recon, "kl": kl}

# %% wrong | repair_7 | scored-at-the-end | Trains first and scores all images with the final weights.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    def terms(batch: Tensor) -> tuple[Tensor, Tensor]:
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        return nll.mean(), 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()

    for batch in x.split(batch_size):
        optimizer.zero_grad()
        sum(terms(batch)).backward()
        optimizer.step()
    with torch.no_grad():
        recon, kl = (term.item() for term in terms(x))
    return {"loss": recon + kl, "recon": recon, "kl": kl}

# %% wrong | repair_7 | shuffled | A DataLoader with shuffle=True, not in the order given.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    loader = torch.utils.data.DataLoader(x, batch_size=batch_size, shuffle=True)
    total_recon, total_kl = 0.0, 0.0
    for batch in loader:
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        optimizer.zero_grad()
        (recon + kl).mean().backward()
        optimizer.step()
        total_recon += recon.sum().item()
        total_kl += kl.sum().item()
    recon, kl = total_recon / len(x), total_kl / len(x)
    return {"loss": recon + kl, "recon": recon, "kl": kl}

# %% wrong | repair_7 | update-on-the-sum | The report is right, but the update uses the batch's sum instead of its mean.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    totals = {"loss": 0.0, "recon": 0.0, "kl": 0.0}
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="sum")
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum()
        loss = recon + kl
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        totals["loss"] += loss.item()
        totals["recon"] += recon.item()
        totals["kl"] += kl.item()
    return {name: total / len(x) for name, total in totals.items()}

# %% wrong | repair_7 | returns-tensors | The dictionary holds tensors with a graph, no floats.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    recon_sum, kl_sum = 0.0, 0.0
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        recon_sum = recon_sum + recon * len(batch)
        kl_sum = kl_sum + kl * len(batch)
    recon, kl = recon_sum / len(x), kl_sum / len(x)
    return {"loss": recon + kl, "recon": recon, "kl": kl}

# %% wrong | repair_7 | gradients-cleared-too-late | zero_grad between backward and step: nothing is ever learned.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    totals = [0.0, 0.0, 0.0]
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
            totals[i] += term.item() * len(batch)
    return dict(zip(("loss", "recon", "kl"), (total / len(x) for total in totals)))

# %% wrong | repair_7 | last-batch-dropped | Whole batches only: the images of the remainder are neither trained on nor counted.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    totals = torch.zeros(3, dtype=torch.float64)
    num_batches = len(x) // batch_size
    for i in range(num_batches):
        batch = x[i * batch_size : (i + 1) * batch_size]
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        totals += torch.tensor([(recon + kl).item(), recon.item(), kl.item()])
    loss, recon, kl = (totals / max(num_batches, 1)).tolist()
    return {"loss": loss, "recon": recon, "kl": kl}

# %% wrong | repair_7 | last-batch-reported | Totals are set back in the loop, only the last batch is reported.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    for batch in x.split(batch_size):
        report = {"loss": 0.0, "recon": 0.0, "kl": 0.0}
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        loss = (nll + kl).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        report["recon"] += nll.sum().item() / len(batch)
        report["kl"] += kl.sum().item() / len(batch)
        report["loss"] += loss.item()
    return report

# %% right | repair_7 | weighted-means | Batch means times the batch's own size, names in order.
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
        totals = [t + len(batch) * term for t, term in zip(totals, update(batch), strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}

# %% right | repair_7 | costs-of-all-images | Collects the costs of every image, joins them and takes means.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    recons, kls = [], []
    for start in range(0, x.shape[0], batch_size):
        batch = x[start : start + batch_size]
        optimizer.zero_grad()
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        kl = -0.5 * (1 + log_var - mu.square() - log_var.exp()).sum(dim=1)
        loss = (recon + kl).mean()
        loss.backward()
        optimizer.step()
        recons.append(recon.detach())
        kls.append(kl.detach())
    recon, kl = torch.cat(recons), torch.cat(kls)
    return {
        "loss": (recon + kl).mean().item(),
        "recon": recon.mean().item(),
        "kl": kl.mean().item(),
    }

# %% right | repair_7 | loader-in-order | A DataLoader without shuffling, sums of costs in a dictionary.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    from collections import defaultdict

    loader = torch.utils.data.DataLoader(x, batch_size=batch_size, shuffle=False, drop_last=False)
    sums: dict[str, float] = defaultdict(float)
    seen = 0
    for batch in loader:
        n = batch.size(0)
        x_logits, mu, log_var = model(batch)
        recon_sum = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="sum")
        kl_sum = 0.5 * torch.sum(mu**2 + log_var.exp() - 1 - log_var)
        optimizer.zero_grad()
        ((recon_sum + kl_sum) / n).backward()
        optimizer.step()
        sums["recon"] += recon_sum.item()
        sums["kl"] += kl_sum.item()
        sums["loss"] += recon_sum.item() + kl_sum.item()
        seen += n
    return {key: sums[key] / seen for key in ("loss", "recon", "kl")}

# %% right | repair_7 | running-mean | A running mean corrected by every batch.
def repair_7(
    model: nn.Module, x: Tensor, optimizer: torch.optim.Optimizer, batch_size: int = 128
) -> dict[str, float]:
    mean = {"loss": 0.0, "recon": 0.0, "kl": 0.0}
    count = 0
    for batch in torch.split(x, batch_size):
        logits, mu, log_var = model(batch)
        log_px = batch * F.logsigmoid(logits) + (1 - batch) * F.logsigmoid(-logits)
        q = Normal(mu, torch.exp(log_var / 2))
        prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
        terms = {"recon": -log_px.sum(1).mean(), "kl": kl_divergence(q, prior).sum(1).mean()}
        terms["loss"] = terms["recon"] + terms["kl"]
        optimizer.zero_grad(set_to_none=True)
        terms["loss"].backward()
        optimizer.step()
        count += len(batch)
        for name in mean:
            mean[name] += (terms[name].item() - mean[name]) * len(batch) / count
    return mean


# %% wrong | repair_8 | upper-half-charged | The condition is the upper half now, but recon is changed along and charges the upper half.
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

# %% wrong | repair_8 | no-condition | The condition is replaced by zeros for both networks.
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

# %% wrong | repair_8 | encoder-without-x | The encoder sees the upper half only, in place of x.
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

# %% wrong | repair_8 | target-erased | y is x itself and its lower half is set to zero: the target and the caller's images lose it too.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    half = x.shape[1] // 2
    mask = torch.zeros_like(x)
    mask[:, half:] = 1
    y = x
    y[:, half:] = 0
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_8 | encoder-keeps-the-leak | Only the decoder gets the upper half, the encoder's condition is still the lower one.
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

# %% wrong | repair_8 | all-pixels-charged | Condition right, but recon counts the whole picture.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.ones_like(x)
    mask[:, x.shape[1] // 2 :] = 0
    y = x * mask
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = nll.sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_8 | half-is-392 | The half is fixed at 392 pixels, wrong for pictures of another size.
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

# %% wrong | repair_8 | detached-condition | Takes it for a gradient leak: detaches the condition, which is still the lower half.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = (x * mask).detach()
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_8 | wrong-axis | The halves are those of the batch, not of the pixels.
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

# %% wrong | repair_8 | decoder-left-alone | The decoder gets no condition any more (zeros), only the encoder sees the upper half.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x * (1 - mask)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, torch.zeros_like(y))
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% wrong | repair_8 | per-pixel-recon | Condition right, but the masked cost is averaged over its pixels, not summed.
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

# %% wrong | repair_8 | half-wide-condition | The condition is the cut-out upper half, (batch, num_pixels / 2), not of the shape of x.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    half = x.shape[1] // 2
    y = x[:, :half]
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits[:, half:], x[:, half:], reduction="none")
    recon = nll.sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% right | repair_8 | one-minus-mask | The condition is x times (1 - mask).
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

# %% right | repair_8 | slices | No mask, slices of the pixels and a concatenated condition.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    upper, lower = x.chunk(2, dim=1)
    y = torch.cat([upper, torch.zeros_like(lower)], dim=1)
    mu, log_var = model.encode(x, y)
    z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
    lower_logits = model.decode(z, y)[:, upper.shape[1] :]
    recon = F.binary_cross_entropy_with_logits(lower_logits, lower, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl

# %% right | repair_8 | cloned-and-erased | A clone whose lower half is erased; distributions for q and KL.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    middle = x.size(1) // 2
    given = x.clone()
    given[:, middle:] = 0.0
    mu, log_var = model.encode(x, given)
    q = Normal(mu, torch.exp(log_var / 2))
    logits = model.decode(q.rsample(), given)
    cost = -(x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits))
    recon = cost[:, middle:].sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl

# %% right | repair_8 | mask-means-known | The mask now marks the known pixels; torch.where and its negation do the rest.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    num_pixels = x.shape[1]
    known = torch.arange(num_pixels, device=x.device) < num_pixels // 2
    y = torch.where(known, x, torch.zeros_like(x))
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = nll.masked_fill(known, 0.0).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_9 | noise-by-former-mode | Noise if the model was in training mode before: still none for a model in evaluation mode.
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

# %% wrong | repair_9 | train-mode | Puts the model in training mode so that the noise comes: dropout is active while scoring.
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

# %% wrong | repair_9 | mode-not-restored | Noise always, but the model stays in evaluation mode.
def repair_9(model: nn.Module, x: Tensor) -> float:
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return (nll + kl).mean().item()

# %% wrong | repair_9 | always-back-to-training | Ends with model.train() whatever the mode was.
def repair_9(model: nn.Module, x: Tensor) -> float:
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train()
    return (nll + kl).mean().item()

# %% wrong | repair_9 | fixed-seed | A generator with a fixed seed: noise, but the same in every call.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        generator = torch.Generator(device=mu.device).manual_seed(0)
        eps = torch.randn(mu.shape, generator=generator, device=mu.device, dtype=mu.dtype)
        z = mu + torch.exp(log_var / 2) * eps
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()

# %% wrong | repair_9 | returns-a-tensor | No .item(): a tensor and no Python float.
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

# %% wrong | repair_9 | noise-without-sigma | Adds standard normal noise to mu, sigma is not used.
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

# %% wrong | repair_9 | eval-after-sampling | Moves model.eval() below the sampler: encoder runs in the old mode, no noise for a model in evaluation mode.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu) if model.training else mu
        model.eval()
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()

# %% wrong | repair_9 | one-noise-for-all | One noise vector for the whole test set, not a fresh sample for every image.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        eps = torch.randn(1, mu.shape[1], device=mu.device, dtype=mu.dtype)
        z = mu + torch.exp(log_var / 2) * eps
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()

# %% wrong | repair_9 | sum-over-images | The sum over the test set, not nats per image.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum")
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum()
    model.train(was_training)
    return (nll + kl).item()

# %% wrong | repair_9 | variance-as-sigma | Noise always, but multiplied by exp(log_var), the variance.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = log_var.exp()
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()

# %% wrong | repair_9 | trembling-score | Adds noise to the finished score, the code is still mu.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        nll = F.binary_cross_entropy_with_logits(model.decode(mu), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        nll = nll + torch.randn_like(nll)
    model.train(was_training)
    return (nll + kl).mean().item()

# %% right | repair_9 | condition-removed | The sample without its condition.
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

# %% right | repair_9 | try-finally | Restores the mode in a finally, distributions for sample and KL.
@torch.no_grad()
def repair_9(model: nn.Module, x: Tensor) -> float:
    mode = model.training
    model.eval()
    try:
        mu, log_var = model.encode(x)
        q = Normal(mu, (0.5 * log_var).exp())
        prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
        logits = model.decode(q.sample())
        log_px = x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits)
        elbo = log_px.sum(dim=1) - kl_divergence(q, prior).sum(dim=1)
        return float(-elbo.mean())
    finally:
        model.train(mode)

# %% right | repair_9 | condition-turned-round | In evaluation mode the noise is drawn, and there it always is.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu if model.training else mu + sigma * torch.randn_like(mu)
        recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum") / len(x)
        kl = 0.5 * (mu**2 + sigma**2 - 1 - log_var).sum() / len(x)
    if was_training:
        model.train()
    return (recon + kl).item()

# %% right | repair_9 | every-module-remembered | Remembers the mode of each module and puts each back.
def repair_9(model: nn.Module, x: Tensor) -> float:
    modes = {module: module.training for module in model.modules()}
    model.eval()
    with torch.no_grad():
        mean, log_var = model.encode(x)
        noise = torch.randn(mean.shape, dtype=mean.dtype, device=mean.device)
        x_logits = model.decode(mean + noise * log_var.exp().sqrt())
        costs = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=-1)
        costs += -0.5 * (1 + log_var - mean.pow(2) - log_var.exp()).sum(dim=-1)
    for module, mode in modes.items():
        module.training = mode
    return costs.mean().item()


# %% wrong | diagnosis | a-list | A list of letters and no dictionary with the keys 1 to 9.
def diagnosis() -> dict[int, str | None]:
    return ["A", "B", "C", "D", "E", "F", "G", "H", "I"]

# %% wrong | diagnosis | keys-from-zero | Counts the patients from 0 to 8, there is no entry for patient 9.
def diagnosis() -> dict[int, str | None]:
    letters = "ACEGIKMOQ"
    return {patient: letter for patient, letter in enumerate(letters)}

# %% wrong | diagnosis | string-keys | The keys are strings like "1".
def diagnosis() -> dict[int, str | None]:
    return {"1": "B", "2": "D", "3": "F", "4": "H", "5": "J", "6": "L", "7": "M", "8": "P", "9": "R"}

# %% wrong | diagnosis | causes-in-words | Writes the causes in words instead of letters.
def diagnosis() -> dict[int, str | None]:
    return {
        1: "exp(log_var) is used as the standard deviation",
        2: "one half is missing in the KL",
        3: "the KL is averaged over the latent dimensions",
        4: "sample instead of rsample",
        5: "sigmoid twice",
        6: "pixels in [-1, 1]",
        7: "wrong count, names swapped",
        8: "the condition is the wrong half",
        9: "no noise in evaluation mode",
    }

# %% wrong | diagnosis | numbers-for-letters | Numbers from 1 to 18 as values instead of letters.
def diagnosis() -> dict[int, str | None]:
    return {1: 18, 2: 12, 3: 15, 4: 7, 5: 16, 6: 11, 7: 3, 8: 2, 9: 9}

# %% wrong | diagnosis | all-n | The example's "N" for everybody, which is patient 0's cause and nobody else's.
def diagnosis() -> dict[int, str | None]:
    return {patient: "N" for patient in range(1, 10)}

# %% wrong | diagnosis | printed | Prints the record and returns None.
def diagnosis() -> dict[int, str | None]:
    record = dict(zip(range(1, 10), "RLOGPKCBI"))
    print(record)

# %% wrong | diagnosis | hedged | Two letters for each patient, to be on the safe side.
def diagnosis() -> dict[int, str | None]:
    return {1: "AR", 2: "BQ", 3: "CP", 4: "DO", 5: "EM", 6: "FL", 7: "GK", 8: "HJ", 9: "IQ"}

# %% wrong | diagnosis | beyond-the-list | Letters S to Z that the list of eighteen (A to R) does not have.
def diagnosis() -> dict[int, str | None]:
    return {1: "S", 2: "T", 3: "U", 4: "V", 5: "W", 6: "X", 7: "Y", 8: "Z", 9: None}

# %% wrong | diagnosis | nothing-sure | None for every patient: the form is right and nothing is diagnosed.
def diagnosis() -> dict[int, str | None]:
    return {i: None for i in range(1, 10)}

# %% wrong | diagnosis | keys-missing | Half finished: leaves out patients instead of writing None for them.
def diagnosis() -> dict[int, str | None]:
    return {4: None, 6: None, 9: None}

# %% wrong | diagnosis | patient-4-as-patient-0 | Gives patient 4 patient 0's cause because both have a KL of 0; the others are left open.
def diagnosis() -> dict[int, str | None]:
    record: dict[int, str | None] = dict.fromkeys(range(1, 10))
    record[4] = "N"  # collapse, like patient 0
    return record

# %% wrong | diagnosis | one-cause-for-two | The same letter for patients 2 and 3 and again for 4 and 9, although each patient has a cause of its own.
def diagnosis() -> dict[int, str | None]:
    return {1: "Q", 2: "K", 3: "K", 4: "I", 5: "P", 6: "L", 7: "R", 8: "B", 9: "I"}
