"""A score over the number of latent channels."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import plotly.graph_objects as go

from rfsq.figures.metric import Metric
from rfsq.figures.names import add_names
from rfsq.figures.parts import (
    EndName,
    Part,
    base_layout,
    padded,
)
from rfsq.style.palette import Theme, label_of, style_of


def width_ceiling(
    ceilings: Mapping[int, float],
    models: Mapping[str, tuple[int, float]],
    metric: Metric,
    *,
    title: str,
    theme: Theme = "light",
    narrow: bool = False,
) -> go.Figure:
    """A score over the number of latent channels: the unquantized networks as a line, quantized models as marks.

    ceilings: D -> score; models: name -> (D, score). Raises ValueError without ceilings.
    """
    if not ceilings:
        raise ValueError("width_ceiling needs at least one ceiling")
    layout = base_layout(theme, title, height=460)
    low, high = padded([*ceilings.values(), *(value for _, value in models.values())])
    widths = sorted(ceilings)
    traces = [_ceiling_line({width: ceilings[width] for width in widths}, theme)]
    traces += [_mark(model, width, value, theme) for model, (width, value) in models.items()]
    layout["yaxis"] |= metric.axis(low, high)
    layout["yaxis"]["title"]["text"] = metric.name
    used = sorted({*widths, *(width for width, _ in models.values())})
    layout["xaxis"] |= {"tickvals": used, "range": [min(used) - 0.8, max(used) + 0.8], "showgrid": False}
    layout["xaxis"]["title"]["text"] = "latent channels D"
    ends = [EndName("unquantized", ceilings[widths[-1]], "continuous", True)]
    ends += [EndName(label_of(model).removeprefix("RFSQ "), value, model, True) for model, (_, value) in models.items()]
    add_names(ends, layout, theme, narrow=narrow)
    return go.Figure(data=traces, layout=layout)


def _ceiling_line(ceilings: Mapping[int, float], theme: Theme) -> Part:
    style = style_of("continuous")
    return {
        "x": list(ceilings),
        "y": list(ceilings.values()),
        "mode": "lines+markers",
        "name": "unquantized",
        "line": {"color": style.color(theme), "width": style.width, "dash": style.dash},
        "marker": {"symbol": "line-ew-open", "size": 12, "color": style.color(theme)},
        "hovertemplate": "<b>unquantized</b><br>D = %{x}: %{y:.4g}<extra></extra>",
    }


def _mark(model: str, width: int, value: float, theme: Theme) -> Part:
    style = style_of(model)
    return {
        "x": [width],
        "y": [value],
        "mode": "markers",
        "name": label_of(model),
        "marker": {"symbol": style.symbol, "size": 12, "color": style.color(theme)},
        "hovertemplate": f"<b>{escape(label_of(model))}</b><br>D = %{{x}}: %{{y:.4g}}<extra></extra>",
    }
