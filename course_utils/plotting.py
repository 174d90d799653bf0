"""Figures of the lessons. Each function draws on the axes it is given, or on new ones, and returns them.

Labels have units, and nothing calls `plt.show()`. The colours are Okabe and Ito's, which colour-blind readers
can tell apart.
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#000000")
# Ten classes need two more colours than Okabe and Ito's eight: a grey and a deep purple.
CLASS_COLOURS = (*PALETTE, "#999999", "#5D3A9B")


def new_axes(width: float = 5.0, height: float = 3.0) -> Axes:
    """Return the axes of a new figure, sized in inches."""
    _, ax = plt.subplots(figsize=(width, height), layout="constrained")
    return ax


def image_grid(
    images: Tensor | np.ndarray,
    num_columns: int,
    ax: Axes | None = None,
    titles: Sequence[str] | None = None,
    row_titles: Sequence[str] | None = None,
    size: float = 0.55,
) -> Axes:
    """Show images in rows of `num_columns`, dark ink on white.

    Args:
        images: Of shape (n, 784) or (n, height, width), values in [0, 1].
        num_columns: Images per row.
        ax: Axes to draw on; a new figure is made when None.
        titles: One short text per column, written above it.
        row_titles: One short text per row, written on its left.
        size: Width and height of an image in inches, on a new figure.

    Returns:
        The axes, without ticks.
    """
    num, height, width = _pictures(images).shape
    num_rows = -(-num // num_columns)
    canvas = tile(images, num_columns)
    if ax is None:
        left = 0.12 * max(map(len, row_titles)) if row_titles else 0
        ax = new_axes(size * num_columns + left, size * num_rows + (0.3 if titles else 0))
    ax.imshow(canvas, cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    if titles is not None:
        centres = np.arange(len(titles)) * (width + 1) + (width - 1) / 2
        ax.set_xticks(centres, titles, fontsize="small")
        ax.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
    if row_titles is not None:
        centres = np.arange(len(row_titles)) * (height + 1) + (height - 1) / 2
        ax.set_yticks(centres, row_titles, fontsize="small")
        ax.tick_params(left=False)
    return ax


def tile(images: Tensor | np.ndarray, num_columns: int, gap: int = 1) -> np.ndarray:
    """Set images side by side in rows of `num_columns`, with `gap` pixels of 0 between neighbours.

    Args:
        images: Of shape (n, 784) or (n, height, width).
        num_columns: Images per row; the last row may be shorter.
        gap: Pixels between neighbours.

    Returns:
        One picture, of shape (num_rows * (height + gap) - gap, num_columns * (width + gap) - gap).
    """
    from torchvision.utils import make_grid

    pictures = torch.from_numpy(_pictures(images).astype(np.float32, order="C")).unsqueeze(1)
    if len(pictures) == num_columns == 1:  # make_grid would set no frame around it
        return pictures[0, 0].numpy()
    missing = -len(pictures) % num_columns  # places in the last row
    pictures = torch.cat([pictures, torch.zeros(missing, *pictures.shape[1:])])
    grid = make_grid(pictures, nrow=num_columns, padding=gap)[0].numpy()
    height, width = grid.shape
    return grid[gap : height - gap, gap : width - gap]


def reconstruction_pairs(x: Tensor, x_hat: Tensor, ax: Axes | None = None) -> Axes:
    """Show images above their reconstructions.

    Args:
        x: Images, of shape (n, 784).
        x_hat: Their reconstructions as probabilities, of shape (n, 784).
        ax: Axes to draw on; a new figure is made when None.

    Returns:
        The axes: two rows of n images.
    """
    ax = image_grid(np.concatenate([_pictures(x), _pictures(x_hat)]), len(x), ax)
    height, _ = ax.get_images()[0].get_size()
    ax.set_yticks([height * 0.24, height * 0.76], ["x", "x_hat"])
    ax.tick_params(left=False)
    return ax


def training_curves(history: dict[str, list[float]], ax: Axes | None = None) -> Axes:
    """Plot every list of a training history against its epoch.

    Args:
        history: Maps a name to one value per epoch, in nats per image.
        ax: Axes to draw on; a new figure is made when None.

    Returns:
        The axes.
    """
    ax = new_axes() if ax is None else ax
    for colour, (name, values) in zip(_colours(len(history)), history.items(), strict=True):
        # A line needs two points, so the points of short runs are marked.
        marker = "o" if len(values) < 15 else None
        ax.plot(np.arange(1, len(values) + 1), values, label=name, color=colour, marker=marker)
    ax.locator_params(axis="x", integer=True)
    ax.set(xlabel="epoch", ylabel="nats per image")
    ax.legend(frameon=False)
    return ax


def ladder(values: dict[str, float], ax: Axes | None = None) -> Axes:
    """Plot named losses as bars, the first on top, each with its number.

    Args:
        values: Maps a model's name to its loss in nats per image.
        ax: Axes to draw on; a new figure is made when None.

    Returns:
        The axes.
    """
    ax = new_axes(5.5, 0.4 * len(values) + 0.9) if ax is None else ax
    bars = ax.barh(list(values), list(values.values()), color=PALETTE[0])
    ax.bar_label(bars, fmt="%.1f", padding=3)
    ax.invert_yaxis()
    ax.margins(x=0.15)
    ax.spines[["top", "right"]].set_visible(False)
    ax.set(xlabel="nats per image (lower is better)")
    return ax


def bars(
    values: Tensor | Sequence[float],
    ax: Axes | None = None,
    *,
    xlabel: str = "latent dimension",
    ylabel: str = "nats per image",
) -> Axes:
    """Plot one bar per entry, numbered from 1.

    Args:
        values: Heights, of shape (n,).
        ax: Axes to draw on; a new figure is made when None.
        xlabel: What is numbered.
        ylabel: Name and unit of the values.

    Returns:
        The axes.
    """
    heights = _array(values)
    ax = new_axes() if ax is None else ax
    ax.bar(np.arange(1, len(heights) + 1), heights, color=PALETTE[0])
    ax.locator_params(axis="x", integer=True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    return ax


def latent_scatter(
    z: Tensor, labels: Tensor, ax: Axes | None = None, names: Sequence[str] | None = None
) -> Axes:
    """Scatter 2-D codes, one colour and one number per class.

    The class number stands at the median of its codes, so colour is not needed to read it.

    Args:
        z: Codes, of shape (n, 2).
        labels: Classes, int64, of shape (n,).
        ax: Axes to draw on; a new figure is made when None.
        names: A word for each class; words other than the class number are listed beside the axes.

    Returns:
        The axes, with equal scales.
    """
    codes, classes = _array(z), _array(labels)
    ax = new_axes(5, 4.5) if ax is None else ax
    size = np.clip(6000 / max(len(codes), 1), 2, 20)  # the fewer points, the larger they are
    for label in np.unique(classes):
        colour = CLASS_COLOURS[int(label) % len(CLASS_COLOURS)]
        points = codes[classes == label]
        ax.scatter(points[:, 0], points[:, 1], s=size, alpha=0.5, color=colour, linewidths=0)
        style = {"boxstyle": "circle,pad=0.15", "facecolor": "white", "edgecolor": colour}
        x, y = np.median(points, axis=0)
        ax.text(x, y, str(label), ha="center", va="center", bbox=style)
    words = [f"{label} {name}" for label, name in enumerate(names or ()) if name != str(label)]
    if words:
        ax.text(1.03, 0.5, "\n".join(words), va="center", fontsize="small", transform=ax.transAxes)
    ax.set(xlabel="z_1 (prior standard deviations)", ylabel="z_2 (prior standard deviations)")
    ax.set_aspect("equal", adjustable="datalim")
    return ax


def curves(
    x: Tensor | Sequence[float],
    values: dict[str, Tensor | Sequence[float]],
    ax: Axes | None = None,
    *,
    xlabel: str = "",
    ylabel: str = "nats",
) -> Axes:
    """Plot several named quantities against the same x.

    Args:
        x: Where they were measured, of shape (n,).
        values: Maps a name to n values; infinite ones leave a gap.
        ax: Axes to draw on; a new figure is made when None.
        xlabel: Name and unit of x.
        ylabel: Name and unit of the values.

    Returns:
        The axes.
    """
    ax = new_axes() if ax is None else ax
    for colour, (name, y) in zip(_colours(len(values)), values.items(), strict=True):
        ax.plot(_array(x), _array(y), label=name, color=colour)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.legend(frameon=False)
    return ax


def plot_against_theory(
    x: Tensor | Sequence[float],
    y: Tensor | Sequence[float],
    theory: Tensor | Sequence[float],
    ax: Axes | None = None,
    *,
    xlabel: str = "",
    ylabel: str = "nats",
    label: str = "measured",
) -> Axes:
    """Plot measured points over the curve that theory predicts.

    Args:
        x: Where it was measured, of shape (n,).
        y: What was measured, of shape (n,).
        theory: What theory predicts at each x, of shape (n,).
        ax: Axes to draw on; a new figure is made when None.
        xlabel: Name and unit of x.
        ylabel: Name and unit of y.
        label: Legend entry of the points.

    Returns:
        The axes.
    """
    ax = new_axes() if ax is None else ax
    places, measured, predicted = _array(x), _array(y), _array(theory)
    order = np.argsort(places)
    ax.plot(places[order], predicted[order], color=PALETTE[7], linewidth=1, label="theory")
    ax.plot(places, measured, "o", color=PALETTE[0], markersize=4, label=label)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.legend(frameon=False)
    return ax


def _array(values: Tensor | np.ndarray | Sequence[float]) -> np.ndarray:
    """Return values as a NumPy array, without gradients and on the CPU."""
    return values.detach().cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)


def _pictures(images: Tensor | np.ndarray) -> np.ndarray:
    """Return images as (n, height, width); images of shape (n, num_pixels) must be square.

    Raises:
        ValueError: If the shape is that of no images.
    """
    pixels = _array(images)
    if pixels.ndim == 3:
        return pixels
    side = int(pixels.shape[-1] ** 0.5)
    if pixels.ndim != 2 or side * side != pixels.shape[-1]:
        raise ValueError(f"images must be (n, side * side) or (n, h, w), got {pixels.shape}")
    return pixels.reshape(-1, side, side)


def _colours(num: int) -> list[str]:
    """Return `num` colours of the palette, which is repeated when it is too short."""
    return [PALETTE[index % len(PALETTE)] for index in range(num)]
