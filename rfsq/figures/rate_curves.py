"""A score over bits per pixel: a line per model through its stages, models of one kind in a panel of their own."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go

from rfsq.figures.equal_bits import name_in_band
from rfsq.figures.metric import Metric
from rfsq.figures.names import ROW, distinct_names, names_above, rows_of
from rfsq.figures.parts import (
    EndName,
    Part,
    base_layout,
    counted,
    even_digits,
    horizontal,
    margin_for,
    names_at_ends,
    padded,
    small_words,
)
from rfsq.style.palette import THEMES, Theme, hollow, label_of, style_of
from rfsq.style.wording import format_bits

_PLOT = 150  # px of a panel at least
_HEAD = 34  # px above a panel for its name


@dataclass(frozen=True)
class RateCurve:
    """One model's scores with 1 … S stages."""

    model: str
    bits_per_token: tuple[float, ...]
    values: tuple[float, ...]
    trained_for_fewer: bool = False  # with stage dropout: fewer stages than all are meant to be used
    details: tuple[tuple[str, ...], ...] = ()  # per point, more lines for the hover box
    stride: int = 4  # one token stands for a block of stride × stride pixels
    ceiling: tuple[int, float] | None = None  # latent width and score of the same network without rounding

    @property
    def bits_per_pixel(self) -> tuple[float, ...]:
        return tuple(bits / self.stride**2 for bits in self.bits_per_token)


def quality_against_bits(
    groups: Mapping[str, Sequence[RateCurve]],
    metric: Metric,
    *,
    title: str | None = None,
    only: Collection[str] | None = None,
    theme: Theme = "light",
    narrow: bool = False,
) -> go.Figure:
    """A score over bits per pixel, a panel per group, all with the same axes: a line per model through its stages.

    groups: name of a panel, empty for none -> its models. Dashed: the ceilings of a panel's models. Points with fewer than
    all stages are open unless the model was trained for them. `customdata` of a point is the model's name and the stage
    count. only: names of the panels that are drawn, on the axes of all. Raises ValueError without curves.
    """
    curves = [curve for group in groups.values() for curve in group]
    groups = {name: group for name, group in groups.items() if group and (only is None or name in only)}
    if not groups:
        raise ValueError("quality_against_bits needs at least one curve")
    colors = THEMES[theme]
    low, high = _range(curves)
    ends = {name: _ends(group, (low, high), metric) for name, group in groups.items()}
    layout, domains = _panels(
        theme, title or f"{metric.name} against bits per pixel: {metric.direction}", ends, narrow=narrow
    )
    layout["xaxis"] |= _rate_axis(curves) | {"anchor": _axis("y", len(groups))}
    layout["xaxis"]["title"]["text"] = "bits per pixel, nominal, log" + ("" if narrow else ", without side information")
    plain_axis = layout.pop("yaxis") | metric.axis(low, high) | {"anchor": "x"}
    layout["annotations"], layout["shapes"], traces = [], [], []
    for number, ((name, group), domain) in enumerate(zip(groups.items(), domains, strict=True), start=1):
        axis = _axis("y", number)
        layout[_axis("yaxis", number)] = plain_axis | {
            "domain": domain,
            "title": plain_axis["title"] | {"text": metric.name},
        }
        traces += [_line(curve, metric, axis, theme) for curve in group]
        layout["shapes"] += [
            horizontal(value, {"color": colors.muted, "width": 1, "dash": "longdash"}) | {"yref": axis}
            for value in _ceilings(group).values()
            if low <= value <= high
        ]
        layout["annotations"] += _words(name, ends[name], domain[1], axis, layout, theme, narrow=narrow)
    return go.Figure(data=traces, layout=layout)


def panel_heights(groups: Mapping[str, Sequence[RateCurve]], metric: Metric) -> dict[str, int]:
    """Px of each panel of such a chart on a wide page, by its name; without those that stay empty."""
    axis = _range([curve for group in groups.values() for curve in group])
    return {name: _HEAD + max(_PLOT, ROW * len(_ends(group, axis, metric))) for name, group in groups.items() if group}


def _panels(
    theme: Theme, title: str, ends: Mapping[str, Sequence[EndName]], *, narrow: bool
) -> tuple[Part, list[tuple[float, float]]]:
    """The layout, and from top to bottom the share of its height that each panel takes."""
    plots = [max(_PLOT, ROW * len(names)) if not narrow else _PLOT for names in ends.values()]
    heads = [(_HEAD if name else 0) + (rows_of(names) * ROW + 6 if narrow else 0) for name, names in ends.items()]
    if len(plots) == 1:
        plots = [300]
    total = sum(plots) + sum(heads)
    layout = base_layout(theme, title, height=92 + total + 72)
    layout["margin"]["r"] = 14 if narrow else margin_for([name for names in ends.values() for name in names])
    domains, y = [], float(total)
    for head, plot in zip(heads, plots, strict=True):
        y -= head
        domains.append((max(0.0, (y - plot) / total), y / total))
        y -= plot
    return layout, domains


def _words(
    name: str, ends: Sequence[EndName], top: float, axis: str, layout: Part, theme: Theme, *, narrow: bool
) -> list[Part]:
    """The names of a panel's lines, and its own above it. top: of the panel, as a share of the paper's height."""
    left, head = layout["margin"]["l"], _HEAD - 24
    if narrow:
        words = names_above(ends, left, theme, top=top)
        head += rows_of(ends) * ROW + 6
    else:
        words = names_at_ends(ends, layout, axis, theme)
    if name:
        place = {"xref": "paper", "x": 0, "xshift": 12 - left, "yref": "paper", "y": top, "yanchor": "bottom"}
        words.append(small_words(f"<b>{escape(name)}</b>", THEMES[theme].text) | place | {"yshift": head})
    return words


def _axis(name: str, number: int) -> str:
    return name if number == 1 else f"{name}{number}"


def _rate_axis(curves: Sequence[RateCurve]) -> Part:
    """Bits per pixel of all points, log, with a tick for the full rate of each model."""
    rates = sorted({round(curve.bits_per_token[-1]) / curve.stride**2 for curve in curves})
    least, most = (pick(bits for curve in curves for bits in curve.bits_per_pixel) for pick in (min, max))
    return {
        "type": "log",
        "range": [math.log10(least) - 0.06, math.log10(most) + 0.06],
        "tickvals": rates,
        "ticktext": [even_digits(f"{rate:.4g}") for rate in rates],
        "tickangle": 0,
    }


def _ceilings(curves: Sequence[RateCurve]) -> dict[int, float]:
    return dict(sorted(curve.ceiling for curve in curves if curve.ceiling is not None))


def _range(curves: Sequence[RateCurve]) -> tuple[float, float]:
    """All values, and the ceilings that are near: one far away would flatten everything else, and is named instead."""
    values = [value for curve in curves for value in curve.values]
    room = 0.25 * (max(values) - min(values))
    near = [value for value in _ceilings(curves).values() if min(values) - room <= value <= max(values) + room]
    return padded([*values, *near])


def _ends(curves: Sequence[RateCurve], axis: tuple[float, float], metric: Metric) -> list[EndName]:
    low, high = axis
    distinct = distinct_names([curve.model for curve in curves], name_in_band)
    names = [EndName(name, curve.values[-1], curve.model, True) for name, curve in zip(distinct, curves, strict=True)]
    for width, value in _ceilings(curves).items():
        near = low <= value <= high
        text = f"unquantized, D = {width}" if near else f"D = {width}: {metric.write(value)}"
        names.append(EndName(text, min(max(value, low), high), "continuous" if near else "", False))
    return names


def _line(curve: RateCurve, metric: Metric, axis: str, theme: Theme) -> Part:
    style = style_of(curve.model)
    color = style.color(theme)
    last = len(curve.values) - 1
    symbols = [
        style.symbol if k == last or curve.trained_for_fewer or "-open" in style.symbol else hollow(style.symbol)
        for k in range(last + 1)
    ]
    return {
        "x": list(curve.bits_per_pixel),
        "y": list(curve.values),
        "yaxis": axis,
        "mode": "lines+markers" if last else "markers",
        "line": {"color": color, "width": 1.5, "dash": style.dash},
        "marker": {"symbol": symbols, "size": [11 if k == last else 8 for k in range(last + 1)], "color": color},
        "name": label_of(curve.model),
        "customdata": [[curve.model, k + 1] for k in range(last + 1)],
        "hovertext": [_point_words(curve, k, metric) for k in range(last + 1)],
        "hoverinfo": "text",
    }


def _point_words(curve: RateCurve, k: int, metric: Metric) -> str:
    lines = [f"<b>{escape(label_of(curve.model))}</b>"]
    if len(curve.values) > 1:
        lines.append(f"{k + 1} of {counted(len(curve.values), 'stage')}")
        if k + 1 < len(curve.values) and not curve.trained_for_fewer:
            lines.append("decoder trained on all stages only")
    lines += [f"{format_bits(curve.bits_per_token[k])} per token", f"{metric.name}: {metric.write(curve.values[k])}"]
    lines += curve.details[k] if curve.details else ()
    return even_digits("<br>".join(lines))
