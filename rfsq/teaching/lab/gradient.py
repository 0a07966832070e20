"""The factors of a stack found as training finds them: by gradients that pass straight through the rounding."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rfsq.teaching.lab.stacks import Stack, as_latents, factors_of, fit_stack

STEPS = 150


@dataclass(frozen=True, eq=False)
class FactorFit:
    """How the factors moved, and where a grid search would have put them."""

    factors: np.ndarray  # (steps + 1, S), from the start at 1
    rms: np.ndarray  # (steps + 1,) RMS left after the last stage
    grid_factors: tuple[float, ...]
    grid_rms: float

    @property
    def best(self) -> tuple[float, ...]:
        """The factors of the step that left least."""
        return tuple(float(factor) for factor in self.factors[int(self.rms.argmin())])


def fit_by_gradient(
    stack: Stack, samples: Tensor, *, steps: int = STEPS, learning_rate: float = 0.1, every: int | None = None
) -> Iterator[FactorFit]:
    """Learn the factors of a stack on samples (N, 2) with Adam, from 1, to leave the least after the last stage.

    Yields the fit so far after each `every` steps, and at the end (only there when None): take the last for the result.
    The loss is the logarithm of the mean square that is left, so that a step counts as much late as early. The gradient
    takes the rounding for the identity, so it is not the true one: the factors wander, and the rate falls along a
    cosine to let them settle. Raises ValueError for a stack without factors.
    """
    if not stack.has_factors:
        raise ValueError(f"{stack.conditioning} has no factor to learn")
    grid = fit_stack(stack, samples)
    latents = as_latents(samples)
    with torch.no_grad():
        grid_rms = float(grid(latents).stages[-1].rms_after)
    quantizer = stack.build().train()
    parameters = [p for c in quantizer.conditionings for name, p in c.named_parameters() if name != "bias"]
    optimizer = torch.optim.Adam(parameters)
    factors: list[tuple[float, ...]] = []
    rms: list[float] = []
    for step in range(steps + 1):
        with torch.enable_grad():
            output = quantizer(latents)
            loss = (latents - output.quantized).square().mean().log()
            factors.append(factors_of(quantizer))
            rms.append(float(output.stages[-1].rms_after))
            if step < steps:
                optimizer.param_groups[0]["lr"] = learning_rate * 0.5 * (1 + math.cos(math.pi * step / steps))
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                for parameter in parameters:  # one gain for both channels, as everywhere in the Lab
                    if parameter.grad is not None:
                        parameter.grad.copy_(parameter.grad.mean().expand_as(parameter))
                optimizer.step()
        if step == steps or (every and step % every == 0):
            yield FactorFit(np.array(factors), np.array(rms), factors_of(grid), grid_rms)
