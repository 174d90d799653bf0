# %% wrong | repair_1 | unchanged | The fault is still there: the variance is used as the standard deviation.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | kl-for-log-sigma | Leaves the sampler and makes the KL fit it, so log_var is read as log sigma everywhere.
def repair_1(model, x):
    mu, log_sigma = model.encode(x)
    z = Normal(mu, torch.exp(log_sigma)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (0.5 * (mu.square() + (2 * log_sigma).exp() - 1) - log_sigma).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | sample-for-rsample | Repairs sigma but calls sample(), which cuts the gradient.
def repair_1(model, x):
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(log_var / 2)).sample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | torch-normal | torch.normal(mu, sigma) gives no gradient to mu and sigma.
def repair_1(model, x):
    mu, log_var = model.encode(x)
    z = torch.normal(mu, torch.exp(0.5 * log_var))
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | root-of-log | Takes the root of log_var instead of the root of the variance.
def repair_1(model, x):
    mu, log_var = model.encode(x)
    sigma = log_var.abs().sqrt().exp()
    z = mu + sigma * torch.randn_like(mu)
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | doubled-exponent | exp(2 log_var) instead of exp(log_var / 2).
def repair_1(model, x):
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(2 * log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | no-noise | Decodes mu.
def repair_1(model, x):
    mu, log_var = model.encode(x)
    x_logits = model.decode(mu)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | shared-noise | One noise vector for the whole batch.
def repair_1(model, x):
    mu, log_var = model.encode(x)
    eps = torch.randn_like(mu[:1])
    z = mu + (0.5 * log_var).exp() * eps
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | uniform-noise | rand_like instead of randn_like.
def repair_1(model, x):
    mu, log_var = model.encode(x)
    z = mu + torch.exp(0.5 * log_var) * torch.rand_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | fixed-seed | Seeds the generator in every call, so the sample is never fresh.
def repair_1(model, x):
    torch.manual_seed(0)  # so that the result can be reproduced
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(log_var / 2)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | halves-log-var-for-all | Overwrites log_var by half of it, and the KL then uses the half too.
def repair_1(model, x):
    mu, log_var = model.encode(x)
    log_var = log_var / 2
    z = Normal(mu, torch.exp(log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | kl-with-sigma | Repairs the sampler, then puts sigma in place of sigma squared into the KL.
def repair_1(model, x):
    mu, log_var = model.encode(x)
    sigma = torch.exp(0.5 * log_var)
    z = Normal(mu, sigma).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + sigma - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | binarised-targets | Rounds grey pixels to 0 or 1 in the likelihood, which the patient does not do.
def repair_1(model, x):
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(log_var / 2)).rsample()
    x_logits = model.decode(z)
    target = (x > 0.5).to(x.dtype)
    recon = F.binary_cross_entropy_with_logits(x_logits, target, reduction="none").sum(1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | batch-mean-over-pixels | The repair also loses the sum over pixels.
def repair_1(model, x):
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(log_var / 2)).rsample()
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x)
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | times-784 | Multiplies the pixel mean by 784 whatever the size of the image.
def repair_1(model, x):
    mu, log_var = model.encode(x)
    z = mu + (log_var / 2).exp() * torch.randn_like(mu)
    recon = 784 * F.binary_cross_entropy_with_logits(model.decode(z), x)
    kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).sum(-1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | floats | The two terms are floats instead of tensors.
def repair_1(model, x):
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(log_var / 2)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon.item(), kl.item()


# %% right | repair_1 | one-line | Only the line of the sampler changes.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(0.5 * log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_1 | by-hand | mu plus sigma times noise.
def repair_1(model, x):
    mu, log_var = model.encode(x)
    sigma = log_var.div(2).exp()
    z = torch.addcmul(mu, sigma, torch.randn_like(sigma))
    nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=-1)
    kls = 0.5 * (mu**2 + sigma**2 - 1 - log_var).sum(dim=-1)
    return (nll + kls).mean(), nll.mean(), kls.mean()


# %% right | repair_1 | distributions | KL and likelihood from torch.distributions, without validation for grey pixels.
def repair_1(model, x):
    from torch.distributions import Bernoulli, Independent

    mu, log_var = model.encode(x)
    q = Independent(Normal(mu, (log_var * 0.5).exp()), 1)
    prior = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    pixels = Bernoulli(logits=model.decode(q.rsample()), validate_args=False)
    recon = -pixels.log_prob(x).sum(1).mean()
    kl = kl_divergence(q, prior).mean()
    return recon + kl, recon, kl


# %% right | repair_1 | course-loss | The loss from negative_elbo; recon as a sum over the batch.
def repair_1(model, x):
    mu, log_var = model.encode(x)
    eps = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(mu + eps * torch.exp(log_var / 2))
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).sum() / len(x)
    return negative_elbo(x_logits, x, mu, log_var), recon, kl


# %% wrong | repair_2 | unchanged | The KL still has the terms with the wrong weights.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | half-of-everything | The half also multiplies log sigma; a mute encoder costs 0, but the best sigma is wrong.
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (sigma**2 + mu**2 - torch.log(sigma) - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | twice-the-kl | Every term is twice as large as it should be; a mute encoder costs 0.
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + mu**2 - 2 * torch.log(sigma) - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | constant-only | Only the constant is changed so that a mute encoder costs 0.
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + mu**2 - torch.log(sigma) - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | mu-not-halved | Only sigma squared gets its half.
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 / 2 + mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | sigma-not-halved | Only mu squared gets its half.
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + mu**2 / 2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | kl-times-beta | The KL that is returned contains beta.
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = beta * 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_2 | beta-forgotten | The loss ignores beta.
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_2 | beta-without-default | beta has lost its default, so repair_2(model, x) fails.
def repair_2(model: nn.Module, x: Tensor, beta: float):
    mu, log_var = model.encode(x)
    z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | log-var-and-log-sigma | Puts -log_var/2 inside the bracket that is halved already.
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(1).mean()
    kl = 0.5 * (sigma**2 + mu**2 - 0.5 * log_var - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | absolute-kl | Takes the absolute value of a KL without its constant.
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(1).mean()
    kl = (0.5 * (sigma**2 + mu**2) - torch.log(sigma) - 1).sum(dim=1).mean().abs()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | kl-mean-over-dims | Lowers the KL by a mean over dimensions.
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(1).mean()
    kl = (0.5 * (sigma**2 + mu**2 - 1) - torch.log(sigma)).mean(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | wider-sampler | Widens the noise so that the spread is 1 and leaves the KL.
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + 2**0.5 * sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | kl-without-gradient | The KL is computed under no_grad.
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(1).mean()
    with torch.no_grad():
        kl = (0.5 * (sigma**2 + mu**2 - 1) - torch.log(sigma)).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | beta-on-both | Beta multiplies the whole sum.
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return beta * (recon + kl), recon, kl


# %% right | repair_2 | one-line | The half goes round the two squares.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (0.5 * (sigma**2 + mu**2) - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% right | repair_2 | with-log-var | The closed form with log_var.
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    z = mu + (0.5 * log_var).exp() * torch.randn_like(log_var)
    logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(dim=1).mean()
    kl = -0.5 * torch.sum(1 + log_var - mu**2 - log_var.exp(), dim=1).mean()
    return recon + beta * kl, recon, kl


# %% right | repair_2 | kl-divergence | The KL from torch.distributions.
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    q = Normal(mu, (log_var / 2).exp())
    recon = F.binary_cross_entropy_with_logits(model.decode(q.rsample()), x, reduction="sum")
    recon = recon / x.shape[0]
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, p).sum(-1).mean()
    return recon + beta * kl, recon, kl


# %% right | repair_2 | double-inside | Half of a bracket with 2 log sigma, and a helper.
def _closed_form(mu, sigma):
    return ((sigma.square() + mu.square() - 2 * sigma.log() - 1) / 2).sum(dim=1)


def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    noise = torch.randn_like(mu)
    nll = F.binary_cross_entropy_with_logits(model.decode(noise * sigma + mu), x, reduction="none")
    recon, kl = nll.sum(1).mean(), _closed_form(mu, sigma).mean()
    return torch.add(recon, kl, alpha=beta), recon, kl


# %% wrong | repair_3 | unchanged | The KL is still a mean over the latent dimensions.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | sum-of-all | Sums the KL over the batch too.
def repair_3(model, x, sigma):
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum()
    return recon + kl, recon, kl


# %% wrong | repair_3 | axes-swapped | Sums over the batch and averages over the dimensions.
def repair_3(model, x, sigma):
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=0).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | times-ten | Multiplies by ten, which is right only for ten latent dimensions.
def repair_3(model, x, sigma):
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = 10 * kl_divergence(q, prior).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | reversed-kl | The sum is right, but the KL goes from the prior to q.
def repair_3(model, x, sigma):
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(prior, q).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | no-constant | Leaves the normalising constant of the Gaussian out.
def repair_3(model, x, sigma):
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = ((x - x_hat) ** 2 / (2 * sigma**2)).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | gaussian-nll-default | F.gaussian_nll_loss without full=True leaves log(2 pi)/2 out.
def repair_3(model, x, sigma):
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    var = torch.full_like(x, sigma**2)
    recon = F.gaussian_nll_loss(x_hat, x, var, reduction="sum") / len(x)
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | positive-recon | Clamps recon at 0, although it may be negative here.
def repair_3(model, x, sigma):
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    recon = recon.clamp(min=0)  # a loss cannot be negative
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | global-sigma | Uses 0.2, the SIGMA of the notebook, instead of the argument.
def repair_3(model, x, sigma):
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, 0.2).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | sigma-shadowed | The sigma of q overwrites the argument sigma, so the pixels get the mean width of the codes.
def repair_3(model, x, sigma):
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(mu)
    x_hat = model.decode(z).sigmoid()
    recon = -Normal(x_hat, sigma.mean()).log_prob(x).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + sigma**2 - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | variance-for-sigma | Gives sigma squared to Normal, which wants the standard deviation.
def repair_3(model, x, sigma):
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma**2).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | both-means | Makes both terms means, so that they "match".
def repair_3(model, x, sigma):
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | no-sigmoid | The mean of the likelihood is the logits, without the sigmoid.
def repair_3(model, x, sigma):
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample())
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | sample-without-gradient | sample() instead of rsample().
def repair_3(model, x, sigma):
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.sample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | one-constant-per-image | Adds the normalising constant once for an image instead of once for a pixel.
def repair_3(model, x, sigma):
    import math

    mu, log_var = model.encode(x)
    z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    error = ((x - x_hat) ** 2).sum(dim=1) / (2 * sigma**2)
    recon = (error + math.log(sigma * math.sqrt(2 * math.pi))).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_3 | one-line | Sum over dimensions, mean over images.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_3 | mean-then-sum | The other order of sum and mean.
def repair_3(model, x, sigma):
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).mean(dim=0).sum()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).mean(dim=0).sum()
    return recon + kl, recon, kl


# %% right | repair_3 | written-out | Density and KL written out.
def repair_3(model, x, sigma):
    import math

    mu, log_var = model.encode(x)
    z = mu + (log_var / 2).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    squared = (x - x_hat).pow(2).sum(dim=1)
    constant = x.shape[1] * math.log(sigma * math.sqrt(2 * math.pi))
    recon = (squared / (2 * sigma**2) + constant).mean()
    kl = (0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var)).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_3 | independent | Independent distributions, whose log_prob and KL sum over the last axis.
def repair_3(model, x, sigma):
    from torch.distributions import Independent

    mu, log_var = model.encode(x)
    q = Independent(Normal(mu, torch.exp(0.5 * log_var)), 1)
    p = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    picture = Independent(Normal(model.decode(q.rsample()).sigmoid(), sigma), 1)
    recon = picture.log_prob(x).neg().mean()
    kl = kl_divergence(q, p).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | unchanged | Still sample(): no gradient reaches the encoder through z.
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


# %% wrong | repair_4 | requires-grad | requires_grad_() on the sample makes a new leaf; the encoder still gets nothing.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).sample((num_samples,)).requires_grad_()
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | one-sample | rsample() without the shape draws one sample only.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample()
    x_logits = model.decode(z)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | averages-z | Averages the samples before decoding, which only makes the noise smaller.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,)).mean(dim=0)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=-1).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | averages-logits | Averages the decoder outputs before the likelihood.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z).mean(dim=0)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=-1).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | always-four | Draws four samples whatever num_samples is.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((4,))
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | repeats-one-sample | One sample is copied num_samples times.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = (mu + sigma * torch.randn_like(mu)).expand(num_samples, *mu.shape)
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | same-noise-for-all-images | The noise has the shape (num_samples, 1, latent_dim), so all images share it.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    eps = torch.randn(num_samples, 1, mu.shape[1], dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(mu + sigma * eps)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | iwae-bound | Takes the log of the mean likelihood (as IWAE) instead of the mean of the logs.
def repair_4(model, x, num_samples=4):
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


# %% wrong | repair_4 | sum-over-samples | Adds recon up over samples.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    recon = 0.0
    for _ in range(num_samples):
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none")
        recon = recon + nll.sum(dim=-1).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | kl-also-divided | Divides the KL by num_samples as well.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    recon, kl = 0.0, 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    for z in Normal(mu, sigma).rsample((num_samples,)):
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none")
        recon = recon + nll.sum(dim=-1).mean()
    recon, kl = recon / num_samples, kl / num_samples
    return recon + kl, recon, kl


# %% wrong | repair_4 | mixed-up-images | repeat_interleave orders the targets by image, the flattened samples by sample.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,)).flatten(0, 1)
    targets = x.repeat_interleave(num_samples, dim=0)
    nll = F.binary_cross_entropy_with_logits(model.decode(z), targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | sums-axis-one | sum(dim=1) of (samples, batch, pixels) sums over images instead of pixels.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | x-unsqueezed-in-place | unsqueeze_ changes the shape of the caller's images.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    x_logits = model.decode(Normal(mu, sigma).rsample((num_samples,)))
    targets = x.unsqueeze_(0).expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | half-a-gradient | mu gets its gradient, but sigma is detached in the sample.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    eps = torch.randn(num_samples, *mu.shape, dtype=mu.dtype, device=mu.device)
    z = mu + sigma.detach() * eps
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | no-noise | Decodes mu num_samples times: a gradient passes, but nothing is sampled.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = mu.expand(num_samples, -1, -1)
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    recon = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(-1).mean()
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


# %% right | repair_4 | own-noise | The sample written by hand.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    noise = torch.randn((num_samples, *mu.shape), dtype=mu.dtype, device=mu.device)
    x_logits = model.decode(mu + sigma * noise)
    nll = F.binary_cross_entropy_with_logits(
        x_logits, x.unsqueeze(0).expand(num_samples, -1, -1), reduction="none"
    )
    recon = nll.sum(dim=2).mean(dim=0).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_4 | loop | One sample after the other, averaged at the end.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    q = Normal(mu, (0.5 * log_var).exp())
    costs = []
    for _ in range(num_samples):
        logits = model.decode(q.rsample())
        costs.append(F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1))
    recon = torch.stack(costs).mean()
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(1).mean()
    return recon + kl, recon, kl


# %% right | repair_4 | flattened-batch | Samples flattened into one long batch, with targets in the same order.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    m, s = mu.repeat(num_samples, 1), log_var.repeat(num_samples, 1)
    z = m + (s / 2).exp() * torch.randn_like(m)
    targets = x.repeat(num_samples, 1)
    total = F.binary_cross_entropy_with_logits(model.decode(z), targets, reduction="sum")
    recon = total / len(targets)
    kl = -0.5 * (1 + log_var - mu.square() - log_var.exp()).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_5 | unchanged | Probabilities still go into a loss that wants logits.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    recon = F.binary_cross_entropy_with_logits(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | bce-of-probabilities | F.binary_cross_entropy of probabilities clips at 100 nats and loses gradients for large logits.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    recon = F.binary_cross_entropy(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | epsilon-logs | Logarithms of clamped probabilities are not exact for large logits.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    p = x_hat.clamp(1e-7, 1 - 1e-7)
    recon = -(x * p.log() + (1 - x) * (1 - p).log()).sum() / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | logit-of-sigmoid | torch.logit(x_hat) does not bring back large logits: the sigmoid has rounded to 0 or 1.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    recon = F.binary_cross_entropy_with_logits(torch.logit(x_hat), x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | returns-logits | The picture that is returned is the logits.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_hat = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | second-sample | The picture comes from another z than the loss.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    sigma = log_var.mul(0.5).exp()
    x_logits = model.decode(mu + sigma * torch.randn_like(mu))
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    x_hat = torch.sigmoid(model.decode(mu + sigma * torch.randn_like(mu)))
    return recon + kl, x_hat


# %% wrong | repair_5 | picture-of-mu | The picture is decoded from mu, not from the z of the loss.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, model.decode(mu).sigmoid()


# %% wrong | repair_5 | mean-reduction | Uses the logits, but averages over pixels.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(x_logits)


# %% wrong | repair_5 | swapped-arguments | The image stands where the logits belong.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x, x_logits, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(x_logits)


# %% wrong | repair_5 | clamped-logits | Logits are clamped to plus or minus 20.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z).clamp(-20, 20)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(x_logits)


# %% wrong | repair_5 | sigmoid-in-place | sigmoid_() overwrites the logits that the backward pass needs.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    x_hat = x_logits.sigmoid_()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | log-of-exp | log(1 + exp(l)) overflows for large logits.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    logits = model.decode(z)
    recon = (torch.log(1 + torch.exp(logits)) - x * logits).sum() / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(logits)


# %% wrong | repair_5 | binary-picture | The picture holds rounded pixels instead of probabilities.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(x_logits).round()


# %% wrong | repair_5 | loss-only | Returns the loss alone.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl


# %% wrong | repair_5 | double-sigmoid | The loss is repaired, but the picture gets the sigmoid twice.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    x_hat = torch.sigmoid(torch.sigmoid(x_logits))
    return recon + kl, x_hat


# %% wrong | repair_5 | divides-by-pixels | len(x[0]) is the number of pixels, not of images.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x[0])
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(x_logits)


# %% right | repair_5 | logits-and-picture | Logits for the loss, the sigmoid for the picture.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, torch.sigmoid(x_logits)


# %% right | repair_5 | negative-elbo | The loss of the course.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    logits = model.decode(Normal(mu, (log_var / 2).exp()).rsample())
    return negative_elbo(logits, x, mu, log_var), logits.sigmoid()


# %% right | repair_5 | logsigmoid | Two logsigmoids.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    logits = model.decode(z)
    log_likelihood = x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    loss = (kl.sum(dim=1) - log_likelihood.sum(dim=1)).mean()
    return loss, torch.special.expit(logits)


# %% right | repair_5 | bernoulli | A Bernoulli with logits; its probs are the picture.
def repair_5(model, x):
    from torch.distributions import Bernoulli

    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.mul(0.5).exp())
    pixels = Bernoulli(logits=model.decode(q.rsample()), validate_args=False)
    recon = -pixels.log_prob(x).sum(dim=-1).mean()
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(dim=-1).mean()
    return recon + kl, pixels.probs


# %% wrong | repair_6 | unchanged | The likelihood still gets pixels from -1 to 1.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | clamped-targets | Clamps the scaled pixels to [0, 1]: in range, but every grey pixel is changed.
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    target = x.clamp(0, 1)
    recon = F.binary_cross_entropy_with_logits(x_logits, target, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | clamped-loss | Cuts recon at 0 and leaves the wrong targets.
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    recon = torch.relu(recon)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | sigmoid-of-targets | Brings the scaled pixels into [0, 1] with a sigmoid.
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x.sigmoid(), reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | absolute-targets | Takes the absolute value of the scaled pixels, so paper becomes ink.
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    scaled = (x - 0.5) / 0.5
    mu, log_var = model.encode(scaled, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, scaled.abs(), reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | batch-min-max | Stretches every batch to [0, 1] by its own minimum and maximum.
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - x.min()) / (x.max() - x.min())
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | scales-in-place | Scales the images of the caller in place, so they are changed after the call.
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    target = x.clone()
    x.sub_(0.5).div_(0.5)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, target, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | alias-not-copy | `target = x` before in-place scaling is the same tensor, so the likelihood still sees -1 to 1.
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    target = x
    x -= 0.5
    x /= 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, target, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | inferred-classes | one_hot without num_classes has too few columns when the batch lacks the last class.
def repair_6(model, x, labels):
    y = F.one_hot(labels).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | ten-classes | Always ten classes.
def repair_6(model, x, labels):
    y = F.one_hot(labels, 10).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | labels-unsqueezed | unsqueeze_ changes the shape of the caller's labels.
def repair_6(model, x, labels):
    y = torch.zeros(len(x), model.num_classes, dtype=x.dtype, device=x.device)
    y.scatter_(1, labels.unsqueeze_(1), 1.0)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | decoder-without-label | The decoder gets zeros in place of the label.
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, torch.zeros_like(y))
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | wrong-way-back | Scales back with (x + 1) * 0.5 - 0.5, that is to [-0.5, 0.5].
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    x = (x + 1) * 0.5 - 0.5
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | squared-error | Replaces the Bernoulli likelihood by a squared error.
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z, y))
    recon = F.mse_loss(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | ignores-labels | Gives every image the label 0.
def repair_6(model, x, labels):
    y = F.one_hot(torch.zeros_like(labels), model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% right | repair_6 | line-deleted | The scaling is gone.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% right | repair_6 | scaled-for-encoder | The encoder sees scaled images, the likelihood plain ones.
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    scaled = 2 * x - 1
    mu, log_var = model.encode(scaled, y)
    z = Normal(mu, torch.exp(log_var * 0.5)).rsample()
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean()
    return recon + kl, recon, kl


# %% right | repair_6 | scaled-back | Scales the target back to [0, 1] before the likelihood.
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    target = x * 0.5 + 0.5
    recon = F.binary_cross_entropy_with_logits(x_logits, target, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% right | repair_6 | identity-rows | One-hot labels as rows of an identity matrix, terms per image.
def repair_6(model, x, labels):
    eye = torch.eye(model.num_classes, dtype=x.dtype, device=x.device)
    y = eye[labels]
    mu, log_var = model.encode(x, y)
    logits = model.decode(mu + (log_var / 2).exp() * torch.randn_like(mu), y)
    nll = -(x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits)).sum(dim=1)
    q, p = Normal(mu, (log_var / 2).exp()), Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, p).sum(dim=1)
    return (nll + kl).mean(), nll.mean(), kl.mean()


# %% wrong | repair_7 | names-only | Only the names are repaired; the sum of batch means is still divided by the number of images.
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


# %% wrong | repair_7 | counts-only | The means are right, but recon and kl are still exchanged.
def repair_7(model, x, optimizer, batch_size=128):
    def update(batch):
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
        totals = [total + term * len(batch) for total, term in zip(totals, terms, strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% wrong | repair_7 | swapped-twice | Swaps the names in two places, so they are exchanged again.
def repair_7(model, x, optimizer, batch_size=128):
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
    for batch in x.split(batch_size):
        terms = update(batch)
        totals = [total + term * len(batch) for total, term in zip(totals, terms, strict=True)]
    loss, kl, recon = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% wrong | repair_7 | mean-of-batch-means | Divides by the number of batches, so a short last batch counts too much.
def repair_7(model, x, optimizer, batch_size=128):
    def update(batch):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        return (recon + kl).item(), recon.item(), kl.item()

    batches = x.split(batch_size)
    totals = [0.0, 0.0, 0.0]
    for batch in batches:
        totals = [total + term for total, term in zip(totals, update(batch), strict=True)]
    loss, recon, kl = (total / len(batches) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% wrong | repair_7 | times-batch-size | Multiplies each mean by batch_size, also that of a smaller last batch.
def repair_7(model, x, optimizer, batch_size=128):
    totals = {"loss": 0.0, "recon": 0.0, "kl": 0.0}
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        loss = recon + kl
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        totals["loss"] += batch_size * loss.item()
        totals["recon"] += batch_size * recon.item()
        totals["kl"] += batch_size * kl.item()
    return {name: total / len(x) for name, total in totals.items()}


# %% wrong | repair_7 | drop-last | drop_last=True leaves the last, smaller batch out.
def repair_7(model, x, optimizer, batch_size=128):
    loader = torch.utils.data.DataLoader(x, batch_size=batch_size, drop_last=True)
    sums, seen = [0.0, 0.0, 0.0], 0
    for batch in loader:
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        for i, term in enumerate((recon + kl, recon, kl)):
            sums[i] += term.item() * len(batch)
        seen += len(batch)
    return {name: s / max(seen, 1) for name, s in zip(("loss", "recon", "kl"), sums)}


# %% wrong | repair_7 | shuffles | Shuffles the images, although the order given is wanted.
def repair_7(model, x, optimizer, batch_size=128):
    loader = torch.utils.data.DataLoader(x, batch_size=batch_size, shuffle=True)
    totals = torch.zeros(3, dtype=torch.float64)
    for batch in loader:
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        totals += len(batch) * torch.tensor([(recon + kl).item(), recon.item(), kl.item()])
    loss, recon, kl = (totals / len(x)).tolist()
    return {"loss": loss, "recon": recon, "kl": kl}


# %% wrong | repair_7 | trains-on-the-sum | The update uses the sum over the batch instead of the mean.
def repair_7(model, x, optimizer, batch_size=128):
    totals = [0.0, 0.0, 0.0]
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="sum")
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        terms = ((recon + kl).item(), recon.item(), kl.item())
        totals = [total + term for total, term in zip(totals, terms, strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% wrong | repair_7 | measured-after-update | Measures each batch again after its update.
def repair_7(model, x, optimizer, batch_size=128):
    def terms(batch):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        return nll.sum(dim=1).mean(), (
            0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        )

    recon_sum = kl_sum = 0.0
    for batch in x.split(batch_size):
        recon, kl = terms(batch)
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        with torch.no_grad():
            recon, kl = terms(batch)
        recon_sum += recon.item() * len(batch)
        kl_sum += kl.item() * len(batch)
    n = len(x)
    return {"loss": (recon_sum + kl_sum) / n, "recon": recon_sum / n, "kl": kl_sum / n}


# %% wrong | repair_7 | no-zero-grad | Gradients are never cleared.
def repair_7(model, x, optimizer, batch_size=128):
    totals = [0.0, 0.0, 0.0]
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        (recon + kl).backward()
        optimizer.step()
        terms = ((recon + kl).item(), recon.item(), kl.item())
        totals = [total + len(batch) * term for total, term in zip(totals, terms, strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% wrong | repair_7 | cleared-too-late | Clears gradients after the step only, so an old .grad enters the first update.
def repair_7(model, x, optimizer, batch_size=128):
    totals = [0.0, 0.0, 0.0]
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        (recon + kl).backward()
        optimizer.step()
        optimizer.zero_grad()
        terms = ((recon + kl).item(), recon.item(), kl.item())
        totals = [total + len(batch) * term for total, term in zip(totals, terms, strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% wrong | repair_7 | no-step | Forgets optimizer.step() when copying.
def repair_7(model, x, optimizer, batch_size=128):
    totals = [0.0, 0.0, 0.0]
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        terms = ((recon + kl).item(), recon.item(), kl.item())
        totals = [total + len(batch) * term for total, term in zip(totals, terms, strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% wrong | repair_7 | last-batch-only | Reports the terms of the last batch.
def repair_7(model, x, optimizer, batch_size=128):
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        loss = recon + kl
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {"loss": loss.item(), "recon": recon.item(), "kl": kl.item()}


# %% wrong | repair_7 | returns-tensors | The values are tensors with a graph instead of floats.
def repair_7(model, x, optimizer, batch_size=128):
    loss_sum, recon_sum, kl_sum = 0, 0, 0
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        loss = (nll + kl).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss_sum = loss_sum + loss.detach() * len(batch)
        recon_sum = recon_sum + nll.detach().sum()
        kl_sum = kl_sum + kl.detach().sum()
    n = len(x)
    return {"loss": loss_sum / n, "recon": recon_sum / n, "kl": kl_sum / n}


# %% wrong | repair_7 | gradient-clipping | Clips the gradient, which is not an update on the negative ELBO alone.
def repair_7(model, x, optimizer, batch_size=128):
    totals = [0.0, 0.0, 0.0]
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        terms = ((recon + kl).item(), recon.item(), kl.item())
        totals = [total + len(batch) * term for total, term in zip(totals, terms, strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% wrong | repair_7 | lower-kl-weight | Lowers the weight of the KL because the report said that it dominates.
def repair_7(model, x, optimizer, batch_size=128):
    totals = [0.0, 0.0, 0.0]
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + 0.1 * kl).backward()
        optimizer.step()
        terms = ((recon + kl).item(), recon.item(), kl.item())
        totals = [total + len(batch) * term for total, term in zip(totals, terms, strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% wrong | repair_7 | return-in-loop | The return stands inside the loop, so only one batch is used.
def repair_7(model, x, optimizer, batch_size=128):
    totals, seen = [0.0, 0.0, 0.0], 0
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        seen += len(batch)
        terms = ((recon + kl).item(), recon.item(), kl.item())
        totals = [total + len(batch) * term for total, term in zip(totals, terms, strict=True)]
        loss, recon, kl = (total / seen for total in totals)
        return {"loss": loss, "recon": recon, "kl": kl}


# %% right | repair_7 | smallest-change | Names in order; each mean times the images of its batch.
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


# %% right | repair_7 | names-at-the-end | Leaves the tuple of update and unpacks it in its own order.
def repair_7(model, x, optimizer, batch_size=128):
    def update(batch):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        n = len(batch)
        return (recon + kl).item() * n, kl.item() * n, recon.item() * n

    totals = [0.0, 0.0, 0.0]
    for batch in x.split(batch_size):
        totals = [total + term for total, term in zip(totals, update(batch), strict=True)]
    loss, kl, recon = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% right | repair_7 | data-loader | A DataLoader over a TensorDataset, in the order given.
def repair_7(model, x, optimizer, batch_size=128):
    from torch.utils.data import DataLoader, TensorDataset

    report = {"loss": 0.0, "recon": 0.0, "kl": 0.0}
    for (batch,) in DataLoader(TensorDataset(x), batch_size=batch_size, shuffle=False):
        optimizer.zero_grad()
        x_logits, mu, log_var = model(batch)
        loss = negative_elbo(x_logits, batch, mu, log_var)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="sum") / len(batch)
        loss.backward()
        optimizer.step()
        share = len(batch) / len(x)
        for name, value in (("loss", loss), ("recon", recon), ("kl", kl)):
            report[name] += share * value.item()
    return report


# %% right | repair_7 | collected-per-image | Keeps the terms of every image and averages once at the end.
def repair_7(model, x, optimizer, batch_size=128):
    recons, kls = [], []
    for start in range(0, len(x), batch_size):
        batch = x[start : start + batch_size]
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        optimizer.zero_grad()
        (nll + kl).mean().backward()
        optimizer.step()
        recons.append(nll.detach())
        kls.append(kl.detach())
    recon, kl = torch.cat(recons), torch.cat(kls)
    return {
        "loss": (recon + kl).mean().item(),
        "recon": recon.mean().item(),
        "kl": kl.mean().item(),
    }


# %% wrong | repair_8 | unchanged | The condition is still the lower half.
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


# %% wrong | repair_8 | mask-turned-round | Turns the mask round for both lines: now the upper half is given and the upper half is charged.
def repair_8(model, x):
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


# %% wrong | repair_8 | charges-the-upper-half | Keeps the lower half as condition and charges the upper half.
def repair_8(model, x):
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


# %% wrong | repair_8 | charges-everything | The condition is right, but all pixels are charged.
def repair_8(model, x):
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x * (1 - mask)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = nll.sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | encoder-sees-torn | The encoder gets the torn picture instead of all of x.
def repair_8(model, x):
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


# %% wrong | repair_8 | decoder-only | Only the decoder gets the right condition; the encoder still gets the lower half as y.
def repair_8(model, x):
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


# %% wrong | repair_8 | fixed-392 | The half is 392 pixels whatever the size of the picture.
def repair_8(model, x):
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


# %% wrong | repair_8 | zeroes-in-place | Writes the zeros into the caller's images, so the lower half is lost for the encoder and the loss too.
def repair_8(model, x):
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


# %% wrong | repair_8 | half-of-the-batch | The mask covers half of the images instead of half of the pixels.
def repair_8(model, x):
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


# %% wrong | repair_8 | short-condition | The condition has only half as many columns as x.
def repair_8(model, x):
    half = x.shape[1] // 2
    y = x[:, :half]
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = nll[:, half:].sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | masks-logits | Multiplies logits and images by the mask before the cost, so each upper pixel costs log 2.
def repair_8(model, x):
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


# %% wrong | repair_8 | grey-condition | The missing half is filled with one half instead of zeros.
def repair_8(model, x):
    half = x.shape[1] // 2
    y = torch.full_like(x, 0.5)
    y[:, :half] = x[:, :half]
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = nll[:, half:].sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | targets-are-y | The cost compares with the condition, whose lower half is zero.
def repair_8(model, x):
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x * (1 - mask)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, y, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | every-second-pixel | Takes every second pixel as the upper half.
def repair_8(model, x):
    mask = torch.zeros_like(x)
    mask[:, 1::2] = 1
    y = x * (1 - mask)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | one-pixel-leaks | The condition holds one pixel of the lower half.
def repair_8(model, x):
    half = x.shape[1] // 2
    y = x.clone()
    y[:, half + 1 :] = 0
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = nll[:, half:].sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | no-condition-at-all | Removes the leak by giving both networks an empty condition.
def repair_8(model, x):
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


# %% right | repair_8 | one-minus-mask | The condition is what the mask does not cover.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1  # 1: to be drawn
    y = x * (1 - mask)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_8 | other-mask | A 1 stands for a pixel that is given; the cost takes the rest.
def repair_8(model, x):
    given = torch.zeros_like(x)
    given[:, : x.shape[1] // 2] = 1
    y = x * given
    mu, log_var = model.encode(x, y)
    z = Normal(mu, torch.exp(log_var / 2)).rsample()
    nll = F.binary_cross_entropy_with_logits(model.decode(z, y), x, reduction="none")
    recon = ((1 - given) * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_8 | chunks | Halves with chunk and cat; no mask.
def repair_8(model, x):
    upper, lower = x.chunk(2, dim=1)
    y = torch.cat([upper, torch.zeros_like(lower)], dim=1)
    mu, log_var = model.encode(x, y)
    z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
    lower_logits = model.decode(z, y).chunk(2, dim=1)[1]
    recon = F.binary_cross_entropy_with_logits(lower_logits, lower, reduction="sum") / len(x)
    kl = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum() / len(x)
    return recon + kl, recon, kl


# %% right | repair_8 | clone-and-where | A boolean row, torch.where and a weight by indexing.
def repair_8(model, x):
    is_lower = torch.arange(x.shape[1], device=x.device) >= x.shape[1] // 2
    y = torch.where(is_lower, torch.zeros_like(x), x)
    mu, log_var = model.encode(x, y)
    q = Normal(mu, torch.exp(log_var / 2))
    logits = model.decode(q.rsample(), y)
    nll = F.binary_cross_entropy_with_logits(logits, x, reduction="none")[:, is_lower].sum(dim=1)
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(dim=1)
    return (nll + kl).mean(), nll.mean(), kl.mean()


# %% wrong | repair_9 | unchanged | The condition model.training is always False after eval(), so z is mu.
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


# %% wrong | repair_9 | asks-was-training | Samples only if the model came in training mode.
def repair_9(model, x):
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


# %% wrong | repair_9 | train-mode-for-noise | Switches the model to training mode to get noise, which also switches dropout on.
def repair_9(model, x):
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


# %% wrong | repair_9 | no-eval | Leaves eval() out, so dropout is active if the model came in training mode.
def repair_9(model, x):
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | decodes-in-old-mode | Puts the mode back before decoding, so the decoder's dropout is active.
def repair_9(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        model.train(was_training)
        z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | stays-in-eval | The mode is not put back.
def repair_9(model, x):
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | always-train-after | Puts the model into training mode at the end, however it came.
def repair_9(model, x):
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train()
    return (nll + kl).mean().item()


# %% wrong | repair_9 | records-a-graph | no_grad has been lost.
def repair_9(model, x):
    was_training = model.training
    model.eval()
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = mu + sigma * torch.randn_like(mu)
    nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | fixed-seed | Samples, but with the same seed in every call.
def repair_9(model, x):
    was_training = model.training
    model.eval()
    generator = torch.Generator(device=x.device).manual_seed(0)
    with torch.no_grad():
        mu, log_var = model.encode(x)
        eps = torch.randn(mu.shape, generator=generator, dtype=mu.dtype, device=mu.device)
        z = mu + torch.exp(log_var / 2) * eps
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | returns-tensor | Returns a tensor instead of a Python float.
def repair_9(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean()


# %% wrong | repair_9 | one-noise-for-all | All images share one noise vector.
def repair_9(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = mu + torch.exp(log_var / 2) * torch.randn_like(mu[0])
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | variance-as-sigma | The new sampling line uses exp(log_var) as standard deviation.
def repair_9(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = Normal(mu, log_var.exp()).sample()
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | prior-sample | Decodes a draw from the prior instead of one from q.
def repair_9(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | noise-on-the-score | Adds noise to the score instead of to z.
def repair_9(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        nll = F.binary_cross_entropy_with_logits(model.decode(mu), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        score = nll + kl + torch.randn_like(nll)
    model.train(was_training)
    return score.mean().item()


# %% wrong | repair_9 | grad-off-globally | Switches gradients off for the whole program.
def repair_9(model, x):
    was_training = model.training
    model.eval()
    torch.set_grad_enabled(False)
    mu, log_var = model.encode(x)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | zeroes-gradients | Clears the gradients of the model, which should be as before.
def repair_9(model, x):
    was_training = model.training
    model.eval()
    model.zero_grad()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | elbo-sign | Returns the ELBO, not the negative one.
def repair_9(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return -(nll + kl).mean().item()


# %% right | repair_9 | always-samples | The condition is gone from the line of z.
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


# %% right | repair_9 | decorator-and-normal | no_grad as decorator, Normal.sample, the course's loss.
@torch.no_grad()
def repair_9(vae, images_):
    mode = vae.training
    vae.eval()
    try:
        mu, log_var = vae.encode(images_)
        z = Normal(mu, (0.5 * log_var).exp()).sample()
        return float(negative_elbo(vae.decode(z), images_, mu, log_var))
    finally:
        vae.train(mode)


# %% right | repair_9 | inference-mode | inference_mode, and every submodule gets its own mode back.
def repair_9(model, x):
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    with torch.inference_mode():
        mu, log_var = model.encode(x)
        z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
        recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum")
        kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum()
        score = ((recon + kl) / len(x)).item()
    for module, mode in modes:
        module.training = mode
    return score


# %% right | repair_9 | copy | Scores a copy of the model, so nothing has to be put back.
def repair_9(model, x):
    from copy import deepcopy

    frozen = deepcopy(model).eval().requires_grad_(False)
    with torch.no_grad():
        mu, log_var = frozen.encode(x)
        q = Normal(mu, torch.exp(log_var / 2))
        nll = F.binary_cross_entropy_with_logits(frozen.decode(q.sample()), x, reduction="none")
        prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
        total = nll.sum(dim=1) + kl_divergence(q, prior).sum(dim=1)
    return total.mean().item()


# %% wrong | diagnosis | all-patient-zero | Gives every patient the cause of patient 0, which the hint names.
def diagnosis():
    return {patient: "N" for patient in range(1, 10)}


# %% wrong | diagnosis | patient-one-is-zero | Gives patient 1 the cause of patient 0 and nobody else a cause.
def diagnosis() -> dict[int, str | None]:
    record = dict.fromkeys(range(1, 10))
    record[1] = "N"
    return record


# %% wrong | diagnosis | first-nine-letters | Takes the first nine letters of the list in order.
def diagnosis():
    return dict(zip(range(1, 10), "ABCDEFGHI"))


# %% wrong | diagnosis | from-zero | Numbers the patients from 0 to 8.
def diagnosis():
    return {i: letter for i, letter in enumerate("ABCDEFGHI")}


# %% wrong | diagnosis | string-keys | The keys are strings.
def diagnosis():
    return {"1": "A", "2": "B", "3": "C", "4": "D", "5": "E", "6": "F", "7": "G", "8": "H", "9": "I"}


# %% wrong | diagnosis | list-of-letters | Returns a list instead of a dictionary.
def diagnosis():
    return ["B", "D", "F", "H", "J", "L", "M", "P", "R"]


# %% wrong | diagnosis | whole-sentences | The values are the sentences of the list instead of the letters.
def diagnosis():
    letters = "BDFHJLMPR"
    return {patient: clinic.CAUSES[letter] for patient, letter in enumerate(letters, start=1)}


# %% wrong | diagnosis | only-two-entries | Leaves out the patients that are not sure instead of giving None.
def diagnosis():
    return {1: "A", 9: "R"}


# %% wrong | diagnosis | with-patient-zero | Lists patient 0 as well.
def diagnosis():
    return {0: "N", 1: "B", 2: "D", 3: "F", 4: "H", 5: "J", 6: "L", 7: "M", 8: "P", 9: "R"}


# %% wrong | diagnosis | numbers-for-letters | The values are the places in the list instead of letters.
def diagnosis():
    return {1: 1, 2: 3, 3: 5, 4: 7, 5: 9, 6: 11, 7: 13, 8: 15, 9: 17}


# %% wrong | diagnosis | letter-to-patient | The dictionary is the wrong way round.
def diagnosis():
    return {"B": 1, "D": 2, "F": 3, "H": 4, "J": 5, "L": 6, "M": 7, "P": 8, "R": 9}


# %% wrong | diagnosis | prints-only | Prints the record and returns nothing.
def diagnosis():
    for patient, letter in zip(range(1, 10), "BDFHJLMPR"):
        print(patient, letter)


# %% wrong | diagnosis | several-letters | Gives each patient all letters, so that one must be right.
def diagnosis():
    everything = "".join(clinic.CAUSES)
    return {patient: everything for patient in range(1, 10)}


# %% wrong | diagnosis | not-on-the-list | Uses the numbers of the patients as letters from the end of the alphabet.
def diagnosis():
    return dict(zip(range(1, 10), "zyxwvutsr"))


