"""Which files beside a submission's notebook are copied, and how many."""

import os

import pytest

from autograder.classes.results import copied_files
from autograder.source.lesson import SOURCES, lesson_names


@pytest.fixture
def caps(monkeypatch):
    """Small caps: at most 10 bytes a file, 25 together, 5 files."""
    for name, value in (("MAX_EXTRA", 10), ("MAX_EXTRAS", 25), ("MAX_FILES", 5)):
        monkeypatch.setattr(copied_files, name, value)


def put(folder, *names, size=1):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)


def copied(folder):
    return sorted(copied_files._handed_in(folder))


def test_figures_data_and_text_are_copied_and_nothing_else(tmp_path):
    kept = ["figures/a.png", "B.JPG", "c.csv", "d.npz", "model.PT", "timestamp.txt", "notes.md"]
    put(tmp_path, *kept)
    put(tmp_path, "a.xht", "a.html", "a.svg", "a.SVGZ", "a.pdf", "a.mjs", "a.png.xhtml", "a.ipynb")
    put(tmp_path, "no_ending", "png", ".hidden.png", "a.png ")
    assert copied(tmp_path) == sorted(kept)


def test_many_names_of_one_file_count_as_often_as_they_are_copied(tmp_path, caps):
    put(tmp_path, "0.csv", size=10)
    for number in range(1, 4):
        os.link(tmp_path / "0.csv", tmp_path / f"{number}.csv")
    put(tmp_path, "4.csv", size=5)
    assert copied(tmp_path) == ["0.csv", "1.csv", "4.csv"]


def test_a_file_beyond_the_cap_is_left_out_and_smaller_ones_are_kept(tmp_path, caps):
    put(tmp_path, "a.csv", size=11)
    put(tmp_path, "b.csv", size=10)
    assert copied(tmp_path) == ["b.csv"]


def test_only_the_first_files_and_folders_are_looked_at(tmp_path, caps):
    put(tmp_path, *(f"{n}.csv" for n in range(9)))
    assert copied(tmp_path) == [f"{n}.csv" for n in range(5)]
    many = tmp_path / "many"
    put(many, *(f"{n}/x.csv" for n in range(9)))
    assert copied(many) == [f"{n}/x.csv" for n in range(4)]  # the folder itself is the first


def test_every_file_beside_a_lesson_is_kept():
    for lesson in lesson_names():
        folder = SOURCES / lesson
        found = {p for _, p in copied_files._files(folder)}
        assert (
            found
            == {p for p in folder.rglob("*.*") if p.suffix in (".png", ".svg", ".md")}
            != set()
        )
