"""The best factors of a stack by trying many: what a fit by gradient can be held against."""

from __future__ import annotations

import torch
from torch import Tensor

from rfsq.quantizers.residual import Residual
from rfsq.quantizers.stages import Stage, stage_steps

_COARSE, _FINE = 10, 7  # values of each of the two numbers
_WORK = 3000  # samples times stages that a trial may cost: enough to tell factors apart that differ by 10 %
_LESS_WORK, _KEPT = 1000, 10  # of a trial of the coarse grid, and how many of the best of these are tried in full


@torch.no_grad()
def best_factors(quantizer: Residual, latents: Tensor) -> tuple[float, ...]:
    """The factors that leave least after the last stage, among those that two numbers describe: (S,).

    latents: (1, D, 1, N), quantizer: a stack whose conditioning has factors, all of them 1. Where the factor follows the
    signal (a scale) the two numbers are the first factor and the ratio of each to the last: a fitted stack shrinks the
    remainder about equally in each stage. Otherwise (the gain after normalising) they are the first and all others. One
    stage, or one factor for all, has no second number, and the first is tried in finer steps. A coarse grid, then a fine
    one around its best. Each trial runs the whole stack: what is best for one stage alone is not best for all.
    """
    few, many = (_spread_sample(latents, work // quantizer.num_stages) for work in (_LESS_WORK, _WORK))
    conditioning = quantizer.parts[0].conditioning
    follows = conditioning.factor_follows_signal
    one_number = conditioning.shares_factor or quantizer.num_stages == 1
    deviation = float(many.std()) if follows or conditioning.shares_factor else 1.0
    levels = float(quantizer.codebook_size ** (1 / quantizer.dim))
    first = torch.logspace(-1.3, 0.5, _COARSE) / max(deviation, 1e-12)
    second = torch.logspace(0, 1.2, _COARSE, base=levels) if follows else torch.logspace(-1.3, 0.5, _COARSE)
    second = second[:1] if one_number else second
    pairs = _least(quantizer, few, torch.cartesian_prod(first, second), _KEPT)
    (best,) = _least(quantizer, many, pairs, 1)
    # From one neighbour on the coarse grid to the other.
    finer = torch.linspace(-1, 1, _FINE * _FINE if one_number else _FINE)
    first = best[0] * (first[1] / first[0]) ** finer
    second = best[1:] if one_number else best[1] * (second[1] / second[0]) ** finer
    best = _least(quantizer, many, torch.cartesian_prod(first, second), 1)
    return tuple(_spread(best, quantizer)[0].tolist())


def _least(quantizer: Residual, latents: Tensor, pairs: Tensor, count: int) -> Tensor:
    """The `count` pairs (T, 2) that leave least."""
    # Below 2^15 numbers torch does not share an operation among threads: no waiting for each other's cores.
    trials = _spread(pairs, quantizer).split(max(1, 2**15 // latents.numel()))
    left = torch.cat([_left(quantizer, latents, part) for part in trials])
    return pairs[left.topk(min(count, len(pairs)), largest=False).indices]


def _spread_sample(latents: Tensor, count: int) -> Tensor:
    """About `count` samples from the farthest to the nearest, at equal steps: few, and yet with their share of far ones."""
    order = latents[0, :, 0].square().sum(dim=0).argsort(descending=True)
    return latents[..., order[:: max(1, len(order) // count)]]


def _spread(pairs: Tensor, quantizer: Residual) -> Tensor:
    """The factors that pairs (T, 2) stand for: (T, S)."""
    first, second = pairs[:, :1], pairs[:, 1:]
    stages, conditioning = quantizer.num_stages, quantizer.parts[0].conditioning
    if conditioning.shares_factor:
        return first.expand(-1, stages)
    if conditioning.factor_follows_signal:
        return first * second ** torch.arange(stages)
    return torch.cat([first, second.expand(-1, stages - 1)], dim=1)


def _left(quantizer: Residual, latents: Tensor, factors: Tensor) -> Tensor:
    """Mean square that each trial (T, S) leaves: (T,). The trials are images of one batch."""
    trials = latents.expand(len(factors), -1, -1, -1)
    stages = [
        Stage(base, conditioning.with_factors(factor.view(-1, 1, 1, 1)))
        for (base, conditioning), factor in zip(quantizer.parts, factors.T, strict=True)
    ]
    *_, last = stage_steps(stages, trials)
    return last.remainder.square().mean(dim=(1, 2, 3))
