"""How sure a mean over images is: bootstrap intervals, and differences measured on the same images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import bootstrap, ttest_ind

LEVEL = 0.95
_RESAMPLES = 2000
_NUMBERS_AT_ONCE = 4_000_000  # of the resampled data, so that 50,000 images need no more than 32 MB


@dataclass(frozen=True)
class Interval:
    """A mean over images and where it would lie for other images of the same kind, with 95 % confidence.

    With several `runs` also where it would lie if the models were trained again with other seeds.
    """

    mean: float
    low: float
    high: float
    images: int
    runs: int = 1  # training runs of each side, the fewer of the two; of 1 the interval says nothing of another run
    of_images: float = 0.0  # half the width that the choice of images alone gives, if `runs` is more than 1
    of_runs: float = 0.0  # and the choice of seeds alone

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


def difference_over_runs(scores: Sequence[Sequence[float]], reference: Sequence[Sequence[float]]) -> Interval:
    """Mean of scores − reference over training runs and images, with an interval that covers both choices.

    scores, reference: (runs, images), each at least two runs, over the same images in the same order. The part of the
    images is the bootstrap of the paired differences between the means over the runs; that of the runs Welch's t interval
    between the runs' means. They are independent, so to either side the interval is the root of the sum of their squares.
    Raises ValueError for fewer runs and as `paired_difference` does.
    """
    mine, theirs = (np.asarray(runs, dtype=np.float64) for runs in (scores, reference))
    if mine.ndim != 2 or theirs.ndim != 2 or min(len(mine), len(theirs)) < 2:
        raise ValueError("an interval over training runs needs at least two of each side")
    photos = paired_difference(mine.mean(axis=0).tolist(), theirs.mean(axis=0).tolist())
    of_runs = _welch_half(mine.mean(axis=1), theirs.mean(axis=1))
    return Interval(
        photos.mean,
        photos.mean - float(np.hypot(photos.mean - photos.low, of_runs)),
        photos.mean + float(np.hypot(photos.high - photos.mean, of_runs)),
        photos.images,
        min(len(mine), len(theirs)),
        (photos.high - photos.low) / 2,
        of_runs,
    )


def _welch_half(mine: np.ndarray, theirs: np.ndarray) -> float:
    """Half the 95 % interval of the difference between two means over runs, of unequal variances."""
    if not (np.ptp(mine) or np.ptp(theirs)):
        return 0.0
    interval = ttest_ind(mine, theirs, equal_var=False).confidence_interval(LEVEL)
    return float(interval.high - interval.low) / 2
