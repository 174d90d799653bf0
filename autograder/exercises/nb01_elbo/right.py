"""Known right solutions of lesson 01, written differently."""

import math

import torch
import torch.nn.functional as F

from autograder.exercises.known_answers import Bank

RIGHT = Bank("01_elbo")

# ------------------------------------------------------------------------------ gaussian_log_prob


@RIGHT.add("gaussian_log_prob", "torch-distributions")
def gaussian_log_prob(x, mu, log_var):
    return torch.distributions.Normal(mu, torch.exp(log_var / 2)).log_prob(x).sum(dim=1)


@RIGHT.add("gaussian_log_prob", "independent-distribution")
def gaussian_log_prob(x, mu, log_var):
    from torch.distributions import Independent, Normal

    return Independent(Normal(mu, log_var.exp().sqrt()), 1).log_prob(x)


@RIGHT.add("gaussian_log_prob", "three-sums")
def gaussian_log_prob(x, mu, log_var):
    _, dim = x.shape
    sigma = (0.5 * log_var).exp()
    quadratic = ((x - mu) / sigma).pow(2).sum(1)
    return -0.5 * quadratic - 0.5 * log_var.sum(1) - dim / 2 * math.log(2 * math.pi)


@RIGHT.add("gaussian_log_prob", "loop-over-dims")
def gaussian_log_prob(x, mu, log_var):
    result = torch.zeros_like(x[:, 0])
    for j in range(x.shape[1]):
        var = torch.exp(log_var[:, j])
        result = (
            result - 0.5 * torch.log(2 * torch.pi * var) - (x[:, j] - mu[:, j]) ** 2 / (2 * var)
        )
    return result


@RIGHT.add("gaussian_log_prob", "multivariate-normal")
def gaussian_log_prob(x, mu, log_var):
    q = torch.distributions.MultivariateNormal(
        mu, scale_tril=torch.diag_embed((0.5 * log_var).exp())
    )
    return q.log_prob(x)


@RIGHT.add("gaussian_log_prob", "gaussian-nll-loss")
def gaussian_log_prob(x, mu, log_var):
    terms = [
        F.gaussian_nll_loss(m, a, v, full=True, eps=0.0, reduction="none")
        for a, m, v in zip(x, mu, log_var.exp())
    ]
    return -torch.stack(terms).sum(dim=-1)


@RIGHT.add("gaussian_log_prob", "float64-inside")
def gaussian_log_prob(x, mu, log_var):
    a, m, lv = x.double(), mu.double(), log_var.double()
    out = -0.5 * ((a - m).square() * (-lv).exp() + lv + math.log(2 * math.pi))
    print("log prob of", tuple(x.shape))
    return out.sum(-1).to(x.dtype)


@RIGHT.add("gaussian_log_prob", "log-root-two-pi-tensor")
def gaussian_log_prob(x, mu, log_var):
    log_sqrt_2pi = torch.log(torch.sqrt(torch.tensor(2.0 * torch.pi)))
    standardised = (x - mu) * torch.exp(-0.5 * log_var)
    per_dim = -log_sqrt_2pi - 0.5 * log_var - 0.5 * standardised * standardised
    return torch.einsum("bd->b", per_dim)


# ----------------------------------------------------------------------------------- log_evidence


@RIGHT.add("log_evidence", "multivariate-normal")
def log_evidence(x, W, b, noise_var):
    covariance = W @ W.T + noise_var * torch.eye(W.shape[0], dtype=W.dtype)
    return torch.distributions.MultivariateNormal(b, covariance).log_prob(x)


@RIGHT.add("log_evidence", "low-rank")
def log_evidence(x, W, b, noise_var):
    q = torch.distributions.LowRankMultivariateNormal(b, W, torch.full_like(b, noise_var))
    return q.log_prob(x)


@RIGHT.add("log_evidence", "cholesky")
def log_evidence(x, W, b, noise_var):
    C = W @ W.t()
    C.diagonal().add_(noise_var)
    L = torch.linalg.cholesky(C)
    y = torch.linalg.solve_triangular(L, (x - b).t(), upper=False)
    log_det = 2 * L.diagonal().log().sum()
    return -0.5 * (y.square().sum(0) + log_det + len(b) * math.log(2 * math.pi))


@RIGHT.add("log_evidence", "inverse-and-einsum")
def log_evidence(x, W, b, noise_var):
    D = len(b)
    C = torch.einsum("ik,jk->ij", W, W) + noise_var * torch.eye(D, dtype=x.dtype)
    d = x - b[None, :]
    distance = torch.einsum("ni,ij,nj->n", d, torch.inverse(C), d)
    return -(distance + torch.slogdet(C)[1] + D * math.log(2 * math.pi)) / 2


@RIGHT.add("log_evidence", "loop-over-examples")
def log_evidence(x, W, b, noise_var):
    D = x.size(1)
    C = W.matmul(W.transpose(0, 1)) + torch.diag(torch.full((D,), noise_var, dtype=x.dtype))
    precision, log_det = torch.linalg.inv(C), torch.linalg.slogdet(C).logabsdet
    values = []
    for row in x:
        d = (row - b).reshape(-1, 1)
        values.append(
            (-0.5 * (d.T @ precision @ d)).squeeze()
            - 0.5 * log_det
            - 0.5 * D * math.log(2 * math.pi)
        )
    return torch.stack(values)


@RIGHT.add("log_evidence", "numpy-float64")
def log_evidence(x, W, b, noise_var):
    import numpy as np

    X, V, m = (t.detach().numpy().astype(np.float64) for t in (x, W, b))
    C = V @ V.T + noise_var * np.eye(len(m))
    sign, log_det = np.linalg.slogdet(C)
    d = X - m
    out = -0.5 * ((d @ np.linalg.inv(C) * d).sum(1) + log_det + len(m) * np.log(2 * np.pi))
    return torch.from_numpy(out).to(x.dtype)


@RIGHT.add("log_evidence", "woodbury")
def log_evidence(x, W, b, noise_var):
    D, K = W.shape
    M = W.T @ W + noise_var * torch.eye(K, dtype=W.dtype)
    d = x - b
    projected = d @ W
    squared = (d.square().sum(1) - (projected @ torch.linalg.inv(M) * projected).sum(1)) / noise_var
    log_det = torch.logdet(M) + (D - K) * math.log(noise_var)
    return -0.5 * (D * math.log(2 * math.pi) + log_det + squared)


@RIGHT.add("log_evidence", "eigenvalues")
def log_evidence(x, W, b, noise_var):
    values, vectors = torch.linalg.eigh(W.double() @ W.double().T)
    values = values.clamp(min=0) + noise_var
    rotated = (x - b).double() @ vectors
    logs = -0.5 * (rotated**2 / values + values.log() + math.log(2 * math.pi))
    return logs.sum(-1).to(x.dtype)


# ---------------------------------------------------------------------------------- kl_divergence


@RIGHT.add("kl_divergence", "torch-distributions")
def kl_divergence(mu, log_var):
    from torch.distributions import Normal
    from torch.distributions import kl_divergence as kl

    return kl(Normal(mu, torch.exp(0.5 * log_var)), Normal(0.0, 1.0)).sum(-1)


@RIGHT.add("kl_divergence", "minus-half-form")
def kl_divergence(mu, log_var):
    return -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp(), dim=1)


@RIGHT.add("kl_divergence", "with-sigma")
def kl_divergence(mu, log_var):
    sigma = torch.exp(0.5 * log_var)
    return (-torch.log(sigma) + (sigma**2 + mu**2) / 2 - 0.5).sum(dim=1)


@RIGHT.add("kl_divergence", "loop-over-everything")
def kl_divergence(mu, log_var):
    out = []
    for m, lv in zip(mu, log_var):
        total = 0.0
        for j in range(len(m)):
            total = total + 0.5 * (m[j] * m[j] + torch.exp(lv[j]) - 1.0 - lv[j])
        out.append(total)
    return torch.stack(out)


@RIGHT.add("kl_divergence", "expm1")
def kl_divergence(mu, log_var):
    return 0.5 * torch.einsum("bd,bd->b", mu, mu) + 0.5 * (torch.expm1(log_var) - log_var).sum(-1)


@RIGHT.add("kl_divergence", "float64-inside-noisy-on-stderr")
def kl_divergence(mu, log_var):
    import sys

    print("Warning: computing in float64", file=sys.stderr)
    m, lv = mu.to(torch.float64), log_var.to(torch.float64)
    return torch.sum((m * m + lv.exp() - lv - 1) / 2, dim=-1).to(mu.dtype)


@RIGHT.add("kl_divergence", "in-place-on-own-tensor")
def kl_divergence(mu, log_var):
    terms = mu.pow(2).clone()
    terms += log_var.exp()
    terms -= log_var
    terms -= 1
    return terms.sum(1).mul(0.5)


@RIGHT.add("kl_divergence", "multivariate-normal")
def kl_divergence(mu, log_var):
    from torch.distributions import MultivariateNormal
    from torch.distributions import kl_divergence as divergence

    q = MultivariateNormal(mu, scale_tril=torch.diag_embed((log_var / 2).exp()))
    p = MultivariateNormal(torch.zeros_like(mu), scale_tril=torch.eye(mu.shape[1], dtype=mu.dtype))
    return divergence(q, p)


# --------------------------------------------------------------------------------- reparameterize


@RIGHT.add("reparameterize", "rsample")
def reparameterize(mu, log_var):
    return torch.distributions.Normal(mu, torch.exp(0.5 * log_var)).rsample()


@RIGHT.add("reparameterize", "loop-over-rows")
def reparameterize(mu, log_var):
    result = torch.empty(0, mu.shape[1], dtype=mu.dtype)
    if len(mu) > 100:
        return torch.addcmul(mu, (log_var / 2).exp(), torch.randn(mu.shape, dtype=mu.dtype))
    for m, lv in zip(mu, log_var):
        row = m + torch.sqrt(torch.exp(lv)) * torch.randn(m.shape, dtype=m.dtype)
        result = torch.cat([result, row[None]])
    return result


@RIGHT.add("reparameterize", "normal-in-place")
def reparameterize(mu, log_var):
    eps = torch.empty_like(mu).normal_()
    return eps.mul(log_var.mul(0.5).exp()).add(mu)


@RIGHT.add("reparameterize", "root-of-exp")
def reparameterize(mu, log_var):
    variance = log_var.exp()
    std = variance**0.5
    print("sampling")
    return std * torch.normal(torch.zeros_like(mu), torch.ones_like(mu)) + mu


@RIGHT.add("reparameterize", "inverse-cdf")
def reparameterize(mu, log_var):
    u = torch.rand(mu.shape, dtype=torch.float64).clamp(1e-12, 1 - 1e-12)
    eps = torch.distributions.Normal(0.0, 1.0).icdf(u).to(mu.dtype)
    return mu + eps * torch.exp(log_var / 2)


@RIGHT.add("reparameterize", "numpy-noise")
def reparameterize(mu, log_var):
    import numpy as np

    eps = torch.as_tensor(np.random.default_rng().standard_normal(tuple(mu.shape)), dtype=mu.dtype)
    return mu + eps * torch.exp(0.5 * log_var)


@RIGHT.add("reparameterize", "own-generator")
def reparameterize(mu, log_var):
    generator = torch.Generator()
    generator.seed()
    eps = torch.randn(mu.shape, generator=generator, dtype=mu.dtype)
    return mu + (0.5 * log_var).exp() * eps


@RIGHT.add("reparameterize", "minus-noise")
def reparameterize(mu, log_var):
    return mu - torch.exp(0.5 * log_var) * torch.randn_like(mu)


# --------------------------------------------------------------------------------- monte_carlo_kl


@RIGHT.add("monte_carlo_kl", "all-samples-at-once")
def monte_carlo_kl(mu, log_var, num_samples):
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn(num_samples, *mu.shape, dtype=mu.dtype)
    log_q = gaussian_log_prob(z, mu, log_var)
    log_p = gaussian_log_prob(z, torch.zeros_like(z), torch.zeros_like(z))
    return (log_q - log_p).mean(0)


@RIGHT.add("monte_carlo_kl", "distributions-without-graph")
def monte_carlo_kl(mu, log_var, num_samples):
    q = torch.distributions.Normal(mu, torch.exp(0.5 * log_var))
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    z = q.sample((num_samples,))
    return (q.log_prob(z) - p.log_prob(z)).sum(-1).mean(0)


@RIGHT.add("monte_carlo_kl", "repeated-batch")
def monte_carlo_kl(mu, log_var, num_samples):
    m, lv = mu.repeat(num_samples, 1), log_var.repeat(num_samples, 1)
    z = reparameterize(m, lv)
    ratio = gaussian_log_prob(z, m, lv) - gaussian_log_prob(
        z, torch.zeros_like(m), torch.zeros_like(m)
    )
    return ratio.reshape(num_samples, -1).mean(dim=0)


@RIGHT.add("monte_carlo_kl", "constants-cancelled")
def monte_carlo_kl(mu, log_var, num_samples):
    values = []
    for _ in range(num_samples):
        eps = torch.randn_like(mu)
        z = mu + (0.5 * log_var).exp() * eps
        values.append(0.5 * (z**2 - eps**2 - log_var).sum(-1))
    return sum(values) / len(values)


@RIGHT.add("monte_carlo_kl", "running-mean-no-grad")
@torch.no_grad()
def monte_carlo_kl(mu, log_var, num_samples):
    mean = torch.zeros(len(mu), dtype=mu.dtype)
    zero = torch.zeros_like(mu)
    for s in range(1, num_samples + 1):
        z = reparameterize(mu, log_var)
        value = gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zero, zero)
        mean += (value - mean) / s
    return mean


@RIGHT.add("monte_carlo_kl", "float64-inside")
def monte_carlo_kl(mu, log_var, num_samples):
    m, lv = mu.double(), log_var.double()
    z = m.unsqueeze(1) + (lv / 2).exp().unsqueeze(1) * torch.randn(
        len(m), num_samples, m.shape[1], dtype=m.dtype
    )
    q = torch.distributions.Normal(m.unsqueeze(1), (lv / 2).exp().unsqueeze(1))
    ratio = q.log_prob(z) + 0.5 * z**2 + 0.5 * math.log(2 * math.pi)
    return ratio.sum(-1).mean(1).to(mu.dtype)


@RIGHT.add("monte_carlo_kl", "double-loop")
def monte_carlo_kl(mu, log_var, num_samples):
    values = []
    for m, lv in zip(mu.detach(), log_var.detach()):
        total = 0
        for _ in range(num_samples):
            eps = torch.randn_like(m)
            z = m + (lv / 2).exp() * eps
            total = total + 0.5 * (z * z - eps * eps - lv).sum()
        values.append(total / num_samples)
    return torch.stack(values)


# ------------------------------------------------------------------------------------------- elbo


@RIGHT.add("elbo", "double-loop")
def elbo(x, mu, log_var, log_likelihood, num_samples):
    values = []
    for i in range(len(x)):
        a, m, lv = x[i : i + 1], mu[i : i + 1], log_var[i : i + 1]
        total = 0
        for _ in range(num_samples):
            total = total + log_likelihood(a, reparameterize(m, lv))
        values.append(total / num_samples - kl_divergence(m, lv))
    return torch.cat(values)


@RIGHT.add("elbo", "monte-carlo-kl")
def elbo(x, mu, log_var, log_likelihood, num_samples):
    zero = torch.zeros_like(mu)
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        log_joint = log_likelihood(x, z) + gaussian_log_prob(z, zero, zero)
        total = total + log_joint - gaussian_log_prob(z, mu, log_var)
    return total / num_samples


@RIGHT.add("elbo", "separate-kl-samples")
def elbo(x, mu, log_var, log_likelihood, num_samples):
    recon = torch.stack(
        [log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]
    )
    return recon.mean(0) - monte_carlo_kl(mu, log_var, num_samples)


@RIGHT.add("elbo", "all-samples-at-once")
def elbo(x, mu, log_var, log_likelihood, num_samples):
    z = mu + (0.5 * log_var).exp() * torch.randn(num_samples, *mu.shape, dtype=mu.dtype)
    return log_likelihood(x, z).mean(0) - kl_divergence(mu, log_var)


@RIGHT.add("elbo", "repeated-batch")
def elbo(x, mu, log_var, log_likelihood, num_samples):
    many = [t.repeat_interleave(num_samples, dim=0) for t in (x, mu, log_var)]
    values = log_likelihood(many[0], reparameterize(many[1], many[2]))
    return values.view(len(x), num_samples).mean(1) - kl_divergence(mu, log_var)


@RIGHT.add("elbo", "torch-distributions")
def elbo(x, mu, log_var, log_likelihood, num_samples):
    q = torch.distributions.Independent(torch.distributions.Normal(mu, (0.5 * log_var).exp()), 1)
    p = torch.distributions.Independent(
        torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1
    )
    z = q.rsample((num_samples,))
    return (log_likelihood(x, z) + p.log_prob(z) - q.log_prob(z)).mean(dim=0)


@RIGHT.add("elbo", "sticking-the-landing")
def elbo(x, mu, log_var, log_likelihood, num_samples):
    z = mu + (0.5 * log_var).exp() * torch.randn(num_samples, *mu.shape, dtype=mu.dtype)
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    q = torch.distributions.Normal(mu.detach(), (0.5 * log_var.detach()).exp())
    return (log_likelihood(x, z) + (p.log_prob(z) - q.log_prob(z)).sum(-1)).mean(0)


@RIGHT.add("elbo", "running-mean-loop")
def elbo(x, mu, log_var, log_likelihood, num_samples):
    recon = None
    for s in range(num_samples):
        value = log_likelihood(x, reparameterize(mu, log_var))
        recon = value if recon is None else recon + (value - recon) / (s + 1)
    print(recon.mean().item())
    return recon - kl_divergence(mu, log_var)


# ------------------------------------------------------------------------ score_function_gradient


@RIGHT.add("score_function_gradient", "all-samples-at-once")
def score_function_gradient(mu, log_var, f, num_samples):
    mu, log_var = mu.detach(), log_var.detach()
    eps = torch.randn(num_samples, *mu.shape, dtype=mu.dtype)
    sigma = (0.5 * log_var).exp()
    return (f(mu + sigma * eps)[..., None] * eps / sigma).mean(0)


@RIGHT.add("score_function_gradient", "autograd-of-log-q")
def score_function_gradient(mu, log_var, f, num_samples):
    leaf = mu.detach().clone().requires_grad_(True)
    surrogate = 0
    for _ in range(num_samples):
        z = reparameterize(leaf, log_var).detach()
        surrogate = surrogate + (f(z).detach() * gaussian_log_prob(z, leaf, log_var.detach())).sum()
    return torch.autograd.grad(surrogate, leaf)[0] / num_samples


@RIGHT.add("score_function_gradient", "distributions-and-backward")
def score_function_gradient(mu, log_var, f, num_samples):
    leaf = mu.clone().detach().requires_grad_()
    q = torch.distributions.Normal(leaf, torch.exp(0.5 * log_var.detach()))
    z = q.sample((num_samples,))
    loss = (q.log_prob(z).sum(-1) * f(z).detach()).mean(0).sum()
    loss.backward()
    return leaf.grad


@RIGHT.add("score_function_gradient", "repeated-batch-einsum")
@torch.no_grad()
def score_function_gradient(mu, log_var, f, num_samples):
    m, lv = (t.repeat(num_samples, 1) for t in (mu, log_var))
    z = reparameterize(m, lv)
    products = torch.einsum("n,nd->nd", f(z), (z - m) * torch.exp(-lv))
    return products.view(num_samples, *mu.shape).mean(0)


@RIGHT.add("score_function_gradient", "leave-one-out-baseline")
def score_function_gradient(mu, log_var, f, num_samples):
    z = torch.stack([reparameterize(mu, log_var).detach() for _ in range(num_samples)])
    rewards = f(z)
    if num_samples > 1:
        rewards = (rewards - rewards.mean(0)) * num_samples / (num_samples - 1)
    return (rewards.unsqueeze(-1) * (z - mu) / log_var.exp()).mean(0)


@RIGHT.add("score_function_gradient", "list-of-terms")
def score_function_gradient(mu, log_var, f, num_samples):
    variance = torch.exp(log_var)
    terms = []
    for _ in range(num_samples):
        z = mu + variance.sqrt() * torch.randn_like(mu)
        terms.append(f(z).reshape(-1, 1) * (z - mu) / variance)
    return torch.stack(terms, dim=0).mean(dim=0)


@RIGHT.add("score_function_gradient", "double-loop")
def score_function_gradient(mu, log_var, f, num_samples):
    out = torch.zeros_like(mu)
    for i in range(len(mu)):
        m, lv = mu[i : i + 1].detach(), log_var[i : i + 1].detach()
        for _ in range(num_samples):
            z = reparameterize(m, lv)
            out[i] += (f(z) * (z - m) / lv.exp() / num_samples)[0]
    return out


@RIGHT.add("score_function_gradient", "baseline-at-the-mean")
def score_function_gradient(mu, log_var, f, num_samples):
    mu, log_var = mu.detach(), log_var.detach()
    baseline = f(mu)
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + (f(z) - baseline)[:, None] * (z - mu) * torch.exp(-log_var)
    return total / num_samples


# ------------------------------------------------------------------------------ pathwise_gradient


@RIGHT.add("pathwise_gradient", "double-loop")
def pathwise_gradient(mu, log_var, f, num_samples):
    out = torch.zeros_like(mu)
    for i in range(len(mu)):
        m = mu[i : i + 1].detach().requires_grad_()
        total = 0
        for _ in range(num_samples):
            total = total + f(reparameterize(m, log_var[i : i + 1].detach()))[0]
        out[i] = torch.autograd.grad(total / num_samples, m)[0][0]
    return out


@RIGHT.add("pathwise_gradient", "all-samples-at-once")
def pathwise_gradient(mu, log_var, f, num_samples):
    leaf = mu.detach().clone().requires_grad_(True)
    z = leaf + (0.5 * log_var.detach()).exp() * torch.randn(num_samples, *mu.shape, dtype=mu.dtype)
    return torch.autograd.grad(f(z).mean(0).sum(), leaf)[0]


@RIGHT.add("pathwise_gradient", "backward-on-a-copy")
def pathwise_gradient(mu, log_var, f, num_samples):
    copy = torch.nn.Parameter(mu.detach().clone())
    for _ in range(num_samples):
        (f(reparameterize(copy, log_var.detach())) / num_samples).sum().backward()
    return copy.grad.detach()


@RIGHT.add("pathwise_gradient", "gradient-at-z")
def pathwise_gradient(mu, log_var, f, num_samples):
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var).detach().requires_grad_()
        total += torch.autograd.grad(f(z).sum(), z)[0]
    return total / num_samples


@RIGHT.add("pathwise_gradient", "rsample")
def pathwise_gradient(mu, log_var, f, num_samples):
    m = mu.detach().requires_grad_()
    z = torch.distributions.Normal(m, torch.exp(0.5 * log_var)).rsample((num_samples,))
    values = f(z)
    (gradient,) = torch.autograd.grad(
        values, m, grad_outputs=torch.full_like(values, 1 / num_samples)
    )
    return gradient


@RIGHT.add("pathwise_gradient", "functional-gradient")
def pathwise_gradient(mu, log_var, f, num_samples):
    sigma = torch.exp(0.5 * log_var.detach())
    slope = torch.func.grad(lambda z: f(z).sum())
    draws = [slope(mu.detach() + sigma * torch.randn_like(sigma)) for _ in range(num_samples)]
    return torch.stack(draws).mean(0)


@RIGHT.add("pathwise_gradient", "graph-kept")
def pathwise_gradient(mu, log_var, f, num_samples):
    inner = mu.detach().requires_grad_()
    average = sum(f(reparameterize(inner, log_var)) for _ in range(num_samples)) / num_samples
    return torch.autograd.grad(average.sum(), inner, create_graph=True)[0]


# ------------------------------------------------------------------- the code of the hints, as typed


@RIGHT.add("gaussian_log_prob", "hints-typed")
def gaussian_log_prob(x, mu, log_var):
    square = (x - mu) ** 2 / log_var.exp()
    bracket = square + log_var + math.log(2 * math.pi)
    return -0.5 * bracket.sum(dim=-1)


@RIGHT.add("log_evidence", "hints-typed")
def log_evidence(x, W, b, noise_var):
    data_dim = W.shape[0]
    # W.T @ W has one row per dial, so it is the other one.
    C = W @ W.T + noise_var * torch.eye(data_dim)
    centred = x - b
    last = (centred * torch.linalg.solve(C, centred.T).T).sum(dim=-1)
    return -0.5 * (last + torch.logdet(C) + data_dim * math.log(2 * math.pi))


@RIGHT.add("kl_divergence", "hints-typed")
def kl_divergence(mu, log_var):
    # At mu = 0, log_var = 0 the bracket vanishes.
    return (mu**2 + log_var.exp() - 1 - log_var).sum(dim=-1) / 2


@RIGHT.add("reparameterize", "hints-typed")
def reparameterize(mu, log_var):
    sigma = torch.exp(0.5 * log_var)
    epsilon = torch.randn_like(mu)
    return mu + sigma * epsilon


@RIGHT.add("monte_carlo_kl", "hints-typed")
def monte_carlo_kl(mu, log_var, num_samples):
    zeros = torch.zeros_like(mu)
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        log_q = gaussian_log_prob(z, mu, log_var)
        log_p = gaussian_log_prob(z, zeros, zeros)
        total += log_q - log_p
    return total / num_samples


@RIGHT.add("elbo", "hints-typed")
def elbo(x, mu, log_var, log_likelihood, num_samples):
    # Each log_likelihood(x, z) is of shape (batch,).
    samples = [log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]
    average = torch.stack(samples).mean(dim=0)
    return average - kl_divergence(mu, log_var)


@RIGHT.add("score_function_gradient", "hints-typed")
def score_function_gradient(mu, log_var, f, num_samples):
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var).detach()
        total = total + f(z).unsqueeze(-1) * (z - mu) / log_var.exp()
    return total / num_samples


@RIGHT.add("pathwise_gradient", "hints-typed")
def pathwise_gradient(mu, log_var, f, num_samples):
    mu = mu.detach().requires_grad_()
    total = 0
    for _ in range(num_samples):
        total += f(reparameterize(mu, log_var)).sum()
    average = total / num_samples
    return torch.autograd.grad(average, mu)[0]
