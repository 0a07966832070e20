"""What `read_image` lets in, with which values; any other bytes are refused with one sentence.

Run: python -m pytest tests/photos/test_read.py
"""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from paths import ROOT
from photo_bytes import LINEAR_GREY, LINEAR_RGB, png, png_chunk, tiff
from photo_files import FILES, LOSSLESS, LOSSY, RANDOM, SMOOTH, encoded, message, png_header, swapped_profile
from PIL import Image, ImageFile

from rfsq.photos.errors import ImageError
from rfsq.photos.read import read_image

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow's remarks on the broken files made here


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_formats_give_exactly_the_stored_pixels(name: str) -> None:
    pixels = read_image(LOSSLESS[name])
    assert pixels.dtype == np.uint8 and pixels.flags.c_contiguous and pixels.flags.writeable
    np.testing.assert_array_equal(pixels, RANDOM)


@pytest.mark.parametrize("name", LOSSY)
def test_lossy_formats_give_nearly_the_stored_pixels(name: str) -> None:
    pixels = read_image(LOSSY[name])
    assert pixels.shape == SMOOTH.shape and pixels.dtype == np.uint8
    assert np.abs(pixels.astype(int) - SMOOTH).mean() < 8


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "BMP", "JPEG", "AVIF", "GIF"])
def test_a_single_pixel_is_a_picture(kind: str) -> None:
    pixels = read_image(encoded(Image.new("RGB", (1, 1), (255, 255, 255)), kind))
    assert pixels.shape == (1, 1, 3)
    assert pixels.min() >= 250


def test_the_name_of_a_file_does_not_matter_but_its_content_does(tmp_path: Path) -> None:
    file = tmp_path / "picture.jpg"
    file.write_bytes(LOSSLESS["png"])
    np.testing.assert_array_equal(read_image(file), RANDOM)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_and_not_clipped(kind: str) -> None:
    grey = np.arange(256, dtype=np.uint16).reshape(16, 16)
    pixels = read_image(encoded(grey * 257, kind))
    np.testing.assert_array_equal(pixels, np.repeat(grey[:, :, None], 3, 2))
    between = read_image(encoded(np.array([[128, 129, 65535]], np.uint16), kind))  # 128 / 257 rounds down, 129 up
    assert between[0, :, 0].tolist() == [0, 1, 255]


def test_big_endian_sixteen_bit_tiff_is_read_in_its_own_byte_order() -> None:
    file = encoded(Image.frombytes("I;16B", (2, 1), struct.pack(">HH", 257 * 3, 257 * 200)), "TIFF")
    assert read_image(file)[0, :, 1].tolist() == [3, 200]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([[0.0, 0.5, 1.0]], np.float32), [0, 128, 255]),
        (np.array([[0.0, 100.0, 255.0]], np.float32), [0, 100, 255]),
        (np.array([[0.0, 257.0 * 9, 65535.0]], np.float32), [0, 9, 255]),
        (np.array([[-1.0, 0.0, 1.0]], np.float32), [0, 128, 255]),
        (np.array([[0.0, np.nan, np.inf]], np.float32), [0, 0, 255]),
        (np.array([[np.nan, np.nan, np.nan]], np.float32), [0, 0, 0]),
        (np.array([[7.0e9, 7.0e9, 7.0e9]], np.float32), [0, 0, 0]),
        (np.array([[0, 1, 255]], np.int32), [0, 1, 255]),
        (np.array([[0, 257 * 7, 65535]], np.int32), [0, 7, 255]),
        (np.array([[0, 500_000, 1_000_000]], np.int32), [0, 128, 255]),
    ],
)
def test_wide_grey_is_scaled_by_the_smallest_usual_range_that_holds_it(values: np.ndarray, expected: list[int]) -> None:
    pixels = read_image(encoded(values, "TIFF"))
    assert pixels[0, :, 0].tolist() == expected
    np.testing.assert_array_equal(pixels[..., 0], pixels[..., 2])


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_alpha_is_composited_on_white(kind: str) -> None:
    rgba = np.array([[[10, 20, 30, 0], [10, 20, 30, 255], [0, 100, 200, 128]]], np.uint8)
    pixels = read_image(encoded(rgba, kind, **({"lossless": True, "exact": True} if kind == "WEBP" else {})))
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert pixels[0, 1].tolist() == [10, 20, 30]
    np.testing.assert_allclose(pixels[0, 2], [127, 177, 227], atol=1)


def test_grey_with_alpha_is_composited_on_white() -> None:
    pixels = read_image(encoded(np.array([[[50, 255], [50, 0]]], np.uint8), "PNG"))
    assert pixels[0].tolist() == [[50, 50, 50], [255, 255, 255]]


def test_transparent_palette_entry_and_transparent_colours_become_white() -> None:
    palette = Image.new("P", (2, 1))
    palette.putpalette([200, 10, 10, 10, 10, 200])
    palette.putdata([0, 1])
    for kind in ("PNG", "GIF"):
        assert read_image(encoded(palette, kind))[0].tolist() == [[200, 10, 10], [10, 10, 200]]
        assert read_image(encoded(palette, kind, transparency=1))[0].tolist() == [[200, 10, 10], [255, 255, 255]]
    colours = np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8)
    assert read_image(encoded(colours, "PNG", transparency=(1, 2, 3)))[0].tolist() == [[255, 255, 255], [4, 5, 6]]
    wide = np.array([[257, 514]], np.uint16)
    assert read_image(encoded(wide, "PNG", transparency=257))[0, :, 0].tolist() == [255, 2]


def test_one_bit_and_eight_bit_grey_fill_three_channels() -> None:
    assert read_image(encoded(Image.fromarray(np.array([[True, False]])), "PNG"))[0].tolist() == [[255] * 3, [0] * 3]
    assert read_image(encoded(np.array([[7, 250]], np.uint8), "JPEG", quality=100)).shape == (1, 2, 3)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "AVIF", "PNG", "TIFF"])
def test_the_first_frame_of_several_is_read(kind: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "lime", "blue")]
    file = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    with Image.open(io.BytesIO(file)) as image:
        assert getattr(image, "n_frames", 1) == 3
    np.testing.assert_allclose(read_image(file)[8, 8], [255, 0, 0], atol=8)


def test_too_little_memory_is_a_sentence_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(self: ImageFile.ImageFile) -> None:
        raise MemoryError

    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    assert message(LOSSY["jpeg"]).startswith("There is not enough memory")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells a peak that can start again")
@pytest.mark.parametrize("name", ["jpeg", "png", "deep png with a profile", "deep tiff with a profile"])
def test_a_large_picture_takes_no_more_memory_than_stated(name: str, tmp_path: Path) -> None:
    height, width = 2000, 3000
    pixels = np.broadcast_to(np.arange(width)[:, None] % 256, (height, width, 3)).astype(np.uint8)
    deep = pixels.astype(np.uint16) * 257
    if name == "deep png with a profile":
        rows = np.zeros((height, 1 + 6 * width), np.uint8)
        rows[:, 1:] = deep.astype(">u2").view(np.uint8).reshape(height, -1)
        profile = png_chunk(b"iCCP", b"p\0\0" + zlib.compress(LINEAR_RGB))
        file = png(width, height, 16, 2, rows.tobytes(), profile)
    elif name == "deep tiff with a profile":
        file = tiff(deep, 2, 16, compression=8, predictor=2, fields={34675: (7, LINEAR_RGB)})
    else:
        file = encoded(pixels, name)
    (tmp_path / "file").write_bytes(file)
    code = """
import re, sys
from rfsq import read_image
read_image(sys.argv[2])  # what importing and starting take is no picture's
open("/proc/self/clear_refs", "w").write("5")  # the peak starts again
memory = lambda name: 1024 * int(re.search(name + r":\\s+(\\d+)", open("/proc/self/status").read())[1])
before = memory("VmRSS")
pixels = read_image(sys.argv[1])
print((memory("VmHWM") - before) / (pixels.size / 3))
"""
    small = tmp_path / "small.png"
    small.write_bytes(LOSSLESS["png"])
    command = [sys.executable, "-c", code, str(tmp_path / "file"), str(small)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    allowed = 25 if name.startswith("deep") else 12
    assert 3 <= float(run.stdout) <= allowed + 2  # and what loading a decoder takes


def test_pillow_settings_and_warnings_do_not_matter_and_are_left_alone() -> None:
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert message(png_header(10_000, 9_500)).startswith("This picture has 95 megapixels")
    read_image(LOSSLESS["png"])
    assert (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters)) == before


def test_threads_reading_at_once_get_what_one_gets() -> None:
    alone = {name: read_image(file) for name, file in FILES.items()}
    names = list(FILES) * 4
    with ThreadPoolExecutor(4) as pool:
        for name, pixels in zip(names, pool.map(lambda name: read_image(FILES[name]), names), strict=True):
            np.testing.assert_array_equal(pixels, alone[name])


def read_or_refuse(data: bytes) -> None:
    """Pixels of a sane shape, or one ImageError of at most two sentences; anything else fails the test."""
    try:
        pixels = read_image(data, max_pixels=100_000)
    except ImageError as error:
        assert 10 < len(str(error)) < 150
        assert str(error).endswith(".") and "\n" not in str(error)
    else:
        assert pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.dtype == np.uint8
        assert 0 < pixels.shape[0] * pixels.shape[1] <= 100_000


SIGNATURES = [b"", *sorted({file[:length] for file in FILES.values() for length in (4, 12, 16, 40)})]
DEEP = RANDOM.astype(np.uint16) * 257
FUZZ = {
    **FILES,
    "grey 16": encoded((RANDOM[..., 0].astype(np.uint16) * 257), "PNG"),
    "float": encoded(RANDOM[..., 0].astype(np.float32), "TIFF"),
    "palette": encoded(Image.fromarray(RANDOM).convert("P"), "PNG", transparency=3),
    "profile": encoded(SMOOTH, "PNG", icc_profile=swapped_profile()),
    "animated": encoded(SMOOTH, "WEBP", save_all=True, append_images=[Image.fromarray(RANDOM)]),
    "deep tiff": tiff(DEEP, 2, 16, compression=8, predictor=2, tile=(16, 16), fields={34675: (7, LINEAR_RGB)}),
    "deep tiff of strips": tiff(DEEP, 2, 16, order=">", compression=5, rows_per_strip=5, separate=True),
    "12-bit tiff": tiff(DEEP[..., :2] >> 4, 0, 12, extra=[1], compression=32773, rows_per_strip=9),
    "float tiff": tiff((DEEP / 65535).astype("f4"), 2, 32, sample_format=3, compression=8, predictor=3),
    "deep png": png(
        32, 24, 16, 6, b"".join(b"\0" + line.astype(">u2").tobytes() for line in np.dstack([DEEP, DEEP[..., 0]]))
    ),
    "interlaced png": png(1, 1, 2, 0, b"\0\x40", png_chunk(b"tRNS", b"\0\1"), interlace=1),
    "cicp": png(1, 1, 8, 2, bytes(4), png_chunk(b"cICP", bytes([12, 13, 0, 1]))),
    "gamma": png(1, 1, 8, 2, bytes(4), png_chunk(b"gAMA", bytes([0, 1, 0, 0])), png_chunk(b"cHRM", bytes(range(32)))),
    "grey profile": encoded(RANDOM[..., 0], "JPEG", icc_profile=LINEAR_GREY),
    "bmp of 16 bits": b"BM"
    + struct.pack("<IHHIIiiHHII", 0, 0, 0, 54, 40, 32, 24, 1, 16, 0, 0)
    + bytes(16 + 32 * 24 * 2),
    "bmp with masks": encoded(Image.fromarray(np.dstack([RANDOM, RANDOM[..., 0]])), "BMP"),
    "jpeg without end": LOSSY["jpeg"][:-2],
    "cmyk": encoded(Image.fromarray(SMOOTH).convert("CMYK"), "JPEG"),
}


@settings(max_examples=300, deadline=None)
@given(start=st.sampled_from(SIGNATURES), rest=st.binary(max_size=300))
def test_random_bytes_are_read_or_refused(start: bytes, rest: bytes) -> None:
    read_or_refuse(start + rest)


@pytest.mark.parametrize("name", FUZZ)
def test_files_cut_at_any_byte_are_read_or_refused(name: str) -> None:
    file = FUZZ[name]
    for length in {*range(min(len(file), 128)), *range(128, len(file), 13), *range(len(file) - 24, len(file))}:
        read_or_refuse(file[:length])


@settings(max_examples=600, deadline=None)
@given(
    name=st.sampled_from(sorted(FUZZ)),
    flips=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.booleans(), st.integers(1, 255)), min_size=1, max_size=6
    ),
)
def test_files_with_flipped_bytes_are_read_or_refused(name: str, flips: list[tuple[float, bool, int]]) -> None:
    file = bytearray(FUZZ[name])
    for place, in_header, mask in flips:
        file[int(place * (min(96, len(file)) if in_header else len(file)))] ^= mask
    read_or_refuse(bytes(file))
