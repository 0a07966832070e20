"""Pictures that tests make."""

import numpy as np


def smooth_photo(height: int, width: int, seed: int) -> np.ndarray:
    """A colourful picture without hard edges, (H, W, 3) uint8."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / 16
    frequency, phase = rng.uniform(0.3, 1.5, (2, 3)), rng.uniform(0, 6, 3)
    waves = np.sin(x[..., None] * frequency[0] + y[..., None] * frequency[1] + phase)
    return (127.5 + 120 * waves).round().astype(np.uint8)
