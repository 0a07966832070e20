"""How one channel may be bounded and cut into levels: five ways that are in use, on the same samples.

A way maps a latent z to one of L levels. It says at which z the next level begins (the borders) and which code stands for
each level. An encoder that is free to choose its gain g rounds g·z; a decoder that learned what each level stands for
takes the mean of the latents that it got.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np

from rfsq.quantizers.usage import entropy_of_counts

GridName = Literal["tanh", "clamp", "half-step", "ifsq", "equal"]
Decoder = Literal["mean", "code"]
DECODERS: tuple[Decoder, ...] = get_args(Decoder)
MIN_LEVELS, MAX_LEVELS = 2, 64
IFSQ_SLOPE: Final = 0.8  # 2σ(1.6z) − 1 = tanh(0.8z), as 2σ(2y) − 1 = tanh(y)
_EPS: Final = 1e-3  # by which the original code keeps its bounded latents off the ends
_GAINS: Final = np.geomspace(0.02, 50, 157)  # that are tried, at RMS 1 and slope 1; then finer ones around the best
_FINER: Final = (0.01, 0.001)


@dataclass(frozen=True)
class ScalarGrid:
    """One way to bound a channel and to cut it into levels."""

    name: GridName
    label: str
    formula: str  # in words: what is done to a latent z
    source: str
    borders_of: Callable[[int], np.ndarray]  # L -> (L − 1,) latents at which the next level begins, increasing
    codes_of: Callable[[int], np.ndarray]  # L -> (L,) codes, increasing
    slope: float = 1.0  # of the bounding at 0

    def borders(self, levels: int) -> np.ndarray:
        """The latents at which the next of `levels` levels begins: (L − 1,) float64. Raises ValueError as `check_levels`."""
        check_levels(levels)
        return self.borders_of(levels)

    def codes(self, levels: int) -> np.ndarray:
        """What the decoder receives for each of `levels` levels: (L,) float64. Raises ValueError as `check_levels`."""
        check_levels(levels)
        return self.codes_of(levels)


def check_levels(levels: int) -> None:
    """Raises ValueError for a number of levels that no channel has here."""
    if not MIN_LEVELS <= levels <= MAX_LEVELS:
        raise ValueError(f"levels must be {MIN_LEVELS} … {MAX_LEVELS}, got {levels}")


def _ends(levels: int) -> np.ndarray:
    """Codes with a level at each end of [−1, 1]."""
    return np.linspace(-1, 1, levels)


def _middles(levels: int) -> np.ndarray:
    """The borders between them."""
    codes = _ends(levels)
    return (codes[1:] + codes[:-1]) / 2


def half_step_shift(levels: int) -> float:
    """By how much the original code moves latents before tanh: the tangent is its own. 0 for odd counts.

    Its cells are those of tanh, moved by this (and by its 0.1 % at the ends).
    """
    return 0.0 if levels % 2 else math.tan(0.5 / _half_step_reach(levels))


def _half_step_reach(levels: int) -> float:
    return (levels - 1) * (1 - _EPS) / 2


def _half_step_borders(levels: int) -> np.ndarray:
    offset = 0.0 if levels % 2 else 0.5
    between = np.arange(-(levels // 2), (levels - 1) // 2) + 0.5  # borders of rounding to whole numbers
    return np.arctanh((between + offset) / _half_step_reach(levels)) - half_step_shift(levels)


def _half_step_codes(levels: int) -> np.ndarray:
    return np.arange(-(levels // 2), (levels - 1) // 2 + 1) / (levels // 2)


def _cell_borders(levels: int) -> np.ndarray:
    return np.arctanh(2 * np.arange(1, levels) / levels - 1)


def _cell_middles(levels: int) -> np.ndarray:
    return (2 * np.arange(levels) + 1) / levels - 1


_ALL = (
    ScalarGrid(
        "tanh",
        "tanh",
        "tanh(z), rounded to levels of which the outermost are −1 and 1",
        "arXiv:2309.15505, for odd counts; here for all",
        lambda levels: np.arctanh(_middles(levels)),
        _ends,
    ),
    ScalarGrid(
        "clamp",
        "clamp",
        "z cut off at −1 and 1, rounded to the same levels",
        "as geometric conditioning bounds its stages",
        _middles,
        _ends,
    ),
    ScalarGrid(
        "half-step",
        "half-step shift",
        "even counts: tanh(z + s) moved down by half a step, so that 0 is a level and 1 is not; odd counts: tanh",
        "the original FSQ code, arXiv:2309.15505, appendix A.1",
        _half_step_borders,
        _half_step_codes,
    ),
    ScalarGrid(
        "ifsq",
        "iFSQ",
        "2σ(1.6z) − 1, which is tanh(0.8z), rounded to the levels of tanh",
        "arXiv:2601.17124",
        lambda levels: np.arctanh(_middles(levels)) / IFSQ_SLOPE,
        _ends,
        IFSQ_SLOPE,
    ),
    ScalarGrid(
        "equal",
        "equal cells",
        "tanh(z), with (−1, 1) cut into cells of equal width and each level in the middle of its own",
        "a uniform quantizer of the bounded interval",
        _cell_borders,
        _cell_middles,
    ),
)
GRIDS: Final[dict[str, ScalarGrid]] = {grid.name: grid for grid in _ALL}


class ChannelSamples:
    """Latents of a channel, or of several together, ready to be counted between any borders.

    values: any shape, finite. Raises ValueError for no values, or values that are all 0 or not finite.
    """

    def __init__(self, values: np.ndarray) -> None:
        self.sorted = np.sort(values.astype(np.float64).ravel())
        if not len(self.sorted) or not np.isfinite(self.sorted).all() or not self.sorted.any():
            raise ValueError("a histogram needs finite latents that are not all 0")
        self._sums = np.concatenate([[0.0], np.cumsum(self.sorted)])
        self.energy = float(np.square(self.sorted).sum())

    def __len__(self) -> int:
        return len(self.sorted)

    @property
    def rms(self) -> float:
        """Root mean square of the latents."""
        return math.sqrt(self.energy / len(self))

    def between(self, borders: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How many latents each cell gets, and their sum: (L,) int64 and (L,) float64."""
        cuts = np.concatenate([[0], np.searchsorted(self.sorted, borders), [len(self)]])
        return np.diff(cuts), np.diff(self._sums[cuts])


@dataclass(frozen=True, eq=False)
class GridUse:
    """What one way makes of samples, at one gain. All places are in units of the latents."""

    grid: ScalarGrid
    gain: float
    borders: np.ndarray  # (L − 1,)
    values: np.ndarray  # (L,) what the decoder makes of each level; NaN for a level without samples
    counts: np.ndarray  # (L,) int64
    rms: float  # of the error
    snr_db: float  # signal to error: mean square of the latents over that of the error

    @property
    def shares(self) -> np.ndarray:
        """(L,) of the samples, by level."""
        found: np.ndarray = self.counts / self.counts.sum()
        return found

    @property
    def entropy_bits(self) -> float:
        """Of the level of a sample; at most log2 L."""
        return entropy_of_counts(self.counts)

    @property
    def saturation(self) -> float:
        """Share of the samples that are at one of the two outermost levels."""
        return float(self.shares[0] + self.shares[-1])


def use_grid(
    grid: ScalarGrid, levels: int, samples: ChannelSamples, gain: float = 1.0, decoder: Decoder = "mean"
) -> GridUse:
    """Round samples times a gain to levels.

    decoder: what a level stands for, the "mean" of the latents that it got, or its "code" times the best single number.
    Raises ValueError for a gain that is not above 0, and as `check_levels`.

    >>> use = use_grid(GRIDS["clamp"], 3, ChannelSamples(np.array([-1.0, 0.1, 0.2, 0.9])))
    >>> use.counts.tolist(), use.entropy_bits, [round(float(value), 2) for value in use.values]
    ([1, 2, 1], 1.5, [-1.0, 0.15, 0.9])
    """
    if not gain > 0 or not math.isfinite(gain):
        raise ValueError(f"a gain is above 0, got {gain}")
    borders, codes = grid.borders(levels) / gain, grid.codes(levels)
    counts, sums = samples.between(borders)
    if decoder == "mean":
        values = np.divide(sums, counts, out=np.full(levels, np.nan), where=counts > 0)
        explained = float(np.nansum(values * sums))
    else:
        square = float((counts * codes**2).sum())
        factor = float((codes * sums).sum()) / square if square else 0.0
        values = codes * factor
        explained = factor * float((codes * sums).sum())
    # Both decoders are projections, so what they explain and the error add up to the latents' energy.
    error = max(samples.energy - explained, 0.0)
    snr_db = math.inf if error <= 1e-12 * samples.energy else 10 * math.log10(samples.energy / error)
    return GridUse(grid, gain, borders, values, counts, math.sqrt(error / len(samples)), snr_db)


def best_gain(grid: ScalarGrid, levels: int, samples: ChannelSamples, decoder: Decoder = "mean") -> GridUse:
    """The use with the gain that leaves the least error, to about 0.1 %: what an encoder that is free to scale would find.

    Raises ValueError as `check_levels`.
    """

    def least(gains: np.ndarray) -> GridUse:
        return min((use_grid(grid, levels, samples, float(gain), decoder) for gain in gains), key=lambda use: use.rms)

    best = least(_GAINS / (samples.rms * grid.slope))
    for step in _FINER:
        best = least(best.gain * (1 + step * np.arange(-5, 6)))
    return best
