"""What dot plots with a row per method share: the height of rows, and names beside them or, on a narrow page, above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from rfsq.figures.parts import EndName, Part, margin_for, small_words
from rfsq.style.palette import THEMES, Theme, style_of

BAND = 46  # px above each band of rows for its name
_STEP, _TWO_LINES, _NARROW_STEP = 30, 38, 42  # px of a row, of one with two lines beside it, and of one below its name


def band_height(rows: int) -> int:
    """Px of a band of so many rows on a wide page."""
    return BAND + _STEP * rows


def interval_bar(mean: float, low: float, high: float, color: str) -> Part:
    """The bar of a dot from one end of its interval to the other, as `error_x` of a trace."""
    ends = {"array": [high - mean], "arrayminus": [mean - low]}
    return {"type": "data", "symmetric": False, **ends, "color": color, "thickness": 1.5, "width": 4}


@dataclass(frozen=True)
class Rows:
    """Where the names of rows stand."""

    step: int  # px of a row
    left: int  # px left of the plot
    theme: Theme
    narrow: bool

    @classmethod
    def of(cls, names: Sequence[str], theme: Theme, *, narrow: bool, two_lines: bool = False) -> Rows:
        """Room for the longest name beside the plot, in one line or two, or above its row on a narrow page."""
        if narrow:
            return cls(_NARROW_STEP, 12, theme, narrow)
        step = _TWO_LINES if two_lines else _STEP
        return cls(step, margin_for([EndName(name, 0, "", True) for name in names]), theme, narrow)

    def name(self, text: str, method: str, y: float, *, more: str = "") -> Part:
        """The annotation that names a row. more: in its second line, on a narrow page after a comma."""
        style, colors = style_of(method), THEMES[self.theme]
        mark = f'<span style="color:{style.color(self.theme)}">{style.glyph}</span> '
        if more:
            more = (
                f", {escape(more)}" if self.narrow else f'<br><span style="color:{colors.muted}">{escape(more)}</span>'
            )
        words = small_words(mark + escape(text) + more, colors.text)
        place = {"x": 0, "xref": "paper", "xshift": 4 - self.left, "y": y, "yanchor": "middle"}
        return words | place | {"yshift": 18 if self.narrow else 0}

    def band(self, html: str, y: float) -> Part:
        """The annotation that names a band, above its first row."""
        words = small_words(html, THEMES[self.theme].text)
        return words | {
            "x": 0,
            "xref": "paper",
            "xshift": 4 - self.left,
            "y": y,
            "yanchor": "bottom",
            "yshift": 2 if self.narrow else -4,
        }
