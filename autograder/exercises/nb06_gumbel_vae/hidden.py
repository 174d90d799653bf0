"""Hidden tests of lesson 06: scores of a clustering, Gumbel-softmax samples, the categorical KL, model, loss.

Oracles: tables counted pair by pair, matchings found by trying all of them, the logistic distribution of a
difference of two Gumbel numbers, sums of q ln q in float64, and samples drawn by the test itself.
Statistical criteria allow at least 6 standard errors (a false alarm has probability below 2e-9 per number)
and Kolmogorov-Smirnov distances of 3 / sqrt(n) (below 4e-8).
"""

import itertools
import math
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from autograder.exercises.criteria import (
    HiddenTest,
    assert_close,
    assert_float,
    assert_number,
    assert_shape,
    assert_tensor,
    assert_varied,
    in_drawn_order,
    randn,
    several,
    shaken,
    uniform,
)
from autograder.exercises.models import (
    as_float,
    assert_has_relu,
    assert_is_number,
    batch_of,
    plain_heads,
    sees_all_inputs,
    sizes_as_asked,
    without_weights,
)
from autograder.exercises.statistics import same_mean, same_slope

# ------------------------------------------------------------------------------- clustering_scores

grade_clustering_scores = HiddenTest("clustering_scores")


def counts_of(assignments: Tensor, labels: Tensor) -> list[list[int]]:
    """Return the table (groups, classes) of how many images have both, counted pair by pair."""
    pairs = list(zip(assignments.tolist(), labels.tolist(), strict=True))
    groups, classes = sorted({g for g, _ in pairs}), sorted({k for _, k in pairs})
    return [[pairs.count((g, k)) for k in classes] for g in groups]


def best_matching(table: list[list[int]]) -> int:
    """Return the number of images that are right under the best one-to-one matching, by trying all."""
    if len(table) > len(table[0]):
        table = [list(column) for column in zip(*table, strict=True)]
    columns = range(len(table[0]))
    return max(
        sum(row[k] for row, k in zip(table, chosen, strict=True))
        for chosen in itertools.permutations(columns, len(table))
    )


def entropy_of(counts: list[int]) -> float:
    """Return the entropy in nats of the distribution that counts give."""
    total = sum(counts)
    return -sum(n / total * math.log(n / total) for n in counts if n)


def nmi_of(table: list[list[int]]) -> float:
    """Return mutual information over the mean of the two entropies, from a table of counts."""
    rows = entropy_of([sum(row) for row in table])
    columns = entropy_of([sum(column) for column in zip(*table, strict=True)])
    both = entropy_of([n for row in table for n in row])
    return (rows + columns - both) / (0.5 * (rows + columns))


def grouping(generator: torch.Generator, table: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Return groups and classes of images, each (images,), with these counts, in random order."""
    counts = torch.tensor(table)
    num_groups, num_classes = counts.shape
    pairs = torch.cartesian_prod(torch.arange(num_groups), torch.arange(num_classes))
    pairs = pairs.repeat_interleave(counts.flatten(), dim=0)
    order = torch.randperm(len(pairs), generator=generator)
    assignments, labels = pairs[order].T
    return assignments.contiguous(), labels.contiguous()


def scores_of(student: Any, assignments: Tensor, labels: Tensor) -> tuple[float, float]:
    """Return nmi and accuracy; assert that they are two numbers. Another criterion asks for floats."""
    call = "clustering_scores should return (nmi, accuracy)"
    answer = several(student(assignments, labels), 2, call)
    for value, name in zip(answer, ("nmi", "accuracy"), strict=True):
        assert_is_number(value, name)
    return as_float(answer[0]), as_float(answer[1])


TABLES = {
    "groups that are the classes": [[9, 0, 0], [0, 12, 0], [0, 0, 7]],
    "groups that mix three classes": [[14, 3, 5], [4, 11, 2], [6, 1, 9]],
    "a matching that greedy misses": [[10, 9, 0], [9, 0, 1], [0, 2, 4]],
    "two groups of the same class": [[12, 1, 2], [8, 2, 3], [1, 9, 10]],
    "more groups than classes": [[7, 1], [2, 8], [6, 0], [0, 5], [3, 3]],
    "fewer groups than classes": [[9, 2, 7, 1], [3, 8, 1, 6]],
    "one group for everything": [[5, 8, 3]],
}


def random_table(generator: torch.Generator, groups: int, classes: int) -> list[list[int]]:
    """Return a table (groups, classes) of random counts from 1 to 12."""
    return torch.randint(1, 13, (groups, classes), generator=generator).tolist()


@grade_clustering_scores.criterion("best matching", points=2)
def accuracy_of_the_best_matching(student, reference, generator):
    """The accuracy is that of the best one-to-one naming of the groups."""
    cases = dict(TABLES)
    for groups, classes in ((4, 4), (5, 5), (5, 3), (3, 6)):
        cases[f"{groups} random groups of {classes} classes"] = random_table(
            generator, groups, classes
        )
    for name, table in cases.items():
        assignments, labels = grouping(generator, table)
        expected = best_matching(table) / len(labels)
        _, accuracy = scores_of(student, assignments, labels)
        assert_number(accuracy, expected, f"accuracy of {name}")


@grade_clustering_scores.criterion("nmi", points=1.5)
def normalised_information(student, reference, generator):
    """The nmi is the mutual information over the arithmetic mean of the entropies."""
    cases = {n: t for n, t in TABLES.items() if len(t) > 1}
    cases["random groups"] = random_table(generator, 4, 6)
    for name, table in cases.items():
        nmi, _ = scores_of(student, *grouping(generator, table))
        assert_number(nmi, nmi_of(table), f"nmi of {name}", atol=1e-4)
    nmi, _ = scores_of(student, *grouping(generator, [[8, 4, 4], [8, 4, 4]]))
    assert abs(nmi) < 1e-4, "nmi of groups that tell nothing should be 0"


@grade_clustering_scores.criterion("names", points=1.5, changes=True)
def names_do_not_matter(student, reference, generator):
    """Two floats that do not change when groups, classes or images get other numbers or another order."""
    assignments, labels = grouping(
        generator, [[9, 1, 2, 3], [2, 8, 1, 1], [1, 3, 11, 2], [2, 1, 1, 7]]
    )
    kept = assignments.clone(), labels.clone()
    answer = several(
        student(assignments, labels), 2, "clustering_scores should return (nmi, accuracy)"
    )
    expected = [assert_float(v, name) for v, name in zip(answer, ("nmi", "accuracy"), strict=True)]
    assert torch.equal(assignments, kept[0]), "clustering_scores changed the assignments"
    assert torch.equal(labels, kept[1]), "clustering_scores changed the labels"
    order = torch.randperm(len(labels), generator=generator)
    cases, said = [(assignments[order], labels[order])], ["images come in another order"]
    others = []  # other groups of the same sizes, with the same names
    for names in ([2, 0, 3, 1], [3, 2, 1, 0], [40, 7, 300, 12], [3, -1, 0, -2]):
        renamed = torch.tensor(names)
        cases += [
            (renamed[assignments], labels),
            (assignments, renamed[labels]),
            (renamed[assignments], renamed.flip(0)[labels]),
        ]
        said += [f"names change to {names}"] * 3
        mixed = assignments[torch.randperm(len(labels), generator=generator)]
        others.append((renamed[mixed], renamed.flip(0)[labels]))
    answers = in_drawn_order(generator, lambda *case: scores_of(student, *case), *cases, *others)
    for what, ours in zip(said, answers, strict=False):
        for value, before, name in zip(ours, expected, ("nmi", "accuracy"), strict=True):
            assert abs(value - before) < 1e-4, f"{name} changes when {what}"
    for other in answers[len(cases) :]:
        assert_varied([sum(expected), sum(other)], "nmi and accuracy", "assignments or labels")


# --------------------------------------------------------------------------- gumbel_softmax_sample

grade_gumbel_softmax_sample = HiddenTest("gumbel_softmax_sample")

DRAWS = 12_000


def logistic(values: Tensor, what: str) -> None:
    """Assert that values, (n,), are standard logistic, as the difference of two Gumbel numbers is."""
    n = len(values)
    levels = torch.arange(1, n + 1, dtype=torch.float64) / n
    distance = (values.double().sort().values.sigmoid() - levels).abs().max()
    assert float(distance) < 3 / math.sqrt(n), f"{what} is not Gumbel noise"


def winners_follow_softmax(y: Tensor, logits: Tensor, what: str) -> None:
    """Assert within 6 standard errors that the largest entry is class k with probability softmax(logits)_k."""
    shares = y.argmax(1).bincount(minlength=y.shape[1]).double() / len(y)
    p = logits.double().softmax(0)
    error = (p * (1 - p) / len(y)).sqrt()
    assert bool(((shares - p).abs() < 6 * error + 1e-9).all()), (
        f"{what}: the largest entry should be class k with the probability softmax(logits)_k"
    )


def recovered(y: Tensor, logits: Tensor, temperature: float) -> Tensor:
    """Return the noise of class k minus that of class k + 1, (batch, num_classes - 1), from soft samples."""
    logs = y.double().log().clamp(min=-1e4)  # a uniform number of exactly 0 gives y = 0
    noise = temperature * (logs[:, :-1] - logs[:, 1:])
    return (noise - (logits[:-1] - logits[1:]).double()).clamp(-20, 20)


def on_the_simplex(student: Any, generator: torch.Generator) -> None:
    """Assert that rows are finite, not negative, add up to 1, and have shape and dtype of the logits."""
    for rows, classes, temperature in ((50, 10, 0.67), (1, 4, 5.0), (30, 3, 0.05), (6, 2, 1.0)):
        for dtype in (torch.float32, torch.float64):
            logits = 3 * randn(generator, rows, classes).to(dtype)
            kept = logits.clone()
            y = student(logits, temperature)
            assert_shape(y, (rows, classes), f"a sample of logits ({rows}, {classes})")
            assert y.dtype == dtype, f"the sample of {dtype} logits is {y.dtype}"
            assert bool(torch.isfinite(y).all()), "the sample holds NaN or infinite values"
            assert float(y.min()) >= 0, "the sample holds negative entries"
            gap = float((y.detach().double().sum(1) - 1).abs().max())
            assert gap < 1e-5, f"rows should add up to 1, they are off by {gap:.3g}"
            assert torch.equal(logits, kept), "gumbel_softmax_sample changed the logits"
    extreme = torch.tensor([[50.0, -50.0, 0.0], [-80.0, 80.0, 79.0]])
    for temperature in (0.01, 100.0):
        y = student(extreme.clone(), temperature)
        assert_shape(y, (2, 3), "a sample of large logits")
        assert bool(torch.isfinite(y).all()), "the sample of large logits is not finite"
    # exp(-160) is 0 in float32: whoever takes a softmax first and then its logarithm loses the difference.
    for row, pair in ((0, [0, 1]), (1, [1, 0])):
        logs = y.detach().double()[row, pair].log()
        apart, true = float(logs[0] - logs[1]), float(extreme[row, pair[0]] - extreme[row, pair[1]])
        assert abs(100 * apart - true) < 30, (
            f"at temperature 100 a difference of {true:g} between two logits does not count in full"
        )
    flat = student(3 * randn(generator, 20, 4), 1e4)
    assert_close(flat, torch.full((20, 4), 0.25), "a sample at temperature 10,000", atol=0.02)


@grade_gumbel_softmax_sample.criterion("soft samples", points=1.5, changes=True)
def gumbel_noise(student, reference, generator):
    """Rows add up to 1; their noise is Gumbel, fresh for each entry, row and call, at any temperature."""
    on_the_simplex(student, generator)
    logits = torch.tensor([0.0, 1.2, -0.9, 0.5], dtype=torch.float64)
    logits = logits[torch.randperm(4, generator=generator)]
    noises = []
    for temperature in (0.5, 2.0):
        with torch.no_grad():
            y = student(logits.repeat(DRAWS, 1), temperature)
        assert_shape(y, (DRAWS, 4), "many samples")
        what = f"the noise at temperature {temperature:g}"
        noise = recovered(y, logits, temperature)
        for pair in range(3):
            logistic(noise[:, pair], what)
        logistic(noise[:, 0] + noise[:, 1], f"{what}, between classes 0 and 2,")
        winners_follow_softmax(y, logits, f"at temperature {temperature:g}")
        noises.append(noise)
    # Of two equal classes the larger share is below 0.9 in 2.2 % of the rows; at temperature 0.1 in 11 %.
    with torch.no_grad():
        largest = student(torch.zeros(3_000, 2), 0.02).amax(1)
    assert float((largest < 0.9).float().mean()) < 0.06, (
        "at temperature 0.02 the samples are less sharp than they should be"
    )
    # g_0 - g_1 and g_1 - g_2 share g_1: their correlation is -1/2. That of g_0 - g_1 and g_2 - g_3 is 0.
    noise, again = (n / (math.pi / math.sqrt(3)) for n in noises)
    error = 6 / math.sqrt(DRAWS)

    def correlation(a: Tensor, b: Tensor) -> float:
        return float((a * b).mean())

    # The fourth moment of a logistic number is 4.2 times its squared variance.
    assert abs(correlation(noise[:, 0], noise[:, 1]) + 0.5) < 2 * error, (
        "each class should have a noise of its own"
    )
    assert abs(correlation(noise[:, 0], noise[:, 2])) < 1.5 * error, (
        "each class should have a noise of its own"
    )
    assert abs(correlation(noise[1:, 0], noise[:-1, 0])) < error, "two rows share their noise"
    half = DRAWS // 2
    assert abs(correlation(noise[:half, 0], noise[half:, 0])) < 1.5 * error, (
        "rows share their noise"
    )
    assert abs(correlation(noise[:, 0], again[:, 0])) < error, "two calls share their noise"


@grade_gumbel_softmax_sample.criterion("gradient", points=1.5)
def soft_gradient(student, reference, generator):
    """The soft sample has the gradient of softmax((logits + noise) / temperature)."""
    for temperature in (0.4, 0.67, 3.0):
        logits = randn(generator, 6, 4).double().requires_grad_()
        y = student(logits, temperature)
        assert y.requires_grad, "the sample carries no gradient"
        weights = randn(generator, 6, 4).double()
        slope = torch.autograd.grad((weights * y).sum(), logits, allow_unused=True)[0]
        assert slope is not None, "no gradient reaches the logits"
        y = y.detach()
        expected = y * (weights - (weights * y).sum(1, keepdim=True)) / temperature
        what = f"the gradient of a soft sample at temperature {temperature:g}"
        assert_close(slope, expected, what, rtol=1e-4, atol=1e-6)


def rows_of_jacobian(student: Any, logits: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """Return hard samples, (rows, num_classes), and their Jacobians, (rows, num_classes, num_classes)."""
    leaf = logits.clone().requires_grad_()
    y = student(leaf, temperature, True)
    assert_tensor(y, "a hard sample")
    assert y.requires_grad, "a hard sample carries no gradient"
    slopes = []
    for k in range(logits.shape[1]):
        slope = torch.autograd.grad(y[:, k].sum(), leaf, retain_graph=True, allow_unused=True)[0]
        assert slope is not None, "no gradient reaches the logits of a hard sample"
        slopes.append(slope)
    return y.detach(), torch.stack(slopes, dim=1)


@grade_gumbel_softmax_sample.criterion("hard samples", points=1.5)
def exactly_one_hot(student, reference, generator):
    """A hard row holds exactly one 1 and zeros, and each class is the 1 with its softmax probability."""
    logits = torch.tensor([0.3, -0.6, 0.9, 0.0, 0.4])[torch.randperm(5, generator=generator)]
    # At temperature 1, where an error in its use does no harm: other criteria look at that.
    y = student(logits.repeat(DRAWS, 1), 1.0, True).detach()
    assert_shape(y, (DRAWS, 5), "many hard samples")
    gap = (y - y.round()).abs().max()
    assert float(gap) < 1e-3, "a hard row should be one-hot"
    assert bool(((y == 0) | (y == 1)).all()), (
        "a hard row holds numbers that are only nearly 0 or 1: mind the order of the sum"
    )
    assert bool((y.sum(1) == 1).all()), "a hard row should hold exactly one 1"
    winners_follow_softmax(y, logits, "hard samples")
    assert y.dtype == logits.dtype, f"the hard sample of {logits.dtype} logits is {y.dtype}"
    never = torch.tensor([[0.0, 0.0, -100.0]]).repeat(6, 1)  # nobody draws the last class
    assert_shape(student(never, 1.0, True), (6, 3), "six hard samples of three classes")


@grade_gumbel_softmax_sample.criterion("straight-through gradient", points=1.5)
def gradient_of_the_soft_sample(student, reference, generator):
    """A hard sample has the gradient of the soft sample whose largest entry it is.

    The soft sample s is computed from its Jacobian J = (diag(s) - s s^T) / temperature: for three classes
    s_0 / s_1 = J_02 / J_12.
    """
    logits = torch.tensor([0.4, -0.3, 0.1], dtype=torch.float64)
    for temperature in (1.0,):
        rows = logits.repeat(6_000, 1)
        y, jacobian = rows_of_jacobian(student, rows, temperature)
        off = -temperature * torch.stack(
            [jacobian[:, 0, 1], jacobian[:, 0, 2], jacobian[:, 1, 2]], dim=1
        )
        assert bool(torch.isfinite(off).all()), "the gradient of hard samples is not finite"
        assert float(off.max()) > 1e-3, "the gradient of hard samples is zero"
        assert float(off.min()) >= -1e-9, "the gradient of hard samples is not that of a softmax"
        ab, ac, bc = off.clamp(min=1e-300).T
        soft = torch.stack([(ab * ac / bc).sqrt(), (ab * bc / ac).sqrt(), (ac * bc / ab).sqrt()], 1)
        clear = off.amin(1) > 1e-9  # in the other rows a probability is too small to divide by it
        assert bool(clear.any()), (
            "the gradient of hard samples lacks parts: every entry of the soft sample passes one on"
        )
        gap = float((soft[clear].sum(1) - 1).abs().max())
        assert gap < 1e-3, (
            f"the gradient of hard samples at temperature {temperature:g} is not that of a softmax "
            "sample: is the temperature in it?"
        )
        same = soft[clear].argmax(1) == y[clear].argmax(1)
        top = soft[clear].sort(dim=1).values
        tie = (top[:, 2] - top[:, 1]) < 1e-5
        assert bool((same | tie).all()), (
            "the hard sample is not the winner of the soft sample that gives the gradient"
        )


# ----------------------------------------------------------------------------------- categorical_kl

grade_categorical_kl = HiddenTest("categorical_kl")


def kl_to_uniform(logits: Tensor) -> Tensor:
    """Return sum_k q_k ln(q_k K) per row in nats, (batch,), in float64, without overflow."""
    logits = logits.double()
    shifted = logits - logits.amax(1, keepdim=True)
    weights = shifted.exp()
    q = weights / weights.sum(1, keepdim=True)
    return torch.special.xlogy(q, q * logits.shape[1]).sum(1)


@grade_categorical_kl.criterion("values", points=1, changes=True)
def kl_values(student, reference, generator):
    """The KL of softmax(logits) from uniform in nats, one per row, of the dtype of the logits."""
    for rows, classes, size in ((7, 10, 1.0), (1, 10, 3.0), (5, 3, 0.3), (4, 2, 8.0), (3, 25, 2.0)):
        for dtype in (torch.float32, torch.float64):
            logits = (size * randn(generator, rows, classes) + 5).to(dtype)
            kept = logits.clone()
            kl = student(logits)
            what = f"the KL of logits ({rows}, {classes})"
            assert_close(kl, kl_to_uniform(kept).to(dtype), what, rtol=1e-4, atol=2e-6)
            assert torch.equal(logits, kept), "categorical_kl changed the logits"
    strided = randn(generator, 6, 4).T
    assert_close(student(strided), kl_to_uniform(strided).float(), "the KL of a transposed batch")
    zero = student(torch.full((3, 10), 4.0))
    assert_close(zero, torch.zeros(3), "the KL of equal logits", atol=2e-6)


@grade_categorical_kl.criterion("any finite logits", points=1)
def kl_of_certainty(student, reference, generator):
    """Certain rows have a finite KL, the same for all of them, however large the logits are."""

    def value(row: Tensor, what: str) -> float:
        kl = student(row[None])
        assert_tensor(kl, what)
        assert kl.numel() == 1, f"{what} should be one number"
        assert bool(torch.isfinite(kl).all()), f"{what} is not finite"
        return float(kl.detach())

    # That a certain row costs ln K is another criterion's matter: a KL of half the size is finite, too.
    sure = value(torch.tensor([15.0, 0.0, -15.0, 0.0]), "the KL of a row that is nearly certain")
    unsure = value(torch.zeros(4), "the KL of a row of equal logits")
    assert_varied([sure, unsure], "the KL of a row", "its logits")
    sizes = 1 + uniform(generator, 4)  # other numbers for everybody
    for large in [*(sizes * torch.tensor([60.0, 150.0, 4e3, 1e20])).tolist(), 3e38]:
        rows = (
            torch.tensor([0.0, large, 0.0, 0.0]),
            torch.tensor([large / 2, large, 0.0, large / 2]),
            torch.tensor([large, -large, -large, 0.0]),
            torch.tensor([0.8 * large, large, 0.0, -large]),
            torch.full((4,), -large),
        )
        what = f"the KL of logits as large as {large:g}"
        found = [value(row, what) for row in rows]
        if large <= 1e4:
            off = max(abs(kl - sure) for kl in found[:4])
            assert off < 2e-3 + 1e-3 * abs(sure), f"{what} is not that of other certain rows"
            assert abs(found[4] - sure) > 1e-3 or abs(sure) < 1e-3, (
                f"{what}, all equal, is that of certainty"
            )


@grade_categorical_kl.criterion("gradient", points=1)
def kl_gradient(student, reference, generator):
    """The gradient matches the values, and is finite where a row is certain."""
    logits = (2 * randn(generator, 6, 5)).double().requires_grad_()
    kl = student(logits)
    assert_tensor(kl, "the KL")
    assert kl.requires_grad, "the KL carries no gradient"
    kl.sum().backward()

    def along(points: list[Tensor]) -> list:
        return [student(point).detach().sum() for point in points]

    same_slope(along, logits, generator, "the logits")
    for large in (90.0, 300.0, 1e4):
        certain = torch.tensor([[large, 0.0, -large], [-large, -large, large]]).requires_grad_()
        slope = torch.autograd.grad(student(certain).sum(), certain)[0]
        what = f"the gradient of the KL of logits as large as {large:g}"
        assert_shape(slope, (2, 3), what)
        assert bool(torch.isfinite(slope).all()), f"{what} is not finite"


# ---------------------------------------------------------------------------------------- GumbelVAE

grade_GumbelVAE = HiddenTest("GumbelVAE")


def least_count(input_dim: int, hidden_dim: int, latent_dim: int, num_classes: int) -> int:
    """Return the number of parameters of linear layers with biases: x to hidden, three heads, and back."""
    encoder = (input_dim + 1) * hidden_dim + (hidden_dim + 1) * (2 * latent_dim + num_classes)
    decoder = (latent_dim + num_classes + 1) * hidden_dim + (hidden_dim + 1) * input_dim
    return encoder + decoder


@grade_GumbelVAE.criterion("parameters", points=1.75)
def right_sizes(student, reference, generator):
    """One hidden layer on each side, three heads, sizes as asked; both numbers are kept."""
    # c may have a linear layer of its own, so a second bias per hidden unit is allowed.
    sizes = (7, 11, 3, 4), (9, 16, 2, 5), (784, 400, 10, 10)
    sizes_as_asked(student, sizes, least_count, 1)


@grade_GumbelVAE.criterion("encoder", points=1.75, changes=True)
def encoder(student, reference, generator):
    """mu, log_var and logits are three plain linear heads of one ReLU layer, without randomness."""
    model = shaken(student(10, 64, 6, 5), generator)
    x, names = batch_of(generator, 8, 10), ("mu", "log_var", "logits")
    kept = x.clone()
    call = "encode should return (mu, log_var, logits)"
    outputs = several(model.encode(x), 3, call)
    again, single = model.encode(x), model.encode(x[3:4])
    for name, width, first, second, alone in zip(
        names, (6, 6, 5), outputs, again, single, strict=True
    ):
        assert_shape(first, (8, width), f"{name} of a batch of 8")
        assert_close(first, second.detach(), f"{name} in a second call of encode")
        assert_shape(alone, (1, width), f"{name} of a batch of one")
        assert_close(alone, first[3:4].detach(), f"{name} of an image alone")
    assert torch.equal(x, kept), "encode changed its argument"
    rays = [model.encode(t * x) for t in (1e4, 2e4, 4e4)]
    for index, name in enumerate(names):
        plain_heads([ray[index] for ray in rays], name)
    mu, log_var, logits = outputs
    assert not torch.allclose(mu, log_var), "mu and log_var should come from two different heads"
    for name, head in (("mu", mu), ("log_var", log_var)):
        assert not torch.allclose(head[:, :5], logits), (
            f"logits should come from another head than {name}"
        )
    assert_has_relu(model, "encode", x)
    x.requires_grad_()
    for index, name in enumerate(names):
        sees_all_inputs(model.encode(x)[index].square(), x, f"{name} of the encoder")


@grade_GumbelVAE.criterion("decoder", points=1.75, changes=True)
def decoder(student, reference, generator):
    """The logits depend on z and on c, for a mixture as for a one-hot c, and hold no randomness."""
    model = shaken(student(10, 64, 6, 5), generator)
    z, words = batch_of(generator, 8, 6), torch.eye(5)
    c = (2 * randn(generator, 8, 5)).softmax(1)
    kept = z.clone(), c.clone()
    first = model.decode(z, c)
    assert_shape(first, (8, 10), "x_logits of a batch of 8")
    assert_close(first, model.decode(z, c).detach(), "x_logits in a second call of decode")
    assert all(map(torch.equal, (z, c), kept)), "decode changed its arguments"
    alone = model.decode(z[3:4], c[3:4])
    assert_shape(alone, (1, 10), "x_logits of a batch of one")
    assert_close(alone, first[3:4].detach(), "x_logits of a row alone")
    pure = [model.decode(z, words[k].repeat(8, 1)).detach() for k in range(5)]
    for a, b in itertools.combinations(range(5), 2):
        changed = (pure[a] - pure[b]).abs().amax(1)
        assert bool((changed > 1e-5).all()), f"x_logits is the same for the words {a} and {b}"
    winner = words[c.argmax(1)]
    changed = (first.detach() - model.decode(z, winner).detach()).abs().amax(1)
    assert bool((changed > 1e-5).all()), "decode should take the mixture as it is, not its winner"
    plain_heads([model.decode(t * z, c) for t in (1e4, 2e4, 4e4)], "x_logits")
    signed = batch_of(generator, 8, 5)  # no distribution, but a linear layer accepts it
    plain_heads([model.decode(z, t * signed) for t in (1e4, 2e4, 4e4)], "x_logits, in c,")
    dense = batch_of(generator, 1, 5)  # zeros in a one-hot row give gradients of 0, as ReLU does
    assert_has_relu(model, "decode", z, dense)
    z.requires_grad_(), c.requires_grad_()
    sees_all_inputs(model.decode(z, c).square(), z, "the decoder, in z,")
    sees_all_inputs(model.decode(z, c).square(), c, "the decoder, in c,")


def sampled(
    mu: Tensor, log_var: Tensor, logits: Tensor, temperature: float
) -> tuple[Tensor, Tensor]:
    """Return samples of z and of soft c, drawn by the test itself."""
    z = mu + torch.exp(0.5 * log_var) * torch.randn_like(mu)
    gumbel = -torch.empty_like(logits).exponential_().clamp(min=1e-30).log()
    return z, ((logits + gumbel) / temperature).softmax(1)


def oracle_pass(model: Any, rows: Tensor, temperature: float) -> Tensor:
    """Return x_logits of samples of z and c that the test draws itself."""
    mu, log_var, logits = model.encode(rows)
    return model.decode(*sampled(mu, log_var, logits, temperature))


def share_of_z(model: Any, rows: Tensor, temperature: float, draws: int = 20) -> Tensor:
    """Return which share of the variance of x_logits comes from the noise of z, (rows,), from 0 to 1.

    The rest comes from the noise of c.
    """
    with torch.no_grad():
        mu, log_var, logits = (o.repeat_interleave(draws, 0) for o in model.encode(rows))
        z, c = sampled(mu, log_var, logits, temperature)
        by_z, by_c = (
            decoded.unflatten(0, (-1, draws)).var(1).mean(1)
            for decoded in (model.decode(z, logits.softmax(1)), model.decode(mu, c))
        )
    return by_z / (by_z + by_c + 1e-12)


@grade_GumbelVAE.criterion("forward", points=1.75)
def forward(student, reference, generator):
    """The outputs are x_logits of sampled z and c, mu, log_var and logits, in this order."""
    model = shaken(student(8, 16, 1, 8), generator)
    candidates = 2 * randn(generator, 200, 8)
    _, log_var, _ = model.encode(candidates)
    # Begin with images whose logits depend on c more than on z, so that the noise of c is seen.
    clear = share_of_z(model, candidates, 2.0).argsort()
    for rows in (5, 1):
        x = candidates[clear[:rows]]
        call = "forward should return (x_logits, mu, log_var, logits)"
        outputs = several(model(x, 0.67), 4, call)
        assert_shape(outputs[0], (rows, 8), "x_logits, returned first,")
        names = ("mu, returned second,", "log_var, returned third,", "logits, returned fourth,")
        for name, ours, theirs in zip(names, outputs[1:], model.encode(x), strict=True):
            assert_close(ours, theirs.detach(), name)
    # To see the noise of z, take an image whose sigma is about e: far from 0, from 1 and from its square.
    wide = (log_var.amax(1) - 2).abs().argsort()
    for mode, temperature, order in (
        ("train", 0.15, clear),
        ("eval", 2.0, clear),
        ("train", 1.0, wide),
        ("eval", 1.0, wide),
    ):
        getattr(model, mode)()
        image = candidates[order[:1]]
        samples, slopes = [], []
        for path in (model, lambda r, t: (oracle_pass(model, r, t),)):
            batch = image.repeat(4_000, 1).requires_grad_()
            with without_weights(model):
                x_logits = path(batch, temperature)[0]
            assert x_logits.requires_grad, "x_logits carries no gradient"
            x_logits.square().sum().backward()
            assert batch.grad is not None, "no gradient flows from x_logits to x"
            samples.append(x_logits.detach().double())
            slopes.append(batch.grad.double())
        ours, theirs = samples
        assert float(ours.std(0).max()) > 1e-6, (
            f"forward decodes no sample after {mode}(): equal rows give equal logits"
        )
        what = f"x_logits after {mode}(), compared with sampled z and c at temperature {temperature:g},"
        same_mean(ours, theirs, f"{what} has another mean")
        center = theirs.mean(0)
        same_mean(
            (ours - center).square(), (theirs - center).square(), f"{what} has another spread"
        )
        same_mean(*slopes, f"{what} has another gradient")
        again = model(image.repeat(4_000, 1), temperature)[0].detach().double()
        alike = ((ours - center) * (again - center)).mean() / (theirs.var(0).mean() + 1e-12)
        assert abs(float(alike)) < 0.5, "two calls of forward share their noise"
    model = shaken(student(6, 16, 3, 2), generator)
    rows = randn(generator, 1, 6).repeat(4_000, 1)
    with torch.no_grad():
        ours, theirs = model(rows, 1.0)[0].double(), oracle_pass(model, rows, 1.0).double()
    center = theirs.mean(0)
    what = (
        "x_logits with three latent dimensions, compared with z that has noise of its own in each,"
    )
    same_mean((ours - center).square(), (theirs - center).square(), f"{what} has another spread")


# --------------------------------------------------------------------------------------- joint_loss

grade_joint_loss = HiddenTest("joint_loss")


def loss_case(generator: torch.Generator, rows: int, sizes=(12, 4, 5)) -> tuple[Tensor, ...]:
    """Return x_logits, x, mu, log_var and logits in float64; sizes are (pixels, latent_dim, num_classes)."""
    pixels, latent_dim, num_classes = sizes
    return (
        (3 * randn(generator, rows, pixels)).double(),
        uniform(generator, rows, pixels).double(),
        randn(generator, rows, latent_dim).double(),
        randn(generator, rows, latent_dim).double(),
        (2 * randn(generator, rows, num_classes)).double(),
    )


def terms_of(x_logits, x, mu, log_var, logits) -> tuple[float, float, float]:
    """Return recon, KL of z and KL of c in nats per image, for arguments in float64."""
    on, off = torch.nn.functional.logsigmoid(x_logits), torch.nn.functional.logsigmoid(-x_logits)
    recon = -(x * on + (1 - x) * off).sum(1).mean()
    q = Normal(mu.double(), torch.exp(0.5 * log_var.double()))
    kl_z = kl_divergence(q, Normal(torch.zeros_like(mu), 1.0)).sum(1).mean()
    return float(recon), float(kl_z), float(kl_to_uniform(logits).mean())


def loss_of(student: Any, *args: Any) -> float:
    """Return the loss as a float; assert that it is one number. Another criterion asks for a tensor."""
    loss = student(*args)
    assert_is_number(loss, "the loss")
    assert math.isfinite(as_float(loss)), "the loss is not finite"
    return as_float(loss)


def certain(case: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Return the case with large logits of pixels and of classes."""
    x_logits, x, mu, log_var, logits = case
    return 60 * x_logits.sign() + x_logits, x.round(), mu, log_var, 400 * logits


CASES = (6, (12, 4, 5)), (1, (9, 2, 10)), (11, (7, 5, 3))


@grade_joint_loss.criterion("reconstruction", points=1.25)
def reconstruction(student, reference, generator):
    """Without fines (gamma 0) the loss is recon, in nats per image, also for large logits."""
    for rows, sizes in CASES:
        case = loss_case(generator, rows, sizes)
        for what, images in (("", case), (" of certain pixels", certain(case))):
            loss = loss_of(student, *images, 0.0, 5.0, 1.0)
            assert_number(loss, terms_of(*images)[0], f"the loss without fines{what}")


def fines(student: Any, generator: torch.Generator, name: str) -> None:
    """Assert that the loss changes rightly with the capacity of one latent.

    Args:
        student: The learner's function.
        generator: Source of the inputs.
        name: "z" or "c".
    """
    for rows, sizes in CASES:
        plain = loss_case(generator, rows, sizes)
        # Images above and below the capacity: the mean comes first.
        spread = torch.linspace(0.2, 3, rows, dtype=torch.float64)[:, None]
        uneven = (*plain[:2], plain[2] * spread, plain[3], plain[4] * spread)
        for case in (plain, uneven, certain(plain)) if name == "c" else (plain, uneven):
            _, kl_z, kl_c = terms_of(*case)
            kl = kl_z if name == "z" else kl_c
            for gamma in (1.0, 7.0, 30.0):
                found, expected = [], []
                for target in (0.0, 0.6 * kl, kl, kl + 0.4, kl + 3.0):
                    targets = (target, kl_c + 0.2) if name == "z" else (kl_z - 0.3, target)
                    found.append(loss_of(student, *case, gamma, *targets))
                    expected.append(gamma * abs(kl - target))
                for value, fine in zip(found[1:], expected[1:], strict=True):
                    off = (value - found[0]) - (fine - expected[0])
                    assert abs(off) < 1e-3 + 1e-4 * (abs(fine) + abs(expected[0])), (
                        f"the fine of {name} is off by {off:.3g} at gamma {gamma:g}"
                    )


@grade_joint_loss.criterion("fine of z", points=1.25)
def fine_of_z(student, reference, generator):
    """The loss changes with capacity_z as gamma |KL_z - capacity_z| does, for the mean over the batch."""
    fines(student, generator, "z")


@grade_joint_loss.criterion("fine of c", points=1.25)
def fine_of_c(student, reference, generator):
    """The loss changes with capacity_c as gamma |KL_c - capacity_c| does, also for a certain encoder."""
    fines(student, generator, "c")


@grade_joint_loss.criterion("gradient", points=1.25, changes=True)
def loss_gradient(student, reference, generator):
    """A scalar whose gradient matches its values, in every argument; the arguments stay as they are."""
    case = loss_case(generator, 5)
    _, kl_z, kl_c = terms_of(*case)
    kept = [t.clone() for t in case]
    for target_z, target_c in ((kl_z + 1.0, kl_c - 0.2), (kl_z - 1.0, kl_c + 0.2)):
        leaves = [t.clone().requires_grad_() for t in case]
        leaves[1] = case[1]
        loss = student(*leaves, 6.0, target_z, target_c)
        assert_shape(loss, (), "the loss")
        assert loss.requires_grad, "the loss carries no gradient"
        loss.backward()
        for index, name in ((0, "x_logits"), (2, "mu"), (3, "log_var"), (4, "logits")):
            assert leaves[index].grad is not None, f"no gradient reaches {name}"

            def values(points: list[Tensor], index=index, targets=(target_z, target_c)) -> list:
                cases = [(*case[:index], moved, *case[index + 1 :]) for moved in points]
                return [student(*moved, 6.0, *targets).detach() for moved in cases]

            same_slope(values, leaves[index], generator, name)
    student(*case, 6.0, 1.0, 0.3)
    assert all(map(torch.equal, case, kept)), "joint_loss changed its arguments"
    large = tuple(t.float() for t in certain(case))
    leaf = large[4].clone().requires_grad_()
    loss = student(*large[:4], leaf, gamma=3.0, capacity_z=2.0, capacity_c=1.0)
    loss.backward()
    assert leaf.grad is not None, "no gradient reaches the logits"
    assert bool(torch.isfinite(leaf.grad).all()), "the gradient of a certain encoder is not finite"
