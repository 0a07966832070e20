"""Stacks of the package's quantizers on two channels, with what they learn fitted to samples at once.

Training a model adapts the encoder and the quantizer to each other. Here the samples are given, so what a quantizer
learns can be found directly: factors over a grid, statistics by taking them, codebooks by k-means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Generator, Tensor

from rfsq.quantizers import FSQ, LFQ, VQ, ConditioningName, Quantizer, Residual, Stage
from rfsq.quantizers.conditioning import strategy
from rfsq.quantizers.grid import best_factors
from rfsq.quantizers.stages import stage_steps

BaseName = Literal["fsq", "lfq", "vq"]
BASES: tuple[BaseName, ...] = get_args(BaseName)
MIN_LEVELS, MAX_LEVELS = 2, 16
MAX_STAGES = 8
MIN_FACTOR, MAX_FACTOR = 0.01, 1e6  # of what a person may ask for; a stage of 16 levels needs 16 times the last
_KMEANS_ITERATIONS = 6
_MANY_CODES, _FEWER_ITERATIONS = 36, 2  # beyond, more rounds learn the samples, not the source, and a person waits


@dataclass(frozen=True)
class Stack:
    """What is stacked. Raises ValueError when a value makes no sense."""

    base: BaseName = "fsq"
    conditioning: ConditioningName = "none"
    levels: int = 4  # per channel: FSQ has levels² codes, VQ as many; LFQ always has 2 per channel
    stages: int = 4

    def __post_init__(self) -> None:
        if self.base not in BASES:
            raise ValueError(f"there is no base {self.base!r}; choose one of {', '.join(BASES)}")
        strategy(self.conditioning)  # raises ValueError for an unknown one
        if not MIN_LEVELS <= self.levels <= MAX_LEVELS:
            raise ValueError(f"levels must be {MIN_LEVELS} … {MAX_LEVELS}, got {self.levels}")
        if not 1 <= self.stages <= MAX_STAGES:
            raise ValueError(f"stages must be 1 … {MAX_STAGES}, got {self.stages}")
        if self.base == "vq" and self.conditioning != "none":
            raise ValueError("a codebook learns the range of its remainder, so VQ is stacked without conditioning")

    @property
    def codebook_size(self) -> int:
        return 4 if self.base == "lfq" else self.levels**2

    @property
    def has_factors(self) -> bool:
        """Whether each stage has a factor that is learned: the scale, or the gain after normalising."""
        return strategy(self.conditioning).has_factor

    def build(self) -> Residual:
        """The stack before anything is learned: factors 1, statistics 0 and 1, random codebooks."""
        return Residual(self._base, self.stages, self.conditioning)

    def _base(self, stage: int) -> Quantizer:
        if self.base == "lfq":
            return LFQ(2)
        if self.base == "vq":
            return VQ(self.codebook_size, 2, seed=stage)
        return FSQ((self.levels, self.levels))


def as_latents(samples: Tensor) -> Tensor:
    """(N, 2) -> (1, 2, 1, N): to the quantizers, the samples are the tokens of one image."""
    return samples.T.reshape(1, 2, 1, -1).float()


def as_samples(latents: Tensor) -> Tensor:
    """(1, 2, 1, N) -> (N, 2)."""
    return latents[0, :, 0].T


@torch.no_grad()
def fit_stack(stack: Stack, samples: Tensor, factors: Sequence[float] = ()) -> Residual:
    """The stack with all that it learns fitted to samples (N, 2), each stage to what the last ones left.

    Factors (of "scale", and the gains of "layernorm") are the best of a grid (`rfsq.quantizers.grid`); `factors` sets them
    instead, one for each stage. "layernorm-global" takes its statistics from the samples, VQ its codebooks.
    Fit on other samples than you measure on: a codebook of 256 codes knows its 4,000 samples too well.
    Raises ValueError for another number of factors, or factors out of range.
    """
    if factors and (len(factors) != stack.stages or not all(MIN_FACTOR <= f <= MAX_FACTOR for f in factors)):
        raise ValueError(f"give {stack.stages} factors from {MIN_FACTOR:g} to {MAX_FACTOR:g}, got {tuple(factors)}")
    quantizer = stack.build().eval()
    latents = as_latents(samples)
    if stack.has_factors and not factors:
        factors = best_factors(stack.build().eval(), latents)
    remaining = list(factors)

    def fit(stage: Stage, residual: Tensor) -> None:
        stage.conditioning.look(residual)
        few = stage.base.codebook_size <= _MANY_CODES
        number = quantizer.parts.index(stage)
        stage.base.learn(residual, _KMEANS_ITERATIONS if few else _FEWER_ITERATIONS, Generator().manual_seed(number))
        if remaining:
            stage.conditioning.set_factor(remaining.pop(0))

    for _ in stage_steps(quantizer.parts, quantizer.prepare(latents), before=fit):
        pass
    return quantizer


def factors_of(quantizer: Residual) -> tuple[float, ...]:
    """The factor of every stage, (1, …) where there is none to learn."""
    return tuple(conditioning.factor for _, conditioning in quantizer.parts)
