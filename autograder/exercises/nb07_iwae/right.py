"""Known right solutions of lesson 07, written in other ways than the reference."""
# ruff: noqa: F821 - names of the lesson

import math

import torch
from torch.distributions import Normal

from autograder.exercises.known_answers import Bank
from course_utils import data, evaluation
from course_utils.likelihood import bernoulli_nll

RIGHT = Bank("07_iwae")

# ------------------------------------------------------------------------------------- binarize


@RIGHT.add("binarize", "torch-bernoulli")
def binarize(x):
    return torch.bernoulli(x)


@RIGHT.add("binarize", "torch-distributions")
def binarize(x):
    from torch.distributions import Bernoulli

    return Bernoulli(probs=x).sample()


@RIGHT.add("binarize", "from-the-course")
def binarize(x):
    return data.binarize(x)


@RIGHT.add("binarize", "where-and-a-full-tensor-of-uniforms")
def binarize(x):
    u = torch.empty(x.shape, dtype=x.dtype, device=x.device).uniform_()
    return torch.where(u >= x, torch.zeros_like(x), torch.ones_like(x))


@RIGHT.add("binarize", "image-by-image")
def binarize(x):
    out = x.clone()
    for i in range(len(x)):
        out[i] = 1.0 * (torch.rand(x[i].shape) < x[i])
    return out


@RIGHT.add("binarize", "numpy")
def binarize(x):
    import numpy as np

    drawn = np.random.random_sample(tuple(x.shape)) < x.numpy()
    return torch.from_numpy(drawn).to(x.dtype)


# --------------------------------------------------------------------------------- log_mean_exp


@RIGHT.add("log_mean_exp", "by-hand")
def log_mean_exp(values, dim):
    m = values.amax(dim=dim, keepdim=True)
    return (values - m).exp().mean(dim=dim).log() + m.squeeze(dim)


@RIGHT.add("log_mean_exp", "largest-held-fixed")
def log_mean_exp(values, dim):
    m, _ = torch.max(values.detach(), dim, keepdim=True)
    return torch.log(torch.mean(torch.exp(values - m), dim)) + m.squeeze(dim)


@RIGHT.add("log_mean_exp", "one-after-the-other")
def log_mean_exp(values, dim):
    parts = values.unbind(dim)
    total = parts[0]
    for part in parts[1:]:
        total = torch.logaddexp(total, part)
    return total - math.log(len(parts))


@RIGHT.add("log_mean_exp", "count-inside")
def log_mean_exp(values, dim):
    return torch.logsumexp(values - torch.tensor(float(values.size(dim))).log(), dim)


@RIGHT.add("log_mean_exp", "float64-inside")
def log_mean_exp(values, dim=-1):
    wide = values.to(torch.float64)
    return (torch.logsumexp(wide, dim) - math.log(values.shape[dim])).to(values.dtype)


@RIGHT.add("log_mean_exp", "moved-to-the-end")
def log_mean_exp(values, dim):
    rows = torch.movedim(values, dim, -1)
    m = rows.max(-1).values
    return m + (rows - m[..., None]).exp().sum(-1).log() - math.log(rows.shape[-1])


# ------------------------------------------------------------------------ effective_sample_size


@RIGHT.add("effective_sample_size", "by-hand")
def effective_sample_size(log_weights):
    w = (log_weights - log_weights.max(dim=1, keepdim=True).values).exp()
    return w.sum(1) ** 2 / (w**2).sum(1)


@RIGHT.add("effective_sample_size", "in-logarithms")
def effective_sample_size(log_weights):
    return (2 * log_weights.logsumexp(1) - (2 * log_weights).logsumexp(1)).exp()


@RIGHT.add("effective_sample_size", "row-by-row")
def effective_sample_size(log_weights):
    sizes = []
    for row in log_weights:
        shares = torch.softmax(row, 0)
        sizes.append(1 / torch.dot(shares, shares))
    return torch.stack(sizes)


@RIGHT.add("effective_sample_size", "by-the-variance")
def effective_sample_size(log_weights):
    num = log_weights.shape[1]
    relative = num * log_weights.softmax(1)
    return num / (1 + relative.var(1, correction=0))


@RIGHT.add("effective_sample_size", "log-softmax-in-float64")
def effective_sample_size(log_weights):
    log_shares = torch.log_softmax(log_weights.double(), dim=-1)
    return torch.exp(-torch.logsumexp(2 * log_shares, dim=-1)).to(log_weights.dtype)


# ----------------------------------------------------------------------- log_importance_weights


RIGHT.edit(
    "log_importance_weights",
    "hints-typed",
    edits={
        "mu, sigma = mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1)": "mu = mu.unsqueeze(1)\n    sigma = torch.exp(0.5 * log_var).unsqueeze(1)"
    },
)


@RIGHT.add("log_importance_weights", "one-sample-at-a-time")
def log_importance_weights(model, x, num_samples):
    import torch.nn.functional as F

    mu, log_var = model.encode(x)
    std = torch.exp(log_var / 2)
    columns = []
    for _ in range(num_samples):
        eps = torch.randn_like(std)
        z = mu + eps * std
        nll = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="none").sum(1)
        ratio = 0.5 * (eps**2 - z**2 + log_var).sum(1)
        columns.append(ratio - nll)
    return torch.stack(columns, dim=1)


@RIGHT.add("log_importance_weights", "three-axes-and-distributions")
def log_importance_weights(model, x, num_samples):
    from torch.distributions import Bernoulli, Independent

    mu, log_var = model.encode(x)
    q = Independent(Normal(mu, (0.5 * log_var).exp()), 1)
    prior = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    z = q.rsample((num_samples,))
    likelihood = Independent(Bernoulli(logits=model.decode(z)), 1)
    return (likelihood.log_prob(x) + prior.log_prob(z) - q.log_prob(z)).transpose(0, 1)


@RIGHT.add("log_importance_weights", "images-repeated")
def log_importance_weights(model, x, num_samples):
    many = x.repeat_interleave(num_samples, dim=0)
    mu, log_var = model.encode(many)
    z = model.reparameterize(mu, log_var)
    log_p = Normal(0.0, 1.0).log_prob(z).sum(1) - bernoulli_nll(model.decode(z), many)
    log_q = Normal(mu, torch.exp(0.5 * log_var)).log_prob(z).sum(1)
    return (log_p - log_q).reshape(x.shape[0], num_samples)


@RIGHT.add("log_importance_weights", "image-by-image")
def log_importance_weights(model, x, num_samples):
    rows = []
    for image in x:
        mu, log_var = model.encode(image[None])
        noise = torch.randn(num_samples, mu.shape[1], dtype=mu.dtype)
        z = mu + noise * log_var.mul(0.5).exp()
        log_q = -0.5 * (noise.square() + log_var + math.log(2 * math.pi)).sum(1)
        log_p = -0.5 * (z.square() + math.log(2 * math.pi)).sum(1)
        rows.append(log_p - log_q - bernoulli_nll(model.decode(z), image))
    return torch.stack(rows)


@RIGHT.add("log_importance_weights", "samples-first-and-softplus")
def log_importance_weights(model, x, num_samples):
    mu, log_var = model.encode(x)
    eps = torch.randn((num_samples, *mu.shape)).to(mu)
    z = mu + torch.exp(0.5 * log_var) * eps
    logits = model.decode(z.view(-1, mu.shape[1])).view(num_samples, *x.shape)
    log_px = (x * logits - torch.nn.functional.softplus(logits)).sum(-1)
    return (log_px - 0.5 * z.pow(2).sum(-1) + 0.5 * eps.pow(2).sum(-1) + 0.5 * log_var.sum(-1)).T


# ----------------------------------------------------------------------------------- iwae_bound


@RIGHT.add("iwae_bound", "logsumexp")
def iwae_bound(model, x, num_samples):
    log_w = log_importance_weights(model, x, num_samples)
    return torch.logsumexp(log_w, dim=1) - math.log(num_samples)


@RIGHT.add("iwae_bound", "written-out")
def iwae_bound(model, x, num_samples):
    import torch.nn.functional as F

    mu, log_var = model.encode(x)
    eps = torch.randn((num_samples, *mu.shape), dtype=mu.dtype)
    z = mu + eps * (log_var / 2).exp()
    target = x.expand(num_samples, *x.shape)
    nll = F.binary_cross_entropy_with_logits(model.decode(z), target, reduction="none").sum(-1)
    log_w = 0.5 * (eps**2 - z**2 + log_var).sum(-1) - nll
    top = log_w.max(0).values
    return top + (log_w - top).exp().mean(0).log()


@RIGHT.add("iwae_bound", "running-average")
def iwae_bound(model, x, num_samples):
    total = log_importance_weights(model, x, 1)[:, 0]
    for _ in range(num_samples - 1):
        total = torch.logaddexp(total, log_importance_weights(model, x, 1)[:, 0])
    return total - math.log(num_samples)


@RIGHT.add("iwae_bound", "image-by-image")
def iwae_bound(model, x, num_samples):
    rows = [log_importance_weights(model, image[None], num_samples) for image in x]
    return torch.cat([log_mean_exp(row, 1) for row in rows])


@RIGHT.add("iwae_bound", "encoder-run-again-for-every-sample")
def iwae_bound(model, x, num_samples):
    log_w = []
    for _ in range(num_samples):
        mu, log_var = model.encode(x)
        z = model.reparameterize(mu, log_var)
        log_q = Normal(mu, (0.5 * log_var).exp()).log_prob(z).sum(1)
        log_p = Normal(0.0, 1.0).log_prob(z).sum(1) - bernoulli_nll(model.decode(z), x)
        log_w.append(log_p - log_q)
    return log_mean_exp(torch.stack(log_w), dim=0)


# ------------------------------------------------------------------------------- log_likelihood


@RIGHT.add("log_likelihood", "running-logarithm")
def log_likelihood(model, x, num_samples, chunk_size):
    with torch.no_grad():
        total, left = None, num_samples
        while left > 0:
            size = min(left, chunk_size)
            part = log_importance_weights(model, x, size).logsumexp(1)
            total = part if total is None else torch.logaddexp(total, part)
            left -= size
        return total - math.log(num_samples)


@RIGHT.add("log_likelihood", "weighted-averages-of-chunks")
def log_likelihood(model, x, num_samples, chunk_size):
    @torch.no_grad()
    def estimate():
        sizes = [chunk_size] * (num_samples // chunk_size)
        if num_samples % chunk_size:
            sizes.append(num_samples % chunk_size)
        parts = [iwae_bound(model, x, size) + math.log(size / num_samples) for size in sizes]
        return torch.stack(parts).logsumexp(0)

    return estimate()


@RIGHT.add("log_likelihood", "table-filled-in-inference-mode")
def log_likelihood(model, x, num_samples, chunk_size):
    with torch.inference_mode():
        table = torch.empty(len(x), num_samples, dtype=x.dtype)
        for start in range(0, num_samples, chunk_size):
            columns = table[:, start : start + chunk_size]
            columns[:] = log_importance_weights(model, x, columns.shape[1])
        return log_mean_exp(table, 1)


@RIGHT.add("log_likelihood", "image-by-image")
def log_likelihood(model, x, num_samples, chunk_size):
    values = []
    with torch.no_grad():
        for i in range(len(x)):
            sizes = torch.arange(num_samples).split(chunk_size)
            log_w = [log_importance_weights(model, x[i : i + 1], len(s)) for s in sizes]
            values.append(torch.cat(log_w, 1).logsumexp(1) - math.log(num_samples))
    return torch.cat(values)


@RIGHT.add("log_likelihood", "from-evaluation")
def log_likelihood(model, x, num_samples, chunk_size):
    values = [-evaluation.iwae(model, row[None], num_samples, chunk_size) for row in x]
    return torch.tensor(values, dtype=x.dtype)


@RIGHT.add("log_likelihood", "encoded-once")
def log_likelihood(model, x, num_samples, chunk_size):
    with torch.no_grad():
        mu, log_var = model.encode(x)
        sigma = (0.5 * log_var).exp()
        log_w = []
        done = 0
        while done < num_samples:
            size = min(chunk_size, num_samples - done)
            eps = torch.randn(size, *mu.shape, dtype=mu.dtype)
            z = mu + sigma * eps
            logits = model.decode(z.flatten(0, 1)).view(size, len(x), -1)
            log_w.append(
                0.5 * (eps.square() - z.square() + log_var).sum(-1) - bernoulli_nll(logits, x)
            )
            done += size
        return log_mean_exp(torch.cat(log_w), dim=0)
