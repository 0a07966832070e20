"""What all formats that Pillow decodes have in common: opened with a check of the size, taken apart into a Raster."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Final

import numpy as np
from PIL import Image
from PIL.ImageFile import ImageFile

from rfsq.photos.colour_space import ColourSpace
from rfsq.photos.errors import ImageError
from rfsq.photos.headers import check_size
from rfsq.photos.orientation import orientation_of
from rfsq.photos.raster import ColourModel, Raster

_ZEROS: Final = bytes(4096)
_OTHER_BITS: Final = bytes(np.random.default_rng(0).integers(1, 255, 4096, dtype=np.uint8))  # nothing like a marker
_MODELS: Final[dict[str, ColourModel]] = {"L": "grey", "RGB": "rgb", "RGBX": "rgb", "CMYK": "cmyk", "LAB": "lab"}


def open_picture(reader: Callable[[io.BytesIO], ImageFile], data: bytes, max_pixels: int) -> ImageFile:
    """The first frame, decoded. Raises ImageError for its size, and nearly anything on broken files."""
    image = reader(io.BytesIO(data))
    check_size(image.size, max_pixels)
    image.load()
    return image


def open_whole(reader: Callable[[io.BytesIO], ImageFile], data: bytes, max_pixels: int, end: bytes = b"") -> ImageFile:
    """As `open_picture`; also when the file stops behind its last pixel and before its end, which decoders ask for.

    They go on with zeros where the bits end, and say nothing. So they are given other bits to go on with: a picture
    that has all its own does not change. Otherwise the decoder's own error is raised.
    """
    try:
        return open_picture(reader, data, max_pixels)
    except OSError as error:
        if "truncated" not in str(error):
            raise
        whole = open_picture(reader, data + _ZEROS + end, max_pixels)
        other = open_picture(reader, data + _OTHER_BITS + end, max_pixels)
        if not np.array_equal(np.asarray(whole), np.asarray(other)):
            raise
        return whole


def raster_of(image: Image.Image, space: ColourSpace | None = None, orientation: int | None = None) -> Raster:
    """The samples of a decoded picture. Its EXIF block tells the orientation where that is not given.

    Raises ImageError for samples of a kind that is not read.
    """
    if orientation is None:
        orientation = orientation_of(image.info.get("exif"))
    profile = image.info.get("icc_profile")
    profile = profile if isinstance(profile, bytes) else None
    if image.mode == "LA":
        grey = np.asarray(image)
        return Raster("grey", grey[..., :1], grey[..., 1], profile, space, orientation)
    if image.has_transparency_data:  # RGBA, premultiplied, a palette's or a single transparent colour
        rgba = np.asarray(image.convert("RGBA"))
        return Raster("rgb", rgba[..., :3], rgba[..., 3], profile, space, orientation)
    if image.mode == "1":
        image = image.convert("L")
    elif image.mode in ("P", "PA", "YCbCr"):
        image = image.convert("RGB")
    if image.mode not in _MODELS:
        raise ImageError(f"This picture has samples of a kind that we cannot read ({image.mode}).")
    colour = np.asarray(image)
    colour = colour[..., None] if colour.ndim == 2 else colour[..., :3] if image.mode == "RGBX" else colour
    return Raster(_MODELS[image.mode], colour, None, profile, space, orientation)
