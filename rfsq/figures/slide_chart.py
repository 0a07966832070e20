"""A chart of a page as it stands on a slide: 16 to 9, lines and text that are read from the back, its settings below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

import plotly.graph_objects as go

from rfsq.figures.enlarged import LINES, MAGNIFIED, TITLE_PX, raised, text_sizes, title_lines
from rfsq.figures.parts import BODY, Part, even_digits, small_words
from rfsq.style.lettering import fitted_lines
from rfsq.style.palette import THEMES, Theme
from rfsq.style.wording import NARROW_SPACE

WIDTH, HEIGHT = round(LINES * 16 / 9 / MAGNIFIED), round(LINES / MAGNIFIED)  # px of the chart, before it is magnified
FONT: Final = "Arial, Helvetica, sans-serif"  # that slide programs have, under this name
_TITLE: Final = TITLE_PX / MAGNIFIED
_STEP: Final = 1.3  # from line to line of a title, by the size of its text
_EDGE, _NOTE, _NOTE_LINE = 12, 14, 18  # px
_TIGHTEST: Final = 0.75  # of the height that a plot has on its page: with less of it, names and rows would touch
_PLOT: Final = (
    500  # px of a plot on its page that a slide has room for, with three lines of title and of notes around it
)


def slide_chart(figure: go.Figure, notes: Sequence[str], *, theme: Theme = "light") -> go.Figure:
    """The chart with larger title, thicker lines and dots, and `notes` below it, a paragraph each.

    It is 1120 px wide and 630 high, or higher where its rows need more: `slide_scale` enlarges it to 1080 lines.
    """
    drawn = raised(figure)
    traces, layout = drawn["data"], drawn["layout"]
    for trace in traces:
        if trace.get("type") == "scattergl":  # which would be a picture in the drawing
            trace["type"] = "scatter"
    title = layout["title"]["text"]
    lines = title_lines(title, WIDTH - 2 * _EDGE)
    foot = [line for note in notes for line in fitted_lines(note, WIDTH - 2 * _EDGE, _NOTE)]
    margin, below = layout["margin"], _NOTE_LINE * len(foot) + (_EDGE if foot else 0)
    taller = max(0, _STEP * (_TITLE * len(lines) - BODY * (title.count("<br>") + 1)))
    around = {"t": max(margin["t"] + taller, _TITLE * (_STEP * len(lines) + 1.2)), "b": margin["b"] + below}
    plot = layout["height"] - margin["t"] - margin["b"]
    layout |= {
        "width": WIDTH,
        "height": max(HEIGHT, sum(around.values()) + _TIGHTEST * plot),
        "margin": margin | around,
        "font": layout["font"] | {"family": FONT},
        "title": layout["title"] | {"text": even_digits("<br>".join(lines)), "font": {"size": _TITLE, "weight": 600}},
        "annotations": [*layout.get("annotations", ()), *_foot(foot, margin, theme)],
    }
    return go.Figure(_with_known_spaces({"data": traces, "layout": layout}))


def slide_scale(figure: go.Figure) -> float:
    """By what a chart made by `slide_chart` is enlarged to 1080 lines: MAGNIFIED, less for a high one."""
    return LINES / float(figure.layout.height)


def smallest_text(figure: go.Figure) -> int:
    """Pixels of the smallest text of such a chart on 1080 lines: 24, less for a high one."""
    return round(min(text_sizes(figure)) * slide_scale(figure))


def dealt(heights: Mapping[str, float]) -> list[list[str]]:
    """The bands or panels of a chart in their order, on as few slides as hold them, with about as much on each.

    heights: px of each on its page, by its name. One that is too high for a slide has one of its own.

    >>> dealt({"a": 250, "b": 100, "c": 120, "d": 150})
    [['a', 'b'], ['c', 'd']]
    """
    slides = len(_filled(heights, _PLOT))
    rooms = range(round(sum(heights.values()) / max(slides, 1)), _PLOT + 1, 10)
    return next((found for room in rooms if len(found := _filled(heights, room)) == slides), _filled(heights, _PLOT))


def _filled(heights: Mapping[str, float], room: float) -> list[list[str]]:
    slides: list[list[str]] = []
    left = 0.0
    for name, height in heights.items():
        if not slides or height > left:
            slides.append([])
            left = room
        slides[-1].append(name)
        left -= height
    return slides


def _with_known_spaces(part: Any) -> Any:
    """Narrow spaces made wide: the fonts of slide programs lack them."""
    if isinstance(part, str):
        return part.replace(NARROW_SPACE, "\N{NO-BREAK SPACE}")
    if isinstance(part, dict):
        return {name: _with_known_spaces(value) for name, value in part.items()}
    return [_with_known_spaces(one) for one in part] if isinstance(part, (list, tuple)) else part


def _foot(lines: Sequence[str], margin: Mapping[str, float], theme: Theme) -> list[Part]:
    if not lines:
        return []
    words = small_words("<br>".join(escape(line, quote=False) for line in lines), THEMES[theme].muted)
    place = {"xref": "paper", "x": 0, "xshift": _EDGE - margin["l"], "yref": "paper", "y": 0, "yshift": -margin["b"]}
    return [words | place | {"yanchor": "top"}]
