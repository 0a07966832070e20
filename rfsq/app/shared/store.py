"""What the pages have computed, kept once for all viewers of a process."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial

import numpy as np
import streamlit as st

from rfsq.app.shared.bounded import BoundedCache

STORE_BYTES = 2_500_000_000  # four methods at 256² take 4 MB a photo, the other formats' files 10 MB


@st.cache_resource(show_spinner=False)
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
