"""Feed targets in processes of their own, which may crash or be stuck."""

from __future__ import annotations

import multiprocessing
import resource
import time
import traceback
import warnings
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random
from typing import Any

import torch

from benchmarks.fuzz.targets import MEMORY_BYTES, TARGETS, Fault, peak_bytes

FAULTY = 3  # exit status of a process that found a fault
STUCK_SECONDS = 120  # for one input
MAPPED_BYTES = (
    8 * 2**30
)  # that a process may map beyond what it has at its start, to protect this machine
# Forks of a process that has done nothing but import: no threads are forked, and each starts at once.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["benchmarks.fuzz.targets"])


@dataclass
class Run:
    """A target that is being fed.

    Attributes:
        name: The target.
        seed: The first input's seed; the next one's is one more.
        folder: Where a failing input is written.
        process: The process.
        counter: How many inputs it has begun with.
        began: When it began.
        moved: The counter when it last moved, and when that was.
        fault: What went wrong.
    """

    name: str
    seed: int
    folder: Path
    process: ForkServerProcess | None = None
    counter: Any = field(default_factory=lambda: FORKS.Value("Q", 0, lock=False))
    began: float = 0.0
    moved: tuple[int, float] = (0, 0.0)
    fault: str = ""

    @property
    def path(self) -> Path:
        """The file for the failing input."""
        return self.folder / f"fault-{self.name}-{self.seed}.bin"

    def start(self, seconds: float) -> None:
        """Start the process."""
        arguments = self.name, self.seed, seconds, self.counter, self.path
        self.process = FORKS.Process(target=_feed, args=arguments)
        self.process.start()
        self.began = time.monotonic()
        self.moved = 0, self.began

    def goes_on(self) -> bool:
        """Return whether the process goes on; when it has ended, note what went wrong."""
        assert self.process is not None
        if self.process.is_alive():
            now = time.monotonic()
            if self.counter.value != self.moved[0]:
                self.moved = self.counter.value, now
            if now < self.moved[1] + STUCK_SECONDS:
                return True
            self.process.kill()
            self._note(f"takes more than {STUCK_SECONDS} seconds")
        elif self.process.exitcode == FAULTY:
            self.fault = self.path.with_suffix(".txt").read_text().strip().split("\n")[-1]
        elif self.process.exitcode:
            self._note(f"ends the process with exit status {self.process.exitcode}")
        self.process.join()
        return False

    def _note(self, fault: str) -> None:
        """Keep the input that the process was working on, which cannot keep it itself."""
        self.fault = fault
        last = max(0, self.counter.value - 1)
        self.path.write_bytes(TARGETS[self.name].make(Random(self.seed + last)))


def _feed(name: str, seed: int, seconds: float, counter: Any, path: Path) -> None:
    """Feed a target until the time is up or a fault is found."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # of hostile code and hostile times there are many
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (mapped + MAPPED_BYTES, hard))
    target = TARGETS[name]
    target.make(Random(seed))  # collects valid messages to begin with
    start = peak_bytes()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        chance = Random(seed + counter.value)
        counter.value += 1
        data = target.make(chance)
        try:
            target.check(data)
            if (grown := peak_bytes() - start) > MEMORY_BYTES:
                raise Fault(f"{name} has taken {grown / 2**20:.0f} MB of memory")
        except Fault:
            path.write_bytes(data)
            path.with_suffix(".txt").write_text(traceback.format_exc())
            raise SystemExit(FAULTY) from None
