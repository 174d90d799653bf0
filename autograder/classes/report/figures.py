"""The report's pictures: SVG that stands in the page and takes its colours from the page's style.

Each is drawn 340 units wide, so that its letters can be read on a phone. Nothing is told by colour alone: kinds
have patterns of their own, and numbers stand beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from autograder.classes.report.statistics import quartiles

WIDTH, LEFT, RIGHT = 340, 30, 12
BINS = 10
MOST_LINES = 30  # students; of more, lines would be a cloud
# How an exercise went, by its class in the style, from left to right.
HOW = {
    "full": "all points",
    "part": "some points",
    "none": "no points",
    "open": "not worked on",
}
PATTERNS = (
    '<svg class="patterns" aria-hidden="true"><defs>'
    '<pattern id="stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="part-ground" width="6" height="6"/><rect class="part-line" width="2.4" height="6"/></pattern>'
    '<pattern id="dots" width="7" height="7" patternUnits="userSpaceOnUse">'
    '<rect class="none-ground" width="7" height="7"/><circle class="none-dot" cx="3" cy="3" r="1.5"/></pattern>'
    "</defs></svg>"
)


def histogram(shares: Sequence[float]) -> str:
    """Return how many students have which part of the points, in ten bars, with the median."""
    counts = [0] * BINS
    for share in shares:
        counts[min(int(share * BINS + 1e-9), BINS - 1)] += 1
    height, top, base = 190, 26, 150
    step = (WIDTH - LEFT - RIGHT) / BINS
    scale = (base - top - 14) / max(counts)
    parts, labels = [], []
    for number, count in enumerate(counts):
        x, tall = LEFT + number * step, count * scale
        if count:
            parts.append(_rect("bar", x + 1.5, base - tall, step - 3, tall))
            labels.append(_text("value", x + step / 2, base - tall - 4, str(count)))
    for percent in range(0, 101, 20):
        parts.append(_text("axis", LEFT + percent / 100 * step * BINS, base + 15, str(percent)))
    middle = quartiles(shares)[1]
    x = LEFT + middle * step * BINS
    parts += [
        f'<path class="axis-line" d="M{LEFT} {base}H{WIDTH - RIGHT}"/>',
        f'<path class="median" d="M{x:.1f} {top - 8}V{base}"/>',
        *labels,
        _text("median-label", min(max(x, 75), WIDTH - 75), top - 12, f"median {middle:.0%}"),
        _text(
            "axis",
            (LEFT + WIDTH - RIGHT) / 2,
            base + 33,
            "percent of the points; above each bar: students",
        ),
    ]
    ends = f"from {min(shares):.0%} to {max(shares):.0%} of the points"
    spoken = f"{len(shares)} students, {ends}, median {middle:.0%}"
    return _svg(height, spoken, parts)


def outcome_bar(counts: dict[str, int]) -> str:
    """Return a bar of how an exercise went, each part as wide as its number of students."""
    total, x, height = sum(counts.values()), 0.0, 16
    parts = []
    for how, count in counts.items():
        wide = WIDTH * count / total
        if count:
            parts.append(_rect(how, x + 0.5, 1, max(wide - 1, 1), height - 2))
        x += wide
    spoken = ", ".join(f"{HOW[how]}: {count}" for how, count in counts.items())
    return _svg(height, spoken, parts)


def progress(lessons: Sequence[str], shares: Sequence[dict[str, float]]) -> str:
    """Return the class from lesson to lesson: the middle half as a band, the median, and a line per student.

    Args:
        lessons: Names of at least two lessons.
        shares: Of each student the part of the points by lesson.
    """
    height, top, base = 230, 12, 185
    step = (WIDTH - LEFT - RIGHT - 24) / (len(lessons) - 1)

    def place(number: int, share: float) -> str:
        return f"{LEFT + 12 + number * step:.1f} {base - share * (base - top):.1f}"

    parts = []
    for percent in (0, 25, 50, 75, 100):
        y = base - percent / 100 * (base - top)
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(_text("axis left", LEFT - 4, y + 4, str(percent)))
    middle = [quartiles([s[name] for s in shares if name in s]) for name in lessons]
    down = [place(n, q[0]) for n, q in enumerate(middle)]
    up = [place(n, q[2]) for n, q in enumerate(middle)]
    parts.append(f'<path class="band" d="M{"L".join(down + up[::-1])}Z"/>')
    for one in shares if len(shares) <= MOST_LINES else []:
        known = [(n, one[name]) for n, name in enumerate(lessons) if name in one]
        parts.append(f'<path class="student" d="M{"L".join(place(*k) for k in known)}"/>')
    points = [place(n, q[1]) for n, q in enumerate(middle)]
    parts.append(f'<path class="median solid" d="M{"L".join(points)}"/>')
    for number, name in enumerate(lessons):
        across, down_to = points[number].split()
        parts.append(f'<circle class="point" cx="{across}" cy="{down_to}" r="3.5"/>')
        parts.append(_text("axis", float(across), base + 17, name.split("_")[0]))
    parts.append(
        _text("axis", (LEFT + WIDTH - RIGHT) / 2, base + 36, "lesson; percent of the points")
    )
    spoken = "; ".join(
        f"{name}: median {q[1]:.0%}" for name, q in zip(lessons, middle, strict=True)
    )
    return _svg(height, spoken, parts)


def sample(how: str) -> str:
    """Return a small field of one kind of outcome, for the legend."""
    return f'<svg class="sample" viewBox="0 0 24 14" aria-hidden="true">{_rect(how, 0.5, 0.5, 23, 13)}</svg>'


def share_bar(share: float) -> str:
    """Return a small bar for a number from 0 to 1 that stands beside it."""
    parts = [_rect("frame", 0.5, 0.5, 59, 9), _rect("bar", 1, 1, 58 * share, 8)]
    return f'<svg class="small" viewBox="0 0 60 10" aria-hidden="true">{"".join(parts)}</svg>'


def _svg(height: int, spoken: str, parts: list[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(spoken)}">'
        f"<title>{escape(spoken)}</title>{''.join(parts)}</svg>"
    )


def _rect(kind: str, x: float, y: float, width: float, height: float) -> str:
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'
    )


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'
