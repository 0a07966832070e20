"""What every stage of a stack did to every sample."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rfsq.quantizers import FSQ, VQ, Quantizer, Residual
from rfsq.quantizers.conditioning import Conditioning, bounded, unbounded
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
    rms: tuple[float, ...]  # of the residual after k stages, in the domain that the stack rounds in
    distortion: tuple[float, ...]  # mean squared error per channel after k stages, in the domain of the samples
    side_bits: float  # of side information per sample and stage
    domain: float | None  # geometric conditioning works on c·tanh(z/c), and this is c; None: on the samples themselves

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
    output = quantizer(latents)
    geometric = quantizer.conditioning == "geometric"
    residual = bounded(latents, quantizer.ratios) if geometric else latents
    done = torch.zeros_like(residual)
    stages: list[LabStage] = []
    distortion = [float(samples.square().mean())]
    for trace, base, conditioning in zip(output.stages, quantizer.bases, quantizer.conditionings, strict=True):
        assert isinstance(base, Quantizer) and isinstance(conditioning, Conditioning)
        stages.append(_stage(base, conditioning, residual - done, trace.quantized - done, trace.indices))
        done = trace.quantized
        decoded = unbounded(done, quantizer.ratios) if geometric else done
        distortion.append(float((latents - decoded).square().mean()))
    rms = (float(output.stages[0].rms_before), *(float(trace.rms_after) for trace in output.stages))
    side_bits = SIDE_BITS * quantizer.side_values / len(samples)
    domain = float(quantizer.ratios[0] / (quantizer.ratios[0] - 1)) if geometric else None
    return LabRun(tuple(stages), quantizer.codebook_size, rms, tuple(distortion), side_bits, domain)


def _stage(base: Quantizer, conditioning: Conditioning, residual: Tensor, sent: Tensor, indices: Tensor) -> LabStage:
    side = conditioning.condition(residual)[1]
    rows = indices.flatten().numpy()
    counts = np.bincount(rows, minlength=base.codebook_size)
    every = torch.arange(base.codebook_size).view(1, 1, -1)
    codes = conditioning.undo(base.codes_of(every), side)
    edges = None if isinstance(base, VQ) else conditioning.undo(_edges(base), side)[0, :, 0].numpy()
    return LabStage(
        _array(residual),
        _array(sent),
        rows,
        _array(codes),
        None if edges is None else (edges[0], edges[1]),
        _entropy_bits(counts),
        _effective_levels(base, counts),
    )


def _edges(base: Quantizer) -> Tensor:
    """Where the conditioned signal changes its level: (1, 2, 1, L − 1), the middles between levels before bounding."""
    if not isinstance(base, FSQ):
        return torch.zeros(1, 2, 1, 1)  # LFQ: the sign
    count = base.levels[0]
    middles = (torch.arange(count - 1) + 0.5) * 2 / (count - 1) - 1
    return (middles.atanh() if base.bound == "tanh" else middles).expand(1, 2, 1, -1)


def _effective_levels(base: Quantizer, counts: np.ndarray) -> float | None:
    if isinstance(base, VQ):
        return None
    square = counts.reshape(math.isqrt(len(counts)), -1)  # one channel's levels along each side
    return float(2 ** ((_entropy_bits(square.sum(axis=0)) + _entropy_bits(square.sum(axis=1))) / 2))


def _entropy_bits(counts: np.ndarray) -> float:
    share = counts[counts > 0] / counts.sum()
    return max(0.0, -float((share * np.log2(share)).sum()))


def _array(latents: Tensor) -> np.ndarray:
    return np.ascontiguousarray(as_samples(latents).numpy())
