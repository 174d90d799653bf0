"""Make many updates with one launch on a GPU: a CUDA graph of training steps.

A step of a small model is some sixty tiny kernels, and Python needs longer to launch them than the GPU to
compute them. A CUDA graph records the kernels of many steps once and launches them all together.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

Loss = Callable[..., Tensor]
MOST_STEPS = 100  # of a graph; longer ones save nothing more


class GraphRefused(Exception):
    """PyTorch did not record a graph; the message is one line and says why."""


class Chunk:
    """A fixed number of updates on a loss, as one CUDA graph or one by one.

    All tensors must be on one device. The random numbers of the loss come from PyTorch's default generator.
    Nothing that Python counts may change the loss from step to step: a graph repeats what was recorded.

    Args:
        loss: `loss(model, x, *others)` returns a scalar, in nats per image.
        model: The model.
        tensors: Images, and what belongs to them, with n rows each.
        optimizer: Its optimizer; for a graph it must be a fused one.
        num_steps: Updates of a chunk.
        batch_size: Rows per update.
        transform: Applied to each batch of images as `transform(x, generator)`.
        generator: Of `transform`, on the device of the tensors.
        captures: Whether to record a graph, which needs CUDA.
    """

    def __init__(
        self,
        loss: Loss,
        model: nn.Module,
        tensors: Sequence[Tensor],
        optimizer: Optimizer,
        num_steps: int,
        batch_size: int,
        transform: Callable[[Tensor, torch.Generator], Tensor] | None,
        generator: torch.Generator,
        captures: bool,
    ):
        device = tensors[0].device
        self.loss, self.model, self.tensors, self.optimizer = loss, model, tensors, optimizer
        self.num_steps, self.batch_size = num_steps, batch_size
        self.transform, self.generator, self.captures = transform, generator, captures
        # The graph reads and writes these places.
        self.rows = torch.zeros(num_steps, batch_size, dtype=torch.long, device=device)
        self.factors = torch.ones(num_steps, device=device)
        self.losses = torch.zeros(num_steps, device=device)
        self.rates = [torch.zeros((), device=device) for _ in optimizer.param_groups]
        self.graph: torch.cuda.CUDAGraph | None = None

    def run(self, rows: Tensor, factors: Sequence[float]) -> Tensor:
        """Make the updates.

        The first chunk is made step by step. It prepares the optimizer and the libraries of CUDA. Then the
        graph of the next ones is recorded.

        Args:
            rows: Which rows each update takes, of shape (num_steps, batch_size).
            factors: What the learning rates are multiplied by in each update.

        Returns:
            The loss of each update, of shape (num_steps,); the next call overwrites it.

        Raises:
            GraphRefused: If no graph can be recorded. The updates of this chunk are made all the same.
        """
        self.rows.copy_(rows)
        self.factors.copy_(torch.tensor(factors))
        if self.graph is not None:
            self.graph.replay()
        elif self.captures:
            self._first()
        else:
            self._steps()
        return self.losses

    def _first(self) -> None:
        """Make the first updates on a stream of their own, as PyTorch asks before a recording; then record."""
        here, beside = torch.cuda.current_stream(), torch.cuda.Stream()
        beside.wait_stream(here)
        with torch.cuda.stream(beside):
            self._steps()
        here.wait_stream(beside)
        graph = torch.cuda.CUDAGraph()
        if self.transform is not None:
            graph.register_generator_state(self.generator)
        for group in self.optimizer.param_groups:
            group["capturable"] = True
        try:
            with torch.cuda.graph(graph):
                self._steps()
        except RuntimeError as error:
            raise GraphRefused(str(error).partition("\n")[0]) from None
        finally:
            for group in self.optimizer.param_groups:
                group["capturable"] = False
        self.graph = graph

    def _steps(self) -> None:
        groups = self.optimizer.param_groups
        initial = [group["lr"] for group in groups]
        try:
            for group, rate in zip(groups, self.rates, strict=True):
                group["lr"] = rate  # a tensor, so that a graph reads it anew
            for step in range(self.num_steps):
                for rate, value in zip(self.rates, initial, strict=True):
                    torch.mul(self.factors[step], value, out=rate)
                x, *others = (t.index_select(0, self.rows[step]) for t in self.tensors)
                x = x if self.transform is None else self.transform(x, self.generator)
                self.losses[step] = update(self.loss, self.model, (x, *others), self.optimizer)
        finally:
            for group, value in zip(groups, initial, strict=True):
                group["lr"] = value


def chunk_of(
    loss: Loss,
    model: nn.Module,
    tensors: Sequence[Tensor],
    optimizer: Optimizer,
    batch_size: int,
    transform: Callable[[Tensor, torch.Generator], Tensor] | None,
    seed: int,
) -> Chunk | None:
    """Return a chunk that divides an epoch well, None where a graph is of no use.

    Args:
        loss: `loss(model, x, *others)`.
        model: The model.
        tensors: Images, and what belongs to them.
        optimizer: Its optimizer.
        batch_size: Rows per update.
        transform: Applied to each batch of images.
        seed: Of the random numbers of `transform`.
    """
    device = tensors[0].device
    num_steps = steps_at_once(len(tensors[0]) // batch_size)
    fused = all(group.get("fused") for group in optimizer.param_groups)
    if device.type != "cuda" or not fused or num_steps < 2:
        return None
    generator = torch.Generator(device).manual_seed(seed)
    return Chunk(
        loss, model, tensors, optimizer, num_steps, batch_size, transform, generator, captures=True
    )


def steps_at_once(per_epoch: int) -> int:
    """Return how many updates a graph holds: at most `MOST_STEPS`, so that few of an epoch are left over."""
    if per_epoch == 0:
        return 0
    return min(
        range(1, min(MOST_STEPS, per_epoch) + 1), key=lambda n: (per_epoch // n + per_epoch % n, -n)
    )


def update(loss: Loss, model: nn.Module, batch: Sequence[Tensor], optimizer: Optimizer) -> Tensor:
    """Make one update and return the loss before it, a scalar that stays on its device."""
    value = loss(model, *batch)
    optimizer.zero_grad(set_to_none=True)
    value.backward()
    optimizer.step()
    return value.detach()
