"""The drawings of models and ideas: each is drawn, stored, and shown in its lesson with a text for those who cannot see."""

import re
from xml.etree import ElementTree

import pytest

from autograder.authoring import drawings
from autograder.source.lesson import SOURCES, Lesson, lesson_names


def test_every_drawing_is_written_as_svg_on_white(tmp_path, monkeypatch):
    monkeypatch.setattr(drawings, "SOURCES", tmp_path)
    written = drawings.write_drawings()
    assert len(written) == len(drawings.DRAWINGS) >= 11
    for path in written:
        assert ElementTree.parse(path).getroot().tag.endswith("svg")
        assert "fill: #ffffff" in path.read_text()
        assert (SOURCES / path.relative_to(tmp_path)).exists(), "run: vae-course drawings"


@pytest.mark.parametrize("name", lesson_names())
def test_every_stored_drawing_has_a_function_and_stands_in_its_lesson(name):
    text = Lesson.load(name).path.read_text(encoding="utf-8")
    for path in (SOURCES / name / "figures").glob("*.svg"):
        assert (name, path.stem) in drawings.DRAWINGS
        assert re.search(rf"!\[[^]]{{20,}}\]\(figures/{path.name}\)", text), path.name
