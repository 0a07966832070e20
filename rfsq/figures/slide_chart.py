"""A chart of a page as it stands on a slide: 16 to 9, lines and text that are read from the back, its settings below."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from copy import deepcopy
from html import escape
from typing import Final

import plotly.graph_objects as go

from rfsq.figures.parts import SMALL, Part, even_digits, small_words
from rfsq.style.lettering import fitted_lines
from rfsq.style.palette import THEMES, Theme

LINES: Final = 1080  # of the slide
WIDTH, HEIGHT = 960, 540  # px of the chart: it is drawn at twice its size
_TITLE, _NOTE = 20, 12  # px: 40 and 24 on the slide
_THIN, _SMALL_DOT = 2, 6  # px: 4 and 12 on the slide
_TITLE_CHARS: Final = 80  # of a line
_EDGE, _NOTE_LINE = 12, 16  # px
_PLIANT: Final = 600  # px: charts of up to this height can be a little lower


def slide_chart(figure: go.Figure, notes: Sequence[str], *, theme: Theme = "light") -> go.Figure:
    """The chart with larger title, thicker lines and dots, and `notes` below it, a paragraph each.

    It is 960 px wide and 540 high, or higher where its rows need more: `slide_scale` enlarges it to 1080 lines.
    """
    drawn = deepcopy(figure.to_dict())
    traces, layout = drawn["data"], drawn["layout"]
    for trace in traces:
        _thicken(trace)
    for shape in layout.get("shapes", ()):
        _at_least(shape.get("line"), "width", _THIN)
    lines = [line for note in notes for line in fitted_lines(note, 0.94 * (WIDTH - 2 * _EDGE), _NOTE)]
    below = _NOTE_LINE * len(lines) + (_EDGE if lines else 0)
    margin = layout["margin"]
    layout |= {
        "width": WIDTH,
        "height": HEIGHT if layout["height"] <= _PLIANT else layout["height"] + below,
        "margin": margin | {"b": margin["b"] + below},
        "title": layout["title"] | {"text": _title(layout["title"]["text"]), "font": {"size": _TITLE, "weight": 600}},
        "annotations": [*layout.get("annotations", ()), *_foot(lines, margin, theme)],
    }
    return go.Figure(data=traces, layout=layout)


def slide_scale(figure: go.Figure) -> float:
    """By what a chart made by `slide_chart` is enlarged to 1080 lines: 2, less for a high one."""
    return LINES / float(figure.layout.height)


def smallest_text(figure: go.Figure) -> int:
    """Pixels of the smallest text of such a chart on 1080 lines: 24, less for a high one."""
    return round(min(_NOTE, SMALL) * slide_scale(figure))


def _thicken(trace: Part) -> None:
    _at_least(trace.get("line"), "width", _THIN)
    for bars in ("error_x", "error_y"):
        _at_least(trace.get(bars), "thickness", _THIN)
    marker = trace.get("marker")
    if marker and "size" in marker:
        sizes = marker["size"]
        marker["size"] = _dot(sizes) if isinstance(sizes, int | float) else [_dot(size) for size in sizes]


def _dot(size: float) -> float:
    return max(size, _SMALL_DOT) if size else size  # none stays none


def _at_least(part: Part | None, name: str, least: float) -> None:
    if part and part.get(name):
        part[name] = max(part[name], least)


def _title(text: str) -> str:
    """The title in lines as long as the slide: those of the page fit a phone."""
    words = re.sub(r"<[^>]*>", "", text.replace("<br>", " "))
    return even_digits("<br>".join(textwrap.wrap(words, _TITLE_CHARS)))


def _foot(lines: Sequence[str], margin: Mapping[str, float], theme: Theme) -> list[Part]:
    if not lines:
        return []
    words = small_words("<br>".join(escape(line, quote=False) for line in lines), THEMES[theme].muted)
    words["font"] = words["font"] | {"size": _NOTE}
    place = {"xref": "paper", "x": 0, "xshift": _EDGE - margin["l"], "yref": "paper", "y": 0, "yshift": -margin["b"]}
    return [words | place | {"yanchor": "top"}]
