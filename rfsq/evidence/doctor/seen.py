"""What a quantizer made of some latents: all that the checks of tensors look at."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from rfsq.evidence.doctor.grids import ChannelLevels, grid_of, grid_of_indices
from rfsq.evidence.doctor.line import counted
from rfsq.quantizers.foreign.adapter import Foreign
from rfsq.quantizers.foreign.answer import ask
from rfsq.quantizers.foreign.manner import stated_levels

BATCH = 64  # images asked at a time


@dataclass(frozen=True, eq=False)
class Seen:
    """Tensors of P images with S indices a token. What is not known is None. Never change one: what is counted is kept."""

    latents: Tensor | None  # (P, D, h, w)
    indices: Tensor  # (P, S, h, w), of the type that they were given in
    quantized: Tensor | None  # (P, D, h, w)
    sizes: tuple[int, ...] | None  # of the codebooks
    totals: tuple[Tensor, ...] = ()  # (P, D, h, w) of the first 1 … S indices; empty where nobody knows them
    levels: tuple[int, ...] | None = None  # per channel, as the module states them
    side_values: int = 0  # per image and index, counted in the rate
    parts: tuple[Tensor, ...] = ()  # (P, D, h, w): what each stage adds, where that was given and not only its sums
    index_type: str = ""  # of the file that they come from, where it is not that of the tensor

    @property
    def tokens(self) -> int:
        return self.indices[:, 0].numel()

    @property
    def stages(self) -> int:
        return self.indices.shape[1]

    @property
    def sample(self) -> str:
        return f"{counted(self.tokens, 'token')} of {counted(len(self.indices), 'image')}"

    @cached_property
    def whole(self) -> Tensor:
        """The indices as int64."""
        indices = self.indices
        return (indices.round() if indices.is_floating_point() else indices).to(torch.int64)

    @cached_property
    def counts(self) -> tuple[np.ndarray, ...]:
        """How often each code of the codebook occurs that does, by stage. Indices outside are left out."""
        return tuple(torch.unique(self.inside(k), return_counts=True)[1].numpy() for k in range(self.stages))

    @cached_property
    def outside(self) -> int:
        """How many indices, of all stages, lie outside their codebook."""
        return self.indices.numel() - sum(int(counts.sum()) for counts in self.counts)

    def inside(self, number: int) -> Tensor:
        """Those indices of one stage that lie in its codebook, (N,) int64; all where its size is not known."""
        stage = self.stage(number)
        return stage if self.sizes is None else stage[(stage >= 0) & (stage < self.sizes[number])]

    def stage(self, number: int) -> Tensor:
        """Indices of one stage, counted from 0: (P·h·w,) int64."""
        return self.whole[:, number].flatten()

    @cached_property
    def added(self) -> tuple[Tensor, ...]:
        """What each stage adds, (P, D, h, w); empty where the totals are not known."""
        if self.parts:
            return self.parts
        before = [torch.zeros_like(total) for total in self.totals[:1]] + list(self.totals[:-1])
        return tuple(total - earlier for total, earlier in zip(self.totals, before, strict=True))

    @cached_property
    def grids(self) -> tuple[tuple[ChannelLevels, ...] | None, ...]:
        """The levels of each stage and channel: in what the stage adds, else in the digits of its indices where levels are
        stated. None for a stage without levels; empty where neither is known."""
        if self.totals:
            return tuple(map(grid_of, self.added))
        if not self.levels or self.sizes != (math.prod(self.levels),) * self.stages:
            return ()
        if not bool(((self.whole >= 0) & (self.whole < self.sizes[0])).all()):
            return ()
        return tuple(grid_of_indices(self.stage(k), self.levels) for k in range(self.stages))


@torch.no_grad()
def see(foreign: Foreign, latents: Tensor) -> Seen:
    """Quantize latents (P, D, h, w), as the module takes them, in batches. Raises ForeignError."""
    answers = [ask(foreign.module, foreign.manner, part) for part in latents.split(BATCH)]
    indices = torch.cat([answer.indices for answer in answers])
    quantized = torch.cat([answer.quantized.float() for answer in answers])
    side = None if answers[0].side is None else torch.cat([a.side for a in answers if a.side is not None])
    seen = Seen(
        latents,
        indices,
        quantized,
        foreign.codebook_sizes,
        levels=stated_levels(foreign.module),
        side_values=foreign.side_values,
    )
    if seen.stages > 1 and not _within(seen):
        return seen
    totals = [total * foreign.gain for total in foreign.first_totals(seen.whole, side)]
    known = all(bool(total.isfinite().all()) for total in totals)
    return replace(seen, totals=(*totals, quantized) if known else ())


def _within(seen: Seen) -> bool:
    """Whether every index lies in its codebook, so that it can be looked up."""
    assert seen.sizes is not None
    whole = seen.whole
    sizes = torch.tensor([min(size, 2**62) for size in seen.sizes]).view(1, -1, 1, 1)
    return bool(((whole >= 0) & (whole < sizes)).all())
