"""What was measured over the test photos."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import plotly.graph_objects as go

from rfsq.evidence.findings import NO_FINDING_DB
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
from rfsq.style.palette import THEMES, Theme, ThemeColors, hollow, label_of, short_label_of, style_of
from rfsq.style.wording import NARROW_SPACE, format_bits, format_db, format_score

_ROW = 30  # px of one model in a dot plot
_BAND = 46  # px above each band for its name
_NAMED_CURVES = 5  # more names at the ends of lines would hide each other; hover tells them


@dataclass(frozen=True)
class Metric:
    """A score and how to write it."""

    key: str  # field of ModelScores
    short: str
    name: str
    higher_is_better: bool
    write: Callable[[float], str]

    @property
    def direction(self) -> str:
        return "higher is better" if self.higher_is_better else "lower is better"


METRICS = {
    metric.key: metric
    for metric in (
        Metric("psnr_db", "PSNR", "PSNR, dB", True, lambda value: format_db(value).removesuffix("dB").strip()),
        Metric("l1", "L1", "L1 on [−1, 1]", False, lambda value: f"{value:.4f}"),
        Metric("ssim", "SSIM", "SSIM", True, format_score),
        Metric("ms_ssim", "MS-SSIM", "MS-SSIM", True, format_score),
        Metric("flip", "ꟻLIP", "ꟻLIP", False, format_score),
        Metric("lpips", "LPIPS", "LPIPS", False, format_score),
        Metric("st_lpips", "ST-LPIPS", "ST-LPIPS (AlexNet)", False, format_score),
    )
}


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


@dataclass(frozen=True)
class RateCurve:
    """One model's scores with 1 … S stages."""

    model: str
    bits_per_token: tuple[float, ...]
    values: tuple[float, ...]
    trained_for_fewer: bool = False  # with stage dropout: fewer stages than all are meant to be used
    details: tuple[tuple[str, ...], ...] = ()  # per point, more lines for the hover box
    stride: int = 4  # one token stands for a block of stride × stride pixels

    @property
    def bits_per_pixel(self) -> tuple[float, ...]:
        return tuple(bits / self.stride**2 for bits in self.bits_per_token)


def equal_bits(
    rows: Sequence[ScoreRow], metric: Metric, *, title: str | None = None, theme: Theme = "light"
) -> go.Figure:
    """A dot per model with its interval, in bands of equal bits per token and equal blocks, the best of a band on top.

    The grey tick of a row is the ceiling of its latent width, where that lies within the axis. `customdata` of a dot is
    the model's name.
    Raises ValueError without rows.
    """
    if not rows:
        raise ValueError("equal_bits needs at least one row")
    colors = THEMES[theme]
    bands = _bands(rows, metric)
    layout = base_layout(
        theme,
        title or _winner_title(bands, metric),
        height=150 + sum(_BAND + _ROW * len(band) for band in bands.values()),
    )
    names = margin_for([EndName(_name_in_band(row.model), 0, row.model, True) for row in rows])
    layout["margin"] |= {"l": names, "r": 12, "b": 60}
    low, high = _padded([bound for row in rows for bound in (row.low, row.high)])
    annotations, shapes, traces = [], [], []
    y = 0.0
    for (stride, bits), band in bands.items():
        blocks = "" if stride == 4 else f", one for {stride}×{stride} pixels"
        words = small_words(f"<b>{format_bits(bits)} per token</b>{blocks}", colors.text)
        annotations.append(
            words | {"x": 0, "xref": "paper", "xshift": -names, "y": y, "yanchor": "bottom", "yshift": -4}
        )
        for row in band:
            y += _ROW
            annotations.append(_row_name(row, y, theme) | {"xshift": 4 - names})
            traces.append(_dot(row, y, metric, theme))
            shapes += _tick(row, y, colors) if row.ceiling is not None and low <= row.ceiling <= high else []
        y += _BAND
    layout["yaxis"] |= {"range": [y - 20, -30], "showgrid": False, "showticklabels": False}
    layout["xaxis"] |= {
        "range": [low, high],
        "tickmode": "array",
        "tickvals": (ticks := _ticks(low, high)),
        "ticktext": [even_digits(metric.write(tick)) for tick in ticks],
    }
    layout["xaxis"]["title"]["text"] = f"{metric.name}: {metric.direction}<br>grey tick: unquantized"
    layout["annotations"], layout["shapes"] = annotations, shapes
    return go.Figure(data=traces, layout=layout)


def quality_against_bits(
    curves: Sequence[RateCurve], ceilings: Mapping[int, float], metric: Metric, *, theme: Theme = "light"
) -> go.Figure:
    """A score over bits per pixel: a line per model through its stages, a dashed line per unquantized ceiling.

    ceilings: latent width D -> score. Points with fewer than all stages are open unless the model was trained for
    them. `customdata` of a point is the model's name and the stage count. Raises ValueError without curves.
    """
    if not curves:
        raise ValueError("quality_against_bits needs at least one curve")
    colors = THEMES[theme]
    layout = base_layout(theme, f"{metric.name} against bits per pixel: {metric.direction}", height=560)
    values = [value for curve in curves for value in curve.values]
    room = 0.25 * (max(values) - min(values))  # a ceiling far away would flatten everything else: it is named instead
    near = {width: value for width, value in ceilings.items() if min(values) - room <= value <= max(values) + room}
    low, high = _padded([*values, *near.values()])
    most = max(bits for curve in curves for bits in curve.bits_per_pixel)
    traces: list[Part] = []
    for curve in curves:
        style = style_of(curve.model)
        color = style.color(theme)
        last = len(curve.values) - 1
        symbols = [
            style.symbol if k == last or curve.trained_for_fewer or "-open" in style.symbol else hollow(style.symbol)
            for k in range(last + 1)
        ]
        traces.append(
            {
                "x": list(curve.bits_per_pixel),
                "y": list(curve.values),
                "mode": "lines+markers" if last else "markers",
                "line": {"color": color, "width": 1.5, "dash": style.dash},
                "marker": {
                    "symbol": symbols,
                    "size": [11 if k == last else 8 for k in range(last + 1)],
                    "color": color,
                },
                "name": label_of(curve.model),
                "customdata": [[curve.model, k + 1] for k in range(last + 1)],
                "hovertext": [_point_words(curve, k, metric) for k in range(last + 1)],
                "hoverinfo": "text",
            }
        )
    shapes = [
        {
            "type": "line",
            "x0": 0,
            "x1": 1,
            "xref": "x domain",
            "y0": value,
            "y1": value,
            "layer": "below",
            "line": {"color": colors.muted, "width": 1, "dash": "longdash"},
        }
        for value in near.values()
    ]
    layout["shapes"] = shapes
    layout["yaxis"] |= {
        "range": [low, high],
        "tickvals": (ticks := _ticks(low, high)),
        "ticktext": [even_digits(metric.write(tick)) for tick in ticks],
    }
    layout["yaxis"]["title"]["text"] = metric.name
    layout["xaxis"] |= {
        "range": [0, most * 1.03],
        "tickvals": (rates := sorted({round(curve.bits_per_token[-1]) / curve.stride**2 for curve in curves})),
        "ticktext": [even_digits(f"{rate:.4g}") for rate in rates],
    }
    layout["xaxis"]["title"]["text"] = "bits per pixel, nominal, without side information"
    ends = [EndName(f"unquantized, D = {width}", value, "continuous", False) for width, value in near.items()]
    if len(curves) <= _NAMED_CURVES:
        ends += [
            EndName(label_of(curve.model).removeprefix("RFSQ "), curve.values[-1], curve.model, True)
            for curve in curves
        ]
    ends += [
        EndName(f"↑ D = {width}: {metric.write(value)}", high if value > high else low, "continuous", False)
        for width, value in ceilings.items()
        if width not in near
    ]
    layout["annotations"] = names_at_ends(ends, layout, "y", theme)
    layout["margin"]["r"] = margin_for(ends) if ends else 24
    return go.Figure(data=traces, layout=layout)


def stage_profile(
    curves: Mapping[str, Sequence[float | None]],
    measure: str,
    *,
    title: str,
    log: bool = False,
    guide: float | None = None,
    guide_name: str = "",
    first: int = 1,
    theme: Theme = "light",
) -> go.Figure:
    """One figure per stage (RMS, entropy, …) as a line per model; `guide` is a dotted level with its name.

    curves: model -> a value per stage, counted from `first`; None where it is not known. Raises ValueError without
    curves or when a log axis gets a value that is not positive.
    """
    known = [value for values in curves.values() for value in values if value is not None]
    if not known:
        raise ValueError("stage_profile needs at least one value")
    if log and min(known) <= 0:
        raise ValueError("a log axis needs positive values")
    colors = THEMES[theme]
    layout = base_layout(theme, title, height=420)
    shown = [*known, guide] if guide is not None else known
    if log:
        layout["yaxis"] |= log_axis(log_range(shown), plain)
    else:
        layout["yaxis"] |= {"range": [0, 1.08 * max(shown)]}
    last = first + max(len(values) for values in curves.values()) - 1
    layout["yaxis"]["title"]["text"] = measure + (", log" if log else "")
    layout["xaxis"] |= {
        "tickvals": list(range(first, last + 1)),
        "range": [first - 0.08 * max(1, last - first), last + 0.02],
        "showgrid": False,
    }
    layout["xaxis"]["title"]["text"] = "stage" if first else "stages used"
    traces: list[Part] = []
    ends: list[EndName] = []
    short = [short_label_of(model) for model in curves]
    for model, values in curves.items():
        style = style_of(model)
        points = [(first + k, value) for k, value in enumerate(values) if value is not None]
        if not points:
            continue
        name = short_label_of(model)
        name = name if short.count(name) == 1 else label_of(model).removeprefix("RFSQ ")
        line = {"color": style.color(theme), "width": style.width, "dash": style.dash}
        traces.append(
            {
                "x": [x for x, _ in points],
                "y": [y for _, y in points],
                "mode": "lines+markers",
                "line": line,
                "marker": {"symbol": style.symbol or "circle", "size": 10, "color": style.color(theme)},
                "name": label_of(model),
                "hovertemplate": f"<b>{escape(label_of(model))}</b><br>stage %{{x}}: %{{y:.3g}}<extra></extra>",
            }
        )
        ends.append(EndName(name, float(np.log10(points[-1][1])) if log else points[-1][1], model, True))
    if guide is not None:
        place = {"type": "line", "x0": 0, "x1": 1, "xref": "x domain", "y0": guide, "y1": guide, "layer": "below"}
        layout["shapes"] = [place | {"line": {"color": colors.muted, "width": 1, "dash": "dot"}}]
        ends.append(EndName(guide_name, float(np.log10(guide)) if log else guide, "", False))
    layout["annotations"] = names_at_ends(ends, layout, "y", theme)
    layout["margin"]["r"] = margin_for(ends)
    return go.Figure(data=traces, layout=layout)


def width_ceiling(
    ceilings: Mapping[int, float],
    models: Mapping[str, tuple[int, float]],
    metric: Metric,
    *,
    title: str,
    theme: Theme = "light",
) -> go.Figure:
    """A score over the number of latent channels: the unquantized networks as a line, quantized models as marks.

    ceilings: D -> score; models: name -> (D, score). Raises ValueError without ceilings.
    """
    if not ceilings:
        raise ValueError("width_ceiling needs at least one ceiling")
    layout = base_layout(theme, title, height=460)
    low, high = _padded([*ceilings.values(), *(value for _, value in models.values())])
    widths = sorted(ceilings)
    style = style_of("continuous")
    traces: list[Part] = [
        {
            "x": widths,
            "y": [ceilings[width] for width in widths],
            "mode": "lines+markers",
            "name": "unquantized",
            "line": {"color": style.color(theme), "width": style.width, "dash": style.dash},
            "marker": {"symbol": "line-ew-open", "size": 12, "color": style.color(theme)},
            "hovertemplate": "<b>unquantized</b><br>D = %{x}: %{y:.4g}<extra></extra>",
        }
    ]
    for model, (width, value) in models.items():
        style = style_of(model)
        traces.append(
            {
                "x": [width],
                "y": [value],
                "mode": "markers",
                "name": label_of(model),
                "marker": {"symbol": style.symbol, "size": 12, "color": style.color(theme)},
                "hovertemplate": f"<b>{escape(label_of(model))}</b><br>D = %{{x}}: %{{y:.4g}}<extra></extra>",
            }
        )
    layout["yaxis"] |= {
        "range": [low, high],
        "tickvals": (ticks := _ticks(low, high)),
        "ticktext": [even_digits(metric.write(tick)) for tick in ticks],
    }
    layout["yaxis"]["title"]["text"] = metric.name
    used = sorted({*widths, *(width for width, _ in models.values())})
    layout["xaxis"] |= {"tickvals": used, "range": [min(used) - 0.8, max(used) + 0.8], "showgrid": False}
    layout["xaxis"]["title"]["text"] = "latent channels D"
    ends = [EndName("unquantized", ceilings[widths[-1]], "continuous", True)]
    ends += [EndName(label_of(model).removeprefix("RFSQ "), value, model, True) for model, (_, value) in models.items()]
    layout["annotations"] = names_at_ends(ends, layout, "y", theme)
    layout["margin"]["r"] = margin_for(ends)
    return go.Figure(data=traces, layout=layout)


def side_information(
    side_bytes: Mapping[str, float], sizes: Sequence[int], *, title: str, theme: Theme = "light"
) -> go.Figure:
    """What statistics sent per image cost in bits per pixel, over the side of a square image in pixels (both log)."""
    if not side_bytes or not sizes:
        raise ValueError("side_information needs a model and a size")
    layout = base_layout(theme, title, height=380)
    curves = {model: [8 * count / side**2 for side in sizes] for model, count in side_bytes.items()}
    layout["yaxis"] |= log_axis(log_range([value for values in curves.values() for value in values]), plain)
    layout["yaxis"]["title"]["text"] = "side information, bpp, log"
    layout["xaxis"] |= {"type": "log", "tickvals": list(sizes), "ticktext": [f"{side}²" for side in sizes]}
    layout["xaxis"]["title"]["text"] = "size of the image"
    ends, traces = [], []
    for model, values in curves.items():
        style = style_of(model)
        traces.append(
            {
                "x": list(sizes),
                "y": values,
                "mode": "lines+markers",
                "name": label_of(model),
                "line": {"color": style.color(theme), "width": style.width},
                "marker": {"symbol": style.symbol, "size": 9, "color": style.color(theme)},
                "hovertemplate": f"<b>{escape(label_of(model))}</b><br>%{{x}}²: %{{y:.3g}} bpp<extra></extra>",
            }
        )
        ends.append(EndName(label_of(model).removeprefix("RFSQ "), float(np.log10(values[-1])), model, True))
    layout["annotations"] = names_at_ends(ends, layout, "y", theme)
    layout["margin"]["r"] = margin_for(ends)
    return go.Figure(data=traces, layout=layout)


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


def differences(values: Sequence[float], *, title: str, axis: str, theme: Theme = "light") -> go.Figure:
    """How a paired difference is spread over the images, with a rule at zero and one at the mean."""
    if len(values) < 2:
        raise ValueError("differences needs at least two images")
    colors = THEMES[theme]
    layout = base_layout(theme, title, height=360)
    counts, edges = np.histogram(values, bins=40)
    middles = (edges[:-1] + edges[1:]) / 2
    layout["bargap"] = 0.02
    layout["xaxis"]["title"]["text"], layout["yaxis"]["title"]["text"] = axis, "photos"
    ends = [(0.0, "no difference", colors.muted, "dot"), (float(np.mean(values)), "mean", colors.text, "solid")]
    layout["shapes"] = [
        {
            "type": "line",
            "x0": x,
            "x1": x,
            "y0": 0,
            "y1": 1,
            "yref": "y domain",
            "line": {"color": color, "width": 1.5, "dash": dash},
        }
        for x, _, color, dash in ends
    ]
    layout["annotations"] = [
        small_words(name, color)
        | {
            "x": x,
            "y": 1,
            "yref": "y domain",
            "yanchor": "bottom",
            "xanchor": "center",
            "yshift": 2 if name == "mean" else 20,
        }
        for x, name, color, _ in ends
    ]
    bars = {
        "type": "bar",
        "x": middles.tolist(),
        "y": counts.tolist(),
        "marker": {"color": colors.ghost},
        "hovertemplate": "%{x:.3g}: %{y} photos<extra></extra>",
    }
    return go.Figure(data=[bars], layout=layout)


def wrong_indices(
    shares: Mapping[str, Mapping[str, float]], bits: Mapping[str, float], *, title: str, theme: Theme = "light"
) -> go.Figure:
    """Share of tokens whose index comes out wrong, over the whole bits of the codebook: models as marks, means as lines.

    shares: arithmetic -> model -> share 0 … 1; bits: model -> bits of its codebook.
    """
    if not shares:
        raise ValueError("wrong_indices needs at least one arithmetic")
    colors = THEMES[theme]
    layout = base_layout(theme, title, height=380)
    layout["yaxis"] |= {"range": [-0.02, 1.08], "tickformat": ".0%"}
    layout["yaxis"]["title"]["text"] = "tokens with a wrong index"
    layout["xaxis"] |= {"tickvals": sorted({round(value) for value in bits.values()})}
    layout["xaxis"]["title"]["text"] = "bits of the codebook"
    ends, traces = [], []
    for number, (arithmetic, values) in enumerate(shares.items()):
        points = sorted((round(bits[model]), share, model) for model, share in values.items())
        means = {x: float(np.mean([share for other, share, _ in points if other == x])) for x, _, _ in points}
        traces.append(
            {
                "x": list(means),
                "y": list(means.values()),
                "mode": "lines",
                "hoverinfo": "skip",
                "line": {"color": colors.text, "width": 2, "dash": ("solid", "dot", "dash")[number % 3]},
            }
        )
        traces.append(
            {
                "x": [x for x, _, _ in points],
                "y": [y for _, y, _ in points],
                "mode": "markers",
                "name": arithmetic,
                "marker": {"size": 9, "color": colors.text, "symbol": ("square", "circle-open", "x")[number % 3]},
                "text": [label_of(model) for _, _, model in points],
                "hovertemplate": f"<b>{escape(arithmetic)}</b><br>%{{text}}: %{{y:.1%}} wrong<extra></extra>",
            }
        )
        ends.append(EndName(arithmetic, points[-1][1], "", False))
    layout["annotations"] = names_at_ends(ends, layout, "y", theme)
    layout["margin"]["r"] = margin_for(ends)
    return go.Figure(data=traces, layout=layout)


_Bands = dict[tuple[int, float], list[ScoreRow]]


def _bands(rows: Sequence[ScoreRow], metric: Metric) -> _Bands:
    """Rows by stride and whole bits per token, the best first; the band of fewest bits per pixel first.

    21.97 bits (4 channels of 45 levels) belong to the band of 22.
    """
    bands: _Bands = {}
    for row in sorted(rows, key=lambda row: -row.value if metric.higher_is_better else row.value):
        bands.setdefault((row.stride, float(round(row.bits_per_token))), []).append(row)
    return dict(sorted(bands.items(), key=lambda band: band[0][1] / band[0][0] ** 2))


def _best(band: Sequence[ScoreRow], metric: Metric) -> str:
    """The best of a band; with those that are no finding behind it, where it is known how much that is."""
    level = [row for row in band if metric.key == "psnr_db" and band[0].value - row.value < NO_FINDING_DB] or band[:1]
    if len(level) == 1:
        return label_of(level[0].model)
    return f"{label_of(level[0].model)} and {label_of(level[1].model) if len(level) == 2 else f'{len(level) - 1} more'} level"


def _winner_title(bands: _Bands, metric: Metric) -> str:
    winners = [f"{_best(band, metric)} at {format_bits(bits)}" for (_, bits), band in bands.items() if len(band) > 1]
    return (
        f"Best {metric.short}: {', '.join(winners)}" if winners else f"{metric.short} of {counted(len(bands), 'model')}"
    )


def _name_in_band(model: str) -> str:
    """A name short enough for a phone; the band says the bits, the hover box the whole name."""
    name = re.sub(r"^RFSQ \d+×\d+ (layernorm-(?=progressive))?|(?<=^RVQ) .*|(?<=^LFQ) .*", "", label_of(model))
    return re.sub(r"^FSQ \d+ bits(, )?", lambda found: "FSQ " if found[1] else "FSQ, 4 levels", name)


def _row_name(row: ScoreRow, y: float, theme: Theme) -> Part:
    style = style_of(row.model)
    mark = f'<span style="color:{style.color(theme)}">{style.glyph}</span> '
    words = small_words(mark + escape(_name_in_band(row.model)), THEMES[theme].text)
    return words | {"x": 0, "xref": "paper", "y": y, "yanchor": "middle"}


def _dot(row: ScoreRow, y: float, metric: Metric, theme: Theme) -> Part:
    style = style_of(row.model)
    color = style.color(theme)
    lines = [
        f"<b>{escape(label_of(row.model))}</b>",
        f"{format_bits(row.bits_per_token)} per token",
        f"{metric.name}: {metric.write(row.value)}",
        f"95 %: {metric.write(row.low)} … {metric.write(row.high)}",
    ]
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
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [row.high - row.value],
            "arrayminus": [row.value - row.low],
            "color": color,
            "thickness": 1.5,
            "width": 4,
        },
        "hovertext": [even_digits("<br>".join(lines))],
        "hoverinfo": "text",
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


def _point_words(curve: RateCurve, k: int, metric: Metric) -> str:
    lines = [f"<b>{escape(label_of(curve.model))}</b>"]
    if len(curve.values) > 1:
        lines.append(f"{k + 1} of {counted(len(curve.values), 'stage')}")
        if k + 1 < len(curve.values) and not curve.trained_for_fewer:
            lines.append("decoder trained on all stages only")
    lines += [f"{format_bits(curve.bits_per_token[k])} per token", f"{metric.name}: {metric.write(curve.values[k])}"]
    lines += curve.details[k] if curve.details else ()
    return even_digits("<br>".join(lines))


def _padded(values: Sequence[float]) -> tuple[float, float]:
    """A range around the values with a little room."""
    low, high = min(values), max(values)
    room = 0.05 * (high - low or abs(high) or 1)
    return low - room, high + room


def _ticks(low: float, high: float) -> list[float]:
    """Four to eight round numbers inside the range."""
    rough = (high - low) / 5
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first = np.ceil(low / step)
    return [float(round(number * step, 10)) for number in np.arange(first, np.floor(high / step) + 1)]
