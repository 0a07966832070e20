"""A score over bits per pixel: a line per model through its stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go

from rfsq.figures.metric import Metric
from rfsq.figures.parts import (
    EndName,
    Part,
    base_layout,
    counted,
    even_digits,
    margin_for,
    names_at_ends,
    padded,
    round_ticks,
)
from rfsq.style.palette import THEMES, Theme, hollow, label_of, style_of
from rfsq.style.wording import format_bits

_NAMED_CURVES = 5  # more names at the ends of lines would hide each other; hover tells them


@dataclass(frozen=True)
class RateCurve:
    """One model's scores with 1 … S stages."""

    model: str
    bits_per_token: tuple[float, ...]
    values: tuple[float, ...]
    trained_for_fewer: bool = False  # with stage dropout: fewer stages than all are meant to be used
    details: tuple[tuple[str, ...], ...] = ()  # per point, more lines for the hover box
    stride: int = 4  # one token stands for a block of stride × stride pixels

    @property
    def bits_per_pixel(self) -> tuple[float, ...]:
        return tuple(bits / self.stride**2 for bits in self.bits_per_token)


def quality_against_bits(
    curves: Sequence[RateCurve], ceilings: Mapping[int, float], metric: Metric, *, theme: Theme = "light"
) -> go.Figure:
    """A score over bits per pixel: a line per model through its stages, a dashed line per unquantized ceiling.

    ceilings: latent width D -> score. Points with fewer than all stages are open unless the model was trained for
    them. `customdata` of a point is the model's name and the stage count. Raises ValueError without curves.
    """
    if not curves:
        raise ValueError("quality_against_bits needs at least one curve")
    colors = THEMES[theme]
    layout = base_layout(theme, f"{metric.name} against bits per pixel: {metric.direction}", height=560)
    values = [value for curve in curves for value in curve.values]
    room = 0.25 * (max(values) - min(values))  # a ceiling far away would flatten everything else: it is named instead
    near = {width: value for width, value in ceilings.items() if min(values) - room <= value <= max(values) + room}
    low, high = padded([*values, *near.values()])
    most = max(bits for curve in curves for bits in curve.bits_per_pixel)
    traces: list[Part] = []
    for curve in curves:
        style = style_of(curve.model)
        color = style.color(theme)
        last = len(curve.values) - 1
        symbols = [
            style.symbol if k == last or curve.trained_for_fewer or "-open" in style.symbol else hollow(style.symbol)
            for k in range(last + 1)
        ]
        traces.append(
            {
                "x": list(curve.bits_per_pixel),
                "y": list(curve.values),
                "mode": "lines+markers" if last else "markers",
                "line": {"color": color, "width": 1.5, "dash": style.dash},
                "marker": {
                    "symbol": symbols,
                    "size": [11 if k == last else 8 for k in range(last + 1)],
                    "color": color,
                },
                "name": label_of(curve.model),
                "customdata": [[curve.model, k + 1] for k in range(last + 1)],
                "hovertext": [_point_words(curve, k, metric) for k in range(last + 1)],
                "hoverinfo": "text",
            }
        )
    shapes = [
        {
            "type": "line",
            "x0": 0,
            "x1": 1,
            "xref": "x domain",
            "y0": value,
            "y1": value,
            "layer": "below",
            "line": {"color": colors.muted, "width": 1, "dash": "longdash"},
        }
        for value in near.values()
    ]
    layout["shapes"] = shapes
    layout["yaxis"] |= {
        "range": [low, high],
        "tickvals": (ticks := round_ticks(low, high)),
        "ticktext": [even_digits(metric.write(tick)) for tick in ticks],
    }
    layout["yaxis"]["title"]["text"] = metric.name
    layout["xaxis"] |= {
        "range": [0, most * 1.03],
        "tickvals": (rates := sorted({round(curve.bits_per_token[-1]) / curve.stride**2 for curve in curves})),
        "ticktext": [even_digits(f"{rate:.4g}") for rate in rates],
    }
    layout["xaxis"]["title"]["text"] = "bits per pixel, nominal, without side information"
    ends = [EndName(f"unquantized, D = {width}", value, "continuous", False) for width, value in near.items()]
    if len(curves) <= _NAMED_CURVES:
        ends += [
            EndName(label_of(curve.model).removeprefix("RFSQ "), curve.values[-1], curve.model, True)
            for curve in curves
        ]
    ends += [
        EndName(f"↑ D = {width}: {metric.write(value)}", high if value > high else low, "continuous", False)
        for width, value in ceilings.items()
        if width not in near
    ]
    layout["annotations"] = names_at_ends(ends, layout, "y", theme)
    layout["margin"]["r"] = margin_for(ends) if ends else 24
    return go.Figure(data=traces, layout=layout)


def _point_words(curve: RateCurve, k: int, metric: Metric) -> str:
    lines = [f"<b>{escape(label_of(curve.model))}</b>"]
    if len(curve.values) > 1:
        lines.append(f"{k + 1} of {counted(len(curve.values), 'stage')}")
        if k + 1 < len(curve.values) and not curve.trained_for_fewer:
            lines.append("decoder trained on all stages only")
    lines += [f"{format_bits(curve.bits_per_token[k])} per token", f"{metric.name}: {metric.write(curve.values[k])}"]
    lines += curve.details[k] if curve.details else ()
    return even_digits("<br>".join(lines))
