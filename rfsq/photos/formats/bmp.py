"""BMP. Pillow unpacks palettes and run lengths; pixels with masks, of 16 and 32 bits, and of 2 bits are read here."""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np
from PIL import BmpImagePlugin

from rfsq.photos.errors import CUT_OFF, ImageError
from rfsq.photos.formats.pillow import open_picture, raster_of
from rfsq.photos.headers import check_size
from rfsq.photos.raster import Raster

_RGB, _BITFIELDS, _ALPHABITFIELDS = 0, 3, 6
_MASKS = {2: (), 16: (0x7C00, 0x3E0, 0x1F), 32: (0xFF0000, 0xFF00, 0xFF)}  # by bits of a pixel, where none are given
_V3, _V4, _V5 = 56, 108, 124  # bytes of the headers that have an alpha mask, name a colour space, embed a profile


def read_bmp(data: bytes, max_pixels: int) -> Raster:
    """The picture. Raises ImageError and what Pillow raises."""
    (header_bytes,) = struct.unpack_from("<I", data, 14)
    profile = _profile(data) if header_bytes >= _V5 else None
    if header_bytes >= 40:
        bits, compression = struct.unpack_from("<HI", data, 28)
        if bits in _MASKS and compression in (_RGB, _BITFIELDS, _ALPHABITFIELDS):
            words = _words(data, max_pixels, bits)
            if bits == 2:
                return Raster("rgb", _palette(data, 14 + header_bytes)[words], None, profile)
            masks = _masks(data, header_bytes, bits, compression)
            colour = np.stack([_values(words, mask) for mask in masks[:3]], -1)
            return Raster("rgb", colour, _values(words, masks[3]) if masks[3] else None, profile)
    return replace(raster_of(open_picture(BmpImagePlugin.BmpImageFile, data, max_pixels)), profile=profile)


def _words(data: bytes, max_pixels: int, bits: int) -> np.ndarray:
    """Stored pixels (H, W), uint8, uint16 or uint32."""
    width, height = struct.unpack_from("<ii", data, 18)
    check_size((width, abs(height)), max_pixels)
    (start,) = struct.unpack_from("<I", data, 10)
    row_bytes = (width * bits + 31) // 32 * 4
    needed = row_bytes * abs(height)
    stored = data[start : start + needed]
    if len(stored) < needed - row_bytes + (width * bits + 7) // 8:
        raise ImageError(CUT_OFF)
    rows = np.frombuffer(stored.ljust(needed, b"\0"), np.uint8).reshape(abs(height), row_bytes)
    if bits == 2:
        words = np.stack([rows >> shift & 3 for shift in (6, 4, 2, 0)], -1).reshape(abs(height), -1)[:, :width]
    else:
        words = rows.view(f"<u{bits // 8}")[:, :width]
    return words if height < 0 else words[::-1]  # rows from the bottom, unless the height is negative


def _masks(data: bytes, header_bytes: int, bits: int, compression: int) -> tuple[int, ...]:
    """Of red, green, blue and alpha; behind the first 40 bytes, in the header or following it."""
    colours = _MASKS[bits] if compression == _RGB else struct.unpack_from("<3I", data, 54)
    has_alpha = header_bytes >= (_V4 if compression == _RGB else _V3) or compression == _ALPHABITFIELDS
    return (*colours, struct.unpack_from("<I", data, 66)[0] if has_alpha else 0)


def _palette(data: bytes, start: int) -> np.ndarray:
    """The four colours of 2-bit pixels, (4, 3); those that are missing are black."""
    stored = data[start : start + 16].ljust(16, b"\0")
    return np.frombuffer(stored, np.uint8).reshape(4, 4)[:, 2::-1]


def _profile(data: bytes) -> bytes | None:
    """The embedded ICC profile of a header of version 5."""
    colour_space, (offset, size) = data[70:74], struct.unpack_from("<II", data, 126)
    return data[14 + offset : 14 + offset + size] if colour_space == b"DEBM" else None  # "MBED", little-endian


def _values(words: np.ndarray, mask: int) -> np.ndarray:
    """What the mask selects, 0 … 255; zeros for an empty one. Wider samples lose their lower bits, as in Chromium."""
    mask &= 2 ** (8 * words.itemsize) - 1
    if not mask:
        return np.zeros(words.shape, np.uint8)
    shift = (mask & -mask).bit_length() - 1
    bits = mask.bit_length() - shift
    if mask >> shift != 2**bits - 1:
        raise ImageError("This BMP file is damaged: the bits of a colour are not side by side.")
    values = (words & mask) >> (shift + max(bits - 8, 0))
    if bits >= 8:
        return values.astype(np.uint8)
    return np.rint(np.arange(2**bits) * (255 / (2**bits - 1))).astype(np.uint8)[values]
