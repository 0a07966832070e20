"""How good single pictures are: PSNR, and ST-LPIPS below it, with every value written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go

from rfsq.figures.dot_rows import BAND, Rows
from rfsq.figures.metric import METRICS, Metric
from rfsq.figures.parts import SMALL, Part, base_layout, even_digits, round_ticks
from rfsq.style.palette import THEMES, Theme, style_of
from rfsq.style.wording import format_db, format_score

_PSNR, _ST_LPIPS = METRICS["psnr_db"], METRICS["st_lpips"]
_LEAST_DB, _LEAST_DISTANCE = 3.0, 0.01  # an axis covers this much at least: a difference that nobody sees looks small
_LEFT, _RIGHT = 0.06, 0.36  # of an axis' range, kept free: for a dot, and for the value beside it
_TICKS = 26  # px below a panel
_MOST_TICKS = 4
_LONGEST = 16  # characters: names that are longer stand above their dots
WAITING = "…"


@dataclass(frozen=True)
class PictureScore:
    """One picture and its scores."""

    method: str  # gives mark and colour
    name: str  # as the page calls it
    psnr_db: float  # infinite for a picture that equals the original
    st_lpips: float | None  # None: being measured
    price: str = ""  # stands at the name, where pictures cost unequally much


def picture_scores(
    pictures: Sequence[PictureScore], *, title: str, perceptual: bool = True, theme: Theme = "light"
) -> go.Figure:
    """A row and a dot for each picture, the best on top, its value beside the dot; a panel for each score.

    perceptual: whether ST-LPIPS has its panel; a picture without one shows "…" there, below the measured ones. ST-LPIPS begins
    at zero; the axis of PSNR covers 3 dB or more. Raises ValueError without pictures, and for a score that is NaN.
    """
    if not pictures:
        raise ValueError("picture_scores needs at least one picture")
    if any(math.isnan(value) for one in pictures for value in (one.psnr_db, one.st_lpips or 0.0)):
        raise ValueError("a score is not a number")
    places = _places(pictures, theme)
    metrics = (_PSNR, _ST_LPIPS) if perceptual else (_PSNR,)
    layout = base_layout(theme, title, height=0)
    axes = layout.pop("xaxis"), layout.pop("yaxis")
    panel, between = places.step * len(pictures), _TICKS + BAND
    whole = len(metrics) * panel + (len(metrics) - 1) * between
    layout["margin"] |= {"l": places.left, "r": 12, "t": layout["margin"]["t"] + BAND - 16, "b": _TICKS + 8}
    layout["height"] = whole + layout["margin"]["t"] + layout["margin"]["b"]
    layout["annotations"] = []
    traces: list[Part] = []
    for number, metric in enumerate(metrics):
        suffix = "" if number == 0 else str(number + 1)
        top = 1 - number * (panel + between) / whole
        scored = sorted(((one, _value(metric, one)) for one in pictures), key=lambda row: _order(metric, row[1]))
        ends = _range(metric, [value for _, value in scored])
        layout |= _panel_axes(axes, suffix, ends, len(scored), (max(0.0, top - panel / whole), top))
        layout["annotations"] += _words(metric, scored, suffix, places)
        traces += [_dot(one, value, row, metric, ends, suffix, theme) for row, (one, value) in enumerate(scored)]
    return go.Figure(data=traces, layout=layout)


def _places(pictures: Sequence[PictureScore], theme: Theme) -> Rows:
    names = [text for one in pictures for text in (one.name, one.price)]
    narrow = max(map(len, names)) > _LONGEST
    return Rows.of(names, theme, narrow=narrow, two_lines=any(one.price for one in pictures))


def _panel_axes(
    axes: tuple[Part, Part], suffix: str, ends: tuple[float, float], rows: int, domain: tuple[float, float]
) -> Part:
    """Both axes of a panel, with room for a dot on the left and a value on the right. domain: heights of the whole plot."""
    x_axis, y_axis = axes
    low, high = ends
    span = (high - low) / (1 - _LEFT - _RIGHT)
    ticks = round_ticks(low, high)
    ticks = ticks[:: math.ceil(len(ticks) / _MOST_TICKS)]
    across = {
        "title": {"text": ""},
        "range": [low - _LEFT * span, high + _RIGHT * span],
        "tickvals": ticks,
        "ticktext": [even_digits(f"{tick:g}") for tick in ticks],
        "tickangle": 0,
        "anchor": f"y{suffix}",
    }
    up = {"domain": list(domain), "range": [rows - 0.5, -0.5], "showgrid": False, "showticklabels": False}
    return {f"xaxis{suffix}": x_axis | across, f"yaxis{suffix}": y_axis | up | {"anchor": f"x{suffix}"}}


def _words(
    metric: Metric, scored: Sequence[tuple[PictureScore, float | None]], suffix: str, places: Rows
) -> list[Part]:
    """The name of a panel, and those of its rows."""
    head = places.band(f"<b>{metric.name}</b>, {metric.direction}", 1)
    above = {"yref": f"y{suffix} domain", "yshift": 14 if places.narrow else 4}
    rows = [places.name(one.name, one.method, row, more=one.price) for row, (one, _) in enumerate(scored)]
    return [head | above, *(words | {"yref": f"y{suffix}"} for words in rows)]


def _written(metric: Metric, value: float | None) -> str:
    """A score as it stands beside its dot: "33.1 dB", "0.021"."""
    if value is None:
        return WAITING
    return format_db(value) if metric is _PSNR else format_score(value)


def _value(metric: Metric, one: PictureScore) -> float | None:
    return one.psnr_db if metric is _PSNR else one.st_lpips


def _order(metric: Metric, value: float | None) -> float:
    """Sorts the best first, what is not known last."""
    if value is None:
        return math.inf
    return -value if metric.higher_is_better else value


def _range(metric: Metric, values: Sequence[float | None]) -> tuple[float, float]:
    """What the axis covers between its ends: all finite values, and as much as is seen."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    if metric is _ST_LPIPS:
        return 0.0, max([_LEAST_DISTANCE, *known])
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    room = max(0.0, _LEAST_DB - (high - low)) / 2
    return low - room, high + room


def _dot(
    one: PictureScore,
    value: float | None,
    row: int,
    metric: Metric,
    ends: tuple[float, float],
    suffix: str,
    theme: Theme,
) -> Part:
    style = style_of(one.method)
    color = style.color(theme)
    x = ends[0] if value is None else min(value, ends[1])  # an infinite one stands at the end
    text = _written(metric, value)
    return {
        "x": [x],
        "y": [row],
        "xaxis": f"x{suffix}",
        "yaxis": f"y{suffix}",
        "mode": "text" if value is None else "markers+text",
        "name": one.name,
        "marker": {"symbol": style.symbol or "circle", "size": 13, "color": color, "line": {"color": color}},
        "text": [even_digits(f"  {text}")],
        "textposition": "middle right",
        "textfont": {"size": SMALL, "color": THEMES[theme].text},
        "hovertext": [
            even_digits(f"{escape(', '.join(filter(None, (one.name, one.price))))}<br>{metric.name}: {text}")
        ],
        "hoverinfo": "text",
        "cliponaxis": False,
    }
