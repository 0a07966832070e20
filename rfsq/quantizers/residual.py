"""Residual quantization: quantize, subtract, quantize what is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from rfsq.quantizers.base import Quantizer, QuantizerOutput, StageCodes, StageTrace, rms
from rfsq.quantizers.conditioning import (
    Conditioning,
    ConditioningName,
    bounded,
    first_ratios,
    geometric_steps,
    make_conditioning,
)
from rfsq.quantizers.fsq import FSQ
from rfsq.quantizers.lfq import LFQ


class Residual(Quantizer):
    """Stack a base quantizer on its own residuals, with a conditioning strategy in front of every stage.

        r₀ = z;  q_k = undo_k(Q_k(condition_k(r_{k-1})));  r_k = r_{k-1} − q_k;  quantized = Σ q_k

    `make_base(stage)` builds the quantizer of one stage (FSQ, LFQ or VQ; stages counted from 0); all have equal
    codebook sizes. FSQ stages may take turns on the channels (`FSQ` with levels of 1). With "geometric" the latents are first bounded (`conditioning.bounded`), FSQ bases should clamp.
    Raises ValueError for fewer than 1 stage, unequal stages, a channel that no stage codes or an unknown conditioning. Source: arXiv:2508.15860, section 3.
    """

    def __init__(
        self,
        make_base: Callable[[int], Quantizer],
        num_stages: int,
        conditioning: ConditioningName = "none",
        initial_scale: float = 1.0,
    ) -> None:
        if num_stages < 1:
            raise ValueError(f"a residual quantizer needs at least 1 stage, got {num_stages}")
        bases = [make_base(stage) for stage in range(num_stages)]
        if len({(base.dim, base.codebook_size) for base in bases}) > 1:
            raise ValueError("the stages of a residual quantizer must have equal channels and codebook sizes")
        super().__init__(bases[0].dim, tuple(base.codebook_size for base in bases))
        self.conditioning: ConditioningName = conditioning
        self.commitment_weight = bases[0].commitment_weight
        ratios = [refinement_ratios(base) for base in bases]
        self.ratios = first_ratios(ratios)
        conditionings = [
            make_conditioning(conditioning, dim=self.dim, steps=steps, initial_scale=initial_scale)
            for steps in geometric_steps(ratios)
        ]
        self.side_values = conditionings[0].side_values
        self.bases = nn.ModuleList(bases)
        self.conditionings = nn.ModuleList(conditionings)

    def _stages(self) -> Iterator[tuple[Quantizer, Conditioning]]:
        return zip(self.bases, self.conditionings, strict=True)  # type: ignore[arg-type]  # ModuleList forgets types

    def _prepare(self, z: Tensor) -> Tensor:
        return bounded(z, self.ratios) if self.conditioning == "geometric" else z

    def _encode(self, z: Tensor, keep: Tensor | None) -> QuantizerOutput:
        residual = z
        total = kept = torch.zeros_like(residual)
        aux_loss = z.new_zeros(())
        traces: list[StageTrace] = []
        sides: list[Tensor] = []
        rms_before = rms(residual)
        for stage_number, (base, conditioning) in enumerate(self._stages(), start=1):
            conditioned, side = conditioning.condition(residual)
            stage: StageCodes = base.quantize(conditioned)
            step = conditioning.undo(stage.codes, side)
            total, residual = total + step, residual - step
            kept = total if keep is None else torch.where((keep >= stage_number).view(-1, 1, 1, 1), total, kept)
            rms_after = rms(residual)
            traces.append(StageTrace(stage.indices, base.codebook_size, total.detach(), rms_before, rms_after))
            if side is not None:
                sides.append(side)
            aux_loss = aux_loss + stage.aux_loss
            rms_before = rms_after
        indices = torch.stack([trace.indices for trace in traces], dim=1)
        all_sides = torch.stack(sides, dim=1).detach() if sides else None
        return QuantizerOutput(kept, indices, aux_loss, tuple(traces), all_sides)

    def _decode(self, indices: Tensor, side: Tensor | None) -> Tensor:
        total: Tensor | None = None
        for k, (stage_indices, (base, conditioning)) in enumerate(
            zip(indices.unbind(dim=1), self._stages(), strict=False)
        ):
            codes = base.codes_of(stage_indices)
            step = conditioning.undo(codes, side[:, k] if self.side_values and side is not None else None)
            total = torch.zeros_like(step) + step if total is None else total + step
        assert total is not None, "check_indices lets no empty stack through"
        return total


def refinement_ratios(base: Quantizer) -> tuple[float, ...]:
    """How many values a stage tells apart in each channel: levels of FSQ, 2 for LFQ, K^(1/D) for VQ."""
    if isinstance(base, FSQ):
        return tuple(float(level) for level in base.levels)
    if isinstance(base, LFQ):
        return (2.0,) * base.dim
    return (base.codebook_size ** (1 / base.dim),) * base.dim
