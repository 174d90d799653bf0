"""The playground as files for a site: script, style sheet, weights, still pictures, and a page of its own."""

from __future__ import annotations

import io
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import NamedTuple

import matplotlib.image
import numpy as np
import torch
from torch import Tensor

from autograder.authoring.playground import models, weights
from autograder.files import write_atomically

HERE = Path(__file__).parent
SCRIPTS = (
    "network",
    "panels",
    "map",
    "pad",
    "widgets",
)  # in the order in which they need each other


class Widget(NamedTuple):
    """What a page says about a widget.

    Attributes:
        kind: The name of its function in `widgets.js`; its still picture is named after it.
        lesson: The lesson in whose page it stands.
        models: The models that it loads.
        name: Its heading.
        task: One or two sentences: what to try.
        outcome: What one should see; folded.
        still: What the still picture shows, for those who cannot see it.
    """

    kind: str
    lesson: str
    models: list[str]
    name: str
    task: str
    outcome: str
    still: str


WIDGETS = [
    Widget(
        "drawing",
        "02_vae",
        ["map"],
        "Draw a digit, watch q(z|x) move",
        "Draw a digit, or let one be drawn. Then drag the point over the map, or draw z from q.",
        "The mean of q moves with every stroke, and the decoder's picture with it. A clear digit ends among "
        "the codes of its class. The spread is small: the circle in a corner magnifies it "
        "five times. Between two classes the decoder draws something of both.",
        "What the decoder draws over the map of z: neighbours look alike, and one digit turns into the next.",
    ),
    Widget(
        "conditional",
        "03_cvae",
        ["classes"],
        "One z, ten classes",
        "Choose a class, then drag the point. Find out what z still decides when the class is given.",
        "All ten digits change together: slant, width and thickness follow z. The class follows the button. "
        "The middle of the map draws the most usual handwriting.",
        "Four rows of the digits 0 to 9. Each row has one z: its ten digits share slant and thickness.",
    ),
    Widget(
        "priced",
        "04_beta_vae",
        [f"beta_{beta:g}" for beta in models.BETAS],
        "The price of a nat",
        "Move beta, and compare what comes back of your digit with the draws from the prior.",
        "At beta 0.1 your digit comes back well, but most draws are no digits. At 2 and 5 draws look more "
        "like digits, and what comes back is blurred. At 39.2 nothing is sent: all pictures are the same grey.",
        "Five rows of draws from the prior, from beta 0.1 at the top to 39.2 at the bottom, all grey.",
    ),
    Widget(
        "walking",
        "05_latent_space",
        ["map"],
        "Walk through the latent space",
        "Drag the point, and look at the line of pictures. Then leave the rings: what is drawn far out?",
        "Along the line one digit turns into another in small steps. A few codes of test images lie beyond the "
        "third ring, but far from all codes the pictures still look certain. Sharp does not mean right.",
        "What the decoder draws over the map of z: neighbours look alike, and one digit turns into the next.",
    ),
    Widget(
        "relaxed",
        "06_gumbel_vae",
        ["gumbel"],
        "A choice that melts",
        "Move the temperature from low to high. The noise stays, and so does the largest bar of each sample. "
        "Each bar is the weight of a word; below it stands what this word alone draws. The ten words stand in "
        "the order in which the model numbers them, the same in each sample; it has no other meaning.",
        "Cold samples are nearly one word, and the decoder draws what this word stands for. Warm samples mix "
        "words, and the decoder draws a mixture. Temperature never changes which word is the largest. "
        "The model found its words without labels: some digits have two, and some share one.",
        "Three rows of pictures, from warm at the top to cold at the bottom: mixtures become single digits.",
    ),
]


def write_playground(output: Path) -> None:
    """Write script, style sheet, weights, still pictures, and `index.html` with all widgets into a folder.

    Args:
        output: The folder; it is made, and files of the same names are replaced.

    Raises:
        CourseError: If the folder cannot be written, or weights are missing.
    """
    parts = [(HERE / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]
    # One function around all parts: nothing of theirs can meet what else is in the page.
    script = "if (!window.vaePlayground) (() => {\n" + "\n".join(parts) + "})();\n"
    write_atomically(output / "playground.js", script.encode())
    write_atomically(output / "playground.css", (HERE / "playground.css").read_bytes())
    for name in models.names():
        weights.stored(name)  # says which one is missing or damaged
        write_atomically(output / f"{name}.js", (weights.FOLDER / f"{name}.js").read_bytes())
    for kind, draw in STILLS.items():
        write_atomically(output / f"{kind}.png", _png(draw()))
    write_atomically(output / "index.html", _index().encode())


def snippet(lesson: str, base: str = "_static/playground") -> str:
    """Return HTML to put into the page of a lesson.

    Args:
        lesson: Name of the lesson, as in 02_vae.
        base: Where the page finds the folder that `write_playground` wrote.

    Returns:
        The lesson's widgets with the style and script that they need; empty where there are none.
    """
    found = "\n".join(_section(widget, base) for widget in WIDGETS if widget.lesson == lesson)
    return f"{found}\n{_needed(base)}" if found else ""


def _needed(base: str) -> str:
    return (
        f'<link rel="stylesheet" href="{escape(base)}/playground.css">\n'
        f'<script src="{escape(base)}/playground.js" defer></script>'
    )


def _section(widget: Widget, base: str) -> str:
    title = f"playground-{widget.kind}"
    return f"""\
<section class="vae-playground" data-widget="{widget.kind}" data-models="{" ".join(widget.models)}"
  aria-labelledby="{title}">
<p class="pg-name" id="{title}">{escape(widget.name)}</p>
<p class="pg-try">{escape(widget.task)}</p>
<div class="pg-stage">
<img class="pg-still pg-ink dark-light" src="{escape(base)}/{widget.kind}.png" alt="{escape(widget.still)}">
<noscript><p>A still picture: with JavaScript you can try it yourself.</p></noscript>
</div>
<details><summary>What you should see</summary><p>{escape(widget.outcome)}</p></details>
</section>"""


def _index() -> str:
    """Return a page of its own with all widgets."""
    sections = "\n".join(_section(widget, ".") for widget in WIDGETS)
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Latent playground</title>
<link rel="icon" href="data:,">
<style>
  :root {{ color-scheme: light dark; }}
  body {{ max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem; font-family: system-ui, sans-serif; }}
  h1 {{ font-weight: 600; margin-bottom: 0.25rem; }}
</style>
{_needed(".")}
</head>
<body>
<main>
<h1>Latent playground</h1>
<p>Small variational autoencoders that run in this page. Nothing is sent anywhere.</p>
{sections}
</main>
</body>
</html>
"""


# ------------------------------------------------------------------------------- still pictures


def _decoded(name: str, codes: Tensor) -> np.ndarray:
    """Return what a stored decoder draws for codes (rows, columns, inputs), tiled into one picture."""
    with torch.no_grad():
        x = weights.stored(name).networks["decoder"](codes).sigmoid()
    rows, columns = codes.shape[:2]
    return x.reshape(rows, columns, 28, 28).transpose(1, 2).reshape(28 * rows, 28 * columns).numpy()


def _still_map() -> np.ndarray:
    across, down = torch.linspace(-2.8, 2.8, 17), torch.linspace(2, -2, 7)
    rows, columns = torch.meshgrid(down, across, indexing="ij")
    return _decoded("map", torch.stack([columns, rows], dim=2))


def _still_classes() -> np.ndarray:
    z = torch.tensor([[0.0, 0.0], [1.3, 0.0], [-1.3, 0.0], [0.0, 1.3]])
    y = torch.eye(10)
    return _decoded("classes", torch.cat([z[:, None].expand(4, 10, 2), y.expand(4, 10, 10)], 2))


def _still_betas() -> np.ndarray:
    z = torch.randn(1, 12, models.BETA_LATENT, generator=torch.Generator().manual_seed(0))
    return np.concatenate([_decoded(f"beta_{beta:g}", z) for beta in models.BETAS])


def _still_words() -> np.ndarray:
    latent_dim = weights.stored("gumbel").facts["latent_dim"]
    uniform = torch.rand(12, 10, generator=torch.Generator().manual_seed(0)).clamp(min=1e-9)
    noise = -(-uniform.log()).log()
    c = torch.stack([(noise / temperature).softmax(dim=1) for temperature in (3.0, 0.67, 0.1)])
    return _decoded("gumbel", torch.cat([torch.zeros(3, 12, latent_dim), c], dim=2))


STILLS: dict[str, Callable[[], np.ndarray]] = {
    "drawing": _still_map,
    "walking": _still_map,
    "conditional": _still_classes,
    "priced": _still_betas,
    "relaxed": _still_words,
}


def _png(opacity: np.ndarray) -> bytes:
    """Return black ink of this opacity as a PNG file; the style sheet makes it white on a dark page."""
    pixels = np.zeros((*opacity.shape, 4))
    pixels[..., 3] = (15 * opacity).round() / 15  # sixteen levels keep the file small
    file = io.BytesIO()
    matplotlib.image.imsave(file, pixels, format="png")
    return file.getvalue()
