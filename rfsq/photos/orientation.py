"""Which way up a picture is."""

from __future__ import annotations

import struct

import numpy as np

from rfsq.photos.directory import directory_of

ORIENTATION_TAG = 0x0112


def orientation_of(exif: object) -> int:
    """EXIF orientation 1 … 8 of such a block, bytes; 1 when it says nothing or is broken, which costs no picture."""
    if not isinstance(exif, bytes):
        return 1
    try:
        value = directory_of(exif.removeprefix(b"Exif\0\0")).number(ORIENTATION_TAG, 1)
    except (ValueError, struct.error):
        return 1
    return value if 1 <= value <= 8 else 1


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Pixels turned and mirrored as the EXIF orientation asks (TIFF 6.0, tag 274). Writable and contiguous."""
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.require(pixels, requirements=("C", "W", "O"))
