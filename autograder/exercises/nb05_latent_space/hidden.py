"""Hidden tests of lesson 05: grids, paths, traversals, maps and neighbours of a latent space.

Oracles: torch.distributions and plane geometry in float64, linear VAEs whose images have a closed form, an
SVD, and neighbours counted one by one. Only t-SNE is random. It is asserted that two clusters 20 standard
deviations apart stay apart: the mean distance within a cluster may be at most 0.6 of that between clusters.
Over 84 runs with other perplexities, starts and algorithms the largest ratio was 0.23.
"""

import copy
import itertools
import math
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Normal

from autograder.exercises.criteria import (
    HiddenTest,
    assert_array,
    assert_close,
    assert_float,
    assert_shape,
    assert_tensor,
    randn,
    uniform,
)
from course_utils.models import MLPVAE
from course_utils.toy import WatchedVAE

# --------------------------------------------------------------------------------------- latent_grid

grade_latent_grid = HiddenTest("latent_grid")


def quantiles_of(num_steps: int, coverage: float) -> Tensor:
    """Return rising standard normal quantiles, (num_steps,), at evenly spaced probabilities, in float64."""
    step = torch.arange(num_steps, dtype=torch.float64) / (num_steps - 1)
    return Normal(torch.tensor(0.0, dtype=torch.float64), 1.0).icdf(0.5 + coverage * (step - 0.5))


def assert_axes(points: Any, num_steps: int, coverage: float) -> None:
    """Assert that each axis holds every quantile num_steps times, in any order."""
    what = f"latent_grid({num_steps}, coverage={coverage:g})"
    assert_shape(points, (num_steps**2, 2), what)
    expected = quantiles_of(num_steps, coverage).float().repeat_interleave(num_steps)
    for axis, name in enumerate(("first", "second")):
        values = points[:, axis].sort().values
        assert_close(values, expected, f"the {name} coordinates of {what}", atol=1e-4)


@grade_latent_grid.criterion("quantiles", points=2)
def grid_quantiles(student, reference, generator):
    """Each axis runs through normal quantiles evenly spaced in probability; coverage is 0.95 by default."""
    for num_steps in (2, 3, *torch.randint(6, 40, (2,), generator=generator).tolist()):
        assert_axes(student(num_steps), num_steps, 0.95)


@grade_latent_grid.criterion("coverage", points=1)
def grid_coverage(student, reference, generator):
    """The middle `coverage` of the probability of each axis is covered."""
    some = round(0.3 + 0.6 * float(uniform(generator, 1)), 3)
    for num_steps, coverage in ((5, 0.5), (4, 0.99), (7, some)):
        assert_axes(student(num_steps, coverage), num_steps, coverage)


@grade_latent_grid.criterion("order", points=1)
def grid_order(student, reference, generator):
    """Rows run from top to bottom, each from left to right."""
    for num_steps in (2, int(torch.randint(4, 30, (), generator=generator))):
        points = student(num_steps)
        assert_shape(points, (num_steps**2, 2), f"latent_grid({num_steps})")
        assert bool(torch.isfinite(points).all()), "the grid holds NaN or infinite values"
        grid = points.detach().double().reshape(num_steps, num_steps, 2)
        right, down = grid.diff(dim=1), grid.diff(dim=0)
        assert bool((right[..., 0] > 1e-3).all() and (right[..., 1].abs() < 1e-5).all()), (
            "along a row of the picture only the first coordinate should change, and grow"
        )
        assert bool((down[..., 1] < -1e-3).all() and (down[..., 0].abs() < 1e-5).all()), (
            "down a column of the picture only the second coordinate should change, and fall"
        )


# --------------------------------------------------------------------------------------- interpolate

grade_interpolate = HiddenTest("interpolate")


def assert_ends(student: Any, z_start: Tensor, z_end: Tensor, num_steps: int, name: str) -> None:
    """Assert that a path has num_steps points, the first and last of which are the given ones."""
    points = student(z_start.clone(), z_end.clone(), num_steps)
    assert_shape(points, (num_steps, len(z_start)), f"{name} with num_steps = {num_steps}")
    tolerance = 1e-5 * float(torch.cat([z_start, z_end]).abs().max())
    assert_close(points[0], z_start, f"the first point of {name}", rtol=0, atol=tolerance)
    assert_close(points[-1], z_end, f"the last point of {name}", rtol=0, atol=tolerance)


@grade_interpolate.criterion("end points", points=1)
def line_ends(student, reference, generator):
    """num_steps points, both ends among them."""
    for num_steps, latent_dim, scale in ((2, 3, 1.0), (3, 1, 5.0), (6, 20, 0.3)):
        z_start, z_end = scale * randn(generator, 2, latent_dim)
        assert_ends(student, z_start, z_end, num_steps, "interpolate")


@grade_interpolate.criterion("straight line", points=2, changes=True)
def straight_line(student, reference, generator):
    """Points lie evenly on the straight line; dtype kept, arguments unchanged."""
    for num_steps, latent_dim in ((3, 1), (5, 4), (11, 20)):
        for dtype in (torch.float32, torch.float64):
            z_start, z_end = (2 * randn(generator, 2, latent_dim) + 0.5).to(dtype)
            kept = z_start.clone(), z_end.clone()
            points = student(z_start, z_end, num_steps)
            share = torch.arange(num_steps, dtype=torch.float64) / (num_steps - 1)
            expected = torch.outer(1 - share, kept[0].double()) + torch.outer(
                share, kept[1].double()
            )
            # The tolerance in float64 accepts weights that were computed in float32.
            exact = 1e-5 if dtype == torch.float32 else 2e-6
            what = f"interpolate with num_steps = {num_steps}, {dtype}"
            assert_close(points, expected.to(dtype), what, rtol=exact, atol=exact)
            assert all(map(torch.equal, kept, (z_start, z_end))), "interpolate changed an end point"


# --------------------------------------------------------------------------------------------- slerp

grade_slerp = HiddenTest("slerp")


def plane(generator: torch.Generator, latent_dim: int) -> tuple[Tensor, Tensor]:
    """Return two random orthonormal vectors, (latent_dim,), in float64."""
    basis = torch.linalg.qr(randn(generator, latent_dim, 2).double()).Q
    return basis[:, 0], basis[:, 1]


def two_ends(generator: torch.Generator, latent_dim: int, angle: float, *lengths: float) -> Tensor:
    """Return two vectors, (2, latent_dim), of the given lengths and angle in radians, in float64."""
    e_1, e_2 = plane(generator, latent_dim)
    start = lengths[0] * e_1
    return torch.stack([start, lengths[1] * (math.cos(angle) * e_1 + math.sin(angle) * e_2)])


@grade_slerp.criterion("end points", points=1)
def slerp_ends(student, reference, generator):
    """num_steps points, both ends among them, whatever their lengths."""
    for num_steps, latent_dim, scales in ((2, 3, (1, 1)), (3, 2, (4, 0.5)), (6, 20, (0.3, 2.0))):
        z_start, z_end = two_ends(generator, latent_dim, 1.0, *scales).float()
        assert_ends(student, z_start, z_end, num_steps, "slerp")


@grade_slerp.criterion("arc", points=2, changes=True)
def slerp_arc(student, reference, generator):
    """Between vectors of equal length the path is an arc of a circle, walked at an even pace."""
    for latent_dim, num_steps, angle, length in (
        (2, 5, 0.7, 1.0),
        (20, 4, 1.6, 4.5),
        (3, 7, 2.6, 0.6),
        (8, 3, 0.25, 11.0),
    ):
        e_1, e_2 = plane(generator, latent_dim)
        angles = angle * torch.arange(num_steps, dtype=torch.float64) / (num_steps - 1)
        arc = length * (torch.outer(angles.cos(), e_1) + torch.outer(angles.sin(), e_2))
        for dtype, exact in ((torch.float32, 1e-4), (torch.float64, 2e-5)):
            ends = arc[0].to(dtype), arc[-1].to(dtype)
            kept = ends[0].clone(), ends[1].clone()
            points = student(*ends, num_steps)
            what = f"slerp over an angle of {angle:g} at length {length:g}, {dtype},"
            assert_close(points, arc.to(dtype), what, rtol=exact, atol=exact * length)
            assert all(map(torch.equal, kept, ends)), "slerp changed an end point"


@grade_slerp.criterion("lengths", points=1)
def slerp_lengths(student, reference, generator):
    """The angle is that between the directions; the weights multiply the vectors with their lengths."""
    for latent_dim, num_steps, angle, lengths in (
        (2, 5, 1.2, (1.0, 3.0)),
        (20, 4, 2.0, (5.0, 0.5)),
        (6, 6, 0.4, (0.2, 0.7)),
    ):
        ends = two_ends(generator, latent_dim, angle, *lengths)
        share = torch.arange(num_steps, dtype=torch.float64) / (num_steps - 1)
        # slerp is (sin((1 - t) angle) z_start + sin(t angle) z_end) / sin(angle), with t from 0 to 1.
        expected = torch.outer(((1 - share) * angle).sin(), ends[0])
        expected = (expected + torch.outer((share * angle).sin(), ends[1])) / math.sin(angle)
        points = student(*ends.float(), num_steps)
        what = f"slerp between vectors of lengths {lengths[0]:g} and {lengths[1]:g}"
        assert_close(points, expected.float(), what, rtol=2e-4, atol=2e-4 * max(lengths))


@grade_slerp.criterion("parallel ends", points=1)
def slerp_parallel(student, reference, generator):
    """Ends with the same direction are joined by the straight line, without NaN."""
    num_steps = 5
    share = torch.arange(num_steps, dtype=torch.float64) / (num_steps - 1)
    for trial in range(24):
        z_start = (0.5 + 3 * uniform(generator, 1)) * randn(generator, (2, 3, 20)[trial % 3])
        dtype = (torch.float32, torch.float64)[trial % 2]
        z_start = z_start.to(dtype)
        factor = (1.0, 3.0, 0.25, 1 + 1e-6)[trial // 6]
        z_end = z_start * factor
        expected = torch.outer(1 + share * (factor - 1), z_start.double()).to(dtype)
        what = f"slerp from z to {factor:g} z"
        assert_close(student(z_start, z_end, num_steps), expected, what, rtol=1e-3, atol=1e-4)


# ---------------------------------------------------------------------------------- latent_traversal

grade_latent_traversal = HiddenTest("latent_traversal")


EDGE = 1e-4  # nearer to 0 or 1 than this, a float32 probability does not determine its logit well


def exact_images(model: WatchedVAE, z: Tensor) -> Tensor:
    """Return the exact probabilities of a linear decoder, (batch, 784), in float64."""
    weight, bias = (p.detach().double() for p in (model.decoder.weight, model.decoder.bias))
    return (z.double() @ weight.T + bias).sigmoid()


def logits_of(images: Any, shape: tuple[int, ...], what: str) -> Tensor:
    """Return the logits of images in float64; assert that the images are finite and have this shape.

    Images that are logits are accepted: another criterion asserts that they are probabilities.
    """
    assert_shape(images, shape, what)
    images = images.detach().double()
    assert bool(torch.isfinite(images).all()), f"{what} hold NaN or infinite values"
    is_logits = bool((images < 0).any() or (images > 1).any())
    largest = math.log(1 / EDGE - 1)
    return images.clamp(-largest, largest) if is_logits else torch.logit(images, eps=EDGE)


def walk_model(latent_dim: int, seed: int) -> WatchedVAE:
    """Return a linear VAE with 784 pixels and logits of moderate size."""
    return WatchedVAE(input_dim=784, latent_dim=latent_dim, seed=seed, scale=0.4)


def rows_with(z: Tensor, dimension: int, values: Tensor) -> Tensor:
    """Return z once per value, (values, latent_dim), with one dimension set to the value."""
    rows = [torch.cat([z[:dimension], value[None], z[dimension + 1 :]]) for value in values]
    return torch.stack(rows)


@grade_latent_traversal.criterion("dimension", points=2)
def traversed_dimension(student, reference, generator):
    """One row per value, in order: that dimension is set to it, the others stay those of z."""
    for seed, dimension, num in ((0, 0, 5), (1, 3, 1), (2, 2, 8)):
        model, z = walk_model(4, seed), randn(generator, 4)
        values = 1.5 * randn(generator, num)
        images = student(model, z.clone(), dimension, values.clone())
        what = f"images of a traversal of dimension {dimension} of 4 with {num} values"
        expected = torch.logit(exact_images(model, rows_with(z, dimension, values)), eps=EDGE)
        logits = logits_of(images, (num, 784), what)
        assert_close(logits, expected, f"the logits of the {what}", rtol=2e-3, atol=2e-3)


@grade_latent_traversal.criterion("probabilities", points=1)
def traversed_probabilities(student, reference, generator):
    """Rows are probabilities: the sigmoid of the decoder's logits."""
    model = MLPVAE(784, (12,), 3)
    with torch.no_grad():
        model.decoder[0].weight.zero_()  # every z gives the same image
        model.decoder[-1].bias.copy_(3 * randn(generator, 784))
        expected = model.decode(torch.zeros(6, 3)).sigmoid()
    images = student(model, randn(generator, 3), 1, randn(generator, 6))
    assert_close(images, expected, "images of a decoder that ignores z")


@grade_latent_traversal.criterion("z unchanged", points=1, changes=True)
def z_unchanged(student, reference, generator):
    """z is not written to, and a second traversal starts from it again."""
    model, z, values = walk_model(3, 5), randn(generator, 3), randn(generator, 4)
    kept, kept_values = z.clone(), values.clone()
    for dimension in (1, 2):
        assert_shape(student(model, z, dimension, values), (4, 784), "the images")
        assert torch.equal(z, kept), "latent_traversal changed z"
        assert torch.equal(values, kept_values), "latent_traversal changed values"


def assert_no_trace(model: Any, call: Any, name: str) -> None:
    """Assert, in both modes, that a call returns images without a graph and leaves the model as it was."""
    before = copy.deepcopy(model.state_dict())
    for training in (True, False):
        model.train(training)
        images = call()
        assert_tensor(images, "the images")
        assert images.ndim == 2, "one row per image"
        assert not images.requires_grad, "the images carry a graph"
        mode = "training" if training else "evaluation"
        assert {m.training for m in model.modules()} == {training}, (
            f"{name} took the model out of {mode} mode"
        )
    for key, parameter in model.named_parameters():
        assert torch.equal(parameter.detach(), before[key]), f"{name} changed the parameters"
        assert parameter.grad is None, f"{name} left gradients behind"
        assert parameter.requires_grad, f"{name} froze the parameters"
    assert torch.is_grad_enabled(), f"{name} switched gradients off for the rest of the program"


@grade_latent_traversal.criterion("no trace", points=1, changes=True)
def traversal_leaves_no_trace(student, reference, generator):
    """No graph, also for a z that has one; mode and parameters as before; double precision works."""
    model = walk_model(3, 6)
    z, values = randn(generator, 3), randn(generator, 4).sort().values
    assert_no_trace(model, lambda: student(model, z, 0, values), "latent_traversal")
    assert_no_trace(
        model, lambda: student(model, z.clone().requires_grad_(), 0, values), "latent_traversal"
    )
    model, z, values = model.double(), z.double(), values.double()
    expected = exact_images(model, rows_with(z, 1, values))
    assert_close(student(model, z, 1, values).detach(), expected, "images in float64", atol=2e-3)


# --------------------------------------------------------------------------------------- offset_walk

grade_offset_walk = HiddenTest("offset_walk")


def set_encoder(model: WatchedVAE, generator: torch.Generator, log_var: float) -> None:
    """Set an encoder whose means are about standard normal and whose log_var is the same for all images."""
    d = model.latent_dim
    with torch.no_grad():
        model.encoder.weight.copy_(0.06 * randn(generator, 2 * d, 784))
        model.encoder.weight[d:] = 0
        model.encoder.bias[d:] = log_var


def code_of(model: WatchedVAE, x: Tensor) -> Tensor:
    """Return the exact mu(x) in float64."""
    d = model.latent_dim
    weight, bias = (p.detach().double() for p in (model.encoder.weight, model.encoder.bias))
    return x.double() @ weight[:d].T + bias[:d]


@grade_offset_walk.criterion("offsets", points=2, changes=True)
def walked_offsets(student, reference, generator):
    """One row per offset, in order: every dimension of the code is moved by it."""
    for seed, latent_dim, num in ((0, 3, 5), (1, 1, 1), (2, 6, 4)):
        model, x = walk_model(latent_dim, seed), uniform(generator, 784)
        # With so little noise a sample is accepted: another criterion tells it from mu.
        set_encoder(model, generator, -20.0)
        offsets = 1.5 * randn(generator, num)
        kept = x.clone(), offsets.clone()
        images = student(model, x, offsets)
        what = f"images of a walk with {num} offsets in {latent_dim} dimensions"
        expected = exact_images(model, code_of(model, kept[0]) + kept[1][:, None].double())
        logits = logits_of(images, (num, 784), what)
        expected = torch.logit(expected, eps=EDGE)
        assert_close(logits, expected, f"the logits of the {what}", rtol=3e-3, atol=3e-3)
        assert all(map(torch.equal, kept, (x, offsets))), "offset_walk changed an argument"


@grade_offset_walk.criterion("mean code", points=1)
def walks_from_the_mean(student, reference, generator):
    """The walk starts at mu(x), not at a sample of q."""
    model, x = walk_model(3, 3), uniform(generator, 784)
    set_encoder(model, generator, 0.0)
    images = student(model, x, torch.zeros(3))
    expected = torch.logit(exact_images(model, code_of(model, x)).repeat(3, 1), eps=EDGE)
    logits = logits_of(images, (3, 784), "images at offset 0")
    assert_close(logits, expected, "the logits of mu(x)", rtol=3e-3, atol=3e-3)


@grade_offset_walk.criterion("probabilities", points=1)
def walked_probabilities(student, reference, generator):
    """Rows are probabilities: the sigmoid of the decoder's logits."""
    model = MLPVAE(784, (12,), 3)
    with torch.no_grad():
        model.decoder[0].weight.zero_()  # every z gives the same image
        model.decoder[-1].bias.copy_(3 * randn(generator, 784))
        expected = model.decode(torch.zeros(6, 3)).sigmoid()
    images = student(model, uniform(generator, 784), randn(generator, 6))
    assert_close(images, expected, "images of a decoder that ignores z")


@grade_offset_walk.criterion("no trace", points=1, changes=True)
def walk_leaves_no_trace(student, reference, generator):
    """No graph; mode and parameters as before; double precision works."""
    model, x, offsets = walk_model(3, 6), uniform(generator, 784), randn(generator, 4)
    set_encoder(model, generator, -30.0)
    assert_no_trace(model, lambda: student(model, x, offsets), "offset_walk")
    model, x, offsets = model.double(), x.double(), offsets.double()
    expected = exact_images(model, code_of(model, x) + offsets[:, None])
    assert_close(student(model, x, offsets).detach(), expected, "images in float64", atol=2e-3)


# ------------------------------------------------------------------------------------------ embed_2d

grade_embed_2d = HiddenTest("embed_2d")


def as_float64(embedding: Any, num: int, what: str) -> np.ndarray:
    """Return an embedding as float64; a tensor is accepted, another criterion asserts that it is an array."""
    if isinstance(embedding, Tensor):
        embedding = embedding.detach().double().numpy()
    return assert_array(embedding, (num, 2), what)


def principal(latents: np.ndarray) -> np.ndarray:
    """Return coordinates, (rows, 2), on the first two principal directions, by an SVD; signs are arbitrary."""
    centred = latents.astype(np.float64) - latents.astype(np.float64).mean(axis=0)
    left, scale, _ = np.linalg.svd(centred, full_matrices=False)
    return left[:, :2] * scale[:2]


@grade_embed_2d.criterion("pca", points=2)
def pca_embedding(student, reference, generator):
    """Coordinates along the two directions of largest variance, from the mean, signs arbitrary."""
    for num, latent_dim in ((40, 6), (9, 20), (25, 3)):
        # Clearly different variances along rotated axes, with a mean far from the origin.
        spread = 3.0 * 0.6 ** torch.arange(latent_dim)
        rotation = torch.linalg.qr(randn(generator, latent_dim, latent_dim)).Q
        latents = (randn(generator, num, latent_dim) * spread) @ rotation + 4 * randn(generator, 1)
        expected = principal(latents.numpy())
        what = f"the PCA of {num} codes of {latent_dim} dimensions"
        for given in (latents.numpy(), latents.double().numpy()):
            actual = as_float64(student(given.copy(), "pca"), num, what)
            for axis in (0, 1):
                column, right = actual[:, axis], expected[:, axis]
                gap = min(np.abs(column - right).max(), np.abs(column + right).max())
                name = ("first", "second")[axis]
                assert gap < 1e-3 * np.abs(expected).max(), (
                    f"{what}: the {name} coordinate is off by up to {gap:.3g}, whatever its sign"
                )


def is_affine(latents: np.ndarray, embedding: np.ndarray) -> bool:
    """Return whether the embedding is an affine function of the latents, as PCA is and t-SNE is not."""
    design = np.hstack([latents, np.ones((len(latents), 1))]).astype(np.float64)
    solution, *_ = np.linalg.lstsq(design, embedding, rcond=None)
    left = embedding - design @ solution
    return bool((left**2).sum() < 1e-7 * ((embedding - embedding.mean(axis=0)) ** 2).sum())


@grade_embed_2d.criterion("tsne", points=1)
def tsne_embedding(student, reference, generator):
    """t-SNE keeps clusters apart, also along directions that PCA drops, and works on a few codes."""
    few = randn(generator, 5, 3).numpy()
    as_float64(student(few, "tsne"), 5, "the t-SNE of 5 codes")
    # 16 clusters of 5 at the corners of a box: seen along its two longest edges, there are only four. With any
    # perplexity up to 50 all nearest neighbours are of the same cluster; in a PCA at most a third are.
    num = 80
    cluster = torch.arange(16).repeat_interleave(5)[torch.randperm(num, generator=generator)]
    corners = torch.tensor(list(itertools.product((-1.0, 1.0), repeat=4)))
    latents = (corners * torch.tensor([16.0, 14.0, 9.0, 8.0]))[cluster]
    latents = latents + randn(generator, num, 4)
    embedding = as_float64(student(latents, "tsne"), num, f"the t-SNE of {num} codes")
    assert not is_affine(latents.numpy(), embedding), (
        'the embedding of "tsne" is a linear function of the codes'
    )
    points, same = torch.from_numpy(embedding), cluster[:, None] == cluster
    distances = torch.cdist(points, points)
    within, between = distances[same].mean(), distances[~same].mean()
    assert float(within) < 0.6 * float(between), "t-SNE should keep far clusters apart"
    nearest = distances.fill_diagonal_(torch.inf).argmin(1)
    kept = (cluster[nearest] == cluster).double().mean()
    assert float(kept) > 0.7, "t-SNE should not lay clusters on top of each other, as a PCA does"


@grade_embed_2d.criterion("arguments", points=1, changes=True)
def embedding_arguments(student, reference, generator):
    """Tensor or array in, float array out, codes unchanged; another method is a ValueError."""
    latents = 2 * randn(generator, 12, 3)
    for given in (latents, latents.double(), latents.clone().requires_grad_(), latents.numpy()):
        kept = given.copy() if isinstance(given, np.ndarray) else given.detach().clone()
        what = f"the embedding of {'an array' if isinstance(given, np.ndarray) else 'a tensor'}"
        assert_array(student(given, "pca"), (12, 2), what)
        after = given if isinstance(given, np.ndarray) else given.detach()
        assert bool((after == kept).all()), "embed_2d changed the codes"
    assert_array(student(latents[:6], "tsne"), (6, 2), "the t-SNE of a tensor")
    for method in ("umap", "kernel_pca", "tsne_3d"):
        try:
            student(latents, method)
        except ValueError:
            continue
        raise AssertionError(f"the unknown method {method!r} should be a ValueError")


# -------------------------------------------------------------------------------------- knn_accuracy

grade_knn_accuracy = HiddenTest("knn_accuracy")


def is_hit(score: Any) -> bool:
    """Return whether the score of one test point says "right"; other criteria assert type and scale."""
    scalar = isinstance(score, Tensor) and score.numel() == 1
    assert scalar or isinstance(score, int | float | np.number), (
        f"knn_accuracy should return a number, got {type(score).__name__}"
    )
    score = float(score)
    assert math.isfinite(score), "the accuracy is NaN or infinite"
    return score > 0.5


def clear_votes(
    train_z: Tensor, train_labels: Tensor, test_z: Tensor, k: int
) -> tuple[Tensor, Tensor]:
    """Return indices of the test points without a tie in votes or distances, and the classes they get."""
    chosen, winners = [], []
    for index, point in enumerate(test_z.double()):
        distances = (train_z.double() - point).square().sum(1).sqrt()
        ranked, order = distances.sort()
        votes = torch.bincount(train_labels[order[:k]], minlength=10).sort(descending=True)
        apart = ranked[k] - ranked[k - 1] > 0.01 * ranked[k] + 0.01
        if apart and votes.values[0] > votes.values[1]:
            chosen.append(index)
            winners.append(int(votes.indices[0]))
    return torch.tensor(chosen, dtype=torch.long), torch.tensor(winners, dtype=torch.long)


@grade_knn_accuracy.criterion("vote", points=2)
def majority_vote(student, reference, generator):
    """The class that most of the five neighbours have wins, however near the others are."""
    # Groups of five points, far apart: the five neighbours of a group's centre are its own points.
    votes = [(1, 4, 1, 7, 9), (0, 8, 8, 8, 0), (3, 3, 6, 3, 9), (9, 0, 9, 2, 5), (2, 2, 5, 5, 2)]
    winners = (1, 8, 3, 9, 2)
    angles = 2 * math.pi * (torch.arange(5) / 5 + float(uniform(generator, 1)))
    centers = 10 * torch.stack([angles.cos(), angles.sin()], dim=1)
    # The points of other classes than the winner are the nearest.
    order = [(1, 3, 4, 0, 2), (0, 4, 1, 2, 3), (2, 4, 0, 1, 3), (1, 3, 4, 0, 2), (2, 3, 0, 1, 4)]
    radius = torch.tensor([0.02, 0.06, 0.2, 0.3, 0.4])
    points, labels = [], []
    for center, vote, row in zip(centers, votes, order, strict=True):
        direction = torch.nn.functional.normalize(randn(generator, 5, 2), dim=1)
        points.append(center + radius[:, None] * direction)
        labels += [vote[i] for i in row]
    # A sixth point has the winner's class. Further points are near only by another distance than the
    # Euclidean: by angle, by the first coordinate, or by differences that are added up with their signs.
    offsets = torch.tensor(
        [[0.0, 4.1], [0.0, -4.2], [0.0, 4.3], [3.0, -3.0], [-3.1, 3.1], [3.2, -3.2]]
    )
    for center, winner in zip(centers, winners, strict=True):
        points += [center[None] + torch.tensor([0.0, 2.0]), center + offsets]
        points.append(center * torch.tensor([[0.6], [1.4], [1.45]]))
        labels += [winner] + 9 * [(winner + 4) % 10]
    shuffle = torch.randperm(len(labels), generator=generator)
    train_z, train_labels = torch.cat(points)[shuffle], torch.tensor(labels)[shuffle]
    for center, winner in zip(centers, winners, strict=True):
        for label in (winner, (winner + 4) % 10, 0, 5):
            truth = torch.tensor([label])
            hit = is_hit(student(train_z, train_labels, center[None], truth))
            assert hit == (label == winner), "a test point got another class than its neighbours'"


@grade_knn_accuracy.criterion("distance", points=1)
def euclidean_neighbours(student, reference, generator):
    """The nearest training point in Euclidean distance decides where k is 1."""
    train_z = randn(generator, 40, 3) * torch.tensor([1.0, 0.3, 2.0]) + torch.tensor([1.0, 0.5, 0])
    train_labels = torch.randint(4, (40,), generator=generator) * 3  # 0, 3, 6, 9
    # Some test points equal training points. These are neighbours too: their distance is 0.
    test_z = torch.cat([train_z[:5], 1.3 * randn(generator, 60, 3)])
    chosen, winners = clear_votes(train_z, train_labels, test_z, 1)
    for number, (index, winner) in enumerate(zip(chosen, winners, strict=True)):
        right = number % 3 > 0
        truth = winner if right else (winner + 3) % 12
        hit = is_hit(student(train_z, train_labels, test_z[index][None], truth[None].clone(), 1))
        assert hit == right, "a test point got another class than its Euclidean neighbour's"


@grade_knn_accuracy.criterion("k", points=1)
def number_of_neighbours(student, reference, generator):
    """k neighbours vote, five by default."""
    # On a ray the order of the neighbours is known, so the winner shows how many points voted.
    train_z = torch.arange(1.0, 12.0)[:, None] * torch.tensor([[0.6, 0.8]])
    train_labels = torch.tensor([1, 0, 1, 0, 0, 1, 1, 2, 2, 2, 2])
    origin = torch.zeros(1, 2)
    shuffle = torch.randperm(11, generator=generator)
    train_z, train_labels = train_z[shuffle], train_labels[shuffle]
    for k, winner in ((None, 0), (1, 1), (3, 1), (5, 0), (7, 1), (9, 1)):
        given, name = ({}, "the default k") if k is None else ({"k": k}, f"k = {k}")
        for label in range(3):
            score = student(train_z, train_labels, origin, torch.tensor([label]), **given)
            assert is_hit(score) == (label == winner), f"another number of points voted at {name}"


@grade_knn_accuracy.criterion("fraction", points=1, changes=True)
def fraction_of_test_points(student, reference, generator):
    """A float between 0 and 1: right test points over all test points; arguments unchanged."""
    for num_train, num_test, dtype in ((60, 23, torch.float32), (30, 70, torch.float64)):
        train_z, test_z = (
            randn(generator, num_train, 4).to(dtype),
            randn(generator, 90, 4).to(dtype),
        )
        train_labels = torch.randint(3, (num_train,), generator=generator)
        chosen, winners = clear_votes(train_z, train_labels, test_z, 3)
        chosen, winners = chosen[:num_test], winners[:num_test]
        labels = torch.where(uniform(generator, len(winners)) < 0.7, winners, (winners + 1) % 3)
        arguments = [train_z, train_labels, test_z[chosen], labels]
        kept = [t.clone() for t in arguments]
        score = assert_float(student(*arguments, k=3), "the accuracy")
        gap = abs(score - float((labels == winners).double().mean()))
        assert gap < 1e-5, f"the accuracy is off by {gap:.3g}"
        assert all(map(torch.equal, arguments, kept)), "knn_accuracy changed an argument"
