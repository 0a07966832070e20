"""The factors of a stack by trial and error: rounding hides from a gradient what a factor does, and they are few."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from rfsq.quantizers.conditioning import Conditioning
from rfsq.quantizers.grid import best_factors
from rfsq.quantizers.residual import Residual
from rfsq.quantizers.stages import Stage, stage_steps

_RATIOS = (1.4, 1.2, 1.1, 1.05, 1.02)  # by which factors change, a sweep over the stages each


def remainder(stages: Iterable[Stage], residual: Tensor) -> Tensor:
    """What stages leave of what enters them, (P, D, h, w), with tracked statistics taken on the way."""
    *_, last = stage_steps(stages, residual, lambda stage, entering: stage.conditioning.look(entering))
    return last.remainder


def log_error(left: Tensor) -> Tensor:
    """Mean over the images of the logarithm of the squared error, as a mean of PSNR counts it: (P, D, h, w) -> scalar."""
    return left.square().mean(dim=(1, 2, 3)).clamp(min=1e-20).log().mean()


@torch.no_grad()
def search_factors(quantizer: Residual, latents: Tensor) -> None:
    """Set the factors of a stack to the best that are found for latents (P, D, h, w), as it quantizes them.

    They start at the best of a grid (`rfsq.quantizers.grid`), or all at the best single gain if that leaves less: a scale
    for each stage can be that gain, so it never ends worse. Then, with smaller and smaller ratios, each stage tries a
    larger and a smaller factor; only the stages from the changed one on run again.
    """
    parts = quantizer.parts
    starts = [best_factors(quantizer, _as_one_image(latents))]
    if parts[0].conditioning.factor_follows_signal and len(parts) > 1:
        with_gain = Residual(lambda stage: parts[stage].base, quantizer.num_stages, "gain").eval()
        search_factors(with_gain, latents)
        starts.append(_factors(with_gain.parts))
    errors = []
    for start in starts:
        _set_factors(parts, start)
        errors.append(float(log_error(remainder(parts, latents))))
    least = min(errors)
    _set_factors(parts, starts[errors.index(least)])
    for ratio in _RATIOS:
        residual = latents
        for number in range(len(parts)):
            rest = parts[number:]
            for moved in _moves(rest, is_first=number == 0):
                before = _factors(moved)
                for change in (ratio, 1 / ratio):
                    _set_factors(moved, [factor * change for factor in before])
                    if (error := float(log_error(remainder(rest, residual)))) < least:
                        least = error
                        break
                else:
                    _set_factors(moved, before)
            residual = remainder(rest[:1], residual)


def _moves(rest: Sequence[Stage], is_first: bool) -> list[Sequence[Stage]]:
    """Whose factors change together: those of a stage alone, and of all from it on where each follows what is left."""
    conditioning: Conditioning = rest[0].conditioning
    if conditioning.shares_factor:
        return [rest] if is_first else []
    return [rest, rest[:1]] if conditioning.factor_follows_signal and len(rest) > 1 else [rest[:1]]


def _factors(stages: Sequence[Stage]) -> tuple[float, ...]:
    return tuple(conditioning.factor for _, conditioning in stages)


def _set_factors(stages: Sequence[Stage], factors: Sequence[float]) -> None:
    for (_, conditioning), factor in zip(stages, factors, strict=True):
        conditioning.set_factor(factor)


def _as_one_image(latents: Tensor) -> Tensor:
    """(P, D, h, w) -> (1, D, 1, P·h·w), as `best_factors` takes it."""
    return latents.transpose(0, 1).flatten(1)[None, :, None]
