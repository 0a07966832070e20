"""Random windows of photos, as the network takes them."""

from __future__ import annotations

import numpy as np


def random_crop(pixels: np.ndarray, size: int, flip: bool, rng: np.random.Generator) -> np.ndarray:
    """A (size, size, 3) window at a random place; a smaller photo is enlarged by repeating its edge."""
    height, width = pixels.shape[:2]
    if height < size or width < size:
        missing = ((0, max(size - height, 0)), (0, max(size - width, 0)), (0, 0))
        pixels = np.pad(pixels, missing, mode="edge")
        height, width = pixels.shape[:2]
    top, left = rng.integers(height - size + 1), rng.integers(width - size + 1)
    window = pixels[top : top + size, left : left + size]
    return window[:, ::-1] if flip and rng.random() < 0.5 else window
