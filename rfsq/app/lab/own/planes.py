"""What an own quantizer makes of samples and of the plane, found once for all viewers."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from functools import partial

import numpy as np
from torch import Tensor

from rfsq.app.lab.runs import Samples
from rfsq.app.shared.own_desk import OwnWork
from rfsq.app.shared.own_quantizers import OwnQuantizer
from rfsq.app.shared.store import store
from rfsq.figures.plane import REACH
from rfsq.machine.worker import Report
from rfsq.model.rate import bits_per_token
from rfsq.quantizers.foreign.service import Answered, Fitted
from rfsq.teaching.lab.runs import SIDE_BITS
from rfsq.teaching.lab.stacks import MAX_LEVELS, MAX_STAGES, MIN_LEVELS

GRID = 200  # points along each side of the plane
_BORDERLINE = 1e-3  # share of samples that may fall to the other side of a border by the last digit of a sum
_SIDE = 4  # of the images that samples are given as, for the fit


@dataclass(frozen=True, eq=False)
class OwnPlane:
    """A quantizer on samples (N, 2). Values by k are after 1 … S stages, or after all where nobody can tell them apart."""

    fitted: Fitted
    samples: np.ndarray  # (N, 2)
    coded: np.ndarray  # (k, N, 2)
    cell: np.ndarray  # (k, N), the number of each sample's cell
    cells: np.ndarray | None  # (k, GRID, GRID) over the plane; None where a point's cell depends on the other points

    @property
    def stages(self) -> int:
        """How many of them can be shown."""
        return len(self.coded)

    @property
    def distortion(self) -> tuple[float, ...]:
        """Mean squared error per channel from k = 0."""
        errors = [float(np.square(self.samples - coded).mean()) for coded in self.coded]
        return (float(np.square(self.samples).mean()), *errors)

    @property
    def bits(self) -> tuple[float, ...]:
        """Nominal bits per sample from k = 0, side information included."""
        counts = [len(self.fitted.codebook_sizes)] if self.stages == 1 else list(range(1, self.stages + 1))
        side = SIDE_BITS * self.fitted.side_values / len(self.samples)
        return (0.0, *(bits_per_token(self.fitted.codebook_sizes, count) + count * side for count in counts))

    def codes(self, k: int) -> np.ndarray:
        """What the used cells stand for, (M, 2): what the first sample of each became."""
        _, first = np.unique(self.cell[k - 1], return_index=True)
        return self.coded[k - 1][first]

    def codes_after(self, k: int) -> int:
        """How many cells the first k stages can tell apart, by what their indices can be."""
        sizes = self.fitted.codebook_sizes
        return math.prod(sizes if self.stages == 1 else sizes[:k])

    @property
    def nominal_bits(self) -> float:
        """Of all indices."""
        return bits_per_token(self.fitted.codebook_sizes)


def known_plane(quantizer: OwnQuantizer, fit: Samples, shown: Samples) -> OwnPlane | None:
    """What was found, if it was by now."""
    found: OwnPlane | None = store().peek(_key(quantizer, fit, shown))
    return found


def plane_work(quantizer: OwnQuantizer, fit: Samples, shown: Samples) -> OwnWork:
    """The work that finds it."""
    key = _key(quantizer, fit, shown)
    return quantizer.desk.work(key, partial(_find, quantizer, fit, shown, key))


def ours_at(bits: float, stages: int) -> tuple[int, int]:
    """Levels and stages of the Lab's FSQ whose bits come nearest; of equally near ones with most nearly so many stages."""
    possible = [(levels, depth) for levels in range(MIN_LEVELS, MAX_LEVELS + 1) for depth in range(1, MAX_STAGES + 1)]
    return min(
        possible, key=lambda one: (round(abs(2 * one[1] * math.log2(one[0]) - bits), 9), abs(one[1] - stages), one[0])
    )


def _find(quantizer: OwnQuantizer, fit: Samples, shown: Samples, key: Hashable, report: Report) -> None:
    desk = quantizer.desk
    fitted = desk.fit(("lab", *fit.key), lambda: _images(fit.fit), report)
    samples = shown.shown.numpy().astype(np.float32)
    answer = desk.quantize(fitted, _rectangle(samples))
    cell, cells = _cells(answer, desk.quantize(fitted, _plane_and(samples)))
    coded = answer.totals[:, 0].reshape(len(answer.totals), 2, -1).transpose(0, 2, 1)
    found = OwnPlane(fitted, samples, np.ascontiguousarray(coded), cell, cells)
    store().get(key, lambda: found, lambda plane: sum(array.nbytes for array in _arrays(plane)))


def _cells(alone: Answered, beside: Answered) -> tuple[np.ndarray, np.ndarray | None]:
    """Numbers of the cells of samples (k, N), and of the plane (k, GRID, GRID): of the first 1 … S indices, or of all. None
    where the samples get other indices beside the plane than alone."""
    count = alone.indices.shape[1]
    firsts = range(1, count + 1) if len(alone.totals) == count else [count]
    rows, plane = (answer.indices[0].reshape(count, -1) for answer in (alone, beside))
    many, points = rows.shape[1], GRID * GRID
    both = np.concatenate([rows, plane[:, :points]], axis=1)
    numbers = np.stack([np.unique(both[:k], axis=1, return_inverse=True)[1].reshape(-1) for k in firsts])
    same = (plane[:, points : points + many] == rows).all(axis=0).mean() > 1 - _BORDERLINE
    return numbers[:, :many], numbers[:, many:].reshape(-1, GRID, GRID) if same else None


def _images(samples: Tensor) -> np.ndarray:
    """(N, 2) as images (P, 2, 4, 4); a few samples at the end are left out, and fewer than one image are repeated."""
    each = _SIDE * _SIDE
    count = max(1, len(samples) // each)
    rows: np.ndarray = np.resize(samples.numpy().astype(np.float32), (count * each, 2))
    return np.ascontiguousarray(rows.reshape(count, _SIDE, _SIDE, 2).transpose(0, 3, 1, 2))


def _rectangle(samples: np.ndarray) -> np.ndarray:
    """(N, 2) as one image (1, 2, h, w), as square as its number allows."""
    height = max(side for side in range(1, math.isqrt(len(samples)) + 1) if len(samples) % side == 0)
    return np.ascontiguousarray(samples.T.reshape(1, 2, height, -1))


def _plane_and(samples: np.ndarray) -> np.ndarray:
    """The middles of GRID × GRID squares, and below them the samples, (1, 2, GRID and more, GRID): channel 1 grows along a
    row, channel 2 from row to row."""
    line = ((np.arange(GRID) + 0.5) / GRID * 2 - 1) * REACH
    rows = -(-len(samples) // GRID)
    below = np.resize(samples, (rows * GRID, 2)).reshape(rows, GRID, 2).transpose(2, 0, 1)
    plane: np.ndarray = np.concatenate([np.stack(np.meshgrid(line, line)), below], axis=1)
    return plane[None].astype(np.float32)


def _key(quantizer: OwnQuantizer, fit: Samples, shown: Samples) -> Hashable:
    desk = quantizer.desk
    return ("own plane", quantizer.number, desk.digest, desk.steps, fit.key, shown.key)


def _arrays(plane: OwnPlane) -> list[np.ndarray]:
    return [plane.samples, plane.coded, plane.cell, *([] if plane.cells is None else [plane.cells])]
