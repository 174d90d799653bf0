"""Repeating published results: stored per seed, resumed exactly, never confused with a shortened run."""

import dataclasses
import datetime
import json
import signal
import subprocess
import sys
import time

import pytest
import torch

from autograder.cli import main
from autograder.files import ROOT
from benchmarks.reproduce import burda
from benchmarks.reproduce import command as reproduction
from benchmarks.reproduce import report as reproduce_report
from benchmarks.reproduce import rows as reproduce
from benchmarks.reproduce.rows import FULL, ROWS, SHORTENED, Job, Row, Run, Schedule
from course_utils import data
from course_utils.published import CS236, cs236

pytestmark = pytest.mark.usefixtures("seeded")

# Two epochs of eight seconds' worth of nothing: a row that keeps its state as the long ones do.
TINY = {"k": 3, "num_stages": 2, "batch_size": 100, "num_samples": 10, "progress": False}


@pytest.fixture
def images():
    """200 digits to train and 50 to test, called MNIST."""
    digits = data.load("digits", device="cpu")
    tensors = (digits.train_x[:200], digits.train_labels[:200])
    return data.ImageData("mnist", *tensors, digits.test_x[:50], digits.test_labels[:50])


@pytest.fixture
def folders(tmp_path):
    return {"folder": tmp_path / "results", "states": tmp_path / "states", "progress": False}


def fake_row(**arguments):
    """A row that computes nothing and counts its jobs in `jobs`."""
    jobs = []

    def run(job: Job):
        jobs.append(job)
        return {"neg_elbo": 100 + job.seed, "kl": 19.0, "iwae_1000": 95.0, "seconds": 1.0}

    schedules = {FULL: Schedule("long", 600), SHORTENED: Schedule("the first bit", 1)}
    return Row("fake", CS236, **{"run": run, "schedules": schedules, **arguments}), jobs


def tiny_burda(images, state=None):
    return burda.burda(
        images.train_x,
        images.test_x,
        seed=5,
        state=state,
        seconds_between_checkpoints=0,
        **TINY,
    )


# Resuming


@pytest.mark.parametrize("stop_before", [0, 1, 3])
def test_a_long_row_stopped_after_any_epoch_ends_with_the_same_numbers(
    images, tmp_path, monkeypatch, stop_before
):
    whole = tiny_burda(images)
    train, state = burda._train_epoch, tmp_path / "state.safetensors"

    def stop(*args):
        if args[-1] == stop_before:
            raise KeyboardInterrupt
        return train(*args)

    monkeypatch.setattr(burda, "_train_epoch", stop)
    with pytest.raises(KeyboardInterrupt):
        tiny_burda(images, state)
    assert state.exists() == (stop_before > 0)
    epochs = []
    monkeypatch.setattr(burda, "_train_epoch", lambda *a: epochs.append(a[-1]) or train(*a))
    torch.manual_seed(1234)  # whatever happened in between
    assert tiny_burda(images, state) == whole
    assert epochs == list(range(stop_before, 4))


def test_a_state_of_another_recipe_is_not_used(images, tmp_path):
    state = tmp_path / "state.safetensors"
    tiny_burda(images, state)
    fewer = dataclasses.replace(images, train_x=images.train_x[:150])
    assert tiny_burda(fewer, state) == tiny_burda(fewer)


KILLED = """
import sys, time
from pathlib import Path
import torch
from benchmarks.reproduce import burda
from benchmarks.reproduce import rows as reproduce
from tests.benchmarks import test_reproduce as t

torch.set_num_threads(1)
images = torch.load(sys.argv[1], weights_only=False)
row = t.burda_row(pause=float(sys.argv[3]))
folder = Path(sys.argv[2])
reproduce.reproduce(row, images, seeds=2, folder=folder, states=folder / "states", progress=False)
"""


def burda_row(pause=0.0):
    """A row of tiny Burda models that saves its state after each epoch and then waits a little."""

    def run(job):
        train = burda._train_epoch

        def slowly(*args):
            time.sleep(pause)
            return train(*args)

        burda._train_epoch = slowly
        try:
            return burda.burda(
                job.images.train_x,
                job.images.test_x,
                seed=job.seed,
                state=job.state,
                seconds_between_checkpoints=0,
                **TINY,
            )
        finally:
            burda._train_epoch = train

    return Row("tiny", "MLP 784-200-200-50, VAE", run, {FULL: Schedule("tiny", 0.1)})


@pytest.mark.slow
def test_after_a_kill_the_same_call_goes_on_and_ends_with_the_same_file(images, folders, tmp_path):
    expected = reproduce.reproduce(burda_row(), images, seeds=2, **folders)
    torch.save(images, tmp_path / "images.pt")
    folder = tmp_path / "killed"
    killed = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "images.pt"), str(folder), "0.3"],
        cwd=ROOT,
    )
    try:
        state = folder / "states" / "tiny-full-seed1.safetensors"
        deadline = time.monotonic() + 120
        while not state.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    assert [run.seed for run in reproduce.load_runs("tiny", folder)] == [0]
    assert state.exists()
    again = reproduce.reproduce(
        burda_row(), images, seeds=2, folder=folder, states=folder / "states", progress=False
    )
    assert [run.values for run in again] == [run.values for run in expected]
    assert not state.exists()


def test_stored_seeds_are_not_run_again_unless_asked(images, folders):
    row, jobs = fake_row()
    reproduce.reproduce(row, images, seeds=2, **folders)
    runs = reproduce.reproduce(row, images, **folders)
    assert [job.seed for job in jobs] == [0, 1, 2]
    assert [run.values["neg_elbo"] for run in runs] == [100, 101, 102]
    reproduce.reproduce(row, images, seeds=1, again=True, **folders)
    assert [job.seed for job in jobs] == [0, 1, 2, 0]
    assert len(reproduce.load_runs("fake", folders["folder"])) == 3


def test_an_interrupted_seed_is_not_stored_and_the_ones_before_it_are(images, folders):
    row, _ = fake_row()

    def run(job):
        if job.seed == 1:
            raise KeyboardInterrupt
        return row.run(job)

    with pytest.raises(KeyboardInterrupt):
        reproduce.reproduce(dataclasses.replace(row, run=run), images, **folders)
    assert [run.seed for run in reproduce.load_runs("fake", folders["folder"])] == [0]


def test_ctrl_c_in_the_training_of_a_short_row_stores_nothing(images, folders, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    def recipe(job):
        return cs236(images.train_x, images.test_x, num_steps=3, num_samples=2, progress=False)

    monkeypatch.setattr("course_utils.published.negative_elbo_step", interrupt)
    row, _ = fake_row(run=recipe)
    with pytest.raises(KeyboardInterrupt):
        reproduce.reproduce(row, images, **folders)
    assert reproduce.load_runs("fake", folders["folder"]) == []
    assert "neg_elbo" in recipe(None)  # as in the lesson: training ends early


# Schedules


def test_a_cpu_runs_the_shortened_schedule_unless_told_otherwise_and_a_gpu_the_full_one():
    row = ROWS["burda_iwae"]
    assert row.schedule(None, on_cpu=True) == SHORTENED
    assert row.schedule(None, on_cpu=False) == FULL
    assert row.schedule(FULL, on_cpu=True) == FULL
    assert ROWS["cs236"].schedule(None, on_cpu=True) == FULL


def test_both_schedules_of_a_row_are_stored_side_by_side_and_labelled(images, folders):
    row, _ = fake_row()
    reproduce.reproduce(row, images, seeds=2, schedule=FULL, **folders)
    reproduce.reproduce(row, images, seeds=1, schedule=SHORTENED, **folders)
    runs = reproduce.load_runs("fake", folders["folder"])
    assert [(run.schedule, run.seed) for run in runs] == [(FULL, 0), (FULL, 1), (SHORTENED, 0)]
    assert [run.command for run in runs][1:] == [
        "vae-course reproduce fake --full --seeds 2",
        "vae-course reproduce fake --short --seeds 1",
    ]
    assert all("seconds" not in run.values for run in runs)


def test_a_shortened_run_stands_beside_no_published_number_and_fills_no_gap(images, folders):
    row, _ = fake_row()
    reproduce.reproduce(row, images, schedule=SHORTENED, **folders)
    found = reproduce_report.entries([row], folders["folder"])
    shortened = [entry for entry in found if entry.schedule == SHORTENED]
    assert [entry.published for entry in shortened] == [None] * 3
    assert all("SHORTENED" in entry.cells() and "none" in entry.cells() for entry in shortened)
    assert reproduce_report.missing(found) == [
        "fake: 3 of 3 seeds missing, about 30 hours on two cores: vae-course reproduce fake --full"
    ]


def test_burda_s_schedule_is_3280_epochs_and_ends_at_a_tenth_of_the_first_rate():
    rates = burda.learning_rates()
    assert len(rates) == 3280
    assert rates[0] == 1e-3
    assert rates[-1] == pytest.approx(1e-4)
    assert rates[:13] == burda.learning_rates(3)
    assert rates == sorted(rates, reverse=True)


def test_burda_s_training_loss_is_the_importance_weighted_bound(images):
    from torch.distributions import Bernoulli, Independent, Normal

    model, x = burda.initial_model(images.train_x), images.train_x[:6].round()
    torch.manual_seed(0)
    loss = burda.iwae_loss(model, x, 4)
    torch.manual_seed(0)
    mu, log_var = model.encode(x)
    q = Normal(mu, (0.5 * log_var).exp())
    z = mu + q.scale * torch.randn(4, *mu.shape)
    log_weights = (
        Independent(Bernoulli(logits=model.decode(z)), 1).log_prob(x)
        + Normal(0.0, 1.0).log_prob(z).sum(-1)
        - q.log_prob(z).sum(-1)
    )
    expected = -log_weights.double().exp().mean(dim=0).log().mean()
    torch.testing.assert_close(loss.double(), expected, rtol=1e-5, atol=1e-4)


def test_burda_s_first_guess_is_the_mean_image(images):
    model = burda.initial_model(images.train_x)
    bias = model.decoder[-1].bias.sigmoid()
    torch.testing.assert_close(bias, images.train_x.mean(dim=0).clamp(1e-3, 1 - 1e-3))


# What is stored


def stored():
    return {
        path.stem: reproduce.load_runs(path.stem)
        for path in reproduce.RESULTS_FOLDER.glob("*.json")
    }


def test_every_stored_result_belongs_to_a_row_and_says_where_it_comes_from():
    assert stored(), "the results of the course are part of the package"
    for name, runs in stored().items():
        row = ROWS[name]
        assert len({(run.schedule, run.seed) for run in runs}) == len(runs)
        for run in runs:
            assert set(row.published) <= set(run.values)
            assert run.schedule in row.schedules
            assert "thread" in run.machine
            assert "torch" in run.machine
            assert datetime.date.fromisoformat(run.date)
            assert run.command.startswith(f"vae-course reproduce {name}")


def test_the_stored_cs236_runs_meet_the_published_numbers():
    found = {e.metric: e for e in reproduce_report.entries([ROWS["cs236"]])}
    assert len(found["neg_elbo"].runs) >= 3
    assert found["neg_elbo"].mean <= 100.5
    assert 18 <= found["kl"].mean <= 20.5
    assert found["iwae_1000"].mean <= 95.7


def test_a_stored_run_is_read_back_as_it_was(tmp_path):
    run = Run(3, FULL, {"nll": 86.5}, "cpu", "a machine", "2026-01-31", "vae-course reproduce x")
    reproduce.store("x", [run], tmp_path)
    assert reproduce.load_runs("x", tmp_path) == [run]
    assert json.loads((tmp_path / "x.json").read_text())[0]["values"] == {"nll": 86.5}


# What is shown


def test_without_results_the_table_says_what_is_missing_and_how_to_get_it(tmp_path):
    found = reproduce_report.entries(folder=tmp_path)
    assert {entry.row.name for entry in found} == set(ROWS)
    assert all("not yet" in entry.cells() for entry in found)
    lines = reproduce_report.missing(found)
    assert len(lines) == len(ROWS)
    assert any(line.endswith("vae-course reproduce burda_iwae --full") for line in lines)
    assert "not yet" in reproduce_report.markdown(found)


def test_the_table_shows_mean_spread_and_seeds(images, folders):
    row, _ = fake_row()
    reproduce.reproduce(row, images, schedule=FULL, **folders)
    cells = reproduce_report.entries([row], folders["folder"])[0].cells()
    row = "fake | full | neg ELBO | 101.50 ± 0.55 | 101.00 ± 1.00 | 3/3 | 600"
    assert cells == tuple(row.split(" | "))
    assert len(cells) == len(reproduce_report.HEADINGS)


@pytest.mark.parametrize("measured", [True, False])
def test_the_figure_draws_the_same_bytes_each_time(images, folders, tmp_path, measured):
    row, _ = fake_row()
    if measured:
        for schedule in (FULL, SHORTENED):
            reproduce.reproduce(row, images, schedule=schedule, **folders)
    found = reproduce_report.entries([row], folders["folder"])
    first, second = (
        reproduce_report.draw_figure(found, tmp_path / f"{name}.svg").read_bytes() for name in "ab"
    )
    assert first == second
    assert first.startswith(b"<?xml")


def test_the_figure_is_drawn_from_the_stored_results():
    stamp = reproduce_report.stamp(reproduce_report.entries())
    assert stamp in reproduction.FIGURE.read_text(), "run: vae-course reproduce --figure"


def test_the_committed_table_is_that_of_the_stored_results(tmp_path):
    text = reproduction.DOCUMENT.read_text(encoding="utf-8")
    assert reproduce_report.MARKS[0] in text
    copy = tmp_path / "measurements.md"
    copy.write_text(text, encoding="utf-8")
    assert reproduce_report.renew(copy, reproduce_report.entries())
    assert copy.read_text(encoding="utf-8") == text, "run: vae-course reproduce --figure"


def test_a_document_without_marks_is_left_alone(tmp_path):
    document = tmp_path / "measurements.md"
    document.write_text("nothing to see")
    assert not reproduce_report.renew(document, reproduce_report.entries())
    assert document.read_text() == "nothing to see"


# The command


@pytest.fixture
def run(capsys):
    def run(*arguments):
        status = main(["reproduce", *arguments])
        seen = capsys.readouterr()
        return status, seen.out, seen.err

    return run


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing"], ["no row 'nothing'", *ROWS]),
        (["cs236", "nothing"], ["no row 'nothing'"]),
        (["cs236", "--short"], ["cs236 has no shortened schedule"]),
        (["cs236", "--device", "tpu"], ["--device", "tpu"]),
        (["cs236", "--seeds", "0"], ["--seeds"]),
        (["cs236"], ["belong to mnist, and this is digits"]),  # fast mode has digits only
    ],
)
def test_bad_input_is_one_line_and_status_2(run, arguments, words):
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    for word in words:
        assert word in err


def test_a_gpu_that_is_not_there_is_one_line(run, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    status, out, err = run("cs236", "--device", "cuda")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "--device cpu" in err


def test_a_damaged_result_is_one_line_that_names_the_file(run, monkeypatch, tmp_path):
    (tmp_path / "cs236.json").write_text('[{"seed": 0')
    monkeypatch.setattr(reproduce, "RESULTS_FOLDER", tmp_path)
    status, _, err = run()
    assert (status, err.count("\n")) == (2, 1)
    assert "cs236.json is damaged" in err


def test_without_a_row_every_row_is_shown(run):
    status, out, err = run()
    assert (status, err) == (0, "")
    for name in ROWS:
        assert name in out


def test_json_has_one_object_per_metric(run):
    status, out, err = run("--json")
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert {entry["row"] for entry in found} == set(ROWS)
    assert {"row", "metric", "published", "mean", "sd", "values", "schedule"} <= set(found[0])


def test_the_command_runs_the_seeds_asked_for_and_shows_them(run, monkeypatch, images, tmp_path):
    row, jobs = fake_row()
    monkeypatch.setitem(ROWS, "fake", row)
    monkeypatch.setattr(data, "load", lambda *_, **__: images)
    monkeypatch.setattr(reproduce, "RESULTS_FOLDER", tmp_path)
    monkeypatch.setattr(reproduction, "STATES", tmp_path)
    status, out, _ = run("fake", "--seeds", "2", "--full")
    assert status == 0
    assert "100.50 ± 0.71" in out
    assert [(job.seed, job.schedule) for job in jobs] == [(0, FULL), (1, FULL)]


def test_ctrl_c_says_that_the_same_command_goes_on(run, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(data, "load", interrupt)
    status, out, err = run("cs236")
    assert (status, out) == (130, "")
    assert err.strip() == "Stopped. Run the same command again to go on."
