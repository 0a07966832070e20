"""What every quantizer takes and returns.

A quantizer maps latents z (B, D, h, w) to indices (B, S, h, w) and to `quantized` (B, D, h, w), the tensor that the
decoder receives. S is the number of stages: FSQ, LFQ and VQ alone are stacks of one, a `Residual` is a stack of many.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

import torch
from torch import Tensor

from rfsq.quantizers.conditioning import NoConditioning
from rfsq.quantizers.rounding import (
    Float32Module,
    can_read_values,
    is_eager,
    is_finite,
    less_gradient,
    part_of,
    whole_indices,
)
from rfsq.quantizers.stages import QuantizerOutput, Stage, StageCodes, StageStep, stage_steps


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
    only_bounds: bool = False  # its gradient is that of its bounding (see `passed`), and it has no loss of its own
    tells_stages_later: bool = True  # its indices decode to what each stage gave, so that a call need not keep that
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

    def passed(self, gradient: Tensor, z: Tensor) -> Tensor:
        """What of a gradient (B, D, h, w) passes the bounding of z, where it `only_bounds`."""
        raise NotImplementedError(f"{type(self).__name__} does not say what passes its bounding")

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
        return self.walk(_plain(z))

    def walk(self, z: Tensor, overwrite: bool = False) -> Iterator[StageStep]:
        """The steps of latents that are checked: (B, D, h, w) float32, contiguous. `overwrite` as in `stage_steps`."""
        return stage_steps(self.parts, self.prepare(z), overwrite=overwrite)

    def forward(self, z: Tensor, keep: Tensor | None = None) -> QuantizerOutput:
        """Quantize (B, D, h, w) of any float type; computes in float32. An empty batch gives empty results.

        `keep` (B,) int64 is for training with stage dropout: how many of its first stages each image's `quantized` is
        made of (indices and traces still have all stages).

        Raises ValueError on another shape, for integers, and for NaN or infinity. In training, where the gradient shows
        them, and while a graph is traced, where nobody can look, such a token gets some valid index instead; statistics
        never learn from it.
        """
        self.check_latents(z)
        z = _plain(z)
        if torch.is_grad_enabled():
            return self._with_gradient(z, keep)
        if self.training or keep is not None or not self.tells_stages_later:
            return self.collect(z, self.walk(z), keep)
        return self.collect(z, self.walk(z, overwrite=True), totals=False)

    def _with_gradient(self, z: Tensor, keep: Tensor | None) -> QuantizerOutput:
        """The same with a gradient: of every operation, or where it is known beforehand, of all stages at once.

        Where the stages only bound and multiply by constants, a stage takes the share b'(u_k) of the gradient that
        reaches it, u_k what it bounds, and leaves the rest to the next: the sum of all gets 1 − Π_k (1 − b'(u_k)).
        """
        parts = self.parts
        if len(parts) == 1 or not is_eager() or not all(base.only_bounds and c.constant for base, c in parts):
            return self.collect(z, self.walk(z), keep)
        target = self.prepare(z)
        with torch.no_grad():
            lost = _Lost(keep)
            steps = stage_steps(parts, target.detach(), overwrite=keep is None)
            output = self.collect(z, map(lost.see, steps), keep, totals=keep is not None)
        return replace(output, quantized=less_gradient(output.quantized, target, lost.share))

    def collect(
        self, z: Tensor, steps: Iterable[StageStep], keep: Tensor | None = None, *, totals: bool = True
    ) -> QuantizerOutput:
        """The result of all `steps` of latents z (B, D, h, w). Without `totals` the sums are not kept for the traces."""
        sums: list[Tensor] = []
        numbers: list[Tensor] = []
        sides: list[Tensor] = []
        losses: list[Tensor] = []
        kept = target = limit = None
        for step in steps:  # not by enumerate, which would hold on to each step while the next one is made
            if self.commitment_weight and target is None:
                target = step.residual
            if totals:
                sums.append(step.total)
            numbers.append(step.rounded.numbers)
            limit = step.rounded.limit
            if step.side is not None:
                sides.append(step.side.detach())
            if step.rounded.aux_loss is not None:
                losses.append(step.rounded.aux_loss)
            kept = part_of(keep, len(numbers), step.total, kept)
            del step  # before the next one needs the memory
        assert kept is not None, "a quantizer has at least one stage"
        if target is not None and (loss := self._commitment(target, kept)) is not None:
            losses.append(loss)
        if not self.training and can_read_values(z):
            limit = None  # the latents were looked at
        return QuantizerOutput(
            kept,
            whole_indices(torch.stack(numbers, dim=1) if len(numbers) > 1 else numbers[0][:, None], limit),
            sum(losses[1:], losses[0]) if losses else kept.new_zeros(()),
            torch.stack(sides, dim=1) if sides else None,
            self,
            z,
            tuple(sums) if totals else None,
        )

    def decode(self, indices: Tensor, side: Tensor | None = None) -> Tensor:
        """Indices (B, k, h, w) of the first k <= S stages -> `quantized` (B, D, h, w), exactly as encoding gave it.

        Raises ValueError when indices or side information have the wrong shape or are out of range.
        """
        return deque(self.decoded(indices, side), maxlen=1).pop()

    def decoded(self, indices: Tensor, side: Tensor | None = None) -> Iterator[Tensor]:
        """What the first 1 … k stages stand for, each (B, D, h, w). Raises ValueError as `decode` does."""
        self.check_indices(indices, side)
        total: Tensor | None = None
        for k, ((base, conditioning), chosen) in enumerate(zip(self.parts, indices.unbind(dim=1), strict=False)):
            side_of_stage = side[:, k] if self.side_values and side is not None else None
            added = conditioning.undo(base.codes_of(chosen), side_of_stage)
            total = added if total is None else total + added
            yield total

    def _commitment(self, target: Tensor, quantized: Tensor) -> Tensor | None:
        """The loss that keeps the encoder near what the quantizer can say (arXiv:1711.00937, eq. 3), weighted."""
        if not self.wants_losses or not target.numel():
            return None
        return self.commitment_weight * (target - quantized.detach()).square().mean()

    def check_latents(self, z: Tensor) -> None:
        """Raises ValueError for latents that are not (B, dim, h, w), of no float type or, outside training, not finite."""
        if z.ndim != 4 or z.shape[1] != self.dim:
            raise ValueError(f"latents must have shape (B, {self.dim}, h, w), got {tuple(z.shape)}")
        if not z.is_floating_point():
            raise ValueError(f"latents must be floating point, got {z.dtype}")
        if not self.training and can_read_values(z) and not is_finite(z):
            raise ValueError("latents must be finite, got NaN or infinity")

    def check_indices(self, indices: Tensor, side: Tensor | None) -> None:
        """Raises ValueError for indices that are not (B, 1 … S, h, w) int64 in 0 … codebook_size − 1, and for side
        information of another shape than (B, at least as many stages, side_values) where the quantizer needs it."""
        if indices.ndim != 4 or not 1 <= indices.shape[1] <= self.num_stages:
            raise ValueError(f"indices must have shape (B, 1..{self.num_stages}, h, w), got {tuple(indices.shape)}")
        if indices.dtype != torch.int64:
            raise ValueError(f"indices must be int64, got {indices.dtype}")
        if can_read_values(indices) and indices.numel():
            low, high = torch.stack(indices.aminmax()).tolist()
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
        if not side.is_floating_point() or (can_read_values(side) and not is_finite(side)):
            raise ValueError("side information must be finite floating point numbers")


class _Lost:
    """What the stages of a stack leave of a gradient, seen one after the other."""

    share: Tensor  # (B, D, h, w)

    def __init__(self, keep: Tensor | None) -> None:
        self._keep = keep
        self._left: Tensor | None = None
        self._stage = 0

    def see(self, step: StageStep) -> StageStep:
        before = torch.ones_like(step.residual) if self._left is None else self._left
        passed = step.base.passed(before, step.conditioned)
        self._left = before.sub_(passed) if self._keep is None else before - passed
        self._stage += 1
        self.share = part_of(self._keep, self._stage, self._left, self.share if self._stage > 1 else None)
        return step


def _plain(z: Tensor) -> Tensor:
    """Float32 in one memory layout, so that sums over an image run in one order whatever network made the latents."""
    return z.float().contiguous()


_UNCONDITIONED = NoConditioning()


def check_weights(**weights: float) -> None:
    """Raises ValueError that names the first of these numbers that is negative or not finite."""
    for name, weight in weights.items():
        if not 0 <= weight < math.inf:
            raise ValueError(f"{name} must be finite and not negative, got {weight}")
