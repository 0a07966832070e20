"""Perception against distortion: what a perceptual term in the loss moves, two points per model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

import plotly.graph_objects as go

from rfsq.figures.names import add_names
from rfsq.figures.parts import (
    EndName,
    Part,
    base_layout,
    even_digits,
    log_axis,
    log_range,
    plain,
)
from rfsq.style.palette import Theme, hollow, label_of, style_of
from rfsq.style.wording import format_db

Point = tuple[float, float]  # PSNR in dB, ST-LPIPS


def perception_distortion(
    pairs: Mapping[str, tuple[Point, Point]], *, title: str, theme: Theme = "light", narrow: bool = False
) -> go.Figure:
    """ST-LPIPS (log) over PSNR: a line per model from training with L1 (hollow) to training with the perceptual term.

    pairs: model trained with L1 -> its point and that of its perceptual twin. Raises ValueError without pairs.
    """
    if not pairs:
        raise ValueError("perception_distortion needs at least one pair")
    layout = base_layout(theme, title, height=440)
    layout["yaxis"] |= log_axis(log_range([y for pair in pairs.values() for _, y in pair]), plain)
    layout["yaxis"]["title"]["text"] = "ST-LPIPS, log, lower is better"
    values = [x for pair in pairs.values() for x, _ in pair]
    room = 0.08 * (max(values) - min(values) or 1)
    layout["xaxis"] |= {"range": [min(values) - room, max(values) + room]}
    layout["xaxis"]["title"]["text"] = "PSNR, dB, higher is better"
    traces: list[Part] = []
    ends = []
    for model, points in pairs.items():
        style = style_of(model)
        color, symbol = style.color(theme), style.symbol or "circle"
        losses = ("L1", "L1 and ST-LPIPS")
        traces.append(
            {
                "x": [x for x, _ in points],
                "y": [y for _, y in points],
                "mode": "lines+markers",
                "name": label_of(model),
                "line": {"color": color, "width": 1.5, "dash": style.dash},
                "marker": {"symbol": [hollow(symbol), symbol], "size": 11, "color": color},
                "hovertext": [
                    even_digits(
                        f"<b>{escape(label_of(model))}</b><br>trained with {loss}<br>{format_db(x)}, ST-LPIPS {y:.4f}"
                    )
                    for loss, (x, y) in zip(losses, points, strict=True)
                ],
                "hoverinfo": "text",
            }
        )
        ends.append(EndName(label_of(model).removeprefix("RFSQ "), math.log10(points[1][1]), model, True))
    add_names(ends, layout, theme, narrow=narrow)
    return go.Figure(data=traces, layout=layout)
