"""What a picture has at each spatial frequency, and where a reconstruction has more of it than its original.

A network that keeps too little smears, so it has less than the original in every band of frequencies. A regular pattern that
it adds, a grid or a hatching, stands out as a band in which it has more. Nothing here is trained, so nothing can be gamed by
training on it unawares.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

_BANDS = 16  # along the height, from −½ to ½ cycles per pixel; half as many along the width, from 0 to ½
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


@dataclass(frozen=True)
class Excess:
    """The band of frequencies in which a reconstruction has most, measured by what the original has there."""

    ratio: float  # energy of the reconstruction ÷ that of the original; 1 where nothing changed
    period: float  # pixels from one stripe of the band's middle to the next


def band_energy(images: Tensor) -> Tensor:
    """Energy of the brightness in each band: (16, 8) float64, frequencies along height (both signs) and width, summed
    over the images (B, 3, H, W) in [-1, 1].

    A Hann window keeps the picture's border from counting as an edge; the mean is left out. Raises ValueError for pictures
    of fewer than 16 pixels a side.
    """
    if images.ndim != 4 or images.shape[1] != 3 or min(images.shape[-2:]) < _BANDS:
        raise ValueError(f"expected (B, 3, H, W) of at least {_BANDS} pixels a side, got {tuple(images.shape)}")
    height, width = images.shape[-2:]
    luma = (images.double() * torch.tensor(_LUMA, dtype=torch.float64, device=images.device).view(1, 3, 1, 1)).sum(1)
    windows = [torch.hann_window(side, dtype=torch.float64, device=images.device) for side in (height, width)]
    luma = (luma - luma.mean(dim=(1, 2), keepdim=True)) * windows[0][:, None] * windows[1]
    energy = (torch.fft.rfft2(luma).abs().square().sum(0) / (height * width)).cpu()
    rows = ((torch.fft.fftfreq(height) + 0.5) * _BANDS).long().clamp(max=_BANDS - 1)
    columns = (torch.fft.rfftfreq(width) * _BANDS).long().clamp(max=_BANDS // 2 - 1)
    bands = torch.zeros(_BANDS * _BANDS // 2, dtype=torch.float64)
    bands.index_add_(0, (rows[:, None] * (_BANDS // 2) + columns).flatten(), energy.flatten())
    return bands.view(_BANDS, _BANDS // 2)


def excess(original: Tensor, reconstruction: Tensor) -> Excess:
    """The band with the largest ratio of two `band_energy`, of the same pictures. Raises ValueError where the originals
    have nothing in some band.

    >>> ones = torch.ones(16, 8)
    >>> excess(ones, ones).ratio
    1.0
    """
    if not bool((original > 0).all()):
        raise ValueError("the originals have bands without any energy, so nothing can be measured by them")
    ratios = reconstruction / original
    row, column = divmod(int(ratios.argmax()), ratios.shape[1])
    middle = torch.tensor([(row + 0.5) / _BANDS - 0.5, (column + 0.5) / _BANDS])
    return Excess(float(ratios.max()), float(1 / torch.linalg.vector_norm(middle)))
