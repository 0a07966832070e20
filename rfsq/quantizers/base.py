"""What every quantizer takes and returns.

A quantizer maps latents z (B, D, h, w) to indices (B, S, h, w) and to `quantized` (B, D, h, w), the tensor that the
decoder receives. S is the number of stages: 1 for FSQ, LFQ and VQ alone, more for a `Residual` stack.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from rfsq.metrics.image import perplexity, usage


@dataclass(frozen=True)
class StageTrace:
    """What one stage did, for the teaching views and the tables. All tensors are detached."""

    indices: Tensor  # (B, h, w) int64
    codebook_size: int
    quantized: Tensor  # (B, D, h, w): sum of the stages up to and including this one
    rms_before: Tensor  # (B,) root mean square of the residual that enters the stage
    rms_after: Tensor  # (B,) of the residual that it leaves

    @property
    def perplexity(self) -> float:
        """Effective number of codes in use over the whole batch."""
        return perplexity(self.indices)

    @property
    def usage(self) -> float:
        """Share of the codebook that occurs at least once in the batch."""
        return usage(self.indices, self.codebook_size)


@dataclass(frozen=True)
class QuantizerOutput:
    """The one result type of all quantizers."""

    quantized: Tensor  # (B, D, h, w) float32, to the decoder; gradients pass straight through the rounding
    indices: Tensor  # (B, S, h, w) int64
    aux_loss: Tensor  # scalar: commitment and entropy terms; zero for FSQ and RFSQ
    stages: tuple[StageTrace, ...]  # one per stage
    side: Tensor | None  # (B, S, V) float32, exact in float16: what decoding needs besides the indices


@dataclass(frozen=True)
class StageCodes:
    """One rounding: what a single-stage quantizer makes of its input."""

    codes: Tensor  # (B, D, h, w) float32, the values that the indices stand for
    indices: Tensor  # (B, h, w) int64
    aux_loss: Tensor  # scalar


class _StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hard: Tensor, soft: Tensor) -> Tensor:
        return hard.view_as(hard)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[None, Tensor]:
        return None, grad


def straight_through(hard: Tensor, soft: Tensor) -> Tensor:
    """`hard` in the forward pass, the gradient of `soft` in the backward pass (Bengio et al., arXiv:1308.3432).

    The usual `soft + (hard - soft).detach()` is off by a float rounding error, so that a decoder which only holds
    indices could not reproduce the encoder's tensor exactly. This form can.
    """
    return _StraightThrough.apply(hard, soft)


def rms(x: Tensor) -> Tensor:
    """Root mean square of each image's latents: (B, D, h, w) -> (B,)."""
    rows = torch.linalg.vector_norm(
        x.detach(), dim=3
    )  # no copy of x; over whole images it would add up rounding errors
    return rows.square().mean(dim=(1, 2)).div(x.shape[3]).sqrt()


def weighted_sum(digits: Tensor, radix: Tensor, count: int) -> Tensor:
    """Indices below `count` from digits (B, D, h, w), whole numbers of any type, and their weights: (B, h, w) int64."""
    # Up to 2^24 float32 is exact, whatever the order of summing, and many times faster than int64 on CPUs.
    dtype = torch.float32 if count <= 2**24 else torch.int64
    return (digits.to(dtype) * radix.to(dtype)).sum(dim=1).to(torch.int64)


class Quantizer(nn.Module):
    """Base class. A single-stage quantizer implements `quantize` and `codes_of`; the rest follows.

    Attributes: dim (D), codebook_sizes (one per stage), commitment_weight, side_values (V, numbers per image and stage).
    """

    commitment_weight: float = 0.0
    side_values: int = 0

    def __init__(self, dim: int, codebook_sizes: tuple[int, ...]) -> None:
        super().__init__()
        self.dim = dim
        self.codebook_sizes = codebook_sizes

    @property
    def num_stages(self) -> int:
        return len(self.codebook_sizes)

    @property
    def codebook_size(self) -> int:
        """Codes of the first stage (of every stage, in all quantizers of this package)."""
        return self.codebook_sizes[0]

    @property
    def bits_per_token(self) -> float:
        """Nominal bits of one token over all stages, side information not included."""
        return sum(math.log2(size) for size in self.codebook_sizes)

    def quantize(self, z: Tensor) -> StageCodes:
        """Round (B, D, h, w) float32 once."""
        raise NotImplementedError(f"{type(self).__name__} does not quantize in one step")

    def codes_of(self, indices: Tensor) -> Tensor:
        """The values that indices (B, h, w) int64 stand for: (B, D, h, w) float32."""
        raise NotImplementedError(f"{type(self).__name__} has no single codebook")

    def forward(self, z: Tensor, keep: Tensor | None = None) -> QuantizerOutput:
        """Quantize (B, D, h, w) of any float type; computes in float32. Raises ValueError on another shape.

        `keep` (B,) int64 is for training with stage dropout: how many of its first stages each image's `quantized` is
        made of (indices and traces still have all stages).
        """
        self.check_latents(z)
        with torch.autocast(z.device.type, enabled=False):
            # One memory layout, so that sums over an image run in one order whatever network made the latents.
            target = self._prepare(z.float().contiguous())
            return self._commit(target, self._encode(target, keep))

    def decode(self, indices: Tensor, side: Tensor | None = None) -> Tensor:
        """Indices (B, k, h, w) of the first k <= S stages -> `quantized` (B, D, h, w), exactly as encoding gave it.

        Raises ValueError when indices or side information have the wrong shape or are out of range.
        """
        self.check_indices(indices, side)
        with torch.autocast(indices.device.type, enabled=False):
            return self._decode(indices, side)

    def _prepare(self, z: Tensor) -> Tensor:
        """The tensor that is quantized: z itself, or z brought into another domain."""
        return z

    def _encode(self, z: Tensor, keep: Tensor | None) -> QuantizerOutput:
        stage = self.quantize(z)
        codes = stage.codes.detach()
        trace = StageTrace(stage.indices, self.codebook_size, codes, rms(z), rms(z - codes))
        return QuantizerOutput(stage.codes, stage.indices[:, None], stage.aux_loss, (trace,), None)

    def _decode(self, indices: Tensor, side: Tensor | None) -> Tensor:
        return self.codes_of(indices[:, 0])

    def _commit(self, z: Tensor, output: QuantizerOutput) -> QuantizerOutput:
        """Add the commitment loss, which keeps the encoder near what the quantizer can say (arXiv:1711.00937, eq. 3)."""
        if self.commitment_weight == 0 or not torch.is_grad_enabled():
            return output
        commitment = (z - output.quantized.detach()).square().mean()
        return replace(output, aux_loss=output.aux_loss + self.commitment_weight * commitment)

    def check_latents(self, z: Tensor) -> None:
        if z.ndim != 4 or z.shape[1] != self.dim:
            raise ValueError(f"latents must have shape (B, {self.dim}, h, w), got {tuple(z.shape)}")
        if not z.is_floating_point():
            raise ValueError(f"latents must be floating point, got {z.dtype}")
        if not self.training and not _is_finite(z):  # training looks at its loss instead, less often
            raise ValueError("latents must be finite, got NaN or infinity")

    def check_indices(self, indices: Tensor, side: Tensor | None) -> None:
        if indices.ndim != 4 or not 1 <= indices.shape[1] <= self.num_stages:
            raise ValueError(f"indices must have shape (B, 1..{self.num_stages}, h, w), got {tuple(indices.shape)}")
        if indices.dtype != torch.int64:
            raise ValueError(f"indices must be int64, got {indices.dtype}")
        if indices.numel() and (int(indices.min()) < 0 or int(indices.max()) >= self.codebook_size):
            raise ValueError(
                f"indices must lie in 0 … {self.codebook_size - 1}, got {int(indices.min())} … {int(indices.max())}"
            )
        if not self.side_values:
            return
        batch, stages = indices.shape[:2]
        if side is None or side.ndim != 3 or side.shape[1] < stages or side.shape[::2] != (batch, self.side_values):
            raise ValueError(
                f"this quantizer needs side information of shape {(batch, stages, self.side_values)}, "
                f"got {None if side is None else tuple(side.shape)}"
            )
        if not side.is_floating_point() or not bool(side.isfinite().all()):
            raise ValueError("side information must be finite floating point numbers")


def _is_finite(x: Tensor) -> bool:
    """Whether no number is NaN or infinite. A finite sum proves it, many times faster; only an overflow needs the rest."""
    return bool(x.sum().isfinite()) or bool(x.isfinite().all())
