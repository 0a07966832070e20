"""A quantizer fitted to given latents, in less than a second: what training would have adapted to them, found directly.

Training moves the encoder, the quantizer and the decoder towards each other. Here the latents are given and stay, so the
few numbers of a stack are all that can follow: factors, gains and biases, tracked statistics, codebooks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Generator, Tensor, nn

from rfsq.quantizers.base import Quantizer
from rfsq.quantizers.conditioning import Conditioning
from rfsq.quantizers.factors import log_error, remainder, search_factors
from rfsq.quantizers.residual import Residual
from rfsq.quantizers.stages import Stage, stage_steps

FIT_TOKENS = 8192  # that factors, gains and biases are fitted to: enough for the few numbers of a stack,
FACTOR_WORK = 768_000  # or fewer, so that tokens times channels times stages, the work of a trial, stay below this,
GRADIENT_WORK = 256_000  # and below this where a gradient is followed, at three times the price
GRADIENT_STEPS = 40
LEARNING_RATE = 0.03  # of logarithms of gains, and of biases in units of the normalised signal
_DECAYS = (0.8, 0.95)  # of the means that Adam takes: shorter than usual, as the steps are few
KMEANS_ITERATIONS = 12


def fit(quantizer: Quantizer, latents: Tensor, progress: Callable[[float], None] | None = None) -> None:
    """Fit all that a quantizer learns to latents (P, D, h, w) of P images, in place; it is in evaluation mode afterwards.

    Wanted is the best picture after the last stage: the least mean over the images of the logarithm of the squared error,
    as a mean of PSNR counts it. A factor per stage, or one for all, is searched by trial (`rfsq.quantizers.factors`);
    gains and biases per channel, too many to be tried, start there and follow the gradient, and the best of all steps is
    kept. Statistics are those of the latents; codebooks are k-means centres of what enters their stage, whatever its size,
    so no factor is searched for them. The same latents give the same stack. `progress` is called with the share that is
    done.

    Raises ValueError unless the latents are finite, of `quantizer.dim` channels, and at least one.
    """
    quantizer.eval()
    quantizer.check_latents(latents)
    if not latents.numel():
        raise ValueError("a stack is fitted to at least one image of latents")
    target = quantizer.prepare(latents.float().contiguous())
    parameters = [p for _, conditioning in quantizer.parts for p in _besides_a_factor(conditioning)]
    some = _some_images(
        target, (GRADIENT_WORK if parameters else FACTOR_WORK) // (quantizer.dim * quantizer.num_stages)
    )
    say = progress or (lambda share: None)
    has_codebook = quantizer.parts[0].base.learned_codebook is not None
    if isinstance(quantizer, Residual) and quantizer.parts[0].conditioning.has_factor and not has_codebook:
        search_factors(quantizer, some)
    if parameters:
        if has_codebook:
            _take_statistics(quantizer, target, say)
        _follow_gradient(quantizer, parameters, some)
    if any(map(_takes_statistics, quantizer.parts)):
        _take_statistics(quantizer, target, say)
    for tensor in quantizer.state_dict().values():
        if tensor.is_floating_point():  # another machine's last bits shall not make another stack
            tensor.copy_(tensor.half().float())
    say(1.0)


def _some_images(target: Tensor, tokens: int) -> Tensor:
    """Images from weak to strong at equal steps, so that few stand for all; whole, since a stack may normalise each."""
    step = math.ceil(target[:, 0].numel() / max(1, min(tokens, FIT_TOKENS)))
    by_strength = target.square().mean(dim=(1, 2, 3)).argsort(stable=True)
    return target[by_strength[min(step, len(target)) // 2 :: step]]


def _besides_a_factor(conditioning: Conditioning) -> list[nn.Parameter]:
    """What is learned and is not one factor for all channels."""
    return [p for p in conditioning.parameters() if p.ndim or not conditioning.has_factor]


def _takes_statistics(stage: Stage) -> bool:
    return stage.base.learned_codebook is not None or type(stage.conditioning).look is not Conditioning.look


@torch.no_grad()
def _take_statistics(quantizer: Quantizer, target: Tensor, say: Callable[[float], None]) -> None:
    """Codebooks and tracked statistics, stage by stage, each from what the stages before it left."""
    done = 0

    def look(stage: Stage, residual: Tensor) -> None:
        nonlocal done
        stage.conditioning.look(residual)
        if stage.base.learned_codebook is not None:
            conditioned = stage.conditioning.condition(residual)[0]
            stage.base.learn(conditioned, KMEANS_ITERATIONS, Generator().manual_seed(done))
        done += 1
        say(done / (quantizer.num_stages + 1))

    for _ in stage_steps(quantizer.parts, target, look):
        pass


def _follow_gradient(quantizer: Quantizer, parameters: Sequence[nn.Parameter], some: Tensor) -> None:
    """Adam on what is left after the last stage; the best parameters of all that were tried are kept.

    Its few lines are here because `torch.optim` first loads torch's compiler, which takes as long as a whole fit.
    Source: Kingma and Ba, arXiv:1412.6980.
    """
    slopes, squares = ([torch.zeros_like(p) for p in parameters] for _ in _DECAYS)
    least, kept = math.inf, [p.detach().clone() for p in parameters]
    for step in range(GRADIENT_STEPS + 1):
        with torch.enable_grad():
            error = log_error(remainder(quantizer.parts, some))
            gradients = torch.autograd.grad(error, parameters)
        if float(error.detach()) < least:
            least, kept = float(error.detach()), [p.detach().clone() for p in parameters]
        rate = LEARNING_RATE * 0.5 * (1 + math.cos(math.pi * step / GRADIENT_STEPS))
        with torch.no_grad():
            for p, gradient, slope, square in zip(parameters, gradients, slopes, squares, strict=True):
                slope.lerp_(gradient, 1 - _DECAYS[0])
                square.lerp_(gradient.square(), 1 - _DECAYS[1])
                mean, variance = (x / (1 - d ** (step + 1)) for x, d in zip((slope, square), _DECAYS, strict=True))
                p.sub_(rate * mean / (variance.sqrt() + 1e-8))
    with torch.no_grad():
        for p, value in zip(parameters, kept, strict=True):
            p.copy_(value)
