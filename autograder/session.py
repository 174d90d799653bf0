"""The learner's session: their cells executed in order in one namespace, as a notebook would.

Untrusted code runs here, in a worker process. Shell commands do nothing, and a cell that fails stops
neither the cells after it nor the grading.
"""

from __future__ import annotations

import ast
import builtins
import linecache
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Session:
    """A namespace and what happened while it was filled.

    Attributes:
        namespace: The learner's globals.
        errors: One message by cell number for each cell that raised.
        looked_at: The object of each exercise at the place of its check.
    """

    namespace: dict[str, Any] = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)
    looked_at: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shell = _quiet_shell(self.namespace)

    def run(self, number: int, source: str, definitions_only: bool = False) -> None:
        """Execute one cell; with `definitions_only` just its imports, functions and classes."""
        name = cell_file(number)
        try:
            text = self.shell.transform_cell(source)
            linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
            tree = ast.parse(text, name)
            if definitions_only:
                tree.body = [node for node in tree.body if isinstance(node, _DEFINITIONS)]
            exec(compile(tree, name, "exec"), self.namespace)
        except BaseException as error:
            self.errors[number] = explain_error(error)

    def look_at(self, name: str) -> None:
        """Remember what the name means at this place of the notebook, if it is defined."""
        if name in self.namespace:
            self.looked_at[name] = self.namespace[name]


_DEFINITIONS = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef


def cell_file(number: int) -> str:
    """The file name under which a cell is compiled, to find it again in tracebacks."""
    return f"<cell {number}>"


def explain_error(error: BaseException) -> str:
    """Type, message and the deepest line that is in one of the learner's cells."""
    what = f"{type(error).__name__}: {error}".split("\n")[0][:300]
    if isinstance(error, SyntaxError) and error.lineno:
        return f"{what.split(' (<cell')[0]} (line {error.lineno} of the cell)"
    frames = [
        f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith("<cell ")
    ]
    if not frames:
        return what
    line = linecache.getline(frames[-1].filename, frames[-1].lineno).strip()
    return f"{what} (line {frames[-1].lineno} of the cell: `{line}`)"


TIMING = {"time", "timeit", "prun", "capture"}  # magics that run the learner's own code


def _only_timing(run: Callable) -> Callable:
    """Other magics (%matplotlib, %pip, %%bash, ...) do nothing: they are about a notebook we do not have."""

    def run_magic(name: str, *args: Any, **kwargs: Any) -> Any:
        return run(name, *args, **kwargs) if name in TIMING else None

    return run_magic


def _quiet_shell(namespace: dict[str, Any]) -> Any:
    """IPython's shell for magics and `get_ipython()`, without history, shell commands or colours."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell(config=config, user_ns=namespace)
    shell.system = shell.getoutput = lambda *args, **kwargs: None
    shell.run_line_magic = _only_timing(shell.run_line_magic)
    shell.run_cell_magic = _only_timing(shell.run_cell_magic)
    namespace.setdefault("__name__", "__main__")
    builtins.get_ipython = shell.get_ipython
    namespace.setdefault("display", lambda *args, **kwargs: None)
    return shell
