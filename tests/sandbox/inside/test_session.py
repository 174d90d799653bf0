"""A session: the learner's cells executed in order, as a notebook would, and what is remembered of them."""

import builtins
import contextlib
import os
import signal
import sys

import pytest

from autograder.sandbox.inside import session as inside
from autograder.sandbox.inside.session import Session


@pytest.fixture
def session():
    """A fresh session; IPython's name among the builtins is taken back afterwards."""
    with contextlib.ExitStack() as stack:
        if hasattr(builtins, "get_ipython"):
            stack.callback(setattr, builtins, "get_ipython", builtins.get_ipython)
        else:
            stack.callback(delattr, builtins, "get_ipython")
        yield Session()


def cell(number, source="", definitions_only=False, look_at="", exercise=""):
    return {
        "number": number,
        "source": source,
        "definitions_only": definitions_only,
        "look_at": look_at,
        "exercise": exercise,
    }


def test_cells_share_one_namespace_in_their_order_and_each_is_announced(session):
    said = []
    session.execute([cell(3, "x = 1\ndef f(): return x"), cell(7, "x = f() + 1")], said.append)
    assert session.namespace["f"]() == session.namespace["x"] == 2
    assert session.namespace["__name__"] == "__main__"
    assert said == [{"cell": 3}, {"cell": 7}]
    assert session.errors == {}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("y = 2\nz = {}['lost']", "KeyError: 'lost' (line 2 of the cell: `z = {}['lost']`)"),
        ("def f(:", "line 1 of the cell"),
        ("y = 2\nraise SystemExit(3)", "SystemExit: 3 (line 2 of the cell: `raise SystemExit(3)`)"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("nothing", "NameError: name 'nothing' is not defined"),
    ],
)
def test_a_cell_that_fails_is_told_with_its_line_and_the_next_one_runs(session, source, message):
    session.execute([cell(0, source), cell(1, "after = True")], lambda event: None)
    assert list(session.errors) == [0]
    assert message in session.errors[0]
    assert session.namespace["after"]


def test_definitions_only_runs_imports_functions_and_classes_and_nothing_else(session):
    source = """
import math
from math import pi
SIZE = 3
def area(r): return pi * r * r
class Round:
    sides = 0
print(undefined)
for i in range(3): pass
"""
    session.run(0, source, needed=set())
    assert session.errors == {}
    assert {"math", "pi", "area", "Round"} <= set(session.namespace)
    assert not {"SIZE", "i"} & set(session.namespace)


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline",
        "%pip install torch",
        "%no_such_magic",
        "!touch made",
        "files = !touch made",
        "%%bash\ntouch made",
        "%cd ..",
        "%run made.py",
        "?print",
    ],
)
def test_magics_and_shell_lines_do_nothing(session, source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    session.run(0, source)
    session.run(
        1, f"before = 1\n{source}\nafter = 2" if not source.startswith("%%") else "after = 2"
    )
    assert session.errors == {}
    assert session.namespace["after"] == 2
    assert os.listdir() == []
    assert os.getcwd() == str(tmp_path)


@pytest.mark.parametrize("source", ["%time x = 6", "%%time\nx = 6", "%%capture\nx = 6\nprint(x)"])
def test_magics_that_time_or_catch_run_the_learners_code(session, source, capsys):
    session.run(0, source)
    assert session.errors == {}
    assert session.namespace["x"] == 6
    assert capsys.readouterr().err == ""


def test_what_notebooks_find_without_an_import_is_there(session):
    session.run(0, "display(3)\nshell = get_ipython()\nshell.system('exit 3')")
    assert session.errors == {}
    assert session.namespace["shell"] is session.shell


def test_an_exercise_is_the_object_at_the_place_of_its_check(session):
    cells = [
        cell(0, "def f(): return 'answer'"),
        cell(1, look_at="f"),
        cell(2, "f = 'a result of a later cell'"),
        cell(3, look_at="not_written"),
    ]
    session.execute(cells, lambda event: None)
    assert session.namespace["f"]() == "answer"
    assert "not_written" not in session.namespace


def test_two_sessions_share_nothing_that_their_cells_define(session):
    session.run(0, "x = 1")
    other = Session()
    other.run(0, "y = x")
    assert "NameError" in other.errors[0]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="LOUD: sessions are forked on Linux only")
def test_how_a_fork_ended_is_told(worker):
    """Asked of a real session: what serves an exercise ends by itself, by its time, by a signal."""
    ways = {
        "done": "def f(): return 1",
        "crashed": f"import os\ndef f(): os.kill(os.getpid(), {int(signal.SIGKILL)})",
        "timeout": f"import os\ndef f(): os.kill(os.getpid(), {int(signal.SIGXCPU)})",
    }
    found = {}
    for status, source in ways.items():
        cells = [{**cell(0, source), "exercise": "f"}, {**cell(1), "exercise": ""}]
        with worker.open_session(cells) as session:
            with session.serve(["f"], dict) as served:
                list(served.each(call_f))
            found[status] = served.status
    assert {expected: status for expected, status in found.items() if expected != status} == {}


def test_a_long_error_is_cut_and_an_exercise_that_no_cell_defines_is_none(worker):
    cells = [{**cell(0, "assert False, 'y' * 10**6"), "exercise": ""}]
    with worker.open_session(cells) as session:
        assert session.status == "done"
        assert session.errors[0].startswith("AssertionError: yyy")
        assert len(session.errors[0]) <= 500
        with session.serve(["f"], dict) as served:
            assert list(served.each(look_for_f)) == ["none"]


def call_f(student_of):
    yield student_of("f")()


def look_for_f(student_of):
    yield "none" if student_of("f") is None else "one"


def test_the_shell_made_before_a_fork_is_used_once(session, monkeypatch):
    monkeypatch.setattr(inside, "_PREPARED", [])
    inside.prepare()
    (prepared,) = inside._PREPARED
    assert Session().shell is prepared
    assert Session().shell is not prepared
