"""Normalise to mean 0 and deviation 1, with statistics of the image or of the training set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

import torch
from torch import Tensor, nn

from rfsq.quantizers.conditioning.base import Conditioning, positive
from rfsq.quantizers.ranks import is_distributed, recomputing, sum_over_ranks
from rfsq.quantizers.rounding import per_channel, written_over

_FLOAT16_SAFE = 60_000  # statistics are clamped to it: float16 ends at 65,504


class _Affine(Conditioning):
    """Normalise, then a learned gain and bias per channel. The gain is positive by construction (its logarithm is
    stored), so it can always be divided out again."""

    has_factor = True
    eps = 1e-5  # of the released code; also the smallest variance that a constant channel gets

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.log_gain = nn.Parameter(torch.zeros(dim, dtype=torch.float32))
        self.bias = nn.Parameter(torch.zeros(dim, dtype=torch.float32))

    @classmethod
    def build(cls, dim: int, steps: Sequence[float], initial_scale: float) -> Self:
        return cls(dim)

    @property
    def gain(self) -> Tensor:
        """(D,)"""
        return self.log_gain.exp()

    @property
    def factor(self) -> float:
        return float(self.gain[0].detach())

    @torch.no_grad()
    def set_factor(self, factor: float) -> None:
        self.log_gain.copy_(torch.tensor(positive(factor, "gain")).log().expand_as(self.log_gain))

    def with_factors(self, factors: Tensor) -> Conditioning:
        # Of each image, as if each trial had statistics of its own: for tracked ones the same, since these samples make
        # them. Not rounded to 16 bits, which takes more time than all the rest and orders no two trials.
        return _NormalizedTrials(len(self.bias), factors)

    def _normalize(self, x: Tensor, mean: Tensor, std: Tensor) -> Tensor:
        return (x - mean) / std * per_channel(self.gain) + per_channel(self.bias)

    def _denormalize(self, y: Tensor, mean: Tensor, std: Tensor) -> Tensor:
        return (y - per_channel(self.bias)) / per_channel(self.gain) * std + mean


class LayerNorm(_Affine, name="layernorm"):
    """Normalise each channel by its own mean and deviation over the image (strategy "layernorm" as released).

    Despite its name this is instance normalisation: the decoder needs 2·D numbers per image and stage besides the
    indices. They are rounded to float16 before use, so what is counted and stored is what the encoder used.
    """

    summary = "mean and spread of each channel become 0 and 1 over this photo; they are sent along."

    def __init__(self, dim: int) -> None:
        super().__init__(dim)
        self.side_values = 2 * dim

    def condition(self, residual: Tensor) -> tuple[Tensor, Tensor | None]:
        mean, std = _moments(residual, self.eps)
        side = torch.cat([mean, std], dim=1)
        side = written_over(side, _round_to_float16)
        return self._normalize(residual, *_split(side)), side

    def undo(self, codes: Tensor, side: Tensor | None) -> Tensor:
        if side is None:
            raise ValueError("layernorm conditioning cannot be undone without the statistics of the image")
        return self._denormalize(codes, *_split(side))

    def statistics(self, side: Tensor | None) -> Mapping[str, Tensor]:
        if side is None:
            return {}
        mean, std = side.chunk(2)
        return {"mean": mean, "std": std, "gain": self.gain, "bias": self.bias}


class GlobalLayerNorm(_Affine, name="layernorm-global"):
    """Normalise each channel by statistics tracked over the training set (strategy "layernorm" of the paper's v3).

    While training, moving averages follow the residuals; in use they are constants of the checkpoint, so there is no
    side information and an image never depends on its batch. Training normalises with the same moving averages. A batch
    that is empty or not finite leaves them as they are; under distributed training they are those of all ranks.
    """

    summary = "as layernorm, with mean and spread of the training photos; nothing is sent."

    def __init__(self, dim: int, momentum: float = 0.05) -> None:
        super().__init__(dim)
        self.momentum = momentum
        self.register_buffer("mean", torch.zeros(dim, dtype=torch.float32))
        self.register_buffer("mean_square", torch.ones(dim, dtype=torch.float32))
        self.register_buffer("updates", torch.zeros((), dtype=torch.int64))
        self.mean: Tensor
        self.mean_square: Tensor
        self.updates: Tensor

    @property
    def std(self) -> Tensor:
        return ((self.mean_square - self.mean.square()).clamp(min=0) + self.eps).sqrt()

    def condition(self, residual: Tensor) -> tuple[Tensor, Tensor | None]:
        if self.training and not recomputing():
            self._track(residual.detach())
        return self._normalize(residual, per_channel(self.mean), per_channel(self.std)), None

    def undo(self, codes: Tensor, side: Tensor | None) -> Tensor:
        return self._denormalize(codes, per_channel(self.mean), per_channel(self.std))

    def statistics(self, side: Tensor | None) -> Mapping[str, Tensor]:
        return {"mean": self.mean, "std": self.std, "gain": self.gain, "bias": self.bias}

    def look(self, residual: Tensor) -> None:
        self.updates.zero_()  # the average starts at what it sees
        self._track(residual)

    @torch.no_grad()
    def _track(self, residual: Tensor) -> None:
        axes = (0, 2, 3)
        count = residual.shape[0] * residual.shape[2] * residual.shape[3]
        moments = torch.stack([residual.mean(dim=axes), residual.square().mean(dim=axes)])
        if is_distributed():  # a mean over all ranks' latents, of which this one may have more or fewer, or none
            sums = moments.flatten() * count if count else torch.zeros_like(moments).flatten()
            sums = sum_over_ranks(torch.cat([sums, sums.new_tensor([count])]))
            moments = (sums[:-1] / sums[-1]).view_as(moments)
        usable = moments.isfinite().all()
        # A plain average until there is enough to go on.
        weight = (self.updates + 1).float().reciprocal().clamp(min=self.momentum) * usable
        moments = torch.where(usable, moments, 0)
        # New tensors rather than in-place changes: autograd still holds the ones that this step normalised with.
        self.mean = self.mean.lerp(moments[0], weight)
        self.mean_square = self.mean_square.lerp(moments[1], weight)
        self.updates = self.updates + usable


class _NormalizedTrials(Conditioning):
    """Layer normalisation with a gain per image and exact statistics of each, for a search over gains."""

    def __init__(self, dim: int, gains: Tensor) -> None:
        super().__init__()
        self.side_values = 2 * dim
        self._gains = gains

    def condition(self, residual: Tensor) -> tuple[Tensor, Tensor | None]:
        mean, std = _moments(residual, _Affine.eps)
        side = torch.cat([mean, std], dim=1)
        mean, std = _split(side)
        return (residual - mean) * (self._gains / std), side

    def undo(self, codes: Tensor, side: Tensor | None) -> Tensor:
        assert side is not None, "what condition returned"
        mean, std = _split(side)
        return codes * (std / self._gains) + mean


def _moments(x: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """Mean and deviation of each image and channel: (B, D, h, w) -> (B, D) twice."""
    flat = x.flatten(2)
    if not flat.numel():  # an empty batch, of whose deviation torch would warn
        return flat.new_zeros(flat.shape[:2]), flat.new_ones(flat.shape[:2])
    return flat.mean(dim=2), (flat.var(dim=2, correction=0) + eps).sqrt()


def _round_to_float16(side: Tensor) -> None:
    """Write over numbers what float16 keeps of them."""
    side.copy_(side.clamp_(-_FLOAT16_SAFE, _FLOAT16_SAFE).half())


def _split(side: Tensor) -> tuple[Tensor, Tensor]:
    """Side information (B, 2·D) -> mean and deviation, each (B, D, 1, 1)."""
    mean, std = side.unsqueeze(-1).unsqueeze(-1).chunk(2, dim=1)
    return mean, std
