"""Charts for app and notebooks: plain data in, plotly figures out.

Every function is pure and takes the theme, so an exported picture has the right page behind it. Show the figures with
plotly's own look (`st.plotly_chart(figure, theme=None)`): Streamlit's theme would replace fonts and colours.
"""

import base64
import io
import math
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
import torch
from PIL import Image

from rfsq.metrics import perplexity, usage
from rfsq.palette import THEMES, Theme, ThemeColors, index_colors, label_of, short_label_of, style_of
from rfsq.wording import NARROW_SPACE, format_bits, format_db

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
SMALL, BODY = 14, 16  # px: ticks and names, titles
_NAME_CHARS = 28  # a longer name at the end of a line would leave no room for the line
_LINE = 19  # px between two names in a column
_TITLE_CHARS = 36  # plotly does not break lines: this many fit a phone

Part = dict[str, Any]  # a piece of a plotly figure, in plotly's own words


@dataclass(frozen=True)
class ResidualCurve:
    """What a model leaves uncoded, stage by stage."""

    method: str  # name in the zoo
    rms: tuple[float, ...]  # RMS before stage 1, then after each stage: S + 1 values >= 0
    emphasized: bool = True  # False: thin and grey, but still part of the axis range
    levels: float | None = None  # values per channel and stage (their geometric mean), for the guide
    bits_per_token: float | None = None  # printed at the names when the emphasized methods differ


def spread_labels(positions: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move labels apart as little as possible so that neighbours are `gap` apart and all lie in [low, high].

    Positions are in axis units, log10 on a log axis; the order is kept. When there are too many for the range, they
    are spaced evenly over it. Minimises the sum of squared moves (isotonic regression by pooling neighbours).
    """
    count = len(positions)
    if count > 1:
        gap = min(gap, (high - low) / (count - 1))
    order = sorted(range(count), key=lambda i: positions[i])
    blocks: list[tuple[float, int]] = []  # (mean, size) of positions with the gaps taken out
    for rank, i in enumerate(order):
        mean, size = positions[i] - rank * gap, 1
        while blocks and blocks[-1][0] > mean:
            other_mean, other_size = blocks.pop()
            mean = (mean * size + other_mean * other_size) / (size + other_size)
            size += other_size
        blocks.append((mean, size))
    means = [mean for mean, size in blocks for _ in range(size)]
    spread = [0.0] * count
    for rank, i in enumerate(order):
        spread[i] = min(max(means[rank], low), high - (count - 1) * gap) + rank * gap
    return spread


def log_range(values: Sequence[float]) -> tuple[float, float]:
    """The smallest range of 1-2-5 numbers, at least a factor of 5, that holds all values and a floor for zeros."""
    positive = [v for v in values if v > 0]
    if not positive:
        return 0.1, 1.0
    steps = _one_two_five(min(positive), max(positive))
    high = next(step for step in steps if step >= max(positive) * (1 - 1e-9))
    below = [step for step in steps if step <= min(positive) * (1 + 1e-9)]
    # Zeros are drawn on the floor: no real value may share it.
    low = below[-1] if len(positive) == len(values) else below[-2]
    return min(low, max(step for step in steps if step <= high / 5)), high


def residual_norms(
    curves: Sequence[ResidualCurve],
    *,
    stage: int,
    relative: bool = True,
    theme: Theme = "light",
    title: str | None = None,
) -> go.Figure:
    """RMS left after each stage on a log axis, one line per method with its name at the end.

    The range covers all curves, emphasized or not, so a toggle moves lines and never the axis. `relative` divides by
    the RMS before stage 1 (raw values of two models do not compare). `stage` draws the rule; methods with fewer stages
    keep their last value, shown as a thin line. An RMS of 0 sits on the floor as an open marker labelled "0".
    Raises ValueError for an empty list, a curve of fewer than two values, or values that are negative or not finite.
    """
    if not curves:
        raise ValueError("residual_norms needs at least one curve")
    for curve in curves:
        if len(curve.rms) < 2 or not all(math.isfinite(v) and v >= 0 for v in curve.rms):
            raise ValueError(f"RMS of {curve.method!r} must be two or more finite values >= 0, got {curve.rms}")
    colors = THEMES[theme]
    last = max(len(curve.rms) for curve in curves) - 1
    stage = min(max(stage, 0), last)
    scaled = [_relative(curve.rms) if relative else curve.rms for curve in curves]
    low, high = log_range([v for values in scaled for v in values])
    names, notes = _line_names(curves), _notes(curves)
    write = _percent if relative else _plain

    guides = _Guides(curves, max(values[0] for values in scaled), last, low, colors)
    traces: list[Part] = list(guides.traces)
    ends: list[_Name] = []
    # Grey lines first, so that they never cover an emphasized one.
    for i in sorted(range(len(curves)), key=lambda i: curves[i].emphasized):
        curve, values = curves[i], scaled[i]
        style = style_of(curve.method)
        color = style.color(theme) if curve.emphasized else colors.ghost
        symbol = style.symbol or "circle"
        drawn = [max(v, low) for v in values]
        if len(drawn) <= last:
            held = {"x": [len(drawn) - 1, last], "y": [drawn[-1]] * 2, "line": {"color": color, "width": 1}}
            traces.append(held | {"mode": "lines", "hoverinfo": "skip", "name": f"{curve.method} (held)"})
        traces.append(
            {
                "x": list(range(len(drawn))),
                "y": drawn,
                "mode": "lines+markers+text",
                "line": {"color": color, "dash": style.dash, "width": style.width}
                if curve.emphasized
                else {"color": color, "width": 1.5},
                "marker": {
                    "symbol": [symbol.removesuffix("-open") + "-open" if v == 0 else symbol for v in values],
                    "size": [11 if v == 0 or (curve.emphasized and style.symbol) else 0 for v in values],
                    "color": color,
                    "opacity": 1,
                    "line": {"color": color},  # plotly would outline markers of listed sizes in white
                },
                "text": ["0" if v == 0 else "" for v in values],
                "textposition": "top center",
                "textfont": {"size": SMALL, "color": colors.text},
                "hovertext": [_hover(curve, s, v, write) for s, v in enumerate(values)],
                "hoverinfo": "text",
                "cliponaxis": False,
                "name": curve.method,
            }
        )
        ends.append(_Name(names[i] + notes[i], math.log10(drawn[-1]), curve.method, curve.emphasized))
    layout = _layout(theme, title or _residual_title(curves, scaled, names, stage, relative), height=420)
    layout["yaxis"] |= _log_axis((low, high), write, zero=any(v == 0 for values in scaled for v in values))
    layout["yaxis"]["title"]["text"] = "RMS left, % of the latent, log" if relative else "RMS left, log"
    layout["xaxis"] |= {
        "showgrid": False,  # a grid line would cover the rule at the current stage
        "range": [-0.04 * last, last],  # keeps the first markers off the numbers of the other axis
        "tickvals": list(range(last + 1)),
        "ticktext": [_digits(f"<b>{s}</b>" if s == stage else str(s)) for s in range(last + 1)],
    }
    layout["xaxis"]["title"]["text"] = "<br>".join(["stages used", *guides.explained])
    rule = {"type": "line", "x0": stage, "x1": stage, "y0": 0, "y1": 1, "yref": "y domain", "layer": "below"}
    layout["shapes"] = [rule | {"line": {"color": colors.text, "width": 1.5}}]
    layout["annotations"] = guides.labels + _names_at_ends(ends, layout, "y", theme)
    layout["margin"]["r"] = _margin_for(ends)
    return go.Figure(data=traces, layout=layout)


def index_map(indices: np.ndarray, codebook_size: int, *, theme: Theme = "light") -> go.Figure:
    """One stage's indices as a picture of square tokens in categorical colours; hover gives row, column and index.

    indices: (h, w) integers, 0 <= i < codebook_size <= 2^40. Colours name indices, they do not order them; with very
    large codebooks two different indices may look alike. Raises ValueError for another shape or an index out of range.
    """
    if indices.ndim != 2 or not indices.size:
        raise ValueError(f"index_map needs a non-empty (h, w) array, got shape {indices.shape}")
    if indices.min() < 0 or indices.max() >= codebook_size:
        raise ValueError(f"indices must be in [0, {codebook_size}), got {indices.min()} to {indices.max()}")
    height, width = indices.shape
    buffer = io.BytesIO()
    Image.fromarray(index_colors(indices)).save(buffer, "PNG")
    # A picture instead of numbers: the browser scales it sharply, and 200,000 tokens stay small.
    picture = go.Image(
        source="data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode(),
        customdata=indices.astype(np.float64),  # plotly has no int64; exact up to 2^53
        hovertemplate="token row %{y}, column %{x}<br>index %{customdata:d}<extra></extra>",
    )
    distinct = np.unique(indices).size
    title = f"{_thousands(distinct)} of {_thousands(codebook_size)} codes in use"
    layout = _layout(theme, title, height=420)
    layout["margin"] |= {"l": 12, "r": 12, "b": 12}
    layout["xaxis"] |= {"visible": False, "constrain": "domain", "range": [-0.5, width - 0.5]}
    layout["yaxis"] |= {"visible": False, "constrain": "domain", "range": [height - 0.5, -0.5], "scaleanchor": "x"}
    return go.Figure(data=picture, layout=layout)


def code_usage(
    indices_per_stage: Sequence[np.ndarray],
    codebook_sizes: Sequence[int],
    *,
    theme: Theme = "light",
    color: str | None = None,
    columns: int = 4,
) -> go.Figure:
    """How often each code is used, one panel per stage: codes sorted by count, one log scale for all panels.

    indices_per_stage: integer arrays of any shape, one per stage. Each panel prints distinct codes, used share and
    perplexity (the effective number of codes). `columns` panels stand side by side: 2 fit a phone.
    Raises ValueError when the two lists differ in length, are empty, or a stage has no token.
    """
    if not indices_per_stage or len(indices_per_stage) != len(codebook_sizes):
        raise ValueError(f"{len(indices_per_stage)} stages of indices, {len(codebook_sizes)} codebook sizes")
    if any(indices.size == 0 for indices in indices_per_stage):
        raise ValueError("every stage needs at least one token")
    colors = THEMES[theme]
    counts = [np.sort(np.unique(indices, return_counts=True)[1])[::-1] for indices in indices_per_stage]
    shares = [usage(_tensor(i), size) for i, size in zip(indices_per_stage, codebook_sizes, strict=True)]
    # Unused codes are empty space on the right; beyond 65,536 codes nothing else would be left to see.
    reach = max(size if size <= 65536 else len(count) for count, size in zip(counts, codebook_sizes, strict=True))
    # No number at the right end: it would run into the next panel's zero.
    inner = max(t for t in _one_two_five(1, reach) if t <= max(0.75 * reach, 1))
    top = max(log_range([float(count[0])])[1] for count in counts)
    decades = [10**d for d in range(math.ceil(math.log10(top)) + 1)]

    columns = min(columns, len(counts))
    rows = math.ceil(len(counts) / columns)
    title = f"{_percent(min(shares))} of the codes are in use"
    if _percent(min(shares)) != _percent(max(shares)):
        title = f"{_percent(min(shares))} to {_percent(max(shares))} of a stage's codes are in use"
    layout = _layout(theme, title, height=150 + 236 * rows)
    layout["margin"] |= {"t": 150, "b": 120, "r": 16}
    x_axis = layout.pop("xaxis") | {"range": [0, reach], "tickvals": [0, inner]}
    x_axis["ticktext"] = [_digits("0"), _digits(_thousands(int(inner)))]
    y_axis = layout.pop("yaxis") | {"type": "log", "range": [math.log10(0.6), math.log10(top)], "tickvals": decades}
    y_axis["ticktext"] = [_digits(_thousands(d)) for d in decades]
    plot = layout["height"] - 270
    row_height = (plot - 120 * (rows - 1)) / rows / plot  # 120 px for the words above each panel
    column_width = (1 - 0.04 * (columns - 1)) / columns
    traces, labels = [], []
    for s, (count, size) in enumerate(zip(counts, codebook_sizes, strict=True)):
        row, column = divmod(s, columns)
        axis = "" if s == 0 else str(s + 1)
        left, upper = column * (column_width + 0.04), 1 - row * (row_height + 120 / plot)
        layout[f"xaxis{axis}"] = x_axis | {"domain": [left, left + column_width], "anchor": f"y{axis}"}
        layout[f"yaxis{axis}"] = y_axis | {"domain": [max(upper - row_height, 0), upper], "anchor": f"x{axis}"}
        if column:
            layout[f"yaxis{axis}"]["showticklabels"] = False
        else:
            layout[f"yaxis{axis}"]["title"] = y_axis["title"] | {"text": "times used, log"}
        # Only where the count changes: the steps look the same with far fewer points.
        starts = np.flatnonzero(np.diff(count, prepend=count[0] + 1))
        traces.append(
            {
                "x": [*starts.tolist(), len(count)],
                "y": [*count[starts].tolist(), int(count[-1])],
                "xaxis": f"x{axis}",
                "yaxis": f"y{axis}",
                "mode": "lines",
                "line": {"color": color or colors.text, "width": 1.5, "shape": "hv"},
                "fill": "tozeroy",
                "hovertemplate": "code ranked %{x}<br>used %{y} times<extra></extra>",
                "name": f"stage {s + 1}",
            }
        )
        words = f"<b>Stage {s + 1}</b><br>{_thousands(len(count))} of {_thousands(size)} codes"
        words += f"<br>{_percent(shares[s])} used"
        words += f"<br>perplexity {_thousands(round(perplexity(_tensor(indices_per_stage[s]))))}"
        place = {"xref": f"x{axis} domain", "yref": f"y{axis} domain", "x": 0, "y": 1, "yanchor": "bottom"}
        labels.append(_words(words, colors.text) | place)
    short = [i.size for i, size in zip(indices_per_stage, codebook_sizes, strict=True) if i.size < size]
    note = "codes, most used first<br>Perplexity: as varied as this many codes<br>used equally often."
    if short:
        note += f"<br>{_count(min(short), 'token')} cannot use more than {_count(min(short), 'code')}."
    below = {"xref": "paper", "yref": "paper", "x": 0, "y": 0, "yshift": -28, "yanchor": "top"}
    layout["annotations"] = [*labels, _words(note, colors.muted) | below]
    return go.Figure(data=traces, layout=layout)


def training_curves(
    log: Mapping[str, Sequence[float]],
    *,
    ghost: Mapping[str, Sequence[float]] | None = None,
    method: str = "",
    theme: Theme = "light",
) -> go.Figure:
    """Loss (log), PSNR and residual RMS after each stage (log) over training steps, in three stacked panels.

    log: columns of equal length: "step" with "loss", "psnr_db" and "rms_0" (before stage 1), "rms_1",
    ...; a panel without its columns stays empty. NaN marks steps where a value was not measured. `ghost` is a previous
    run in the same form, drawn thin and grey. Raises ValueError without "step" or when lengths differ.
    """
    for run in (log, ghost or {"step": ()}):
        if "step" not in run:
            raise ValueError(f"the log needs a column 'step', got {sorted(run)}")
        for key, values in run.items():
            if len(values) != len(run["step"]):
                raise ValueError(f"column {key!r} has {len(values)} values, 'step' has {len(run['step'])}")
    looks: Part = {"color": style_of(method).color(theme), "width": 2.5}
    grey: Part = {"color": THEMES[theme].ghost, "width": 1.5}
    traces: list[Part] = []
    ends: list[_Name] = []
    for run, line in ((ghost or {}, grey), (log, looks)):
        for key in sorted(run, key=_trailing_number):
            panel = {"loss": "y", "psnr_db": "y2"}.get(key, "y3" if key.startswith("rms_") else "")
            # Zeros and NaN have no place on a log axis: left out, not moved.
            points = [(x, y) for x, y in zip(run["step"], run[key], strict=True) if math.isfinite(y)]
            points = [(x, y) for x, y in points if y > 0 or panel == "y2"]
            if not panel or not points:
                continue
            stage = _trailing_number(key)
            label = {"y": "loss", "y2": "PSNR"}.get(panel, f"after stage {stage}" if stage else "latent")
            traces.append(
                {
                    "x": [x for x, _ in points],
                    "y": [y for _, y in points],
                    "yaxis": panel,
                    "mode": "lines",
                    "line": line,
                    "name": label if run is log else f"previous run, {label}",
                    "hovertemplate": "%{fullData.name}<br>step %{x}: %{y:.4g}<extra></extra>",
                }
            )
            if run is log and panel == "y3":
                ends.append(_Name(label, math.log10(points[-1][1]), method, False))
    layout = _layout(theme, _training_title(log, ghost), height=680)
    axis = layout.pop("yaxis")
    for name, y_title, domain in (
        ("", "loss, log", [0.7, 1.0]),
        ("2", "PSNR, dB", [0.35, 0.65]),
        ("3", "RMS left, log", [0.0, 0.3]),
    ):
        layout[f"yaxis{name}"] = axis | {"domain": domain, "title": axis["title"] | {"text": y_title}}
        drawn = [y for trace in traces if trace["yaxis"] == f"y{name}" for y in trace["y"]]
        if name != "2":
            layout[f"yaxis{name}"] |= _log_axis(log_range(drawn), _plain)
    layout["xaxis"]["anchor"] = "y3"
    layout["xaxis"]["title"]["text"] = "training step"
    if ends:
        layout["annotations"] = _names_at_ends(ends, layout, "y3", theme)
        layout["margin"]["r"] = _margin_for(ends)
    return go.Figure(data=traces, layout=layout)


# ---- parts shared by the charts above ----


@dataclass(frozen=True)
class _Name:
    """A name at the end of a line."""

    text: str
    position: float  # where the line ends, in axis units (log10 on a log axis)
    method: str  # gives mark and colour
    emphasized: bool


def _layout(theme: Theme, title: str, height: int) -> Part:
    """Page, fonts, axes and margins common to all charts. Axes are fixed: a finger on a chart scrolls the page.

    A plain dict, completed by the caller and handed to plotly once: changing a figure afterwards is ten times slower.
    """
    colors = THEMES[theme]
    font = {"family": FONT, "size": SMALL, "color": colors.text}
    axis: Part = {"gridcolor": colors.grid, "linecolor": colors.grid, "zeroline": False, "fixedrange": True}
    axis["tickfont"] = {"size": SMALL}
    axis_title = {"font": {"size": SMALL, "color": colors.muted}, "standoff": 8}
    return {
        "template": "none",
        "height": height,
        "margin": {"l": 64, "r": 24, "t": 92, "b": 72},
        "paper_bgcolor": colors.page,
        "plot_bgcolor": colors.page,
        "font": font,
        "title": {
            "text": _digits("<br>".join(escape(line, quote=False) for line in _balanced(title))),
            "font": {"size": BODY, "weight": 600},
            "x": 0,
            "xref": "container",
            "xanchor": "left",
            "y": 1,
            "yanchor": "top",
            "pad": {"l": 12, "t": 26},
        },
        "hoverlabel": {"bgcolor": colors.panel, "bordercolor": colors.grid, "font": font},
        "hovermode": "closest",
        "showlegend": False,
        "dragmode": False,
        "xaxis": axis | {"title": dict(axis_title)},
        "yaxis": axis | {"title": dict(axis_title)},
    }


def _words(text: str, color: str) -> Part:
    """An annotation without its place: left-aligned small text."""
    font = {"size": SMALL, "color": color}
    return {"text": _digits(text), "showarrow": False, "align": "left", "xanchor": "left", "font": font}


def _names_at_ends(names: Sequence[_Name], layout: Part, axis: str, theme: Theme) -> list[Part]:
    """Annotations right of the plot, each at the height of its line's end and apart from the others."""
    colors = THEMES[theme]
    y_axis, margin = layout["yaxis" + axis[1:]], layout["margin"]
    low, high = y_axis["range"]
    bottom, top = y_axis.get("domain", (0, 1))
    pixels = (layout["height"] - margin["t"] - margin["b"]) * (top - bottom)
    spread = spread_labels([name.position for name in names], _LINE * (high - low) / pixels, low, high)
    annotations = []
    for name, y in zip(names, spread, strict=True):
        words = _words(escape(name.text), colors.text if name.emphasized else colors.muted)
        if name.emphasized:
            # Small text in a colour of 3.6:1 would be hard to read: the mark carries the colour, the name does not.
            style = style_of(name.method)
            words["text"] = f'<span style="color:{style.color(theme)}">{style.glyph}</span> ' + words["text"]
            words["font"]["weight"] = 600
        annotations.append(words | {"xref": "paper", "x": 1, "xshift": 12, "yref": axis, "y": y, "yanchor": "middle"})
    return annotations


def _margin_for(names: Sequence[_Name]) -> int:
    """Room for the names in px, in a wide font as nothing here can measure text.

    As if all were emphasized, so that a toggle does not move the plot.
    """
    return 18 + round(max(len(name.text) + 2.5 for name in names) * SMALL * 0.62)


class _Guides:
    """A thin line per level count: what is left if every stage divides the remainder by its levels."""

    def __init__(
        self, curves: Sequence[ResidualCurve], start: float, last: int, low: float, colors: ThemeColors
    ) -> None:
        counts = sorted({c.levels for c in curves if c.emphasized and c.levels and c.levels > 1 and len(c.rms) > 2})
        factors = ", ".join(f"÷{NARROW_SPACE}{levels:.3g}" for levels in counts)
        self.explained = [_digits(f"dotted guide: {factors} each stage")] if counts else []
        self.traces: list[Part] = []
        self.labels: list[Part] = []
        for levels in counts:
            end = min(last, math.log(max(start / low, 1)) / math.log(levels))  # where the guide leaves the plot
            line = {"color": colors.muted, "width": 1, "dash": "dot"}
            guide = {"x": [0, end], "y": [start, start / levels**end], "mode": "lines", "line": line}
            self.traces.append(guide | {"hoverinfo": "skip", "name": f"guide {levels:.3g}"})
            place = {"x": 0.8 * end, "y": math.log10(max(start, low)) - 0.8 * end * math.log10(levels)}
            words = _words(f"÷{NARROW_SPACE}{levels:.3g}", colors.muted)
            self.labels.append(words | place | {"xanchor": "right", "yanchor": "top"})


def _line_names(curves: Sequence[ResidualCurve]) -> list[str]:
    """Short names where they are unique, else with the size."""
    short = [short_label_of(c.method) for c in curves]
    names = [
        name if short.count(name) == 1 else label_of(c.method).removeprefix("RFSQ ")
        for name, c in zip(short, curves, strict=True)
    ]
    # A user may choose any name; the whole of it is in the hover text.
    return [name if len(name) <= _NAME_CHARS else name[: _NAME_CHARS - 1] + "…" for name in names]


def _notes(curves: Sequence[ResidualCurve]) -> list[str]:
    """What the end of a line says after the name: the rate where emphasized methods differ, else a lone stage."""
    rates = {c.bits_per_token for c in curves if c.emphasized and c.bits_per_token is not None}
    several = max(len(c.rms) for c in curves) > 2
    notes = []
    for curve in curves:
        if len(rates) > 1 and curve.bits_per_token is not None:
            notes.append(f", {format_bits(curve.bits_per_token)}")
        else:
            lone = several and len(curve.rms) == 2 and style_of(curve.method).family != "ceiling"
            notes.append(", 1 stage" if lone else "")
    return notes


def _residual_title(
    curves: Sequence[ResidualCurve],
    scaled: Sequence[Sequence[float]],
    names: Sequence[str],
    stage: int,
    relative: bool,
) -> str:
    """The reading of the chart: who leaves least and most at the current stage."""
    if stage == 0:
        return "Before stage 1 nothing is coded: all of the latent is left"
    after = f"After {_count(stage, 'stage')}"
    if not relative:
        return f"{after}: raw RMS left; each model has its own scale"
    left = sorted(
        (values[min(stage, len(values) - 1)], name)
        for curve, values, name in zip(curves, scaled, names, strict=True)
        if curve.emphasized
    )
    if not left:
        return f"{after}: no method selected"
    (least, best), (most, worst) = left[0], left[-1]
    if len(left) == 1:
        return f"{after} {best} leaves {_percent(least)} of the latent"
    if _percent(least) == _percent(most):
        return f"{after} {best} and {worst} both leave {_percent(least)} of the latent"
    return f"{after} {best} leaves {_percent(least)} of the latent, {worst} {_percent(most)}"


def _training_title(log: Mapping[str, Sequence[float]], ghost: Mapping[str, Sequence[float]] | None) -> str:
    """How far the run is: the last PSNR and step, beside the previous run's."""
    psnr = [[v for v in (run or {}).get("psnr_db", ()) if math.isfinite(v)] for run in (log, ghost)]
    if not len(log["step"]):
        return "No step recorded yet" + ("; the previous run in grey" if ghost else "")
    title = f"after {_count(int(log['step'][-1]), 'step')}"
    title = f"{format_db(psnr[0][-1])} {title}" if psnr[0] else title.capitalize()
    if ghost:
        title += f"; the previous run in grey ended at {format_db(psnr[1][-1])}" if psnr[1] else "; grey: previous run"
    return title


def _log_axis(axis_range: tuple[float, float], write: Callable[[float], str], *, zero: bool = False) -> Part:
    """A log axis with a fixed range and 1-2-5 numbers; with `zero` the floor stands for 0 and is labelled so."""
    low, high = axis_range
    ticks = [t for t in _one_two_five(low, high) if low * 0.999 <= t <= high * 1.001]
    if len(ticks) > 9:
        ticks = [t for t in ticks if f"{t:e}".startswith("1.0")]
    texts = ["0" if zero and t <= low * 1.001 else write(t) for t in ticks]
    ends = [math.log10(low), math.log10(high)]
    return {"type": "log", "range": ends, "tickvals": ticks, "ticktext": [_digits(text) for text in texts]}


def _hover(curve: ResidualCurve, stage: int, left: float, write: Callable[[float], str]) -> str:
    """Hover text of one point: the full name, what is left, the raw RMS and the gain of this stage."""
    lines = [f"<b>{escape(label_of(curve.method))}</b>"]
    lines.append("before stage 1" if stage == 0 else f"after stage {stage}" + ("" if len(curve.rms) > 2 else " of 1"))
    lines.append(f"left: {write(left)}, RMS {_plain(curve.rms[stage])}")
    if stage and curve.rms[stage] > 0:
        lines.append(f"÷{NARROW_SPACE}{curve.rms[stage - 1] / curve.rms[stage]:.3g} by this stage")
    return _digits("<br>".join(lines))


def _balanced(title: str) -> list[str]:
    """Break a title into as few lines as fit a phone, all about equally long."""
    lines = len(textwrap.wrap(title, _TITLE_CHARS))
    width = next((w for w in range(8, _TITLE_CHARS) if len(textwrap.wrap(title, w)) <= lines), _TITLE_CHARS)
    return textwrap.wrap(title, width)


def _relative(rms: Sequence[float]) -> list[float]:
    """RMS divided by the RMS before stage 1; all zeros when there was nothing to code."""
    return [v / rms[0] if rms[0] > 0 else 0.0 for v in rms]


def _one_two_five(low: float, high: float) -> list[float]:
    """The numbers 1, 2, 5 times powers of ten from below `low` to above `high`."""
    first, last = math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1
    return [float(f"{m}e{d}") for d in range(first, last + 1) for m in (1, 2, 5)]


def _tensor(indices: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(indices, dtype=np.int64))


def _trailing_number(key: str) -> int:
    found = re.search(r"\d+$", key)
    return int(found.group()) if found else -1


def _digits(text: str) -> str:
    """Ask for digits of equal width; plotly has no such font setting, its text accepts the style."""
    return f'<span style="font-variant-numeric:tabular-nums">{text}</span>' if text else ""


def _percent(share: float) -> str:
    """A share as people say it: "14 %", "0.8 %", "0 %" only for none at all."""
    number = f"{100 * share:.0f}" if share >= 0.00995 else f"{100 * share:.1g}" if share else "0"
    return f"{number if 'e' not in number else 'under 0.0001'}{NARROW_SPACE}%"


def _plain(value: float) -> str:
    return f"{value:.3g}"


def _thousands(number: int) -> str:
    """Groups of three, "1 024", and large powers of two as 2⁴⁰."""
    if number >= 1 << 20 and number & (number - 1) == 0:
        return "2" + str(number.bit_length() - 1).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{number:,}".replace(",", NARROW_SPACE)


def _count(number: int, noun: str) -> str:
    return f"{_thousands(number)} {noun}{'' if number == 1 else 's'}"
