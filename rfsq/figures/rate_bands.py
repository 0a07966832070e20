"""By how much one model is ahead of other formats, rate by rate, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import numpy as np
import plotly.graph_objects as go

from rfsq.figures.metric import Metric
from rfsq.figures.names import add_names
from rfsq.figures.parts import EndName, Part, base_layout, even_digits, padded
from rfsq.style.palette import THEMES, Theme, label_of, short_label_of, style_of
from rfsq.style.wording import format_signed

_RATES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5, 2.0)
_DOT = 10  # px, of a band of one rate


@dataclass(frozen=True, eq=False)
class RateBand:
    """A line and its interval; positive where ours is better."""

    rates: np.ndarray  # (R,) bits per pixel, ascending
    mean: np.ndarray  # (R,), as are the ends of the interval
    low: np.ndarray
    high: np.ndarray


def rate_bands(
    bands: Mapping[str, RateBand], metric: Metric, *, title: str, theme: Theme = "light", narrow: bool = False
) -> go.Figure:
    """A line over bits per pixel (log) for each format, its interval shaded, and the line where both are level.

    bands: format -> its band. Raises ValueError without one.
    """
    if not bands:
        raise ValueError("rate_bands needs at least one format")
    colors = THEMES[theme]
    layout = base_layout(theme, title, height=480)
    rates = np.concatenate([band.rates for band in bands.values()])
    low, high = float(rates.min()) / 1.06, float(rates.max()) * 1.06
    ticks = [rate for rate in _RATES if low <= rate <= high]
    layout["xaxis"] |= {
        "type": "log",
        "range": [np.log10(low), np.log10(high)],
        "tickvals": ticks,
        "ticktext": [even_digits(f"{rate:g}") for rate in ticks],
    }
    layout["xaxis"]["title"]["text"] = "bits per pixel of whole files, log"
    ends = np.concatenate([[0.0], *(np.concatenate([band.low, band.high]) for band in bands.values())])
    layout["yaxis"] |= {"range": list(padded(ends.tolist()))}
    layout["yaxis"]["title"]["text"] = f"{metric.short}: better by, above 0 ours is ahead"
    layout["shapes"] = [
        {
            "type": "line",
            "x0": 0,
            "x1": 1,
            "xref": "x domain",
            "y0": 0,
            "y1": 0,
            "line": {"color": colors.muted, "width": 1.5},
        }
    ]
    traces: list[Part] = []
    names: list[EndName] = []
    for name, band in bands.items():
        traces += _traces(name, band, metric, theme)
        names.append(EndName(short_label_of(name), float(band.mean[-1]), name, False))
    add_names(names, layout, theme, narrow=narrow)
    return go.Figure(data=traces, layout=layout)


def _traces(name: str, band: RateBand, metric: Metric, theme: Theme) -> list[Part]:
    style = style_of(name)
    color = style.color(theme)
    shade: Part = {
        "x": [*band.rates, *band.rates[::-1]],
        "y": [*band.high, *band.low[::-1]],
        "fill": "toself",
        "fillcolor": color,
        "opacity": 0.18,
        "mode": "lines",
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    line: Part = {
        "x": band.rates,
        "y": band.mean,
        "mode": "lines" if len(band.rates) > 1 else "markers",
        "line": {"color": color, "width": 2, "dash": style.dash},
        "marker": {"size": _DOT, "color": color},
        "name": label_of(name),
        "customdata": [
            [format_signed(float(value), 3) for value in row]
            for row in zip(band.mean, band.low, band.high, strict=True)
        ],
        "hovertemplate": f"<b>{escape(label_of(name))}</b><br>%{{x:.2f}} bpp: ours better by %{{customdata[0]}} "
        f"[%{{customdata[1]}}, %{{customdata[2]}}] in {metric.short}<extra></extra>",
    }
    if len(band.rates) == 1:
        line["error_y"] = {"array": band.high - band.mean, "arrayminus": band.mean - band.low, "color": color}
    return [shade, line]
