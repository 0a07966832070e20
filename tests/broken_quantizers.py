"""Quantizers with one planted fault each, and the sound one that they are made from."""

from __future__ import annotations

import torch
from torch import Tensor, nn

STEPS = (1.0, 0.25)  # of the two stages


class Sound(nn.Module):
    """FSQ of two stages, channel last: each rounds to 4 levels in 3 channels, the second what the first has left."""

    codebook_size = 64
    stages = 2

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("radix", torch.tensor([1, 4, 16]))

    def digits(self, z: Tensor, stage: int) -> Tensor:
        return ((z / STEPS[stage]).clamp(-1, 1) * 1.5 + 1.5).round()

    def value(self, digits: Tensor, stage: int) -> Tensor:
        return (digits - 1.5) / 1.5 * STEPS[stage]

    def index(self, digits: Tensor) -> Tensor:
        return (digits.long() * self.radix.long()).sum(-1)

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        if not self.training and not bool(z.isfinite().all()):
            raise ValueError("latents must be finite")
        z32 = z.float()
        residual, total, indices = z32, torch.zeros_like(z32), []
        for stage in range(self.stages):
            digits = self.digits(residual, stage).detach()
            indices.append(self.index(digits))
            total = total + self.value(digits, stage)
            residual = residual - self.value(digits, stage)
        return total + (z32 - z32.detach()), torch.stack(indices, dim=-1)

    def decode(self, indices: Tensor) -> Tensor:
        parts = indices.unbind(dim=-1)
        total = torch.zeros(*parts[0].shape, 3)
        for stage, part in enumerate(parts):
            total = total + self.value((part[..., None] // self.radix.long() % 4).float(), stage)
        return total


class FloatIndexSum(nn.Module):
    """2^30 codes whose index is summed in float32, which tells whole numbers apart up to 2^24 only."""

    codebook_size = 1024**3

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        z = z.float()
        digits = ((z.tanh() + 1) * 511.5).round().detach()
        indices = (digits * torch.tensor([1.0, 1024.0, 1024.0**2])).sum(-1).long()
        return digits / 511.5 - 1 + (z - z.detach()), indices


class KeepsStatistics(Sound):
    """Normalises each image, and leaves mean and deviation on the module for the decoder to pick up."""

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        axes = tuple(range(1, z.ndim - 1))
        self.mean = z.mean(axes, keepdim=True)
        self.std = (z - self.mean).square().mean(axes, keepdim=True).sqrt() + 1e-6
        quantized, indices = super().forward((z - self.mean) / self.std)
        return quantized * self.std + self.mean, indices

    def decode(self, indices: Tensor) -> Tensor:
        return super().decode(indices) * self.std + self.mean


class UncountedStatistics(KeepsStatistics):
    """The same without a decoder."""

    decode = None  # type: ignore[assignment]


class HalfStepLost(nn.Module):
    """4 levels in 3 channels without the shift of half a step: one of 4 is never reached."""

    codebook_size = 64

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        z = z.float()
        digits = (z.tanh() * 1.49).round().detach() + 1
        return digits - 1 + (z - z.detach()), (digits.long() * torch.tensor([1, 4, 16])).sum(-1)


class Bfloat16Overflow(Sound):
    """Sums the digits in the type of the latents: bfloat16 tells whole numbers apart up to 256 only."""

    codebook_size = 4096
    levels = (16, 16, 16)
    stages = 1

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        digits = ((z.float().tanh() + 1) * 7.5).round().detach()
        indices = (digits.to(z.dtype) * torch.tensor([1, 16, 256], dtype=z.dtype)).sum(-1).long()
        return (digits / 7.5 - 1 + (z.float() - z.float().detach())).to(z.dtype), indices

    def decode(self, indices: Tensor) -> Tensor:
        return (indices[..., None] // torch.tensor([1, 16, 256]) % 16).float() / 7.5 - 1


class DeadCodebook(nn.Module):
    """A codebook far from all latents: everything falls to its nearest code."""

    def __init__(self) -> None:
        super().__init__()
        codes = torch.randn(256, 3, generator=torch.Generator().manual_seed(0))
        self.codebook = nn.Parameter(codes * 0.1 + 50, requires_grad=False)
        self.codebook.data[0] = 0.0

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        indices = torch.cdist(z.float().flatten(1, -2), self.codebook[None]).argmin(-1).view(z.shape[:-1])
        return self.codebook[indices] + (z.float() - z.float().detach()), indices

    def decode(self, indices: Tensor) -> Tensor:
        return self.codebook[indices]


class StageOfNothing(Sound):
    """The second stage has indices, and is multiplied by 0."""

    def value(self, digits: Tensor, stage: int) -> Tensor:
        return super().value(digits, stage) * (stage == 0)


class ForgetfulDecoder(Sound):
    """Decodes the first of two stages."""

    def decode(self, indices: Tensor) -> Tensor:
        return super().decode(indices[..., :1])


class NoGradient(Sound):
    """Rounds without passing a gradient on."""

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        quantized, indices = super().forward(z)
        return quantized.detach(), indices


class OutOfRange(Sound):
    """States half of the codes that it has."""

    codebook_size = 32


class BatchNormalised(Sound):
    """Divides by the deviation of the whole batch, in use as in training."""

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        return super().forward(z / (z.square().mean().sqrt() + 1e-6))


class NanSpreads(Sound):
    """One latent that is no number spoils the whole batch."""

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        quantized, indices = super().forward(z.nan_to_num(0.0))
        return quantized, (indices.float() * (z.sum() * 0 + 1)).nan_to_num(0.0).long()


class FloatIndices(Sound):
    """Gives its indices in floating point."""

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        quantized, indices = super().forward(z)
        return quantized, indices.float()


# What must be red for each.
FAULTS: dict[type[nn.Module], str] = {
    FloatIndexSum: "index ↔ code",
    KeepsStatistics: "state between calls",
    UncountedStatistics: "side information",
    HalfStepLost: "reachable codes",
    Bfloat16Overflow: "same indices: bfloat16",
    DeadCodebook: "codebook use",
    StageOfNothing: "what each stage adds",
    ForgetfulDecoder: "decode = quantized",
    NoGradient: "gradient",
    OutOfRange: "index range",
    BatchNormalised: "same indices: alone and in a batch",
    NanSpreads: "NaN",
    FloatIndices: "index range",
}
