# %% wrong | gaussian_log_prob | exp-is-std | exp(log_var) is given to Normal as the standard deviation.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    dist = torch.distributions.Normal(mu, torch.exp(log_var))
    return dist.log_prob(x).sum(dim=-1)


# %% wrong | gaussian_log_prob | constant-once | The constant log 2 pi is counted once, not once per dimension.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """log N(x; mu, diag exp(log_var)) per example, in nats, all constants included."""
    squared = (x - mu) ** 2 / torch.exp(log_var)
    return -0.5 * (math.log(2 * math.pi) + torch.sum(log_var + squared, dim=-1))


# %% wrong | gaussian_log_prob | no-constant | The term log 2 pi is left out ("it does not matter for the gradient").
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    # the constant does not depend on anything, skip it
    return -0.5 * (log_var + (x - mu).pow(2) * (-log_var).exp()).sum(-1)


# %% wrong | gaussian_log_prob | mean-over-dims | Mean over the dimensions in place of the sum.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    var = torch.exp(log_var)
    log_p = -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / var)
    return log_p.mean(dim=-1)


# %% wrong | gaussian_log_prob | half-on-square-only | The factor one half stands at the squared distance only.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    var = log_var.exp()
    term1 = -math.log(2 * math.pi)
    term2 = -log_var
    term3 = -((x - mu) ** 2) / (2 * var)
    return (term1 + term2 + term3).sum(dim=-1)


# %% wrong | gaussian_log_prob | sum-over-batch | Sums over the first axis, so there is one value per dimension.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    sigma2 = torch.exp(log_var)
    logp = -0.5 * (torch.log(2 * torch.pi * sigma2) + (x - mu) ** 2 / sigma2)
    return logp.sum(0)


# %% wrong | gaussian_log_prob | negative-log | Returns the negative log-likelihood, with the sign of a loss.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    bracket = math.log(2 * math.pi) + log_var + (x - mu) ** 2 / log_var.exp()
    return 0.5 * bracket.sum(dim=-1)


# %% wrong | gaussian_log_prob | nll-loss-eps | PyTorch's gaussian_nll_loss clamps the variance at 1e-6, so small log_var are wrong.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    nll = F.gaussian_nll_loss(mu, x, log_var.exp(), full=True, reduction="none")
    return -nll.sum(dim=-1)


# %% wrong | gaussian_log_prob | log-of-product | Multiplies the densities and takes the logarithm last; it underflows in many dimensions.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    var = torch.exp(log_var)
    density = torch.exp(-((x - mu) ** 2) / (2 * var)) / torch.sqrt(2 * math.pi * var)
    return torch.log(density.prod(dim=-1))


# %% wrong | gaussian_log_prob | multiplied-by-variance | The squared distance is multiplied by the variance, not divided.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    d = x - mu
    return -0.5 * torch.sum(math.log(2 * math.pi) + log_var + d * d * torch.exp(log_var), dim=-1)


# %% wrong | gaussian_log_prob | in-place-exp | exp_ overwrites the caller's log_var (and then it is used as the variance).
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    var = log_var.exp_()
    return -0.5 * (math.log(2 * math.pi) + torch.log(var) + (x - mu) ** 2 / var).sum(-1)


# %% wrong | gaussian_log_prob | clamped-log-var | log_var is clamped to [-10, 10] "for stability", so it is wrong beyond.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    log_var = torch.clamp(log_var, min=-10.0, max=10.0)  # numerical stability
    inv_var = torch.exp(-log_var)
    log_probs = -0.5 * (math.log(2.0 * math.pi) + log_var + (x - mu) ** 2 * inv_var)
    return torch.sum(log_probs, dim=-1)


# %% wrong | gaussian_log_prob | column | keepdim leaves a column of shape (batch, 1).
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    var = torch.exp(log_var)
    log_p = -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / var)
    return log_p.sum(dim=-1, keepdim=True)


# %% wrong | gaussian_log_prob | log-sigma-counted-twice | log_var is taken for log sigma in the constant: minus log_var, without its half.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    sigma = torch.exp(0.5 * log_var)
    z = (x - mu) / sigma
    return (-0.5 * z**2 - log_var - 0.5 * math.log(2 * math.pi)).sum(dim=-1)


# %% right | gaussian_log_prob | independent-normal | torch.distributions.Independent of a Normal with the right standard deviation.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    from torch.distributions import Independent, Normal

    return Independent(Normal(mu, (log_var / 2).exp()), 1).log_prob(x)


# %% right | gaussian_log_prob | loop-over-dims | A Python loop over the dimensions adds up one-dimensional log-densities.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    def one_dimension(a, m, lv):
        return -0.5 * (math.log(2 * math.pi) + lv + (a - m) ** 2 / torch.exp(lv))

    total = 0
    for j in range(x.shape[-1]):
        total = total + one_dimension(x[..., j], mu[..., j], log_var[..., j])
    return total


# %% right | gaussian_log_prob | einsum | The quadratic form by einsum, the constants counted by the number of dimensions.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    diff = x - mu
    dim = diff.shape[-1]
    maha = torch.einsum("...d,...d,...d->...", diff, torch.exp(-log_var), diff)
    return -(dim * math.log(2 * math.pi) + log_var.sum(-1) + maha) / 2


# %% right | gaussian_log_prob | standardised | Standardises first, then the log-density of N(0, 1) minus log sigma.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    log_sigma = 0.5 * log_var
    u = (x - mu) * torch.exp(-log_sigma)
    per_dim = -0.5 * u.square() - log_sigma - 0.5 * math.log(2 * math.pi)
    return per_dim.sum(dim=-1)


# %% right | gaussian_log_prob | nll-with-small-eps | gaussian_nll_loss, with an eps far below the smallest variance.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    var = torch.exp(log_var)
    nll = F.gaussian_nll_loss(mu, x, var, full=True, eps=1e-30, reduction="none")
    return -nll.sum(dim=-1)


# %% wrong | log_evidence | noise-everywhere | The noise variance is added to every entry of the covariance, not only to its diagonal.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    C = W @ W.T + noise_var
    diff = x - b
    quad = (diff * torch.linalg.solve(C, diff.T).T).sum(dim=1)
    D = x.shape[1]
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | noise-squared | noise_var is squared, as if it were a standard deviation.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = x.shape[1]
    C = W @ W.T + noise_var**2 * torch.eye(D, dtype=x.dtype)
    d = x - b
    sol = torch.linalg.solve(C, d.T).T
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + (d * sol).sum(1))


# %% wrong | log_evidence | log-of-det | det(C).log() underflows (or overflows) in 100 dimensions.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = W.shape[0]
    C = W @ W.T + noise_var * torch.eye(D, dtype=W.dtype)
    C_inv = torch.inverse(C)
    diff = x - b
    quad = torch.einsum("bi,ij,bj->b", diff, C_inv, diff)
    return -0.5 * (D * math.log(2 * math.pi) + torch.log(torch.det(C)) + quad)


# %% wrong | log_evidence | one-log-2pi | log 2 pi is counted once, without the factor D.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    C = W @ W.T + noise_var * torch.eye(W.shape[0], dtype=x.dtype)
    diff = (x - b).T
    quad = (diff * torch.linalg.solve(C, diff)).sum(dim=0)
    return -0.5 * (math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | diagonal-only | Uses the diagonal of C only, so the correlations are ignored.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    var = (W**2).sum(dim=1) + noise_var
    return gaussian_log_prob(x, b.expand_as(x), var.log().expand_as(x))


# %% wrong | log_evidence | mean-forgotten | b is never subtracted from x.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = x.shape[-1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype, device=x.device)
    v = torch.linalg.solve(C, x.T).T
    quad = (x * v).sum(-1)
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | cross-examples | The (batch, batch) matrix of products is summed over a row, so examples mix; right for a batch of one only.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    diff = x - b
    quad = (diff @ torch.linalg.inv(C) @ diff.T).sum(dim=1)
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | cholesky-logdet-half | log det C from the Cholesky factor lacks its factor 2.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    L = torch.linalg.cholesky(C)
    y = torch.linalg.solve_triangular(L, (x - b).T, upper=False)
    logdet = torch.log(torch.diagonal(L)).sum()
    return -0.5 * (D * math.log(2 * math.pi) + logdet + (y**2).sum(dim=0))


# %% wrong | log_evidence | prior-samples | A Monte Carlo average over draws from the prior in place of the exact value.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    S = 2000
    z = torch.randn(S, 1, W.shape[1], dtype=x.dtype)
    mean = (z @ W.T + b).expand(S, *x.shape)
    noise_log_var = torch.full_like(mean, math.log(noise_var))
    log_lik = gaussian_log_prob(x.expand_as(mean), mean, noise_log_var)
    return torch.logsumexp(log_lik, dim=0) - math.log(S)


# %% wrong | log_evidence | in-place-centre | x -= b writes into the caller's data.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = x.shape[1]
    x -= b
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    quad = (torch.linalg.solve(C, x.T).T * x).sum(dim=1)
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | sample-covariance | Uses the covariance of the batch in place of the model's.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = x.shape[1]
    C = torch.cov(x.T) + noise_var * torch.eye(D, dtype=x.dtype)
    diff = x - b
    quad = (diff * torch.linalg.solve(C, diff.T).T).sum(dim=1)
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | back-to-float32 | Everything is cast to float32, so a float64 input gives a float32 result.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    x, W, b = x.float(), W.float(), b.float()
    C = W @ W.T + noise_var * torch.eye(x.shape[1])
    return torch.distributions.MultivariateNormal(b, C).log_prob(x)


# %% right | log_evidence | multivariate-normal | torch.distributions.MultivariateNormal with the covariance W W^T + noise I.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    identity = torch.eye(W.shape[0], dtype=x.dtype, device=x.device)
    covariance = W @ W.T + noise_var * identity
    return torch.distributions.MultivariateNormal(b, covariance_matrix=covariance).log_prob(x)


# %% right | log_evidence | cholesky | Cholesky factor and a triangular solve.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    C = W.matmul(W.t())
    C.diagonal().add_(noise_var)
    L = torch.linalg.cholesky(C)
    white = torch.linalg.solve_triangular(L, (x - b).t(), upper=False)
    half_logdet = L.diagonal().log().sum()
    n = x.size(1)
    return -0.5 * white.pow(2).sum(0) - half_logdet - 0.5 * n * math.log(2 * math.pi)


# %% right | log_evidence | woodbury | Matrix inversion and determinant lemmas, with a matrix of latent size, in float64.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D, L = W.shape
    A = W.double()
    r = (x - b).double()
    M = A.T @ A + noise_var * torch.eye(L, dtype=torch.float64, device=x.device)
    rw = r @ A
    quad = (r.square().sum(1) - (rw * torch.linalg.solve(M, rw.T).T).sum(1)) / noise_var
    logdet = torch.logdet(M) + (D - L) * math.log(noise_var)
    out = -0.5 * (D * math.log(2 * math.pi) + logdet + quad)
    return out.to(x.dtype)


# %% right | log_evidence | one-by-one | A loop over the examples, with solve and slogdet.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = x.shape[1]
    C = W @ W.T + torch.diag(torch.full((D,), noise_var, dtype=W.dtype, device=W.device))
    logdet = torch.linalg.slogdet(C).logabsdet
    results = []
    for row in x:
        d = row - b
        results.append(-0.5 * (D * math.log(2 * math.pi) + logdet + d @ torch.linalg.solve(C, d)))
    return torch.stack(results)


# %% right | log_evidence | eigenbasis | Rotates into the eigenvectors of W W^T, where the covariance is diagonal.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    eigenvalues, Q = torch.linalg.eigh((W @ W.T).double())
    var = eigenvalues.clamp(min=0) + noise_var
    u = (x - b).double() @ Q
    lp = gaussian_log_prob(u, torch.zeros_like(u), var.log().expand_as(u))
    return lp.to(x.dtype)


# %% wrong | kl_divergence | lost-half | sigma^2 + mu^2 - log sigma - 1/2: the half is missing at the first two terms.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    sigma = torch.exp(0.5 * log_var)
    return (sigma**2 + mu**2 - torch.log(sigma) - 0.5).sum(dim=-1)


# %% wrong | kl_divergence | mean-over-latents | Mean over the latent dimensions in place of the sum.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    return 0.5 * torch.mean(mu.pow(2) + log_var.exp() - 1 - log_var, dim=1)


# %% wrong | kl_divergence | minus-sign | The sign is lost: 0.5 (1 + log_var - mu^2 - var) is the negative KL.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    return 0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=-1)


# %% wrong | kl_divergence | mu-not-squared | mu enters without its square.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    var = log_var.exp()
    return 0.5 * (mu + var - 1 - log_var).sum(-1)


# %% wrong | kl_divergence | batch-mean | Returns one number, averaged over the batch, as in a training loop.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    kl = -0.5 * torch.sum(1 + log_var - mu**2 - torch.exp(log_var), dim=1)
    return kl.mean()


# %% wrong | kl_divergence | other-direction | KL(N(0, I) || q): the two distributions are exchanged.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    q = torch.distributions.Normal(mu, torch.exp(0.5 * log_var))
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return torch.distributions.kl_divergence(p, q).sum(dim=-1)


# %% wrong | kl_divergence | exp-two-log-var | Treats log_var as log sigma in the variance, but not in the logarithm.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    sigma = torch.exp(log_var)
    return 0.5 * (mu**2 + sigma**2 - 1 - log_var).sum(dim=-1)


# %% wrong | kl_divergence | one-outside-the-sum | The 1 is subtracted after the sum, so it is right in one dimension only.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    s = (mu**2 + torch.exp(log_var) - log_var).sum(dim=-1)
    return 0.5 * (s - 1)


# %% wrong | kl_divergence | no-half | The factor one half is forgotten altogether.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    return torch.sum(mu.square() + torch.exp(log_var) - 1 - log_var, -1)


# %% wrong | kl_divergence | via-numpy | Computes in NumPy on detached arrays, so no gradient can pass.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    import numpy as np

    m = mu.detach().cpu().numpy()
    lv = log_var.detach().cpu().numpy()
    kl = 0.5 * np.sum(m**2 + np.exp(lv) - 1 - lv, axis=-1)
    return torch.from_numpy(kl)


# %% wrong | kl_divergence | one-sample | A one-sample estimate in place of the closed form; noisy, and it may be negative.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
    zeros = torch.zeros_like(mu)
    return gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)


# %% wrong | kl_divergence | axis-zero | Sums over the batch, so there is one value per latent dimension.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    per_dim = 0.5 * (mu**2 + log_var.exp() - 1.0 - log_var)
    return per_dim.sum(axis=0)


# %% right | kl_divergence | by-distributions | torch.distributions.kl_divergence of two Normals, summed; rounding below zero is cut off.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    import torch.distributions as D

    q = D.Normal(mu, torch.exp(log_var / 2))
    p = D.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return D.kl_divergence(q, p).sum(-1).clamp(min=0)


# %% right | kl_divergence | textbook | The formula of the text, term by term.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    sigma2 = torch.exp(log_var)
    bracket = mu**2 + sigma2 - 1 - log_var
    return 0.5 * bracket.sum(dim=-1)


# %% right | kl_divergence | expm1 | The variance part with expm1, which does not cancel near log_var 0.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    from_mean = mu.square()
    from_variance = (torch.expm1(log_var) - log_var).clamp(min=0)
    return (from_mean + from_variance).sum(dim=-1).mul(0.5)


# %% right | kl_divergence | keras-style | -0.5 sum(1 + log_var - mu^2 - exp(log_var)), dimension by dimension in a loop.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    result = torch.zeros_like(mu[..., 0])
    for m, lv in zip(mu.unbind(-1), log_var.unbind(-1), strict=True):
        result = result - 0.5 * (1 + lv - m * m - lv.exp())
    return result


# %% wrong | reparameterize | exp-is-std | exp(log_var), the variance, is used as the standard deviation.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    std = torch.exp(log_var)
    eps = torch.randn_like(std)
    return mu + eps * std


# %% wrong | reparameterize | uniform-noise | rand_like draws uniform numbers, not normal ones.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    std = torch.exp(0.5 * log_var)
    eps = torch.rand_like(std)
    return mu + std * eps


# %% wrong | reparameterize | no-gradient | Normal.sample passes no gradient to mu and log_var.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    q = torch.distributions.Normal(mu, torch.exp(0.5 * log_var))
    return q.sample()


# %% wrong | reparameterize | noise-shared-by-batch | One noise vector serves all examples of the batch.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    eps = torch.randn(mu.shape[-1], dtype=mu.dtype, device=mu.device)
    return mu + torch.exp(log_var / 2) * eps


# %% wrong | reparameterize | noise-shared-by-dims | One noise number per example serves all its dimensions.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    eps = torch.randn(mu.shape[0], 1, dtype=mu.dtype, device=mu.device)
    sigma = log_var.mul(0.5).exp()
    return mu + sigma * eps


# %% wrong | reparameterize | sqrt-of-log | The square root is taken of log_var itself, without exp.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    sigma = torch.sqrt(log_var)
    return mu + sigma * torch.randn_like(mu)


# %% wrong | reparameterize | fixed-seed | A seed inside the function, so every call gives the same noise.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    torch.manual_seed(42)  # reproducible
    epsilon = torch.randn_like(mu)
    return mu + torch.exp(0.5 * log_var) * epsilon


# %% wrong | reparameterize | mu-forgotten | The mean is never added.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    return torch.exp(0.5 * log_var) * torch.randn_like(mu)


# %% wrong | reparameterize | in-place | mul_ and exp_ overwrite the caller's log_var.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    std = log_var.mul_(0.5).exp_()
    eps = torch.randn_like(std)
    return eps * std + mu


# %% wrong | reparameterize | roles-swapped | The noise multiplies mu, and sigma is added.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    eps = torch.randn_like(mu)
    std = (0.5 * log_var).exp()
    return mu * eps + std


# %% wrong | reparameterize | returns-noise-too | Returns a tuple (z, eps) in place of z.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    eps = torch.randn_like(mu)
    z = mu + torch.exp(0.5 * log_var) * eps
    return z, eps


# %% wrong | reparameterize | mean-without-grad | Returns mu without noise when gradients are switched off.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    if not torch.is_grad_enabled():
        return mu  # at test time we use the mean
    std = torch.exp(0.5 * log_var)
    return mu + std * torch.randn_like(std)


# %% wrong | reparameterize | sigma-detached | sigma is detached, so no gradient reaches log_var.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    with torch.no_grad():
        noise = torch.exp(0.5 * log_var) * torch.randn_like(log_var)
    return mu + noise


# %% right | reparameterize | rsample | torch.distributions with rsample.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    return torch.distributions.Normal(loc=mu, scale=log_var.mul(0.5).exp()).rsample()


# %% right | reparameterize | sqrt-of-exp | Standard deviation as the square root of the exponential, noise by torch.randn.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    variance = torch.exp(log_var)
    noise = torch.randn(mu.size(), dtype=mu.dtype, device=mu.device)
    return mu + noise * torch.sqrt(variance)


# %% right | reparameterize | addcmul | One addcmul, with noise filled in place into a fresh tensor.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    with torch.no_grad():
        noise = torch.zeros_like(mu).normal_()
    return torch.addcmul(mu, noise, torch.exp(log_var / 2))


# %% right | reparameterize | row-by-row | A loop over the examples, stacked at the end.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    rows = []
    for m, lv in zip(mu, log_var, strict=True):
        sigma = torch.pow(math.e, 0.5 * lv)
        rows.append(m + sigma * torch.normal(torch.zeros_like(m), 1.0))
    return torch.stack(rows)


# %% wrong | monte_carlo_kl | draw-outside-loop | z is drawn once before the loop, so all samples are the same.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    z = reparameterize(mu, log_var)
    total = 0.0
    for _ in range(num_samples):
        log_q = gaussian_log_prob(z, mu, log_var)
        log_p = gaussian_log_prob(z, torch.zeros_like(mu), torch.zeros_like(mu))
        total = total + log_q - log_p
    return total / num_samples


# %% wrong | monte_carlo_kl | sum-not-divided | The sum over samples is never divided by their number.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zero = torch.zeros_like(mu)
    kl = torch.zeros(mu.shape[0], dtype=mu.dtype)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        kl = kl + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zero, zero)
    return kl


# %% wrong | monte_carlo_kl | p-minus-q | The difference has the wrong sign.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    terms = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        log_q = gaussian_log_prob(z, mu, log_var)
        log_p = gaussian_log_prob(z, torch.zeros_like(z), torch.zeros_like(z))
        terms.append(log_p - log_q)
    return torch.stack(terms).mean(0)


# %% wrong | monte_carlo_kl | prior-log-var-one | The prior gets log_var 1 in place of 0 (variance one was meant).
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        log_p = gaussian_log_prob(z, torch.zeros_like(mu), torch.ones_like(log_var))
        total = total + (gaussian_log_prob(z, mu, log_var) - log_p)
    return total / num_samples


# %% wrong | monte_carlo_kl | samples-of-p | The samples come from the prior, not from q.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    total = torch.zeros_like(mu[:, 0])
    for _ in range(num_samples):
        z = torch.randn_like(mu)
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return total / num_samples


# %% wrong | monte_carlo_kl | log-mean-exp | The logarithm of the averaged ratio in place of the averaged logarithm.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    log_ratios = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        log_ratios.append(gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros))
    return torch.logsumexp(torch.stack(log_ratios), dim=0) - math.log(num_samples)


# %% wrong | monte_carlo_kl | two-draws | log q and log p are evaluated at two different z.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    total = 0.0
    for _ in range(num_samples):
        log_q = gaussian_log_prob(reparameterize(mu, log_var), mu, log_var)
        log_p = gaussian_log_prob(
            reparameterize(mu, log_var), torch.zeros_like(mu), torch.zeros_like(log_var)
        )
        total = total + log_q - log_p
    return total / num_samples


# %% wrong | monte_carlo_kl | grand-mean | Averages over samples and examples: one number for the whole batch.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    diffs = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        diffs.append(gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros))
    return torch.stack(diffs).mean()


# %% wrong | monte_carlo_kl | closed-form | Returns the closed form; nothing is sampled.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    total = 0.0
    for _ in range(num_samples):
        total = total + kl_divergence(mu, log_var)
    return total / num_samples


# %% wrong | monte_carlo_kl | clamped | Negative estimates are set to zero ("a KL cannot be negative"), which biases them.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    z = torch.stack([reparameterize(mu, log_var) for _ in range(num_samples)])
    log_q = gaussian_log_prob(z, mu, log_var)
    log_p = gaussian_log_prob(z, torch.zeros_like(z), torch.zeros_like(z))
    return torch.clamp((log_q - log_p).mean(dim=0), min=0.0)


# %% wrong | monte_carlo_kl | wrong-axis | Averages over the batch, so there is one value per sample.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    eps = torch.randn(num_samples, *mu.shape, dtype=mu.dtype)
    z = mu + torch.exp(0.5 * log_var) * eps
    log_q = gaussian_log_prob(z, mu.expand_as(z), log_var.expand_as(z))
    log_p = gaussian_log_prob(z, torch.zeros_like(z), torch.zeros_like(z))
    return (log_q - log_p).mean(dim=1)


# %% wrong | monte_carlo_kl | off-by-one | The loop draws one sample too few, and the sum is divided by num_samples.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    total = torch.zeros(len(mu), dtype=mu.dtype)
    for _s in range(1, num_samples):
        z = reparameterize(mu, log_var)
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return total / num_samples


# %% wrong | monte_carlo_kl | noise-shared-by-batch | All examples of the batch share the same noise, so their samples are not independent.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    eps = torch.randn(num_samples, 1, mu.shape[1], dtype=mu.dtype, device=mu.device)
    z = mu + torch.exp(0.5 * log_var) * eps
    log_q = gaussian_log_prob(z, mu, log_var)
    log_p = gaussian_log_prob(z, torch.zeros_like(z), torch.zeros_like(z))
    return (log_q - log_p).mean(dim=0)


# %% right | monte_carlo_kl | running-mean | A running mean over the samples.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    prior_mu, prior_log_var = torch.zeros_like(mu), torch.zeros_like(log_var)
    estimate = torch.zeros_like(mu).sum(-1)
    for s in range(1, num_samples + 1):
        z = reparameterize(mu, log_var)
        term = gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, prior_mu, prior_log_var)
        estimate = estimate + (term - estimate) / s
    return estimate


# %% right | monte_carlo_kl | distributions | torch.distributions, all samples at once.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    from torch.distributions import Normal

    q = Normal(mu, torch.exp(0.5 * log_var))
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.rsample((num_samples,))
    return (q.log_prob(z) - p.log_prob(z)).sum(dim=-1).mean(dim=0)


# %% right | monte_carlo_kl | in-terms-of-noise | The difference written with the noise: (z^2 - eps^2 - log_var) / 2.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    eps = torch.randn((num_samples,) + tuple(mu.shape), dtype=mu.dtype, device=mu.device)
    z = mu + (0.5 * log_var).exp() * eps
    # log q = -(log 2 pi + log_var + eps^2)/2 and log p = -(log 2 pi + z^2)/2
    return 0.5 * (z**2 - eps**2 - log_var).sum(-1).mean(0)


# %% right | monte_carlo_kl | repeat-interleave | Each example is repeated num_samples times, and the results are folded back.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    batch = mu.shape[0]
    many_mu = mu.repeat_interleave(num_samples, dim=0)
    many_lv = log_var.repeat_interleave(num_samples, dim=0)
    z = reparameterize(many_mu, many_lv)
    log_q = gaussian_log_prob(z, many_mu, many_lv)
    log_p = gaussian_log_prob(z, 0 * z, 0 * z)
    return (log_q - log_p).view(batch, num_samples).mean(dim=1)


# %% wrong | elbo | plus-kl | The KL is added in place of subtracted.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    recon = torch.stack(
        [log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]
    ).mean(dim=0)
    return recon + kl_divergence(mu, log_var)


# %% wrong | elbo | log-mean-exp | The logarithm of the averaged likelihood; its mean depends on num_samples.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    lls = torch.stack([log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)])
    recon = torch.logsumexp(lls, dim=0) - math.log(num_samples)
    return recon - kl_divergence(mu, log_var)


# %% wrong | elbo | same-z-every-time | z is drawn once, outside the loop.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    z = reparameterize(mu, log_var)
    total = 0
    for _ in range(num_samples):
        total = total + log_likelihood(x, z)
    return total / num_samples - kl_divergence(mu, log_var)


# %% wrong | elbo | summed-samples | The log-likelihoods are summed over the samples, not averaged.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    ll = torch.zeros(x.shape[0], dtype=mu.dtype)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        ll = ll + log_likelihood(x, z)
    return ll - kl_divergence(mu, log_var)


# %% wrong | elbo | detached-samples | Sampling runs under no_grad, so the likelihood term passes no gradient to q.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    values = []
    for _ in range(num_samples):
        with torch.no_grad():
            z = reparameterize(mu, log_var)
        values.append(log_likelihood(x, z))
    return torch.stack(values).mean(dim=0) - kl_divergence(mu, log_var)


# %% wrong | elbo | batch-mean | The mean over the batch is taken too, so the result is a scalar.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    lls = [log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]
    return torch.stack(lls).mean() - kl_divergence(mu, log_var).mean()


# %% wrong | elbo | kl-divided | The KL is divided by the number of samples together with the likelihoods.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    total = -kl_divergence(mu, log_var)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + log_likelihood(x, z)
    return total / num_samples


# %% wrong | elbo | a-loss | Returns the negative ELBO, to be minimised.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    kl = kl_divergence(mu, log_var)
    recon_loss = 0
    for _ in range(num_samples):
        recon_loss = recon_loss - log_likelihood(x, reparameterize(mu, log_var)) / num_samples
    return recon_loss + kl


# %% wrong | elbo | mean-of-z | The samples of z are averaged first, and the likelihood is taken at their mean.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    z = torch.stack([reparameterize(mu, log_var) for _ in range(num_samples)]).mean(dim=0)
    return log_likelihood(x, z) - kl_divergence(mu, log_var)


# %% wrong | elbo | no-prior | The log-prior of z is missing: likelihood minus log q only.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    total = 0.0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + log_likelihood(x, z) - gaussian_log_prob(z, mu, log_var)
    return total / num_samples


# %% wrong | elbo | samples-from-prior | z comes from the prior N(0, I), not from q.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    z = torch.randn(num_samples, *mu.shape, dtype=mu.dtype, device=mu.device)
    return log_likelihood(x, z).mean(dim=0) - kl_divergence(mu, log_var)


# %% wrong | elbo | one-sample-only | num_samples is ignored: a single z per example.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    z = reparameterize(mu, log_var)
    return log_likelihood(x, z) - kl_divergence(mu, log_var)


# %% wrong | elbo | kl-without-gradient | The KL is detached, so its gradient is missing; the value is right.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    recon = 0.0
    for _ in range(num_samples):
        recon = recon + log_likelihood(x, reparameterize(mu, log_var))
    recon = recon / num_samples
    kl = kl_divergence(mu, log_var).detach()
    return recon - kl


# %% wrong | elbo | half-the-kl | The KL comes in with a weight of one half (a one half is written in front of it again).
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    z = reparameterize(mu.repeat(num_samples, 1, 1), log_var.repeat(num_samples, 1, 1))
    recon = log_likelihood(x, z).mean(dim=0)
    return recon - 0.5 * kl_divergence(mu, log_var)


# %% right | elbo | all-at-once | One stack of samples with a leading axis, one call of the likelihood.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    shape = (num_samples, *mu.shape)
    z = reparameterize(mu.expand(shape), log_var.expand(shape))
    return log_likelihood(x, z).mean(0) - kl_divergence(mu, log_var)


# %% right | elbo | generator-sum | A Python sum of terms, each divided by the number of samples.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    def explains():
        return log_likelihood(x, reparameterize(mu, log_var))

    expected = sum(explains() for _ in range(num_samples)) / num_samples
    return expected - kl_divergence(mu, log_var)


# %% right | elbo | joint-minus-q | All three logarithms at the same samples: log p(x|z) + log p(z) - log q(z).
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    values = []
    while len(values) < num_samples:
        z = reparameterize(mu, log_var)
        log_joint = log_likelihood(x, z) + gaussian_log_prob(z, zeros, zeros)
        values.append(log_joint - gaussian_log_prob(z, mu, log_var))
    return torch.stack(values, dim=-1).mean(dim=-1)


# %% right | elbo | distributions | torch.distributions for the samples and for the KL.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    q = torch.distributions.Independent(torch.distributions.Normal(mu, (0.5 * log_var).exp()), 1)
    p = torch.distributions.Independent(
        torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1
    )
    out = -torch.distributions.kl_divergence(q, p)
    for z in q.rsample((num_samples,)):
        out = out + log_likelihood(x, z) / num_samples
    return out


# %% wrong | score_function_gradient | no-variance | The score lacks the division by the variance.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var).detach()
        total = total + f(z).unsqueeze(-1) * (z - mu.detach())
    return total / num_samples


# %% wrong | score_function_gradient | sigma-not-variance | The score is divided by sigma, not by sigma squared.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    mu, log_var = mu.detach(), log_var.detach()
    sigma = torch.exp(0.5 * log_var)
    z = mu + sigma * torch.randn(num_samples, *mu.shape, dtype=mu.dtype)
    score = (z - mu) / sigma
    return (f(z).unsqueeze(-1) * score).mean(dim=0)


# %% wrong | score_function_gradient | sign-of-score | The score has the wrong sign, (mu - z) / var.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    grads = []
    with torch.no_grad():
        for _ in range(num_samples):
            z = reparameterize(mu, log_var)
            score = (mu - z) / log_var.exp()
            grads.append(f(z)[:, None] * score)
    return torch.stack(grads).mean(0)


# %% wrong | score_function_gradient | two-different-z | f and the score see different samples.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    total = 0
    with torch.no_grad():
        for _ in range(num_samples):
            value = f(reparameterize(mu, log_var)).unsqueeze(-1)
            score = (reparameterize(mu, log_var) - mu) / torch.exp(log_var)
            total = total + value * score
    return total / num_samples


# %% wrong | score_function_gradient | not-averaged | The terms are summed over the samples and never divided.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    with torch.no_grad():
        g = torch.zeros_like(mu)
        var = torch.exp(log_var)
        for _ in range(num_samples):
            z = reparameterize(mu, log_var)
            g += f(z).unsqueeze(1) * (z - mu) / var
    return g


# %% wrong | score_function_gradient | batch-mean-of-f | f is averaged over the batch, so every example gets the same value.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    with torch.no_grad():
        out = torch.zeros_like(mu)
        for _ in range(num_samples):
            z = reparameterize(mu, log_var)
            out = out + f(z).mean() * (z - mu) / log_var.exp()
        return out / num_samples


# %% wrong | score_function_gradient | uses-gradient-of-f | Differentiates f along the sample, so it fails for a step.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_(True)
    total = 0.0
    for _ in range(num_samples):
        z = m + torch.exp(0.5 * log_var.detach()) * torch.randn_like(m)
        total = total + f(z).sum()
    (grad,) = torch.autograd.grad(total / num_samples, m)
    return grad


# %% wrong | score_function_gradient | score-of-log-var | Uses the score of the log-variance, ((z - mu)^2 / var - 1) / 2.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    with torch.no_grad():
        var = log_var.exp()
        terms = []
        for _ in range(num_samples):
            z = reparameterize(mu, log_var)
            score = 0.5 * ((z - mu) ** 2 / var - 1)
            terms.append(f(z)[:, None] * score)
        return torch.stack(terms).mean(dim=0)


# %% wrong | score_function_gradient | z-not-detached | A surrogate f(z) log q(z) whose z still depends on mu, so autograd differentiates the wrong thing.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_()
    surrogate = 0.0
    for _ in range(num_samples):
        z = reparameterize(m, log_var)
        surrogate = surrogate + (f(z) * gaussian_log_prob(z, m, log_var)).sum()
    return torch.autograd.grad(surrogate / num_samples, m)[0]


# %% wrong | score_function_gradient | own-mean-baseline | Subtracts the mean of the same samples as a baseline: biased, and zero for one sample.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    mu, log_var = mu.detach(), log_var.detach()
    z = torch.stack([reparameterize(mu, log_var) for _ in range(num_samples)])
    values = f(z)
    values = values - values.mean(dim=0, keepdim=True)  # variance reduction
    score = (z - mu) / torch.exp(log_var)
    return (values.unsqueeze(-1) * score).mean(dim=0)


# %% wrong | score_function_gradient | callers-grad | Switches on requires_grad of the caller's mu and writes into its .grad.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    mu.requires_grad_(True)
    mu.grad = None
    loss = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var).detach()
        loss = loss + (f(z).detach() * gaussian_log_prob(z, mu, log_var)).sum()
    (loss / num_samples).backward()
    return mu.grad


# %% wrong | score_function_gradient | product-of-means | Multiplies the mean of f with the mean of the score.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    with torch.no_grad():
        zs = torch.stack([reparameterize(mu, log_var) for _ in range(num_samples)])
        mean_f = torch.stack([f(z) for z in zs]).mean(dim=0)
        mean_score = ((zs - mu) / log_var.exp()).mean(dim=0)
    return mean_f[:, None] * mean_score


# %% right | score_function_gradient | einsum | All samples at once, weighted and averaged by einsum.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    with torch.no_grad():
        shape = (num_samples, *mu.shape)
        z = reparameterize(mu.expand(shape), log_var.expand(shape))
        score = (z - mu) * torch.exp(-log_var)
        return torch.einsum("sb,sbd->bd", f(z), score) / num_samples


# %% right | score_function_gradient | surrogate | Autograd of the surrogate f(z) log q(z) at fixed z, on a private copy of mu.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    copy_of_mu = mu.detach().clone().requires_grad_(True)
    sigma = torch.exp(0.5 * log_var.detach())
    with torch.enable_grad():
        q = torch.distributions.Normal(copy_of_mu, sigma)
        surrogate = 0
        for _ in range(num_samples):
            z = q.sample()
            weight = f(z).detach()
            surrogate = surrogate + (weight * q.log_prob(z).sum(dim=-1)).sum()
        (gradient,) = torch.autograd.grad(surrogate / num_samples, copy_of_mu)
    return gradient


# %% right | score_function_gradient | noise-over-sigma | The score written as eps / sigma.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m, s = mu.detach(), log_var.detach().div(2).exp()
    acc = torch.zeros_like(m)
    for _ in range(num_samples):
        eps = torch.randn_like(m)
        value = f(m + s * eps).detach().reshape(-1, 1)
        acc += value * eps / s
    return acc / num_samples


# %% right | score_function_gradient | helper-functions | Score in a helper, list of terms, mean of a stack.
@torch.no_grad()
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    def score(z):
        return (z - mu) / log_var.exp()

    terms = []
    for _ in range(num_samples):
        sample = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        terms.append(score(sample).T * f(sample))  # (latent_dim, batch) * (batch,)
    return torch.stack(terms).mean(dim=0).T


# %% wrong | pathwise_gradient | mean-over-batch | Differentiates the mean over the batch, so every gradient is divided by the batch size.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_(True)
    values = []
    for _ in range(num_samples):
        values.append(f(reparameterize(m, log_var)))
    (grad,) = torch.autograd.grad(torch.stack(values).mean(), m)
    return grad


# %% wrong | pathwise_gradient | not-averaged | The sum over the samples is never divided by their number.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().requires_grad_()
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(m, log_var)).sum()
    return torch.autograd.grad(total, m)[0]


# %% wrong | pathwise_gradient | callers-mu | Works on the caller's mu: requires_grad and .grad are changed.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    mu.requires_grad_(True)
    loss = 0.0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        loss = loss + f(z).sum() / num_samples
    loss.backward()
    return mu.grad.clone()


# %% wrong | pathwise_gradient | times-noise | Multiplies by eps, which is the derivative with respect to sigma.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    sigma = torch.exp(0.5 * log_var.detach())
    grads = torch.zeros_like(mu)
    for _ in range(num_samples):
        eps = torch.randn_like(mu)
        z = (mu.detach() + sigma * eps).requires_grad_(True)
        (dz,) = torch.autograd.grad(f(z).sum(), z)
        grads = grads + dz * eps
    return grads / num_samples


# %% wrong | pathwise_gradient | one-noise-for-all | The noise is drawn once before the loop, so the samples are equal.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_(True)
    eps = torch.randn_like(m)
    sigma = torch.exp(0.5 * log_var)
    total = 0.0
    for _ in range(num_samples):
        total = total + f(m + sigma * eps).sum()
    (gradient,) = torch.autograd.grad(total / num_samples, m)
    return gradient


# %% wrong | pathwise_gradient | tuple-returned | Returns the tuple of autograd.grad, not the tensor in it.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_(True)
    total = sum(f(reparameterize(m, log_var)).sum() for _ in range(num_samples)) / num_samples
    return torch.autograd.grad(total, m)


# %% wrong | pathwise_gradient | gradient-at-mean | The gradient of f at mu itself; no noise enters.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(f(m).sum(), m)
    return gradient


# %% wrong | pathwise_gradient | exp-is-std | exp(log_var) stretches the noise in place of exp(log_var / 2).
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_(True)
    eps = torch.randn(num_samples, *mu.shape, dtype=mu.dtype)
    z = m + torch.exp(log_var) * eps
    (gradient,) = torch.autograd.grad(f(z).sum() / num_samples, m)
    return gradient


# %% wrong | pathwise_gradient | finite-difference | A finite difference that moves all coordinates together, so all get the sum of the partial derivatives.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    h = 1e-3
    m, sigma = mu.detach(), torch.exp(0.5 * log_var.detach())
    total = torch.zeros_like(m)
    for _ in range(num_samples):
        z = m + sigma * torch.randn_like(m)
        slope = (f(z + h) - f(z - h)) / (2 * h)
        total = total + slope.unsqueeze(-1)
    return total / num_samples


# %% wrong | pathwise_gradient | plus-score-term | Adds the score function term to the pathwise term, so the gradient is counted twice.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_(True)
    total = 0.0
    for _ in range(num_samples):
        z = reparameterize(m, log_var)
        fz = f(z)
        log_q = gaussian_log_prob(z.detach(), m, log_var)
        total = total + (fz + fz.detach() * log_q).sum()
    return torch.autograd.grad(total / num_samples, m)[0]


# %% wrong | pathwise_gradient | mean-of-z-first | The samples are averaged before f is applied.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_(True)
    z = torch.stack([reparameterize(m, log_var) for _ in range(num_samples)]).mean(dim=0)
    (gradient,) = torch.autograd.grad(f(z).sum(), m)
    return gradient


# %% wrong | pathwise_gradient | gradient-shared | The gradient is averaged over the batch and handed to every example.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_(True)
    total = 0.0
    for _ in range(num_samples):
        total = total + f(reparameterize(m, log_var)).sum()
    (grad,) = torch.autograd.grad(total / num_samples, m)
    return grad.mean(dim=0).expand_as(mu)


# %% right | pathwise_gradient | gradient-at-z | Differentiates with respect to z, because dz/dmu is one.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    with torch.no_grad():
        shape = (num_samples, *mu.shape)
        z = reparameterize(mu.expand(shape), log_var.expand(shape))
    with torch.enable_grad():
        z = z.detach().requires_grad_(True)
        slopes = torch.autograd.grad(f(z).sum(), z)[0]
    return slopes.mean(dim=0)


# %% right | pathwise_gradient | loop-on-copy | A loop over the samples, one gradient each, on a detached copy.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    mu = mu.clone().detach()
    mu.requires_grad = True  # the copy's only
    log_var = log_var.detach()
    gradient = torch.zeros_like(mu, requires_grad=False)
    for _ in range(num_samples):
        objective = f(reparameterize(mu, log_var)).sum()
        gradient = gradient + torch.autograd.grad(objective, mu)[0] / num_samples
    return gradient


# %% right | pathwise_gradient | torch-func | torch.func.grad of a function of mu with the noise held fixed.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    eps = torch.randn(num_samples, *mu.shape, dtype=mu.dtype, device=mu.device)
    scale = torch.exp(log_var.detach() / 2)

    def objective(m):
        return f(m + scale * eps).sum() / num_samples

    return torch.func.grad(objective)(mu.detach())


# %% right | pathwise_gradient | rsample-vjp | rsample, and ones as the vector of autograd.grad in place of a sum.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    leaf = mu.detach().clone().requires_grad_()
    q = torch.distributions.Normal(leaf, log_var.detach().mul(0.5).exp())
    values = f(q.rsample(torch.Size([num_samples])))
    weights = torch.full_like(values, 1 / num_samples)
    (gradient,) = torch.autograd.grad(outputs=values, inputs=leaf, grad_outputs=weights)
    return gradient
