"""The drawings of models and ideas: each is drawn and stored."""

from xml.etree import ElementTree

import pytest

from autograder.authoring import drawings
from autograder.source.lesson import SOURCES, lesson_names


def test_every_drawing_is_written_as_svg_on_white(tmp_path, monkeypatch):
    monkeypatch.setattr(drawings, "SOURCES", tmp_path)
    written = drawings.write_drawings()
    assert len(written) == len(drawings.DRAWINGS) >= 11
    for path in written:
        assert ElementTree.parse(path).getroot().tag.endswith("svg")
        assert "fill: #ffffff" in path.read_text()
        assert (SOURCES / path.relative_to(tmp_path)).exists(), "run: vae-course drawings"


@pytest.mark.parametrize("name", lesson_names())
def test_every_stored_drawing_has_a_function(name):
    for path in (SOURCES / name / "figures").glob("*.svg"):
        assert (name, path.stem) in drawings.DRAWINGS
