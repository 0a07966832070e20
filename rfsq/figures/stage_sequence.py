"""Pictures beside each other on a slide, with names and prices written in: one still, or the frames of an animation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from rfsq.style.lettering import fitted_lines, lettering
from rfsq.style.palette import THEMES, Theme, style_of

WIDTH, HEIGHT = 1920, 1080  # of the slide: a frame has its width, and at most its height
SMALL: Final = 24  # px, the smallest text on such a slide
_NAME, _HEAD, _LINE = 28, 40, 1.35  # px, px, and the step between lines by the size of their text
_EDGE, _GAP, _UNDER = 32, 24, 10  # px: around all, between pictures, between a picture and its caption
_WHOLE_FROM, _SHARP_FROM = (
    2,
    3,
)  # enlargements that are whole numbers, and those drawn with sharp pixels, as in the viewer


@dataclass(frozen=True, eq=False)
class SequencePicture:
    """One picture of a frame."""

    label: str
    method: str  # gives the mark and its colour; "" for none
    frames: tuple[np.ndarray, ...]  # (H, W, 3) uint8 each; the last one stays where others go on
    captions: tuple[tuple[str, ...], ...]  # the lines below the label, of each frame

    def at(self, frame: int) -> tuple[np.ndarray, tuple[str, ...]]:
        """Picture and caption of a frame, from 0."""
        index = min(frame, len(self.frames) - 1)
        return self.frames[index], self.captions[index]


@dataclass(frozen=True)
class _Grid:
    """How the pictures stand: px."""

    columns: int
    cell: int  # width of a column
    zoom: float
    captions: tuple[int, ...]  # height below the pictures of each row

    def height(self, picture: int) -> int:
        """All rows with their captions."""
        rows = len(self.captions)
        return rows * (_shown(picture, self.zoom) + _UNDER) + sum(self.captions) + _GAP * (rows - 1)


def stage_numbers(count: int, counted: str = "Stage") -> tuple[str, ...]:
    """What stands above the frames of a sequence of stages.

    >>> stage_numbers(2)
    ('Stage 1 of 2', 'Stage 2 of 2')
    """
    return tuple(f"{counted} {number} of {count}" for number in range(1, count + 1))


def stage_sequence(
    pictures: Sequence[SequencePicture], notes: Sequence[str], heads: Sequence[str], *, theme: Theme = "light"
) -> list[np.ndarray]:
    """A frame for each of `heads`, (h, 1920, 3) uint8 with h ≤ 1080 where all fits, every one of the same height.

    pictures: beside each other, all of one size. notes: what stands below all, a paragraph each: settings, the photo and its
    licence. heads: what stands above all in each frame; of several frames also which one it is, as a row of boxes. No text is
    smaller than 24 px. Raises ValueError without pictures or heads, for pictures of unequal size, for one without a
    caption for each of its frames, and for one of more frames than there are heads.
    """
    shapes = {frame.shape for picture in pictures for frame in picture.frames}
    if len(shapes) != 1 or not all(picture.frames for picture in pictures):
        raise ValueError(f"a sequence needs pictures of one size, got {sorted(shapes)}")
    if any(len(picture.frames) != len(picture.captions) for picture in pictures):
        raise ValueError("a sequence needs a caption for each frame")
    if not heads or any(len(picture.frames) > len(heads) for picture in pictures):
        raise ValueError(f"a sequence needs a head for each frame, got {len(heads)}")
    ((height, width, _),) = shapes
    foot = [line for note in notes for line in fitted_lines(note, WIDTH - 2 * _EDGE, SMALL)]
    above = [fitted_lines(text, WIDTH - 2 * _EDGE, _HEAD) for text in heads]
    head = max(len(lines) for lines in above) * _step(_HEAD) + _UNDER
    below = _step(SMALL) * len(foot) + (_GAP if foot else 0)
    grid = _arranged(pictures, (height, width), HEIGHT - 2 * _EDGE - head - below)
    size = (WIDTH, 2 * _EDGE + head + grid.height(height) + below)
    made = []
    for frame, lines in enumerate(above):
        image = Image.new("RGB", size, THEMES[theme].page)
        pen = ImageDraw.Draw(image)
        _draw_head(pen, lines, frame, len(heads), theme)
        _draw_pictures(image, pen, pictures, frame, grid, _EDGE + head, theme)
        top = size[1] - _EDGE - _step(SMALL) * len(foot)
        _write(pen, foot, (_EDGE, top), SMALL, THEMES[theme].muted)
        made.append(np.asarray(image))
    return made


def _arranged(pictures: Sequence[SequencePicture], size: tuple[int, int], room: int) -> _Grid:
    """As many columns as make the pictures largest in this height."""
    height, width = size
    grids = []
    for columns in range(1, len(pictures) + 1):
        cell = (WIDTH - 2 * _EDGE - _GAP * (columns - 1)) // columns
        rows = [pictures[first : first + columns] for first in range(0, len(pictures), columns)]
        captions = tuple(max(_caption_height(picture, cell) for picture in row) for row in rows)
        high = (room - sum(captions) - _GAP * (len(rows) - 1)) / len(rows) - _UNDER
        ratio = max(min(cell / width, high / height), 1 / max(height, width))
        zoom = ratio if ratio < _WHOLE_FROM else math.floor(ratio)
        grids.append(_Grid(columns, cell, zoom, captions))
    return max(grids, key=lambda grid: (grid.zoom, grid.columns))


def _caption_height(picture: SequencePicture, cell: int) -> int:
    lines = max(len(_caption_lines(caption, cell)) for caption in picture.captions)
    return _step(_NAME) * len(fitted_lines(picture.label, cell - _NAME, _NAME)) + _step(SMALL) * lines


def _caption_lines(caption: Sequence[str], cell: int) -> list[str]:
    return [line for text in caption for line in fitted_lines(text, cell, SMALL)]


def _draw_head(pen: ImageDraw.ImageDraw, lines: Sequence[str], frame: int, count: int, theme: Theme) -> None:
    """The frame in words and, of several, as a row of boxes of which those up to it are filled."""
    colors = THEMES[theme]
    _write(pen, lines, (_EDGE, _EDGE), _HEAD, colors.text)
    if len(lines) != 1 or count == 1:
        return
    left = _EDGE + pen.textlength(f"{lines[0]}  ", font=lettering(_HEAD))
    side = round(0.7 * _HEAD)
    for number in range(count if left + 1.4 * side * count < WIDTH - _EDGE else 0):
        x, y = left + 1.4 * side * number, _EDGE + 0.22 * _HEAD
        fill = colors.text if number <= frame else None
        pen.rectangle((x, y, x + side, y + side), fill=fill, outline=colors.text, width=3)


def _draw_pictures(
    image: Image.Image,
    pen: ImageDraw.ImageDraw,
    pictures: Sequence[SequencePicture],
    frame: int,
    grid: _Grid,
    top: int,
    theme: Theme,
) -> None:
    colors = THEMES[theme]
    for number, picture in enumerate(pictures):
        row, column = divmod(number, grid.columns)
        pixels, caption = picture.at(frame)
        shown = _enlarged(pixels, grid.zoom)
        above = top + row * (shown.height + _UNDER + _GAP) + sum(grid.captions[:row])
        left = _EDGE + column * (grid.cell + _GAP)
        image.paste(shown, (left, above))
        y = above + shown.height + _UNDER
        indent = 0
        if picture.method and (style := style_of(picture.method)).glyph:
            pen.text((left, y), style.glyph, font=lettering(_NAME), fill=style.color(theme))
            indent = _NAME
        name = fitted_lines(picture.label, grid.cell - _NAME, _NAME)
        y = _write(pen, name, (left + indent, y), _NAME, colors.text)
        _write(pen, _caption_lines(caption, grid.cell), (left, y), SMALL, colors.text)


def _enlarged(pixels: np.ndarray, zoom: float) -> Image.Image:
    image = Image.fromarray(pixels)
    size = (_shown(image.width, zoom), _shown(image.height, zoom))
    return image.resize(size, Image.Resampling.NEAREST if zoom >= _SHARP_FROM else Image.Resampling.BICUBIC)


def _shown(length: int, zoom: float) -> int:
    return max(1, math.floor(length * zoom + 1e-6))


def _write(pen: ImageDraw.ImageDraw, lines: Sequence[str], at: tuple[int, int], size: int, color: str) -> int:
    """Write lines below each other; returns where the next one would stand."""
    x, y = at
    for line in lines:
        pen.text((x, y), line, font=lettering(size), fill=color)
        y += _step(size)
    return y


def _step(size: int) -> int:
    return round(_LINE * size)
