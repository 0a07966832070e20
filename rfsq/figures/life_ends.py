"""What codebooks come to: use, perplexity and error of every seed."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from rfsq.figures.dot_rows import Rows
from rfsq.figures.parts import Part, base_layout, log_axis, log_range, small_words
from rfsq.style.palette import THEMES, Theme, style_of
from rfsq.style.wording import format_share
from rfsq.teaching.lab.life import METHODS, Life

_GAP = 0.07  # between two panels, as a share of the width


def life_ends(lives: Mapping[str, Life], *, floor: float, narrow: bool = False, theme: Theme = "light") -> go.Figure:
    """A row for each life and a dot for each seed, at its last step, in three panels: codes used, perplexity, error (log).

    lives: by name of the method, of the same settings. floor: the error of k-means, a dashed line. narrow: only use and
    error, as a phone has no room for three. Raises ValueError without a life.
    """
    if not lives:
        raise ValueError("life_ends needs at least one life")
    codes = next(iter(lives.values())).codes
    rows = Rows.of([METHODS[name].label for name in lives], theme, narrow=narrow)
    colors = THEMES[theme]
    errors = np.concatenate([life.error[:, -1] for life in lives.values()])
    panels = [
        ("codes used", "usage", float(codes)),
        ("perplexity", "perplexity", 1.0),
        ("squared error, log", "error", 1.0),
    ]
    if narrow:
        panels.pop(1)
    width = (1 - _GAP * (len(panels) - 1)) / len(panels)
    layout = base_layout(theme, _title(lives), height=150 + rows.step * len(lives))
    x_axis, y_axis = layout.pop("xaxis"), layout.pop("yaxis")
    layout["yaxis"] = y_axis | {"range": [len(lives) - 0.5, -0.5], "showticklabels": False, "showgrid": False}
    layout["margin"] |= {"l": rows.left, "r": 24, "b": 64}
    layout["annotations"] = [
        rows.name(METHODS[name].label, METHODS[name].family, row) for row, name in enumerate(lives)
    ]
    traces: list[Part] = []
    for number, (title, what, factor) in enumerate(panels):
        suffix = "" if number == 0 else str(number + 1)
        axis = x_axis | {"title": x_axis["title"] | {"text": title}, "anchor": "y"}
        axis["domain"] = [number * (width + _GAP), number * (width + _GAP) + width]
        if what == "error":
            axis |= log_axis(log_range([*errors.tolist(), floor]), format_share)
        else:
            axis |= {"range": [0, codes * 1.05], "tickvals": [codes * quarter / 4 for quarter in range(5)]}
        layout[f"xaxis{suffix}"] = axis
        for row, (name, life) in enumerate(lives.items()):
            traces.append(_dots(name, getattr(life, what)[:, -1] * factor, row, f"x{suffix}", theme))
    across: Part = {"type": "line", "xref": f"x{len(panels)}", "yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
    layout["shapes"] = [
        across | {"x0": floor, "x1": floor, "line": {"color": colors.muted, "width": 1.5, "dash": "longdash"}}
    ]
    place = {"x": math.log10(floor), "xref": f"x{len(panels)}", "y": 1, "yref": "paper", "yanchor": "bottom"}
    layout["annotations"].append(small_words("k-means", colors.muted) | place | {"xanchor": "center"})
    return go.Figure(data=traces, layout=layout)


def _dots(name: str, values: np.ndarray, row: int, axis: str, theme: Theme) -> Part:
    style = style_of(METHODS[name].family)
    color = style.color(theme)
    return {
        "x": values.tolist(),
        "y": [row] * len(values),
        "xaxis": axis,
        "mode": "lines+markers",
        "name": METHODS[name].label,
        "line": {"color": color, "width": 2},
        "marker": {"symbol": style.symbol, "size": 11, "color": color, "line": {"color": color}, "opacity": 0.8},
        "text": [f"seed {number}" for number in range(1, len(values) + 1)],
        "hovertemplate": f"{METHODS[name].label}, %{{text}}: %{{x:.3g}}<extra></extra>",
        "cliponaxis": False,
    }


def _title(lives: Mapping[str, Life]) -> str:
    """Who uses all codes in all seeds, counted."""
    alive = sum(int(life.used[:, -1].all()) for life in lives.values())
    count = len(lives)
    seeds = len(next(iter(lives.values())).usage)
    who = f"{alive} of {count} methods" if count > 1 else next(METHODS[name].label for name in lives)
    if count == 1:
        return (
            f"{who} {'uses all codes' if alive else 'leaves codes unused'} at the end, a dot for each of {seeds} seeds"
        )
    return f"{who} use all codes in all {seeds} seeds at the end; a dot for each seed"
