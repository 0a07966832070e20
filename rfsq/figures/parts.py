"""What all figures share: page, fonts, axes, names at the ends of lines, numbers as words."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import numpy as np

from rfsq.style.palette import THEMES, Theme, style_of
from rfsq.style.wording import NARROW_SPACE

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
SMALL, BODY = 14, 16  # px: ticks and names, titles
_LINE = 19  # px between two names in a column
_LONG_NAME, _NAME_LINE = 24, 16  # characters: a longer name is broken into lines of so many
_BESIDE, _SAMPLE = 12, 30  # px from the plot to a name, and of the sample of its line
_TITLE_CHARS = 36  # plotly does not break lines: this many fit a phone

Part = dict[str, Any]  # a piece of a plotly figure, in plotly's own words


@dataclass(frozen=True)
class EndName:
    """A name at the end of a line."""

    text: str
    position: float  # where the line ends, in axis units (log10 on a log axis)
    method: str  # gives mark and colour
    emphasized: bool
    mark: str = ""  # a character instead of the method's
    line: Part | None = None  # plotly's, of the sample beside the name, instead of the method's


def base_layout(theme: Theme, title: str, height: int) -> Part:
    """Page, fonts, axes and margins common to all charts. Axes are fixed: a finger on a chart scrolls the page. `height` is that
    of a chart with a title of two lines; more of them make it higher.

    A plain dict, completed by the caller and handed to plotly once: changing a figure afterwards is ten times slower.
    """
    colors = THEMES[theme]
    words = even_digits("<br>".join(escape(line, quote=False) for line in _balanced(title)))
    room = title_room(words)
    font = {"family": FONT, "size": SMALL, "color": colors.text}
    axis: Part = {"gridcolor": colors.grid, "linecolor": colors.grid, "zeroline": False, "fixedrange": True}
    axis["tickfont"] = {"size": SMALL}
    axis_title = {"font": {"size": SMALL, "color": colors.muted}, "standoff": 8}
    return {
        "template": "none",
        "height": height + room - title_room(""),
        "margin": {"l": 64, "r": 24, "t": 26 + room, "b": 72},
        "paper_bgcolor": colors.page,
        "plot_bgcolor": colors.page,
        "font": font,
        "title": {
            "text": words,
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


def small_words(text: str, color: str) -> Part:
    """An annotation without its place: left-aligned small text."""
    font = {"size": SMALL, "color": color}
    return {"text": even_digits(text), "showarrow": False, "align": "left", "xanchor": "left", "font": font}


def title_room(words: str) -> int:
    """px above a plot that a chart's title takes, two lines at least. words: with <br> between its lines."""
    return 26 + max(2, words.count("<br>") + 1) * round(1.25 * BODY)


def horizontal(y: float, line: Part) -> Part:
    """A straight line over the whole width of a plot at height `y`, below the data."""
    place = {"x0": 0, "x1": 1, "xref": "x domain", "y0": y, "y1": y}
    return {"type": "line", **place, "layer": "below", "line": line}


def vertical(x: float, line: Part) -> Part:
    """A straight line over the whole height of a plot at `x`, below the data."""
    place = {"x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "y domain"}
    return {"type": "line", **place, "layer": "below", "line": line}


def names_at_ends(names: Sequence[EndName], layout: Part, axis: str, theme: Theme) -> list[Part]:
    """Annotations right of the plot, each at the height of its line's end and apart from the others.

    The samples of lines that stand beside some of them are added to the layout's shapes.
    """
    colors = THEMES[theme]
    y_axis, margin = layout["yaxis" + axis[1:]], layout["margin"]
    low, high = y_axis["range"]
    bottom, top = y_axis.get("domain", (0, 1))
    pixels = (layout["height"] - margin["t"] - margin["b"]) * (top - bottom)
    height = _LINE * max((len(_lines(name)) for name in names), default=1)
    spread = spread_labels([name.position for name in names], height * (high - low) / pixels, low, high)
    annotations, samples = [], []
    for name, y in zip(names, spread, strict=True):
        line, broken = sample_of(name, theme), replace(name, text="\n".join(_lines(name)))
        text = marked(broken, theme) if name.mark or (name.emphasized and line is None) else escape(broken.text)
        words = small_words(text.replace("\n", "<br>"), colors.text if name.emphasized else colors.muted)
        words["align"] = "left"
        if name.emphasized:
            words["font"]["weight"] = 600
        if line is not None:
            level = 10**y if y_axis.get("type") == "log" else y
            place = {"xref": "paper", "xsizemode": "pixel", "xanchor": 1, "x0": _BESIDE, "x1": _BESIDE + _SAMPLE}
            samples.append({"type": "line", **place, "yref": axis, "y0": level, "y1": level, "line": line})
        shift = _BESIDE + (0 if line is None else _SAMPLE + 6)
        annotations.append(
            words | {"xref": "paper", "x": 1, "xshift": shift, "yref": axis, "y": y, "yanchor": "middle"}
        )
    if samples:
        layout["shapes"] = [*layout.get("shapes", ()), *samples]
    return annotations


def marked(name: EndName, theme: Theme) -> str:
    """The name as HTML behind its mark, if it has one.

    Small text in a colour of 3.6:1 would be hard to read: the mark carries the colour, the name does not.
    """
    text, style = escape(name.text), style_of(name.method)
    if name.mark:
        return f"{name.mark} {text}"
    return f'<span style="color:{style.color(theme)}">{style.glyph}</span> {text}' if name.method else text


def sample_of(name: EndName, theme: Theme) -> Part | None:
    """The line to draw beside a name, as plotly has it: its own, or that of a method that a dash alone tells from others;
    else None."""
    if name.line is not None or not name.method:
        return name.line
    style = style_of(name.method)
    return None if style.symbol else {"color": style.color(theme), "width": style.width, "dash": style.dash}


def margin_for(names: Sequence[EndName]) -> int:
    """Room for the names in px, in a wide font as nothing here can measure text.

    As if all were emphasized, so that a toggle does not move the plot.
    """
    widths = [max(len(line) + 2.5 for line in _lines(name)) * SMALL * 0.62 + _sample_room(name) for name in names]
    return 18 + round(max(widths))


def _lines(name: EndName) -> list[str]:
    """Of a name. A long one has several, as it would take the room of the plot on a phone."""
    if len(name.text) <= _LONG_NAME:
        return [name.text]
    return textwrap.wrap(name.text, _NAME_LINE, break_on_hyphens=False)


def _sample_room(name: EndName) -> float:
    """px that the sample of a line takes beyond the room of a mark."""
    return 0 if sample_of(name, "light") is None else _SAMPLE + 6 - 2.5 * SMALL * 0.62


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
    steps = one_two_five(min(positive), max(positive))
    high = next(step for step in steps if step >= max(positive) * (1 - 1e-9))
    below = [step for step in steps if step <= min(positive) * (1 + 1e-9)]
    # Zeros are drawn on the floor: no real value may share it.
    low = below[-1] if len(positive) == len(values) else below[-2]
    return min(low, max(step for step in steps if step <= high / 5)), high


def log_axis(axis_range: tuple[float, float], write: Callable[[float], str], *, zero: bool = False) -> Part:
    """A log axis with a fixed range and 1-2-5 numbers; with `zero` the floor stands for 0 and is labelled so."""
    low, high = axis_range
    ticks = [t for t in one_two_five(low, high) if low * 0.999 <= t <= high * 1.001]
    if len(ticks) > 9:
        ticks = [t for t in ticks if f"{t:e}".startswith("1.0")]
    texts = ["0" if zero and t <= low * 1.001 else write(t) for t in ticks]
    ends = [math.log10(low), math.log10(high)]
    return {"type": "log", "range": ends, "tickvals": ticks, "ticktext": [even_digits(text) for text in texts]}


def padded(values: Sequence[float]) -> tuple[float, float]:
    """A range around the values with a little room."""
    low, high = min(values), max(values)
    room = 0.05 * (high - low or abs(high) or 1)
    return low - room, high + room


def round_ticks(low: float, high: float) -> list[float]:
    """Four to eight round numbers inside the range."""
    rough = (high - low) / 5
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first = np.ceil(low / step)
    return [float(round(number * step, 10)) for number in np.arange(first, np.floor(high / step) + 1)]


def _balanced(title: str) -> list[str]:
    """Break a title into as few lines as fit a phone, all about equally long."""
    lines = len(textwrap.wrap(title, _TITLE_CHARS))
    width = next((w for w in range(8, _TITLE_CHARS) if len(textwrap.wrap(title, w)) <= lines), _TITLE_CHARS)
    return textwrap.wrap(title, width)


def one_two_five(low: float, high: float) -> list[float]:
    """The numbers 1, 2, 5 times powers of ten from below `low` to above `high`."""
    first, last = math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1
    return [float(f"{m}e{d}") for d in range(first, last + 1) for m in (1, 2, 5)]


def even_digits(text: str) -> str:
    """Ask for digits of equal width; plotly has no such font setting, its text accepts the style."""
    return f'<span style="font-variant-numeric:tabular-nums">{text}</span>' if text else ""


def plain(value: float) -> str:
    return f"{value:.3g}"


def thousands(number: int) -> str:
    """Groups of three, "1 024", and large powers of two as 2⁴⁰."""
    if number >= 1 << 20 and number & (number - 1) == 0:
        return "2" + str(number.bit_length() - 1).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{number:,}".replace(",", NARROW_SPACE)


def counted(number: int, noun: str) -> str:
    return f"{thousands(number)} {noun}{'' if number == 1 else 's'}"
