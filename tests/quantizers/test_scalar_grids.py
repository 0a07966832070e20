"""Five ways to cut a channel into levels: their borders, codes, and what they make of samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from rfsq.quantizers import FSQ
from rfsq.quantizers.scalar_grids import DECODERS, GRIDS, ChannelSamples, best_gain, half_step_shift, use_grid

Z = np.random.default_rng(0).normal(0, 1.2, 4000)
LEVELS = (2, 3, 4, 5, 8, 16, 64)


def digits(name: str, levels: int, z: np.ndarray) -> np.ndarray:
    return np.searchsorted(GRIDS[name].borders(levels), z)


@pytest.mark.parametrize("levels", LEVELS)
@pytest.mark.parametrize("bound", ["tanh", "clamp"])
def test_tanh_and_clamp_are_the_package_s_own_fsq(bound: str, levels: int) -> None:
    fsq = FSQ([levels], bound=bound)  # type: ignore[arg-type]
    output = fsq(torch.tensor(Z).view(1, 1, 1, -1))
    assert np.array_equal(digits(bound, levels, Z), output.indices.numpy().ravel())
    codes = GRIDS[bound].codes(levels)[digits(bound, levels, Z)]
    np.testing.assert_allclose(codes, output.quantized.detach().numpy().ravel(), atol=1e-6)


@pytest.mark.parametrize("levels", LEVELS)
def test_the_half_step_shift_is_the_published_code(levels: int) -> None:
    """Written again from arXiv:2309.15505, appendix A.1."""
    half = (levels - 1) * (1 - 1e-3) / 2
    offset = 0.0 if levels % 2 else 0.5
    rounded = np.round(np.tanh(Z + np.tan(offset / half)) * half - offset)
    codes = GRIDS["half-step"].codes(levels)[digits("half-step", levels, Z)]
    np.testing.assert_allclose(codes, rounded / (levels // 2), atol=1e-12)
    assert 0 in GRIDS["half-step"].codes(levels) and (levels % 2 == 1) == (1 in GRIDS["half-step"].codes(levels))


@pytest.mark.parametrize("levels", LEVELS)
def test_ifsq_is_tanh_of_eight_tenths(levels: int) -> None:
    sigmoid = 2 / (1 + np.exp(-1.6 * Z)) - 1
    np.testing.assert_allclose(sigmoid, np.tanh(0.8 * Z), atol=1e-12)
    rounded = np.round((sigmoid + 1) / 2 * (levels - 1))
    assert np.array_equal(digits("ifsq", levels, Z), rounded)
    np.testing.assert_allclose(GRIDS["ifsq"].borders(levels), GRIDS["tanh"].borders(levels) / 0.8)


@pytest.mark.parametrize("levels", LEVELS)
def test_equal_cells_own_equal_widths_of_the_interval_and_uniform_latents_fill_them_evenly(levels: int) -> None:
    cells = np.diff([-1.0, *np.tanh(GRIDS["equal"].borders(levels)), 1.0])
    np.testing.assert_allclose(cells, 2 / levels)
    uniform = np.arctanh(np.linspace(-1, 1, 64 * levels * 15 + 1)[:-1] + 1 / (64 * levels * 15))
    use = use_grid(GRIDS["equal"], levels, ChannelSamples(uniform))
    np.testing.assert_allclose(use.shares, 1 / levels)
    assert use.entropy_bits == pytest.approx(math.log2(levels))
    assert use.saturation == pytest.approx(2 / levels)


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("name", GRIDS)
def test_the_error_is_that_of_the_values_put_in_place_of_the_latents(name: str, decoder: str) -> None:
    use = use_grid(GRIDS[name], 5, ChannelSamples(Z), 0.7, decoder)  # type: ignore[arg-type]
    left = Z - use.values[np.searchsorted(use.borders, Z)]
    assert use.rms == pytest.approx(math.sqrt((left**2).mean()))
    assert use.snr_db == pytest.approx(10 * math.log10((Z**2).mean() / (left**2).mean()))
    assert use.shares.sum() == pytest.approx(1) and use.counts.sum() == len(Z)


@pytest.mark.parametrize("name", GRIDS)
def test_no_gain_beats_the_best_and_none_of_the_code_decoder_the_means(name: str) -> None:
    samples = ChannelSamples(Z)
    best = best_gain(GRIDS[name], 8, samples)
    for gain in np.geomspace(0.05, 5, 300):
        assert best.rms <= use_grid(GRIDS[name], 8, samples, float(gain)).rms * 1.001
    assert best.rms <= best_gain(GRIDS[name], 8, samples, "code").rms


def test_with_the_best_gain_ifsq_is_tanh() -> None:
    samples = ChannelSamples(Z)
    tanh, ifsq = best_gain(GRIDS["tanh"], 6, samples), best_gain(GRIDS["ifsq"], 6, samples)
    assert ifsq.gain == pytest.approx(tanh.gain / 0.8) and ifsq.rms == pytest.approx(tanh.rms)
    assert use_grid(GRIDS["ifsq"], 6, samples).rms != pytest.approx(use_grid(GRIDS["tanh"], 6, samples).rms)


@pytest.mark.parametrize("levels", [2, 4, 8, 16])
def test_an_encoder_that_may_move_its_latents_makes_the_half_step_shift_tanh(levels: int) -> None:
    tanh = best_gain(GRIDS["tanh"], levels, ChannelSamples(Z))
    moved = ChannelSamples(Z - half_step_shift(levels) / tanh.gain)
    assert use_grid(GRIDS["half-step"], levels, moved, tanh.gain).rms == pytest.approx(tanh.rms, rel=0.01)


def test_the_best_gain_follows_the_size_of_the_latents() -> None:
    small = best_gain(GRIDS["clamp"], 8, ChannelSamples(Z / 1000))
    assert small.gain == pytest.approx(1000 * best_gain(GRIDS["clamp"], 8, ChannelSamples(Z)).gain)


def test_a_level_that_nothing_falls_to_stands_for_nothing() -> None:
    use = use_grid(GRIDS["clamp"], 5, ChannelSamples(np.array([0.0, 0.01, 0.9])))
    assert np.isnan(use.values[[0, 1, 3]]).all() and use.counts.tolist() == [0, 0, 2, 0, 1]
    assert use_grid(GRIDS["clamp"], 5, ChannelSamples(np.array([0.5]))).snr_db == math.inf


def test_what_makes_no_sense_is_refused() -> None:
    for levels in (1, 65):
        with pytest.raises(ValueError, match="levels must be"):
            GRIDS["tanh"].borders(levels)
    with pytest.raises(ValueError, match="gain"):
        use_grid(GRIDS["tanh"], 4, ChannelSamples(Z), 0.0)
    for bad in (np.zeros(3), np.array([]), np.array([1.0, np.nan])):
        with pytest.raises(ValueError, match="finite latents"):
            ChannelSamples(bad)
