"""Change each reference in one place, and see whether the hidden test notices.

    python -m benchmarks.mutants [LESSON ...] [--exercise NAME] [--jobs 2] [--stale]

A mutant is the reference with one change: another operator, number, comparison, function or argument, a line
or a method left out. A mutant with full marks is either a gap of the test, or as right as the reference. Those
that are as right stand in `mutants.json` with the reason. The command prints all others and ends with 1 if
there are any; with --stale it also names rows of the file that no mutant with full marks needs any more.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import torch
from rich.progress import track

from autograder.authoring.audit import lost_criteria
from autograder.exercises.known_answers import Variant
from autograder.source.lesson import Lesson, lesson_names

KNOWN = Path(__file__).with_name("mutants.json")
SECONDS = 60  # of CPU time for one mutant: an endless loop is a mistake that is found
WIDTH = 72  # of a piece of code in the name of a mutant

OPERATORS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.MatMult: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
PAIRS = (
    "sum mean",
    "amax amin",
    "max min",
    "argmax argmin",
    "maximum minimum",
    "zeros ones",
    "zeros_like ones_like",
    "randn rand",
    "randn_like rand_like",
    "train eval",
    "exp expm1",
    "log log1p",
    "log_softmax softmax",
    "sigmoid tanh",
    "sin cos",
    "stack cat",
    "repeat repeat_interleave",
    "logsumexp sum",
    "floor ceil",
    "relu sigmoid",
    "var std",
)
NAMES = {a: b for pair in PAIRS for a, b in (pair.split(), pair.split()[::-1])}


class _Mutator(ast.NodeTransformer):
    """Make the `wanted`-th change that is possible, and say in `what` what it was."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.seen = -1
        self.statement = ""  # first line of the innermost statement that is being visited
        self.what = ""

    def offer(self, old: ast.AST, new: ast.AST | list) -> ast.AST | list:
        """Return the new node if its turn has come, else the old one."""
        self.seen += 1
        if self.seen != self.wanted:
            return old
        where = "" if self.statement == _text(old) else f" in `{self.statement}`"
        self.what = f"`{_text(old)}` -> `{_text(new)}`{where}"
        return new

    def visit(self, node: ast.AST) -> ast.AST | list:
        """Offer every change of a node, then those of its children."""
        outer = self.statement
        if isinstance(node, ast.stmt):
            self.statement = _text(node)
        try:
            for new in _changes(node):
                made = self.offer(node, new)
                if made is not node:
                    return made
            return self.generic_visit(node)
        finally:
            self.statement = outer


def _text(node: ast.AST | list) -> str:
    """Return the first line of a node's code, cut short."""
    nodes = node if isinstance(node, list) else [node]
    line = "; ".join(ast.unparse(n) for n in nodes).split("\n")[0]
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 3]}..."


def _changes(node: ast.AST) -> Iterator[ast.AST | list]:
    """Yield what may stand in a node's place; a list stands for several statements."""
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp) and type(node.op) in OPERATORS:
        yield _with(node, op=OPERATORS[type(node.op)]())
    if isinstance(node, ast.Compare) and type(node.ops[0]) in OPERATORS:
        yield _with(node, ops=[OPERATORS[type(node.ops[0])](), *node.ops[1:]])
    if isinstance(node, ast.UnaryOp):
        yield node.operand
    if isinstance(node, ast.Constant):
        yield from _numbers(node)
    if isinstance(node, ast.Call):
        yield from _calls(node)
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        yield _with(node, test=ast.Constant(value=False))
        if not isinstance(node, ast.While):
            yield _with(node, test=ast.Constant(value=True))
    if isinstance(node, ast.With):
        yield node.body
    if isinstance(node, ast.AugAssign) or (
        isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)
    ):
        yield ast.copy_location(ast.Pass(), node)
    if isinstance(node, ast.FunctionDef) and node.decorator_list:
        yield _with(node, decorator_list=[])
    if isinstance(node, ast.Tuple) and len(node.elts) > 1:
        yield _with(node, elts=[node.elts[1], node.elts[0], *node.elts[2:]])


def _numbers(node: ast.Constant) -> Iterator[ast.AST]:
    """Yield other numbers and truth values in the place of a constant."""
    if isinstance(node.value, bool):
        yield _with(node, value=not node.value)
    elif isinstance(node.value, int | float):
        yield _with(node, value=node.value + 1)
        if node.value:
            yield _with(node, value=-node.value)


def _calls(node: ast.Call) -> Iterator[ast.AST]:
    """Yield other functions, other arguments, and the object without the call of its method."""
    function = node.func
    name = getattr(function, "attr", getattr(function, "id", ""))
    if isinstance(function, ast.Attribute):
        owner = function.value
        module = isinstance(owner, ast.Name) and owner.id in ("torch", "F", "nn", "math", "np")
        if name in NAMES:
            yield _with(node, func=_with(function, attr=NAMES[name]))
        if not module and not (isinstance(owner, ast.Call) and _text(owner) == "super()"):
            yield owner  # x.exp() becomes x
        if module and len(node.args) == 1 and not node.keywords:
            yield node.args[0]  # torch.exp(x) becomes x
    elif isinstance(function, ast.Name) and name in NAMES:
        yield _with(node, func=_with(function, id=NAMES[name]))
    if len(node.args) > 1:
        yield _with(node, args=[node.args[1], node.args[0], *node.args[2:]])
    for i in range(len(node.keywords)):
        yield _with(node, keywords=node.keywords[:i] + node.keywords[i + 1 :])


def _with(node: ast.AST, **fields: object) -> ast.AST:
    """Return a copy of a node with other fields."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def mutants(lesson: str, exercise: str) -> list[Variant]:
    """Return the mutants of an exercise's reference; their ids say what was changed."""
    tree = ast.parse(Lesson.load(lesson).exercise_cell(exercise).solution)
    original, found, index = ast.unparse(tree), {}, 0
    while True:
        mutator = _Mutator(index)
        changed = mutator.visit(copy.deepcopy(tree))
        if not mutator.what:
            return list(found.values())
        source = ast.unparse(ast.fix_missing_locations(changed))
        if source != original:
            what, again = mutator.what, 2
            while what in found:  # the same text twice in one line
                what, again = f"{mutator.what} ({again})", again + 1
            found[what] = Variant(lesson, exercise, what, "", source)
        index += 1


def survives(variant: Variant) -> bool:
    """Return whether a mutant gets full marks."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"{SECONDS} s of CPU time are over")

    signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        return not lost_criteria(variant, seed=0)
    except Exception:  # it cannot even be defined
        return False
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def main() -> None:
    """Print the mutants with full marks that nobody explained, then the counts."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lessons", nargs="*", help="lessons, as in 02_vae; every lesson without")
    parser.add_argument("--exercise", help="one exercise only")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--stale", action="store_true", help="name rows that nothing needs")
    options = parser.parse_args()
    if strange := set(options.lessons) - set(lesson_names()):
        parser.error(f"no such lesson: {', '.join(sorted(strange))}")
    known = json.loads(KNOWN.read_text(encoding="utf-8"))
    gaps = 0
    context = get_context("spawn")  # torch has threads by now
    with ProcessPoolExecutor(options.jobs, context, torch.set_num_threads, (1,)) as pool:
        for lesson in options.lessons or lesson_names():
            exercises = Lesson.load(lesson).exercises
            chosen = [e for e in exercises if options.exercise in (None, e)]
            made = [m for exercise in chosen for m in mutants(lesson, exercise)]
            verdicts = pool.map(survives, made, chunksize=4)
            shown = track(verdicts, lesson, total=len(made), transient=True)
            alive = [m for m, lives in zip(made, shown, strict=True) if lives]
            explained = [m for m in alive if m.id in known.get(f"{lesson} {m.exercise}", {})]
            unexplained = [m for m in alive if m not in explained]
            for m in unexplained:
                print(f"{lesson} {m.exercise}: {m.id}", flush=True)
            if options.stale:
                names = {(m.exercise, m.id) for m in explained}
                for e in chosen:
                    for row in known.get(f"{lesson} {e}", {}):
                        if (e, row) not in names:
                            print(f"{lesson} {e}: not needed: {row}", flush=True)
            gaps += len(unexplained)
            print(
                f"{lesson}: {len(made)} mutants, {len(explained)} as right as the reference, "
                f"{len(unexplained)} with full marks and no reason",
                flush=True,
            )
    sys.exit(1 if gaps else 0)


if __name__ == "__main__":
    main()
