"""The Bernoulli likelihood of images given logits, stable at any finite logits, and the negative ELBO."""

import torch
import torch.nn.functional as F
from torch import Tensor


def bernoulli_nll(x_logits: Tensor, x: Tensor) -> Tensor:
    """Return -log p(x|z) per image in nats, summed over pixels.

    Args:
        x_logits: Logits of the pixel probabilities, of shape (..., num_pixels).
        x: Pixels in [0, 1], of a shape that broadcasts with `x_logits`.

    Returns:
        One value per image, of shape (...), at least 0 where every pixel is 0 or 1.
    """
    x_logits, x = torch.broadcast_tensors(x_logits, x)
    return F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=-1)


def negative_elbo(x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """Return the negative ELBO of a Bernoulli decoder.

    Args:
        x_logits: Logits, of shape (batch, num_pixels).
        x: Pixels in [0, 1], of the same shape.
        mu: Means of q(z|x), of shape (batch, latent_dim).
        log_var: Natural logarithms of the variances of q(z|x), of the same shape.

    Returns:
        A scalar in nats per image.
    """
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=-1)
    return (bernoulli_nll(x_logits, x) + kl).mean()
