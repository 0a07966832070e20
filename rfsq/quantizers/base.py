"""What every quantizer takes and returns, and the one loop over its stages.

A quantizer maps latents z (B, D, h, w) to indices (B, S, h, w) and to `quantized` (B, D, h, w), the tensor that the
decoder receives. S is the number of stages: FSQ, LFQ and VQ alone are stacks of one, a `Residual` is a stack of many.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from rfsq.quantizers.conditioning import Conditioning, NoConditioning
from rfsq.quantizers.rounding import Float32Module, can_read_values, is_finite, rms
from rfsq.quantizers.usage import perplexity, usage


@dataclass(frozen=True)
class StageCodes:
    """One rounding: what a single-stage quantizer makes of its input."""

    codes: Tensor  # (B, D, h, w) float32, the values that the indices stand for
    indices: Tensor  # (B, h, w) int64
    aux_loss: Tensor  # scalar


class Stage(NamedTuple):
    """The two parts of a stage."""

    base: Quantizer
    conditioning: Conditioning


@dataclass(frozen=True)
class StageStep:
    """One stage at work: every tensor on the way through it. (B, D, h, w) float32 unless said otherwise."""

    base: Quantizer
    conditioning: Conditioning
    residual: Tensor  # enters
    conditioned: Tensor  # is rounded, after the base quantizer's own bounding
    rounded: StageCodes
    side: Tensor | None  # (B, V), what undoing needs
    added: Tensor  # the codes, undone: what the stage adds
    remainder: Tensor  # residual − added: enters the next stage
    total: Tensor  # sum of the stages up to and including this one


@dataclass(frozen=True)
class StageTrace:
    """What one stage did, for the teaching views and the tables. All tensors are detached."""

    indices: Tensor  # (B, h, w) int64
    codebook_size: int
    quantized: Tensor  # (B, D, h, w): sum of the stages up to and including this one
    rms_before: Tensor  # (B,) root mean square of the residual that enters the stage
    rms_after: Tensor  # (B,) of the residual that it leaves

    @property
    def perplexity(self) -> float:
        """Effective number of codes in use over the whole batch; 0 of an empty one."""
        return perplexity(self.indices) if self.indices.numel() else 0.0

    @property
    def usage(self) -> float:
        """Share of the codebook that occurs at least once in the batch."""
        return usage(self.indices, self.codebook_size)


@dataclass(frozen=True)
class QuantizerOutput:
    """The one result type of all quantizers."""

    quantized: Tensor  # (B, D, h, w) float32, to the decoder; gradients pass straight through the rounding
    indices: Tensor  # (B, S, h, w) int64
    aux_loss: Tensor  # scalar: commitment and entropy terms; zero for FSQ and RFSQ
    stages: tuple[StageTrace, ...]  # one per stage
    side: Tensor | None  # (B, S, V) float32, exact in float16: what decoding needs besides the indices


def stage_steps(
    stages: Iterable[Stage], residual: Tensor, before: Callable[[Stage, Tensor], None] | None = None
) -> Iterator[StageStep]:
    """The loop of residual quantization, from what is quantized (B, D, h, w) float32:

        q_k = undo_k(Q_k(condition_k(r_{k-1})));  r_k = r_{k-1} − q_k;  total_k = Σ_{i ≤ k} q_i

    `before(stage, residual)` is called with what enters each stage, before it works: a fit adapts the stage there.
    Source: arXiv:2508.15860, section 3.
    """
    total: Tensor | None = None
    for stage in stages:
        base, conditioning = stage
        if before is not None:
            before(stage, residual)
        conditioned, side = conditioning.condition(residual)
        rounded = base.quantize(conditioned)
        added = conditioning.undo(rounded.codes, side)
        remainder = residual - added
        total = added if total is None else total + added
        yield StageStep(base, conditioning, residual, conditioned, rounded, side, added, remainder, total)
        residual = remainder


class Quantizer(Float32Module):
    """Base class. A single-stage quantizer implements `quantize` and `codes_of`; the rest follows.

    Latents of any float type are taken as float32, and the module's own numbers stay float32 whatever it is cast to, so
    the indices never depend on the precision of the model around it.
    """

    dim: int  # D
    codebook_sizes: tuple[int, ...]  # one per stage
    levels: tuple[int, ...] = ()  # per channel, 1 where a channel is left out; empty where codes have no levels
    bound: str | None = None  # how an input is brought into the range of the levels: "tanh", "clamp", or not at all
    first_channel_is_least: bool = True  # of the mixed radix that an index is, where there are levels
    learned_codebook: Tensor | None = None  # (K, D), where the codes are learned
    commitment_weight: float = 0.0
    side_values: int = 0  # V, numbers per image and stage

    def __init__(self, dim: int, codebook_sizes: tuple[int, ...]) -> None:
        super().__init__()
        self.dim = dim
        self.codebook_sizes = codebook_sizes

    @property
    def num_stages(self) -> int:
        return len(self.codebook_sizes)

    @property
    def codebook_size(self) -> int:
        """Codes of the first stage (of every stage, in all quantizers of this package)."""
        return self.codebook_sizes[0]

    @property
    def bits_per_token(self) -> float:
        """Nominal bits of one token over all stages, side information not included."""
        return sum(math.log2(size) for size in self.codebook_sizes)

    @property
    def wants_losses(self) -> bool:
        """Whether auxiliary losses are worth their time: in training also without gradients, as the first pass of
        reentrant activation checkpointing is, whose value is the loss that is shown."""
        return self.training or torch.is_grad_enabled()

    # What a single-stage quantizer says of itself ---------------------------------------------------------------------

    def quantize(self, z: Tensor) -> StageCodes:
        """Round (B, D, h, w) float32 once."""
        raise NotImplementedError(f"{type(self).__name__} does not quantize in one step")

    def codes_of(self, indices: Tensor) -> Tensor:
        """The values that indices (B, h, w) int64 stand for: (B, D, h, w) float32."""
        raise NotImplementedError(f"{type(self).__name__} has no single codebook")

    def bounded(self, z: Tensor) -> Tensor:
        """What is rounded, (B, D, h, w): z, or z brought into the range of the levels."""
        return z

    def clamping(self) -> Quantizer:
        """The same quantizer for an input that is bounded already. Itself where it does not bound its input."""
        return self

    @property
    def resolution(self) -> tuple[float, ...]:
        """How many values it tells apart in each channel: the levels, or K^(1/D) of a learned codebook."""
        return tuple(map(float, self.levels)) or (self.codebook_size ** (1 / self.dim),) * self.dim

    def digits_of(self, indices: Tensor) -> Tensor:
        """The level number of every channel: indices (B, h, w) -> (B, D, h, w) int64. Raises ValueError without levels."""
        raise ValueError(f"the codes of {type(self).__name__} have no levels per channel")

    def borders(self, channel: int) -> Tensor | None:
        """Where the input of a channel changes its level: (L − 1,) rising, before any bounding. None without levels."""
        return None

    def rms_in_steps(self, signal: Tensor) -> Tensor | None:
        """RMS of what is rounded, of an input (B, D, h, w), in distances between levels: (B,). None without levels."""
        return None

    def learn(self, residual: Tensor, iterations: int, generator: torch.Generator) -> None:
        """Fit what is learned without a gradient, a codebook, to residuals (B, D, h, w). Nothing where there is none."""

    # The stages ---------------------------------------------------------------------------------------------------------

    @property
    def parts(self) -> tuple[Stage, ...]:
        """Base quantizer and conditioning of every stage."""
        return (Stage(self, _UNCONDITIONED),)

    def prepare(self, z: Tensor) -> Tensor:
        """What is quantized: z (B, D, h, w) itself, or z brought into another domain."""
        return z

    def restore(self, quantized: Tensor) -> Tensor:
        """Undo `prepare` for a sum of stages."""
        return quantized

    def steps(self, z: Tensor) -> Iterator[StageStep]:
        """Quantize (B, D, h, w) of any float type stage by stage. Raises ValueError as calling the quantizer does."""
        self.check_latents(z)
        # One memory layout, so that sums over an image run in one order whatever network made the latents.
        return stage_steps(self.parts, self.prepare(z.float().contiguous()))

    def forward(self, z: Tensor, keep: Tensor | None = None) -> QuantizerOutput:
        """Quantize (B, D, h, w) of any float type; computes in float32. An empty batch gives empty results.

        `keep` (B,) int64 is for training with stage dropout: how many of its first stages each image's `quantized` is
        made of (indices and traces still have all stages).

        Raises ValueError on another shape, for integers, and for NaN or infinity. In training, where the gradient shows
        them, and while a graph is traced, where nobody can look, such a token gets some valid index instead; statistics
        never learn from it.
        """
        return self.collect(self.steps(z), keep)

    def collect(self, steps: Iterable[StageStep], keep: Tensor | None = None) -> QuantizerOutput:
        """The result of all `steps` of one input."""
        traces: list[StageTrace] = []
        sides: list[Tensor] = []
        target: Tensor | None = None
        for number, step in enumerate(steps, start=1):
            if target is None:
                target, rms_before = step.residual, rms(step.residual)
                kept, aux_loss = step.total, step.residual.new_zeros(())
            rms_after = rms(step.remainder)
            size = step.base.codebook_size
            traces.append(StageTrace(step.rounded.indices, size, step.total.detach(), rms_before, rms_after))
            if step.side is not None:
                sides.append(step.side.detach())
            aux_loss = aux_loss + step.rounded.aux_loss
            if keep is None:
                kept = step.total
            else:
                kept = torch.where((keep >= number).view(-1, 1, 1, 1), step.total, kept)
            rms_before = rms_after
        assert target is not None, "a quantizer has at least one stage"
        indices = torch.stack([trace.indices for trace in traces], dim=1)
        side = torch.stack(sides, dim=1) if sides else None
        return QuantizerOutput(kept, indices, aux_loss + self._commitment(target, kept), tuple(traces), side)

    def decode(self, indices: Tensor, side: Tensor | None = None) -> Tensor:
        """Indices (B, k, h, w) of the first k <= S stages -> `quantized` (B, D, h, w), exactly as encoding gave it.

        Raises ValueError when indices or side information have the wrong shape or are out of range.
        """
        self.check_indices(indices, side)
        total: Tensor | None = None
        for k, ((base, conditioning), chosen) in enumerate(zip(self.parts, indices.unbind(dim=1), strict=False)):
            side_of_stage = side[:, k] if self.side_values and side is not None else None
            added = conditioning.undo(base.codes_of(chosen), side_of_stage)
            total = added if total is None else total + added
        assert total is not None, "check_indices lets no empty stack through"
        return total

    def _commitment(self, target: Tensor, quantized: Tensor) -> Tensor | float:
        """The loss that keeps the encoder near what the quantizer can say (arXiv:1711.00937, eq. 3), weighted."""
        if self.commitment_weight == 0 or not self.wants_losses or not target.numel():
            return 0.0
        return self.commitment_weight * (target - quantized.detach()).square().mean()

    def check_latents(self, z: Tensor) -> None:
        if z.ndim != 4 or z.shape[1] != self.dim:
            raise ValueError(f"latents must have shape (B, {self.dim}, h, w), got {tuple(z.shape)}")
        if not z.is_floating_point():
            raise ValueError(f"latents must be floating point, got {z.dtype}")
        if not self.training and can_read_values() and not is_finite(z):
            raise ValueError("latents must be finite, got NaN or infinity")

    def check_indices(self, indices: Tensor, side: Tensor | None) -> None:
        if indices.ndim != 4 or not 1 <= indices.shape[1] <= self.num_stages:
            raise ValueError(f"indices must have shape (B, 1..{self.num_stages}, h, w), got {tuple(indices.shape)}")
        if indices.dtype != torch.int64:
            raise ValueError(f"indices must be int64, got {indices.dtype}")
        if can_read_values() and indices.numel():
            low, high = int(indices.min()), int(indices.max())
            if low < 0 or high >= self.codebook_size:
                raise ValueError(f"indices must lie in 0 … {self.codebook_size - 1}, got {low} … {high}")
        if not self.side_values:
            return
        batch, stages = indices.shape[:2]
        if side is None or side.ndim != 3 or side.shape[1] < stages or side.shape[::2] != (batch, self.side_values):
            raise ValueError(
                f"this quantizer needs side information of shape {(batch, stages, self.side_values)}, "
                f"got {None if side is None else tuple(side.shape)}"
            )
        if not side.is_floating_point() or (can_read_values() and not bool(side.isfinite().all())):
            raise ValueError("side information must be finite floating point numbers")


_UNCONDITIONED = NoConditioning()
