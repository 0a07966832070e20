"""The stages of a quantizer: what each does, the one loop over them, and what a call returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from rfsq.quantizers.rounding import rms, whole_indices
from rfsq.quantizers.usage import perplexity, usage

if TYPE_CHECKING:
    from rfsq.quantizers.base import Quantizer
    from rfsq.quantizers.conditioning import Conditioning


@dataclass(frozen=True)
class StageCodes:
    """One rounding: what a single-stage quantizer makes of its input."""

    codes: Tensor  # (B, D, h, w) float32, the values that the indices stand for
    numbers: Tensor  # (B, h, w) the indices as whole numbers, of int64 or where that is exact of float32
    aux_loss: Tensor | None = None  # scalar; None where there is none
    limit: int | None = None  # the codebook's size, where an input that is no number makes numbers that are no index

    @property
    def indices(self) -> Tensor:
        """(B, h, w) int64"""
        return whole_indices(self.numbers, self.limit)


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
    total: Tensor  # sum of the stages up to and including this one

    @property
    def remainder(self) -> Tensor:
        """residual − added: enters the next stage. Worked out when it is asked for: nobody needs the last one's."""
        return self.residual - self.added


def stage_steps(
    stages: Iterable[Stage],
    residual: Tensor,
    before: Callable[[Stage, Tensor], None] | None = None,
    *,
    overwrite: bool = False,
) -> Iterator[StageStep]:
    """The loop of residual quantization, from what is quantized (B, D, h, w) float32:

        q_k = undo_k(Q_k(condition_k(r_{k-1})));  r_k = r_{k-1} − q_k;  total_k = Σ_{i ≤ k} q_i

    `before(stage, residual)` is called with what enters each stage, before it works: a fit adapts the stage there.
    With `overwrite` the tensors of a step hold only until the next one is asked for, which is written over them: fewer
    of them is what makes a call fast on a CPU. `residual` itself is left alone. Not where gradients are recorded.
    Source: arXiv:2508.15860, section 3.
    """
    step: StageStep | None = None
    total: Tensor | None = None
    for number, stage in enumerate(stages):
        if step is not None:
            write = overwrite and number > 1  # the first residual is the caller's
            residual, total = residual.sub_(step.added) if write else step.remainder, step.total
            step = None  # what it holds besides is needed no more: free it first
        if before is not None:
            before(stage, residual)
        step = _step(stage, residual, total, overwrite)
        yield step


def _step(stage: Stage, residual: Tensor, total: Tensor | None, overwrite: bool) -> StageStep:
    base, conditioning = stage
    conditioned, side = conditioning.condition(residual)
    rounded = base.quantize(conditioned)
    added = conditioning.undo(rounded.codes, side)
    if total is None:
        total = added
    else:
        total = total.add_(added) if overwrite else total + added
    return StageStep(base, conditioning, residual, conditioned, rounded, side, added, total)


@dataclass(frozen=True)
class StageTrace:
    """What one stage did, for the teaching views and the tables. All tensors are detached."""

    indices: Tensor  # (B, h, w) int64
    codebook_size: int
    quantized: Tensor  # (B, D, h, w): sum of the stages up to and including this one
    target: Tensor  # (B, D, h, w): what all stages together stand for
    before: Tensor | None  # (B, D, h, w): sum of the stages before this one; None for the first

    @property
    def rms_before(self) -> Tensor:
        """(B,) root mean square of the residual that enters the stage."""
        return rms(self.target if self.before is None else self.target - self.before)

    @property
    def rms_after(self) -> Tensor:
        """(B,) root mean square of the residual that it leaves."""
        return rms(self.target - self.quantized)

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
    """The one result type of all quantizers, of latents (B, D, h, w) and S stages (1 where nothing is stacked).

    quantized (B, D, h, w) float32 goes to the decoder; indices (B, S, h, w) int64 and `side`, (B, S, V) float32 or None
    where indices suffice, are what a file holds: `quantizer.decode(indices, side)` gives `quantized` back. aux_loss is a
    scalar for training. `stages` tells what each stage did.
    """

    quantized: Tensor  # (B, D, h, w) float32, to the decoder; gradients pass straight through the rounding
    indices: Tensor  # (B, S, h, w) int64
    aux_loss: Tensor  # scalar: commitment and entropy terms; zero for FSQ and RFSQ
    side: Tensor | None  # (B, S, V) float32, exact in float16: what decoding needs besides the indices
    quantizer: Quantizer  # whose result it is
    latents: Tensor  # (B, D, h, w) float32: what was quantized
    totals: tuple[Tensor, ...] | None = None  # one per stage: sum of the stages so far; None where nobody kept them

    @property
    def stages(self) -> tuple[StageTrace, ...]:
        """What each stage did. Worked out when it is asked for, so that a call that nobody looks into costs nothing.

        Raises RuntimeError if the quantizer was changed since: what it would decode now is not what it gave then.
        """
        target = self.quantizer.prepare(self.latents.detach())
        totals = self._decoded() if self.totals is None else [total.detach() for total in self.totals]
        parts = zip(
            self.indices.unbind(dim=1), self.quantizer.codebook_sizes, totals, [None, *totals[:-1]], strict=True
        )
        return tuple(StageTrace(indices, size, total, target, before) for indices, size, total, before in parts)

    @torch.no_grad()
    def _decoded(self) -> list[Tensor]:
        totals = list(self.quantizer.decoded(self.indices, self.side))
        # In training a token that is no number has some index all the same, which decodes to a number.
        known = (totals[-1] == self.quantized).all(dim=1) | self.quantized.isnan().any(dim=1)
        if not bool(known.all()):
            raise RuntimeError("this quantizer was changed since the call: ask for the stages before that")
        return totals
