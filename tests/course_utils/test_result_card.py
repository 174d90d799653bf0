"""The result card: bands, published numbers, comparisons, and the file of results."""

import json

import pytest

from autograder.authoring.execute import bands_from_results
from course_utils import result_card as cards
from course_utils.published import CS236
from course_utils.result_card import Band, result_card

MACHINE = "test machine, 2 threads"


@pytest.fixture(autouse=True)
def bands(monkeypatch, tmp_path):
    """Full mode, and bands of lesson 02_vae on mnist in a temporary folder."""
    monkeypatch.delenv("VAE_COURSE_FAST", raising=False)
    monkeypatch.delenv("VAE_COURSE_RESULTS", raising=False)
    monkeypatch.setattr(cards, "BANDS_FOLDER", tmp_path)
    band = {"mean": 100.0, "sd": 0.5, "n": 3, "machine": MACHINE}
    row = {"neg_elbo": band, "active_units": {**band, "mean": 10, "sd": 0}}
    stored = {"mnist": {"VAE": row, CS236: {"neg_elbo": band}}}
    (tmp_path / "02_vae.json").write_text(json.dumps(stored))


def verdicts(card):
    return [entry.comparison for entry in card.entries]


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (100.0, "as expected"),
        (102.4, "as expected"),
        (97.6, "as expected"),
        (102.6, "OUTSIDE, too high"),
        (97.4, "OUTSIDE, too low"),
        (float("nan"), "OUTSIDE, too high"),
    ],
)
def test_the_band_is_4_sd_and_half_a_nat_wide(value, verdict):
    card = result_card("02_vae", {"VAE": {"neg_elbo": value}}, "mnist")
    assert verdicts(card) == [verdict]
    assert len(card.outside) == verdict.startswith("OUTSIDE")


def test_seconds_are_never_judged_and_unknown_rows_have_no_band():
    rows = {"VAE": {"seconds": 1e9}, "new": {"neg_elbo": 100.0}}
    assert verdicts(result_card("02_vae", rows, "mnist")) == ["not judged", "no band for this data"]


def test_other_data_and_other_lessons_have_no_band():
    rows = {"VAE": {"neg_elbo": 5.0}}
    for lesson, data_name in (("02_vae", "digits"), ("03_cvae", "mnist")):
        assert verdicts(result_card(lesson, rows, data_name)) == ["no band for this data"]


def test_fast_mode_shows_numbers_without_judging_them(monkeypatch):
    monkeypatch.setenv("VAE_COURSE_FAST", "1")
    card = result_card("02_vae", {"VAE": {"neg_elbo": 500.0}}, "mnist")
    assert verdicts(card) == ["no band in fast mode"]
    assert "500.00" in str(card)
    assert "100.00" not in str(card)


def test_counts_and_seconds_are_shown_whole():
    text = str(result_card("02_vae", {"new": {"active_units": 18.0, "seconds": 61.4}}, "mnist"))
    assert "active units  18 " in text
    assert "61 " in text
    assert "61.4" not in text


def test_the_text_lines_up_and_says_where_the_numbers_come_from(capsys):
    rows = {"VAE": {"neg_elbo": 120.0, "kl": 19.0}, CS236: {"neg_elbo": 99.7}}
    print(result_card("02_vae", rows, "mnist"))
    text = capsys.readouterr().out
    for part in (
        "Result card 02_vae on mnist",
        "neg ELBO",
        "100.00 ± 0.50 (n = 3)",
        "101.50 ± 0.55",
        "OUTSIDE, too high",
        MACHINE,
        "Stanford CS236",
    ):
        assert part in text
    heading, *lines = text.splitlines()[1:5]
    assert all(line[heading.index("metric") - 1] == " " for line in lines)


def test_published_numbers_stand_beside_mnist_only():
    rows = {CS236: {"neg_elbo": 99.7}}
    assert result_card("02_vae", rows, "mnist").entries[0].published.value == 101.5
    assert result_card("02_vae", rows, "fashion_mnist").entries[0].published is None


def test_the_table_for_notebooks_escapes_names():
    markup = result_card("02_vae", {"<VAE>": {"neg_elbo": 100.0}}, "mnist")._repr_html_()
    assert "&lt;VAE&gt;" in markup
    assert "<VAE>" not in markup
    assert markup.count("<tr>") == 2


def test_each_card_is_appended_to_the_results_file(monkeypatch, tmp_path):
    monkeypatch.setenv("VAE_COURSE_RESULTS", str(tmp_path / "results.jsonl"))
    monkeypatch.setenv("VAE_COURSE_SEED", "4")
    for value in (100, 101):
        result_card("02_vae", {"VAE": {"neg_elbo": value}}, "mnist")
    first, second = map(json.loads, (tmp_path / "results.jsonl").read_text().splitlines())
    assert second["rows"] == {"VAE": {"neg_elbo": 101.0}}
    assert (first["lesson"], first["data"], first["seed"], first["fast"]) == (
        "02_vae",
        "mnist",
        4,
        False,
    )
    assert "thread" in first["machine"]


def test_bands_made_from_results_are_read_back_and_hold_their_runs(monkeypatch, tmp_path):
    monkeypatch.setenv("VAE_COURSE_RESULTS", str(tmp_path / "results.jsonl"))
    for value in (100.0, 101.0, 102.0):
        result_card("04_beta_vae", {"VAE": {"neg_elbo": value}}, "mnist")
        result_card("02_vae", {"VAE": {"neg_elbo": 7.0}}, "mnist")
    lines = (tmp_path / "results.jsonl").read_text().splitlines()
    stored = bands_from_results(lines, "04_beta_vae")
    (tmp_path / "04_beta_vae.json").write_text(json.dumps(stored))
    band = cards.load_bands("04_beta_vae")["mnist"]["VAE"]["neg_elbo"]
    assert (band.mean, band.sd, band.n) == (101.0, 1.0, 3)
    assert "thread" in band.machine
    assert band.holds(102.0, "neg_elbo")


def test_every_stored_band_of_the_course_can_be_read(monkeypatch):
    monkeypatch.undo()
    paths = list(cards.BANDS_FOLDER.glob("*.json"))
    assert paths, "the bands are part of the package"
    for path in paths:
        for rows in cards.load_bands(path.stem).values():
            for metrics in rows.values():
                for band in metrics.values():
                    assert isinstance(band, Band)
                    assert band.n >= 3
                    assert band.machine
