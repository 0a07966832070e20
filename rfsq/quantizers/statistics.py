"""What the stages of a quantizer do over many images: which codes they use, and how strong a signal they get."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from rfsq.quantizers.base import Quantizer
from rfsq.quantizers.fsq import FSQ
from rfsq.quantizers.rounding import rms
from rfsq.quantizers.stages import StageStep
from rfsq.quantizers.usage import CodeHistogram

COUNTED_CODES = 2**16  # of a larger codebook a test set shows too small a part to say how its codes are used


class StageCounter:
    """Counts the codes of one stage over a test set.

    Codebooks of up to 65,536 codes are counted code by code. Larger ones are counted channel by channel: their joint
    entropy cannot be seen in a few hundred thousand tokens (it would come out as log2 of the number of tokens).
    """

    def __init__(self, base: Quantizer) -> None:
        self._base = base
        self.by_channel = base.codebook_size > COUNTED_CODES
        channels = base.dim if base.levels else 0
        self._histograms = [CodeHistogram() for _ in range(channels if self.by_channel else 1)]

    @property
    def codes(self) -> int:
        """How many the codebook has."""
        return self._base.codebook_size

    def update(self, indices: Tensor) -> None:
        """Count the indices (B, h, w) int64 of some images."""
        if not self._histograms:
            return
        parts = self._base.digits_of(indices).unbind(dim=1) if self.by_channel else (indices,)
        for histogram, part in zip(self._histograms, parts, strict=True):
            histogram.update(part)

    def merge(self, other: StageCounter) -> None:
        """Add what another process counted of the same stage."""
        for mine, theirs in zip(self._histograms, other._histograms, strict=True):
            mine.merge(theirs)

    def entropy_bits(self) -> float:
        """Zeroth-order entropy in bits per token: of the codes, or summed over the channels (an upper bound); NaN for a
        codebook too large to count whose codes have no levels."""
        if not self._histograms:
            return math.nan
        return sum(histogram.entropy_bits() for histogram in self._histograms)

    def perplexity(self) -> float | None:
        """2^entropy of the codes; None for a codebook too large to count."""
        return None if self.by_channel else self._histograms[0].perplexity()

    def usage(self) -> float | None:
        """Share of the codebook seen at least once; None for a codebook too large to count."""
        return None if self.by_channel else self._histograms[0].usage(self._base.codebook_size)


def learned_codebooks(quantizer: Quantizer) -> list[np.ndarray] | None:
    """The codebook of each stage, (K, D) float32, where codes are learned; None elsewhere."""
    codebooks = [base.learned_codebook for base, _ in quantizer.parts]
    return [codebook.cpu().numpy() for codebook in codebooks if codebook is not None] or None


def wrong_float_indices(base: FSQ, indices: Tensor, dtype: torch.dtype) -> float:
    """Share of indices (B, h, w) that come out wrong when they are computed from their codes in floating point.

    The arithmetic of the paper's released code: levels times radix, summed in `dtype`, then truncated to an integer.
    """
    levels = torch.tensor(base.levels, device=indices.device).view(1, -1, 1, 1)
    radix = torch.cat([levels.new_ones(1, 1, 1, 1), levels[:, :-1].cumprod(dim=1)], dim=1)
    digits = (base.codes_of(indices).to(dtype) + 1) * ((levels - 1) / 2).to(dtype)
    computed = (digits * radix.to(dtype)).sum(dim=1).to(torch.int64)
    return float((computed != indices).double().mean())


def signal_to_step(steps: Iterable[StageStep]) -> list[Tensor | None]:
    """RMS of what each stage rounds divided by the distance of its levels: (B,) per stage, None for VQ.

    The measure of residual magnitude decay. Far below 1/2, a stage sees a signal that hardly leaves one cell and can
    say little more than a sign; FSQ is measured after its bounding, because that is what is rounded.
    """
    return [step.base.rms_in_steps(step.conditioned) for step in steps]


def rms_left(quantizer: Quantizer, latents: Tensor, steps: Iterable[StageStep]) -> list[Tensor]:
    """RMS of the latents (B, D, h, w), then of what each of the `steps` on them leaves: (B,) each.

    In the domain of the latents for every conditioning, so that strategies can be compared: what geometric steps add up
    to is bounded, and is brought back first.
    """
    return [rms(latents), *(rms(latents - quantizer.restore(step.total)) for step in steps)]
