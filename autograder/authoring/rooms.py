"""The rooms of the code: what each is for, what it may import, what it imports, and a picture of that.

A room is a folder of `autograder/`, or one of the folders beside it. The files that stand free in `autograder/`
(`errors.py`, `files.py`) belong to every room.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from html import escape
from pathlib import Path
from textwrap import wrap

from autograder.files import ROOT, write_atomically

PICTURE = ROOT / "docs" / "images" / "rooms.svg"
# Each room with the rooms that it may import, from the top of the house to the ground.
MAY_IMPORT: dict[str, set[str]] = {
    "cli": {
        "benchmarks",
        "authoring",
        "classes",
        "grading",
        "exercises",
        "sandbox",
        "wire",
        "source",
        "course_utils",
    },
    "benchmarks": {
        "authoring",
        "classes",
        "grading",
        "exercises",
        "sandbox",
        "wire",
        "source",
        "course_utils",
    },
    "authoring": {"classes", "grading", "exercises", "sandbox", "wire", "source", "course_utils"},
    "classes": {"grading", "exercises", "sandbox", "wire", "source", "course_utils"},
    "grading": {"exercises", "sandbox", "wire", "source", "course_utils"},
    "exercises": {"wire", "source", "course_utils"},
    "sandbox": {"wire", "course_utils"},
    "source": {"course_utils"},
    "wire": {"course_utils"},
    "course_utils": set(),
}
# Where the picture shows each room: (column, floor).
PLACES = {
    "cli": (0.5, 0),
    "benchmarks": (0.5, 1),
    "authoring": (0.5, 2),
    "classes": (0.5, 3),
    "grading": (0.5, 4),
    "exercises": (0, 5),
    "sandbox": (1, 5),
    "source": (0, 6),
    "wire": (1, 6),
    "course_utils": (1, 7),
}
WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN = 330, 80, 60, 40, 20
STYLE = """
  text { font: 13px sans-serif; fill: #1f2328; }
  .name { font-weight: bold; font-size: 15px; }
  rect { fill: #f6f8fa; stroke: #59636e; stroke-width: 1.5; }
  path { fill: none; stroke: #0969da; stroke-width: 1.5; }
  .head { fill: #0969da; stroke: none; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    rect { fill: #151b23; stroke: #9198a1; }
    path { stroke: #4493f8; }
    .head { fill: #4493f8; }
  }
"""


def room_of(path: Path) -> str:
    """Return the room of a Python file of the project; a free file of `autograder/` is its own room."""
    folder, *rest = path.relative_to(ROOT).with_suffix("").parts
    return rest[0] if folder == "autograder" else folder


def imports() -> Iterator[tuple[Path, str]]:
    """Yield each Python file of the rooms with each other room that it imports, inside functions too."""
    for folder in ("autograder", "benchmarks", "course_utils"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            found = {_room_of_module(name) for name in _imported(path)}
            for room in sorted(found & set(MAY_IMPORT) - {room_of(path)}):
                yield path, room


def purpose(room: str) -> str:
    """Return what a room is for: the first sentence of its docstring."""
    folder = ROOT / room if (ROOT / room).is_dir() else ROOT / "autograder" / room
    file = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return " ".join(docstring.split("\n\n")[0].replace("`", "").split())


def draw() -> str:
    """Return the picture as SVG: a box for each room, and arrows to the rooms that it imports."""
    width = 2 * WIDTH + GAP_X + 2 * MARGIN
    height = 8 * HEIGHT + 7 * GAP_Y + 2 * MARGIN
    head = '<path class="head" d="M0 0 8 4 0 8Z"/>'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
            "<title>The rooms of the code; an arrow leads from each to those that it imports.</title>",
            f"<style>{STYLE}</style>",
            '<defs><marker id="head" markerWidth="8" markerHeight="8" refX="8" refY="4" '
            f'orient="auto">{head}</marker></defs>',
            *(_arrow(*arrow) for arrow in _arrows()),
            *(_box(room) for room in PLACES),
            "</svg>\n",
        ]
    )


def write_picture() -> Path:
    """Write the picture into the documentation; return its file.

    Raises:
        CourseError: If the folder cannot be written.
    """
    write_atomically(PICTURE, draw().encode())
    return PICTURE


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _room_of_module(name: str) -> str:
    folder, *rest = name.split(".")
    return rest[0] if folder == "autograder" and rest else folder


def _arrows() -> list[tuple[str, str]]:
    """Return (room, imported room), without those that a chain of other arrows already tells."""
    found = {(room_of(path), room) for path, room in imports() if room_of(path) in PLACES}

    def goes_through_another(above: str, below: str) -> bool:
        return any(_leads(found, middle, below) for room, middle in found if room == above)

    return sorted(arrow for arrow in found if not goes_through_another(*arrow))


def _leads(found: set[tuple[str, str]], above: str, below: str) -> bool:
    """Return whether a chain of imports leads from one room to another."""
    return any(room == below or _leads(found, room, below) for a, room in found if a == above)


def _corner(room: str) -> tuple[int, int]:
    column, floor = PLACES[room]
    return MARGIN + round(column * (WIDTH + GAP_X)), MARGIN + floor * (HEIGHT + GAP_Y)


def _box(room: str) -> str:
    x, y = _corner(room)
    lines = wrap(purpose(room), 50)[:3]
    texts = [f'<text class="name" x="{x + 12}" y="{y + 22}">{escape(room)}</text>']
    texts += [
        f'<text x="{x + 12}" y="{y + 41 + 16 * i}">{escape(line)}</text>'
        for i, line in enumerate(lines)
    ]
    box = f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>'
    return "\n".join([box, *texts])


def _arrow(above: str, below: str) -> str:
    (x1, y1), (x2, y2) = _corner(above), _corner(below)
    shift = 40 * ((x2 > x1) - (x2 < x1))
    start, end = x1 + WIDTH // 2 + shift, x2 + WIDTH // 2 - shift
    return f'<path marker-end="url(#head)" d="M{start} {y1 + HEIGHT} L{end} {y2 - 2}"/>'
