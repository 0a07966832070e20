"""Which way up a picture is."""

from __future__ import annotations

import numpy as np
from PIL import Image

_ORIENTATION_TAG = 0x0112


def orientation_of(image: Image.Image) -> int:
    """EXIF orientation 1…8; 1 when there is none or its block is broken. TIFF and AVIF report theirs here too."""
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # noqa: BLE001 - Pillow's EXIF parser raises anything on a broken block, and the pixels are fine
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def upright(image: Image.Image, orientation: int) -> np.ndarray:
    """Pixels turned and mirrored as the EXIF orientation asks (TIFF 6.0, tag 274). Writable and contiguous."""
    pixels = np.array(image)
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)
