"""States of random generators from the other side: PyTorch would read behind its numbers with some of them."""

import struct

import pytest
import torch

from autograder.wire.frames import FrameError
from autograder.wire.peer import _set_stream


@pytest.fixture(autouse=True)
def kept():
    with torch.random.fork_rng(devices=[]):
        yield


def state(left, following):
    found = torch.get_rng_state()
    found[8:12] = torch.frombuffer(bytearray(struct.pack("=i", left)), dtype=torch.uint8)
    found[16:24] = torch.frombuffer(bytearray(struct.pack("=Q", following)), dtype=torch.uint8)
    return found


@pytest.mark.parametrize("draws", [0, 1, 2, 311, 623, 624, 625, 1500])
def test_every_state_that_a_generator_can_have_is_taken(draws):
    torch.manual_seed(3)
    torch.rand(draws)
    here = torch.get_rng_state()
    expected = torch.rand(2000)
    _set_stream(here)
    assert torch.equal(torch.rand(2000), expected)


@pytest.mark.parametrize(
    "bad",
    [
        state(601, 624),
        state(2, 624),
        state(0, 0),
        state(-1, 3),
        state(625, 0),
        state(1, 2**63),
        torch.zeros(16, dtype=torch.uint8),
        torch.zeros(5056),
        b"state",
        None,
    ],
    ids=range(10),
)
def test_a_state_that_reads_behind_the_numbers_is_refused(bad):
    with pytest.raises(FrameError):
        _set_stream(bad)
