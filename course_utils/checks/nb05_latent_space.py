"""Visible checks of lesson 05. They accept either sign of a PCA axis, and of a t-SNE see only coarse facts."""

import itertools
from functools import partial

import numpy as np
import torch
from torch import Tensor

from course_utils.checks.core import Check, progress_of
from course_utils.checks.observations import plain_float
from course_utils.toy import WatchedVAE

LESSON = "05_latent_space"
latent_grid = Check(LESSON, "latent_grid")
interpolate = Check(LESSON, "interpolate")
slerp = Check(LESSON, "slerp")
latent_traversal = Check(LESSON, "latent_traversal")
offset_walk = Check(LESSON, "offset_walk")
embed_2d = Check(LESSON, "embed_2d")
knn_accuracy = Check(LESSON, "knn_accuracy")
progress = partial(progress_of, LESSON)


def _shape(value: Tensor) -> Tensor:
    return torch.tensor(value.shape)


def _same(before: Tensor, after: Tensor) -> float:
    return float(torch.equal(before, after.detach()))


def _is_default(plain, given) -> float:
    """Return whether what an argument's default gives is what its value gives."""
    if not (isinstance(plain, Tensor) and isinstance(given, Tensor)):
        return float(isinstance(plain, Tensor) == isinstance(given, Tensor))
    plain, given = plain.detach(), given.detach()
    return float(plain.shape == given.shape and torch.allclose(plain, given, equal_nan=True))


@latent_grid.observe
def _(student, draw):
    points = student(3)
    yield "the shape of latent_grid(3)", _shape(points)
    yield "whether the default coverage is 0.95", _is_default(points, student(3, 0.95))
    yield "latent_grid(3, 0.95)", student(3, 0.95)
    yield "latent_grid(4, coverage=0.5)", student(4, coverage=0.5)
    yield "latent_grid(2, 0.99)", student(2, 0.99)


@interpolate.observe
def _(student, draw):
    z_start, z_end = draw(3), draw(3) + 1
    kept = z_start.clone(), z_end.clone()
    points = student(z_start, z_end, 5)
    yield "the number of points", len(points)
    yield "five points between two codes", points
    for name, before, after in zip(("z_start", "z_end"), kept, (z_start, z_end), strict=True):
        yield f"whether {name} is unchanged", _same(before, after)
    yield "the shortest path", student(*kept, 2)
    yield "a path in float64", student(kept[0].double(), kept[1].double(), 3)


@slerp.observe
def _(student, draw):
    z_start, z_end = draw(3), draw(3) + 1
    kept = z_start.clone(), z_end.clone()
    points = student(z_start, z_end, 5)
    yield "the number of points", len(points)
    yield "five points between two codes", points
    for name, before, after in zip(("z_start", "z_end"), kept, (z_start, z_end), strict=True):
        yield f"whether {name} is unchanged", _same(before, after)
    flat = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 2.0])
    yield "a quarter of a circle of radius 2", student(*flat, 4)
    unit = torch.tensor([1.0, 0.0]), torch.tensor([-0.8, 0.6])
    yield "an arc of a circle of radius 1", student(*unit, 4)
    near = torch.tensor([1.0, 0.0]), torch.tensor([0.25]).cos().repeat(2)
    near[1][1] = torch.tensor(0.25).sin()
    yield "an arc of a quarter of a radian", student(*near, 3)
    yield "a path in float64", student(kept[0].double(), kept[1].double(), 3)
    yield from _parallel(student, draw)


def _parallel(student, draw):
    """Yield whether ends of one direction are joined by the straight line.

    Whether a wrong formula gives NaN depends on rounding, so that many ends are tried.
    """
    finite, straight = True, True
    for number in range(120):
        size = (3, 7, 20)[number % 3]
        z, factor = (1 + number % 5) * draw(size), (1.0, 3.0)[number % 2]
        path = student(z, factor * z, 3).detach()
        expected = torch.stack([z, (1 + factor) / 2 * z, factor * z])
        finite &= bool(torch.isfinite(path).all())
        straight &= path.shape == (3, size) and torch.allclose(path.float(), expected, 1e-3, 1e-3)
    yield "whether paths between parallel ends are free of NaN", float(finite)
    yield "whether they are straight", float(finite and straight)


def _decoder(model: WatchedVAE, draw) -> WatchedVAE:
    """Give a model weights with which its first pixels show all of z, and codes of moderate size; return it."""
    d = model.latent_dim
    with torch.no_grad():
        model.decoder.weight.zero_()
        model.decoder.weight[:d] = 0.5 * torch.eye(d)
        model.decoder.bias.copy_(0.2 * draw(784))
        model.encoder.weight.copy_(0.06 * draw(2 * d, 784))
        model.encoder.bias.copy_(torch.tensor([0.5] * d + [2.0] * d))
    return model


def _walk(student, model: WatchedVAE, *arguments):
    """Yield the images of a function that decodes a row of codes, and in what state it leaves the model."""
    bias = model.decoder.bias
    for training in (True, False):
        bias.grad = torch.ones_like(bias)
        images = student(model.train(training), *arguments)
        yield f"whether the model is in training mode, where it was {training}", model.training
    kept = bias.grad is not None and bool((bias.grad == 1).all())
    yield "whether the gradients of the model are kept", float(kept)
    bias.grad = None
    yield "whether the images carry a graph", float(images.requires_grad)
    yield "whether gradients are still recorded", float(torch.is_grad_enabled())
    yield "whether the model still learns", float(next(model.parameters()).requires_grad)
    yield "the shape of the images", _shape(images)
    yield "the first pixels", images.detach()[:, :5]
    yield "the last pixels", images.detach()[:, -3:]


@latent_traversal.observe
def _(student, draw):
    model = _decoder(WatchedVAE(784, 3), draw)
    z, values = draw(3), 2 * draw(4)
    kept, kept_values = z.clone(), values.clone()
    yield from _walk(student, model, z, 1, values)
    yield "whether z is unchanged", _same(kept, z)
    yield "whether the values are unchanged", _same(kept_values, values)
    z = kept.clone()
    yield "the first dimension, one value", student(model, z, 0, kept_values[:1]).detach()[:, :3]
    last = student(model, kept.clone(), 2, kept_values).detach()
    yield "the last dimension", last[:, :3]
    wide = student(model.double(), kept.double(), 2, kept_values.double()).detach()
    yield "images in float64", wide[:, :3]


@offset_walk.observe
def _(student, draw):
    model = _decoder(WatchedVAE(784, 3), draw)
    x, offsets = draw.uniform(784), 2 * draw(4)
    with torch.no_grad():
        noise = [student(model, x.clone(), offsets.clone()).detach() for _ in range(2)]
        yield "whether two walks are equal", float(torch.equal(*noise))
        model.encoder.weight[3:] = 0
        model.encoder.bias[3:] = -20
        narrow = student(model, x.clone(), offsets.clone()).detach()
        yield "whether the variance of q matters", not torch.allclose(narrow, noise[0], 1e-3, 1e-3)
        here = student(model, x.clone(), torch.zeros(1)).detach()
        shift = model.decoder.weight @ torch.full((3,), 8.0)
        model.decoder.bias -= shift
        there = student(model, x.clone(), torch.full((1,), 8.0)).detach()
        model.decoder.bias += shift
        same = here.shape == there.shape and torch.allclose(here, there, 1e-3, 1e-3)
    yield "whether a code far from the prior is decoded as it is", float(same)
    kept, kept_offsets = x.clone(), offsets.clone()
    yield from _walk(student, model, x, offsets)
    yield "whether x is unchanged", _same(kept, x)
    yield "whether the offsets are unchanged", _same(kept_offsets, offsets)
    single = student(model, kept.clone(), torch.zeros(1)).detach()
    yield "a walk with one offset of 0", single[:, :3]
    wide = student(model.double(), kept.double(), kept_offsets.double()).detach()
    yield "images in float64", wide[:, :3]


def _is_linear(codes: np.ndarray, embedding: np.ndarray) -> float:
    """Return 1.0 if an embedding of codes, both (n, ...), is an affine function of them up to rounding."""
    if embedding.shape[:1] != codes.shape[:1]:
        return 0.0
    design = np.hstack([codes, np.ones((len(codes), 1))])
    left = embedding - design @ np.linalg.lstsq(design, embedding, rcond=None)[0]
    return float((left**2).sum() < 1e-7 * (embedding**2).sum())


def _coordinates(codes, embedding):
    """Yield the shape of an embedding and, of a linear one, the sizes of the coordinates.

    The signs of a PCA are arbitrary, and the coordinates of a t-SNE depend on rounding.
    """
    map_2d = np.asarray(embedding, dtype=np.float64)
    yield "the shape of the map", _shape(torch.as_tensor(map_2d))
    linear = _is_linear(codes, map_2d)
    yield "whether the PCA is linear", linear
    if linear:
        values = torch.as_tensor(map_2d)
        yield "the sizes of the coordinates", values.abs(), 2e-3
        yield "the means of the coordinates", values.mean(dim=0).abs(), 2e-3


@embed_2d.observe
def _(student, draw):
    latents = draw(12, 4) * torch.tensor([0.3, 1.0, 4.0, 2.0]) + 3
    given = latents.numpy().copy()
    embedding = yield from _map(student, given, "pca", "PCA", "Pca")
    yield "whether the map of an array is an array", float(type(embedding) is np.ndarray)
    plain = embedding.detach() if isinstance(embedding, Tensor) else embedding
    yield from _coordinates(latents.numpy(), plain)
    yield "whether the codes are unchanged", float((given == latents.numpy()).all())
    for tensor in (latents.clone(), latents.clone().requires_grad_()):
        embedding = student(tensor, "pca")
        yield "whether the map of a tensor is an array", float(type(embedding) is np.ndarray)
    for method in ("umap", "mds", "kernel_pca", "p"):
        yield f"whether {method!r} is a ValueError", _is_refused(student, latents, method)
    few = latents[:9]
    others = "t-SNE", "t-sne", "TSNE", "tSNE", "t_sne", "T-SNE", "sne"
    embedding = yield from _map(student, few.numpy(), "tsne", *others)
    map_2d = np.asarray(embedding, dtype=np.float64)
    yield "the shape of the t-SNE of 9 codes", torch.tensor(map_2d.shape)
    yield "whether it is finite", float(np.isfinite(map_2d).all())
    smallest = np.asarray(student(few[:5].numpy(), "tsne"), dtype=np.float64)
    yield "the shape of the t-SNE of 5 codes", torch.tensor(smallest.shape)
    yield "whether t-SNE is linear", _is_linear(few.numpy(), map_2d)
    # Eight clusters at the corners of a box: seen along its two longest edges, there are only four.
    corners = torch.tensor(list(itertools.product((-24.0, 24.0), (-21.0, 21.0), (-14.0, 14.0))))
    codes, cluster = (
        corners.repeat_interleave(5, 0) + draw(40, 3),
        torch.arange(8).repeat_interleave(5),
    )
    map_2d = torch.as_tensor(np.asarray(student(codes.numpy(), "tsne"), dtype=np.float64))
    gaps = torch.cdist(map_2d, map_2d).fill_diagonal_(torch.inf)
    kept = (cluster[gaps.argmin(1)] == cluster).double().mean()
    yield "whether neighbours stay neighbours in t-SNE", float(kept > 0.8)


def _is_refused(student, latents: Tensor | np.ndarray, method: str) -> float:
    """Return 1.0 if an unknown method is a ValueError, 0.5 if it gives None, else 0.0."""
    try:
        embedding = student(latents, method)
    except ValueError:
        return 1.0
    return 0.5 if embedding is None else 0.0


def _map(student, codes: np.ndarray, method: str, *others: str):
    """Yield whether a method is a ValueError where another spelling of it is none; return the map."""
    what = f"whether another spelling than {method!r} is asked for"
    try:
        embedding = student(codes, method)
    except ValueError:
        yield what, float(any(_is_refused(student, codes, other) < 1 for other in others))
        raise
    yield what, 0.0
    return embedding


def _unrounded(student, draw):
    """Return a function without rounding, for 1, 4 or 16 test points, and whether the given one rounds."""
    seven = draw(7, 2), torch.ones(7).long(), draw(7, 2), torch.tensor([1, 1, 1, 0, 0, 0, 0])
    score = student(*seven, 3)
    if not isinstance(score, float):
        return student, False
    off, digits = abs(score - 3 / 7), abs(1e4 * score - round(1e4 * score))
    if not (1e-6 < off < 0.006 and digits < 1e-6):
        return student, False
    return lambda *sets, **k: round(16 * student(*sets, **k)) / 16, True


@knn_accuracy.observe
def _(student, draw):
    student, rounded = _unrounded(student, draw)
    yield "whether the accuracy is free of rounding", float(not rounded)
    # As many test points as training points, so that exchanged roles are no error; two classes, so no ties.
    for _ in range(3):
        sets = draw(16, 2), (draw.uniform(16) < 0.5).long(), draw(16, 2), (draw.uniform(16) < 0.5)
        score = student(*sets[:3], sets[3].long(), 3)
        yield "sixteen test points among sixteen training points", plain_float(score)
    ray = torch.arange(1.0, 12.0)[:, None] * torch.tensor([[0.6, 0.8]])
    labels = torch.tensor([1, 0, 1, 0, 0, 1, 1, 2, 2, 2, 2])
    origin, far = torch.zeros(1, 2), torch.tensor([[-6.0, -8.0]])
    truths = [torch.tensor([label]) for label in range(3)]
    same = [
        float(student(ray, labels, origin, truth))
        == float(student(ray, labels, origin, truth, k=5))
        for truth in truths
    ]
    yield "whether the default k is 5", float(all(same))
    for label, truth in enumerate(truths):
        for what, point in (("k = 5", origin), ("k = 5 from afar", far)):
            score = student(ray, labels, point, truth, k=5)
            yield f"{what}, class {label}", plain_float(score)
        for k in (1, 3, 7, 9):
            score = student(ray, labels, origin, truth, k=k)
            yield f"k = {k}, class {label}", plain_float(score)
    spread = torch.tensor([8, 0, 9, 0, 5])
    for label in (0, 4, 5, 8):
        score = student(ray[:5].flip(0), spread.flip(0), origin, torch.tensor([label]))
        yield f"five neighbours of four classes, class {label}", plain_float(score)
    # Here the nearest in Euclidean distance is another point than by angle, by one coordinate, or by the sum or
    # the maximum of the differences.
    around = [[5.0, 0.1], [0.0, 1.6], [1.3, 1.3], [-0.7, 0.0], [9.0, 9.0]]
    apart = [[-19.0, 1.0], [-18.3, 0.0], [1.2, -18.8], [0.0, -18.4]]
    train_z = torch.tensor(around + apart)
    train_labels = torch.tensor([3, 2, 5, 1, 8, 6, 7, 4, 9])
    for point in ([1.0, 0.0], [0.1, 0.1], [9.0, 7.0], [-20.0, 0.0], [0.0, -20.0]):
        for label in train_labels.tolist():
            truth = torch.tensor([label])
            score = student(train_z, train_labels, torch.tensor([point]), truth, k=1)
            yield f"the nearest to {point}, class {label}", plain_float(score)
    uneven = torch.tensor([[0.0, 1.0], [0.0, -1.0], [9.0, 0.2], [-9.0, -0.2]])
    for label in (3, 6):
        point, truth = torch.tensor([[6.0, 1.0]]), torch.tensor([label])
        score = student(uneven.clone(), torch.tensor([3, 6, 6, 3]), point, truth, k=1)
        yield f"the nearest where the axes differ in spread, class {label}", plain_float(score)
    truth = torch.tensor([5, 8, 8, 1])
    test_z = torch.tensor([[1.2, 1.5], [8.0, 9.0], [-1.0, 0.5], [5.2, 0.0]])
    kept = test_z.clone()
    score = student(train_z, train_labels, test_z, truth, 1)
    yield "the fraction of right answers", plain_float(score)
    yield "whether the codes are unchanged", _same(kept, test_z)
