"""The training loop of every lesson: `fit` calls the learner's own step."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from course_utils import runtime
from course_utils.data import batches
from course_utils.likelihood import negative_elbo

Step = Callable[..., float]
_must_finish = ContextVar("_must_finish", default=False)


class History(dict):
    """The measurements of a training: a dict of lists with one value per finished epoch.

    Attributes:
        seconds: Wall-clock time, evaluation included.
        steps: Updates made.
        interrupted: Whether the learner stopped it; the model keeps what it learned until then.
    """

    def __init__(self):
        super().__init__(loss=[])
        self.seconds = 0.0
        self.steps = 0
        self.interrupted = False


def fit(
    model: nn.Module,
    images: Tensor | tuple[Tensor, ...],
    step: Step,
    *,
    epochs: int | None = None,
    num_steps: int | None = None,
    batch_size: int = 128,
    lr: float = 1e-3,
    optimizer: Optimizer | None = None,
    anneal: bool = False,
    transform: Callable[[Tensor, torch.Generator], Tensor] | None = None,
    evaluate: Callable[[nn.Module], dict[str, float]] | None = None,
    seed: int | None = None,
    progress: bool = True,
) -> History:
    """Train a model with `step`, in a new random order in each epoch.

    Ctrl-C (in a notebook: Interrupt) ends training early, and the model keeps what it learned; within
    `must_finish` it raises KeyboardInterrupt instead. Noise inside the model follows the global seed, see
    `runtime.seed_everything`.

    Args:
        model: Any model; its mode is restored at the end.
        images: Training images of shape (n, 784), or a tuple such as (images, labels).
        step: `step(model, x, optimizer) -> float` makes one update and returns the loss in nats per
            image. For a tuple it is called as `step(model, x, labels, optimizer)`.
        epochs: Passes over the images; give this or `num_steps`.
        num_steps: Updates in all; the last pass may be cut short.
        batch_size: Images per update.
        lr: Learning rate of the default optimizer, Adam.
        optimizer: Used instead of the default.
        anneal: Let the learning rate fall towards zero over the second half, in a straight line. At the end the
            optimizer has its own rate again.
        transform: Applied to each batch of images as `transform(x, generator)`, e.g. `binarize`.
        evaluate: Called with the model after each epoch; its values are stored in the history.
        seed: Seed of shuffling and `transform`; `runtime.seed()` when None.
        progress: Show a bar.

    Returns:
        The mean "loss" of each epoch, and what `evaluate` returned.

    Raises:
        ValueError: If not exactly one of `epochs` and `num_steps` is given.
    """
    if (epochs is None) == (num_steps is None):
        raise ValueError("give either epochs or num_steps")
    device = next(model.parameters()).device
    tensors = (images,) if isinstance(images, Tensor) else tuple(images)
    tensors = tuple(tensor.to(device) for tensor in tensors)
    per_epoch = -(-len(tensors[0]) // batch_size)
    total = (epochs or 0) * per_epoch if num_steps is None else num_steps
    optimizer = adam(model, lr) if optimizer is None else optimizer
    generator = torch.Generator().manual_seed(runtime.seed() if seed is None else seed)
    rates = [group["lr"] for group in optimizer.param_groups]

    history, start, was_training = History(), time.perf_counter(), model.training
    bar = _bar(total, progress)
    try:
        while history.steps < total:
            model.train()
            loss_sum, rows = 0.0, 0
            for x, *others in batches(tensors, batch_size, generator):
                x = x if transform is None else transform(x, generator)
                if anneal:
                    _scale_rates(optimizer, rates, min(1.0, 2 * (1 - history.steps / total)))
                loss_sum += step(model, x, *others, optimizer) * len(x)
                rows += len(x)
                history.steps += 1
                bar.update()
                if history.steps == total:
                    break
            _record(history, bar, {"loss": loss_sum / rows}, evaluate and evaluate(model))
    except KeyboardInterrupt:
        history.interrupted = True
        if _must_finish.get():
            raise
    finally:
        bar.close()
        if anneal:
            _scale_rates(optimizer, rates, 1.0)
        model.train(was_training)
        history.seconds = time.perf_counter() - start
    return history


@contextmanager
def must_finish() -> Iterator[None]:
    """Make `fit` raise KeyboardInterrupt inside this block, so that no unfinished training is scored."""
    token = _must_finish.set(True)
    try:
        yield
    finally:
        _must_finish.reset(token)


def adam(model: nn.Module, lr: float = 1e-3) -> Adam:
    """Return Adam on the model's parameters, in PyTorch's fused version where the device allows it."""
    parameters = list(model.parameters())
    can_fuse = all(p.device.type in {"cpu", "cuda"} and p.is_floating_point() for p in parameters)
    return Adam(parameters, lr=lr, fused=can_fuse)


def negative_elbo_step(model: nn.Module, x: Tensor, optimizer: Optimizer) -> float:
    """Make one update on the negative ELBO of a Bernoulli VAE; return its value before, in nats per image."""
    x_logits, mu, log_var = model(x)
    loss = negative_elbo(x_logits, x, mu, log_var)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item()


def _scale_rates(optimizer: Optimizer, rates: list[float], factor: float) -> None:
    """Set the learning rate of each group of parameters to its rate in `rates` times a factor."""
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = factor * rate


def _record(history: History, bar, losses: dict, measured: dict[str, float] | None) -> None:
    """Append the values of one epoch to the history and show them on the bar."""
    values = {name: float(value) for name, value in {**losses, **(measured or {})}.items()}
    for name, value in values.items():
        history.setdefault(name, []).append(value)
    bar.set_postfix({name: f"{value:.2f}" for name, value in values.items()}, refresh=False)


def _bar(total: int, progress: bool):
    """Return a bar that counts steps; without `progress` one that shows nothing."""
    from tqdm.auto import tqdm

    return tqdm(total=total, unit="step", disable=not progress)
