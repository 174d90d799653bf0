"""Devices, fast mode, seeds, and that a learner's random state is left alone."""

import contextlib
import random
import re
import subprocess
import sys

import numpy as np
import pytest
import torch

from course_utils import runtime

IMPORT_ALL = """
import importlib, pkgutil, sys
for blocked in ("nbgrader", "autograder", "nbconvert"):
    sys.modules[blocked] = None
import course_utils
assert "torch" not in sys.modules, "import course_utils must be light"
for module in pkgutil.walk_packages(course_utils.__path__, "course_utils."):
    importlib.import_module(module.name)
    print(module.name)
"""


def test_every_module_imports_where_nbgrader_and_autograder_are_missing():
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {"course_utils.data", "course_utils.checks.core"} <= set(done.stdout.split())


@pytest.mark.parametrize(
    ("text", "fast"), [("1", True), ("true", True), ("0", False), ("", False), ("no", False)]
)
def test_fast_mode_follows_the_environment(monkeypatch, text, fast):
    monkeypatch.setenv("VAE_COURSE_FAST", text)
    assert runtime.fast_mode() is fast
    assert runtime.choose("full", "fast") == ("fast" if fast else "full")


def test_the_seed_is_zero_unless_the_environment_says_otherwise(monkeypatch):
    monkeypatch.delenv("VAE_COURSE_SEED", raising=False)
    assert runtime.seed() == 0
    monkeypatch.setenv("VAE_COURSE_SEED", "7")
    assert runtime.seed() == 7


def test_a_seed_that_is_no_integer_is_an_error_that_names_the_variable(monkeypatch):
    monkeypatch.setenv("VAE_COURSE_SEED", "seven")
    with pytest.raises(ValueError, match="VAE_COURSE_SEED must be an integer, got 'seven'"):
        runtime.seed()


def draw_everywhere():
    return random.random(), np.random.rand(), torch.rand(()).item()  # noqa: NPY002


def test_seeding_everything_repeats_python_numpy_and_torch():
    with runtime.preserve_random_state():
        assert runtime.seed_everything(3) == 3
        first = draw_everywhere()
        runtime.seed_everything(3)
        assert draw_everywhere() == first


def test_random_state_is_restored_after_the_block_and_after_an_error_in_it():
    with runtime.preserve_random_state():
        runtime.seed_everything(5)
        expected = draw_everywhere()
        runtime.seed_everything(5)
        with runtime.preserve_random_state():
            draw_everywhere()
        with contextlib.suppress(KeyError), runtime.preserve_random_state():
            runtime.seed_everything(6)
            raise KeyError
        assert draw_everywhere() == expected


def test_the_machine_is_one_line_with_threads_and_torch():
    assert "\n" not in runtime.machine()
    assert re.search(rf"\b{torch.get_num_threads()} threads?, torch \d", runtime.machine())


def test_the_device_can_hold_a_tensor():
    assert torch.zeros(1, device=runtime.device()).item() == 0.0
