"""A figure for the back of a room: lines and dots that hold when the whole chart is magnified."""

from __future__ import annotations

from typing import Any, Final

import plotly.graph_objects as go

from rfsq.figures.parts import SMALL

TEXT_PX, LINE_PX, DOT_PX = 24, 4, 12  # of the smallest text, of lines and of dots, on a screen of 1080 lines
MAGNIFIED: Final = TEXT_PX / SMALL  # how much larger a chart is drawn there, so that its smallest text has that size
HIGHEST: Final = 520  # px: what is left of such a screen below a title, before it is magnified
_THIN: Final = 1.5  # px: lines below are grids, borders and what a line would have been


def enlarged(figure: go.Figure) -> go.Figure:
    """A copy whose lines and dots, drawn MAGNIFIED times as large, are at least LINE_PX wide and DOT_PX across.

    It is at most HIGHEST px high. Grids, borders and other lines below 1.5 px stay thin; a dot of size 0 stays away.

    >>> line = {"x": [0, 1], "y": [0, 1], "line": {"width": 2}, "marker": {"size": [5, 0]}}
    >>> thick = enlarged(go.Figure([line])).data[0]
    >>> round(thick.line.width * MAGNIFIED, 1), thick.marker.size
    (4.0, (7.0, 0))
    """
    record: dict[str, Any] = figure.to_dict()
    for trace in record["data"]:
        line, marker = trace.get("line"), trace.get("marker")
        if line and "lines" in trace.get("mode", "lines") and (width := line.get("width")) is not None:
            line["width"] = _at_least(width, LINE_PX, _THIN)
        if marker and marker.get("size") is not None:
            size = marker["size"]
            many = isinstance(size, (list, tuple))
            marker["size"] = [_at_least(one, DOT_PX, 0.1) for one in size] if many else _at_least(size, DOT_PX, 0.1)
    if (height := record["layout"].get("height")) is not None:
        record["layout"]["height"] = min(height, HIGHEST)
    return go.Figure(record)


def _at_least(value: float, px: float, least: float) -> float:
    """The value, raised to so many pixels of the magnified chart if it is not below `least`."""
    return value if value < least else max(value, px / MAGNIFIED)
