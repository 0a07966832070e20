"""Distortion of stacks against the bits that they spend, and the bound that none can beat."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import plotly.graph_objects as go

from rfsq.figures.parts import (
    EndName,
    Part,
    base_layout,
    counted,
    even_digits,
    log_axis,
    log_range,
    margin_for,
    names_at_ends,
    plain,
)
from rfsq.style.palette import THEMES, Theme, short_label_of, style_of
from rfsq.style.wording import format_bits


@dataclass(frozen=True)
class DistortionCurve:
    """Mean squared error per channel of a stack after each number of stages."""

    method: str  # gives colour, marker and name
    bits: tuple[float, ...]  # per sample, from k = 0
    distortion: tuple[float, ...]  # as many values > 0


def distortion_rate(
    curves: Sequence[DistortionCurve],
    *,
    chosen: str,
    stage: int,
    bound: tuple[Sequence[float], Sequence[float]] | None = None,
    ghost: DistortionCurve | None = None,
    entropy: bool = False,
    theme: Theme = "light",
) -> go.Figure:
    """Distortion (log) against bits per sample, a line per strategy through its stages, and what none can beat.

    `chosen` is drawn on top with a ring at `stage`; bound: bits and distortion of the rate–distortion function;
    ghost: the setting before, in grey; entropy: whether the bits are entropies, for the axis title.
    Raises ValueError for no curve or a chosen method that is none of them.
    """
    if chosen not in {curve.method for curve in curves}:
        raise ValueError(f"{chosen!r} is none of the curves")
    shown = [*([ghost] if ghost else []), *sorted(curves, key=lambda curve: curve.method == chosen)]
    most = max(curve.bits[-1] for curve in curves)
    low, high = log_range([value for curve in shown for value in curve.distortion if value > 0])
    low = max(low, high * 1e-9)
    traces: list[Part] = []
    ends: list[EndName] = []
    if bound:
        drawn = [(x, y) for x, y in zip(*bound, strict=True) if y >= low]
        traces.append(_bound_line(drawn, theme))
        ends.append(EndName("bound D(R)", math.log10(drawn[-1][1]), "ceiling", False))
    for curve in shown:
        grey = curve is ghost
        name = "before" if grey else short_label_of(curve.method)
        ends.append(EndName(name, math.log10(max(curve.distortion[-1], low)), curve.method, not grey))
        traces.append(_curve_line(curve, low, theme, grey=grey, bold=curve.method == chosen))
        if curve.method == chosen and not grey:
            traces.append(_ring(curve, stage, low, theme))
    layout = base_layout(theme, _distortion_title(curves, chosen, stage, bound), height=420)
    layout["yaxis"] |= log_axis((low, high), plain)
    layout["yaxis"]["title"]["text"] = "mean squared error, log"
    layout["xaxis"] |= {"range": [-0.02 * most, most * 1.01], "rangemode": "tozero"}
    layout["xaxis"]["title"]["text"] = (
        "entropy of the indices, bits" if entropy else "nominal bits"
    ) + " per sample (2 channels)"
    layout["annotations"] = names_at_ends(ends, layout, "y", theme)
    layout["margin"]["r"] = margin_for(ends)
    return go.Figure(data=traces, layout=layout)


def _bound_line(points: Sequence[tuple[float, float]], theme: Theme) -> Part:
    """What no strategy can beat."""
    return {
        "x": [x for x, _ in points],
        "y": [y for _, y in points],
        "mode": "lines",
        "line": {"color": THEMES[theme].muted, "width": 2, "dash": "longdash"},
        "name": "bound",
        "hoverinfo": "skip",
    }


def _curve_line(curve: DistortionCurve, low: float, theme: Theme, *, grey: bool, bold: bool) -> Part:
    """A strategy through its stages, no point below `low`; grey: the setting before."""
    style = style_of(curve.method)
    color = THEMES[theme].ghost if grey else style.color(theme)
    line: Part = {"color": color, "width": 1.5 if grey else 4 if bold else 2}
    if not grey:
        line["dash"] = style.dash
    return {
        "x": list(curve.bits),
        "y": [max(value, low) for value in curve.distortion],
        "mode": "lines+markers",
        "line": line,
        "name": "before" if grey else curve.method,
        "hoverinfo": "text",
        "cliponaxis": False,
        "hovertext": [_point_words(curve, k) for k in range(len(curve.bits))],
        "marker": {
            "symbol": style.symbol or "circle",
            "color": color,
            "size": 5 if grey else 9,
            "line": {"color": color},
        },
    }


def _ring(curve: DistortionCurve, stage: int, low: float, theme: Theme) -> Part:
    """Around the point of a strategy after `stage` stages."""
    k = min(stage, len(curve.bits) - 1)
    color = THEMES[theme].text
    return {
        "x": [curve.bits[k]],
        "y": [max(curve.distortion[k], low)],
        "mode": "markers",
        "marker": {"symbol": "circle-open", "size": 20, "color": color, "line": {"width": 2, "color": color}},
        "hoverinfo": "skip",
        "name": "stage",
        "cliponaxis": False,
    }


def _point_words(curve: DistortionCurve, k: int) -> str:
    after = "nothing coded" if k == 0 else f"after {counted(k, 'stage')}"
    return even_digits(
        f"<b>{escape(curve.method)}</b><br>{after}<br>{format_bits(curve.bits[k])}, error {curve.distortion[k]:.3g}"
    )


def _distortion_title(
    curves: Sequence[DistortionCurve], chosen: str, stage: int, bound: tuple[Sequence[float], Sequence[float]] | None
) -> str:
    """The reading: how far the chosen strategy is from the bound, in bits, or from nothing coded."""
    curve = next(curve for curve in curves if curve.method == chosen)
    k = min(stage, len(curve.bits) - 1)
    error = curve.distortion[k]
    if k == 0 or error <= 0:
        return "Nothing is coded yet: the error is the variance"
    if bound:
        needed = float(np.interp(-math.log(error), [-math.log(value) for value in bound[1]], bound[0]))
        if needed < bound[0][-1]:
            return (
                f"{short_label_of(chosen)} spends {format_bits(round(curve.bits[k], 2))} on an error that {format_bits(round(needed, 2))} "
                "could reach"
            )
    return f"{short_label_of(chosen)} brings the error from {plain(curve.distortion[0])} to {plain(error)} in {format_bits(round(curve.bits[k], 2))}"
