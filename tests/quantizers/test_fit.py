"""A fitted stack leaves less than an unfitted one, is the same each time, and none with its best gain is fair."""

import time

import pytest
import torch
from torch import Tensor

from rfsq.quantizers import CONDITIONINGS, FSQ, LFQ, VQ, Residual
from rfsq.quantizers.fit import fit


def latents(images: int = 64, dim: int = 3, seed: int = 0) -> Tensor:
    """Heavy-tailed latents of images that differ in strength, as a network's are."""
    generator = torch.Generator().manual_seed(seed)
    strength = 0.3 + torch.rand(images, 1, 1, 1, generator=generator)
    z = torch.randn(images, dim, 8, 8, generator=generator) * strength
    return (z - z.mean()) / z.std()


def left(stack: Residual, z: Tensor) -> float:
    with torch.no_grad():
        *_, last = stack.steps(z)
        return float((z - stack.restore(last.total)).square().mean())


def build(conditioning: str, levels: int = 3, stages: int = 4) -> Residual:
    return Residual(lambda stage: FSQ([levels] * 3), stages, conditioning)


@pytest.mark.slow
@pytest.mark.parametrize("conditioning", CONDITIONINGS)
def test_fitting_is_deterministic_and_works_on_other_latents(conditioning: str) -> None:
    z, others = latents(), latents(seed=1)
    one, two = build(conditioning), build(conditioning)
    fit(one, z)
    fit(two, z)
    for name, value in one.state_dict().items():
        assert torch.equal(value, two.state_dict()[name]), name
        if value.is_floating_point():
            assert torch.equal(value, value.half().float()), name  # nothing hangs on the last bits of a machine
    assert not one.training
    unfitted = left(build(conditioning).eval(), others)
    if conditioning in ("none", "geometric"):  # nothing to fit
        assert left(one, others) == unfitted
    else:
        assert left(one, others) < unfitted


def test_conditioning_beats_the_best_single_gain_and_that_beats_none() -> None:
    z, others = latents(), latents(seed=1)
    errors = {}
    for conditioning in CONDITIONINGS:
        stack = build(conditioning)
        fit(stack, z)
        errors[conditioning] = left(stack, others)
    assert errors["none"] > 1.5 * errors["gain"]
    for conditioning in ("scale", "layernorm", "layernorm-global", "geometric"):
        assert errors["gain"] > 2 * errors[conditioning], conditioning


def test_no_single_gain_is_better_than_the_one_that_was_found() -> None:
    z = latents()
    stack = build("gain")
    fit(stack, z)
    best = stack.parts[0].conditioning.factor
    assert {conditioning.factor for _, conditioning in stack.parts} == {best}

    def mean_log_error(gain: float) -> float:
        for _, conditioning in stack.parts:
            conditioning.set_factor(gain)
        with torch.no_grad():
            *_, last = stack.steps(z)
        return float(last.remainder.square().mean(dim=(1, 2, 3)).log().mean())

    found = mean_log_error(best)
    assert all(mean_log_error(best * factor) >= found - 0.01 for factor in (0.5, 0.7, 0.9, 1.1, 1.4, 2.0))


def test_codebooks_are_learned_stage_by_stage_and_progress_is_told() -> None:
    z, shares = latents(), list[float]()
    stack = Residual(lambda stage: VQ(32, 3, seed=stage), 3)
    fit(stack, z, shares.append)
    assert left(stack, latents(seed=1)) < 0.1
    assert shares == sorted(shares) and shares[-1] == 1.0 and len(shares) > 3
    lfq = Residual(lambda stage: LFQ(3), 6, "scale")
    fit(lfq, z)
    assert left(lfq, latents(seed=1)) < 0.02


def test_a_stack_of_four_is_fitted_in_about_a_second() -> None:
    z = latents(images=1024, dim=3)
    stack = build("scale")
    started = time.process_time()
    fit(stack, z)
    assert time.process_time() - started < 5  # seconds of CPU, on a machine that does other things as well


def test_what_cannot_be_fitted_to_is_refused() -> None:
    for bad in (torch.zeros(2, 4, 8, 8), torch.full((2, 3, 8, 8), torch.nan), torch.zeros(0, 3, 8, 8)):
        with pytest.raises(ValueError, match="latents"):
            fit(build("scale"), bad)
