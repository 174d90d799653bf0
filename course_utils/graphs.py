"""Make many updates with one launch on a GPU: a CUDA graph of training steps.

A step of a small model is some sixty tiny kernels, and Python needs longer to launch them than the GPU to
compute them. A CUDA graph records the kernels of many steps once and launches them all together.
"""

import contextlib
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

Loss = Callable[..., Tensor]
MOST_STEPS = 100  # of a graph; longer ones save nothing more


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
        self.is_warm = False
        self.places: list[int] = []

    def run(self, rows: Tensor, factors: Sequence[float]) -> Tensor:
        """Make the updates.

        The first chunk is made step by step. It prepares the optimizer and the libraries of CUDA. The second
        call records the graph. Where PyTorch refuses to, one line says so, and steps are made one by one.

        Args:
            rows: Which rows each update takes, of shape (num_steps, batch_size).
            factors: What the learning rates are multiplied by in each update.

        Returns:
            The loss of each update, of shape (num_steps,); the next call overwrites it.
        """
        self.rows.copy_(rows)
        self.factors.copy_(torch.tensor(factors))
        if self.captures and self.is_warm and self._moved():
            self._record()
        if not self.captures:
            self._steps()
        elif self.graph is None:
            self._first()
        else:
            self.graph.replay()
        self.is_warm = True
        return self.losses

    def _moved(self) -> bool:
        """Return whether there is no graph yet, or one that writes into memory that the model has left."""
        before, self.places = self.places, [p.data_ptr() for p in self.model.parameters()]
        return self.graph is None or before != self.places

    def _first(self) -> None:
        """Make updates on a stream of their own, as PyTorch asks before a recording."""
        with torch.cuda.device(self.rows.device):
            here, beside = torch.cuda.current_stream(), torch.cuda.Stream()
            beside.wait_stream(here)
            with torch.cuda.stream(beside):
                self._steps()
            here.wait_stream(beside)

    def _record(self) -> None:
        """Record the graph; nothing is computed yet."""
        groups = self.optimizer.param_groups
        before = [group["capturable"] for group in groups]
        for group in groups:
            group["capturable"] = True
        try:
            self.graph = self._recorded()
        except RuntimeError as error:
            reason = str(error.__context__ or error).partition("\n")[0]
            print(f"Training goes on step by step: no CUDA graph can be made ({reason}).")
            self.captures, self.graph = False, None
        finally:
            for group, capturable in zip(groups, before, strict=True):
                group["capturable"] = capturable

    def _recorded(self) -> torch.cuda.CUDAGraph:
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.device(self.rows.device):
            here = torch.cuda.current_stream()
            if self.transform is not None:
                graph.register_generator_state(self.generator)
            try:
                with torch.cuda.graph(graph):
                    self._steps()
            except RuntimeError:
                # Older PyTorch stays on the stream of the recording, and its generators wait for its end.
                torch.cuda.set_stream(here)
                own = torch.cuda.default_generators[torch.cuda.current_device()]
                for generator in (own, self.generator):
                    with contextlib.suppress(RuntimeError):
                        fresh = torch.Generator(generator.device)
                        fresh.set_state(generator.get_state())
                        generator.graphsafe_set_state(fresh)
                raise
        return graph

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
