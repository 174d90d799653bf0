"""Quoted numbers: filled in from stored runs, refused where they contradict them, listed where they are typed."""

import json

import pytest

from autograder.errors import CourseError
from autograder.source import numbers, stored
from autograder.source.lesson import SOURCES, Lesson
from autograder.source.release import reference_notebook, release_text

NAME = "02_vae"
REASONS = {
    "exact": "follows from a formula",
    "chosen": "a setting, not a result",
    "published": "somebody else's, with its citation beside it",
    "example": "belongs to a story or a calculation on paper",
    "read off the figure": "a result whose run is not stored yet; a later `vae-course figures` stores it",
}
BANDS = {"mnist": {"VAE, wide": {"kl": {"mean": 25.44, "sd": 0.224, "n": 3, "machine": "m"}}}}
RUNS = {"mnist": {"seconds": 95.0, "machine": "m", "results": {"ladder": {"pca": 109.495}}}}


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Stored results of one lesson, in a folder of their own."""
    monkeypatch.setattr(stored, "BANDS", tmp_path)
    monkeypatch.setattr(stored, "SOURCES", tmp_path)
    (tmp_path / f"{NAME}.json").write_text(json.dumps(BANDS))
    (tmp_path / f"{NAME}_runs.json").write_text(json.dumps(RUNS))
    return tmp_path


def filled(text):
    return numbers.fill(text, NAME, "02_vae.py:7")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ('{{mnist("VAE, wide", "kl"):.1f}}', "25.4 ± 0.2"),
        ('{{mnist("wide", "kl").mean:.2f}}', "25.44"),
        ('{{mnist("wide", "kl"):.0%}}', "2544 ± 22 %"),
        ('{{shown("ladder", "pca"):.1f}}', "109.5"),
        ('{{near("about 25 nats", mnist("wide", "kl"), 0.5)}}', "about 25 nats"),
        ('{{claim("worse", shown("ladder", "pca") > mnist("wide", "kl").mean)}}', "worse"),
        ('{{claim("all", max(mnist(r, "kl").mean for r in ["wide"]) > 1)}}', "all"),
        ('{{computer("mnist")}}', "2 minutes"),
    ],
)
def test_a_field_says_what_is_stored(small, field, text):
    assert filled(f"It is {field}.") == f"It is {text}."


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ('{{mnist("narrow", "kl"):.1f}}', "No 'narrow', 'kl' in the bands of 02_vae on mnist"),
        ('{{digits("wide", "kl"):.1f}}', "Stored are: nothing"),
        ('{{shown_digits("ladder", "pca")}}', "vae-course figures 02_vae --data digits"),
        ('{{near("30 nats", mnist("wide", "kl"), 0.5)}}', "says 30, but stored is 25.44"),
        ('{{claim("better", 2 < 1)}}', "do not bear out 'better'"),
        ("{{kl}}", "cannot be filled in: NameError"),
        ("{{1 +}}", "cannot be filled in: SyntaxError"),
        ('{{mnist("wide", "kl"):.1q}}', "cannot be filled in: ValueError"),
    ],
)
def test_a_field_that_contradicts_what_is_stored_is_refused_with_its_place(small, field, message):
    with pytest.raises(CourseError) as refused:
        filled(f"It is {field}.")
    assert str(refused.value).startswith("02_vae.py:7: ")
    assert message in str(refused.value)


def test_a_name_that_fits_two_rows_is_refused(small):
    rows = {"VAE": {"kl": BANDS["mnist"]["VAE, wide"]["kl"]}, **BANDS["mnist"]}
    (small / f"{NAME}.json").write_text(json.dumps({"mnist": rows}))
    assert filled('{{mnist("VAE", "kl").mean:.0f}}') == "25"  # a whole name wins
    with pytest.raises(CourseError, match="2 rows fit: 'VA'"):
        filled('{{mnist("VA", "kl")}}')


def test_stored_results_that_are_no_json_are_one_line(small):
    (small / f"{NAME}.json").write_text("<<<<<<< HEAD")
    with pytest.raises(CourseError, match=r"is no JSON .* Restore it from git"):
        filled('{{mnist("wide", "kl")}}')


def test_a_document_keeps_its_marks_and_gets_new_numbers(small):
    text = 'KL <!-- =mnist("wide", "kl", lesson="02_vae"):.1f -->9<!-- . --> nats, 7 layers.'
    once = numbers.fill_document(text, "README.md")
    assert ">25.4 ± 0.2<" in once
    assert once.endswith("nats, 7 layers.")
    assert numbers.fill_document(once, "README.md") == once


def test_notebooks_show_numbers_and_no_fields(a_lesson):
    text = release_text(a_lesson)
    assert "{{" not in "".join(line for line in text.splitlines() if "minutes" in line)
    bare = reference_notebook(a_lesson, filled=False).cells[0].source
    assert "{{minutes()}}" in bare
    assert "{{" not in reference_notebook(a_lesson).cells[0].source


def test_a_changed_result_changes_the_notebook(a_lesson, tmp_path, monkeypatch):
    before = release_text(a_lesson)
    runs = json.loads(stored.runs_file(a_lesson.name).read_text())
    runs["mnist"]["seconds"] += 3600
    for name in ("BANDS", "REPRODUCED"):
        assert getattr(stored, name).is_dir()
    monkeypatch.setattr(stored, "SOURCES", tmp_path)
    (tmp_path / a_lesson.name).mkdir()
    stored.runs_file(a_lesson.name).write_text(json.dumps(runs))
    assert release_text(a_lesson) != before


def test_every_typed_result_is_on_the_list_with_a_reason(lesson):
    listed = json.loads((SOURCES / "typed_numbers.json").read_text(encoding="utf-8"))[lesson.name]
    assert set(listed) <= set(REASONS)
    allowed = {number for group in listed.values() for number in group}
    found = numbers.typed(lesson)
    new = [
        f"{lesson.path.name}:{line}: {number}" for line, number in found if number not in allowed
    ]
    assert new == [], "fill it in, {{...}}, or give a reason in solutions/typed_numbers.json"
    assert allowed - {number for _, number in found} == set(), "no longer in the lesson: delete"


def test_typed_results_are_found(tmp_path, lesson):
    text = (
        "A KL of 25.4 nats in 3 seconds, 98 % right, version 2.0.1, exercise 2.4, $x = 7.5$, `8.5`, 12 layers, "
        "{{shown('a', 'b')}}, [a](x9.5), **2.5 points**, 1,000 images, 9.5."
    )
    cell = next(c for c in lesson.cells if c.role == "prose")
    only = type(lesson)(lesson.name, lesson.path, (type(cell)("prose", text, 1),))
    assert [n for _, n in numbers.typed(only)] == ["25.4 nats", "3 seconds", "98 %", "9.5"]


def test_minutes_follow_from_words_lines_and_the_computer(lesson):
    from autograder.source import minutes

    each = [minutes.exercise_minutes(lesson, name) for name in lesson.exercises]
    assert min(each) >= minutes.START
    assert sum(each) < minutes.lesson_minutes(lesson) + 10
    twice = Lesson(lesson.name, lesson.path, lesson.cells[:1] + lesson.cells)
    assert minutes.lesson_minutes(twice) >= minutes.lesson_minutes(lesson)
