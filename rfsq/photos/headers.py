"""What the first bytes of a file say: its format and its size, before anything is decoded; and where it should end."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator

from rfsq.photos.errors import CUT_OFF, ImageError


def sniff(data: bytes) -> str | None:
    """The key of `rfsq.photos.read.READERS` for these bytes, by signature."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WebP"
    if data[4:8] == b"ftyp" and data[8:12] in (b"avif", b"avis", b"mif1", b"msf1"):
        return "AVIF"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "TIFF"
    if data.startswith(b"BM"):
        return "BMP"
    return None


def declared_size(kind: str, data: bytes) -> tuple[int, int]:
    """Width and height in the first bytes; (1, 1) for formats whose Pillow reader finds them without allocating.

    Raises ImageError where the bytes end before they say it.

    Pillow cannot be asked for all: it rejects a zero-sized picture as "not identified", and its WebP reader allocates
    the canvas on opening.
    """
    try:
        if kind == "GIF":
            width, height = struct.unpack_from("<HH", data, 6)
            return (width or 1, height or 1)  # some writers leave 0 here; the first frame's own size counts
        if kind == "BMP":
            header_bytes = struct.unpack_from("<I", data, 14)[0]
            width, height = struct.unpack_from("<HH" if header_bytes == 12 else "<ii", data, 18)
            return width, abs(height)  # negative: rows from the top
        if kind == "WebP" and data[12:16] == b"VP8X":
            return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
        if kind == "WebP" and data[12:16] == b"VP8L":
            bits = struct.unpack_from("<I", data, 21)[0]
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        if kind == "WebP":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
    except struct.error as error:
        raise ImageError(CUT_OFF) from error
    return 1, 1


def check_size(size: tuple[int, int], max_pixels: int) -> None:
    """Raises ImageError for a picture, (width, height), without pixels or with more than `max_pixels`."""
    width, height = size
    if width <= 0 or height <= 0:
        raise ImageError(f"This picture has no pixels: it is {width} × {height}.")
    if width * height > max_pixels:
        megapixels = f"{math.ceil(width * height / 1e5) / 10:.1f}".removesuffix(".0")  # up, so never equal to the limit
        raise ImageError(
            f"This picture has {megapixels} megapixels; the limit is {max_pixels / 1e6:g}. A smaller copy will work."
        )


def ends_early(kind: str, data: bytes, error: Exception) -> bool:
    """Whether a file that could not be read stops before its own structure does."""
    if isinstance(error, EOFError) or "truncated" in str(error).lower():
        return True
    if kind == "JPEG":
        return b"\xff\xd9" not in data  # end-of-image marker
    if kind == "GIF":
        return not data.endswith(b";")  # trailer
    if kind == "TIFF":
        return any(end > len(data) for end in _tiff_ends(data))
    if kind in ("WebP", "AVIF"):
        return any(end > len(data) for end in _block_ends(kind, data))
    return False


def _block_ends(kind: str, data: bytes) -> Iterator[int]:
    """Where a WebP file and each box of an AVIF file claim to end."""
    if kind == "WebP":
        yield int.from_bytes(data[4:8], "little") + 8
        return
    position = 0
    while position < len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        if length == 1:
            length = int.from_bytes(data[position + 8 : position + 16], "big")
        elif length == 0:  # a box that extends to the end
            length = len(data) - position
        position += max(length, 8)
        yield position


def _tiff_ends(data: bytes) -> Iterator[int]:
    """Where the first directory of a TIFF or BigTIFF file and the values it points to end; most writers put it last."""
    order = "<" if data.startswith(b"II") else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    word, word_bytes, entry_bytes, start = ("Q", 8, 20, 8) if big else ("I", 4, 12, 4)
    value_bytes = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}  # by type; others 1
    try:
        (directory,) = struct.unpack_from(order + word, data, start)
        (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, directory)
        first_entry = directory + (8 if big else 2)
        yield first_entry + count * entry_bytes
        for position in range(first_entry, first_entry + count * entry_bytes, entry_bytes):
            value_type, values = struct.unpack_from(f"{order}H{word}", data, position + 2)
            size = values * value_bytes.get(value_type, 1)
            if size > word_bytes:
                yield struct.unpack_from(order + word, data, position + entry_bytes - word_bytes)[0] + size
    except (struct.error, OverflowError):  # an offset beyond the file, or beyond any file
        yield len(data) + 1
