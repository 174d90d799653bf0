"""The mixture prior of Stanford's CS236: the VAE of `course_utils.published.cs236` with a learned prior."""

import math
import time
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_utils import runtime
from course_utils.evaluation import iwae
from course_utils.likelihood import bernoulli_nll
from course_utils.models import MLPVAE
from course_utils.published import binarized_test_images, train_cs236


class MixturePriorVAE(MLPVAE):
    """A VAE whose prior is an equally weighted mixture of Gaussians, trained together with the networks.

    Args:
        input_dim: Pixels per image.
        hidden_dims: Width of each hidden layer of the encoder.
        latent_dim: Dimensions of z.
        activation: "relu", "elu" or "tanh".
        num_components: Gaussians in the prior, each with a mean and a variance per dimension.
    """

    def __init__(
        self,
        input_dim: int = 784,
        hidden_dims: Sequence[int] = (300, 300),
        latent_dim: int = 10,
        activation: str = "elu",
        num_components: int = 500,
    ):
        super().__init__(input_dim, hidden_dims, latent_dim, activation)
        scale = (num_components * latent_dim) ** -0.5
        self.prior_mu = nn.Parameter(scale * torch.randn(num_components, latent_dim))
        self.prior_pre = nn.Parameter(scale * torch.randn(num_components, latent_dim))

    def log_prior(self, z: Tensor) -> Tensor:
        """Return log p(z) in nats, of shape (...) for z of shape (..., latent_dim).

        The variances are softplus(prior_pre). The squared distances to all components are computed from
        two matrix products.
        """
        precision = 1 / (F.softplus(self.prior_pre) + 1e-8)
        weighted_mu = self.prior_mu * precision
        constant = (weighted_mu * self.prior_mu - precision.log() + math.log(2 * math.pi)).sum(-1)
        squares = z.square() @ precision.T - 2 * z @ weighted_mu.T + constant
        return (-0.5 * squares).logsumexp(dim=-1) - math.log(len(self.prior_mu))


def cs236_mixture(
    images_train: Tensor,
    images_test: Tensor,
    *,
    num_steps: int = 20_000,
    batch_size: int = 100,
    num_samples: int = 1000,
    seed: int | None = None,
    progress: bool = True,
) -> dict[str, float]:
    """Train and score the same network with a learned mixture of 500 Gaussians as its prior.

    The KL has no closed form, so each update estimates it by log q(z|x) - log p(z) at one sample.
    Arguments, schedule and scores are those of `cs236`.

    Returns:
        "neg_elbo" (10 samples of z per image) and "iwae_<num_samples>" on the test images in nats
        per image; "seconds" is the time of everything.
    """
    start = time.perf_counter()
    seed = runtime.seed_everything(seed)
    model = MixturePriorVAE(images_train.shape[1]).to(images_train.device)
    train_cs236(model, images_train, _one_sample_step, num_steps, batch_size, seed, progress)
    test_x = binarized_test_images(images_test)
    scores = {
        "neg_elbo": sum(iwae(model, test_x, 1) for _ in range(10)) / 10,
        f"iwae_{num_samples}": iwae(model, test_x, num_samples, progress=progress),
    }
    return {**scores, "seconds": time.perf_counter() - start}


def _one_sample_step(model: MixturePriorVAE, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
    """Make one update on the negative ELBO with the KL estimated at the sample of z."""
    mu, log_var = model.encode(x)
    noise = torch.randn_like(mu)
    z = mu + (0.5 * log_var).exp() * noise
    log_q = -0.5 * (noise.square() + log_var + math.log(2 * math.pi)).sum(dim=-1)
    loss = (bernoulli_nll(model.decode(z), x) + log_q - model.log_prior(z)).mean()
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item()
