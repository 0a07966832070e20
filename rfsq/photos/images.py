"""The only door for outside images: file or bytes → checked RGB pixels → tensor, and the way back.

Pixels are NumPy arrays (H, W, 3) uint8, sRGB; tensors are (1, 3, H, W) float32 in [-1, 1].
Whatever is wrong with a file, the caller sees one `ImageError` whose text can be shown to people as it is.
Nothing here changes Pillow's global settings, so any number of threads may read at once.
"""

from __future__ import annotations

import io
import math
import os
import stat
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import torch
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from torch import Tensor

from rfsq.machine.atomic import write_atomically

IMAGE_SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".gif")
MAX_PIXELS: Final = 50_000_000
MAX_BYTES: Final = 512_000_000  # a 50-megapixel TIFF with 16-bit RGBA samples has 400 MB

_NOT_A_PICTURE = "We cannot read this file as a picture. JPEG, PNG, WebP, AVIF, GIF and TIFF work."
_CUT_OFF = "The file ends too early; it may be an incomplete download."
_NO_MEMORY = "There is not enough memory to open this picture. A smaller copy will work."

# The allow-list. These readers are called directly, not through Image.open: no other plugin can be reached, and
# Image.open would warn or raise at its own pixel limit before ours could state the size.
_READERS: Final = {
    "JPEG": JpegImagePlugin.jpeg_factory,
    "PNG": PngImagePlugin.PngImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
}
_ORIENTATION_TAG = 0x0112


class ImageError(ValueError):
    """Why a picture cannot be read or written, in words for the person who chose it."""


# ---------------------------------------------------------------------------------------------- reading


def read_image(source: bytes | str | Path | BinaryIO, *, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Read one picture as upright sRGB pixels, (H, W, 3) uint8.

    `source`: the bytes of a file, a path, or a binary stream (read from where it stands).
    Formats: JPEG, PNG, WebP, AVIF, GIF, TIFF, BMP; of several frames the first. EXIF orientation and a valid ICC
    profile are applied, alpha is composited on white, 16-bit grey is divided by 257. Wider grey (32-bit, float) is
    taken as 0…1 (float only), 0…255 or 0…65535, the first that holds all values, else stretched from least to greatest.
    Raises ImageError when there is no readable picture of 1 to `max_pixels` pixels; size is checked before decoding.
    """
    data = _read_bytes(source)
    if not data:
        raise ImageError("This file is empty.")
    kind = _sniff(data)
    if kind is None:
        raise ImageError(_NOT_A_PICTURE)
    try:
        _check_size(_declared_size(kind, data), max_pixels)
        with _READERS[kind](io.BytesIO(data)) as image:
            _check_size(image.size, max_pixels)
            image.load()
            return _upright(_to_srgb(image), _orientation(image))
    except ImageError:
        raise
    except MemoryError as error:
        raise ImageError(_NO_MEMORY) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        # A frame or tile larger than the size in the header, which passed our check.
        raise ImageError(f"This picture is too large; the limit is {max_pixels / 1e6:g} megapixels.") from error
    except Exception as error:  # Pillow's readers raise nearly every built-in exception on broken files
        if _ends_early(kind, data, error):
            raise ImageError(_CUT_OFF) from error
        if kind in ("GIF", "TIFF") and str(error) == "not identified by this driver":  # said by Pillow when a side is 0
            raise ImageError("This picture has no pixels: its width or height is 0.") from error
        raise ImageError(f"This {kind} file is damaged or of a kind we cannot read.") from error


def _read_bytes(source: bytes | str | Path | BinaryIO) -> bytes:
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
    elif isinstance(source, str | Path):
        data = _read_file(source)
    else:
        try:
            data = source.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            raise ImageError("This file could not be read to its end.") from error
        if not isinstance(data, bytes):
            raise TypeError(f"expected a stream of bytes, got one of {type(data).__name__}")
    _check_bytes(len(data))
    return data


def _check_bytes(count: int) -> None:
    if count > MAX_BYTES:
        raise ImageError(f"This file has more than {MAX_BYTES // 10**6} MB, which is the limit.")


def _read_file(path: str | Path) -> bytes:
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise ImageError(f"'{path}' is a folder, not a picture.")
        if not stat.S_ISREG(status.st_mode):  # opening a pipe or device could wait for ever
            raise ImageError(f"'{path}' is not a regular file.")
        _check_bytes(status.st_size)
        with open(path, "rb") as file:
            return file.read(MAX_BYTES + 1)  # bounded again: the file may grow meanwhile
    except FileNotFoundError as error:
        raise ImageError(f"There is no file '{path}'.") from error
    except OSError as error:
        raise ImageError(f"'{path}' cannot be opened: {(error.strerror or 'unknown reason').lower()}.") from error
    except ImageError:
        raise
    except ValueError as error:  # a zero byte or a lone surrogate in the path
        raise ImageError(f"{str(path)!r} is not a file name.") from error


def _sniff(data: bytes) -> str | None:
    """The key of `_READERS` for these bytes, by signature."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WebP"
    if data[4:8] == b"ftyp" and data[8:12] in (b"avif", b"avis", b"mif1", b"msf1"):
        return "AVIF"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "TIFF"
    if data.startswith(b"BM"):
        return "BMP"
    return None


def _declared_size(kind: str, data: bytes) -> tuple[int, int]:
    """Width and height in the first bytes; (1, 1) for formats whose Pillow reader finds them without allocating.

    Pillow cannot be asked for all: it rejects a zero-sized picture as "not identified", and its WebP reader allocates
    the canvas on opening.
    """
    try:
        if kind == "PNG":
            return struct.unpack_from(">II", data, 16)
        if kind == "GIF":
            width, height = struct.unpack_from("<HH", data, 6)
            return (width or 1, height or 1)  # some writers leave 0 here; the first frame's own size counts
        if kind == "BMP":
            header_bytes = struct.unpack_from("<I", data, 14)[0]
            width, height = struct.unpack_from("<HH" if header_bytes == 12 else "<ii", data, 18)
            return width, abs(height)  # negative: rows from the top
        if kind == "WebP" and data[12:16] == b"VP8X":
            return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
        if kind == "WebP" and data[12:16] == b"VP8L":
            bits = struct.unpack_from("<I", data, 21)[0]
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        if kind == "WebP":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
    except struct.error as error:
        raise ImageError(_CUT_OFF) from error
    return 1, 1


def _check_size(size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width <= 0 or height <= 0:
        raise ImageError(f"This picture has no pixels: it is {width} × {height}.")
    if width * height > max_pixels:
        megapixels = f"{math.ceil(width * height / 1e5) / 10:.1f}".removesuffix(".0")  # up, so never equal to the limit
        raise ImageError(
            f"This picture has {megapixels} megapixels; the limit is {max_pixels / 1e6:g}. A smaller copy will work."
        )


def _ends_early(kind: str, data: bytes, error: Exception) -> bool:
    """Whether a file that could not be read stops before its own structure does."""
    if isinstance(error, EOFError) or "truncated" in str(error).lower():
        return True
    if kind == "JPEG":
        return b"\xff\xd9" not in data  # end-of-image marker
    if kind == "GIF":
        return not data.endswith(b";")  # trailer
    if kind == "TIFF":
        return any(end > len(data) for end in _tiff_ends(data))
    if kind in ("PNG", "WebP", "AVIF"):
        return any(end > len(data) for end in _block_ends(kind, data))
    return False


def _block_ends(kind: str, data: bytes) -> Iterator[int]:
    """Where each block of a file with length-prefixed blocks claims to end."""
    if kind == "WebP":
        yield int.from_bytes(data[4:8], "little") + 8
        return
    position = 8 if kind == "PNG" else 0
    while position < len(data):
        length = int.from_bytes(data[position : position + 4], "big")
        name = data[position + 4 : position + 8]
        if kind == "PNG":
            length += 12  # length, name and checksum are not counted in the field
        elif length == 1:
            length = int.from_bytes(data[position + 8 : position + 16], "big")
        elif length == 0:  # an AVIF box that extends to the end
            length = len(data) - position
        position += max(length, 8)
        yield position
        if name == b"IEND":
            return
    if kind == "PNG":
        yield len(data) + 1  # no end chunk


def _tiff_ends(data: bytes) -> Iterator[int]:
    """Where the first directory of a TIFF or BigTIFF file and the values it points to end; most writers put it last."""
    order = "<" if data.startswith(b"II") else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    word, word_bytes, entry_bytes, start = ("Q", 8, 20, 8) if big else ("I", 4, 12, 4)
    value_bytes = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}  # by type; others 1
    try:
        (directory,) = struct.unpack_from(order + word, data, start)
        (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, directory)
        first_entry = directory + (8 if big else 2)
        yield first_entry + count * entry_bytes
        for position in range(first_entry, first_entry + count * entry_bytes, entry_bytes):
            value_type, values = struct.unpack_from(f"{order}H{word}", data, position + 2)
            size = values * value_bytes.get(value_type, 1)
            if size > word_bytes:
                yield struct.unpack_from(order + word, data, position + entry_bytes - word_bytes)[0] + size
    except (struct.error, OverflowError):  # an offset beyond the file, or beyond any file
        yield len(data) + 1


# ---------------------------------------------------------------------------------------------- colour


def _to_srgb(image: Image.Image) -> Image.Image:
    """8-bit sRGB on white, mode RGB, from any mode the readers produce."""
    profile_bytes = image.info.get("icc_profile")
    if image.mode.startswith("I") or image.mode == "F":
        image = _narrow(image)
        profile_bytes = None  # made for the wide samples; a guess about the range would be applied to a guess
    if image.has_transparency_data:
        image = image.convert("RGBA")  # from palette, grey + alpha, premultiplied, or a transparent colour
    elif image.mode not in ("L", "RGB", "CMYK", "LAB"):
        image = image.convert("RGB")
    image = _apply_profile(image, profile_bytes)
    if image.mode == "RGBA":
        canvas = Image.new("RGB", image.size, "white")
        canvas.paste(image, mask=image)
        return canvas
    return image if image.mode == "RGB" else image.convert("RGB")


def _narrow(image: Image.Image) -> Image.Image:
    """Grey of 16 or 32 bits or float to mode L, by the rules in `read_image`."""
    values = np.asarray(image)
    transparent = image.info.get("transparency")
    if image.mode.startswith("I;16"):
        low, high = 0.0, 65535.0
    else:
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        if low >= 0 and high <= 65535:
            low, high = 0.0, 65535.0 if high > 255 else 255.0 if high > 1 or image.mode == "I" else 1.0
    grey = np.empty(values.shape, np.uint8)
    for row in range(0, len(values), 256):  # in bands: a float copy of the whole would take twice the picture
        band = np.nan_to_num(values[row : row + 256].astype(np.float64), nan=low, posinf=high, neginf=low)
        grey[row : row + 256] = np.floor((band - low) * (255 / ((high - low) or 1)) + 0.5).clip(0, 255)
    if isinstance(transparent, int):
        grey[values == transparent] = 255
    return Image.fromarray(grey)


def _apply_profile(image: Image.Image, profile_bytes: object) -> Image.Image:
    """Convert from the embedded ICC profile to sRGB; a missing, broken or unsuitable profile changes nothing."""
    if image.mode == "LAB":
        profile = ImageCms.createProfile("LAB")
    elif isinstance(profile_bytes, bytes):
        try:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(profile_bytes)).profile
        except (OSError, ValueError, TypeError):
            return image
    else:
        return image
    out_mode = image.mode if image.mode == "RGBA" else "RGB"
    try:
        transform = ImageCms.buildTransform(
            profile,
            ImageCms.createProfile("sRGB"),
            image.mode,
            out_mode,
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        if image.mode in ("RGB", "RGBA") and _is_identity(transform, image.mode):
            return image
        converted = ImageCms.applyTransform(image, transform)
    except (ImageCms.PyCMSError, ValueError):
        if image.mode == "LAB":  # Pillow has no other way out of LAB
            raise
        return image
    return image if converted is None else converted


def _is_identity(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Whether the profile is sRGB but for rounding, so that pixels can be kept exactly as stored."""
    steps = np.linspace(0, 255, 9).round().astype(np.uint8)
    probe = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(1, -1, 3)
    image = Image.fromarray(probe).convert(mode)
    converted = ImageCms.applyTransform(image, transform)
    if converted is None:
        return False
    change = np.asarray(converted.convert("RGB")).astype(int) - probe
    return int(np.abs(change).max()) <= 2


def _orientation(image: Image.Image) -> int:
    """EXIF orientation 1…8; 1 when there is none or its block is broken. TIFF and AVIF report theirs here too."""
    try:
        value = image.getexif().get(_ORIENTATION_TAG, 1)
    except Exception:  # noqa: BLE001 - Pillow's EXIF parser raises anything on a broken block, and the pixels are fine
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _upright(image: Image.Image, orientation: int) -> np.ndarray:
    """Pixels turned and mirrored as the EXIF orientation asks (TIFF 6.0, tag 274). Writable and contiguous."""
    pixels = np.array(image)
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


# ---------------------------------------------------------------------------------------------- tensors


def to_tensor(pixels: np.ndarray) -> Tensor:
    """Pixels (H, W, 3) uint8 → image (1, 3, H, W) float32 in [-1, 1]. Raises ValueError for another shape or type."""
    _check_pixels(pixels)
    planes = np.ascontiguousarray(pixels.transpose(2, 0, 1), dtype=np.float32)
    return torch.from_numpy(planes).div_(127.5).sub_(1)[None]


def to_pixels(images: Tensor) -> np.ndarray:
    """Image (1, 3, H, W) in [-1, 1], any float type and device → pixels (H, W, 3) uint8.

    Values outside the range are clamped, halves are rounded up; undoes `to_tensor` exactly.
    Raises ValueError for another shape and for NaN, which has no colour.
    """
    if images.ndim != 4 or images.shape[:2] != (1, 3):
        raise ValueError(f"expected an image of shape (1, 3, H, W), got {tuple(images.shape)}")
    values = images.detach()[0].permute(1, 2, 0).float()
    if bool(values.isnan().any()):
        raise ValueError("the image contains NaN")
    scaled = values.clamp(-1, 1).add(1).mul(127.5).add(0.5).floor()
    return np.ascontiguousarray(scaled.to(torch.uint8).cpu().numpy())


def _check_pixels(pixels: np.ndarray) -> None:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise ValueError(f"expected pixels of shape (H, W, 3) and type uint8, got {pixels.shape} {pixels.dtype}")


# ---------------------------------------------------------------------------------------------- sizes


def fit_within(pixels: np.ndarray, size: int | None) -> np.ndarray:
    """Shrink (H, W, 3) so that the longer side is at most `size` pixels; None, or a small picture: returned as it is.

    Keeps the aspect ratio, never enlarges, leaves at least one pixel a side. Raises ValueError for size < 1.
    """
    _check_pixels(pixels)
    height, width = pixels.shape[:2]
    longer = max(height, width)
    if size is None or longer <= size:
        return pixels
    if size < 1:
        raise ValueError(f"size must be at least 1, got {size}")
    new_size = (max(1, round(width * size / longer)), max(1, round(height * size / longer)))
    resized = Image.fromarray(pixels).resize(new_size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return np.array(resized)


def center_square(pixels: np.ndarray, size: int) -> np.ndarray:
    """Resize the shorter side to `size` (up or down), crop the centre: (size, size, 3), the paper's evaluation input.

    Equals torchvision's Resize(size) and CenterCrop(size) on a Pillow image; of a picture more than 8 times as long as
    wide only the middle is resized, so that 1 × 50,000,000 pixels cost nothing. Raises ValueError for size < 1.
    Source: arXiv 2508.15860, released code.
    """
    _check_pixels(pixels)
    if size < 1:
        raise ValueError(f"size must be at least 1, got {size}")
    shorter = min(pixels.shape[:2])
    top, left = (max(0, side - 8 * shorter) // 2 for side in pixels.shape[:2])
    pixels = pixels[top : top + 8 * shorter, left : left + 8 * shorter]
    height, width = (int(size * side / shorter) for side in pixels.shape[:2])
    resized = Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR)
    top, left = round((height - size) / 2), round((width - size) / 2)
    return np.array(resized.crop((left, top, left + size, top + size)))


# ---------------------------------------------------------------------------------------------- writing


def encode_png(pixels: np.ndarray) -> bytes:
    """The bytes of a lossless PNG file of (H, W, 3) uint8 pixels."""
    _check_pixels(pixels)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def write_png(pixels: np.ndarray, path: str | Path) -> None:
    """Write a PNG file; at every moment `path` holds the old file or the whole new one. Raises ImageError."""
    try:
        write_atomically(Path(path), encode_png(pixels))
    except OSError as error:
        raise ImageError(f"'{path}' cannot be written: {(error.strerror or 'unknown reason').lower()}.") from error
