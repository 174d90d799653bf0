"""VAEs made of multilayer perceptrons, plain and conditional, with the methods of every VAE of the course."""

import itertools
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

ACTIVATIONS = {"relu": nn.ReLU, "elu": nn.ELU, "tanh": nn.Tanh}


class VAE(nn.Module):
    """The methods that every VAE of the course has; a conditional one takes the class y besides.

    Functions that use a VAE name it as the type of their model. Any module with these methods will do.
    """

    encode: Callable[..., tuple[Tensor, Tensor]]
    reparameterize: Callable[..., Tensor]
    decode: Callable[..., Tensor]


class MLPVAE(VAE):
    """A VAE with Gaussian q(z|x), standard normal prior and Bernoulli p(x|z).

    The decoder has the encoder's hidden layers in reverse order.

    Args:
        input_dim: Pixels per image.
        hidden_dims: Width of each hidden layer of the encoder, from the image to the code.
        latent_dim: Dimensions of z.
        activation: "relu", "elu" or "tanh".

    Raises:
        ValueError: If `activation` is not one of those.

    References:
        Kingma and Welling (2014). https://arxiv.org/abs/1312.6114
    """

    def __init__(
        self,
        input_dim: int = 784,
        hidden_dims: Sequence[int] = (400,),
        latent_dim: int = 20,
        activation: str = "relu",
    ):
        super().__init__()
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation must be one of {sorted(ACTIVATIONS)}, got {activation!r}")
        self.latent_dim = latent_dim
        # One layer computes mu and log_var together, which takes one matrix product instead of two.
        self.encoder = _mlp([input_dim, *hidden_dims, 2 * latent_dim], activation)
        self.decoder = _mlp([latent_dim, *reversed(hidden_dims), input_dim], activation)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mu and log_var of q(z|x), each of shape (batch, latent_dim)."""
        mu, log_var = self.encoder(x).chunk(2, dim=-1)
        return mu, log_var

    def reparameterize(self, mu: Tensor, log_var: Tensor) -> Tensor:
        """Return one sample of q(z|x), of shape (batch, latent_dim), differentiable in both."""
        return mu + (0.5 * log_var).exp() * torch.randn_like(mu)

    def decode(self, z: Tensor) -> Tensor:
        """Return the logits of p(x|z), of shape (batch, input_dim)."""
        return self.decoder(z)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return x_logits of one sampled pass, and mu and log_var of q(z|x)."""
        mu, log_var = self.encode(x)
        return self.decode(self.reparameterize(mu, log_var)), mu, log_var


class MLPCVAE(MLPVAE):
    """A conditional VAE: the one-hot class y is part of the encoder's input and of the decoder's.

    Args:
        input_dim: Pixels per image.
        hidden_dims: Width of each hidden layer of the encoder.
        latent_dim: Dimensions of z.
        num_classes: Classes, the width of y.
        activation: "relu", "elu" or "tanh".

    Raises:
        ValueError: If `activation` is not one of those.

    References:
        Sohn, Lee and Yan (2015); Kingma et al. (2014), model M2. https://arxiv.org/abs/1406.5298
    """

    def __init__(
        self,
        input_dim: int = 784,
        hidden_dims: Sequence[int] = (400,),
        latent_dim: int = 20,
        num_classes: int = 10,
        activation: str = "relu",
    ):
        super().__init__(input_dim, hidden_dims, latent_dim, activation)
        self.num_classes = num_classes
        sizes = [input_dim + num_classes, *hidden_dims, 2 * latent_dim]
        self.encoder = _mlp(sizes, activation)
        self.decoder = _mlp(
            [latent_dim + num_classes, *reversed(hidden_dims), input_dim], activation
        )

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return mu and log_var of q(z|x, y), each of shape (batch, latent_dim)."""
        return super().encode(torch.cat([x, y], dim=-1))

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        """Return the logits of p(x|z, y), of shape (batch, input_dim)."""
        return super().decode(torch.cat([z, y], dim=-1))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return x_logits of one sampled pass, and mu and log_var of q(z|x, y)."""
        mu, log_var = self.encode(x, y)
        return self.decode(self.reparameterize(mu, log_var), y), mu, log_var


def linear_layer(network: nn.Sequential, index: int) -> nn.Linear:
    """Return a layer of a network by its index; it must be a linear one."""
    layer = network[index]
    assert isinstance(layer, nn.Linear)
    return layer


def _mlp(sizes: Sequence[int], activation: str) -> nn.Sequential:
    """Return linear layers of these sizes with the activation between them."""
    layers: list[nn.Module] = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        layers += [nn.Linear(fan_in, fan_out), ACTIVATIONS[activation]()]
    return nn.Sequential(*layers[:-1])
