"""Letters for pictures that are drawn without a browser: one font, which comes with the package, and lines that fit.

The font is DejaVu Sans (its licence stands beside it), cut down to Latin, Greek, Cyrillic, mathematics and the methods'
marks: no font can be relied on to be installed, and Pillow's own lacks even ×.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from PIL import ImageFont

_FILE: Final = Path(__file__).with_name("fonts") / "dejavu-sans.ttf"
_NO_GLYPH: Final = "\U0010ffff"  # what the font surely lacks: it draws the same box for all that it lacks


@cache
def lettering(size: int) -> ImageFont.FreeTypeFont:
    """The font; capitals are about 0.73 × `size` pixels high."""
    return ImageFont.truetype(_FILE, size, layout_engine=ImageFont.Layout.BASIC)


def can_write(text: str) -> bool:
    """Whether the font has every character.

    >>> can_write("Häggström, 256 × 256"), can_write("猫")
    (True, False)
    """
    font = lettering(16)
    missing = bytes(font.getmask(_NO_GLYPH))
    return all(bytes(font.getmask(character)) != missing for character in set(text) if not character.isspace())


def fitted_lines(text: str, width: float, size: int) -> list[str]:
    """The text in lines of at most `width` pixels; a single word that is longer has a line of its own.

    >>> fitted_lines("one two three", 100, 24)
    ['one two', 'three']
    """
    font, lines = lettering(size), [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return [line for line in lines if line]
