"""Image data as tensors in memory: scikit-learn's digits (always at hand), MNIST and Fashion-MNIST.

Images are float32 of shape (n, 784) in [0, 1]; labels are int64 of shape (n,).
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from course_utils import downloads, runtime
from course_utils.downloads import DataError as DataError

NAMES = ("digits", "mnist", "fashion_mnist")
FAST_TRAIN, FAST_TEST = 400, 200
ROOT_MARKS = ("pyproject.toml", ".git", "vae_course_learner-*.whl")
CLOTHES = (
    "T-shirt",
    "trousers",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)


@dataclass(frozen=True)
class ImageData:
    """A dataset in the memory of one device.

    Attributes:
        name: The dataset that was loaded: "digits", "mnist" or "fashion_mnist".
        train_x: Training images, float32 in [0, 1], of shape (num_train, 784).
        train_labels: Their classes, int64, of shape (num_train,).
        test_x: Test images, of shape (num_test, 784).
        test_labels: Their classes, of shape (num_test,).
    """

    name: str
    train_x: Tensor
    train_labels: Tensor
    test_x: Tensor
    test_labels: Tensor

    @property
    def class_names(self) -> tuple[str, ...]:
        """A word for each class: the kind of clothing, or the digit itself."""
        return CLOTHES if self.name == "fashion_mnist" else tuple(map(str, range(10)))

    def __repr__(self) -> str:
        return f"ImageData({self.name!r}, train {len(self.train_x)}, test {len(self.test_x)})"


class _Split(NamedTuple):
    """Images (n, 784) and labels (n,) of a training or a test set, on the CPU."""

    images: Tensor
    labels: Tensor


def load(
    name: str = "mnist", *, strict: bool = False, device: torch.device | str | None = None
) -> ImageData:
    """Load a dataset from disk, else from the network, else print one line and load digits instead.

    MNIST and Fashion-MNIST are looked for in `VAE_COURSE_DATA` and in `data/` of this folder and
    of its parents up to the root of the course, then downloaded. `VAE_COURSE_DATASET` overrides
    `name`. Fast mode gives a few hundred digits and never touches the network.

    Args:
        name: "mnist", "fashion_mnist" or "digits".
        strict: Raise instead of falling back to digits.
        device: Where the tensors live; `runtime.device()` when None.

    Returns:
        The data; its `name` says which dataset was loaded.

    Raises:
        ValueError: If the name is unknown.
        DataError: If `strict` and the dataset cannot be had.
    """
    name = _chosen_name(name)
    device = runtime.device() if device is None else device
    if runtime.fast_mode():
        train, test = _digits()
        train, test = _first(train, FAST_TRAIN), _first(test, FAST_TEST)
        return _on_device("digits", train, test, device)
    if name != "digits":
        try:
            return _on_device(name, *_torchvision(name), device)
        except DataError as error:
            if strict:
                raise
            print(f"{error} Using digits (1,797 scanned 8x8 digits) instead.")
    return _on_device("digits", *_digits(), device)


def batches(
    x: Tensor | tuple[Tensor, ...], batch_size: int, generator: torch.Generator | None = None
) -> Iterator:
    """Yield batches that together contain every row once; the last batch may be smaller.

    Args:
        x: Images of shape (n, 784), or a tuple of tensors with n rows each, e.g. (x, labels).
        batch_size: Rows per batch.
        generator: Shuffles with one permutation per call; rows come in order when None.

    Yields:
        Batches of `x`: a tensor for a tensor, a tuple for a tuple.
    """
    tensors = (x,) if isinstance(x, Tensor) else tuple(x)
    num_rows = len(tensors[0])
    order = None
    if generator is not None:
        order = torch.randperm(num_rows, generator=generator, device=generator.device)
        order = order.to(tensors[0].device)
    for start in range(0, num_rows, batch_size):
        rows = slice(start, start + batch_size)
        batch = tuple(t[rows] if order is None else t.index_select(0, order[rows]) for t in tensors)
        yield batch[0] if isinstance(x, Tensor) else batch


def binarize(x: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Return 1 with probability x, else 0, of the dtype and shape of `x`, drawn anew in each call.

    References:
        Salakhutdinov and Murray (2008): the binarised MNIST of published likelihoods.
    """
    where = x.device if generator is None else generator.device
    noise = torch.rand(x.shape, generator=generator, device=where, dtype=x.dtype)
    return (noise.to(x.device) < x).to(x.dtype)


def _chosen_name(name: str) -> str:
    """Return the name in `VAE_COURSE_DATASET` where it is set, else `name`.

    Raises:
        ValueError: If there is no such dataset.
    """
    forced = os.environ.get("VAE_COURSE_DATASET")
    source = f"VAE_COURSE_DATASET={forced!r}" if forced else repr(name)
    if (forced or name) not in NAMES:
        raise ValueError(f"unknown dataset {source}: choose one of {', '.join(NAMES)}")
    return forced or name


def _on_device(name: str, train: _Split, test: _Split, device: torch.device | str) -> ImageData:
    """Return the two splits as ImageData on `device`."""
    return ImageData(name, *(tensor.to(device) for tensor in (*train, *test)))


def _first(split: _Split, num: int) -> _Split:
    """Return the first `num` rows, copied so that the rest can be freed."""
    return _Split(split.images[:num].clone(), split.labels[:num].clone())


def _digits() -> tuple[_Split, _Split]:
    """Return scikit-learn's 1,797 digits at 28x28: 1,500 to train, 297 to test, stratified."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    small = torch.from_numpy(digits.images / 16).float().unsqueeze(1)
    images = F.interpolate(small, size=(28, 28), mode="bilinear", align_corners=False)
    images, labels = images.clamp(0, 1).flatten(1), torch.from_numpy(digits.target).long()
    rows = np.arange(len(labels))
    train, test = train_test_split(rows, test_size=297, stratify=digits.target, random_state=0)
    return _Split(images[train], labels[train]), _Split(images[test], labels[test])


def _torchvision(name: str) -> tuple[_Split, _Split]:
    """Return training and test set of MNIST or Fashion-MNIST from disk, else by download.

    Raises:
        DataError: If neither works; the message says what was tried.
    """
    problems = []
    for root in data_folders():
        try:
            return _read_splits(name, root)
        except FileNotFoundError:
            problems.append(f"not in {root}")
        except DataError as error:
            problems.append(str(error))
    try:
        root = downloads.fetch(name, data_folders())
        return _read_splits(name, root)
    except (DataError, FileNotFoundError) as error:
        problems.append(str(error))
    raise DataError(
        f"{name} could not be loaded ({'; '.join(problems)}): connect to the network or set "
        f"VAE_COURSE_DATA to a folder that holds {downloads.folder(name)}/raw."
    )


def data_folders() -> list[Path]:
    """Return where datasets are looked for: VAE_COURSE_DATA, then data/ here and above.

    The search stops at the root of the course: the first parent that holds pyproject.toml or .git, or, in the
    folder of a class's zip file, the wheel.
    """
    here = Path.cwd()
    parents = [here, *here.parents]
    is_root = [any(any(path.glob(mark)) for mark in ROOT_MARKS) for path in parents]
    searched = parents[: is_root.index(True) + 1] if any(is_root) else [here]
    folders = [path / "data" for path in searched]
    if chosen := os.environ.get("VAE_COURSE_DATA"):
        folders.insert(0, Path(chosen).expanduser())
    return folders


def _read_splits(name: str, root: Path) -> tuple[_Split, _Split]:
    """Read the training and the test set of one dataset below `root`.

    Raises:
        FileNotFoundError: If its folder is not there.
        DataError: If it cannot be read, or its shapes or labels are wrong.
    """
    if not (root / downloads.folder(name)).is_dir():
        raise FileNotFoundError(f"{name} not in {root}")
    try:
        splits = [downloads.dataset_class(name)(root, train=train) for train in (True, False)]
        train, test = (_validated(split.data, split.targets) for split in splits)
        return train, test
    except Exception as error:  # damaged files break torchvision's reader in many ways
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        place = root / downloads.folder(name)
        raise DataError(f"{place} is damaged or incomplete ({reason}), delete it") from error


def _validated(images: Tensor, labels: Tensor) -> _Split:
    """Return uint8 images (n, 28, 28) as float32 rows (n, 784) in [0, 1], with their labels.

    Raises:
        ValueError: If the shapes or labels are wrong.
    """
    if images.shape[1:] != (28, 28) or len(images) != len(labels) or not len(images):
        raise ValueError(f"{tuple(images.shape)} images with {tuple(labels.shape)} labels")
    if labels.min() < 0 or labels.max() > 9:
        raise ValueError(f"labels from {labels.min()} to {labels.max()}, expected 0 to 9")
    return _Split(images.flatten(1).float().div_(255), labels.long())
