"""One token in one stage: a number line for each channel."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from rfsq.figures.parts import SMALL, Part, base_layout, even_digits, small_words
from rfsq.model.token_path import TokenPath
from rfsq.style.palette import THEMES, Theme, style_of
from rfsq.style.wording import MISSING, format_bits, format_signed

_LINE = 46  # px for each channel


def token_lines(
    path: TokenPath,
    row: int,
    column: int,
    *,
    stage: int = 1,
    method: str = "fsq",
    ghost: TokenPath | None = None,
    theme: Theme = "light",
    title: str | None = None,
) -> go.Figure:
    """The number lines of one token: levels as ticks, value as dot, chosen level filled, the remainder as an arrow.

    All in the residual's units, so the arrow's length is what the next stage gets. A channel that the stage leaves out
    has its value alone. method: name of the model, for the colour. ghost: the same photo through another model of as
    many channels, whose values stand in grey.
    Raises ValueError for a stage or token that the path does not have, for VQ, which has no levels, and for a ghost of
    another shape.
    """
    _check(path, row, column, stage, ghost)
    part = path.stages[stage - 1]
    colors, color = THEMES[theme], style_of(method).color(theme)
    values, steps = part.residual[:, row, column], part.step[:, row, column]
    channels = list(range(1, len(values) + 1))
    coded = [channel for channel in channels if part.levels[channel - 1] > 1]
    ticks = [(float(level), channel) for channel in coded for level in part.undone_levels(channel - 1)]
    reach = 1.08 * max(*(abs(x) for x, _ in ticks), float(abs(values).max()))
    traces: list[Part] = [
        _dots("levels", [x for x, _ in ticks], [y for _, y in ticks], "line-ns-open", 16, colors.muted),
        _dots("chosen level", [float(steps[c - 1]) for c in coded], coded, "circle", 15, color),
        _dots("value", values.tolist(), channels, "circle", 9, colors.text, outline=colors.page),
    ]
    if ghost is not None:
        before = ghost.stages[stage - 1].residual[:, row, column]
        traces.insert(1, _dots("before", before.tolist(), channels, "circle", 9, colors.ghost))
        reach = max(reach, 1.08 * float(abs(before).max()))
    left = f"leaves {_rms(part.remainder[:, row, column]):.3f} of RMS {_rms(values):.3f}"
    title = title or f"Stage {stage} {left}, for {format_bits(part.bits)}"
    layout = base_layout(theme, title, 170 + _LINE * len(channels))
    layout["margin"] |= {"r": 172}
    layout["xaxis"] |= {"range": [-reach, reach], "zeroline": True, "zerolinecolor": colors.grid}
    layout["xaxis"]["title"]["text"] = "value in the residual's units"
    layout["yaxis"] |= {"range": [len(channels) + 0.6, 0.4], "tickvals": channels, "showgrid": True}
    layout["yaxis"]["title"]["text"] = "channel"
    at_end = {"xref": "paper", "x": 1, "xshift": 10, "yanchor": "middle"}
    layout["annotations"] = [_arrow(float(steps[c - 1]), float(values[c - 1]), c, colors.text) for c in coded]
    layout["annotations"] += [
        small_words(_words(values[c - 1], steps[c - 1], c in coded), colors.text) | at_end | {"y": c} for c in channels
    ]
    return go.Figure({"data": traces, "layout": layout}, skip_invalid=False)


def _check(path: TokenPath, row: int, column: int, stage: int, ghost: TokenPath | None) -> None:
    rows, columns = path.grid
    if not 1 <= stage <= len(path.stages):
        raise ValueError(f"the path has stages 1 to {len(path.stages)}, not {stage}")
    if not (0 <= row < rows and 0 <= column < columns):
        raise ValueError(f"the photo has {rows} × {columns} tokens, none in row {row}, column {column}")
    if not path.stages[stage - 1].levels:
        raise ValueError("the codes of VQ have no levels per channel")
    if ghost is not None and (ghost.latents.shape != path.latents.shape or len(ghost.stages) < stage):
        raise ValueError("the ghost must have the same tokens, channels and stages")


def _rms(values: np.ndarray) -> float:
    return float((values.astype(float) ** 2).mean() ** 0.5)


def _dots(name: str, x: list[float], y: list[int], symbol: str, size: int, color: str, outline: str = "") -> Part:
    line = {"color": outline or color, "width": 1.5}
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": x,
        "y": y,
        "hovertemplate": f"{name} %{{x:.3f}}<extra></extra>",
        "marker": {"symbol": symbol, "size": size, "color": color, "line": line},
    }


def _arrow(start: float, end: float, y: int, color: str) -> Part:
    return {
        "x": end,
        "y": y,
        "ax": start,
        "ay": y,
        "xref": "x",
        "yref": "y",
        "axref": "x",
        "ayref": "y",
        "showarrow": True,
        "arrowhead": 2,
        "arrowsize": 1,
        "arrowwidth": 2,
        "arrowcolor": color,
        "text": "",
        "font": {"size": SMALL},
    }


def _words(value: float, step: float, coded: bool) -> str:
    """Value, arrow, step: what stands at the end of the line."""
    return even_digits(f"{format_signed(float(value), 3)} → {format_signed(float(step), 3) if coded else MISSING}")
