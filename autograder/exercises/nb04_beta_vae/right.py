"""Known right solutions of lesson 04, written in other ways than the reference."""
# ruff: noqa: F821 - `beta_vae_loss` is a name of the lesson

import math

import numpy as np
import torch

from autograder.exercises.known_answers import Bank

RIGHT = Bank("04_beta_vae")

# -------------------------------------------------------------------------------- beta_vae_loss


@RIGHT.add("beta_vae_loss", "pytorch-cross-entropy")
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    import torch.nn.functional as F

    batch = x.shape[0]
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / batch
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp()) / batch
    return recon + beta * kl, recon, kl


@RIGHT.add("beta_vae_loss", "torch-distributions")
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    from torch.distributions import Bernoulli, Normal, kl_divergence

    q = Normal(mu, torch.exp(0.5 * log_var))
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    recon = -Bernoulli(logits=x_logits, validate_args=False).log_prob(x).sum(-1).mean()
    kl = kl_divergence(q, prior).sum(-1).mean()
    return torch.add(recon, kl, alpha=beta), recon, kl


@RIGHT.add("beta_vae_loss", "per-image-and-loop")
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    losses, recons, kls = [], [], []
    for logits, pixels, m, v in zip(x_logits, x, mu, log_var, strict=True):
        recon = (torch.logaddexp(logits, torch.zeros_like(logits)) - pixels * logits).sum()
        kl = (m @ m + v.exp().sum() - v.sum() - len(v)) / 2
        losses.append(recon + beta * kl)
        recons.append(recon)
        kls.append(kl)
    return [torch.stack(values).mean() for values in (losses, recons, kls)]


@RIGHT.add("beta_vae_loss", "in-float64")
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    wide = [t.double() for t in (x_logits, x, mu, log_var)]
    recon = bernoulli_nll(wide[0], wide[1]).mean()
    kl = kl_per_dimension(wide[2], wide[3]).sum()
    loss = (recon + beta * kl).to(x.dtype)
    return loss, recon.to(x.dtype), kl.to(x.dtype)


@RIGHT.add("beta_vae_loss", "beta-as-a-tensor")
def beta_vae_loss(x_logits, x, mu, log_var, beta=1.0):
    price = torch.as_tensor(beta, dtype=x_logits.dtype, device=x_logits.device)
    costs = torch.stack(
        [
            bernoulli_nll(x_logits, x).mean(),
            torch.einsum("bd,bd->b", mu, mu).add(log_var.expm1().sum(1)).sub(log_var.sum(1)).mean()
            / 2,
        ]
    )
    loss = costs @ torch.stack([torch.ones_like(price), price])
    return loss, *costs.unbind()


# ------------------------------------------------------------------------------ rate_distortion


@RIGHT.add("rate_distortion", "inference-mode-and-finally")
def rate_distortion(model, x):
    was_training = model.training
    try:
        model.eval()
        with torch.inference_mode():
            x_logits, mu, log_var = model(x)
            loss, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 0.0)
            return float(kl), float(recon)
    finally:
        if was_training:
            model.train()


@RIGHT.add("rate_distortion", "no-grad-as-decorator")
def rate_distortion(model, x):
    @torch.no_grad()
    def measure():
        mu, log_var = model.encode(x)
        x_logits = model.decode(model.reparameterize(mu, log_var))
        return kl_per_dimension(mu, log_var).sum(), bernoulli_nll(x_logits, x).mean()

    mode = model.training
    model.train(False)
    rate, distortion = measure()
    model.train(mode)
    return rate.item(), distortion.item()


@RIGHT.add("rate_distortion", "in-weighted-batches")
def rate_distortion(model, x):
    modes = {module: module.training for module in model.modules()}
    model.eval()
    rate = distortion = 0.0
    with torch.no_grad():
        for batch in torch.split(x, 50):
            _, recon, kl = beta_vae_loss(model(batch)[0], batch, *model.encode(batch), beta=1)
            rate += kl.item() * len(batch) / len(x)
            distortion += recon.item() * len(batch) / len(x)
    for module, mode in modes.items():
        module.training = mode
    return rate, distortion


@RIGHT.add("rate_distortion", "from-evaluation")
def rate_distortion(model, x):
    terms = evaluation.neg_elbo(model, x)
    print(f"rate {terms.kl:.2f}, distortion {terms.recon:.2f}")
    return [terms.kl, terms.recon]


# ----------------------------------------------------------------------------- kl_per_dimension


@RIGHT.add("kl_per_dimension", "torch-distributions")
def kl_per_dimension(mu, log_var):
    from torch.distributions import Normal, kl_divergence

    q = Normal(mu, log_var.mul(0.5).exp())
    return kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).mean(0)


@RIGHT.add("kl_per_dimension", "einsum")
def kl_per_dimension(mu, log_var):
    squares = torch.einsum("bd,bd->d", mu, mu)
    return (squares + torch.sum(log_var.exp() - log_var, 0)) / (2 * len(mu)) - 0.5


@RIGHT.add("kl_per_dimension", "loop-over-dimensions")
def kl_per_dimension(mu, log_var):
    entries = []
    for j in range(mu.shape[1]):
        m, v = mu[:, j], log_var[:, j]
        entries.append(torch.mean(-0.5 * (1 + v - m**2 - torch.exp(v))))
    return torch.stack(entries)


@RIGHT.add("kl_per_dimension", "moments")
def kl_per_dimension(mu, log_var):
    second_moment = mu.var(dim=0, correction=0) + mu.mean(dim=0) ** 2
    return 0.5 * (second_moment + log_var.exp().mean(0) - log_var.mean(0)).sub_(1)


@RIGHT.add("kl_per_dimension", "in-place-on-own-tensors")
def kl_per_dimension(mu, log_var):
    table = mu.square()
    table += log_var.exp()
    table -= log_var + 1
    return torch.mean(table, dim=0).div(2)


# --------------------------------------------------------------------------------- active_units


@RIGHT.add("active_units", "biased-variance")
def active_units(mu, threshold=0.01):
    centred = mu - mu.mean(dim=0, keepdim=True)
    return torch.count_nonzero(centred.square().mean(dim=0) > threshold).item()


@RIGHT.add("active_units", "numpy")
def active_units(mu, threshold=0.01):
    variances = np.var(mu.detach().cpu().numpy(), axis=0)
    return int(np.count_nonzero(variances > threshold))


@RIGHT.add("active_units", "loop")
def active_units(mu, threshold=0.01):
    count = 0
    for column in mu.T:
        if column.std().item() ** 2 > threshold:
            count += 1
    return count


@RIGHT.add("active_units", "covariance-matrix")
def active_units(mu, threshold: float = 0.01):
    variances = torch.atleast_2d(torch.cov(mu.T.double())).diagonal()
    return len(variances[variances > threshold])


@RIGHT.add("active_units", "list-of-booleans")
def active_units(mu, threshold=1e-2):
    print("counting", mu.shape[1], "units")
    return sum((mu.var(0, unbiased=True) > threshold).tolist())


# -------------------------------------------------------------------------------- linear_warmup


@RIGHT.add("linear_warmup", "min")
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps == 0:
        return beta_max
    return beta_max * min(1.0, step / warmup_steps)


@RIGHT.add("linear_warmup", "numpy-interp")
def linear_warmup(step, warmup_steps, beta_max):
    if warmup_steps <= 0:
        return float(beta_max)
    return float(np.interp(step, [0, warmup_steps], [0.0, beta_max]))


@RIGHT.add("linear_warmup", "tensor")
def linear_warmup(step, warmup_steps, beta_max):
    fraction = torch.tensor(step / warmup_steps if warmup_steps else 1.0, dtype=torch.float64)
    return beta_max * fraction.clamp(0, 1)


@RIGHT.add("linear_warmup", "divide-by-at-least-the-step")
def linear_warmup(step, warmup_steps, beta_max):
    longest = max(step, warmup_steps)
    return (
        beta_max * min(step, warmup_steps) / warmup_steps
        if 0 < warmup_steps <= longest
        else beta_max
    )


@RIGHT.add("linear_warmup", "exact-fractions")
def linear_warmup(step, warmup_steps, beta_max):
    from fractions import Fraction

    try:
        fraction = Fraction(step) / Fraction(warmup_steps)
    except ZeroDivisionError:
        fraction = Fraction(1)
    return float(min(fraction, Fraction(1)) * Fraction(beta_max))


# -------------------------------------------------------------------------------- capacity_loss


@RIGHT.add("capacity_loss", "through-a-negative-elbo")
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    loss, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 0.0)
    return loss + gamma * torch.abs(kl - capacity)


@RIGHT.add("capacity_loss", "by-hand")
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    import torch.nn.functional as F

    recon = (F.softplus(x_logits) - x * x_logits).sum(1).mean()
    kl = -0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(1).mean()
    return recon + gamma * torch.maximum(kl - capacity, capacity - kl)


@RIGHT.add("capacity_loss", "two-fines")
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    recon, kl = bernoulli_nll(x_logits, x).mean(), kl_per_dimension(mu, log_var).sum()
    over = (kl - capacity).relu()
    under = (capacity - kl).relu()
    return recon + gamma * over + gamma * under


@RIGHT.add("capacity_loss", "l1-loss")
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    target = torch.full_like(kl, float(capacity))
    return torch.add(recon, torch.nn.functional.l1_loss(kl, target), alpha=gamma)


@RIGHT.add("capacity_loss", "sign")
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    loss = 0.0
    for row in range(len(x)):
        one = slice(row, row + 1)
        loss = loss + bernoulli_nll(x_logits[one], x[one])[0] / len(x)
    kl = kl_per_dimension(mu, log_var).sum()
    return loss + gamma * (kl - capacity) if kl > capacity else loss - gamma * (kl - capacity)


# ----------------------------------------------------------------------- mutual_information_gap


@RIGHT.add("mutual_information_gap", "counted-tables")
def mutual_information_gap(latents, factors, num_bins=20):
    latents, factors = (torch.as_tensor(t).detach().cpu().numpy() for t in (latents, factors))
    n = len(latents)

    def entropy(p):
        p = p[p > 0]
        return -(p * np.log(p)).sum()

    gaps = []
    for factor in factors.T:
        values, index = np.unique(factor, return_inverse=True)
        h_factor = entropy(np.bincount(index) / n)
        scores = []
        for z in latents.T:
            low, high = float(z.min()), float(z.max())
            table = np.histogram2d(
                z.astype(float),
                index,
                bins=[num_bins, len(values)],
                range=[[low, high if high > low else low + 1], [-0.5, len(values) - 0.5]],
            )[0]
            scores.append(entropy(table.sum(1) / n) + h_factor - entropy(table.ravel() / n))
        second, first = np.sort(scores)[-2:]
        gaps.append((first - second) / h_factor)
    return float(sum(gaps) / len(gaps))


@RIGHT.add("mutual_information_gap", "one-hot-in-torch")
def mutual_information_gap(latents, factors, num_bins=20):
    import torch.nn.functional as F

    z, v = torch.as_tensor(latents).double(), torch.as_tensor(factors)
    low, high = z.amin(0), z.amax(0)
    width = torch.where(high > low, high - low, torch.ones_like(high))
    codes = ((z - low) / width * num_bins).long().clamp(max=num_bins - 1)
    bins = F.one_hot(codes, num_bins).double()
    gaps = []
    for factor in v.T:
        index = torch.unique(factor, return_inverse=True)[1]
        joint = torch.einsum("njb,nv->jbv", bins, F.one_hot(index).double()) / len(z)
        independent = joint.sum(2, keepdim=True) * joint.sum(1, keepdim=True)
        ratio = torch.where(
            joint > 0, joint / independent.clamp(min=1e-300), torch.ones_like(joint)
        )
        information = (joint * ratio.log()).sum((1, 2))
        p = joint[0].sum(0)
        entropy = torch.special.entr(p).sum()
        top = information.topk(2).values
        gaps.append((top[0] - top[1]) / entropy)
    return torch.stack(gaps).mean().item()


@RIGHT.add("mutual_information_gap", "pandas-free-dictionaries")
def mutual_information_gap(latents, factors, num_bins=20):
    from collections import Counter

    z = [[float(number) for number in row] for row in latents]
    v = [[int(number) for number in row] for row in factors]
    n = len(z)

    def entropy(things):
        return -sum(c / n * math.log(c / n) for c in Counter(things).values())

    columns = []
    for column in zip(*z, strict=True):
        low, high = min(column), max(column)
        step = (high - low) / num_bins
        columns.append([min(int((a - low) / step), num_bins - 1) if step else 0 for a in column])
    total, count = 0.0, 0
    for factor in zip(*v, strict=True):
        known = sorted(
            (
                entropy(c) + entropy(factor) - entropy(list(zip(c, factor, strict=True)))
                for c in columns
            ),
            reverse=True,
        )
        total += (known[0] - known[1]) / entropy(factor)
        count += 1
    return total / count


@RIGHT.add("mutual_information_gap", "conditional-entropy-and-clip")
def mutual_information_gap(latents, factors, num_bins=20):
    def as_array(t):
        return t.detach().cpu().numpy() if hasattr(t, "detach") else np.asarray(t)

    latents, factors = as_array(latents), as_array(factors)
    codes = np.empty(latents.shape, dtype=np.int64)
    for j in range(latents.shape[1]):
        edges = np.histogram_bin_edges(latents[:, j], bins=num_bins)
        codes[:, j] = np.searchsorted(edges[:-1], latents[:, j], side="right") - 1
    gaps = []
    for k in range(factors.shape[1]):
        mi = np.array(
            [mutual_info_score(factors[:, k], codes[:, j]) for j in range(codes.shape[1])]
        )
        best = mi.argmax()
        rest = np.delete(mi, best).max()
        p = np.unique(factors[:, k], return_counts=True)[1] / len(factors)
        gaps.append((mi[best] - rest) / -(p * np.log(p)).sum())
    return min(1.0, max(0.0, float(np.mean(gaps))))


@RIGHT.add("mutual_information_gap", "scikit-learn-discretiser")
def mutual_information_gap(latents, factors, num_bins=20):
    latents = torch.as_tensor(latents).detach().cpu().numpy().astype(np.float64)
    factors = torch.as_tensor(factors).cpu().numpy()
    span = np.ptp(latents, axis=0)
    span[span == 0] = 1
    codes = np.minimum((latents - latents.min(0)) / span * num_bins, num_bins - 1).astype(int)
    table = np.array([[mutual_info_score(f, c) for c in codes.T] for f in factors.T])
    entropies = np.array([mutual_info_score(f, f) for f in factors.T])
    table = np.sort(table, axis=1) / entropies[:, None]
    return (table[:, -1] - table[:, -2]).mean().item()


# ------------------------------------------------------------- the hints, typed as they stand


@RIGHT.add("beta_vae_loss", "hints-typed")
def beta_vae_loss(x_logits, x, mu, log_var, beta):
    recon = bernoulli_nll(x_logits, x).mean()
    kl = (0.5 * (mu**2 + torch.exp(log_var) - 1 - log_var)).sum(dim=1).mean()
    return recon + beta * kl, recon, kl


@RIGHT.add("rate_distortion", "hints-typed")
def rate_distortion(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, 4.0)
    model.train(was_training)
    return kl.item(), recon.item()


@RIGHT.add("kl_per_dimension", "hints-typed")
def kl_per_dimension(mu, log_var):
    bracket = mu**2 + torch.exp(log_var) - 1 - log_var
    return torch.mean(bracket / 2, dim=0)


@RIGHT.add("active_units", "hints-typed")
def active_units(mu, threshold=0.01):
    is_active = mu.var(dim=0) > threshold
    return int(is_active.sum())


@RIGHT.add("linear_warmup", "hints-typed")
def linear_warmup(step, warmup_steps, beta_max):
    if step >= warmup_steps:
        return beta_max
    return beta_max * (step / warmup_steps)


@RIGHT.add("capacity_loss", "hints-typed")
def capacity_loss(x_logits, x, mu, log_var, gamma, capacity):
    _, recon, kl = beta_vae_loss(x_logits, x, mu, log_var, beta=1.0)
    distance = torch.abs(kl - capacity)
    return recon + gamma * distance


@RIGHT.add("mutual_information_gap", "hints-typed")
def mutual_information_gap(latents, factors, num_bins=20):
    latents = torch.as_tensor(latents).detach().cpu().numpy()
    factors = torch.as_tensor(factors).detach().cpu().numpy()
    codes = []
    for j in range(latents.shape[1]):
        latent = latents[:, j]
        low, high = latent.min(), latent.max()
        inner_edges = np.linspace(low, high, num_bins + 1)[1:-1]
        codes.append(np.digitize(latent, inner_edges))
    gaps = []
    for k in range(factors.shape[1]):
        factor = factors[:, k]
        information = sorted(mutual_info_score(factor, code) for code in codes)
        gap = information[-1] - information[-2]
        gaps.append(gap / mutual_info_score(factor, factor))
    return float(np.mean(gaps))
