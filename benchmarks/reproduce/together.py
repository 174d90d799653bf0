"""Train Burda's model with several seeds side by side: one batched product serves the weights of all.

On a GPU a step of one small model takes as long as one of several, because launching its kernels takes longer
than computing them. The models share nothing: each has its own weights, order of images, pixels and noise.
"""

import copy
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from benchmarks.reproduce import checkpoint
from benchmarks.reproduce.burda import (
    BATCH_SIZE,
    NUM_STAGES,
    SECONDS_BETWEEN_CHECKPOINTS,
    initial_model,
    iwae_loss,
    learning_rates,
    score,
)
from course_utils import graphs, runtime
from course_utils.data import binarize
from course_utils.models import MLPVAE
from course_utils.training import adam

FIRST_RATE = 1e-3


class Together(nn.Module):
    """Several models of one shape, with their weights stacked.

    Args:
        models: The models.
        k: Samples of z per image in their training bound.
    """

    def __init__(self, models: Sequence[MLPVAE], k: int):
        super().__init__()
        stacked, _ = stack_module_state([_Loss(model, k) for model in models])
        self.names = {name.replace(".", "_"): name for name in stacked}
        for own, name in self.names.items():
            self.register_parameter(own, nn.Parameter(stacked[name].detach()))
        # One model that only says what to compute. In a list, so that its weights are not ours.
        self.shape = [_Loss(copy.deepcopy(models[0]), k).to("meta")]

    def forward(self, x: Tensor) -> Tensor:
        """Return the sum of the models' losses, whose gradient is that of each by itself.

        Args:
            x: Images of shape (models * batch, num_pixels), those of the first model first.
        """
        return self.losses(x).sum()

    def losses(self, x: Tensor) -> Tensor:
        """Return the loss of each model, of shape (models,), in nats per image."""
        weights = {name: getattr(self, own) for own, name in self.names.items()}
        num_models = len(next(iter(weights.values())))

        def loss(weights: dict[str, Tensor], x: Tensor) -> Tensor:
            return functional_call(self.shape[0], weights, (x,))

        return vmap(loss, randomness="different")(weights, x.view(num_models, -1, x.shape[-1]))

    def copy_into(self, models: Sequence[MLPVAE]) -> None:
        """Write the weights of each model into one of its own."""
        with torch.no_grad():
            for index, model in enumerate(models):
                for name, parameter in model.named_parameters():
                    parameter.copy_(getattr(self, f"model_{name}".replace(".", "_"))[index])


class _Loss(nn.Module):
    """A model whose output is its training loss."""

    def __init__(self, model: MLPVAE, k: int):
        super().__init__()
        self.model, self.k = model, k

    def forward(self, x: Tensor) -> Tensor:
        """Return the loss, a scalar in nats per image."""
        return iwae_loss(self.model, x, self.k)


def burda_together(
    images_train: Tensor,
    images_test: Tensor,
    *,
    k: int,
    seeds: Sequence[int],
    num_stages: int = NUM_STAGES,
    batch_size: int = BATCH_SIZE,
    num_samples: int = 5000,
    state: Path | None = None,
    seconds_between_checkpoints: float = SECONDS_BETWEEN_CHECKPOINTS,
    progress: bool = True,
) -> list[dict[str, float]]:
    """Train and score Burda's model once per seed, all at the same time.

    It is `benchmarks.reproduce.burda.burda` with other random numbers: pixels are drawn in each batch instead
    of once per epoch, and on a GPU the GPU draws. With `state` a run that was stopped goes on.

    Args:
        images_train: Grey images in [0, 1], of shape (n, 784).
        images_test: Grey images in [0, 1], of shape (m, 784), binarised once with a fixed seed.
        k: Samples of z per image in the training bound; 1 is a VAE.
        seeds: One per model; the same seeds give the same numbers.
        num_stages: Stages of the schedule, 8 in the paper.
        batch_size: Images per update and model.
        num_samples: Samples of z per image in the test score.
        state: File of the state of training; it stays when training is done, and the caller deletes it.
        seconds_between_checkpoints: Least time between two writes of `state`; 0 writes after every epoch.
        progress: Show bars.

    Returns:
        For each seed "nll", in nats per image, and "active_units".
    """
    from tqdm.auto import tqdm

    models = []
    for seed in seeds:
        runtime.seed_everything(seed)
        models.append(initial_model(images_train))
    together = Together(models, k)
    optimizer = adam(together, FIRST_RATE)
    optimizer.param_groups[0]["eps"] = 1e-4
    rates = learning_rates(num_stages)
    recipe = f"k={k} stages={num_stages} batch={batch_size} seeds={list(seeds)} images={len(images_train)}"
    done = checkpoint.restore(state, together, optimizer, recipe) if state else 0
    chunk = _chunk(together, images_train, optimizer, batch_size, len(seeds))
    saved = time.monotonic()
    with tqdm(total=len(rates), initial=done, unit="epoch", disable=not progress) as bar:
        for epoch in range(done, len(rates)):
            loss = _train_epoch(chunk, rates[epoch], list(seeds), epoch)
            is_last = epoch + 1 == len(rates)
            if state and (is_last or time.monotonic() - saved >= seconds_between_checkpoints):
                checkpoint.save(state, together, optimizer, epoch + 1, recipe)
                saved = time.monotonic()
            bar.set_postfix(loss=f"{loss:.2f}", refresh=False)
            bar.update()
    together.copy_into(models)
    return [
        score(model, images_test, num_samples, seed, progress)
        for model, seed in zip(models, seeds, strict=True)
    ]


def _chunk(
    together: Together,
    images: Tensor,
    optimizer: torch.optim.Optimizer,
    batch_size: int,
    num_models: int,
) -> graphs.Chunk:
    """Return updates of all models: one CUDA graph on a GPU, and one by one elsewhere."""
    return graphs.Chunk(
        lambda model, x: model(x),
        together,
        (images,),
        optimizer,
        num_steps=max(1, graphs.steps_at_once(len(images) // batch_size)),
        batch_size=num_models * batch_size,
        transform=binarize,
        generator=torch.Generator(images.device),
        captures=images.device.type == "cuda",
    )


def _train_epoch(chunk: graphs.Chunk, rate: float, seeds: list[int], epoch: int) -> float:
    """Let each model see every image once, each in its own order; return the mean of their losses.

    All random numbers follow from seeds and epoch.
    """
    images, num_models = chunk.tensors[0], len(seeds)
    draws = [10_000 * seed + epoch for seed in seeds]
    torch.manual_seed(2 * draws[0])
    chunk.generator.manual_seed(2 * draws[0] + 1)
    orders = [
        torch.randperm(len(images), generator=torch.Generator().manual_seed(2 * draw + 1))
        for draw in draws
    ]
    order = torch.stack(orders).to(images.device)  # of shape (models, n)
    batch_size = chunk.batch_size // num_models
    total = torch.zeros((), device=images.device)
    done, at_once = 0, chunk.num_steps * batch_size
    while done + at_once <= len(images):
        rows = order[:, done : done + at_once].view(num_models, chunk.num_steps, batch_size)
        rows = rows.transpose(0, 1).reshape(chunk.rows.shape)
        total += chunk.run(rows, [rate / FIRST_RATE] * chunk.num_steps).sum() * batch_size
        done += at_once
    for start in range(done, len(images), batch_size):  # what is left over
        rows = order[:, start : start + batch_size]
        x = binarize(images.index_select(0, rows.flatten()), chunk.generator)
        chunk.optimizer.param_groups[0]["lr"] = rate
        loss = graphs.update(chunk.loss, chunk.model, (x,), chunk.optimizer)
        total += loss * rows.shape[1]
    chunk.optimizer.param_groups[0]["lr"] = FIRST_RATE
    return total.item() / len(images) / num_models
