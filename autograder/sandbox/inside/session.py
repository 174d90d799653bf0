"""The learner's session: their cells executed in order in one namespace, as in a notebook.

Untrusted code runs here, in a fork of the worker. Shell commands do nothing, and a cell that fails stops
neither the cells after it nor the grading. The session then serves exercises, in forks.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import json
import linecache
import math
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from autograder.sandbox.inside import confine
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

    def run(self, number: int, source: str, definitions_only: bool = False) -> None:
        """Execute one cell; with `definitions_only` just its imports, functions and classes."""
        name = cell_file(number)
        try:
            tree = self._parse(source, name)
            if definitions_only:
                tree.body = [node for node in tree.body if isinstance(node, _DEFINITIONS)]
            exec(compile(tree, name, "exec"), self.namespace)
        except BaseException as error:
            self.errors[number] = explain_error(error)

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
        for cell in cells:
            say({"cell": cell["number"]})
            if cell["look_at"]:
                self.look_at(cell["look_at"])
            else:
                self.run(cell["number"], cell["source"], cell["definitions_only"])
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


_DEFINITIONS = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef


TIMING = {"time", "timeit", "prun", "capture"}  # magics that run the learner's own code


def _only_timing(run: Callable, **settings: Any) -> Callable:
    """Return a version that runs only timing magics; %matplotlib, %pip, %%bash and the like do nothing."""

    def run_magic(name: str, *args: Any) -> Any:
        return run(name, *args, **settings) if name in TIMING else None

    return run_magic


_PREPARED: list[Any] = []  # a shell made before the fork, for the next session


def parsed(source: str, name: str = "<unknown>") -> ast.Module:
    """Parse Python as `ast.parse` does.

    CPython 3.11 sometimes miscounts its own recursion and raises SystemError for source that is fine
    (https://github.com/python/cpython/issues/106905); the second time it does not.
    """
    try:
        return ast.parse(source, name)
    except SystemError:
        return ast.parse(source, name)


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
    # IPython looks for the cell's variables that many frames up, and our wrapper is one of them:
    # with the default of 1, `x` of `%time x = f()` would be lost.
    shell.run_line_magic = _only_timing(shell.run_line_magic, _stack_depth=2)
    shell.run_cell_magic = _only_timing(shell.run_cell_magic)
    namespace.setdefault("__name__", "__main__")
    vars(builtins)["get_ipython"] = shell.get_ipython
    namespace.setdefault("display", lambda *args, **kwargs: None)
    return shell
