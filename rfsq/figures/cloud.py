"""The samples of one stage in the plane, over the cells that they fall into."""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go

from rfsq.figures.parts import Part, base_layout, counted
from rfsq.figures.plane import REACH, dots, rings, square_axes
from rfsq.style.palette import THEMES, Theme
from rfsq.style.wording import format_bits
from rfsq.teaching.lab import LabRun, LabStage


def stage_cloud(
    run: LabRun, stage: int, *, method: str, magnify: bool = False, probe: int | None = None, theme: Theme = "light"
) -> go.Figure:
    """What enters stage `stage` (1 … S), over the stage's cells: dots, used cells filled by their count, codes as rings.

    All stages share one ruler; `magnify` enlarges the cloud to fill the square and prints by how much. probe: a sample
    whose way to its code is drawn. Raises ValueError for a stage that the run does not have.
    """
    if not 1 <= stage <= len(run.stages):
        raise ValueError(f"the run has stages 1 … {len(run.stages)}, not {stage}")
    seen = run.stages[stage - 1]
    gain = magnification(seen) if magnify else 1.0
    reach = REACH / gain
    used = seen.counts > 0
    hover = "code (%{x:.3f}, %{y:.3f})<br>%{customdata} samples"
    traces = [
        dots(seen.residual, method, theme, name="residual"),
        rings(seen.codes[used], theme, size=9, width=2, hover=hover) | {"customdata": seen.counts[used]},
    ]
    if probe is not None:
        traces.append(_way(seen.residual[probe], seen.sent[probe], theme))
    layout = base_layout(theme, _cloud_title(run, stage, method), height=560)
    square_axes(layout, reach)
    if gain != 1:
        layout["xaxis"]["title"]["text"] += f", magnified ×{gain:.3g}"
    layout["shapes"] = _cell_shapes(seen, reach, theme)
    return go.Figure(data=traces, layout=layout)


def magnification(stage: LabStage) -> float:
    """By how much the ruler is enlarged so that 95 % of a stage's samples fill it: at least 1.

    The farthest samples do not decide: one in a hundred that no code reaches would leave all others a blob.
    """
    extent = float(np.quantile(np.abs(stage.residual).max(axis=1), 0.95))
    return max(1.0, REACH / (1.15 * extent)) if extent > 0 else 1.0


def _way(start: np.ndarray, end: np.ndarray, theme: Theme) -> Part:
    """From a sample to its code."""
    color = THEMES[theme].text
    return {
        "x": [float(start[0]), float(end[0])],
        "y": [float(start[1]), float(end[1])],
        "mode": "lines+markers",
        "line": {"color": color, "width": 2},
        "name": "probe",
        "marker": {"size": 10, "color": color, "symbol": ["circle", "x"]},
        "hovertemplate": "(%{x:.3f}, %{y:.3f})<extra></extra>",
    }


def _cell_shapes(stage: LabStage, reach: float, theme: Theme) -> list[Part]:
    """Borders between cells, and a fill for each used one that is stronger the more samples it has."""
    if stage.edges is None:
        return []
    colors = THEMES[theme]
    line: Part = {"color": colors.ghost, "width": 1}
    shapes: list[Part] = []
    borders = [[-reach, *np.clip(edges, -reach, reach).tolist(), reach] for edges in stage.edges]
    counts, most = stage.counts, int(stage.counts.max())
    middles = [(np.array(b[:-1]) + np.array(b[1:])) / 2 for b in borders]
    for code, count in zip(stage.codes, counts, strict=True):
        if not count:
            continue
        # The cell of a code: levels are in order along each channel, so is their number among the borders.
        column, row = (int((edges < value).sum()) for edges, value in zip(stage.edges, code, strict=True))
        if middles[0][column] in (-reach, reach) or middles[1][row] in (-reach, reach):
            continue  # the cell lies beyond the ruler
        shapes.append(
            {
                "type": "rect",
                "x0": borders[0][column],
                "x1": borders[0][column + 1],
                "y0": borders[1][row],
                "y1": borders[1][row + 1],
                "line": {"width": 0},
                "fillcolor": colors.text,
                "layer": "below",
                "opacity": 0.05 + 0.2 * math.sqrt(count / most),
            }
        )
    for axis, edges in zip("xy", stage.edges, strict=True):
        other = "y" if axis == "x" else "x"
        for edge in edges[np.abs(edges) < reach].tolist():
            shapes.append(
                {
                    "type": "line",
                    f"{axis}0": edge,
                    f"{axis}1": edge,
                    f"{other}0": -reach,
                    f"{other}1": reach,
                    "line": line,
                    "layer": "below",
                }
            )
    return shapes


def _cloud_title(run: LabRun, stage: int, method: str) -> str:
    seen = run.stages[stage - 1]
    used, nominal = int((seen.counts > 0).sum()), math.log2(run.codebook_size)
    return (
        f"{method}, stage {stage} of {len(run.stages)}: {used} of {counted(run.codebook_size, 'cell')} in use, "
        f"{seen.entropy_bits:.1f} of {format_bits(nominal)}"
    )
