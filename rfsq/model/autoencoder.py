"""The paper's encoder and decoder, padding to whole tokens, and tiles, so that a picture of any size needs bounded memory.

    image (B, 3, H, W) ── conv 4×4 /2 ── ReLU ── conv 4×4 /2 ── ReLU ── conv 1×1 ── latents (B, D, H/4, W/4)
    latents ── conv 1×1 ── ReLU ── transposed conv 4×4 ×2 ── ReLU ── transposed conv 4×4 ×2 ── image

Source: arXiv:2508.15860 and its released code: 128 and 256 hidden channels, about 1.07 M weights. The network for
strides of 8 and 16 is in `rfsq.model.residual_network`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

Progress = Callable[[float], None]  # takes the share that is done, 0 … 1

TILE_TOKENS = 128  # pictures with more tokens than this squared are processed in tiles of that size


class Encoder(nn.Sequential):
    """Images (B, 3, H, W) in [-1, 1], H and W multiples of 4 -> latents (B, dim, H/4, W/4)."""

    def __init__(self, dim: int, hidden: tuple[int, int] = (128, 256)) -> None:
        super().__init__(
            nn.Conv2d(3, hidden[0], 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(hidden[0], hidden[1], 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(hidden[1], dim, 1),
        )


class Decoder(nn.Sequential):
    """Latents (B, dim, h, w) -> images (B, 3, 4h, 4w), not clamped."""

    def __init__(self, dim: int, hidden: tuple[int, int] = (128, 256)) -> None:
        super().__init__(
            nn.Conv2d(dim, hidden[1], 1),
            nn.ReLU(),
            nn.ConvTranspose2d(hidden[1], hidden[0], 4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(hidden[0], 3, 4, stride=2, padding=1),
        )


def pad_to_tokens(images: Tensor, stride: int) -> Tensor:
    """Repeat the last row and column until height and width are multiples of `stride`."""
    height, width = images.shape[-2:]
    if not torch.compiler.is_compiling() and not height % stride and not width % stride:
        return images  # no copy of a large photo; a graph pads in any case, because it is for every size
    return pad(images, (0, -width % stride, 0, -height % stride), mode="replicate")


def context(network: nn.Module, beyond: int = 0) -> int:
    """How many input pixels around a part of the picture its output depends on, and `beyond` more pixels of output.

    The part is aligned with the coarsest grid of the network. Computed layer by layer, from the last to the first; 1 for
    one convolution of 3×3. A layer of another kind works pixel by pixel, or is made of layers (`context` of its own).
    """
    if isinstance(network, nn.Sequential):
        for layer in reversed(network):
            beyond = context(layer, beyond)
        return beyond
    if isinstance(network, nn.ConvTranspose2d):
        kernel, stride, padding = network.kernel_size[0], network.stride[0], int(network.padding[0])
        return max((beyond + kernel - 1 - padding) // stride, (beyond + padding - 1) // stride + 1)
    if isinstance(network, nn.Conv2d):
        kernel, stride, padding = network.kernel_size[0], network.stride[0], int(network.padding[0])
        return beyond * stride + max(padding, kernel - stride - padding)
    if isinstance(network, nn.PixelUnshuffle):
        return beyond * network.downscale_factor
    if isinstance(network, nn.Upsample):
        return -(-beyond // int(network.scale_factor))  # type: ignore[arg-type]  # ours have one whole factor
    own: Callable[[int], int] | None = getattr(network, "context", None)
    return beyond if own is None else own(beyond)


@dataclass(frozen=True)
class _Span:
    """One tile along one axis, in tokens: it computes `outer` and keeps `inner`."""

    outer: slice
    inner: slice

    def kept(self, scale: int) -> slice:
        start = (self.inner.start - self.outer.start) * scale
        return slice(start, start + (self.inner.stop - self.inner.start) * scale)


def _spans(tokens: int, tile: int, halo: int) -> Iterator[_Span]:
    for start in range(0, tokens, tile):
        stop = min(start + tile, tokens)
        yield _Span(slice(max(start - halo, 0), min(stop + halo, tokens)), slice(start, stop))


def _scaled(tokens: slice, scale: int) -> slice:
    return slice(tokens.start * scale, tokens.stop * scale)


def run_tiled(
    network: Callable[[Tensor], Tensor],
    x: Tensor,
    *,
    channels: int,
    scale_in: int,
    scale_out: int,
    halo: int = 1,
    tile: int = TILE_TOKENS,
    progress: Progress | None = None,
) -> Tensor:
    """Apply a local network tile by tile; equal to one pass up to float rounding.

    x: (B, C, h·scale_in, w·scale_in). Returns (B, channels, h·scale_out, w·scale_out). Each tile sees `halo` tokens more
    on every side, which must cover the network's `context`, and the picture's own border where it has one. A graph
    (compile, export) has one pass, because it is for every size. `progress` is told after each tile; what it raises ends
    the work.
    """
    height, width = x.shape[-2] // scale_in, x.shape[-1] // scale_in
    if torch.compiler.is_compiling() or height * width <= tile * tile:
        return network(x)
    result = x.new_empty(x.shape[0], channels, height * scale_out, width * scale_out)
    for row in _spans(height, tile, halo):
        for column in _spans(width, tile, halo):
            part = network(x[..., _scaled(row.outer, scale_in), _scaled(column.outer, scale_in)])
            kept = part[..., row.kept(scale_out), column.kept(scale_out)]
            result[..., _scaled(row.inner, scale_out), _scaled(column.inner, scale_out)] = kept
            if progress is not None:
                done = row.inner.start * width + (row.inner.stop - row.inner.start) * column.inner.stop
                progress(done / (height * width))
    return result
