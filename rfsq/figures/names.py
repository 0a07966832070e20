"""Names of lines: at their ends where there is room beside the plot, in rows above it on a narrow page."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from rfsq.figures.parts import EndName, Part, margin_for, marked, names_at_ends, small_words
from rfsq.style.palette import THEMES, Theme, label_of, short_label_of

ROW = 19  # px of a row of names
_TWO_COLUMNS = 19  # a name of more characters takes the whole width of a phone
_GAP = 6  # px between the names and the plot


def add_names(names: Sequence[EndName], layout: Part, theme: Theme, *, narrow: bool = False, above: int = 0) -> None:
    """Put the names of lines into a layout with one plot, and make room for them.

    above: px right above the plot that something else takes, such as ticks. Call it when all axes have their ranges.
    """
    layout.setdefault("annotations", [])
    if not names:
        return
    if not narrow:
        layout["annotations"] += names_at_ends(names, layout, "y", theme)
        layout["margin"]["r"] = margin_for(names)
        return
    room = rows_of(names) * ROW + _GAP
    layout["margin"]["t"] += room
    layout["margin"]["r"] = 14
    layout["height"] += room
    layout["xaxis"]["tickangle"] = 0
    layout["annotations"] += names_above(names, layout["margin"]["l"], theme, above=above)


def distinct_names(models: Sequence[str], short: Callable[[str], str] = short_label_of) -> list[str]:
    """A short name for each model, with its size where two would have the same.

    >>> distinct_names(["rfsq-4x1024-scale", "rfsq-8x256-scale", "fsq-12"])
    ['4×1024 scale', '8×256 scale', 'FSQ']
    """
    names = [short(model) for model in models]
    return [
        name if names.count(name) == 1 else label_of(model).removeprefix("RFSQ ")
        for name, model in zip(names, models, strict=True)
    ]


def rows_of(names: Sequence[EndName]) -> int:
    """How many rows the names take above a plot."""
    return math.ceil(len(names) / _columns(names))


def names_above(names: Sequence[EndName], left: int, theme: Theme, *, top: float = 1, above: int = 0) -> list[Part]:
    """Annotations in one or two columns above the height `top` of the paper, the highest line's name first.

    left: px left of the plot that they may take, too.
    """
    colors, columns, rows = THEMES[theme], _columns(names), rows_of(names)
    annotations = []
    for place, name in enumerate(sorted(names, key=lambda name: -name.position)):
        row, column = divmod(place, columns)
        words = small_words(marked(name, theme), colors.text if name.emphasized else colors.muted)
        annotations.append(
            words
            | {
                "xref": "paper",
                "x": column / 2,
                "xshift": (12 - left) * (2 - column) / 2,
                "yref": "paper",
                "y": top,
                "yanchor": "bottom",
                "yshift": above + _GAP + (rows - 1 - row) * ROW,
            }
        )
    return annotations


def _columns(names: Sequence[EndName]) -> int:
    return 1 if max(len(name.text) for name in names) > _TWO_COLUMNS else 2
