"""The charts show the given data, keep their axes when something is toggled, and say what they show.

Run: pytest tests/figures/test_figures.py
"""

import base64
import io
import math
import re
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings, strategies as st
from PIL import Image

from rfsq.figures import (
    ResidualCurve,
    SignalCurve,
    code_usage,
    index_map,
    residual_norms,
    stage_signals,
    training_curves,
)
from rfsq.figures.parts import log_range, spread_labels
from rfsq.style.palette import THEMES, Theme, index_colors, style_of

# Measured in the rough trial of the design, 4×1024.
CURVES = (
    ResidualCurve("rfsq-4x1024-none", (1.537, 0.962, 0.545, 0.295, 0.214), True, 4, 40),
    ResidualCurve("rfsq-4x1024-scale", (1.792, 0.984, 0.515, 0.281, 0.205), True, 4, 40),
    ResidualCurve("rfsq-4x1024-layernorm", (0.440, 0.189, 0.089, 0.043, 0.024), True, 4, 40),
    ResidualCurve("rfsq-4x1024-geometric", (0.398, 0.197, 0.048, 0.012, 0.003), False, 4, 40),
)


def plain(text: str) -> str:
    """Text without markup, with ordinary spaces."""
    return re.sub(r"<[^>]+>", "", text.replace("<br>", " ")).replace("\u202f", " ")


def title(fig: go.Figure) -> str:
    return plain(fig.layout.title.text)


def names(fig: go.Figure) -> list[str]:
    """The names right of the plot."""
    return [plain(a.text) for a in fig.layout.annotations if a.xref == "paper" and a.x == 1]


def trace(fig: go.Figure, name: str) -> go.Scatter:
    return next(t for t in fig.data if t.name == name)


# ---- labels and ranges ----


@settings(deadline=None)  # no test asserts a time
@given(
    st.lists(st.floats(-3, 3), min_size=1, max_size=8),
    st.floats(0.01, 0.3),
)
def test_spread_labels_are_apart_inside_and_in_order(positions: list[float], gap: float) -> None:
    spread = spread_labels(positions, gap, -3, 3)
    order = np.argsort(positions, kind="stable")
    assert np.all(np.diff(np.array(spread)[order]) >= gap - 1e-9)
    assert min(spread) >= -3 - 1e-9 and max(spread) <= 3 + 1e-9


def test_labels_with_room_stay_where_they_are() -> None:
    assert spread_labels([0.0, -1.0, 1.0], 0.5, -2, 2) == pytest.approx([0.0, -1.0, 1.0])


def test_two_equal_labels_move_apart_by_the_same_amount() -> None:
    assert spread_labels([0.0, 0.0], 0.4, -2, 2) == pytest.approx([-0.2, 0.2])


def test_too_many_labels_fill_the_range_evenly() -> None:
    assert spread_labels([0.0] * 5, 10, 0, 1) == pytest.approx([0, 0.25, 0.5, 0.75, 1])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, 0.0075], (0.005, 1.0)),
        ([1.0, 0.14], (0.1, 1.0)),
        ([1.792, 0.003], (0.002, 2.0)),
        ([0.5, 0.02], (0.02, 0.5)),  # already round
        ([1.0, 0.9], (0.2, 1.0)),  # never narrower than a factor of 5
        ([1.0, 0.05, 0.0], (0.02, 1.0)),  # a floor below every real value
        ([0.0, 0.0], (0.1, 1.0)),
    ],
)
def test_log_range_is_rounded_outwards_to_1_2_5(values: list[float], expected: tuple[float, float]) -> None:
    assert log_range(values) == pytest.approx(expected)


# ---- residual chart ----


def test_residual_lines_are_the_rms_divided_by_the_first() -> None:
    fig = residual_norms(CURVES, stage=4)
    for curve in CURVES:
        line = trace(fig, curve.method)
        assert list(line.x) == [0, 1, 2, 3, 4]
        assert list(line.y) == pytest.approx([v / curve.rms[0] for v in curve.rms])
    raw = residual_norms(CURVES, stage=4, relative=False)
    assert list(trace(raw, CURVES[0].method).y) == pytest.approx(CURVES[0].rms)


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
    assert len(names(fig)[0]) <= 30 and names(fig)[0].endswith("…")
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


# ---- index map ----


def test_index_map_is_the_coloured_tokens_with_their_numbers() -> None:
    indices = np.array([[0, 1, 2], [3, 2**40 - 1, 0]], dtype=np.int64)
    fig = index_map(indices, 2**40)
    picture = fig.data[0]
    decoded = Image.open(io.BytesIO(base64.b64decode(picture.source.split(",")[1])))
    np.testing.assert_array_equal(np.array(decoded), index_colors(indices))
    np.testing.assert_array_equal(np.asarray(picture.customdata, dtype=np.int64), indices)
    assert fig.layout.yaxis.scaleanchor == "x"  # square tokens
    assert title(fig) == "5 of 2⁴⁰ codes in use"


@pytest.mark.parametrize(
    ("indices", "size"),
    [(np.zeros(4, np.int64), 8), (np.zeros((0, 4), np.int64), 8), (np.array([[8]]), 8), (np.array([[-1]]), 8)],
)
def test_index_map_refuses_other_shapes_and_indices_out_of_range(indices: np.ndarray, size: int) -> None:
    with pytest.raises(ValueError):
        index_map(indices, size)


# ---- code usage ----


def panel_texts(fig: go.Figure) -> list[str]:
    return [plain(a.text) for a in fig.layout.annotations]


def test_code_usage_draws_the_sorted_counts() -> None:
    indices = np.array([5, 5, 5, 5, 2, 2, 0, 7])
    fig = code_usage([indices, np.arange(8)], [8, 8])
    # Steps: rank 0 four times, rank 1 twice, ranks 2 and 3 once.
    assert list(fig.data[0].x) == [0, 1, 2, 4] and list(fig.data[0].y) == [4, 2, 1, 1]
    assert list(fig.data[1].x) == [0, 8] and list(fig.data[1].y) == [1, 1]
    assert tuple(fig.layout.yaxis.range) == tuple(fig.layout.yaxis2.range)
    assert tuple(fig.layout.xaxis.range) == tuple(fig.layout.xaxis2.range) == (0, 8)
    first, second, note = panel_texts(fig)
    assert first == "Stage 1 4 of 8 codes 50 % used perplexity 3"  # 2^1.75 = 3.36
    assert second == "Stage 2 8 of 8 codes 100 % used perplexity 8"
    assert "cannot" not in note
    assert title(fig) == "50 % to 100 % of a stage's codes are in use"


def test_code_usage_says_when_there_are_fewer_tokens_than_codes() -> None:
    fig = code_usage([np.arange(1024).reshape(32, 32)], [4096], color="#0B4F9C")
    assert "1 024 tokens cannot use more than 1 024 codes." in panel_texts(fig)[-1]
    assert fig.data[0].line.color == "#0B4F9C"


def test_code_usage_with_a_codebook_of_2_to_the_40_shows_the_codes_in_use() -> None:
    fig = code_usage([np.array([2**40 - 1, 0, 0])], [2**40])
    assert tuple(fig.layout.xaxis.range) == (0, 2)
    assert "2 of 2⁴⁰ codes" in panel_texts(fig)[0]


def test_code_usage_of_eight_stages_has_one_panel_each() -> None:
    for columns in (1, 2, 4):
        fig = code_usage([np.arange(16)] * 8, [16] * 8, columns=columns)
        assert len(fig.data) == 8
        assert len({t.yaxis for t in fig.data}) == 8


def test_code_usage_refuses_missing_stages() -> None:
    for stages, sizes in (([], []), ([np.arange(3)], [4, 4]), ([np.array([], np.int64)], [4])):
        with pytest.raises(ValueError):
            code_usage(stages, sizes)


# ---- training curves ----

LOG: dict[str, list[float]] = {
    "step": [0, 50, 100],
    "loss": [0.3, 0.1, 0.08],
    "psnr_db": [18.0, math.nan, 25.04],
    "rms_0": [0.5, 0.45, 0.44],
    "rms_1": [0.3, 0.2, 0.0],
    "images_per_second": [1, 2, 3],
}


def test_training_curves_draw_each_column_in_its_panel() -> None:
    fig = training_curves(LOG, method="rfsq-4x1024-layernorm")
    panels = {t.name: (t.yaxis, list(t.x), list(t.y)) for t in fig.data}
    assert panels == {
        "loss": ("y", [0, 50, 100], [0.3, 0.1, 0.08]),
        "PSNR": ("y2", [0, 100], [18.0, 25.04]),  # NaN: not measured
        "latent": ("y3", [0, 50, 100], [0.5, 0.45, 0.44]),
        "after stage 1": ("y3", [0, 50], [0.3, 0.2]),  # 0 has no place on a log axis
    }
    assert {t.line.color for t in fig.data} == {style_of("rfsq-4x1024-layernorm").light}
    assert (fig.layout.yaxis.type, fig.layout.yaxis2.type, fig.layout.yaxis3.type) == ("log", None, "log")
    assert sorted(names(fig)) == ["after stage 1", "latent"]
    assert title(fig) == "25.0 dB after 100 steps"


def test_the_previous_run_is_a_grey_ghost_behind_the_new_one() -> None:
    fig = training_curves({"step": [1], "loss": [0.2], "psnr_db": [20.0]}, ghost=LOG, theme="dark")
    ghosts = [t for t in fig.data if t.name.startswith("previous run")]
    assert len(ghosts) == 4 and list(fig.data[:4]) == ghosts
    assert {t.line.color for t in ghosts} == {THEMES["dark"].ghost}
    assert title(fig) == "20.0 dB after 1 step; grey: previous run"  # of other crops: no comparison
    same = training_curves({"step": [1], "loss": [0.2], "psnr_db": [20.0]}, ghost=LOG, same_photo=True)
    assert title(same) == "20.0 dB after 1 step; the previous run in grey ended at 25.0 dB"
    other = training_curves({"step": [1], "loss": [0.2], "psnr_db": [20.0]}, ghost=LOG, ghost_photo="Cat")
    assert title(other) == "20.0 dB after 1 step; grey: previous run on Cat"


def test_a_held_out_photo_is_dashed_and_the_ceiling_a_line_with_names_where_they_end() -> None:
    log = LOG | {"held_out_psnr_db": [15.0, 19.0, 22.0]}
    fig = training_curves(log, method="rfsq-4x1024-scale", ceiling=31.0)
    assert set(names(fig)) == {"latent", "after stage 1", "this photo", "held out", "fully trained"}
    assert (trace(fig, "held out").line.dash, trace(fig, "this photo").line.dash) == ("dash", None)
    assert fig.layout.shapes[0].y0 == 31.0 and fig.layout.yaxis2.range[1] > 31.0


def test_before_the_first_step_the_grey_lines_have_the_names() -> None:
    fig = training_curves({"step": []}, ghost=LOG, ghost_name="recorded run")
    assert title(fig) == "The recorded run in grey ended at 25.0 dB"
    assert sorted(names(fig)) == ["after stage 1", "latent"]


def test_an_empty_log_is_an_empty_chart_and_a_ragged_one_an_error() -> None:
    assert title(training_curves({"step": []})) == "No step recorded yet"
    assert training_curves({"step": [1], "loss": [math.nan]}).data == ()
    with pytest.raises(ValueError, match="'loss' has 1"):
        training_curves({"step": [1, 2], "loss": [1.0]})
    with pytest.raises(ValueError, match="'step'"):
        training_curves({"loss": [1.0]})


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_charts_keep_text_large_and_digits_equal_in_width(theme: Theme) -> None:
    figs = [
        residual_norms(CURVES, stage=2, theme=theme),
        index_map(np.eye(4, dtype=np.int64), 8, theme=theme),
        code_usage([np.arange(8)], [8], theme=theme),
        training_curves(LOG, theme=theme),
    ]
    for fig in figs:
        assert fig.layout.font.size >= 14 and fig.layout.title.font.size >= 16
        assert all(a.font.size >= 14 for a in fig.layout.annotations)
        assert "tabular-nums" in fig.layout.title.text
        assert fig.layout.font.color == THEMES[theme].text
        assert fig.layout.paper_bgcolor == THEMES[theme].page
        assert fig.layout.xaxis.fixedrange and fig.layout.yaxis.fixedrange and fig.layout.dragmode is False


SIGNALS = [
    SignalCurve("rfsq-4x1024-none", (1.05, 0.655, 0.398, 0.05), 1.5),
    SignalCurve("rfsq-4x1024-layernorm", (0.55, 0.74, 0.73, 0.69), 1.5, emphasized=False),
]


def test_signals_have_an_axis_fixed_by_the_levels_and_names_at_their_lines() -> None:
    fig = stage_signals(SIGNALS, stage=2)
    weaker = [replace(curve, signal=tuple(value / 3 for value in curve.signal)) for curve in SIGNALS]
    assert fig.layout.yaxis.range == stage_signals(weaker, stage=2).layout.yaxis.range
    assert {"✕ none", "layernorm", "half a spacing"} <= set(names(fig))
    assert min(fig.data[-1].y) == 0.1 and "0.05 level spacings" in fig.data[-1].hovertext[-1]
    two_levels = stage_signals([replace(SIGNALS[0], most=0.5)], stage=1)
    assert "half a spacing" not in names(two_levels), "with two levels no signal is stronger"


@pytest.mark.parametrize("signal", [(), (0.0,), (math.nan,)])
def test_signals_must_be_positive(signal: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="positive"):
        stage_signals([SignalCurve("x", signal, 1.5)], stage=1)
    with pytest.raises(ValueError, match="at least one curve"):
        stage_signals([], stage=1)


def test_residual_chart_takes_a_ghost_that_is_no_longer_than_the_rest() -> None:
    figure = residual_norms(
        [ResidualCurve("none", (1, 0.5, 0.4))], stage=1, whole="source", ghost=ResidualCurve("scale", (2, 1, 0.5, 0.2))
    )
    ghost = next(trace for trace in figure.data if trace.name == "scale")
    assert list(ghost.y) == [1, 0.5, 0.25]  # relative to its own start, cut to two stages
    assert any("before" in str(note.text) for note in figure.layout.annotations)
    assert "of the source" in figure.layout.title.text.replace("<br>", " ")
