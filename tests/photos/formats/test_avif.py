"""AVIF: the colour space of its boxes is converted as Chromium does; broken extras cost nothing.

Run: python -m pytest tests/photos/formats/test_avif.py
"""

from __future__ import annotations

import struct

import numpy as np
import pytest
from photo_bytes import LINEAR_RGB
from photo_files import SMOOTH, encoded, message
from PIL import Image

from rfsq.photos.read import read_image

PICTURE = encoded(Image.new("RGB", (16, 16), (200, 50, 50)), "AVIF", quality=100, subsampling="4:4:4")


def with_codes(primaries: int, transfer: int, file: bytes = PICTURE) -> bytes:
    at = file.index(b"colrnclx") + 8
    return file[:at] + struct.pack(">HH", primaries, transfer) + file[at + 4 :]


@pytest.mark.parametrize(
    ("codes", "shown"),
    [
        ((1, 13), [200, 50, 49]),
        ((2, 2), [200, 50, 49]),
        ((12, 13), [218, 24, 39]),
        ((12, 2), [218, 24, 39]),
        ((9, 13), [248, 0, 39]),
        ((11, 13), [213, 24, 40]),
        ((1, 1), [200, 50, 49]),
        ((1, 6), [200, 50, 49]),
        ((1, 14), [200, 50, 49]),
        ((1, 4), [201, 46, 45]),
        ((1, 8), [229, 122, 121]),
        ((2, 8), [229, 122, 121]),
        ((0, 0), [200, 50, 49]),
    ],
)
def test_code_points_are_converted(codes: tuple[int, int], shown: list[int]) -> None:
    np.testing.assert_allclose(read_image(with_codes(*codes))[8, 8], shown, atol=2)


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
@pytest.mark.parametrize("primaries", [1, 2, 9])
def test_high_dynamic_range_has_a_sentence(transfer: int, name: str, primaries: int) -> None:
    assert message(with_codes(primaries, transfer)).startswith(f"This picture is in high dynamic range ({name})")


def test_a_profile_counts_more_than_code_points() -> None:
    file = encoded(Image.new("RGB", (16, 16), (55, 55, 55)), "AVIF", quality=100, icc_profile=LINEAR_RGB)
    np.testing.assert_allclose(read_image(with_codes(12, 16, file))[8, 8], [128] * 3, atol=2)
    broken = read_image(file.replace(LINEAR_RGB, b"\xff" * len(LINEAR_RGB)))
    np.testing.assert_allclose(broken[8, 8], [55] * 3, atol=2)


@pytest.mark.parametrize("mode", ["L", "RGBA"])
def test_code_points_of_grey_and_with_alpha(mode: str) -> None:
    colour = 55 if mode == "L" else (55, 55, 55, 255)
    file = encoded(Image.new(mode, (16, 16), colour), "AVIF", quality=100)
    np.testing.assert_allclose(read_image(with_codes(1, 8, file))[8, 8], [128] * 3, atol=3)


def test_a_broken_exif_block_does_not_cost_the_picture() -> None:
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "a title", 6
    file = encoded(SMOOTH, "AVIF", quality=90, exif=exif)
    upright = read_image(file)
    assert upright.shape == (32, 24, 3)
    for start in (b"II*\0", b"MM\0*"):
        file = file.replace(start, b"\xff" * 4)
    np.testing.assert_array_equal(read_image(file), upright)  # boxes tell the orientation


def test_damaged_boxes_are_read_or_refused() -> None:
    rng = np.random.default_rng(0)
    at = PICTURE.index(b"meta")
    for _ in range(300):
        file = bytearray(PICTURE)
        file[at + rng.integers(0, len(file) - at)] ^= rng.integers(1, 256)
        try:
            assert read_image(bytes(file), max_pixels=1000).shape[2] == 3
        except ValueError as error:
            assert str(error).endswith(".")
