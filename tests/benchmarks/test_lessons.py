"""The benchmark of lessons adds up cells and refuses what does not exist; the lessons themselves are not run."""

import sys

import pytest
from nbformat.v4 import new_code_cell, new_output

from benchmarks import lessons


def run(monkeypatch, capsys, *arguments):
    """Print the table with two cells of known length in each lesson."""
    monkeypatch.setattr(lessons, "run", lambda *_: {"0 import math": 0.5, "1 fit(model)": 3.0})
    monkeypatch.setattr(sys, "argv", ["lessons", *arguments])
    lessons.main()
    return capsys.readouterr().out


def test_the_table_has_each_lesson_and_the_sum(monkeypatch, capsys):
    said = run(monkeypatch, capsys, "01_elbo", "02_vae")
    assert "| 01_elbo | 3.5 |" in said
    assert "| 02_vae | 3.5 |" in said
    assert "| sum | 7 |" in said
    assert "fit(model)" not in said


def test_long_cells_are_listed_when_asked_for(monkeypatch, capsys):
    said = run(monkeypatch, capsys, "01_elbo", "--cells")
    assert "3.0 s  1 fit(model)" in said
    assert "import math" not in said


@pytest.mark.parametrize("arguments", [["09_none"], ["--before", "no-such-revision"]])
def test_what_does_not_exist_is_refused_in_one_line(monkeypatch, capsys, arguments):
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, capsys, *arguments)
    assert stopped.value.code == 2
    assert arguments[-1] in capsys.readouterr().err.splitlines()[-1]


def test_a_clock_that_is_printed_in_pieces_is_read():
    pieces = [new_output("stream", name="stdout", text=text) for text in ("3.2", "5", "\n")]
    assert lessons.clock_of(new_code_cell(outputs=pieces)) == 3.25
