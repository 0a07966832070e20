"""Figures for the back of a room."""

from __future__ import annotations

import plotly.graph_objects as go

from rfsq.figures import ResidualCurve, residual_norms
from rfsq.figures.enlarged import DOT_PX, HIGHEST, LINE_PX, LOWEST, MAGNIFIED, enlarged, raised, text_sizes, title_lines


def test_lines_and_dots_hold_and_the_figure_itself_stays() -> None:
    curves = [ResidualCurve("none", (1.0, 0.5, 0.4)), ResidualCurve("scale", (1.0, 0.2, 0.1), emphasized=False)]
    figure = residual_norms(curves, stage=1)
    before = figure.to_dict()
    larger = enlarged(figure)
    assert figure.to_dict() == before
    for trace in larger.data:
        if trace.name in ("none", "scale"):
            assert trace.line.width * MAGNIFIED >= LINE_PX - 1e-9, trace.name
    sizes = {size for trace in larger.data if trace.name == "none" for size in trace.marker.size}
    assert min(sizes) * MAGNIFIED >= DOT_PX
    grey = next(trace for trace in larger.data if trace.name == "scale")
    assert set(grey.marker.size) == {0}, "what had no dot gets none"


def test_thin_lines_stay_thin_and_figures_fill_the_room_and_none_is_higher() -> None:
    figure = go.Figure([{"y": [1, 2], "line": {"width": 1}}], {"height": 2000})
    larger = enlarged(figure)
    assert larger.data[0].line.width == 1
    assert larger.layout.height == HIGHEST and HIGHEST * MAGNIFIED < 1080
    low, between = (enlarged(go.Figure([{"y": [1]}], {"height": height})).layout.height for height in (300, 450))
    assert low == LOWEST and between == 450
    assert enlarged(go.Figure([{"y": [1]}])).layout.height is None


def test_error_bars_rules_arrows_and_outlines_are_lines_too() -> None:
    figure = go.Figure(
        [
            {
                "x": [1],
                "y": [1],
                "error_x": {"array": [1], "thickness": 1.5},
                "marker": {"size": 9, "line": {"width": 1.5}},
            }
        ],
        {
            "shapes": [{"type": "line", "line": {"width": 2}}, {"type": "line", "line": {"width": 1}}],
            "annotations": [{"text": "", "showarrow": True, "arrowwidth": 2}],
        },
    )
    record = raised(figure)
    (trace,), layout = record["data"], record["layout"]
    thick = [
        trace["error_x"]["thickness"],
        trace["marker"]["line"]["width"],
        layout["shapes"][0]["line"]["width"],
        layout["annotations"][0]["arrowwidth"],
    ]
    assert [width * MAGNIFIED for width in thick] == [LINE_PX] * 4
    assert layout["shapes"][1]["line"]["width"] == 1, "grids stay thin"


def test_a_cloud_of_many_dots_stays_as_it_is() -> None:
    many = {"x": list(range(1000)), "y": list(range(1000)), "mode": "markers", "marker": {"size": 3}}
    assert raised(go.Figure([many]))["data"][0]["marker"]["size"] == 3


def test_titles_fill_the_width_and_no_letter_is_lost() -> None:
    text = '<span style="font-variant-numeric:tabular-nums">After two stages<br>layernorm leaves a tenth &amp; none a half</span>'
    assert title_lines(text, 1100) == ["After two stages layernorm leaves a tenth &amp; none a half"]
    assert len(title_lines(text, 300)) > 2 and " ".join(title_lines(text, 300)) == title_lines(text, 1100)[0]


def test_sizes_of_all_texts_are_found_but_for_boxes_that_a_pointer_opens() -> None:
    layout = {
        "font": {"size": 14},
        "title": {"text": "t", "font": {"size": 20}},
        "xaxis": {"tickfont": {"size": 13}},
        "annotations": [{"text": "a", "font": {"size": 9}}],
        "hoverlabel": {"font": {"size": 1}},
    }
    data = [{"x": [1], "y": [1], "textfont": {"size": 11}, "marker": {"size": 2}}]
    assert sorted(text_sizes(go.Figure(data, layout))) == [9, 11, 13, 14, 20]
