"""What a check shows: a card where there is a notebook, text elsewhere, and the progress of a lesson."""

import pytest
import torch

from course_utils.checks import card
from course_utils.checks import nb01_elbo as checks
from course_utils.checks.core import Incorrect, NotAttempted, fingerprints

HINTS = ["Hint 1: one dimension first", "Hint 2: what is summed?"]


@pytest.fixture(autouse=True)
def afresh(monkeypatch):
    """A kernel in which no check ran yet."""
    monkeypatch.setattr(card, "_right", {})
    monkeypatch.setattr(card, "_tries", type(card._tries)())


@pytest.fixture
def shown(monkeypatch):
    """A notebook, and everything that is displayed in it."""
    import IPython.display

    bundles = []
    monkeypatch.setattr(card, "in_notebook", lambda: True)
    monkeypatch.setattr(IPython.display, "display", lambda data, raw: bundles.append(data))
    return bundles


def right(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).sum(-1)


def mean_for_sum(mu, log_var):
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var).mean(-1)


def untouched(mu, log_var):
    raise NotImplementedError()


def test_in_a_plain_program_the_words_are_printed_and_nothing_is_displayed(capsys):
    checks.kl_divergence(right)
    assert capsys.readouterr().out == "kl_divergence: correct.\n"
    with pytest.raises(Incorrect) as failure:
        checks.kl_divergence(mean_for_sum)
    assert failure.value._render_traceback_() == [str(failure.value)]


def test_a_card_says_the_outcome_the_reason_and_the_next_hint(shown, capsys):
    checks.kl_divergence(right)
    for number in (1, 2, 3, 3):
        with pytest.raises(Incorrect) as failure:
            checks.kl_divergence(mean_for_sum)
        said = shown[-1]["text/html"]
        assert f"Hint {number}: " in said
    reason = "Independent dimensions add up"
    assert "not right yet" in said
    assert reason in shown[-1]["text/plain"]
    assert reason in str(failure.value), "nbgrader and editors read the exception"
    assert failure.value._render_traceback_() == ["kl_divergence: not right yet, see above."]
    assert shown[0]["text/plain"] == "kl_divergence: correct."
    assert capsys.readouterr().out == ""


def test_nbgrader_s_validation_reads_the_reason_in_the_error(shown, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    with pytest.raises(Incorrect) as failure:
        checks.kl_divergence(mean_for_sum)
    assert "Independent dimensions" in failure.value._render_traceback_()[0]
    assert shown == []


def test_an_exercise_that_nobody_tried_gets_no_hint(shown):
    with pytest.raises(NotAttempted):
        checks.kl_divergence(untouched)
    assert "not attempted yet" in shown[0]["text/html"]
    assert "Hint" not in shown[0]["text/html"]
    assert "<code>raise NotImplementedError()</code>" in shown[0]["text/html"]


def test_what_learners_wrote_is_text_on_the_card(shown):
    def broken(mu, log_var):
        raise ValueError("<script>alert(1)</script> $x$ `one backtick")

    with pytest.raises(AssertionError):
        checks.kl_divergence(broken)
    said = shown[0]["text/html"]
    assert "<script>" not in said
    assert "&lt;script&gt;" in said
    assert "$x$" not in said, "JupyterLab would set it as a formula"


def test_a_right_answer_begins_the_hints_afresh():
    for _ in range(4):
        assert card.next_hint(HINTS, card.record("a", "b", right=False))
    assert card.next_hint(HINTS, card.record("a", "b", right=False)).endswith(f"“{HINTS[1]}”.")
    assert card.record("a", "b", right=True) == 0
    assert HINTS[0] in card.next_hint(HINTS, card.record("a", "b", right=False))
    assert card.next_hint([], 3) == ""


def test_progress_counts_what_ran_and_names_what_is_open(capsys):
    checks.progress()
    said = capsys.readouterr().out
    assert said.startswith("0 of 8 exercises right, 0 of 34 points by the checks.")
    assert "Not right yet" not in said
    checks.kl_divergence(right)
    with pytest.raises(Incorrect):
        checks.gaussian_log_prob(lambda x, mu, log_var: torch.zeros(len(x)))
    capsys.readouterr()
    checks.progress()
    said = capsys.readouterr().out
    assert said.startswith("1 of 8 exercises right, 4 of 34 points by the checks.")
    assert "Not right yet: gaussian_log_prob." in said
    assert "did not run since the kernel started: log_evidence, reparameterize" in said
    for name in fingerprints("01_elbo"):
        card.record("01_elbo", name, right=True)
    checks.progress()
    assert capsys.readouterr().out.endswith("34 of 34 points by the checks. All done.\n")
