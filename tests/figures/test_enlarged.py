"""Figures for the back of a room."""

from __future__ import annotations

import plotly.graph_objects as go

from rfsq.figures import ResidualCurve, residual_norms
from rfsq.figures.enlarged import DOT_PX, HIGHEST, LINE_PX, MAGNIFIED, enlarged


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


def test_thin_lines_stay_thin_and_no_figure_is_higher_than_the_room() -> None:
    figure = go.Figure([{"y": [1, 2], "line": {"width": 1}}], {"height": 2000})
    larger = enlarged(figure)
    assert larger.data[0].line.width == 1
    assert larger.layout.height == HIGHEST and HIGHEST * MAGNIFIED < 1080
    assert enlarged(go.Figure([{"y": [1]}], {"height": 300})).layout.height == 300
