"""The judge of generated digits knows real ones."""

import pytest
import torch

from course_utils import classifier, data

pytestmark = pytest.mark.usefixtures("seeded")


def test_it_learns_real_digits_and_leaves_no_graph():
    images = data.load("digits")
    judge = classifier.fit_classifier(
        images.train_x, images.train_labels, num_steps=150, progress=False
    )
    assert not judge.training
    assert classifier.accuracy(judge, images.test_x, images.test_labels) > 0.8
    predicted = classifier.predict(judge, images.test_x)
    assert predicted.shape == images.test_labels.shape
    assert predicted.dtype == torch.int64


def test_accuracy_is_the_fraction_of_right_predictions():
    scores = torch.nn.Linear(3, 3, bias=False)
    with torch.no_grad():
        scores.weight.copy_(torch.eye(3))
    x = torch.eye(3)[[0, 1, 2, 2]]
    assert classifier.accuracy(scores, x, torch.tensor([0, 1, 2, 0])) == 0.75
