"""Which picture of each method stands beside the others: after equally many stages, or with the nearest number of bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

NEAR: Final = 0.1  # share of the reference's bytes: files that differ by more are not called equal


@dataclass(frozen=True)
class Plan:
    """The pictures for every position of the viewer's slider."""

    stages: Mapping[str, tuple[int, ...]]  # model -> its stage count for position 1, 2, …; it stays at its last
    reference: str | None = (
        None  # whose stages the slider counts and whose bytes the others come near; None: each its own
    )
    sizes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # with a reference: bytes after 1 … S stages

    @property
    def positions(self) -> int:
        """Of the slider, at least 1."""
        return max(map(len, self.stages.values()), default=1)

    def stages_at(self, name: str, position: int) -> int:
        """The stage count of a model's picture."""
        mine = self.stages[name]
        return mine[min(position, len(mine)) - 1]

    def excess(self, name: str, position: int) -> float | None:
        """By which share of the reference's bytes a model's file is larger, below 0 smaller; None where it has no file."""
        if self.reference is None or name not in self.sizes:
            return None
        mine, its = (self.sizes[one][self.stages_at(one, position) - 1] for one in (name, self.reference))
        return mine / its - 1


def equal_stages(counts: Mapping[str, int]) -> Plan:
    """Every model with as many stages as the slider says, or all it has. counts: model -> S."""
    return Plan({name: tuple(range(1, count + 1)) for name, count in counts.items()})


def equal_bytes(reference: str, counts: Mapping[str, int], sizes: Mapping[str, Sequence[int]]) -> Plan:
    """Every model with the stage count whose file is nearest to the reference's after each of its stages.

    counts: model -> S. sizes: model -> bytes of its files with 1 … S stages, the reference's among them; a model without
    files has as many stages as the reference.
    """
    targets = sizes[reference]
    stages = {}
    for name, count in counts.items():
        files = sizes.get(name)
        stages[name] = tuple(
            position if name == reference else min(position, count) if files is None else nearest(target, files)
            for position, target in enumerate(targets, start=1)
        )
    return Plan(stages, reference, {name: tuple(files) for name, files in sizes.items()})


def nearest(target: int, sizes: Sequence[int]) -> int:
    """The stage count, from 1, whose file comes nearest to `target` bytes; the smaller of two equally near ones.

    >>> nearest(9_709, [3_700, 6_900, 9_949, 14_100])
    3
    """
    return min(range(1, len(sizes) + 1), key=lambda k: (abs(sizes[k - 1] - target), k))
