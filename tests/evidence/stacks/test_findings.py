"""Findings of the grid: the words follow the figures; what was not measured is not spoken of."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from made_grid import CEILING, made_grid

from rfsq.evidence.results import Results
from rfsq.evidence.stacks.findings import settings, stack_findings, twins
from rfsq.evidence.stacks.grid import CLOSE_NETWORK, LEVELS, STAGES, StackGrid
from rfsq.model.stack import StackSpec, parse_stack_name
from rfsq.model.zoo import ZOO

MakeResults = Callable[..., Results]
TRAINED = {
    "rfsq-4x1024-none": 29.4,
    "rfsq-4x1024-scale": 29.9,
    "rfsq-4x1024-layernorm": 30.0,
    "rvq-4x1024": 30.0,
}


@pytest.fixture
def trained(make_results: MakeResults) -> Results:
    return make_results(TRAINED)


def words_of(results: Results, grid: StackGrid, key: str) -> str:
    return next(f"{found.claim} | {found.sentences}" for found in stack_findings(results, grid) if found.key == key)


def test_each_has_its_own_key_and_opens_what_exists(trained: Results) -> None:
    found = stack_findings(trained, made_grid())
    assert [finding.key for finding in found] == ["decay-cost", "fitted", "more-stages", "no-help"]
    found = stack_findings(trained, with_wider(made_grid(), 2.0))
    assert [finding.key for finding in found] == ["decay-cost", "fitted", "more-stages", "widths", "no-help"]
    for finding in found:
        assert finding.sentences.endswith(".") and "nan" not in finding.sentences
        for name in finding.models:
            assert name in ZOO or parse_stack_name(name) is not None


def test_the_cost_is_the_paired_difference_and_gain_stands_beside_none(trained: Results) -> None:
    grid = made_grid(none=25.75, gain=28.0, scale=30.35)
    words = words_of(trained, grid, "decay-cost")
    assert "costs 4.6 dB at 40\u202fbits and 4.6 dB at 20\u202fbits; training hides most of it" in words
    assert "28.0 dB with none's best single gain" in words and "+2.4 dB over the gain" in words
    assert "hides some of it" in words_of(trained, made_grid(none=29.7, scale=30.35), "decay-cost")


def test_what_fitting_afterwards_loses_is_said_of_each_strategy(trained: Results) -> None:
    assert {twin.trained for twin in twins(trained, made_grid())} == set(TRAINED)
    near = words_of(trained, made_grid(none=25.75, scale=29.95, layernorm=30.05), "fitted")
    assert "loses up to" in near or "is as good as trained together" in near
    far = words_of(trained, made_grid(scale=28.0), "fitted")
    assert "loses up to 1." in far and "none alone loses" in far


def test_none_gains_nothing_from_more_stages(trained: Results) -> None:
    assert "do not help none: 18.5 dB with 2 stages, 18.5 dB with 8" in words_of(trained, made_grid(), "more-stages")


def test_where_conditioning_does_not_help_is_counted(trained: Results) -> None:
    grid = made_grid()
    found = settings(grid, CLOSE_NETWORK)
    assert len(found) == len(LEVELS) * len(STAGES) and all(setting.plain_db < 31 for setting in found)
    words = words_of(trained, grid, "no-help")
    assert "In 5 of 40 settings scale gains less than 0.1 dB over none's best gain, all of one stage" in words
    assert "No strategy is behind none's best gain anywhere." in words
    behind = words_of(trained, made_grid(layernorm=10.0), "no-help")
    assert "Behind none's best gain: layernorm in 40 (by up to 19." in behind
    everywhere = words_of(trained, made_grid(scale=20.0), "no-help")
    assert "In 40 of 40 settings" in everywhere and "5 of them of one stage" in everywhere


def test_what_was_not_measured_is_not_spoken_of(trained: Results, make_results: MakeResults) -> None:
    grid = made_grid()
    few = replace(grid, scores=tuple(row for row in grid.scores if "levels=2," in row.stack), close={})
    assert [finding.key for finding in stack_findings(trained, few)] == ["more-stages"]
    others = make_results({"vq-4096": 28.0})
    assert [finding.key for finding in stack_findings(others, grid)] == ["more-stages", "no-help"]


def with_wider(grid: StackGrid, better: float) -> StackGrid:
    """The same stacks around a wider network too, conditioned ones better by so many dB, as is the network."""
    more = [
        replace(
            score,
            network="continuous-8",
            psnr_db=score.psnr_db
            + (better if StackSpec.parse(score.stack).conditioning not in ("none", "gain") else 0.0),
        )
        for score in grid.scores
    ]
    limits = {**grid.ceilings, "continuous-8": (CEILING + better, 0.03)}
    return replace(
        grid, scores=(*grid.scores, *more), ceilings=limits, weights={**grid.weights, "continuous-8": "1" * 64}
    )


def test_the_decay_is_compared_over_the_widths(trained: Results) -> None:
    grid = with_wider(made_grid(none=17.5, gain=24.0, scale=28.5), 2.0)
    words = words_of(trained, grid, "widths")
    assert "there at every width: conditioning gains 11.0 to 13.0 dB" in words
    assert (
        "5 channels: none 17.5, gain 24.0, scale 28.5 of 30.5 dB" in words
        and "of none's best gain by +4.5 to +6.5" in words
    )
    assert "depends on the width" in words_of(
        trained, with_wider(made_grid(none=28.0, gain=28.5, scale=28.5), 2.0), "widths"
    )
