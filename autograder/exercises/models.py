"""Assertions about models, and exact costs to compare with, for the hidden tests of several lessons."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence

from autograder.exercises.criteria import (
    assert_close,
    assert_shape,
    assert_tensor,
    methods,
    randn,
    uniform,
)
from autograder.exercises.statistics import assert_responds
from autograder.wire.peer import Stub
from course_utils.toy import WatchedVAE


def batch_of(generator: torch.Generator, rows: int, columns: int) -> Tensor:
    """Return inputs (rows, columns) of both signs, none near zero, so that no gradient is 0 by chance."""
    x = randn(generator, rows, columns)
    return x + 0.1 * x.sign()


def count(model: Any) -> int:
    """Return the number of a model's parameters."""
    return sum(model.sizes() if type(model) is Stub else (p.numel() for p in model.parameters()))


@contextlib.contextmanager
def without_weights(model: Any) -> Iterator[None]:
    """Take gradients in inputs only until the end of the block, and none in the model's parameters."""
    trained = [p for p in model.parameters() if p.requires_grad]
    for p in trained:
        p.requires_grad_(False)
    try:
        yield
    finally:
        for p in trained:
            p.requires_grad_(True)


def decoded_sample(model: Any, x: Tensor, *y: Tensor) -> Tensor:
    """Return x_logits (batch, input_dim) of one sample of q per image, by the model's own three methods."""
    return model.decode(model.reparameterize(*model.encode(x, *y)), *y)


def sizes_as_asked(
    student: Any, sizes: Sequence[tuple[int, ...]], least: Callable, spare: int
) -> None:
    """Assert that a conditional model has the layers that are asked for, and keeps two of its sizes.

    Args:
        student: The learner's class.
        sizes: Each input_dim, hidden_dim, latent_dim and num_classes of a model; the last are the defaults.
        least: Returns the number of parameters of linear layers with biases, given the sizes.
        spare: How many biases per hidden unit a model may have beyond these.
    """
    names = ("input_dim", "hidden_dim", "latent_dim", "num_classes")
    small = student(**dict(zip(names, sizes[0], strict=True)))
    models = [small, *(student(*asked) for asked in sizes[1:-1]), student()]
    for model, asked in zip(models, sizes, strict=True):
        for name in ("latent_dim", "num_classes"):
            expected = asked[names.index(name)]
            assert getattr(model, name) == expected, (
                f"{name} should be kept as an attribute of the model"
            )
        number = count(model)
        assert 0 <= number - least(*asked) <= spare * asked[1], (
            f"a model of sizes {asked} has {number} parameters; count the layers, and what each of them reads"
        )


def used_by(model: Any, method: str, *widths: int) -> list[int]:
    """Return the size of each of a model's parameters that a method uses, 0 for the others.

    Args:
        model: The model.
        method: "encode" or "decode".
        widths: Widths of the method's arguments.
    """
    outputs = getattr(model, method)(*(torch.ones(1, width) for width in widths))
    outputs = outputs if isinstance(outputs, tuple | list) else (outputs,)
    total = sum(output.sum() for output in outputs)
    assert total.requires_grad, f"no gradient reaches the layers that {method} uses"
    slopes = torch.autograd.grad(total, list(model.parameters()), allow_unused=True)
    return [0 if slope is None else slope.numel() for slope in slopes]


def as_images(images: Any) -> Any:
    """Return images of another kind as a tensor: that it is one is another criterion's matter."""
    if isinstance(images, np.ndarray):
        return torch.from_numpy(images)
    if isinstance(images, list) and images and all(type(row) is Tensor for row in images):
        return torch.stack(images)
    return images[0] if isinstance(images, tuple) and images else images


def dark_and_bright() -> tuple[Tensor, Tensor]:
    """Return logits (784,) of an image that is dark above and bright below, and of one the other way round."""
    logits = 6.0 * torch.ones(784)
    logits[:392] = -6.0
    return logits, -logits


def assert_upper_halves(images: list[Any]) -> None:
    """Assert that images drawn with `dark_and_bright` differ above: noise alone, and a constant, do not."""
    for drawn in images:
        assert_tensor(drawn, "the generated images")
        assert drawn.numel() % 784 == 0, "the images should have 784 pixels each"
    upper = [drawn.reshape(-1, 784)[:, :392] for drawn in images]
    assert_responds(upper, "the upper half of the images", "the decoder")


def plain_heads(outputs: Sequence[Tensor], what: str) -> None:
    """Assert that an output grows as the output of a linear layer on a ReLU layer does.

    Args:
        outputs: The output at large inputs t, 2t and 4t. There a ReLU network is affine along each ray.
        what: The output in words.
    """
    first, middle, far = (o.detach().double() for o in outputs)
    assert bool(torch.isfinite(far).all()), f"{what} is not finite at large inputs"
    inner, outer = middle - first, far - middle
    largest = float(inner.abs().max())
    assert largest > 0, f"{what} does not grow with the input: it is squashed or clamped"
    assert bool(((outer - 2 * inner).abs() <= 0.02 * largest).all()), (
        f"{what} does not grow in proportion to a large input: is its head linear?"
    )
    assert float(outer.min()) < 0 < float(outer.max()), (
        f"{what} never takes one of the two signs: its layer should be a plain linear one"
    )
    constant = (outer.abs() < 1e-3 * largest).float().mean()
    assert float(constant) < 0.25, (
        f"{what} is constant for many large inputs: it is squashed or clamped"
    )


def sees_all_inputs(output: Tensor, inputs: Tensor, what: str) -> None:
    """Assert that the output depends on every number of the input, whatever its sign."""
    slope = torch.autograd.grad(output.sum(), inputs, allow_unused=True)[0]
    assert slope is not None, f"{what} does not depend on its input"
    assert bool((slope != 0).all()), f"{what} ignores some of its inputs, perhaps negative ones"


def assert_has_relu(model: Any, method: str, rows: Tensor, *rest: Tensor) -> None:
    """Assert that a method has a hidden ReLU layer.

    Without a hidden layer the outputs at x and -x are as far on both sides of that at 0. For one example
    about half of the ReLU units are off, so that their weights get gradients of exactly 0.

    Args:
        model: The learner's model.
        method: "encode" or "decode".
        rows: First argument of the method; each row is an example.
        rest: Its other arguments, the same for each example.
    """
    part = {"encode": "encoder", "decode": "decoder"}[method]
    message = f"the hidden layer of the {part} should be a ReLU layer"
    calls = [(method, sign * rows[:1], *rest) for sign in (1, -1, 0)]  # of one row
    results = [r if isinstance(r, tuple | list) else (r,) for r in methods(model, *calls)]
    for outputs in zip(*results, strict=True):  # each output has to come from the hidden layer
        here, opposite, middle = (output.detach() for output in outputs)
        bend = (here + opposite - 2 * middle).abs().max()
        assert float(bend) > 1e-3 * float((here - middle).abs().max()), message
    assert 0.02 < units_off(model, method, rows, *rest) < 0.98, message


def assert_mode_kept(call: Callable[[Any], Any], model: Any, name: str) -> None:
    """Assert that a call leaves a model and its parts in the mode in which they came, training or evaluation.

    Args:
        call: Calls the learner's function with the model.
        model: The model.
        name: What was called, in words.
    """
    for training in (True, False):
        model.train(training)
        call(model)
        mode = "training" if training else "evaluation"
        assert {m.training for m in model.modules()} == {training}, (
            f"{name} took a model out of {mode} mode"
        )


def give_gradient(model: Any) -> Tensor:
    """Set a gradient at the first parameter of a model, as a caller may have one; return a copy of it."""
    parameter = next(model.parameters())
    parameter.grad = torch.linspace(-1, 2, parameter.numel()).view(parameter.shape)
    return parameter.grad.clone()


def assert_gradients_kept(model: Any, own: Tensor, name: str) -> None:
    """Assert that the gradient of `give_gradient` is there as it was, and no other.

    Args:
        model: The model.
        own: What `give_gradient` returned.
        name: What was called, in words.
    """
    first, *others = (p.grad for p in model.parameters())
    assert first is not None, f"{name} threw a gradient of the caller away"
    assert torch.equal(first, own), f"{name} changed a gradient of the caller"
    assert all(g is None for g in others), f"{name} left gradients behind"


def units_off(model: Any, method: str, rows: Tensor, *rest: Tensor) -> float:
    """Return the fraction of zeros in a method's gradient in the weights, averaged over single rows.

    Parameters whose gradient is zero everywhere do not count.

    Args:
        model: The model.
        method: Name of the method; the gradient is that of the sum of its outputs.
        rows: Inputs, of shape (batch, input_dim).
        rest: Further arguments, each of shape (1, width), the same for every row.
    """
    fractions, parameters = [], list(model.parameters())
    outputs = _together(getattr(model, method)(rows, *(r.repeat(len(rows), 1) for r in rest)))
    for output in outputs:
        slopes = torch.autograd.grad(output.sum(), parameters, retain_graph=True, allow_unused=True)
        touched = [g for g in slopes if g is not None and bool((g != 0).any())]
        zeros = sum(int((g == 0).sum()) for g in touched)
        fractions.append(zeros / max(1, sum(g.numel() for g in touched)))
    return sum(fractions) / len(fractions)


def _together(outputs: Any) -> Tensor:
    """Return the outputs of a method, one tensor or several, side by side: (batch, width)."""
    return torch.cat(tuple(outputs), 1) if isinstance(outputs, tuple | list) else outputs


def spread_case(generator: torch.Generator, rows: int) -> tuple[Tensor, Tensor]:
    """Return mu and log_var of a q, each (rows, 6), all rows alike; very narrow to very wide dimensions."""
    mu, log_var = 3 * randn(generator, 1, 6), 2 * randn(generator, 1, 6)
    log_var[:, 3:] = torch.tensor([-6.0, 9.0, -1.0]) + 0.2 * randn(generator, 3)
    return mu.repeat(rows, 1), log_var.repeat(rows, 1)


def noise_of(model: Any, *cases: tuple[Tensor, Tensor]) -> list[Tensor]:
    """Return the standardised noise (z - mu) / sigma of calls of reparameterize, in float64.

    Args:
        model: The learner's model.
        cases: (mu, log_var) of each call.
    """
    noises = []
    samples = methods(model, *(("reparameterize", *case) for case in cases))
    for z, (mu, log_var) in zip(samples, cases, strict=True):
        assert_shape(z, tuple(mu.shape), "z")
        z, mu, log_var = z.detach().double(), mu.double(), log_var.double()
        noises.append((z - mu) / torch.exp(0.5 * log_var))
    return noises


def loss_case(generator: torch.Generator, rows: int, dtype=torch.float32) -> tuple[Tensor, ...]:
    """Return x_logits and x, each (rows, 11), and mu and log_var, each (rows, 4).

    The three sizes should differ, so that a sum over a wrong dimension shows.
    """
    x_logits, x = 3 * randn(generator, rows, 11), uniform(generator, rows, 11)
    mu, log_var = randn(generator, rows, 4), 1.5 * randn(generator, rows, 4)
    return tuple(t.to(dtype) for t in (x_logits, x, mu, log_var))


def bernoulli_cost(x_logits: Tensor, x: Tensor) -> Tensor:
    """Return -log p(x|z) per image in nats, (batch,), in float64.

    The formula max(l, 0) - x l + log(1 + exp(-|l|)) is exact for logits l of any size.
    """
    logits, x = x_logits.double(), x.double()
    return (logits.clamp(min=0) - x * logits + torch.log1p(torch.exp(-logits.abs()))).sum(1)


def kl_table(mu: Tensor, log_var: Tensor) -> Tensor:
    """Return the KL to N(0, 1) of each dimension of each image, (batch, latent_dim), in float64."""
    mu, sigma = mu.double(), torch.exp(0.5 * log_var.double())
    return kl_divergence(Normal(mu, sigma), Normal(torch.zeros_like(mu), torch.ones_like(mu)))


def gaussian_kl(mu: Tensor, log_var: Tensor) -> Tensor:
    """Return the KL to N(0, I) per image in nats, (batch,), in float64."""
    return kl_table(mu, log_var).sum(1)


def neg_elbo_of(x_logits: Tensor, x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """Return the negative ELBO per image in nats, (batch,), in float64, for logits of a given z."""
    return bernoulli_cost(x_logits, x) + gaussian_kl(mu, log_var)


def noisy_model() -> WatchedVAE:
    """Return a VAE whose sampling noise adds several nats to the reconstruction cost."""
    model = WatchedVAE(input_dim=6, latent_dim=2, seed=3, scale=2.0)
    with torch.no_grad():
        model.encoder.weight.mul_(0.2)
        model.encoder.bias.zero_()
    return model


def assert_is_number(value: Any, what: str) -> None:
    """Assert that a value is a number of any type; another criterion asserts that it is a float."""
    scalar = isinstance(value, Tensor) and value.numel() == 1
    assert scalar or isinstance(value, int | float), f"{what} should be a number"


def as_float(value: Any) -> float:
    """Return a number or a scalar tensor as a float."""
    return float(value.detach() if isinstance(value, Tensor) else value)


def assert_same_parameters(model: nn.Module, expected: nn.Module, lr: float, what: str) -> None:
    """Assert that two models have the same parameters, up to an error of 0.002 in a gradient.

    Args:
        model: The model after the learner's update.
        expected: The model after the right update.
        lr: Learning rate of the update.
        what: The model in words.
    """
    for ours, right in zip(model.parameters(), expected.parameters(), strict=True):
        assert_close(ours, right.detach(), f"a parameter of {what}", rtol=1e-5, atol=2e-3 * lr)
