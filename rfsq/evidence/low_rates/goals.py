"""What the files of the test photos say of low rates: where ours are ahead of other formats, and how sure that is.

Curves are means over the photos at one setting each, as in `words`; the intervals come from choosing the photos
again, the same ones for both curves. Photos of the test set are small, so what a container costs before it says anything
is a large part of a file: everything is told of whole files, and of what is left without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Final, Literal

import numpy as np

from rfsq.codec.rate_distortion import RdMetric
from rfsq.evidence.files.photos import FilePhotos, PhotoPoint, PhotoPoints
from rfsq.metrics.intervals import LEVEL, Interval, paired_difference

State = Literal["ahead", "not decided", "behind"]
Counting = Literal["whole files", "without headers"]
COUNTINGS: Final[tuple[Counting, ...]] = ("whole files", "without headers")
_RESAMPLES: Final = 1000
_RATES: Final = 120  # at which two curves are compared
HIGHER_IS_BETTER: Final = ("psnr_db", "ssim")


@dataclass(frozen=True, eq=False)
class Band:
    """By how much a model's score is better than a format's at each rate that both reach, with 95 % intervals."""

    rates: np.ndarray  # (R,) bits per pixel, ascending
    mean: np.ndarray  # (R,), positive where ours is better, as are the ends of the interval
    low: np.ndarray
    high: np.ndarray
    photos: int

    def states(self, below: float = np.inf) -> list[tuple[State, float, float]]:
        """What is sure from which rate to which, up to the rate `below`; empty where the comparison begins beyond it."""
        signs = np.where(self.low > 0, 1, np.where(self.high < 0, -1, 0))
        names: dict[int, State] = {1: "ahead", 0: "not decided", -1: "behind"}
        pairs = [(int(sign), float(rate)) for sign, rate in zip(signs, self.rates, strict=True) if rate <= below]
        found = []
        for sign, group in groupby(pairs, key=lambda pair: pair[0]):
            rates = [rate for _, rate in group]
            found.append((names[sign], rates[0], rates[-1]))
        return found

    def words(self, below: float = np.inf) -> str:
        """ "ahead from 0.25 to 0.31, not decided from 0.31 to 0.34, behind from 0.34 to 0.60"; of one rate "ahead at 0.15"."""
        return ", ".join(
            f"{state} from {low:.2f} to {high:.2f}" if f"{low:.2f}" != f"{high:.2f}" else f"{state} at {low:.2f}"
            for state, low, high in self.states(below)
        )


def band(
    mine: PhotoPoints, theirs: PhotoPoints, metric: RdMetric, pixels: float, counting: Counting = "whole files"
) -> Band | None:
    """None where the curves reach no rate together, or fewer than two photos were measured by both."""
    if not all(metric in point.scores for point in (*mine, *theirs)):
        return None
    every = [point.scores[metric] for point in (*mine, *theirs)]
    photos = np.flatnonzero(np.isfinite(np.stack(every)).all(axis=0)) if every else np.array([])
    if len(photos) < 2 or not mine or not theirs:
        return None
    weights = _choices(len(photos))
    ours, others = (_means(points, metric, photos, weights, counting) for points in (mine, theirs))
    low, high = max(ours[0][0, 0], others[0][0, 0]), min(ours[0][0, -1], others[0][0, -1])  # log of bytes
    if low > high:
        return None
    at = (
        np.linspace(low, high, _RATES)[None] if high > low else ours[0][:, :1]
    )  # of one rate: at the size of each choice
    gaps = _between(*ours, at) - _between(*others, at)  # (choices, R)
    better = gaps if metric in HIGHER_IS_BETTER else -gaps
    tail = 50 * (1 - LEVEL)
    bounds = np.percentile(better[1:], [tail, 100 - tail], axis=0)
    return Band(8 * np.exp(at[0]) / pixels, better[0], bounds[0], bounds[1], len(photos))


@lru_cache(maxsize=8)
def _choices(photos: int) -> np.ndarray:
    """Weights of the photos, (choices, photos): each once, then choices with replacement."""
    again = np.random.default_rng(0).multinomial(photos, np.full(photos, 1 / photos), size=_RESAMPLES)
    return np.vstack([np.ones((1, photos)), again]) / photos


def _means(
    points: PhotoPoints, metric: RdMetric, photos: np.ndarray, weights: np.ndarray, counting: Counting
) -> tuple[np.ndarray, np.ndarray]:
    """Logarithms of mean sizes, and mean scores, of each choice: (choices, points) both, from the smallest files on."""
    sizes = np.stack([sizes_of(point, counting)[photos] for point in points])
    scores = np.stack([point.scores[metric][photos] for point in points])
    order = np.argsort(sizes.mean(axis=1), kind="stable")
    return np.maximum.accumulate(np.log(weights @ sizes[order].T), axis=1), weights @ scores[order].T


def _between(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Curves (C, P) read between their points, at (1, R) or (C, R); beyond the ends, the end: (C, R)."""
    found = np.broadcast_to(y[:, :1], (len(y), at.shape[1])).copy()
    for k in range(x.shape[1] - 1):
        step = np.maximum(x[:, k + 1 : k + 2] - x[:, k : k + 1], 1e-12)
        found += ((at - x[:, k : k + 1]) / step).clip(0, 1) * (y[:, k + 1 : k + 2] - y[:, k : k + 1])
    return found


def sizes_of(point: PhotoPoint, counting: Counting) -> np.ndarray:
    """(N,) bytes; at least 1, as curves are drawn over their logarithm."""
    less = 0 if counting == "whole files" else point.overhead
    return np.maximum(point.size - less, 1).astype(np.float64)


@dataclass(frozen=True)
class Pairs:
    """A file of ours beside a format's of as many bytes, photo by photo."""

    difference: Interval | None  # positive where ours is better; None for fewer than two photos
    ahead: int
    compared: int
    too_large: int  # photos of which the format's smallest file is larger than ours


def pairs(mine: PhotoPoint, theirs: PhotoPoints, metric: RdMetric, counting: Counting = "whole files") -> Pairs:
    """Over the photos that were measured in both; the format's score is read between its qualities."""
    sizes = np.stack([sizes_of(point, counting) for point in theirs])  # (Q, N)
    empty = np.full(len(mine.size), np.nan)
    scores = np.stack([point.scores.get(metric, empty) for point in theirs])
    own, wanted = mine.scores.get(metric, empty), sizes_of(mine, counting)
    ours, others, too_large = [], [], 0
    for photo in np.flatnonzero(np.isfinite(own) & np.isfinite(scores).all(axis=0)):
        order = np.argsort(sizes[:, photo], kind="stable")
        x = sizes[order, photo]
        if x[0] > wanted[photo]:
            too_large += 1
        elif wanted[photo] <= x[-1]:
            ours.append(float(own[photo]))
            others.append(float(np.interp(np.log(wanted[photo]), np.log(x), scores[order, photo])))
    if metric not in HIGHER_IS_BETTER:
        ours, others = others, ours
    ahead = sum(a > b for a, b in zip(ours, others, strict=True))
    return Pairs(paired_difference(ours, others) if len(ours) > 1 else None, ahead, len(ours), too_large)


@dataclass(frozen=True)
class Goal:
    """What the models with blocks of 8×8 pixels were to reach."""

    words: str
    short: str
    formats: tuple[str, ...]
    metrics: tuple[RdMetric, ...]
    below: float  # bpp


GOALS: Final = (
    Goal("ahead of JPEG in ST-LPIPS (AlexNet) below 0.35 bpp", "1: JPEG, AlexNet", ("jpeg",), ("st_lpips",), 0.35),
    Goal("ahead of JPEG in PSNR below 0.18 bpp", "2: JPEG, PSNR", ("jpeg",), ("psnr_db",), 0.18),
    Goal(
        "ahead of JPEG, WebP and AVIF in ST-LPIPS by both networks below 0.25 bpp",
        "3: all, both networks",
        ("jpeg", "webp", "avif"),
        ("st_lpips", "st_lpips_vgg"),
        0.25,
    ),
)
Verdict = Literal["holds", "holds in part", "not decided", "does not hold", "cannot be compared"]


@dataclass(frozen=True)
class Outcome:
    """How one goal stands for one model."""

    verdict: Verdict
    bands: tuple[tuple[str, RdMetric, Band], ...]  # format, metric: those that reach a rate below the goal's together
    apart: tuple[str, ...]  # formats that reach none


def outcome(photos: FilePhotos, model: str, goal: Goal, counting: Counting) -> Outcome:
    """Over the rates below the goal's that both reach; it holds only if each format can be compared by each metric."""
    bands = []
    for other in goal.formats:
        for metric in goal.metrics:
            found = band_of(photos, model, other, metric, counting)
            if found is not None and found.states(goal.below):
                bands.append((other, metric, found))
    states = {state for *_, found in bands for state, *_ in found.states(goal.below)}
    verdict: Verdict = "not decided"
    if not states:
        verdict = "cannot be compared"
    elif states == {"ahead"} and len(bands) == len(goal.formats) * len(goal.metrics):
        verdict = "holds"
    elif "ahead" in states:
        verdict = "holds in part"
    elif "behind" in states:
        verdict = "does not hold"
    reached = {other for other, *_ in bands}
    return Outcome(verdict, tuple(bands), tuple(other for other in goal.formats if other not in reached))


def band_of(photos: FilePhotos, model: str, other: str, metric: RdMetric, counting: Counting) -> Band | None:
    """`band` of a model and a format; None where one of them was not weighed, too."""
    theirs = photos.other_formats.get(other, ())
    return band(photos.ours.get(model, ()), theirs, metric, photos.pixels_per_image, counting)
