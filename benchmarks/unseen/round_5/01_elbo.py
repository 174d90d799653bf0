# %% wrong | gaussian_log_prob | log-var-as-log-sigma | Reads log_var as the logarithm of the standard deviation, so both the log term and the division are off.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    sigma = log_var.exp()
    return -0.5 * (math.log(2 * math.pi) + 2 * log_var + ((x - mu) / sigma) ** 2).sum(dim=-1)


# %% wrong | gaussian_log_prob | no-two-pi | Forgets the constant log 2 pi, although all constants are to be included.
def gaussian_log_prob(x, mu, log_var):
    return -0.5 * (log_var + (x - mu).pow(2) / log_var.exp()).sum(-1)


# %% wrong | gaussian_log_prob | constant-once | Adds log 2 pi once per example and not once per dimension.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    bracket = (log_var + (x - mu) ** 2 / torch.exp(log_var)).sum(dim=-1)
    return -0.5 * (math.log(2 * math.pi) + bracket)


# %% wrong | gaussian_log_prob | constant-times-batch | Multiplies the constant by the batch size in place of the number of dimensions.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    d = x.shape[0]
    squared = ((x - mu) ** 2 * torch.exp(-log_var)).sum(-1)
    return -0.5 * (d * math.log(2 * math.pi) + log_var.sum(-1) + squared)


# %% wrong | gaussian_log_prob | mean-over-dims | Averages over the dimensions in place of summing.
def gaussian_log_prob(x, mu, log_var):
    per_dim = -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / log_var.exp())
    return per_dim.mean(dim=-1)


# %% wrong | gaussian_log_prob | sum-over-batch | Sums over axis 0, so the result has one value per dimension.
def gaussian_log_prob(x, mu, log_var):
    return torch.sum(
        -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / log_var.exp()), dim=0
    )


# %% wrong | gaussian_log_prob | total-sum | Sums over the whole batch and returns a scalar.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    terms = math.log(2 * math.pi) + log_var + (x - mu).square() / log_var.exp()
    return -0.5 * terms.sum()


# %% wrong | gaussian_log_prob | nll-loss-eps | F.gaussian_nll_loss with its default eps lifts variances below 1e-6, so it is wrong for log_var near -20.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    nll = F.gaussian_nll_loss(mu, x, log_var.exp(), full=True, reduction="none")
    return -nll.sum(dim=-1)


# %% wrong | gaussian_log_prob | epsilon-in-variance | Adds 1e-8 to the variance "for stability", which is five times the variance at log_var = -20.
def gaussian_log_prob(x, mu, log_var):
    var = torch.exp(log_var) + 1e-8  # avoid a division by zero
    out = -0.5 * (math.log(2 * math.pi) + torch.log(var) + (x - mu) ** 2 / var)
    return out.sum(dim=1)


# %% wrong | gaussian_log_prob | density-then-log | Multiplies the densities and takes the logarithm last, which gives -inf in many dimensions.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    var = log_var.exp()
    density = torch.exp(-((x - mu) ** 2) / (2 * var)) / torch.sqrt(2 * math.pi * var)
    return density.prod(dim=-1).log()


# %% wrong | gaussian_log_prob | exp-in-place | Overwrites the caller's log_var with the variance.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    log_det = log_var.sum(-1)
    var = log_var.exp_()
    quad = ((x - mu) ** 2 / var).sum(-1)
    return -0.5 * (x.shape[-1] * math.log(2 * math.pi) + log_det + quad)


# %% wrong | gaussian_log_prob | no-grad | Runs under no_grad, so the result is not differentiable.
@torch.no_grad()
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    normal = torch.distributions.Normal(mu, torch.exp(0.5 * log_var))
    return normal.log_prob(x).sum(-1)


# %% wrong | gaussian_log_prob | always-float32 | Casts the arguments to float32, so float64 arguments give a float32 result.
def gaussian_log_prob(x, mu, log_var):
    x, mu, log_var = x.float(), mu.float(), log_var.float()
    return (
        -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 * torch.exp(-log_var))
    ).sum(-1)


# %% wrong | gaussian_log_prob | squeeze-batch-of-one | Squeezes all axes, so a batch of one gives a scalar and not shape (1,).
def gaussian_log_prob(x, mu, log_var):
    z = (x - mu) / torch.exp(log_var / 2)
    total = (z**2 + log_var + math.log(2 * math.pi)).sum(dim=-1, keepdim=True)
    return (-0.5 * total).squeeze()


# %% wrong | gaussian_log_prob | normal-with-variance | Hands the variance to Normal, which expects the standard deviation.
def gaussian_log_prob(x, mu, log_var):
    from torch.distributions import Normal

    return Normal(mu, log_var.exp()).log_prob(x).sum(dim=-1)


# %% wrong | gaussian_log_prob | half-only-on-square | The factor one half stands only before the squared distance, not before log 2 pi and log_var.
def gaussian_log_prob(x, mu, log_var):
    const = math.log(2 * math.pi)
    return (-const - log_var - 0.5 * (x - mu) ** 2 / log_var.exp()).sum(-1)


# %% wrong | gaussian_log_prob | clamped-log-var | Clamps log_var to [-10, 10], so it is wrong beyond, although -20 to 20 is asked for.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    log_var = log_var.clamp(-10, 10)
    return -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / log_var.exp()).sum(-1)


# %% right | gaussian_log_prob | formula | The formula of the text, written down directly.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    bracket = math.log(2 * math.pi) + log_var + (x - mu) ** 2 / log_var.exp()
    return -0.5 * bracket.sum(dim=-1)


# %% right | gaussian_log_prob | independent-normal | Uses torch.distributions.Independent around a Normal.
def gaussian_log_prob(x, mu, log_var):
    from torch.distributions import Independent, Normal

    return Independent(Normal(mu, (log_var / 2).exp()), 1).log_prob(x)


# %% right | gaussian_log_prob | loop-over-dims | Adds up the dimensions in a Python loop.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    total = 0.0
    for j in range(x.shape[-1]):
        diff = x[..., j] - mu[..., j]
        total = total - 0.5 * (
            math.log(2 * math.pi) + log_var[..., j] + diff * diff * torch.exp(-log_var[..., j])
        )
    return total


# %% right | gaussian_log_prob | einsum | Squared distance by a three-operand einsum with the precision.
def gaussian_log_prob(x, mu, log_var):
    delta = x - mu
    precision = torch.exp(-log_var)
    mahalanobis = torch.einsum("bd,bd,bd->b", delta, delta, precision)
    dim = x.size(-1)
    return -(dim * math.log(2 * math.pi) + log_var.sum(-1) + mahalanobis) / 2


# %% right | gaussian_log_prob | nll-small-eps | F.gaussian_nll_loss with an eps far below the smallest allowed variance.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    # eps must be smaller than exp(-20) = 2e-9, the default 1e-6 is too large
    nll = F.gaussian_nll_loss(
        mu, x, torch.exp(log_var), full=True, eps=1e-12, reduction="none"
    )
    return -nll.sum(-1)


# %% right | gaussian_log_prob | multivariate | A multivariate normal with a diagonal Cholesky factor.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    scale = torch.diag_embed(torch.exp(0.5 * log_var))
    return torch.distributions.MultivariateNormal(mu, scale_tril=scale).log_prob(x)


# %% wrong | log_evidence | noise-everywhere | Adds the noise variance to every entry of C and not only to the diagonal.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.ones(D, D, dtype=x.dtype) + 1e-6 * torch.eye(D, dtype=x.dtype)
    v = (x - b).T
    quad = (v * torch.linalg.solve(C, v)).sum(0)
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | wt-w | Builds W^T W, which has the shape of the latent space, and raises unless W is square.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    C = W.T @ W + noise_var * torch.eye(W.shape[1], dtype=x.dtype)
    v = (x - b).T
    quad = (v * torch.linalg.solve(C, v)).sum(0)
    return -0.5 * (x.shape[1] * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | noise-var-squared | Takes noise_var for the standard deviation and squares it.
def log_evidence(x, W, b, noise_var):
    D = W.shape[0]
    C = W @ W.T + noise_var**2 * torch.eye(D, dtype=W.dtype, device=W.device)
    return torch.distributions.MultivariateNormal(b, C).log_prob(x)


# %% wrong | log_evidence | det-then-log | Takes the logarithm of the determinant, which underflows or overflows in 100 dimensions.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    dim = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(dim, dtype=x.dtype)
    diff = x - b
    quad = (diff @ torch.linalg.inv(C) * diff).sum(1)
    return -0.5 * (dim * math.log(2 * math.pi) + torch.log(torch.det(C)) + quad)


# %% wrong | log_evidence | no-mean | Forgets to subtract b.
def log_evidence(x, W, b, noise_var):
    D = x.shape[-1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype, device=x.device)
    solved = torch.linalg.solve(C, x.T).T
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + (x * solved).sum(-1))


# %% wrong | log_evidence | latent-dim-constant | Counts log 2 pi once per latent dimension in place of once per data dimension.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    data_dim, d = W.shape
    C = W @ W.T + noise_var * torch.eye(data_dim, dtype=x.dtype)
    diff = (x - b).T
    quad = (diff * torch.linalg.solve(C, diff)).sum(dim=0)
    return -0.5 * (d * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | batch-by-batch | Returns a (batch, batch) matrix, because the quadratic form pairs every example with every other one.
def log_evidence(x, W, b, noise_var):
    n = W.shape[0]
    C = W @ W.T + noise_var * torch.eye(n, dtype=x.dtype)
    diff = x - b
    quad = diff @ torch.linalg.solve(C, diff.T)
    return -0.5 * (n * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | quad-summed-over-batch | Sums the quadratic form over the whole batch, so examples influence each other.
def log_evidence(x, W, b, noise_var):
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    diff = x - b
    quad = (diff * torch.linalg.solve(C, diff.T).T).sum()
    value = -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)
    return value.expand(x.shape[0])


# %% wrong | log_evidence | x-in-place | Subtracts b in place and so changes the caller's x.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    x -= b
    quad = (x * torch.linalg.solve(C, x.T).T).sum(1)
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | diagonal-overwritten | fill_diagonal_ replaces the diagonal of W W^T by the noise in place of adding it.
def log_evidence(x, W, b, noise_var):
    C = W @ W.T
    C.fill_diagonal_(noise_var)
    sign, logdet = torch.linalg.slogdet(C)
    diff = (x - b).T
    quad = (diff * torch.linalg.solve(C, diff)).sum(0)
    return -0.5 * (x.shape[1] * math.log(2 * math.pi) + logdet + quad)


# %% wrong | log_evidence | slogdet-sign | Takes the first result of slogdet, the sign, for the log determinant.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    logdet = torch.slogdet(C)[0]
    diff = x - b
    quad = torch.einsum("bi,ij,bj->b", diff, torch.linalg.inv(C), diff)
    return -0.5 * (D * math.log(2 * math.pi) + logdet + quad)


# %% wrong | log_evidence | cholesky-no-two | The log determinant from the Cholesky factor lacks its factor 2.
def log_evidence(x, W, b, noise_var):
    D = x.shape[-1]
    L = torch.linalg.cholesky(W @ W.T + noise_var * torch.eye(D, dtype=x.dtype))
    white = torch.linalg.solve_triangular(L, (x - b).T, upper=False)
    logdet = L.diagonal().log().sum()
    return -0.5 * (D * math.log(2 * math.pi) + logdet + white.square().sum(0))


# %% wrong | log_evidence | diagonal-only | Keeps only the diagonal of C, so the correlations are ignored.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    var = W.square().sum(dim=1) + noise_var
    return gaussian_log_prob(x, b.expand_as(x), var.log().expand_as(x))


# %% wrong | log_evidence | monte-carlo | Estimates the integral with samples from the prior, so the value is not exact.
def log_evidence(x, W, b, noise_var):
    z = torch.randn(5000, W.shape[1], dtype=x.dtype)
    means = z @ W.T + b
    log_var = torch.full_like(means, math.log(noise_var))
    values = [
        torch.logsumexp(gaussian_log_prob(xi.expand_as(means), means, log_var), 0) - math.log(5000)
        for xi in x
    ]
    return torch.stack(values)


# %% wrong | log_evidence | stays-double | Computes in float64 and forgets to go back to the dtype of x.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    x, W, b = x.double(), W.double(), b.double()
    C = W @ W.T + noise_var * torch.eye(len(b), dtype=torch.float64)
    return torch.distributions.MultivariateNormal(b, C).log_prob(x)


# %% wrong | log_evidence | logdet-sign | The log determinant has the wrong sign.
def log_evidence(x, W, b, noise_var):
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    diff = (x - b).T
    quad = (diff * torch.linalg.solve(C, diff)).sum(0)
    return -0.5 * D * math.log(2 * math.pi) + 0.5 * torch.logdet(C) - 0.5 * quad


# %% wrong | log_evidence | solve-untransposed | Gives rows to solve without transposing, which raises unless the batch has data_dim examples.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    diff = x - b
    quad = (diff * torch.linalg.solve(C, diff)).sum(1)
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% right | log_evidence | solve | Follows the hints: eye, logdet and solve with a transpose before and after.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    data_dim = W.shape[0]
    C = W @ W.T + noise_var * torch.eye(data_dim, dtype=x.dtype, device=x.device)
    diff = x - b
    solved = torch.linalg.solve(C, diff.T).T
    return -0.5 * (
        data_dim * math.log(2 * math.pi) + torch.logdet(C) + (diff * solved).sum(dim=-1)
    )


# %% right | log_evidence | mvn | PyTorch's multivariate normal does everything.
def log_evidence(x, W, b, noise_var):
    cov = W @ W.T + noise_var * torch.eye(len(b), dtype=W.dtype, device=W.device)
    return torch.distributions.MultivariateNormal(b, covariance_matrix=cov).log_prob(x)


# %% right | log_evidence | low-rank | Uses the low-rank multivariate normal, which never builds C.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    from torch.distributions import LowRankMultivariateNormal

    return LowRankMultivariateNormal(b, W, torch.full_like(b, noise_var)).log_prob(x)


# %% right | log_evidence | cholesky | Whitens with the Cholesky factor and reads the log determinant off its diagonal.
def log_evidence(x, W, b, noise_var):
    D = x.shape[1]
    L = torch.linalg.cholesky(W @ W.T + noise_var * torch.eye(D, dtype=x.dtype, device=x.device))
    white = torch.linalg.solve_triangular(L, (x - b).T, upper=False)  # (D, batch)
    logdet = 2 * torch.log(torch.diagonal(L)).sum()
    return -0.5 * (D * math.log(2 * math.pi) + logdet + (white**2).sum(0))


# %% right | log_evidence | eigenvalues-in-double | Works in the eigenbasis of C in float64 and casts back.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    W64, diff = W.double(), (x - b).double()
    C = W64 @ W64.T + noise_var * torch.eye(W.shape[0], dtype=torch.float64, device=x.device)
    variances, directions = torch.linalg.eigh(C)
    coordinates = diff @ directions
    log_p = -0.5 * (math.log(2 * math.pi) + variances.log() + coordinates**2 / variances).sum(-1)
    return log_p.to(x.dtype)


# %% right | log_evidence | loop-over-examples | Solves for one example at a time.
def log_evidence(x, W, b, noise_var):
    D = x.shape[1]
    C = torch.matmul(W, W.t()) + torch.diag(torch.full_like(b, noise_var))
    const = D * math.log(2 * math.pi) + torch.linalg.slogdet(C).logabsdet
    out = []
    for row in x:
        r = row - b
        out.append(-0.5 * (const + r.dot(torch.linalg.solve(C, r))))
    return torch.stack(out)


# %% wrong | kl_divergence | sign | The sign is wrong, so the result is never positive.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    return 0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(dim=-1)


# %% wrong | kl_divergence | mean-over-latents | Averages over the latent dimensions, which divides the KL by latent_dim.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    return 0.5 * (mu.pow(2) + log_var.exp() - 1 - log_var).mean(dim=1)


# %% wrong | kl_divergence | no-half | Forgets the factor one half.
def kl_divergence(mu, log_var):
    return torch.sum(mu**2 + torch.exp(log_var) - 1 - log_var, dim=-1)


# %% wrong | kl_divergence | minus-one-once | Subtracts 1 once per example in place of once per dimension.
def kl_divergence(mu, log_var):
    return 0.5 * ((mu**2 + log_var.exp() - log_var).sum(dim=-1) - 1)


# %% wrong | kl_divergence | std-for-variance | Uses sigma where the formula has sigma squared.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    std = torch.exp(0.5 * log_var)
    return 0.5 * (mu.square() + std - 1 - log_var).sum(-1)


# %% wrong | kl_divergence | published-half-bug | The published bug of the text: the half is missing in front of the first two terms.
def kl_divergence(mu, log_var):
    var = log_var.exp()
    log_sigma = 0.5 * log_var
    return (var + mu**2 - log_sigma - 0.5).sum(dim=-1)


# %% wrong | kl_divergence | reversed | Computes the KL from the prior to q.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    var = log_var.exp()
    return 0.5 * (log_var + (1 + mu**2) / var - 1).sum(-1)


# %% wrong | kl_divergence | reversed-by-torch | Hands the two distributions to PyTorch in the wrong order.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    q = torch.distributions.Normal(mu, (0.5 * log_var).exp())
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return torch.distributions.kl_divergence(p, q).sum(dim=-1)


# %% wrong | kl_divergence | batch-mean | Averages over the batch and returns a scalar.
def kl_divergence(mu, log_var):
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    return kl.mean()


# %% wrong | kl_divergence | sum-dim-zero | Sums over the batch, so it returns one value per latent dimension.
def kl_divergence(mu, log_var):
    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), 0)


# %% wrong | kl_divergence | log-of-var-plus-eps | Recomputes log sigma^2 with an epsilon that is larger than the variance at log_var = -20.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    var = torch.exp(log_var)
    return 0.5 * torch.sum(mu**2 + var - 1 - torch.log(var + 1e-8), dim=-1)


# %% wrong | kl_divergence | var-in-place | exp_ turns the caller's log_var into a variance.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    logs = log_var.sum(-1)
    var = log_var.exp_()
    return 0.5 * ((mu.square() + var - 1).sum(-1) - logs)


# %% wrong | kl_divergence | detached-variance | Detaches the variance, so the gradient to log_var is wrong.
def kl_divergence(mu, log_var):
    var = log_var.exp().detach()
    return 0.5 * (mu**2 + var - 1 - log_var).sum(-1)


# %% wrong | kl_divergence | rebuilt-with-tensor | Rebuilds the result from Python numbers, so no gradient passes and the dtype is lost.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    values = []
    for m, lv in zip(mu, log_var):
        values.append((0.5 * (m**2 + lv.exp() - 1 - lv)).sum().item())
    return torch.tensor(values)


# %% wrong | kl_divergence | clamped | Clamps log_var to [-10, 10], so it is wrong outside.
def kl_divergence(mu, log_var):
    log_var = torch.clamp(log_var, min=-10.0, max=10.0)
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=-1)


# %% wrong | kl_divergence | mu-not-squared | Uses the absolute value of mu in place of its square.
def kl_divergence(mu, log_var):
    return 0.5 * (mu.abs() + log_var.exp() - 1 - log_var).sum(dim=-1)


# %% wrong | kl_divergence | log-of-log-var | Takes the logarithm of log_var, which is NaN for negative values.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    var = log_var.exp()
    return 0.5 * (mu**2 + var - 1 - torch.log(log_var)).sum(-1)


# %% wrong | kl_divergence | keepdim | Keeps the summed axis, so the shape is (batch, 1).
def kl_divergence(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=-1, keepdim=True)


# %% right | kl_divergence | formula | The formula of the text.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=-1)


# %% right | kl_divergence | expm1 | Uses expm1, which is more accurate near zero.
def kl_divergence(mu, log_var):
    per_dim = mu.square() + torch.expm1(log_var) - log_var
    return per_dim.sum(-1).div(2)


# %% right | kl_divergence | torch-distributions | PyTorch's own KL of two normals, summed over the last axis.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    q = torch.distributions.Normal(mu, torch.exp(0.5 * log_var))
    prior = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return torch.distributions.kl_divergence(q, prior).sum(dim=-1)


# %% right | kl_divergence | einsum-parts | Adds three separately reduced parts.
def kl_divergence(mu, log_var):
    d = mu.shape[-1]
    mean_cost = torch.einsum("...d,...d->...", mu, mu)
    trace = torch.exp(log_var).sum(-1)
    logdet = log_var.sum(-1)
    return 0.5 * (mean_cost + trace - d - logdet)


# %% right | kl_divergence | kingma-form | The form of Kingma and Welling with a minus in front.
def kl_divergence(mu: Tensor, logvar: Tensor) -> Tensor:
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp(), dim=1)


# %% right | kl_divergence | helper-and-loop | A one-dimensional helper, added up over the columns.
def _kl_1d(m: Tensor, lv: Tensor) -> Tensor:
    return (m * m + lv.exp() - lv - 1) / 2


def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    return sum(_kl_1d(mu[:, j], log_var[:, j]) for j in range(mu.shape[1]))


# %% wrong | reparameterize | variance-as-std | Uses exp(log_var), the variance, as the standard deviation.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    eps = torch.randn_like(mu)
    return mu + log_var.exp() * eps


# %% wrong | reparameterize | torch-normal | torch.normal passes no gradient to mu and log_var.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    return torch.normal(mu, torch.exp(0.5 * log_var))


# %% wrong | reparameterize | sample-not-rsample | Normal.sample does not record a graph; rsample would.
def reparameterize(mu, log_var):
    q = torch.distributions.Normal(mu, (0.5 * log_var).exp())
    return q.sample()


# %% wrong | reparameterize | one-noise-per-example | All latent dimensions of an example share the same noise.
def reparameterize(mu, log_var):
    eps = torch.randn(mu.shape[0], 1, dtype=mu.dtype, device=mu.device)
    return mu + torch.exp(log_var / 2) * eps


# %% wrong | reparameterize | one-noise-per-dimension | All examples of the batch share the same noise vector.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    noise = torch.randn(mu.shape[-1], dtype=mu.dtype)
    return mu + noise * (0.5 * log_var).exp()


# %% wrong | reparameterize | fixed-seed | Seeds the generator inside, so every call returns the same noise.
def reparameterize(mu, log_var):
    torch.manual_seed(0)  # reproducible
    return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)


# %% wrong | reparameterize | fixed-generator | Makes a new generator with the same seed in each call, so the noise is never fresh.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    gen = torch.Generator().manual_seed(42)
    eps = torch.randn(mu.shape, generator=gen, dtype=mu.dtype)
    return mu + log_var.mul(0.5).exp() * eps


# %% wrong | reparameterize | uniform | rand_like draws uniform noise from 0 to 1, not normal noise.
def reparameterize(mu, log_var):
    std = torch.exp(0.5 * log_var)
    return mu + std * torch.rand_like(std)


# %% wrong | reparameterize | log-var-in-place | mul_ and exp_ overwrite the caller's log_var.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    std = log_var.mul_(0.5).exp_()
    eps = torch.randn_like(std)
    return eps * std + mu


# %% wrong | reparameterize | numpy-noise | Noise from NumPy is float64, so float32 arguments give a float64 result.
import numpy as np


def reparameterize(mu, log_var):
    eps = torch.from_numpy(np.random.randn(*mu.shape))
    return mu + torch.exp(0.5 * log_var) * eps


# %% wrong | reparameterize | sigma-detached | Detaches sigma, so no gradient reaches log_var.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    sigma = (0.5 * log_var).exp().detach()
    return mu + sigma * torch.randn_like(mu)


# %% wrong | reparameterize | eps-in-variance | Adds 1e-6 to the variance, which makes the spread twenty times too large at log_var = -20.
def reparameterize(mu, log_var):
    std = torch.sqrt(torch.exp(log_var) + 1e-6)
    return mu + std * torch.randn_like(std)


# %% wrong | reparameterize | mixed-up-affine | Multiplies the mean by sigma and adds plain noise.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    eps = torch.randn_like(mu)
    return mu * torch.exp(0.5 * log_var) + eps


# %% wrong | reparameterize | noise-as-default | The noise of the first call is kept in a dictionary and used again for the same shape.
_noise = {}


def reparameterize(mu, log_var):
    key = tuple(mu.shape)
    if key not in _noise:
        _noise[key] = torch.randn_like(mu)
    return mu + (0.5 * log_var).exp() * _noise[key]


# %% wrong | reparameterize | inverse-std | The exponent has the wrong sign, so it uses one over sigma.
def reparameterize(mu, log_var):
    return mu + torch.exp(-0.5 * log_var) * torch.randn_like(mu)


# %% wrong | reparameterize | returns-noise-too | Returns a tuple of sample and noise, not the sample alone.
def reparameterize(mu: Tensor, log_var: Tensor):
    eps = torch.randn_like(mu)
    z = mu + torch.exp(0.5 * log_var) * eps
    return z, eps


# %% wrong | reparameterize | mu-in-place | z is the same object as mu, so += changes the caller's mu.
def reparameterize(mu, log_var):
    z = mu
    z += torch.exp(0.5 * log_var) * torch.randn_like(mu)
    return z


# %% right | reparameterize | standard | The usual two lines.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    std = torch.exp(0.5 * log_var)
    return mu + std * torch.randn_like(std)


# %% right | reparameterize | rsample | Normal.rsample, which is reparameterised.
def reparameterize(mu, log_var):
    return torch.distributions.Normal(mu, log_var.div(2).exp()).rsample()


# %% right | reparameterize | addcmul | addcmul with noise of explicit shape, dtype and device.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    noise = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
    return torch.addcmul(mu, noise, torch.exp(log_var / 2))


# %% right | reparameterize | sqrt-of-exp | The square root of the variance, with torch.normal only for the noise.
def reparameterize(mu, log_var):
    variance = log_var.exp()
    eps = torch.normal(torch.zeros_like(mu), torch.ones_like(mu))
    return variance.sqrt() * eps + mu


# %% right | reparameterize | columns | Draws column by column and stacks.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    columns = []
    for j in range(mu.shape[1]):
        eps = torch.randn_like(mu[:, j])
        columns.append(mu[:, j] + (0.5 * log_var[:, j]).exp() * eps)
    return torch.stack(columns, dim=1)


# %% wrong | monte_carlo_kl | draw-outside-loop | Draws one sample before the loop and averages the same number again and again.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    z = reparameterize(mu, log_var)
    total = 0
    for _ in range(num_samples):
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return total / num_samples


# %% wrong | monte_carlo_kl | two-draws | Uses another sample for log p than for log q, so the estimate is not 0 when q is the prior.
def monte_carlo_kl(mu, log_var, num_samples):
    zero = torch.zeros_like(mu)
    total = 0
    for _ in range(num_samples):
        log_q = gaussian_log_prob(reparameterize(mu, log_var), mu, log_var)
        log_p = gaussian_log_prob(reparameterize(mu, log_var), zero, zero)
        total = total + log_q - log_p
    return total / num_samples


# %% wrong | monte_carlo_kl | samples-from-prior | Draws z from the prior in place of q.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    estimates = []
    for _ in range(num_samples):
        z = torch.randn_like(mu)
        estimates.append(gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros))
    return torch.stack(estimates).mean(0)


# %% wrong | monte_carlo_kl | prior-log-var-one | Gives the prior a log variance of 1, although its variance is 1.
def monte_carlo_kl(mu, log_var, num_samples):
    total = 0.0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        log_p = gaussian_log_prob(z, torch.zeros_like(mu), torch.ones_like(mu))
        total = total + gaussian_log_prob(z, mu, log_var) - log_p
    return total / num_samples


# %% wrong | monte_carlo_kl | sign | Averages log p - log q, so it estimates minus the KL.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    out = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        out.append(gaussian_log_prob(z, zeros, zeros) - gaussian_log_prob(z, mu, log_var))
    return torch.stack(out).mean(dim=0)


# %% wrong | monte_carlo_kl | no-division | Adds up the samples and never divides by their number.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    total = torch.zeros_like(mu[:, 0])
    zeros = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return total


# %% wrong | monte_carlo_kl | closed-form | Returns the closed form and draws no samples at all.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    return kl_divergence(mu, log_var)


# %% wrong | monte_carlo_kl | clamped-at-zero | Lifts negative estimates to 0, which biases the mean.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return (total / num_samples).clamp(min=0)  # a KL is never negative


# %% wrong | monte_carlo_kl | range-from-one | The loop runs one time too few while the division still uses num_samples.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    total = torch.zeros(mu.shape[0], dtype=mu.dtype)
    for _ in range(1, num_samples):
        z = reparameterize(mu, log_var)
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return total / num_samples


# %% wrong | monte_carlo_kl | mean-wrong-axis | Averages the stack over the batch, so one value per sample comes back.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    rows = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        rows.append(gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros))
    return torch.stack(rows).mean(dim=-1)


# %% wrong | monte_carlo_kl | log-mean-exp | Takes the logarithm of the average ratio in place of the average of the log ratio.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    ratios = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        ratios.append(gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros))
    return torch.logsumexp(torch.stack(ratios), dim=0) - math.log(num_samples)


# %% wrong | monte_carlo_kl | float32-accumulator | Adds in place into a float32 tensor, so float64 arguments give a float32 result.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    total = torch.zeros(len(mu))
    with torch.no_grad():
        for _ in range(num_samples):
            z = reparameterize(mu, log_var)
            total += gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return total / num_samples


# %% wrong | monte_carlo_kl | mu-overwritten | z is an alias of mu, so the samples pile up in the caller's mu.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    center = mu.clone()
    total = 0
    for _ in range(num_samples):
        z = mu.data
        z.copy_(center + torch.exp(0.5 * log_var) * torch.randn_like(mu))
        total = total + gaussian_log_prob(z, center, log_var) - gaussian_log_prob(z, zeros, zeros)
    return total / num_samples


# %% wrong | monte_carlo_kl | variance-as-std | Its own sampler uses the variance as the standard deviation.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    total = 0
    for _ in range(num_samples):
        z = mu + log_var.exp() * torch.randn_like(mu)
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return total / num_samples


# %% wrong | monte_carlo_kl | no-log-q | Leaves out log q and averages only -log p.
def monte_carlo_kl(mu, log_var, num_samples):
    q = torch.distributions.Normal(mu, torch.exp(0.5 * log_var))
    p = torch.distributions.Normal(0.0, 1.0)
    z = q.sample((num_samples,))
    return -p.log_prob(z).sum(-1).mean(0)


# %% wrong | monte_carlo_kl | shared-noise | All examples use the same noise, so their samples are not independent.
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    total = 0
    for _ in range(num_samples):
        eps = torch.randn(1, mu.shape[1], dtype=mu.dtype)
        z = mu + torch.exp(0.5 * log_var) * eps
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return total / num_samples


# %% wrong | monte_carlo_kl | no-sum-over-dims | Forgets to sum over the latent dimensions.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    q = torch.distributions.Normal(mu, torch.exp(0.5 * log_var))
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.sample((num_samples,))
    return (q.log_prob(z) - p.log_prob(z)).mean(dim=0)


# %% right | monte_carlo_kl | loop | The loop of the hints.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    total = 0.0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return total / num_samples


# %% right | monte_carlo_kl | distributions | All samples at once with torch.distributions.
def monte_carlo_kl(mu, log_var, num_samples):
    q = torch.distributions.Normal(mu, torch.exp(0.5 * log_var))
    prior = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.rsample((num_samples,))
    return (q.log_prob(z) - prior.log_prob(z)).sum(dim=-1).mean(dim=0)


# %% right | monte_carlo_kl | repeated-batch | Repeats the batch, calls the earlier functions once and folds the result.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    batch = mu.shape[0]
    m, lv = mu.repeat(num_samples, 1), log_var.repeat(num_samples, 1)
    z = reparameterize(m, lv)
    zero = torch.zeros_like(z)
    difference = gaussian_log_prob(z, m, lv) - gaussian_log_prob(z, zero, zero)
    return difference.view(num_samples, batch).mean(0)


# %% right | monte_carlo_kl | constants-cancelled | Cancels the constants by hand and works with the noise.
def monte_carlo_kl(mu, log_var, num_samples):
    eps = torch.randn(num_samples, *mu.shape, dtype=mu.dtype, device=mu.device)
    z = mu + (0.5 * log_var).exp() * eps
    # log q = -(log_var + eps^2)/2, log p = -z^2/2 (without log 2 pi)
    return 0.5 * (z.square() - eps.square() - log_var).sum(-1).mean(0)


# %% right | monte_carlo_kl | running-mean | A running mean with a small helper, without a graph.
@torch.no_grad()
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    def one() -> Tensor:
        z = reparameterize(mu, log_var)
        prior = gaussian_log_prob(z, torch.zeros_like(z), torch.zeros_like(z))
        return gaussian_log_prob(z, mu, log_var) - prior

    average = one()
    for n in range(2, num_samples + 1):
        average = average + (one() - average) / n
    return average


# %% wrong | elbo | plus-kl | Adds the KL in place of subtracting it.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    recon = torch.stack(
        [log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]
    ).mean(dim=0)
    return recon + kl_divergence(mu, log_var)


# %% wrong | elbo | log-mean-likelihood | Takes the logarithm of the average likelihood, so its mean depends on the number of samples.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    lls = torch.stack([log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)])
    recon = torch.logsumexp(lls, dim=0) - math.log(num_samples)
    return recon - kl_divergence(mu, log_var)


# %% wrong | elbo | importance-weighted | Returns the importance-weighted bound of lesson 07, not the ELBO.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    log_w = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        log_w.append(
            log_likelihood(x, z)
            + gaussian_log_prob(z, zeros, zeros)
            - gaussian_log_prob(z, mu, log_var)
        )
    return torch.logsumexp(torch.stack(log_w), 0) - math.log(num_samples)


# %% wrong | elbo | detached-samples | Detaches z, so no gradient of the likelihood reaches mu and log_var.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var).detach()
        total = total + log_likelihood(x, z)
    return total / num_samples - kl_divergence(mu, log_var)


# %% wrong | elbo | likelihood-at-mean | Evaluates the likelihood at mu and never samples.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    return log_likelihood(x, mu) - kl_divergence(mu, log_var)


# %% wrong | elbo | averages-z | Averages the samples of z first and evaluates the likelihood once at their mean.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    z = torch.stack([reparameterize(mu, log_var) for _ in range(num_samples)]).mean(0)
    return log_likelihood(x, z) - kl_divergence(mu, log_var)


# %% wrong | elbo | draw-outside-loop | One z is drawn before the loop, so more samples do not reduce the noise.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    z = reparameterize(mu, log_var)
    values = [log_likelihood(x, z) for _ in range(num_samples)]
    return torch.stack(values).mean(0) - kl_divergence(mu, log_var)


# %% wrong | elbo | sum-over-samples | Sums the log-likelihoods over the samples without dividing.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    recon = 0
    for _ in range(num_samples):
        recon = recon + log_likelihood(x, reparameterize(mu, log_var))
    return recon - kl_divergence(mu, log_var)


# %% wrong | elbo | kl-divided-too | The KL is subtracted once inside the sum and then divided by the number of samples.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    total = -kl_divergence(mu, log_var)
    for _ in range(num_samples):
        total = total + log_likelihood(x, reparameterize(mu, log_var))
    return total / num_samples


# %% wrong | elbo | kl-batch-mean | Subtracts the mean KL of the batch from every example.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    lls = [log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]
    return torch.stack(lls).mean(dim=0) - kl_divergence(mu, log_var).mean()


# %% wrong | elbo | scalar | Averages over samples and batch and returns a scalar.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    lls = torch.stack([log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)])
    return lls.mean() - kl_divergence(mu, log_var).mean()


# %% wrong | elbo | negative-elbo | Returns the loss, the negative ELBO.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    lls = torch.stack([log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)])
    return kl_divergence(mu, log_var) - lls.mean(0)


# %% wrong | elbo | swapped-arguments | Calls log_likelihood(z, x) in place of log_likelihood(x, z).
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    recon = 0.0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        recon = recon + log_likelihood(z, x) / num_samples
    return recon - kl_divergence(mu, log_var)


# %% wrong | elbo | clamped-at-zero | Caps the result at 0, although log-densities may be positive.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    total = 0.0
    for _ in range(num_samples):
        total = total + log_likelihood(x, reparameterize(mu, log_var))
    # a log probability cannot be positive
    return torch.clamp(total / num_samples - kl_divergence(mu, log_var), max=0.0)


# %% wrong | elbo | best-sample | Keeps the largest log-likelihood of the samples in place of their average.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    lls = torch.stack([log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)])
    return lls.max(dim=0).values - kl_divergence(mu, log_var)


# %% wrong | elbo | samples-from-prior | Samples z from the prior in place of q.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    z = torch.randn(num_samples, *mu.shape, dtype=mu.dtype)
    return log_likelihood(x, z).mean(0) - kl_divergence(mu, log_var)


# %% wrong | elbo | kl-under-no-grad | The KL is computed under no_grad, so its gradient is missing.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    with torch.no_grad():
        kl = monte_carlo_kl(mu, log_var, num_samples)
    lls = [log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]
    return sum(lls) / num_samples - kl


# %% wrong | elbo | noise-shared-by-batch | The noise has no batch axis, so all examples get the same draw.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    eps = torch.randn(num_samples, 1, mu.shape[1], dtype=mu.dtype)
    z = mu + torch.exp(0.5 * log_var) * eps
    return log_likelihood(x, z).mean(0) - kl_divergence(mu, log_var)


# %% wrong | elbo | kl-is-mean | Its own KL averages over the latent dimensions.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    kl = 0.5 * (mu**2 + log_var.exp() - log_var - 1).mean(dim=-1)
    recon = torch.stack(
        [log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]
    )
    return recon.mean(dim=0) - kl


# %% right | elbo | stack | Stack, mean over samples, minus the exact KL.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    samples = [log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]
    return torch.stack(samples).mean(dim=0) - kl_divergence(mu, log_var)


# %% right | elbo | all-at-once | One call of the likelihood with a stack of samples.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    eps = torch.randn((num_samples, *mu.shape), dtype=mu.dtype, device=mu.device)
    z = mu + torch.exp(0.5 * log_var) * eps
    return log_likelihood(x, z).mean(0) - kl_divergence(mu, log_var)


# %% right | elbo | distributions | rsample and the KL of torch.distributions.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    q = torch.distributions.Normal(mu, torch.exp(log_var / 2))
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl = torch.distributions.kl_divergence(q, p).sum(-1)
    return log_likelihood(x, q.rsample((num_samples,))).mean(0) - kl


# %% right | elbo | accumulate | Adds up with the KL inside the loop, which counts it as often as it divides.
def elbo(x, mu, log_var, log_likelihood, num_samples):
    kl = kl_divergence(mu, log_var)
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + (log_likelihood(x, z) - kl)
    return total / num_samples


# %% right | elbo | joint-minus-q | Averages log p(x|z) + log p(z) - log q(z) over the same samples, with gradients.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    terms = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        log_joint = log_likelihood(x, z) + gaussian_log_prob(z, zeros, zeros)
        terms.append(log_joint - gaussian_log_prob(z, mu, log_var))
    return torch.stack(terms).mean(0)


# %% wrong | score_function_gradient | no-variance | Forgets to divide by the variance in the score.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var).detach()
        total = total + f(z).unsqueeze(-1) * (z - mu.detach())
    return total / num_samples


# %% wrong | score_function_gradient | divides-by-sigma | Divides z - mu by the standard deviation in place of the variance.
def score_function_gradient(mu, log_var, f, num_samples):
    mu, log_var = mu.detach(), log_var.detach()
    std = torch.exp(0.5 * log_var)
    out = []
    for _ in range(num_samples):
        z = mu + std * torch.randn_like(mu)
        out.append(f(z)[:, None] * (z - mu) / std)
    return torch.stack(out).mean(0)


# %% wrong | score_function_gradient | eps-over-variance | Writes eps / sigma^2, which divides by sigma once too often.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    mu, log_var = mu.detach(), log_var.detach()
    eps = torch.randn(num_samples, *mu.shape, dtype=mu.dtype)
    z = mu + (0.5 * log_var).exp() * eps
    return (f(z).unsqueeze(-1) * eps / log_var.exp()).mean(dim=0)


# %% wrong | score_function_gradient | sign | The score has the wrong sign.
def score_function_gradient(mu, log_var, f, num_samples):
    mu, log_var = mu.detach(), log_var.detach()
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + f(z)[:, None] * (mu - z) / log_var.exp()
    return total / num_samples


# %% wrong | score_function_gradient | no-unsqueeze | Multiplies (batch,) by (batch, latent_dim) directly, which raises or mixes examples with dimensions.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    mu, log_var = mu.detach(), log_var.detach()
    grads = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        score = (z - mu) / log_var.exp()
        grads.append(f(z) * score)
    return torch.stack(grads).mean(0)


# %% wrong | score_function_gradient | sample-mean-baseline | Subtracts the mean over the own samples, which biases the estimate and gives 0 for one sample.
def score_function_gradient(mu, log_var, f, num_samples):
    m, lv = mu.detach(), log_var.detach()
    eps = torch.randn(num_samples, *m.shape, dtype=m.dtype, device=m.device)
    sigma = (0.5 * lv).exp()
    values = f(m + sigma * eps)
    values = values - values.mean(dim=0, keepdim=True)
    return (values[..., None] * eps / sigma).mean(0)


# %% wrong | score_function_gradient | batch-mean-baseline | Subtracts the mean of f over the batch, the own value included, which is biased and 0 for a batch of one.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m, lv = mu.detach(), log_var.detach()
    total = torch.zeros_like(m)
    for _ in range(num_samples):
        z = reparameterize(m, lv)
        reward = f(z)
        reward = reward - reward.mean()
        total += reward.unsqueeze(1) * (z - m) / lv.exp()
    return total / num_samples


# %% wrong | score_function_gradient | other-sample-in-score | Draws a second z for the score, so the expectation is 0.
def score_function_gradient(mu, log_var, f, num_samples):
    mu, log_var = mu.detach(), log_var.detach()
    total = 0
    for _ in range(num_samples):
        value = f(reparameterize(mu, log_var))
        score = (reparameterize(mu, log_var) - mu) / log_var.exp()
        total = total + value.unsqueeze(-1) * score
    return total / num_samples


# %% wrong | score_function_gradient | product-of-averages | Multiplies the average of f by the average score in place of averaging the product.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    mu, log_var = mu.detach(), log_var.detach()
    values, scores = [], []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        values.append(f(z))
        scores.append((z - mu) / log_var.exp())
    return torch.stack(values).mean(0)[:, None] * torch.stack(scores).mean(0)


# %% wrong | score_function_gradient | pathwise-instead | Differentiates f through the sample, which is the other estimate and gives 0 for a step.
def score_function_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_()
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(m, log_var.detach())).sum()
    return torch.autograd.grad(total / num_samples, m)[0]


# %% wrong | score_function_gradient | autograd-score-not-detached | The score by autograd without detaching z, where the two paths cancel to 0.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m, lv = mu.detach().clone().requires_grad_(), log_var.detach()
    total = 0
    for _ in range(num_samples):
        z = reparameterize(m, lv)
        total = total + (f(z).detach() * gaussian_log_prob(z, m, lv)).sum()
    (gradient,) = torch.autograd.grad(total / num_samples, m)
    return gradient


# %% wrong | score_function_gradient | caller-requires-grad | Switches requires_grad on for the caller's mu to differentiate log q.
def score_function_gradient(mu, log_var, f, num_samples):
    mu.requires_grad_(True)
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var).detach()
        total = total + (f(z) * gaussian_log_prob(z, mu, log_var)).sum()
    return torch.autograd.grad(total / num_samples, mu)[0]


# %% wrong | score_function_gradient | no-average | Sums over the samples and does not divide.
def score_function_gradient(mu, log_var, f, num_samples):
    mu, log_var = mu.detach(), log_var.detach()
    z = mu + torch.exp(0.5 * log_var) * torch.randn(num_samples, *mu.shape, dtype=mu.dtype)
    return (f(z).unsqueeze(-1) * (z - mu) / log_var.exp()).sum(0)


# %% wrong | score_function_gradient | batch-averaged | Averages over the batch too and repeats the result for every example.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    mu, log_var = mu.detach(), log_var.detach()
    z = mu + torch.exp(0.5 * log_var) * torch.randn(num_samples, *mu.shape, dtype=mu.dtype)
    g = f(z)[..., None] * (z - mu) / log_var.exp()
    return g.mean(dim=(0, 1)).expand_as(mu)


# %% wrong | score_function_gradient | f-at-mu | Evaluates f at mu in place of at the sample.
def score_function_gradient(mu, log_var, f, num_samples):
    mu, log_var = mu.detach(), log_var.detach()
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + f(mu).unsqueeze(-1) * (z - mu) / log_var.exp()
    return total / num_samples


# %% wrong | score_function_gradient | float32-total | Accumulates in place in a float32 tensor, so float64 arguments give a float32 result.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    total = torch.zeros(mu.shape)
    with torch.no_grad():
        for _ in range(num_samples):
            z = reparameterize(mu, log_var)
            total += f(z)[:, None] * (z - mu) / log_var.exp()
    return total / num_samples


# %% wrong | score_function_gradient | standardised-reward | Divides f by its spread over the samples as in reinforcement learning, which changes the gradient.
def score_function_gradient(mu, log_var, f, num_samples):
    m, lv = mu.detach(), log_var.detach()
    std = (lv / 2).exp()
    eps = torch.randn(num_samples, *m.shape, dtype=m.dtype)
    reward = f(m + std * eps)
    reward = reward / (reward.std(dim=0, unbiased=False) + 1e-8)
    return (reward.unsqueeze(-1) * eps / std).mean(0)


# %% wrong | score_function_gradient | draw-once | Draws z once outside the loop, so the samples are all the same.
def score_function_gradient(mu, log_var, f, num_samples):
    mu, log_var = mu.detach(), log_var.detach()
    z = reparameterize(mu, log_var)
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        total = total + f(z).unsqueeze(-1) * (z - mu) * torch.exp(-log_var)
    return total / num_samples


# %% right | score_function_gradient | loop | The plain estimate in a loop, without a graph.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    with torch.no_grad():
        total = torch.zeros_like(mu)
        for _ in range(num_samples):
            z = reparameterize(mu, log_var)
            score = (z - mu) / log_var.exp()
            total = total + f(z).unsqueeze(-1) * score
        return total / num_samples


# %% right | score_function_gradient | noise-over-sigma | All samples at once; the score is written as eps / sigma.
def score_function_gradient(mu, log_var, f, num_samples):
    m = mu.detach()
    sigma = torch.exp(0.5 * log_var.detach())
    eps = torch.randn(num_samples, *m.shape, dtype=m.dtype, device=m.device)
    return (f(m + sigma * eps)[..., None] * eps / sigma).mean(dim=0)


# %% right | score_function_gradient | baseline-at-mean | Subtracts f(mu), a baseline that does not depend on the samples.
@torch.no_grad()
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    baseline = f(mu)
    grads = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        grads.append((f(z) - baseline)[:, None] * (z - mu) * torch.exp(-log_var))
    return torch.stack(grads).mean(0)


# %% right | score_function_gradient | leave-one-out | A leave-one-out baseline when there are at least two samples.
def score_function_gradient(mu, log_var, f, num_samples):
    m, lv = mu.detach(), log_var.detach()
    sigma = (0.5 * lv).exp()
    eps = torch.randn((num_samples, *m.shape), dtype=m.dtype, device=m.device)
    values = f(m + sigma * eps).detach()
    if num_samples > 1:
        # mean of the other samples
        others = (values.sum(0, keepdim=True) - values) / (num_samples - 1)
        values = values - others
    return torch.einsum("sb,sbd->bd", values, eps / sigma) / num_samples


# %% right | score_function_gradient | autograd-of-log-q | The score by autograd of log q on a private copy, with z detached.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    copy, lv = mu.detach().clone().requires_grad_(True), log_var.detach()
    surrogate = 0.0
    for _ in range(num_samples):
        z = reparameterize(copy, lv).detach()
        surrogate = surrogate + (f(z).detach() * gaussian_log_prob(z, copy, lv)).sum()
    (gradient,) = torch.autograd.grad(surrogate / num_samples, copy)
    return gradient


# %% wrong | pathwise_gradient | mean-over-batch | Averages f over the batch, which divides all gradients by the batch size.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().requires_grad_()
    values = torch.stack([f(reparameterize(m, log_var.detach())) for _ in range(num_samples)])
    return torch.autograd.grad(values.mean(), m)[0]


# %% wrong | pathwise_gradient | no-division | Sums over the samples and never divides by their number.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().requires_grad_()
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(m, log_var.detach())).sum()
    (g,) = torch.autograd.grad(total, m)
    return g


# %% wrong | pathwise_gradient | caller-requires-grad | Switches requires_grad on for the caller's mu.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    mu.requires_grad_()
    total = sum(f(reparameterize(mu, log_var)).sum() for _ in range(num_samples)) / num_samples
    return torch.autograd.grad(total, mu)[0]


# %% wrong | pathwise_gradient | requires-grad-off-again | Switches requires_grad on and off again, which turns it off for a caller who had it on.
def pathwise_gradient(mu, log_var, f, num_samples):
    if mu.is_leaf:
        mu.requires_grad_(True)
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(mu, log_var)).sum() / num_samples
    (grad,) = torch.autograd.grad(total, mu)
    mu.requires_grad_(False)
    return grad


# %% wrong | pathwise_gradient | backward-on-mu | Calls backward and reads mu.grad, which writes into the caller's tensor.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    mu.requires_grad_(True)
    if mu.grad is not None:
        mu.grad.zero_()
    loss = 0
    for _ in range(num_samples):
        loss = loss + f(reparameterize(mu, log_var)).sum()
    (loss / num_samples).backward()
    return mu.grad.clone()


# %% wrong | pathwise_gradient | log-var-grad-filled | Copies mu but not log_var, and backward then writes into the .grad of a log_var that records.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_(True)
    loss = 0
    for _ in range(num_samples):
        loss = loss + f(reparameterize(m, log_var)).sum()
    loss = loss / num_samples
    loss.backward()
    return m.grad


# %% wrong | pathwise_gradient | no-copy | Asks autograd for the gradient at the caller's mu, which raises when mu does not record.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    total = torch.stack(
        [f(reparameterize(mu, log_var)).sum() for _ in range(num_samples)]
    ).mean()
    (gradient,) = torch.autograd.grad(total, mu)
    return gradient


# %% wrong | pathwise_gradient | gradient-at-mean | Differentiates f at mu without any noise.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_()
    return torch.autograd.grad(f(m).sum(), m)[0]


# %% wrong | pathwise_gradient | averages-z-first | Averages the samples before it applies f, which is biased for a curved f.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_()
    z = torch.stack([reparameterize(m, log_var.detach()) for _ in range(num_samples)]).mean(0)
    return torch.autograd.grad(f(z).sum(), m)[0]


# %% wrong | pathwise_gradient | noise-once | Draws the noise once before the loop, so the samples are not independent.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_()
    std = torch.exp(0.5 * log_var.detach())
    eps = torch.randn_like(std)
    total = 0
    for _ in range(num_samples):
        total = total + f(m + std * eps).sum()
    return torch.autograd.grad(total / num_samples, m)[0]


# %% wrong | pathwise_gradient | variance-as-std | Stretches the noise by the variance.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_()
    sigma = log_var.detach().exp()
    z = m + sigma * torch.randn(num_samples, *m.shape, dtype=m.dtype)
    return torch.autograd.grad(f(z).sum() / num_samples, m)[0]


# %% wrong | pathwise_gradient | returns-tuple | Forgets that autograd.grad returns a tuple.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_()
    total = sum(f(reparameterize(m, log_var.detach())).sum() for _ in range(num_samples))
    return torch.autograd.grad(total / num_samples, m)


# %% wrong | pathwise_gradient | wrt-log-var | Returns the gradient with respect to log_var.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach()
    lv = log_var.detach().clone().requires_grad_()
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(m, lv)).sum()
    (g,) = torch.autograd.grad(total / num_samples, lv)
    return g


# %% wrong | pathwise_gradient | score-function-again | Is the score function estimate, which is not exact for a linear f.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m, lv = mu.detach(), log_var.detach()
    total = torch.zeros_like(m)
    for _ in range(num_samples):
        z = reparameterize(m, lv)
        total = total + f(z)[:, None] * (z - m) / lv.exp()
    return total / num_samples


# %% wrong | pathwise_gradient | shared-storage | detach shares the numbers, so the in-place addition moves the caller's mu.
def pathwise_gradient(mu, log_var, f, num_samples):
    std = torch.exp(0.5 * log_var.detach())
    total = torch.zeros_like(std)
    center = mu.detach().clone()
    for _ in range(num_samples):
        z = mu.detach()
        z.copy_(center)
        z += std * torch.randn_like(std)
        z.requires_grad_()
        total = total + torch.autograd.grad(f(z).sum(), z)[0]
    return total / num_samples


# %% wrong | pathwise_gradient | float32-copy | The private copy is float32, so float64 arguments give a float32 gradient.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().float().clone().requires_grad_()
    std = (0.5 * log_var.detach().float()).exp()
    total = 0
    for _ in range(num_samples):
        total = total + f(m + std * torch.randn_like(std)).sum()
    return torch.autograd.grad(total / num_samples, m)[0]


# %% wrong | pathwise_gradient | negated | Returns the gradient of minus f, as if it were a loss to be minimised.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_()
    loss = 0
    for _ in range(num_samples):
        loss = loss - f(reparameterize(m, log_var.detach())).sum()
    return torch.autograd.grad(loss / num_samples, m)[0]


# %% wrong | pathwise_gradient | noise-without-batch | All examples share the noise, so their estimates are not independent.
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().clone().requires_grad_()
    std = torch.exp(0.5 * log_var.detach())
    total = 0
    for _ in range(num_samples):
        eps = torch.randn(m.shape[1], dtype=m.dtype)
        total = total + f(m + std * eps).sum()
    return torch.autograd.grad(total / num_samples, m)[0]


# %% right | pathwise_gradient | loop | The way of the hints, in a loop.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    mu, log_var = mu.detach().clone().requires_grad_(), log_var.detach()
    total = 0.0
    for _ in range(num_samples):
        total = total + f(reparameterize(mu, log_var)).sum()
    (gradient,) = torch.autograd.grad(total / num_samples, mu)
    return gradient


# %% right | pathwise_gradient | all-at-once | A stack of samples in one call of f.
def pathwise_gradient(mu, log_var, f, num_samples):
    leaf = mu.detach().requires_grad_()
    sigma = torch.exp(0.5 * log_var.detach())
    eps = torch.randn(num_samples, *mu.shape, dtype=mu.dtype, device=mu.device)
    objective = f(leaf + sigma * eps).mean(dim=0).sum()
    return torch.autograd.grad(objective, leaf)[0]


# %% right | pathwise_gradient | gradient-at-z | Differentiates with respect to z, because dz/dmu is 1, and averages.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    grads = []
    for _ in range(num_samples):
        with torch.no_grad():
            z = reparameterize(mu, log_var)
        z.requires_grad_()
        grads.append(torch.autograd.grad(f(z).sum(), z)[0])
    return torch.stack(grads).mean(0)


# %% right | pathwise_gradient | vjp | Uses torch.autograd.functional.vjp with a vector of ones.
def pathwise_gradient(mu, log_var, f, num_samples):
    scale = log_var.detach().div(2).exp()
    total = torch.zeros_like(scale)
    for _ in range(num_samples):
        shift = scale * torch.randn_like(scale)

        def moved(m, shift=shift):
            return f(m + shift).sum()

        total = total + torch.autograd.functional.vjp(moved, mu.detach())[1]
    return total / num_samples


# %% right | pathwise_gradient | backward-into-copy | Calls backward with inputs, so that only the private copy gets a .grad.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    own = mu.detach().clone().requires_grad_(True)
    lv = log_var.detach()
    with torch.enable_grad():
        for _ in range(num_samples):
            (f(reparameterize(own, lv)).sum() / num_samples).backward(inputs=[own])
    return own.grad


