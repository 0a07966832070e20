"""The samples of a TIFF file in their own type, a band of strips or tiles at a time.

libtiff, through Pillow, unpacks them: each band is shown to it as a small TIFF of its own whose pixels are plain bytes, so
that nothing is lost and nothing is allocated beyond the band, whatever a hostile file claims. Predictors, bit depths and
byte order are undone here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, product
from typing import Final, Literal

import numpy as np
from PIL import Image

from rfsq.photos.directory import Directory
from rfsq.photos.errors import CUT_OFF, NO_MEMORY, ImageError

_BAND_SAMPLES: Final = 1 << 22
_MAX_BYTES: Final = 1_200_000_000  # unpacked: 50 megapixels of RGB in 64 bits, which may all be in one strip
_MAX_MARGIN: Final = 1 << 24  # pixels of tiles beyond the picture: one tile of 4096 × 4096
_PLAIN: Final = 1
_PACKED: Final = (_PLAIN, 5, 8, 32773, 32946, 34925, 50000)  # none, LZW, deflate, PackBits, deflate, LZMA, Zstandard
_FORMATS: Final[dict[int, Literal["u", "i", "f"]]] = {1: "u", 2: "i", 3: "f", 4: "u"}
_YCBCR: Final = 6


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the samples are and of which type."""

    width: int
    height: int
    samples: int  # of a pixel
    bits: int  # of a sample
    kind: Literal["u", "i", "f"]
    order: str  # of bytes, "<" or ">"
    separate: bool  # a plane for each sample
    compression: int
    predictor: int
    fill_order: int
    rows: int  # of a strip or tile
    columns: int  # of a tile; the width for strips
    offsets: np.ndarray
    counts: np.ndarray | None

    @classmethod
    def of(cls, directory: Directory) -> Layout | None:
        """None when the pixels are not plain samples, of one type, packed without loss."""
        number = directory.number
        width, height, samples = number(256, 0), number(257, 0), number(277, 1)
        bits, kinds = set(directory.numbers(258) or [1]), set(directory.numbers(339) or [1])
        tiled = 324 in directory.fields
        offsets = directory.fields.get(324 if tiled else 273)
        kind = _FORMATS.get(min(kinds))
        plain = number(259, 1) in _PACKED and number(262, 1) != _YCBCR
        if not plain or offsets is None or kind is None or len(kinds) > 1 or len(bits) > 1:
            return None
        if kind == "f" and not bits <= {16, 32, 64} or not 1 <= min(bits) <= 64 or 32 < min(bits) < 64 or samples < 1:
            return None
        columns = number(322, 0) if tiled else width
        rows = number(323, 0) if tiled else min(number(278, height) or height, height)
        if width > 0 and height > 0 and (columns < 1 or rows < 1):
            return None
        return cls(
            width,
            height,
            samples,
            min(bits),
            kind,
            directory.order,
            number(284, 1) == 2 and samples > 1,
            number(259, 1),
            number(317, 1),
            number(266, 1),
            rows,
            columns,
            offsets,
            directory.fields.get(325 if tiled else 279),
        )


@dataclass(frozen=True, eq=False)
class Segment:
    """A part of the picture."""

    top: int
    left: int
    right: int
    first_sample: int
    values: np.ndarray  # (h, right - left, samples from the first on) of the file's type, in native byte order


def segments(data: bytes, layout: Layout, used: int) -> Iterator[Segment]:
    """All parts with one of the first `used` samples. Raises ImageError when some are missing or damaged."""
    across, down = -(-layout.width // layout.columns), -(-layout.height // layout.rows)
    covered = across * layout.columns * down * layout.rows
    if covered > 4 * layout.width * layout.height + _MAX_MARGIN:
        raise ImageError("This TIFF file is damaged: its tiles are far larger than the picture.")
    if covered * layout.samples * layout.bits > 8 * _MAX_BYTES:
        raise ImageError(NO_MEMORY)
    planes = layout.samples if layout.separate else 1
    if len(layout.offsets) < across * down * planes:
        raise ImageError("This TIFF file is damaged: not all of its pixels are there.")
    row_bytes = (layout.columns * layout.bits * (1 if layout.separate else layout.samples) + 7) // 8
    row_samples = layout.columns * across * (1 if layout.separate else layout.samples)
    step = max(1, _BAND_SAMPLES // (row_samples * layout.rows))  # strips, or rows of tiles, unpacked at a time
    chunk = max(1, _BAND_SAMPLES // row_samples)  # rows handed on at a time: a strip may be the whole picture
    for plane in range(min(planes, used)):
        for band in range(0, down, step):
            lines = min(step, down - band)
            rows = min(layout.rows * lines, layout.height - band * layout.rows)
            tiled = across > 1 or layout.columns != layout.width
            unpacked = _unpacked(
                data,
                layout,
                slice((plane * down + band) * across, (plane * down + band + lines) * across),
                (row_bytes * across, layout.rows * lines if tiled else rows),
                row_bytes if tiled else 0,
            )[:rows]
            for top, column in product(range(0, rows, chunk), range(across)):
                left = column * layout.columns
                right = min(left + layout.columns, layout.width)
                part = unpacked[top : top + chunk, column * row_bytes : (column + 1) * row_bytes]
                values = _values(part, layout)[:, : right - left, :used]
                yield Segment(band * layout.rows + top, left, right, plane, values)


def _unpacked(data: bytes, layout: Layout, which: slice, size: tuple[int, int], tile_bytes: int) -> np.ndarray:
    """The bytes of some strips or tiles side by side, (rows, bytes of a row) uint8."""
    width, height = size
    offsets = [int(offset) for offset in layout.offsets[which]]
    stored_counts = None if layout.counts is None else layout.counts[which]
    parts = []
    for number, offset in enumerate(offsets):
        rows = layout.rows if tile_bytes else min(layout.rows, height - number * layout.rows)
        needed = rows * (tile_bytes or width)
        # What packing adds at the most, so that strips that overlap cannot fill the memory.
        count = needed if layout.compression == _PLAIN else 2 * needed + 4096
        if layout.compression != _PLAIN and stored_counts is not None and number < len(stored_counts):
            stored = int(stored_counts[number])
            if stored and offset + stored > len(data):
                raise ImageError(CUT_OFF)
            count = min(count, stored or count)
        if not 0 <= offset < len(data) or (layout.compression == _PLAIN and offset + count > len(data)):
            raise ImageError(CUT_OFF)
        parts.append(data[offset : offset + count])
    if layout.compression == _PLAIN and layout.fill_order != 2 and not tile_bytes:
        return np.frombuffer(b"".join(parts), np.uint8).reshape(height, width)
    image = Image.new("L", size)
    decoder = Image._getdecoder("L", "libtiff", ("L", False, 8))
    decoder.setimage(image.im, (0, 0, *size))
    _, error = decoder.decode(_small_tiff(layout, parts, size, tile_bytes))
    if error < 0:
        raise ImageError("This TIFF file is damaged or of a kind we cannot read.")
    return np.asarray(image)


def _small_tiff(layout: Layout, parts: list[bytes], size: tuple[int, int], tile_bytes: int) -> bytes:
    """A TIFF file of grey bytes that holds these strips or tiles as they are."""
    fields = {256: size[0], 257: size[1], 258: 8, 259: layout.compression, 262: 1, 266: layout.fill_order, 277: 1}
    fields |= {322: tile_bytes, 323: layout.rows} if tile_bytes else {278: layout.rows}
    offsets_tag, counts_tag = (324, 325) if tile_bytes else (273, 279)
    start = 8 + 2 + 12 * (len(fields) + 2) + 4
    first = start + (8 * len(parts) if len(parts) > 1 else 0)
    counts = [len(part) for part in parts]
    offsets = [first + before for before in accumulate(counts[:-1], initial=0)]
    several = len(parts) > 1
    fields[offsets_tag] = start if several else offsets[0]
    fields[counts_tag] = start + 4 * len(parts) if several else counts[0]
    entries = b"".join(
        struct.pack("<HHII", tag, 4, len(parts) if tag in (offsets_tag, counts_tag) else 1, value)
        for tag, value in sorted(fields.items())
    )
    tables = struct.pack(f"<{2 * len(parts)}I", *offsets, *counts) if several else b""
    return b"".join([struct.pack("<2sHIH", b"II", 42, 8, len(fields)), entries, bytes(4), tables, *parts])


def _values(rows: np.ndarray, layout: Layout) -> np.ndarray:
    """(h, bytes) uint8 → (h, columns, samples) in the file's type."""
    samples = 1 if layout.separate else layout.samples
    shape = (len(rows), layout.columns, samples)
    bits = layout.bits
    if layout.predictor == 3:
        return _float_differences(rows, samples, layout).reshape(shape)
    if bits in (8, 16, 32, 64):
        words = np.ascontiguousarray(rows).view(f"{layout.order}u{bits // 8}").reshape(shape)
        words = words.astype(words.dtype.newbyteorder("="), copy=False)
        if layout.predictor == 2:
            words = np.cumsum(words, axis=1, dtype=words.dtype)
        return words.view(f"{layout.kind}{bits // 8}")
    if layout.predictor != 1:
        raise ImageError("This TIFF file is damaged or of a kind we cannot read.")
    ones = np.unpackbits(rows, axis=1)[:, : layout.columns * samples * bits].reshape(*shape, bits)
    values = np.zeros(shape, np.uint8 if bits < 8 else np.uint16 if bits < 16 else np.uint32)
    for bit in range(bits):
        values = values << 1 | ones[..., bit]
    if layout.kind == "i":
        sign = 1 << (bits - 1)
        return (values ^ sign).astype(np.int64) - sign
    return values


def _float_differences(rows: np.ndarray, samples: int, layout: Layout) -> np.ndarray:
    """Undo predictor 3: differences of bytes, all upper bytes of a row first (Adobe, TIFF Technical Note 3)."""
    size = layout.bits // 8
    if layout.kind != "f":
        raise ImageError("This TIFF file is damaged or of a kind we cannot read.")
    pixels = rows.reshape(len(rows), -1, samples)
    planes = np.cumsum(pixels, axis=1, dtype=np.uint8).reshape(len(rows), size, -1)
    return np.ascontiguousarray(planes.transpose(0, 2, 1)).view(f">f{size}").astype(f"f{size}")
