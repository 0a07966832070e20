"""The formulas of the paper's released code, written anew, to time ours against: nothing here is used elsewhere.

Source: the repository of arXiv:2508.15860, github.com/zhuxiaoxuhit/robust_rfsq (`quantizers/fsq.py`, `quantizers/rfsq.py`).
Each operation of its forward pass on latents is here, in its order and layout; its projections, which do nothing at equal
widths, and its other options are not. What it does otherwise than we do, and why, is in README and in `rfsq.quantizers`: the
index is a truncated float, levels of an even count are shifted, with tan in the place of the inverse of tanh, and the
statistics of an image stay on the module.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

_EPS = 1e-3  # by which the bounded range falls short of the outer levels
_VARIANCE_EPS = 1e-5


class ReleasedFSQ(nn.Module):
    """Latents (B, D, h, w) -> codes (B, D, h, w) and indices (B, h, w) int32."""

    def __init__(self, levels: Sequence[int]) -> None:
        super().__init__()
        weights = [math.prod(levels[:d]) for d in range(len(levels))]
        self.register_buffer("levels", torch.tensor(levels, dtype=torch.int32), persistent=False)
        self.register_buffer("weights", torch.tensor(weights, dtype=torch.int32), persistent=False)
        self.levels: Tensor
        self.weights: Tensor

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        tokens = z.permute(0, 2, 3, 1).flatten(1, 2)  # (B, h·w, D)
        codes = self._round(tokens)
        indices = self._index(codes)
        back = codes.view(z.shape[0], *z.shape[2:], -1).permute(0, 3, 1, 2)
        return back, indices.view(z.shape[0], *z.shape[2:])

    def _round(self, tokens: Tensor) -> Tensor:
        half = (self.levels - 1) * (1 - _EPS) / 2
        offset = torch.where(self.levels % 2 == 0, 0.5, 0.0)
        shift = (offset / half).tan()
        bounded = (tokens + shift).tanh() * half - offset
        rounded = bounded + (bounded.round() - bounded).detach()
        return rounded / (self.levels // 2)

    def _index(self, codes: Tensor) -> Tensor:
        width = self.levels // 2
        return ((codes * width + width) * self.weights).sum(dim=-1).to(torch.int32)


class _Plain(nn.Module):
    def forward(self, residual: Tensor) -> Tensor:
        return residual

    def inverse(self, codes: Tensor) -> Tensor:
        return codes


class _Scale(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.zeros(()))

    def forward(self, residual: Tensor) -> Tensor:
        self.scale = softplus(self.log_scale)
        return residual * self.scale

    def inverse(self, codes: Tensor) -> Tensor:
        return codes / self.scale


class _LayerNorm(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))

    def forward(self, residual: Tensor) -> Tensor:
        self.mean = residual.mean(dim=(2, 3), keepdim=True)
        self.std = (residual.var(dim=(2, 3), keepdim=True, correction=0) + _VARIANCE_EPS).sqrt()
        normal = (residual - self.mean) / self.std
        return self.weight.view(1, -1, 1, 1) * normal + self.bias.view(1, -1, 1, 1)

    def inverse(self, codes: Tensor) -> Tensor:
        normal = (codes - self.bias.view(1, -1, 1, 1)) / self.weight.view(1, -1, 1, 1)
        return normal * self.std + self.mean


class ReleasedStack(nn.Module):
    """Latents (B, D, h, w) -> quantized (B, D, h, w) and indices (B, h, w, S) int32.

    conditioning: "none", "scale" or "layernorm". Raises ValueError for another.
    """

    def __init__(self, levels: Sequence[int], stages: int, conditioning: str) -> None:
        super().__init__()
        makers: dict[str, Callable[[], nn.Module]] = {
            "none": _Plain,
            "scale": _Scale,
            "layernorm": lambda: _LayerNorm(len(levels)),
        }
        if conditioning not in makers:
            raise ValueError(f"the released code has {', '.join(makers)}, not {conditioning!r}")
        self.bases = nn.ModuleList(ReleasedFSQ(levels) for _ in range(stages))
        self.conditionings = nn.ModuleList(makers[conditioning]() for _ in range(stages))

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        residual, added, indices = z, [], []
        for base, conditioning in zip(self.bases, self.conditionings, strict=True):
            codes, index = base(conditioning(residual))
            added.append(conditioning.inverse(codes))  # type: ignore[operator]  # ModuleList forgets types
            residual = residual - added[-1]
            indices.append(index)
        return sum(added[1:], 0 + added[0]), torch.stack(indices, dim=-1)  # 0 + …: as Python's sum begins
