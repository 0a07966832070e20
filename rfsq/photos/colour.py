"""Any mode that a reader produces → 8-bit sRGB on white."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageCms


def to_srgb(image: Image.Image) -> Image.Image:
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
