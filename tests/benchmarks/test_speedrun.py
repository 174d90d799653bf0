"""A record needs enough runs below the target; the recipe trains; the table holds what the logs hold."""

import json

import pytest
import torch

from benchmarks import speedrun
from benchmarks.speedrun import Recipe
from course_utils import data
from course_utils.evaluation import neg_elbo

pytestmark = pytest.mark.usefixtures("seeded")


@pytest.fixture
def images():
    return torch.rand(60, 784) * torch.rand(784)


def found(seconds, scores, **changes):
    record = {
        "date": "2026-01-02",
        "machine": "a machine",
        "device": "cpu",
        "target": 97.1,
        "recipe": str(speedrun.RECIPES[97.1]),
        "seconds": seconds,
        "neg_elbo": scores,
        "p": speedrun.p_value(scores, 97.1),
    }
    return record | changes


def test_the_rate_rises_holds_and_falls_to_zero():
    recipe = Recipe(num_steps=1000, batch_size=1, lr=1.0, hold=0.5, warm_up=10)
    assert [recipe.factor(made) for made in (0, 9, 500, 750, 1000)] == [0.1, 1.0, 1.0, 0.5, 0.0]


def test_a_training_by_a_recipe_learns_what_the_images_are(images):
    torch.manual_seed(0)
    before = neg_elbo(speedrun.network(images.device), images).neg_elbo
    model = speedrun.train(images, Recipe(num_steps=60, batch_size=20, lr=3e-3))
    assert neg_elbo(model, images).neg_elbo < 0.95 * before
    assert all(p.dtype == torch.float32 for p in model.parameters())


def test_steps_beyond_the_last_of_a_recipe_change_nothing(images, monkeypatch):
    recipe = Recipe(num_steps=4, batch_size=20, lr=3e-3)  # chunks of three steps
    made = []
    run = speedrun.graphs.Chunk.run

    def watched(chunk, rows, factors):
        made.append(factors)
        return run(chunk, rows, factors)

    monkeypatch.setattr(speedrun.graphs.Chunk, "run", watched)
    speedrun.train(images, recipe)
    assert [len(factors) for factors in made] == [3, 3]
    assert made[1][1:] == [0.0, 0.0]
    assert made[1][0] > 0


def test_the_mean_of_the_runs_must_meet_the_target_clearly():
    clear = [96.9, 97.0, 96.8, 96.9, 97.0, 96.9, 96.8, 97.0, 96.9, 96.9]
    assert speedrun.p_value(clear, 97.1) < speedrun.MOST_P
    assert speedrun.p_value([score + 0.2 for score in clear], 97.1) > speedrun.MOST_P
    assert not speedrun.summary(found([9.0] * 10, clear)).startswith("NO RECORD")
    assert speedrun.summary(found([9.0] * 9, clear[:9])).startswith("NO RECORD")
    assert speedrun.summary(found([9.0] * 10, [97.2 + x / 99 for x in range(10)])).startswith("NO")


def test_a_measurement_holds_every_run_and_the_plain_way(images, monkeypatch, capsys):
    monkeypatch.setitem(speedrun.RECIPES, 97.1, Recipe(num_steps=3, batch_size=20, lr=1e-3))
    monkeypatch.setattr(speedrun, "plain", lambda x: speedrun.network(x.device))
    labels = torch.zeros(60, dtype=torch.long)
    everything = data.ImageData("mnist", images, labels, images, labels)
    record = speedrun.measure(everything, 97.1, runs=2, with_plain=True)
    assert len(record["seconds"]) == len(record["neg_elbo"]) == 2
    assert record["plain_neg_elbo"] > 100
    assert "NO RECORD: 2 runs" in speedrun.summary(record)
    assert "run 2" in capsys.readouterr().out


def test_the_table_in_the_docs_is_that_of_the_logs(tmp_path):
    ten = [96.9 + run / 100 for run in range(10)]
    records = [
        found([9.0, 11.0] * 5, ten),
        found([5.0, 6.0] * 5, [4 + score for score in ten], target=101.5, p=1e-9),
        found([1.0, 1.0], [90.0, 90.1]),  # too few runs
    ]
    for number, record in enumerate(records):
        (tmp_path / f"{number}.log").write_text(json.dumps(record) + "\n\nsource", encoding="utf-8")
    assert speedrun.read_records(tmp_path) == records
    document = tmp_path / "page.md"
    document.write_text(
        "before\n{}\nthe last table\n{}\nafter".format(*speedrun.MARKS), encoding="utf-8"
    )
    speedrun.renew(document, records)
    text = document.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith(f"{speedrun.MARKS[1]}\nafter")
    assert text.index("| 101.5 | 5.5 ± 0.5 |") < text.index("| 97.1 | 10.0 ± 1.1 |")
    assert "| 1.0 ±" not in text
    assert "the last table" not in text


def test_the_docs_hold_the_records_of_the_tree():
    text = speedrun.DOCUMENT.read_text(encoding="utf-8")
    assert speedrun.table(speedrun.read_records()) in text


def test_wrong_input_is_one_line(monkeypatch, capsys, images):
    labels = torch.zeros(60, dtype=torch.long)
    few = data.ImageData("mnist", images, labels, images, labels)
    monkeypatch.setattr(data, "load", lambda *args, **kwargs: few)
    for arguments, said in ((["--runs", "1"], "at least 2"), ([], "all of MNIST")):
        monkeypatch.setattr("sys.argv", ["speedrun", *arguments])
        assert speedrun.main() == 2
        (line,) = capsys.readouterr().out.splitlines()
        assert said in line
