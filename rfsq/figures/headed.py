"""A chart whose title is a heading of the page above it, where it breaks by itself and can be as large as a room needs."""

from __future__ import annotations

import re
from html import unescape
from typing import Any, Final

import plotly.graph_objects as go

from rfsq.figures.parts import SMALL, title_room

_LEAST: Final = SMALL  # px that stay above: half of the highest tick's label stands there


def headed(figure: go.Figure) -> tuple[str, go.Figure]:
    """The words of a chart's title, and a copy of the chart without it, lower by the room that it took.

    >>> title, bare = headed(go.Figure(layout={"title": {"text": "A &amp; B<br>in C"}, "height": 400, "margin": {"t": 92}}))
    >>> title, bare.layout.title.text, bare.layout.height, bare.layout.margin.t
    ('A & B in C', None, 334, 26)
    """
    record: dict[str, Any] = figure.to_dict()
    layout = record["layout"]
    title = layout.pop("title", {}).get("text", "")
    words = unescape(re.sub(r"<[^>]*>", "", title.replace("<br>", " ")))
    margin, height = layout.get("margin", {}), layout.get("height")
    if words and height is not None and "t" in margin:
        taken = max(0, min(title_room(title), margin["t"] - max(_LEAST, _words_above(layout))))
        layout |= {"height": height - taken, "margin": margin | {"t": margin["t"] - taken}}
    return words, go.Figure(record)


def _words_above(layout: dict[str, Any]) -> float:
    """px that words above the plot take of its margin."""
    above = [
        words.get("yshift", 0) + 1.3 * SMALL * (words["text"].count("<br>") + 1)
        for words in layout.get("annotations", ())
        if words.get("yanchor") == "bottom" and words.get("y") == 1 and words.get("yref") in ("paper", "y domain")
    ]
    return max(above, default=0)
