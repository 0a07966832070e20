"""Which stage codes which latent channel."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from rfsq.figures.parts import (
    base_layout,
    small_words,
)
from rfsq.style.palette import THEMES, Theme, style_of
from rfsq.style.wording import NARROW_SPACE


def turns(stage_levels: Sequence[Sequence[int]], *, title: str, theme: Theme = "light") -> go.Figure:
    """Which stage codes which latent channel with how many levels: a row per stage, a column per channel.

    stage_levels: per stage and channel, 1 where the stage leaves the channel out. Raises ValueError without stages.
    """
    if not stage_levels:
        raise ValueError("turns needs at least one stage")
    colors = THEMES[theme]
    layout = base_layout(theme, title, height=150 + 52 * len(stage_levels))
    layout["margin"] |= {"b": 60}
    seen = [1] * len(stage_levels[0])
    shapes, annotations = [], []
    for stage, levels in enumerate(stage_levels):
        for channel, level in enumerate(levels):
            fill = colors.panel if level == 1 else style_of("grouped").color(theme)
            shapes.append(
                {
                    "type": "rect",
                    "x0": channel + 0.54,
                    "x1": channel + 1.46,
                    "y0": stage + 0.56,
                    "y1": stage + 1.44,
                    "line": {"width": 0},
                    "fillcolor": fill,
                    "layer": "below",
                }
            )
            if level > 1:
                seen[channel] *= level
                words = small_words(
                    f"{level} levels" if seen[channel] == level else f"÷{NARROW_SPACE}{level}", colors.page
                )
                annotations.append(words | {"x": channel + 1, "y": stage + 1, "xanchor": "center", "yanchor": "middle"})
    layout["shapes"], layout["annotations"] = shapes, annotations
    layout["xaxis"] |= {"range": [0.4, len(seen) + 0.6], "tickvals": list(range(1, len(seen) + 1)), "showgrid": False}
    layout["yaxis"] |= {
        "range": [len(stage_levels) + 0.6, 0.4],
        "tickvals": list(range(1, len(stage_levels) + 1)),
        "showgrid": False,
    }
    layout["xaxis"]["title"]["text"], layout["yaxis"]["title"]["text"] = "latent channel", "stage"
    return go.Figure(data=[{"x": [], "y": [], "mode": "markers"}], layout=layout)
