# %% right | gaussian_log_prob | bracket-plain | The bracket of the formula, summed over the last dimension.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    bracket = math.log(2 * math.pi) + log_var + (x - mu) ** 2 / log_var.exp()
    return -0.5 * bracket.sum(dim=-1)

# %% right | gaussian_log_prob | torch-normal-summed | Uses torch.distributions.Normal with sigma = exp(log_var / 2) and sums its log_prob.
def gaussian_log_prob(x, mu, log_var):
    sigma = torch.exp(log_var / 2)
    return torch.distributions.Normal(mu, sigma).log_prob(x).sum(-1)

# %% right | gaussian_log_prob | whitened | Standardises first, then adds the log-determinant and the constant separately.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """log N(x; mu, diag exp(log_var)) per example."""
    # distance measured in standard deviations
    eps = (x - mu) * torch.exp(-0.5 * log_var)
    dim = x.shape[-1]
    quad = (eps * eps).sum(dim=-1)
    log_det = log_var.sum(dim=-1)
    const = dim * math.log(2.0 * math.pi)
    return -(quad + log_det + const) / 2

# %% right | gaussian_log_prob | loop-over-dims | Adds up the dimensions one by one in a Python loop.
def gaussian_log_prob(x, mu, log_var):
    def one_dim(x_j, mu_j, lv_j):
        return -0.5 * (math.log(2 * math.pi) + lv_j + (x_j - mu_j).pow(2) * torch.exp(-lv_j))

    total = 0.0
    for j in range(x.shape[-1]):
        total = total + one_dim(x[..., j], mu[..., j], log_var[..., j])
    return total

# %% right | gaussian_log_prob | independent-wrapper | Independent(Normal) treats the last dimension as the event.
from torch.distributions import Independent
from torch.distributions import Normal as _Normal

def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    q = Independent(_Normal(loc=mu, scale=log_var.mul(0.5).exp()), reinterpreted_batch_ndims=1)
    return q.log_prob(x)

# %% right | gaussian_log_prob | einsum-square | The quadratic term as an einsum, constants apart.
def gaussian_log_prob(x, mu, log_var):
    diff, precision, log_var = torch.broadcast_tensors(x - mu, torch.exp(-log_var), log_var)
    mahalanobis = torch.einsum("...d,...d,...d->...", diff, diff, precision)
    normaliser = log_var.add(math.log(math.tau)).sum(-1)
    return -0.5 * mahalanobis - 0.5 * normaliser

# %% wrong | gaussian_log_prob | constant-once | log 2 pi is added once per example instead of once per dimension.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    quad = ((x - mu) ** 2 / log_var.exp()).sum(dim=-1)
    return -0.5 * (math.log(2 * math.pi) + log_var.sum(dim=-1) + quad)

# %% wrong | gaussian_log_prob | sigma-is-exp-log-var | Passes the variance to Normal as the standard deviation.
def gaussian_log_prob(x, mu, log_var):
    dist = torch.distributions.Normal(mu, log_var.exp())
    return dist.log_prob(x).sum(dim=-1)

# %% wrong | gaussian_log_prob | mean-over-dims | Averages over the dimensions instead of summing.
def gaussian_log_prob(x, mu, log_var):
    var = torch.exp(log_var)
    log_p = -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / var)
    return log_p.mean(dim=-1)

# %% wrong | gaussian_log_prob | no-constant | Drops log 2 pi.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    # the constant does not matter for optimisation
    return -0.5 * (log_var + (x - mu).square() / log_var.exp()).sum(dim=-1)

# %% wrong | gaussian_log_prob | half-only-on-square | The half multiplies only the squared distance, not the other two terms.
def gaussian_log_prob(x, mu, log_var):
    sq = (x - mu) ** 2 / (2 * log_var.exp())
    return -(sq + log_var + math.log(2 * math.pi)).sum(-1)

# %% wrong | gaussian_log_prob | log10-constant | Uses log10 for the constant, so it is not in nats.
import numpy as np

def gaussian_log_prob(x, mu, log_var):
    var = log_var.exp()
    return (-0.5 * (np.log10(2 * np.pi) + log_var + (x - mu) ** 2 / var)).sum(dim=-1)

# %% wrong | gaussian_log_prob | divides-by-log-var | Divides by log_var itself instead of its exponential.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    bracket = math.log(2 * math.pi) + log_var + (x - mu) ** 2 / (log_var + 1e-8)
    return -0.5 * bracket.sum(dim=-1)

# %% wrong | gaussian_log_prob | sums-only-the-square | Only the squared distance is summed, the rest is averaged over dimensions.
def gaussian_log_prob(x, mu, log_var):
    d2 = ((x - mu) ** 2 / log_var.exp()).sum(dim=-1)
    return -0.5 * (math.log(2 * math.pi) + log_var.mean(dim=-1) + d2)

# %% wrong | gaussian_log_prob | positive-nll | Forgets the minus sign, so it returns the negative log-likelihood.
def gaussian_log_prob(x, mu, log_var):
    return 0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / log_var.exp()).sum(dim=-1)

# %% wrong | gaussian_log_prob | sum-over-everything | Sums over the batch too and returns one scalar.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    log_p = -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / torch.exp(log_var))
    return torch.sum(log_p)

# %% wrong | gaussian_log_prob | distance-not-squared | The deviation divided by sigma is not squared (absolute value taken).
def gaussian_log_prob(x, mu, log_var):
    sigma = (0.5 * log_var).exp()
    z = (x - mu).abs() / sigma
    return -0.5 * (math.log(2 * math.pi) + log_var + z).sum(dim=-1)

# %% wrong | gaussian_log_prob | log-var-detached | The variance is built without a graph, so the gradient in log_var misses its quadratic part.
def gaussian_log_prob(x, mu, log_var):
    with torch.no_grad():
        var = log_var.exp()
    return -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / var).sum(dim=-1)

# %% wrong | gaussian_log_prob | inverse-sign-in-exponent | Multiplies the square by exp(log_var) instead of dividing.
def gaussian_log_prob(x, mu, log_var):
    precision = torch.exp(log_var)
    return -0.5 * (math.log(2 * math.pi) + log_var + precision * (x - mu) ** 2).sum(-1)

# %% wrong | gaussian_log_prob | log-of-exp-of-product | Multiplies the densities and takes the log at the end, which underflows in many dimensions.
def gaussian_log_prob(x, mu, log_var):
    var = log_var.exp()
    density = torch.exp(-((x - mu) ** 2) / (2 * var)) / torch.sqrt(2 * math.pi * var)
    return density.prod(dim=-1).log()

# %% right | log_evidence | solve-and-logdet | The three terms with solve and logdet.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = W.shape[0]
    C = W @ W.T + noise_var * torch.eye(D, dtype=W.dtype, device=W.device)
    centred = x - b
    quad = (centred * torch.linalg.solve(C, centred.T).T).sum(dim=-1)
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)

# %% right | log_evidence | multivariate-normal | Lets torch.distributions evaluate N(b, C).
def log_evidence(x, W, b, noise_var):
    cov = torch.matmul(W, W.t())
    cov = cov + torch.diag(torch.full((len(b),), float(noise_var), dtype=cov.dtype))
    p_x = torch.distributions.MultivariateNormal(loc=b, covariance_matrix=cov)
    return p_x.log_prob(x)

# %% right | log_evidence | cholesky-whitening | Cholesky factor, triangular solve and twice the sum of log-diagonals.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    data_dim = b.numel()
    cov = W @ W.mT
    cov.diagonal().add_(noise_var)
    L = torch.linalg.cholesky(cov)
    white = torch.linalg.solve_triangular(L, (x - b).mT, upper=False)   # (data_dim, batch)
    half_log_det = L.diagonal().log().sum()
    return -0.5 * white.square().sum(dim=0) - half_log_det - 0.5 * data_dim * math.log(2 * math.pi)

# %% right | log_evidence | eigendecomposition | Rotates into the eigenbasis of W W^T where the density is diagonal.
def log_evidence(x, W, b, noise_var):
    eigenvalues, V = torch.linalg.eigh(W @ W.T)
    spectrum = eigenvalues.clamp(min=0) + noise_var
    y = (x - b) @ V
    return -0.5 * (math.log(2 * math.pi) + spectrum.log() + y**2 / spectrum).sum(dim=1)

# %% right | log_evidence | row-loop-slogdet | One row of x at a time, with inverse and slogdet.
def log_evidence(x, W, b, noise_var):
    n = W.size(0)
    C = torch.mm(W, W.t()) + torch.eye(n).to(W) * noise_var
    C_inv = torch.linalg.inv(C)
    sign, logabsdet = torch.linalg.slogdet(C)
    out = []
    for row in x:
        r = row - b
        out.append(-0.5 * (n * math.log(2 * math.pi) + logabsdet + r @ C_inv @ r))
    return torch.stack(out)

# %% right | log_evidence | einsum-inverse | The quadratic form as an einsum, in float64, cast back at the end.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    W64, centred = W.double(), (x - b).double()
    C = W64 @ W64.T + noise_var * torch.eye(W.shape[0], dtype=torch.float64)
    quad = torch.einsum("bi,ij,bj->b", centred, torch.linalg.inv(C), centred)
    log_p = -0.5 * (W.shape[0] * math.log(2 * math.pi) + torch.logdet(C) + quad)
    return log_p.to(x.dtype)

# %% wrong | log_evidence | noise-everywhere | noise_var is added to every entry of C, not only to the diagonal.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = W.shape[0]
    C = W @ W.T + noise_var + 1e-6 * torch.eye(D)
    centred = x - b
    quad = (centred * torch.linalg.solve(C, centred.T).T).sum(dim=-1)
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)

# %% wrong | log_evidence | noise-var-squared | Takes noise_var for the standard deviation and squares it.
def log_evidence(x, W, b, noise_var):
    C = W @ W.T + noise_var**2 * torch.eye(W.shape[0])
    return torch.distributions.MultivariateNormal(b, C).log_prob(x)

# %% wrong | log_evidence | not-centred | Forgets to subtract b in the quadratic form.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = W.shape[0]
    C = W @ W.T + noise_var * torch.eye(D)
    quad = (x * torch.linalg.solve(C, x.T).T).sum(dim=-1)
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)

# %% wrong | log_evidence | det-then-log | Takes the determinant first and its logarithm after, which underflows in many dimensions.
def log_evidence(x, W, b, noise_var):
    D = W.shape[0]
    C = W @ W.T + noise_var * torch.eye(D, dtype=W.dtype)
    centred = x - b
    quad = (centred * torch.linalg.solve(C, centred.T).T).sum(dim=-1)
    return -0.5 * (D * math.log(2 * math.pi) + torch.log(torch.det(C)) + quad)

# %% wrong | log_evidence | cholesky-half-logdet | log det C taken as the sum of the log-diagonal of L, without the factor two.
def log_evidence(x, W, b, noise_var):
    D = W.shape[0]
    L = torch.linalg.cholesky(W @ W.T + noise_var * torch.eye(D))
    y = torch.linalg.solve_triangular(L, (x - b).T, upper=False)
    log_det = torch.log(torch.diagonal(L)).sum()
    return -0.5 * (D * math.log(2 * math.pi) + log_det + (y ** 2).sum(0))

# %% wrong | log_evidence | correlations-ignored | Uses only the diagonal of C, as exercise 1.1 would.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    variances = (W ** 2).sum(dim=1) + noise_var
    return gaussian_log_prob(x, b.expand_as(x), variances.log().expand_as(x))

# %% wrong | log_evidence | constant-without-dim | log 2 pi once, not data_dim times.
def log_evidence(x, W, b, noise_var):
    C = W @ W.T + noise_var * torch.eye(W.shape[0])
    centred = x - b
    quad = (centred * torch.linalg.solve(C, centred.T).T).sum(dim=-1)
    return -0.5 * (math.log(2 * math.pi) + torch.logdet(C) + quad)

# %% wrong | log_evidence | latent-dim-in-constant | Uses the latent dimension (W.shape[1]) as D in the constant.
def log_evidence(x, W, b, noise_var):
    d = W.shape[-1]
    C = W @ W.T + noise_var * torch.eye(W.shape[0])
    diff = x - b
    quad = torch.einsum("ni,ij,nj->n", diff, torch.linalg.inv(C), diff)
    return -0.5 * (d * math.log(2 * math.pi) + torch.logdet(C) + quad)

# %% wrong | log_evidence | full-gram-sum | Sums over all pairs of examples instead of taking the diagonal of the batch-by-batch matrix.
def log_evidence(x, W, b, noise_var):
    D = W.shape[0]
    C = W @ W.T + noise_var * torch.eye(D)
    centred = x - b
    quad = (centred @ torch.inverse(C) @ centred.T).sum(dim=-1)
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)

# %% wrong | log_evidence | covariance-as-precision | Hands C to MultivariateNormal as the precision matrix.
def log_evidence(x, W, b, noise_var):
    C = W @ W.T + noise_var * torch.eye(W.shape[0])
    return torch.distributions.MultivariateNormal(b, precision_matrix=C).log_prob(x)

# %% wrong | log_evidence | logdet-wrong-sign | Subtracts log det C inside the bracket.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    data_dim = W.shape[0]
    C = W @ W.T + noise_var * torch.eye(data_dim)
    centred = x - b
    last = (centred * torch.linalg.solve(C, centred.T).T).sum(dim=-1)
    return -0.5 * (data_dim * math.log(2 * math.pi) - torch.logdet(C) + last)

# %% wrong | log_evidence | batch-mean | Averages over the batch, so it returns a scalar.
def log_evidence(x, W, b, noise_var):
    C = W @ W.T + noise_var * torch.eye(W.shape[0])
    log_p = torch.distributions.MultivariateNormal(b, C).log_prob(x)
    return log_p.mean()

# %% wrong | log_evidence | assumes-orthogonal-columns | The fast quadratic form treats the columns of W as orthogonal, which holds for some W only.
def log_evidence(x, W, b, noise_var):
    D, d = W.shape
    s2 = W.square().sum(dim=0)                      # squared column lengths
    centred = x - b
    proj = centred @ W
    quad = (centred.square().sum(1) - (proj.square() / (s2 + noise_var)).sum(1)) / noise_var
    log_det = (s2 + noise_var).log().sum() + (D - d) * math.log(noise_var)
    return -0.5 * (D * math.log(2 * math.pi) + log_det + quad)

# %% wrong | log_evidence | likelihood-at-zero | Returns log p(x|z=0), the noise alone, without W W^T.
def log_evidence(x, W, b, noise_var):
    mean = b.expand_as(x)
    return gaussian_log_prob(x, mean, torch.full_like(x, math.log(noise_var)))

# %% right | kl_divergence | bracket-then-half | The bracket summed, then halved.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=-1)

# %% right | kl_divergence | torch-distributions | PyTorch's own closed form for two Normals.
def kl_divergence(mu, log_var):
    q = torch.distributions.Normal(mu, torch.exp(0.5 * log_var))
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return torch.distributions.kl.kl_divergence(q, p).sum(dim=-1)

# %% right | kl_divergence | expm1-careful | exp(log_var) - 1 as expm1, exact near the prior.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    """KL to the standard normal, with expm1 for accuracy close to log_var = 0."""
    variance_part = torch.expm1(log_var) - log_var
    mean_part = mu.square()
    return torch.sum(variance_part + mean_part, dim=-1) / 2

# %% right | kl_divergence | kingma-sign | The form of the paper's appendix, minus one half of (1 + log_var - mu^2 - var).
def kl_divergence(mu, log_var):
    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=1)

# %% right | kl_divergence | three-terms | Trace, mean and log-determinant terms of the general Gaussian KL.
def kl_divergence(mu, log_var):
    k = mu.shape[-1]
    trace = log_var.exp().sum(-1)
    mahalanobis = (mu * mu).sum(-1)
    log_det = log_var.sum(-1)
    return 0.5 * (trace + mahalanobis - k - log_det)

# %% right | kl_divergence | loop-with-sigma | Dimension by dimension with sigma, -log sigma and the halves written out.
def kl_divergence(mu, log_var):
    sigma = torch.exp(log_var / 2)
    kl = torch.zeros(mu.shape[:-1], dtype=mu.dtype, device=mu.device)
    for j in range(mu.shape[-1]):
        m, s, ls = mu[..., j], sigma[..., j], log_var[..., j] / 2
        kl = kl + (m**2 + s**2) / 2 - 0.5 - ls
    return kl

# %% wrong | kl_divergence | half-only-on-mu | The half multiplies only mu squared.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    return (0.5 * mu**2 + log_var.exp() - 1 - log_var).sum(dim=-1)

# %% wrong | kl_divergence | published-lost-half | sigma^2 + mu^2 - log sigma - 1/2, which has lost the half of its first two terms.
def kl_divergence(mu, log_var):
    sigma = torch.exp(0.5 * log_var)
    return (sigma**2 + mu**2 - torch.log(sigma) - 0.5).sum(dim=-1)

# %% wrong | kl_divergence | mean-over-latents | Averages over the latent dimensions.
def kl_divergence(mu, log_var):
    kl = 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var)
    return kl.mean(dim=-1)

# %% wrong | kl_divergence | minus-one-outside | The -1 stands outside the sum, so it is subtracted once and not per dimension.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    return 0.5 * ((mu**2 + log_var.exp() - log_var).sum(dim=-1) - 1)

# %% wrong | kl_divergence | log-var-as-log-sigma | Treats log_var as log sigma throughout.
def kl_divergence(mu, log_var):
    sigma = log_var.exp()
    return 0.5 * (mu**2 + sigma**2 - 1 - 2 * log_var).sum(dim=-1)

# %% wrong | kl_divergence | sign-flipped | Kingma's formula without the minus in front: negative KL.
def kl_divergence(mu, log_var):
    return 0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=-1)

# %% wrong | kl_divergence | reversed-direction | Computes KL(p || q), the other direction.
def kl_divergence(mu, log_var):
    q = torch.distributions.Normal(mu, torch.exp(0.5 * log_var))
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return torch.distributions.kl_divergence(p, q).sum(-1)

# %% wrong | kl_divergence | no-half | The factor one half is missing.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    var = torch.exp(log_var)
    return torch.sum(mu * mu + var - 1.0 - log_var, dim=-1)

# %% wrong | kl_divergence | sums-over-batch | Sums over dim 0, the batch, instead of the latent dimensions.
def kl_divergence(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(0)

# %% wrong | kl_divergence | mu-not-squared | Takes the absolute value of mu instead of its square.
def kl_divergence(mu, log_var):
    return 0.5 * (mu.abs() + log_var.exp() - 1 - log_var).sum(dim=-1)

# %% wrong | kl_divergence | batch-average | Sums over the latents and then averages over the batch: a scalar.
def kl_divergence(mu, log_var):
    kl_per_example = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(dim=1)
    return kl_per_example.mean()

# %% wrong | kl_divergence | in-place-exp | exp_ overwrites log_var (the caller's too) before the last term reads it.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    var = log_var.exp_()
    return 0.5 * (mu**2 + var - 1 - log_var).sum(dim=-1)

# %% wrong | kl_divergence | clamped-log-var | Clamps log_var to [-4, 4] first, so narrower or wider q get a wrong value and no gradient.
def kl_divergence(mu, log_var):
    log_var = log_var.clamp(-4.0, 4.0)  # numerical stability
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=-1)

# %% right | reparameterize | plain | sigma = exp(log_var / 2), noise like mu.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    sigma = torch.exp(0.5 * log_var)
    return mu + sigma * torch.randn_like(mu)

# %% right | reparameterize | rsample | Normal.rsample, the reparameterised draw of torch.distributions.
def reparameterize(mu, log_var):
    return torch.distributions.Normal(mu, (log_var / 2).exp()).rsample()

# %% right | reparameterize | sqrt-of-variance | Takes the variance first and then its square root.
def reparameterize(mu, log_var):
    variance = log_var.exp()
    eps = torch.randn(mu.size(), dtype=mu.dtype, device=mu.device)
    z = mu + variance.sqrt() * eps
    return z

# %% right | reparameterize | addcmul-normal | Draws with torch.normal and combines with addcmul.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    eps = torch.normal(torch.zeros_like(mu.detach()), torch.ones_like(mu.detach()))
    return torch.addcmul(mu, torch.exp(log_var * 0.5), eps)

# %% right | reparameterize | helper-per-column | A helper draws one latent dimension for the whole batch and the columns are stacked.
def _draw(m, lv):
    noise = torch.empty(m.shape, dtype=m.dtype, device=m.device).normal_()
    return m + noise * torch.exp(lv / 2)

def reparameterize(mu, log_var):
    columns = [_draw(m, lv) for m, lv in zip(mu.unbind(-1), log_var.unbind(-1))]
    return torch.stack(columns, dim=-1)

# %% right | reparameterize | minus-noise | mu minus sigma times noise: the same distribution, since the noise is symmetric.
def reparameterize(mu, log_var):
    std = math.e ** (0.5 * log_var)
    return mu - std * torch.randn_like(std)

# %% wrong | reparameterize | variance-as-sigma | exp(log_var) is used as the standard deviation.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    sigma = torch.exp(log_var)
    return mu + sigma * torch.randn_like(mu)

# %% wrong | reparameterize | half-outside-exp | The half stands outside the exponential.
def reparameterize(mu, log_var):
    sigma = 0.5 * torch.exp(log_var)
    eps = torch.randn_like(mu)
    return mu + sigma * eps

# %% wrong | reparameterize | uniform-noise | rand_like instead of randn_like.
def reparameterize(mu, log_var):
    sigma = torch.exp(0.5 * log_var)
    return mu + sigma * torch.rand_like(sigma)

# %% wrong | reparameterize | sample-not-rsample | Normal.sample() has no graph, so nothing is differentiable.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    q = torch.distributions.Normal(mu, torch.exp(log_var / 2))
    return q.sample()

# %% wrong | reparameterize | one-noise-per-example | One noise number per example, shared by its latent dimensions.
def reparameterize(mu, log_var):
    std = (0.5 * log_var).exp()
    eps = torch.randn(mu.shape[0], 1)
    return mu + std * eps

# %% wrong | reparameterize | noise-shared-in-batch | One noise vector for the whole batch.
def reparameterize(mu, log_var):
    eps = torch.randn(mu.shape[-1])
    return mu + torch.exp(0.5 * log_var) * eps

# %% wrong | reparameterize | seeded-each-call | Sets the seed in the function, so every call draws the same noise.
def reparameterize(mu, log_var):
    torch.manual_seed(42)
    sigma = torch.exp(0.5 * log_var)
    return mu + sigma * torch.randn_like(mu)

# %% wrong | reparameterize | sigma-without-graph | sigma is computed under no_grad, so log_var gets no gradient.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    with torch.no_grad():
        sigma = torch.exp(0.5 * log_var)
        eps = torch.randn_like(mu)
    return mu + sigma * eps

# %% wrong | reparameterize | in-place-on-log-var | mul_ halves the caller's log_var in place.
def reparameterize(mu, log_var):
    std = log_var.mul_(0.5).exp()
    return mu + std * torch.randn_like(std)

# %% wrong | reparameterize | sigma-times-whole | (mu + eps) * sigma: the mean is stretched too.
def reparameterize(mu, log_var):
    sigma = torch.exp(0.5 * log_var)
    eps = torch.randn_like(mu)
    return (mu + eps) * sigma

# %% wrong | reparameterize | no-sigma | Adds unscaled standard normal noise.
def reparameterize(mu, log_var):
    return mu + torch.randn_like(mu) + 0.0 * log_var

# %% wrong | reparameterize | noise-cached | The noise is drawn once and kept for later calls with the same shape.
_noise_cache = {}

def reparameterize(mu, log_var):
    if mu.shape not in _noise_cache:
        _noise_cache[mu.shape] = torch.randn(mu.shape)
    return mu + torch.exp(0.5 * log_var) * _noise_cache[mu.shape]

# %% wrong | reparameterize | abs-noise | Folds the noise to positive values because "a standard deviation is positive".
def reparameterize(mu, log_var):
    sigma = torch.exp(0.5 * log_var)
    step = (sigma * torch.randn_like(sigma)).abs()
    return mu + step

# %% right | monte_carlo_kl | loop | The loop of the hint.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    total = 0.0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return total / num_samples

# %% right | monte_carlo_kl | one-big-stack | All samples at once, then the mean over the first dimension.
def monte_carlo_kl(mu, log_var, num_samples):
    eps = torch.randn(num_samples, *mu.shape, dtype=mu.dtype)
    z = mu + torch.exp(0.5 * log_var) * eps
    log_q = gaussian_log_prob(z, mu, log_var)
    log_p = gaussian_log_prob(z, torch.zeros_like(z), torch.zeros_like(z))
    return (log_q - log_p).mean(dim=0)

# %% right | monte_carlo_kl | torch-distributions | Normal objects for q and p, rsample for the draws.
def monte_carlo_kl(mu, log_var, num_samples):
    q = torch.distributions.Normal(mu, torch.exp(log_var / 2))
    p = torch.distributions.Normal(0.0, 1.0)
    z = q.rsample((num_samples,))
    return (q.log_prob(z) - p.log_prob(z)).sum(dim=-1).mean(dim=0)

# %% right | monte_carlo_kl | running-mean | Keeps a running mean over the samples.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    estimate = torch.zeros(mu.shape[0], dtype=mu.dtype, device=mu.device)
    prior = torch.zeros_like(mu)
    for s in range(1, num_samples + 1):
        z = reparameterize(mu, log_var)
        term = gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, prior, prior)
        estimate = estimate + (term - estimate) / s
    return estimate

# %% right | monte_carlo_kl | in-terms-of-noise | Writes log q - log p directly with the noise; the constants cancel.
def monte_carlo_kl(mu, log_var, num_samples):
    sigma = torch.exp(0.5 * log_var)
    terms = []
    for _ in range(num_samples):
        eps = torch.randn_like(mu)
        z = mu + sigma * eps
        terms.append((0.5 * z**2 - 0.5 * eps**2 - 0.5 * log_var).sum(dim=1))
    return sum(terms) / len(terms)

# %% right | monte_carlo_kl | repeat-interleave | Flattens samples into the batch, evaluates once, reshapes and averages.
def monte_carlo_kl(mu, log_var, num_samples):
    B, L = mu.shape
    big_mu = mu.repeat_interleave(num_samples, dim=0)
    big_lv = log_var.repeat_interleave(num_samples, dim=0)
    z = reparameterize(big_mu, big_lv)
    zero = torch.zeros_like(z)
    diff = gaussian_log_prob(z, big_mu, big_lv) - gaussian_log_prob(z, zero, zero)
    return diff.view(B, num_samples).mean(dim=1)

# %% wrong | monte_carlo_kl | draw-outside-loop | The draw stands before the loop, so all samples are the same one.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    z = reparameterize(mu, log_var)
    total = torch.zeros(mu.shape[0])
    for _ in range(num_samples):
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return total / num_samples

# %% wrong | monte_carlo_kl | two-different-z | log q and log p are asked about two different draws, so their noise does not cancel.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    total = 0
    for _ in range(num_samples):
        log_q = gaussian_log_prob(reparameterize(mu, log_var), mu, log_var)
        log_p = gaussian_log_prob(reparameterize(mu, log_var), zeros, zeros)
        total = total + log_q - log_p
    return total / num_samples

# %% wrong | monte_carlo_kl | not-divided | The sum over the samples is never divided.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total += gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return total

# %% wrong | monte_carlo_kl | samples-from-prior | Draws z from p instead of from q.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    z = torch.randn(num_samples, *mu.shape)
    zeros = torch.zeros_like(z)
    return (gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)).mean(dim=0)

# %% wrong | monte_carlo_kl | prior-variance-e | The prior's log_var is set to 1 (a variance of e) instead of 0.
def monte_carlo_kl(mu, log_var, num_samples):
    p_mu, p_log_var = torch.zeros_like(mu), torch.ones_like(log_var)
    estimates = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        estimates.append(gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, p_mu, p_log_var))
    return torch.stack(estimates).mean(dim=0)

# %% wrong | monte_carlo_kl | sign-swapped | log p - log q: minus the KL.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    total = 0.0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + gaussian_log_prob(z, zeros, zeros) - gaussian_log_prob(z, mu, log_var)
    return total / num_samples

# %% wrong | monte_carlo_kl | buggy-sampler | Draws with exp(log_var) as the standard deviation.
def monte_carlo_kl(mu, log_var, num_samples):
    z = mu + log_var.exp() * torch.randn(num_samples, *mu.shape)
    zeros = torch.zeros_like(z)
    log_ratio = gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return log_ratio.mean(dim=0)

# %% wrong | monte_carlo_kl | closed-form | Returns the closed form: no sampling, not the average that was asked for.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    return kl_divergence(mu, log_var)

# %% wrong | monte_carlo_kl | clamped-at-zero | Clamps the estimate at zero, which biases it upwards.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + (gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros))
    return (total / num_samples).clamp(min=0)  # a KL is never negative

# %% wrong | monte_carlo_kl | off-by-one-range | range(1, num_samples) draws one sample too few, divided by num_samples.
def monte_carlo_kl(mu, log_var, num_samples):
    p0 = torch.zeros_like(mu)
    kl = torch.zeros(mu.shape[0])
    for _ in range(1, num_samples):
        z = reparameterize(mu, log_var)
        kl = kl + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, p0, p0)
    return kl / num_samples

# %% wrong | monte_carlo_kl | mean-over-latents | Averages the log-ratio over the latent dimensions.
def monte_carlo_kl(mu, log_var, num_samples):
    q = torch.distributions.Normal(mu, torch.exp(0.5 * log_var))
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.rsample((num_samples,))
    return (q.log_prob(z) - p.log_prob(z)).mean(dim=-1).mean(dim=0)

# %% wrong | monte_carlo_kl | entropy-only | Averages log q alone and forgets log p.
def monte_carlo_kl(mu, log_var, num_samples):
    total = torch.zeros(mu.shape[0])
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + gaussian_log_prob(z, mu, log_var)
    return total / num_samples

# %% wrong | monte_carlo_kl | batch-averaged-too | mean() over everything: one number for the whole batch.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    diffs = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        diffs.append(gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros))
    return torch.stack(diffs).mean()

# %% right | elbo | list-and-stack | The hint, with the closed-form KL.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    samples = [log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]
    return torch.stack(samples).mean(dim=0) - kl_divergence(mu, log_var)

# %% right | elbo | broadcast-samples | One call of log_likelihood with z of shape (num_samples, batch, latent_dim).
def elbo(x, mu, log_var, log_likelihood, num_samples):
    z = mu + torch.exp(0.5 * log_var) * torch.randn(num_samples, *mu.shape, dtype=mu.dtype)
    recon = log_likelihood(x, z).mean(dim=0)
    kl = kl_divergence(mu, log_var)
    return recon - kl

# %% right | elbo | same-sample-kl | log p(x|z) + log p(z) - log q(z|x) at the same samples: also unbiased.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    zeros = torch.zeros_like(mu)
    total = 0.0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        log_joint = log_likelihood(x, z) + gaussian_log_prob(z, zeros, zeros)
        total = total + log_joint - gaussian_log_prob(z, mu, log_var)
    return total / num_samples

# %% right | elbo | torch-distributions | Normal.rsample and torch's kl_divergence.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    q = torch.distributions.Normal(mu, torch.exp(0.5 * log_var))
    prior = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    explain = sum(log_likelihood(x, q.rsample()) for _ in range(num_samples)) / num_samples
    price = torch.distributions.kl_divergence(q, prior).sum(dim=-1)
    return explain - price

# %% right | elbo | monte-carlo-kl | Uses the Monte Carlo KL with its own samples, which the hint allows.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    expected = torch.zeros_like(mu[:, 0])
    for _ in range(num_samples):
        expected = expected + log_likelihood(x, reparameterize(mu, log_var)) / num_samples
    return expected - monte_carlo_kl(mu, log_var, num_samples)

# %% right | elbo | repeated-batch | Repeats x, mu and log_var num_samples times along the batch.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    batch = x.shape[0]
    z = reparameterize(mu.repeat(num_samples, 1), log_var.repeat(num_samples, 1))
    ll = log_likelihood(x.repeat(num_samples, 1), z).reshape(num_samples, batch)
    kl = 0.5 * (mu.square() + log_var.exp() - log_var - 1).sum(1)
    return ll.mean(0) - kl

# %% wrong | elbo | kl-added | The KL is added instead of subtracted.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    samples = [log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]
    return torch.stack(samples).mean(dim=0) + kl_divergence(mu, log_var)

# %% wrong | elbo | log-of-average | logsumexp over the samples: the logarithm of an average.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    lls = torch.stack([log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)])
    recon = torch.logsumexp(lls, dim=0) - math.log(num_samples)
    return recon - kl_divergence(mu, log_var)

# %% wrong | elbo | kl-divided-too | The KL is divided by num_samples together with the sum.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    total = 0.0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + log_likelihood(x, z)
    return (total - kl_divergence(mu, log_var)) / num_samples

# %% wrong | elbo | kl-in-every-iteration | Sum divided, but the KL is subtracted once per sample outside the average.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    result = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        result = result + log_likelihood(x, z) / num_samples - kl_divergence(mu, log_var)
    return result

# %% wrong | elbo | one-z-reused | The same z is used for all samples.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    z = reparameterize(mu, log_var)
    log_liks = torch.stack([log_likelihood(x, z) for _ in range(num_samples)])
    return log_liks.mean(0) - kl_divergence(mu, log_var)

# %% wrong | elbo | detached-sample | z is detached, so the likelihood term sends no gradient to mu and log_var.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    samples = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var).detach()
        samples.append(log_likelihood(x, z))
    return torch.stack(samples).mean(dim=0) - kl_divergence(mu, log_var)

# %% wrong | elbo | decodes-the-mean | Evaluates the likelihood at mu instead of at samples.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    z = mu.expand(num_samples, *mu.shape)
    return log_likelihood(x, z).mean(dim=0) - kl_divergence(mu, log_var)

# %% wrong | elbo | negative-elbo | Returns the loss: kl minus the log-likelihood.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    z = torch.stack([reparameterize(mu, log_var) for _ in range(num_samples)])
    nll = -log_likelihood(x, z).mean(dim=0)
    return nll + kl_divergence(mu, log_var)

# %% wrong | elbo | sum-over-samples | Sums the log-likelihoods over the samples instead of averaging.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    ll = torch.stack([log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)])
    return ll.sum(dim=0) - kl_divergence(mu, log_var)

# %% wrong | elbo | prior-term-forgotten | Same-sample form without log p(z): only the entropy of q is credited.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    out = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        out = out + log_likelihood(x, z) - gaussian_log_prob(z, mu, log_var)
    return out / num_samples

# %% wrong | elbo | batch-mean | Averages over samples and batch alike.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    z = mu + torch.exp(0.5 * log_var) * torch.randn(num_samples, *mu.shape)
    return log_likelihood(x, z).mean() - kl_divergence(mu, log_var).mean()

# %% wrong | elbo | iwae-bound | Importance-weighted bound: log of the mean of p(x|z)p(z)/q(z|x).
def elbo(x, mu, log_var, log_likelihood, num_samples):
    log_w = []
    zeros = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        log_w.append(log_likelihood(x, z) + gaussian_log_prob(z, zeros, zeros) - gaussian_log_prob(z, mu, log_var))
    return torch.stack(log_w).logsumexp(0) - math.log(num_samples)

# %% wrong | elbo | samples-from-prior | z is drawn from the prior, not from q.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    total = 0.0
    for _ in range(num_samples):
        z = torch.randn_like(mu)
        total = total + log_likelihood(x, z)
    return total / num_samples - kl_divergence(mu, log_var)

# %% right | score_function_gradient | loop | The loop of the hint.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + f(z).unsqueeze(-1) * (z - mu) / log_var.exp()
    return total / num_samples

# %% right | score_function_gradient | stacked-samples | All samples in one tensor, one call of f.
def score_function_gradient(mu, log_var, f, num_samples):
    sigma = torch.exp(0.5 * log_var)
    eps = torch.randn(num_samples, *mu.shape, dtype=mu.dtype)
    rewards = f(mu + sigma * eps)                 # (num_samples, batch)
    score = eps / sigma                           # (z - mu) / sigma^2
    return (rewards[..., None] * score).mean(dim=0)

# %% right | score_function_gradient | autograd-of-log-q | The score from autograd of log q at detached z; f is only evaluated.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_(True)
    lv = log_var.detach()
    surrogate = 0.0
    for _ in range(num_samples):
        with torch.no_grad():
            z = reparameterize(m, lv)
            reward = f(z)
        surrogate = surrogate + (reward * gaussian_log_prob(z, m, lv)).sum()
    (grad,) = torch.autograd.grad(surrogate / num_samples, m)
    return grad

# %% right | score_function_gradient | no-grad-normal-sample | Everything without a graph, with Normal.sample.
@torch.no_grad()
def score_function_gradient(mu, log_var, f, num_samples):
    q = torch.distributions.Normal(mu, torch.exp(log_var / 2))
    estimates = []
    for _ in range(num_samples):
        z = q.sample()
        score = (z - q.loc) / q.variance
        estimates.append(f(z)[:, None] * score)
    return torch.stack(estimates).mean(0)

# %% right | score_function_gradient | einsum | Rewards and scores contracted by einsum over the samples.
def score_function_gradient(mu, log_var, f, num_samples):
    z = torch.stack([reparameterize(mu, log_var) for _ in range(num_samples)])
    score = (z - mu) * torch.exp(-log_var)
    return torch.einsum("sb,sbd->bd", f(z), score) / num_samples

# %% wrong | score_function_gradient | divides-by-sigma | Divides by the standard deviation, not by the variance.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    total = torch.zeros_like(mu)
    sigma = torch.exp(0.5 * log_var)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + f(z).unsqueeze(-1) * (z - mu) / sigma
    return total / num_samples

# %% wrong | score_function_gradient | score-not-divided | Leaves out the division by the variance.
def score_function_gradient(mu, log_var, f, num_samples):
    grads = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        grads.append(f(z)[:, None] * (z - mu))
    return torch.stack(grads).mean(dim=0)

# %% wrong | score_function_gradient | sign-of-score | mu - z: the gradient with the wrong sign.
def score_function_gradient(mu, log_var, f, num_samples):
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + f(z).unsqueeze(-1) * (mu - z) / log_var.exp()
    return total / num_samples

# %% wrong | score_function_gradient | two-draws | f and the score see different draws, so the mean is zero.
def score_function_gradient(mu, log_var, f, num_samples):
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        reward = f(reparameterize(mu, log_var)).unsqueeze(-1)
        score = (reparameterize(mu, log_var) - mu) / log_var.exp()
        total = total + reward * score
    return total / num_samples

# %% wrong | score_function_gradient | own-mean-baseline | Subtracts the mean reward of the same samples, which shrinks the mean by (S-1)/S and gives 0 at S = 1.
def score_function_gradient(mu, log_var, f, num_samples):
    z = torch.stack([reparameterize(mu, log_var) for _ in range(num_samples)])
    rewards = f(z)
    rewards = rewards - rewards.mean(dim=0, keepdim=True)   # baseline
    return (rewards.unsqueeze(-1) * (z - mu) / log_var.exp()).mean(dim=0)

# %% wrong | score_function_gradient | not-divided | Sums over the samples without dividing.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total += f(z).unsqueeze(-1) * (z - mu) / log_var.exp()
    return total

# %% wrong | score_function_gradient | pathwise-instead | Uses the gradient of f (the pathwise estimate) although f is a black box.
def score_function_gradient(mu, log_var, f, num_samples):
    m = mu.detach().requires_grad_()
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(m, log_var)).sum()
    return torch.autograd.grad(total / num_samples, m)[0]

# %% wrong | score_function_gradient | average-reward-times-average-score | Averages rewards and scores separately and multiplies the averages.
def score_function_gradient(mu, log_var, f, num_samples):
    z = torch.stack([reparameterize(mu, log_var) for _ in range(num_samples)])
    mean_reward = f(z).mean(dim=0)
    mean_score = ((z - mu) / log_var.exp()).mean(dim=0)
    return mean_reward.unsqueeze(-1) * mean_score

# %% wrong | score_function_gradient | batch-mean-reward | Each example's score is multiplied by the batch average of f.
def score_function_gradient(mu, log_var, f, num_samples):
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + f(z).mean() * (z - mu) / log_var.exp()
    return total / num_samples

# %% wrong | score_function_gradient | summed-score | The score is summed over the latent dimensions, so every coordinate gets the same number.
def score_function_gradient(mu, log_var, f, num_samples):
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        score = ((z - mu) / log_var.exp()).sum(dim=-1, keepdim=True)
        total = total + f(z).unsqueeze(-1) * score
    return total / num_samples

# %% wrong | score_function_gradient | averaged-over-batch | Returns the gradient of the batch mean: everything divided by the batch size.
def score_function_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_()
    loss = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var).detach()
        loss = loss + (f(z).detach() * gaussian_log_prob(z, m, log_var.detach())).mean()
    return torch.autograd.grad(loss / num_samples, m)[0]

# %% wrong | score_function_gradient | z-not-standard | The sampler uses exp(log_var) as sigma while the score uses it as the variance.
def score_function_gradient(mu, log_var, f, num_samples):
    var = log_var.exp()
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = mu + var * torch.randn_like(mu)
        total = total + f(z)[:, None] * (z - mu) / var
    return total / num_samples

# %% wrong | score_function_gradient | normalised-rewards | Standardises the rewards over the batch, as RL code does: no longer the gradient.
def score_function_gradient(mu, log_var, f, num_samples):
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        r = f(z)
        r = (r - r.mean()) / (r.std() + 1e-8)
        total = total + r.unsqueeze(-1) * (z - mu) / log_var.exp()
    return total / num_samples

# %% right | pathwise_gradient | detached-copy-loop | The hint: detached copy, sum, autograd.grad.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    mu = mu.detach().requires_grad_()
    average = sum(f(reparameterize(mu, log_var)).sum() for _ in range(num_samples)) / num_samples
    return torch.autograd.grad(average, mu)[0]

# %% right | pathwise_gradient | gradient-in-z | dz/dmu is 1, so the gradient of f at z itself is averaged.
def pathwise_gradient(mu, log_var, f, num_samples):
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var).detach().requires_grad_(True)
        (df_dz,) = torch.autograd.grad(f(z).sum(), z)
        total = total + df_dz
    return total.detach() / num_samples

# %% right | pathwise_gradient | stacked-samples | All samples at once, mean over samples, sum over the batch.
def pathwise_gradient(mu, log_var, f, num_samples):
    leaf = mu.clone().detach().requires_grad_(True)
    noise = torch.randn((num_samples,) + tuple(mu.shape), dtype=mu.dtype)
    z = leaf + torch.exp(0.5 * log_var.detach()) * noise
    objective = f(z).mean(dim=0).sum()
    (gradient,) = torch.autograd.grad(objective, [leaf])
    return gradient

# %% right | pathwise_gradient | torch-func | torch.func.grad of a small closure with fixed noise.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    sigma = (0.5 * log_var.detach()).exp()
    grads = []
    for _ in range(num_samples):
        eps = torch.randn_like(mu)
        grads.append(torch.func.grad(lambda m: f(m + sigma * eps).sum())(mu.detach()))
    return torch.stack(grads).mean(dim=0)

# %% right | pathwise_gradient | vector-of-ones | No scalar: autograd.grad with grad_outputs of ones.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone()
    m.requires_grad_(True)
    result = torch.zeros_like(mu, requires_grad=False)
    for _ in range(num_samples):
        q = torch.distributions.Normal(m, torch.exp(log_var.detach() / 2))
        value = f(q.rsample())
        result += torch.autograd.grad(value, m, grad_outputs=torch.ones_like(value))[0]
    return result / num_samples

# %% wrong | pathwise_gradient | batch-mean | f is averaged over the batch, so every gradient is divided by the batch size.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    mu = mu.detach().requires_grad_()
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(mu, log_var)).mean()
    return torch.autograd.grad(total / num_samples, mu)[0]

# %% wrong | pathwise_gradient | switches-on-requires-grad | Calls requires_grad_ on the caller's mu and leaves it on.
def pathwise_gradient(mu, log_var, f, num_samples):
    mu.requires_grad_()
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(mu, log_var)).sum()
    return torch.autograd.grad(total / num_samples, mu)[0]

# %% wrong | pathwise_gradient | backward-into-callers-grad | backward() on the caller's mu: leaves its .grad filled (and accumulates what was there).
def pathwise_gradient(mu, log_var, f, num_samples):
    mu.requires_grad_(True)
    mu.retain_grad()
    value = torch.stack([f(reparameterize(mu, log_var)).sum() for _ in range(num_samples)]).mean()
    value.backward()
    return mu.grad.clone()

# %% wrong | pathwise_gradient | restores-but-clears-grad | Restores requires_grad but sets the caller's .grad to None.
def pathwise_gradient(mu, log_var, f, num_samples):
    before = mu.requires_grad
    mu.grad = None
    mu.requires_grad_(True)
    total = sum(f(reparameterize(mu, log_var)).sum() for _ in range(num_samples)) / num_samples
    total.backward()
    grad = mu.grad.clone()
    mu.grad = None
    mu.requires_grad_(before)
    return grad

# %% wrong | pathwise_gradient | not-divided | The gradient of the sum over the samples, not of the average.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().requires_grad_()
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(m, log_var)).sum()
    return torch.autograd.grad(total, m)[0]

# %% wrong | pathwise_gradient | gradient-at-the-mean | Takes the gradient of f at mu, without noise.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_()
    return torch.autograd.grad(f(m).sum(), m)[0]

# %% wrong | pathwise_gradient | draw-outside-loop | One draw for all samples.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().requires_grad_()
    z = reparameterize(m, log_var)
    average = torch.stack([f(z).sum() for _ in range(num_samples)]).mean()
    return torch.autograd.grad(average, m)[0]

# %% wrong | pathwise_gradient | returns-tuple | Returns the tuple of autograd.grad instead of the tensor in it.
def pathwise_gradient(mu, log_var, f, num_samples):
    mu_copy = mu.detach().requires_grad_()
    average = 0.0
    for _ in range(num_samples):
        average = average + f(reparameterize(mu_copy, log_var)).sum() / num_samples
    return torch.autograd.grad(average, mu_copy)

# %% wrong | pathwise_gradient | gradient-of-log-var | Differentiates with respect to log_var.
def pathwise_gradient(mu, log_var, f, num_samples):
    mu = mu.detach()
    lv = log_var.detach().requires_grad_()
    total = sum(f(reparameterize(mu, lv)).sum() for _ in range(num_samples))
    return torch.autograd.grad(total / num_samples, lv)[0]

# %% wrong | pathwise_gradient | score-function-again | Returns the score function estimate, which uses no gradient of f.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().requires_grad_()
    total = 0
    for _ in range(num_samples):
        z = reparameterize(m, log_var).detach()
        total = total + (f(z) * gaussian_log_prob(z, m, log_var)).sum()
    return torch.autograd.grad(total / num_samples, m)[0]

# %% wrong | pathwise_gradient | multiplied-by-noise | Multiplies the gradient by eps, as if sigma were asked for.
def pathwise_gradient(mu, log_var, f, num_samples):
    sigma = torch.exp(0.5 * log_var)
    out = torch.zeros_like(mu)
    for _ in range(num_samples):
        eps = torch.randn_like(mu)
        z = (mu + sigma * eps).detach().requires_grad_()
        out = out + torch.autograd.grad(f(z).sum(), z)[0] * eps
    return out / num_samples

# %% wrong | pathwise_gradient | sigma-is-variance | The noise is scaled by exp(log_var), not by its square root.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_()
    z = m + log_var.exp() * torch.randn(num_samples, *mu.shape)
    return torch.autograd.grad(f(z).mean(0).sum(), m)[0]

# %% wrong | pathwise_gradient | averaged-over-batch-result | Averages the gradient over the batch and expands it again, so examples share one gradient.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().requires_grad_()
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(m, log_var)).sum()
    grad = torch.autograd.grad(total / num_samples, m)[0]
    return grad.mean(dim=0, keepdim=True).expand_as(mu)
