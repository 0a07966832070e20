"""Finite scalar quantization: round every latent channel to a few levels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import hardtanh

from rfsq.quantizers.base import Quantizer
from rfsq.quantizers.rounding import radix_of, round_over, value_over, weighted_sum, written_over
from rfsq.quantizers.stages import StageCodes

MAX_LEVELS = 2**16  # of a channel: far enough below 2^24 that float32 tells all levels apart


class FSQ(Quantizer):
    """Round each latent channel to one of `levels[d]` evenly spaced values in [-1, 1].

    Input z: (B, D, h, w), any real. Codes: (B, D, h, w) in [-1, 1]; indices: 0 <= i < prod(levels), mixed radix with
    the first channel least significant. `bound` brings z into [-1, 1] first: "tanh" (the paper's) or "clamp" (for
    inputs that are bounded already, as geometric conditioning makes them). The gradient passes through the rounding
    unchanged; the bounding before it is differentiated as usual.

    A channel of 1 level is left out: its code is 0 and costs no bits. Stages of a `Residual` take turns on channels so.

    Raises ValueError if a level is no whole number of 1 … 65536, if all are 1, if the codebook exceeds 2^62, or if z does
    not have len(levels) channels.
    Source: arXiv:2309.15505, section 3. Differs from its reference code for even level counts: there the levels are
    shifted by half a step and reach only one end of [-1, 1]; here they are symmetric around 0.

    >>> fsq = FSQ([3, 5], bound="clamp")
    >>> z = torch.tensor([0.9, -0.4]).view(1, 2, 1, 1)
    >>> output = fsq(z)
    >>> output.quantized.flatten().tolist(), int(output.indices)  # the third of 3 levels, the second of 5: 2 + 3 · 1
    ([1.0, -0.5], 5)
    """

    only_bounds = True

    def __init__(self, levels: Sequence[int], bound: Literal["tanh", "clamp"] = "tanh") -> None:
        levels = _whole(tuple(levels))
        if not levels or min(levels) < 1 or max(levels) < 2:
            raise ValueError(f"every channel needs at least 1 level, and one of them 2, got {levels}")
        if max(levels) > MAX_LEVELS:
            raise ValueError(f"a channel can have at most {MAX_LEVELS} levels, got {max(levels)}")
        if bound not in ("tanh", "clamp"):
            raise ValueError(f"bound must be 'tanh' or 'clamp', got {bound!r}")
        if math.prod(levels) > 2**62:
            raise ValueError(f"a codebook of {math.prod(levels)} codes does not fit a 64-bit index")
        super().__init__(dim=len(levels), codebook_sizes=(math.prod(levels),))
        self.levels = levels
        self.bound = bound
        counts = torch.tensor(levels).view(1, -1, 1, 1)
        radix = [math.prod(levels[:d]) for d in range(len(levels))]
        self.register_buffer("_levels", counts, persistent=False)
        self.register_buffer("_weights", torch.tensor(radix).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("_radix", radix_of(radix, self.codebook_size), persistent=False)
        # Half of the distance between the first and the last digit; of a channel that is left out none, or one to divide by.
        self.register_buffer("_half", 0.5 * (counts - 1).float(), persistent=False)
        self.register_buffer("_divisor", 0.5 * (counts - 1).clamp(min=1).float(), persistent=False)
        self.register_buffer("_lowest", -(counts > 1).float(), persistent=False)
        self._levels: Tensor
        self._weights: Tensor
        self._radix: Tensor
        self._half: Tensor
        self._divisor: Tensor
        self._lowest: Tensor

    def bounded(self, z: Tensor) -> Tensor:
        """z (B, D, h, w) in [-1, 1]: its tanh, or z clamped."""
        return (
            z.tanh() if self.bound == "tanh" else hardtanh(z)
        )  # clamp's gradient takes five operations, this one's one

    def passed(self, gradient: Tensor, z: Tensor) -> Tensor:
        if self.bound == "tanh":
            passed = torch.ops.aten.tanh_backward(gradient, z.tanh())
        else:
            passed = torch.ops.aten.hardtanh_backward(gradient, z, -1, 1)
        return passed * -self._lowest if 1 in self.levels else passed

    def clamping(self) -> FSQ:
        return self if self.bound == "clamp" else FSQ(self.levels, bound="clamp")

    def quantize(self, z: Tensor) -> StageCodes:
        bounded = self.bounded(z)
        if not torch.is_grad_enabled():
            return StageCodes(bounded, self._round(bounded), limit=self.codebook_size)
        soft = bounded * -self._lowest if 1 in self.levels else bounded  # no gradient for a channel that is left out
        numbers: list[Tensor] = []
        codes = written_over(soft, lambda copy: numbers.append(self._round(copy)))
        return StageCodes(codes, numbers[0], limit=self.codebook_size)

    def _round(self, bounded: Tensor) -> Tensor:
        """Write the codes over what is bounded (B, D, h, w); returns their indices as whole numbers (B, h, w)."""
        digits = round_over(bounded, self._half)
        numbers = weighted_sum(digits, self._radix, self.codebook_size)
        value_over(digits, self._divisor, self._lowest)
        return numbers

    def codes_of(self, indices: Tensor) -> Tensor:
        return value_over(self.digits_of(indices).float(), self._divisor, self._lowest)

    def digits_of(self, indices: Tensor) -> Tensor:
        """The level number of every channel: indices (B, h, w) -> (B, D, h, w) int64 in 0 … L-1."""
        return indices[:, None] // self._weights % self._levels

    def borders(self, channel: int) -> Tensor:
        count = self.levels[channel]
        middles = (torch.arange(count - 1) + 0.5) * 2 / (count - 1) - 1 if count > 1 else torch.zeros(0)
        return middles.atanh() if self.bound == "tanh" else middles

    def rms_in_steps(self, signal: Tensor) -> Tensor:
        coded = sum(level > 1 for level in self.levels)
        return (self.bounded(signal) * self._half).square().mean(dim=(1, 2, 3)).mul(self.dim / coded).sqrt()


def _whole(levels: tuple[int, ...]) -> tuple[int, ...]:
    """Levels, also of numpy or torch, as Python's integers. Raises ValueError for what is no whole number."""
    try:
        whole = tuple(int(level) for level in levels)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"levels must be whole numbers, got {levels}") from error
    if any(number != level for number, level in zip(whole, levels, strict=True)):
        raise ValueError(f"levels must be whole numbers, got {levels}")
    return whole
