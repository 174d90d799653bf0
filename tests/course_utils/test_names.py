"""Visible checks under the names of a class."""

import pytest
import torch

from course_utils.checks import nb01_elbo
from course_utils.checks.core import CheckFailed, Incorrect, NotAttempted, under_names


def test_a_check_says_the_name_of_the_class(capsys):
    checks = under_names(nb01_elbo, gaussian_kl=3, draw_latents=4)

    def gaussian_kl(mu, log_var):
        return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(dim=-1)

    checks.gaussian_kl(gaussian_kl)
    assert capsys.readouterr().out == "gaussian_kl: correct.\n"
    with pytest.raises(Incorrect, match=r"^gaussian_kl: Independent dimensions add up"):
        checks.gaussian_kl(lambda mu, log_var: gaussian_kl(mu, log_var) / mu.shape[-1])
    with pytest.raises(CheckFailed, match=r"^elbo: "):
        checks.elbo(lambda *arguments: torch.zeros(3))

    def not_written(mu, log_var):
        raise NotImplementedError

    with pytest.raises(NotAttempted, match=r"^draw_latents: not attempted"):
        checks.draw_latents(not_written)
    checks.progress()
    said = capsys.readouterr().out
    assert "gaussian_kl" in said
    assert "kl_divergence" not in said.replace("monte_carlo_kl", "")
