"""Curves and primaries of ICC profiles, told as a space; tables and broken profiles are left to others.

Run: python -m pytest tests/photos/test_icc.py
"""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from photo_bytes import (
    LINEAR_GREY,
    LINEAR_RGB,
    gamma_curve,
    grey_profile,
    parametric_curve,
    png,
    png_chunk,
    profile,
    rgb_profile,
)
from photo_files import RANDOM, SRGB, encoded, message, swapped_profile
from PIL import Image, ImageCms

from rfsq.photos.icc import space_of_profile
from rfsq.photos.read import read_image

TABLE_CURVE = b"curv\0\0\0\0\0\0\0\3" + bytes([0, 0, 0x40, 0, 0xFF, 0xFF])
CURVES = {
    "identity": b"curv\0\0\0\0\0\0\0\0",
    "gamma 1.8": gamma_curve(1.8),
    "gamma 2.2": gamma_curve(2.2),
    "table": TABLE_CURVE,
    "parametric 0": parametric_curve(0, 2.4),
    "parametric 1": parametric_curve(1, 2.4, 1 / 1.055, 0.055 / 1.055),
    "parametric 2": parametric_curve(2, 2.4, 0.98 ** (1 / 2.4) - 0.05, 0.05, 0.02),
    "parametric 3": parametric_curve(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045),
    "parametric 4": parametric_curve(4, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045, 0.01, 0.01),
}


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("make", [rgb_profile, grey_profile])
def test_our_reading_agrees_with_littlecms(name: str, make: type) -> None:
    made = make(CURVES[name])
    space = space_of_profile(made)
    assert space is not None
    pixels = RANDOM if make is rgb_profile else RANDOM[..., :1]
    image = Image.fromarray(pixels if make is rgb_profile else pixels[..., 0])
    opened = ImageCms.ImageCmsProfile(io.BytesIO(made))
    expected = ImageCms.profileToProfile(image, opened, ImageCms.createProfile("sRGB"), 1, "RGB")
    difference = np.abs(space.pixels(pixels).astype(int) - np.asarray(expected))
    assert difference[pixels.min(-1) >= 32].max() <= 2  # littleCMS samples curves, which shows in dark tones
    assert difference.mean() < 1


def test_other_primaries_agree_with_littlecms() -> None:
    space = space_of_profile(swapped_profile())
    assert space is not None
    opened = ImageCms.ImageCmsProfile(io.BytesIO(swapped_profile()))
    expected = ImageCms.profileToProfile(Image.fromarray(RANDOM), opened, ImageCms.createProfile("sRGB"))
    assert np.abs(space.pixels(RANDOM).astype(int) - np.asarray(expected)).max() <= 2


def test_tables_other_colours_and_broken_profiles_are_no_space() -> None:
    with_table = profile(b"RGB ", [(b"A2B0", b"mft1" + bytes(100))])
    ink = profile(b"CMYK", [(b"A2B0", b"mft1" + bytes(100))])
    far = bytearray(LINEAR_RGB)
    far[132 + 12 * 3 + 4 : 132 + 12 * 3 + 8] = b"\x7f\xff\xff\xff"
    for broken in (
        with_table,
        ink,
        b"",
        SRGB[:100],
        SRGB[:300],
        bytes(far),
        profile(b"RGB ", []),
        profile(b"GRAY", []),
    ):
        assert space_of_profile(broken) is None
    for curve in (
        b"curv",
        b"curv\0\0\0\0\0\0\1\0",
        b"para\0\0\0\0\0\x09\0\0",
        b"xxxx" + bytes(20),
        parametric_curve(1, 2, 0, 1),
    ):
        assert space_of_profile(grey_profile(curve)) is None


def test_profiles_with_any_damage_cost_no_picture() -> None:
    rng = np.random.default_rng(0)
    for made in (LINEAR_RGB, rgb_profile(CURVES["parametric 4"]), LINEAR_GREY, SRGB):
        for _ in range(100):
            damaged = bytearray(made)
            for at in rng.integers(0, len(made), 4):
                damaged[at] ^= rng.integers(1, 256)
            file = encoded(RANDOM if made != LINEAR_GREY else RANDOM[..., 0], "PNG", icc_profile=bytes(damaged))
            assert read_image(file).shape == RANDOM.shape


@pytest.mark.parametrize(("codes", "shown"), [((12, 13), [218, 24, 40]), ((1, 1), [200, 50, 50])])
@pytest.mark.parametrize("depth", [8, 16])
def test_code_points_inside_a_profile_count_more_than_its_curves(
    codes: tuple[int, int], shown: list[int], depth: int
) -> None:
    made = profile(b"RGB ", [(b"cicp", b"cicp\0\0\0\0" + bytes([*codes, 0, 1]))])
    colour = b"".join((value * (257 if depth == 16 else 1)).to_bytes(depth // 8, "big") for value in (200, 50, 50))
    file = png(1, 1, depth, 2, b"\0" + colour, png_chunk(b"iCCP", b"p\0\0" + zlib.compress(made)))
    np.testing.assert_allclose(read_image(file)[0, 0], shown, atol=1)


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
def test_high_dynamic_range_by_a_profile_has_a_sentence(transfer: int, name: str) -> None:
    made = profile(b"RGB ", [(b"cicp", b"cicp\0\0\0\0" + bytes([9, transfer, 0, 1]))])
    assert f"({name})" in message(encoded(RANDOM, "JPEG", icc_profile=made))


def test_a_profile_of_tables_is_applied_by_littlecms() -> None:
    """An 8-bit table of two points a side that turns colours into their complement, in Lab."""
    corners = [[255, 128, 128], [0, 128, 128]]
    grid = b"".join(bytes(corners[(r + g + b) // 3]) for r in (0, 1) for g in (0, 1) for b in (0, 1))
    identity = bytes(range(256)) * 3
    unit = np.eye(3).ravel()
    head = b"mft1\0\0\0\0\3\3\2\0" + b"".join(round(v * 65536).to_bytes(4, "big") for v in unit)
    made = bytearray(
        profile(
            b"RGB ", [(b"desc", b"desc\0\0\0\0\0\0\0\2x\0" + bytes(78)), (b"A2B0", head + identity + grid + identity)]
        )
    )
    made[20:24] = b"Lab "
    pixels = np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8)
    shown = read_image(encoded(pixels, "PNG", icc_profile=bytes(made)))
    np.testing.assert_allclose(shown[0], [[255] * 3, [0] * 3], atol=2)
