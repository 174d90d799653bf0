# %% wrong | gaussian_log_prob | log-var-as-log-std | Treats log_var as the logarithm of the standard deviation: it divides by exp(log_var) before squaring and subtracts log_var in place of half of it.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    sigma = torch.exp(log_var)
    z = (x - mu) / sigma
    return (-0.5 * math.log(2 * math.pi) - torch.log(sigma) - 0.5 * z**2).sum(-1)


# %% wrong | gaussian_log_prob | constant-once | Adds the constant -0.5 log(2 pi) once per example, after the sum, and not once per dimension (right only in one dimension).
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    squared = (x - mu) ** 2 / log_var.exp()
    total = (log_var + squared).sum(dim=-1)
    return -0.5 * (math.log(2 * math.pi) + total)


# %% wrong | gaussian_log_prob | no-constant | Leaves the constant log(2 pi) out altogether.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    # constants do not matter for the optimum
    return -0.5 * torch.sum(log_var + (x - mu).pow(2) * torch.exp(-log_var), dim=-1)


# %% wrong | gaussian_log_prob | mean-over-dims | Averages over the dimensions where it should sum.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    log_density = -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / torch.exp(log_var))
    return log_density.mean(dim=-1)


# %% wrong | gaussian_log_prob | sum-over-batch | Sums over axis 0, the batch, so the result has one value per dimension and not one per example.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    var = torch.exp(log_var)
    bracket = math.log(2 * math.pi) + log_var + (x - mu) ** 2 / var
    return -0.5 * bracket.sum(0)


# %% wrong | gaussian_log_prob | log-var-sign | The term with log_var has the wrong sign: +0.5 log_var where -0.5 log_var belongs.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    quad = (x - mu) ** 2 / (2 * log_var.exp())
    return (-0.5 * math.log(2 * math.pi) + 0.5 * log_var - quad).sum(-1)


# %% wrong | gaussian_log_prob | half-missing-on-square | The squared distance has no factor one half: it is divided by the variance, not by twice the variance.
def gaussian_log_prob(x, mu, log_var):
    a = -0.5 * math.log(2 * math.pi)
    b = -0.5 * log_var
    c = -((x - mu) ** 2) / log_var.exp()
    return (a + b + c).sum(-1)


# %% wrong | gaussian_log_prob | divides-by-std | Divides the squared distance by the standard deviation exp(log_var / 2) in place of the variance; the other two terms are right.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    sigma = torch.exp(0.5 * log_var)
    bracket = math.log(2 * math.pi) + log_var + (x - mu) ** 2 / sigma
    return -0.5 * bracket.sum(dim=-1)


# %% wrong | gaussian_log_prob | eps-in-variance | Adds 1e-6 to the variance for stability, which makes the result badly wrong for small variances such as log_var = -15 or -20.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    eps = 1e-6
    var = log_var.exp() + eps
    return -0.5 * (torch.log(2 * math.pi * var) + (x - mu) ** 2 / var).sum(dim=-1)


# %% wrong | gaussian_log_prob | returns-nll | Returns the negative log-likelihood: the sign of the whole result is flipped.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    var = log_var.exp()
    nll = 0.5 * (math.log(2 * math.pi) + log_var + (x - mu).square() / var)
    return nll.sum(-1)


# %% wrong | gaussian_log_prob | product-of-densities | Computes the densities, multiplies them and takes the logarithm of the product, which underflows to minus infinity in many dimensions or far from the mean.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    var = torch.exp(log_var)
    density = torch.exp(-((x - mu) ** 2) / (2 * var)) / torch.sqrt(2 * torch.pi * var)
    return torch.log(density.prod(dim=-1))


# %% wrong | gaussian_log_prob | changes-x | Subtracts mu from x in place, so the caller's x is changed.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    x -= mu
    return -0.5 * (math.log(2 * math.pi) + log_var + x * x / log_var.exp()).sum(-1)


# %% wrong | gaussian_log_prob | no-gradient | Computes everything in NumPy from detached tensors, so the result is not differentiable in any argument.
import numpy as np


def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    x_, mu_, lv = x.detach().numpy(), mu.detach().numpy(), log_var.detach().numpy()
    out = -0.5 * (math.log(2 * math.pi) + lv + (x_ - mu_) ** 2 / np.exp(lv))
    return torch.from_numpy(out.sum(axis=-1))


# %% wrong | gaussian_log_prob | not-summed | Returns one value per dimension, shape (batch, dim), because the sum over the last dimension was forgotten.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    std = (log_var / 2).exp()
    return torch.distributions.Normal(mu, std).log_prob(x)


# %% wrong | gaussian_log_prob | nll-loss-clamps | Uses F.gaussian_nll_loss with its default eps=1e-6, which raises every smaller variance to 1e-6, so it is wrong for log_var below about -13.8.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    nll = F.gaussian_nll_loss(mu, x, log_var.exp(), full=True, reduction="none")
    return -nll.sum(dim=-1)


# %% wrong | gaussian_log_prob | always-float32 | Casts the arguments to float32, so float64 inputs give a float32 result.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    x, mu, log_var = x.float(), mu.float(), log_var.float()
    return -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / log_var.exp()).sum(-1)


# %% right | gaussian_log_prob | independent-normal | Uses torch.distributions.Independent, without type hints.
def gaussian_log_prob(x, mu, log_var):
    dist = torch.distributions.Independent(torch.distributions.Normal(mu, torch.exp(log_var / 2)), 1)
    return dist.log_prob(x)


# %% right | gaussian_log_prob | loop-over-dims | Loops over the dimensions and adds up one-dimensional log-densities.
def one_dimension(value, mean, lv):
    distance = value - mean
    return -(math.log(2 * math.pi) / 2) - lv / 2 - distance * distance / (2 * torch.exp(lv))


def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    total = 0
    for j in range(x.shape[-1]):
        total = total + one_dimension(x[..., j], mu[..., j], log_var[..., j])
    return total


# %% right | gaussian_log_prob | einsum-z-scores | Standardises first, then contracts the z-scores with einsum; the three terms are summed separately.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    u = (x - mu) * torch.exp(-0.5 * log_var)
    mahalanobis = torch.einsum("...d,...d->...", u, u)
    log_det = log_var.sum(-1)
    return -(mahalanobis + log_det + x.shape[-1] * math.log(2 * math.pi)) / 2


# %% right | gaussian_log_prob | beginner-prints | Long-winded beginner code, one name per step, with a print left inside.
def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    pi = 3.141592653589793
    first_term = math.log(2 * pi)
    second_term = log_var
    difference = x - mu
    difference_squared = torch.pow(difference, 2)
    variance = torch.exp(log_var)
    third_term = torch.div(difference_squared, variance)
    bracket = torch.add(torch.add(third_term, second_term), first_term)
    answer_per_dimension = torch.mul(bracket, -0.5)
    print("shape before the sum:", answer_per_dimension.shape)
    answer = torch.sum(answer_per_dimension, dim=-1)
    return answer


# %% right | gaussian_log_prob | vmap-over-dims | A lambda for one dimension, mapped over the last axis with torch.vmap, then summed.
gaussian_1d = lambda a, m, s: -0.5 * (math.log(math.tau) + s + (a - m) ** 2 * torch.exp(-s))  # noqa: E731


def gaussian_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    return torch.vmap(gaussian_1d, in_dims=-1)(x, mu, log_var).sum(0)


# %% wrong | log_evidence | noise-everywhere | Adds noise_var to every entry of the covariance, not only to its diagonal.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    C = W @ W.T + noise_var
    C = C + 1e-6 * torch.eye(len(b), dtype=x.dtype)  # or it is singular
    diff = x - b
    quad = (diff * torch.linalg.solve(C, diff.T).T).sum(1)
    return -0.5 * (len(b) * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | noise-squared | Takes noise_var for a standard deviation and puts its square on the diagonal.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    dim = x.shape[1]
    cov = W @ W.T + noise_var**2 * torch.eye(dim, dtype=x.dtype, device=x.device)
    centered = x - b
    solved = torch.linalg.solve(cov, centered.T).T
    return -0.5 * (dim * math.log(2 * math.pi) + torch.logdet(cov) + (centered * solved).sum(-1))


# %% wrong | log_evidence | correlations-ignored | Uses only the diagonal of the covariance, so it treats the coordinates of x as independent.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    var = (W**2).sum(dim=1) + noise_var
    return gaussian_log_prob(x, b.expand_as(x), var.log().expand_as(x))


# %% wrong | log_evidence | forgets-b | Does not subtract the mean b from x.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    d = W.shape[0]
    C = W @ W.t() + noise_var * torch.eye(d, dtype=W.dtype)
    quad = (x * torch.linalg.solve(C, x.t()).t()).sum(dim=1)
    return -0.5 * (d * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | det-then-log | Takes the logarithm of torch.det, which underflows to 0 (or overflows) in many dimensions, for example 100 of them with noise_var 0.1, so the result is infinite.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = len(b)
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    diff = x - b
    quad = torch.einsum("bi,ij,bj->b", diff, torch.linalg.inv(C), diff)
    return -0.5 * (D * math.log(2 * math.pi) + torch.log(torch.det(C)) + quad)


# %% wrong | log_evidence | constant-once | Adds log(2 pi) once and not once for each of the data dimensions.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    C = W @ W.T + noise_var * torch.eye(W.size(0), dtype=x.dtype)
    r = (x - b).T
    quad = (r * torch.linalg.solve(C, r)).sum(0)
    return -0.5 * (math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | logdet-sign | The log-determinant enters with the wrong sign.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    n = b.shape[0]
    C = W @ W.T + torch.eye(n, dtype=x.dtype) * noise_var
    v = x - b
    maha = (v @ torch.linalg.inv(C) * v).sum(1)
    return -0.5 * (n * math.log(2 * math.pi) - torch.logdet(C) + maha)


# %% wrong | log_evidence | logdet-not-halved | Subtracts the whole log-determinant in place of half of it.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = W.shape[0]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    diff = x - b
    quad = (diff * torch.linalg.solve(C, diff.T).T).sum(1)
    return -0.5 * (D * math.log(2 * math.pi) + quad) - torch.logdet(C)


# %% wrong | log_evidence | not-inverted | Multiplies by the covariance in the quadratic term where its inverse belongs.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = W.shape[0]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    d = x - b
    quad = torch.einsum("bi,ij,bj->b", d, C, d)
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | examples-mixed | Builds the (batch, batch) matrix of quadratic forms and sums its rows in place of taking its diagonal, so products between different examples enter; right for a batch of one only.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D = x.shape[1]
    C = W @ W.T + noise_var * torch.eye(D, dtype=x.dtype)
    diff = x - b
    quad = (diff @ torch.linalg.solve(C, diff.T)).sum(dim=1)
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | brute-force | Estimates the evidence from 1,000 random draws of the prior, so the result is noisy and too low and not exact.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    num = 1000
    z = torch.randn(num, W.shape[1], dtype=x.dtype)
    means = z @ W.T + b
    sq = torch.cdist(means, x) ** 2
    log_lik = -0.5 * (x.shape[1] * math.log(2 * math.pi * noise_var) + sq / noise_var)
    return torch.logsumexp(log_lik, dim=0) - math.log(num)


# %% wrong | log_evidence | latent-dim-constant | Multiplies log(2 pi) by the number of latent dimensions in place of the number of data dimensions.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    d = W.shape[-1]
    C = W @ W.T + noise_var * torch.eye(len(W), dtype=x.dtype)
    diff = x - b
    quad = (diff * torch.linalg.solve(C, diff.T).T).sum(1)
    return -0.5 * (d * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% wrong | log_evidence | woodbury-half-done | Uses the small latent matrix for the log-determinant but forgets the term (data_dim - latent_dim) log noise_var of the determinant lemma; right only for noise_var = 1 or a square W.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    D, L = W.shape
    M = W.T @ W + noise_var * torch.eye(L, dtype=x.dtype)
    diff = x - b
    proj = diff @ W
    quad = ((diff**2).sum(1) - (proj * torch.linalg.solve(M, proj.T).T).sum(1)) / noise_var
    return -0.5 * (D * math.log(2 * math.pi) + torch.logdet(M) + quad)


# %% wrong | log_evidence | likelihood-at-zero | Leaves W W^T out of the covariance: it returns the log-likelihood of x at z = 0 and not the evidence.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    log_var = torch.full_like(x, math.log(noise_var))
    return gaussian_log_prob(x, b.expand_as(x), log_var)


# %% wrong | log_evidence | changes-x | Subtracts b from x in place, so the caller's data are shifted by every call.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    C = W @ W.T + noise_var * torch.eye(len(b), dtype=x.dtype)
    x -= b
    return torch.distributions.MultivariateNormal(torch.zeros_like(b), C).log_prob(x)


# %% wrong | log_evidence | returns-double | Computes in float64 and forgets to convert back, so a float32 x gives a float64 result.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    x, W, b = x.double(), W.double(), b.double()
    C = W @ W.T + noise_var * torch.eye(len(b), dtype=torch.float64)
    diff = x - b
    quad = (diff * torch.linalg.solve(C, diff.T).T).sum(1)
    return -0.5 * (len(b) * math.log(2 * math.pi) + torch.logdet(C) + quad)


# %% right | log_evidence | multivariate-normal | Hands the covariance to torch.distributions.MultivariateNormal.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    identity = torch.eye(b.shape[0], dtype=x.dtype, device=x.device)
    return torch.distributions.MultivariateNormal(b, W @ W.T + noise_var * identity).log_prob(x)


# %% right | log_evidence | cholesky | Cholesky factor and a triangular solve; the log-determinant comes from the factor's diagonal.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    dim = W.shape[0]
    cov = W @ W.T
    cov = cov + torch.diag(torch.full((dim,), float(noise_var), dtype=cov.dtype, device=cov.device))
    L = torch.linalg.cholesky(cov)
    y = torch.linalg.solve_triangular(L, (x - b).T, upper=False)
    half_logdet = L.diagonal().log().sum()
    return -(y.square().sum(0) / 2 + half_logdet + dim / 2 * math.log(2 * math.pi))


# %% right | log_evidence | kalman-loop | Goes through the coordinates one by one like a Kalman filter, in float64, and adds up log p(x_i given the earlier ones).
def log_evidence(x, W, b, noise_var):
    X, WW, B = x.double(), W.double(), b.double()
    n, k = X.shape[0], WW.shape[1]
    mean = torch.zeros(n, k, dtype=torch.float64, device=x.device)
    P = torch.eye(k, dtype=torch.float64, device=x.device)
    logp = torch.zeros(n, dtype=torch.float64, device=x.device)
    for i in range(WW.shape[0]):
        w = WW[i]
        Pw = P @ w
        s = w @ Pw + noise_var
        r = X[:, i] - B[i] - mean @ w
        logp = logp - 0.5 * (math.log(2 * math.pi) + torch.log(s) + r**2 / s)
        gain = Pw / s
        mean = mean + r[:, None] * gain
        P = P - torch.outer(gain, Pw)
    return logp.to(x.dtype)


# %% right | log_evidence | eigen | Diagonalises the covariance in float64 and calls gaussian_log_prob in the rotated coordinates.
def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    A = W.double()
    C = A @ A.T + noise_var * torch.eye(len(A), dtype=torch.float64, device=A.device)
    values, vectors = torch.linalg.eigh(C)
    rotated = (x - b).double() @ vectors
    result = gaussian_log_prob(rotated, torch.zeros_like(rotated), values.log().expand_as(rotated))
    return result.to(x.dtype)


# %% right | log_evidence | example-loop | Beginner code: a loop over the examples with column vectors, and a helper for the quadratic form.
def quadratic_form(column, matrix):
    return (column.T @ torch.linalg.solve(matrix, column)).squeeze()


def log_evidence(x: Tensor, W: Tensor, b: Tensor, noise_var: float) -> Tensor:
    number_of_dimensions = W.shape[0]
    C = torch.matmul(W, torch.transpose(W, 0, 1))
    C = C + noise_var * torch.eye(number_of_dimensions, dtype=C.dtype, device=C.device)
    logdet = torch.logdet(C)
    results = []
    for example in x:
        column = (example - b).reshape(number_of_dimensions, 1)
        q = quadratic_form(column, C)
        results.append(-0.5 * (number_of_dimensions * math.log(2 * math.pi) + logdet + q))
    return torch.stack(results)


# %% wrong | kl_divergence | lost-half | The published bug: sigma^2 + mu^2 - log sigma - 1/2, with the factor one half missing in front of the first two terms.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    return (log_var.exp() + mu**2 - 0.5 * log_var - 0.5).sum(dim=-1)


# %% wrong | kl_divergence | mean-over-latents | Takes the mean over the latent dimensions in place of the sum.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    return 0.5 * torch.mean(mu.pow(2) + log_var.exp() - 1 - log_var, dim=-1)


# %% wrong | kl_divergence | scalar-sum | Sums over the batch as well, so it returns one scalar and not one value per example.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())


# %% wrong | kl_divergence | sign-lost | The minus sign in front of the one half is missing, so the result is the negative of the KL.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    return 0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=1)


# %% wrong | kl_divergence | sigma-for-variance | Uses the standard deviation exp(log_var / 2) in place of the variance in the formula.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    sigma = torch.exp(0.5 * log_var)
    return 0.5 * (mu**2 + sigma - 1 - log_var).sum(-1)


# %% wrong | kl_divergence | log-var-is-log-std | Believes that log_var is log sigma: uses exp(2 log_var) for the variance and 2 log_var for its logarithm.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    std = log_var.exp()
    return (0.5 * (mu**2 + std**2 - 1) - std.log()).sum(-1)


# %% wrong | kl_divergence | reversed | Computes KL(p || q) from the prior to q, the other direction.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    q = torch.distributions.Normal(mu, torch.exp(log_var / 2))
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return torch.distributions.kl_divergence(p, q).sum(-1)


# %% wrong | kl_divergence | minus-one-missing | Forgets the -1, so every dimension costs half a nat too much and the KL of two equal distributions is not zero.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    return 0.5 * (mu**2 + log_var.exp() - log_var).sum(dim=-1)


# %% wrong | kl_divergence | minus-one-once | Subtracts the 1 once per example after the sum, not once per dimension (right only for one latent dimension).
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    trace = log_var.exp().sum(-1)
    square = mu.square().sum(-1)
    logdet = log_var.sum(-1)
    return 0.5 * (trace + square - 1 - logdet)


# %% wrong | kl_divergence | mu-not-squared | Uses the absolute value of mu in place of its square.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    return (0.5 * (torch.abs(mu) + torch.exp(log_var) - 1 - log_var)).sum(dim=-1)


# %% wrong | kl_divergence | exp-in-place | The value is right, but log_var.exp_() overwrites the caller's log_var with the variance.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    return -0.5 * (1 + log_var - mu.pow(2) - log_var.exp_()).sum(dim=-1)


# %% wrong | kl_divergence | monte-carlo | Estimates the KL from 100 random samples, so it is noisy and not the closed form, and may be negative.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    eps = torch.randn(100, *mu.shape, dtype=mu.dtype)
    z = mu + torch.exp(0.5 * log_var) * eps
    log_q = gaussian_log_prob(z, mu.expand_as(z), log_var.expand_as(z))
    log_p = gaussian_log_prob(z, torch.zeros_like(z), torch.zeros_like(z))
    return (log_q - log_p).mean(0)


# %% wrong | kl_divergence | clamped | Clamps log_var to the range from -6 to 6 first, so the result is wrong for larger or smaller log variances.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    log_var = log_var.clamp(-6, 6)
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(-1)


# %% wrong | kl_divergence | bits | Divides by log 2, so the result is in bits and not in nats.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    nats = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(-1)
    return nats / math.log(2)


# %% wrong | kl_divergence | detached | Goes through .data, so the value is right but no gradient reaches mu or log_var.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    m, lv = mu.data, log_var.data
    return 0.5 * (m * m + torch.exp(lv) - 1.0 - lv).sum(dim=-1)


# %% right | kl_divergence | expm1 | Uses torch.expm1 for variance minus one.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    return 0.5 * (mu.square() + torch.expm1(log_var) - log_var).sum(-1)


# %% right | kl_divergence | torch-distributions | Uses torch.distributions.kl_divergence of two Independent normals, imported under another name.
from torch.distributions import Independent, Normal
from torch.distributions import kl_divergence as torch_kl


def kl_divergence(mu, log_var):
    q = Independent(Normal(mu, (0.5 * log_var).exp()), 1)
    p = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    return torch_kl(q, p)


# %% right | kl_divergence | loop-over-latents | A loop over the latent dimensions with a helper for one dimension.
def _kl_1d(m, lv):
    variance = lv.exp()
    return (m * m + variance - 1 - lv) / 2


def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    pieces = [_kl_1d(mu[:, d], log_var[:, d]) for d in range(mu.size(1))]
    return torch.stack(pieces, dim=0).sum(dim=0)


# %% right | kl_divergence | cross-entropy-minus-entropy | Computes the cross entropy of q and p and subtracts the entropy of q.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    log_two_pi = math.log(2 * math.pi)
    entropy = 0.5 * (log_var + 1 + log_two_pi)
    cross_entropy = 0.5 * (mu**2 + torch.exp(log_var) + log_two_pi)
    return torch.sum(cross_entropy - entropy, dim=-1)


# %% right | kl_divergence | einsum-trace | Writes the formula for full Gaussians (trace, norm, dimension, log-determinant), with einsum for the squared norm.
def kl_divergence(mu: Tensor, log_var: Tensor) -> Tensor:
    k = mu.shape[-1]
    norm2 = torch.einsum("...k,...k->...", mu, mu)
    trace = torch.exp(log_var).sum(dim=-1)
    logdet = log_var.sum(dim=-1)
    kl = (trace + norm2 - k - logdet) / 2
    return kl


# %% wrong | reparameterize | variance-as-std | Uses exp(log_var), the variance, as the standard deviation.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    return mu + torch.exp(log_var) * torch.randn_like(mu)


# %% wrong | reparameterize | torch-normal | Draws with torch.normal, which passes no gradient to mu or log_var.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    std = torch.exp(log_var / 2)
    return torch.normal(mu, std)


# %% wrong | reparameterize | sample-not-rsample | Calls Normal.sample, which works without gradients, in place of rsample.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    q = torch.distributions.Normal(mu, torch.exp(0.5 * log_var))
    return q.sample()


# %% wrong | reparameterize | noise-shared-by-batch | Draws one noise vector of length latent_dim and uses it for all examples of the batch.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    std = (0.5 * log_var).exp()
    eps = torch.randn(mu.shape[1], dtype=mu.dtype, device=mu.device)
    return mu + std * eps


# %% wrong | reparameterize | noise-shared-by-dims | Draws one number per example and uses it for all latent dimensions, so they are fully correlated.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    std = (0.5 * log_var).exp()
    eps = torch.randn(mu.shape[0], 1, dtype=mu.dtype, device=mu.device)
    return mu + std * eps


# %% wrong | reparameterize | uniform-noise | Uses uniform noise from 0 to 1 (rand_like) in place of normal noise.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    eps = torch.rand_like(mu)
    return mu + torch.exp(0.5 * log_var) * eps


# %% wrong | reparameterize | seeded | Sets the seed inside, so every call returns the same noise.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    torch.manual_seed(42)  # reproducible
    epsilon = torch.randn(mu.shape, dtype=mu.dtype)
    return mu + torch.sqrt(torch.exp(log_var)) * epsilon


# %% wrong | reparameterize | exp-forgotten | Halves log_var but forgets the exponential, so log_var / 2 itself serves as the standard deviation.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    sigma = 0.5 * log_var
    return mu + sigma * torch.randn_like(sigma)


# %% wrong | reparameterize | in-place | Computes the standard deviation in place, so the caller's log_var is overwritten.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    std = log_var.mul_(0.5).exp_()
    eps = torch.randn_like(std)
    return eps * std + mu


# %% wrong | reparameterize | std-detached | Computes the standard deviation under no_grad, so no gradient reaches log_var; mu gets its gradient.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    with torch.no_grad():
        std = torch.exp(0.5 * log_var)
        noise = torch.randn_like(std)
    return mu + noise * std


# %% wrong | reparameterize | mean-without-grad | Returns mu without any noise whenever gradients are switched off.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    if not torch.is_grad_enabled():  # evaluation: no noise needed
        return mu
    return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)


# %% wrong | reparameterize | noise-kept | Keeps the noise of the first call for each shape and uses it again in later calls.
_noise = {}


def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    if mu.shape not in _noise:
        _noise[mu.shape] = torch.randn_like(mu)
    return mu + torch.exp(0.5 * log_var) * _noise[mu.shape].to(mu)


# %% wrong | reparameterize | softplus-std | Uses softplus(log_var) as the standard deviation, the convention of another parameterisation.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    sigma = F.softplus(log_var) + 1e-6
    return mu + sigma * torch.randn_like(mu)


# %% wrong | reparameterize | numpy-noise-double | Adds NumPy noise, which is float64, without converting it, so float32 arguments give a float64 sample.
import numpy as np


def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    eps = torch.from_numpy(np.random.randn(*mu.shape))
    return mu + torch.exp(log_var / 2) * eps


# %% wrong | reparameterize | precision | Takes log_var for the logarithm of the precision: the standard deviation is exp(-log_var / 2).
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    return mu + torch.exp(-0.5 * log_var) * torch.randn_like(mu)


# %% right | reparameterize | rsample | One line with Normal.rsample and a square root.
def reparameterize(mu, log_var):
    return torch.distributions.Normal(mu, log_var.exp().sqrt()).rsample()


# %% right | reparameterize | addcmul | Uses torch.addcmul and noise drawn with normal_ into an empty tensor.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    noise = torch.empty(mu.shape, dtype=mu.dtype, device=mu.device).normal_()
    return torch.addcmul(mu, torch.exp(log_var.div(2)), noise)


# %% right | reparameterize | row-loop | Loops over the examples and stacks one sample per row.
def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    rows = []
    for m, lv in zip(mu, log_var):
        sigma = torch.exp(lv * 0.5)
        rows.append(m + sigma * torch.randn(m.shape, dtype=m.dtype, device=m.device))
    return torch.stack(rows)


# %% right | reparameterize | box-muller | Makes the normal noise from uniform numbers by the Box-Muller transform.
def standard_normal(like):
    u1 = 1 - torch.rand_like(like)  # in (0, 1], so the log is finite
    u2 = torch.rand_like(like)
    return torch.sqrt(-2 * torch.log(u1)) * torch.cos(2 * math.pi * u2)


def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    sigma = (log_var / 2).exp()
    return standard_normal(mu) * sigma + mu


# %% right | reparameterize | numpy-noise | Draws the noise with a NumPy generator and converts it to the dtype and device of mu.
import numpy as np

rng = np.random.default_rng()


def reparameterize(mu: Tensor, log_var: Tensor) -> Tensor:
    eps = torch.as_tensor(rng.standard_normal(tuple(mu.shape)), dtype=mu.dtype, device=mu.device)
    std = torch.exp(0.5 * log_var)
    print("std", std.shape)
    return mu + std * eps


# %% wrong | monte_carlo_kl | one-draw | Draws z once before the loop and uses the same sample num_samples times.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    z = reparameterize(mu, log_var)
    total = 0
    for _ in range(num_samples):
        log_q = gaussian_log_prob(z, mu, log_var)
        log_p = gaussian_log_prob(z, torch.zeros_like(mu), torch.zeros_like(mu))
        total = total + log_q - log_p
    return total / num_samples


# %% wrong | monte_carlo_kl | not-divided | Adds up the samples and forgets to divide by their number.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zero = torch.zeros_like(mu)
    total = torch.zeros(mu.shape[0], dtype=mu.dtype)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zero, zero)
    return total


# %% wrong | monte_carlo_kl | sign-flipped | Averages log p - log q, the negative of the KL.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zero = torch.zeros_like(mu)
    diffs = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        diffs.append(gaussian_log_prob(z, zero, zero) - gaussian_log_prob(z, mu, log_var))
    return torch.stack(diffs).mean(0)


# %% wrong | monte_carlo_kl | p-at-own-samples | Evaluates log p at samples of the prior and log q at samples of q, so the two terms do not share z and log p is averaged over the wrong distribution.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    out = 0
    for _ in range(num_samples):
        z_q = reparameterize(mu, log_var)
        z_p = torch.randn_like(mu)
        out = out + gaussian_log_prob(z_q, mu, log_var) - gaussian_log_prob(z_p, zeros, zeros)
    return out / num_samples


# %% wrong | monte_carlo_kl | samples-from-prior | Draws z from the prior and not from q, which estimates minus the KL from p to q.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    total = 0
    for _ in range(num_samples):
        z = torch.randn_like(mu)
        total += gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
    return total / num_samples


# %% wrong | monte_carlo_kl | prior-log-var-one | Gives the prior log_var = 1, a variance of e, where log_var = 0 is right.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    prior_mu, prior_log_var = torch.zeros_like(mu), torch.ones_like(log_var)
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, prior_mu, prior_log_var)
    return total / num_samples


# %% wrong | monte_carlo_kl | closed-form | Returns the closed form: it draws no samples, ignores num_samples and gives the same numbers in every call.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    kls = [kl_divergence(mu, log_var) for _ in range(num_samples)]
    return sum(kls) / num_samples


# %% wrong | monte_carlo_kl | log-of-average | Takes the logarithm of the average ratio q / p in place of the average of the log ratio.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    ratios = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        ratios.append(gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros))
    return torch.logsumexp(torch.stack(ratios), dim=0) - math.log(num_samples)


# %% wrong | monte_carlo_kl | batch-averaged | Averages over samples and batch together and returns one scalar.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    zs = [reparameterize(mu, log_var) for _ in range(num_samples)]
    diff = torch.stack([gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros) for z in zs])
    return diff.mean()


# %% wrong | monte_carlo_kl | off-by-one | The loop starts at 1 and runs num_samples - 1 times, but the sum is divided by num_samples; with one sample the result is 0.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    total = torch.zeros_like(mu[:, 0])
    for _ in range(1, num_samples):
        z = reparameterize(mu, log_var)
        total = total + (gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros))
    return total / num_samples


# %% wrong | monte_carlo_kl | return-in-loop | The return is indented into the loop, so only the first sample counts, and it is divided by num_samples.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
        return total / num_samples


# %% wrong | monte_carlo_kl | view-mixes-examples | Repeats the batch num_samples times and then reshapes to (batch, num_samples), which is the wrong order, so each result averages over several different examples.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    batch = mu.shape[0]
    mu_rep = mu.repeat(num_samples, 1)
    lv_rep = log_var.repeat(num_samples, 1)
    z = reparameterize(mu_rep, lv_rep)
    diff = gaussian_log_prob(z, mu_rep, lv_rep) - gaussian_log_prob(z, torch.zeros_like(z), torch.zeros_like(z))
    return diff.view(batch, num_samples).mean(dim=1)


# %% wrong | monte_carlo_kl | only-log-q | Forgets the prior: averages log q(z) alone, which is the negative entropy of q.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + gaussian_log_prob(z, mu, log_var)
    return total / num_samples


# %% wrong | monte_carlo_kl | clamped-at-zero | Clamps every sample's log ratio at 0 because a KL cannot be negative, which makes the estimate too large.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        ratio = gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
        total = total + torch.clamp(ratio, min=0)
    return total / num_samples


# %% wrong | monte_carlo_kl | k2-estimator | Averages half the squared log ratio (the k2 estimator of a well-known blog post), which is biased.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    terms = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        logr = gaussian_log_prob(z, zeros, zeros) - gaussian_log_prob(z, mu, log_var)
        terms.append(0.5 * logr**2)
    return torch.stack(terms).mean(dim=0)


# %% right | monte_carlo_kl | distributions | Everything with torch.distributions: rsample of a shape and two log_probs.
def monte_carlo_kl(mu, log_var, num_samples):
    q = torch.distributions.Normal(mu, (log_var / 2).exp())
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.rsample((num_samples,))
    return (q.log_prob(z) - p.log_prob(z)).sum(-1).mean(0)


# %% right | monte_carlo_kl | running-mean | A loop with a running mean in place of a sum and a division.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    zeros = torch.zeros_like(mu)
    average = torch.zeros(mu.shape[0], dtype=mu.dtype, device=mu.device)
    for n in range(1, num_samples + 1):
        z = reparameterize(mu, log_var)
        new = gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zeros, zeros)
        average = average + (new - average) / n
    return average


# %% right | monte_carlo_kl | noise-formula | Simplifies the log ratio on paper to half of z^2 - eps^2 - log_var and draws all noise at once.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    eps = torch.randn(num_samples, *mu.shape, dtype=mu.dtype, device=mu.device)
    z = mu + torch.exp(log_var / 2) * eps
    log_ratio = 0.5 * (z**2 - eps**2 - log_var)
    return log_ratio.sum(dim=-1).mean(dim=0)


# %% right | monte_carlo_kl | repeat-interleave | Repeats every example next to itself, calls the two-dimensional functions once, and reshapes to (batch, num_samples).
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    m = mu.repeat_interleave(num_samples, dim=0)
    lv = log_var.repeat_interleave(num_samples, dim=0)
    z = reparameterize(m, lv)
    prior = torch.zeros_like(m)
    difference = gaussian_log_prob(z, m, lv) - gaussian_log_prob(z, prior, prior)
    return difference.reshape(mu.shape[0], num_samples).mean(1)


# %% right | monte_carlo_kl | generator-sum | Functional style: a nested function, a generator expression and the built-in sum, with a print left inside.
def monte_carlo_kl(mu: Tensor, log_var: Tensor, num_samples: int) -> Tensor:
    def log_ratio(z):
        return gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, 0 * mu, 0 * log_var)

    result = sum(log_ratio(reparameterize(mu, log_var)) for _ in range(num_samples)) / num_samples
    print("estimate:", result.shape)
    return result


# %% wrong | elbo | plus-kl | Adds the KL where it must be subtracted.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    lls = [log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]
    return torch.stack(lls).mean(0) + kl_divergence(mu, log_var)


# %% wrong | elbo | iwae | Computes the importance-weighted bound, the logarithm of the average weight, whose mean grows with num_samples.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    log_w = []
    zeros = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        log_w.append(
            log_likelihood(x, z) + gaussian_log_prob(z, zeros, zeros) - gaussian_log_prob(z, mu, log_var)
        )
    return torch.logsumexp(torch.stack(log_w), dim=0) - math.log(num_samples)


# %% wrong | elbo | not-averaged | Sums the log-likelihoods over the samples and does not divide by their number.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    recon = 0
    for _ in range(num_samples):
        recon = recon + log_likelihood(x, reparameterize(mu, log_var))
    return recon - kl_divergence(mu, log_var)


# %% wrong | elbo | same-z | Draws z once, outside the loop, so all num_samples terms are the same.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    z = reparameterize(mu, log_var)
    total = 0.0
    for _ in range(num_samples):
        total = total + log_likelihood(x, z)
    return total / num_samples - kl_divergence(mu, log_var)


# %% wrong | elbo | decodes-mu | Evaluates the log-likelihood at mu, without any sampling.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    return log_likelihood(x, mu) - kl_divergence(mu, log_var)


# %% wrong | elbo | no-grad-samples | Draws z under no_grad, so the gradient of the likelihood term never reaches mu and log_var; only the KL is differentiated.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    total = 0
    for _ in range(num_samples):
        with torch.no_grad():
            z = reparameterize(mu, log_var)
        total = total + log_likelihood(x, z)
    return total / num_samples - kl_divergence(mu, log_var)


# %% wrong | elbo | negative | Returns the negative ELBO, the loss, in place of the ELBO.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    recon = -torch.stack([log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]).mean(0)
    kl = kl_divergence(mu, log_var)
    return recon + kl


# %% wrong | elbo | batch-mean | Averages over the batch too and returns a scalar.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    ll = torch.stack([log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]).mean()
    return ll - kl_divergence(mu, log_var).mean()


# %% wrong | elbo | prior-samples | Draws z from the prior and not from q(z|x).
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    lls = []
    for _ in range(num_samples):
        z = torch.randn_like(mu)
        lls.append(log_likelihood(x, z))
    return torch.stack(lls, dim=0).mean(dim=0) - kl_divergence(mu, log_var)


# %% wrong | elbo | kl-divided-too | Misplaced parenthesis: the KL is divided by num_samples as well (right only for one sample).
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    total = 0
    for _ in range(num_samples):
        total = total + log_likelihood(x, reparameterize(mu, log_var))
    return (total - kl_divergence(mu, log_var)) / num_samples


# %% wrong | elbo | kl-forgotten | Returns the average log-likelihood only; the KL is missing.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    values = torch.stack([log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)])
    return values.mean(dim=0)


# %% wrong | elbo | own-sampler-variance | Samples inside the function with exp(log_var) as the standard deviation, while the KL reads it as the variance.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    eps = torch.randn(num_samples, *mu.shape, dtype=mu.dtype)
    z = mu + log_var.exp() * eps
    return log_likelihood(x, z).mean(0) - kl_divergence(mu, log_var)


# %% wrong | elbo | entropy-missing | Averages log p(x|z) + log p(z) and leaves -log q(z|x) out, so the entropy of q is missing.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    out = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        log_joint = log_likelihood(x, z) + gaussian_log_prob(z, torch.zeros_like(z), torch.zeros_like(z))
        out = out + log_joint
    return out / num_samples


# %% wrong | elbo | averages-z | Averages the samples of z first and evaluates the log-likelihood once at their mean (right only for one sample).
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    z = torch.stack([reparameterize(mu, log_var) for _ in range(num_samples)]).mean(dim=0)
    return log_likelihood(x, z) - kl_divergence(mu, log_var)


# %% wrong | elbo | std-detached | Detaches the standard deviation in its own sampler, so log_var gets a gradient from the KL only.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    std = torch.exp(0.5 * log_var.detach())
    total = 0
    for _ in range(num_samples):
        z = mu + std * torch.randn_like(std)
        total = total + log_likelihood(x, z)
    return total / num_samples - kl_divergence(mu, log_var)


# %% right | elbo | big-z | Draws all samples as one tensor of shape (num_samples, batch, latent_dim).
def elbo(x, mu, log_var, log_likelihood, num_samples):
    shape = (num_samples, *mu.shape)
    z = reparameterize(mu.expand(shape), log_var.expand(shape))
    return log_likelihood(x, z).mean(0) - kl_divergence(mu, log_var)


# %% right | elbo | joint-minus-q | A loop over log p(x|z) + log p(z) - log q(z) at the same z, so the KL is estimated too.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    origin = torch.zeros_like(mu)
    accumulated = torch.zeros(mu.shape[0], dtype=mu.dtype, device=mu.device)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        likelihood = log_likelihood(x, z)
        prior = gaussian_log_prob(z, origin, origin)
        posterior = gaussian_log_prob(z, mu, log_var)
        accumulated = accumulated + likelihood + prior - posterior
    return accumulated / num_samples


# %% right | elbo | monte-carlo-kl | Uses monte_carlo_kl with its own samples for the second term, and a list comprehension for the first.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    draws = (reparameterize(mu, log_var) for _ in range(num_samples))
    explains = torch.stack([log_likelihood(x, z) for z in draws], dim=-1).mean(dim=-1)
    return explains - monte_carlo_kl(mu, log_var, num_samples)


# %% right | elbo | entropy-form | Energy plus entropy: the average of log p(x|z) + log p(z), plus the exact entropy of q.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    def energy():
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        return log_likelihood(x, z) - 0.5 * (z.square() + math.log(2 * math.pi)).sum(-1)

    entropy = 0.5 * (log_var + math.log(2 * math.pi) + 1).sum(-1)
    return torch.stack([energy() for _ in range(num_samples)]).mean(0) + entropy


# %% right | elbo | distributions | Uses an Independent normal of torch.distributions for sampling and for the KL, under unusual names.
def elbo(x: Tensor, mu: Tensor, log_var: Tensor, log_likelihood, num_samples: int) -> Tensor:
    D = torch.distributions
    guide = D.Independent(D.Normal(mu, (log_var / 2).exp()), 1)
    belief = D.Independent(D.Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    score = 0
    for sample in guide.rsample((num_samples,)):
        score = score + log_likelihood(x, sample) / num_samples
    return score - D.kl_divergence(guide, belief)


# %% wrong | score_function_gradient | two-draws | Draws one z for f and another z for the score, so the product is noise with mean zero.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        value = f(reparameterize(mu, log_var)).unsqueeze(-1)
        score = (reparameterize(mu, log_var) - mu) / log_var.exp()
        total = total + value * score
    return total / num_samples


# %% wrong | score_function_gradient | divides-by-std | Divides z - mu by the standard deviation in place of the variance.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    std = torch.exp(0.5 * log_var)
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + f(z)[:, None] * (z - mu) / std
    return total / num_samples


# %% wrong | score_function_gradient | no-variance | Uses z - mu as the score and does not divide by the variance at all (right only at log_var = 0).
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    grads = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        grads.append(f(z).unsqueeze(1) * (z - mu))
    return torch.stack(grads).mean(0)


# %% wrong | score_function_gradient | sign | The score is mu - z over the variance, so the gradient has the wrong sign.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        score = (mu - z) / log_var.exp()
        total = total + f(z).unsqueeze(-1) * score
    return total / num_samples


# %% wrong | score_function_gradient | f-averaged-over-batch | Multiplies every example's score by the mean of f over the batch in place of its own f.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    var = log_var.exp()
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + f(z).mean() * (z - mu) / var
    return total / num_samples


# %% wrong | score_function_gradient | biased-baseline | Subtracts the mean of f over the same samples as a baseline, which shrinks the estimate by (S - 1) / S and makes it zero for one sample.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    shape = (num_samples, *mu.shape)
    z = reparameterize(mu.expand(shape), log_var.expand(shape))
    reward = f(z)
    reward = reward - reward.mean(dim=0, keepdim=True)  # variance reduction
    score = (z - mu) / log_var.exp()
    return (reward.unsqueeze(-1) * score).mean(dim=0)


# %% wrong | score_function_gradient | pathwise-instead | Differentiates f through the reparameterised sample, which is the pathwise estimate and gives zero for a step.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_(True)
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(m, log_var)).sum()
    (grad,) = torch.autograd.grad(total / num_samples, m)
    return grad


# %% wrong | score_function_gradient | batch-mean | Averages the result over the batch, so it has the shape (latent_dim,) and not one gradient per example.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    grads = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        g = f(z).unsqueeze(-1) * (z - mu) / torch.exp(log_var)
        grads.append(g.mean(dim=0))
    return torch.stack(grads).mean(dim=0)


# %% wrong | score_function_gradient | not-divided | Sums over the samples and never divides by num_samples.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    g = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        g = g + f(z).view(-1, 1) * (z - mu) / log_var.exp()
    return g


# %% wrong | score_function_gradient | surrogate-mean | Uses a surrogate loss averaged over the batch, so every gradient is divided by the batch size.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_(True)
    losses = []
    for _ in range(num_samples):
        z = reparameterize(m, log_var).detach()
        losses.append((f(z) * gaussian_log_prob(z, m, log_var)).mean())
    return torch.autograd.grad(torch.stack(losses).mean(), m)[0]


# %% wrong | score_function_gradient | z-not-detached | In the surrogate loss z is not detached from mu, so the score cancels and what remains is log q times the gradient of f.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_(True)
    loss = 0
    for _ in range(num_samples):
        z = reparameterize(m, log_var)
        loss = loss + (f(z) * gaussian_log_prob(z, m, log_var)).sum()
    (g,) = torch.autograd.grad(loss / num_samples, m)
    return g


# %% wrong | score_function_gradient | switches-on-grad | Calls requires_grad_ on the caller's mu and runs backward, so the caller's requires_grad and .grad are changed.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    mu.requires_grad_(True)
    mu.grad = None
    lv = log_var.detach()
    for _ in range(num_samples):
        z = reparameterize(mu, lv).detach()
        loss = (f(z) * gaussian_log_prob(z, mu, lv)).sum() / num_samples
        loss.backward()
    return mu.grad.clone()


# %% wrong | score_function_gradient | log-var-score | Returns the gradient with respect to log_var: it uses the score of the log variance in place of that of the mean.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    var = log_var.exp()
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        score = 0.5 * ((z - mu) ** 2 / var - 1)
        total = total + f(z).unsqueeze(-1) * score
    return total / num_samples


# %% wrong | score_function_gradient | score-summed | Sums the score over the latent dimensions, so every coordinate gets the same number.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        score = ((z - mu) / log_var.exp()).sum(dim=-1)
        total = total + (f(z) * score).unsqueeze(-1)
    return total / num_samples


# %% wrong | score_function_gradient | product-of-means | Multiplies the mean of f by the mean of the score in place of averaging the products (right only for one sample).
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    zs = [reparameterize(mu, log_var) for _ in range(num_samples)]
    mean_f = torch.stack([f(z) for z in zs]).mean(0)
    mean_score = torch.stack([(z - mu) / log_var.exp() for z in zs]).mean(0)
    return mean_f.unsqueeze(-1) * mean_score


# %% right | score_function_gradient | eps-over-sigma | Writes the score as noise over sigma and draws all samples as one tensor.
def score_function_gradient(mu, log_var, f, num_samples):
    sigma = torch.exp(0.5 * log_var)
    eps = torch.randn((num_samples,) + tuple(mu.shape), dtype=mu.dtype, device=mu.device)
    return (f(mu + sigma * eps)[..., None] * eps / sigma).mean(0)


# %% right | score_function_gradient | surrogate | Lets autograd compute the score of a detached copy of mu, with the samples detached.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    with torch.enable_grad():
        m = mu.detach().clone().requires_grad_(True)
        lv = log_var.detach()
        objective = 0
        for _ in range(num_samples):
            z = reparameterize(m, lv).detach()
            objective = objective + (f(z).detach() * gaussian_log_prob(z, m, lv)).sum()
        (g,) = torch.autograd.grad(objective / num_samples, m)
    return g


# %% right | score_function_gradient | einsum | Loops for the samples, then contracts f and the scores over the sample axis with einsum.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    zs = torch.stack([reparameterize(mu, log_var) for _ in range(num_samples)])
    values = torch.stack([f(z) for z in zs]).to(mu.dtype)
    scores = (zs - mu) * torch.exp(-log_var)
    return torch.einsum("sb,sbd->bd", values, scores) / num_samples


# %% right | score_function_gradient | beginner-loops | Beginner code under no_grad with a loop over the samples and another over the latent dimensions.
def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    with torch.no_grad():
        answer = torch.zeros_like(mu)
        variance = torch.exp(log_var)
        for sample_number in range(num_samples):
            z = reparameterize(mu, log_var)
            value = f(z)
            for j in range(mu.shape[1]):
                score_j = (z[:, j] - mu[:, j]) / variance[:, j]
                answer[:, j] = answer[:, j] + value * score_j
        answer = answer / num_samples
    return answer


# %% right | score_function_gradient | helper-mean | A helper that makes one trial, and a lambda that multiplies; the mean of the list is taken at the end.
weigh = lambda value, score: value.unsqueeze(-1).mul(score)  # noqa: E731


def one_trial(mu, log_var, f):
    q = torch.distributions.Normal(mu, (log_var / 2).exp())
    z = q.sample()
    return weigh(f(z), (z - mu).div(q.variance))


def score_function_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    trials = [one_trial(mu, log_var, f) for _ in range(num_samples)]
    return torch.stack(trials, dim=0).mean(dim=0)


# %% wrong | pathwise_gradient | batch-mean | Takes the mean of f over the batch in place of the sum, so all gradients are divided by the batch size.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_(True)
    values = torch.stack([f(reparameterize(m, log_var)) for _ in range(num_samples)])
    (gradient,) = torch.autograd.grad(values.mean(), m)
    return gradient


# %% wrong | pathwise_gradient | caller-requires-grad | Switches requires_grad on for the caller's own mu and leaves it on.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    mu.requires_grad_(True)
    total = sum(f(reparameterize(mu, log_var)).sum() for _ in range(num_samples)) / num_samples
    (gradient,) = torch.autograd.grad(total, mu)
    return gradient


# %% wrong | pathwise_gradient | backward-into-caller | Copies mu only if it does not require gradients; otherwise backward writes into the caller's .grad and the accumulated .grad is returned.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    leaf = mu if mu.requires_grad else mu.detach().clone().requires_grad_(True)
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(leaf, log_var)).sum() / num_samples
    total.backward()
    return leaf.grad


# %% wrong | pathwise_gradient | not-divided | Adds up the gradients of all samples and does not divide by num_samples.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_()
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(m, log_var)).sum()
    return torch.autograd.grad(total, m)[0]


# %% wrong | pathwise_gradient | variance-as-std | Samples with exp(log_var) as the standard deviation, so the gradient is averaged over a distribution of the wrong width.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_()
    eps = torch.randn(num_samples, *mu.shape, dtype=mu.dtype)
    z = m + torch.exp(log_var) * eps
    (g,) = torch.autograd.grad(f(z).sum() / num_samples, m)
    return g


# %% wrong | pathwise_gradient | no-noise | Takes the gradient of f at mu itself, without noise: the gradient of f at the mean and not of the expectation.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_(True)
    loss = 0
    for _ in range(num_samples):
        loss = loss + f(m).sum() / num_samples
    return torch.autograd.grad(loss, m)[0]


# %% wrong | pathwise_gradient | noise-once | Draws the noise once before the loop, so all num_samples terms are the same sample and the noise does not shrink with num_samples.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_(True)
    eps = torch.randn_like(mu)
    total = 0
    for _ in range(num_samples):
        z = m + (0.5 * log_var.detach()).exp() * eps
        total = total + f(z).sum()
    (grad,) = torch.autograd.grad(total / num_samples, m)
    return grad


# %% wrong | pathwise_gradient | wrt-log-var | Differentiates with respect to log_var in place of mu.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    lv = log_var.detach().clone().requires_grad_(True)
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(mu.detach(), lv)).sum()
    (grad,) = torch.autograd.grad(total / num_samples, lv)
    return grad


# %% wrong | pathwise_gradient | score-function | Computes the score function estimate again: unbiased, but it uses no gradient of f and is not the pathwise estimate.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        eps = torch.randn_like(mu)
        sigma = torch.exp(0.5 * log_var)
        z = mu + sigma * eps
        total = total + f(z).unsqueeze(-1) * eps / sigma
    return (total / num_samples).detach()


# %% wrong | pathwise_gradient | negative | Returns the gradient of minus f, as if f were to be minimised.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_(True)
    loss = 0
    for _ in range(num_samples):
        loss = loss - f(reparameterize(m, log_var)).sum()
    (grad,) = torch.autograd.grad(loss / num_samples, m)
    return grad


# %% wrong | pathwise_gradient | coarse-difference | Uses one-sided finite differences with a step of 0.1 in place of autograd, which are biased for a curved f.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    h = 0.1
    grad = torch.zeros_like(mu)
    with torch.no_grad():
        for _ in range(num_samples):
            z = reparameterize(mu, log_var)
            base = f(z)
            for j in range(mu.shape[1]):
                moved = z.clone()
                moved[:, j] += h
                grad[:, j] += (f(moved) - base) / h
    return grad / num_samples


# %% wrong | pathwise_gradient | shared-gradient | Averages the gradient over the batch and hands the same row to every example.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_(True)
    total = 0
    for _ in range(num_samples):
        total = total + f(reparameterize(m, log_var)).sum() / num_samples
    (grad,) = torch.autograd.grad(total, m)
    return grad.mean(dim=0, keepdim=True).expand_as(mu).clone()


# %% wrong | pathwise_gradient | torch-normal | Draws z with torch.normal, through which no gradient passes, so the result is zero everywhere.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_(True)
    std = torch.exp(0.5 * log_var.detach())
    total = 0
    for _ in range(num_samples):
        z = torch.normal(m, std)
        total = total + f(z).sum() / num_samples
    (grad,) = torch.autograd.grad(total, m)
    return grad


# %% wrong | pathwise_gradient | last-sample-only | Overwrites the gradient in the loop in place of adding, so only the last sample remains, and it is divided by num_samples.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    m = mu.detach().clone().requires_grad_(True)
    grad = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(m, log_var)
        (grad,) = torch.autograd.grad(f(z).sum(), m)
    return grad / num_samples


# %% right | pathwise_gradient | z-as-leaf | Differentiates with respect to the sample z itself, since dz/dmu is 1, and averages over one big tensor of samples.
def pathwise_gradient(mu, log_var, f, num_samples):
    with torch.no_grad():
        noise = torch.randn(num_samples, *mu.shape, dtype=mu.dtype, device=mu.device)
        z = mu + torch.exp(log_var / 2) * noise
    with torch.enable_grad():
        z.requires_grad_(True)
        (slope,) = torch.autograd.grad(f(z).sum(), z)
    return slope.mean(dim=0)


# %% right | pathwise_gradient | own-leaf-backward | Calls backward on a private copy of mu, with log_var detached, and returns the copy's .grad.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    my_mu = mu.detach().clone()
    my_mu.requires_grad = True
    my_log_var = log_var.detach()
    for _ in range(num_samples):
        z = reparameterize(my_mu, my_log_var)
        loss = f(z).sum() / num_samples
        loss.backward()
    return my_mu.grad


# %% right | pathwise_gradient | torch-func | Uses torch.func.grad of a function of mu with the noise fixed in advance.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    center, sigma = mu.detach(), (0.5 * log_var.detach()).exp()
    noise = [torch.randn_like(center) for _ in range(num_samples)]

    def objective(m):
        return sum(f(m + sigma * e).sum() for e in noise) / num_samples

    return torch.func.grad(objective)(center)


# %% right | pathwise_gradient | vjp | Uses torch.autograd.functional.vjp with a vector of ones in place of a sum, sample by sample.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    total = torch.zeros_like(mu.detach())
    for _ in range(num_samples):
        shift = (log_var.detach() / 2).exp() * torch.randn_like(total)
        value, pulled = torch.autograd.functional.vjp(
            lambda m, shift=shift: f(m + shift), mu.detach(), torch.ones_like(total[:, 0])
        )
        total = total + pulled
    return total / num_samples


# %% right | pathwise_gradient | gradient-list | Beginner code: collects one gradient per sample in a list, with a print left inside, and averages the list.
def pathwise_gradient(mu: Tensor, log_var: Tensor, f, num_samples: int) -> Tensor:
    list_of_gradients = []
    for i in range(num_samples):
        copy_of_mu = mu.clone().detach()
        copy_of_mu.requires_grad_()
        z = reparameterize(copy_of_mu, log_var.detach())
        value = f(z)
        one_number = value.sum()
        result = torch.autograd.grad(one_number, copy_of_mu)
        list_of_gradients.append(result[0])
    print(len(list_of_gradients), "gradients")
    return torch.stack(list_of_gradients).mean(dim=0)
