# %% wrong | gaussian_log_prob | no-constant | The constant log 2 pi is left out.
def gaussian_log_prob(x, mu, log_var):
    return -0.5 * (log_var + (x - mu) ** 2 / log_var.exp()).sum(dim=-1)


# %% wrong | gaussian_log_prob | constant-once | The constant log 2 pi is added once, not for every dimension.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    inner = log_var + (x - mu).pow(2) * torch.exp(-log_var)
    return -0.5 * (math.log(2 * math.pi) + inner.sum(-1))


# %% wrong | gaussian_log_prob | log-var-as-log-std | log_var is taken for the logarithm of the standard deviation.
def gaussian_log_prob(x, mu, log_var):
    std = torch.exp(log_var)
    return torch.distributions.Normal(mu, std).log_prob(x).sum(dim=-1)


# %% wrong | gaussian_log_prob | log-var-as-variance | log_var is used as if it were the variance in the quadratic term.
def gaussian_log_prob(x, mu, log_var):
    diff = x - mu
    terms = math.log(2 * math.pi) + log_var + diff * diff / (log_var + 1e-8)
    return -0.5 * torch.sum(terms, dim=-1)


# %% wrong | gaussian_log_prob | mean-over-dims | Takes the mean over the dimensions in place of the sum.
def gaussian_log_prob(x, mu, log_var):
    result = -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / torch.exp(log_var))
    return result.mean(dim=-1)


# %% wrong | gaussian_log_prob | sum-over-all | Sums over batch and dimensions and returns one number.
def gaussian_log_prob(x, mu, log_var):
    var = log_var.exp()
    return (-0.5 * (torch.log(2 * math.pi * var) + (x - mu) ** 2 / var)).sum()


# %% wrong | gaussian_log_prob | positive-sign | Returns the negative log-density: the minus sign is lost.
def gaussian_log_prob(x, mu, log_var):
    return 0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 * (-log_var).exp()).sum(-1)


# %% wrong | gaussian_log_prob | density-then-log | Multiplies densities over dimensions first, which underflows to minus infinity in many dimensions.
def gaussian_log_prob(x, mu, log_var):
    var = torch.exp(log_var)
    density = torch.exp(-((x - mu) ** 2) / (2 * var)) / torch.sqrt(2 * math.pi * var)
    p = torch.ones(x.shape[0], dtype=x.dtype)
    for d in range(x.shape[1]):
        p = p * density[:, d]
    return torch.log(p)


# %% wrong | gaussian_log_prob | log-normaliser-doubled | The log variance is not halved (log sigma^2 where log sigma belongs).
def gaussian_log_prob(x, mu, log_var):
    var = log_var.exp()
    quad = (x - mu) ** 2 / (2 * var)
    return (-0.5 * math.log(2 * math.pi) - log_var - quad).sum(-1)


# %% wrong | gaussian_log_prob | eps-in-variance | Adds 1e-6 to the variance, which is wrong for small log_var such as -20.
def gaussian_log_prob(x, mu, log_var):
    var = torch.exp(log_var) + 1e-6
    return -0.5 * (math.log(2 * math.pi) + torch.log(var) + (x - mu) ** 2 / var).sum(dim=-1)


# %% wrong | gaussian_log_prob | in-place-exp | log_var.exp_() overwrites the argument (and the log term then reads the variance).
def gaussian_log_prob(x, mu, log_var):
    logs = log_var.clone()
    var = log_var.exp_()
    return -0.5 * (math.log(2 * math.pi) + logs + (x - mu) ** 2 / var).sum(-1)


# %% right | gaussian_log_prob | plain-formula | The formula in one line.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    return -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 * torch.exp(-log_var)).sum(dim=-1)


# %% right | gaussian_log_prob | distributions | torch.distributions.Normal with sigma = exp(log_var / 2).
def gaussian_log_prob(x, mu, log_var):
    from torch.distributions import Normal

    sigma = torch.exp(log_var / 2)
    return Normal(mu, sigma).log_prob(x).sum(-1)


# %% right | gaussian_log_prob | loop-over-dims | A loop over the last axis.
def gaussian_log_prob(x, mu, log_var):
    total = 0
    for d in range(x.shape[-1]):
        var_d = log_var[..., d].exp()
        squared = (x[..., d] - mu[..., d]) ** 2
        total = total - 0.5 * (math.log(2 * math.pi) + log_var[..., d] + squared / var_d)
    return total


# %% right | gaussian_log_prob | nll-loss | F.gaussian_nll_loss with full=True and eps so small that it never acts.
def gaussian_log_prob(x, mu, log_var):
    nll = F.gaussian_nll_loss(mu, x, log_var.exp(), full=True, eps=1e-30, reduction="none")
    return -nll.sum(dim=-1)


# %% right | gaussian_log_prob | three-terms | Three named terms, standardised with exp(-log_var / 2).
def gaussian_log_prob(x, mu, log_var):
    dim = x.shape[-1]
    u = (x - mu) * torch.exp(-0.5 * log_var)
    constant = dim * math.log(2 * math.pi)
    log_det = log_var.sum(-1)
    distance = torch.einsum("...d,...d->...", u, u)
    return -(constant + log_det + distance) / 2


# %% wrong | log_evidence | noise-everywhere | noise_var is added to every entry of C, not only to the diagonal.
def log_evidence(x, W, b, noise_var):
    C = W @ W.T + noise_var
    diff = x - b
    quad = (diff * torch.linalg.solve(C, diff.T).T).sum(1)
    return -0.5 * (x.shape[1] * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | noise-squared | Treats noise_var as a standard deviation and squares it.
def log_evidence(x, W, b, noise_var):
    D = x.shape[1]
    C = W @ W.T + noise_var**2 * torch.eye(D, dtype=x.dtype)
    return torch.distributions.MultivariateNormal(b, covariance_matrix=C).log_prob(x)


# %% wrong | log_evidence | log-of-det | Takes the logarithm of torch.det, which under- or overflows in 100 dimensions.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    diff = x - b
    quad = (diff @ torch.inverse(C) * diff).sum(dim=1)
    return -0.5 * (D * math.log(2 * math.pi) + torch.log(torch.det(C)) + quad)


# %% wrong | log_evidence | constant-without-d | The constant log 2 pi is not multiplied by D.
def log_evidence(x, W, b, noise_var):
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    d = (x - b).T
    quad = (d * torch.linalg.solve(C, d)).sum(0)
    return -0.5 * (math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | constant-latent-dim | The constant uses the latent dimension where the data dimension belongs.
def log_evidence(x, W, b, noise_var):
    data_dim, k = W.shape
    C = W @ W.T + noise_var * torch.eye(data_dim, dtype=x.dtype)
    d = x - b
    quad = torch.einsum("ni,ij,nj->n", d, torch.linalg.inv(C), d)
    return -0.5 * (k * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | mean-forgotten | b is not subtracted from x.
def log_evidence(x, W, b, noise_var):
    C = W @ W.T + noise_var * torch.eye(W.shape[0], dtype=x.dtype)
    mean = torch.zeros(W.shape[0], dtype=x.dtype)
    return torch.distributions.MultivariateNormal(mean, C).log_prob(x)


# %% wrong | log_evidence | only-diagonal | Uses only the diagonal of C, so correlations are ignored.
def log_evidence(x, W, b, noise_var):
    var = (W**2).sum(dim=1) + noise_var
    return gaussian_log_prob(x, b.expand_as(x), var.log().expand_as(x))


# %% wrong | log_evidence | no-noise | The noise is forgotten in the quadratic form: it is only in the determinant.
def log_evidence(x, W, b, noise_var):
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    d = x - b
    quad = (d @ torch.linalg.pinv(W @ W.T) * d).sum(1)
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | full-logdet | The log determinant is not halved.
def log_evidence(x, W, b, noise_var):
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    diff = x - b
    maha = (diff * torch.linalg.solve(C, diff.T).T).sum(-1)
    return -D / 2 * math.log(2 * math.pi) - torch.logdet(C) - 0.5 * maha


# %% wrong | log_evidence | not-inverted | Multiplies with C in place of its inverse.
def log_evidence(x, W, b, noise_var):
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    diff = x - b
    result = []
    for row in diff:
        result.append(-0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + row @ C @ row))
    return torch.stack(result)


# %% wrong | log_evidence | brute-force | Averages the likelihood over draws from the prior: a noisy estimate, not the exact value.
def log_evidence(x, W, b, noise_var):
    S = 2000
    z = torch.randn(S, W.shape[1], dtype=x.dtype)
    means = z @ W.T + b
    lv = torch.full_like(means, math.log(noise_var))
    logs = torch.stack([gaussian_log_prob(xi.expand_as(means), means, lv) for xi in x])
    return torch.logsumexp(logs, dim=1) - math.log(S)


# %% right | log_evidence | solve | The three terms with logdet and solve.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype, device=x.device)
    diff = x - b
    quadratic = (diff * torch.linalg.solve(C, diff.T).T).sum(dim=1)
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quadratic)


# %% right | log_evidence | multivariate-normal | torch.distributions.MultivariateNormal.
def log_evidence(x, W, b, noise_var):
    from torch.distributions import MultivariateNormal

    cov = W @ W.T + torch.diag(torch.full_like(b, noise_var))
    return MultivariateNormal(loc=b, covariance_matrix=cov).log_prob(x)


# %% right | log_evidence | cholesky-loop | Cholesky factor and a loop over the examples.
def log_evidence(x, W, b, noise_var):
    D = W.shape[0]
    C = W @ W.t()
    for i in range(D):
        C[i, i] = C[i, i] + noise_var
    L = torch.linalg.cholesky(C)
    log_det = 2 * torch.log(torch.diagonal(L)).sum()
    values = []
    for row in x:
        y = torch.linalg.solve_triangular(L, (row - b)[:, None], upper=False)
        values.append(-0.5 * (D * math.log(2 * math.pi) + log_det + (y**2).sum()))
    return torch.stack(values)


# %% right | log_evidence | eigenvalues | Eigen-decomposition of W W^T, to which the noise is added as a shift of all eigenvalues.
def log_evidence(x, W, b, noise_var):
    eigenvalues, vectors = torch.linalg.eigh(W @ W.T)
    variances = eigenvalues.clamp(min=0) + noise_var
    rotated = (x - b) @ vectors
    return gaussian_log_prob(
        rotated, torch.zeros_like(rotated), variances.log().expand_as(rotated)
    )


# %% right | log_evidence | slogdet-inv | slogdet and an explicit inverse, in einsum.
def log_evidence(x, W, b, noise_var):
    D = b.numel()
    C = torch.einsum("ik,jk->ij", W, W) + noise_var * torch.eye(D).to(x)
    _, logdet = torch.linalg.slogdet(C)
    d = x - b
    q = torch.einsum("bi,ij,bj->b", d, torch.linalg.inv(C), d)
    return -(q + logdet + D * math.log(2 * math.pi)) / 2


# %% wrong | kl_divergence | half-only-on-mu | The factor one half multiplies mu^2 only.
def kl_divergence(mu, log_var):
    return (0.5 * mu**2 + log_var.exp() - 1 - log_var).sum(dim=-1)


# %% wrong | kl_divergence | half-forgotten | The factor one half is missing.
def kl_divergence(mu, log_var):
    return torch.sum(mu.pow(2) + log_var.exp() - 1 - log_var, dim=-1)


# %% wrong | kl_divergence | sign-flipped | The sign of the popular -0.5 formula is lost, so the result is never positive.
def kl_divergence(mu, log_var):
    return 0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=1)


# %% wrong | kl_divergence | mean-over-latents | Takes the mean over the latent dimensions.
def kl_divergence(mu, log_var):
    kl = -0.5 * (1 + log_var - mu**2 - torch.exp(log_var))
    return torch.mean(kl, dim=1)


# %% wrong | kl_divergence | sum-over-batch | Sums over the whole batch and returns one number, as in a blog.
def kl_divergence(mu, log_var):
    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())


# %% wrong | kl_divergence | published-bug | The published bug: sigma^2 + mu^2 - log sigma - 1/2.
def kl_divergence(mu, log_var):
    sigma2 = log_var.exp()
    log_sigma = log_var / 2
    return (sigma2 + mu**2 - log_sigma - 0.5).sum(-1)


# %% wrong | kl_divergence | one-not-per-dim | The 1 is subtracted once, not for every dimension.
def kl_divergence(mu, log_var):
    var = torch.exp(log_var)
    return 0.5 * ((mu**2).sum(-1) + var.sum(-1) - 1 - log_var.sum(-1))


# %% wrong | kl_divergence | std-for-variance | exp(log_var / 2), the standard deviation, stands where the variance belongs.
def kl_divergence(mu, log_var):
    std = torch.exp(0.5 * log_var)
    return 0.5 * (mu**2 + std - 1 - log_var).sum(dim=-1)


# %% wrong | kl_divergence | log-std-meaning | log_var is read as log sigma: sigma^2 = exp(log_var)^2.
def kl_divergence(mu, log_var):
    q = torch.distributions.Normal(mu, torch.exp(log_var))
    p = torch.distributions.Normal(0.0, 1.0)
    return torch.distributions.kl_divergence(q, p).sum(-1)


# %% wrong | kl_divergence | reverse-kl | The KL of the prior to q, in the wrong direction.
def kl_divergence(mu, log_var):
    from torch.distributions import Normal

    q = Normal(mu, (0.5 * log_var).exp())
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return torch.distributions.kl_divergence(p, q).sum(dim=-1)


# %% wrong | kl_divergence | mu-not-squared | mu stands without its square.
def kl_divergence(mu, log_var):
    total = torch.zeros(mu.shape[0], dtype=mu.dtype)
    for j in range(mu.shape[1]):
        total = total + 0.5 * (mu[:, j].abs() + log_var[:, j].exp() - 1 - log_var[:, j])
    return total


# %% wrong | kl_divergence | log-of-log-var | Takes the logarithm of exp(log_var) plus an epsilon, which is wrong at log_var = -20.
def kl_divergence(mu, log_var):
    var = log_var.exp()
    return 0.5 * (mu**2 + var - 1 - torch.log(var + 1e-6)).sum(dim=-1)


# %% right | kl_divergence | formula | The formula, with expm1 and a clamp against rounding.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    per_dim = 0.5 * (mu**2 + (torch.expm1(log_var) - log_var).clamp(min=0))
    return per_dim.sum(dim=-1)


# %% right | kl_divergence | blog-formula | The form of the paper's appendix with minus one half in front.
def kl_divergence(mu, log_var):
    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=-1)


# %% right | kl_divergence | distributions | torch.distributions.kl_divergence of two Normals.
def kl_divergence(mu, log_var):
    from torch import distributions as D

    q = D.Normal(mu, torch.exp(log_var / 2))
    prior = D.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return D.kl_divergence(q, prior).sum(-1)


# %% right | kl_divergence | loop | A loop over the latent dimensions.
def kl_divergence(mu, log_var):
    total = torch.zeros_like(mu[..., 0])
    for j in range(mu.shape[-1]):
        m, lv = mu[..., j], log_var[..., j]
        total = total + (m * m + lv.exp() - 1 - lv) / 2
    return total


# %% right | kl_divergence | independent | Independent Normals, whose KL is summed by torch.
def kl_divergence(mu, log_var):
    from torch.distributions import Independent, Normal
    from torch.distributions import kl_divergence as torch_kl

    q = Independent(Normal(mu, log_var.mul(0.5).exp()), 1)
    p = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    return torch_kl(q, p)


# %% wrong | reparameterize | variance-as-std | exp(log_var) is used as the standard deviation.
def reparameterize(mu, log_var):
    return mu + torch.exp(log_var) * torch.randn_like(mu)


# %% wrong | reparameterize | torch-normal | torch.normal passes no gradient to mu and log_var.
def reparameterize(mu, log_var):
    return torch.normal(mu, torch.exp(0.5 * log_var))


# %% wrong | reparameterize | sample-not-rsample | sample() in place of rsample(): no gradient.
def reparameterize(mu, log_var):
    q = torch.distributions.Normal(mu, torch.exp(log_var / 2))
    return q.sample()


# %% wrong | reparameterize | uniform-noise | The noise is uniform (rand_like), not normal.
def reparameterize(mu, log_var):
    std = torch.exp(0.5 * log_var)
    eps = torch.rand_like(std)
    return mu + eps * std


# %% wrong | reparameterize | one-noise-per-example | One noise number per example is shared by all dimensions.
def reparameterize(mu, log_var):
    eps = torch.randn(mu.shape[0], 1, dtype=mu.dtype)
    return mu + (0.5 * log_var).exp() * eps


# %% wrong | reparameterize | noise-shared-over-batch | The same noise vector serves the whole batch.
def reparameterize(mu, log_var):
    sigma = torch.sqrt(torch.exp(log_var))
    eps = torch.randn(mu.shape[-1], dtype=mu.dtype)
    return mu + sigma * eps


# %% wrong | reparameterize | fixed-seed | The seed is fixed inside, so each call returns the same noise.
def reparameterize(mu, log_var):
    torch.manual_seed(0)
    std = torch.exp(0.5 * log_var)
    eps = torch.randn_like(std)
    return mu + std * eps


# %% wrong | reparameterize | in-place | mul_ and exp_ overwrite log_var.
def reparameterize(mu, log_var):
    std = log_var.mul_(0.5).exp_()
    eps = torch.randn_like(mu)
    return eps * std + mu


# %% wrong | reparameterize | detached-sigma | sigma is computed without gradient, so log_var gets none.
def reparameterize(mu, log_var):
    with torch.no_grad():
        sigma = torch.exp(0.5 * log_var)
        eps = torch.randn_like(mu)
    return mu + sigma * eps


# %% wrong | reparameterize | log-var-half-as-std | log_var / 2 is used as sigma: the exponential is missing.
def reparameterize(mu, log_var):
    eps = torch.randn_like(mu)
    return mu + eps * (log_var / 2)


# %% wrong | reparameterize | clamped | log_var is clamped to -10..10, wrong at 20 and -20.
def reparameterize(mu, log_var):
    log_var = torch.clamp(log_var, -10, 10)
    return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)


# %% wrong | reparameterize | scaled-mu | The noise multiplies the mean, too: (mu + sigma) * eps.
def reparameterize(mu, log_var):
    sigma = torch.exp(log_var / 2)
    eps = torch.randn_like(sigma)
    return (mu + sigma) * eps


# %% right | reparameterize | textbook | The text's formula.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)


# %% right | reparameterize | rsample | rsample of torch.distributions.Normal.
def reparameterize(mu, log_var):
    from torch.distributions import Normal

    return Normal(mu, (log_var / 2).exp()).rsample()


# %% right | reparameterize | sqrt | The square root of the variance, noise from torch.randn.
def reparameterize(mu, log_var):
    variance = log_var.exp()
    sigma = variance.sqrt()
    eps = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
    z = sigma * eps + mu
    return z


# %% right | reparameterize | addcmul | torch.addcmul with noise from normal_().
def reparameterize(mu, log_var):
    noise = torch.empty_like(mu).normal_()
    return torch.addcmul(mu, noise, torch.exp(log_var * 0.5))


# %% right | reparameterize | loop | A loop over the columns.
def reparameterize(mu, log_var):
    columns = []
    for j in range(mu.shape[-1]):
        eps = torch.randn_like(mu[..., j])
        columns.append(mu[..., j] + eps * torch.exp(log_var[..., j] / 2))
    return torch.stack(columns, dim=-1)


# %% wrong | monte_carlo_kl | draw-outside-loop | The sample is drawn once before the loop, so all terms are equal.
def monte_carlo_kl(mu, log_var, num_samples):
    z = reparameterize(mu, log_var)
    total = 0
    for _ in range(num_samples):
        log_q = gaussian_log_prob(z, mu, log_var)
        log_p = gaussian_log_prob(z, torch.zeros_like(mu), torch.zeros_like(mu))
        total = total + log_q - log_p
    return total / num_samples


# %% wrong | monte_carlo_kl | two-draws | log q and log p are evaluated at different samples.
def monte_carlo_kl(mu, log_var, num_samples):
    zero = torch.zeros_like(mu)
    total = torch.zeros(mu.shape[0], dtype=mu.dtype)
    for _ in range(num_samples):
        total += gaussian_log_prob(reparameterize(mu, log_var), mu, log_var)
        total -= gaussian_log_prob(reparameterize(mu, log_var), zero, zero)
    return total / num_samples


# %% wrong | monte_carlo_kl | no-division | The sum is not divided by the number of samples.
def monte_carlo_kl(mu, log_var, num_samples):
    total = torch.zeros(len(mu), dtype=mu.dtype)
    for s in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + gaussian_log_prob(z, mu, log_var)
        total = total - gaussian_log_prob(z, torch.zeros_like(z), torch.zeros_like(z))
    return total


# %% wrong | monte_carlo_kl | sampled-from-prior | z comes from the prior, not from q.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    estimates = []
    for _ in range(num_samples):
        z = torch.randn_like(mu)
        estimates.append(gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros))
    return torch.stack(estimates).mean(0)


# %% wrong | monte_carlo_kl | wrong-sign | log p - log q, the negative KL.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    acc = 0.0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        acc = acc + gaussian_log_prob(z, zeros, zeros) - gaussian_log_prob(z, mu, log_var)
    return acc / num_samples


# %% wrong | monte_carlo_kl | prior-log-var-one | The prior gets log_var 1 in place of 0.
def monte_carlo_kl(mu, log_var, num_samples):
    p_mu, p_log_var = torch.zeros_like(mu), torch.ones_like(log_var)
    diffs = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        diffs.append(gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, p_mu, p_log_var))
    return sum(diffs) / len(diffs)


# %% wrong | monte_carlo_kl | clamped-positive | Negative estimates are cut off at 0, which biases them.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return (total / num_samples).clamp(min=0)


# %% wrong | monte_carlo_kl | abs-per-sample | The absolute value of each difference is averaged.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + (gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)).abs()
    return total / num_samples


# %% wrong | monte_carlo_kl | closed-form | Returns the closed form, not an estimate from samples.
def monte_carlo_kl(mu, log_var, num_samples):
    return kl_divergence(mu, log_var)


# %% wrong | monte_carlo_kl | weighted-by-q | Each difference is multiplied by the density q(z) although z already comes from q.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        log_q = gaussian_log_prob(z, mu, log_var)
        log_p = gaussian_log_prob(z, zeros, zeros)
        total = total + log_q.exp() * (log_q - log_p)
    return total / num_samples


# %% wrong | monte_carlo_kl | mean-over-batch | The stack is averaged over samples and batch: one number.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    out = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        out.append(gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros))
    return torch.stack(out).mean()


# %% wrong | monte_carlo_kl | log-of-mean | The logarithm of the mean ratio in place of the mean of the logarithm.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    logs = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        logs.append(gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros))
    return torch.logsumexp(torch.stack(logs), dim=0) - math.log(num_samples)


# %% wrong | monte_carlo_kl | std-bug | Own sampling with exp(log_var) as the standard deviation.
def monte_carlo_kl(mu, log_var, num_samples):
    eps = torch.randn(num_samples, *mu.shape, dtype=mu.dtype)
    z = mu + log_var.exp() * eps
    log_q = gaussian_log_prob(z, mu, log_var)
    log_p = gaussian_log_prob(z, torch.zeros_like(z), torch.zeros_like(z))
    return (log_q - log_p).mean(dim=0)


# %% right | monte_carlo_kl | loop | A loop with a running total.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    total = torch.zeros_like(mu[:, 0])
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return total / num_samples


# %% right | monte_carlo_kl | expanded | All samples at once with expand.
def monte_carlo_kl(mu, log_var, num_samples):
    shape = (num_samples, *mu.shape)
    m, lv = mu.expand(shape), log_var.expand(shape)
    z = reparameterize(m, lv)
    zero = torch.zeros_like(z)
    return (gaussian_log_prob(z, m, lv) - gaussian_log_prob(z, zero, zero)).mean(dim=0)


# %% right | monte_carlo_kl | distributions | torch.distributions with rsample((S,)).
def monte_carlo_kl(mu, log_var, num_samples):
    from torch.distributions import Normal

    q = Normal(mu, torch.exp(0.5 * log_var))
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.rsample((num_samples,))
    return (q.log_prob(z) - p.log_prob(z)).sum(-1).mean(0)


# %% right | monte_carlo_kl | helper-stack | A helper for one estimate, then stack and mean.
def monte_carlo_kl(mu, log_var, num_samples):
    def one_estimate():
        z = reparameterize(mu, log_var)
        log_q = gaussian_log_prob(z, mu, log_var)
        log_p = gaussian_log_prob(z, mu * 0, log_var * 0)
        return log_q - log_p

    return torch.stack([one_estimate() for _ in range(num_samples)]).mean(dim=0)


# %% right | monte_carlo_kl | cancelled | The constants cancelled by hand, with the noise itself.
def monte_carlo_kl(mu, log_var, num_samples):
    eps = torch.randn((num_samples, *mu.shape), dtype=mu.dtype, device=mu.device)
    z = mu + torch.exp(log_var / 2) * eps
    log_ratio = 0.5 * (z**2 - eps**2 - log_var)
    return log_ratio.sum(dim=2).mean(dim=0)


# %% wrong | elbo | plus-kl | The KL is added.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    terms = torch.stack([log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)])
    return terms.mean(dim=0) + kl_divergence(mu, log_var)


# %% wrong | elbo | log-mean-exp | The logarithm of the average likelihood: its mean depends on the number of samples.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    ll = torch.stack([log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)])
    return torch.logsumexp(ll, dim=0) - math.log(num_samples) - kl_divergence(mu, log_var)


# %% wrong | elbo | sum-over-samples | The log-likelihoods are summed over the samples, not averaged.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    total = 0
    for _ in range(num_samples):
        total = total + log_likelihood(x, reparameterize(mu, log_var))
    return total - kl_divergence(mu, log_var)


# %% wrong | elbo | kl-in-every-step | The KL is subtracted for each sample, but only the likelihood is divided.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    result = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        result = result + log_likelihood(x, z) / num_samples - kl_divergence(mu, log_var)
    return result


# %% wrong | elbo | kl-divided-too | total / S includes the KL that was subtracted only once.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    total = -kl_divergence(mu, log_var)
    for s in range(num_samples):
        total = total + log_likelihood(x, reparameterize(mu, log_var))
    return total / num_samples


# %% wrong | elbo | no-sampling | The likelihood is evaluated at mu, without samples.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    recon = log_likelihood(x, mu)
    return recon - kl_divergence(mu, log_var)


# %% wrong | elbo | average-of-z | Averages the samples z first and evaluates the likelihood once.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    z = torch.stack([reparameterize(mu, log_var) for _ in range(num_samples)]).mean(dim=0)
    return log_likelihood(x, z) - kl_divergence(mu, log_var)


# %% wrong | elbo | negative-elbo | Returns the loss (negative ELBO), not the bound to be maximised.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    recon = 0.0
    for _ in range(num_samples):
        recon = recon - log_likelihood(x, reparameterize(mu, log_var))
    return recon / num_samples + kl_divergence(mu, log_var)


# %% wrong | elbo | detached-samples | The samples are detached, so no gradient passes through them.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    values = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var).detach()
        values.append(log_likelihood(x, z))
    return torch.stack(values).mean(0) - kl_divergence(mu, log_var)


# %% wrong | elbo | mean-over-batch | The mean runs over the batch, too, in the likelihood term.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    ll = torch.stack([log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)])
    return ll.mean() - kl_divergence(mu, log_var)


# %% wrong | elbo | one-sample-only | num_samples is ignored: one sample is drawn.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    z = reparameterize(mu, log_var)
    return log_likelihood(x, z) - kl_divergence(mu, log_var)


# %% wrong | elbo | same-noise-for-all-samples | One noise is drawn and repeated for all samples.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    z = reparameterize(mu, log_var).expand(num_samples, *mu.shape)
    return log_likelihood(x, z).mean(0) - kl_divergence(mu, log_var)


# %% wrong | elbo | samples-from-prior | z comes from the prior in place of q.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    total = 0
    for _ in range(num_samples):
        z = torch.randn_like(mu)
        total = total + log_likelihood(x, z)
    return total / num_samples - kl_divergence(mu, log_var)


# %% right | elbo | stack-mean | Stack, mean and closed-form KL.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    values = [log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]
    return torch.stack(values).mean(dim=0) - kl_divergence(mu, log_var)


# %% right | elbo | running-total | A loop with a running total.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + log_likelihood(x, z)
    recon = total / num_samples
    kl = kl_divergence(mu, log_var)
    return recon - kl


# %% right | elbo | vectorised | All samples in one call with a leading axis.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    shape = (num_samples,) + tuple(mu.shape)
    z = reparameterize(mu.expand(shape), log_var.expand(shape))
    return log_likelihood(x, z).mean(0) - kl_divergence(mu, log_var)


# %% right | elbo | monte-carlo-kl | The noisier but unbiased Monte Carlo KL, at the same samples.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    zeros = torch.zeros_like(mu)
    pieces = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        log_joint = log_likelihood(x, z) + gaussian_log_prob(z, zeros, zeros)
        pieces.append(log_joint - gaussian_log_prob(z, mu, log_var))
    return sum(pieces) / num_samples


# %% right | elbo | distributions | torch.distributions for the sampling and the KL.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    import torch.distributions as D

    q = D.Normal(mu, torch.exp(log_var / 2))
    p = D.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.rsample(torch.Size([num_samples]))
    return log_likelihood(x, z).mean(dim=0) - D.kl_divergence(q, p).sum(dim=-1)


# %% wrong | score_function_gradient | divided-by-sigma | The score is divided by sigma, not by sigma^2.
def score_function_gradient(mu, log_var, f, num_samples):
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        score = (z - mu) / torch.exp(0.5 * log_var)
        total = total + f(z).unsqueeze(-1) * score
    return (total / num_samples).detach()


# %% wrong | score_function_gradient | score-sign | The score is (mu - z) / sigma^2: the sign is wrong.
def score_function_gradient(mu, log_var, f, num_samples):
    with torch.no_grad():
        grads = []
        for _ in range(num_samples):
            z = reparameterize(mu, log_var)
            grads.append(f(z)[:, None] * (mu - z) / log_var.exp())
        return torch.stack(grads).mean(0)


# %% wrong | score_function_gradient | independent-z | f and the score use different draws of z.
def score_function_gradient(mu, log_var, f, num_samples):
    mu, log_var = mu.detach(), log_var.detach()
    total = 0
    for _ in range(num_samples):
        value = f(reparameterize(mu, log_var))
        score = (reparameterize(mu, log_var) - mu) / log_var.exp()
        total = total + value.unsqueeze(-1) * score
    return total / num_samples


# %% wrong | score_function_gradient | no-variance | The division by the variance is missing.
def score_function_gradient(mu, log_var, f, num_samples):
    with torch.no_grad():
        total = torch.zeros_like(mu)
        for _ in range(num_samples):
            z = reparameterize(mu, log_var)
            total += f(z).unsqueeze(1) * (z - mu)
    return total / num_samples


# %% wrong | score_function_gradient | no-average | The sum over the samples is not divided by their number.
def score_function_gradient(mu, log_var, f, num_samples):
    with torch.no_grad():
        shape = (num_samples, *mu.shape)
        z = reparameterize(mu.expand(shape), log_var.expand(shape))
        return (f(z).unsqueeze(-1) * (z - mu) / log_var.exp()).sum(dim=0)


# %% wrong | score_function_gradient | f-averaged-first | Averages f and the score separately and multiplies the averages.
def score_function_gradient(mu, log_var, f, num_samples):
    with torch.no_grad():
        z = torch.stack([reparameterize(mu, log_var) for _ in range(num_samples)])
        scores = (z - mu) / torch.exp(log_var)
        return f(z).mean(0).unsqueeze(-1) * scores.mean(0)


# %% wrong | score_function_gradient | f-mean-over-batch | f is averaged over the batch, so each example gets the value of all.
def score_function_gradient(mu, log_var, f, num_samples):
    mu, log_var = mu.detach(), log_var.detach()
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + f(z).mean() * (z - mu) / log_var.exp()
    return total / num_samples


# %% wrong | score_function_gradient | batch-baseline | A baseline that includes the example's own sample (the mean over its samples) biases the estimate.
def score_function_gradient(mu, log_var, f, num_samples):
    with torch.no_grad():
        z = torch.stack([reparameterize(mu, log_var) for _ in range(num_samples)])
        values = f(z)
        values = values - values.mean(dim=0, keepdim=True)
        return (values.unsqueeze(-1) * (z - mu) / log_var.exp()).mean(0)


# %% wrong | score_function_gradient | log-f | Multiplies the score with log of |f| in place of f.
def score_function_gradient(mu, log_var, f, num_samples):
    with torch.no_grad():
        total = 0
        for _ in range(num_samples):
            z = reparameterize(mu, log_var)
            total = total + torch.log(f(z).abs() + 1e-8).unsqueeze(-1) * (z - mu) / log_var.exp()
        return total / num_samples


# %% wrong | score_function_gradient | variance-in-exponent-lost | Divides by log_var in place of its exponential.
def score_function_gradient(mu, log_var, f, num_samples):
    with torch.no_grad():
        result = torch.zeros_like(mu)
        for i in range(num_samples):
            z = reparameterize(mu, log_var)
            result = result + f(z).reshape(-1, 1) * (z - mu) / (log_var + 1e-6)
        return result / num_samples


# %% wrong | score_function_gradient | backward-into-mu | Calls backward on the caller's mu: switches on requires_grad and fills .grad.
def score_function_gradient(mu, log_var, f, num_samples):
    mu.requires_grad_(True)
    mu.grad = None
    loss = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var).detach()
        loss = loss + (f(z).detach() * gaussian_log_prob(z, mu, log_var)).sum()
    (loss / num_samples).backward()
    return mu.grad.clone()


# %% wrong | score_function_gradient | undetached-z | z keeps its dependence on mu, so autograd of log q(z) gives no score.
def score_function_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_(True)
    lv = log_var.detach()
    total = 0
    for _ in range(num_samples):
        z = reparameterize(m, lv)
        total = total + (f(z).detach() * gaussian_log_prob(z, m, lv)).sum()
    (g,) = torch.autograd.grad(total / num_samples, m)
    return g


# %% right | score_function_gradient | loop | A loop without gradients.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    with torch.no_grad():
        total = torch.zeros_like(mu)
        for _ in range(num_samples):
            z = reparameterize(mu, log_var)
            score = (z - mu) / log_var.exp()
            total = total + f(z).unsqueeze(-1) * score
        return total / num_samples


# %% right | score_function_gradient | vectorised | A leading sample axis and one mean.
def score_function_gradient(mu, log_var, f, num_samples):
    m, lv = mu.detach(), log_var.detach()
    shape = (num_samples, *m.shape)
    z = reparameterize(m.expand(shape), lv.expand(shape))
    values = f(z)
    return (values[..., None] * (z - m) * torch.exp(-lv)).mean(dim=0)


# %% right | score_function_gradient | autograd-log-q | Autograd of log q at detached samples on a copy of mu.
def score_function_gradient(mu, log_var, f, num_samples):
    copy = mu.detach().clone().requires_grad_(True)
    fixed = log_var.detach()
    with torch.enable_grad():
        surrogate = 0
        for _ in range(num_samples):
            z = reparameterize(copy, fixed).detach()
            surrogate = surrogate + (f(z).detach() * gaussian_log_prob(z, copy, fixed)).sum()
        (gradient,) = torch.autograd.grad(surrogate / num_samples, copy)
    return gradient


# %% right | score_function_gradient | einsum-eps | With the noise itself: the score is eps / sigma; einsum does the average.
@torch.no_grad()
def score_function_gradient(mu, log_var, f, num_samples):
    sigma = torch.exp(0.5 * log_var)
    eps = torch.randn((num_samples,) + mu.shape, dtype=mu.dtype, device=mu.device)
    values = f(mu + sigma * eps)
    return torch.einsum("sb,sbd->bd", values, eps / sigma) / num_samples


# %% right | score_function_gradient | distributions | Normal.sample and a list.
def score_function_gradient(mu, log_var, f, num_samples):
    from torch.distributions import Normal

    mean = mu.detach()
    std = torch.exp(log_var.detach() / 2)
    q = Normal(mean, std)
    estimates = []
    for _ in range(num_samples):
        z = q.sample()
        reward = f(z).detach().reshape(-1, 1)
        estimates.append(reward * (z - mean) / std**2)
    return torch.stack(estimates, dim=0).mean(dim=0)


# %% wrong | pathwise_gradient | mean-over-batch | f is averaged over the batch, which divides all gradients by the batch size.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_(True)
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(m, log_var.detach())).mean()
    (g,) = torch.autograd.grad(total / num_samples, m)
    return g


# %% wrong | pathwise_gradient | no-division | The sum over the samples is not divided by their number.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().requires_grad_(True)
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(m, log_var)).sum()
    return torch.autograd.grad(total, m)[0]


# %% wrong | pathwise_gradient | backward-on-caller | Switches on the caller's requires_grad and writes into its .grad.
def pathwise_gradient(mu, log_var, f, num_samples):
    mu.requires_grad_(True)
    loss = sum(f(reparameterize(mu, log_var)).sum() for _ in range(num_samples)) / num_samples
    loss.backward()
    return mu.grad


# %% wrong | pathwise_gradient | requires-grad-not-restored | Uses autograd.grad but leaves the caller's mu with requires_grad switched on.
def pathwise_gradient(mu, log_var, f, num_samples):
    mu = mu.requires_grad_()
    values = [f(reparameterize(mu, log_var)).sum() for _ in range(num_samples)]
    (gradient,) = torch.autograd.grad(sum(values) / num_samples, mu)
    return gradient


# %% wrong | pathwise_gradient | gradient-at-mu | The gradient of f at mu itself, without any noise.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_(True)
    (g,) = torch.autograd.grad(f(m).sum(), m)
    return g


# %% wrong | pathwise_gradient | one-sample | num_samples is ignored.
def pathwise_gradient(mu, log_var, f, num_samples):
    copy = mu.detach().clone().requires_grad_()
    z = reparameterize(copy, log_var.detach())
    return torch.autograd.grad(f(z).sum(), copy)[0]


# %% wrong | pathwise_gradient | mean-z-first | The samples are averaged before f is applied.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_(True)
    z = torch.stack([reparameterize(m, log_var.detach()) for _ in range(num_samples)]).mean(0)
    (g,) = torch.autograd.grad(f(z).sum(), m)
    return g


# %% wrong | pathwise_gradient | gradient-wrt-log-var | Differentiates by log_var in place of mu.
def pathwise_gradient(mu, log_var, f, num_samples):
    lv = log_var.detach().clone().requires_grad_(True)
    total = 0.0
    for _ in range(num_samples):
        total = total + f(reparameterize(mu.detach(), lv)).sum()
    (g,) = torch.autograd.grad(total / num_samples, lv)
    return g


# %% wrong | pathwise_gradient | std-bug | Own sampling with exp(log_var) as the standard deviation.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_(True)
    out = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = m + log_var.detach().exp() * torch.randn_like(m)
        out = out + torch.autograd.grad(f(z).sum(), m)[0]
    return out / num_samples


# %% wrong | pathwise_gradient | fixed-noise | A generator with a fixed seed gives the same noise in every call.
def pathwise_gradient(mu, log_var, f, num_samples):
    gen = torch.Generator().manual_seed(42)
    m = mu.detach().clone().requires_grad_(True)
    eps = torch.randn(num_samples, *mu.shape, generator=gen, dtype=mu.dtype)
    z = m + torch.exp(0.5 * log_var.detach()) * eps
    return torch.autograd.grad(f(z).sum() / num_samples, m)[0]


# %% wrong | pathwise_gradient | summed-over-batch | Returns the gradient summed over the batch, one row for all.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_(True)
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(m, log_var.detach())).sum()
    (g,) = torch.autograd.grad(total / num_samples, m)
    return g.sum(dim=0, keepdim=True).expand_as(g)


# %% wrong | pathwise_gradient | noise-shared | One noise per sample is shared by all examples and all coordinates.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_(True)
    sigma = torch.exp(log_var.detach() / 2)
    total = 0
    for _ in range(num_samples):
        eps = torch.randn(1, dtype=mu.dtype)
        total = total + f(m + sigma * eps).sum()
    return torch.autograd.grad(total / num_samples, m)[0]


# %% right | pathwise_gradient | loop | A loop over the samples and one autograd call.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    mu = mu.detach().clone().requires_grad_(True)
    log_var = log_var.detach()
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(mu, log_var)).sum()
    (gradient,) = torch.autograd.grad(total / num_samples, mu)
    return gradient


# %% right | pathwise_gradient | vectorised | A leading sample axis.
def pathwise_gradient(mu, log_var, f, num_samples):
    leaf = mu.detach().requires_grad_()
    shape = (num_samples, *mu.shape)
    z = reparameterize(leaf.expand(shape), log_var.detach().expand(shape))
    return torch.autograd.grad(f(z).mean(dim=0).sum(), leaf)[0]


# %% right | pathwise_gradient | grad-at-z | The gradient at each detached sample z, since dz/dmu = 1.
def pathwise_gradient(mu, log_var, f, num_samples):
    average = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu.detach(), log_var.detach()).requires_grad_(True)
        with torch.enable_grad():
            y = f(z).sum()
        average = average + torch.autograd.grad(y, z)[0] / num_samples
    return average.detach()


# %% right | pathwise_gradient | backward-on-copy | backward() on a private copy, whose .grad is returned.
def pathwise_gradient(mu, log_var, f, num_samples):
    my_mu = torch.tensor(mu.tolist(), dtype=mu.dtype, requires_grad=True)
    sigma = torch.exp(log_var.detach() / 2)
    loss = 0.0
    for _ in range(num_samples):
        eps = torch.randn_like(sigma)
        loss = loss + f(my_mu + sigma * eps).sum()
    loss = loss / num_samples
    loss.backward(inputs=[my_mu])
    return my_mu.grad


# %% right | pathwise_gradient | rsample | Normal.rsample on a copy and a list of gradients.
def pathwise_gradient(mu, log_var, f, num_samples):
    from torch.distributions import Normal

    m = mu.detach().clone()
    m.requires_grad = True
    q = Normal(m, torch.exp(0.5 * log_var.detach()))
    grads = [torch.autograd.grad(f(q.rsample()).sum(), m)[0] for _ in range(num_samples)]
    return torch.stack(grads).mean(dim=0)
