"""What a format's reader hands on: samples with their full range, and what the file says about their colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rfsq.photos.colour_space import ColourSpace

ColourModel = Literal["grey", "rgb", "cmyk", "lab"]


@dataclass(frozen=True, eq=False)
class Raster:
    """A decoded picture before colour conversion: the type's range, 0 … 255 or 0 … 65535, is the sample's range."""

    model: ColourModel
    colour: np.ndarray  # (H, W, 1, 3 or 4) uint8 or uint16; Lab as in TIFF: 8 bits, a* and b* signed
    alpha: np.ndarray | None = None  # (H, W) of the same type, never premultiplied
    profile: bytes | None = None  # ICC, as stored: may be broken or made for another model
    space: ColourSpace | None = None  # said by other means than a profile, which counts less
    orientation: int = 1  # EXIF, 1 … 8
