"""Two VAEs that sort images into classes without labels: with a categorical latent, and with a mixture prior.

Labels are used only for scoring, never for training or for choosing a setting.
"""

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from course_utils import runtime
from course_utils.evaluation import evaluating
from course_utils.likelihood import bernoulli_nll
from course_utils.models import MLPVAE, linear_layer
from course_utils.training import fit

REPRODUCED_FOLDER = Path(__file__).parent / "reproduced"


class Scores(NamedTuple):
    """How well groups without names match classes; each score is in [0, 1] (higher is better).

    Attributes:
        nmi: Normalised mutual information of groups and classes.
        accuracy: Fraction of images in the group that was matched to their class.
    """

    nmi: float
    accuracy: float


def scores(assignments: Tensor, labels: Tensor) -> Scores:
    """Score groups by normalised mutual information, and by accuracy under the best matching.

    Args:
        assignments: The group of each image, int64, of shape (n,).
        labels: Their classes, int64, of shape (n,).

    Returns:
        Both scores. For the accuracy each group is matched to at most one class, and each class to at
        most one group.
    """
    from scipy.optimize import linear_sum_assignment  # comes with scikit-learn
    from sklearn.metrics import normalized_mutual_info_score
    from sklearn.metrics.cluster import contingency_matrix

    found, classes = assignments.cpu().numpy(), labels.cpu().numpy()
    table = contingency_matrix(classes, found)
    matched = table[linear_sum_assignment(table, maximize=True)].sum()
    return Scores(
        float(normalized_mutual_info_score(classes, found)), float(matched / len(classes))
    )


def stored_runs(recipe: str) -> list[dict]:
    """Return the stored MNIST runs of a recipe of this module, in the order of their seeds.

    Args:
        recipe: "joint_capacity" or "mixture_prior".

    Returns:
        One dict per run: its "seed", its "values" by metric, "machine" and "date"; empty if none.
    """
    path = REPRODUCED_FOLDER / f"{recipe}.json"
    runs = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return sorted(runs, key=lambda run: run["seed"])


# --------------------------------------------------------------------- a categorical latent

TEMPERATURE = 0.67
CAPACITY_Z = 15.0
GAMMA = 30.0


class JointVAE(nn.Module):
    """A VAE with continuous latents z and one categorical latent c; one hidden ReLU layer on each side.

    References:
        Dupont (2018). https://arxiv.org/abs/1804.00104
    """

    def __init__(
        self,
        input_dim: int = 784,
        hidden_dim: int = 400,
        latent_dim: int = 10,
        num_classes: int = 10,
    ):
        super().__init__()
        self.sizes = [latent_dim, latent_dim, num_classes]
        self.encoder = nn.Sequential(
            nn.Linear(input_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, sum(self.sizes))
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim + num_classes, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, input_dim),
        )

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return mu, log_var and the logits of q(c|x)."""
        mu, log_var, logits = self.encoder(x).split(self.sizes, dim=1)
        return mu, log_var, logits

    def decode(self, z: Tensor, c: Tensor) -> Tensor:
        """Return x_logits, of shape (batch, input_dim)."""
        return self.decoder(torch.cat([z, c], dim=1))

    def forward(self, x: Tensor, temperature: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return x_logits of one sample of z and one soft sample of c, mu, log_var and logits."""
        mu, log_var, logits = self.encode(x)
        z = mu + (0.5 * log_var).exp() * torch.randn_like(mu)
        uniform = torch.rand_like(logits).clamp(min=torch.finfo(logits.dtype).tiny)
        c = F.softmax((logits - (-uniform.log()).log()) / temperature, dim=1)
        return self.decode(z, c), mu, log_var, logits


def words_first(
    done: float, num_classes: int = 10, capacity_z: float = CAPACITY_Z
) -> tuple[float, float]:
    """Return capacity_z and capacity_c, in nats, when the share `done` of all steps is done.

    The class gets its capacity first: it rises to its largest possible value, log(num_classes), in the
    first 60 % of the steps, while the capacity of z stays at 0 for the first half and ends at `capacity_z`.
    """
    rise_z, rise_c = max(0.0, 2 * done - 1), min(1.0, done / 0.6)
    return capacity_z * rise_z, math.log(num_classes) * rise_c


def fit_joint(
    images_train: Tensor,
    *,
    hidden_dim: int = 400,
    latent_dim: int = 10,
    capacity_z: float = CAPACITY_Z,
    num_steps: int = 3000,
    batch_size: int = 128,
    seed: int | None = None,
    progress: bool = True,
) -> JointVAE:
    """Train a VAE with a categorical latent and two capacities.

    Args:
        images_train: Images in [0, 1], of shape (n, 784).
        hidden_dim: Width of the hidden layers.
        latent_dim: Continuous latent dimensions.
        capacity_z: KL of z that is asked for at the end, in nats per image.
        num_steps: Updates; Ctrl-C ends training early, and the model stays as it is.
        batch_size: Images per update.
        seed: Seed of weights, batches and noise; `runtime.seed()` when None.
        progress: Show a bar.

    Returns:
        The trained model.
    """
    seed = runtime.seed_everything(seed)
    model = JointVAE(images_train.shape[1], hidden_dim, latent_dim).to(images_train.device)
    count = 0

    def step(model: JointVAE, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
        nonlocal count
        x_logits, mu, log_var, logits = model(x, TEMPERATURE)
        now_z, capacity_c = words_first(count / num_steps, capacity_z=capacity_z)
        miss_z = (_kl_normal(mu, log_var).mean() - now_z).abs()
        miss_c = (_kl_uniform(logits).mean() - capacity_c).abs()
        count += 1
        loss = bernoulli_nll(x_logits, x).mean() + GAMMA * (miss_z + miss_c)
        return _update(loss, optimizer)

    fit(
        model,
        images_train,
        step,
        num_steps=num_steps,
        batch_size=batch_size,
        lr=3e-3,
        seed=seed,
        progress=progress,
    )
    return model


def joint_capacity(
    images_train: Tensor,
    images_test: Tensor,
    labels_test: Tensor,
    *,
    num_steps: int = 3000,
    batch_size: int = 128,
    seed: int | None = None,
    progress: bool = True,
) -> dict[str, float]:
    """Train a VAE with a categorical latent and two capacities, and score its values of c as classes.

    Args:
        images_train: Images in [0, 1], of shape (n, 784).
        images_test: Images in [0, 1], of shape (m, 784).
        labels_test: Their classes, int64, of shape (m,); for scoring only.
        num_steps: Updates; Ctrl-C ends training early, and the model is scored as it is.
        batch_size: Images per update.
        seed: Seed of weights, batches and noise; `runtime.seed()` when None.
        progress: Show a bar.

    Returns:
        On the test images: "nmi" and "accuracy" of the most probable c, and in nats per image "kl_c" and
        its part "message", the mutual information of image and c. "seconds" is the time of everything.
    """
    start = time.perf_counter()
    model = fit_joint(
        images_train, num_steps=num_steps, batch_size=batch_size, seed=seed, progress=progress
    )
    with evaluating(model):
        logits = model.encode(images_test)[2]
        overall = logits.softmax(dim=1).mean(dim=0)
        # The mean KL is the mutual information of image and c plus the KL of the mean q(c) from uniform.
        kl_c, kl_of_mean = _kl_uniform(logits).mean(), _kl_uniform(overall.log())
    return {
        **scores(logits.argmax(dim=1), labels_test)._asdict(),
        "kl_c": float(kl_c),
        "message": float(kl_c - kl_of_mean),
        "seconds": time.perf_counter() - start,
    }


# ------------------------------------------------------------------------- a mixture as prior


HIDDEN_DIMS = (500, 500)
PRETRAINING = 0.6  # share of the steps that train the autoencoder
NUM_STARTS = 6
ROWS_OF_FIT = 15_000


def straighten(x: Tensor) -> Tensor:
    """Shear each image until its ink does not slant, and move its centre of mass to the middle.

    The slant is the covariance of the ink's two coordinates, divided by the variance of its vertical one.
    No label is needed.

    Args:
        x: Square images in [0, 1], of shape (n, num_pixels).

    Returns:
        Images in [0, 1], of the same shape.

    References:
        LeCun, Bottou, Bengio and Haffner (1998), section III.A ("deslanting").
    """
    side = math.isqrt(x.shape[1])
    ink = x.view(-1, side, side)
    place = (torch.arange(side, device=x.device) * 2 + 1) / side - 1  # centres of pixels in [-1, 1]
    down, across = place[:, None], place[None, :]

    def mean(values: Tensor) -> Tensor:
        """Return the mean over each image's pixels, weighted by ink, of shape (n,)."""
        return (ink * values).sum(dim=(1, 2)) / ink.sum(dim=(1, 2)).clamp(min=1e-6)

    centre_x, centre_y = mean(across), mean(down)
    from_x, from_y = across - centre_x[:, None, None], down - centre_y[:, None, None]
    slant = mean(from_x * from_y) / mean(from_y.square()).clamp(min=1e-6)
    one, zero = torch.ones_like(slant), torch.zeros_like(slant)
    shear = torch.stack([one, slant, centre_x, zero, one, centre_y], dim=1).view(-1, 2, 3)
    grid = F.affine_grid(shear, [len(x), 1, side, side], align_corners=False)
    return F.grid_sample(ink.unsqueeze(1), grid, align_corners=False).flatten(1).clamp(0, 1)


class MixturePrior(nn.Module):
    """A mixture of Gaussians with full covariances: p(z) = sum_k pi_k N(z; mean_k, covariance_k).

    Each inverse covariance is kept as a product A_k A_k^T of an upper triangular matrix with a positive
    diagonal, so that every value of the parameters is a valid prior.

    Args:
        means: Of shape (num_classes, latent_dim).
        factors: The A_k, of shape (num_classes, latent_dim, latent_dim).
        weights: The pi_k, above 0, of shape (num_classes,).
    """

    def __init__(self, means: Tensor, factors: Tensor, weights: Tensor):
        super().__init__()
        self.means = nn.Parameter(means.clone())
        self.upper = nn.Parameter(factors.triu(1))
        self.log_diagonals = nn.Parameter(factors.diagonal(dim1=1, dim2=2).log())
        self.log_weights = nn.Parameter(weights.log())

    def joint(self, z: Tensor) -> Tensor:
        """Return log pi_k + log N(z; mean_k, covariance_k), of shape (batch, num_classes)."""
        factors = self.upper.triu(1) + torch.diag_embed(self.log_diagonals.exp())
        white = torch.einsum("bki,kij->bkj", z.unsqueeze(1) - self.means, factors)
        constant = self.log_diagonals.sum(dim=1) - 0.5 * z.shape[1] * math.log(2 * math.pi)
        return self.log_weights.log_softmax(dim=0) + constant - 0.5 * white.square().sum(dim=2)

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log p(z), of shape (batch,)."""
        return self.joint(z).logsumexp(dim=1)

    def responsibilities(self, z: Tensor) -> Tensor:
        """Return p(k|z) by Bayes' rule, of shape (batch, num_classes)."""
        return self.joint(z).softmax(dim=1)

    def sample(self, component: int, num: int) -> Tensor:
        """Return `num` samples of one component, of shape (num, latent_dim), without gradients."""
        with torch.no_grad():
            factor = self.upper[component].triu(1) + self.log_diagonals[component].exp().diag()
            noise = torch.randn(num, len(factor), device=factor.device)
            # Covariance (A A^T)^-1: solve A^T z = noise.
            return self.means[component] + torch.linalg.solve(factor.T, noise.T).T


class MixtureVAE(nn.Module):
    """A VAE whose prior is a mixture; an image's class is the mixture component that its code most likely has.

    Attributes:
        vae: Encoder and decoder.
        prior: The mixture, None until `start_prior`.

    References:
        Jiang et al. (2017). https://arxiv.org/abs/1611.05148
    """

    def __init__(self, input_dim: int = 784, latent_dim: int = 10):
        super().__init__()
        self.vae = MLPVAE(input_dim, HIDDEN_DIMS, latent_dim)
        self.prior: MixturePrior | None = None

    def assign(self, x: Tensor) -> Tensor:
        """Return the most probable component of each image, int64, of shape (batch,)."""
        assert self.prior is not None, "start_prior makes the prior"
        with evaluating(self):
            return self.prior.joint(self.vae.encode(x)[0]).argmax(dim=1)

    def reconstruction(self, x: Tensor) -> Tensor:
        """Return the loss of the plain autoencoder (z is mu), a scalar in nats per image."""
        return bernoulli_nll(self.vae.decode(self.vae.encode(x)[0]), x).mean()

    def terms(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return recon and KL of one sampled pass, two scalars in nats per image.

        The KL of a Gaussian from a mixture has no closed form, so it is estimated with the same sample.
        """
        assert self.prior is not None, "start_prior makes the prior"
        mu, log_var = self.vae.encode(x)
        noise = torch.randn_like(mu)
        z = mu + (0.5 * log_var).exp() * noise
        log_q = -0.5 * (noise.square() + log_var + math.log(2 * math.pi)).sum(dim=1)
        kl = (log_q - self.prior.log_prob(z)).mean()
        return bernoulli_nll(self.vae.decode(z), x).mean(), kl

    def start_prior(self, x: Tensor, num_classes: int = 10, seed: int = 0) -> None:
        """Fit the mixture to the codes of images, and give q(z|x) a small variance to start with.

        Args:
            x: Images in [0, 1], of shape (n, 784).
            num_classes: Components of the mixture.
            seed: Seed of scikit-learn's `NUM_STARTS` starts, of which the most likely fit is kept.
        """
        from sklearn.mixture import GaussianMixture

        with evaluating(self):
            codes = self.vae.encode(x)[0]
        mixture = GaussianMixture(
            num_classes, n_init=NUM_STARTS, max_iter=200, reg_covar=1e-4, random_state=seed % 2**32
        )
        fitted = mixture.fit(codes.cpu().double().numpy())
        found = (fitted.means_, fitted.precisions_cholesky_, fitted.weights_)
        tensors = (torch.from_numpy(a).to(codes) for a in found)
        self.prior = MixturePrior(*tensors).to(codes.device)
        head, latent_dim = linear_layer(self.vae.encoder, -1), self.vae.latent_dim
        with torch.no_grad():
            head.weight[latent_dim:] *= 0.1
            head.bias[latent_dim:] = codes.var(dim=0).mean().log() - 4


def fit_mixture(
    images_train: Tensor,
    *,
    num_steps: int = 4000,
    batch_size: int = 128,
    seed: int | None = None,
    progress: bool = True,
) -> MixtureVAE:
    """Train an autoencoder, fit a mixture to its codes, and train both as a VAE.

    Args:
        images_train: Images in [0, 1], of shape (n, 784).
        num_steps: Updates in all; Ctrl-C ends the stage that is running.
        batch_size: Images per update.
        seed: Seed of weights, batches, noise and mixture; `runtime.seed()` when None.
        progress: Show bars.

    Returns:
        The trained model.
    """
    seed = runtime.seed_everything(seed)
    model = MixtureVAE(images_train.shape[1]).to(images_train.device)
    first = max(1, round(PRETRAINING * num_steps))

    def stage(num_steps: int, loss: Callable[[Tensor], Tensor]) -> None:
        """Train all parameters on a loss; the learning rate falls to 0 over the second half."""

        def step(model: MixtureVAE, x: Tensor, optimizer: torch.optim.Optimizer) -> float:
            return _update(loss(x), optimizer)

        fit(
            model,
            images_train,
            step,
            num_steps=num_steps,
            batch_size=batch_size,
            anneal=True,
            seed=seed,
            progress=progress,
        )

    def neg_elbo(x: Tensor) -> Tensor:
        """Return the negative ELBO, a scalar in nats per image."""
        recon, kl = model.terms(x)
        return recon + kl

    stage(first, model.reconstruction)
    model.start_prior(images_train[:ROWS_OF_FIT], seed=seed)
    stage(max(1, num_steps - first), neg_elbo)
    return model


def mixture_prior(
    images_train: Tensor,
    images_test: Tensor,
    labels_test: Tensor,
    *,
    num_steps: int = 4000,
    batch_size: int = 128,
    straight: bool = True,
    seed: int | None = None,
    progress: bool = True,
) -> dict[str, float]:
    """Train a VAE with a mixture prior, and score its components as classes.

    By default all images are straightened first, which published runs do not do. Images of one digit
    differ most in their slant, so without this the components split digits by slant.

    Args:
        images_train: Images in [0, 1], of shape (n, 784).
        images_test: Images in [0, 1], of shape (m, 784).
        labels_test: Their classes, int64, of shape (m,); for scoring only.
        num_steps: Updates in all.
        batch_size: Images per update.
        straight: Straighten all images first.
        seed: Seed of weights, batches, noise and mixture; `runtime.seed()` when None.
        progress: Show bars.

    Returns:
        On the test images: "nmi", "accuracy", and "recon" and "kl" in nats per image. "seconds" is the time
        of everything.
    """
    start = time.perf_counter()
    if straight:
        images_train, images_test = straighten(images_train), straighten(images_test)
    model = fit_mixture(
        images_train, num_steps=num_steps, batch_size=batch_size, seed=seed, progress=progress
    )
    with evaluating(model):
        recon, kl = model.terms(images_test)
    return {
        **scores(model.assign(images_test), labels_test)._asdict(),
        "recon": float(recon),
        "kl": float(kl),
        "seconds": time.perf_counter() - start,
    }


def _update(loss: Tensor, optimizer: torch.optim.Optimizer) -> float:
    """Make one update on a loss; return its value before the update."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item()


def _kl_normal(mu: Tensor, log_var: Tensor) -> Tensor:
    """Return KL(N(mu, exp(log_var)) || N(0, I)) per image, of shape (batch,)."""
    return 0.5 * (mu.square() + log_var.exp() - 1 - log_var).sum(dim=-1)


def _kl_uniform(logits: Tensor) -> Tensor:
    """Return KL(softmax(logits) || uniform) over the last dimension."""
    log_q = logits.log_softmax(dim=-1).clamp(min=-1e30)
    return (log_q.exp() * (log_q + math.log(logits.shape[-1]))).sum(dim=-1)
