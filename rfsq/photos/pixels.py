"""Pixels, NumPy arrays (H, W, 3) uint8 in sRGB: to tensors and back, and to other sizes.

Tensors are (B, 3, H, W) float32 in [-1, 1]: value = pixel / 127.5 - 1, said here and nowhere else.
"""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def to_tensor(pixels: np.ndarray) -> Tensor:
    """Pixels (H, W, 3) uint8, or several as (B, H, W, 3) → images (1 or B, 3, H, W) float32 in [-1, 1].

    Raises ValueError for another shape or type.
    """
    several = pixels if pixels.ndim == 4 else pixels[None]
    if several.dtype != np.uint8 or several.ndim != 4 or several.shape[3] != 3 or 0 in several.shape[1:]:
        raise ValueError(f"expected pixels of shape (H, W, 3) and type uint8, got {pixels.shape} {pixels.dtype}")
    planes = np.ascontiguousarray(several.transpose(0, 3, 1, 2), dtype=np.float32)
    return torch.from_numpy(planes).div_(127.5).sub_(1)


def to_pixels(images: Tensor) -> np.ndarray:
    """Image (1, 3, H, W) in [-1, 1], any float type and device → pixels (H, W, 3) uint8.

    Values outside the range are clamped, halves are rounded up; undoes `to_tensor` exactly.
    Raises ValueError for another shape and for NaN, which has no colour.

    >>> pixels = np.array([[[0, 51, 255]]], dtype=np.uint8)
    >>> to_tensor(pixels).flatten().tolist()
    [-1.0, -0.6000000238418579, 1.0]
    >>> to_pixels(to_tensor(pixels)).tolist()
    [[[0, 51, 255]]]
    """
    if images.ndim != 4 or images.shape[:2] != (1, 3):
        raise ValueError(f"expected an image of shape (1, 3, H, W), got {tuple(images.shape)}")
    return to_pictures(images)[0]


def to_pictures(images: Tensor) -> np.ndarray:
    """Images (B, 3, H, W) as `to_pixels` takes one → pixels (B, H, W, 3) uint8.

    Converted where they are and fetched together, so that a GPU is waited for once and sends a quarter of the bytes.
    Raises ValueError for another shape and for NaN.
    """
    if images.ndim != 4 or images.shape[1] != 3:
        raise ValueError(f"expected images of shape (B, 3, H, W), got {tuple(images.shape)}")
    values = images.detach().permute(0, 2, 3, 1).float()
    scaled = values.clamp(-1, 1).add_(1).mul_(127.5).add_(0.5).floor_()
    pixels = np.ascontiguousarray(scaled.to(torch.uint8).cpu().numpy())
    if bool(values.isnan().any()):
        raise ValueError("the image contains NaN")
    return pixels


def check_pixels(pixels: np.ndarray) -> None:
    """Raises ValueError for what is not (H, W, 3) uint8 with at least one pixel."""
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise ValueError(f"expected pixels of shape (H, W, 3) and type uint8, got {pixels.shape} {pixels.dtype}")


def fit_within(pixels: np.ndarray, size: int | None) -> np.ndarray:
    """Shrink (H, W, 3) so that the longer side is at most `size` pixels; None, or a small picture: returned as it is.

    Keeps the aspect ratio, never enlarges, leaves at least one pixel a side. Raises ValueError for size < 1.
    """
    check_pixels(pixels)
    height, width = pixels.shape[:2]
    longer = max(height, width)
    if size is None or longer <= size:
        return pixels
    if size < 1:
        raise ValueError(f"size must be at least 1, got {size}")
    new_size = (max(1, round(width * size / longer)), max(1, round(height * size / longer)))
    resized = Image.fromarray(pixels).resize(new_size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return np.array(resized)
