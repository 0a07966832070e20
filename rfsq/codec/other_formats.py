"""JPEG, WebP and AVIF through Pillow: what a picture costs there, and how it looks afterwards.

JPEG and AVIF come twice: with colour at half the resolution in both directions (4:2:0, what most programs write) and at the
full one (4:4:4), which costs bytes and saves fine colour. WebP has no 4:4:4.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, get_args

import numpy as np
from PIL import Image, features

FormatName = Literal["jpeg", "jpeg-444", "webp", "avif", "avif-444"]
FORMATS: Final[tuple[FormatName, ...]] = get_args(FormatName)
Chroma = Literal["4:2:0", "4:4:4"]
CHROMAS: Final[tuple[Chroma, ...]] = get_args(Chroma)
QUALITIES: Final = (0, 5, 10, 20, 30, 45, 60, 75, 85, 92, 97)  # of a curve: closer where files grow slowly
_MOST: Final = 100
_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "jpeg": {"format": "JPEG", "optimize": True, "subsampling": "4:2:0"},
    "jpeg-444": {"format": "JPEG", "optimize": True, "subsampling": "4:4:4"},
    "webp": {"format": "WEBP", "method": 6},
    "avif": {"format": "AVIF", "speed": 6, "subsampling": "4:2:0"},
    "avif-444": {"format": "AVIF", "speed": 6, "subsampling": "4:4:4"},
}


@dataclass(frozen=True, eq=False)
class FormatFile:
    """A picture as a file of another format."""

    codec: FormatName
    quality: int  # 0 … 100, of this format: two formats' qualities do not compare
    size: int  # bytes, the whole file
    pixels: np.ndarray  # (H, W, 3) uint8, decoded again


def base_of(name: FormatName) -> str:
    """The format without its chroma: "avif" of "avif-444"."""
    return name.partition("-")[0]


def available_formats(chroma: Chroma | None = None) -> tuple[FormatName, ...]:
    """The formats that this build of Pillow can write; with `chroma` each once, JPEG and AVIF with that one."""
    return tuple(
        name
        for name in FORMATS
        if (base_of(name) == "jpeg" or features.check(base_of(name)))
        and (chroma is None or name == "webp" or name.endswith("-444") == (chroma == "4:4:4"))
    )


def encode(pixels: np.ndarray, codec: FormatName, quality: int) -> FormatFile:
    """Write (H, W, 3) uint8 pixels at a quality of 0 … 100 and read them again. Raises ValueError for another quality."""
    if not 0 <= quality <= _MOST:
        raise ValueError(f"quality must be 0 … {_MOST}, got {quality}")
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, quality=quality, **_OPTIONS[codec])
    size = buffer.tell()
    with Image.open(buffer) as picture:
        return FormatFile(codec, quality, size, np.asarray(picture.convert("RGB")))


def curve(pixels: np.ndarray, codec: FormatName) -> Iterator[FormatFile]:
    """The picture at QUALITIES, from the smallest file to the largest; steps that change nothing are left out."""
    last = 0
    for quality in QUALITIES:
        file = encode(pixels, codec, quality)
        if file.size > last:
            last = file.size
            yield file


def at_size(pixels: np.ndarray, codec: FormatName, limit: int) -> FormatFile:
    """The best quality whose file has at most `limit` bytes; the smallest file if even that one is larger.

    Sizes grow with quality but for a few bytes, so a search by halves finds the step.
    """
    best = encode(pixels, codec, 0)
    low, high = 0, _MOST
    while low < high and best.size <= limit:
        middle = (low + high + 1) // 2
        file = encode(pixels, codec, middle)
        if file.size <= limit:
            best, low = file, middle
        else:
            high = middle - 1
    return best


@cache
def container_floor(codec: FormatName) -> int:
    """Bytes of the smallest file of a grey 16 × 16 picture: what the format costs before it says anything."""
    return encode(np.full((16, 16, 3), 128, np.uint8), codec, 0).size
