"""Published results, and a recipe that repeats the first of them. Binarised MNIST, nats per image.

Scores on grey images are of another kind and must not be set beside these.
"""

import time
from typing import NamedTuple

import torch
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR

from course_utils import runtime
from course_utils.data import binarize
from course_utils.evaluation import iwae, neg_elbo
from course_utils.models import MLPVAE
from course_utils.training import adam, fit, negative_elbo_step

TEST_BINARISATION_SEED = 0


class Published(NamedTuple):
    """A published number; `sd` is its spread over runs, None where it was not given."""

    value: float
    sd: float | None
    source: str


CS236 = "MLP 784-300-300-10, ELU"
_HOMEWORK = "Stanford CS236, homework 2 solutions, 100 runs of 20,000 steps"
_BURDA = "Burda et al. 2016, table 1, https://arxiv.org/abs/1509.00519"

# Model -> metric of the result card -> number.
PUBLISHED: dict[str, dict[str, Published]] = {
    CS236: {
        "neg_elbo": Published(101.5, 0.55, _HOMEWORK),
        "kl": Published(19.3, None, _HOMEWORK),
        "iwae_1000": Published(95.62, 0.42, _HOMEWORK),
    },
    "MLP 784-200-200-50, VAE": {"nll": Published(86.76, None, _BURDA)},
    "MLP 784-200-200-50, IWAE, k = 50": {"nll": Published(84.78, None, _BURDA)},
}


def cs236(
    images_train: Tensor,
    images_test: Tensor,
    *,
    num_steps: int = 20_000,
    batch_size: int = 100,
    num_samples: int = 1000,
    seed: int | None = None,
    progress: bool = True,
) -> dict[str, float]:
    """Train and score the VAE of Stanford's CS236 homework 2, about two minutes on two cores.

    Training images are binarised afresh in each batch, test images once with a fixed seed. The
    learning rate is 1e-3 at first and falls to 0 over the last half, which the homework does not do.

    Args:
        images_train: Grey images in [0, 1], of shape (n, 784).
        images_test: Grey images in [0, 1], of shape (m, 784).
        num_steps: Updates; Ctrl-C ends training early and scores what was learned.
        batch_size: Images per update.
        num_samples: Samples of z per image for the importance-weighted bound.
        seed: Seed of weights, batches and noise; `runtime.seed()` when None.
        progress: Show bars.

    Returns:
        "neg_elbo", "recon", "kl" and "iwae_<num_samples>" on the test images in nats per image, and
        "seconds" for everything.
    """
    start = time.perf_counter()
    seed = runtime.seed_everything(seed)
    model = MLPVAE(images_train.shape[1], (300, 300), 10, "elu").to(images_train.device)
    optimizer = adam(model, lr=1e-3)
    schedule = LambdaLR(optimizer, lambda done: min(1.0, 2 * (1 - done / num_steps)))

    def step(model: MLPVAE, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
        loss = negative_elbo_step(model, x, optimizer)
        schedule.step()
        return loss

    fit(
        model,
        images_train,
        step,
        num_steps=num_steps,
        batch_size=batch_size,
        optimizer=optimizer,
        transform=binarize,
        seed=seed,
        progress=progress,
    )
    test_x = binarize(images_test, torch.Generator().manual_seed(TEST_BINARISATION_SEED))
    scores = neg_elbo(model, test_x, num_samples=10)._asdict()
    scores[f"iwae_{num_samples}"] = iwae(model, test_x, num_samples, progress=progress)
    return {**scores, "seconds": time.perf_counter() - start}
