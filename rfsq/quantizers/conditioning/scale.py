"""One learned factor per stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

import torch
from torch import Tensor, nn

from rfsq.quantizers.conditioning.base import Conditioning, positive


class LearnableScale(Conditioning, name="scale"):
    """Multiply by a learned positive factor (paper, strategy "scale").

    The factor is stored as its logarithm, so the requested initial value is the effective one (the released code
    passes it through softplus: asked for 1.0, it starts at 0.69). Raises ValueError unless `initial` is positive, finite.
    A gradient trains it where the stages bound what they round (FSQ, LFQ). Around VQ all of it passes, so that what the
    stages take away cancels and only the last factor gets any: `rfsq.quantizers.fit` finds them there.
    """

    summary = "each stage multiplies by a learned factor before it rounds, and divides by it after."
    has_factor = True
    factor_follows_signal = True

    def __init__(self, initial: float = 1.0) -> None:
        super().__init__()
        initial = positive(initial, "initial scale")
        self.log_scale = nn.Parameter(torch.tensor(initial, dtype=torch.float32).log())

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
        self.log_scale.copy_(torch.tensor(positive(factor, "scale")).log())

    def with_factors(self, factors: Tensor) -> Conditioning:
        scale = LearnableScale()
        scale.log_scale = nn.Parameter(factors.log(), requires_grad=False)
        return scale
