"""One photo through one model, with every number on the way: what the How it works page and the notebooks show.

The stages are walked one by one (`Quantizer.steps`), so a token's path can be read off at any place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.rate import bits_per_token, token_grid
from rfsq.photos.pixels import to_pixels, to_tensor
from rfsq.quantizers import Residual, StageStep
from rfsq.quantizers.conditioning.geometric import cell_range


@dataclass(frozen=True, eq=False)
class StagePath:
    """One stage for all tokens. Arrays are (D, h, w) float32 unless said otherwise."""

    residual: np.ndarray  # enters
    conditioned: np.ndarray
    bounded: np.ndarray  # what is rounded: FSQ's tanh or clamp of it; the conditioned values for LFQ and VQ
    codes: np.ndarray
    digits: np.ndarray | None  # int64, level numbers; None for VQ, which has no levels
    indices: np.ndarray  # (h, w) int64
    step: np.ndarray  # undone: what the stage adds
    remainder: np.ndarray
    total: np.ndarray  # sum of the stages so far
    levels: tuple[int, ...]  # of each channel, 1 where the stage leaves it out; empty for VQ
    bound: str | None  # how the values were brought into the range of the levels: "tanh", "clamp", or not at all
    statistics: dict[str, tuple[float, ...]]  # what conditioned: one number, or one per channel
    line: np.ndarray  # (D, 2) what undoing makes of the codes 0 and 1, in the residual's own units
    codebook_size: int
    bits: float  # of one token, in this stage
    side_values: int  # numbers per image that the decoder needs besides

    def undone_levels(self, channel: int) -> np.ndarray:
        """The levels of a channel in the residual's own units: what this stage can add there. (L,) float64, rising.

        Empty for VQ; a single 0 where the stage leaves the channel out.
        """
        if not self.levels:
            return np.zeros(0)
        count = self.levels[channel]
        return self.undo(channel, np.linspace(-1, 1, count)) if count > 1 else np.zeros(1)

    def undo(self, channel: int, codes: np.ndarray) -> np.ndarray:
        """Codes of a channel as what they add."""
        zero, one = self.line[channel].astype(np.float64)
        return zero + (one - zero) * codes


@dataclass(frozen=True, eq=False)
class TokenPath:
    """A photo through a model."""

    latents: np.ndarray  # (D, h, w) float32, from the encoder
    start: np.ndarray  # (D, h, w), what is quantized: the latents, bounded for geometric conditioning
    stages: tuple[StagePath, ...]
    pictures: tuple[np.ndarray, ...]  # (H, W, 3) uint8: before any stage, then after 1 … S of them
    cells: tuple[float, ...] = ()  # c of each channel where the latents z are bounded to c·tanh(z / c); else empty

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of tokens."""
        return self.latents.shape[1], self.latents.shape[2]

    def bits(self, stages: int) -> float:
        """Nominal bits of one token after `stages` of them, 0 … S; side information is apart."""
        return bits_per_token([stage.codebook_size for stage in self.stages[:stages]]) if stages else 0.0

    def added(self, stage: int) -> np.ndarray:
        """What stage 1 … S changes in the picture: (H, W, 3) int16."""
        return self.pictures[stage].astype(np.int16) - self.pictures[stage - 1]


def trace_tokens(model: QuantizedAutoencoder, pixels: np.ndarray, latents: Tensor | None = None) -> TokenPath:
    """A photo (H, W, 3) uint8 through a quantized model in evaluation mode, on the model's device.

    latents: (1, D, h, w), what the model's encoder makes of the photo, if that is known already.
    Raises ValueError for a continuous model.
    """
    quantizer = model.quantizer
    if quantizer is None:
        raise ValueError(f"{model.config.name} does not quantize")
    height, width = pixels.shape[:2]
    with torch.inference_mode():
        if latents is None:
            latents = model.encode(to_tensor(pixels).to(next(model.parameters()).device))
        steps = list(quantizer.steps(latents))
        start = steps[0].residual
        sums = [torch.zeros_like(start), *(step.total for step in steps)]
        pictures = tuple(to_pixels(model.decode(quantized, height, width)) for quantized in sums)
        cells: tuple[float, ...] = ()
        if isinstance(quantizer, Residual) and quantizer.bounds_latents:
            cells = tuple(map(cell_range, quantizer.ratios))
        return TokenPath(_array(latents), _array(start), tuple(map(_stage_path, steps)), pictures, cells)


def missing(model: QuantizedAutoencoder, latents: Tensor) -> tuple[np.ndarray, ...]:
    """What the decoder misses of latents (1, D, h, w) after each stage, in the latents' own units: S arrays (D, h, w) float32.

    With conditioning in a bounded domain that is not what the stages leave there. Raises ValueError for a continuous model.
    """
    quantizer = model.quantizer
    if quantizer is None:
        raise ValueError(f"{model.config.name} does not quantize")
    with torch.inference_mode():
        return tuple(_array(latents - quantizer.restore(step.total)) for step in quantizer.steps(latents))


def telling_channel(latents: np.ndarray, left: Sequence[np.ndarray], row: int, column: int) -> int:
    """The channel of a token in which the first stage of `left` makes most smaller and the second most larger again.

    latents: (D, h, w); left: what each stage leaves, (D, h, w) each. With one stage, the channel that it makes smallest.
    """
    sizes = [np.abs(values[:, row, column].astype(np.float64)) for values in (latents, *left[:2])]
    gains = [sizes[0] - sizes[1], *(later - sizes[1] for later in sizes[2:])]
    return int(np.min(gains, axis=0).argmax())


def edge_token(pixels: np.ndarray, stride: int) -> tuple[int, int]:
    """Row and column of the token with the strongest edge, the first of equals; the rim only where there is no inside.

    pixels: (H, W, 3) uint8. The strength is the sum of the brightness steps between neighbours inside the block.
    """
    grey = pixels.astype(np.int64).sum(axis=2)
    rows, columns = token_grid(pixels.shape[0], pixels.shape[1], stride)
    grey = np.pad(grey, ((0, rows * stride - grey.shape[0]), (0, columns * stride - grey.shape[1])), mode="edge")
    blocks = grey.reshape(rows, stride, columns, stride)
    strength = np.abs(np.diff(blocks, axis=1)).sum(axis=(1, 3)) + np.abs(np.diff(blocks, axis=3)).sum(axis=(1, 3))
    if min(rows, columns) > 2:
        inside = np.zeros_like(strength)
        inside[1:-1, 1:-1] = strength[1:-1, 1:-1] + 1
        strength = inside
    row, column = np.unravel_index(int(strength.argmax()), strength.shape)
    return int(row), int(column)


def _stage_path(step: StageStep) -> StagePath:
    base, indices = step.base, step.rounded.indices
    side = None if step.side is None else step.side[0]
    return StagePath(
        _array(step.residual),
        _array(step.conditioned),
        _array(base.bounded(step.conditioned)),
        _array(step.rounded.codes),
        digits=_array(base.digits_of(indices)) if base.levels else None,
        indices=_array(indices),
        step=_array(step.added),
        remainder=_array(step.remainder),
        total=_array(step.total),
        levels=base.levels,
        bound=base.bound,
        statistics={
            name: tuple(float(value) for value in values.flatten())
            for name, values in step.conditioning.statistics(side).items()
        },
        line=_undoing_line(step),
        codebook_size=base.codebook_size,
        bits=bits_per_token([base.codebook_size]),
        side_values=0 if step.side is None else step.side.shape[1],
    )


def _undoing_line(step: StageStep) -> np.ndarray:
    """Of each channel what undoing makes of the codes 0 and 1: (D, 2). Between them it is a straight line."""
    ends = torch.tensor([0.0, 1.0], device=step.residual.device).expand(1, step.base.dim, 1, 2)
    return _array(step.conditioning.undo(ends, step.side))[:, 0]


def _array(x: Tensor) -> np.ndarray:
    """Without the batch, on the CPU, in memory of its own."""
    return np.ascontiguousarray(x[0].detach().cpu().numpy())
