"""VAEs that find classes: their scores, the mixture prior, and both recipes in small."""

import math

import numpy as np
import pytest
import torch
from sklearn.mixture import GaussianMixture

from course_utils import clustering


@pytest.fixture
def mixture():
    """A mixture that scikit-learn fitted, and the same one as a prior."""
    points = np.random.default_rng(0).normal(size=(300, 3)) @ np.diag([1.0, 2.0, 0.5])
    points[:150] += 3
    fitted = GaussianMixture(4, random_state=0).fit(points)
    found = (fitted.means_, fitted.precisions_cholesky_, fitted.weights_)
    return fitted, clustering.MixturePrior(*map(torch.from_numpy, found)), torch.from_numpy(points)


def test_scores_do_not_care_for_names_and_match_one_to_one():
    labels = torch.tensor([0] * 10 + [1] * 9 + [0] * 9)
    found = torch.tensor([7] * 10 + [7] * 9 + [2] * 9)
    assert clustering.scores(found, labels).accuracy == pytest.approx(18 / 28)
    assert clustering.scores(5 - labels, labels) == pytest.approx((1.0, 1.0))


def test_the_prior_has_the_density_and_the_responsibilities_of_scikit_learn(mixture):
    fitted, prior, points = mixture
    with torch.no_grad():
        assert prior.log_prob(points).numpy() == pytest.approx(fitted.score_samples(points.numpy()))
        found = prior.responsibilities(points).numpy()
    assert found == pytest.approx(fitted.predict_proba(points.numpy()), abs=1e-8)


def test_samples_of_a_component_have_its_mean_and_covariance(mixture):
    fitted, prior, _ = mixture
    torch.manual_seed(0)
    z = prior.float().sample(1, 40_000).double().numpy()
    assert z.mean(axis=0) == pytest.approx(fitted.means_[1], abs=0.1)
    assert np.cov(z.T) == pytest.approx(fitted.covariances_[1], rel=0.1, abs=0.1)


def test_straightening_removes_slant_and_shift_and_is_stable():
    upright = torch.zeros(1, 28, 28)
    upright[0, 4:24, 13:15] = 1.0
    slanted = torch.zeros(1, 28, 28)
    for row in range(4, 24):
        slanted[0, row, 18 - row // 2 : 20 - row // 2] = 1.0
    first, second = clustering.straighten(torch.cat([upright, slanted]).flatten(1))
    assert float((first - upright.flatten()).abs().max()) < 1e-5
    assert float((second - first).abs().mean()) < 0.02
    assert float(clustering.straighten(torch.zeros(1, 784)).abs().max()) == 0.0


def test_words_come_before_styles_and_reach_the_largest_capacity():
    assert clustering.words_first(0.0) == (0.0, 0.0)
    capacity_z, capacity_c = clustering.words_first(0.5)
    assert capacity_z == 0.0 < capacity_c < math.log(10)
    assert clustering.words_first(1.0) == (clustering.CAPACITY_Z, math.log(10))


@pytest.mark.parametrize(
    ("recipe", "metrics"),
    [
        (clustering.joint_capacity, {"nmi", "accuracy", "kl_c", "message", "seconds"}),
        (clustering.mixture_prior, {"nmi", "accuracy", "recon", "kl", "seconds"}),
    ],
)
def test_a_recipe_runs_small_repeats_with_its_seed_and_reports_every_metric(recipe, metrics):
    x, labels = torch.rand(300, 784), torch.arange(50) % 10
    runs = [recipe(x, x[:50], labels, num_steps=4, seed=3, progress=False) for _ in range(2)]
    assert set(runs[0]) == metrics
    assert 0 <= runs[0]["nmi"] <= 1
    assert 0.1 <= runs[0]["accuracy"] <= 1
    assert {**runs[0], "seconds": 0} == {**runs[1], "seconds": 0}
