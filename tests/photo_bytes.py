"""Files built byte by byte: PNG chunks, ICC profiles and TIFF directories that no encoder writes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import numpy as np


def png_chunk(name: bytes, body: bytes, damaged: bool = False) -> bytes:
    """With a wrong checksum if `damaged`."""
    checksum = zlib.crc32(name + body) ^ damaged
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", checksum)


def png(
    width: int, height: int, depth: int, colour_type: int, rows: bytes, *extras: bytes, interlace: int = 0
) -> bytes:
    """`rows`: each with its filter's byte in front; `extras`: whole chunks in front of the pixels."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, interlace))
    pixels = png_chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extras) + pixels + png_chunk(b"IEND", b"")


def words(*values: int) -> bytes:
    """Big-endian 16-bit samples."""
    return struct.pack(f">{len(values)}H", *values)


# ------------------------------------------------------------------------------------------- ICC


def _fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *[round(value * 65536) for value in values])


def gamma_curve(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def parametric_curve(kind: int, *values: float) -> bytes:
    return b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + _fixed(*values)


SRGB_COLUMNS = ((0.4360, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))


def profile(space: bytes, tags: Sequence[tuple[bytes, bytes]], kind: bytes = b"mntr") -> bytes:
    table = body = b""
    start = 132 + 12 * len(tags)
    for name, value in tags:
        table += name + struct.pack(">II", start + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    head = struct.pack(">I", start + len(body)) + bytes(4) + b"\x02\x40\0\0" + kind + space + b"XYZ " + bytes(12)
    head += b"acsp" + bytes(28) + _fixed(0.9642, 1, 0.8249)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def rgb_profile(curve: bytes, columns: Sequence[Sequence[float]] = SRGB_COLUMNS) -> bytes:
    tags = [
        (name + b"XYZ", b"XYZ \0\0\0\0" + _fixed(*xyz)) for name, xyz in zip((b"r", b"g", b"b"), columns, strict=True)
    ]
    return profile(b"RGB ", [*_COMMON, *tags, *[(name + b"TRC", curve) for name in (b"r", b"g", b"b")]])


def grey_profile(curve: bytes) -> bytes:
    return profile(b"GRAY", [*_COMMON, (b"kTRC", curve)])


_COMMON = [
    (b"desc", b"desc\0\0\0\0\0\0\0\2x\0" + bytes(78)),
    (b"cprt", b"text\0\0\0\0x\0"),
    (b"wtpt", b"XYZ \0\0\0\0" + _fixed(0.9642, 1, 0.8249)),
]
LINEAR_GREY = grey_profile(gamma_curve(1))
LINEAR_RGB = rgb_profile(gamma_curve(1))


# ------------------------------------------------------------------------------------------- TIFF


def tiff(
    samples: np.ndarray,
    photometric: int,
    bits: int,
    *,
    sample_format: int = 1,
    order: str = "<",
    compression: int = 1,
    predictor: int = 1,
    rows_per_strip: int | None = None,
    tile: tuple[int, int] | None = None,
    separate: bool = False,
    extra: Sequence[int] = (),
    fill_order: int = 1,
    fields: dict[int, tuple[int, bytes]] | None = None,
) -> bytes:
    """A TIFF file of `samples`, (H, W, samples of a pixel); `tile`: height and width; `fields`: type and bytes by tag."""
    height, width, count = samples.shape
    planes = [samples[..., i : i + 1] for i in range(count)] if separate else [samples]
    step, across = (tile[0], tile[1]) if tile else (rows_per_strip or height, width)
    parts = []
    for plane in planes:
        for top in range(0, height, step):
            for left in range(0, width, across):
                part = plane[top : top + step, left : left + across]
                if tile:
                    part = np.pad(part, ((0, tile[0] - part.shape[0]), (0, tile[1] - part.shape[1]), (0, 0)))
                packed = _pack(part, bits, order, predictor)
                if fill_order == 2:
                    packed = np.packbits(np.unpackbits(np.frombuffer(packed, np.uint8)), bitorder="little").tobytes()
                parts.append(_compress(packed, compression))
    short, long = (
        (lambda *v: (3, struct.pack(f"{order}{len(v)}H", *v))),
        (lambda *v: (4, struct.pack(f"{order}{len(v)}I", *v))),
    )
    entries = {256: long(width), 257: long(height), 258: short(*[bits] * count), 259: short(compression)}
    entries |= {262: short(photometric), 277: short(count), 339: short(*[sample_format] * count)}
    entries |= {266: short(fill_order), 284: short(2 if separate else 1), 317: short(predictor)}
    if extra:
        entries[338] = short(*extra)
    entries |= fields or {}
    sizes = [len(part) for part in parts]
    entries |= (
        {322: long(tile[1]), 323: long(tile[0]), 325: long(*sizes)} if tile else {278: long(step), 279: long(*sizes)}
    )
    offsets_tag = 324 if tile else 273
    entries[offsets_tag] = long(*[0] * len(parts))
    start = 8 + 2 + 12 * len(entries) + 4
    total = sum(len(value) + len(value) % 2 for _, value in entries.values() if len(value) > 4)
    places = np.cumsum([start + total, *sizes[:-1]])
    entries[offsets_tag] = long(*places.tolist())
    table = blob = b""
    for tag, (kind, value) in sorted(entries.items()):
        number = len(value) // {1: 1, 2: 1, 3: 2, 4: 4, 7: 1}[kind]
        if len(value) > 4:
            stored = struct.pack(f"{order}I", start + len(blob))
            blob += value + bytes(len(value) % 2)
        else:
            stored = value.ljust(4, b"\0")
        table += struct.pack(f"{order}HHI", tag, kind, number) + stored
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, len(entries))
    return head + table + bytes(4) + blob + b"".join(parts)


def _pack(part: np.ndarray, bits: int, order: str, predictor: int) -> bytes:
    height, width, count = part.shape
    if bits in (8, 16, 32, 64):
        stored = np.ascontiguousarray(part)
        whole = stored.view(f"u{bits // 8}") if stored.itemsize == bits // 8 else stored.astype(f"u{bits // 8}")
        if predictor == 2:
            whole = np.diff(whole, axis=1, prepend=np.zeros((height, 1, count), whole.dtype))
        if predictor == 3:
            planes = whole.astype(f">u{bits // 8}").view(np.uint8).reshape(height, width * count, bits // 8)
            planes = planes.transpose(0, 2, 1).reshape(height, -1, count)
            return np.diff(planes, axis=1, prepend=np.zeros((height, 1, count), np.uint8)).tobytes()
        return whole.astype(f"{order}u{bits // 8}").tobytes()
    ones = part.astype(np.int64)[..., None] >> np.arange(bits)[::-1] & 1
    return np.packbits(ones.reshape(height, -1).astype(np.uint8), axis=1).tobytes()


def _compress(data: bytes, compression: int) -> bytes:
    if compression == 8:
        return zlib.compress(data)
    if compression == 32773:  # PackBits: literal runs
        return b"".join(bytes([len(data[at : at + 128]) - 1]) + data[at : at + 128] for at in range(0, len(data), 128))
    if compression == 5:  # LZW of literals alone, the table cleared before codes need more than nine bits
        codes = [code for at in range(0, len(data), 200) for code in (256, *data[at : at + 200])] + [257]
        ones = np.array(codes)[:, None] >> np.arange(9)[::-1] & 1
        return np.packbits(ones.astype(np.uint8)).tobytes()
    return data
