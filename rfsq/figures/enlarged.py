"""Charts for the back of a room, in a talk and on a slide: how large text, lines and dots are, and how they come to it.

Both draw a chart MAGNIFIED times as large as its own pixels, which brings its text to TEXT_PX. Lines and dots are raised
here, before that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import plotly.graph_objects as go

from rfsq.figures.parts import SMALL, Part
from rfsq.style.lettering import fitted_lines

LINES: Final = 1080  # of the screen or slide that all sizes are for
TEXT_PX, TITLE_PX, LINE_PX, DOT_PX = 24, 40, 4, 12  # there: of the smallest text, of titles, of lines and of dots
MAGNIFIED: Final = TEXT_PX / SMALL  # how much larger a chart is drawn there, so that its smallest text has that size
LOWEST, HIGHEST = 400, 520  # px: half of such a screen, and what is left of it below a title, before it is magnified
_THIN: Final = 1.5  # px: lines below are grids, borders and what a line would have been
_CLOUD: Final = 300  # a trace of more dots is a cloud: larger ones would run together


def enlarged(figure: go.Figure) -> go.Figure:
    """A copy for a talk's page: as `raised`, and from LOWEST to HIGHEST px high.

    >>> line = {"x": [0, 1], "y": [0, 1], "line": {"width": 2}, "marker": {"size": [5, 0]}}
    >>> thick = enlarged(go.Figure([line])).data[0]
    >>> round(thick.line.width * MAGNIFIED, 1), thick.marker.size
    (4.0, (7.0, 0))
    """
    record = raised(figure)
    if (height := record["layout"].get("height")) is not None:
        record["layout"]["height"] = min(max(height, LOWEST), HIGHEST)
    return go.Figure(record)


def raised(figure: go.Figure) -> Part:
    """The figure's own data, copied, with lines and dots that, drawn MAGNIFIED times as large, are at least LINE_PX wide and
    DOT_PX across.

    Lines are those of traces, error bars, outlines, shapes and arrows. Grids, borders and other lines below 1.5 px stay thin,
    dots of size 0 stay away, and clouds stay as they are.
    """
    record: Part = figure.to_dict()
    for trace, whole in zip(record["data"], figure.data, strict=True):
        _raise_trace(trace, cloud=_count(whole) > _CLOUD)
    for shape in record["layout"].get("shapes", ()):
        _raise(shape.get("line"), "width")
    for words in record["layout"].get("annotations", ()):
        _raise(words, "arrowwidth")
    return record


def title_lines(text: str, width: float) -> list[str]:
    """A chart's title, HTML as it stands there, in lines of at most `width` px at TITLE_PX: those of the page fit a phone."""
    words = re.sub(r"<[^>]*>", "", text.replace("<br>", " "))
    return fitted_lines(words, width, round(TITLE_PX / MAGNIFIED))


def text_sizes(figure: go.Figure) -> Iterator[float]:
    """The size in px of every kind of text that a figure asks for, that of all that asks for none included."""
    return _font_sizes(figure.to_dict())


def _font_sizes(part: Any) -> Iterator[float]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "hoverlabel":
                continue  # nobody points at a slide
            if name.endswith("font") and isinstance(value, dict) and "size" in value:
                yield float(value["size"])
            else:
                yield from _font_sizes(value)
    elif isinstance(part, (list, tuple)):
        for one in part:
            yield from _font_sizes(one)


def _count(trace: Any) -> int:
    """Points of a trace of points."""
    points = getattr(trace, "x", None)
    return 0 if points is None else len(points)


def _raise_trace(trace: Part, *, cloud: bool) -> None:
    if "lines" in trace.get("mode", "lines"):
        _raise(trace.get("line"), "width")
    for bars in ("error_x", "error_y"):
        _raise(trace.get(bars), "thickness")
    marker = trace.get("marker")
    if not marker or (size := marker.get("size")) is None:
        return
    if isinstance(size, (list, tuple)):
        marker["size"] = [_dot(one) for one in size]
    elif not cloud:
        marker["size"] = _dot(size)
    _raise(marker.get("line"), "width")


def _dot(size: float) -> float:
    return max(size, DOT_PX / MAGNIFIED) if size else size


def _raise(part: Part | None, name: str) -> None:
    """A width, raised to that of a line unless it is thin on purpose."""
    width = (part or {}).get(name)
    if part is not None and isinstance(width, int | float) and width >= _THIN:
        part[name] = max(width, LINE_PX / MAGNIFIED)
