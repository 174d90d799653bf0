"""A lesson as its author wrote it: `solutions/NN_name.py` read into cells with roles and line numbers.

This module only reads. It also refuses a source that breaks a rule, so that every other module can rely on the
cells; its messages name file and line.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import html
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autograder.errors import CourseError
from autograder.files import ROOT
from autograder.source.names import Names, in_code, in_prose, with_checks

SOURCES = ROOT / "solutions"
RELEASE = ROOT / "notebooks"
FIRST_CELL = SOURCES / "first_cell.py"  # stands before the setup of each lesson
GLOSSARY = SOURCES / "glossary.md"  # laid beside every notebook

ROLES = ("setup", "exercise", "check", "written", "figure")
OPTIONS = {*ROLES, "points", "tags", "store"}
HINT = re.compile(r"<summary>(Hint.*?)</summary>", flags=re.S)
MARKER = re.compile(r"^# %%")
REGION = re.compile(r"^[ \t]*### BEGIN SOLUTION\n(.*?)^[ \t]*### END SOLUTION", re.M | re.S)


@dataclass(frozen=True)
class Cell:
    """One cell of a lesson.

    Attributes:
        role: "prose", "first", "setup", "exercise", "check", "written" or "demonstration".
        source: Text of the cell, without its marker.
        line: Line of its `# %%` marker in the source file.
        name: Exercise or topic it belongs to, "" for the others.
        points: Points of a check or a written answer, 0 for the others.
        id: Cell id, derived from the text, the same in every notebook built from the lesson.
        options: Options of the marker, as written after `# %%`.
    """

    role: str
    source: str
    line: int
    name: str = ""
    points: float = 0
    id: str = ""
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def is_code(self) -> bool:
        """Whether this is a code cell."""
        return self.role not in ("prose", "written")

    @property
    def grade_id(self) -> str | None:
        """The nbgrader id: the exercise's name, `test_<name>` or `written_<topic>`; None if not graded."""
        prefixes = {"exercise": "", "check": "test_", "written": "written_"}
        return prefixes[self.role] + self.name if self.role in prefixes else None

    @property
    def solution(self) -> str:
        """Source without the lines that mark the solution."""
        return re.sub(r"^[ \t]*### (BEGIN|END) SOLUTION\n?", "", self.source, flags=re.M).rstrip()

    @property
    def solution_regions(self) -> list[str]:
        """The texts between BEGIN SOLUTION and END SOLUTION."""
        return REGION.findall(self.source + "\n")


@dataclass(frozen=True)
class Lesson:
    """A lesson: its name ("01_elbo"), its source file, its cells, and what a class calls its exercises."""

    name: str
    path: Path
    cells: tuple[Cell, ...]
    names: Names = ()

    @classmethod
    def load(cls, name: str, names: Names = ()) -> Lesson:
        """Return a lesson by name, read once for each state of its file.

        Args:
            name: The lesson's.
            names: What a class calls exercises; its text then shows these names.

        Raises:
            CourseError: If there is no such lesson or its source breaks a rule.
        """
        if name not in lesson_names():
            known = ", ".join(lesson_names())
            raise CourseError(f"There is no lesson {name!r}. Lessons: {known}.")
        path = SOURCES / f"{name}.py"
        return _load(path, path.stat().st_mtime_ns, names)

    @classmethod
    def read(cls, path: Path) -> Lesson:
        """Read a lesson from any file.

        Raises:
            CourseError: If the source breaks a rule.
        """
        text = path.read_text(encoding="utf-8")
        cells = _parse(path, text)
        _validate_structure(path, cells)
        return cls(path.stem, path, tuple(_with_first_cell(path.stem, cells)))

    def under(self, names: Names) -> Lesson:
        """Return the lesson with the names that a class gives to its exercises; ids of cells stay."""
        own = {exercise: name for exercise, name in names if exercise in self.exercises}
        if not own:
            return self
        exercises = list(self.exercises)

        def renamed(cell: Cell) -> Cell:
            text = (in_code if cell.is_code else in_prose)(cell.source, own)
            text = with_checks(text, own, exercises) if cell.role == "setup" else text
            return replace(cell, source=text)

        return replace(self, cells=tuple(map(renamed, self.cells)), names=tuple(own.items()))

    def called(self, exercise: str) -> str:
        """Return the name of an exercise in the class."""
        return dict(self.names).get(exercise, exercise)

    @property
    def title(self) -> str:
        """Text of the first line, which is the heading, without its `#`."""
        return next(
            line.lstrip("# ").strip() for line in self.cells[0].source.splitlines() if line.strip()
        )

    @property
    def exercises(self) -> dict[str, float]:
        """Points by exercise, in the order of the lesson."""
        return {c.name: c.points for c in self.cells if c.role == "check"}

    @functools.cached_property
    def words(self) -> set[str]:
        """Every name in the code of the lesson."""
        trees = (ast.parse(cell.source) for cell in self.cells if cell.is_code)
        fields = ("id", "name", "asname", "attr", "arg")
        found = (getattr(n, f, None) for tree in trees for n in ast.walk(tree) for f in fields)
        return {name for name in found if isinstance(name, str)}

    @functools.cached_property
    def titles(self) -> dict[str, str]:
        """Headings by exercise, as in "Exercise 1.2: the exact evidence"; its name where it has none."""
        return {name: text or name for name, text in self._headings("check", "Exercise ")}

    @functools.cached_property
    def builds_up(self) -> bool:
        """Whether the reference solution of some exercise calls an earlier exercise."""
        names = list(self.exercises)
        solutions = {name: self.exercise_cell(name).solution for name in names}
        return any(
            re.search(rf"\b{self.called(earlier)}\(", solutions[name])
            for i, name in enumerate(names)
            for earlier in names[:i]
        )

    @property
    def written(self) -> dict[str, float]:
        """Points by written question."""
        return {c.name: c.points for c in self.cells if c.role == "written"}

    @functools.cached_property
    def question_titles(self) -> dict[str, str]:
        """Headings by written question, as in "A loss without units"; its name in words where it has none."""
        found = {}
        for name, text in self._headings("written"):
            title = re.sub(r"\s*\([^()]*points?\)\s*$", "", text).replace("`", "")
            found[name] = title or name.replace("_", " ")
        return found

    def _headings(self, role: str, begin: str = "") -> Iterator[tuple[str, str]]:
        """Yield the names of cells with the last heading before each that begins so, "" where there is none."""
        heading = ""
        for cell in self.cells:
            if cell.role == "prose":
                lines = re.findall(rf"^#+ +({begin}.*)", cell.source, flags=re.MULTILINE)
                heading = lines[-1] if lines else heading
            elif cell.role == role:
                yield cell.name, heading
                heading = ""

    def hints(self, name: str) -> list[str]:
        """Return the titles of an exercise's hints, in order: "Hint 1: one dimension first"."""
        titles, inside = [], False
        for cell in self.cells:
            if cell.name == name and cell.role in ("exercise", "check"):
                inside = cell.role == "exercise"
            elif inside and cell.role == "prose":
                titles += HINT.findall(cell.source)
        return [html.unescape(re.sub("<[^>]+>|`", "", title)) for title in titles]

    def exercise_cell(self, name: str) -> Cell:
        """Return the cell that holds the reference solution of an exercise.

        Raises:
            CourseError: If the lesson has no such exercise.
        """
        for cell in self.cells:
            if cell.role == "exercise" and cell.name == name:
                return cell
        raise CourseError(
            f"{self.name} has no exercise {name!r}. It has: {', '.join(self.exercises)}."
        )


def lesson_names() -> list[str]:
    """Return the names of all lessons, in order.

    Raises:
        CourseError: If the folder of the sources is missing.
    """
    names = sorted(p.stem for p in SOURCES.glob("[0-9][0-9]_*.py"))
    if not names:
        raise CourseError(
            f"No lesson sources in {SOURCES}. Clone the whole repository and install it with: make setup"
        )
    return names


@functools.lru_cache(maxsize=32)
def _load(path: Path, mtime: int, names: Names = ()) -> Lesson:
    """Read a lesson; the time of the file's last change keeps a changed file from the cache."""
    return _load(path, mtime).under(names) if names else Lesson.read(path)


@functools.cache
def _reference_code(path: Path, mtime: int) -> list:
    """Compile the setup and exercise cells; line numbers are those of the source file."""
    cells = [c for c in _load(path, mtime).cells if c.role in ("setup", "exercise")]
    return [compile("\n" * c.line + c.source, str(path), "exec") for c in cells]


def reference_namespace(name: str) -> dict[str, Any]:
    """Execute the lesson's setup and reference solutions in a new namespace and return it."""
    path = Lesson.load(name).path
    namespace: dict[str, Any] = {"__name__": f"reference_{name}"}
    for code in _reference_code(path, path.stat().st_mtime_ns):
        exec(code, namespace)
    return namespace


def _parse(path: Path, text: str) -> list[Cell]:
    """Split a source into cells.

    Raises:
        CourseError: If a marker is missing, misplaced or has options that do not fit.
    """
    import jupytext

    lines = text.splitlines()
    markers = [i for i, line in enumerate(lines) if MARKER.match(line)]
    if not markers or any(line.strip() for line in lines[: markers[0]]):
        raise CourseError(f"{path}:1: a lesson starts with a cell marker, `# %% [markdown]`.")
    ends = [*markers[1:], len(lines)]
    for start, end in zip(markers, ends, strict=True):
        if "[markdown]" in lines[start]:
            _reject_silent_prose(path, lines[start + 1 : end], start + 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of missing cell ids, which are made below
        notebook = jupytext.reads(text, fmt="py:percent")
    if len(notebook.cells) != len(markers):
        raise CourseError(
            f"{path}: {len(markers)} cell markers but {len(notebook.cells)} cells; "
            "is there a `# %%` inside a string?"
        )
    seen: Counter = Counter()
    pairs = zip(notebook.cells, markers, strict=True)
    return [_classify(path, cell, start + 1, seen) for cell, start in pairs]


def _reject_silent_prose(path: Path, lines: list[str], first: int) -> None:
    """Refuse a prose cell that holds code, as it does when the `# %%` below the prose is missing.

    jupytext would make the code part of the prose without a warning.

    Args:
        path: The source file, for the message.
        lines: The lines of the cell, without its marker.
        first: Number of the first of them in the file.

    Raises:
        CourseError: If there is such a line.
    """
    text = [(n, line) for n, line in enumerate(lines, first) if line.strip()]
    if text and re.match(r'^[rR]?"""', text[0][1]):
        closing = [n for n, line in text[1:] if line.rstrip().endswith('"""')]
        end = closing[0] if closing else None
        if text[0][1].count('"""') == 2:
            end = text[0][0]
        stray = [n for n, _ in text if end is None or n > end]
    else:
        stray = [n for n, line in text if not line.startswith("#")]
    if stray:
        raise CourseError(
            f"{path}:{stray[0]}: this line would silently become prose. "
            'Start a code cell with `# %%`, or close the r""" block.'
        )


def _classify(path: Path, cell: Any, line: int, seen: Counter) -> Cell:
    """Give a cell its role, name, points and id.

    Args:
        path: The source file.
        cell: The cell as jupytext read it.
        line: Line of its marker.
        seen: How often each text occurred so far, so that equal cells get different ids; counted on here.

    Raises:
        CourseError: If an option is unknown or does not fit the cell.
    """
    options = {
        k: v for k, v in cell.metadata.items() if k not in ("cell_marker", "lines_to_next_cell")
    }
    unknown = set(options) - OPTIONS
    if unknown:
        known = ", ".join(sorted(OPTIONS))
        raise CourseError(
            f"{path}:{line}: unknown cell option {sorted(unknown)[0]!r}. Options: {known}."
        )
    is_code = cell.cell_type == "code"
    default = "demonstration" if is_code else "prose"
    role = next((r for r in ROLES if r in options and r != "figure"), default)
    if role != default and is_code == (role == "written"):
        wanted = "markdown" if is_code else "code"
        raise CourseError(f"{path}:{line}: a {role} cell must be a {wanted} cell.")
    name = options.get(role, "") if role in ("exercise", "check", "written") else ""
    points = options.get("points", 0)
    if role in ("check", "written") and not (isinstance(points, int | float) and points > 0):
        raise CourseError(f"{path}:{line}: {role}={name!r} needs points, as in points=4.")
    text = f"{role}\0{name}\0{cell.source}"
    seen[text] += 1
    return Cell(role, cell.source, line, name, points, _id(path.stem, text, seen[text]), options)


def _id(lesson: str, text: str, occurrence: int) -> str:
    """Return the id of a cell with this text."""
    return hashlib.sha256(f"{lesson}\0{text}\0{occurrence}".encode()).hexdigest()[:12]


def _with_first_cell(lesson: str, cells: list[Cell]) -> list[Cell]:
    """Put the cell that installs the course where it is missing before the setup, in every lesson alike."""
    index = next((i for i, cell in enumerate(cells) if cell.role == "setup"), len(cells))
    source = FIRST_CELL.read_text(encoding="utf-8").rstrip()
    line = cells[index].line if index < len(cells) else 0
    first = Cell("first", source, line, id=_id(lesson, source, 0))
    return [*cells[:index], first, *cells[index:]]


def _validate_structure(path: Path, cells: list[Cell]) -> None:
    """Refuse a lesson unless each exercise occurs once, followed by its check, and nothing is graded twice.

    Raises:
        CourseError: If that is not so, with the line of the first cell that is wrong.
    """
    first: dict[str, int] = {}
    for cell in cells:
        grade_id = cell.grade_id
        if grade_id is None:
            continue
        if grade_id in first:
            raise CourseError(
                f"{path}:{cell.line}: {grade_id!r} was already used at line {first[grade_id]}."
            )
        first[grade_id] = cell.line
        if cell.role == "exercise":
            _validate_exercise_cell(path, cell)
        if cell.role == "check":
            _validate_check_cell(path, cell, cells, first)
    for cell in cells:
        if cell.role == "exercise" and f"test_{cell.name}" not in first:
            raise CourseError(f"{path}:{cell.line}: exercise {cell.name!r} has no check cell.")
        if cell.is_code and cell.role != "exercise" and cell.solution_regions:
            raise CourseError(f"{path}:{cell.line}: a solution region outside an exercise cell.")
        if cell.is_code and (
            twice := _given_names(cell) & {c.name for c in cells if c.role == "exercise"}
        ):
            name = min(twice)
            raise CourseError(
                f"{path}:{cell.line}: this cell gives {name!r} a value, which is the name of an exercise. "
                "A cell that has lost its mark is found by that name: rename the variable."
            )


def _given_names(cell: Cell) -> set[str]:
    """Return the names to which a cell that is no exercise assigns, outside of functions and classes."""
    found: set[str] = set()
    waiting: list[ast.AST] = [] if cell.role == "exercise" else [ast.parse(cell.source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif not isinstance(node, ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return found


def _validate_exercise_cell(path: Path, cell: Cell) -> None:
    """Refuse an exercise cell that marks no solution or does not define its exercise."""
    if not cell.solution_regions:
        raise CourseError(
            f"{path}:{cell.line}: exercise {cell.name!r} has no ### BEGIN SOLUTION ... ### END SOLUTION."
        )
    names = {getattr(node, "name", None) for node in ast.parse(cell.source).body}
    if cell.name not in names:
        raise CourseError(f"{path}:{cell.line}: the cell of {cell.name!r} does not define it.")


def _validate_check_cell(path: Path, cell: Cell, cells: list[Cell], first: dict[str, int]) -> None:
    """Refuse a check cell without its exercise, its two calls or a heading that states its points.

    Args:
        path: The source file.
        cell: The check cell.
        cells: All cells of the lesson.
        first: Line of each graded cell so far, by grade_id.
    """
    where = f"{path}:{cell.line}: the check of {cell.name!r}"
    if cell.name not in first:
        raise CourseError(f"{where} has no exercise cell before it.")
    for needed in (
        f"checks.{cell.name}({cell.name})",
        "### BEGIN HIDDEN TESTS",
        f"grade_{cell.name}({cell.name})",
        "### END HIDDEN TESTS",
    ):
        if needed not in cell.source:
            raise CourseError(f"{where} lacks `{needed}`.")
    heading = f"**{cell.points:g} point"
    if not any(
        c.role == "prose" and c.line < first[cell.name] and heading in c.source
        for c in _since_previous_check(cells, cell)
    ):
        raise CourseError(
            f"{where} is worth {cell.points:g}, but no heading before it says `{heading}s`."
        )


def _since_previous_check(cells: list[Cell], check: Cell) -> list[Cell]:
    """Return the cells between the previous check and this one."""
    index = cells.index(check)
    start = max((i for i in range(index) if cells[i].role == "check"), default=-1)
    return cells[start + 1 : index]
