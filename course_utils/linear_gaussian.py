"""The linear-Gaussian model of lesson 01, where posterior and ELBO are known exactly.

z ~ N(0, I), and x given z ~ N(W z + b, noise_var I). The evidence log p(x) is an exercise, so it is not here.
"""

import math

import torch
from torch import Tensor


class LinearGaussian:
    """Probabilistic PCA with given parameters.

    Args:
        W: Loadings, of shape (data_dim, latent_dim).
        b: Mean of x, of shape (data_dim,).
        noise_var: Variance of the noise on each coordinate of x, above 0.

    Raises:
        ValueError: If the shapes do not fit or `noise_var` is not above 0.

    References:
        Tipping and Bishop (1999). https://doi.org/10.1111/1467-9868.00196
    """

    def __init__(self, W: Tensor, b: Tensor, noise_var: float):
        if W.ndim != 2 or b.shape != W.shape[:1]:
            shapes = f"{tuple(W.shape)} and {tuple(b.shape)}"
            raise ValueError(f"W must be (data_dim, latent_dim) and b (data_dim,), got {shapes}")
        if not noise_var > 0:
            raise ValueError(f"noise_var must be above 0, got {noise_var}")
        self.W, self.b, self.noise_var = W, b, float(noise_var)
        self.data_dim, self.latent_dim = W.shape

    @classmethod
    def orthogonal(
        cls,
        data_dim: int,
        latent_dim: int,
        noise_var: float = 0.5,
        generator: torch.Generator | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> "LinearGaussian":
        """Return a random model whose W has orthogonal columns of lengths 1 to 2.

        Its posterior has a diagonal covariance, so a diagonal Gaussian q can be exact.

        Raises:
            ValueError: If `latent_dim` exceeds `data_dim`.
        """
        if latent_dim > data_dim:
            raise ValueError(f"latent_dim {latent_dim} exceeds data_dim {data_dim}")
        # In float64 the columns are orthogonal within much less than float32's rounding.
        gaussian = torch.randn(data_dim, latent_dim, generator=generator, dtype=torch.float64)
        columns, _ = torch.linalg.qr(gaussian)
        lengths = torch.linspace(2.0, 1.0, latent_dim, dtype=torch.float64)
        b = torch.randn(data_dim, generator=generator, dtype=torch.float64)
        return cls((columns * lengths).to(dtype), b.to(dtype), noise_var)

    def sample(self, num: int, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """Draw pairs from p(x, z): x of shape (num, data_dim) and z of shape (num, latent_dim)."""
        z = torch.randn(num, self.latent_dim, generator=generator, dtype=self.W.dtype)
        noise = torch.randn(num, self.data_dim, generator=generator, dtype=self.W.dtype)
        return z @ self.W.T + self.b + math.sqrt(self.noise_var) * noise, z

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """Return log p(x|z) in nats, summed over the data dimensions.

        Args:
            x: Data, of shape (..., data_dim).
            z: Codes, of shape (..., latent_dim); leading dimensions broadcast with those of `x`.

        Returns:
            One value per pair, e.g. of shape (num_samples, batch) for z of shape (num_samples, batch,
            latent_dim).
        """
        squared_error = (x - (z @ self.W.T + self.b)).square().sum(dim=-1)
        log_normaliser = 0.5 * self.data_dim * math.log(2 * math.pi * self.noise_var)
        return -0.5 * squared_error / self.noise_var - log_normaliser

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean (batch, latent_dim) and covariance (latent_dim, latent_dim) of p(z|x)."""
        identity = torch.eye(self.latent_dim, dtype=self.W.dtype)
        covariance = torch.linalg.inv(identity + self.W.T @ self.W / self.noise_var)
        return (x - self.b) @ self.W @ covariance / self.noise_var, covariance

    @property
    def posterior_log_var(self) -> Tensor:
        """Log variances of p(z|x), of shape (latent_dim,): the same for every x.

        Raises:
            ValueError: If the columns of W are not orthogonal, because then no diagonal q is exact.
        """
        gram = self.W.T @ self.W
        lengths = gram.diagonal()
        if (gram - lengths.diag()).abs().max() > 1e-4 * lengths.max():
            raise ValueError("W has no orthogonal columns, so the posterior is not diagonal")
        return -(1 + lengths / self.noise_var).log()

    def exact_elbo(self, x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
        """Return the ELBO of q = N(mu, diag exp(log_var)) in closed form, without sampling.

        Args:
            x: Data, of shape (batch, data_dim).
            mu: Means of q, of shape (batch, latent_dim).
            log_var: Log variances of q, of shape (batch, latent_dim).

        Returns:
            One value per example in nats, of shape (batch,).
        """
        spread = (log_var.exp() * self.W.square().sum(dim=0)).sum(dim=-1)
        expected_log_likelihood = self.log_likelihood(x, mu) - 0.5 * spread / self.noise_var
        kl = 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=-1)
        return expected_log_likelihood - kl
