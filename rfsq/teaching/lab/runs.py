"""What every stage of a stack did to every sample."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rfsq.quantizers import Quantizer, Residual, StageStep
from rfsq.quantizers.usage import entropy_of_counts
from rfsq.teaching.lab.stacks import as_latents, as_samples

SIDE_BITS = 16  # of one number of side information


@dataclass(frozen=True, eq=False)
class LabStage:
    """One stage, in the coordinates of the residual that it gets: all stages can share one ruler."""

    residual: np.ndarray  # (N, 2) float32, what enters
    sent: np.ndarray  # (N, 2) float32, what the stage adds for each sample; residual − sent is what it leaves
    indices: np.ndarray  # (N,) int64
    codes: np.ndarray  # (K, 2) float32, where each index is sent
    edges: tuple[np.ndarray, np.ndarray] | None  # (L − 1,) borders between cells along each channel; None for VQ
    entropy_bits: float  # zeroth-order entropy of the indices, bits per sample
    effective_levels: float | None  # 2^entropy of one channel's levels, geometric mean of both; None for VQ

    @property
    def counts(self) -> np.ndarray:
        """Samples in each cell: (K,) int64."""
        return np.bincount(self.indices, minlength=len(self.codes))

    @property
    def left(self) -> np.ndarray:
        """(N, 2) float32, what the stage leaves."""
        return self.residual - self.sent


@dataclass(frozen=True, eq=False)
class LabRun:
    """A stack on some samples, stage by stage. Lists over k have S + 1 values, from k = 0 (nothing coded)."""

    stages: tuple[LabStage, ...]
    codebook_size: int
    samples: np.ndarray  # (N, 2) float32, as they came
    coded: np.ndarray  # (N, 2) float32, what all stages together make of them
    distortion: tuple[float, ...]  # mean squared error per channel after k stages, of the samples themselves
    side_bits: float  # of side information per sample and stage
    domain: float | None  # geometric conditioning works on c·tanh(z/c), and this is c; None: on the samples themselves

    @property
    def rms(self) -> tuple[float, ...]:
        """What is left of the samples after k stages: the root of the distortion, in one domain for all strategies."""
        return tuple(math.sqrt(error) for error in self.distortion)

    @property
    def left(self) -> tuple[float, ...]:
        """The same as a share of the source: 1 for k = 0 (nothing coded)."""
        return tuple(value / self.rms[0] for value in self.rms)

    def bits(self, *, entropy: bool = False) -> tuple[float, ...]:
        """Bits per sample after k stages, side information included: nominal, or as much as the indices' entropies say.

        The entropies are those of single stages; what they have in common would save more.
        """
        each = [stage.entropy_bits if entropy else math.log2(self.codebook_size) for stage in self.stages]
        return (0.0, *(float(total) for total in np.cumsum(np.array(each) + self.side_bits)))


@torch.no_grad()
def run_stack(quantizer: Residual, samples: Tensor) -> LabRun:
    """Send samples (N, 2) through a fitted stack. Raises ValueError unless they are finite and at least one."""
    if samples.ndim != 2 or samples.shape[1] != 2 or not len(samples):
        raise ValueError(f"samples must have shape (N, 2), got {tuple(samples.shape)}")
    latents = as_latents(samples)
    steps = list(quantizer.steps(latents))
    sums = [quantizer.restore(step.total) for step in steps]
    distortion = (float(samples.square().mean()), *(float((latents - total).square().mean()) for total in sums))
    side_bits = SIDE_BITS * quantizer.side_values / len(samples)
    domain = float(quantizer.ratios[0] / (quantizer.ratios[0] - 1)) if quantizer.bounds_latents else None
    stages = tuple(map(_stage, steps))
    return LabRun(stages, quantizer.codebook_size, _array(latents), _array(sums[-1]), distortion, side_bits, domain)


def _stage(step: StageStep) -> LabStage:
    base, conditioning, side = step.base, step.conditioning, step.side
    rows = step.rounded.indices.flatten().numpy()
    counts = np.bincount(rows, minlength=base.codebook_size)
    every = torch.arange(base.codebook_size).view(1, 1, -1)
    codes = conditioning.undo(base.codes_of(every), side)
    return LabStage(
        _array(step.residual),
        _array(step.added),
        rows,
        _array(codes),
        _edges(step),
        entropy_of_counts(counts),
        _effective_levels(base, counts),
    )


def _edges(step: StageStep) -> tuple[np.ndarray, np.ndarray] | None:
    """The borders of both channels in the coordinates of the residual, (L − 1,) each; None for VQ."""
    borders = [step.base.borders(channel) for channel in (0, 1)]
    if borders[0] is None or borders[1] is None:
        return None
    undone = step.conditioning.undo(torch.stack([borders[0], borders[1]]).view(1, 2, 1, -1), step.side)
    return undone[0, 0, 0].numpy(), undone[0, 1, 0].numpy()


def _effective_levels(base: Quantizer, counts: np.ndarray) -> float | None:
    if not base.levels:
        return None
    square = counts.reshape(math.isqrt(len(counts)), -1)  # one channel's levels along each side
    return float(2 ** ((entropy_of_counts(square.sum(axis=0)) + entropy_of_counts(square.sum(axis=1))) / 2))


def _array(latents: Tensor) -> np.ndarray:
    return np.ascontiguousarray(as_samples(latents).numpy())
