# %% right | repair_1 | half-in-exp | The patient with a half in the exponent.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(0.5 * log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_1 | root-of-variance | The root of the variance, noise by hand, sums divided by the batch.
def repair_1(model, x):
    mu, log_var = model.encode(x)
    sigma = log_var.exp().sqrt()
    eps = torch.randn_like(sigma)
    z = mu + sigma * eps
    nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum")
    recon = nll / x.shape[0]
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp()) / x.shape[0]
    loss = recon + kl
    return loss, recon, kl


# %% right | repair_1 | distributions | Everything from torch.distributions.
def repair_1(model, x):
    mu, log_var = model.encode(x)
    q = Normal(mu, (log_var / 2).exp())
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    x_logits = model.decode(q.rsample())
    recon = -torch.distributions.Bernoulli(logits=x_logits, validate_args=False).log_prob(x).sum(1).mean()
    kl = kl_divergence(q, p).sum(1).mean()
    return recon + kl, recon, kl


# %% right | repair_1 | softplus-helper | A helper for the sample, softplus for the likelihood.
def repair_1(model, x):
    def sample(mean, log_variance):
        return torch.addcmul(mean, torch.exp(log_variance * 0.5), torch.randn_like(mean))

    mu, log_var = model.encode(x)
    logits = model.decode(sample(mu, log_var))
    costs = F.softplus(logits) - x * logits
    kls = (mu**2 + torch.exp(log_var) - log_var - 1) / 2
    recon, kl = costs.sum(-1).mean(), kls.sum(-1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | unchanged | Still takes the variance for the standard deviation.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | root-of-log-var | The root of log_var, which is NaN for negative values.
def repair_1(model, x):
    mu, log_var = model.encode(x)
    sigma = log_var.sqrt()
    eps = torch.randn_like(sigma)
    z = mu + sigma * eps
    nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum")
    recon = nll / x.shape[0]
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp()) / x.shape[0]
    loss = recon + kl
    return loss, recon, kl


# %% wrong | repair_1 | abs-log-var | log_var itself, made positive, as the standard deviation.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, log_var.abs()).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | exp-of-double | Multiplies by two instead of a half.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(2 * log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | half-outside-exp | The half stands outside of the exponential.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, 0.5 * torch.exp(log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | kl-made-to-fit | Leaves the sampler and fits the KL to it, as if log_var were log sigma.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + (2 * log_var).exp() - 1 - 2 * log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | no-gradient | Repairs the width but samples without gradient.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(0.5 * log_var)).sample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | no-noise | Decodes the mean.
def repair_1(model, x):
    mu, log_var = model.encode(x)
    q = Normal(mu, (log_var / 2).exp())
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    x_logits = model.decode(q.mean)
    recon = -torch.distributions.Bernoulli(logits=x_logits, validate_args=False).log_prob(x).sum(1).mean()
    kl = kl_divergence(q, p).sum(1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | one-noise-for-batch | The same noise for every image.
def repair_1(model, x):
    mu, log_var = model.encode(x)
    sigma = log_var.exp().sqrt()
    eps = torch.randn(sigma.shape[1], device=x.device)
    z = mu + sigma * eps
    nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum")
    recon = nll / x.shape[0]
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp()) / x.shape[0]
    loss = recon + kl
    return loss, recon, kl


# %% wrong | repair_1 | kl-halved-log-var | Halves log_var first, also for the KL.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    log_var = 0.5 * log_var
    z = Normal(mu, torch.exp(log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | pixel-mean | Averages recon over the pixels too.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(0.5 * log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="mean")
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | softplus-sigma | softplus of log_var as the standard deviation, as in a blog.
def repair_1(model, x):
    def sample(mean, log_variance):
        return torch.addcmul(mean, F.softplus(log_variance), torch.randn_like(mean))

    mu, log_var = model.encode(x)
    logits = model.decode(sample(mu, log_var))
    costs = F.softplus(logits) - x * logits
    kls = (mu**2 + torch.exp(log_var) - log_var - 1) / 2
    recon, kl = costs.sum(-1).mean(), kls.sum(-1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_1 | uniform-noise | Uniform noise instead of normal.
def repair_1(model, x):
    mu, log_var = model.encode(x)
    sigma = log_var.exp().sqrt()
    eps = torch.rand_like(sigma)
    z = mu + sigma * eps
    nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum")
    recon = nll / x.shape[0]
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp()) / x.shape[0]
    loss = recon + kl
    return loss, recon, kl


# %% wrong | repair_1 | swapped-return | recon and kl in the wrong order.
def repair_1(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = Normal(mu, torch.exp(0.5 * log_var)).rsample()
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, kl, recon


# %% right | repair_2 | halves-added | The two missing halves.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (0.5 * sigma**2 + 0.5 * mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% right | repair_2 | half-in-front | A half before everything, with log_var.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (sigma**2 + mu**2 - log_var - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% right | repair_2 | distributions | kl_divergence of torch.
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(log_var / 2))
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    logits = model.decode(q.rsample())
    recon = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    kl = kl_divergence(q, prior).sum() / len(x)
    loss = recon + beta * kl
    return loss, recon, kl


# %% right | repair_2 | pytorch-example | The form of PyTorch's example, divided by the batch.
def repair_2(model, x, beta=1.0):
    batch = x.size(0)
    mu, log_var = model.encode(x)
    std = torch.exp(log_var * 0.5)
    x_logits = model.decode(mu + std * torch.randn_like(std))
    BCE = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
    KLD = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    return (BCE + beta * KLD) / batch, BCE / batch, KLD / batch


# %% right | repair_2 | dimension-loop | The KL of one dimension after another.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = torch.zeros((), device=x.device, dtype=x.dtype)
    for j in range(mu.shape[1]):
        s2 = log_var[:, j].exp()
        kl = kl + ((s2 + mu[:, j] ** 2 - 1 - log_var[:, j]) / 2).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | unchanged | The halves of sigma^2 and mu^2 are still missing.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | half-only-sigma | Only sigma^2 gets its half.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (0.5 * sigma**2 + mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | half-only-mu | Only mu^2 gets its half.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + 0.5 * mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | all-halved | Halves the patient's whole KL, including the terms that were right.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (sigma**2 + mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | constant-patched | Only the constant is changed so that a mute encoder costs 0.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + mu**2 - torch.log(sigma) - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | log-doubled-no-half | Doubles the other terms instead: twice the KL.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (sigma**2 + mu**2 - 2 * torch.log(sigma) - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | beta-ignored | beta does not enter the loss.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (0.5 * sigma**2 + 0.5 * mu**2 - torch.log(sigma) - 1 / 2).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_2 | beta-in-kl | The returned kl is multiplied by beta.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (sigma**2 + mu**2 - log_var - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, beta * kl


# %% wrong | repair_2 | beta-twice | beta is multiplied in twice.
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(log_var / 2))
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    logits = model.decode(q.rsample())
    recon = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    kl = beta * kl_divergence(q, prior).sum() / len(x)
    loss = recon + beta * kl
    return loss, recon, kl


# %% wrong | repair_2 | no-constant | The constant of the KL is dropped.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (sigma**2 + mu**2 - log_var).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | latent-mean | Averages the KL over the dimensions.
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(log_var / 2))
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    logits = model.decode(q.rsample())
    recon = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    kl = kl_divergence(q, prior).mean()
    loss = recon + beta * kl
    return loss, recon, kl


# %% wrong | repair_2 | sigma-not-squared | sigma instead of its square.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (sigma + mu**2 - log_var - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | log-var-once-too-big | log_var in place of log sigma, with halves on the squares only.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = (0.5 * sigma**2 + 0.5 * mu**2 - log_var - 1 / 2).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | square-of-sum | The square of the sum of sigma and mu instead of the sum of their squares.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * ((sigma + mu) ** 2 - log_var - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% wrong | repair_2 | sampler-changed | Repairs the KL but also changes the sampler to the variance.
def repair_2(model: nn.Module, x: Tensor, beta: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma**2 * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = 0.5 * (sigma**2 + mu**2 - log_var - 1).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


# %% right | repair_3 | sum-added | A sum over the dimensions.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_3 | by-hand | Gaussian cost and KL by hand.
def repair_3(model, x, sigma):
    import math

    mu, log_var = model.encode(x)
    z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    squared = ((x - x_hat) ** 2).sum(dim=1)
    const = x.shape[1] * (math.log(sigma) + 0.5 * math.log(2 * math.pi))
    recon = (squared / (2 * sigma**2) + const).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_3 | sums-over-batch | Sums divided by the batch.
def repair_3(model, x, sigma):
    n = len(x)
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(log_var / 2))
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -(Normal(x_hat, sigma).log_prob(x).sum() / n)
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum() / n
    return recon + kl, recon, kl


# %% right | repair_3 | independent | Independent distributions, so that mean() averages images only.
def repair_3(model, x, sigma):
    from torch.distributions import Independent

    mu, log_var = model.encode(x)
    q = Independent(Normal(mu, log_var.mul(0.5).exp()), 1)
    prior = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    means = torch.sigmoid(model.decode(q.rsample()))
    likelihood = Independent(Normal(means, torch.full_like(means, sigma)), 1)
    recon = -likelihood.log_prob(x).mean()
    kl = kl_divergence(q, prior).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | unchanged | The KL is still averaged over everything.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | recon-averaged-too | Makes the two alike by averaging recon over the pixels.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | times-ten | Multiplies the mean by ten, right for ten dimensions only.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = 10 * kl_divergence(q, prior).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | sum-everything | The KL is summed over the batch too.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum()
    return recon + kl, recon, kl


# %% wrong | repair_3 | sum-over-batch-axis | Sums over the images and averages the dimensions.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=0).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | kl-turned | The KL of the prior from q.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(prior, q).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | no-constant | The normalising constant of the Gaussian is left out.
def repair_3(model, x, sigma):
    import math

    mu, log_var = model.encode(x)
    z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    squared = ((x - x_hat) ** 2).sum(dim=1)
    const = x.shape[1] * (math.log(sigma) + 0.5 * math.log(2 * math.pi))
    recon = (squared / (2 * sigma**2)).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | mse-only | Squared error without sigma.
def repair_3(model, x, sigma):
    import math

    mu, log_var = model.encode(x)
    z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    squared = ((x - x_hat) ** 2).sum(dim=1)
    const = x.shape[1] * (math.log(sigma) + 0.5 * math.log(2 * math.pi))
    recon = squared.mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | sigma-as-variance | Divides by 2 sigma instead of 2 sigma^2.
def repair_3(model, x, sigma):
    import math

    mu, log_var = model.encode(x)
    z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    squared = ((x - x_hat) ** 2).sum(dim=1)
    const = x.shape[1] * (math.log(sigma) + 0.5 * math.log(2 * math.pi))
    recon = (squared / (2 * sigma) + const).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | constant-once | The constant is counted once per image, not per pixel.
def repair_3(model, x, sigma):
    import math

    mu, log_var = model.encode(x)
    z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    squared = ((x - x_hat) ** 2).sum(dim=1)
    const = (math.log(sigma) + 0.5 * math.log(2 * math.pi))
    recon = (squared / (2 * sigma**2) + const).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | no-sigmoid | The logits are taken for the mean.
def repair_3(model, x, sigma):
    n = len(x)
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(log_var / 2))
    x_hat = model.decode(q.rsample())
    recon = -(Normal(x_hat, sigma).log_prob(x).sum() / n)
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum() / n
    return recon + kl, recon, kl


# %% wrong | repair_3 | variance-given | Gives sigma^2 to Normal as the standard deviation.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma**2).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | clamped-at-zero | Suspects the negative loss and cuts recon at zero.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    recon = recon.clamp(min=0)
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | sigma-fixed | Uses 0.2 whatever sigma is given.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, 0.2).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_3 | kl-shape-batch | The KL is not averaged: a vector.
def repair_3(model: nn.Module, x: Tensor, sigma: float) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = kl_divergence(q, prior).sum(dim=1)
    return recon + kl, recon, kl


# %% wrong | repair_3 | sample-without-gradient | Sums the KL but uses sample().
def repair_3(model, x, sigma):
    n = len(x)
    mu, log_var = model.encode(x)
    q = Normal(mu, torch.exp(log_var / 2))
    x_hat = model.decode(q.sample()).sigmoid()
    recon = -(Normal(x_hat, sigma).log_prob(x).sum() / n)
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum() / n
    return recon + kl, recon, kl


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


# %% right | repair_4 | noise-by-hand | Noise by hand, with a sample axis.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    eps = torch.randn(num_samples, *mu.shape, device=mu.device, dtype=mu.dtype)
    z = mu + sigma * eps
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    recon = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(-1).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_4 | sample-loop | A loop over the samples.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    costs = []
    for _ in range(num_samples):
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum") / len(x)
        costs.append(nll)
    recon = sum(costs) / num_samples
    kl = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_4 | flat-rows | Samples as rows, images repeated in the same order.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.mul(0.5).exp())
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.rsample(torch.Size([num_samples])).flatten(0, 1)
    many_x = x.repeat(num_samples, 1)
    nll = F.binary_cross_entropy_with_logits(model.decode(z), many_x, reduction="none").sum(dim=1)
    recon = nll.view(num_samples, len(x)).mean(dim=0).mean()
    kl = kl_divergence(q, p).sum(dim=-1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | unchanged | Still sample(): no gradient.
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


# %% wrong | repair_4 | detached | Detaches the reparameterised sample.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    eps = torch.randn(num_samples, *mu.shape, device=mu.device, dtype=mu.dtype)
    z = (mu + sigma * eps).detach()
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    recon = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(-1).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | one-sample-only | Takes one sample, whatever num_samples says.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample()
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | same-noise | One noise, repeated for all samples.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    eps = torch.randn_like(mu).expand(num_samples, -1, -1)
    z = mu + sigma * eps
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    recon = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(-1).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | sum-over-samples | Sums over the samples instead of averaging.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    costs = []
    for _ in range(num_samples):
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum") / len(x)
        costs.append(nll)
    recon = sum(costs)
    kl = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | requires-grad-set | sample() and then requires_grad_(): a gradient ends at z.
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


# %% wrong | repair_4 | averages-z | Averages the codes before decoding.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    eps = torch.randn(num_samples, *mu.shape, device=mu.device, dtype=mu.dtype)
    z = mu + sigma * eps
    z = z.mean(dim=0)
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    recon = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(-1).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | averages-logits | Averages the logits of the samples and scores once.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z).mean(dim=0)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | sigma-detached | Only mu gets a gradient from recon, sigma is detached.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    eps = torch.randn(num_samples, *mu.shape, device=mu.device, dtype=mu.dtype)
    z = mu + sigma.detach() * eps
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    recon = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(-1).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | variance-sampler | Samples with the variance as width.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = log_var.exp()
    costs = []
    for _ in range(num_samples):
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum") / len(x)
        costs.append(nll)
    recon = sum(costs) / num_samples
    kl = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | no-noise | Decodes the mean, which has a gradient but no noise.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = mu.expand(num_samples, *mu.shape)
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = nll.mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | rows-in-other-order | repeat_interleave does not match the order of the flattened samples.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.mul(0.5).exp())
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.rsample(torch.Size([num_samples])).flatten(0, 1)
    many_x = x.repeat_interleave(num_samples, dim=0)
    nll = F.binary_cross_entropy_with_logits(model.decode(z), many_x, reduction="none").sum(dim=1)
    recon = nll.view(num_samples, len(x)).mean(dim=0).mean()
    kl = kl_divergence(q, p).sum(dim=-1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | importance-average | Log of the average likelihood instead of the average cost.
def repair_4(model: nn.Module, x: Tensor, num_samples: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    z = Normal(mu, sigma).rsample((num_samples,))
    x_logits = model.decode(z)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    recon = -(torch.logsumexp(-nll, dim=0) - torch.tensor(float(num_samples)).log()).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_4 | kl-times-samples | Adds the KL once per sample.
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    costs = []
    for _ in range(num_samples):
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum") / len(x)
        costs.append(nll)
    recon = sum(costs) / num_samples
    kl = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).sum(dim=1).mean() * num_samples
    return recon + kl, recon, kl


# %% wrong | repair_4 | fixed-four | Always four samples.
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


# %% right | repair_5 | logits-to-loss | Logits to the loss, sigmoid for the picture.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    x_hat = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% right | repair_5 | course-loss | negative_elbo of the course.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    logits = model.decode(Normal(mu, torch.exp(0.5 * log_var)).rsample())
    return negative_elbo(logits, x, mu, log_var), logits.sigmoid()


# %% right | repair_5 | logsigmoid | logsigmoid of both signs.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    q = Normal(mu, (log_var / 2).exp())
    a = model.decode(q.rsample())
    nll = -(x * F.logsigmoid(a) + (1 - x) * F.logsigmoid(-a)).sum(dim=1)
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(dim=1)
    return (nll + kl).mean(), torch.sigmoid(a)


# %% right | repair_5 | loss-module | The module of the loss, the sigmoid by hand.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    out = model.decode(z)
    per_image = nn.BCEWithLogitsLoss(reduction="none")(out, x).sum(dim=1)
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=1)
    x_hat = 1 / (1 + torch.exp(-out))
    return torch.mean(per_image + kl), x_hat


# %% wrong | repair_5 | unchanged | The sigmoid is still applied twice.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    x_hat = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy_with_logits(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | plain-bce | binary_cross_entropy of the probabilities: not exact at large logits.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    x_hat = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | log-with-epsilon | Logarithms by hand with an epsilon.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    x_hat = torch.sigmoid(x_logits)
    recon = -(x * torch.log(x_hat + 1e-8) + (1 - x) * torch.log(1 - x_hat + 1e-8)).sum() / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | clamped-probability | Clamps the probabilities and converts back to logits.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    x_hat = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy_with_logits(x_hat.clamp(1e-6, 1 - 1e-6).logit(), x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | picture-is-logits | Drops the sigmoid: the picture consists of logits.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    x_hat = x_logits
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | other-z-for-picture | The picture is drawn with another z than the loss.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    x_hat = torch.sigmoid(model.decode(mu + log_var.mul(0.5).exp() * torch.randn_like(mu)))
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | picture-of-mean | The picture comes from the mean code, the loss from a sample.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    logits = model.decode(Normal(mu, torch.exp(0.5 * log_var)).rsample())
    return negative_elbo(logits, x, mu, log_var), model.decode(mu).sigmoid()


# %% wrong | repair_5 | pixel-mean | Averages over pixels.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    x_hat = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="mean")
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | sum-over-batch | The loss is summed over the batch.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    q = Normal(mu, (log_var / 2).exp())
    a = model.decode(q.rsample())
    nll = -(x * F.logsigmoid(a) + (1 - x) * F.logsigmoid(-a)).sum(dim=1)
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(dim=1)
    return (nll + kl).sum(), torch.sigmoid(a)


# %% wrong | repair_5 | logits-clamped | Clamps the logits, so that large ones are not exact.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z).clamp(-20, 20)
    x_hat = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | mse | Takes the squared error instead of the Bernoulli cost.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    x_hat = torch.sigmoid(x_logits)
    recon = F.mse_loss(x_hat, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | loss-only-recon | The KL is left out of the loss.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    x_hat = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon, x_hat


# %% wrong | repair_5 | arguments-swapped | Target and logits change places.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    x_hat = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy_with_logits(x, x_logits, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, x_hat


# %% wrong | repair_5 | thresholded-picture | The picture is cut at one half.
def repair_5(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    x_logits = model.decode(z)
    x_hat = torch.sigmoid(x_logits)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, (x_hat > 0.5).float()


# %% wrong | repair_5 | naive-softplus | log(1 + exp) by hand overflows at large logits.
def repair_5(model, x):
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    out = model.decode(z)
    per_image = (torch.log(1 + torch.exp(out)) - x * out).sum(dim=1)
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=1)
    x_hat = 1 / (1 + torch.exp(-out))
    return torch.mean(per_image + kl), x_hat


# %% right | repair_6 | scaling-removed | No scaling at all.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% right | repair_6 | scaled-for-encoder | The encoder keeps the scaled pixels, the likelihood gets x.
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    scaled = (x - 0.5) / 0.5
    mu, log_var = model.encode(scaled, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% right | repair_6 | distributions | torch.distributions, one-hot from an identity.
def repair_6(model, x, labels):
    y = torch.eye(model.num_classes, device=x.device, dtype=x.dtype)[labels]
    mu, log_var = model.encode(x, y)
    q = Normal(mu, (log_var / 2).exp())
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    x_logits = model.decode(q.rsample(), y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_6 | scaled-back | Scaled for the encoder and scaled back for the target.
def repair_6(model, x, labels):
    y = torch.zeros(len(x), model.num_classes, device=x.device, dtype=x.dtype)
    y.scatter_(1, labels.unsqueeze(1), 1.0)
    for_encoder = 2 * x - 1
    mu, log_var = model.encode(for_encoder, y)
    sigma = torch.exp(0.5 * log_var)
    logits = model.decode(mu + sigma * torch.randn_like(sigma), y)
    target = (for_encoder + 1) / 2
    recon = (F.softplus(logits) - target * logits).sum(dim=-1).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=-1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_6 | unchanged | The scaled pixels still go to the likelihood.
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | clamped | Keeps the scaling and clamps the target at zero: grey becomes darker.
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    scaled = (x - 0.5) / 0.5
    mu, log_var = model.encode(scaled, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, scaled.clamp(min=0), reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | loss-clamped | Clamps the cost at zero and leaves the cause.
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    scaled = (x - 0.5) / 0.5
    mu, log_var = model.encode(scaled, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, scaled, reduction="sum").clamp(min=0) / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | scaling-turned | The encoder gets x, the likelihood the scaled pixels.
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    scaled = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, scaled, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | absolute-value | Takes the absolute value of the scaled pixels as target.
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    scaled = (x - 0.5) / 0.5
    mu, log_var = model.encode(scaled, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, scaled.abs(), reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | sigmoid-target | Squashes the scaled pixels with a sigmoid.
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    scaled = (x - 0.5) / 0.5
    mu, log_var = model.encode(scaled, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, torch.sigmoid(scaled), reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | binarised-target | Cuts the pixels at one half.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, (x > 0.5).to(x.dtype), reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | mse | Changes the likelihood to squared error of tanh.
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    scaled = (x - 0.5) / 0.5
    mu, log_var = model.encode(scaled, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.mse_loss(torch.tanh(x_logits), scaled, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | overwrites-x | Scales the images of the caller in place (and the likelihood back).
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x.sub_(0.5).div_(0.5)
    mu, log_var = model.encode(x, y)
    x = (x + 1) / 2
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | condition-dropped | The decoder gets a condition of zeros.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, torch.zeros_like(y))
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | minmax | Scales each batch by its own smallest and largest pixel.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - x.min()) / (x.max() - x.min())
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | half-undone | Scales back with the wrong factor, so the target is half of x.
def repair_6(model, x, labels):
    y = torch.zeros(len(x), model.num_classes, device=x.device, dtype=x.dtype)
    y.scatter_(1, labels.unsqueeze(1), 1.0)
    for_encoder = 2 * x - 1
    mu, log_var = model.encode(for_encoder, y)
    sigma = torch.exp(0.5 * log_var)
    logits = model.decode(mu + sigma * torch.randn_like(sigma), y)
    target = (for_encoder + 1) / 4
    recon = (F.softplus(logits) - target * logits).sum(dim=-1).mean()
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=-1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_6 | ten-classes | Ten classes, whatever the model has.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, 10).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | no-noise | Removes the scaling and decodes the mean.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_6 | pixel-mean | Averages over pixels to make the loss tame.
def repair_6(model: nn.Module, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="mean")
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% right | repair_7 | weighted-means | Batch means times the size of the batch, names in order.
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
        totals = [total + term * len(batch) for total, term in zip(totals, terms, strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% right | repair_7 | running-sums | Sums over images, a for loop with indices.
def repair_7(model, x, optimizer, batch_size=128):
    recon_sum = 0.0
    kl_sum = 0.0
    for start in range(0, len(x), batch_size):
        batch = x[start : start + batch_size]
        optimizer.zero_grad()
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="sum")
        kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
        loss = (recon + kl) / len(batch)
        loss.backward()
        optimizer.step()
        recon_sum += recon.item()
        kl_sum += kl.item()
    n = len(x)
    return {"loss": (recon_sum + kl_sum) / n, "recon": recon_sum / n, "kl": kl_sum / n}


# %% right | repair_7 | collected-values | All values per image collected, then one mean.
def repair_7(model, x, optimizer, batch_size=128):
    per_image = {"loss": [], "recon": [], "kl": []}
    for batch in torch.split(x, batch_size):
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        optimizer.zero_grad()
        (recon + kl).mean().backward()
        optimizer.step()
        for name, values in (("loss", recon + kl), ("recon", recon), ("kl", kl)):
            per_image[name].append(values.detach())
    return {name: torch.cat(values).mean().item() for name, values in per_image.items()}


# %% right | repair_7 | shares | Each batch weighs its share of the images.
def repair_7(model, x, optimizer, batch_size=128):
    report = dict.fromkeys(("loss", "recon", "kl"), 0.0)
    for batch in x.split(batch_size):
        share = len(batch) / len(x)
        logits, mu, log_var = model(batch)
        loss = negative_elbo(logits, batch, mu, log_var)
        with torch.no_grad():
            q = Normal(mu, (0.5 * log_var).exp())
            kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum(1).mean().item()
        report["loss"] += share * loss.item()
        report["recon"] += share * (loss.item() - kl)
        report["kl"] += share * kl
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return report


# %% wrong | repair_7 | names-still-swapped | Weights the batches, recon and kl still change their names.
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
        totals = [total + term * len(batch) for total, term in zip(totals, terms, strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% wrong | repair_7 | division-unchanged | Names repaired, batch means still divided by the number of images.
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
        totals = [total + term for total, term in zip(totals, terms, strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% wrong | repair_7 | divided-by-batches | Divides by the number of batches: the small last batch counts like a full one.
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
        totals = [total + term for total, term in zip(totals, terms, strict=True)]
    num_batches = len(x.split(batch_size))
    loss, recon, kl = (total / num_batches for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% wrong | repair_7 | times-batch-size | Multiplies every batch by batch_size, also the smaller last.
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
        totals = [total + term * batch_size for total, term in zip(totals, terms, strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% wrong | repair_7 | floor-batches | Divides by len(x) // batch_size.
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
        totals = [total + term for total, term in zip(totals, terms, strict=True)]
    loss, recon, kl = (total / max(1, len(x) // batch_size) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% wrong | repair_7 | fraction-of-batches | Multiplies by batch_size at the end, wrong when it does not divide.
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
        totals = [total + term for total, term in zip(totals, terms, strict=True)]
    loss, recon, kl = (total * batch_size / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% wrong | repair_7 | last-batch-dropped | Skips the smaller last batch.
def repair_7(model, x, optimizer, batch_size=128):
    recon_sum = 0.0
    kl_sum = 0.0
    for start in range(0, len(x), batch_size):
        batch = x[start : start + batch_size]
        if len(batch) < batch_size and start > 0:
            break
        optimizer.zero_grad()
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="sum")
        kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
        loss = (recon + kl) / len(batch)
        loss.backward()
        optimizer.step()
        recon_sum += recon.item()
        kl_sum += kl.item()
    n = len(x)
    return {"loss": (recon_sum + kl_sum) / n, "recon": recon_sum / n, "kl": kl_sum / n}


# %% wrong | repair_7 | after-update | Measures each batch after its update.
def repair_7(model, x, optimizer, batch_size=128):
    recon_sum = 0.0
    kl_sum = 0.0
    for start in range(0, len(x), batch_size):
        batch = x[start : start + batch_size]
        optimizer.zero_grad()
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="sum")
        kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
        loss = (recon + kl) / len(batch)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            x_logits, mu, log_var = model(batch)
            recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="sum")
            kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
        recon_sum += recon.item()
        kl_sum += kl.item()
    n = len(x)
    return {"loss": (recon_sum + kl_sum) / n, "recon": recon_sum / n, "kl": kl_sum / n}


# %% wrong | repair_7 | sum-loss-trained | Trains on the sum of the batch instead of its mean.
def repair_7(model, x, optimizer, batch_size=128):
    recon_sum = 0.0
    kl_sum = 0.0
    for start in range(0, len(x), batch_size):
        batch = x[start : start + batch_size]
        optimizer.zero_grad()
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="sum")
        kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
        loss = recon + kl
        loss.backward()
        optimizer.step()
        recon_sum += recon.item()
        kl_sum += kl.item()
    n = len(x)
    return {"loss": (recon_sum + kl_sum) / n, "recon": recon_sum / n, "kl": kl_sum / n}


# %% wrong | repair_7 | loss-over-batch-size | Divides the training loss of the last batch by batch_size too.
def repair_7(model, x, optimizer, batch_size=128):
    recon_sum = 0.0
    kl_sum = 0.0
    for start in range(0, len(x), batch_size):
        batch = x[start : start + batch_size]
        optimizer.zero_grad()
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="sum")
        kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
        loss = (recon + kl) / batch_size
        loss.backward()
        optimizer.step()
        recon_sum += recon.item()
        kl_sum += kl.item()
    n = len(x)
    return {"loss": (recon_sum + kl_sum) / n, "recon": recon_sum / n, "kl": kl_sum / n}


# %% wrong | repair_7 | shuffles | Shuffles the images although the order is given.
def repair_7(model, x, optimizer, batch_size=128):
    x = x[torch.randperm(len(x), device=x.device)]
    recon_sum = 0.0
    kl_sum = 0.0
    for start in range(0, len(x), batch_size):
        batch = x[start : start + batch_size]
        optimizer.zero_grad()
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="sum")
        kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
        loss = (recon + kl) / len(batch)
        loss.backward()
        optimizer.step()
        recon_sum += recon.item()
        kl_sum += kl.item()
    n = len(x)
    return {"loss": (recon_sum + kl_sum) / n, "recon": recon_sum / n, "kl": kl_sum / n}


# %% wrong | repair_7 | tensors-returned | Returns tensors, not floats.
def repair_7(model, x, optimizer, batch_size=128):
    per_image = {"loss": [], "recon": [], "kl": []}
    for batch in torch.split(x, batch_size):
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        optimizer.zero_grad()
        (recon + kl).mean().backward()
        optimizer.step()
        for name, values in (("loss", recon + kl), ("recon", recon), ("kl", kl)):
            per_image[name].append(values.detach())
    return {name: torch.cat(values).mean() for name, values in per_image.items()}


# %% wrong | repair_7 | gradients-kept | zero_grad is lost in the rewriting, gradients add up.
def repair_7(model, x, optimizer, batch_size=128):
    per_image = {"loss": [], "recon": [], "kl": []}
    for batch in torch.split(x, batch_size):
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        (recon + kl).mean().backward()
        optimizer.step()
        for name, values in (("loss", recon + kl), ("recon", recon), ("kl", kl)):
            per_image[name].append(values.detach())
    return {name: torch.cat(values).mean().item() for name, values in per_image.items()}


# %% wrong | repair_7 | last-batch-report | Returns the report of the last batch only.
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
        totals = [term * len(x) for term in terms]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": recon, "kl": kl}


# %% wrong | repair_7 | dict-swapped | The tuple is repaired, but recon and kl are then exchanged in the dictionary.
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
        totals = [total + term * len(batch) for total, term in zip(totals, terms, strict=True)]
    loss, recon, kl = (total / len(x) for total in totals)
    return {"loss": loss, "recon": kl, "kl": recon}


# %% wrong | repair_7 | no-step | Removes the update together with the fault: backward, but no step.
def repair_7(model, x, optimizer, batch_size=128):
    per_image = {"loss": [], "recon": [], "kl": []}
    for batch in torch.split(x, batch_size):
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        optimizer.zero_grad()
        (recon + kl).mean().backward()
        for name, values in (("loss", recon + kl), ("recon", recon), ("kl", kl)):
            per_image[name].append(values.detach())
    return {name: torch.cat(values).mean().item() for name, values in per_image.items()}


# %% right | repair_8 | mask-turned-for-y | The condition takes 1 - mask.
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


# %% right | repair_8 | clone-and-zero | A copy whose lower half is zero, slices for recon.
def repair_8(model, x):
    half = x.shape[1] // 2
    y = x.clone()
    y[:, half:] = 0
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits[:, half:], x[:, half:], reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% right | repair_8 | chunk-and-cat | chunk and cat.
def repair_8(model, x):
    upper, lower = x.chunk(2, dim=1)
    y = torch.cat([upper, torch.zeros_like(lower)], dim=1)
    mu, log_var = model.encode(x, y)
    q = Normal(mu, (0.5 * log_var).exp())
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    logits = model.decode(q.rsample(), y)[:, upper.shape[1] :]
    recon = F.binary_cross_entropy_with_logits(logits, lower, reduction="none").sum(dim=1).mean()
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_8 | where | torch.where with a boolean row.
def repair_8(model, x):
    is_upper = torch.arange(x.shape[1], device=x.device) < x.shape[1] // 2
    y = torch.where(is_upper, x, torch.zeros_like(x))
    mu, log_var = model.encode(x, y)
    sigma = log_var.mul(0.5).exp()
    a = model.decode(mu + sigma * torch.randn_like(sigma), y)
    cost = F.softplus(a) - x * a
    recon = cost[:, ~is_upper].sum(dim=1).mean()
    kl = -0.5 * (1 + log_var - mu.pow(2) - sigma.pow(2)).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | unchanged | The condition still is the lower half.
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


# %% wrong | repair_8 | mask-built-turned | Turns the mask itself: the condition is right now, but recon charges the upper half.
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


# %% wrong | repair_8 | charges-upper | The condition stays the lower half, recon charges the upper: another task.
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


# %% wrong | repair_8 | charges-everything | recon counts the whole picture.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
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


# %% wrong | repair_8 | zero-condition | The condition is empty.
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


# %% wrong | repair_8 | decoder-sees-all | The decoder is given all of x as condition.
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


# %% wrong | repair_8 | encoder-sees-upper-only | The encoder sees only the upper half.
def repair_8(model, x):
    half = x.shape[1] // 2
    y = x.clone()
    y[:, half:] = 0
    mu, log_var = model.encode(y, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits[:, half:], x[:, half:], reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_8 | encoder-old-condition | The encoder keeps the lower half as condition, only the decoder gets the upper.
def repair_8(model: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    mask = torch.zeros_like(x)
    mask[:, x.shape[1] // 2 :] = 1
    y = x * (1 - mask)
    mu, log_var = model.encode(x, x * mask)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = (mask * nll).sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | fixed-392 | 392 pixels, whatever the size of the picture.
def repair_8(model, x):
    half = 392
    y = x.clone()
    y[:, half:] = 0
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits[:, half:], x[:, half:], reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_8 | overwrites-x | No clone: the lower half of x itself becomes zero.
def repair_8(model, x):
    half = x.shape[1] // 2
    y = x
    y[:, half:] = 0
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits[:, half:], x[:, half:], reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_8 | masked-logits | Multiplies logits by the mask before the loss, so every hidden pixel costs log 2.
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


# %% wrong | repair_8 | mean-over-masked | Averages over the pixels of the lower half.
def repair_8(model, x):
    half = x.shape[1] // 2
    y = x.clone()
    y[:, half:] = 0
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits[:, half:], x[:, half:], reduction="mean")
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


# %% wrong | repair_8 | halves-exchanged | The zeros stand in front: the upper half of the picture lies in the place of the lower.
def repair_8(model, x):
    upper, lower = x.chunk(2, dim=1)
    y = torch.cat([torch.zeros_like(lower), upper], dim=1)
    mu, log_var = model.encode(x, y)
    q = Normal(mu, (0.5 * log_var).exp())
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    logits = model.decode(q.rsample(), y)[:, upper.shape[1] :]
    recon = F.binary_cross_entropy_with_logits(logits, lower, reduction="none").sum(dim=1).mean()
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | noise-in-lower-half | Random numbers instead of zeros in the lower half of the condition.
def repair_8(model, x):
    upper, lower = x.chunk(2, dim=1)
    y = torch.cat([upper, torch.rand_like(lower)], dim=1)
    mu, log_var = model.encode(x, y)
    q = Normal(mu, (0.5 * log_var).exp())
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    logits = model.decode(q.rsample(), y)[:, upper.shape[1] :]
    recon = F.binary_cross_entropy_with_logits(logits, lower, reduction="none").sum(dim=1).mean()
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% wrong | repair_8 | columns-split | Splits the batch, not the pixels: half of the images have no condition.
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


# %% wrong | repair_8 | no-gradient | Right condition, but z without gradient.
def repair_8(model, x):
    upper, lower = x.chunk(2, dim=1)
    y = torch.cat([upper, torch.zeros_like(lower)], dim=1)
    mu, log_var = model.encode(x, y)
    q = Normal(mu, (0.5 * log_var).exp())
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    logits = model.decode(q.sample(), y)[:, upper.shape[1] :]
    recon = F.binary_cross_entropy_with_logits(logits, lower, reduction="none").sum(dim=1).mean()
    kl = kl_divergence(q, prior).sum(dim=1).mean()
    return recon + kl, recon, kl


# %% right | repair_9 | always-noise | The condition on the mode is removed.
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


# %% right | repair_9 | decorator-and-finally | A decorator, the course's loss, the mode restored in finally.
@torch.no_grad()
def repair_9(model, x):
    mode = model.training
    model.eval()
    try:
        mu, log_var = model.encode(x)
        z = Normal(mu, (0.5 * log_var).exp()).sample()
        return negative_elbo(model.decode(z), x, mu, log_var).item()
    finally:
        model.train(mode)


# %% right | repair_9 | distributions | torch.distributions under inference_mode.
def repair_9(model, x):
    was_training = model.training
    model.train(False)
    with torch.inference_mode():
        mu, log_var = model.encode(x)
        q = Normal(mu, log_var.div(2).exp())
        prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
        logits = model.decode(q.rsample())
        recon = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        total = recon + kl_divergence(q, prior).sum()
    model.train(was_training)
    return float(total / len(x))


# %% right | repair_9 | inner-function | An inner function, mode of every module restored.
def repair_9(model, x):
    def score() -> float:
        mu, log_var = model.encode(x)
        eps = torch.randn(mu.shape, device=mu.device, dtype=mu.dtype)
        a = model.decode(mu + torch.exp(0.5 * log_var) * eps)
        nll = (F.softplus(a) - x * a).sum(1)
        kl = -0.5 * (1 + log_var - mu.pow(2) - log_var.exp()).sum(1)
        return torch.mean(nll + kl).item()

    modes = {module: module.training for module in model.modules()}
    model.eval()
    with torch.no_grad():
        result = score()
    for module, mode in modes.items():
        module.training = mode
    return result


# %% wrong | repair_9 | unchanged | The noise still depends on the mode.
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


# %% wrong | repair_9 | mode-at-call | The noise depends on the mode at the call: none for a model that came in evaluation mode.
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


# %% wrong | repair_9 | no-eval | Removes eval(), so that dropout is active.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | train-mode-for-noise | Switches to training mode to get the noise.
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


# %% wrong | repair_9 | mode-not-restored | The model stays in evaluation mode.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | always-train-afterwards | Switches to training mode at the end, whatever it was.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train()
    return (nll + kl).mean().item()


# %% wrong | repair_9 | seed-fixed | Noise, but from a fixed seed: never fresh.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        torch.manual_seed(0)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | gradients-on | Computes gradients: no_grad is gone.
def repair_9(model, x):
    mode = model.training
    model.eval()
    try:
        mu, log_var = model.encode(x)
        z = Normal(mu, (0.5 * log_var).exp()).sample()
        return negative_elbo(model.decode(z), x, mu, log_var).item()
    finally:
        model.train(mode)


# %% wrong | repair_9 | tensor-returned | Returns a tensor instead of a float.
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


# %% wrong | repair_9 | variance-as-sigma | The noise has the variance as its scale.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | one-noise-for-batch | The same noise for every image.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + sigma * torch.randn(mu.shape[1], device=mu.device)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | train-before-decode | Returns to the old mode before decoding, so the decoder has dropout in a training model.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        model.train(was_training)
        z = mu + sigma * torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | only-recon | Returns recon without the KL.
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
    return nll.mean().item()


# %% wrong | repair_9 | batch-sum | Sums over the images.
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
    return (nll + kl).sum().item()


# %% wrong | repair_9 | noise-without-sigma | Adds standard noise without sigma.
def repair_9(model: nn.Module, x: Tensor) -> float:
    was_training = model.training
    model.eval()
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = torch.exp(log_var / 2)
        z = mu + torch.randn_like(mu)
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


# %% wrong | repair_9 | mean-of-normal | Builds a Normal and takes its mean, so there is still no noise.
@torch.no_grad()
def repair_9(model, x):
    mode = model.training
    model.eval()
    try:
        mu, log_var = model.encode(x)
        z = Normal(mu, (0.5 * log_var).exp()).mean
        return negative_elbo(model.decode(z), x, mu, log_var).item()
    finally:
        model.train(mode)


# %% right | diagnosis | dictionary | A dictionary in one line.
def diagnosis() -> dict[int, str | None]:
    return {1: "Q", 2: "A", 3: "F", 4: "P", 5: "R", 6: "M", 7: "D", 8: "I", 9: "K"}


# %% right | diagnosis | small-letters | Small letters.
def diagnosis() -> dict[int, str | None]:
    return {1: "q", 2: "a", 3: "f", 4: "p", 5: "r", 6: "m", 7: "d", 8: "i", 9: "k"}


# %% right | diagnosis | zip | Letters zipped with the numbers.
def diagnosis():
    return dict(zip(range(1, 10), "QAFPRMDIK", strict=True))


# %% right | diagnosis | looked-up | Letters looked up by words of the cause.
def diagnosis():
    words = {
        1: "variance for a standard deviation", 2: "one half is missing", 3: "averaged over the latent",
        4: "cut off", 5: "sigmoid", 6: "leave the range", 7: "swap names", 8: "asked to predict",
        9: "switched off",
    }
    return {
        patient: next(letter for letter, cause in clinic.CAUSES.items() if word in cause)
        for patient, word in words.items()
    }


# %% right | diagnosis | filled-step-by-step | None first, filled step by step.
def diagnosis():
    record: dict[int, str | None] = dict.fromkeys(range(1, 10))
    record[9] = "K"
    record[8], record[7] = "I", "D"
    record.update({1: "Q", 2: "A", 3: "F"})
    record[4] = "P"
    record[5] = "R"
    record[6] = "M"
    return record


# %% wrong | diagnosis | patient-4-same-noise | Patient 4 gets "the same noise for every image of a batch".
def diagnosis() -> dict[int, str | None]:
    return {1: "Q", 2: "A", 3: "F", 4: "O", 5: "R", 6: "M", 7: "D", 8: "I", 9: "K"}


# %% wrong | diagnosis | patient-4-optimizer | Patient 4 is taken for weights that the optimizer did not get.
def diagnosis() -> dict[int, str | None]:
    return {1: "Q", 2: "A", 3: "F", 4: "L", 5: "R", 6: "M", 7: "D", 8: "I", 9: "K"}


# %% wrong | diagnosis | patient-3-as-patient-0 | Patient 3 gets the cause of patient 0 (pixels averaged).
def diagnosis() -> dict[int, str | None]:
    return {1: "Q", 2: "A", 3: "N", 4: "P", 5: "R", 6: "M", 7: "D", 8: "I", 9: "K"}


# %% wrong | diagnosis | patients-2-3-swapped | Patients 2 and 3 are swapped.
def diagnosis() -> dict[int, str | None]:
    return {1: "Q", 2: "F", 3: "A", 4: "P", 5: "R", 6: "M", 7: "D", 8: "I", 9: "K"}


# %% wrong | diagnosis | patient-8-ignored-condition | Patient 8 is said to ignore the condition.
def diagnosis() -> dict[int, str | None]:
    return {1: "Q", 2: "A", 3: "F", 4: "P", 5: "R", 6: "M", 7: "D", 8: "H", 9: "K"}


# %% wrong | diagnosis | patient-9-test-images | Patient 9 is said to have trained on test images.
def diagnosis() -> dict[int, str | None]:
    return {1: "Q", 2: "A", 3: "F", 4: "P", 5: "R", 6: "M", 7: "D", 8: "I", 9: "C"}


# %% wrong | diagnosis | patient-6-kl-sign | The negative loss of patient 6 is blamed on the sign of the KL.
def diagnosis() -> dict[int, str | None]:
    return {1: "Q", 2: "A", 3: "F", 4: "P", 5: "R", 6: "E", 7: "D", 8: "I", 9: "K"}


# %% wrong | diagnosis | patient-5-learning-rate | Patient 5 is blamed on the learning rate.
def diagnosis() -> dict[int, str | None]:
    return {1: "Q", 2: "A", 3: "F", 4: "P", 5: "J", 6: "M", 7: "D", 8: "I", 9: "K"}


# %% wrong | diagnosis | patient-7-gradients | Patient 7 is said to keep gradients.
def diagnosis() -> dict[int, str | None]:
    return {1: "Q", 2: "A", 3: "F", 4: "P", 5: "R", 6: "M", 7: "B", 8: "I", 9: "K"}


# %% wrong | diagnosis | patient-1-kl-left-out | The low loss of patient 1 is blamed on a missing KL.
def diagnosis() -> dict[int, str | None]:
    return {1: "G", 2: "A", 3: "F", 4: "P", 5: "R", 6: "M", 7: "D", 8: "I", 9: "K"}


# %% wrong | diagnosis | one-left-none | Patient 4 is left open, which costs half a point.
def diagnosis() -> dict[int, str | None]:
    return {1: "Q", 2: "A", 3: "F", 4: None, 5: "R", 6: "M", 7: "D", 8: "I", 9: "K"}


# %% wrong | diagnosis | counted-from-zero | Keys from 0 to 8.
def diagnosis() -> dict[int, str | None]:
    return {0: "Q", 1: "A", 2: "F", 3: "P", 4: "R", 5: "M", 6: "D", 7: "I", 8: "K"}


# %% wrong | diagnosis | keys-as-strings | The keys are strings.
def diagnosis():
    return {str(n): c for n, c in zip(range(1, 10), "QAFPRMDIK")}


# %% wrong | diagnosis | sentences-not-letters | The causes in words, not their letters.
def diagnosis():
    return {n: clinic.CAUSES[c] for n, c in zip(range(1, 10), "QAFPRMDIK")}


# %% wrong | diagnosis | turned-around | Letters as keys, patients as values.
def diagnosis():
    return {c: n for n, c in zip(range(1, 10), "QAFPRMDIK")}


# %% wrong | diagnosis | same-letter-everywhere | One letter for everybody, to catch a point.
def diagnosis():
    return {n: "Q" for n in range(1, 10)}


# %% wrong | diagnosis | patient-one-forgotten | Patient 1 has no entry.
def diagnosis():
    return dict(zip(range(2, 10), "AFPRMDIK", strict=True))
