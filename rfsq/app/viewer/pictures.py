"""Arrays to lossless picture files (WebP), each encoded once for all viewers."""

import weakref

import numpy as np
from PIL import Image

from rfsq.app.shared.bounded import BoundedCache
from rfsq.app.shared.picture_files import PictureFile, name_of, offer
from rfsq.photos.write import encode_lossless

CACHE_BYTES = 192_000_000  # encoded bytes kept per process, shared by all viewers


_ENCODED = BoundedCache(CACHE_BYTES)
_NAMES: dict[int, tuple[weakref.ref[np.ndarray], str]] = {}  # by id, of read-only arrays while they exist


def known_file(array: np.ndarray) -> PictureFile | None:
    """The file of a read-only picture or error map that was encoded before, without looking at its values again."""
    found, name = _NAMES.get(id(array), (None, ""))
    file: PictureFile | None = _ENCODED.peek(name) if found is not None and found() is array else None
    return None if file is None else offer(file)


def encode_picture(pixels: np.ndarray, *, small: bool = False) -> PictureFile:
    """The lossless file of an RGB picture. pixels: (H, W, 3) uint8; small: as `encode_lossless`.

    Raises ValueError for any other array.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or 0 in pixels.shape:
        raise ValueError(f"a picture must be (H, W, 3) uint8, got {pixels.shape} {pixels.dtype}")
    pixels = np.ascontiguousarray(pixels)
    name = _name("rgb", pixels)

    def encode() -> PictureFile:
        return PictureFile(name, encode_lossless(Image.fromarray(pixels), small=small))

    if small:  # travels inside of a message
        return _ENCODED.get(f"{name}, small", encode, _bytes)
    return offer(_ENCODED.get(name, encode, _bytes))


def encode_error(error: np.ndarray) -> PictureFile:
    """The lossless grey file of an error map, 1.0 at white. error: (H, W) float in [0, 1]; ValueError otherwise."""
    if error.ndim != 2 or not np.issubdtype(error.dtype, np.floating) or 0 in error.shape:
        raise ValueError(f"an error map must be (H, W) float, got {error.shape} {error.dtype}")
    error = np.ascontiguousarray(error, dtype=np.float32)
    name = _name("error", error)

    def encode() -> PictureFile:
        if not np.isfinite(error).all() or error.min() < 0 or error.max() > 1:
            raise ValueError("an error map must lie in [0, 1]")
        grey = np.rint(error * 255).astype(np.uint8)
        return PictureFile(name, encode_lossless(Image.fromarray(grey)), float(np.percentile(error, 99.5)))

    return offer(_ENCODED.get(name, encode, _bytes))


def _bytes(file: PictureFile) -> int:
    return len(file.data)


def _name(kind: str, array: np.ndarray) -> str:
    name = name_of(f"{kind}{array.shape}", array.data)
    if not array.flags.writeable:
        number = id(array)
        _NAMES[number] = weakref.ref(array, lambda _: _NAMES.pop(number, None)), name
    return name
