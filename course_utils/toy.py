"""Small public objects for checks and figures: functions of z, and VAEs that count their calls.

Hidden tests also pass these to a learner's code in the sandbox, which can import only public code. So nothing
here may be secret.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from course_utils.models import VAE


def quadratic(z: Tensor) -> Tensor:
    """Return the squared distance of z to the point (1, ..., 1): (..., latent_dim) -> (...)."""
    return (z - 1.0).square().sum(dim=-1)


def linear(z: Tensor) -> Tensor:
    """Return z_1 + 2 z_2 + 3 z_3 + ...: (..., latent_dim) -> (...)."""
    weights = torch.arange(1, z.shape[-1] + 1, dtype=z.dtype, device=z.device)
    return (z * weights).sum(dim=-1)


def cosine(z: Tensor) -> Tensor:
    """Return the sum of cos z_j: (..., latent_dim) -> (...), smooth and bounded."""
    return z.cos().sum(dim=-1)


def step(z: Tensor) -> Tensor:
    """Return 1 where the sum of z is above 0, else 0: (..., latent_dim) -> (...).

    Its gradient in z is 0 wherever it exists, so a pathwise estimate is always 0. The result still depends
    on z in the graph of autograd, so that such an estimate can be computed.
    """
    total = z.sum(dim=-1)
    return (total > 0).to(z.dtype) + 0.0 * total


class Stretched:
    """A function of z, one of those above, at scale * z + shift.

    Hidden tests draw scale and shift, so that code which recognises the function does not know its expectation.

    Args:
        function: The function.
        scale: Factor of each number, of shape (latent_dim,).
        shift: What is added then, of shape (latent_dim,).
    """

    def __init__(self, function: Callable[[Tensor], Tensor], scale: Tensor, shift: Tensor):
        self.function, self.scale, self.shift = function, scale, shift

    def value(self, z: Tensor) -> Tensor:
        """Return the function's value: (..., latent_dim) -> (...)."""
        return self.function(self.scale * z + self.shift)


class SineGaussian:
    """The likelihood p(x|z) = N(sin(W z + b), noise_var I).

    Args:
        W: Of shape (data_dim, latent_dim).
        b: Of shape (data_dim,).
        noise_var: Variance of each number of x.
    """

    def __init__(self, W: Tensor, b: Tensor, noise_var: float):
        self.W, self.b, self.noise_var = W, b, noise_var

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """Return log p(x|z) in nats, (...), for x of shape (..., data_dim) and z of shape (..., latent_dim)."""
        squared_error = (x - (z @ self.W.T + self.b).sin()).square().sum(-1)
        log_normaliser = 0.5 * len(self.b) * math.log(2 * math.pi * self.noise_var)
        return -0.5 * squared_error / self.noise_var - log_normaliser


def call_each(function: Callable, cases: list[tuple]) -> list:
    """Return the results of calling `function` with each case's arguments in turn."""
    return [function(*case) for case in cases]


def call_methods(model: Any, calls: list[tuple]) -> list:
    """Return the results of methods of a model, each given as (name, *arguments), in turn."""
    return [
        model(*rest) if name == "forward" else getattr(model, name)(*rest) for name, *rest in calls
    ]


def add_noise(model: nn.Module, draw: Callable[[torch.Size], Tensor]) -> None:
    """Add 0.3 * draw(shape) to all weights."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * draw(parameter.shape))


def stop_early(make: Callable, cases: list[tuple], by_name: bool = False) -> list[list[tuple]]:
    """Feed losses to fresh stoppers.

    Args:
        make: Makes a stopper from its patience.
        cases: (losses, patience) of each stopper.
        by_name: Whether the patience is given by name.

    Returns:
        For each case a list of what `step` returned for each loss in turn, with `best_loss` after it, or None
        where the stopper has no `best_loss`.
    """
    results = []
    for losses, patience in cases:
        stopper = make(patience=patience) if by_name else make(patience)
        results.append(
            [(stopper.step(loss), getattr(stopper, "best_loss", None)) for loss in losses]
        )
    return results


class WatchedVAE(VAE):
    """A linear VAE that counts its calls in buffers, which can be read from its `state_dict()`.

    Buffers, all int64 scalars: `<method>_calls` for encode, reparameterize, decode and forward;
    `<method>_grad` (1 if gradients were enabled) and `<method>_training` (1 if any part was in training
    mode) as seen by the last call of forward and decode (-1 before any call); `rows_decoded`, the number
    of z in all calls of decode, and `most_rows_decoded`, the largest in one.

    Args:
        input_dim: Pixels per image.
        latent_dim: Dimensions of z.
        seed: Seed of the random weights; the global random state is not changed.
        scale: Standard deviation of the weights.
        dropout: Probability of dropping an input of the decoder in training mode.
    """

    encode_calls: Tensor
    reparameterize_calls: Tensor
    decode_grad: Tensor
    most_rows_decoded: Tensor
    rows_decoded: Tensor

    def __init__(
        self,
        input_dim: int = 6,
        latent_dim: int = 2,
        seed: int = 0,
        scale: float = 0.5,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.latent_dim = latent_dim
        generator = torch.Generator().manual_seed(seed)
        self.encoder = _random_linear(input_dim, 2 * latent_dim, scale, generator)
        self.decoder = _random_linear(latent_dim, input_dim, scale, generator)
        self.dropout = nn.Dropout(dropout)
        for method in ("encode", "reparameterize", "decode", "forward"):
            self.register_buffer(f"{method}_calls", torch.tensor(0))
        for method in ("decode", "forward"):
            self.register_buffer(f"{method}_grad", torch.tensor(-1))
            self.register_buffer(f"{method}_training", torch.tensor(-1))
        self.register_buffer("most_rows_decoded", torch.tensor(0))
        self.register_buffer("rows_decoded", torch.tensor(0))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mu and log_var, each of shape (batch, latent_dim)."""
        self.encode_calls += 1
        mu, log_var = self.encoder(x).chunk(2, dim=-1)
        return mu, log_var

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        """Return one sample of q, of shape (batch, latent_dim)."""
        self.reparameterize_calls += 1
        return mu + (0.5 * log_var).exp() * torch.randn_like(mu)

    def decode(self, z: Tensor) -> Tensor:
        """Return x_logits of shape (..., input_dim) for z of shape (..., latent_dim)."""
        self._note("decode")
        rows = z.numel() // self.latent_dim
        self.most_rows_decoded.fill_(max(int(self.most_rows_decoded), rows))
        self.rows_decoded += rows
        return self.decoder(self.dropout(z))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return x_logits of one sampled pass, mu and log_var."""
        self._note("forward")
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var

    def _note(self, method: str) -> None:
        """Count a call of `method`, and record whether gradients and training mode are on."""
        getattr(self, f"{method}_calls").add_(1)
        getattr(self, f"{method}_grad").fill_(int(torch.is_grad_enabled()))
        getattr(self, f"{method}_training").fill_(
            int(any(part.training for part in self.modules()))
        )


class WatchedCVAE(WatchedVAE):
    """A linear conditional VAE that counts its calls as `WatchedVAE` does.

    Buffers besides those: `sum_y`, of shape (num_classes,), the sum of the y of all rows that decode saw.

    Args:
        input_dim: Pixels per image.
        latent_dim: Dimensions of z.
        num_classes: Width of the one-hot y.
        seed: Seed of the random weights; the global random state is not changed.
        scale: Standard deviation of the weights.
        dropout: Probability of dropping an input of the decoder in training mode.
    """

    sum_y: Tensor

    def __init__(
        self,
        input_dim: int = 6,
        latent_dim: int = 2,
        num_classes: int = 3,
        seed: int = 0,
        scale: float = 0.5,
        dropout: float = 0.0,
    ):
        super().__init__(input_dim, latent_dim, seed, scale, dropout)
        self.num_classes = num_classes
        generator = torch.Generator().manual_seed(seed + 1)
        width = input_dim + num_classes
        self.encoder = _random_linear(width, 2 * latent_dim, scale, generator)
        self.decoder = _random_linear(latent_dim + num_classes, input_dim, scale, generator)
        self.register_buffer("sum_y", torch.zeros(num_classes))

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return mu and log_var, each of shape (batch, latent_dim)."""
        return super().encode(torch.cat([x, y], dim=-1))

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        """Return x_logits of shape (batch, input_dim)."""
        self._note("decode")
        self.most_rows_decoded.fill_(max(int(self.most_rows_decoded), len(z)))
        self.rows_decoded += len(z)
        self.sum_y += y.detach().sum(dim=0)
        return self.decoder(self.dropout(torch.cat([z, y], dim=-1)))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return x_logits of one sampled pass, mu and log_var."""
        self._note("forward")
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


def _random_linear(
    fan_in: int, fan_out: int, scale: float, generator: torch.Generator
) -> nn.Linear:
    """Return a linear layer with normal weights drawn from `generator` alone."""
    layer = nn.utils.skip_init(nn.Linear, fan_in, fan_out)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(scale * torch.randn(parameter.shape, generator=generator))
    return layer
