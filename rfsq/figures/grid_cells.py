"""A histogram of latents, cut into the cells of several grids: at a fixed gain and at the best one, side by side."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from rfsq.figures.parts import Part, base_layout, even_digits, small_words
from rfsq.quantizers.scalar_grids import ChannelSamples, GridUse
from rfsq.style.palette import THEMES, Theme, style_of
from rfsq.style.wording import format_db, format_share

_BINS = 120  # across a panel
_SHOWN = 0.998  # of the latents lie inside the panel; what is farther out counts, and is not drawn
_PANEL, _PANEL_ALONE, _BETWEEN = (
    96,
    260,
    44,
)  # px: height of a panel among others, of the only one, and the room above each
_SHARE_WIDTH = 0.085  # of a panel, that a cell needs for its share to be written; more on a phone


def grid_cells(
    pairs: Sequence[tuple[GridUse, GridUse]],
    samples: ChannelSamples,
    *,
    title: str,
    theme: Theme = "light",
    narrow: bool = False,
) -> go.Figure:
    """A row for each grid: left at its first gain, right at its second; under each other on a narrow page.

    Bars are the histogram, in two tones that change at the cells' borders; a triangle marks what the decoder makes of a
    level; over each cell stands its share of the latents, where there is room. Raises ValueError without a pair.
    """
    if not pairs:
        raise ValueError("there is no grid to draw")
    columns = 1 if narrow else 2
    uses = [use for pair in pairs for use in pair]
    rows = len(uses) // columns
    reach = float(np.quantile(np.abs(samples.sorted), _SHOWN)) * 1.02
    edges = np.linspace(-reach, reach, _BINS + 1)
    heights = np.histogram(samples.sorted, edges)[0] / len(samples)
    top = float(heights.max()) * 1.3  # room for the shares
    panel = _PANEL_ALONE if len(pairs) == 1 else _PANEL
    layout = base_layout(theme, title, 0)
    layout["margin"] |= {"l": 14, "r": 14, "t": 72, "b": 58}
    plot = rows * (panel + _BETWEEN)
    layout["height"] = plot + layout["margin"]["t"] + layout["margin"]["b"]
    axes = (layout.pop("xaxis"), layout.pop("yaxis"))
    layout["annotations"] = []
    traces: list[Part] = []
    width = (1 - 0.04 * (columns - 1)) / columns
    for number, use in enumerate(uses):
        row, column = divmod(number, columns)
        name = "" if number == 0 else str(number + 1)
        left, lower = column * (width + 0.04), 1 - (row + 1) * (panel + _BETWEEN) / plot
        x_axis = axes[0] | {"domain": [left, left + width], "anchor": f"y{name}", "range": [-reach, reach]}
        x_axis |= {"showticklabels": row == rows - 1 or panel == _PANEL_ALONE, "title": {"text": ""}, "showgrid": False}
        if row == rows - 1:
            x_axis["title"] = axes[0]["title"] | {"text": "latent, in deviations over the training photos"}
        y_axis = axes[1] | {"domain": [lower, lower + panel / plot], "anchor": f"x{name}", "range": [-0.09 * top, top]}
        y_axis |= {"showticklabels": False, "showgrid": False, "title": {"text": ""}}
        layout |= {f"xaxis{name}": x_axis, f"yaxis{name}": y_axis}
        traces += _panel(use, edges, heights, name, theme)
        layout["annotations"].append(
            small_words(_words(use), THEMES[theme].text)
            | {"xref": "paper", "yref": "paper", "x": left, "y": lower + panel / plot, "yanchor": "bottom", "yshift": 3}
        )
        layout["annotations"] += _shares(use, reach, top, name, 2 * _SHARE_WIDTH if narrow else _SHARE_WIDTH, theme)
    return go.Figure({"data": traces, "layout": layout}, skip_invalid=False)


def row_height(grids: int) -> int:
    """Px of the row of each of so many grids."""
    return _BETWEEN + (_PANEL_ALONE if grids == 1 else _PANEL)


def _panel(use: GridUse, edges: np.ndarray, heights: np.ndarray, name: str, theme: Theme) -> list[Part]:
    colors, color = THEMES[theme], style_of("fsq").color(theme)
    axes = {"xaxis": f"x{name}", "yaxis": f"y{name}"}
    tall = float(heights.max()) * 1.3
    found: list[Part] = []
    for tone, opacity in enumerate(("66", "b3")):
        x, y = _outlines(use.borders, edges, heights, tone)
        area: Part = {
            "type": "scatter",
            "mode": "lines",
            "x": x,
            "y": y,
            "fill": "toself",
            "fillcolor": color + opacity,
        }
        found.append(area | axes | {"line": {"width": 0}, "hoverinfo": "skip", "name": f"cells {tone + 1}"})
    cuts = [point for border in use.borders for point in (float(border), float(border), None)]
    lines: Part = {"type": "scatter", "mode": "lines", "x": cuts, "y": [0, tall, None] * len(use.borders)}
    found.append(lines | axes | {"line": {"color": colors.muted, "width": 1}, "hoverinfo": "skip", "name": "borders"})
    inside = [level for level, value in enumerate(use.values) if not math.isnan(value)]
    levels: Part = {
        "type": "scatter",
        "mode": "markers",
        "name": "levels",
        "x": [float(use.values[level]) for level in inside],
        "y": [-0.04 * tall] * len(inside),
        "marker": {"symbol": "triangle-up", "size": 11, "color": colors.text},
        "hoverinfo": "text",
        "hovertext": [
            f"<b>{escape(use.grid.label)}</b><br>level {level + 1} of {len(use.values)} stands for "
            f"{use.values[level]:.3f}<br>{format_share(float(use.shares[level]))} of the latents"
            for level in inside
        ],
    }
    return [*found, levels | axes]


def _outlines(
    borders: np.ndarray, edges: np.ndarray, heights: np.ndarray, tone: int
) -> tuple[list[float | None], list[float | None]]:
    """The histogram over every second cell, a closed shape of steps for each."""
    x: list[float | None] = []
    y: list[float | None] = []
    ends = [float(edges[0]), *(float(border) for border in borders), float(edges[-1])]
    for first, last in list(itertools.pairwise(ends))[tone::2]:
        first, last = max(first, float(edges[0])), min(last, float(edges[-1]))
        if first >= last:
            continue
        inner = edges[(edges > first) & (edges < last)]
        cuts = [first, *(float(edge) for edge in inner), last]
        x.append(first)
        y.append(0.0)
        for low, high in itertools.pairwise(cuts):
            place = min(int(np.searchsorted(edges, (low + high) / 2)) - 1, len(heights) - 1)
            x += [low, high]
            y += [float(heights[place])] * 2
        x += [last, None]
        y += [0.0, None]
    return x, y


def _shares(use: GridUse, reach: float, top: float, name: str, least: float, theme: Theme) -> list[Part]:
    found = []
    ends = [-reach, *np.clip(use.borders, -reach, reach), reach]
    for share, low, high in zip(use.shares, ends, ends[1:], strict=False):
        if (high - low) / (2 * reach) >= least:
            place = {"xref": f"x{name}", "yref": f"y{name}", "x": (low + high) / 2, "y": top}
            words = small_words(format_share(float(share)), THEMES[theme].text)
            found.append(words | place | {"xanchor": "center", "yanchor": "top"})
    return found


def _words(use: GridUse) -> str:
    bits = math.log2(len(use.values))
    return even_digits(
        f"<b>{escape(use.grid.label)}</b>, gain {use.gain:.3g}: {use.entropy_bits:.2f} of {bits:.3g} bits, "
        f"{format_db(use.snr_db)}"
    )
