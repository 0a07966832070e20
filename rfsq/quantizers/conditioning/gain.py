"""One gain for the whole stack: what a sceptic would try before any conditioning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor

from rfsq.quantizers.conditioning.base import Conditioning, positive


class SharedGain(Conditioning, name="gain"):
    """Multiply by one constant, the same in all stages: no conditioning, with its input brought to the best size.

    A network that is trained with its quantizer scales its latents by itself, so nothing is learned here by gradient; a
    stack that is fitted to given latents needs it to be a fair "none". Raises ValueError unless `gain` is positive, finite.
    Not in the paper.
    """

    summary = "nothing is done to the remainder; the latent is multiplied once, by the one factor that is best for all stages."
    has_factor = True
    shares_factor = True
    constant = True
    only_fitted = True

    def __init__(self, gain: float = 1.0) -> None:
        super().__init__()
        self.register_buffer("gain", torch.tensor(positive(gain, "gain"), dtype=torch.float32))
        self.gain: Tensor

    @classmethod
    def build(cls, dim: int, steps: Sequence[float], initial_scale: float) -> Self:
        return cls(initial_scale)

    def condition(self, residual: Tensor) -> tuple[Tensor, Tensor | None]:
        return residual * self.gain, None

    def undo(self, codes: Tensor, side: Tensor | None) -> Tensor:
        return codes / self.gain

    def statistics(self, side: Tensor | None) -> dict[str, Tensor]:
        return {"scale": self.gain.view(1)}

    @property
    def factor(self) -> float:
        return float(self.gain)

    @torch.no_grad()
    def set_factor(self, factor: float) -> None:
        self.gain.fill_(positive(factor, "gain"))

    def with_factors(self, factors: Tensor) -> Conditioning:
        gain = SharedGain()
        gain.gain = factors
        return gain
