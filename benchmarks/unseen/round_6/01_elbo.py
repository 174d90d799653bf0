# %% wrong | gaussian_log_prob | log-var-as-log-std | Treats log_var as log sigma: divides by exp(2 log_var) and subtracts log_var without the half.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    sigma = torch.exp(log_var)
    return (
        -0.5 * math.log(2 * math.pi) - torch.log(sigma) - (x - mu) ** 2 / (2 * sigma**2)
    ).sum(dim=-1)


# %% wrong | gaussian_log_prob | constant-only-once | The constant log 2 pi is added once per example and not once per dimension.
def gaussian_log_prob(x, mu, log_var):
    squared = (x - mu) ** 2 / log_var.exp()
    return -0.5 * (math.log(2 * math.pi) + (log_var + squared).sum(-1))


# %% wrong | gaussian_log_prob | no-two-pi | Leaves out the constant log 2 pi altogether.
def gaussian_log_prob(x, mu, log_var):
    # the constant does not matter for the gradient
    var = torch.exp(log_var)
    return -0.5 * torch.sum(log_var + (x - mu).pow(2) / var, dim=1)


# %% wrong | gaussian_log_prob | mean-over-dims | Averages over the dimensions where the docstring asks for a sum.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    var = log_var.exp()
    bracket = math.log(2 * math.pi) + log_var + (x - mu) ** 2 / var
    return (-0.5 * bracket).mean(dim=-1)


# %% wrong | gaussian_log_prob | sum-over-batch | Sums over axis 0, so it returns one value per dimension.
def gaussian_log_prob(x, mu, log_var):
    bracket = math.log(2 * math.pi) + log_var + (x - mu).square() / log_var.exp()
    return -0.5 * bracket.sum(0)


# %% wrong | gaussian_log_prob | sum-over-everything | Sums over batch and dimensions, so it returns one scalar.
def gaussian_log_prob(x, mu, log_var):
    var = log_var.exp()
    total = math.log(2 * math.pi) + log_var + (x - mu) ** 2 / var
    return -0.5 * total.sum()


# %% wrong | gaussian_log_prob | negative-log-prob | Forgets the minus sign and returns the negative log-density.
def gaussian_log_prob(x, mu, log_var):
    d = x.shape[-1]
    return 0.5 * (d * math.log(2 * math.pi) + log_var.sum(-1) + ((x - mu) ** 2 * (-log_var).exp()).sum(-1))


# %% wrong | gaussian_log_prob | times-variance | Multiplies the squared distance by the variance instead of dividing by it.
def gaussian_log_prob(x, mu, log_var):
    dist = (x - mu) ** 2
    return (-0.5 * (math.log(2 * math.pi) + log_var + dist * torch.exp(log_var))).sum(dim=-1)


# %% wrong | gaussian_log_prob | log-of-density | Multiplies the densities first and takes the logarithm afterwards, which underflows to -inf in many dimensions.
def gaussian_log_prob(x, mu, log_var):
    var = torch.exp(log_var)
    density = torch.exp(-((x - mu) ** 2) / (2 * var)) / torch.sqrt(2 * math.pi * var)
    return torch.log(torch.prod(density, dim=-1))


# %% wrong | gaussian_log_prob | half-missing-on-logvar | The half stands before the squared distance and the constant only, so log_var counts twice.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    c = 0.5 * math.log(2 * math.pi)
    return torch.sum(-c - log_var - 0.5 * (x - mu) ** 2 / log_var.exp(), dim=-1)


# %% wrong | gaussian_log_prob | builtin-default-eps | F.gaussian_nll_loss clamps the variance at its default eps of 1e-6, wrong for log_var below -13.8.
def gaussian_log_prob(x, mu, log_var):
    nll = F.gaussian_nll_loss(mu, x, log_var.exp(), full=True, reduction="none")
    return -nll.sum(dim=-1)


# %% wrong | gaussian_log_prob | epsilon-in-variance | Adds 1e-6 to the variance for safety, which is wrong for very small variances.
def gaussian_log_prob(x, mu, log_var):
    eps = 1e-6  # avoid division by zero
    var = log_var.exp() + eps
    return -0.5 * (math.log(2 * math.pi) + var.log() + (x - mu) ** 2 / var).sum(-1)


# %% wrong | gaussian_log_prob | clamped-log-var | Clamps log_var to [-10, 10], though it must be right from -20 to 20.
def gaussian_log_prob(x, mu, log_var):
    log_var = torch.clamp(log_var, -10.0, 10.0)
    return -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 * torch.exp(-log_var)).sum(dim=1)


# %% wrong | gaussian_log_prob | overwrites-log-var | exp_ with an underscore turns the caller's log_var into the variance.
def gaussian_log_prob(x, mu, log_var):
    log_term = log_var.sum(dim=-1)
    var = log_var.exp_()
    d = x.shape[-1]
    return -0.5 * (d * math.log(2 * math.pi) + log_term + ((x - mu) ** 2 / var).sum(dim=-1))


# %% wrong | gaussian_log_prob | normal-with-variance | Gives the variance to Normal, which wants the standard deviation.
def gaussian_log_prob(x, mu, log_var):
    from torch.distributions import Normal

    return Normal(mu, torch.exp(log_var)).log_prob(x).sum(-1)


# %% wrong | gaussian_log_prob | no-grad-decorator | Runs under no_grad, so nothing is differentiable.
@torch.no_grad()
def gaussian_log_prob(x, mu, log_var):
    var = log_var.exp()
    return -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / var).sum(-1)


# %% wrong | gaussian_log_prob | keepdim | Keeps the summed axis, so the shape is (batch, 1).
def gaussian_log_prob(x, mu, log_var):
    inner = math.log(2 * math.pi) + log_var + (x - mu) ** 2 / torch.exp(log_var)
    return -0.5 * inner.sum(dim=-1, keepdim=True)


# %% wrong | gaussian_log_prob | distance-not-squared | Uses the absolute distance in place of the squared one.
def gaussian_log_prob(x, mu, log_var):
    return -0.5 * (math.log(2 * math.pi) + log_var + torch.abs(x - mu) / log_var.exp()).sum(-1)


# %% right | gaussian_log_prob | plain-formula | The formula as it stands in the text.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    bracket = math.log(2 * math.pi) + log_var + (x - mu) ** 2 / log_var.exp()
    return -0.5 * bracket.sum(dim=-1)


# %% right | gaussian_log_prob | torch-normal | Uses torch.distributions.Normal with the standard deviation.
def gaussian_log_prob(x, mu, log_var):
    q = torch.distributions.Normal(mu, torch.exp(0.5 * log_var))
    return q.log_prob(x).sum(-1)


# %% right | gaussian_log_prob | builtin-tiny-eps | F.gaussian_nll_loss with an eps below every allowed variance.
def gaussian_log_prob(x, mu, log_var):
    loss = F.gaussian_nll_loss(mu, x, torch.exp(log_var), full=True, eps=1e-12, reduction="none")
    return -loss.sum(dim=1)


# %% right | gaussian_log_prob | loop-over-dims | Adds up one dimension after the other.
def gaussian_log_prob(x, mu, log_var):
    result = 0.0
    for j in range(x.shape[-1]):
        dist = x[..., j] - mu[..., j]
        lv = log_var[..., j]
        result = result - 0.5 * (math.log(2 * math.pi) + lv + dist * dist * torch.exp(-lv))
    return result


# %% right | gaussian_log_prob | einsum-precision | Works with the precision and an einsum, two dimensions only.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    diff = x - mu
    precision = torch.exp(-log_var)
    maha = torch.einsum("bd,bd,bd->b", diff, precision, diff)
    return -0.5 * (maha + log_var.sum(dim=1) + diff.shape[1] * math.log(2 * math.pi))


# %% right | gaussian_log_prob | standardised | Standardises first, then uses the standard normal density.
def gaussian_log_prob(x, mu, log_var):
    import numpy as np

    half = log_var / 2
    u = (x - mu) / half.exp()
    per_dim = -u.square() / 2 - half - float(np.log(np.sqrt(2 * np.pi)))
    return per_dim.sum(-1)


# %% wrong | log_evidence | noise-everywhere | Adds the noise variance to every entry of the covariance and not to its diagonal only.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    C = W @ W.T + noise_var
    diff = (x - b).T
    maha = (diff * torch.linalg.pinv(C).matmul(diff)).sum(0)
    return -0.5 * (x.shape[1] * math.log(2 * math.pi) + torch.logdet(C) + maha)


# %% wrong | log_evidence | wt-w | Uses W^T W, which has the shape of the latent space; it raises unless the two sizes are equal.
def log_evidence(x, W, b, noise_var):
    d = W.shape[1]
    C = W.T @ W + noise_var * torch.eye(d, dtype=x.dtype)
    diff = x - b
    sol = torch.linalg.solve(C, diff.T).T
    return -0.5 * (d * math.log(2 * math.pi) + torch.logdet(C) + (diff * sol).sum(1))


# %% wrong | log_evidence | noise-squared | Squares noise_var as if it were a standard deviation.
def log_evidence(x, W, b, noise_var):
    D = W.shape[0]
    C = W @ W.T + noise_var**2 * torch.eye(D, dtype=W.dtype)
    r = x - b
    quad = (r * torch.linalg.solve(C, r.T).T).sum(dim=1)
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | det-then-log | Takes the logarithm of torch.det, which underflows in 100 dimensions.
def log_evidence(x, W, b, noise_var):
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype, device=x.device)
    r = x - b
    quad = (r * torch.linalg.solve(C, r.T).T).sum(dim=1)
    return -0.5 * (D * math.log(2 * math.pi) + torch.log(torch.det(C)) + quad)


# %% wrong | log_evidence | forgets-b | Does not subtract the mean b.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    quad = (x * torch.linalg.solve(C, x.T).T).sum(dim=-1)
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | full-gram-matrix | Forms all pairs of examples and returns a (batch, batch) matrix.
def log_evidence(x, W, b, noise_var):
    D = x.shape[-1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    r = x - b
    quad = r @ torch.linalg.inv(C) @ r.T
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | latent-dim-constant | The constant counts the latent dimensions in place of the data dimensions.
def log_evidence(x, W, b, noise_var):
    data_dim, k = W.shape
    C = W @ W.T + noise_var * torch.eye(data_dim, dtype=x.dtype)
    r = x - b
    quad = (r * torch.linalg.solve(C, r.T).T).sum(dim=1)
    return -0.5 * (k * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | diagonal-only | Ignores the correlations and uses only the diagonal of the covariance.
def log_evidence(x, W, b, noise_var):
    var = W.square().sum(dim=1) + noise_var
    return gaussian_log_prob(x, b.expand_as(x), var.log().expand_as(x))


# %% wrong | log_evidence | in-place-centring | Centres the caller's x in place.
def log_evidence(x, W, b, noise_var):
    x -= b
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    quad = (x * torch.linalg.solve(C, x.T).T).sum(dim=1)
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | logdet-minus | The log determinant has the wrong sign inside the bracket.
def log_evidence(x, W, b, noise_var):
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    r = (x - b).T
    quad = (r * torch.linalg.solve(C, r)).sum(dim=0)
    return -0.5 * (D * math.log(2 * math.pi) - torch.logdet(C) + quad)


# %% wrong | log_evidence | no-inverse | Multiplies by C and not by its inverse.
def log_evidence(x, W, b, noise_var):
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    r = x - b
    quad = torch.einsum("bi,ij,bj->b", r, C, r)
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | mean-over-batch | Returns the average over the examples as one scalar.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    p = torch.distributions.MultivariateNormal(b, C)
    return p.log_prob(x).mean()


# %% wrong | log_evidence | solve-without-transpose | Passes rows to solve without transposing, which raises unless batch and data_dim are equal.
def log_evidence(x, W, b, noise_var):
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    v = x - b
    quad = (v * torch.linalg.solve(C, v)).sum(1)
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | cholesky-half-logdet | Takes the sum of the logarithms of the Cholesky diagonal as log det C and forgets the factor 2.
def log_evidence(x, W, b, noise_var):
    n = x.shape[1]
    L = torch.linalg.cholesky(W @ W.T + noise_var * torch.eye(n, dtype=x.dtype))
    y = torch.linalg.solve_triangular(L, (x - b).T, upper=False)
    logdet = L.diagonal().log().sum()
    return -0.5 * (n * math.log(2 * math.pi) + logdet + (y**2).sum(0))


# %% wrong | log_evidence | monte-carlo-prior | Estimates the integral with samples from the prior and is not exact.
def log_evidence(x, W, b, noise_var):
    z = torch.randn(2_000, W.shape[1], dtype=x.dtype)
    means = z @ W.T + b
    d = x.shape[1]
    sq = ((x[:, None, :] - means[None]) ** 2).sum(-1)
    log_lik = -0.5 * (d * math.log(2 * math.pi * noise_var) + sq / noise_var)
    return torch.logsumexp(log_lik, dim=1) - math.log(2_000)


# %% right | log_evidence | solve-and-logdet | The way of the hints: solve with columns, and logdet.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype, device=x.device)
    centred = x - b
    solved = torch.linalg.solve(C, centred.T).T
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + (centred * solved).sum(dim=1))


# %% right | log_evidence | multivariate-normal | torch.distributions with a Cholesky factor.
def log_evidence(x, W, b, noise_var):
    from torch.distributions import MultivariateNormal

    cov = W @ W.T + noise_var * torch.eye(len(b), dtype=x.dtype)
    return MultivariateNormal(b, scale_tril=torch.linalg.cholesky(cov)).log_prob(x)


# %% right | log_evidence | low-rank-normal | LowRankMultivariateNormal in double precision, returned in the dtype of x.
def log_evidence(x, W, b, noise_var):
    diag = torch.full_like(b, noise_var).double()
    p_x = torch.distributions.LowRankMultivariateNormal(b.double(), W.double(), diag)
    return p_x.log_prob(x.double()).to(x.dtype)


# %% right | log_evidence | cholesky-by-hand | A Cholesky factor, a triangular solve, and twice the sum of the log diagonal.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    n = W.shape[0]
    cov = W @ W.T
    cov.diagonal().add_(noise_var)  # our own matrix, W is untouched
    L = torch.linalg.cholesky(cov)
    white = torch.linalg.solve_triangular(L, (x - b).T, upper=False)
    logdet = 2 * L.diagonal().log().sum()
    return -0.5 * (n * math.log(2 * math.pi) + logdet + white.square().sum(0))


# %% right | log_evidence | eigenvectors | Rotates to the eigenvectors of the covariance, where gaussian_log_prob is enough.
def log_evidence(x, W, b, noise_var):
    C = W @ W.T + noise_var * torch.eye(W.shape[0], dtype=W.dtype)
    eigenvalues, Q = torch.linalg.eigh(C.double())
    u = (x - b).double() @ Q
    out = gaussian_log_prob(u, torch.zeros_like(u), eigenvalues.log().expand_as(u))
    return out.to(x.dtype)


# %% right | log_evidence | loop-over-examples | One example after the other, with slogdet.
def log_evidence(x, W, b, noise_var):
    D, _ = W.shape
    C = torch.mm(W, W.t()) + torch.diag(torch.full((D,), noise_var, dtype=x.dtype))
    log_det = torch.slogdet(C)[1]
    values = []
    for row in x:
        v = row - b
        values.append(-0.5 * (D * math.log(2 * math.pi) + log_det + v @ torch.linalg.solve(C, v)))
    return torch.stack(values)


# %% wrong | kl_divergence | log-sigma | Subtracts log sigma inside the bracket where log sigma^2 belongs.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    sigma = torch.exp(0.5 * log_var)
    return 0.5 * (mu**2 + sigma**2 - 1 - torch.log(sigma)).sum(dim=-1)


# %% wrong | kl_divergence | published-half-lost | sigma^2 + mu^2 - log sigma - 1/2: the half before the first two terms is lost.
def kl_divergence(mu, log_var):
    sigma2 = log_var.exp()
    return (sigma2 + mu**2 - 0.5 * log_var - 0.5).sum(-1)


# %% wrong | kl_divergence | mean-over-latents | Averages over the latent dimensions.
def kl_divergence(mu, log_var):
    return 0.5 * torch.mean(mu.pow(2) + log_var.exp() - 1 - log_var, dim=1)


# %% wrong | kl_divergence | no-half | Forgets the factor one half.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    return (mu.square() + log_var.exp() - 1 - log_var).sum(dim=-1)


# %% wrong | kl_divergence | sign-flipped | The bracket of the VAE paper without its minus: the KL comes out negative.
def kl_divergence(mu, log_var):
    return 0.5 * torch.sum(1 + log_var - mu**2 - torch.exp(log_var), dim=1)


# %% wrong | kl_divergence | one-once | Subtracts 1 once per example and not once per dimension.
def kl_divergence(mu, log_var):
    return 0.5 * ((mu**2).sum(-1) + log_var.exp().sum(-1) - 1 - log_var.sum(-1))


# %% wrong | kl_divergence | sum-over-all | Sums over the batch too and returns a scalar.
def kl_divergence(mu, log_var):
    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())


# %% wrong | kl_divergence | batch-mean | Sums over the dimensions, then takes the mean over the batch, so it returns one scalar.
def kl_divergence(mu, log_var):
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1)
    return kl.mean()


# %% wrong | kl_divergence | reversed-direction | Computes KL(p || q), from the prior to q.
def kl_divergence(mu, log_var):
    q = torch.distributions.Normal(mu, (0.5 * log_var).exp())
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return torch.distributions.kl_divergence(p, q).sum(-1)


# %% wrong | kl_divergence | mu-not-squared | Uses mu where mu squared belongs.
def kl_divergence(mu, log_var):
    return 0.5 * (mu + torch.exp(log_var) - 1 - log_var).sum(dim=1)


# %% wrong | kl_divergence | variance-squared | Squares exp(log_var), as if log_var were the log of the standard deviation.
def kl_divergence(mu, log_var):
    std = torch.exp(log_var)
    return 0.5 * (mu**2 + std**2 - 1 - torch.log(std**2)).sum(-1)


# %% wrong | kl_divergence | overwrites-log-var | exp_ overwrites the caller's log_var, and the formula then reads the variance as log_var.
def kl_divergence(mu, log_var):
    var = log_var.exp_()
    return 0.5 * (mu**2 + var - 1 - log_var).sum(dim=-1)


# %% wrong | kl_divergence | name-collision | Imports PyTorch's function of the same name, which the def then hides, so the call raises.
from torch.distributions import Normal, kl_divergence


def kl_divergence(mu, log_var):
    q = Normal(mu, torch.exp(log_var / 2))
    p = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return kl_divergence(q, p).sum(dim=1)


# %% wrong | kl_divergence | sum-over-batch-axis | Sums over axis 0.
def kl_divergence(mu, log_var):
    per_dim = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    return per_dim.sum(dim=0)


# %% wrong | kl_divergence | log-of-exp-eps | Takes log(variance + 1e-6), which is wrong for very negative log_var.
def kl_divergence(mu, log_var):
    var = torch.exp(log_var)
    return 0.5 * (mu**2 + var - 1 - torch.log(var + 1e-6)).sum(dim=1)


# %% wrong | kl_divergence | prior-equal-gives-minus | Drops the -1, so the KL is not zero when q is the prior.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    sigma_sq = log_var.exp()
    return 0.5 * (mu**2 + sigma_sq - log_var).sum(dim=-1)


# %% right | kl_divergence | plain | The formula of the text.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=-1)


# %% right | kl_divergence | kingma-form | The form of the paper, with the minus in front.
def kl_divergence(mu, log_var):
    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=1)


# %% right | kl_divergence | expm1 | expm1 for sigma^2 - 1, exact near log_var = 0.
def kl_divergence(mu, log_var):
    return torch.sum(mu * mu + torch.expm1(log_var) - log_var, -1) / 2


# %% right | kl_divergence | torch-distributions | PyTorch's own divergence, called by its full name.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    import torch.distributions as td

    q = td.Independent(td.Normal(mu, torch.exp(log_var / 2)), 1)
    p = td.Independent(td.Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    return td.kl_divergence(q, p)


# %% right | kl_divergence | loop | Adds up one latent dimension after the other.
def kl_divergence(mu, log_var):
    total = torch.zeros_like(mu[:, 0])
    for m, lv in zip(mu.unbind(dim=1), log_var.unbind(dim=1)):
        total = total + 0.5 * (m**2 + torch.exp(lv) - 1 - lv)
    return total


# %% right | kl_divergence | einsum-parts | Three separate sums with einsum.
def kl_divergence(mu, log_var):
    d = mu.shape[1]
    square_norm = torch.einsum("nd,nd->n", mu, mu)
    trace = torch.einsum("nd->n", log_var.exp())
    log_det = torch.einsum("nd->n", log_var)
    return 0.5 * (square_norm + trace - d - log_det)


# %% wrong | reparameterize | variance-as-std | Uses exp(log_var), the variance, as the standard deviation.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    eps = torch.randn_like(mu)
    return mu + torch.exp(log_var) * eps


# %% wrong | reparameterize | torch-normal-no-gradient | torch.normal passes no gradient to its parameters.
def reparameterize(mu, log_var):
    sigma = torch.exp(log_var / 2)
    return torch.normal(mu, sigma)


# %% wrong | reparameterize | sample-not-rsample | Normal.sample cuts the gradient; rsample would keep it.
def reparameterize(mu, log_var):
    q = torch.distributions.Normal(mu, (0.5 * log_var).exp())
    return q.sample()


# %% wrong | reparameterize | uniform-noise | rand_like draws uniform numbers in place of normal ones.
def reparameterize(mu, log_var):
    return mu + torch.exp(0.5 * log_var) * torch.rand_like(mu)


# %% wrong | reparameterize | one-noise-per-example | All dimensions of an example share one noise number.
def reparameterize(mu, log_var):
    eps = torch.randn(mu.shape[0], 1, dtype=mu.dtype)
    return mu + eps * (log_var / 2).exp()


# %% wrong | reparameterize | one-noise-for-batch | All examples of the batch share the same noise vector.
def reparameterize(mu, log_var):
    eps = torch.randn(mu.shape[-1], dtype=mu.dtype)
    std = log_var.mul(0.5).exp()
    return mu + std * eps


# %% wrong | reparameterize | fixed-seed | Sets the seed inside, so every call gives the same noise.
def reparameterize(mu, log_var):
    torch.manual_seed(0)
    return mu + torch.randn_like(mu) * torch.exp(log_var / 2)


# %% wrong | reparameterize | sqrt-of-log-var | Takes the square root of log_var itself, which is NaN for negative values.
def reparameterize(mu, log_var):
    sigma = torch.sqrt(log_var)
    return mu + sigma * torch.randn_like(sigma)


# %% wrong | reparameterize | in-place-log-var | mul_ and exp_ turn the caller's log_var into the standard deviation.
def reparameterize(mu, log_var):
    std = log_var.mul_(0.5).exp_()
    return mu + std * torch.randn_like(std)


# %% wrong | reparameterize | adds-to-mu-in-place | Adds the noise to the caller's mu in place.
def reparameterize(mu, log_var):
    mu += torch.exp(0.5 * log_var) * torch.randn_like(mu)
    return mu


# %% wrong | reparameterize | detached-sigma | Detaches the standard deviation, so no gradient reaches log_var.
def reparameterize(mu, log_var):
    sigma = torch.exp(0.5 * log_var).detach()
    return mu + sigma * torch.randn_like(mu)


# %% wrong | reparameterize | no-mean | Returns sigma times the noise and forgets to add mu.
def reparameterize(mu, log_var):
    eps = torch.randn_like(mu)
    return torch.exp(log_var / 2) * eps


# %% wrong | reparameterize | exp-of-double | Doubles log_var where it should be halved.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    sigma = torch.exp(2 * log_var)
    return mu + sigma * torch.randn_like(mu)


# %% wrong | reparameterize | noise-kept | Keeps the noise of the first call with the same shape and uses it again.
_noise = {}


def reparameterize(mu, log_var):
    if mu.shape not in _noise:
        _noise[mu.shape] = torch.randn_like(mu)
    return mu + torch.exp(log_var / 2) * _noise[mu.shape]


# %% wrong | reparameterize | sigma-floor | Adds a floor of 1e-3 to sigma, which is far too wide at log_var -20.
def reparameterize(mu, log_var):
    sigma = torch.exp(0.5 * log_var) + 1e-3
    return mu + sigma * torch.randn_like(mu)


# %% wrong | reparameterize | float32-result | Casts to float32, so a float64 mu gives a float32 sample.
def reparameterize(mu, log_var):
    mu, log_var = mu.float(), log_var.float()
    eps = torch.randn(mu.shape)
    return mu + eps * torch.exp(log_var / 2)


# %% right | reparameterize | plain | The formula of the text.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    sigma = torch.exp(0.5 * log_var)
    return mu + sigma * torch.randn_like(mu)


# %% right | reparameterize | rsample | Normal.rsample keeps the gradient.
def reparameterize(mu, log_var):
    return torch.distributions.Normal(mu, torch.exp(log_var / 2)).rsample()


# %% right | reparameterize | sqrt-of-exp-addcmul | The square root of the variance, and addcmul.
def reparameterize(mu, log_var):
    variance = log_var.exp()
    noise = torch.normal(0.0, 1.0, size=mu.shape, dtype=mu.dtype, device=mu.device)
    return torch.addcmul(mu, variance.sqrt(), noise)


# %% right | reparameterize | row-by-row | A loop over the examples, stacked at the end.
def reparameterize(mu, log_var):
    rows = []
    for m, lv in zip(mu, log_var):
        e = torch.randn(m.shape, dtype=m.dtype, device=m.device)
        rows.append(m + e * torch.exp(lv / 2))
    return torch.stack(rows)


# %% right | reparameterize | empty-normal | Fills an empty tensor with normal numbers in place; the arguments are untouched.
def reparameterize(mu, log_var):
    epsilon = torch.empty_like(mu).normal_()
    return epsilon.mul(log_var.div(2).exp()).add(mu)


# %% wrong | monte_carlo_kl | one-draw-outside-loop | Draws z once before the loop and averages the same number num_samples times.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    z = reparameterize(mu, log_var)
    zeros = torch.zeros_like(mu)
    total = 0
    for _ in range(num_samples):
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return total / num_samples


# %% wrong | monte_carlo_kl | different-z | Draws a second z for the prior term, so the two densities belong to different samples.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    total = torch.zeros_like(mu[:, 0])
    for _ in range(num_samples):
        log_q = gaussian_log_prob(reparameterize(mu, log_var), mu, log_var)
        log_p = gaussian_log_prob(reparameterize(zeros, zeros), zeros, zeros)
        total = total + log_q - log_p
    return total / num_samples


# %% wrong | monte_carlo_kl | closed-form | Returns the closed form and draws no sample at all.
def monte_carlo_kl(mu, log_var, num_samples):
    return kl_divergence(mu, log_var)


# %% wrong | monte_carlo_kl | forgot-division | Adds up the samples and does not divide by their number.
def monte_carlo_kl(mu, log_var, num_samples):
    total = torch.zeros_like(mu[:, 0])
    for s in range(num_samples):
        z = reparameterize(mu, log_var)
        log_ratio = gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(
            z, torch.zeros_like(z), torch.zeros_like(z)
        )
        total = total + log_ratio
    return total


# %% wrong | monte_carlo_kl | sign-reversed | Averages log p - log q, so the estimate is negative.
def monte_carlo_kl(mu, log_var, num_samples):
    zero = torch.zeros_like(mu)
    diffs = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        diffs.append(gaussian_log_prob(z, zero, zero) - gaussian_log_prob(z, mu, log_var))
    return torch.stack(diffs).mean(0)


# %% wrong | monte_carlo_kl | samples-from-prior | Draws z from the prior and not from q.
def monte_carlo_kl(mu, log_var, num_samples):
    zero = torch.zeros_like(mu)
    total = 0.0
    for _ in range(num_samples):
        z = reparameterize(zero, zero)
        total = total + (gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zero, zero))
    return total / num_samples


# %% wrong | monte_carlo_kl | prior-log-var-one | Gives the prior a log_var of 1 where its variance is 1.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    prior_mu, prior_log_var = torch.zeros_like(mu), torch.ones_like(log_var)
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, prior_mu, prior_log_var)
    return total / num_samples


# %% wrong | monte_carlo_kl | clamped-at-zero | Clamps the estimate at zero because a KL is never negative, which makes it too large on average.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return (total / num_samples).clamp(min=0)


# %% wrong | monte_carlo_kl | mean-of-everything | Averages over samples and examples, so it returns one scalar.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    out = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        out.append(gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros))
    return torch.stack(out).mean()


# %% wrong | monte_carlo_kl | mean-over-wrong-axis | Averages the stack over the batch axis and returns one value per sample.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    ratios = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        ratios.append(gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros))
    return torch.stack(ratios).mean(dim=1)


# %% wrong | monte_carlo_kl | ignores-num-samples | Uses a single sample whatever num_samples says.
def monte_carlo_kl(mu, log_var, num_samples):
    z = reparameterize(mu, log_var)
    log_q = gaussian_log_prob(z, mu, log_var)
    log_p = gaussian_log_prob(z, torch.zeros_like(mu), torch.zeros_like(log_var))
    return log_q - log_p


# %% wrong | monte_carlo_kl | sampler-with-variance | Its own sampler takes exp(log_var) for the standard deviation.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    acc = torch.zeros_like(mu[:, 0])
    for _ in range(num_samples):
        z = mu + log_var.exp() * torch.randn_like(mu)
        acc = acc + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return acc / num_samples


# %% wrong | monte_carlo_kl | float32-accumulator | Accumulates in place into a float32 tensor, so float64 arguments give a float32 result.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    total = torch.zeros(mu.shape[0])
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total += gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return total / num_samples


# %% wrong | monte_carlo_kl | off-by-one-range | The loop runs num_samples - 1 times while the division is by num_samples; one sample gives zero.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    total = torch.zeros_like(mu[:, 0])
    for _ in range(1, num_samples):
        z = reparameterize(mu, log_var)
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return total / num_samples


# %% wrong | monte_carlo_kl | divides-inside-loop | Divides the running total in every round, so early samples count less and less.
def monte_carlo_kl(mu, log_var, num_samples):
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(
            z, torch.zeros_like(mu), torch.zeros_like(mu)
        )
        total = total / num_samples
    return total


# %% wrong | monte_carlo_kl | log-q-only | Forgets the prior and averages log q(z) alone.
def monte_carlo_kl(mu, log_var, num_samples):
    draws = [gaussian_log_prob(reparameterize(mu, log_var), mu, log_var) for _ in range(num_samples)]
    return sum(draws) / num_samples


# %% wrong | monte_carlo_kl | loop-overwrites | Overwrites the value in each round, so only the last sample remains, divided by num_samples.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return total / num_samples


# %% right | monte_carlo_kl | loop | The loop of the hints.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return total / num_samples


# %% right | monte_carlo_kl | torch-distributions | A stack of samples at once with torch.distributions.
def monte_carlo_kl(mu, log_var, num_samples):
    q = torch.distributions.Normal(mu, torch.exp(log_var / 2))
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.sample((num_samples,))
    return (q.log_prob(z) - p.log_prob(z)).sum(-1).mean(0)


# %% right | monte_carlo_kl | flat-batch | Repeats the parameters, so that one call of each function handles all samples.
def monte_carlo_kl(mu, log_var, num_samples):
    batch, dim = mu.shape
    big_mu = mu.repeat(num_samples, 1)
    big_lv = log_var.repeat(num_samples, 1)
    z = reparameterize(big_mu, big_lv)
    zeros = torch.zeros_like(z)
    ratio = gaussian_log_prob(z, big_mu, big_lv) - gaussian_log_prob(z, zeros, zeros)
    return ratio.view(num_samples, batch).mean(dim=0)


# %% right | monte_carlo_kl | from-epsilon | Writes the log ratio with epsilon: the constants cancel and log q needs no division.
def monte_carlo_kl(mu, log_var, num_samples):
    eps = torch.randn(num_samples, *mu.shape, dtype=mu.dtype, device=mu.device)
    z = mu + (log_var / 2).exp() * eps
    log_ratio = 0.5 * (z**2 - eps**2 - log_var)
    return log_ratio.sum(dim=-1).mean(dim=0)


# %% right | monte_carlo_kl | helper-and-comprehension | A helper for one estimate, and the mean of a stack.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    def single():
        z = reparameterize(mu, log_var)
        log_prior = gaussian_log_prob(z, torch.zeros_like(z), torch.zeros_like(z))
        return gaussian_log_prob(z, mu, log_var) - log_prior

    return torch.stack([single() for _ in range(num_samples)]).mean(dim=0)


# %% wrong | elbo | plus-kl | Adds the KL in place of subtracting it.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    lls = [log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]
    return torch.stack(lls).mean(dim=0) + kl_divergence(mu, log_var)


# %% wrong | elbo | log-mean-exp | Takes the logarithm of the average likelihood, whose mean depends on the number of samples.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    lls = torch.stack([log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)])
    recon = torch.logsumexp(lls, dim=0) - math.log(num_samples)
    return recon - kl_divergence(mu, log_var)


# %% wrong | elbo | no-division | Adds the log-likelihoods of the samples and does not divide.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    total = 0
    for _ in range(num_samples):
        total = total + log_likelihood(x, reparameterize(mu, log_var))
    return total - kl_divergence(mu, log_var)


# %% wrong | elbo | kl-in-sum | Subtracts the KL once from the sum and divides both by the number of samples.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    total = torch.zeros_like(mu[:, 0])
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + log_likelihood(x, z)
    return (total - kl_divergence(mu, log_var)) / num_samples


# %% wrong | elbo | mean-over-batch | The mean runs over samples and batch, so every example gets the same likelihood term.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    lls = torch.stack([log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)])
    return lls.mean() - kl_divergence(mu, log_var)


# %% wrong | elbo | scalar | Returns the mean over the batch as one scalar.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    lls = torch.stack([log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)])
    return (lls.mean(0) - kl_divergence(mu, log_var)).mean()


# %% wrong | elbo | decodes-mu | Evaluates the likelihood at mu and draws no sample.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    return log_likelihood(x, mu) - kl_divergence(mu, log_var)


# %% wrong | elbo | samples-without-gradient | Draws z under no_grad, so the likelihood passes no gradient to mu and log_var.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    recon = 0
    for _ in range(num_samples):
        with torch.no_grad():
            z = reparameterize(mu, log_var)
        recon = recon + log_likelihood(x, z) / num_samples
    return recon - kl_divergence(mu, log_var)


# %% wrong | elbo | one-z-reused | Draws one z before the loop and uses it num_samples times.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    z = reparameterize(mu, log_var)
    total = 0
    for _ in range(num_samples):
        total = total + log_likelihood(x, z)
    return total / num_samples - kl_divergence(mu, log_var)


# %% wrong | elbo | no-kl | Returns the likelihood term alone.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    lls = [log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]
    return sum(lls) / len(lls)


# %% wrong | elbo | negative | Returns the negative ELBO, the loss of a VAE.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    recon = torch.zeros_like(mu[:, 0])
    for _ in range(num_samples):
        recon = recon - log_likelihood(x, reparameterize(mu, log_var))
    return recon / num_samples + kl_divergence(mu, log_var)


# %% wrong | elbo | samples-from-prior | Averages the likelihood over draws from the prior and not from q.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    lls = [log_likelihood(x, torch.randn_like(mu)) for _ in range(num_samples)]
    return torch.stack(lls).mean(0) - kl_divergence(mu, log_var)


# %% wrong | elbo | swapped-arguments | Calls the log-likelihood with z first and x second.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    total = 0.0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + log_likelihood(z, x)
    return total / num_samples - kl_divergence(mu, log_var)


# %% wrong | elbo | batch-kl | Subtracts the mean KL of the batch from every example.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    z = torch.stack([reparameterize(mu, log_var) for _ in range(num_samples)])
    return log_likelihood(x, z).mean(0) - kl_divergence(mu, log_var).mean()


# %% wrong | elbo | averages-z-first | Averages the samples of z before the likelihood, which is not the average of the logarithms.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    z = torch.stack([reparameterize(mu, log_var) for _ in range(num_samples)]).mean(dim=0)
    return log_likelihood(x, z) - kl_divergence(mu, log_var)


# %% wrong | elbo | variance-sampler | Its stacked sampler uses the variance as the standard deviation.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    eps = torch.randn(num_samples, *mu.shape, dtype=mu.dtype)
    z = mu + log_var.exp() * eps
    return log_likelihood(x, z).mean(dim=0) - kl_divergence(mu, log_var)


# %% wrong | elbo | entropy-missing | Averages log p(x|z) + log p(z) and forgets - log q(z).
def elbo(x, mu, log_var, log_likelihood, num_samples):
    zeros = torch.zeros_like(mu)
    values = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        values.append(log_likelihood(x, z) + gaussian_log_prob(z, zeros, zeros))
    return torch.stack(values).mean(0)


# %% right | elbo | stack-mean | A stack of log-likelihoods, the mean over samples, minus the exact KL.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    lls = torch.stack([log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)])
    return lls.mean(dim=0) - kl_divergence(mu, log_var)


# %% right | elbo | three-axes | All samples in one call of the likelihood.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    q = torch.distributions.Normal(mu, torch.exp(0.5 * log_var))
    z = q.rsample((num_samples,))
    return log_likelihood(x, z).mean(0) - kl_divergence(mu, log_var)


# %% right | elbo | all-three-densities | Averages log p(x|z) + log p(z) - log q(z) at the same samples: noisier, but unbiased.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    zeros = torch.zeros_like(mu)
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        log_joint = log_likelihood(x, z) + gaussian_log_prob(z, zeros, zeros)
        total = total + log_joint - gaussian_log_prob(z, mu, log_var)
    return total / num_samples


# %% right | elbo | own-monte-carlo-kl | Uses the Monte Carlo KL of exercise 1.5, with samples of its own.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    expected_ll = sum(
        log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)
    ) / num_samples
    return expected_ll - monte_carlo_kl(mu, log_var, num_samples)


# %% right | elbo | running-mean | A running mean over the samples, and the KL from torch.distributions.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    import torch.distributions as D

    q = D.Normal(mu, torch.exp(log_var / 2))
    prior = D.Normal(torch.zeros_like(mu), 1.0)
    mean = torch.zeros_like(mu[:, 0])
    for k in range(1, num_samples + 1):
        mean = mean + (log_likelihood(x, q.rsample()) - mean) / k
    return mean - D.kl_divergence(q, prior).sum(dim=1)


# %% right | elbo | einsum-samples | Builds the stack of samples with einsum, and hands the likelihood the three axes it accepts.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    shape = (num_samples, *mu.shape)
    eps = torch.randn(shape, dtype=mu.dtype, device=mu.device)
    z = torch.einsum("bd,sbd->sbd", torch.exp(0.5 * log_var), eps) + mu.expand(shape)
    log_px = log_likelihood(x, z)
    return log_px.sum(0) / num_samples - kl_divergence(mu, log_var)


# %% wrong | score_function_gradient | divides-by-sigma | Divides by the standard deviation where the score has the variance.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    sigma = torch.exp(0.5 * log_var)
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + f(z).unsqueeze(-1) * (z - mu) / sigma
    return (total / num_samples).detach()


# %% wrong | score_function_gradient | mu-minus-z | The score has the wrong sign.
def score_function_gradient(mu, log_var, f, num_samples):
    grads = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        score = (mu - z) / log_var.exp()
        grads.append(f(z)[:, None] * score)
    return torch.stack(grads).mean(dim=0)


# %% wrong | score_function_gradient | no-variance | Forgets to divide by the variance.
def score_function_gradient(mu, log_var, f, num_samples):
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + f(z).unsqueeze(1) * (z - mu)
    return total / num_samples


# %% wrong | score_function_gradient | two-different-z | f and the score see different samples, so the estimate is zero on average.
def score_function_gradient(mu, log_var, f, num_samples):
    total = 0
    for _ in range(num_samples):
        score = (reparameterize(mu, log_var) - mu) / torch.exp(log_var)
        total = total + f(reparameterize(mu, log_var)).unsqueeze(-1) * score
    return total / num_samples


# %% wrong | score_function_gradient | autograd-of-f | Differentiates f through the samples: this is the pathwise estimate, which fails for a step.
def score_function_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_()
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(m, log_var.detach())).sum() / num_samples
    return torch.autograd.grad(total, m)[0]


# %% wrong | score_function_gradient | z-not-detached | Differentiates log q(z) with z still attached to mu, where the two parts cancel and the score is zero.
def score_function_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_()
    lv = log_var.detach()
    total = 0
    for _ in range(num_samples):
        z = reparameterize(m, lv)
        total = total + (f(z).detach() * gaussian_log_prob(z, m, lv)).sum() / num_samples
    return torch.autograd.grad(total, m)[0]


# %% wrong | score_function_gradient | no-unsqueeze | Multiplies (batch,) with (batch, latent_dim) without a new axis: it raises, or pairs wrongly when the two sizes are equal.
def score_function_gradient(mu, log_var, f, num_samples):
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + f(z) * (z - mu) / log_var.exp()
    return total / num_samples


# %% wrong | score_function_gradient | mean-baseline-over-batch | Subtracts the mean of f over the batch: biased, and zero for a batch of one.
def score_function_gradient(mu, log_var, f, num_samples):
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        value = f(z)
        advantage = value - value.mean()
        total = total + advantage.unsqueeze(-1) * (z - mu) / torch.exp(log_var)
    return total / num_samples


# %% wrong | score_function_gradient | mean-baseline-over-samples | Subtracts the mean of f over the same samples: too small by (S - 1) / S, and zero with one sample.
def score_function_gradient(mu, log_var, f, num_samples):
    zs = torch.stack([reparameterize(mu, log_var) for _ in range(num_samples)])
    values = torch.stack([f(z) for z in zs])
    values = values - values.mean(dim=0, keepdim=True)
    score = (zs - mu) / log_var.exp()
    return (values.unsqueeze(-1) * score).mean(dim=0)


# %% wrong | score_function_gradient | no-division | Adds up the samples and forgets to divide by their number.
def score_function_gradient(mu, log_var, f, num_samples):
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + f(z)[..., None] * (z - mu) * torch.exp(-log_var)
    return total


# %% wrong | score_function_gradient | batch-averaged | Averages over the examples too, so all of them get the same gradient of shape (latent_dim,).
def score_function_gradient(mu, log_var, f, num_samples):
    out = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        out.append((f(z).unsqueeze(-1) * (z - mu) / log_var.exp()).mean(0))
    return torch.stack(out).mean(0)


# %% wrong | score_function_gradient | summed-over-dims | Sums the score over the dimensions, so all coordinates share one number.
def score_function_gradient(mu, log_var, f, num_samples):
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        score = ((z - mu) / log_var.exp()).sum(dim=-1)
        total = total + f(z) * score
    return (total / num_samples).unsqueeze(-1).expand_as(mu)


# %% wrong | score_function_gradient | switches-requires-grad-on | Switches requires_grad on for the caller's mu and leaves its gradient in mu.grad.
def score_function_gradient(mu, log_var, f, num_samples):
    mu.requires_grad_(True)
    loss = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var).detach()
        loss = loss + (f(z) * gaussian_log_prob(z, mu, log_var)).sum()
    (loss / num_samples).backward()
    return mu.grad


# %% wrong | score_function_gradient | log-of-f | Takes the logarithm of f, as if f were a likelihood.
def score_function_gradient(mu, log_var, f, num_samples):
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + torch.log(f(z)).unsqueeze(-1) * (z - mu) / log_var.exp()
    return total / num_samples


# %% wrong | score_function_gradient | means-multiplied | Averages f and the score separately and multiplies the two averages.
def score_function_gradient(mu, log_var, f, num_samples):
    zs = [reparameterize(mu, log_var) for _ in range(num_samples)]
    mean_f = torch.stack([f(z) for z in zs]).mean(0)
    mean_score = torch.stack([(z - mu) / log_var.exp() for z in zs]).mean(0)
    return mean_f.unsqueeze(-1) * mean_score


# %% wrong | score_function_gradient | single-sample | Uses one sample whatever num_samples says.
def score_function_gradient(mu, log_var, f, num_samples):
    z = reparameterize(mu, log_var)
    return f(z).unsqueeze(-1) * (z - mu) / torch.exp(log_var)


# %% wrong | score_function_gradient | scaled-by-std-of-f | Normalises f by its spread over the batch, as some reinforcement learning code does; this is biased.
def score_function_gradient(mu, log_var, f, num_samples):
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        reward = f(z)
        reward = (reward - reward.mean()) / (reward.std() + 1e-8)
        total = total + reward.unsqueeze(-1) * (z - mu) / log_var.exp()
    return total / num_samples


# %% right | score_function_gradient | loop | The plain estimate in a loop.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    total = torch.zeros_like(mu)
    with torch.no_grad():
        for _ in range(num_samples):
            z = reparameterize(mu, log_var)
            total = total + f(z).unsqueeze(-1) * (z - mu) / log_var.exp()
    return total / num_samples


# %% right | score_function_gradient | epsilon-over-sigma | Writes the score as epsilon / sigma and handles all samples at once.
def score_function_gradient(mu, log_var, f, num_samples):
    mu, log_var = mu.detach(), log_var.detach()
    sigma = torch.exp(log_var / 2)
    eps = torch.randn(num_samples, *mu.shape, dtype=mu.dtype, device=mu.device)
    fz = f(mu + sigma * eps)
    return torch.einsum("sb,sbd->bd", fz, eps / sigma) / num_samples


# %% right | score_function_gradient | autograd-of-log-q | Gets the score by autograd, on a detached copy of mu and with z held fixed.
def score_function_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_(True)
    lv = log_var.detach()
    surrogate = 0
    for _ in range(num_samples):
        z = reparameterize(m, lv).detach()
        surrogate = surrogate + (f(z).detach() * gaussian_log_prob(z, m, lv)).sum()
    return torch.autograd.grad(surrogate / num_samples, m)[0]


# %% right | score_function_gradient | baseline-at-mu | Subtracts f(mu), a baseline that does not depend on the samples.
@torch.no_grad()
def score_function_gradient(mu, log_var, f, num_samples):
    baseline = f(mu)
    estimates = []
    for _ in range(num_samples):
        z = torch.distributions.Normal(mu, torch.exp(0.5 * log_var)).sample()
        estimates.append((f(z) - baseline)[:, None] * (z - mu) / log_var.exp())
    return torch.stack(estimates).mean(dim=0)


# %% right | score_function_gradient | leave-one-out | Subtracts the mean of f over the other samples, and nothing when there is only one sample.
def score_function_gradient(mu, log_var, f, num_samples):
    with torch.no_grad():
        zs = [reparameterize(mu, log_var) for _ in range(num_samples)]
        values = torch.stack([f(z) for z in zs])
        if num_samples > 1:
            others = (values.sum(dim=0, keepdim=True) - values) / (num_samples - 1)
            values = values - others
        total = torch.zeros_like(mu)
        for value, z in zip(values, zs):
            total += value.unsqueeze(1) * (z - mu) * torch.exp(-log_var)
        return total / num_samples


# %% wrong | pathwise_gradient | mean-over-batch | Takes the mean of f over the batch, so every gradient is divided by the batch size.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_()
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(m, log_var.detach())).mean()
    (gradient,) = torch.autograd.grad(total / num_samples, m)
    return gradient


# %% wrong | pathwise_gradient | no-division | Forgets to divide by the number of samples.
def pathwise_gradient(mu, log_var, f, num_samples):
    mu = mu.detach().requires_grad_()
    log_var = log_var.detach()
    total = sum(f(reparameterize(mu, log_var)).sum() for _ in range(num_samples))
    return torch.autograd.grad(total, mu)[0]


# %% wrong | pathwise_gradient | requires-grad-on-caller | Switches on requires_grad of the caller's mu.
def pathwise_gradient(mu, log_var, f, num_samples):
    mu.requires_grad_()
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(mu, log_var)).sum()
    (gradient,) = torch.autograd.grad(total / num_samples, mu)
    return gradient


# %% wrong | pathwise_gradient | backward-into-grad | Calls backward on the caller's mu, which leaves the gradient in its .grad.
def pathwise_gradient(mu, log_var, f, num_samples):
    mu.requires_grad_(True)
    value = 0
    for _ in range(num_samples):
        value = value + f(reparameterize(mu, log_var)).sum() / num_samples
    value.backward()
    return mu.grad


# %% wrong | pathwise_gradient | backward-into-log-var | Copies mu but calls backward, which writes into log_var.grad when log_var requires gradients.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_()
    value = 0
    for _ in range(num_samples):
        value = value + f(reparameterize(m, log_var)).sum()
    value = value / num_samples
    value.backward()
    return m.grad


# %% wrong | pathwise_gradient | returns-tuple | Returns the tuple of autograd.grad and does not unpack it.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_()
    total = sum(f(reparameterize(m, log_var.detach())).sum() for _ in range(num_samples))
    return torch.autograd.grad(total / num_samples, m)


# %% wrong | pathwise_gradient | no-scalar | Asks autograd for the gradient of a vector, which raises for a batch of more than one.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_()
    average = 0
    for _ in range(num_samples):
        average = average + f(reparameterize(m, log_var)) / num_samples
    (gradient,) = torch.autograd.grad(average, m)
    return gradient


# %% wrong | pathwise_gradient | detached-sample | Detaches z from mu, so autograd finds no path and raises.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_()
    total = 0
    for _ in range(num_samples):
        z = reparameterize(m, log_var).detach()
        total = total + f(z).sum()
    return torch.autograd.grad(total / num_samples, m)[0]


# %% wrong | pathwise_gradient | same-noise-for-all-samples | Draws the noise once before the loop, so all samples are the same.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_()
    eps = torch.randn_like(mu)
    z = m + torch.exp(log_var.detach() / 2) * eps
    total = 0
    for _ in range(num_samples):
        total = total + f(z).sum()
    return torch.autograd.grad(total / num_samples, m)[0]


# %% wrong | pathwise_gradient | variance-as-sigma | Stretches the noise with the variance.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_()
    var = log_var.detach().exp()
    total = 0
    for _ in range(num_samples):
        total = total + f(m + var * torch.randn_like(m)).sum()
    (g,) = torch.autograd.grad(total / num_samples, m)
    return g


# %% wrong | pathwise_gradient | gradient-in-log-var | Returns the gradient with respect to log_var.
def pathwise_gradient(mu, log_var, f, num_samples):
    lv = log_var.detach().clone().requires_grad_()
    total = sum(f(reparameterize(mu.detach(), lv)).sum() for _ in range(num_samples))
    (gradient,) = torch.autograd.grad(total / num_samples, lv)
    return gradient


# %% wrong | pathwise_gradient | gradient-at-mu | Differentiates f at mu itself, without any noise.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(f(m).sum(), m)
    return gradient


# %% wrong | pathwise_gradient | score-function-again | Uses the score function estimate once more; it needs no gradient of f and is much noisier.
def pathwise_gradient(mu, log_var, f, num_samples):
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + f(z).unsqueeze(-1) * (z - mu) / log_var.exp()
    return total / num_samples


# %% wrong | pathwise_gradient | averages-z | Averages the samples of z before f, so f is differentiated at the average sample.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_()
    z = torch.stack([reparameterize(m, log_var.detach()) for _ in range(num_samples)]).mean(0)
    (gradient,) = torch.autograd.grad(f(z).sum(), m)
    return gradient


# %% wrong | pathwise_gradient | mean-gradient-of-batch | Averages the gradients over the batch and returns (latent_dim,).
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_()
    total = sum(f(reparameterize(m, log_var.detach())).sum() for _ in range(num_samples)) / num_samples
    (gradient,) = torch.autograd.grad(total, m)
    return gradient.mean(dim=0)


# %% wrong | pathwise_gradient | copy-without-recording | Forgets requires_grad_ on the copy, so autograd.grad raises.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone()
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(m, log_var.detach())).sum()
    (gradient,) = torch.autograd.grad(total / num_samples, m)
    return gradient


# %% wrong | pathwise_gradient | times-sigma | Takes the gradient with respect to the noise, which is sigma times too large.
def pathwise_gradient(mu, log_var, f, num_samples):
    sigma = torch.exp(log_var.detach() / 2)
    grads = []
    for _ in range(num_samples):
        eps = torch.randn_like(mu).requires_grad_()
        value = f(mu.detach() + sigma * eps).sum()
        grads.append(torch.autograd.grad(value, eps)[0])
    return torch.stack(grads).mean(0)


# %% right | pathwise_gradient | detached-copy | The way of the hints.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    mu = mu.detach().clone().requires_grad_()
    log_var = log_var.detach()
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(mu, log_var)).sum()
    (gradient,) = torch.autograd.grad(total / num_samples, mu)
    return gradient


# %% right | pathwise_gradient | gradient-in-z | Differentiates in z, since dz/dmu is 1, and averages over the samples.
def pathwise_gradient(mu, log_var, f, num_samples):
    gradients = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var).detach().requires_grad_()
        gradients.append(torch.autograd.grad(f(z).sum(), z)[0])
    return torch.stack(gradients).mean(dim=0)


# %% right | pathwise_gradient | torch-func-grad | torch.func.grad on a function of mu, with the noise held fixed.
def pathwise_gradient(mu, log_var, f, num_samples):
    sigma = torch.exp(0.5 * log_var.detach())
    eps = torch.randn(num_samples, *mu.shape, dtype=mu.dtype, device=mu.device)

    def objective(m):
        return f(m + sigma * eps).sum() / num_samples

    return torch.func.grad(objective)(mu.detach())


# %% right | pathwise_gradient | backward-on-copies | Calls backward, but only copies take part in the graph.
def pathwise_gradient(mu, log_var, f, num_samples):
    location = mu.detach().clone()
    location.requires_grad = True
    scale = torch.exp(log_var.detach() / 2)
    q = torch.distributions.Normal(location, scale)
    for _ in range(num_samples):
        # gradients add up in location.grad
        (f(q.rsample()).sum() / num_samples).backward()
    return location.grad


# %% right | pathwise_gradient | running-sum-of-grads | One small graph per sample, and the sum of the gradients.
def pathwise_gradient(mu, log_var, f, num_samples):
    leaf = nn.Parameter(mu.detach().clone())
    lv = log_var.detach()
    acc = torch.zeros_like(lv)
    for _ in range(num_samples):
        (g,) = torch.autograd.grad(f(reparameterize(leaf, lv)).sum(), leaf)
        acc += g
    return acc / num_samples


