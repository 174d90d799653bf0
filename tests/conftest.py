"""Fixtures for all tests, which lessons they are about, and what happens to tests that were skipped.

A test that is about each lesson takes `lesson`; one about each exercise takes `exercise`, a pair of names. With
`--lesson 02_vae` (`make quick LESSON=02_vae`) there is only that one.
"""

import functools
import os
import signal

os.environ["VAE_COURSE_FAST"] = "1"
os.environ["MPLBACKEND"] = "Agg"
# The tensors of the tests are tiny, and two tests run at once; notebooks and programs that they start inherit it.
os.environ["OMP_NUM_THREADS"] = "1"

import pytest
import torch
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from autograder.errors import CourseError
from autograder.files import ROOT
from autograder.sandbox.isolation import isolation
from autograder.sandbox.worker import Worker
from autograder.source.lesson import Lesson, lesson_names

torch.set_num_threads(1)

# How long it takes to draw an example says how busy the machine is, and nothing about the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

REQUIRE_ALL = bool(os.environ.get("VAE_COURSE_REQUIRE_ALL"))  # set by .ci/run


def pytest_addoption(parser):
    parser.addoption("--lesson", metavar="NAME", help="Of all lessons test this one, as in 02_vae.")


def pytest_configure(config):
    # A shell lets jobs in the background ignore Ctrl-C, and so would all that they start.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    wanted = config.getoption("--lesson")
    try:
        config.lessons = [Lesson.load(name) for name in ([wanted] if wanted else lesson_names())]
    except CourseError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_generate_tests(metafunc):
    lessons = metafunc.config.lessons
    if "lesson" in metafunc.fixturenames:
        metafunc.parametrize("lesson", lessons, ids=lambda lesson: lesson.name, scope="session")
    if "exercise" in metafunc.fixturenames:
        pairs = [(lesson.name, name) for lesson in lessons for name in lesson.exercises]
        metafunc.parametrize("exercise", pairs, ids="-".join, scope="session")


class ByFixture(LoadScopeScheduling):
    """Hand out a file as a whole where its tests share a fixture, so that it is made once; else test by test.

    xdist's own `loadscope` would keep all long tests of the judge in one process, and its `loadgroup` does
    nothing with pytest 9.2 and xdist 3.8.
    """

    def _split_scope(self, nodeid):
        file = nodeid.split("::")[0]
        return file if shares_a_fixture(file) else nodeid


@functools.cache
def shares_a_fixture(file):
    return 'scope="module"' in (ROOT / file).read_text(encoding="utf-8")


def pytest_xdist_make_scheduler(config, log):
    return ByFixture(config, log)


@pytest.fixture(scope="session")
def a_lesson(request):
    """A lesson for what does not depend on which it is: the first, or that of `--lesson`."""
    return request.config.lessons[0]


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


def pytest_sessionfinish(session):
    """Where everything must run (.ci/run sets the variable), a skip is a failure, and said loudly."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and REQUIRE_ALL:
        reporter.write_line(f"{len(skipped)} tests were skipped, which is a failure here", red=True)
        session.exitstatus = 1
