"""AVIF. Pillow decodes; the boxes (ISO/IEC 23008-12) are read for the colour space, which Pillow does not hand out."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from PIL.AvifImagePlugin import AvifImageFile

from rfsq.photos.colour_space import space_of_lenient_codes
from rfsq.photos.formats.pillow import open_picture, raster_of
from rfsq.photos.raster import Raster


def read_avif(data: bytes, max_pixels: int) -> Raster:
    """The picture, the first of a sequence. Raises ImageError and what Pillow raises."""
    codes = None
    try:
        place, meta = next((place, body) for name, place, body in _boxes(data) if name == b"meta")
        codes = _code_points(meta)
        data = _without_exif(data, place, meta)
    except (StopIteration, struct.error, IndexError):
        pass  # what cannot be found adds nothing; whether there is a picture at all is Pillow's to say
    image = open_picture(AvifImageFile, data, max_pixels)
    return raster_of(image, None if codes is None else space_of_lenient_codes(*codes))


def _boxes(data: bytes, start: int = 0) -> Iterator[tuple[bytes, int, bytes]]:
    """Name, place of the body and body of each box from `start` on."""
    at = start
    while at + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            size, head = struct.unpack_from(">Q", data, at + 8)[0], 16
        end = len(data) if size == 0 else min(len(data), at + max(size, head))
        yield name, at + head, data[at + head : end]
        at = end


def _code_points(meta: bytes) -> tuple[int, int] | None:
    """Primaries and transfer of the primary item's nclx box; None without one, or with a profile, which counts more."""
    children = {name: body for name, _, body in reversed(list(_boxes(meta, 4)))}
    primary = int.from_bytes(children[b"pitm"][4:], "big") if b"pitm" in children else -1
    properties = {name: body for name, _, body in _boxes(children.get(b"iprp", b""))}
    stored = [(name, body) for name, _, body in _boxes(properties.get(b"ipco", b""))]
    codes = None
    for index in _associated(properties.get(b"ipma", b""), primary):
        name, body = stored[index - 1] if 0 < index <= len(stored) else (b"", b"")
        if name == b"colr" and body[:4] in (b"prof", b"rICC"):
            return None
        if name == b"colr" and body[:4] == b"nclx" and codes is None:
            codes = struct.unpack_from(">HH", body, 4)
    return codes


def _associated(ipma: bytes, item: int) -> list[int]:
    """Numbers, from 1, of the properties that belong to the item."""
    version, wide = ipma[0], ipma[3] & 1
    (count,) = struct.unpack_from(">I", ipma, 4)
    at = 8
    for _ in range(count):
        name, size = struct.unpack_from(">IB" if version else ">HB", ipma, at)
        at += 5 if version else 3
        numbers = struct.unpack_from(f">{size}{'H' if wide else 'B'}", ipma, at)
        at += size * (2 if wide else 1)
        if name == item:
            return [number & (0x7FFF if wide else 0x7F) for number in numbers]
    return []


def _without_exif(data: bytes, place: int, meta: bytes) -> bytes:
    """The EXIF item under a name that nobody reads: a broken one costs nothing then, and boxes tell the orientation."""
    for name, at, body in _boxes(meta, 4):
        if name == b"iinf" and b"Exif" in body:
            start = place + at
            return data[:start] + body.replace(b"Exif", b"skip") + data[start + len(body) :]
    return data
