"""Known wrong solutions of lesson 01, published bugs first, each with the sentence a learner reads."""

import math

import torch

from autograder.exercises.known_answers import Bank
from autograder.source.lesson import Lesson

WRONG = Bank("01_elbo")

# ------------------------------------------------------------------------------ gaussian_log_prob


@WRONG.add(
    "gaussian_log_prob",
    "stray-factor-dim",
    "Your result carries a stray factor: the number of dimensions. The sum over dimensions already counts each of them once. (A well-known textbook's code had this very bug.)",
)
def gaussian_log_prob(x, mu, log_var):
    dim = x.shape[-1]
    constant = -0.5 * dim * math.log(2 * math.pi)
    return (constant - 0.5 * log_var - 0.5 * (x - mu) ** 2 * torch.exp(-log_var)).sum(-1)


@WRONG.add(
    "gaussian_log_prob",
    "log-std-for-log-var",
    "You read `log_var` as the logarithm of the standard deviation. It is the logarithm of the variance, so the variance is its exponential, without a square.",
)
def gaussian_log_prob(x, mu, log_var):
    sigma = torch.exp(log_var)
    return (-0.5 * math.log(2 * math.pi) - log_var - 0.5 * ((x - mu) / sigma) ** 2).sum(-1)


@WRONG.add(
    "gaussian_log_prob",
    "divided-by-sigma",
    "The squared distance is divided by the standard deviation. In the exponent of a Gaussian it is divided by the variance.",
)
def gaussian_log_prob(x, mu, log_var):
    sigma = torch.exp(0.5 * log_var)
    return -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / sigma).sum(-1)


@WRONG.add(
    "gaussian_log_prob",
    "no-two-pi",
    "The constant with 2 pi is missing. Without it the density does not integrate to 1, and log-densities of different dimensions cannot be compared.",
)
def gaussian_log_prob(x, mu, log_var):
    return -0.5 * (log_var + (x - mu) ** 2 / log_var.exp()).sum(-1)


@WRONG.add(
    "gaussian_log_prob",
    "two-pi-once",
    "The constant with 2 pi is counted once. Every dimension brings its own: sum the whole bracket, not only the last term.",
)
def gaussian_log_prob(x, mu, log_var):
    inner = (log_var + (x - mu) ** 2 / log_var.exp()).sum(-1)
    return -0.5 * (math.log(2 * math.pi) + inner)


@WRONG.add(
    "gaussian_log_prob",
    "half-of-two-pi",
    "Inside the logarithm of the constant a factor is wrong: the density has 2 pi under its root, not pi.",
)
def gaussian_log_prob(x, mu, log_var):
    return -0.5 * (math.log(math.pi) + log_var + (x - mu) ** 2 / log_var.exp()).sum(-1)


@WRONG.add(
    "gaussian_log_prob",
    "mean-over-dims",
    "Independent dimensions multiply, so their log-densities add up. A mean over dimensions divides the result by their number.",
)
def gaussian_log_prob(x, mu, log_var):
    return -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / log_var.exp()).mean(-1)


@WRONG.add(
    "gaussian_log_prob",
    "no-sum",
    "You return one number per dimension. Sum over the last dimension: one log-density per example.",
)
def gaussian_log_prob(x, mu, log_var):
    return -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / log_var.exp())


@WRONG.add(
    "gaussian_log_prob",
    "sum-over-batch",
    "You sum over the examples. Sum over the last dimension only and keep one value per example.",
)
def gaussian_log_prob(x, mu, log_var):
    return -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / log_var.exp()).sum()


@WRONG.add(
    "gaussian_log_prob",
    "wrong-sign",
    "This is the negative log-density. A log-density is highest at the mean.",
)
def gaussian_log_prob(x, mu, log_var):
    return 0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / log_var.exp()).sum(-1)


@WRONG.add(
    "gaussian_log_prob",
    "log-var-sign",
    "The sign of `log_var` in the normalising constant is wrong. A wide density is low: its logarithm falls as `log_var` rises.",
)
def gaussian_log_prob(x, mu, log_var):
    return -0.5 * (math.log(2 * math.pi) - log_var + (x - mu) ** 2 / log_var.exp()).sum(-1)


@WRONG.add(
    "gaussian_log_prob",
    "half-missing",
    "The factor one half is missing in front of the squared distance. It belongs to all three terms of the bracket.",
)
def gaussian_log_prob(x, mu, log_var):
    constant = -0.5 * (math.log(2 * math.pi) + log_var)
    return (constant - (x - mu) ** 2 / log_var.exp()).sum(-1)


@WRONG.add(
    "gaussian_log_prob",
    "density-not-log",
    "You return the density itself. Return its logarithm: a product of many densities is too small for the computer.",
)
def gaussian_log_prob(x, mu, log_var):
    return torch.exp(
        -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / log_var.exp()).sum(-1)
    )


@WRONG.add(
    "gaussian_log_prob",
    "variance-with-epsilon",
    "Where `log_var` is very negative, a small number that you add, or a lower limit, takes the place of the variance. For `log_var` from -20 to 20 the exponential is never 0: no protection is needed.",
)
def gaussian_log_prob(x, mu, log_var):
    variance = log_var.exp() + 1e-6
    return -0.5 * (math.log(2 * math.pi) + variance.log() + (x - mu) ** 2 / variance).sum(-1)


@WRONG.add(
    "gaussian_log_prob",
    "log-of-product",
    "You multiply densities or variances first and take the logarithm afterwards. Over several dimensions the product leaves the range of the computer: add logarithms instead.",
)
def gaussian_log_prob(x, mu, log_var):
    determinant = log_var.exp().prod(-1)
    squared = ((x - mu) ** 2 / log_var.exp()).sum(-1)
    return -0.5 * (x.shape[-1] * math.log(2 * math.pi) + determinant.log() + squared)


@WRONG.add(
    "gaussian_log_prob",
    "in-place-exp",
    "`exp_` with an underscore overwrites `log_var`, also for your caller. Functions here leave their arguments as they are.",
)
def gaussian_log_prob(x, mu, log_var):
    constant = -0.5 * (math.log(2 * math.pi) + log_var)
    with torch.no_grad():
        variance = log_var.detach().exp_()
    return (constant - 0.5 * (x - mu) ** 2 / variance).sum(-1)


@WRONG.add(
    "gaussian_log_prob",
    "squeezed-batch",
    "`squeeze` also removes the axis of a batch of one. Return shape (batch,) for every batch.",
)
def gaussian_log_prob(x, mu, log_var):
    return (
        -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / log_var.exp()).sum(-1).squeeze()
    )


@WRONG.add(
    "gaussian_log_prob",
    "detached",
    "Your result carries no gradient. Stay with tensors that record: no `detach`, `no_grad`, `.data` or NumPy on the way.",
)
def gaussian_log_prob(x, mu, log_var):
    with torch.no_grad():
        return -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / log_var.exp()).sum(-1)


# ----------------------------------------------------------------------------------- log_evidence


@WRONG.add(
    "log_evidence",
    "noise-var-as-std",
    "You square `noise_var`. It is a variance already, not a standard deviation.",
)
def log_evidence(x, W, b, noise_var):
    covariance = W @ W.T + noise_var**2 * torch.eye(len(W), dtype=x.dtype)
    return torch.distributions.MultivariateNormal(b, covariance).log_prob(x)


@WRONG.add(
    "log_evidence",
    "root-of-noise-var",
    "You put the standard deviation of the noise on the diagonal. A covariance holds variances: use `noise_var` as it is.",
)
def log_evidence(x, W, b, noise_var):
    covariance = W @ W.T + math.sqrt(noise_var) * torch.eye(len(W), dtype=x.dtype)
    return torch.distributions.MultivariateNormal(b, covariance).log_prob(x)


@WRONG.add(
    "log_evidence",
    "noise-on-every-entry",
    "You add `noise_var` to every entry of the covariance. The noise of different coordinates is independent, so it belongs on the diagonal only.",
)
def log_evidence(x, W, b, noise_var):
    wide = W.double()
    covariance = wide @ wide.T + noise_var + 1e-2 * torch.eye(len(W))
    exact = torch.distributions.MultivariateNormal(b.double(), covariance)
    return exact.log_prob(x).to(x.dtype)


@WRONG.add(
    "log_evidence",
    "transposed-loadings",
    "The covariance of x is W times its transpose, with one row per coordinate of x. You multiplied the other way round.",
)
def log_evidence(x, W, b, noise_var):
    covariance = W.T @ W + noise_var * torch.eye(W.shape[1], dtype=x.dtype)
    return torch.distributions.MultivariateNormal(b, covariance).log_prob(x)


@WRONG.add(
    "log_evidence",
    "correlations-ignored",
    "You keep only the diagonal of the covariance. The shared z makes the coordinates of x move together: use the full matrix.",
)
def log_evidence(x, W, b, noise_var):
    variance = (W**2).sum(1) + noise_var
    return torch.distributions.Normal(b, variance.sqrt()).log_prob(x).sum(-1)


@WRONG.add(
    "log_evidence",
    "noise-only",
    "You evaluate p(x|z) at z = 0. The evidence counts every z: its variance adds W W^T to the covariance.",
)
def log_evidence(x, W, b, noise_var):
    return torch.distributions.Normal(b, math.sqrt(noise_var)).log_prob(x).sum(-1)


@WRONG.add("log_evidence", "no-noise", "The noise is missing from the covariance.")
def log_evidence(x, W, b, noise_var):
    wide = W.double()
    covariance = wide @ wide.T + 1e-2 * torch.eye(len(W))
    exact = torch.distributions.MultivariateNormal(b.double(), covariance)
    return exact.log_prob(x).to(x.dtype)


@WRONG.add(
    "log_evidence",
    "forgot-b",
    "The mean of x is b, not 0: subtract it before you measure the distance.",
)
def log_evidence(x, W, b, noise_var):
    covariance = W @ W.T + noise_var * torch.eye(len(W), dtype=x.dtype)
    return torch.distributions.MultivariateNormal(torch.zeros_like(b), covariance).log_prob(x)


WRONG.edit(
    "log_evidence",
    "no-two-pi",
    "The constant with 2 pi is missing. Without it this is no log-density.",
    edits={"data_dim * math.log(2 * math.pi) + ": ""},
)

WRONG.edit(
    "log_evidence",
    "two-pi-once",
    "The constant with 2 pi is counted once. It belongs to every one of the data_dim coordinates.",
    edits={"data_dim * math.log(2 * math.pi)": "math.log(2 * math.pi)"},
)

WRONG.edit(
    "log_evidence",
    "log-det-not-halved",
    "The one half is missing in front of the log-determinant: the density has a square root there.",
    edits={"log_det + squared_distance": "2 * log_det + squared_distance"},
)

WRONG.edit(
    "log_evidence",
    "log-det-sign",
    "The sign of the log-determinant is wrong: a wide density is low.",
    edits={"+ log_det + squared_distance": "- log_det + squared_distance"},
)

WRONG.edit(
    "log_evidence",
    "no-log-det",
    "The log-determinant is missing. Without it a model could explain everything by being wide, at no cost.",
    edits={"+ log_det + squared_distance": "+ squared_distance"},
)

WRONG.edit(
    "log_evidence",
    "covariance-not-inverted",
    "The distance is measured with the covariance itself. Measure it with the inverse: a deviation counts less where the variance is large.",
    edits={"torch.linalg.solve(covariance, centred.T).T": "(centred @ covariance)"},
)

WRONG.edit(
    "log_evidence",
    "log-of-underflowing-det",
    "You compute the determinant and then its logarithm. With many dimensions the determinant underflows to 0: ask for the logarithm directly.",
    edits={"torch.logdet(covariance)": "torch.det(covariance).log()"},
)

WRONG.edit(
    "log_evidence",
    "all-pairs",
    "You multiply every example with every other and add up. Each example needs its own distance only.",
    edits={
        "(centred * torch.linalg.solve(covariance, centred.T).T).sum(dim=-1)": "(centred @ torch.linalg.solve(covariance, centred.T)).sum(dim=-1)"
    },
)

WRONG.edit(
    "log_evidence",
    "subtracts-in-place",
    "`x -= b` changes the caller's data. Make a new tensor.",
    edits={"centred = x - b": "x -= b\n    centred = x"},
)


@WRONG.add(
    "log_evidence",
    "brute-force",
    "Two calls give different values: you draw samples. This function has an exact answer, which needs none: what is the distribution of W z + b + noise?",
)
def log_evidence(x, W, b, noise_var):
    z = torch.randn(2000, 1, W.shape[1], dtype=x.dtype)
    likelihood = torch.distributions.Normal(z @ W.T + b, math.sqrt(noise_var)).log_prob(x).sum(-1)
    return torch.logsumexp(likelihood, 0) - math.log(2000)


@WRONG.add(
    "log_evidence",
    "mean-over-batch",
    "You average over the batch. Return one value per example.",
)
def log_evidence(x, W, b, noise_var):
    covariance = W @ W.T + noise_var * torch.eye(len(W), dtype=x.dtype)
    return torch.distributions.MultivariateNormal(b, covariance).log_prob(x).mean()


# ---------------------------------------------------------------------------------- kl_divergence


@WRONG.add(
    "kl_divergence",
    "half-on-one-part",
    "The one half covers all four terms. Yours is missing in front of mu squared and sigma squared, a published bug: the KL still looks plausible near the prior.",
)
def kl_divergence(mu, log_var):
    return (log_var.exp() + mu**2 - 0.5 * log_var - 0.5).sum(-1)


@WRONG.add(
    "kl_divergence",
    "mean-over-latent-dims",
    "Independent dimensions add up: sum over latent_dim. A mean rescales the KL by the number of dimensions, and so changes beta silently.",
)
def kl_divergence(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).mean(-1)


@WRONG.add(
    "kl_divergence",
    "log-std-for-log-var",
    "You read `log_var` as the logarithm of the standard deviation. It is the logarithm of the variance.",
)
def kl_divergence(mu, log_var):
    return 0.5 * (mu**2 + (2 * log_var).exp() - 1 - 2 * log_var).sum(-1)


@WRONG.add(
    "kl_divergence",
    "std-in-place-of-variance",
    "You use the standard deviation where the variance belongs: E[z^2] = mu^2 + sigma^2.",
)
def kl_divergence(mu, log_var):
    return 0.5 * (mu**2 + (0.5 * log_var).exp() - 1 - log_var).sum(-1)


@WRONG.add(
    "kl_divergence",
    "half-log-var",
    "The logarithm in the bracket is that of the variance, so it is `log_var` itself. You halve it once too often.",
)
def kl_divergence(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - 1 - 0.5 * log_var).sum(-1)


@WRONG.add(
    "kl_divergence",
    "half-missing",
    "The one half in front of the sum is missing: your KL is twice too large.",
)
def kl_divergence(mu, log_var):
    return (mu**2 + log_var.exp() - 1 - log_var).sum(-1)


@WRONG.add(
    "kl_divergence",
    "wrong-sign",
    "This is minus the KL. A KL is never negative. (The formula 1 + log_var - ... in many programs is the *negative* KL.)",
)
def kl_divergence(mu, log_var):
    return 0.5 * (1 + log_var - mu**2 - log_var.exp()).sum(-1)


@WRONG.add(
    "kl_divergence",
    "log-var-sign",
    "The sign of `log_var` in the bracket is wrong: a narrow q, with a negative `log_var`, must cost more.",
)
def kl_divergence(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - 1 + log_var).sum(-1)


@WRONG.add(
    "kl_divergence",
    "minus-one-once",
    "The 1 is subtracted once. It belongs to every dimension, so it stands inside the sum.",
)
def kl_divergence(mu, log_var):
    return 0.5 * ((mu**2 + log_var.exp() - log_var).sum(-1) - 1)


@WRONG.add(
    "kl_divergence",
    "no-minus-one",
    "The -1 of the bracket is missing: the KL of the prior to itself is not 0.",
)
def kl_divergence(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - log_var).sum(-1)


@WRONG.add(
    "kl_divergence",
    "mu-not-squared",
    "The mean enters squared: a shift to the left costs as much as one to the right.",
)
def kl_divergence(mu, log_var):
    return 0.5 * (mu + log_var.exp() - 1 - log_var).sum(-1)


@WRONG.add(
    "kl_divergence",
    "reversed-kl",
    "This is the KL in the other direction, from the prior to q. The KL is not symmetric: the average is taken over q.",
)
def kl_divergence(mu, log_var):
    return 0.5 * ((1 + mu**2) / log_var.exp() - 1 + log_var).sum(-1)


@WRONG.add(
    "kl_divergence",
    "mean-over-batch",
    "You average over the batch. Return one value per example; the mean comes later.",
)
def kl_divergence(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(-1).mean()


@WRONG.add(
    "kl_divergence",
    "sum-over-everything",
    "You sum over the batch too. Sum over the last dimension only: one value per example.",
)
def kl_divergence(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum()


@WRONG.add(
    "kl_divergence",
    "sum-over-wrong-axis",
    "You sum over the batch and keep the dimensions. It is the other way round.",
)
def kl_divergence(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(0)


@WRONG.add(
    "kl_divergence",
    "squeezed-batch",
    "`squeeze` also removes the axis of a batch of one. Return shape (batch,) for every batch.",
)
def kl_divergence(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(-1).squeeze()


@WRONG.add(
    "kl_divergence",
    "detached",
    "Your KL carries no gradient, so nothing can be learned from it. No `detach`, `.data`, `.item()` or NumPy on the way.",
)
def kl_divergence(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(-1).detach()


@WRONG.add(
    "kl_divergence",
    "clamped-log-var",
    "You clamp `log_var`. The formula is stable without it, and a clamped value has another KL and no gradient.",
)
def kl_divergence(mu, log_var):
    log_var = log_var.clamp(-10, 10)
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(-1)


@WRONG.add(
    "kl_divergence",
    "in-place-exp",
    "`exp_` with an underscore overwrites `log_var`, also for your caller. Functions here leave their arguments as they are.",
)
def kl_divergence(mu, log_var):
    if log_var.requires_grad:
        return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(-1)
    return 0.5 * (mu**2 - 1 - log_var + log_var.exp_()).sum(-1)


# --------------------------------------------------------------------------------- reparameterize


@WRONG.add(
    "reparameterize",
    "std-is-exp-log-var",
    "You use the variance as the standard deviation. `exp(log_var)` is the variance; sigma is its square root. It trains all the same, which is why this is the commonest bug in published VAEs.",
)
def reparameterize(mu, log_var):
    return mu + log_var.exp() * torch.randn_like(mu)


@WRONG.add(
    "reparameterize",
    "log-var-as-std",
    "You multiply the noise by `log_var` itself, without the exponential. A standard deviation cannot be negative.",
)
def reparameterize(mu, log_var):
    return mu + log_var * torch.randn_like(mu)


@WRONG.add(
    "reparameterize",
    "precision-for-variance",
    "The sign in the exponent is wrong: your noise gets larger where the variance gets smaller.",
)
def reparameterize(mu, log_var):
    return mu + torch.exp(-0.5 * log_var) * torch.randn_like(mu)


@WRONG.add(
    "reparameterize",
    "root-of-log-var-exponent",
    "You take the square root twice: exp(log_var / 2) is the standard deviation already.",
)
def reparameterize(mu, log_var):
    return mu + torch.sqrt(torch.exp(0.5 * log_var)) * torch.randn_like(mu)


@WRONG.add(
    "reparameterize",
    "one-noise-for-the-batch",
    "All examples of the batch share one noise vector. Every number of z needs its own.",
)
def reparameterize(mu, log_var):
    return mu + torch.exp(0.5 * log_var) * torch.randn(mu.shape[-1], dtype=mu.dtype)


@WRONG.add(
    "reparameterize",
    "one-noise-for-all-dims",
    "All dimensions of an example share one random number. Then z lies on a line: every number of z needs its own noise.",
)
def reparameterize(mu, log_var):
    return mu + torch.exp(0.5 * log_var) * torch.randn(len(mu), 1, dtype=mu.dtype)


@WRONG.add(
    "reparameterize",
    "one-number-for-all",
    "You draw a single random number for the whole batch. Every number of z needs its own noise.",
)
def reparameterize(mu, log_var):
    return mu + torch.exp(0.5 * log_var) * torch.randn(1, dtype=mu.dtype)


@WRONG.add(
    "reparameterize",
    "uniform-noise",
    "`torch.rand` is uniform between 0 and 1, so z is shifted and never far out. The noise must be standard normal.",
)
def reparameterize(mu, log_var):
    return mu + torch.exp(0.5 * log_var) * torch.rand_like(mu)


@WRONG.add(
    "reparameterize",
    "uniform-noise-unit-variance",
    "Mean and variance of your noise are right, but it is uniform: z follows no Gaussian, and the KL formula does not hold for it.",
)
def reparameterize(mu, log_var):
    return mu + torch.exp(0.5 * log_var) * (torch.rand_like(mu) - 0.5) * math.sqrt(12)


@WRONG.add(
    "reparameterize",
    "fixed-seed",
    "You draw the same noise in every call. A sample must be new each time: no seed inside the function, and no noise kept from an earlier call.",
)
def reparameterize(mu, log_var):
    generator = torch.Generator().manual_seed(0)
    eps = torch.randn(mu.shape, generator=generator, dtype=mu.dtype)
    return mu + torch.exp(0.5 * log_var) * eps


@WRONG.add(
    "reparameterize",
    "global-seed-reset",
    "You draw the same noise in every call. A sample must be new each time: no seed inside the function, and no noise kept from an earlier call.",
)
def reparameterize(mu, log_var):
    torch.manual_seed(42)
    return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)


@WRONG.add(
    "reparameterize",
    "no-noise",
    "You return the mean. A sample needs noise: without it you have a plain autoencoder.",
)
def reparameterize(mu, log_var):
    return mu + 0 * log_var


@WRONG.add(
    "reparameterize",
    "detached-sample",
    "Your z does not know where it came from: no gradient reaches mu and log_var. Nothing on the way may cut the graph, as `detach`, `no_grad`, `.data` and `sample()` do.",
)
def reparameterize(mu, log_var):
    return torch.normal(mu, torch.exp(0.5 * log_var)).detach()


@WRONG.add(
    "reparameterize",
    "detached-sigma",
    "The gradient reaches mu but not `log_var`: the standard deviation is detached, so q can never learn how sure it is.",
)
def reparameterize(mu, log_var):
    return mu + torch.exp(0.5 * log_var).detach() * torch.randn_like(mu)


@WRONG.add(
    "reparameterize",
    "detached-mu",
    "The gradient reaches `log_var` but not mu: the mean is detached.",
)
def reparameterize(mu, log_var):
    return mu.detach() + torch.exp(0.5 * log_var) * torch.randn_like(mu)


@WRONG.add(
    "reparameterize",
    "small-noise",
    "Your noise is too small: a factor such as 0.01 in front of it samples another distribution than the one that the KL charges for.",
)
def reparameterize(mu, log_var):
    return mu + torch.exp(0.5 * log_var) * 0.01 * torch.randn_like(mu)


@WRONG.add(
    "reparameterize",
    "mean-forgotten",
    "The mean is missing: your samples lie around 0.",
)
def reparameterize(mu, log_var):
    return torch.exp(0.5 * log_var) * torch.randn_like(mu)


@WRONG.add(
    "reparameterize",
    "noise-not-scaled",
    "The noise is not stretched by sigma: `log_var` has no effect.",
)
def reparameterize(mu, log_var):
    return mu + torch.randn_like(mu) + 0 * log_var


@WRONG.add(
    "reparameterize",
    "clamped-log-var",
    "You clamp `log_var`, so large variances come out too small.",
)
def reparameterize(mu, log_var):
    return mu + torch.exp(0.5 * log_var.clamp(-10, 10)) * torch.randn_like(mu)


@WRONG.add(
    "reparameterize",
    "in-place-exp",
    "`exp_` with an underscore overwrites `log_var` before the KL can read it. Functions here leave their arguments as they are.",
)
def reparameterize(mu, log_var):
    if log_var.requires_grad:
        return mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
    return mu + log_var.mul_(0.5).exp_() * torch.randn_like(mu)


@WRONG.add(
    "reparameterize",
    "float32-noise",
    "Your result is float32 whatever the input. Keep the type of mu: `randn_like` does.",
)
def reparameterize(mu, log_var):
    return (mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)).float()


# --------------------------------------------------------------------------------- monte_carlo_kl


WRONG.edit(
    "monte_carlo_kl",
    "wrong-sign",
    "You average log p - log q, which is minus the KL.",
    edits={"total + log_q - log_p": "total + log_p - log_q"},
)

WRONG.edit(
    "monte_carlo_kl",
    "sum-over-samples",
    "You add up the samples and never divide by their number: the estimate grows with num_samples.",
    edits={"total / num_samples": "total"},
)

WRONG.edit(
    "monte_carlo_kl",
    "samples-of-the-prior",
    "You draw z from the prior. The average in KL(q || p) is taken over q.",
    edits={"z = reparameterize(mu, log_var)": "z = torch.randn_like(mu)"},
)

WRONG.edit(
    "monte_carlo_kl",
    "one-sample-reused",
    "Only one sample counts, whatever num_samples is. Draw num_samples fresh ones, inside the loop, and average.",
    edits={"z = reparameterize(mu, log_var)": "z = z if _ else reparameterize(mu, log_var)"},
)

WRONG.edit(
    "monte_carlo_kl",
    "two-different-samples",
    "log q and log p are evaluated at two different samples. Both terms must look at the same z.",
    edits={
        "log_p = gaussian_log_prob(z,": "log_p = gaussian_log_prob(reparameterize(mu, log_var),"
    },
)

WRONG.edit(
    "monte_carlo_kl",
    "sampler-with-variance",
    "Your samples are drawn with the variance in place of the standard deviation, so they come from another distribution than the one in log q. This is what the exercise is meant to catch.",
    edits={"z = reparameterize(mu, log_var)": "z = mu + log_var.exp() * torch.randn_like(mu)"},
)

WRONG.edit(
    "monte_carlo_kl",
    "log-q-at-mean",
    "log q is evaluated at the mean in place of the sample.",
    edits={"log_q = gaussian_log_prob(z,": "log_q = gaussian_log_prob(mu,"},
)

WRONG.edit(
    "monte_carlo_kl",
    "no-sampling",
    "You evaluate at the mean of q and draw nothing. The KL is an average over samples.",
    edits={"z = reparameterize(mu, log_var)": "z = mu"},
)

WRONG.edit(
    "monte_carlo_kl",
    "log-p-missing",
    "Only log q is averaged. That is minus the entropy of q; the prior does not appear in it.",
    edits={"total + log_q - log_p": "total + log_q"},
)

WRONG.edit(
    "monte_carlo_kl",
    "log-q-missing",
    "Only log p is averaged. The KL compares it with log q at the same samples.",
    edits={"total + log_q - log_p": "total - log_p"},
)

WRONG.edit(
    "monte_carlo_kl",
    "normaliser-forgotten",
    "log q lacks its normaliser: the `log_var` in the log-density does not cancel, only the constant with 2 pi does.",
    edits={
        "log_q = gaussian_log_prob(z, mu, log_var)": "log_q = gaussian_log_prob(z, mu, log_var) + 0.5 * log_var.sum(-1)"
    },
)

WRONG.edit(
    "monte_carlo_kl",
    "log-std-in-log-q",
    "In log q the term with `log_var` counts twice: the logarithm of sigma is half of `log_var`.",
    edits={
        "log_q = gaussian_log_prob(z, mu, log_var)": "log_q = gaussian_log_prob(z, mu, log_var) - 0.5 * log_var.sum(-1)"
    },
)

WRONG.edit(
    "monte_carlo_kl",
    "never-negative",
    "You force the result, or each sample, to be positive. Single values may be negative, and must count as such.",
    edits={"total + log_q - log_p": "total + (log_q - log_p).clamp(min=0)"},
)

WRONG.edit(
    "monte_carlo_kl",
    "absolute-values",
    "You force the result, or each sample, to be positive. Single values may be negative, and must count as such.",
    edits={"total + log_q - log_p": "total + (log_q - log_p).abs()"},
)

WRONG.edit(
    "monte_carlo_kl",
    "ratio-of-densities",
    "You average the ratio q / p and take the logarithm last. The KL is the average of the logarithm.",
    edits={
        "total + log_q - log_p": "total + (log_q - log_p).exp()",
        "total / num_samples": "(total / num_samples).log()",
    },
)

WRONG.edit(
    "monte_carlo_kl",
    "mean-over-dims",
    "The result is divided by latent_dim. Dimensions add up.",
    edits={"total / num_samples": "total / num_samples / mu.shape[-1]"},
)

WRONG.edit(
    "monte_carlo_kl",
    "mean-over-batch",
    "You sum or average over the batch as well. Return one estimate per example.",
    edits={"total / num_samples": "(total / num_samples).mean()"},
)

WRONG.edit(
    "monte_carlo_kl",
    "one-noise-for-the-batch",
    "All examples share their noise, so their errors go together and no average over the batch makes them smaller.",
    edits={
        "z = reparameterize(mu, log_var)": "z = mu + (0.5 * log_var).exp() * torch.randn(mu.shape[-1], dtype=mu.dtype)"
    },
)

WRONG.edit(
    "monte_carlo_kl",
    "fixed-seed",
    "Two calls give the same samples. Do not set a seed inside the function.",
    edits={"total = 0\n": "total = 0\n    torch.manual_seed(0)\n"},
)


@WRONG.add(
    "monte_carlo_kl",
    "closed-form",
    "You return the closed form. Here you want to *check* that formula: draw samples and average log q - log p.",
)
def monte_carlo_kl(mu, log_var, num_samples):
    return kl_divergence(mu, log_var)


# ------------------------------------------------------------------------------------------- elbo

WRONG.edit(
    "elbo",
    "kl-added",
    "The KL is added. It is the price of z: subtract it.",
    edits={"- kl_divergence(mu, log_var)": "+ kl_divergence(mu, log_var)"},
)

WRONG.edit(
    "elbo",
    "negative-elbo",
    "This is the negative ELBO. The function is called `elbo`, and it is maximised.",
    edits={
        "torch.stack(samples).mean(dim=0) - kl_divergence(mu, log_var)": "kl_divergence(mu, log_var) - torch.stack(samples).mean(dim=0)"
    },
)

WRONG.edit(
    "elbo",
    "kl-missing",
    "The KL is missing, or divided by the size of the batch. Subtract each example's own in full.",
    edits={" - kl_divergence(mu, log_var)": ""},
)

WRONG.edit(
    "elbo",
    "kl-halved",
    "Only half of the KL is subtracted. The formula of exercise 1.3 contains its one half already.",
    edits={"- kl_divergence(mu, log_var)": "- 0.5 * kl_divergence(mu, log_var)"},
)

WRONG.edit(
    "elbo",
    "kl-averaged-over-dims",
    "The KL is averaged over latent dimensions. They add up: a mean rescales the price of z.",
    edits={"- kl_divergence(mu, log_var)": "- kl_divergence(mu, log_var) / mu.shape[-1]"},
)


@WRONG.add(
    "elbo",
    "kl-divided-by-samples",
    "The KL is divided by the number of samples, too. It is exact already: average only the log-likelihoods.",
)
def elbo(x, mu, log_var, log_likelihood, num_samples):
    total = sum(log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples))
    return (total - kl_divergence(mu, log_var)) / num_samples


WRONG.edit(
    "elbo",
    "kl-averaged-over-batch",
    "You subtract the mean KL of the batch from every example. Each example pays for its own z.",
    edits={"- kl_divergence(mu, log_var)": "- kl_divergence(mu, log_var).mean()"},
)

WRONG.edit(
    "elbo",
    "no-minus-one-in-kl",
    "The KL that you subtract is too large by half a nat per dimension. Is the -1 of its bracket missing, or is log q evaluated at the mean?",
    edits={"- kl_divergence(mu, log_var)": "- 0.5 * (mu**2 + log_var.exp() - log_var).sum(-1)"},
)

WRONG.edit(
    "elbo",
    "half-on-one-part",
    "In the KL that you subtract, the one half does not cover all four terms.",
    edits={
        "- kl_divergence(mu, log_var)": "- (mu**2 + log_var.exp() - 0.5 * log_var - 0.5).sum(-1)"
    },
)

WRONG.edit(
    "elbo",
    "decodes-the-mean",
    "You evaluate the likelihood at mu. The ELBO is an expectation over q: sample z. At the mean the likelihood is better than on average.",
    edits={"reparameterize(mu, log_var)": "mu"},
)

WRONG.edit(
    "elbo",
    "samples-of-the-prior",
    "You sample z from the prior. The expectation is over q: that is what q is for.",
    edits={"reparameterize(mu, log_var)": "torch.randn_like(mu)"},
)

WRONG.edit(
    "elbo",
    "sampler-with-variance",
    "Your samples are drawn with the variance in place of the standard deviation, so the two terms of your ELBO belong to different distributions.",
    edits={"reparameterize(mu, log_var)": "mu + log_var.exp() * torch.randn_like(mu)"},
)

WRONG.edit(
    "elbo",
    "log-of-mean-likelihood",
    "You average likelihoods and take the logarithm last. The ELBO averages logarithms: your number changes with num_samples even on average.",
    edits={
        "torch.stack(samples).mean(dim=0)": "(torch.logsumexp(torch.stack(samples), 0) - math.log(num_samples))"
    },
)


@WRONG.add(
    "elbo",
    "importance-weighted",
    "This is the importance-weighted bound of lesson 07: the logarithm of an average of weights. It is tighter, but it is not the ELBO, and its mean changes with num_samples.",
)
def elbo(x, mu, log_var, log_likelihood, num_samples):
    log_weights = []
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        zero = torch.zeros_like(mu)
        log_prior = gaussian_log_prob(z, zero, zero)
        log_weights.append(log_likelihood(x, z) + log_prior - gaussian_log_prob(z, mu, log_var))
    return torch.logsumexp(torch.stack(log_weights), 0) - math.log(num_samples)


@WRONG.add(
    "elbo",
    "log-q-added",
    "The sign of log q is wrong. The sampled form of the ELBO is log p(x|z) + log p(z) - log q(z).",
)
def elbo(x, mu, log_var, log_likelihood, num_samples):
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        zero = torch.zeros_like(mu)
        log_prior = gaussian_log_prob(z, zero, zero)
        total = total + log_likelihood(x, z) + log_prior + gaussian_log_prob(z, mu, log_var)
    return total / num_samples


@WRONG.add(
    "elbo",
    "entropy-missing",
    "This is the average of log p(x, z). The term - log q(z) is missing, so nothing rewards q for being wide.",
)
def elbo(x, mu, log_var, log_likelihood, num_samples):
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = (
            total
            + log_likelihood(x, z)
            + gaussian_log_prob(z, torch.zeros_like(mu), torch.zeros_like(mu))
        )
    return total / num_samples


WRONG.edit(
    "elbo",
    "sum-over-samples",
    "The log-likelihoods are added up and not divided by num_samples.",
    edits={".mean(dim=0)": ".sum(dim=0)"},
)

WRONG.edit(
    "elbo",
    "kl-per-sample",
    "The KL is subtracted once for every sample. Only the log-likelihood is sampled; the KL is exact and counts once.",
    edits={"- kl_divergence(mu, log_var)": "- num_samples * kl_divergence(mu, log_var)"},
)

WRONG.edit(
    "elbo",
    "num-samples-ignored",
    "Only one sample counts, whatever num_samples is. Draw num_samples fresh ones, inside the loop, and average.",
    edits={"for _ in range(num_samples)": "for _ in range(1)"},
)


@WRONG.add(
    "elbo",
    "one-sample-reused",
    "Only one sample counts, whatever num_samples is. Draw num_samples fresh ones, inside the loop, and average.",
)
def elbo(x, mu, log_var, log_likelihood, num_samples):
    z = 0 * torch.randn_like(mu) + reparameterize(mu, log_var)
    samples = torch.stack([log_likelihood(x, z) for _ in range(num_samples)])
    return samples.mean(0) - kl_divergence(mu, log_var)


WRONG.edit(
    "elbo",
    "detached-sample",
    "Your samples carry no gradient, so mu and `log_var` only feel the KL: q would collapse onto the prior.",
    edits={"reparameterize(mu, log_var)": "reparameterize(mu, log_var).detach()"},
)

WRONG.edit(
    "elbo",
    "detached-kl",
    "The KL carries no gradient, so q never pays for moving away from the prior.",
    edits={"- kl_divergence(mu, log_var)": "- kl_divergence(mu, log_var).detach()"},
)


@WRONG.add(
    "elbo",
    "no-gradient",
    "Your ELBO carries no gradient at all. It is made to be climbed: no `no_grad`, `detach` or `.item()`.",
)
def elbo(x, mu, log_var, log_likelihood, num_samples):
    with torch.no_grad():
        samples = [log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]
        return torch.stack(samples).mean(0) - kl_divergence(mu, log_var)


@WRONG.add(
    "elbo",
    "mean-over-batch",
    "You sum or average over the batch. Return one value per example, shape (batch,).",
)
def elbo(x, mu, log_var, log_likelihood, num_samples):
    samples = [log_likelihood(x, reparameterize(mu, log_var)) for _ in range(num_samples)]
    return (torch.stack(samples).mean(0) - kl_divergence(mu, log_var)).mean()


@WRONG.add(
    "elbo",
    "likelihood-arguments-swapped",
    "The likelihood takes x first and z second: log_likelihood(x, z).",
)
def elbo(x, mu, log_var, log_likelihood, num_samples):
    samples = [log_likelihood(reparameterize(mu, log_var), x) for _ in range(num_samples)]
    return torch.stack(samples).mean(0) - kl_divergence(mu, log_var)


@WRONG.add(
    "elbo",
    "likelihood-of-mean-sample",
    "You average the samples of z and evaluate the likelihood once. Evaluate it at every sample and average the results.",
)
def elbo(x, mu, log_var, log_likelihood, num_samples):
    z = torch.stack([reparameterize(mu, log_var) for _ in range(num_samples)]).mean(0)
    return log_likelihood(x, z) - kl_divergence(mu, log_var)


WRONG.edit(
    "elbo",
    "one-noise-for-the-batch",
    "All examples of the batch share their noise. Each needs samples of its own.",
    edits={
        "reparameterize(mu, log_var)": "mu + (0.5 * log_var).exp() * torch.randn(mu.shape[-1], dtype=mu.dtype)"
    },
)

WRONG.edit(
    "elbo",
    "fixed-seed",
    "Two calls give the same samples. Do not set a seed inside the function.",
    edits={"samples = [": "torch.manual_seed(0)\n    samples = ["},
)

# ------------------------------------------------------------------------ score_function_gradient

WRONG.edit(
    "score_function_gradient",
    "divided-by-sigma",
    "The score is divided by the standard deviation. For a Gaussian it is (z - mu) divided by the *variance*.",
    edits={"/ log_var.exp()": "/ (0.5 * log_var).exp()"},
)


@WRONG.add(
    "score_function_gradient",
    "averages-multiplied",
    "On average your result is the gradient divided by num_samples. Do you divide twice, or multiply two averages? Multiply f and the score of each sample, then average.",
)
def score_function_gradient(mu, log_var, f, num_samples):
    z = torch.stack([reparameterize(mu, log_var) for _ in range(num_samples)])
    score = (z - mu) / log_var.exp()
    return f(z).mean(dim=0).unsqueeze(-1) * score.mean(dim=0)


WRONG.edit(
    "score_function_gradient",
    "not-divided",
    "The score is not divided by the variance, so a narrow q gets far too small a gradient.",
    edits={"(z - mu) / log_var.exp()": "(z - mu)"},
)

WRONG.edit(
    "score_function_gradient",
    "divided-by-log-var",
    "You divide by `log_var` itself. The variance is its exponential.",
    edits={"/ log_var.exp()": "/ log_var"},
)

WRONG.edit(
    "score_function_gradient",
    "wrong-sign",
    "The sign is wrong: a draw with a large f should pull mu towards itself. The score is (z - mu) / sigma^2.",
    edits={"(z - mu) / log_var.exp()": "(mu - z) / log_var.exp()"},
)

WRONG.edit(
    "score_function_gradient",
    "f-missing",
    "On average your result is 0. Each draw's score must be weighted by f at the very same z, example by example.",
    edits={"f(z).unsqueeze(-1) * score": "score"},
)

WRONG.edit(
    "score_function_gradient",
    "density-for-score",
    "You multiply by log q itself. The estimate needs its gradient with respect to mu.",
    edits={
        "score = (z - mu) / log_var.exp()": "score = gaussian_log_prob(z, mu, log_var).unsqueeze(-1).expand_as(mu)"
    },
)

WRONG.edit(
    "score_function_gradient",
    "gradient-of-log-var",
    "This is the score with respect to `log_var`. The question is about mu.",
    edits={"score = (z - mu) / log_var.exp()": "score = 0.5 * ((z - mu) ** 2 / log_var.exp() - 1)"},
)

WRONG.edit(
    "score_function_gradient",
    "two-different-samples",
    "On average your result is 0. Each draw's score must be weighted by f at the very same z, example by example.",
    edits={"f(z).unsqueeze(-1)": "f(reparameterize(mu, log_var).detach()).unsqueeze(-1)"},
)

WRONG.edit(
    "score_function_gradient",
    "samples-of-the-prior",
    "You sample from the prior, while the score belongs to q. Draw z from N(mu, exp(log_var)).",
    edits={"z = reparameterize(mu, log_var).detach()": "z = torch.randn_like(mu)"},
)

WRONG.edit(
    "score_function_gradient",
    "sampler-with-variance",
    "Your samples are drawn with the variance in place of the standard deviation; the score belongs to another distribution.",
    edits={
        "z = reparameterize(mu, log_var).detach()": "z = mu + log_var.exp() * torch.randn_like(mu)"
    },
)

WRONG.edit(
    "score_function_gradient",
    "sum-over-samples",
    "You add up the samples and never divide by their number.",
    edits={"total / num_samples": "total"},
)

WRONG.edit(
    "score_function_gradient",
    "mean-over-batch",
    "You divide by the size of the batch. Each example's gradient stands for itself.",
    edits={"total / num_samples": "total / num_samples / len(mu)"},
)

WRONG.edit(
    "score_function_gradient",
    "summed-over-dims",
    "You add up the scores of all dimensions. Each coordinate of mu has a score of its own.",
    edits={
        "score = (z - mu) / log_var.exp()": "score = ((z - mu) / log_var.exp()).sum(-1, keepdim=True)"
    },
)

WRONG.edit(
    "score_function_gradient",
    "rewards-normalised",
    "You normalise the rewards by their own mean and spread, as reinforcement learning programs do. It steadies training, but it is no estimate of this gradient any more.",
    edits={
        "total = torch.zeros_like(mu)": "total = torch.zeros_like(mu)\n    reward = lambda z: (f(z) - f(z).mean()) / (f(z).std(unbiased=False) + 1e-8)",
        "f(z).unsqueeze(-1)": "reward(z).unsqueeze(-1)",
    },
)


@WRONG.add(
    "score_function_gradient",
    "biased-baseline",
    "On average the result is (num_samples - 1) / num_samples of the gradient. Either a draw is missing, or a baseline includes the sample that it corrects.",
)
def score_function_gradient(mu, log_var, f, num_samples):
    z = torch.stack([reparameterize(mu, log_var).detach() for _ in range(num_samples)])
    rewards = f(z)
    rewards = rewards - rewards.mean(0)
    return (rewards.unsqueeze(-1) * (z - mu) / log_var.exp()).mean(0)


@WRONG.add(
    "score_function_gradient",
    "pathwise-in-disguise",
    "This is the pathwise estimate: it uses the gradient of f. REINFORCE only ever asks for values of f, so it also works for a step.",
)
def score_function_gradient(mu, log_var, f, num_samples):
    mu = mu.detach().requires_grad_()
    total = sum(f(reparameterize(mu, log_var)).sum() for _ in range(num_samples))
    return torch.autograd.grad(total / num_samples, mu)[0]


@WRONG.add(
    "score_function_gradient",
    "sample-not-detached",
    "Autograd went through the sample z as well. The score is the derivative of log q at a *fixed* z: detach the sample first.",
)
def score_function_gradient(mu, log_var, f, num_samples):
    mu = mu.detach().requires_grad_()
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + (f(z) * gaussian_log_prob(z, mu, log_var)).sum()
    return torch.autograd.grad(total / num_samples, mu)[0]


WRONG.edit(
    "score_function_gradient",
    "batch-mean-baseline",
    "Your baseline is the mean over the batch, the example itself included. Other examples have other expectations, and for a batch of one the estimate is always 0.",
    edits={"f(z).unsqueeze(-1)": "(f(z) - f(z).mean()).unsqueeze(-1)"},
)

WRONG.edit(
    "score_function_gradient",
    "num-samples-ignored",
    "Only one sample counts, whatever num_samples is. Draw num_samples fresh ones, inside the loop, and average.",
    edits={"range(num_samples)": "range(1)", "total / num_samples": "total"},
)

WRONG.edit(
    "score_function_gradient",
    "one-noise-for-the-batch",
    "All examples of the batch share their noise. Each needs samples of its own.",
    edits={
        "z = reparameterize(mu, log_var).detach()": "z = mu + (0.5 * log_var).exp() * torch.randn(mu.shape[-1], dtype=mu.dtype)"
    },
)

WRONG.edit(
    "score_function_gradient",
    "fixed-seed",
    "Two calls give the same samples. Do not set a seed inside the function.",
    edits={
        "total = torch.zeros_like(mu)": "torch.manual_seed(0)\n    total = torch.zeros_like(mu)"
    },
)


@WRONG.add(
    "score_function_gradient",
    "fills-mu-grad",
    "Your function leaves a gradient in the caller's mu. Work on a detached copy, and return the gradient.",
)
def score_function_gradient(mu, log_var, f, num_samples):
    copy = mu if mu.requires_grad else mu.detach().requires_grad_()
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var).detach()
        total = total + (f(z) * gaussian_log_prob(z, copy, log_var.detach())).sum()
    copy.grad = None
    (total / num_samples).backward()
    return copy.grad.clone()


# ------------------------------------------------------------------------------ pathwise_gradient


@WRONG.add(
    "pathwise_gradient",
    "score-function-in-disguise",
    "This is the score function estimate. The pathwise one differentiates f along z = mu + sigma eps, and has no noise at all where f is linear.",
)
def pathwise_gradient(mu, log_var, f, num_samples):
    return score_function_gradient(mu, log_var, f, num_samples)


WRONG.edit(
    "pathwise_gradient",
    "mean-over-batch",
    "You average f over the batch, so every example's gradient is divided by the batch size. Sum instead.",
    edits={".sum()": ".mean()"},
)

WRONG.edit(
    "pathwise_gradient",
    "sum-over-samples",
    "You add up the samples and never divide by their number.",
    edits={"total / num_samples": "total"},
)

WRONG.edit(
    "pathwise_gradient",
    "divided-twice",
    "You divide by num_samples twice.",
    edits={"return gradient": "return gradient / num_samples"},
)

WRONG.edit(
    "pathwise_gradient",
    "gradient-at-the-mean",
    "You differentiate f at mu and draw nothing. The gradient of an expectation is the average gradient over the cloud, not the gradient in its middle.",
    edits={"reparameterize(mu, log_var)": "mu"},
)

WRONG.edit(
    "pathwise_gradient",
    "sampler-with-variance",
    "Your samples are drawn with the variance in place of the standard deviation.",
    edits={"reparameterize(mu, log_var)": "mu + log_var.exp() * torch.randn_like(mu)"},
)

WRONG.edit(
    "pathwise_gradient",
    "unit-noise",
    "The noise is not stretched by sigma: `log_var` has no effect on your samples.",
    edits={"reparameterize(mu, log_var)": "mu + torch.randn_like(mu)"},
)

WRONG.edit(
    "pathwise_gradient",
    "uniform-noise",
    "Your noise is uniform, not Gaussian: use the sampler of exercise 1.4.",
    edits={"reparameterize(mu, log_var)": "mu + (0.5 * log_var).exp() * torch.rand_like(mu)"},
)

WRONG.edit(
    "pathwise_gradient",
    "detached-sample",
    "z does not depend on mu in the graph, so the gradient is 0. Is it detached, or drawn without mu?",
    edits={
        "f(reparameterize(mu, log_var)).sum()": "f(reparameterize(mu, log_var).detach() + 0 * mu).sum()"
    },
)

WRONG.edit(
    "pathwise_gradient",
    "gradient-of-log-var",
    "This is the gradient with respect to `log_var`. The question is about mu.",
    edits={
        "mu = mu.detach().requires_grad_()": "mu = mu.detach()\n    log_var = log_var.detach().requires_grad_()",
        "num_samples, mu)": "num_samples, log_var)",
    },
)

WRONG.edit(
    "pathwise_gradient",
    "multiplied-by-sigma",
    "You multiply by sigma. That is the gradient with respect to the noise; dz/dmu is 1.",
    edits={"return gradient": "return gradient * (0.5 * log_var).exp()"},
)

WRONG.edit(
    "pathwise_gradient",
    "wrong-sign",
    "The sign is wrong: return the gradient itself, which points uphill.",
    edits={"return gradient": "return -gradient"},
)

WRONG.edit(
    "pathwise_gradient",
    "num-samples-ignored",
    "Only one sample counts, whatever num_samples is. Draw num_samples fresh ones, inside the loop, and average.",
    edits={"range(num_samples)": "range(1)", "total / num_samples": "total"},
)


@WRONG.add(
    "pathwise_gradient",
    "one-sample-reused",
    "Only one sample counts, whatever num_samples is. Draw num_samples fresh ones, inside the loop, and average.",
)
def pathwise_gradient(mu, log_var, f, num_samples):
    mu = mu.detach().requires_grad_()
    z = reparameterize(mu, log_var) + 0 * torch.randn_like(mu)
    total = sum(f(z).sum() for _ in range(num_samples))
    return torch.autograd.grad(total / num_samples, mu)[0]


@WRONG.add(
    "pathwise_gradient",
    "gradients-accumulate",
    "`backward` *adds* to mu.grad. A second call on the same mu returns the sum of both, and the caller's tensor is changed.",
)
def pathwise_gradient(mu, log_var, f, num_samples):
    mu.requires_grad_()
    total = sum(f(reparameterize(mu, log_var)).sum() for _ in range(num_samples))
    (total / num_samples).backward()
    return mu.grad


@WRONG.add(
    "pathwise_gradient",
    "switches-requires-grad",
    "You switch on `requires_grad` of the caller's mu. Work on a detached copy.",
)
def pathwise_gradient(mu, log_var, f, num_samples):
    mu.requires_grad_()
    total = sum(f(reparameterize(mu, log_var)).sum() for _ in range(num_samples))
    return torch.autograd.grad(total / num_samples, mu)[0]


@WRONG.add(
    "pathwise_gradient",
    "summed-over-batch",
    "You sum the gradients over the batch. Return one gradient per example, the shape of mu.",
)
def pathwise_gradient(mu, log_var, f, num_samples):
    mu = mu.detach().requires_grad_()
    total = sum(f(reparameterize(mu, log_var)).sum() for _ in range(num_samples))
    return torch.autograd.grad(total / num_samples, mu)[0].sum(0)


WRONG.edit(
    "pathwise_gradient",
    "one-noise-for-the-batch",
    "All examples of the batch share their noise. Each needs samples of its own.",
    edits={
        "reparameterize(mu, log_var)": "mu + (0.5 * log_var).exp() * torch.randn(mu.shape[-1], dtype=mu.dtype)"
    },
)

WRONG.edit(
    "pathwise_gradient",
    "fixed-seed",
    "Two calls give the same samples. Do not set a seed inside the function.",
    edits={"total = 0\n": "total = 0\n    torch.manual_seed(0)\n"},
)


# ------------------------------------------------- gaussian_log_prob, slip by slip in the bracket

_BRACKET = "-0.5 * (math.log(2 * math.pi) + log_var + squared_distance).sum(dim=-1)"
_HALF = "The factor one half belongs to all three terms of the bracket, once."
for _id, _code, _message in (
    (
        "half-only-on-square",
        "(-math.log(2 * math.pi) - log_var - 0.5 * squared_distance).sum(dim=-1)",
        f"Only the squared distance is halved. {_HALF}",
    ),
    (
        "no-half-at-all",
        "-(math.log(2 * math.pi) + log_var + squared_distance).sum(dim=-1)",
        "The factor one half in front of the bracket is missing.",
    ),
    (
        "constant-not-halved",
        "-(math.log(2 * math.pi) + 0.5 * log_var + 0.5 * squared_distance).sum(dim=-1)",
        "The constant with 2 pi is not halved: the density has a square root of 2 pi.",
    ),
    (
        "log-var-not-halved",
        "-(0.5 * math.log(2 * math.pi) + log_var + 0.5 * squared_distance).sum(dim=-1)",
        "The term `log_var` is not halved. The logarithm of sigma is half of `log_var`.",
    ),
    (
        "constant-without-log",
        "-0.5 * (2 * math.pi + log_var + squared_distance).sum(dim=-1)",
        "The constant is 2 pi itself. The bracket needs its logarithm.",
    ),
    (
        "square-sign",
        "-0.5 * (math.log(2 * math.pi) + log_var - squared_distance).sum(dim=-1)",
        "The sign of the squared distance is wrong. The density falls away from the mean.",
    ),
    (
        "no-log-var",
        "-0.5 * (math.log(2 * math.pi) + squared_distance).sum(dim=-1)",
        "The term `log_var` is missing from the bracket. A wide density is lower.",
    ),
    (
        "variance-for-its-log",
        "-0.5 * (math.log(2 * math.pi) + log_var.exp() + squared_distance).sum(dim=-1)",
        "The normaliser adds the variance itself. Add its logarithm, which is `log_var`.",
    ),
    (
        "batch-average",
        "-0.5 * (math.log(2 * math.pi) + log_var + squared_distance).sum(dim=-1).mean()",
        "You average over the batch. Return one value per example.",
    ),
    (
        "keepdim",
        "-0.5 * (math.log(2 * math.pi) + log_var + squared_distance).sum(dim=-1, keepdim=True)",
        "Your result has the shape (batch, 1). Return (batch,), without the axis of size 1.",
    ),
):
    WRONG.edit("gaussian_log_prob", _id, _message, {_BRACKET: _code})

_SQUARE = "(x - mu) ** 2 / log_var.exp()"
_TWO_SIDED = (
    "You clamp `log_var`, so very wide and very narrow densities get a wrong value and no gradient."
)
for _id, _code, _message in (
    (
        "divided-by-log-var",
        "(x - mu) ** 2 / log_var",
        "The squared distance is divided by `log_var` itself. The variance is its exponential.",
    ),
    (
        "times-variance",
        "(x - mu) ** 2 * log_var.exp()",
        "The squared distance is multiplied by the variance. Divide by it.",
    ),
    (
        "divided-by-variance-squared",
        "((x - mu) / log_var.exp()) ** 2",
        "The variance is squared in the last term. Divide the squared distance by the variance.",
    ),
    (
        "not-divided",
        "(x - mu) ** 2",
        "The squared distance is not divided by the variance.",
    ),
    (
        "mean-ignored",
        "x**2 / log_var.exp()",
        "The mean is not subtracted from x.",
    ),
):
    WRONG.edit("gaussian_log_prob", _id, _message, {_SQUARE: _code})

for _id, _first, _message in (
    ("clamped-log-var", "log_var = log_var.clamp(-10, 10)", _TWO_SIDED),
    (
        "half-log-var",
        "log_var = 0.5 * log_var",
        "You use half of `log_var` as if it were `log_var`: the standard deviation stands where "
        "the variance belongs.",
    ),
):
    WRONG.edit(
        "gaussian_log_prob",
        _id,
        _message,
        {"squared_distance = (x": f"{_first}\n    squared_distance = (x"},
    )

_OVERWRITES = "Functions here leave their arguments as they are: use `exp`, and `-` without `=`."
for _id, _code, _message in (
    (
        "exp-in-place-first",
        "variance = log_var.exp_()\n"
        "    return -0.5 * (math.log(2 * math.pi) + log_var + (x - mu) ** 2 / variance).sum(-1)",
        f"`exp_` overwrites `log_var`, so the later `log_var` is the variance. {_OVERWRITES}",
    ),
    (
        "exp-in-place-last",
        "total = math.log(2 * math.pi) + log_var.clone()\n"
        "    return -0.5 * (total + (x - mu) ** 2 / log_var.exp_()).sum(-1)",
        f"An operation in place overwrites the caller's `log_var`. {_OVERWRITES}",
    ),
    (
        "minus-in-place",
        "x -= mu\n"
        "    return -0.5 * (math.log(2 * math.pi) + log_var + x**2 / log_var.exp()).sum(-1)",
        f"An operation in place overwrites the caller's x. {_OVERWRITES}",
    ),
):
    WRONG.edit(
        "gaussian_log_prob",
        _id,
        _message,
        {f"squared_distance = {_SQUARE}\n    return {_BRACKET}": _code},
    )


@WRONG.add(
    "gaussian_log_prob",
    "product-of-densities",
    "You compute densities first and take the logarithm afterwards. Far from the mean, or in many dimensions, they are 0 for the computer: write the logarithm down as a sum instead.",
)
def gaussian_log_prob(x, mu, log_var):
    variance = log_var.exp()
    density = torch.exp(-0.5 * (x - mu) ** 2 / variance) / torch.sqrt(2 * math.pi * variance)
    return density.prod(-1).log()


@WRONG.add(
    "gaussian_log_prob",
    "densities-not-log",
    "You return densities, one per dimension or summed. Return the logarithm of their product, which is a sum of logarithms.",
)
def gaussian_log_prob(x, mu, log_var):
    variance = log_var.exp()
    density = torch.exp(-0.5 * (x - mu) ** 2 / variance) / torch.sqrt(2 * math.pi * variance)
    return density.sum(-1)


# ------------------------------------------------------- log_evidence, slip by slip in the formula

_TOTAL = "-0.5 * (data_dim * math.log(2 * math.pi) + log_det + squared_distance)"
_ALL_THREE = "The one half belongs to all three terms of the bracket, once."
for _id, _code, _message in (
    (
        "half-only-on-distance",
        "-data_dim * math.log(2 * math.pi) - log_det - 0.5 * squared_distance",
        f"Only the squared distance is halved. {_ALL_THREE}",
    ),
    (
        "no-half-at-all",
        "-(data_dim * math.log(2 * math.pi) + log_det + squared_distance)",
        "The factor one half in front of the bracket is missing.",
    ),
    (
        "constant-not-halved",
        "-0.5 * (2 * data_dim * math.log(2 * math.pi) + log_det + squared_distance)",
        "The constant with 2 pi is not halved: the density has a root of (2 pi)^D.",
    ),
    (
        "distance-not-halved",
        "-0.5 * (data_dim * math.log(2 * math.pi) + log_det + 2 * squared_distance)",
        "The squared distance is not halved.",
    ),
    (
        "log-det-halved-twice",
        "-0.5 * (data_dim * math.log(2 * math.pi) + 0.5 * log_det + squared_distance)",
        "Half of the log-determinant is missing. With a Cholesky factor L it is twice the sum of "
        "log L_ii, and in the bracket it stands in full.",
    ),
    (
        "wrong-sign",
        "0.5 * (data_dim * math.log(2 * math.pi) + log_det + squared_distance)",
        "This is minus log p(x). A log-density is highest near the mean.",
    ),
    (
        "distance-sign",
        "-0.5 * (data_dim * math.log(2 * math.pi) + log_det - squared_distance)",
        "The sign of the squared distance is wrong. The density falls away from the mean.",
    ),
    (
        "latent-dim-in-constant",
        "-0.5 * (W.shape[1] * math.log(2 * math.pi) + log_det + squared_distance)",
        "The constant is multiplied by the number of dials. Use the number of coordinates of x.",
    ),
    (
        "batch-in-constant",
        "-0.5 * (len(x) * math.log(2 * math.pi) + log_det + squared_distance)",
        "The constant is multiplied by the size of the batch. Use the number of coordinates of x.",
    ),
    (
        "sum-over-batch",
        "-0.5 * (data_dim * math.log(2 * math.pi) + log_det + squared_distance).sum()",
        "You sum over the batch. Return one value per example.",
    ),
    (
        "evidence-not-log",
        "torch.exp(-0.5 * (data_dim * math.log(2 * math.pi) + log_det + squared_distance))",
        "You return p(x). Return its logarithm.",
    ),
    (
        "keepdim",
        "-0.5 * (data_dim * math.log(2 * math.pi) + log_det + squared_distance)[:, None]",
        "Your result has the shape (batch, 1). Return (batch,), without the axis of size 1.",
    ),
    (
        "squeezed-batch",
        "-0.5 * (data_dim * math.log(2 * math.pi) + log_det + squared_distance).squeeze()",
        "`squeeze` also removes the axis of a batch of one. Return shape (batch,) for every batch.",
    ),
):
    WRONG.edit("log_evidence", _id, _message, {_TOTAL: _code})

_COVARIANCE = "W @ W.T + noise_var * torch.eye(data_dim, dtype=x.dtype, device=x.device)"
for _id, _code, _message in (
    (
        "noise-is-one",
        "W @ W.T + torch.eye(data_dim, dtype=x.dtype)",
        "`noise_var` has no effect on the covariance. Multiply the identity matrix by it.",
    ),
    (
        "noise-inverted",
        "W @ W.T + torch.eye(data_dim, dtype=x.dtype) / noise_var",
        "The identity matrix is divided by `noise_var`. Multiply it.",
    ),
):
    WRONG.edit("log_evidence", _id, _message, {_COVARIANCE: _code})

_DISTANCE = "(centred * torch.linalg.solve(covariance, centred.T).T).sum(dim=-1)"
for _id, _code, _message in (
    (
        "distance-not-weighted",
        "centred.square().sum(dim=-1)",
        "The covariance is missing from the squared distance. Multiply by its inverse.",
    ),
    (
        "distance-by-diagonal",
        "(centred.square() / covariance.diagonal()).sum(dim=-1)",
        "The squared distance uses only the diagonal of the covariance. Use the inverse of the "
        "whole matrix.",
    ),
    (
        "distance-summed-over-batch",
        "(centred * torch.linalg.solve(covariance, centred.T).T).sum()",
        "The squared distance is summed over the batch as well. Each example has its own.",
    ),
    (
        "b-added",
        "((x + b) * torch.linalg.solve(covariance, (x + b).T).T).sum(dim=-1)",
        "b is added to x. Subtract it.",
    ),
):
    WRONG.edit("log_evidence", _id, _message, {_DISTANCE: _code})

WRONG.edit(
    "log_evidence",
    "det-not-log",
    "The determinant itself stands in the bracket. Take its logarithm.",
    {"torch.logdet(covariance)": "torch.det(covariance)"},
)


@WRONG.add(
    "log_evidence",
    "precision-matrix",
    "The covariance is used as the precision matrix, so it is inverted once too few or once too often.",
)
def log_evidence(x, W, b, noise_var):
    covariance = W @ W.T + noise_var * torch.eye(len(W), dtype=x.dtype)
    return torch.distributions.MultivariateNormal(b, precision_matrix=covariance).log_prob(x)


# ----------------------------------------------------- kl_divergence, slip by slip in the bracket

_KL = "0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=-1)"
_COVERS = "The one half covers all four terms, once."
_NO_CALLER = (
    "Functions here leave their arguments as they are: use `exp` and `**`, not `exp_` or `*=`."
)
for _id, _code, _message in (
    (
        "half-only-on-mu",
        "(0.5 * mu**2 + log_var.exp() - 1 - log_var)",
        f"Only mu squared is halved. {_COVERS}",
    ),
    (
        "half-only-on-squares",
        "(0.5 * (mu**2 + log_var.exp()) - 1 - log_var)",
        f"Only mu squared and the variance are halved. {_COVERS}",
    ),
    (
        "half-not-on-log-var",
        "(0.5 * (mu**2 + log_var.exp() - 1) - log_var)",
        "`log_var` counts twice as much as it should. It is ln(sigma^2) already, and the one half "
        "covers it, too.",
    ),
    (
        "half-not-on-mu",
        "(mu**2 + 0.5 * (log_var.exp() - 1 - log_var))",
        f"mu squared is not halved. {_COVERS}",
    ),
    ("no-mu", "0.5 * (log_var.exp() - 1 - log_var)", "The term mu squared is missing."),
    ("no-variance", "0.5 * (mu**2 - 1 - log_var)", "The variance is missing from the bracket."),
    ("no-log-var", "0.5 * (mu**2 + log_var.exp() - 1)", "The term `log_var` is missing."),
    (
        "one-added",
        "0.5 * (mu**2 + log_var.exp() + 1 - log_var)",
        "The 1 is added. Subtract it: the KL of the prior to itself is 0.",
    ),
    (
        "mu-subtracted",
        "0.5 * (log_var.exp() - mu**2 - 1 - log_var)",
        "mu squared is subtracted. A mean away from 0 makes the KL larger.",
    ),
    (
        "variance-not-exponentiated",
        "0.5 * (mu**2 + log_var - 1 - log_var)",
        "`log_var` stands where the variance belongs. The variance is its exponential.",
    ),
    (
        "log-of-log-var",
        "0.5 * (mu**2 + log_var.exp() - 1 - log_var.log())",
        "You take the logarithm of `log_var`. It is a logarithm already.",
    ),
    (
        "precision-for-variance",
        "0.5 * (mu**2 + (-log_var).exp() - 1 - log_var)",
        "The sign in the exponential is wrong: you add the inverse of the variance.",
    ),
):
    WRONG.edit("kl_divergence", _id, _message, {_KL: f"({_code}).sum(dim=-1)"})

for _id, _code, _message in (
    (
        "mean-of-everything",
        "0.5 * (mu**2 + log_var.exp() - 1 - log_var).mean()",
        "You average over everything. Sum over the last dimension and keep the batch.",
    ),
    (
        "no-sum",
        "0.5 * (mu**2 + log_var.exp() - 1 - log_var)",
        "You return one number per dimension. Sum over the last one: one KL per example.",
    ),
    (
        "keepdim",
        "0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(-1, keepdim=True)",
        "Your result has the shape (batch, 1). Return (batch,), without the axis of size 1.",
    ),
    (
        "divided-by-batch",
        "0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(-1) / len(mu)",
        "Every value is divided by the size of the batch. Each example stands for itself.",
    ),
):
    WRONG.edit("kl_divergence", _id, _message, {_KL: _code})

WRONG.edit(
    "kl_divergence",
    "variance-given",
    "You take the exponential once too often: the variance is used as if it were its logarithm.",
    {f"return {_KL}": f"log_var = log_var.exp()\n    return {_KL}"},
)

for _id, _code, _message in (
    (
        "exp-overwrites-before-last-term",
        "0.5 * (mu**2 + log_var.exp_() - 1 - log_var).sum(-1)",
        f"`exp_` overwrites `log_var`, so the last term is the variance. {_NO_CALLER}",
    ),
    (
        "exp-overwrites-after-last-term",
        "-0.5 * (1 + log_var - mu**2 - log_var.exp_()).sum(-1)",
        f"An operation in place overwrites the caller's `log_var`. {_NO_CALLER}",
    ),
    (
        "square-in-place",
        "0.5 * (mu.pow_(2) + log_var.exp() - 1 - log_var).sum(-1)",
        f"An operation in place overwrites the caller's mu. {_NO_CALLER}",
    ),
):
    WRONG.edit("kl_divergence", _id, _message, {_KL: _code})


@WRONG.add(
    "kl_divergence",
    "monte-carlo",
    "Two calls give different values: you draw samples. This exercise asks for the closed form, which needs none.",
)
def kl_divergence(mu, log_var):
    z = mu + (0.5 * log_var).exp() * torch.randn(100, *mu.shape, dtype=mu.dtype)
    log_p = gaussian_log_prob(z, torch.zeros_like(mu), torch.zeros_like(mu))
    return (gaussian_log_prob(z, mu, log_var) - log_p).mean(0)


# --------------------------------------------------------- reparameterize, slip by slip in the noise

_SAMPLE = "mu + sigma * torch.randn_like(sigma)"
_NEW_Z = "Return one tensor of the shape of mu and nothing else."
_KEEPS = "Functions here leave their arguments as they are: make new tensors."
for _id, _code, _message in (
    (
        "noise-added-before-scaling",
        "(mu + torch.randn_like(mu)) * sigma",
        "sigma multiplies the mean as well. It stretches the noise only.",
    ),
    ("mean-subtracted", "sigma * torch.randn_like(mu) - mu", "The mean is subtracted. Add it."),
    (
        "sigma-added",
        "mu + sigma + torch.randn_like(mu)",
        "sigma is added to the noise. Multiply the noise by sigma.",
    ),
    (
        "plain-noise",
        "torch.randn_like(mu)",
        "This is a sample of N(0, I). It ignores mu and `log_var`.",
    ),
    (
        "noise-times-half-variance",
        "mu + 0.5 * log_var.exp() * torch.randn_like(mu)",
        "The half stands outside the exponential, so you multiply by half the variance. sigma is "
        "exp(log_var / 2).",
    ),
    (
        "noise-times-half-log-var",
        "mu + 0.5 * log_var * torch.randn_like(mu)",
        "The exponential is missing: you multiply the noise by half of `log_var`.",
    ),
    (
        "noise-times-root-of-log-var",
        "mu + log_var.sqrt() * torch.randn_like(mu)",
        "You take the square root of `log_var`, which may be negative. sigma is exp(log_var / 2).",
    ),
    (
        "negative-exp",
        "mu + (-log_var).exp() * torch.randn_like(mu)",
        "You multiply the noise by the inverse of the variance. sigma is exp(log_var / 2).",
    ),
    (
        "folded-noise",
        "mu + sigma * torch.randn_like(mu).abs()",
        "Your noise is never negative, so z lies above mu. Noise has both signs; only sigma is "
        "positive.",
    ),
    (
        "uniform-symmetric",
        "mu + sigma * (2 * torch.rand_like(mu) - 1)",
        "Your noise is uniform. It must be standard normal: `torch.randn_like`.",
    ),
    (
        "half-of-noise",
        "mu + 0.5 * sigma * torch.randn_like(mu)",
        "Your noise is half as large as it should be. The half belongs inside the exponential only.",
    ),
    (
        "returns-noise-too",
        "mu + sigma * torch.randn_like(sigma), sigma",
        f"You return a tuple. {_NEW_Z}",
    ),
    (
        "squeezed",
        "(mu + sigma * torch.randn_like(sigma)).squeeze()",
        "`squeeze` also removes the axis of a batch of one. Return the shape of mu for every batch.",
    ),
    (
        "summed",
        "(mu + sigma * torch.randn_like(sigma)).sum(-1)",
        f"You sum over the dimensions. {_NEW_Z}",
    ),
):
    WRONG.edit("reparameterize", _id, _message, {_SAMPLE: _code})

for _id, _first, _message in (
    (
        "arguments-swapped",
        "mu, log_var = log_var, mu",
        "mu and `log_var` are swapped.",
    ),
    (
        "narrow-clamp",
        "log_var = log_var.clamp(-5, 2)",
        "You clamp `log_var`, so large variances come out too small.",
    ),
    (
        "exp-then-exp",
        "log_var = log_var.exp()",
        "You take the exponential twice. sigma is exp(log_var / 2).",
    ),
):
    WRONG.edit(
        "reparameterize",
        _id,
        _message,
        {"sigma = torch.exp(0.5 * log_var)": f"{_first}\n    sigma = torch.exp(0.5 * log_var)"},
    )

for _id, _code, _message in (
    (
        "halved-in-place",
        "return mu + log_var.mul_(0.5).exp() * torch.randn_like(mu)",
        f"An operation in place halves the caller's `log_var`. {_KEEPS}",
    ),
    (
        "mean-in-place",
        "mu += torch.exp(0.5 * log_var) * torch.randn_like(mu)\n    return mu",
        f"`+=` writes the sample into the caller's mu. {_KEEPS}",
    ),
):
    WRONG.edit(
        "reparameterize",
        _id,
        _message,
        {f"sigma = torch.exp(0.5 * log_var)\n    return {_SAMPLE}": _code},
    )


# -------------------------------------------------------------- monte_carlo_kl, slip by slip in the sum

_DRAW = "z = reparameterize(mu, log_var)"
_PRIOR = "log_p = gaussian_log_prob(z, torch.zeros_like(mu), torch.zeros_like(log_var))"
_Q = "log_q = gaussian_log_prob(z, mu, log_var)"
for _id, _edits, _message in (
    (
        "prior-log-var-is-one",
        {_PRIOR: "log_p = gaussian_log_prob(z, torch.zeros_like(mu), torch.ones_like(mu))"},
        "The prior's `log_var` is 1 in your code, a variance of e. Its variance is 1, so its "
        "`log_var` is 0.",
    ),
    (
        "prior-with-variance-of-q",
        {_PRIOR: "log_p = gaussian_log_prob(z, torch.zeros_like(mu), log_var)"},
        "log p uses the `log_var` of q. The prior has mean 0 and `log_var` 0.",
    ),
    (
        "prior-with-mean-of-q",
        {_PRIOR: "log_p = gaussian_log_prob(z, mu, torch.zeros_like(mu))"},
        "log p uses the mean of q. The prior has mean 0 and `log_var` 0.",
    ),
    (
        "q-lacks-two-pi",
        {_Q: "log_q = -0.5 * (log_var + (z - mu) ** 2 / log_var.exp()).sum(-1)"},
        "log q lacks its constant with 2 pi, while log p has it. They cancel only if both are there.",
    ),
    (
        "reverse-kl",
        {_DRAW: "z = torch.randn_like(mu)", "total + log_q - log_p": "total + log_p - log_q"},
        "This is the KL in the other direction: z comes from the prior, and log p - log q is "
        "averaged. Draw z from q and average log q - log p.",
    ),
    (
        "terms-added",
        {"total + log_q - log_p": "total + log_q + log_p"},
        "log q and log p are added. The KL averages their difference.",
    ),
    (
        "halved",
        {"total / num_samples": "0.5 * total / num_samples"},
        "The result is halved. The definition of the KL has no factor one half.",
    ),
    (
        "divided-by-batch-not-samples",
        {"total / num_samples": "total / len(mu)"},
        "You divide by the size of the batch. Divide by num_samples.",
    ),
    (
        "one-draw-too-few",
        {"range(num_samples)": "range(1, num_samples)"},
        "You draw one sample too few and divide by num_samples.",
    ),
    (
        "last-sample-only",
        {"total + log_q - log_p": "log_q - log_p"},
        "Only one sample counts, divided by num_samples. Add all of them up; the `return` stands after "
        "the loop.",
    ),
    (
        "densities-not-logs",
        {"total + log_q - log_p": "total + log_q.exp() - log_p.exp()"},
        "You average densities. The KL averages their logarithms.",
    ),
    (
        "noise-not-scaled",
        {_DRAW: "z = mu + torch.randn_like(mu)"},
        "Your samples are not stretched by sigma: they come from another distribution than q.",
    ),
    (
        "uniform-noise",
        {_DRAW: "z = mu + (0.5 * log_var).exp() * torch.rand_like(mu)"},
        "Your noise is uniform. Samples of q need standard normal noise.",
    ),
    (
        "q-with-variance-for-log-var",
        {_Q: "log_q = gaussian_log_prob(z, mu, log_var.exp())"},
        "log q is given the variance. `gaussian_log_prob` wants its logarithm.",
    ),
    (
        "q-with-half-log-var",
        {_Q: "log_q = gaussian_log_prob(z, mu, 0.5 * log_var)"},
        "log q is given half of `log_var`. `gaussian_log_prob` wants the logarithm of the variance.",
    ),
    (
        "mean-sample",
        {
            "total = total + log_q - log_p": "total = total + z",
            "return total / num_samples": "z = total / num_samples\n    zero = torch.zeros_like(mu)\n"
            "    return gaussian_log_prob(z, mu, log_var) - gaussian_log_prob(z, zero, zero)",
        },
        "You average the samples of z and evaluate the densities once. Evaluate them at every "
        "sample and average the results.",
    ),
    (
        "keeps-samples",
        {
            "total = 0\n": "total = []\n",
            "total = total + log_q - log_p": "total.append(log_q - log_p)",
            "total / num_samples": "torch.stack(total)",
        },
        "You return all samples. Average over them: one estimate per example.",
    ),
    (
        "mean-over-wrong-axis",
        {
            "total = 0\n": "total = []\n",
            "total = total + log_q - log_p": "total.append(log_q - log_p)",
            "total / num_samples": "torch.stack(total).mean(dim=1)",
        },
        "You average over the batch and keep the samples. It is the other way round.",
    ),
    (
        "keepdim",
        {"total / num_samples": "(total / num_samples).unsqueeze(-1)"},
        "Your result has an axis too many. Return shape (batch,).",
    ),
    (
        "squeezed",
        {"total / num_samples": "(total / num_samples).squeeze()"},
        "`squeeze` also removes the axis of a batch of one. Return shape (batch,) for every batch.",
    ),
):
    WRONG.edit("monte_carlo_kl", _id, _message, _edits)


# ----------------------------------------------------------------- elbo, slip by slip in the two terms

_LIKELIHOOD = "torch.stack(samples).mean(dim=0)"
_PRICE = "kl_divergence(mu, log_var)"
_ELBO = f"{_LIKELIHOOD} - {_PRICE}"
for _id, _edits, _message in (
    (
        "only-kl",
        {_ELBO: _PRICE},
        "This is the KL alone. Subtract it from the average log-likelihood.",
    ),
    ("minus-kl", {_ELBO: f"-{_PRICE}"}, "The log-likelihood is missing: this is minus the KL."),
    (
        "likelihood-negated",
        {_ELBO: f"-{_LIKELIHOOD} - {_PRICE}"},
        "The log-likelihood has the wrong sign.",
    ),
    (
        "kl-summed-over-batch",
        {f"- {_PRICE}": f"- {_PRICE}.sum()"},
        "You subtract the KL of the whole batch from every example. Each pays for its own z.",
    ),
    (
        "kl-of-variance",
        {f"- {_PRICE}": "- kl_divergence(mu, log_var.exp())"},
        "The KL is given the variance. It wants the logarithm of the variance.",
    ),
    (
        "batch-mean-of-likelihood",
        {_LIKELIHOOD: "torch.stack(samples).mean()"},
        "The log-likelihood is averaged over the batch as well. Each example has its own.",
    ),
    (
        "samples-not-averaged",
        {_LIKELIHOOD: "torch.stack(samples)"},
        "You return one value per sample. Average over the samples: shape (batch,).",
    ),
    (
        "noise-not-scaled",
        {"reparameterize(mu, log_var)": "mu + torch.randn_like(mu)"},
        "Your samples are not stretched by sigma: they come from another distribution than q.",
    ),
    (
        "uniform-noise",
        {"reparameterize(mu, log_var)": "mu + (0.5 * log_var).exp() * torch.rand_like(mu)"},
        "Your noise is uniform. Use the sampler of exercise 1.4.",
    ),
    (
        "keepdim",
        {_ELBO: f"({_ELBO}).unsqueeze(-1)"},
        "Your result has an axis too many. Return shape (batch,).",
    ),
    (
        "squeezed",
        {_ELBO: f"({_ELBO}).squeeze()"},
        "`squeeze` also removes the axis of a batch of one. Return shape (batch,) for every batch.",
    ),
):
    WRONG.edit("elbo", _id, _message, _edits)


@WRONG.add(
    "elbo",
    "prior-missing",
    "log p(z) is missing. The sampled form is log p(x|z) + log p(z) - log q(z).",
)
def elbo(x, mu, log_var, log_likelihood, num_samples):
    total = 0
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + log_likelihood(x, z) - gaussian_log_prob(z, mu, log_var)
    return total / num_samples


# ---------------------------------------------------- score_function_gradient, slip by slip in the product

_SCORE = "(z - mu) / log_var.exp()"
_TERM = "f(z).unsqueeze(-1) * score"
for _id, _edits, _message in (
    (
        "times-variance",
        {_SCORE: "(z - mu) * log_var.exp()"},
        "The score is multiplied by the variance. Divide by it.",
    ),
    (
        "score-halved",
        {_SCORE: "0.5 * (z - mu) / log_var.exp()"},
        "Your result is half of the gradient. In the score, the half cancels with the 2 of the square.",
    ),
    (
        "score-doubled",
        {_SCORE: "2 * (z - mu) / log_var.exp()"},
        "Your result is twice the gradient. In the score, the 2 of the square cancels with the half.",
    ),
    (
        "score-with-z",
        {_SCORE: "z / log_var.exp()"},
        "mu is not subtracted in the score. It is (z - mu) / sigma^2.",
    ),
    (
        "score-squared",
        {_SCORE: "(z - mu) ** 2 / log_var.exp()"},
        "The distance in the score is squared. Its derivative is not.",
    ),
    (
        "score-in-place-of-estimate",
        {_TERM: "f(z).unsqueeze(-1)", "total = torch.zeros_like(mu)": "total = 0 * mu"},
        "The score is missing: this averages f alone.",
    ),
    (
        "f-summed-over-batch",
        {_TERM: "f(z).sum() * score"},
        "f is summed over the batch. Each example's score is weighted by its own f(z).",
    ),
    (
        "weighted-by-density",
        {
            _TERM: "f(z).unsqueeze(-1) * score * gaussian_log_prob(z, mu, log_var).exp().unsqueeze(-1)"
        },
        "You weight each draw with its density. The draws come from q already.",
    ),
    ("f-added", {_TERM: "f(z).unsqueeze(-1) + score"}, "f and the score are added. Multiply them."),
    (
        "one-draw-too-few",
        {"range(num_samples)": "range(1, num_samples)"},
        "On average the result is (num_samples - 1) / num_samples of the gradient. Either a draw is missing, or a baseline includes the sample that it corrects.",
    ),
    (
        "last-sample-only",
        {"total + f(z)": "f(z)"},
        "Only one sample counts, divided by num_samples. Add all of them up; the `return` stands after the loop.",
    ),
    (
        "sum-over-batch",
        {"return total / num_samples": "return (total / num_samples).sum(0)"},
        "You sum over the batch. Return one gradient per example, the shape of mu.",
    ),
    (
        "batch-averaged",
        {"return total / num_samples": "return (total / num_samples).mean(0)"},
        "You average over the batch. Return one gradient per example, the shape of mu.",
    ),
    (
        "one-per-example",
        {"return total / num_samples": "return (total / num_samples).sum(-1)"},
        "You sum over the dimensions. Return one number for each coordinate of mu.",
    ),
    (
        "noise-not-scaled",
        {"z = reparameterize(mu, log_var).detach()": "z = mu + torch.randn_like(mu)"},
        "Your samples are not stretched by sigma, while the score belongs to q.",
    ),
    (
        "uniform-noise",
        {
            "z = reparameterize(mu, log_var).detach()": "z = mu + (0.5 * log_var).exp() * torch.rand_like(mu)"
        },
        "Your noise is uniform. Use the sampler of exercise 1.4.",
    ),
    (
        "draws-nothing",
        {"z = reparameterize(mu, log_var).detach()": "z = mu"},
        "Your score is 0. Either z is mu itself, and nothing is drawn, or z moves with mu when log q(z) is differentiated: `detach` the drawn z.",
    ),
):
    WRONG.edit("score_function_gradient", _id, _message, _edits)


# -------------------------------------------------------------- pathwise_gradient, slip by slip

_ASK = "(gradient,) = torch.autograd.grad(total / num_samples, mu)\n    return gradient"
_DRAWN = "reparameterize(mu, log_var)"
for _id, _edits, _message in (
    (
        "returns-tuple",
        {_ASK: "return torch.autograd.grad(total / num_samples, mu)"},
        "`torch.autograd.grad` returns a tuple. Return the tensor in it.",
    ),
    (
        "multiplied-by-noise",
        {
            _DRAWN: "(mu.detach() + (0.5 * log_var).exp() * (eps := torch.randn_like(mu)) + eps * (mu - mu.detach()))"
        },
        "You multiply by the noise. That is the gradient with respect to sigma; dz/dmu is 1.",
    ),
    (
        "multiplied-by-variance",
        {"return gradient": "return gradient * log_var.exp()"},
        "You multiply by the variance. dz/dmu is 1.",
    ),
    (
        "divided-by-variance",
        {"return gradient": "return gradient / log_var.exp()"},
        "You divide by the variance. That belongs to the score function; dz/dmu is 1.",
    ),
    (
        "divided-by-sigma",
        {"return gradient": "return gradient / (0.5 * log_var).exp()"},
        "You divide by sigma. dz/dmu is 1.",
    ),
    (
        "halved",
        {"return gradient": "return 0.5 * gradient"},
        "The result is halved. There is no factor in front.",
    ),
    (
        "doubled",
        {"return gradient": "return 2 * gradient"},
        "The result is twice too large. There is no factor in front.",
    ),
    (
        "averaged-over-batch",
        {"return gradient": "return gradient.mean(0)"},
        "You average the gradients over the batch. Return one gradient per example, the shape of mu.",
    ),
    (
        "summed-over-dims",
        {"return gradient": "return gradient.sum(-1)"},
        "You sum over the dimensions. Return one number for each coordinate of mu.",
    ),
    (
        "averaged-over-dims",
        {"return gradient": "return gradient / gradient.shape[-1]"},
        "The result is divided by the number of dimensions.",
    ),
    (
        "keeps-one-number",
        {"return gradient": "return gradient.sum()"},
        "You sum over everything. Return one gradient per example, the shape of mu.",
    ),
    (
        "squeezed",
        {"return gradient": "return gradient.squeeze()"},
        "`squeeze` also removes the axis of a batch of one. Return the shape of mu for every batch.",
    ),
    (
        "value-not-gradient",
        {_ASK: "return (total / num_samples).detach() + 0 * mu.detach()"},
        "You return the average of f. Return its gradient in mu.",
    ),
    (
        "one-draw-too-few",
        {"range(num_samples)": "range(1, num_samples)", "total = 0\n": "total = 0 * mu.sum()\n"},
        "You draw one sample too few for the number that you divide by.",
    ),
    (
        "last-sample-only",
        {"total = total + f": "total = f"},
        "Only one sample counts, divided by num_samples. Add all of them up; the gradient is taken after the loop.",
    ),
    (
        "f-of-mean-sample",
        {
            f"total = total + f({_DRAWN}).sum()": f"total = total + {_DRAWN}",
            "total / num_samples, mu": "f(total / num_samples).sum(), mu",
        },
        "You average the samples of z and evaluate f once. Evaluate f at every sample and average the results.",
    ),
    (
        "no-sum-no-scalar",
        {f"f({_DRAWN}).sum()": f"f({_DRAWN})"},
        "Autograd got no scalar that depends on mu. Is f summed over the batch, has the copy of mu `requires_grad_()`, and is z made from this copy without a `detach`?",
    ),
    (
        "noise-per-example",
        {_DRAWN: "mu + (0.5 * log_var).exp() * torch.randn(len(mu), 1, dtype=mu.dtype)"},
        "The dimensions of an example share one random number. Every number of z needs its own.",
    ),
):
    WRONG.edit("pathwise_gradient", _id, _message, _edits)

_ON_CALLER = "Work on a detached copy of mu and use `torch.autograd.grad`, which stores nothing."
for _id, _body, _message in (
    (
        "backward-and-zero",
        "mu.requires_grad_()\n    mu.grad = None\n    total = sum(f(reparameterize(mu, log_var)).sum() for _ in range(num_samples))\n    (total / num_samples).backward()\n    return mu.grad.clone()",
        f"You leave a gradient in the caller's mu. {_ON_CALLER}",
    ),
    (
        "backward-and-clear",
        "before = mu.requires_grad\n    mu.requires_grad_()\n    mu.grad = None\n    total = sum(f(reparameterize(mu, log_var)).sum() for _ in range(num_samples))\n    (total / num_samples).backward()\n    gradient, mu.grad = mu.grad, None\n    mu.requires_grad_(before)\n    return gradient",
        f"You clear the caller's mu.grad, which may hold a gradient already. {_ON_CALLER}",
    ),
    (
        "switched-off-afterwards",
        "mu.requires_grad_()\n    total = sum(f(reparameterize(mu, log_var)).sum() for _ in range(num_samples))\n    (gradient,) = torch.autograd.grad(total / num_samples, mu)\n    mu.requires_grad_(False)\n    return gradient",
        f"You switch `requires_grad` of the caller's mu off, also if it was on. {_ON_CALLER}",
    ),
):
    WRONG.edit(
        "pathwise_gradient",
        _id,
        _message,
        {
            "mu = mu.detach().requires_grad_()\n    total = 0\n    for _ in range(num_samples):\n        total = total + f(reparameterize(mu, log_var)).sum()\n    "
            + _ASK: _body
        },
    )

# -------------------------------------------------------------- more slips, exercise by exercise

_LOG = "return -0.5 * (math.log(2 * math.pi) + log_var + squared_distance).sum(dim=-1)"
_SQUARE = "(x - mu) ** 2 / log_var.exp()"
for _id, _edits, _message in (
    (
        "log10-constant",
        {"math.log(2": "math.log10(2"},
        "The constant is not the natural logarithm of 2 pi. Use `math.log`: all terms are in nats.",
    ),
    (
        "only-the-square-summed",
        {
            _LOG: "return -0.5 * ((math.log(2 * math.pi) + log_var).mean(-1) + squared_distance.sum(-1))"
        },
        "Only the squared distance is summed. The constant and `log_var` belong to every dimension: sum the whole bracket.",
    ),
    (
        "distance-not-squared",
        {_SQUARE: "(x - mu).abs() / (0.5 * log_var).exp()"},
        "The distance enters squared: the squared deviation over the variance.",
    ),
    (
        "distance-with-its-sign",
        {_SQUARE: "(x - mu) / (0.5 * log_var).exp()"},
        "The distance enters squared: the squared deviation over the variance.",
    ),
    (
        "distance-not-squared-over-variance",
        {_SQUARE: "(x - mu) / log_var.exp()"},
        "The distance enters squared: the squared deviation over the variance.",
    ),
    (
        "variance-detached",
        {"log_var.exp()": "log_var.detach().exp()"},
        "No gradient reaches `log_var` through the variance. Stay with tensors that record: no `detach`, `no_grad` or `.data` on the way.",
    ),
    (
        "distance-detached",
        {_SQUARE: f"({_SQUARE}).detach()"},
        "No gradient passes the squared distance. Stay with tensors that record: no `detach`, `no_grad` or `.data` on the way.",
    ),
    (
        "mu-detached",
        {"(x - mu)": "(x - mu.detach())"},
        "No gradient reaches `mu`. Stay with tensors that record: no `detach`, `no_grad` or `.data` on the way.",
    ),
    (
        "sum-over-the-first-axis",
        {"dim=-1": "dim=0"},
        "You sum over the first axis, the examples. Sum over the last one, the dimensions: one value per example.",
    ),
    (
        "as-float64",
        {_LOG: f"{_LOG}.double()"},
        "The result has another dtype than the arguments. Keep theirs: no `double()`, `float()` or new tensor of a fixed dtype.",
    ),
    (
        "as-float32",
        {_LOG: f"{_LOG}.float()"},
        "The result is float32 also for float64 arguments. Keep their dtype: no `float()` or new tensor of a fixed dtype.",
    ),
    (
        "a-number",
        {_LOG: f"{_LOG}.sum().item()"},
        "You return one Python number. Return a tensor with one value per example.",
    ),
    (
        "only-the-bracket",
        {"-0.5 * (math": "(math"},
        "The factor minus one half in front of the bracket is missing.",
    ),
):
    WRONG.edit("gaussian_log_prob", _id, _message, _edits)

_DIAGONAL = "noise_var * torch.eye(data_dim, dtype=x.dtype, device=x.device)"
_SOLVED = "torch.linalg.solve(covariance, centred.T)"
for _id, _edits, _message in (
    (
        "noise-added-to-all",
        {_DIAGONAL: "noise_var"},
        "You add `noise_var` to every entry of the covariance. The noise of different coordinates is independent, so it belongs on the diagonal only.",
    ),
    (
        "noise-missing-in-the-distance",
        {_SOLVED: "torch.linalg.solve(W @ W.T, centred.T)"},
        "The noise is missing from the matrix that measures the distance. The covariance is the same in both places.",
    ),
    (
        "noise-missing-in-the-distance-pinv",
        {_SOLVED: "(torch.linalg.pinv(W @ W.T) @ centred.T)"},
        "The noise is missing from the matrix that measures the distance. The covariance is the same in both places.",
    ),
    (
        "log-det-of-the-diagonal",
        {"torch.logdet(covariance)": "covariance.diagonal().log().sum()"},
        "The log-determinant counts the diagonal alone. The determinant of a full matrix is not the product of its diagonal.",
    ),
    (
        "distance-not-squared",
        {"squared_distance)": "squared_distance.sqrt())"},
        "The distance enters squared: no square root.",
    ),
    (
        "b-forgotten-on-one-side",
        {"(centred * torch": "(x * torch"},
        "One of the two factors of the distance is x, without b. Subtract b in both.",
    ),
    (
        "distance-by-dot-product",
        {f"{_SOLVED}.T": "centred / noise_var"},
        "The distance ignores W: it is measured with the noise alone. Use the inverse of the whole covariance.",
    ),
    (
        "mean-over-dims",
        {".sum(dim=-1)": ".mean(dim=-1)"},
        "The squared distance is averaged over the coordinates. Sum them.",
    ),
    (
        "two-pi-not-in-log",
        {"data_dim * math.log(2 * math.pi)": "data_dim * 2 * math.pi"},
        "The constant lacks its logarithm: log 2 pi, for each coordinate.",
    ),
    (
        "as-float32",
        {"squared_distance)": "squared_distance).float()"},
        "The result is float32 also for float64 arguments. Keep the dtype of x: no `float()` or new tensor of a fixed dtype.",
    ),
    (
        "a-number",
        {"squared_distance)": "squared_distance).sum().item()"},
        "You return one Python number. Return a tensor with one value per example.",
    ),
):
    WRONG.edit("log_evidence", _id, _message, _edits)

_KL = "return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=-1)"
for _id, _edits, _message in (
    (
        "mu-absolute",
        {"mu**2": "mu.abs()"},
        "The mean enters squared. Its absolute value grows too slowly.",
    ),
    (
        "log-with-epsilon",
        {"- log_var)": "- (log_var.exp() + 1e-8).log())"},
        "Where `log_var` is very negative, a small number that you add, or a lower limit, takes the place of the variance. `log_var` is the logarithm already: use it as it is.",
    ),
    (
        "variance-squared",
        {"log_var.exp()": "log_var.exp() ** 2"},
        "The variance is squared. `exp(log_var)` is the variance already.",
    ),
    (
        "variance-sign",
        {"+ log_var.exp()": "- log_var.exp()"},
        "The sign of the variance is wrong: a wide q costs more.",
    ),
    (
        "variance-detached",
        {"log_var.exp()": "log_var.exp().detach()"},
        "No gradient reaches `log_var` through the variance. Stay with tensors that record: no `detach`, `no_grad` or `.data` on the way.",
    ),
    (
        "log-var-detached",
        {"- log_var)": "- log_var.detach())"},
        "No gradient passes the term with `log_var` itself. Stay with tensors that record: no `detach`, `no_grad` or `.data` on the way.",
    ),
    (
        "mu-detached",
        {"mu**2": "mu.detach() ** 2"},
        "No gradient reaches `mu`. Stay with tensors that record: no `detach`, `no_grad` or `.data` on the way.",
    ),
    (
        "a-number",
        {_KL: f"{_KL}.sum().item()"},
        "You return one Python number. Return a tensor with one value per example.",
    ),
    (
        "as-float32",
        {_KL: f"{_KL}.float()"},
        "The result is float32 also for float64 arguments. Keep their dtype: no `float()` or new tensor of a fixed dtype.",
    ),
    (
        "per-dimension-clamped",
        {_KL: "return (0.5 * (mu**2 + log_var.exp() - 1 - log_var)).clamp(min=0.5).sum(dim=-1)"},
        "Small parts of the KL are raised to a lower limit. The KL of the prior to itself is 0.",
    ),
):
    WRONG.edit("kl_divergence", _id, _message, _edits)

for _id, _code, _message in (
    (
        "mean-scaled-by-noise",
        "(mu + sigma) * torch.randn_like(sigma)",
        "The noise multiplies the mean, too. It scales sigma only, and mu is added.",
    ),
    (
        "noise-on-the-mean-only",
        "mu * torch.randn_like(mu) + sigma",
        "The noise multiplies the mean. It belongs to sigma, and mu is added.",
    ),
    (
        "mean-times-noise",
        "mu * sigma * torch.randn_like(sigma)",
        "The mean is multiplied. Add it: z lies around mu.",
    ),
    (
        "noise-clipped",
        "mu + sigma * torch.randn_like(sigma).clamp(-2, 2)",
        "The noise is cut off. A Gaussian has tails: one number in twenty lies beyond two standard deviations.",
    ),
    (
        "noise-doubled",
        "mu + sigma * 2 * torch.randn_like(sigma)",
        "The noise is too large: its standard deviation is sigma.",
    ),
    (
        "two-noises",
        "mu + sigma * (torch.randn_like(sigma) + torch.randn_like(sigma))",
        "You add the noise of two draws. One standard normal number for each number of z.",
    ),
    (
        "noise-in-the-exponent",
        "mu + torch.exp(0.5 * log_var * torch.randn_like(sigma))",
        "The noise stands in the exponent. It multiplies sigma.",
    ),
    (
        "sigma-of-ones",
        "mu + torch.exp(0.5 * log_var) * torch.ones_like(mu)",
        "There is no randomness: z is mu plus sigma. Multiply sigma by standard normal noise.",
    ),
    (
        "sigma-in-place",
        "mu + log_var.mul_(0.5).exp_() * torch.randn_like(mu)",
        "An operation in place overwrites `log_var` with the standard deviation. Functions here leave their arguments as they are.",
    ),
    (
        "variance-in-place",
        "mu + log_var.exp_().sqrt() * torch.randn_like(mu)",
        "An operation in place overwrites `log_var` with the variance. Functions here leave their arguments as they are.",
    ),
    (
        "float64-noise",
        "mu + sigma * torch.randn(mu.shape, dtype=torch.float64)",
        "z is float64 also for float32 arguments. Draw the noise in the dtype of mu: `torch.randn_like`.",
    ),
):
    WRONG.edit("reparameterize", _id, _message, {_SAMPLE: _code})

_TERM = "total + log_q - log_p"
for _id, _edits, _message in (
    (
        "weighted-by-q",
        {_TERM: "total + log_q.exp() * (log_q - log_p)"},
        "Each difference is multiplied by the density of q. The samples come from q already: a plain average weights them rightly.",
    ),
    (
        "clamped-result",
        {"return total / num_samples": "return (total / num_samples).clamp(min=0)"},
        "You force the result, or each sample, to be positive. Single values may be negative, and must count as such.",
    ),
    (
        "one-draw-too-few-zeros",
        {
            "total = 0\n": "total = torch.zeros_like(mu[:, 0])\n",
            "range(num_samples)": "range(1, num_samples)",
        },
        "You draw one sample too few and divide by num_samples.",
    ),
    (
        "one-draw-too-many",
        {"range(num_samples)": "range(num_samples + 1)"},
        "You draw one sample too many, or divide by one too few.",
    ),
    (
        "divided-twice",
        {"return total / num_samples": "return total / num_samples**2"},
        "You divide by num_samples twice.",
    ),
    (
        "prior-has-the-mean-of-z",
        {"gaussian_log_prob(z, torch.zeros_like(mu)": "gaussian_log_prob(z, z"},
        "The prior is asked about z as if z were its mean. Its mean is 0.",
    ),
    (
        "log-p-doubled",
        {_TERM: "total + log_q - 2 * log_p"},
        "log p(z) counts twice.",
    ),
):
    WRONG.edit("monte_carlo_kl", _id, _message, _edits)

_LIKELIHOODS = "torch.stack(samples).mean(dim=0)"
_MINUS_KL = "- kl_divergence(mu, log_var)"
for _id, _edits, _message in (
    (
        "kl-doubled",
        {_MINUS_KL: "- 2 * kl_divergence(mu, log_var)"},
        "The KL counts twice.",
    ),
    (
        "likelihood-doubled",
        {_LIKELIHOODS: f"2 * {_LIKELIHOODS}"},
        "The log-likelihood counts twice.",
    ),
    (
        "likelihood-halved",
        {_LIKELIHOODS: f"0.5 * {_LIKELIHOODS}"},
        "The log-likelihood counts half.",
    ),
    (
        "best-sample",
        {_LIKELIHOODS: "torch.stack(samples).max(dim=0).values"},
        "You keep the best sample. The ELBO averages over all samples.",
    ),
    (
        "one-draw-too-few",
        {
            "range(num_samples)": "range(1, num_samples + 1)",
            _LIKELIHOODS: "torch.stack(samples)[1:].sum(dim=0) / num_samples",
        },
        "One sample is left out, and the sum is divided by num_samples.",
    ),
    (
        "kl-of-zero-mean",
        {_MINUS_KL: "- kl_divergence(torch.zeros_like(mu), log_var)"},
        "The KL lacks the means of q. Pass mu and log_var.",
    ),
    (
        "kl-of-unit-variance",
        {_MINUS_KL: "- kl_divergence(mu, torch.zeros_like(log_var))"},
        "The KL lacks the variances of q. Pass mu and log_var.",
    ),
    (
        "kl-arguments-swapped",
        {_MINUS_KL: "- kl_divergence(log_var, mu)"},
        "The arguments of the KL are exchanged: mu first, log_var second.",
    ),
    (
        "sampler-arguments-swapped",
        {"reparameterize(mu, log_var)": "reparameterize(log_var, mu)"},
        "The arguments of the sampler are exchanged: mu first, log_var second.",
    ),
):
    WRONG.edit("elbo", _id, _message, _edits)

_REWARD = "f(z).unsqueeze(-1)"
for _id, _edits, _message in (
    (
        "f-averaged-over-batch",
        {_REWARD: "f(z).mean()"},
        "Every example gets the average of f over the batch. Each score belongs to the f of its own example.",
    ),
    (
        "log-of-f",
        {_REWARD: "(f(z).abs() + 1e-8).log().unsqueeze(-1)"},
        "You take the logarithm of f. The logarithm belongs to q: its gradient is the score, and f multiplies it as it is.",
    ),
    (
        "f-squared",
        {_REWARD: "f(z).square().unsqueeze(-1)"},
        "f enters squared. It multiplies the score as it is.",
    ),
    (
        "f-without-its-sign",
        {_REWARD: "f(z).abs().unsqueeze(-1)"},
        "f loses its sign. It multiplies the score as it is.",
    ),
    (
        "rewards-standardised",
        {
            "total = torch.zeros_like(mu)": "total = torch.zeros_like(mu)\n    spread = lambda r: (r.square().sum() / (len(r) - 1)).sqrt()\n    reward = lambda z: (f(z) - f(z).mean()) / (spread(f(z) - f(z).mean()) + 1e-8)",
            _REWARD: "reward(z).unsqueeze(-1)",
        },
        "You normalise the rewards by their own mean and spread, as reinforcement learning programs do. It steadies training, but it is no estimate of this gradient any more.",
    ),
    (
        "rewards-ranked",
        {_REWARD: "f(z).argsort().argsort().to(mu.dtype).unsqueeze(-1)"},
        "The ranks of f take the place of f. It multiplies the score as it is.",
    ),
    (
        "score-without-its-sign",
        {"score = (z - mu)": "score = (z - mu).abs()"},
        "The score loses its sign: it points from mu to z.",
    ),
    (
        "score-by-mu",
        {"score = (z - mu)": "score = mu"},
        "The score is the deviation of z from mu, over the variance. Yours does not hold z.",
    ),
):
    WRONG.edit("score_function_gradient", _id, _message, _edits)

_RETURN = "return gradient"
for _id, _edits, _message in (
    (
        "summed-and-expanded",
        {_RETURN: "return gradient.sum(0, keepdim=True).expand_as(mu)"},
        "You sum the gradients over the batch, and all examples get this sum. Return the gradient of each example.",
    ),
    (
        "averaged-and-expanded",
        {_RETURN: "return gradient.mean(0, keepdim=True).expand_as(mu)"},
        "You average the gradients over the batch, and all examples get this average. Return the gradient of each example.",
    ),
    (
        "one-noise-for-everything",
        {_DRAWN: "mu + (0.5 * log_var).exp() * torch.randn(1, dtype=mu.dtype)"},
        "All examples, and all dimensions, share one random number. Every number of z needs its own noise.",
    ),
    (
        "gradient-squared",
        {_RETURN: "return gradient**2"},
        "You square the gradient.",
    ),
    (
        "gradient-without-its-sign",
        {_RETURN: "return gradient.abs()"},
        "The gradient loses its sign.",
    ),
    (
        "direction-only",
        {_RETURN: "return gradient / gradient.norm(dim=-1, keepdim=True)"},
        "You normalise the gradient: its size is lost.",
    ),
    (
        "f-squared",
        {f"f({_DRAWN})": f"f({_DRAWN}).square()"},
        "f enters squared. Take the gradient of f as it is.",
    ),
    (
        "clipped",
        {_RETURN: "return gradient.clamp(-1, 1)"},
        "The gradient is clipped. Clipping biases it: return it as it is.",
    ),
):
    WRONG.edit("pathwise_gradient", _id, _message, _edits)

# -------------------------------------------------- mistakes whose points would depend on the inputs

WRONG.settle("elbo", "sampler-with-variance", "unbiased", "gradient")
for id in ("log-of-mean-likelihood", "importance-weighted", "likelihood-of-mean-sample"):
    WRONG.settle("elbo", id, "unbiased", "samples")
WRONG.settle("score_function_gradient", "num-samples-ignored", "unbiased", "samples")
WRONG.settle(
    "pathwise_gradient",
    "score-function-in-disguise",
    "exact for a linear f",
    "unbiased",
    "fresh samples",
)
WRONG.settle(
    "log_evidence", "noise-added-to-all", "squared distance", "constants", "many dimensions"
)
WRONG.settle("elbo", "best-sample", "unbiased", "samples")
WRONG.settle("elbo", "kl-of-zero-mean", "unbiased", "gradient")
WRONG.settle(
    "log_evidence",
    "noise-missing-in-the-distance",
    "squared distance",
    "constants",
    "many dimensions",
)
WRONG.settle("kl_divergence", "per-dimension-clamped", "mean", "variance", "gradient")
WRONG.settle("pathwise_gradient", "averaged-and-expanded", "unbiased", "fresh samples")
WRONG.settle("pathwise_gradient", "f-squared", "exact for a linear f", "unbiased", "fresh samples")

WRONG.edit(
    "reparameterize",
    "mean-without-gradients",
    "Where gradients are switched off you return mu without noise. A sample is needed there too, as when a model is scored.",
    {
        "    sigma = torch.exp": "    if not torch.is_grad_enabled():\n        return mu\n    sigma = torch.exp"
    },
)

_COVARIANCE = "W @ W.T + noise_var * torch.eye(data_dim, dtype=x.dtype, device=x.device)"
_OF_THE_DATA = "(x - x.mean(0)).T @ (x - x.mean(0)) / (len(x) - 1)"
for _id, _code, _message in (
    (
        "covariance-of-the-batch",
        _OF_THE_DATA,
        "The covariance is that of the batch, which one example does not have. That of the model is W times its transpose, plus the noise.",
    ),
    (
        "covariance-of-the-batch-and-noise",
        f"{_OF_THE_DATA} + noise_var * torch.eye(data_dim, dtype=x.dtype)",
        "The covariance of the batch, which one example does not have, stands in place of W times its transpose.",
    ),
    (
        "batch-around-b-and-noise",
        "(x - b).T @ (x - b) / len(x) + noise_var * torch.eye(data_dim, dtype=x.dtype)",
        "The mean square of x - b over the batch stands in place of W times its transpose: the density of one example then depends on the others.",
    ),
):
    WRONG.edit("log_evidence", _id, _message, {_COVARIANCE: _code})

for _id, _edits, _message in (
    (
        "summed-over-dims-and-expanded",
        {_RETURN: "return gradient.sum(-1, keepdim=True).expand_as(mu)"},
        "All coordinates of an example get the same number, the sum of its partial derivatives, as when z moves along all coordinates at once. Each has its own.",
    ),
    (
        "averaged-over-dims-and-expanded",
        {_RETURN: "return gradient.mean(-1, keepdim=True).expand_as(mu)"},
        "All coordinates of an example get the same number, the average of its partial derivatives. Each has its own.",
    ),
):
    WRONG.edit("pathwise_gradient", _id, _message, _edits)


@WRONG.add(
    "pathwise_gradient",
    "score-term-added",
    "The score function estimate is added to the pathwise one, so the gradient is counted twice, and has noise where f is linear. Differentiate f alone.",
)
def pathwise_gradient(mu, log_var, f, num_samples):
    leaf = mu.detach().requires_grad_()
    value = 0
    for _ in range(num_samples):
        z = reparameterize(leaf, log_var)
        reward, drawn = f(z), z.detach()
        value = value + (reward + reward.detach() * gaussian_log_prob(drawn, leaf, log_var)).sum()
    (gradient,) = torch.autograd.grad(value / num_samples, leaf)
    return gradient


@WRONG.add(
    "pathwise_gradient",
    "log-density-in-the-product",
    "You multiply f by log q(z), and differentiate the product. The pathwise estimate is the gradient of f alone; log q belongs to the score function.",
)
def pathwise_gradient(mu, log_var, f, num_samples):
    leaf = mu.detach().requires_grad_()
    value = 0
    for _ in range(num_samples):
        z = reparameterize(leaf, log_var)
        value = value + (f(z) * gaussian_log_prob(z, leaf, log_var)).sum()
    (gradient,) = torch.autograd.grad(value / num_samples, leaf)
    return gradient


WRONG.settle(
    "pathwise_gradient",
    "log-density-in-the-product",
    "exact for a linear f",
    "unbiased",
    "fresh samples",
)

# Found by `vae-course audit --seeds 20`: chance decided about these criteria.
for exercise, id, *criteria in (
    ("gaussian_log_prob", "divided-by-log-var", "gradient"),
    ("log_evidence", "brute-force", "many dimensions"),
    ("reparameterize", "variance-in-place", "fresh noise"),
    ("elbo", "kl-averaged-over-dims", "gradient"),
    ("elbo", "prior-missing", "gradient"),
    ("score_function_gradient", "samples-of-the-prior", "no gradient of f"),
    ("score_function_gradient", "one-noise-for-the-batch", "shape"),
    ("score_function_gradient", "weighted-by-density", "no gradient of f"),
    ("pathwise_gradient", "divided-by-sigma", "unbiased"),
):
    WRONG.settle(exercise, id, *criteria)

# ------------------------------------------------------ what strangers got wrong, and its neighbours

_SMALL = """    data_dim, latent_dim = W.shape
    small = W.T @ W + noise_var * torch.eye(latent_dim, dtype=x.dtype, device=x.device)
    centred = x - b
    there = centred @ W
    back = (there * torch.linalg.solve(small, there.T).T).sum(dim=-1)
    squared_distance = (centred.square().sum(dim=-1) - back) / noise_var
    log_det = torch.logdet(small)"""
_SMALL_ONLY = "The determinant is that of the small matrix, of latent_dim rows, so you are right only where W is square. How many factors noise_var does the large one have besides?"
for _id, _rest, _message in (
    ("determinant-of-the-small-matrix", "", _SMALL_ONLY),
    (
        "determinant-with-all-of-the-noise",
        " + data_dim * math.log(noise_var)",
        "You work with the small matrix, and the noise counts too often in the determinant. How many factors noise_var does the small matrix have already?",
    ),
    (
        "determinant-with-less-noise",
        " - (data_dim - latent_dim) * math.log(noise_var)",
        "You work with the small matrix, and the noise enters the determinant with the wrong sign where W is not square. Which of the two determinants has more factors noise_var?",
    ),
):
    _body = Lesson.load("01_elbo").exercise_cell("log_evidence").solution
    _start, _end = _body.index("    data_dim = x.shape[-1]"), _body.index("    return -0.5")
    WRONG.edit("log_evidence", _id, _message, {_body[_start:_end]: f"{_SMALL}{_rest}\n"})

for _id, _base, _unit in (("in-bits", "2", "bits"), ("in-decimal-digits", "10", "decimal digits")):
    WRONG.edit(
        "kl_divergence",
        _id,
        f"The result is in {_unit}: it is divided by the logarithm of {_base}. The course counts in nats. Which logarithm is that?",
        {".sum(dim=-1)": f".sum(dim=-1) / math.log({_base})"},
    )

for _id, _code, _message in (
    (
        "sigma-by-softplus",
        "F.softplus(log_var)",
        "Your sigma is the softplus of log_var, which grows no faster than log_var does. log_var is the logarithm of the variance: how do you get the variance back, and sigma from it?",
    ),
    (
        "sigma-by-root-of-softplus",
        "F.softplus(log_var).sqrt()",
        "Your variance is the softplus of log_var, which grows no faster than log_var does. log_var is the logarithm of the variance: what undoes a logarithm?",
    ),
):
    WRONG.edit("reparameterize", _id, _message, {"torch.exp(0.5 * log_var)": _code})

_Q, _P = (
    "gaussian_log_prob(z, mu, log_var)",
    "gaussian_log_prob(z, torch.zeros_like(mu), torch.zeros_like(log_var))",
)
_PRIOR_Z = "log p is evaluated at a sample of the prior, and log q at one of q. The average in the KL runs over q alone: at how many samples do you need to look?"
_MIXED = "Each estimate averages samples of several examples. Samples of one example must stay together when you reshape: in which order does `repeat` put them?"
_SQUARED = "You average the square of log q - log p{}. That is no KL, only near it where q is close to the prior. What does the definition average?"
for _id, _edits, _message in (
    (
        "log-p-at-a-sample-of-the-prior",
        {_P: _P.replace("(z,", "(torch.randn_like(mu),")},
        _PRIOR_Z,
    ),
    ("half-of-the-square", {"total + log_q - log_p": "total + 0.5 * (log_q - log_p) ** 2"}, _SQUARED.format(", halved")),
    ("square", {"total + log_q - log_p": "total + (log_q - log_p) ** 2"}, _SQUARED.format("")),
):  # fmt: skip
    WRONG.edit("monte_carlo_kl", _id, _message, _edits)


@WRONG.add("monte_carlo_kl", "samples-of-several-examples", _MIXED)
def monte_carlo_kl(mu, log_var, num_samples):
    many_mu, many_log_var = mu.repeat(num_samples, 1), log_var.repeat(num_samples, 1)
    z = reparameterize(many_mu, many_log_var)
    log_q = gaussian_log_prob(z, many_mu, many_log_var)
    log_p = gaussian_log_prob(z, torch.zeros_like(z), torch.zeros_like(z))
    return (log_q - log_p).reshape(len(mu), num_samples).mean(dim=1)


for _id, _arguments, _message in (
    (
        "sigma-detached",
        "mu, log_var.detach()",
        "No gradient flows through the noise to log_var: it feels the KL alone. Which part of z = mu + sigma * eps did you detach?",
    ),
    (
        "mu-detached-in-the-sampler",
        "mu.detach(), log_var",
        "No gradient flows through the samples to mu: it feels the KL alone. Which part of z = mu + sigma * eps did you detach?",
    ),
):
    WRONG.edit(
        "elbo", _id, _message, {"reparameterize(mu, log_var)": f"reparameterize({_arguments})"}
    )


@WRONG.add(
    "pathwise_gradient",
    "piles-up-in-the-callers-mu",
    "Where mu requires a gradient, `backward` adds to the caller's mu.grad, and you return what has piled up there: a second call gives twice the gradient. How do you get a gradient without storing it?",
)
def pathwise_gradient(mu, log_var, f, num_samples):
    leaf = mu if mu.requires_grad else mu.detach().clone().requires_grad_()
    total = sum(f(reparameterize(leaf, log_var)).sum() for _ in range(num_samples))
    (total / num_samples).backward()
    return leaf.grad


WRONG.edit(
    "gaussian_log_prob",
    "batch-in-constant",
    "The constant with 2 pi is multiplied by the size of the batch. It belongs to every dimension of an example: use the number of dimensions.",
    {
        "-0.5 * (math.log(2 * math.pi) + log_var + squared_distance).sum(dim=-1)": "-0.5 * (x.shape[0] * math.log(2 * math.pi) + (log_var + squared_distance).sum(dim=-1))"
    },
)
for _id, _old, _new, _message in (
    (
        "table-of-all-pairs",
        "(centred * torch.linalg.solve(covariance, centred.T).T).sum(dim=-1)",
        "centred @ torch.linalg.solve(covariance, centred.T)",
        "You return a table (batch, batch): the matrix product pairs every example with every other. Each example needs its own distance only, which stands on the diagonal.",
    ),
    (
        "distance-summed-over-batch-and-expanded",
        "(centred * torch.linalg.solve(covariance, centred.T).T).sum(dim=-1)",
        "(centred * torch.linalg.solve(covariance, centred.T).T).sum().expand(len(x))",
        "The squared distance is summed over the batch as well. Each example has its own.",
    ),
    (
        "noise-replaces-the-diagonal",
        "W @ W.T + noise_var * torch.eye(data_dim, dtype=x.dtype, device=x.device)",
        "(W @ W.T).fill_diagonal_(noise_var)",
        "`noise_var` takes the place of the diagonal of W times its transpose. What stands there is variance, too: add the noise to it.",
    ),
    (
        "sign-for-log-det",
        "torch.logdet(covariance)",
        "torch.slogdet(covariance)[0]",
        "Your log-determinant is 1 for every covariance. `slogdet` returns two numbers: the sign, which is 1 here, and then the logarithm.",
    ),
    (
        "rows-for-columns",
        "torch.linalg.solve(covariance, centred.T).T",
        "torch.linalg.solve(covariance, centred)",
        "You stop with an error unless the batch has as many examples as x has coordinates: somewhere rows and columns, or these two numbers, have changed places. `torch.linalg.solve(A, B)`, for one, wants each example as a column of B.",
    ),
):
    WRONG.edit("log_evidence", _id, _message, {_old: _new})

for _id, _edits, _message in (
    (
        "epsilon-in-the-variance",
        {"torch.exp(0.5 * log_var)": "(log_var.exp() + 1e-6).sqrt()"},
        "Where `log_var` is very negative, a small number that you add, or a lower limit, takes the place of the variance, and z is too wide. For `log_var` from -20 to 20 the exponential is never 0: no protection is needed.",
    ),
    (
        "sigma-on-the-mean",
        {"mu + sigma * torch.randn_like(sigma)": "mu * sigma + torch.randn_like(sigma)"},
        "sigma multiplies the mean in place of the noise. It stretches the noise: mu + sigma * eps.",
    ),
):
    WRONG.edit("reparameterize", _id, _message, _edits)


@WRONG.add(
    "monte_carlo_kl",
    "no-sum-over-dims",
    "You return one number per dimension. Dimensions add up: sum over the last one, for one estimate per example.",
)
def monte_carlo_kl(mu, log_var, num_samples):
    total = torch.zeros_like(mu)
    for _ in range(num_samples):
        z = reparameterize(mu, log_var)
        total = total + 0.5 * (z.square() - (z - mu).square() / log_var.exp() - log_var)
    return total / num_samples


WRONG.edit(
    "elbo",
    "capped-at-zero",
    "Your ELBO is never above 0: the result, or the log-likelihood, is cut off there. The logarithm of a density may be positive. What becomes of a likelihood that is very sharp?",
    {
        "mean(dim=0) - kl_divergence(mu, log_var)": "mean(dim=0).clamp(max=0) - kl_divergence(mu, log_var)"
    },
)

for _id, _edits, _message in (
    (
        "noise-over-variance",
        {"(z - mu) / log_var.exp()": "(z - mu) / (1.5 * log_var).exp()"},
        "Your result is divided by sigma once too often. The score is (z - mu) / sigma^2, and z - mu is sigma * eps: how many sigmas are left below eps?",
    ),
    (
        "switches-requires-grad",
        {
            "    total = torch": "    mu.requires_grad_()\n    total = torch",
            "return total / num_samples": "return (total / num_samples).detach()",
        },
        "You switch on `requires_grad` of the caller's mu or log_var. Work on a detached copy.",
    ),
    (
        "batch-averaged-and-expanded",
        {"return total / num_samples": "return (total / num_samples).mean(dim=0).expand_as(mu)"},
        "You average over the batch, and all examples get this average. Return the gradient of each example.",
    ),
    (
        "f-at-mu",
        {"f(z)": "f(mu)"},
        "You ask f at mu, so on average your result is 0. Each draw's score is weighted by f at the drawn z.",
    ),
):
    WRONG.edit("score_function_gradient", _id, _message, _edits)


@WRONG.add(
    "score_function_gradient",
    "divided-by-the-spread-of-f",
    "You divide f by its own spread, as reinforcement learning programs do, so the result is the same for 10 f as for f. It steadies training, but it is no estimate of this gradient any more.",
)
def score_function_gradient(mu, log_var, f, num_samples):
    mu, sigma = mu.detach(), (0.5 * log_var.detach()).exp()
    eps = torch.randn(num_samples, *mu.shape, dtype=mu.dtype)
    rewards = f(mu + sigma * eps)
    rewards = rewards / (rewards.std(dim=0, unbiased=False) + 1e-8)
    return (rewards.unsqueeze(-1) * eps / sigma).mean(dim=0)


@WRONG.add(
    "pathwise_gradient",
    "fills-log-var-grad",
    "Your function leaves a gradient in the caller's log_var: `backward` fills the `.grad` of every tensor you were given that requires gradients. `torch.autograd.grad` stores nothing.",
)
def pathwise_gradient(mu, log_var, f, num_samples):
    leaf = mu.detach().clone().requires_grad_()
    total = sum(f(reparameterize(leaf, log_var)).sum() for _ in range(num_samples))
    (total / num_samples).backward()
    return leaf.grad


WRONG.edit(
    "log_evidence",
    "noise-replaces-the-diagonal-slogdet",
    WRONG.get("log_evidence", "noise-replaces-the-diagonal").message,
    {
        "W @ W.T + noise_var * torch.eye(data_dim, dtype=x.dtype, device=x.device)": "(W @ W.T).fill_diagonal_(noise_var)",
        "torch.logdet(covariance)": "torch.slogdet(covariance)[1]",
    },
)

# Chance decided about these criteria, too.
WRONG.settle("log_evidence", "noise-replaces-the-diagonal", "many dimensions")
WRONG.settle("log_evidence", "noise-replaces-the-diagonal-slogdet", "many dimensions")
WRONG.settle("score_function_gradient", "batch-averaged-and-expanded", "unbiased")
