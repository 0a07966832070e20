"""Perception against distortion for one network trained with several perceptual terms: a panel per learned distance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go

from rfsq.figures.parts import SMALL, Part, base_layout, even_digits, padded
from rfsq.style.palette import THEMES, Theme, hollow, style_of
from rfsq.style.wording import format_db

_LOOKS = ("scale", "layernorm")  # colours and marks of the two networks that were trained on
_ROOM = 0.2  # of the whole, between two panels


@dataclass(frozen=True)
class TermPoint:
    """One training."""

    trained_on: str  # network of the metric in its loss
    label: str  # at its mark: the weight
    psnr_db: float
    distances: Mapping[str, float]  # network that measures -> distance
    varies: bool = False  # in more than its weight: hollow, joined to no other, named by all of its label


def term_panels(points: Sequence[TermPoint], *, title: str, theme: Theme = "light", narrow: bool = False) -> go.Figure:
    """Learned distance over PSNR, a panel for each network that measures; points of one network in the loss that differ in
    nothing but the weight are joined in the order given. Panels stand side by side, on a narrow page below each other.

    Raises ValueError without points, or where they were not measured by the same networks.
    """
    if not points or len({tuple(point.distances) for point in points}) > 1:
        raise ValueError("term_panels needs points that were measured by the same networks")
    panels = list(points[0].distances)
    layout = base_layout(theme, title, height=760 if narrow else 440)
    traces: list[Part] = []
    low, high = padded([point.psnr_db for point in points])
    x_range = [low, high + 0.18 * (high - low)]  # the label of the last mark stands right of it
    x_axis, y_axis = layout.pop("xaxis"), layout.pop("yaxis")
    size = (1 - _ROOM * (len(panels) - 1)) / len(panels)
    for place, measured in enumerate(panels):
        number = str(place + 1) if place else ""
        start = place * (size + _ROOM)
        domain = [start, start + size]
        upper = [max(0.0, 1 - start - size), 1 - start]
        distances = [point.distances[measured] for point in points]
        top = 1.12 * max(distances)
        layout[f"xaxis{number}"] = x_axis | {
            "range": x_range,
            "domain": [0, 1] if narrow else domain,
            "anchor": f"y{number}",
            "title": x_axis["title"] | {"text": "PSNR, dB, higher is better"},
        }
        layout[f"yaxis{number}"] = y_axis | {
            "range": [0, top],
            "domain": upper if narrow else [0, 1],
            "anchor": f"x{number}",
            "title": y_axis["title"] | {"text": f"{measured} distance" + ("" if place else ", lower is better")},
        }
        for look, network in enumerate(dict.fromkeys(point.trained_on for point in points)):
            mine = [point for point in points if point.trained_on == network]
            joined, alone = ([point for point in mine if point.varies is varies] for varies in (False, True))
            traces += [_line(network, joined, measured, number, _look(look), theme)] if joined else []
            traces += [_line(network, [point], measured, number, _look(look), theme) for point in alone]
    return go.Figure(data=traces, layout=layout)


def _look(place: int) -> str:
    """The family whose colour and mark the network at a place has."""
    return _LOOKS[place % len(_LOOKS)]


def _labels(points: Sequence[TermPoint]) -> tuple[list[str], list[str]]:
    """What stands at each mark and where: the network once, at the lowest PSNR; all but the last below their marks."""
    order = sorted(points, key=lambda point: point.psnr_db)
    words = [_words(point) if point is order[0] else point.label for point in points]
    places = ["middle right" if point is order[-1] else "bottom right" for point in points]
    return words, places


def _words(point: TermPoint) -> str:
    return f"{point.trained_on} × {point.label}"


def _line(network: str, points: Sequence[TermPoint], measured: str, number: str, look: str, theme: Theme) -> Part:
    style = style_of(look)
    labels, places = _labels(points)
    return {
        "x": [point.psnr_db for point in points],
        "y": [point.distances[measured] for point in points],
        "xaxis": f"x{number}",
        "yaxis": f"y{number}",
        "mode": "lines+markers+text",
        "text": [even_digits(f" {escape(label)}") for label in labels],
        "textposition": places,
        "textfont": {"size": SMALL, "color": THEMES[theme].text},
        "cliponaxis": False,
        "name": f"trained on {network}",
        "line": {"color": style.color(theme), "width": 1.5},
        "marker": {
            "symbol": hollow(style.symbol) if points[0].varies else style.symbol,
            "size": 11,
            "color": style.color(theme),
        },
        "hovertext": [
            even_digits(
                f"<b>trained on {escape(_words(point))}</b><br>{format_db(point.psnr_db)}, {escape(measured)} distance "
                f"{point.distances[measured]:.4f}"
            )
            for point in points
        ],
        "hoverinfo": "text",
    }
