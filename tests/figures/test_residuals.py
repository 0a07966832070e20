"""What is left after each stage: the given data, an axis that a toggle does not move, names at the lines' ends."""

import math
from dataclasses import replace

import numpy as np
import pytest
from chart_words import names, plain, title, trace

from rfsq.figures import ResidualCurve, residual_norms
from rfsq.style.palette import THEMES, Theme, style_of

# Measured in the rough trial of the design, 4×1024.
CURVES = (
    ResidualCurve("rfsq-4x1024-none", (1.537, 0.962, 0.545, 0.295, 0.214), True, 4, 40),
    ResidualCurve("rfsq-4x1024-scale", (1.792, 0.984, 0.515, 0.281, 0.205), True, 4, 40),
    ResidualCurve("rfsq-4x1024-layernorm", (0.440, 0.189, 0.089, 0.043, 0.024), True, 4, 40),
    ResidualCurve("rfsq-4x1024-geometric", (0.398, 0.197, 0.048, 0.012, 0.003), False, 4, 40),
)


def test_residual_lines_are_the_rms_divided_by_the_first() -> None:
    fig = residual_norms(CURVES, stage=4)
    for curve in CURVES:
        line = trace(fig, curve.method)
        assert list(line.x) == [0, 1, 2, 3, 4]
        assert list(line.y) == pytest.approx([v / curve.rms[0] for v in curve.rms])
    raw = residual_norms(CURVES, stage=4, relative=False)
    assert list(trace(raw, CURVES[0].method).y) == pytest.approx(CURVES[0].rms)
    assert "each model has its own scale" in str(raw.layout.title.text)


def test_raw_values_of_the_same_latents_compare() -> None:
    curves = [ResidualCurve("rfsq-4x1024-none", (0.5, 0.2)), ResidualCurve("rfsq-4x1024-scale", (0.5, 0.1))]
    title = str(residual_norms(curves, stage=1, relative=False).layout.title.text)
    assert "RMS of 0.1, none an RMS of 0.2" in title and "own scale" not in title


@pytest.mark.parametrize("relative", [True, False])
def test_a_toggle_moves_neither_the_axis_nor_the_margins(relative: bool) -> None:
    figs = [
        residual_norms([replace(c, emphasized=i in chosen) for i, c in enumerate(CURVES)], stage=k, relative=relative)
        for chosen, k in (((0, 1, 2), 4), ((3,), 1), ((), 0), ((0, 1, 2, 3), 2))
    ]
    assert len({tuple(fig.layout.yaxis.range) for fig in figs}) == 1
    assert len({tuple(fig.layout.xaxis.range) for fig in figs}) == 1
    assert len({str(fig.layout.margin) for fig in figs}) == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_emphasized_lines_wear_the_palette_and_the_others_grey(theme: Theme) -> None:
    fig = residual_norms(CURVES, stage=4, theme=theme)
    for curve in CURVES[:3]:
        line, style = trace(fig, curve.method), style_of(curve.method)
        assert (line.line.color, line.line.dash) == (style.color(theme), style.dash)
        assert line.line.width == style.width
        assert set(line.marker.symbol) == {style.symbol}
        assert line.marker.color == line.marker.line.color == style.color(theme)
    grey = trace(fig, CURVES[3].method)
    assert grey.line.color == THEMES[theme].ghost and grey.line.width < 2
    assert set(grey.marker.size) == {0}
    assert all("geometric" in plain(text) for text in grey.hovertext)
    assert fig.layout.paper_bgcolor == fig.layout.plot_bgcolor == THEMES[theme].page


def test_names_stand_at_the_line_ends_without_overlap() -> None:
    fig = residual_norms(CURVES, stage=4)
    assert sorted(names(fig)) == ["geometric", "◆ scale", "★ layernorm", "✕ none"]
    assert fig.layout.showlegend is False
    plot = fig.layout.height - fig.layout.margin.t - fig.layout.margin.b
    low, high = fig.layout.yaxis.range
    heights = sorted(a.y for a in fig.layout.annotations if a.xref == "paper")
    assert min(np.diff(heights)) / (high - low) * plot >= 18  # px; the text is 14 px
    by_name = {plain(a.text): a.y for a in fig.layout.annotations}
    assert by_name["★ layernorm"] == pytest.approx(math.log10(0.024 / 0.440), abs=0.02)
    assert by_name["✕ none"] > by_name["◆ scale"]


@pytest.mark.parametrize(
    ("stage", "chosen", "expected"),
    [
        (4, (0, 1, 2), "After 4 stages layernorm leaves 5.5 % of the latent, none 14 %"),
        (1, (0, 1, 2), "After 1 stage layernorm leaves 43 % of the latent, none 63 %"),
        (4, (3,), "After 4 stages geometric leaves 0.75 % of the latent"),
        (0, (0, 1), "Before stage 1 nothing is coded: all of the latent is left"),
        (2, (), "After 2 stages: no method selected"),
    ],
)
def test_the_title_states_the_reading_at_the_current_stage(stage: int, chosen: tuple[int, ...], expected: str) -> None:
    curves = [replace(c, emphasized=i in chosen) for i, c in enumerate(CURVES)]
    assert title(residual_norms(curves, stage=stage)) == expected


def test_title_lines_fit_a_phone() -> None:
    fig = residual_norms([replace(c, emphasized=True) for c in CURVES], stage=4)
    assert all(len(plain(line)) <= 36 for line in fig.layout.title.text.split("<br>"))
    assert title(residual_norms(CURVES, stage=4, title="Own words")) == "Own words"


def test_the_rule_stands_at_the_current_stage() -> None:
    for stage, expected in ((0, 0), (3, 3), (9, 4)):
        (rule,) = residual_norms(CURVES, stage=stage).layout.shapes
        assert rule.x0 == rule.x1 == expected


def test_a_zero_sits_on_the_floor_as_an_open_marker_that_says_0() -> None:
    fig = residual_norms([*CURVES[:3], ResidualCurve("rfsq-4x1024-geometric", (0.4, 0.1, 0.0))], stage=4)
    line = trace(fig, "rfsq-4x1024-geometric")
    floor = 10 ** fig.layout.yaxis.range[0]
    assert line.y[2] == pytest.approx(floor)
    assert min(v for t in fig.data[1:] for v in t.y if v > line.y[2] * 1.01) > 1.5 * floor
    assert list(line.marker.symbol) == ["hexagon", "hexagon", "hexagon-open"]
    assert list(line.text) == ["", "", "0"]
    assert "RMS 0" in plain(line.hovertext[2]) and "0 %" in plain(line.hovertext[2])
    assert plain(fig.layout.yaxis.ticktext[0]) == "0"


def test_a_one_stage_method_is_two_points_and_a_held_line() -> None:
    fig = residual_norms([*CURVES, ResidualCurve("fsq-8x8x8x8", (0.755, 0.312))], stage=3)
    assert list(trace(fig, "fsq-8x8x8x8").x) == [0, 1]
    held = trace(fig, "fsq-8x8x8x8 (held)")
    assert list(held.x) == [1, 4] and held.y[0] == held.y[1] == pytest.approx(0.312 / 0.755)
    assert "■ FSQ, 1 stage" in names(fig)


def test_names_carry_the_rate_where_rates_differ() -> None:
    vq = ResidualCurve("vq-4096", (0.9, 0.35), bits_per_token=12)
    assert {"● VQ-EMA, 12 bits", "★ layernorm, 40 bits"} <= set(names(residual_norms([*CURVES, vq], stage=4)))
    # A grey curve is not compared, so it needs no rate.
    assert "★ layernorm" in names(residual_norms([*CURVES, replace(vq, emphasized=False)], stage=4))


def test_two_sizes_of_one_method_are_told_apart() -> None:
    small = ResidualCurve("rfsq-2x2048-layernorm", (0.433, 0.121, 0.053))
    fig = residual_norms([CURVES[2], small], stage=2)
    assert set(names(fig)) == {"★ 4×1024 layernorm", "★ 2×2048 layernorm"}


def test_the_guide_divides_by_the_levels_each_stage() -> None:
    fig = residual_norms(CURVES, stage=4)
    guide = trace(fig, "guide 4")
    assert guide.y[0] == 1
    assert guide.y[1] == pytest.approx(4.0 ** -guide.x[1])
    assert guide.y[1] >= 10 ** fig.layout.yaxis.range[0] * 0.999
    assert "÷ 4 each stage" in plain(fig.layout.xaxis.title.text)


def test_a_name_cannot_inject_markup() -> None:
    fig = residual_norms([ResidualCurve("<b>%{x}</b>", (1.0, 0.5))], stage=1)
    assert "&lt;b&gt;%{x}" in fig.layout.annotations[-1].text
    assert "&lt;b&gt;%{x}" in fig.data[-1].hovertext[0] and fig.data[-1].hovertemplate is None
    assert "&lt;b&gt;%{x}" in fig.layout.title.text


def test_a_very_long_name_leaves_room_for_the_line() -> None:
    fig = residual_norms([ResidualCurve("my-model-" * 9, (1.0, 0.5))], stage=1)
    assert len(names(fig)[0]) <= 31 and names(fig)[0].endswith("…")
    assert "my-model-" * 9 in plain(fig.data[-1].hovertext[0])


@pytest.mark.parametrize("rms", [(1.0,), (1.0, -0.1), (1.0, math.nan), (math.inf, 1.0)])
def test_impossible_rms_is_refused(rms: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="RMS of 'x'"):
        residual_norms([ResidualCurve("x", rms)], stage=1)


def test_no_curves_is_refused_and_an_all_zero_latent_is_drawn() -> None:
    with pytest.raises(ValueError, match="at least one"):
        residual_norms([], stage=1)
    fig = residual_norms([ResidualCurve("rfsq-4x1024-none", (0.0, 0.0))], stage=1)
    assert list(trace(fig, "rfsq-4x1024-none").text) == ["0", "0"]


def test_residual_chart_takes_a_ghost_that_is_no_longer_than_the_rest() -> None:
    figure = residual_norms(
        [ResidualCurve("none", (1, 0.5, 0.4))], stage=1, whole="source", ghost=ResidualCurve("scale", (2, 1, 0.5, 0.2))
    )
    ghost = next(trace for trace in figure.data if trace.name == "scale")
    assert list(ghost.y) == [1, 0.5, 0.25]  # relative to its own start, cut to two stages
    assert any("before" in str(note.text) for note in figure.layout.annotations)
    assert "of the source" in figure.layout.title.text.replace("<br>", " ")


def test_a_long_name_has_two_lines_and_leaves_the_plot_its_room_on_a_phone() -> None:
    curve = ResidualCurve("my RFSQ 4×1024 scale, run 1", (1.0, 0.5, 0.3))
    fig = residual_norms([curve, CURVES[0]], stage=2)
    assert any("my RFSQ 4×1024<br>scale, run 1" in note.text for note in fig.layout.annotations)
    assert 390 - fig.layout.margin.l - fig.layout.margin.r > 140
