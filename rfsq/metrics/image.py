"""How far a reconstruction is from its original.

Image metrics take x (the original) and y (the reconstruction): float tensors (B, 3, H, W) in [-1, 1], where the caller
has clamped y to that range. Each returns (B,) float32, one score per image, computed image by image so that no score
depends on the rest of the batch. All but `flip` are differentiable. A score that cannot be measured is NaN, and the
matching `..._reason` function says why.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from rfsq.metrics.torchvision_ops import ensure_loadable

SSIM_MIN_SIDE = 11  # the Gaussian window
MS_SSIM_MIN_SIDE = 176  # four halvings must leave the window: 176 / 16 = 11
# Exponents of the five scales; Wang, Simoncelli and Bovik, "Multiscale structural similarity", 2003, section 3.2.
_MS_SSIM_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)

# Large pictures are scored in horizontal bands with enough context that nothing changes but the memory needed.
_SSIM_BAND_PIXELS = 2**20
_SSIM_CONTEXT = 5  # half the window
_FLIP_BAND_PIXELS = 2**17  # flip-evaluator keeps Python's lock while it runs: about 0.1 s a band, then others may run
_FLIP_CONTEXT = 16  # its widest filter reaches 10 pixels at the default viewing distance


# --- images ----------------------------------------------------------------------------------------------------------


def l1(x: Tensor, y: Tensor) -> Tensor:
    """Mean absolute difference over channels and pixels, on the [-1, 1] scale (0 is identical, 2 the worst).

    >>> l1(torch.zeros(1, 3, 16, 16), torch.full((1, 3, 16, 16), 0.25))
    tensor([0.2500])
    """
    _check_images(x, y)
    return torch.stack([(a - b).abs().mean() for a, b in _pairs(x, y)])


def psnr_db(x: Tensor, y: Tensor) -> Tensor:
    """Peak signal-to-noise ratio in dB: 10 log10(2² / MSE), since [-1, 1] is 2 wide. Infinite for identical images.

    >>> image = torch.zeros(1, 3, 16, 16)
    >>> psnr_db(image, image + 0.02)  # a hundredth of the range everywhere
    tensor([40.])
    """
    _check_images(x, y)
    return 10 * torch.log10(4 / torch.stack([(a - b).square().mean() for a, b in _pairs(x, y)]))


def ssim(x: Tensor, y: Tensor) -> Tensor:
    """Structural similarity, at most 1 (identical); 11-pixel Gaussian window of sigma 1.5, mean over channels.

    Measured on [0, 1]: unlike PSNR it is not indifferent to the offset of the scale. NaN below 11 pixels a side.
    Source: Wang, Bovik, Sheikh and Simoncelli 2004, as implemented by torchmetrics.
    """
    _check_images(x, y)
    if ssim_reason(*x.shape[-2:]) is not None:
        return _not_measured(x)
    return torch.stack([_mean_ssim(a, b) for a, b in _unit_pairs(x, y)])


def ms_ssim(x: Tensor, y: Tensor) -> Tensor:
    """Multi-scale structural similarity over five scales, in [0, 1]. NaN below 176 pixels a side.

    Source: Wang, Simoncelli and Bovik 2003, as implemented by torchmetrics (negative terms count as 0).
    """
    _check_images(x, y)
    if ms_ssim_reason(*x.shape[-2:]) is not None:
        return _not_measured(x)
    return torch.stack([_ms_ssim_of_one(a, b) for a, b in _unit_pairs(x, y)])


def ssim_reason(height: int, width: int) -> str | None:
    """Why `ssim` is NaN for images of this size, as a sentence for people; None when it can be measured."""
    return _size_reason("SSIM", SSIM_MIN_SIDE, height, width)


def ms_ssim_reason(height: int, width: int) -> str | None:
    """Why `ms_ssim` is NaN for images of this size, as a sentence for people; None when it can be measured."""
    return _size_reason("MS-SSIM", MS_SSIM_MIN_SIDE, height, width)


@dataclass(frozen=True)
class Flip:
    """Perceived difference when the eye flips between two pictures, 0 (none) to 1."""

    mean: float  # over all pixels
    error: np.ndarray  # (H, W) float32 in [0, 1], the error picture


def flip(reference_pixels: np.ndarray, test_pixels: np.ndarray) -> Flip:
    """LDR-FLIP of two sRGB pictures, uint8 (H, W, 3), seen at the default 67 pixels per degree; any size from 1×1.

    Raises ValueError for other types or unequal shapes. Safe to call from several threads: the library works on its own
    copies and its calls never overlap, because it holds Python's lock.
    Source: Andersson et al. 2020, "FLIP: a difference evaluator for alternating images", package flip-evaluator.
    """
    for pixels in (reference_pixels, test_pixels):
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.size == 0:
            raise ValueError(f"flip needs uint8 pixels of shape (H, W, 3), got {pixels.dtype} {pixels.shape}")
    if reference_pixels.shape != test_pixels.shape:
        raise ValueError(f"flip needs pictures of one size, got {reference_pixels.shape} and {test_pixels.shape}")
    from flip_evaluator import evaluate

    height, width = reference_pixels.shape[:2]
    error = np.empty((height, width), np.float32)
    for band in _bands(height, width, _FLIP_BAND_PIXELS, _FLIP_CONTEXT):
        reference, test = (p[band.low : band.high].astype(np.float32) / 255 for p in (reference_pixels, test_pixels))
        # The dictionary is passed because the library's default one would be shared by all calls.
        band_error, _, _ = evaluate(reference, test, "LDR", applyMagma=False, computeMeanError=False, parameters={})
        error[band.start : band.stop] = band_error[band.start - band.low : band.stop - band.low, :, 0]
    return Flip(mean=float(error.mean(dtype=np.float64)), error=error)


# --- inside ----------------------------------------------------------------------------------------------------------


def _check_images(x: Tensor, y: Tensor) -> None:
    if x.shape != y.shape or x.ndim != 4 or x.shape[1] != 3 or x.numel() == 0:
        raise ValueError(
            f"expected two image batches of one shape (B, 3, H, W), got {tuple(x.shape)} and {tuple(y.shape)}"
        )


def _pairs(x: Tensor, y: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Each image with its partner, (3, H, W) float32."""
    return ((a.float(), b.float()) for a, b in zip(x, y, strict=True))


def _unit_pairs(x: Tensor, y: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Each image with its partner as a batch of one, (1, 3, H, W) in [0, 1]."""
    return (((a[None] + 1) / 2, (b[None] + 1) / 2) for a, b in _pairs(x, y))


def _not_measured(x: Tensor) -> Tensor:
    return torch.full((len(x),), math.nan, device=x.device)


def _size_reason(metric: str, min_side: int, height: int, width: int) -> str | None:
    if min(height, width) >= min_side:
        return None
    return f"Not measured: {metric} needs at least {min_side} pixels a side, this picture has {width}×{height}."


@dataclass(frozen=True)
class _Band:
    """Rows start to stop of a picture, computed from rows low to high."""

    start: int
    stop: int
    low: int
    high: int


def _bands(height: int, width: int, pixels: int, context: int) -> Iterator[_Band]:
    """Cut a picture into bands of about `pixels` pixels, each with up to `context` more rows on both sides."""
    rows = max(4 * context, pixels // width)
    for start in range(0, height, rows):
        stop = min(start + rows, height)
        yield _Band(start, stop, max(0, start - context), min(height, stop + context))


@lru_cache(maxsize=1)
def _library_ssim() -> Callable[..., tuple[Tensor, Tensor]]:
    ensure_loadable()  # torchmetrics imports torchvision where it is installed
    from torchmetrics.functional.image import structural_similarity_index_measure

    return cast(Callable[..., tuple[Tensor, Tensor]], structural_similarity_index_measure)


def _mean_ssim(x: Tensor, y: Tensor) -> Tensor:
    """SSIM of one pair (1, 3, H, W) in [0, 1] over all pixels, the picture mirrored at its edges."""
    height, width = x.shape[-2:]
    total = x.new_zeros(())
    for band in _bands(height, width, _SSIM_BAND_PIXELS, _SSIM_CONTEXT):
        rows = slice(band.low, band.high)
        _, similarity = _library_ssim()(x[..., rows, :], y[..., rows, :], data_range=1.0, return_full_image=True)
        total = total + similarity[..., band.start - band.low : band.stop - band.low, :].sum()
    return total / x.numel()


def _mean_contrast(x: Tensor, y: Tensor) -> Tensor:
    """The contrast-structure factor of SSIM for one pair, over the pixels whose whole window is inside the picture."""
    height, width = x.shape[-2:]
    total = x.new_zeros(())
    for band in _bands(height, width, _SSIM_BAND_PIXELS, _SSIM_CONTEXT):
        inner_rows = band.high - band.low - 2 * _SSIM_CONTEXT
        if inner_rows > 0:  # the last band may hold nothing but edge rows
            rows = slice(band.low, band.high)
            _, contrast = _library_ssim()(
                x[..., rows, :], y[..., rows, :], data_range=1.0, return_contrast_sensitivity=True
            )
            total = total + contrast.squeeze() * inner_rows
    return total / (height - 2 * _SSIM_CONTEXT)


def _ms_ssim_of_one(x: Tensor, y: Tensor) -> Tensor:
    """Contrast at four scales and full SSIM at the fifth, each raised to its weight and multiplied."""
    score = x.new_ones(())
    for weight in _MS_SSIM_WEIGHTS[:-1]:
        score = score * _mean_contrast(x, y).relu() ** weight
        x, y = F.avg_pool2d(x, 2), F.avg_pool2d(y, 2)
    return score * _mean_ssim(x, y).relu() ** _MS_SSIM_WEIGHTS[-1]
