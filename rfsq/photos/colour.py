"""Raster of any colour model and depth → 8-bit sRGB on white."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Final

import numpy as np
from PIL import Image, ImageCms

from rfsq.photos.icc import colours_of, space_of_code_points, space_of_profile
from rfsq.photos.raster import ColourModel, Raster

_BAND_PIXELS: Final = 1 << 20  # converted at a time: wider copies of a whole picture would be many times its size
_MODES: Final[dict[ColourModel, str]] = {"grey": "L", "rgb": "RGB", "cmyk": "CMYK", "lab": "LAB"}
_MADE_FOR: Final[dict[ColourModel, tuple[bytes, ...]]] = {
    "grey": (b"GRAY", b"RGB "),  # a grey picture may carry the profile of its colours: Chromium applies it
    "rgb": (b"RGB ",),
    "cmyk": (b"CMYK",),
    "lab": (),
}

Convert = Callable[[np.ndarray], np.ndarray]  # (h, w, channels) uint8 or uint16 → (h, w, 3) uint8


def to_srgb(raster: Raster) -> np.ndarray:
    """(H, W, 3) uint8, sRGB, composited on white as browsers do, in sRGB."""
    convert = _conversion(raster)
    if convert is _plain and raster.model == "rgb" and raster.alpha is None and raster.colour.dtype == np.uint8:
        return raster.colour
    height, width = raster.colour.shape[:2]
    pixels = np.empty((height, width, 3), np.uint8)
    rows = max(1, _BAND_PIXELS // width)
    for top in range(0, height, rows):
        band = convert(raster.colour[top : top + rows])
        if raster.alpha is not None:
            band = _on_white(band, raster.alpha[top : top + rows])
        pixels[top : top + rows] = band
    return pixels


def to_bytes(samples: np.ndarray) -> np.ndarray:
    """The nearest of 256 values; 16-bit ones are divided by 257."""
    return samples if samples.dtype == np.uint8 else ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _on_white(band: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    full = np.iinfo(alpha.dtype).max
    cover = alpha[..., None].astype(np.uint32)
    return ((band * cover + 255 * (full - cover) + full // 2) // full).astype(np.uint8)


def _conversion(raster: Raster) -> Convert:
    """By the profile if it can be used, else by the space, else as sRGB."""
    convert: Convert | None = None
    if raster.profile is not None and colours_of(raster.profile) in _MADE_FOR[raster.model]:
        # Colours of 8 bits are littleCMS's, on which published scores rest. It has no other depth in Pillow, and is up to
        # 10 of 255 wrong in dark tones of grey.
        is_exact = raster.model == "rgb" and raster.colour.dtype == np.uint8
        space = space_of_code_points(raster.profile)
        if space is None and not is_exact:
            space = space_of_profile(raster.profile)
        convert = space.pixels if space is not None else _by_littlecms(raster.profile, raster.model)
    if convert is None and raster.model == "lab":
        convert = _by_littlecms(None, "lab")
    if convert is None and raster.model == "cmyk":
        convert = _plain_ink
    if convert is None and raster.space is not None:
        convert = raster.space.pixels
    if convert is None or (raster.model in ("grey", "rgb") and _is_srgb(convert, raster.colour.shape[2])):
        return _plain
    return convert


def _is_srgb(convert: Convert, channels: int) -> bool:
    """Whether nothing but rounding would change, so that pixels can be kept exactly as stored."""
    steps = np.linspace(0, 255, 9).round().astype(np.uint8)
    colours = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(1, -1, 3)
    probe = colours if channels == 3 else np.arange(256, dtype=np.uint8)[None, :, None]
    return int(np.abs(convert(probe).astype(int) - probe).max()) <= 2


def _plain(band: np.ndarray) -> np.ndarray:
    return np.broadcast_to(to_bytes(band), (*band.shape[:2], 3))


def _plain_ink(band: np.ndarray) -> np.ndarray:
    """Ink without a profile, as browsers show it: what each colour and black let through, multiplied."""
    light = 255 - to_bytes(band).astype(np.uint16)
    return (light[..., :3] * light[..., 3:] // 255).astype(np.uint8)


def _by_littlecms(profile: bytes | None, model: ColourModel) -> Convert | None:
    """8 bits in and out, by any kind of profile, by Lab itself when there is none; None when it cannot be used."""
    mode = "RGB" if model == "grey" and profile is not None and colours_of(profile) == b"RGB " else _MODES[model]
    try:
        source = ImageCms.createProfile("LAB") if profile is None else ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None

    def convert(band: np.ndarray) -> np.ndarray:
        height, width = band.shape[:2]
        stored = np.broadcast_to(to_bytes(band), (height, width, 3)) if mode == "RGB" else to_bytes(band)
        image = ImageCms.applyTransform(Image.frombytes(mode, (width, height), stored.tobytes()), transform)
        assert image is not None
        return np.asarray(image)

    return convert
