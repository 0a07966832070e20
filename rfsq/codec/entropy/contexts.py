"""What is known of a digit before it is decoded, as a small integer: its context.

A plane is coded in ten passes, each a regular grid, from coarse to fine. A pass sees the digits of the passes before it
on both sides, and everything of the planes before it (earlier stages, earlier channels). Digits are taken as centred
values 2·digit − (levels − 1). Two weighted sums, with integer weights that the tables hold, say where the value is
expected and how far off that is likely to be; both are cut into bins. A third part is the digit of one earlier plane.

Everything is int16 arithmetic that cannot overflow (`Tables` checks the weights), so it is the same on every machine.
Arrays may have axes in front of (h, w): learning puts many photos there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

BORDER: Final = 4  # positions around a plane that a pass may look at
BIN_SHIFT: Final = 5  # weighted sums count in 1/32 of a bin
DEVIATION_CELLS: Final = 64  # fine bins of the expected deviation, which the tables group into a few

Reach = Literal["none", "corners", "sides", "around"]
CENTRE, CROSS, ACTIVITY = 0, 1, 2  # what is kept of a finished plane, see `Finished`
GAINS: Final = (1, 4, 8)  # the largest magnitude of each, as a multiple of levels − 1

_OWN_MEANS: Final[dict[Reach, tuple[int, ...]]] = {"none": (), "corners": (4,), "sides": (2, 2), "around": (2, 2, 4)}
_OWN_DEVIATIONS: Final[dict[Reach, tuple[int, ...]]] = {
    "none": (),
    "corners": (4, 4),
    "sides": (2, 2, 4),
    "around": (2, 2, 4, 4, 4),
}


@dataclass(frozen=True)
class Pass:
    """The positions (top + i·step, left + j·step), and which neighbours at distance step / 2 are decoded by then."""

    step: int
    top: int
    left: int
    reach: Reach

    def shape(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of positions in a plane of this size."""
        return len(range(self.top, height, self.step)), len(range(self.left, width, self.step))

    @property
    def own_mean_gains(self) -> tuple[int, ...]:
        """Of each sum of neighbours: the largest magnitude, as a multiple of levels − 1."""
        return _OWN_MEANS[self.reach]

    @property
    def own_deviation_gains(self) -> tuple[int, ...]:
        """Of each difference of neighbours likewise."""
        return _OWN_DEVIATIONS[self.reach]


PASSES: Final = (
    Pass(8, 0, 0, "none"),
    *(
        one
        for step in (8, 4, 2)
        for one in (
            Pass(step, step // 2, step // 2, "corners"),
            Pass(step, 0, step // 2, "sides"),
            Pass(step, step // 2, 0, "around"),
        )
    ),
)


@dataclass(frozen=True)
class PlaneModel:
    """How the contexts of one plane are formed. Plane numbers count over all stages."""

    levels: int
    mean_from: tuple[tuple[int, int], ...]  # (plane, CENTRE or CROSS) of the earlier planes in the first sum
    deviation_from: tuple[int, ...]  # earlier planes whose ACTIVITY is in the second sum
    category_from: int | None  # the earlier plane whose digit is the third part of the context
    mean_weights: tuple[tuple[int, ...], ...]  # per pass: own neighbours, `mean_from`, constant
    deviation_weights: tuple[tuple[int, ...], ...]  # per pass: own neighbours, `deviation_from`, constant
    thresholds: tuple[int, ...]  # cells of the deviation at which the next bin begins, ascending
    mean_bins: int
    categories: int

    @property
    def deviation_bins(self) -> int:
        return len(self.thresholds) + 1

    @property
    def contexts(self) -> int:
        return self.mean_bins * self.deviation_bins * self.categories


@dataclass(frozen=True)
class Finished:
    """A decoded plane as later planes see it: digits and what is derived from the centred values v.

    `views[CENTRE]` is v, `views[CROSS]` the sum of the four neighbours (the border repeated), `views[ACTIVITY]`
    |4 v − CROSS|; each (…, h, w) int16. There are none when no later plane looks at them.
    """

    digits: np.ndarray  # (…, h, w) uint8
    levels: int
    views: tuple[np.ndarray, ...]


def category_groups(levels: int, categories: int) -> np.ndarray:
    """The category of each digit of a plane with `levels`, (levels,) uint8."""
    return (np.arange(levels) * categories // levels).astype(np.uint8)


class Canvas:
    """A plane that is being coded, as centred values with a border; what is not decoded yet is 0."""

    def __init__(self, shape: tuple[int, ...], levels: int) -> None:
        *front, self.height, self.width = shape
        self.levels = levels
        self._digits = np.zeros(shape, np.uint8)
        self._values = np.zeros((*front, self.height + 2 * BORDER, self.width + 2 * BORDER), np.int16)

    def pass_shape(self, one: Pass) -> tuple[int, ...]:
        """(…, rows, columns) of a pass."""
        return (*self._digits.shape[:-2], *one.shape(self.height, self.width))

    def passes(self) -> Iterator[tuple[int, Pass]]:
        """The passes that have any positions in a plane of this size, with their numbers."""
        return ((number, one) for number, one in enumerate(PASSES) if 0 not in one.shape(self.height, self.width))

    def fill(self, one: Pass, digits: np.ndarray) -> None:
        """Put the digits (…, rows, columns) of a pass in their places."""
        self._digits[..., one.top :: one.step, one.left :: one.step] = digits
        self._at(one)[...] = 2 * digits.astype(np.int16) - (self.levels - 1)

    def neighbours(self, one: Pass) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Sums and differences of decoded neighbours at the positions of a pass; (…, rows, columns) int16 each.

        A neighbour beyond the border is replaced by the opposite one.
        """
        if one.reach == "none":
            return [], []
        self._mirror(one)
        r = one.step // 2
        means: list[np.ndarray] = []
        deviations: list[np.ndarray] = []
        if one.reach != "corners":
            left, right = self._at(one, 0, -r), self._at(one, 0, r)
            above, below = self._at(one, -r, 0), self._at(one, r, 0)
            means += [left + right, above + below]
            deviations += [abs(left - right), abs(above - below), abs(means[0] - means[1])]
        if one.reach != "sides":
            a, b, c, d = (self._at(one, y, x) for y in (-r, r) for x in (-r, r))
            falling, rising = a + d, b + c
            means.append(falling + rising)
            deviations += [abs(a - d) + abs(b - c), abs(falling - rising)]
        return means, deviations

    def finish(self, looked_at: bool = True) -> Finished:
        """The complete plane; without its views if no later plane looks at it."""
        if not looked_at:
            return Finished(self._digits, self.levels, ())
        v, inner = self._values, slice(BORDER, -BORDER)
        v[..., BORDER - 1, :], v[..., -BORDER, :] = v[..., BORDER, :], v[..., -BORDER - 1, :]
        v[..., BORDER - 1], v[..., -BORDER] = v[..., BORDER], v[..., -BORDER - 1]
        above, below = slice(BORDER - 1, -BORDER - 1), slice(BORDER + 1, -BORDER + 1)
        cross = v[..., above, inner] + v[..., below, inner]
        cross += v[..., inner, above]
        cross += v[..., inner, below]
        centre = v[..., inner, inner]
        return Finished(self._digits, self.levels, (centre, cross, abs(4 * centre - cross)))

    def _at(self, one: Pass, down: int = 0, right: int = 0) -> np.ndarray:
        rows, columns = one.shape(self.height, self.width)
        top, left = BORDER + one.top + down, BORDER + one.left + right
        return self._values[
            ..., top : top + (rows - 1) * one.step + 1 : one.step, left : left + (columns - 1) * one.step + 1 : one.step
        ]

    def _mirror(self, one: Pass) -> None:
        v, r = self._values, one.step // 2
        rows, columns = one.shape(self.height, self.width)
        first, last = BORDER + one.top, BORDER + one.top + (rows - 1) * one.step
        if one.top < r:
            v[..., first - r, :] = v[..., first + r, :]
        if last + r >= BORDER + self.height:
            v[..., last + r, :] = v[..., last - r, :]
        first, last = BORDER + one.left, BORDER + one.left + (columns - 1) * one.step
        if one.left < r:
            v[..., first - r] = v[..., first + r]
        if last + r >= BORDER + self.width:
            v[..., last + r] = v[..., last - r]


def contexts(model: PlaneModel, number: int, canvas: Canvas, finished: Sequence[Finished]) -> np.ndarray:
    """The context of every position of pass `number`: (…, rows, columns) uint8, below `model.contexts`."""
    one, shape = PASSES[number], canvas.pass_shape(PASSES[number])
    means, deviations = features(one, canvas, finished, model.mean_from, model.deviation_from)
    context = cells(means, model.mean_weights[number], shape, model.mean_bins)
    context *= model.deviation_bins
    bins = np.searchsorted(model.thresholds, np.arange(DEVIATION_CELLS), side="right").astype(np.int16)
    context += bins[cells(deviations, model.deviation_weights[number], shape, DEVIATION_CELLS)]
    if model.category_from is not None:
        source = finished[model.category_from]
        digits = source.digits[..., one.top :: one.step, one.left :: one.step]
        context *= model.categories
        context += (
            digits if model.categories == source.levels else category_groups(source.levels, model.categories)[digits]
        )
    return context.astype(np.uint8)


def features(
    one: Pass,
    canvas: Canvas,
    finished: Sequence[Finished],
    mean_from: Sequence[tuple[int, int]],
    deviation_from: Sequence[int],
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """What the two weighted sums are made of at the positions of a pass, (…, rows, columns) int16 each."""
    means, deviations = canvas.neighbours(one)
    grid = (..., slice(one.top, None, one.step), slice(one.left, None, one.step))
    means += [finished[plane].views[kind][grid] for plane, kind in mean_from]
    deviations += [finished[plane].views[ACTIVITY][grid] for plane in deviation_from]
    return means, deviations


def cells(features: Sequence[np.ndarray], weights: Sequence[int], shape: tuple[int, ...], count: int) -> np.ndarray:
    """The bin 0 … count − 1 of Σ weight · feature + the last weight, `shape` int16."""
    total = np.full(shape, weights[-1], np.int16)
    product = np.empty(shape, np.int16)
    for feature, weight in zip(features, weights, strict=False):
        if weight:
            np.multiply(feature, np.int16(weight), out=product)
            total += product
    total >>= BIN_SHIFT
    return np.clip(total, 0, count - 1, out=total)
