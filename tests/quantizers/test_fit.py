"""A fitted stack leaves less than an unfitted one, is the same each time, and none with its best gain is fair."""

import subprocess
import sys
import time

import pytest
import torch
from paths import ROOT
from torch import Tensor

from rfsq.quantizers import CONDITIONINGS, FSQ, LFQ, VQ, Residual
from rfsq.quantizers.factors import log_error, remainder, search_factors
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


def mean_log_error(stack: Residual, z: Tensor) -> float:
    with torch.no_grad():
        return float(log_error(remainder(stack.parts, z)))


@pytest.mark.parametrize("stages", [1, 2, 4])
@pytest.mark.parametrize("levels", [2, 4, 8])
def test_a_scale_for_each_stage_never_loses_to_one_gain_for_all(levels: int, stages: int) -> None:
    z, errors = latents(), {}
    for conditioning in ("gain", "scale"):
        stack = build(conditioning, levels, stages)
        fit(stack, z)
        errors[conditioning] = mean_log_error(stack, z)
    if stages == 1:  # the same family
        assert errors["scale"] == pytest.approx(errors["gain"], abs=2e-3)
    else:
        assert errors["scale"] < errors["gain"] - 0.1


def test_scale_is_searched_from_the_best_gain_when_the_grid_offers_less(monkeypatch: pytest.MonkeyPatch) -> None:
    def poor_for_scales(stack: Residual, z: Tensor) -> tuple[float, ...]:
        return (1.0 if stack.conditioning == "gain" else 100.0,) * stack.num_stages

    monkeypatch.setattr("rfsq.quantizers.factors.best_factors", poor_for_scales)
    z, gain, scale = latents(), build("gain"), build("scale")
    search_factors(gain, z)
    search_factors(scale, z)
    assert mean_log_error(scale, z) < mean_log_error(gain, z)


@pytest.mark.parametrize("conditioning", ["layernorm", "layernorm-global"])
def test_the_gradient_ends_no_worse_than_it_starts(conditioning: str) -> None:
    for levels, stages in ((2, 1), (4, 1), (2, 4), (8, 2)):
        z, start, stack = latents(), build(conditioning, levels, stages).eval(), build(conditioning, levels, stages)
        search_factors(start, z)
        fit(stack, z)
        assert mean_log_error(stack, z) < mean_log_error(start, z) + 5e-3, (levels, stages)  # of half precision


@pytest.mark.slow
@pytest.mark.parametrize("conditioning", CONDITIONINGS)
def test_the_largest_stack_is_fitted_in_about_a_second(conditioning: str) -> None:
    z = latents(images=1024, dim=20)
    stack = Residual(lambda stage: FSQ([4] * 20), 8, conditioning)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        started = time.process_time()
        fit(stack, z)
        assert time.process_time() - started < 5  # seconds of CPU, on a machine that does other things as well
    finally:
        torch.set_num_threads(threads)


@pytest.mark.slow
def test_the_first_fit_does_not_wait_for_the_compiler_of_torch() -> None:
    program = """
import sys
import torch
from rfsq.quantizers import FSQ, Residual
from rfsq.quantizers.fit import fit
for conditioning in ("scale", "layernorm"):
    fit(Residual(lambda stage: FSQ([3, 3]), 2, conditioning), torch.randn(4, 2, 8, 8))
assert "torch._dynamo" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_what_cannot_be_fitted_to_is_refused() -> None:
    for bad in (torch.zeros(2, 4, 8, 8), torch.full((2, 3, 8, 8), torch.nan), torch.zeros(0, 3, 8, 8)):
        with pytest.raises(ValueError, match="latents"):
            fit(build("scale"), bad)
