"""One strategy a row: a stack fitted to a network that knows of no quantizer, and the network trained with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go

from rfsq.figures.dot_rows import BAND, Rows, interval_bar
from rfsq.figures.parts import Part, base_layout, even_digits, padded, round_ticks, small_words, vertical
from rfsq.metrics.intervals import Interval
from rfsq.style.palette import THEMES, Theme, hollow, short_label_of, style_of
from rfsq.style.wording import format_signed


@dataclass(frozen=True)
class FittedRow:
    """PSNR of one strategy in dB; None where there is no such network."""

    method: str  # gives mark, colour and name
    fitted: float | None
    trained: float | None = None


def fitted_and_trained(
    bands: Mapping[str, Sequence[FittedRow]],
    ceiling: float | None,
    *,
    title: str,
    axis: str = "PSNR, dB: higher is better",
    marks: tuple[str, str] = ("fitted afterwards", "trained together"),
    only: Collection[str] | None = None,
    theme: Theme = "light",
    narrow: bool = False,
) -> go.Figure:
    """Hollow: fitted. Full: trained for it. A dashed line is the network without any rounding; it is one for all bands.

    bands: name of a band -> its rows. ceiling: PSNR of that line, None for no line. marks: what hollow and full stand for, in
    the hover box. only: names of the bands that are drawn, on the axis of all. Raises ValueError without rows.
    """
    rows = [row for band in bands.values() for row in band]
    bands = {name: band for name, band in bands.items() if only is None or name in only}
    if not any(bands.values()):
        raise ValueError("fitted_and_trained needs at least one row")
    colors = THEMES[theme]
    places = Rows.of([short_label_of(row.method) for row in rows], theme, narrow=narrow)
    layout = base_layout(theme, title, height=170 + sum(BAND + places.step * len(band) for band in bands.values()))
    values = [ceiling, *(value for row in rows for value in (row.fitted, row.trained))]
    low, high = padded([value for value in values if value is not None])
    above = layout["margin"]["t"] + (0 if ceiling is None else 20)
    layout["margin"] |= {"l": places.left, "r": 14, "b": 60, "t": above}
    traces: list[Part] = []
    layout["annotations"] = []
    y = 0.0
    for name, band in bands.items():
        layout["annotations"].append(places.band(f"<b>{escape(name)}</b>", y))
        for row in band:
            y += places.step
            layout["annotations"].append(places.name(short_label_of(row.method), row.method, y))
            traces += _pair(row, y, marks, theme)
        y += BAND
    layout["yaxis"] |= {"range": [y - 20, -30], "showgrid": False, "showticklabels": False}
    layout["xaxis"] |= _axis(low, high)
    layout["xaxis"]["title"]["text"] = axis
    if ceiling is not None:
        layout["shapes"] = [vertical(ceiling, {"color": colors.muted, "width": 1.5, "dash": "longdash"})]
        layout["annotations"].append(
            small_words("unquantized", colors.muted)
            | {"x": ceiling, "y": 1, "yref": "paper", "xanchor": "right", "yanchor": "bottom", "yshift": 2}
        )
    return go.Figure(data=traces, layout=layout)


def paired_rows(
    rows: Mapping[str, Interval], *, title: str, axis: str, theme: Theme = "light", narrow: bool = False
) -> go.Figure:
    """A mean difference with its interval for each method, and a rule at zero; one that is far off is a word at the edge.

    rows: method -> difference in dB. Raises ValueError without rows.
    """
    if not rows:
        raise ValueError("paired_rows needs at least one row")
    colors = THEMES[theme]
    places = Rows.of([short_label_of(method) for method in rows], theme, narrow=narrow)
    layout = base_layout(theme, title, height=170 + places.step * len(rows))
    middle = sorted(abs(interval.mean) for interval in rows.values())[(len(rows) - 1) // 2]
    near = [interval for interval in rows.values() if abs(interval.mean) <= max(10 * middle, 0.2)]
    reach = 1.15 * max(abs(bound) for interval in near for bound in (interval.low, interval.high))
    layout["margin"] |= {"l": places.left, "r": 14, "b": 60}
    layout["annotations"] = []
    traces: list[Part] = []
    for place, (method, interval) in enumerate(rows.items(), start=1):
        y = places.step * place
        layout["annotations"].append(places.name(short_label_of(method), method, y))
        if interval in near:
            traces.append(_difference(method, interval, y, theme))
        else:
            layout["annotations"].append(_far_off(interval, reach, y, theme))
    layout["yaxis"] |= {"range": [places.step * (len(rows) + 0.8), 0], "showgrid": False, "showticklabels": False}
    layout["xaxis"] |= _axis(-reach, reach, signed=True)
    layout["xaxis"]["title"]["text"] = axis
    layout["shapes"] = [vertical(0, {"color": colors.muted, "width": 1.5, "dash": "dot"})]
    return go.Figure(data=traces or [{"x": [], "y": [], "mode": "markers"}], layout=layout)


def _difference(method: str, interval: Interval, y: float, theme: Theme) -> Part:
    style = style_of(method)
    words = (
        f"<b>{escape(short_label_of(method))}</b><br>{_in_db(interval)}<br>95 %: "
        f"{format_signed(interval.low, 2)} … {format_signed(interval.high, 2)}"
    )
    return {
        "x": [interval.mean],
        "y": [y],
        "mode": "markers",
        "marker": {"symbol": style.symbol or "circle", "size": 12, "color": style.color(theme)},
        "error_x": interval_bar(interval.mean, interval.low, interval.high, style.color(theme)),
        "hovertext": [even_digits(words)],
        "hoverinfo": "text",
    }


def _far_off(interval: Interval, reach: float, y: float, theme: Theme) -> Part:
    """The word at the edge of a plot from −reach to reach for a difference that lies outside."""
    if interval.mean > 0:
        text, place = f"{_in_db(interval)} →", {"x": reach, "xanchor": "right"}
    else:
        text, place = f"← {_in_db(interval)}", {"x": -reach, "xanchor": "left"}
    return small_words(text, THEMES[theme].text) | place | {"y": y, "yanchor": "middle"}


def _in_db(interval: Interval) -> str:
    return f"{format_signed(interval.mean, 2)} dB"


def _pair(row: FittedRow, y: float, marks: tuple[str, str], theme: Theme) -> list[Part]:
    style = style_of(row.method)
    color, symbol = style.color(theme), style.symbol or "circle"
    both = ((marks[0], row.fitted, hollow(symbol)), (marks[1], row.trained, symbol.removesuffix("-open")))
    points = [(what, value, mark) for what, value, mark in both if value is not None]
    return [
        {
            "x": [value for _, value, _ in points],
            "y": [y] * len(points),
            "mode": "lines+markers",
            "line": {"color": color, "width": 1.5},
            "marker": {"symbol": [symbol for *_, symbol in points], "size": 12, "color": color},
            "hovertext": [
                even_digits(f"<b>{escape(short_label_of(row.method))}</b><br>{what}: {value:.2f} dB")
                for what, value, _ in points
            ],
            "hoverinfo": "text",
        }
    ]


def _axis(low: float, high: float, *, signed: bool = False) -> Part:
    ticks = round_ticks(low, high)
    digits = 0 if all(tick == round(tick) for tick in ticks) else 2
    text = [format_signed(tick, digits) if signed else f"{tick:.{digits}f}" for tick in ticks]
    return {
        "range": [low, high],
        "tickvals": ticks,
        "ticktext": [even_digits(words) for words in text],
        "tickangle": 0,
    }
