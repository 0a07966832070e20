"""Pixels → PNG, JPEG, the smaller of lossless files that is quick to write, and animations."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from rfsq.machine.atomic import write_atomically
from rfsq.photos.errors import ImageError
from rfsq.photos.pixels import check_pixels
from rfsq.style.names import printable

WEBP_LONGEST_SIDE = 16_383  # a limit of the WebP format


def encode_png(pixels: np.ndarray) -> bytes:
    """The bytes of a lossless PNG file of (H, W, 3) uint8 pixels.

    >>> from rfsq.photos.read import read_image
    >>> pixels = np.random.default_rng(0).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    >>> bool((read_image(encode_png(pixels)) == pixels).all())
    True
    """
    check_pixels(pixels)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def encode_jpeg(pixels: np.ndarray, quality: int) -> bytes:
    """The bytes of a JPEG file of (H, W, 3) uint8 pixels, at most 65,500 a side, with all its colour samples (4:4:4)."""
    check_pixels(pixels)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling="4:4:4")
    return buffer.getvalue()


def encode_lossless(image: Image.Image, *, small: bool = False) -> bytes:
    """The bytes of a lossless WebP file with the least effort, for a browser; of a PNG where WebP cannot be as long.

    small: 5 to 10 % fewer bytes for five times the work.
    """
    buffer = io.BytesIO()
    if max(image.size) <= WEBP_LONGEST_SIDE:
        method, quality = (2, 20) if small else (0, 0)  # quality is effort here, not loss
        image.save(buffer, "WEBP", lossless=True, method=method, quality=quality)
    else:
        image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def encode_animation(frames: Sequence[np.ndarray], durations_ms: Sequence[int], kind: Literal["webp", "gif"]) -> bytes:
    """The bytes of an animation that begins again at its end.

    frames: (H, W, 3) uint8 each, of one size; durations_ms: how long each stands, in ms (GIF counts in steps of 10).
    "webp" keeps every pixel as it is. "gif" has 256 colours a frame, the ones that fit it best, dithered.
    Raises ValueError for no frames, as many durations as there are not frames, and frames of unequal size.
    """
    if not frames or len(frames) != len(durations_ms):
        raise ValueError(f"{len(frames)} frames need as many durations, got {len(durations_ms)}")
    for frame in frames:
        check_pixels(frame)
    if len({frame.shape for frame in frames}) > 1:
        raise ValueError(f"frames must have one size, got {sorted({frame.shape for frame in frames})}")
    images = [Image.fromarray(frame) for frame in frames]
    buffer, durations = io.BytesIO(), list(durations_ms)
    if kind == "webp":
        first, *rest = images
        first.save(
            buffer,
            "WEBP",
            save_all=True,
            append_images=rest,
            duration=durations,
            loop=0,
            lossless=True,
            quality=20,
            method=2,
        )
    else:
        first, *rest = [image.quantize(256, dither=Image.Dither.FLOYDSTEINBERG) for image in images]
        first.save(buffer, "GIF", save_all=True, append_images=rest, duration=durations, loop=0)
    return buffer.getvalue()


def write_png(pixels: np.ndarray, path: str | Path) -> None:
    """Write (H, W, 3) uint8 pixels as a PNG file; at every moment `path` holds the old file or the whole new one.

    Raises ImageError where that cannot be written, ValueError for pixels of another shape or type.
    """
    try:
        write_atomically(Path(path), encode_png(pixels))
    except OSError as error:
        raise ImageError(
            f"'{printable(path)}' cannot be written: {(error.strerror or 'unknown reason').lower()}."
        ) from error
