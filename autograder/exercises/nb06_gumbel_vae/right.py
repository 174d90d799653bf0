"""Known right solutions of lesson 06, written in other ways than the reference."""
# ruff: noqa: F821 - `gumbel_softmax_sample` and others are names of the lesson

import math

import numpy as np
import torch
import torch.nn.functional as F
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import normalized_mutual_info_score
from torch import nn

from autograder.exercises.known_answers import Bank

RIGHT = Bank("06_gumbel_vae")

# ---------------------------------------------------------------------------- clustering_scores


@RIGHT.add("clustering_scores", "scikit-learn-table")
def clustering_scores(assignments, labels):
    from sklearn.metrics.cluster import contingency_matrix

    table = contingency_matrix(labels.numpy(), assignments.numpy())
    i, j = linear_sum_assignment(-table)
    nmi = normalized_mutual_info_score(labels.numpy(), assignments.numpy())
    return float(nmi), float(table[i, j].sum()) / table.sum().item()


@RIGHT.add("clustering_scores", "loops-over-pairs")
def clustering_scores(assignments, labels):
    groups, classes = sorted(set(assignments.tolist())), sorted(set(labels.tolist()))
    table = np.zeros((len(groups), len(classes)))
    for g, k in zip(assignments.tolist(), labels.tolist(), strict=True):
        table[groups.index(g), classes.index(k)] += 1
    rows, columns = linear_sum_assignment(table, maximize=True)
    right = sum(table[r, c] for r, c in zip(rows, columns, strict=True))
    nmi = normalized_mutual_info_score(assignments.tolist(), labels.tolist())
    return float(nmi), float(right / len(labels))


@RIGHT.add("clustering_scores", "entropies-by-hand")
def clustering_scores(assignments, labels):
    groups, g = torch.unique(assignments, return_inverse=True)
    classes, k = torch.unique(labels, return_inverse=True)
    table = torch.zeros(len(groups), len(classes), dtype=torch.float64)
    table.index_put_((g, k), torch.ones(len(g), dtype=torch.float64), accumulate=True)
    p = table / table.sum()

    def entropy(q):
        return torch.special.entr(q).sum()

    h_groups, h_classes = entropy(p.sum(dim=1)), entropy(p.sum(dim=0))
    information = (h_groups + h_classes - entropy(p)).clamp(min=0)
    mean = (h_groups + h_classes) / 2
    nmi = 1.0 if mean == 0 else min(1.0, (information / mean).item())
    rows, columns = linear_sum_assignment(table.numpy(), maximize=True)
    return nmi, table[rows, columns].sum().item() / len(labels)


@RIGHT.add("clustering_scores", "names-then-mean")
def clustering_scores(assignments, labels):
    groups, classes = assignments.unique(), labels.unique()
    table = (assignments[None] == groups[:, None]).float() @ (
        labels[:, None] == classes[None]
    ).float()
    rows, columns = linear_sum_assignment(table.numpy(), maximize=True)
    right = torch.zeros(len(labels), dtype=torch.bool)
    for r, c in zip(rows, columns, strict=True):
        right |= (assignments == groups[r]) & (labels == classes[c])
    nmi = normalized_mutual_info_score(labels, assignments)
    return float(nmi), right.float().mean().item()


# ----------------------------------------------------------------------- gumbel_softmax_sample


@RIGHT.add("gumbel_softmax_sample", "library-function")
def gumbel_softmax_sample(logits, temperature, hard=False):
    return F.gumbel_softmax(logits, tau=temperature, hard=hard, dim=-1)


@RIGHT.add("gumbel_softmax_sample", "gumbel-distribution")
def gumbel_softmax_sample(logits, temperature, hard=False):
    zero, one = torch.zeros_like(logits), torch.ones_like(logits)
    noise = torch.distributions.Gumbel(zero, one).sample()
    y = ((logits + noise) / temperature).softmax(-1)
    if hard:
        index = y.max(-1, keepdim=True)[1]
        onehot = torch.zeros_like(logits).scatter_(-1, index, 1.0)
        y = (y - y.detach()) + onehot
    return y


@RIGHT.add("gumbel_softmax_sample", "exponential-race")
def gumbel_softmax_sample(logits, temperature, hard=False):
    noise = -torch.empty_like(logits).exponential_().clamp(min=1e-30).log()
    soft = torch.softmax((logits + noise) / temperature, dim=1)
    if not hard:
        return soft
    winner = torch.zeros_like(soft)
    winner[torch.arange(len(soft)), soft.argmax(dim=1)] = 1
    return winner.detach() + (soft - soft.detach())


@RIGHT.add("gumbel_softmax_sample", "own-gradient")
def gumbel_softmax_sample(logits, temperature, hard=False):
    class Winner(torch.autograd.Function):
        @staticmethod
        def forward(ctx, soft):
            return F.one_hot(soft.argmax(dim=-1), soft.shape[-1]).to(soft.dtype)

        @staticmethod
        def backward(ctx, slope):
            return slope

    u = torch.rand_like(logits).clamp(min=1e-37)
    soft = F.softmax((logits - (-u.log()).log()) / temperature, dim=-1)
    return Winner.apply(soft) if hard else soft


@RIGHT.add("gumbel_softmax_sample", "small-numbers-inside-the-logarithms")
def gumbel_softmax_sample(logits, temperature, hard=False):
    u = torch.rand(logits.shape, dtype=logits.dtype, device=logits.device)
    gumbel = -torch.log(-torch.log(u + 1e-20) + 1e-20)
    y = F.softmax((gumbel + logits) / temperature, dim=-1)
    if hard:
        k = y.shape[-1]
        y_hard = torch.eye(k, dtype=y.dtype, device=y.device)[y.argmax(dim=-1)]
        y = y_hard + (y - y.detach())
    return y


@RIGHT.add("gumbel_softmax_sample", "log-softmax-first")
def gumbel_softmax_sample(logits, temperature, hard=False):
    log_q = logits.log_softmax(dim=-1)
    eps = torch.finfo(logits.dtype).tiny
    noise = -(-torch.rand_like(log_q).clamp_min(eps).log()).log()
    scores = (log_q + noise) / temperature
    soft = (scores - scores.logsumexp(dim=-1, keepdim=True)).exp()
    best = (soft == soft.amax(dim=-1, keepdim=True)).to(soft.dtype)
    return best + (soft - soft.detach()) if hard else soft


@RIGHT.add("gumbel_softmax_sample", "loop-over-rows")
def gumbel_softmax_sample(logits, temperature, hard=False):
    noise = torch.stack(
        [-torch.log(-torch.log(torch.rand_like(row).clamp(min=1e-38))) for row in logits]
    )
    soft = F.softmax((logits + noise) / temperature, dim=1)
    if hard:
        return F.one_hot(soft.argmax(1), soft.size(1)).type_as(soft) + (soft - soft.detach())
    return soft


# ------------------------------------------------------------------------------- categorical_kl


@RIGHT.add("categorical_kl", "distributions")
def categorical_kl(logits):
    from torch.distributions import Categorical, kl_divergence

    return kl_divergence(Categorical(logits=logits), Categorical(logits=torch.zeros_like(logits)))


@RIGHT.add("categorical_kl", "nan-to-num")
def categorical_kl(logits):
    q = logits.softmax(-1)
    log_q = torch.nan_to_num(logits.log_softmax(-1), neginf=-1e20)
    return torch.sum(q * log_q, -1) + math.log(logits.size(-1))


@RIGHT.add("categorical_kl", "where-it-is-positive")
def categorical_kl(logits):
    q = F.softmax(logits, dim=1)
    safe = torch.where(q > 0, q, torch.ones_like(q))
    return (q * torch.log(safe)).sum(dim=1) + np.log(logits.shape[1])


@RIGHT.add("categorical_kl", "clamped-probabilities")
def categorical_kl(logits):
    q = F.softmax(logits, dim=-1)
    log_q = torch.log(q.clamp(min=torch.finfo(q.dtype).tiny))
    log_prior = -math.log(logits.shape[-1])
    return (q * (log_q - log_prior)).sum(dim=-1)


@RIGHT.add("categorical_kl", "cross-entropy-of-itself")
def categorical_kl(logits):
    k = logits.shape[1]
    shifted = (logits - logits.max(dim=1, keepdim=True).values).clamp(min=-1e9)
    log_q = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
    rows = [math.log(k) + (row.exp() * row).sum() for row in log_q]
    return torch.stack(rows)


# ------------------------------------------------------------------------------------ GumbelVAE


@RIGHT.add("GumbelVAE", "one-head-cut-in-three")
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.encoder = nn.Sequential(
            nn.Linear(input_dim, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, 2 * latent_dim + num_classes),
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x):
        out = self.encoder(x)
        return out.split([self.latent_dim, self.latent_dim, self.num_classes], dim=1)

    def decode(self, z, c):
        return self.decoder(torch.cat((z, c), dim=-1))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = mu + log_var.mul(0.5).exp() * torch.randn_like(log_var)
        c = gumbel_softmax_sample(logits, temperature, hard=False)
        return self.decode(z, c), mu, log_var, logits


@RIGHT.add("GumbelVAE", "two-layers-into-the-decoder")
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.fc1 = nn.Linear(input_dim, hidden_dim)
        self.fc_mu = nn.Linear(hidden_dim, latent_dim)
        self.fc_log_var = nn.Linear(hidden_dim, latent_dim)
        self.fc_c = nn.Linear(hidden_dim, num_classes)
        self.from_z = nn.Linear(latent_dim, hidden_dim)
        self.from_c = nn.Linear(num_classes, hidden_dim)
        self.out = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = torch.relu(self.fc1(x))
        return self.fc_mu(h), self.fc_log_var(h), self.fc_c(h)

    def decode(self, z, c):
        return self.out(torch.relu(self.from_z(z) + self.from_c(c)))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        z = torch.normal(mu * 0, 1.0) * torch.sqrt(torch.exp(log_var)) + mu
        return self.decode(z, gumbel_softmax_sample(logits, temperature)), mu, log_var, logits


@RIGHT.add("GumbelVAE", "no-second-bias-and-a-sampler")
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.trunk = nn.Sequential(nn.Linear(input_dim, hidden_dim), nn.ReLU())
        self.heads = nn.ModuleList(
            [nn.Linear(hidden_dim, n) for n in (latent_dim, latent_dim, num_classes)]
        )
        self.words = nn.Linear(num_classes, hidden_dim, bias=False)
        self.styles = nn.Linear(latent_dim, hidden_dim)
        self.pixels = nn.Linear(hidden_dim, input_dim)

    def encode(self, x):
        h = self.trunk(x)
        return tuple(head(h) for head in self.heads)

    def sample(self, mu, log_var):
        return torch.distributions.Normal(mu, (log_var / 2).exp()).rsample()

    def decode(self, z, c):
        return self.pixels(F.relu(self.styles(z) + self.words(c)))

    def forward(self, x, temperature):
        mu, log_var, logits = self.encode(x)
        noise = -torch.log(-torch.log(torch.rand_like(logits).clamp(min=1e-30)))
        c = F.softmax((logits + noise) / temperature, dim=-1)
        return self.decode(self.sample(mu, log_var), c), mu, log_var, logits


@RIGHT.add("GumbelVAE", "subclass-with-lists")
class GumbelVAE(nn.Module):
    def __init__(self, input_dim=784, hidden_dim=400, latent_dim=10, num_classes=10):
        super().__init__()
        self.latent_dim = latent_dim
        self.num_classes = num_classes
        self.layers = nn.ModuleDict(
            {
                "in": nn.Linear(input_dim, hidden_dim),
                "gauss": nn.Linear(hidden_dim, 2 * latent_dim),
                "words": nn.Linear(hidden_dim, num_classes),
                "back": nn.Linear(num_classes + latent_dim, hidden_dim),
                "out": nn.Linear(hidden_dim, input_dim),
            }
        )

    def encode(self, x):
        hidden = self.layers["in"](x).clamp(min=0)
        mu, log_var = self.layers["gauss"](hidden).chunk(2, dim=1)
        return mu, log_var, self.layers["words"](hidden)

    def decode(self, z, c):
        hidden = self.layers["back"](torch.cat([c, z], dim=1)).clamp(min=0)
        return self.layers["out"](hidden)

    def forward(self, x, temperature=0.67):
        mu, log_var, logits = self.encode(x)
        eps = torch.randn(mu.shape, dtype=mu.dtype, device=mu.device)
        z = torch.addcmul(mu, eps, torch.exp(log_var / 2))
        c = F.gumbel_softmax(logits, tau=temperature)
        return self.decode(z, c), mu, log_var, logits


# ----------------------------------------------------------------------------------- joint_loss


@RIGHT.add("joint_loss", "library-functions")
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum") / x.shape[0]
    kl_z = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp()) / x.shape[0]
    kl_c = torch.mean(categorical_kl(logits))
    return recon + gamma * torch.abs(kl_z - capacity_z) + gamma * torch.abs(capacity_c - kl_c)


@RIGHT.add("joint_loss", "distributions")
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    from torch.distributions import Categorical, Normal, kl_divergence

    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    kl_z = kl_divergence(Normal(mu, (0.5 * log_var).exp()), prior).sum(-1).mean()
    uniform = Categorical(logits=torch.zeros_like(logits))
    kl_c = kl_divergence(Categorical(logits=logits), uniform).mean()
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(-1).mean()
    return recon + gamma * ((kl_z - capacity_z).abs() + (kl_c - capacity_c).abs())


@RIGHT.add("joint_loss", "maximum-of-both-signs")
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    fine = 0.0
    per_image = 0.5 * (mu**2 + torch.exp(log_var) - 1.0 - log_var)
    for kl, target in (
        (per_image.sum(1).mean(0), capacity_z),
        (categorical_kl(logits).mean(0), capacity_c),
    ):
        gap = kl - target
        fine = fine + gamma * torch.maximum(gap, -gap)
    return fine + bernoulli_nll(x_logits, x).mean()


@RIGHT.add("joint_loss", "softplus")
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    num = len(x)
    recon = sum((F.softplus(row) - pixels * row).sum() for row, pixels in zip(x_logits, x)) / num
    kl_z = ((mu.square() + log_var.exp() - 1 - log_var) / 2).sum() / num
    log_q = logits.log_softmax(dim=1)
    kl_c = (log_q.exp() * log_q).sum(dim=1).mean() + math.log(logits.shape[1])
    return recon + gamma * abs(kl_z - capacity_z) + gamma * abs(kl_c - capacity_c)


@RIGHT.add("joint_loss", "l1-loss")
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    kls = torch.stack(
        [
            0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1).mean(),
            categorical_kl(logits).mean(),
        ]
    )
    wanted = torch.tensor([capacity_z, capacity_c], dtype=kls.dtype, device=kls.device)
    fine = F.l1_loss(kls, wanted, reduction="sum")
    return bernoulli_nll(x_logits, x).mean() + gamma * fine


# ------------------------------------------------------------- what the hints say, typed as it stands


@RIGHT.add("clustering_scores", "hints-typed")
def clustering_scores(assignments, labels):
    names, groups = np.unique(assignments.numpy(), return_inverse=True)
    kinds, classes = np.unique(labels.numpy(), return_inverse=True)
    table = np.zeros((len(names), len(kinds)))
    np.add.at(table, (groups, classes), 1)  # table[groups, classes] += 1 counts each pair once
    rows, columns = linear_sum_assignment(table, maximize=True)
    accuracy = table[rows, columns].sum() / len(labels)
    return float(normalized_mutual_info_score(classes, groups)), float(accuracy)


@RIGHT.add("gumbel_softmax_sample", "hints-typed")
def gumbel_softmax_sample(logits, temperature, hard=False):
    num_classes = logits.shape[-1]
    u = torch.rand_like(logits)
    u = u.clamp(min=1e-30)
    soft = F.softmax((logits - torch.log(-torch.log(u))) / temperature, dim=-1)
    if not hard:
        return soft
    winner = F.one_hot(soft.argmax(dim=-1), num_classes)
    winner = winner.to(soft.dtype)
    return winner + (soft - soft.detach())


@RIGHT.add("categorical_kl", "hints-typed")
def categorical_kl(logits):
    num_classes = logits.shape[-1]
    log_q = F.log_softmax(logits, dim=-1).clamp(min=-1e30)
    q = log_q.exp()
    kl = q * (log_q + math.log(num_classes))
    return kl.sum(dim=-1)


RIGHT.edit(
    "GumbelVAE",
    "hints-typed",
    edits={
        "self.decoder_hidden(torch.cat([z, c], dim=1))": "self.decoder_hidden(torch.cat([z, c], dim=1) + 0.0)"
    },
)


@RIGHT.add("joint_loss", "hints-typed")
def joint_loss(x_logits, x, mu, log_var, logits, gamma, capacity_z, capacity_c):
    recon = bernoulli_nll(x_logits, x).mean()
    kl_z = (0.5 * (mu.square() + log_var.exp() - 1 - log_var)).sum(dim=1).mean()
    kl_c = categorical_kl(logits).mean()
    return recon + gamma * (kl_z - capacity_z).abs() + gamma * (kl_c - capacity_c).abs()
