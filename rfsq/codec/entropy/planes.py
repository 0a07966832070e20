"""Indices as planes: one small number (a digit) per token, channel and part of a channel.

An index of FSQ or LFQ is a number whose digits are the levels of its channels. A channel of more than 16 levels is split
into parts of at most 16, the most significant first, so that every table is small; so is a VQ index, whose codes the
tables may renumber so that their digits mean something (`Tables.ranks`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

MAX_PLANE_BITS: Final = 4


class EntropyError(ValueError):
    """Coded bytes or tables cannot be used; the message says in one sentence why."""


@dataclass(frozen=True)
class Channel:
    """One channel of a stage's index: level = index // radix % levels."""

    radix: int
    levels: int


@dataclass(frozen=True)
class Plane:
    """One digit of every token: digit = level of the channel // divisor % levels."""

    stage: int
    channel: Channel
    divisor: int
    levels: int  # 2 … 16


@dataclass(frozen=True)
class Layout:
    """How the indices of a model split into planes.

    `channels[stage]` in coding order. Channels of one level are left out: they say nothing.
    """

    channels: tuple[tuple[Channel, ...], ...]

    @property
    def num_stages(self) -> int:
        return len(self.channels)

    def planes(self) -> tuple[Plane, ...]:
        """All planes in coding order: by stage, by channel, the most significant part first."""
        return tuple(
            Plane(stage, channel, divisor, levels)
            for stage, channels in enumerate(self.channels)
            for channel in channels
            for divisor, levels in channel_parts(channel.levels)
        )

    def stage_bits(self, stage: int) -> float:
        """Bits of one token's index in this stage when every digit is coded as equally likely."""
        return sum(math.log2(plane.levels) for plane in self.planes() if plane.stage == stage)


def mixed_radix(levels: Sequence[int], first_is_least: bool = True) -> tuple[Channel, ...]:
    """The channels of an index with these levels per channel; those of one level are left out."""
    order = range(len(levels)) if first_is_least else range(len(levels) - 1, -1, -1)
    radix, channels = 1, {}
    for channel in order:
        channels[channel] = Channel(radix, levels[channel])
        radix *= levels[channel]
    return tuple(channels[channel] for channel in range(len(levels)) if levels[channel] > 1)


def channel_parts(levels: int) -> list[tuple[int, int]]:
    """(divisor, levels) of the parts of a channel, the most significant first; lower parts are powers of two."""
    bits = (levels - 1).bit_length()
    count = -(-bits // MAX_PLANE_BITS)
    low_bits = [(bits + part) // count for part in range(count)][: count - 1]  # ascending sum: bits in all
    divisors = [1]
    for low in low_bits:
        divisors.append(divisors[-1] << low)
    parts = [(divisor, 1 << low) for divisor, low in zip(divisors, low_bits, strict=False)]
    return [*parts, (divisors[-1], -(-levels // divisors[-1]))][::-1]


def split(plane: Plane, indices: np.ndarray) -> np.ndarray:
    """The digits of one plane: indices (…, h, w) int64 of its stage -> (…, h, w) uint8."""
    digits = indices // plane.channel.radix if plane.channel.radix > 1 else indices
    digits = digits % plane.channel.levels
    if plane.divisor > 1:
        digits = digits // plane.divisor
    if plane.divisor * plane.levels < plane.channel.levels:
        digits = digits % plane.levels
    return digits.astype(np.uint8)


def join(planes: Sequence[Plane], digits: Sequence[np.ndarray]) -> np.ndarray:
    """Indices (h, w) int64 from the digits (h, w) of all planes of one stage.

    Raises EntropyError when the parts of a channel make a level that it does not have.
    """
    indices = np.zeros(digits[0].shape, np.int64)
    levels: dict[Channel, np.ndarray] = {}
    for plane, values in zip(planes, digits, strict=True):
        part = values.astype(np.int64) * plane.divisor
        levels[plane.channel] = levels[plane.channel] + part if plane.channel in levels else part
    for channel, level in levels.items():
        if channel.levels & (channel.levels - 1) and int(level.max()) >= channel.levels:
            raise EntropyError(f"The tokens name level {int(level.max())} of a channel that has {channel.levels}.")
        indices += level * channel.radix
    return indices
