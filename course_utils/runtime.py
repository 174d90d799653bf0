"""Where and how a lesson runs: device, fast mode, seeds and random state."""

import os
import platform
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

Choice = TypeVar("Choice")


def device() -> torch.device:
    """Return the best device that PyTorch can use here: CUDA, then Apple's MPS, then the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def fast_mode() -> bool:
    """Return whether `VAE_COURSE_FAST` asks for tiny data and short training, as tests and grading do."""
    return os.environ.get("VAE_COURSE_FAST", "").strip().lower() not in {"", "0", "false", "no"}


def in_notebook() -> bool:
    """Return whether this code runs in a kernel, as it does in a notebook."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return getattr(get_ipython(), "kernel", None) is not None


def choose(full: Choice, fast: Choice) -> Choice:
    """Return `fast` in fast mode and `full` otherwise, e.g. `epochs=choose(10, 1)`."""
    return fast if fast_mode() else full


def seed() -> int:
    """Return the seed of this run, `VAE_COURSE_SEED` or 0.

    Raises:
        ValueError: If `VAE_COURSE_SEED` is not an integer.
    """
    text = os.environ.get("VAE_COURSE_SEED", "0")
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"VAE_COURSE_SEED must be an integer, got {text!r}") from None


def seed_everything(value: int | None = None) -> int:
    """Seed the global generators of Python, NumPy and PyTorch.

    Args:
        value: The seed; the run's own `seed()` when None.

    Returns:
        The seed that was used.
    """
    value = seed() if value is None else value
    random.seed(value)
    np.random.seed(value % 2**32)  # noqa: NPY002  learners use the global generator
    torch.manual_seed(value)
    return value


@contextmanager
def preserve_random_state() -> Iterator[None]:
    """Restore the global random state of Python, NumPy and PyTorch (CPU and CUDA) on exit."""
    python_state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002
    # Reading the state of a GPU would start CUDA, so it is read only where CUDA is already in use.
    gpus = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else []
    with torch.random.fork_rng(devices=gpus):
        try:
            yield
        finally:
            random.setstate(python_state)
            np.random.set_state(numpy_state)  # noqa: NPY002


def machine(where: torch.device | None = None) -> str:
    """Return one line about this machine: processor or GPU, threads, PyTorch version.

    Args:
        where: The device that computes; `device()` when None.
    """
    where = device() if where is None else where
    name = torch.cuda.get_device_name() if where.type == "cuda" else _processor()
    num = torch.get_num_threads()
    threads = "1 thread" if num == 1 else f"{num} threads"
    return f"{name}, {threads}, torch {torch.__version__}"


def _processor() -> str:
    """Return the processor's name; Linux keeps the readable one in /proc."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
