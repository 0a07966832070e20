"""What is left after each stage."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape

import plotly.graph_objects as go

from rfsq.figures.names import distinct_names
from rfsq.figures.parts import (
    SMALL,
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
    vertical,
)
from rfsq.style.palette import THEMES, Theme, ThemeColors, label_of, style_of
from rfsq.style.wording import NARROW_SPACE, format_bits, format_share

_NAME_CHARS = 28  # a longer name at the end of a line would leave no room for the line


@dataclass(frozen=True)
class ResidualCurve:
    """What a model leaves uncoded, stage by stage."""

    method: str  # name in the zoo
    rms: tuple[float, ...]  # RMS before stage 1, then after each stage: S + 1 values >= 0
    emphasized: bool = True  # False: thin and grey, but still part of the axis range
    levels: float | None = None  # values per channel and stage (their geometric mean), for the guide
    bits_per_token: float | None = None  # printed at the names when the emphasized methods differ


def residual_norms(
    curves: Sequence[ResidualCurve],
    *,
    stage: int,
    relative: bool = True,
    whole: str = "latent",
    ghost: ResidualCurve | None = None,
    theme: Theme = "light",
    title: str | None = None,
) -> go.Figure:
    """RMS left after each stage on a log axis, one line per method with its name at the end.

    The range covers all curves, emphasized or not, so a toggle moves lines and never the axis. `relative` divides by
    the RMS before stage 1 (raw values of two models do not compare). `stage` draws the rule; methods with fewer stages
    keep their last value, shown as a thin line. An RMS of 0 sits on the floor as an open marker labelled "0".
    `whole` names what is coded; `ghost` is the setting before, drawn grey and named "before".
    Raises ValueError for an empty list, a curve of fewer than two values, or values that are negative or not finite.
    """
    _check(curves)
    colors = THEMES[theme]
    last = max(len(curve.rms) for curve in curves) - 1
    stage = min(max(stage, 0), last)
    names, notes = _line_names(curves), _notes(curves)
    if ghost is not None:
        curves = [*curves, replace(ghost, rms=ghost.rms[: last + 1], emphasized=False)]
        names, notes = [*names, "before"], [*notes, ""]
    scaled = [_relative(curve.rms) if relative else curve.rms for curve in curves]
    low, high = log_range([v for values in scaled for v in values])
    write = format_share if relative else plain

    guides = _Guides(curves, max(values[0] for values in scaled), last, low, colors)
    traces: list[Part] = list(guides.traces)
    ends: list[EndName] = []
    # Grey lines first, so that they never cover an emphasized one.
    for i in sorted(range(len(curves)), key=lambda i: curves[i].emphasized):
        curve, values = curves[i], scaled[i]
        if len(values) <= last:
            traces.append(_held(curve, max(values[-1], low), last, theme))
        hover = [_hover(curve, s, v, write) for s, v in enumerate(values)]
        traces.append(_line(curve, values, low, theme) | {"hovertext": hover, "hoverinfo": "text"})
        ends.append(EndName(names[i] + notes[i], math.log10(max(values[-1], low)), curve.method, curve.emphasized))
    layout = base_layout(theme, title or _residual_title(curves, scaled, names, stage, relative, whole), height=420)
    layout["yaxis"] |= log_axis((low, high), write, zero=any(v == 0 for values in scaled for v in values))
    layout["yaxis"]["title"]["text"] = f"RMS left, % of the {whole}, log" if relative else "RMS left, log"
    layout["xaxis"] |= _stage_axis(stage, last)
    layout["xaxis"]["title"]["text"] = "<br>".join(["stages used", *guides.explained])
    layout["shapes"] = [vertical(stage, {"color": colors.text, "width": 1.5})]
    layout["annotations"] = guides.labels + names_at_ends(ends, layout, "y", theme)
    layout["margin"]["r"] = margin_for(ends)
    return go.Figure(data=traces, layout=layout)


def _check(curves: Sequence[ResidualCurve]) -> None:
    if not curves:
        raise ValueError("residual_norms needs at least one curve")
    for curve in curves:
        if len(curve.rms) < 2 or not all(math.isfinite(v) and v >= 0 for v in curve.rms):
            raise ValueError(f"RMS of {curve.method!r} must be two or more finite values >= 0, got {curve.rms}")


def _stage_axis(stage: int, last: int) -> Part:
    return {
        "showgrid": False,  # a grid line would cover the rule at the current stage
        "range": [-0.04 * last, last],  # keeps the first markers off the numbers of the other axis
        "tickvals": list(range(last + 1)),
        "ticktext": [even_digits(f"<b>{s}</b>" if s == stage else str(s)) for s in range(last + 1)],
    }


def _line(curve: ResidualCurve, values: Sequence[float], low: float, theme: Theme) -> Part:
    """A method through its stages, zeros as hollow marks on the floor `low`."""
    style, colors = style_of(curve.method), THEMES[theme]
    color, symbol = _color(curve, theme), style.symbol or "circle"
    look = {"dash": style.dash, "width": style.width} if curve.emphasized else {"width": 1.5}
    return {
        "x": list(range(len(values))),
        "y": [max(v, low) for v in values],
        "mode": "lines+markers+text",
        "line": {"color": color} | look,
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
        "cliponaxis": False,
        "name": curve.method,
    }


def _held(curve: ResidualCurve, value: float, last: int, theme: Theme) -> Part:
    """The last value of a method of fewer stages than others, held up to stage `last`."""
    return {
        "x": [len(curve.rms) - 1, last],
        "y": [value] * 2,
        "mode": "lines",
        "line": {"color": _color(curve, theme), "width": 1},
        "hoverinfo": "skip",
        "name": f"{curve.method} (held)",
    }


def _color(curve: ResidualCurve, theme: Theme) -> str:
    return style_of(curve.method).color(theme) if curve.emphasized else THEMES[theme].ghost


class _Guides:
    """A thin line per level count: what is left if every stage divides the remainder by its levels."""

    def __init__(
        self, curves: Sequence[ResidualCurve], start: float, last: int, low: float, colors: ThemeColors
    ) -> None:
        counts = sorted({c.levels for c in curves if c.emphasized and c.levels and c.levels > 1 and len(c.rms) > 2})
        factors = ", ".join(f"÷{NARROW_SPACE}{levels:.3g}" for levels in counts)
        self.explained = [even_digits(f"dotted guide: {factors} each stage")] if counts else []
        self.traces: list[Part] = []
        self.labels: list[Part] = []
        for levels in counts:
            end = min(last, math.log(max(start / low, 1)) / math.log(levels))  # where the guide leaves the plot
            line = {"color": colors.muted, "width": 1, "dash": "dot"}
            guide = {"x": [0, end], "y": [start, start / levels**end], "mode": "lines", "line": line}
            self.traces.append(guide | {"hoverinfo": "skip", "name": f"guide {levels:.3g}"})
            place = {"x": 0.8 * end, "y": math.log10(max(start, low)) - 0.8 * end * math.log10(levels)}
            words = small_words(f"÷{NARROW_SPACE}{levels:.3g}", colors.muted)
            self.labels.append(words | place | {"xanchor": "right", "yanchor": "top"})


def _line_names(curves: Sequence[ResidualCurve]) -> list[str]:
    """A user may choose any name; the whole of it is in the hover text."""
    names = distinct_names([curve.method for curve in curves])
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
    whole: str,
) -> str:
    """The reading of the chart: who leaves least and most at the current stage."""
    if stage == 0:
        return f"Before stage 1 nothing is coded: all of the {whole} is left"
    after = f"After {counted(stage, 'stage')}"
    if not relative and not _of_one_scale(curves):
        return f"{after}: raw RMS left; each model has its own scale"
    left = sorted(
        (values[min(stage, len(values) - 1)], name)
        for curve, values, name in zip(curves, scaled, names, strict=True)
        if curve.emphasized
    )
    if not left:
        return f"{after}: no method selected"
    (least, best), (most, worst) = ((_left_words(value, relative), name) for value, name in (left[0], left[-1]))
    of = f" of the {whole}" if relative else ""
    if len(left) == 1:
        return f"{after} {best} leaves {least}{of}"
    if least == most:
        return f"{after} {best} and {worst} both leave {least}{of}"
    return f"{after} {best} leaves {least}{of}, {worst} {most}"


def _of_one_scale(curves: Sequence[ResidualCurve]) -> bool:
    """Whether all code the same latents, as far as what enters stage 1 tells."""
    return all(math.isclose(curve.rms[0], curves[0].rms[0], rel_tol=1e-6) for curve in curves)


def _left_words(value: float, relative: bool) -> str:
    return format_share(value) if relative else f"an RMS of {plain(value)}"


def _hover(curve: ResidualCurve, stage: int, left: float, write: Callable[[float], str]) -> str:
    """Hover text of one point: the full name, what is left, the raw RMS and the gain of this stage."""
    lines = [f"<b>{escape(label_of(curve.method))}</b>"]
    lines.append("before stage 1" if stage == 0 else f"after stage {stage}" + ("" if len(curve.rms) > 2 else " of 1"))
    lines.append(f"left: {write(left)}, RMS {plain(curve.rms[stage])}")
    if stage and curve.rms[stage] > 0:
        lines.append(f"÷{NARROW_SPACE}{curve.rms[stage - 1] / curve.rms[stage]:.3g} by this stage")
    return even_digits("<br>".join(lines))


def _relative(rms: Sequence[float]) -> list[float]:
    """RMS divided by the RMS before stage 1; all zeros when there was nothing to code."""
    return [v / rms[0] if rms[0] > 0 else 0.0 for v in rms]
