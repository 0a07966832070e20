"""The sentences about grids follow from their numbers."""

from __future__ import annotations

import numpy as np
import pytest

from rfsq.quantizers.scalar_grids import GRIDS, ChannelSamples, GridUse, best_gain, use_grid
from rfsq.teaching.lab.grid_words import grid_reading, grid_title

Z = np.random.default_rng(0).normal(0, 0.5, 3000)


def pairs(levels: int, values: np.ndarray = Z) -> list[tuple[GridUse, GridUse]]:
    samples = ChannelSamples(values)
    return [(use_grid(grid, levels, samples), best_gain(grid, levels, samples)) for grid in GRIDS.values()]


def test_an_even_count_leaves_the_half_step_shift_behind_and_an_odd_one_nobody() -> None:
    even, odd = grid_reading(pairs(4)), grid_reading(pairs(3))
    found = pairs(4)
    gap = max(free.snr_db for _, free in found) - found[2][1].snr_db
    assert (
        f"half-step shift stays {gap:.1f}\u202fdB behind" in even
        and "of the distance between best and worst remain" in even
    )
    assert "all five come to" in odd and "all of the difference was one of gain" in odd
    assert "cells of tanh, moved by 0.35" in even and "moved by" not in odd
    for text in (even, odd):
        assert "the choice matters: " in text and "divided by 0.8" in text


def test_the_best_and_the_worst_are_named_with_their_numbers() -> None:
    fixed = [one for one, _ in pairs(8)]
    best, worst = max(fixed, key=lambda use: use.snr_db), min(fixed, key=lambda use: use.snr_db)
    text = grid_reading(pairs(8))
    assert f"{best.grid.label} keeps {best.snr_db:.1f}\u202fdB" in text
    assert f"{worst.grid.label} {worst.snr_db:.1f}\u202fdB" in text


def test_latents_that_suit_every_grid_are_said_to_be_alike() -> None:
    two = np.repeat([-2.0, 2.0], 50)
    assert "all five are alike at gain 1" in grid_reading(pairs(2, two))
    assert "all of the difference" not in grid_reading(pairs(2, two))


def test_latents_that_are_all_one_value_have_sentences_too() -> None:
    found = pairs(4, np.full(7, 0.3))
    assert "∞" in grid_reading(found) and "under 0.1" in grid_title(found[:1]) and "under 0.1" in grid_title(found)


def test_the_title_tells_both_distances_or_what_the_gain_is_worth() -> None:
    found = pairs(4)
    for place, words in ((0, "the five lie {} apart"), (1, "each at its best gain {}")):
        ratios = [pair[place].snr_db for pair in found]
        assert words.format(f"{max(ratios) - min(ratios):.1f}\u202fdB") in grid_title(found)
    gain = found[3][1].snr_db - found[3][0].snr_db
    assert (
        grid_title(found[3:4])
        == f"iFSQ: the best gain, {found[3][1].gain:.3g}, is worth {gain:.1f}\u202fdB on these latents"
    )
    assert "under 0.1\u202fdB" in grid_title([(found[0][1], found[0][1])])


def test_other_grids_are_refused() -> None:
    with pytest.raises(ValueError, match="all grids"):
        grid_reading(pairs(4)[:2])
    with pytest.raises(ValueError, match="no grid"):
        grid_title([])
