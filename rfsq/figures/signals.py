"""How strong the signal is that each stage rounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import plotly.graph_objects as go

from rfsq.evidence.statements import HALF_SPACING
from rfsq.figures.names import distinct_names
from rfsq.figures.parts import (
    EndName,
    Part,
    base_layout,
    even_digits,
    horizontal,
    log_axis,
    margin_for,
    names_at_ends,
    one_two_five,
    plain,
    vertical,
)
from rfsq.style.palette import THEMES, Theme, label_of, style_of

_FLOOR: Final = 0.1  # of the axis; a weaker signal is drawn there and says its value when it is pointed at


@dataclass(frozen=True)
class SignalCurve:
    """What the stages of a model round."""

    method: str  # name in the zoo
    signal: tuple[float, ...]  # of stage 1 … S: RMS of what is rounded ÷ distance between the levels there, > 0
    most: float  # the largest value that there can be: (levels − 1) / 2, all of the signal at the outermost levels
    emphasized: bool = True  # False: thin and grey


def stage_signals(
    curves: Sequence[SignalCurve], *, stage: int, theme: Theme = "light", title: str | None = None
) -> go.Figure:
    """RMS of what each stage rounds, in distances between its levels, one line per method with its name at the end.

    The axis is logarithmic and fixed by the level counts, so a toggle or another photo moves lines and never the axis.
    `stage` draws the rule. A dotted line marks half a distance, where levels allow more than that.
    Raises ValueError for an empty list, a curve without values, or values that are not positive.
    """
    if not curves:
        raise ValueError("stage_signals needs at least one curve")
    for curve in curves:
        if not curve.signal or not all(0 < value < math.inf for value in curve.signal):
            raise ValueError(f"signals of {curve.method!r} must be positive and finite, got {curve.signal}")
    colors = THEMES[theme]
    last = max(len(curve.signal) for curve in curves)
    most = max(curve.most for curve in curves)
    high = next(step for step in one_two_five(_FLOOR, max(most, 1.0)) if step >= most * (1 - 1e-9))
    named = list(zip(curves, distinct_names([curve.method for curve in curves]), strict=True))
    named.sort(key=lambda pair: pair[0].emphasized)  # grey lines first, so that they never cover an emphasized one
    traces = [_line(curve, theme) for curve, _ in named]
    ends = [
        EndName(name, math.log10(max(curve.signal[-1], _FLOOR)), curve.method, curve.emphasized)
        for curve, name in named
    ]
    layout = base_layout(theme, title or "How strong the signal is that each stage rounds", height=420)
    layout["yaxis"] |= log_axis((_FLOOR, high), plain)
    layout["yaxis"]["title"]["text"] = "signal RMS ÷ level spacing, log"
    layout["xaxis"] |= {
        "showgrid": False,
        "range": [1 - 0.06 * max(1, last - 1), last + (0.0 if last > 1 else 0.5)],
        "tickvals": list(range(1, last + 1)),
        "ticktext": [even_digits(f"<b>{k}</b>" if k == stage else str(k)) for k in range(1, last + 1)],
    }
    layout["xaxis"]["title"]["text"] = "stage"
    layout["shapes"] = [vertical(min(max(stage, 1), last), {"color": colors.text, "width": 1.5})]
    if most > HALF_SPACING:
        layout["shapes"].append(horizontal(HALF_SPACING, {"color": colors.muted, "width": 1, "dash": "dot"}))
        ends.append(EndName("half a spacing", math.log10(HALF_SPACING), "", False))
    layout["annotations"] = names_at_ends(ends, layout, "y", theme)
    layout["margin"]["r"] = margin_for(ends)
    return go.Figure(data=traces, layout=layout)


def _line(curve: SignalCurve, theme: Theme) -> Part:
    style = style_of(curve.method)
    color = style.color(theme) if curve.emphasized else THEMES[theme].ghost
    line = {"dash": style.dash, "width": style.width} if curve.emphasized else {"width": 1.5}
    return {
        "x": list(range(1, len(curve.signal) + 1)),
        "y": [max(value, _FLOOR) for value in curve.signal],
        "mode": "lines+markers",
        "line": {"color": color} | line,
        "marker": {"symbol": style.symbol or "circle", "size": 11 if curve.emphasized else 0, "color": color},
        "hovertext": [_hover(curve, k, value) for k, value in enumerate(curve.signal, start=1)],
        "hoverinfo": "text",
        "cliponaxis": False,
        "name": curve.method,
    }


def _hover(curve: SignalCurve, stage: int, value: float) -> str:
    lines = [f"<b>{escape(label_of(curve.method))}</b>", f"stage {stage}: {plain(value)} level spacings"]
    return even_digits("<br>".join(lines))
