"""The table at the end of a training lesson: what you measured, what to expect, what was published.

`bands/<lesson>.json` holds the expected band of each number, measured over several seeds, as
[data_name][row][metric] = {mean, sd, n, machine}. Losses are in nats per image.
"""

import html
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from course_utils import runtime
from course_utils.published import PUBLISHED, Published

BANDS_FOLDER = Path(__file__).parent / "bands"
NAMES = {
    "neg_elbo": "neg ELBO",
    "recon": "reconstruction",
    "kl": "KL",
    "active_units": "active units",
    "iwae_1000": "IWAE-1000",
    "nmi": "NMI with the class",
    "probe": "linear probe, fraction right",
    "matched": "best matching, fraction right",
    "kl_c": "KL of c",
    "message": "message in c",
    "accuracy": "generated digits recognised",
    "knn_accuracy": "5 nearest neighbours, fraction right",
    "mig": "mutual information gap",
    "speaking": "dimensions above 0.1 nats",
    "seconds": "seconds",
}
# Added to 4 standard deviations, because the standard deviation of a few seeds can be too small by chance.
SLACK = {
    "neg_elbo": 0.5,
    "recon": 0.5,
    "kl": 0.3,
    "active_units": 1.0,
    "iwae_1000": 0.5,
    "kl_c": 0.05,
    "message": 0.05,
    "nmi": 0.03,
    "probe": 0.03,
    "mig": 0.05,
    "speaking": 1.0,
}
DEFAULT_SLACK = 0.02
NUM_SDS = 4.0
DIGITS = {"active_units": 0, "seconds": 0}


class Band(NamedTuple):
    """Mean and standard deviation of a metric over `n` seeds on a machine."""

    mean: float
    sd: float
    n: int
    machine: str = ""

    def holds(self, value: float, metric: str) -> bool:
        """Return whether a value lies within 4 sd plus the slack of its metric; NaN does not."""
        return abs(value - self.mean) <= NUM_SDS * self.sd + SLACK.get(metric, DEFAULT_SLACK)


@dataclass(frozen=True)
class Entry:
    """One measured number, with the numbers it is compared with.

    Attributes:
        row: Name of the model.
        metric: Name of the metric, a key of `NAMES` or of the lesson's own.
        value: The measured number.
        band: What to expect, None where nothing was measured.
        published: What was published, None where nothing was.
        fast: Whether it was measured in fast mode, in which no band holds.
    """

    row: str
    metric: str
    value: float
    band: Band | None
    published: Published | None
    fast: bool

    @property
    def comparison(self) -> str:
        """How the value compares with its band, in a few words."""
        if self.metric == "seconds":
            return "not judged"
        if self.fast:
            return "no band in fast mode"
        if self.band is None:
            return "no band for this data"
        if self.band.holds(self.value, self.metric):
            return "as expected"
        return "OUTSIDE, too low" if self.value < self.band.mean else "OUTSIDE, too high"

    def cells(self) -> tuple[str, ...]:
        """Return the texts of this entry's line of the table, one per heading in `HEADINGS`."""
        band = self.band if not self.fast else None
        return (
            self.row,
            NAMES.get(self.metric, self.metric),
            _number(self.value, digits=DIGITS.get(self.metric, 2)),
            _number(band.mean, band.sd) + f" (n = {band.n})" if band else "",
            _number(self.published.value, self.published.sd) if self.published else "",
            self.comparison,
        )


HEADINGS = ("model", "metric", "measured", "expected", "published", "")


@dataclass(frozen=True)
class ResultCard:
    """A finished card; `print` shows it as text, a notebook as a table.

    Attributes:
        lesson: Name of the lesson.
        data_name: The data that were used.
        entries: The measured numbers.
        machine: Where they were measured.
    """

    lesson: str
    data_name: str
    entries: tuple[Entry, ...]
    machine: str

    @property
    def outside(self) -> list[Entry]:
        """The entries outside their band."""
        return [entry for entry in self.entries if entry.comparison.startswith("OUTSIDE")]

    def __str__(self) -> str:
        table = [HEADINGS, *_without_repeats(entry.cells() for entry in self.entries)]
        widths = [max(len(line[column]) for line in table) for column in range(len(HEADINGS))]
        rows = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in table]
        return "\n".join([self._title(), *rows, *self._notes()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(text)}</th>" for text in HEADINGS)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(text)}</td>" for text in line) + "</tr>"
            for line in _without_repeats(entry.cells() for entry in self.entries)
        )
        notes = "".join(f"<p><small>{html.escape(note)}</small></p>" for note in self._notes())
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"<p><b>{html.escape(self._title())}</b></p>{table}{notes}"

    def _title(self) -> str:
        """Return the line above the table."""
        return f"Result card {self.lesson} on {self.data_name}; losses in nats per image, lower is better"

    def _notes(self) -> list[str]:
        """Return lines that say where the three kinds of numbers come from."""
        notes = [f"Measured on {self.machine}."]
        machines = {entry.band.machine for entry in self.entries if entry.band and not entry.fast}
        if machines:
            where = "; ".join(sorted(machines))
            notes.append(f"Expected: mean and standard deviation over n seeds ({where}).")
        sources = {entry.published.source for entry in self.entries if entry.published}
        notes += [f"Published: {source}." for source in sorted(sources)]
        if self.outside:
            notes.append(
                "Outside the band: restart the kernel and run all cells; if it stays, compare your "
                "loss and your sampler with the lesson."
            )
        return notes


def result_card(lesson: str, rows: dict[str, dict[str, float]], data_name: str) -> ResultCard:
    """Compare a lesson's measurements with their expected bands and with published numbers.

    With `VAE_COURSE_RESULTS` set, the card is also appended to that file as a line of JSON.

    Args:
        lesson: The lesson's name, e.g. "02_vae".
        rows: Maps a model's name to its metrics: neg_elbo, recon, kl, active_units, iwae_1000 in
            nats per image (or a count), seconds, or others of the lesson.
        data_name: The data that were used, e.g. `ImageData.name`, which decides the bands.

    Returns:
        The card.
    """
    bands, fast = load_bands(lesson).get(data_name, {}), runtime.fast_mode()
    entries = tuple(
        Entry(
            row,
            metric,
            float(value),
            bands.get(row, {}).get(metric),
            PUBLISHED.get(row, {}).get(metric) if data_name == "mnist" else None,
            fast,
        )
        for row, metrics in rows.items()
        for metric, value in metrics.items()
    )
    card = ResultCard(lesson, data_name, entries, runtime.machine())
    _append_to_results(card, rows, fast)
    return card


def load_bands(lesson: str) -> dict[str, dict[str, dict[str, Band]]]:
    """Return the stored bands of a lesson as [data_name][row][metric], empty without a file."""
    path = BANDS_FOLDER / f"{lesson}.json"
    if not path.exists():
        return {}
    return {
        data_name: {
            row: {metric: Band(**band) for metric, band in metrics.items()}
            for row, metrics in rows.items()
        }
        for data_name, rows in json.loads(path.read_text()).items()
    }


def _append_to_results(card: ResultCard, rows: dict[str, dict[str, float]], fast: bool) -> None:
    """Append the card's numbers to the file named by `VAE_COURSE_RESULTS`, if there is one."""
    path = os.environ.get("VAE_COURSE_RESULTS")
    if not path:
        return
    line = {
        "lesson": card.lesson,
        "data": card.data_name,
        "rows": {row: {m: float(v) for m, v in metrics.items()} for row, metrics in rows.items()},
        "seed": runtime.seed(),
        "fast": fast,
        "machine": card.machine,
    }
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _number(value: float, sd: float | None = None, digits: int = 2) -> str:
    """Return a rounded number, with its standard deviation where there is one."""
    return f"{value:.{digits}f}" + (f" ± {sd:.2f}" if sd is not None else "")


def _without_repeats(lines: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Replace the model's name by "" where it is the same as on the line above."""
    result, previous = [], None
    for line in lines:
        result.append(("" if line[0] == previous else line[0], *line[1:]))
        previous = line[0]
    return result
