"""Spaces of primaries and curves: white stays white, sRGB stays itself, wrong primaries are none.

Run: python -m pytest tests/photos/test_colour_space.py
"""

from __future__ import annotations

import numpy as np
import pytest

from rfsq.photos.colour_space import (
    primaries_to_xyz,
    space_of_codes,
    space_of_gamma,
    space_of_lenient_codes,
)
from rfsq.photos.errors import ImageError

GREYS = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2)


@pytest.mark.parametrize("primaries", [1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 22])
def test_greys_stay_grey_under_any_white(primaries: int) -> None:
    space = space_of_codes(primaries, 13)
    assert space is not None
    assert np.abs(space.pixels(GREYS).astype(int) - GREYS).max() <= 1


def test_srgb_is_itself_at_both_depths() -> None:
    space = space_of_codes(1, 13)
    assert space is not None
    colours = np.random.default_rng(0).integers(0, 256, (50, 50, 3), dtype=np.uint8)
    np.testing.assert_array_equal(space.pixels(colours), colours)
    np.testing.assert_array_equal(space.pixels(colours.astype(np.uint16) * 257), colours)


def test_the_white_of_every_set_of_primaries_is_that_of_d50() -> None:
    white = primaries_to_xyz((0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)).sum(1)
    np.testing.assert_allclose(white, [0.9642, 1, 0.8252], atol=1e-4)


def test_unknown_codes_and_primaries_on_a_line_are_no_space() -> None:
    for codes in ((0, 13), (3, 13), (1, 0), (1, 2), (1, 99), (2, 16)):
        assert space_of_codes(*codes) is None
    assert space_of_lenient_codes(0, 0) is None and space_of_lenient_codes(2, 2) is not None
    for xy in ((0.0,) * 8, (0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.3, 0.3), (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3, 0.0)):
        assert space_of_gamma(1.0, xy) is None
    assert space_of_gamma(0, None) is None


def test_high_dynamic_range_is_refused_with_its_name() -> None:
    for transfer, name in ((16, "PQ"), (18, "HLG")):
        for read in (space_of_codes, space_of_lenient_codes):
            with pytest.raises(ImageError, match=name):
                read(9, transfer)
