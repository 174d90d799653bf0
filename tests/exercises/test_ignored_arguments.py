"""An answer that ignores one argument keeps the criteria of which that is not the matter; a constant keeps none."""

import torch

from autograder.exercises.lookup import hidden_test
from autograder.source.lesson import reference_namespace


def outcomes(lesson, exercise, answer):
    found = hidden_test(lesson, exercise).run(
        answer, reference_namespace(lesson)[exercise], seed=20
    )
    return {o.name: o for o in found}


def with_unit_variance(mu, log_var, f, num_samples):
    z = mu + torch.randn_like(mu)
    return f(z)[:, None] * (z - mu)


def without_f(mu, log_var, f, num_samples):
    return torch.randn_like(mu) * (-0.5 * log_var).exp()


def of_f_alone(mu, log_var, f, num_samples):
    return f(torch.ones_like(mu))[:, None].expand(mu.shape) + torch.randn_like(mu) / 100


def of_noise_and_f(mu, log_var, f, num_samples):
    z = torch.randn_like(mu)
    return f(z)[:, None] * z


def without_mu(mu, log_var, f, num_samples):
    z = torch.randn_like(mu) * (0.5 * log_var).exp()
    return f(z)[:, None] * z / log_var.exp()


def with_one_noise(mu, log_var, f, num_samples):
    noise = torch.randn(mu.shape[1], dtype=mu.dtype)
    z = mu + noise * (0.5 * log_var).exp()
    return f(z)[:, None] * noise * (-0.5 * log_var).exp()


def of_nothing(mu, log_var, f, num_samples):
    return torch.randn_like(mu)


IGNORE_SOME = (
    with_unit_variance,
    without_f,
    of_f_alone,
    of_noise_and_f,
    without_mu,
    with_one_noise,
)


def test_a_shape_is_right_whatever_else_a_gradient_ignores():
    for name in ("score_function_gradient", "pathwise_gradient"):
        for answer in IGNORE_SOME:
            assert outcomes("01_elbo", name, answer)["shape"].passed, (name, answer)
        refused = outcomes("01_elbo", name, of_nothing)["shape"]
        assert refused.message == (
            "the gradient does not depend on mu, log_var or f, "
            "and a constant or mere noise earns nothing"
        )


def test_an_elbo_of_x_alone_has_its_shape():
    def without_posterior(x, mu, log_var, log_likelihood, num_samples):
        return log_likelihood(x, torch.randn_like(mu))

    assert outcomes("01_elbo", "elbo", without_posterior)["shape"].passed


def test_a_traversal_from_the_origin_leaves_z_alone():
    def from_the_origin(model, z, dimension, values):
        codes = torch.zeros(len(values), len(z))
        codes[:, dimension] = values
        with torch.no_grad():
            return torch.sigmoid(model.decode(codes))

    found = outcomes("05_latent_space", "latent_traversal", from_the_origin)
    assert found["z unchanged"].passed
    assert found["no trace"].passed


def test_a_maximum_that_is_not_added_back_is_no_matter_of_the_dimension():
    def without_maximum(values, dim):
        moved = values - values.amax(dim, keepdim=True)
        return moved.exp().mean(dim).log()

    assert outcomes("07_iwae", "log_mean_exp", without_maximum)["dimension"].passed
