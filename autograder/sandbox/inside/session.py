"""The learner's session: their cells executed in order in one namespace, as in a notebook.

Untrusted code runs here, in a fork of the worker. Shell commands do nothing, and a cell that fails stops
neither the cells after it nor the grading. The session then serves exercises, in forks.
"""

from __future__ import annotations
import __future__

import ast
import asyncio
import builtins
import contextlib
import functools
import inspect
import json
import linecache
import math
import operator
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from autograder.sandbox.inside import confine
from autograder.sandbox.inside.names import (
    WALRUS,
    bound_names,
    definitions_after,
    is_definition,
    needed_names,
    parsed,
)
from autograder.wire.explain import cell_file, explain_error
from autograder.wire.peer import Peer


@dataclass
class Session:
    """A namespace and what happened while it was filled.

    Attributes:
        namespace: The learner's globals.
        errors: One message by cell number for each cell that raised.
        looked_at: The object of each exercise at the place of its check.
    """

    errors: dict[int, str] = field(default_factory=dict)
    looked_at: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shell = _PREPARED.pop() if _PREPARED else _quiet_shell()
        self.namespace: dict[str, Any] = self.shell.user_ns
        self._flags = 0  # of `from __future__ import ...`, which hold for all later cells
        vars(self.shell)["vae_course_body"] = self._run_body

    def run(self, number: int, source: str, needed: set[str] | None = None) -> None:
        """Execute one cell. Where a statement fails, the definitions after it are executed all the same.

        Args:
            number: By which errors of the cell are reported.
            source: Its code.
            needed: Execute only what defines one of these names, and all imports, functions and classes.
        """
        name = cell_file(number)
        try:
            tree = self._parse(source, name)
            if needed is not None:
                found = ((n, bound_names(n, WALRUS in source)) for n in tree.body)
                tree.body = [n for n, names in found if is_definition(n) or needed & names]
                for node in tree.body:
                    self._attempt(number, [node], name)
                return
            self._execute(tree.body, name)
        except BaseException as error:
            self.errors[number] = explain_error(error)
            with contextlib.suppress(Exception):
                for node in definitions_after(tree.body, error, name):
                    self._attempt(number, [node], name)

    def _attempt(self, number: int, body: list[ast.stmt], name: str) -> None:
        """Execute statements; keep the first error of the cell."""
        try:
            self._execute(body, name)
        except BaseException as error:
            self.errors.setdefault(number, explain_error(error))

    def _execute(self, body: list[ast.stmt], name: str) -> None:
        """Execute statements as Jupyter does: `await` may stand outside of functions."""
        tree = ast.Module(body, type_ignores=[])
        flags = self._flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        code = compile(tree, name, "exec", flags, dont_inherit=True)
        self._flags |= code.co_flags & _FUTURE
        if code.co_flags & inspect.CO_COROUTINE:
            asyncio.run(eval(code, self.namespace))
        else:
            exec(code, self.namespace)

    def _run_body(self, source: str) -> None:
        """Execute the body of a cell magic that measures or logs it."""
        self._execute(parsed(self.shell.transform_cell(source)).body, "<cell magic>")

    def _parse(self, source: str, name: str) -> ast.Module:
        """Return the syntax tree of a cell; only a cell that is no plain Python goes through IPython."""
        try:
            text, tree = source, parsed(source, name)
        except (SyntaxError, ValueError):
            text, tree = self.shell.transform_cell(source), None
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        return tree or parsed(text, name)

    def execute(self, cells: list[dict[str, Any]], say: Callable[[dict], None]) -> None:
        """Execute cells in order; report {"cell": number} before each.

        Args:
            cells: Each {"number", "source", "definitions_only", "look_at"}.
            say: Called with each report.
        """
        needed = needed_names(cells)
        for cell in cells:
            say({"cell": cell["number"]})
            if cell["look_at"]:
                self.look_at(cell["look_at"])
            else:
                self.run(
                    cell["number"], cell["source"], needed if cell["definitions_only"] else None
                )
        self.namespace.update(self.looked_at)

    def look_at(self, name: str) -> None:
        """Keep the object that the name has at this place of the notebook, if it is defined."""
        if name in self.namespace:
            self.looked_at[name] = self.namespace[name]


def run_session(control_descriptor: int, cells_descriptor: int, limits: dict[str, Any]) -> None:
    """Execute the cells, then serve the exercises that the grader asks for.

    Args:
        control_descriptor: Socket to the grader: small messages, with a descriptor per exercise.
        cells_descriptor: File with a JSON list of {"number", "source", "definitions_only", "look_at"}.
        limits: {"cpu_seconds": for each fork}.
    """
    control = socket.socket(fileno=control_descriptor)
    with open(cells_descriptor, encoding="utf-8") as file:
        cells = json.load(file)
    session = Session()
    session.execute(cells, lambda event: _say(control, event))
    _say(control, {"ready": True, "errors": list(session.errors.items())[:100]})
    while True:
        text, descriptors, _, _ = socket.recv_fds(control, 2**16, 1)
        if not text:
            os._exit(0)
        message = json.loads(text)
        child = os.fork()
        if child == 0:
            control.close()
            _serve(session.namespace, message, descriptors[0], limits["cpu_seconds"])
        os.close(descriptors[0])
        _say(control, {"ended": _ending(child)})


def _serve(namespace: dict[str, Any], message: dict, descriptor: int, cpu_seconds: int) -> None:
    """Answer the requests of hidden tests for these exercises, and end this process."""
    try:
        os.setpgid(0, 0)  # so that a signal to its process group does not reach the session
        confine.limit(cpu_seconds + math.ceil(time.process_time()))
        for kind in (signal.SIGXCPU, signal.SIGTERM, signal.SIGALRM):
            signal.signal(kind, signal.SIG_DFL)
        torch.set_num_threads(1)
        reader, writer = os.fdopen(descriptor, "rb"), os.fdopen(os.dup(descriptor), "wb")
        roots = {name: namespace[name] for name in message["exercises"] if name in namespace}
        peer = Peer(reader, writer, roots, trusts=True, explain=explain_error)
        namespace.update({other: peer.root(other) for other in message["replaced"]})
        peer.serve()
    finally:
        os._exit(0)


def _ending(child: int) -> str:
    """Return how a child ended: "done", "timeout" (CPU time) or "crashed"."""
    try:
        _, status = os.waitpid(child, 0)
    except ChildProcessError:  # the learner's code ignores SIGCHLD, so no status was kept
        return "done"
    if os.WIFSIGNALED(status):
        return "timeout" if os.WTERMSIG(status) == signal.SIGXCPU else "crashed"
    return "done"


def _say(control: socket.socket, message: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        control.send(json.dumps(message).encode())


# Magics that run the learner's own code or write their own file.
RUN = {"time", "timeit", "prun", "capture", "writefile", "file"}
OTHER_LANGUAGES = {
    "!", "bash", "sh", "script", "system", "sx", "cmd", "shell", "perl", "ruby", "pypy", "python", "python2",
    "python3", "js", "javascript", "html", "css", "svg", "latex", "markdown", "sql", "bigquery", "cython", "R",
    "julia",
}  # fmt: skip


def _no_input(prompt: object = "") -> str:
    """Raise an error that says why: nobody is there to type."""
    raise RuntimeError("input() is not available when your work is graded: nobody types an answer")


def _run_line_magic(run: Callable) -> Callable:
    """Return a version that runs only magics that run code: %matplotlib, %pip and the like do nothing."""

    def run_magic(name: str, *args: Any) -> Any:
        # IPython looks for the cell's variables that many frames up, and this wrapper is one of them:
        # with the default of 1, `x` of `%time x = f()` would be lost.
        return run(name, *args, _stack_depth=2) if name in RUN else None

    return run_magic


def _run_cell_magic(run: Callable, shell: Any) -> Callable:
    """Return a version that runs the body of magics it does not know, such as %%memit, as ordinary code."""

    def run_magic(name: str, line: str, body: str) -> Any:
        if name in RUN:
            return run(name, line, body)
        return None if name in OTHER_LANGUAGES else shell.vae_course_body(body)

    return run_magic


_FUTURE = functools.reduce(
    operator.or_, (getattr(__future__, n).compiler_flag for n in __future__.all_feature_names)
)
_PREPARED: list[Any] = []  # a shell made before the fork, for the next session


def prepare() -> None:
    """Make the shell of the next session ahead of time."""
    _PREPARED[:] = [_quiet_shell()]


def _quiet_shell() -> Any:
    """Return IPython's shell, for magics and `get_ipython()`, without history, shell commands or colours."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    namespace: dict[str, Any] = {}
    shell: Any = InteractiveShell(config=config, user_ns=namespace)
    shell.system = shell.getoutput = lambda *args, **kwargs: None
    shell.run_line_magic = _run_line_magic(shell.run_line_magic)
    shell.run_cell_magic = _run_cell_magic(shell.run_cell_magic, shell)
    namespace.setdefault("__name__", "__main__")
    vars(builtins)["get_ipython"] = shell.get_ipython
    vars(builtins)["input"] = _no_input
    namespace.setdefault("display", lambda *args, **kwargs: None)
    return shell
