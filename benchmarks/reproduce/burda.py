"""The one-layer models of Burda, Grosse and Salakhutdinov (2016), trained with their long schedule.

References:
    Importance weighted autoencoders, section 5. https://arxiv.org/abs/1509.00519
"""

import math
import time
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from benchmarks.reproduce import checkpoint
from course_utils import graphs, runtime
from course_utils.data import batches, binarize
from course_utils.evaluation import active_units, iwae
from course_utils.likelihood import bernoulli_nll, negative_elbo
from course_utils.models import MLPVAE, linear_layer
from course_utils.published import binarized_test_images
from course_utils.training import adam

NUM_STAGES = 8
BATCH_SIZE = 20
SECONDS_BETWEEN_CHECKPOINTS = 60.0


def learning_rates(num_stages: int = NUM_STAGES) -> list[float]:
    """Return the rate of each epoch: 0.001 * 10**(-i / 7) for 3**i epochs, i = 0, 1, ...

    Eight stages are 3,280 epochs and end at a tenth of the first rate.
    """
    return [1e-3 * 10 ** (-stage / 7) for stage in range(num_stages) for _ in range(3**stage)]


def burda(
    images_train: Tensor,
    images_test: Tensor,
    *,
    k: int,
    num_stages: int = NUM_STAGES,
    batch_size: int = BATCH_SIZE,
    num_samples: int = 5000,
    seed: int | None = None,
    state: Path | None = None,
    seconds_between_checkpoints: float = SECONDS_BETWEEN_CHECKPOINTS,
    progress: bool = True,
) -> dict[str, float]:
    """Train and score a VAE (k = 1) or an IWAE of 784-200-200-50 with tanh.

    With `state`, a run that was stopped goes on and ends with the same numbers as a run that was not
    stopped. The file holds the weights, Adam's moments and its step counts after an epoch, and every
    epoch seeds its own random numbers (order, pixels, z) from the seed and the epoch's number. The numbers
    are equal to the last bit on the same machine, device and number of threads.

    At k = 1 the KL is exact, while the paper samples it. The gradient has the same mean and less noise.

    Args:
        images_train: Grey images in [0, 1], of shape (n, 784), binarised afresh in each epoch.
        images_test: Grey images in [0, 1], of shape (m, 784), binarised once with a fixed seed.
        k: Samples of z per image in the training bound.
        num_stages: Stages of the schedule, 8 in the paper; a shortened run has fewer.
        batch_size: Images per update.
        num_samples: Samples of z per image in the test score.
        seed: Seed of everything random; `runtime.seed()` when None.
        state: File of the state of training; it stays when training is done, and the caller deletes it.
        seconds_between_checkpoints: Least time between two writes of `state`; 0 writes after every epoch.
        progress: Show bars.

    Returns:
        "nll", the importance-weighted estimate of -log p(x) in nats per image, and "active_units".
    """
    from tqdm.auto import tqdm

    seed = runtime.seed_everything(seed)
    model = initial_model(images_train)
    optimizer = adam(model)
    optimizer.param_groups[0]["eps"] = 1e-4
    rates = learning_rates(num_stages)
    recipe = f"k={k} stages={num_stages} batch={batch_size} seed={seed} images={len(images_train)}"
    done = checkpoint.restore(state, model, optimizer, recipe) if state else 0
    saved = time.monotonic()
    with tqdm(total=len(rates), initial=done, unit="epoch", disable=not progress) as bar:
        for epoch in range(done, len(rates)):
            optimizer.param_groups[0]["lr"] = rates[epoch]
            loss = _train_epoch(model, optimizer, images_train, k, batch_size, seed, epoch)
            is_last = epoch + 1 == len(rates)
            if state and (is_last or time.monotonic() - saved >= seconds_between_checkpoints):
                checkpoint.save(state, model, optimizer, epoch + 1, recipe)
                saved = time.monotonic()
            bar.set_postfix(loss=f"{loss:.2f}", refresh=False)
            bar.update()
    return score(model, images_test, num_samples, seed, progress)


def score(
    model: MLPVAE, images_test: Tensor, num_samples: int, seed: int, progress: bool
) -> dict[str, float]:
    """Return the importance-weighted estimate of -log p(x) in nats per image, and the active units."""
    test_x = binarized_test_images(images_test)
    torch.manual_seed(seed)
    return {
        "nll": iwae(model, test_x, num_samples, progress=progress),
        "active_units": float(active_units(model, test_x)),
    }


def initial_model(images: Tensor) -> MLPVAE:
    """Return the network with Glorot and Bengio's weights; its decoder's bias is the mean image.

    Args:
        images: Training images in [0, 1], of shape (n, 784).
    """
    model = MLPVAE(images.shape[1], (200, 200), 50, "tanh")
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    with torch.no_grad():
        linear_layer(model.decoder, -1).bias.copy_(images.mean(dim=0).clamp(1e-3, 1 - 1e-3).logit())
    return model.to(images.device)


def iwae_loss(model: MLPVAE, x: Tensor, k: int) -> Tensor:
    """Return minus the importance-weighted bound with k samples, a scalar in nats per image."""
    mu, log_var = model.encode(x)
    if k == 1:
        return negative_elbo(model.decode(model.reparameterize(mu, log_var)), x, mu, log_var)
    noise = torch.randn(k, *mu.shape, device=mu.device)
    z = mu + (0.5 * log_var).exp() * noise
    # The normalising constants of the prior and of q are equal, so both are left out.
    log_prior_over_q = 0.5 * (noise.square() - z.square() + log_var).sum(dim=-1)
    log_weights = log_prior_over_q - bernoulli_nll(model.decode(z), x)  # of shape (k, batch)
    return math.log(k) - log_weights.logsumexp(dim=0).mean()


def _train_epoch(
    model: MLPVAE,
    optimizer: Optimizer,
    images: Tensor,
    k: int,
    batch_size: int,
    seed: int,
    epoch: int,
) -> float:
    """Train on every image once; return the mean loss. All random numbers follow from seed and epoch."""
    # Two generators, so that the samples of z do not depend on the order of the images.
    torch.manual_seed(2 * (10_000 * seed + epoch))
    order = torch.Generator().manual_seed(2 * (10_000 * seed + epoch) + 1)
    total = torch.zeros((), device=images.device)
    for x in batches(binarize(images), batch_size, order):
        loss = graphs.update(partial(iwae_loss, k=k), model, (x,), optimizer)
        total += loss * len(x)  # stays on the device, so that no step waits for its value
    return total.item() / len(images)
