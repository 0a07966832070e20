"""Codebooks that gradients learn: the plain one of VQ-VAE, the same with the rotation trick, and SimVQ's linear map."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from rfsq.quantizers.base import Quantizer
from rfsq.quantizers.rounding import straight_through
from rfsq.quantizers.stages import StageCodes
from rfsq.quantizers.vq import nearest
from rfsq.teaching.lab.life.rotation import rotated


class CodebookVQ(Quantizer):
    """Replace each token by the nearest row of a codebook that is a parameter, learned by a loss.

    codes: (K, D), where the codebook begins. The loss is |sg(z) − code|² + `commitment_weight` · |z − sg(code)|², means
    over tokens and channels, sg: no gradient (van den Oord et al. 2017, arXiv:1711.00937, eq. 3). A code that is nearest to no
    token gets no gradient. `gradient` is what the encoder gets from the decoder: "straight-through" passes it on,
    "rotation" turns it (`rotated`). Equal in values and gradients to `VectorQuantize` of vector-quantize-pytorch with
    `learnable_codebook=True, ema_update=False`, whose one loss has both parts at the same weight.
    Raises ValueError for fewer than 2 codes.
    """

    def __init__(
        self,
        codes: Tensor,
        *,
        gradient: Literal["straight-through", "rotation"] = "straight-through",
        commitment_weight: float = 0.25,
    ) -> None:
        if codes.ndim != 2 or len(codes) < 2:
            raise ValueError(f"a codebook has at least 2 codes in rows, got shape {tuple(codes.shape)}")
        super().__init__(codes.shape[1], (len(codes),))
        self.gradient = gradient
        self.commitment_weight = commitment_weight
        self._start_from(codes.detach().clone())

    def _start_from(self, codes: Tensor) -> None:
        self.codebook = nn.Parameter(codes)

    def rows(self) -> Tensor:
        """The codebook (K, D) as it is now, with its gradient."""
        return self.codebook

    @property
    def learned_codebook(self) -> Tensor:  # type: ignore[override]  # a value in the base class
        return self.rows().detach()

    def quantize(self, z: Tensor) -> StageCodes:
        vectors = z.permute(0, 2, 3, 1).reshape(-1, self.dim)  # (B·h·w, D)
        book = self.rows()
        chosen = nearest(vectors.detach(), book.detach())
        codes = book[chosen]
        loss = (codes - vectors.detach()).square().mean() if self.wants_losses else z.new_zeros(())
        soft = rotated(vectors, codes) if self.gradient == "rotation" and torch.is_grad_enabled() else vectors
        passed = straight_through(codes.detach(), soft)
        return StageCodes(_as_latents(passed, z), chosen.view(z.shape[0], *z.shape[2:]), loss)

    def codes_of(self, indices: Tensor) -> Tensor:
        return self.rows()[indices].permute(0, 3, 1, 2).contiguous()


class SimVQ(CodebookVQ):
    """A codebook that stays as it begins, behind a linear map that is learned: a gradient to any code moves all of them.

    codes: (K, D), frozen. The map begins as the identity. Loss and encoder's gradient are those of `CodebookVQ`.
    Source: Zhu et al. 2024, arXiv:2411.02038. Equal in values and gradients to `SimVQ` of vector-quantize-pytorch with
    `rotation_trick=False`, whose map has no offset either.
    """

    def _start_from(self, codes: Tensor) -> None:
        self.register_buffer("frozen", codes)
        self.frozen: Tensor
        self.map = nn.Parameter(torch.eye(self.dim))

    def rows(self) -> Tensor:
        return self.frozen @ self.map.T


def _as_latents(vectors: Tensor, like: Tensor) -> Tensor:
    """(B·h·w, D) -> (B, D, h, w)."""
    batch, channels, height, width = like.shape
    return vectors.view(batch, height, width, channels).permute(0, 3, 1, 2)
