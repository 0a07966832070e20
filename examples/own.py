"""A quantizer of one's own, from nothing: the sign of a rotated token, so that every code is used.

python -m rfsq doctor --quantizer examples/own.py:RotatedSigns
"""

import torch
from torch import Tensor, nn


class RotatedSigns(nn.Module):
    """Turn each token of D channels by a fixed rotation, keep the signs, turn back: D bits per token."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.codebook_size = 2**dim
        noise = torch.randn(dim, dim, generator=torch.Generator().manual_seed(0))
        self.rotation = torch.linalg.qr(noise).Q  # no buffer: a model in bfloat16 must not give other indices
        self.radix = 2 ** torch.arange(dim)

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Latents (B, h, w, D) -> quantized latents of the same shape and indices (B, h, w)."""
        if not self.training and not bool(z.isfinite().all()):
            raise ValueError("latents must be finite")
        with torch.autocast(z.device.type, enabled=False):  # which would multiply in half precision
            turned = z.float() @ self.rotation.to(z.device)
        indices = ((turned > 0) * self.radix.to(z.device)).sum(dim=-1)
        quantized = self.decode(indices)
        if z.requires_grad:
            quantized = quantized + (z - z.detach())  # the gradient passes through
        return quantized, indices

    def decode(self, indices: Tensor) -> Tensor:
        """Indices (B, h, w) -> quantized latents (B, h, w, D)."""
        signs = indices[..., None] // self.radix.to(indices.device) % 2 * 2.0 - 1
        with torch.autocast(indices.device.type, enabled=False):
            return signs @ self.rotation.T.to(indices.device)
