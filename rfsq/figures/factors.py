"""The factors of a stack as a fit by gradient moves them."""

from __future__ import annotations

import math

import numpy as np
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

_DASHES = ("solid", "dash", "dot", "dashdot")  # of the stages, again and again


def factor_fit(fit: FactorFit, *, method: str, steps: int, theme: Theme = "light") -> go.Figure:
    """Factors (log) and the RMS left (log) over the steps of a fit by gradient, with a grid's best as dashed lines.

    method: gives the colour. steps: how many there will be, so that the axis stays while the fit goes on.
    """
    color, muted = style_of(method).color(theme), THEMES[theme].muted
    ends, traces = [], []
    for stage, values in enumerate(fit.factors.T):
        name = f"stage {stage + 1}"
        line = {"color": color, "width": 2.5, "dash": _DASHES[stage % len(_DASHES)]}
        traces.append(_fitted(values, "y", line, name, f"{name}, step %{{x}}: %{{y:.3f}}"))
        words = f"grid, {name}: %{{y:.3f}}"
        traces.append(_of_grid(fit.grid_factors[stage], steps, "y", muted, f"grid {stage + 1}", words))
        ends.append(EndName(name, math.log10(float(values[-1])), method, False, line=line))
    traces.append(_fitted(fit.rms, "y2", {"color": color, "width": 2.5}, "RMS left", "step %{x}: %{y:.4f}"))
    traces.append(_of_grid(fit.grid_rms, steps, "y2", muted, "grid", "grid: %{y:.4f}"))
    reached, last = plain(float(fit.rms.min())), len(fit.rms) - 1  # of the step whose factors are the result
    layout = base_layout(
        theme,
        f"In {counted(last, 'step')} the gradient comes down to {reached}, the grid to {plain(fit.grid_rms)}",
        height=520,
    )
    factors, rms = [*fit.factors.ravel().tolist(), *fit.grid_factors], [*fit.rms.tolist(), fit.grid_rms]
    axis = layout.pop("yaxis")
    for name, domain, title, values in (
        ("yaxis", [0.46, 1], "factor, log", factors),
        ("yaxis2", [0, 0.34], "RMS left, log", rms),
    ):
        layout[name] = axis | {"domain": domain, "title": axis["title"] | {"text": title}}
        layout[name] |= log_axis(log_range(values), plain)
    layout["xaxis"] |= {"range": [0, steps], "anchor": "y2"}
    layout["xaxis"]["title"]["text"] = "step of the fit; dashed: the best of a grid"
    layout["annotations"] = names_at_ends(ends, layout, "y", theme)
    layout["margin"]["r"] = margin_for(ends)
    return go.Figure(data=traces, layout=layout)


def _fitted(values: np.ndarray, axis: str, line: Part, name: str, hover: str) -> Part:
    """values: (steps done,)."""
    return {
        "x": list(range(len(values))),
        "y": values.tolist(),
        "mode": "lines",
        "yaxis": axis,
        "line": line,
        "name": name,
        "hovertemplate": f"{hover}<extra></extra>",
    }


def _of_grid(value: float, steps: int, axis: str, color: str, name: str, hover: str) -> Part:
    """A level over all steps: a grid does not take any."""
    return {
        "x": [0, steps],
        "y": [value] * 2,
        "mode": "lines",
        "yaxis": axis,
        "line": {"color": color, "width": 1.5, "dash": "longdash"},
        "name": name,
        "hovertemplate": f"{hover}<extra></extra>",
    }
