"""PNG: extras never cost the picture, keys are compared before scaling, colour is what Chromium shows.

The numbers of colours were read from a canvas of Chromium 156.
Run: python -m pytest tests/photos/formats/test_png.py
"""

from __future__ import annotations

import os
import struct
import zlib

import numpy as np
import pytest
from photo_bytes import LINEAR_GREY, LINEAR_RGB, gamma_curve, grey_profile, png, png_chunk, words
from photo_files import CUT_OFF, RANDOM, SRGB, encoded, message
from PIL import Image

from rfsq.photos.read import read_image

COLOURS = bytes([200, 50, 50, 55, 55, 55, 180, 180, 180, 20, 100, 240])
ROW = b"\0" + COLOURS
PLAIN = np.frombuffer(COLOURS, np.uint8).reshape(1, 4, 3).tolist()
GREY = b"\0\x37"  # 55


def icc(profile: bytes, name: bytes = b"p") -> bytes:
    return png_chunk(b"iCCP", name + b"\0\0" + zlib.compress(profile))


def gamma(value: int, damaged: bool = False) -> bytes:
    return png_chunk(b"gAMA", struct.pack(">I", value), damaged)


P3 = png_chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000))
BT709 = png_chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000))

# ------------------------------------------------------------------------------------------- extras


LONG_TEXT = os.urandom(600_000).hex().encode()
EXTRAS = {
    "long zTXt": png_chunk(b"zTXt", b"a\0\0" + zlib.compress(LONG_TEXT)),
    "long iTXt": png_chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(LONG_TEXT)),
    "long tEXt": png_chunk(b"tEXt", b"a\0" + LONG_TEXT),
    "hundreds of texts": png_chunk(b"zTXt", b"a\0\0" + zlib.compress(b"x" * 1_000_000)) * 100,
    "zTXt that does not inflate": png_chunk(b"zTXt", b"a\0\0nonsense"),
    "text without a zero": png_chunk(b"zTXt", b"nonull"),
    "iCCP without a zero": png_chunk(b"iCCP", b"nonull"),
    "iCCP that does not inflate": png_chunk(b"iCCP", b"p\0\0nonsense"),
    "iCCP that is no profile": icc(b"\xff" * 400),
    "profile cut off": icc(SRGB[:200]),
    "long profile": icc(struct.pack(">I", 1_500_000) + SRGB[4:] + bytes(1_500_000 - len(SRGB))),
    "profile of 100 MB": icc(SRGB + bytes(100_000_000)),
    "profile of grey": icc(LINEAR_GREY),
    "short pHYs": png_chunk(b"pHYs", b"\0"),
    "short gAMA": png_chunk(b"gAMA", b"\0"),
    "gamma of zero": gamma(0),
    "short cHRM": gamma(45455) + png_chunk(b"cHRM", b"\0"),
    "chromaticities of zero": gamma(45455) + png_chunk(b"cHRM", bytes(32)),
    "short cICP": png_chunk(b"cICP", bytes([12, 13, 0])),
    "cICP of another matrix": png_chunk(b"cICP", bytes([12, 13, 1, 1])),
    "cICP of limited range": png_chunk(b"cICP", bytes([12, 13, 0, 0])),
    "cICP that is unspecified": png_chunk(b"cICP", bytes([2, 8, 0, 1])),
    "cICP of an unknown curve": png_chunk(b"cICP", bytes([12, 99, 0, 1])),
    "broken EXIF": png_chunk(b"eXIf", b"MM\0*\xff\xff\xff\xff"),
    "short acTL": png_chunk(b"acTL", b"\0"),
    "short fcTL": png_chunk(b"fcTL", b"\0"),
    "short tRNS": png_chunk(b"tRNS", b"\0"),
    "unknown": png_chunk(b"abCd", b"x"),
    "sRGB and gamma": gamma(100_000) + png_chunk(b"sRGB", b"\0"),
    "chromaticities alone": P3,
}
CHECKED = {
    "pHYs": struct.pack(">IIB", 1, 1, 1),
    "tEXt": b"a\0b",
    "gAMA": struct.pack(">I", 100_000),
    "tRNS": words(200, 50, 50),
    "iCCP": b"p\0\0" + zlib.compress(LINEAR_RGB),
    "cICP": bytes([12, 13, 0, 1]),
    "eXIf": b"MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0",
    "tIME": bytes(7),
    "bKGD": words(1, 1, 1),
}


@pytest.mark.parametrize("name", EXTRAS)
def test_extras_above_any_limit_or_broken_do_not_cost_the_picture(name: str) -> None:
    assert read_image(png(4, 1, 8, 2, ROW, EXTRAS[name])).tolist() == PLAIN


@pytest.mark.parametrize("name", CHECKED)
def test_an_extra_with_a_wrong_checksum_is_skipped(name: str) -> None:
    damaged = png_chunk(name.encode(), CHECKED[name], damaged=True)
    assert read_image(png(4, 1, 8, 2, ROW, damaged)).tolist() == PLAIN


def test_an_extra_longer_than_the_file_ends_it() -> None:
    assert message(png(4, 1, 8, 2, ROW, struct.pack(">I", 2**31) + b"tEXtab")) == CUT_OFF


# ------------------------------------------------------------------------------------------- pixels


def assembled(*chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


HEADER = struct.pack(">IIBBBBB", 4, 1, 8, 2, 0, 0, 0)
PACKED = zlib.compress(ROW)


@pytest.mark.parametrize(
    "rest",
    [
        png_chunk(b"IDAT", PACKED) + png_chunk(b"IEND", b"", damaged=True),
        png_chunk(b"IDAT", PACKED),
        png_chunk(b"IDAT", PACKED)[:-4],
        png_chunk(b"IDAT", PACKED, damaged=True) + png_chunk(b"IEND", b""),
        png_chunk(b"IDAT", PACKED[:-1] + b"\0") + png_chunk(b"IEND", b""),
        png_chunk(b"IDAT", PACKED[:-4]) + png_chunk(b"IEND", b""),
        png_chunk(b"IDAT", PACKED + b"more") + png_chunk(b"IEND", b""),
        png_chunk(b"IDAT", zlib.compress(ROW * 3)) + png_chunk(b"IEND", b""),
        b"".join(png_chunk(b"IDAT", PACKED[at : at + 1]) for at in range(len(PACKED))) + png_chunk(b"IEND", b""),
        png_chunk(b"IDAT", b"") + png_chunk(b"IDAT", PACKED) + png_chunk(b"IEND", b""),
    ],
)
def test_a_picture_with_all_its_pixels_is_shown(rest: bytes) -> None:
    assert read_image(assembled(png_chunk(b"IHDR", HEADER), rest)).tolist() == PLAIN


def test_missing_pixels_and_damaged_chunks_that_matter_are_refused() -> None:
    header, end = png_chunk(b"IHDR", HEADER), png_chunk(b"IEND", b"")
    assert message(assembled(png_chunk(b"IHDR", HEADER, damaged=True), png_chunk(b"IDAT", PACKED), end)).startswith(
        "This PNG file is damaged: its header"
    )
    palette = png_chunk(b"PLTE", bytes(6), damaged=True)
    assert "palette" in message(png(1, 1, 8, 3, b"\0\0", palette))
    assert "palette" in message(png(1, 1, 8, 3, b"\0\0"))
    assert "do not know" in message(png(4, 1, 8, 2, ROW, png_chunk(b"ABCD", b"x")))
    assert message(png(4, 2, 8, 2, ROW)) == "This PNG file is damaged: not all of its pixels are there."
    assert message(assembled(header, png_chunk(b"IDAT", PACKED[:-8]), end)) == CUT_OFF
    assert message(assembled(header, end)) == CUT_OFF
    assert "cannot read" in message(png(4, 1, 8, 2, b"\7" + COLOURS))  # there are five filters
    assert "cannot read" in message(png(1, 1, 3, 0, b"\0\0"))


@pytest.mark.parametrize("colour_type", [0, 2, 4, 6])
@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("interlace", [0, 1])
def test_every_layout_with_and_without_interlacing(colour_type: int, depth: int, interlace: int) -> None:
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour_type]
    if depth < 8 and colour_type:
        return
    samples = np.random.default_rng(depth).integers(0, 2**depth, (11, 13, channels))
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = b""
    for x, y, dx, dy in passes if interlace else [(0, 0, 1, 1)]:
        for line in samples[y::dy, x::dx]:
            ones = line[..., None] >> np.arange(depth)[::-1] & 1
            rows += b"\0" + np.packbits(ones.astype(np.uint8)).tobytes()
    shares = samples / (2**depth - 1)
    if colour_type in (4, 6):
        shares = shares[..., :-1] * shares[..., -1:] + 1 - shares[..., -1:]
    expected = np.broadcast_to(shares * 255, (11, 13, 3))
    pixels = read_image(png(13, 11, depth, colour_type, rows, interlace=interlace))
    assert np.abs(pixels - expected).max() <= (1 if colour_type in (4, 6) else 0.51)


def test_sixteen_bit_colours_are_rounded_and_not_cut() -> None:
    assert read_image(png(1, 1, 16, 2, b"\0" + words(0x10FF, 0x7FFF, 0x00FF)))[0, 0].tolist() == [17, 127, 1]
    assert read_image(png(1, 1, 16, 6, b"\0" + words(0x10FF, 0x7FFF, 0x00FF, 65535)))[0, 0].tolist() == [17, 127, 1]


# ------------------------------------------------------------------------------------------- transparency


@pytest.mark.parametrize(
    ("size", "depth", "colour_type", "row", "key", "expected"),
    [
        (2, 1, 0, b"\x40", words(1), [0, 255]),
        (2, 1, 0, b"\x40", words(0), [255, 255]),
        (4, 2, 0, b"\x1b", words(1), [0, 255, 170, 255]),
        (2, 4, 0, b"\x1f", words(1), [255, 255]),
        (2, 4, 0, b"\x2f", words(1), [34, 255]),
        (2, 4, 0, b"\x1f", words(0x101), [255, 255]),  # only as many bits as the samples have
        (2, 8, 0, b"\1\2", words(1), [255, 2]),
        (2, 16, 0, words(0x1234, 0x1235), words(0x1234), [255, 18]),
        (2, 8, 2, bytes([1, 1, 1, 1, 1, 2]), words(1, 1, 1), [255, (1, 1, 2)]),
        (2, 16, 2, words(0x1234, 5, 6, 0x1235, 5, 6), words(0x1234, 5, 6), [255, (18, 0, 0)]),
        (1, 8, 4, b"\1\xff", words(1), [1]),  # a key beside an alpha channel says nothing
    ],
)
def test_the_transparent_colour_is_compared_before_scaling(
    size: int, depth: int, colour_type: int, row: bytes, key: bytes, expected: list[int | tuple[int, ...]]
) -> None:
    pixels = read_image(png(size, 1, depth, colour_type, b"\0" + row, png_chunk(b"tRNS", key)))
    assert pixels[0].tolist() == [list(value) if isinstance(value, tuple) else [value] * 3 for value in expected]


def test_palettes_with_transparency_and_missing_entries() -> None:
    palette = png_chunk(b"PLTE", bytes([10, 20, 30, 40, 50, 60]))
    first, second, white = [10, 20, 30], [40, 50, 60], [255, 255, 255]
    assert read_image(png(2, 1, 8, 3, b"\0\0\1", palette, png_chunk(b"tRNS", b"\xff\0")))[0].tolist() == [first, white]
    assert read_image(png(2, 1, 1, 3, b"\0\x40", palette, png_chunk(b"tRNS", b"\0")))[0].tolist() == [white, second]
    assert read_image(png(2, 1, 8, 3, b"\0\1\5", palette))[0].tolist() == [second, second]
    too_long = png_chunk(b"tRNS", bytes([255, 0, 5, 5]))
    assert read_image(png(2, 1, 8, 3, b"\0\0\1", palette, too_long))[0].tolist() == [first, white]
    in_front = png_chunk(b"tRNS", b"\xff\0") + palette
    assert read_image(png(2, 1, 8, 3, b"\0\0\1", in_front))[0].tolist() == [first, second]


# ------------------------------------------------------------------------------------------- colour


@pytest.mark.parametrize("profile", [LINEAR_GREY, LINEAR_RGB])
@pytest.mark.parametrize(
    ("depth", "colour_type", "row"),
    [
        (8, 0, b"\x37"),
        (8, 4, b"\x37\xff"),
        (16, 0, words(55 * 257)),
        (16, 4, words(55 * 257, 65535)),
    ],
)
def test_grey_with_a_profile_of_grey_or_of_colours(profile: bytes, depth: int, colour_type: int, row: bytes) -> None:
    assert read_image(png(1, 1, depth, colour_type, b"\0" + row, icc(profile)))[0, 0].tolist() == [128] * 3


def test_low_depths_with_a_profile() -> None:
    assert read_image(png(4, 1, 2, 0, b"\0\x1b", icc(LINEAR_GREY)))[0, :, 0].tolist() == [0, 156, 213, 255]


def test_colours_with_a_profile_at_both_depths() -> None:
    shown = [[229, 122, 122], [128, 128, 128], [219, 219, 219], [79, 168, 248]]
    deep = b"\0" + words(*[value * 257 for value in COLOURS])
    np.testing.assert_allclose(read_image(png(4, 1, 8, 2, ROW, icc(LINEAR_RGB)))[0], shown, atol=1)
    np.testing.assert_allclose(read_image(png(4, 1, 16, 2, deep, icc(LINEAR_RGB)))[0], shown, atol=1)
    palette = png_chunk(b"PLTE", COLOURS)
    np.testing.assert_allclose(read_image(png(4, 1, 8, 3, b"\0\0\1\2\3", icc(LINEAR_RGB), palette))[0], shown, atol=1)
    half = read_image(png(1, 1, 8, 6, b"\0" + bytes([55, 55, 55, 128]), icc(LINEAR_RGB)))
    np.testing.assert_allclose(half[0, 0], [191] * 3, atol=1)


def test_dark_tones_of_deep_linear_pictures_are_kept() -> None:
    assert read_image(png(3, 1, 16, 0, b"\0" + words(50, 100, 200), icc(LINEAR_GREY)))[0, :, 0].tolist() == [3, 5, 10]


@pytest.mark.parametrize(
    ("codes", "shown"),
    [
        ((1, 13), PLAIN[0]),
        ((4, 13), [[236, 37, 35], [55, 55, 55], [180, 180, 180], [0, 119, 247]]),
        ((5, 13), [[204, 50, 50], [55, 55, 55], [180, 180, 180], [6, 100, 239]]),
        ((6, 13), [[195, 58, 49], [55, 55, 55], [180, 180, 180], [41, 104, 241]]),
        ((8, 13), [[227, 18, 39], [55, 55, 55], [180, 180, 180], [0, 97, 248]]),
        ((9, 13), [[248, 0, 41], [55, 55, 55], [180, 180, 180], [0, 103, 251]]),
        ((10, 13), [[255, 0, 73], [55, 55, 55], [180, 180, 180], [0, 144, 252]]),
        ((11, 13), [[213, 24, 41], [55, 55, 55], [180, 180, 180], [0, 101, 249]]),
        ((12, 13), [[218, 24, 40], [55, 55, 55], [180, 180, 180], [0, 102, 249]]),
        ((22, 13), [[202, 58, 49], [55, 55, 55], [180, 180, 180], [15, 108, 240]]),
        ((1, 1), [[197, 39, 39], [44, 44, 44], [176, 176, 176], [7, 91, 239]]),
        ((1, 4), [[201, 46, 46], [52, 52, 52], [181, 181, 181], [12, 100, 240]]),
        ((1, 5), [[189, 26, 26], [31, 31, 31], [165, 165, 165], [3, 76, 237]]),
        ((1, 7), [[206, 68, 68], [73, 73, 73], [188, 188, 188], [38, 115, 242]]),
        ((1, 8), [[229, 122, 122], [128, 128, 128], [219, 219, 219], [79, 168, 248]]),
        ((1, 14), [[197, 39, 39], [44, 44, 44], [176, 176, 176], [7, 91, 239]]),
        ((1, 17), [[200, 34, 34], [39, 39, 39], [177, 177, 177], [5, 87, 247]]),
    ],
)
def test_cicp_is_converted_and_counts_more_than_a_profile(codes: tuple[int, int], shown: list[list[int]]) -> None:
    chunk = png_chunk(b"cICP", bytes([*codes, 0, 1]))
    for extra in (b"", icc(LINEAR_RGB), gamma(100_000)):
        np.testing.assert_allclose(read_image(png(4, 1, 8, 2, ROW, chunk, extra))[0], shown, atol=1)


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
@pytest.mark.parametrize("primaries", [1, 9, 12])
def test_high_dynamic_range_has_a_sentence(transfer: int, name: str, primaries: int) -> None:
    assert message(png(4, 1, 8, 2, ROW, png_chunk(b"cICP", bytes([primaries, transfer, 0, 1])))) == (
        f"This picture is in high dynamic range ({name}), which we cannot show. "
        "A copy saved in standard range (sRGB) will work."
    )


@pytest.mark.parametrize(
    ("chunks", "shown"),
    [
        (gamma(45455), PLAIN[0]),
        (gamma(44000), PLAIN[0]),
        (gamma(47500), PLAIN[0]),
        (gamma(43000), [[199, 41, 41], [47, 47, 47], [178, 178, 178], [9, 95, 240]]),
        (gamma(48000), [[204, 51, 51], [57, 57, 57], [185, 185, 185], [16, 105, 241]]),
        (gamma(100_000), [[229, 122, 122], [128, 128, 128], [219, 219, 219], [79, 168, 248]]),
        (gamma(35000), [[187, 25, 25], [29, 29, 29], [164, 164, 164], [2, 74, 236]]),
        (gamma(55000), [[210, 64, 64], [70, 70, 70], [193, 193, 193], [25, 118, 243]]),
        (gamma(70000), [[219, 88, 88], [94, 94, 94], [205, 205, 205], [45, 140, 245]]),
        (gamma(100_000) + BT709, [[229, 122, 122], [128, 128, 128], [219, 219, 219], [79, 168, 248]]),
        (icc(b"\xff" * 400) + gamma(100_000), [[229, 122, 122], [128, 128, 128], [219, 219, 219], [79, 168, 248]]),
        (icc(LINEAR_GREY) + gamma(100_000), PLAIN[0]),  # the profile counts, though it is for grey
    ],
)
def test_gamma_and_primaries_as_browsers_read_them(chunks: bytes, shown: list[list[int]]) -> None:
    np.testing.assert_allclose(read_image(png(4, 1, 8, 2, ROW, chunks))[0], shown, atol=1)


def test_gamma_with_primaries_and_of_grey_and_palettes() -> None:
    np.testing.assert_allclose(read_image(png(4, 1, 8, 2, ROW, gamma(45455), P3))[0, 0], [219, 14, 35], atol=1)
    assert read_image(png(1, 1, 8, 0, GREY, gamma(100_000)))[0, 0].tolist() == [128] * 3
    palette = png_chunk(b"PLTE", bytes([55, 55, 55]))
    assert read_image(png(1, 1, 8, 3, b"\0\0", gamma(100_000), palette))[0, 0].tolist() == [128] * 3


def test_a_profile_of_srgb_or_nearly_leaves_every_depth_as_stored() -> None:
    samples = np.arange(256, dtype=np.uint16).reshape(16, 16)
    file = encoded(samples * 257, "PNG", icc_profile=grey_profile(gamma_curve(2.2)))
    pixels = read_image(file)[..., 0].astype(int)
    assert np.abs(pixels - samples).max() > 2  # 2.2 is not sRGB's curve: dark tones differ
    np.testing.assert_array_equal(read_image(encoded(RANDOM, "PNG", icc_profile=SRGB)), RANDOM)


def test_pillow_and_we_agree_on_ordinary_files() -> None:
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        image = Image.fromarray(RANDOM).convert(mode)
        pixels = read_image(encoded(image, "PNG"))
        rgba = image.convert("RGBA")
        canvas = Image.new("RGB", rgba.size, "white")
        canvas.paste(rgba, mask=rgba)
        np.testing.assert_array_equal(pixels, np.asarray(canvas))
