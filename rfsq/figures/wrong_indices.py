"""Indices that floating point gets wrong."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import numpy as np
import plotly.graph_objects as go

from rfsq.figures.names import add_names
from rfsq.figures.parts import EndName, base_layout
from rfsq.style.palette import THEMES, Theme, label_of

_LOOKS = (("square", "■", "solid"), ("circle-open", "○", "dot"), ("x", "✕", "dash"))  # marker, its character, dash


def wrong_indices(
    shares: Mapping[str, Mapping[str, float]],
    bits: Mapping[str, float],
    *,
    title: str,
    theme: Theme = "light",
    narrow: bool = False,
) -> go.Figure:
    """Share of tokens whose index comes out wrong, over the whole bits of the codebook: models as marks, means as lines, which
    the chart says where several models have the same bits.

    shares: arithmetic -> model -> share 0 … 1; bits: model -> bits of its codebook.
    """
    if not shares:
        raise ValueError("wrong_indices needs at least one arithmetic")
    colors = THEMES[theme]
    layout = base_layout(theme, title, height=380)
    layout["yaxis"] |= {"range": [-0.02, 1.08], "tickformat": ".0%"}
    layout["yaxis"]["title"]["text"] = "tokens with a wrong index"
    layout["xaxis"] |= {"tickvals": sorted({round(value) for value in bits.values()})}
    whole = [round(bits[model]) for model in next(iter(shares.values()))]
    several = "" if len(set(whole)) == len(whole) else "<br>a mark: one model; line: the mean of all with as many bits"
    layout["xaxis"]["title"]["text"] = f"bits of the codebook{several}"
    ends, traces = [], []
    for number, (arithmetic, values) in enumerate(shares.items()):
        symbol, mark, dash = _LOOKS[number % len(_LOOKS)]
        points = sorted((round(bits[model]), share, model) for model, share in values.items())
        means = {x: float(np.mean([share for other, share, _ in points if other == x])) for x, _, _ in points}
        traces.append(
            {
                "x": list(means),
                "y": list(means.values()),
                "mode": "lines",
                "hoverinfo": "skip",
                "line": {"color": colors.text, "width": 2, "dash": dash},
            }
        )
        traces.append(
            {
                "x": [x for x, _, _ in points],
                "y": [y for _, y, _ in points],
                "mode": "markers",
                "name": arithmetic,
                "marker": {"size": 9, "color": colors.text, "symbol": symbol},
                "text": [label_of(model) for _, _, model in points],
                "hovertemplate": f"<b>{escape(arithmetic)}</b><br>%{{text}}: %{{y:.1%}} wrong<extra></extra>",
            }
        )
        ends.append(EndName(arithmetic, points[-1][1], "", False, mark))
    add_names(ends, layout, theme, narrow=narrow)
    return go.Figure(data=traces, layout=layout)
