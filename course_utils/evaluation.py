"""Measure how good a VAE is: negative ELBO, importance-weighted bound, active units, simple baselines.

No function here leaves gradients behind or changes a model's mode. Every loss is in nats per image.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn

from course_utils.data import batches
from course_utils.likelihood import bernoulli_nll
from course_utils.models import VAE

# How many z `iwae` decodes at once: few enough for a CPU's cache, enough to use a whole GPU.
ROWS_AT_ONCE = {"cpu": 1000, "cuda": 100_000}


class NegElbo(NamedTuple):
    """A negative ELBO and its two terms, in nats per image (lower is better)."""

    neg_elbo: float
    recon: float
    kl: float


@contextmanager
def evaluating(model: nn.Module) -> Iterator[nn.Module]:
    """Switch gradients off and the model to evaluation mode; at the end restore every module's mode."""
    modes = {module: module.training for module in model.modules()}
    try:
        with torch.no_grad():
            yield model.eval()
    finally:
        for module, training in modes.items():
            module.training = training


def neg_elbo(
    model: VAE,
    x: Tensor,
    num_samples: int = 1,
    batch_size: int = 1000,
    y: Tensor | None = None,
) -> NegElbo:
    """Estimate the negative ELBO with fresh samples of q; the KL is exact.

    Args:
        model: A VAE with `encode` and `decode`.
        x: Images, of shape (n, 784).
        num_samples: Samples of z per image.
        batch_size: Images that are encoded and decoded at once.
        y: One-hot classes, of shape (n, num_classes), for a conditional VAE.

    Returns:
        Means over the images, in nats per image.
    """
    recon, kl = 0.0, 0.0
    with evaluating(model):
        for batch, *condition in batches(_rows(model, x, y), batch_size):
            mu, log_var = model.encode(batch, *condition)
            kl += _kl(mu, log_var).sum().item()
            for _ in range(num_samples):
                z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
                x_logits = model.decode(z, *condition)
                recon += bernoulli_nll(x_logits, batch).sum().item() / num_samples
    return NegElbo((recon + kl) / len(x), recon / len(x), kl / len(x))


def encode(model: VAE, x: Tensor, y: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Return mu and log_var of all images, each of shape (n, latent_dim), in batches.

    Args:
        model: A VAE with `encode`.
        x: Images, of shape (n, 784).
        y: One-hot classes, of shape (n, num_classes), for a conditional VAE.
    """
    with evaluating(model):
        codes = [model.encode(*batch) for batch in batches(_rows(model, x, y), 1000)]
    mu, log_var = zip(*codes, strict=True)
    return torch.cat(mu), torch.cat(log_var)


def active_units(model: VAE, x: Tensor, threshold: float = 0.01, y: Tensor | None = None) -> int:
    """Count latent dimensions whose mean mu varies over the images by more than `threshold`.

    References:
        Burda, Grosse and Salakhutdinov (2016), section 5.2. https://arxiv.org/abs/1509.00519
    """
    mu, _ = encode(model, x, y)
    return int((mu.var(dim=0) > threshold).sum())


def iwae(
    model: VAE,
    x: Tensor,
    num_samples: int,
    rows_at_once: int | None = None,
    progress: bool = False,
) -> float:
    """Estimate -log p(x) by importance sampling from q, an upper bound on average.

    At `num_samples` 1 it is the negative ELBO; it falls towards -log p(x) as samples are added.

    Args:
        model: A VAE with `encode`, `decode` and Bernoulli p(x|z). Its prior is given by its method
            `log_prior(z)` if it has one, else it is standard normal.
        x: Images, binary or grey, of shape (n, 784).
        num_samples: Samples of z per image.
        rows_at_once: How many z are decoded at once over all images, which limits the memory; chosen for
            the device when None.
        progress: Show a bar.

    Returns:
        The mean over the images, in nats per image (lower is better).

    References:
        Burda, Grosse and Salakhutdinov (2016). https://arxiv.org/abs/1509.00519
    """
    from tqdm.auto import tqdm

    x = _to_device_of(model, x)
    rows = rows_at_once or ROWS_AT_ONCE.get(x.device.type, 10_000)
    total = 0.0
    with evaluating(model), tqdm(total=len(x), unit="image", disable=not progress) as bar:
        for batch in batches(x, max(1, rows // num_samples)):
            total += _log_evidence(model, batch, num_samples, rows).sum().item()
            bar.update(len(batch))
    return -total / len(x)


def baseline_ladder(train_x: Tensor, test_x: Tensor, num_components: int = 20) -> dict[str, float]:
    """Score three simple models of an image, which a VAE should beat.

    Args:
        train_x: Training images, of shape (num_train, 784).
        test_x: Test images, of shape (num_test, 784).
        num_components: Dimensions kept by PCA.

    Returns:
        By model, the mean Bernoulli negative log-likelihood of the test images in nats per image. PCA
        computes its code from the test image itself and pays no KL for it, so its score is no likelihood.
    """
    # Laplace's rule keeps a pixel that was never on from having probability 0.
    mean_image = (train_x.sum(dim=0) + 1) / (len(train_x) + 2)
    x_hat = _pca_reconstruction(train_x, test_x, num_components)
    guesses = {
        "p = 1/2 everywhere": torch.full_like(mean_image, 0.5),
        "mean image": mean_image,
        f"PCA, {num_components} components": x_hat.clamp(0.01, 0.99),
    }
    return {name: bernoulli_nll(p.logit(), test_x).mean().item() for name, p in guesses.items()}


def _log_evidence(model: VAE, x: Tensor, num_samples: int, rows_at_once: int) -> Tensor:
    """Return log mean_s p(x, z_s) / q(z_s|x) per image, of shape (batch,)."""
    mu, log_var = model.encode(x)
    at_once = max(1, rows_at_once // len(x))
    sizes = [min(at_once, num_samples - done) for done in range(0, num_samples, at_once)]
    log_weights = [_log_weights(model, x, mu, log_var, size) for size in sizes]
    return torch.cat(log_weights, dim=1).logsumexp(dim=1) - math.log(num_samples)


def _log_weights(model: VAE, x: Tensor, mu: Tensor, log_var: Tensor, num: int) -> Tensor:
    """Return log p(x|z) + log p(z) - log q(z|x) for `num` new samples, of shape (batch, num)."""
    noise = torch.randn(len(x), num, mu.shape[-1], dtype=mu.dtype, device=mu.device)
    z = torch.addcmul(mu.unsqueeze(1), (0.5 * log_var).exp().unsqueeze(1), noise)
    log_prior = getattr(model, "log_prior", _log_standard_normal)
    log_q = -0.5 * (noise.square() + log_var.unsqueeze(1) + math.log(2 * math.pi)).sum(dim=-1)
    log_prior_over_q = log_prior(z) - log_q
    x_logits = model.decode(z.flatten(0, 1)).view(len(x), num, -1)
    return _log_likelihood(x_logits, x) + log_prior_over_q


def _log_standard_normal(z: Tensor) -> Tensor:
    """Return log N(z; 0, I) in nats, of shape (...) for z of shape (..., latent_dim)."""
    return -0.5 * (z.square() + math.log(2 * math.pi)).sum(dim=-1)


def _log_likelihood(x_logits: Tensor, x: Tensor) -> Tensor:
    """Return log p(x|z) of shape (batch, num) for logits of shape (batch, num, num_pixels).

    Written as l (x - 1/2) - |l| / 2 + ln sigmoid(|l|) summed over pixels: the first sum is a matrix
    product, and the last takes one logarithm for many pixels. Factors lie in [1/2, 1], so
    products of 112 stay above float32's smallest number. With PyTorch's binary cross-entropy, 1000
    samples of a 784-400-20 VAE take 1.3 to 1.7 times as long (PyTorch 2.4 and 2.15, one thread).
    """
    linear = torch.bmm(x_logits, (x - 0.5).unsqueeze(-1)).squeeze(-1)
    size = x_logits.abs()
    linear = linear - 0.5 * size.sum(dim=-1)
    group = max(n for n in range(1, 113) if size.shape[-1] % n == 0)
    factors = size.sigmoid_().unflatten(-1, (-1, group))
    return linear + factors.prod(dim=-1).log().sum(dim=-1)


def _kl(mu: Tensor, log_var: Tensor) -> Tensor:
    """Return KL(q(z|x) || N(0, I)) per image, of shape (batch,)."""
    return 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=-1)


def _pca_reconstruction(train_x: Tensor, test_x: Tensor, num_components: int) -> Tensor:
    """Return the test images projected on the leading principal components."""
    from sklearn.decomposition import PCA

    # This solver makes no centred copy of the training set.
    pca = PCA(num_components, svd_solver="covariance_eigh").fit(train_x.cpu().numpy())
    projected = pca.inverse_transform(pca.transform(test_x.cpu().numpy()))
    return torch.from_numpy(projected).to(test_x)


def _rows(model: nn.Module, x: Tensor, y: Tensor | None) -> tuple[Tensor, ...]:
    """Return (x,) or (x, y) where the model's parameters are."""
    return tuple(_to_device_of(model, t) for t in (x, y) if t is not None)


def _to_device_of(model: nn.Module, x: Tensor) -> Tensor:
    """Return x where the model's parameters are."""
    parameter = next(model.parameters(), None)
    return x if parameter is None else x.to(parameter.device)
