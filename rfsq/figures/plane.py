"""What charts of the plane share: a square of two channels, samples as dots, codes as rings."""

from __future__ import annotations

import numpy as np

from rfsq.figures.parts import Part
from rfsq.style.palette import THEMES, Theme, style_of

REACH = 3.2  # the ruler of all stages: from −REACH to REACH in both channels


def square_axes(layout: Part, reach: float) -> None:
    """Both axes of a layout from −reach to reach, of one scale, without a grid."""
    for name, channel in (("xaxis", "channel 1"), ("yaxis", "channel 2")):
        layout[name] |= {"range": [-reach, reach], "showgrid": False, "zeroline": False, "constrain": "domain"}
        layout[name]["title"]["text"] = channel
    layout["yaxis"]["scaleanchor"] = "x"


def dots(samples: np.ndarray, method: str, theme: Theme, *, name: str) -> Part:
    """samples: (N, 2), in the colour of `method`."""
    return {
        "type": "scattergl",
        "x": samples[:, 0],
        "y": samples[:, 1],
        "mode": "markers",
        "hoverinfo": "skip",
        "marker": {"size": 3, "color": style_of(method).color(theme), "opacity": 0.45},
        "name": name,
    }


def rings(codes: np.ndarray, theme: Theme, *, size: float, width: float, hover: str) -> Part:
    """codes: (M, 2). size and width: px of a ring and its line; hover: its words, in plotly's template language."""
    colors = THEMES[theme]
    return {
        "type": "scattergl",
        "x": codes[:, 0],
        "y": codes[:, 1],
        "mode": "markers",
        "name": "codes in use",
        "marker": {"size": size, "color": colors.page, "line": {"color": colors.text, "width": width}},
        "hovertemplate": f"{hover}<extra></extra>",
    }
