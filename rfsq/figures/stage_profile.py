"""One measure per stage: RMS, entropy, signal, as a line per model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from rfsq.figures.names import add_names, distinct_names
from rfsq.figures.parts import (
    EndName,
    Part,
    base_layout,
    horizontal,
    log_axis,
    log_range,
    padded,
    plain,
)
from rfsq.style.palette import THEMES, Theme, label_of, style_of


def stage_profile(
    curves: Mapping[str, Sequence[float | None]],
    measure: str,
    *,
    title: str,
    log: bool = False,
    guide: float | None = None,
    guide_name: str = "",
    first: int = 1,
    from_zero: bool = True,
    across: str = "stage",
    theme: Theme = "light",
    narrow: bool = False,
) -> go.Figure:
    """One figure per stage (RMS, entropy, …) as a line per model; `guide` is a dotted level with its name.

    from_zero: a linear axis begins there. across: what the other axis counts.
    curves: model -> a value per stage, counted from `first`; None where it is not known. Raises ValueError without
    curves or when a log axis gets a value that is not positive.
    """
    known = [value for values in curves.values() for value in values if value is not None]
    if not known:
        raise ValueError("stage_profile needs at least one value")
    if log and min(known) <= 0:
        raise ValueError("a log axis needs positive values")
    layout = base_layout(theme, title, height=420)
    shown = [*known, guide] if guide is not None else known
    if log:
        layout["yaxis"] |= log_axis(log_range(shown), plain)
    else:
        layout["yaxis"] |= {"range": [0, 1.08 * max(shown)] if from_zero else list(padded(shown))}
    last = first + max(len(values) for values in curves.values()) - 1
    layout["yaxis"]["title"]["text"] = measure + (", log" if log else "")
    layout["xaxis"] |= {
        "tickvals": list(range(first, last + 1)),
        "range": [first - 0.08 * max(1, last - first), last + 0.02],
        "showgrid": False,
    }
    layout["xaxis"]["title"]["text"] = across if first else "stages used"
    traces: list[Part] = []
    ends: list[EndName] = []
    for (model, values), name in zip(curves.items(), distinct_names(list(curves)), strict=True):
        if points := [(first + k, value) for k, value in enumerate(values) if value is not None]:
            traces.append(_line(model, points, theme))
            ends.append(EndName(name, float(np.log10(points[-1][1])) if log else points[-1][1], model, True))
    if guide is not None:
        layout["shapes"] = [horizontal(guide, {"color": THEMES[theme].muted, "width": 1, "dash": "dot"})]
        ends.append(EndName(guide_name, float(np.log10(guide)) if log else guide, "", False))
    add_names(ends, layout, theme, narrow=narrow)
    return go.Figure(data=traces, layout=layout)


def _line(model: str, points: Sequence[tuple[int, float]], theme: Theme) -> Part:
    """points: (stage, value)."""
    style = style_of(model)
    return {
        "x": [x for x, _ in points],
        "y": [y for _, y in points],
        "mode": "lines+markers",
        "line": {"color": style.color(theme), "width": style.width, "dash": style.dash},
        "marker": {"symbol": style.symbol or "circle", "size": 10, "color": style.color(theme)},
        "cliponaxis": False,
        "name": label_of(model),
        "hovertemplate": f"<b>{escape(label_of(model))}</b><br>stage %{{x}}: %{{y:.3g}}<extra></extra>",
    }
