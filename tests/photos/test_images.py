"""What `rfsq.photos.images` lets in, what it refuses and in which words, and that pixels survive the way to tensors and back.

Run: python -m pytest tests/photos/test_images.py
"""

from __future__ import annotations

import io
import os
import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st
from PIL import Image, ImageCms, ImageFile, ImageOps

from rfsq.photos import images
from rfsq.photos.images import (
    ImageError,
    center_square,
    encode_png,
    fit_within,
    read_image,
    to_pixels,
    to_tensor,
    write_png,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow's remarks on the broken files made here

RANDOM = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
ROWS, COLUMNS = np.mgrid[0:24, 0:32]
SMOOTH = np.stack([ROWS * 10, COLUMNS * 7, ROWS * 4 + COLUMNS * 3], -1).astype(np.uint8)

NOT_A_PICTURE = "We cannot read this file as a picture. JPEG, PNG, WebP, AVIF, GIF and TIFF work."
CUT_OFF = "The file ends too early; it may be an incomplete download."


def encoded(image: Image.Image | np.ndarray, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


LOSSLESS = {
    "png": encoded(RANDOM, "PNG"),
    "webp lossless": encoded(RANDOM, "WEBP", lossless=True),
    "tiff": encoded(RANDOM, "TIFF"),
    "tiff lzw": encoded(RANDOM, "TIFF", compression="tiff_lzw"),
    "tiff deflate": encoded(RANDOM, "TIFF", compression="tiff_deflate"),
    "big tiff": encoded(RANDOM, "TIFF", big_tiff=True),
    "bmp": encoded(RANDOM, "BMP"),
}
LOSSY = {
    "jpeg": encoded(SMOOTH, "JPEG", quality=95),
    "jpeg progressive": encoded(SMOOTH, "JPEG", quality=95, progressive=True),
    "webp": encoded(SMOOTH, "WEBP", quality=95),
    "avif": encoded(SMOOTH, "AVIF", quality=95),
    "tiff jpeg": encoded(SMOOTH, "TIFF", compression="jpeg"),
    "gif": encoded(SMOOTH, "GIF"),
}
FILES = LOSSLESS | LOSSY


def message(source: object, **options: int) -> str:
    """The sentence with which `source` is refused."""
    with pytest.raises(ImageError) as caught:
        read_image(source, **options)  # type: ignore[arg-type]
    return str(caught.value)


def png_header(width: int, height: int) -> bytes:
    """A PNG that ends after its header: no pixel can be decoded from it."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


# ------------------------------------------------------------------------------------------- what is let in


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


def test_path_text_stream_and_bytes_give_the_same_pixels(tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(LOSSLESS["png"])
    for source in (file, str(file), LOSSLESS["png"], io.BytesIO(LOSSLESS["png"])):
        np.testing.assert_array_equal(read_image(source), RANDOM)


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


@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
def test_cmyk_is_converted(kind: str) -> None:
    ink = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    np.testing.assert_allclose(read_image(encoded(ink, kind))[8, 8], [255, 0, 0], atol=6)


def test_lab_is_converted() -> None:
    red = Image.new("LAB", (2, 2), (136, 208, 195))  # L* 53, a* 80, b* 67: the red of sRGB
    np.testing.assert_allclose(read_image(encoded(red, "TIFF"))[0, 0], [255, 0, 0], atol=12)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "AVIF", "PNG", "TIFF"])
def test_the_first_frame_of_several_is_read(kind: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "lime", "blue")]
    file = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    with Image.open(io.BytesIO(file)) as image:
        assert getattr(image, "n_frames", 1) == 3
    np.testing.assert_allclose(read_image(file)[8, 8], [255, 0, 0], atol=8)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "JPEG", "AVIF"])
def test_exif_orientation_is_applied(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}, "AVIF": {"quality": 100}}
    expected = Image.fromarray(SMOOTH)
    expected.getexif()[0x0112] = orientation
    upright = np.asarray(ImageOps.exif_transpose(expected))
    pixels = read_image(encoded(SMOOTH, kind, exif=exif, **options.get(kind, {})))
    assert pixels.shape == upright.shape and pixels.flags.c_contiguous
    assert np.abs(pixels.astype(int) - upright).mean() < 4


@pytest.mark.parametrize("exif", [b"MM\0*\0\0\0", b"Exif\0\0garbage", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", b"x"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_broken_exif_block_does_not_cost_the_picture(kind: str, exif: bytes) -> None:
    assert read_image(encoded(SMOOTH, kind, exif=exif)).shape == SMOOTH.shape


# ------------------------------------------------------------------------------------------- colour profiles

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile() -> bytes:
    """sRGB with the places of its red and green primaries exchanged."""
    profile = bytearray(SRGB)
    tags = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * int.from_bytes(SRGB[128:132], "big"), 12)}
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    profile[red + 4 : red + 12], profile[green + 4 : green + 12] = (
        SRGB[green + 4 : green + 12],
        SRGB[red + 4 : red + 12],
    )
    return bytes(profile)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_a_colour_profile_is_converted_to_srgb(kind: str) -> None:
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [90, 90, 90]]], np.uint8)
    options = {"lossless": True} if kind == "WEBP" else {}
    pixels = read_image(encoded(colours, kind, icc_profile=swapped_profile(), **options))
    expected = [[0, 255, 0], [255, 0, 0], [0, 0, 255], [90, 90, 90]]
    np.testing.assert_allclose(pixels[0], expected, atol=2)


def test_a_colour_profile_is_applied_before_transparency() -> None:
    rgba = np.array([[[255, 0, 0, 255], [255, 0, 0, 0]]], np.uint8)
    pixels = read_image(encoded(rgba, "PNG", icc_profile=swapped_profile()))
    np.testing.assert_allclose(pixels[0], [[0, 255, 0], [255, 255, 255]], atol=2)


def test_pixels_that_are_srgb_already_are_kept_exactly() -> None:
    np.testing.assert_array_equal(read_image(encoded(RANDOM, "PNG", icc_profile=SRGB)), RANDOM)
    # Another maker's sRGB: the red primary differs by rounding, and converting would move some values by one.
    profile = bytearray(SRGB)
    red = next(at for at in range(132, 300, 12) if SRGB[at : at + 4] == b"rXYZ")
    value = int.from_bytes(SRGB[red + 4 : red + 8], "big") + 8
    profile[value : value + 4] = (int.from_bytes(SRGB[value : value + 4], "big") + 90).to_bytes(4, "big")
    other = ImageCms.ImageCmsProfile(io.BytesIO(bytes(profile)))
    converted = ImageCms.profileToProfile(Image.fromarray(RANDOM), other, ImageCms.createProfile("sRGB"))
    assert not np.array_equal(np.asarray(converted), RANDOM)
    np.testing.assert_array_equal(read_image(encoded(RANDOM, "PNG", icc_profile=bytes(profile))), RANDOM)


@pytest.mark.parametrize("profile", [b"", b"not a profile", SRGB[:200], SRGB[:128] + bytes(len(SRGB) - 128)])
def test_a_broken_colour_profile_is_ignored(profile: bytes) -> None:
    np.testing.assert_array_equal(read_image(encoded(RANDOM, "PNG", icc_profile=profile)), RANDOM)


def test_a_colour_profile_for_other_channels_is_ignored() -> None:
    grey = np.arange(64, dtype=np.uint8).reshape(8, 8)
    np.testing.assert_array_equal(read_image(encoded(grey, "PNG", icc_profile=SRGB))[..., 0], grey)
    ink = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    assert read_image(encoded(ink, "TIFF", icc_profile=SRGB))[0, 0].tolist() == [255, 0, 0]


# ------------------------------------------------------------------------------------------- what is refused


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
    def decode(self: ImageFile.ImageFile) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decode)
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
    file[60] ^= 0xFF
    assert message(bytes(file)) == "This PNG file is damaged or of a kind we cannot read."


def test_missing_folder_pipe_and_empty_files_each_have_their_sentence(tmp_path: Path) -> None:
    assert message(tmp_path / "none.png") == f"There is no file '{tmp_path / 'none.png'}'."
    assert message(tmp_path) == f"'{tmp_path}' is a folder, not a picture."
    os.mkfifo(tmp_path / "pipe")
    assert message(tmp_path / "pipe") == f"'{tmp_path / 'pipe'}' is not a regular file."
    (tmp_path / "empty.png").touch()
    assert message(tmp_path / "empty.png") == "This file is empty."
    assert message(b"") == "This file is empty."
    assert message("a\0b.png") == "'a\\x00b.png' is not a file name."
    assert message("x" * 5000).endswith("cannot be opened: file name too long.")


def test_bytes_are_limited_for_files_streams_and_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    huge = tmp_path / "huge.png"
    huge.touch()
    os.truncate(huge, images.MAX_BYTES + 1)  # sparse: takes no space
    with monkeypatch.context() as patch:
        patch.delattr("builtins.open")  # refused by its size alone
        assert message(huge) == "This file has more than 512 MB, which is the limit."
    monkeypatch.setattr(images, "MAX_BYTES", 1000)
    for source in (LOSSLESS["png"], io.BytesIO(LOSSLESS["png"])):
        assert message(source).startswith("This file has more than")


def test_streams_that_cannot_be_read() -> None:
    closed = io.BytesIO(LOSSLESS["png"])
    closed.close()
    assert message(closed) == "This file could not be read to its end."
    with pytest.raises(TypeError, match="stream of bytes"):
        read_image(io.StringIO("text"))  # type: ignore[arg-type]


def test_too_little_memory_is_a_sentence_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(self: ImageFile.ImageFile) -> None:
        raise MemoryError

    monkeypatch.setattr(ImageFile.ImageFile, "load", load)
    assert message(LOSSLESS["png"]).startswith("There is not enough memory")


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


# ------------------------------------------------------------------------------------------- any bytes at all


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
FUZZ = {
    **FILES,
    "grey 16": encoded((RANDOM[..., 0].astype(np.uint16) * 257), "PNG"),
    "float": encoded(RANDOM[..., 0].astype(np.float32), "TIFF"),
    "palette": encoded(Image.fromarray(RANDOM).convert("P"), "PNG", transparency=3),
    "profile": encoded(SMOOTH, "PNG", icc_profile=swapped_profile()),
    "animated": encoded(SMOOTH, "WEBP", save_all=True, append_images=[Image.fromarray(RANDOM)]),
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


def test_a_tiff_directory_beyond_any_address_is_refused() -> None:
    assert message(b"II+\0\x08\0\0\0" + b"\xff" * 8) == CUT_OFF
    assert message(b"II*\0" + b"\xff" * 4) == CUT_OFF


# ------------------------------------------------------------------------------------------- tensors


def test_all_256_values_survive_the_way_to_tensors_and_back() -> None:
    pixels = np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16)[:, :, None], 3, 2)
    tensor = to_tensor(pixels)
    assert tensor.shape == (1, 3, 16, 16) and tensor.dtype == torch.float32
    assert (tensor.min(), tensor.max()) == (-1, 1)
    np.testing.assert_array_equal(to_pixels(tensor), pixels)
    np.testing.assert_array_equal(to_pixels(to_tensor(RANDOM)), RANDOM)


def test_axes_are_channel_row_column() -> None:
    tensor = to_tensor(RANDOM)
    assert tensor[0, 2, 5, 7] == RANDOM[5, 7, 2] / 127.5 - 1


def test_views_and_read_only_pixels_become_tensors_of_their_own() -> None:
    view = RANDOM[::-1, ::2]
    view.setflags(write=False)
    tensor = to_tensor(view)
    np.testing.assert_array_equal(to_pixels(tensor), view)
    before = view.copy()
    tensor.zero_()
    np.testing.assert_array_equal(view, before)


def test_halves_round_up_and_outliers_are_clamped() -> None:
    levels = torch.tensor([0.5, 1.5, 2.5, 126.5, -0.4, 0.49, 254.5, 300.0], dtype=torch.float64)
    images_ = (levels / 127.5 - 1).reshape(1, 1, 1, 8).expand(1, 3, 1, 8)
    exact = torch.tensor([0.0, -7.0, 9.0, float("inf")]).reshape(1, 1, 1, 4).expand(1, 3, 1, 4)
    assert to_pixels(exact)[0, :, 0].tolist() == [128, 0, 255, 255]  # 0 lies at 127.5
    rounded = to_pixels(images_)[0, :, 0].tolist()
    assert rounded[4:] == [0, 0, 255, 255] and all(
        abs(a - b) <= 0.5 for a, b in zip(rounded[:4], levels[:4], strict=True)
    )


def test_bfloat16_with_gradient_is_accepted() -> None:
    images_ = to_tensor(RANDOM).to(torch.bfloat16).requires_grad_()
    assert np.abs(to_pixels(images_).astype(int) - RANDOM).max() <= 1


def test_wrong_shapes_types_and_nan_are_refused() -> None:
    for pixels in (RANDOM[..., 0], RANDOM.astype(np.float32), RANDOM[:0], RANDOM[..., :2]):
        with pytest.raises(ValueError, match="expected pixels"):
            to_tensor(pixels)
    for shape in ((3, 4, 4), (2, 3, 4, 4), (1, 4, 4, 3)):
        with pytest.raises(ValueError, match="expected an image"):
            to_pixels(torch.zeros(shape))
    with pytest.raises(ValueError, match="NaN"):
        to_pixels(torch.full((1, 3, 2, 2), float("nan")))


# ------------------------------------------------------------------------------------------- sizes


@settings(max_examples=60, deadline=None)
@given(height=st.integers(1, 300), width=st.integers(1, 300), size=st.integers(1, 320))
def test_fit_within_shrinks_the_longer_side_and_keeps_the_aspect(height: int, width: int, size: int) -> None:
    pixels = np.full((height, width, 3), 99, np.uint8)
    fitted = fit_within(pixels, size)
    if max(height, width) <= size:
        assert fitted is pixels
        return
    assert max(fitted.shape[:2]) == size
    longer = max(height, width)
    for side, was in zip(fitted.shape[:2], (height, width), strict=True):  # at most half a pixel off, in whole numbers
        assert abs(2 * side * longer - 2 * max(longer, was * size)) <= longer
    assert (fitted == 99).all()


def test_fit_within_keeps_everything_without_a_size_and_a_pixel_of_a_thread() -> None:
    assert fit_within(RANDOM, None) is RANDOM
    assert fit_within(np.zeros((1, 5000, 3), np.uint8), 128).shape == (1, 128, 3)
    with pytest.raises(ValueError, match="at least 1"):
        fit_within(RANDOM, 0)


def test_fit_within_averages_instead_of_skipping_pixels() -> None:
    checks = np.repeat((np.indices((256, 256)).sum(0) % 2 * 255).astype(np.uint8)[:, :, None], 3, 2)
    fitted = fit_within(checks, 64)[4:-4, 4:-4]
    assert np.abs(fitted.astype(int) - 127.5).max() < 2


@pytest.mark.parametrize(("height", "width"), [(24, 32), (32, 24), (24, 24), (23, 57), (24, 33), (5, 40), (3, 40)])
@pytest.mark.parametrize("size", [8, 11, 48])
def test_center_square_is_the_middle_of_the_resized_picture(height: int, width: int, size: int) -> None:
    """A ramp along each side: its value tells which part of the picture was kept."""
    rows, columns = np.meshgrid(np.linspace(0, 255, height), np.linspace(0, 255, width), indexing="ij")
    square = center_square(np.stack([rows, columns, rows], -1).astype(np.uint8), size).astype(float)
    assert square.shape == (size, size, 3)
    assert (np.diff(square[..., 0], axis=0) >= 0).all() and (np.diff(square[..., 1], axis=1) >= 0).all()
    for channel, side in ((0, height), (1, width)):
        pixel = 255 / (side - 1) * min(height, width) / size  # how much the ramp rises in one pixel of the result
        assert abs(square[..., channel].mean() - 127.5) <= pixel / 2 + 2  # centred
        shown = np.ptp(square[..., channel])
        assert abs(shown - 255 * (min(height, width) - 1) / (side - 1)) <= 2 * pixel + 255 / (side - 1) + 2


def test_center_square_of_a_square_of_that_size_changes_nothing() -> None:
    np.testing.assert_array_equal(center_square(RANDOM[:, :24], 24), RANDOM[:, :24])


def test_center_square_of_a_very_long_picture_needs_no_memory_for_its_length() -> None:
    assert center_square(np.zeros((1, 1_000_000, 3), np.uint8), 128).shape == (128, 128, 3)
    with pytest.raises(ValueError, match="at least 1"):
        center_square(RANDOM, 0)


# ------------------------------------------------------------------------------------------- writing


def test_written_pictures_are_read_back_exactly(tmp_path: Path) -> None:
    np.testing.assert_array_equal(read_image(encode_png(RANDOM)), RANDOM)
    file = tmp_path / "out.png"
    for pixels in (SMOOTH, RANDOM[::-1]):  # the second replaces the first
        write_png(pixels, file)
        np.testing.assert_array_equal(read_image(file), pixels)
    assert os.listdir(tmp_path) == ["out.png"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "out.png"
    write_png(RANDOM, file)

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(ImageError, match="cannot be written: no space left on device"):
        write_png(SMOOTH, file)
    np.testing.assert_array_equal(read_image(file), RANDOM)
    assert os.listdir(tmp_path) == ["out.png"]


def test_places_that_cannot_be_written_have_a_sentence(tmp_path: Path) -> None:
    write_png(RANDOM, tmp_path / "new" / "out.png")  # a missing folder is made
    with pytest.raises(ImageError, match=r"out\.png/x\.png' cannot be written: "):
        write_png(RANDOM, tmp_path / "new" / "out.png" / "x.png")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ImageError, match="folder' cannot be written: is a directory"):
        write_png(RANDOM, tmp_path / "folder")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["folder", "new", "out.png"]
