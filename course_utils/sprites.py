"""Sprites: small pictures that the course draws itself, so that their generating factors are known exactly.

The five factors are shape, scale, rotation, x and y. Edges are smoothed over one pixel, so that every
value of every factor gives a different picture.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

SIDE = 28
FACTORS = ("shape", "scale", "rotation", "x", "y")
SHAPES = ("square", "ellipse", "triangle")
# Rotations stay within a quarter turn, because a square looks the same after one.
FACTOR_SIZES = (len(SHAPES), 4, 8, 8, 8)
_CHUNK = 4096


class Sprites(NamedTuple):
    """Pictures and the factors they were drawn from.

    Attributes:
        images: float32 in [0, 1], of shape (n, 784).
        factors: The index of each factor's value, int64, of shape (n, 5), columns as in `FACTORS`.
    """

    images: Tensor
    factors: Tensor


def sprites(num_images: int | None = None, generator: torch.Generator | None = None) -> Sprites:
    """Draw sprites for all combinations of factors, or for a random sample of them.

    Args:
        num_images: Distinct combinations to draw at random; all 6,144 in order when None.
        generator: Source of the random choice; the global one when None.

    Returns:
        The images and their factors.

    Raises:
        ValueError: If more images are asked for than there are combinations.

    References:
        Matthey et al. (2017), dSprites, after which this set is made.
        https://github.com/google-deepmind/dsprites-dataset
    """
    factors = torch.cartesian_prod(*(torch.arange(size) for size in FACTOR_SIZES))
    if num_images is not None:
        if not 0 < num_images <= len(factors):
            raise ValueError(f"num_images must be 1 to {len(factors)}, got {num_images}")
        factors = factors[torch.randperm(len(factors), generator=generator)[:num_images]]
    return Sprites(torch.cat([draw(rows) for rows in factors.split(_CHUNK)]), factors)


def draw(factors: Tensor) -> Tensor:
    """Draw one picture per row of factor indices.

    Args:
        factors: Indices of factor values, of shape (n, 5).

    Returns:
        Images of shape (n, 784): 1 inside the shape, 0 outside, smooth over one pixel.
    """
    shape, scale, rotation, x, y = factors.unsqueeze(-1).unbind(dim=1)
    radius = 3.5 + 1.0 * scale  # pixels
    angle = rotation * (0.5 * math.pi / FACTOR_SIZES[2])
    rows, columns = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    # Centres lie from pixel 9 to 18, where the largest sprite just fits into the picture.
    right = columns.flatten() - (9 + x * 9 / (FACTOR_SIZES[3] - 1))
    down = rows.flatten() - (9 + y * 9 / (FACTOR_SIZES[4] - 1))
    along = angle.cos() * right + angle.sin() * down
    across = angle.cos() * down - angle.sin() * right

    distances = torch.stack(
        [distance_to(along, across, radius) for distance_to in (_square, _ellipse, _triangle)]
    )
    distance = distances.gather(0, shape.expand(-1, SIDE * SIDE).unsqueeze(0)).squeeze(0)
    return (0.5 - distance).clamp(0, 1)


def _square(along: Tensor, across: Tensor, radius: Tensor) -> Tensor:
    """Return the signed distance in pixels to a square, negative inside."""
    return torch.maximum(along.abs(), across.abs()) - 0.8 * radius


def _ellipse(along: Tensor, across: Tensor, radius: Tensor) -> Tensor:
    """Return approximately the signed distance in pixels to an ellipse twice as long as wide."""
    long, short = radius, 0.5 * radius
    level = ((along / long).square() + (across / short).square()).sqrt()
    slope = ((along / long**2).square() + (across / short**2).square()).sqrt()
    # To first order the distance is (level - 1) * level / slope. At the centre level and slope are 0, and the
    # edge is `short` away.
    distance = level * (level - 1) / slope.clamp(min=1e-6)
    return torch.where(level > 0, distance, -short)


def _triangle(along: Tensor, across: Tensor, radius: Tensor) -> Tensor:
    """Return the signed distance in pixels to an equilateral triangle with corners at `radius`."""
    sides = [
        along * math.cos(turn) + across * math.sin(turn)
        for turn in (math.pi / 3, math.pi, -math.pi / 3)
    ]
    return torch.stack(sides).amax(dim=0) - 0.5 * radius
