"""One moment of a codebook's life in the plane, as pixels: samples, the lines to their codes, and the codes, dead ones hollow.

The same as the film of the page draws in the browser (app/lab/life/panel.js), for slides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from PIL import Image, ImageDraw

from rfsq.style.palette import THEMES, Theme, style_of
from rfsq.teaching.lab.life import METHODS, Life

View = Literal["latents", "data"]  # latents and codes, or samples and what the decoder makes of the codes
SIDE: Final = 400  # px of a plane
_FINER: Final = 2  # by which it is drawn larger, so that slanted lines are smooth
_LINE, _POINT, _CODE, _DEAD = 1.2, 1.6, 6.0, 5.0  # px: of a line its width, of the others half of their size
_FAR_SHARE = 0.003  # of a method's points at either end that may lie outside of the window
_LEAST_HALF = 1.3  # of the window's side: the corners of FSQ's and LFQ's codes are always inside
_ROOM = 1.06


@dataclass(frozen=True)
class Window:
    """The square that is shown: its centre and half its side."""

    x: float
    y: float
    half: float


def parts_of(lives: Mapping[str, Life], seed: int, view: View) -> list[np.ndarray]:
    """All points of a view in all frames, (…, 2) each. seed: from 0."""
    if view == "data":
        return [next(iter(lives.values())).samples, *(life.decoded[seed] for life in lives.values())]
    return [part[seed] for life in lives.values() for part in (life.latents, life.marks)]


def window_of(parts: Sequence[np.ndarray]) -> Window:
    """The window that holds nearly all points of all frames. One ruler for all methods."""
    ends = []
    for axis in (0, 1):
        shares = [_FAR_SHARE, 1 - _FAR_SHARE]
        lows, highs = zip(*(np.quantile(part[..., axis], shares) for part in parts), strict=True)
        ends.append((min(*lows, -_LEAST_HALF), max(*highs, _LEAST_HALF)))
    half = max(high - low for low, high in ends) / 2 * _ROOM
    x, y = ((low + high) / 2 for low, high in ends)
    return Window(round(float(x), 4), round(float(y), 4), round(float(half), 4))


def life_plane(life: Life, *, seed: int, frame: int, view: View, window: Window, theme: Theme = "light") -> np.ndarray:
    """(400, 400, 3) uint8. seed and frame: from 0; channel 2 grows downwards, as in the film. Raises IndexError for a seed or
    a frame that the life does not have."""
    colors, color = THEMES[theme], style_of(METHODS[life.method].family).color(theme)
    side = SIDE * _FINER
    points = life.samples if view == "data" else life.latents[seed, frame]
    marks = life.decoded[seed, frame] if view == "data" else life.marks[seed, frame]
    low = np.array([window.x, window.y]) - window.half
    at, codes = ((part - low) / (2 * window.half) * side for part in (points, marks))
    zero = -low / (2 * window.half) * side

    image = Image.new("RGB", (side, side), colors.page)
    pen = ImageDraw.Draw(image)
    pen.line([(zero[0], 0), (zero[0], side)], colors.grid, width=_FINER)
    pen.line([(0, zero[1]), (side, zero[1])], colors.grid, width=_FINER)
    lines = Image.new("L", (side, side), 0)  # drawn as one, so that many together are no darker
    stroke = ImageDraw.Draw(lines)
    for point, code in zip(at, life.indices[seed, frame], strict=True):
        stroke.line([*point, *codes[code]], 110, width=round(_LINE * _FINER))
    image.paste(color, mask=lines)
    for x, y in at:
        half = _POINT * _FINER
        pen.rectangle((x - half, y - half, x + half, y + half), color)
    used = life.used[seed, frame]
    for alive in (False, True):  # living codes above dead ones
        radius = (_CODE if alive else _DEAD) * _FINER
        fill, edge = (color, colors.text) if alive else (colors.page, colors.muted)
        for x, y in codes[used == alive]:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill, edge, width=round(1.5 * _FINER))
    pen.rectangle((0, 0, side - 1, side - 1), outline=colors.ghost, width=_FINER)
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.LANCZOS))
