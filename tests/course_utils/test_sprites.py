"""Sprites: every combination once, all different, factors known."""

import pytest
import torch

from course_utils.sprites import FACTOR_SIZES, FACTORS, draw, sprites


@pytest.fixture(scope="module")
def everything():
    return sprites()


def test_all_combinations_are_there_once(everything):
    assert everything.images.shape == (6144, 784)
    assert everything.images.dtype == torch.float32
    assert everything.factors.shape == (6144, len(FACTORS))
    assert len(everything.factors.unique(dim=0)) == 6144
    assert (everything.factors.amax(0) + 1).tolist() == list(FACTOR_SIZES)


def test_no_two_combinations_give_the_same_picture(everything):
    assert len((everything.images * 255).round().unique(dim=0)) == 6144


def test_pixels_lie_in_0_1_and_no_sprite_is_cut_off(everything):
    pictures = everything.images.view(-1, 28, 28)
    assert everything.images.min() == 0
    assert everything.images.max() == 1
    frame = torch.ones(28, 28, dtype=torch.bool)
    frame[1:-1, 1:-1] = False
    assert pictures[:, frame].max() == 0


def test_a_sprite_lies_where_its_factors_say():
    low, high = draw(torch.tensor([[0, 0, 0, 0, 7], [0, 0, 0, 7, 0]])).view(2, 28, 28)
    rows, columns = torch.arange(28.0), torch.arange(28.0)
    for picture, x, y in ((low, 9.0, 18.0), (high, 18.0, 9.0)):
        mass = picture.sum()
        assert (picture.sum(0) @ columns / mass).item() == pytest.approx(x, abs=1e-3)
        assert (picture.sum(1) @ rows / mass).item() == pytest.approx(y, abs=1e-3)


def test_scale_grows_the_area():
    areas = draw(torch.tensor([[s, k, 3, 4, 4] for s in range(3) for k in range(4)])).sum(1)
    assert (areas.view(3, 4).diff(dim=1) > 3).all()


def test_a_square_s_area_is_exact_to_a_few_percent():
    area = draw(torch.tensor([[0, 2, 0, 0, 0]])).sum()
    assert area.item() == pytest.approx((2 * 0.8 * 5.5) ** 2, rel=0.03)


def test_a_random_sample_has_distinct_combinations_and_repeats_with_its_seed():
    first, second = (sprites(100, torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(first.images, second.images)
    assert len(first.factors.unique(dim=0)) == 100
    torch.testing.assert_close(first.images, draw(first.factors))


def test_too_many_sprites_are_an_error_that_says_how_many_there_are():
    with pytest.raises(ValueError, match="1 to 6144, got 6145"):
        sprites(6145)


def test_no_sprite_has_a_hole(everything):
    inside = everything.images.view(-1, 28, 28) > 0.5
    around = inside[:, :-2, 1:-1] & inside[:, 2:, 1:-1] & inside[:, 1:-1, :-2] & inside[:, 1:-1, 2:]
    assert not (around & ~inside[:, 1:-1, 1:-1]).any()
