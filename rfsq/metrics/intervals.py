"""How sure a mean over images is: bootstrap intervals, and differences measured on the same images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import bootstrap

LEVEL = 0.95
_RESAMPLES = 2000
_NUMBERS_AT_ONCE = 4_000_000  # of the resampled data, so that 50,000 images need no more than 32 MB


@dataclass(frozen=True)
class Interval:
    """A mean over images and where it would lie for other images of the same kind, with 95 % confidence."""

    mean: float
    low: float
    high: float
    images: int

    @property
    def excludes_zero(self) -> bool:
        return self.low > 0 or self.high < 0


def mean_interval(values: Sequence[float] | np.ndarray) -> Interval:
    """Mean of one score per image with its percentile bootstrap interval (2,000 resamples, fixed seed).

    The interval is about the choice of photos; it says nothing of another training run. Raises ValueError for fewer
    than two values or values that are not finite.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or len(numbers) < 2:
        raise ValueError(f"an interval needs at least two images, got {numbers.size}")
    if not np.isfinite(numbers).all():
        raise ValueError("an interval needs finite scores")
    result = bootstrap(
        (numbers,),
        np.mean,
        n_resamples=_RESAMPLES,
        confidence_level=LEVEL,
        method="percentile",
        batch=max(1, _NUMBERS_AT_ONCE // len(numbers)),
        rng=np.random.default_rng(0),
    )
    bounds = result.confidence_interval
    return Interval(float(numbers.mean()), float(bounds.low), float(bounds.high), len(numbers))


def paired_difference(scores: Sequence[float], reference: Sequence[float]) -> Interval:
    """Mean of scores − reference over the same images in the same order, with its interval.

    Much narrower than the two intervals apart, because what makes an image hard is the same for both. Raises ValueError
    for unequal lengths and as `mean_interval` does.
    """
    if len(scores) != len(reference):
        raise ValueError(f"paired scores must be of the same images, got {len(scores)} and {len(reference)}")
    return mean_interval(np.asarray(scores, dtype=np.float64) - np.asarray(reference, dtype=np.float64))
