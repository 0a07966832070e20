"""A small residual network for strides of 4, 8 and 16: about 2 million weights at 8, 2.6 million at 16.

    image ── unshuffle 2 ── conv ── block ── half ── block ── half ── block … ── conv 1×1 ── latents (B, D, H/f, W/f)
    latents ── conv ── block ── twice ── block ── twice ── block … ── twice ── block ── SiLU ── conv ── image

    block   x + conv(SiLU(conv(SiLU(norm(x)))))
    half    unshuffle(conv(x)) + mean of channels(unshuffle(x))
    twice   conv(nearest(x)) + mean of channels(nearest(x))

All convolutions are 3×3 unless said otherwise. The shortcut around `half` is that of DC-AE (arXiv:2410.10733, section 3.2):
a block of pixels becomes channels, and the convolution learns what the mean over groups of them leaves out. Going up, the
shortcut repeats pixels, because sub-pixel and transposed convolutions leave a grid under a perceptual loss (Odena et al.
2016, "Deconvolution and checkerboard artifacts"). The normalisation is over the channels of one pixel (RMSNorm,
arXiv:1910.07467): statistics over space, as GroupNorm's, would make a tile depend on which pixels share it.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, rms_norm

from rfsq.model.autoencoder import context


class ChannelNorm(nn.Module):
    """Divide every pixel's channels by their root mean square, then a learned gain per channel: (B, C, H, W) -> same."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        last = x.permute(0, 2, 3, 1)  # (B, H, W, C); no copy where x is channels-last
        normal = rms_norm(last.float(), (x.shape[1],), self.gain.float(), eps=1e-6)
        return normal.to(self.gain.dtype).permute(0, 3, 1, 2)


class Unshuffle(nn.PixelUnshuffle):
    """Blocks of 2×2 pixels become channels: (B, C, H, W) -> (B, 4·C, H/2, W/2)."""

    def __init__(self) -> None:
        super().__init__(2)

    def forward(self, x: Tensor) -> Tensor:
        if x.numel():
            return super().forward(x)
        batch, channels, height, width = x.shape  # of an empty batch, which torch returns as it is
        return x.reshape(batch, 4 * channels, height // 2, width // 2)


class Block(nn.Module):
    """A residual block that keeps the shape. It starts as the identity: its last convolution is zero."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            ChannelNorm(channels),
            nn.SiLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.SiLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
        )
        nn.init.zeros_(self.body[-1].weight)  # type: ignore[arg-type]  # a convolution's
        nn.init.zeros_(self.body[-1].bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)

    def context(self, beyond: int) -> int:
        return context(self.body, beyond)


class Half(nn.Module):
    """Half the height and width: (B, channels, H, W) -> (B, out, H/2, W/2). 4·channels is a multiple of out."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.out = out
        self.body = nn.Sequential(nn.Conv2d(channels, out // 4, 3, padding=1), Unshuffle())
        self.shortcut = Unshuffle()

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x) + _grouped_mean(self.shortcut(x), self.out)

    def context(self, beyond: int) -> int:
        return context(self.body, beyond)


class Twice(nn.Module):
    """Twice the height and width: (B, channels, H, W) -> (B, out, 2H, 2W). channels is a multiple of out."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.out = out
        self.body = nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(channels, out, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x) + interpolate(_grouped_mean(x, self.out), scale_factor=2)

    def context(self, beyond: int) -> int:
        return context(self.body, beyond)


def _grouped_mean(x: Tensor, out: int) -> Tensor:
    """The mean over groups of neighbouring channels: (B, C, H, W) -> (B, out, H, W)."""
    return x if x.shape[1] == out else x.unflatten(1, (out, -1)).mean(dim=2)


def _widths(hidden: tuple[int, int], stride: int) -> list[int]:
    """Channels at a half, a quarter … of the picture's height and width: doubling from hidden[0], at most hidden[1]."""
    return [min(hidden[0] << halvings, hidden[1]) for halvings in range(stride.bit_length() - 1)]


class ResidualEncoder(nn.Sequential):
    """Images (B, 3, H, W) in [-1, 1], H and W multiples of `stride` -> latents (B, dim, H/stride, W/stride)."""

    def __init__(self, dim: int, hidden: tuple[int, int], stride: int) -> None:
        widths = _widths(hidden, stride)
        layers: list[nn.Module] = [Unshuffle(), nn.Conv2d(12, widths[0], 3, padding=1), Block(widths[0])]
        for wide, wider in pairwise(widths):
            layers += [Half(wide, wider), Block(wider)]
        super().__init__(*layers, nn.Conv2d(widths[-1], dim, 1))


class ResidualDecoder(nn.Sequential):
    """Latents (B, dim, h, w) -> images (B, 3, stride·h, stride·w), not clamped."""

    def __init__(self, dim: int, hidden: tuple[int, int], stride: int) -> None:
        widths = [hidden[0] // 2, *_widths(hidden, stride)][::-1]
        layers: list[nn.Module] = [nn.Conv2d(dim, widths[0], 3, padding=1), Block(widths[0])]
        for wide, narrow in pairwise(widths):
            layers += [Twice(wide, narrow), Block(narrow)]
        super().__init__(*layers, nn.SiLU(), nn.Conv2d(widths[-1], 3, 3, padding=1))
