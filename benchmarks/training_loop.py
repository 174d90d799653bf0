"""Compare the course's training loop with the usual one, and with the peak of the machine.

Both train a 784-400-20 VAE on MNIST-sized data for the same epochs with Adam at 1e-3. "Usual" is the
loop of pytorch/examples: torchvision's MNIST with ToTensor in a DataLoader, default Adam, binary
cross-entropy with logits, `.item()` at each step. The two loops run in turn, and the ratio is computed for
each pair of runs. The machine's peak is the rate of its fastest large matrix product just before or just after
each of our runs.

Images come from `VAE_COURSE_DATA`; without MNIST there, random images of the same size are used.

Usage: python -m benchmarks.training_loop [--pairs 5] [--epochs 3] [--images 60000] [--json]
"""

import argparse
import json
import os
import statistics
import time

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset
from torchvision import datasets, transforms

from course_utils import evaluation, runtime
from course_utils.models import MLPVAE
from course_utils.training import fit, negative_elbo_step

BATCH_SIZE = 128
HIDDEN, LATENT, PIXELS = 400, 20, 784


class RandomMNIST(datasets.MNIST):
    """Random images in torchvision's own class for MNIST, so that loading them takes the same steps.

    Args:
        num_images: Number of images.
        seed: Seed of the images and labels.
    """

    def __init__(self, num_images: int, seed: int):
        generator = torch.Generator().manual_seed(seed)
        self.data = torch.randint(0, 256, (num_images, 28, 28), generator=generator).byte()
        self.targets = torch.randint(0, 10, (num_images,), generator=generator)
        self.transform = self.target_transform = None


class ExampleVAE(nn.Module):
    """The model of pytorch/examples, returning logits."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(PIXELS, HIDDEN)
        self.fc21 = nn.Linear(HIDDEN, LATENT)
        self.fc22 = nn.Linear(HIDDEN, LATENT)
        self.fc3 = nn.Linear(LATENT, HIDDEN)
        self.fc4 = nn.Linear(HIDDEN, PIXELS)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mu and log_var, each of shape (batch, latent_dim)."""
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def decode(self, z: Tensor) -> Tensor:
        """Return x_logits, of shape (batch, 784)."""
        return self.fc4(F.relu(self.fc3(z)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return x_logits, mu and log_var."""
        mu, log_var = self.encode(x)
        std = torch.exp(0.5 * log_var)
        return self.decode(mu + std * torch.randn_like(std)), mu, log_var


def train_usual(
    dataset: datasets.MNIST, num_images: int, epochs: int, num_workers: int = 0
) -> nn.Module:
    """Train the usual way and return the model."""
    dataset.transform = transforms.ToTensor()
    loader = DataLoader(
        Subset(dataset, range(num_images)), BATCH_SIZE, shuffle=True, num_workers=num_workers
    )
    model = ExampleVAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(epochs):
        model.train()
        train_loss = 0.0
        for images, _ in loader:
            optimizer.zero_grad()
            x = images.view(-1, PIXELS)
            x_logits, mu, log_var = model(x)
            recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
            kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
            loss = recon + kl
            loss.backward()
            train_loss += loss.item()
            optimizer.step()
    return model


def train_ours(dataset: datasets.MNIST, num_images: int, epochs: int) -> nn.Module:
    """Train the course's way, including the conversion to one float tensor, and return the model."""
    images = dataset.data[:num_images].flatten(1).float().div_(255)
    model = MLPVAE(PIXELS, (HIDDEN,), LATENT)
    fit(model, images, negative_elbo_step, epochs=epochs, batch_size=BATCH_SIZE, progress=False)
    return model


def peak_flops() -> float:
    """Return the best rate of a large float32 matrix product, in floating-point operations per second."""
    rates = []
    for size in (1024, 2048, 3072):
        a, b = torch.randn(size, size), torch.randn(size, size)
        for _ in range(5):
            seconds, _ = timed_call(torch.mm, a, b)
            rates.append(2 * size**3 / seconds)
    return max(rates)


def flops_per_image() -> int:
    """Return the floating-point operations of one forward and backward pass, counting matrix products only.

    Each weight costs two operations in the forward pass, two for its own gradient, and two for the gradient
    of its input, which the first layer does not need.
    """
    first = PIXELS * HIDDEN
    weights = first + HIDDEN * 2 * LATENT + LATENT * HIDDEN + HIDDEN * PIXELS
    return 2 * weights + 2 * weights + 2 * (weights - first)


def timed_call(function, *args):
    """Return the wall-clock seconds of a call, and its result."""
    start = time.perf_counter()
    result = function(*args)
    return time.perf_counter() - start, result


def load_images() -> tuple[str, datasets.MNIST, Tensor]:
    """Return where the images come from, the training set, and test images of shape (n, 784)."""
    root = os.environ.get("VAE_COURSE_DATA", "data")
    try:
        train, test = datasets.MNIST(root, train=True), datasets.MNIST(root, train=False)
        source = "MNIST"
    except RuntimeError:
        train, test = RandomMNIST(60_000, seed=0), RandomMNIST(10_000, seed=1)
        source = "random images of MNIST's size (no MNIST in VAE_COURSE_DATA)"
    return source, train, test.data.flatten(1).float().div_(255)


def compare_loops(
    train: datasets.MNIST, test_x: Tensor, pairs: int, epochs: int, images: int
) -> dict:
    """Run both loops in turn and print one line per pair.

    Args:
        train: The training set.
        test_x: Test images, of shape (n, 784).
        pairs: How often each loop runs.
        epochs: Epochs of each run.
        images: Training images to use.

    Returns:
        Medians over the pairs: "ratio" of ours to the usual time, "peak_fraction" of ours, seconds, test
        losses in nats per image, and "peak_gflops".
    """
    operations = flops_per_image() * images * epochs
    rows = []
    for pair in range(pairs):
        torch.manual_seed(pair)
        usual_seconds, usual_model = timed_call(train_usual, train, images, epochs)
        before = peak_flops()
        ours_seconds, ours_model = timed_call(train_ours, train, images, epochs)
        peak = max(before, peak_flops())
        losses = [evaluation.neg_elbo(m, test_x).neg_elbo for m in (usual_model, ours_model)]
        share = operations / ours_seconds / peak
        rows.append((ours_seconds, usual_seconds, *losses, share, peak))
        print(
            f"pair {pair + 1}: usual {usual_seconds:6.2f} s, ours {ours_seconds:6.2f} s, ratio "
            f"{ours_seconds / usual_seconds:.3f}, {100 * share:.0f} % of peak; "
            f"test loss {losses[0]:.2f} and {losses[1]:.2f}",
            flush=True,
        )
    ours_s, usual_s, usual_loss, ours_loss, share, peak = (
        statistics.median(column) for column in zip(*rows, strict=True)
    )
    return {
        "ratio": statistics.median(row[0] / row[1] for row in rows),
        "peak_fraction": share,
        "usual_seconds": usual_s,
        "ours_seconds": ours_s,
        "usual_test_loss": usual_loss,
        "ours_test_loss": ours_loss,
        "peak_gflops": peak / 1e9,
    }


def main(argv: list[str] | None = None) -> int:
    """Run the comparison and print a summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5, help="usual and ours, alternating")
    parser.add_argument("--epochs", type=int, default=3, help="epochs of each run")
    parser.add_argument("--images", type=int, default=60_000, help="training images")
    parser.add_argument("--workers", action="store_true", help="also time num_workers=2, once")
    parser.add_argument("--json", action="store_true", help="print a last line of JSON")
    args = parser.parse_args(argv)

    source, train, test_x = load_images()
    print(f"data: {source}; machine: {runtime.machine()}")
    images = min(args.images, len(train))
    result = compare_loops(train, test_x, args.pairs, args.epochs, images)
    if args.workers:
        result["workers_seconds"], _ = timed_call(train_usual, train, images, args.epochs, 2)
        print(f"usual with num_workers=2: {result['workers_seconds']:.2f} s")
    print(
        f"ours / usual = {result['ratio']:.3f} (median of {args.pairs} pairs); "
        f"{100 * result['peak_fraction']:.0f} % of {result['peak_gflops']:.0f} GFLOP/s; "
        f"test loss {result['ours_test_loss']:.2f} (usual {result['usual_test_loss']:.2f})"
    )
    if args.json:
        print(json.dumps({**result, "data": source, "machine": runtime.machine(), **vars(args)}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
