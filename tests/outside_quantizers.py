"""Quantizers as people bring them, for any number of channels: sound ones, and ones whose code ends badly."""

from __future__ import annotations

import os
import sys
import time

import torch
from torch import Tensor, nn


class TwoStages(nn.Module):
    """Signs, and the signs of what is left: D bits in each of two stages, channel last."""

    steps = (0.8, 0.4)

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.codebook_size = 2**dim
        self.register_buffer("radix", 2 ** torch.arange(dim))

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        left, indices = z, []
        for step in self.steps:
            up = left > 0
            indices.append((up * self.radix).sum(-1))
            left = left - torch.where(up, step, -step)
        return z - left.detach(), torch.stack(indices, -1)

    def decode(self, indices: Tensor) -> Tensor:
        parts = [
            ((part[..., None] // self.radix % 2) * 2.0 - 1) * step
            for part, step in zip(indices.unbind(-1), self.steps, strict=False)
        ]
        return torch.stack(parts).sum(0)


class Opaque(TwoStages):
    """The same without a decoder."""

    decode = None  # type: ignore[assignment]


class WrongDecoder(TwoStages):
    """Decodes something else than it quantized."""

    def decode(self, indices: Tensor) -> Tensor:
        return super().decode(indices) * 1.5


class Learns(TwoStages):
    """Has something to train."""

    def __init__(self, dim: int) -> None:
        super().__init__(dim)
        self.shift = nn.Parameter(torch.zeros(dim))

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        quantized, indices = super().forward(z - self.shift)
        return quantized.detach() + self.shift + (z - z.detach()), indices

    def decode(self, indices: Tensor) -> Tensor:
        return super().decode(indices) + self.shift


class Raises(TwoStages):
    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        raise RuntimeError("not these latents")


class GivesNan(TwoStages):
    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        quantized, indices = super().forward(z)
        return quantized * torch.nan, indices


class WrongShape(TwoStages):
    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        quantized, indices = super().forward(z)
        return quantized[..., :1], indices


class Hangs(TwoStages):
    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        while True:  # asleep, so that the tests beside it have the processor
            time.sleep(0.05)


class CallsExit(TwoStages):
    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        sys.exit(0)


class EndsProcess(TwoStages):
    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        os._exit(3)


class AsksForAll(TwoStages):
    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        return torch.empty(10**15), super().forward(z)[1]


class EndsOnPhotos(TwoStages):
    """Lets itself be fitted, and ends its process at the first image that is large."""

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        if z.shape[1] > 20:
            os._exit(3)
        return super().forward(z)


class OfTheBatch(TwoStages):
    """Divides by the deviation of all that it gets."""

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        size = z.detach().std() + 1e-6
        quantized, indices = super().forward(z / size)
        return quantized * size, indices
