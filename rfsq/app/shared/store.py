"""What the pages have computed, kept once for all viewers of a process."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable
from functools import cache, partial
from typing import Final, TypeVar

import numpy as np

from rfsq.app.shared.bounded import BoundedCache
from rfsq.app.shared.turns import turns

T = TypeVar("T")

STORE_MB: Final = 2_500  # four methods at 256² take 4 MB a photo, the other formats' files 10 MB


@cache
def store() -> BoundedCache:
    """The one store. Its values are shared by all viewers: never change one.

    RFSQ_STORE_MB in the environment bounds it, STORE_MB otherwise. Raises ValueError for anything but a whole number.
    """
    asked = os.environ.get("RFSQ_STORE_MB") or str(STORE_MB)
    if not asked.isascii() or not asked.isdigit():
        raise ValueError(f"RFSQ_STORE_MB must be a whole number of megabytes, got {asked!r}")
    return BoundedCache(1_000_000 * int(asked))


def keep_in_turn(key: Hashable, compute: Callable[[], T], size_of: Callable[[T], int]) -> T:
    """As `store().get`, for what keeps the machine busy: it is computed in a turn, so once for all who wait for it."""
    found: T | None = store().peek(key)
    if found is not None:
        return found
    with turns().turn():
        return store().get(key, compute, size_of)


def keep_pixels(key: Hashable, make: partial[np.ndarray]) -> np.ndarray:
    """Pixels that are made once; read-only."""

    def frozen() -> np.ndarray:
        pixels = make()
        pixels.setflags(write=False)
        return pixels

    return keep_in_turn(("pixels", key), frozen, lambda pixels: pixels.nbytes)
