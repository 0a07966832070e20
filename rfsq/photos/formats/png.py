"""PNG (W3C PNG, third edition). Pillow undoes filters and interlacing; the chunks are read here.

Pillow refuses a picture for its extras (text or profile above a limit, a wrong checksum of a chunk that only adds to the
picture), drops the lower byte of 16-bit colours and compares the transparent colour after scaling. Where the standard
leaves a choice, Chromium decides.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final

import numpy as np
from PIL import Image

from rfsq.photos.colour_space import ColourSpace, space_of_codes, space_of_gamma
from rfsq.photos.errors import CUT_OFF, ImageError
from rfsq.photos.headers import check_size
from rfsq.photos.icc import colours_of
from rfsq.photos.orientation import orientation_of
from rfsq.photos.raster import ColourModel, Raster

_MAX_PROFILE: Final = 16_000_000  # bytes; larger than any in use, and refused before they are all inflated
_PIECE: Final = 1 << 20
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
_DEPTHS: Final = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_PASSES: Final = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))

# Pillow's mode and raw modes that hand out the bytes as they are, by bits of a pixel. Those of 48 and 64 bits keep one
# byte of each sample: the upper, read as big-endian, the lower, read as little-endian.
_RAW: Final = {
    1: ("P", ("P;1",)),
    2: ("P", ("P;2",)),
    4: ("P", ("P;4",)),
    8: ("P", ("P",)),
    16: ("LA", ("LA",)),
    24: ("RGB", ("RGB",)),
    32: ("RGBA", ("RGBA",)),
    48: ("RGB", ("RGB;16B", "RGB;16L")),
    64: ("RGBA", ("RGBA;16B", "RGBA;16L")),
}


def read_png(data: bytes, max_pixels: int) -> Raster:
    """The picture, of an animated file the one that plain readers show. Raises ImageError and what Pillow raises."""
    width, height, depth, colour_type, interlace = _header(data)
    check_size((width, height), max_pixels)
    chunks: dict[bytes, bytes] = {}
    pieces: list[memoryview] = []
    for name, body, intact in _chunks(data):
        if name == b"IDAT":
            pieces.append(body)
        elif name == b"PLTE" and not intact:
            raise ImageError("This PNG file is damaged: its palette is wrong.")
        elif name[0] < 97 and name not in (b"IHDR", b"PLTE", b"IEND"):  # a capital letter: nobody may skip it
            raise ImageError("This PNG file has a part that we do not know and must not skip.")
        elif intact and name not in chunks and not (name == b"tRNS" and colour_type == 3 and b"PLTE" not in chunks):
            chunks[name] = bytes(body)
    samples = _samples(pieces, (width, height), depth, colour_type, interlace)
    colour, alpha = _meaning(samples, depth, colour_type, chunks)
    model: ColourModel = "grey" if colour.shape[2] == 1 else "rgb"
    orientation = orientation_of(chunks.get(b"eXIf"))
    space = _space_of_codes(chunks.get(b"cICP", b""))
    if space is not None:
        return Raster(model, colour, alpha, None, space, orientation)
    profile = _profile(chunks.get(b"iCCP", b""))
    if profile is None and b"sRGB" not in chunks:
        space = _space_of_gamma(chunks.get(b"gAMA", b""), chunks.get(b"cHRM", b""))
    return Raster(model, colour, alpha, profile, space, orientation)


def _header(data: bytes) -> tuple[int, int, int, int, int]:
    if len(data) < 33:
        raise ImageError(CUT_OFF)
    width, height, depth, colour_type, compression, filtering, interlace = struct.unpack_from(">IIBBBBB", data, 16)
    if data[12:16] != b"IHDR" or zlib.crc32(data[12:29]) != int.from_bytes(data[29:33], "big"):
        raise ImageError("This PNG file is damaged: its header is wrong.")
    if depth not in _DEPTHS.get(colour_type, ()) or compression or filtering or interlace > 1:
        raise ImageError("This PNG file is damaged or of a kind we cannot read.")
    return width, height, depth, colour_type, interlace


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview, bool]]:
    """Name, body and whether its checksum is right, up to the end chunk or the end of the file."""
    view, at = memoryview(data), 8
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        body = view[at + 8 : at + 8 + length]
        stored = data[at + 8 + length : at + 12 + length]
        # Pixels have a checksum of their own, and Chromium shows them even where that is wrong.
        intact = name == b"IDAT" or zlib.crc32(body, zlib.crc32(name)) == int.from_bytes(stored, "big")
        yield name, body, intact
        if name == b"IEND":
            return
        at += 12 + length


def _samples(
    pieces: list[memoryview], size: tuple[int, int], depth: int, colour_type: int, interlace: int
) -> np.ndarray:
    """(H, W, channels) uint8 or uint16, in the file's own range 0 … 2^depth - 1."""
    width, height = size
    channels = _CHANNELS[colour_type]
    mode, raw_modes = _RAW[depth * channels]
    planes = [np.asarray(_unfiltered(pieces, size, depth * channels, interlace, mode, raw)) for raw in raw_modes]
    if len(planes) == 2:
        return planes[0].astype(np.uint16) << 8 | planes[1]
    samples = planes[0].reshape(height, width, -1)
    if depth == 16:
        return np.ascontiguousarray(samples).view(">u2").astype(np.uint16)
    return samples


def _unfiltered(
    pieces: list[memoryview], size: tuple[int, int], bits: int, interlace: int, mode: str, raw_mode: str
) -> Image.Image:
    """Pixels by Pillow's decoder, which gets exactly the bytes that they need.

    Inflated here first and passed on as a stream that stores them: Pillow tells neither missing rows from whole ones,
    nor lets a wrong checksum behind the last row pass.
    """
    needed = _byte_count(size, bits, interlace)
    image = Image.new(mode, size)
    decoder = Image._getdecoder(mode, "zip", (raw_mode, interlace))
    decoder.setimage(image.im, (0, 0, *size))
    store = zlib.compressobj(0)
    waiting: bytes | None = b""  # what the decoder has not taken yet; None when it has all rows and must not be asked
    for inflated in _inflated(pieces, needed):
        needed -= len(inflated)
        if waiting is not None:
            waiting = _feed(decoder, waiting + store.compress(inflated))
    if needed > 0:
        raise ImageError(CUT_OFF)
    if waiting is not None:
        _feed(decoder, waiting + store.flush())
    return image


def _inflated(pieces: list[memoryview], needed: int) -> Iterator[bytes]:
    """At most `needed` bytes, in parts of bounded size."""
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)  # without its header, and so without its checksum at the end
    for piece in [*_without_start(pieces, 2), memoryview(b"")]:
        for start in range(0, max(len(piece), 1), _PIECE):
            deflated: bytes | memoryview = piece[start : start + _PIECE]
            full = True  # there may be more in the inflater than the limit let out
            while full and needed > 0 and not inflate.eof:
                limit = min(needed, _PIECE)
                try:
                    part = inflate.decompress(deflated, limit)
                except zlib.error:
                    raise ImageError("This PNG file is damaged: not all of its pixels can be read.") from None
                yield part
                needed -= len(part)
                deflated, full = inflate.unconsumed_tail, len(part) == limit
    if needed > 0 and inflate.eof:
        raise ImageError("This PNG file is damaged: not all of its pixels are there.")


def _without_start(pieces: list[memoryview], count: int) -> Iterator[memoryview]:
    for piece in pieces:
        yield piece[count:]
        count = max(0, count - len(piece))


def _feed(decoder: object, stored: bytes) -> bytes | None:
    """What the decoder has not taken; None when it is done."""
    used, error = decoder.decode(stored)  # type: ignore[attr-defined]
    if error < 0:
        raise ImageError("This PNG file is damaged or of a kind we cannot read.")
    return None if used < 0 else stored[used:]


def _byte_count(size: tuple[int, int], bits: int, interlace: int) -> int:
    """Bytes of all rows, each with its filter's byte in front."""
    width, height = size
    if not interlace:
        return height * (1 + (width * bits + 7) // 8)
    total = 0
    for x, y, dx, dy in _PASSES:
        columns, rows = -(-(width - x) // dx), -(-(height - y) // dy)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits + 7) // 8)
    return total


def _meaning(
    samples: np.ndarray, depth: int, colour_type: int, chunks: dict[bytes, bytes]
) -> tuple[np.ndarray, np.ndarray | None]:
    """Colour and alpha of samples in the file's own range."""
    full = 2**depth - 1
    key = chunks.get(b"tRNS", b"")
    if colour_type == 3:
        return _palette(samples[..., 0], chunks.get(b"PLTE", b""), key)
    if colour_type in (4, 6):
        return samples[..., :-1], samples[..., -1]
    alpha = None
    channels = samples.shape[2]
    if len(key) >= 2 * channels:  # compared before any scaling, in as many bits as the samples have
        wanted = np.frombuffer(key, ">u2", channels) & full
        opaque = samples[..., 0] != wanted[0]
        for c in range(1, channels):
            opaque |= samples[..., c] != wanted[c]
        alpha = np.where(opaque, np.iinfo(samples.dtype).max, 0).astype(samples.dtype)
    return (samples * (255 // full) if depth < 8 else samples), alpha


def _palette(indices: np.ndarray, colours: bytes, cover: bytes) -> tuple[np.ndarray, np.ndarray | None]:
    table = np.frombuffer(colours, np.uint8, len(colours) // 3 * 3).reshape(-1, 3)
    if not 0 < len(table) <= 256:
        raise ImageError("This PNG file is damaged: its palette is missing or too long.")
    table = table[np.arange(256).clip(max=len(table) - 1)]  # beyond the end the last one, as browsers do
    if not cover:
        return table[indices], None
    alphas = np.full(256, 255, np.uint8)
    alphas[: min(len(cover), 256)] = np.frombuffer(cover[:256], np.uint8)
    return table[indices], alphas[indices]


def _profile(chunk: bytes) -> bytes | None:
    """The ICC profile of an iCCP chunk: name, zero, method 0, deflated bytes. None when it is not a profile."""
    name, zero, packed = chunk.partition(b"\0")
    if not zero or len(name) > 79 or packed[:1] != b"\0":
        return None
    inflate = zlib.decompressobj()
    try:
        profile = inflate.decompress(packed[1:], _MAX_PROFILE)
    except zlib.error:
        return None
    return profile if inflate.eof and colours_of(profile) else None


def _space_of_codes(chunk: bytes) -> ColourSpace | None:
    if len(chunk) != 4 or chunk[2:] != b"\0\1":  # RGB in full range: Chromium takes no other cICP
        return None
    return space_of_codes(chunk[0], chunk[1])


def _space_of_gamma(gamma: bytes, chromaticities: bytes) -> ColourSpace | None:
    if len(gamma) != 4:
        return None
    primaries = None
    if len(chromaticities) == 32:
        white_x, white_y, *rest = (value / 100_000 for value in struct.unpack(">8I", chromaticities))
        primaries = (*rest, white_x, white_y)
    return space_of_gamma(int.from_bytes(gamma, "big") / 100_000, primaries)
