"""What conditioning gains at each number of levels and stages, as a table of coloured cells."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from rfsq.figures.parts import SMALL, Part, base_layout, even_digits
from rfsq.style.palette import THEMES, Theme, style_of
from rfsq.style.wording import format_signed


def gain_map(gains: Mapping[tuple[int, int], float], *, title: str, theme: Theme = "light") -> go.Figure:
    """Gains in dB, a row per number of levels, a column per number of stages; the deeper a cell, the more.

    gains: (levels, stages) -> dB. Raises ValueError without gains.
    """
    if not gains:
        raise ValueError("gain_map needs at least one gain")
    levels, stages = (sorted({key[place] for key in gains}) for place in (0, 1))
    values = np.array([[gains.get((row, column), np.nan) for column in stages] for row in levels])
    layout = base_layout(theme, title, height=170 + 46 * len(levels))
    layout["xaxis"] |= {"tickvals": list(range(len(stages))), "ticktext": list(map(str, stages)), "showgrid": False}
    layout["yaxis"] |= {
        "tickvals": list(range(len(levels))),
        "ticktext": list(map(str, levels)),
        "showgrid": False,
        "autorange": "reversed",
    }
    layout["xaxis"]["title"]["text"], layout["yaxis"]["title"]["text"] = "stages", "levels a channel"
    layout["margin"] |= {"r": 14}
    most = float(np.nanmax(np.maximum(values, 0))) or 1.0
    layout["annotations"] = _numbers(values, most, theme)
    return go.Figure(data=[_heat(values, most, theme)], layout=layout)


def _heat(values: np.ndarray, most: float, theme: Theme) -> Part:
    """Cells from the colour of a panel at 0 to that of layernorm at `most`."""
    return {
        "type": "heatmap",
        "z": values.tolist(),
        "zmin": 0,
        "zmax": most,
        "colorscale": [[0, THEMES[theme].panel], [1, style_of("layernorm").color(theme)]],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "customdata": [["" if np.isnan(value) else format_signed(value, 2) for value in row] for row in values],
        "hovertemplate": "%{customdata} dB<extra></extra>",
    }


def _numbers(values: np.ndarray, most: float, theme: Theme) -> list[Part]:
    """The gain in each cell, in the colour that can be read on it."""
    colors = THEMES[theme]
    return [
        {
            "text": even_digits(format_signed(value, 1)),
            "x": column,
            "y": row,
            "showarrow": False,
            "font": {"size": SMALL, "color": colors.page if value > 0.72 * most else colors.text},
        }
        for row, line in enumerate(values)
        for column, value in enumerate(line)
        if not np.isnan(value)
    ]
