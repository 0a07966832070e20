"""The factors of a stack as a fit by gradient moves them."""

from __future__ import annotations

import math

import plotly.graph_objects as go

from rfsq.figures.parts import (
    EndName,
    Part,
    base_layout,
    counted,
    log_axis,
    log_range,
    margin_for,
    names_at_ends,
    plain,
)
from rfsq.style.palette import THEMES, Theme, style_of
from rfsq.teaching.lab import FactorFit


def factor_fit(fit: FactorFit, *, method: str, steps: int, theme: Theme = "light") -> go.Figure:
    """Factors (log) and the RMS left (log) over the steps of a fit by gradient, with a grid's best as dashed lines.

    method: gives the colour. steps: how many there will be, so that the axis stays while the fit goes on.
    """
    colors, color = THEMES[theme], style_of(method).color(theme)
    stages = fit.factors.shape[1]
    ends, traces = [], []
    done = list(range(len(fit.rms)))
    dash: Part = {"color": colors.muted, "width": 1.5, "dash": "longdash"}
    dots = ("solid", "dash", "dot", "dashdot")
    for stage in range(stages):
        traces.append(
            {
                "x": done,
                "y": fit.factors[:, stage].tolist(),
                "mode": "lines",
                "yaxis": "y",
                "line": {"color": color, "width": 2.5, "dash": dots[stage % len(dots)]},
                "name": f"stage {stage + 1}",
                "hovertemplate": f"stage {stage + 1}, step %{{x}}: %{{y:.3f}}<extra></extra>",
            }
        )
        traces.append(
            {
                "x": [0, steps],
                "y": [fit.grid_factors[stage]] * 2,
                "mode": "lines",
                "yaxis": "y",
                "line": dash,
                "hovertemplate": f"grid, stage {stage + 1}: %{{y:.3f}}<extra></extra>",
                "name": f"grid {stage + 1}",
            }
        )
        ends.append(EndName(f"stage {stage + 1}", math.log10(float(fit.factors[-1, stage])), method, False))
    traces.append(
        {
            "x": done,
            "y": fit.rms.tolist(),
            "mode": "lines",
            "yaxis": "y2",
            "line": {"color": color, "width": 2.5},
            "hovertemplate": "step %{x}: %{y:.4f}<extra></extra>",
            "name": "RMS left",
        }
    )
    traces.append(
        {
            "x": [0, steps],
            "y": [fit.grid_rms] * 2,
            "mode": "lines",
            "yaxis": "y2",
            "line": dash,
            "name": "grid",
            "hovertemplate": "grid: %{y:.4f}<extra></extra>",
        }
    )
    reached, last = plain(float(fit.rms.min())), len(fit.rms) - 1  # of the step whose factors are the result
    layout = base_layout(
        theme,
        f"In {counted(last, 'step')} the gradient comes down to {reached}, the grid to {plain(fit.grid_rms)}",
        height=520,
    )
    axis = layout.pop("yaxis")
    values = [*fit.factors.ravel().tolist(), *fit.grid_factors]
    layout["yaxis"] = (
        axis
        | {"domain": [0.46, 1], "title": axis["title"] | {"text": "factor, log"}}
        | log_axis(log_range(values), plain)
    )
    layout["yaxis2"] = (
        axis
        | {"domain": [0, 0.34], "title": axis["title"] | {"text": "RMS left, log"}}
        | log_axis(log_range([*fit.rms.tolist(), fit.grid_rms]), plain)
    )
    layout["xaxis"] |= {"range": [0, steps], "anchor": "y2"}
    layout["xaxis"]["title"]["text"] = "step of the fit; dashed: the best of a grid"
    layout["annotations"] = names_at_ends(ends, layout, "y", theme)
    layout["margin"]["r"] = margin_for(ends)
    return go.Figure(data=traces, layout=layout)
