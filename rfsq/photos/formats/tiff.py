"""TIFF 6.0 with its supplements: what the tags say about a sample is what it means.

Pillow's modes lose that for many kinds (12-bit, unsigned 32-bit, inverted beyond 8 bits, 16-bit colours, grey + alpha).
Files whose pixels are plain samples are therefore read here, with libtiff, through Pillow, for unpacking alone; those of
a picture codec (JPEG, fax …) hold 8 or 1 bits a sample, which Pillow reads right.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL.TiffImagePlugin import TiffImageFile

from rfsq.photos.directory import Directory, directory_of
from rfsq.photos.errors import ImageError
from rfsq.photos.formats.pillow import open_picture, raster_of
from rfsq.photos.formats.tiff_samples import Layout, segments
from rfsq.photos.headers import check_size
from rfsq.photos.orientation import ORIENTATION_TAG
from rfsq.photos.raster import ColourModel, Raster

_WIDTH, _HEIGHT, _PHOTOMETRIC, _SAMPLES, _EXTRA, _COLOUR_MAP, _PROFILE = 256, 257, 262, 277, 338, 320, 34675
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _INK, _CIELAB, _ICCLAB = 0, 1, 2, 3, 5, 8, 9
_MODELS: Final[dict[int, ColourModel]] = {
    _WHITE_IS_ZERO: "grey",
    _BLACK_IS_ZERO: "grey",
    _RGB: "rgb",
    _PALETTE: "rgb",
    _INK: "cmyk",
    _CIELAB: "lab",
    _ICCLAB: "lab",
}
_CHANNELS: Final[dict[ColourModel, int]] = {"grey": 1, "rgb": 3, "cmyk": 4, "lab": 3}
_PREMULTIPLIED, _ALPHA = 1, 2  # of ExtraSamples
_INK_SET, _CMYK = 332, 1
_USUAL_RANGES: Final = {"f": (1.0, 255.0, 65535.0), "u": (255.0, 65535.0), "i": (255.0, 65535.0)}


def read_tiff(data: bytes, max_pixels: int) -> Raster:
    """The first picture. Raises ImageError and what Pillow raises."""
    try:
        directory = directory_of(data)
        layout = Layout.of(directory)
    except (ValueError, struct.error):
        layout = None
    if layout is None:
        image = open_picture(TiffImageFile, data, max_pixels)
        return raster_of(image, orientation=1)  # Pillow has turned it
    check_size((layout.width, layout.height), max_pixels)
    return _Reader(data, directory, layout).raster()


@dataclass(frozen=True, eq=False)
class _Reader:
    data: bytes
    directory: Directory
    layout: Layout

    def raster(self) -> Raster:
        photometric = self.directory.number(_PHOTOMETRIC, _RGB if self.layout.samples >= 3 else _BLACK_IS_ZERO)
        known = photometric in _MODELS and (photometric != _INK or self.directory.number(_INK_SET, _CMYK) == _CMYK)
        if not known or self.layout.samples < self._channels(photometric):
            raise ImageError("This TIFF file has colours of a kind that we cannot read.")
        model, channels = _MODELS[photometric], self._channels(photometric)
        extra = self.directory.numbers(_EXTRA)
        if not extra and photometric == _RGB and self.layout.samples == 4:
            extra = [_ALPHA]  # the tag is missing in many files
        extra = extra[: self.layout.samples - channels]
        place = next((i for i, meaning in enumerate(extra) if meaning in (_PREMULTIPLIED, _ALPHA)), None)
        colour, alpha = self._samples(photometric, channels, None if place is None else channels + place)
        if photometric == _PALETTE:
            colour = self._mapped(colour[..., 0])
        if alpha is not None and place is not None and extra[place] == _PREMULTIPLIED:
            _divide(colour, alpha)
        if photometric == _WHITE_IS_ZERO:
            np.subtract(np.iinfo(colour.dtype).max, colour, out=colour)
        profile = self.directory.fields.get(_PROFILE)
        return Raster(
            model,
            colour,
            alpha,
            None if profile is None else profile.tobytes(),
            orientation=min(max(self.directory.number(ORIENTATION_TAG, 1), 1), 8),
        )

    def _channels(self, photometric: int) -> int:
        return 1 if photometric == _PALETTE else _CHANNELS[_MODELS[photometric]]

    def _samples(
        self, photometric: int, channels: int, alpha_sample: int | None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Colour (H, W, channels) and alpha (H, W), uint8 or uint16 whose range is the samples'."""
        layout = self.layout
        lab = _MODELS[photometric] == "lab"
        if lab and (layout.kind == "f" or layout.bits not in (8, 16)):
            raise ImageError("This TIFF file has colours of a kind that we cannot read.")
        deep = layout.bits > 8 and not lab
        colour = np.empty((layout.height, layout.width, channels), np.uint16 if deep else np.uint8)
        used = channels if alpha_sample is None else alpha_sample + 1
        alpha = None if alpha_sample is None else np.empty(colour.shape[:2], colour.dtype)
        low, high = _integer_range(layout) if layout.bits <= 16 and layout.kind != "f" else self._range(0, channels)
        alpha_range = (low, high)
        if alpha is not None and (layout.bits > 16 or layout.kind == "f"):
            alpha_range = self._range(used - 1, used)
        for segment in segments(self.data, layout, used):
            place = (slice(segment.top, segment.top + len(segment.values)), slice(segment.left, segment.right))
            for i in range(segment.values.shape[2]):
                values, sample = segment.values[..., i], segment.first_sample + i
                if sample >= channels:
                    if alpha is not None and sample == alpha_sample:
                        alpha[place] = _scaled(values, *alpha_range, alpha.dtype)
                elif lab:
                    colour[(*place, sample)] = _lab_bytes(values, sample, photometric, layout.bits)
                elif photometric == _PALETTE:
                    colour[(*place, sample)] = values
                else:
                    colour[(*place, sample)] = _scaled(values, low, high, colour.dtype)
        return colour, alpha

    def _range(self, first: int, last: int) -> tuple[float, float]:
        """Black and white of samples whose type has no usual range: the first usual one that holds all values.

        TIFF gives no meaning to them; 0 … 1, 0 … 255 and 0 … 65535 are what programs write. Otherwise least to greatest.
        """
        low, high = np.inf, -np.inf
        for segment in segments(self.data, self.layout, last):
            chosen = range(segment.first_sample, segment.first_sample + segment.values.shape[2])
            for i, sample in enumerate(chosen):
                values = segment.values[..., i]
                finite = values[np.isfinite(values)] if first <= sample < last else values[:0, 0]
                if finite.size:
                    low, high = min(low, float(finite.min())), max(high, float(finite.max()))
        if low >= 0:
            usual = _USUAL_RANGES[self.layout.kind]
            if self.layout.kind == "u":
                usual = (*usual, 2.0**self.layout.bits - 1)
            limit = next((limit for limit in usual if high <= limit), None)
            low, high = (low, high) if limit is None else (0.0, limit)
        return (low, high) if low < high else (low if np.isfinite(low) else 0.0, np.inf)

    def _mapped(self, indices: np.ndarray) -> np.ndarray:
        """Colours of a palette: 16 bits each, of which some writers use the lower eight only."""
        table = np.array(self.directory.numbers(_COLOUR_MAP))
        entries = 2**self.layout.bits
        if len(table) < 3 * entries or self.layout.bits > 8:
            raise ImageError("This TIFF file is damaged: its palette is missing or too short.")
        table = table[: 3 * entries].reshape(3, entries).T
        return (table if table.max() < 256 else table >> 8).astype(np.uint8)[indices]


def _integer_range(layout: Layout) -> tuple[float, float]:
    """All that the bits can say: for signed samples, too, the default of TIFF's SMinSampleValue and SMaxSampleValue."""
    if layout.kind == "i":
        return -(2.0 ** (layout.bits - 1)), 2.0 ** (layout.bits - 1) - 1
    return 0.0, 2.0**layout.bits - 1


def _scaled(values: np.ndarray, low: float, high: float, dtype: np.dtype) -> np.ndarray:
    """`low` … `high` to the whole range of `dtype`; not-a-number is black."""
    full = np.iinfo(dtype).max
    if values.dtype.kind == "u" and low == 0 and high == full:
        return values
    shares = (np.nan_to_num(values.astype(np.float64), nan=low, posinf=high, neginf=low) - low) / (high - low)
    return np.floor(shares.clip(0, 1) * full + 0.5).astype(dtype)


def _lab_bytes(values: np.ndarray, sample: int, photometric: int, bits: int) -> np.ndarray:
    """L* 0 … 100 as 0 … 255; a* and b* as signed bytes, of CIELab (signed, too) or ICCLab (with 128 in the middle)."""
    if sample == 0:
        return _scaled(values, 0, 65280 if photometric == _ICCLAB and bits == 16 else 2**bits - 1, np.dtype(np.uint8))
    offset = values.astype(np.uint16) ^ (2 ** (bits - 1) if photometric == _CIELAB else 0)
    return np.rint(offset / 2 ** (bits - 8)).clip(0, 255).astype(np.uint8) ^ 0x80


def _divide(colour: np.ndarray, alpha: np.ndarray) -> None:
    """Undo the multiplication of colour by alpha, in place."""
    full = np.iinfo(colour.dtype).max
    for row, cover in zip(colour, alpha, strict=True):
        divisor = np.maximum(cover, 1)[:, None].astype(np.uint32)
        row[:] = np.minimum((row.astype(np.uint32) * full + divisor // 2) // divisor, full)
