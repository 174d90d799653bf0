"""The spread of fingerprints: measured in cells, stored beside what other machines measured."""

import json
import math
from types import SimpleNamespace

import pytest

from autograder.authoring import build, spread
from autograder.errors import CourseError

NAME = "05_latent_space"


@pytest.fixture
def found(tmp_path, monkeypatch):
    """Spread that was stored before, and what the cells will be found to differ by."""
    monkeypatch.setattr(build, "SPREAD", tmp_path / "spread.json")
    build.SPREAD.write_text(json.dumps({"there": {NAME: 0.003}, "here": {NAME: 0.004, "a": 0.001}}))
    differences = {NAME: {"slerp": 0.00123, "embed_2d": 0.0005}}
    done = SimpleNamespace(stdout=json.dumps(["here", differences]))
    monkeypatch.setattr(spread.subprocess, "run", lambda *_, **__: done)
    return done


def test_a_cell_replaces_its_own_numbers_and_leaves_all_others(found):
    assert list(spread.measure([NAME])) == [("here", {NAME: 0.0012})] * len(spread.SETTINGS)
    assert build.spread() == {"here": {NAME: 0.0012, "a": 0.001}, "there": {NAME: 0.003}}
    assert build.margin() == pytest.approx(0.03)


@pytest.mark.parametrize("difference", [0.02, math.inf])
def test_more_than_rounding_is_refused_and_not_stored(found, difference):
    before = build.SPREAD.read_text()
    found.stdout = json.dumps(["here", {NAME: {"slerp": difference, "embed_2d": 0.0005}}])
    with pytest.raises(
        CourseError, match=f"{NAME}: 'slerp' differs by {difference:.2g} tolerances"
    ):
        list(spread.measure([NAME]))
    assert build.SPREAD.read_text() == before


@pytest.mark.slow
def test_this_machine_is_measured_in_a_process_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "SPREAD", tmp_path / "spread.json")
    monkeypatch.setattr(spread, "SETTINGS", [{"ATEN_CPU_CAPABILITY": "default"}])
    [(where, row)] = spread.measure([NAME])
    assert "PyTorch" in where
    assert "threads: 1" in where
    assert row.keys() == {NAME}
    assert row[NAME] < spread.LIMIT
    assert build.spread() == {where: row}
