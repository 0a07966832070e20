"""Conditioning: what `condition` does `undo` undoes, statistics are values, and start values are those asked for."""

import math
from collections.abc import Sequence

import pytest
import torch
from hypothesis import given, strategies as st
from torch import Tensor

from rfsq.quantizers import CONDITIONINGS, FSQ, VQ, ConditioningName, Residual
from rfsq.quantizers.conditioning import (
    Conditioning,
    Geometric,
    GlobalLayerNorm,
    LayerNorm,
    LearnableScale,
    strategy,
)
from rfsq.quantizers.conditioning.geometric import bounded, cell_ranges, geometric_steps


def latents(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def trained(name: ConditioningName, dim: int, stage: int = 1) -> Conditioning:
    """A strategy whose learned and tracked values are not those of the start, ready for use."""
    module = strategy(name).build(dim, (4.0**stage,) * dim, 1.7)
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += 0.3 * torch.randn(parameter.shape, generator=generator)
    if isinstance(module, GlobalLayerNorm):
        module.condition(latents(4, dim, 6, 6) * 2 + 1)
    return module.eval()


@pytest.mark.parametrize("name", CONDITIONINGS)
@given(scale=st.floats(1e-3, 1e3), shift=st.floats(-10, 10), seed=st.integers(0, 100))
def test_undoing_conditioning_restores_the_input(name: ConditioningName, scale: float, shift: float, seed: int) -> None:
    x = scale * (latents(2, 3, 5, 4, seed=seed) + shift)
    module = trained(name, 3)
    conditioned, side = module.condition(x)
    assert (module.undo(conditioned, side) - x).abs().max() <= 2e-5 * (1 + x.abs().max())


@pytest.mark.parametrize("name", CONDITIONINGS)
def test_statistics_are_values_and_nothing_stays_on_the_module(name: ConditioningName) -> None:
    module = trained(name, 3)
    before = {key: value.clone() for key, value in module.state_dict().items()}
    attributes = {key: id(value) for key, value in vars(module).items()}
    first, second = latents(2, 3, 5, 4), 9 + 3 * latents(2, 3, 5, 4, seed=1)
    conditioned, side = module.condition(first)
    module.undo(*module.condition(second))  # the released code's inverse would now use the second input's statistics
    torch.testing.assert_close(module.undo(conditioned, side), first, rtol=1e-4, atol=1e-4)
    assert all(torch.equal(before[key], value) for key, value in module.state_dict().items())
    assert {key: id(value) for key, value in vars(module).items()} == attributes


@pytest.mark.parametrize("initial", [1e-3, 0.5, 1.0, 2.0, 31.0])
def test_the_requested_scale_is_the_effective_one(initial: float) -> None:
    module = strategy("scale").build(2, (1.0, 1.0), initial)
    conditioned, side = module.condition(torch.ones(1, 2, 1, 1))
    assert side is None and conditioned.flatten().tolist() == pytest.approx([initial] * 2, rel=1e-6)


def test_the_scale_is_learned_and_stays_positive() -> None:
    module = LearnableScale(0.5)
    optimizer = torch.optim.SGD(module.parameters(), lr=100.0)
    module.condition(torch.ones(1, 1, 1, 1))[0].sum().backward()
    optimizer.step()
    assert 0 < float(module.scale.detach()) < 0.5


@pytest.mark.parametrize("initial", [0.0, -1.0, math.nan, math.inf])
def test_an_impossible_scale_is_refused(initial: float) -> None:
    with pytest.raises(ValueError, match="initial scale must be positive"):
        LearnableScale(initial)
    with pytest.raises(ValueError, match="gain must be positive"):
        Residual(lambda stage: FSQ([4] * 5), 2, "gain", initial_scale=initial)


@pytest.mark.parametrize("factor", [0.0, -1.0, math.nan, math.inf, 1e-60])
def test_an_impossible_factor_is_refused_and_leaves_the_one_before(factor: float) -> None:
    for name in CONDITIONINGS:
        [_, conditioning] = Residual(lambda stage: FSQ([4] * 5), 1, name).parts[0]
        with pytest.raises(ValueError, match="must be positive and finite" if conditioning.has_factor else "no factor"):
            conditioning.set_factor(factor)
        assert conditioning.factor == 1


def test_layernorm_gives_each_channel_of_each_image_mean_0_and_deviation_1() -> None:
    x = latents(3, 4, 16, 16) * torch.tensor([0.3, 1.0, 5.0, 20.0]).view(1, 4, 1, 1) + 7
    conditioned, side = LayerNorm(4).condition(x)
    assert side is not None and side.shape == (3, 8)
    # the statistics are rounded to 11 bits before use, which shows where the mean is large against the deviation
    assert conditioned.mean(dim=(2, 3)).abs().max() < 0.03
    torch.testing.assert_close(conditioned.std(dim=(2, 3), correction=0), torch.ones(3, 4), rtol=2e-3, atol=2e-3)
    torch.testing.assert_close(side[:, :4], x.mean(dim=(2, 3)), rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(side[:, 4:], x.std(dim=(2, 3), correction=0), rtol=1e-3, atol=1e-3)


@given(scale=st.floats(-6, 9), seed=st.integers(0, 100))
def test_the_statistics_survive_float16_exactly(scale: float, seed: int) -> None:
    x = 10**scale * (latents(2, 3, 3, 3, seed=seed) + 1)
    conditioned, side = LayerNorm(3).condition(x)
    assert side is not None and torch.equal(side.half().float(), side)
    assert bool(side.isfinite().all()) and bool((side[:, 3:] > 0).all()) and bool(conditioned.isfinite().all())


def test_a_constant_channel_has_finite_statistics_and_gradients() -> None:
    x = torch.full((1, 2, 4, 4), 3.0, requires_grad=True)
    module = LayerNorm(2)
    conditioned, side = module.condition(x)
    torch.testing.assert_close(module.undo(conditioned, side), x.detach())
    conditioned.square().sum().backward()
    assert x.grad is not None and bool(x.grad.isfinite().all())


def test_layernorm_without_its_statistics_cannot_be_undone() -> None:
    with pytest.raises(ValueError, match="without the statistics"):
        LayerNorm(2).undo(torch.zeros(1, 2, 1, 1), None)


def test_global_statistics_are_a_plain_average_first_and_a_moving_one_later() -> None:
    module = GlobalLayerNorm(2, momentum=0.25)
    mean, mean_square = torch.zeros(2), torch.ones(2)
    for step in range(8):
        x = latents(3, 2, 4, 4, seed=step) * (step + 1) + step
        weight = max(0.25, 1 / (step + 1))
        mean = (1 - weight) * mean + weight * x.mean(dim=(0, 2, 3))
        mean_square = (1 - weight) * mean_square + weight * x.square().mean(dim=(0, 2, 3))
        conditioned, side = module.condition(x)
        assert side is None
        torch.testing.assert_close(module.mean, mean)
        torch.testing.assert_close(module.std, (mean_square - mean.square() + 1e-5).sqrt())
        torch.testing.assert_close(module.undo(conditioned, None), x)
    first = GlobalLayerNorm(2)
    x = latents(3, 2, 8, 8) * 5 + 2
    conditioned, _ = first.condition(x)
    torch.testing.assert_close(conditioned.mean(dim=(0, 2, 3)), torch.zeros(2), atol=1e-5, rtol=0)
    torch.testing.assert_close(conditioned.std(dim=(0, 2, 3), correction=0), torch.ones(2), atol=1e-4, rtol=0)


def test_global_statistics_are_frozen_in_use_and_travel_in_the_state() -> None:
    module = trained("layernorm-global", 3)
    copy = GlobalLayerNorm(3).eval()
    copy.load_state_dict(module.state_dict())
    x = 50 * latents(2, 3, 4, 4)
    conditioned, _ = module.condition(x)
    assert torch.equal(copy.condition(x)[0], conditioned)
    assert torch.equal(module.condition(x[:1])[0], conditioned[:1])
    assert int(module.state_dict()["updates"]) == 1


@pytest.mark.parametrize("name", ["layernorm", "layernorm-global"])
def test_the_affine_is_learned(name: ConditioningName) -> None:
    module = strategy(name).build(3, (1.0,) * 3, 1.0)
    conditioned, _ = module.condition(latents(2, 3, 4, 4))
    conditioned.pow(3).sum().backward()
    for parameter in module.parameters():
        assert parameter.grad is not None and bool((parameter.grad != 0).all())


def test_geometric_steps_are_powers_of_the_levels() -> None:
    for stage, steps in enumerate(geometric_steps([(4.0, 3.0)] * 5)):
        module = Geometric(steps)
        conditioned, side = module.condition(torch.ones(1, 2, 1, 1))
        assert side is None and conditioned.flatten().tolist() == [4**stage, 3**stage]
        assert not list(module.parameters()) and not module.state_dict()


def test_geometric_steps_stretch_what_is_left_to_the_range_of_the_next_levels() -> None:
    steps = geometric_steps([(8.0, 1.0), (1.0, 4.0), (4.0, 8.0)])
    assert steps[0][0] == steps[1][1] == 1
    half_cell = 1 / 7  # of 8 levels in [-1, 1]; 4 levels own the range ±4/3, so that is what it becomes
    assert steps[2][0] * half_cell == pytest.approx(4 / 3)
    assert steps[2][1] * (1 / 3) == pytest.approx(8 / 7)
    with pytest.raises(ValueError, match="no stage codes channel 1"):
        geometric_steps([(4.0, 1.0)] * 2)


@pytest.mark.parametrize("ratios", [(2.0,), (4.0,), (5.0,), (64.0,)])
def test_the_bounded_domain_gives_each_level_an_equal_cell(ratios: Sequence[float]) -> None:
    z = torch.linspace(-50, 50, 1001).view(1, 1, 1, -1)
    limit = 1 + 1 / (ratios[0] - 1)
    ranges = cell_ranges(ratios)
    y = bounded(z, ranges)
    assert y.abs().max() <= limit * (1 + 1e-6) and y.max() > 0.999 * limit
    small = torch.linspace(-1e-2, 1e-2, 5).view(1, 1, 1, -1)
    torch.testing.assert_close(bounded(small, ranges), small, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(("levels", "stages"), [(2, 32), (3, 20), (4, 16), (2, 24), (8, 8)])
def test_what_many_geometric_stages_add_up_to_is_brought_back_to_a_number(levels: int, stages: int) -> None:
    stack = Residual(lambda stage: FSQ([levels] * 2), stages, "geometric").eval()
    z = torch.tensor([100.0, -100.0]).view(1, 2, 1, 1)
    latents = stack.restore(stack(z).quantized)
    assert bool(latents.isfinite().all()) and bool((latents * z > 500).all())


def test_what_geometric_stages_of_an_untrained_codebook_add_up_to_is_brought_back_to_a_number() -> None:
    stack = Residual(lambda stage: VQ(8, 2, seed=stage), 3, "geometric").eval()
    z = torch.randn(2, 2, 8, 8, generator=torch.Generator().manual_seed(0)) * 3
    assert bool(stack.restore(stack(z).quantized).isfinite().all())


def test_an_unknown_strategy_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown conditioning 'batchnorm'; choose one of none"):
        strategy("batchnorm")
