"""Random windows of photos, as the network takes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Window:
    """A square part of a photo, maybe mirrored. What lies beyond the photo's last row or column repeats it."""

    top: int
    left: int
    size: int
    mirrored: bool

    def rows(self, height: int) -> np.ndarray:
        """The photo's row of each row of the window: (size,) int64."""
        return np.minimum(np.arange(self.top, self.top + self.size), height - 1)

    def columns(self, width: int) -> np.ndarray:
        """The photo's column of each column of the window: (size,) int64."""
        columns = np.minimum(np.arange(self.left, self.left + self.size), width - 1)
        return columns[::-1] if self.mirrored else columns


def random_window(height: int, width: int, size: int, flip: bool, rng: np.random.Generator) -> Window:
    """A window at a random place of a photo, inside it where it fits; `flip`: mirrored half of the time."""
    top, left = rng.integers(max(height - size, 0) + 1), rng.integers(max(width - size, 0) + 1)
    return Window(int(top), int(left), size, bool(flip and rng.random() < 0.5))


def random_crop(pixels: np.ndarray, size: int, flip: bool, rng: np.random.Generator) -> np.ndarray:
    """A (size, size, 3) window at a random place; a smaller photo is enlarged by repeating its edge."""
    height, width = pixels.shape[:2]
    window = random_window(height, width, size, flip, rng)
    if height < size or width < size:
        return pixels[window.rows(height)[:, None], window.columns(width)]
    crop = pixels[window.top : window.top + size, window.left : window.left + size]
    return crop[:, ::-1] if window.mirrored else crop
