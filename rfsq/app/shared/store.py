"""What the pages have computed, kept once for all viewers of a process."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache, partial

import numpy as np

from rfsq.app.shared.bounded import BoundedCache

STORE_BYTES = 2_500_000_000  # four methods at 256² take 4 MB a photo, the other formats' files 10 MB


@cache
def store() -> BoundedCache:
    """The one store. Its values are shared by all viewers: never change one."""
    return BoundedCache(STORE_BYTES)


def keep_pixels(key: Hashable, make: partial[np.ndarray]) -> np.ndarray:
    """Pixels that are made once; read-only."""

    def frozen() -> np.ndarray:
        pixels = make()
        pixels.setflags(write=False)
        return pixels

    return store().get(("pixels", key), frozen, lambda pixels: pixels.nbytes)
