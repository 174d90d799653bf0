"""The training loop of every lesson: `fit` calls the learner's own step."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from course_utils import graphs, runtime
from course_utils.graphs import Loss
from course_utils.likelihood import negative_elbo

Step = Callable[..., float]
_losses: WeakKeyDictionary[Step, Loss] = WeakKeyDictionary()  # of steps that `step_on` made
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

    On CUDA, steps made by `step_on` run many at once as a graph (see `course_utils.graphs`), with random
    numbers of the GPU. Where PyTorch refuses a graph, one line says so and the steps run one by one.

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
    seed = runtime.seed() if seed is None else seed
    generator = torch.Generator().manual_seed(seed)
    chunk = None
    if loss := _loss_of(step):
        chunk = graphs.chunk_of(loss, model, tensors, optimizer, batch_size, transform, seed)
    rates = [group["lr"] for group in optimizer.param_groups]

    history, began, was_training = History(), time.perf_counter(), model.training
    bar = _bar(total, progress)
    try:
        while history.steps < total:
            model.train()
            order = torch.randperm(len(tensors[0]), generator=generator).to(device)
            sums: list[Tensor | float] = []
            rows = 0
            while chunk and rows + chunk.rows.numel() <= len(order):
                if history.steps + chunk.num_steps > total:
                    break
                done = range(history.steps, history.steps + chunk.num_steps)
                factors = [_factor(made, total) if anneal else 1.0 for made in done]
                taken = order[rows : rows + chunk.rows.numel()].view_as(chunk.rows)
                sums.append(chunk.run(taken, factors).sum() * batch_size)  # stays on the device
                rows += taken.numel()
                history.steps += len(factors)
                bar.update(len(factors))
            for start in range(rows, len(order), batch_size):
                if history.steps == total:
                    break
                batch = order[start : start + batch_size]
                x, *others = (tensor.index_select(0, batch) for tensor in tensors)
                x = x if transform is None else transform(x, generator)
                if anneal:
                    _scale_rates(optimizer, rates, _factor(history.steps, total))
                sums.append(step(model, x, *others, optimizer) * len(x))
                rows += len(x)
                history.steps += 1
                bar.update()
            if anneal:
                _scale_rates(optimizer, rates, 1.0)
            loss_sum = float(sum(sums))
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
        history.seconds = time.perf_counter() - began
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


def step_on(loss: Loss) -> Step:
    """Return a step for `fit` that makes one update on a loss.

    Args:
        loss: `loss(model, x, *others)` returns a scalar, in nats per image. It must depend on its arguments
            and on PyTorch's random numbers only, not on what Python counts from call to call.
    """

    def step(model: nn.Module, *batch_and_optimizer: Any) -> float:
        *batch, optimizer = batch_and_optimizer
        return graphs.update(loss, model, batch, optimizer).item()

    _losses[step] = loss
    return step


def negative_elbo_loss(model: nn.Module, x: Tensor) -> Tensor:
    """Return the negative ELBO of a Bernoulli VAE with one sample of z, a scalar in nats per image."""
    x_logits, mu, log_var = model(x)
    return negative_elbo(x_logits, x, mu, log_var)


def negative_elbo_step(model: nn.Module, x: Tensor, optimizer: Optimizer) -> float:
    """Make one update on the negative ELBO of a Bernoulli VAE; return its value before, in nats per image."""
    return graphs.update(negative_elbo_loss, model, (x,), optimizer).item()


_losses[negative_elbo_step] = negative_elbo_loss


def _loss_of(step: Step) -> Loss | None:
    """Return the loss of a step that `step_on` made, None for any other."""
    try:
        return _losses.get(step)
    except TypeError:  # an object that cannot be a key
        return None


def _factor(made: int, total: int) -> float:
    """Return what the learning rate is multiplied by after so many updates: it falls over the second half."""
    return min(1.0, 2 * (1 - made / total))


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
