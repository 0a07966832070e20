"""What longer training buys: a score over the steps, each mark a training of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import plotly.graph_objects as go

from rfsq.figures.names import add_names
from rfsq.figures.parts import EndName, Part, base_layout, counted, even_digits, log_axis, padded, thousands
from rfsq.style.palette import Theme, style_of
from rfsq.style.wording import format_db

_LOOKS = ("continuous-8", "scale")  # whose colours and marks the lines have, in their order


def training_length(
    curves: Mapping[str, Sequence[tuple[int, float]]], *, title: str, theme: Theme = "light", narrow: bool = False
) -> go.Figure:
    """PSNR in dB over the steps of training, log, a line for each name in `curves` (two at most): its trainings as steps and
    score. Raises ValueError without trainings.
    """
    points = [point for curve in curves.values() for point in curve]
    if not points or len(curves) > len(_LOOKS):
        raise ValueError(f"training_length needs one or two curves with trainings, got {len(curves)}")
    layout = base_layout(theme, title, height=420)
    steps = sorted({step for step, _ in points})
    layout["xaxis"] |= log_axis((steps[0] / 1.15, steps[-1] * 1.15), lambda step: thousands(round(step)))
    layout["xaxis"] |= {
        "tickvals": steps,
        "ticktext": [even_digits(thousands(step)) for step in steps],
        "showgrid": False,
    }
    layout["xaxis"]["title"]["text"] = "steps of training, log"
    layout["yaxis"] |= {"range": list(padded([score for _, score in points]))}
    layout["yaxis"]["title"]["text"] = "PSNR, dB, higher is better"
    traces: list[Part] = []
    ends: list[EndName] = []
    for (name, curve), look in zip(curves.items(), _LOOKS, strict=False):
        style, ordered = style_of(look), sorted(curve)
        traces.append(
            {
                "x": [step for step, _ in ordered],
                "y": [score for _, score in ordered],
                "mode": "lines+markers",
                "line": {"color": style.color(theme), "width": 2, "dash": style.dash},
                "marker": {"symbol": style.symbol or "circle", "size": 11, "color": style.color(theme)},
                "name": name,
                "hovertext": [
                    even_digits(f"<b>{escape(name)}</b><br>{counted(step, 'step')}: {format_db(score)}")
                    for step, score in ordered
                ],
                "hoverinfo": "text",
            }
        )
        ends.append(EndName(name, ordered[-1][1], look, True))
    add_names(ends, layout, theme, narrow=narrow)
    return go.Figure(data=traces, layout=layout)
