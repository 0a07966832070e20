"""The numbers behind the lines, as the charts of the page take them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rfsq.evidence.doctor.counts import stage_entropies
from rfsq.evidence.doctor.levels import signals
from rfsq.evidence.doctor.seen import Seen

MOST_STAGES = 16  # whose use is drawn


@dataclass(frozen=True, eq=False)
class DoctorPictures:
    """Plain data of all stages."""

    counts: tuple[
        np.ndarray, ...
    ]  # of each code that occurs, of the first 16 stages; empty with an index outside its codebook
    sizes: tuple[int, ...]  # of the codebooks
    entropies: tuple[float, ...]  # bits
    signals: tuple[float | None, ...]  # RMS of what enters ÷ level spacing; empty where it cannot be seen
    shares: tuple[tuple[tuple[float, ...], ...], ...]  # by stage, channel and level; empty for a stage without levels

    @property
    def possible(self) -> tuple[float, ...]:
        """Bits that an index of each stage could say."""
        return tuple(math.log2(size) for size in self.sizes)


def pictures_of(seen: Seen) -> DoctorPictures:
    """What the charts show of what was seen."""
    assert seen.sizes is not None
    lowest, highest = seen.whole.amin(dim=(0, 2, 3)).tolist(), seen.whole.amax(dim=(0, 2, 3)).tolist()
    inside = min(lowest) >= 0 and all(high < size for high, size in zip(highest, seen.sizes, strict=True))
    shares = []
    for grid in seen.grids:
        channels = [channel.counts.double() / float(channel.counts.sum()) for channel in grid or ()]
        shares.append(tuple(tuple(channel.tolist()) for channel in channels))
    return DoctorPictures(
        seen.counts[:MOST_STAGES] if inside else (),
        seen.sizes,
        tuple(stage_entropies(seen)),
        tuple(signals(seen)),
        tuple(shares),
    )
