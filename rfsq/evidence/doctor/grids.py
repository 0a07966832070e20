"""The levels that each channel takes, read off its values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

_MOST = 256  # levels of a channel that are told apart
_TOKENS_PER_LEVEL = 20
_SAME = 1e-4  # of the range of a channel: nearer values are one level
_EVEN = 0.02  # of a spacing: so far may a level lie from its place
_SPARSE = 8  # places for each level in use: more of them are no grid


@dataclass(frozen=True, eq=False)
class ChannelLevels:
    """Evenly spaced levels of one channel, those that no value falls to included."""

    first: float  # the lowest level in use
    spacing: float  # between neighbours; 0 where one level is in use
    counts: Tensor  # (L,) int64, of values at each place from the lowest to the highest in use

    @property
    def count(self) -> int:
        return len(self.counts)

    @property
    def in_use(self) -> int:
        return int((self.counts > 0).sum())

    @property
    def outermost_share(self) -> float:
        """Share of the values that lie at the first or last level in use."""
        ends = self.counts[0] + self.counts[-1] if self.count > 1 else self.counts[0]
        return float(ends / self.counts.sum())


def grid_of(added: Tensor) -> tuple[ChannelLevels, ...] | None:
    """Of what a stage adds (P, D, h, w), the levels of each channel; None where they are no grid.

    Codes of a learned codebook are none: there every code has its own value in every channel. Nor are levels that every
    image stretches by its own statistics.
    """
    rows = added.transpose(0, 1).flatten(1)  # (D, N)
    found = []
    for row in rows:
        levels = _levels_of(row)
        if levels is None:
            return None
        found.append(levels)
    most = max(levels.in_use for levels in found)
    if len(found) > 1 and most > 2:
        scale = max(float(rows.abs().max()), 1e-12)
        if len(torch.unique((rows.T / scale * 1e4).round(), dim=0)) <= most:
            return None
    return tuple(found)


def grid_of_indices(indices: Tensor, levels: Sequence[int]) -> tuple[ChannelLevels, ...]:
    """The levels of each channel in the digits of indices (N,), 0 ≤ i < ∏ levels, the first channel changing fastest."""
    found, rest = [], indices
    for count in levels:
        found.append(ChannelLevels(0.0, 1.0, torch.bincount(rest % count, minlength=count)))
        rest = rest // count
    return tuple(found)


def _levels_of(row: Tensor) -> ChannelLevels | None:
    """Of the values (N,) of a channel."""
    values, counts = torch.unique(row, return_counts=True)
    if len(values) > 1:
        spread = float(values[-1] - values[0])
        new = torch.cat([torch.ones(1, dtype=torch.bool), values.diff() > _SAME * spread])
        group = new.cumsum(0) - 1
        values = values[new]
        counts = torch.zeros(len(values), dtype=torch.int64).scatter_add_(0, group, counts)
    if len(values) > _MOST or len(values) * _TOKENS_PER_LEVEL > row.numel():
        return None
    if len(values) == 1:
        return ChannelLevels(float(values[0]), 0.0, counts)
    spacing = float(values.diff().min())
    places = (values.double() - float(values[0])) / spacing
    spacing = float(values[-1] - values[0]) / max(1.0, float(places[-1].round()))  # more exact over all of them
    places = (values.double() - float(values[0])) / spacing
    if float((places - places.round()).abs().max()) > _EVEN or float(places[-1]) > _SPARSE * len(values):
        return None
    at = places.round().long()
    return ChannelLevels(
        float(values[0]), spacing, torch.zeros(int(at[-1]) + 1, dtype=torch.int64).scatter_(0, at, counts)
    )
