"""The training loop calls the learner's step, survives interruption, and its own step is exact."""

import time

import pytest
import torch
import torch.nn.functional as F

from course_utils import data, training
from course_utils.evaluation import neg_elbo
from course_utils.likelihood import bernoulli_nll, negative_elbo
from course_utils.models import MLPVAE
from course_utils.toy import WatchedVAE

pytestmark = pytest.mark.usefixtures("seeded")


@pytest.fixture
def model():
    return WatchedVAE(input_dim=6)


@pytest.fixture
def images():
    return torch.rand(20, 6)


class Recorder:
    """A step that learns nothing and remembers what it was given."""

    def __init__(self, stop_at=None):
        self.calls, self.stop_at = [], stop_at

    def __call__(self, model, *args):
        if len(self.calls) == self.stop_at:
            raise KeyboardInterrupt
        self.calls.append((model.training, *args))
        return float(len(self.calls))


def test_each_epoch_shows_every_image_once_in_a_new_order_in_training_mode(model, images):
    step = Recorder()
    history = training.fit(model, images, step, epochs=2, batch_size=8, progress=False)
    assert [len(call[1]) for call in step.calls] == [8, 8, 4] * 2
    assert all(call[0] for call in step.calls)
    first, second = (torch.cat([call[1] for call in step.calls[i : i + 3]]) for i in (0, 3))
    assert not torch.equal(first, second)
    for epoch in (first, second):
        assert torch.equal(epoch[epoch[:, 0].argsort()], images[images[:, 0].argsort()])
    assert history.steps == 6
    assert not history.interrupted
    assert history.seconds > 0


def test_the_epoch_s_loss_weighs_a_short_batch_by_its_images(model, images):
    history = training.fit(model, images, Recorder(), epochs=1, batch_size=8, progress=False)
    assert history["loss"] == [pytest.approx((8 * 1 + 8 * 2 + 4 * 3) / 20)]


def test_a_number_of_steps_may_end_inside_an_epoch(model, images):
    history = training.fit(model, images, Recorder(), num_steps=4, batch_size=8, progress=False)
    assert history.steps == 4
    assert history["loss"] == [pytest.approx((8 + 16 + 12) / 20), 4.0]


def test_labels_go_along_with_their_images(model):
    images, labels = torch.arange(20.0).view(20, 1), torch.arange(20)
    step = Recorder()
    training.fit(model, (images, labels), step, epochs=1, batch_size=8, progress=False)
    assert all(torch.equal(x.flatten().long(), y) for _, x, y, _ in step.calls)


@pytest.mark.parametrize("arguments", [{}, {"epochs": 1, "num_steps": 1}])
def test_neither_or_both_of_epochs_and_steps_is_an_error(model, images, arguments):
    with pytest.raises(ValueError, match="either epochs or num_steps"):
        training.fit(model, images, Recorder(), **arguments)


def test_the_same_seed_gives_the_same_batches_and_another_seed_others(model, images, monkeypatch):
    def order(**arguments):
        step = Recorder()
        training.fit(model, images, step, epochs=1, progress=False, **arguments)
        return torch.cat([call[1] for call in step.calls])

    assert torch.equal(order(seed=1), order(seed=1))
    assert not torch.equal(order(seed=1), order(seed=2))
    monkeypatch.setenv("VAE_COURSE_SEED", "2")
    assert torch.equal(order(), order(seed=2))


def test_the_transform_is_applied_to_each_batch_afresh(model, images):
    step = Recorder()
    training.fit(model, images, step, epochs=2, transform=data.binarize, progress=False)
    first, second = (call[1] for call in step.calls)
    assert set(first.unique().tolist()) == {0.0, 1.0}
    # Sums over all images do not depend on their order; both epochs draw equal ones with chance 1e-5, and the seed is fixed.
    assert not torch.equal(first.sum(0), second.sum(0))


def test_the_seconds_lie_within_those_of_the_call(model, images):
    began = time.perf_counter()
    history = training.fit(model, images, Recorder(), epochs=2, batch_size=8, progress=False)
    assert 0 < history.seconds < time.perf_counter() - began


def test_what_evaluate_measures_is_kept_per_epoch(model, images):
    seen = []

    def evaluate(trained):
        seen.append(trained)
        return {"test": torch.tensor(float(len(seen)))}

    history = training.fit(model, images, Recorder(), epochs=3, evaluate=evaluate, progress=False)
    assert seen == [model] * 3
    assert history["test"] == [1.0, 2.0, 3.0]
    assert all(type(value) is float for value in history["test"])


def test_an_interruption_keeps_finished_epochs_and_returns(model, images):
    step = Recorder(stop_at=5)
    history = training.fit(model, images, step, epochs=9, batch_size=8, progress=False)
    assert history.interrupted
    assert history.steps == 5
    assert len(history["loss"]) == 1


def test_within_must_finish_an_interruption_is_raised(model, images):
    with training.must_finish(), pytest.raises(KeyboardInterrupt):
        training.fit(model, images, Recorder(stop_at=0), epochs=1, progress=False)
    assert training.fit(model, images, Recorder(stop_at=0), epochs=1, progress=False).interrupted


@pytest.mark.parametrize("mode", [True, False])
def test_the_model_s_mode_is_restored_even_after_an_error(model, images, mode):
    def fail(*_):
        raise ArithmeticError("the learner's step")

    model.train(mode)
    with pytest.raises(ArithmeticError, match="the learner's step"):
        training.fit(model, images, fail, epochs=1, progress=False)
    assert model.training is mode


def test_the_given_optimizer_is_the_one_that_steps(model, images):
    step = Recorder()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    training.fit(model, images, step, epochs=1, optimizer=optimizer, progress=False)
    assert step.calls[0][-1] is optimizer


def test_an_annealed_learning_rate_falls_in_the_second_half_and_comes_back(model, images):
    optimizer, rates = torch.optim.SGD(model.parameters(), lr=0.5), []

    def note(model, x, optimizer):
        rates.append(optimizer.param_groups[0]["lr"])
        return 0.0

    options = {"num_steps": 8, "optimizer": optimizer, "progress": False}
    training.fit(model, images, note, anneal=True, **options)
    assert rates == [0.5] * 5 + [0.375, 0.25, 0.125]
    assert optimizer.param_groups[0]["lr"] == 0.5
    training.fit(model, images, note, **options)
    assert rates[8:] == [0.5] * 8


def test_the_progress_bar_counts_steps(model, images, capsys):
    training.fit(model, images, Recorder(), epochs=2, batch_size=8)
    assert "6/6" in capsys.readouterr().err


def test_the_default_optimizer_is_fused_adam_over_all_parameters(model):
    optimizer = training.adam(model, 0.01)
    assert isinstance(optimizer, torch.optim.Adam)
    assert optimizer.param_groups[0]["fused"]
    assert optimizer.param_groups[0]["lr"] == 0.01
    assert len(optimizer.param_groups[0]["params"]) == len(list(model.parameters()))


def test_the_course_s_step_makes_the_update_of_the_textbook_loss(images):
    ours, textbook = WatchedVAE(seed=1).double(), WatchedVAE(seed=1).double()
    x = images.double()
    torch.manual_seed(3)
    value = training.negative_elbo_step(ours, x, torch.optim.SGD(ours.parameters(), lr=0.1))
    torch.manual_seed(3)
    x_logits, mu, log_var = textbook(x)
    recon = F.binary_cross_entropy_with_logits(x_logits, x, reduction="sum")
    kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
    loss = (recon + kl) / len(x)
    loss.backward()
    torch.optim.SGD(textbook.parameters(), lr=0.1).step()
    assert value == pytest.approx(loss.item(), rel=1e-12)
    for mine, theirs in zip(ours.parameters(), textbook.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs)


def test_gradients_left_by_earlier_calls_do_not_count(images):
    first, second = WatchedVAE(seed=1), WatchedVAE(seed=1)
    second(images)[0].sum().backward()
    for model in (first, second):
        torch.manual_seed(3)
        training.negative_elbo_step(model, images, torch.optim.SGD(model.parameters(), lr=0.1))
    assert torch.equal(first.encoder.weight, second.encoder.weight)


def test_training_on_digits_lowers_the_loss():
    digits = data.load("digits", device="cpu")
    model = MLPVAE(784, (64,), 8)
    before = neg_elbo(model, digits.test_x).neg_elbo
    step = training.negative_elbo_step
    training.fit(model, digits.train_x, step, num_steps=60, lr=3e-3, progress=False)
    # From about 543 nats to about 270: hundreds of nats dwarf any spread over seeds.
    assert neg_elbo(model, digits.test_x).neg_elbo < before - 150


LOGITS = torch.tensor([[-1e4, -90.0, -20.0, -1e-3, 0.0, 1e-3, 3.0, 20.0, 90.0, 1e4]])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("pixel", [0.0, 0.3, 1.0])
def test_the_likelihood_and_its_gradient_are_exact_at_any_finite_logits(dtype, pixel):
    x = torch.full_like(LOGITS, pixel, dtype=dtype)
    ours, theirs = (LOGITS.to(dtype).clone().requires_grad_() for _ in range(2))
    expected = F.binary_cross_entropy_with_logits(theirs, x, reduction="none")
    torch.testing.assert_close(bernoulli_nll(ours, x), expected.sum(-1))
    prior = torch.zeros(1, 2, dtype=dtype)
    total = negative_elbo(ours, x, prior, prior)  # the KL is 0, the batch one image
    torch.testing.assert_close(total, expected.sum())
    (2 * total).backward()
    (2 * expected.sum()).backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


def test_the_likelihood_passes_pytorch_s_gradient_check_and_leaves_its_arguments_alone():
    logits = torch.randn(3, 5, dtype=torch.float64, requires_grad=True)
    x = torch.rand(3, 5, dtype=torch.float64)
    before = logits.detach().clone(), x.clone()
    mu, log_var = torch.randn(2, 3, 2, dtype=torch.float64).requires_grad_().unbind()
    assert torch.autograd.gradcheck(
        lambda *values: negative_elbo(values[0], x, *values[1:]), (logits, mu, log_var)
    )
    assert torch.autograd.gradcheck(lambda values: bernoulli_nll(values, x).sum(), logits)
    assert torch.equal(logits, before[0])
    assert torch.equal(x, before[1])


def test_the_likelihood_broadcasts_over_samples():
    logits, x = torch.randn(7, 4, 6), torch.rand(4, 6)
    values = bernoulli_nll(logits, x)
    assert values.shape == (7, 4)
    torch.testing.assert_close(values[3], bernoulli_nll(logits[3], x))


def test_the_negative_elbo_is_the_sum_of_its_two_terms():
    x_logits, x = torch.randn(4, 6), torch.rand(4, 6)
    mu, log_var = torch.randn(2, 4, 3)
    q = torch.distributions.Normal(mu, (log_var / 2).exp())
    kl = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).sum(-1)
    expected = (bernoulli_nll(x_logits, x) + kl).mean()
    torch.testing.assert_close(negative_elbo(x_logits, x, mu, log_var), expected)
