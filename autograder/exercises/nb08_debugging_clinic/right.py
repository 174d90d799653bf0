"""Known right solutions of lesson 08: the same programs written in other ways."""
# ruff: noqa: F821 - names of the lesson

import torch
import torch.nn.functional as F

from autograder.exercises.known_answers import Bank

RIGHT = Bank("08_debugging_clinic")

# ----------------------------------------------------------------------------------------- repair_1


@RIGHT.add("repair_1", "through-forward")
def repair_1(model, x):
    x_logits, mu, log_var = model(x)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / x.shape[0]
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp()) / x.shape[0]
    return recon + kl, recon, kl


@RIGHT.add("repair_1", "distributions-throughout")
def repair_1(model, x):
    from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

    mu, log_var = model.encode(x)
    q = Independent(Normal(mu, log_var.exp().sqrt()), 1)
    p = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    likelihood = Bernoulli(logits=model.decode(q.rsample()), validate_args=False)
    recon = -likelihood.log_prob(x).sum(-1).mean()
    kl = kl_divergence(q, p).mean()
    return recon + kl, recon, kl


@RIGHT.add("repair_1", "per-image-softplus")
def repair_1(model, x):
    mean, logvar = model.encode(x)
    std = torch.sqrt(torch.exp(logvar))
    eps = torch.randn(std.shape, dtype=std.dtype, device=std.device)
    logits = model.decode(torch.addcmul(mean, std, eps))
    nll = torch.sum(F.softplus(logits) - x * logits, dim=1)
    kl = torch.sum(0.5 * (mean**2 + std**2 - 1 - logvar), dim=1)
    per_image = nll + kl
    return [per_image.mean(), nll.mean(), kl.mean()]


@RIGHT.add("repair_1", "image-by-image")
def repair_1(model, x):
    recons, kls = [], []
    mu, log_var = model.encode(x)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    for logits, image, m, v in zip(model.decode(z), x, mu, log_var):
        recons.append(F.binary_cross_entropy_with_logits(logits, image, reduction="sum"))
        kls.append(0.5 * (m @ m + v.exp().sum() - len(m) - v.sum()))
    recon, kl = torch.stack(recons).mean(), torch.stack(kls).mean()
    return recon + kl, recon, kl


# ----------------------------------------------------------------------------------------- repair_2


@RIGHT.add("repair_2", "log-var-form")
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
    recon = F.binary_cross_entropy_with_logits(model.decode(z), x, reduction="sum") / len(x)
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(-1).mean()
    return recon + beta * kl, recon, kl


@RIGHT.add("repair_2", "twice-the-bracket-halved")
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    sigma = torch.exp(0.5 * log_var)
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = ((sigma**2 + mu**2 - 2 * torch.log(sigma) - 1) / 2).sum(dim=1).mean()
    return torch.add(recon, kl, alpha=beta), recon, kl


@RIGHT.add("repair_2", "kl-divergence-of-torch")
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    q = torch.distributions.Normal(mu, torch.exp(0.5 * log_var))
    p = torch.distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    x_logits = model.decode(q.rsample())
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = torch.distributions.kl_divergence(q, p).sum(dim=1).mean()
    return recon + kl * beta, recon, kl


@RIGHT.add("repair_2", "loop-over-dimensions")
def repair_2(model, x, beta=1.0):
    mu, log_var = model.encode(x)
    sigma = (0.5 * log_var).exp()
    z = mu + sigma * torch.randn_like(sigma)
    x_logits = model.decode(z)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1).mean()
    kl = torch.zeros((), dtype=mu.dtype)
    for j in range(mu.shape[1]):
        m, v = mu[:, j], log_var[:, j]
        kl = kl + 0.5 * (m * m + torch.expm1(v) - v).mean()
    return recon + beta * kl, recon, kl


# ----------------------------------------------------------------------------------------- repair_3


@RIGHT.add("repair_3", "closed-forms-by-hand")
def repair_3(model, x, sigma):
    import math

    mu, log_var = model.encode(x)
    z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
    x_hat = torch.sigmoid(model.decode(z))
    constant = x.shape[1] * (math.log(sigma) + 0.5 * math.log(2 * math.pi))
    recon = ((x - x_hat) ** 2).sum(1).mean() / (2 * sigma**2) + constant
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean()
    return recon + kl, recon, kl


@RIGHT.add("repair_3", "sum-over-batch-size")
def repair_3(model, x, sigma):
    from torch.distributions import Normal, kl_divergence

    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum() / len(x)
    kl = kl_divergence(q, Normal(0.0, 1.0)).sum() / len(x)
    return recon + kl, recon, kl


@RIGHT.add("repair_3", "mean-times-latent-dim")
def repair_3(model, x, sigma):
    from torch.distributions import Normal, kl_divergence

    mu, log_var = model.encode(x)
    q = Normal(mu, log_var.div(2).exp())
    x_hat = model.decode(q.rsample()).sigmoid()
    recon = -Normal(x_hat, sigma).log_prob(x).sum(dim=1).mean()
    kl = mu.shape[1] * kl_divergence(q, Normal(torch.zeros_like(mu), 1.0)).mean()
    return recon + kl, recon, kl


@RIGHT.add("repair_3", "gaussian-nll-of-torch")
def repair_3(model, x, sigma):
    mu, log_var = model.encode(x)
    x_hat = model.decode(model.reparameterize(mu, log_var)).sigmoid()
    variance = torch.full_like(x, sigma**2)
    recon = F.gaussian_nll_loss(x_hat, x, variance, full=True, reduction="sum") / len(x)
    kl = (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).sum(dim=1).mean(dim=0)
    return recon + kl, recon, kl


# ----------------------------------------------------------------------------------------- repair_4


@RIGHT.add("repair_4", "reparameterised-by-hand")
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    sigma = torch.exp(log_var / 2)
    noise = torch.randn(num_samples, *mu.shape, dtype=mu.dtype)
    x_logits = model.decode(mu + sigma * noise)
    targets = x.expand_as(x_logits)
    nll = F.binary_cross_entropy_with_logits(x_logits, targets, reduction="none").sum(dim=-1)
    kl = 0.5 * (mu.square() + sigma.square() - 1 - log_var).sum(dim=1).mean()
    return nll.mean() + kl, nll.mean(), kl


@RIGHT.add("repair_4", "loop-over-samples")
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    recon = 0.0
    for _ in range(num_samples):
        x_logits = model.decode(model.reparameterize(mu, log_var))
        nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
        recon = recon + nll / (len(x) * num_samples)
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


@RIGHT.add("repair_4", "rows-repeated")
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    many_mu = mu.repeat_interleave(num_samples, dim=0)
    many_sigma = (0.5 * log_var).exp().repeat_interleave(num_samples, dim=0)
    z = many_mu + many_sigma * torch.randn_like(many_mu)
    many_x = x.repeat_interleave(num_samples, dim=0)
    recon = F.binary_cross_entropy_with_logits(model.decode(z), many_x, reduction="sum")
    recon = recon / len(many_x)
    return recon + kl, recon, kl


@RIGHT.add("repair_4", "antithetic-is-not-needed-list-of-samples")
def repair_4(model, x, num_samples=4):
    mu, log_var = model.encode(x)
    q = torch.distributions.Independent(torch.distributions.Normal(mu, (log_var / 2).exp()), 1)
    costs = [
        F.softplus(logits).sum(-1) - (x * logits).sum(-1)
        for logits in (model.decode(q.rsample()) for _ in range(num_samples))
    ]
    recon = torch.stack(costs).mean(dim=0).mean()
    kl = -0.5 * (1 + log_var - mu.square() - log_var.exp()).sum(dim=1).mean()
    return (recon + kl, recon, kl)


# ----------------------------------------------------------------------------------------- repair_5


@RIGHT.add("repair_5", "through-forward")
def repair_5(model, x):
    x_logits, mu, log_var = model(x)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1).mean()
    return recon + kl, x_logits.sigmoid().detach()


@RIGHT.add("repair_5", "softplus")
def repair_5(model, x):
    mu, log_var = model.encode(x)
    x_logits = model.decode(mu + log_var.mul(0.5).exp() * torch.randn_like(mu))
    nll = x * F.softplus(-x_logits) + (1 - x) * F.softplus(x_logits)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var)
    return (nll.sum() + kl.sum()) / len(x), torch.sigmoid(x_logits)


@RIGHT.add("repair_5", "logsigmoid")
def repair_5(model, x):
    mu, log_var = model.encode(x)
    logits = model.decode(mu + log_var.mul(0.5).exp() * torch.randn_like(mu))
    log_p = (x * F.logsigmoid(logits) + (1 - x) * F.logsigmoid(-logits)).sum(dim=1)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    with torch.no_grad():
        x_hat = 1 / (1 + torch.exp(-logits))
    return (kl - log_p).mean(), x_hat


@RIGHT.add("repair_5", "bernoulli-of-torch")
def repair_5(model, x):
    mu, log_var = model.encode(x)
    z = mu + log_var.mul(0.5).exp() * torch.randn_like(mu)
    pixels = torch.distributions.Bernoulli(logits=model.decode(z), validate_args=False)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return kl - pixels.log_prob(x).sum() / len(x), pixels.probs


# ----------------------------------------------------------------------------------------- repair_6


@RIGHT.add("repair_6", "encoder-still-sees-scaled-pixels")
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    scaled = (x - 0.5) / 0.5
    mu, log_var = model.encode(scaled, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


@RIGHT.add("repair_6", "target-scaled-back")
def repair_6(model, x, labels):
    y = F.one_hot(labels, model.num_classes).to(x.dtype)
    x = (x - 0.5) / 0.5
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var * 0.5) * torch.randn_like(mu)
    x_logits = model.decode(z, y)
    target = x * 0.5 + 0.5
    recon = F.binary_cross_entropy_with_logits(x_logits, target, reduction="none").sum(1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


@RIGHT.add("repair_6", "through-forward")
def repair_6(model, x, labels):
    y = torch.eye(model.num_classes, dtype=x.dtype)[labels]
    x_logits, mu, log_var = model(x, y)
    recon = (F.softplus(x_logits) - x * x_logits).sum(dim=1).mean()
    kl = 0.5 * (mu.square() + log_var.exp() - log_var - 1).sum(dim=1).mean()
    return recon + kl, recon, kl


@RIGHT.add("repair_6", "scatter-and-distributions")
def repair_6(model, x, labels):
    from torch.distributions import Bernoulli, Normal, kl_divergence

    y = torch.zeros(len(x), model.num_classes, dtype=x.dtype).scatter(1, labels[:, None], 1.0)
    mu, log_var = model.encode(x, y)
    q = Normal(mu, log_var.mul(0.5).exp())
    likelihood = Bernoulli(logits=model.decode(q.rsample(), y), validate_args=False)
    recon = -likelihood.log_prob(x).sum() / len(x)
    kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu))).sum() / len(x)
    return recon + kl, recon, kl


# ----------------------------------------------------------------------------------------- repair_7


@RIGHT.add("repair_7", "sums-over-images")
def repair_7(model, x, optimizer, batch_size=128):
    recon_sum, kl_sum = 0.0, 0.0
    for start in range(0, len(x), batch_size):
        batch = x[start : start + batch_size]
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="sum")
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum()
        optimizer.zero_grad()
        ((recon + kl) / len(batch)).backward()
        optimizer.step()
        recon_sum += recon.item()
        kl_sum += kl.item()
    n = len(x)
    return {"loss": (recon_sum + kl_sum) / n, "recon": recon_sum / n, "kl": kl_sum / n}


@RIGHT.add("repair_7", "every-image-remembered")
def repair_7(model, x, optimizer, batch_size=128):
    recons, kls = [], []
    for batch in torch.utils.data.DataLoader(x, batch_size=batch_size, shuffle=False):
        optimizer.zero_grad()
        mu, log_var = model.encode(batch)
        x_logits = model.decode(model.reparameterize(mu, log_var))
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none").sum(1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(1)
        (recon + kl).mean().backward()
        optimizer.step()
        recons.append(recon.detach())
        kls.append(kl.detach())
    recon, kl = torch.cat(recons).mean().item(), torch.cat(kls).mean().item()
    return dict(kl=kl, recon=recon, loss=recon + kl)


@RIGHT.add("repair_7", "running-mean")
def repair_7(model, x, optimizer, batch_size=128):
    seen, means = 0, {"loss": 0.0, "recon": 0.0, "kl": 0.0}
    for batch in x.split(batch_size):
        x_logits, mu, log_var = model(batch)
        recon = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="sum") / len(batch)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        loss = recon + kl
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        seen += len(batch)
        for name, value in (("loss", loss), ("recon", recon), ("kl", kl)):
            means[name] += (value.item() - means[name]) * len(batch) / seen
    return means


@RIGHT.add("repair_7", "weighted-average-of-lists")
def repair_7(model, x, optimizer, batch_size=128):
    import numpy as np

    rows, sizes = [], []
    for batch in torch.split(x, batch_size):
        x_logits, mu, log_var = model(batch)
        nll = F.binary_cross_entropy_with_logits(x_logits, batch, reduction="none")
        recon = nll.sum(dim=1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
        optimizer.zero_grad()
        (recon + kl).backward()
        optimizer.step()
        rows.append([(recon + kl).item(), recon.item(), kl.item()])
        sizes.append(len(batch))
    loss, recon, kl = np.average(rows, axis=0, weights=sizes)
    return {"loss": float(loss), "recon": float(recon), "kl": float(kl)}


# ----------------------------------------------------------------------------------------- repair_8


@RIGHT.add("repair_8", "two-halves-glued")
def repair_8(model, x):
    half = x.shape[1] // 2
    y = torch.cat([x[:, :half], torch.zeros_like(x[:, half:])], dim=1)
    mu, log_var = model.encode(x, y)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, y)[:, half:]
    recon = F.binary_cross_entropy_with_logits(x_logits, x[:, half:], reduction="sum") / len(x)
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum() / len(x)
    return recon + kl, recon, kl


@RIGHT.add("repair_8", "copy-and-erase")
def repair_8(model, x):
    half = x.shape[1] // 2
    y = x.clone()
    y[:, half:] = 0
    x_logits, mu, log_var = model(x, y)
    nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none")
    recon = nll[:, half:].sum(dim=1).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


@RIGHT.add("repair_8", "two-masks")
def repair_8(model, x):
    hidden = (torch.arange(x.shape[1]) >= x.shape[1] // 2).to(x.dtype)
    seen = 1 - hidden
    mu, log_var = model.encode(x, x * seen)
    z = mu + torch.exp(log_var / 2) * torch.randn_like(mu)
    x_logits = model.decode(z, x * seen)
    nll = F.softplus(x_logits) - x * x_logits
    recon = (nll @ hidden).mean()
    kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1).mean()
    return recon + kl, recon, kl


@RIGHT.add("repair_8", "masked-fill")
def repair_8(model, x):
    from torch.distributions import Bernoulli, Normal

    hidden = torch.zeros(x.shape, dtype=torch.bool)
    hidden[:, x.shape[1] // 2 :] = True
    y = x.masked_fill(hidden, 0.0)
    mu, log_var = model.encode(x, y)
    q = Normal(mu, torch.exp(log_var / 2))
    log_p = Bernoulli(logits=model.decode(q.rsample(), y), validate_args=False).log_prob(x)
    recon = -(log_p.where(hidden, torch.zeros_like(log_p))).sum(dim=1).mean()
    kl = torch.distributions.kl_divergence(q, Normal(torch.zeros_like(mu), 1.0)).sum(1).mean()
    return recon + kl, recon, kl


# ----------------------------------------------------------------------------------------- repair_9


@RIGHT.add("repair_9", "inner-function-without-gradients")
def repair_9(model, x):
    @torch.no_grad()
    def score():
        mu, log_var = model.encode(x)
        x_logits = model.decode(mu + (0.5 * log_var).exp() * torch.randn_like(mu))
        recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum()
        return float((recon + kl) / len(x))

    mode = model.training
    model.eval()
    result = score()
    model.train(mode)
    return result


@RIGHT.add("repair_9", "rsample-and-finally")
def repair_9(model, x):
    from torch.distributions import Bernoulli, Normal, kl_divergence

    was_training = model.training
    try:
        with torch.no_grad():
            model.eval()
            mu, log_var = model.encode(x)
            q = Normal(mu, torch.exp(0.5 * log_var))
            likelihood = Bernoulli(logits=model.decode(q.sample()), validate_args=False)
            kl = kl_divergence(q, Normal(torch.zeros_like(mu), torch.ones_like(mu)))
            return (kl.sum(1) - likelihood.log_prob(x).sum(1)).mean().item()
    finally:
        model.train(was_training)


@RIGHT.add("repair_9", "scores-a-copy")
def repair_9(model, x):
    from copy import deepcopy

    frozen = deepcopy(model).eval().requires_grad_(False)
    with torch.no_grad():
        mu, log_var = frozen.encode(x)
        x_logits = frozen.decode(mu + (0.5 * log_var).exp() * torch.randn_like(mu))
        recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
        return (recon + kl).mean().item()


@RIGHT.add("repair_9", "through-forward")
def repair_9(model, x):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        x_logits, mu, log_var = model(x)
        nll = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=1)
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=1)
    model.train(was_training)
    return (nll + kl).mean().item()


@RIGHT.add("repair_9", "the-courses-own")
def repair_9(model, x):
    return evaluation.neg_elbo(model, x).neg_elbo


# ---------------------------------------------------------------------------------------- diagnosis


@RIGHT.add("diagnosis", "small-letters")
def diagnosis():
    return {1: "q", 2: "a", 3: "f", 4: "p", 5: "r", 6: "m", 7: "d", 8: "i", 9: "k"}


@RIGHT.add("diagnosis", "zipped")
def diagnosis():
    return dict(zip(range(1, 10), "QAFPRMDIK"))


@RIGHT.add("diagnosis", "with-spaces")
def diagnosis():
    record = {}
    for patient, letter in enumerate(["Q ", " A", "F", "P", "R", "M", "D", "I", "K\n"], start=1):
        record[patient] = letter
    return record


@RIGHT.add("diagnosis", "from-the-other-end")
def diagnosis():
    return {n: "KIDMRPFAQ"[9 - n] for n in range(9, 0, -1)}
