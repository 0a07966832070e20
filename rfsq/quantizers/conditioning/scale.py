"""One learned factor per stage."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Self

import torch
from torch import Tensor, nn

from rfsq.quantizers.conditioning.base import Conditioning


class LearnableScale(Conditioning, name="scale"):
    """Multiply by a learned positive factor (paper, strategy "scale").

    The factor is stored as its logarithm, so the requested initial value is the effective one (the released code
    passes it through softplus: asked for 1.0, it starts at 0.69). Raises ValueError unless `initial` is positive, finite.
    """

    summary = "each stage multiplies by a learned factor before it rounds, and divides by it after."
    has_factor = True
    factor_follows_signal = True

    def __init__(self, initial: float = 1.0) -> None:
        super().__init__()
        if not 0 < initial < math.inf:
            raise ValueError(f"the initial scale must be positive and finite, got {initial}")
        self.log_scale = nn.Parameter(torch.tensor(float(initial), dtype=torch.float32).log())

    @classmethod
    def build(cls, dim: int, steps: Sequence[float], initial_scale: float) -> Self:
        return cls(initial_scale)

    @property
    def scale(self) -> Tensor:
        return self.log_scale.exp()

    def condition(self, residual: Tensor) -> tuple[Tensor, Tensor | None]:
        return residual * self.scale, None

    def undo(self, codes: Tensor, side: Tensor | None) -> Tensor:
        return codes / self.scale

    def statistics(self, side: Tensor | None) -> Mapping[str, Tensor]:
        return {"scale": self.scale.view(1)}

    @property
    def factor(self) -> float:
        return float(self.scale.detach())

    @torch.no_grad()
    def set_factor(self, factor: float) -> None:
        self.log_scale.copy_(torch.tensor(factor).log())

    def with_factors(self, factors: Tensor) -> Conditioning:
        scale = LearnableScale()
        scale.log_scale = nn.Parameter(factors.log(), requires_grad=False)
        return scale
