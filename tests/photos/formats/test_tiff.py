"""TIFF: values are those that the specification gives to the samples, whatever way they are stored.

Run: python -m pytest tests/photos/formats/test_tiff.py
"""

from __future__ import annotations

import struct

import numpy as np
import pytest
from photo_bytes import LINEAR_GREY, LINEAR_RGB, tiff
from photo_files import CUT_OFF, message

from rfsq.photos.read import read_image

RNG = np.random.default_rng(0)


def grey(data: bytes) -> list[int]:
    """The first row of a picture that must be grey."""
    pixels = read_image(data)
    assert (pixels == pixels[..., :1]).all()
    return pixels[0, :, 0].tolist()


def row(*values: float, dtype: str = "u4") -> np.ndarray:
    return np.array(values, dtype)[None, :, None]


@pytest.mark.parametrize(
    ("samples", "bits", "sample_format", "expected"),
    [
        (row(0, 1), 1, 1, [0, 255]),
        (row(0, 1, 2, 3), 2, 1, [0, 85, 170, 255]),
        (row(0, 5, 15), 4, 1, [0, 85, 255]),
        (row(0, 20, 63), 6, 1, [0, 81, 255]),
        (row(0, 100, 255), 8, 1, [0, 100, 255]),
        (row(0, 512, 1023), 10, 1, [0, 128, 255]),
        (row(0, 2048, 4095), 12, 1, [0, 128, 255]),
        (row(0, 8192, 16383), 14, 1, [0, 128, 255]),
        (row(0, 25700, 65535), 16, 1, [0, 100, 255]),
        (row(0, 2**23, 2**24 - 1), 24, 1, [0, 128, 255]),
        (row(0, 2**30, 2**31, 2**32 - 1), 32, 1, [0, 64, 128, 255]),
        (row(0, 2**31, 2**31 + 2**30), 32, 1, [0, 128, 191]),
        (row(0, 100, 255), 32, 1, [0, 100, 255]),
        (row(-128, 0, 127, dtype="i1"), 8, 2, [0, 128, 255]),
        (row(-32768, 0, 32767, dtype="i2"), 16, 2, [0, 128, 255]),
        (row(-2048, 0, 2047, dtype="i8"), 12, 2, [0, 128, 255]),
        (row(-(2**31), 0, 2**31 - 1, dtype="i4"), 32, 2, [0, 128, 255]),
        (row(0, 0.25, 1, dtype="f2"), 16, 3, [0, 64, 255]),
        (row(0, 0.25, 1, dtype="f4"), 32, 3, [0, 64, 255]),
        (row(0, 0.25, 1, dtype="f8"), 64, 3, [0, 64, 255]),
        (row(0, 1, 2, 3), 2, 4, [0, 85, 170, 255]),  # undefined: as unsigned
    ],
)
@pytest.mark.parametrize("order", ["<", ">"])
def test_samples_of_every_depth_and_type_fill_the_range(
    samples: np.ndarray, bits: int, sample_format: int, expected: list[int], order: str
) -> None:
    assert grey(tiff(samples, 1, bits, sample_format=sample_format, order=order)) == expected
    inverted = tiff(samples, 0, bits, sample_format=sample_format, order=order)
    np.testing.assert_allclose(grey(inverted), 255 - np.array(expected), atol=1)


@pytest.mark.parametrize(
    ("bits", "dtype", "full"), [(8, "u1", 255), (16, "u2", 65535), (12, "u4", 4095), (32, "f4", 1)]
)
@pytest.mark.parametrize("extra", [1, 2])
@pytest.mark.parametrize("separate", [False, True])
def test_grey_and_colour_with_alpha_at_any_depth(bits: int, dtype: str, full: int, extra: int, separate: bool) -> None:
    sample_format = 3 if dtype == "f4" else 1
    for photometric, channels in ((1, 1), (2, 3)):
        pixels = np.zeros((1, 3, channels + 1))
        pixels[0, :, :channels], pixels[0, :, -1] = 0.4, (0, 0.5, 1)
        if extra == 1:  # premultiplied
            pixels[..., :channels] *= pixels[..., -1:]
        samples = (pixels * full).astype(dtype) if dtype == "f4" else np.rint(pixels * full).astype(dtype)
        file = tiff(samples, photometric, bits, sample_format=sample_format, extra=[extra], separate=separate)
        np.testing.assert_allclose(grey(file), [255, 178.5, 102], atol=1.5)


def test_alpha_may_follow_other_extra_samples() -> None:
    for separate in (False, True):
        samples = np.array([[[10, 20, 30, 99, 0], [10, 20, 30, 99, 255]]], np.uint8)
        file = tiff(samples, 2, 8, extra=[0, 2], separate=separate)
        assert read_image(file)[0].tolist() == [[255, 255, 255], [10, 20, 30]]


def test_an_unspecified_extra_sample_is_no_alpha_and_a_missing_tag_is() -> None:
    rgba = np.array([[[10, 20, 30, 0]]], np.uint8)
    assert read_image(tiff(rgba, 2, 8, extra=[0]))[0, 0].tolist() == [10, 20, 30]
    assert read_image(tiff(rgba, 2, 8))[0, 0].tolist() == [255, 255, 255]


@pytest.mark.parametrize("compression", [1, 5, 8, 32773])
@pytest.mark.parametrize("arrangement", [{}, {"rows_per_strip": 7}, {"tile": (16, 16)}, {"tile": (16, 32)}])
@pytest.mark.parametrize("separate", [False, True])
@pytest.mark.parametrize(("bits", "predictor"), [(8, 1), (8, 2), (16, 1), (16, 2)])
def test_strips_tiles_planes_and_predictors_give_the_same_picture(
    compression: int, arrangement: dict[str, int | tuple[int, int]], separate: bool, bits: int, predictor: int
) -> None:
    expected = RNG.integers(0, 256, (37, 45, 3), dtype=np.uint8)
    samples = expected.astype(np.uint16) * 257 if bits == 16 else expected
    for order in "<>":
        file = tiff(
            samples,
            2,
            bits,
            order=order,
            compression=compression,
            predictor=predictor,
            separate=separate,
            **arrangement,
        )  # type: ignore[arg-type]
        np.testing.assert_array_equal(read_image(file), expected)


@pytest.mark.parametrize("size", [2, 4, 8])
@pytest.mark.parametrize("separate", [False, True])
def test_float_pictures_with_their_own_predictor(size: int, separate: bool) -> None:
    expected = RNG.integers(0, 256, (20, 33, 3), dtype=np.uint8)
    samples = (expected / 255).astype(f"f{size}")
    for predictor in (1, 3):
        file = tiff(samples, 2, 8 * size, sample_format=3, compression=8, predictor=predictor, separate=separate)
        np.testing.assert_allclose(read_image(file).astype(int), expected, atol=1)


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 12])
def test_bits_may_be_stored_in_reverse_order(bits: int) -> None:
    samples = RNG.integers(0, 2**bits, (5, 19, 1))
    plain = read_image(tiff(samples, 1, bits))
    np.testing.assert_array_equal(read_image(tiff(samples, 1, bits, fill_order=2)), plain)


def test_sixteen_bit_colours_are_rounded_and_not_cut() -> None:
    assert read_image(tiff(np.array([[[0x10FF, 0x7FFF, 0x00FF]]], np.uint16), 2, 16))[0, 0].tolist() == [17, 127, 1]


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_palettes_of_sixteen_and_of_eight_bits(bits: int) -> None:
    entries = 2**bits
    table = np.zeros((3, entries), int)
    table[:, 1] = 200, 10, 30
    for factor in (1, 256, 257):
        colours = struct.pack(f"<{3 * entries}H", *(table * factor).ravel().tolist())
        file = tiff(row(0, 1), 3, bits, fields={320: (3, colours)})
        assert read_image(file)[0].tolist() == [[0, 0, 0], [200, 10, 30]]
    assert "palette" in message(tiff(row(0, 1), 3, bits))


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize(("photometric", "offset"), [(8, 0), (9, 128)])
def test_lab_signed_and_with_an_offset(bits: int, photometric: int, offset: int) -> None:
    scale = 2 ** (bits - 8)
    light = round(53.24 * (65280 if photometric == 9 else 65535) / 100) if bits == 16 else round(53.24 * 2.55)
    lab = np.array([[[light, (80 + offset) * scale, (67 + offset) * scale]]]).astype(f"u{bits // 8}")
    np.testing.assert_allclose(read_image(tiff(lab, photometric, bits))[0, 0], [255, 0, 0], atol=12)


@pytest.mark.parametrize("bits", [8, 16])
def test_ink_at_any_depth(bits: int) -> None:
    ink = np.array([[[0, 255, 255, 0], [0, 0, 0, 255], [0, 0, 0, 128]]]) * (257 if bits == 16 else 1)
    expected = [[255, 0, 0], [0, 0, 0], [127, 127, 127]]
    assert read_image(tiff(ink.astype(f"u{bits // 8}"), 5, bits))[0].tolist() == expected


def test_inks_other_than_four_are_refused() -> None:
    assert "cannot read" in message(tiff(np.zeros((1, 1, 4), np.uint8), 5, 8, fields={332: (3, b"\2\0")}))


@pytest.mark.parametrize(("bits", "factor"), [(8, 1), (16, 257)])
def test_profiles_are_applied_at_every_depth(bits: int, factor: int) -> None:
    one, three = (np.full((1, 1, n), 55 * factor).astype(f"u{bits // 8}") for n in (1, 3))
    with_alpha = np.array([[[55 * factor, 255 * factor]]]).astype(f"u{bits // 8}")
    for samples, photometric, icc, extra in (
        (one, 1, LINEAR_GREY, ()),
        (one, 1, LINEAR_RGB, ()),
        (three, 2, LINEAR_RGB, ()),
        (with_alpha, 1, LINEAR_GREY, (2,)),
    ):
        assert grey(tiff(samples, photometric, bits, extra=extra, fields={34675: (7, icc)})) == [128]


def test_dark_tones_of_deep_linear_pictures_are_kept() -> None:
    file = tiff(row(50, 100, 150, 200, dtype="u2"), 1, 16, fields={34675: (7, LINEAR_GREY)})
    assert grey(file) == [3, 5, 8, 10]  # 12.92 times as bright on the linear foot of sRGB's curve


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_of_deep_pictures(orientation: int) -> None:
    samples = RNG.integers(0, 65536, (4, 6, 1), dtype=np.uint16)
    for bits, stored in ((16, samples), (8, (samples >> 8).astype(np.uint8))):
        file = tiff(stored, 1, bits, fields={274: (3, struct.pack("<H", orientation))})
        assert read_image(file).shape == ((4, 6, 3) if orientation < 5 else (6, 4, 3))


def test_missing_pixels_and_hostile_numbers_are_refused() -> None:
    file = tiff(RNG.integers(0, 65536, (40, 40, 1), dtype=np.uint16), 1, 16, rows_per_strip=10)
    for cut in (1, 100, 3000):
        assert message(file[:-cut]) == CUT_OFF
    fewer = tiff(np.zeros((40, 40, 1), np.uint16), 1, 16, rows_per_strip=10, fields={257: (4, struct.pack("<I", 4000))})
    assert message(fewer) == "This TIFF file is damaged: not all of its pixels are there."
    wide = tiff(np.zeros((1, 1, 1), np.uint16), 1, 16, fields={256: (4, struct.pack("<I", 2**31)), 258: (3, b"\x0c\0")})
    assert message(wide).startswith("This picture has 2147.5 megapixels")
    many = tiff(
        np.zeros((1, 1, 1), np.uint16), 1, 16, fields={277: (3, b"\xff\xff"), 256: (4, struct.pack("<I", 10**7))}
    )
    assert message(many).startswith("There is not enough memory")
    assert "cannot read" in message(tiff(np.zeros((1, 1, 1), np.uint8), 99, 8))
    tiled = {322: (4, struct.pack("<I", 65536)), 323: (4, struct.pack("<I", 65536))}
    file = tiff(np.zeros((16, 16, 1), np.uint8), 1, 8, tile=(16, 16))
    for tag, (_, size) in tiled.items():
        file = file.replace(struct.pack("<HHII", tag, 4, 1, 16), struct.pack("<HHI", tag, 4, 1) + size)
    assert message(file) == "This TIFF file is damaged: its tiles are far larger than the picture."


def test_strips_that_overlap_take_no_more_memory_than_the_picture() -> None:
    height = 4000
    file = bytearray(tiff(np.zeros((height, 1, 1), np.uint8), 1, 8, rows_per_strip=1, compression=8))
    at = file.index(struct.pack("<HHI", 279, 4, height)) + 8
    place = struct.unpack_from("<I", file, at)[0]
    file[place : place + 4 * height] = struct.pack("<I", 10_000_000) * height
    padded = bytes(file) + bytes(11_000_000)
    assert read_image(padded).shape == (height, 1, 3)
