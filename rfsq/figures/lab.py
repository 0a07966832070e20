"""Quantization in two dimensions: a stage over its grid, distortion against bits, factors as they are learned."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import plotly.graph_objects as go

from rfsq.figures.parts import (
    EndName,
    Part,
    base_layout,
    counted,
    even_digits,
    log_axis,
    log_range,
    margin_for,
    names_at_ends,
    plain,
    small_words,
)
from rfsq.style.palette import THEMES, Theme, short_label_of, style_of
from rfsq.style.wording import NARROW_SPACE, format_bits
from rfsq.teaching.lab import FactorFit, LabRun, LabStage

REACH = 3.2  # the ruler of all stages: from −REACH to REACH in both channels


@dataclass(frozen=True)
class DistortionCurve:
    """Mean squared error per channel of a stack after each number of stages."""

    method: str  # gives colour, marker and name
    bits: tuple[float, ...]  # per sample, from k = 0
    distortion: tuple[float, ...]  # as many values > 0


def distortion_rate(
    curves: Sequence[DistortionCurve],
    *,
    chosen: str,
    stage: int,
    bound: tuple[Sequence[float], Sequence[float]] | None = None,
    ghost: DistortionCurve | None = None,
    entropy: bool = False,
    theme: Theme = "light",
) -> go.Figure:
    """Distortion (log) against bits per sample, a line per strategy through its stages, and what none can beat.

    `chosen` is drawn on top with a ring at `stage`; bound: bits and distortion of the rate–distortion function;
    ghost: the setting before, in grey; entropy: whether the bits are entropies, for the axis title.
    Raises ValueError for no curve or a chosen method that is none of them.
    """
    if chosen not in {curve.method for curve in curves}:
        raise ValueError(f"{chosen!r} is none of the curves")
    colors = THEMES[theme]
    shown = [*([ghost] if ghost else []), *sorted(curves, key=lambda curve: curve.method == chosen)]
    most = max(curve.bits[-1] for curve in curves)
    low, high = log_range([value for curve in shown for value in curve.distortion if value > 0])
    low = max(low, high * 1e-9)
    traces: list[Part] = []
    ends: list[EndName] = []
    if bound:
        line: Part = {"color": colors.muted, "width": 2, "dash": "longdash"}
        drawn = [(x, y) for x, y in zip(*bound, strict=True) if y >= low]
        traces.append(
            {
                "x": [x for x, _ in drawn],
                "y": [y for _, y in drawn],
                "mode": "lines",
                "line": line,
                "name": "bound",
                "hoverinfo": "skip",
            }
        )
        ends.append(EndName("bound D(R)", math.log10(drawn[-1][1]), "ceiling", False))
    for curve in shown:
        style = style_of(curve.method)
        grey = curve is ghost
        color = colors.ghost if grey else style.color(theme)
        ends.append(
            EndName(
                "before" if grey else short_label_of(curve.method),
                math.log10(max(curve.distortion[-1], low)),
                curve.method,
                not grey,
            )
        )
        if grey:
            line = {"color": color, "width": 1.5}
        else:
            line = {"color": color, "width": 4 if curve.method == chosen else 2, "dash": style.dash}
        trace: Part = {
            "x": list(curve.bits),
            "y": [max(value, low) for value in curve.distortion],
            "mode": "lines+markers",
            "line": line,
            "name": "before" if grey else curve.method,
            "hoverinfo": "text",
            "cliponaxis": False,
            "hovertext": [_point_words(curve, k) for k in range(len(curve.bits))],
            "marker": {
                "symbol": style.symbol or "circle",
                "color": color,
                "size": 5 if grey else 9,
                "line": {"color": color},
            },
        }
        traces.append(trace)
        if curve.method == chosen and not grey:
            k = min(stage, len(curve.bits) - 1)
            ring: Part = {
                "symbol": "circle-open",
                "size": 20,
                "color": colors.text,
                "line": {"width": 2, "color": colors.text},
            }
            traces.append(
                {
                    "x": [curve.bits[k]],
                    "y": [max(curve.distortion[k], low)],
                    "mode": "markers",
                    "marker": ring,
                    "hoverinfo": "skip",
                    "name": "stage",
                    "cliponaxis": False,
                }
            )
    layout = base_layout(theme, _distortion_title(curves, chosen, stage, bound), height=420)
    layout["yaxis"] |= log_axis((low, high), plain)
    layout["yaxis"]["title"]["text"] = "mean squared error, log"
    layout["xaxis"] |= {"range": [-0.02 * most, most * 1.01], "rangemode": "tozero"}
    layout["xaxis"]["title"]["text"] = (
        "entropy of the indices" if entropy else "nominal bits"
    ) + ", bits per sample (2 channels)"
    layout["annotations"] = names_at_ends(ends, layout, "y", theme)
    layout["margin"]["r"] = margin_for(ends)
    return go.Figure(data=traces, layout=layout)


def _point_words(curve: DistortionCurve, k: int) -> str:
    after = "nothing coded" if k == 0 else f"after {counted(k, 'stage')}"
    return even_digits(
        f"<b>{escape(curve.method)}</b><br>{after}<br>{format_bits(curve.bits[k])}, error {curve.distortion[k]:.3g}"
    )


def _distortion_title(
    curves: Sequence[DistortionCurve], chosen: str, stage: int, bound: tuple[Sequence[float], Sequence[float]] | None
) -> str:
    """The reading: how far the chosen strategy is from the bound, in bits, or from nothing coded."""
    curve = next(curve for curve in curves if curve.method == chosen)
    k = min(stage, len(curve.bits) - 1)
    error = curve.distortion[k]
    if k == 0 or error <= 0:
        return "Nothing is coded yet: the error is the variance"
    if bound:
        needed = float(np.interp(-math.log(error), [-math.log(value) for value in bound[1]], bound[0]))
        if needed < bound[0][-1]:
            return (
                f"{short_label_of(chosen)} spends {format_bits(round(curve.bits[k], 2))} on an error that {format_bits(round(needed, 2))} "
                "could reach"
            )
    return f"{short_label_of(chosen)} brings the error from {plain(curve.distortion[0])} to {plain(error)} in {format_bits(round(curve.bits[k], 2))}"


def factor_fit(fit: FactorFit, *, method: str, steps: int, theme: Theme = "light") -> go.Figure:
    """Factors (log) and the RMS left (log) over the steps of a fit by gradient, with a grid's best as dashed lines.

    method: gives the colour. steps: how many there will be, so that the axis stays while the fit goes on.
    """
    colors, color = THEMES[theme], style_of(method).color(theme)
    stages = fit.factors.shape[1]
    ends, traces = [], []
    done = list(range(len(fit.rms)))
    dash: Part = {"color": colors.muted, "width": 1.5, "dash": "longdash"}
    dots = ("solid", "dash", "dot", "dashdot")
    for stage in range(stages):
        traces.append(
            {
                "x": done,
                "y": fit.factors[:, stage].tolist(),
                "mode": "lines",
                "yaxis": "y",
                "line": {"color": color, "width": 2.5, "dash": dots[stage % len(dots)]},
                "name": f"stage {stage + 1}",
                "hovertemplate": f"stage {stage + 1}, step %{{x}}: %{{y:.3f}}<extra></extra>",
            }
        )
        traces.append(
            {
                "x": [0, steps],
                "y": [fit.grid_factors[stage]] * 2,
                "mode": "lines",
                "yaxis": "y",
                "line": dash,
                "hovertemplate": f"grid, stage {stage + 1}: %{{y:.3f}}<extra></extra>",
                "name": f"grid {stage + 1}",
            }
        )
        ends.append(EndName(f"stage {stage + 1}", math.log10(float(fit.factors[-1, stage])), method, False))
    traces.append(
        {
            "x": done,
            "y": fit.rms.tolist(),
            "mode": "lines",
            "yaxis": "y2",
            "line": {"color": color, "width": 2.5},
            "hovertemplate": "step %{x}: %{y:.4f}<extra></extra>",
            "name": "RMS left",
        }
    )
    traces.append(
        {
            "x": [0, steps],
            "y": [fit.grid_rms] * 2,
            "mode": "lines",
            "yaxis": "y2",
            "line": dash,
            "name": "grid",
            "hovertemplate": "grid: %{y:.4f}<extra></extra>",
        }
    )
    reached, last = plain(float(fit.rms.min())), len(fit.rms) - 1  # of the step whose factors are the result
    layout = base_layout(
        theme,
        f"In {counted(last, 'step')} the gradient comes down to {reached}, the grid to {plain(fit.grid_rms)}",
        height=520,
    )
    axis = layout.pop("yaxis")
    values = [*fit.factors.ravel().tolist(), *fit.grid_factors]
    layout["yaxis"] = (
        axis
        | {"domain": [0.46, 1], "title": axis["title"] | {"text": "factor, log"}}
        | log_axis(log_range(values), plain)
    )
    layout["yaxis2"] = (
        axis
        | {"domain": [0, 0.34], "title": axis["title"] | {"text": "RMS left, log"}}
        | log_axis(log_range([*fit.rms.tolist(), fit.grid_rms]), plain)
    )
    layout["xaxis"] |= {"range": [0, steps], "anchor": "y2"}
    layout["xaxis"]["title"]["text"] = "step of the fit; dashed: the best of a grid"
    layout["annotations"] = names_at_ends(ends, layout, "y", theme)
    layout["margin"]["r"] = margin_for(ends)
    return go.Figure(data=traces, layout=layout)


def stage_cloud(
    run: LabRun, stage: int, *, method: str, magnify: bool = False, probe: int | None = None, theme: Theme = "light"
) -> go.Figure:
    """What enters stage `stage` (1 … S), over the stage's cells: dots, used cells filled by their count, codes as rings.

    All stages share one ruler; `magnify` enlarges the cloud to fill the square and prints by how much. probe: a sample
    whose way to its code is drawn. Raises ValueError for a stage that the run does not have.
    """
    if not 1 <= stage <= len(run.stages):
        raise ValueError(f"the run has stages 1 … {len(run.stages)}, not {stage}")
    seen, colors, style = run.stages[stage - 1], THEMES[theme], style_of(method)
    gain = magnification(seen) if magnify else 1.0
    reach = REACH / gain
    color = style.color(theme)
    used = seen.counts > 0
    traces: list[Part] = [
        {
            "type": "scattergl",
            "x": seen.residual[:, 0],
            "y": seen.residual[:, 1],
            "mode": "markers",
            "hoverinfo": "skip",
            "marker": {"size": 3, "color": color, "opacity": 0.45},
            "name": "residual",
        },
        {
            "type": "scattergl",
            "x": seen.codes[used, 0],
            "y": seen.codes[used, 1],
            "mode": "markers",
            "name": "codes in use",
            "marker": {"size": 9, "color": colors.page, "line": {"color": colors.text, "width": 2}},
            "customdata": seen.counts[used],
            "hovertemplate": "code (%{x:.3f}, %{y:.3f})<br>%{customdata} samples<extra></extra>",
        },
    ]
    if probe is not None:
        start, end = seen.residual[probe], seen.sent[probe]
        traces.append(
            {
                "x": [float(start[0]), float(end[0])],
                "y": [float(start[1]), float(end[1])],
                "mode": "lines+markers",
                "line": {"color": colors.text, "width": 2},
                "name": "probe",
                "marker": {"size": 10, "color": colors.text, "symbol": ["circle", "x"]},
                "hovertemplate": "(%{x:.3f}, %{y:.3f})<extra></extra>",
            }
        )
    layout = base_layout(theme, _cloud_title(run, stage, method), height=560)
    for name in ("xaxis", "yaxis"):
        layout[name] |= {"range": [-reach, reach], "showgrid": False, "zeroline": False, "constrain": "domain"}
    layout["yaxis"]["scaleanchor"] = "x"
    layout["xaxis"]["title"]["text"] = "channel 1" + (f", magnified ×{gain:.3g}" if gain != 1 else "")
    layout["yaxis"]["title"]["text"] = "channel 2"
    layout["shapes"] = _cell_shapes(seen, reach, theme)
    return go.Figure(data=traces, layout=layout)


def magnification(stage: LabStage) -> float:
    """By how much the ruler is enlarged so that 95 % of a stage's samples fill it: at least 1.

    The farthest samples do not decide: one in a hundred that no code reaches would leave all others a blob.
    """
    extent = float(np.quantile(np.abs(stage.residual).max(axis=1), 0.95))
    return max(1.0, REACH / (1.15 * extent)) if extent > 0 else 1.0


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


def stage_use(runs: Mapping[str, LabRun], *, theme: Theme = "light") -> go.Figure:
    """Entropy of each stage's indices, a line per strategy, against the bits that a stage may use.

    Raises ValueError without a run.
    """
    if not runs:
        raise ValueError("stage_use needs at least one run")
    colors = THEMES[theme]
    stages = max(len(run.stages) for run in runs.values())
    nominal = math.log2(next(iter(runs.values())).codebook_size)
    traces, ends = [], []
    for method, run in runs.items():
        style = style_of(method)
        color = style.color(theme)
        bits = [stage.entropy_bits for stage in run.stages]
        traces.append(
            {
                "x": list(range(1, len(bits) + 1)),
                "y": bits,
                "mode": "lines+markers",
                "name": method,
                "line": {"color": color, "dash": style.dash, "width": style.width},
                "marker": {"symbol": style.symbol, "size": 10, "color": color, "line": {"color": color}},
                "hovertemplate": f"{escape(method)}, stage %{{x}}: %{{y:.2f}} bits<extra></extra>",
                "cliponaxis": False,
            }
        )
        ends.append(EndName(short_label_of(method), bits[-1], method, True))
    worst = min(runs, key=lambda name: runs[name].stages[-1].entropy_bits)
    said = runs[worst].stages[-1].entropy_bits
    layout = base_layout(theme, f"The last stage of {worst} says {said:.1f} of {format_bits(nominal)}", height=400)
    layout["yaxis"] |= {"range": [0, nominal * 1.12]}
    layout["yaxis"]["title"]["text"] = "entropy of the indices, bits"
    layout["xaxis"] |= {"range": [0.9, stages], "tickvals": list(range(1, stages + 1)), "showgrid": False}
    layout["xaxis"]["title"]["text"] = "stage"
    layout["shapes"] = [
        {
            "type": "line",
            "x0": 0,
            "x1": 1,
            "xref": "x domain",
            "y0": nominal,
            "y1": nominal,
            "layer": "below",
            "line": {"color": colors.muted, "width": 1.5, "dash": "longdash"},
        }
    ]
    words = small_words(f"all a stage may say: {nominal:.3g}{NARROW_SPACE}bits", colors.muted)
    layout["annotations"] = [
        words | {"x": 1, "xref": "x domain", "y": nominal, "xanchor": "right", "yanchor": "bottom"},
        *names_at_ends(ends, layout, "y", theme),
    ]
    layout["margin"]["r"] = margin_for(ends)
    return go.Figure(data=traces, layout=layout)
