"""Check the CUDA graphs of training on a GPU, and time them against the plain loop; under 5 minutes.

    python -m benchmarks.gpu [--steps 3000] [--seeds 5]

It says for each check what was expected and what was seen, and ends with exit status 1 if one failed:

- a loss without random numbers: losses of the graph equal those of the plain loop;
- a VAE: test neg ELBO after the same number of steps, four runs of each way;
- a step that cannot be recorded: one line says so, and training goes on;
- several seeds of Burda's model side by side: each loss is that of the model by itself.

Then it prints microseconds per step, for one model and for several side by side. Images are random ones of
MNIST's size: no step depends on what they show.
"""

import argparse
import contextlib
import io
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from benchmarks.reproduce.burda import initial_model, iwae_loss
from benchmarks.reproduce.together import Together, _chunk, run
from course_utils import runtime
from course_utils.data import binarize
from course_utils.evaluation import neg_elbo
from course_utils.graphs import Chunk
from course_utils.models import MLPVAE
from course_utils.training import Step, adam, fit, negative_elbo_step, step_on


def main() -> int:
    """Run the checks, then the timings."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=3000, help="steps of each timing")
    parser.add_argument("--seeds", type=int, default=5, help="models side by side")
    args = parser.parse_args()
    if not torch.cuda.is_available():
        print("PyTorch sees no GPU here: nothing is checked.")
        return 2
    device = torch.device("cuda")
    print(f"machine: {runtime.machine(device)}")
    torch.manual_seed(0)
    images = torch.rand(60_000, 784, device=device) * torch.rand(784, device=device)
    checks = [same_losses, same_quality, refused, side_by_side]
    passed = [check(images) for check in checks]
    time_steps(images, args.steps)
    time_together(images, args.steps, args.seeds)
    print(f"{sum(passed)} of {len(passed)} checks passed")
    return 0 if all(passed) else 1


def plain(step: Step) -> Step:
    """Return a step of which `fit` does not know the loss: it runs step by step."""
    return lambda *args: step(*args)


def report(name: str, passed: bool, seen: str) -> bool:
    """Print one line on a check and return whether it passed."""
    print(f"{'ok  ' if passed else 'FAIL'} {name}: {seen}", flush=True)
    return passed


def same_losses(images: Tensor) -> bool:
    """Train an autoencoder, which draws nothing, both ways from the same weights in the same order."""

    def squared_error(model: nn.Module, x: Tensor) -> Tensor:
        mu, _ = model.encode(x)
        return (model.decode(mu).sigmoid() - x).square().sum(dim=-1).mean()

    losses = []
    for way in (lambda step: step, plain):
        torch.manual_seed(1)
        model = MLPVAE().to(images.device)
        step = way(step_on(squared_error))
        options = {"epochs": 3, "anneal": True, "seed": 2, "progress": False}
        losses.append(fit(model, images[:20_000], step, **options)["loss"])
    gap = max(abs(a - b) / b for a, b in zip(*losses, strict=True))
    return report("same losses", gap < 1e-4, f"largest relative difference {gap:.1e}, below 1e-4")


def same_quality(images: Tensor) -> bool:
    """Train a VAE on binarised images both ways; the test scores must agree within their spread."""
    scores: list[list[float]] = [[], []]
    for seed in range(4):
        for found, way in zip(scores, (lambda step: step, plain), strict=True):
            torch.manual_seed(seed)
            model = MLPVAE(784, (300, 300), 10, "elu").to(images.device)
            options = {"epochs": 2, "transform": binarize, "seed": seed, "progress": False}
            fit(model, images[:30_000], way(negative_elbo_step), **options)
            test_x = binarize(images[-5000:], torch.Generator().manual_seed(0))
            found.append(neg_elbo(model, test_x).neg_elbo)
    ours, theirs = (statistics.mean(found) for found in scores)
    spread = max(statistics.stdev(found) for found in scores)
    allowed = 4 * spread + 0.002 * theirs
    seen = f"graph {ours:.2f}, plain loop {theirs:.2f} nats, at most {allowed:.2f} apart"
    return report("same quality", abs(ours - theirs) < allowed, seen)


def refused(images: Tensor) -> bool:
    """Train with a loss that reads a value back, which no graph can hold."""

    def reads_back(model: nn.Module, x: Tensor) -> Tensor:
        loss = model(x)[0].square().mean()
        return loss * (1.0 if loss.item() < 1e9 else 0.5)

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        model = MLPVAE().to(images.device)
        history = fit(model, images[:20_000], step_on(reads_back), epochs=1, progress=False)
    lines = said.getvalue().splitlines()
    passed = len(lines) == 1 and history.steps == 157 and history["loss"][0] > 0
    return report(
        "refused graph", passed, f"{history.steps} of 157 steps; said: {' / '.join(lines)}"
    )


def side_by_side(images: Tensor) -> bool:
    """Compare losses of stacked models with those of each by itself, without noise in z."""
    models = [initial_model(images[:1000]) for _ in range(3)]
    for model in models:  # sigma is nearly 0
        with torch.no_grad():
            model.encoder[-1].bias[50:] = -60
            model.encoder[-1].weight[50:] = 0
    x = binarize(images[:60])
    losses = Together(models, k=1).losses(x)
    alone = torch.stack(
        [iwae_loss(m, part, 1) for m, part in zip(models, x.split(20), strict=True)]
    )
    gap = ((losses - alone).abs() / alone).max().item()
    return report("side by side", gap < 1e-4, f"largest relative difference {gap:.1e}, below 1e-4")


def per_step(call: Callable[[], object], num_steps: int) -> float:
    """Return microseconds per step of a call that makes so many."""
    torch.cuda.synchronize()
    start = time.perf_counter()
    call()
    torch.cuda.synchronize()
    return 1e6 * (time.perf_counter() - start) / num_steps


def time_steps(images: Tensor, num_steps: int) -> None:
    """Print the time of a step of CS236's network with the graph and without."""
    times = {}
    for name, step in (("graph", negative_elbo_step), ("plain loop", plain(negative_elbo_step))):
        model = MLPVAE(784, (300, 300), 10, "elu").to(images.device)
        options = {"batch_size": 100, "transform": binarize, "progress": False}
        # The second training is timed: kernels are chosen and loaded by then.
        for count in (300, num_steps):
            train = partial(fit, model, images, step, num_steps=count, **options)
            times[name] = per_step(train, count)
    ratio = times["plain loop"] / times["graph"]
    print(
        f"CS236's network, batches of 100: graph {times['graph']:.0f} us a step, "
        f"plain loop {times['plain loop']:.0f} us, {ratio:.1f} times as long"
    )


def train_chunks(chunk: Chunk, images: Tensor, num_steps: int) -> None:
    """Make so many updates on images drawn at random."""
    for _ in range(num_steps // chunk.num_steps):
        run(chunk, torch.randint(len(images), chunk.rows.shape, device=images.device), 1e-3)


def time_together(images: Tensor, num_steps: int, seeds: int) -> None:
    """Print the time of a step of Burda's models side by side, with 1 and 50 samples of z."""
    for k in (1, 50):
        for num_models in (1, seeds):
            both = Together([initial_model(images[:1000]) for _ in range(num_models)], k)
            chunk = _chunk(both, images, adam(both), batch_size=20, num_models=num_models)
            chunk.generator.manual_seed(0)

            for count in (2 * chunk.num_steps, num_steps):
                duration = per_step(partial(train_chunks, chunk, images, count), count)
            hours = 3280 * 3000 * duration / 3.6e9
            print(
                f"Burda's model, k = {k}, {num_models} side by side: {duration:.0f} us a step, "
                f"{hours:.1f} hours for the whole schedule",
                flush=True,
            )


if __name__ == "__main__":
    sys.exit(main())
