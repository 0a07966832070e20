"""One photo through one model, with every number on the way: what the How it works page and the notebooks show.

The stages are run one by one with the quantizer's own parts, so a token's path can be read off at any place. That it
is the path which the package takes is tested: the stages add up to `output.quantized`, the indices are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.rate import bits_per_token, token_grid
from rfsq.photos.pixels import to_pixels, to_tensor
from rfsq.quantizers import FSQ, LFQ, Quantizer, Residual
from rfsq.quantizers.conditioning import Conditioning, Geometric, GlobalLayerNorm, LayerNorm, LearnableScale, bounded
from rfsq.quantizers.statistics import channel_digits


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
    statistics: dict[str, tuple[float, ...]]  # what conditioned: one number, or one per channel
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
        """Codes of a channel as what they add, by the statistics: the package's `undo`, which is a straight line."""
        s = {name: values[channel if len(values) > 1 else 0] for name, values in self.statistics.items()}
        if "gain" in s:
            return (codes - s["bias"]) / s["gain"] * s["std"] + s["mean"]
        return codes / (s.get("scale") or s.get("step") or 1.0)


@dataclass(frozen=True, eq=False)
class TokenPath:
    """A photo through a model."""

    latents: np.ndarray  # (D, h, w) float32, from the encoder
    start: np.ndarray  # (D, h, w), what is quantized: the latents, bounded for geometric conditioning
    stages: tuple[StagePath, ...]
    pictures: tuple[np.ndarray, ...]  # (H, W, 3) uint8: before any stage, then after 1 … S of them

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


def trace_tokens(model: QuantizedAutoencoder, pixels: np.ndarray) -> TokenPath:
    """A photo (H, W, 3) uint8 through a quantized model in evaluation mode, on the model's device.

    Raises ValueError for a continuous model.
    """
    quantizer = model.quantizer
    if quantizer is None:
        raise ValueError(f"{model.config.name} does not quantize")
    height, width = pixels.shape[:2]
    with torch.inference_mode():
        latents = model.encode(to_tensor(pixels).to(next(model.parameters()).device))
        start = _start(quantizer, latents)
        residual, total = start, torch.zeros_like(start)
        stages, sums = [], [torch.zeros_like(start)]
        for base, conditioning in _parts(quantizer):
            conditioned, side = conditioning.condition(residual)
            rounded = base.quantize(conditioned)
            step = conditioning.undo(rounded.codes, side)
            total, remainder = total + step, residual - step
            stages.append(
                StagePath(
                    _array(residual),
                    _array(conditioned),
                    _array(_bounded(base, conditioned)),
                    _array(rounded.codes),
                    digits=_digits(base, rounded.indices),
                    indices=_array(rounded.indices),
                    step=_array(step),
                    remainder=_array(remainder),
                    total=_array(total),
                    levels=_levels(base),
                    statistics=_statistics(conditioning, side, base.dim),
                    codebook_size=base.codebook_size,
                    bits=bits_per_token([base.codebook_size]),
                    side_values=conditioning.side_values,
                )
            )
            residual = remainder
            sums.append(total)
        pictures = tuple(to_pixels(model.decode(quantized, height, width).cpu()) for quantized in sums)
    return TokenPath(_array(latents), _array(start), tuple(stages), pictures)


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


def _start(quantizer: Quantizer, latents: Tensor) -> Tensor:
    """What the first stage gets."""
    geometric = isinstance(quantizer, Residual) and quantizer.conditioning == "geometric"
    return bounded(latents, quantizer.ratios) if geometric else latents  # type: ignore[arg-type]  # a stack has ratios


def _parts(quantizer: Quantizer) -> Iterator[tuple[Quantizer, Conditioning]]:
    if isinstance(quantizer, Residual):
        yield from zip(quantizer.bases, quantizer.conditionings, strict=True)
    else:
        yield quantizer, Conditioning()


def _bounded(base: Quantizer, conditioned: Tensor) -> Tensor:
    if isinstance(base, FSQ):
        return conditioned.tanh() if base.bound == "tanh" else conditioned.clamp(-1, 1)
    return conditioned


def _digits(base: Quantizer, indices: Tensor) -> np.ndarray | None:
    return None if _levels(base) == () else _array(channel_digits(base, indices))


def _levels(base: Quantizer) -> tuple[int, ...]:
    if isinstance(base, FSQ):
        return base.levels
    return (2,) * base.dim if isinstance(base, LFQ) else ()


def _statistics(conditioning: Conditioning, side: Tensor | None, dim: int) -> dict[str, tuple[float, ...]]:
    """The numbers that `condition` used, by the names of the code."""
    found: dict[str, Tensor] = {}
    if isinstance(conditioning, LearnableScale):
        found = {"scale": conditioning.scale.view(1)}
    elif isinstance(conditioning, Geometric):
        ones = torch.ones(1, dim, 1, 1, device=next(conditioning.buffers()).device)
        found = {"step": conditioning.condition(ones)[0]}
    elif isinstance(conditioning, LayerNorm) and side is not None:
        mean, std = side[0].chunk(2)
        found = {"mean": mean, "std": std, "gain": conditioning.log_gain.exp(), "bias": conditioning.bias}
    elif isinstance(conditioning, GlobalLayerNorm):
        found = {
            "mean": conditioning.mean,
            "std": conditioning.std,
            "gain": conditioning.log_gain.exp(),
            "bias": conditioning.bias,
        }
    return {name: tuple(float(value) for value in values.flatten()) for name, values in found.items()}


def _array(x: Tensor) -> np.ndarray:
    """Without the batch, on the CPU, in memory of its own."""
    return np.ascontiguousarray(x[0].detach().cpu().numpy())
