"""What statistics sent per image cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from rfsq.figures.names import add_names
from rfsq.figures.parts import (
    EndName,
    base_layout,
    log_axis,
    log_range,
    plain,
)
from rfsq.style.palette import Theme, label_of, style_of


def side_information(
    side_bytes: Mapping[str, float], sizes: Sequence[int], *, title: str, theme: Theme = "light", narrow: bool = False
) -> go.Figure:
    """What statistics sent per image cost in bits per pixel, over the side of a square image in pixels (both log)."""
    if not side_bytes or not sizes:
        raise ValueError("side_information needs a model and a size")
    layout = base_layout(theme, title, height=380)
    curves = {model: [8 * count / side**2 for side in sizes] for model, count in side_bytes.items()}
    layout["yaxis"] |= log_axis(log_range([value for values in curves.values() for value in values]), plain)
    layout["yaxis"]["title"]["text"] = "side information, bpp, log"
    layout["xaxis"] |= {"type": "log", "tickvals": list(sizes), "ticktext": [f"{side}²" for side in sizes]}
    layout["xaxis"]["title"]["text"] = "size of the image"
    ends, traces = [], []
    for model, values in curves.items():
        style = style_of(model)
        traces.append(
            {
                "x": list(sizes),
                "y": values,
                "mode": "lines+markers",
                "name": label_of(model),
                "line": {"color": style.color(theme), "width": style.width},
                "marker": {"symbol": style.symbol, "size": 9, "color": style.color(theme)},
                "hovertemplate": f"<b>{escape(label_of(model))}</b><br>%{{x}}²: %{{y:.3g}} bpp<extra></extra>",
            }
        )
        ends.append(EndName(label_of(model).removeprefix("RFSQ "), float(np.log10(values[-1])), model, True))
    add_names(ends, layout, theme, narrow=narrow)
    return go.Figure(data=traces, layout=layout)
