"""Show reproduced beside published numbers: as lines of a table, Markdown, JSON and a figure.

A shortened run has a line of its own, and no published number on it.
"""

import hashlib
import json
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.files import write_atomically
from benchmarks.reproduce.rows import FULL, ROWS, Row, Run, load_runs
from course_utils.published import Published

NAMES = {
    "neg_elbo": "neg ELBO",
    "kl": "KL",
    "iwae_1000": "IWAE-1000",
    "nll": "IWAE-5000",
    "nmi": "NMI",
    "accuracy": "accuracy",
}
NATS, FRACTION = "nats per image (lower is better)", "fraction (higher is better)"
# The KL is left out of the figure: it is no score, since neither a low nor a high KL is better.
PANELS = {NATS: ("neg_elbo", "iwae_1000", "nll"), FRACTION: ("nmi", "accuracy")}
HEADINGS = ("row", "training", "metric", "published", "here", "seeds", "min")
MINUTES = (
    "Minutes (min) are what a seed is expected to take on two quiet CPU cores, training and scoring; "
    "beyond an hour they are extrapolated from the first epochs."
)
MARKS = ("<!-- reproduced: written by `vae-course reproduce --figure` -->", "<!-- end -->")


@dataclass(frozen=True)
class Entry:
    """One metric of a row at one length of training.

    Attributes:
        row: The row.
        schedule: "full" or "shortened".
        metric: The metric's key.
        runs: The stored runs, one per seed; empty if none.
    """

    row: Row
    schedule: str
    metric: str
    runs: tuple[Run, ...]

    @property
    def published(self) -> Published | None:
        """The published number; a shortened run has none."""
        return self.row.published[self.metric] if self.schedule == FULL else None

    @property
    def values(self) -> list[float]:
        """One number per seed."""
        return [run.values[self.metric] for run in self.runs]

    @property
    def mean(self) -> float | None:
        """Mean over the seeds, None without any."""
        return statistics.mean(self.values) if self.runs else None

    @property
    def sd(self) -> float | None:
        """Standard deviation over the seeds, None for fewer than two."""
        return statistics.stdev(self.values) if len(self.runs) > 1 else None

    def cells(self) -> tuple[str, ...]:
        """Return the texts of this entry's line of the table, one per heading in `HEADINGS`."""
        number = self.published
        return (
            self.row.name,
            self.schedule if self.schedule == FULL else self.schedule.upper(),
            NAMES.get(self.metric, self.metric),
            _number(number.value, number.sd) if number else "none",
            _number(self.mean, self.sd) if self.mean is not None else "not yet",
            f"{len(self.runs)}/{max(self.row.seeds, len(self.runs))}",
            f"{self.row.schedules[self.schedule].minutes:g}",
        )

    def as_dict(self) -> dict:
        """Return the entry as plain values for JSON."""
        number = self.published
        return {
            "row": self.row.name,
            "model": self.row.title,
            "metric": self.metric,
            "schedule": self.schedule,
            "published": number.value if number else None,
            "published_sd": number.sd if number else None,
            "source": number.source if number else None,
            "mean": self.mean,
            "sd": self.sd,
            "values": {run.seed: run.values[self.metric] for run in self.runs},
            "minutes_on_two_cores": self.row.schedules[self.schedule].minutes,
            "machines": sorted({run.machine for run in self.runs}),
            "dates": sorted({run.date for run in self.runs}),
        }


def entries(rows: Iterable[Row] | None = None, folder: Path | None = None) -> list[Entry]:
    """Return every metric of every row and length of training, measured or not.

    Args:
        rows: The rows; all of the course when None.
        folder: Where results are kept; the course's own when None.
    """
    found = []
    for row in ROWS.values() if rows is None else rows:
        runs = load_runs(row.name, folder)
        for schedule in row.schedules:
            done = tuple(run for run in runs if run.schedule == schedule)
            found += [Entry(row, schedule, metric, done) for metric in row.published]
    return found


def missing(found: Iterable[Entry]) -> list[str]:
    """Return a line for each row that lacks seeds, with the command to run; shortened runs do not count."""
    lines = {}
    for entry in found:
        lacking = entry.row.seeds - len(entry.runs)
        if entry.schedule == FULL and lacking > 0:
            option = " --full" if len(entry.row.schedules) > 1 else ""
            minutes = lacking * entry.row.schedules[FULL].minutes
            lines[entry.row.name] = (
                f"{entry.row.name}: {lacking} of {entry.row.seeds} seeds missing, about "
                f"{_duration(minutes)} on two cores: vae-course reproduce {entry.row.name}{option}"
            )
    return list(lines.values())


def details(found: Iterable[Entry]) -> list[str]:
    """Return a paragraph for each row: what it is, where it was published and where it was measured."""
    lines = {}
    for row in {entry.row.name: entry.row for entry in found}.values():
        mine = [entry for entry in found if entry.row is row]
        sources = {number.source for number in row.published.values()}
        where = {f"{run.machine}, {run.date} ({e.schedule})" for e in mine for run in e.runs}
        training = "; ".join(f"{name}: {s.text}" for name, s in row.schedules.items())
        parts = [f"{row.title}. Training {training}", f"Published: {'; '.join(sorted(sources))}"]
        if where:
            parts.append(f"Measured on {'; '.join(sorted(where))}")
        if row.note:
            parts.append(row.note.rstrip("."))
        lines[row.name] = f"{row.name}: {'. '.join(parts)}."
    return list(lines.values())


def markdown(found: list[Entry]) -> str:
    """Return the table and the details below it, as docs/measurements.md shows them."""
    table = [HEADINGS, ("---",) * len(HEADINGS), *(entry.cells() for entry in found)]
    text = "\n".join("| " + " | ".join(line) + " |" for line in table)
    return text + f"\n\n{MINUTES}\n\n" + "\n".join(f"- {line}" for line in details(found)) + "\n"


def renew(document: Path, found: list[Entry]) -> bool:
    """Write the table between its two marks in a document; return whether the marks are there."""
    return write_between(document, MARKS, markdown(found))


def write_between(document: Path, marks: tuple[str, str], table: str) -> bool:
    """Write text between two marks in a document; return whether the marks are there."""
    text = document.read_text(encoding="utf-8") if document.exists() else ""
    before, mark, rest = text.partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not (mark and end):
        return False
    new = f"{before}{mark}\n{table}{end}{after}"
    if new != text:
        write_atomically(document, new.encode())
    return True


def stamp(found: list[Entry]) -> str:
    """Return a short text that changes with the numbers; a figure with another stamp is stale."""
    drawn = [(e.row.name, e.schedule, e.metric, e.published, e.values) for e in found]
    return hashlib.sha256(json.dumps(drawn).encode()).hexdigest()[:16]


def draw_figure(found: list[Entry], path: Path) -> Path:
    """Draw published numbers with their spread beside ours, one point for every seed, as an SVG.

    Args:
        found: What to draw; entries without a published number and without runs are left out.
        path: The file; the same numbers always give the same bytes.

    Returns:
        The file.
    """
    import io

    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    panels = {
        unit: [e for e in found if e.metric in metrics and (e.published or e.runs)]
        for unit, metrics in PANELS.items()
    }
    panels = {unit: lines for unit, lines in panels.items() if lines}
    heights = [len(lines) + 1 for lines in panels.values()]
    with matplotlib.rc_context({"svg.hashsalt": "vae-course", "svg.fonttype": "path"}):
        figure = Figure((8, 0.42 * sum(heights) + 0.9), layout="constrained")
        axes = figure.subplots(len(panels), height_ratios=heights, squeeze=False)[:, 0]
        for ax, (unit, lines) in zip(axes, panels.items(), strict=True):
            _panel(ax, unit, lines)
        handles = {
            label: handle
            for ax in axes
            for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)
        }
        handles = dict(sorted(handles.items(), key=lambda item: "published" not in item[0]))
        figure.legend(
            handles.values(), handles, loc="outside upper center", ncols=len(handles), frameon=False
        )
        picture = io.BytesIO()
        FigureCanvasSVG(figure).print_svg(picture, metadata={"Date": None, "Source": stamp(found)})
    write_atomically(path, picture.getvalue())
    return path


def _panel(ax, unit: str, lines: list[Entry]) -> None:
    """Draw one line per entry, the first on top."""
    from course_utils.plotting import PALETTE

    blue, orange, black = PALETTE[0], PALETTE[1], PALETTE[7]
    for height, entry in enumerate(lines):
        full = entry.schedule == FULL
        if entry.published:
            ax.errorbar(
                entry.published.value,
                height - 0.15,
                xerr=entry.published.sd,
                fmt="D",
                color=black,
                markersize=5,
                capsize=3,
                label="published (bar: sd of runs)",
            )
        if full and entry.published and not entry.runs:
            where = (entry.published.value, height - 0.15)
            style = {"textcoords": "offset points", "va": "top", "fontsize": "small"}
            ax.annotate("not run here", where, (0, -5), color="0.4", ha="center", **style)
        if entry.runs:
            ax.plot(
                entry.values,
                [height + 0.15] * len(entry.runs),
                "o" if full else "s",
                color=blue if full else orange,
                markerfacecolor=blue if full else "none",
                markeredgecolor="white" if full else orange,
                markersize=7,
                label="here, one point a seed" if full else "here, SHORTENED training",
            )
    ax.set_yticks(range(len(lines)), [_label(entry) for entry in lines], fontsize="small")
    ax.set_ylim(len(lines) - 0.4, -0.6)
    ax.margins(x=0.1)
    ax.grid(axis="x", color="0.9")
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.set(xlabel=unit)


def _label(entry: Entry) -> str:
    """Return what stands beside a line of the figure; a shortened training says so below."""
    label = f"{entry.row.name}: {NAMES.get(entry.metric, entry.metric)}"
    if entry.schedule == FULL:
        return label
    return f"{label}\n{entry.schedule.upper()}: {entry.row.schedules[entry.schedule].text}"


def _number(value: float, sd: float | None) -> str:
    """Return a rounded number, with its standard deviation where there is one."""
    return f"{value:.2f}" + (f" ± {sd:.2f}" if sd is not None else "")


def _duration(minutes: float) -> str:
    """Return a time in words: in minutes below 90 of them, else in hours."""
    if minutes >= 90:
        return f"{minutes / 60:.0f} hours"
    return "1 minute" if minutes == 1 else f"{minutes:g} minutes"
