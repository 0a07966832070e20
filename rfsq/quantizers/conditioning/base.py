"""What every conditioning strategy has to say: how to condition, how to undo, and what else a page or a fit asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from rfsq.quantizers.rounding import Float32Module

_LEAST, _MOST = torch.finfo(torch.float32).tiny, torch.finfo(torch.float32).max  # of a factor
_strategies: dict[str, type[Conditioning]] = {}


class Conditioning(Float32Module):
    """Base of the strategies. `condition` before rounding, `undo` after; a subclass with a `name` is found by it.

    Statistics are values: `condition` returns them, `undo` takes them, nothing is left on the module between calls.
    """

    name: ClassVar[str]
    summary: ClassVar[str]  # what happens, as a sentence that follows the name and a colon
    bounds_latents: ClassVar[bool] = False  # the stack quantizes c·tanh(z/c) instead of z, and its stages clamp
    has_factor: ClassVar[bool] = False  # a positive number that is learned: the scale, or the gain after normalising
    factor_follows_signal: ClassVar[bool] = False  # it makes up for the decay, so it grows from stage to stage
    shares_factor: ClassVar[bool] = False  # all stages have the same
    constant: ClassVar[bool] = False  # each channel is multiplied by a constant, and by no more than that
    only_fitted: ClassVar[bool] = False  # says nothing where a network is trained with its quantizer
    side_values: int = 0  # numbers per image that the decoder needs from `condition`, each kept exact in float16

    def __init_subclass__(cls, name: str | None = None, **options: Any) -> None:
        super().__init_subclass__(**options)
        if name is not None:
            cls.name = name
            _strategies[name] = cls

    @classmethod
    def build(cls, dim: int, steps: Sequence[float], initial_scale: float) -> Self:
        """The strategy of one stage of `dim` channels. `steps`: its geometric steps; `initial_scale`: asked for."""
        return cls()

    def condition(self, residual: Tensor) -> tuple[Tensor, Tensor | None]:
        """(B, D, h, w) -> the conditioned residual and the side information (B, side_values) or None."""
        raise NotImplementedError

    def undo(self, codes: Tensor, side: Tensor | None) -> Tensor:
        """Map rounded values (B, D, h, w) back to the scale of the residual.

        Raises ValueError for a strategy that needs side information and gets none.
        """
        raise NotImplementedError

    def statistics(self, side: Tensor | None) -> Mapping[str, Tensor]:
        """The numbers of one image's `condition` by the names that formulas use, each (1,) or (D,); side: (V,) or None."""
        return {}

    def look(self, residual: Tensor) -> None:
        """Take the statistics that training would track, from these residuals (B, D, h, w) alone."""

    @property
    def factor(self) -> float:
        """The learned factor, 1 where there is none."""
        return 1.0

    def set_factor(self, factor: float) -> None:
        """Replace the learned factor, for all channels. Raises ValueError where there is none, or for one that is not
        positive and finite."""
        raise ValueError(f"{self.name} conditioning has no factor")

    def with_factors(self, factors: Tensor) -> Conditioning:
        """The strategy with a factor per image, (B, 1, 1, 1), and statistics of each image: to try many at once.

        Raises ValueError for a strategy without a factor.
        """
        raise ValueError(f"{self.name} conditioning has no factor")


def positive(factor: float, what: str) -> float:
    """The factor. Raises ValueError unless it is positive and finite in float32, so that it can be divided out again."""
    if not _LEAST <= factor <= _MOST:
        raise ValueError(f"the {what} must be positive and finite, got {factor}")
    return float(factor)


def strategies() -> dict[str, type[Conditioning]]:
    """All strategies by name, in the order of their definition."""
    return dict(_strategies)


class NoConditioning(Conditioning, name="none"):
    """Leave the residual as it is ("none" in the paper)."""

    summary = "the remainder is rounded as it is."
    constant = True

    def condition(self, residual: Tensor) -> tuple[Tensor, Tensor | None]:
        return residual, None

    def undo(self, codes: Tensor, side: Tensor | None) -> Tensor:
        return codes
