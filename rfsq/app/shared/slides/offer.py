"""What a page offers for slides, as plain data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import plotly.graph_objects as go

from rfsq.app.shared.working_photo import OWN_PHOTO, ChosenPhoto
from rfsq.figures.stage_sequence import SequencePicture

_NAME_CHARS = 100  # of a file


@dataclass(frozen=True, eq=False)
class ViewOffer:
    """The pictures of a viewer, as they stand there."""

    viewer: str  # its key
    title: str = ""  # what is written above them
    notes: tuple[str, ...] = ()  # what is written below them


@dataclass(frozen=True, eq=False)
class SequenceOffer:
    """The pictures after 1 … S stages, as an animation."""

    stages: int  # S
    make: Callable[[], Sequence[SequencePicture]]  # runs when the file is asked for
    notes: tuple[str, ...] = ()
    counted: str = "Stage"


@dataclass(frozen=True, eq=False)
class ChartOffer:
    """A chart of the page."""

    draw: Callable[[], go.Figure]  # runs when the chart is chosen
    notes: tuple[str, ...] = ()
    file: str = ""  # what its file is called after the page's part


@dataclass(frozen=True, eq=False)
class SlideOffer:
    """All that a page offers."""

    file: str  # begins the names of the files: what is shown
    view: ViewOffer | None = None
    sequence: SequenceOffer | None = None
    no_sequence: str = ""  # a sentence where there is none though there are stages
    charts: Mapping[str, ChartOffer] = field(default_factory=dict)  # by what they are called


def file_name(*parts: str) -> str:
    """A name of plain letters for what is shown: parts joined by "_", without an ending; names can be parts.

    >>> file_name("cat", "none, layernorm", "3 of 4")
    'cat_none-layernorm_3-of-4'
    """
    plain = (re.sub(r"[^a-z0-9_]+", "-", part.lower()).strip("-") for part in parts)
    return "_".join(filter(None, plain))[:_NAME_CHARS]


def photo_note(photo: ChosenPhoto, size: tuple[int, int]) -> str:
    """Whose photo it is: "Photo: Cat, 256 × 171 pixels. Stefan van der Walt, CC0." size: height and width of the copy that
    the models see."""
    pixels = f"{size[1]} × {size[0]} pixels"
    if photo.name == OWN_PHOTO:
        return f"Photo: not from the gallery, {pixels}."
    return f"Photo: {photo.title}, {pixels}. {photo.credit}."
