"""Check the CUDA graphs of training on a GPU, and time them against the plain loop; under 5 minutes.

    python -m benchmarks.gpu [--steps 3000] [--seeds 5]

It says for each check what was expected and what was seen, and ends with exit status 1 if one failed:

- a graph is really replayed, and draws new random numbers in each step, of the loss and of the transform;
- chunks as graphs end with the weights of the same chunks step by step: one model, and several side by side;
- a loss without random numbers: losses of `fit` with the graph equal those of the plain loop;
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
from benchmarks.reproduce.together import Together, _chunk
from course_utils import runtime
from course_utils.data import binarize
from course_utils.evaluation import neg_elbo
from course_utils.graphs import Chunk, Loss
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
    checks = [fresh_noise, same_weights, same_losses, same_quality, refused, side_by_side]
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


def chunk_for(
    loss: Loss, model: nn.Module, images: Tensor, captures: bool, num_models: int = 1
) -> Chunk:
    """Return chunks of 20 steps of 16 images per model, seeded: random numbers follow from the call alone."""
    torch.manual_seed(5)
    generator = torch.Generator(images.device).manual_seed(6)
    batch_size = 16 * num_models
    common = loss, model, (images,), adam(model), 20, batch_size, binarize, generator
    return Chunk(*common, captures=captures)


def chunks_of_rows(chunk: Chunk, count: int) -> list[Tensor]:
    """Return rows for so many chunks, always the same."""
    generator = torch.Generator().manual_seed(7)
    return [torch.randint(100, chunk.rows.shape, generator=generator) for _ in range(count)]


def fresh_noise(images: Tensor) -> bool:
    """Let losses be random numbers: 60 steps in three chunks must give 60 values."""
    weights = torch.rand(784, device=images.device)
    parts = []
    for name in ("loss", "transform"):
        # The transform draws pixels. The same images in each step would give the same loss without it.
        def loss(model: nn.Module, x: Tensor, name: str = name) -> Tensor:
            drawn = torch.rand((), device=x.device) if name == "loss" else (x * weights).mean()
            return drawn + 0 * next(model.parameters()).sum()

        chunk = chunk_for(loss, MLPVAE().to(images.device), images, images.is_cuda)
        rows = torch.arange(chunk.batch_size).expand(chunk.rows.shape)
        losses = torch.cat([chunk.run(rows, [1.0] * 20).clone() for _ in range(3)])
        replayed = images.is_cuda == (chunk.graph is not None)
        parts.append((len(losses.unique()), replayed))
    passed = all(count == 60 and replayed for count, replayed in parts)
    counts = " and ".join(str(count) for count, _ in parts)
    return report("fresh noise", passed, f"{counts} of 60 values; as expected: {parts}")


def same_weights(images: Tensor) -> bool:
    """Train by five chunks as graphs, and by the same step by step, with the same random numbers."""
    gaps, replayed = [], True
    for num_models in (1, 3):
        models = [initial_model(images[:100]) for _ in range(num_models)]
        start = nn.utils.parameters_to_vector(Together(models, k=2).parameters()).detach()
        ends = []
        for captures in (images.is_cuda, False):
            both = Together(models, k=2)
            chunk = chunk_for(lambda model, x: model(x), both, images, captures, num_models)
            for number, rows in enumerate(chunks_of_rows(chunk, 5)):
                chunk.run(rows, [1.0 - 0.1 * number] * 20)
            replayed &= captures == (chunk.graph is not None)
            ends.append(nn.utils.parameters_to_vector(both.parameters()).detach())
        gaps.append(((ends[0] - ends[1]).norm() / (ends[1] - start).norm()).item())
    seen = f"difference {max(gaps):.1e} of the way that the weights went, below 0.02"
    passed = replayed and max(gaps) < 0.02
    return report("same weights", passed, f"{seen}; replayed as expected: {replayed}")


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
    """Make so many updates, a multiple of the chunk's, on images drawn at random."""
    factors = [1.0] * chunk.num_steps
    for _ in range(num_steps // chunk.num_steps):
        chunk.run(torch.randint(len(images), chunk.rows.shape, device=images.device), factors)


def time_together(images: Tensor, num_steps: int, seeds: int) -> None:
    """Print the time of a step of Burda's models side by side, with 1 and 50 samples of z."""
    for k in (1, 50):
        for num_models in (1, seeds):
            both = Together([initial_model(images[:1000]) for _ in range(num_models)], k)
            chunk = _chunk(both, images, adam(both), batch_size=20, num_models=num_models)
            chunk.generator.manual_seed(0)

            whole = max(1, num_steps // chunk.num_steps) * chunk.num_steps
            for count in (2 * chunk.num_steps, whole):
                duration = per_step(partial(train_chunks, chunk, images, count), count)
            hours = 3280 * 3000 * duration / 3.6e9
            print(
                f"Burda's model, k = {k}, {num_models} side by side: {duration:.0f} us a step, "
                f"{hours:.1f} hours for the whole schedule",
                flush=True,
            )


if __name__ == "__main__":
    sys.exit(main())
