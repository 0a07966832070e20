"""What happens to a residual before it is rounded, and how that is undone.

Each stage of a residual quantizer gets a weaker signal than the one before. A conditioning strategy brings it back to
the range that the quantizer is made for: `condition` before rounding, `undo` after. Statistics are values: `condition`
returns them, `undo` takes them, nothing is left on the module.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, get_args

import torch
import torch.distributed as dist
from torch import Tensor, nn

from rfsq.quantizers.base import straight_through

ConditioningName = Literal["none", "scale", "layernorm", "layernorm-global", "geometric"]
CONDITIONINGS: tuple[ConditioningName, ...] = get_args(ConditioningName)


class Conditioning(nn.Module):
    """Identity, and the base of the others ("none" in the paper).

    side_values: how many numbers per image the decoder needs from `condition`, each kept exact in float16.
    """

    side_values: int = 0

    def condition(self, residual: Tensor) -> tuple[Tensor, Tensor | None]:
        """(B, D, h, w) -> the conditioned residual and the side information (B, side_values) or None."""
        return residual, None

    def undo(self, codes: Tensor, side: Tensor | None) -> Tensor:
        """Map rounded values (B, D, h, w) back to the scale of the residual."""
        return codes


class LearnableScale(Conditioning):
    """Multiply by a learned positive factor (paper, strategy "scale").

    The factor is stored as its logarithm, so the requested initial value is the effective one (the released code
    passes it through softplus: asked for 1.0, it starts at 0.69). Raises ValueError unless `initial` is positive, finite.
    """

    def __init__(self, initial: float = 1.0) -> None:
        super().__init__()
        if not 0 < initial < math.inf:
            raise ValueError(f"the initial scale must be positive and finite, got {initial}")
        self.log_scale = nn.Parameter(torch.tensor(float(initial)).log())

    @property
    def scale(self) -> Tensor:
        return self.log_scale.exp()

    def condition(self, residual: Tensor) -> tuple[Tensor, Tensor | None]:
        return residual * self.scale, None

    def undo(self, codes: Tensor, side: Tensor | None) -> Tensor:
        return codes / self.scale


class _Affine(Conditioning):
    """Normalise to mean 0 and deviation 1, then a learned gain and bias per channel. The gain is positive by
    construction (its logarithm is stored), so it can always be divided out again."""

    eps = 1e-5  # of the released code; also the smallest variance that a constant channel gets

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.log_gain = nn.Parameter(torch.zeros(dim))
        self.bias = nn.Parameter(torch.zeros(dim))

    def _normalize(self, x: Tensor, mean: Tensor, std: Tensor) -> Tensor:
        return (x - mean) / std * _per_channel(self.log_gain.exp()) + _per_channel(self.bias)

    def _denormalize(self, y: Tensor, mean: Tensor, std: Tensor) -> Tensor:
        return (y - _per_channel(self.bias)) / _per_channel(self.log_gain.exp()) * std + mean


class LayerNorm(_Affine):
    """Normalise each channel by its own mean and deviation over the image (strategy "layernorm" as released).

    Despite its name this is instance normalisation: the decoder needs 2·D numbers per image and stage besides the
    indices. They are rounded to float16 before use, so what is counted and stored is what the encoder used.
    """

    def __init__(self, dim: int) -> None:
        super().__init__(dim)
        self.side_values = 2 * dim

    def condition(self, residual: Tensor) -> tuple[Tensor, Tensor | None]:
        flat = residual.flatten(2)
        mean = flat.mean(dim=2)
        std = (flat.var(dim=2, correction=0) + self.eps).sqrt()
        side = torch.cat([mean, std], dim=1)
        side = straight_through(side.detach().clamp(-60_000, 60_000).half().float(), side)
        return self._normalize(residual, *_split(side)), side

    def undo(self, codes: Tensor, side: Tensor | None) -> Tensor:
        if side is None:
            raise ValueError("layernorm conditioning cannot be undone without the statistics of the image")
        return self._denormalize(codes, *_split(side))


class GlobalLayerNorm(_Affine):
    """Normalise each channel by statistics tracked over the training set (strategy "layernorm" of the paper's v3).

    While training, moving averages follow the residuals; in use they are constants of the checkpoint, so there is no
    side information and an image never depends on its batch. Training normalises with the same moving averages.
    """

    def __init__(self, dim: int, momentum: float = 0.05) -> None:
        super().__init__(dim)
        self.momentum = momentum
        self.register_buffer("mean", torch.zeros(dim))
        self.register_buffer("mean_square", torch.ones(dim))
        self.register_buffer("updates", torch.zeros((), dtype=torch.int64))
        self.mean: Tensor
        self.mean_square: Tensor
        self.updates: Tensor

    @property
    def std(self) -> Tensor:
        return ((self.mean_square - self.mean.square()).clamp(min=0) + self.eps).sqrt()

    def condition(self, residual: Tensor) -> tuple[Tensor, Tensor | None]:
        if self.training:
            self._track(residual.detach())
        return self._normalize(residual, _per_channel(self.mean), _per_channel(self.std)), None

    def undo(self, codes: Tensor, side: Tensor | None) -> Tensor:
        return self._denormalize(codes, _per_channel(self.mean), _per_channel(self.std))

    @torch.no_grad()
    def _track(self, residual: Tensor) -> None:
        moments = torch.stack([residual.mean(dim=(0, 2, 3)), residual.square().mean(dim=(0, 2, 3))])
        if dist.is_available() and dist.is_initialized():
            dist.all_reduce(moments)
            moments /= dist.get_world_size()
        weight = max(self.momentum, 1 / (int(self.updates) + 1))  # a plain average until it has enough to go on
        # New tensors rather than in-place changes: autograd still holds the ones that this step normalised with.
        self.mean = self.mean.lerp(moments[0], weight)
        self.mean_square = self.mean_square.lerp(moments[1], weight)
        self.updates += 1


class Geometric(Conditioning):
    """Multiply by fixed steps (one per channel, see `geometric_steps`), so each stage refines the last like a digit.

    Needs a bounded domain, see `bounded`. Ours, not in the paper.
    """

    def __init__(self, steps: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("_step", torch.tensor([float(step) for step in steps]), persistent=False)
        self._step: Tensor

    def condition(self, residual: Tensor) -> tuple[Tensor, Tensor | None]:
        return residual * _per_channel(self._step), None

    def undo(self, codes: Tensor, side: Tensor | None) -> Tensor:
        return codes / _per_channel(self._step)


def cell_range(ratio: float) -> float:
    """c = 1 + 1 / (ratio - 1): in [-c, c] every one of `ratio` evenly spaced levels in [-1, 1] owns an equal cell."""
    return 1 + 1 / (float(ratio) - 1)


def geometric_steps(ratios: Sequence[Sequence[float]]) -> list[tuple[float, ...]]:
    """The factors of geometric conditioning, per stage and channel.

    `ratios[k][d]` is how many values stage k tells apart in channel d, 1 where it leaves the channel out. A stage gets
    what the stages before left, stretched to the range that its own levels cover; with equal ratios that is ratio^k.
    """
    first = first_ratios(ratios)
    fineness = [1.0] * len(first)
    steps = []
    for stage in ratios:
        steps.append(
            tuple(
                fine * (cell_range(ratio) / cell_range(start) if ratio > 1 else 1.0)
                for fine, ratio, start in zip(fineness, stage, first, strict=True)
            )
        )
        fineness = [fine * ratio for fine, ratio in zip(fineness, stage, strict=True)]
    return steps


def first_ratios(ratios: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """Of each channel, the ratio of the first stage that codes it. Raises ValueError for a channel that none codes."""
    channels = list(zip(*ratios, strict=True))
    if left_out := [channel for channel, stages in enumerate(channels) if max(stages) <= 1]:
        raise ValueError(f"no stage codes channel {left_out[0]}")
    return tuple(next(ratio for ratio in stages if ratio > 1) for stages in channels)


def bounded(z: Tensor, ratios: Sequence[float]) -> Tensor:
    """c·tanh(z / c) with the `cell_range` c of each channel's ratio."""
    c = _per_channel(torch.tensor([cell_range(ratio) for ratio in ratios], dtype=z.dtype, device=z.device))
    return c * (z / c).tanh()


def unbounded(y: Tensor, ratios: Sequence[float]) -> Tensor:
    """Undo `bounded`: c·atanh(y / c), for |y| < c. What geometric stages add up to always is."""
    c = _per_channel(torch.tensor([cell_range(ratio) for ratio in ratios], dtype=y.dtype, device=y.device))
    return c * (y / c).atanh()


def make_conditioning(
    name: ConditioningName, *, dim: int, steps: Sequence[float], initial_scale: float = 1.0
) -> Conditioning:
    """The strategy `name` for one stage, whose geometric steps are `steps`. Raises ValueError for an unknown name."""
    if name == "none":
        return Conditioning()
    if name == "scale":
        return LearnableScale(initial_scale)
    if name == "layernorm":
        return LayerNorm(dim)
    if name == "layernorm-global":
        return GlobalLayerNorm(dim)
    if name == "geometric":
        return Geometric(steps)
    raise ValueError(f"unknown conditioning {name!r}; choose one of {', '.join(CONDITIONINGS)}")


def _per_channel(values: Tensor) -> Tensor:
    return values.view(1, -1, 1, 1)


def _split(side: Tensor) -> tuple[Tensor, Tensor]:
    """Side information (B, 2·D) -> mean and deviation, each (B, D, 1, 1)."""
    mean, std = side.unsqueeze(-1).unsqueeze(-1).chunk(2, dim=1)
    return mean, std
