"""The Bernoulli likelihood of images given logits, exact and stable at any finite logits."""

import torch.nn.functional as F
from torch import Tensor


def bernoulli_nll(x_logits: Tensor, x: Tensor) -> Tensor:
    """Return -log p(x|z) per image in nats, summed over pixels: (..., 784) x2 -> (...)."""
    return F.binary_cross_entropy_with_logits(x_logits, x, reduction="none").sum(dim=-1)


def bernoulli_nll_sum(x_logits: Tensor, x: Tensor) -> Tensor:
    """Return -log p(x|z) summed over images and pixels, in nats."""
    return F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
