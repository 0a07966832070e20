"""Scores in bands of equal bits: a dot per model with its interval."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go

from rfsq.evidence.statements import NO_FINDING_DB
from rfsq.figures.dot_rows import BAND, Rows, interval_bar
from rfsq.figures.metric import Metric
from rfsq.figures.parts import (
    Part,
    base_layout,
    counted,
    even_digits,
    padded,
)
from rfsq.style.palette import THEMES, Theme, ThemeColors, label_of, style_of
from rfsq.style.wording import format_bits


@dataclass(frozen=True)
class ScoreRow:
    """One model's mean score."""

    model: str
    bits_per_token: float
    value: float
    low: float  # 95 % interval
    high: float
    ceiling: float | None = None  # of the unquantized network of the same latent width, where there is one
    details: tuple[str, ...] = ()  # more lines for the hover box
    stride: int = 4  # one token stands for a block of stride × stride pixels
    runs: tuple[float, ...] = ()  # of the same model trained again with other seeds


def equal_bits(
    rows: Sequence[ScoreRow],
    metric: Metric,
    *,
    title: str | None = None,
    only: Collection[str] | None = None,
    theme: Theme = "light",
    narrow: bool = False,
) -> go.Figure:
    """A dot per model with its interval, in bands of equal bits per token and equal blocks, the best of a band on top.

    Upright strokes are other training runs of the same model. The grey tick of a row is the ceiling of its latent width, where that lies within the axis. `customdata` of a dot is
    the model's name. On a narrow page names stand above the dots, not beside them. only: those of `bands_of` that are drawn,
    on the axis of all. Raises ValueError without rows.
    """
    bands = {name: band for name, band in bands_of(rows, metric).items() if only is None or name in only}
    if not bands:
        raise ValueError("equal_bits needs at least one row")
    colors = THEMES[theme]
    places = Rows.of([name_in_band(row.model) for row in rows], theme, narrow=narrow)
    low, high = padded([bound for row in rows for bound in (row.low, row.high, *row.runs)])
    annotations, shapes, traces = [], [], []
    y = 0.0
    for name, band in bands.items():
        price, _, blocks = name.partition(",")
        annotations.append(places.band(f"<b>{price}</b>{blocks and ','}{blocks}", y))
        for row in band:
            y += places.step
            annotations.append(places.name(name_in_band(row.model), row.model, y))
            traces.append(_dot(row, y, metric, theme))
            traces += [_strokes(row, y, theme)] if row.runs else []
            shapes += _tick(row, y, colors) if row.ceiling is not None and low <= row.ceiling <= high else []
        y += BAND
    layout = _layout(title or _winner_title(bands, metric), y, places, theme)
    layout["xaxis"] |= metric.axis(low, high) | {"tickmode": "array", "tickangle": 0}
    note = "<br>grey tick: unquantized" if shapes else ""
    layout["xaxis"]["title"]["text"] = f"{metric.name}: {metric.direction}{note}"
    layout["annotations"], layout["shapes"] = annotations, shapes
    return go.Figure(data=traces, layout=layout)


_Bands = dict[str, list[ScoreRow]]


def bands_of(rows: Sequence[ScoreRow], metric: Metric) -> _Bands:
    """Rows by what their band is called, "40 bits per token"; the best first, and the band of fewest bits per pixel first.

    A band has one stride and one number of whole bits: 21.97 bits (4 channels of 45 levels) belong to that of 22.
    """
    bands: dict[tuple[int, float], list[ScoreRow]] = {}
    for row in sorted(rows, key=lambda row: -row.value if metric.higher_is_better else row.value):
        bands.setdefault((row.stride, _whole_bits(row)), []).append(row)
    named = {}
    for (stride, bits), band in sorted(bands.items(), key=lambda band: band[0][1] / band[0][0] ** 2):
        blocks = "" if stride == 4 else f", one for {stride}×{stride} pixels"
        named[f"{format_bits(bits)} per token{blocks}"] = band
    return named


def _whole_bits(row: ScoreRow) -> float:
    return float(round(row.bits_per_token))


def _best(band: Sequence[ScoreRow], metric: Metric) -> str:
    """The best of a band, as the chart calls it; with those that are no finding behind it, where it is known how much that is."""
    level = [row for row in band if metric.key == "psnr_db" and band[0].value - row.value < NO_FINDING_DB] or band[:1]
    best, *others = (name_in_band(row.model) for row in level)
    if not others:
        return best
    return f"{best} (level with {others[0] if len(others) == 1 else f'{len(others)} more'})"


def _winner_title(bands: _Bands, metric: Metric) -> str:
    winners = [
        f"{_best(band, metric)} at {format_bits(_whole_bits(band[0]))}" for band in bands.values() if len(band) > 1
    ]
    return (
        f"Best {metric.short}: {', '.join(winners)}" if winners else f"{metric.short} of {counted(len(bands), 'model')}"
    )


def name_in_band(model: str) -> str:
    """A name short enough for a phone; the band says the bits, the hover box the whole name."""
    name = re.sub(r"^RFSQ \d+×\d+ (layernorm-(?=progressive))?|(?<=^RVQ) .*|(?<=^LFQ) .*", "", label_of(model))
    return re.sub(r"^FSQ \d+ bits(, )?", lambda found: "FSQ " if found[1] else "FSQ, 4 levels", name)


def _layout(title: str, rows_height: float, places: Rows, theme: Theme) -> Part:
    layout = base_layout(theme, title, height=150 + round(rows_height))
    layout["margin"] |= {"l": places.left, "r": 12, "b": 60}
    layout["yaxis"] |= {"range": [rows_height - 20, -30], "showgrid": False, "showticklabels": False}
    return layout


def _dot(row: ScoreRow, y: float, metric: Metric, theme: Theme) -> Part:
    style = style_of(row.model)
    color = style.color(theme)
    lines = [
        f"<b>{escape(label_of(row.model))}</b>",
        f"{format_bits(row.bits_per_token)} per token",
        f"{metric.name}: {metric.write(row.value)}",
        f"95 %: {metric.write(row.low)} … {metric.write(row.high)}",
    ]
    if row.runs:
        lines.append(f"trained again: {', '.join(metric.write(value) for value in sorted(row.runs))}")
    if row.ceiling is not None:
        lines.append(f"unquantized: {metric.write(row.ceiling)}")
    lines += row.details
    return {
        "x": [row.value],
        "y": [y],
        "mode": "markers",
        "name": label_of(row.model),
        "customdata": [[row.model, 0]],
        "marker": {"symbol": style.symbol, "size": 12, "color": color},
        "error_x": interval_bar(row.value, row.low, row.high, color),
        "hovertext": [even_digits("<br>".join(lines))],
        "hoverinfo": "text",
    }


def _strokes(row: ScoreRow, y: float, theme: Theme) -> Part:
    return {
        "x": list(row.runs),
        "y": [y] * len(row.runs),
        "mode": "markers",
        "marker": {
            "symbol": "line-ns-open",
            "size": 9,
            "color": style_of(row.model).color(theme),
            "line": {"width": 1.5},
        },
        "hoverinfo": "skip",
    }


def _tick(row: ScoreRow, y: float, colors: ThemeColors) -> list[Part]:
    return [
        {
            "type": "line",
            "x0": row.ceiling,
            "x1": row.ceiling,
            "y0": y - 10,
            "y1": y + 10,
            "line": {"color": colors.muted, "width": 2},
            "layer": "below",
        }
    ]
