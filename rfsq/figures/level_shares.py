"""How often each level of each channel is taken."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from rfsq.figures.parts import Part, base_layout, counted, even_digits, small_words
from rfsq.style.palette import THEMES, Theme
from rfsq.style.wording import format_share

MOST_CHANNELS = 16  # panels
_PANEL, _ABOVE, _AROUND = 96, 50, 178  # px


def level_shares(shares: Sequence[Sequence[float]], *, theme: Theme = "light", columns: int = 5) -> go.Figure:
    """A panel per channel: the share of the values at each level, from the lowest to the highest, one scale for all.

    shares: per channel, per level, 0 … 1, their sum 1. The outermost levels are hatched, those of no value marked ✕, and a
    dotted line is the share of levels that are all taken alike. Of more than 16 channels the first 16 are drawn.
    Raises ValueError for no channel, or one without a level.
    """
    if not shares or not all(shares):
        raise ValueError("level_shares needs a level in every channel")
    shown = shares[:MOST_CHANNELS]
    columns = min(columns, len(shown))
    rows = math.ceil(len(shown) / columns)
    height = _AROUND + rows * (_PANEL + _ABOVE)
    layout = base_layout(theme, _title(shares), height=height)
    layout["margin"] |= {"t": 66, "b": 92, "l": 56, "r": 12}
    plot = height - 158
    x_axis = layout.pop("xaxis") | {"showticklabels": False, "showgrid": False}
    y_axis = layout.pop("yaxis") | {"nticks": 3, "tickformat": ".0%"}
    y_axis["range"] = [0, 1.15 * max(max(channel) for channel in shown)]
    width = (1 - 0.04 * (columns - 1)) / columns
    traces: list[Part] = []
    shapes: list[Part] = []
    words: list[Part] = []
    for number, channel in enumerate(shown):
        row, column = divmod(number, columns)
        axis = "" if not number else str(number + 1)
        left, upper = column * (width + 0.04), 1 - (row * (_PANEL + _ABOVE) + _ABOVE) / plot
        layout[f"xaxis{axis}"] = x_axis | {
            "domain": [left, left + width],
            "anchor": f"y{axis}",
            "range": [-0.7, len(channel) - 0.3],
        }
        layout[f"yaxis{axis}"] = y_axis | {
            "domain": [max(0.0, upper - _PANEL / plot), upper],
            "anchor": f"x{axis}",
            "showticklabels": not column,
        }
        traces.append(_bars(channel, number + 1, axis, theme))
        shapes.append(_all_alike(channel, axis, theme))
        words += _words(channel, number + 1, axis, theme)
    note = "<b>channel</b>: levels in use<br>hatched: outermost; ✕: taken by none<br>dotted: all taken alike"
    if len(shares) > MOST_CHANNELS:
        note += f"<br>The first {MOST_CHANNELS} of {len(shares)} channels."
    below = {"xref": "paper", "yref": "paper", "x": 0, "y": 0, "yshift": -10, "yanchor": "top"}
    layout["annotations"] = [*words, small_words(note, THEMES[theme].muted) | below]
    layout["shapes"] = shapes
    return go.Figure(data=traces, layout=layout | {"bargap": 0.25})


def _title(shares: Sequence[Sequence[float]]) -> str:
    dead = sum(share == 0 for channel in shares for share in channel)
    if dead:
        return f"{counted(dead, 'level')} {'is' if dead == 1 else 'are'} taken by no value"
    outer = [channel[0] + channel[-1] if len(channel) > 1 else 1.0 for channel in shares]
    least, most = format_share(min(outer)), format_share(max(outer))
    return f"{most if least == most else f'{least} to {most}'} of the values lie at outermost levels"


def _bars(channel: Sequence[float], number: int, axis: str, theme: Theme) -> Part:
    """A bar for each level, the outermost hatched."""
    colors, ends = THEMES[theme], {0, len(channel) - 1}
    return {
        "type": "bar",
        "x": list(range(len(channel))),
        "y": list(channel),
        "xaxis": f"x{axis}",
        "yaxis": f"y{axis}",
        "marker": {
            "color": colors.text,
            "line": {"color": colors.text, "width": 1},
            "pattern": {
                "shape": ["/" if level in ends else "" for level in range(len(channel))],
                "fgcolor": colors.text,
                "bgcolor": colors.page,
                "size": 6,
            },
        },
        "hovertext": [
            even_digits(f"channel {number}, level {level + 1} of {len(channel)}: {format_share(share)}")
            for level, share in enumerate(channel)
        ],
        "hoverinfo": "text",
    }


def _all_alike(channel: Sequence[float], axis: str, theme: Theme) -> Part:
    """The line at the share of each level if all were taken alike."""
    even = 1 / len(channel)
    place = {"x0": 0, "x1": 1, "xref": f"x{axis} domain", "y0": even, "y1": even, "yref": f"y{axis}"}
    return {"type": "line", **place, "line": {"color": THEMES[theme].muted, "width": 1.5, "dash": "dot"}}


def _words(channel: Sequence[float], number: int, axis: str, theme: Theme) -> list[Part]:
    """How many levels are in use, above the panel, and a mark at each that is not."""
    color, used = THEMES[theme].text, sum(share > 0 for share in channel)
    above = {"xref": f"x{axis} domain", "yref": f"y{axis} domain", "x": 0, "y": 1, "yanchor": "bottom"}
    foot = {"xref": f"x{axis}", "yref": f"y{axis}", "y": 0, "yanchor": "bottom", "xanchor": "center"}
    marks = [small_words("✕", color) | foot | {"x": level} for level, share in enumerate(channel) if not share]
    return [small_words(f"<b>{number}</b>: {used} of {len(channel)}", color) | above, *marks]
