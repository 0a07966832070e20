"""Where a viewer begins: what a link says of it beyond its stage and view. The browser writes it (link.js)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from rfsq.app.shared.link_reader import LinkReader

LARGEST_ZOOM, SMALLEST_ZOOM = 16.0, 0.01  # device pixels for each of the picture


@dataclass(frozen=True)
class Place:
    """The defaults are a viewer that nobody touched yet."""

    picture: str = "all"  # the flipped one: "all", "original" or a method's name
    left: str = ""  # of the divider: "original" or a method's name; empty: by the pair
    right: str = ""
    divider: float = 0.5  # where it stands, 0 … 1
    zoom: float = 0.0  # device pixels for each of the picture; 0: as the pictures fit
    x: float = 0.5  # the point in the middle, as fractions of the picture
    y: float = 0.5
    pixels: Literal["", "sharp", "smooth"] = ""  # empty: by the zoom


def read_place(reader: LinkReader, names: Sequence[str]) -> Place:
    """The place that a link asks for; the reader notes what had to be replaced. names: of the methods shown."""
    first = Place()
    divider = reader.numbers("divider", 0, 1, 1, "place of the divider", "It stands in the middle.")
    zoom = reader.numbers("zoom", SMALLEST_ZOOM, LARGEST_ZOOM, 1, "zoom", "Showing whole pictures.")
    x, y = reader.numbers("at", 0, 1, 2, "position", "Showing the middle.") or (first.x, first.y)
    pixels = reader.choice("pixels", ("sharp", "smooth"), first.pixels, "There is no way to draw pixels")
    return Place(
        picture=reader.choice("picture", {"all": "all", **_words(names)}, first.picture, "There is no picture"),
        left=reader.choice("left", _words(names), first.left, "There is no left picture"),
        right=reader.choice("right", _words(names), first.right, "There is no right picture"),
        divider=divider[0] if divider else first.divider,
        zoom=zoom[0] if zoom else first.zoom,
        x=x,
        y=y,
        pixels=cast('Literal["", "sharp", "smooth"]', pixels),
    )


def _words(names: Sequence[str]) -> dict[str, str]:
    return {"original": "original", **{name: name for name in names}}
