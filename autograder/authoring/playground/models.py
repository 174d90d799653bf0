"""Small models for the playground: their sizes, their training on MNIST, and what is told about them.

They are smaller than those of the lessons, so that a page can load them: see `weights.py`. One core trains each
of them in a minute or two.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from autograder.authoring.playground.weights import whole_codes
from course_utils import clustering, evaluation, runtime, training
from course_utils.data import ImageData
from course_utils.likelihood import bernoulli_nll
from course_utils.models import MLPCVAE, MLPVAE

MAP_DIMS = (200, 100)  # hidden layers of the two models with a map, z in two dimensions
BETA_DIM, BETA_LATENT = 128, 20
GUMBEL_DIM, GUMBEL_LATENT, GUMBEL_CAPACITY = 200, 2, 4.0  # little room in z: the words say most
BETAS = (0.1, 1, 2, 5, 39.2)  # five of those of lesson 04
NUM_CODES = 1000
BATCH_SIZE = 200


class Trained(NamedTuple):
    """What the page gets of a trained model.

    Attributes:
        networks: "decoder", and "encoder" where the page draws codes of what a visitor drew.
        facts: What else the page shows, as JSON can hold it.
    """

    networks: dict[str, nn.Sequential]
    facts: dict


def names() -> list[str]:
    """Return the name of every model; a model's file is named after it."""
    return list(RECIPES)


def train(name: str, images: ImageData, share: float = 1.0) -> Trained:
    """Train one model.

    Args:
        name: One of `names()`.
        images: What to learn from; the facts are about its test images.
        share: Part of the epochs that is run, at least one; less than 1 is for tests.

    Returns:
        Its networks and facts.

    Raises:
        KeyboardInterrupt: If Ctrl-C stops it; nothing unfinished is returned.
    """
    with training.must_finish():
        return RECIPES[name](images, share)


def _map(images: ImageData, share: float) -> Trained:
    """Train the VAE with the map; tell the codes of some test images and their classes."""
    model = _fitted(MLPVAE, images.train_x, 12 * share, hidden_dims=MAP_DIMS, latent_dim=2)
    mu, _ = evaluation.encode(model, images.test_x[:NUM_CODES])
    labels = "".join(str(label) for label in images.test_labels[:NUM_CODES].tolist())
    facts = {"codes": whole_codes(mu), "labels": labels}
    return Trained({"encoder": model.encoder, "decoder": model.decoder}, facts)


def _classes(images: ImageData, share: float) -> Trained:
    """Train the conditional VAE, whose decoder alone is needed."""
    y = nn.functional.one_hot(images.train_labels, 10).to(images.train_x)
    rows = (images.train_x, y)
    model = _fitted(MLPCVAE, rows, 12 * share, hidden_dims=MAP_DIMS, latent_dim=2)
    return Trained({"decoder": model.decoder}, {})


def _beta(images: ImageData, share: float, beta: float) -> Trained:
    """Train the VAE of one beta; tell its rate and distortion on test images, in nats per image."""
    sizes = {"hidden_dims": (BETA_DIM,), "latent_dim": BETA_LATENT}
    model = _fitted(MLPVAE, images.train_x, 6 * share, beta, **sizes)
    _, distortion, rate = evaluation.neg_elbo(model, images.test_x)
    facts = {"beta": beta, "rate": round(rate, 1), "distortion": round(distortion, 1)}
    return Trained({"encoder": model.encoder, "decoder": model.decoder}, facts)


def _gumbel(images: ImageData, share: float) -> Trained:
    """Train the VAE with a categorical latent, words first, as lesson 06 does; its decoder is needed."""
    num_steps = math.ceil(3000 * share)
    model = clustering.fit_joint(
        images.train_x,
        hidden_dim=GUMBEL_DIM,
        latent_dim=GUMBEL_LATENT,
        capacity_z=GUMBEL_CAPACITY,
        num_steps=num_steps,
        seed=0,
    )
    return Trained({"decoder": model.decoder}, {"latent_dim": model.sizes[0]})


RECIPES: dict[str, Callable[[ImageData, float], Trained]] = {
    "map": _map,
    "classes": _classes,
    **{f"beta_{beta:g}": partial(_beta, beta=beta) for beta in BETAS},
    "gumbel": _gumbel,
}


def _fitted(
    kind: type[MLPVAE],
    rows: Tensor | tuple[Tensor, ...],
    epochs: float,
    beta: float = 1.0,
    **sizes,
) -> MLPVAE:
    """Return a model trained on recon + beta times the KL; the learning rate falls to 0 along a cosine."""
    runtime.seed_everything(0)
    images = rows if isinstance(rows, Tensor) else rows[0]
    model = kind(images.shape[1], **sizes).to(images.device)
    epochs = max(1, round(epochs))
    total = epochs * math.ceil(len(images) / BATCH_SIZE)
    optimizer = training.adam(model, lr=2e-3)
    schedule = LambdaLR(optimizer, lambda done: 0.5 * (1 + math.cos(math.pi * done / total)))

    def step(model: MLPVAE, x: Tensor, *others) -> float:
        *y, optimizer = others
        loss = _loss(model, x, y, beta)
        _update(loss, optimizer)
        schedule.step()
        return loss.item()

    training.fit(
        model, rows, step, epochs=epochs, batch_size=BATCH_SIZE, optimizer=optimizer, seed=0
    )
    return model


def _loss(model: MLPVAE, x: Tensor, y: list[Tensor], beta: float) -> Tensor:
    """Return recon + beta times the KL, a scalar in nats per image."""
    x_logits, mu, log_var = model(x, *y)
    kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=1)
    return (bernoulli_nll(x_logits, x) + beta * kl).mean()


def _update(loss: Tensor, optimizer: Optimizer) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
