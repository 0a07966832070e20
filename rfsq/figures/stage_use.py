"""What each stage's indices say, of all that they may."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

import plotly.graph_objects as go

from rfsq.figures.parts import EndName, Part, base_layout, horizontal, margin_for, names_at_ends, small_words
from rfsq.style.palette import THEMES, Theme, short_label_of, style_of
from rfsq.style.wording import NARROW_SPACE, format_bits
from rfsq.teaching.lab import LabRun


def stage_use(runs: Mapping[str, LabRun], *, theme: Theme = "light") -> go.Figure:
    """Entropy of each stage's indices, a line per strategy, against the bits that a stage may use.

    Raises ValueError without a run.
    """
    if not runs:
        raise ValueError("stage_use needs at least one run")
    colors = THEMES[theme]
    stages = max(len(run.stages) for run in runs.values())
    nominal = math.log2(next(iter(runs.values())).codebook_size)
    traces = [_line(method, run, theme) for method, run in runs.items()]
    ends = [EndName(short_label_of(method), run.stages[-1].entropy_bits, method, True) for method, run in runs.items()]
    worst = min(runs, key=lambda name: runs[name].stages[-1].entropy_bits)
    said = runs[worst].stages[-1].entropy_bits
    layout = base_layout(theme, f"The last stage of {worst} says {said:.1f} of {format_bits(nominal)}", height=400)
    layout["yaxis"] |= {"range": [0, nominal * 1.12]}
    layout["yaxis"]["title"]["text"] = "entropy of the indices, bits"
    layout["xaxis"] |= {"range": [0.9, stages], "tickvals": list(range(1, stages + 1)), "showgrid": False}
    layout["xaxis"]["title"]["text"] = "stage"
    layout["shapes"] = [horizontal(nominal, {"color": colors.muted, "width": 1.5, "dash": "longdash"})]
    words = small_words(f"all a stage may say: {nominal:.3g}{NARROW_SPACE}bits", colors.muted)
    layout["annotations"] = [
        words | {"x": 1, "xref": "x domain", "y": nominal, "xanchor": "right", "yanchor": "bottom"},
        *names_at_ends(ends, layout, "y", theme),
    ]
    layout["margin"]["r"] = margin_for(ends)
    return go.Figure(data=traces, layout=layout)


def _line(method: str, run: LabRun, theme: Theme) -> Part:
    style = style_of(method)
    color = style.color(theme)
    return {
        "x": list(range(1, len(run.stages) + 1)),
        "y": [stage.entropy_bits for stage in run.stages],
        "mode": "lines+markers",
        "name": method,
        "line": {"color": color, "dash": style.dash, "width": style.width},
        "marker": {"symbol": style.symbol, "size": 10, "color": color, "line": {"color": color}},
        "hovertemplate": f"{escape(method)}, stage %{{x}}: %{{y:.2f}} bits<extra></extra>",
        "cliponaxis": False,
    }
