"""The quantizers that are compared, each with what it needs beside the gradient that passes its rounding."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Generator, Tensor

from rfsq.quantizers import FSQ, LFQ, VQ, Quantizer
from rfsq.teaching.lab.life.codebooks import CodebookVQ, SimVQ
from rfsq.teaching.lab.life.streams import stream

StartName = Literal["data", "corner", "latents"]
STARTS: tuple[StartName, ...] = get_args(StartName)
CODE_COUNTS = (4, 8, 16, 32, 64)
FAR = 4.0  # both coordinates of what begins far away; the samples have a variance of about 1 around 0
_SPREAD = 0.1  # standard deviation of codes around the far corner
_DECAY, _REVIVE_BELOW = 0.95, 0.1  # quicker than the package's 0.99: a life here has a few hundred steps


@dataclass(frozen=True)
class Method:
    """One of the quantizers."""

    name: str  # in links
    label: str  # at lines and in sentences
    family: str  # in `rfsq.style.palette`
    needs: str  # what is added to rounding and a gradient that passes it, in words
    channels: Callable[[int], int]  # of the latents, for K codes
    build: Callable[[Tensor, float, int], Quantizer]  # from first codes (K, 2), commitment weight and seed


def first_codes(start: StartName, samples: Tensor, count: int, generator: Generator) -> Tensor:
    """Where `count` codes begin, (count, 2): on samples (N, 2), or close together in a far corner."""
    if start == "corner":
        return FAR + _SPREAD * torch.randn(count, 2, generator=generator)
    few = len(samples) < count
    rows = torch.randint(len(samples), (count,), generator=generator) if few else None
    return samples[torch.randperm(len(samples), generator=generator)[:count] if rows is None else rows]


def levels_of(codes: int) -> tuple[int, int]:
    """The two level counts of FSQ, powers of two as nearly equal as can be: (4, 4) for 16 codes, (4, 2) for 8."""
    bits = codes.bit_length() - 1
    return 2 ** (bits - bits // 2), 2 ** (bits // 2)


def _plane(_: int) -> int:
    return 2


def _bits(codes: int) -> int:
    return int(math.log2(codes))


def _moving_averages(codes: Tensor, commitment: float, seed: int, revive_below: float) -> VQ:
    vq = VQ(
        len(codes),
        2,
        decay=_DECAY,
        commitment_weight=commitment,
        revive_below=revive_below,
        kmeans_iterations=0,
        seed=seed,
    )
    vq.codebook.copy_(codes)
    vq.ema_sums.copy_(codes)
    vq.updates.fill_(1)  # it has begun: no k-means of the first batch takes the place of these codes
    return vq


def _sim_vq(codes: Tensor, commitment: float, seed: int) -> SimVQ:
    # A Gaussian codebook with the spread of its source, whatever the start: it is frozen, so it is part of the recipe.
    return SimVQ(
        torch.randn(codes.shape, generator=stream(seed, "frozen codes")) / math.sqrt(2), commitment_weight=commitment
    )


_ALL = (
    Method(
        "straight-through",
        "plain VQ",
        "straight-through",
        "codebook loss, commitment loss",
        _plane,
        lambda codes, commitment, _: CodebookVQ(codes, commitment_weight=commitment),
    ),
    Method(
        "ema",
        "VQ-EMA",
        "ema",
        "moving averages, commitment loss",
        _plane,
        lambda codes, commitment, seed: _moving_averages(codes, commitment, seed, 0.0),
    ),
    Method(
        "ema-revival",
        "EMA + revival",
        "vq",
        "moving averages, commitment loss, revival of dead codes",
        _plane,
        lambda codes, commitment, seed: _moving_averages(codes, commitment, seed, _REVIVE_BELOW),
    ),
    Method("simvq", "SimVQ", "simvq", "codebook loss, commitment loss, a linear map", _plane, _sim_vq),
    Method(
        "rotation",
        "rotation trick",
        "rotation",
        "codebook loss, commitment loss, another gradient",
        _plane,
        lambda codes, commitment, _: CodebookVQ(codes, gradient="rotation", commitment_weight=commitment),
    ),
    Method("fsq", "FSQ", "fsq", "nothing", _plane, lambda codes, commitment, seed: FSQ(levels_of(len(codes)))),
    Method("lfq", "LFQ", "lfq", "entropy loss", _bits, lambda codes, commitment, seed: LFQ(_bits(len(codes)))),
)
METHODS: dict[str, Method] = {method.name: method for method in _ALL}
