"""Indices that floating point gets wrong."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import numpy as np
import plotly.graph_objects as go

from rfsq.figures.names import add_names
from rfsq.figures.parts import (
    EndName,
    base_layout,
)
from rfsq.style.palette import THEMES, Theme, label_of


def wrong_indices(
    shares: Mapping[str, Mapping[str, float]],
    bits: Mapping[str, float],
    *,
    title: str,
    theme: Theme = "light",
    narrow: bool = False,
) -> go.Figure:
    """Share of tokens whose index comes out wrong, over the whole bits of the codebook: models as marks, means as lines.

    shares: arithmetic -> model -> share 0 … 1; bits: model -> bits of its codebook.
    """
    if not shares:
        raise ValueError("wrong_indices needs at least one arithmetic")
    colors = THEMES[theme]
    layout = base_layout(theme, title, height=380)
    layout["yaxis"] |= {"range": [-0.02, 1.08], "tickformat": ".0%"}
    layout["yaxis"]["title"]["text"] = "tokens with a wrong index"
    layout["xaxis"] |= {"tickvals": sorted({round(value) for value in bits.values()})}
    layout["xaxis"]["title"]["text"] = "bits of the codebook"
    ends, traces = [], []
    for number, (arithmetic, values) in enumerate(shares.items()):
        points = sorted((round(bits[model]), share, model) for model, share in values.items())
        means = {x: float(np.mean([share for other, share, _ in points if other == x])) for x, _, _ in points}
        traces.append(
            {
                "x": list(means),
                "y": list(means.values()),
                "mode": "lines",
                "hoverinfo": "skip",
                "line": {"color": colors.text, "width": 2, "dash": ("solid", "dot", "dash")[number % 3]},
            }
        )
        traces.append(
            {
                "x": [x for x, _, _ in points],
                "y": [y for _, y, _ in points],
                "mode": "markers",
                "name": arithmetic,
                "marker": {"size": 9, "color": colors.text, "symbol": ("square", "circle-open", "x")[number % 3]},
                "text": [label_of(model) for _, _, model in points],
                "hovertemplate": f"<b>{escape(arithmetic)}</b><br>%{{text}}: %{{y:.1%}} wrong<extra></extra>",
            }
        )
        ends.append(EndName(arithmetic, points[-1][1], "", False))
    add_names(ends, layout, theme, narrow=narrow)
    return go.Figure(data=traces, layout=layout)
