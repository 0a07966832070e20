"""BMP: any masks, alpha, profile; values are those of Chromium's canvas.

Run: python -m pytest tests/photos/formats/test_bmp.py
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
import pytest
from photo_bytes import LINEAR_RGB
from photo_files import CUT_OFF, message

from rfsq.photos.read import read_image

BGR, BGR_ALPHA = (0xFF0000, 0xFF00, 0xFF), (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
RGB_ORDER = (0xFF, 0xFF00, 0xFF0000)


def bmp(
    size: tuple[int, int],
    bits: int,
    compression: int,
    pixels: bytes,
    masks: Sequence[int] = (),
    header: int = 40,
    palette: bytes = b"",
    profile: bytes = b"",
) -> bytes:
    head = struct.pack(
        "<IiiHHIIiiII", header, *size, 1, bits, compression, len(pixels), 2835, 2835, len(palette) // 4, 0
    )
    inside = struct.pack(f"<{len(masks)}I", *masks)
    if header >= 52:
        inside = inside.ljust(header - 40, b"\0")
    if profile:
        inside = (
            inside[:16] + b"DEBM" + inside[20:72] + struct.pack("<II", header + len(pixels), len(profile)) + bytes(4)
        )
    start = 14 + len(head) + len(inside) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + head + inside + palette + pixels + profile


@pytest.mark.parametrize("header", [40, 52, 56, 108, 124])
def test_masks_in_and_behind_headers_of_every_version(header: int) -> None:
    alpha = header >= 56
    plain = bmp((1, 1), 32, 3, bytes([10, 20, 30, 0]), (*RGB_ORDER, 0) if alpha else RGB_ORDER, header)
    assert read_image(plain)[0, 0].tolist() == [10, 20, 30]
    half = read_image(bmp((1, 1), 32, 3, bytes([10, 20, 30, 128]), BGR_ALPHA if alpha else BGR, header))
    np.testing.assert_allclose(half[0, 0], [142, 137, 132] if alpha else [30, 20, 10], atol=1)


def test_alpha_counts_where_the_header_has_a_mask_for_it() -> None:
    pixels = bytes([10, 20, 30, 0, 10, 20, 30, 255])
    shown = read_image(bmp((2, 1), 32, 3, pixels, BGR_ALPHA, 56))[0].tolist()
    assert shown == [[255, 255, 255], [30, 20, 10]]
    for header, transparent in ((40, False), (56, False), (108, True), (124, True)):  # without BITFIELDS
        shown = read_image(bmp((2, 1), 32, 0, pixels, BGR_ALPHA if header > 40 else (), header))[0].tolist()
        assert shown == [[255, 255, 255] if transparent else [30, 20, 10], [30, 20, 10]]
    half = read_image(bmp((1, 1), 32, 6, bytes([10, 20, 30, 128]), BGR_ALPHA))
    np.testing.assert_allclose(half[0, 0], [142, 137, 132], atol=1)


@pytest.mark.parametrize(
    ("compression", "masks", "header", "word", "expected"),
    [
        (0, (), 40, 0x1234, [33, 140, 165]),
        (3, (0xF800, 0x7E0, 0x1F), 40, 0x1234, [16, 69, 165]),
        (3, (0xF00, 0xF0, 0xF), 40, 0x1234, [34, 51, 68]),
        (3, (0xF00, 0xF0, 0xF, 0xF000), 56, 0x8234, [137, 146, 155]),
        (3, (0x7C00, 0x3E0, 0x1F, 0x8000), 56, 0x8234, [0, 140, 165]),
        (3, (0x7C00, 0x3E0, 0x1F, 0x8000), 56, 0x0234, [255, 255, 255]),
        (3, (0x8000, 0x700, 0x3), 40, 0x8234, [255, 73, 0]),
        (3, (0xF800, 0, 0x1F), 40, 0xFFFF, [255, 0, 255]),
    ],
)
def test_sixteen_bits_with_any_masks(
    compression: int, masks: tuple[int, ...], header: int, word: int, expected: list[int]
) -> None:
    file = bmp((1, 1), 16, compression, struct.pack("<HH", word, 0), masks, header)
    np.testing.assert_allclose(read_image(file)[0, 0], expected, atol=1)


def test_ten_bits_a_colour() -> None:
    masks = (0x3FF00000, 0xFFC00, 0x3FF)
    pixels = struct.pack("<2I", 0x3FFFFFFF, 513 << 20 | 3 << 10 | 1022)
    assert read_image(bmp((2, 1), 32, 3, pixels, masks))[0].tolist() == [[255, 255, 255], [128, 0, 255]]


def test_rows_from_the_top_and_from_the_bottom() -> None:
    pixels = bytes([1, 2, 3, 0, 4, 5, 6, 0])
    assert read_image(bmp((1, -2), 32, 0, pixels))[:, 0].tolist() == [[3, 2, 1], [6, 5, 4]]
    assert read_image(bmp((1, 2), 32, 0, pixels))[:, 0].tolist() == [[6, 5, 4], [3, 2, 1]]


@pytest.mark.parametrize(("bits", "byte"), [(1, 0x40), (2, 0x10), (4, 0x01)])
def test_palettes_of_few_colours(bits: int, byte: int) -> None:
    file = bmp((2, 1), bits, 0, bytes([byte, 0, 0, 0]), palette=bytes([1, 2, 3, 0, 4, 5, 6, 0]))
    assert read_image(file)[0].tolist() == [[3, 2, 1], [6, 5, 4]]


def test_an_embedded_profile_is_applied() -> None:
    file = bmp((1, 1), 24, 0, bytes([50, 50, 200, 0]), header=124, profile=LINEAR_RGB)
    np.testing.assert_allclose(read_image(file)[0, 0], [229, 122, 122], atol=1)
    file = bmp((1, 1), 32, 0, bytes([50, 50, 200, 0]), header=124, profile=LINEAR_RGB[:90])
    assert read_image(file)[0, 0].tolist() == [200, 50, 50]


def test_missing_pixels_scattered_masks_and_sizes_are_refused() -> None:
    assert message(bmp((1, 2), 32, 0, bytes(4))) == CUT_OFF
    assert message(bmp((3, 2), 16, 0, bytes(13))) == CUT_OFF
    assert read_image(bmp((3, 2), 16, 0, bytes(14))).shape == (2, 3, 3)  # only the last row's padding is missing
    assert "side by side" in message(bmp((1, 1), 32, 3, bytes(4), (0xF0F0, 0xFF0000, 0xFF)))
    assert message(bmp((2**30, 2**30), 32, 0, b"")).startswith("This picture has 1152921504606.9 megapixels")
    assert message(bmp((0, 5), 16, 0, b"")) == "This picture has no pixels: it is 0 × 5."
