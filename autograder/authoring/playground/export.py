"""Train the playground's models and keep their weights: the one command, `vae-course weights`."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

import torch

from autograder.authoring.playground import models, weights
from autograder.errors import CourseError
from autograder.files import write_atomically
from course_utils import data
from course_utils.models import linear_layer

NUM_CHECKED = 1000  # codes from the prior on which the rounding of weights is measured


class Written(NamedTuple):
    """A written file, and the largest change of a pixel probability that rounding its weights caused."""

    path: Path
    rounding: float


def write_weights(
    names: list[str] | None = None, folder: Path = weights.FOLDER
) -> Iterator[Written]:
    """Train models on MNIST and write their files, each as soon as it is trained.

    Args:
        names: Models to train; all when None.
        folder: Where the files are written.

    Yields:
        Each file, with what rounding costs.

    Raises:
        CourseError: If a name is unknown, or MNIST cannot be had.
    """
    chosen = [_known(name) for name in names or models.names()]
    images = _mnist()
    for name in chosen:
        trained = models.train(name, images)
        path = folder / f"{name}.js"
        write_atomically(path, weights.packed(name, trained.networks, trained.facts))
        yield Written(path, _rounding(name, trained, folder))


def _known(name: str) -> str:
    if name in models.names():
        return name
    near = get_close_matches(name, models.names()) or models.names()
    raise CourseError(f"There is no model {name!r} in the playground. There is {', '.join(near)}.")


def _mnist() -> data.ImageData:
    """Return MNIST, and nothing else in its place.

    Raises:
        CourseError: If it cannot be had, or a variable asks for something else.
    """
    try:
        images = data.load("mnist", strict=True)
    except (data.DataError, ValueError) as error:
        raise CourseError(f"The playground's models learn from MNIST: {error}") from None
    if images.name != "mnist":
        raise CourseError(
            f"The playground's models learn from MNIST, but {images.name} was loaded: "
            "unset VAE_COURSE_FAST and VAE_COURSE_DATASET."
        )
    return images


def _rounding(name: str, trained: models.Trained, folder: Path) -> float:
    """Return the largest change of a pixel, for codes from the prior and classes in turn."""
    before, after = trained.networks["decoder"], weights.stored(name, folder).networks["decoder"]
    inputs = torch.randn(
        NUM_CHECKED, linear_layer(after, 0).in_features, generator=torch.Generator().manual_seed(0)
    )
    if name in {"classes", "gumbel"}:
        inputs[:, -10:] = torch.eye(10).repeat(NUM_CHECKED // 10, 1)
    return weights.rounding(before.cpu(), after, inputs)
