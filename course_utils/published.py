"""Published results on MNIST, and the recipes of Stanford's CS236.

Losses are in nats per image on binarised images. Losses on grey images cannot be compared with them.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from course_utils import runtime
from course_utils.data import binarize
from course_utils.evaluation import iwae, neg_elbo
from course_utils.models import MLPVAE
from course_utils.training import fit, negative_elbo_step

TEST_BINARISATION_SEED = 0


class Published(NamedTuple):
    """A published number.

    Attributes:
        value: The number.
        sd: Its standard deviation over runs, None where it was not published.
        source: Where it was published.
    """

    value: float
    sd: float | None
    source: str


CS236 = "MLP 784-300-300-10, ELU"
CS236_MIXTURE = "MLP 784-300-300-10, ELU, mixture prior"
BURDA_VAE = "MLP 784-200-200-50, VAE"
BURDA_IWAE = "MLP 784-200-200-50, IWAE, k = 50"
JOINT_CAPACITY = "categorical and Gaussian code, capacity"
MIXTURE_CLUSTERING = "Gaussian-mixture VAE, 10 clusters"
_HOMEWORK = "Stanford CS236, homework 2 solutions, 100 runs of 20,000 steps"
_BURDA = "Burda et al. 2016, table 1, https://arxiv.org/abs/1509.00519"

# Model -> metric of the result card -> number.
PUBLISHED: dict[str, dict[str, Published]] = {
    CS236: {
        "neg_elbo": Published(101.5, 0.55, _HOMEWORK),
        "kl": Published(19.3, None, _HOMEWORK),
        "iwae_1000": Published(95.62, 0.42, _HOMEWORK),
    },
    CS236_MIXTURE: {
        "neg_elbo": Published(97.22, None, _HOMEWORK),
        "iwae_1000": Published(93.38, None, _HOMEWORK),
    },
    BURDA_VAE: {"nll": Published(86.76, None, _BURDA)},
    BURDA_IWAE: {"nll": Published(84.78, None, _BURDA)},
    JOINT_CAPACITY: {"nmi": Published(0.48, None, "dataflowr notebooks, homework 3")},
    MIXTURE_CLUSTERING: {
        "accuracy": Published(0.83, 0.07, "github.com/RuiShu/vae-clustering, 7 logged runs")
    },
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
    learning rate is 1e-3 at first and falls to 0 over the last half, which the homework does not
    do. We score every test image given, the homework scores 100 chosen ones, ten of each class.

    Args:
        images_train: Grey images in [0, 1], of shape (n, 784).
        images_test: Grey images in [0, 1], of shape (m, 784).
        num_steps: Updates; Ctrl-C ends training early, and the model is scored as it is.
        batch_size: Images per update.
        num_samples: Samples of z per image for the importance-weighted bound.
        seed: Seed of weights, batches and noise; `runtime.seed()` when None.
        progress: Show bars.

    Returns:
        "neg_elbo", "recon", "kl" and "iwae_<num_samples>" on the test images in nats per image;
        "seconds" is the time of everything.
    """
    start = time.perf_counter()
    seed = runtime.seed_everything(seed)
    model = MLPVAE(images_train.shape[1], (300, 300), 10, "elu").to(images_train.device)
    train_cs236(model, images_train, negative_elbo_step, num_steps, batch_size, seed, progress)
    test_x = binarized_test_images(images_test)
    scores = neg_elbo(model, test_x, num_samples=10)._asdict()
    scores[f"iwae_{num_samples}"] = iwae(model, test_x, num_samples, progress=progress)
    return {**scores, "seconds": time.perf_counter() - start}


def binarized_test_images(images: Tensor) -> Tensor:
    """Return grey images (n, 784) as black and white ones, drawn with a fixed seed: the same in every run."""
    return binarize(images, torch.Generator().manual_seed(TEST_BINARISATION_SEED))


def train_cs236(
    model: MLPVAE,
    images: Tensor,
    step: Callable[..., float],
    num_steps: int,
    batch_size: int,
    seed: int,
    progress: bool,
) -> None:
    """Train on images binarised afresh in each batch, with Adam at 1e-3, falling to 0 over the last half.

    Args:
        model: Any of the networks.
        images: Grey images in [0, 1], of shape (n, 784).
        step: Makes one update: (model, x, optimizer) -> loss.
        num_steps: Updates.
        batch_size: Images per update.
        seed: Decides the batches and their binarisation.
        progress: Show a bar.
    """
    fit(
        model,
        images,
        step,
        num_steps=num_steps,
        batch_size=batch_size,
        anneal=True,
        transform=binarize,
        seed=seed,
        progress=progress,
    )
