"""The best factors of a stack by trying many: what a fit by gradient can be held against."""

from __future__ import annotations

import torch
from torch import Tensor

from rfsq.quantizers import Residual, Stage
from rfsq.quantizers.base import stage_steps

_COARSE, _FINE = 10, 7  # values of each of the two numbers
_WORK = 3000  # samples times stages that a trial may cost: enough to tell factors apart that differ by 10 %
_LESS_WORK, _KEPT = 1000, 10  # of a trial of the coarse grid, and how many of the best of these are tried in full


@torch.no_grad()
def best_factors(quantizer: Residual, latents: Tensor) -> tuple[float, ...]:
    """The factors that leave least after the last stage, among those that two numbers describe: (S,).

    latents: (1, D, 1, N), quantizer: a stack whose conditioning has factors, all of them 1. Where the factor follows the
    signal (a scale) the two numbers are the first factor and the ratio of each to the last: a fitted stack shrinks the
    remainder about equally in each stage. Otherwise (the gain after normalising) they are the first and all others. A coarse grid, then a fine
    one around its best. Each trial runs the whole stack: what is best for one stage alone is not best for all.
    """
    few, many = (_spread_sample(latents, work // quantizer.num_stages) for work in (_LESS_WORK, _WORK))
    scale = quantizer.parts[0].conditioning.factor_follows_signal
    deviation = float(many.std()) if scale else 1.0
    levels = quantizer.codebook_size ** (1 / quantizer.dim)
    first = torch.logspace(-1.3, 0.5, _COARSE) / max(deviation, 1e-12)
    second = torch.logspace(0, 1.2, _COARSE, base=float(levels)) if scale else torch.logspace(-1.3, 0.5, _COARSE)
    pairs = _least(quantizer, few, torch.cartesian_prod(first, second), _KEPT)
    (best,) = _least(quantizer, many, pairs, 1)
    # From one neighbour on the coarse grid to the other.
    first = best[0] * (first[1] / first[0]) ** torch.linspace(-1, 1, _FINE)
    second = best[1] * (second[1] / second[0]) ** torch.linspace(-1, 1, _FINE)
    best = _least(quantizer, many, torch.cartesian_prod(first, second), 1)
    return tuple(_spread(best, quantizer.num_stages, scale)[0].tolist())


def _least(quantizer: Residual, latents: Tensor, pairs: Tensor, count: int) -> Tensor:
    """The `count` pairs (T, 2) that leave least."""
    follows = quantizer.parts[0].conditioning.factor_follows_signal
    factors = _spread(pairs, quantizer.num_stages, follows)
    # Below 2^15 numbers torch does not share an operation among threads: no waiting for each other's cores.
    trials = factors.split(max(1, 2**15 // latents.numel()))
    return pairs[torch.cat([_left(quantizer, latents, part) for part in trials]).topk(count, largest=False).indices]


def _spread_sample(latents: Tensor, count: int) -> Tensor:
    """About `count` samples from the farthest to the nearest, at equal steps: few, and yet with their share of far ones."""
    order = latents[0, :, 0].square().sum(dim=0).argsort(descending=True)
    return latents[..., order[:: max(1, len(order) // count)]]


def _spread(pairs: Tensor, stages: int, scale: bool) -> Tensor:
    """(T, 2) -> (T, S)."""
    first, second = pairs[:, :1], pairs[:, 1:]
    if scale:
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
