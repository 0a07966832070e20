"""A quantizer fitted to given latents, in about a second: what training would have adapted to them, found directly.

Training moves the encoder, the quantizer and the decoder towards each other. Here the latents are given and stay, so the
few numbers of a stack are all that can follow: factors, gains and biases, tracked statistics, codebooks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Generator, Tensor

from rfsq.quantizers.base import Quantizer, Stage, stage_steps
from rfsq.quantizers.grid import best_factors
from rfsq.quantizers.residual import Residual

GRADIENT_STEPS = 80
FIT_TOKENS = 4096  # that factors are fitted to: enough for the few numbers of a stack
LEARNING_RATE = 0.03  # of logarithms of factors, and of biases in units of the normalised signal
KMEANS_ITERATIONS = 12
_CHECK_EVERY = 10


def fit(quantizer: Quantizer, latents: Tensor, progress: Callable[[float], None] | None = None) -> None:
    """Fit all that a quantizer learns to latents (P, D, h, w) of P images, in place; it is in evaluation mode afterwards.

    Wanted is the best picture after the last stage: the least mean over the images of the logarithm of the squared error,
    as a mean of PSNR counts it. Codebooks are k-means centres of what enters their stage;
    factors start at the best of a grid (`rfsq.quantizers.grid`); a factor that all stages share is then searched finely,
    others follow the gradient together with gains and biases, 80 steps of Adam on the same tokens; statistics are those of the latents. The same latents
    give the same stack. `progress` is called with the share that is done.

    Raises ValueError unless the latents are finite, of `quantizer.dim` channels, and at least one.
    """
    quantizer.eval()
    quantizer.check_latents(latents)
    if not latents.numel():
        raise ValueError("a stack is fitted to at least one image of latents")
    target = quantizer.prepare(latents.float().contiguous())
    say = progress or (lambda share: None)
    some = target[:: max(1, -(-target[:, 0].numel() // FIT_TOKENS))].contiguous()
    conditioning = quantizer.parts[0].conditioning
    if isinstance(quantizer, Residual) and conditioning.has_factor:
        _set_factors(quantizer, best_factors(quantizer, _as_one_image(some)))
        if conditioning.shares_factor:
            _search_shared_factor(quantizer, some)
    _take_statistics(quantizer, target, say)
    if parameters := [p for _, conditioning in quantizer.parts for p in conditioning.parameters()]:
        _follow_gradient(quantizer, parameters, some)
        _take_statistics(quantizer, target, say)
    for tensor in quantizer.state_dict().values():
        if tensor.is_floating_point():  # another machine's last bits shall not make another stack
            tensor.copy_(tensor.half().float())
    say(1.0)


@torch.no_grad()
def _take_statistics(quantizer: Quantizer, target: Tensor, say: Callable[[float], None]) -> None:
    """Codebooks and tracked statistics, stage by stage, each from what the stages before it left."""
    done = 0

    def look(stage: Stage, residual: Tensor) -> None:
        nonlocal done
        stage.conditioning.look(residual)
        conditioned = stage.conditioning.condition(residual)[0]
        stage.base.learn(conditioned, KMEANS_ITERATIONS, Generator().manual_seed(done))
        done += 1
        say(done / (quantizer.num_stages + 1))

    _walk(quantizer, target, look)


def _walk(quantizer: Quantizer, target: Tensor, before: Callable[[Stage, Tensor], None]) -> None:
    for _ in stage_steps(quantizer.parts, target, before):
        pass


def _follow_gradient(quantizer: Quantizer, parameters: list[torch.nn.Parameter], some: Tensor) -> None:
    """Adam on what is left after the last stage; the best parameters of all that were tried are kept."""
    optimizer = torch.optim.Adam(parameters)
    best, kept = math.inf, [p.detach().clone() for p in parameters]
    with torch.enable_grad():
        for step in range(GRADIENT_STEPS + 1):
            if step % _CHECK_EVERY == 0:
                with torch.no_grad():  # tracked statistics follow the factors
                    _walk(quantizer, some, lambda stage, residual: stage.conditioning.look(residual))
            left = _error(quantizer, some)
            if step % _CHECK_EVERY == 0 and float(left.detach()) < best:
                best, kept = float(left.detach()), [p.detach().clone() for p in parameters]
            if step < GRADIENT_STEPS:
                for group in optimizer.param_groups:
                    group["lr"] = LEARNING_RATE * 0.5 * (1 + math.cos(math.pi * step / GRADIENT_STEPS))
                optimizer.zero_grad(set_to_none=True)
                left.backward()
                optimizer.step()
    with torch.no_grad():
        for parameter, value in zip(parameters, kept, strict=True):
            parameter.copy_(value)


def _error(quantizer: Quantizer, target: Tensor) -> Tensor:
    """Mean over the images of the logarithm of the squared error after the last stage."""
    *_, last = stage_steps(quantizer.parts, target)
    return last.remainder.square().mean(dim=(1, 2, 3)).clamp(min=1e-20).log().mean()


def _set_factors(quantizer: Quantizer, factors: Sequence[float]) -> None:
    for (_, conditioning), factor in zip(quantizer.parts, factors, strict=True):
        conditioning.set_factor(factor)


@torch.no_grad()
def _search_shared_factor(quantizer: Quantizer, some: Tensor) -> None:
    """Try factors from a half to twice the present one, in steps of 3 %, and set the best."""
    start = quantizer.parts[0].conditioning.factor
    factors = [start * 2 ** (step / 24) for step in range(-24, 25)]
    errors = []
    for factor in factors:
        _set_factors(quantizer, [factor] * quantizer.num_stages)
        errors.append(float(_error(quantizer, some)))
    _set_factors(quantizer, [factors[errors.index(min(errors))]] * quantizer.num_stages)


def _as_one_image(latents: Tensor) -> Tensor:
    """(P, D, h, w) -> (1, D, 1, P·h·w), as `best_factors` takes it."""
    return latents.transpose(0, 1).flatten(1)[None, :, None]
