"""Quality against file size."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from html import escape

import plotly.graph_objects as go

from rfsq.codec.rate_distortion import RatePoint
from rfsq.figures.metric import Metric
from rfsq.figures.names import add_names
from rfsq.figures.parts import (
    EndName,
    Part,
    base_layout,
    even_digits,
    small_words,
    vertical,
)
from rfsq.style.palette import THEMES, Theme, label_of, short_label_of, style_of
from rfsq.style.wording import NARROW_SPACE, format_bpp, format_bytes

_STEPS = (1, 2, 5)
_RATES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0)  # bits per pixel
_TOP_TICKS = 24  # px of the bits per pixel above the plot
_NARROW_TICKS = 4  # more would stand on each other on a phone
_MEET = 0.04  # of a side of the plot: numbers of points that are nearer would stand on each other


def rate_distortion(
    ours: Mapping[str, Sequence[RatePoint]],
    other_formats: Mapping[str, Sequence[RatePoint]],
    metric: Metric,
    pixels: float,
    *,
    title: str,
    chosen: float | None = None,
    floors: Mapping[str, int] | None = None,
    names: Mapping[str, str] | None = None,
    theme: Theme = "light",
    narrow: bool = False,
) -> go.Figure:
    """A score over bytes (log) with bits per pixel on top: a line per model through its stages, grey lines for formats.

    pixels: of the picture, to turn bytes into bits per pixel. chosen: bytes where a rule is drawn. floors: the smallest
    file that a format can write, as ticks on the axis where it reaches so far. names: shorter ones at the ends of lines, by
    curve. Points without a finite score are left out. Raises ValueError when nothing is left.
    """
    curves = {
        name: [point for point in points if math.isfinite(point.score)]
        for name, points in {**other_formats, **ours}.items()
    }
    curves = {name: points for name, points in curves.items() if points}
    if not curves:
        raise ValueError("rate_distortion needs at least one point")
    sizes = [point.size for points in curves.values() for point in points]
    scores = [point.score for points in curves.values() for point in points]
    low, high = min(scores), max(scores)
    room = 0.06 * (high - low or 1)
    over = 0.1 * (high - low or 1)  # for the stage's number above a point
    span = (math.log10(min(sizes) * 0.9), math.log10(max(sizes) * 1.1))
    shown = {name: points for name, points in curves.items() if name in ours}
    places = _number_places(shown, span[1] - span[0], high + over - low + room)
    traces = [
        _line(name, points, len(ours.get(name, ())), metric, pixels, theme) | places.get(name, {})
        for name, points in curves.items()
    ]
    # Plotly draws an axis only where a trace has it.
    unseen = {"x": [10 ** span[0]], "y": [high], "mode": "none", "hoverinfo": "skip"}
    traces.append(unseen | {"xaxis": "x2"})
    layout = base_layout(theme, title, height=560)
    layout["margin"]["t"] += 28
    layout["xaxis"] |= _size_axis(span, narrow)
    layout["xaxis2"] = _without_title(layout["xaxis"]) | _rate_axis(span, pixels, narrow)
    layout["xaxis"]["title"]["text"] = "size of the file, log"
    layout["yaxis"] |= {"range": [low - room, high + over]}
    layout["yaxis"]["title"]["text"] = f"{metric.name}: {metric.direction}"
    layout["shapes"] = [] if chosen is None else [vertical(chosen, {"color": THEMES[theme].text, "width": 1.5})]
    add_names(_ends(curves, ours, names or {}), layout, theme, narrow=narrow, above=_TOP_TICKS)
    for name, size in (floors or {}).items():
        if math.log10(size) >= span[0]:  # else far below anything shown
            shape, words = _floor(name, size, theme)
            layout["shapes"].append(shape)
            layout["annotations"].append(words)
    return go.Figure(data=traces, layout=layout)


def _number_places(ours: Mapping[str, Sequence[RatePoint]], width: float, height: float) -> dict[str, Part]:
    """Where the stages' numbers of each of our curves stand: above, but below where one of another stands already.

    width, height: of the plot, in powers of ten and in what the score is measured in.
    """
    above: list[tuple[float, float]] = []
    places: dict[str, Part] = {}
    for name, points in ours.items():
        at = [(math.log10(point.size) / width, point.score / height) for point in points]
        taken = [any(math.dist(one, other) < _MEET for other in above) for one in at]
        places[name] = {"textposition": ["bottom right" if below else "top left" for below in taken]}
        above += [one for one, below in zip(at, taken, strict=True) if not below]
    return places


def _size_axis(span: tuple[float, float], narrow: bool) -> Part:
    """Bytes of a file. span: the ends, log10."""
    ticks = [step * 10**power for power in range(1, 8) for step in _STEPS]
    shown = _thinned([tick for tick in ticks if span[0] <= math.log10(tick) <= span[1]], narrow)
    return {
        "type": "log",
        "range": list(span),
        "tickvals": shown,
        "ticktext": [even_digits(format_bytes(tick)) for tick in shown],
    }


def _rate_axis(span: tuple[float, float], pixels: float, narrow: bool) -> Part:
    """Bits per pixel above the plot, at the places of their bytes."""
    rates = _thinned([rate for rate in _RATES if span[0] <= math.log10(rate * pixels / 8) <= span[1]], narrow)
    return {
        "overlaying": "x",
        "side": "top",
        "tickangle": 0,
        "showgrid": False,
        "tickvals": [rate * pixels / 8 for rate in rates],
        "ticktext": [even_digits(f"{rate:g}{NARROW_SPACE}bpp") for rate in rates],
    }


def _without_title(axis: Part) -> Part:
    return {key: value for key, value in axis.items() if key != "title"}


def _ends(curves: Mapping[str, Sequence[RatePoint]], ours: Collection[str], names: Mapping[str, str]) -> list[EndName]:
    ends = []
    for name, points in curves.items():
        short = label_of(name).removeprefix("RFSQ ") if name in ours else short_label_of(name)
        ends.append(EndName(names.get(name, short), points[-1].score, name, name in ours))
    return ends


def _floor(name: str, size: int, theme: Theme) -> tuple[Part, Part]:
    """A tick on the axis at the smallest file of a format, and its upright words."""
    color = THEMES[theme].muted
    tick = {"type": "line", "x0": size, "x1": size, "y0": 0, "y1": 0.03, "yref": "y domain"}
    place = {"x": math.log10(size), "y": 0.03, "yref": "y domain", "xanchor": "center", "yanchor": "bottom"}
    words = small_words(f"{short_label_of(name)} floor", color)
    return tick | {"line": {"color": color, "width": 2}}, words | place | {"textangle": -90}


def _thinned(ticks: Sequence[float], narrow: bool) -> list[float]:
    """On a narrow page every second or third tick, so that no two touch."""
    return list(ticks)[:: math.ceil(len(ticks) / _NARROW_TICKS) if narrow else 1]


def _line(name: str, points: Sequence[RatePoint], stages: int, metric: Metric, pixels: float, theme: Theme) -> Part:
    """stages: of one of our models, all that it has; 0 for a format."""
    style = style_of(name)
    color = style.color(theme)
    words = [
        even_digits(
            "<br>".join(
                [
                    f"<b>{escape(label_of(name))}</b>",
                    f"{point.label} of {stages} stages" if stages else point.label,
                    f"{format_bytes(point.size)}, {format_bpp(8 * point.size / pixels)}",
                    f"{metric.name}: {metric.write(point.score)}",
                ]
            )
        )
        for point in points
    ]
    line: Part = {
        "x": [point.size for point in points],
        "y": [point.score for point in points],
        "name": label_of(name),
        "line": {"color": color, "width": 2.5 if stages else 1.5, "dash": style.dash},
        "mode": "lines",
        "hovertext": words,
        "hoverinfo": "text",
    }
    if stages:
        line |= {
            "mode": "lines+markers+text",
            "text": [point.label for point in points],
            "customdata": [[name, k + 1] for k in range(len(points))],
            "marker": {"symbol": style.symbol, "size": 11, "color": color},
        }
    return line
