"""Format, size and missing ends are told from the bytes, before anything is decoded.

Run: python -m pytest tests/photos/test_headers.py
"""

from __future__ import annotations

import struct

import pytest
from photo_files import CUT_OFF, FILES, LOSSLESS, LOSSY, NOT_A_PICTURE, RANDOM, encoded, message, png_header
from PIL import Image, ImageFile

from rfsq.photos.formats import tiff_samples

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow's remarks on the broken files made here


@pytest.mark.parametrize(
    "data", [b"GIF", b"hello", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"<svg/>", b"RIFF\0\0\0\0WAVE", b"\0" * 99]
)
def test_other_files_are_not_pictures(data: bytes) -> None:
    assert message(data) == NOT_A_PICTURE


@pytest.mark.parametrize("kind", ["EPS", "PDF", "PPM", "ICO", "TGA", "PCX", "JPEG2000", "ICNS", "DDS", "SGI"])
def test_formats_that_only_pillow_knows_are_not_opened(kind: str) -> None:
    assert message(encoded(Image.fromarray(RANDOM).resize((16, 16)), kind)) == NOT_A_PICTURE


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_in_the_middle_says_so(name: str) -> None:
    for share in (0.3, 0.6, 0.9):
        assert message(FILES[name][: int(len(FILES[name]) * share)]) == CUT_OFF


@pytest.mark.parametrize("name", FILES)
def test_too_many_pixels_are_refused_before_decoding(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decode)
    monkeypatch.setattr(Image, "_getdecoder", decode)
    monkeypatch.setattr(tiff_samples, "_unpacked", decode)
    assert message(FILES[name], max_pixels=767) == (
        "This picture has 0.1 megapixels; the limit is 0.000767. A smaller copy will work."
    )
    assert "damaged" in message(FILES[name], max_pixels=768)  # now it is decoded


def test_the_sentence_states_megapixels_and_limit() -> None:
    tail = "megapixels; the limit is 50. A smaller copy will work."
    assert message(png_header(9000, 9000)) == f"This picture has 81 {tail}"
    assert message(png_header(10_000, 5_001)) == f"This picture has 50.1 {tail}"
    assert message(png_header(10_000, 5_000)) == CUT_OFF  # 50 are allowed, but here they are missing
    assert message(png_header(2**31 - 1, 2**31 - 1)) == f"This picture has 4611686014132.5 {tail}"


@pytest.mark.parametrize(
    "chunk", [b"VP8X\x0a\0\0\0\0\0\0\0" + b"\xff\x3f\0" * 2, b"VP8L\x05\0\0\0\x2f\xff\xff\xff\x0f"]
)
def test_a_webp_canvas_is_checked_before_it_is_allocated(chunk: bytes) -> None:
    file = b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk
    assert message(file).startswith("This picture has 268.5 megapixels")


def test_a_gif_frame_larger_than_its_screen_is_checked() -> None:
    file = bytearray(LOSSY["gif"])
    place = file.index(b"\x2c\0\0\0\0" + struct.pack("<HH", 32, 24))
    file[place + 5 : place + 9] = struct.pack("<HH", 10_000, 6_000)
    assert message(bytes(file)).startswith("This picture has 60 megapixels")
    file[place + 5 : place + 9] = struct.pack("<HH", 65_535, 65_535)
    assert message(bytes(file)) == "This picture is too large; the limit is 50 megapixels."


def test_pictures_without_pixels_are_refused() -> None:
    assert message(png_header(0, 5)) == "This picture has no pixels: it is 0 × 5."
    bmp = bytearray(LOSSLESS["bmp"])
    bmp[22:26] = bytes(4)
    assert message(bytes(bmp)) == "This picture has no pixels: it is 32 × 0."
    gif = bytearray(LOSSY["gif"])
    place = gif.index(b"\x2c\0\0\0\0" + struct.pack("<HH", 32, 24))
    gif[6:10] = gif[place + 5 : place + 9] = bytes(4)
    assert message(bytes(gif)).startswith("This picture has no pixels")
    tiff = LOSSLESS["tiff"]
    width_tag = struct.pack("<HHI", 256, 4, 1) + struct.pack("<I", 32)
    assert width_tag in tiff
    assert message(tiff.replace(width_tag, width_tag[:8] + bytes(4))).startswith("This picture has no pixels")


def test_damage_is_told_from_a_cut() -> None:
    file = bytearray(LOSSLESS["png"])
    file[43:60] = b"\xff" * 17  # the first bytes behind zlib's own two
    assert message(bytes(file)) == "This PNG file is damaged: not all of its pixels can be read."


def test_a_tiff_directory_beyond_any_address_is_refused() -> None:
    assert message(b"II+\0\x08\0\0\0" + b"\xff" * 8) == CUT_OFF
    assert message(b"II*\0" + b"\xff" * 4) == CUT_OFF
