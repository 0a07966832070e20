"""A bar per stage: what its indices say, and how strong the signal is that it rounds."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

import plotly.graph_objects as go

from rfsq.figures.parts import Part, base_layout, even_digits, plain, small_words
from rfsq.style.palette import THEMES, Theme
from rfsq.style.wording import NARROW_SPACE, format_bits

_MOST_TICKS = 12  # numbers under the bars
_NOTE_CHARS = 40  # fit a phone


def stage_entropy(bits: Sequence[float], possible: Sequence[float], *, theme: Theme = "light") -> go.Figure:
    """Entropy of each stage's indices, in bits, within the outline of what its codebook could say.

    bits, possible: one value per stage, 0 ≤ bits. Raises ValueError for none, or for lists of unlike length.
    """
    if not bits or len(bits) != len(possible):
        raise ValueError(f"{len(bits)} entropies, {len(possible)} codebooks")
    colors = THEMES[theme]
    said, all_bits = sum(bits), sum(possible)
    whole = format_bits(all_bits)
    title = f"The indices say {said:.1f} of {whole}"
    if len(bits) > 1:
        title += ", stage by stage"
    layout = _layout(title, len(bits), theme)
    layout["yaxis"] |= {"range": [0, 1.12 * max(*possible, *bits, 1e-9)]}
    layout["yaxis"]["title"]["text"] = "entropy of the indices, bits"
    outline: Part = {
        "type": "bar",
        "x": _stages(bits),
        "y": list(possible),
        "marker": {"color": "rgba(0,0,0,0)", "line": {"color": colors.muted, "width": 1.5}},
        "hoverinfo": "skip",
    }
    texts = [f"{value:.2f} of {most:.4g}{NARROW_SPACE}bits" for value, most in zip(bits, possible, strict=True)]
    return go.Figure(
        data=[outline, _bars(bits, texts, [colors.text] * len(bits))],
        layout=layout | {"annotations": [_note("outline: all that a codebook of that size could say", colors.muted)]},
    )


def stage_signal_bars(
    signals: Sequence[float | None], *, weak: float, levels: float, theme: Theme = "light"
) -> go.Figure:
    """RMS of what enters each stage, in distances between its levels; a stage below `weak` is hatched.

    signals: one value ≥ 0 per stage, None where a stage has no levels. levels: most that a channel has, for the axis.
    Raises ValueError where no stage has a value.
    """
    known = {stage: value for stage, value in enumerate(signals, start=1) if value is not None}
    if not known:
        raise ValueError("no stage has levels")
    colors = THEMES[theme]
    faint = [stage for stage, value in known.items() if value < weak]
    worst = min(known, key=lambda stage: known[stage])
    title = f"What stage {worst} rounds is {known[worst]:.2f} of the distance between its levels"
    if not faint and len(known) > 1:
        title = f"Every stage gets a signal of at least {known[worst]:.2f} level spacings"
    layout = _layout(title, len(signals), theme)
    layout["yaxis"] |= {"range": [0, 1.12 * max(*known.values(), weak, min(1.0, (levels - 1) / 2))]}
    layout["yaxis"]["title"]["text"] = "signal RMS ÷ level spacing"
    rule = {"type": "line", "x0": 0, "x1": 1, "xref": "x domain", "y0": weak, "y1": weak}
    values = [known.get(stage, 0.0) for stage in range(1, len(signals) + 1)]
    texts = [f"{plain(value)} level spacings" for value in values]
    bars = _bars(values, texts, [colors.text] * len(values))
    bars["marker"]["pattern"] = {
        "shape": ["/" if stage in faint else "" for stage in range(1, len(signals) + 1)],
        "fgcolor": colors.text,
        "bgcolor": colors.page,
        "size": 7,
    }
    return go.Figure(
        data=bars,
        layout=layout
        | {
            "shapes": [rule | {"line": {"color": colors.muted, "width": 1.5, "dash": "dot"}}],
            "annotations": [
                _note(
                    f"dotted: {weak:g} of a spacing; below it, hatched, a stage says little more than a sign",
                    colors.muted,
                )
            ],
        },
    )


def _layout(title: str, count: int, theme: Theme) -> Part:
    layout = base_layout(theme, title, height=340)
    step = math.ceil(count / _MOST_TICKS)
    shown = list(range(1, count + 1, step))
    layout["xaxis"] |= {
        "range": [0.4, count + 0.6],
        "tickvals": shown,
        "ticktext": [even_digits(str(stage)) for stage in shown],
        "showgrid": False,
    }
    layout["xaxis"]["title"]["text"] = "stage"
    layout["margin"] |= {"b": 100, "r": 12}
    return layout | {"barmode": "overlay", "bargap": 0.35}


def _stages(values: Sequence[object]) -> list[int]:
    return list(range(1, len(values) + 1))


def _bars(values: Sequence[float], texts: Sequence[str], fill: Sequence[str]) -> Part:
    return {
        "type": "bar",
        "x": _stages(values),
        "y": list(values),
        "marker": {"color": list(fill), "line": {"color": list(fill), "width": 1}},
        "hovertext": [even_digits(f"stage {stage}: {text}") for stage, text in enumerate(texts, start=1)],
        "hoverinfo": "text",
    }


def _note(text: str, color: str) -> Part:
    return small_words("<br>".join(textwrap.wrap(text, _NOTE_CHARS)), color) | {
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": 0,
        "yshift": -54,
        "yanchor": "top",
    }
