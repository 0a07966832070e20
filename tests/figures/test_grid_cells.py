"""The histogram of latents in the cells of several grids."""

from __future__ import annotations

import numpy as np
import pytest

from rfsq.figures.grid_cells import grid_cells
from rfsq.quantizers.scalar_grids import GRIDS, ChannelSamples, GridUse, best_gain, use_grid

SAMPLES = ChannelSamples(np.random.default_rng(0).normal(0, 1, 5000))


def pairs(levels: int = 4) -> list[tuple[GridUse, GridUse]]:
    return [(use_grid(grid, levels, SAMPLES), best_gain(grid, levels, SAMPLES)) for grid in GRIDS.values()]


def area(x: list[float | None], y: list[float | None]) -> float:
    """Of closed shapes with gaps between."""
    total, shape = 0.0, []
    for point in zip(x, y, strict=True):
        if point[0] is not None:
            shape.append(point)
            continue
        xs, ys = np.array(shape, float).T
        total += abs(float(np.dot(xs, np.roll(ys, 1)) - np.dot(ys, np.roll(xs, 1)))) / 2
        shape = []
    return total


@pytest.mark.parametrize("narrow", [False, True])
def test_each_grid_has_its_borders_its_levels_and_the_whole_histogram_at_both_gains(narrow: bool) -> None:
    found = pairs()
    figure = grid_cells(found, SAMPLES, title="A title", narrow=narrow)
    uses = [use for pair in found for use in pair]
    for name in ("borders", "levels", "cells 1", "cells 2"):
        assert len([trace for trace in figure.data if trace.name == name]) == 10
    whole = area(*(list(figure.data[0][axis]) for axis in "xy")) + area(*(list(figure.data[1][axis]) for axis in "xy"))
    for number, use in enumerate(uses):
        first, second, borders, levels = figure.data[4 * number : 4 * number + 4]
        assert [x for x in borders.x if x is not None][::2] == pytest.approx(use.borders.tolist())
        assert list(levels.x) == pytest.approx(use.values.tolist())
        # Two tones, and together nothing of the histogram is lost or drawn twice.
        assert area(first.x, first.y) + area(second.x, second.y) == pytest.approx(whole)
    assert len({figure.layout[f"xaxis{n or ''}"].range for n in (0, 2, 7, 10)}) == 1
    columns = {tuple(figure.layout[axis].domain) for axis in ("xaxis", "xaxis2")}
    assert len(columns) == (1 if narrow else 2)


def test_shares_stand_over_cells_with_room_and_add_up() -> None:
    found = pairs()[:1]
    figure = grid_cells(found, SAMPLES, title="A title")
    texts = [note.text for note in figure.layout.annotations]
    assert sum("<b>tanh</b>" in text for text in texts) == 2 and len(texts) == 2 + 8
    crowded = grid_cells([(pair[0], pair[1]) for pair in pairs(16)][:1], SAMPLES, title="A title")
    assert 2 < len(crowded.layout.annotations) < 2 + 32


def test_a_level_without_latents_has_no_mark_and_nothing_at_all_is_refused() -> None:
    few = ChannelSamples(np.array([0.01, 0.02, 0.03]))
    use = use_grid(GRIDS["clamp"], 4, few)
    figure = grid_cells([(use, use)], few, title="A title")
    assert len(figure.data[3].x) == 1
    with pytest.raises(ValueError, match="no grid"):
        grid_cells([], SAMPLES, title="A title")


def test_themes_differ_in_colours_alone() -> None:
    light, dark = (grid_cells(pairs(), SAMPLES, title="A title", theme=theme) for theme in ("light", "dark"))
    assert light.layout.paper_bgcolor != dark.layout.paper_bgcolor
    assert [trace.x for trace in light.data] == [trace.x for trace in dark.data]
