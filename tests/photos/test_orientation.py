"""A picture is turned as its EXIF block asks; a broken block costs nothing.

Run: python -m pytest tests/photos/test_orientation.py
"""

from __future__ import annotations

import numpy as np
import pytest
from photo_files import SMOOTH, encoded
from PIL import Image, ImageOps

from rfsq.photos.read import read_image

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow's remarks on the broken files made here


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "JPEG", "AVIF"])
def test_exif_orientation_is_applied(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}, "AVIF": {"quality": 100}}
    expected = Image.fromarray(SMOOTH)
    expected.getexif()[0x0112] = orientation
    upright = np.asarray(ImageOps.exif_transpose(expected))
    pixels = read_image(encoded(SMOOTH, kind, exif=exif, **options.get(kind, {})))
    assert pixels.shape == upright.shape and pixels.flags.c_contiguous
    assert np.abs(pixels.astype(int) - upright).mean() < 4


@pytest.mark.parametrize("exif", [b"MM\0*\0\0\0", b"Exif\0\0garbage", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", b"x"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_broken_exif_block_does_not_cost_the_picture(kind: str, exif: bytes) -> None:
    assert read_image(encoded(SMOOTH, kind, exif=exif)).shape == SMOOTH.shape
