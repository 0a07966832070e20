"""The only door for outside images: file or bytes → checked, upright sRGB pixels.

Whatever is wrong with a file, the caller sees one `ImageError` whose text can be shown to people as it is.
Nothing here changes Pillow's global settings, so any number of threads may read at once.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from rfsq.photos.colour import to_srgb
from rfsq.photos.errors import CUT_OFF, NO_MEMORY, NOT_A_PICTURE, ImageError
from rfsq.photos.headers import check_size, declared_size, ends_early, sniff
from rfsq.photos.orientation import orientation_of, upright
from rfsq.photos.source import read_bytes

IMAGE_SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".gif")
MAX_PIXELS: Final = 50_000_000

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


def read_image(source: bytes | str | Path | BinaryIO, *, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Read one picture as upright sRGB pixels, (H, W, 3) uint8.

    `source`: the bytes of a file, a path, or a binary stream (read from where it stands).
    Formats: JPEG, PNG, WebP, AVIF, GIF, TIFF, BMP; of several frames the first. EXIF orientation and a valid ICC
    profile are applied, alpha is composited on white, 16-bit grey is divided by 257. Wider grey (32-bit, float) is
    taken as 0…1 (float only), 0…255 or 0…65535, the first that holds all values, else stretched from least to greatest.
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
        with _READERS[kind](io.BytesIO(data)) as image:
            check_size(image.size, max_pixels)
            image.load()
            return upright(to_srgb(image), orientation_of(image))
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
