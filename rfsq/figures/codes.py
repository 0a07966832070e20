"""Which codes are used, and where."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go
import torch
from PIL import Image

from rfsq.figures.parts import (
    Part,
    base_layout,
    counted,
    even_digits,
    log_range,
    one_two_five,
    small_words,
    thousands,
)
from rfsq.quantizers.usage import entropy_of_counts, usage
from rfsq.style.palette import THEMES, Theme, index_colors
from rfsq.style.wording import format_share


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
    title = f"{thousands(distinct)} of {thousands(codebook_size)} codes in use"
    layout = base_layout(theme, title, height=420)
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
    names: Sequence[str] = (),
) -> go.Figure:
    """How often each code is used, one panel per stage: codes sorted by count, one log scale for all panels.

    indices_per_stage: integer arrays of any shape, one per stage. Each panel prints distinct codes, used share and
    perplexity (the effective number of codes). `columns` panels stand side by side: 2 fit a phone. names: of the panels,
    where they are not the stages of one stack.
    Raises ValueError when the two lists differ in length, are empty, or a stage has no token.
    """
    if not indices_per_stage or len(indices_per_stage) != len(codebook_sizes):
        raise ValueError(f"{len(indices_per_stage)} stages of indices, {len(codebook_sizes)} codebook sizes")
    if any(indices.size == 0 for indices in indices_per_stage):
        raise ValueError("every stage needs at least one token")
    for indices, size in zip(indices_per_stage, codebook_sizes, strict=True):
        usage(_tensor(indices), size)  # raises for an index outside the codebook
    counts = [np.unique(indices, return_counts=True)[1] for indices in indices_per_stage]
    return code_counts(counts, codebook_sizes, theme=theme, color=color, columns=columns, names=names)


def code_counts(
    counts_per_stage: Sequence[np.ndarray],
    codebook_sizes: Sequence[int],
    *,
    theme: Theme = "light",
    color: str | None = None,
    columns: int = 4,
    first: int = 1,
    names: Sequence[str] = (),
) -> go.Figure:
    """`code_usage` from how often each code occurs that does, in any order: whole numbers > 0, an array per stage.

    first: the number of the first stage, where panels have no names.
    """
    colors = THEMES[theme]
    called = list(names) or [f"Stage {number}" for number in range(first, first + len(counts_per_stage))]
    counts = [np.sort(found)[::-1] for found in counts_per_stage]
    shares = [len(found) / size for found, size in zip(counts, codebook_sizes, strict=True)]
    # Unused codes are empty space on the right; beyond 65,536 codes nothing else would be left to see.
    reach = max(size if size <= 65536 else len(count) for count, size in zip(counts, codebook_sizes, strict=True))
    # No number at the right end: it would run into the next panel's zero.
    inner = max(t for t in one_two_five(1, reach) if t <= max(0.75 * reach, 1))
    columns = min(columns, len(counts))
    rows = math.ceil(len(counts) / columns)
    layout = base_layout(theme, _use_title(shares, stages=not names), height=150 + 236 * rows)
    layout["margin"] |= {"t": layout["margin"]["t"] + 58, "b": 120, "r": 16}
    x_axis = layout.pop("xaxis") | {"range": [0, reach], "tickvals": [0, inner]}
    x_axis["ticktext"] = [even_digits("0"), even_digits(thousands(int(inner)))]
    y_axis = layout.pop("yaxis") | _count_axis(counts)
    plot = layout["height"] - layout["margin"]["t"] - layout["margin"]["b"]
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
        place = {"xref": f"x{axis} domain", "yref": f"y{axis} domain", "x": 0, "y": 1, "yanchor": "bottom"}
        labels.append(small_words(_use_words(count, size, called[s]), colors.text) | place)
        look = {"line": {"color": color or colors.text, "width": 1.5, "shape": "hv"}, "name": called[s].lower()}
        traces.append(_ranked(count) | {"xaxis": f"x{axis}", "yaxis": f"y{axis}"} | look)
    below = {"xref": "paper", "yref": "paper", "x": 0, "y": 0, "yshift": -28, "yanchor": "top"}
    layout["annotations"] = [*labels, small_words(_use_note(counts, codebook_sizes), colors.muted) | below]
    return go.Figure(data=traces, layout=layout)


def _count_axis(counts: Sequence[np.ndarray]) -> Part:
    """From below 1 to above the largest count, log, numbered at powers of ten."""
    top = max(log_range([float(count[0])])[1] for count in counts)
    decades = [10**d for d in range(math.ceil(math.log10(top)) + 1)]
    return {
        "type": "log",
        "range": [math.log10(0.6), math.log10(top)],
        "tickvals": decades,
        "ticktext": [even_digits(thousands(d)) for d in decades],
    }


def _ranked(count: np.ndarray) -> Part:
    """A line down the counts, most used code first."""
    # Only where the count changes: the steps look the same with far fewer points.
    starts = np.flatnonzero(np.diff(count, prepend=count[0] + 1))
    return {
        "x": [*starts.tolist(), len(count)],
        "y": [*count[starts].tolist(), int(count[-1])],
        "mode": "lines",
        "fill": "tozeroy",
        "hovertemplate": "code ranked %{x}<br>used %{y} times<extra></extra>",
    }


def _use_title(shares: Sequence[float], *, stages: bool) -> str:
    least, most = format_share(min(shares)), format_share(max(shares))
    whose = "a stage's" if stages else "the"
    return f"{least} of the codes are in use" if least == most else f"{least} to {most} of {whose} codes are in use"


def _use_words(count: np.ndarray, size: int, name: str) -> str:
    """Above a panel: distinct codes, used share, perplexity."""
    return (
        f"<b>{escape(name)}</b><br>{thousands(len(count))} of {thousands(size)} codes"
        f"<br>{format_share(len(count) / size)} used"
        f"<br>perplexity {thousands(round(2 ** entropy_of_counts(count)))}"
    )


def _use_note(counts: Sequence[np.ndarray], codebook_sizes: Sequence[int]) -> str:
    tokens = [int(count.sum()) for count in counts]
    short = [number for number, size in zip(tokens, codebook_sizes, strict=True) if number < size]
    note = "codes, most used first<br>Perplexity: as varied as this many codes<br>used equally often."
    if short:
        note += f"<br>{counted(min(short), 'token')} cannot use more than {counted(min(short), 'code')}."
    return note


def _tensor(indices: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(indices, dtype=np.int64))
