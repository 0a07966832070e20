"""A quantizer from outside whose code runs in another process, with the interface of ours."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from rfsq.quantizers.base import Quantizer
from rfsq.quantizers.conditioning import NoConditioning
from rfsq.quantizers.foreign.adapter import Index, foreign_steps
from rfsq.quantizers.foreign.service import Answered, Fitted
from rfsq.quantizers.stages import Stage, StageStep

_MOST = 2**62  # codes that an int64 counts


class Remote(Quantizer):
    """What `rfsq.quantizers.foreign.service` answers, as stages; it quantizes, and has no gradient and no decoder.

    Where nobody knows what its first indices stand for, all S of them are one stage: their product of codes, and all side
    information. `ask`: gets latents (B, D, h, w) float32; what it raises is raised by `steps`.
    """

    tells_stages_later = False

    def __init__(self, dim: int, fitted: Fitted, ask: Callable[[np.ndarray], Answered]) -> None:
        sizes, values = fitted.codebook_sizes, fitted.side_values
        joined = bool(fitted.why_no_stages)
        super().__init__(dim, (math.prod(sizes),) if joined else sizes)
        self.side_values = values * len(sizes) if joined else values
        self._sizes, self._joined, self._ask = sizes, joined, ask
        self._bases = nn.ModuleList(Index(dim, size) for size in self.codebook_sizes)

    @property
    def parts(self) -> tuple[Stage, ...]:
        return tuple(Stage(base, NoConditioning()) for base in self._bases)  # type: ignore[arg-type]

    def walk(self, z: Tensor, overwrite: bool = False) -> Iterator[StageStep]:
        """One question, its answer told as steps."""
        latents = z.detach()
        answer = self._ask(latents.cpu().numpy())
        indices = joint(answer.indices, self._sizes)[:, None] if self._joined else answer.indices
        side = None
        if answer.side is not None and self.side_values:
            side = torch.from_numpy(answer.side).reshape(len(z), self.num_stages, self.side_values).to(z.device)
        totals = torch.from_numpy(answer.totals).to(z.device)
        return foreign_steps(self.parts, latents, torch.from_numpy(indices).to(z.device), totals.unbind(), side, None)


def joint(indices: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """One number for the indices (B, S, h, w) of each token: (B, h, w) int64, the first index counting least.

    Where an int64 does not hold all combinations, those that occur are numbered.

    >>> joint(np.array([[[[3]], [[2]]]]), (10, 5)).item()
    23
    """
    if math.prod(sizes) <= _MOST:
        radix = np.cumprod([1, *sizes[:-1]], dtype=np.int64)
        found: np.ndarray = (indices * radix[:, None, None]).sum(axis=1)
        return found
    batch, count, height, width = indices.shape
    rows = indices.transpose(0, 2, 3, 1).reshape(-1, count)
    return np.unique(rows, axis=0, return_inverse=True)[1].reshape(batch, height, width)
