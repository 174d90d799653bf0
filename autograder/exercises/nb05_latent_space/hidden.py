"""Hidden tests of lesson 05: grids, paths, traversals, maps and neighbours of a latent space.

Oracles: the normal distribution and plane geometry in float64, an SVD, neighbours counted one by one, and the
learner's own pictures of codes that should look the same. So a mistake costs one criterion where it can.
Only t-SNE is random. It is asserted that two clusters 20 standard deviations apart stay apart: the mean
distance within a cluster may be at most 0.6 of that between clusters. Over 84 runs with other perplexities,
starts and algorithms the largest ratio was 0.23.
"""

import copy
import itertools
import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from autograder.exercises.criteria import (
    HiddenTest,
    assert_answers,
    assert_array,
    assert_close,
    assert_float,
    assert_shape,
    assert_tensor,
    drawn,
    in_drawn_order,
    randn,
    uniform,
)
from autograder.exercises.models import assert_gradients_kept, give_gradient
from course_utils.models import MLPVAE, linear_layer
from course_utils.toy import WatchedVAE

# ----------------------------------------------------------------------------------- lenient readers


def rows_of(value: Any, width: int, what: str) -> Tensor:
    """Return a result as float64 rows, (n, width).

    A list, an array, another dtype, layout or number of rows is accepted: one criterion of each exercise asks
    for these, so that they cost no point in the others.
    """
    if isinstance(value, list | tuple):
        value = torch.stack([torch.as_tensor(v) for v in value])
    if type(value) is np.ndarray:
        value = torch.from_numpy(value)
    assert_tensor(value, what)
    value = value.detach().double()
    if value.ndim == 2 and value.shape[0] == width != value.shape[1]:
        value = value.T
    assert value.numel() > 0, f"{what} is empty"
    assert value.numel() % width == 0, (
        f"{what} should hold rows of {width} numbers, got shape {tuple(value.shape)}"
    )
    return value.reshape(-1, width)


def is_even(values: Tensor, exact: float) -> bool:
    """Return whether numbers, (n,), rise or fall in equal steps that are not 0, up to `exact`."""
    steps = values.diff()
    step = float(steps.mean()) if len(steps) else 0.0
    return abs(step) > 2 * exact and bool(((steps - step).abs() <= 2 * exact).all())


# --------------------------------------------------------------------------------------- latent_grid

grade_latent_grid = HiddenTest("latent_grid")


def axes_of(points: Any, what: str) -> list[Tensor]:
    """Return the rising numbers that occur on both axes of a grid, each (side,), in float64.

    The side is that of the grid that was returned: whether it is num_steps is the matter of another criterion.
    """
    rows = rows_of(points, 2, what)
    side = math.isqrt(len(rows))
    assert side**2 == len(rows), f"{what} holds {len(rows)} points, which is no square"
    found = [column.sort().values.reshape(side, side) for column in rows.T]
    for values, name in zip(found, ("first", "second"), strict=True):
        assert bool((values[:, 0] >= values[:, -1] - 1e-4).all()), (
            f"the {name} coordinates of {what} are no {side} numbers, each of which occurs {side} times"
        )
    return [values[:, 0] for values in found]


@grade_latent_grid.criterion("shape", points=1)
def grid_shape(student, reference, generator):
    """num_steps**2 points of two coordinates, float32."""
    for num_steps in (2, 3, int(torch.randint(4, 30, (), generator=generator))):
        points, what = student(num_steps), f"latent_grid({num_steps})"
        assert_shape(points, (num_steps**2, 2), what)
        assert points.dtype == torch.float32, f"{what} should be float32, got {points.dtype}"
        assert len(points.unique(dim=0)) > 1, f"all points of {what} are the same"
    assert torch.equal(student(5), student(5)), "two calls with the same arguments differ"


@grade_latent_grid.criterion("quantiles", points=1)
def grid_quantiles(student, reference, generator):
    """Each axis runs through normal quantiles that are evenly spaced in probability."""
    sizes = torch.randint(6, 30, (2,), generator=generator).tolist()
    for num_steps, coverage in ((3, 0.95), (sizes[0], 0.95), (sizes[1], 0.8)):
        what = f"latent_grid({num_steps}, coverage={coverage:g})"
        for axis in axes_of(student(num_steps, coverage), what):
            assert is_even(torch.special.ndtr(axis), 2e-5), (
                f"the coordinates of {what} are not evenly spaced in probability"
            )


@grade_latent_grid.criterion("coverage", points=1)
def grid_coverage(student, reference, generator):
    """Each axis covers the middle `coverage` of the probability, 0.95 by default."""
    some = round(0.3 + 0.6 * float(uniform(generator, 1)), 3)
    for num_steps, *given in ((5, 0.5), (4, 0.99), (7, some), (6,)):
        coverage = given[0] if given else 0.95
        what = f"latent_grid({num_steps}, coverage={coverage:g})"
        edge = float(torch.special.ndtri(torch.tensor((1 + coverage) / 2, dtype=torch.float64)))
        for axis in axes_of(student(num_steps, *given), what):
            gap = max(abs(float(axis[0]) + edge), abs(float(axis[-1]) - edge))
            assert gap < 1e-3, f"the outermost coordinates of {what} are off by {gap:.3g}"


@grade_latent_grid.criterion("order", points=1)
def grid_order(student, reference, generator):
    """Rows run from top to bottom, each from left to right."""
    for num_steps in (2, int(torch.randint(4, 30, (), generator=generator))):
        points = rows_of(student(num_steps), 2, f"latent_grid({num_steps})")
        side = math.isqrt(len(points))
        assert side**2 == len(points), f"{len(points)} points are no square"
        points = points.nan_to_num(posinf=1e3, neginf=-1e3)  # how wide it is, is charged elsewhere
        grid = points.reshape(side, side, 2)
        right, down = grid.diff(dim=1), grid.diff(dim=0)
        assert right.numel() > 0, f"latent_grid({num_steps}) is a single point"
        assert bool((right[..., 0] > 1e-3).all() and (right[..., 1].abs() < 1e-5).all()), (
            "along a row of the picture only the first coordinate should change, and grow"
        )
        assert bool((down[..., 1] < -1e-3).all() and (down[..., 0].abs() < 1e-5).all()), (
            "down a column of the picture only the second coordinate should change, and fall"
        )


# --------------------------------------------------------------------------------------- interpolate

grade_interpolate = HiddenTest("interpolate")


def assert_points(student: Any, z_start: Tensor, z_end: Tensor, num_steps: int, name: str) -> None:
    """Assert that a path is a tensor of num_steps codes in the dtype of the ends, and changes neither."""
    kept = z_start.clone(), z_end.clone()
    points = student(z_start, z_end, num_steps)
    what = f"{name} with num_steps = {num_steps}"
    assert_shape(points, (num_steps, len(z_start)), what)
    assert points.dtype == z_start.dtype, (
        f"{what} should have the dtype of the codes, {z_start.dtype}, got {points.dtype}"
    )
    assert all(map(torch.equal, kept, (z_start, z_end))), f"{name} changed an end point"


def assert_ends(student: Any, z_start: Tensor, z_end: Tensor, num_steps: int, name: str) -> None:
    """Assert that the first and the last point of a path are the given ones."""
    points = rows_of(student(z_start.clone(), z_end.clone(), num_steps), len(z_start), name)
    tolerance = 2e-5 * float(torch.cat([z_start, z_end]).abs().max())
    for point, end, which in ((points[0], z_start, "first"), (points[-1], z_end, "last")):
        gap = float((point - end.double()).abs().max())
        assert gap <= tolerance, f"the {which} point of {name} is off by up to {gap:.3g}"


@grade_interpolate.criterion("points", points=1, changes=True)
def line_points(student, reference, generator):
    """A tensor of num_steps codes in the dtype of the codes, which stay as they are."""
    for num_steps, latent_dim in ((2, 3), (3, 1), (6, 20)):
        for dtype in (torch.float32, torch.float64):
            z_start, z_end = randn(generator, 2, latent_dim).to(dtype)
            assert_points(student, z_start, z_end, num_steps, "interpolate")
    one, other = ((*randn(generator, 2, 4), 5) for _ in range(2))
    assert_answers(student, one, other, "interpolate", "its ends")


@grade_interpolate.criterion("end points", points=1)
def line_ends(student, reference, generator):
    """The path begins at the one code and ends at the other."""
    for num_steps, latent_dim, scale in ((2, 3, 1.0), (3, 2, 5.0), (6, 20, 0.3)):
        z_start, z_end = scale * randn(generator, 2, latent_dim)
        assert_ends(student, z_start, z_end, num_steps, "interpolate")


@grade_interpolate.criterion("straight line", points=1)
def straight_line(student, reference, generator):
    """Points lie evenly on the straight line through both codes."""
    for num_steps, latent_dim in ((5, 4), (11, 20)):
        z_start, z_end = (2 * randn(generator, 2, latent_dim) + 0.5).double()
        for dtype in (torch.float32, torch.float64):
            what = f"interpolate with num_steps = {num_steps}, {dtype},"
            points = student(z_start.to(dtype), z_end.to(dtype), num_steps)
            points, way = rows_of(points, latent_dim, what) - z_start, z_end - z_start
            share = points @ way / way.square().sum()
            # Both tolerances accept weights that were computed in float32.
            off = float((points - share[:, None] * way).abs().max())
            assert off < 1e-4, f"{what} leaves the straight line by up to {off:.3g}"
            assert is_even(share, 1e-5), f"the points of {what} are not evenly spaced"


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


def mixed(points: Any, ends: Tensor, what: str) -> Tensor:
    """Return for each point where the same mix of the ends' directions lies, (n, 2), in float64.

    A point a z_start + b z_end is taken apart into a and b. The directions of z_start and z_end lie on a
    circle of radius 1, at the angles 0 and theta. For slerp a times the one plus b times the other is on that
    circle too, at an angle between.
    """
    rows = rows_of(points, ends.shape[1], what)
    assert bool(torch.isfinite(rows).all()), f"{what} holds NaN or infinite values"
    weights = torch.linalg.lstsq(ends.T, rows.T).solution
    off = float((weights.T @ ends - rows).abs().max())
    assert off < 1e-3 * float(ends.abs().max()), f"{what} leaves the plane of the ends by {off:.3g}"
    cosine = torch.nn.functional.cosine_similarity(ends[0], ends[1], dim=0)
    sine = (1 - cosine.square()).sqrt()
    return torch.stack([weights[0] + weights[1] * cosine, weights[1] * sine], dim=1)


@grade_slerp.criterion("end points", points=1.25, changes=True)
def slerp_ends(student, reference, generator):
    """A tensor of num_steps codes in the dtype of the ends, which are the first and last and do not change."""
    for num_steps, latent_dim, scales in ((2, 3, (1, 1)), (3, 2, (4, 0.5)), (6, 20, (0.3, 2.0))):
        ends = two_ends(generator, latent_dim, 1.0, *scales)
        for dtype in (torch.float32, torch.float64):
            assert_points(student, *ends.to(dtype), num_steps, "slerp")
        assert_ends(student, *ends.float(), num_steps, "slerp")


@grade_slerp.criterion("arc", points=1.25)
def slerp_arc(student, reference, generator):
    """Between vectors of equal length the path turns at an even pace."""
    for latent_dim, num_steps, angle, length in (
        (2, 5, 0.7, 1.0),
        (20, 4, 1.6, 4.5),
        (3, 7, 2.6, 0.6),
        (8, 4, 0.25, 11.0),
    ):
        ends = two_ends(generator, latent_dim, angle, length, length)
        for dtype in (torch.float32, torch.float64):
            what = f"slerp over an angle of {angle:g} at length {length:g}, {dtype},"
            mix = mixed(student(*ends.to(dtype), num_steps), ends, what)
            turned = torch.atan2(mix[:, 1], mix[:, 0])
            beyond = max(-float(turned.min()), float(turned.max()) - angle)
            assert beyond < 1e-2, f"{what} does not stay between its ends"
            assert is_even(turned, 2e-4), f"{what} does not turn at an even pace"


@grade_slerp.criterion("lengths", points=1.25)
def slerp_lengths(student, reference, generator):
    """The angle is that between the directions; the weights multiply the vectors with their lengths."""
    for latent_dim, num_steps, angle, lengths in (
        (2, 5, 1.2, (1.0, 3.0)),
        (20, 4, 2.0, (5.0, 0.5)),
        (6, 6, 0.4, (0.2, 0.7)),
        (5, 4, 1.0, (2.0, 2.0)),
        (4, 5, 0.12, (1.5, 2.0)),  # the straight line would be shorter by 0.2 percent in the middle
    ):
        ends = two_ends(generator, latent_dim, angle, *lengths)
        what = f"slerp between vectors of lengths {lengths[0]:g} and {lengths[1]:g}"
        mix = mixed(student(*ends.float(), num_steps), ends, what)
        off = float((mix.norm(dim=1) - 1).abs().max())
        assert off < 1e-3, f"the weights of {what} are wrong: off by up to {off:.3g} in size"


@grade_slerp.criterion("parallel ends", points=1.25)
def slerp_parallel(student, reference, generator):
    """Ends with the same direction are joined by the straight line, without NaN.

    Compared with the learner's own path between ends of nearly the same direction: wrong weights are charged
    elsewhere.
    """
    one, other = ((z, 1.5 * z, 5) for z in randn(generator, 2, 4))
    assert_answers(student, one, other, "slerp", "its ends")
    for trial in range(24):
        z, other = plane(generator, (2, 3, 20)[trial % 3])
        length = 1.5 + 3 * float(uniform(generator, 1))
        z, near = length * z, length * (math.cos(0.03) * z + math.sin(0.03) * other)
        dtype, factor = (torch.float32, torch.float64)[trial % 2], (1, 3, 2, 1 + 1e-6)[trial // 6]
        what = f"slerp from z to {factor:g} z"
        points, beside = (
            rows_of(student(z.to(dtype), (factor * end).to(dtype), 5), len(z), what)
            for end in (z, near)
        )
        assert bool(torch.isfinite(points).all()), f"{what} holds NaN or infinite values"
        along = torch.outer(points @ z, z) / length**2
        off = float((points - along).abs().max())
        assert off < 1e-3, f"{what} leaves the straight line by {off:.3g}"
        assert points.shape == beside.shape, (
            f"{what} has another number of points than slerp to other ends"
        )
        gap = float((points - beside).abs().max())
        assert gap < 0.1 * factor * length, (
            f"{what} is far, by {gap:.3g}, from the path to an end of nearly the same direction"
        )


# ---------------------------------------------------------------------------------- latent_traversal

grade_latent_traversal = HiddenTest("latent_traversal")


def walk_model(latent_dim: int, seed: int) -> WatchedVAE:
    """Return a linear VAE with 784 pixels and logits of moderate size."""
    return WatchedVAE(input_dim=784, latent_dim=latent_dim, seed=seed, scale=0.4)


def differ(ours: Tensor, theirs: Tensor) -> bool:
    """Return whether two tables of images differ by more than rounding, in more than one pixel of a hundred.

    Rounding may turn over a few pixels, where somebody makes them black and white.
    """
    if ours.shape != theirs.shape:
        return True
    off = (ours - theirs).abs() > 1e-4 + 1e-3 * theirs.abs()
    return float((off | ours.isnan()).double().mean()) > 0.01


@grade_latent_traversal.criterion("dimension", points=1.25)
def traversed_dimension(student, reference, generator):
    """One row per value, in order: that dimension is set to it, the others stay those of z.

    Each row is compared with the learner's own picture of the code that it should show, in which another
    dimension is set to what it is. So it does not matter here what is made of the decoder's logits.
    """
    for seed, dimension, num in ((0, 0, 4), (1, 3, 1), (2, 2, 5)):
        model, z = walk_model(4, seed), randn(generator, 4)
        values = 1.5 * randn(generator, num)
        what = f"images of a traversal of dimension {dimension} of 4 with {num} values"
        images = rows_of(student(model, z.clone(), dimension, values.clone()), 784, what)
        assert len(images) == num, f"{what} have {len(images)} rows"
        other, codes = (dimension + 1) % 4, z.repeat(num, 1)
        codes[:, dimension] = values
        alone = [student(model, code.clone(), other, code[other][None].clone()) for code in codes]
        expected = torch.cat([rows_of(image, 784, "the image of one code") for image in alone])
        assert not differ(images, expected), f"{what} are not those of the codes asked for"
        assert num == 1 or differ(images[:1], images[1:2]), f"{what} are all the same"


def blind_model(generator: torch.Generator, num: int) -> tuple[MLPVAE, Tensor]:
    """Return a model that makes the same picture of every code, and that picture `num` times, (num, 784)."""
    model = MLPVAE(784, (12,), 3)
    with torch.no_grad():
        linear_layer(model.decoder, 0).weight.zero_()
        linear_layer(model.decoder, -1).bias.copy_(3 * randn(generator, 784))
        return model, model.decode(torch.zeros(num, 3)).sigmoid()


@grade_latent_traversal.criterion("probabilities", points=1.25)
def traversed_probabilities(student, reference, generator):
    """One row of 784 probabilities per value, the sigmoid of the decoder's logits, in the dtype of z."""
    model, expected = blind_model(generator, 6)
    images = student(model, randn(generator, 3), 1, randn(generator, 6))
    assert_close(images, expected, "images of a decoder that ignores z")
    z, values = randn(generator, 3).double(), randn(generator, 6).double()
    images = student(model.double(), z, 1, values)
    assert_close(images, expected.double(), "images of a model in float64")


def assert_traversal_answers(student: Any, model: Any, z: Tensor, values: Tensor) -> None:
    """Assert that a traversal depends on its model, z, dimension or values."""
    other = walk_model(3, 7), z + 1, 2, values + 1
    on = "the model, z, dimension or values"
    assert_answers(student, (model, z, 1, values), other, "latent_traversal", on)


@grade_latent_traversal.criterion("z unchanged", points=1.25, changes=True)
def z_unchanged(student, reference, generator):
    """z and values are not written to."""
    model, z, values = walk_model(3, 5), randn(generator, 3), randn(generator, 4)
    kept, kept_values = z.clone(), values.clone()
    for dimension in (1, 2):
        rows_of(student(model, z, dimension, values), 1, "the images")  # of any shape
        assert torch.equal(z, kept), "latent_traversal changed z"
        assert torch.equal(values, kept_values), "latent_traversal changed values"
    assert_traversal_answers(student, model, z, values)


def assert_no_trace(model: Any, call: Any, name: str) -> None:
    """Assert, in both modes, that a call returns images without a graph and leaves the model as it was."""
    before = copy.deepcopy(model.state_dict())
    own = give_gradient(model)
    for training in (True, False):
        model.train(training)
        images = call()
        tables = list(images) if isinstance(images, list | tuple) else [images]
        for table in tables:
            assert_tensor(table, "the images")
            assert not table.requires_grad, "the images carry a graph"
        mode = "training" if training else "evaluation"
        assert {m.training for m in model.modules()} == {training}, (
            f"{name} took the model out of {mode} mode"
        )
    for key, parameter in model.named_parameters():
        assert torch.equal(parameter.detach(), before[key]), f"{name} changed the parameters"
        assert parameter.requires_grad, f"{name} froze the parameters"
    assert_gradients_kept(model, own, name)
    assert torch.is_grad_enabled(), f"{name} switched gradients off for the rest of the program"


@grade_latent_traversal.criterion("no trace", points=1.25, changes=True)
def traversal_leaves_no_trace(student, reference, generator):
    """No graph, also for a z that has one; mode and parameters as before."""
    model = walk_model(3, 6)
    z, values = randn(generator, 3), randn(generator, 4).sort().values
    assert_no_trace(model, lambda: student(model, z, 0, values), "latent_traversal")
    model, recorded = walk_model(3, 6), z.clone().requires_grad_()
    assert_no_trace(model, lambda: student(model, recorded, 0, values), "latent_traversal")
    assert recorded.requires_grad, "latent_traversal switches requires_grad of z off"
    assert_traversal_answers(student, model, z, values)


# --------------------------------------------------------------------------------------- offset_walk

grade_offset_walk = HiddenTest("offset_walk")


def set_encoder(model: WatchedVAE, generator: torch.Generator, log_var: float) -> None:
    """Set an encoder whose means are about standard normal and whose log_var is the same for all images."""
    d = model.latent_dim
    with torch.no_grad():
        model.encoder.weight.copy_(0.06 * randn(generator, 2 * d, 784))
        model.encoder.weight[d:] = 0
        model.encoder.bias[d:] = log_var


def with_bias(model: WatchedVAE, shift: float = 0.0, log_var: float | None = None) -> WatchedVAE:
    """Return a copy of a model whose encoder adds `shift` to mu, and gives another log_var if asked to."""
    moved, d = copy.deepcopy(model), model.latent_dim
    with torch.no_grad():
        moved.encoder.bias[:d] += shift
        if log_var is not None:
            moved.encoder.bias[d:] = log_var
    return moved


@grade_offset_walk.criterion("offsets", points=1.25, changes=True)
def walked_offsets(student, reference, generator):
    """One row per offset, in order: every dimension of the code is moved by it; x and offsets stay.

    Each row is compared with the learner's own picture, at offset 0, of a model whose mean codes are moved. So
    it does not matter here what is made of the decoder's logits.
    """
    for seed, latent_dim, num in ((0, 3, 4), (1, 1, 1), (2, 6, 3)):
        model, x = walk_model(latent_dim, seed), uniform(generator, 784)
        # With so little noise a sample is accepted: another criterion tells it from mu.
        set_encoder(model, generator, -20.0)
        offsets = 1.5 * randn(generator, num)
        kept = x.clone(), offsets.clone()
        what = f"images of a walk with {num} offsets in {latent_dim} dimensions"
        images = rows_of(student(model, x, offsets), 784, what)
        assert all(map(torch.equal, kept, (x, offsets))), "offset_walk changed an argument"
        assert len(images) == num, f"{what} have {len(images)} rows"
        moved = [with_bias(model, float(offset)) for offset in offsets]
        alone = [student(other, x.clone(), torch.zeros(1)) for other in moved]
        expected = torch.cat([rows_of(image, 784, "the image at offset 0") for image in alone])
        assert not differ(images, expected), f"{what} are not those of mu(x) plus the offsets"
        assert num == 1 or differ(images[:1], images[1:2]), f"{what} are all the same"
    # A decoder whose origin lies far out makes of a code there what it makes of mu(x) otherwise.
    model, x = walk_model(3, 4), uniform(generator, 784)
    set_encoder(model, generator, -20.0)
    near = rows_of(student(model, x, torch.zeros(1)), 784, "the image at offset 0")
    for side in (-1.0, 1.0):
        offset, other = side * (7 + 2 * uniform(generator, 1)), copy.deepcopy(model)
        with torch.no_grad():
            other.decoder.bias -= other.decoder.weight @ offset.repeat(3)
        far = rows_of(student(other, x, offset), 784, "an image far from the prior")
        assert not differ(far, near), "far from the prior the code is not mu(x) plus the offset"


@grade_offset_walk.criterion("mean code", points=1.25)
def walks_from_the_mean(student, reference, generator):
    """The walk starts at mu(x), not at a sample of q: its pictures do not depend on the variance of q."""
    model, x = walk_model(3, 3), uniform(generator, 784)
    set_encoder(model, generator, 0.0)
    offsets = torch.tensor([0.5, -0.5])
    wide, narrow = (
        rows_of(student(with_bias(model, log_var=v), x, offsets), 784, "the images")
        for v in (1.0, -1.0)
    )
    assert not differ(wide, narrow), "the images depend on the variance of q, or on chance"
    elsewhere = rows_of(student(with_bias(model, shift=1.0), x, offsets), 784, "the images")
    assert differ(wide, elsewhere), "the images do not depend on mu(x)"


@grade_offset_walk.criterion("probabilities", points=1.25)
def walked_probabilities(student, reference, generator):
    """One row of 784 probabilities per offset, the sigmoid of the decoder's logits."""
    model, expected = blind_model(generator, 6)
    images = student(model, uniform(generator, 784), torch.zeros(6))
    assert_close(images, expected, "images of a decoder that ignores z")


@grade_offset_walk.criterion("no trace", points=1.25, changes=True)
def walk_leaves_no_trace(student, reference, generator):
    """No graph; mode and parameters as before."""
    model, x, offsets = walk_model(3, 6), uniform(generator, 784), randn(generator, 4)
    set_encoder(model, generator, -30.0)
    assert_no_trace(model, lambda: student(model, x, offsets), "offset_walk")
    other = with_bias(model, shift=1.0), 1 - x, offsets + 1
    assert_answers(student, (model, x, offsets), other, "offset_walk", "the model, x or offsets")


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


@grade_embed_2d.criterion("pca", points=1)
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


@grade_embed_2d.criterion("arrays", points=1, changes=True)
def embedding_arrays(student, reference, generator):
    """Tensor or array in, also a tensor with a graph; a float array out; the codes stay as they are."""
    latents = 2 * randn(generator, 12, 3)
    for given in (latents, latents.double(), latents.clone().requires_grad_(), latents.numpy()):
        kept = given.copy() if isinstance(given, np.ndarray) else given.detach().clone()
        what = f"the embedding of {'an array' if isinstance(given, np.ndarray) else 'a tensor'}"
        embedding = student(given, "pca")
        shape = embedding.shape if type(embedding) is np.ndarray else (12, 2)
        assert_array(embedding, shape, what)  # its shape is asked for by another criterion
        after = given if isinstance(given, np.ndarray) else given.detach()
        assert bool((after == kept).all()), "embed_2d changed the codes"
    assert_answers(
        student, (latents, "pca"), (latents.flip(0), "pca"), "the embedding", "the codes"
    )
    embedding = student(latents[:6], "tsne")
    assert type(embedding) is np.ndarray, "the t-SNE of a tensor should be a NumPy array"


@grade_embed_2d.criterion("other methods", points=1)
def unknown_methods(student, reference, generator):
    """Another method is a ValueError."""
    latents = 2 * randn(generator, 12, 3)
    for method in ("umap", "kernel_pca", "tsne_3d", "p"):
        try:
            student(latents.numpy(), method)
        except ValueError:
            continue
        raise AssertionError(f"the unknown method {method!r} should be a ValueError")


# -------------------------------------------------------------------------------------- knn_accuracy

grade_knn_accuracy = HiddenTest("knn_accuracy")


def as_score(score: Any) -> float:
    """Return what an accuracy is as a float; one criterion asks for its type and scale."""
    scalar = isinstance(score, Tensor) and score.numel() == 1
    assert scalar or isinstance(score, int | float | np.number), (
        f"knn_accuracy should return a number, got {type(score).__name__}"
    )
    score = float(score)
    assert math.isfinite(score), "the accuracy is NaN or infinite"
    return score


def hits_of(
    student: Any,
    generator: torch.Generator,
    train_z: Tensor,
    train_labels: Tensor,
    *questions: tuple,
) -> list[bool]:
    """Return for each question (point, label, k) whether the answer is that the label is right.

    What the learner's function says for right and for wrong is found out with voters of one class only. All
    is asked in an order that nobody knows.
    """

    def ask(labels: Tensor, point: Tensor, label: int, k: int | None) -> float:
        given = {} if k is None else {"k": k}
        return as_score(student(train_z, labels, point[None], torch.tensor([label]), **given))

    one_class = torch.full_like(train_labels, 4)
    cases = []
    for point, label, k in questions:
        cases += [
            (one_class, point, 4, k),
            (one_class, point, 7, k),
            (train_labels, point, label, k),
        ]
    scores = in_drawn_order(generator, ask, *cases)
    found = []
    for right, wrong, score in zip(scores[::3], scores[1::3], scores[2::3], strict=True):
        assert abs(right - wrong) > 1e-6, (
            "the accuracy does not tell a right class from a wrong one"
        )
        found.append(abs(score - right) < abs(score - wrong))
    return found


@grade_knn_accuracy.criterion("vote", points=1.25)
def majority_vote(student, reference, generator):
    """The most frequent class among the five neighbours wins, however near the others are."""
    # Five points vote in all, so that it does not matter how distances are measured.
    votes = [(1, 4, 1, 7, 9), (0, 8, 8, 8, 0), (3, 3, 6, 3, 9), (9, 0, 9, 2, 9), (2, 2, 5, 5, 2)]
    order = [(1, 3, 4, 0, 2), (0, 4, 1, 2, 3), (2, 4, 0, 1, 3), (1, 3, 4, 0, 2), (2, 3, 0, 1, 4)]
    center = 10 * torch.nn.functional.normalize(randn(generator, 2), dim=0)
    radius = torch.tensor([0.02, 0.06, 0.2, 0.3, 0.4])
    for vote, winner, row in zip(votes, (1, 8, 3, 9, 2), order, strict=True):
        direction = torch.nn.functional.normalize(randn(generator, 5, 2), dim=1)
        train_z = center + radius[:, None] * direction
        names = torch.arange(10) if drawn(generator, 0, 2) else torch.arange(10).flip(0)
        labels = names[[vote[i] for i in row]]  # the nearest are of other classes
        shuffle = torch.randperm(5, generator=generator)
        asked = (winner, (winner + 4) % 10, vote[row[0]])
        questions = [(center, int(names[label]), None) for label in asked]
        hits = hits_of(student, generator, train_z[shuffle], labels[shuffle], *questions)
        expected = [label == winner for label in asked]
        assert hits == expected, (
            "a test point got another class than the most frequent one of its neighbours"
        )


@grade_knn_accuracy.criterion("distance", points=1.25)
def euclidean_neighbours(student, reference, generator):
    """The nearest training point in Euclidean distance decides where k is 1."""
    rows = drawn(generator, 38, 46)
    train_z = randn(generator, rows, 3) * torch.tensor([1.0, 0.3, 2.0])
    train_z = train_z + torch.tensor([1.0, 0.5, 0])
    shuffle = torch.randperm(rows, generator=generator)
    train_labels = (torch.arange(rows) % 4 * 3)[shuffle]  # 0, 3, 6, 9
    # Far from all others lie two points, the nearer of which is the farther one along the axes.
    corner = torch.full((3,), 15.0) + randn(generator, 3)
    pair = corner + torch.tensor([[1.0, -1.0, 1.0], [0.0, 1.9, 0.0]])
    train_z = torch.cat([train_z, pair])
    train_labels = torch.cat([train_labels, torch.tensor([3, 6])])
    # Some test points equal training points. These are neighbours too: their distance is 0.
    points = torch.cat([train_z[:5], corner[None], corner[None], 1.3 * randn(generator, 40, 3)])
    points = points.double()
    distances = torch.cdist(points, train_z.double())
    ranked, nearest = distances.sort(dim=1)
    clear = (ranked[:, 1] - ranked[:, 0] > 0.01 * ranked[:, 1] + 0.01).nonzero()[:, 0].tolist()
    questions, expected = [], []
    for number, index in enumerate(clear):
        winner = int(train_labels[nearest[index, 0]])
        expected.append(number % 3 > 0)
        label = winner if number % 3 else (winner + 3) % 12
        questions.append((points[index].float(), label, 1))
    hits = hits_of(student, generator, train_z, train_labels, *questions)
    said = "a test point got another class than its Euclidean neighbour's"
    assert hits == expected, said
    # Axes of very different spread, and no point far away: whoever divides by the spread is seen here.
    first = torch.tensor(
        [[0.0, 1.0], [0.0, -1.0], [9.0, 0.2], [-9.0, -0.2], [18.0, 0.0], [-18.0, 0.0]]
    )
    turn = randn(generator, 2)
    points = torch.tensor([[6.0, 1.0], [-6.0, -1.0]])
    questions = [(p + turn, label, 1) for p in points for label in (3, 6)]
    hits = hits_of(student, generator, first + turn, torch.tensor([3, 6, 6, 3, 3, 6]), *questions)
    assert hits == [False, True, True, False], said


@grade_knn_accuracy.criterion("k", points=1.25)
def number_of_neighbours(student, reference, generator):
    """k neighbours vote, five by default."""
    # On a ray the order of the neighbours is known, so the winner shows how many points voted.
    extra = drawn(generator, 4, 12)  # too far to vote
    train_z = torch.arange(1.0, 12.0 + extra)[:, None] * torch.tensor([[0.6, 0.8]])
    names = drawn(generator, 0, 8) + torch.arange(3)
    train_labels = torch.randint(10, (11 + extra,), generator=generator)
    train_labels[:11] = names[[1, 0, 1, 0, 0, 1, 1, 2, 2, 2, 2]]
    shuffle = torch.randperm(11 + extra, generator=generator)
    train_z, train_labels = train_z[shuffle], train_labels[shuffle]
    winners = ((None, 0), (1, 1), (3, 1), (5, 0), (7, 1), (9, 1))
    questions = [(torch.zeros(2), int(name), k) for k, _ in winners for name in names[:3]]
    hits = hits_of(student, generator, train_z, train_labels, *questions)
    for i, (k, winner) in enumerate(winners):
        name = "the default k" if k is None else f"k = {k}"
        assert hits[3 * i : 3 * i + 3] == [label == winner for label in range(3)], (
            f"another number of points voted at {name}"
        )


@grade_knn_accuracy.criterion("fraction", points=1.25, changes=True)
def fraction_of_test_points(student, reference, generator):
    """A Python float between 0 and 1: right test points over all test points; arguments unchanged.

    The training points are of one class, so that nothing depends on which of them vote.
    """
    for dtype in (torch.float32, torch.float64):
        num_train, num_test = drawn(generator, 30, 61), drawn(generator, 23, 71)
        sizes = (num_train, 4), (num_test, 4)
        train_z, test_z = (randn(generator, *size).to(dtype) for size in sizes)
        train_labels = torch.full((num_train,), 2)
        labels = torch.where(uniform(generator, num_test) < 0.7, 2, 1)
        labels[0], labels[1] = 2, 1
        arguments = [train_z, train_labels, test_z, labels]
        kept = [t.clone() for t in arguments]
        score = assert_float(student(*arguments, k=3), "the accuracy")
        gap = abs(score - float((labels == 2).double().mean()))
        assert gap < 1e-5, f"the accuracy is off by {gap:.3g}"
        assert all(map(torch.equal, arguments, kept)), "knn_accuracy changed an argument"
