"""Fixtures for all tests: fast mode, no network, drawing without a screen."""

import os

import pytest

os.environ["VAE_COURSE_FAST"] = "1"
os.environ["MPLBACKEND"] = "Agg"

import torch

from autograder.sandbox.isolation import isolation
from autograder.sandbox.worker import Worker
from autograder.source.lesson import Lesson, lesson_names

torch.set_num_threads(1)  # the tensors of the tests are tiny


@pytest.fixture(scope="session")
def worker():
    """One warm worker process for the whole session, isolated where this machine can."""
    with Worker(sandbox=isolation().enough) as warm:
        yield warm


@pytest.fixture
def seeded():
    """Seed torch for one test and restore its random state after it."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


@pytest.fixture(params=lesson_names())
def lesson(request):
    """Each lesson in turn."""
    return Lesson.load(request.param)


def pytest_sessionfinish(session):
    """Where everything must run (.ci/run sets the variable), a skip is a failure, and said loudly."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("VAE_COURSE_REQUIRE_ALL"):
        reporter.write_line(f"{len(skipped)} tests were skipped, which is a failure here", red=True)
        session.exitstatus = 1
