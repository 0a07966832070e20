"""Pictures as files for the browser: lossless, named by their pixels, wrong arrays refused."""

import io

import numpy as np
import pytest
from PIL import Image

from rfsq.app.shared.bounded import BoundedCache
from rfsq.app.viewer import pictures
from rfsq.app.viewer.pictures import encode_error, encode_picture, known_file
from rfsq.photos.write import WEBP_LONGEST_SIDE


def noise(seed: int, height: int = 6, width: int = 9) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_files_are_lossless_and_named_by_their_pixels() -> None:
    pixels = noise(1, 33, 17)
    file = encode_picture(pixels)
    image = Image.open(io.BytesIO(file.data))
    assert image.format == "WEBP"
    np.testing.assert_array_equal(np.array(image), pixels)
    assert encode_picture(pixels.copy()) is file
    assert encode_picture(pixels.transpose(1, 0, 2)).name != file.name
    assert encode_picture(pixels[:1]).name != encode_picture(pixels[:, :1]).name


def test_a_small_file_holds_the_same_pixels_and_stands_beside_the_quick_one() -> None:
    pixels = np.linspace(0, 255, 64 * 64 * 3).astype(np.uint8).reshape(64, 64, 3) ^ noise(7, 64, 64) // 16
    quick, small = encode_picture(pixels), encode_picture(pixels, small=True)
    np.testing.assert_array_equal(np.array(Image.open(io.BytesIO(small.data))), pixels)
    assert len(small.data) < len(quick.data) and encode_picture(pixels) is quick


def test_a_read_only_array_is_looked_at_once_and_one_that_may_change_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    fixed, loose = noise(4), noise(5)
    fixed.setflags(write=False)
    files = [encode_picture(fixed), encode_picture(loose)]
    assert known_file(fixed) is files[0] and known_file(loose) is None and known_file(noise(4)) is None
    loose[0] = 0
    assert encode_picture(loose).name != files[1].name
    number = id(fixed)
    del fixed
    assert number not in pictures._NAMES
    monkeypatch.setattr(pictures, "_ENCODED", BoundedCache(pictures.CACHE_BYTES))
    other = noise(6)
    other.setflags(write=False)
    assert known_file(other) is None
    encode_picture(other)
    monkeypatch.setattr(pictures, "_ENCODED", BoundedCache(pictures.CACHE_BYTES))
    assert known_file(other) is None, "its file has left the cache"


def test_a_picture_longer_than_webp_allows_is_still_lossless() -> None:
    pixels = noise(2, 1, WEBP_LONGEST_SIDE + 1)
    image = Image.open(io.BytesIO(encode_picture(pixels).data))
    assert image.format == "PNG"
    np.testing.assert_array_equal(np.array(image), pixels)


@pytest.mark.parametrize("pixels", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)])
def test_other_arrays_are_refused(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="picture must be"):
        encode_picture(pixels)


def test_an_error_map_keeps_its_values_to_a_half_grey_level() -> None:
    error = np.random.default_rng(3).random((20, 30), dtype=np.float32)
    file = encode_error(error)
    grey = np.array(Image.open(io.BytesIO(file.data)).convert("L")) / 255
    assert np.abs(grey - error).max() <= 0.5 / 255 + 1e-6
    assert file.ceiling == pytest.approx(np.percentile(error, 99.5))
    for wrong in (np.full((2, 2), 1.5, np.float32), np.full((2, 2), np.nan, np.float32), np.zeros((2, 2), np.uint8)):
        with pytest.raises(ValueError, match="error map"):
            encode_error(wrong)
