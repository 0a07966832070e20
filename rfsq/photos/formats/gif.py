"""GIF. Pillow decodes; where the first frame leaves its screen free, there is nothing: white, as in browsers."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
from PIL.GifImagePlugin import GifImageFile

from rfsq.photos.formats.pillow import open_whole, raster_of
from rfsq.photos.raster import Raster


def read_gif(data: bytes, max_pixels: int) -> Raster:
    """The first frame on its screen. Raises ImageError and what Pillow raises."""
    image = open_whole(GifImageFile, data, max_pixels)
    raster = raster_of(image)
    left, top, right, bottom = _frame(data)
    if (left, top) == (0, 0) and right >= image.width and bottom >= image.height:
        return raster
    alpha = np.zeros(raster.colour.shape[:2], np.uint8)
    inside = (slice(top, bottom), slice(left, right))
    alpha[inside] = 255 if raster.alpha is None else raster.alpha[inside]
    return replace(raster, alpha=alpha)


def _frame(data: bytes) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the first frame."""
    left, top, right, bottom = GifImageFile(io.BytesIO(data)).tile[0].extents or (0, 0, 0, 0)
    return left, top, right, bottom
