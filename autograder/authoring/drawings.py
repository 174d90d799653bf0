"""Drawings of models and ideas for the lessons, as SVG: one function for each, all in one style.

They stand on white, so that they can be read in light and dark pages. Their text is drawn as curves, so it
looks the same everywhere. `vae-course drawings` writes them into `solutions/LESSON/figures/`.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from scipy.stats import chi, norm

from autograder.files import write_atomically
from autograder.source.lesson import SOURCES

# As the colours of the figures, but dark enough for text on white: a contrast of at least 4.5 to 1.
BLUE, ORANGE, GREEN, RED, GREY, INK = (
    "#0072b2",
    "#8f5f00",
    "#00704f",
    "#b04a00",
    "#6e6e6e",
    "#1f2328",
)
STYLE: dict[Any, Any] = {
    "font.size": 11,
    "svg.hashsalt": "vae-course",
    "svg.fonttype": "path",
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
Point = tuple[float, float]
DRAWINGS: dict[tuple[str, str], Callable[[], None]] = {}


def drawing(lesson: str) -> Callable:
    """Return a decorator that adds a drawing of this lesson; the function's name becomes that of the file."""

    def add(draw: Callable[[], None]) -> Callable[[], None]:
        DRAWINGS[lesson, draw.__name__] = draw
        return draw

    return add


def write_drawings() -> list[Path]:
    """Draw everything; return the files, `solutions/LESSON/figures/NAME.svg`."""
    written = []
    for (lesson, name), draw in DRAWINGS.items():
        with mpl.rc_context(STYLE):
            draw()
            picture = io.BytesIO()
            plt.savefig(picture, format="svg", facecolor="white", metadata={"Date": None})
            plt.close()
        path = SOURCES / lesson / "figures" / f"{name}.svg"
        write_atomically(path, picture.getvalue())
        written.append(path)
    return written


# ------------------------------------------------------------------------------------------ tools


def canvas(width: float, height: float) -> Axes:
    """Return axes without frame, one unit to an inch, the origin at the lower left."""
    figure = plt.figure(figsize=(width, height))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(0, height))
    ax.axis("off")
    return ax


def box(ax: Axes, centre: Point, text: str, colour: str = INK, width: float = 1.15) -> None:
    """Draw a box with rounded corners around a text."""
    x, y = centre
    patch = FancyBboxPatch(
        (x - width / 2, y - 0.26),
        width,
        0.52,
        boxstyle="round,pad=0,rounding_size=0.1",
        facecolor="white",
        edgecolor=colour,
        linewidth=1.6,
    )
    ax.add_patch(patch)
    ax.text(x, y, text, ha="center", va="center")


def circle(ax: Axes, centre: Point, text: str, filled: bool = False) -> None:
    """Draw a random variable: a circle, grey if it is observed."""
    face = "#d0d7de" if filled else "white"
    ax.add_patch(Circle(centre, 0.3, facecolor=face, edgecolor=INK, linewidth=1.6))
    ax.text(centre[0], centre[1], text, ha="center", va="center", fontsize=14)


def arrow(
    ax: Axes,
    start: Point,
    end: Point,
    text: str = "",
    colour: str = INK,
    dashed: bool = False,
    bend: float = 0.0,
    offset: Point = (0.0, 0.14),
) -> None:
    """Draw an arrow with a text beside its middle."""
    patch = FancyArrowPatch(
        start,
        end,
        arrowstyle="-|>",
        mutation_scale=13,
        color=colour,
        linewidth=1.4,
        linestyle="--" if dashed else "-",
        connectionstyle=f"arc3,rad={bend}",
        shrinkA=0,
        shrinkB=0,
    )
    ax.add_patch(patch)
    middle = (np.asarray(start) + np.asarray(end)) / 2 + np.asarray(offset)
    ax.text(middle[0], middle[1], text, ha="center", va="center", color=colour)


def plot(width: float, height: float) -> Axes:
    """Return axes for curves."""
    return plt.subplots(figsize=(width, height), layout="constrained")[1]


# -------------------------------------------------------------------------------------- drawings


@drawing("01_elbo")
def latent_variable_model() -> None:
    """Draw the model from z to x, and q from x back to z."""
    ax = canvas(5.6, 2.1)
    circle(ax, (1.4, 1.05), "$z$")
    circle(ax, (4.2, 1.05), "$x$", filled=True)
    ax.text(1.4, 1.62, "prior  $p(z)$", ha="center", color=BLUE)
    ax.text(4.2, 1.62, "observed", ha="center", color=GREY)
    arrow(
        ax, (1.72, 1.15), (3.88, 1.15), "likelihood  $p(x|z)$", BLUE, bend=-0.25, offset=(0, 0.48)
    )
    arrow(
        ax, (3.88, 0.95), (1.72, 0.95), "approximate posterior  $q(z|x)$", RED, dashed=True,
        bend=-0.25, offset=(0, -0.5),
    )  # fmt: skip


@drawing("01_elbo")
def jensen() -> None:
    """Draw the logarithm, a chord below it, and the gap in the middle."""
    ax = plot(5.2, 3.2)
    w = np.linspace(0.12, 5, 300)
    low, high = 0.4, 4.2
    middle = (low + high) / 2
    chord = (np.log(low) + np.log(high)) / 2
    ax.plot(w, np.log(w), color=BLUE, linewidth=2)
    ax.plot([low, high], np.log([low, high]), color=ORANGE, linewidth=2)
    ax.plot([low, high], np.log([low, high]), "o", color=INK)
    ax.plot([middle, middle], [chord, np.log(middle)], color=RED, linewidth=2.5)
    ax.annotate("log of the average", (middle, np.log(middle)), (-8, 10), textcoords="offset points",
                ha="right", color=BLUE)  # fmt: skip
    ax.annotate(
        "average of the logs", (middle, chord), (10, -16), textcoords="offset points", color=ORANGE
    )
    ax.annotate(
        "gap", (middle, (chord + np.log(middle)) / 2), (6, 4), textcoords="offset points", color=RED
    )
    ax.set(xlabel="$w$", ylabel="$\\log\\, w$", ylim=(-2.2, 2))
    ax.set_xticks([low, middle, high], ["$w_1$", "average", "$w_2$"])


@drawing("01_elbo")
def prior_posterior() -> None:
    """Draw prior, likelihood, posterior and an approximation q in one dimension."""
    ax = plot(5.6, 3.2)
    z = np.linspace(-3.2, 4.2, 400)
    # x = z + noise of variance 0.5, and x = 2 was seen: the posterior is N(4/3, 1/3).
    mean, spread = 2 / 1.5, np.sqrt(1 / 3)
    ax.plot(z, norm.pdf(z), color=GREY, linewidth=2)
    ax.plot(z, norm.pdf(2, z, np.sqrt(0.5)), color=GREEN, linewidth=2, linestyle=":")
    ax.plot(z, norm.pdf(z, mean, spread), color=BLUE, linewidth=2)
    ax.plot(z, norm.pdf(z, 0.75, 0.75), color=RED, linewidth=2, linestyle="--")
    ax.text(-1.0, 0.33, "prior $p(z)$", ha="right", color=GREY)
    ax.text(2.75, 0.42, "likelihood $p(x|z)$\nas a function of $z$", color=GREEN, va="center")
    ax.text(1.75, 0.64, "posterior $p(z|x)$", color=BLUE)
    ax.text(0.1, 0.52, "some $q(z|x)$", ha="right", color=RED)
    ax.set(xlabel="$z$", ylabel="density", yticks=[], ylim=(0, 0.74))


def _row(ax: Axes, y: float, names: list[tuple[float, str, str]]) -> None:
    """Draw boxes from left to right with arrows between them."""
    for x, text, colour in names:
        box(ax, (x, y), text, colour)
    for (left, _, _), (right, _, _) in itertools.pairwise(names):
        arrow(ax, (left + 0.6, y), (right - 0.6, y))


@drawing("02_vae")
def autoencoder_and_vae() -> None:
    """Draw an autoencoder above a VAE, the same boxes below each other."""
    ax = canvas(8.4, 3.3)
    ax.text(0.15, 3.05, "Autoencoder: a code for each image", color=INK, fontweight="bold")
    _row(ax, 2.5, [(0.85, "image $x$", GREY), (2.45, "encoder", BLUE), (4.15, "code $z$", INK),
                   (5.85, "decoder", GREEN), (7.5, "image $\\hat x$", GREY)])  # fmt: skip
    ax.text(0.15, 1.7, "VAE: a Gaussian for each image, and a sample of it", fontweight="bold")
    _row(
        ax,
        1.15,
        [
            (0.85, "image $x$", GREY),
            (2.45, "encoder", BLUE),
            (4.15, "$\\mu,\\ \\log\\sigma^2$", INK),
        ],
    )
    box(ax, (5.85, 1.15), "$z = \\mu + \\sigma\\varepsilon$", INK, 1.25)
    box(ax, (7.5, 1.15), "decoder", GREEN)
    arrow(ax, (4.75, 1.15), (5.2, 1.15))
    arrow(ax, (6.5, 1.15), (6.9, 1.15))
    arrow(ax, (5.85, 0.42), (5.85, 0.87), colour=RED)
    ax.text(5.85, 0.25, "noise $\\varepsilon \\sim N(0, 1)$", ha="center", color=RED)
    arrow(ax, (4.15, 0.87), (4.15, 0.42), colour=RED)
    ax.text(4.0, 0.25, "KL to $N(0, 1)$", ha="center", color=RED)
    arrow(ax, (7.5, 0.87), (7.5, 0.42))
    ax.text(7.5, 0.25, "image $\\hat x$", ha="center")


@drawing("02_vae")
def effective_beta() -> None:
    """Draw what averages instead of sums do to the two terms of the loss."""
    ax = canvas(7.2, 2.6)
    ax.text(0.15, 2.2, "sums", fontweight="bold")
    box(ax, (2.9, 2.2), "sum over 784 pixels", GREEN, 2.3)
    ax.text(4.35, 2.2, "+", ha="center", va="center", fontsize=14)
    box(ax, (5.8, 2.2), "sum over 20 dimensions", BLUE, 2.4)
    ax.text(0.15, 1.3, "means", fontweight="bold")
    box(ax, (2.9, 1.3), "sum / 784", GREEN, 2.3)
    ax.text(4.35, 1.3, "+", ha="center", va="center", fontsize=14)
    box(ax, (5.8, 1.3), "sum / 20", BLUE, 2.4)
    ax.text(0.15, 0.4, "means times 784", fontweight="bold")
    box(ax, (2.9, 0.4), "sum over 784 pixels", GREEN, 2.3)
    ax.text(4.35, 0.4, "+", ha="center", va="center", fontsize=14)
    box(ax, (5.8, 0.4), "(784 / 20) times the sum", RED, 2.4)


@drawing("03_cvae")
def cvae() -> None:
    """Draw a conditional VAE: y goes to the encoder and to the decoder."""
    ax = canvas(8.4, 2.4)
    box(ax, (0.85, 0.6), "image $x$", GREY)
    box(ax, (2.45, 0.6), "encoder", BLUE)
    box(ax, (4.15, 0.6), "$z = \\mu + \\sigma\\varepsilon$", INK, 1.3)
    box(ax, (5.85, 0.6), "decoder", GREEN)
    box(ax, (7.5, 0.6), "image $\\hat x$", GREY)
    arrow(ax, (1.45, 0.6), (1.85, 0.6))
    arrow(ax, (3.05, 0.6), (3.48, 0.6))
    arrow(ax, (4.82, 0.6), (5.25, 0.6))
    arrow(ax, (6.45, 0.6), (6.9, 0.6))
    box(ax, (4.15, 1.9), "label $y$, one-hot", RED, 1.9)
    arrow(ax, (3.4, 1.62), (2.6, 0.9), colour=RED)
    arrow(ax, (4.9, 1.62), (5.7, 0.9), colour=RED)


@drawing("04_beta_vae")
def rate_distortion_plane() -> None:
    """Draw what no model can reach, the best curve, lines of equal ELBO and the slope."""
    ax = plot(5.8, 3.8)
    rate = np.linspace(0, 10, 300)
    best = 1.2 + 8.3 * np.exp(-rate / 2.6)
    ax.fill_between(rate, 0, best, color="#eaeef2")
    ax.plot(rate, best, color=BLUE, linewidth=2.5)
    ax.text(2.1, 1.6, "no model\ngets here", ha="center", va="center", color=GREY)
    at = 2.6 * np.log(8.3 / 2.6)  # where the slope is -1
    touch = 1.2 + 2.6
    ax.axline((at, touch), slope=-1, color=INK, linestyle="--", linewidth=1)
    ax.plot([at], [touch], "o", color=INK)
    ax.annotate("slope $-1$: $\\beta = 1$,\nthe best negative ELBO $R + D$", (at, touch), (4.7, 5.6),
                arrowprops={"arrowstyle": "->", "color": INK})  # fmt: skip
    steep = 0.9
    ax.plot([steep], [1.2 + 8.3 * np.exp(-steep / 2.6)], "o", color=RED)
    ax.annotate("large $\\beta$:\nshort messages", (steep, 1.2 + 8.3 * np.exp(-steep / 2.6)), (1.6, 8.6),
                color=RED, arrowprops={"arrowstyle": "->", "color": RED})  # fmt: skip
    ax.plot([8.3], [1.2 + 8.3 * np.exp(-8.3 / 2.6)], "o", color=ORANGE)
    ax.annotate("small $\\beta$: towards\nan autoencoder", (8.3, 1.2 + 8.3 * np.exp(-8.3 / 2.6)), (7.2, 3.4),
                color=ORANGE, arrowprops={"arrowstyle": "->", "color": ORANGE})  # fmt: skip
    ax.set(xlabel="rate $R$ (mean KL, nats)", ylabel="distortion $D$ (nats)", xlim=(0, 10), ylim=(0, 10),
           xticks=[0], yticks=[0])  # fmt: skip


@drawing("05_latent_space")
def shell() -> None:
    """Draw the density of the length of a standard normal vector in 2, 20 and 200 dimensions."""
    ax = plot(6.0, 3.0)
    length = np.linspace(0, 18, 250)
    for dimensions, colour in ((2, ORANGE), (20, BLUE), (200, GREEN)):
        density = chi.pdf(length, dimensions)
        ax.plot(length, density, color=colour, linewidth=2)
        ax.fill_between(length, density, color=colour, alpha=0.15)
        peak = float(length[np.argmax(density)])
        ax.text(peak, density.max() + 0.03, f"d = {dimensions}", ha="center", color=colour)
    ax.set(xlabel="length of $z$", ylabel="density", ylim=(0, 0.7), xlim=(0, 18))


@drawing("06_gumbel_vae")
def straight_through() -> None:
    """Draw the forward pass with a hard choice and the backward pass through the soft one."""
    ax = canvas(8.2, 2.6)
    box(ax, (1.0, 1.3), "logits + Gumbel noise", INK, 1.85)
    box(ax, (3.5, 1.3), "softmax(... / T)", BLUE, 1.6)
    box(ax, (5.6, 1.3), "largest entry: 1", ORANGE, 1.6)
    box(ax, (7.35, 1.3), "decoder", GREEN, 1.1)
    for start, end in ((1.95, 2.67), (4.33, 4.77), (6.43, 6.77)):
        arrow(ax, (start, 1.42), (end, 1.42))
    ax.text(4.1, 2.25, "forward: the decoder sees a hard choice, (0, 0, 1, 0)", ha="center")
    arrow(ax, (7.2, 1.0), (3.7, 1.0), colour=RED, dashed=True, bend=-0.22)
    arrow(ax, (2.67, 1.16), (1.95, 1.16), colour=RED, dashed=True)
    ax.text(
        4.6,
        0.2,
        "backward: the gradient passes as if the soft choice had been used",
        ha="center",
        color=RED,
    )


@drawing("06_gumbel_vae")
def joint_model() -> None:
    """Draw the generative model with a class c, a style z and an image x."""
    ax = canvas(6.4, 2.5)
    circle(ax, (1.2, 1.8), "$c$")
    circle(ax, (1.2, 0.65), "$z$")
    circle(ax, (4.4, 1.22), "$x$", filled=True)
    ax.text(0.75, 2.25, "class, one of $K$", color=BLUE)
    ax.text(0.75, 0.1, "style, Gaussian", color=BLUE)
    arrow(ax, (1.52, 1.75), (4.08, 1.32), colour=BLUE)
    arrow(ax, (1.52, 0.7), (4.08, 1.12), colour=BLUE)
    ax.text(2.9, 1.85, "$p(x|z, c)$", color=BLUE, ha="center")
    arrow(ax, (4.4, 1.54), (1.5, 1.95), colour=RED, dashed=True, bend=0.35)
    arrow(ax, (4.4, 0.9), (1.5, 0.5), colour=RED, dashed=True, bend=-0.35)
    ax.text(4.7, 2.25, "$q(c|x)$: Gumbel-softmax", color=RED, ha="center")
    ax.text(4.4, 0.18, "$q(z|x)$: Gaussian", color=RED, ha="center")


@drawing("07_iwae")
def importance_weights() -> None:
    """Draw q, the function p(x, z), and samples of q with their weights p(x, z) / q as heights."""
    _, (above, below) = plt.subplots(
        2, 1, figsize=(5.8, 4.0), sharex=True, layout="constrained", height_ratios=(1.2, 1)
    )
    z = np.linspace(-3, 4.5, 400)

    def joint(z: np.ndarray) -> np.ndarray:
        """Return p(x, z) of a model with two explanations of x."""
        return 0.65 * norm.pdf(z, 0.3, 0.6) + 0.35 * norm.pdf(z, 2.6, 0.45)

    samples = np.array([-0.9, -0.3, 0.1, 0.45, 0.8, 1.2, 1.7, 2.6])
    above.plot(z, joint(z), color=BLUE, linewidth=2)
    above.plot(z, norm.pdf(z, 0.5, 0.9), color=RED, linewidth=2, linestyle="--")
    above.plot(samples, np.zeros_like(samples), "|", color=RED, markersize=12)
    above.text(-0.5, 0.46, "$p(x, z)$", color=BLUE, ha="right")
    above.text(1.25, 0.36, "$q(z|x)$ and its samples", color=RED)
    above.set(yticks=[], ylabel="density", ylim=(0, 0.55))
    weights = joint(samples) / norm.pdf(samples, 0.5, 0.9)
    below.vlines(samples, 0, weights, color=INK, linewidth=2)
    below.plot(samples, weights, "o", color=INK)
    below.text(
        2.45,
        weights.max() * 0.9,
        "one sample in a place\nthat q rarely visits",
        ha="right",
        va="top",
    )
    below.set(xlabel="$z$", ylabel="weight $w = p(x, z)\\, /\\, q$", yticks=[0], ylim=(0, None))
