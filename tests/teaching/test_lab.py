"""Quantization in two dimensions: sources, stacks fitted on the spot, what each stage does, and the bound."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from rfsq import ModelConfig, QuantizedAutoencoder
from rfsq.quantizers import CONDITIONINGS
from rfsq.quantizers.conditioning.geometric import bounded, cell_ranges, unbounded
from rfsq.teaching.lab import (
    BASES,
    SOURCES,
    LabRun,
    Stack,
    covariance_of,
    draw,
    factors_of,
    fit_by_gradient,
    fit_stack,
    gaussian_distortion,
    latent_samples,
    run_stack,
)
from rfsq.teaching.lab.stacks import as_latents, as_samples

EVERY = [
    Stack(base, conditioning, 4, 3)
    for base in BASES
    for conditioning in CONDITIONINGS
    if base != "vq" or conditioning == "none"
]


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_has_mean_0_and_variance_1_and_repeats_with_its_seed(name: str) -> None:
    samples = draw(name, 200_000, 3)  # type: ignore[arg-type]
    assert samples.shape == (200_000, 2)
    assert samples.mean(dim=0).abs().max() < 0.02
    assert (samples.var(dim=0) - 1).abs().max() < (0.25 if name == "heavy-tailed" else 0.02)
    assert torch.equal(draw(name, 50, 3), draw(name, 50, 3))  # type: ignore[arg-type]
    assert not torch.equal(draw(name, 50, 3), draw(name, 50, 4))  # type: ignore[arg-type]


def test_sources_refuse_what_they_cannot_give() -> None:
    with pytest.raises(ValueError, match="no source"):
        draw("cauchy", 10, 0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least 1"):
        draw("ring", 0, 0)


def test_the_covariance_of_the_correlated_source_is_what_its_samples_have() -> None:
    covariance = covariance_of("correlated")
    assert covariance is not None
    torch.testing.assert_close(torch.cov(draw("correlated", 200_000, 1).T), covariance, atol=0.02, rtol=0)
    assert covariance_of("ring") is None


def test_latents_are_two_channels_of_the_encoder_token_by_token() -> None:
    model = QuantizedAutoencoder(ModelConfig("tiny", "fsq", 3, levels=(4, 4, 4), hidden=(8, 8))).eval()
    images = torch.rand(1, 3, 8, 12) * 2 - 1
    samples = latent_samples(model, images, (2, 0))
    latents = model.encode(images)
    assert samples.shape == (6, 2)
    torch.testing.assert_close(samples[4], latents[0, [2, 0], 1, 1].detach())
    with pytest.raises(ValueError, match="two different"):
        latent_samples(model, images, (1, 1))
    with pytest.raises(ValueError, match="two different"):
        latent_samples(model, images, (0, 3))


@pytest.mark.parametrize("stack", EVERY, ids=lambda s: f"{s.base}-{s.conditioning}")
def test_a_run_is_what_the_package_s_quantizer_did(stack: Stack) -> None:
    """Codes and indices give what each stage adds, the sum is `quantized`, and the cells are those of the rounding."""
    quantizer = fit_stack(stack, draw("gaussian", 1000, 0))
    samples = draw("mixture", 700, 1)
    run = run_stack(quantizer, samples)
    output = quantizer(as_latents(samples))
    total = sum(stage.sent for stage in run.stages)
    np.testing.assert_allclose(total, as_samples(output.quantized.detach()), atol=2e-6)
    np.testing.assert_allclose(run.rms[-1], math.sqrt(np.square(run.samples - run.coded).mean()), rtol=1e-4)
    np.testing.assert_array_equal(run.samples, samples.numpy())
    for k, stage in enumerate(run.stages):
        assert np.array_equal(stage.indices, output.indices[0, k, 0].numpy())
        np.testing.assert_allclose(stage.codes[stage.indices], stage.sent, atol=2e-6)
        if run.domain is None:  # else what is left is measured outside of the bounded domain
            np.testing.assert_allclose(run.rms[k + 1], math.sqrt((stage.left**2).mean()), rtol=1e-4)
        assert stage.counts.sum() == 700 and len(stage.codes) == stack.codebook_size
        if k:
            np.testing.assert_allclose(stage.residual, run.stages[k - 1].left, atol=2e-6)
        if stage.edges is not None:  # a sample lies between the edges that its code lies between
            for channel, edges in enumerate(stage.edges):
                there = np.searchsorted(edges, stage.residual[:, channel])
                near = np.abs(stage.residual[:, channel, None] - edges).min(axis=1) < 1e-5
                assert (near | (there == np.searchsorted(edges, stage.sent[:, channel]))).all()


def test_bits_are_nominal_or_entropies_with_side_information_counted() -> None:
    samples = draw("gaussian", 500, 1)
    plain = run_stack(fit_stack(Stack("fsq", "scale", 4, 2), samples), samples)
    assert plain.bits() == (0.0, 4.0, 8.0)
    assert plain.bits(entropy=True)[2] == pytest.approx(sum(stage.entropy_bits for stage in plain.stages))
    layernorm = run_stack(fit_stack(Stack("fsq", "layernorm", 4, 2), samples), samples)
    assert layernorm.side_bits == pytest.approx(2 * 2 * 16 / 500)  # mean and deviation of two channels
    assert layernorm.bits()[2] == pytest.approx(8 + 2 * layernorm.side_bits)


def test_entropy_and_levels_of_a_stage_that_says_one_sign_per_channel() -> None:
    run = run_stack(fit_stack(Stack("fsq", "none", 4, 5), draw("gaussian", 4000, 0)), draw("gaussian", 4000, 1))
    last = run.stages[-1]
    assert last.entropy_bits == pytest.approx(2, abs=0.1) and last.effective_levels == pytest.approx(2, abs=0.1)
    assert run.stages[0].effective_levels > 3.5  # type: ignore[operator]


def test_without_conditioning_the_remainder_stops_shrinking_and_with_it_goes_on() -> None:
    fit, shown = draw("gaussian", 4000, 0), draw("gaussian", 4000, 1)
    left = {name: run_stack(fit_stack(Stack("fsq", name, 4, 4), fit), shown).rms for name in CONDITIONINGS}
    assert left["none"][4] > 0.9 * left["none"][3]
    for name in ("scale", "layernorm", "layernorm-global", "geometric"):
        assert left[name][4] < 0.2 * left["none"][4]
    assert left["scale"][4] == pytest.approx(left["layernorm"][4], rel=0.15)  # fitted to this source, they are equals


def left_of(source: str, conditioning: str, fitted_on: str, seed: int = 0) -> LabRun:
    stack = Stack("fsq", conditioning, 4, 4)  # type: ignore[arg-type]
    fit, shown = draw(fitted_on, 4000, 2 * seed), draw(source, 4000, 2 * seed + 1)  # type: ignore[arg-type]
    return run_stack(fit_stack(stack, fit), shown)


def test_what_breaks_a_scale_is_the_misfit_more_than_the_tail() -> None:
    """What the lesson of the Lab says of its steps 3 and 4, for several draws of the samples."""
    for seed in range(3):
        misfit = {name: left_of("heavy-tailed", name, "gaussian", seed).left[-1] for name in ("scale", "layernorm")}
        fitted = {name: left_of("heavy-tailed", name, "heavy-tailed", seed).left[-1] for name in ("scale", "layernorm")}
        assert fitted["scale"] < 0.4 * misfit["scale"] and fitted["layernorm"] < 0.6 * misfit["layernorm"]
        assert misfit["layernorm"] < misfit["scale"] and fitted["scale"] < fitted["layernorm"]


def test_geometric_steps_win_where_no_sample_is_far_out_and_lose_where_some_are() -> None:
    """In the domain of the samples: in the bounded one they would seem to leave 0.4 % of everything."""
    for source in ("gaussian", "uniform", "ring", "mixture"):
        assert left_of(source, "geometric", source).left[-1] < 0.7 * left_of(source, "scale", source).left[-1]
    heavy = left_of("heavy-tailed", "geometric", "heavy-tailed")
    assert all((stage.counts > 0).all() for stage in heavy.stages)  # and still it loses
    assert heavy.left[-1] > 2 * left_of("heavy-tailed", "scale", "heavy-tailed").left[-1]
    assert left_of("gaussian", "geometric", "gaussian").left[-1] == pytest.approx(0.0118, abs=1e-4)


@pytest.mark.parametrize("base", BASES)
def test_no_stack_beats_the_bound(base: str) -> None:
    for source in ("gaussian", "correlated"):
        covariance = covariance_of(source)
        assert covariance is not None
        for conditioning in CONDITIONINGS if base != "vq" else ("none",):
            stack = Stack(base, conditioning, 8, 3)  # type: ignore[arg-type]
            run = run_stack(fit_stack(stack, draw(source, 4000, 0)), draw(source, 4000, 1))  # type: ignore[arg-type]
            for bits in (run.bits(), run.bits(entropy=True)):
                least = gaussian_distortion(covariance, bits)
                # 4,000 samples: their own variance differs from 1 by a few per cent.
                assert all(error > 0.93 * bound for error, bound in zip(run.distortion, least, strict=True))


def test_the_bound_is_the_known_formula() -> None:
    assert gaussian_distortion(torch.eye(2), [0, 2, 4]) == pytest.approx([1, 0.25, 0.0625])
    uneven = torch.diag(torch.tensor([4.0, 0.25]))
    assert gaussian_distortion(uneven, [0, 1]) == pytest.approx(
        [2.125, (1 + 0.25) / 2]
    )  # 1 bit: all to the first channel
    assert gaussian_distortion(uneven, [4])[0] == pytest.approx(2.0**-4)  # both: geometric mean of the variances is 1
    with pytest.raises(ValueError, match="not be negative"):
        gaussian_distortion(torch.eye(2), [-1])
    with pytest.raises(ValueError, match="positive definite"):
        gaussian_distortion(torch.ones(2, 2), [1])


def test_own_factors_are_used_and_checked() -> None:
    samples = draw("uniform", 300, 0)
    quantizer = fit_stack(Stack("fsq", "scale", 4, 3), samples, (0.5, 2, 8))
    assert factors_of(quantizer) == pytest.approx((0.5, 2, 8))
    assert factors_of(fit_stack(Stack("fsq", "layernorm", 4, 2), samples, (0.7, 0.9))) == pytest.approx((0.7, 0.9))
    for wrong in ((1.0,), (1.0, 2.0, 0.0), (1.0, 2.0, math.inf)):
        with pytest.raises(ValueError, match="give 3 factors"):
            fit_stack(Stack("fsq", "scale", 4, 3), samples, wrong)


@pytest.mark.parametrize("conditioning", ["scale", "layernorm"])
def test_the_gradient_finds_factors_about_as_good_as_the_grid_s(conditioning: str) -> None:
    stack, samples = Stack("fsq", conditioning, 4, 3), draw("gaussian", 2000, 0)  # type: ignore[arg-type]
    fits = list(fit_by_gradient(stack, samples, steps=120, every=40))
    assert [len(fit.rms) for fit in fits] == [1, 41, 81, 121]
    last = fits[-1]
    assert last.factors.shape == (121, 3) and last.factors[0].tolist() == [1, 1, 1]
    assert last.rms[-1] < 0.5 * last.rms[0]
    assert last.rms.min() == pytest.approx(last.grid_rms, rel=0.1)
    assert last.best == tuple(last.factors[last.rms.argmin()])
    used = fit_stack(stack, samples, last.best)
    assert float(used(as_latents(samples)).stages[-1].rms_after) == pytest.approx(float(last.rms.min()), rel=1e-3)
    with pytest.raises(ValueError, match="no factor"):
        next(fit_by_gradient(Stack(), samples))


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"base": "pq"}, "no base"),
        ({"conditioning": "batchnorm"}, "unknown conditioning"),
        ({"levels": 1}, "levels must be"),
        ({"stages": 9}, "stages must be"),
        ({"base": "vq", "conditioning": "scale"}, "without conditioning"),
    ],
)
def test_a_stack_that_makes_no_sense_is_refused(values: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Stack(**values)  # type: ignore[arg-type]


def test_unbounded_undoes_bounded() -> None:
    z = torch.randn(1, 2, 3, 50) * 2
    ranges = cell_ranges((4.0, 4.0))
    torch.testing.assert_close(unbounded(bounded(z, ranges), ranges), z, atol=1e-3, rtol=1e-3)
