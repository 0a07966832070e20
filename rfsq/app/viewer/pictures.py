"""Arrays to lossless picture files, each encoded once: the browser gets WebP bytes named by their content."""

import hashlib
import weakref
from dataclasses import dataclass

import numpy as np
from PIL import Image

from rfsq.app.shared.bounded import BoundedCache
from rfsq.photos.write import encode_lossless

CACHE_BYTES = 192_000_000  # encoded bytes kept per process, shared by all viewers


@dataclass(frozen=True)
class Encoded:
    """A picture file: `digest` names the pixels, so equal pictures travel and decode once."""

    digest: str
    data: bytes
    ceiling: float = 0.0  # error maps only: the 99.5th percentile, in [0, 1]


_ENCODED = BoundedCache(CACHE_BYTES)
_DIGESTS: dict[int, tuple[weakref.ref[np.ndarray], str]] = {}  # by id, of read-only arrays while they exist


def known_file(array: np.ndarray) -> Encoded | None:
    """The file of a read-only picture or error map that was encoded before, without looking at its values again."""
    found, digest = _DIGESTS.get(id(array), (None, ""))
    file: Encoded | None = _ENCODED.peek(digest) if found is not None and found() is array else None
    return file


def encode_picture(pixels: np.ndarray, *, small: bool = False) -> Encoded:
    """The lossless file of an RGB picture. pixels: (H, W, 3) uint8; small: as `encode_lossless`.

    Raises ValueError for any other array.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or 0 in pixels.shape:
        raise ValueError(f"a picture must be (H, W, 3) uint8, got {pixels.shape} {pixels.dtype}")
    pixels = np.ascontiguousarray(pixels)
    digest = _digest("rgb", pixels)
    key = f"{digest}, small" if small else digest
    return _ENCODED.get(key, lambda: Encoded(digest, encode_lossless(Image.fromarray(pixels), small=small)), _bytes)


def encode_error(error: np.ndarray) -> Encoded:
    """The lossless grey file of an error map, 1.0 at white. error: (H, W) float in [0, 1]; ValueError otherwise."""
    if error.ndim != 2 or not np.issubdtype(error.dtype, np.floating) or 0 in error.shape:
        raise ValueError(f"an error map must be (H, W) float, got {error.shape} {error.dtype}")
    error = np.ascontiguousarray(error, dtype=np.float32)
    digest = _digest("error", error)

    def encode() -> Encoded:
        if not np.isfinite(error).all() or error.min() < 0 or error.max() > 1:
            raise ValueError("an error map must lie in [0, 1]")
        grey = np.rint(error * 255).astype(np.uint8)
        return Encoded(digest, encode_lossless(Image.fromarray(grey)), float(np.percentile(error, 99.5)))

    return _ENCODED.get(digest, encode, _bytes)


def _bytes(file: Encoded) -> int:
    return len(file.data)


def _digest(kind: str, array: np.ndarray) -> str:
    name = hashlib.blake2b(f"{kind}{array.shape}".encode(), digest_size=12)
    name.update(array.data)
    digest = name.hexdigest()
    if not array.flags.writeable:
        number = id(array)
        _DIGESTS[number] = weakref.ref(array, lambda _: _DIGESTS.pop(number, None)), digest
    return digest
