"""Pixels survive the way to tensors and back; smaller copies keep the aspect and the average.

Run: python -m pytest tests/photos/test_pixels.py
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st
from photo_files import RANDOM, SMOOTH

from rfsq.photos.pixels import fit_within, to_pixels, to_tensor


def test_all_256_values_survive_the_way_to_tensors_and_back() -> None:
    pixels = np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16)[:, :, None], 3, 2)
    tensor = to_tensor(pixels)
    assert tensor.shape == (1, 3, 16, 16) and tensor.dtype == torch.float32
    assert (tensor.min(), tensor.max()) == (-1, 1)
    np.testing.assert_array_equal(to_pixels(tensor), pixels)
    np.testing.assert_array_equal(to_pixels(to_tensor(RANDOM)), RANDOM)


def test_axes_are_channel_row_column() -> None:
    tensor = to_tensor(RANDOM)
    assert tensor[0, 2, 5, 7] == RANDOM[5, 7, 2] / 127.5 - 1


def test_several_pictures_of_one_size_become_one_tensor() -> None:
    both = to_tensor(np.stack([RANDOM, SMOOTH]))
    assert torch.equal(both, torch.cat([to_tensor(RANDOM), to_tensor(SMOOTH)])) and both.is_contiguous()
    assert to_tensor(np.zeros((0, 8, 8, 3), np.uint8)).shape == (0, 3, 8, 8)


def test_views_and_read_only_pixels_become_tensors_of_their_own() -> None:
    view = RANDOM[::-1, ::2]
    view.setflags(write=False)
    tensor = to_tensor(view)
    np.testing.assert_array_equal(to_pixels(tensor), view)
    before = view.copy()
    tensor.zero_()
    np.testing.assert_array_equal(view, before)


def test_halves_round_up_and_outliers_are_clamped() -> None:
    levels = torch.tensor([0.5, 1.5, 2.5, 126.5, -0.4, 0.49, 254.5, 300.0], dtype=torch.float64)
    images_ = (levels / 127.5 - 1).reshape(1, 1, 1, 8).expand(1, 3, 1, 8)
    exact = torch.tensor([0.0, -7.0, 9.0, float("inf")]).reshape(1, 1, 1, 4).expand(1, 3, 1, 4)
    assert to_pixels(exact)[0, :, 0].tolist() == [128, 0, 255, 255]  # 0 lies at 127.5
    rounded = to_pixels(images_)[0, :, 0].tolist()
    assert rounded[4:] == [0, 0, 255, 255] and all(
        abs(a - b) <= 0.5 for a, b in zip(rounded[:4], levels[:4], strict=True)
    )


def test_bfloat16_with_gradient_is_accepted() -> None:
    images_ = to_tensor(RANDOM).to(torch.bfloat16).requires_grad_()
    assert np.abs(to_pixels(images_).astype(int) - RANDOM).max() <= 1


def test_wrong_shapes_types_and_nan_are_refused() -> None:
    for pixels in (RANDOM[..., 0], RANDOM.astype(np.float32), RANDOM[:0], RANDOM[..., :2], RANDOM[None, None]):
        with pytest.raises(ValueError, match="expected pixels"):
            to_tensor(pixels)
    for shape in ((3, 4, 4), (2, 3, 4, 4), (1, 4, 4, 3)):
        with pytest.raises(ValueError, match="expected an image"):
            to_pixels(torch.zeros(shape))
    with pytest.raises(ValueError, match="NaN"):
        to_pixels(torch.full((1, 3, 2, 2), float("nan")))


@settings(max_examples=60, deadline=None)
@given(height=st.integers(1, 300), width=st.integers(1, 300), size=st.integers(1, 320))
def test_fit_within_shrinks_the_longer_side_and_keeps_the_aspect(height: int, width: int, size: int) -> None:
    pixels = np.full((height, width, 3), 99, np.uint8)
    fitted = fit_within(pixels, size)
    if max(height, width) <= size:
        assert fitted is pixels
        return
    assert max(fitted.shape[:2]) == size
    longer = max(height, width)
    for side, was in zip(fitted.shape[:2], (height, width), strict=True):  # at most half a pixel off, in whole numbers
        assert abs(2 * side * longer - 2 * max(longer, was * size)) <= longer
    assert (fitted == 99).all()


def test_fit_within_keeps_everything_without_a_size_and_a_pixel_of_a_thread() -> None:
    assert fit_within(RANDOM, None) is RANDOM
    assert fit_within(np.zeros((1, 5000, 3), np.uint8), 128).shape == (1, 128, 3)
    with pytest.raises(ValueError, match="at least 1"):
        fit_within(RANDOM, 0)


def test_fit_within_averages_instead_of_skipping_pixels() -> None:
    checks = np.repeat((np.indices((256, 256)).sum(0) % 2 * 255).astype(np.uint8)[:, :, None], 3, 2)
    fitted = fit_within(checks, 64)[4:-4, 4:-4]
    assert np.abs(fitted.astype(int) - 127.5).max() < 2
