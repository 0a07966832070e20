"""What is said when a picture cannot be read or written."""

from __future__ import annotations

from typing import Final

NOT_A_PICTURE: Final = "We cannot read this file as a picture. JPEG, PNG, WebP, AVIF, GIF and TIFF work."
CUT_OFF: Final = "The file ends too early; it may be an incomplete download."
NO_MEMORY: Final = "There is not enough memory to open this picture. A smaller copy will work."


class ImageError(ValueError):
    """Why a picture cannot be read or written, in words for the person who chose it."""
