"""The cells of any quantizer in the plane, as they come out of asking it at many points."""

from __future__ import annotations

import base64
import math

import numpy as np
import plotly.graph_objects as go

from rfsq.figures.parts import Part, base_layout
from rfsq.figures.plane import REACH, dots, rings, square_axes
from rfsq.photos.write import encode_png
from rfsq.style.palette import THEMES, Theme

_FAINT, _STRONG = 0.05, 0.2  # of the text colour over the page: a cell of one sample, and that of most


def own_cells(
    cells: np.ndarray | None,
    samples: np.ndarray,
    own_cell: np.ndarray,
    codes: np.ndarray,
    *,
    method: str,
    title: str,
    theme: Theme = "light",
) -> go.Figure:
    """Samples over the cells that they fall into, darker where more do, and what the cells stand for as rings.

    cells: (G, G) int64, numbers of the cells over the square from −REACH to REACH, the first row at the bottom; None where
    there are no cells to draw. samples: (N, 2); own_cell: (N,), the number of each one's cell; codes: (M, 2).
    """
    traces = [
        dots(samples, method, theme, name="samples"),
        rings(codes, theme, size=7, width=1.5, hover="code (%{x:.3f}, %{y:.3f})"),
    ]
    layout = base_layout(theme, title, height=600)
    square_axes(layout, REACH)
    layout["yaxis"]["constraintoward"] = "top"
    if cells is not None:
        layout["images"] = [_below(_drawn(cells, own_cell, theme)[::-1])]  # a picture begins at the top
    return go.Figure(data=traces, layout=layout)


def _below(pixels: np.ndarray) -> Part:
    """A picture (H, W, 3) under the whole plane."""
    return {
        "source": f"data:image/png;base64,{base64.b64encode(encode_png(pixels)).decode()}",
        "xref": "x",
        "yref": "y",
        "x": -REACH,
        "y": REACH,
        "sizex": 2 * REACH,
        "sizey": 2 * REACH,
        "sizing": "stretch",
        "layer": "below",
    }


def _drawn(cells: np.ndarray, own_cell: np.ndarray, theme: Theme) -> np.ndarray:
    """(2 G, 2 G, 3) uint8: used cells filled by their samples, borders between cells two pixels wide."""
    colors = THEMES[theme]
    page, text, border = (np.array(_rgb(color), np.float64) for color in (colors.page, colors.text, colors.ghost))
    numbers, place = np.unique(cells, return_inverse=True)
    known, counts = np.unique(own_cell, return_counts=True)
    found = dict(zip(known.tolist(), counts.tolist(), strict=True))
    most = max(found.values(), default=1)
    strength = np.array(
        [_FAINT + _STRONG * math.sqrt(found[number] / most) if number in found else 0.0 for number in numbers.tolist()]
    )
    shade = strength[place.reshape(cells.shape)].repeat(2, axis=0).repeat(2, axis=1)[..., None]
    drawn = page * (1 - shade) + text * shade
    large = cells.repeat(2, axis=0).repeat(2, axis=1)
    edge = np.zeros(large.shape, bool)
    edge[:, 1:] |= large[:, 1:] != large[:, :-1]
    edge[1:] |= large[1:] != large[:-1]
    edge[:, :-1] |= edge[:, 1:]
    edge[:-1] |= edge[1:]
    drawn[edge] = border
    return drawn.round().astype(np.uint8)


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
