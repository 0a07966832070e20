"""JPEG. Pillow decodes; what only adds to the picture is taken away before it could cost the picture."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from PIL.JpegImagePlugin import JpegImageFile

from rfsq.photos.formats.pillow import open_picture, open_whole, raster_of
from rfsq.photos.orientation import orientation_of
from rfsq.photos.raster import Raster

_EOI: Final = b"\xff\xd9"
_SOS, _APP1, _APP2, _APP15, _COMMENT = 0xDA, 0xE1, 0xE2, 0xEF, 0xFE
_COLOUR_BYTES: Final = {0xE0: 14, 0xEE: 12}  # JFIF and Adobe, by marker
_EXIF: Final = b"Exif\0\0"
_PROFILE: Final = b"ICC_PROFILE\0"
_PROGRESSIVE: Final = (0xC2, 0xCA)
_NO_LENGTH: Final = (0x01, *range(0xD0, 0xD9))


def read_jpeg(data: bytes, max_pixels: int) -> Raster:
    """The picture, the first of a file of several. Raises ImageError and what Pillow raises."""
    parts = _parts(data)
    if _all_scans(parts):
        image = open_whole(JpegImageFile, parts.needed, max_pixels, _EOI)
    else:
        image = open_picture(JpegImageFile, parts.needed, max_pixels)
    if parts.profile:
        image.info["icc_profile"] = parts.profile
    return raster_of(image, orientation=orientation_of(parts.exif))


class _Parts(NamedTuple):
    needed: bytes  # the segments that decoding needs and everything from the first scan on
    exif: bytes
    profile: bytes
    progressive: int  # components of a progressive frame, else 0
    first_scan: int  # its place in `needed`


def _parts(data: bytes) -> _Parts:
    kept, exif, progressive = [data[:2]], b"", 0
    profiles: dict[int, bytes] = {}
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF or data[at + 1] in (0xFF, 0):  # padding, or bytes that belong to nothing
            at += 1
            continue
        marker = data[at + 1]
        if marker == _SOS:
            break
        end = at + 2 if marker in _NO_LENGTH else at + 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
        body = data[at + 4 : end]
        if marker == _APP1 and body.startswith(_EXIF):
            exif = exif or body
        elif marker == _APP2 and body.startswith(_PROFILE) and len(body) > 14:
            profiles.setdefault(body[12], body[14:])
        elif marker in _PROGRESSIVE and len(body) > 5:
            progressive = body[5]
        # Two of the segments that programs add tell the decoder how colours are stored; shorter ones it does not know.
        if len(body) >= _COLOUR_BYTES.get(marker, 0) and (
            marker in _COLOUR_BYTES or not (_APP1 <= marker <= _APP15 or marker == _COMMENT)
        ):
            kept.append(data[at:end])
        at = end
    scans = data[at:].rstrip(b"\xff")
    profile = b"".join(profiles[part] for part in sorted(profiles))
    return _Parts(b"".join([*kept, scans]), exif, profile, progressive, sum(map(len, kept)))


def _all_scans(parts: _Parts) -> bool:
    """Whether the scans of a progressive file reach the last bit of every coefficient (ITU-T T.81, annex G).

    True for a sequential one, whose scans have all bits of their components.
    """
    if not parts.progressive:
        return True
    bits_left: dict[tuple[int, int], int] = {}
    for scan in re.finditer(rb"\xff\xda..(.)", parts.needed[parts.first_scan :], re.DOTALL):
        count, at = scan[1][0], parts.first_scan + scan.end()
        header = parts.needed[at : at + 2 * count + 3]
        if len(header) < 2 * count + 3:
            return False
        first, last, bits = header[2 * count :]
        for component in header[: 2 * count : 2]:
            for coefficient in range(first, min(last, 63) + 1):
                bits_left[component, coefficient] = bits & 15
    return len(bits_left) == 64 * parts.progressive and not any(bits_left.values())
