"""JPEG, WebP and AVIF: real files, searched for a size, and honest when they cannot be so small."""

from collections.abc import Callable

import numpy as np
import pytest

from rfsq.codec.other_formats import (
    FORMATS,
    FormatName,
    at_size,
    available_formats,
    base_of,
    container_floor,
    curve,
    encode,
)
from rfsq.metrics import image as metrics
from rfsq.photos.pixels import to_tensor

Photo = Callable[..., np.ndarray]


def test_this_build_writes_all_three_with_both_chromas() -> None:
    assert available_formats() == FORMATS == ("jpeg", "jpeg-444", "webp", "avif", "avif-444")
    assert available_formats("4:2:0") == ("jpeg", "webp", "avif")
    assert available_formats("4:4:4") == ("jpeg-444", "webp", "avif-444")
    assert {base_of(name) for name in FORMATS} == {"jpeg", "webp", "avif"}


@pytest.mark.parametrize("name", ["jpeg", "avif"])
def test_full_chroma_keeps_colours_that_half_of_it_cannot(name: FormatName) -> None:
    """Columns of red and green of the same brightness, one pixel wide: at half the resolution they become one brown."""
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[:, ::2], pixels[:, 1::2] = (200, 0, 0), (0, 102, 0)
    half, full = (encode(pixels, codec, 95) for codec in (name, f"{name}-444"))  # type: ignore[arg-type]
    errors = [np.abs(file.pixels.astype(int) - pixels).mean() for file in (half, full)]
    assert errors[0] > 50 and errors[1] < 15


@pytest.mark.parametrize("codec", FORMATS)
def test_a_curve_grows_in_size_and_quality(codec: FormatName, photo: Photo) -> None:
    noise = np.random.default_rng(0).integers(-20, 21, (48, 64, 3))
    pixels = np.clip(photo(48, 64, 1).astype(int) + noise, 0, 255).astype(np.uint8)
    files = list(curve(pixels, codec))
    sizes = [file.size for file in files]
    assert sizes == sorted(set(sizes)) and len(files) >= 6
    scores = [float(metrics.psnr_db(to_tensor(pixels), to_tensor(file.pixels))) for file in (files[0], files[-1])]
    assert scores[1] > scores[0] + 3 and all(file.pixels.shape == pixels.shape for file in files)


@pytest.mark.parametrize("codec", FORMATS)
def test_the_search_finds_the_best_file_that_fits(codec: FormatName, photo: Photo) -> None:
    noise = np.random.default_rng(1).integers(-20, 21, (40, 40, 3))
    pixels = np.clip(photo(40, 40, 2).astype(int) + noise, 0, 255).astype(np.uint8)
    sizes = [encode(pixels, codec, quality).size for quality in range(101)]
    for limit in (sizes[30] + 1, sizes[77], sizes[100] + 1000):
        found = at_size(pixels, codec, limit)
        fitting = [quality for quality, size in enumerate(sizes) if size <= limit]
        assert found.size <= limit and abs(found.quality - max(fitting)) <= 4  # sizes wobble by a few bytes
    smallest = at_size(pixels, codec, 10)
    assert smallest.quality == 0 and smallest.size == sizes[0] > 10


def test_floors_are_those_of_the_formats() -> None:
    floors = {codec: container_floor(codec) for codec in FORMATS}
    assert floors["webp"] < 100 < floors["jpeg"] < 1000 and 100 < floors["avif"] < 1000


@pytest.mark.parametrize("quality", [-1, 101])
def test_impossible_qualities_are_refused(quality: int, photo: Photo) -> None:
    with pytest.raises(ValueError, match="quality must be"):
        encode(photo(8, 8, 0), "jpeg", quality)
