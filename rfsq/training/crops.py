"""Random windows of photos, as the network takes them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


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


def as_images(crops: Sequence[np.ndarray]) -> Tensor:
    """Crops of one size (H, W, 3) uint8 -> (B, 3, H, W) float32 in [-1, 1]."""
    return torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
