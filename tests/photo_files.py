"""Pictures as files of every format, and the sentence with which one is refused."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from rfsq.photos.errors import ImageError
from rfsq.photos.read import read_image

RANDOM = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
ROWS, COLUMNS = np.mgrid[0:24, 0:32]
SMOOTH = np.stack([ROWS * 10, COLUMNS * 7, ROWS * 4 + COLUMNS * 3], -1).astype(np.uint8)
NOT_A_PICTURE = "We cannot read this file as a picture. JPEG, PNG, WebP, AVIF, GIF and TIFF work."
CUT_OFF = "The file ends too early; it may be an incomplete download."


def encoded(image: Image.Image | np.ndarray, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


LOSSLESS = {
    "png": encoded(RANDOM, "PNG"),
    "webp lossless": encoded(RANDOM, "WEBP", lossless=True),
    "tiff": encoded(RANDOM, "TIFF"),
    "tiff lzw": encoded(RANDOM, "TIFF", compression="tiff_lzw"),
    "tiff deflate": encoded(RANDOM, "TIFF", compression="tiff_deflate"),
    "big tiff": encoded(RANDOM, "TIFF", big_tiff=True),
    "bmp": encoded(RANDOM, "BMP"),
}
LOSSY = {
    "jpeg": encoded(SMOOTH, "JPEG", quality=95),
    "jpeg progressive": encoded(SMOOTH, "JPEG", quality=95, progressive=True),
    "webp": encoded(SMOOTH, "WEBP", quality=95),
    "avif": encoded(SMOOTH, "AVIF", quality=95),
    "tiff jpeg": encoded(SMOOTH, "TIFF", compression="jpeg"),
    "gif": encoded(SMOOTH, "GIF"),
}
FILES = LOSSLESS | LOSSY


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile() -> bytes:
    """sRGB with the places of its red and green primaries exchanged."""
    profile = bytearray(SRGB)
    tags = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * int.from_bytes(SRGB[128:132], "big"), 12)}
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    profile[red + 4 : red + 12], profile[green + 4 : green + 12] = (
        SRGB[green + 4 : green + 12],
        SRGB[red + 4 : red + 12],
    )
    return bytes(profile)


def message(source: object, **options: int) -> str:
    """The sentence with which `source` is refused."""
    with pytest.raises(ImageError) as caught:
        read_image(source, **options)  # type: ignore[arg-type]
    return str(caught.value)


def png_header(width: int, height: int) -> bytes:
    """A PNG that ends after its header: no pixel can be decoded from it."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
