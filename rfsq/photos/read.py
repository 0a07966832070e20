"""The only door for outside images: file or bytes → checked, upright sRGB pixels.

Whatever is wrong with a file, the caller sees one `ImageError` whose text can be shown to people as it is.
Nothing here changes Pillow's global settings, so any number of threads may read at once.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from PIL import Image
from PIL.WebPImagePlugin import WebPImageFile

from rfsq.photos.colour import to_srgb
from rfsq.photos.errors import CUT_OFF, NO_MEMORY, NOT_A_PICTURE, ImageError
from rfsq.photos.formats.avif import read_avif
from rfsq.photos.formats.bmp import read_bmp
from rfsq.photos.formats.gif import read_gif
from rfsq.photos.formats.jpeg import read_jpeg
from rfsq.photos.formats.pillow import open_picture, raster_of
from rfsq.photos.formats.png import read_png
from rfsq.photos.formats.tiff import read_tiff
from rfsq.photos.headers import check_size, declared_size, ends_early, sniff
from rfsq.photos.orientation import upright
from rfsq.photos.raster import Raster
from rfsq.photos.source import read_bytes

IMAGE_SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".gif")
MAX_PIXELS: Final = 50_000_000

# The allow-list. Pillow's readers are called directly, not through Image.open: no other plugin can be reached, and
# Image.open would warn or raise at its own pixel limit before ours could state the size.
READERS: Final[dict[str, Callable[[bytes, int], Raster]]] = {
    "JPEG": read_jpeg,
    "PNG": read_png,
    "WebP": lambda data, max_pixels: raster_of(open_picture(WebPImageFile, data, max_pixels)),
    "AVIF": read_avif,
    "GIF": read_gif,
    "TIFF": read_tiff,
    "BMP": read_bmp,
}


def read_image(source: bytes | str | Path | BinaryIO, *, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Read one picture as upright sRGB pixels, (H, W, 3) uint8.

    `source`: the bytes of a file, a path, or a binary stream (read from where it stands).
    Formats: JPEG, PNG, WebP, AVIF, GIF, TIFF, BMP; of several frames the first.
    Values: as Chromium shows them, of TIFF as the specification says. EXIF orientation is applied, colours are
    converted from the ICC profile, cICP, nclx or gAMA and cHRM, alpha is composited on white. Samples up to 16 bits
    fill their type's range and are rounded to 8. Wider ones (32 bits, float) are taken as 0…1 (float only), 0…255,
    0…65535 or all that unsigned bits hold, the first that holds all values, else stretched from least to greatest.
    What only adds to a picture (text, profile, EXIF, checksums, an end marker) never costs it.
    Memory: 10 to 25 bytes a pixel beside the file, as its format and depth need.
    Raises ImageError when there is no readable picture of 1 to `max_pixels` pixels; size is checked before decoding.
    """
    data = read_bytes(source)
    if not data:
        raise ImageError("This file is empty.")
    kind = sniff(data)
    if kind is None:
        raise ImageError(NOT_A_PICTURE)
    try:
        check_size(declared_size(kind, data), max_pixels)
        raster = READERS[kind](data, max_pixels)
        return upright(to_srgb(raster), raster.orientation)
    except ImageError:
        raise
    except MemoryError as error:
        raise ImageError(NO_MEMORY) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        # A frame or tile larger than the size in the header, which passed our check.
        raise ImageError(f"This picture is too large; the limit is {max_pixels / 1e6:g} megapixels.") from error
    except Exception as error:  # Pillow's readers raise nearly every built-in exception on broken files
        if ends_early(kind, data, error):
            raise ImageError(CUT_OFF) from error
        if kind in ("GIF", "TIFF") and str(error) == "not identified by this driver":  # said by Pillow when a side is 0
            raise ImageError("This picture has no pixels: its width or height is 0.") from error
        raise ImageError(f"This {kind} file is damaged or of a kind we cannot read.") from error
