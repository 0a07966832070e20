"""Colour profiles, ink and Lab become sRGB.

Run: python -m pytest tests/photos/test_colour.py
"""

from __future__ import annotations

import io

import numpy as np
import pytest
from photo_files import RANDOM, SRGB, encoded, swapped_profile
from PIL import Image, ImageCms

from rfsq.photos.read import read_image

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow's remarks on the broken files made here


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_a_colour_profile_is_converted_to_srgb(kind: str) -> None:
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [90, 90, 90]]], np.uint8)
    options = {"lossless": True} if kind == "WEBP" else {}
    pixels = read_image(encoded(colours, kind, icc_profile=swapped_profile(), **options))
    expected = [[0, 255, 0], [255, 0, 0], [0, 0, 255], [90, 90, 90]]
    np.testing.assert_allclose(pixels[0], expected, atol=2)


def test_a_colour_profile_is_applied_before_transparency() -> None:
    rgba = np.array([[[255, 0, 0, 255], [255, 0, 0, 0]]], np.uint8)
    pixels = read_image(encoded(rgba, "PNG", icc_profile=swapped_profile()))
    np.testing.assert_allclose(pixels[0], [[0, 255, 0], [255, 255, 255]], atol=2)


def test_pixels_that_are_srgb_already_are_kept_exactly() -> None:
    np.testing.assert_array_equal(read_image(encoded(RANDOM, "PNG", icc_profile=SRGB)), RANDOM)
    # Another maker's sRGB: the red primary differs by rounding, and converting would move some values by one.
    profile = bytearray(SRGB)
    red = next(at for at in range(132, 300, 12) if SRGB[at : at + 4] == b"rXYZ")
    value = int.from_bytes(SRGB[red + 4 : red + 8], "big") + 8
    profile[value : value + 4] = (int.from_bytes(SRGB[value : value + 4], "big") + 90).to_bytes(4, "big")
    other = ImageCms.ImageCmsProfile(io.BytesIO(bytes(profile)))
    converted = ImageCms.profileToProfile(Image.fromarray(RANDOM), other, ImageCms.createProfile("sRGB"))
    assert not np.array_equal(np.asarray(converted), RANDOM)
    np.testing.assert_array_equal(read_image(encoded(RANDOM, "PNG", icc_profile=bytes(profile))), RANDOM)


@pytest.mark.parametrize("profile", [b"", b"not a profile", SRGB[:200], SRGB[:128] + bytes(len(SRGB) - 128)])
def test_a_broken_colour_profile_is_ignored(profile: bytes) -> None:
    np.testing.assert_array_equal(read_image(encoded(RANDOM, "PNG", icc_profile=profile)), RANDOM)


def test_a_colour_profile_for_other_channels_is_ignored() -> None:
    grey = np.arange(64, dtype=np.uint8).reshape(8, 8)
    np.testing.assert_array_equal(read_image(encoded(grey, "PNG", icc_profile=SRGB))[..., 0], grey)
    ink = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    assert read_image(encoded(ink, "TIFF", icc_profile=SRGB))[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
def test_cmyk_is_converted(kind: str) -> None:
    ink = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    np.testing.assert_allclose(read_image(encoded(ink, kind))[8, 8], [255, 0, 0], atol=6)


def test_lab_is_converted() -> None:
    red = Image.new("LAB", (2, 2), (136, 208, 195))  # L* 53, a* 80, b* 67: the red of sRGB
    np.testing.assert_allclose(read_image(encoded(red, "TIFF"))[0, 0], [255, 0, 0], atol=12)
