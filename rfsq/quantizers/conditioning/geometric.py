"""Fixed steps in a bounded domain: every stage refines the last, as the next digit of a number does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

import torch
from torch import Tensor

from rfsq.quantizers.conditioning.base import Conditioning
from rfsq.quantizers.rounding import per_channel


class Geometric(Conditioning, name="geometric"):
    """Multiply by fixed steps, one per channel (see `geometric_steps`), so each stage refines the last like a digit.

    Works in a bounded domain, see `bounded`: a `Residual` with this strategy quantizes c·tanh(z/c), and its stages clamp.
    Not in the paper: the scheme of ResidualFSQ in vector-quantize-pytorch (steps levels^-k, a soft clamp at
    1 + 1/(levels - 1)).
    """

    summary = "the latent is bounded first, then each stage multiplies by a fixed step, like the next digit."
    bounds_latents = True
    constant = True

    def __init__(self, steps: Sequence[float]) -> None:
        super().__init__()
        steps_tensor = torch.tensor([float(step) for step in steps], dtype=torch.float32)
        self.register_buffer("_step", per_channel(steps_tensor), persistent=False)
        self._step: Tensor

    @classmethod
    def build(cls, dim: int, steps: Sequence[float], initial_scale: float) -> Self:
        return cls(steps)

    def condition(self, residual: Tensor) -> tuple[Tensor, Tensor | None]:
        return residual * self._step, None

    def undo(self, codes: Tensor, side: Tensor | None) -> Tensor:
        return codes / self._step

    def statistics(self, side: Tensor | None) -> Mapping[str, Tensor]:
        return {"step": self._step.flatten()}


def cell_range(ratio: float) -> float:
    """c = 1 + 1 / (ratio - 1): in [-c, c] every one of `ratio` evenly spaced levels in [-1, 1] owns an equal cell."""
    return 1 + 1 / (float(ratio) - 1)


def geometric_steps(ratios: Sequence[Sequence[float]]) -> list[tuple[float, ...]]:
    """The factors of geometric conditioning, per stage and channel.

    `ratios[k][d]` is how many values stage k tells apart in channel d, 1 where it leaves the channel out. A stage gets
    what the stages before left, stretched to the range that its own levels cover; with equal ratios that is ratio^k.
    """
    first = first_ratios(ratios)
    fineness = [1.0] * len(first)
    steps = []
    for stage in ratios:
        steps.append(
            tuple(
                fine * (cell_range(ratio) / cell_range(start) if ratio > 1 else 1.0)
                for fine, ratio, start in zip(fineness, stage, first, strict=True)
            )
        )
        fineness = [fine * ratio for fine, ratio in zip(fineness, stage, strict=True)]
    return steps


def first_ratios(ratios: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """Of each channel, the ratio of the first stage that codes it. Raises ValueError for a channel that none codes."""
    channels = list(zip(*ratios, strict=True))
    if left_out := [channel for channel, stages in enumerate(channels) if max(stages) <= 1]:
        raise ValueError(f"no stage codes channel {left_out[0]}")
    return tuple(next(ratio for ratio in stages if ratio > 1) for stages in channels)


def cell_ranges(ratios: Sequence[float]) -> Tensor:
    """The `cell_range` of each channel's ratio, (1, D, 1, 1) float32: what `bounded` and `unbounded` take."""
    return torch.tensor([cell_range(ratio) for ratio in ratios], dtype=torch.float32).view(1, -1, 1, 1)


def bounded(z: Tensor, ranges: Tensor) -> Tensor:
    """c·tanh(z / c) with the range c of each channel; ranges: as from `cell_ranges`, on z's device."""
    return ranges * (z / ranges).tanh()


def unbounded(y: Tensor, ranges: Tensor) -> Tensor:
    """Undo `bounded`: c·atanh(y / c). Of |y| ≥ c, which float32 makes of many stages, and VQ of any, that of the largest
    number below c: at most 8.7·c in float32."""
    shares = y / ranges
    most = 1 - torch.finfo(shares.dtype).eps / 2
    return ranges * shares.clamp(-most, most).atanh()
