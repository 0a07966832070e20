"""The exercises of the notebooks: each answer is held against the package, never against a stored solution."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch

from rfsq.evidence.doctor.counts import ideal_codes
from rfsq.model.config import ModelConfig
from rfsq.model.rate import Rate, nominal_rate
from rfsq.model.zoo import zoo_config
from rfsq.quantizers import FSQ, Residual, Stage
from rfsq.quantizers.conditioning import LayerNorm, LearnableScale
from rfsq.quantizers.stages import stage_steps
from rfsq.teaching.lab import Stack, draw, fit_stack, run_stack

_LEVELS = (8, 5, 4)


@dataclass(frozen=True)
class Verdict:
    """What is said of an answer."""

    kind: Literal["open", "wrong", "right"]
    words: str


def verdict(exercise: str, answer: Any) -> Verdict:
    """Judge an answer; None is no answer yet. An answer that raises an error is wrong, and the error is said.

    Raises ValueError for an exercise that does not exist.
    """
    if exercise not in EXERCISES:
        raise ValueError(f"there is no exercise {exercise!r}; choose one of {', '.join(EXERCISES)}")
    if answer is None:
        return Verdict("open", "No answer yet: replace None in the cell above and run both cells again.")
    try:
        problem = EXERCISES[exercise](answer)
    except Exception as error:  # noqa: BLE001  # a reader's code: whatever it raises is said
        problem = f"it raised {type(error).__name__}: {error}"
    return Verdict("right", "Right!") if problem is None else Verdict("wrong", f"Not yet: {problem}")


def check(exercise: str, answer: Any) -> None:
    """Print the verdict."""
    print(verdict(exercise, answer).words)


def _nominal_bytes(answer: Any) -> str | None:
    """Bytes of a 1920 × 1080 photo with four stages of 1024 codes and layernorm in five channels."""
    return _number(
        answer,
        _layernorm_rate(1080, 1920).total_bytes,
        0.0,
        "count the tokens of 4×4 pixels, 40 bits each, and two float16 numbers per channel and stage",
    )


def _rounding(answer: Any) -> str | None:
    """A function (z, levels) -> codes with the values and the gradient of FSQ."""
    z = torch.linspace(-2, 2, 41, requires_grad=True)
    for levels in (3, 8):
        row = z.view(1, 1, 1, -1)
        theirs = FSQ((levels,)).quantize(row).codes.flatten()
        mine = answer(z, levels)
        if not torch.allclose(mine, theirs, atol=1e-6):
            return f"with {levels} levels, z = {float(z[25].detach()):.1f} gives {float(mine[25].detach()):.3f}, not {float(theirs[25].detach()):.3f}"
        if not mine.requires_grad:
            return "the codes are right, but no gradient comes back: round inside, let the bounded value's gradient through"
        given, right = (torch.autograd.grad(codes.sum(), z)[0] for codes in (mine, theirs))
        if not torch.allclose(given, right, atol=1e-6):
            return "the codes are right, the gradient is not: it should be that of tanh alone"
    return None


def _mixed_radix(answer: Any) -> str | None:
    """A function (index, levels) -> level numbers, the first channel least significant."""
    fsq = FSQ(_LEVELS)
    every = fsq.digits_of(torch.arange(fsq.codebook_size).view(1, 1, -1))[0, :, 0].T.tolist()
    for index, digits in enumerate(every):
        if list(answer(index, _LEVELS)) != digits:
            return f"index {index} of levels {_LEVELS} gives {list(answer(index, _LEVELS))}, not {digits}"
    return None


def _uniform_error(answer: Any) -> str | None:
    """RMS left of a uniform signal in [-1, 1] by one stage of 5 levels."""
    signal = torch.linspace(-1, 1, 100_001).view(1, 1, 1, -1)
    left = signal - FSQ((5,), bound="clamp").quantize(signal).codes
    return _number(answer, float(left.square().mean().sqrt()), 0.02, "how far is the farthest value from its level?")


def _first_entropy(answer: Any) -> str | None:
    """Entropy in bits of the indices of FSQ (4, 4) on a Gaussian of mean 0 and deviation 1 in two channels."""
    fsq = FSQ((4, 4))
    border = fsq.borders(0)
    assert border is not None
    below = torch.special.ndtr(torch.cat([border.double(), torch.tensor([math.inf], dtype=torch.float64)]))
    shares = below.diff(prepend=torch.zeros(1, dtype=torch.float64))
    bits = -2 * float((shares * shares.log2()).sum())
    hint = "how often does tanh of a Gaussian round to each of the four levels? Two channels say twice as much as one"
    if math.isclose(float(answer), bits / 2, rel_tol=0.01):
        return "that is one channel"
    return _number(answer, bits, 0.005, hint)


def _stall(answer: Any) -> str | None:
    """RMS at which stages of 4 levels without conditioning stall, whatever came in."""
    signal = torch.randn(1, 2, 1, 20_000, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        output = Residual(lambda stage: FSQ((4, 4)), num_stages=12).eval()(signal)
    left = float((signal - output.quantized).square().mean().sqrt())
    hint = "the smallest codes are ±1/3, so the remainder ends between them; how large is a number anywhere in there?"
    return _number(answer, left, 0.03, hint)


def _conditioned_loop(answer: Any) -> str | None:
    """A function (z, base, strategies) -> the sum of all stages, of a residual stack with a strategy per stage."""
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(1, 2, 3, 500, generator=generator)
    for strategies, what in (
        ([LearnableScale(0.4), LearnableScale(1.2), LearnableScale(3.8)], "factors"),
        ([LayerNorm(2), LayerNorm(2), LayerNorm(2)], "LayerNorm, whose undo needs what its condition returned"),
    ):
        base = FSQ((4, 4)).eval()
        with torch.no_grad():
            steps = list(stage_steps([Stage(base, strategy) for strategy in strategies], z))
            mine = answer(z, base, strategies)
            off = float((mine - steps[-1].total).abs().max())
        if not off < 1e-4:
            return f"with {what} the sum of the stages is off by up to {off:.3g}"
    return None


def _beat_the_grid(answer: Any) -> str | None:
    """Four factors that leave at least 3 % less of the ring than the best of the grid, on samples that no fit saw."""
    factors = tuple(float(factor) for factor in answer)
    stack, fit, shown = Stack("fsq", "scale", 4, 4), draw("ring", 4000, 1), draw("ring", 4000, 2)
    grid, mine = (run_stack(fit_stack(stack, fit, chosen), shown).rms[-1] for chosen in ((), factors))
    if mine <= 0.97 * grid:
        return None
    return f"they leave {mine:.5f}, the grid {grid:.5f}; at most {0.97 * grid:.5f} is asked for"


def _undo_layernorm(answer: Any) -> str | None:
    """A function (y, mean, std, gain, bias) that undoes LayerNorm."""
    generator = torch.Generator().manual_seed(0)
    norm = LayerNorm(3)
    with torch.no_grad():
        norm.log_gain.copy_(torch.tensor([0.5, -0.5, 0.0]))
        norm.bias.copy_(torch.tensor([0.1, 0.0, -0.3]))
        x = torch.randn(2, 3, 4, 5, generator=generator) * 3 + 1
        y, side = norm.condition(x)
        assert side is not None
        mean, std = side[:, :, None, None].chunk(2, dim=1)
        gain, bias = norm.log_gain.exp().view(1, -1, 1, 1), norm.bias.view(1, -1, 1, 1)
        off = float((answer(y, mean, std, gain, bias) - x).abs().max())
    return (
        None
        if off < 1e-4
        else f"the largest difference to what went in is {off:.3g}, with a gain and a bias that are not 1 and 0"
    )


def _equal_bits(answer: Any) -> str | None:
    """Levels of a single-stage FSQ in five channels, with the bits of two stages of 4 levels each."""
    one = ModelConfig("answer", "fsq", 5, levels=tuple(answer)).build_quantizer()
    assert one is not None
    bits = 2 * FSQ((4,) * 5).bits_per_token
    return (
        None
        if math.isclose(one.bits_per_token, bits)
        else f"that is {one.bits_per_token:.2f} bits per token, not {bits:g}"
    )


def _one_percent(answer: Any) -> str | None:
    """The smallest square photo whose side information is below 1 % of all bytes, in pixels a side."""
    side = next(
        pixels
        for pixels in range(4, 10_000, 4)
        if _layernorm_rate(pixels, pixels).side_bytes < 0.01 * _layernorm_rate(pixels, pixels).total_bytes
    )
    return _number(answer, side, 0.0, "80 bytes must be less than a hundredth of 5 bytes per token plus 80")


def _codes_seen(answer: Any) -> str | None:
    """How many of 1024 equally likely codes 1024 tokens show on average."""
    return _number(answer, ideal_codes(1024, 1024), 0.005, "a code is missed by one token with probability 1 − 1/1024")


def _two_naive_stages(answer: Any) -> str | None:
    """A function z -> what two stages of 2 levels leave of it without conditioning."""
    z = torch.rand(1, 1, 8, 64, generator=torch.Generator().manual_seed(0)) * 6 - 3
    left = z - Residual(lambda stage: FSQ([2]), num_stages=2).eval()(z).quantized
    given = answer(z.clone())
    if not isinstance(given, torch.Tensor) or given.shape != z.shape:
        return "it must return a tensor of the shape of z"
    wrong = (given - left).abs() > 1e-5
    if not wrong.any():
        return None
    where = float(z[wrong][0])
    return (
        f"of {where:.2f} two stages leave {float(left[wrong][0]):.2f}, and the answer is {float(given[wrong][0]):.2f}"
    )


def _binary_factors(answer: Any) -> str | None:
    """Four factors with which four stages of 2 levels round a uniform signal in [-1, 1] as 16 levels do."""
    factors = [float(value) for value in answer]
    if len(factors) != 4 or not all(0 < value < math.inf for value in factors):
        return "four positive numbers are wanted"
    z = torch.linspace(-1, 1, 16_001).view(1, 1, 1, -1)
    stages = [Stage(FSQ([2]), LearnableScale(factor)) for factor in factors]
    [*_, last] = stage_steps(stages, z)
    left, best = float(last.remainder.detach().square().mean().sqrt()), 1 / 16 / math.sqrt(3)
    return None if left <= 1.01 * best else f"they leave {left:.4f}, and 16 levels leave {best:.4f}"


def _softplus(answer: Any) -> str | None:
    """What to store so that softplus gives a factor of 1."""
    given = float(torch.nn.functional.softplus(torch.tensor(float(answer))))
    return None if abs(given - 1) < 1e-3 else f"softplus({float(answer):.4g}) is {given:.4f}, not 1"


def _layernorm_rate(height: int, width: int) -> Rate:
    config = zoo_config("rfsq-4x1024-layernorm")
    quantizer = config.build_quantizer()
    assert quantizer is not None
    side_values = quantizer.num_stages * quantizer.side_values
    return nominal_rate(height, width, quantizer.codebook_sizes, side_values, stride=config.stride)


def _least_expected_error(answer: Any) -> str | None:
    """A function (N, H, W) -> (H, W): the picture with the least expected absolute error."""
    pictures = torch.rand((7, 5, 6), generator=torch.Generator().manual_seed(0)) ** 3
    mine, best = answer(pictures), pictures.median(dim=0).values
    errors = [float((pictures - one).abs().mean()) for one in (mine, best)]
    if mine.shape != best.shape:
        return f"the answer has the shape {tuple(mine.shape)}, not {tuple(best.shape)}"
    return None if errors[0] <= errors[1] + 1e-6 else f"expected {errors[0]:.4f}, and {errors[1]:.4f} is possible"


def _likely_white(answer: Any) -> str | None:
    """The mean of +1 with 0.8 and −1 with 0.2."""
    return _number(answer, 0.8 - 0.2, 1e-6, "write the expected squared error of a value v, and find where it is least")


def _number(answer: Any, right: float, tolerance: float, hint: str) -> str | None:
    return None if math.isclose(float(answer), right, rel_tol=max(tolerance, 1e-9)) else f"{answer} is not it; {hint}"


EXERCISES: dict[str, Callable[[Any], str | None]] = {
    "nominal bytes": _nominal_bytes,
    "rounding": _rounding,
    "mixed radix": _mixed_radix,
    "uniform error": _uniform_error,
    "first entropy": _first_entropy,
    "stall": _stall,
    "undo layernorm": _undo_layernorm,
    "conditioned loop": _conditioned_loop,
    "beat the grid": _beat_the_grid,
    "equal bits": _equal_bits,
    "one percent": _one_percent,
    "softplus": _softplus,
    "codes seen": _codes_seen,
    "two naive stages": _two_naive_stages,
    "binary factors": _binary_factors,
    "least expected error": _least_expected_error,
    "likely white": _likely_white,
}
"""What is wrong with an answer, in a few words; None if it is right."""
