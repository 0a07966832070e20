"""What learns around a quantizer: a small encoder and decoder, the same for every method, several seeds at once."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from rfsq.teaching.lab.life.streams import stream

_HIDDEN = 16


class Pairs(nn.Module):
    """Encoder and decoder of every seed: a line each, plus a curve of 16 tanh units, side by side without common numbers.

    Encoder: (S, 2, N) samples to (S, D, N) latents. Decoder: back. The curves begin at 0 and the lines undo each other,
    so for D = 2 both begin as the identity: the latents begin as the samples, moved by `shift` in every channel. For
    D > 2 (LFQ) the encoder's rows begin as directions that divide half a turn evenly.
    """

    def __init__(
        self, seeds: Sequence[int], channels: int, *, shift: float = 0.0, frozen_encoder: bool = False
    ) -> None:
        super().__init__()
        self.frozen_encoder = frozen_encoder
        count = len(seeds)
        angles = torch.arange(channels) * math.pi / channels
        across = torch.stack([angles.cos(), angles.sin()], dim=1)  # (D, 2); its pseudo-inverse is its transpose · 2 / D
        self.to_plane: Tensor
        self.register_buffer("to_plane", across.T * 2 / channels)  # (2, D), how latents of D channels are drawn
        random = [stream(seed, "weights") for seed in seeds]

        def drawn(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.stack([torch.randn(*shape, generator=rng) for rng in random]))

        def zeros(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.zeros(count, *shape))

        self.encoder = nn.ParameterList(
            [
                nn.Parameter(across.repeat(count, 1, 1)),
                nn.Parameter(torch.full((count, channels, 1), shift)),
                drawn(_HIDDEN, 2),
                drawn(_HIDDEN, 1),
                zeros(channels, _HIDDEN),
            ]
        )
        self.decoder = nn.ParameterList(
            [
                nn.Parameter(self.to_plane.repeat(count, 1, 1)),
                zeros(2, 1),
                drawn(_HIDDEN, channels),
                drawn(_HIDDEN, 1),
                zeros(2, _HIDDEN),
            ]
        )
        if frozen_encoder:
            self.encoder.requires_grad_(requires_grad=False)

    def encode(self, samples: Tensor) -> Tensor:
        """(S, 2, N) -> (S, D, N)."""
        return _line_and_curve(self.encoder, samples)

    def decode(self, codes: Tensor) -> Tensor:
        """(S, D, N) -> (S, 2, N)."""
        return _line_and_curve(self.decoder, codes)


def _line_and_curve(weights: nn.ParameterList, x: Tensor) -> Tensor:
    line, offset, inward, bend, outward = weights
    curve = torch.baddbmm(bend, inward, x).tanh()
    return torch.baddbmm(torch.baddbmm(offset, line, x), outward, curve)
