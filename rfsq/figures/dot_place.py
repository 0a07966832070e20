"""Where on a chart a dot is drawn, for what a page lays beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import plotly.graph_objects as go


@dataclass(frozen=True)
class DotPlace:
    """Pixels where the height is fixed, a share of the plot where the width follows the page."""

    top: float  # px from the top of the chart
    left: float  # px left of the plot
    right: float  # px right of it
    share: float  # of the plot's width, from the left


def dot_place(figure: go.Figure, model: str, stages: int) -> DotPlace | None:
    """The place of the point with these `customdata`; None if the chart has no such point."""
    layout = figure.layout
    for trace in figure.data:
        for x, y, data in zip(trace.x or (), trace.y or (), trace.customdata or (), strict=False):
            if tuple(data) != (model, stages):
                continue
            axis = layout["yaxis" + (trace.yaxis or "y")[1:]]
            bottom, top = axis.domain or (0, 1)
            height = layout.height - layout.margin.t - layout.margin.b
            up = bottom + (top - bottom) * (y - axis.range[0]) / (axis.range[1] - axis.range[0])
            low, high = layout.xaxis.range
            share = ((math.log10(x) if layout.xaxis.type == "log" else x) - low) / (high - low)
            return DotPlace(layout.margin.t + (1 - up) * height, layout.margin.l, layout.margin.r, share)
    return None
