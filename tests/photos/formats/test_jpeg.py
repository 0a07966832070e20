"""JPEG: shown when all pixels are there, whatever else is broken or missing; refused when some are not.

Run: python -m pytest tests/photos/formats/test_jpeg.py
"""

from __future__ import annotations

import re
import struct

import numpy as np
import pytest
from photo_bytes import LINEAR_GREY, LINEAR_RGB
from photo_files import CUT_OFF, RANDOM, SMOOTH, encoded, message
from PIL import Image

from rfsq.photos.read import read_image

KINDS: dict[str, dict[str, object]] = {
    "sequential": {},
    "progressive": {"progressive": True},
    "restart markers": {"restart_marker_blocks": 2},
    "optimized": {"optimize": True},
    "grey": {},
    "ink": {},
}
FILES = {
    name: encoded(
        Image.fromarray(RANDOM).convert({"grey": "L", "ink": "CMYK"}.get(name, "RGB")), "JPEG", quality=90, **options
    )
    for name, options in KINDS.items()
}


def segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("end", [b"", b"\xff", b"\0\0", b"\0" * 50, b"\xff\xd9junk", b"\xff\xff\xff\xd9"])
def test_the_end_marker_may_be_missing_or_be_followed_by_anything(name: str, end: bytes) -> None:
    np.testing.assert_array_equal(read_image(FILES[name][:-2] + end), read_image(FILES[name]))


@pytest.mark.parametrize("name", FILES)
def test_missing_pixels_are_refused_however_few(name: str) -> None:
    for missing in (5, 8, 30, 100, len(FILES[name]) // 2):
        assert message(FILES[name][:-missing]) == CUT_OFF


def test_a_progressive_file_without_its_last_scan_is_incomplete() -> None:
    file = encoded(SMOOTH, "JPEG", quality=90, progressive=True)
    last = [scan.start() for scan in re.finditer(b"\xff\xda", file)][-1]
    assert message(file[:last]) == CUT_OFF
    assert message(file[: file.rindex(b"\xff\xc4", 0, last)]) == CUT_OFF


PLAIN = encoded(SMOOTH, "JPEG", quality=90)


@pytest.mark.parametrize(
    "extra",
    [
        segment(0xE1, b"Exif\0\0MM\0*\xff\xff\xff\xff"),
        segment(0xE1, b"Exif\0\0garbage"),
        segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\x63\0\0\0"),  # orientation 99
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<broken"),
        segment(0xE2, b"MPF\0garbage"),
        segment(0xE2, b"ICC_PROFILE\0"),
        segment(0xE2, b"ICC_PROFILE\0\2\3" + LINEAR_RGB[:50]),
        segment(0xE2, b"ICC_PROFILE\0\1\1" + b"\xff" * 200),
        segment(0xED, b"Photoshop 3.0\0" + b"8BIM\4\4\0\0\xff\xff\xff\xff"),
        segment(0xEE, b"Adobe"),
        segment(0xE0, b"JFIF"),
        segment(0xE5, b""),
        segment(0xFE, b"x" * 65_000) * 50,
        b"\xff\xff\xff",
    ],
)
def test_extras_that_are_broken_do_not_cost_the_picture(extra: bytes) -> None:
    np.testing.assert_array_equal(read_image(PLAIN[:2] + extra + PLAIN[2:]), read_image(PLAIN))


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_profiles_in_one_part_or_several_in_any_order(mode: str) -> None:
    picture = encoded(Image.new(mode, (8, 8), 55 if mode == "L" else (55, 55, 55)), "JPEG", quality=100)
    for profile in (LINEAR_RGB, LINEAR_GREY) if mode == "L" else (LINEAR_RGB,):
        whole = segment(0xE2, b"ICC_PROFILE\0\1\1" + profile)
        first, second = profile[:100], profile[100:]
        parts = segment(0xE2, b"ICC_PROFILE\0\2\2" + second) + segment(0xE2, b"ICC_PROFILE\0\1\2" + first)
        for segments in (whole, parts):
            assert np.abs(read_image(picture[:2] + segments + picture[2:]).astype(int) - 128).max() <= 1


def test_ink_with_and_without_adobe_marker_and_with_a_profile_for_other_colours() -> None:
    ink = Image.new("CMYK", (8, 8), (200, 100, 50, 20))
    file = encoded(ink, "JPEG", quality=100)
    at = file.index(b"\xff\xee")
    without = file[:at] + file[at + 2 + struct.unpack_from(">H", file, at + 2)[0] :]
    for data in (file, without, encoded(ink, "JPEG", quality=100, icc_profile=LINEAR_RGB)):
        np.testing.assert_allclose(read_image(data)[4, 4], [50, 142, 188], atol=1)
