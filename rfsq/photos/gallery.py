"""Pictures that are always at hand, offline: eight photos beside this file and three charts drawn here.

Photos: authors and licences in `gallery_photos/SOURCES.md`. Charts: 512 × 512, the same on every run.
"""

from __future__ import annotations

import colorsys
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from rfsq.photos.errors import ImageError
from rfsq.photos.read import read_image

CHART_SIZE: Final = 512
_PHOTO_FOLDER: Final = Path(__file__).with_name("gallery_photos")
_OWN_WORK: Final = "Drawn by this program"


@dataclass(frozen=True)
class Example:
    """One picture of the gallery."""

    name: str  # what links and commands call it
    title: str  # for people
    credit: str  # author and licence
    why: str  # what to look for, one sentence

    @property
    def is_photo(self) -> bool:
        """Whether it was taken by a camera, not drawn here."""
        return self.name in _PHOTOS


def zone_plate() -> np.ndarray:
    """Rings that get finer outwards, (512, 512, 3) uint8, grey.

    0.5 + 0.5 cos(π r² / 512), r in pixels from the centre: r / 512 cycles per pixel, so 2 pixels a ring at the edges'
    middle, the finest that pixels can hold; from there to the corners it fades to plain grey.
    """
    axis = np.arange(CHART_SIZE) - (CHART_SIZE - 1) / 2
    squared = axis[:, None] ** 2 + axis[None, :] ** 2
    nyquist = CHART_SIZE / 2
    fade = np.clip((nyquist - np.sqrt(squared)) / 16, 0, 1)
    grey = 127.5 + 127.5 * fade * np.cos(math.pi * squared / CHART_SIZE)
    return np.repeat(_to_uint8(grey)[:, :, None], 3, axis=2)


def gradients() -> np.ndarray:
    """Ramps without any edge inside, (512, 512, 3) uint8: eight bands of 64 rows, from left to right.

    Black to white · dark quarter to middle grey · black to red, to green, to blue · all hues at full colour · the same
    hues, pale · blue of evening to orange.
    """
    t = np.linspace(0, 1, CHART_SIZE)[:, None]
    hues = np.array([colorsys.hsv_to_rgb(hue, 1, 1) for hue in np.linspace(0, 1, CHART_SIZE, endpoint=False)])
    bands = [
        255 * t * (1, 1, 1),
        64 + 64 * t * (1, 1, 1),
        255 * t * (1, 0, 0),
        255 * t * (0, 1, 0),
        255 * t * (0, 0, 1),
        255 * hues,
        255 * (0.7 + 0.3 * hues),
        (1 - t) * (28, 60, 120) + t * (250, 180, 110),
    ]
    return np.repeat(_to_uint8(np.stack(bands)), CHART_SIZE // len(bands), axis=0)


def text_and_lines() -> np.ndarray:
    """Words from 48 down to 8 pixels, a fan of lines, slanted edges, black on white, white on black and coloured.

    (512, 512, 3) uint8. The font is the one built into Pillow.
    """
    chart = Image.new("RGB", (CHART_SIZE, CHART_SIZE), "white")
    draw = ImageDraw.Draw(chart)
    top = 6
    for size in (48, 36, 28, 22, 18, 14, 12, 10, 8):
        draw.text((10, top), f"Residual {size}", "black", font=ImageFont.load_default(size))
        top += round(size * 1.25) + 2
    draw.rectangle((292, 0, 511, 127), fill="black")
    for size, y in ((24, 8), (18, 44), (12, 72), (9, 94)):
        draw.text((302, y), f"white on black {size}", "white", font=ImageFont.load_default(size))
    for color, y in (("#D00000", 134), ("#007A33", 166), ("#0030C0", 198)):
        draw.text((302, y), "coloured 24", color, font=ImageFont.load_default(24))
    draw.rectangle((292, 230, 511, 259), fill="#0030C0")
    draw.text((302, 234), "red on blue 16", "#FF6060", font=ImageFont.load_default(16))

    # Drawn four times as large and shrunk, so that edges at an angle are smooth as a lens would make them.
    big = Image.new("RGB", (4 * CHART_SIZE, 4 * 232), "white")
    pen = ImageDraw.Draw(big)
    center, reach = (4 * 126, 4 * 116), 4 * 108
    for step in range(72):
        angle = math.pi * step / 36
        end = (center[0] + reach * math.cos(angle), center[1] + reach * math.sin(angle))
        pen.line((center, end), fill="black", width=5)
    for left, color, slant in ((258, "black", 0.09), (328, "#C03020", 0.27), (404, "#2050B0", 0.6)):
        x, high = 4 * left, 4 * 200
        pen.polygon(((x, high), (x + slant * 300, 64), (x + 4 * 44 + slant * 300, 64), (x + 4 * 44, high)), fill=color)
    chart.paste(big.resize((CHART_SIZE, 232), Image.Resampling.BOX), (0, 280))
    return np.array(chart)


def _to_uint8(values: np.ndarray) -> np.ndarray:
    return np.floor(values + 0.5).clip(0, 255).astype(np.uint8)


_PHOTOS: Final = {
    "cat": "cat.webp",
    "astronaut": "astronaut.webp",
    "grass": "grass.webp",
    "coffee": "coffee.webp",
    "rocket": "rocket.jpg",
    "photographer": "photographer.webp",
    "gravel": "gravel.webp",
    "retina": "retina.jpg",
}
_CHARTS: Final[dict[str, Callable[[], np.ndarray]]] = {
    "zone-plate": zone_plate,
    "gradients": gradients,
    "text": text_and_lines,
}

EXAMPLES: Final[tuple[Example, ...]] = (
    Example(
        "cat",
        "Cat",
        "Stefan van der Walt, CC0",
        "Fur and whiskers are finer than a 4×4 block: see which of them survive.",
    ),
    Example(
        "astronaut",
        "Astronaut",
        "NASA, public domain",
        "We notice the smallest error in a face; then read the letters on the badge.",
    ),
    Example(
        "grass",
        "Grass",
        "linolafett, CC0",
        "Blades in all directions and no flat spot: the hardest photo here, where each stage shows.",
    ),
    Example(
        "coffee",
        "Coffee",
        "Rachel Michetti, CC0",
        "Smooth porcelain beside wood grain: the same bits go to both, whatever they need.",
    ),
    Example(
        "rocket",
        "Rocket at dusk",
        "SpaceX, public domain",
        "The sky should stay smooth while the thin masts stay unbroken.",
    ),
    Example(
        "photographer",
        "Photographer",
        "Lav Varshney, CC0",
        "Sharp tripod legs against fine lawn, in grey: look for colour that was not there.",
    ),
    Example(
        "gravel",
        "Gravel",
        "CC0Textures, CC0",
        "Every stone has an edge and a rough face: see which of the two is lost first.",
    ),
    Example(
        "retina",
        "Retina",
        "Mikael Häggström, CC0",
        "Thin vessels with little contrast on a strong red: follow one to its end.",
    ),
    Example(
        "zone-plate",
        "Zone plate",
        _OWN_WORK,
        "Rings get finer outwards: find where they turn grey or bend into new rings.",
    ),
    Example(
        "gradients",
        "Gradients",
        _OWN_WORK,
        "No ramp has steps of its own: every stripe or block you see inside one was added.",
    ),
    Example(
        "text",
        "Text and lines",
        _OWN_WORK,
        "Find the smallest line you can still read, and see whether slanted edges turn into stairs.",
    ),
)


@cache
def load_example(name: str) -> np.ndarray:
    """Pixels of the example with this name, (H, W, 3) uint8, read-only because all callers share them.

    Raises ImageError for a name that is not in EXAMPLES.
    """
    if name not in {example.name for example in EXAMPLES}:
        raise ImageError(f"There is no example '{name}'. There are: {', '.join(example.name for example in EXAMPLES)}.")
    pixels = _CHARTS[name]() if name in _CHARTS else read_image(_PHOTO_FOLDER / _PHOTOS[name])
    pixels.setflags(write=False)
    return pixels
