"""The debugging clinic of lesson 08: a list of causes, a trainer, and `listen`, which records tensors.

A *program* is a function `program(model, *batch)` that returns a tuple with its loss first, in nats per image.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from course_utils import evaluation, training
from course_utils.models import VAE

# Sorted by their text, so that a cause's letter gives no hint which patient has it.
CAUSES = dict(
    zip(
        "ABCDEFGHIJKLMNOPQR",
        sorted(
            [
                "A factor of one half is missing from part of the KL",
                "Gradients of earlier batches are never cleared",
                "Images of the test set were trained on",
                "Means over batches are divided by a number they do not belong to, and two of them swap names",
                "The KL has the wrong sign",
                "The KL is averaged over the latent dimensions, where it should be summed",
                "The KL is left out of the loss",
                "The decoder ignores the condition, and the encoder sees it",
                "The decoder is shown what it is asked to predict",
                "The learning rate is far too high",
                "The noise is switched off when the model is scored",
                "The optimizer was not given the weights of the decoder",
                "The pixels leave the range for which the likelihood is defined",
                "The reconstruction is averaged over the pixels, where it should be summed",
                "The same noise is used for every image of a batch",
                "The sample is cut off: no gradient flows through it to the encoder",
                "The sampler takes a variance for a standard deviation, and the KL does not",
                "The sigmoid is applied twice",
            ]
        ),
        strict=True,
    )
)


def train(
    program: Callable[..., tuple],
    model: nn.Module,
    images: Tensor | tuple[Tensor, ...],
    num_steps: int,
    lr: float = 2e-3,
) -> list[float]:
    """Train a model on the loss that a program returns, which is the first of its values.

    Args:
        program: `program(model, x)`, or `program(model, x, labels)` for a tuple of images and labels.
        model: Trained in place.
        images: Training images of shape (n, 784), or a tuple such as (images, labels).
        num_steps: Updates, with batches of 128.
        lr: Learning rate of Adam.

    Returns:
        The loss before each update, as the program reports it.
    """
    losses: list[float] = []

    def step(model: nn.Module, *batch_and_optimizer: Any) -> float:
        *batch, optimizer = batch_and_optimizer
        losses.append(_update(program(model, *batch)[0], optimizer))
        return losses[-1]

    training.fit(model, images, step, num_steps=num_steps, lr=lr, progress=False)
    return losses


def smooth(losses: list[float], width: int = 20) -> Tensor:
    """Return means of `width` neighbours, of shape (len(losses) // width,); an incomplete rest is dropped."""
    whole = len(losses) // width * width
    return torch.tensor(losses[:whole], dtype=torch.float64).view(-1, width).mean(dim=1)


def second_opinion(model: VAE, x: Tensor, **reports: tuple) -> None:
    """Print the losses that programs report for a Bernoulli VAE, and below them what the course measures.

    Args:
        model: The trained model.
        x: Images to measure on, of shape (n, 784).
        reports: By name, (loss, recon, kl) as a program returned them.
    """
    lines = {name.replace("_", " "): report for name, report in reports.items()}
    lines["the clinic measures"] = evaluation.neg_elbo(model, x, num_samples=4)
    width = max(map(len, lines))
    print(f"{'':{width}}  {'loss':>8} {'recon':>8} {'kl':>8}")
    for name, terms in lines.items():
        numbers = [torch.as_tensor(term).detach().item() for term in terms]
        print(f"{name:{width}}  " + " ".join(f"{number:8.2f}" for number in numbers))


@dataclass(frozen=True)
class Heard:
    """The tensors that went between a program and a model when the program ran once.

    Attributes:
        outputs: What the program returned.
        x: What the encoder was given, of shape (batch, 784).
        mu: Means that the encoder returned, of shape (batch, latent_dim).
        log_var: Log variances that the encoder returned, of the same shape.
        z: What the decoder was given, of shape (..., batch, latent_dim).
        z_has_gradient: Whether a gradient can flow through z.
        condition: What the decoder was given beside z, or None.
        x_logits: What the decoder returned, of shape (..., batch, 784).
    """

    outputs: Any
    x: Tensor
    mu: Tensor
    log_var: Tensor
    z: Tensor
    z_has_gradient: bool
    condition: Tensor | None
    x_logits: Tensor

    @property
    def noise(self) -> Tensor:
        """(z - mu) / sigma, of the shape of z; standard normal where a program samples correctly."""
        return (self.z - self.mu) / torch.exp(0.5 * self.log_var)


def listen(program: Callable, model: VAE, *inputs: Any) -> Heard:
    """Run a program once and report what it gave to the encoder and to the decoder.

    Args:
        program: Called as `program(model, *inputs)`.
        model: A VAE with `encode` and `decode`; its gradients are left as they were.
        inputs: What the program takes after the model.
    """
    stethoscope = Stethoscope(model)
    outputs = program(stethoscope, *inputs)
    return Heard(outputs=outputs, **stethoscope.heard)


class Stethoscope(nn.Module):
    """A model that passes every call on to another and records what goes in and out of its two networks.

    Args:
        model: A VAE, conditional or not.
    """

    def __init__(self, model: VAE):
        super().__init__()
        self.model = model
        self.train(model.training)
        self.heard: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        """Return attributes that this class lacks, such as `latent_dim`, from the model."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("model"), name)

    def encode(self, x: Tensor, *condition: Tensor) -> tuple[Tensor, Tensor]:
        """Return the model's mu and log_var, each of shape (batch, latent_dim), and record them."""
        mu, log_var = self.model.encode(x, *condition)
        self.heard |= {"x": x.detach(), "mu": mu.detach(), "log_var": log_var.detach()}
        return mu, log_var

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        """Return the model's own sample of z, of shape (batch, latent_dim)."""
        return self.model.reparameterize(mu, log_var)

    def decode(self, z: Tensor, *condition: Tensor) -> Tensor:
        """Return the model's logits, of shape (..., batch, 784), and record them."""
        x_logits = self.model.decode(z, *condition)
        self.heard |= {
            "z": z.detach(),
            "z_has_gradient": z.requires_grad,
            "condition": condition[0].detach() if condition else None,
            "x_logits": x_logits.detach(),
        }
        return x_logits

    def forward(self, x: Tensor, *condition: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return x_logits of one sampled pass, mu and log_var."""
        mu, log_var = self.encode(x, *condition)
        return self.decode(self.reparameterize(mu, log_var), *condition), mu, log_var


def _update(loss: Tensor, optimizer: Optimizer) -> float:
    """Make one update and return the loss before it."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item()
