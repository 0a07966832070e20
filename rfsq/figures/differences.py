"""How a paired difference is spread over the photos."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from rfsq.figures.parts import (
    base_layout,
    small_words,
)
from rfsq.style.palette import THEMES, Theme


def differences(values: Sequence[float], *, title: str, axis: str, theme: Theme = "light") -> go.Figure:
    """How a paired difference is spread over the images, with a rule at zero and one at the mean."""
    if len(values) < 2:
        raise ValueError("differences needs at least two images")
    colors = THEMES[theme]
    layout = base_layout(theme, title, height=360)
    counts, edges = np.histogram(values, bins=40)
    middles = (edges[:-1] + edges[1:]) / 2
    layout["bargap"] = 0.02
    layout["xaxis"]["title"]["text"], layout["yaxis"]["title"]["text"] = axis, "photos"
    ends = [(0.0, "no difference", colors.muted, "dot"), (float(np.mean(values)), "mean", colors.text, "solid")]
    layout["shapes"] = [
        {
            "type": "line",
            "x0": x,
            "x1": x,
            "y0": 0,
            "y1": 1,
            "yref": "y domain",
            "line": {"color": color, "width": 1.5, "dash": dash},
        }
        for x, _, color, dash in ends
    ]
    layout["annotations"] = [
        small_words(name, color)
        | {
            "x": x,
            "y": 1,
            "yref": "y domain",
            "yanchor": "bottom",
            "xanchor": "center",
            "yshift": 2 if name == "mean" else 20,
        }
        for x, name, color, _ in ends
    ]
    bars = {
        "type": "bar",
        "x": middles.tolist(),
        "y": counts.tolist(),
        "marker": {"color": colors.ghost},
        "hovertemplate": "%{x:.3g}: %{y} photos<extra></extra>",
    }
    return go.Figure(data=[bars], layout=layout)
