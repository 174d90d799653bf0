"""The rows of published numbers that this course repeats: define them, run them and store their results.

`vae-course reproduce ROW` runs a row seed by seed. Each seed is stored in `course_utils/reproduced/<row>.json`
as soon as it is finished, so a run that was stopped goes on with the next seed.
"""

import dataclasses
import datetime
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from autograder.files import write_atomically
from benchmarks.reproduce.burda import burda
from benchmarks.reproduce.mixture import cs236_mixture
from benchmarks.reproduce.together import burda_together
from course_utils import clustering, runtime
from course_utils.data import DataError, ImageData
from course_utils.published import (
    BURDA_IWAE,
    BURDA_VAE,
    CS236,
    CS236_MIXTURE,
    JOINT_CAPACITY,
    MIXTURE_CLUSTERING,
    PUBLISHED,
    Published,
    cs236,
)
from course_utils.training import must_finish

RESULTS_FOLDER = clustering.REPRODUCED_FOLDER
FULL, SHORTENED = "full", "shortened"


class ReproduceError(ValueError):
    """A row or schedule that does not exist, or a damaged file; the message is one line and says what to do."""


@dataclass(frozen=True)
class Schedule:
    """A length of training.

    Attributes:
        text: Steps or epochs, in a few words.
        minutes: Expected per seed on two CPU cores, training and scoring.
    """

    text: str
    minutes: float


@dataclass(frozen=True)
class Job:
    """One seed to run.

    Attributes:
        images: The data.
        seed: Decides everything random.
        schedule: `FULL` or `SHORTENED`.
        state: File for the state of training, from which a long row goes on after a stop.
        progress: Show bars.
    """

    images: ImageData
    seed: int
    schedule: str
    state: Path
    progress: bool


@dataclass(frozen=True)
class Row:
    """A published result.

    Attributes:
        name: Its name on the command line.
        title: Its model, a key of `PUBLISHED`.
        run: Trains and scores one seed, and returns its metrics.
        together: Trains and scores several seeds at once, which takes a GPU hardly longer than one; returns
            the metrics of each. None where seeds are run one after another.
        schedules: The lengths of training it can have, `FULL` first.
        seeds: How many seeds are run by default.
        seeds_on_gpu: As many on a GPU, where it differs.
        note: How our run differs from the published one.
    """

    name: str
    title: str
    run: Callable[[Job], dict[str, float]]
    schedules: dict[str, Schedule]
    together: Callable[[Job, list[int]], list[dict[str, float]]] | None = None
    seeds: int = 3
    seeds_on_gpu: int | None = None
    note: str = ""

    @property
    def published(self) -> dict[str, Published]:
        """The published numbers by metric."""
        return PUBLISHED[self.title]

    def schedule(self, wanted: str | None, on_cpu: bool) -> str:
        """Return the schedule to run: the wanted one, else on a CPU the shortened one if there is one.

        Raises:
            ReproduceError: If the row has no such schedule.
        """
        if wanted is None:
            return SHORTENED if on_cpu and SHORTENED in self.schedules else FULL
        if wanted not in self.schedules:
            raise ReproduceError(f"{self.name} has no {wanted} schedule, only the full one")
        return wanted


@dataclass(frozen=True)
class Run:
    """The result of one seed, as it is stored.

    Attributes:
        seed: The seed.
        schedule: `FULL` or `SHORTENED`.
        values: The numbers by metric.
        device: "cpu", "cuda" or "mps".
        machine: Processor or GPU, threads, PyTorch version.
        date: Day on which it finished, in ISO format.
        command: The command that repeats it.
    """

    seed: int
    schedule: str
    values: dict[str, float]
    device: str
    machine: str
    date: str
    command: str


def _binarized(recipe: Callable[..., dict[str, float]]) -> Callable[[Job], dict[str, float]]:
    """Return how to run a recipe that needs images only and binarises them itself."""

    def run(job: Job) -> dict[str, float]:
        images = job.images
        return recipe(images.train_x, images.test_x, seed=job.seed, progress=job.progress)

    return run


def _clustered(recipe: Callable[..., dict[str, float]]) -> Callable[[Job], dict[str, float]]:
    """Return how to run a recipe that also needs the labels of the test images, for its scores."""

    def run(job: Job) -> dict[str, float]:
        images = job.images
        tensors = (images.train_x, images.test_x, images.test_labels)
        return recipe(*tensors, seed=job.seed, progress=job.progress)

    return run


def _burda(k: int) -> Callable[[Job], dict[str, float]]:
    """Return how to run Burda's model with k samples of z per image."""

    def run(job: Job) -> dict[str, float]:
        return burda(
            job.images.train_x,
            job.images.test_x,
            k=k,
            num_stages=3 if job.schedule == SHORTENED else 8,
            seed=job.seed,
            state=job.state,
            progress=job.progress,
        )

    return run


def _burda_together(k: int) -> Callable[[Job, list[int]], list[dict[str, float]]]:
    """Return how to run Burda's model with several seeds at once."""

    def run(job: Job, seeds: list[int]) -> list[dict[str, float]]:
        return burda_together(
            job.images.train_x,
            job.images.test_x,
            k=k,
            seeds=seeds,
            num_stages=3 if job.schedule == SHORTENED else 8,
            state=job.state,
            progress=job.progress,
        )

    return run


_HOMEWORK_NOTE = (
    "Our learning rate falls to 0 over the last half, the homework's is constant. We score all "
    "10,000 test images, the homework's program 100 chosen ones."
)
_CLUSTERING_NOTE = (
    "Another network and training than the published one, the same question: the classes of test "
    "images, found without labels."
)
_BURDA_FULL = "3,280 epochs, batches of 20"
_BURDA_SHORTENED = "the first 13 of 3,280 epochs"

ROWS = {
    row.name: row
    for row in (
        Row(
            "cs236",
            CS236,
            _binarized(cs236),
            {FULL: Schedule("20,000 steps of 100", 2)},
            note=_HOMEWORK_NOTE,
        ),
        Row(
            "cs236_mixture",
            CS236_MIXTURE,
            _binarized(cs236_mixture),
            {FULL: Schedule("20,000 steps of 100", 5)},
            note=_HOMEWORK_NOTE,
        ),
        Row(
            "burda_vae",
            BURDA_VAE,
            _burda(1),
            {FULL: Schedule(_BURDA_FULL, 340), SHORTENED: Schedule(_BURDA_SHORTENED, 6)},
            together=_burda_together(1),
            seeds=1,
            seeds_on_gpu=5,
            note="The KL is exact in training, the paper samples it.",
        ),
        Row(
            "burda_iwae",
            BURDA_IWAE,
            _burda(50),
            {FULL: Schedule(_BURDA_FULL, 2900), SHORTENED: Schedule(_BURDA_SHORTENED, 16)},
            together=_burda_together(50),
            seeds=1,
            seeds_on_gpu=5,
        ),
        Row(
            "joint_capacity",
            JOINT_CAPACITY,
            _clustered(clustering.joint_capacity),
            {FULL: Schedule("3,000 steps of 128", 0.5)},
            seeds=5,
            note=_CLUSTERING_NOTE,
        ),
        Row(
            "mixture_prior",
            MIXTURE_CLUSTERING,
            _clustered(clustering.mixture_prior),
            {FULL: Schedule("4,000 steps of 128 straightened images", 1)},
            seeds=5,
            note=f"{_CLUSTERING_NOTE} Images are straightened first, there they are not.",
        ),
        Row(
            "mixture_raw",
            MIXTURE_CLUSTERING,
            _clustered(partial(clustering.mixture_prior, straight=False)),
            {FULL: Schedule("4,000 steps of 128", 1)},
            seeds=5,
            note=_CLUSTERING_NOTE,
        ),
    )
}


def rows_named(names: Iterable[str], rows: dict[str, Row] = ROWS) -> list[Row]:
    """Return the rows of these names, every row for "all".

    Raises:
        ReproduceError: If a name is unknown.
    """
    names = list(names)
    if "all" in names:
        return list(rows.values())
    for name in names:
        if name not in rows:
            raise ReproduceError(f"no row {name!r}: choose from {', '.join(rows)}, or all")
    return [rows[name] for name in names]


def reproduce(
    row: Row,
    images: ImageData,
    *,
    seeds: int | None = None,
    schedule: str | None = None,
    again: bool = False,
    folder: Path | None = None,
    states: Path = Path(".vae-course") / "reproduce",
    progress: bool = True,
) -> list[Run]:
    """Run the seeds of a row that are not stored yet, and store each as soon as it is finished.

    After a stop at any moment, even a kill, the same call goes on: finished seeds are not run again. The seed
    that was stopped goes on from its stored state of training in long rows (see
    `benchmarks.reproduce.burda`), and starts again in short ones.

    Args:
        row: What to run.
        images: MNIST, on the device to compute on.
        seeds: Run seeds 0 to seeds - 1; as many as the row asks for when None.
        schedule: `FULL`, `SHORTENED`, or None for the full one on a GPU and the shortened one on a
            CPU where a row has both.
        again: Run seeds that are stored, too, and replace them.
        folder: Where results are stored; `RESULTS_FOLDER` when None.
        states: Where states of training are stored until their seed is finished.
        progress: Show bars and print a line per seed.

    Returns:
        The stored runs of these seeds with this schedule.

    Raises:
        ReproduceError: If the row has no such schedule.
        DataError: If the images are not MNIST, since all published numbers are of MNIST.
    """
    if images.name != "mnist":
        raise DataError(f"The published numbers belong to mnist, and this is {images.name}.")
    device = images.train_x.device
    on_gpu = device.type == "cuda"
    chosen = row.schedule(schedule, on_cpu=device.type == "cpu")
    usual = row.seeds_on_gpu if on_gpu and row.seeds_on_gpu else row.seeds
    wanted = range(usual if seeds is None else seeds)
    stored = load_runs(row.name, folder)
    missing = [seed for seed in wanted if again or not _find(stored, seed, chosen)]
    together = row.together if on_gpu and len(missing) > 1 else None
    for group in [missing] if together else [[seed] for seed in missing]:
        numbers, plural = list(map(str, group)), "s" if len(group) > 1 else ""
        if progress:
            about = row.schedules[chosen]
            whose = f"seed{plural} {', '.join(numbers)}" + (" at once" if plural else "")
            line = f"{row.name}, {whose}, {chosen} schedule: {about.text}"
            if device.type == "cpu":
                line += f", about {about.minutes:g} minutes on two cores"
            print(line, flush=True)
        state = states / f"{row.name}-{chosen}-seed{plural}{'-'.join(numbers)}.safetensors"
        job = Job(images, group[0], chosen, state, progress)
        with must_finish():
            found = together(job, group) if together else [row.run(job)]
        runs = [
            _run_of(row, seed, values, chosen, device)
            for seed, values in zip(group, found, strict=True)
        ]
        store(row.name, runs, folder)
        state.unlink(missing_ok=True)
    return [
        run for run in load_runs(row.name, folder) if run.schedule == chosen and run.seed in wanted
    ]


def _run_of(
    row: Row, seed: int, values: dict[str, float], schedule: str, device: torch.device
) -> Run:
    """Return what is stored of a seed, without its seconds: they depend on what else the machine does."""
    return Run(
        seed=seed,
        schedule=schedule,
        values={k: round(float(value), 4) for k, value in values.items() if k != "seconds"},
        device=device.type,
        machine=runtime.machine(device),
        date=datetime.date.today().isoformat(),
        command=_command(row, schedule, seed),
    )


def load_runs(name: str, folder: Path | None = None) -> list[Run]:
    """Return the stored runs of a row; an empty list if there is no file.

    Raises:
        ReproduceError: If the file is damaged.
    """
    path = _path(name, folder)
    if not path.exists():
        return []
    try:
        return [Run(**run) for run in json.loads(path.read_text(encoding="utf-8"))]
    except (ValueError, TypeError):
        raise ReproduceError(f"{path} is damaged: restore or delete it") from None


def store(name: str, new: list[Run], folder: Path | None = None) -> None:
    """Add runs to their row's file in one write; each replaces a run of the same seed and schedule."""
    known = {(run.schedule, run.seed): run for run in [*load_runs(name, folder), *new]}
    text = json.dumps([dataclasses.asdict(known[key]) for key in sorted(known)], indent=1) + "\n"
    write_atomically(_path(name, folder), text.encode())


def _path(name: str, folder: Path | None) -> Path:
    """Return the file of a row's results."""
    return (RESULTS_FOLDER if folder is None else folder) / f"{name}.json"


def _find(runs: list[Run], seed: int, schedule: str) -> Run | None:
    """Return the run of a seed with a schedule, None if there is none."""
    return next((run for run in runs if (run.seed, run.schedule) == (seed, schedule)), None)


def _command(row: Row, schedule: str, seed: int) -> str:
    """Return the command that repeats a seed with the same schedule on any machine."""
    options = ""
    if len(row.schedules) > 1:
        options = " --full" if schedule == FULL else " --short"
    return f"vae-course reproduce {row.name}{options} --seeds {seed + 1}"
