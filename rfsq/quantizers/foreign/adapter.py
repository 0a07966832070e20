"""A module from outside as a `Quantizer`, so that models, benches and evaluations take it like ours."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from rfsq.quantizers.base import Quantizer
from rfsq.quantizers.conditioning import NoConditioning
from rfsq.quantizers.foreign.answer import ask, decode
from rfsq.quantizers.foreign.errors import ForeignError
from rfsq.quantizers.foreign.probe import CLOSE, stage_codes, work_out
from rfsq.quantizers.stages import Stage, StageCodes, StageStep


class Index(Quantizer):
    """One index of a foreign quantizer: it knows its size, and is never asked to round."""

    def __init__(self, dim: int, size: int) -> None:
        super().__init__(dim, (size,))


def foreign_steps(
    parts: Sequence[Stage],
    z: Tensor,
    indices: Tensor,
    totals: Sequence[Tensor],
    side: Tensor | None,
    loss: Tensor | None,
) -> Iterator[StageStep]:
    """The steps of latents z (B, D, h, w) from indices (B, S, h, w), the sums after 1 … S of them, each like z, and side
    information (B, S, V); the loss belongs to the last."""
    residual, before = z, torch.zeros_like(z)
    for number, (stage, total) in enumerate(zip(parts, totals, strict=True)):
        added = total - before
        rounded = StageCodes(added, indices[:, number], loss if number == len(parts) - 1 else None)
        of_stage = None if side is None else side[:, number]
        yield StageStep(stage.base, stage.conditioning, residual, residual, rounded, of_stage, added, total)
        residual, before = z - total, total


class Foreign(Quantizer):
    """A module from outside with the interface of ours; see `rfsq.quantizers.foreign` for what it has to be.

    Latents are multiplied by `gain` before it and its result divided by it (1, unless a fit finds a better one). What the
    first k < S indices stand for is known where its decoder takes them; elsewhere such totals are NaN, never a guess.
    Raises ForeignError for a module that cannot be called so.
    """

    tells_stages_later = False

    def __init__(self, module: nn.Module, dim: int) -> None:
        manner = work_out(module, dim)
        super().__init__(dim, manner.codebook_sizes)
        self.manner = manner
        self.side_values = manner.side_values
        self.module = module
        self.register_buffer("gain", torch.ones(()))
        self.gain: Tensor
        self._bases = nn.ModuleList(Index(dim, size) for size in self.codebook_sizes)

    @property
    def parts(self) -> tuple[Stage, ...]:
        return tuple(Stage(base, NoConditioning()) for base in self._bases)  # type: ignore[arg-type]

    def walk(self, z: Tensor, overwrite: bool = False) -> Iterator[StageStep]:
        """One call of the module, told as steps."""
        with torch.autocast(z.device.type, enabled=False):  # in float32, whatever the network around it is trained in
            answer = ask(self.module, self.manner, z * self.gain)
        indices = self._checked(answer.indices)
        if self.side_values and (
            answer.side is None or answer.side.shape != (len(z), self.num_stages, self.side_values)
        ):
            shape = None if answer.side is None else tuple(answer.side.shape)
            raise ForeignError(f"side must be {(len(z), self.num_stages, self.side_values)}, got {shape}")
        totals = [*self.first_totals(indices, answer.side), answer.quantized.float() / self.gain]
        side = answer.side if self.side_values else None
        return foreign_steps(self.parts, z, indices, totals, side, answer.loss)

    def decode(self, indices: Tensor, side: Tensor | None = None) -> Tensor:
        """Indices (B, S, h, w) -> `quantized`. Raises ForeignError for a module without a decoder."""
        if self.manner.decoder is None:
            raise ForeignError("it has no method that turns indices into latents")
        return decode(self.module, self.manner, indices, side, self.dim).float() / self.gain

    @torch.no_grad()
    def first_totals(self, indices: Tensor, side: Tensor | None) -> list[Tensor]:
        """What the first 1 … S−1 of indices (B, S, h, w) int64 stand for, each (B, D, h, w); NaN where nobody knows."""
        count = self.num_stages - 1
        shape = (len(indices), self.dim, *indices.shape[2:])
        if count and self.manner.decodes_first_stages:
            sides = [None if side is None else side[:, :k] for k in range(1, count + 1)]
            return [self.decode(indices[:, :k], sides[k - 1]) for k in range(1, count + 1)]
        if count and self.manner.stage_codes is not None:
            codes = stage_codes(self.module, self.manner, indices, self.dim).float() / self.gain
            return list(codes.cumsum(dim=0)[:-1])
        return [torch.full(shape, math.nan, device=indices.device)] * count

    @torch.no_grad()
    def why_no_stages(self, z: Tensor) -> str:
        """Why nobody can say what the first of several indices stand for, as a part of a sentence; empty where that is
        known. z: latents (B, D, h, w) to try it on."""
        if self.num_stages == 1:
            return ""
        if not self.manner.decodes_first_stages and self.manner.stage_codes is None:
            return "it has no decode that takes the first of its indices"
        if self.manner.stage_codes is None:
            output = self(z)
            off = (self.decode(output.indices, output.side) - output.quantized).abs().max()
            if not float(off) <= CLOSE * (float(output.quantized.std()) or 1.0):
                return "what it decodes from all its indices is not what it quantized (`rfsq doctor` looks closer)"
        return ""

    def _checked(self, indices: Tensor) -> Tensor:
        """int64, within the codebooks. Raises ForeignError otherwise."""
        if indices.shape[1] != self.num_stages:
            raise ForeignError(f"it gives {indices.shape[1]} indices a token, and gave {self.num_stages} before")
        if indices.is_floating_point():
            indices = indices.round()
        indices = indices.to(torch.int64)
        for number, size in enumerate(self.codebook_sizes if indices.numel() else ()):
            low, high = int(indices[:, number].min()), int(indices[:, number].max())
            if low < 0 or high >= size:
                raise ForeignError(
                    f"index {number + 1} is {low if low < 0 else high}, outside 0 … {size - 1} "
                    f"({self.manner.sizes_from}); `rfsq doctor` looks closer"
                )
        return indices
